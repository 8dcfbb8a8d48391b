"""Trash, recycle bin and permanent deletion (API reference, section 15).

A trashed record is all there for 60 days: hidden, listed in the bin, restorable. Permanent deletion takes the children.
"""

from collections.abc import Callable, Mapping
from typing import Final

from zoho_emulator.clock import DAY_MS, iso
from zoho_emulator.desk import history, search, shapes, tickets
from zoho_emulator.desk.state import SYSTEM, Actor, Event, World, contact_name
from zoho_emulator.store import Json

BIN_DAYS: Final = 60
TICKET_CHILDREN: Final = (
    "thread", "comment", "comment_version", "history", "resolution_version", "ticket_tag", "secondary_contact",
    "time_entry", "approval",
)  # fmt: skip


def trash(world: World, kind: str, document: Json, actor: Actor) -> None:
    """Move a record to the bin. *kind* is the bin's type: Tickets, Contacts, Attachments, Tasks, Calls, Events."""
    table, flag, name, department = KINDS[kind](world, document)
    world.store.put(table, document | {flag: True})
    document[flag] = True
    delay = world.switches.number("bin_delay_seconds")
    now_ms = world.clock.now_ms()
    bin_id = document["id"] if world.on("bin_id", "same") else world.new_id()
    world.store.put(
        "bin",
        {
            "id": bin_id,
            "displayName": name,
            "type": kind,
            "departmentId": department,
            "deletedById": actor.id,
            "deletedTime": iso(now_ms),
            "_recordId": document["id"],
            "_table": table,
            "_visibleAt": now_ms + delay * 1000,
        },
    )
    world.plan("purge", bin_id, at_ms=now_ms + BIN_DAYS * DAY_MS)
    _after_trash(world, kind, document, actor)


def _after_trash(world: World, kind: str, document: Json, actor: Actor) -> None:
    if kind == "Tickets":
        history.record(world, document["id"], "TicketDeleted", actor, [])
        search.note(world, "tickets", document["id"])
        if world.on("activities_trashed_with_ticket", "yes"):
            for activity in world.store.find("activity", "ticket = ? AND NOT trashed", document["id"]):
                trash(world, activity["_kind"].capitalize(), activity, actor)
        if world.on("ticket_delete_event", "on_trash"):
            _announce_ticket(world, document)
    elif kind == "Contacts":
        search.note(world, "contacts", document["id"])
        whole = world.on("delete_event_payload", "record")
        world.emit(Event("Contact_Delete", shapes.contact(world, document) if whole else {"id": document["id"]}))
    elif kind == "Attachments" and document["_ticketId"]:
        ticket = world.store.get("ticket", document["_ticketId"])
        info = [history.text("File Name", document["name"])]
        history.record(world, document["_ticketId"], "AttachmentDeleted", actor, info)
        payload = {"id": document["id"], "ticketId": document["_ticketId"]}
        world.emit(Event("Ticket_Attachment_Trashed", payload, department=ticket["departmentId"] if ticket else None))
    elif kind in ("Tasks", "Calls", "Events"):
        world.emit(Event(f"{kind[:-1]}_Delete", {"id": document["id"]}, department=document["departmentId"]))
        if document["ticketId"]:
            history.record(world, document["ticketId"], f"{kind[:-1]}Deleted", actor, [])


def _announce_ticket(world: World, document: Json) -> None:
    whole = world.on("delete_event_payload", "record")
    payload = shapes.ticket(world, document, ("contacts",)) if whole else {"id": document["id"]}
    world.emit(Event("Ticket_Delete", payload, department=document["departmentId"]))


def _ticket(world: World, document: Json) -> tuple[str, str, str, str | None]:
    del world
    return "ticket", "isTrashed", document["subject"], document["departmentId"]


def _contact(world: World, document: Json) -> tuple[str, str, str, str | None]:
    del world
    return "contact", "isTrashed", contact_name(document), None


def _attachment(world: World, document: Json) -> tuple[str, str, str, str | None]:
    ticket = world.store.get("ticket", document["_ticketId"] or "")
    return "attachment", "_trashed", document["name"], ticket["departmentId"] if ticket else None


def _activity(world: World, document: Json) -> tuple[str, str, str, str | None]:
    del world
    return "activity", "isTrashed", document["subject"], document["departmentId"]


def _time_entry(world: World, document: Json) -> tuple[str, str, str, str | None]:
    del world
    return "time_entry", "isTrashed", document["description"] or "Time entry", document["departmentId"]


KINDS: Final[Mapping[str, Callable[[World, Json], tuple[str, str, str, str | None]]]] = {
    "Tickets": _ticket,
    "Contacts": _contact,
    "Attachments": _attachment,
    "Tasks": _activity,
    "Calls": _activity,
    "Events": _activity,
    "TimeEntry": _time_entry,
}


def visible(world: World, entry: Json) -> bool:
    return bool(entry["_visibleAt"] <= world.clock.now_ms())


