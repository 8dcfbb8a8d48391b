"""Applies the retention schedule to every portal, once a day (R-RETAIN-11)."""

from datetime import timedelta
from typing import Final

from zoho_privacy.domain.errors import Retryable
from zoho_privacy.workflows import retention
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.retention import RetentionReport

EVERY: Final = timedelta(days=1)
BUDGET: Final = timedelta(minutes=12)  # below the shortest time limit of a host; the next run goes on


def run(app: App, *, dry_run: bool = False) -> tuple[RetentionReport, ...]:
    """Apply the schedule; a dry run writes nothing to Desk.

    Raises:
        Retryable: A portal could not be finished for now; every portal was tried.
    """
    deadline = app.clock.now() + BUDGET
    reports = tuple(
        retention.run(app, org, app.schedule, dry_run=dry_run, deadline=deadline) for org in sorted(app.desks)
    )
    waits = [report.retry_after_s for report in reports if report.retry_after_s is not None]
    if waits:
        raise Retryable("; ".join(report.stopped for report in reports if report.stopped), retry_after_s=max(waits))
    return reports
