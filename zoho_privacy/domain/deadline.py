"""When an answer is due, per law. Pure: tables and calendars come with `Rules`, *today* is an argument.

All days are the controller's calendar days: the moment of receipt is read in the controller's time zone and the day it
falls on is not counted. Planning uses the plain day even where a law lets a day off roll forward (R-CLOCK-5). Where
several laws apply, the earliest day wins in each dimension, and an extension or a pause needs all of them (R-CLOCK-6).
Sources: table 15.1 in `rules/clocks.toml`, docs/decisions/0005-clocks.md. A new law is a new row.
"""

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from zoho_privacy.domain.errors import BadInput, NotAllowed
from zoho_privacy.domain.model import DueDates, Kind, Law
from zoho_privacy.domain.rules import ClockGroup, ClockRow, Pause, PauseEffect, Rules, Span

ESCALATION_DAYS: Final = (10, 5, 2)
_SATURDAY: Final = 5


def local_day(moment: datetime, timezone: str) -> date:
    """Return the controller's calendar day of a moment.

    Raises:
        BadInput: The moment has no time zone, or the zone is unknown to the tz database.
    """
    if moment.tzinfo is None:
        raise BadInput("a moment without a time zone has no calendar day")
    try:
        return moment.astimezone(ZoneInfo(timezone)).date()
    except (LookupError, OSError, ValueError):
        raise BadInput(f"unknown time zone {timezone!r}") from None


def add(rules: Rules, day: date, span: Span, calendar: str) -> date:
    """Return the day a span after `day`: same day number in a later month, or else that month's last day."""
    if span.months:
        index = day.year * 12 + day.month - 1 + span.months
        year, month = divmod(index, 12)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    if span.business_days:
        return business_days_after(rules, day, span.business_days, calendar)
    return day + timedelta(days=span.days)


def business_days_after(rules: Rules, day: date, count: int, calendar: str = "us") -> date:
    """Return the `count`-th business day after `day`; weekends and the calendar's days off do not count."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_business_day(rules, day, calendar)
    return day


def is_business_day(rules: Rules, day: date, calendar: str) -> bool:
    """Tell whether a day counts for business-day clocks."""
    return day.weekday() < _SATURDAY and day not in rules.calendars[calendar].holidays


def rows_for(rules: Rules, kind: Kind, laws: Sequence[Law]) -> tuple[ClockRow, ...]:
    """Return the rows that time this kind under these laws; never empty.

    Opt-out and limit keep 15 business days whoever asks (R-CLOCK-9); what exercises no right runs on the policy's
    promise (R-CLOCK-8); an appeal has its own period where the law grants one (R-CLOCK-11).
    """
    rows = tuple(rules.clocks[law] for law in dict.fromkeys(laws)) or (rules.clocks[Law.NONE],)
    match rules.kinds[kind].clock:
        case ClockGroup.OPT_OUT:
            return (rules.opt_out, *(row for row in rows if row != rules.clocks[Law.CCPA]))
        case ClockGroup.POLICY:
            return (rules.clocks[Law.NONE],)
        case ClockGroup.APPEAL:
            appeals = tuple(_bare(row, row.appeal) for row in rows if row.appeal)
            return appeals or (rules.clocks[Law.NONE],)
        case ClockGroup.RIGHT:
            return rows


def _bare(row: ClockRow, answer: Span) -> ClockRow:
    """Return a row with another answer period and nothing that moves it."""
    return replace(row, answer=answer, article=f"{row.article}, appeal", extended=None, pauses={}, states={})


def due_dates(
    rules: Rules,
    *,
    received: datetime,
    kind: Kind,
    laws: tuple[Law, ...],
    timezone: str,
    state: str | None = None,
) -> DueDates:
    """Return the dates of a case received at `received`, whenever it is processed (R-CLOCK-1, R-CLOCK-10).

    `acknowledge_due` is the earliest day a law sets for it, the day of receipt where none does (R-CLOCK-2). `state` is
    a US postal code; only a known state gets a longer period.

    Raises:
        BadInput: As `local_day`.
    """
    day = local_day(received, timezone)
    rows = rows_for(rules, kind, laws)
    promise = add(rules, day, rules.promise.answer, rules.promise.calendar)
    answers = sorted(((add(rules, day, _answer(row, state), row.calendar), row) for row in rows), key=_first)
    told = sorted(
        ((add(rules, day, row.acknowledge, row.calendar), row) for row in rows if row.acknowledge is not None),
        key=_first,
    )
    legal, row = answers[0]
    acknowledge, by = told[0] if told else (day, rules.promise)
    explain = _explainer(received, day, timezone, rules)
    why = (
        explain("acknowledge_due", acknowledge, by.article, by.acknowledge or Span(), by.calendar),
        explain("promise_due", promise, rules.promise.article, rules.promise.answer, rules.promise.calendar),
        explain("legal_due", legal, row.article, _answer(row, state), row.calendar)
        + _rolls(rules, legal, row.calendar),
    )
    return DueDates(received, acknowledge, promise, legal, why)


def contracted(rules: Rules, dates: DueDates, days: int | None, *, timezone: str) -> DueDates:
    """Return the dates of a case that a client decides: never later than its contract lets us assist (R-CLOCK-11)."""
    if days is None:
        return dates
    last = add(rules, local_day(dates.received, timezone), Span(days=days), "none")
    if last >= dates.legal_due:
        return dates
    line = f"legal_due {last}: the client's contract: {Span(days=days)} to assist, from receipt"
    extended = last if dates.extended_to else None
    return replace(dates, legal_due=last, extended_to=extended, why=(*dates.why, line))


def _answer(row: ClockRow, state: str | None) -> Span:
    return row.states.get(state or "", row.answer)


def _first(pair: tuple[date, ClockRow]) -> tuple[date, str]:
    return pair[0], pair[1].article


def _explainer(received: datetime, day: date, timezone: str, rules: Rules) -> Callable[..., str]:
    def explain(name: str, due: date, article: str, span: Span, calendar: str) -> str:
        line = f"{name} {due}: {article}: {span}"
        if span.business_days:
            line += f" (calendar: {rules.calendars[calendar].title})"
        return f"{line}, from receipt on {day}, being {received.isoformat(timespec='seconds')} in {timezone}"

    return explain


def _rolls(rules: Rules, due: date, calendar: str) -> str:
    """Say where a day off falls on the last day; what a law may add there is not planned with."""
    if is_business_day(rules, due, calendar):
        return ""
    return f"; a day off, not rolled forward to {business_days_after(rules, due, 1, calendar)}"


def extension(
    rules: Rules,
    dates: DueDates,
    *,
    kind: Kind,
    laws: tuple[Law, ...],
    today: date,
    reason: str,
    timezone: str,
    state: str | None = None,
) -> DueDates:
    """Return the dates after an extension whose notice goes out today (R-CLOCK-3).

    Both `legal_due` and `due` move to the last day that every applicable law allows; `promise_due` stays.

    Raises:
        NotAllowed: Extended before, no reason, too late, or a law grants none; the text names the rule.
    """
    if dates.extended_to is not None:
        raise NotAllowed("extended before: a period is extended once (R-CLOCK-3)")
    if not reason.strip():
        raise NotAllowed("an extension needs a reason the person can be told (R-CLOCK-3)")
    rows = rows_for(rules, kind, laws)
    for row in rows:
        if row.extended is None:
            raise NotAllowed(f"{row.article} grants no extension (R-CLOCK-3)")
    if today > dates.legal_due:
        raise NotAllowed(f"the notice had to go out by {dates.legal_due}: {_articles(rows)} (R-CLOCK-3)")
    day = local_day(dates.received, timezone)
    plain = due_dates(rules, received=dates.received, kind=kind, laws=laws, timezone=timezone, state=state)
    waited = dates.legal_due - plain.legal_due
    last = min(_longest(rules, day, row, state) for row in rows) + waited
    line = f"legal_due {last}: {_articles(rows)}: extended, notice on {today}, {waited.days} days of pause included"
    return replace(dates, legal_due=last, extended_to=last, why=(*dates.why, line))


def _longest(rules: Rules, day: date, row: ClockRow, state: str | None) -> date:
    """Return the last day of an extended period; a state's longer answer period lengthens the whole alike."""
    more = add(rules, day, _answer(row, state), row.calendar) - add(rules, day, row.answer, row.calendar)
    return add(rules, day, row.extended or row.answer, row.calendar) + more


