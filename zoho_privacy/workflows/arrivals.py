"""What a webhook delivery leaves behind: ids to look at later, and a sealed copy of what could not be read.

An event is a hint: its ids are stored before the sender hears 200, everything else is re-read from Desk by the inbox
(R-SEC-4). Storing is idempotent: an event's key is a keyed hash of what identifies it, so copies collapse
(R-INTAKE-4). Imports ports only; the webhook host must start fast.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol

from zoho_privacy.domain.errors import Conflict
from zoho_privacy.domain.keyed import Keyring
from zoho_privacy.ports import Clock, Item, Put, Sealer, Store

if TYPE_CHECKING:
    from zoho_privacy.workflows.context import App

EVENT: Final = "event"
DEAD_LETTER: Final = "dead_letter"
DELIVERY: Final = "delivery"
BATCH: Final = 80
ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Hint:
    """One event in ids. `digest` identifies the event in whatever delivery it comes; `at` is the sender's time."""

    type: str
    digest: str
    ticket_id: str | None = None
    contact_id: str | None = None
    thread_id: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A delivery, or a member of one, that could not be read: the reason in our words and the bytes as they came."""

    reason: str
    raw: bytes


class Keeps(Protocol):
    """Where broken parts are put; any Blobs is one."""

    def put(self, name: str, chunks: Iterable[bytes]) -> int:
        """See the port Blobs."""


class Intake(Protocol):
    """What collecting needs of its host; the whole suite has it, and so has the function behind a webhook."""

    @property
    def blobs(self) -> Keeps:
        """Where broken parts rest."""

    @property
    def clock(self) -> Clock:
        """When it is received."""

    @property
    def keyring(self) -> Keyring:
        """What events are named by."""

    @property
    def sealer(self) -> Sealer:
        """What broken parts are sealed by."""


def keep(app: "App", org: str, hints: Sequence[Hint], unreadable: Sequence[Unreadable] = ()) -> int:
    """Store hints and broken parts, one commit up to 80 items; return how many were new.

    Raises:
        StoreUnavailable: Nothing or not everything is stored; the sender must repeat the delivery.
        Conflict: Copies of the delivery kept racing; the same holds.
    """
    return store(app.store, collected(app, org, hints, unreadable))


def collected(app: "Intake", org: str, hints: Sequence[Hint], unreadable: Sequence[Unreadable]) -> Sequence[Item]:
    """Return what is to be stored, each once; the bytes of broken parts rest sealed among the files by then.

    Raises:
        StoreUnavailable: A broken part could not be kept; the sender must repeat the delivery.
    """
    now = app.clock.now()
    items = {item.id: item for item in (_event(app, org, hint, now) for hint in hints)}
    items |= {item.id: item for item in (_dead_letter(app, org, part, now) for part in unreadable)}
    return list(items.values())


def store(store: Store, waiting: Sequence[Item]) -> int:
    """Store collected items, one commit up to 80; return how many were new. Raises as `keep`."""
    return sum(_add(store, waiting[start : start + BATCH]) for start in range(0, len(waiting), BATCH))


def _add(store: Store, items: Sequence[Item]) -> int:
    for attempt in range(ATTEMPTS):
        new = [item for item in items if store.get(item.org, item.table, item.id) is None]
        if not new:
            return 0
        try:
            store.commit([Put(item) for item in new])
        except Conflict:  # a copy of this delivery was faster; look again at what is left to store
            if attempt == ATTEMPTS - 1:
                raise
            continue
        return len(new)
    return 0


def _event(app: "Intake", org: str, hint: Hint, now: datetime) -> Item:
    body = {
        "type": hint.type,
        "ticket_id": hint.ticket_id,
        "contact_id": hint.contact_id,
        "thread_id": hint.thread_id,
        "event_time": hint.at.isoformat() if hint.at else None,
        "received": now.isoformat(),
    }
    event_id = app.keyring.digest("event", org, hint.digest).hex()
    return Item(org, EVENT, event_id, body, parent=hint.ticket_id or hint.contact_id, due=now)


def _dead_letter(app: "Intake", org: str, part: Unreadable, now: datetime) -> Item:
    """Seal the bytes into a file and describe them as `queue.dead_letters` lists them; the file comes first."""
    letter_id = "delivery-" + app.keyring.digest("dead-letter", org, sha256(part.raw).hexdigest()).hex()[:32]
    name = f"dead-letters/{org}/{letter_id}"
    app.blobs.put(name, [app.sealer.seal(part.raw, context=context_of(org, letter_id))])
    body = {
        "table": DELIVERY,
        "id": letter_id,
        "parent": None,
        "body": {"blob": name, "size": len(part.raw)},
        "attempts": 0,
        "buried": now.isoformat(),
        "reason": part.reason,
    }
    return Item(org, DEAD_LETTER, letter_id, body, parent=DELIVERY)


def context_of(org: str, letter_id: str) -> str:
    """Return what a sealed delivery is bound to."""
    return f"dead-letter:{org}:{letter_id}"
