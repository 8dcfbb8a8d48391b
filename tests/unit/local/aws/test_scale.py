"""A simulated day of a thousand portals: nobody starves and no clock is missed, and the simulation can tell when."""

import pytest

from benchmarks.scale import most_workers, simulate


@pytest.mark.req("R-DEV-2", "R-CLOCK-7")
def test_a_thousand_portals_wait_for_nobody_and_miss_no_clock() -> None:
    """One of them imports ten thousand tickets within a minute."""
    day = simulate(1000, workers=most_workers())
    assert (day.starved, sum(day.missed.values())) == (0, 0)
    assert day.events == 130_000
    assert day.busy < 0.5


def test_too_few_workers_starve_portals_and_too_many_portals_miss_sweeps() -> None:
    assert simulate(50, workers=1).starved > 10
    assert simulate(3000, workers=most_workers()).missed["sweep"] > 0
