"""One pass of the schedule over a desk in memory."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest

from tests.builders import NOW, ORG, a_case
from tests.fakes.desk import FakeDesk
from tests.fakes.suite import NoMeter, a_suite
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.domain import records as r
from zoho_privacy.domain.errors import DeskRejected, DeskUnavailable
from zoho_privacy.domain.retention import Rule, Schedule
from zoho_privacy.ports import Item, Put
from zoho_privacy.workflows import casebook, holds, retention
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.erasure import TOGETHER
from zoho_privacy.workflows.retention import BATCH, RetentionReport

ERASE: Final = Rule("tickets", "P8-tickets", "contract", "erase", period_days=365, mode="live", reason="over")
MASK: Final = Rule("portal", "P8-portal", "contract", "mask", period_days=100, mode="live", reason="over")
RULES: Final = Schedule((ERASE, MASK), version="1" * 64)


class Bench:
    """A portal with one person, and the suite around it."""

    def __init__(self) -> None:
        self.desk = FakeDesk(ORG, now=NOW - timedelta(days=2000))
        self.ada = self.desk.add_contact(first_name="Ada", last_name="Moss", email="ada.moss@example.net")
        self.app = a_suite(self.desk)

    def ticket(self, age: int, **members: Any) -> str:
        """Add a ticket closed `age` days ago with one message."""
        closed = NOW - timedelta(days=age)
        base = {"contact_id": self.ada.id, "status": "Closed", "status_type": "closed", "closed": closed}
        found = self.desk.add_ticket(**{**base, "created": closed - timedelta(days=3), **members})
        self.desk.add_thread(found.id, content="<div>It is Ada Moss again</div>")
        return found.id

    def run(self, schedule: Schedule = RULES, **options: Any) -> RetentionReport:
        return retention.run(self.app, ORG, schedule, **options)

    def run_for_good(self, schedule: Schedule = RULES, **options: Any) -> RetentionReport:
        """Try the rules out, then run them."""
        assert self.run(schedule, dry_run=True).finished
        return self.run(schedule, **options)

    def put(self, table: str, name: str, body: dict[str, Any]) -> None:
        self.app.store.commit([Put(Item(ORG, table, name, body))])


@pytest.fixture
def bench() -> Bench:
    return Bench()


def balanced(report: RetentionReport) -> bool:
    return report.planned == report.done + report.skipped + report.failed


@pytest.mark.req("R-RETAIN-10", "R-RETAIN-11")
def test_what_is_over_goes_and_the_rest_stays(bench: Bench) -> None:
    old, middle = bench.ticket(400), bench.ticket(200, subject="Ada Moss cannot log in")
    new = bench.ticket(20, created=NOW - timedelta(days=500))
    report = bench.run_for_good()
    assert old not in bench.desk.tickets
    assert not bench.desk.bin
    assert bench.desk.tickets[middle].ticket.subject == "[name removed] cannot log in"
    assert bench.desk.tickets[middle].ticket.email == ""
    assert bench.desk.tickets[new].ticket.email == bench.ada.email
    assert (report.planned, report.done, report.skips) == (2, 2, {"not-due": 1})
    assert (report.rules["tickets"].done, report.rules["portal"].done) == (1, 1)
    assert balanced(report)


@pytest.mark.req("R-PLAN-1")
def test_a_run_leaves_a_plan_an_approval_a_journal_and_ledger_lines(bench: Bench) -> None:
    bench.ticket(400)
    report = bench.run_for_good()
    (name,) = report.plans
    assert name.startswith(f"plans/{ORG}/retention-2026-03-02-")
    assert b"P8-tickets" in b"".join(bench.app.blobs.get(name))
    entries = [item.body["what"] for item in casebook.every(bench.app.store, ORG, "ledger")]
    assert entries == ["retention_planned", "erase_ticket", "retention_run"]
    (approval,) = casebook.every(bench.app.store, ORG, "approval")
    assert approval.body["who"] == "schedule:" + "1" * 16
    beat = bench.app.store.get(ORG, "heartbeat", "retention")
    assert beat is not None
    assert "planned 1 = done 1" in beat.body["result"]


def test_a_dry_run_shows_work_and_cost_and_writes_nothing_to_desk(bench: Bench) -> None:
    old = bench.ticket(400)
    report = bench.run(dry_run=True)
    assert (report.planned, report.done, report.credits_estimated) == (1, 0, 18)
    assert report.rules["tickets"].due == 1
    assert old in bench.desk.tickets
    assert not {name for name in bench.desk.calls if name.startswith(("trash", "purge", "update", "delete", "add"))}
    assert bench.app.store.get(ORG, "pin", old) is None
    assert report.summary() == "retention: 1 tickets seen, would plan 1 writes for about 18 credits"


@pytest.mark.req("R-RETAIN-7")
def test_a_live_rule_is_tried_out_once_before_it_acts_and_again_when_it_changed(bench: Bench) -> None:
    old = bench.ticket(400)
    first = bench.run(Schedule((ERASE,)))
    assert (first.planned, first.skips) == (0, {"dry-run-rule": 1})
    changed = Schedule((replace(ERASE, period_days=300),))
    assert bench.run(changed).skips == {"dry-run-rule": 1}
    assert old in bench.desk.tickets
    assert bench.run(changed).done == 1
    assert old not in bench.desk.tickets


@pytest.mark.req("R-RETAIN-9", "R-HOLD-4", "R-RESTRICT-1")
def test_held_restricted_and_concerned_tickets_are_left_alone_each_with_its_reason(bench: Bench) -> None:
    tagged, held, concerned = bench.ticket(400), bench.ticket(400), bench.ticket(400)
    bench.desk.tickets[tagged].tags.add("privacy-hold")
    order = holds.Order("2026-014", "general counsel", "claim", ticket_ids=frozenset({held}))
    holds.place(bench.app, ORG, order)
    change = casebook.Change(bench.app.store, ORG, NOW)
    change.case(a_case(ticket_id=concerned, contact_id=None))
    change.commit()
    ben = bench.desk.add_contact(last_name="Orlov", email="ben@example.org")
    restricted = bench.ticket(400, contact_id=ben.id)
    bench.put("restriction", ben.id, {})
    report = bench.run_for_good()
    assert report.skips == {"held": 2, "open-case": 1, "restricted": 1}
    assert {tagged, held, concerned, restricted} <= set(bench.desk.tickets)


@pytest.mark.req("R-RETAIN-8")
def test_our_own_edit_does_not_start_the_period_again(bench: Bench) -> None:
    """Desk moves the close date when a ticket is touched and closed anew; the date seen first stays."""
    ticket = bench.ticket(350)
    bench.run_for_good()
    held = bench.desk.tickets[ticket]
    held.ticket = replace(held.ticket, closed=NOW)
    later = replace(bench.app, clock=FixedClock(NOW + timedelta(days=16)))
    report = retention.run(later, ORG, RULES)
    assert report.rules["tickets"].done == 1
    assert ticket not in bench.desk.tickets


def test_a_customer_who_wrote_again_starts_the_period_again(bench: Bench) -> None:
    ticket = bench.ticket(350)
    bench.run_for_good()
    bench.desk.add_thread(ticket)
    held = bench.desk.tickets[ticket]
    held.ticket = replace(held.ticket, closed=NOW)
    later = replace(bench.app, clock=FixedClock(NOW + timedelta(days=16)))
    assert retention.run(later, ORG, RULES).skips == {"not-due": 1}
    assert ticket in bench.desk.tickets


def test_a_ticket_is_masked_once(bench: Bench) -> None:
    bench.ticket(200)
    assert bench.run_for_good().rules["portal"].done == 1
    assert bench.run().skips == {"already-masked": 1}


@pytest.mark.req("R-ERASE-3")
def test_archived_tickets_are_walked_too_and_a_refusal_is_reported_once(bench: Bench) -> None:
    ticket = bench.ticket(400, archived=True)
    bench.desk.fail["trash_tickets"] = [DeskRejected("UNPROCESSABLE_ENTITY", status=422)]
    report = bench.run_for_good()
    assert (report.failed, report.outcomes) == (1, {"archived": 1})
    assert balanced(report)
    assert bench.run().skips == {"archived-refused": 1}
    assert ticket in bench.desk.tickets


@pytest.mark.req("R-ERASE-8")
def test_children_go_before_their_ticket(bench: Bench) -> None:
    ticket = bench.ticket(400)
    task = r.Activity("8001", "tasks")
    bench.desk.tickets[ticket].activities.append(task)
    report = bench.run_for_good()
    assert (report.planned, report.done) == (2, 2)
    assert not bench.desk.bin


@pytest.mark.req("R-PLAN-3")
def test_a_run_that_broke_off_goes_on_where_it_was(bench: Bench) -> None:
    tickets = [bench.ticket(400 + each) for each in range(3)]
    bench.run(dry_run=True)
    bench.desk.fail["purge"] = [DeskUnavailable("no answer")]
    broken = bench.run()
    assert (broken.finished, broken.stopped, broken.retry_after_s) == (False, "no answer", 60.0)
    assert set(tickets) <= set(bench.desk.tickets)
    report = bench.run()
    assert (report.planned, report.done, report.finished) == (3, 3, True)
    assert not set(tickets) & set(bench.desk.tickets)
    assert bench.run().planned == 0


@dataclass
class Tiring:
    """A clock that jumps an hour after so many looks."""

    looks: int

    def now(self) -> datetime:
        self.looks -= 1
        return NOW if self.looks > 0 else NOW + timedelta(hours=1)


@pytest.mark.parametrize("looks", [5, 12, 20, 30, 45])
@pytest.mark.req("R-PLAN-5")
def test_a_run_out_of_time_stops_cleanly_and_the_next_one_ends_it(bench: Bench, looks: int) -> None:
    tickets = [bench.ticket(400 + 300 * each) for each in range(4)]
    bench.run(dry_run=True)
    tired = replace(bench.app, clock=Tiring(looks))
    first = retention.run(tired, ORG, RULES, deadline=NOW + timedelta(minutes=10))
    left = set(tickets) & set(bench.desk.tickets)
    assert len(left) == 4 - first.done
    late = replace(bench.app, clock=FixedClock(NOW + timedelta(hours=2)))
    for _ in range(2):
        assert retention.run(late, ORG, RULES).finished
    assert not set(tickets) & set(bench.desk.tickets)


class Meter(NoMeter):
    """Has so many credits left."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left

    def remaining(self) -> int | None:
        return self.left


