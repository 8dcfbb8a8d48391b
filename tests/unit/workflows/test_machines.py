"""Mail from machines (away notices, lists, bounces): it is never answered, proves nothing and decides nothing."""

from datetime import timedelta
from typing import Final

import pytest

from tests.fakes.crash_stories import ADA, asks, people
from tests.fakes.crashing import World
from zoho_privacy.domain.model import State

DELETE: Final = "Please delete all personal data you hold about me. Ada Moss"
MACHINES: Final = {
    "away": "Auto-Submitted: auto-replied\n",
    "outlook": "X-Auto-Response-Suppress: All\n",
    "list": "List-Id: News <news.example.com>\n",
    "bulk": "Precedence: bulk\n",
    "bounce": "Return-Path: <>\n",
    "report": "Content-Type: multipart/report; report-type=delivery-status\n",
}
EACH: Final = pytest.mark.parametrize("header", MACHINES.values(), ids=list(MACHINES))


def machine(world: World, ticket_id: str, text: str, header: str) -> None:
    """Let a machine write on a ticket as its customer."""
    world.clock.advance(timedelta(hours=1))
    thread = world.desk.add_thread(ticket_id, content=f"<div>{text}</div>")
    world.desk.add_mail(ticket_id, thread.id, f"{header}From: {ADA}\nSubject: Re: My data\n\n{text}")
    world.hears_of(ticket_id)


@EACH
@pytest.mark.req("R-VERIFY-5", "R-VERIFY-2")
def test_a_machine_that_sends_the_code_back_proves_nothing(header: str) -> None:
    """An away notice quotes what it answers, the code included."""
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, DELETE)
    machine(world, ticket_id, f"I am away. The code is {world.code}", header)
    assert [case.state for case in world.cases] == [State.AWAITING_PROOF]
    assert world.letters() == {"identity": 1}


@EACH
@pytest.mark.req("R-VERIFY-5", "R-INTAKE-2")
def test_a_machine_that_asks_gets_a_case_for_a_person_and_no_answer(header: str) -> None:
    world = World()
    ada, _ = people(world)
    world.begin()
    ticket = world.desk.add_ticket(contact_id=ada.id, subject="My data")
    machine(world, ticket.id, DELETE, header)
    assert [case.state for case in world.cases] == [State.WITH_PERSON]
    assert (world.letters(), len([n for n in world.writer.notes if "Nobody was answered" in n])) == ({}, 1)


@EACH
@pytest.mark.req("R-VERIFY-5", "R-VERIFY-13", "R-CLASS-3")
@pytest.mark.parametrize(
    ("text", "answer"), [(DELETE, "Good morning, I am away."), ("Please close my account.", "Yes")]
)
def test_a_machine_wakes_nothing_and_confirms_nothing(header: str, text: str, answer: str) -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, text)
    world.clock.advance(timedelta(days=4))
    world.rest()
    (before,) = world.cases
    assert before.state is (State.DORMANT if text == DELETE else State.WITH_PERSON)
    letters = world.letters()
    machine(world, ticket_id, answer, header)
    (after,) = world.cases
    assert (after.state, after.reason, world.letters()) == (before.state, before.reason, letters)
    world.mail(ticket_id, answer)
    assert world.cases[0].state is State.AWAITING_PROOF, "the same words of a person count"


@pytest.mark.req("R-VERIFY-5")
def test_a_bounce_is_known_by_its_sender_where_desk_keeps_no_source() -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, DELETE)
    world.mail(ticket_id, f"Undelivered: The code is {world.code}", author_email="MAILER-DAEMON@mx.example.com")
    assert [case.state for case in world.cases] == [State.AWAITING_PROOF]
