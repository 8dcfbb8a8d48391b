"""Starts the tasks when they are due. `schedule` only ticks; what is due, and what was missed, is data in the Store.

A tick asks the agenda, takes each due task for half an hour, runs it and records how it went. A task that fails is
tried again with growing pauses and never keeps another from running. Tasks are found through the entry points
`zoho_privacy.tasks`; a module may say how often with `EVERY` (a timedelta), otherwise daily.
"""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Final

import schedule

from zoho_privacy.domain.errors import BadInput, Conflict, ZohoPrivacyError
from zoho_privacy.hosting.dispatch import whereabouts
from zoho_privacy.workflows import agenda
from zoho_privacy.workflows.context import App

log = logging.getLogger(__name__)

GROUP: Final = "zoho_privacy.tasks"
WHOLE_INSTALLATION: Final = ""
DAILY: Final = timedelta(days=1)
LEASE: Final = timedelta(minutes=30)
TICK_S: Final = 1
REST_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class TaskFile:
    """A task as installed. `run(app, dry_run=...)` returns a report with `summary()` and `as_dict()`."""

    name: str
    run: Callable[..., Any]
    every: timedelta


def names() -> tuple[str, ...]:
    """Return the installed tasks by name, without importing them."""
    return tuple(sorted(point.name for point in entry_points(group=GROUP)))


def task(name: str) -> TaskFile:
    """Return an installed task.

    Raises:
        BadInput: There is none of that name; the text lists those there are.
    """
    for point in entry_points(group=GROUP):
        if point.name == name:
            module = import_module(point.module)
            return TaskFile(name, module.run, getattr(module, "EVERY", DAILY))
    raise BadInput(f"there is no task {name!r}; there are {', '.join(names())}")


def reports(result: object) -> list[Any]:
    """Return a task's reports: it gives one, or one per portal."""
    return list(result) if isinstance(result, list | tuple) else [result]


def summary(result: object) -> str:
    """Return what a task says of itself, on one line."""
    return "; ".join(str(each.summary()) for each in reports(result))


@dataclass
class Scheduler:
    """One thread that ticks every second until it is stopped."""

    app: App
    tasks: Mapping[str, TaskFile]
    tick_s: int = TICK_S
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Put every task on the agenda and start ticking."""
        now = self.app.clock.now()
        for each in self.tasks.values():
            agenda.plan(self.app.store, WHOLE_INSTALLATION, each.name, interval=each.every, now=now)
        self._thread = threading.Thread(target=self._run, name="scheduler")
        self._thread.start()

    def stop(self, timeout_s: float = 60.0) -> bool:
        """Let the task in hand end; return whether it did in time."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
            return not self._thread.is_alive()
        return True

    def tick(self) -> None:
        """Run what is due; nothing that goes wrong gets out of here."""
        try:
            for due in agenda.due_tasks(self.app.store, self.app.clock.now()):
                if due.name in self.tasks and not self._stopping.is_set():
                    self._attempt(due)
        except Exception as problem:  # noqa: BLE001  the next tick looks again
            log.error("scheduler: failed: %s", whereabouts(problem))  # noqa: TRY400  a traceback may quote somebody

    def _run(self) -> None:
        clockwork = schedule.Scheduler()
        clockwork.every(self.tick_s).seconds.do(self.tick)
        self.tick()
        while not self._stopping.wait(min(REST_S, self.tick_s)):
            clockwork.run_pending()

    def _attempt(self, due: agenda.Task) -> None:
        app = self.app
        mine = agenda.start(app.store, due, now=app.clock.now(), lease=LEASE, holder=f"pid-{os.getpid()}")
        if mine is None:
            return
        try:
            report = self.tasks[due.name].run(app)
        except Exception as problem:  # noqa: BLE001  one task must not keep the others from running
            log.error("task %s: failed: %s", due.name, whereabouts(problem))  # noqa: TRY400
            reason = str(problem) if isinstance(problem, ZohoPrivacyError) else type(problem).__name__
            wait = timedelta(seconds=getattr(problem, "retry_after_s", None) or 0)
            self._record(lambda: agenda.failed(app.store, mine, now=app.clock.now(), reason=reason, at_least=wait))
        else:
            log.info("task %s: %s", due.name, summary(report))
            self._record(lambda: agenda.finished(app.store, mine, now=app.clock.now()))

    def _record(self, write: Callable[[], object]) -> None:
        try:
            write()
        except Conflict:
            log.warning("scheduler: a task took longer than its lease and is being run elsewhere")
