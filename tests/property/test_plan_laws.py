"""Laws of planning, for any inventory and any holds."""

from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import NOW, ORG, a_contact, a_ticket
from zoho_privacy.domain import tags
from zoho_privacy.domain.keyed import Keyring
from zoho_privacy.domain.model import ActionType, Hold, Plan
from zoho_privacy.domain.plan import Inventory, TicketView, erasure

KEYRING = Keyring(b"k" * 32)
PERSON, SECOND, OTHER = "9001", "9002", "9999"
TICKETS = [str(7000 + number) for number in range(6)]
REQUEST = TICKETS[0]
CONTACT_ACTIONS = {each for each in ActionType if "contact" in each or each is ActionType.ANONYMISE_USER}


@st.composite
def views(draw: st.DrawFn, ticket_id: str) -> TicketView:
    """Draw one ticket of the person, alone or with somebody else."""
    others = draw(st.booleans())
    ticket = a_ticket(
        id=ticket_id,
        contact_id=draw(st.sampled_from([PERSON, SECOND, OTHER] if others else [PERSON, SECOND])),
        secondary_contact_ids=tuple(draw(st.lists(st.sampled_from([PERSON, OTHER]), max_size=1))) if others else (),
        status_type=draw(st.sampled_from(["closed", "closed", "open", "on_hold"])),
        trashed=draw(st.booleans()) and draw(st.booleans()),
    )
    found = draw(st.just(frozenset()) | st.frozensets(st.sampled_from([tags.HOLD, "court", "vip"]), max_size=2))
    tasks = draw(st.integers(0, 2))
    return TicketView(ticket, found, others, tuple(("tasks", f"{ticket_id}{number}") for number in range(tasks)))


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    """Draw everything that one person's desk may hold."""
    ids = draw(st.lists(st.sampled_from(TICKETS), unique=True, max_size=5))
    contacts = [a_contact(has_photo=draw(st.booleans()))]
    if draw(st.booleans()):
        contacts.append(a_contact(id=SECOND, email="ada@example.org"))
    owners = st.sampled_from([each.id for each in contacts])
    few = st.integers(0, 2)
    return Inventory(
        contacts=tuple(contacts),
        tickets=tuple(draw(views(ticket_id)) for ticket_id in ids),
        contact_comments=tuple((f"c{number}", draw(owners)) for number in range(draw(few))),
        contact_attachments=tuple((f"a{number}", draw(owners)) for number in range(draw(few))),
        portal_users=tuple((f"u{number}", draw(owners)) for number in range(draw(few))),
        unread=tuple(draw(st.lists(st.just("archive"), max_size=1))),
    )


HOLDS = st.lists(
    st.builds(
        Hold,
        id=st.just("h"),
        matter=st.just("m"),
        owner=st.just("o"),
        reason=st.just("r"),
        start=st.just(date(2026, 1, 1)),
        review=st.just(date(2026, 6, 1)),
        ticket_ids=st.frozensets(st.sampled_from(TICKETS), max_size=1),
        contact_ids=st.frozensets(st.sampled_from([PERSON, SECOND, OTHER]), max_size=1),
        tag=st.none() | st.sampled_from(["court", "vip"]),
    ),
    max_size=2,
).map(tuple)


def plan_for(inventory: Inventory, holds: tuple[Hold, ...] = ()) -> Plan:
    return erasure(
        inventory,
        keyring=KEYRING,
        org=ORG,
        case_id=f"{REQUEST}-deletion",
        request_tickets=frozenset({REQUEST}),
        holds=holds,
        created=NOW,
        proposer="zoho_privacy",
        clause="P13-rights",
    )


def is_held(view: TicketView, holds: tuple[Hold, ...]) -> bool:
    people = {view.ticket.contact_id, *view.ticket.secondary_contact_ids}
    return tags.HOLD in view.tags or any(
        view.ticket.id in hold.ticket_ids or people & hold.contact_ids or hold.tag in view.tags for hold in holds
    )


@pytest.mark.req("R-HOLD-1", "R-HOLD-4")
@settings(max_examples=100)
@given(inventories(), HOLDS)
def test_a_plan_never_touches_a_held_record(inventory: Inventory, holds: tuple[Hold, ...]) -> None:
    """Neither the record, nor what hangs on it, nor the person whose record would take it along."""
    plan = plan_for(inventory, holds)
    held = {view.ticket.id for view in inventory.tickets if is_held(view, holds)}
    held |= {contact.id for contact in inventory.contacts if any(contact.id in hold.contact_ids for hold in holds)}
    activities = {action.parent for action in plan.actions if action.type is ActionType.ERASE_ACTIVITY}
    assert not (activities | {action.target for action in plan.actions}) & held
    people = {action.parent for action in plan.actions if action.type in CONTACT_ACTIONS}
    assert not people & held
    if held & set(TICKETS):
        assert not people
    assert held <= {kept.target for kept in plan.kept if kept.code == "held"}


