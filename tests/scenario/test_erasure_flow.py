"""Deletion from the plan to the last trace: approved by a second person, read back, told truthfully, and complete."""

import base64
import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import pytest

from tests.scenario.world import ADA, CODE, DAY, DELETE_ALL, HOUR, World, everything, old_ticket
from zoho_privacy.domain import plan as planning
from zoho_privacy.domain.model import Kind, State
from zoho_privacy.local import cli
from zoho_privacy.workflows import casebook, dead_letters

BEN: Final = "ben.orlov@example.org"
PERSON: Final = ("Ada Moss", ADA, "1632 960142", "power supply", "Lindenweg 7")
FILE: Final = base64.b64encode(b"Ada Moss, Lindenweg 7\n").decode()
PICTURE: Final = base64.b64encode(b"\x89PNG\r\n Ada Moss").decode()


def a_rich_past(world: World) -> Mapping[str, Any]:
    """Give Ada everything Desk can hold of a person, on two closed tickets and on her record."""
    ada = {
        "firstName": "Ada", "lastName": "Moss", "email": ADA, "phone": "+44 1632 960142", "country": "United Kingdom",
        "createdTime": "2024-02-01T08:00:00.000Z", "portalUser": True, "photoBase64": PICTURE,
        "comments": [{"content": "Ada Moss likes mornings"}],
        "attachments": [{"name": "contract-ada-moss.txt", "contentBase64": FILE}],
    }  # fmt: skip
    full = old_ticket(
        ADA, "Laptop of Ada Moss", "It sleeps for ever. Ada Moss, Lindenweg 7",
        comments=[{"content": "Sent Ada Moss a power supply", "earlierContents": ["Ada Moss called"],
                   "createdTime": "2025-03-02T08:00:00.000Z"}],
        attachments=[{"name": "ada-moss.txt", "contentBase64": FILE}],
        tasks=[{"subject": "Call Ada Moss"}], calls=[{"subject": "Called Ada Moss"}],
        events=[{"subject": "Visit Ada Moss"}],
        timeEntries=[{"description": "with Ada Moss"}], resolution="Ada Moss has a new power supply", tags=["laptop"],
    )  # fmt: skip
    made: Mapping[str, Any] = world.seed([ada], [full, old_ticket(ADA, "Old invoice", "For Ada Moss")])
    return made


def requested(world: World) -> str:
    """Bring Ada's deletion to its plan; return the ticket."""
    ticket_id = world.mail(DELETE_ALL, subject="Delete my data")["ticketId"]
    assert world.confirm().status_code == 200
    assert world.case(Kind.DELETION).state is State.PLANNED
    return ticket_id


def places(world: World, *needles: str) -> Counter[tuple[str, str]]:
    """Return where the portal still holds one of these texts: record type and id."""
    return Counter((place["recordType"], place["recordId"]) for place in world.zoho.stored(*(needles or PERSON)))


def parts_of(world: World, ticket_id: str) -> set[str]:
    """Return the ids of a ticket and everything on it."""
    return set(re.findall(r'"id": "(\d+)"', everything(world.stored(ticket_id)))) | {ticket_id}


@pytest.mark.req("R-ERASE-2", "R-ERASE-4", "R-ERASE-5", "R-ERASE-8", "R-PLAN-1", "R-EVID-1")
def test_nothing_is_left_but_what_the_letter_says(world: World) -> None:
    """The whole story, stage by stage, judged by the portal's own store."""
    made = a_rich_past(world)
    old = [ticket["id"] for ticket in made["tickets"]]
    ticket_id = requested(world)
    contact_id = world.case().contact_id or ""

    seen = world.last_call()
    world.pass_time(DAY)
    assert world.writes(seen) == [], "nothing happens before the approval"
    world.approve(ticket_id)
    assert world.case().state is State.CLOSED
    assert world.sent() == {"identity": 1, "erasure_done": 1}

    for each in old:
        assert world.zoho.get(f"/tickets/{each}").status_code == 404
    left = places(world)
    assert {record for _, record in left} <= parts_of(world, ticket_id), left
    contact = world.zoho.bench("GET", f"/stored/contact/{contact_id}")
    assert (contact["contact"]["lastName"], contact["comments"], contact["attachments"]) == ("Redacted", [], [])
    assert places(world, ADA), "the request itself is still there"

    world.pass_time(29 * DAY)
    assert world.zoho.get(f"/tickets/{ticket_id}").status_code == 200
    world.pass_time(2 * DAY)
    assert places(world) == Counter()
    assert world.zoho.get(f"/tickets/{ticket_id}").status_code == 404
    assert world.zoho.get(f"/contacts/{contact_id}").status_code == 404
    for days in (60, 95):
        world.pass_time(days * DAY)
    read_back = [entry.result for entry in world.entries() if entry.what == "read_back" and "after" in entry.result]
    assert read_back == ["0 found after 61 days", "0 found after 151 days"]
    done = Counter(entry.what for entry in world.entries() if entry.result.startswith("done"))
    assert done == Counter(action.type.value for action in world.plan().actions)
    assert world.dead() == []


