"""What all commands share: finding the settings, printing for people or machines, exit codes that mean something."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # --help answers at once
    from zoho_privacy.config import Settings
    from zoho_privacy.workflows.context import App

TRIAL_STATE: Final = Path("var/trial")


class Exit(IntEnum):
    """What a command's exit status tells a script."""

    OK = 0
    FOUND = 1
    USAGE = 2
    TRY_AGAIN = 3
    PERSON_NEEDED = 4


def command(
    subparsers: Any,
    name: str,
    run: Callable[[argparse.Namespace], int],
    *,
    summary: str,
    text: str,
    settings: bool = True,
) -> argparse.ArgumentParser:
    """Add a command with the options all commands have; `text` teaches by example."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name, help=summary, description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    if settings:
        parser.add_argument(
            "--trial", metavar="URL", help="work with the emulator at this address instead of the configured portals"
        )
        parser.add_argument("--stage", metavar="NAME", help="work on a stage on AWS instead of this machine's state")
        parser.add_argument("--state", type=Path, metavar="FOLDER", help="the state folder, instead of the setting")
    parser.set_defaults(run=run)
    return parser


def settings_of(args: argparse.Namespace, **changes: object) -> "Settings":
    """Return the settings of a command: the environment's, or those of a trial.

    Raises:
        BadInput: A setting is wrong, or the emulator does not answer; the text says what to do.
    """
    from zoho_privacy import config  # noqa: PLC0415  --help answers at once

    if args.trial:
        from zoho_privacy.local.trial import settings_from_emulator  # noqa: PLC0415

        port = changes.pop("port", None)
        found = settings_from_emulator(
            args.trial, state_dir=args.state or TRIAL_STATE, port=port if isinstance(port, int) else None
        )
    else:
        found = config.load()
        if args.state:
            changes["state_dir"] = args.state
    return found.model_copy(update={name: value for name, value in changes.items() if value is not None})


def app_of(args: argparse.Namespace) -> "App":
    """Return the suite for a command."""
    from zoho_privacy import bootstrap  # noqa: PLC0415  --help answers at once

    if args.stage:
        remote: Any = import_module("zoho_privacy.local.aws.remote")
        found: App = remote.app(args.stage)
        return found
    return bootstrap.build(settings_of(args))


def show(args: argparse.Namespace, value: Any, lines: Iterable[str]) -> None:
    """Print the value as JSON, or the lines for people."""
    if args.json:
        print(json.dumps(value, indent=2, sort_keys=True, default=str))
    else:
        for line in lines:
            print(line)


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return a table as aligned lines, or a word where it is empty."""
    if not rows:
        return ["(none)"]
    cells = [list(heads), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def complain(sentence: str) -> None:
    """Say on standard error what is wrong."""
    print(sentence, file=sys.stderr)
