"""Mail that customers send in: a new ticket, or a thread on the ticket it answers.

The raw source is kept with its headers, so that auto-replies, bounces and list mail can be told from people.
"""

import base64
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, getaddresses
from typing import Any, Final

from zoho_emulator.desk import outbox, people, threads, tickets
from zoho_emulator.desk.state import Actor, World, contact_actor
from zoho_emulator.store import Json

TICKET_MARK: Final = re.compile(r"\[\s*##\s*(\d+)\s*##\s*\]")


def receive(world: World, order: Json) -> Json:
    """Take in one mail as the bench describes it and return the ids of what it became.

    Raises:
        ValueError: The order lacks a sender, or no department has the address it is sent to.
    """
    sender = str(order.get("from") or "").strip()
    if not outbox.ADDRESS.fullmatch(sender):
        raise ValueError("from must be an e-mail address")
    announce = bool(order.get("deliverWebhook", True))
    person = people.by_email(world, sender) or _new_sender(
        world, sender, str(order.get("fromName") or ""), announce=announce
    )
    actor = contact_actor(person)
    message_id = f"<{world.new_id()}@mail.example.com>"
    content = order.get("html") or threads.as_html(str(order.get("text") or ""))
    ticket = _answered(world, order)
    if ticket is None:
        ticket, thread = _open(world, order, person, actor, content, message_id, announce=announce)
    else:
        thread = threads.add(
            world,
            ticket,
            actor,
            direction="in",
            content=content,
            mail=_headers(order, sender, message_id),
            announce=announce,
        )
        tickets.touch(world, ticket, customer=True)
        if ticket["statusType"] == "Closed" and world.on("customer_reply_reopens", "yes"):
            tickets.reopen(world, ticket)
    _keep(world, order, ticket, thread, sender, message_id)
    return {
        "ticketId": ticket["id"],
        "ticketNumber": ticket["ticketNumber"],
        "threadId": thread["id"],
        "contactId": person["id"],
    }


def _open(
    world: World, order: Json, person: Json, actor: Actor, content: str, message_id: str, *, announce: bool
) -> tuple[Json, Json]:
    fields = {
        "subject": order.get("subject") or "(no subject)",
        "description": content,
        "departmentId": _department(world, order)["id"],
        "email": order["from"],
    }
    ticket = tickets.create(world, fields, person, actor, announce=False)
    mail = _headers(order, order["from"], message_id)
    thread = threads.add(world, ticket, actor, direction="in", content=content, opening=True, mail=mail, announce=False)
    if announce:
        tickets.announce_new(world, ticket, thread)
        threads.announce_thread(world, ticket, thread)
    outbox.acknowledgement(world, ticket)
    return ticket, thread


def _new_sender(world: World, address: str, name: str, *, announce: bool) -> Json:
    first, _, last = name.strip().rpartition(" ")
    fields = {"firstName": first or None, "lastName": last or address.partition("@")[0], "email": address}
    return people.create(world, fields, Actor(id="", name="System", type="System"), announce=announce)


def _department(world: World, order: Json) -> Json:
    """Return the department whose address the mail went to, `to` before `cc`; without any, the default one."""
    addresses = [address.lower() for _, address in getaddresses([str(order.get(name) or "") for name in ("to", "cc")])]
    addresses = [address for address in addresses if address]
    if not addresses:
        default = world.store.first("department", "json_extract(doc, '$.isDefault')")
        if default:
            return default
    for address in addresses:
        found = world.store.first("department", "address = ?", address)
        if found:
            return found
    raise ValueError("no department has an address in `to` or `cc`")


def _answered(world: World, order: Json) -> Json | None:
    """Return the live ticket that a mail belongs to: named, marked in the subject, or by its In-Reply-To."""
    named = order.get("inReplyToTicketId")
    if named:
        ticket = world.store.get("ticket", str(named))
        if ticket is None:
            raise ValueError("inReplyToTicketId names no ticket")
        return None if ticket["isTrashed"] else ticket
    mark = TICKET_MARK.search(str(order.get("subject") or ""))
    if mark:
        return world.store.first("ticket", "number = ? AND NOT trashed", mark[1])
    headers = {name.lower(): str(value) for name, value in (order.get("headers") or {}).items()}
    for message_id in re.findall(r"<[^>]+>", headers.get("in-reply-to", "") + headers.get("references", "")):
        thread = world.store.first("thread", "message = ?", message_id)
        if thread:
            return world.store.first("ticket", "id = ? AND NOT trashed", thread["ticketId"])
    return None


def _headers(order: Json, sender: str, message_id: str) -> Json:
    headers = {name.lower(): value for name, value in (order.get("headers") or {}).items()}
    name = str(order.get("fromName") or "")
    return {
        "to": order.get("to"),
        "cc": order.get("cc"),
        "replyTo": headers.get("reply-to"),
        "fromEmailAddress": formataddr((name, sender)) if name else sender,
        "messageId": headers.get("message-id") or message_id,
    }


def _keep(world: World, order: Json, ticket: Json, thread: Json, sender: str, message_id: str) -> None:
    """Keep the raw source and the files of a mail."""
    files = [
        (each["name"], base64.b64decode(each["contentBase64"]), each.get("contentType"))
        for each in order.get("attachments") or []
    ]
    source = _source(world, order, sender, message_id, files)
    threads.keep_source(world, thread, source)
    for name, data, content_type in files:
        path = f"/tickets/{ticket['id']}/threads/{thread['id']}/attachments/{{id}}/content"
        threads.add_file(
            world,
            name=name,
            data=data,
            owner=thread["id"],
            ticket_id=ticket["id"],
            path=path,
            creator=None,
            public=True,
            content_type=content_type or "application/octet-stream",
        )


def _source(world: World, order: Json, sender: str, message_id: str, files: list[tuple[str, bytes, Any]]) -> bytes:
    """Write the mail as it came over the wire; the order's own headers win, `Content-Type` included."""
    message = EmailMessage()
    extra = [(str(name), each) for name, value in (order.get("headers") or {}).items() for each in _each(value)]
    given = {name.lower() for name, _ in extra}
    known = {
        "Return-Path": f"<{sender}>",
        "From": formataddr((str(order.get("fromName") or ""), sender)),
        "To": str(order.get("to") or ""),
        "Cc": str(order.get("cc") or ""),
        "Subject": " ".join(str(order.get("subject") or "").split()),
        "Message-ID": message_id,
        "Date": format_datetime(datetime.fromtimestamp(world.now_ms() / 1000, UTC)),
    }
    for name, value in [*((n, v) for n, v in known.items() if n.lower() not in given), *extra]:
        if value and name.lower() not in ("content-type", "mime-version"):
            message[name] = value
    message.set_content(str(order.get("text") or ""))
    if order.get("html"):
        message.add_alternative(str(order["html"]), subtype="html")
    for name, data, content_type in files:
        main, _, sub = str(content_type or "application/octet-stream").partition("/")
        message.add_attachment(data, maintype=main, subtype=sub or "octet-stream", filename=name)
    source = message.as_bytes()
    forced = next((value for name, value in extra if name.lower() == "content-type"), None)
    return _retyped(source, forced) if forced else source


def _each(value: Any) -> list[str]:
    """Return a header's values: one, or several lines of the same name; line breaks are folded away."""
    values = value if isinstance(value, list) else [value]
    return [" ".join(str(each).split()) for each in values]


def _retyped(source: bytes, content_type: str) -> bytes:
    pattern = rb"(?im)^Content-Type:[^\n]*(\n[ \t][^\n]*)*"
    return re.sub(pattern, lambda _: f"Content-Type: {content_type}".encode(), source, count=1)