@pytest.mark.req("R-ERASE-5", "R-EVID-3", "R-REFUSE-2", "R-PROP-5")
def test_the_closing_letter_claims_what_was_read_back(world: World) -> None:
    a_rich_past(world)
    ticket_id = requested(world)
    world.approve(ticket_id)
    letter = world.letters()[-1]
    text = letter["content"]
    steps = casebook.every(world.app.store, world.org, "step", parent=world.case().plan_hash)
    at_letter = Counter(step.body["type"] for step in steps if step.body["at"] <= letter["time"])
    assert at_letter["erase_ticket"] == 2
    assert re.search(r"<li>[^<]*: 2</li>", text)
    assert "5 January 2026" in text or "6 January 2026" in text
    assert re.search(r"this conversation[^<]*\b[45] February 2026", text, re.IGNORECASE), text
    assert re.search(r"out of them by \d+ May 2026", text)
    assert re.search(r"<code>\d+:[0-9a-f]{32}</code>", text)
    assert not CODE.search(text)
    sequence, _, head = (re.findall(r"<code>([0-9a-f:]+)</code>", text)[0]).partition(":")
    assert next(entry.hash for entry in world.entries() if entry.sequence == int(sequence)).startswith(head)


@pytest.mark.req("R-PLAN-1", "R-ERASE-6", "R-EVID-5")
def test_the_plan_is_a_file_that_says_what_why_and_at_what_cost(world: World) -> None:
    a_rich_past(world)
    ticket_id = requested(world)
    (name,) = world.app.blobs.names("plans/")
    written = json.loads(b"".join(world.app.blobs.get(name)))
    plan = world.plan()
    assert written["hash"] == plan.hash == planning.sealed(plan).hash
    assert {action["type"] for action in written["actions"]} >= {
        "erase_ticket", "erase_activity", "delete_contact_comment", "delete_contact_attachment",
        "delete_contact_photo", "anonymise_user", "mask_contact", "erase_contact",
    }  # fmt: skip
    assert all(action["reason"] and action["clause"] and action["credits"] > 0 for action in written["actions"])
    assert written["credits"] == sum(action["credits"] for action in written["actions"])
    for personal in (*PERSON, "Moss"):
        assert personal not in everything(written)
    note = world.notes(ticket_id)[-1]
    assert plan.hash[:12] in note
    assert f"about {plan.credits:g} API credits" in note
    spent = world.zoho.bench("GET", "/credits")["used"]
    world.approve(ticket_id)
    assert world.zoho.bench("GET", "/credits")["used"] - spent < 3 * plan.credits


@pytest.mark.req("R-TAG-3")
def test_a_second_person_may_approve_on_the_command_line(world: World) -> None:
    a_rich_past(world)
    requested(world)
    case, state = world.case(), str(world.folder / "state")
    common = ["--trial", world.zoho.url, "--state", state]
    words = ["approve", case.id, "--plan", case.plan_hash[:12], "--as"]
    assert cli.main([*words, "999", *common]) == 2
    assert cli.main(["approve", case.id, "--plan", "f" * 64, "--as", world.agent(1), *common]) == 2
    assert world.case().state is State.PLANNED
    assert cli.main([*words, world.agent(1), *common]) == 0
    world.settle(within=HOUR)
    assert world.case().state is State.CLOSED


@pytest.mark.req("R-PLAN-2")
def test_what_changed_after_planning_is_planned_again(world: World) -> None:
    """The approval was for another record: nothing happens to it until somebody has seen the new plan."""
    made = a_rich_past(world)
    first = made["tickets"][0]["id"]
    ticket_id = requested(world)
    before = world.plan()
    world.zoho.bench("POST", "/agent/comment", {"ticketId": first, "content": "New dispute about the laptop"})
    world.approve(ticket_id)
    assert world.case().state is State.PLANNED
    assert world.plan().hash != before.hash
    assert world.zoho.get(f"/tickets/{first}").status_code == 200
    assert world.sent() == {"identity": 1}
    world.approve(ticket_id)
    assert world.case().state is State.CLOSED
    assert world.zoho.get(f"/tickets/{first}").status_code == 404
    assert world.sent() == {"identity": 1, "erasure_done": 1}


