"""`zoho-privacy retention`: check a schedule, replay history under it, forecast its work, try it out, apply it now."""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show, table

if TYPE_CHECKING:  # --help answers at once
    from zoho_privacy.domain.retention import Schedule
    from zoho_privacy.workflows.context import App
    from zoho_privacy.workflows.retention import RetentionReport

TEXT: Final = """Applies the retention schedule: tickets whose time is up are erased or masked, the others stay, each
with its reason. A dry run shows what would happen and what it would cost, and writes nothing to Zoho Desk. A rule that
is new or changed is tried out once before it acts, also where it says live. A simulation replays all closed tickets
under two schedules and shows, per rule and month, how many either acts on. Once live rules are in force, others act
only after exactly this change, from those in force, was simulated and approved; until then nothing is written. A
forecast says when the work that is due will be done, most overdue first, within the credits that the reserve and other
integrations leave each day. Counts are what stays of deleted tickets: month, department, channel, how many.
Where a rule has an undo window (undo_days), a sealed copy of what it deletes can bring the ticket back until the window
is over: copies lists them, undo brings one back, as it was or, where Desk has it no more, written anew under a new
number. Retention leaves it alone for as many days again, time for a hold or another rule. Nobody who asked to be erased
comes back.

  zoho-privacy retention check retention.toml
  zoho-privacy retention simulate --new changed.toml --page difference.html
  zoho-privacy retention simulate --old retention.toml --new changed.toml --json
  zoho-privacy retention approve changed.toml --as 417000000009001
  zoho-privacy retention counts
  zoho-privacy retention copies
  zoho-privacy retention undo 5127 --as 417000000009001
  zoho-privacy retention forecast --others 20000
  zoho-privacy retention run --dry-run
  zoho-privacy retention run --org 60001"""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "retention", run, summary="check or apply the retention schedule", text=TEXT)
    parser.add_argument(
        "action", choices=("run", "check", "simulate", "approve", "forecast", "counts", "copies", "undo")
    )
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE|TICKET",
        help="a schedule to check (default: the shipped one) or approve (the configured); a ticket to undo",
    )
    parser.add_argument("--org", help="one portal only")
    parser.add_argument("--dry-run", action="store_true", help="everything but the writes")
    parser.add_argument("--old", type=Path, help="simulate: the schedule to leave (default: the one in force)")
    parser.add_argument("--new", type=Path, help="simulate: the schedule to compare with it")
    parser.add_argument("--page", type=Path, help="simulate: also write the difference as one HTML file with charts")
    parser.add_argument("--as", dest="agent", metavar="AGENT", help="approve, undo: your agent id in Desk")
    parser.add_argument("--others", type=float, default=0.0, help="forecast: credits a day that others use")


def run(args: argparse.Namespace) -> int:
    """Check or run; exit status 1 where a run is not finished, waits for an approval, or a write failed."""
    from zoho_privacy.adapters.retention_file import load_schedule  # noqa: PLC0415  --help answers at once

    if args.action == "check":
        schedule = load_schedule(args.file)
        data = {key: asdict(each) for key, each in schedule.data.items()}
        show(args, {"version": schedule.version, "rules": _rules(schedule), "data": data}, _schedule_lines(schedule))
        return Exit.OK
    from zoho_privacy.local import lookup  # noqa: PLC0415
    from zoho_privacy.workflows import retention  # noqa: PLC0415

    app = app_of(args)
    orgs = [lookup.org_of(app, args.org)] if args.org else sorted(app.desks)
    if args.action in ACTIONS:
        return ACTIONS[args.action](args, app, orgs)
    reports = [retention.run(app, org, app.schedule, dry_run=args.dry_run) for org in orgs]
    lines = [line for report in reports for line in report_lines(report)]
    show(args, [report.as_dict() for report in reports], lines)
    fine = all(report.finished and not report.failed and not report.waits for report in reports)
    return Exit.OK if fine else Exit.FOUND


