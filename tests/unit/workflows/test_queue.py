"""The durable queue: who gets what and when it comes back. The laws are in tests/property/test_queue_laws.py."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.domain.errors import BadInput, Conflict, DeskBusy, NotFound
from zoho_privacy.ports import Item
from zoho_privacy.workflows import queue

ORG = "org-1"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEASE = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)


def waiting(*ids: str) -> MemoryStore:
    store = MemoryStore()
    for id_ in ids:
        store.commit([queue.add(ORG, "event", id_, {"ticket_id": "77"}, due=NOW, parent="77")])
    return store


def claim(store: MemoryStore, now: datetime = NOW, **also: Any) -> list[Item]:
    return queue.claim(store, "event", now, lease=LEASE, worker=also.pop("worker", "w1"), **also)


def one(store: MemoryStore, now: datetime = NOW, **also: Any) -> Item:
    (item,) = claim(store, now, **also)
    return item


def test_a_claimed_item_is_nobody_elses_until_its_lease_ends() -> None:
    store = waiting("a")
    item = one(store)
    assert (item.body["ticket_id"], queue.attempts(item), item.due) == ("77", 1, NOW + LEASE)
    assert store.get(ORG, "event", "a") == item
    assert claim(store, NOW + LEASE - timedelta(microseconds=1)) == []
    again = one(store, NOW + LEASE, worker="w2")
    assert (queue.attempts(again), again.body["queue"]["worker"]) == (2, "w2")


def test_an_event_added_twice_is_waiting_once() -> None:
    store = waiting("a")
    with pytest.raises(Conflict):
        store.commit([queue.add(ORG, "event", "a", {}, due=NOW)])
    assert len(claim(store)) == 1


def test_the_oldest_come_first_and_no_more_than_asked_for() -> None:
    store = waiting()
    for id_, age in (("young", 1), ("old", 3), ("middle", 2)):
        store.commit([queue.add(ORG, "event", id_, {}, due=NOW - age * MINUTE)])
    store.commit([queue.add("org-2", "event", "other", {}, due=NOW - 4 * MINUTE)])
    store.commit([queue.add(ORG, "event", "later", {}, due=NOW + MINUTE)])
    assert [item.id for item in claim(store, limit=3)] == ["other", "old", "middle"]
    assert [item.id for item in claim(store, limit=3)] == ["young"]


def test_done_work_is_gone() -> None:
    store = waiting("a")
    store.commit([queue.done(one(store))])
    assert store.get(ORG, "event", "a") is None


def test_a_worker_that_was_too_slow_cannot_finish_what_another_has_taken() -> None:
    """Both did the work; whoever holds the lease decides what comes of it."""
    store = waiting("a")
    slow = one(store)
    quick = one(store, NOW + LEASE, worker="w2")
    for writes in (
        [queue.done(slow)],
        queue.retry(slow, now=NOW, reason="x"),
        queue.bury(slow, now=NOW, reason="x"),
        [queue.postpone(slow, until=NOW)],
    ):
        with pytest.raises(Conflict):
            store.commit(writes)
    with pytest.raises(Conflict):
        queue.extend(store, slow, now=NOW, lease=LEASE)
    store.commit([queue.done(quick)])


def test_a_lease_can_be_held_longer() -> None:
    store = waiting("a")
    item = queue.extend(store, one(store), now=NOW + MINUTE, lease=LEASE)
    assert claim(store, NOW + LEASE) == []
    assert queue.attempts(item) == 1
    store.commit([queue.done(item)])


@pytest.mark.req("R-SEC-6")
def test_failed_work_comes_back_ever_later_and_ends_with_the_dead() -> None:
    store, now, waits = waiting("a"), NOW, []
    for _ in range(queue.MAX_ATTEMPTS):
        store.commit(queue.retry(one(store, now), now=now, reason="DeskUnavailable"))
        left = store.get(ORG, "event", "a")
        if left is not None:
            assert left.due
            waits.append((left.due - now).total_seconds())
            now = left.due
    assert waits == [30, 90, 270, 810, 2430, 7290, 21600]
    assert store.get(ORG, "event", "a") is None
    (letter,) = queue.dead_letters(store, ORG)
    assert letter.body == {
        "table": "event",
        "id": "a",
        "parent": "77",
        "body": {"ticket_id": "77"},
        "attempts": 8,
        "buried": now.isoformat(),
        "reason": "DeskUnavailable",
    }
    assert letter.due is None, "the dead are on nobody's agenda"


def test_the_other_side_may_ask_for_a_longer_wait() -> None:
    store = waiting("a")
    store.commit(queue.retry(one(store), now=NOW, reason="DeskBusy", at_least=timedelta(hours=7)))
    left = store.get(ORG, "event", "a")
    assert left
    assert left.due == NOW + timedelta(hours=7)
    assert left.body["queue"] == {"attempts": 1, "reason": "DeskBusy"}


def test_postponed_work_has_all_its_attempts_left() -> None:
    """A portal out of credits for a day must not bury the day's events."""
    store, now = waiting("a"), NOW
    for _ in range(3 * queue.MAX_ATTEMPTS):
        store.commit([queue.postpone(one(store, now), until=now + MINUTE)])
        now += MINUTE
    assert queue.attempts(one(store, now)) == 1


