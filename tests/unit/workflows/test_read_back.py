"""Reading back over every path, at once and after the windows, Zoho's own count too; what is found is not hidden."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import pytest

from tests.builders import NOW, ORG, a_case
from tests.fakes.desk import FakeDesk, FakeWriter
from tests.fakes.suite import a_suite
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.domain import records as r
from zoho_privacy.domain.errors import DeskForbidden
from zoho_privacy.domain.model import Case, Plan, State
from zoho_privacy.workflows import casebook, erasure, ledger
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.writes import PLACEHOLDER_DOMAIN

ADA: Final = "ada.moss@example.net"
CASE: Final = "7001-deletion"
WINDOWS: Final = (61, 151)


@dataclass
class Scene:
    """An approved erasure of one person with one old ticket."""

    app: App
    desk: FakeDesk
    old: r.Ticket
    plan: Plan

    @property
    def case(self) -> Case:
        """Return the case as it stands."""
        found = casebook.case(self.app.store, ORG, CASE)
        assert found is not None
        return found

    def pass_days(self, days: int) -> None:
        """Let days pass."""
        assert isinstance(self.app.clock, FixedClock)
        self.app.clock.advance(timedelta(days=days))

    def said(self, what: str) -> list[str]:
        """Return the results of the ledger's entries of one sort."""
        return [each.result for each in ledger.entries(self.app.store, ORG) if each.what == what]


def a_scene(*, counts: bool = True) -> Scene:
    desk = FakeDesk(ORG, now=NOW - timedelta(days=500))
    ada = desk.add_contact(first_name="Ada", last_name="Moss", email=ADA)
    old = desk.add_ticket(contact_id=ada.id, subject="Scanner", status="Closed", status_type="closed")
    app = a_suite(desk)
    held = app.desks[ORG]
    desks = {ORG: replace(held, settings=replace(held.settings, subject_count=counts))}
    app = replace(app, desks=desks)
    change = Change(app.store, ORG, NOW)
    change.case(a_case(state=State.VERIFIED, contact_id=ada.id, ticket_id=desk.add_ticket(contact_id=ada.id).id))
    change.commit()
    plan = erasure.propose(app, ORG, CASE, proposer="zoho_privacy")
    assert plan is not None
    case = casebook.case(app.store, ORG, CASE)
    assert case is not None
    change = Change(app.store, ORG, NOW)
    change.case(replace(case, state=State.EXECUTING))
    change.put("approval", plan.hash, {"at": NOW.isoformat(), "by": "701"})
    change.commit()
    return Scene(app, desk, old, plan)


@pytest.mark.req("R-ERASE-4", "R-API-2")
@pytest.mark.parametrize("count", [None, 0, 1])
def test_a_count_that_other_paths_explain_is_fine(count: int | None) -> None:
    """The request's own ticket is there still; an edition without the count has four paths instead of five."""
    scene = a_scene()
    if count is not None:
        scene.desk.subject_counts[ADA, "tickets"] = count
    assert erasure.execute_case(scene.app, ORG, CASE) is None
    assert scene.case.state is State.FULFILLED
    assert scene.desk.calls["subject_count"] == 1


@pytest.mark.req("R-ERASE-4", "R-API-2")
def test_a_count_that_nothing_explains_is_looked_at_again_and_then_by_a_person() -> None:
    scene = a_scene()
    scene.desk.subject_counts[ADA, "tickets"] = 3
    for _ in range(erasure.READ_BACKS):
        assert erasure.execute_case(scene.app, ORG, CASE) is not None
        assert scene.case.state is State.EXECUTING
    assert erasure.execute_case(scene.app, ORG, CASE) is None
    assert scene.case.state is State.WITH_PERSON
    assert set(scene.said("read_back")) == {"1 still found"}


@pytest.mark.req("R-ERASE-4")
def test_an_index_that_lags_is_waited_for_also_in_the_search_by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = a_scene()
    stale = replace(scene.old, email=ADA)
    monkeypatch.setattr(scene.desk, "search_tickets", lambda query: iter([stale] if query.email else []))
    assert erasure.execute_case(scene.app, ORG, CASE) is not None
    monkeypatch.setattr(scene.desk, "search_tickets", lambda _: iter([]))
    assert erasure.execute_case(scene.app, ORG, CASE) is None
    assert scene.case.state is State.FULFILLED


def test_a_portal_that_refuses_the_count_is_read_over_the_other_paths() -> None:
    scene = a_scene()
    scene.desk.fail["subject_count"] = [DeskForbidden("POST /subjectAccessRequests/count", code="FORBIDDEN")]
    assert erasure.execute_case(scene.app, ORG, CASE) is None
    assert scene.case.state is State.FULFILLED


@pytest.mark.req("R-ERASE-4", "R-EVID-5")
def test_the_addresses_for_the_later_looks_are_sealed_and_forgotten_by_the_last() -> None:
    scene = a_scene()
    erasure.execute_case(scene.app, ORG, CASE)
    (kept,) = casebook.every(scene.app.store, ORG, "look")
    assert ADA not in str(kept.body).casefold()
    FakeWriter(scene.desk).update_contact(scene.case.contact_id or "", {"email": "redacted-1@redacted.invalid"})
    for days in WINDOWS:
        scene.desk.calls.clear()
        erasure.look_again(scene.app, ORG, CASE, days, scene.plan.hash)
        assert scene.desk.calls["subject_count"] == 1
    assert list(casebook.every(scene.app.store, ORG, "look")) == []
    assert scene.said("read_back") == ["0 found after 61 days", "0 found after 151 days"]


@pytest.mark.req("R-ERASE-4")
def test_what_is_found_after_a_window_comes_to_a_person(caplog: pytest.LogCaptureFixture) -> None:
    scene = a_scene()
    erasure.execute_case(scene.app, ORG, CASE)
    scene.desk.tickets[scene.old.id] = scene.desk.tickets[scene.case.ticket_id]
    erasure.look_again(scene.app, ORG, CASE, 61, scene.plan.hash)
    assert scene.case.state is State.WITH_PERSON
    assert "found again after 61 days" in scene.case.reason
    assert [each.getMessage() for each in caplog.records if each.levelname == "ERROR"] == [
        f"alarm: case {CASE} of portal {ORG}: what was erased is found again after 61 days"
    ]


@pytest.mark.req("R-EVID-5")
def test_where_the_count_is_off_no_address_is_kept_and_nothing_asked() -> None:
    scene = a_scene(counts=False)
    scene.desk.subject_counts[ADA, "tickets"] = 9
    assert erasure.execute_case(scene.app, ORG, CASE) is None
    assert list(casebook.every(scene.app.store, ORG, "look")) == []
    erasure.look_again(scene.app, ORG, CASE, 61)
    assert scene.desk.calls["subject_count"] == 0


def test_an_address_that_was_overwritten_is_not_asked_for() -> None:
    scene = a_scene()
    found: dict[str, Any] = {"email": f"redacted-1@{PLACEHOLDER_DOMAIN}"}
    FakeWriter(scene.desk).update_contact(scene.case.contact_id or "", found)
    erasure.execute_case(scene.app, ORG, CASE)
    assert scene.desk.calls["subject_count"] == 0
