"""Warns before due dates, ends exports, leaves the ledger's head outside (R-CLOCK-7, R-EVID-3)."""

from datetime import timedelta
from typing import Final

from zoho_privacy.workflows import deadlines
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.deadlines import DeadlineReport

EVERY: Final = timedelta(hours=1)


def run(app: App, *, dry_run: bool = False) -> tuple[DeadlineReport, ...]:
    """Look at every open case; a dry run only counts."""
    return deadlines.run(app, dry_run=dry_run)