def _simulate(args: argparse.Namespace, app: "App", orgs: Sequence[str]) -> int:
    """Show the difference; exit status 1 where there is one."""
    from zoho_privacy.adapters.retention_file import load_schedule  # noqa: PLC0415
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415
    from zoho_privacy.domain.simulate import simulate, together  # noqa: PLC0415
    from zoho_privacy.local.simulation_page import page  # noqa: PLC0415
    from zoho_privacy.workflows import schedules  # noqa: PLC0415
    from zoho_privacy.workflows.retention import history, pasts  # noqa: PLC0415

    if args.new is None:
        raise BadInput("say which schedule to try: --new FILE")
    new, by_org = load_schedule(args.new), []
    for org in orgs:
        old = load_schedule(args.old) if args.old else schedules.in_force(app, org) or app.schedule
        both = (old, new)
        tickets, people = history(app, org, both), pasts(app, org, both)
        by_org.append(simulate(tickets, old, new, until=app.clock.now(), people=people))
        schedules.simulated(app, org, old, new, by_org[-1])
    found = together(by_org)
    if args.page:
        args.page.write_text(page(found), "utf-8")
    rows = [
        (rule, month, was, will, f"{will - was:+d}")
        for rule, month in found.cells
        for was, will in [(found.old.get((rule, month), 0), found.new.get((rule, month), 0))]
    ]
    also = f" and {found.people} records of people" if found.people else ""
    heading = f"{found.tickets} closed tickets{also} replayed; records acted on:"
    show(args, found.as_dict(), [heading, "", *table(("rule", "month", "old", "new", "difference"), rows)])
    return Exit.OK if found.old == found.new else Exit.FOUND


def _approve(args: argparse.Namespace, app: "App", orgs: Sequence[str]) -> int:
    """Let a simulated change act, in every portal named."""
    from zoho_privacy.adapters.retention_file import load_schedule  # noqa: PLC0415
    from zoho_privacy.workflows import schedules  # noqa: PLC0415

    new, names = load_schedule(args.file) if args.file else app.schedule, {}
    for org in orgs:
        _known_agent(args, app, org)
        names[org] = schedules.approve(app, org, new, who=args.agent)
    show(args, names, [f"Portal {org}: the change {name} is approved" for org, name in names.items()])
    return Exit.OK


def _known_agent(args: argparse.Namespace, app: "App", org: str) -> None:
    """Raise BadInput where --as names nobody who works in the portal."""
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415

    if args.agent not in {agent.id for agent in app.desks[org].read.agents() if agent.active}:
        raise BadInput(f"portal {org} has no active agent of this id: say who you are with --as AGENT")


def _copies(args: argparse.Namespace, app: "App", orgs: Sequence[str]) -> int:
    """Show which deleted tickets can be brought back."""
    from zoho_privacy.workflows import undo  # noqa: PLC0415

    rows = [
        {
            "org": org,
            "ticket": each.ticket_id,
            "number": each.number,
            "rule": each.rule,
            "until": f"{each.until:%Y-%m-%d}",
        }
        for org in orgs
        for each in undo.living(app, org)
        if each.phase in {undo.SEALED, undo.UNDOING}
    ]
    heads = ("org", "ticket", "number", "rule", "until")
    show(args, rows, table(heads, [[row[name] for name in heads] for row in rows]))
    return Exit.OK


def _undo(args: argparse.Namespace, app: "App", orgs: Sequence[str]) -> int:
    """Bring a deleted ticket back."""
    from zoho_privacy.domain.errors import BadInput, NotFound  # noqa: PLC0415
    from zoho_privacy.workflows import undo  # noqa: PLC0415

    if args.file is None:
        raise BadInput("say which ticket to bring back, by number or id: zoho-privacy retention copies")
    name = str(args.file).removeprefix("#")
    found = [(org, each) for org in orgs if (each := undo.named(app, org, name))]
    if len(found) != 1:
        raise NotFound(f"no sealed copy of ticket {name}, or several; `zoho-privacy retention copies` shows all")
    ((org, ticket_id),) = found
    if args.agent:
        _known_agent(args, app, org)
    who = f"agent:{args.agent}" if args.agent else "operator"
    with app.desks[org].credits.flow("retention"):
        back = undo.bring_back(app, org, ticket_id, who=who)
    how = "out of the recycle bin" if back.how == "restored" else f"written anew as ticket {back.number}"
    left = f"; {back.left} files were too large to be kept" if back.left else ""
    left += (
        f"; its redacted copy, ticket {back.beside}, stays: somebody wrote on it or a hold keeps it"
        if back.beside
        else ""
    )
    line = f"Ticket {name} is back, {how}{left}. Retention leaves it alone until {back.spared_until:%Y-%m-%d}."
    data = {"org": org, "ticket": back.ticket_id, "number": back.number, "how": back.how, "left": back.left,
            "beside": back.beside, "spared_until": back.spared_until.isoformat()}  # fmt: skip
    show(args, data, [line])
    return Exit.OK


