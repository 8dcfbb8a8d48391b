"""The third disclosure in twelve months: agents read of it, and it is answered like the first."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import NOW, ORG, a_case
from tests.fakes.desk import FakeDesk
from tests.fakes.suite import a_suite
from zoho_privacy.domain.model import Case, Kind, Law, State
from zoho_privacy.workflows import casebook, deadlines, disclosures, ledger
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.context import App

ADA = "417000000000001"


def a_request(app: App, days_ago: int, **members: Any) -> Case:
    """Store a case that came so many days ago; answered, unless it is said otherwise."""
    name = f"{days_ago}-{len(members)}"
    due = replace(a_case().due, received=NOW - timedelta(days=days_ago))
    base = {"id": name, "ticket_id": name, "kind": Kind.ACCESS, "law": Law.CCPA, "state": State.CLOSED, "due": due}
    case = a_case(**{**base, "contact_id": ADA, **members})
    change = Change(app.store, ORG, NOW)
    change.case(case)
    change.commit()
    return casebook.case(app.store, ORG, case.id) or case


@pytest.mark.req("R-CCPA-3")
def test_the_third_is_flagged_once_and_answered_all_the_same() -> None:
    app = a_suite(FakeDesk(ORG))
    for days in (300, 40):
        a_request(app, days)
    third = a_request(app, 1, state=State.VERIFIED)
    deadlines.run(app, dry_run=True)
    assert list(ledger.entries(app.store, ORG)) == []
    for _ in range(2):
        deadlines.run(app)
    told = [each for each in ledger.entries(app.store, ORG) if each.what == "disclosures_flagged"]
    assert [(each.why, each.result, each.case_id) for each in told] == [("R-CCPA-3", "2 in 12 months", third.id)]
    (note,) = [i.body for i in casebook.every(app.store, ORG, "effect") if i.id == f"note:{third.id}:disclosures"]
    assert "nothing is refused" in note["text"]
    stored = casebook.case(app.store, ORG, third.id)
    assert stored
    assert (stored.state, stored.due) == (third.state, third.due)


@pytest.mark.req("R-CCPA-3")
@pytest.mark.parametrize(
    "first",
    [
        {"days_ago": 380},
        {"days_ago": 300, "kind": Kind.DELETION},
        {"days_ago": 300, "state": State.REFUSED},
        {"days_ago": 300, "contact_id": "417000000000002"},
        {"days_ago": 300, "contact_id": None},
    ],
)
def test_what_is_no_disclosure_to_this_person_in_time_does_not_count(first: dict[str, Any]) -> None:
    app = a_suite(FakeDesk(ORG))
    a_request(app, **first)
    a_request(app, 40)
    assert disclosures.earlier(app, a_request(app, 1, state=State.VERIFIED)) == 1


def test_other_laws_and_other_kinds_flag_nothing() -> None:
    app = a_suite(FakeDesk(ORG))
    for days in (300, 40):
        a_request(app, days)
    assert not disclosures.flag(app, a_request(app, 1, state=State.VERIFIED, law=Law.GDPR))
    assert not disclosures.flag(app, a_request(app, 2, state=State.VERIFIED, kind=Kind.DELETION))
