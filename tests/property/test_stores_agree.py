"""SQLite and memory are one store to whoever uses them: whatever is done, both answer alike."""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from operator import methodcaller
from pathlib import Path
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.domain.errors import ZohoPrivacyError
from zoho_privacy.ports import Check, Delete, Item, Put, Store, Write

START = datetime(2026, 1, 1, tzinfo=UTC)
ORGS = st.sampled_from(["", "org-1"])
TABLES = st.sampled_from(["case", "event"])
IDS = st.sampled_from(["a", "B", "é", "10", "9"])
PARENTS = st.none() | st.sampled_from(["p", "q"])
MOMENTS = st.integers(0, 3).map(lambda n: START + timedelta(microseconds=n))
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)
BODIES = st.dictionaries(st.text(max_size=3), JSON, max_size=2)
KINDS = st.sampled_from([Put, Put, Put, Delete, Check])
OFF = st.sampled_from([0] * 9 + [1, -1])
CHANGES = st.tuples(KINDS, ORGS, TABLES, IDS, BODIES, PARENTS, st.none() | MOMENTS, OFF)
ODD = st.builds(
    Item,
    org=st.text(max_size=2),
    table=st.text(max_size=2),
    id=st.text(max_size=2),
    body=st.dictionaries(st.text(max_size=2), JSON | st.floats() | st.just((1,)), max_size=2),
    parent=st.none() | st.text(max_size=2),
    due=st.none() | st.datetimes(timezones=st.none() | st.just(UTC)),
)


class StoresAgree(RuleBasedStateMachine):
    """Every commit and question goes to both stores; the SQLite file is closed and opened again now and then."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "state.db"
        self.memory, self.sqlite = MemoryStore(), SqliteStore(self.path)

    def teardown(self) -> None:
        if hasattr(self, "sqlite"):
            self.sqlite.close()
            self.folder.cleanup()

    def both(self, ask: Callable[[Store], Any]) -> None:
        answers: list[Any] = []
        for store in (self.memory, self.sqlite):
            try:
                answers.append(ask(store))
            except ZohoPrivacyError as error:
                answers.append((type(error), str(error)))
        assert answers[0] == answers[1]

    @rule(changes=st.lists(CHANGES, min_size=1, max_size=4))
    def commit(self, changes: list[Any]) -> None:
        """Most writes carry the version that is stored; some one more or less, some name a key twice."""
        writes: list[Write] = []
        for kind, org, table, id_, body, parent, due, off in changes:
            stored = self.memory.get(org, table, id_)
            version = max((stored.version if stored else 0) + off, 0)
            writes.append(kind(Item(org, table, id_, body, version, parent, due)))
        self.both(lambda store: store.commit(writes))

    @rule(item=ODD)
    def commit_anything(self, item: Item) -> None:
        self.both(lambda store: store.commit([Put(item)]))
        self.both(lambda store: store.get(item.org, item.table, item.id))

    @rule(org=ORGS, table=TABLES, id_=IDS)
    def get(self, org: str, table: str, id_: str) -> None:
        self.both(lambda store: store.get(org, table, id_))

    @rule(org=ORGS, table=TABLES, parent=PARENTS, after=IDS, limit=st.integers(-1, 3))
    def find(self, org: str, table: str, parent: str | None, after: str, limit: int) -> None:
        self.both(lambda store: store.find(org, table, parent=parent, after=after, limit=limit))

    @rule(table=TABLES, now=MOMENTS, limit=st.integers(-1, 4))
    def due(self, table: str, now: datetime, limit: int) -> None:
        self.both(lambda store: store.due(table, now=now, limit=limit))

    @rule()
    def reopen(self) -> None:
        self.sqlite.close()
        self.sqlite = SqliteStore(self.path)

    @invariant()
    def all_is_alike(self) -> None:
        for table in ("case", "event"):
            for moment in range(4):
                now = START + timedelta(microseconds=moment)
                self.both(methodcaller("due", table, now=now))
            for org in ("", "org-1"):
                for parent in (None, "p", "q", ""):
                    self.both(methodcaller("find", org, table, parent=parent))


WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # it would flush the disk for minutes
StoresAgree.TestCase.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, phases=WITHOUT_SHRINKING
)
TestStoresAgree = StoresAgree.TestCase
