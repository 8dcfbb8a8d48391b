"""`zoho-privacy why TICKET`: what was understood, which rules apply, what was done for which reason, what is next."""

import argparse
from typing import Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show, table

TEXT: Final = """Explains the cases of a ticket: kind, law, article and clause, how the date came about, each step with
the requirement and policy clause behind it, and what comes next. No names, no words of the customer.

  zoho-privacy why 5127                   by ticket number, ticket id or case id"""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "why", run, summary="explain what happened on a ticket, and why", text=TEXT)
    parser.add_argument("ticket", help="a ticket's number or id, or a case id")


def run(args: argparse.Namespace) -> int:
    """Explain."""
    from zoho_privacy.local import explain  # noqa: PLC0415  --help answers at once

    app = app_of(args)
    told = [explain.explain(app, case) for case in explain.cases_of(app, args.ticket)]
    show(args, told, [line for each in told for line in _lines(each)])
    return Exit.OK


def _lines(told: dict[str, Any]) -> list[str]:
    rows = [
        (s["at"], s["who"], s["what"], s["result"], " ".join([s["why"], *(f"[{c}]" for c in s["clauses"])]))
        for s in told["steps"]
    ]
    return [
        f"Case {told['case']} on ticket #{told['ticket']}",
        f"  asks for    {told['kind']} (confidence {told['confidence']:.2f})",
        f"  law         {told['law']}: {'; '.join(told['articles'])}",
        f"  policy      {', '.join(told['clauses'])}; version {told['policy_version'] or 'not recorded'}",
        f"  rule        {told['rule']}",
        f"  due         {told['due']}",
        *(f"              {why}" for why in told["due_why"]),
        "",
        *table(("when", "who", "what", "result", "why"), rows),
        "",
        f"It is {told['state']}{': ' + told['reason'] if told['reason'] else ''}. Next: {told['next']}.",
        "",
    ]
