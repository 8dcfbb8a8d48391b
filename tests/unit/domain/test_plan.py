"""Plans: children before parents, the contact last, what is held, shared or open stays with its reason."""

from datetime import date
from typing import Any

import pytest

from tests.builders import NOW, ORG, a_contact, a_ticket
from zoho_privacy.domain import tags
from zoho_privacy.domain.keyed import Keyring
from zoho_privacy.domain.model import ActionType, Hold, Plan
from zoho_privacy.domain.plan import Inventory, TicketView, erasure

KEYRING = Keyring(b"k" * 32)


def view(ticket_id: str, *, found: frozenset[str] = frozenset(), others: bool = False, **members: Any) -> TicketView:
    activities = members.pop("activities", ())
    return TicketView(a_ticket(id=ticket_id, **members), found, others, activities)


def plan_for(*views: TicketView, holds: tuple[Hold, ...] = (), natively: bool = False, **inventory: Any) -> Plan:
    return erasure(
        Inventory((a_contact(),), views, **inventory),
        keyring=KEYRING,
        org=ORG,
        case_id="7001-deletion",
        request_tickets=frozenset({"7001"}),
        holds=holds,
        created=NOW,
        proposer="zoho_privacy",
        clause="13.deletion",
        natively=natively,
    )


def done(plan: Plan, stage: int) -> list[tuple[str, str]]:
    return [(action.type.value, action.target) for action in plan.actions if action.stage == stage]


@pytest.mark.req("R-ERASE-8")
def test_the_request_and_the_contact_go_last_and_children_first() -> None:
    plan = plan_for(
        view("7001", status_type="open"),
        view("7100", activities=(("tasks", "t1"),)),
        portal_users=(("u1", "9001"),),
        contact_comments=(("cc1", "9001"),),
    )
    assert done(plan, 0) == [("erase_activity", "tasks/t1"), ("erase_ticket", "7100")]
    assert done(plan, 1) == [("delete_contact_comment", "cc1"), ("anonymise_user", "u1"), ("mask_contact", "9001")]
    assert done(plan, 2) == [("erase_ticket", "7001"), ("erase_contact", "9001")]
    assert not plan.kept


@pytest.mark.req("R-ERASE-2", "R-ERASE-6")
def test_a_shared_ticket_is_masked_and_declared_never_erased() -> None:
    plan = plan_for(view("7100", others=True), view("7101"))
    assert ("mask_ticket", "7100") in done(plan, 0)
    assert [(kept.target, kept.code) for kept in plan.kept] == [("7100", "shared")]
    assert not [action for action in plan.actions if action.type is ActionType.ERASE_CONTACT]


@pytest.mark.req("R-HOLD-1", "R-HOLD-4")
@pytest.mark.parametrize("by_tag", [True, False])
def test_a_held_ticket_appears_in_no_action(*, by_tag: bool) -> None:
    hold = Hold("h", "m", "o", "r", date(2026, 1, 1), date(2026, 6, 1), ticket_ids=frozenset({"7100"}))
    found = frozenset({tags.HOLD}) if by_tag else frozenset()
    plan = plan_for(view("7100", found=found), view("7101"), holds=() if by_tag else (hold,))
    assert {action.target for action in plan.actions} == {"7101"}
    assert {(kept.target, kept.code) for kept in plan.kept} == {("7100", "held"), ("9001", "held")}


@pytest.mark.req("R-ERASE-3")
def test_a_ticket_that_is_still_worked_on_stays_with_its_reason() -> None:
    plan = plan_for(view("7100", status_type="open"))
    assert [(kept.target, kept.code) for kept in plan.kept] == [("7100", "open")]


def test_the_cost_is_the_sum_of_the_actions() -> None:
    plan = plan_for(view("7100"), view("7101"))
    assert plan.credits == sum(action.credits for action in plan.actions) > 0


def test_the_same_inventory_gives_the_same_plan() -> None:
    assert plan_for(view("7100"), view("7101")).hash == plan_for(view("7101"), view("7100")).hash


@pytest.mark.req("R-ERASE-2", "R-PLAN-6")
def test_what_could_not_be_read_and_what_ends_in_the_bin_is_declared() -> None:
    plan = plan_for(view("7100", trashed=True, others=True), view("7101", trashed=True), unread=("path_archive",))
    assert {(kept.target, kept.code) for kept in plan.kept} == {("path_archive", "unread"), ("7100", "binned")}
    assert ("erase_ticket", "7101") in done(plan, 0)


@pytest.mark.req("R-ERASE-1", "R-ERASE-2")
@pytest.mark.parametrize("before", [False, True])
def test_zohos_list_of_its_own_erasures_is_declared_by_each_later_plan(before: bool) -> None:  # noqa: FBT001  a case
    kept = {each.code for each in plan_for(view("7100"), natively=before).kept}
    assert ("native-record" in kept) == before


@pytest.mark.req("R-ERASE-2", "R-PLAN-6")
def test_the_copy_in_the_crm_is_declared_and_keeps_nothing_here_from_going() -> None:
    """The suite has no access to Zoho CRM and does not pretend to: the plan names the record that its owner deletes."""
    person = a_contact(crm_id="554023000000999001")
    plan = erasure(
        Inventory((person,), (view("7100"),)),
        keyring=KEYRING,
        org=ORG,
        case_id="7001-deletion",
        request_tickets=frozenset({"7001"}),
        holds=(),
        created=NOW,
        proposer="zoho_privacy",
        clause="13.deletion",
    )
    assert [(kept.target, kept.type, kept.code) for kept in plan.kept] == [
        ("554023000000999001", "crm", "crm-counterpart")
    ]
    assert done(plan, 2) == [("erase_contact", "9001")]


@pytest.mark.req("R-ERASE-2")
def test_a_shared_ticket_is_masked_by_the_record_of_the_person_that_takes_part_in_it() -> None:
    """A person with two records is known there by the second one's address."""
    second = a_contact(id="9002", email="ada@example.org")
    inventory = Inventory(
        (a_contact(), second), (view("7100", others=True, contact_id="9002"), view("7101", others=True))
    )
    plan = erasure(
        inventory,
        keyring=KEYRING,
        org=ORG,
        case_id="7001-deletion",
        request_tickets=frozenset(),
        holds=(),
        created=NOW,
        proposer="zoho_privacy",
        clause="13.deletion",
    )
    masks = {action.target: action.parent for action in plan.actions if action.type is ActionType.MASK_TICKET}
    assert masks == {"7100": "9002", "7101": "9001"}
