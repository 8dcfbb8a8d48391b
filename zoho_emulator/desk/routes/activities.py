"""Time entries, tasks, calls, events and approvals of tickets (API reference, section 11)."""

from collections.abc import Callable
from typing import Final

from zoho_emulator.desk import history, shapes, trash
from zoho_emulator.desk.errors import invalid, not_found, unprocessable
from zoho_emulator.desk.routing import Call, Handler, Reply, Routes, empty_ok, listing, no_content, ok
from zoho_emulator.desk.state import Event
from zoho_emulator.store import Json

routes: Final = Routes()
KINDS: Final = ("tasks", "calls", "events")
WRITABLE: Final = ("subject", "description", "status", "priority", "dueDate", "startTime", "direction", "duration")
TIMES: Final = ("startTime", "duration", "direction", "completedTime")


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
    entry |= {"description": body.get("description", before)} | shapes.spent(body)
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


def _create(kind: str) -> Handler:
    def handler(call: Call) -> Reply:
        """Make one; `subject` and `departmentId` are needed, `ticketId` hangs it on a ticket."""
        body, world, name = call.body(), call.world, kind.capitalize()[:-1]
        for needed in ("subject", "departmentId"):
            if not body.get(needed):
                raise invalid(f"/{needed}", "missing")
        if world.store.get("department", str(body["departmentId"])) is None:
            raise invalid("/departmentId")
        ticket = call.ticket(str(body["ticketId"]), write=True) if body.get("ticketId") else None
        made: Json = {
            "id": world.new_id(),
            "ticketId": ticket["id"] if ticket else None,
            "contactId": ticket["contactId"] if ticket else None,
            "departmentId": str(body["departmentId"]),
            "subject": str(body["subject"]),
            "description": str(body.get("description") or ""),
            "status": str(body.get("status") or ("Scheduled" if kind == "calls" else "Open")),
            "priority": body.get("priority"),
            "category": kind,
            "createdTime": world.now(),
            "modifiedTime": world.now(),
            "dueDate": body.get("dueDate"),
            "isTrashed": False,
            "_kind": kind,
        }
        world.store.put("activity", made | {each: body[each] for each in TIMES if body.get(each)})
        if ticket:
            history.record(world, ticket["id"], f"{name}Added", call.actor, [history.text("Subject", made["subject"])])
        world.emit(Event(f"{name}_Add", shapes.public(made), department=made["departmentId"]))
        return ok(shapes.activity(_activity(call, kind, made["id"])))

    return handler


def _listed(call: Call, kinds: tuple[str, ...], clause: str, *values: str, most: int = 100) -> Reply:
    """Answer the live activities of some kinds for which a clause holds, in the departments the agent sees."""
    start, limit = call.page(default=10, most=most)
    marks = ", ".join("?" * len(kinds))
    found = call.world.store.find("activity", f"kind IN ({marks}) AND NOT trashed AND {clause}", *kinds, *values)
    seen = [each for each in found if call.sees(each["departmentId"])]
    return listing([shapes.activity(each, listed=True) for each in seen[start : start + limit]])


def _all_of(kind: str) -> Handler:
    return lambda call: _listed(call, (kind,), "1")


def _search(*kinds: str) -> Handler:
    def handler(call: Call) -> Reply:
        """Search for a text in everything (`_all`) or in the subject."""
        wanted = {name: call.arg(name) for name in ("_all", "subject") if call.arg(name)}
        if len(wanted) != 1:
            raise unprocessable("Give _all or subject.")
        [(name, text)] = wanted.items()
        column = "lower(doc)" if name == "_all" else "lower(json_extract(doc, '$.subject'))"
        return _listed(call, kinds, f"instr({column}, ?)", str(text).strip("*").lower())

    return handler


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


def _get_comment(kind: str) -> Handler:
    def handler(call: Call, activity_id: str, comment_id: str) -> Reply:
        _activity(call, kind, activity_id)
        return ok(shapes.activity_comment(call.child("activity_comment", comment_id, "entityId", activity_id)))

    return handler


def _add_comment(kind: str) -> Handler:
    def handler(call: Call, activity_id: str) -> Reply:
        _activity(call, kind, activity_id)
        content, now = call.body().get("content"), call.world.now()
        if not content or not isinstance(content, str):
            raise invalid("/content", "missing")
        comment: Json = {
            "id": call.world.new_id(),
            "entityId": activity_id,
            "content": content,
            "commentedTime": now,
            "modifiedTime": now,
            "commenterId": call.agent["id"],
        }
        return ok(shapes.activity_comment(call.world.store.put("activity_comment", comment)))

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
        register(f"GET /{kind}", f"{scope}.READ", f"{kind}.READ", cost=None)(_all_of(kind))
        register(f"POST /{kind}", f"{scope}.CREATE", f"{kind}.CREATE")(_create(kind))
        register(f"GET {one}", f"{scope}.READ", f"{kind}.READ")(_get(kind))
        register(f"PATCH {one}", f"{scope}.UPDATE", f"{kind}.UPDATE")(_update(kind))
        register(f"POST /{kind}/moveToTrash", f"{scope}.DELETE", f"{kind}.DELETE", permission="delete")(_trash(kind))
        register(f"GET {one}/comments", f"{scope}.READ", "tasks.READ", cost=None)(_comments(kind))
        register(f"POST {one}/comments", f"{scope}.UPDATE", "tasks.UPDATE")(_add_comment(kind))
        register(f"GET {one}/comments/<id:comment_id>", f"{scope}.READ", "tasks.READ")(_get_comment(kind))
        register(f"PUT {one}/comments/<id:comment_id>", f"{scope}.UPDATE", "tasks.UPDATE")(_update_comment(kind))
    every = tuple(f"activities.{kind}.READ" for kind in ("calls", "tasks", "events"))
    register("GET /calls/search", "calls.READ", "search.READ", cost=None)(_search("calls"))
    register("GET /events/search", "events.READ", "search.READ", cost=None)(_search("events"))
    register("GET /tasks/search", *every, "tasks.READ", "search.READ", cost=None)(_search("tasks"))
    register("GET /activities/search", *every, "calls.READ", "events.READ", "tasks.READ", "search.READ", cost=None)(
        _search(*KINDS)
    )


_register(routes)
