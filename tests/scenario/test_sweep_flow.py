"""Webhooks get lost; the sweep finds what none announced, once, and with the time the mail came in."""

from datetime import datetime

import pytest

from tests.scenario.world import CODE, COPY_ALL, DELETE_ALL, HOUR, SUPPORT, World
from zoho_privacy.domain.errors import DeskUnavailable
from zoho_privacy.domain.model import State
from zoho_privacy.workflows import sweep


def swept(world: World) -> None:
    """Let the index see everything, sweep, and let the suite work."""
    world.advance(HOUR / 4)
    sweep.run(world.app)
    world.settle()


def deaf(world: World) -> None:
    """Lose every delivery from now on."""
    world.zoho.bench("POST", "/webhooks/stress", {"lose": True})


@pytest.mark.req("R-INTAKE-2", "R-INTAKE-3")
def test_a_lost_ticket_is_found_with_its_time_of_receipt(world: World) -> None:
    world.ada()
    deaf(world)
    made = world.mail(DELETE_ALL)
    thread = world.zoho.get(f"/tickets/{made['ticketId']}/threads/{made['threadId']}").json()
    world.advance(3 * HOUR)
    assert world.cases == ()
    swept(world)
    case = world.case()
    assert case.due.received == datetime.fromisoformat(thread["createdTime"])
    assert len(world.letters()) == 1
    swept(world)
    swept(world)
    assert len(world.letters()) == 1


@pytest.mark.req("R-INTAKE-3", "R-INTAKE-4")
def test_a_late_delivery_after_the_sweep_changes_nothing(world: World) -> None:
    world.ada()
    deaf(world)
    ticket_id = world.mail(DELETE_ALL)["ticketId"]
    swept(world)
    world.zoho.bench("POST", "/webhooks/stress", {})
    world.touch(ticket_id)
    world.settle()
    assert (len(world.cases), len(world.letters())) == (1, 1)


@pytest.mark.req("R-INTAKE-3")
@pytest.mark.parametrize("moves", ["yes", "no"])
def test_a_lost_reply_is_found(stage: World, moves: str) -> None:
    """Whether a reply moves the ticket's time of change is not established: both are searched for."""
    world = stage.open(switches={"reply_moves_modified_time": moves})
    world.ada()
    ticket_id = world.mail(DELETE_ALL)["ticketId"]
    deaf(world)
    world.reply(ticket_id, world.found(CODE))
    assert world.case().state is State.AWAITING_PROOF
    swept(world)
    assert world.case().state is State.PLANNED


@pytest.mark.req("R-INTAKE-3", "R-TAG-2")
def test_lost_orders_of_agents_are_found(world: World) -> None:
    """A tag is announced by nobody at all, a macro's event may get lost."""
    world.ada()
    ticket_id = world.mail(DELETE_ALL)["ticketId"]
    deaf(world)
    world.tag(ticket_id, "privacy-verified", agent=0)
    assert world.case().state is State.AWAITING_PROOF
    swept(world)
    assert world.case().state is State.PLANNED
    world.macro(ticket_id, "Approve plan", agent=1)
    assert world.case().state is State.PLANNED
    swept(world)
    world.settle(within=HOUR)
    assert world.case().state is State.CLOSED


@pytest.mark.req("R-INTAKE-3", "R-CLASS-4")
def test_the_sweep_leaves_ordinary_tickets_alone(world: World) -> None:
    deaf(world)
    ticket_id = world.mail("Our printer is out of toner.", to=SUPPORT)["ticketId"]
    dump, seen = world.stored(ticket_id), world.last_call()
    swept(world)
    assert world.calls(seen)
    assert world.stored(ticket_id) == dump
    assert world.writes(seen) == []


@pytest.mark.req("R-INTAKE-3")
def test_a_mail_that_the_index_does_not_show_yet_is_found_by_the_next_sweep(stage: World) -> None:
    world = stage.open(switches={"search_lag_seconds": "600"})
    world.ada()
    deaf(world)
    world.mail(COPY_ALL)
    sweep.run(world.app)
    world.settle()
    assert world.cases == ()
    world.advance(HOUR)
    swept(world)
    assert world.case().state is State.AWAITING_PROOF


@pytest.mark.req("R-INTAKE-3", "R-PLAN-5")
def test_a_dry_run_and_an_empty_purse_only_look(world: World) -> None:
    world.ada()
    deaf(world)
    world.mail(DELETE_ALL)
    world.advance(HOUR / 4)
    (report,) = sweep.run(world.app, dry_run=True)
    assert (report.looked_at, report.listed > 0, world.cases) == (0, True, ())
    world.zoho.bench("POST", "/credits", {"remaining": 50})
    world.app.desks[world.org].read.portal()
    (report,) = sweep.run(world.app)
    assert "reserve" in report.stopped
    assert world.cases == ()
    world.zoho.bench("POST", "/credits", {"remaining": None})
    world.app.desks[world.org].read.portal()
    swept(world)
    assert world.case().state is State.AWAITING_PROOF


@pytest.mark.req("R-INTAKE-3")
def test_a_sweep_that_fails_half_way_skips_nothing(world: World) -> None:
    world.ada()
    deaf(world)
    world.mail(DELETE_ALL)
    world.mail(COPY_ALL, sender="ben.orlov@example.org", name="Ben Orlov")
    world.advance(HOUR / 4)
    fault = world.fault("error500", "GET", r"/tickets/\d+$", times=100, skip=1)
    with pytest.raises(DeskUnavailable):
        sweep.run(world.app)
    world.zoho.bench("DELETE", f"/faults/{fault}")
    swept(world)
    assert world.states() == {"deletion": "awaiting_proof", "access": "awaiting_proof"}
    assert (len(world.letters()), len(world.letters("ben.orlov@example.org"))) == (1, 1)
