"""What agents do, by macro or tag: each order is carried out once, or put back with a note that says why."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.scenario.world import ADA, CODE, COPY_ALL, DELETE_ALL, HOUR, SUPPORT, World, old_ticket
from zoho_privacy.domain.model import Kind, State
from zoho_privacy.workflows import consents, deadlines, rights, sweep
from zoho_privacy.workflows.consents import Consent

COMPLAINT = "I want to file a complaint: you passed my personal data to a third party without my consent. Ada Moss"


@pytest.mark.req("R-TAG-2", "R-TAG-3", "R-VERIFY-2")
@pytest.mark.parametrize("by", ["tag", "macro"])
def test_who_vouched_for_the_person_may_not_approve(world: World, by: str) -> None:
    """Four eyes: the refusal is a note, the colleague's approval counts."""
    world.ada()
    ticket_id = world.mail(DELETE_ALL)["ticketId"]
    if by == "tag":
        world.tag(ticket_id, "privacy-verified", agent=0)
    else:
        world.macro(ticket_id, "Mark verified", agent=0)
    assert world.case().state is State.PLANNED
    assert world.case().stewards == (world.agent(0),)
    world.macro(ticket_id, "Approve plan", agent=0)
    assert world.case().state is State.PLANNED
    assert "four eyes" in world.notes(ticket_id)[-1]
    assert world.field(ticket_id, "cf_privacy_action") == ""
    world.approve(ticket_id, agent=1)
    assert world.case().state is State.CLOSED
    approved = [entry.who for entry in world.entries() if entry.what == "approved"]
    assert approved == [f"agent:{world.agent(1)}"]


@pytest.mark.req("R-TAG-3")
def test_who_proposed_the_plan_may_not_approve_it(world: World) -> None:
    ticket_id = world.asks_for_deletion()
    world.macro(ticket_id, "Propose erasure", agent=0)
    world.macro(ticket_id, "Approve plan", agent=0)
    assert world.case().state is State.PLANNED
    world.approve(ticket_id, agent=1)
    assert world.case().state is State.CLOSED


@pytest.mark.req("R-TAG-3")
def test_without_a_name_nobody_approves_by_macro(stage: World) -> None:
    world = stage.open(switches={"macro_history_names_agent": "no"})
    ticket_id = world.asks_for_deletion()
    world.approve(ticket_id, agent=1)
    assert world.case().state is State.PLANNED
    assert "zoho-privacy approve" in world.notes(ticket_id)[-1]


@pytest.mark.req("R-TAG-2", "R-CLASS-3")
@pytest.mark.parametrize("by", ["tag", "macro"])
def test_a_doubtful_mail_that_is_no_request_is_let_go(world: World, by: str) -> None:
    world.ada()
    ticket_id = world.mail("Please close my account.")["ticketId"]
    if by == "tag":
        world.tag(ticket_id, "privacy-not-a-request")
    else:
        world.macro(ticket_id, "Not a request")
    assert world.case().state is State.DISMISSED
    assert world.tags(ticket_id) & {"privacy-with-person", "privacy-kind-deletion"} == set()
    assert "privacy-not-a-request" in world.tags(ticket_id)
    assert world.field(ticket_id) == "dismissed"
    assert world.sent() == {"possible": 1}


@pytest.mark.req("R-TAG-2")
@pytest.mark.parametrize("action", ["Approve plan", "Close case", "Lift hold", "Propose erasure", "Export"])
def test_an_impossible_action_is_taken_back_with_a_note(world: World, action: str) -> None:
    """The case waits for proof: none of these fits."""
    world.ada()
    ticket_id = world.mail(DELETE_ALL if action != "Export" else COPY_ALL)["ticketId"]
    before, notes = world.states(), len(world.notes(ticket_id))
    world.macro(ticket_id, action)
    assert world.states() == before
    assert world.field(ticket_id, "cf_privacy_action") == ""
    assert len(world.notes(ticket_id)) == notes + 1
    assert action in world.notes(ticket_id)[-1]
    assert world.sent() == {"identity": 1}
    world.macro(ticket_id, action)
    assert len(world.notes(ticket_id)) == notes + 2, "a second try is a second answer"


@pytest.mark.req("R-TAG-1", "R-TAG-2")
def test_tags_of_ours_are_put_back_and_others_left_alone(world: World) -> None:
    world.ada()
    ticket_id = world.mail(DELETE_ALL)["ticketId"]
    ours = world.tags(ticket_id)
    world.tag(ticket_id, "vip", "privacy-planned", "privacy-nonsense", remove=["privacy-awaiting-proof"])
    assert world.tags(ticket_id) == ours | {"vip"}
    assert world.case().state is State.AWAITING_PROOF
    assert any("put back" in note for note in world.notes(ticket_id))
    world.tag(ticket_id, remove=["vip", "privacy-kind-deletion"])
    assert world.tags(ticket_id) == ours


