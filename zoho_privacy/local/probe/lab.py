"""What every experiment works with: own records, the notebook of findings, time, and people's hands.

Time passes through `wait`, so that a test can let it pass at once; `clock` tells how much passed. Every write goes
through the guard. Nothing here decides what an answer means: experiments do.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from zoho_privacy.adapters.desk import calls
from zoho_privacy.adapters.desk import probe_calls as p
from zoho_privacy.adapters.desk.protocol import Call
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.profile import QUESTIONS, Evidence, Finding, State
from zoho_privacy.local.probe.guard import Guard, Seen, address, shape
from zoho_privacy.local.probe.journal import MARKED

T = TypeVar("T")
GRIDS: Final = ((30, 1), (300, 5), (1800, 15), (10**9, 60))
PAST_THE_GRID_S: Final = 0.25
BIN_PAGE: Final = 100
ABSENT: Final = frozenset({"LICENSE_ACCESS_LIMITED"})  # a matter of the edition, not of rights

log = logging.getLogger(__name__)


@dataclass
class Notebook:
    """The findings so far; the first answer to a question stands unless a later one is surer."""

    clock: Callable[[], datetime]
    found: dict[str, Finding] = field(default_factory=dict)

    def note(self, name: str, value: str, *evidence: Evidence, says: str = "") -> None:
        """Note an answer; one that the question does not know is unclear, and told."""
        if QUESTIONS[name].accepts(value):
            self._keep(Finding(name, State.FOUND, value, says, evidence, self.clock()))
        else:
            self.unclear(name, f"Desk did something else: {value}", *evidence)

    def more_than(self, name: str, seconds: int, *evidence: Evidence) -> None:
        """Note that the end of a wait was not seen."""
        says = f"not within {seconds} s, the limit of this run"
        self._keep(Finding(name, State.MORE_THAN, str(seconds), says, evidence, self.clock()))

    def unclear(self, name: str, says: str, *evidence: Evidence) -> None:
        """Note that an experiment gave no answer, and why."""
        self._keep(Finding(name, State.UNCLEAR, "", says, evidence, self.clock()))

    def skip(self, name: str, says: str) -> None:
        """Note that a question does not arise here, and why."""
        self._keep(Finding(name, State.NOT_TRIED, "", says, (), self.clock()))

    def _keep(self, finding: Finding) -> None:
        before = self.found.get(finding.name)
        if before is None or not before.known:
            self.found[finding.name] = finding

    def number(self, name: str) -> int | None:
        """Return a number found, None where it was not."""
        finding = self.found.get(name)
        return int(finding.value) if finding and finding.known and finding.value.isdigit() else None

    def value(self, name: str) -> str:
        """Return an answer found, empty where there is none."""
        finding = self.found.get(name)
        return finding.value if finding and finding.known else ""

    def whole(self, skipped: Mapping[str, str]) -> list[Finding]:
        """Return a finding for every question; `skipped` tells per step why it was not tried."""
        return [
            self.found.get(name) or Finding(name, State.NOT_TRIED, says=skipped.get(question.step, "not reached"))
            for name, question in QUESTIONS.items()
        ]


@dataclass(frozen=True, slots=True)
class Watched(Generic[T]):
    """What a wait gave: the thing waited for, the whole seconds until it was seen, and until it was last missed."""

    got: T | None
    seconds: int
    missed_at: float

    def says(self) -> str:
        """Return the bounds for people."""
        return "seen at once" if self.missed_at < 0 else f"between {self.missed_at:.0f} and {self.seconds} s"


@dataclass
class Lab:
    """One run on one portal. `patience_s` bounds every wait for Desk, `hand_patience_s` every wait for a person."""

    guard: Guard
    notes: Notebook
    clock: Callable[[], datetime]
    wait: Callable[[float], None]
    say: Callable[[str], None]
    hand: Callable[[str, Mapping[str, str]], None]
    patience_s: float = 300.0
    event_patience_s: float = 30.0
    retry_patience_s: float = 120.0
    hand_patience_s: float = 600.0
    serial: int = 0
    firsts: dict[str, int] = field(default_factory=dict)
    denied: dict[str, str] = field(default_factory=dict)

    @property
    def run(self) -> str:
        """The run's random name."""
        return self.guard.journal.run

    @property
    def department(self) -> str:
        """The test department's id."""
        return self.guard.journal.department

    def ask(self, call: Call) -> Seen:
        """Send a call, its place in a list counted as this portal counts that list; see `Guard.ask`."""
        place = call.query.get("from")
        first = self.firsts.get(shape(call), 0)
        seen = self.guard.ask(_moved(call, first) if first else call)
        if place == "0" and seen.status == 422 and shape(call) not in self.firsts:
            again = self.guard.ask(_moved(call, 1))
            if again.ok:
                self.firsts[shape(call)] = 1
                seen = again
        if seen.status in {401, 403} and seen.code not in ABSENT:
            self.denied[seen.template] = seen.code
        return seen

    # ----------------------------------------------------------------------------------------------------------- time

    def watch(self, look: Callable[[], T | None], *, limit_s: float, what: str = "") -> Watched[T]:
        """Look at once, then at whole seconds on a grid that widens, until `look` returns something or time is up."""
        began = self.clock()
        missed = -1.0
        for mark in _marks(limit_s):
            if mark:
                ahead = began + timedelta(seconds=mark + PAST_THE_GRID_S) - self.clock()
                self.wait(max(0.0, ahead.total_seconds()))
            elapsed = (self.clock() - began).total_seconds()
            got = look()
            if got is not None:
                return Watched(got, int(elapsed), missed)
            missed = elapsed
            if what and mark and mark % 30 == 0:
                self.say(f"    {what}: {mark} s of at most {limit_s:.0f}")
        return Watched(None, int(limit_s), missed)

    # -------------------------------------------------------------------------------------------------------- records

    def mark(self, name: str) -> str:
        """Return a name that nobody else has given anything."""
        self.serial += 1
        return MARKED.format(run=self.run, name=f"{name} {self.serial}")

    def address(self, name: str) -> str:
        """Return the address of one of our contacts, `a` to `d`."""
        return address(self.run, name, self.guard.journal.domain)

    def contact(self, name: str) -> str:
        """Make a contact and return its id; raises BadInput where Desk refuses."""
        mark = self.mark("contact")
        seen = self.guard.make(p.create_contact({"lastName": mark, "email": self.address(name)}), "contact", mark)
        return self._id(seen)

    def ticket(self, contact_id: str, *, name: str, description: str = "A test of zoho-privacy probe.") -> str:
        """Make a ticket of one of our contacts and return its id; raises BadInput where Desk refuses."""
        mark = self.mark("ticket")
        values = {
            "subject": mark,
            "departmentId": self.department,
            "contactId": contact_id,
            "email": self.address(name),
            "description": description,
        }
        return self._id(self.guard.make(p.create_ticket(values), "ticket", mark))

    def task(self, ticket_id: str) -> str:
        """Make a task on a ticket and return its id; raises BadInput where Desk refuses."""
        mark = self.mark("task")
        values = {"subject": mark, "departmentId": self.department, "ticketId": ticket_id}
        return self._id(self.guard.make(p.create_task(values), "task", mark, parent=ticket_id))

    def comment(self, ticket_id: str, text: str = "A note of zoho-privacy probe.") -> str:
        """Write a private note and return its id; raises BadInput where Desk refuses."""
        seen = self.guard.make(calls.add_comment(ticket_id, text), "comment", self.mark("comment"), parent=ticket_id)
        return self._id(seen)

    @staticmethod
    def _id(seen: Seen) -> str:
        if not (seen.ok and seen.text("id")):
            raise BadInput(f"a test record could not be made: {seen.told()}")
        return seen.text("id")

    # -------------------------------------------------------------------------------------------------------- reading

    def pages(self, call: Call, limit: int, most: int = 20) -> Iterator[Mapping[str, Any]]:
        """Yield a list's rows, so many pages at most."""
        for page in range(most):
            rows = self.ask(call.page(page * limit, limit)).rows()
            yield from rows
            if len(rows) < limit:
                return

    def bin_entries(self, record_ids: Iterable[str]) -> dict[str, str]:
        """Return record -> bin id for those of our records that the bin shows, by id or by the mark only they have."""
        wanted = {each: self.guard.journal.made[each].mark for each in record_ids}
        found: dict[str, str] = {}
        for row in self.pages(p.newest_binned(), BIN_PAGE):
            shown = str(row.get("id"))
            record = shown if shown in wanted else _named(row, wanted)
            if record is not None:
                found[record] = shown
                if shown != record:
                    self.guard.adopt("bin", row, "displayName", parent=record)
            if len(found) == len(wanted):
                break
        return found

    def bin_entry(self, record_id: str) -> str | None:
        """Return the id of the bin's entry of a record of ours."""
        return self.bin_entries([record_id]).get(record_id)

    def delete_for_good(self, bin_ids: Mapping[str, str]) -> tuple[Seen, frozenset[str]]:
        """Delete record -> bin id for good by one call; return the answer and the records that Desk says are gone."""
        seen = self.ask(p.purge_list(list(bin_ids.values())))
        done = {str(row.get("id")) for row in seen.rows("results") if row.get("success") is True}
        gone = frozenset(record for record, bin_id in bin_ids.items() if bin_id in done)
        return seen, gone

    def threads(self, ticket_id: str) -> Sequence[Mapping[str, Any]]:
        """Return a ticket's messages, oldest first."""
        return list(self.pages(calls.threads(ticket_id), 200))

    def opening(self, ticket_id: str) -> str | None:
        """Return the id of a ticket's opening message."""
        rows = self.threads(ticket_id)
        named = [row for row in rows if row.get("isDescriptionThread") is True]
        return next((str(row["id"]) for row in (*named, *rows) if row.get("id")), None)

    def finds(self, ticket_id: str, query: Mapping[str, str]) -> Mapping[str, Any] | None:
        """Return a search's hit on a ticket."""
        rows = self.ask(p.search(query).page(0, 100)).rows()
        return next((row for row in rows if str(row.get("id")) == ticket_id), None)


def _moved(call: Call, by: int) -> Call:
    return (
        replace(call, query={**call.query, "from": str(int(call.query["from"]) + by)}) if "from" in call.query else call
    )


def _named(row: Mapping[str, Any], wanted: Mapping[str, str]) -> str | None:
    name = row.get("displayName")
    return next((record for record, mark in wanted.items() if mark and mark == name), None)


def _marks(limit_s: float) -> Iterator[int]:
    yield 0
    mark = 0
    while True:
        mark += next(step for below, step in GRIDS if mark < below)
        if mark > limit_s:
            return
        yield mark
