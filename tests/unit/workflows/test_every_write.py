"""Every way to write into a desk, one by one, with a hold on what it is about: none of them goes round it (R-HOLD-4).

`test_writes_only_here.py` shows that there is no other way in the source; this shows what each way does. The list is
not written down here: it is every method of the DeskWriter port and every kind of action.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from tests.builders import NOW, ORG
from tests.fakes.crashing import CHANGES
from tests.fakes.desk import FakeDesk, FakeWriter
from tests.fakes.source import FakeSource
from tests.fakes.suite import a_suite
from zoho_privacy.domain import records as r
from zoho_privacy.domain import tags
from zoho_privacy.domain.model import Action, ActionType, HoldQuery, Plan
from zoho_privacy.domain.plan import Ways, erasure
from zoho_privacy.ports import DeskWriter
from zoho_privacy.workflows import holds
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.erasure import take_inventory
from zoho_privacy.workflows.holds import Order

ADA: Final = "ada.moss@example.net"
WRITES: Final = frozenset(name for name in vars(DeskWriter) if not name.startswith("_"))

NOT_BY_A_PLAN: Final = frozenset({"send_reply", "delete_resolution", "restore_tickets"})
"""Letters need no plan, nor does what undoes a deletion; a resolution goes where overwriting did not do."""


class Office:
    """A desk with one person who has one of everything, and the suite on it."""

    def __init__(self, ways: Ways) -> None:
        desk = self.desk = FakeDesk(ORG, now=NOW - timedelta(days=500))
        self.ada = desk.add_contact(
            first_name="Ada", last_name="Moss", email=ADA, phone="+49 30 5550142", has_photo=True, account_id="8001"
        )
        desk.add_portal_user(self.ada.id)
        desk.contacts[self.ada.id].comments.append({"id": "41", "content": "prefers the morning"})
        desk.add_contact_attachment(self.ada.id, "contract.pdf", b"%PDF")
        closed = {"status": "Closed", "status_type": "closed", "account_id": "8001", "closed": desk.time}
        self.own = desk.add_ticket(contact_id=self.ada.id, subject="Printer of Ada", **closed)
        desk.add_thread(self.own.id, content="<div>Ada Moss: it does not print</div>")
        desk.tickets[self.own.id].activities.append(r.Activity("4711", "tasks"))
        bob = desk.add_contact(first_name="Bob", last_name="Stone", email="bob.stone@example.org")
        self.shared = desk.add_ticket(
            contact_id=self.ada.id, subject="VPN of Ada Moss", secondary_contact_ids=(bob.id,), **closed
        )
        desk.add_thread(self.shared.id, author_email="bob.stone@example.org", content="<div>mine too</div>")
        desk.add_comment(self.shared.id, f"wrote to {ADA}")
        desk.add_attachment(self.shared.id, "ada-moss.txt", b"Ada Moss")
        desk.tickets[self.shared.id].resolutions.append({"content": "Ada Moss called"})
        desk.tickets[self.shared.id].tags.update({"vip", "ada_moss"})
        self.shop = FakeSource()
        self.shop.add(ADA, "account", "7")
        self.app: App = a_suite(desk, sources=(self.shop,))
        self.plan: Plan = self.planned(ways)

    def planned(self, ways: Ways) -> Plan:
        """Plan the erasure of the person; nobody holds anything yet."""
        inventory = take_inventory(self.app, ORG, self.ada)
        return erasure(
            inventory,
            keyring=self.app.keyring,
            org=ORG,
            case_id="7001-deletion",
            request_tickets=frozenset(),
            holds=(),
            created=NOW,
            proposer="zoho_privacy",
            clause="P13-deletion",
            ways=ways,
        )

    def act(self, action: Action) -> str:
        """Carry out one action and return how it ended."""
        found = self.app.desks[ORG].write.destroy(self.plan, action, approved_hash=self.plan.hash, resumed=False)
        return found.code or found.result

    def written(self) -> frozenset[str]:
        """Return the writes that were made."""
        return (frozenset(self.desk.calls) & WRITES) | frozenset(self.shop.erased)


WAYS: Final[Mapping[str, Ways]] = {
    "erase": Ways("erase", "mask"),
    "rebuild": Ways("rebuild", "rebuild"),
    "native": Ways("native", "mask"),
    "mask": Ways("mask", "mask"),
}
AGAINST: Final[Mapping[str, Callable[[Office], Order]]] = {
    "ids": lambda office: order(ticket_ids=frozenset(office.desk.tickets), contact_ids=frozenset({office.ada.id})),
    "person": lambda office: order(contact_ids=frozenset({office.ada.id})),
    "query": lambda _: order(query=HoldQuery(account_ids=frozenset({"8001"}))),
}


def order(**members: object) -> Order:
    return replace(Order("2026-014", "counsel", "claim"), **members)  # type: ignore[arg-type]


def actions() -> list[tuple[str, str]]:
    """Return (way, key) of every action of every way."""
    return [(way, action.key) for way, ways in WAYS.items() for action in Office(ways).plan.actions]


EVERYTHING: Final = actions()


def test_the_plans_hold_every_kind_of_action_and_carry_out_every_way_to_write() -> None:
    """Otherwise the test below would say nothing about those that are missing."""
    kinds: set[ActionType] = set()
    written: set[str] = set()
    for ways in WAYS.values():
        office = Office(ways)
        for action in office.plan.actions:
            kinds.add(action.type)
            office.act(action)
        written |= office.written()
    assert kinds == set(ActionType) - {ActionType.DELETE_ATTACHMENT}
    assert written | NOT_BY_A_PLAN == WRITES | {"account/7"}
    assert WRITES < CHANGES, "and the kill tests strike at each"


@pytest.mark.req("R-HOLD-4")
@pytest.mark.parametrize("by", AGAINST)
@pytest.mark.parametrize(("way", "key"), EVERYTHING)
def test_a_hold_placed_after_the_approval_stops_it(way: str, key: str, by: str) -> None:
    office = Office(WAYS[way])
    holds.place(office.app, ORG, AGAINST[by](office))
    action = next(each for each in office.plan.actions if each.key == key)
    assert office.act(action) == "held"
    assert office.written() == frozenset()


@pytest.mark.req("R-HOLD-4")
@pytest.mark.parametrize("tag", [tags.HOLD, "court-2026"])
@pytest.mark.parametrize(("way", "key"), EVERYTHING)
def test_a_tag_stops_what_is_done_to_its_ticket(way: str, key: str, tag: str) -> None:
    """And the person's record stays for the ticket's sake, once the journal says that the ticket was held."""
    office = Office(WAYS[way])
    holds.place(office.app, ORG, order(tag="court-2026"))
    for ticket in (office.own, office.shared):
        office.desk.tickets[ticket.id].tags.add(tag)
    action = next(each for each in office.plan.actions if each.key == key)
    about = {action.target.partition("/")[0], action.parent} & {office.own.id, office.shared.id}
    if about:
        assert office.act(action) == "held"
        assert office.written() == frozenset()
    else:
        assert action.parent in {office.ada.id, None}
        assert office.ada.id in {action.target, action.parent}


@pytest.mark.req("R-HOLD-4")
def test_several_tickets_in_one_trip_pass_the_gate_one_by_one() -> None:
    office = Office(WAYS["erase"])
    second = office.desk.add_ticket(contact_id=office.ada.id, status="Closed", status_type="closed")
    office.plan = office.planned(WAYS["erase"])
    holds.place(office.app, ORG, order(ticket_ids=frozenset({office.own.id})))
    both = [(each, False) for each in office.plan.actions if each.type is ActionType.ERASE_TICKET]
    assert len(both) == 2
    ended = office.app.desks[ORG].write.erase_tickets(office.plan, both, approved_hash=office.plan.hash)
    assert {key: getattr(each, "code", "") for key, each in ended.items()} == {
        f"erase_ticket:{office.own.id}": "held",
        f"erase_ticket:{second.id}": "",
    }
    assert office.own.id in office.desk.tickets
    assert second.id not in office.desk.tickets


def test_the_fake_writes_every_way_that_the_port_has() -> None:
    assert set(vars(FakeWriter)) >= WRITES
