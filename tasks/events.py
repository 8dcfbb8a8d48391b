"""Works off stored events and due jobs; on a host without workers this is what does it."""

from datetime import timedelta
from typing import Final

from tasks.draining import Drained, empty
from zoho_privacy.workflows import inbox
from zoho_privacy.workflows.context import App

EVERY: Final = timedelta(minutes=1)


def run(app: App, *, dry_run: bool = False) -> Drained:
    """Work until nothing is due or the time is up; a dry run only counts."""
    return empty(app, "events", inbox.drain, tables=("event", "job"), dry_run=dry_run)
