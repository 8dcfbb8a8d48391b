"""The two things about folders that files of evidence rely on: nobody else may look in, and names survive a crash."""

import os
from pathlib import Path


def make(folder: Path) -> None:
    """Create the folder and those above it where missing, open to their owner only. Raises OSError."""
    for each in (*reversed(folder.parents), folder):
        if not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)


def flush(folder: Path) -> None:
    """Make a new, renamed or removed name survive a power cut; Windows does so by itself. Raises OSError."""
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