@pytest.mark.req("R-HOLD-1", "R-HOLD-4", "R-HOLD-6", "R-ERASE-6")
def test_a_held_ticket_and_its_person_stay_and_the_letter_says_so(world: World) -> None:
    made = a_rich_past(world)
    kept, goes = (ticket["id"] for ticket in made["tickets"])
    world.tag(kept, "privacy-hold")
    before = world.stored(kept)
    ticket_id = requested(world)
    assert {entry.code for entry in world.plan().kept} == {"held"}
    world.approve(ticket_id)
    world.pass_time(31 * DAY)
    after = world.stored(kept)
    assert (world.case().state, after["ticket"]["subject"]) == (State.CLOSED, "Laptop of Ada Moss")
    assert [after[table] for table in ("thread", "comment", "attachment", "activity")] == [
        before[table] for table in ("thread", "comment", "attachment", "activity")
    ]
    contact = world.zoho.get(f"/contacts/{made['contacts'][0]['id']}").json()
    assert contact["email"] == ADA
    assert world.zoho.get(f"/tickets/{goes}").status_code == 404
    assert "the law requires us to keep it" in world.letters()[-1]["content"]


@pytest.mark.req("R-HOLD-4", "R-ERASE-6")
@pytest.mark.parametrize("by", ["tag", "order"])
def test_a_hold_placed_after_the_approval_still_counts(stage: World, by: str) -> None:
    """The gate looks at the last moment: the held ticket stays, and its person; the letter does not claim otherwise."""
    stage.portal = {"erase_wait_hours": 24.0}
    world = stage.open()
    made = a_rich_past(world)
    kept, goes = (ticket["id"] for ticket in made["tickets"])
    ticket_id = requested(world)
    world.approve(ticket_id)
    assert world.case().state is State.EXECUTING
    assert world.zoho.get(f"/tickets/{goes}").status_code == 200, "the deletion window is open"
    if by == "tag":
        world.tag(kept, "privacy-hold")
    else:
        order = ["hold", "add", "--matter", "court 7", "--owner", "legal", "--reason", "dispute", "--ticket", kept]
        assert cli.main([*order, "--trial", world.zoho.url, "--state", str(world.folder / "state")]) == 0
    world.pass_time(DAY, within=HOUR)
    assert world.case().state is State.CLOSED
    assert world.zoho.get(f"/tickets/{kept}").json()["subject"] == "Laptop of Ada Moss"
    assert world.zoho.get(f"/tickets/{goes}").status_code == 404
    letter = world.letters()[-1]["content"]
    assert "the law requires us to keep it" in letter
    assert "overwritten" not in letter
    world.pass_time(31 * DAY)
    assert world.zoho.get(f"/contacts/{made['contacts'][0]['id']}").json()["email"] == ADA


def shared(world: World, *, named: bool) -> str:
    """Give Ben a ticket in which Ada takes part, and whose own fields name her or not; return it."""
    ada = a_rich_past(world)["contacts"][0]["id"]
    world.zoho.switch(contact_tickets_secondary="yes")
    subject = "Screen of Ada Moss" if named else "Screen"
    talk = old_ticket(BEN, subject, f"The screen is dark, ask Ada Moss ({ADA})" if named else "The screen is dark")
    talk["secondaryContacts"] = [ada]
    talk["threads"].append(
        {"direction": "in", "from": ADA, "content": "<div>Same here, Ada Moss</div>",
         "createdTime": "2025-03-02T08:00:00.000Z"}
    )  # fmt: skip
    made = world.seed([{"firstName": "Ben", "lastName": "Orlov", "email": BEN}], [talk])
    found: str = made["tickets"][0]["id"]
    return found


@pytest.mark.req("R-ERASE-1", "R-ERASE-2", "R-ERASE-3")
@pytest.mark.parametrize("named", [True, False])
def test_other_peoples_tickets_are_masked_and_declared(world: World, *, named: bool) -> None:
    theirs = shared(world, named=named)
    ticket_id = requested(world)
    assert {entry.code for entry in world.plan().kept} == {"shared"}
    world.approve(ticket_id)
    world.pass_time(31 * DAY)
    now = world.stored(theirs)["ticket"]
    assert "Moss" not in everything([now["subject"], now["description"]])
    assert (now["email"], now["contactId"]) == (BEN, world.stored(theirs)["ticket"]["contactId"])
    assert "Ben" in world.zoho.get(f"/contacts/{now['contactId']}").json()["firstName"]
    contact = world.zoho.get(f"/contacts/{world.case().contact_id}").json()
    allowed = parts_of(world, theirs)
    assert {record for _, record in places(world)} <= allowed
    assert (contact["lastName"], contact["email"].endswith("@redacted.invalid")) == ("Redacted", True)
    assert "it also concerns another person" in world.letters()[-1]["content"]