def _counts(args: argparse.Namespace, app: "App", orgs: Sequence[str]) -> int:
    """Show what stays of deleted tickets."""
    from zoho_privacy.workflows import skeletons  # noqa: PLC0415

    rows = [{"org": org, **row} for org in orgs for row in skeletons.counts(app, org)]
    heads = ("org", "month", "department", "channel", "tickets", "median_days", "messages")
    show(args, rows, table([name.replace("_", " ") for name in heads], [[row[name] for name in heads] for row in rows]))
    return Exit.OK


def _forecast(args: argparse.Namespace, app: "App", orgs: Sequence[str]) -> int:
    from zoho_privacy.workflows.retention import predict  # noqa: PLC0415

    found = {org: predict(app, org, app.schedule, others=args.others) for org in orgs}
    lines = [
        f"Portal {org}: {each.tickets} tickets are due for about {each.credits:g} credits, {each.daily:g} a day; "
        + (f"done on {each.finish}" if each.finish else "not done within ten years")
        + (f"; the most overdue since {each.oldest}" if each.oldest else "")
        for org, each in found.items()
    ]
    show(args, {org: each.as_dict() for org, each in found.items()}, lines)
    return Exit.OK if all(each.finish for each in found.values()) else Exit.FOUND


ACTIONS: Final = {
    "simulate": _simulate,
    "approve": _approve,
    "forecast": _forecast,
    "counts": _counts,
    "copies": _copies,
    "undo": _undo,
}


def report_lines(report: "RetentionReport") -> Iterable[str]:
    """Return a report as people read it: the line, per rule, why the rest stays, the cost."""
    yield f"Portal {report.org}: {report.summary()}"
    yield ""
    rows = [
        (rule, count.mode, count.due, count.done, count.skipped, count.failed) for rule, count in report.rules.items()
    ]
    yield from table(("rule", "mode", "tickets due", "done", "skipped", "failed"), rows)
    yield ""
    yield from table(("left alone because", "tickets"), sorted(report.skips.items()))
    if report.people:
        yield ""
        yield from table(("records of people", "people"), sorted(report.people.items()))
    if report.outcomes:
        yield ""
        yield from table(("write ended with", "writes"), sorted(report.outcomes.items()))
    yield ""
    yield f"API credits: about {report.credits_estimated:g} for the writes, {report.credits_spent:g} spent by this run"
    yield from (f"Plan: {name}" for name in report.plans)


def _rules(schedule: "Schedule") -> list[dict[str, Any]]:
    from zoho_privacy.domain.retention import SELECTORS  # noqa: PLC0415

    return [
        {"id": each.id, "clause": each.clause, "action": each.action, "start": each.start, "days": each.period_days,
         "mode": each.mode, "basis": each.basis, "reason": each.reason,
         **{name: sorted(getattr(each, name)) for name in SELECTORS if getattr(each, name)}}
        for each in schedule.rules
    ]  # fmt: skip


def _schedule_lines(schedule: "Schedule") -> Iterable[str]:
    rows = [
        (each.id, each.clause, each.action, each.period_days or "-", each.start, each.mode, each.reason)
        for each in schedule.rules
    ]
    yield f"The schedule is sound: {len(rows)} rules, version {schedule.version[:12]}"
    yield ""
    yield from table(("rule", "clause", "action", "days", "from", "mode", "reason"), rows)
    yield ""
    periods = [(key, each.clause, each.basis, each.period_days, each.start, each.reason)
               for key, each in schedule.data.items()]  # fmt: skip
    yield from table(("category of data", "clause", "basis", "days", "from", "reason"), periods)
