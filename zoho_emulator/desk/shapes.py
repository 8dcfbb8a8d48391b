"""Stored documents to the objects Zoho shows (API reference, sections 6 to 12). Members beginning with `_` are ours."""

import copy
import html
import re
from typing import Any, Final

from zoho_emulator.desk.errors import invalid
from zoho_emulator.desk.state import World
from zoho_emulator.store import Json

# What GET /tickets shows without `fields=`: no modifiedTime, description, resolution or cf.
TICKET_LIST_MEMBERS: Final = (
    "id", "ticketNumber", "subject", "status", "statusType", "channel", "channelCode", "source", "contactId",
    "email", "phone", "departmentId", "layoutId", "teamId", "assigneeId", "productId",
    "accountId", "priority", "category", "subCategory", "language", "sentiment", "createdTime", "closedTime",
    "dueDate", "responseDueDate", "onholdTime", "customerResponseTime", "threadCount", "commentCount",
    "isSpam", "isArchived", "isRead", "relationshipType", "webUrl", "lastThread",
)  # fmt: skip
# What GET /contacts and contactsByIds show without `fields=`.
CONTACT_LIST_MEMBERS: Final = (
    "id", "firstName", "lastName", "email", "secondaryEmail", "phone", "mobile", "type", "accountId", "ownerId",
    "accountCount", "photoURL", "webUrl", "createdTime", "isAnonymous", "isEndUser", "isSpam", "zohoCRMContact",
    "customerHappiness",
)  # fmt: skip
# Published members of activities, comments and time entries that nothing here ever fills.
ACTIVITY_EMPTY: Final[Json] = {
    "statusType": "Open", "completedTime": None, "creatorId": None, "activityTime": None, "layoutId": None,
    "webUrl": None, "modifiedBy": None, "isSpam": False, "ownerId": None,
}  # fmt: skip
DETAIL_EMPTY: Final[Json] = {"cf": {}, "customFields": {}, "reminder": []}
KIND_EMPTY: Final[dict[str, Json]] = {
    "tasks": {},
    "calls": {"callId": None, "direction": "inbound", "startTime": None, "duration": None},
    "events": {"startTime": None, "duration": None},
}
SPENT: Final = ("hoursSpent", "minutesSpent", "secondsSpent")
COMMENT_EMPTY: Final[Json] = {"encodedContent": None, "impersonatedUser": None}
TIME_ENTRY_EMPTY: Final[Json] = {
    "parent": None, "cf": {}, "customFields": {}, "layoutId": None, "layoutDetails": None, "ownerId": None,
    "createdBy": None, "mode": "MANUAL", "invoiceId": None, "taskId": None, "requestChargeType": None,
    "agentCostPerHour": None, "additionalCost": None, "fixedCost": None, "totalCost": None,
}  # fmt: skip
TAG: Final = re.compile(r"<[^>]*>")
BLANKS: Final = re.compile(r"\s+")


def public(document: Json) -> Json:
    """Return what Zoho would show: a copy, so that a later write does not change an event that waits for delivery."""
    return {
        name: copy.deepcopy(value) if isinstance(value, (dict, list)) else value
        for name, value in document.items()
        if not name.startswith("_")
    }


def plain(markup: str) -> str:
    return BLANKS.sub(" ", html.unescape(TAG.sub(" ", markup))).strip()


# What a ticket shows of its parts: table and condition, with the ticket's id for the question mark.
COUNTS: Final[dict[str, tuple[str, str]]] = {
    "threadCount": ("thread", "ticket = ? AND status <> 'DRAFT'"),
    "commentCount": ("comment", "ticket = ?"),
    "attachmentCount": ("attachment", "owner = ? AND NOT trashed"),
    "taskCount": ("activity", "ticket = ? AND kind = 'tasks' AND NOT trashed"),
    "timeEntryCount": ("time_entry", "ticket = ? AND NOT trashed"),
    "approvalCount": ("approval", "ticket = ?"),
    "tagCount": ("ticket_tag", "ticket = ?"),
}


