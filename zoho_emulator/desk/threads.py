"""Conversations: threads that can never be changed, comments that keep their earlier texts, and files.

Only drafts may be edited or deleted (API reference, sections 7 to 9).
"""

import html
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Any, Final

from zoho_emulator.clock import parse
from zoho_emulator.desk import history, outbox, shapes, tickets
from zoho_emulator.desk.errors import ApiError, invalid, unprocessable
from zoho_emulator.desk.state import Actor, Event, World
from zoho_emulator.store import Json

FILE_LIMIT = 20 * 1024 * 1024
LATER: Final = "_subject"
"""Member of a thread whose mail is written whenever its source is asked for, always the same, instead of being kept."""


def add(
    world: World,
    ticket: Json,
    actor: Actor,
    *,
    direction: str,
    content: str,
    content_type: str = "text/html",
    channel: str = "EMAIL",
    status: str = "SUCCESS",
    opening: bool = False,
    private: bool = False,
    forward: bool = False,
    at: str | None = None,
    mail: Json | None = None,
    announce: bool = True,
) -> Json:
    """Add a thread. *mail* holds to, cc, bcc, replyTo and fromEmailAddress where the channel is e-mail."""
    mail = mail or {}
    document: Json = {
        "id": world.new_id(),
        "ticketId": ticket["id"],
        "createdTime": at or world.now(),
        "channel": channel,
        "direction": direction,
        "status": status,
        "visibility": "private" if private or forward else "public",
        "isDescriptionThread": opening,
        "author": actor.author(),
        "contentType": content_type,
        "content": content,
        "to": mail.get("to"),
        "cc": mail.get("cc") or "",
        "bcc": mail.get("bcc") or "",
        "replyTo": mail.get("replyTo"),
        "fromEmailAddress": mail.get("fromEmailAddress"),
        "isForward": forward,
        "canReply": status != "DRAFT",
        "readReceipts": [],
        "respondedIn": None,
        "responderId": actor.id if direction == "out" else None,
        "impersonatedUser": None,
        "source": {"type": "SYSTEM", "appName": None, "extId": None, "permalink": None, "appPhotoURL": None},
        "lastRatingIconURL": None,
        "_messageId": mail.get("messageId") or f"<{world.new_id()}@mail.desk.example.com>",
    }
    world.store.put("thread", document)
    if status != "DRAFT":
        added(world, ticket, document, actor, announce=announce)
    return document


def added(world: World, ticket: Json, document: Json, actor: Actor, *, announce: bool = True) -> None:
    """Note in history and events that a thread is there: at once, or when its draft is sent."""
    if not document["isDescriptionThread"]:
        info = [
            history.entity("Thread", document["id"], document["channel"]),
            history.text("Direction", document["direction"]),
        ]
        history.record(world, ticket["id"], "ThreadAdded", actor, info)
    if announce:
        announce_thread(world, ticket, document, source_id=actor.source_id)


def announce_thread(world: World, ticket: Json, document: Json, *, source_id: str | None = None) -> None:
    if document["isDescriptionThread"] and world.on("opening_thread_event", "absent"):
        return
    world.emit(
        Event(
            "Ticket_Thread_Add",
            {"ticketId": ticket["id"], **shapes.thread(world, document, full=True)},
            department=ticket["departmentId"],
            direction=document["direction"],
            source_id=source_id,
        )
    )


def as_html(text: str) -> str:
    return "<div>" + html.escape(text, quote=False).replace("\n", "<br />") + "</div>"


def keep_source(world: World, document: Json, source: bytes) -> None:
    """Keep the raw mail of a thread, as `originalContent` shows it."""
    world.store.put_blob(document["id"], source)


def source_of(world: World, ticket: Json, document: Json) -> bytes:
    kept = world.store.blob(document["id"])
    return kept if kept is not None else _written_source(world, ticket, document)


