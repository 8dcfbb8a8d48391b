"""`zoho-privacy hold`: legal holds."""

import argparse
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show, table

if TYPE_CHECKING:
    from zoho_privacy.domain.model import Hold
    from zoho_privacy.workflows.holds import Order

TEXT: Final = """A legal hold keeps records from every erasure until it is lifted. Matter, owner and reason go into the
records: name a file, a role and a ground, never a person.

A hold names tickets and contacts, or says which it covers: those with a tag, or those that meet every condition of a
query (organisation, department, category, day of creation, words of the subject). Later matches join by themselves.

  zoho-privacy hold add --matter "2026-014" --owner "general counsel" --reason "pending claim" --ticket 417000000123001
  zoho-privacy hold add --matter "2026-015" --owner "general counsel" --reason "audit" --account 417000000456001 \\
      --created-from 2025-01-01 --created-until 2025-06-30
  zoho-privacy hold list
  zoho-privacy hold review 5a7c... --review 2027-01-31 --as 417000000009001    still needed: look again by then
  zoho-privacy hold lift 5a7c... --as 417000000009001    shows what waited; it keeps everything 7 more days

`list` exits with 1 where a hold is past its review date."""
QUERY: Final = (
    ("--account", "the tickets and contacts of an organisation, by id"),
    ("--department", "the tickets of a department, by id"),
    ("--category", "the tickets of a category"),
)


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "hold", run, summary="add, list, review and lift legal holds", text=TEXT)
    parser.add_argument("action", choices=("add", "list", "review", "lift"))
    parser.add_argument("hold", nargs="?", help="a hold's id, for review and lift")
    parser.add_argument("--org", help="the portal, where there are several")
    parser.add_argument("--matter", default="", help="the file the hold belongs to")
    parser.add_argument("--owner", default="", help="the role that answers for it")
    parser.add_argument("--reason", default="", help="the ground")
    parser.add_argument("--ticket", action="append", default=[], metavar="ID", help="a ticket it covers; repeatable")
    parser.add_argument("--contact", action="append", default=[], metavar="ID", help="a contact it covers; repeatable")
    parser.add_argument("--tag", help="it also covers every ticket with this tag, later ones included")
    for name, text in QUERY:
        parser.add_argument(name, action="append", default=[], help=f"query: {text}; repeatable")
    parser.add_argument("--created-from", type=date.fromisoformat, metavar="DATE", help="query: created on or after")
    parser.add_argument("--created-until", type=date.fromisoformat, metavar="DATE", help="query: created on or before")
    parser.add_argument("--words", default="", help="query: these words stand in the subject")
    parser.add_argument("--review", type=date.fromisoformat, metavar="DATE", help="when to review it (in 180 days)")
    parser.add_argument("--as", dest="agent", metavar="AGENT", help="your agent id in Desk, for review and lift")


def run(args: argparse.Namespace) -> int:
    """Add, list, review or lift."""
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once
    from zoho_privacy.local import lookup  # noqa: PLC0415
    from zoho_privacy.workflows import casebook, holds  # noqa: PLC0415

    app = app_of(args)
    if args.action == "list":
        found = [(org, hold) for org in sorted(app.desks) for hold in casebook.holds(app.store, org)]
        value = [{"org": org, **holds.body(hold)} for org, hold in found]
        show(args, value, table(HEADS, [_row(org, hold) for org, hold in found]))
        today = app.clock.now().date()
        return Exit.FOUND if any(hold.review <= today and hold.ends is None for _, hold in found) else Exit.OK
    org = lookup.org_of(app, args.org)
    if args.action == "add":
        placed = holds.place(app, org, _order(args))
        show(args, holds.body(placed), [f"Hold {placed.id} is in force; review it by {placed.review}."])
        return Exit.OK
    if not (args.hold and args.agent):
        raise BadInput(f"name the hold and yourself: zoho-privacy hold {args.action} HOLD --as AGENT")
    if args.action == "review":
        if args.review is None:
            raise BadInput("say when to look again: zoho-privacy hold review HOLD --review DATE --as AGENT")
        kept = holds.review(app, org, args.hold, until=args.review, who=args.agent)
        show(args, holds.body(kept), [f"Hold {kept.id} stays in force; review it by {kept.review}."])
        return Exit.OK
    lifted = holds.lift(app, org, args.hold, who=args.agent)
    value_of = {"hold": args.hold, "lifted": True, "ends": lifted.ends.isoformat(), "waiting": list(lifted.waiting)}
    show(args, value_of, _told(args.hold, lifted.ends, lifted.waiting))
    return Exit.OK


HEADS: Final = ("hold", "portal", "matter", "owner", "review", "tickets", "contacts", "tag", "query", "ends")


def _row(org: str, hold: "Hold") -> tuple[Any, ...]:
    covers = (len(hold.ticket_ids), len(hold.contact_ids), hold.tag or "", "yes" if hold.query else "")
    return (hold.id, org, hold.matter, hold.owner, hold.review, *covers, hold.ends or "")


def _order(args: argparse.Namespace) -> "Order":
    from zoho_privacy.domain.model import HoldQuery  # noqa: PLC0415
    from zoho_privacy.workflows.holds import Order  # noqa: PLC0415

    query = HoldQuery(
        frozenset(args.account),
        frozenset(args.department),
        frozenset(args.category),
        args.created_from,
        args.created_until,
        args.words,
    )
    tickets, contacts = frozenset(args.ticket), frozenset(args.contact)
    return Order(args.matter, args.owner, args.reason, tickets, contacts, args.tag, args.review, query)


def _told(hold_id: str, ends: date, waiting: Iterable[str]) -> list[str]:
    lines = [f"Hold {hold_id} is lifted. It keeps everything until {ends}; a new hold of the matter is possible then."]
    lines += [f"Planned anew on that day, and to be approved: {case_id}" for case_id in waiting]
    return lines
