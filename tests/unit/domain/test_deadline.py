"""The clocks of table 15.1: dates, extensions, pauses, warnings."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.domain import deadline
from zoho_privacy.domain.errors import BadInput, NotAllowed
from zoho_privacy.domain.model import DueDates, Kind, Law
from zoho_privacy.domain.rules import Pause

RULES = load_rules()
TIMEZONE = "America/New_York"
RIGHTS = (Kind.ACCESS, Kind.PORTABILITY, Kind.CORRECTION, Kind.DELETION, Kind.RESTRICTION, Kind.OBJECTION)


def at(day: str, time: str = "15:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{time}:00+00:00")


def dates(day: str, *laws: Law, kind: Kind = Kind.ACCESS, timezone: str = TIMEZONE, **others: Any) -> DueDates:
    return deadline.due_dates(RULES, received=at(day), kind=kind, laws=laws, timezone=timezone, **others)


@pytest.mark.parametrize(
    ("law", "received", "due"),
    [
        (Law.GDPR, "2025-03-05", "2025-04-05"),
        (Law.GDPR, "2025-01-31", "2025-02-28"),
        (Law.GDPR, "2024-01-31", "2024-02-29"),
        (Law.GDPR, "2025-12-31", "2026-01-31"),
        (Law.UK_GDPR, "2025-08-31", "2025-09-30"),
        (Law.CCPA, "2025-03-05", "2025-04-19"),
        (Law.LGPD, "2025-03-05", "2025-03-20"),
        (Law.PIPEDA, "2025-03-05", "2025-04-04"),
        (Law.US_STATE, "2025-03-05", "2025-04-19"),
        (Law.NONE, "2025-03-05", "2025-04-04"),
    ],
)
@pytest.mark.req("R-CLOCK-1", "R-CLOCK-5")
def test_a_right_is_answered_within_its_laws_period(law: Law, received: str, due: str) -> None:
    for kind in RIGHTS:
        assert dates(received, law, kind=kind).legal_due == date.fromisoformat(due)


@pytest.mark.req("R-CLOCK-1")
def test_due_is_the_earlier_of_law_and_promise() -> None:
    """GDPR's month can be shorter than the promised 30 days, California's 45 days are longer."""
    february, california = dates("2025-01-31", Law.GDPR), dates("2025-01-31", Law.CCPA)
    assert (february.promise_due, february.legal_due) == (date(2025, 3, 2), date(2025, 2, 28))
    assert february.due == date(2025, 2, 28)
    assert california.due == california.promise_due == date(2025, 3, 2)


@pytest.mark.req("R-CLOCK-2")
def test_california_is_acknowledged_within_ten_business_days() -> None:
    """Independence Day and two weekends do not count."""
    assert dates("2025-07-01", Law.CCPA).acknowledge_due == date(2025, 7, 16)
    assert dates("2025-07-01", Law.GDPR).acknowledge_due == date(2025, 7, 1)
    assert dates("2025-07-01", Law.CCPA, Law.LGPD).acknowledge_due == date(2025, 7, 1)


@pytest.mark.parametrize("kind", [Kind.OPT_OUT_SALE, Kind.LIMIT_SENSITIVE])
@pytest.mark.parametrize("law", list(Law))
@pytest.mark.req("R-CLOCK-9", "R-OPTOUT-3")
def test_opt_out_and_limit_are_done_in_fifteen_business_days(kind: Kind, law: Law) -> None:
    assert dates("2025-07-01", law, kind=kind).legal_due <= date(2025, 7, 23)
    assert dates("2025-07-01", Law.CCPA, kind=kind).legal_due == date(2025, 7, 23)
    with pytest.raises(NotAllowed, match="7026"):
        extend(dates("2025-07-01", Law.CCPA, kind=kind), Law.CCPA, kind=kind)


@pytest.mark.parametrize("kind", [Kind.INQUIRY, Kind.COMPLAINT, Kind.CHILD_REPORT, Kind.LEGAL_DEMAND])
@pytest.mark.req("R-CLOCK-8")
def test_what_exercises_no_right_has_the_promised_thirty_days(kind: Kind) -> None:
    for law in Law:
        found = dates("2025-03-05", law, kind=kind)
        assert found.legal_due == found.promise_due == date(2025, 4, 4)


@pytest.mark.req("R-CLOCK-11")
def test_an_appeal_has_its_own_clock_where_the_law_grants_one() -> None:
    assert dates("2025-03-05", Law.US_STATE, kind=Kind.APPEAL).legal_due == date(2025, 4, 19)
    assert dates("2025-03-05", Law.GDPR, kind=Kind.APPEAL).legal_due == date(2025, 4, 4)
    with pytest.raises(NotAllowed, match="appeal grants no extension"):
        extend(dates("2025-03-05", Law.US_STATE, kind=Kind.APPEAL), Law.US_STATE, kind=Kind.APPEAL)


@pytest.mark.req("R-CLOCK-6")
def test_several_laws_give_the_earliest_day_in_each_dimension() -> None:
    laws = (Law.GDPR, Law.UK_GDPR, Law.CCPA, Law.LGPD, Law.PIPEDA, Law.US_STATE)
    together = dates("2025-03-05", *laws)
    each = [dates("2025-03-05", law) for law in laws]
    assert together.legal_due == min(one.legal_due for one in each)
    assert dates("2025-03-05").legal_due == dates("2025-03-05", Law.NONE).legal_due


@pytest.mark.req("R-CLOCK-6")
def test_residence_is_asked_only_where_it_would_move_the_date() -> None:
    def matters(kind: Kind, *laws: Law) -> bool:
        return deadline.residence_matters(RULES, received=at("2025-03-05"), kind=kind, laws=laws, timezone=TIMEZONE)

    assert matters(Kind.ACCESS, Law.CCPA, Law.LGPD)
    assert not matters(Kind.ACCESS, Law.CCPA, Law.US_STATE)
    assert not matters(Kind.INQUIRY, *Law)


def test_only_a_known_iowan_waits_for_ninety_days() -> None:
    assert dates("2025-03-05", Law.US_STATE, state="IA").legal_due == date(2025, 6, 3)
    assert dates("2025-03-05", Law.US_STATE, state="TX").legal_due == date(2025, 4, 19)
    assert dates("2025-03-05", Law.US_STATE, state="IA").due == date(2025, 4, 4)


@pytest.mark.parametrize(
    ("timezone", "due"),
    [("America/New_York", date(2025, 4, 4)), ("UTC", date(2025, 4, 5)), ("Pacific/Kiritimati", date(2025, 4, 5))],
)
@pytest.mark.req("R-CLOCK-10")
def test_the_day_of_receipt_is_the_controllers(timezone: str, due: date) -> None:
    found = deadline.due_dates(
        RULES, received=at("2025-03-05", "03:30"), kind=Kind.ACCESS, laws=(Law.GDPR,), timezone=timezone
    )
    assert found.legal_due == due
    assert found.received == at("2025-03-05", "03:30")


@pytest.mark.parametrize("timezone", ["", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "UTC\x00"])
def test_a_wrong_time_zone_is_refused(timezone: str) -> None:
    with pytest.raises(BadInput, match="time zone"):
        dates("2025-03-05", Law.GDPR, timezone=timezone)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="without a time zone"):
        deadline.local_day(at("2025-03-05").replace(tzinfo=None), TIMEZONE)


@pytest.mark.req("R-CLOCK-10")
def test_each_date_explains_itself() -> None:
    """Rule, length, calendar, the moment of receipt and the time zone: enough to work the day out by hand."""
    why = dates("2025-07-01", Law.CCPA).why
    assert [line.split()[0] for line in why] == ["acknowledge_due", "promise_due", "legal_due"]
    assert "11 CCR 7021" in why[0]
    assert "10 business days (calendar: United States, federal holidays)" in why[0]
    assert "2025-07-16" in why[0]
    assert all("receipt on 2025-07-01" in line and "America/New_York" in line for line in why)


@pytest.mark.req("R-CLOCK-5")
def test_a_day_off_is_mentioned_and_not_used() -> None:
    """5 April 2025 is a Saturday: some laws would give until Monday, we plan with Saturday."""
    found = dates("2025-03-05", Law.GDPR)
    assert found.legal_due == date(2025, 4, 5)
    assert found.why[2].endswith("not rolled forward to 2025-04-07")
    assert "rolled" not in dates("2025-03-04", Law.GDPR).why[2]


# ----------------------------------------------------------------------------------------------------------- extension


def extend(found: DueDates, *laws: Law, today: date | None = None, kind: Kind = Kind.ACCESS, **others: Any) -> DueDates:
    arguments: dict[str, Any] = {"reason": "many archives", "timezone": TIMEZONE} | others
    return deadline.extension(RULES, found, kind=kind, laws=laws, today=today or found.legal_due, **arguments)


@pytest.mark.parametrize(
    ("law", "last"),
    [
        (Law.GDPR, date(2025, 4, 30)),
        (Law.UK_GDPR, date(2025, 4, 30)),
        (Law.CCPA, date(2025, 5, 1)),
        (Law.PIPEDA, date(2025, 4, 1)),
        (Law.US_STATE, date(2025, 5, 1)),
    ],
)
@pytest.mark.req("R-CLOCK-3")
def test_an_extension_reaches_the_lawful_whole(law: Law, last: date) -> None:
    """Three months from 31 January are counted at once: 30 April, not two months after 28 February."""
    plain = dates("2025-01-31", law)
    extended = extend(plain, law)
    assert extended.legal_due == extended.due == last
    assert extended.promise_due == plain.promise_due
    assert "extended" in extended.why[-1]


@pytest.mark.parametrize("law", [Law.LGPD, Law.NONE])
@pytest.mark.req("R-CLOCK-3")
def test_a_law_without_extension_refuses_it(law: Law) -> None:
    with pytest.raises(NotAllowed, match="grants no extension"):
        extend(dates("2025-01-31", law), law)


@pytest.mark.req("R-CLOCK-3", "R-CLOCK-6")
def test_an_extension_needs_every_applicable_law() -> None:
    both = dates("2025-01-31", Law.GDPR, Law.PIPEDA)
    assert extend(both, Law.GDPR, Law.PIPEDA).legal_due == date(2025, 4, 1)
    with pytest.raises(NotAllowed, match="LGPD"):
        extend(dates("2025-01-31", Law.GDPR, Law.LGPD), Law.GDPR, Law.LGPD)


@pytest.mark.req("R-CLOCK-3")
def test_an_extension_is_given_once_in_time_and_with_a_reason() -> None:
    plain = dates("2025-01-31", Law.GDPR)
    with pytest.raises(NotAllowed, match="once"):
        extend(extend(plain, Law.GDPR), Law.GDPR)
    with pytest.raises(NotAllowed, match="had to go out by 2025-02-28"):
        extend(plain, Law.GDPR, today=date(2025, 3, 1))
    with pytest.raises(NotAllowed, match="reason"):
        extend(plain, Law.GDPR, reason="  ")


# --------------------------------------------------------------------------------------------------------------- pause


def wait(found: DueDates, *laws: Law, reason: Pause, start: str, end: str) -> DueDates:
    return deadline.pause(
        RULES,
        found,
        kind=Kind.ACCESS,
        laws=laws,
        reason=reason,
        start=date.fromisoformat(start),
        end=date.fromisoformat(end),
    )


@pytest.mark.parametrize(
    ("law", "reason"),
    [
        *((law, reason) for law in (Law.CCPA, Law.LGPD, Law.PIPEDA, Law.US_STATE, Law.NONE) for reason in Pause),
        (Law.GDPR, Pause.FEE),
        (Law.GDPR, Pause.CLARIFICATION),
    ],
)
@pytest.mark.req("R-CLOCK-4")
def test_a_pause_that_no_law_grants_is_refused(law: Law, reason: Pause) -> None:
    with pytest.raises(NotAllowed, match="knows no pause"):
        wait(dates("2025-03-05", law), law, reason=reason, start="2025-03-06", end="2025-03-10")


@pytest.mark.parametrize(
    ("law", "reason", "due"),
    [
        (Law.GDPR, Pause.IDENTITY, date(2025, 4, 9)),
        (Law.UK_GDPR, Pause.CLARIFICATION, date(2025, 4, 9)),
        (Law.UK_GDPR, Pause.IDENTITY, date(2025, 4, 10)),
        (Law.UK_GDPR, Pause.FEE, date(2025, 4, 10)),
    ],
)
@pytest.mark.req("R-CLOCK-4")
def test_waiting_moves_the_law_and_not_the_promise(law: Law, reason: Pause, due: date) -> None:
    """Four days of waiting do not count; where the UK's month starts anew it starts when the answer came."""
    plain = dates("2025-03-05", law)
    paused = wait(plain, law, reason=reason, start="2025-03-06", end="2025-03-10")
    assert paused.legal_due == due
    assert paused.promise_due == plain.promise_due
    assert paused.due == plain.promise_due
    assert f"waited for {reason} from 2025-03-06 to 2025-03-10" in paused.why[-1]