def _written_source(world: World, ticket: Json, document: Json) -> bytes:
    message = EmailMessage()
    message["Subject"] = " ".join(str(document.get(LATER, ticket["subject"])).split())
    message["From"] = document["fromEmailAddress"] or document["author"]["email"]
    message["To"] = document["to"] or ""
    if document["cc"]:
        message["Cc"] = document["cc"]
    message["Message-ID"] = document["_messageId"]
    message["Date"] = format_datetime(datetime.fromtimestamp(parse(document["createdTime"]) / 1000, UTC))
    message.set_content(document["content"], subtype=document["contentType"].partition("/")[2])
    if LATER in document:
        message["Return-Path"] = f"<{document['author']['email']}>"
        _enclose(world, document, message)
    return message.as_bytes()


def _enclose(world: World, document: Json, message: EmailMessage) -> None:
    """Put a thread's files into its mail, as long as they are there."""
    for file in world.store.find("attachment", "owner = ?", document["id"]):
        main, _, sub = str(file["_contentType"]).partition("/")
        if main == "message":  # a mail in a mail goes as it is, whatever its lines look like
            main, sub = "application", "octet-stream"
        data = world.store.blob(file["id"]) or b""
        message.add_attachment(data, maintype=main, subtype=sub, filename=file["name"])
    if message.is_multipart():
        message.set_boundary(f"=_{document['id']}")


def said_in_source(world: World, document: Json) -> list[str]:
    """Return the texts of which such a mail is written: the oracle reads them and need not write every mail."""
    names = [file["name"] for file in world.store.find("attachment", "owner = ?", document["id"])]
    head = [document[LATER], document["fromEmailAddress"], document["author"]["email"], document["to"], document["cc"]]
    return [text for text in (*head, document["content"], *names) if text]


def files_in_source(world: World, document: Json) -> list[bytes]:
    """Return what is enclosed in such a mail."""
    found = world.store.find("attachment", "owner = ?", document["id"])
    return [data for file in found if (data := world.store.blob(file["id"])) is not None]


# replies


def reply(
    world: World,
    ticket: Json,
    actor: Actor,
    body: Json,
    *,
    immediately: bool,
    private: bool = False,
    draft: bool = False,
) -> Json:
    """Write an outgoing thread from a sendReply or draftReply body; mail leaves now or after its pending time."""
    channel = body.get("channel")
    content = body.get("content")
    for name, value in (("channel", channel), ("content", content)):
        if not value or not isinstance(value, str):
            raise invalid(f"/{name}", "missing" if value is None else "invalid")
    mail = _checked_mail(world, ticket, body) if channel == "EMAIL" else {}
    if body.get("ticketStatus") and body["ticketStatus"] not in world.statuses():
        raise invalid("/ticketStatus")
    files = [upload(world, each) for each in body.get("attachmentIds") or []]
    forward = bool(body.get("isForward"))
    kind = "text/html" if body.get("contentType") in ("html", "text/html") else "text/plain"
    document = add(
        world,
        ticket,
        actor,
        direction="out",
        content=str(content),
        content_type=kind,
        channel=str(channel),
        status="DRAFT" if draft else ("SUCCESS" if immediately else "PENDING"),
        private=private,
        forward=forward,
        mail=mail,
        announce=False,
    )
    for file in files:
        path = f"/tickets/{ticket['id']}/threads/{document['id']}/attachments/{file['id']}/content"
        world.store.put("attachment", file | {"_owner": document["id"], "_ticketId": ticket["id"], "_path": path})
    if not draft:
        send(world, ticket, document, actor, immediately=immediately)
    if body.get("ticketStatus") and not draft:
        tickets.apply(world, ticket, {"status": body["ticketStatus"]}, actor)
    return document


