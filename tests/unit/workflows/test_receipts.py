"""What others answer ends a case, once, and only then."""

from dataclasses import replace

import pytest

from tests.builders import NOW, ORG, a_case
from tests.fakes.suite import a_suite
from zoho_privacy.domain.errors import BadInput, NotAllowed
from zoho_privacy.domain.model import Case, Form, Kind, Receipt, State
from zoho_privacy.domain.receipts import asked
from zoho_privacy.workflows import casebook, ledger, receipts
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.context import App


def waiting(app: App, **members: object) -> Case:
    """Store a deletion case whose person was answered."""
    case = replace(a_case(), state=State.FULFILLED, plan_hash="f" * 64, answered=NOW, outcome="erased")
    case = replace(case, **members)  # type: ignore[arg-type]  # a test's own choice of members
    change = Change(app.store, ORG, NOW)
    change.case(case)
    change.commit()
    return case


def answer(app: App, key: str, **members: str) -> Receipt:
    form = Form(members.pop("form", "receipt"))
    given = {"by": app.rules.recipients[key].acts, "reference": "export 12"} | members
    return Receipt(key, form, at=NOW, **given)


def stored(app: App, case: Case) -> Case:
    found = casebook.case(app.store, ORG, case.id)
    assert found is not None
    return found


@pytest.mark.req("R-PROP-3", "R-PROP-4", "R-PLAN-6")
def test_the_last_receipt_closes_the_case_and_none_before_it() -> None:
    app = a_suite()
    case = waiting(app)
    names = asked(app.rules)
    assert set(names) == {"aws", "openai", "microsoft_365"}
    for number, key in enumerate(names, 1):
        assert stored(app, case).state is State.FULFILLED
        left = receipts.record(app, ORG, case.id, answer(app, key))
        assert left == names[number:]
    assert stored(app, case).state is State.CLOSED
    said = [entry.what for entry in ledger.entries(app.store, ORG)]
    assert said == ["receipt_recorded"] * 3 + ["case_closed"]
    assert list(ledger.verify_all(app.store, ORG)) == []


def test_the_same_receipt_twice_is_one() -> None:
    app = a_suite()
    case = waiting(app)
    for _ in range(3):
        receipts.record(app, ORG, case.id, answer(app, "openai"))
    assert len(list(ledger.entries(app.store, ORG))) == 1


@pytest.mark.req("R-METRIC-1")
def test_a_late_receipt_does_not_move_the_day_of_the_answer() -> None:
    app = a_suite()
    case = waiting(app)
    for key in asked(app.rules):
        receipts.record(app, ORG, case.id, answer(app, key))
    assert stored(app, case).answered == case.answered


def test_a_case_that_is_not_answered_yet_is_not_closed_by_receipts() -> None:
    app = a_suite()
    case = waiting(app, answered=None, state=State.EXECUTING)
    for key in asked(app.rules):
        receipts.record(app, ORG, case.id, answer(app, key))
    assert stored(app, case).state is State.EXECUTING
    assert receipts.outstanding(app, stored(app, case)) == ()


@pytest.mark.req("R-PROP-4", "R-EVID-5")
@pytest.mark.parametrize(
    ("key", "wrong", "said"),
    [
        ("plausible", {}, "no receipt is asked"),
        ("cloudflare", {}, "no receipt is asked"),
        ("unheard_of", {}, "no receipt is asked"),
        ("openai", {"reference": " "}, "needs a reference"),
        ("openai", {"form": "expires", "reason": ""}, "needs a reason"),
        ("openai", {"form": "disproportionate"}, "needs a reason"),
        ("openai", {"reference": "mail of ada.moss@example.net"}, "name no person"),
        ("openai", {"reference": "x" * 201}, "name no person"),
    ],
)
def test_an_answer_that_proves_nothing_is_refused(key: str, wrong: dict[str, str], said: str) -> None:
    app = a_suite()
    case = waiting(app)
    given = answer(app, key, **wrong) if key in app.rules.recipients else Receipt(key, Form.RECEIPT, "x", NOW, "y")
    with pytest.raises(BadInput, match=said):
        receipts.record(app, ORG, case.id, given)
    assert list(ledger.entries(app.store, ORG)) == []


def test_another_role_answers_only_when_it_says_so() -> None:
    app = a_suite()
    case = waiting(app)
    given = answer(app, "openai", by="night watch")
    with pytest.raises(NotAllowed, match="website team"):
        receipts.record(app, ORG, case.id, given)
    assert "openai" not in receipts.record(app, ORG, case.id, given, instead=True)


def test_no_other_right_asks_for_receipts() -> None:
    app = a_suite()
    case = waiting(app, kind=Kind.ACCESS)
    assert receipts.outstanding(app, case) == ()
    with pytest.raises(BadInput):
        receipts.record(app, ORG, case.id, answer(app, "openai"))
