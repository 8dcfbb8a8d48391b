"""What happens to tickets, whoever causes it: API, agent by hand, macro, incoming mail.

Each change writes history (before and after), tells the search index and emits its events. Field list: API reference,
section 6.
"""

from collections.abc import Mapping
from typing import Any, Final

from zoho_emulator.desk import history, outbox, search, shapes
from zoho_emulator.desk.errors import invalid, unprocessable
from zoho_emulator.desk.state import SYSTEM, ZOHO_HOST, Actor, Event, World, contact_name
from zoho_emulator.store import Json

WRITABLE_TEXT: Final = (
    "subject", "description", "priority", "classification", "category", "subCategory", "channel", "language",
    "email", "phone", "resolution",
)  # fmt: skip
WRITABLE_OTHER: Final = ("dueDate", "responseDueDate", "assigneeId", "productId", "contactId", "teamId", "accountId")
LIMITS: Final[Mapping[str, int]] = {
    "subject": 1000, "description": 65535, "email": 255, "phone": 120, "category": 300, "subCategory": 300,
    "resolution": 65535, "classification": 120, "priority": 120,
}  # fmt: skip
IGNORED: Final = frozenset({"sharedDepartments", "uploads", "entitySkills", "secondaryContacts", "departmentId"})


def create(
    world: World,
    fields: Json,
    contact: Json,
    actor: Actor,
    *,
    channel: str = "Email",
    at: str | None = None,
    announce: bool = True,
) -> Json:
    """Create a ticket in *fields*' department. It has no thread yet; the caller adds the opening one."""
    now = at or world.now()
    status = fields.get("status") or "Open"
    ticket_id = world.new_id()
    document: Json = {
        "id": ticket_id,
        "ticketNumber": str(world.next_number("ticket", 101)),
        "subject": fields.get("subject", ""),
        "description": fields.get("description"),
        "status": status,
        "statusType": world.statuses().get(status, "Open"),
        "channel": channel,
        "channelCode": None,
        "source": {"type": "SYSTEM", "appName": None, "extId": None, "permalink": None, "appPhotoURL": None},
        "contactId": contact["id"],
        "secondaryContacts": fields.get("secondaryContacts") or [],
        "email": fields.get("email", contact.get("email")),
        "phone": fields.get("phone", contact.get("phone")),
        "departmentId": fields["departmentId"],
        "layoutId": world.store.meta("layout_id"),
        "layoutDetails": {"id": world.store.meta("layout_id"), "layoutName": "Default"},
        **dict.fromkeys(("teamId", "assigneeId", "productId", "accountId", "slaId", "contractId")),
        **dict.fromkeys(("priority", "classification", "category", "subCategory", "language", "sentiment")),
        "cf": {each["apiName"]: None for each in world.fields("tickets") if each["isCustomField"]},
        "createdTime": now,
        "modifiedTime": now,
        "closedTime": None,
        **dict.fromkeys(("dueDate", "responseDueDate", "onholdTime")),
        "customerResponseTime": now,
        "resolution": None,
        **dict.fromkeys(("isSpam", "isTrashed", "isDeleted", "isArchived", "isEscalated", "isOverDue"), False),
        "isResponseOverdue": False,
        "isRead": False,
        "isFollowing": False,
        "sharedDepartments": [],
        "entitySkills": [],
        "webUrl": f"{ZOHO_HOST}/support/{world.org()['portalName']}/ShowHomePage.do#Cases/dv/{ticket_id}",
        "createdBy": actor.id or None,
        "modifiedBy": actor.id or None,
    }
    document |= {name: fields[name] for name in (*WRITABLE_TEXT, *WRITABLE_OTHER) if fields.get(name) is not None}
    document["cf"] |= fields.get("cf") or {}
    if document["statusType"] == "Closed":
        document["closedTime"] = fields.get("closedTime") or now
    _save(world, document)
    history.created(world, document, contact_name(contact), actor)
    if announce:
        announce_new(world, document, None, source_id=actor.source_id)
    return document


