"""A seal opens with the right secret in the right place, or not at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoho_privacy.adapters.sealer import AesSealer
from zoho_privacy.domain.errors import BadInput, Tampered

SECRET = bytes(range(32))
SEALER = AesSealer(SECRET)


@settings(max_examples=60)
@given(st.binary(max_size=200), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_what_was_sealed_opens_in_its_context(data: bytes, context: str) -> None:
    sealed = SEALER.seal(data, context=context)
    assert AesSealer(SECRET).open(sealed, context=context) == data
    assert len(sealed) == len(data) + 29


def test_nothing_of_the_data_shows_and_no_two_seals_are_alike() -> None:
    data = b"Ada Example, ada@example.com" * 10
    seals = {SEALER.seal(data, context="c") for _ in range(20)}
    assert len(seals) == 20
    assert all(b"Ada" not in sealed for sealed in seals)


def test_every_flipped_bit_is_found() -> None:
    sealed = SEALER.seal(b"x" * 10, context="c")
    for position in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(Tampered):
            SEALER.open(bytes(changed), context="c")


def test_every_cut_and_addition_is_found() -> None:
    sealed = SEALER.seal(b"x" * 10, context="c")
    for length in range(len(sealed)):
        with pytest.raises(Tampered):
            SEALER.open(sealed[:length], context="c")
    with pytest.raises(Tampered):
        SEALER.open(sealed + b"\0", context="c")


@pytest.mark.parametrize("context", ["export:2", "export:1 ", "", "EXPORT:1"])
def test_a_seal_moved_to_another_place_does_not_open(context: str) -> None:
    """Somebody who can move files must not be able to hand one person's export to another."""
    with pytest.raises(Tampered):
        SEALER.open(SEALER.seal(b"data", context="export:1"), context=context)


def test_a_seal_of_another_secret_does_not_open() -> None:
    with pytest.raises(Tampered):
        AesSealer(b"\1" * 32).open(SEALER.seal(b"data", context="c"), context="c")


def test_the_form_stays_readable_for_later_versions() -> None:
    """A seal made by version 1 and kept by somebody: if this fails, old exports have become unreadable."""
    sealed = bytes.fromhex("01d75b4a2bc4b5cd85e3826f1c8797b288cca9bdce843b91d8ef02c0513ac3671f78f74d495dd0f219e9b40d")
    assert SEALER.open(sealed, context="export:1") == b"kept since 2026"
    with pytest.raises(Tampered, match="version 2"):
        SEALER.open(b"\2" + sealed[1:], context="export:1")


@pytest.mark.req("R-RETAIN-13")
def test_what_is_sealed_under_a_new_key_opens_under_that_key_alone() -> None:
    key = SEALER.new_key()
    sealed = SEALER.under(key).seal(b"data", context="c")
    assert SEALER.under(key).open(sealed, context="c") == b"data"
    for other in (SEALER, SEALER.under(SEALER.new_key())):
        with pytest.raises(Tampered):
            other.open(sealed, context="c")


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(BadInput):
        AesSealer(b"x" * 31)


def test_the_secret_is_in_no_representation() -> None:
    assert SECRET.hex()[:8] not in repr(SEALER)
    assert repr(SECRET)[2:12] not in repr(SEALER)
