"""Token buckets: a burst, then a steady pace, per client, without growing for ever."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoho_privacy.local.limits import MOST_CLIENTS, Limiter, Rate

RATE = Rate(burst=3, per_minute=60)


class Watch:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.req("R-SEC-3")
def test_after_a_burst_one_waits_for_the_next_token() -> None:
    watch = Watch()
    limiter = Limiter(watch)
    assert [limiter.take("a", RATE) for _ in range(4)] == [0, 0, 0, 1]
    watch.now = 0.5
    assert limiter.take("a", RATE) == pytest.approx(0.5)
    watch.now = 1.0
    assert limiter.take("a", RATE) == 0


def test_clients_and_kinds_of_request_do_not_share_tokens() -> None:
    limiter = Limiter(Watch())
    other = Rate(burst=1, per_minute=1)
    assert [limiter.take("a", RATE) for _ in range(3)] == [0, 0, 0]
    assert (limiter.take("b", RATE), limiter.take("a", other)) == (0, 0)


def test_the_quiet_are_forgotten_before_the_busy() -> None:
    """A flood of new addresses must neither fill the memory nor free the one that floods."""
    limiter = Limiter(Watch())
    for _ in range(3):
        limiter.take("busy", RATE)
    for number in range(MOST_CLIENTS + 5):
        limiter.take(f"client-{number}", RATE)
    assert len(limiter._buckets) <= MOST_CLIENTS
    assert limiter.take("busy", RATE) > 0


@given(st.lists(st.floats(min_value=0, max_value=30), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_nobody_gets_more_than_burst_and_pace(pauses: list[float]) -> None:
    """However the requests are spread, at most burst + elapsed * pace of them pass."""
    watch = Watch()
    limiter = Limiter(watch)
    passed = 0
    for pause in pauses:
        watch.now += pause
        passed += limiter.take("a", RATE) == 0
    assert passed <= RATE.burst + watch.now * RATE.per_minute / 60 + 1e-6
