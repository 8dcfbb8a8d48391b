"""What a schedule would have done to a desk's history, and the difference between two. Pure: moments are arguments.

Each closed ticket is followed from its start through every moment at which a rule's period ends; what `decide` says at
that moment happens. All rules count as live, since the question is what they would do. Holds and open cases of the past
are not replayed (R-PLAN-4). Tickets come as an iterable and are not kept, so a desk of any size fits.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from zoho_privacy.domain.retention import Due, Rule, Schedule, TicketFacts, decide, ended, fits

Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """Tickets acted on per rule id and month (YYYY-MM) under either schedule, and how many tickets were replayed."""

    tickets: int
    old: Mapping[Cell, int]
    new: Mapping[Cell, int]

    @property
    def cells(self) -> list[Cell]:
        """Every rule and month in which either schedule acts, in order."""
        return sorted({*self.old, *self.new})

    def as_dict(self) -> dict[str, Any]:
        """Return the difference for machines."""
        rows = [
            {"rule": rule, "month": month, "old": self.old.get((rule, month), 0), "new": self.new.get((rule, month), 0)}
            for rule, month in self.cells
        ]
        return {"tickets": self.tickets, "rows": rows}


def together(found: Iterable[Difference]) -> Difference:
    """Return the sum of several portals' differences."""
    tickets, old, new = 0, Counter[Cell](), Counter[Cell]()
    for each in found:
        tickets += each.tickets
        old.update(each.old)
        new.update(each.new)
    return Difference(tickets, old, new)


def all_live(schedule: Schedule) -> Schedule:
    """Return the schedule with every rule at work."""
    return replace(schedule, rules=tuple(replace(rule, mode="live") for rule in schedule.rules))


def events(facts: TicketFacts, live: Schedule) -> Iterator[tuple[datetime, Rule]]:
    """Yield what a schedule does to a ticket over its life, earliest first; a deleted ticket has no more to come."""
    acting = [rule for rule in live.rules if rule.action != "keep" and fits(rule, facts)]
    for moment in sorted({each for rule in acting if (each := ended(rule, facts)) is not None}):
        found = decide(facts, live, (), moment)
        if not isinstance(found, Due):
            continue
        yield moment, found.rule
        if found.action in {"erase", "native"}:
            return
        facts = replace(facts, masked=True) if found.action == "mask" else replace(facts, twin=True, masked=True)


def simulate(tickets: Iterable[TicketFacts], old: Schedule, new: Schedule, *, until: datetime) -> Difference:
    """Replay the tickets under both schedules, up to and including `until`."""
    schedules = (all_live(old), all_live(new))
    counts: tuple[Counter[Cell], Counter[Cell]] = (Counter(), Counter())
    number = 0
    for facts in tickets:
        number += 1
        for live, count in zip(schedules, counts, strict=True):
            for moment, rule in events(facts, live):
                if moment <= until:
                    count[rule.id, f"{moment:%Y-%m}"] += 1
    return Difference(number, *counts)
