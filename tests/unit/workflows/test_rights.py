"""What is carried out in Desk besides copies and erasures, told to a suite in memory, from first mail to last."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest

from tests.builders import NOW, ORG
from tests.fakes.crash_stories import ADA, asks, people, proves
from tests.fakes.crashing import World
from zoho_privacy.domain import records as r
from zoho_privacy.domain import tags
from zoho_privacy.domain.errors import Retryable
from zoho_privacy.domain.model import Case, Client, Form, Hold, Kind, Receipt, State
from zoho_privacy.ports import Item, Put
from zoho_privacy.workflows import casebook, deadlines, receipts
from zoho_privacy.workflows.arrivals import Hint, keep

AGENT = "701"
OLD, NEW = "+49 30 5550142", "+49 30 5550199"
WRONG = "Please correct my personal data: the phone number you hold about me is wrong. Ada Moss"
STOP = "I object to the processing of my personal data for improving your services. Ada Moss"
ONLY_STORE = "Please restrict the processing of my personal data. Ada Moss"
COPY = "Please send me a copy of all personal data you hold about me. Ada Moss"


def note(world: World, ticket_id: str, text: str, agent: str = AGENT) -> None:
    """Let an agent write a private note."""
    world.clock.advance(timedelta(minutes=5))
    world.desk.add_comment(ticket_id, text, commenter_id=agent)


def order(world: World, ticket_id: str, action: str, text: str = "", agent: str = AGENT) -> None:
    """Let an agent write the note of a command and run its macro."""
    if text:
        note(world, ticket_id, text, agent)
    world.macro(ticket_id, action, agent)


def last(world: World) -> str:
    return world.writer.sent[-1][2]


def case(world: World, kind: Kind) -> Case:
    return next(each for each in world.cases if each.kind is kind)


def refused(world: World) -> str:
    """Return the last note that took a command back."""
    return [text for text in world.writer.notes if "was not carried out" in text][-1]


def record_of(world: World, contact_id: str) -> r.Contact:
    return world.desk.contacts[contact_id].contact


def imported(world: World, contact_id: str, **values: Any) -> None:
    """Let something from outside overwrite the record, as an import or a sync does, and be announced."""
    held = world.desk.contacts[contact_id]
    held.contact = replace(held.contact, **values)
    world.clock.advance(timedelta(hours=2))
    at = world.clock.now().isoformat()
    world.alive(lambda app: void(keep(app, ORG, [Hint("Contact_Update", f"{contact_id}@{at}", contact_id=contact_id)])))
    world.rest()


def void(_: int) -> None:
    """Take what nobody needs."""


def with_field(world: World) -> None:
    world.desk.field_list["contacts"] = [r.FieldInfo(tags.FLAGS_FIELD, "Privacy Flags", "Text", custom=True)]


def flags(world: World, contact_id: str) -> str:
    return record_of(world, contact_id).details.get(tags.FLAGS_FIELD, "")


def stored(world: World, table: str) -> Mapping[str, Item]:
    return {item.id: item for item in casebook.every(world.store, ORG, table)}


def corrected() -> tuple[World, r.Contact, str]:
    """Bring a correction of Ada's number to its end."""
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, WRONG)
    proves(world, ticket_id)
    order(world, ticket_id, "Propose correction", f"Phone: {NEW}\nEvidence: a bill of March")
    order(world, ticket_id, "Approve plan")
    return world, ada, ticket_id


# ---------------------------------------------------------------------------------------------------------- correction


@pytest.mark.req("R-CORRECT-1", "R-VERIFY-9")
def test_a_correction_is_shown_before_and_after_approved_written_and_read_back() -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, WRONG)
    proves(world, ticket_id)
    assert (case(world, Kind.CORRECTION).state, world.letters()["correction_ack"]) == (State.VERIFIED, 1)
    order(world, ticket_id, "Propose correction", f"<div>Phone: {NEW}</div><div>Evidence: a bill of March</div>")
    assert case(world, Kind.CORRECTION).state is State.PLANNED
    assert any(f"- phone: {OLD} -> {NEW}" in text and "a bill of March" in text for text in world.writer.notes)
    assert record_of(world, ada.id).phone == OLD, "nothing is written before somebody approves"
    order(world, ticket_id, "Approve plan")
    assert record_of(world, ada.id).phone == NEW
    assert case(world, Kind.CORRECTION).reason == "receipts outstanding: microsoft_365"
    assert any("what was corrected" in text for text in world.writer.notes)
    world.confirm_elsewhere()
    assert (case(world, Kind.CORRECTION).state, case(world, Kind.CORRECTION).outcome) == (State.CLOSED, "corrected")
    assert "+…42 → +…99" in last(world)
    assert NEW not in last(world)
    assert NEW not in str(stored(world, "correction")), "the store keeps keyed hashes"


@pytest.mark.req("R-CORRECT-1")
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Reason: I feel like it", "names no field or no evidence"),
        (f"Phone: {NEW}", "names no field or no evidence"),
    ],
)
def test_a_correction_without_field_or_evidence_is_not_proposed(text: str, why: str) -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, WRONG)
    proves(world, ticket_id)
    order(world, ticket_id, "Propose correction", text)
    assert case(world, Kind.CORRECTION).state is State.VERIFIED
    assert why in refused(world)


