"""Effects happen once, even when the process is killed between any two lines.

First in memory, at every single call that changes anything: desk, store, files. Then for real, by SIGKILL, at each
write of an erasure on the emulator.
"""

import re
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest

from tests.emulator_process import Emulator
from tests.fakes.crash_stories import STORIES, calm, disturbed, end
from tests.service_process import Service

IN_FULL: Final = (
    "access",
    "erasure",
    "held",
    "masked",
    "native",
    "no proof",
    "rebuilt",
    "shared erasure",
)  # in property/ the combined one too
BOTH_SIDES: Final = "erasure"  # "before a call" leaves what "after the one before" leaves: one story tries both


@pytest.mark.req("R-PLAN-3", "R-INTAKE-4", "R-ERASE-4")
@pytest.mark.parametrize("name", IN_FULL)
def test_killed_at_any_change_it_ends_as_if_nothing_had_happened(name: str) -> None:
    """Each letter, note and export once, nothing destroyed early, everything in the end, the ledger whole."""
    quiet, points = calm(name)
    assert not quiet.waiting
    assert not quiet.buried
    assert not quiet.too_early
    assert not quiet.faults
    assert set(quiet.letters.values()) == ({1, 2} if name == "held" else {1}), "once for each plan"
    for point, where in points.items():
        if point % 2 or name == BOTH_SIDES:
            world = disturbed(name, point)
            assert world.fuse.kills == 1
            assert end(world) == quiet, f"{name}, killed {where}, point {point}"


@pytest.mark.req("R-PLAN-3")
@pytest.mark.parametrize("name", ["access", "erasure"])
def test_killed_twice_it_still_does_everything_once(name: str) -> None:
    """The second kill strikes within the first few changes of the restart, while it picks up what was left."""
    quiet, points = calm(name)
    twice = 0
    for point, where in list(points.items())[1::4]:
        world = disturbed(name, point, point % 11)
        twice += (
            world.fuse.kills == 2
        )  # a call that lost a race has no point after it, and late ones have few calls left
        assert end(world) == quiet, f"{name}, killed {where}, point {point}, and again"
    assert twice > len(points) / 4 * 0.8


def test_the_stories_say_what_they_are_about() -> None:
    """The comparison would prove little if a quiet story did little."""
    ends = {name: calm(name)[0] for name in STORIES}
    assert ends["erasure"].held_by_desk["contacts"] == ends["erasure"].held_by_desk["tickets"] == {}
    assert ends["erasure"].letters == {"identity": 1, "erasure_done": 1}
    assert sum(ends["erasure"].journal.values()) == 9
    assert ends["access"].letters == {"identity": 1, "export_ready": 1}
    assert [name.rsplit("/")[-1] for name in ends["access"].files] == ["package"]
    (left,) = ends["shared erasure"].held_by_desk["tickets"].values()
    assert left[:2] == ("VPN of [name removed]", "from [email removed]")
    assert left[4] == ["vip"], "a tag that named her is gone"
    assert ends["held"].letters == {"identity": 1, "erasure_done": 2}
    assert ends["held"].ledger["hold_ended", ""] == 2, "of the hold, and of the case"
    assert ends["held"].held_by_desk["contacts"] == ends["held"].held_by_desk["tickets"] == {}
    assert ends["no proof"].letters == {"recipient_list": 1, "opt_out_done": 1}
    assert {case[1] for each in ends.values() for case in each.cases} == {"closed"}


# ------------------------------------------------------------------------------------------------------- for real

WRITES: Final = (
    ("POST", "/tickets/moveToTrash$"),
    ("POST", "/recycleBin/delete$"),
    ("POST", "/sendReply$"),
    ("DELETE", "/contacts/[0-9]+/comments/"),
    ("POST", "/users/[0-9]+/anonymize$"),
    ("PATCH", "/contacts/[0-9]+$"),
)
"""The writes of an erasure that cannot be taken back, in the order in which they come."""
MOMENTS: Final = ("stall_before", "stall_after_write")
NAMES: Final = tuple(f"Moss{letter}" for letter in "abcdefghijkl")
LEASE_S: Final = 11 * 60
LAST_STAGE_S: Final = 31 * 86400


def a_person(name: str) -> dict[str, Any]:
    """Order a person with one of everything that an erasure touches."""
    return {
        "firstName": "Ada",
        "lastName": name,
        "email": address(name),
        "country": "Germany",
        "createdTime": "2024-01-01T09:00:00.000Z",
        "comments": [{"content": f"{name} likes the morning"}],
        "portalUser": True,
    }


