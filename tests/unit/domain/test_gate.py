"""The gate: each clause alone stops a write, and nothing but a full set of yeses lets it through."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.builders import NOW, ORG, a_contact, a_ticket
from zoho_privacy.domain import gate, plan, tags
from zoho_privacy.domain.gate import Described, GateFacts
from zoho_privacy.domain.keyed import Keyring
from zoho_privacy.domain.model import ActionType, Hold, HoldQuery, Plan

KEYRING = Keyring(b"k" * 32)
HOLD = Hold(
    id="h1", matter="m", owner="o", reason="r", start=date(2026, 1, 1), review=date(2026, 6, 1),
    ticket_ids=frozenset({"7100"}),
)  # fmt: skip


def a_plan(purpose: str = "erasure", kind: ActionType = ActionType.ERASE_TICKET) -> Plan:
    action = plan.ticket_action(a_ticket(), kind, KEYRING, rule="r", clause="13", reason="x")
    return plan.make_plan(
        org=ORG, plan_id="p", case_id="c", purpose=purpose, created=NOW, proposer="zoho_privacy", actions=[action]
    )


def facts(the_plan: Plan, **members: Any) -> GateFacts:
    good = GateFacts(approved_hash=the_plan.hash, fingerprint=the_plan.actions[0].before, tickets=frozenset({"7100"}))
    return replace(good, **members)


def test_an_approved_unchanged_unheld_record_goes() -> None:
    the_plan = a_plan()
    assert gate.decide(the_plan.actions[0], the_plan, facts(the_plan)).go


@pytest.mark.req("R-HOLD-4", "R-PLAN-2", "R-PLAN-1", "R-HOLD-5")
@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"approved_hash": "other"}, "not-approved"),
        ({"approved_hash": ""}, "not-approved"),
        ({"fingerprint": ""}, "gone"),
        ({"fingerprint": "changed"}, "changed"),
        ({"hold_tags": frozenset({tags.HOLD})}, "held"),
        ({"holds": (HOLD,)}, "held"),
        ({"holds": (replace(HOLD, ticket_ids=frozenset(), contact_ids=frozenset({"9001"})),),
          "contacts": frozenset({"9001"})}, "held"),
        ({"holds": (replace(HOLD, ticket_ids=frozenset(), tag="court"),), "hold_tags": frozenset({"court"})}, "held"),
        ({"pending_access": True}, "access-pending"),
    ],
)  # fmt: skip
def test_each_clause_alone_stops_an_erasure(members: dict[str, Any], code: str) -> None:
    the_plan = a_plan()
    verdict = gate.decide(the_plan.actions[0], the_plan, facts(the_plan, **members))
    assert (verdict.go, verdict.code) == (False, code)


@pytest.mark.req("R-RETAIN-9", "R-RESTRICT-1")
@pytest.mark.parametrize(
    ("members", "code"),
    [({"open_case": True}, "open-case"), ({"restricted": True}, "restricted"), ({"closed": False}, "reopened")],
)
def test_retention_also_skips_what_is_open_or_restricted(members: dict[str, Any], code: str) -> None:
    the_plan = a_plan("retention")
    assert gate.decide(the_plan.actions[0], the_plan, facts(the_plan, **members)).code == code
    subject_plan = a_plan("erasure")
    assert gate.decide(subject_plan.actions[0], subject_plan, facts(subject_plan, **members)).go


def test_a_contact_with_kept_tickets_stays() -> None:
    """Permanently deleting a contact may take its tickets along."""
    the_plan = a_plan(kind=ActionType.ERASE_CONTACT)
    assert gate.decide(the_plan.actions[0], the_plan, facts(the_plan, kept_tickets=1)).code == "tickets-left"


def test_an_action_that_is_not_in_the_plan_is_not_approved() -> None:
    the_plan = a_plan()
    stranger = replace(the_plan.actions[0], target="8000")
    assert gate.decide(stranger, the_plan, facts(the_plan)).code == "not-approved"


@pytest.mark.req("R-PLAN-1")
def test_one_changed_word_changes_the_hash() -> None:
    the_plan = a_plan()
    changed = replace(the_plan, actions=(replace(the_plan.actions[0], reason="y"),))
    assert plan.sealed(changed).hash != the_plan.hash
    assert plan.sealed(the_plan).hash == the_plan.hash


TICKET = a_ticket(
    account_id="8001", category="Billing", subject="The Audit of May", created=datetime(2025, 1, 2, 23, tzinfo=UTC)
)


@pytest.mark.req("R-HOLD-3")
@pytest.mark.parametrize(
    ("query", "covers"),
    [
        (HoldQuery(), False),
        (HoldQuery(account_ids=frozenset({"8001", "8002"})), True),
        (HoldQuery(account_ids=frozenset({"8002"})), False),
        (HoldQuery(department_ids=frozenset({"100"}), categories=frozenset({"BILLING"})), True),
        (HoldQuery(department_ids=frozenset({"100"}), categories=frozenset({"Sales"})), False),
        (HoldQuery(created_from=date(2025, 1, 2), created_until=date(2025, 1, 2)), True),
        (HoldQuery(created_from=date(2025, 1, 3)), False),
        (HoldQuery(created_until=date(2025, 1, 1)), False),
        (HoldQuery(words="audit of"), True),
        (HoldQuery(words="audit of june"), False),
    ],
)
def test_a_query_covers_what_meets_all_of_it(query: HoldQuery, covers: bool) -> None:  # noqa: FBT001
    """Also a ticket that was not there when the hold was placed: the question is asked of each record as it is."""
    assert gate.asks_for(query, gate.described(TICKET)) is covers
    the_plan = a_plan()
    hold = replace(HOLD, ticket_ids=frozenset(), query=query)
    verdict = gate.decide(the_plan.actions[0], the_plan, facts(the_plan, holds=(hold,), record=gate.described(TICKET)))
    assert verdict.go is not covers
    assert verdict.code == ("held" if covers else "")


@pytest.mark.req("R-HOLD-3")
def test_a_person_is_covered_by_the_organisation_and_by_nothing_that_is_asked_of_tickets() -> None:
    person = gate.described(a_contact(account_id="8001"))
    assert gate.asks_for(HoldQuery(account_ids=frozenset({"8001"})), person)
    assert not gate.asks_for(HoldQuery(account_ids=frozenset({"8001"}), words="Moss"), person)
    assert not gate.asks_for(HoldQuery(created_from=date(2000, 1, 1)), person)
    assert not gate.asks_for(HoldQuery(account_ids=frozenset({"8001"})), Described())