@pytest.mark.req("R-CORRECT-1")
def test_what_an_agent_has_corrected_by_hand_is_told_to_the_person_not_refused() -> None:
    """Nothing is left to write, and the case still has to end with the truth."""
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, WRONG)
    proves(world, ticket_id)
    order(world, ticket_id, "Propose correction", f"Phone: {OLD}\nEvidence: the record")
    assert case(world, Kind.CORRECTION).state is State.WITH_PERSON
    assert any("the record says so already" in text for text in world.writer.notes)
    order(world, ticket_id, "Send answer", "Answer: The number on your record is the one you gave.")
    assert case(world, Kind.CORRECTION).state is State.CLOSED


@pytest.mark.req("R-CORRECT-1", "R-CORRECT-2")
@pytest.mark.parametrize("lost", [False, True])
def test_a_value_that_desk_keeps_in_its_own_form_is_corrected(lost: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001  a table
    """Desk writes a number its own way; a retry after a lost answer must not take that for somebody else's edit."""
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, WRONG)
    proves(world, ticket_id)
    order(world, ticket_id, "Propose correction", "Phone: 030 555 0199\nEvidence: a bill of March")
    write, failures = world.writer.update_contact, [Retryable("no answer", retry_after_s=60)] if lost else []

    def kept(contact_id: str, values: Mapping[str, str]) -> None:
        write(contact_id, {**values, "phone": NEW} if "phone" in values else values)
        if failures:
            raise failures.pop()

    monkeypatch.setattr(world.writer, "update_contact", kept)
    order(world, ticket_id, "Approve plan")
    world.rest(timedelta(hours=3))
    assert record_of(world, ada.id).phone == NEW
    assert world.letters()["correction_done"] == 1
    imported(world, ada.id, phone=OLD)
    assert record_of(world, ada.id).phone == NEW, "the old value is still recognised"


@pytest.mark.req("R-CORRECT-1", "R-PLAN-2")
def test_what_changed_after_it_was_shown_is_shown_again() -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, WRONG)
    proves(world, ticket_id)
    order(world, ticket_id, "Propose correction", f"Phone: {NEW}\nEvidence: a bill")
    held = world.desk.contacts[ada.id]
    held.contact = replace(held.contact, phone="+49 30 5550177")
    order(world, ticket_id, "Approve plan")
    assert case(world, Kind.CORRECTION).state is State.VERIFIED
    assert record_of(world, ada.id).phone == "+49 30 5550177"


@pytest.mark.req("R-CORRECT-1", "R-PLAN-1")
def test_a_note_altered_after_the_approval_is_not_carried_out() -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, WRONG)
    proves(world, ticket_id)
    order(world, ticket_id, "Propose correction", f"Phone: {NEW}\nEvidence: a bill")
    comments = world.desk.tickets[ticket_id].comments
    at = next(i for i, each in enumerate(comments) if each.content.startswith("Phone:"))
    comments[at] = replace(comments[at], content="Phone: +49 30 5550100\nEvidence: a bill")
    order(world, ticket_id, "Approve plan")
    assert case(world, Kind.CORRECTION).state is State.WITH_PERSON
    assert record_of(world, ada.id).phone == OLD


@pytest.mark.req("R-CORRECT-2")
def test_an_old_value_that_an_import_brings_back_is_corrected_again() -> None:
    world, ada, _ = corrected()
    imported(world, ada.id, phone=OLD)
    assert record_of(world, ada.id).phone == NEW
    assert any("corrected again" in text for text in world.writer.notes)
    imported(world, ada.id, phone="+49 30 5550188")
    assert record_of(world, ada.id).phone == "+49 30 5550188", "a third value is news, not the old mistake"


@pytest.mark.req("R-CORRECT-2")
def test_an_old_value_that_nobody_announced_is_found_later_and_a_quarrel_ends_with_a_person() -> None:
    world, ada, _ = corrected()
    held = world.desk.contacts[ada.id]
    held.contact = replace(held.contact, phone=OLD)
    world.rest(timedelta(days=2))
    assert record_of(world, ada.id).phone == NEW
    for _ in range(5):
        imported(world, ada.id, phone=OLD)
    assert record_of(world, ada.id).phone == OLD
    assert sum("a person has to look" in text for text in world.writer.notes) == 1


@pytest.mark.req("R-CORRECT-1", "R-HOLD-4")
def test_a_hold_keeps_the_record_as_it_is() -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, WRONG)
    proves(world, ticket_id)
    order(world, ticket_id, "Propose correction", f"Phone: {NEW}\nEvidence: a bill")
    today = NOW.date()
    hold = Hold("h1", "a dispute", "legal", "court", today, today, contact_ids=frozenset({ada.id}))
    world.store.commit([Put(Item(ORG, "hold", "h1", casebook.to_body(hold)))])
    order(world, ticket_id, "Approve plan")
    assert record_of(world, ada.id).phone == OLD
    assert case(world, Kind.CORRECTION).state is State.WITH_PERSON


@pytest.mark.req("R-CORRECT-3", "R-REFUSE-2")
def test_a_refused_correction_leaves_the_persons_statement_with_the_record() -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, WRONG)
    proves(world, ticket_id)
    order(world, ticket_id, "Refuse", "Reason: the contract says otherwise\nGround: Article 16")
    assert case(world, Kind.CORRECTION).state is State.REFUSED
    assert any("disputes this record" in text for text in world.writer.notes)
    assert "the contract says otherwise" in last(world)


