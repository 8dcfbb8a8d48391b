"""What each flow costs in API credits, against the least that any correct execution needs.

Credits are counted by the portal, not timed, so a number here is exact: a change that makes a flow dearer fails and
shows the calls. `python3 -m benchmarks.credits --explain` prints the same at full size, with the reason of each call.
"""

import pytest

from benchmarks import credit_least as least
from benchmarks import credit_stage
from benchmarks.credits import GOAL, run
from tests.emulator_process import Emulator

SIZES = {"intake": 3, "verification": 3, "export": 10, "erasure": 12, "retention": 40}


@pytest.mark.parametrize("flow", SIZES)
def test_no_flow_costs_much_more_than_it_must(emulator: Emulator, flow: str) -> None:
    """Within 15 % of the least possible, and our own meter says to the credit what the portal says."""
    found = run(emulator, flow, SIZES[flow], plain=False)
    assert found.least <= found.ours.credits <= GOAL * found.least, "\n" + found.ours.table()
    assert found.ours.metered == found.ours.credits


@pytest.mark.parametrize("flow", ["intake", "export", "erasure"])
def test_a_straightforward_client_pays_more_for_the_same(emulator: Emulator, flow: str) -> None:
    """The other client really does the work (it stops where it did not), so that the comparison is one."""
    found = run(emulator, flow, 3)
    assert found.plain is not None
    assert found.plain.credits > found.ours.credits


def test_the_least_possible_grows_with_the_work() -> None:
    """A formula that forgot a ticket, a file or a tag would flatter us."""
    none, few, many = credit_stage.shapes(0), credit_stage.shapes(10), credit_stage.shapes(20)
    for formula in (least.retention, lambda shapes: least.export(shapes, 1), lambda shapes: least.erasure(shapes, 1)):
        fixed = least.total(formula(none))
        assert least.total(formula(many)) - fixed > 1.5 * (least.total(formula(few)) - fixed)
    bare, tagged, busy = (credit_stage.Shape(1), credit_stage.Shape(1, tags=1), credit_stage.Shape(1, tasks=1))
    costs = [least.total(least.retention([each])) for each in (bare, tagged, busy)]
    assert costs[0] < costs[1] < costs[2]


def test_the_dearest_calls_are_named_first() -> None:
    """Whoever makes a flow dearer reads in the failure which call it was."""
    spent = credit_stage.Spent(9.0, {"GET /tickets/{id}": (3, 3.0), "POST /recycleBin/delete": (1, 6.0)})
    assert spent.table().splitlines()[0].endswith("1 x POST /recycleBin/delete")
