# ruff: noqa: T201  it prints
"""A day of many portals on one stage, simulated: `python3 -m benchmarks.scale [--portals 1000]`.

Deliveries come by the hour of the day, one portal imports ten thousand tickets within a minute. Workers are as many as
the template allows; the store hands out the oldest event of all portals first. Tasks run as the template starts them,
one of a kind at a time, over all portals in turn. What a step takes is assumed (docs/scale.md says from what); what is
simulated is waiting. Starved is a portal whose event waits for more than a quarter of an hour, missed is a task's slot
that ends after the next but one has begun. Exit status 1 where there is either.
"""

import argparse
import heapq
import random
import sys
from dataclasses import dataclass
from typing import Final

from zoho_privacy.local.aws import machine, template

DAY: Final = 86_400.0
HOURS: Final = (1, 1, 1, 1, 1, 2, 4, 8, 14, 16, 15, 13, 11, 14, 15, 13, 10, 6, 4, 3, 2, 2, 1, 1)
EVENTS_A_DAY: Final = 120  # thirty tickets: added, answered, changed, closed
LOOK_S: Final = 0.6  # six calls of Desk at a tenth of a second; our own part, 50 ms as measured, is a tenth of that
IMPORT: Final = 10_000
STARVED_S: Final = 900.0
TASK_S: Final = {"sweep": 0.25, "deadlines": 0.05, "retention": 12.0, "health": 0.6, "dead_letters": 0.02}
"""Seconds a portal takes of a task's run: two calls, none, nine tickets of thirteen calls, six calls, none."""

EVERY_S: Final = {"sweep": 600.0, "deadlines": 3600.0, "retention": DAY, "health": DAY, "dead_letters": DAY}


@dataclass(frozen=True, slots=True)
class Day:
    """What a simulated day showed: waits in seconds, and who waited too long."""

    events: int
    median_s: float
    p99_s: float
    longest_s: float
    starved: int
    busy: float
    missed: dict[str, int]


def simulate(portals: int, *, workers: int, seed: int = 1) -> Day:
    """Return how a day went."""
    chance = random.Random(seed)
    arrivals = sorted(_arrivals(portals, chance))
    free = [0.0] * workers
    heapq.heapify(free)
    waits, late = [], set()
    for at, portal in arrivals:
        begin = max(at, heapq.heappop(free))
        heapq.heappush(free, begin + LOOK_S)
        waits.append(begin + LOOK_S - at)
        if begin - at > STARVED_S:
            late.add(portal)
    waits.sort()
    missed = {name: _missed(each * portals, EVERY_S[name]) for name, each in TASK_S.items()}
    count = len(waits)
    busy = count * LOOK_S / (workers * DAY)
    return Day(count, waits[count // 2], waits[int(count * 0.99)], waits[-1], len(late), busy, missed)


def _arrivals(portals: int, chance: random.Random) -> list[tuple[float, int]]:
    found = [
        (hour * 3600 + chance.random() * 3600, portal)
        for portal in range(portals)
        for hour in chance.choices(range(24), HOURS, k=EVENTS_A_DAY)
    ]
    found += [(10 * 3600 + chance.random() * 60, 0) for _ in range(IMPORT)]
    return found


def _missed(run_s: float, every_s: float) -> int:
    """Return how many slots of a day end after the next but one has begun: a run is followed by the next due one."""
    missed, clock = 0, 0.0
    for slot in range(int(DAY / every_s)):
        clock = max(clock, slot * every_s) + run_s
        missed += clock > (slot + 2) * every_s
    return missed


def most_workers() -> int:
    """Return how many workers the template allows at once."""
    told = template.document(machine.TEMPLATE)["functions"]["worker"]["events"]
    (queue,) = [each["sqs"] for each in told if "sqs" in each]
    return int(queue["maximumConcurrency"])


def main() -> int:
    """Print the days of 1, 100 and as many portals as asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--portals", type=int, default=1000)
    args = parser.parse_args()
    workers, bad = most_workers(), 0
    print(f"portals  events a day  median s  99 % s  longest s  starved  busy  missed slots ({workers} workers)")
    for portals in sorted({1, 100, args.portals}):
        day = simulate(portals, workers=workers)
        missed = sum(day.missed.values())
        times = f"{day.median_s:8.1f}  {day.p99_s:6.1f}  {day.longest_s:9.1f}"
        print(f"{portals:7}  {day.events:12}  {times}  {day.starved:7}  {day.busy:4.0%}  {missed}")
        bad += day.starved + missed
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