@pytest.mark.req("R-ERASE-2", "R-ERASE-3", "R-ERASE-6", "R-PLAN-6")
@settings(max_examples=100)
@given(inventories(), HOLDS)
def test_every_ticket_goes_or_stays_with_its_reason_and_shared_ones_are_never_erased(
    inventory: Inventory, holds: tuple[Hold, ...]
) -> None:
    plan = plan_for(inventory, holds)
    erased = {action.target for action in plan.actions if action.type is ActionType.ERASE_TICKET}
    kept = {entry.target for entry in plan.kept if entry.code and entry.reason}
    shared = {view.ticket.id for view in inventory.tickets if view.others}
    assert {view.ticket.id for view in inventory.tickets} == (erased | kept) & set(TICKETS)
    assert not erased & kept
    assert not erased & shared
    assert not {a.parent for a in plan.actions if a.type is ActionType.ERASE_ACTIVITY} & shared
    if kept & set(TICKETS):  # a record that is deleted takes its tickets along
        assert ActionType.ERASE_CONTACT not in {action.type for action in plan.actions}


@pytest.mark.req("R-ERASE-8", "R-PLAN-3")
@settings(max_examples=100)
@given(inventories(), HOLDS)
def test_keys_are_unique_and_children_come_before_parents(inventory: Inventory, holds: tuple[Hold, ...]) -> None:
    """A key names one effect for ever; a parent deleted first would leave its children to nobody."""
    actions = plan_for(inventory, holds).actions
    assert len({action.key for action in actions}) == len(actions)
    assert [action.stage for action in actions] == sorted(action.stage for action in actions)
    place = {action.key: number for number, action in enumerate(actions)}
    for action in actions:
        if action.type is ActionType.ERASE_ACTIVITY:
            assert place[action.key] < place[f"erase_ticket:{action.parent}"]
        if action.type is ActionType.ERASE_CONTACT:
            others = [place[each.key] for each in actions if each.type is not ActionType.ERASE_CONTACT]
            assert all(place[action.key] > other for other in others)
        if action.type in {ActionType.MASK_CONTACT, ActionType.ERASE_CONTACT}:
            children = [each for each in actions if each.parent == action.target and each.type in CONTACT_ACTIONS]
            assert all(place[each.key] <= place[action.key] or each.stage > action.stage for each in children)


def left_after(inventory: Inventory, done: set[str]) -> Inventory:
    """Return what a fresh look finds once these actions have happened."""
    return replace(
        inventory,
        tickets=tuple(
            replace(view, activities=tuple(one for one in view.activities if f"erase_activity:{one[1]}" not in done))
            for view in inventory.tickets
            if f"erase_ticket:{view.ticket.id}" not in done
        ),
        contact_comments=tuple(c for c in inventory.contact_comments if f"delete_contact_comment:{c[0]}" not in done),
        contact_attachments=tuple(
            a for a in inventory.contact_attachments if f"delete_contact_attachment:{a[0]}" not in done
        ),
    )


@pytest.mark.req("R-PLAN-3")
@settings(max_examples=100)
@given(inventories(), HOLDS, st.data())
def test_planning_again_after_a_crash_yields_the_remainder(
    inventory: Inventory, holds: tuple[Hold, ...], data: st.DataObject
) -> None:
    """What has happened is not planned again, what has not is not forgotten; masking twice is masking once."""
    plan = plan_for(inventory, holds)
    through = data.draw(st.integers(0, len(plan.actions)))
    done = {action.key for action in plan.actions[:through]}
    again = {action.key for action in plan_for(left_after(inventory, done), holds).actions}
    remainder = {action.key for action in plan.actions[through:]}
    repeatable = ("mask_", "anonymise_", "delete_contact_photo", "erase_contact")
    assert remainder <= again
    assert all(key.startswith(repeatable) for key in again - remainder)
    assert again - remainder <= done


@pytest.mark.req("R-PLAN-1")
@settings(max_examples=60)
@given(inventories(), HOLDS, st.randoms())
def test_the_order_of_reading_changes_no_plan(inventory: Inventory, holds: tuple[Hold, ...], chance: Random) -> None:
    """Two looks at the same desk must ask for the same approval."""
    tickets = list(inventory.tickets)
    chance.shuffle(tickets)
    assert plan_for(replace(inventory, tickets=tuple(tickets)), holds).hash == plan_for(inventory, holds).hash


@settings(max_examples=60)
@given(inventories(), HOLDS)
def test_a_hold_more_never_erases_more(inventory: Inventory, holds: tuple[Hold, ...]) -> None:
    free, bound = plan_for(inventory), plan_for(inventory, holds)
    assert {action.key for action in bound.actions} <= {action.key for action in free.actions}
