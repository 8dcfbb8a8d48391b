"""Time entries, tasks, calls, events and approvals of tickets (API reference, section 11)."""

from collections.abc import Callable
from typing import Final

from zoho_emulator.desk import history, shapes, trash
from zoho_emulator.desk.errors import invalid, not_found
from zoho_emulator.desk.routing import Call, Handler, Reply, Routes, empty_ok, listing, no_content, ok
from zoho_emulator.desk.state import Event
from zoho_emulator.store import Json

routes: Final = Routes()
KINDS: Final = ("tasks", "calls", "events")
WRITABLE: Final = ("subject", "description", "status", "priority", "dueDate", "startTime", "direction", "duration")


@routes("GET /tickets/<id:ticket_id>/timeEntry", "tickets.READ", cost=None)
def list_time_entries(call: Call, ticket_id: str) -> Reply:
    call.ticket(ticket_id)
    start, limit = call.page(default=10, most=100)
    found = call.world.store.find("time_entry", "ticket = ? AND NOT trashed", ticket_id, limit=limit, offset=start)
    return listing([shapes.time_entry(each) | {"billingType": None} for each in found])


def _time_entry(call: Call, ticket_id: str, entry_id: str) -> Json:
    call.ticket(ticket_id)
    entry = call.child("time_entry", entry_id, "requestId", ticket_id)
    if entry["isTrashed"]:
        raise not_found()
    return entry


@routes("GET /tickets/<id:ticket_id>/timeEntry/<id:entry_id>", "tickets.READ")
def get_time_entry(call: Call, ticket_id: str, entry_id: str) -> Reply:
    return ok(shapes.time_entry(_time_entry(call, ticket_id, entry_id)))


@routes("PUT /tickets/<id:ticket_id>/timeEntry/<id:entry_id>", "tickets.UPDATE")
def update_time_entry(call: Call, ticket_id: str, entry_id: str) -> Reply:
    call.ticket(ticket_id, write=True)
    entry = _time_entry(call, ticket_id, entry_id)
    body = call.body()
    before = entry["description"]
    entry |= {
        name: body[name] for name in ("description", "hoursSpent", "minutesSpent", "secondsSpent") if name in body
    }
    call.world.store.put("time_entry", entry)
    info = [history.transition("Description", before, entry["description"])]
    history.record(call.world, ticket_id, "TimeEntryUpdated", call.actor, info)
    return ok(shapes.time_entry(entry))


@routes("DELETE /tickets/<id:ticket_id>/timeEntry/<id:entry_id>", "tickets.UPDATE")
def delete_time_entry(call: Call, ticket_id: str, entry_id: str) -> Reply:
    call.ticket(ticket_id, write=True)
    trash.trash(call.world, "TimeEntry", _time_entry(call, ticket_id, entry_id), call.actor)
    history.record(call.world, ticket_id, "TimeEntryDeleted", call.actor, [])
    return empty_ok()


@routes("GET /tickets/<id:ticket_id>/approvals", "tickets.READ", cost=None)
def approvals(call: Call, ticket_id: str) -> Reply:
    call.ticket(ticket_id)
    start, limit = call.page(default=10, most=50)
    found = call.world.store.find("approval", "ticket = ?", ticket_id, limit=limit, offset=start)
    return listing([{name: value for name, value in each.items() if name != "ticketId"} for each in found])


@routes(
    "GET /tickets/<id:ticket_id>/activities",
    "activities.calls.READ",
    "activities.tasks.READ",
    "activities.events.READ",
    "calls.READ",
    "tasks.READ",
    "events.READ",
    cost=None,
)
def ticket_activities(call: Call, ticket_id: str) -> Reply:
    call.ticket(ticket_id)
    start, limit = call.page(default=10, most=100)
    found = call.world.store.find("activity", "ticket = ? AND NOT trashed", ticket_id, limit=limit, offset=start)
    return listing(
        [shapes.activity(each, listed=True) | {"activityType": each["_kind"].capitalize()} for each in found]
    )


def _activity(call: Call, kind: str, activity_id: str) -> Json:
    found = call.record("activity", activity_id)
    if found["_kind"] != kind or found["isTrashed"]:
        raise not_found()
    return found


def _of_ticket(kind: str) -> Handler:
    def handler(call: Call, ticket_id: str) -> Reply:
        call.ticket(ticket_id)
        start, limit = call.page(default=10, most=100)
        where = "ticket = ? AND kind = ? AND NOT trashed"
        found = call.world.store.find("activity", where, ticket_id, kind, limit=limit, offset=start)
        return listing([shapes.activity(each, listed=True) for each in found])

    return handler


