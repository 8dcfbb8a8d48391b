"""An older state is restored: what happened after it stands again, and nothing is done twice."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.desk import FakeDesk
from tests.unit.workflows.test_returns import bring_back, erased
from zoho_privacy.adapters.anchor import FileAnchor
from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.local import replaying
from zoho_privacy.local.replaying import AS_RESTORED, DEEDS, LAST, WAITING, replay
from zoho_privacy.ports import Delete, Item, Put
from zoho_privacy.workflows import agenda, ledger
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.reconcile import reconcile_ticket

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
SPAN = timedelta(minutes=5)
ORG = FakeDesk().org
DATA_MAP = Path(__file__).parents[3] / "docs" / "data-map.md"

pytestmark = pytest.mark.req("R-ERASE-7", "R-EVID-2")


class Place:
    """A state, a copy of it, and the heads left outside."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.open = folder, list[SqliteStore]()
        self.anchor = FileAnchor(folder / "anchors.jsonl")
        self.store = self.at("state")

    def at(self, name: str) -> SqliteStore:
        store = SqliteStore(self.folder / f"{name}.sqlite3")
        self.open.append(store)
        return store

    def backed_up(self) -> SqliteStore:
        self.store.back_up(self.folder / "backup.sqlite3")
        return self.at("backup")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    step(made.store, "first", Item(ORG, "case", "c-1", {"state": "planned"}), Item(ORG, "effect", "letter", {}))
    yield made
    for store in made.open:
        store.close()


def step(store: SqliteStore, what: str, *items: Item) -> None:
    """Let something happen: its rows and its ledger entry in one commit."""
    change = Change(store, ORG, NOW)
    for item in items:
        change.put(item.table, item.id, dict(item.body), was=store.get(ORG, item.table, item.id))
    change.log("zoho_privacy", what, why="R-EVID-2")
    change.commit()


def later_deeds(place: Place) -> None:
    """Answer the case, erase a ticket and send the letter that waited; leave the head outside."""
    step(
        place.store, "erased", Item(ORG, "tombstone", "t", {"plan": "p"}), Item(ORG, "case", "c-1", {"state": "closed"})
    )
    (letter,) = place.store.find(ORG, "effect")
    place.store.commit([Delete(letter)])
    step(place.store, "answered", Item(ORG, "sent", "letter", {}), Item(ORG, "job", "read-back", {}))
    ledger.anchor_head(place.store, place.anchor, ORG, NOW)


def rows(store: SqliteStore, tables: Sequence[str]) -> set[tuple[str, str, str]]:
    return {(i.table, i.id, str(dict(i.body))) for i in store.everything() if i.table in tables}


def test_what_happened_after_the_backup_stands_again_and_what_was_sent_no_longer_waits(place: Place) -> None:
    restored = place.backed_up()
    later_deeds(place)
    found = replay(place.store, restored, place.anchor, now=NOW)
    assert (found.entries, found.ended) == (2, 1)
    told = ("case", "effect", "job", "sent", "tombstone")
    assert rows(restored, told) == rows(place.store, told)
    assert ledger.verify_all(restored, ORG, place.anchor.heads(ORG)) == []
    assert [entry.what for entry in ledger.entries(restored, ORG)] == [
        "first",
        "erased",
        "answered",
        replaying.REPLAYED,
    ]
    assert replay(place.store, restored, place.anchor, now=NOW).as_dict() == {"carried": 0, "ended": 0, "entries": 0}


def test_what_desk_brings_back_after_the_restore_is_erased_again(place: Place) -> None:
    restored = place.backed_up()
    desk = FakeDesk()
    app, _, ticket_id = erased(desk, store=place.store)
    replay(place.store, restored, place.anchor, now=NOW)
    bring_back(desk, ticket_id)
    gate = replace(app.desks[ORG].write, store=restored)
    app = replace(app, store=restored, desks={ORG: replace(app.desks[ORG], write=gate)})
    reconcile_ticket(app, ORG, ticket_id)
    assert [entry.result for entry in ledger.entries(restored, ORG) if entry.what == "returned"] == ["done"]
    assert ticket_id not in desk.tickets


def test_a_row_that_was_lost_comes_back_and_bookkeeping_stays_as_restored(place: Place) -> None:
    place.store.commit([Put(Item(ORG, "watermark", "sweep", {"at": "early"})), Put(Item(ORG, "plan", "p", {}))])
    restored = place.backed_up()
    later_deeds(place)
    mark, plan = place.store.find(ORG, "watermark")[0], place.store.find(ORG, "plan")[0]
    place.store.commit([Put(Item(ORG, "watermark", "sweep", {"at": "late"}, version=mark.version)), Delete(plan)])
    replay(place.store, restored, place.anchor, now=NOW)
    assert rows(restored, ("plan", "watermark")) == {("plan", "p", "{}"), ("watermark", "sweep", "{'at': 'early'}")}


def test_a_replay_that_was_interrupted_is_repeated(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    restored = place.backed_up()
    later_deeds(place)
    (head,) = restored.find(ORG, "ledger_head")

    class KilledError(Exception):
        pass

    def die(_: str) -> None:
        raise KilledError

    monkeypatch.setattr(replaying, "AT_ONCE", 2)
    with pytest.raises(KilledError):
        replay(place.store, restored, place.anchor, now=NOW, say=die)
    assert restored.find(ORG, "ledger_head")[0].body == head.body
    replay(place.store, restored, place.anchor, now=NOW)
    assert ledger.verify_all(restored, ORG, place.anchor.heads(ORG)) == []
    assert rows(restored, ("tombstone", "effect")) == rows(place.store, ("tombstone", "effect"))


@pytest.mark.parametrize("what", ["changed ledger", "cut ledger", "went on", "another", "at work", "no ledger"])
def test_what_is_not_the_restored_states_future_is_not_replayed(place: Place, what: str) -> None:
    restored = place.backed_up()
    later_deeds(place)
    match what:
        case "changed ledger":
            item = place.store.find(ORG, "ledger")[1]
            place.store.commit([Put(Item(ORG, "ledger", item.id, {**item.body, "what": "kept"}, version=item.version))])
        case "cut ledger":
            place.anchor.leave(ORG, 9, "ab" * 32, NOW)
        case "went on":
            step(restored, "something else")
        case "another":
            restored = place.at("other")
            step(restored, "of another installation")
        case "at work":
            row = agenda.plan(restored, "", "outbox", interval=SPAN, now=NOW)
            agenda.start(restored, row, now=NOW, lease=SPAN, holder="pid-2")
        case "no ledger":
            place.store = place.at("empty")
    before = list(restored.everything())
    with pytest.raises(BadInput):
        replay(place.store, restored, place.anchor, now=NOW)
    assert list(restored.everything()) == before


def test_each_table_is_told_what_a_replay_does_with_it() -> None:
    """A new table is either a deed, something that ends, or bookkeeping; its author decides."""
    text = DATA_MAP.read_text("utf-8")
    part = text[text.index("## In the suite's store") : text.index("## In the suite's files")]
    shown = {name for row in re.findall(r"^\| (`.*?) \|", part, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    kinds = [DEEDS, WAITING, LAST, AS_RESTORED]
    known = frozenset[str]().union(*kinds)
    assert shown - known == set()
    assert sum(len(each) for each in kinds) == len(known)
