"""A second record of the same person under another address: found, asked about, never merged, never silently missed."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest

from tests.builders import NOW, ORG, a_case
from tests.fakes.desk import FakeDesk
from tests.fakes.suite import a_suite
from zoho_privacy.domain import records as r
from zoho_privacy.domain.coverage import Cover, Step, coverage
from zoho_privacy.domain.duplicates import CODE
from zoho_privacy.domain.errors import NotAllowed, NotFound
from zoho_privacy.domain.model import Plan, State
from zoho_privacy.workflows import casebook, erasure, ledger, letters
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.context import App

NUMBER: Final = "+49 30 5550142"
CASE: Final = "7001-deletion"


@dataclass
class Scene:
    """Ada on file twice, a namesake with another number, and a deletion case of the first record."""

    app: App
    desk: FakeDesk
    ada: r.Contact
    second: r.Contact
    old: r.Ticket

    def plan(self) -> Plan:
        """Make the plan anew, as the job does after an answer, and return it."""
        erasure.propose(self.app, ORG, CASE, proposer="zoho_privacy")
        fresh = casebook.case(self.app.store, ORG, CASE)
        assert fresh is not None
        found = casebook.plan(self.app.store, ORG, fresh.plan_hash)
        assert found is not None
        return found

    def tell(self, *, same: bool) -> None:
        """Let an agent say who it is."""
        erasure.tell_apart(self.app, ORG, CASE, self.second.id, same=same, who="701")


@pytest.fixture
def scene() -> Scene:
    desk = FakeDesk(ORG, now=NOW - timedelta(days=500))
    person = {"first_name": "Ada", "last_name": "Moss"}
    ada = desk.add_contact(**person, email="ada.moss@example.net", phone=NUMBER)
    second = desk.add_contact(**person, email="ada@example.org", mobile=NUMBER)
    desk.add_contact(**person, email="another.moss@example.com", phone="+49 30 5550999")
    old = desk.add_ticket(contact_id=second.id, subject="Scanner", status="Closed", status_type="closed")
    app = a_suite(desk)
    change = Change(app.store, ORG, NOW)
    change.case(a_case(state=State.VERIFIED, contact_id=ada.id))
    change.commit()
    return Scene(app, desk, ada, second, old)


@pytest.mark.req("R-ERASE-2", "R-PLAN-6")
def test_the_plan_asks_and_the_coverage_statement_tells(scene: Scene) -> None:
    plan = scene.plan()
    (kept,) = [each for each in plan.kept if each.code == CODE]
    assert (kept.target, kept.type) == (scene.second.id, "contact")
    assert "last name and telephone number" in kept.reason
    assert "ada" not in kept.reason.casefold()
    assert not {scene.second.id, scene.old.id} & {action.target for action in plan.actions}
    assert f"{CODE}: same last name" in erasure.plan_note(plan)
    assert f"plan same|other {CASE}" in erasure.plan_note(plan)
    steps = {action.key: Step(action.key, "done") for action in plan.actions}
    row = next(row for row in coverage(scene.app.rules, plan, steps) if row.system == "desk")
    assert (row.state, f"{CODE} 1" in row.reason) == (Cover.EXEMPT, True)


@pytest.mark.req("R-ERASE-2", "R-ERASE-6")
def test_a_question_that_nobody_answered_stands_in_the_letter(scene: Scene) -> None:
    """Without a name, a number or an address of that record: it may be somebody else's."""
    plan = scene.plan()
    case = casebook.case(scene.app.store, ORG, CASE)
    assert case is not None
    (kept,) = [each for each in erasure.told(scene.app, case).kept if each.code == CODE]
    assert kept in plan.kept
    rows = letters._kept(erasure.told(scene.app, case), letters._Occasion(
        scene.app, scene.app.desks[ORG], ORG, {}, (case,), scene.ada, scene.old))  # fmt: skip
    (row,) = [each for each in rows if each["reason"] == "lookalike"]
    assert (row["what"], row["until"]) == ("contact", None)
    assert "legal_duty" not in {each["reason"] for each in rows}
    scene.tell(same=False)
    scene.plan()
    case = casebook.case(scene.app.store, ORG, CASE)
    assert case is not None
    assert CODE not in {each.code for each in erasure.told(scene.app, case).kept}


def test_a_question_keeps_nothing_else_from_being_erased(scene: Scene) -> None:
    assert f"erase_contact:{scene.ada.id}" in {action.key for action in scene.plan().actions}


@pytest.mark.req("R-ERASE-2", "R-TAG-3")
def test_the_same_person_is_erased_whole_and_who_said_so_does_not_approve(scene: Scene) -> None:
    scene.plan()
    scene.tell(same=True)
    plan = scene.plan()
    assert not [each for each in plan.kept if each.code == CODE]
    assert {f"erase_ticket:{scene.old.id}", f"mask_contact:{scene.second.id}", f"erase_contact:{scene.second.id}"} <= {
        action.key for action in plan.actions
    }
    case = casebook.case(scene.app.store, ORG, CASE)
    assert case is not None
    assert "701" in case.stewards
    (said,) = [each for each in ledger.entries(scene.app.store, ORG) if each.what == "told_apart"]
    assert (said.who, said.result) == ("agent:701", "same person")
    assert scene.second.id not in str(said)


@pytest.mark.req("R-ERASE-2")
def test_another_person_is_left_alone_and_not_asked_about_again(scene: Scene) -> None:
    scene.plan()
    scene.tell(same=False)
    plan = scene.plan()
    assert not [each for each in plan.kept if each.code == CODE]
    assert not {scene.second.id, scene.old.id} & {action.target for action in plan.actions}


def test_only_what_was_asked_is_answered_and_only_before_the_approval(scene: Scene) -> None:
    with pytest.raises(NotFound):
        scene.tell(same=True)
    scene.plan()
    with pytest.raises(NotFound):
        erasure.tell_apart(scene.app, ORG, CASE, scene.ada.id, same=True, who="701")
    case = casebook.case(scene.app.store, ORG, CASE)
    assert case is not None
    change = Change(scene.app.store, ORG, NOW)
    change.case(a_case(state=State.EXECUTING, contact_id=scene.ada.id, plan_hash=case.plan_hash, version=case.version))
    change.commit()
    with pytest.raises(NotAllowed):
        scene.tell(same=True)
