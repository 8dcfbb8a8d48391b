"""Tasks come when they are due, once after downtime, and to one host at a time."""

from datetime import UTC, datetime, timedelta

import pytest

from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.domain.errors import BadInput, Conflict
from zoho_privacy.workflows import agenda
from zoho_privacy.workflows.agenda import Task

NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)
LEASE = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)


def planned(interval: timedelta = DAY) -> MemoryStore:
    store = MemoryStore()
    agenda.plan(store, "", "sweep", interval=interval, now=NOW)
    return store


def due(store: MemoryStore, now: datetime) -> list[str]:
    return [task.name for task in agenda.due_tasks(store, now)]


def start(store: MemoryStore, now: datetime, holder: str = "host-1") -> Task:
    (task,) = agenda.due_tasks(store, now)
    started = agenda.start(store, task, now=now, lease=LEASE, holder=holder)
    assert started
    return started


def test_a_task_is_due_at_once_or_when_it_was_first_asked_for() -> None:
    store = planned()
    agenda.plan(store, "org-1", "retention", interval=DAY, now=NOW, first=NOW + MINUTE)
    assert due(store, NOW) == ["sweep"]
    assert due(store, NOW + MINUTE) == ["sweep", "retention"]


def test_planning_again_at_each_start_changes_nothing() -> None:
    store = planned()
    agenda.finished(store, start(store, NOW), now=NOW + MINUTE)
    before = store.get("", "task", "sweep")
    agenda.plan(store, "", "sweep", interval=DAY, now=NOW + 2 * MINUTE)
    assert store.get("", "task", "sweep") == before


@pytest.mark.req("R-SEC-6")
def test_days_of_downtime_are_caught_up_once_and_the_hour_is_kept() -> None:
    store = planned()
    agenda.finished(store, start(store, NOW), now=NOW + MINUTE)
    late = NOW + 5 * DAY + timedelta(hours=7)
    assert due(store, late) == ["sweep"]
    done = agenda.finished(store, start(store, late), now=late + MINUTE)
    assert done.last_success == late + MINUTE
    assert done.next_due == NOW + 6 * DAY
    assert due(store, late + MINUTE) == []
    assert due(store, NOW + 6 * DAY) == ["sweep"]


def test_two_hosts_do_not_run_one_task_at_once() -> None:
    store = planned()
    (seen,) = agenda.due_tasks(store, NOW)
    first = agenda.start(store, seen, now=NOW, lease=LEASE, holder="host-1")
    assert first
    assert agenda.start(store, seen, now=NOW, lease=LEASE, holder="host-2") is None
    assert due(store, NOW + LEASE - MINUTE) == []


def test_a_task_whose_runner_died_comes_back_after_its_lease() -> None:
    store = planned()
    dead = start(store, NOW)
    second = start(store, NOW + LEASE, "host-2")
    with pytest.raises(Conflict):
        agenda.finished(store, dead, now=NOW + LEASE)
    assert agenda.finished(store, second, now=NOW + LEASE).next_due == NOW + DAY


def test_a_failed_task_is_tried_again_soon_and_remembers_why() -> None:
    store, now, waits = planned(), NOW, []
    for _ in range(5):
        task = agenda.failed(store, start(store, now), now=now, reason="StoreUnavailable")
        assert task.item.due
        waits.append((task.item.due - now).total_seconds())
        now = task.item.due
    assert waits == [30, 90, 270, 810, 2430]
    assert (task.failures, task.reason, task.next_due) == (5, "StoreUnavailable", NOW)
    healed = agenda.finished(store, start(store, now), now=now)
    assert (healed.failures, healed.reason, healed.next_due) == (0, "", NOW + DAY)


def test_a_failing_task_is_tried_at_its_next_slot_at_the_latest() -> None:
    store, now = planned(MINUTE), NOW
    for _ in range(4):
        task = agenda.failed(store, start(store, now), now=now, reason="x")
        assert task.item.due
        assert now < task.item.due <= now + MINUTE
        now = task.item.due


def test_a_new_interval_takes_effect() -> None:
    store = planned()
    agenda.finished(store, start(store, NOW), now=NOW)
    sooner = agenda.plan(store, "", "sweep", interval=timedelta(hours=1), now=NOW + MINUTE)
    assert sooner.next_due == NOW + MINUTE + timedelta(hours=1)
    assert due(store, sooner.next_due) == ["sweep"]
    rarer = agenda.plan(store, "", "sweep", interval=7 * DAY, now=NOW + MINUTE)
    assert (rarer.next_due, rarer.interval) == (sooner.next_due, 7 * DAY)


def test_a_new_interval_does_not_cut_a_running_lease_short() -> None:
    store = planned()
    start(store, NOW)
    agenda.plan(store, "", "sweep", interval=MINUTE, now=NOW)
    assert due(store, NOW + LEASE - MINUTE) == []


@pytest.mark.parametrize("interval", [timedelta(0), -DAY])
def test_an_interval_that_is_not_positive_is_refused(interval: timedelta) -> None:
    with pytest.raises(BadInput):
        agenda.plan(MemoryStore(), "", "sweep", interval=interval, now=NOW)


@pytest.mark.req("R-SEC-6")
def test_a_task_that_has_not_succeeded_for_too_long_is_late() -> None:
    store = planned()
    assert agenda.late(store, "", NOW + 2 * DAY) == []
    assert [task.name for task in agenda.late(store, "", NOW + 2 * DAY + MINUTE)] == ["sweep"]
    agenda.failed(store, start(store, NOW + 2 * DAY), now=NOW + 2 * DAY, reason="x")
    assert agenda.late(store, "", NOW + 2 * DAY + MINUTE), "a failure is no success"
    now = NOW + 3 * DAY
    agenda.finished(store, start(store, now), now=now)
    assert agenda.late(store, "", now + MINUTE) == []


def test_the_agenda_lists_every_task_of_an_organisation() -> None:
    store = planned()
    agenda.plan(store, "org-1", "retention", interval=DAY, now=NOW)
    agenda.plan(store, "", "deadlines", interval=DAY, now=NOW)
    assert [task.name for task in agenda.all_tasks(store, "")] == ["deadlines", "sweep"]
    assert [(task.org, task.name) for task in agenda.all_tasks(store, "org-1")] == [("org-1", "retention")]


def test_slots_keep_their_step() -> None:
    assert agenda.next_slot(NOW, DAY, NOW - DAY) == NOW + DAY
    assert agenda.next_slot(NOW, DAY, NOW) == NOW + DAY
    assert agenda.next_slot(NOW, DAY, NOW + DAY) == NOW + 2 * DAY
    assert agenda.next_slot(NOW, DAY, NOW + DAY - MINUTE) == NOW + DAY
