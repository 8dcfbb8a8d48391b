"""Old data: contacts and tickets that lie in the past, without passing through time and without events.

zoho_emulator/README.md describes the order. Every person a caller plants should be invented.
"""

import base64
from typing import Any

from zoho_emulator.clock import iso, parse
from zoho_emulator.desk import people, search, threads, tickets
from zoho_emulator.desk.state import SYSTEM, Actor, World, agent_actor, contact_actor
from zoho_emulator.store import Json


def plant(world: World, order: Json) -> Json:
    """Create contacts and tickets that lie in the past, as the bench describes them; no events are sent.

    A contact has contact fields plus createdTime, comments, attachments, photoBase64, portalUser. A ticket has the
    members of `_ticket`. A ticket's `contact` is an id, an address of a known contact or a new contact's fields.
    """
    with world.quiet():
        contacts = [_contact(world, each) for each in order.get("contacts") or []]
        made = [_ticket(world, each) for each in order.get("tickets") or []]
    return {"contacts": contacts, "tickets": made}


def _moment(world: World, text: Any) -> int:
    return world.now_ms() if text is None else parse(str(text))


def _contact(world: World, order: Json) -> Json:
    admin = _agent_named(world, None)
    with world.pretending(_moment(world, order.get("createdTime"))):
        contact = people.create(world, order, SYSTEM)
        notes = [
            people.comment(world, contact["id"], each["content"], "plainText", admin)["id"]
            for each in order.get("comments") or []
        ]
        files = [
            _file(world, each, owner=contact["id"], path=f"/contacts/{contact['id']}/attachments/{{id}}/content")
            for each in order.get("attachments") or []
        ]
        if order.get("photoBase64"):
            world.store.put_blob(f"photo/{contact['id']}", base64.b64decode(order["photoBase64"]))
            contact["photoURL"] = world.href(f"/contacts/{contact['id']}/photo")
            world.store.put("contact", contact)
        user = people.add_portal_user(world, contact)["id"] if order.get("portalUser") else None
    _index_now(world, "contacts", contact["id"])
    return {"id": contact["id"], "commentIds": notes, "attachmentIds": files, "portalUserId": user}


def _index_now(world: World, module: str, record_id: str) -> None:
    world.unplan("index", f"{module}/{record_id}")
    search.index(world, f"{module}/{record_id}")


def _agent_named(world: World, agent_id: str | None) -> Actor:
    agent = world.store.get("agent", agent_id) if agent_id else world.store.find("agent", limit=1)[0]
    if agent is None:
        raise ValueError("no such agent")
    return agent_actor(agent)


def _file(world: World, order: Json, *, owner: str, path: str, ticket_id: str | None = None) -> str:
    file = threads.add_file(
        world,
        name=order["name"],
        data=base64.b64decode(order.get("contentBase64", "")),
        owner=owner,
        ticket_id=ticket_id,
        path=path,
        creator=None,
        public=bool(order.get("isPublic", False)),
        content_type=order.get("contentType", "application/octet-stream"),
        at=world.now(),
    )
    return str(file["id"])


def _person(world: World, wanted: Any) -> Json:
    if isinstance(wanted, dict):
        known = people.by_email(world, wanted["email"]) if wanted.get("email") else None
        return known or world.need("contact", _contact(world, wanted)["id"])
    found = world.store.get("contact", str(wanted)) or people.by_email(world, str(wanted))
    if found is None:
        raise ValueError("contact names nobody")
    return found


def _ticket(world: World, order: Json) -> Json:
    contact = _person(world, order["contact"])
    created = _moment(world, order.get("createdTime"))
    home = order.get("departmentId") or world.store.find("department", limit=1)[0]["id"]
    writings = list(order.get("threads") or [])
    opening = writings[0]["content"] if writings and writings[0].get("direction", "in") == "in" else None
    with world.pretending(created):
        fields: Json = {
            "subject": order.get("subject", "A question"),
            "description": order.get("description", opening),
            "departmentId": home,
            "cf": order.get("cf") or {},
            **{name: order[name] for name in ("email", "phone", "priority", "category", "assigneeId") if name in order},
            "secondaryContacts": [_person(world, each)["id"] for each in order.get("secondaryContacts") or []],
        }
        ticket = tickets.create(world, fields, contact, contact_actor(contact), channel=order.get("channel", "Email"))
    made: Json = {
        "id": ticket["id"],
        "ticketNumber": ticket["ticketNumber"],
        "contactId": contact["id"],
        "threadIds": [],
        "commentIds": [],
    }
    for place, each in enumerate(writings):
        made["threadIds"].append(_thread(world, ticket, contact, each, opening=place == 0, default_ms=created))
    for each in order.get("comments") or []:
        made["commentIds"].append(_comment(world, ticket, each, default_ms=created))
    with world.pretending(created):
        path = f"/tickets/{ticket['id']}/attachments/{{id}}/content"
        made["attachmentIds"] = [
            _file(world, each, owner=ticket["id"], ticket_id=ticket["id"], path=path)
            for each in order.get("attachments") or []
        ]
        if order.get("tags"):
            tickets.add_tags(world, ticket, list(order["tags"]), _agent_named(world, None))
        made |= _side_records(world, ticket, order)
    _finish(world, ticket, order, created)
    return made


