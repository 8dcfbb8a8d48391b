"""`zoho-privacy doctor`: how the installation and each portal stand, and how to mend what does not."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from zoho_privacy.local.console import app_of, command, show, table

if TYPE_CHECKING:  # --help answers at once
    from zoho_privacy.domain.health import Health

TEXT: Final = """Looks at access, data centre, edition, scopes, the agent, its departments, webhook, fields, closed
statuses, addresses, credits, clock, profile, database, tasks, dead letters, overdue cases and outstanding receipts,
and says how to mend what is not green. Changes nothing; names nobody. Colours are words too; NO_COLOR turns the paint
off.

  zoho-privacy doctor
  zoho-privacy doctor --stage prod            # a stage on AWS: queues, alarms, schedules, locks too
  zoho-privacy doctor --json | jq '.[].checks[] | select(.colour == "red")'

Exit status 0 where nothing is red, 1 where something is, 3 where Desk did not answer. The task `health` looks once
a day and logs an alarm for each red."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    command(subparsers, "doctor", run, summary="how everything stands, and how to mend it", text=TEXT)


def run(args: argparse.Namespace) -> int:
    """Print every check."""
    from zoho_privacy.local import health  # noqa: PLC0415  --help answers at once

    found = health.examine(app_of(args))
    if args.stage:
        from zoho_privacy.local.aws import checks  # noqa: PLC0415  one machine has no such library

        found = (checks.examine(args.stage), *found)
    show(args, [each.as_dict() for each in found], _lines(found))
    return health.verdict(found)


PAINT: Final = {"green": "32", "yellow": "33", "red": "1;31"}


def painted(line: str) -> str:
    """Return a line with its first word in its colour, on a terminal whose user has not set NO_COLOR."""
    word = line.partition(" ")[0]
    if word not in PAINT or os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return line
    return f"\x1b[{PAINT[word]}m{word}\x1b[0m{line.removeprefix(word)}"


def _lines(found: Sequence["Health"]) -> Iterator[str]:
    for each in found:
        yield each.title
        yield from (
            f"  {painted(line)}"
            for line in table(("", "check", "says"), [(c.colour, c.name, c.says) for c in each.checks])
        )
        yield from (f"  -> {check.name}: {check.mend}" for check in each.checks if check.mend)
        yield ""
