"""`zoho-privacy report`: figures about requests, on the terminal, as a page, as CSV; counts and days, no persons."""

import argparse
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show, table

TEXT: Final = """Requests received in a period, per month and kind: complied in whole, in part, denied, open; days until
the answer; in time by law and by promise; failed proofs. No erasure and no purge of the ledger changes a figure.

  zoho-privacy report                       the last year, from the first of the month
  zoho-privacy report --from 2026-01-01 --to 2026-12-31 --out figures.html --csv figures.csv"""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "report", run, summary="figures about requests in a period", text=TEXT)
    parser.add_argument("--from", dest="first", type=_day, metavar="DATE", help="first day of receipt, YYYY-MM-DD")
    parser.add_argument("--to", dest="last", type=_day, metavar="DATE", help="last day of receipt; today otherwise")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write a page that stands alone")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write a row per month and kind")


def run(args: argparse.Namespace) -> int:
    """Count, print, and write the files asked for."""
    from zoho_privacy.domain import metrics  # noqa: PLC0415  --help answers at once
    from zoho_privacy.domain.deadline import local_day  # noqa: PLC0415
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415
    from zoho_privacy.local import report_page  # noqa: PLC0415
    from zoho_privacy.local.overview import every_case  # noqa: PLC0415
    from zoho_privacy.workflows import ledger  # noqa: PLC0415

    app = app_of(args)
    last = args.last or local_day(app.clock.now(), app.policy.time_zone)
    first = args.first or _year_before(last)
    if first > last:
        raise BadInput("the period ends before it begins")
    entries = (entry for org in sorted(app.desks) for entry in ledger.entries(app.store, org))
    carried = {key: mark for org in app.desks for key, mark in ledger.marks(app.store, org).items()}
    told = metrics.report(
        every_case(app), entries, first=first, last=last, timezone=app.policy.time_zone, carried=carried
    )
    if args.out:
        _write(args.out, report_page.render(told))
    if args.csv:
        _write(args.csv, metrics.as_csv(told))
    rows = [metrics.cells(row) for row in (*told.rows, told.total)]
    show(args, asdict(told), [f"Received {first} to {last}", *table(metrics.COLUMNS, rows)])
    return Exit.OK


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write the day as YYYY-MM-DD") from None


def _year_before(day: date) -> date:
    return date(day.year - 1, day.month, 1) if day.year > date.min.year else date.min


def _write(path: Path, text: str) -> None:
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once

    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as problem:
        raise BadInput(f"the file cannot be written: {problem.strerror}") from None
