"""Counts the API credits of each flow: `python3 -m benchmarks.credits [--explain]`.

Each flow runs three times over: by the suite, by a straightforward client that reads and writes one thing at a time
(credit_plain.py), both against the emulator, whose own log of prices is what counts; and on paper, as the least that
any correct execution needs (credit_least.py). The suite's own meter must agree with the portal's log to the credit.
Nothing is asserted but that; tests/scenario/test_credits.py holds the bounds.
"""

import argparse
import json
import logging
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks import credit_least as least
from benchmarks import credit_stage as stage
from benchmarks.credit_plain import Plain, history_pages
from benchmarks.credit_stage import Progress, Spent
from tests.emulator_process import Emulator
from tests.scenario.world import World
from zoho_privacy.workflows import retention

GOAL: Final = 1.15
FLOWS: Final = ("intake", "verification", "export", "erasure", "retention")
ABOUT: Final = {
    "intake": "a request by mail, until the letter that asks for proof is out",
    "verification": "a reply with the code, until a person has the case",
    "export": "everything about a person, until the letter with the link is out",
    "erasure": "a person with all tickets, until the look after the backup window",
    "retention": "one run over closed tickets that are all due",
}
EXAMPLES: Final = """examples:
  python3 -m benchmarks.credits                        the table: export and erasure of 40 tickets, retention of 10,000
  python3 -m benchmarks.credits --explain              the same, with each call the least possible is made of
  python3 -m benchmarks.credits --flow erasure --calls what the suite asked for, dearest first
  python3 -m benchmarks.credits --retention 500        a smaller portal, in seconds instead of minutes

exit status: 0 when every flow is within 15 % of the least possible, 1 when one is not, 2 for a wrong option."""


@dataclass(frozen=True, slots=True)
class Result:
    """One flow: what the suite, the straightforward client and the least possible cost."""

    flow: str
    tickets: int
    ours: Spent
    plain: Spent | None
    lines: Sequence[least.Line]

    @property
    def least(self) -> int:
        """Return the least possible."""
        return least.total(self.lines)

    @property
    def ratio(self) -> float:
        """Return how much dearer than the least possible the suite is; 1 is as cheap as can be."""
        return self.ours.credits / self.least


@contextmanager
def opened(zoho: Emulator) -> Iterator[World]:
    """Yield the suite on an empty portal with credits for many days."""
    with tempfile.TemporaryDirectory(prefix="credits-") as folder:
        world = World(zoho, Path(folder)).open()
        try:
            stage.rich(world)
            yield world
        finally:
            world.stop()


def run(zoho: Emulator, flow: str, tickets: int, *, plain: bool = True, progress: Progress | None = None) -> Result:
    """Count one flow."""
    with opened(zoho) as world:
        ours, lines = _ours(world, flow, tickets, progress)
    if not plain:
        return Result(flow, tickets, ours, None, lines)
    with opened(zoho) as world:
        return Result(flow, tickets, ours, _plain(world, flow, tickets, progress), lines)


def _ours(world: World, flow: str, tickets: int, progress: Progress | None) -> tuple[Spent, list[least.Line]]:
    if flow == "retention":
        retention.run(
            world.app, world.org, stage.SCHEDULE, dry_run=True
        )  # the rule is tried out while there is nothing
        shapes = stage.crowd(world, tickets, progress)
        spent = stage.retire(world, progress)
        return _agreed(spent), least.retention(shapes)
    shapes = stage.ada(world, tickets)
    measured = {
        "intake": stage.intake,
        "verification": stage.verification,
        "export": stage.export,
        "erasure": stage.erasure,
    }
    pages = history_pages(world, stage.contact_id(world))
    spent = measured[flow](world)
    lines: dict[str, Callable[[], list[least.Line]]] = {
        "intake": least.intake,
        "verification": least.verification,
        "export": lambda: least.export(shapes, pages),
        "erasure": lambda: least.erasure(shapes, pages),
    }
    return _agreed(spent), lines[flow]()


def _agreed(spent: Spent) -> Spent:
    if spent.metered != spent.credits:
        raise SystemExit(f"the portal charged {spent.credits:g} credits, our meter counted {spent.metered:g}")
    return spent