def pause(
    rules: Rules,
    dates: DueDates,
    *,
    kind: Kind,
    laws: tuple[Law, ...],
    reason: Pause,
    start: date,
    end: date,
    state: str | None = None,
) -> DueDates:
    """Return the dates after waiting from `start` (asked) to `end` (received); the policy's promise stays (R-CLOCK-4).

    Suspended days are `end - start`; a period that starts anew runs from `end`. Neither ever brings a date forward.

    Raises:
        NotAllowed: A law knows no such pause, it began after the period had ended, or it ends before it began.
    """
    rows = rows_for(rules, kind, laws)
    for row in rows:
        if reason not in row.pauses:
            raise NotAllowed(f"{row.article} knows no pause for {reason} (R-CLOCK-4)")
    if start > dates.legal_due:
        raise NotAllowed(f"the period ended on {dates.legal_due}: {_articles(rows)} (R-CLOCK-4)")
    if end < start:
        raise NotAllowed("a pause cannot end before it began (R-CLOCK-4)")
    paused = min(_paused(rules, dates.legal_due, row, reason, start=start, end=end, state=state) for row in rows)
    last = max(paused, dates.legal_due)
    line = f"legal_due {last}: {_articles(rows)}: waited for {reason} from {start} to {end}"
    extended = last if dates.extended_to else None
    return replace(dates, legal_due=last, extended_to=extended, why=(*dates.why, line))


def _paused(
    rules: Rules, due: date, row: ClockRow, reason: Pause, *, start: date, end: date, state: str | None
) -> date:
    if row.pauses[reason] is PauseEffect.SUSPEND:
        return due + (end - start)
    return add(rules, end, _answer(row, state), row.calendar)


def _articles(rows: Sequence[ClockRow]) -> str:
    return "; ".join(row.article for row in rows)


def escalations_due(case_due: date, today: date, steps: Sequence[int] = ESCALATION_DAYS) -> tuple[int, ...]:
    """Return the steps reached, the widest first: two days before the end `(10, 5, 2)`; all of them once overdue.

    The caller remembers which it has acted on (R-CLOCK-7).
    """
    left = (case_due - today).days
    return tuple(step for step in sorted(steps, reverse=True) if left <= step)


def residence_matters(rules: Rules, *, received: datetime, kind: Kind, laws: tuple[Law, ...], timezone: str) -> bool:
    """Tell whether knowing the residence would move the due date, the only case in which it is asked (R-CLOCK-6)."""
    each = {due_dates(rules, received=received, kind=kind, laws=(law,), timezone=timezone).due for law in laws}
    return len(each) > 1
