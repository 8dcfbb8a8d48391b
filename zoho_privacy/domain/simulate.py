"""What a schedule would have done to a desk's history, and the difference between two. Pure: moments are arguments.

Each closed ticket is followed from its start through every moment at which a rule's period ends; what `decide` says at
that moment happens. All rules count as live, since the question is what they would do. Holds and open cases of the past
are not replayed (R-PLAN-4). Tickets come as an iterable and are not kept, so a desk of any size fits; of people only
ids and two moments are. A person's record goes once every ticket of theirs is gone and its own period is over
(R-RETAIN-3); when a record was last changed no list tells, so it may have stayed longer than shown.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from zoho_privacy.domain.retention import Due, PersonFacts, Rule, Schedule, TicketFacts, decide, ended, fits

Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """Records acted on per rule id and month (YYYY-MM) under either schedule, and how many were replayed.

    All are tickets but those of the rule for people, which are their records.
    """

    tickets: int
    old: Mapping[Cell, int]
    new: Mapping[Cell, int]
    people: int = 0

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
        return {"tickets": self.tickets, "people": self.people, "rows": rows}


@dataclass(frozen=True, slots=True)
class Past:
    """One person's record. `busy` tells that a ticket of theirs is open: then it has no end yet."""

    contact_id: str
    facts: PersonFacts
    busy: bool = False


class _Lives:
    """What a schedule leaves of people: when the last of their tickets was closed, and when the last of them went."""

    def __init__(self, rule: Rule | None) -> None:
        self.rule = rule
        self._closed: dict[str, datetime] = {}
        self._gone: dict[str, datetime | None] = {}

    def follow(self, facts: TicketFacts, gone: datetime | None) -> None:
        """Note when a ticket of theirs went, None for one that stays."""
        if self.rule is None:
            return
        closed = facts.pinned_closed or facts.closed or facts.created
        for each in facts.contact_ids:
            self._closed[each] = max(self._closed.get(each, closed), closed)
            known = self._gone.get(each, gone)
            self._gone[each] = max(known, gone) if known and gone else None

    def end(self, person: Past) -> datetime | None:
        """Return when a record went, None where it stayed."""
        facts, last = person.facts, self._gone.get(person.contact_id, person.facts.created)
        if self.rule is None or person.busy or facts.trashed or facts.in_crm or facts.created is None or last is None:
            return None
        moments = (facts.created, facts.modified, facts.relationship_end, self._closed.get(person.contact_id))
        began = max(each for each in moments if each)
        return max(began + timedelta(days=self.rule.period_days), last)


def together(found: Iterable[Difference]) -> Difference:
    """Return the sum of several portals' differences."""
    tickets, people, old, new = 0, 0, Counter[Cell](), Counter[Cell]()
    for each in found:
        tickets += each.tickets
        people += each.people
        old.update(each.old)
        new.update(each.new)
    return Difference(tickets, old, new, people)


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


def simulate(
    tickets: Iterable[TicketFacts], old: Schedule, new: Schedule, *, until: datetime, people: Iterable[Past] = ()
) -> Difference:
    """Replay the tickets, then the records of `people`, under both schedules, up to and including `until`."""
    schedules = (all_live(old), all_live(new))
    counts: tuple[Counter[Cell], Counter[Cell]] = (Counter(), Counter())
    lives = (_Lives(old.people), _Lives(new.people))
    number = persons = 0
    for facts in tickets:
        number += 1
        for live, count, left in zip(schedules, counts, lives, strict=True):
            gone = None
            for moment, rule in events(facts, live):
                if moment <= until:
                    count[rule.id, f"{moment:%Y-%m}"] += 1
                    gone = gone or (moment if rule.action != "mask" else None)  # a rebuilt one is nobody's
            left.follow(facts, gone)
    for person in people if old.people or new.people else ():
        persons += 1
        for count, left in zip(counts, lives, strict=True):
            end = left.end(person)
            if left.rule and end and end <= until:
                count[left.rule.id, f"{end:%Y-%m}"] += 1
    return Difference(number, *counts, persons)