@pytest.mark.req("R-CLOCK-4", "R-CLOCK-6")
def test_a_pause_needs_every_applicable_law() -> None:
    with pytest.raises(NotAllowed, match="7021"):
        wait(
            dates("2025-03-05", Law.GDPR, Law.CCPA),
            Law.GDPR,
            Law.CCPA,
            reason=Pause.IDENTITY,
            start="2025-03-06",
            end="2025-03-10",
        )


@pytest.mark.req("R-CLOCK-4")
def test_a_pause_never_revives_a_period_and_never_shortens_one() -> None:
    plain = dates("2025-03-05", Law.UK_GDPR)
    with pytest.raises(NotAllowed, match="ended on 2025-04-05"):
        wait(plain, Law.UK_GDPR, reason=Pause.FEE, start="2025-04-06", end="2025-04-08")
    with pytest.raises(NotAllowed, match="before it began"):
        wait(plain, Law.UK_GDPR, reason=Pause.FEE, start="2025-03-10", end="2025-03-09")
    long = wait(plain, Law.UK_GDPR, reason=Pause.CLARIFICATION, start="2025-03-06", end="2025-03-30")
    again = wait(long, Law.UK_GDPR, reason=Pause.FEE, start="2025-03-06", end="2025-03-07")
    assert again.legal_due == long.legal_due


