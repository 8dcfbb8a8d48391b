"""Reads the retention schedule: the packaged one or the operator's own file. The version is the file's SHA-256.

A file without periods for the categories of data has the packaged ones; one that names any must name them all.
"""

import hashlib
import tomllib
from importlib.resources import files
from pathlib import Path

from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.retention import Schedule
from zoho_privacy.domain.schedule_file import parse


def load_schedule(path: Path | None = None) -> Schedule:
    """Return the schedule in `path`, or the packaged one.

    Raises:
        BadInput: The file cannot be read, or every mistake in it, a line each.
    """
    try:
        raw = path.read_bytes() if path else _packaged()
        table = tomllib.loads(raw.decode())
    except OSError as error:
        raise BadInput(f"the retention schedule cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"the retention schedule is not TOML: {error}") from None
    data = tomllib.loads(_packaged().decode())["data"]
    return parse(table, version=hashlib.sha256(raw).hexdigest(), rules=load_rules(), data=data)


def _packaged() -> bytes:
    return (files("zoho_privacy.rules") / "retention.toml").read_bytes()
