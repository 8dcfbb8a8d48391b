"""Files of the suite (plans, exports) in a folder, or in memory for tests. Contents arrive sealed where they must be.

A file is written beside its place, flushed to the disk and renamed: a reader sees the old file, or the new one whole.
Folders and files are readable by their owner only. Names are checked, so that none leads out of the folder.
"""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

from zoho_privacy.adapters import folders
from zoho_privacy.domain.errors import BadInput, NotFound, StoreUnavailable

CHUNK: Final = 1 << 18
PART: Final = r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}"
NAME: Final = re.compile(rf"{PART}(/{PART}){{0,15}}", re.ASCII)


class FolderBlobs:
    """Blobs in the folder `root`, which is created where there is none."""

    def __init__(self, root: Path | str) -> None:
        self._root = Path(root)

    def put(self, name: str, chunks: Iterable[bytes]) -> int:
        """See the port.

        Raises:
            BadInput: The name is not one the port allows, or names a folder of another file.
            StoreUnavailable: The disk is full or cannot be written; an older file of that name is untouched.
        """
        place = self._root / checked(name)
        with _plainly():
            folders.make(place.parent)
            handle, beside = tempfile.mkstemp(prefix=".", suffix=".part", dir=place.parent)
        try:
            size = _fill(handle, chunks)
            with _plainly():
                Path(beside).replace(place)
                folders.flush(place.parent)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
        return size

    def get(self, name: str) -> Iterator[bytes]:
        """See the port. The file is opened when the first chunk is asked for."""
        place = self._root / checked(name)
        if not place.is_file():
            raise NotFound("there is no such file")
        return _read(place)

    def delete(self, name: str) -> bool:
        """See the port."""
        place = self._root / checked(name)
        if not place.is_file():
            return False
        with _plainly():
            place.unlink(missing_ok=True)
            folders.flush(place.parent)
        return True

    def names(self, prefix: str) -> Sequence[str]:
        """See the port. Half-written files have no name yet."""
        found = (path.relative_to(self._root).as_posix() for path in self._root.rglob("*") if path.is_file())
        return sorted(name for name in found if name.startswith(prefix) and NAME.fullmatch(name))


class MemoryBlobs:
    """Blobs in memory."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._lock = Lock()

    def put(self, name: str, chunks: Iterable[bytes]) -> int:
        """See the port."""
        data = b"".join(chunks)
        with self._lock:
            self._files[checked(name)] = data
        return len(data)

    def get(self, name: str) -> Iterator[bytes]:
        """See the port."""
        data = self._files.get(checked(name))
        if data is None:
            raise NotFound("there is no such file")
        return (data[start : start + CHUNK] for start in range(0, len(data), CHUNK))

    def delete(self, name: str) -> bool:
        """See the port."""
        with self._lock:
            return self._files.pop(checked(name), None) is not None

    def names(self, prefix: str) -> Sequence[str]:
        """See the port."""
        with self._lock:
            return sorted(name for name in self._files if name.startswith(prefix))


def checked(name: str) -> str:
    """Return a file's name as it is; raises BadInput where the port does not allow it."""
    if not NAME.fullmatch(name):
        raise BadInput("a file name is a relative path of ASCII letters, digits, - _ . and /, no part beginning with .")
    return name


def _fill(handle: int, chunks: Iterable[bytes]) -> int:
    """Write and flush; what `chunks` raises is the caller's and passes through."""
    size = 0
    with os.fdopen(handle, "wb") as file:
        for chunk in chunks:
            with _plainly():
                size += file.write(chunk)
        with _plainly():
            file.flush()
            os.fsync(file.fileno())
    return size


def _read(place: Path) -> Iterator[bytes]:
    with _plainly():
        file = place.open("rb")
    with file:
        while True:
            with _plainly():
                chunk = file.read(CHUNK)
            if not chunk:
                return
            yield chunk


@contextmanager
def _plainly() -> Iterator[None]:
    """Say in our words what the file system ran into; its own texts hold paths."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound("there is no such file") from error
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise BadInput("a file and a folder cannot have the same name") from error
    except OSError as error:
        raise StoreUnavailable(f"the file store cannot be used just now: {error.strerror}") from error
