"""Runs one task now, for `zoho-privacy task` and `python -m tasks`: prints its reports, maps errors to a status.

A task returns a report, or one per portal; each can say `summary()`.
"""

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

from zoho_privacy.domain.errors import BadInput
from zoho_privacy.local import scheduler
from zoho_privacy.local.console import Exit, app_of, show


def values(result: object) -> list[Mapping[str, Any]]:
    """Return a task's reports as JSON-ready values."""
    return [_value(each) for each in scheduler.reports(result)]


def _value(report: Any) -> Mapping[str, Any]:
    if hasattr(report, "as_dict"):
        found: Mapping[str, Any] = report.as_dict()
        return found
    if is_dataclass(report) and not isinstance(report, type):
        plain: Mapping[str, Any] = json.loads(json.dumps(asdict(report), default=str))
        return plain
    return dict(report) if isinstance(report, Mapping) else {"summary": str(report.summary())}


def run(args: argparse.Namespace) -> int:
    """Run the task named on the command line, or list them.

    Raises:
        BadInput: There is no task of that name.
    """
    if args.list:
        show(args, list(scheduler.names()), scheduler.names())
        return Exit.OK
    if not args.name:
        raise BadInput("name a task: " + ", ".join(scheduler.names()))
    chosen = scheduler.task(args.name)
    result = chosen.run(app_of(args), dry_run=args.dry_run)
    show(args, values(result), _lines(result, dry_run=args.dry_run))
    return Exit.OK


def _lines(result: object, *, dry_run: bool) -> Iterable[str]:
    for report in scheduler.reports(result):
        yield ("dry run: " if dry_run else "") + str(report.summary())
