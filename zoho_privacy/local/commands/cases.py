"""`zoho-privacy cases`: the cases, and one case with its steps."""

import argparse
from dataclasses import asdict
from typing import Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show, table

TEXT: Final = """Cases hold ids, kinds, states and dates; no names.

  zoho-privacy cases list                 those that are open, the most urgent first
  zoho-privacy cases list --all
  zoho-privacy cases show 5127            by case id, or by the ticket's number

Below the steps stands the coverage statement: each system done, exempt (why), external (whose) or still open."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "cases", run, summary="list cases, show one", text=TEXT)
    parser.add_argument("action", choices=("list", "show"))
    parser.add_argument("case", nargs="?", help="a case id or ticket number, for show")
    parser.add_argument("--all", action="store_true", help="also those that are closed")


def run(args: argparse.Namespace) -> int:
    """List or show."""
    return _show(args) if args.action == "show" else _list(args)


def _list(args: argparse.Namespace) -> int:
    from zoho_privacy.local.overview import every_case  # noqa: PLC0415  --help answers at once
    from zoho_privacy.workflows.casebook import is_open, to_body  # noqa: PLC0415
    from zoho_privacy.workflows.explain import next_step  # noqa: PLC0415

    app = app_of(args)
    found = [case for case in every_case(app) if args.all or is_open(case)]
    found.sort(key=lambda case: (not is_open(case), case.due.due, case.id))
    rows = [
        (case.id, f"#{case.ticket_number}", case.kind, case.state, case.due.due, next_step(app, case)) for case in found
    ]
    show(args, [dict(to_body(case)) for case in found], table(("case", "ticket", "kind", "state", "due", "next"), rows))
    return Exit.OK


def _show(args: argparse.Namespace) -> int:
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once
    from zoho_privacy.local import lookup, overview  # noqa: PLC0415
    from zoho_privacy.workflows import casebook, evidence, ledger  # noqa: PLC0415

    if not args.case:
        raise BadInput("name the case: zoho-privacy cases show CASE")
    app = app_of(args)
    case = lookup.case_of(app, args.case)
    steps = list(ledger.entries(app.store, case.org, case_id=case.id))
    covered = evidence.covered(app, case)
    value = {
        "case": dict(casebook.to_body(case)),
        "steps": [dict(casebook.to_body(step)) for step in steps],
        "coverage": [asdict(row) for row in covered],
    }
    rows = [(f"{step.at:%Y-%m-%d %H:%M}", step.who, step.what, step.why, step.result) for step in steps]
    lines = [*table(("", ""), overview.facts(app, case))[1:], "", *map("  ".join, ([why] for why in case.due.why)), ""]
    lines += [*table(("when", "who", "what", "why", "result"), rows), ""]
    systems = [(row.system, row.state, row.owner, row.reason) for row in covered]
    show(args, value, [f"Case {case.id}", *lines, *table(("system", "coverage", "owner", "reason"), systems)])
    return Exit.OK
