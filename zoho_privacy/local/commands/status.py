"""`zoho-privacy status`: what waits, runs and rests."""

import argparse
from typing import Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show, table

TEXT: Final = """Counts what waits, runs and rests, straight from the state folder; the service need not run.

Exit status 1 where dead letters rest or a task has failed."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    command(subparsers, "status", run, summary="what waits, runs and rests", text=TEXT)


def run(args: argparse.Namespace) -> int:
    """Print the counts."""
    from zoho_privacy.local import status  # noqa: PLC0415  --help answers at once

    found = status.snapshot(app_of(args))
    show(args, found, _lines(found))
    healthy = not found["dead_letters"] and not any(task["failures"] for task in found["tasks"])
    return Exit.OK if healthy else Exit.FOUND


def _lines(found: dict[str, Any]) -> list[str]:
    queues = [(name, *found[name].values()) for name in ("events", "effects", "jobs")]
    tasks = [
        (task["name"], task["next"][:16], task["last_success"] or "never", task["failures"]) for task in found["tasks"]
    ]
    return [
        f"{found['open_cases']} open cases, {found['dead_letters']} dead letters, as of {found['now'][:16]} UTC",
        "",
        *table(("queue", "due", "running", "retrying", "later"), queues),
        "",
        *table(("task", "next", "last success", "failures"), tasks),
    ]
