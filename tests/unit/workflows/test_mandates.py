"""Somebody writes for another person: who is asked what, whom each letter goes to, and what the person may stop."""

import re
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from typing import Any, Final

import pytest

from tests.builders import ORG
from tests.fakes.crash_stories import ADA, people
from tests.fakes.crashing import World
from zoho_privacy.domain.model import Case, Client, Kind, Law, Level, State
from zoho_privacy.workflows import casebook, verification

ROBIN: Final = "robin.law@example.org"
ZOE: Final = "zoe.quill@example.com"
STRANGER: Final = "nobody.known@example.com"
FOR_ADA: Final = f"On behalf of my client ({ADA}) I request a copy of all personal data you hold about her."
ERASE_ADA: Final = f"On behalf of my client ({ADA}) I request the erasure of all personal data about her."
NO_SALE: Final = f"On behalf of my client ({ADA}) under the CCPA: do not sell or share her personal information."
ADVERTS: Final = f"On behalf of my client ({ADA}) I object to the use of her personal data for direct marketing."


def lives(world: World, contact_id: str, **home: Any) -> None:
    """Say where somebody lives, or to which organisation they belong."""
    held = world.desk.contacts[contact_id]
    held.contact = replace(held.contact, **home)


def at(world: World, text: str, *, robin_on_file: bool = True, **home: Any) -> str:
    """Put Ada on file, let Robin write for her on a ticket of his own; return its id."""
    ada, _ = people(world)
    lives(world, ada.id, **home)
    if robin_on_file:
        robin = world.desk.add_contact(first_name="Robin", last_name="Law", email=ROBIN)
    world.begin()
    if not robin_on_file:
        arrives = world.clock.now() + timedelta(hours=1)
        robin = world.desk.add_contact(first_name="Robin", last_name="Law", email=ROBIN, created=arrives)
    ticket = world.desk.add_ticket(contact_id=robin.id, subject="My client")
    world.mail(ticket.id, text)
    return ticket.id


def accept(world: World, ticket_id: str, note: str = "Mandate: signed permission", agent: str = "701") -> None:
    """Let an agent write what was shown, and accept it."""
    world.clock.advance(timedelta(minutes=5))
    world.desk.add_comment(ticket_id, note, commenter_id=agent)
    world.macro(ticket_id, "Accept mandate", agent)


def only(world: World) -> Case:
    (case,) = world.cases
    return case


def sent(world: World) -> list[tuple[str, str]]:
    """Return who got which letter, oldest first, by a word that only this letter has."""
    marks = {
        "signed, for example": "mandate",
        "written to us in your name": "authorised",
        "copy of your data is ready": "export_ready",
        "copy of the person's data is ready": "export_ready",
        "locked. This key opens it": "export_key",
        "we cannot do what you asked": "refusal",
        "recorded your wish": "opt_out_done",
        "no longer use your data for direct marketing": "opt_out_done",
        "no longer use the person's data for direct marketing": "opt_out_done",
        "added your message to the open": "still_open",
        "number of attempts is used up": "code_failed",
        "which kinds of personal data we collect": "know_categories",
    }
    return [
        (to, next((name for mark, name in marks.items() if mark in unescape(html)), "another"))
        for _, to, html in world.writer.sent
    ]


def visibility(world: World, ticket_id: str) -> list[tuple[str, str]]:
    return [(t.to or "", t.visibility) for t in world.desk.tickets[ticket_id].threads if t.direction == "out"]


# ------------------------------------------------------------------------------------------------- recognised and asked


@pytest.mark.req("R-AGENT-1")
def test_the_other_person_is_the_cases_and_whoever_writes_its_correspondent() -> None:
    world = World()
    ticket_id = at(world, FOR_ADA)
    case = only(world)
    robin = world.desk.tickets[ticket_id].ticket.contact_id
    assert (case.by_agent, case.correspondent, case.state) == (True, robin, State.WITH_PERSON)
    assert world.desk.contacts[case.contact_id or ""].contact.email == ADA
    assert sent(world) == [(ROBIN, "mandate")]