def ticket(world: World, document: Json, include: tuple[str, ...] = (), *, only: frozenset[str] | None = None) -> Json:
    """Return the full ticket object; tags are not in it, only their count. *only* spares the counts not in it.

    Without *only* the answer is a copy that later writes do not change.
    """
    store, ticket_id = world.store, document["id"]
    shown = public(document) if only is None else {name: each for name, each in document.items() if name[0] != "_"}
    shown["customFields"] = {
        each["displayLabel"]: document["cf"].get(each["apiName"])
        for each in world.fields("tickets")
        if each["isCustomField"]
    }
    shown |= {
        **{
            name: str(store.count(table, where, ticket_id))
            for name, (table, where) in COUNTS.items()
            if only is None or name in only
        },
        "followerCount": str(len(document.get("_followers", []))),
        "sharedCount": "0",
        "channelRelatedInfo": None,
    }
    if "contacts" in include and (person := store.get("contact", document["contactId"] or "")):
        shown["contact"] = small_contact(world, person)
    if "assignee" in include:
        agent_record = store.get("agent", document["assigneeId"] or "")
        shown["assignee"] = None if agent_record is None else small_agent(agent_record)
    if "departments" in include and (home := store.get("department", document["departmentId"])):
        shown["department"] = {"id": home["id"], "name": home["name"]}
    for name, member in (("products", "product"), ("team", "team"), ("contract", "contract")):
        if name in include:
            shown[member] = None
    if "skills" in include:
        shown["skills"] = []
    return shown


def ticket_item(world: World, document: Json, fields: tuple[str, ...], include: tuple[str, ...]) -> Json:
    """Return one item of a list of tickets."""
    full = ticket(world, document, include, only=frozenset((*TICKET_LIST_MEMBERS, *fields)))
    full["lastThread"] = _last_thread(world, document["id"])
    full["relationshipType"] = None
    related = {name: full[name] for name in ("contact", "assignee", "department", "product", "team") if name in full}
    wanted: Json = {name: full.get(name) for name in TICKET_LIST_MEMBERS}
    for name in fields:
        if name.startswith("cf_"):
            wanted.setdefault("cf", {})[name] = document["cf"].get(name)
        elif name not in ("description", "resolution"):
            wanted[name] = full.get(name)
    return wanted | related


def _last_thread(world: World, ticket_id: str) -> Json | None:
    columns = ("channel", "status", "forward", "direction")
    last = world.store.row("thread", columns, "ticket = ?", ticket_id, order="created DESC, rowid DESC")
    if last is None:
        return None
    channel, status, forward, direction = last
    return {"channel": channel, "isDraft": status == "DRAFT", "isForward": bool(forward), "direction": direction}


def small_contact(world: World, document: Json) -> Json:
    wanted = ("id", "firstName", "lastName", "email", "phone", "mobile", "type", "isSpam")
    return {name: document.get(name) for name in wanted} | {"account": account(world, document)}


def account(world: World, contact: Json) -> Json | None:
    """Return the firm a contact belongs to, as it is shown beside the contact."""
    found = world.store.get("account", contact.get("accountId") or "")
    return None if found is None else {name: found.get(name) for name in ("id", "accountName", "website")}


def small_agent(document: Json) -> Json:
    return {
        "id": document["id"],
        "firstName": document["firstName"],
        "lastName": document["lastName"],
        "email": document["emailId"],
        "photoURL": None,
    }


def attachment(world: World, document: Json) -> Json:
    href = world.href(document["_path"])
    return {
        "id": document["id"],
        "name": document["name"],
        "size": document["size"],
        "href": href,
        "previewurl": href + "?inline=true",
    }


def ticket_attachment(world: World, document: Json, *, creator: bool = False) -> Json:
    shown = attachment(world, document) | {
        "isPublic": document["isPublic"],
        "createdTime": document["createdTime"],
        "creatorId": document["creatorId"],
    }
    if creator and (agent_record := world.store.get("agent", document["creatorId"] or "")):
        shown["creator"] = small_agent(agent_record)
    return shown


def attachments_of(world: World, owner_id: str) -> list[Json]:
    return world.store.find("attachment", "owner = ? AND NOT trashed", owner_id)


