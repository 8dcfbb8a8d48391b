"""Holds: they need a ground and a scope, are unique by matter, are reviewed, end with a grace, and leave a trace."""

import logging
from datetime import date, timedelta
from typing import Any

import pytest

from tests.builders import NOW, ORG, a_case
from tests.fakes.receiving import make
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.domain.errors import BadInput, NotFound
from zoho_privacy.domain.model import Case, HoldQuery, Kept, State
from zoho_privacy.domain.plan import make_plan
from zoho_privacy.workflows import casebook, deadlines, holds, ledger
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.holds import Order
from zoho_privacy.workflows.inbox import run_job

TODAY = NOW.date()
GRACE = timedelta(days=7)


def an_order(**members: Any) -> Order:
    return Order(**{"matter": "2026-014", "owner": "counsel", "reason": "claim", "tag": "claim-14", **members})


def later(app: App, days: float) -> None:
    """Let days pass and the jobs that fall due be done."""
    clock = app.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(days=days))
    while jobs := app.store.due("job", now=app.clock.now()):
        for item in jobs:
            assert item.body["kind"].startswith("hold_"), "the others are not what this is about"
            run_job(app, ORG, item.body)
            fresh = app.store.get(ORG, "job", item.id)
            change = Change(app.store, ORG, app.clock.now())
            change.delete(fresh or item)
            change.commit()


def a_case_that_waits(app: App, state: State, *, kept: str = "7100") -> Case:
    """Store a case whose plan had to keep a ticket for a hold."""
    plan = make_plan(
        org=ORG,
        plan_id="p",
        case_id="7001-deletion",
        purpose="erasure",
        created=NOW,
        proposer="zoho_privacy",
        actions=[],
        kept=[Kept(kept, "ticket", "held", "kept")],
    )
    case = a_case(state=state, plan_hash=plan.hash)
    change = Change(app.store, ORG, NOW)
    change.put("plan", plan.hash, casebook.to_body(plan), parent=case.id)
    change.case(case)
    change.commit()
    return case


@pytest.mark.req("R-HOLD-3")
def test_a_hold_is_stored_whole_and_written_down() -> None:
    app = make(ORG).app
    query = HoldQuery(account_ids=frozenset({"8", "7"}), created_until=date(2025, 6, 30), words="audit")
    placed = holds.place(
        app, ORG, an_order(ticket_ids=frozenset({"2", "1"}), contact_ids=frozenset({"9"}), query=query)
    )
    assert casebook.holds(app.store, ORG) == (placed,)
    assert placed.query == query
    assert (placed.start, placed.review) == (TODAY, TODAY + timedelta(days=180))
    (entry,) = ledger.entries(app.store, ORG)
    assert (entry.who, entry.what) == ("owner:counsel", "hold_placed")
    assert entry.result == "2 tickets, 1 contacts, a tag, a query"


