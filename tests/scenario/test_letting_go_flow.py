"""Four ways to let a ticket go, each judged by what the portal really stores and by what the letter claims."""

import base64
from typing import Any, Final

import pytest

from tests.scenario.test_erasure_flow import PERSON, a_rich_past, parts_of, places, requested
from tests.scenario.world import ADA, DAY, HOUR, World, old_ticket
from zoho_privacy.domain.model import State
from zoho_privacy.workflows import sweep

RULES: Final = """
[[rules]]
id = "keep-all"
clause = "P8-holds"
basis = "legal obligation"
action = "keep"
reason = "nothing is due in this story"

[[rules]]
id = "tickets"
clause = "P8-tickets"
basis = "contract"
action = "erase"
start = "closed"
period_days = 3650
reason = "never reached, the rule above beats it"

[erasure]
"""
WHO: Final = PERSON[:3]  # name, address and number; the rest of what the desk knows of her is about her laptop
BOB: Final = "bob.stone@example.org"


def the_past_goes(stage: World, **ways: Any) -> tuple[World, list[str], str]:
    """Let Ada be erased by these ways; return the world, her old tickets and the request's."""
    switches = {"sar_step_seconds": "0"} | ways.pop("switches", {})
    stage.schedule = RULES + "".join(f"{name} = {value!r}\n" for name, value in ways.items())
    world = stage.open(switches=switches)
    made = a_rich_past(world)
    ticket_id = requested(world)
    world.approve(ticket_id)
    return world, [ticket["id"] for ticket in made["tickets"]], ticket_id


def twins(world: World) -> list[dict[str, Any]]:
    """Return what stands in the place of deleted tickets."""
    made = world.app.store.get(world.org, "placeholder", "contact")
    departments = [department["id"] for department in world.zoho.info()["departments"]]
    read = world.app.desks[world.org].read
    ids = [each.id for one in departments for each in read.newest_tickets(made.body["id"], one)] if made else []
    return [world.stored(each)["ticket"] for each in ids]


@pytest.mark.req("R-ERASE-1", "R-ERASE-2", "R-ERASE-4")
def test_a_rebuilt_ticket_keeps_the_work_and_nobody(stage: World) -> None:
    """The original is gone on every path, nobody was told of the copy, and nobody is asked anything about it."""
    world, old, ticket_id = the_past_goes(stage, alone="rebuild")
    assert world.case().state is State.CLOSED
    assert world.sent() == {"identity": 1, "erasure_done": 1}
    for each in old:
        assert world.zoho.get(f"/tickets/{each}").status_code == 404
    assert {record for _, record in places(world, *WHO)} <= parts_of(world, ticket_id)
    copies = twins(world)
    assert len(copies) == 2
    for copy in copies:
        stored = world.stored(copy["id"])
        assert stored["ticket"]["email"] is None
        assert stored["ticket"]["statusType"] == "Closed"
        assert "privacy-redacted" in world.tags(copy["id"])
    laptop = next(copy for copy in copies if copy["subject"].startswith("Laptop"))
    assert "It sleeps for ever" in str(world.stored(laptop["id"]))
    assert "has a new" in str(world.stored(laptop["id"])["ticket"]["resolution"])
    assert {mail["to"] for mail in world.zoho.outbox()} == {ADA}
    cases = len(world.cases)
    sweep.run(world.app)
    world.settle()
    assert len(world.cases) == cases
    world.pass_time(31 * DAY)
    assert places(world, *WHO) == {}
    assert len(twins(world)) == 2