def thread(world: World, document: Json, *, full: bool, plain_text: bool = False, untruncated: bool = False) -> Json:
    """Return a thread: lists carry only the summary, single answers the content, cut where it is long."""
    files = attachments_of(world, document["id"])
    shown = public(document)
    path = f"/tickets/{document['ticketId']}/threads/{document['id']}"
    del shown["ticketId"]
    shown |= {
        "summary": plain(document["content"])[:100],
        "hasAttach": bool(files),
        "attachmentCount": str(len(files)),
        "actions": _actions(world, document, path),
        "isContentTruncated": False,
        "fullContentURL": None,
    }
    if not full:
        for name in ("content", "contentType"):
            del shown[name]
        return shown
    shown |= {"channelRelatedInfo": None, "attachments": [attachment(world, each) for each in files]}
    limit = world.switches.number("truncate_thread_at")
    if not untruncated and len(document["content"]) > limit:
        shown["content"] = document["content"][:limit]
        shown["isContentTruncated"] = True
        shown["fullContentURL"] = world.href(f"{path}/fullContent")
    if plain_text:
        shown["plainText"] = plain(document["content"])
    return shown


def _actions(world: World, document: Json, path: str) -> list[Json]:
    if document["status"] not in ("DRAFT", "FAILED"):
        return []
    draft = path.replace("/threads/", "/draftReply/")
    ticket_path = f"/tickets/{document['ticketId']}"
    return [
        {
            "rel": "send",
            "method": "POST",
            "href": world.href(f"{ticket_path}/sendDraft?draftThreadId={document['id']}"),
        },
        {"rel": "update", "method": "PATCH", "href": world.href(draft)},
        {"rel": "delete", "method": "DELETE", "href": world.href(draft)},
    ]


def comment(world: World, document: Json, *, plain_text: bool = False, mentions: bool = False) -> Json:
    shown = public(document)
    del shown["ticketId"]
    shown |= {
        "attachments": [attachment(world, each) for each in attachments_of(world, document["id"])],
        "encodedContent": None,
    }
    if plain_text:
        shown["plainText"] = plain(document["content"])
    if mentions:
        shown["mention"] = []
    return shown


def contact(world: World, document: Json, *, include: tuple[str, ...] = ()) -> Json:
    shown = public(document)
    shown["customFields"] = {
        each["displayLabel"]: document["cf"].get(each["apiName"])
        for each in world.fields("contacts")
        if each["isCustomField"]
    }
    shown.pop("createdBy", None)
    shown["layoutDetails"] = None
    if "owner" in include:
        owner = world.store.get("agent", document["ownerId"] or "")
        shown["owner"] = None if owner is None else small_agent(owner)
    if "accounts" in include:
        shown["account"] = account(world, document)
    return shown


def contact_item(world: World, document: Json, fields: tuple[str, ...], include: tuple[str, ...]) -> Json:
    """Return one item of a list of contacts: fewer members than the record has, or the ones asked for."""
    full = contact(world, document, include=include)
    if fields:
        return selected(full, fields)
    return {name: full.get(name) for name in CONTACT_LIST_MEMBERS} | (
        {"account": full["account"]} if "account" in full else {}
    )


def activity(document: Json, *, listed: bool = False) -> Json:
    """Return a task, call or event; lists leave out the description."""
    kind = document["_kind"]
    shown = ACTIVITY_EMPTY | KIND_EMPTY[kind] | public(document)
    if kind != "tasks":
        del shown["dueDate"]
    if kind == "calls":
        del shown["category"]
    if not listed:
        return DETAIL_EMPTY | shown
    for name in ("description", "duration"):
        shown.pop(name, None)
    return shown | {"isCommented": False}


def activity_comment(document: Json) -> Json:
    author: Json = {"commenterId": None, "commenter": None, "contentType": "plainText", "attachments": []}
    return author | COMMENT_EMPTY | {name: value for name, value in document.items() if name != "entityId"}


def time_entry(document: Json) -> Json:
    return TIME_ENTRY_EMPTY | public(document)


def spent(body: Json) -> Json:
    """Return the parts of a duration that a body names, as texts of digits. Raises ApiError for anything else."""
    given = {name: str(body[name]) for name in SPENT if body.get(name) not in (None, "")}
    for name, value in given.items():
        if not (value.isascii() and value.isdigit()):
            raise invalid(f"/{name}")
    return given


def selected(document: Json, fields: tuple[str, ...]) -> Json:
    return {"id": document["id"], **{name: document.get(name) for name in fields}} if fields else document


def csv(value: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if value else ()


def as_bool(value: Any) -> bool:
    return str(value).lower() == "true"