def with_credits(app: App, left: int) -> App:
    return replace(app, desks={ORG: replace(app.desks[ORG], credits=Meter(left))})


@pytest.mark.req("R-PLAN-5")
def test_credits_below_the_reserve_stop_the_run_and_those_above_are_used(bench: Bench) -> None:
    """Other integrations share the day's credits; the reserve is theirs."""
    tickets = [bench.ticket(400), bench.ticket(401)]
    bench.run(dry_run=True)
    none = retention.run(with_credits(bench.app, 15_000), ORG, RULES)
    assert (none.planned, none.stopped) == (0, "API credits are at the reserve")
    some = retention.run(with_credits(bench.app, 15_020), ORG, RULES)
    assert (some.planned, some.done, some.finished) == (1, 1, False)
    assert len(set(tickets) & set(bench.desk.tickets)) == 1
    rest = retention.run(with_credits(bench.app, 75_000), ORG, RULES)
    assert (rest.planned, rest.done, rest.finished) == (1, 1, True)


def test_only_one_run_works_at_a_time(bench: Bench) -> None:
    bench.ticket(400)
    bench.put("lease", "retention", {"until": (NOW + timedelta(minutes=5)).isoformat(), "holder": "retention"})
    report = bench.run()
    assert (report.finished, report.stopped, report.seen) == (False, "another run is under way", 0)


