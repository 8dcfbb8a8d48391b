"""Looks at the installation and each portal once a day, and raises an alarm in the log for whatever is red (R-SEC-6).

The same checks as `zoho-privacy doctor`. An alarm is one line of ids and codes; nothing is changed.
"""

import logging
from datetime import timedelta
from typing import Final

from zoho_privacy.domain.health import Health
from zoho_privacy.local import health
from zoho_privacy.workflows.context import App

EVERY: Final = timedelta(days=1)

log = logging.getLogger(__name__)


def run(app: App, *, dry_run: bool = False) -> tuple[Health, ...]:
    """Look once; a dry run raises no alarm."""
    found = health.examine(app)
    if not dry_run:
        for each in found:
            for check in each.red:
                log.error("alarm: %s: %s is red: %s", each.title, check.name, check.code)
    return found
