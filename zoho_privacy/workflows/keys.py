"""Remembers since when each secret is in use, as keyed marks, so that somebody is reminded to renew it (R-SEC-7).

Table key (id: the secret's name). A mark changes with the secret and with the installation's own, which counts as
renewed together with all others. No secret is stored, logged or returned.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from zoho_privacy.ports import Item, Put
from zoho_privacy.workflows.context import App

TABLE: Final = "key"
WHOLE_INSTALLATION: Final = ""


def ages(app: App, secrets: Mapping[str, str]) -> dict[str, int]:
    """Return the days since each secret was first seen as it is; what is new or was renewed is 0 days old.

    Raises:
        Conflict: Another look was faster; the same call is safe to repeat.
    """
    return {name: (app.clock.now() - _since(app, name, secret)).days for name, secret in secrets.items()}


def _since(app: App, name: str, secret: str) -> datetime:
    mark = app.keyring.pseudonym("key", f"{name} {secret}")
    item = app.store.get(WHOLE_INSTALLATION, TABLE, name)
    if item and item.body["mark"] == mark:
        return datetime.fromisoformat(item.body["since"])
    now = app.clock.now()
    body = {"mark": mark, "since": now.isoformat()}
    app.store.commit([Put(Item(WHOLE_INSTALLATION, TABLE, name, body, item.version if item else 0))])
    return now