def a_past(name: str) -> dict[str, Any]:
    """Order a closed ticket of that person."""
    came, ended = "2025-03-01T09:00:00.000Z", "2025-03-02T09:00:00.000Z"
    thread = {"direction": "in", "from": address(name), "content": f"<p>{name} here</p>", "createdTime": came}
    return {
        "contact": address(name),
        "subject": f"Printer of {name}",
        "createdTime": came,
        "closedTime": ended,
        "threads": [thread],
    }


def address(name: str) -> str:
    return f"ada.{name.casefold()}@example.net"


def letters(zoho: Emulator, name: str) -> list[str]:
    """Return the replies this person got."""
    return [mail["content"] for mail in zoho.outbox(to=address(name)) if mail["kind"] == "reply"]


def everybody_is_planned(zoho: Emulator, service: Service) -> dict[str, str]:
    """Let everybody ask to be erased and prove who they are; return the ticket of each."""
    text = "Please delete all personal data you hold about me."
    tickets = {
        name: zoho.mail(sender=address(name), name=f"Ada {name}", subject="Delete my data", text=text)["ticketId"]
        for name in NAMES
    }
    service.rest(cases={"awaiting_proof": len(NAMES)})
    for name in NAMES:
        (letter,) = letters(zoho, name)
        code = re.search(r">(\w{5}-\w{5})<", letter)
        assert code is not None
        answer = {"sender": address(name), "inReplyToTicketId": tickets[name], "subject": "Re: Delete my data"}
        zoho.mail(text=f"My code is {code[1]}", **answer)
    service.rest(cases={"planned": len(NAMES)})
    return tickets


def approve(zoho: Emulator, ticket_id: str) -> None:
    """Let a second agent approve the plan by macro."""
    agent = zoho.info()["agents"][1]["id"]
    fields = {"cf": {"cf_privacy_action": "Approve plan"}}
    zoho.bench("POST", "/macro", {"ticketIds": [ticket_id], "agentId": agent, "name": "Approve", "fields": fields})


@pytest.mark.req("R-PLAN-3", "R-ERASE-4")
@pytest.mark.timeout(400)
def test_killed_at_each_write_of_an_erasure_everybody_is_erased_once(tmp_path: Path) -> None:
    """SIGKILL right before a write reaches Desk, or right after it landed and before Desk could say so."""
    state = tmp_path / "state"
    kills = [(method, path, kind) for method, path in WRITES for kind in MOMENTS]
    with Emulator.start(switches={"search_lag_seconds": "0"}) as zoho:
        zoho.bench("POST", "/seed", {"contacts": list(map(a_person, NAMES)), "tickets": list(map(a_past, NAMES))})
        service = Service.start(zoho.url, state, "--quiet")
        try:
            tickets = everybody_is_planned(zoho, service)
            for done, (name, (method, path, kind)) in enumerate(zip(NAMES, kills, strict=True)):
                order = {"match": {"method": method, "pathRegex": path}, "kind": kind, "times": 1}
                fault = zoho.bench("POST", "/faults", order)["faultId"]
                approve(zoho, tickets[name])
                zoho.wait_for_hits(fault, 1, patience_s=20)
                service.kill()
                zoho.bench("DELETE", f"/faults/{fault}")
                zoho.advance(LEASE_S)
                service = Service.start(zoho.url, state, "--quiet", port=service.port)
                service.rest(
                    cases={"fulfilled": done + 1, "planned": len(NAMES) - done - 1} if name != NAMES[-1] else None
                )
            later = datetime.fromisoformat(zoho.advance(LAST_STAGE_S))
            while datetime.fromisoformat(service.status()["now"]) < later:
                time.sleep(0.02)  # a clock over HTTP is a moment old; asked too soon, nothing is due yet
            status = service.rest(cases={"fulfilled": len(NAMES)})  # recipients elsewhere have not answered
            assert status["dead_letters"] == 0
            assert service.command("ledger", "verify")[0] == 0
        finally:
            service.kill()
        assert {name: len(letters(zoho, name)) for name in NAMES} == dict.fromkeys(NAMES, 2)
        assert zoho.stored(*NAMES) == []
        assert not zoho.bench("GET", "/verdict")["failed"]