# -------------------------------------------------------------------------------------------- restriction, suppression


@pytest.mark.req("R-RESTRICT-1")
def test_a_restriction_shows_on_the_record_and_ends_only_after_the_person_was_told() -> None:
    world = World()
    with_field(world)
    ada, _ = people(world)
    ticket_id = asks(world, ada, ONLY_STORE)
    proves(world, ticket_id)
    assert flags(world, ada.id) == "stored only"
    order(world, ticket_id, "Lift restriction")
    assert "Reason" in refused(world)
    order(world, ticket_id, "Lift restriction", "Reason: the accuracy has been established")
    assert world.letters()["restriction_ends"] == 1
    assert "the accuracy has been established" in last(world)
    assert stored(world, "restriction") == {}
    assert flags(world, ada.id) == ""
    said = [entry.what for entry in world.entries()]
    assert said.index("lifting_announced") < said.index("reply_sent", said.index("lifting_announced"))
    assert said.index("reply_sent", said.index("lifting_announced")) < said.index("restriction_lifted")


@pytest.mark.req("R-RESTRICT-1", "R-OBJECT-1")
@pytest.mark.parametrize("way", ["Refuse", "Lift restriction"])
def test_the_end_of_one_request_does_not_end_the_restriction_of_another(way: str) -> None:
    """Who was told that the data is only stored must not find it used because a different matter was decided."""
    world = World()
    with_field(world)
    ada, _ = people(world)
    objects = asks(world, ada, STOP)
    proves(world, objects)
    restricts = world.desk.add_ticket(contact_id=ada.id, subject="Only store").id
    world.mail(restricts, ONLY_STORE)
    proves(world, restricts)
    assert world.letters()["restriction_done"] == 2
    order(world, objects, way, "Reason: security needs it\nGround: Article 21(1), balancing of today")
    assert set(stored(world, "restriction")) == {ada.id}
    assert flags(world, ada.id) == "stored only"
    assert world.letters()["restriction_ends"] == 0, "nothing ended that somebody could be told of"
    order(world, restricts, "Lift restriction", "Reason: the accuracy has been established")
    assert world.letters()["restriction_ends"] == 1
    assert (stored(world, "restriction"), flags(world, ada.id)) == ({}, "")


@pytest.mark.req("R-CHILD-6", "R-RESTRICT-1")
def test_a_hold_keeps_the_data_restricted() -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, ONLY_STORE)
    proves(world, ticket_id)
    world.macro(ticket_id, "Place hold")
    order(world, ticket_id, "Lift restriction", "Reason: we want to use it")
    assert "a hold keeps" in refused(world)
    assert set(stored(world, "restriction")) == {ada.id}


@pytest.mark.req("R-OBJECT-1")
@pytest.mark.parametrize("upheld", [True, False])
def test_an_objection_stops_the_use_until_somebody_has_weighed_it(upheld: bool) -> None:  # noqa: FBT001  a table
    world = World()
    with_field(world)
    ada, _ = people(world)
    ticket_id = asks(world, ada, STOP)
    proves(world, ticket_id)
    assert case(world, Kind.OBJECTION).state is State.WITH_PERSON
    assert (world.letters()["restriction_done"], flags(world, ada.id)) == (1, "stored only")
    if upheld:
        order(world, ticket_id, "Send answer", "Answer: We have stopped for good.")
        assert case(world, Kind.OBJECTION).state is State.CLOSED
        assert set(stored(world, "restriction")) == {ada.id}
    else:
        order(world, ticket_id, "Refuse", "Reason: security needs it\nGround: Article 21(1), balancing of today")
        assert case(world, Kind.OBJECTION).state is State.REFUSED
        assert (stored(world, "restriction"), flags(world, ada.id)) == ({}, "")


@pytest.mark.req("R-OPTOUT-1", "R-OPTOUT-4", "R-CONSENT-2")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Do not sell or share my personal information.", "no sale or sharing"),
        ("I withdraw my consent to the processing of my data. Ada Moss", "consent withdrawn"),
        ("I object to the use of my personal data for direct marketing.", "no direct marketing"),
    ],
)
def test_an_opt_out_is_written_to_the_record_and_read_back(text: str, shown: str) -> None:
    world = World()
    with_field(world)
    ada, _ = people(world)
    asks(world, ada, text)
    assert flags(world, ada.id) == shown
    assert [entry.result for entry in world.entries() if entry.what == "record_flagged"] == ["read back"]
    imported(world, ada.id, details={})
    assert set(stored(world, "suppression")), "the suite's own list does not depend on the record"


@pytest.mark.req("R-OPTOUT-1", "R-RESTRICT-1", "R-CORRECT-2")
@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("left", ["", "newsletter again"])
def test_a_flag_that_somebody_takes_away_comes_back(announced: bool, left: str) -> None:  # noqa: FBT001  a table
    world = World()
    with_field(world)
    ada, _ = people(world)
    asks(world, ada, "Do not sell or share my personal information.")
    details = {tags.FLAGS_FIELD: left}
    if announced:
        imported(world, ada.id, details=details)
        world.rest(timedelta(hours=2))
    else:
        held = world.desk.contacts[ada.id]
        held.contact = replace(held.contact, details=details)
        deadlines.run(world.app())
        world.rest()
    assert flags(world, ada.id) == "no sale or sharing"
    assert [entry.result for entry in world.entries() if entry.what == "record_flagged"] == ["read back"] * 2


