"""Measures the planner: `python -m benchmarks.planner [--tickets N] [--portal N] [--json]`.

Prints seconds and peak memory (MB) to plan N closed tickets, a million unless told otherwise, generated one by one
without a desk: what is due in order of urgency, and when it will be done. Then, on an emulated portal with a backlog of
`--portal` tickets (400; 0 leaves it out), on which other integrations use credits too, the predicted finish beside the
real one, day by day in simulated time. Exit status 1 above 60 s or 300 MB, or where the finish is wrong by over 5 %.
"""

import argparse
import json
import logging
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tests.emulator_process import Emulator
from zoho_privacy import bootstrap
from zoho_privacy.adapters.clock import KEEP_S
from zoho_privacy.adapters.retention_file import load_schedule
from zoho_privacy.domain.forecast import forecast, usable, work_of
from zoho_privacy.domain.retention import Rule, Schedule, TicketFacts, overdue_since
from zoho_privacy.domain.simulate import all_live
from zoho_privacy.local.trial import settings_from_emulator
from zoho_privacy.workflows import backlog, retention

NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
MOST_S: Final = 60
MOST_MB: Final = 300
MOST_WRONG: Final = 0.05
RULES: Final = Schedule(
    (Rule("tickets", "P8-tickets", "contract", "erase", period_days=365, mode="live", reason="over"),)
)
DAILY: Final = 900
OTHERS: Final = 50


def tickets(number: int) -> Iterator[TicketFacts]:
    """Yield closed tickets, spread over ten years and three departments."""
    for each in range(number):
        closed = NOW - timedelta(minutes=each * 7919 % (3650 * 1440))
        yield TicketFacts(
            f"4170000{each:011d}", "closed", closed - timedelta(days=2), closed, relationship_end=closed,
            department_id=str(each % 3),
        )  # fmt: skip


def plan(number: int) -> dict[str, Any]:
    """Plan: the lines of everything due, most urgent first, as a run keeps them, and the forecast."""
    began = time.perf_counter()
    schedule = all_live(load_schedule())
    lines: list[str] = []

    def seen() -> Iterator[TicketFacts]:
        for facts in tickets(number):
            if (since := overdue_since(facts, schedule, NOW)) is not None:
                lines.append(backlog.line(since, facts.id, archived=False))
            yield facts

    work = work_of(seen(), schedule, NOW)
    found = forecast(work, today=NOW.date(), daily=usable(75_000, 0.2, 20_000))
    ordered = backlog.by_urgency(lines)
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"planned": number, "in_order": len(ordered), "seconds": took, "peak_mb": peak, **found.as_dict()}


def portal(number: int) -> dict[str, Any]:
    """Work a backlog off on an emulated portal; return the days predicted and the days it took."""
    logging.getLogger("zoho_privacy").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder, Emulator.start() as zoho:
        settings = settings_from_emulator(zoho.url, state_dir=Path(folder) / "state", port=0, daily_credits=DAILY)
        app = replace(bootstrap.build(settings), schedule=RULES)
        org = next(iter(app.desks))
        zoho.bench("POST", "/seed", {"tickets": [_past(each, app.clock.now()) for each in range(number)]})
        retention.run(app, org, RULES, dry_run=True)
        found = retention.predict(app, org, RULES, others=OTHERS)
        days = done = 0
        finished = False
        while not finished and days < 3 * found.days + 3:
            zoho.bench("POST", "/credits", {"remaining": DAILY})
            for _ in range(OTHERS):
                zoho.get("/agents/1")
            report = retention.run(app, org, RULES)
            days, done, finished = days + 1, done + report.done, report.finished
            if not finished:
                zoho.advance(86_400)
                time.sleep(KEEP_S)  # the suite believes an answer of the portal's clock for so long
    wrong = abs(days - found.days) / days
    return {"backlog": number, "erased": done, "predicted_days": found.days, "real_days": days, "wrong": wrong}


def _past(number: int, now: datetime) -> dict[str, Any]:
    closed = now - timedelta(days=400 + number % 900)
    address = f"person{number}@example.net"
    return {
        "contact": {"firstName": "Ada", "lastName": f"Moss{number}", "email": address},
        "subject": f"Printer {number}",
        "createdTime": f"{closed - timedelta(days=2):%Y-%m-%dT%H:%M:%S.000Z}",
        "closedTime": f"{closed:%Y-%m-%dT%H:%M:%S.000Z}",
        "tags": ["printer"] if number % 4 == 0 else [],
        "threads": [{"content": "<div>It jams</div>", "createdTime": f"{closed:%Y-%m-%dT%H:%M:%S.000Z}"}],
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--portal", type=int, default=400, help="tickets of the emulated backlog, 0 for none")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with multiprocessing.get_context("spawn").Pool(
        1
    ) as alone:  # a process of its own, so that the peak is the planner's
        found = alone.apply(plan, (args.tickets,))
    real = portal(args.portal) if args.portal else {}
    lines = [
        f"{args.tickets} tickets planned in {found['seconds']:.1f} s, {found['peak_mb']:.0f} MB at most",
        f"{found['tickets']} due, done on {found['finish']} with {found['daily']:g} credits a day",
    ]
    if real:
        lines.append(
            f"a backlog of {real['backlog']} on the emulator: {real['predicted_days']} days predicted, "
            f"{real['real_days']} days taken, wrong by {real['wrong']:.1%}"
        )
    sys.stdout.write((json.dumps({**found, **real}) if args.json else "\n".join(lines)) + "\n")
    late = found["seconds"] > MOST_S or found["peak_mb"] > MOST_MB
    return int(late or (bool(real) and (real["wrong"] > MOST_WRONG or real["erased"] != real["backlog"])))


if __name__ == "__main__":
    raise SystemExit(main())
