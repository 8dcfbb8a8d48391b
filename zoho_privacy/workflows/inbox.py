"""Works off what waits: events that webhooks left, and jobs that earlier steps scheduled. At-least-once, any order.

Events of one ticket are looked at together, since one look covers them all. What fails for a passing reason comes
back later; what cannot succeed rests in the dead-letter queue with its reason, and is replayed by command.
Event body: type, ticket_id, contact_id. Job body: kind and its arguments.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from zoho_privacy.domain import tags
from zoho_privacy.domain.errors import Conflict, NeedsHuman, NotFound, Rejected, Retryable
from zoho_privacy.domain.records import Ticket
from zoho_privacy.ports import Item, Store, Write
from zoho_privacy.workflows import beside, casebook, erasure, fulfilment, holds, queue, rights, undo, verification
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App, Desk
from zoho_privacy.workflows.reconcile import NEW_TICKET, Seen, erased_by_us, note_address, reconcile_ticket
from zoho_privacy.workflows.writes import tags_of

log = logging.getLogger(__name__)
LEASE: Final = timedelta(minutes=10)
SOON: Final = timedelta(seconds=1)
JUST_SEEN: Final = timedelta(seconds=5)
UNEXPECTED_ATTEMPTS: Final = 3
WORKER: Final = "inbox"
DELETED: Final = "Ticket_Delete"
NOTHING_SEEN: Final[Mapping[tuple[str, str], Seen]] = MappingProxyType({})


def drain(app: App, limit: int = 20) -> int:
    """Work off up to `limit` events and as many jobs that are due; return how many were taken."""
    events = queue.claim(app.store, "event", app.clock.now(), lease=LEASE, worker=WORKER, limit=limit)
    by_record: dict[tuple[str, str, str], list[Item]] = defaultdict(list)
    for event in events:
        body = event.body
        ticket_id = body.get("ticket_id") or ""  # where there is one, whose it is changes nothing about the look
        by_record[(event.org, ticket_id, "" if ticket_id else body.get("contact_id") or "")].append(event)
    seen: dict[tuple[str, str], Seen] = {}
    for (org, ticket_id, contact_id), group in by_record.items():
        types = frozenset(str(event.body.get("type")) for event in group)
        _attempt(app, group, partial(_event, app, org, ticket_id, contact_id, types, seen))
    jobs = queue.claim(app.store, "job", app.clock.now(), lease=LEASE, worker=WORKER, limit=limit)
    for job in jobs:
        if job.body["kind"] != "sync":
            _attempt(app, [job], partial(run_job, app, job.org, job.body))
    for job in jobs:  # last, as it stands by then: one that another job has asked for anew meanwhile is done once
        fresh = app.store.get(job.org, "job", job.id) if job.body["kind"] == "sync" else None
        if fresh is not None:
            _attempt(app, [fresh], partial(run_job, app, fresh.org, fresh.body, seen))
    return len(events) + len(jobs)


def _event(
    app: App, org: str, ticket_id: str, contact_id: str, types: frozenset[str], seen: dict[tuple[str, str], Seen]
) -> None:
    if org not in app.desks:
        raise Rejected("the event belongs to a portal that is not configured")
    with app.desks[org].credits.flow("intake"):
        if ticket_id:
            if types == {DELETED} and erased_by_us(app, org, ticket_id):
                return
            found = reconcile_ticket(app, org, ticket_id)
            if found is not None:
                seen[org, ticket_id] = found
        elif contact_id:
            note_address(app, org, contact_id)
            rights.keep_corrected(app, org, contact_id)
            rights.look_at_flags(app, org, contact_id)


def _attempt(app: App, items: Sequence[Item], work: Callable[[], datetime | None]) -> None:
    """Do the work of these items and settle each of them."""
    try:
        again = work()
    except Conflict:
        _settle(app.store, [[queue.postpone(item, until=app.clock.now() + SOON)] for item in items])
    except Retryable as error:
        pause = queue.asked_pause(error)
        if pause is None:
            _put_back(app, items, error, at_least=timedelta(seconds=error.retry_after_s or 0))
        else:
            log.warning("put off", extra={"table": items[0].table, "error": type(error).__name__})
            _settle(app.store, [[queue.postpone(item, until=app.clock.now() + pause)] for item in items])
    except (NeedsHuman, Rejected) as error:
        log.error("dead letter", extra={"table": items[0].table, "error": type(error).__name__})  # noqa: TRY400
        reason = queue.reason(error)
        _settle(app.store, [queue.bury(item, now=app.clock.now(), reason=reason) for item in items])
    except Exception as error:  # noqa: BLE001  one item must not stop the others; it is kept and reported
        _put_back(app, items, error, attempts=UNEXPECTED_ATTEMPTS)
    else:
        _settle(app.store, [[queue.postpone(item, until=again) if again else queue.done(item)] for item in items])


def _put_back(
    app: App,
    items: Sequence[Item],
    error: Exception,
    *,
    at_least: timedelta = timedelta(0),
    attempts: int = queue.MAX_ATTEMPTS,
) -> None:
    log.warning("put back", extra={"table": items[0].table, "error": type(error).__name__})
    now, reason = app.clock.now(), queue.reason(error)
    _settle(
        app.store,
        [queue.retry(item, now=now, reason=reason, at_least=at_least, max_attempts=attempts) for item in items],
    )


def _settle(store: Store, endings: Sequence[Sequence[Write]]) -> None:
    """End each item; one that was renewed while it was worked on stays in the queue and is done again."""
    for writes in endings:
        try:
            store.commit(writes)
        except Conflict:
            log.info("renewed while it was worked on")


FLOWS: Final = {"sync": "tags", "fulfil": "fulfilment", "execute": "erasure", "after_letter": "erasure"}


def run_job(
    app: App, org: str, body: Mapping[str, Any], seen: Mapping[tuple[str, str], Seen] = NOTHING_SEEN
) -> datetime | None:
    """Do one job; return when to do it again, None where it is done. `seen` are tickets that were just looked at.

    Raises:
        Rejected: The kind of job is unknown, or its portal is not configured.
    """
    if org not in app.desks:
        raise Rejected("the job belongs to a portal that is not configured")
    with app.desks[org].credits.flow(FLOWS.get(body["kind"], body["kind"])):
        return _do(app, org, body, seen)


def _do(app: App, org: str, body: Mapping[str, Any], seen: Mapping[tuple[str, str], Seen]) -> datetime | None:
    match body["kind"]:
        case "sync":
            sync(app, org, body["ticket_id"], seen=seen.get((org, body["ticket_id"])))
        case "fulfil":
            return fulfilment.fulfil(
                app, org, body["case"], proposer=body.get("proposer", ""), again=body.get("again", False)
            )
        case "execute":
            return fulfilment.execute(app, org, body["case"])
        case "after_letter":
            return erasure.after_letter(app, org, body["case"], body["stage"], body.get("plan", ""))
        case "look_again":
            erasure.look_again(app, org, body["case"], body["days"], body.get("plan", ""))
        case "end_copy":
            return undo.end(app, org, body["ticket_id"])
        case "hold_ends":
            holds.end(app, org, body["hold"])
        case "hold_resume":
            return holds.resume(app, org, body["hold"])
        case "lapse":
            verification.lapse(app, org, body["challenge"])
        case "flags":
            rights.show_flags(app, org, body["contact_id"])
            beside.opt_out(app, org, body["contact_id"])
        case "keep_flags":
            rights.keep_flags(app, org, body["contact_id"])
        case "keep_corrected":
            rights.look_later(app, org, body)
        case "reconcile":
            reconcile_ticket(app, org, body["ticket_id"])
        case unknown:
            raise Rejected(f"unknown job {unknown!r}")
    return None


def sync(app: App, org: str, ticket_id: str, *, seen: Seen | None = None) -> None:
    """Bring a ticket's own tags and state field in line with its cases; what agents just did is left for reconcile.

    A look of the last few seconds (`seen`) is as good as another one. What is about to be written is noted first as in
    doubt: whoever looks before it is settled, after a crash or from another thread, must not take our tags for an
    agent's command.
    """
    desk = app.desks[org]
    cases = casebook.cases_of_ticket(app.store, org, ticket_id)
    item = app.store.get(org, "ticket", ticket_id)
    if item is None and not cases:
        return
    try:
        ticket, found = _as_it_stands(app, desk, ticket_id, seen)
    except NotFound:
        return
    if ticket.trashed:
        return
    left = frozenset(item.body.get("tags", [])) if item else frozenset()
    flags = item.body.get("flags", []) if item else []
    wanted = tags.expected_tags(cases, flags)
    doubt = frozenset(item.body.get("doubt", [])) if item else frozenset()
    add, remove = wanted - found, ((left | doubt) & found) - wanted
    if add or remove:
        _remember_tags(app, org, ticket_id, doubt=doubt | add | remove)
        desk.write.set_tags(ticket_id, add=add, remove=remove)
    state = tags.leading_state(cases)
    shown = ticket.custom.get(tags.STATE_FIELD) or None
    if state is not None and shown != state.value:
        desk.write.set_fields(ticket_id, {tags.STATE_FIELD: state.value})

    _remember_tags(app, org, ticket_id, tags=wanted, doubt=frozenset())


def _as_it_stands(app: App, desk: Desk, ticket_id: str, seen: Seen | None) -> tuple[Ticket, frozenset[str]]:
    if seen is not None and app.clock.now() - seen.at < JUST_SEEN:
        return seen.ticket, seen.tags
    ticket = desk.read.ticket(ticket_id)
    return ticket, frozenset() if ticket.trashed else tags_of(desk.read, ticket)


def _remember_tags(app: App, org: str, ticket_id: str, **known: frozenset[str]) -> None:
    """Keep the tags we left on a ticket, and those of which nobody knows whether they landed."""
    values = {name: sorted(members) for name, members in known.items()}

    def make() -> Change | None:
        fresh = app.store.get(org, "ticket", ticket_id)
        body = fresh.body if fresh else NEW_TICKET
        if all(body.get(name, []) == value for name, value in values.items()):
            return None
        change = Change(app.store, org, app.clock.now())
        change.put("ticket", ticket_id, {**body, **values}, was=fresh)
        return change

    transact(make)