@pytest.mark.req("R-ERASE-2")
def test_a_shared_ticket_is_rebuilt_without_one_person_and_with_the_other(stage: World) -> None:
    stage.schedule = RULES + 'shared = "rebuild"\n\n[files]\ncarried = true\n'
    world = stage.open()
    log = base64.b64encode(b"Ada Moss called, Bob Stone answered: E-0x8007").decode()
    bob = {"firstName": "Bob", "lastName": "Stone", "email": BOB}
    shared = old_ticket(
        ADA, "VPN of Ada Moss", "Neither of us gets in, ask bob.stone@example.org. Ada Moss", secondaryContacts=[BOB],
        attachments=[{"name": "call.log", "contentBase64": log}],
    )  # fmt: skip
    (old,) = world.seed([{"firstName": "Ada", "lastName": "Moss", "email": ADA}, bob], [shared])["tickets"]
    ticket_id = requested(world)
    world.approve(ticket_id)
    assert world.case().state is State.CLOSED
    assert world.zoho.get(f"/tickets/{old['id']}").status_code == 404
    (copy,) = twins(world)
    told = str(world.stored(copy["id"]))
    (file,) = world.app.desks[world.org].read.attachments(copy["id"])
    assert b"".join(world.app.desks[world.org].read.download(file)).endswith(b"Bob Stone answered: E-0x8007")
    assert BOB in told
    assert "Moss" not in told
    assert {record for _, record in places(world, *WHO[:2])} <= parts_of(world, ticket_id)
    assert world.zoho.stored(BOB)


@pytest.mark.req("R-ERASE-2", "R-ERASE-8")
def test_an_archived_ticket_that_desk_keeps_does_not_go_with_the_persons_record(stage: World) -> None:
    """No list of hers shows it, and another person takes part in it: her record is overwritten and stays."""
    stage.schedule = RULES + 'shared = "rebuild"\n'
    world = stage.open()
    shelved = old_ticket(ADA, "Years ago", "From Ada Moss and Bob", archived=True, secondaryContacts=[BOB])
    bob = {"firstName": "Bob", "lastName": "Stone", "email": BOB}
    (old,) = world.seed([{"firstName": "Ada", "lastName": "Moss", "email": ADA}, bob], [shelved])["tickets"]
    ticket_id = requested(world)
    world.approve(ticket_id)
    assert "a colleague deletes it by hand" in world.letters()[-1]["content"]
    world.pass_time(31 * DAY)
    assert world.stored(old["id"])["ticket"]["subject"] == "Years ago"


@pytest.mark.req("R-API-2", "R-ERASE-4")
@pytest.mark.parametrize("effect", ["permanent", "trash", "nothing", "blank"])
def test_zohos_own_erasure_is_believed_only_after_reading_back(stage: World, effect: str) -> None:
    """Where it does less than its name, a person is called instead of a letter being sent."""
    world, old, _ = the_past_goes(stage, alone="native", switches={"sar_erase_effect": effect})
    states = {world.zoho.get(f"/tickets/{each}").status_code for each in old}
    if effect == "permanent":
        assert world.case().state is State.CLOSED
        assert states == {404}
        assert world.sent() == {"identity": 1, "erasure_done": 1}
    else:
        assert world.case().state is State.WITH_PERSON
        assert world.sent() == {"identity": 1}


@pytest.mark.req("R-ERASE-1", "R-ERASE-4")
def test_zohos_record_of_an_erasure_is_declared_also_by_the_plan_that_follows(stage: World) -> None:
    """One ticket is gone by Zoho's own function, the other is open again: the new plan asks Zoho for nothing."""
    stage.schedule = RULES + 'alone = "native"\n'
    world = stage.open(switches={"sar_step_seconds": "0"})
    (_, other) = (ticket["id"] for ticket in a_rich_past(world)["tickets"])
    ticket_id = requested(world)
    world.zoho.patch(f"/tickets/{other}", {"status": "Open"})
    world.approve(ticket_id)
    assert world.case().state is State.PLANNED
    assert "native_erase_ticket" not in {action.type for action in world.plan().actions}
    world.approve(ticket_id)
    assert "keeps a record of the deletion request" in world.letters()[-1]["content"]


