"""Corrections and opt-outs beside the desk: shown, approved, written once whatever happens, read back and declared."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import ORG
from tests.fakes.crash_stories import ADA, asks, people, proves
from tests.fakes.crashing import World
from tests.fakes.source import SHOP, AmendableSource, FakeSource
from tests.unit.workflows.test_rights import NEW, OLD, ONLY_STORE, WRONG, case, imported, last, order, record_of
from zoho_privacy.domain.coverage import Cover, Row
from zoho_privacy.domain.evidence_check import check
from zoho_privacy.domain.model import Kind, State
from zoho_privacy.domain.sources import PersonRecord
from zoho_privacy.workflows import beside, evidence

CRM = replace(SHOP, name="crm", title="Zoho CRM")
NO_MARKETING = "I object to the use of my personal data for direct marketing."
SHEET = f"Phone: {NEW}\nEvidence: a bill of March"


def a_crm(**details: str) -> AmendableSource:
    """Return a CRM with a contact and a lead of Ada's; a lead has no mobile number there."""
    contact = PersonRecord(
        "Contacts", "71", {"phone": OLD, "mobile": "", "last_name": "Moss"} | details, opted_out=False
    )
    lead = PersonRecord("Leads", "72", {"phone": "+49 30 5550111"}, opted_out=False)
    return AmendableSource(about=CRM, own={ADA: [contact, lead]})


def world_with(*sources: FakeSource, points: tuple[int, ...] = ()) -> World:
    world = World(*points)
    world.sources = sources
    return world


def proposed(world: World, text: str = SHEET) -> str:
    ada, _ = people(world)
    ticket_id = asks(world, ada, WRONG)
    proves(world, ticket_id)
    order(world, ticket_id, "Propose correction", text)
    return ticket_id


def corrected(world: World) -> str:
    ticket_id = proposed(world)
    order(world, ticket_id, "Approve plan")
    return ticket_id


def row(world: World, kind: Kind, system: str = "source:crm") -> Row:
    rows = {each.system: each for each in evidence.covered(world.app(), case(world, kind))}
    return rows[system]


def faults_offline(world: World, kind: Kind) -> tuple[str, ...]:
    """Return what a reader of the evidence bundle objects to, who derives the coverage from the ledger alone."""
    return check(evidence.bundle(world.app(), case(world, kind))).faults


def said(world: World, what: str) -> list[Mapping[str, str]]:
    return [{**entry.details, "result": entry.result} for entry in world.entries() if entry.what == what]


@pytest.mark.req("R-CORRECT-1", "R-CORRECT-2", "R-PROP-4")
def test_a_correction_goes_to_each_own_record_that_says_otherwise() -> None:
    crm = a_crm()
    world = world_with(crm)
    ticket_id = proposed(world)
    notes = "\n".join(world.writer.notes)
    assert f"- Zoho CRM, Contacts/71: phone: {OLD} -> {NEW}" in notes
    assert f"- Zoho CRM, Leads/72: phone: +49 30 5550111 -> {NEW}" in notes
    assert crm.amended == [], "nothing is written before somebody approves"
    order(world, ticket_id, "Approve plan")
    assert crm.amended == [("Contacts/71", {"phone": NEW}, False), ("Leads/72", {"phone": NEW}, False)]
    world.confirm_elsewhere()
    assert case(world, Kind.CORRECTION).state is State.CLOSED
    assert "(Zoho CRM): +…42 → +…99" in last(world)
    assert "(Zoho CRM): +…11 → +…99" in last(world)
    assert (row(world, Kind.CORRECTION).state, row(world, Kind.CORRECTION).reason) == (
        Cover.DONE, "2 records corrected",
    )  # fmt: skip
    assert faults_offline(world, Kind.CORRECTION) == ()


