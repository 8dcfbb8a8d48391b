"""Who may ask: codes and links go to addresses on file, work once and for a while, and tell nobody who is known."""

from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.scenario.world import (
    ADA,
    CODE,
    COPY_ALL,
    DAY,
    DELETE_ALL,
    EXPORT,
    HOUR,
    PRIVACY,
    VERIFY,
    World,
    get,
    normal,
    post,
)
from zoho_privacy.domain.model import Kind, Level, State

STRANGER = "luc.petit@example.com"
COLLECTOR = "collector@example.org"
FORGED: dict[str, dict[str, Any]] = {
    "reply-to": {"headers": {"Reply-To": COLLECTOR}},
    "dmarc": {"headers": {"Authentication-Results": "mx.example.com; spf=fail; dkim=none; dmarc=fail"}},
    "both": {"headers": {"Reply-To": COLLECTOR, "Authentication-Results": "mx.example.com; dmarc=fail"}},
}


@pytest.mark.req("R-VERIFY-5")
@pytest.mark.parametrize("sign", FORGED)
def test_a_forged_sender_gets_nothing(world: World, sign: str) -> None:
    """The letter goes to the address on file and nowhere else; even its link leads to a person only."""
    world.ada()
    world.mail(COPY_ALL, **FORGED[sign])
    assert world.zoho.outbox(to=COLLECTOR) == []
    assert [letter["to"] for letter in world.letters()] == [ADA]
    world.confirm()
    world.settle(within=HOUR)
    assert world.case().state is State.WITH_PERSON
    assert world.sent() == {"identity": 1}
    assert world.zoho.outbox(to=COLLECTOR) == []


@pytest.mark.req("R-VERIFY-5")
def test_a_result_that_somebody_else_wrote_is_not_believed(world: World) -> None:
    world.ada()
    world.mail(DELETE_ALL, headers={"Authentication-Results": "mx.somewhere.example; dmarc=fail"})
    world.confirm()
    assert world.case().state is State.PLANNED


@pytest.mark.req("R-VERIFY-5", "R-VERIFY-6")
def test_opening_the_link_proves_nothing_and_pressing_the_button_does(world: World) -> None:
    """Mail scanners open every link, some with HEAD first, some again and again."""
    world.ada()
    world.mail(DELETE_ALL)
    link = world.found(VERIFY)
    seen = [get(link, **{"user-agent": agent}) for agent in ("scanner/1.0", "preview", "Mozilla/5.0")]
    assert {answer.status_code for answer in seen} == {200}
    assert requests.head(link, timeout=10).status_code == 200
    world.settle()
    assert world.case().state is State.AWAITING_PROOF
    assert ADA not in seen[0].text
    assert "Moss" not in seen[0].text
    assert seen[0].headers["cache-control"] == "no-store"
    assert post(link).status_code == 200
    world.settle()
    assert world.case().state is State.PLANNED
    accepted = [entry for entry in world.entries() if entry.what == "proof_accepted"]
    assert post(link).status_code == 200
    assert get(link).status_code == 200
    world.settle()
    assert [entry for entry in world.entries() if entry.what == "proof_accepted"] == accepted
    assert len(world.letters()) == 1


@pytest.mark.req("R-VERIFY-6")
@pytest.mark.parametrize("shape", ["Code: {}\n\nOn Monday Acme wrote:\n> hello", "UPPER", "spaced"])
def test_a_reply_with_the_code_works_as_well(world: World, shape: str) -> None:
    world.ada()
    ticket_id = world.mail(DELETE_ALL)["ticketId"]
    code = world.found(CODE)
    text = {"UPPER": code.upper(), "spaced": code.replace("-", " ")}.get(shape) or shape.format(code)
    world.reply(ticket_id, text)
    assert world.case().state is State.PLANNED
    world.reply(ticket_id, text)
    assert len([entry for entry in world.entries() if entry.what == "proof_accepted"]) == 1
    assert world.sent() == {"identity": 1}


@pytest.mark.req("R-VERIFY-6")
def test_too_many_wrong_codes_lead_to_a_person(world: World) -> None:
    world.ada()
    ticket_id = world.mail(DELETE_ALL)["ticketId"]
    link, code = world.found(VERIFY), world.found(CODE)
    for attempt in range(5):
        assert world.case().state is State.AWAITING_PROOF
        world.reply(ticket_id, f"0000{attempt}-00000")
    assert world.case().state is State.WITH_PERSON
    assert world.sent() == {"identity": 1, "code_failed": 1}
    world.reply(ticket_id, code)
    post(link)
    world.settle()
    assert world.case().state is State.WITH_PERSON


