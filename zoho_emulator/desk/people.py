"""Contacts and help-centre users (API reference, section 12)."""

from collections.abc import Mapping
from typing import Final

from zoho_emulator.desk import search, shapes, tickets
from zoho_emulator.desk.errors import invalid
from zoho_emulator.desk.outbox import ADDRESS
from zoho_emulator.desk.state import ZOHO_HOST, Actor, Event, World, contact_name
from zoho_emulator.store import Json

LIMITS: Final[Mapping[str, int]] = {
    "firstName": 40, "lastName": 200, "email": 255, "secondaryEmail": 100, "phone": 50, "mobile": 50, "street": 250,
    "city": 30, "state": 30, "country": 30, "zip": 30, "title": 100, "type": 100, "twitter": 100, "facebook": 100,
    "description": 65535, "accountId": 19, "ownerId": 19,
}  # fmt: skip


def create(world: World, fields: Json, actor: Actor, *, at: str | None = None, announce: bool = True) -> Json:
    now = at or world.now()
    contact_id = world.new_id()
    document: Json = {
        "id": contact_id,
        **dict.fromkeys(LIMITS),
        "cf": {each["apiName"]: None for each in world.fields("contacts") if each["isCustomField"]},
        "isAnonymous": False,
        "isEndUser": False,
        "isSpam": False,
        "isTrashed": False,
        "isDeleted": False,
        "isFollowing": False,
        "accountCount": "0",
        "photoURL": None,
        "layoutId": world.store.meta("layout_id"),
        "webUrl": f"{ZOHO_HOST}/support/{world.org()['portalName']}/ShowHomePage.do#Contacts/dv/{contact_id}",
        "zohoCRMContact": None,
        "customerHappiness": {"badPercentage": "0", "okPercentage": "0", "goodPercentage": "0"},
        "createdTime": now,
        "modifiedTime": now,
        "createdBy": actor.id or None,
    }
    document |= {name: value or None for name, value in fields.items() if name in LIMITS}
    document["cf"] |= fields.get("cf") or {}
    save(world, document)
    if announce:
        world.emit(Event("Contact_Add", shapes.contact(world, document), source_id=actor.source_id))
    return document


def save(world: World, document: Json) -> None:
    world.store.put("contact", document)
    search.note(world, "contacts", document["id"])


def check(world: World, body: Json, *, own_id: str | None = None) -> Json:
    """Check a POST or PATCH body and return its known members."""
    changes: Json = {}
    custom = {each["apiName"]: each for each in world.fields("contacts") if each["isCustomField"]}
    for name, value in body.items():
        if name == "cf":
            if not isinstance(value, dict) or set(value) - set(custom):
                raise invalid("/cf")
            changes["cf"] = value
        elif name in LIMITS:
            if value is not None and (not isinstance(value, str) or len(value) > LIMITS[name]):
                raise invalid(f"/{name}")
            changes[name] = value
    if own_id is None or "lastName" in changes:
        _need_last_name(changes)
    for name in ("email", "secondaryEmail"):
        if changes.get(name) and not ADDRESS.fullmatch(changes[name]):
            raise invalid(f"/{name}")
    if changes.get("email"):
        _refuse_duplicate(world, changes["email"], own_id)
    return changes


def _need_last_name(changes: Json) -> None:
    if not changes.get("lastName"):
        raise invalid("/lastName", "missing" if changes.get("lastName") is None else "invalid")


def _refuse_duplicate(world: World, email: str, own_id: str | None) -> None:
    if world.on("duplicate_contact_email", "allowed"):
        return
    other = world.store.first("contact", "email = lower(?) AND NOT trashed AND id <> ?", email, own_id or "")
    if other:
        raise invalid("/email", "duplicate")


def by_email(world: World, email: str) -> Json | None:
    """Return the contact with this address, case folded, its secondary address included; never a trashed one."""
    return world.store.first("contact", "(email = lower(?) OR secondary = lower(?)) AND NOT trashed", email, email)


