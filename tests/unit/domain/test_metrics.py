"""Figures: who counts as what, and in whose calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.builders import NOW, ORG, a_case
from zoho_privacy.domain import metrics
from zoho_privacy.domain.model import Case, Kind, LedgerEntry, State

YEAR = {"first": date(2026, 1, 1), "last": date(2026, 12, 31), "timezone": "UTC"}


def a_closed(days: int, **members: Any) -> Case:
    return a_case(**{"state": State.CLOSED, "closed": NOW + timedelta(days=days), **members})


def an_entry(what: str, result: str = "", *, case_id: str = "7001-deletion", **members: Any) -> LedgerEntry:
    details = members.pop("details", {})
    return LedgerEntry(ORG, 1, NOW, "zoho_privacy", what, case_id, members.pop("ticket_id", ""), "R", result, details)


@pytest.mark.req("R-METRIC-1")
def test_each_kind_of_ending_is_counted_once() -> None:
    cases = [
        a_closed(10),
        a_closed(20, id="2", ticket_id="2"),
        a_case(id="3", ticket_id="3", state=State.REFUSED, closed=NOW + timedelta(days=60)),
        a_case(id="4", ticket_id="4"),
        a_case(id="5", ticket_id="5", state=State.DISMISSED, closed=NOW),
    ]
    told = metrics.report(cases, [an_entry("plan_proposed", details={"kept": "2"})], **YEAR).total  # type: ignore[arg-type]
    assert (told.received, told.whole, told.part, told.denied, told.open, told.dismissed) == (4, 1, 1, 1, 1, 1)
    assert (told.median_days, told.mean_days, told.answered) == (20.0, 30.0, 3)
    assert (told.within_law, told.within_promise) == (2, 2)


@pytest.mark.req("R-METRIC-1")
@pytest.mark.parametrize(
    ("entries", "outcome"),
    [
        ([], "whole"),
        ([an_entry("erase_ticket", "done gone")], "whole"),
        ([an_entry("erase_ticket", "skipped held")], "part"),
        ([an_entry("erase_ticket", "failed still-there")], "part"),
        ([an_entry("export_accepted", "a gap")], "part"),
        ([an_entry("plan_proposed", details={"kept": "1"}), an_entry("plan_proposed", details={"kept": "0"})], "whole"),
        ([an_entry("erase_ticket", "skipped held", case_id="another")], "whole"),
    ],
)
def test_in_part_is_what_the_ledger_says(entries: list[LedgerEntry], outcome: str) -> None:
    assert metrics.count([a_closed(1)], entries, timezone="UTC")[0].outcome == outcome


@pytest.mark.req("R-METRIC-1")
def test_a_wrong_code_counts_for_the_cases_of_its_ticket_only() -> None:
    cases = [a_case(), a_case(id="o", ticket_id="8000")]
    entries = [an_entry("proof_failed", "attempt 1", case_id="", ticket_id="7001")] * 2
    assert [each.unproven for each in metrics.count(cases, entries, timezone="UTC")] == [True, False]
    lapsed = metrics.count(cases, [an_entry("proof_lapsed", case_id="o")], timezone="UTC")
    assert [each.unproven for each in lapsed] == [False, True]


@pytest.mark.req("R-METRIC-1", "R-CLOCK-3")
def test_a_lawful_extension_moves_the_law_and_not_the_promise() -> None:
    due = replace(a_case().due, extended_to=date(2026, 6, 2))
    one = metrics.count([a_closed(60, due=due)], [], timezone="UTC")[0]
    assert (one.within_law, one.within_promise) == (True, False)


def test_the_period_is_of_the_controllers_calendar() -> None:
    """Half past eleven in the evening of New Year's Eve in London is New Year's Day in Berlin."""
    due = replace(a_case().due, received=datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
    case = a_closed(0, due=due)
    day = date(2026, 1, 1)
    assert metrics.report([case], [], first=day, last=day, timezone="Europe/Berlin").total.received == 1
    assert metrics.report([case], [], first=day, last=day, timezone="UTC").total.received == 0


@pytest.mark.req("R-METRIC-2")
def test_the_files_hold_columns_and_figures_alone() -> None:
    told = metrics.report([a_closed(3), a_closed(4, kind=Kind.ACCESS)], [], **YEAR)  # type: ignore[arg-type]
    lines = metrics.as_csv(told).splitlines()
    assert lines[0] == ",".join(metrics.COLUMNS)
    assert lines[1:] == ["2026-03,access,1,1,0,0,0,0,4,4,1,1,1,0", "2026-03,deletion,1,1,0,0,0,0,3,3,1,1,1,0"]
