"""`zoho-privacy consent`: consents as people record them, and their end."""

import argparse
from datetime import datetime
from typing import Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show, table

TEXT: Final = """Records that a person agreed to something: what for, when, under which wording, where the proof is.
Only a person records a consent; a ticket, a visit or a policy read is none. Withdrawing takes one step, as giving did:
a mail that says so is enough, or `withdraw`. What was done before stays as it was.

  zoho-privacy consent add 417000000042001 --purpose newsletter --given 2026-03-02T09:15+00:00 \\
      --wording 2026-01 --proof "form 5127" --as 417000000009001
  zoho-privacy consent list 417000000042001
  zoho-privacy consent withdraw 5a7c... --as 417000000009001

The person is named by the id of the contact in Desk; purpose, wording and proof go into the ledger: name nobody."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "consent", run, summary="record, list and withdraw consents", text=TEXT)
    parser.add_argument("action", choices=("add", "list", "withdraw"))
    parser.add_argument("target", metavar="CONTACT|CONSENT", help="the contact's id; for withdraw, the consent's")
    parser.add_argument("--org", help="the portal, where there are several")
    parser.add_argument("--purpose", default="", help="what it is for")
    parser.add_argument("--given", type=_moment, metavar="TIME", help="when, with zone; now otherwise")
    parser.add_argument("--wording", default="", help="version of the text that was agreed to")
    parser.add_argument("--proof", default="", help="where the act is recorded")
    parser.add_argument("--as", dest="agent", metavar="AGENT", help="your agent id in Desk")


def run(args: argparse.Namespace) -> int:
    """Record, list or withdraw."""
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once
    from zoho_privacy.local import lookup  # noqa: PLC0415
    from zoho_privacy.workflows import casebook, consents  # noqa: PLC0415

    app = app_of(args)
    org, who, now = lookup.org_of(app, args.org), f"agent:{args.agent}", app.clock.now()
    contact = args.target
    if args.action != "list" and not args.agent:
        raise BadInput(f"say who: zoho-privacy consent {args.action} ... --as AGENT")
    if args.action == "add":
        given = args.given or now
        consents.record(
            app, org, consents.Consent(org, "", contact, args.purpose, given, args.wording, args.proof, who)
        )
    elif args.action == "withdraw":
        contact = consents.withdraw(app, org, args.target, who=who).contact_id
    found = consents.of(app, org, contact)
    rows = [
        (
            each.id,
            each.purpose,
            f"{each.given:%Y-%m-%d %H:%M}",
            each.wording,
            each.proof,
            _said(consents.ended(app, each)),
        )
        for each in found
    ]
    value = [{**casebook.to_body(each), "in_force": consents.in_force(app, each, now)} for each in found]
    show(args, value, table(("consent", "for", "given (UTC)", "wording", "proof", "until"), rows))
    return Exit.OK


def _said(end: datetime | None) -> str:
    return f"{end:%Y-%m-%d %H:%M}" if end else "in force"


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise argparse.ArgumentTypeError("write the moment with its zone, as 2026-03-02T09:15+00:00")
    return found
