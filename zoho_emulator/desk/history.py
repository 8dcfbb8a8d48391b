"""Ticket history, which never forgets (API reference, section 11).

Events are only added; nothing but permanent deletion of the ticket removes them. `TicketCreated` repeats contact name,
e-mail, subject and description.
"""

from collections.abc import Mapping
from typing import Any, Final

from zoho_emulator.clock import iso_seconds
from zoho_emulator.desk.state import Actor, World
from zoho_emulator.store import Json

# eventFilter of GET .../History -> the event names it lets through.
FILTERS: Final[Mapping[str, tuple[str, ...]]] = {
    "CommentHistory": ("Comment",),
    "TimeEntryHistory": ("TimeEntry",),
    "TaskHistory": ("Task",),
    "CallHistory": ("Call",),
    "EventHistory": ("Event",),
    "AttachmentHistory": ("Attachment",),
    "ApprovalHistory": ("Approval",),
    "BlueprintHistory": ("Blueprint",),
}
# eventFilter -> the actor type it lets through.
ACTOR_FILTERS: Final[Mapping[str, str]] = {
    "MacroHistory": "Macro",
    "WorkflowHistory": "Workflow",
    "SuperviseHistory": "Supervise",
    "NotificationRuleHistory": "NotificationRule",
    "SLAHistory": "SLA",
    "AssignmentRuleHistory": "DirectAssignment",
    "SkillRelatedHistory": "SkillBased",
    "ZiaRelatedHistory": "ZIA",
}


def text(name: str, value: Any) -> Json:
    return {"propertyName": name, "propertyType": "Text", "propertyValue": value, "systemProperty": False}


def entity(name: str, record_id: str | None, label: str) -> Json:
    return {
        "propertyName": name,
        "propertyType": "Entity",
        "propertyValue": {"id": record_id, "name": label},
        "systemProperty": True,
    }


def transition(name: str, before: Any, after: Any) -> Json:
    return {
        "propertyName": name,
        "propertyType": "ValueTransition",
        "propertyValue": {"previousValue": before, "updatedValue": after},
        "systemProperty": False,
    }


def text_list(name: str, values: list[str]) -> Json:
    return {"propertyName": name, "propertyType": "TextList", "propertyValue": values, "systemProperty": False}


def record(
    world: World, ticket_id: str, name: str, actor: Actor, info: list[Json], fields: tuple[str, ...] = ()
) -> None:
    """Add one event; *fields* are API names for the `fieldName` filter."""
    ticket = world.store.get("ticket", ticket_id)
    world.store.put(
        "history",
        {
            "id": world.new_id(),
            "ticketId": ticket_id,
            "contactId": ticket["contactId"] if ticket else None,
            "_fields": list(fields),
            "_agentId": actor.run_by.id if actor.run_by else (actor.id if actor.type == "Agent" else None),
            "event": {
                "eventName": name,
                "eventTime": iso_seconds(world.now_ms()),
                "actor": actor.short(),
                "actorInfo": _actor_info(world, actor),
                "source": actor.source,
                "eventInfo": info,
            },
        },
    )


def _actor_info(world: World, actor: Actor) -> list[Json]:
    if actor.run_by is None or world.on("macro_history_names_agent", "no"):
        return []
    who = actor.run_by.short()
    if world.on("macro_actor_info", "plain"):
        return [who]
    return [{"propertyName": "Agent", "propertyType": "Entity", "propertyValue": who, "systemProperty": True}]


def created(world: World, ticket: Json, contact_label: str, actor: Actor) -> None:
    record(
        world,
        ticket["id"],
        "TicketCreated",
        actor,
        [
            entity("Contact Name", ticket["contactId"], contact_label),
            text("Email", ticket["email"]),
            text("Phone", ticket["phone"]),
            text("Subject", ticket["subject"]),
            text("Description", ticket["description"]),
            text("Status", ticket["status"]),
            text("Channel", ticket["channel"]),
            *(text(property_name(world, name), value) for name, value in ticket["cf"].items() if value),
        ],
        tuple(ticket["cf"]),
    )


def property_name(world: World, api_name: str) -> str:
    """Return how history calls a field: by its label or, by switch, its API name."""
    if world.on("history_property_names", "api_name"):
        return api_name
    known = world.field("tickets", api_name)
    return api_name if known is None else str(known["displayLabel"])


def matches(entry: Json, event_filter: str | None) -> bool:
    if event_filter is None:
        return True
    event = entry["event"]
    if event_filter in ACTOR_FILTERS:
        return bool(event["actor"]["type"] == ACTOR_FILTERS[event_filter])
    return any(str(event["eventName"]).startswith(prefix) for prefix in FILTERS.get(event_filter, ()))
