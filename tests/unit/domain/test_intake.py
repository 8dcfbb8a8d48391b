"""What is decided about a message: which cases open, join or reopen, and the one answer."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from tests.builders import NOW, ORG, a_case
from zoho_privacy.adapters.rulesets import load_rules
from zoho_privacy.domain import tags
from zoho_privacy.domain.intake import Intake, MessageFacts, decide, says_yes
from zoho_privacy.domain.model import Kind, Label, Law, Level, State, Understanding
from zoho_privacy.domain.rules import Rules


@cache
def rules() -> Rules:
    return load_rules()


def facts(**members: Any) -> MessageFacts:
    known = MessageFacts(
        org=ORG,
        ticket_id="7001",
        ticket_number="5127",
        received=NOW,
        contact_id="9001",
        on_file=True,
        law=Law.GDPR,
        laws=(Law.GDPR,),
        time_zone="UTC",
        policy_version="1",
    )
    return replace(known, **members)


def asks(*kinds: Kind, **members: Any) -> Understanding:
    labels = tuple(Label(kind, 0.9, f"please {kind}") for kind in kinds)
    return replace(Understanding("en", labels), **members)


def take(understanding: Understanding, **members: Any) -> Intake:
    return decide(understanding, facts(**members), rules())


def test_ordinary_mail_needs_nothing() -> None:
    assert take(Understanding("en")).idle


@pytest.mark.req("R-CLASS-2")
def test_each_kind_opens_its_own_case_with_one_receipt_and_one_letter() -> None:
    intake = take(asks(Kind.ACCESS, Kind.DELETION))
    assert {case.kind for case in intake.opened} == {Kind.ACCESS, Kind.DELETION}
    assert {case.due.received for case in intake.opened} == {NOW}
    assert {case.state for case in intake.opened} == {State.AWAITING_PROOF}
    assert intake.letter == "identity"


@pytest.mark.req("R-VERIFY-7", "R-OPTOUT-2", "R-CONSENT-2")
@pytest.mark.parametrize("kind", [Kind.OPT_OUT_SALE, Kind.LIMIT_SENSITIVE, Kind.WITHDRAW_CONSENT])
@pytest.mark.parametrize("law", [Law.GDPR, Law.CCPA, Law.NONE])
def test_opt_outs_and_withdrawals_are_done_at_once_without_proof(kind: Kind, law: Law) -> None:
    intake = take(asks(kind), law=law, laws=(law,))
    assert [case.state for case in intake.opened] == [State.FULFILLED]
    assert intake.letter == "opt_out_done"
    assert intake.level is Level.V0


@pytest.mark.req("R-VERIFY-7", "R-OBJECT-1")
def test_an_objection_to_marketing_is_absolute_any_other_needs_proof() -> None:
    absolute, other = take(asks(Kind.OBJECTION, marketing=True)), take(asks(Kind.OBJECTION))
    assert [case.state for case in absolute.opened] == [State.FULFILLED]
    assert absolute.letter == "opt_out_done"
    assert [case.state for case in other.opened] == [State.AWAITING_PROOF]


@pytest.mark.req("R-CLASS-2", "R-PROP-6")
def test_a_question_that_the_register_answers_gets_the_answer_and_no_letter_before_it() -> None:
    """The answer follows in the same minute; an acknowledgement with the same list would be a second copy."""
    intake = take(asks(Kind.RECIPIENT_LIST))
    assert [case.state for case in intake.opened] == [State.VERIFIED]
    assert intake.letter is None
    assert take(asks(Kind.RECIPIENT_LIST), automatic="auto-submitted").letter is None
    assert take(asks(Kind.RECIPIENT_LIST, by_agent=True)).letter is None, "the list is no secret of anybody"
    assert take(asks(Kind.RECIPIENT_LIST, Kind.DELETION)).letter == "identity"


@pytest.mark.req("R-CLASS-5")
def test_a_second_mail_about_the_same_right_joins_and_gets_no_new_clock() -> None:
    running = a_case(version=3)
    intake = take(asks(Kind.DELETION), known=(running,), ticket_id="7002")
    assert not intake.opened
    assert [(case.id, case.urgency, case.due) for case in intake.joined] == [(running.id, 1, running.due)]


@pytest.mark.req("R-CLASS-5")
def test_a_reminder_raises_urgency_and_says_when_the_answer_comes() -> None:
    intake = take(replace(Understanding("en"), reminder=True), known=(a_case(state=State.PLANNED),))
    assert intake.letter == "still_open"
    assert intake.flags == {tags.URGENT}
    assert [case.state for case in intake.joined] == [State.PLANNED]


@pytest.mark.req("R-CLASS-5")
def test_a_closed_case_is_reopened_never_joined_silently() -> None:
    intake = take(asks(Kind.DELETION), known=(a_case(state=State.CLOSED),))
    assert [case.state for case in intake.joined] == [State.WITH_PERSON]


@pytest.mark.req("R-CLASS-5", "R-PROC-5")
@pytest.mark.parametrize("customer", [True, False])
def test_whose_ticket_it_is_reopens_it_and_somebody_copied_on_it_does_not(customer: bool) -> None:  # noqa: FBT001
    """Whose record was erased comes back under another one; a colleague who was copied is somebody else."""
    closed = a_case(state=State.CLOSED)
    reminder = replace(Understanding("en"), reminder=True)
    intake = take(reminder, known=(closed,), contact_id="9002", customer=customer)
    assert [case.state for case in intake.joined] == [State.WITH_PERSON] * customer
    again = take(asks(Kind.DELETION), known=(closed,), contact_id="9002", customer=customer)
    assert [case.id for case in again.opened] == ([] if customer else ["7001-deletion-9002"])


@pytest.mark.req("R-CLASS-3", "R-INTAKE-4", "R-PROC-5")
def test_a_doubtful_word_of_somebody_else_on_a_ticket_is_a_case_of_its_own() -> None:
    """Under the other person's id it could never be stored, and the message would be tried for ever."""
    doubtful = Understanding("en", doubtful=(Label(Kind.DELETION, 0.4, "close my account"),))
    intake = take(doubtful, known=(a_case(),), contact_id="9002", customer=False)
    assert [(case.id, case.contact_id) for case in intake.opened] == [("7001-deletion-9002", "9002")]


