"""`zoho-privacy backup`: copying the state while the service runs, and keeping true what happened after the copy."""

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from zoho_privacy.local.console import Exit, command, settings_of, show

TEXT: Final = """An older state that is restored knows nothing of what was erased, answered and decided after it.
`replay` carries that over from the state it replaced: the ledger goes on to its end, tombstones and plans stand again,
letters that were sent are not sent twice. First stop the service. The later state is only read, and repeating it
changes nothing.

  zoho-privacy backup make /backup/state.sqlite3
  zoho-privacy backup replay var/replaced.sqlite3         into the restored state of this machine
  zoho-privacy backup replay RESTORED-TABLE --stage prod  from the stage's table into one that was restored beside it

Exit status 2 where a side is at work, the later ledger does not hold, or the restored state is not its past."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(
        subparsers, "backup", run, summary="copy the state; replay what followed a restored copy", text=TEXT
    )
    parser.add_argument("action", choices=("make", "replay"))
    parser.add_argument("other", metavar="OTHER", help="the copy's file; the later state's file; or the restored table")


def run(args: argparse.Namespace) -> int:
    """Copy or replay.

    Raises:
        BadInput: See the command's description.
    """
    if args.action == "make":
        return _make(args)
    return _replay_stage(args) if args.stage else _replay_here(args)


def _make(args: argparse.Namespace) -> int:
    from zoho_privacy import bootstrap  # noqa: PLC0415  --help answers at once
    from zoho_privacy.adapters.stores.sqlite import SqliteStore  # noqa: PLC0415
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415

    if args.stage:
        raise BadInput("a stage's table can be restored to any second of 35 days by AWS itself: docs/deploy.md")
    database, target = settings_of(args).state_dir / bootstrap.DATABASE, Path(args.other)
    if not database.is_file():
        raise BadInput("there is no state to copy")
    if target.exists() and target.samefile(database):
        raise BadInput("the copy needs another name than the state itself")
    store = SqliteStore(database)
    try:
        store.back_up(target)
    finally:
        store.close()
    show(args, {"bytes": target.stat().st_size}, [f"The state is copied, {target.stat().st_size} bytes."])
    return Exit.OK


def _replay_here(args: argparse.Namespace) -> int:
    from zoho_privacy import bootstrap  # noqa: PLC0415  --help answers at once
    from zoho_privacy.adapters.clock import HttpClock, SystemClock  # noqa: PLC0415
    from zoho_privacy.adapters.stores.sqlite import SqliteStore  # noqa: PLC0415
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415
    from zoho_privacy.local.lock import only_process  # noqa: PLC0415

    settings, kept = settings_of(args), Path(args.other)
    database = settings.state_dir / bootstrap.DATABASE
    if not kept.is_file() or not database.is_file() or kept.samefile(database):
        raise BadInput("replay needs the restored state in the state folder, and the later state as a file beside it")
    clock = HttpClock(settings.clock_url) if settings.clock_url else SystemClock()
    with only_process(settings.state_dir):
        later, restored = SqliteStore(kept), SqliteStore(database)
        try:
            return _replayed(args, later, restored, bootstrap.anchor(settings), clock)
        finally:
            later.close()
            restored.close()


def _replay_stage(args: argparse.Namespace) -> int:
    from zoho_privacy.adapters import aws  # noqa: PLC0415  --help answers at once; one machine has no such library
    from zoho_privacy.adapters.s3 import S3Anchor  # noqa: PLC0415
    from zoho_privacy.adapters.stores.dynamodb import DynamoStore  # noqa: PLC0415
    from zoho_privacy.config import load  # noqa: PLC0415
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415
    from zoho_privacy.hosting import stage  # noqa: PLC0415
    from zoho_privacy.local.aws import remote  # noqa: PLC0415

    remote.enter(args.stage)
    if args.other == stage.need(stage.TABLE):
        raise BadInput("the restored table is another one than the stage's own")
    tables = aws.dynamodb()
    try:
        tables.describe_table(TableName=args.other)
    except tables.exceptions.ResourceNotFoundException:
        raise BadInput("the stage's account and region have no restored table of that name") from None
    clock = remote.clock(load().clock_url)
    later, restored = (DynamoStore(tables, name, clock=clock) for name in (stage.need(stage.TABLE), args.other))
    return _replayed(args, later, restored, S3Anchor(aws.s3(), stage.need(stage.ANCHORS), clock=clock), clock)


def _replayed(args: argparse.Namespace, later: Any, restored: Any, anchor: Any, clock: Any) -> int:
    from zoho_privacy.local import replaying  # noqa: PLC0415  --help answers at once

    live = sys.stderr.isatty() and not args.json

    def say(line: str) -> None:
        if live:
            sys.stderr.write(f"\r{line:40}")
            sys.stderr.flush()

    found = replaying.replay(later, restored, anchor, now=clock.now(), say=say)
    lines = [
        f"{found.carried} rows carried over, {found.entries} ledger entries among them; {found.ended} had ended since.",
        "The ledger holds. What came in between is found by the next sweep.",
    ]
    show(args, found.as_dict(), lines)
    return Exit.OK
