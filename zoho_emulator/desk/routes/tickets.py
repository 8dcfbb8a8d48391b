"""Tickets: read, list, search, write, close, move, merge, trash, spam (API reference, sections 6, 10 and 13).

No route here changes a thread, and history is read only. The calls that would empty a whole portal fail the run.
"""

import json
from typing import Any, Final

from zoho_emulator.clock import DAY_MS, iso, parse
from zoho_emulator.desk import history, people, search, shapes, threads, trash
from zoho_emulator.desk import tickets as desk
from zoho_emulator.desk.errors import invalid, unprocessable
from zoho_emulator.desk.routing import Call, Reply, Routes, empty_ok, listing, mass, no_content, ok
from zoho_emulator.desk.state import contact_actor
from zoho_emulator.store import Json

routes: Final = Routes()
SORTS: Final = {
    "dueDate": "due",
    "createdTime": "created",
    "recentThread": "modified",
    "modifiedTime": "modified",
}


def _order(call: Call, default: str, allowed: tuple[str, ...]) -> str:
    wanted = call.arg("sortBy") or default
    name = wanted.removeprefix("-")
    if name not in allowed:
        raise invalid("/sortBy")
    return f"{SORTS[name]} {'DESC' if wanted.startswith('-') else 'ASC'}, rowid"


@routes("GET /tickets/<id:ticket_id>", "tickets.READ")
def get_ticket(call: Call, ticket_id: str) -> Reply:
    """Answer a ticket; what is said of one that was merged away or deleted for good is a switch each."""
    store = call.world.store
    if store.get("ticket", ticket_id) is None:
        if call.world.on("get_purged_ticket", "tombstone") and store.meta(f"purged/{ticket_id}"):
            return ok({"id": ticket_id, "isDeleted": True})
        if call.world.on("get_merged_ticket", "target"):
            ticket_id = str(store.meta(f"merged/{ticket_id}", ticket_id))
    return ok(shapes.ticket(call.world, call.ticket(ticket_id), call.include))


@routes("GET /tickets", "tickets.READ", cost=None)
def list_tickets(call: Call) -> Reply:
    """Answer a list; a singular departmentId is ignored in silence, as it is said to be, or by switch works."""
    start, limit = call.page(default=25, most=100, deepest=4999)
    clauses = ["NOT trashed AND NOT archived AND NOT spam"]
    values: list[str] = []
    wanted_departments = shapes.csv(call.arg("departmentIds"))
    if call.world.on("singular_department", "works"):
        wanted_departments = wanted_departments or shapes.csv(call.arg("departmentId"))
    departments = wanted_departments or tuple(call.agent["associatedDepartmentIds"])
    if len(departments) > 20:
        raise invalid("/departmentIds")
    departments = tuple(each for each in departments if call.sees(each))
    for column, wanted in (
        ("department", departments),
        ("status", shapes.csv(call.arg("status"))),
        ("channel", tuple(each.lower() for each in shapes.csv(call.arg("channel")))),
        ("priority", shapes.csv(call.arg("priority"))),
    ):
        if wanted or column == "department":
            clauses.append(f"{column} IN ({', '.join('?' * len(wanted))})")
            values += wanted
    if assignees := shapes.csv(call.arg("assignee")):
        clauses.append(f"coalesce(assignee, 'Unassigned') IN ({', '.join('?' * len(assignees))})")
        values += assignees
    if days := call.arg("receivedInDays"):
        if days not in ("15", "30", "90"):
            raise invalid("/receivedInDays")
        clauses.append("responded >= ?")
        values.append(iso(call.world.clock.now_ms() - int(days) * DAY_MS))
    _filters(call, clauses, values)
    order = _order(call, "-createdTime", ("dueDate", "createdTime", "recentThread"))
    found = call.world.store.find("ticket", " AND ".join(clauses), *values, order=order, limit=limit, offset=start)
    return listing([shapes.ticket_item(call.world, each, call.fields, call.include) for each in found])


