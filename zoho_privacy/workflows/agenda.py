"""When each task runs next, remembered in the Store (table "task"), so that downtime is caught up once, by data.

A host only ticks: every few seconds it asks `due_tasks`, starts what it gets and reports `finished` or `failed`.
`start` moves the task's `due` to the end of a lease: two hosts never run one task at once, and a task whose runner
died comes back. Tasks for the whole installation have the organisation "".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from zoho_privacy.domain.errors import BadInput, Conflict
from zoho_privacy.ports import Item, Put, Store
from zoho_privacy.workflows import queue

TABLE: Final = "task"
PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Task:
    """One row of the agenda. `next_due` is the slot it waits for; `item.due` also covers leases and retries."""

    item: Item
    interval: timedelta
    next_due: datetime
    last_success: datetime | None
    failures: int
    reason: str

    @property
    def org(self) -> str:
        """The organisation it works for, "" for all."""
        return self.item.org

    @property
    def name(self) -> str:
        """The task's name, as in `tasks/`."""
        return self.item.id


def plan(
    store: Store, org: str, name: str, *, interval: timedelta, now: datetime, first: datetime | None = None
) -> Task:
    """Make sure that the task is on the agenda with this interval and return it; first due at `first` or now.

    Calling it at each start changes nothing. A shorter interval than before takes effect at once.

    Raises:
        BadInput: The interval is not positive.
    """
    if interval <= timedelta(0):
        raise BadInput(f"task {name}: the interval must be positive")
    item = store.get(org, TABLE, name)
    if item is None:
        slot = first or now
        new = Item(org, TABLE, name, {"interval_s": interval.total_seconds(), "next_due": slot.isoformat()}, due=slot)
        return _store_or_read(store, new)
    task = read(item)
    if task.interval == interval:
        return task
    slot = min(task.next_due, now + interval)
    due = slot if item.due == task.next_due else item.due  # a lease or a retry keeps its time
    body = {**item.body, "interval_s": interval.total_seconds(), "next_due": slot.isoformat()}
    return _store_or_read(store, replace(item, body=body, due=due))


def due_tasks(store: Store, now: datetime, *, limit: int = 100) -> Sequence[Task]:
    """Return the tasks that should run now, the longest waiting first; a task missed many times comes once."""
    return [read(item) for item in store.due(TABLE, now=now, limit=limit)]


def start(store: Store, task: Task, *, now: datetime, lease: timedelta, holder: str) -> Task | None:
    """Take the task until now + lease; None where another host was faster."""
    body = {**task.item.body, "holder": holder}
    try:
        return _store(store, replace(task.item, body=body, due=now + lease))
    except Conflict:
        return None


def finished(store: Store, task: Task, *, now: datetime) -> Task:
    """Record success: next due at the first slot after now, in step with the slots before.

    Raises:
        Conflict: The lease ran out and another host took the task.
    """
    slot = next_slot(task.next_due, task.interval, now)
    body = {"interval_s": task.interval.total_seconds(), "next_due": slot.isoformat(), "last_success": now.isoformat()}
    return _store(store, replace(task.item, body=body, due=slot))


def failed(store: Store, task: Task, *, now: datetime, reason: str, at_least: timedelta = timedelta(0)) -> Task:
    """Record failure: try again after a growing wait, at the latest at the next slot. Raises as `finished`.

    `at_least` is a pause that the other side asked for; it is kept even where it is longer than that.
    """
    again = min(now + queue.wait(task.failures + 1), next_slot(task.next_due, task.interval, now))
    again = max(again, now + at_least)
    body = {**task.item.body, "failures": task.failures + 1, "reason": reason[: queue.REASON_LENGTH]}
    body.pop("holder", None)
    return _store(store, replace(task.item, body=body, due=again))


def late(store: Store, org: str, now: datetime, *, intervals: int = 2) -> Sequence[Task]:
    """Return the tasks without success for more than `intervals` of their intervals after they were due (R-SEC-6)."""
    return [task for task in all_tasks(store, org) if now - task.next_due > task.interval * intervals]


def all_tasks(store: Store, org: str) -> Sequence[Task]:
    """Return the agenda of one organisation, by name."""
    return [read(item) for item in store.find(org, TABLE, limit=PAGE)]


def next_slot(slot: datetime, interval: timedelta, now: datetime) -> datetime:
    """Return the first of slot, slot + interval, slot + 2 intervals, ... that lies after both `slot` and `now`."""
    missed = max((now - slot) // interval, 0)
    return slot + interval * (missed + 1)


def read(item: Item) -> Task:
    """Return the row as a task."""
    body: dict[str, Any] = dict(item.body)
    last = body.get("last_success")
    return Task(
        item,
        timedelta(seconds=body["interval_s"]),
        datetime.fromisoformat(body["next_due"]),
        datetime.fromisoformat(last) if last else None,
        body.get("failures", 0),
        body.get("reason", ""),
    )


def _store(store: Store, item: Item) -> Task:
    store.commit([Put(item)])
    return read(replace(item, version=item.version + 1))


def _store_or_read(store: Store, item: Item) -> Task:
    """Write, or take what another host has just written."""
    try:
        return _store(store, item)
    except Conflict:
        found = store.get(item.org, TABLE, item.id)
        if found is None:
            raise
        return read(found)
