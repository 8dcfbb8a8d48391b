"""Records of people whose tickets are all gone are let go by the retention run, and nobody else's (R-RETAIN-3)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest

from tests.builders import NOW, ORG, a_case
from tests.fakes.desk import FakeDesk, FakeWriter
from tests.fakes.suite import a_suite
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.domain.model import Hold, Kind, State
from zoho_privacy.domain.retention import PERSON_STAYS, PersonFacts, Rule, Schedule, person_stays
from zoho_privacy.domain.simulate import simulate
from zoho_privacy.ports import Item, Put
from zoho_privacy.workflows import casebook, people, retention, undo
from zoho_privacy.workflows.retention import RetentionReport

TICKETS: Final = Rule("tickets", "P8-tickets", "contract", "erase", period_days=365, mode="live", reason="over")
PERSON: Final = Rule(
    "people", "P8-tickets", "contract", "erase", start="relationship-end", period_days=1095, mode="live", reason="over"
)
RULES: Final = Schedule((TICKETS,), people=PERSON)
OLD: Final = NOW - timedelta(days=1500)


class Office:
    """A portal with Ada, whose last trace is old, and with whoever a test adds."""

    def __init__(self, rules: Schedule = RULES) -> None:
        self.desk = FakeDesk(ORG, now=NOW - timedelta(hours=1))
        self.app = a_suite(self.desk)
        self.rules = rules
        self.ada = self.person("Ada")

    def person(self, name: str, **members: Any) -> str:
        address = f"{name.casefold()}.moss@example.net"
        base = {"first_name": name, "last_name": "Moss", "email": address, "created": OLD, "modified": OLD}
        return self.desk.add_contact(**{**base, **members}).id

    def ticket(self, contact_id: str, closed: datetime, **members: Any) -> str:
        base = {"contact_id": contact_id, "status": "Closed", "status_type": "closed", "closed": closed}
        return self.desk.add_ticket(**{**base, "created": closed, **members}).id

    def run(self, *, days: int = 0) -> RetentionReport:
        """Run the schedule, so many days from now."""
        self.desk.time = NOW + timedelta(days=days)
        app = replace(self.app, clock=FixedClock(self.desk.time))
        return retention.run(app, ORG, self.rules)

    def runs(self) -> RetentionReport:
        """Try the rules out, then run them a round later."""
        assert self.run().finished
        return self.run(days=31)

    def put(self, table: str, name: str, body: Any, **more: Any) -> None:
        self.app.store.commit([Put(Item(ORG, table, name, body, **more))])

    @property
    def names(self) -> set[str]:
        return {str(held.contact.first_name) for held in self.desk.contacts.values()}


@pytest.mark.req("R-RETAIN-3", "R-RETAIN-7", "R-RETAIN-11")
def test_a_record_without_tickets_goes_with_its_account_and_is_counted() -> None:
    office = Office()
    user = office.desk.add_portal_user(office.ada)
    office.person("New", created=NOW - timedelta(days=20))
    tried = office.run()
    assert (tried.rules["people"].mode, tried.rules["people"].due, tried.planned) == ("live", 1, 0)
    assert office.names == {"Ada", "New"}
    report = office.run(days=31)
    assert office.names == {"New"}
    assert office.desk.users[user]["status"] == "DELETED"
    assert office.desk.bin == []
    assert (report.planned, report.done, report.rules["people"].done) == (2, 2, 2)
    assert report.people == {"looked": 2, "due": 1, "not-due": 1}
    assert "2 people" in report.summary()
    assert office.app.store.get(ORG, "tombstone", office.app.keyring.pseudonym("tombstone", office.ada)) is not None


@pytest.mark.req("R-RETAIN-3", "R-PLAN-4")
def test_a_simulation_follows_people_as_lists_show_them_and_writes_nothing() -> None:
    office = Office()
    _crm(office)
    busy, idle = office.person("Busy"), office.person("Idle")
    office.desk.add_ticket(contact_id=busy, created=OLD)
    office.ticket(idle, NOW - timedelta(days=1400))
    before = office.names
    pasts = {each.contact_id: each for each in retention.pasts(office.app, ORG, [office.rules])}
    assert {office.ada, busy, idle} == set(pasts)
    assert (pasts[office.ada].facts.in_crm, pasts[busy].busy, pasts[idle].busy) == (True, True, False)
    assert not list(retention.pasts(office.app, ORG, [replace(office.rules, people=None)]))
    tickets = retention.history(office.app, ORG, [office.rules])
    found = simulate(tickets, office.rules, office.rules, until=NOW, people=pasts.values())
    assert [(cell, count) for cell, count in found.new.items() if cell[0] == "people"] == [(("people", "2025-05"), 1)]
    assert office.names == before


def _crm(office: Office) -> None:
    held = office.desk.contacts[office.ada]
    held.contact = replace(held.contact, crm_id="554")


def _changed(office: Office) -> None:
    held = office.desk.contacts[office.ada]
    held.contact = replace(held.contact, modified=NOW - timedelta(days=30))


def _binned(office: Office) -> None:
    FakeWriter(office.desk).trash_tickets([office.ticket(office.ada, NOW)])


def _hold(office: Office) -> None:
    hold = Hold("h", "m", "o", "r", date(2026, 1, 1), date(2026, 9, 1), contact_ids=frozenset({office.ada}))
    office.put("hold", "h", casebook.to_body(hold))


def _case(office: Office) -> None:
    case = replace(a_case(kind=Kind.OBJECTION, state=State.VERIFIED), contact_id=office.ada)
    office.put("case", case.id, casebook.to_body(case), parent="elsewhere")
    office.put("person_case", case.id, {}, parent=office.ada)


def _copy(office: Office) -> None:
    body = {"phase": undo.SEALED, "until": (NOW + timedelta(days=60)).isoformat(), "number": "9", "rule": "tickets"}
    office.put(undo.TABLE, "9", body)
    office.put(undo.PERSON_TABLE, f"9:{office.ada}", {"ticket": "9"}, parent=office.ada)


KEEPS: Final[dict[str, list[Callable[[Office], Any]]]] = {
    "tickets-left": [
        lambda office: office.ticket(office.ada, NOW - timedelta(days=10)),
        lambda office: office.ticket(office.ada, OLD, archived=True, status_type="open", status="Open"),
        lambda office: office.ticket(
            office.person("Bob", created=NOW), NOW, secondary_contact_ids=(office.ada,), archived=True
        ),
        _binned,
    ],
    "crm-counterpart": [_crm],
    "not-due": [_changed],
    "held": [_hold],
    "open-case": [_case],
    "restricted": [lambda office: office.put("restriction", office.ada, {"since": NOW.isoformat()})],
    "sealed-copy": [_copy],
}


@pytest.mark.req("R-RETAIN-3", "R-RETAIN-9", "R-HOLD-4")
@pytest.mark.parametrize(
    ("code", "makes"),
    [(code, make) for code, several in KEEPS.items() for make in several],
    ids=lambda each: str(each)[:14],
)
def test_whoever_is_needed_stays_and_the_report_says_why(code: str, makes: Callable[[Office], Any]) -> None:
    office = Office()
    makes(office)
    report = office.runs()
    assert "Ada" in office.names
    assert report.people[code] >= 1
    assert report.people.get("due", 0) == 0


@pytest.mark.req("R-RETAIN-3", "R-HOLD-4")
@pytest.mark.parametrize("code", ["open-case", "restricted", "held"])
def test_the_gate_keeps_a_record_at_the_last_moment(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not there when the plan was made is there when it is carried out."""
    office = Office()
    office.run()
    planned = people.Round.actions

    def meddle(walk: people.Round, contact: Any) -> Any:
        KEEPS[code][0](office)
        return planned(walk, contact)

    monkeypatch.setattr(people.Round, "actions", meddle)
    assert office.run(days=31).outcomes[code] == 1
    assert "Ada" in office.names