def _checked_mail(world: World, ticket: Json, body: Json) -> Json:
    sender = body.get("fromEmailAddress")
    if not sender:
        raise invalid("/fromEmailAddress", "missing")
    known = [
        each
        for bare in outbox.addresses(sender) or [sender]
        for each in world.store.find("from_address", "address = lower(?)", bare)
    ]
    if not any(each["isActive"] and each["isVerified"] for each in known):
        raise invalid("/fromEmailAddress")
    to = body.get("to") or (ticket["email"] if body.get("to") is None else "")
    if not outbox.addresses(to):
        raise invalid("/to", "missing" if not to else "invalid")
    for name in ("to", "cc", "bcc"):
        if len(body.get(name) or "") > 13000:
            raise invalid(f"/{name}")
    return {"to": to, "cc": body.get("cc"), "bcc": body.get("bcc"), "fromEmailAddress": sender}


def upload(world: World, upload_id: Any) -> Json:
    file = world.store.get("attachment", str(upload_id))
    if file is None or file["_owner"] != "uploads":
        raise invalid("/attachmentIds")
    return file


def send(world: World, ticket: Json, document: Json, actor: Actor, *, immediately: bool) -> None:
    """Let a reply go: at once or after its pending time; announce it either way."""
    immediately = immediately and world.on("reply_immediately", "SUCCESS")
    document["status"] = "SUCCESS" if immediately else "PENDING"
    _dress(world, ticket, document, actor)
    world.store.put("thread", document)
    added(world, ticket, document, actor)
    tickets.touch(world, ticket, customer=False)
    if immediately:
        leave(world, document["id"])
    else:
        world.plan_in("reply", document["id"], seconds=world.switches.number("reply_pending_seconds"))


def _dress(world: World, ticket: Json, document: Json, actor: Actor) -> None:
    """Add what the portal's settings may add to a reply: signature, quotation, name of the sender."""
    end, markup = ("<br />", True) if document["contentType"] == "text/html" else ("\n", False)
    if world.on("reply_signature", "yes"):
        document["content"] += f"{end}--{end}{actor.name}{end}{world.org()['companyName']}"
    earlier = world.store.first(
        "thread", "ticket = ? AND json_extract(doc, '$.direction') = 'in'", ticket["id"], order="created DESC"
    )
    if earlier and world.on("reply_quote", "yes"):
        quoted = earlier["content"] if markup else "> " + shapes.plain(earlier["content"])
        document["content"] += f"<blockquote>{quoted}</blockquote>" if markup else f"\n{quoted}"
    names = {"agent": actor.name, "portal": world.org()["companyName"]}
    if name := names.get(world.switches["reply_sender"]):
        bare = outbox.addresses(document["fromEmailAddress"])
        document["fromEmailAddress"] = formataddr((name, bare[0])) if bare else document["fromEmailAddress"]


def leave(world: World, thread_id: str) -> None:
    """Hand a reply to the outbox, or fail it by switch. A thread that is gone by now leaves nothing."""
    document = world.store.get("thread", thread_id)
    ticket = world.store.get("ticket", document["ticketId"]) if document else None
    if document is None or ticket is None:
        return
    failed = world.on("reply_outcome", "failed")
    world.store.put("thread", document | {"status": "FAILED" if failed else "SUCCESS", "canReply": True})
    if failed or document["channel"] != "EMAIL":
        return
    mark = f"[## {ticket['ticketNumber']} ##] " if world.on("reply_subject_mark", "yes") else ""
    outbox.post(
        world,
        ticket,
        kind="forward" if document["isForward"] else "reply",
        to=document["to"],
        cc=document["cc"] or None,
        sender=document["fromEmailAddress"],
        subject=f"Re: {mark}{ticket['subject']}",
        content=document["content"],
        content_type=document["contentType"],
        thread_id=thread_id,
        message_id=document["_messageId"],
        files=[each["name"] for each in shapes.attachments_of(world, thread_id)],
    )