def restore(world: World, entry: Json, actor: Actor) -> None:
    """Bring a record back, and its ticket or contact with it."""
    document = world.need(entry["_table"], entry["_recordId"])
    _, flag, _, _ = KINDS[entry["type"]](world, document)
    document[flag] = False
    world.store.put(entry["_table"], document)
    world.store.remove("bin", "id = ?", entry["id"])
    world.unplan("purge", entry["id"])
    if entry["type"] == "Tickets":
        history.record(world, document["id"], "TicketRestored", actor, [])
        search.note(world, "tickets", document["id"])
        _restore_parent(world, document["contactId"], actor)
    elif entry["type"] == "Contacts":
        search.note(world, "contacts", document["id"])
    elif entry["type"] == "Attachments":
        _restore_parent(world, document["_ticketId"], actor)
        if document["_ticketId"]:
            info = [history.text("File Name", document["name"])]
            history.record(world, document["_ticketId"], "AttachmentRestored", actor, info)
            payload = {"id": document["id"], "ticketId": document["_ticketId"]}
            world.emit(Event("Ticket_Attachment_Restored", payload))
    else:
        _restore_parent(world, document.get("ticketId") or document.get("requestId"), actor)


def _restore_parent(world: World, record_id: str | None, actor: Actor) -> None:
    parent = world.store.first("bin", "record = ?", record_id) if record_id else None
    if parent:
        restore(world, parent, actor)


def delete(world: World, entry: Json, actor: Actor = SYSTEM) -> None:
    """Delete for good what a bin entry stands for."""
    world.store.remove("bin", "id = ?", entry["id"])
    world.unplan("purge", entry["id"])
    document = world.store.get(entry["_table"], entry["_recordId"])
    if document is None:
        return
    if entry["_table"] == "ticket":
        delete_ticket(world, document)
    elif entry["_table"] == "contact":
        delete_contact(world, document)
    elif entry["_table"] == "attachment":
        delete_attachment(world, document, actor)
    elif entry["_table"] == "activity":
        delete_activity(world, document)
    else:
        world.store.remove(entry["_table"], "id = ?", document["id"])


def purge(world: World, bin_id: str) -> None:
    """Delete what has lain in the bin for its 60 days; called by the agenda."""
    entry = world.store.get("bin", bin_id)
    if entry:
        delete(world, entry)


def delete_ticket(world: World, document: Json) -> None:
    """Delete a ticket and its children: threads, comments, history, files, activities, their bin entries."""
    store, ticket_id = world.store, document["id"]
    if world.on("ticket_delete_event", "on_permanent"):
        _announce_ticket(world, document)
    for thread in store.find("thread", "ticket = ?", ticket_id):
        store.remove_blobs([thread["id"]])
    for file in store.find("attachment", "ticket = ?", ticket_id):
        store.remove("bin", "record = ?", file["id"])
        if not world.on("purge_takes_children", "not_files"):
            store.remove("attachment", "id = ?", file["id"])
            store.remove_blobs([file["id"]])
    for activity in store.find("activity", "ticket = ?", ticket_id):
        delete_activity(world, activity)
    for entry in store.find("time_entry", "ticket = ?", ticket_id):
        store.remove("bin", "record = ?", entry["id"])
    for table in TICKET_CHILDREN:
        if table != "history" or not world.on("purge_takes_children", "not_history"):
            store.remove(table, "ticket = ?", ticket_id)
    store.set_meta(f"purged/{ticket_id}", world.now())
    store.remove("ticket", "id = ?", ticket_id)
    store.remove("bin", "record = ?", ticket_id)
    search.forget(world, ticket_id)


def delete_activity(world: World, document: Json) -> None:
    world.store.remove("activity_comment", "activity = ?", document["id"])
    world.store.remove("activity", "id = ?", document["id"])
    world.store.remove("bin", "record = ?", document["id"])


def delete_attachment(world: World, document: Json, actor: Actor) -> None:
    world.store.remove("attachment", "id = ?", document["id"])
    world.store.remove_blobs([document["id"]])
    world.store.remove("bin", "record = ?", document["id"])
    if document["_ticketId"]:
        info = [history.text("File Name", document["name"])]
        history.record(world, document["_ticketId"], "AttachmentDeletedRB", actor, info)
        payload = {"id": document["id"], "ticketId": document["_ticketId"]}
        world.emit(Event("Ticket_Attachment_Delete", payload))


def delete_contact(world: World, document: Json) -> None:
    """Delete a contact with its comments and files and, by switch, its tickets. Its help-centre account stays."""
    store, contact_id = world.store, document["id"]
    held = store.find("ticket", "contact = ?", contact_id)
    if world.on("contact_delete_takes_tickets", "yes"):
        for ticket in held:
            delete_ticket(world, ticket)
    else:
        for ticket in held:
            tickets.save(world, ticket | {"contactId": None})
    for link in store.find("secondary_contact", "contact = ?", contact_id):
        ticket = world.need("ticket", link["ticketId"])
        rest = [each for each in ticket["secondaryContacts"] if each != contact_id]
        tickets.save(world, ticket | {"secondaryContacts": rest})
    for file in store.find("attachment", "owner = ?", contact_id):
        store.remove_blobs([file["id"]])
        store.remove("bin", "record = ?", file["id"])
    store.remove_blobs([f"photo/{contact_id}"])
    store.remove("attachment", "owner = ?", contact_id)
    store.remove("contact_comment", "contact = ?", contact_id)
    store.remove("contact", "id = ?", contact_id)
    store.remove("bin", "record = ?", contact_id)
    search.forget(world, contact_id)