def _filters(call: Call, clauses: list[str], values: list[str]) -> None:
    if not call.arg("filters"):
        return
    try:
        filters: Any = json.loads(call.arg("filters") or "")
    except ValueError:
        raise invalid("/filters") from None
    for name, column in (("Status", "status"), ("Priority", "priority")):
        if name in filters:
            clauses.append(f"{column} IN ({', '.join('?' * len(filters[name]))})")
            values += [str(each) for each in filters[name]]
    for condition in filters.get("criteria", {}).get("fieldConditions", []):
        field = str(condition.get("field"))
        if not field.replace("_", "").isalnum() or condition.get("con") != "is":
            raise invalid("/filters")
        wanted = [str(each) for each in condition.get("data", [])]
        place = f"$.cf.{field}" if field.startswith("cf_") else f"$.{field}"
        clauses.append(f"json_extract(doc, '{place}') IN ({', '.join('?' * len(wanted))})")
        values += wanted


@routes("GET /tickets/search", "tickets.READ", "search.READ", cost=None)
def search_tickets(call: Call) -> Reply:
    found, count = search.run(call.world, "tickets", call.query)
    visible = [each for each in found if call.sees(each["doc"]["departmentId"])]
    items = [search.shown(call.world, "tickets", each) for each in visible]
    return listing(items, count=count)


@routes("GET /tickets/archivedTickets", "tickets.READ", "search.READ", cost=None)
def archived_tickets(call: Call) -> Reply:
    department_id = call.arg("departmentId")
    if department_id is None:
        raise invalid("/departmentId", "missing")
    call.may_see(department_id)
    start, limit = call.page(default=10, most=100, deepest=4999)
    where = "department = ? AND archived AND NOT trashed"
    found = call.world.store.find("ticket", where, department_id, limit=limit, offset=start)
    return listing([shapes.ticket_item(call.world, each, call.fields, call.include) for each in found])


@routes("GET /contacts/<id:contact_id>/tickets", "contacts.READ", "tickets.READ", "search.READ", cost=None)
def contact_tickets(call: Call, contact_id: str) -> Reply:
    call.contact(contact_id)
    if call.arg("departmentId") is None and call.world.on("contact_tickets_department", "required"):
        raise invalid("/departmentId", "missing")
    start, limit = call.page(default=10, most=100)
    whose, values = "contact = ?", [contact_id]
    if call.world.on("contact_tickets_secondary", "yes"):
        whose = "(contact = ? OR id IN (SELECT ticket FROM secondary_contact WHERE contact = ?))"
        values = [contact_id, contact_id]
    archived = "" if call.world.on("contact_tickets_archived", "yes") else " AND NOT archived"
    clauses = [whose, f"NOT trashed{archived}"]
    if call.arg("departmentId"):
        clauses.append("department = ?")
        values.append(call.arg("departmentId") or "")
    if call.arg("isSpam"):
        clauses.append(f"spam = {int(call.flag('isSpam'))}")
    order = _order(call, "-createdTime", ("createdTime", "modifiedTime"))
    found = call.world.store.find("ticket", " AND ".join(clauses), *values, order=order, limit=limit, offset=start)
    visible = [each for each in found if call.sees(each["departmentId"])]
    return listing([shapes.ticket_item(call.world, each, call.fields, call.include) for each in visible])


@routes("POST /tickets", "tickets.CREATE")
def create_ticket(call: Call) -> Reply:
    body = call.body()
    for name in ("subject", "departmentId"):
        if not body.get(name):
            raise invalid(f"/{name}", "missing")
    department = call.world.store.get("department", str(body["departmentId"]))
    if department is None:
        raise invalid("/departmentId")
    call.may_see(department["id"])
    fields = desk.writable(call.world, body) | {"departmentId": department["id"]}
    contact = _contact_of(call, body)
    ticket = desk.create(
        call.world, fields, contact, call.actor, channel=str(body.get("channel") or "Web"), announce=False
    )
    thread = None
    if ticket["description"]:
        mail = {"to": department["_address"], "fromEmailAddress": contact["email"]}
        author = contact_actor(contact)
        thread = threads.add(
            call.world, ticket, author, direction="in", content=ticket["description"], channel="WEB", opening=True,
            mail=mail, announce=False,
        )  # fmt: skip
    desk.announce_new(call.world, ticket, thread, source_id=call.actor.source_id)
    if thread:
        threads.announce_thread(call.world, ticket, thread, source_id=call.actor.source_id)
    return ok(shapes.ticket(call.world, ticket, call.include))


