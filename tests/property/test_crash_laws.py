"""Laws of dying: wherever, and however often, the process is killed, the end is that of a quiet day."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.crash_stories import STORIES, calm, disturbed, end

ANYWHERE = 1300  # beyond the last call of the longest story, so that late points sometimes do not strike


@pytest.mark.req("R-PLAN-3", "R-INTAKE-4")
@settings(max_examples=60)
@given(name=st.sampled_from(sorted(STORIES)), points=st.lists(st.integers(0, ANYWHERE), min_size=1, max_size=4))
def test_killed_anywhere_and_again_it_ends_the_same(name: str, points: list[int]) -> None:
    """Reads, writes, commits and files alike; each later kill hits the process started after the one before."""
    world = disturbed(name, *points, reads=True)
    assert end(world) == calm(name)[0]


@pytest.mark.req("R-PLAN-3")
@settings(max_examples=40)
@given(name=st.sampled_from(sorted(STORIES)), first=st.integers(0, 270), soon=st.lists(st.integers(0, 9), max_size=4))
def test_killed_again_while_it_recovers_it_ends_the_same(name: str, first: int, soon: list[int]) -> None:
    """The calls right after a restart are those that look for what was left half done."""
    world = disturbed(name, first, *soon)
    assert end(world) == calm(name)[0]


@pytest.mark.req("R-PLAN-3")
@given(name=st.sampled_from(sorted(STORIES)), point=st.integers(0, 250))
@settings(max_examples=20)
def test_it_recovers_at_the_next_lease(name: str, point: int) -> None:
    """A kill costs minutes, not days: the lease of what was in hand runs out and the work goes on."""
    quiet, shaken = disturbed(name), disturbed(name, point)
    assert (shaken.clock.now() - quiet.clock.now()).total_seconds() <= 11 * 60
