"""Mail that leaves the portal: replies, forwards and the portal's own notices. The bench reads it; nothing is sent."""

import re
from email.utils import getaddresses

from zoho_emulator.desk.state import World
from zoho_emulator.store import Json

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def addresses(value: str | None) -> list[str]:
    """Return the bare addresses of a comma-separated header such as `"Ada Moss" <ada@example.net>, b@example.net`."""
    return [address for _, address in getaddresses([value or ""]) if ADDRESS.fullmatch(address)]


def post(
    world: World,
    ticket: Json,
    *,
    kind: str,
    to: str,
    sender: str,
    subject: str,
    content: str,
    content_type: str = "text/html",
    cc: str | None = None,
    thread_id: str | None = None,
    message_id: str | None = None,
    files: list[str] | None = None,
) -> None:
    world.store.put(
        "outbox",
        {
            "id": world.new_id(),
            "kind": kind,
            "to": to,
            "cc": cc,
            "from": sender,
            "subject": subject,
            "content": content,
            "contentType": content_type,
            "ticketId": ticket["id"],
            "threadId": thread_id,
            "messageId": message_id,
            "attachments": files or [],
            "time": world.now(),
        },
    )


def closure(world: World, ticket: Json) -> None:
    """Send the portal's "your ticket was closed" notice, which disableClosureNotification suppresses."""
    if ticket["email"]:
        post(
            world,
            ticket,
            kind="closure",
            to=ticket["email"],
            sender=department_address(world, ticket["departmentId"]),
            subject=f"[## {ticket['ticketNumber']} ##] {ticket['subject']}",
            content=f"<p>Your ticket {ticket['ticketNumber']} has been closed.</p>",
        )


def acknowledgement(world: World, ticket: Json) -> None:
    if world.on("auto_acknowledge", "yes") and ticket["email"]:
        post(
            world,
            ticket,
            kind="acknowledgement",
            to=ticket["email"],
            sender=department_address(world, ticket["departmentId"]),
            subject=f"[## {ticket['ticketNumber']} ##] {ticket['subject']}",
            content=f"<p>We received your message; its number is {ticket['ticketNumber']}.</p>",
        )


def department_address(world: World, department_id: str) -> str:
    return str(world.need("department", department_id)["_address"])