def announce_new(world: World, document: Json, first_thread: Json | None, *, source_id: str | None = None) -> None:
    """Send Ticket_Add; it may carry the opening thread as `firstThread`."""
    body = _payload(world, document)
    if first_thread and world.on("ticket_add_first_thread", "yes"):
        body["firstThread"] = shapes.thread(world, first_thread, full=True)
    world.emit(Event("Ticket_Add", body, department=document["departmentId"], source_id=source_id))


def _save(world: World, document: Json) -> None:
    world.store.put("ticket", document)
    world.store.remove("secondary_contact", "ticket = ?", document["id"])
    for contact_id in document["secondaryContacts"]:
        link = {"id": f"{document['id']}/{contact_id}", "ticketId": document["id"], "contactId": contact_id}
        world.store.put("secondary_contact", link)
    search.note(world, "tickets", document["id"])


def save(world: World, document: Json) -> None:
    """Store a ticket changed elsewhere in this package and let search know."""
    _save(world, document)


def _payload(world: World, document: Json) -> Json:
    return shapes.ticket(world, document, ("contacts",))


def payload(world: World, ticket_id: str) -> Json:
    return _payload(world, world.need("ticket", ticket_id))


def writable(world: World, body: Json) -> Json:
    """Check a POST or PATCH body and return the changes in it. Unknown members are ignored, as Zoho does."""
    changes: Json = {}
    custom = {each["apiName"]: each for each in world.fields("tickets") if each["isCustomField"]}
    labels = {each["displayLabel"]: name for name, each in custom.items()}
    for name, value in body.items():
        if name == "cf":
            changes["cf"] = _custom(custom, value)
        elif name == "customFields":
            changes["cf"] = changes.get("cf", {}) | {
                labels[label]: each for label, each in value.items() if label in labels
            }
        elif name == "status":
            if value not in world.statuses():
                raise invalid("/status")
            changes["status"] = value
        elif name in WRITABLE_TEXT or name in WRITABLE_OTHER:
            changes[name] = _checked(world, name, value)
        elif name == "secondaryContacts":
            changes[name] = [str(each) for each in value or []]
    return changes


def _checked(world: World, name: str, value: Any) -> Any:
    if value is not None and not isinstance(value, str):
        raise invalid(f"/{name}")
    if len(value or "") > LIMITS.get(name, 255):
        raise invalid(f"/{name}")
    if name == "subject" and not value:
        raise invalid("/subject")
    if value and name == "contactId" and world.store.get("contact", value) is None:
        raise invalid("/contactId")
    if value and name == "assigneeId" and world.store.get("agent", value) is None:
        raise invalid("/assigneeId")
    return value


def _custom(known: Mapping[str, Json], values: Any) -> Json:
    if not isinstance(values, dict):
        raise invalid("/cf")
    for name, value in values.items():
        if name not in known:
            raise invalid(f"/cf/{name}")
        allowed = [each["value"] for each in known[name].get("allowedValues", [])]
        if value is not None and (not isinstance(value, str) or (value and allowed and value not in allowed)):
            raise invalid(f"/cf/{name}")
    return values


def apply(
    world: World,
    document: Json,
    changes: Json,
    actor: Actor,
    *,
    notify_closure: bool = True,
) -> Json:
    """Write *changes* on a ticket: history before and after, closing and reopening, mail, events."""
    before = dict(document) | {"cf": dict(document["cf"])}
    previous = _payload(world, document)
    moved = _moved(world, document, changes)
    if not moved:
        return document
    if "status" in moved:
        _refuse_status(world, document)
        _change_status(world, document, before["statusType"])
    document["modifiedTime"] = world.now()
    document["modifiedBy"] = actor.id or None
    _save(world, document)
    told = dict(moved)
    if "description" in told and world.on("history_keeps_description", "no"):
        told["description"] = (None, None)
    info = [history.transition(history.property_name(world, name), *pair) for name, pair in told.items()]
    history.record(world, document["id"], "TicketUpdated", actor, info, tuple(moved))
    if "description" in moved and world.on("patch_description_changes_thread", "yes"):
        _rewrite_opening(world, document)
    if "resolution" in moved:
        keep_resolution(world, document, actor)
    if before["statusType"] != "Closed" and document["statusType"] == "Closed" and notify_closure:
        outbox.closure(world, document)
    _announce(world, document, frozenset(moved), previous, actor)
    return document


