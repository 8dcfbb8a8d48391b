"""Many reads at once: order, bounds, errors, and who pays."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from zoho_privacy.adapters.desk.credits import Credits
from zoho_privacy.workflows.together import AHEAD, gather


@pytest.mark.parametrize("at_once", [1, 2, 8])
def test_results_come_in_the_order_of_the_items(at_once: int) -> None:
    def work(number: int) -> int:
        time.sleep(0.002 * (number % 3))
        return number * number

    assert list(gather(work, range(50), at_once=at_once)) == [number * number for number in range(50)]


def test_so_many_are_under_way_at_once() -> None:
    meeting = threading.Barrier(6, timeout=10)

    def work(_: int) -> int:
        return meeting.wait()

    assert len(list(gather(work, range(6), at_once=6))) == 6


def test_memory_is_bounded() -> None:
    """An endless list is read only so far ahead of whoever takes the results."""
    taken = 0

    def endless() -> Iterator[int]:
        nonlocal taken
        while True:
            taken += 1
            yield taken

    with closing(gather(str, endless(), at_once=3)) as found:
        assert next(found) == "1"
        assert taken <= AHEAD * 3 + 1


@pytest.mark.parametrize("at_once", [1, 4])
def test_an_error_comes_in_its_place_and_stops_the_rest(at_once: int) -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        if number == 3:
            raise ValueError("third")
        return number

    results: list[int] = []
    with pytest.raises(ValueError, match="third"):
        results += gather(work, range(1000), at_once=at_once)  # extends by nothing where it fails
    with pytest.raises(ValueError, match="third"):
        results.extend(gather(work, range(1000), at_once=at_once))
    assert results[:3] == [0, 1, 2]
    assert max(begun) <= 3 + (AHEAD + 1) * at_once


def test_who_stops_early_leaves_nobody_at_work() -> None:
    with closing(gather(lambda number: number, range(100), at_once=4)) as found:
        next(found)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("gather")]


def test_an_error_of_the_list_is_the_callers() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise KeyError("list")

    with pytest.raises(KeyError):
        list(gather(str, broken(), at_once=2))


def test_credits_are_booked_to_the_callers_flow() -> None:
    credits_ = Credits()

    def work(_: int) -> None:
        credits_.note({}, expected=1)

    with credits_.flow("export"):
        list(gather(work, range(20), at_once=4))
    assert credits_.by_flow() == {"export": 20}
