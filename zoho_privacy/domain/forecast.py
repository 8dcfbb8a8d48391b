"""When the schedule's backlog will be worked off, most overdue first, within each day's credits. Pure.

Work is kept as (tickets, credits) per day on which it falls due, so a million tickets are a few thousand numbers. A day
gives what is left of the daily credits after the reserve and the other integrations; a ticket is done whole or not
that day, as in the run itself (R-PLAN-5).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from zoho_privacy.domain.plan import expected
from zoho_privacy.domain.retention import Schedule, TicketFacts
from zoho_privacy.domain.simulate import all_live, events

LONGEST_DAYS: Final = 3650
READING: Final = 4.0
"""Credits to read one due ticket and what hangs on it before deciding."""
CANARY: Final = 65.0
"""Credits of a run's own record, made and erased, and of looking for holds."""
SHARED: Final = 0.88
"""What deletions cost where ten tickets share a trip to the bin, as a share of the price list."""

Work = Mapping[tuple[date, float], int]


@dataclass(frozen=True, slots=True)
class Pace:
    """What runs cost in credits: `spent` on work that was expected to cost `expected`, and `overhead` per run.

    `look` is what a pass costs once, before its first ticket, to find what is due. Older runs count half as much as the
    one after them.
    """

    spent: float = 0.0
    expected: float = 0.0
    overhead: float = CANARY
    look: float = 0.0

    @property
    def factor(self) -> float:
        """What the work really costs, as a share of the price list; SHARED where nothing is known."""
        return self.spent / self.expected if self.expected else SHARED

    def after(self, spent: float, expected: float, *, overhead: float) -> "Pace":
        """Return what is known after one more run."""
        return Pace(self.spent / 2 + spent, self.expected / 2 + expected, overhead, self.look)

    def as_dict(self) -> dict[str, float]:
        """Return the pace as JSON members."""
        return asdict(self)


UNKNOWN: Final = Pace()


@dataclass(frozen=True, slots=True)
class Forecast:
    """`tickets` were due at the start for `credits`; the backlog ends on `finish` (None: never within ten years).

    `oldest` is the day since which the most overdue ticket waits; `daily` the credits usable per day.
    """

    tickets: int
    credits: float
    daily: float
    days: int
    finish: date | None
    oldest: date | None
    arriving: int

    def as_dict(self) -> dict[str, Any]:
        """Return the forecast for machines."""
        members = asdict(self)
        for name in ("finish", "oldest"):
            members[name] = members[name] and members[name].isoformat()
        return members


def usable(daily_credits: float, reserve: float, others: float) -> float:
    """Return the credits a day gives: all, less the reserve (a share, 0 to 1) and what others use."""
    return max(0.0, daily_credits * (1 - reserve) - others)


def work_of(tickets: Iterable[TicketFacts], schedule: Schedule, now: datetime) -> dict[tuple[date, float], int]:
    """Count tickets per day due and credits each; what is overdue counts as what would be done to it today.

    A ticket whose masking and deletion are both over is deleted at once. A write that falls due later is counted then.
    """
    live = all_live(schedule)
    work: defaultdict[tuple[date, float], int] = defaultdict(int)
    for facts in tickets:
        last = None
        for moment, rule in events(facts, live):
            if moment <= now:
                last = moment, rule
                continue
            if last is not None:
                work[last[0].date(), READING + expected(last[1].action, last[1].undo_days)] += 1
                last = None
            work[moment.date(), READING + expected(rule.action, rule.undo_days)] += 1
        if last is not None:
            work[last[0].date(), READING + expected(last[1].action, last[1].undo_days)] += 1
    return dict(work)


def forecast(
    work: Work, *, today: date, daily: float, pace: Pace = UNKNOWN, today_left: float | None = None
) -> Forecast:
    """Work the backlog off day by day, most overdue first, as new tickets fall due.

    The finish is the first day at whose end nothing due waits. `daily` credits are those `usable`, `today_left` those
    of them that are left today; each run takes its overhead first, the first one the look as well.
    """
    rows = [((day, cost * pace.factor), number) for (day, cost), number in sorted(work.items())]
    waiting: list[list[float]] = [[cost, number] for (day, cost), number in rows if day <= today]
    coming = [(day, cost, number) for (day, cost), number in rows if day > today]
    tickets = sum(number for (day, _), number in rows if day <= today)
    total = sum(cost * number for (day, cost), number in rows if day <= today)
    oldest = rows[0][0][0] if tickets else None
    first, arrived, head = 0, 0, 0
    for passed in range(LONGEST_DAYS):
        day = today + timedelta(days=passed)
        while first < len(coming) and coming[first][0] <= day:
            waiting.append([coming[first][1], coming[first][2]])
            arrived += coming[first][2]
            first += 1
        left = (daily if passed or today_left is None else min(daily, today_left)) - pace.overhead
        left -= 0 if passed else pace.look
        while head < len(waiting):
            cost, number = waiting[head]
            done = max(0, min(number, left // cost))
            left -= done * cost
            waiting[head][1] -= done
            if done < number:
                break
            head += 1
        if head == len(waiting):
            return Forecast(tickets, total, daily, passed + 1 if tickets or arrived else 0, day, oldest, arrived)
    return Forecast(tickets, total, daily, LONGEST_DAYS, None, oldest, arrived)