def _contact_of(call: Call, body: Json) -> Json:
    if body.get("contactId"):
        contact = call.world.store.get("contact", str(body["contactId"]))
        if contact is None or contact["isTrashed"]:
            raise invalid("/contactId")
        return contact
    described = body.get("contact")
    if not isinstance(described, dict):
        raise invalid("/contactId", "missing")
    known = people.by_email(call.world, described["email"]) if described.get("email") else None
    return known or people.create(call.world, people.check(call.world, described), call.actor)


@routes("PATCH /tickets/<id:ticket_id>", "tickets.UPDATE")
def update_ticket(call: Call, ticket_id: str) -> Reply:
    ticket = call.ticket(ticket_id, write=True)
    changes = desk.writable(call.world, call.body())
    quiet = call.flag("disableClosureNotification")
    desk.apply(call.world, ticket, changes, call.actor, notify_closure=not quiet)
    return ok(shapes.ticket(call.world, ticket, call.include))


@routes("POST /closeTickets", "tickets.UPDATE")
def close_tickets(call: Call) -> Reply:
    """Close many; closure mails go out, nothing suppresses them."""
    found = [call.ticket(each, write=True) for each in call.ids("ids")]
    call.credits = len(found)
    for ticket in found:
        desk.close(call.world, ticket, call.actor)
    return empty_ok()


@routes("POST /tickets/updateMany", "tickets.UPDATE")
def update_many(call: Call) -> Reply:
    body = call.body()
    name = body.get("fieldName")
    if not name:
        raise invalid("/fieldName", "missing")
    value = body.get("fieldValue")
    changes = desk.writable(call.world, {"cf": {name: value}} if body.get("isCustomField") else {name: value})
    if not changes:
        raise invalid("/fieldName")
    found = [call.ticket(each, write=True) for each in call.ids("ids")]
    call.credits = (len(found) + 1) // 2
    for ticket in found:
        desk.apply(call.world, ticket, changes, call.actor)
    return no_content()


@routes("POST /tickets/<id:ticket_id>/move", "tickets.UPDATE")
def move_ticket(call: Call, ticket_id: str) -> Reply:
    ticket = call.ticket(ticket_id, write=True)
    department_id = str(call.body().get("departmentId") or "")
    if call.world.store.get("department", department_id) is None:
        raise invalid("/departmentId")
    desk.move(call.world, ticket, department_id, call.actor)
    return empty_ok()


@routes("POST /tickets/<id:ticket_id>/merge", "tickets.UPDATE")
def merge_tickets(call: Call, ticket_id: str) -> Reply:
    target = call.ticket(ticket_id, write=True)
    ids = call.ids("ids", most=5)
    if ticket_id in ids:
        raise invalid("/ids")
    sources = [call.ticket(each, write=True) for each in ids]
    desk.merge(call.world, target, sources, call.actor)
    return ok(shapes.ticket(call.world, target))


@routes("POST /tickets/moveToTrash", "tickets.DELETE", permission="delete")
def trash_tickets(call: Call) -> Reply:
    ids = call.ids("ticketIds")
    found = [call.world.store.get("ticket", each) for each in ids]
    present = [each for each in found if each and not each["isTrashed"]]
    if len(present) != len(set(ids)):
        raise invalid("/ticketIds")
    call.credits = 6 * len(ids)
    for ticket in present:
        call.may_see(ticket["departmentId"])
        if ticket["isArchived"] and call.world.on("archived_writes", "422"):
            raise unprocessable("The ticket is archived.")
        trash.trash(call.world, "Tickets", ticket, call.actor)
    return no_content()