def delete_draft(world: World, ticket: Json, document: Json, actor: Actor) -> None:
    if document["status"] != "DRAFT":
        raise unprocessable("Only drafts can be deleted.")
    for file in world.store.find("attachment", "owner = ?", document["id"]):
        remove_file(world, file)
    world.store.remove("thread", "id = ?", document["id"])
    history.record(world, ticket["id"], "ThreadDeleted", actor, [history.entity("Thread", document["id"], "DRAFT")])


# comments


def comment(
    world: World,
    ticket: Json,
    actor: Actor,
    *,
    content: str,
    content_type: str = "plainText",
    public: bool = False,
    at: str | None = None,
    announce: bool = True,
) -> Json:
    now = at or world.now()
    document: Json = {
        "id": world.new_id(),
        "ticketId": ticket["id"],
        "content": content,
        "contentType": content_type,
        "isPublic": public,
        "commentedTime": now,
        "modifiedTime": now,
        "commenterId": actor.id,
        "commenter": actor.author() | {"roleName": "Agent"},
        "impersonatedUser": None,
    }
    world.store.put("comment", document)
    history.record(world, ticket["id"], "CommentAdded", actor, [history.text("Comment", content)])
    if announce:
        _announce_comment(world, ticket, document, "Ticket_Comment_Add", actor)
    return document


def edit_comment(world: World, ticket: Json, document: Json, content: str, actor: Actor) -> Json:
    """Replace the text; the old one stays in the comment's history and in the ticket's."""
    keep_version(world, document)
    old = document["content"]
    document |= {"content": content, "modifiedTime": world.now()}
    world.store.put("comment", document)
    history.record(world, ticket["id"], "CommentEdited", actor, [history.transition("Comment", old, content)])
    _announce_comment(world, ticket, document, "Ticket_Comment_Update", actor)
    return document


def keep_version(world: World, document: Json) -> None:
    version = {
        "id": world.new_id(),
        "commentId": document["id"],
        "ticketId": document["ticketId"],
        "version": shapes.comment(world, document, plain_text=True),
    }
    world.store.put("comment_version", version)


def delete_comment(world: World, ticket: Json, document: Json, actor: Actor) -> None:
    """Delete for good. Its history stays readable by switch; ticket history names the comment either way."""
    if world.on("comment_history_after_delete", "kept"):
        keep_version(world, document)
    else:
        world.store.remove("comment_version", "comment = ?", document["id"])
    for file in world.store.find("attachment", "owner = ?", document["id"]):
        remove_file(world, file)
    world.store.remove("comment", "id = ?", document["id"])
    info = [history.entity("Comment", document["id"], "")]
    history.record(world, ticket["id"], "CommentDeleted", actor, info)


def _announce_comment(world: World, ticket: Json, document: Json, name: str, actor: Actor) -> None:
    world.emit(
        Event(
            name,
            {"ticketId": ticket["id"], **shapes.comment(world, document)},
            department=ticket["departmentId"],
            source_id=actor.source_id,
        )
    )


# files


def add_file(
    world: World,
    *,
    name: str,
    data: bytes,
    owner: str,
    path: str,
    creator: str | None,
    ticket_id: str | None = None,
    public: bool = False,
    content_type: str = "application/octet-stream",
    at: str | None = None,
) -> Json:
    """Store a file; *path* is the API path of its content, in which `{id}` becomes its id."""
    if len(data) > FILE_LIMIT:
        raise ApiError("RESOURCE_SIZE_EXCEEDED")
    file_id = world.new_id()
    document: Json = {
        "id": file_id,
        "name": name,
        "size": str(len(data)),
        "isPublic": public,
        "createdTime": at or world.now(),
        "creatorId": creator,
        "_contentType": content_type,
        "_owner": owner,
        "_ticketId": ticket_id,
        "_trashed": False,
        "_path": path.replace("{id}", file_id),
    }
    world.store.put("attachment", document)
    world.store.put_blob(file_id, data)
    return document


def remove_file(world: World, document: Json) -> None:
    world.store.remove("attachment", "id = ?", document["id"])
    world.store.remove_blobs([document["id"]])
