"""The ledger in the Store: entries ride in the commit of the change they describe, the head makes them a chain.

Tables: `ledger` (id: the sequence, zero-padded so that text order is number order; parent: the case), `ledger_head`
(id "head"), one per organisation, and `mark` (id: case or ticket; what figures need of purged entries). Two commits
that both extend the chain meet at the head: the second gets Conflict, re-reads and comes again. Nothing here holds
personal data; callers pass ids and keyed hashes only.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final

from zoho_privacy.domain import ledger, metrics
from zoho_privacy.domain.errors import BadInput, Conflict, Tampered
from zoho_privacy.domain.ledger import Fault, Head, Link, Problem
from zoho_privacy.domain.model import LedgerEntry
from zoho_privacy.ports import Anchor, Item, Put, Store, Write

TABLE: Final = "ledger"
HEAD_TABLE: Final = "ledger_head"
HEAD_ID: Final = "head"
PAGE: Final = 200
MARK_TABLE: Final = "mark"
PURGE_BATCH: Final = 40  # each may leave a mark; with the entry and the head below what one commit may hold
ATTEMPTS: Final = 12


def head(store: Store, org: str) -> Head | None:
    """Return the end of the chain, None before the first entry."""
    item = store.get(org, HEAD_TABLE, HEAD_ID)
    return _head(item) if item else None


def writes_for(store: Store, org: str, entries: Sequence[LedgerEntry]) -> list[Write]:
    """Return the writes that append `entries`, for the same commit as what they describe; once per commit.

    Sequence, previous hash and hash are filled in here. A commit with n entries holds n + 1 writes more.

    Raises:
        Tampered: The stored head cannot be read.
        BadInput: An entry is another organisation's or cannot be written.
    """
    if not entries:
        return []
    item = store.get(org, HEAD_TABLE, HEAD_ID) or Item(org, HEAD_TABLE, HEAD_ID, {})
    last: LedgerEntry | Head = _head(item) if item.version else Head(org, 0, "")
    writes: list[Write] = []
    for entry in entries:
        last = ledger.chain(last, entry)
        writes.append(Put(_item(last)))
    writes.append(Put(replace(item, body={"sequence": last.sequence, "hash": last.hash})))
    return writes


def commit(store: Store, org: str, writes: Sequence[Write], entries: Sequence[LedgerEntry]) -> None:
    """Commit writes and ledger entries together, coming again where only the head had moved.

    Raises:
        Conflict: One of `writes` lost its condition; or the head kept moving.
        StoreUnavailable: As `Store.commit`.
    """
    for _ in range(ATTEMPTS):
        before = head(store, org)
        try:
            store.commit([*writes, *writes_for(store, org, entries)])
        except Conflict:
            if head(store, org) == before:
                raise
        else:
            return
    raise Conflict("the ledger is being written by too many at once")


def links(store: Store, org: str, *, case_id: str | None = None) -> Iterator[Link]:
    """Yield entries and stubs oldest first, page by page; stubs belong to no case.

    Raises:
        Tampered: A stored entry cannot be read, or lies under another number than its own.
    """
    for item in _items(store, org, case_id):
        link = ledger.from_body(item.body)
        if item.id != number(link.sequence):
            raise Tampered(f"ledger entry {item.id} carries another number")
        yield link


def entries(store: Store, org: str, *, case_id: str | None = None) -> Iterator[LedgerEntry]:
    """Yield the entries whose content is kept, oldest first, of all cases or of one. Raises as `links`."""
    return (link for link in links(store, org, case_id=case_id) if isinstance(link, LedgerEntry))


def verify_all(store: Store, org: str, anchors: Iterable[Head] = ()) -> list[Problem]:
    """Return all that is wrong with an organisation's ledger: chain, stored head, and heads left elsewhere.

    A stub that no purge accounts for is a fault too. `anchors` of other organisations are left aside.
    """
    unreadable: list[Problem] = []
    known = [anchor for anchor in anchors if anchor.org == org]
    known += _stored_head(store, org, unreadable)  # read before the entries, so that all up to it must be there
    chain = list(_readable(store, org, unreadable))
    problems = [*unreadable, *ledger.verify(chain, anchors=known), *ledger.hidden(chain)]
    end = max((left.sequence for left in _stored_head(store, org, unreadable)), default=0)  # others go on writing
    if chain and chain[-1].sequence > end:
        problems.append(Problem(chain[-1].sequence, Fault.ORDER))
    return list(dict.fromkeys(problems))


def anchor_head(store: Store, anchor: Anchor, org: str, now: datetime) -> Head | None:
    """Leave the head at a write-once place outside the store (R-EVID-3); None where there is no entry yet."""
    current = head(store, org)
    if current is not None:
        anchor.leave(org, current.sequence, current.hash, now)
    return current


def purge(store: Store, org: str, *, before: datetime, now: datetime, who: str) -> int:
    """Replace the content of entries older than `before` by stubs, oldest first; return how many (R-EVID-6).

    The chain stays whole and provable; an entry per batch says up to which number the content went. What figures need
    is kept as marks (R-METRIC-2). Stops at the first younger entry.

    Raises:
        BadInput: `before` lies after `now`; a purge would run after its own entries.
        Conflict: Another run purges as well; what was purged so far is, the next run does the rest.
    """
    if before > now:
        raise BadInput("the ledger is purged of what is past only")
    old = itertools.takewhile(lambda found: found[1].at < before, _kept(store, org))
    done = 0
    while batch := list(itertools.islice(old, PURGE_BATCH)):
        stubs = [Put(replace(item, body=ledger.to_body(ledger.stub(link)), parent=None)) for item, link in batch]
        stubs += _carried_on(store, org, [link for _, link in batch])
        said = {"through": str(batch[-1][1].sequence)}
        entry = LedgerEntry(org, 0, now, who, ledger.PURGED, "", "", "R-EVID-6", f"{len(batch)} entries", said)
        commit(store, org, stubs, [entry])
        done += len(batch)
    return done


def purged_through(store: Store, org: str) -> int:
    """Return the number up to which the ledger says that contents were purged, 0 where none were."""
    return ledger.purged_through(entries(store, org))


def marks(store: Store, org: str) -> dict[tuple[str, str], metrics.Mark]:
    """Return what figures need of the entries that were purged."""
    found: dict[tuple[str, str], metrics.Mark] = {}
    after = ""
    while page := store.find(org, MARK_TABLE, after=after, limit=PAGE):
        found |= {(org, item.id): metrics.Mark(**item.body) for item in page}
        after = page[-1].id
    return found


def _carried_on(store: Store, org: str, purged: Sequence[LedgerEntry]) -> list[Put]:
    """Return the writes that keep the marks of entries about to go."""
    keys = metrics.marks(purged).keys()
    items = {key: store.get(org, MARK_TABLE, key[1]) or Item(org, MARK_TABLE, key[1], {}) for key in keys if key[1]}
    before = {key: metrics.Mark(**item.body) for key, item in items.items()}
    after = metrics.marks(purged, before)
    return [Put(replace(items[key], body=asdict(mark))) for key, mark in after.items() if key in items]


def number(sequence: int) -> str:
    """Return a sequence as the id it is stored under."""
    return f"{sequence:012d}"


def _item(entry: LedgerEntry) -> Item:
    return Item(entry.org, TABLE, number(entry.sequence), ledger.to_body(entry), parent=entry.case_id or None)


def _items(store: Store, org: str, case_id: str | None) -> Iterator[Item]:
    after = ""
    while page := store.find(org, TABLE, parent=case_id, after=after, limit=PAGE):
        yield from page
        after = page[-1].id


def _stored_head(store: Store, org: str, unreadable: list[Problem]) -> list[Head]:
    try:
        current = head(store, org)
    except Tampered:
        unreadable.append(Problem(0, Fault.UNREADABLE))
        return []
    return [current] if current else []


def _kept(store: Store, org: str) -> Iterator[tuple[Item, LedgerEntry]]:
    for item in _items(store, org, None):
        link = ledger.from_body(item.body)
        if isinstance(link, LedgerEntry):
            yield item, link


def _readable(store: Store, org: str, unreadable: list[Problem]) -> Iterator[Link]:
    for item in _items(store, org, None):
        try:
            link = ledger.from_body(item.body)
        except Tampered:
            unreadable.append(Problem(int(item.id) if item.id.isdecimal() else 0, Fault.UNREADABLE))
            continue
        if item.id != number(link.sequence):
            unreadable.append(Problem(link.sequence, Fault.ORDER))
        yield link


def _head(item: Item) -> Head:
    body: dict[str, Any] = dict(item.body)
    if not isinstance(body.get("sequence"), int) or not isinstance(body.get("hash"), str):
        raise Tampered("the ledger's head cannot be read")
    return Head(item.org, body["sequence"], body["hash"])
