"""What two schedules would have done to a history, and when the backlog of one is done."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest

from zoho_privacy.domain.forecast import Pace, forecast, usable, work_of
from zoho_privacy.domain.retention import PersonFacts, Rule, Schedule, TicketFacts, overdue_since
from zoho_privacy.domain.simulate import Past, simulate, together
from zoho_privacy.local.simulation_page import page

NOW: Final = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
ERASE: Final = Rule("tickets", "P8-tickets", "contract", "erase", period_days=365)
MASK: Final = Rule("portal", "P8-portal", "contract", "mask", period_days=100)
BOTH: Final = Schedule((ERASE, MASK))
BY_LIST: Final = Pace(spent=1, expected=1, overhead=0)
"""Runs that cost what the price list says, and nothing else."""


def facts(name: str, closed: datetime, **members: Any) -> TicketFacts:
    return replace(TicketFacts(name, "closed", closed - timedelta(days=2), closed, tags=frozenset()), **members)


@pytest.mark.req("R-PLAN-4", "R-POLICY-4")
def test_each_ticket_is_followed_through_its_whole_life() -> None:
    closed = datetime(2025, 1, 10, tzinfo=UTC)
    found = simulate([facts("1", closed)], Schedule((ERASE,)), BOTH, until=NOW)
    assert found.old == {("tickets", "2026-01"): 1}
    assert found.new == {("portal", "2025-04"): 1, ("tickets", "2026-01"): 1}


@pytest.mark.req("R-PLAN-4")
def test_nothing_after_the_last_day_and_nothing_that_is_kept_or_open() -> None:
    keep = Rule("disputes", "P8-holds", "legal obligation", "keep", tags=frozenset({"dispute"}))
    tickets = [
        facts("1", NOW - timedelta(days=364)),
        facts("2", NOW - timedelta(days=900), tags=frozenset({"dispute"})),
        facts("3", NOW - timedelta(days=900), status_type="open"),
    ]
    found = simulate(tickets, Schedule((ERASE, keep)), Schedule((replace(ERASE, period_days=364), keep)), until=NOW)
    assert (found.tickets, found.old, sum(found.new.values())) == (3, {}, 1)


PEOPLE: Final = Rule("people", "P8-profile", "contract", "erase", period_days=100)


@pytest.mark.req("R-PLAN-4", "R-RETAIN-3")
@pytest.mark.parametrize(
    ("past", "goes"),
    [
        (Past("ada", PersonFacts(NOW - timedelta(days=900))), "2025-06"),  # her last ticket went 365 days after its end
        (Past("ada", PersonFacts(NOW - timedelta(days=900)), busy=True), None),
        (Past("ada", PersonFacts(NOW - timedelta(days=900), in_crm=True)), None),
        (Past("bo", PersonFacts(NOW - timedelta(days=900))), None),  # one of his tickets stays
        (Past("cy", PersonFacts(NOW - timedelta(days=130))), "2026-01"),  # never had a ticket
        (Past("cy", PersonFacts(NOW - timedelta(days=90))), None),
    ],
)
def test_a_person_goes_after_the_last_of_their_tickets(past: Past, goes: str | None) -> None:
    june = datetime(2024, 6, 10, tzinfo=UTC)
    tickets = [
        facts("1", june, contact_ids=frozenset({"ada", "bo"})),
        facts("2", june - timedelta(days=90), contact_ids=frozenset({"ada"})),
        facts("3", NOW - timedelta(days=30), contact_ids=frozenset({"bo"})),
    ]
    found = simulate(tickets, Schedule((ERASE,)), Schedule((ERASE,), people=PEOPLE), until=NOW, people=[past])
    assert (found.people, {cell for cell in found.new if cell[0] == "people"}) == (
        1,
        {("people", goes)} if goes else set(),
    )
    assert not [cell for cell in found.old if cell[0] == "people"]
    assert together([found, found]).people == 2
    assert "and 1 records of people" in page(found)


@pytest.mark.req("R-PLAN-4", "R-RETAIN-3")
def test_without_a_rule_for_people_none_is_read() -> None:
    asked = iter([Past("ada", PersonFacts(NOW))])
    assert simulate([], BOTH, BOTH, until=NOW, people=asked).people == 0
    assert next(asked).contact_id == "ada"


@pytest.mark.req("R-PLAN-4", "R-RETAIN-3")
def test_whose_tickets_were_rebuilt_is_in_no_ticket_any_more() -> None:
    rebuild = Schedule((replace(ERASE, action="rebuild"),), people=PEOPLE)
    tickets = [facts("1", datetime(2024, 6, 10, tzinfo=UTC), contact_ids=frozenset({"ada"}))]
    past = Past("ada", PersonFacts(NOW - timedelta(days=900)))
    found = simulate(tickets, rebuild, rebuild, until=NOW, people=[past])
    assert found.new["people", "2025-06"] == 1


def test_the_page_shows_every_number_and_no_rule_name_becomes_markup() -> None:
    sly = replace(ERASE, id="<script>")
    text = page(simulate([facts("1", NOW - timedelta(days=400))], Schedule((sly,)), BOTH, until=NOW))
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert text.count("<svg") == 4  # each rule, and all together
    assert "http:" not in text
    for shown in ("<td>0</td><td>1</td>", "<td>1</td><td>0</td>", "+1</td>", "-1</td>"):
        assert shown in text


@pytest.mark.req("R-PLAN-4")
def test_the_page_draws_every_month_also_those_between() -> None:
    """Two acts a year apart are a year apart in the drawing; bars are as tall as their numbers."""
    far = [
        facts("1", NOW - timedelta(days=400)),
        facts("2", NOW - timedelta(days=765)),
        facts("3", NOW - timedelta(days=766)),
    ]
    text = page(simulate(far, Schedule((ERASE,)), Schedule((replace(ERASE, period_days=364),)), until=NOW))
    assert text.count('<tr><th scope="row">') == 13
    tall = [float(each) for each in re.findall(r'<rect class="old"[^>]*height="([0-9.]+)"', text)]
    assert sorted(tall) == [max(tall) / 2, max(tall)]
    assert "3 closed tickets" in text
    assert page(simulate([], Schedule((ERASE,)), BOTH, until=NOW)).count("Neither schedule acts") == 1


@pytest.mark.req("R-PLAN-4")
def test_portals_are_added_up() -> None:
    one = simulate([facts("1", NOW - timedelta(days=400))], Schedule((ERASE,)), BOTH, until=NOW)
    both = together([one, one])
    assert (both.tickets, sum(both.old.values()), sum(both.new.values())) == (2, 2, 4)


@pytest.mark.req("R-PLAN-5")
def test_what_runs_cost_so_far_counts_for_the_days_to_come() -> None:
    """Runs that cost a quarter more than expected, and ten credits before their first ticket, take longer."""
    work = {(NOW.date() - timedelta(days=9), 20.0): 100}
    plain = forecast(work, today=NOW.date(), daily=200, pace=BY_LIST)
    paced = forecast(work, today=NOW.date(), daily=200, pace=Pace().after(1250, 1000, overhead=10))
    assert (plain.days, paced.days) == (10, 15)  # ten tickets a day, seven
    assert forecast(work, today=NOW.date(), daily=200, pace=BY_LIST, today_left=0).days == 11
    assert forecast(work, today=NOW.date(), daily=200, pace=replace(BY_LIST, look=195)).days == 11
    assert Pace().after(100, 100, overhead=1).after(300, 100, overhead=2) == Pace(350, 150, 2)
    assert Pace().factor < 1 < Pace(350, 150).factor


@pytest.mark.req("R-PLAN-5")
def test_the_finish_counts_what_a_day_gives_and_what_falls_due_meanwhile() -> None:
    schedule = Schedule((ERASE,))
    tickets = [facts(str(n), NOW - timedelta(days=400 + n)) for n in range(10)]
    work = work_of([*tickets, facts("next", NOW - timedelta(days=364))], schedule, NOW)
    cost = next(iter(work))[1]
    found = forecast(work, today=NOW.date(), daily=cost * 3.5, pace=BY_LIST)
    assert (found.tickets, found.credits) == (10, cost * 10)
    assert found.oldest == NOW.date() - timedelta(days=44)
    assert (found.days, found.finish, found.arriving) == (4, date(2026, 3, 5), 1)
    assert forecast(work, today=NOW.date(), daily=cost - 1, pace=BY_LIST).finish is None


def test_what_waits_for_both_rules_is_paid_once() -> None:
    assert sum(work_of([facts("1", NOW - timedelta(days=900))], BOTH, NOW).values()) == 1
    assert sum(work_of([facts("1", NOW - timedelta(days=200))], BOTH, NOW).values()) == 2


@pytest.mark.req("R-PLAN-5")
def test_others_and_the_reserve_come_first() -> None:
    assert usable(1000, 0.2, 300) == 500
    assert usable(1000, 0.2, 900) == 0


@pytest.mark.req("R-PLAN-5")
def test_the_longest_overdue_is_the_most_urgent() -> None:
    assert overdue_since(facts("1", NOW - timedelta(days=400)), BOTH, NOW) == NOW - timedelta(days=300)