@pytest.mark.req("R-CORRECT-1")
def test_a_field_that_desk_has_right_is_still_corrected_beside_it() -> None:
    crm = a_crm(last_name="Mose")
    world = world_with(crm)
    ticket_id = proposed(world, "Last name: Moss\nEvidence: her passport")
    order(world, ticket_id, "Approve plan")
    assert crm.amended == [("Contacts/71", {"last_name": "Moss"}, False)]
    world.rest(timedelta(days=3))
    assert not any("come back" in text for text in world.writer.notes), "what Desk had right has not come back"


@pytest.mark.req("R-CORRECT-1", "R-PLAN-2")
def test_a_record_that_changed_after_it_was_shown_is_shown_again() -> None:
    crm = a_crm()
    world = world_with(crm)
    ticket_id = proposed(world)
    crm.own[ADA][0] = replace(crm.own[ADA][0], details={"phone": "+49 30 5550177"})
    order(world, ticket_id, "Approve plan")
    assert (case(world, Kind.CORRECTION).state, crm.amended) == (State.VERIFIED, [])


@pytest.mark.req("R-CORRECT-1", "R-API-1")
def test_each_change_is_made_once_wherever_the_process_is_killed() -> None:
    """Every commit and every write from the approval on is a place to die, before it and after it."""
    calm = world_with(a_crm())
    ticket_id = proposed(calm)
    calm.fuse.calls.clear()
    order(calm, ticket_id, "Approve plan")
    places = [at for at, name in enumerate(calm.fuse.calls) if name in {"amend", "update_contact"}]
    points = range(2 * (min(places) - 1), 2 * (max(places) + 4))
    wanted = (calm.steps(), calm.letters(), last(calm))
    for point in points:
        crm = a_crm()
        world = world_with(crm)
        ticket_id = proposed(world)
        world.fuse.calls.clear()
        world.fuse.points.append(point)
        order(world, ticket_id, "Approve plan")
        assert world.fuse.kills == 1
        assert crm.amended == [("Contacts/71", {"phone": NEW}, False), ("Leads/72", {"phone": NEW}, False)], point
        assert world.steps() == wanted[0], point
        assert world.letters() == wanted[1], point
        assert "+…42 → +…99" in last(world), "the letter still knows what stood there before"


@pytest.mark.req("R-CORRECT-1")
def test_a_system_that_is_down_keeps_the_case_open_until_it_answers() -> None:
    crm = a_crm()
    world = world_with(crm)
    ticket_id = proposed(world)
    with crm.down():
        order(world, ticket_id, "Approve plan")
        assert case(world, Kind.CORRECTION).state is State.EXECUTING
    world.rest(timedelta(days=1))
    assert row(world, Kind.CORRECTION).state is Cover.DONE
    assert len(crm.amended) == 2


@pytest.mark.req("R-CORRECT-1", "R-PROP-4")
def test_a_value_that_is_not_shown_afterwards_is_no_success() -> None:
    crm = a_crm()
    crm.deaf = True
    world = world_with(crm)
    corrected(world)
    assert row(world, Kind.CORRECTION).state is Cover.OPEN
    assert case(world, Kind.CORRECTION).state is State.EXECUTING


@pytest.mark.req("R-CORRECT-1", "R-PROP-4")
@pytest.mark.parametrize(
    ("source", "said_in_note"),
    [(FakeSource(about=CRM), "its owner corrects them"), (AmendableSource(about=CRM, refuses=True), "refused to be")],
)
def test_what_the_suite_cannot_correct_is_its_owners(source: FakeSource, said_in_note: str) -> None:
    source.add(ADA, "account", "7")
    world = world_with(source)
    corrected(world)
    assert any(said_in_note in text for text in world.writer.notes)
    assert row(world, Kind.CORRECTION).state is Cover.EXTERNAL
    assert faults_offline(world, Kind.CORRECTION) == ()


