"""Where ledger heads are left outside the store (R-EVID-3): a file that only grows, or a list for tests.

The file is opened for appending only and flushed to the disk before `leave` returns. What makes it write-once is
where it lies: another machine's share, or an append-only flag (`chattr +a`) that the suite's user cannot lift.
One JSON object a line: org, sequence, hash, at. A last line that a crash cut short is passed over.
"""

import errno
import json
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from zoho_privacy.adapters import folders
from zoho_privacy.domain.errors import StoreUnavailable, Tampered
from zoho_privacy.domain.ledger import Head


class FileAnchor:
    """An Anchor in one file, created readable by its owner only with the first head."""

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._lock = Lock()

    @property
    def path(self) -> Path:
        """Where the file lies, or will."""
        return self._path

    def leave(self, org: str, sequence: int, head: str, at: datetime) -> None:
        """See the port.

        Raises:
            StoreUnavailable: Nothing, or part of a line, was written; repeating is safe.
        """
        line = {"org": org, "sequence": sequence, "hash": head, "at": at.astimezone(UTC).isoformat()}
        try:
            with self._lock:
                self._append(json.dumps(line).encode() + b"\n")
        except OSError as error:
            raise StoreUnavailable(f"the anchor file cannot be written: {error.strerror}") from error

    def heads(self, org: str) -> Sequence[Head]:
        """Return the heads left for an organisation, oldest first.

        Raises:
            Tampered: A line is complete and cannot be read; its number is in the text.
        """
        if not self._path.exists():
            return []
        lines = self._path.read_bytes().splitlines()
        return [head for number, line in enumerate(lines, 1) for head in _heads(line, number) if head.org == org]

    def _append(self, line: bytes) -> None:
        folders.make(self._path.parent)
        handle = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            data = b"\n" + line if _cut_short(handle) else line
            if os.write(handle, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(handle)
        finally:
            os.close(handle)
        folders.flush(self._path.parent)


class MemoryAnchor:
    """An Anchor in memory."""

    def __init__(self) -> None:
        self.left: list[tuple[Head, datetime]] = []

    def leave(self, org: str, sequence: int, head: str, at: datetime) -> None:
        """See the port."""
        self.left.append((Head(org, sequence, head), at))

    def heads(self, org: str) -> Sequence[Head]:
        """Return the heads left for an organisation, oldest first."""
        return [head for head, _ in self.left if head.org == org]


def _cut_short(handle: int) -> bool:
    """Tell whether a crash left the last line without its end."""
    if os.lseek(handle, 0, os.SEEK_END) == 0:
        return False
    os.lseek(handle, -1, os.SEEK_END)
    return os.read(handle, 1) != b"\n"


def _heads(line: bytes, number: int) -> Iterator[Head]:
    try:
        told = json.loads(line)
        yield Head(str(told["org"]), int(told["sequence"]), str(told["hash"]))
    except (ValueError, KeyError, TypeError) as error:
        if line.strip() and line.rstrip().endswith(b"}"):
            raise Tampered(f"line {number} of the anchor file cannot be read") from error