@pytest.mark.req("R-ERASE-1")
def test_what_was_only_masked_is_never_called_erased(stage: World) -> None:
    world, old, _ = the_past_goes(stage, alone="mask")
    assert world.case().outcome == "masked"
    letter = world.letters()[-1]["content"]
    assert "We have deleted your data as you asked" not in letter
    assert "message" in letter
    for each in old:
        assert world.zoho.get(f"/tickets/{each}").status_code == 200


TROUBLE: Final = ("error500_after_write", "drop_after_write", "busy")
MAKES: Final = (
    ("POST", "/contacts$"),
    ("POST", "/tickets$"),
    ("POST", "/comments$"),
    ("POST", "/associateTag"),
    ("PATCH", r"/tickets/\d+$"),
    ("POST", "/tickets/moveToTrash"),
    ("POST", "/recycleBin/delete"),
    ("GET", r"/tickets/\d+/comments"),
)


@pytest.mark.req("R-PLAN-3", "R-ERASE-4")
@pytest.mark.parametrize("trouble", TROUBLE)
def test_a_rebuild_in_trouble_leaves_one_copy_of_each_and_no_original(stage: World, trouble: str) -> None:
    """Every call that writes meets the trouble twice; what landed is found, never sent again."""
    stage.schedule = RULES + 'alone = "rebuild"\n'
    world = stage.open()
    a_rich_past(world)
    ticket_id = requested(world)
    for method, path in MAKES:
        world.fault(trouble, method, path, times=2)
    world.approve(ticket_id)
    world.settle(within=2 * HOUR)
    assert world.case().state is State.CLOSED
    copies = twins(world)
    assert len(copies) == len({copy["subject"] for copy in copies}) == 2
    for copy in copies:
        notes = [note["content"].split(" ")[0] for note in world.stored(copy["id"])["comment"]]
        assert len(notes) == len(set(notes)) > 0
    assert {record for _, record in places(world, *WHO)} <= parts_of(world, ticket_id)
    placeholders = [
        c for c in world.zoho.get("/contacts", limit=100).json()["data"] if "Redacted person" in c["lastName"]
    ]
    assert len(placeholders) == 1
    assert world.dead() == []


@pytest.mark.req("R-ERASE-2", "R-ERASE-4")
def test_a_file_on_a_shared_ticket_is_replaced_by_its_redacted_copy(stage: World) -> None:
    """The portal stores no byte of the old one, the other person's part is whole, what cannot be redacted is held."""
    stage.schedule = RULES + 'shared = "mask"\n'
    world = stage.open()
    log = b"10:00 Ada Moss (ada.moss@example.net) called\n10:05 Bob Stone answered, error E-0x8007\n"
    files = [("call.log", log), ("scan.pdf", b"%PDF Ada Moss")]
    shared = old_ticket(
        ADA, "VPN", "Neither of us gets in.", secondaryContacts=[BOB],
        attachments=[{"name": name, "contentBase64": base64.b64encode(data).decode()} for name, data in files],
    )  # fmt: skip
    bob = {"firstName": "Bob", "lastName": "Stone", "email": BOB}
    (old,) = world.seed([{"firstName": "Ada", "lastName": "Moss", "email": ADA}, bob], [shared])["tickets"]
    ticket_id = requested(world)
    world.approve(ticket_id)
    world.settle(within=2 * HOUR)
    assert world.case().state is State.CLOSED
    read = world.app.desks[world.org].read
    left = {each.name: b"".join(read.download(each)) for each in read.attachments(old["id"])}
    assert set(left) == {"call.log", "scan.pdf"}
    assert b"Bob Stone answered, error E-0x8007" in left["call.log"]
    assert not any(word in left["call.log"] for word in (b"Moss", b"ada.moss"))
    assert [each.code for each in world.plan().kept if each.type == "file"] == ["file-hold"]
    stored = [place["recordId"] for place in world.zoho.stored(ADA) if place["where"] == "attachment"]
    assert stored == []
    assert world.dead() == []