@pytest.mark.req("R-HOLD-1", "R-HOLD-2", "R-TAG-2")
@pytest.mark.parametrize("by", ["tag", "macro"])
def test_a_hold_is_placed_and_lifted_on_the_ticket(world: World, by: str) -> None:
    ticket_id = world.asks_for_deletion()
    if by == "tag":
        world.tag(ticket_id, "privacy-hold")
    else:
        world.macro(ticket_id, "Place hold")
    assert "privacy-hold" in world.tags(ticket_id)
    assert len(world.app.store.find(world.org, "hold")) == 1
    if by == "tag":
        world.tag(ticket_id, remove=["privacy-hold"])
    else:
        world.macro(ticket_id, "Lift hold")
    assert "privacy-hold" not in world.tags(ticket_id)
    (lifted,) = world.app.store.find(world.org, "hold")
    assert lifted.body["ends"], "it keeps the ticket until its grace is over"
    world.pass_time(timedelta(days=8))
    assert world.app.store.find(world.org, "hold") == []


@pytest.mark.req("R-INTAKE-1")
@pytest.mark.parametrize(
    ("action", "kind", "end"), [("Propose erasure", "deletion", "planned"), ("Export", "access", "closed")]
)
def test_a_phone_note_becomes_a_case_by_macro(world: World, action: str, kind: str, end: str) -> None:
    """Somebody called: the agent opens the case, the person confirms by mail."""
    world.ada()
    ticket_id = world.mail("My phone does not ring.", subject="Phone", to=SUPPORT)["ticketId"]
    assert world.cases == ()
    world.macro(ticket_id, action)
    assert world.states() == {kind: "awaiting_proof"}
    world.reply(ticket_id, world.found(CODE))
    assert world.states() == {kind: end}


@pytest.mark.req("R-TAG-2", "R-CLOCK-8")
def test_a_complaint_is_answered_by_a_person_and_closed(world: World) -> None:
    world.ada()
    ticket_id = world.mail(COMPLAINT)["ticketId"]
    case = world.case(Kind.COMPLAINT)
    assert case.state is State.WITH_PERSON
    world.zoho.bench("POST", "/agent/reply", {"ticketId": ticket_id, "content": "<p>We have looked into it.</p>"})
    world.macro(ticket_id, "Close case")
    assert {each.state for each in world.cases} == {State.CLOSED}
    assert "privacy-closed" in world.tags(ticket_id)


@pytest.mark.req("R-CORRECT-1", "R-CORRECT-2", "R-CLOCK-3")
def test_a_correction_is_walked_on_the_portal(world: World) -> None:
    """Extended, proposed from a note, approved, read back, told, and kept when an import brings the old value."""
    contact_id = world.ada()
    text = "Please correct my personal data: the phone number you hold about me is wrong. Ada Moss"
    ticket_id = world.mail(text, subject="My number")["ticketId"]
    world.reply(ticket_id, world.found(CODE))
    world.note(ticket_id, "Reason: the bill has to be found")
    world.macro(ticket_id, "Extend")
    world.note(ticket_id, "Phone: +44 1632 960199\nEvidence: a bill of March")
    world.macro(ticket_id, "Propose correction")
    assert world.case().state is State.PLANNED
    world.macro(ticket_id, "Approve plan")
    assert world.case().state is State.CLOSED
    phone = f"/contacts/{contact_id}"
    assert world.zoho.get(phone).json()["phone"] == "+44 1632 960199"
    assert world.sent() == {"identity": 1, "correction_ack": 1, "extension": 1, "correction_done": 1}
    world.zoho.patch(phone, {"phone": "+44 1632 960142"})
    world.settle()
    assert world.zoho.get(phone).json()["phone"] == "+44 1632 960199"


@pytest.mark.req("R-TAG-2", "R-INTAKE-4")
def test_an_order_seen_many_times_is_carried_out_once(world: World) -> None:
    """Every event about the ticket makes us look again; the field still shows the order until it is cleared."""
    ticket_id = world.asks_for_deletion()
    fault = world.fault("error500", "PATCH", f"/tickets/{ticket_id}$", times=6)
    world.macro(ticket_id, "Place hold")
    assert world.struck(fault) > 0
    for _ in range(3):
        world.touch(ticket_id)
        world.settle()
    world.settle(within=HOUR)
    assert world.field(ticket_id, "cf_privacy_action") == ""
    assert len([entry for entry in world.entries() if entry.what == "place_hold"]) == 1


@pytest.mark.req("R-TAG-2", "R-INTAKE-4")
@pytest.mark.parametrize("tag_event", ["none", "Ticket_Update"])
def test_nothing_answers_our_own_writes(stage: World, tag_event: str) -> None:
    """Every write of ours is announced to us; once all is quiet, it stays quiet."""
    world = stage.open(switches={"tag_event": tag_event, "auto_acknowledge": "yes"})
    world.ada()
    waiting = world.mail(DELETE_ALL)["ticketId"]
    world.mail("Please close my account.", sender="ben.orlov@example.org", name="Ben Orlov")
    world.mail("Our printer is out of toner.", sender="luc.petit@example.com", name="Luc Petit", to=SUPPORT)
    world.tag(waiting, "privacy-nonsense")
    world.macro(waiting, "Approve plan")
    world.settle(within=HOUR)
    seen, ledger = world.last_call(), len(world.entries())
    for _ in range(4):
        world.pass_time(HOUR / 4)
    assert world.writes(seen) == []
    world.touch(waiting)
    world.settle()
    assert world.writes(seen) == []
    assert len(world.entries()) == ledger


