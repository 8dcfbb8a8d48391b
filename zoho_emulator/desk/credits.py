"""API credits and calls in flight (API reference, section 4): both are counted per portal."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from zoho_emulator.clock import DAY_MS, day_of
from zoho_emulator.desk.state import World

# edition -> (credits a day, more per user, calls at once)
BUDGETS: Final[Mapping[str, tuple[int, int, int]]] = {
    "FREE": (5_000, 0, 5),
    "EXPRESS": (25_000, 100, 10),
    "STANDARD": (50_000, 250, 10),
    "PROFESSIONAL": (75_000, 500, 15),
    "ENTERPRISE": (100_000, 1_000, 25),
}
# The guide and a copy of it disagree; the switch `depth_credits` says which holds.
DEPTHS: Final[Mapping[str, tuple[tuple[int, int], ...]]] = {
    "guide": ((2_000, 3), (10_000, 10), (100_000, 50)),
    "second_hand": ((2_000, 3), (10_000, 5), (50_000, 10), (100_000, 50)),
}


def list_cost(world: World, start: int) -> float:
    """Return the cost of a list or search by how deep `from` reaches."""
    return next((cost for deepest, cost in DEPTHS[world.switches["depth_credits"]] if start <= deepest), 100)


class Credits:
    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._in_flight = 0
        self._day = ""
        self._used = 0.0
        self._by_route: dict[str, float] = {}
        self.budget_override: float | None = None

    def _roll(self) -> None:
        today = day_of(self._world.clock.now_ms())
        if today != self._day:
            self._day, self._used, self._by_route = today, 0.0, {}

    def budget(self) -> float:
        if self.budget_override is not None:
            return self.budget_override
        a_day, per_user, _ = BUDGETS[self._world.switches["edition"]]
        return a_day + per_user * 3

    def remaining(self) -> float:
        with self._lock:
            self._roll()
            return max(0.0, self.budget() - self._used)

    def charge(self, route: str, cost: float) -> None:
        with self._lock:
            self._roll()
            self._used += cost
            self._by_route[route] = self._by_route.get(route, 0.0) + cost

    def dump(self) -> dict[str, Any]:
        """Return today's count in a form that `load` takes in another process."""
        with self._lock:
            return {"day": self._day, "used": self._used, "routes": self._by_route, "override": self.budget_override}

    def load(self, kept: dict[str, Any]) -> None:
        with self._lock:
            self._day, self._used = kept.get("day", ""), kept.get("used", 0.0)
            self._by_route, self.budget_override = dict(kept.get("routes", {})), kept.get("override")

    def seconds_to_reset(self) -> int:
        return max(1, (DAY_MS - self._world.clock.now_ms() % DAY_MS) // 1000)

    def summary(self) -> dict[str, Any]:
        with self._lock:
            self._roll()
            return {
                "day": self._day,
                "budget": self.budget(),
                "used": self._used,
                "remaining": max(0.0, self.budget() - self._used),
                "inFlight": self._in_flight,
                "routes": dict(self._by_route),
            }

    def clear(self) -> None:
        with self._lock:
            self._used, self._by_route, self.budget_override = 0.0, {}, None

    @contextmanager
    def in_flight(self) -> Iterator[bool]:
        """Count a call in flight; yields False when there are too many."""
        with self._lock:
            self._in_flight += 1
            fits = self._in_flight <= BUDGETS[self._world.switches["edition"]][2]
        try:
            yield fits
        finally:
            with self._lock:
                self._in_flight -= 1


def written(cost: float) -> str:
    return str(int(cost)) if cost == int(cost) else str(cost)
