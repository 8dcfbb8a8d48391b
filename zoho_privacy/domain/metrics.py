"""Figures about requests for a period: counts, days, punctuality; never about a person (R-METRIC-1, R-METRIC-2). Pure.

Made from cases and ledger entries alone, which an erasure leaves as they are. A case belongs to the month it was
received in, by the controller's calendar. `received` is complied in whole + in part + denied + open; what turned out to
be no request is counted apart. In part: a plan keeps a record, a step was skipped or failed, or an export was accepted
incomplete. What entries say is folded into a `Mark` per case or ticket; a purge of the ledger carries the marks on, so
that figures outlive it.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from statistics import fmean, median
from types import MappingProxyType
from typing import Final

from zoho_privacy.domain.deadline import local_day
from zoho_privacy.domain.model import ActionType, Case, LedgerEntry, State

ACTS: Final = frozenset(kind.value for kind in ActionType)
ALL: Final = "all"


class Outcome(StrEnum):
    """How a case ended, as far as the figures tell cases apart."""

    WHOLE = "whole"
    PART = "part"
    DENIED = "denied"
    OPEN = "open"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Mark:
    """What the figures need of the ledger entries of one case or ticket."""

    partial: bool = False
    unproven: bool = False


Marks = Mapping[tuple[str, str], Mark]
"""By organisation and the id of a case or ticket."""
NO_MARKS: Final[Marks] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Counted:
    """What the figures need of one case. `days` and the two flags are None until it is answered."""

    kind: str
    month: str
    outcome: Outcome
    days: int | None = None
    within_law: bool | None = None
    within_promise: bool | None = None
    unproven: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """One row. `days` figures are None where nothing was answered; `unproven` counts cases with a failed proof."""

    kind: str
    month: str
    received: int
    whole: int
    part: int
    denied: int
    open: int
    dismissed: int
    median_days: float | None
    mean_days: float | None
    answered: int
    within_law: int
    within_promise: int
    unproven: int


COLUMNS: Final = (
    "month",
    "kind",
    "received",
    "whole",
    "part",
    "denied",
    "open",
    "dismissed",
    "median_days",
    "mean_days",
    "answered",
    "within_law",
    "within_promise",
    "unproven",
)


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a period, both days included: rows per month and kind, per month, per kind, and one for all."""

    first: date
    last: date
    rows: tuple[Figures, ...]
    months: tuple[Figures, ...]
    kinds: tuple[Figures, ...]
    total: Figures


def report(
    cases: Iterable[Case],
    entries: Iterable[LedgerEntry],
    *,
    first: date,
    last: date,
    timezone: str,
    carried: Marks = NO_MARKS,
) -> Report:
    """Return the figures of the cases received from `first` to `last`, in the controller's calendar.

    `carried` are the marks of entries that were purged.

    Raises:
        BadInput: The time zone is unknown.
    """
    mine = [case for case in cases if first <= local_day(case.due.received, timezone) <= last]
    counted = count(mine, entries, timezone=timezone, carried=carried)
    both: dict[tuple[str, str], list[Counted]] = defaultdict(list)
    months: dict[str, list[Counted]] = defaultdict(list)
    kinds: dict[str, list[Counted]] = defaultdict(list)
    for each in counted:
        both[each.month, each.kind].append(each)
        months[each.month].append(each)
        kinds[each.kind].append(each)
    return Report(
        first,
        last,
        tuple(figures(group, kind=kind, month=month) for (month, kind), group in sorted(both.items())),
        tuple(figures(group, kind=ALL, month=month) for month, group in sorted(months.items())),
        tuple(figures(group, kind=kind, month=ALL) for kind, group in sorted(kinds.items())),
        figures(counted, kind=ALL, month=ALL),
    )


def marks(entries: Iterable[LedgerEntry], carried: Marks = NO_MARKS) -> dict[tuple[str, str], Mark]:
    """Return the marks after these entries, which follow in order upon those behind `carried`."""
    found = dict(carried)
    for entry in entries:
        for key, change in _changes(entry):
            found[key] = replace(found.get(key, Mark()), **change)
    return found


def _changes(entry: LedgerEntry) -> Iterator[tuple[tuple[str, str], dict[str, bool]]]:
    case = (entry.org, entry.case_id)
    if entry.what == "plan_proposed":
        yield case, {"partial": entry.details.get("kept", "0") != "0"}
    elif (entry.what in ACTS and not entry.result.startswith("done")) or entry.what == "export_accepted":
        yield case, {"partial": True}
    elif entry.what in {"proof_failed", "proof_lapsed"}:
        yield case, {"unproven": True}
        if entry.what == "proof_failed":
            yield (entry.org, entry.ticket_id), {"unproven": True}


def count(
    cases: Iterable[Case], entries: Iterable[LedgerEntry], *, timezone: str, carried: Marks = NO_MARKS
) -> list[Counted]:
    """Return each case as it is counted."""
    found = marks(entries, carried)
    return [
        _counted(
            case,
            partial=found.get((case.org, case.id), Mark()).partial,
            unproven=any(found.get((case.org, name), Mark()).unproven for name in (case.id, case.ticket_id)),
            timezone=timezone,
        )
        for case in cases
    ]


def _counted(case: Case, *, partial: bool, unproven: bool, timezone: str) -> Counted:
    day = local_day(case.due.received, timezone)
    month = f"{day:%Y-%m}"
    outcome = {
        State.CLOSED: Outcome.PART if partial else Outcome.WHOLE,
        State.REFUSED: Outcome.DENIED,
        State.DISMISSED: Outcome.DISMISSED,
    }.get(case.state, Outcome.OPEN)
    if outcome is Outcome.OPEN and case.state is State.FULFILLED and case.answered is not None:
        outcome = Outcome.PART if partial else Outcome.WHOLE  # the person is served; others' receipts are awaited
    told = case.answered or case.closed
    if outcome in {Outcome.OPEN, Outcome.DISMISSED} or told is None:
        return Counted(case.kind.value, month, outcome, unproven=unproven)
    ended = local_day(told, timezone)
    law = case.due.extended_to or case.due.legal_due
    return Counted(
        case.kind.value, month, outcome, (ended - day).days, ended <= law, ended <= case.due.promise_due, unproven
    )


def figures(counted: Sequence[Counted], *, kind: str, month: str) -> Figures:
    """Return the row of these cases."""
    ends: Mapping[Outcome, int] = {each: sum(one.outcome is each for one in counted) for each in Outcome}
    days = [each.days for each in counted if each.days is not None]
    return Figures(
        kind=kind,
        month=month,
        received=len(counted) - ends[Outcome.DISMISSED],
        whole=ends[Outcome.WHOLE],
        part=ends[Outcome.PART],
        denied=ends[Outcome.DENIED],
        open=ends[Outcome.OPEN],
        dismissed=ends[Outcome.DISMISSED],
        median_days=float(median(days)) if days else None,
        mean_days=round(fmean(days), 2) if days else None,
        answered=len(days),
        within_law=sum(each.within_law is True for each in counted),
        within_promise=sum(each.within_promise is True for each in counted),
        unproven=sum(each.unproven for each in counted),
    )


def cells(row: Figures) -> list[str]:
    """Return a row as text, in the order of COLUMNS; empty where there is no figure."""
    values = (getattr(row, name) for name in COLUMNS)
    return ["" if value is None else f"{value:g}" if isinstance(value, float) else str(value) for value in values]


def as_csv(told: Report) -> str:
    """Return the rows per month and kind as CSV; words and numbers only, so no cell can start a formula."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(cells(row) for row in told.rows)
    return sink.getvalue()
