"""What people do around a ticket: split it, follow it, approve, book time, chat (API reference, sections 6.2 and 11).

Approvals and chats cannot be deleted; a chat session outlives its ticket.
"""

from typing import Final

from zoho_emulator.desk import history, people, shapes, threads
from zoho_emulator.desk import tickets as desk
from zoho_emulator.desk.errors import ApiError, invalid, unprocessable
from zoho_emulator.desk.routing import Call, Reply, Routes, listing, mass, no_content, ok
from zoho_emulator.desk.state import Event, contact_actor
from zoho_emulator.store import Json

routes: Final = Routes()
COUNTED: Final = {"statusType": "status_type", "status": "status", "priority": "priority", "channel": "channel"}
MARKS: Final = {"spam": "spam", "escalated": "json_extract(doc, '$.isEscalated')",
                "overDue": "json_extract(doc, '$.isOverDue')"}  # fmt: skip
TYPES: Final = {"Open": "OPEN", "On Hold": "ONHOLD", "Closed": "CLOSED"}
RATED: Final = ("Customer Service", "Upgrade Request", "Product Consultation", "Support and Maintenance")


# splitting, blueprints, counts


@routes("POST /tickets/<id:ticket_id>/threads/<id:thread_id>/split", "tickets.CREATE")
def split(call: Call, ticket_id: str, thread_id: str) -> Reply:
    """Make a ticket of its own from one thread: the text stands in two tickets from now on."""
    world, source = call.world, call.ticket(ticket_id, write=True)
    thread = call.child("thread", thread_id, "ticketId", ticket_id)
    if thread["isDescriptionThread"] or thread["status"] == "DRAFT":
        raise unprocessable("The thread cannot be split off.")
    writer = world.store.get("contact", thread["author"]["id"]) if thread["direction"] == "in" else None
    contact = writer or world.need("contact", source["contactId"])
    fields = {
        "subject": source["subject"],
        "description": thread["content"],
        "departmentId": source["departmentId"],
        "email": contact["email"],
        "status": source["status"] if source["statusType"] != "Closed" else None,
    }
    made = desk.create(world, fields, contact, call.actor, channel=source["channel"], announce=False)
    mail = {name: thread[name] for name in ("to", "cc", "replyTo", "fromEmailAddress")}
    opening = threads.add(
        world, made, contact_actor(contact), direction="in", content=thread["content"], channel=thread["channel"],
        opening=True, mail=mail, announce=False,
    )  # fmt: skip
    for file in shapes.attachments_of(world, thread_id):
        threads.add_file(
            world, name=file["name"], data=world.store.blob(file["id"]) or b"", owner=opening["id"],
            ticket_id=made["id"], path=f"/tickets/{made['id']}/threads/{opening['id']}/attachments/{{id}}/content",
            creator=file["creatorId"], public=file["isPublic"], content_type=file["_contentType"],
        )  # fmt: skip
    info = [history.entity("Ticket", made["id"], made["ticketNumber"])]
    history.record(world, ticket_id, "TicketSplitParent", call.actor, info)
    desk.announce_new(world, made, opening, source_id=call.actor.source_id)
    threads.announce_thread(world, made, opening, source_id=call.actor.source_id)
    return ok(shapes.ticket(world, made))


@routes("POST /tickets/<id:ticket_id>/revokeBlueprint", "tickets.UPDATE")
def revoke_blueprint(call: Call, ticket_id: str) -> Reply:
    """Take the ticket out of its blueprint, so that its status can be changed again."""
    ticket = call.ticket(ticket_id, write=True)
    if not desk.in_blueprint(call.world, ticket):
        raise unprocessable("The ticket is in no blueprint.")
    desk.save(call.world, ticket | {"_blueprintRevoked": True})
    history.record(call.world, ticket_id, "BlueprintRevoked", call.actor, [])
    return Reply()