@pytest.mark.req("R-AGENT-1", "R-AGENT-2")
def test_who_writes_for_somebody_reads_of_the_persons_data_and_the_person_of_their_own() -> None:
    world = World()
    ticket_id = at(world, ERASE_ADA, country="United States", state="California")
    accept(world, ticket_id)
    (_, to_agent, asked), (_, to_person, confirm) = world.writer.sent
    assert (to_agent, to_person) == (ROBIN, ADA)
    assert "the deletion of the person's data" in unescape(asked)
    assert "the deletion of your personal data" in confirm


@pytest.mark.req("R-AGENT-1", "R-AGENT-2", "R-AGENT-3")
def test_an_accepted_mandate_and_its_scope_are_stored() -> None:
    world = World()
    ticket_id = at(world, f"{FOR_ADA} I also request the erasure of all personal data about her.", country="Germany")
    assert {case.kind for case in world.cases} == {Kind.ACCESS, Kind.DELETION}
    accept(world, ticket_id, "Mandate: written authority\nScope: access\nAnswer to: agent")
    found = {case.kind: case for case in world.cases}
    assert (found[Kind.ACCESS].mandate, found[Kind.ACCESS].stewards) == ("written authority", ("701",))
    assert (found[Kind.DELETION].mandate, found[Kind.DELETION].state) == ("", State.WITH_PERSON)
    (said,) = [entry for entry in world.entries() if entry.what == "mandate_accepted"]
    assert (said.case_id, said.result, said.who) == (found[Kind.ACCESS].id, "written authority", "agent:701")


@pytest.mark.req("R-AGENT-1", "R-VERIFY-12")
def test_whoever_writes_for_somebody_learns_nothing_of_who_is_on_file() -> None:
    """Neither the letter nor its date may tell whether, or where, the person is known."""
    told = set()
    for text, home in ((FOR_ADA, "Germany"), (FOR_ADA, "Brazil"), (FOR_ADA.replace(ADA, STRANGER), "Germany")):
        world = World()
        at(world, text, country=home)
        ((_, _, html),) = world.writer.sent
        told.add(html.rpartition("Reference:")[0])
    assert len(told) == 1


@pytest.mark.req("R-AGENT-3", "R-CLASS-2")
def test_two_people_are_two_cases_each_with_its_own_record_and_nobody_is_mixed_up() -> None:
    world = World()
    world.desk.add_contact(first_name="Zoe", last_name="Quill", email=ZOE)
    ticket_id = at(
        world, f"On behalf of my clients ({ADA} and {ZOE}) I request the erasure of all their personal data."
    )
    emails = {world.desk.contacts[case.contact_id or ""].contact.email: case.state for case in world.cases}
    assert emails == {ADA: State.WITH_PERSON, ZOE: State.WITH_PERSON}
    accept(world, ticket_id, f"Mandate: written authority\nPerson: {ZOE}\nAnswer to: agent")
    shown = {world.desk.contacts[case.contact_id or ""].contact.email: case.mandate for case in world.cases}
    assert shown == {ADA: "", ZOE: "written authority"}
    world.mail(
        ticket_id, f"On behalf of my clients ({ADA} and {ZOE}) I request the erasure of all their personal data."
    )
    assert len(world.cases) == 2, "the same again joins"


@pytest.mark.req("R-AGENT-1", "R-VERIFY-5")
def test_nobody_vouches_proves_or_fulfils_before_the_authority_was_read() -> None:
    world = World()
    ticket_id = at(world, FOR_ADA)
    for action in ("Mark verified", "Send verification", "Export"):
        world.macro(ticket_id, action)
        assert only(world).state is State.WITH_PERSON
    assert sent(world) == [(ROBIN, "mandate")]
    assert sum("'Accept mandate'" in text for text in world.writer.notes) >= 2


