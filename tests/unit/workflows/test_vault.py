"""Sealed files in pieces: nothing readable at rest, nothing lost, nothing swapped."""

from collections.abc import Iterator

import pytest

from zoho_privacy.adapters.blobs import MemoryBlobs
from zoho_privacy.adapters.sealer import AesSealer
from zoho_privacy.domain.errors import NotFound, Tampered
from zoho_privacy.workflows.vault import PIECE, Vault


@pytest.fixture
def vault() -> Vault:
    return Vault(MemoryBlobs(), AesSealer(bytes(range(32))), "exports/1")


def rewrite(vault: Vault, name: str, data: bytes) -> None:
    vault.blobs.put(f"exports/1/{name}", iter((data,)))


def stored(vault: Vault, name: str) -> bytes:
    return b"".join(vault.blobs.get(f"exports/1/{name}"))


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_what_goes_in_comes_out(vault: Vault, size: int) -> None:
    data = bytes(i % 251 for i in range(size))
    put = vault.put("f", (data[i : i + 70_001] for i in range(0, size, 70_001)))
    assert put.size == size
    assert vault.load("f") == data


@pytest.mark.req("R-ACCESS-5")
def test_nothing_is_readable_at_rest(vault: Vault) -> None:
    vault.put("f", iter((b"Ada Moss " * 100,)))
    assert b"Ada" not in stored(vault, "f")


@pytest.mark.req("R-ACCESS-5")
def test_a_file_cannot_be_cut_swapped_or_renamed(vault: Vault) -> None:
    vault.put("f", iter((bytes(2 * PIECE + 5),)))
    whole = stored(vault, "f")
    frame = 4 + int.from_bytes(whole[:4], "big")
    for wrong in (whole[:frame], whole[:-1], whole[:3], b"", whole[frame : 2 * frame] + whole[:frame], b"\xff" * 9):
        rewrite(vault, "f", wrong)
        with pytest.raises(Tampered):
            vault.load("f")
    rewrite(vault, "g", whole)
    with pytest.raises(Tampered):
        vault.load("g")


def test_a_file_is_stored_whole_or_not_at_all(vault: Vault) -> None:
    def breaks() -> Iterator[bytes]:
        yield bytes(PIECE * 2)
        raise NotFound("the download ended early")

    with pytest.raises(NotFound):
        vault.put("f", breaks())
    assert vault.names() == frozenset()
    assert vault.load("f") is None


def test_clearing_counts_what_is_left(vault: Vault) -> None:
    vault.put("files/1", iter((b"x",)))
    vault.put("package", iter((b"x",)))
    assert vault.clear("files/") == 0
    assert vault.names() == {"package"}
    assert vault.clear() == 0
