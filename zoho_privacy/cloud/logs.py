"""Log lines as JSON, behind a filter that lets no address, long number or token through, whoever wrote the line.

Our own lines hold ids and reasons only (R-SEC-8); the filter is for those of libraries, and for mistakes. A traceback
is never written, since a value in it may be somebody's words: type and place stand in its stead.
"""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from zoho_privacy.domain.errors import NeedsHuman, Retryable, ZohoPrivacyError
from zoho_privacy.hosting.dispatch import whereabouts

log = logging.getLogger(__name__)

ADDRESS: Final = re.compile(r"[^\s@<>\"'=,;:/]*@[^\s@<>\"',;:/]+")
TOKEN: Final = re.compile(r"(?<![\w-])(?=[\w.-]*[A-Za-z])(?=[\w.-]*\d)[\w-]{24,}(?:\.[\w-]+)*")
PHONE: Final = re.compile(r"\+\d[\d ()/.-]{6,}\d")
MASK: Final = "***"
STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
QUIET: Final = ("boto3", "botocore", "urllib3", "s3transfer")


def mask(text: str) -> str:
    """Return the text without addresses, telephone numbers and anything that looks like a token."""
    for pattern in (ADDRESS, TOKEN, PHONE):
        text = pattern.sub(MASK, text)
    return text


class Redacting(logging.Filter):
    """Masks a record before any formatter sees it; it refuses none."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the message and every text among its members."""
        record.msg, record.args = mask(record.getMessage()), None
        if record.exc_info and record.exc_info[1] is not None:
            record.msg = f"{record.msg}: {whereabouts(record.exc_info[1])}"
        record.exc_info = record.exc_text = record.stack_info = None
        for name, value in vars(record).items():
            if name not in STANDARD and isinstance(value, str):
                setattr(record, name, mask(value))
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line, from the standard library alone: for the function whose cold start is waited for."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; members given as `extra` stand beside the others."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"timestamp": at, "level": record.levelname, "location": record.name}
        line["message"] = record.getMessage()
        line |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        return json.dumps(line, default=str)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Write one line about whatever ends a handler, at level ERROR unless it passes by itself.

    The runtime prints what leaves a handler, past our filter: so only our own errors do.

    Raises:
        NeedsHuman: In the stead of an error that nobody expected; its text may quote somebody.
    """
    try:
        yield
    except ZohoPrivacyError as problem:
        level = logging.WARNING if isinstance(problem, Retryable) else logging.ERROR
        log.log(level, "%s: failed: %s: %s", what, type(problem).__name__, problem)
        raise
    except Exception as problem:  # noqa: BLE001  see above
        where = whereabouts(problem)
        log.error("%s: failed: %s", what, where)  # noqa: TRY400  a traceback may quote somebody
        raise NeedsHuman(f"{what} failed unexpectedly: {where}") from None


def person_needed(what: str, problem: Exception) -> None:
    """Write one line about what failed without ending a handler; at level ERROR where only a person can mend it."""
    if isinstance(problem, NeedsHuman):
        log.error("%s: a person is needed: %s", what, problem)
    else:
        log.warning("%s: %s", what, whereabouts(problem))


def configure(formatter: logging.Formatter | None = None) -> None:
    """Send log lines to standard output, masked; the runtime's own handler is replaced."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter or JsonLines())
    handler.addFilter(Redacting())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def configure_powertools(service: str) -> None:
    """As `configure`, with the formatter of Powertools: workers and tasks can afford its import."""
    from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter  # noqa: PLC0415

    configure(LambdaPowertoolsFormatter(service=service))