@pytest.mark.req("R-VERIFY-6")
def test_a_code_belongs_to_its_ticket(world: World) -> None:
    """The right code on somebody else's ticket opens nothing."""
    world.ada()
    world.mail(DELETE_ALL)
    code = world.found(CODE)
    other = world.mail(DELETE_ALL.replace("Ada Moss", "Luc Petit"), sender=STRANGER, name="Luc Petit")["ticketId"]
    world.reply(other, code, sender=STRANGER, name="Luc Petit")
    assert {case.state for case in world.cases} == {State.AWAITING_PROOF}


@pytest.mark.req("R-VERIFY-6")
def test_a_person_gets_three_codes_a_day_and_no_more(world: World) -> None:
    """Whoever sends requests in another's name cannot flood that person with codes."""
    world.ada()
    asks = (
        DELETE_ALL,
        COPY_ALL,
        "I demand the restriction of processing of my personal data under Article 18 GDPR.",
        "Please correct my surname in your records. Please correct my personal data.",
    )
    for text in asks:
        world.mail(text)
    codes = [bool(CODE.search(letter["content"])) for letter in world.letters()]
    assert codes == [True, True, True, False]
    world.advance(DAY)
    last = world.case(Kind.CORRECTION).ticket_id
    world.macro(last, "Send verification")
    assert CODE.search(world.letters()[-1]["content"])


@pytest.mark.req("R-VERIFY-6", "R-VERIFY-12", "R-VERIFY-13")
def test_a_link_that_is_too_old_looks_like_one_that_never_was(world: World) -> None:
    """And the request is not lost: any later reply brings a new code, the date of receipt stays."""
    world.ada()
    ticket_id = world.mail(DELETE_ALL)["ticketId"]
    link, code, due = world.found(VERIFY), world.found(CODE), world.case().due
    world.advance(timedelta(hours=72))
    unknown = link[:-6] + "AAAAAA"
    old, never = get(link), get(unknown)
    assert (old.status_code, never.status_code) == (404, 404)
    assert old.text == never.text
    assert post(link).text == post(unknown).text == old.text
    world.settle()
    assert world.case().state is State.DORMANT
    assert "privacy-dormant" in world.tags(ticket_id)
    world.reply(ticket_id, code)
    assert world.case().state is State.AWAITING_PROOF
    assert world.found(CODE) != code
    assert world.found(VERIFY) != link
    assert world.case().due == due
    world.confirm()
    assert world.case().state is State.PLANNED


@pytest.mark.req("R-VERIFY-12")
def test_known_and_unknown_people_get_the_same_text(world: World) -> None:
    """The letter, the page and its answer: nobody learns whether we know somebody."""
    world.ada(country="")
    world.mail(DELETE_ALL)
    world.mail(DELETE_ALL, sender=STRANGER, name="Luc Petit")
    (known,), (unknown,) = world.letters(), world.letters(STRANGER)
    assert normal(known) == normal(unknown)
    assert known["from"] == unknown["from"]
    pages = [get(world.found(VERIFY, who)).text for who in (ADA, STRANGER)]
    assert pages[0] == pages[1]
    answers = [world.confirm(who) for who in (ADA, STRANGER)]
    assert answers[0].text == answers[1].text


@pytest.mark.req("R-VERIFY-2", "R-VERIFY-11")
@pytest.mark.parametrize("text", [DELETE_ALL, COPY_ALL])
def test_an_unknown_sender_who_confirms_gets_a_person_and_no_data(world: World, text: str) -> None:
    world.ada()
    ticket_id = world.mail(text, sender=STRANGER, name="Ada Moss")["ticketId"]
    world.confirm(STRANGER)
    world.settle(within=HOUR)
    assert world.case().state is State.WITH_PERSON
    assert world.tags(ticket_id) >= {"privacy-with-person"}
    assert world.sent() == {"identity": 1}
    assert world.app.blobs.names("") == []


