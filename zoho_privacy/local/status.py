"""Counts what waits, runs and rests, for `/status`, `zoho-privacy status` and whoever waits for the suite to be idle.

Numbers and task names only.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from zoho_privacy.ports import Item
from zoho_privacy.workflows import agenda, casebook, queue
from zoho_privacy.workflows.context import App

QUEUES: Final = {"events": "event", "effects": "effect", "jobs": "job"}


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue: due now, in hand, waiting for another attempt after a failure, and due some day."""

    due: int = 0
    running: int = 0
    retrying: int = 0
    later: int = 0

    @property
    def idle(self) -> bool:
        """Tell whether nothing is to be done before some day."""
        return not (self.due or self.running or self.retrying)


def snapshot(app: App) -> dict[str, Any]:
    """Return the counts as JSON-ready values. `idle` is true where nothing is due, in hand or to be repeated."""
    now = app.clock.now()
    counted = {name: _count(app, table, now) for name, table in QUEUES.items()}
    cases = [case for org in app.desks for case in casebook.all_cases(app.store, org)]
    states: dict[str, int] = {}
    for case in cases:
        states[case.state.value] = states.get(case.state.value, 0) + 1
    return {
        "now": now.isoformat(),
        **{name: asdict(each) for name, each in counted.items()},
        "idle": all(each.idle for each in counted.values()),
        "dead_letters": sum(1 for org in app.desks for _ in queue.dead_letters(app.store, org)),
        "open_cases": sum(casebook.is_open(case) for case in cases),
        "cases": dict(sorted(states.items())),
        "tasks": [_task(each) for each in agenda.all_tasks(app.store, "")],
    }


def _count(app: App, table: str, now: datetime) -> Queue:
    places = [place(item, now) for org in app.desks for item in casebook.every(app.store, org, table)]
    return Queue(*(places.count(each) for each in ("due", "running", "retrying", "later")))


def place(item: Item, now: datetime) -> str:
    """Return what an item of a queue does: due, running, retrying, or later."""
    state = item.body.get(queue.QUEUE) or {}
    if item.due is None or item.due <= now:
        return "due"
    if state.get("worker"):
        return "running"
    return "retrying" if state.get("attempts") else "later"


def _task(task: agenda.Task) -> dict[str, Any]:
    return {
        "name": task.name,
        "next": task.next_due.isoformat(),
        "last_success": task.last_success.isoformat() if task.last_success else None,
        "failures": task.failures,
    }
