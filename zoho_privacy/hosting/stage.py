"""What the template tells a function through its environment: names of places, and portals without their secrets.

Read at the first use, never at import. `PRIVACY_PORTALS` is JSON without any secret: a list of objects with `org` and,
where they differ from the defaults, the other members of a portal (docs/settings.md).
"""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from zoho_privacy.domain.errors import NeedsHuman

TABLE: Final = "PRIVACY_TABLE"
FILES: Final = "PRIVACY_FILES_BUCKET"
ANCHORS: Final = "PRIVACY_ANCHORS_BUCKET"
ARRIVALS: Final = "PRIVACY_ARRIVALS_QUEUE"
TASKS: Final = "PRIVACY_TASKS_QUEUE"
DEAD_LETTERS: Final = "PRIVACY_DEAD_LETTERS_QUEUE"
SECRET: Final = "PRIVACY_SECRET"  # noqa: S105  the secret's name, not the secret
PORTALS: Final = "PRIVACY_PORTALS"
ENDPOINTS: Final = "PRIVACY_ENDPOINTS"
SCHEDULE: Final = "ZOHO_PRIVACY_RETENTION_FILE"
ALL_PORTALS: Final = "ZOHO_PRIVACY_PORTALS"
CLOCK: Final = "ZOHO_PRIVACY_CLOCK_URL"
CREDENTIALS: Final = ("client_id", "client_secret", "refresh_token")


def need(name: str) -> str:
    """Return a variable of the template; raises NeedsHuman where the function has none."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise NeedsHuman(f"the function's environment lacks {name}: deploy the template again")
    return value


def with_secrets(secrets: Mapping[str, str]) -> None:
    """Complete this process's settings by the stage's secret, whose members win.

    A portal of `PRIVACY_PORTALS` takes its credentials from there (`ZOHO_PRIVACY_PORTAL_<ORG>_...`).

    Raises:
        NeedsHuman: The portals cannot be read.
    """
    os.environ.update(secrets)
    if not os.environ.get(SCHEDULE):
        os.environ.pop(SCHEDULE, None)  # the template's parameter is empty where the shipped schedule is used
    if ALL_PORTALS not in secrets:
        os.environ[ALL_PORTALS] = json.dumps([_with_credentials(each, secrets) for each in portals()])


def _with_credentials(portal: Mapping[str, Any], secrets: Mapping[str, str]) -> Mapping[str, Any]:
    prefix = f"ZOHO_PRIVACY_PORTAL_{portal['org']}_"
    found = {name: secrets[prefix + name.upper()] for name in CREDENTIALS if prefix + name.upper() in secrets}
    return {**portal, **found}


def portals() -> Sequence[Mapping[str, Any]]:
    """Return the portals without their secrets; raises NeedsHuman where they cannot be read."""
    try:
        found = json.loads(need(PORTALS))
    except ValueError:
        raise NeedsHuman(f"{PORTALS} is not JSON") from None
    if not isinstance(found, list) or not all(isinstance(each, dict) and each.get("org") for each in found):
        raise NeedsHuman(f"{PORTALS} is not a list of portals with an org each")
    return found
