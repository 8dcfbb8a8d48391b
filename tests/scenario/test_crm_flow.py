"""Desk and CRM together: a copy holds both, a deletion empties both, and a CRM that is down keeps the case open."""

import json
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import pytest

from tests.scenario.world import ADA, COPY_ALL, DAY, DELETE_ALL, EXPORT, HOUR, World, old_ticket
from zoho_privacy.domain.model import Kind, State
from zoho_privacy.workflows import evidence

pytestmark = pytest.mark.skipif(find_spec("zcrmsdk") is None, reason="the extra crm is not installed")


@pytest.fixture
def world(stage: World) -> World:
    """Return a suite whose portal's settings name a CRM."""
    stage.portal = {"crm_url": stage.zoho.url}
    return stage.open()


def a_past(world: World) -> list[str]:
    """Give Ada a ticket in Desk, and a record, a note and a deal in the CRM."""
    world.seed([{"firstName": "Ada", "lastName": "Moss", "email": ADA}], [old_ticket(ADA, "Laptop", "It sleeps")])
    order = [
        {"module": "Contacts", "values": {"First_Name": "Ada", "Last_Name": "Moss", "Email": ADA, "Fax": "0555 1234"}},
        {"module": "Notes", "values": {"Note_Content": "Ada Moss likes mornings"}, "parent": 0},
        {"module": "Deals", "values": {"Deal_Name": "Ten laptops", "Stage": "Won"}, "parent": 0},
    ]
    ids: list[str] = world.zoho.bench("POST", "/crm/records", {"records": order})["ids"]
    return ids


def in_crm(world: World, *needles: str) -> list[Mapping[str, Any]]:
    places: list[Mapping[str, Any]] = world.zoho.bench("GET", "/crm/stored", needle=list(needles))["places"]
    return places


def hurry(world: World) -> None:
    """Let the pauses of the CRM's client pass on the portal's clock."""
    (source,) = world.app.desks[world.org].sources
    source._crm._sleep = world.pause  # type: ignore[attr-defined]


@pytest.mark.req("R-ACCESS-1", "R-ACCESS-2")
def test_a_copy_holds_what_the_crm_holds(world: World) -> None:
    contact, note, deal = a_past(world)
    world.mail(COPY_ALL)
    assert world.confirm().status_code == 200
    world.settle(within=HOUR)
    world.let_out()
    with world.fetch(world.found(EXPORT)) as package:
        found = json.loads(package.read("data/sources.json"))
        page = package.read("index.html").decode()
        left = json.loads(package.read("omissions.json"))
    assert [(each["kind"], each["id"]) for each in found["sources"]] == [
        ("Notes", note), ("Deals", deal), ("Contacts", contact),
    ]  # fmt: skip
    assert found["sources"][2]["record"]["Fax"] == "0555 1234"
    assert found["sources"][1]["record"]["Contact_Name"]["name"] == "Ada Moss"
    assert "Robin Vale" not in json.dumps(found), "who keeps the record is one of the team"
    assert "Ada Moss likes mornings" in page
    counted = {each["path"]: (each["expected"], each["obtained"]) for each in left["counts"]}
    assert counted["crm: Notes"] == counted["crm: Deals"] == counted["crm: Contacts"] == (1, 1)
    assert left["complete"] is True


@pytest.mark.req("R-ERASE-2", "R-ERASE-4", "R-ERASE-5", "R-PLAN-6")
def test_a_deletion_waits_for_a_crm_that_is_down_and_then_empties_it(world: World) -> None:
    a_past(world)
    hurry(world)
    ticket_id = world.mail(DELETE_ALL, subject="Delete my data")["ticketId"]
    assert world.confirm().status_code == 200
    assert world.case(Kind.DELETION).state is State.PLANNED
    fault = world.zoho.bench("POST", "/faults", {"kind": "error500", "times": 999, "match": {"pathRegex": "/crm/v2/"}})
    world.approve(ticket_id)
    assert world.case(Kind.DELETION).state is State.EXECUTING
    assert in_crm(world, "Moss")
    assert "erasure_done" not in world.sent()

    world.zoho.bench("DELETE", f"/faults/{fault['faultId']}")
    world.pass_time(DAY)
    case = world.case(Kind.DELETION)
    assert case.state is State.CLOSED
    assert in_crm(world, "Ada", "Moss", "0555 1234") == []
    letter = world.letters()[-1]["content"]
    assert "Records deleted in connected systems: 2" in letter
    assert "Zoho CRM" in letter  # the deal stays, and is said to
    rows = {row.system: row for row in evidence.covered(world.app, case)}
    assert rows["source:crm"].reason == "2 of 2 writes done; stays: source-stays 1"


@pytest.mark.req("R-CORRECT-1", "R-OPTOUT-1", "R-PROP-4", "R-API-1")
def test_a_correction_and_an_objection_to_marketing_reach_the_crm(world: World) -> None:
    """The CRM fails in between, takes the change and loses its answer: it is written as approved, and told to Ada."""
    old, new = "+44 1632 960142", "+44 1632 960199"
    contact, *_ = a_past(world)
    world.zoho.bench("POST", "/crm/records", {"records": [{"module": "Leads", "values": lead(old)}]})
    hurry(world)
    objects = "I object to the use of my personal data for direct marketing. Ada Moss"
    ticket_id = world.mail(objects, subject="No newsletters")["ticketId"]
    assert record(world, contact)["Email_Opt_Out"] is True
    wrong = "Please correct my personal data: the phone number you hold about me is wrong. Ada Moss"
    ticket_id = world.mail(wrong, subject="My number")["ticketId"]
    assert world.confirm().status_code == 200
    world.note(ticket_id, f"Phone: {new}\nEvidence: a bill of March")
    world.macro(ticket_id, "Propose correction")
    assert any(f"Zoho CRM, Contacts/{contact}: phone: (empty) -> {new}" in note for note in world.notes(ticket_id))
    match = {"pathRegex": "/crm/v2/", "method": "PUT"}
    world.zoho.bench("POST", "/faults", {"kind": "error500_after_write", "times": 1, "match": match})
    world.approve(ticket_id)
    world.pass_time(DAY)
    assert record(world, contact)["Phone"] == new
    assert {place["where"] for place in in_crm(world, old)} == set()
    assert world.case(Kind.CORRECTION).state is State.CLOSED
    assert "(Zoho CRM)" in world.letters()[-1]["content"]
    for kind, reason in ((Kind.CORRECTION, "2 records corrected"), (Kind.OBJECTION, "2 records marked as opted out")):
        rows = {row.system: row for row in evidence.covered(world.app, world.case(kind))}
        assert rows["source:crm"].reason == reason


def lead(phone: str) -> Mapping[str, str]:
    return {"Last_Name": "Moss", "Company": "Moss Ltd", "Email": ADA, "Phone": phone}


def record(world: World, record_id: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = world.zoho.bench("GET", f"/crm/records/{record_id}")["record"]
    return found
