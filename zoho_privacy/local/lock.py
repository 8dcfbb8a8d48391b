"""One serving process per state folder: an advisory lock that ends with the process, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zoho_privacy.domain.errors import BadInput


@contextmanager
def only_process(state_dir: Path) -> Iterator[None]:
    """Hold the state folder, which must be there, for this process.

    Raises:
        BadInput: Another process serves from this folder; the text names its id.
    """
    with (state_dir / "serve.lock").open("a+", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.seek(0)
            holder = handle.read(20).strip() or "unknown"
            raise BadInput(
                f"Another process (pid {holder}) already serves from this state folder; stop it or choose another "
                "folder with ZOHO_PRIVACY_STATE_DIR."
            ) from None
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        yield