@pytest.mark.req("R-AGENT-1", "R-TAG-2")
@pytest.mark.parametrize(
    ("note", "why"),
    [
        ("Mandate: a nice smile", "does not say what was shown"),
        ("Scope: access", "does not say what was shown"),
        ("Mandate: signed permission\nScope: everything", "names no right"),
        ("Mandate: signed permission\nAnswer to: the press", "person or agent"),
        (f"Mandate: signed permission\nPerson: {STRANGER}", "nobody on file has that address"),
        ("Mandate: signed permission\nScope: correction", "no case of this ticket"),
    ],
)
def test_an_incomplete_note_accepts_nothing(note: str, why: str) -> None:
    world = World()
    ticket_id = at(world, FOR_ADA)
    accept(world, ticket_id, note)
    assert only(world).mandate == ""
    assert why in [text for text in world.writer.notes if "was not carried out" in text][-1]


@pytest.mark.req("R-AGENT-1")
def test_a_person_named_only_by_name_is_linked_by_the_note() -> None:
    world = World()
    ticket_id = at(world, "On behalf of my client Ada Moss I request a copy of all personal data you hold about her.")
    assert (only(world).contact_id, sent(world)) == (None, [(ROBIN, "mandate")])
    accept(world, ticket_id)
    assert "name them with 'Person: '" in world.writer.notes[-1]
    accept(world, ticket_id, f"Mandate: written authority\nPerson: {ADA}\nAnswer to: agent")
    assert world.desk.contacts[only(world).contact_id or ""].contact.email == ADA
    assert [c.id for c in casebook.cases_of_contact(world.store, ORG, only(world).contact_id or "")] == [only(world).id]


@pytest.mark.req("R-AGENT-1", "R-CLOCK-6")
def test_where_the_writer_lives_is_not_where_the_person_does() -> None:
    """An agent's office in California makes nobody a Californian: without a residence the strictest dates count."""
    world = World()
    ada, _ = people(world)
    robin = world.desk.add_contact(last_name="Law", email=ROBIN, country="United States", state="California")
    world.begin()
    ticket = world.desk.add_ticket(contact_id=robin.id, subject="My client")
    world.mail(ticket.id, FOR_ADA)
    assert (only(world).law, only(world).due.legal_due) == (Law.NONE, date(2026, 3, 17))
    accept(world, ticket.id, "Mandate: written authority")
    assert (only(world).law, only(world).contact_id) == (Law.GDPR, ada.id)


@pytest.mark.req("R-AGENT-1", "R-ERASE-5", "R-ERASE-8")
def test_the_closing_letter_does_not_promise_the_end_of_the_writers_own_ticket() -> None:
    """The conversation is the agent's: it names the person, stays, and is declared as what it is."""
    world = World()
    ticket_id = at(world, ERASE_ADA, country="Germany")
    accept(world, ticket_id, "Mandate: written authority")
    world.macro(ticket_id, "Approve plan", "702")
    world.confirm_elsewhere()
    world.rest(timedelta(days=400))
    assert only(world).state is State.CLOSED
    (closing,) = [html for _, to, html in world.writer.sent if to == ROBIN and "deleted the person" in html]
    assert "this conversation about your request" not in closing
    assert "other people's requests" in unescape(closing)
    assert [held.contact.email for held in world.desk.contacts.values()] == [ROBIN]


# ------------------------------------------------------------------------------------------- California and elsewhere


@pytest.mark.req("R-AGENT-2", "R-VERIFY-5", "R-PROC-5")
def test_in_california_the_person_confirms_at_the_address_on_file_unseen_by_the_agent() -> None:
    world = World()
    ticket_id = at(world, ERASE_ADA, country="United States", state="California")
    accept(world, ticket_id)
    assert (only(world).state, only(world).level, only(world).law) == (State.AWAITING_PROOF, Level.V1, Law.CCPA)
    assert sent(world) == [(ROBIN, "mandate"), (ADA, "authorised")]
    assert visibility(world, ticket_id) == [(ROBIN, "public"), (ADA, "private")]
    world.mail(ticket_id, "Any news on this request? I asked you weeks ago to erase her data.")
    assert (ADA, "identity") not in sent(world)
    codes = [html for _, to, html in world.writer.sent if to == ROBIN and world.code in html]
    assert codes == [], "a code never goes to whoever writes for somebody"


