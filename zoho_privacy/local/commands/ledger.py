"""`zoho-privacy ledger`: checking the chain of evidence, and reading a case's part of it."""

import argparse
from typing import Any, Final

from zoho_privacy.local.console import Exit, app_of, command, settings_of, show, table

TEXT: Final = """Every step of every case is an entry in a chain of hashes; nothing in it names a person.

  zoho-privacy ledger verify            recompute the chain and compare it with the heads left outside
  zoho-privacy ledger show 5127

What `verify` cannot show: that an entry was true when it was written, and, for the time since the last head was left
outside, that the end was not cut. Exit status 4 where anything does not hold."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "ledger", run, summary="verify the chain of evidence, show a case's steps", text=TEXT)
    parser.add_argument("action", choices=("verify", "show"))
    parser.add_argument("case", nargs="?", help="a case id or ticket number, for show")


def run(args: argparse.Namespace) -> int:
    """Verify or show."""
    return _verify(args) if args.action == "verify" else _show(args)


def _verify(args: argparse.Namespace) -> int:
    from zoho_privacy import bootstrap  # noqa: PLC0415  --help answers at once
    from zoho_privacy.workflows import ledger  # noqa: PLC0415

    settings = settings_of(args)
    app, anchors = bootstrap.build(settings), bootstrap.anchor(settings)
    value, lines = [], []
    for org in sorted(app.desks):
        head = ledger.head(app.store, org)
        left = anchors.heads(org)
        problems = ledger.verify_all(app.store, org, left)
        entries = head.sequence if head else 0
        purged = ledger.purged_through(app.store, org)
        faults = [{"entry": each.sequence, "fault": each.fault.value} for each in problems]
        value.append({"org": org, "entries": entries, "purged": purged, "heads_outside": len(left), "problems": faults})
        lines.append(
            f"{org}: {entries} entries{f', up to {purged} purged' if purged else ''}, {len(left)} heads left outside, "
            f"{len(problems)} problems"
        )
        lines += [f"  entry {each['entry']}: {each['fault']}" for each in faults]
    show(args, value, lines)
    return Exit.PERSON_NEEDED if any(each["problems"] for each in value) else Exit.OK


def _show(args: argparse.Namespace) -> int:
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once
    from zoho_privacy.local import lookup  # noqa: PLC0415
    from zoho_privacy.workflows import casebook, ledger  # noqa: PLC0415

    if not args.case:
        raise BadInput("name the case: zoho-privacy ledger show CASE")
    app = app_of(args)
    case = lookup.case_of(app, args.case)
    steps = list(ledger.entries(app.store, case.org, case_id=case.id))
    rows = [(s.sequence, f"{s.at:%Y-%m-%d %H:%M:%S}", s.who, s.what, s.why, s.result, s.hash[:12]) for s in steps]
    heads = ("entry", "when", "who", "what", "why", "result", "hash")
    show(args, [dict(casebook.to_body(step)) for step in steps], table(heads, rows))
    return Exit.OK