@pytest.mark.req("R-CORRECT-1", "R-PROP-4")
def test_a_crm_that_is_not_connected_is_declared() -> None:
    world = World()
    ada, _ = people(world)
    held = world.desk.contacts[ada.id]
    held.contact = replace(held.contact, crm_id="554")
    ticket_id = asks(world, ada, NO_MARKETING)
    assert row(world, Kind.OBJECTION).state is Cover.EXTERNAL
    world.mail(ticket_id, WRONG)
    proves(world, ticket_id)
    order(world, ticket_id, "Propose correction", SHEET)
    assert any("linked to the CRM" in text for text in world.writer.notes)
    order(world, ticket_id, "Approve plan")
    assert row(world, Kind.CORRECTION).state is Cover.EXTERNAL


@pytest.mark.req("R-CORRECT-2")
def test_an_old_value_that_comes_back_there_is_corrected_again() -> None:
    crm = a_crm()
    world = world_with(crm)
    corrected(world)
    crm.own[ADA][0] = replace(crm.own[ADA][0], details={"phone": OLD})
    world.rest(timedelta(days=2))
    assert crm.own[ADA][0].details["phone"] == NEW
    assert any("corrected again" in text for text in world.writer.notes)
    assert record_of(world, case(world, Kind.CORRECTION).contact_id or "").phone == NEW


@pytest.mark.req("R-OPTOUT-1", "R-OBJECT-1", "R-CONSENT-2", "R-RESTRICT-1")
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (NO_MARKETING, Kind.OBJECTION),
        ("Do not sell or share my personal information.", Kind.OPT_OUT_SALE),
        ("I withdraw my consent to the processing of my data. Ada Moss", Kind.WITHDRAW_CONSENT),
        (ONLY_STORE, Kind.RESTRICTION),
    ],
)
def test_who_wants_no_marketing_is_opted_out_there_too(text: str, kind: Kind) -> None:
    crm = a_crm()
    world = world_with(crm)
    ada, _ = people(world)
    ticket_id = asks(world, ada, text)
    if kind is Kind.RESTRICTION:
        proves(world, ticket_id)
    assert crm.amended == [("Contacts/71", {}, True), ("Leads/72", {}, True)]
    assert (row(world, kind).state, row(world, kind).reason) == (Cover.DONE, "2 records marked as opted out")
    assert faults_offline(world, kind) == ()
    imported(world, ada.id, phone="+49 30 5550188")
    assert len(crm.amended) == 2, "what is set is not set again"


@pytest.mark.req("R-OPTOUT-4")
def test_who_limits_sensitive_data_may_still_want_news() -> None:
    crm = a_crm()
    world = world_with(crm)
    ada, _ = people(world)
    asks(world, ada, "Limit the use of my sensitive personal information.")
    assert case(world, Kind.LIMIT_SENSITIVE)
    assert crm.amended == []


@pytest.mark.req("R-OPTOUT-1", "R-PROP-4")
def test_an_opt_out_waits_for_a_system_that_is_down_and_is_left_to_one_without_a_flag() -> None:
    crm, shop = a_crm(), AmendableSource(own={ADA: [PersonRecord("account", "7", {})]})
    world = world_with(crm, shop)
    ada, _ = people(world)
    with crm.down():
        asks(world, ada, NO_MARKETING)
        assert row(world, Kind.OBJECTION).state is Cover.OPEN
    world.rest(timedelta(days=1))
    assert row(world, Kind.OBJECTION).state is Cover.DONE
    assert row(world, Kind.OBJECTION, "source:shop").state is Cover.EXTERNAL
    assert shop.amended == []


def test_nothing_personal_is_kept_of_what_was_done_there() -> None:
    world = world_with(a_crm())
    corrected(world)
    kept: Any = [beside.journal(world.app(), each) for each in world.cases]
    ledger = said(world, "record_amended")
    assert ledger
    for secret in (OLD, NEW, ADA, "Moss"):
        assert secret not in str(kept) + str(ledger)
        assert secret not in str([item.body for item in world.store.find(ORG, "correction")])