def _plain(world: World, flow: str, tickets: int, progress: Progress | None) -> Spent:
    client = Plain(world)
    if flow == "retention":
        stage.crowd(world, tickets, progress)
        return stage.measure(world, lambda: client.retention(progress))
    stage.ada(world, tickets)
    contact_id = stage.contact_id(world)
    write = partial(world.mail, settle=False, subject="My request")
    if flow == "intake":
        return stage.measure(world, lambda: client.intake(write(stage.DELETE_ALL)["ticketId"]))
    wish = {"verification": stage.CORRECT, "export": stage.COPY_ALL, "erasure": stage.DELETE_ALL}[flow]
    ticket_id = write(wish)["ticketId"]
    client.intake(ticket_id)

    def answered() -> None:
        write("My code is 12345-67890", inReplyToTicketId=ticket_id)
        client.verification(ticket_id)

    jobs: dict[str, Callable[[], object]] = {
        "verification": answered,
        "export": lambda: client.export(contact_id, ticket_id),
        "erasure": lambda: client.erasure(contact_id, ticket_id),
    }
    return stage.measure(world, jobs[flow])


# ------------------------------------------------------------------------------------------------------------ printing


def table(results: Sequence[Result]) -> str:
    """Return the table people read."""
    head = f"{'flow':14} {'tickets':>8} {'straightforward':>16} {'suite':>9} {'least':>9} {'suite/least':>12}"
    rows = [
        f"{each.flow:14} {each.tickets:>8,} {each.plain.credits if each.plain else float('nan'):>16,.0f}"
        f" {each.ours.credits:>9,.0f} {each.least:>9,} {each.ratio:>12.3f}"
        for each in results
    ]
    return "\n".join([head, *rows])


def explained(result: Result) -> str:
    """Return the least possible, call by call."""
    rows = [
        f"  {line.credits:>9,} = {line.times:>6,} x {line.price:<3} {line.what}: {line.why}"
        for line in result.lines
        if line.times
    ]
    return "\n".join([f"{result.flow}: {ABOUT[result.flow]}; at least {result.least:,} credits", *rows])


def main(argv: Sequence[str]) -> int:
    """Run the benchmark; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python3 -m benchmarks.credits",
        description="Counts API credits: the suite, a straightforward client, and the least possible.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--flow", action="append", choices=FLOWS, help="only this flow; may be repeated")
    parser.add_argument("--tickets", type=int, default=40, metavar="N", help="tickets of the person (default 40)")
    parser.add_argument(
        "--retention", type=int, default=10_000, metavar="N", help="tickets of the run (default 10,000)"
    )
    parser.add_argument("--explain", action="store_true", help="show each call of the least possible, with its reason")
    parser.add_argument("--calls", action="store_true", help="show the calls of the suite and of the other client")
    parser.add_argument("--no-plain", action="store_true", help="leave the straightforward client out")
    parser.add_argument("--json", action="store_true", help="for machines")
    options = parser.parse_args(argv)
    logging.disable(logging.WARNING)
    results = []
    with Emulator.start() as zoho:
        for flow in options.flow or FLOWS:
            tickets = options.retention if flow == "retention" else options.tickets
            results.append(run(zoho, flow, tickets, plain=not options.no_plain, progress=_progress(flow)))
    sys.stdout.write(said(results, options) + "\n")
    return 0 if all(each.ratio <= GOAL for each in results) else 1


def _progress(flow: str) -> Progress:
    def tell(done: int, of: int) -> None:
        if done % 500 == 0 and sys.stderr.isatty():
            sys.stderr.write(f"\r{flow}: {done:,} of {of:,} ")
            sys.stderr.flush()

    return tell


def said(results: Sequence[Result], options: argparse.Namespace) -> str:
    """Return what the command prints."""
    if options.json:
        rows = [{**asdict(each), "least": each.least, "ratio": each.ratio} for each in results]
        return json.dumps(rows, indent=2)
    parts = [table(results)]
    for each in results:
        if options.explain:
            parts.append(explained(each))
        if options.calls:
            parts.append(f"{each.flow}, the suite:\n{each.ours.table()}")
        if options.calls and each.plain:
            parts.append(f"{each.flow}, the straightforward client:\n{each.plain.table()}")
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