@routes("POST /tickets/markSpam", "tickets.UPDATE")
def mark_spam(call: Call) -> Reply:
    body, ids = call.body(), call.ids("ids")
    if not isinstance(body.get("isSpam"), bool):
        raise invalid("/isSpam", "missing")
    for ticket in [call.ticket(each, write=True) for each in ids]:
        desk.mark_spam(call.world, ticket, spam=body["isSpam"], actor=call.actor)
        contact = call.world.store.get("contact", ticket["contactId"] or "")
        if body.get("contactSpam") and contact:
            people.save(call.world, contact | {"isSpam": body["isSpam"]})
    return empty_ok()


@routes("POST /tickets/deleteSpam", "tickets.DELETE", permission="delete")
def delete_spam(call: Call) -> Reply:
    """Delete spam for good, past the recycle bin; tickets that are no spam fail inside the 200."""
    results: list[tuple[str, str | None]] = []
    ids = call.ids("ticketIds")
    call.credits = len(ids)
    for ticket_id in ids:
        ticket = call.world.store.get("ticket", ticket_id)
        if ticket is None or not ticket["isSpam"]:
            results.append((ticket_id, "UNPROCESSABLE_ENTITY"))
        else:
            trash.delete_ticket(call.world, ticket)
            results.append((ticket_id, None))
    return mass(results)


@routes("POST /tickets/emptySpam", "tickets.DELETE", cost=50)
def empty_spam(call: Call) -> Reply:
    call.world.verdict.fail("forbidden call: POST /tickets/emptySpam")
    return Reply(status=202)


@routes("POST /tickets/<id:ticket_id>/markAsRead", "tickets.UPDATE")
def mark_read(call: Call, ticket_id: str) -> Reply:
    desk.save(call.world, call.ticket(ticket_id, write=True) | {"isRead": True})
    return empty_ok()


@routes("POST /tickets/<id:ticket_id>/markAsUnRead", "tickets.UPDATE")
def mark_unread(call: Call, ticket_id: str) -> Reply:
    desk.save(call.world, call.ticket(ticket_id, write=True) | {"isRead": False})
    return no_content()


@routes("GET /tickets/<id:ticket_id>/History", "tickets.READ", cost=None)
@routes("GET /tickets/<id:ticket_id>/history", "tickets.READ", cost=None)
def ticket_history(call: Call, ticket_id: str) -> Reply:
    """Answer the immutable history, newest first; official samples write the path both ways."""
    call.ticket_or_remains(ticket_id, "not_history")
    start, limit = call.page(default=10, most=50)
    wanted, field, agent_id = call.arg("eventFilter"), call.arg("fieldName"), call.arg("agentId")
    if wanted is not None and wanted not in {**history.FILTERS, **history.ACTOR_FILTERS}:
        raise invalid("/eventFilter")
    found = call.world.store.find("history", "ticket = ?", ticket_id, order="rowid DESC")
    shown = [
        each["event"]
        for each in found
        if history.matches(each, wanted)
        and (field is None or field in each["_fields"])
        and agent_id in (None, each["_agentId"])
    ]
    return listing(shown[start : start + limit])


@routes("GET /tickets/<id:ticket_id>/resolution", "tickets.READ")
def get_resolution(call: Call, ticket_id: str) -> Reply:
    ticket = call.ticket(ticket_id)
    return ok(_resolution(call, ticket)) if ticket["resolution"] else no_content()


def _resolution(call: Call, ticket: Json) -> Json:
    last = call.world.store.first("resolution_version", "ticket = ?", ticket["id"], order="rowid DESC")
    if last and ticket["resolution"]:
        return _version(last)
    return {"content": ticket["resolution"], "modifiedTime": ticket["modifiedTime"], "author": None}


def _version(entry: Json) -> Json:
    return {name: entry[name] for name in ("content", "modifiedTime", "author")}


@routes("PATCH /tickets/<id:ticket_id>/resolution", "tickets.UPDATE")
def update_resolution(call: Call, ticket_id: str) -> Reply:
    ticket = call.ticket(ticket_id, write=True)
    content = call.body().get("content")
    if not isinstance(content, str):
        raise invalid("/content", "missing")
    desk.apply(call.world, ticket, {"resolution": content}, call.actor)
    return ok(_resolution(call, call.ticket(ticket_id)))


