"""What the schedule says of one ticket, and which schedules are refused."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from zoho_privacy.adapters.retention_file import load_schedule
from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.model import Hold
from zoho_privacy.domain.retention import Due, Keep, Rule, Schedule, Skip, TicketFacts, decide, overdue_since
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
    assert overdue_since(unread, Schedule((tagged,)), NOW)
    assert said(unread, tagged) == "no-rule"
    assert not overdue_since(facts(age=3), Schedule((tagged, KEEP)), NOW)


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


# ------------------------------------------------------------------------------------- checked against the rule tables

RULES: Final = load_rules()
DATA: Final[dict[str, Any]] = {key: asdict(period) for key, period in load_schedule().data.items()}


def mistakes(*rows: dict[str, Any], **more: Any) -> list[str]:
    try:
        parse({"rules": list(rows), "data": DATA, **more}, rules=RULES)
    except BadInput as told:
        return str(told).splitlines()
    return []


@pytest.mark.parametrize(
    ("clause", "period", "complaint"),
    [
        ("P8-tickets", 3650, None),
        ("P8-tickets", 3651, "period_days is 3651: clause P8-tickets promises from 1 to 3650"),
        ("P8-portal", 1096, "period_days is 1096: clause P8-portal promises from 1 to 1095"),
        ("P8-logs", 365, None),
        ("P8-logs", 366, "period_days is 366: clause P8-logs promises from 30 to 365"),
        ("P8-logs", 29, "period_days is 29: clause P8-logs promises from 30 to 365"),
        ("P8-inquiries", 2000, "clause P8-inquiries promises from 1 to 1095"),
        ("P8-nothing", 30, "clause 'P8-nothing' is not in rules/policy.toml: one of P8-tickets, P8-portal"),
        ("P9-security", 30, "clause 'P9-security' promises no period: one of P8-tickets"),
        ("P8-holds", 30, "clause 'P8-holds' promises no period: one of P8-tickets"),
    ],
)
@pytest.mark.req("R-RETAIN-1", "R-RETAIN-4", "R-POLICY-2")
def test_a_rule_keeps_within_what_its_clause_promises(clause: str, period: int, complaint: str | None) -> None:
    found = mistakes({**ROW, "clause": clause, "period_days": period})
    assert (len(found), complaint or "") == (bool(complaint), complaint or "")
    assert not complaint or complaint in found[0]


@pytest.mark.req("R-RETAIN-1")
def test_tickets_that_no_rule_fits_are_a_mistake_that_says_what_to_write() -> None:
    narrow = {**ROW, "laws": ["gdpr"]}
    keep = {"id": "k", "clause": "P8-holds", "basis": "legal obligation", "action": "keep", "reason": "a dispute"}
    told = "no rule for all other tickets: write one without categories, departments, tags, organisations and laws"
    assert mistakes(narrow) == mistakes(keep) == [told]
    assert mistakes(narrow, {**ROW, "id": "rest"}, keep) == []


@pytest.mark.parametrize("key", sorted(RULES.categories))
@pytest.mark.req("R-RETAIN-1", "R-SCOPE-2")
def test_a_category_of_data_without_a_period_is_a_mistake_that_says_what_to_write(key: str) -> None:
    (told,) = mistakes(ROW, data={name: row for name, row in DATA.items() if name != key})
    assert told.startswith(
        f"data.{key}: no period: write [data.{key}] with clause, basis, start, period_days and reason"
    )


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"period_days": None}, "no period_days"),
        ({"period_days": 400}, "period_days is 400: clause P8-logs promises from 30 to 365"),
        ({"start": None}, "no start: one of closed, created"),
        ({"basis": "consent"}, "no basis: one of legitimate interests"),
        ({"clause": None}, "no clause: one of P8-tickets"),
        ({"clause": "P8-gone"}, "clause 'P8-gone' is not in rules/policy.toml"),
        ({"reason": " "}, "no reason"),
        ({"owner": "x"}, "unknown key 'owner'"),
    ],
)
@pytest.mark.req("R-RETAIN-1", "R-RETAIN-4")
def test_a_category_without_period_start_or_basis_is_refused(change: dict[str, Any], complaint: str) -> None:
    row = {name: value for name, value in {**DATA["ip_network"], **change}.items() if value is not None}
    (told,) = mistakes(ROW, data={**DATA, "ip_network": row})
    assert told.startswith(f"data.ip_network: {complaint}")


@pytest.mark.req("R-RETAIN-13", "R-RETAIN-1")
@pytest.mark.parametrize(
    ("days", "complaint"),
    [
        (0, "undo_days is 0: from 1 to 90"),
        ("30", "undo_days is '30': a whole number of days"),
        (True, "undo_days is True: a whole number of days"),
        (30, "undo_days is 30: a sealed copy would outlive the 3650 days that clause P8-tickets promises"),
    ],
)
def test_an_undo_window_is_bounded_and_stays_within_the_promise(days: object, complaint: str) -> None:
    (told,) = mistakes({**ROW, "period_days": 3640, "undo_days": days})
    assert complaint in told


@pytest.mark.req("R-RETAIN-3", "R-RETAIN-1")
def test_records_of_people_have_the_period_of_their_category_of_data() -> None:
    shipped = load_schedule()
    assert shipped.people is not None
    period = shipped.data["contact"]
    assert (shipped.people.period_days, shipped.people.clause) == (period.period_days, period.clause)
    assert (shipped.people.mode, shipped.people.action) == ("dry-run", "erase")
    assert parse({"rules": [ROW], "data": DATA, "people": {"mode": "live"}}, rules=RULES).people == replace(
        shipped.people, mode="live"
    )


@pytest.mark.req("R-RETAIN-3", "R-RETAIN-1")
@pytest.mark.parametrize(
    ("chosen", "start", "complaint"),
    [
        ({"mode": "now"}, "relationship-end", "people: mode is 'now': one of live, dry-run"),
        ({"mode": "live", "days": 3}, "relationship-end", "people: unknown key 'days'"),
        ("live", "relationship-end", "people: not a table"),
        ({"mode": "live"}, "created", "people: [data.contact] has to start with relationship-end"),
    ],
)
def test_what_is_wrong_with_the_rule_for_people_is_told(chosen: object, start: str, complaint: str) -> None:
    data = {**DATA, "contact": {**DATA["contact"], "start": start}}
    (told,) = mistakes(ROW, data=data, people=chosen)
    assert told.startswith(complaint)


@pytest.mark.req("R-ERASE-2")
def test_whether_rebuilt_tickets_keep_files_is_yes_or_no() -> None:
    assert not load_schedule().carries_files
    assert parse({"rules": [ROW], "files": {"carried": True}}).carries_files
    assert mistakes(ROW, files={"carried": "all"}) == ["files: carried is true or false"]


@pytest.mark.req("R-RETAIN-13", "R-RETAIN-7")
def test_a_rule_without_an_undo_window_is_the_rule_it_was_before_there_were_any() -> None:
    assert "undo_days" not in ERASE.as_dict()
    assert replace(ERASE, undo_days=30).fingerprint != ERASE.fingerprint


@pytest.mark.req("R-RETAIN-1")
def test_mistakes_of_every_part_are_told_together() -> None:
    found = mistakes(
        {**ROW, "laws": ["roman"], "period_days": 4000, "skeleton": 1},
        {**ROW, "id": "b", "action": "mask", "skeleton": True, "clause": "P1-scope", "undo_days": 91},
        data={**DATA, "gossip": DATA["usage"], "usage": {**DATA["usage"], "start": "someday"}},
        contracts={"five": date(2025, 1, 1), "6": "soon"},
        erasure={"alone": "burn"},
        extra=1,
    )
    assert len(found) == 13
    for part in (
        "unknown key 'extra'", "erasure: alone", "contracts: 'five'", "contracts: '6'", "data.gossip: no category",
        "data.usage: no start", "laws: 'roman' is none of gdpr", "from 1 to 3650", "skeleton is true or false",
        "skeleton: only what is deleted", "clause 'P1-scope'", "undo_days is 91", "undo_days: only what is deleted",
    ):  # fmt: skip
        assert [line for line in found if part in line], part


@pytest.mark.req("R-RETAIN-1", "R-RETAIN-3", "R-RETAIN-5", "R-SCOPE-2")
def test_the_shipped_schedule_covers_every_category_and_a_file_without_any_has_its_periods(tmp_path: Path) -> None:
    """Account data starts when the account is closed, an inquiry's when the last word was said."""
    shipped = load_schedule()
    assert set(shipped.data) == set(RULES.categories)
    assert (shipped.data["credentials"].start, shipped.data["credentials"].clause) == ("account-closed", "P8-portal")
    starts = {rule.clause: rule.start for rule in shipped.rules}
    assert (starts["P8-portal"], starts["P8-inquiries"]) == ("relationship-end", "last-message")
    own = tmp_path / "own.toml"
    own.write_text("contracts = { 5 = 2025-01-31 }\n[[rules]]\n" + "\n".join(f"{k} = {v!r}" for k, v in ROW.items()))
    found = load_schedule(own)
    assert (found.data, found.contracts) == (shipped.data, {"5": date(2025, 1, 31)})


