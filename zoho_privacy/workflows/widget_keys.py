"""Keys of the agents' side panel: which installation calls, never which agent (R-SEC-3, R-SEC-7).

A key belongs to one portal. It is shown once, when it is made; what stays is a keyed hash. While keys are changed over
two count at once; the older one ends by itself. Each key has its own pace, counted in the store, so that every host
and every process counts together.
Tables: widget_key (id: what the key is called), widget_rate (id: the same).
"""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from zoho_privacy.domain.errors import Conflict, NotAllowed, NotFound
from zoho_privacy.ports import Item, Put
from zoho_privacy.workflows import casebook
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App

KEY_TABLE: Final = "widget_key"
RATE_TABLE: Final = "widget_rate"
PREFIX: Final = "zpw_"
OVERLAP_DAYS: Final = 7
AT_ONCE: Final = 2
LONGEST: Final = 100
ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Pace:
    """`burst` requests at once, then `per_minute`."""

    name: str
    burst: int
    per_minute: int


LOOKING: Final = Pace("look", 300, 300)
ORDERING: Final = Pace("order", 30, 30)


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key besides its hash. `ends` is None while nothing replaces it."""

    id: str
    since: datetime
    ends: datetime | None


def mint(app: App, org: str, *, who: str, overlap_days: int | None = None) -> tuple[Key, str]:
    """Make a key and return it with its text, which nobody can read again.

    With `overlap_days` the key that counts now ends after so many days; without, there must be none.

    Raises:
        NotAllowed: There is a key already and none was to be replaced; or two count at once already.
    """
    text = PREFIX + base64.urlsafe_b64encode(app.sealer.new_key()).decode().rstrip("=")
    name = app.keyring.pseudonym("widget key", text)[:8]

    def make() -> Change:
        now = app.clock.now()
        change = Change(app.store, org, now)
        standing = []
        for item in casebook.every(app.store, org, KEY_TABLE):
            if _counts(item, now):
                standing.append(item)
            else:
                _remove(app, change, item)
        if standing and overlap_days is None:
            raise NotAllowed("the portal has a key: `zoho-privacy widget-key rotate` replaces it")
        if len(standing) >= AT_ONCE:
            raise NotAllowed("two keys count already: revoke one first")
        for item in standing:
            end = now + timedelta(days=overlap_days or 0)
            change.put(KEY_TABLE, item.id, {**item.body, "ends": end.isoformat()}, was=item)
        change.put(KEY_TABLE, name, {"hash": _hash(app, org, text), "since": now.isoformat(), "ends": None})
        change.log(f"agent:{who}", "widget_key_made", why="R-SEC-7", result=name)
        return change

    transact(make)
    return Key(name, app.clock.now(), None), text


def revoke(app: App, org: str, key_id: str, *, who: str) -> None:
    """End a key at once.

    Raises:
        NotFound: The portal has no such key.
    """

    def make() -> Change:
        item = app.store.get(org, KEY_TABLE, key_id)
        if item is None:
            raise NotFound(f"portal {org} has no key {key_id}")
        change = Change(app.store, org, app.clock.now())
        _remove(app, change, item)
        change.log(f"agent:{who}", "widget_key_revoked", why="R-SEC-7", result=key_id)
        return change

    transact(make)


def standing(app: App, org: str) -> tuple[Key, ...]:
    """Return the keys that count, oldest first."""
    now = app.clock.now()
    found = [_key(item) for item in casebook.every(app.store, org, KEY_TABLE) if _counts(item, now)]
    return tuple(sorted(found, key=lambda key: key.since))


def ages(app: App) -> Mapping[str, int]:
    """Return the days since each key was made, so that somebody is reminded to renew it."""
    now = app.clock.now()
    return {f"widget key {key.id} of {org}": (now - key.since).days for org in app.desks for key in standing(app, org)}


def owner(app: App, org: str, text: str) -> Key | None:
    """Return the portal's key that this is, None where it is none of its keys; every key is compared, in equal time."""
    if org not in app.desks or not text.startswith(PREFIX) or len(text) > LONGEST:
        return None
    offered, now, found = _hash(app, org, text), app.clock.now(), None
    for item in casebook.every(app.store, org, KEY_TABLE):
        if hmac.compare_digest(offered, str(item.body["hash"])) and _counts(item, now):
            found = _key(item)
    return found


def take(app: App, org: str, key: Key, pace: Pace) -> float:
    """Take a request from a key's allowance; return 0, or the seconds until there will be one."""
    for _ in range(ATTEMPTS):
        now = app.clock.now()
        item = app.store.get(org, RATE_TABLE, key.id)
        body: dict[str, Any] = dict(item.body) if item else {}
        left, at = body.get(pace.name, [pace.burst, now.isoformat()])
        passed = max(0.0, (now - datetime.fromisoformat(at)).total_seconds())
        left = min(float(pace.burst), left + passed * pace.per_minute / 60)
        if left < 1:
            return float((1 - left) * 60 / pace.per_minute)
        body[pace.name] = [left - 1, now.isoformat()]
        try:
            app.store.commit([Put(Item(org, RATE_TABLE, key.id, body, item.version if item else 0))])
        except Conflict:
            continue
        return 0.0
    return 1.0


def _hash(app: App, org: str, text: str) -> str:
    return app.keyring.digest("widget key", org, text).hex()


def _key(item: Item) -> Key:
    ends = item.body["ends"]
    return Key(item.id, datetime.fromisoformat(item.body["since"]), datetime.fromisoformat(ends) if ends else None)


def _counts(item: Item, now: datetime) -> bool:
    ends = _key(item).ends
    return ends is None or now < ends


def _remove(app: App, change: Change, item: Item) -> None:
    change.delete(item)
    if rate := app.store.get(item.org, RATE_TABLE, item.id):
        change.delete(rate)
