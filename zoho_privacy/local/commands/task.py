"""`zoho-privacy task`: runs one scheduled task now; the same as `python -m tasks`."""

import argparse
from typing import Any, Final

from zoho_privacy.local.console import command

TEXT: Final = """Runs one task now, whether it is due or not. A dry run does everything but the writes.

  zoho-privacy task --list
  zoho-privacy task retention --dry-run"""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "task", run, summary="run a scheduled task now", text=TEXT)
    parser.add_argument("name", nargs="?", help="the task")
    parser.add_argument("--dry-run", action="store_true", help="everything but the writes")
    parser.add_argument("--list", action="store_true", help="list the tasks")


def run(args: argparse.Namespace) -> int:
    """Run the task."""
    from zoho_privacy.local import runner  # noqa: PLC0415  --help answers at once

    return runner.run(args)
