"""The ladder of proof: never more than the table, doubts by name, facts compared and forgotten, codes with limits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.domain.model import Kind, Law, Level
from zoho_privacy.domain.rules import Mandate
from zoho_privacy.domain.verify import (
    FACT_NAMES,
    Challenge,
    Facts,
    Limits,
    Outcome,
    declaration_needed,
    doubts,
    further_facts,
    judge_facts,
    lapsed,
    level_needed,
    mandate_needed,
    may_issue,
    offer,
    points_needed,
)

RULES = load_rules()
NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
LIMITS = Limits()
NEVER = frozenset(
    {Kind.OPT_OUT_SALE, Kind.LIMIT_SENSITIVE, Kind.WITHDRAW_CONSENT, Kind.INQUIRY, Kind.COMPLAINT, Kind.RECIPIENT_LIST}
    | {Kind.APPEAL, Kind.CHILD_REPORT, Kind.LEGAL_DEMAND}
)
LIGHT = frozenset({Kind.KNOW_CATEGORIES, Kind.CORRECTION, Kind.RESTRICTION, Kind.OBJECTION})
HELD = {
    "ticket_number": "#4711 4820",
    "company": "Harbour & Söhne GmbH",
    "phone": "+49 (0)30 123 45 67\n(415) 555-0137",
    "name": "Ada Moss",
    "email": "ada.moss@example.net",
}


# -------------------------------------------------------------------------------------------------------------- levels


def ceiling(kind: Kind, law: Law, *, sensitive: bool) -> Level:
    """Table 15.2 once more, written down apart from the file."""
    if kind in NEVER:
        return Level.V0
    if kind in LIGHT:
        return Level.V1
    if law is Law.CCPA and kind is not Kind.DELETION:
        return Level.V2
    return Level.V2 if sensitive else Level.V1


@pytest.mark.parametrize(("kind", "law"), list(product(Kind, Law)))
@pytest.mark.req("R-VERIFY-1", "R-VERIFY-3", "R-VERIFY-4", "R-VERIFY-7")
def test_no_more_is_asked_than_the_table_allows(kind: Kind, law: Law) -> None:
    for sensitive in (False, True):
        assert level_needed(RULES, kind, law, sensitive=sensitive) == ceiling(kind, law, sensitive=sensitive)


@pytest.mark.parametrize("law", list(Law))
@pytest.mark.req("R-VERIFY-7", "R-OPTOUT-2")
def test_an_objection_to_direct_marketing_needs_no_proof(law: Law) -> None:
    assert level_needed(RULES, Kind.OBJECTION, law, marketing=True) is Level.V0
    assert level_needed(RULES, Kind.OBJECTION, law, marketing=True, by_agent=True) is Level.V0
    assert level_needed(RULES, Kind.DELETION, law, marketing=True) is Level.V1


@pytest.mark.parametrize(("kind", "law"), list(product(Kind, Law)))
@pytest.mark.req("R-AGENT-1", "R-AGENT-2", "R-AGENT-3")
def test_an_agents_authority_is_read_by_a_person(kind: Kind, law: Law) -> None:
    level = level_needed(RULES, kind, law, by_agent=True)
    assert level is (Level.V0 if kind in NEVER else Level.V3)


@pytest.mark.parametrize(
    ("kind", "law", "mandate"),
    [
        (Kind.ACCESS, Law.GDPR, Mandate.WRITTEN_AUTHORITY),
        (Kind.ACCESS, Law.CCPA, Mandate.SIGNED_PERMISSION),
        (Kind.OPT_OUT_SALE, Law.CCPA, Mandate.SIGNED_PERMISSION),
        (Kind.OPT_OUT_SALE, Law.GDPR, Mandate.NONE),
        (Kind.WITHDRAW_CONSENT, Law.CCPA, Mandate.NONE),
        (Kind.INQUIRY, Law.NONE, Mandate.NONE),
    ],
)
@pytest.mark.req("R-AGENT-2", "R-AGENT-3")
def test_what_an_agent_shows_is_a_table(kind: Kind, law: Law, mandate: Mandate) -> None:
    assert mandate_needed(RULES, kind, law) is mandate


# -------------------------------------------------------------------------------------------------------------- doubts

FINE = Facts(sender_on_file=True, address_changed_days=400, spf="pass", dkim="pass", dmarc="pass")


def test_an_ordinary_mail_raises_no_doubt() -> None:
    assert doubts(FINE) == ()
    assert doubts(Facts(sender_on_file=True)) == ()


@pytest.mark.parametrize(
    ("facts", "doubt"),
    [
        (replace(FINE, sender_on_file=False), "unknown_sender"),
        (replace(FINE, contact_older=False), "contact_not_older"),
        (replace(FINE, address_changed_days=29), "address_changed"),
        (replace(FINE, reply_to_differs=True), "reply_to_differs"),
        (replace(FINE, delivery_elsewhere=True), "delivery_elsewhere"),
        (replace(FINE, subjects_from_sender=3), "many_subjects"),
        (replace(FINE, automatic="list"), "automatic"),
        (replace(FINE, dmarc="fail"), "dmarc_failed"),
        (replace(FINE, dmarc=None, spf="softfail", dkim="fail"), "sender_unauthenticated"),
    ],
)
@pytest.mark.req("R-VERIFY-11", "R-VERIFY-5")
def test_each_doubt_has_a_name(facts: Facts, doubt: str) -> None:
    assert doubts(facts) == (doubt,)


@pytest.mark.parametrize(
    "facts",
    [
        replace(FINE, address_changed_days=30),
        replace(FINE, subjects_from_sender=2),
        replace(FINE, dmarc=None, spf="fail", dkim="pass"),
        replace(FINE, dmarc=None, spf="fail", dkim=None),
        replace(FINE, spf="fail", dkim="fail", dmarc="pass"),
    ],
)
def test_what_forwarding_breaks_or_time_has_settled_is_no_doubt(facts: Facts) -> None:
    assert doubts(facts) == ()


def test_several_doubts_are_all_recorded_and_days_are_a_setting() -> None:
    facts = replace(FINE, reply_to_differs=True, dmarc="fail", address_changed_days=3)
    assert doubts(facts) == ("address_changed", "reply_to_differs", "dmarc_failed")
    assert doubts(facts, address_change_days=3) == ("reply_to_differs", "dmarc_failed")


# --------------------------------------------------------------------------------------------------------------- facts


@pytest.mark.parametrize(
    ("level", "law", "count", "declared"),
    [
        (Level.V0, Law.CCPA, 0, False),
        (Level.V1, Law.GDPR, 0, False),
        (Level.V2, Law.GDPR, 1, False),
        (Level.V1, Law.CCPA, 1, False),
        (Level.V2, Law.CCPA, 2, True),
        (Level.V2, Law.NONE, 1, False),
        (Level.V3, Law.CCPA, 0, False),
    ],
)
@pytest.mark.req("R-VERIFY-2", "R-VERIFY-4")
def test_the_code_is_one_data_point_and_the_rest_is_asked(level: Level, law: Law, count: int, declared: bool) -> None:  # noqa: FBT001
    assert points_needed(level, law) == len(further_facts(level, law, HELD)) == count
    assert declaration_needed(level, law) is declared


@pytest.mark.req("R-VERIFY-1")
def test_what_is_held_is_asked_and_the_least_telling_first() -> None:
    assert further_facts(Level.V2, Law.GDPR, HELD) == ("ticket_number",)
    assert further_facts(Level.V2, Law.CCPA, {"phone": "1", "name": "Ada"}) == ("phone", "name")
    assert further_facts(Level.V2, Law.GDPR, {"ticket_number": " ", "company": "Moss"}) == ("company",)


@pytest.mark.req("R-VERIFY-12")
def test_an_unknown_person_is_asked_as_much_as_a_known_one() -> None:
    """Otherwise the page would tell who is on file."""
    for level, law in product(Level, Law):
        assert len(further_facts(level, law, {})) == len(further_facts(level, law, HELD))
    assert judge_facts(dict.fromkeys(FACT_NAMES, "anything"), {}) == 0


@pytest.mark.req("R-VERIFY-9")
def test_a_disputed_item_is_never_asked() -> None:
    assert "phone" not in further_facts(Level.V2, Law.CCPA, {"phone": "1"}, disputed=frozenset({"phone"}))


@pytest.mark.req("R-VERIFY-8")
def test_no_document_account_or_fee_is_ever_asked() -> None:
    assert set(FACT_NAMES) == {"ticket_number", "company", "phone", "name"}


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("phone", "030 1234567"),
        ("phone", "+49301234567"),
        ("phone", "0049 30 123-45-67"),
        ("phone", "4155550137"),
        ("phone", "+1 415.555.0137"),
        ("company", "harbour and söhne".replace("and", "&")),
        ("company", "HARBOUR & SO\u0308HNE"),
        ("company", "Harbour & Söhne G.m.b.H."),
        ("ticket_number", "4820"),
        ("ticket_number", "ticket #4711"),
        ("name", "moss,  ADA"),
    ],
)
def test_people_may_write_a_fact_their_own_way(name: str, offered: str) -> None:
    assert judge_facts({name: offered}, HELD) == 1


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("phone", "1234567890"),
        ("phone", "4567"),
        ("phone", ""),
        ("company", "Harbour"),
        ("company", "GmbH"),
        ("company", "   "),
        ("ticket_number", "48"),
        ("ticket_number", "47114820"),
        ("ticket_number", "none"),
        ("name", "Ada"),
        ("name", "ada.moss@example.net"),
        ("email", "ada.moss@example.net"),
        ("nationality", "x"),
    ],
)
def test_half_a_fact_is_none(name: str, offered: str) -> None:
    assert judge_facts({name: offered}, HELD) == 0


def test_matches_are_counted_not_named() -> None:
    offered = {"phone": "030 1234567", "company": "Other", "name": "Ada Moss"}
    assert judge_facts(offered, HELD) == 2
    assert judge_facts({"company": "Inc"}, {"company": "Inc"}) == 1


@given(st.dictionaries(st.sampled_from(FACT_NAMES), st.text()), st.dictionaries(st.sampled_from(FACT_NAMES), st.text()))
@settings(max_examples=100, deadline=None)
def test_never_more_matches_than_offers_and_blanks_never_match(offered: dict[str, str], held: dict[str, str]) -> None:
    assert 0 <= judge_facts(offered, held) <= len({name for name in offered if held.get(name, "").strip()})
    assert judge_facts(dict.fromkeys(offered, ""), held) == 0


# ----------------------------------------------------------------------------------------------------------- challenge

CHALLENGE = Challenge("c-1", NOW)


def after(**hours: float) -> datetime:
    return NOW + timedelta(**hours)


@pytest.mark.req("R-VERIFY-6")
def test_the_right_code_is_accepted_once() -> None:
    used, first = offer(CHALLENGE, matched=True, now=after(hours=1), limits=LIMITS)
    again, second = offer(used, matched=True, now=after(hours=2), limits=LIMITS)
    assert (first, second) == (Outcome.ACCEPTED, Outcome.USED)
    assert used.used == after(hours=1)
    assert again == used


@pytest.mark.req("R-VERIFY-6")
def test_the_fifth_wrong_code_is_the_last_and_the_right_one_comes_too_late() -> None:
    challenge, outcomes = CHALLENGE, []
    for _ in range(5):
        challenge, outcome = offer(challenge, matched=False, now=NOW, limits=LIMITS)
        outcomes.append(outcome)
    assert outcomes == [Outcome.WRONG] * 4 + [Outcome.EXHAUSTED]
    assert offer(challenge, matched=True, now=NOW, limits=LIMITS) == (challenge, Outcome.EXHAUSTED)


@pytest.mark.req("R-VERIFY-6")
def test_the_fifth_attempt_may_still_be_right() -> None:
    tried = replace(CHALLENGE, attempts=4)
    assert offer(tried, matched=True, now=NOW, limits=LIMITS)[1] is Outcome.ACCEPTED


@pytest.mark.req("R-VERIFY-6", "R-VERIFY-13")
def test_a_code_lives_for_72_hours_and_lapsing_costs_no_attempt() -> None:
    assert not lapsed(CHALLENGE, after(hours=71.9), LIMITS)
    assert lapsed(CHALLENGE, after(hours=72), LIMITS)
    assert offer(CHALLENGE, matched=True, now=after(hours=72), limits=LIMITS) == (CHALLENGE, Outcome.LAPSED)


@pytest.mark.req("R-VERIFY-6")
def test_a_contact_gets_three_codes_in_24_hours() -> None:
    issued = [after(hours=0), after(hours=1), after(hours=2)]
    assert may_issue(issued[:2], after(hours=3), LIMITS)
    assert not may_issue(issued, after(hours=23.9), LIMITS)
    assert may_issue(issued, after(hours=24), LIMITS)
    assert may_issue([], NOW, LIMITS)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 100)), max_size=12))
@settings(max_examples=100, deadline=None)
def test_whatever_is_offered_a_code_is_accepted_at_most_once(offers: list[tuple[bool, int]]) -> None:
    """No order of right, wrong and late offers gets two acceptances or more than five attempts."""
    challenge, outcomes = CHALLENGE, []
    for matched, hour in sorted(offers, key=lambda each: each[1]):
        challenge, outcome = offer(challenge, matched=matched, now=after(hours=hour), limits=LIMITS)
        outcomes.append(outcome)
    assert outcomes.count(Outcome.ACCEPTED) <= 1
    assert challenge.attempts <= LIMITS.attempts
