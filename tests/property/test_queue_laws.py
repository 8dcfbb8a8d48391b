"""Laws of the queue: each item is done once, none is lost, a worker's death only delays."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.domain.errors import Conflict
from zoho_privacy.ports import Item, Put, Store
from zoho_privacy.workflows import queue

ORG = "org-1"
START = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = timedelta(minutes=5)
ATTEMPTS = 2  # few, so that many items meet their end


def finish(store: Store, item: Item) -> bool:
    """Do the work: its result and the end of the item are one commit."""
    try:
        store.commit([Put(Item(ORG, "result", item.id, {})), queue.done(item)])
    except Conflict:
        return False
    return True


class Workers(RuleBasedStateMachine):
    """Any number of workers claim, finish, fail, dawdle or die in any order while time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.now = START
        self.added: set[str] = set()
        self.held: list[Item] = []
        self.done: Counter[str] = Counter()

    def valid(self) -> list[Item]:
        return [item for item in self.held if item.due and item.due > self.now]

    @rule(id_=st.integers(0, 5).map(str), wait=st.integers(0, 3))
    def add(self, id_: str, wait: int) -> None:
        if id_ not in self.added:
            self.added.add(id_)
            self.store.commit([queue.add(ORG, "job", id_, {"n": id_}, due=self.now + wait * LEASE)])

    @rule(limit=st.integers(1, 3), worker=st.sampled_from("abc"))
    def claim(self, limit: int, worker: str) -> None:
        waiting = self.store.due("job", now=self.now, limit=100)
        mine = queue.claim(self.store, "job", self.now, lease=LEASE, worker=worker, limit=limit, max_attempts=ATTEMPTS)
        tired = [item for item in waiting[:limit] if queue.attempts(item) >= ATTEMPTS]
        assert len(mine) == min(limit, len(waiting)) - len(tired)
        self.held += mine

    def take(self, data: Any) -> Item:
        item: Item = data.draw(st.sampled_from(self.held))
        self.held.remove(item)
        return item

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def work(self, data: Any) -> None:
        item = self.take(data)
        intact = self.store.get(ORG, "job", item.id) == item
        assert finish(self.store, item) == intact
        self.done[item.id] += intact

    @precondition(lambda self: self.held)
    @rule(data=st.data(), again=st.booleans())
    def fail(self, data: Any, *, again: bool) -> None:
        item = self.take(data)
        writes = (
            queue.retry(item, now=self.now, reason="x", max_attempts=ATTEMPTS)
            if again
            else [queue.postpone(item, until=self.now + LEASE)]
        )
        intact = self.store.get(ORG, "job", item.id) == item
        try:
            self.store.commit(writes)
        except Conflict:
            assert not intact
        else:
            assert intact

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def die(self, data: Any) -> None:
        self.take(data)

    @rule(minutes=st.sampled_from([1, 3, 6, 60, 600]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def replay(self) -> None:
        for letter in list(queue.dead_letters(self.store, ORG))[:1]:
            queue.replay(self.store, ORG, letter.id, now=self.now)

    @invariant()
    def nothing_is_lost_or_twice(self) -> None:
        waiting = [item.id for item in self.store.find(ORG, "job")]
        dead = [letter.body["id"] for letter in queue.dead_letters(self.store, ORG)]
        assert sorted([*waiting, *dead, *self.done.elements()]) == sorted(self.added)

    @invariant()
    def nobody_shares_a_lease(self) -> None:
        assert all(count == 1 for count in Counter(item.id for item in self.valid()).values())

    @invariant()
    def a_valid_lease_is_the_stored_one(self) -> None:
        """Until its lease ends nobody can take an item from a worker that has not let it go."""
        assert all(self.store.get(ORG, "job", item.id) == item for item in self.valid())

    def teardown(self) -> None:
        """Everybody dies; one steady worker comes: all that is left gets done."""
        self.now += 2 * queue.LONGEST_WAIT
        for item in queue.claim(self.store, "job", self.now, lease=LEASE, worker="steady", limit=100, max_attempts=9):
            assert finish(self.store, item)
            self.done[item.id] += 1
        self.nothing_is_lost_or_twice()
        assert self.store.find(ORG, "job") == []


Workers.TestCase.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
TestWorkers = Workers.TestCase


@pytest.mark.req("R-PLAN-3")
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_racing_workers_do_each_item_once(kind: str, tmp_path: Path) -> None:
    """Six threads, forty items, all at once: the losers skip, nobody waits, nothing is done twice."""
    store: Store = MemoryStore() if kind == "memory" else SqliteStore(tmp_path / "state.db")
    ids = [f"{number:02d}" for number in range(40)]
    for id_ in ids:
        store.commit([queue.add(ORG, "job", id_, {}, due=START)])
    done: list[str] = []

    def work(name: str) -> None:
        while mine := queue.claim(store, "job", START, lease=LEASE, worker=name, limit=3):
            done.extend(item.id for item in mine if finish(store, item))
        # an empty claim may mean that others took what this one saw: they finish it

    threads = [Thread(target=work, args=(f"worker {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    for item in queue.claim(store, "job", START, lease=LEASE, worker="last", limit=100):
        done.extend([item.id] if finish(store, item) else [])
    assert sorted(done) == ids
    assert [item.id for item in store.find(ORG, "result")] == ids
    assert store.find(ORG, "job") == []
    if isinstance(store, SqliteStore):
        store.close()


@pytest.mark.req("R-PLAN-3")
def test_work_of_a_worker_that_died_comes_back_after_its_lease(tmp_path: Path) -> None:
    """Claimed by one connection that is never heard of again, found by another."""
    first = SqliteStore(tmp_path / "state.db")
    first.commit([queue.add(ORG, "job", "a", {"n": 1}, due=START)])
    assert queue.claim(first, "job", START, lease=LEASE, worker="one")
    first.close()
    second = SqliteStore(tmp_path / "state.db")
    assert queue.claim(second, "job", START + LEASE / 2, lease=LEASE, worker="two") == []
    (item,) = queue.claim(second, "job", START + LEASE, lease=LEASE, worker="two")
    assert (item.body["n"], queue.attempts(item)) == (1, 2)
    assert finish(second, item)
    second.close()