@pytest.mark.req("R-HOLD-3")
@pytest.mark.parametrize("missing", [{"tag": None}, {"matter": " "}, {"owner": ""}, {"reason": ""}])
def test_a_hold_without_scope_or_ground_is_refused(missing: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        holds.place(make(ORG).app, ORG, an_order(**missing))


def test_days_the_wrong_way_round_are_refused() -> None:
    query = HoldQuery(created_from=date(2026, 2, 1), created_until=date(2026, 1, 31))
    with pytest.raises(BadInput, match="wrong way round"):
        holds.place(make(ORG).app, ORG, an_order(query=query))


def test_a_matter_is_held_once() -> None:
    app = make(ORG).app
    holds.place(app, ORG, an_order())
    with pytest.raises(BadInput, match="held already"):
        holds.place(app, ORG, an_order(tag="another"))


@pytest.mark.req("R-HOLD-6")
def test_a_lifted_hold_keeps_everything_until_its_grace_is_over() -> None:
    app = make(ORG).app
    placed = holds.place(app, ORG, an_order())
    lifted = holds.lift(app, ORG, placed.id, who="417")
    assert lifted.ends == TODAY + GRACE
    later(app, 6)
    assert [hold.id for hold in casebook.holds(app.store, ORG)] == [placed.id]
    later(app, 1)
    assert casebook.holds(app.store, ORG) == ()
    assert [(each.who, each.what) for each in ledger.entries(app.store, ORG)] == [
        ("owner:counsel", "hold_placed"),
        ("agent:417", "hold_lifted"),
        ("zoho_privacy", "hold_ended"),
    ]
    with pytest.raises(NotFound):
        holds.lift(app, ORG, placed.id, who="417")


@pytest.mark.req("R-HOLD-6")
def test_lifting_twice_does_not_begin_the_grace_again() -> None:
    app = make(ORG).app
    placed = holds.place(app, ORG, an_order())
    holds.lift(app, ORG, placed.id, who="417")
    later(app, 3)
    assert holds.lift(app, ORG, placed.id, who="418").ends == TODAY + GRACE
    assert [each.what for each in ledger.entries(app.store, ORG)] == ["hold_placed", "hold_lifted"]


@pytest.mark.req("R-HOLD-6")
@pytest.mark.parametrize(
    ("before", "after", "job"),
    [
        (State.CLOSED, State.VERIFIED, True),
        (State.FULFILLED, State.VERIFIED, True),
        (State.PLANNED, State.PLANNED, True),
        (State.EXECUTING, State.EXECUTING, False),
        (State.REFUSED, State.REFUSED, False),
    ],
)
def test_what_waited_for_a_hold_is_planned_anew(before: State, after: State, job: bool) -> None:  # noqa: FBT001
    """The new plan has to be approved like any other: lifting alone erases nothing."""
    app = make(ORG).app
    case = a_case_that_waits(app, before)
    placed = holds.place(app, ORG, an_order(tag=None, ticket_ids=frozenset({"7100"})))
    assert holds.lift(app, ORG, placed.id, who="417").waiting == (case.id,)
    holds.end(app, ORG, placed.id)
    assert casebook.holds(app.store, ORG) != (), "not before its day"
    assert isinstance(app.clock, FixedClock)
    app.clock.advance(GRACE)
    holds.end(app, ORG, placed.id)
    body = next(item.body for item in casebook.every(app.store, ORG, "job") if item.body["kind"] == "hold_resume")
    for _ in range(2):
        again = holds.resume(app, ORG, body["hold"])
        assert (again is not None) is (before is State.EXECUTING)
    found = casebook.case(app.store, ORG, case.id)
    assert found is not None
    assert found.state is after
    assert (app.store.get(ORG, "job", f"fulfil:{case.id}") is not None) is job


@pytest.mark.req("R-HOLD-6")
def test_a_case_whose_conversation_is_gone_goes_to_a_person() -> None:
    app = make(ORG).app
    case = a_case_that_waits(app, State.CLOSED)
    change = Change(app.store, ORG, NOW)
    change.put("tombstone", app.keyring.pseudonym("tombstone", case.ticket_id), {"at": NOW.isoformat()})
    change.commit()
    placed = holds.place(app, ORG, an_order())
    holds.lift(app, ORG, placed.id, who="417")
    later(app, 7)
    found = casebook.case(app.store, ORG, case.id)
    assert found is not None
    assert (found.state, found.reason) == (State.WITH_PERSON, "a hold has ended: what it kept waits for a person")


@pytest.mark.req("R-HOLD-6")
def test_a_hold_on_something_else_wakes_nobody() -> None:
    app = make(ORG).app
    a_case_that_waits(app, State.CLOSED, kept="7999")
    placed = holds.place(app, ORG, an_order(tag=None, ticket_ids=frozenset({"7100"})))
    assert holds.lift(app, ORG, placed.id, who="417").waiting == ()


@pytest.mark.req("R-HOLD-6")
def test_a_review_is_announced_once_and_an_overdue_one_raises_an_alarm(caplog: pytest.LogCaptureFixture) -> None:
    app = make(ORG).app
    placed = holds.place(app, ORG, an_order(review=TODAY + timedelta(days=20)))

    def watched() -> int:
        with caplog.at_level(logging.ERROR):
            (report,) = deadlines.run(app)
        return report.holds_to_review

    assert watched() == 0
    later(app, 6)
    assert (watched(), watched()) == (0, 0)
    assert caplog.records == []
    later(app, 14)
    assert (watched(), watched()) == (1, 1)
    assert [each.getMessage() for each in caplog.records] == [
        f"alarm: hold {placed.id} of portal {ORG} is past its review date"
    ]
    told = [each.result for each in ledger.entries(app.store, ORG) if each.what == "hold_review_due"]
    assert told == ["soon", "overdue"]
    assert casebook.holds(app.store, ORG) == (placed,), "it does not end by itself"
    holds.review(app, ORG, placed.id, until=app.clock.now().date() + timedelta(days=100), who="417")
    assert watched() == 0


def test_the_next_review_lies_ahead() -> None:
    app = make(ORG).app
    placed = holds.place(app, ORG, an_order())
    with pytest.raises(BadInput):
        holds.review(app, ORG, placed.id, until=TODAY, who="417")


@pytest.mark.req("R-HOLD-6")
def test_the_owner_of_a_hold_on_a_ticket_reads_the_reminder_there() -> None:
    app = make(ORG).app
    hold = holds.place(app, ORG, an_order(tag=None, ticket_ids=frozenset({"7100"}), review=TODAY + timedelta(days=3)))
    change = Change(app.store, ORG, NOW)
    change.put("hold", "ticket-7100", holds.body(hold) | {"id": "ticket-7100"})
    change.commit()
    assert holds.watch(app, ORG).reminded == 2
    (effect,) = casebook.every(app.store, ORG, "effect")
    assert effect.body["ticket_id"] == "7100"
    assert "is to be reviewed by 2026-03-05" in effect.body["text"]
