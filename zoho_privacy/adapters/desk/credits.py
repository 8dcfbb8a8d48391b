"""Counts what our calls cost, from the headers of Desk's answers, and says how much of the day is left.

Satisfies the CreditMeter port. Costs are booked to the flow that is running (`with credits.flow("intake"):`) and to
every run around it, also across threads that each name their own. Inside `reserve` reads are refused once the day's
credits are down to it; a write is never refused, so that what was begun is ended. Talks to the Store port only when
asked to save a day's sums. Source: Zoho Desk API guide (rate limits).
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from zoho_privacy.domain.errors import Conflict, CreditsLow
from zoho_privacy.ports import Item, Put, Spending, Store

TABLE: Final = "credits"
OTHER: Final = "other"
_WEIGHT: Final = "x-rate-limit-request-weight-v3"
_REMAINING: Final = "x-rate-limit-remaining-v3"
_SAVE_ATTEMPTS: Final = 5
FRESH: Final = timedelta(hours=1)
"""How long a count is believed: a new day has new credits, and nobody tells."""

_flow: ContextVar[str] = ContextVar("desk_credit_flow", default=OTHER)
_floor: ContextVar[float | None] = ContextVar("desk_credit_floor", default=None)
_runs: ContextVar[tuple[Spending, ...]] = ContextVar("desk_credit_runs", default=())


class Credits:
    """The credit meter of one portal in this process; safe to use from several threads. Without `now` counts stay."""

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self._lock = threading.Lock()
        self._now = now
        self._remaining: int | None = None
        self._told: datetime | None = None
        self._spent: Counter[str] = Counter()
        self._saved: Counter[str] = Counter()

    @contextmanager
    def flow(self, label: str) -> Iterator[None]:
        """Book what this thread spends inside the block to `label`; blocks may nest, the inner one counts."""
        before = _flow.set(label)
        try:
            yield
        finally:
            _flow.reset(before)

    @contextmanager
    def run(self) -> Iterator[Spending]:
        """Count what is spent inside the block by this thread, and by those it starts with its context."""
        spending = Spending()
        before = _runs.set((*_runs.get(), spending))
        try:
            yield spending
        finally:
            _runs.reset(before)

    @contextmanager
    def reserve(self, floor: float) -> Iterator[None]:
        """Refuse reads inside the block once no more than `floor` credits are left."""
        before = _floor.set(floor)
        try:
            yield
        finally:
            _floor.reset(before)

    def check(self) -> None:
        """Let a read pass, or raise CreditsLow where the running block has come to its reserve."""
        floor, left = _floor.get(), self.remaining()
        if floor is not None and left is not None and left <= floor:
            raise CreditsLow("API credits are at the reserve", retry_after_s=FRESH.total_seconds())

    def note(self, headers: Mapping[str, str], *, expected: float) -> None:
        """Book an answer: its weight header, or what was expected where Desk did not say."""
        weight, remaining = _number(headers.get(_WEIGHT)), _number(headers.get(_REMAINING))
        cost, flow, told = expected if weight is None else weight, _flow.get(), self._now() if self._now else None
        with self._lock:
            self._spent[flow] += cost  # type: ignore[assignment]  # floats count too
            for run in _runs.get():
                run.by_flow[flow] = run.by_flow.get(flow, 0.0) + cost
            if remaining is not None:
                self._remaining, self._told = int(remaining), told

    def remaining(self) -> int | None:
        """Return the credits left today by the last answer that said so, None where none did within the hour."""
        with self._lock:
            left, told = self._remaining, self._told
        stale = self._now is not None and told is not None and not told <= self._now() < told + FRESH
        return None if stale else left

    def spent(self) -> float:
        """Return the credits spent by this process."""
        with self._lock:
            return float(sum(self._spent.values()))

    def by_flow(self) -> Mapping[str, float]:
        """Return the credits spent by this process per flow."""
        with self._lock:
            return dict(self._spent)

    def save(self, store: Store, org: str, now: datetime) -> Mapping[str, float]:
        """Add what was spent since the last save to the stored sums of the (UTC) day; return those sums.

        Raises:
            Conflict: Others wrote at every attempt; what was spent is kept for the next save.
            StoreUnavailable: Nothing is known to be written.
        """
        with self._lock:
            spent = dict(self._spent)
        fresh = {flow: cost - self._saved[flow] for flow, cost in spent.items()}
        for attempt in range(_SAVE_ATTEMPTS):
            day = now.date().isoformat()
            item = store.get(org, TABLE, day) or Item(org, TABLE, day, {})
            sums = {flow: float(item.body.get(flow, 0)) + fresh.get(flow, 0) for flow in {*item.body, *fresh}}
            try:
                store.commit([Put(replace(item, body=sums))])
            except Conflict:
                if attempt == _SAVE_ATTEMPTS - 1:
                    raise
            else:
                self._saved = Counter(spent)
                return sums
        raise AssertionError


def _number(value: str | None) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None
