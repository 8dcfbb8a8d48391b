"""`zoho-privacy why TICKET`: what was understood, which rules apply, what was done for which reason, what is next."""

import argparse
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show, table

if TYPE_CHECKING:  # --help answers at once
    from zoho_privacy.workflows.context import App

TEXT: Final = """Explains a ticket. Its cases: kind, law, article and clause, how the date came about, each step with
the requirement and clause behind it, and what comes next. Its data: erased, masked, rewritten, held or kept, by which
rule, clause and article; and what the retention schedule says of it, for which Desk is asked. No names, no words of
the customer.

  zoho-privacy why 5127                   by ticket number, ticket id or case id
  zoho-privacy why 417000000312007 --json

Numbers of tickets that are gone are known from their plans. Exit status 2 where nothing is known."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "why", run, summary="explain what happened on a ticket, and why", text=TEXT)
    parser.add_argument("ticket", help="a ticket's number or id, or a case id")


def run(args: argparse.Namespace) -> int:
    """Explain."""
    from zoho_privacy.domain.errors import NotFound  # noqa: PLC0415  --help answers at once

    told = explained(app_of(args), args.ticket)
    if not any(told.values()):
        raise NotFound(f"nothing is known of {args.ticket}; `zoho-privacy cases list --all` shows all cases")
    lines = [line for each in told["cases"] for line in _case(each)]
    show(args, told, [*lines, *(line for each in told["tickets"] for line in _ticket(each))])
    return Exit.OK


def explained(app: "App", name: str) -> dict[str, list[dict[str, Any]]]:
    """Return the cases and the tickets that a name stands for, each with its reasons."""
    from zoho_privacy.local import fate, lookup  # noqa: PLC0415  --help answers at once
    from zoho_privacy.workflows import explain  # noqa: PLC0415

    cases = lookup.cases_of(app, name)
    tickets = dict.fromkeys((case.org, case.ticket_id) for case in cases) or fate.ids_of(app, name)
    return {
        "cases": [explain.explain(app, case) for case in cases],
        "tickets": [fate.fate(app, org, ticket_id) for org, ticket_id in tickets],
    }


def _case(told: dict[str, Any]) -> list[str]:
    rows = [(s["at"], s["who"], s["what"], s["result"], " ".join([s["why"], *_marked(s)])) for s in told["steps"]]
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


def _ticket(told: dict[str, Any]) -> Iterator[str]:
    until = f"; it can be brought back until {told['until'][:10]}" if "until" in told else ""
    yield f"Ticket {told['ticket']}: {told['state']}{until}"
    for each in told["acts"]:
        ended = " ".join(filter(None, (each["result"], each["code"])))
        yield f"  {each['what']}: {ended} {each['at'][:16]}".rstrip()
        yield from _because(each, f"rule {each['rule']}, for {each['for']}")
    for each in told["kept"]:
        yield f"  kept: {each['code']}"
        yield from _because(each, f"for {each['for']}")
    for each in told["holds"]:
        yield f"  held by {each['hold']}, owner {each['owner']}, review {each['review']}"
        yield from _because(each)
    yield from (
        f"  {name.replace('_', ' ')}: {told[name]}" for name in ("copy", "is_copy", "brought_back") if name in told
    )
    if said := told["schedule"]:
        yield f"  the schedule says: {said['code']}"
        rule = f"rule {said['rule']}, {said['period']}, {said['basis']}" if "rule" in said else ""
        yield from _because(said, rule)


def _because(told: dict[str, Any], *more: str) -> Iterator[str]:
    yield from (f"      {text}" for text in (told.get("reason", ""), *more) if text)
    cites = [*told["clauses"], *told["articles"]]
    if cites:
        yield f"      {'; '.join(cites)}"


def _marked(step: dict[str, Any]) -> Iterable[str]:
    return (f"[{name}]" for name in (*step["clauses"], *step["articles"]))
