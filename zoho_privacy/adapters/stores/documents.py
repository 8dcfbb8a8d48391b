"""What every store does alike: rows, their JSON, and what a commit may hold. Pure.

The bounds are those of the strictest store we mean to run on (DynamoDB: 400 KB an item, 100 items and 4 MB a
transaction, no empty key), so that what works on one machine works in the cloud. See docs/decisions/0002.
"""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

from zoho_privacy.domain.errors import BadInput
from zoho_privacy.ports import Delete, Item, Put, Write

MOST_WRITES: Final = 90
MOST_ITEM_BYTES: Final = 380_000
MOST_COMMIT_BYTES: Final = 3_900_000
MOST_KEY_BYTES: Final = 480  # a parent and an id, or a time, an organisation and an id, make one index key of 1024
MOST_ORG_BYTES: Final = 64

Key = tuple[str, str, str]


class Row(NamedTuple):
    """An item as stores keep it: `due` is UTC text of fixed width that sorts by time, `body` is JSON text."""

    org: str
    table: str
    id: str
    version: int
    parent: str | None
    due: str | None
    body: str


def to_row(item: Item, version: int) -> Row:
    """Return what to store for an item.

    Raises:
        BadInput: The key, parent, due time or body is not what the port allows; the text says where, never what.
    """
    place = f"{item.table} item"
    for name, value in (("table", item.table), ("id", item.id), ("parent", item.parent)):
        if value is not None and not 0 < len(value.encode("utf-8", "replace")) <= MOST_KEY_BYTES:
            raise BadInput(f"{place}: the {name} must have 1 to {MOST_KEY_BYTES} bytes")
    if len(item.org.encode("utf-8", "replace")) > MOST_ORG_BYTES or "#" in item.org:
        raise BadInput(f"{place}: the organisation must have at most {MOST_ORG_BYTES} bytes, none of them #")
    for key in (item.org, item.table, item.id, item.parent or ""):
        if not key.isprintable():
            raise BadInput(f"{place}: a key holds a control character")
    body = json.dumps(_honest(item.body, place), separators=(",", ":"), allow_nan=False)
    if len(body) > MOST_ITEM_BYTES:
        raise BadInput(f"{place}: {len(body)} bytes are too many, keep them in a blob")
    return Row(item.org, item.table, item.id, version, item.parent, due_text(item.due), body)


def from_row(row: Row) -> Item:
    """Return the stored item with a body of its own, which the caller may change at will."""
    due = None if row.due is None else datetime.fromisoformat(row.due)
    return Item(row.org, row.table, row.id, json.loads(row.body), row.version, row.parent, due)


def due_text(due: datetime | None) -> str | None:
    """Return a time as UTC text with microseconds: text order is time order. Raises BadInput without a zone."""
    if due is None:
        return None
    if due.tzinfo is None:
        raise BadInput("a due time needs a time zone")
    return due.astimezone(UTC).isoformat(timespec="microseconds")


class Step(NamedTuple):
    """One write, ready for any store: require `version` (0: absent), then store `row`, remove it, or do neither."""

    key: Key
    version: int
    does: Literal["put", "delete", "check"]
    row: Row


def steps(writes: Sequence[Write]) -> Sequence[Step]:
    """Return the writes of one commit, each checked and serialised before anything is locked.

    Raises:
        BadInput: More than 90 writes, a key twice, or an item that cannot be stored.
    """
    if len(writes) > MOST_WRITES:
        raise BadInput(f"a commit holds at most {MOST_WRITES} writes, not {len(writes)}")
    result = [_step(write) for write in writes]
    if len({step.key for step in result}) < len(result):
        raise BadInput("a commit names each key once")
    if sum(len(step.row.body) for step in result if step.does == "put") > MOST_COMMIT_BYTES:
        raise BadInput(f"a commit holds at most {MOST_COMMIT_BYTES} bytes")
    return result


def conflict_text(key: Key) -> str:
    """Return the reason of a Conflict: table and id, which are never personal data."""
    return f"{key[1]} {key[2]} is not as it was read"


def _step(write: Write) -> Step:
    item = write.item
    row = to_row(item, item.version + 1)
    does: Literal["put", "delete", "check"]
    does = "put" if isinstance(write, Put) else "delete" if isinstance(write, Delete) else "check"
    return Step((item.org, item.table, item.id), item.version, does, row)


def _honest(value: object, place: str) -> object:
    """Return plain JSON, refusing what `json` would silently turn into something else.

    Tuples, sets, dates, NaN and keys that are not text would come back as another type, or not at all.
    """
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise BadInput(f"{place}: a member's name is not text")
        return {name: _honest(member, f"{place}.{name}") for name, member in value.items()}
    if isinstance(value, list):
        return [_honest(member, f"{place}[{index}]") for index, member in enumerate(value)]
    if value is not None and not isinstance(value, str | int | float):
        raise BadInput(f"{place}: JSON has no {type(value).__name__}")
    if isinstance(value, float) and not math.isfinite(value):
        raise BadInput(f"{place}: not a finite number")
    return value
