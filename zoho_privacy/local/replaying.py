"""After an older state was restored: what has happened since is carried over from the later one, so that it stays so.

The later state is the one that was replaced: a copy of the file, the table beside the restored one. Its ledger must
hold by itself and against the heads left outside, and must go on from the restored one's. Then everything that stands
for a deed comes over: ledger and journal, tombstones, plans with their approvals, cases, what was sent and looked at.
What waits is what waits there: an effect that was carried out since is not left to be carried out again, and a key that
was destroyed is destroyed again. What only the restored state still has comes back; the machine's own bookkeeping stays
as restored, so that the next sweep looks again at what came in between. Nothing is changed in the later state.

May not: run beside a service, or read Desk. Sources: docs/data-map.md; R-EVID-2, R-ERASE-7.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final

from zoho_privacy.domain.errors import BadInput, Conflict
from zoho_privacy.domain.ledger import Head
from zoho_privacy.domain.model import LedgerEntry
from zoho_privacy.local.moving import AT_ONCE, MOST_BYTES, Anchors, WholeStore, at_rest, same
from zoho_privacy.ports import Delete, Put, Write
from zoho_privacy.workflows import ledger

REPLAYED: Final = "backup.replayed"

DEEDS: Final = frozenset({
    "address", "amended", "approval", "breach", "brought_back", "case", "challenge", "challenge_ticket", "consent",
    "correction", "digest", "effect_key", "export", "file_copy", "ledger", "mark", "masked", "message", "native",
    "person_case", "pin", "placeholder", "plan", "read_back", "receipt", "refused", "same_person", "sent", "sheet",
    "skeleton", "stage", "step", "suppression", "ticket", "tombstone", "twin", "twin_person", "twin_ticket", "unasked",
    "warning", "widget_answer",
})  # fmt: skip
"""What has happened does not go away: the later row is true, and a row that only the restored state has stays."""

WAITING: Final = frozenset({
    "challenge_token", "dead_letter", "effect", "event", "export_token", "hold", "job", "look", "pause",
    "relationship", "restriction", "spam", "undo", "undo_key", "undo_person", "widget_key",
})  # fmt: skip
"""What ends: a row that the later state no longer has was carried out, lifted or destroyed."""

LAST: Final = frozenset({"ledger_head"})
"""Moves when everything else is there, so that an interrupted replay is repeated."""

AS_RESTORED: Final = frozenset({
    "canary", "credits", "desk_tokens", "heartbeat", "install", "key", "lease", "retention", "rule", "simulation",
    "task", "watermark", "widget_rate",
})  # fmt: skip
"""The machine's own bookkeeping: at worst it looks at something again, or asks again what rules are in force."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many rows were carried over, how many that had ended were removed, and the ledger entries among the first."""

    carried: int
    ended: int
    entries: int

    def as_dict(self) -> dict[str, int]:
        """Return the counts for machines."""
        return asdict(self)


def replay(
    later: WholeStore,
    restored: WholeStore,
    anchor: Anchors,
    *,
    now: datetime,
    say: Callable[[str], None] = lambda _: None,
) -> Replayed:
    """Carry over what happened after the backup, and write one entry for each portal; repeating it changes nothing.

    Raises:
        BadInput: Somebody works on either side, the later ledger does not hold, or the restored state is not its past.
        StoreUnavailable: A side does not answer; repeat it.
    """
    for side in (later, restored):
        at_rest(side, now)
    orgs = sorted({item.org for side in (later, restored) for item in side.everything() if item.table == "ledger_head"})
    todo = {org for org in orgs if not _done(later, restored, anchor, org)}
    ended = _commit(restored, _endings(later, restored, todo), say)
    entries = sum(_ahead(later, restored, org) for org in todo)
    carried = _commit(restored, _newer(later, restored, todo, DEEDS | WAITING), say)
    carried += _commit(restored, _newer(later, restored, todo, LAST), say)
    for org in sorted(todo):
        problems = ledger.verify_all(restored, org, anchor.heads(org))
        if problems:
            raise BadInput(f"portal {org}: the ledger does not hold after the replay: {problems[0]}")
        result = f"{carried} rows, {ended} ended"
        ledger.commit(
            restored, org, [], [LedgerEntry(org, 0, now, "zoho_privacy", REPLAYED, "", "", "R-ERASE-7", result)]
        )
    return Replayed(carried, ended, entries)


def _done(later: WholeStore, restored: WholeStore, anchor: Anchors, org: str) -> bool:
    """Tell whether a portal was replayed before; raises BadInput where it cannot be."""
    end, begin = ledger.head(later, org), ledger.head(restored, org)
    if end is None:
        raise BadInput(f"portal {org}: the later state has no ledger: it is not the later one")
    if begin is not None and begin.sequence > end.sequence and _holds(restored, end):
        return True
    problems = ledger.verify_all(later, org, anchor.heads(org))
    if problems:
        raise BadInput(f"portal {org}: the later ledger cannot be trusted: {problems[0]}")
    if begin is not None and not _holds(later, begin):
        raise BadInput(f"portal {org}: the restored state is not the later one's past, or was at work since")
    return False


def _holds(store: WholeStore, head: Head) -> bool:
    """Tell whether a ledger has this very head at its number."""
    item = store.get(head.org, ledger.TABLE, ledger.number(head.sequence))
    return item is not None and item.body.get("hash") == head.hash


def _ahead(later: WholeStore, restored: WholeStore, org: str) -> int:
    end, begin = ledger.head(later, org), ledger.head(restored, org)
    return (end.sequence if end else 0) - (begin.sequence if begin else 0)


def _endings(later: WholeStore, restored: WholeStore, orgs: set[str]) -> Iterator[Write]:
    for item in list(restored.everything()):
        if item.org in orgs and item.table in WAITING and later.get(item.org, item.table, item.id) is None:
            yield Delete(item)


def _newer(later: WholeStore, restored: WholeStore, orgs: set[str], tables: frozenset[str]) -> Iterator[Write]:
    for item in later.everything():
        if item.org in orgs and item.table in tables:
            found = restored.get(item.org, item.table, item.id)
            if found is None or not same(item, found):
                yield Put(replace(item, version=found.version if found else 0))


def _commit(store: WholeStore, writes: Iterator[Write], say: Callable[[str], None]) -> int:
    done = size = 0
    batch: list[Write] = []

    def flush() -> None:
        try:
            store.commit(batch)
        except Conflict:
            raise BadInput("somebody writes to the restored state: stop the service and repeat") from None

    for write in writes:
        length = len(str(write.item.body))
        if batch and (len(batch) == AT_ONCE or size + length > MOST_BYTES):
            flush()
            batch, size = [], 0
            say(f"{done} rows")
        batch.append(write)
        size += length
        done += 1
    if batch:
        flush()
    return done
