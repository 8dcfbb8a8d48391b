"""Moves an installation's state to another place: one machine to a stage on AWS, or back. Nothing is lost on the way.

Everything is copied, then everything is compared. Nothing is changed or removed where it came from. What is there and
the same is passed over, so that a move that was interrupted is repeated; what is there and differs stops it. Codes,
seals and pseudonyms need the same installation secret on both sides. Sources: docs/deploy.md, docs/dynamodb.md.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

from zoho_privacy.domain.errors import BadInput, Conflict
from zoho_privacy.domain.ledger import Head
from zoho_privacy.ports import Blobs, Item, Put, Store, Write

AT_ONCE: Final = 40
MOST_BYTES: Final = 2_000_000
LEASES: Final = frozenset({"lease"})
"""Who held what on the other side: nobody holds it here."""


class WholeStore(Store, Protocol):
    """A Store that can show everything it holds; functions never ask that of one."""

    def everything(self) -> Iterator[Item]:
        """Yield every item of every portal and kind."""


class Anchors(Protocol):
    """An Anchor that shows its heads."""

    def leave(self, org: str, sequence: int, head: str, at: datetime) -> None:
        """Append a head."""

    def heads(self, org: str) -> Sequence[Head]:
        """Return the heads left for an organisation, oldest first."""


@dataclass(frozen=True, slots=True)
class Place:
    """State, files and ledger heads of an installation."""

    store: WholeStore
    blobs: Blobs
    anchor: Anchors


@dataclass(frozen=True, slots=True)
class Moved:
    """What is on the other side now, and how much of it this run brought."""

    items: int
    files: int
    heads: int
    new_items: int
    new_files: int
    new_heads: int

    def as_dict(self) -> dict[str, int]:
        """Return the counts for machines."""
        return asdict(self)


def move(source: Place, target: Place, *, now: datetime, say: Callable[[str], None] = lambda _: None) -> Moved:
    """Copy everything, compare everything, return what was moved.

    Raises:
        BadInput: Somebody works on either side, or the target holds something else.
        StoreUnavailable: A side does not answer; repeat it.
    """
    for side in (source, target):
        at_rest(side.store, now)
    items = new_items = 0
    orgs: set[str] = set()
    for batch in _batches(source.store.everything()):
        new_items += _put(target.store, batch)
        items += len(batch)
        orgs |= {item.org for item in batch}
        say(f"{items} items")
    names = source.blobs.names("")
    there = set(target.blobs.names(""))
    for number, name in enumerate(names, 1):
        if name not in there:
            target.blobs.put(name, source.blobs.get(name))
        say(f"{number} of {len(names)} files")
    heads, new_heads = _anchors(source.anchor, target.anchor, sorted(orgs), now)
    _compare(source, target)
    new_files = len(set(names) - there)
    return Moved(items, len(names), heads, new_items, new_files, new_heads)


def at_rest(store: WholeStore, now: datetime) -> None:
    """Raise BadInput where a task is being run on a state."""
    held = [each for each in store.find("", "task", limit=100) if "holder" in each.body and each.due and each.due > now]
    if held:
        raise BadInput(f"the task {held[0].id} is being run: stop the service, or the stage's schedules, and wait")


def _batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    size = 0
    for item in items:
        if item.table in LEASES:
            continue
        length = len(str(item.body))
        if batch and (len(batch) == AT_ONCE or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += length
    if batch:
        yield batch


def _put(store: WholeStore, batch: Sequence[Item]) -> int:
    """Put what is not there; return how many that were."""
    writes: list[Write] = []
    for item in batch:
        found = store.get(item.org, item.table, item.id)
        if found is None:
            writes.append(Put(replace(item, version=0)))
        elif not same(item, found):
            raise BadInput(f"the other side holds another {item.table} item of that name: it is not empty")
    try:
        store.commit(writes)
    except Conflict:
        raise BadInput("somebody writes to the other side: stop the service there and wait") from None
    return len(writes)


def _anchors(source: Anchors, target: Anchors, orgs: Sequence[str], now: datetime) -> tuple[int, int]:
    count = new = 0
    for org in orgs:
        known = set(target.heads(org))
        for head in source.heads(org):
            count += 1
            if head not in known:
                target.leave(org, head.sequence, head.hash, now)
                new += 1
    return count, new


def _compare(source: Place, target: Place) -> None:
    for item in source.store.everything():
        if item.table not in LEASES:
            found = target.store.get(item.org, item.table, item.id)
            if found is None or not same(item, found):
                raise BadInput(f"a {item.table} item changed while it was moved: stop the service and repeat")
    for name in source.blobs.names(""):
        if b"".join(source.blobs.get(name)) != b"".join(target.blobs.get(name)):
            raise BadInput("a file differs on the other side: it is not empty")


def same(one: Item, other: Item) -> bool:
    """Tell whether two items say the same, whatever their versions."""

    def told(item: Item) -> tuple[Any, ...]:
        return (item.org, item.table, item.id, dict(item.body), item.parent, item.due)

    return told(one) == told(other)