def _announce(world: World, document: Json, changed: frozenset[str], previous: Json, actor: Actor) -> None:
    world.emit(
        Event(
            "Ticket_Update",
            _payload(world, document),
            department=document["departmentId"],
            changed=changed,
            previous=previous,
            automated=actor.type in ("Macro", "Workflow", "Supervise"),
            source_id=actor.source_id,
        )
    )


def _moved(world: World, document: Json, changes: Json) -> dict[str, tuple[Any, Any]]:
    """Set the values and return what really changed, as name -> (before, after)."""
    moved: dict[str, tuple[Any, Any]] = {}
    flat = [(document, name, value) for name, value in changes.items() if name != "cf"]
    flat += [(document["cf"], name, value) for name, value in changes.get("cf", {}).items()]
    for holder, name, value in flat:
        new = cleared(world, holder.get(name), value)
        if holder.get(name) != new:
            moved[name] = (holder.get(name), new)
            holder[name] = new
    return moved


def cleared(world: World, old: Any, new: Any) -> Any:
    """Return what a field becomes; which of "" and null clears it is a switch."""
    ignored = {"empty_string": None, "null": ""}.get(world.switches["clear_with"], 0)
    if new in (None, ""):
        return old if new == ignored and ignored != 0 else None
    return new


def in_blueprint(world: World, document: Json) -> bool:
    """Say whether a blueprint holds the ticket, until somebody revokes it."""
    return world.on("status_change", "blueprint") and not document.get("_blueprintRevoked")


def _refuse_status(world: World, document: Json) -> None:
    if in_blueprint(world, document):
        raise unprocessable("The ticket is in a blueprint; its status cannot be changed.")
    if world.on("status_change", "mandatory_field"):
        raise invalid("/resolution", "missing")


def _change_status(world: World, document: Json, old_type: str) -> None:
    document["statusType"] = world.statuses()[document["status"]]
    now = world.now()
    if document["statusType"] == "Closed" and old_type != "Closed":
        document["closedTime"] = now
    elif document["statusType"] != "Closed":
        document["closedTime"] = None
    document["onholdTime"] = now if document["statusType"] == "On Hold" else None


def _rewrite_opening(world: World, document: Json) -> None:
    opening = world.store.first("thread", "ticket = ? AND json_extract(doc, '$.isDescriptionThread')", document["id"])
    if opening:
        world.store.put("thread", opening | {"content": document["description"] or ""})


def keep_resolution(world: World, document: Json, actor: Actor) -> None:
    """Add to the resolution history, which no call deletes from."""
    version = {
        "id": world.new_id(),
        "ticketId": document["id"],
        "content": document["resolution"],
        "modifiedTime": world.now(),
        "author": actor.author(),
    }
    world.store.put("resolution_version", version)


def drop_resolution(world: World, document: Json, actor: Actor) -> None:
    """Empty the resolution; what it said stays in its history and in the ticket's."""
    old = document["resolution"]
    document |= {"resolution": None, "modifiedTime": world.now()}
    _save(world, document)
    if old:
        info = [history.transition(history.property_name(world, "resolution"), old, None)]
        history.record(world, document["id"], "TicketUpdated", actor, info, ("resolution",))


def touch(world: World, document: Json, *, customer: bool) -> None:
    """Note that a reply came or went: it moves customerResponseTime and, by switch, modifiedTime."""
    if customer:
        document["customerResponseTime"] = world.now()
        document["isRead"] = False
    if world.on("reply_moves_modified_time", "yes"):
        document["modifiedTime"] = world.now()
    _save(world, document)


def close(world: World, document: Json, actor: Actor) -> None:
    closed = next(name for name, kind in world.statuses().items() if kind == "Closed")
    apply(world, document, {"status": closed}, actor)


def reopen(world: World, document: Json, actor: Actor = SYSTEM) -> None:
    opened = next(name for name, kind in world.statuses().items() if kind == "Open")
    apply(world, document, {"status": opened}, actor)


# tags


def tags_of(world: World, ticket_id: str) -> list[Json]:
    links = world.store.find("ticket_tag", "ticket = ?", ticket_id)
    found = (world.store.get("tag", link["tagId"]) for link in links)
    return [tag for tag in found if tag]


