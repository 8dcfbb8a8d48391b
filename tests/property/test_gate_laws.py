"""Laws of the gate, for any action, plan and facts: a go needs every yes, and one more reason against is never a go."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import NOW, ORG
from zoho_privacy.domain import gate, tags
from zoho_privacy.domain.gate import Described, GateFacts
from zoho_privacy.domain.model import Action, ActionType, Hold, HoldQuery, Plan
from zoho_privacy.domain.plan import make_plan, sealed

IDS = st.sampled_from(["1", "2", "3"])
SETS = st.frozensets(IDS, max_size=2)
TAGS = st.frozensets(st.sampled_from([tags.HOLD, "court", "vip"]), max_size=2)
MARKS = st.sampled_from(["", "a", "b"])
HOLDS = st.builds(
    Hold,
    id=IDS,
    matter=st.just("m"),
    owner=st.just("o"),
    reason=st.just("r"),
    start=st.just(date(2026, 1, 1)),
    review=st.just(date(2026, 6, 1)),
    ticket_ids=SETS,
    contact_ids=SETS,
    tag=st.sampled_from([None, "court", "vip"]),
    query=st.none() | st.builds(HoldQuery, account_ids=SETS, categories=SETS),
)
ACTIONS = st.builds(
    Action,
    key=st.uuids().map(str),
    type=st.sampled_from(ActionType),
    target=IDS,
    parent=st.none() | IDS,
    before=MARKS,
    rule=st.just("erasure"),
    clause=st.just("13"),
    reason=st.text(max_size=5),
    credits=st.just(1.0),
    stage=st.integers(0, 2),
)
PLANS = st.builds(
    lambda actions, purpose: make_plan(
        org=ORG, plan_id="p", case_id="c", purpose=purpose, created=NOW, proposer="x", actions=actions
    ),
    st.lists(ACTIONS, min_size=1, max_size=3),
    st.sampled_from(["erasure", "retention"]),
)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Action, Plan, GateFacts]:
    """Draw a plan, one of its actions, and facts that are right more often than chance would have it."""
    plan = draw(PLANS)
    action = draw(st.sampled_from(plan.actions))
    facts = GateFacts(
        approved_hash=draw(st.sampled_from([plan.hash, plan.hash, "", "0" * 64])),
        fingerprint=draw(st.sampled_from([action.before or "a", action.before, "", "b"])),
        hold_tags=draw(TAGS | st.just(frozenset())),
        tickets=draw(SETS),
        contacts=draw(SETS),
        holds=tuple(draw(st.lists(HOLDS, max_size=2))),
        record=Described(account_id=draw(IDS), category=draw(st.none() | IDS)),
        pending_access=draw(st.booleans()),
        restricted=draw(st.booleans()),
        open_case=draw(st.booleans()),
        closed=draw(st.booleans()),
        kept_tickets=draw(st.integers(0, 1)),
    )
    return action, plan, facts


def covered(hold: Hold, facts: GateFacts) -> bool:
    """Say in other words than the gate's whether a hold is about what the write touches."""
    named = hold.ticket_ids | hold.contact_ids
    touched = {each for each in named if each in (facts.tickets if each in hold.ticket_ids else facts.contacts)}
    both = hold.contact_ids & facts.contacts
    query = hold.query or HoldQuery()
    asked = ((query.account_ids, facts.record.account_id), (query.categories, facts.record.category))
    fits = [value in wanted for wanted, value in asked if wanted]
    return bool(touched) or bool(both) or hold.tag in facts.hold_tags or (bool(fits) and all(fits))


@pytest.mark.req("R-HOLD-4", "R-PLAN-1", "R-PLAN-2", "R-HOLD-5", "R-RETAIN-9")
@settings(max_examples=100)
@given(scenes())
def test_a_go_needs_every_yes(scene: tuple[Action, Plan, GateFacts]) -> None:
    action, plan, facts = scene
    if not gate.decide(action, plan, facts).go:
        return
    assert facts.approved_hash == plan.hash == sealed(plan).hash
    assert facts.fingerprint
    assert action.before in {"", facts.fingerprint}
    assert tags.HOLD not in facts.hold_tags
    assert not any(covered(hold, facts) for hold in facts.holds)
    assert not facts.pending_access
    assert not (action.type is ActionType.ERASE_CONTACT and facts.kept_tickets)
    if plan.purpose == "retention":
        assert facts.closed
        assert not facts.restricted
        assert not facts.open_case


HELD: Final = Hold("h", "m", "o", "r", date(2026, 1, 1), date(2026, 6, 1), ticket_ids=frozenset({"9"}))
AGAINST: Final[tuple[Callable[[GateFacts], GateFacts], ...]] = (
    lambda facts: replace(facts, approved_hash=""),
    lambda facts: replace(facts, fingerprint=""),
    lambda facts: replace(facts, hold_tags=facts.hold_tags | {tags.HOLD}),
    lambda facts: replace(facts, holds=(*facts.holds, HELD), tickets=facts.tickets | {"9"}),
    lambda facts: replace(
        facts, holds=(*facts.holds, replace(HELD, contact_ids=frozenset({"9"}))), contacts=facts.contacts | {"9"}
    ),
    lambda facts: replace(
        facts, holds=(*facts.holds, replace(HELD, tag="court")), hold_tags=facts.hold_tags | {"court"}
    ),
    lambda facts: replace(facts, pending_access=True),
)


@pytest.mark.req("R-HOLD-4")
@settings(max_examples=100)
@given(scenes(), st.lists(st.sampled_from(AGAINST), min_size=1, max_size=3))
def test_each_clause_alone_closes_it_and_none_opens_it_again(
    scene: tuple[Action, Plan, GateFacts], reasons: list[Callable[[GateFacts], GateFacts]]
) -> None:
    """Fail closed: whatever else is true, one reason against is enough, and two are no better than one."""
    action, plan, facts = scene
    for reason in reasons:
        facts = reason(facts)
        assert not gate.decide(action, plan, facts).go


CHANGED: Final[dict[str, Any]] = {
    "key": "other", "type": None, "target": "9", "parent": "9", "before": "c", "after": "d", "rule": "other",
    "clause": "other", "reason": "other words", "credits": 2.0, "stage": 7, "undo_days": 30,
}  # fmt: skip


@pytest.mark.req("R-PLAN-1")
@settings(max_examples=60)
@given(scenes(), st.sampled_from(sorted(CHANGED)))
def test_what_was_not_approved_word_for_word_does_not_go(scene: tuple[Action, Plan, GateFacts], name: str) -> None:
    """An action that differs from the plan's in any member is another action, and a plan with it another plan."""
    action, plan, facts = scene
    other = ActionType.ERASE_TICKET if action.type is not ActionType.ERASE_TICKET else ActionType.ERASE_CONTACT
    members: dict[str, Any] = {name: other if name == "type" else CHANGED[name]}
    changed = replace(action, **members)
    assert gate.decide(changed, plan, facts).code == "not-approved"
    swapped = replace(plan, actions=tuple(changed if each is action else each for each in plan.actions))
    assert sealed(swapped).hash != plan.hash


def test_the_changes_above_cover_an_action() -> None:
    assert set(CHANGED) == {each.name for each in fields(Action)}
