"""Carries out effects: letters, private notes, our two fields. Each once, also when the process dies in the middle.

A letter or note cannot be taken back or asked to be idempotent, so its attempt is written down first; after a crash or
an unclear answer the ticket is searched for the effect's visible reference before anything is sent again. Texts are put
together at the last moment from ids, so the store holds no letter and no address.
Effect body: kind (reply, note, fields), ticket_id, and what the kind needs.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from zoho_privacy.domain.errors import BadInput, Conflict, NeedsHuman, NotFound, Rejected, Retryable
from zoho_privacy.domain.machine import OPEN, Event, advance, allowed
from zoho_privacy.domain.model import Kind, State
from zoho_privacy.domain.records import Contact
from zoho_privacy.ports import Item, Put
from zoho_privacy.workflows import casebook, clients, letters, queue, receipts, rights
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.context import App, Desk
from zoho_privacy.workflows.writes import ANSWERED_FIRST

log = logging.getLogger(__name__)
LEASE: Final = timedelta(minutes=10)
UNEXPECTED_ATTEMPTS: Final = 3


def drain(app: App, limit: int = 20) -> int:
    """Carry out up to `limit` effects that are due; return how many were taken."""
    items = queue.claim(app.store, "effect", app.clock.now(), lease=LEASE, worker="outbox", limit=limit)
    for item in items:
        try:
            _deliver(app, item)
        except Conflict:
            log.info("taken over by another worker", extra={"effect": item.body.get("kind")})
        except Retryable as error:
            pause = queue.asked_pause(error)
            if pause is None:
                _put_back(app, item, error, timedelta(seconds=error.retry_after_s or 0))
            else:
                log.warning("effect put off", extra={"effect": item.body.get("kind"), "error": type(error).__name__})
                _quietly(app, [queue.postpone(_current(app, item), until=app.clock.now() + pause)])
        except (NeedsHuman, Rejected) as error:
            _bury(app, item, error)
        except Exception as error:  # noqa: BLE001  one effect must not stop the others; it is kept and reported
            _put_back(app, item, error, timedelta(0), attempts=UNEXPECTED_ATTEMPTS)
    return len(items)


def reference(app: App, item: Item, number: str) -> str:
    """Return the visible mark of an effect: the ticket number and eight digits derived from its key."""
    return f"{number}-{app.keyring.pseudonym('reference', item.id)[:8]}"


def _current(app: App, item: Item) -> Item:
    return app.store.get(item.org, item.table, item.id) or item


def _put_back(app: App, item: Item, error: Exception, wait: timedelta, attempts: int = queue.MAX_ATTEMPTS) -> None:
    log.warning("effect put back", extra={"effect": item.body.get("kind"), "error": type(error).__name__})
    now = app.clock.now()
    reason = queue.reason(error)
    _quietly(app, queue.retry(_current(app, item), now=now, reason=reason, at_least=wait, max_attempts=attempts))


def _bury(app: App, item: Item, error: Exception) -> None:
    log.error("effect in the dead letters", extra={"effect": item.body.get("kind"), "error": type(error).__name__})
    _quietly(app, queue.bury(_current(app, item), now=app.clock.now(), reason=queue.reason(error)))


def _quietly(app: App, writes: list[Any]) -> None:
    try:
        app.store.commit(writes)
    except Conflict:
        log.info("another worker holds the effect")


def _deliver(app: App, item: Item) -> None:
    body = item.body
    if item.org not in app.desks:
        raise Rejected("the effect belongs to a portal that is not configured")
    desk = app.desks[item.org]
    with desk.credits.flow("replies" if body["kind"] == "reply" else "notes and fields"):
        _carry_out(app, desk, item)


def _carry_out(app: App, desk: Desk, item: Item) -> None:
    body = item.body
    match body["kind"]:
        case "fields":
            desk.write.set_fields(body["ticket_id"], body["fields"])
            _done(app, item, "fields_set", result="")
        case "note":
            item, tried = _begin(app, item)
            mark = reference(app, item, "ref")
            text = body.get("text") or rights.proposal_text(app, desk, item.org, body["correction"])
            desk.write.note(body["ticket_id"], text, reference=mark, tried=tried)
            _done(app, item, "note_written", result="")
        case "reply":
            _reply(app, desk, item)
        case unknown:
            raise BadInput(f"unknown effect {unknown!r}")


def _begin(app: App, item: Item) -> tuple[Item, datetime | None]:
    """Write down that the effect is about to happen; return when it was first tried, None the first time."""
    tried = item.body.get("tried")
    if tried:
        return item, datetime.fromisoformat(tried)
    marked = replace(item, body={**item.body, "tried": app.clock.now().isoformat()})
    app.store.commit([Put(marked)])
    return replace(marked, version=marked.version + 1), None


def _reply(app: App, desk: Desk, item: Item) -> None:
    body = item.body
    ticket = desk.read.ticket(body["ticket_id"])
    subject, recipient = _people(app, desk, item, ticket.contact_id)
    address = recipient.email if recipient and recipient.email else ticket.email
    if client := body.get("client"):
        found = clients.named(desk, client)
        address = found.contact if found else ""
    if not address:
        raise NeedsHuman("the ticket has no address to answer to")
    if _too_many(app, item):
        raise NeedsHuman("the daily limit of automatic replies on this ticket is reached")
    mark = reference(app, item, ticket.number)
    html = letters.compose(app, desk, item.org, body, contact=subject, ticket=ticket, reference=mark)
    item, tried = _begin(app, item)
    thread_id = desk.write.reply(
        ticket,
        from_address=_from_address(desk, ticket.department_id),
        to=address,
        html=html,
        in_reply_to=body.get("thread_id"),
        reference=mark,
        tried=tried,
        private=bool(client) or (recipient is not None and ticket.contact_id not in {None, recipient.id}),
    )
    _done(app, item, "reply_sent", result=body["letter"], thread=thread_id)


def _people(app: App, desk: Desk, item: Item, customer: str | None) -> tuple[Contact | None, Contact | None]:
    """Return whom a letter is about and whom it goes to, by the address on their record, never a Reply-To (R-VERIFY-5).

    Whoever writes for a person gets the letters about it, and the answer too unless that is for the person (R-AGENT-3).
    """
    body = item.body
    subject = _record(desk, body.get("contact_id") or customer)
    case = casebook.case(app.store, item.org, body["cases"][0]) if body.get("cases") else None
    if case is None or not letters.to_correspondent(case, body):
        return subject, subject
    return subject, _record(desk, case.correspondent or customer)


def _record(desk: Desk, contact_id: str | None) -> Contact | None:
    if contact_id is None:
        return None
    try:
        return desk.read.contact(contact_id)
    except NotFound:
        return None


def _from_address(desk: Desk, department_id: str) -> str:
    if desk.settings.from_address:
        return desk.settings.from_address
    for found in desk.read.from_addresses(department_id):
        if found.active and found.verified:
            return found.address
    raise NeedsHuman("the department has no verified from address: configure one")


ASKED_FOR: Final = frozenset(
    {letters.KEY, "answered", "correction_done", "extension", "refusal", "restriction_ends", "question", "authorised"}
    | {"client_request"}
)
"""Letters that a person asks for on a page with a limit of its own, or an agent by command: no loop of machines."""


def _too_many(app: App, item: Item) -> bool:
    """Guard against loops: so many automatic replies per ticket and day, whatever the events say."""
    if item.body.get("tried") or item.body["letter"] in ASKED_FOR:
        return False
    since = app.clock.now() - timedelta(days=1)
    sent = [
        each
        for each in casebook.every(app.store, item.org, "sent", parent=item.body["ticket_id"])
        if datetime.fromisoformat(each.body["at"]) > since and each.body["letter"] not in ASKED_FOR
    ]
    return len(sent) >= app.policy.replies_per_day


def _done(app: App, item: Item, what: str, *, result: str, **details: str) -> None:
    """Take the effect off the queue together with what follows from it."""
    for _ in range(casebook.ATTEMPTS):
        change = Change(app.store, item.org, app.clock.now())
        change.writes.append(queue.done(item))
        body = item.body
        ticket_id = body["ticket_id"]
        cases = body.get("cases") or []
        change.log(
            "zoho_privacy",
            what,
            why="R-CLOCK-2" if what == "reply_sent" else "R-TAG-2",
            result=result,
            case_id=cases[0] if cases else "",
            ticket_id=ticket_id,
            cases=",".join(cases),
            **details,
        )
        if what == "reply_sent":
            change.put_once("sent", item.id, {"at": change.now.isoformat(), "letter": result}, parent=ticket_id)
            _count_own_message(app, change, ticket_id, details["thread"])
            for case_id in body.get("answers") or []:
                _answered(app, change, case_id)
            if body.get("lifts"):
                rights.lifted(app, change, body["lifts"])
            if body.get("answers"):
                change.job(f"sync:{ticket_id}", "sync", ticket_id=ticket_id)
        try:
            change.commit()
        except Conflict:
            stored = app.store.get(item.org, item.table, item.id)
            if stored is None or stored.version != item.version:
                raise
            continue
        return


def _count_own_message(app: App, change: Change, ticket_id: str, thread_id: str) -> None:
    """Expect one message more on the ticket, so that our own letter is no reason to list them all again.

    Not where a look at the ticket has counted it by now: a number too high would hide the customer's next message.
    """
    seen = app.store.get(change.org, "ticket", ticket_id)
    if seen and thread_id not in seen.body.get("answers", []):
        answers = [*seen.body.get("answers", []), thread_id]
        change.put(
            "ticket", ticket_id, {**seen.body, "threads": seen.body.get("threads", 0) + 1, "answers": answers}, was=seen
        )


def _answered(app: App, change: Change, case_id: str) -> None:
    case = casebook.case(app.store, change.org, case_id)
    if case is None or not allowed(case.state, Event.ANSWERED):
        return
    waits = receipts.outstanding(app, case)
    if waits:
        reason = f"receipts outstanding: {', '.join(waits)}"
        change.case(replace(case, answered=case.answered or change.now, reason=reason))
        text = receipts.waiting_text(app, case)
        change.effect(f"note:{case_id}:receipts:{case.plan_hash}", "note", case.ticket_id, text=text)
        change.log(
            "zoho_privacy", "person_answered", why="R-PROP-3", result=reason, case_id=case_id, ticket_id=case.ticket_id
        )
    else:
        state = advance(case.state, Event.ANSWERED)
        at = case.answered or change.now
        change.case(replace(case, state=state, answered=at, closed=None if state in OPEN else change.now))
        change.log(
            "zoho_privacy",
            "case_closed",
            why="R-PLAN-6",
            result=case.outcome or "answered",
            case_id=case_id,
            ticket_id=case.ticket_id,
            due=case.due.due.isoformat(),
            on_time="yes" if at.date() <= case.due.due else "no",
        )
    if case.kind is Kind.DELETION and case.plan_hash:
        job = f"stage1:{case_id}:{case.plan_hash[:12]}"
        change.job(job, "after_letter", case=case_id, stage=1, plan=case.plan_hash)
    if case.kind in ANSWERED_FIRST and case.contact_id:
        for waiting in casebook.cases_of_contact(app.store, change.org, case.contact_id):
            if waiting.kind is Kind.DELETION and waiting.state is State.VERIFIED:
                change.job(f"fulfil:{waiting.id}", "fulfil", case=waiting.id)
