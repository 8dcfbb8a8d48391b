"""Laws of the figures: they add up, and a period is the sum of its parts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import a_case
from zoho_privacy.domain import metrics
from zoho_privacy.domain.model import Case, Kind, LedgerEntry, State

START = datetime(2026, 1, 1, tzinfo=UTC)
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
SUMMED = ("received", "whole", "part", "denied", "open", "dismissed", "answered", "within_law", "within_promise")


def made(number: int, kind: Kind, state: State, received: int, took: int) -> Case:
    at = START + timedelta(hours=received)
    ended = state in {State.CLOSED, State.REFUSED, State.DISMISSED}
    due = replace(
        a_case().due,
        received=at,
        promise_due=at.date() + timedelta(days=30),
        legal_due=at.date() + timedelta(days=45),
    )
    closed = at + timedelta(days=took) if ended else None
    return a_case(id=f"c{number}", ticket_id=f"t{number}", kind=kind, state=state, due=due, closed=closed)


PARTS = st.tuples(st.sampled_from(Kind), st.sampled_from(State), st.integers(0, 364 * 24), st.integers(0, 90))
CASES = st.lists(PARTS, max_size=12).map(lambda parts: [made(number, *each) for number, each in enumerate(parts)])


def told(cases: Sequence[Case], first: date = FIRST, last: date = LAST) -> metrics.Report:
    return metrics.report(cases, [], first=first, last=last, timezone="UTC")


@pytest.mark.req("R-METRIC-1")
@settings(max_examples=80)
@given(CASES)
def test_every_case_is_counted_once_and_the_rows_add_up(cases: list[Case]) -> None:
    found = told(cases)
    assert found.total.received + found.total.dismissed == len(cases)
    for row in (*found.rows, *found.kinds, found.total):
        assert row.received == row.whole + row.part + row.denied + row.open
        assert row.within_promise <= row.within_law <= row.answered == row.whole + row.part + row.denied
        assert (row.median_days is None) == (row.answered == 0)
    for name in SUMMED:
        whole = getattr(found.total, name)
        assert sum(getattr(row, name) for row in found.rows) == whole
        assert sum(getattr(row, name) for row in found.kinds) == whole


@pytest.mark.req("R-METRIC-1")
@settings(max_examples=80)
@given(CASES, st.dates(FIRST, LAST - timedelta(days=1)))
def test_two_periods_that_meet_count_what_both_together_count(cases: list[Case], split: date) -> None:
    before, after = told(cases, last=split), told(cases, first=split + timedelta(days=1))
    for name in SUMMED:
        assert getattr(before.total, name) + getattr(after.total, name) == getattr(told(cases).total, name)


@pytest.mark.req("R-METRIC-2")
@settings(max_examples=40)
@given(CASES)
def test_neither_order_nor_the_persons_link_changes_a_figure(cases: list[Case]) -> None:
    """An erased person is a case whose contact means nothing any more."""
    assert told([replace(case, contact_id=None, sentence_hash="") for case in reversed(cases)]) == told(cases)


def said(number: int, what: str, result: str, kept: str) -> LedgerEntry:
    return LedgerEntry(
        "600123456", 1, START, "zoho_privacy", what, f"c{number}", f"t{number}", "R", result, {"kept": kept}
    )


WORDS = st.sampled_from(["plan_proposed", "erase_ticket", "export_accepted", "proof_failed", "proof_lapsed", "other"])
ENTRIES = st.lists(
    st.builds(said, st.integers(0, 5), WORDS, st.sampled_from(["done", "failed x"]), st.sampled_from("01")), max_size=20
)


@pytest.mark.req("R-METRIC-2", "R-EVID-6")
@settings(max_examples=80)
@given(CASES, ENTRIES, st.data())
def test_figures_outlive_the_entries_they_are_made_from(
    cases: list[Case], entries: list[LedgerEntry], data: st.DataObject
) -> None:
    """Wherever purges cut the ledger, marks and what is left of it tell the same figures."""
    first = data.draw(st.integers(0, len(entries)))
    second = data.draw(st.integers(first, len(entries)))
    carried = metrics.marks(entries[first:second], metrics.marks(entries[:first]))
    period = {"first": FIRST, "last": LAST, "timezone": "UTC"}
    left = metrics.report(cases, entries[second:], carried=carried, **period)  # type: ignore[arg-type]
    assert left == metrics.report(cases, entries, **period)  # type: ignore[arg-type]