# --------------------------------------------------------------------------------------------------------- what it does


@pytest.mark.parametrize(
    ("start", "members", "said_so"),
    [
        ("created", {"created": NOW - timedelta(days=366), "closed": NOW}, "erase by tickets"),
        ("last-message", {"last_message": NOW - timedelta(days=3)}, "not-due"),
        ("last-message", {"last_message": NOW - timedelta(days=365), "closed": NOW}, "erase by tickets"),
        ("last-message", {"created": NOW - timedelta(days=365)}, "erase by tickets"),
        ("relationship-end", {"relationship_end": None}, "relationship-goes-on"),
        ("relationship-end", {"relationship_end": NOW - timedelta(days=364)}, "not-due"),
        ("relationship-end", {"relationship_end": NOW - timedelta(days=365)}, "erase by tickets"),
        ("contract-end", {"contract_end": None}, "contract-runs"),
        ("contract-end", {"contract_end": NOW - timedelta(days=365)}, "erase by tickets"),
        ("contract-end", {"contract_end": NOW - timedelta(days=900), "closed": NOW - timedelta(days=9)}, "not-due"),
    ],
)
@pytest.mark.req("R-RETAIN-2", "R-RETAIN-3", "R-RETAIN-5")
def test_a_period_counts_from_its_start(start: Any, members: dict[str, Any], said_so: str) -> None:
    assert said(facts(**members), replace(ERASE, start=start)) == said_so