@routes("GET /ticketsCountByFieldValues", "tickets.READ", "search.READ")
def count_by_values(call: Call) -> Reply:
    """Count tickets by the values of one field, or those with one mark."""
    field = call.arg("field")
    if field not in COUNTED and field not in MARKS:
        raise invalid("/field", "missing" if field is None else "invalid")
    clauses, values = ["NOT trashed AND NOT archived"], []
    for name, column in (("departmentId", "department"), ("contactId", "contact"), ("assigneeId", "assignee")):
        if wanted := call.arg(name):
            clauses.append(f"{column} = ?")
            values.append(wanted)
    where = " AND ".join(clauses)
    if field in MARKS:
        found = call.world.store.count("ticket", f"{where} AND {MARKS[field]}", *values)
        return ok({field: str(found)})
    column = COUNTED[str(field)]
    counted, value = [], ""
    while held := call.world.store.first("ticket", f"{where} AND {column} > ?", *values, value, order=column):
        value = str(held[str(field)]) if field != "channel" else str(held["channel"]).lower()
        number = call.world.store.count("ticket", f"{where} AND {column} = ?", *values, value)
        counted.append({"value": TYPES.get(value, value), "count": str(number)})
    return ok({field: counted}) if counted else no_content()


# followers


def _follower_ids(call: Call) -> list[str]:
    ids = call.body().get("followerIds")
    if not isinstance(ids, list) or not ids:
        raise invalid("/followerIds", "missing" if ids is None else "invalid")
    if any(call.world.store.get("agent", str(each)) is None for each in ids):
        raise invalid("/followerIds")
    return [str(each) for each in ids]


def _followers(call: Call, document: Json) -> list[Json]:
    return [shapes.small_agent(call.world.need("agent", each)) for each in document.get("_followers", [])]


@routes("GET /tickets/<id:ticket_id>/followers", "tickets.READ", cost=None)
def ticket_followers(call: Call, ticket_id: str) -> Reply:
    return listing([each | {"following": "ticket"} for each in _followers(call, call.ticket(ticket_id))])


@routes("POST /tickets/<id:ticket_id>/addFollowers", "tickets.UPDATE")
def follow_ticket(call: Call, ticket_id: str) -> Reply:
    ticket, ids = call.ticket(ticket_id, write=True), _follower_ids(call)
    desk.save(call.world, ticket | {"_followers": list(dict.fromkeys([*ticket.get("_followers", []), *ids]))})
    return no_content()


@routes("POST /tickets/<id:ticket_id>/removeFollowers", "tickets.UPDATE")
def unfollow_ticket(call: Call, ticket_id: str) -> Reply:
    ticket, ids = call.ticket(ticket_id, write=True), _follower_ids(call)
    desk.save(call.world, ticket | {"_followers": [each for each in ticket.get("_followers", []) if each not in ids]})
    return no_content()


@routes("GET /contacts/<id:contact_id>/followers", "contacts.READ", cost=None)
def contact_followers(call: Call, contact_id: str) -> Reply:
    return listing(_followers(call, call.contact(contact_id)))


@routes("POST /contacts/<id:contact_id>/addFollowers", "contacts.UPDATE")
def follow_contact(call: Call, contact_id: str) -> Reply:
    contact, ids = call.contact(contact_id, write=True), _follower_ids(call)
    people.save(call.world, contact | {"_followers": list(dict.fromkeys([*contact.get("_followers", []), *ids]))})
    return no_content()


@routes("POST /contacts/<id:contact_id>/removeFollowers", "contacts.UPDATE")
def unfollow_contact(call: Call, contact_id: str) -> Reply:
    contact, ids = call.contact(contact_id, write=True), _follower_ids(call)
    held = [each for each in contact.get("_followers", []) if each not in ids]
    people.save(call.world, contact | {"_followers": held})
    return no_content()


# approvals


