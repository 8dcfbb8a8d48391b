import threading
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.adapters.desk.conftest import API, Bench
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.adapters.desk.credits import Credits
from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.domain.errors import CreditsLow
from zoho_privacy.ports import CreditMeter
from zoho_privacy.workflows.together import gather

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def weighed(weight: str, left: str | None = None) -> dict[str, str]:
    return {"x-rate-limit-request-weight-v3": weight} | ({"x-rate-limit-remaining-v3": left} if left else {})


@pytest.mark.req("R-PLAN-5")
def test_what_desk_says_is_counted(bench: Bench) -> None:
    meter: CreditMeter = bench.desk.credits
    assert (meter.remaining(), meter.spent()) == (None, 0.0)
    bench.http.get(
        f"{API}/departments",
        status=204,
        headers={"X-Rate-Limit-Request-Weight-v3": "5", "X-Rate-Limit-Remaining-v3": "74990"},
    )
    bench.desk.departments()
    assert (meter.remaining(), meter.spent()) == (74990, 5.0)


def test_where_desk_is_silent_the_expected_cost_counts(bench: Bench) -> None:
    bench.http.get(f"{API}/departments", status=204)
    bench.desk.departments()
    assert bench.desk.credits.spent() == 3.0


def test_costs_are_booked_to_the_flow_that_runs() -> None:
    credits_ = Credits()
    with credits_.flow("intake"):
        credits_.note(weighed("3"), expected=1)
        with credits_.flow("erasure"):
            credits_.note(weighed("0.5"), expected=1)
        credits_.note(weighed("1"), expected=1)
    credits_.note(weighed("nonsense"), expected=2)
    assert credits_.by_flow() == {"intake": 4.0, "erasure": 0.5, "other": 2.0}


def test_a_flow_is_its_own_threads_affair() -> None:
    credits_ = Credits()
    with credits_.flow("intake"):
        other = threading.Thread(target=lambda: credits_.note(weighed("2"), expected=1))
        other.start()
        other.join()
    assert credits_.by_flow() == {"other": 2.0}


def test_a_day_is_summed_over_processes_and_saves() -> None:
    store, one, two = MemoryStore(), Credits(), Credits()
    one.note(weighed("3"), expected=1)
    assert one.save(store, "600", NOON) == {"other": 3.0}
    assert one.save(store, "600", NOON) == {"other": 3.0}
    with two.flow("sweep"):
        two.note(weighed("4"), expected=1)
    one.note(weighed("1"), expected=1)
    two.save(store, "600", NOON)
    assert one.save(store, "600", NOON) == {"other": 4.0, "sweep": 4.0}


@pytest.mark.req("R-PLAN-5")
def test_at_the_reserve_reads_stop_and_writes_go_on(bench: Bench) -> None:
    """Bulk work ends there; what it had begun is ended, and replies to customers never notice."""
    left = {"X-Rate-Limit-Remaining-v3": "15000"}
    bench.http.get(f"{API}/myinfo", json={"id": "9", "emailId": "a@example.com"}, headers=left)
    bench.http.post(f"{API}/tickets/1/comments", json={"id": "77"}, headers=left)
    with bench.desk.credits.reserve(15_000):
        bench.desk.me()  # nobody has told yet
        with pytest.raises(CreditsLow):
            bench.desk.me()
        assert bench.desk.add_comment("1", "note") == "77"
    assert bench.desk.me().id == "9"
    assert bench.sent("GET", "/myinfo") == 2
    assert bench.slept == []


def test_a_count_of_yesterday_stops_nobody() -> None:
    """A new day has new credits and nobody tells: after an hour one call may find out."""
    clock = FixedClock(NOON)
    credits_ = Credits(clock.now)
    credits_.note(weighed("1", "10"), expected=1)
    with credits_.reserve(100):
        with pytest.raises(CreditsLow):
            credits_.check()
        clock.advance(timedelta(hours=1))
        assert credits_.remaining() is None
        credits_.check()


def test_a_run_counts_its_own_calls_in_whatever_flow_and_thread() -> None:
    credits_ = Credits()

    def work(_: int) -> None:
        with credits_.flow("erasure"):
            credits_.note(weighed("2"), expected=1)

    credits_.note(weighed("7"), expected=1)
    with credits_.run() as outer, credits_.flow("retention"):
        credits_.note(weighed("1"), expected=1)
        with credits_.run() as inner:
            list(gather(work, range(5), at_once=3))
    assert (outer.by_flow, inner.credits, credits_.spent()) == ({"retention": 1.0, "erasure": 10.0}, 10.0, 18.0)