@routes("DELETE /tickets/<id:ticket_id>/resolution", "tickets.DELETE")
def delete_resolution(call: Call, ticket_id: str) -> Reply:
    ticket = call.ticket(ticket_id, write=True)
    desk.drop_resolution(call.world, ticket, call.actor)
    return no_content()


@routes("GET /tickets/<id:ticket_id>/resolutionHistory", "tickets.READ", cost=None)
def resolution_history(call: Call, ticket_id: str) -> Reply:
    call.ticket(ticket_id)
    start, limit = call.page(default=10, most=50)
    found = call.world.store.find(
        "resolution_version", "ticket = ?", ticket_id, order="rowid DESC", limit=limit, offset=start
    )
    return listing([_version(each) for each in found])


@routes("GET /tickets/<id:ticket_id>/metrics", "tickets.READ")
def metrics(call: Call, ticket_id: str) -> Reply:
    ticket = call.ticket(ticket_id)
    sent = call.world.store.find("thread", "ticket = ? AND json_extract(doc, '$.direction') = 'out'", ticket_id)
    handlers = {each["author"]["id"]: each["author"]["name"] for each in sent}
    total = call.world.store.count("thread", "ticket = ?", ticket_id)
    return ok(
        {
            "firstResponseTime": _span(ticket["createdTime"], sent[0]["createdTime"]) if sent else "00:00 hrs",
            "totalResponseTime": _span(ticket["createdTime"], sent[-1]["createdTime"]) if sent else "00:00 hrs",
            "resolutionTime": _span(ticket["createdTime"], ticket["closedTime"])
            if ticket["closedTime"]
            else "00:00 hrs",
            "responseCount": str(len(sent)),
            "outgoingCount": str(len(sent)),
            "threadCount": str(total),
            "reopenCount": "0",
            "reassignCount": "0",
            "agentsHandled": [
                {"agentId": each, "agentName": name, "handlingTime": "00:00 hrs"} for each, name in handlers.items()
            ],
            "stagingData": [{"status": ticket["status"], "handledTime": "00:00 hrs"}],
        }
    )


def _span(start: str, end: str) -> str:
    minutes = max(0, (parse(end) - parse(start)) // 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d} hrs"


@routes("GET /tickets/<id:ticket_id>/blueprint", "tickets.READ")
def blueprint(call: Call, ticket_id: str) -> Reply:
    ticket = call.ticket(ticket_id)
    if not desk.in_blueprint(call.world, ticket):
        return no_content()
    return ok({"id": call.world.store.meta("layout_id"), "name": "Handling", "currentState": ticket["status"]})


@routes("GET /search", "contacts.READ", "tickets.READ", "tasks.READ", "search.READ", cost=None)
def search_everywhere(call: Call) -> Reply:
    """Search tickets and contacts for a text, tickets alone or contacts alone by `module`."""
    wanted, module = call.arg("searchStr"), call.arg("module")
    if module not in (None, "tickets", "contacts"):
        raise invalid("/module")
    paging = {name: value for name, value in call.query.items() if name in ("from", "limit")}
    query = paging | {"_all": wanted or ""}
    items, total = [], 0
    for each in ("tickets", "contacts") if module is None else (module,):
        found, count = search.run(call.world, each, query)
        visible = [hit for hit in found if each == "contacts" or call.sees(hit["doc"]["departmentId"])]
        items += [search.shown(call.world, each, hit) for hit in visible]
        total += count
    return listing(items, count=total)


@routes("GET /ticketsCount", "tickets.READ", "search.READ")
def count(call: Call) -> Reply:
    clauses, values = ["NOT trashed AND NOT archived"], []
    if call.arg("departmentId"):
        clauses.append("department = ?")
        values.append(call.arg("departmentId"))
    return ok({"count": str(call.world.store.count("ticket", " AND ".join(clauses), *values))})