@pytest.mark.req("R-ERASE-1", "R-ERASE-2")
def test_a_request_that_others_joined_loses_the_persons_name_as_well(world: World) -> None:
    """Ben answered on the request itself, so it cannot go as a whole; its fields must not keep Ada's name."""
    a_rich_past(world)
    world.seed([{"firstName": "Ben", "lastName": "Orlov", "email": BEN}])
    ticket_id = world.mail(DELETE_ALL, subject="Please delete everything about Ada Moss")["ticketId"]
    world.reply(ticket_id, "I know her, she asked me to watch this.", sender=BEN, name="Ben Orlov")
    world.confirm()
    world.approve(ticket_id)
    assert world.case().state is State.CLOSED
    world.pass_time(31 * DAY)
    now = world.zoho.get(f"/tickets/{ticket_id}").json()
    assert "Moss" not in everything([now["subject"], now["description"], now["email"]])
    assert {record for _, record in places(world)} <= parts_of(world, ticket_id)


@pytest.mark.req("R-ERASE-3")
def test_an_archived_ticket_that_desk_keeps_is_declared(world: World) -> None:
    """Everything else goes; the letter names what a colleague does by hand, a note says which ticket."""
    a_rich_past(world)
    made = world.seed([], [old_ticket(ADA, "Years ago", "From Ada Moss", archived=True)])
    shelved = made["tickets"][0]["id"]
    ticket_id = requested(world)
    world.approve(ticket_id)
    assert world.case().state is State.CLOSED
    assert "a colleague deletes it by hand" in world.letters()[-1]["content"]
    assert any(shelved in note and "by hand" in note for note in world.notes(ticket_id))
    world.pass_time(31 * DAY)
    assert {record for _, record in places(world)} <= parts_of(world, shelved)


@pytest.mark.req("R-ERASE-3")
def test_a_ticket_that_is_worked_on_stays_and_is_declared(world: World) -> None:
    a_rich_past(world)
    running = world.seed([], [old_ticket(ADA, "New phone", "For Ada Moss", status="Open", closedTime=None)])
    ticket_id = requested(world)
    world.approve(ticket_id)
    assert world.case().state is State.CLOSED
    assert "it is a support request that is still open" in world.letters()[-1]["content"]
    assert world.zoho.get(f"/tickets/{running['tickets'][0]['id']}").json()["subject"] == "New phone"


@pytest.mark.req("R-ERASE-4", "R-PLAN-3")
def test_a_stubborn_record_leads_to_a_person_and_no_letter_claims_it(world: World) -> None:
    a_rich_past(world)
    ticket_id = requested(world)
    world.fault("error500", "POST", "/recycleBin/delete", times=1000)
    world.approve(ticket_id)
    world.pass_time(timedelta(hours=1), within=timedelta(hours=12))
    assert (world.sent(), world.case().state) == ({"identity": 1}, State.EXECUTING)
    (letter,) = dead_letters.every(world.app)
    assert letter.body["body"]["kind"] == "execute"
    world.zoho.bench("DELETE", "/faults")
    assert dead_letters.replay(world.app, letter, lambda _: ((), ()))
    world.settle(within=HOUR)
    assert (world.sent(), world.case().state) == ({"identity": 1, "erasure_done": 1}, State.CLOSED)


@pytest.mark.req("R-ERASE-6")
def test_a_person_may_stop_the_case_before_it_is_carried_out(world: World) -> None:
    a_rich_past(world)
    ticket_id = requested(world)
    world.note(ticket_id, "Reason: the contract is still running\nGround: Article 17(3)(b)", agent=1)
    world.macro(ticket_id, "Refuse", agent=1)
    assert world.case().state is State.REFUSED
    seen = world.last_call()
    world.macro(ticket_id, "Approve plan", agent=1)
    world.settle(within=HOUR)
    assert not [call for call in world.writes(seen) if "moveToTrash" in call or "recycleBin" in call]
    assert places(world, "Lindenweg 7")
