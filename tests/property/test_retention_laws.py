"""Laws of the retention schedule, for any rules and any ticket."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoho_privacy.domain.model import Hold
from zoho_privacy.domain.retention import Due, Rule, Schedule, TicketFacts, decide, overdue_since

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
WORDS = st.frozensets(st.sampled_from(["a", "b"]), max_size=2)
RULES = st.builds(
    Rule,
    id=st.sampled_from(["one", "two", "three"]),
    clause=st.just("P8-tickets"),
    basis=st.just("contract"),
    action=st.sampled_from(["erase", "mask", "keep"]),
    start=st.sampled_from(["closed", "created"]),
    period_days=st.integers(1, 60),
    categories=WORDS,
    departments=WORDS,
    tags=WORDS,
    organisations=WORDS,
    mode=st.sampled_from(["live", "dry-run"]),
)
SCHEDULES = st.lists(RULES, min_size=1, max_size=4, unique_by=lambda rule: rule.id).map(lambda r: Schedule(tuple(r)))
AGES = st.integers(0, 80).map(lambda days: NOW - timedelta(days=days))
FACTS = st.builds(
    TicketFacts,
    id=st.just("7100"),
    status_type=st.sampled_from(["closed", "closed", "closed", "open", "on_hold"]),
    created=AGES,
    closed=st.none() | AGES,
    pinned_closed=st.none() | AGES,
    category=st.sampled_from([None, "a", "b"]),
    department_id=st.sampled_from(["a", "b"]),
    account_id=st.sampled_from([None, "a"]),
    contact_ids=st.frozensets(st.sampled_from(["9001", "9002"])),
    tags=st.none() | WORDS,
    trashed=st.booleans(),
    open_case=st.booleans(),
    restricted=st.booleans(),
    masked=st.booleans(),
)


def erased(facts: TicketFacts, schedule: Schedule) -> bool:
    decision = decide(facts, schedule, (), NOW)
    return isinstance(decision, Due) and decision.action == "erase"


@settings(max_examples=100)
@given(FACTS, SCHEDULES, st.integers(0, 3), st.integers(0, 60))
@pytest.mark.req("R-RETAIN-2")
def test_a_longer_period_never_erases_more(facts: TicketFacts, schedule: Schedule, index: int, more: int) -> None:
    """Whoever lengthens a period must not lose a ticket by it."""
    rules = list(schedule.rules)
    index %= len(rules)
    rules[index] = replace(rules[index], period_days=rules[index].period_days + more)
    longer = Schedule(tuple(rules))
    assert erased(facts, schedule) or not erased(facts, longer)


@settings(max_examples=100)
@given(FACTS, SCHEDULES, st.sampled_from(["ticket", "contact", "tag", "own tag"]))
@pytest.mark.req("R-HOLD-4", "R-RETAIN-9")
def test_a_held_ticket_is_never_due(facts: TicketFacts, schedule: Schedule, by: str) -> None:
    base = Hold("h", "m", "o", "r", date(2026, 1, 1), date(2026, 7, 1))
    held = replace(facts, contact_ids=facts.contact_ids | {"9001"}, tags=(facts.tags or frozenset()) | {"claim"})
    holds = {
        "ticket": (replace(base, ticket_ids=frozenset({"7100"})),),
        "contact": (replace(base, contact_ids=frozenset({"9001"})),),
        "tag": (replace(base, tag="claim"),),
        "own tag": (),
    }[by]
    if by == "own tag":
        held = replace(held, tags=(held.tags or frozenset()) | {"privacy-hold"})
    assert not isinstance(decide(held, schedule, holds, NOW), Due)


@settings(max_examples=100)
@given(FACTS, SCHEDULES)
@pytest.mark.req("R-RETAIN-7", "R-RETAIN-9")
def test_what_is_due_is_closed_free_old_enough_and_ruled_by_a_live_rule(facts: TicketFacts, schedule: Schedule) -> None:
    decision = decide(facts, schedule, (), NOW)
    if isinstance(decision, Due):
        began = facts.created if decision.rule.start == "created" else facts.pinned_closed or facts.closed
        assert facts.status_type == "closed"
        assert not any((facts.trashed, facts.open_case, facts.restricted))
        assert decision.rule.mode == "live"
        assert decision.rule in schedule.rules
        assert began is not None
        assert NOW - began >= timedelta(days=decision.rule.period_days)


@settings(max_examples=100)
@given(FACTS, SCHEDULES)
def test_nothing_due_escapes_the_first_look(facts: TicketFacts, schedule: Schedule) -> None:
    """The cheap look without tags may read too much, never too little."""
    if isinstance(decide(facts, schedule, (), NOW), Due):
        assert overdue_since(replace(facts, tags=None), schedule, NOW)


@settings(max_examples=100)
@given(FACTS, SCHEDULES, st.permutations(range(4)))
def test_the_order_of_rules_does_not_matter(facts: TicketFacts, schedule: Schedule, order: list[int]) -> None:
    shuffled = tuple(schedule.rules[i] for i in order if i < len(schedule.rules))
    assert type(decide(facts, schedule, (), NOW)) is type(decide(facts, Schedule(shuffled), (), NOW))
    assert erased(facts, schedule) == erased(facts, Schedule(shuffled))
