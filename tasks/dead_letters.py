"""Counts what rests in the dead letters and ends unreadable deliveries after 30 days (R-SEC-6)."""

from datetime import timedelta
from typing import Final

from zoho_privacy.workflows import dead_letters
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.dead_letters import Report

EVERY: Final = timedelta(days=1)


def run(app: App, *, dry_run: bool = False) -> Report:
    """Look once."""
    return dead_letters.run(app, dry_run=dry_run)
