"""Threads, replies and drafts (API reference, section 7). What was sent or received cannot be changed: 405."""

from email import message_from_bytes
from typing import Final

from zoho_emulator.desk import shapes, threads
from zoho_emulator.desk.errors import invalid, unprocessable
from zoho_emulator.desk.routing import Call, Reply, Routes, empty_ok, listing, no_content, ok
from zoho_emulator.store import Json

routes: Final = Routes()
NOT_DRAFT: Final = "json_extract(doc, '$.status') <> 'DRAFT'"


def _thread(call: Call, ticket_id: str, thread_id: str) -> Json:
    call.ticket(ticket_id)
    return call.child("thread", thread_id, "ticketId", ticket_id)


@routes("GET /tickets/<id:ticket_id>/threads", "tickets.READ", cost=None)
def list_threads(call: Call, ticket_id: str) -> Reply:
    call.ticket(ticket_id)
    start, limit = call.page(default=10, most=200)
    sort = call.arg("sortBy") or "-sendDateTime"
    if sort not in ("sendDateTime", "-sendDateTime"):
        raise invalid("/sortBy")
    direction = "DESC" if sort.startswith("-") else "ASC"
    found = call.world.store.find(
        "thread", "ticket = ?", ticket_id, order=f"created {direction}, rowid {direction}", limit=limit, offset=start
    )
    return listing([shapes.thread(call.world, each, full=False) for each in found])


@routes("GET /tickets/<id:ticket_id>/threads/<id:thread_id>", "tickets.READ")
def get_thread(call: Call, ticket_id: str, thread_id: str) -> Reply:
    return ok(shapes.thread(call.world, _thread(call, ticket_id, thread_id), full=True, plain_text=_plain_text(call)))


def _plain_text(call: Call) -> bool:
    wanted = "plainText" in call.include
    if wanted and call.world.on("thread_plain_text", "422"):
        raise invalid("/include")
    return wanted


@routes("GET /tickets/<id:ticket_id>/threads/<id:thread_id>/fullContent", "tickets.READ")
def full_content(call: Call, ticket_id: str, thread_id: str) -> Reply:
    return ok(shapes.thread(call.world, _thread(call, ticket_id, thread_id), full=True, untruncated=True))


@routes("GET /tickets/<id:ticket_id>/threads/<id:thread_id>/originalContent", "tickets.READ")
def original_content(call: Call, ticket_id: str, thread_id: str) -> Reply:
    document = _thread(call, ticket_id, thread_id)
    if document["channel"] != "EMAIL":
        raise unprocessable("The thread is no e-mail.")
    source = threads.source_of(call.world, call.ticket(ticket_id), document)
    message = message_from_bytes(source)
    return ok(
        {
            "date": message.get("Date"),
            "returnPath": message.get("Return-Path"),
            "subject": str(message.get("Subject", "")),
            "messageId": message.get("Message-ID"),
            "from": str(message.get("From", "")),
            "to": str(message.get("To", "")),
            "content": source.decode("utf-8", "replace"),
        }
    )


@routes("GET /tickets/<id:ticket_id>/latestThread", "tickets.READ")
def latest_thread(call: Call, ticket_id: str) -> Reply:
    call.ticket(ticket_id)
    clauses, values = ["ticket = ?", NOT_DRAFT], [ticket_id]
    if call.flag("needPublic"):
        clauses.append("json_extract(doc, '$.visibility') = 'public'")
    if call.flag("needIncomingThread"):
        clauses.append("json_extract(doc, '$.direction') = 'in'")
    if call.arg("threadStatus"):
        clauses.append("json_extract(doc, '$.status') = ?")
        values.append((call.arg("threadStatus") or "").upper())
    last = call.world.store.first("thread", " AND ".join(clauses), *values, order="created DESC, rowid DESC")
    if last is None:
        return no_content()
    return ok(shapes.thread(call.world, last, full=True, plain_text=_plain_text(call)))


