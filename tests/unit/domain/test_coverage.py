"""The coverage statement: every system has a row, and nothing counts as done that the journal does not show."""

from dataclasses import replace

import pytest

from tests.builders import NOW, ORG
from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.domain.coverage import Cover, Row, Step, complete, coverage
from zoho_privacy.domain.model import Action, ActionType, Form, Kept, Plan, Receipt
from zoho_privacy.domain.plan import make_plan
from zoho_privacy.domain.receipts import asked

RULES = load_rules()
ASKED = asked(RULES)
CONFIRMED = {key: Receipt(key, Form.RECEIPT, RULES.recipients[key].acts, NOW, "export 12") for key in ASKED}


def an_action(target: str) -> Action:
    kind = ActionType.ERASE_TICKET
    return Action(f"{kind}:{target}", kind, target, None, "b", "erasure", "P13-rights", "only this person", 18.0)


def a_plan(*kept: Kept) -> Plan:
    return make_plan(
        org=ORG,
        plan_id="p",
        case_id="7001-deletion",
        purpose="erasure",
        created=NOW,
        proposer="zoho_privacy",
        actions=[an_action("7100"), an_action("7101")],
        kept=kept,
    )


def ended(*results: tuple[str, str]) -> dict[str, Step]:
    keys = [action.key for action in a_plan().actions]
    return {key: Step(key, result, code) for key, (result, code) in zip(keys, results, strict=False)}


def desk(rows: tuple[Row, ...]) -> Row:
    return next(row for row in rows if row.system == "desk")


@pytest.mark.req("R-PLAN-6")
def test_every_system_of_the_register_has_one_row() -> None:
    rows = coverage(RULES, a_plan(), ended(("done", ""), ("done", "")), receipts=CONFIRMED)
    assert [row.system for row in rows] == [*RULES.systems, *(f"recipient:{key}" for key in RULES.recipients)]
    assert desk(rows).state is Cover.DONE
    assert complete(rows)


@pytest.mark.req("R-PROP-2", "R-PROP-4", "R-PLAN-6")
@pytest.mark.parametrize("left_out", sorted(ASKED))
def test_a_recipient_that_has_not_answered_keeps_the_case_open(left_out: str) -> None:
    given = {key: receipt for key, receipt in CONFIRMED.items() if key != left_out}
    rows = coverage(RULES, a_plan(), ended(("done", ""), ("done", "")), receipts=given)
    (row,) = [row for row in rows if row.system == f"recipient:{left_out}"]
    assert (row.state, row.owner) == (Cover.OPEN, RULES.recipients[left_out].acts)
    assert not complete(rows)


@pytest.mark.req("R-PROP-1", "R-PROP-2")
def test_each_of_the_six_recipients_is_done_or_exempt_for_a_reason() -> None:
    exempt = replace(CONFIRMED["aws"], form=Form.DISPROPORTIONATE, reason="sealed archive")
    receipts = {**CONFIRMED, "aws": exempt}
    rows = coverage(RULES, a_plan(), ended(("done", ""), ("done", "")), receipts=receipts)
    found = {row.system.removeprefix("recipient:"): row for row in rows if row.system.startswith("recipient:")}
    assert {key: row.state for key, row in found.items()} == {
        "cloudflare": Cover.EXEMPT,
        "aws": Cover.EXEMPT,
        "zoho_desk": Cover.DONE,
        "openai": Cover.DONE,
        "plausible": Cover.EXEMPT,
        "microsoft_365": Cover.DONE,
    }
    assert "sealed archive" in found["aws"].reason
    assert "2026-03-02 by website team (export 12)" in found["openai"].reason
    assert "365 days" in found["cloudflare"].reason


@pytest.mark.req("R-PLAN-6")
@pytest.mark.parametrize(
    ("steps", "state", "said"),
    [
        (ended(("done", "")), Cover.OPEN, "1 still to come"),
        (ended(("done", ""), ("started", "")), Cover.OPEN, "1 still to come"),
        (ended(("done", ""), ("failed", "still-there")), Cover.OPEN, "failed: still-there 1"),
        (ended(("done", ""), ("skipped", "held")), Cover.EXEMPT, "stays: held 1"),
    ],
)
def test_what_is_not_done_is_open_or_exempt_with_its_reason(steps: dict[str, Step], state: Cover, said: str) -> None:
    rows = coverage(RULES, a_plan(), steps, receipts=CONFIRMED)
    assert desk(rows).state is state
    assert said in desk(rows).reason
    assert complete(rows) is (state is not Cover.OPEN)


@pytest.mark.req("R-PLAN-6")
def test_what_the_plan_keeps_makes_the_desk_exempt() -> None:
    rows = coverage(RULES, a_plan(Kept("7102", "ticket", "shared", "r")), ended(("done", ""), ("done", "")))
    assert desk(rows).state is Cover.EXEMPT
    assert "shared 1" in desk(rows).reason


@pytest.mark.req("R-PROP-4", "R-PROP-5")
def test_what_the_suite_cannot_reach_is_external_and_has_an_owner() -> None:
    rows = coverage(RULES, a_plan(), {})
    external = {row.system: row.owner for row in rows if row.state is Cover.EXTERNAL}
    without_data = {row.system for row in rows if row.reason == "holds no personal data"}
    assert without_data == {"analytics", "recipient:plausible"}
    assert external == {key: system.owner for key, system in RULES.external_systems.items() if key not in without_data}
    assert all(external.values())


@pytest.mark.req("R-PLAN-6")
def test_a_system_that_no_plan_reaches_keeps_the_case_open() -> None:
    """Whoever adds an automated system to the register has to make plans reach it."""
    crm = replace(RULES.systems["desk"], title="CRM")
    rules = replace(RULES, systems={**RULES.systems, "crm": crm})
    rows = coverage(rules, a_plan(), ended(("done", ""), ("done", "")), receipts=CONFIRMED)
    assert not complete(rows)


def test_a_right_without_a_plan_is_done_when_it_is_answered() -> None:
    assert desk(coverage(RULES, None, {}, answered=True)).state is Cover.DONE
    assert desk(coverage(RULES, None, {})).state is Cover.OPEN
