"""On a generated desk whose truth is known: nothing of the person is missing, nothing of anybody else's is inside.

`python3 -m benchmarks.export` does the same for 200 people, and builds one very large export that is killed on the way.
"""

from pathlib import Path

import pytest

from benchmarks import export
from tests.emulator_process import Emulator


@pytest.mark.req("R-ACCESS-1", "R-ACCESS-2", "R-ACCESS-4", "R-PORT-1")
def test_nothing_of_theirs_is_missing_and_nothing_of_others_is_inside(tmp_path: Path) -> None:
    with Emulator.start() as zoho:
        found = export.measure(zoho, tmp_path, people=20, tickets=60, seed=3, most=4)
    assert found.people >= 3
    assert set(found.kinds) == {kind.value for kind in (*export.KINDS, *export.ALONE)}
    assert len(found.languages) > 1
    assert sum(found.expected.values()) > 50
    assert found.missing == {}, found.lines()
    assert found.foreign == {}, found.lines()


@pytest.mark.req("R-ACCESS-7", "R-PLAN-3")
def test_a_killed_process_leaves_what_the_next_one_finishes_to_the_same_bytes() -> None:
    """Bounded memory is the benchmark's to measure; here the process really dies."""
    result = export.large(tickets=12, files=3, file_bytes=300_000, kills=1)
    assert result["same_bytes"]
    assert (result["counts"]["tickets"], result["counts"]["messages"], result["counts"]["files"]) == (12, 72, 3)
    assert result["reads"] < result["reads_straight"]  # what was read before the kill is not read again