@routes("GET /tickets/<id:ticket_id>/conversations", "tickets.READ", cost=None)
def conversations(call: Call, ticket_id: str) -> Reply:
    """Answer threads with their summaries and comments with their content in one list, newest first."""
    call.ticket(ticket_id)
    start, limit = call.page(default=100, most=200)
    items = [
        (each["createdTime"], {"type": "thread", **shapes.thread(call.world, each, full=False)})
        for each in call.world.store.find("thread", "ticket = ?", ticket_id)
    ] + [
        (each["commentedTime"], {"type": "comment", **shapes.comment(call.world, each)})
        for each in call.world.store.find("comment", "ticket = ?", ticket_id)
    ]
    items.sort(key=lambda pair: pair[0], reverse=True)
    return listing([item for _, item in items[start : start + limit]])


@routes("POST /tickets/<id:ticket_id>/sendReply", "tickets.UPDATE")
def send_reply(call: Call, ticket_id: str) -> Reply:
    ticket = call.ticket(ticket_id, write=True)
    call.credits = call.world.switches.number("reply_credits")
    document = threads.reply(
        call.world,
        ticket,
        call.actor,
        call.body(),
        immediately=call.flag("sendImmediately"),
        private=call.flag("isPrivate"),
    )
    return _shown(call, document["id"])


def _shown(call: Call, thread_id: str) -> Reply:
    return ok(shapes.thread(call.world, call.record("thread", thread_id), full=True))


@routes("POST /tickets/<id:ticket_id>/draftReply", "tickets.UPDATE")
def draft_reply(call: Call, ticket_id: str) -> Reply:
    ticket = call.ticket(ticket_id, write=True)
    document = threads.reply(call.world, ticket, call.actor, call.body(), immediately=False, draft=True)
    return _shown(call, document["id"])


def _draft(call: Call, ticket_id: str, thread_id: str) -> Json:
    document = _thread(call, ticket_id, thread_id)
    if document["status"] != "DRAFT":
        raise unprocessable("The thread is no draft.")
    return document


@routes("PATCH /tickets/<id:ticket_id>/draftReply/<id:thread_id>", "tickets.UPDATE")
def update_draft(call: Call, ticket_id: str, thread_id: str) -> Reply:
    document = _draft(call, ticket_id, thread_id)
    body = call.body()
    changes = {name: body[name] for name in ("content", "to", "cc", "bcc", "fromEmailAddress") if name in body}
    call.world.store.put("thread", document | changes)
    return _shown(call, thread_id)


@routes("DELETE /tickets/<id:ticket_id>/draftReply/<id:thread_id>", "tickets.DELETE")
def delete_draft(call: Call, ticket_id: str, thread_id: str) -> Reply:
    threads.delete_draft(
        call.world, call.ticket(ticket_id, write=True), _thread(call, ticket_id, thread_id), call.actor
    )
    return empty_ok()


@routes("POST /tickets/<id:ticket_id>/sendDraft", "tickets.UPDATE")
def send_draft(call: Call, ticket_id: str) -> Reply:
    ticket = call.ticket(ticket_id, write=True)
    document = _draft(call, ticket_id, call.arg("draftThreadId") or "")
    threads.send(call.world, ticket, document, call.actor, immediately=call.flag("sendImmediately"))
    return _shown(call, document["id"])


@routes("POST /tickets/<id:ticket_id>/resendFailedThread", "tickets.UPDATE")
def resend(call: Call, ticket_id: str) -> Reply:
    call.ticket(ticket_id, write=True)
    document = _thread(call, ticket_id, call.arg("threadId") or "")
    if document["status"] != "FAILED":
        raise unprocessable("The thread has not failed.")
    threads.leave(call.world, document["id"])
    return _shown(call, document["id"])


@routes("POST /tickets/<id:ticket_id>/threads/<id:thread_id>/sendForReview", "tickets.UPDATE")
def send_for_review(call: Call, ticket_id: str, thread_id: str) -> Reply:
    _draft(call, ticket_id, thread_id)
    return _shown(call, thread_id)


@routes("DELETE /tickets/<id:ticket_id>/threads/<id:thread_id>/attachments/<id:file_id>", "tickets.UPDATE")
def delete_draft_file(call: Call, ticket_id: str, thread_id: str, file_id: str) -> Reply:
    _draft(call, ticket_id, thread_id)
    threads.remove_file(call.world, call.child("attachment", file_id, "_owner", thread_id))
    return empty_ok()
