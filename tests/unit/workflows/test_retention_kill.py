"""A retention run that dies at any call to desk, store or files: the next one ends it, each effect once."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any, Final

import pytest

from tests.builders import NOW, ORG
from tests.fakes.crashing import Killed, World
from zoho_privacy.domain import records as r
from zoho_privacy.domain.retention import Rule, Schedule
from zoho_privacy.workflows import casebook, retention, skeletons

CLOSED: Final = frozenset({"old", "older", "middle"})
RULES: Final = Schedule(
    (
        Rule("tickets", "P8-tickets", "contract", "erase", period_days=365, mode="live", reason="over", skeleton=True),
        Rule("portal", "P8-portal", "contract", "mask", period_days=100, mode="live", reason="over"),
    )
)


def lived(*points: int) -> World:
    """Run the schedule to its end over two tickets to erase and one to mask, dying at these points."""
    world = World(*points)
    world.begin()
    ada = world.desk.add_contact(first_name="Ada", last_name="Moss", email="ada.moss@example.net")
    for name, age in (("old", 400), ("older", 1400), ("middle", 200)):
        closed = NOW - timedelta(days=age)
        made = world.desk.add_ticket(
            contact_id=ada.id, subject=f"{name}, Ada Moss", status="Closed", status_type="closed", closed=closed,
            created=closed - timedelta(days=2),
        )  # fmt: skip
        world.desk.add_thread(made.id)
        if name == "old":
            world.desk.tickets[made.id].activities.append(r.Activity("4711", "tasks"))
    world.clock.advance(timedelta(hours=1))
    fuse, world.fuse.points = world.fuse.points, []
    retention.run(world.app(), ORG, RULES, dry_run=True)
    world.fuse.points = fuse
    world.fuse.calls.clear()
    for _ in range(5 + len(points)):
        try:
            report = retention.run(world.app(), ORG, RULES)
        except Killed:
            report = None
        if report is not None and report.finished and not world.fuse.points:
            return world
        world.clock.advance(timedelta(minutes=31))  # the lease of the run that died
    return world


def end(world: World) -> dict[str, Any]:
    """Return what matters in the end: desk, bin, journal, ledger, counts."""
    told = Counter(entry.what for entry in world.entries())
    return {
        "tickets": sorted(each.ticket.subject for each in world.desk.tickets.values()),
        "people": sorted(str(each.contact.last_name) for each in world.desk.contacts.values()),
        "bin": len(world.desk.bin),
        "left": [item.id for item in casebook.every(world.store, ORG, "step") if item.body["result"] == "started"],
        "erased": sorted({target for kind, target, _ in journal(world) if kind == "erase_ticket"}),
        "results": {result for _, _, result in journal(world)},
        "masked": told["mask_ticket"],
        "skeletons": [each["tickets"] for each in skeletons.counts(world.app(), ORG)],
        "unsound": world.faults_of_the_ledger(),
        "files": world.blobs.names("retention/"),
    }


def journal(world: World) -> Iterator[tuple[str, ...]]:
    """Yield the steps about people's tickets; those about canaries are as many as runs."""
    plans = {item.id for item in casebook.every(world.store, ORG, "plan") if item.body["purpose"] == "retention"}
    for item in casebook.every(world.store, ORG, "step"):
        if item.parent in plans and item.body["result"] != "started":
            yield item.body["type"], item.body["target"], item.body["result"]


@cache
def calm() -> tuple[dict[str, Any], int]:
    """Return the end of a quiet day, and how many points there are to die at."""
    world = lived()
    return end(world), 2 * len(world.fuse.calls)


@pytest.mark.req("R-PLAN-3", "R-RETAIN-11")
def test_a_quiet_run_does_what_it_should() -> None:
    found, points = calm()
    assert found["tickets"] == ["middle, [name removed]"]
    assert (found["people"], found["bin"], found["results"]) == (["Moss"], 0, {"done"})
    assert (len(found["erased"]), found["masked"], found["skeletons"]) == (2, 1, [1, 1])
    assert (found["left"], found["unsound"], found["files"]) == ([], [], [])
    assert points > 60


@pytest.mark.req("R-PLAN-3", "R-RETAIN-11", "R-RETAIN-12")
def test_a_run_killed_at_any_write_ends_like_a_quiet_one() -> None:
    """After one change and before the next is the same to what survives, so the points after suffice."""
    expected, points = calm()
    for point in range(1, points, 2):
        world = lived(point)
        assert world.fuse.kills == 1, point
        assert end(world) == expected, point