@pytest.mark.req("R-RETAIN-6")
def test_a_rule_selects_by_law_and_counts_as_possible_where_nobody_has_looked() -> None:
    rule = replace(ERASE, laws=frozenset({"gdpr", "uk_gdpr"}))
    assert said(facts(laws=frozenset({"ccpa"})), rule) == "no-rule"
    assert said(facts(laws=frozenset({"ccpa", "gdpr"})), rule) == "erase by tickets"
    assert said(facts(), rule) == "no-rule"
    assert overdue_since(facts(), Schedule((rule,)), NOW)
    assert not overdue_since(facts(laws=frozenset({"ccpa"})), Schedule((rule,)), NOW)


@pytest.mark.req("R-PLAN-4")
def test_the_effect_names_what_is_deleted_and_nothing_else() -> None:
    base = Schedule((ERASE, KEEP))
    same = (
        replace(base, version="other"),
        replace(base, rules=(KEEP, ERASE)),
        replace(base, rules=(ERASE, KEEP, replace(MASK, mode="dry-run"))),
    )
    assert {each.effect for each in same} == {base.effect}
    other = (
        replace(base, rules=(ERASE,)),
        replace(base, rules=(ERASE, KEEP, MASK)),
        replace(base, contracts={"5": date(2025, 1, 31)}),
        replace(base, rules=(replace(ERASE, period_days=364), KEEP)),
    )
    assert len({base.effect, *(each.effect for each in other)}) == 5
    assert replace(base, rules=(replace(ERASE, mode="dry-run"), KEEP)).effect == ""