@pytest.mark.req("R-PLAN-2")
def test_a_ticket_reopened_between_plan_and_write_is_skipped(bench: Bench) -> None:
    tickets = {bench.ticket(400 + age) for age in range(TOGETHER + 1)}
    bench.run(dry_run=True)

    def reopen(_ended: int, _planned: int) -> None:
        for each in tickets & set(bench.desk.tickets):
            held = bench.desk.tickets[each]
            held.ticket = replace(held.ticket, status="Open", status_type="open")

    report = bench.run(progress=reopen)
    assert (report.done, report.skipped, report.outcomes) == (TOGETHER, 1, {"reopened": 1})
    assert balanced(report)


@pytest.mark.req("R-RETAIN-11")
def test_a_year_with_more_than_a_plan_holds_is_carried_out_in_several(bench: Bench) -> None:
    """A plan is one document of the store: thousands of tickets of one year do not fit into it."""
    tickets = [bench.ticket(400 + age % 20) for age in range(BATCH + 5)]
    report = bench.run_for_good()
    assert (report.done, len(report.plans)) == (len(tickets), 2)
    assert not bench.desk.tickets


@pytest.mark.req("R-PLAN-2")
def test_one_reopened_ticket_keeps_nothing_but_itself(bench: Bench) -> None:
    """Tickets go to the bin a few at a time, and each still passes the gate by itself."""
    tickets = [bench.ticket(410 - age) for age in range(4)]  # most overdue first
    bench.run(dry_run=True)
    read = bench.desk.ticket

    def late(ticket_id: str) -> r.Ticket:
        held = bench.desk.tickets.get(tickets[2])
        if held and bench.desk.calls["ticket"] == 2 * len(tickets) + 2:
            held.ticket = replace(held.ticket, status="Open", status_type="open")
        return read(ticket_id)

    bench.desk.ticket = late  # type: ignore[method-assign]  # somebody edits between two reads of one group
    report = bench.run()
    assert report.outcomes == {"reopened": 1}
    assert set(bench.desk.tickets) == {tickets[2]}


