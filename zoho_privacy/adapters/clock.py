"""Clocks: the machine's, a bench's over loopback HTTP, and one that a test sets."""

import time
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final
from urllib.parse import urlsplit

from zoho_privacy.domain.errors import BadInput, Retryable

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
KEEP_S: Final = 0.05
TIMEOUT_S: Final = 5.0


class SystemClock:
    """The machine's clock; keep it in step by NTP, due dates and leases rely on it."""

    def now(self) -> datetime:
        """See the port."""
        return datetime.now(UTC)  # noqa: TID251  this is the port the ban points to


class FixedClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime) -> None:
        self.set(at)

    def now(self) -> datetime:
        """See the port."""
        return self._at

    def set(self, at: datetime) -> None:
        """Stand at this time from now on; raises BadInput where it has no zone."""
        self._at = _utc(at)

    def advance(self, by: timedelta) -> datetime:
        """Move on and return the new time."""
        self._at += by
        return self._at


class HttpClock:
    """The simulated time of a bench on this machine: `GET url` answers `{"now": "<ISO time with zone>"}`.

    An answer is used for 50 ms, so that one unit of work sees about one time without asking again and again.

    Raises:
        BadInput: The URL does not lead to this machine: nobody else may set our clock.
    """

    def __init__(self, url: str) -> None:
        if not _is_loopback(url):
            raise BadInput("a simulated clock must be an http:// address on this machine")
        self._url = url
        self._lock = Lock()
        self._kept: tuple[float, datetime] | None = None

    def now(self) -> datetime:
        """See the port.

        Raises:
            Retryable: The bench did not answer.
            BadInput: Its answer is not a time.
        """
        with self._lock:
            if self._kept is None or time.monotonic() - self._kept[0] > KEEP_S:
                self._kept = (time.monotonic(), self._ask())
            return self._kept[1]

    def _ask(self) -> datetime:
        import requests  # noqa: PLC0415  for trials only: the webhook's function must start fast

        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy stands between us and our own machine
                with session.get(self._url, timeout=TIMEOUT_S, allow_redirects=False) as answer:
                    answer.raise_for_status()
                    return _utc(datetime.fromisoformat(answer.json()["now"]))
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput("the simulated clock's answer is not a time") from error
        except OSError as error:
            raise Retryable("the simulated clock did not answer") from error


def _is_loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme == "http" and host in LOOPBACK


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise BadInput("a time needs a zone")
    return at.astimezone(UTC)
