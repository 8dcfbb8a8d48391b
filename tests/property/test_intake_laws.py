"""Laws of intake, for anything that could be understood from a message and any circumstances it came in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import ORG, a_case
from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.domain.intake import AT_ONCE, Intake, MessageFacts, decide
from zoho_privacy.domain.machine import OPEN
from zoho_privacy.domain.model import Case, Kind, Label, Law, Level, State, Understanding
from zoho_privacy.domain.rules import Region, Rules

TICKET = "7001"
NEVER_PROVEN = (Kind.OPT_OUT_SALE, Kind.LIMIT_SENSITIVE, Kind.WITHDRAW_CONSENT, Kind.INQUIRY, Kind.COMPLAINT)
TIMES = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
LABELS = st.lists(
    st.builds(Label, st.sampled_from(Kind), st.floats(0.5, 1), st.text("abc ", min_size=1, max_size=6)), max_size=3
).map(tuple)
UNDERSTANDINGS = st.builds(
    Understanding,
    language=st.sampled_from(["en", "de"]),
    labels=LABELS,
    doubtful=LABELS,
    by_agent=st.booleans(),
    about=st.lists(st.sampled_from(["Ada Moss", "bob@example.org"]), unique=True, max_size=2).map(tuple),
    child=st.booleans(),
    client_data=st.booleans(),
    sensitive=st.booleans(),
    reminder=st.booleans(),
    spam=st.booleans(),
)
KNOWN = st.lists(
    st.builds(
        lambda kind, state, here: a_case(
            id=f"{TICKET if here else '6999'}-{kind}", ticket_id=TICKET if here else "6999", kind=kind, state=state
        ),
        st.sampled_from(Kind),
        st.sampled_from(State),
        st.booleans(),
    ),
    max_size=3,
    unique_by=lambda case: case.id,
).map(tuple)


@cache
def rules() -> Rules:
    return load_rules()


@st.composite
def circumstances(draw: st.DrawFn) -> MessageFacts:
    """Draw what is known about a message besides its text."""
    law = draw(st.sampled_from(Law))
    laws = (law, *draw(st.lists(st.sampled_from(Law), max_size=1)))
    return MessageFacts(
        org=ORG,
        ticket_id=TICKET,
        ticket_number="5127",
        received=draw(TIMES),
        contact_id=draw(st.none() | st.just("9001")),
        on_file=draw(st.booleans()),
        law=law,
        laws=tuple(dict.fromkeys(laws)),
        time_zone=draw(st.sampled_from(["UTC", "America/New_York", "Asia/Tokyo"])),
        policy_version="1",
        automatic=draw(st.sampled_from([None, None, "auto-submitted"])),
        client=draw(st.sampled_from([None, None, "Client Ltd"])),
        known=draw(KNOWN),
    )


def after(intake: Intake, facts: MessageFacts) -> MessageFacts:
    """Return the circumstances once the decision was written."""
    cases = {case.id: case for case in (*facts.known, *intake.opened, *intake.joined)}
    return replace(facts, known=tuple(cases.values()))


@pytest.mark.req("R-INTAKE-4", "R-CLASS-5")
@settings(max_examples=100)
@given(UNDERSTANDINGS, circumstances())
def test_the_same_message_twice_is_decided_the_same_and_starts_no_second_clock(
    understanding: Understanding, facts: MessageFacts
) -> None:
    """Deciding is a function; and a copy that came by another road joins the cases, whose dates stay."""
    first = decide(understanding, facts, rules())
    assert decide(understanding, facts, rules()) == first
    again = decide(understanding, after(first, facts), rules())
    assert not again.opened
    dates = {case.id: case.due for case in (*facts.known, *first.opened)}
    assert all(case.due == dates[case.id] for case in (*first.joined, *again.joined))
    assert len({case.id for case in first.opened}) == len(first.opened)


@pytest.mark.req("R-INTAKE-2", "R-CLOCK-1", "R-CLOCK-10")
@settings(max_examples=80)
@given(UNDERSTANDINGS, circumstances(), st.lists(st.timedeltas(timedelta(0), timedelta(days=90)), max_size=3))
def test_every_case_is_dated_by_receipt_and_later_mail_is_never_due_earlier(
    understanding: Understanding, facts: MessageFacts, later: list[timedelta]
) -> None:
    received = sorted(facts.received + step for step in (timedelta(0), *later))
    alone = replace(facts, known=())
    opened = [decide(understanding, replace(alone, received=at), rules()).opened for at in received]
    assert all(case.due.received == at for at, cases in zip(received, opened, strict=True) for case in cases)
    for earlier, following in pairwise(opened):
        for one, other in zip(earlier, following, strict=True):
            assert one.due.due <= other.due.due
            assert one.due.legal_due <= other.due.legal_due
            assert one.due.acknowledge_due <= other.due.acknowledge_due
    assert all(case.due.due <= case.due.promise_due for cases in opened for case in cases)


@pytest.mark.req("R-CLASS-3", "R-CLASS-6")
@settings(max_examples=100)
@given(UNDERSTANDINGS, circumstances())
def test_machines_and_spam_get_no_letter_a_guess_a_question(understanding: Understanding, facts: MessageFacts) -> None:
    """A reply to a machine may loop, one to spam confirms an address; a guess gets one question and nothing else."""
    intake = decide(understanding, facts, rules())
    if facts.automatic or (understanding.spam and (understanding.labels or understanding.doubtful)):
        assert intake.letter is None
    if not understanding.labels and not understanding.reminder:
        assert intake.letter in {None, "possible"}
    if facts.automatic:
        assert not any(case.state in {State.AWAITING_PROOF, State.VERIFIED, State.FULFILLED} for case in intake.opened)


def ceiling(case: Case, understanding: Understanding) -> Level:
    """Return the most that table 15.2 allows."""
    row = rules().kinds[case.kind].levels[rules().regions[case.law]]
    return row.sensitive if understanding.sensitive else row.ordinary


@pytest.mark.req("R-VERIFY-1", "R-VERIFY-2", "R-VERIFY-7")
@settings(max_examples=100)
@given(UNDERSTANDINGS, circumstances())
def test_nobody_is_asked_for_more_than_the_table_allows(understanding: Understanding, facts: MessageFacts) -> None:
    """V0 asks for nothing; V3 is no question to the requester but a person who reads an authority."""
    intake = decide(understanding, facts, rules())
    for case in intake.opened:
        if case.by_agent and case.level is Level.V3:
            assert case.state is not State.AWAITING_PROOF
            continue
        assert case.level <= ceiling(case, understanding)
        if case.level is Level.V0:
            assert case.state is not State.AWAITING_PROOF
        if case.kind in NEVER_PROVEN:
            assert case.level is Level.V0
    waiting = [case for case in (*intake.opened, *intake.joined) if case.state in {State.AWAITING_PROOF, State.DORMANT}]
    if intake.letter == "identity":
        assert waiting
    assert intake.level <= max((case.level for case in intake.opened), default=Level.V0)


def test_the_kinds_named_above_are_free_of_proof_under_every_law() -> None:
    assert set(NEVER_PROVEN) >= AT_ONCE - {Kind.OBJECTION}
    for kind in NEVER_PROVEN:
        for region in Region:
            assert rules().kinds[kind].levels[region].sensitive is Level.V0


@pytest.mark.req("R-CLASS-2", "R-AGENT-1", "R-PROC-1", "R-CHILD-1")
@settings(max_examples=100)
@given(UNDERSTANDINGS, circumstances())
def test_what_needs_a_person_moves_no_further_alone(understanding: Understanding, facts: MessageFacts) -> None:
    """Writing for somebody else, about a child, or as a client's employee never leads to data or erasure by itself."""
    intake = decide(understanding, facts, rules())
    moving = [case for case in intake.opened if case.state in {State.AWAITING_PROOF, State.VERIFIED}]
    proving = [case for case in moving if case.level > Level.V0]
    if understanding.child or understanding.by_agent or facts.client:
        assert not proving
    if understanding.child:
        assert not moving
    assert all(case.contact_id is None for case in intake.opened if case.by_agent)
    assert all(case.state in OPEN for case in intake.opened)
    assert not intake.idle or not (intake.opened or intake.joined)
