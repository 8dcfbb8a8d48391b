"""Measures the planner: `python -m benchmarks.planner [--tickets N] [--json]`.

Prints seconds and peak memory (MB) to plan N closed tickets, a million unless told otherwise, generated one by one
without a desk. Exit status 1 above 60 s or 300 MB.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from zoho_privacy.adapters.retention_file import load_schedule
from zoho_privacy.domain.forecast import forecast, usable, work_of
from zoho_privacy.domain.retention import TicketFacts

NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
MOST_S: Final = 60
MOST_MB: Final = 300


def tickets(number: int) -> Iterator[TicketFacts]:
    """Yield closed tickets, spread over ten years and three departments."""
    for each in range(number):
        closed = NOW - timedelta(minutes=each * 7919 % (3650 * 1440))
        yield TicketFacts(str(each), "closed", closed - timedelta(days=2), closed, department_id=str(each % 3))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    began = time.perf_counter()
    work = work_of(tickets(args.tickets), load_schedule(), NOW)
    found = forecast(work, today=NOW.date(), daily=usable(75_000, 0.2, 20_000))
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = (
        f"{args.tickets} tickets planned in {took:.1f} s, {peak:.0f} MB at most\n"
        f"{found.tickets} due, done on {found.finish} with {found.daily:g} credits a day"
    )
    numbers = {"planned": args.tickets, "seconds": took, "peak_mb": peak, **found.as_dict()}
    sys.stdout.write(f"{json.dumps(numbers) if args.json else lines}\n")
    return int(took > MOST_S or peak > MOST_MB)


if __name__ == "__main__":
    raise SystemExit(main())