def _approval(call: Call, ticket_id: str, approval_id: str) -> Json:
    call.ticket(ticket_id)
    return call.child("approval", approval_id, "ticketId", ticket_id)


def _shown_approval(document: Json) -> Json:
    return {name: value for name, value in document.items() if name != "ticketId"}


@routes("POST /tickets/<id:ticket_id>/approvals", "tickets.CREATE")
def ask_for_approval(call: Call, ticket_id: str) -> Reply:
    ticket, body, world = call.ticket(ticket_id, write=True), call.body(), call.world
    if not isinstance(body.get("subject"), str) or not body["subject"]:
        raise invalid("/subject", "missing")
    ids = body.get("approverIds")
    agents = [world.store.get("agent", str(each)) for each in ids] if isinstance(ids, list) else []
    if not agents or None in agents:
        raise invalid("/approverIds", "missing" if ids is None else "invalid")
    made = []
    for agent in agents:
        document: Json = {
            "id": world.new_id(),
            "ticketId": ticket_id,
            "subject": body["subject"],
            "description": str(body.get("description") or ""),
            "status": "Pending",
            "requestedTime": world.now(),
            "processedTime": None,
            "requester": shapes.small_agent(call.agent),
            "approver": shapes.small_agent(agent) if agent else None,
        }
        world.store.put("approval", document)
        made.append(_shown_approval(document))
        world.emit(Event("Ticket_Approval_Add", made[-1] | {"ticketId": ticket_id}, department=ticket["departmentId"]))
    history.record(world, ticket_id, "ApprovalSent", call.actor, [history.text("Subject", body["subject"])])
    return ok({"approvals": made})


@routes("GET /tickets/<id:ticket_id>/approvals/<id:approval_id>", "tickets.READ")
def get_approval(call: Call, ticket_id: str, approval_id: str) -> Reply:
    return ok(_shown_approval(_approval(call, ticket_id, approval_id)))


@routes("PATCH /tickets/<id:ticket_id>/approvals/<id:approval_id>", "tickets.UPDATE")
def decide(call: Call, ticket_id: str, approval_id: str) -> Reply:
    """Approve or reject; nothing else of an approval can be changed."""
    ticket, status = call.ticket(ticket_id, write=True), call.body().get("status")
    document = _approval(call, ticket_id, approval_id)
    if status not in ("Approved", "Rejected"):
        raise invalid("/status", "missing" if status is None else "invalid")
    before = _shown_approval(document)
    document |= {"status": status, "processedTime": call.world.now()}
    call.world.store.put("approval", document)
    info = [history.transition("Status", before["status"], status)]
    history.record(call.world, ticket_id, f"Approval{status}", call.actor, info)
    shown = _shown_approval(document)
    payload = shown | {"ticketId": ticket_id}
    call.world.emit(Event("Ticket_Approval_Update", payload, department=ticket["departmentId"], previous=before))
    return ok(shown)


# time


@routes("POST /tickets/<id:ticket_id>/timeEntry", "tickets.UPDATE")
def book_time(call: Call, ticket_id: str) -> Reply:
    ticket, body, world = call.ticket(ticket_id, write=True), call.body(), call.world
    kind = body.get("requestChargeType")
    if kind is not None and kind not in RATED:
        raise invalid("/requestChargeType")
    document: Json = {
        "id": world.new_id(),
        "requestId": ticket_id,
        "departmentId": ticket["departmentId"],
        "description": str(body.get("description") or ""),
        **dict.fromkeys(shapes.SPENT, "0"),
        **shapes.spent(body),
        "requestChargeType": kind,
        "ownerId": call.agent["id"],
        "createdBy": call.agent["id"],
        "createdTime": world.now(),
        "executedTime": body.get("executedTime") or world.now(),
        "mode": "MANUAL",
        "isTrashed": False,
        "isBillable": bool(body.get("isBillable", False)),
    }
    world.store.put("time_entry", document)
    info = [history.text("Description", document["description"])]
    history.record(world, ticket_id, "TimeEntryAdded", call.actor, info)
    world.emit(Event("TimeEntry_Add", shapes.public(document), department=ticket["departmentId"]))
    return ok(shapes.time_entry(document))