@pytest.mark.req("R-CLASS-5", "R-CLOCK-10")
@pytest.mark.parametrize("answers", ["404", "target"])
def test_a_request_goes_on_in_the_ticket_that_it_was_merged_into(stage: World, answers: str) -> None:
    """Same case, same dates, same code; whoever works on the ticket reads where it came from."""
    world = stage.open(switches={"get_merged_ticket": answers})
    world.seed([{"firstName": "Ada", "lastName": "Moss", "email": ADA}], [old_ticket(ADA, "Old", "text")])
    other = world.mail("My phone does not ring.", to=SUPPORT)["ticketId"]
    ticket_id = world.mail(DELETE_ALL)["ticketId"]
    before = world.case()
    world.zoho.bench("POST", "/agent/merge", {"ticketId": other, "ids": [ticket_id]})
    sweep.run(world.app)
    world.settle()
    moved = world.case()
    assert (moved.id, moved.ticket_id, moved.state, moved.due) == (before.id, other, State.AWAITING_PROOF, before.due)
    assert any("was merged into this one" in text for text in world.notes(other))
    assert "privacy-awaiting-proof" in world.tags(other)
    world.reply(other, f"The code is {world.found(CODE)}")
    assert world.case().state is State.PLANNED
    assert world.sent()["identity"] == 1
    assert world.dead() == []


@pytest.mark.req("R-CLASS-5", "R-VERIFY-5")
def test_a_request_merged_into_somebody_elses_ticket_is_looked_at_by_a_person(world: World) -> None:
    world.ada()
    other = world.mail("My phone does not ring.", to=SUPPORT, sender="bob@example.org")["ticketId"]
    ticket_id = world.mail(DELETE_ALL)["ticketId"]
    world.zoho.bench("POST", "/agent/merge", {"ticketId": other, "ids": [ticket_id]})
    sweep.run(world.app)
    assert (world.case().ticket_id, world.case().state) == (ticket_id, State.WITH_PERSON), "no search finds it yet"
    world.pass_time(HOUR)
    sweep.run(world.app)
    world.settle()
    assert (world.case().ticket_id, world.case().state) == (other, State.WITH_PERSON)
    assert "somebody else" in world.case().reason
    assert world.dead() == []


@pytest.mark.req("R-CLASS-5", "R-RESTRICT-1", "R-CONSENT-1", "R-VERIFY-5")
@pytest.mark.parametrize("address", [None, "ada@work.example.com"])
def test_requests_wishes_and_consents_go_along_when_two_records_are_merged(world: World, address: str | None) -> None:
    """A proof goes along only with the address that it was given for."""
    old = world.ada()
    values = {"lastName": "Moss", **({"email": address} if address else {})}
    new = world.zoho.post("/contacts", values).json()["id"]
    given = world.now() - HOUR
    kept = consents.record(world.app, world.org, Consent(world.org, "", old, "newsletter", given, "1", "form 7", "x"))
    opts_out = world.mail("Do not sell or share my personal information.")["ticketId"]
    ticket_id = world.mail(DELETE_ALL)["ticketId"]
    assert world.zoho.post(f"/contacts/{new}/merge", {"ids": [old]}).ok
    sweep.run(world.app)
    world.touch(opts_out)
    world.settle()
    assert {case.contact_id for case in world.cases} == {new}
    assert consents.of(world.app, world.org, new) == [replace(kept, contact_id=new)]
    assert rights.shown_flags(world.app, world.org, new) == "no sale or sharing"
    deletion = world.case(Kind.DELETION)
    assert deletion.state is (State.WITH_PERSON if address else State.AWAITING_PROOF)
    if not address:
        world.reply(ticket_id, f"The code is {world.found(CODE)}")
        assert world.case(Kind.DELETION).state is State.PLANNED
    assert world.dead() == []


@pytest.mark.req("R-CONSENT-1", "R-OPTOUT-1")
def test_a_consent_goes_along_though_its_person_never_asked_for_anything(world: World) -> None:
    """No case leads to the record that stays, but a ticket of theirs from when the consent was recorded does."""
    old = world.ada()
    new = world.zoho.post("/contacts", {"lastName": "Moss"}).json()["id"]
    world.mail("The printer on the second floor is out of toner.")
    given = world.now() - HOUR
    kept = consents.record(world.app, world.org, Consent(world.org, "", old, "newsletter", given, "1", "form 7", "x"))
    ended = consents.withdraw(world.app, world.org, kept.id, who="x")
    world.settle()
    assert not world.cases
    assert world.zoho.post(f"/contacts/{new}/merge", {"ids": [old]}).ok
    deadlines.run(world.app)
    world.settle()
    assert consents.of(world.app, world.org, new) == [replace(ended, contact_id=new)]
    assert consents.of(world.app, world.org, old) == []
    assert rights.shown_flags(world.app, world.org, new) == "consent withdrawn"
    assert world.dead() == []