def _thread(world: World, ticket: Json, contact: Json, order: Json, *, opening: bool, default_ms: int) -> str:
    incoming = order.get("direction", "in") == "in"
    home = world.need("department", ticket["departmentId"])
    author = _author(world, contact, order) if incoming else _agent_named(world, order.get("agentId"))
    sender, to = (author.email, home["_address"]) if incoming else (home["_address"], ticket["email"])
    moment = parse(order["createdTime"]) if order.get("createdTime") else default_ms
    with world.pretending(moment):
        thread = threads.add(
            world,
            ticket,
            author,
            direction="in" if incoming else "out",
            content=order["content"],
            opening=opening and incoming,
            mail={"to": order.get("to", to), "cc": order.get("cc"), "fromEmailAddress": order.get("from", sender)},
        )
        for each in order.get("attachments") or []:
            path = f"/tickets/{ticket['id']}/threads/{thread['id']}/attachments/{{id}}/content"
            _file(world, each, owner=thread["id"], ticket_id=ticket["id"], path=path)
    if incoming:
        ticket["customerResponseTime"] = max(ticket["customerResponseTime"], iso(moment))
    ticket["modifiedTime"] = max(ticket["modifiedTime"], iso(moment))
    tickets.save(world, ticket)
    return str(thread["id"])


def _author(world: World, contact: Json, order: Json) -> Actor:
    sender = order.get("from")
    other = people.by_email(world, sender) if sender else None
    return contact_actor(other or contact)


def _comment(world: World, ticket: Json, order: Json, *, default_ms: int) -> str:
    moment = parse(order["createdTime"]) if order.get("createdTime") else default_ms
    with world.pretending(moment):
        author = _agent_named(world, order.get("agentId"))
        document = threads.comment(
            world, ticket, author, content=order["content"], public=bool(order.get("isPublic", False))
        )
        for earlier in order.get("earlierContents") or []:
            threads.keep_version(world, document | {"content": earlier})
    return str(document["id"])


def _side_records(world: World, ticket: Json, order: Json) -> Json:
    """Create tasks, calls, events, time entries and approvals of a ticket."""
    made: Json = {"activityIds": [], "timeEntryIds": []}
    for kind in ("tasks", "calls", "events"):
        for each in order.get(kind) or []:
            made["activityIds"].append(_activity(world, ticket, kind, each))
    for each in order.get("timeEntries") or []:
        entry = world.store.put(
            "time_entry",
            {
                "id": world.new_id(),
                "requestId": ticket["id"],
                "departmentId": ticket["departmentId"],
                "description": each.get("description", ""),
                "hoursSpent": str(each.get("hoursSpent", "0")),
                "minutesSpent": str(each.get("minutesSpent", "10")),
                "secondsSpent": "0",
                "createdTime": world.now(),
                "executedTime": world.now(),
                "isTrashed": False,
                "isBillable": False,
            },
        )
        made["timeEntryIds"].append(entry["id"])
    for each in order.get("approvals") or []:
        world.store.put(
            "approval",
            {
                "id": world.new_id(),
                "ticketId": ticket["id"],
                "subject": each.get("subject", ""),
                "description": each.get("description", ""),
                "status": "Pending",
                "requestedTime": world.now(),
                "processedTime": None,
            },
        )
    return made


def _activity(world: World, ticket: Json, kind: str, order: Json) -> str:
    activity = world.store.put(
        "activity",
        {
            "id": world.new_id(),
            "ticketId": ticket["id"],
            "contactId": ticket["contactId"],
            "departmentId": ticket["departmentId"],
            "subject": order.get("subject", ""),
            "description": order.get("description", ""),
            "status": order.get("status", "Scheduled" if kind == "calls" else "Open"),
            "priority": None,
            "category": kind,
            "createdTime": world.now(),
            "modifiedTime": world.now(),
            "dueDate": None,
            "isTrashed": False,
            "_kind": kind,
        },
    )
    for each in order.get("comments") or []:
        comment = {
            "id": world.new_id(),
            "entityId": activity["id"],
            "content": each["content"],
            "commentedTime": world.now(),
            "modifiedTime": world.now(),
        }
        world.store.put("activity_comment", comment)
    return str(activity["id"])


def _finish(world: World, ticket: Json, order: Json, created: int) -> None:
    """Set resolution, closing, archive and spam marks, each at its own time."""
    if order.get("resolution"):
        with world.pretending(created):
            tickets.apply(world, ticket, {"resolution": order["resolution"]}, _agent_named(world, None))
    status = order.get("status") or ("Resolved" if order.get("closedTime") else None)
    if status and status != ticket["status"]:
        moment = parse(order["closedTime"]) if order.get("closedTime") else max(created, parse(ticket["modifiedTime"]))
        with world.pretending(moment):
            tickets.apply(world, ticket, {"status": status}, _agent_named(world, None), notify_closure=False)
    ticket |= {"isArchived": bool(order.get("archived")), "isSpam": bool(order.get("spam"))}
    if order.get("modifiedTime"):
        ticket["modifiedTime"] = order["modifiedTime"]
    tickets.save(world, ticket)
    _index_now(world, "tickets", ticket["id"])
