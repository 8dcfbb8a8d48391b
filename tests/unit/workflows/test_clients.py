"""Data that we process for a client: who is told, who decides, and what nobody else learns."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import pytest

from tests.builders import ORG
from tests.fakes.crash_stories import ADA, people
from tests.fakes.crashing import World
from zoho_privacy.domain import records as r
from zoho_privacy.domain.model import Case, Client, Kind, Role, State
from zoho_privacy.workflows import clients

NORTHWIND: Final = "Northwind Example Ltd"
CONTACT: Final = "privacy@northwind.example.com"
ACCOUNT: Final = "8800"
DELETE: Final = "Please delete all personal data you hold about me. Ada Moss"
COPY: Final = "Please send me a copy of all personal data you hold about me. Ada Moss"
NO_SALE: Final = "Also, do not sell or share my personal information."


def at(world: World, text: str, **client: Any) -> str:
    """Let Ada, who belongs to a client, write a new ticket; return its id."""
    known = Client(NORTHWIND, contact=CONTACT, contract="MSA-12")
    world.clients = {ACCOUNT: replace(known, **client)}
    ada, _ = people(world)
    held = world.desk.contacts[ada.id]
    held.contact = replace(held.contact, account_id=ACCOUNT)
    world.begin()
    ticket = world.desk.add_ticket(contact_id=ada.id, subject="My data")
    world.mail(ticket.id, text)
    return ticket.id


def letters(world: World, to: str) -> list[str]:
    return [html for _, address, html in world.writer.sent if address == to]


def by_id(world: World) -> Mapping[str, Case]:
    return {case.id: case for case in world.cases}


def last(world: World, ticket_id: str) -> r.Thread:
    return world.desk.tickets[ticket_id].threads[-1]


@pytest.mark.req("R-PROC-1", "R-PROC-2", "R-CLOCK-11")
def test_the_client_gets_the_request_unseen_and_the_person_hears_who_decides() -> None:
    world = World()
    ticket_id = at(world, DELETE, days=5)
    (case,) = world.cases
    assert (case.state, case.processor_for, case.due.due) == (State.ROUTED, NORTHWIND, date(2026, 3, 7))
    assert any("the client's contract: 5 calendar days" in line for line in case.due.why)
    (told,), (asked,) = letters(world, ADA), letters(world, CONTACT)
    assert NORTHWIND in told
    assert all(word in asked for word in (ADA, "MSA-12", "the deletion of the person", "7 March 2026"))
    seen = {t.to: t.visibility for t in world.desk.tickets[ticket_id].threads if t.direction == "out"}
    assert seen == {ADA: "public", CONTACT: "private"}
    assert [entry.result for entry in world.entries() if entry.what == "sent_on"] == ["letter"]


@pytest.mark.req("R-PROC-2")
def test_without_a_registered_contact_agents_are_asked_to_send_it_on_within_two_business_days() -> None:
    world = World()
    at(world, DELETE, contact="")
    assert [address for _, address, _ in world.writer.sent] == [ADA]
    assert any(f"Send this request on to {NORTHWIND} by 2026-03-04" in note for note in world.writer.notes)


@pytest.mark.req("R-CLOCK-11", "R-CLOCK-3", "R-PROC-4")
@pytest.mark.parametrize(("days", "until"), [(5, None), (45, date(2026, 4, 16)), (None, date(2026, 6, 2))])
def test_no_law_extends_what_the_contract_gives_us(days: int | None, until: date | None) -> None:
    world = World()
    ticket_id = at(world, DELETE, days=days)
    world.desk.add_comment(ticket_id, "Reason: many systems", commenter_id="701")
    world.macro(ticket_id, "Extend")
    (case,) = world.cases
    assert case.due.extended_to == until
    assert case.due.legal_due == (until or date(2026, 3, 7))
    assert world.letters()["extension"] == (1 if until else 0)
    assert any("contract gives us until 2026-03-07" in text for text in world.writer.notes) is (until is None)


@pytest.mark.req("R-CLOCK-4", "R-CLOCK-11")
@pytest.mark.parametrize("days", [5, None])
def test_a_question_does_not_stop_the_contracts_clock(days: int | None) -> None:
    """British law lets the days of a clarification not count; the contract knows nothing of it."""
    world = World()
    ada, _ = people(world)
    held = world.desk.contacts[ada.id]
    held.contact = replace(held.contact, account_id=ACCOUNT, country="United Kingdom")
    world.clients = {ACCOUNT: Client(NORTHWIND, contact=CONTACT, days=days)}
    world.begin()
    ticket_id = world.desk.add_ticket(contact_id=ada.id, subject="My data").id
    world.mail(ticket_id, DELETE)
    due = world.cases[0].due.legal_due
    world.desk.add_comment(ticket_id, "Question: Which of your addresses?", commenter_id="701")
    world.macro(ticket_id, "Ask back")
    world.clock.advance(timedelta(days=2))
    world.mail(ticket_id, "The one in Leeds.")
    assert world.letters()["question"] == 1
    assert (world.cases[0].due.legal_due > due) is (days is None)


@pytest.mark.req("R-PROC-3", "R-PROC-5")
def test_a_client_that_writes_again_is_still_the_client() -> None:
    """Its second message is no request of the contact's own: nobody asks the contact to prove who they are."""
    world = World()
    ticket_id = at(world, DELETE)
    world.desk.add_contact(first_name="Pat", last_name="Hill", email=CONTACT)
    for text in ("Please delete all of her data.", "Please also delete all personal data in the old tickets."):
        world.mail(ticket_id, text, author_email=CONTACT)
    (case,) = world.cases
    assert (case.state, case.reason) == (State.WITH_PERSON, clients.INSTRUCTED)
    assert len([text for text in world.writer.notes if "client's contact has" in text]) == 2
    assert world.letters() == {"processor": 1, "client_request": 1}


