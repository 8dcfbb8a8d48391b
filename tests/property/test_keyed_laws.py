"""Codes, tokens and pseudonyms: what must hold for every id and every hand that copies them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoho_privacy.domain.keyed import ALPHABET, Keyring, codes_in, guesses, normal_code

KEYRING = Keyring(b"0123456789abcdef0123456789abcdef")


@pytest.mark.req("R-VERIFY-6")
@given(st.text(max_size=40))
def test_a_code_has_fifty_bits_and_is_recognised_however_it_is_copied(challenge_id: str) -> None:
    code = KEYRING.code(challenge_id)
    assert set(code) - {"-"} <= set(ALPHABET)
    assert len(code) == 11
    stored = KEYRING.fingerprint(code)
    for copied in (code, code.upper(), code.replace("-", ""), code.replace("-", " "), f"  {code} "):
        assert KEYRING.matches(copied, stored)
    assert codes_in(f"My code is {code.upper()}. Thanks") == (normal_code(code),)


@given(st.text(max_size=20), st.text(max_size=20))
def test_different_challenges_do_not_open_each_other(one: str, other: str) -> None:
    if one != other:
        assert not KEYRING.matches(KEYRING.code(one), KEYRING.fingerprint(KEYRING.code(other)))
        assert KEYRING.token("challenge", one) != KEYRING.token("challenge", other)


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_parts_never_run_together(one: str, two: str, purpose: str) -> None:
    if two:
        assert KEYRING.digest(purpose, one, two) != KEYRING.digest(purpose, one + two)


@given(st.text(max_size=300))
def test_any_text_can_be_searched_for_codes(text: str) -> None:
    assert len(codes_in(text)) <= 20


@pytest.mark.req("R-VERIFY-6")
@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=7), max_size=12))
def test_words_are_no_attempt_at_a_code_and_a_mistyped_one_is(words: list[str]) -> None:
    """Whoever writes "I never asked for this" has not tried a code."""
    assert not guesses(" ".join(words))
    assert guesses(f"{' '.join(words)} my code: 7m2qx-9xw4d")


@given(st.emails())
def test_a_pseudonym_shows_nothing_of_the_value(address: str) -> None:
    pseudonym = KEYRING.pseudonym("address", address)
    assert pseudonym == KEYRING.pseudonym("address", f" {address.upper()} ") or not address.isascii()
    assert address.split("@", maxsplit=1)[0] not in pseudonym or len(address.split("@", maxsplit=1)[0]) < 3


def test_the_secret_is_not_shown() -> None:
    assert "0123" not in repr(KEYRING)
