"""The function behind the queue of arrivals: store what receivers sent, then work off what is due, in time.

A message is done once its items are stored, which is idempotent; from there on the suite's own queue counts attempts.
What cannot be read fails alone and comes back until the queue moves it to its dead letters; the others of its batch
are done. Several workers may run at once: claims keep them apart. None goes on past the function's time limit.
The suite is loaded once something is due; a copy, a poisoned message and a wake-up for nothing do without.
"""

import json
import logging
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from zoho_privacy.cloud import logs, suite
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.ports import Item
from zoho_privacy.workflows import arrivals

if TYPE_CHECKING:
    from zoho_privacy.workflows.context import App

log = logging.getLogger(__name__)

BITE: Final = 10
RESERVE_MS: Final = 60_000
"""No new bite is taken with less time left: one look at a ticket, its pauses included, ends well within it."""

TABLES: Final = frozenset({arrivals.EVENT, arrivals.DEAD_LETTER})
QUEUES: Final = (arrivals.EVENT, "job", "effect")


class Context(Protocol):
    """What the runtime tells a handler of its time."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until this process is ended."""


@cache
def _configured() -> None:
    logs.configure_powertools("worker")


def handler(event: dict[str, Any], context: Context) -> Any:
    """Store a batch of messages, work off what is due, and name the messages that failed.

    Raises:
        ZohoPrivacyError: It is no event of a queue, the secret cannot be read or the suite cannot be built; all
            messages come back.
    """
    _configured()
    with logs.told("worker"):
        return _handled(event, context)


def _handled(event: dict[str, Any], context: Context) -> Any:
    if not isinstance(event, Mapping) or not isinstance(event.get("Records"), list) or not event["Records"]:
        raise BadInput("the event holds no messages")
    kept = suite.kept()

    def keep(record: SQSRecord) -> int:
        return store(kept, record)

    # all of a batch failing is told like any part of it: raising would say nothing about which
    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    answer = process_partial_response(event, keep, processor)
    if context.get_remaining_time_in_millis() > RESERVE_MS and anything_due(kept):
        work(suite.current(), context)
    return answer


def store(kept: suite.Kept, record: SQSRecord) -> int:
    """Store one message's items and return how many were new.

    Raises:
        BadInput: It is not what a receiver sends, or is for a portal of another installation.
        Retryable: It is not known to be stored.
    """
    try:
        items = read(kept, record.body)
        return arrivals.store(kept.store, items)
    except Exception as problem:
        logs.person_needed(f"message {record.message_id} not stored", problem)
        raise


def read(kept: suite.Kept, body: str) -> list[Item]:
    """Return the items of a message.

    Raises:
        BadInput: It is not what a receiver sends.
    """
    try:
        told: Mapping[str, Any] = json.loads(body)
        org, found = told["org"], told["items"]
        now = kept.clock.now()
        items = [
            Item(org, table, id_, dict(members), parent=parent, due=now if table == arrivals.EVENT else None)
            for table, id_, parent, members in found
        ]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadInput("a message is not what a receiver sends") from None
    names = [org, *(name for item in items for name in (item.table, item.id))]
    if not all(isinstance(name, str) and name for name in names):
        raise BadInput("a message names nothing by a text")
    if not all(item.parent is None or isinstance(item.parent, str) for item in items):
        raise BadInput("a message names a parent that is no text")
    if org not in kept.orgs:
        raise BadInput("a message is for a portal that is not configured here")
    if any(item.table not in TABLES for item in items):
        raise BadInput("a message holds something else than arrivals")
    return items


def anything_due(kept: suite.Kept) -> bool:
    """Tell whether an event, a job or an effect waits; where the table does not say, the next run looks again."""
    try:
        now = kept.clock.now()
        return any(list(kept.store.due(table, now=now, limit=1)) for table in QUEUES)
    except Exception as problem:  # noqa: BLE001  the messages are answered for, one by one
        logs.person_needed("worker stopped early", problem)
        return False


def work(app: "App", context: Context) -> None:
    """Work off events and jobs, then effects, until nothing is due or the time is short; what is left stays due."""
    from zoho_privacy.workflows import inbox, outbox  # noqa: PLC0415  all that may be done to a ticket

    try:
        while context.get_remaining_time_in_millis() > RESERVE_MS:
            if not inbox.drain(app, BITE) + outbox.drain(app, BITE):
                return
        log.info("out of time: the next run goes on")
    except Exception as problem:  # noqa: BLE001  the messages are stored; the tasks of the minute go on
        logs.person_needed("worker stopped early", problem)