@pytest.mark.req("R-OPTOUT-1")
def test_a_portal_without_the_field_is_written_to_the_ledger() -> None:
    world = World()
    ada, _ = people(world)
    asks(world, ada, "Do not sell or share my personal information.")
    assert flags(world, ada.id) == ""
    assert [e.result for e in world.entries() if e.what == "record_flagged"] == ["the portal has no field for it"]
    assert len(stored(world, "suppression")) == 1


@pytest.mark.req("R-OPTOUT-1", "R-RESTRICT-1")
@pytest.mark.parametrize("announced", [True, False])
def test_what_somebody_asked_for_goes_along_when_their_record_is_merged(announced: bool) -> None:  # noqa: FBT001  a table
    """Desk says nothing of a merge; a later event on the ticket shows it, or the daily look."""
    world = World()
    with_field(world)
    ada, _ = people(world)
    other = world.desk.add_contact(first_name="Ada", last_name="Moss", email="ada@work.example.com")
    opts_out = asks(world, ada, "Do not sell or share my personal information.")
    restricts = world.desk.add_ticket(contact_id=ada.id, subject="Only store").id
    world.mail(restricts, ONLY_STORE)
    proves(world, restricts)
    for held in world.desk.tickets.values():
        if held.ticket.contact_id == ada.id:
            held.ticket = replace(held.ticket, contact_id=other.id)
    del world.desk.contacts[ada.id]
    if announced:
        world.hears_of(opts_out)
    else:
        deadlines.run(world.app())
        world.rest()
    assert set(stored(world, "suppression")) == {f"{other.id}:opt_out_sale"}
    assert set(stored(world, "restriction")) == {other.id}
    assert flags(world, other.id) == "no sale or sharing; stored only"
    order(world, restricts, "Lift restriction", "Reason: the accuracy has been established")
    assert (stored(world, "restriction"), flags(world, other.id)) == ({}, "no sale or sharing")


@pytest.mark.req("R-OPTOUT-1")
def test_a_ticket_that_only_changes_hands_takes_no_wish_along() -> None:
    world = World()
    ada, _ = people(world)
    other = world.desk.add_contact(first_name="Bob", last_name="Stone", email="bob@work.example.com")
    ticket_id = asks(world, ada, "Do not sell or share my personal information.")
    held = world.desk.tickets[ticket_id]
    held.ticket = replace(held.ticket, contact_id=other.id)
    world.hears_of(ticket_id)
    assert set(stored(world, "suppression")) == {f"{ada.id}:opt_out_sale"}


@pytest.mark.req("R-PROP-3", "R-PROP-4", "R-OPTOUT-3", "R-CCPA-4", "R-PLAN-6")
@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        (WRONG, Kind.CORRECTION, {"microsoft_365"}),
        (ONLY_STORE, Kind.RESTRICTION, {"aws", "openai", "microsoft_365"}),
        ("Do not sell or share my personal information.", Kind.OPT_OUT_SALE, {"aws", "openai", "microsoft_365"}),
        ("Please limit the use of my sensitive personal information.", Kind.LIMIT_SENSITIVE, {"aws", "openai"}),
    ],
)
def test_whoever_holds_the_data_is_told_and_the_case_waits_for_each(text: str, kind: Kind, told: set[str]) -> None:
    """The person is answered first; a recipient may say that telling is impossible, and why."""
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, text)
    if kind in {Kind.CORRECTION, Kind.RESTRICTION}:
        proves(world, ticket_id)
    if kind is Kind.CORRECTION:
        order(world, ticket_id, "Propose correction", f"Phone: {NEW}\nEvidence: a bill of March")
        order(world, ticket_id, "Approve plan")
    app, found = world.app(), case(world, kind)
    assert (found.state, found.answered is not None) == (State.FULFILLED, True)
    assert set(receipts.outstanding(app, found)) >= told
    (asked,) = [note for note in world.writer.notes if "The case stays open until these have confirmed" in note]
    assert all(f"- {app.rules.recipients[key].name}: {app.rules.recipients[key].acts}" in asked for key in told)
    for key in receipts.outstanding(app, found):
        assert case(world, kind).state is State.FULFILLED
        reason = "no list of their own" if key == "aws" else ""
        form, by = Form.DISPROPORTIONATE if reason else Form.NOTHING_HELD, app.rules.recipients[key].acts
        receipts.record(app, ORG, found.id, Receipt(key, form, by, app.clock.now(), reason=reason))
    assert case(world, kind).state is State.CLOSED


@pytest.mark.req("R-PROP-3", "R-CORRECT-3")
def test_a_refused_or_merely_answered_case_tells_nobody() -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, WRONG)
    proves(world, ticket_id)
    order(world, ticket_id, "Refuse", "Reason: the contract says otherwise\nGround: Article 16")
    assert receipts.outstanding(world.app(), case(world, Kind.CORRECTION)) == ()


@pytest.mark.req("R-OPTOUT-1", "R-CLASS-5")
def test_an_opt_out_said_again_is_confirmed_again() -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, "Do not sell or share my personal information.")
    world.mail(ticket_id, "Do not sell or share my personal information!")
    assert world.letters() == {"opt_out_done": 2}
    assert len(world.cases) == 1


# -------------------------------------------------------------------------------------------------- letters by command


