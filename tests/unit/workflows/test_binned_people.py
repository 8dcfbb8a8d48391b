"""A record of a person in the recycle bin: no search shows it, so the bin is read; what cannot be read is said."""

from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Final

import pytest

from tests.builders import NOW, ORG, a_case
from tests.fakes.desk import FakeDesk, FakeWriter
from tests.fakes.suite import a_suite
from zoho_privacy.domain import records as r
from zoho_privacy.domain.duplicates import CODE
from zoho_privacy.domain.errors import NotFound
from zoho_privacy.domain.model import Plan, State
from zoho_privacy.workflows import erasure, letters
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.context import App

ADDRESS: Final = "ada.moss@example.net"
CASE: Final = "7001-deletion"


class Hiding(FakeDesk):
    """A desk that does not show by id what lies in its bin."""

    hides = False

    def contact(self, contact_id: str) -> r.Contact:
        """See the port."""
        found = super().contact(contact_id)
        if self.hides and found.trashed:
            raise NotFound("no such contact")
        return found


@dataclass
class Scene:
    """Ada on file, once more in the bin, and a stranger there too."""

    desk: Hiding
    app: App
    ada: r.Contact
    binned: r.Contact

    def plan(self) -> Plan:
        found = erasure.propose(self.app, ORG, CASE, proposer="zoho_privacy")
        assert found is not None
        return found

    def planned(self) -> set[str]:
        return {action.key for action in self.plan().actions}


def scene(**second: str) -> Scene:
    desk = Hiding(ORG, now=NOW - timedelta(days=500))
    ada = desk.add_contact(first_name="Ada", last_name="Moss", email=ADDRESS, phone="+49 30 5550142")
    person = {"first_name": "A.", "last_name": "Moss", "email": ADDRESS.upper(), **second}
    binned = desk.add_contact(**person)
    stranger = desk.add_contact(first_name="Bob", last_name="Stone", email="bob.stone@example.org")
    FakeWriter(desk).trash_contacts([binned.id, stranger.id])
    names = {binned.id: "Ada Moss", stranger.id: "Bob Stone"}
    desk.bin = [replace(item, name=names[item.id]) for item in desk.bin]
    app = a_suite(desk)
    change = Change(app.store, ORG, NOW)
    change.case(a_case(state=State.VERIFIED, contact_id=ada.id))
    change.commit()
    return Scene(desk, app, ada, desk.contact(binned.id))


@pytest.mark.req("R-ERASE-2", "R-ERASE-3")
def test_a_second_record_in_the_bin_goes_for_good_before_the_letter() -> None:
    found = scene()
    plan = found.plan()
    (action,) = [each for each in plan.actions if each.target == found.binned.id]
    assert (action.key, action.stage) == (f"erase_contact:{found.binned.id}", 0)
    assert erasure.execute_plan(found.app, ORG, plan, approved_hash=plan.hash).done == 1
    assert found.binned.id not in found.desk.contacts
    assert len(found.desk.contacts) == 2, "Ada, for her letter, and the stranger in the bin"
    assert erasure.still_found(found.app, ORG, plan) == ()


@pytest.mark.req("R-ERASE-4")
def test_a_record_that_is_in_the_bin_again_is_found_by_the_read_back() -> None:
    found = scene()
    plan = found.plan()
    erasure.execute_plan(found.app, ORG, plan, approved_hash=plan.hash)
    found.desk.bin.append(r.BinItem(found.binned.id, "Contacts", NOW))
    assert erasure.still_found(found.app, ORG, plan, by_id=False) == (f"bin:{found.binned.id}",)
    found.desk.add_contact(id=found.binned.id, last_name="Moss")
    assert f"contact:{found.binned.id}" in erasure.still_found(found.app, ORG, plan)


@pytest.mark.req("R-ERASE-2", "R-ERASE-3")
def test_a_record_whose_ticket_stays_ends_by_itself_and_is_told() -> None:
    """Deleting it for good would take the ticket along."""
    found = scene()
    found.desk.add_ticket(contact_id=found.binned.id, subject="Scanner", email=ADDRESS)
    plan = found.plan()
    assert not [each for each in plan.actions if each.target == found.binned.id]
    assert [(each.type, each.code) for each in plan.kept if each.target == found.binned.id] == [("contact", "binned")]
    about: Any = SimpleNamespace(cases=(a_case(),))
    rows = letters._kept(_told(plan), about)
    assert ("contact", "expires") in {(row["what"], row["reason"]) for row in rows}


def _told(plan: Plan) -> erasure.Told:
    return erasure.Told({}, plan.kept, record_overwritten=False, conversation_until=None, backups_until=NOW, left=())


@pytest.mark.req("R-ERASE-2")
def test_a_record_in_the_bin_under_another_address_is_asked_about() -> None:
    found = scene(email="ada@example.org", mobile="+49 30 5550142")
    (kept,) = [each for each in found.plan().kept if each.code == CODE]
    assert kept.target == found.binned.id
    erasure.tell_apart(found.app, ORG, CASE, found.binned.id, same=True, who="701")
    assert f"erase_contact:{found.binned.id}" in found.planned()


@pytest.mark.req("R-ERASE-3", "R-PLAN-6")
@pytest.mark.parametrize(("name", "told"), [("Ada  moss", True), ("Somebody Else", False)])
def test_what_the_desk_does_not_show_is_declared_where_it_has_the_name(name: str, *, told: bool) -> None:
    found = scene()
    found.desk.hides = True
    found.desk.bin = [replace(item, name=name) for item in found.desk.bin if item.id == found.binned.id]
    unread = [each.target for each in found.plan().kept if each.code == "unread"]
    assert unread == ([erasure.BIN] if told else [])


@pytest.mark.req("R-ERASE-3")
def test_a_bin_that_is_too_full_to_be_read_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "BIN_LOOK", 1)
    assert [each.target for each in scene().plan().kept if each.code == "unread"] == [erasure.BIN]


@pytest.mark.req("R-SEC-8")
def test_names_in_the_bin_are_shown_nowhere() -> None:
    assert "Moss" not in repr(r.BinItem("1", "Contacts", NOW, "Ada Moss"))
