"""Effects happen once, even when the process is killed between any two lines.

First in memory, at every single call that changes anything: desk, store, files. Then for real, by SIGKILL, at each
write of an erasure on the emulator.
"""

from typing import Final

import pytest

from tests.fakes.crash_stories import STORIES, calm, disturbed, end

IN_FULL: Final = ("access", "erasure", "held", "shared erasure")  # the combined story dies by chance, in property/
BOTH_SIDES: Final = "erasure"  # "before a call" leaves what "after the one before" leaves: one story tries both


@pytest.mark.req("R-PLAN-3", "R-INTAKE-4", "R-ERASE-4")
@pytest.mark.parametrize("name", IN_FULL)
def test_killed_at_any_change_it_ends_as_if_nothing_had_happened(name: str) -> None:
    """Each letter, note and export once, nothing destroyed early, everything in the end, the ledger whole."""
    quiet, points = calm(name)
    assert not quiet.waiting
    assert not quiet.buried
    assert not quiet.too_early
    assert not quiet.faults
    assert set(quiet.letters.values()) == {1}
    for point, where in points.items():
        if point % 2 or name == BOTH_SIDES:
            world = disturbed(name, point)
            assert world.fuse.kills == 1
            assert end(world) == quiet, f"{name}, killed {where}, point {point}"


@pytest.mark.req("R-PLAN-3")
@pytest.mark.parametrize("name", ["access", "erasure"])
def test_killed_twice_it_still_does_everything_once(name: str) -> None:
    """The second kill strikes within the first few changes of the restart, while it picks up what was left."""
    quiet, points = calm(name)
    twice = 0
    for point, where in list(points.items())[1::4]:
        world = disturbed(name, point, point % 11)
        twice += (
            world.fuse.kills == 2
        )  # a call that lost a race has no point after it, and late ones have few calls left
        assert end(world) == quiet, f"{name}, killed {where}, point {point}, and again"
    assert twice > len(points) / 4 * 0.8


def test_the_stories_say_what_they_are_about() -> None:
    """The comparison would prove little if a quiet story did little."""
    ends = {name: calm(name)[0] for name in STORIES}
    assert ends["erasure"].held_by_desk["contacts"] == ends["erasure"].held_by_desk["tickets"] == {}
    assert ends["erasure"].letters == {"identity": 1, "erasure_done": 1}
    assert sum(ends["erasure"].journal.values()) == 9
    assert ends["access"].letters == {"identity": 1, "export_ready": 1}
    assert [name.rsplit("/")[-1] for name in ends["access"].files] == ["package"]
    (left,) = ends["shared erasure"].held_by_desk["tickets"].values()
    assert left[:2] == ("VPN of [name removed]", "from [email removed]")
    (kept,) = ends["held"].held_by_desk["tickets"].values()
    assert kept[0] == "My data"
    assert {case[1] for each in ends.values() for case in each.cases} == {"closed"}
