"""Finds what no webhook announced (R-INTAKE-3)."""

from datetime import timedelta
from typing import Final

from zoho_privacy.workflows import sweep
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.sweep import SweepReport

EVERY: Final = timedelta(minutes=10)


def run(app: App, *, dry_run: bool = False) -> tuple[SweepReport, ...]:
    """Sweep every portal; a dry run lists only."""
    return sweep.run(app, dry_run=dry_run)
