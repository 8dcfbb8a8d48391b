"""`zoho-privacy hold`: legal holds."""

import argparse
from datetime import date
from typing import Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show, table

TEXT: Final = """A legal hold keeps records from every erasure until it is lifted. Matter, owner and reason go into the
records: name a file, a role and a ground, never a person.

  zoho-privacy hold add --matter "2026-014" --owner "general counsel" --reason "pending claim" --ticket 417000000123001
  zoho-privacy hold list
  zoho-privacy hold lift 5a7c... --as 417000000009001"""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "hold", run, summary="add, list and lift legal holds", text=TEXT)
    parser.add_argument("action", choices=("add", "list", "lift"))
    parser.add_argument("hold", nargs="?", help="a hold's id, for lift")
    parser.add_argument("--org", help="the portal, where there are several")
    parser.add_argument("--matter", default="", help="the file the hold belongs to")
    parser.add_argument("--owner", default="", help="the role that answers for it")
    parser.add_argument("--reason", default="", help="the ground")
    parser.add_argument("--ticket", action="append", default=[], metavar="ID", help="a ticket it covers; repeatable")
    parser.add_argument("--contact", action="append", default=[], metavar="ID", help="a contact it covers; repeatable")
    parser.add_argument("--tag", help="it also covers every ticket with this tag, later ones included")
    parser.add_argument("--review", type=date.fromisoformat, metavar="DATE", help="when to review it (in 180 days)")
    parser.add_argument("--as", dest="agent", metavar="AGENT", help="your agent id in Desk, for lift")


def run(args: argparse.Namespace) -> int:
    """Add, list or lift."""
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once
    from zoho_privacy.local import lookup  # noqa: PLC0415
    from zoho_privacy.workflows import casebook, holds  # noqa: PLC0415

    app = app_of(args)
    if args.action == "list":
        found = [(org, hold) for org in sorted(app.desks) for hold in casebook.holds(app.store, org)]
        rows = [
            (
                hold.id,
                org,
                hold.matter,
                hold.owner,
                hold.review,
                len(hold.ticket_ids),
                len(hold.contact_ids),
                hold.tag or "",
            )
            for org, hold in found
        ]
        heads = ("hold", "portal", "matter", "owner", "review", "tickets", "contacts", "tag")
        show(args, [{"org": org, **casebook.to_body(hold)} for org, hold in found], table(heads, rows))
        return Exit.OK
    org = lookup.org_of(app, args.org)
    if args.action == "add":
        order = holds.Order(
            args.matter, args.owner, args.reason, frozenset(args.ticket), frozenset(args.contact), args.tag, args.review
        )
        placed = holds.place(app, org, order)
        show(args, dict(casebook.to_body(placed)), [f"Hold {placed.id} is in force; review it by {placed.review}."])
        return Exit.OK
    if not (args.hold and args.agent):
        raise BadInput("name the hold and yourself: zoho-privacy hold lift HOLD --as AGENT")
    holds.lift(app, org, args.hold, who=args.agent)
    show(args, {"hold": args.hold, "lifted": True}, [f"Hold {args.hold} is lifted."])
    return Exit.OK