@pytest.mark.req("R-CLOCK-4")
@pytest.mark.parametrize(
    ("country", "moves", "why"),
    [("United Kingdom", 5, ""), ("Germany", 0, "GDPR 12(3)-(4) knows no pause for clarification")],
)
def test_a_question_stops_the_clock_where_the_law_does_and_the_answer_starts_it(
    country: str, moves: int, why: str
) -> None:
    """The policy's promise stays where it is, and where no law grants a pause the note says so."""
    world = World()
    ada, _ = people(world)
    held = world.desk.contacts[ada.id]
    held.contact = replace(held.contact, country=country)
    ticket_id = asks(world, ada, COPY)
    before = case(world, Kind.ACCESS).due
    order(world, ticket_id, "Ask back")
    assert "'Question: ...'" in refused(world)
    order(world, ticket_id, "Ask back", "Question: Which of your two accounts do you mean?")
    assert "Which of your two accounts do you mean?" in last(world)
    assert bool([text for text in world.writer.notes if why and why in text]) is bool(why)
    world.clock.advance(timedelta(days=5))
    world.mail(ticket_id, "The first one.")
    after = case(world, Kind.ACCESS).due
    assert (after.legal_due - before.legal_due, after.promise_due) == (timedelta(days=moves), before.promise_due)
    assert bool([line for line in after.why if "waited for clarification" in line]) is bool(moves)
    world.clock.advance(timedelta(days=5))
    world.mail(ticket_id, "Did you get my answer?")
    assert case(world, Kind.ACCESS).due == after, "a wait ends once"


@pytest.mark.req("R-CLOCK-3")
def test_an_extension_moves_the_date_and_sends_its_letter_in_one_step() -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, COPY)
    before = case(world, Kind.ACCESS).due
    order(world, ticket_id, "Extend", "Reason: three archives have to be searched")
    after = case(world, Kind.ACCESS).due
    assert (before.due, after.due, after.promise_due) == (date(2026, 4, 1), date(2026, 6, 2), before.promise_due)
    assert world.letters()["extension"] == 1
    assert all(word in last(world) for word in ("three archives have to be searched", "1 April 2026", "2 June 2026"))
    order(world, ticket_id, "Extend", "Reason: and once more")
    assert "extended once" in refused(world)
    assert case(world, Kind.ACCESS).due == after


@pytest.mark.req("R-CLOCK-3", "R-CLOCK-9")
def test_an_extension_too_late_without_reason_or_where_no_law_grants_it_is_refused_with_the_rule() -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, COPY)
    order(world, ticket_id, "Extend")
    assert "Reason" in refused(world)
    world.clock.advance(timedelta(days=40))
    order(world, ticket_id, "Extend", "Reason: we forgot")
    assert "had to go out by 2026-04-02" in refused(world)
    assert world.letters()["extension"] == 0


@pytest.mark.req("R-REFUSE-1", "R-REFUSE-2")
@pytest.mark.parametrize("partial", [True, False])
def test_a_refusal_names_reason_ground_authority_and_court(partial: bool) -> None:  # noqa: FBT001  a table
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, COPY)
    order(world, ticket_id, "Refuse", "Reason: it is too much")
    assert "'Ground: ...'" in refused(world)
    assert case(world, Kind.ACCESS).state is State.AWAITING_PROOF
    order(world, ticket_id, "Refuse", f"Reason: too much\nGround: Article 12(5)\nPartial: {'yes' if partial else 'no'}")
    assert world.letters()["refusal"] == 1
    assert all(word in last(world) for word in ("too much", "Article 12(5)", "authority", "court"))
    assert ("Everything else we do as you asked" in last(world)) is partial
    assert case(world, Kind.ACCESS).state is (State.AWAITING_PROOF if partial else State.REFUSED)


BOTH = "Please send me a copy of all my personal data. Also please delete all personal data about me. Ada Moss"
NO_ERASURE = "Reason: invoices are kept by law\nGround: Article 17(3)(b)"


@pytest.mark.req("R-REFUSE-1")
def test_a_refusal_ends_the_right_it_names_and_no_other() -> None:
    """Who asks for a copy and to be forgotten still gets the copy where only the erasure is refused."""
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, BOTH)
    order(world, ticket_id, "Refuse", NO_ERASURE)
    assert "Scope: access, deletion" in refused(world)
    assert {each.state for each in world.cases} == {State.AWAITING_PROOF}
    order(world, ticket_id, "Refuse", f"{NO_ERASURE}\nScope: correction")
    assert "no such case" in refused(world)
    order(world, ticket_id, "Refuse", f"{NO_ERASURE}\nScope: forgetting")
    assert "names no right" in refused(world)
    order(world, ticket_id, "Refuse", f"{NO_ERASURE}\nScope: deletion")
    assert (case(world, Kind.DELETION).state, case(world, Kind.ACCESS).state) == (State.REFUSED, State.AWAITING_PROOF)
    assert "copy" not in last(world)
    proves(world, ticket_id)
    assert case(world, Kind.ACCESS).state is State.CLOSED
    assert world.letters() == {"identity": 1, "refusal": 1, "export_ready": 1}