@pytest.mark.req("R-RETAIN-2", "R-RETAIN-3")
def test_the_period_starts_when_the_last_deleted_ticket_was_closed() -> None:
    """The ticket goes after a year; the record three years after the ticket was closed, not before."""
    office = Office()
    office.ticket(office.ada, NOW - timedelta(days=400))
    assert office.runs().people == {"looked": 1, "not-due": 1}
    assert (office.names, len(office.desk.tickets)) == ({"Ada"}, 0)
    assert office.run(days=600).people["not-due"] == 1
    assert office.run(days=700).people["due"] == 1
    assert office.names == set()
    assert list(casebook.every(office.app.store, ORG, "relationship")) == []


@pytest.mark.req("R-RETAIN-3", "R-PLAN-3")
def test_a_round_that_was_stopped_goes_on_and_misses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list moves while its records are deleted: three records a page, three runs, everybody once."""
    monkeypatch.setattr(people, "PAGE", 3)
    office = Office()
    for number in range(8):
        office.person(f"P{number}", created=OLD - timedelta(days=number))
    office.run()
    stops = retention._Run._is_out_of_time

    def impatient(run: Any) -> bool:
        if run.results["done"]:
            run.stopped = "out of time"
        return stops(run)

    monkeypatch.setattr(retention._Run, "_is_out_of_time", impatient)
    left = [len(office.names)]
    for day in range(31, 35):
        office.run(days=day)
        left.append(len(office.names))
    assert left == [9, 6, 3, 0, 0]


@pytest.mark.req("R-RETAIN-3")
def test_a_round_is_walked_once_a_month() -> None:
    office = Office()
    assert office.run().people["due"] == 1
    assert office.run(days=5).people == {}
    assert office.run(days=31).people["due"] == 1


@pytest.mark.req("R-RETAIN-3")
def test_without_a_rule_nobody_is_looked_at() -> None:
    office = Office(replace(RULES, people=None))
    assert (office.runs().people, office.names) == ({}, {"Ada"})


@pytest.mark.req("R-PLAN-4", "R-RETAIN-7")
def test_a_live_rule_for_people_is_part_of_what_a_schedule_does() -> None:
    without = replace(RULES, people=None)
    trial = replace(RULES, people=replace(PERSON, mode="dry-run"))
    assert RULES.effect != without.effect == trial.effect
    assert len({RULES.digest, without.digest, trial.digest}) == 3


def test_every_reason_has_words_and_a_date_is_needed() -> None:
    assert person_stays(PersonFacts(None), PERSON, NOW) == "no-date"
    assert set(KEEPS) <= set(PERSON_STAYS)