@routes("POST /tasks", "activities.tasks.CREATE", "tasks.CREATE")
def create_task(call: Call) -> Reply:
    """Make a task; `subject` and `departmentId` are needed, `ticketId` hangs it on a ticket."""
    body, now = call.body(), call.world.now()
    for name in ("subject", "departmentId"):
        if not body.get(name):
            raise invalid(f"/{name}", "missing")
    if call.world.store.get("department", str(body["departmentId"])) is None:
        raise invalid("/departmentId")
    ticket = call.ticket(str(body["ticketId"]), write=True) if body.get("ticketId") else None
    task = call.world.store.put(
        "activity",
        {
            "id": call.world.new_id(),
            "ticketId": ticket["id"] if ticket else None,
            "contactId": ticket["contactId"] if ticket else None,
            "departmentId": str(body["departmentId"]),
            "subject": str(body["subject"]),
            "description": str(body.get("description") or ""),
            "status": str(body.get("status") or "Open"),
            "priority": body.get("priority"),
            "category": "tasks",
            "createdTime": now,
            "modifiedTime": now,
            "dueDate": body.get("dueDate"),
            "isTrashed": False,
            "_kind": "tasks",
        },
    )
    if ticket:
        history.record(call.world, ticket["id"], "TaskAdded", call.actor, [history.text("Subject", task["subject"])])
    call.world.emit(Event("Task_Add", shapes.public(task), department=task["departmentId"]))
    return ok(shapes.activity(task))


def _get(kind: str) -> Handler:
    return lambda call, activity_id: ok(shapes.activity(_activity(call, kind, activity_id)))


def _update(kind: str) -> Handler:
    def handler(call: Call, activity_id: str) -> Reply:
        activity = _activity(call, kind, activity_id)
        previous = shapes.public(activity)
        body = call.body()
        activity |= {name: body[name] for name in WRITABLE if name in body}
        activity["modifiedTime"] = call.world.now()
        call.world.store.put("activity", activity)
        name = kind.capitalize()[:-1]
        if activity["ticketId"]:
            info = [
                history.transition(each, previous.get(each), activity.get(each)) for each in WRITABLE if each in body
            ]
            history.record(call.world, activity["ticketId"], f"{name}Updated", call.actor, info)
        shown = shapes.activity(activity)
        call.world.emit(Event(f"{name}_Update", shown, department=activity["departmentId"], previous=previous))
        return ok(shown)

    return handler


def _trash(kind: str) -> Handler:
    def handler(call: Call) -> Reply:
        ids = call.ids("entityIds")
        found = [_activity(call, kind, each) for each in ids]
        call.credits = 6 * len(ids)
        for activity in found:
            trash.trash(call.world, kind.capitalize(), activity, call.actor)
        return no_content()

    return handler


def _comments(kind: str) -> Handler:
    def handler(call: Call, activity_id: str) -> Reply:
        _activity(call, kind, activity_id)
        start, limit = call.page(default=10, most=100)
        found = call.world.store.find("activity_comment", "activity = ?", activity_id, limit=limit, offset=start)
        return listing([shapes.activity_comment(each) for each in found])

    return handler


def _update_comment(kind: str) -> Handler:
    def handler(call: Call, activity_id: str, comment_id: str) -> Reply:
        _activity(call, kind, activity_id)
        comment = call.child("activity_comment", comment_id, "entityId", activity_id)
        content = call.body().get("content")
        if not content:
            raise invalid("/content", "missing")
        comment |= {"content": content, "modifiedTime": call.world.now()}
        call.world.store.put("activity_comment", comment)
        return ok(shapes.activity_comment(comment))

    return handler


def _register(register: Callable[..., Callable[[Handler], Handler]]) -> None:
    for kind in KINDS:
        one = f"/{kind}/<id:activity_id>"
        scope = f"activities.{kind}"
        register(f"GET /tickets/<id:ticket_id>/{kind}", f"{scope}.READ", f"{kind}.READ", "tickets.READ", cost=None)(
            _of_ticket(kind)
        )
        register(f"GET {one}", f"{scope}.READ", f"{kind}.READ")(_get(kind))
        register(f"PATCH {one}", f"{scope}.UPDATE", f"{kind}.UPDATE")(_update(kind))
        register(f"POST /{kind}/moveToTrash", f"{scope}.DELETE", f"{kind}.DELETE", permission="delete")(_trash(kind))
        register(f"GET {one}/comments", f"{scope}.READ", "tasks.READ", cost=None)(_comments(kind))
        register(f"PUT {one}/comments/<id:comment_id>", f"{scope}.UPDATE", "tasks.UPDATE")(_update_comment(kind))


_register(routes)
