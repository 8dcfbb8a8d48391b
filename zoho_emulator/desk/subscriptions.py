"""What a webhook subscription may ask for and which events it selects (API reference, sections 5.1 to 5.3)."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from zoho_emulator.desk.errors import ApiError, invalid
from zoho_emulator.desk.state import Event, World
from zoho_emulator.store import Json

MOST_STORED: Final = 20
ENABLED_BY_EDITION: Final[Mapping[str, int]] = {
    "FREE": 0, "STANDARD": 0, "EXPRESS": 0, "PROFESSIONAL": 5, "ENTERPRISE": 10,
}  # fmt: skip
_DEPARTMENTS: Final = frozenset({"departmentIds"})
_PREVIOUS: Final = frozenset({"includePrevState"})
# Event name -> the filter keys it knows.
EVENTS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(
        ("Ticket_Add", "Ticket_Comment_Add", "Ticket_Comment_Update", "Ticket_Attachment_Trashed",
         "Ticket_Attachment_Restored", "Ticket_Attachment_Delete", "Task_Add", "Call_Add", "Event_Add",
         "IM_Message_Add", "IM_Message_Status", "IM_Session_Status"), _DEPARTMENTS),
    **dict.fromkeys(("Task_Update", "Call_Update", "Event_Update"), _DEPARTMENTS | _PREVIOUS),
    **dict.fromkeys(
        ("Contact_Update", "Account_Update", "Agent_Update", "Department_Update", "TimeEntry_Update",
         "Ticket_Approval_Update", "Article_Update", "Article_Translation_Update", "KBRootCategory_Update",
         "KBSection_Update"), _PREVIOUS),
    "Ticket_Update": _DEPARTMENTS | _PREVIOUS | {"fields"},
    "Ticket_Thread_Add": _DEPARTMENTS | {"direction"},
    **dict.fromkeys(
        ("Ticket_Delete", "Ticket_Attachment_Add", "Ticket_Attachment_Update", "Ticket_Comment_Attachment_Add",
         "Ticket_Comment_Attachment_Delete", "Ticket_Approval_Add", "Contact_Add", "Contact_Delete", "Account_Add",
         "Account_Delete", "Agent_Add", "Agent_Delete", "Agent_Presence_Update",
         "Agent_Channel_Preference_Update", "Department_Add", "Task_Delete", "Call_Delete", "Event_Delete",
         "TimeEntry_Add", "TimeEntry_Delete", "Article_Add", "Article_Delete", "Article_Translation_Add",
         "Article_Translation_Delete", "Article_Feedback_Add", "KBRootCategory_Add", "KBRootCategory_Delete",
         "KBSection_Add", "KBSection_Delete"), frozenset()),
}  # fmt: skip


def checked(world: World, body: Json, *, url_limit: int) -> Json:
    """Check a create or update body and return its known members. Raises ApiError."""
    if "subscriptions" not in body:
        raise invalid("/subscriptions", "missing")
    url = body.get("url")
    if url is not None and (not isinstance(url, str) or len(url) > url_limit or not _is_http(url)):
        raise invalid("/url")
    for name, limit in (("name", 100), ("description", 3000)):
        if body.get(name) is not None and (not isinstance(body[name], str) or len(body[name]) > limit):
            raise invalid(f"/{name}")
    if body.get("ignoreSourceId") is not None and world.on("webhook_ignore_source_id", "422"):
        raise invalid("/ignoreSourceId")
    if set(body.get("includeEventsFrom") or []) - {"AUTOMATION"}:
        raise invalid("/includeEventsFrom")
    _check_subscriptions(world, body["subscriptions"])
    known = ("subscriptions", "url", "name", "description", "includeEventsFrom", "ignoreSourceId", "isEnabled")
    return {name: body[name] for name in known if name in body}


def _is_http(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _check_subscriptions(world: World, subscriptions: Any) -> None:
    if not isinstance(subscriptions, dict) or not subscriptions:
        raise invalid("/subscriptions")
    for name, wanted in subscriptions.items():
        pointer = f"/subscriptions/{name}"
        if name not in EVENTS:
            raise invalid(pointer)
        if wanted is None:
            continue
        if not isinstance(wanted, dict) or set(wanted) - EVENTS[name]:
            raise invalid(pointer)
        if not wanted and world.on("webhook_empty_filter", "422"):
            raise invalid(pointer)
        _check_filter(world, pointer, wanted)


def _check_filter(world: World, pointer: str, wanted: Json) -> None:
    departments = wanted.get("departmentIds")
    if departments is not None and (
        not isinstance(departments, list)
        or any(world.store.get("department", str(each)) is None for each in departments)
    ):
        raise invalid(f"{pointer}/departmentIds")
    fields = wanted.get("fields")
    if fields is not None:
        known = {each["apiName"] for each in world.fields("tickets")}
        if not isinstance(fields, list) or not 1 <= len(fields) <= 5 or set(fields) - known:
            raise invalid(f"{pointer}/fields")
        if world.on("webhook_custom_field", "422") and any(each.startswith("cf_") for each in fields):
            raise invalid(f"{pointer}/fields")
    if wanted.get("direction") not in (None, "in", "out"):
        raise invalid(f"{pointer}/direction")


def check_count(world: World, *, adding: bool, enabling: bool) -> None:
    """Refuse one more subscription, or one more enabled, than the edition allows. Raises ApiError."""
    edition = world.switches["edition"]
    allowed = ENABLED_BY_EDITION[edition]
    stored = world.store.find("webhook")
    enabled = sum(1 for each in stored if each["isEnabled"])
    if allowed == 0:
        raise ApiError("LICENSE_ACCESS_LIMITED", feature="WEBHOOK", editionType=edition, maxAllowedEntity="0")
    if adding and len(stored) >= MOST_STORED:
        raise ApiError("MAX_COUNT_EXCEEDED")
    if enabling and enabled >= allowed:
        raise ApiError("LICENSE_ACCESS_LIMITED", feature="WEBHOOK", editionType=edition, maxAllowedEntity=str(allowed))


def downgrade(world: World) -> None:
    """Disable what the edition does not include any more: the oldest stay enabled."""
    enabled = [each for each in world.store.find("webhook") if each["isEnabled"]]
    for each in enabled[ENABLED_BY_EDITION[world.switches["edition"]] :]:
        world.store.put("webhook", each | {"isEnabled": False, "modifiedTime": world.now()})


def selects(world: World, webhook: Json, event: Event) -> bool:
    """Say whether a subscription wants to hear of an event."""
    if not webhook["isEnabled"] or event.name not in webhook["subscriptions"]:
        return False
    own = webhook.get("ignoreSourceId") and webhook["ignoreSourceId"] == event.source_id
    if own and world.on("webhook_source_header", "yes"):
        return False
    wanted = webhook["subscriptions"][event.name] or {}
    departments = wanted.get("departmentIds")
    if departments and event.department not in [str(each) for each in departments]:
        return False
    if wanted.get("fields") and not event.changed & set(wanted["fields"]):
        return False
    return wanted.get("direction") in (None, event.direction)


def visible(webhook: Json) -> Json:
    return {name: value for name, value in webhook.items() if not name.startswith("_")}