@pytest.mark.req("R-PROC-3")
@pytest.mark.parametrize(("dmarc", "doubt"), [("pass", ""), ("fail", "dmarc_failed")])
def test_the_word_of_the_registered_contact_is_read_by_a_person_who_acts(dmarc: str, doubt: str) -> None:
    """It erases nothing by itself, whatever it says; a doubtful one is told as such."""
    world = World()
    ticket_id = at(world, DELETE)
    thread = world.desk.add_thread(ticket_id, content="<p>Please delete all of her data.</p>", author_email=CONTACT)
    app, ticket = world.app(), world.desk.tickets[ticket_id].ticket
    assert clients.hear(app, app.desks[ORG], ticket, thread, {"dmarc": dmarc})
    world.hears_of(ticket_id)
    (case,) = world.cases
    assert (case.state, case.reason) == (State.WITH_PERSON, "the client has answered: read its instruction")
    assert [entry.who for entry in world.entries() if entry.what == "instructed"] == ["client"]
    (note,) = [text for text in world.writer.notes if "The client's contact has answered" in text]
    assert note.startswith(f"The sender is doubtful ({doubt})" if doubt else "The client's contact")
    world.macro(ticket_id, "Mark verified")
    assert world.cases[0].state is State.PLANNED


@pytest.mark.req("R-PROC-3", "R-VERIFY-5")
def test_nobody_else_instructs() -> None:
    world = World()
    ticket_id = at(world, DELETE)
    world.mail(ticket_id, "Yes, do it. Signed: Northwind", author_email="boss@northwind.example.com")
    assert {case.state for case in world.cases} == {State.ROUTED}


@pytest.mark.req("R-PROC-6", "R-CLASS-2")
def test_what_is_ours_and_what_is_the_clients_are_two_cases_with_two_clocks_and_one_letter() -> None:
    world = World()
    ticket_id = at(world, DELETE, role=Role.BOTH, days=5)
    theirs, ours = by_id(world)[f"{ticket_id}-deletion"], by_id(world)[f"{ticket_id}-deletion-own"]
    assert (theirs.state, theirs.due.due) == (State.ROUTED, date(2026, 3, 7))
    assert (ours.state, ours.due.due, ours.processor_for) == (State.AWAITING_PROOF, date(2026, 4, 1), None)
    (told,) = letters(world, ADA)
    assert all(word in told for word in (NORTHWIND, world.code, "an answer of its own"))
    assert len(letters(world, CONTACT)) == 1
    opened = [entry.case_id for entry in world.entries() if entry.what == "case_opened"]
    assert sorted(opened) == sorted([theirs.id, ours.id]), "each has its own evidence"


@pytest.mark.req("R-PROC-6", "R-PROC-3")
@pytest.mark.parametrize("text", [DELETE, COPY])
def test_our_part_is_answered_without_touching_the_clients(text: str) -> None:
    """Nobody but a person can tell one from the other in what is stored: no copy and no plan of everything."""
    world = World()
    ticket_id = at(world, text, role=Role.BOTH)
    world.mail(ticket_id, f"The code is {world.code}")
    ours = next(case for case in world.cases if case.mixed)
    assert ours.state is State.WITH_PERSON
    assert world.blobs.names("") == []
    world.desk.add_comment(ticket_id, "Answer: Your account with us is deleted.", commenter_id="701")
    world.macro(ticket_id, "Send answer")
    states = {case.mixed: case.state for case in world.cases}
    assert states[True] is State.CLOSED


@pytest.mark.req("R-PROC-6", "R-VERIFY-7")
def test_what_needs_no_proof_is_done_at_once_also_for_a_clients_person() -> None:
    world = World()
    at(world, f"{DELETE} {NO_SALE}")
    world.confirm_elsewhere()
    assert {case.kind: case.state for case in world.cases} == {
        Kind.DELETION: State.ROUTED, Kind.OPT_OUT_SALE: State.CLOSED,
    }  # fmt: skip
    (told,) = letters(world, ADA)
    assert "it is done or already in hand" in told


@pytest.mark.req("R-PROC-5")
def test_a_colleague_learns_nothing_of_another_persons_request() -> None:
    """Neither on that ticket, where they were copied, nor by asking: the same words as if nobody had asked."""
    told = []
    for asked in (True, False):
        world = World()
        ticket_id = at(world, DELETE if asked else "The printer is out of toner.")
        boss = world.desk.add_contact(first_name="Max", last_name="Boss", email="boss@northwind.example.com")
        held = world.desk.contacts[boss.id]
        held.contact = replace(
            held.contact, account_id=ACCOUNT, created=boss.created - timedelta(days=9) if boss.created else None
        )
        world.mail(ticket_id, "We are still waiting for an answer to our request!", author_email=boss.email)
        other = world.desk.add_ticket(contact_id=boss.id, subject="A question")
        world.mail(other.id, f"Has my colleague {ADA} asked you to delete her personal data?")
        told.append([html.rpartition("Reference:")[0] for html in letters(world, boss.email or "")])
    assert told[0] == told[1]