@pytest.mark.req("R-AGENT-2", "R-AGENT-3")
@pytest.mark.parametrize(
    ("home", "shown", "state"),
    [
        ({"country": "United States", "state": "California"}, "power of attorney", State.PLANNED),
        ({"country": "United States", "state": "California"}, "signed permission", State.AWAITING_PROOF),
        ({"country": "United States", "state": "Colorado"}, "signed permission", State.PLANNED),
        ({"country": "Germany"}, "written authority", State.PLANNED),
        ({"country": "United Kingdom"}, "signed permission", State.PLANNED),
    ],
)
def test_the_person_confirms_only_where_the_table_lets_us_ask(home: dict[str, Any], shown: str, state: State) -> None:
    world = World()
    ticket_id = at(world, ERASE_ADA, **home)
    accept(world, ticket_id, f"Mandate: {shown}")
    assert only(world).state is state
    assert sent(world).count((ADA, "authorised")) == (state is State.AWAITING_PROOF)
    world.macro(ticket_id, "Approve plan", "701")
    assert only(world).state is state, "who read the authority does not approve"


@pytest.mark.req("R-AGENT-2", "R-VERIFY-7", "R-OPTOUT-2")
def test_an_opt_out_in_california_needs_the_signed_permission_and_nothing_of_the_person() -> None:
    world = World()
    ticket_id = at(world, NO_SALE, country="United States", state="California")
    assert only(world).kind is Kind.OPT_OUT_SALE
    assert (only(world).state, sent(world)) == (State.WITH_PERSON, [(ROBIN, "mandate")])
    accept(world, ticket_id, "Mandate: signed permission\nAnswer to: agent")
    world.confirm_elsewhere()
    assert (only(world).state, only(world).level) == (State.CLOSED, Level.V0)
    assert sent(world) == [(ROBIN, "mandate"), (ROBIN, "opt_out_done")]
    assert [item.id for item in casebook.every(world.store, ORG, "suppression")] == [
        f"{only(world).contact_id}:opt_out_sale"
    ]


@pytest.mark.req("R-VERIFY-7", "R-OPTOUT-2", "R-VERIFY-12")
@pytest.mark.parametrize("known", [True, False])
def test_elsewhere_an_agents_opt_out_is_done_at_once_whoever_is_known(known: bool) -> None:  # noqa: FBT001  a table
    world = World()
    at(world, ADVERTS if known else ADVERTS.replace(ADA, STRANGER))
    assert sent(world) == [(ROBIN, "opt_out_done")]
    assert only(world).state is State.CLOSED
    assert len(list(casebook.every(world.store, ORG, "suppression"))) == known


# -------------------------------------------------------------------------------------------------- whom answers go to


@pytest.mark.req("R-AGENT-3", "R-VERIFY-11", "R-ACCESS-5")
@pytest.mark.parametrize(
    ("on_file", "note", "to"),
    [
        (False, "Mandate: written authority", ADA),
        (True, "Mandate: written authority", ROBIN),
        (True, "Mandate: written authority\nAnswer to: person", ADA),
        (False, "Mandate: written authority\nAnswer to: agent", ROBIN),
    ],
)
def test_on_doubt_the_answer_goes_to_the_person(on_file: bool, note: str, to: str) -> None:  # noqa: FBT001  a table
    """An agent nobody knows is doubt; one of ours who has read the authority may decide otherwise."""
    world = World()
    ticket_id = at(world, FOR_ADA, robin_on_file=on_file, country="Germany")
    accept(world, ticket_id, note)
    assert only(world).state is State.CLOSED
    assert sent(world) == [(ROBIN, "mandate"), (to, "export_ready")]
    assert visibility(world, ticket_id)[-1] == (to, "public" if to == ROBIN else "private")


@pytest.mark.req("R-AGENT-3")
def test_what_the_person_writes_stops_what_was_asked_in_their_name() -> None:
    world = World()
    ticket_id = at(world, ERASE_ADA, country="United States", state="California")
    accept(world, ticket_id)
    world.mail(ticket_id, "I do not know this man. I never asked for anything.", author_email=ADA)
    assert (only(world).state, only(world).reason) == (State.WITH_PERSON, "the person has written: read it")
    assert any("the person has written" in text for text in world.writer.notes)


