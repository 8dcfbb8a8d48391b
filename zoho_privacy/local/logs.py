"""One line per event on standard error: time, level, where, what, and the ids a line was given.

Tracebacks are not written, since a value in them may be somebody's words; `dispatch.whereabouts` says type and place.
"""

import logging
import sys
from datetime import UTC, datetime
from typing import Final

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
QUIET: Final = ("waitress", "urllib3", "schedule")


class LineFormatter(logging.Formatter):
    """Writes `2026-03-02T09:15:00Z INFO zoho_privacy.local.server POST /hooks/{secret}/desk 200 4ms`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; members given as `extra` follow as name=value."""
        at = datetime.fromtimestamp(record.created, UTC)
        extra = "".join(f" {name}={value}" for name, value in vars(record).items() if name not in _STANDARD)
        return f"{at:%Y-%m-%dT%H:%M:%SZ} {record.levelname} {record.name} {record.getMessage()}{extra}"


def configure(*, verbose: bool) -> None:
    """Send log lines to standard error: everything when verbose, otherwise what somebody should look at."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO if verbose else logging.WARNING)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
