"""`zoho-privacy retention`: check a schedule, replay history under it, forecast its work, try it out, apply it now."""

import argparse
from collections.abc import Iterable, Sequence
from itertools import chain
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
under two schedules and shows, per rule and month, how many either acts on. A forecast says when the work that is due
will be done, most overdue first, within the credits that the reserve and other integrations leave each day.

  zoho-privacy retention check retention.toml
  zoho-privacy retention simulate --old retention.toml --new changed.toml --page difference.html
  zoho-privacy retention forecast --others 20000
  zoho-privacy retention run --dry-run
  zoho-privacy retention run --org 60001"""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "retention", run, summary="check or apply the retention schedule", text=TEXT)
    parser.add_argument("action", choices=("run", "check", "simulate", "forecast"))
    parser.add_argument("file", nargs="?", type=Path, help="a schedule to check; without it the shipped one")
    parser.add_argument("--org", help="one portal only")
    parser.add_argument("--dry-run", action="store_true", help="everything but the writes")
    parser.add_argument("--old", type=Path, help="simulate: the schedule in force; without it the configured one")
    parser.add_argument("--new", type=Path, help="simulate: the schedule to compare with it")
    parser.add_argument("--page", type=Path, help="simulate: also write the difference as one HTML file with charts")
    parser.add_argument("--others", type=float, default=0.0, help="forecast: credits a day that others use")


def run(args: argparse.Namespace) -> int:
    """Check or run; exit status 1 where a run is not finished or a write failed."""
    from zoho_privacy.adapters.retention_file import load_schedule  # noqa: PLC0415  --help answers at once

    if args.action == "check":
        schedule = load_schedule(args.file)
        show(args, _rules(schedule), _schedule_lines(schedule))
        return Exit.OK
    from zoho_privacy.local import lookup  # noqa: PLC0415
    from zoho_privacy.workflows import retention  # noqa: PLC0415

    app = app_of(args)
    orgs = [lookup.org_of(app, args.org)] if args.org else sorted(app.desks)
    if args.action == "simulate":
        return _simulate(args, app, orgs)
    if args.action == "forecast":
        return _forecast(args, app, orgs)
    reports = [retention.run(app, org, app.schedule, dry_run=args.dry_run) for org in orgs]
    lines = [line for report in reports for line in report_lines(report)]
    show(args, [report.as_dict() for report in reports], lines)
    return Exit.OK if all(report.finished and not report.failed for report in reports) else Exit.FOUND


def _simulate(args: argparse.Namespace, app: "App", orgs: Sequence[str]) -> int:
    """Show the difference; exit status 1 where there is one."""
    from zoho_privacy.adapters.retention_file import load_schedule  # noqa: PLC0415
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415
    from zoho_privacy.domain.simulate import simulate  # noqa: PLC0415
    from zoho_privacy.local.simulation_page import page  # noqa: PLC0415
    from zoho_privacy.workflows.retention import history  # noqa: PLC0415

    if args.new is None:
        raise BadInput("say which schedule to try: --new FILE")
    old, new = load_schedule(args.old) if args.old else app.schedule, load_schedule(args.new)
    tickets = chain.from_iterable(history(app, org, (old, new)) for org in orgs)
    found = simulate(tickets, old, new, until=app.clock.now())
    if args.page:
        args.page.write_text(page(found), "utf-8")
    rows = [
        (rule, month, was, will, f"{will - was:+d}")
        for rule, month in found.cells
        for was, will in [(found.old.get((rule, month), 0), found.new.get((rule, month), 0))]
    ]
    heading = f"{found.tickets} closed tickets replayed; tickets acted on:"
    show(args, found.as_dict(), [heading, "", *table(("rule", "month", "old", "new", "difference"), rows)])
    return Exit.OK if found.old == found.new else Exit.FOUND


def _forecast(args: argparse.Namespace, app: "App", orgs: Sequence[str]) -> int:
    from zoho_privacy.domain.forecast import forecast, usable, work_of  # noqa: PLC0415
    from zoho_privacy.workflows.retention import history  # noqa: PLC0415

    now, found = app.clock.now(), {}
    daily = usable(app.policy.daily_credits, app.policy.credit_reserve, args.others)
    for org in orgs:
        work = work_of(history(app, org, (app.schedule,)), app.schedule, now)
        found[org] = forecast(work, today=now.date(), daily=daily)
    lines = [
        f"Portal {org}: {each.tickets} tickets are due for about {each.credits:g} credits, {each.daily:g} a day; "
        + (f"done on {each.finish}" if each.finish else "not done within ten years")
        + (f"; the most overdue since {each.oldest}" if each.oldest else "")
        for org, each in found.items()
    ]
    show(args, {org: each.as_dict() for org, each in found.items()}, lines)
    return Exit.OK if all(each.finish for each in found.values()) else Exit.FOUND


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
    if report.outcomes:
        yield ""
        yield from table(("write ended with", "writes"), sorted(report.outcomes.items()))
    yield ""
    yield f"API credits: about {report.credits_estimated:g} for the writes, {report.credits_spent:g} spent by this run"
    yield from (f"Plan: {name}" for name in report.plans)


def _rules(schedule: "Schedule") -> list[dict[str, Any]]:
    return [
        {"id": each.id, "clause": each.clause, "action": each.action, "start": each.start, "days": each.period_days,
         "mode": each.mode, "reason": each.reason}
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
