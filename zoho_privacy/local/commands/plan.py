"""`zoho-privacy plan show CASE`: what would be written, what stays, and why; `same` and `other` answer its question."""

import argparse
from typing import Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show, table

TEXT: Final = """Shows the plan of a deletion case: every intended write in order, what stays and why, the cost in API
credits, and the hash to approve.

  zoho-privacy plan show 5127

A plan leaves alone what may be the same person under another address, until somebody looks and says so. Then a new
plan is made, which another person approves:

  zoho-privacy plan same 5127 --contact 417000000123001 --as 417000000009001
  zoho-privacy plan other 5127 --contact 417000000123001 --as 417000000009001"""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "plan", run, summary="show the plan of a case, answer what it asks", text=TEXT)
    parser.add_argument("action", choices=("show", "same", "other"))
    parser.add_argument("case", help="a case id or ticket number")
    parser.add_argument("--contact", metavar="ID", help="the record that may be a duplicate, for same and other")
    parser.add_argument("--as", dest="agent", metavar="AGENT", help="your agent id in Desk, for same and other")


def run(args: argparse.Namespace) -> int:
    """Print the plan; exit status 1 where there is none yet."""
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once
    from zoho_privacy.local import lookup, overview  # noqa: PLC0415
    from zoho_privacy.workflows import casebook, erasure  # noqa: PLC0415

    app = app_of(args)
    case = lookup.case_of(app, args.case)
    if args.action != "show":
        if not (args.contact and args.agent):
            raise BadInput(
                f"name the record and yourself: zoho-privacy plan {args.action} CASE --contact ID --as AGENT"
            )
        same = args.action == "same"
        erasure.tell_apart(app, case.org, case.id, args.contact, same=same, who=args.agent)
        said = "the same person" if same else "another person"
        value = {"case": case.id, "contact": args.contact, "same": same}
        show(args, value, [f"Recorded: record {args.contact} is {said}. A new plan of {case.id} follows."])
        return Exit.OK
    plan = casebook.plan(app.store, case.org, case.plan_hash) if case.plan_hash else None
    if plan is None:
        show(args, None, [f"Case {case.id} has no plan yet; it is {case.state}."])
        return Exit.FOUND
    results = overview.results(app, case)
    actions = [(each.type, each.target, results.get(each.key, "planned"), each.reason) for each in plan.actions]
    kept = [(each.type, each.target, each.code, each.reason) for each in plan.kept]
    value = {**casebook.to_body(plan), "credits": plan.credits, "results": results}
    show(
        args,
        value,
        [
            f"Plan {plan.hash}",
            f"{len(actions)} writes, about {plan.credits:g} API credits; {len(kept)} records stay",
            "",
            *table(("write", "record", "result", "reason"), actions),
            "",
            *table(("kept", "record", "code", "reason"), kept),
        ],
    )
    return Exit.OK
