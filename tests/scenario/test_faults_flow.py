"""Zoho fails in every way it can, in the middle of everything: the story ends the same, and each letter left once."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import pytest

from tests.scenario.test_erasure_flow import parts_of, places
from tests.scenario.world import ADA, CODE, DAY, DELETE_ALL, HOUR, VERIFY, World, post
from zoho_privacy.domain.model import State

KINDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "error500": {},
    "error500_after_write": {},
    "drop_before": {},
    "drop_after_write": {},
    "unauthorised": {},
    "busy": {},
    "credits_gone": {"retryAfter": 600},
    "slow": {"seconds": 0.05},
}
WRITES: Final = (
    ("POST", "/sendReply"),
    ("POST", "/comments$"),
    ("POST", "/associateTag"),
    ("POST", "/dissociateTag"),
    ("PATCH", r"/tickets/\d+$"),
    ("PATCH", r"/contacts/\d+$"),
    ("POST", "/tickets/moveToTrash"),
    ("POST", "/contacts/moveToTrash"),
    ("POST", "/recycleBin/delete"),
)
PATIENCE: Final = timedelta(hours=2)


def story(world: World) -> str:
    """Play a deletion to the end of its conversation, with patience for whatever goes wrong."""
    world.ada(comments=[{"content": "Ada Moss likes mornings"}], portalUser=True)
    ticket_id = world.zoho.mail(subject="Delete my data", text=DELETE_ALL)["ticketId"]
    world.settle(within=PATIENCE)
    world.reply(ticket_id, world.found(CODE))
    world.settle(within=PATIENCE)
    assert world.case().state is State.PLANNED
    world.macro(ticket_id, "Approve plan", agent=1)
    world.settle(within=PATIENCE)
    assert world.case().state is State.CLOSED
    return ticket_id


def ended_well(world: World, ticket_id: str) -> None:
    """Check what left and what stayed: one letter of each, one note, nothing of the person, nothing given up."""
    assert world.sent() == {"identity": 1, "erasure_done": 1}
    assert len(world.letters()) == 2
    stored = world.stored(ticket_id)
    assert len([thread for thread in stored["thread"] if thread["direction"] == "out"]) == 2
    notes = Counter(str(note["content"]) for note in stored["comment"])
    assert set(notes.values()) <= {1}
    assert len([note for note in notes if "Erasure plan" in note]) == 1
    assert world.field(ticket_id) == "closed"
    assert world.field(ticket_id, "cf_privacy_action") == ""
    assert {record for _, record in places(world)} <= parts_of(world, ticket_id)
    world.zoho.bench("DELETE", "/faults")
    world.pass_time(31 * DAY, within=PATIENCE)
    assert not places(world)
    assert world.dead() == []


@pytest.mark.req("R-PLAN-3", "R-INTAKE-4", "R-ERASE-4")
@pytest.mark.parametrize("kind", KINDS)
def test_trouble_at_many_moments_changes_nothing(world: World, kind: str) -> None:
    """Calls here and there, whatever they are, meet the trouble once each."""
    faults = [world.fault(kind, "", "/api/v1/", skip=skip, **KINDS[kind]) for skip in (1, 4, 9, 9, 12, 18, 25, 40)]
    ticket_id = story(world)
    assert sum(world.struck(fault) for fault in faults) == len(faults)
    ended_well(world, ticket_id)


@pytest.mark.req("R-PLAN-3", "R-INTAKE-4", "R-CLOCK-2")
@pytest.mark.parametrize("kind", ["error500_after_write", "drop_after_write", "error500", "unauthorised"])
def test_a_write_whose_answer_is_lost_is_not_done_twice(world: World, kind: str) -> None:
    """Every kind of write loses its first answer; letters and notes are looked for before they are sent again."""
    faults = [world.fault(kind, method, path) for method, path in WRITES]
    ticket_id = story(world)
    early = faults[: WRITES.index(("POST", "/contacts/moveToTrash"))]
    assert [world.struck(fault) for fault in early] == [1] * len(early)
    ended_well(world, ticket_id)


@pytest.mark.req("R-PLAN-3", "R-CLOCK-2")
def test_a_letter_that_never_gets_a_clear_answer_is_sent_once(world: World) -> None:
    """The first attempt landed, its answer did not; the process is started anew before the next one."""
    world.ada()
    world.fault("drop_after_write", "POST", "/sendReply")
    world.zoho.mail(subject="Delete my data", text=DELETE_ALL)
    world.settle()
    assert world.sent() == {}
    world.restart()
    world.settle(within=PATIENCE)
    assert (world.sent(), len(world.letters())) == ({"identity": 1}, 1)
    assert post(world.found(VERIFY)).status_code == 200


@pytest.mark.req("R-PLAN-5")
def test_a_pause_that_zoho_asks_for_is_kept(world: World) -> None:
    """Out of credits for half an hour: until then there is no call, then everything goes on."""
    world.ada()
    fault = world.fault("credits_gone", "GET", r"/tickets/\d+$", times=1, retryAfter=1800)
    world.zoho.mail(subject="Delete my data", text=DELETE_ALL)
    world.settle()
    assert world.struck(fault) == 1
    seen = world.last_call()
    world.pass_time(timedelta(minutes=29))
    assert world.calls(seen) == []
    world.pass_time(timedelta(minutes=2))
    assert world.case().state is State.AWAITING_PROOF
    assert [letter["to"] for letter in world.letters()] == [ADA]


@pytest.mark.req("R-SEC-2", "R-SEC-6")
def test_a_permission_that_is_missing_calls_for_a_person(world: World) -> None:
    """Nothing is lost: the letter rests, and goes out when the permission is there and somebody replays it."""
    world.ada()
    admin = next(agent["id"] for agent in world.zoho.info()["agents"] if agent["admin"])
    ticket_id = world.asks_for_deletion()
    world.zoho.bench("POST", "/agent/permissions", {"agentId": admin, "permissions": {"recycleBin": False}})
    world.approve(ticket_id)
    assert world.case().state is State.EXECUTING
    (letter,) = world.dead()
    assert "DeskForbidden" in letter["reason"]
    assert world.sent() == {"identity": 1}


@pytest.mark.req("R-SEC-3", "R-PLAN-3")
def test_a_token_that_ends_in_the_middle_is_renewed(world: World) -> None:
    world.ada()
    ticket_id = world.mail(DELETE_ALL)["ticketId"]
    world.advance(2 * DAY)
    world.fault("unauthorised", "GET", "", times=2)
    world.reply(ticket_id, world.found(CODE))
    world.settle(within=HOUR)
    assert world.case().state is State.PLANNED
