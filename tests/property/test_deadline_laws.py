"""Laws of the clocks: whatever the case, whenever it is processed (R-CLOCK-10)."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.domain.deadline import (
    business_days_after,
    contracted,
    due_dates,
    escalations_due,
    extension,
    is_business_day,
)
from zoho_privacy.domain.errors import NotAllowed
from zoho_privacy.domain.model import DueDates, Kind, Law

RULES = load_rules()
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2044, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  made aware
ZONES = st.sampled_from(["UTC", "America/New_York", "America/Los_Angeles", "Europe/Berlin", "Pacific/Kiritimati"])
KINDS = st.sampled_from(list(Kind))
LAWS = st.lists(st.sampled_from(list(Law)), min_size=1, max_size=4, unique=True).map(tuple)
SPELL = settings(max_examples=100, deadline=None)
LONGEST = {  # days after the day of receipt, from table 15.1; a month has at most 31
    Law.GDPR: 31,
    Law.UK_GDPR: 31,
    Law.CCPA: 45,
    Law.LGPD: 15,
    Law.PIPEDA: 30,
    Law.US_STATE: 45,
    Law.NONE: 30,
}
WHOLE = {Law.GDPR: 92, Law.UK_GDPR: 92, Law.CCPA: 90, Law.PIPEDA: 60, Law.US_STATE: 90}


def dates(moment: datetime, kind: Kind, laws: tuple[Law, ...], zone: str) -> DueDates:
    return due_dates(RULES, received=moment, kind=kind, laws=laws, timezone=zone)


def day_of(found: DueDates) -> date:
    return found.promise_due - timedelta(days=30)


@pytest.mark.req("R-CLOCK-10")
@given(MOMENTS, MOMENTS, KINDS, LAWS, ZONES)
@SPELL
def test_who_writes_first_is_never_due_later(
    one: datetime, other: datetime, kind: Kind, laws: tuple[Law, ...], zone: str
) -> None:
    first, second = (dates(moment, kind, laws, zone) for moment in sorted((one, other)))
    assert first.legal_due <= second.legal_due
    assert first.promise_due <= second.promise_due
    assert first.acknowledge_due <= second.acknowledge_due
    assert first.due <= second.due


@pytest.mark.req("R-CLOCK-10", "R-CLOCK-1")
@given(MOMENTS, KINDS, LAWS, ZONES)
@SPELL
def test_no_date_is_later_than_the_table(moment: datetime, kind: Kind, laws: tuple[Law, ...], zone: str) -> None:
    found = dates(moment, kind, laws, zone)
    day = day_of(found)
    bound = min(LONGEST[law] for law in laws)
    if kind in {Kind.INQUIRY, Kind.COMPLAINT, Kind.CHILD_REPORT, Kind.LEGAL_DEMAND}:
        bound = 30
    if kind is Kind.APPEAL:
        bound = 45
    assert found.legal_due <= day + timedelta(days=bound)
    assert found.due <= day + timedelta(days=30)
    assert day <= found.acknowledge_due <= found.legal_due


@pytest.mark.req("R-CLOCK-10", "R-CLOCK-11", "R-PROC-4")
@given(MOMENTS, KINDS, LAWS, ZONES, st.none() | st.integers(1, 365))
@SPELL
def test_a_clients_contract_makes_no_date_later(
    moment: datetime, kind: Kind, laws: tuple[Law, ...], zone: str, days: int | None
) -> None:
    """The stricter wins: the contract's period where it is shorter than the law's, and the promise as ever."""
    plain = dates(moment, kind, laws, zone)
    found = contracted(RULES, plain, days, timezone=zone)
    by_contract = day_of(plain) + timedelta(days=days if days is not None else 10_000)
    assert found.legal_due == min(plain.legal_due, by_contract)
    assert (found.promise_due, found.acknowledge_due) == (plain.promise_due, plain.acknowledge_due)
    assert any("contract" in line for line in found.why) is (by_contract < plain.legal_due)


@pytest.mark.req("R-CLOCK-9")
@given(MOMENTS, st.sampled_from([Kind.OPT_OUT_SALE, Kind.LIMIT_SENSITIVE]), LAWS, ZONES)
@SPELL
def test_opt_outs_never_exceed_fifteen_business_days(
    moment: datetime, kind: Kind, laws: tuple[Law, ...], zone: str
) -> None:
    found = dates(moment, kind, laws, zone)
    assert found.legal_due <= business_days_after(RULES, day_of(found), 15)


@pytest.mark.req("R-CLOCK-10", "R-INTAKE-2")
@given(MOMENTS, KINDS, LAWS, ZONES, st.timedeltas(timedelta(0), timedelta(hours=14)))
@SPELL
def test_a_replay_changes_nothing(
    moment: datetime, kind: Kind, laws: tuple[Law, ...], zone: str, offset: timedelta
) -> None:
    """There is no argument for the time of processing; how the moment is written does not count either."""
    from_elsewhere = moment.astimezone(timezone(offset))
    one, other = dates(moment, kind, laws, zone), dates(from_elsewhere, kind, laws, zone)
    assert (one.legal_due, one.promise_due, one.acknowledge_due) == (
        other.legal_due,
        other.promise_due,
        other.acknowledge_due,
    )
    assert one == dates(moment, kind, tuple(reversed(laws)), zone)


@pytest.mark.req("R-CLOCK-6")
@given(MOMENTS, KINDS, LAWS, st.sampled_from(list(Law)), ZONES)
@SPELL
def test_another_law_never_makes_a_right_later(
    moment: datetime, kind: Kind, laws: tuple[Law, ...], more: Law, zone: str
) -> None:
    if kind is Kind.APPEAL:
        return
    assert dates(moment, kind, (*laws, more), zone).legal_due <= dates(moment, kind, laws, zone).legal_due


@pytest.mark.req("R-CLOCK-3")
@given(MOMENTS, KINDS, LAWS, ZONES, st.integers(-5, 60))
@SPELL
def test_an_extension_is_lawful_or_refused(
    moment: datetime, kind: Kind, laws: tuple[Law, ...], zone: str, after: int
) -> None:
    found = dates(moment, kind, laws, zone)
    today = day_of(found) + timedelta(days=max(after, 0))
    try:
        extended = extension(RULES, found, kind=kind, laws=laws, today=today, reason="r", timezone=zone)
    except NotAllowed:
        assert today > found.legal_due or not set(laws) <= set(WHOLE) or kind not in RIGHTS
    else:
        assert today <= found.legal_due
        assert found.legal_due < extended.legal_due <= day_of(found) + timedelta(days=min(WHOLE[law] for law in laws))
        assert extended.due == extended.legal_due
        assert extended.promise_due == found.promise_due


RIGHTS = frozenset(Kind) - {
    Kind.OPT_OUT_SALE,
    Kind.LIMIT_SENSITIVE,
    Kind.INQUIRY,
    Kind.COMPLAINT,
    Kind.APPEAL,
    Kind.CHILD_REPORT,
    Kind.LEGAL_DEMAND,
}


@given(st.dates(date(2020, 1, 1), date(2044, 1, 1)), st.integers(0, 40), st.sampled_from(["us", "uk", "none"]))
@SPELL
def test_counting_business_days_lands_on_one(day: date, count: int, calendar: str) -> None:
    end = business_days_after(RULES, day, count, calendar)
    between = [day + timedelta(days=step) for step in range(1, (end - day).days + 1)]
    assert sum(is_business_day(RULES, each, calendar) for each in between) == count
    assert count == 0 or is_business_day(RULES, end, calendar)


@pytest.mark.req("R-CLOCK-7")
@given(st.dates(), st.integers(-400, 400))
@SPELL
def test_warnings_only_ever_add_up(day: date, left: int) -> None:
    try:
        today, tomorrow = day - timedelta(days=left), day - timedelta(days=left - 1)
    except OverflowError:
        return
    assert set(escalations_due(day, today)) <= set(escalations_due(day, tomorrow))
