"""A durable queue over the Store, for inbox events, jobs and effects. Decides when work is tried again, never what.

Any item with a `due` time is in the queue of its table; its body is the caller's, save the member `queue`, which
counts attempts. A claim moves `due` to the end of a lease by a conditional write, so one worker wins and the others
skip. Work is at-least-once: a worker that dies lets its lease run out and the item comes back.

    waiting --claim--> leased --done--> (gone)
       ^                 |  `--lease runs out--> waiting
       `-----retry-------'  `--too many attempts--> dead letter --replay--> waiting

A worker whose lease ran out and was taken over gets Conflict from `done`, `retry` and `bury`: its version is old.
Reasons hold the name of an error and, for errors of our own tree only, its text: no personal data (R-SEC-8).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from zoho_privacy.domain.errors import Conflict, DeskBusy, DeskUnavailable, NotFound, ZohoPrivacyError
from zoho_privacy.ports import Delete, Item, Put, Store, Write

DEAD: Final = "dead_letter"
QUEUE: Final = "queue"
MAX_ATTEMPTS: Final = 8
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=6)
GROWTH: Final = 3  # 30 s, 90 s, 4.5 min, 13.5 min, 40 min, 2 h, 6 h: eight attempts span nine hours
REASON_LENGTH: Final = 300
PAGE: Final = 200


def add(
    org: str,
    table: str,
    id: str,  # noqa: A002  the field is called id everywhere
    body: Mapping[str, Any],
    *,
    due: datetime,
    parent: str | None = None,
) -> Put:
    """Return the write that enqueues work; its commit raises Conflict where an item of this id is waiting already."""
    return Put(Item(org, table, id, body, parent=parent, due=due))


def attempts(item: Item) -> int:
    """Return how often the item was claimed."""
    return int(_state(item).get("attempts", 0))


def claim(
    store: Store,
    table: str,
    now: datetime,
    *,
    lease: timedelta,
    worker: str,
    limit: int = 10,
    max_attempts: int = MAX_ATTEMPTS,
) -> list[Item]:
    """Take up to `limit` due items of all organisations, oldest first; each is this worker's until now + lease.

    An item whose workers died `max_attempts` times is buried instead: it may be what kills them.

    Raises:
        StoreUnavailable: Items claimed so far come back when their lease runs out.
    """
    mine: list[Item] = []
    for item in store.due(table, now=now, limit=limit):
        try:
            if attempts(item) >= max_attempts:
                store.commit(bury(item, now=now, reason=f"given up after {attempts(item)} attempts"))
            else:
                state = {**_state(item), "attempts": attempts(item) + 1, "worker": worker}
                mine.append(_commit(store, replace(item, body=_with(item, state), due=now + lease)))
        except Conflict:
            continue  # another worker was faster
    return mine


def extend(store: Store, item: Item, *, now: datetime, lease: timedelta) -> Item:
    """Hold a claimed item longer and return it as it is stored now; raises Conflict where it was taken over."""
    return _commit(store, replace(item, due=now + lease))


def done(item: Item) -> Write:
    """Return the write that takes finished work off the queue; commit it with the work's own writes."""
    return Delete(item)


def retry(
    item: Item,
    *,
    now: datetime,
    reason: str,
    at_least: timedelta = timedelta(0),
    max_attempts: int = MAX_ATTEMPTS,
) -> list[Write]:
    """Return the writes that put claimed work back until later, or bury it after its last attempt.

    The wait grows from 30 seconds to 6 hours; `at_least` is a floor that the other side asked for.
    """
    if attempts(item) >= max_attempts:
        return bury(item, now=now, reason=reason)
    state = {**_state(item), "reason": reason[:REASON_LENGTH], "worker": None}
    return [Put(replace(item, body=_with(item, state), due=now + max(wait(attempts(item)), at_least)))]


def asked_pause(error: BaseException) -> timedelta | None:
    """Return the pause that Desk itself asked for, hours perhaps; None where it asked for none.

    Waiting for it is nobody's failure, so it counts as no attempt (see `postpone`).
    """
    asked = error.retry_after_s if isinstance(error, DeskBusy | DeskUnavailable) else None
    return None if asked is None else timedelta(seconds=max(asked, 1.0))


def postpone(item: Item, *, until: datetime) -> Write:
    """Return the write that puts claimed work back without counting the attempt: nothing was wrong with it."""
    state = {**_state(item), "attempts": max(attempts(item) - 1, 0), "worker": None}
    return Put(replace(item, body=_with(item, state), due=until))


def wait(attempt: int) -> timedelta:
    """Return how long to wait after the attempt of this number, counted from 1."""
    growth: int = GROWTH ** min(max(attempt - 1, 0), 16)
    return min(FIRST_WAIT * growth, LONGEST_WAIT)


def bury(item: Item, *, now: datetime, reason: str) -> list[Write]:
    """Return the writes that move work to the dead letters, where it rests until a person replays it."""
    letter = {
        "table": item.table,
        "id": item.id,
        "parent": item.parent,
        "body": _without(item),
        "attempts": attempts(item),
        "buried": now.isoformat(),
        "reason": reason[:REASON_LENGTH],
    }
    id_ = f"{item.table}.{now:%Y%m%dT%H%M%S%f}.{item.version}.{item.id}"
    return [Delete(item), Put(Item(item.org, DEAD, id_, letter, parent=item.table))]


def dead_letters(store: Store, org: str, *, table: str | None = None) -> Iterator[Item]:
    """Yield the dead letters of all queues, or of one, each queue's oldest first.

    Body: `table`, `id`, `parent`, `body`, `attempts`, `buried` (ISO time), `reason`.
    """
    after = ""
    while page := store.find(org, DEAD, parent=table, after=after, limit=PAGE):
        yield from page
        after = page[-1].id


def replay(store: Store, org: str, id: str, *, now: datetime) -> None:  # noqa: A002  the field is called id everywhere
    """Put a dead letter back into its queue, due now and with all its attempts.

    Raises:
        NotFound: There is no such letter.
        Conflict: The queue holds work of the same id by now, or another person was faster.
    """
    letter = store.get(org, DEAD, id)
    if letter is None:
        raise NotFound("there is no such dead letter")
    body = letter.body
    store.commit([Delete(letter), add(org, body["table"], body["id"], body["body"], due=now, parent=body["parent"])])


def reason(error: BaseException) -> str:
    """Return what may be stored about an error: its class, and its text only where we wrote it."""
    name = type(error).__name__
    return f"{name}: {error}"[:REASON_LENGTH] if isinstance(error, ZohoPrivacyError) else name


def _commit(store: Store, item: Item) -> Item:
    store.commit([Put(item)])
    return replace(item, version=item.version + 1)


def _state(item: Item) -> Mapping[str, Any]:
    state: Mapping[str, Any] = item.body.get(QUEUE) or {}
    return state


def _with(item: Item, state: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**item.body, QUEUE: {name: value for name, value in state.items() if value is not None}}


def _without(item: Item) -> Mapping[str, Any]:
    return {name: value for name, value in item.body.items() if name != QUEUE}
