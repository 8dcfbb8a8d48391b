"""Slows down whoever asks too often: a token bucket per client and class of request, in memory (R-SEC-3).

Forgotten at a restart, which is fine: attempts at codes are counted durably by the workflow. At most 10,000 clients
are remembered; the fullest buckets, those of the quiet, are forgotten first.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

MOST_CLIENTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` requests at once, then `per_minute`."""

    burst: int
    per_minute: float


LOOKING: Final = Rate(burst=60, per_minute=60)
SUBMITTING: Final = Rate(burst=10, per_minute=10)


@dataclass
class Limiter:
    """Buckets for any number of threads. `clock` gives seconds that never go back."""

    clock: Callable[[], float] = monotonic
    _buckets: dict[tuple[str, Rate], tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, client: str, rate: Rate) -> float:
        """Take a token; return 0, or the seconds until there will be one."""
        with self._lock:
            now = self.clock()
            tokens, since = self._buckets.get((client, rate), (float(rate.burst), now))
            tokens = min(rate.burst, tokens + (now - since) * rate.per_minute / 60)
            if tokens < 1:
                return (1 - tokens) * 60 / rate.per_minute
            self._buckets[client, rate] = (tokens - 1, now)
            if len(self._buckets) > MOST_CLIENTS:
                self._forget(now)
            return 0.0

    def _forget(self, now: float) -> None:
        def fullness(key: tuple[str, Rate]) -> float:
            tokens, since = self._buckets[key]
            return (tokens + (now - since) * key[1].per_minute / 60) / key[1].burst

        for key in sorted(self._buckets, key=fullness, reverse=True)[: MOST_CLIENTS // 10]:
            del self._buckets[key]