def test_work_that_kills_its_workers_is_buried_in_the_end() -> None:
    """No worker lives to say `retry`: only the count of claims can stop it from killing them for ever."""
    store, now = waiting("a", "b"), NOW
    for _ in range(queue.MAX_ATTEMPTS):
        assert len(claim(store, now)) == 2
        now += LEASE
    assert claim(store, now) == []
    assert [letter.body["reason"] for letter in queue.dead_letters(store, ORG)] == ["given up after 8 attempts"] * 2


def test_dead_letters_of_one_queue_or_all_are_listed_page_by_page() -> None:
    store = MemoryStore()
    count = queue.PAGE + 2
    for number in range(count):
        for table in ("event", "effect"):
            add = queue.add(ORG, table, f"{number}", {}, due=NOW)
            store.commit([add])
            item = store.get(ORG, table, f"{number}")
            assert item
            store.commit(queue.bury(item, now=NOW + number * MINUTE, reason="x"))
    found = [letter.body["id"] for letter in queue.dead_letters(store, ORG, table="event")]
    assert found == [f"{number}" for number in range(count)]
    assert len(list(queue.dead_letters(store, ORG))) == 2 * count
    assert list(queue.dead_letters(store, "org-2")) == []


def test_the_same_work_may_die_twice() -> None:
    store = waiting("a")
    store.commit(queue.bury(one(store), now=NOW, reason="first"))
    store.commit([queue.add(ORG, "event", "a", {}, due=NOW)])
    store.commit(queue.bury(one(store), now=NOW + MINUTE, reason="second"))
    assert [letter.body["reason"] for letter in queue.dead_letters(store, ORG)] == ["first", "second"]


def test_a_replayed_letter_is_work_again_with_all_its_attempts() -> None:
    store = waiting("a")
    store.commit(queue.bury(one(store), now=NOW, reason="x"))
    (letter,) = queue.dead_letters(store, ORG)
    queue.replay(store, ORG, letter.id, now=NOW + MINUTE)
    item = one(store, NOW + MINUTE)
    assert (item.id, item.parent, item.body["ticket_id"], queue.attempts(item)) == ("a", "77", "77", 1)
    assert list(queue.dead_letters(store, ORG)) == []
    with pytest.raises(NotFound):
        queue.replay(store, ORG, letter.id, now=NOW)


def test_a_letter_whose_work_is_waiting_again_cannot_be_replayed_now() -> None:
    store = waiting("a")
    store.commit(queue.bury(one(store), now=NOW, reason="x"))
    store.commit([queue.add(ORG, "event", "a", {}, due=NOW)])
    (letter,) = queue.dead_letters(store, ORG)
    with pytest.raises(Conflict):
        queue.replay(store, ORG, letter.id, now=NOW)
    assert list(queue.dead_letters(store, ORG)) == [letter]


@pytest.mark.req("R-SEC-8")
def test_reasons_repeat_the_texts_of_our_own_errors_only() -> None:
    """A library's text may quote the mail it choked on."""
    assert queue.reason(ValueError("ada@example.com")) == "ValueError"
    assert queue.reason(DeskBusy("slow down")) == "DeskBusy: slow down"
    assert len(queue.reason(BadInput("x" * 999))) == queue.REASON_LENGTH
    store = waiting("a")
    store.commit(queue.retry(one(store), now=NOW, reason="x" * 999))
    left = store.get(ORG, "event", "a")
    assert left
    assert len(left.body["queue"]["reason"]) == queue.REASON_LENGTH


def test_waits_stay_between_their_bounds_for_any_number() -> None:
    assert queue.wait(0) == queue.wait(1) == timedelta(seconds=30)
    assert queue.wait(10**9) == timedelta(hours=6)