@pytest.mark.req("R-RETAIN-12")
def test_nothing_personal_is_kept_of_what_was_erased(bench: Bench) -> None:
    """The canary of the fake: its name and address are in no table and no file of the suite."""
    bench.ticket(400, subject="Canary Moss 0142")
    bench.run_for_good()
    kept = [
        str(item.body)
        for table in ("plan", "step", "pin", "ledger", "approval", "tombstone", "rule", "heartbeat", "retention")
        for item in casebook.every(bench.app.store, ORG, table)
    ]
    kept += [b"".join(bench.app.blobs.get(name)).decode() for name in bench.app.blobs.names("plans/")]
    assert kept
    assert not [text for text in kept if "Canary" in text or "ada.moss" in text]


def test_a_hold_by_query_tag_joins_later_matches(bench: Bench) -> None:
    ticket = bench.ticket(400)
    order = holds.Order("2026-015", "counsel", "claim", tag="claim-15", review=date(2026, 9, 1))
    holds.place(bench.app, ORG, order)
    bench.desk.tickets[ticket].tags.add("claim-15")
    assert bench.run_for_good().skips == {"held": 1}


@pytest.mark.req("R-PLAN-4")
def test_history_reads_every_closed_ticket_and_remembers_nothing(bench: Bench) -> None:
    old, new = bench.ticket(400), bench.ticket(20)
    shelved = bench.ticket(700, archived=True)
    bench.ticket(50, status="Open", status_type="open", closed=None)
    found = {each.id: each for each in retention.history(bench.app, ORG, (RULES,))}
    assert {old, new, shelved} <= set(found)
    assert all(each.status_type == "closed" for each in found.values())
    assert bench.app.store.get(ORG, "pin", old) is None


@pytest.mark.req("R-PLAN-5")
def test_the_most_overdue_goes_first(bench: Bench) -> None:
    recent, oldest, middle = (bench.ticket(age, created=NOW - timedelta(days=1000)) for age in (400, 900, 600))
    bench.run_for_good()
    (plan,) = casebook.every(bench.app.store, ORG, "plan")
    actions = plan.body["actions"]
    assert [each["target"] for each in actions] == [oldest, middle, recent]