def add_tags(world: World, document: Json, names: list[str], actor: Actor) -> list[Json]:
    """Add tags, creating unknown ones; a repetition changes nothing."""
    held = {tag["name"].casefold() for tag in tags_of(world, document["id"])}
    new = [name for name in dict.fromkeys(names) if name.casefold() not in held]
    for name in new:
        tag = world.store.first("tag", "name = lower(?)", name)
        if tag is None:
            tag = world.store.put("tag", {"id": world.new_id(), "name": name, "tagType": "MANUAL"})
        link = {"id": f"{document['id']}/{tag['id']}", "ticketId": document["id"], "tagId": tag["id"]}
        world.store.put("ticket_tag", link)
    _tags_changed(world, document, "TagsAdded", new, actor)
    return tags_of(world, document["id"])


def remove_tags(world: World, document: Json, names: list[str], actor: Actor) -> None:
    unwanted = {name.casefold() for name in names}
    gone = [tag for tag in tags_of(world, document["id"]) if tag["name"].casefold() in unwanted]
    for tag in gone:
        world.store.remove("ticket_tag", "ticket = ? AND tag = ?", document["id"], tag["id"])
    _tags_changed(world, document, "TagsRemoved", [tag["name"] for tag in gone], actor)


def _tags_changed(world: World, document: Json, event: str, names: list[str], actor: Actor) -> None:
    if not names:
        return
    history.record(world, document["id"], event, actor, [history.text_list("Tags", names)])
    search.note(world, "tickets", document["id"])
    if world.on("tag_event", "Ticket_Update"):
        _announce(world, document, frozenset({"tag"}), _payload(world, document), actor)


# spam, move, merge


def mark_spam(world: World, document: Json, *, spam: bool, actor: Actor) -> None:
    document["isSpam"] = spam
    _save(world, document)
    history.record(world, document["id"], "TicketUpdated", actor, [history.transition("Spam", not spam, spam)])


def move(world: World, document: Json, department_id: str, actor: Actor) -> None:
    previous = _payload(world, document)
    old = document["departmentId"]
    document |= {"departmentId": department_id, "assigneeId": None, "modifiedTime": world.now()}
    _save(world, document)
    names = [world.need("department", each)["name"] for each in (old, department_id)]
    history.record(world, document["id"], "TicketUpdated", actor, [history.transition("Department", *names)])
    _announce(world, document, frozenset({"departmentId"}), previous, actor)


def merge(world: World, target: Json, sources: list[Json], actor: Actor) -> None:
    """Take over everything of *sources*, whose ids stop working; their history stays with the target."""
    for source in sources:
        for table, member in (
            ("thread", "ticketId"), ("comment", "ticketId"), ("comment_version", "ticketId"), ("history", "ticketId"),
            ("resolution_version", "ticketId"), ("time_entry", "requestId"), ("approval", "ticketId"),
            ("activity", "ticketId"),
        ):  # fmt: skip
            for document in world.store.find(table, "ticket = ?", source["id"]):
                world.store.put(table, document | {member: target["id"]})
        for file in world.store.find("attachment", "ticket = ?", source["id"]):
            owner = target["id"] if file["_owner"] == source["id"] else file["_owner"]
            path = file["_path"].replace(f"/tickets/{source['id']}/", f"/tickets/{target['id']}/")
            world.store.put("attachment", file | {"_ticketId": target["id"], "_owner": owner, "_path": path})
        for contact_id in {source["contactId"], *source["secondaryContacts"]} - {target["contactId"], None}:
            target["secondaryContacts"] = sorted({*target["secondaryContacts"], contact_id})
        add_tags(world, target, [tag["name"] for tag in tags_of(world, source["id"])], actor)
        for table in ("ticket_tag", "secondary_contact"):
            world.store.remove(table, "ticket = ?", source["id"])
        world.store.remove("ticket", "id = ?", source["id"])
        world.store.set_meta(f"merged/{source['id']}", target["id"])
        search.forget(world, source["id"])
        info = [history.entity("Ticket", source["id"], source["ticketNumber"])]
        history.record(world, target["id"], "TicketMergedMaster", actor, info)
    target["modifiedTime"] = world.now()
    _save(world, target)