@pytest.mark.req("R-TAG-2", "R-CLASS-2")
@pytest.mark.parametrize("way", ["macro", "tag"])
def test_a_mistake_ends_the_request_that_the_note_names_and_no_other(way: str) -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, BOTH)
    order(world, ticket_id, "Not a request", "Scope: correction")
    assert "no such case" in refused(world)
    assert {each.state for each in world.cases} == {State.AWAITING_PROOF}
    note(world, ticket_id, "Scope: deletion")
    if way == "tag":
        world.desk.tickets[ticket_id].tags.add("privacy-not-a-request")
        world.hears_of(ticket_id)
    else:
        order(world, ticket_id, "Not a request")
    assert (case(world, Kind.DELETION).state, case(world, Kind.ACCESS).state) == (State.DISMISSED, State.AWAITING_PROOF)
    proves(world, ticket_id)
    assert case(world, Kind.ACCESS).state is State.CLOSED
    assert world.letters()["export_ready"] == 1


@pytest.mark.req("R-TAG-2", "R-CLASS-2")
def test_closing_by_hand_ends_what_the_note_names_and_without_one_all() -> None:
    """What an agent wrote for another command is not used up by it."""
    world = World()
    ada, _ = people(world)
    text = "I object to the processing of my data for improving your services. I also complain: you lost my data."
    ticket_id = asks(world, ada, text)
    proves(world, ticket_id)
    order(world, ticket_id, "Close case", "Scope: complaint")
    assert (case(world, Kind.COMPLAINT).state, case(world, Kind.OBJECTION).state) == (State.CLOSED, State.WITH_PERSON)
    note(world, ticket_id, "Answer: We have looked into it.")
    order(world, ticket_id, "Close case")
    assert case(world, Kind.OBJECTION).state is State.CLOSED
    assert len(stored(world, "sheet")) == 1


@pytest.mark.req("R-MACRO-1", "R-PLAN-6")
def test_words_about_one_request_do_not_answer_another() -> None:
    world = World()
    ada, _ = people(world)
    text = "I object to the processing of my data for improving your services. I also complain: you lost my data."
    ticket_id = asks(world, ada, text)
    proves(world, ticket_id)
    assert {each.kind: each.state for each in world.cases} == {
        Kind.OBJECTION: State.WITH_PERSON,
        Kind.COMPLAINT: State.WITH_PERSON,
    }
    order(world, ticket_id, "Send answer", "Answer: We have looked into what was lost.")
    assert "Scope: complaint, objection" in refused(world)
    order(world, ticket_id, "Send answer", "Answer: We have looked into what was lost.\nScope: complaint")
    assert (case(world, Kind.COMPLAINT).state, case(world, Kind.OBJECTION).state) == (State.CLOSED, State.WITH_PERSON)


@pytest.mark.req("R-MACRO-1", "R-TAG-2")
def test_an_answer_in_an_agents_words_closes_the_case_when_it_is_out() -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, "I want to file a complaint: you passed my personal data on without my consent. Ada")
    order(world, ticket_id, "Send answer", "Answer: We have looked into it.\n\nIt was a mistake.")
    assert "<p>It was a mistake.</p>" in last(world)
    assert {each.state for each in world.cases} == {State.CLOSED}
    order(world, ticket_id, "Send answer")
    assert world.letters()["answered"] == 1


@pytest.mark.req("R-TAG-2")
def test_a_note_serves_one_command_and_only_its_writers() -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, COPY)
    note(world, ticket_id, "Reason: a colleague's words", agent="702")
    order(world, ticket_id, "Extend")
    assert world.letters()["extension"] == 0
    order(world, ticket_id, "Extend", "Reason: three archives")
    order(world, ticket_id, "Refuse")
    assert case(world, Kind.ACCESS).state is State.AWAITING_PROOF, "the reason was for the extension"


# ------------------------------------------------------------------------------------------- possible request, children


@pytest.mark.req("R-CLASS-3", "R-INTAKE-2")
@pytest.mark.parametrize("reply", ["Yes", "Ja, bitte.", "Oui !"])
def test_a_possible_request_is_asked_about_once_and_becomes_one_by_a_yes(reply: str) -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, "Please close my account.")
    asked = case(world, Kind.DELETION)
    assert (asked.state, world.letters()) == (State.WITH_PERSON, {"possible": 1})
    world.mail(ticket_id, reply)
    now = case(world, Kind.DELETION)
    assert (now.state, now.due) == (State.AWAITING_PROOF, asked.due)
    assert world.letters() == {"possible": 1, "identity": 1}
    world.mail(ticket_id, reply)
    assert world.letters() == {"possible": 1, "identity": 1}


@pytest.mark.req("R-CLASS-3")
def test_another_answer_leaves_a_possible_request_with_a_person_and_a_clear_one_makes_it_a_request() -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, "Please close my account.")
    world.mail(ticket_id, "No, I only meant the trial of the portal.")
    assert case(world, Kind.DELETION).state is State.WITH_PERSON
    world.mail(ticket_id, "Please delete all personal data you hold about me.")
    assert case(world, Kind.DELETION).state is State.AWAITING_PROOF
    assert world.letters()["identity"] == 1


