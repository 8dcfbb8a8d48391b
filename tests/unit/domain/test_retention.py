"""What the schedule says of one ticket, and which schedules are refused."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest

from zoho_privacy.adapters.retention_file import load_schedule
from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.model import Hold
from zoho_privacy.domain.retention import Due, Keep, Rule, Schedule, Skip, TicketFacts, decide, may_be_due
from zoho_privacy.domain.schedule_file import parse

NOW: Final = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
ERASE: Final = Rule("tickets", "P8-tickets", "contract", "erase", period_days=365, mode="live")
MASK: Final = Rule("portal", "P8-portal", "contract", "mask", period_days=100, mode="live")
KEEP: Final = Rule("disputes", "P8-holds", "legal obligation", "keep", tags=frozenset({"dispute"}))
ROW: Final[dict[str, Any]] = {
    "id": "tickets", "clause": "P8-tickets", "basis": "contract", "action": "erase", "start": "closed",
    "period_days": 365, "reason": "three years are enough",
}  # fmt: skip


def facts(**members: Any) -> TicketFacts:
    closed = NOW - timedelta(days=members.pop("age", 400))
    base = TicketFacts("7100", "closed", closed - timedelta(days=2), closed, tags=frozenset(), department_id="100")
    return replace(base, **members)


def said(ticket: TicketFacts, *rules: Rule, holds: tuple[Hold, ...] = ()) -> str:
    match decide(ticket, Schedule(rules), holds, NOW):
        case Skip(code):
            return code
        case Keep(rule):
            return f"kept by {rule.id}"
        case Due(rule, action):
            return f"{action} by {rule.id}"


@pytest.mark.req("R-RETAIN-2")
def test_a_ticket_is_due_from_the_day_its_period_is_over() -> None:
    assert said(facts(age=365), ERASE) == "erase by tickets"
    assert said(facts(age=364), ERASE) == "not-due"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"status_type": "open"}, "open"),
        ({"status_type": "on_hold"}, "open"),
        ({"status_type": "open", "pinned_closed": NOW - timedelta(days=900)}, "reopened"),
        ({"open_case": True}, "open-case"),
        ({"tags": frozenset({"privacy-hold"})}, "held"),
        ({"restricted": True}, "restricted"),
        ({"trashed": True}, "trashed"),
        ({"spam": True}, "spam"),
        ({"archived": True, "refused": True}, "archived-refused"),
        ({"closed": None}, "no-date"),
    ],
)
@pytest.mark.req("R-RETAIN-9")
def test_each_skip_has_a_reason_code(members: dict[str, Any], code: str) -> None:
    assert said(facts(**members), ERASE) == code


@pytest.mark.req("R-HOLD-4")
def test_a_hold_keeps_by_ticket_contact_and_tag() -> None:
    hold = Hold("h", "m", "o", "r", date(2026, 1, 1), date(2026, 7, 1))
    for covering in (
        replace(hold, ticket_ids=frozenset({"7100"})),
        replace(hold, contact_ids=frozenset({"9001"})),
        replace(hold, tag="claim"),
    ):
        ticket = facts(contact_ids=frozenset({"9001"}), tags=frozenset({"claim"}))
        assert said(ticket, ERASE, holds=(covering,)) == "held"


@pytest.mark.req("R-RETAIN-8")
def test_the_close_date_seen_first_counts() -> None:
    """Masking a ticket closes it anew in Desk; its time must not start again."""
    ticket = facts(age=1, pinned_closed=NOW - timedelta(days=400))
    assert said(ticket, ERASE) == "erase by tickets"


@pytest.mark.req("R-RETAIN-6")
def test_a_rule_selects_by_category_department_organisation_and_tag() -> None:
    ticket = facts(category="Inquiry", account_id="5", tags=frozenset({"vip"}))
    for members in ({"categories": "INQUIRY"}, {"departments": "100"}, {"organisations": "5"}, {"tags": "vip"}):
        name, value = next(iter(members.items()))
        fit: dict[str, Any] = {name: frozenset({value})}
        miss: dict[str, Any] = {name: frozenset({"other"})}
        assert said(ticket, replace(ERASE, **fit)) == "erase by tickets"
        assert said(ticket, replace(ERASE, **miss)) == "no-rule"


def test_the_narrowest_rule_counts_and_among_equals_the_longest() -> None:
    narrow = replace(ERASE, id="narrow", period_days=900, departments=frozenset({"100"}))
    longer = replace(ERASE, id="longer", period_days=500)
    assert said(facts(age=600), ERASE, narrow) == "not-due"
    assert said(facts(age=950), ERASE, narrow) == "erase by narrow"
    assert said(facts(age=450), ERASE, longer) == "not-due"


def test_a_keep_rule_wins_unless_it_is_broader() -> None:
    disputed = facts(tags=frozenset({"dispute"}))
    narrower = replace(ERASE, id="narrow", departments=frozenset({"100"}), categories=frozenset({"x"}))
    assert said(disputed, ERASE, KEEP) == "kept by disputes"
    assert said(replace(disputed, category="x"), narrower, KEEP) == "erase by narrow"
    assert said(facts(), ERASE, KEEP) == "erase by tickets"
    assert said(disputed, KEEP) == "kept by disputes"


def test_a_ticket_is_masked_once_and_erased_later() -> None:
    assert said(facts(age=200), ERASE, MASK) == "mask by portal"
    assert said(facts(age=200, masked=True), ERASE, MASK) == "already-masked"
    assert said(facts(age=400, masked=True), ERASE, MASK) == "erase by tickets"


@pytest.mark.req("R-RETAIN-7")
def test_a_rule_on_trial_does_nothing() -> None:
    assert said(facts(), replace(ERASE, mode="dry-run")) == "dry-run-rule"
    assert Rule("a", "b", "contract", "erase").mode == "dry-run"
    assert parse({"rules": [ROW]}).rules[0].mode == "dry-run"


def test_reading_a_ticket_is_worth_it_where_an_unread_tag_could_decide() -> None:
    tagged = replace(ERASE, tags=frozenset({"vip"}))
    unread = facts(tags=None)
    assert may_be_due(unread, Schedule((tagged,)), NOW)
    assert said(unread, tagged) == "no-rule"
    assert not may_be_due(facts(age=3), Schedule((tagged, KEEP)), NOW)


def test_a_changed_rule_has_another_fingerprint_and_a_changed_mode_has_not() -> None:
    assert replace(ERASE, period_days=364).fingerprint != ERASE.fingerprint
    assert replace(ERASE, mode="dry-run").fingerprint == ERASE.fingerprint


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"period_days": None}, "no period_days"),
        ({"period_days": "as needed"}, "'as needed': a whole number of days"),
        ({"period_days": 0}, "from 1 to"),
        ({"period_days": True}, "a whole number of days"),
        ({"start": None}, "no start"),
        ({"start": "someday"}, "start is 'someday'"),
        ({"basis": None}, "no basis"),
        ({"basis": "because"}, "no basis"),
        ({"clause": None}, "no clause"),
        ({"clause": " "}, "no clause"),
        ({"reason": None}, "no reason"),
        ({"action": "burn"}, "action is 'burn'"),
        ({"action": "keep"}, "a keep rule has no period_days"),
        ({"mode": "maybe"}, "mode is 'maybe'"),
        ({"categories": "Inquiry"}, "categories is a list"),
        ({"tags": [1]}, "tags is a list"),
        ({"perod": 3}, "unknown key 'perod'"),
        ({"id": None}, "no id"),
    ],
)
@pytest.mark.req("R-RETAIN-1")
def test_a_rule_without_period_start_or_basis_is_refused(change: dict[str, Any], complaint: str) -> None:
    row = {key: value for key, value in {**ROW, **change}.items() if value is not None}
    with pytest.raises(BadInput, match="rule") as refused:
        parse({"rules": [row]})
    assert complaint in str(refused.value)


@pytest.mark.req("R-RETAIN-1")
def test_all_mistakes_are_told_together() -> None:
    with pytest.raises(BadInput) as refused:
        parse({"version": 2, "rules": [{"id": "a", "action": "erase"}, ROW, ROW, 3]})
    lines = str(refused.value).splitlines()
    assert "unknown key 'version'" in lines
    assert "rule 'tickets': the id is used twice" in lines
    assert "rule 4: not a table" in lines
    assert sum(line.startswith("rule 'a': ") for line in lines) == 5


@pytest.mark.parametrize("empty", [{}, {"rules": []}, {"rules": "none"}])
def test_a_schedule_without_rules_is_refused(empty: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="there is no rule"):
        parse(empty)


@pytest.mark.req("R-POLICY-2", "R-RETAIN-7")
def test_the_shipped_schedule_is_on_trial_and_names_clauses_of_the_policy() -> None:
    schedule = load_schedule()
    assert {rule.mode for rule in schedule.rules} == {"dry-run"}
    assert {rule.clause for rule in schedule.rules} <= set(load_rules().clauses)
    assert len(schedule.version) == 64