NOT_LISTED: Final = frozenset({"isBillable", "isTrashed", "cf", "fixedCost", "layoutDetails", "layoutId", "mode"})


@routes("GET /contacts/<id:contact_id>/timeEntry", "contacts.READ", cost=None)
def contact_time(call: Call, contact_id: str) -> Reply:
    """Answer the time booked on the person's tickets."""
    call.contact(contact_id)
    start, limit = call.page(default=10, most=100)
    where = "ticket IN (SELECT id FROM ticket WHERE contact = ? AND NOT trashed) AND NOT trashed"
    found = call.world.store.find("time_entry", where, contact_id, limit=limit, offset=start)
    shown = []
    for each in found:
        ticket = call.world.need("ticket", each["requestId"])
        parent = {"id": ticket["id"], "ticketNumber": ticket["ticketNumber"], "type": "tickets"}
        entry = {name: value for name, value in shapes.time_entry(each).items() if name not in NOT_LISTED}
        shown.append(entry | {"parent": parent | {"associatedTicketId": ticket["id"]}})
    return listing(shown)


# people: many at once, agents who left


@routes("POST /contacts/updateMany", "contacts.UPDATE")
def update_contacts(call: Call) -> Reply:
    """Set one field on many contacts; the answer is a mass result."""
    body, ids = call.body(), call.ids("ids")
    name, value = body.get("fieldName"), body.get("fieldValue")
    if not name:
        raise invalid("/fieldName", "missing")
    change = {"cf": {name: value}} if body.get("isCustomField") else {name: value}
    if not people.check(call.world, change, own_id="0"):
        raise invalid("/fieldName")
    call.credits = (len(ids) + 1) // 2
    results: list[tuple[str, str | None]] = []
    for contact_id in ids:
        contact = call.world.store.get("contact", contact_id)
        try:
            if contact is None or contact["isTrashed"]:
                raise unprocessable("There is no such contact.")
            people.update(call.world, contact, people.check(call.world, change, own_id=contact_id), call.actor)
        except ApiError as error:
            results.append((contact_id, error.code))
        else:
            results.append((contact_id, None))
    return mass(results)


@routes("POST /deletedAgents/<id:agent_id>/anonymize", "settings.UPDATE", "basic.UPDATE")
def anonymise_agent(call: Call, agent_id: str) -> Reply:
    """Replace everything that identifies an agent who left, for good."""
    agent = call.record("agent", agent_id)
    if agent["status"] != "DELETED":
        raise unprocessable("The agent is not deleted.")
    name = call.body().get("anonymizedName")
    if not isinstance(name, str) or not 1 <= len(name) <= 100:
        raise invalid("/anonymizedName", "missing" if name is None else "invalid")
    gone = {"firstName": "", "lastName": name, "name": name, "emailId": "", "phone": "", "mobile": "", "photoURL": None}
    call.world.store.put("agent", agent | gone)
    return no_content()


# chats


@routes("GET /im/sessions", "InstantMessages.READ", cost=None)
def chats(call: Call) -> Reply:
    start, limit = call.page(default=10, most=50)
    found = call.world.store.find("activity", "kind = 'chats'", order="rowid DESC")
    for name in ("contactId", "agentId", "status"):
        wanted = call.arg(name)
        found = [each for each in found if wanted in (None, each[name])]
    page = found[start : start + limit]
    return listing([shapes.public(each) for each in page], hasMore=len(found) > start + limit)


@routes("GET /im/sessions/<id:chat_id>", "InstantMessages.READ")
def chat(call: Call, chat_id: str) -> Reply:
    return ok(shapes.public(call.child("activity", chat_id, "_kind", "chats")))