@pytest.mark.req("R-CLASS-5", "R-VERIFY-13", "R-INTAKE-4")
def test_a_machine_wakes_no_sleeping_case_and_is_no_reminder() -> None:
    """It would wait for a code that nobody was sent; the person's own word still wakes it."""
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, COPY)
    world.rest(timedelta(days=4))
    asleep = case(world, Kind.ACCESS)
    assert asleep.state is State.DORMANT
    absent = "Auto-Submitted: auto-replied\nSubject: Absent\n\nx"
    for text in (f"I am away until Monday. {COPY}", "I am away. I am still waiting for your answer to my request."):
        thread = world.desk.add_thread(ticket_id, content=f"<div>{text}</div>")
        world.desk.add_mail(ticket_id, thread.id, absent)
        world.hears_of(ticket_id)
    assert (case(world, Kind.ACCESS).state, case(world, Kind.ACCESS).urgency) == (State.DORMANT, asleep.urgency)
    assert world.letters() == {"identity": 1}
    world.mail(ticket_id, "I am back, what do you need from me?")
    assert (case(world, Kind.ACCESS).state, world.letters()) == (State.AWAITING_PROOF, {"identity": 2})


@pytest.mark.req("R-CLASS-5", "R-VERIFY-13")
@pytest.mark.parametrize("late", [False, True])
def test_a_code_counts_on_the_ticket_where_it_was_asked_for_once_more(late: bool) -> None:  # noqa: FBT001  a table
    """Who asks again elsewhere is told there to reply with a code, at any time: the one case goes on by it."""
    world = World()
    ada, _ = people(world)
    asks(world, ada, COPY)
    again = world.desk.add_ticket(contact_id=ada.id, subject="Once more").id
    world.mail(again, COPY)
    assert [ticket_id for ticket_id, _, _ in world.writer.sent][-1] == again
    if late:
        world.clock.advance(timedelta(days=4))
        world.rest()
        assert case(world, Kind.ACCESS).state is State.DORMANT
        world.mail(again, "Sorry for being late.")
        assert (case(world, Kind.ACCESS).state, world.letters()["identity"]) == (State.AWAITING_PROOF, 3)
    proves(world, again)
    assert [each.kind for each in world.cases] == [Kind.ACCESS]
    assert (case(world, Kind.ACCESS).state, world.letters()["export_ready"]) == (State.CLOSED, 1)


@pytest.mark.req("R-CHILD-3", "R-CHILD-4")
def test_a_confirmed_childs_data_is_deleted_within_five_business_days_and_nothing_more_is_asked() -> None:
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, "My daughter is only 9 years old and wrote to your assistant. Please delete her data.")
    assert set(stored(world, "restriction")) == {ada.id}
    order(world, ticket_id, "Confirm child", f"Person: {ADA}")
    found = case(world, Kind.DELETION)
    assert (found.state, found.due.due) == (State.PLANNED, date(2026, 3, 9))
    assert world.letters() == {"child": 1}
    order(world, ticket_id, "Approve plan", agent=AGENT)
    assert case(world, Kind.DELETION).state is State.PLANNED, "who confirmed may not approve"
    order(world, ticket_id, "Approve plan", agent="702")
    world.confirm_elsewhere()
    assert case(world, Kind.DELETION).state is State.CLOSED
    assert not [each for each in world.desk.contacts.values() if each.contact.email == ADA]


@pytest.mark.req("R-CHILD-2", "R-CHILD-3", "R-CHILD-4")
def test_a_parents_own_record_is_not_the_childs() -> None:
    """Both may be meant, so both are only stored until somebody says whose data it is; then only the child's goes."""
    world = World()
    with_field(world)
    ada, _ = people(world)
    kit = world.desk.add_contact(first_name="Kit", last_name="Moss", email="kit.moss@example.net")
    text = "My son is only 9 years old and wrote to you from kit.moss@example.net. Please delete all data about him."
    ticket_id = asks(world, ada, text)
    assert set(stored(world, "restriction")) == {ada.id, kit.id}
    assert (flags(world, ada.id), flags(world, kit.id)) == ("stored only", "stored only")
    order(world, ticket_id, "Confirm child")
    assert "several records" in refused(world)
    order(world, ticket_id, "Confirm child", "Person: nobody@example.net")
    assert "nobody on file" in refused(world)
    order(world, ticket_id, "Confirm child", "Person: kit.moss@example.net")
    found = case(world, Kind.DELETION)
    assert (found.state, found.contact_id, found.correspondent) == (State.PLANNED, kit.id, ada.id)
    assert (set(stored(world, "restriction")), flags(world, ada.id)) == ({kit.id}, "")
    order(world, ticket_id, "Approve plan", agent="702")
    world.confirm_elsewhere()
    world.rest(timedelta(days=2))
    assert case(world, Kind.DELETION).state is State.CLOSED
    assert record_of(world, ada.id).email == ADA
    assert not [each for each in world.desk.contacts.values() if each.contact.email == "kit.moss@example.net"]


@pytest.mark.req("R-CHILD-2", "R-CHILD-3", "R-CHILD-4")
def test_a_parent_who_names_no_address_does_not_have_their_own_data_deleted() -> None:
    """Agents read what to do, ask back for the address and for nothing else; the child's record alone goes."""
    world = World()
    ada, _ = people(world)
    kit = world.desk.add_contact(first_name="Kit", last_name="Moss", email="kit.moss@example.net")
    ticket_id = asks(world, ada, CHILDS)
    assert any("for the address that the child wrote from and for nothing else" in text for text in world.writer.notes)
    order(world, ticket_id, "Confirm child")
    assert "say whose data goes" in refused(world)
    assert {each.state for each in world.cases} == {State.WITH_PERSON}
    order(world, ticket_id, "Ask back", "Question: From which address did your child write?")
    assert (world.letters()["question"], world.letters()["child"]) == (1, 1)
    world.mail(ticket_id, "It was kit.moss@example.net")
    order(world, ticket_id, "Confirm child", "Person: kit.moss@example.net")
    found = case(world, Kind.DELETION)
    assert (found.state, found.contact_id, found.correspondent) == (State.PLANNED, kit.id, ada.id)
    assert set(stored(world, "restriction")) == {kit.id}


