"""Tasks: started when due, caught up by data, never in each other's way."""

import logging
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.builders import NOW
from tests.fakes.receiving import make
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.domain.errors import BadInput, DeskBusy
from zoho_privacy.local import scheduler
from zoho_privacy.local.scheduler import Scheduler, TaskFile
from zoho_privacy.workflows import agenda
from zoho_privacy.workflows.context import App

MARKER = "zqx-ada.moss@example.net"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Report:
    """What a task says."""

    line: str = "fine"

    def summary(self) -> str:
        """Return the line."""
        return self.line


@dataclass
class Diary:
    """Tasks that write down when they ran."""

    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    ran: list[str] = field(default_factory=list)
    failures: dict[str, Exception] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.app = make(clock=self.clock).app

    def task(self, name: str, every: timedelta = HOUR) -> TaskFile:
        """Return a task of this name."""

        def run(_app: App, *, dry_run: bool = False) -> tuple[Report, ...]:
            assert not dry_run
            if name in self.failures:
                raise self.failures[name]
            self.ran.append(name)
            return (Report(), Report("and well"))

        return TaskFile(name, run, every)

    def scheduler(self, *names: str) -> Scheduler:
        """Return a scheduler that was started and is ticked by hand."""
        found = Scheduler(self.app, {name: self.task(name) for name in names})
        for name in names:
            agenda.plan(self.app.store, "", name, interval=HOUR, now=self.clock.now())
        return found


def test_a_new_task_runs_at_once_and_then_at_its_pace() -> None:
    diary = Diary()
    ticking = diary.scheduler("a")
    for _ in range(3):
        ticking.tick()
    assert diary.ran == ["a"]
    diary.clock.advance(HOUR)
    ticking.tick()
    assert diary.ran == ["a", "a"]


@pytest.mark.req("R-SEC-6")
def test_missed_runs_are_caught_up_once() -> None:
    """A machine that slept three days sweeps once, and soon after it wakes."""
    diary = Diary()
    ticking = diary.scheduler("a")
    ticking.tick()
    diary.clock.advance(timedelta(days=3))
    for _ in range(4):
        ticking.tick()
    assert diary.ran == ["a", "a"]


@pytest.mark.req("R-SEC-8")
def test_a_failing_task_is_noted_tried_again_and_keeps_nobody_waiting(caplog: pytest.LogCaptureFixture) -> None:
    diary = Diary(failures={"a": RuntimeError(MARKER)})
    ticking = diary.scheduler("a", "b")
    with caplog.at_level(logging.INFO):
        ticking.tick()
    assert diary.ran == ["b"]
    (first, _) = agenda.all_tasks(diary.app.store, "")
    assert (first.failures, first.reason) == (1, "RuntimeError")
    assert MARKER not in caplog.text
    del diary.failures["a"]
    diary.clock.advance(timedelta(minutes=5))
    ticking.tick()
    assert diary.ran == ["b", "a"]


def test_the_reason_of_our_own_errors_is_kept() -> None:
    diary = Diary(failures={"a": DeskBusy("Zoho Desk is busy")})
    diary.scheduler("a").tick()
    assert [task.reason for task in agenda.all_tasks(diary.app.store, "")] == ["Zoho Desk is busy"]


def test_two_processes_do_not_run_one_task_at_once() -> None:
    diary = Diary()
    one = diary.scheduler("a")
    (task,) = agenda.due_tasks(diary.app.store, diary.clock.now())
    assert agenda.start(diary.app.store, task, now=diary.clock.now(), lease=HOUR, holder="another")
    one.tick()
    assert diary.ran == []


def test_a_task_on_the_agenda_that_is_not_installed_is_left_alone() -> None:
    diary = Diary()
    ticking = diary.scheduler("a")
    agenda.plan(diary.app.store, "", "of another version", interval=HOUR, now=NOW)
    ticking.tick()
    assert diary.ran == ["a"]


def test_the_thread_ticks_and_stops() -> None:
    diary = Diary()
    ticking = Scheduler(diary.app, {"a": diary.task("a")})
    ticking.start()
    try:
        assert ticking.stop(10)
    finally:
        assert diary.ran == ["a"]


def test_installed_tasks_can_be_listed_and_loaded() -> None:
    assert {"deadlines", "dead_letters", "events", "outbox", "retention", "sweep"} <= set(scheduler.names())
    for name in scheduler.names():
        found = scheduler.task(name)
        assert callable(found.run)
        assert found.every > timedelta(0)


def test_an_unknown_task_is_answered_with_those_there_are() -> None:
    with pytest.raises(BadInput, match="dead_letters, deadlines"):
        scheduler.task("nonsense")
