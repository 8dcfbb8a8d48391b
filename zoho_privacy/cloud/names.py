"""What the template tells a function through its environment, apart from the suite's own settings.

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
SECRET: Final = "PRIVACY_SECRET"  # noqa: S105  the secret's name, not the secret
PORTALS: Final = "PRIVACY_PORTALS"
ENDPOINTS: Final = "PRIVACY_ENDPOINTS"


def need(name: str) -> str:
    """Return a variable of the template; raises NeedsHuman where the function has none."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise NeedsHuman(f"the function's environment lacks {name}: deploy the template again")
    return value


def portals() -> Sequence[Mapping[str, Any]]:
    """Return the portals without their secrets; raises NeedsHuman where they cannot be read."""
    try:
        found = json.loads(need(PORTALS))
    except ValueError:
        raise NeedsHuman(f"{PORTALS} is not JSON") from None
    if not isinstance(found, list) or not all(isinstance(each, dict) and each.get("org") for each in found):
        raise NeedsHuman(f"{PORTALS} is not a list of portals with an org each")
    return found
