"""The proof of `benchmarks.erasure`, small: by each way, nothing undeclared is left, and nobody else is touched."""

import pytest

from benchmarks.erasure import prove
from benchmarks.erasure_stage import WAYS, Row


def proven(way: str, *, chaos: bool = False) -> Row:
    """Erase three people by one way on a small desk."""
    return prove(way, tickets=120, people=40, each=3, chaos=chaos, quiet=True)


@pytest.mark.req("R-ERASE-1", "R-ERASE-2", "R-ERASE-4", "R-ERASE-5", "R-ERASE-6", "R-HOLD-4")
@pytest.mark.parametrize("way", WAYS)
def test_what_is_left_is_declared_and_nobody_else_is_touched(way: str) -> None:
    """Judged by the portal's own file: every value of theirs is searched for, every other record compared."""
    row = proven(way)
    assert row.holds, row.notes
    assert row.claims > row.people
    assert row.done


@pytest.mark.req("R-PLAN-3", "R-ERASE-4")
def test_trouble_changes_nothing_in_the_outcome() -> None:
    """Busy answers, failures after the write, lost deliveries, kills and jumps of the clock: the same row."""
    rough = proven("erase", chaos=True)
    assert rough.kills
    assert rough.outcome() == proven("erase").outcome(), rough.notes
