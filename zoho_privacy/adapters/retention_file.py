"""Reads the retention schedule: the packaged one or the operator's own file. The version is the file's SHA-256."""

import hashlib
import tomllib
from importlib.resources import files
from pathlib import Path

from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.retention import Schedule, parse


def load_schedule(path: Path | None = None) -> Schedule:
    """Return the schedule in `path`, or the packaged one.

    Raises:
        BadInput: The file cannot be read, or every mistake in it, a line each.
    """
    try:
        raw = path.read_bytes() if path else (files("zoho_privacy.rules") / "retention.toml").read_bytes()
        table = tomllib.loads(raw.decode())
    except OSError as error:
        raise BadInput(f"the retention schedule cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"the retention schedule is not TOML: {error}") from None
    return parse(table, version=hashlib.sha256(raw).hexdigest())
