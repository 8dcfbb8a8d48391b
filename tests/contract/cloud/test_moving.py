"""One machine to a stage and back: everything arrives, whatever interrupts it, and nothing is written over."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cloud import Faulty, refusal
from tests.contract.cloud.conftest import ORG, Stage
from zoho_privacy.adapters.anchor import FileAnchor
from zoho_privacy.adapters.blobs import FolderBlobs
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.adapters.s3 import S3Anchor, S3Blobs
from zoho_privacy.adapters.stores.dynamodb import DynamoStore
from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.domain.errors import BadInput, StoreUnavailable
from zoho_privacy.domain.model import LedgerEntry
from zoho_privacy.local.moving import Place, move
from zoho_privacy.local.replaying import replay
from zoho_privacy.ports import Delete, Item, Put
from zoho_privacy.workflows import agenda, ledger

NOW = datetime(2026, 3, 2, 9, 15, 0, 123456, tzinfo=UTC)
STORES: list[SqliteStore] = []


def machine(folder: Path) -> Place:
    store = SqliteStore(folder / "state.sqlite3")
    STORES.append(store)
    return Place(store, FolderBlobs(folder / "files"), FileAnchor(folder / "anchors.jsonl"))


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while STORES:
        STORES.pop().close()


@pytest.fixture
def cloud(stage: Stage) -> Place:
    clock = FixedClock(NOW)
    store = DynamoStore(stage.client("dynamodb"), stage.table, clock=clock)
    s3 = stage.client("s3")
    return Place(store, S3Blobs(s3, stage.files), S3Anchor(s3, stage.anchors, clock=clock))


def filled(place: Place) -> Place:
    """Let a place hold something of every shape: bodies, parents, due times, several versions, two portals."""
    items = [
        Item(org, table, f"{table}-{number}", {"n": number, "text": "Zoë ﷽ 🦊", "deep": {"a": [1, None, 2.5]}})
        for org in (ORG, "60002")
        for table in ("case", "event", "ledger")
        for number in range(20)
    ]
    items += [
        Item(ORG, "job", "j", {}, parent="case-1", due=NOW + timedelta(days=400)),
        Item("", "task", "sweep", TASK),
    ]
    items.append(Item(ORG, "lease", "held", {"holder": "pid-1"}))
    for start in range(0, len(items), 50):
        place.store.commit([Put(item) for item in items[start : start + 50]])
    (first,) = place.store.find(ORG, "case", limit=1)
    place.store.commit([Put(Item(ORG, "case", first.id, {"changed": True}, version=first.version))])
    place.blobs.put(f"exports/{ORG}/a.zip", [b"PK", b"\0" * 100_000])
    place.blobs.put("plans/b.json", [b"{}"])
    for sequence in (1, 2):
        place.anchor.leave(ORG, sequence, f"{sequence:064x}", NOW)
    return place


TASK = {"interval_s": 600.0, "next_due": NOW.isoformat(), "last_success": NOW.isoformat()}


def told(place: Place) -> tuple[Any, ...]:
    """Return all that a place holds, leases aside."""
    items = {
        (item.org, item.table, item.id): (json.dumps(dict(item.body), sort_keys=True), item.parent, item.due)
        for item in place.store.everything()
        if item.table != "lease"
    }
    files = {name: b"".join(place.blobs.get(name)) for name in place.blobs.names("")}
    return items, files, {org: list(place.anchor.heads(org)) for org in (ORG, "60002")}


@pytest.mark.req("R-EVID-3", "R-DEV-2")
def test_there_and_back_nothing_is_lost(cloud: Place, tmp_path: Path) -> None:
    here, again = filled(machine(tmp_path / "one")), machine(tmp_path / "two")
    moved = move(here, cloud, now=NOW)
    assert (moved.items, moved.files, moved.heads) == (122, 2, 2)
    assert told(cloud) == told(here)
    move(cloud, again, now=NOW)
    assert told(again) == told(here)
    assert again.store.get(ORG, "lease", "held") is None
    (due,) = again.store.due("job", now=NOW + timedelta(days=500))
    assert (due.parent, due.due) == ("case-1", NOW + timedelta(days=400))


@pytest.mark.req("R-ERASE-7")
def test_a_restored_table_is_brought_up_to_what_happened_since(cloud: Place, tmp_path: Path) -> None:
    """The same replay on DynamoDB; its rules are tested in tests/unit/local/test_replaying.py."""
    later = machine(tmp_path)

    def step(store: Any, what: str, *items: Item) -> None:
        entry = LedgerEntry(ORG, 0, NOW, "zoho_privacy", what, "", "", "R-EVID-2", "", {})
        ledger.commit(store, ORG, [Put(item) for item in items], [entry])

    for store in (later.store, cloud.store):
        step(store, "first", Item(ORG, "effect", "letter", {"kind": "reply"}))
    (letter,) = later.store.find(ORG, "effect")
    later.store.commit([Delete(letter)])
    step(later.store, "erased", Item(ORG, "tombstone", "t", {"plan": "p"}), Item(ORG, "sent", "letter", {}))
    ledger.anchor_head(later.store, cloud.anchor, ORG, NOW)
    found = replay(later.store, cloud.store, cloud.anchor, now=NOW)
    assert (found.carried, found.ended, found.entries) == (4, 1, 1)
    assert cloud.store.get(ORG, "effect", "letter") is None
    assert cloud.store.get(ORG, "tombstone", "t") is not None
    assert ledger.verify_all(cloud.store, ORG, cloud.anchor.heads(ORG)) == []


def test_a_move_that_was_interrupted_is_repeated(stage: Stage, cloud: Place, tmp_path: Path) -> None:
    here = filled(machine(tmp_path))
    client: Any = Faulty(stage.client("dynamodb"))
    broken = Place(DynamoStore(client, stage.table, clock=FixedClock(NOW)), cloud.blobs, cloud.anchor)
    error = refusal("TransactWriteItems", "ProvisionedThroughputExceededException", 400)
    for _ in range(2):
        client.fail("transact_write_items", error, landed=True)
        with pytest.raises(StoreUnavailable):
            move(here, broken, now=NOW)
    moved = move(here, broken, now=NOW)
    assert (moved.items, moved.new_items) == (122, 122 - 2 * 40)
    assert told(cloud) == told(here)
    assert move(here, cloud, now=NOW).new_items == 0


@pytest.mark.parametrize("what", ["another item", "another file", "a task at work"])
def test_a_move_writes_over_nothing_and_waits_for_rest(cloud: Place, tmp_path: Path, what: str) -> None:
    here = filled(machine(tmp_path))
    if what == "another item":
        cloud.store.commit([Put(Item(ORG, "ledger", "ledger-3", {"of": "another installation"}))])
    elif what == "another file":
        cloud.blobs.put("plans/b.json", [b"[]"])
    else:
        row = agenda.plan(here.store, "", "outbox", interval=timedelta(minutes=1), now=NOW)
        agenda.start(here.store, row, now=NOW, lease=timedelta(minutes=5), holder="pid-2")
    before = told(here)
    with pytest.raises(BadInput):
        move(here, cloud, now=NOW)
    assert told(here) == before
    assert {"another item": cloud.store.get(ORG, "ledger", "ledger-3")}.get(what, True)
