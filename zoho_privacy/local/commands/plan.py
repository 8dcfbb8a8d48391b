"""`zoho-privacy plan show CASE`: what would be written, what stays, and why."""

import argparse
from typing import Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show, table

TEXT: Final = """Shows the plan of a deletion case: every intended write in order, what stays and why, the cost in API
credits, and the hash to approve.

  zoho-privacy plan show 5127"""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "plan", run, summary="show the plan of a case", text=TEXT)
    parser.add_argument("action", choices=("show",))
    parser.add_argument("case", help="a case id or ticket number")


def run(args: argparse.Namespace) -> int:
    """Print the plan; exit status 1 where there is none yet."""
    from zoho_privacy.local import lookup, overview  # noqa: PLC0415  --help answers at once
    from zoho_privacy.workflows import casebook  # noqa: PLC0415

    app = app_of(args)
    case = lookup.case_of(app, args.case)
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
