"""`zoho-privacy migrate`: an installation's state to a stage on AWS, or back."""

import argparse
import sys
from typing import Any, Final

from zoho_privacy.local.console import Exit, command, show

TEXT: Final = """Copies all state, files and ledger heads from this machine to a stage, or back, and compares everything
at the end. Nothing is removed where it came from. Repeat it where it was interrupted: what is there is passed over.

First stop the side it comes from (`serve`, or the stage's schedules and queue), and do not start the other one.
Both sides need the same installation secret: codes, seals and pseudonyms are made with it.

  zoho-privacy migrate --to-stage prod
  zoho-privacy migrate --from-stage prod

Exit status 2 where a side is at work, or holds something else already."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "migrate", run, summary="move state to a stage on AWS, or back", text=TEXT)
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--to-stage", metavar="NAME", help="from this machine to that stage")
    way.add_argument("--from-stage", metavar="NAME", help="from that stage to this machine")


def run(args: argparse.Namespace) -> int:
    """Move everything and tell how much it was.

    Raises:
        BadInput: The installation secrets differ, a side is at work, or the target holds something else.
    """
    from zoho_privacy import bootstrap, config  # noqa: PLC0415  --help answers at once
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415
    from zoho_privacy.local import moving  # noqa: PLC0415
    from zoho_privacy.local.aws import remote  # noqa: PLC0415
    from zoho_privacy.local.console import settings_of  # noqa: PLC0415
    from zoho_privacy.local.lock import only_process  # noqa: PLC0415

    own = settings_of(args)
    bootstrap.make_state_dir(own)
    with only_process(own.state_dir):
        here = bootstrap.on_this_machine(own)
        remote.enter(args.to_stage or args.from_stage)
        theirs = config.load()
        if theirs.key() != own.key():
            raise BadInput("the stage has another installation secret: put this installation's into its secret first")
        clock = remote.clock(theirs.clock_url)
        there = bootstrap.on_stage(clock)
        sides: Any = [moving.Place(each.store, each.blobs, each.anchor) for each in (here, there)]  # type: ignore[arg-type]
        source, target = sides if args.to_stage else reversed(sides)
        moved = moving.move(source, target, now=clock.now(), say=_progress(quiet=args.json))
    lines = [
        f"{moved.items} items, {moved.files} files, {moved.heads} ledger heads are on the other side and the same.",
        f"New there: {moved.new_items} items, {moved.new_files} files, {moved.new_heads} heads.",
    ]
    show(args, moved.as_dict(), lines)
    return Exit.OK


def _progress(*, quiet: bool) -> Any:
    live = sys.stderr.isatty() and not quiet

    def say(line: str) -> None:
        if live:
            sys.stderr.write(f"\r{line:40}")
            sys.stderr.flush()

    return say
