"""The function behind the Scheduler: runs one task if it is due, never twice at once, never past its time limit.

An event names the task (`{"task": "sweep"}`); the agenda in the store says whether it is due, so that it may be asked
often: what was missed or has failed is caught up within minutes. A task's row is held by its runner until the
function's own time limit, when it cannot be running any more. A run that could not finish in time puts a message into
its queue and is gone on with there, from the cursor that the task keeps in the store.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module
from typing import Any, Final

from zoho_privacy.adapters import aws
from zoho_privacy.adapters.sqs import Messages
from zoho_privacy.cloud import logs, suite
from zoho_privacy.cloud.worker import Context
from zoho_privacy.domain.errors import BadInput, Conflict, ZohoPrivacyError
from zoho_privacy.hosting import stage
from zoho_privacy.hosting.dispatch import whereabouts
from zoho_privacy.workflows import agenda
from zoho_privacy.workflows.context import App

log = logging.getLogger(__name__)

WHOLE_INSTALLATION: Final = ""
TASKS: Final = ("dead_letters", "deadlines", "events", "health", "outbox", "retention", "sweep")
EARLY: Final = timedelta(seconds=30)
"""A schedule's clock and ours differ a little; a task of the minute must not skip every other minute for that."""

MARGIN: Final = timedelta(seconds=30)
PAUSE_S: Final = 5
OUT_OF_TIME: Final = "out of time"


@cache
def _configured() -> None:
    logs.configure_powertools("tasks")


def handler(event: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Run the task that a schedule names, or go on with the one that a message names.

    Raises:
        BadInput: The event names no task of ours; it rests in the dead letters.
        ZohoPrivacyError: The suite cannot be built.
    """
    _configured()
    with logs.told("tasks"):
        name, again = read(event)
        return run(suite.current(), name, context, again=again, go_on=_go_on)


def read(event: object) -> tuple[str, bool]:
    """Return the task's name, and whether a run of it is to be gone on with.

    Raises:
        BadInput: The event names no task of ours.
    """
    if not isinstance(event, Mapping):
        raise BadInput("the event is no object")
    records = event.get("Records")
    told: Any = event
    if isinstance(records, list):
        try:
            (record,) = records
            told = json.loads(record["body"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise BadInput("a message does not say which task is to go on") from None
    name = told.get("task") if isinstance(told, Mapping) else None
    if name not in TASKS:
        raise BadInput(f"the event names no task; there are {', '.join(TASKS)}")
    return str(name), records is not None


def run(
    app: App, name: str, context: Context, *, again: bool = False, go_on: Callable[[str], None]
) -> Mapping[str, Any]:
    """Run the task if it is due, or in any case where a run is gone on with; say what came of it.

    A task that fails is noted on the agenda with a growing pause and raises nothing: the agenda tries it again.
    """
    module = import_module(f"tasks.{name}")
    now = app.clock.now()
    task = agenda.plan(app.store, WHOLE_INSTALLATION, name, interval=module.EVERY, now=now)
    due = task.item.due or now
    if "holder" in task.item.body and due > now:
        return {"task": name, "ran": False, "why": "running elsewhere"}
    if due > now + min(EARLY, task.interval / 2) and not again:
        return {"task": name, "ran": False, "why": "not due"}
    lease = timedelta(milliseconds=context.get_remaining_time_in_millis()) + MARGIN
    mine = agenda.start(app.store, task, now=now, lease=lease, holder="function")
    if mine is None:
        return {"task": name, "ran": False, "why": "running elsewhere"}
    try:
        report = module.run(app)
    except Exception as problem:  # noqa: BLE001  noted, alarmed and tried again by the agenda
        reason = str(problem) if isinstance(problem, ZohoPrivacyError) else type(problem).__name__
        log.error("task %s: failed: %s", name, whereabouts(problem))  # noqa: TRY400  a traceback may quote somebody
        pause = timedelta(seconds=getattr(problem, "retry_after_s", None) or 0)
        _record(lambda: agenda.failed(app.store, mine, now=app.clock.now(), reason=reason, at_least=pause))
        return {"task": name, "ran": True, "failed": True}
    reports = list(report) if isinstance(report, list | tuple) else [report]
    told = "; ".join(str(each.summary()) for each in reports)
    log.info("task %s: %s", name, told, extra={"heartbeat": name, "figures": figures(reports)})
    _record(lambda: agenda.finished(app.store, mine, now=app.clock.now()))
    left = any(unfinished(each) for each in reports)
    if left:
        go_on(name)
    return {"task": name, "ran": True, "left": left}


def figures(reports: Sequence[object]) -> Mapping[str, int]:
    """Return the counts of a task's reports, added up over all portals: what alarms look at."""
    found: Counter[str] = Counter()
    for report in reports:
        told = asdict(report) if is_dataclass(report) and not isinstance(report, type) else {}
        found.update({key: value for key, value in told.items() if type(value) is int})
    return dict(found)


def unfinished(report: object) -> bool:
    """Tell whether a report says that only time was short; what waits for credits or a person is not that."""
    return getattr(report, "stopped", "") == OUT_OF_TIME or bool(getattr(report, "left", False))


def _record(write: Callable[[], object]) -> None:
    try:
        write()
    except Conflict:
        log.warning("a task took longer than its lease and is being run elsewhere")


def _go_on(name: str) -> None:
    Messages(aws.sqs(), stage.need(stage.TASKS)).send([{"task": name}], delay_s=PAUSE_S)
