"""Threads that empty the queues as soon as something is in them: events from webhooks, and effects to carry out.

A stored event or effect wakes them; apart from that they look twice a second, since another process (a command) or
the passing of time may have made work due. An error never ends a thread: the item waits in its queue, the loop backs
off. Stopping waits for the item in hand.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from zoho_privacy.domain.errors import Retryable
from zoho_privacy.hosting.dispatch import whereabouts
from zoho_privacy.workflows.context import App

log = logging.getLogger(__name__)

Drain = Callable[[App, int], object]
AT_A_TIME: Final = 10
LOOK_EVERY_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0


@dataclass
class Worker:
    """A thread per queue. A drain takes the app and how many items at most, and returns something falsy when done."""

    app: App
    drains: Mapping[str, Drain]
    look_every_s: float = LOOK_EVERY_S
    _bells: list[threading.Event] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start the threads."""
        for name, drain in self.drains.items():
            bell = threading.Event()
            thread = threading.Thread(target=self._run, args=(name, drain, bell), name=f"drain-{name}")
            self._bells.append(bell)
            self._threads.append(thread)
            thread.start()

    def wake(self) -> None:
        """Say that there may be something to do."""
        for bell in self._bells:
            bell.set()

    def stop(self, timeout_s: float = 30.0) -> bool:
        """Finish the items in hand; return whether all threads ended in time."""
        self._stopping.set()
        self.wake()
        for thread in self._threads:
            thread.join(timeout_s)
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self, name: str, drain: Drain, bell: threading.Event) -> None:
        failures = 0
        while not self._stopping.is_set():
            bell.clear()
            pause = self.look_every_s
            try:
                if drain(self.app, AT_A_TIME):
                    self.wake()  # an event makes effects, an effect may make events due
                    pause = 0.0
                failures = 0
            except Exception as problem:  # noqa: BLE001  the queue still holds the item; the thread must live
                failures += 1
                pause = self._after(name, problem, failures)
            if pause:
                bell.wait(pause) if not failures else self._stopping.wait(pause)

    def _after(self, name: str, problem: Exception, failures: int) -> float:
        if isinstance(problem, Retryable):
            log.warning("%s: try again: %s", name, problem)
            floor = problem.retry_after_s or 0.0
        else:
            log.error("%s: failed: %s", name, whereabouts(problem))
            floor = 0.0
        return min(max(floor, self.look_every_s * 2.0**failures), LONGEST_PAUSE_S)
