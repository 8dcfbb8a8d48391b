"""Tags (API reference, section 10): key `tags`, associating needs the CREATE scope, both writes may be repeated."""

from typing import Final

from zoho_emulator.desk import shapes
from zoho_emulator.desk import tickets as desk
from zoho_emulator.desk.errors import invalid
from zoho_emulator.desk.routing import Call, Reply, Routes, empty_ok, listing, no_content, ok

routes: Final = Routes()


@routes("GET /tickets/<id:ticket_id>/tags", "tickets.READ", cost=None)
def ticket_tags(call: Call, ticket_id: str) -> Reply:
    call.ticket(ticket_id)
    found = desk.tags_of(call.world, ticket_id)
    return ok({"tags": found}) if found else no_content()


def _names(call: Call) -> list[str]:
    names = call.body().get("tags")
    if names is None:
        raise invalid("/tags", "missing")
    if not isinstance(names, list) or not names or any(not isinstance(n, str) or not 1 <= len(n) <= 100 for n in names):
        raise invalid("/tags")
    return names


@routes("POST /tickets/<id:ticket_id>/associateTag", "tickets.CREATE")
def associate(call: Call, ticket_id: str) -> Reply:
    ticket = call.ticket(ticket_id, write=True)
    return ok({"data": desk.add_tags(call.world, ticket, _names(call), call.actor)})


@routes("POST /tickets/<id:ticket_id>/dissociateTag", "tickets.CREATE")
def dissociate(call: Call, ticket_id: str) -> Reply:
    desk.remove_tags(call.world, call.ticket(ticket_id, write=True), _names(call), call.actor)
    return empty_ok()


@routes("GET /ticketTags", "tickets.READ", cost=None)
def department_tags(call: Call) -> Reply:
    department_id = call.arg("departmentId")
    if department_id is None:
        raise invalid("/departmentId", "missing")
    call.may_see(department_id)
    start, limit = call.page(default=10, most=100)
    links = "tag = ? AND ticket IN (SELECT id FROM ticket WHERE department = ?)"
    counted = [
        each | {"ticketCount": str(call.world.store.count("ticket_tag", links, each["id"], department_id))}
        for each in call.world.store.find("tag")
    ]
    held = [each for each in counted if each["ticketCount"] != "0"]
    return listing(held[start : start + limit])


@routes("GET /tags/search", "tickets.READ", cost=None)
def search_tags(call: Call) -> Reply:
    wanted = call.arg("searchVal") or ""
    if len(wanted.strip("*")) < 3:
        raise invalid("/searchVal")
    needle = wanted.strip("*").casefold()
    start, limit = call.page(default=10, most=100)
    found = [each for each in call.world.store.find("tag") if needle in each["name"].casefold()]
    return listing(found[start : start + limit])


@routes("PATCH /tags/<id:tag_id>/replace", "tickets.UPDATE")
def replace_tag(call: Call, tag_id: str) -> Reply:
    """Put another tag in the place of one, on all its tickets; the first is gone afterwards."""
    old, store = call.record("tag", tag_id), call.world.store
    other = store.get("tag", str(call.body().get("id") or ""))
    if other is None or other["id"] == tag_id:
        raise invalid("/id")
    for link in store.find("ticket_tag", "tag = ?", tag_id):
        ticket = call.world.need("ticket", link["ticketId"])
        desk.remove_tags(call.world, ticket, [old["name"]], call.actor)
        desk.add_tags(call.world, ticket, [other["name"]], call.actor)
    store.remove("tag", "id = ?", tag_id)
    return no_content()


@routes("GET /tags/<id:tag_id>/tickets", "tickets.READ", cost=None)
def tagged_tickets(call: Call, tag_id: str) -> Reply:
    call.record("tag", tag_id)
    start, limit = call.page(default=10, most=100)
    where = "id IN (SELECT ticket FROM ticket_tag WHERE tag = ?) AND NOT trashed"
    found = call.world.store.find("ticket", where, tag_id, limit=limit, offset=start)
    visible = [each for each in found if call.sees(each["departmentId"])]
    return listing([shapes.ticket_item(call.world, each, call.fields, call.include) for each in visible])
