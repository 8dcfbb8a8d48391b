"""`zoho-privacy dead-letters`: what rests after its last attempt."""

import argparse
from collections.abc import Sequence
from typing import Any, Final

from zoho_privacy.local.console import Exit, app_of, command, complain, show, table

TEXT: Final = """Work that failed too often and deliveries that could not be read rest here until somebody decides.

  zoho-privacy dead-letters list              on AWS: --stage prod, which shows messages of its queues too
  zoho-privacy dead-letters replay ID         or --all
  zoho-privacy dead-letters drop ID --reason "a test of ours" --as 417000000009001

The reason goes into the ledger: name nobody in it. Exit status 1 where letters rest, or a replay changed nothing."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "dead-letters", run, summary="list, replay and drop dead letters", text=TEXT)
    parser.add_argument("action", choices=("list", "replay", "drop"))
    parser.add_argument("letter", nargs="?", help="a dead letter's id")
    parser.add_argument("--all", action="store_true", help="replay all of them")
    parser.add_argument("--reason", default="", help="why it may be dropped, naming nobody")
    parser.add_argument("--as", dest="agent", metavar="AGENT", help="your agent id in Desk, for drop")


def run(args: argparse.Namespace) -> int:
    """List, replay or drop."""
    if args.action == "list":
        return _list(args)
    return _replay(args) if args.action == "replay" else _drop(args)


def _list(args: argparse.Namespace) -> int:
    from zoho_privacy.workflows import dead_letters  # noqa: PLC0415  --help answers at once

    found = list(dead_letters.every(app_of(args)))
    messages = _messages(args, keep=False)
    value = [{"org": item.org, "id": item.id, **{k: v for k, v in item.body.items() if k != "body"}} for item in found]
    rows = [(item.id, item.org, item.body["table"], item.body["buried"][:16], item.body["reason"]) for item in found]
    for each in messages:
        since, why = each.since.isoformat(), f"tried {each.tries} times"
        value.append({"org": "", "id": each.id, "table": each.home, "buried": since, "reason": why})
        rows.append((each.id, "", f"queue {each.home}".strip(), since[:16], why))
    show(args, value, table(("dead letter", "portal", "queue", "since", "reason"), rows))
    return Exit.FOUND if found or messages else Exit.OK


def _messages(args: argparse.Namespace, *, keep: bool) -> Sequence[Any]:
    """Return the messages that rest in a stage's own queue; on one machine there are none."""
    if not args.stage:
        return ()
    from zoho_privacy.local.aws import remote  # noqa: PLC0415  one machine has no such library

    letters: Sequence[Any] = remote.resting().letters(keep=keep)
    return letters


def _replay(args: argparse.Namespace) -> int:
    from zoho_privacy.adapters.desk import deliveries  # noqa: PLC0415  --help answers at once
    from zoho_privacy.domain.errors import BadInput, Conflict  # noqa: PLC0415
    from zoho_privacy.workflows import dead_letters  # noqa: PLC0415
    from zoho_privacy.workflows.arrivals import Hint, Unreadable  # noqa: PLC0415

    def read(body: bytes) -> tuple[Sequence[Hint], Sequence[Unreadable]]:
        delivery = deliveries.read(body)
        return delivery.hints, delivery.unreadable

    if not (args.letter or args.all):
        raise BadInput("name a dead letter, or say --all")
    app = app_of(args)
    messages = [each for each in _messages(args, keep=True) if args.all or each.id == args.letter]
    chosen = list(dead_letters.every(app)) if args.all else []
    if not (args.all or messages):
        chosen = [dead_letters.find(app, args.letter)]
    stuck = _sent_back(messages)
    for item in chosen:
        try:
            if not dead_letters.replay(app, item, read):
                stuck.append(item.id)
        except Conflict:
            complain(f"{item.id}: the same work waits already, or somebody else was faster")
            stuck.append(item.id)
    value = {"replayed": len(chosen) + len(messages) - len(stuck), "stuck": stuck}
    show(args, value, [f"{value['replayed']} put back, {len(stuck)} as before."])
    return Exit.FOUND if stuck else Exit.OK


def _sent_back(messages: Sequence[Any]) -> list[str]:
    """Send messages of a stage back to their queues; return the ids of those that nobody can place."""
    if not messages:
        return []
    from zoho_privacy.local.aws import remote  # noqa: PLC0415  one machine has no such library

    resting = remote.resting()
    return [each.id for each in messages if not resting.back(each)]


def _drop(args: argparse.Namespace) -> int:
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once
    from zoho_privacy.workflows import dead_letters  # noqa: PLC0415

    if not (args.letter and args.agent):
        raise BadInput("name the dead letter and yourself: dead-letters drop ID --reason WHY --as AGENT")
    app = app_of(args)
    dead_letters.drop(app, dead_letters.find(app, args.letter), who=f"agent:{args.agent}", reason=args.reason)
    show(args, {"dropped": args.letter}, [f"{args.letter} is dropped; the ledger says why."])
    return Exit.OK
