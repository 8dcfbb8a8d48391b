"""One process per state folder, told from the folder itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zoho_privacy.domain.errors import BadInput
from zoho_privacy.local.lock import only_process

TAKE = (
    "from pathlib import Path; from zoho_privacy.local.lock import only_process; "
    "held = only_process(Path({folder!r})); held.__enter__()"
)


def test_a_second_process_is_told_who_was_first(tmp_path: Path) -> None:
    code = TAKE.format(folder=str(tmp_path))
    with only_process(tmp_path):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
        with pytest.raises(BadInput, match=f"pid {os.getpid()}"), only_process(tmp_path):
            pass
    assert done.returncode == 1
    assert f"pid {os.getpid()}" in done.stderr


def test_the_lock_ends_with_its_holder(tmp_path: Path) -> None:
    """Also when it is killed: nobody has to remove a file by hand."""
    code = TAKE.format(folder=str(tmp_path)) + "; import os; os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 9
    with only_process(tmp_path):
        pass
    with only_process(tmp_path):
        pass
