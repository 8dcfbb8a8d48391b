"""`zoho-privacy breach`: an alert with the moment of awareness; whom to tell stays a person's decision."""

import argparse
from datetime import datetime
from typing import Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show, table

TEXT: Final = """Raises the alert for a breach, shows what time has run since somebody knew, and notes its end. A
mis-sent export is revoked at once; whom it concerned is told by `zoho-privacy export concerned`. Nothing is sent to
anybody: whether people or an authority must be told, and how, is decided with counsel. Hours shown are information.

  zoho-privacy breach raise 7f21... --aware 2026-03-02T09:15+00:00 --as 417000000009001 --reason "wrong recipient"
  zoho-privacy breach list
  zoho-privacy breach close 5a7c... --as 417000000009001 --reason "authority told, file 2026-031"

WHAT is an export's id, or the name of the file in which another incident is kept. Reasons go into the ledger: name
nobody in them. An open breach is red in `zoho-privacy doctor` and an alarm each day. Exit status 1 while one is
open."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "breach", run, summary="raise, list and close alerts for a breach", text=TEXT)
    parser.add_argument("action", choices=("raise", "list", "close"))
    parser.add_argument("what", nargs="?", metavar="WHAT", help="for raise; for close, the id of the breach")
    parser.add_argument("--org", help="the portal, where there are several")
    parser.add_argument("--aware", type=_moment, metavar="TIME", help="when somebody knew, with zone; now otherwise")
    parser.add_argument("--as", dest="agent", metavar="AGENT", help="your agent id in Desk")
    parser.add_argument("--reason", default="", help="what happened, or what was decided, naming nobody")


def run(args: argparse.Namespace) -> int:
    """Raise, list or close."""
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once
    from zoho_privacy.local import lookup  # noqa: PLC0415
    from zoho_privacy.workflows import breaches, casebook  # noqa: PLC0415

    app = app_of(args)
    if args.action != "list":
        if not (args.what and args.agent and args.reason.strip()):
            raise BadInput(f"say what, who and why: zoho-privacy breach {args.action} WHAT --as AGENT --reason WHY")
        org, who = lookup.org_of(app, args.org), f"agent:{args.agent}"
        if args.action == "raise":
            aware = args.aware or app.clock.now()
            breaches.raise_alert(app, org, args.what, aware=aware, who=who, reason=args.reason)
        else:
            breaches.close(app, org, args.what, who=who, reason=args.reason)
    now = app.clock.now()
    found = [each for org in sorted(app.desks) for each in breaches.every(app, org)]
    rows = [(each.id, each.what, f"{each.aware:%Y-%m-%d %H:%M}", breaches.told(app.rules, each, now)) for each in found]
    value = [{**casebook.to_body(each), "told": row[3]} for each, row in zip(found, rows, strict=True)]
    show(args, value, table(("breach", "about", "known since (UTC)", "for information"), rows))
    return Exit.FOUND if any(each.closed is None for each in found) else Exit.OK


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise argparse.ArgumentTypeError("write the moment with its zone, as 2026-03-02T09:15+00:00")
    return found