def update(world: World, document: Json, changes: Json, actor: Actor) -> Json:
    """Write changes on a contact. Copies of address and phone on its tickets stay as they are."""
    previous = shapes.contact(world, document)
    changed = False
    for holder, values in (
        (document, {k: v for k, v in changes.items() if k != "cf"}),
        (document["cf"], changes.get("cf", {})),
    ):
        for name, value in values.items():
            new = tickets.cleared(world, holder.get(name), value)
            changed = changed or holder.get(name) != new
            holder[name] = new
    if changed:
        document["modifiedTime"] = world.now()
        save(world, document)
        announce_update(world, document, previous, actor)
    return document


def announce_update(world: World, document: Json, previous: Json, actor: Actor) -> None:
    world.emit(Event("Contact_Update", shapes.contact(world, document), previous=previous, source_id=actor.source_id))


def add_portal_user(world: World, contact: Json) -> Json:
    """Give a contact an account in the help centre."""
    world.store.put("contact", contact | {"isEndUser": True})
    contact["isEndUser"] = True
    user: Json = {
        "id": world.new_id(),
        "contactId": contact["id"],
        "name": " ".join(part for part in (contact["firstName"], contact["lastName"]) if part),
        "photoUrl": None,
        "lastAccessedTime": world.now(),
        "userType": "ENDUSER",
        "label": None,
        "email": [{"emailAddress": contact["email"], "isVerified": True, "isPrimary": True}],
        "status": "ACTIVE",
        "_anonymized": False,
    }
    return world.store.put("portal_user", user)


def chat(world: World, contact: Json, subject: str, ticket: Json | None) -> Json:
    """Keep a chat session by instant message; nothing deletes one, not even its ticket's end."""
    now = world.now()
    session: Json = {
        "id": world.new_id(),
        "contactId": contact["id"],
        "agentId": None,
        "subject": subject,
        "channel": "Chat",
        "integrationService": "WHATSAPP",
        "status": "ENDED",
        "replyStatus": "SESSION_ENDED",
        "messagesCount": "1",
        "unreadMessagesCount": "0",
        "createdTime": now,
        "lastActiveTime": now,
        "contactLastActiveTime": now,
        "agentLastActiveTime": None,
        "actor": {"id": contact["id"], "type": "END_USER", "name": contact_name(contact), "email": contact["email"]},
        "deskAssignee": None,
        "meta": {"DESK_TICKET_ID": ticket["id"], "DESK_TICKET_NUMBER": ticket["ticketNumber"]} if ticket else None,
        "_kind": "chats",
    }
    return world.store.put("activity", session)


def merge(world: World, target: Json, sources: list[Json], actor: Actor) -> Json:
    """Hand everything of *sources* to *target*; their ids stop working."""
    previous = shapes.contact(world, target)
    for source in sources:
        if source["isEndUser"] or target["isEndUser"]:
            raise invalid("/ids")
        for name in LIMITS:
            target[name] = target.get(name) or source.get(name)
        for held in world.store.find("ticket", "contact = ?", source["id"]):
            tickets.save(world, held | {"contactId": target["id"]})
        for note in world.store.find("contact_comment", "contact = ?", source["id"]):
            world.store.put("contact_comment", note | {"contactId": target["id"]})
        for file in world.store.find("attachment", "owner = ?", source["id"]):
            path = file["_path"].replace(source["id"], target["id"])
            world.store.put("attachment", file | {"_owner": target["id"], "_path": path})
        world.store.remove("contact", "id = ?", source["id"])
        search.forget(world, source["id"])
    target["modifiedTime"] = world.now()
    save(world, target)
    announce_update(world, target, previous, actor)
    return target


def comment(world: World, contact_id: str, content: str, content_type: str, actor: Actor) -> Json:
    now = world.now()
    document: Json = {
        "id": world.new_id(),
        "contactId": contact_id,
        "content": content,
        "contentType": content_type,
        "commentedTime": now,
        "modifiedTime": now,
        "commenterId": actor.id,
        "commenter": actor.author() | {"roleName": "Agent"},
    }
    return world.store.put("contact_comment", document)