@pytest.mark.req("R-CLASS-3")
def test_a_doubtful_mail_starts_the_clock_gets_a_person_and_one_question() -> None:
    doubtful = Understanding("en", doubtful=(Label(Kind.DELETION, 0.4, "close my account"),))
    intake = take(doubtful)
    assert [case.state for case in intake.opened] == [State.WITH_PERSON]
    assert intake.opened[0].due.received == NOW
    assert intake.letter == "possible"
    assert tags.POSSIBLE in intake.flags
    assert take(doubtful, automatic="auto-submitted").idle  # who is away asks for nothing
    assert take(doubtful, client="Contoso Example Ltd").letter is None
    assert take(Understanding("en", doubtful=(Label(Kind.INQUIRY, 0.4, "your policy"),))).letter is None


@pytest.mark.req("R-CHILD-2")
@pytest.mark.parametrize("understanding", [asks(Kind.CHILD_REPORT), asks(Kind.DELETION, child=True)])
def test_a_child_signal_restricts_at_once_and_calls_a_person(understanding: Understanding) -> None:
    intake = take(understanding)
    assert intake.restrict
    assert tags.URGENT in intake.flags
    assert {case.state for case in intake.opened} == {State.WITH_PERSON}
    assert intake.letter == "child"


@pytest.mark.req("R-PROC-1", "R-PROC-2")
def test_a_client_organisations_data_is_routed_to_the_client() -> None:
    intake = take(asks(Kind.DELETION), client="Contoso Example Ltd")
    assert [case.state for case in intake.opened] == [State.ROUTED]
    assert intake.letter == "processor"


@pytest.mark.req("R-PROC-1")
def test_a_mail_that_speaks_of_an_unregistered_clients_data_goes_to_a_person() -> None:
    intake = take(asks(Kind.DELETION, client_data=True))
    assert [case.state for case in intake.opened] == [State.WITH_PERSON]


def test_machines_get_a_case_for_a_person_and_no_answer() -> None:
    intake = take(asks(Kind.DELETION), automatic="auto-submitted")
    assert intake.letter is None
    assert [case.state for case in intake.opened] == [State.WITH_PERSON]
    assert intake.note


@pytest.mark.req("R-AGENT-1", "R-AGENT-3")
def test_whoever_writes_for_two_people_opens_two_cases_for_a_person_to_check() -> None:
    about = ("ada@example.net", "ben@example.net")
    intake = take(asks(Kind.DELETION, by_agent=True, about=about))
    assert len({case.id for case in intake.opened}) == 2
    assert {case.state for case in intake.opened} == {State.WITH_PERSON}
    assert {case.contact_id for case in intake.opened} == {None}


@pytest.mark.req("R-CLASS-6")
def test_spam_opens_no_case_but_is_shown_to_a_person() -> None:
    intake = take(asks(Kind.DELETION, spam=True))
    assert not intake.opened
    assert intake.flags == {tags.SPAM}


@pytest.mark.req("R-VERIFY-12")
def test_known_and_unknown_senders_get_the_same_letter() -> None:
    known, unknown = take(asks(Kind.ACCESS)), take(asks(Kind.ACCESS), on_file=False)
    assert (known.letter, known.level) == (unknown.letter, unknown.level)


@pytest.mark.req("R-INTAKE-4")
def test_the_same_message_always_opens_the_same_case() -> None:
    assert take(asks(Kind.ACCESS)) == take(asks(Kind.ACCESS))


@pytest.mark.req("R-CLASS-3")
@pytest.mark.parametrize(
    "text",
    ["Yes", "yes please close it", "Ja, bitte.", "Oui !", "Da, vă rog.", "Si por favor", "Sì, grazie", "Ano, prosím.",
     "はい、お願いします", "是的，请", "네, 부탁합니다", "نعم، من فضلك", "Hello,\n\nYes please, close it.\nAda", "Sim"],
)  # fmt: skip
def test_a_yes_is_understood_in_the_languages_people_write(text: str) -> None:
    assert says_yes(text)


@pytest.mark.req("R-CLASS-3", "R-CLASS-4")
@pytest.mark.parametrize(
    "text",
    ["", "No", "Da ich nicht weiß, was Sie meinen: lassen Sie es.", "Hallo Ada,\nDa mir das neu ist, rufe ich an.",
     "Si no es obligatorio, prefiero que no.", "Si cela supprime mes factures, alors merci de tout laisser.",
     "Yes, I thought so, but no: please leave it.", "Ja nee, laat maar.", "Да не надо ничего удалять", "是不是要删除？",
     "Ano passado já fechei uma conta.", "Thank you, yesterday was fine.", "No, thanks!\nYes, my name is Ada."],
)  # fmt: skip
def test_what_only_begins_like_a_yes_is_none(text: str) -> None:
    """A wrong yes makes a request of somebody's question; a missed one is read by a person."""
    assert not says_yes(text)
