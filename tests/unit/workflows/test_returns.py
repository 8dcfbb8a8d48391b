"""What was erased does not stay when a restore or an import brings it back (R-ERASE-7)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.builders import NOW
from tests.fakes.desk import FakeDesk
from tests.fakes.suite import a_suite
from zoho_privacy.domain import plan as planning
from zoho_privacy.domain.model import ActionType, Hold, Plan
from zoho_privacy.workflows import casebook, erasure, ledger
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.reconcile import reconcile_ticket


def erased(desk: FakeDesk, **members: Any) -> tuple[App, Plan, str]:
    """Return a suite that has erased a ticket by an approved plan; `members` as in `a_suite`."""
    app = a_suite(desk, **members)
    person = desk.add_contact(first_name="Ada", last_name="Moss", email="ada.moss@example.net")
    ticket = desk.add_ticket(contact_id=person.id, subject="Printer", status="Resolved", status_type="closed")
    action = planning.ticket_action(
        desk.ticket(ticket.id), ActionType.ERASE_TICKET, app.keyring, rule="erasure", clause="P13-rights", reason="r"
    )
    plan = planning.make_plan(
        org=desk.org,
        plan_id="p",
        case_id=f"{ticket.id}-deletion",
        purpose="erasure",
        created=NOW,
        proposer="zoho_privacy",
        actions=[action],
    )
    change = Change(app.store, desk.org, app.clock.now())
    change.put("plan", plan.hash, casebook.to_body(plan))
    change.commit()
    assert erasure.execute_plan(app, desk.org, plan, approved_hash=plan.hash).done == 1
    return app, plan, ticket.id


def bring_back(desk: FakeDesk, ticket_id: str) -> None:
    """Let a restore put the same ticket into the desk."""
    contact_id = next(iter(desk.contacts))
    desk.add_ticket(id=ticket_id, contact_id=contact_id, subject="Printer", status="Resolved", status_type="closed")


@pytest.mark.req("R-ERASE-7")
def test_a_restored_ticket_is_erased_again_and_logged() -> None:
    desk = FakeDesk()
    app, _, ticket_id = erased(desk)
    bring_back(desk, ticket_id)
    reconcile_ticket(app, desk.org, ticket_id)
    assert not erasure._readable(app.desks[desk.org], ticket_id)
    told = [entry.result for entry in ledger.entries(app.store, desk.org) if entry.what == "returned"]
    assert told == ["done"]


@pytest.mark.req("R-ERASE-7", "R-HOLD-4")
def test_a_hold_placed_meanwhile_keeps_what_came_back() -> None:
    desk = FakeDesk()
    app, _, ticket_id = erased(desk)
    bring_back(desk, ticket_id)
    today = date(2026, 3, 2)
    hold = Hold("h", "m", "o", "r", today, today + timedelta(days=90), ticket_ids=frozenset({ticket_id}))
    change = Change(app.store, desk.org, datetime(2026, 3, 2, tzinfo=UTC))
    change.put("hold", hold.id, {**casebook.to_body(replace(hold, ticket_ids=frozenset())), "ticket_ids": [ticket_id]})
    change.commit()
    assert not erasure.erase_again(app, desk.org, ticket_id)
    assert erasure._readable(app.desks[desk.org], ticket_id)