@pytest.mark.req("R-VERIFY-11")
def test_an_address_that_was_changed_lately_raises_a_doubt(world: World) -> None:
    """Whoever talks an agent into a new address does not get the data sent there."""
    contact_id = world.ada(email="ada.old@example.net")
    world.zoho.patch(f"/contacts/{contact_id}", {"phone": "+44 1632 960143"})
    world.settle()
    world.zoho.patch(f"/contacts/{contact_id}", {"email": ADA})
    world.settle()
    world.advance(DAY)
    world.mail(COPY_ALL)
    world.confirm()
    world.settle(within=HOUR)
    assert world.case().state is State.WITH_PERSON


@pytest.mark.req("R-VERIFY-2", "R-VERIFY-4", "R-VERIFY-9")
def test_facts_on_file_decide_where_the_law_asks_for_them(world: World) -> None:
    """Too few right answers are an attempt; missing ones only bring the page back."""
    world.ada(country="United States", state="California")
    world.mail(COPY_ALL)
    number = world.zoho.get("/tickets/search", email=ADA).json()["data"][0]["ticketNumber"]
    link = world.found(VERIFY)
    assert post(link, {"ticket_number": number}).status_code == 422
    assert post(link, {"ticket_number": number, "phone": "+44 1632 960142"}).status_code == 422  # not declared
    assert world.case().state is State.AWAITING_PROOF
    wrong = {"ticket_number": "999999", "phone": "+44 1632 960142", "declared": "yes"}
    assert post(link, wrong).status_code == 422
    assert world.confirm(ticket_number=number, phone="01632 960142").status_code == 200
    assert world.case().state is State.CLOSED
    assert world.sent() == {"identity": 1, "export_ready": 1}


@pytest.mark.req("R-AGENT-1", "R-AGENT-3", "R-VERIFY-2")
def test_somebody_who_writes_for_another_meets_a_person(world: World) -> None:
    """The authority is asked for and read; the answer of an agent nobody knows goes to the person, unseen by them."""
    ada = world.ada()
    text = "On behalf of my client Ada Moss (ada.moss@example.net) I request a copy of all personal data about her."
    ticket_id = world.mail(text, sender="lawyer@example.org", name="Robin Law", to=PRIVACY)["ticketId"]
    case = world.case()
    assert (case.state, case.by_agent, case.contact_id) == (State.WITH_PERSON, True, ada)
    assert world.letters() == []
    (letter,) = world.letters("lawyer@example.org")
    assert not CODE.search(letter["content"])
    assert "permission that the person has signed" in letter["content"]
    world.reply(ticket_id, "Here it is, attached.", sender="lawyer@example.org", name="Robin Law")
    assert any("'Accept mandate'" in note for note in world.notes(ticket_id))
    world.note(ticket_id, "Mandate: signed permission")
    world.macro(ticket_id, "Accept mandate")
    world.let_out()
    assert (world.case().state, world.case().mandate, world.case().direct) == (State.CLOSED, "signed permission", True)
    assert len(world.letters("lawyer@example.org")) == 1
    assert EXPORT.search(world.letters()[-1]["content"])
    threads = world.zoho.get(f"/tickets/{ticket_id}/threads").json()["data"]
    assert sorted(each["visibility"] for each in threads if each["direction"] == "out") == ["private", "public"]


@pytest.mark.req("R-AGENT-2", "R-VERIFY-5", "R-VERIFY-4")
def test_in_california_the_person_confirms_what_an_agent_asks(world: World) -> None:
    """With what the table lets us ask for that right, at the address on file; the agent hears of the end."""
    world.ada(country="United States", state="California")
    text = (
        "On behalf of my client Ada Moss (ada.moss@example.net) I request the deletion of all personal data about her."
    )
    ticket_id = world.mail(text, sender="lawyer@example.org", name="Robin Law", to=PRIVACY)["ticketId"]
    world.note(ticket_id, "Mandate: signed permission\nAnswer to: agent")
    world.macro(ticket_id, "Accept mandate")
    assert (world.case().state, world.case().level) == (State.AWAITING_PROOF, Level.V1)
    number = world.zoho.get("/tickets/search", email=ADA).json()["data"][0]["ticketNumber"]
    assert world.confirm(ticket_number=number).status_code == 200
    assert world.case().state is State.PLANNED
    world.approve(ticket_id, agent=1)
    assert world.case().state is State.CLOSED
    assert world.sent() == {"mandate": 1, "authorised": 1, "erasure_done": 1}
    assert [len(world.letters(who)) for who in ("lawyer@example.org", ADA)] == [2, 1]
