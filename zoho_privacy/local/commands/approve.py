"""`zoho-privacy approve`: a second person lets a plan run."""

import argparse
from typing import Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show

TEXT: Final = """What is approved, by its hash, is what runs. Who proposed the plan or vouched for the person may not
approve it.

  zoho-privacy plan show 5127
  zoho-privacy approve 5127 --plan 3f9a... --as 417000000009001"""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "approve", run, summary="approve the plan of a case", text=TEXT)
    parser.add_argument("case", help="a case id or ticket number")
    parser.add_argument("--plan", required=True, metavar="HASH", help="the plan's hash, at least its first 12 digits")
    parser.add_argument("--as", required=True, dest="agent", metavar="AGENT", help="your agent id in Desk")


def run(args: argparse.Namespace) -> int:
    """Approve; exit status 2 where the plan is another one or you may not."""
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once
    from zoho_privacy.local import lookup  # noqa: PLC0415
    from zoho_privacy.workflows import casebook, commands  # noqa: PLC0415

    app = app_of(args)
    case = lookup.case_of(app, args.case)
    if len(args.plan) < 12 or not args.agent.isdigit():
        raise BadInput("give at least 12 digits of the plan's hash, and your agent id in Desk")
    if args.agent not in {agent.id for agent in app.desks[case.org].read.agents() if agent.active}:
        raise BadInput("the portal has no active agent of this id")

    def make() -> casebook.Change:
        fresh = casebook.case(app.store, case.org, case.id) or case
        change = casebook.Change(app.store, case.org, app.clock.now())
        whole = fresh.plan_hash if fresh.plan_hash.startswith(args.plan) else args.plan
        commands.approve(app, change, fresh, plan_hash=whole, agent=args.agent, at=None)
        return change

    casebook.transact(make)
    show(args, {"case": case.id, "approved": True}, [f"Case {case.id} is approved; the service carries the plan out."])
    return Exit.OK
