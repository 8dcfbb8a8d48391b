"""The canary of a run: erased and looked for before anybody's ticket, or the run stops."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from tests.builders import NOW, ORG
from tests.fakes.desk import FakeDesk, FakeWriter
from tests.fakes.suite import a_suite
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.domain import records as r
from zoho_privacy.domain.errors import DeskUnavailable, NeedsHuman
from zoho_privacy.domain.retention import Rule, Schedule
from zoho_privacy.workflows import canary, casebook, reconcile, retention
from zoho_privacy.workflows.canary import RULE
from zoho_privacy.workflows.context import App

ERASE: Final = Rule("tickets", "P8-tickets", "contract", "erase", period_days=365, mode="live", reason="over")
RULES: Final = Schedule((ERASE,))
WRITES: Final = (
    "create_contact", "create_ticket", "update_ticket", "trash_tickets", "purge", "trash_contacts",
)  # fmt: skip


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk(ORG, now=NOW - timedelta(hours=1))


@pytest.fixture
def app(desk: FakeDesk) -> App:
    """A suite whose rules are tried out, on a portal with one ticket that is over."""
    ada = desk.add_contact(first_name="Ada", last_name="Moss", email="ada.moss@example.net")
    closed = NOW - timedelta(days=400)
    desk.add_ticket(contact_id=ada.id, status="Closed", status_type="closed", closed=closed, created=closed, number="7")
    app = a_suite(desk)
    assert retention.run(app, ORG, RULES, dry_run=True).finished
    return app


def left(desk: FakeDesk) -> list[str]:
    """Return what is left of canaries, in desk and bin."""
    people = [each.contact.last_name for each in desk.contacts.values() if each.contact.last_name != "Moss"]
    return [*map(str, people), *(each.ticket.subject for each in desk.tickets.values() if each.ticket.number != "7")]


@pytest.mark.req("R-RETAIN-12")
def test_each_live_run_makes_and_erases_one_before_anything_else(desk: FakeDesk, app: App) -> None:
    assert retention.run(app, ORG, RULES).done == 1
    assert desk.calls["create_contact"] == desk.calls["create_ticket"] == 1
    assert not left(desk)
    assert not desk.bin
    told = [item.body["what"] for item in casebook.every(app.store, ORG, "ledger")]
    assert told.index("canary") < told.index("retention_planned")
    later = replace(app, clock=FixedClock(NOW + timedelta(days=1)))
    desk.time += timedelta(days=1)
    made = desk.calls["create_contact"]
    retention.run(later, ORG, RULES)
    assert desk.calls["create_contact"] == made + 1
    assert not left(desk)


@pytest.mark.req("R-RETAIN-12")
def test_a_dry_run_and_a_trial_write_nothing(desk: FakeDesk, app: App) -> None:
    retention.run(app, ORG, RULES, dry_run=True)
    retention.run(app, ORG, Schedule((replace(ERASE, mode="dry-run"),)))
    assert not desk.calls["create_contact"]


def keeps_contacts(self: FakeWriter, contact_ids: Any) -> None:
    """Desk says yes and does nothing."""


def keeps_tickets(self: FakeWriter, ticket_ids: Any) -> None:
    """Desk says yes and does nothing."""


@pytest.mark.req("R-RETAIN-12")
@pytest.mark.parametrize(("method", "lie"), [("trash_contacts", keeps_contacts), ("trash_tickets", keeps_tickets)])
def test_a_canary_that_does_not_die_stops_the_run_before_anybody_is_touched(
    desk: FakeDesk, app: App, monkeypatch: pytest.MonkeyPatch, method: str, lie: Callable[..., None]
) -> None:
    monkeypatch.setattr(FakeWriter, method, lie)
    for _ in range(2):
        report = retention.run(app, ORG, RULES)
        assert (report.planned, report.finished) == (0, False)
        assert "recycle bin" in report.stopped
    assert next(iter(desk.tickets.values())).ticket.number == "7"
    assert app.store.get(ORG, "heartbeat", "retention") is None


@pytest.mark.req("R-RETAIN-12")
def test_a_trace_on_any_path_fails_the_run(desk: FakeDesk, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    ghosts: list[r.Contact] = []
    create = FakeWriter.create_contact

    def remember(self: FakeWriter, last_name: str) -> str:
        made = create(self, last_name)
        ghosts.append(desk.contacts[made].contact)
        return made

    def haunted() -> Iterator[r.Contact]:
        yield from ghosts

    monkeypatch.setattr(FakeWriter, "create_contact", remember)
    monkeypatch.setattr(desk, "newest_contacts", haunted)
    for _ in range(2):
        with pytest.raises(NeedsHuman, match="still found by list of contacts"):
            retention.run(app, ORG, RULES)
    assert len(desk.tickets) == 1
    told = [item.body["what"] for item in casebook.every(app.store, ORG, "ledger")]
    assert told.count("canary_failed") == 2
    assert canary.failure(app, ORG) == "still found by list of contacts"
    monkeypatch.setattr(desk, "newest_contacts", lambda: iter(()))
    retention.run(app, ORG, RULES)
    assert not canary.failure(app, ORG)


@pytest.mark.req("R-RETAIN-12")
def test_a_run_that_finds_a_fresh_ticket_due_stops(desk: FakeDesk, app: App) -> None:
    """A clock a year ahead would erase what is new: the canary is the first to be judged."""
    wrong = replace(app, clock=FixedClock(NOW + timedelta(days=500)))
    with pytest.raises(NeedsHuman, match="would erase a ticket that was just made"):
        retention.run(wrong, ORG, RULES)
    assert next(iter(desk.tickets.values())).ticket.number == "7"


@pytest.mark.req("R-RETAIN-12", "R-PLAN-3")
@pytest.mark.parametrize("fault", ["lands", "is lost"])
@pytest.mark.parametrize("method", WRITES)
def test_a_run_that_breaks_off_leaves_no_canary_behind(
    desk: FakeDesk, app: App, monkeypatch: pytest.MonkeyPatch, method: str, fault: str
) -> None:
    """Whether or not the call landed whose answer was lost, the next run ends with one canary, erased."""
    original = getattr(FakeWriter, method)
    broken: list[str] = []

    def once(self: FakeWriter, *given: Any) -> Any:
        if broken:
            return original(self, *given)
        broken.append(method)
        if fault == "lands":
            original(self, *given)
        raise DeskUnavailable("no answer")

    monkeypatch.setattr(FakeWriter, method, once)
    assert retention.run(app, ORG, RULES).stopped == "no answer"
    assert "7" in {each.ticket.number for each in desk.tickets.values()}
    reports = [retention.run(app, ORG, RULES) for _ in range(2)]
    assert reports[-1].finished
    assert sum(report.done for report in reports) == 1
    assert not left(desk)
    assert not desk.bin


def test_its_announcement_opens_no_case_even_where_every_ticket_is_a_privacy_matter(
    desk: FakeDesk, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Desk announces our writes like anybody's, and the event may be worked off while the ticket is there."""
    reconcile.installed_at(replace(app, clock=FixedClock(NOW - timedelta(hours=3))), ORG)
    portal = app.desks[ORG]
    app = replace(app, desks={ORG: replace(portal, settings=replace(portal.settings, privacy_department_id="100"))})
    trash = FakeWriter.trash_tickets
    seen: list[str] = []

    def look_first(self: FakeWriter, ticket_ids: Any) -> None:
        for each in (each for each in ticket_ids if desk.tickets[each].ticket.number != "7"):
            seen.append(desk.tickets[each].ticket.department_id)
            desk.add_thread(each, content="<div>Please delete all my data</div>")
            reconcile.reconcile_ticket(app, ORG, each)
            desk.tickets[each].threads.clear()
        trash(self, ticket_ids)

    monkeypatch.setattr(FakeWriter, "trash_tickets", look_first)
    assert retention.run(app, ORG, RULES).done == 1
    assert seen[0] == "101"
    assert not list(casebook.all_cases(app.store, ORG))


def test_its_own_rule_is_about_the_end_of_data() -> None:
    assert (RULE.action, RULE.clause, RULE.narrowness) == ("erase", "P8-end", 0)