@pytest.mark.req("R-AGENT-2", "R-VERIFY-13")
def test_an_unanswered_confirmation_sleeps_and_the_next_word_wakes_it_for_the_person() -> None:
    world = World()
    ticket_id = at(world, ERASE_ADA, country="United States", state="California")
    accept(world, ticket_id)
    world.clock.advance(timedelta(days=4))
    world.rest()
    assert only(world).state is State.DORMANT
    world.mail(ticket_id, "Good morning, is there anything new?")
    assert only(world).state is State.AWAITING_PROOF
    assert sent(world)[-1] == (ADA, "authorised")
    token = re.findall(r"/verify/([\w-]+)", world.writer.sent[-1][2])[-1]
    assert (
        verification.submit(world.app(), token, code=None, facts={"ticket_number": "101"}, declared=False) == "accepted"
    )
    world.rest()
    assert only(world).state is State.PLANNED


@pytest.mark.req("R-AGENT-1", "R-REFUSE-1", "R-REFUSE-2")
def test_a_refusal_goes_to_whoever_asked_with_reason_and_remedies() -> None:
    world = World()
    ticket_id = at(world, FOR_ADA)
    world.desk.add_comment(ticket_id, "Reason: no authority was shown\nGround: Article 12(2)", commenter_id="701")
    world.macro(ticket_id, "Refuse")
    assert only(world).state is State.REFUSED
    assert sent(world) == [(ROBIN, "mandate"), (ROBIN, "refusal")]


@pytest.mark.req("R-PROC-1", "R-PROC-2", "R-AGENT-1")
def test_what_an_agent_asks_about_a_clients_person_goes_to_the_client() -> None:
    world = World()
    world.clients = {"8800": Client("Northwind Example Ltd", contact="privacy@northwind.example.com")}
    ticket_id = at(world, ERASE_ADA, country="Germany", account_id="8800")
    accept(world, ticket_id)
    assert (only(world).state, only(world).processor_for) == (State.ROUTED, "Northwind Example Ltd")
    assert world.writer.sent[-1][1] == "privacy@northwind.example.com"


# ----------------------------------------------------------------------------------------------- other people's proof


@pytest.mark.req("R-VERIFY-5", "R-VERIFY-13", "R-PROC-5")
def test_a_code_for_a_persons_case_never_goes_to_somebody_else_who_writes_on_the_ticket() -> None:
    world = World()
    ada, _ = people(world)
    world.desk.add_contact(first_name="Bob", last_name="Stone", email="bob.stone@example.org")
    world.begin()
    ticket = world.desk.add_ticket(contact_id=ada.id, subject="My data")
    world.mail(ticket.id, "Please delete all personal data you hold about me. Ada Moss")
    world.clock.advance(timedelta(days=4))
    world.rest()
    assert only(world).state is State.DORMANT
    world.mail(ticket.id, "And what about the printer?", author_email="bob.stone@example.org")
    assert [to for _, to, _ in world.writer.sent] == [ADA, ADA]
    world.mail(ticket.id, "Please delete all personal data you hold about me.", author_email="bob.stone@example.org")
    assert len(world.cases) == 2, "his request is his own"
    bobs = next(case for case in world.cases if case.contact_id != ada.id)
    world.mail(ticket.id, f"The code is {world.code}", author_email="bob.stone@example.org")
    states = {case.id: case.state for case in world.cases}
    assert states[bobs.id] is State.PLANNED
    assert states[f"{ticket.id}-deletion"] is State.AWAITING_PROOF


@pytest.mark.req("R-VERIFY-4")
def test_a_failed_check_for_pieces_is_answered_with_the_categories() -> None:
    world = World()
    ada, _ = people(world)
    lives(world, ada.id, country="United States", state="California")
    world.begin()
    ticket = world.desk.add_ticket(contact_id=ada.id, subject="My data")
    world.mail(ticket.id, "Please send me a copy of all personal data you hold about me. Ada Moss")
    for number in range(5):
        world.mail(ticket.id, f"The code is k7m2q-9xw{number}d")
    assert only(world).state is State.WITH_PERSON
    assert set(sent(world)[-2:]) == {(ADA, "code_failed"), (ADA, "know_categories")}
