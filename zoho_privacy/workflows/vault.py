"""Files of one export at rest: sealed piece by piece, so that neither writing nor reading holds a file in memory.

A file is a row of frames: four bytes of length, then up to 256 KiB sealed. Each frame is bound to its file, its place
in the row and whether it is the last, so frames cannot be swapped, dropped or cut off unnoticed. It talks to the
Blobs and Sealer ports and decides nothing (R-ACCESS-5, R-SEC-8).
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from zoho_privacy.domain.errors import NotFound, Tampered
from zoho_privacy.ports import Blobs, Sealer

PIECE: Final = 1 << 18
_LENGTH: Final = 4
_LARGEST_FRAME: Final = PIECE + 65536


@dataclass(frozen=True, slots=True)
class Stored:
    """Size in bytes and SHA-256 of what was put, before sealing."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Vault:
    """Sealed files under one prefix of the blob store (without trailing slash)."""

    blobs: Blobs
    sealer: Sealer
    prefix: str

    def put(self, name: str, chunks: Iterable[bytes]) -> Stored:
        """Seal a file whole or not at all, replacing one of that name."""
        digest, size = hashlib.sha256(), 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                yield chunk

        self.blobs.put(f"{self.prefix}/{name}", self._frames(name, counted()))
        return Stored(size, digest.hexdigest())

    def read(self, name: str, start: int = 0) -> Iterator[bytes]:
        """Yield a file from a byte on, in pieces of at most 256 KiB; what lies before it is not looked into.

        Raises:
            NotFound: There is none, before the first piece.
            Tampered: The seal of a piece does not hold or the end is missing; what came before is genuine.
        """
        return self._open(name, self.blobs.get(f"{self.prefix}/{name}"), start)

    def load(self, name: str) -> bytes | None:
        """Return a small file, or None where there is none."""
        try:
            return b"".join(self.read(name))
        except NotFound:
            return None

    def names(self, below: str = "") -> frozenset[str]:
        """Return the names of the files, without the prefix."""
        cut = len(self.prefix) + 1
        return frozenset(name[cut:] for name in self.blobs.names(f"{self.prefix}/{below}"))

    def clear(self, below: str = "") -> int:
        """Delete the files and return how many a listing still shows: 0 is the proof."""
        for name in self.blobs.names(f"{self.prefix}/{below}"):
            self.blobs.delete(name)
        return len(self.blobs.names(f"{self.prefix}/{below}"))

    def _frames(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        place = 0
        waiting: bytes | None = None
        for piece in _pieces(chunks):
            if waiting is not None:
                yield self._frame(name, place, waiting, last=False)
                place += 1
            waiting = piece
        yield self._frame(name, place, waiting or b"", last=True)

    def _frame(self, name: str, place: int, piece: bytes, *, last: bool) -> bytes:
        sealed = self.sealer.seal(piece, context=self._context(name, place, last=last))
        return len(sealed).to_bytes(_LENGTH, "big") + sealed

    def _open(self, name: str, chunks: Iterator[bytes], start: int) -> Iterator[bytes]:
        held, place = bytearray(), 0
        first, cut = divmod(start, PIECE)
        frame = _take(held, chunks)
        while frame is not None:
            following = _take(held, chunks)
            if place >= first:
                piece = self.sealer.open(frame, context=self._context(name, place, last=following is None))
                yield piece[cut:] if place == first else piece
            frame, place = following, place + 1
        if place == 0:
            raise Tampered("a sealed file is empty")

    def _context(self, name: str, place: int, *, last: bool) -> str:
        return f"vault|{self.prefix}/{name}|{place}|{'last' if last else 'more'}"


def _take(held: bytearray, chunks: Iterator[bytes]) -> bytes | None:
    """Return the next frame, None at a clean end."""
    if not _fill(held, _LENGTH, chunks):
        if held:
            raise Tampered("a sealed file is cut off")
        return None
    length = int.from_bytes(held[:_LENGTH], "big")
    if length > _LARGEST_FRAME or not _fill(held, _LENGTH + length, chunks):
        raise Tampered("a sealed file is cut off")
    frame = bytes(held[_LENGTH : _LENGTH + length])
    del held[: _LENGTH + length]
    return frame


def _fill(held: bytearray, wanted: int, chunks: Iterator[bytes]) -> bool:
    while len(held) < wanted:
        chunk = next(chunks, None)
        if chunk is None:
            return False
        held += chunk
    return True


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) > PIECE:
            yield bytes(held[:PIECE])
            del held[:PIECE]
    if held:
        yield bytes(held)
