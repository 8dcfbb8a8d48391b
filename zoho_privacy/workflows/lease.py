"""Leases: at most one runner of a task at a time, and none for ever. State in the Store (table "lease").

A lease is a promise about time, so a runner that may take longer than `life` renews it, and whatever it writes is
conditional anyway: a lease saves double work, the store's conditions keep the data right.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from zoho_privacy.domain.errors import Conflict
from zoho_privacy.ports import Delete, Item, Put, Store

TABLE: Final = "lease"


def acquire(store: Store, org: str, name: str, *, now: datetime, life: timedelta, holder: str) -> Item | None:
    """Take the lease until now + life and return it; None while somebody holds it, be it the same holder."""
    held = store.get(org, TABLE, name) or Item(org, TABLE, name, {})
    if held.version and until(held) > now:
        return None
    return _write(store, replace(held, body=_body(now + life, holder)))


def renew(store: Store, lease: Item, *, now: datetime, life: timedelta) -> Item | None:
    """Hold on until now + life; None where it ran out and somebody else took it: stop working."""
    return _write(store, replace(lease, body=_body(now + life, lease.body["holder"])))


def release(store: Store, lease: Item) -> bool:
    """Give the lease back; False where it was no longer ours."""
    try:
        store.commit([Delete(lease)])
    except Conflict:
        return False
    return True


def until(lease: Item) -> datetime:
    """Return when the lease ends."""
    return datetime.fromisoformat(lease.body["until"])


def _body(end: datetime, holder: str) -> dict[str, str]:
    return {"until": end.isoformat(), "holder": holder}


def _write(store: Store, item: Item) -> Item | None:
    try:
        store.commit([Put(item)])
    except Conflict:
        return None
    return replace(item, version=item.version + 1)