@pytest.mark.req("R-CLOCK-3", "R-CLOCK-4")
def test_an_extension_keeps_the_days_that_were_waited() -> None:
    paused = wait(dates("2025-03-05", Law.GDPR), Law.GDPR, reason=Pause.IDENTITY, start="2025-03-06", end="2025-03-10")
    extended = extend(paused, Law.GDPR)
    assert extended.legal_due == date(2025, 6, 9)
    later = wait(extended, Law.GDPR, reason=Pause.IDENTITY, start="2025-05-01", end="2025-05-03")
    assert later.due == later.legal_due == date(2025, 6, 11)


# ------------------------------------------------------------------------------------------------- warnings, calendars


@pytest.mark.parametrize(
    ("left", "steps"),
    [(30, ()), (11, ()), (10, (10,)), (6, (10,)), (5, (10, 5)), (2, (10, 5, 2)), (0, (10, 5, 2)), (-3, (10, 5, 2))],
)
@pytest.mark.req("R-CLOCK-7")
def test_warnings_are_due_ten_five_and_two_days_before(left: int, steps: tuple[int, ...]) -> None:
    today = date(2025, 3, 5)
    assert deadline.escalations_due(today + timedelta(days=left), today) == steps


def test_the_steps_are_those_of_the_table_by_default() -> None:
    assert RULES.numbers.escalation_days == deadline.ESCALATION_DAYS
    assert deadline.escalations_due(date(2025, 3, 10), date(2025, 3, 5), steps=(1, 7)) == (7,)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2025, 7, 3), 1, date(2025, 7, 7)),
        (date(2025, 7, 5), 1, date(2025, 7, 7)),
        (date(2025, 12, 24), 2, date(2025, 12, 29)),
        (date(2025, 7, 3), 0, date(2025, 7, 3)),
    ],
)
@pytest.mark.req("R-CLOCK-5")
def test_business_days_skip_weekends_and_holidays(start: date, count: int, end: date) -> None:
    assert deadline.business_days_after(RULES, start, count) == end
