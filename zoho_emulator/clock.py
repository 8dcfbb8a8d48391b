"""The portal's clock: it ticks in real time from a settable start and can only be moved forwards.

Times inside are epoch milliseconds; `iso` is Zoho's form (API reference, section 1): UTC, milliseconds, `Z`.
"""

import datetime as dt
import threading
import time

MINUTE_MS = 60_000
DAY_MS = 86_400_000


class Clock:
    def __init__(self, start_ms: int | None = None) -> None:
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._start_ms = int(time.time() * 1000) if start_ms is None else start_ms

    def now_ms(self) -> int:
        return self._start_ms + int((time.monotonic() - self._started) * 1000)

    def move_to(self, target_ms: int) -> None:
        """Jump forwards.

        Raises:
            ValueError: The target lies in the past; records would otherwise be older than their causes.
        """
        with self._lock:
            ahead = target_ms - self.now_ms()
            if ahead < 0:
                raise ValueError("the clock only moves forwards")
            self._start_ms += ahead

    def restart_at(self, start_ms: int) -> None:
        """Begin anew, for a portal that is reset as a whole."""
        with self._lock:
            self._started = time.monotonic()
            self._start_ms = start_ms


def iso(moment_ms: int) -> str:
    moment = dt.datetime.fromtimestamp(moment_ms / 1000, dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment_ms % 1000:03d}Z"


def iso_seconds(moment_ms: int) -> str:
    return dt.datetime.fromtimestamp(moment_ms // 1000, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(text: str) -> int:
    """Return epoch milliseconds of an ISO time; a time without a zone is UTC. Raises ValueError."""
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return round(moment.timestamp() * 1000)


def day_of(moment_ms: int) -> str:
    return iso(moment_ms)[:10]
