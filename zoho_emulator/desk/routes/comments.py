"""Ticket comments; an edit keeps the earlier text in the comment's history (API reference, section 8)."""

from typing import Final

from zoho_emulator.desk import shapes, threads
from zoho_emulator.desk.errors import ApiError, invalid, not_found
from zoho_emulator.desk.routing import Call, Reply, Routes, empty_ok, listing, ok
from zoho_emulator.store import Json

routes: Final = Routes()
LONGEST: Final = 32_000


def _comment(call: Call, ticket_id: str, comment_id: str) -> Json:
    call.ticket(ticket_id)
    return call.child("comment", comment_id, "ticketId", ticket_id)


@routes("GET /tickets/<id:ticket_id>/comments", "tickets.READ", cost=None)
def list_comments(call: Call, ticket_id: str) -> Reply:
    call.ticket(ticket_id)
    start, limit = call.page(default=10, most=100)
    sort = call.arg("sortBy") or "-commentedTime"
    if sort not in ("commentedTime", "-commentedTime"):
        raise invalid("/sortBy")
    direction = "DESC" if sort.startswith("-") else "ASC"
    found = call.world.store.find(
        "comment", "ticket = ?", ticket_id, order=f"created {direction}, rowid {direction}", limit=limit, offset=start
    )
    return listing([_shown(call, each) for each in found])


def _shown(call: Call, document: Json) -> Json:
    plain_text, mentions = "plainText" in call.include, "mentions" in call.include
    return shapes.comment(call.world, document, plain_text=plain_text, mentions=mentions)


@routes("GET /tickets/<id:ticket_id>/comments/<id:comment_id>", "tickets.READ")
def get_comment(call: Call, ticket_id: str, comment_id: str) -> Reply:
    return ok(_shown(call, _comment(call, ticket_id, comment_id)))


def _content(body: Json) -> str:
    content = body.get("content")
    if not content:
        raise invalid("/content", "missing")
    if not isinstance(content, str) or len(content) > LONGEST:
        raise invalid("/content")
    return content


@routes("POST /tickets/<id:ticket_id>/comments", "tickets.UPDATE")
def add_comment(call: Call, ticket_id: str) -> Reply:
    ticket = call.ticket(ticket_id, write=True)
    body = call.body()
    kind = body.get("contentType", "plainText")
    if kind not in ("plainText", "html"):
        raise invalid("/contentType")
    content = _content(body)
    files = [threads.upload(call.world, each) for each in body.get("attachmentIds") or []]
    public = shapes.as_bool(body.get("isPublic", True))
    document = threads.comment(call.world, ticket, call.actor, content=content, content_type=kind, public=public)
    for file in files:
        path = f"/tickets/{ticket_id}/comments/{document['id']}/attachments/{file['id']}/content"
        call.world.store.put("attachment", file | {"_owner": document["id"], "_ticketId": ticket_id, "_path": path})
    return ok(_shown(call, document))


@routes("PATCH /tickets/<id:ticket_id>/comments/<id:comment_id>", "tickets.UPDATE")
def edit_comment(call: Call, ticket_id: str, comment_id: str) -> Reply:
    ticket = call.ticket(ticket_id, write=True)
    document = _comment(call, ticket_id, comment_id)
    if document["commenterId"] != call.agent["id"] and call.world.on("foreign_comment_edit", "403"):
        raise ApiError("FORBIDDEN")
    return ok(_shown(call, threads.edit_comment(call.world, ticket, document, _content(call.body()), call.actor)))


@routes("DELETE /tickets/<id:ticket_id>/comments/<id:comment_id>", "tickets.UPDATE")
def delete_comment(call: Call, ticket_id: str, comment_id: str) -> Reply:
    ticket = call.ticket(ticket_id, write=True)
    threads.delete_comment(call.world, ticket, _comment(call, ticket_id, comment_id), call.actor)
    return empty_ok()


@routes("GET /tickets/<id:ticket_id>/comments/<id:comment_id>/history", "tickets.READ", cost=None)
def comment_history(call: Call, ticket_id: str, comment_id: str) -> Reply:
    call.ticket(ticket_id)
    start, limit = call.page(default=10, most=50)
    found = call.world.store.find(
        "comment_version", "comment = ? AND ticket = ?", comment_id, ticket_id, order="rowid DESC"
    )
    if not found and call.world.store.get("comment", comment_id) is None:
        raise not_found()
    return listing([each["version"] for each in found[start : start + limit]])