@pytest.mark.req("R-CHILD-2", "R-RESTRICT-1")
def test_a_childs_matter_that_is_none_leaves_nothing_restricted() -> None:
    world = World()
    with_field(world)
    ada, _ = people(world)
    ticket_id = asks(world, ada, CHILDS)
    assert flags(world, ada.id) == "stored only"
    order(world, ticket_id, "Not a request")
    assert (stored(world, "restriction"), flags(world, ada.id)) == ({}, "")


@pytest.mark.req("R-CHILD-4", "R-AGENT-3", "R-ACCESS-5")
def test_a_parent_gets_the_copy_of_the_childs_data_and_not_of_their_own() -> None:
    world = World()
    ada, _ = people(world)
    kit = world.desk.add_contact(first_name="Kit", last_name="Moss", email="kit.moss@example.net")
    text = "As the parent of a minor I request a copy of all data you hold about my child, Kit Moss, aged 11."
    ticket_id = asks(world, ada, text)
    assert case(world, Kind.ACCESS).reason == "child"
    order(world, ticket_id, "Accept mandate", "Mandate: parental responsibility\nScope: access")
    assert "Person: " in refused(world)
    order(
        world,
        ticket_id,
        "Accept mandate",
        "Mandate: parental responsibility\nScope: access\nPerson: kit.moss@example.net",
    )
    found = case(world, Kind.ACCESS)
    assert (found.contact_id, found.correspondent, found.mandate) == (kit.id, ada.id, "parental responsibility")
    assert (found.state, world.letters()["export_ready"]) == (State.CLOSED, 1)
    assert world.writer.sent[-1][1] == ADA
    assert "the person's data" in unescape(last(world))


@pytest.mark.req("R-CHILD-2", "R-AGENT-1")
def test_who_writes_for_a_child_on_file_has_its_data_restricted_and_not_only_their_own() -> None:
    world = World()
    ada, _ = people(world)
    kit = world.desk.add_contact(first_name="Kit", last_name="Moss", email="kit.moss@example.net")
    text = "On behalf of my daughter (kit.moss@example.net), aged 12, I request a copy of all personal data about her."
    ticket_id = asks(world, ada, text)
    assert kit.id in stored(world, "restriction")
    order(world, ticket_id, "Lift restriction", "Reason: she is of age")
    assert stored(world, "restriction") == {}


CHILDS = "My daughter is only 9 years old and wrote to your assistant. Please delete her data."


@pytest.mark.req("R-CHILD-2", "R-CLOCK-7")
def test_a_childs_matter_nobody_looks_at_is_called_out_on_its_last_day_once() -> None:
    """Received on a Monday: the only business day is Tuesday."""
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, CHILDS)
    assert tags.URGENT in world.desk.tickets[ticket_id].tags
    deadlines.run(world.app())
    world.rest()
    called = "A child's data may be concerned: somebody looks by 2026-03-03."
    assert [text for text in world.writer.notes if called in text] == []
    for _ in range(2):
        world.clock.advance(timedelta(days=1))
        deadlines.run(world.app())
        world.rest()
    assert len([text for text in world.writer.notes if called in text]) == 1


@pytest.mark.req("R-CHILD-3")
def test_a_client_whose_childs_data_it_was_is_told_by_an_agent() -> None:
    world = World()
    ada, _ = people(world)
    world.clients = {"8800": Client("Harbour School")}
    held = world.desk.contacts[ada.id]
    held.contact = replace(held.contact, account_id="8800")
    ticket_id = asks(world, ada, CHILDS)
    assert case(world, Kind.CHILD_REPORT).state is State.WITH_PERSON, "the fast lane does not wait for the client"
    order(world, ticket_id, "Confirm child", f"Person: {ADA}")
    assert case(world, Kind.DELETION).state is State.PLANNED
    assert any("in the care of Harbour School: tell the organisation" in text for text in world.writer.notes)


@pytest.mark.req("R-CHILD-6", "R-HOLD-4")
def test_a_hold_keeps_a_childs_data_restricted_and_out_of_use() -> None:
    """It is not deleted, it is not used, and no command brings it back while the hold stands."""
    world = World()
    with_field(world)
    ada, _ = people(world)
    ticket_id = asks(world, ada, CHILDS)
    today = NOW.date()
    hold = Hold("h1", "a dispute", "legal", "court", today, today, contact_ids=frozenset({ada.id}))
    world.store.commit([Put(Item(ORG, "hold", "h1", casebook.to_body(hold)))])
    order(world, ticket_id, "Confirm child", f"Person: {ADA}")
    order(world, ticket_id, "Lift restriction", "Reason: we want to use it")
    order(world, ticket_id, "Approve plan", agent="702")
    assert record_of(world, ada.id).email == ADA
    assert (set(stored(world, "restriction")), flags(world, ada.id)) == ({ada.id}, "stored only")
