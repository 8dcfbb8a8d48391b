"""The recycle bin (API reference, section 15): 60 days, restore with children, permanent deletion with children."""

from typing import Final

from zoho_emulator.desk import shapes, trash
from zoho_emulator.desk.errors import invalid
from zoho_emulator.desk.routing import Call, Reply, Routes, listing, mass
from zoho_emulator.store import Json

routes: Final = Routes()
MODULES: Final = ("accounts", "contacts", "tickets", "tasks", "timeEntry", "calls", "events", "contracts", "products",
                  "topics", "solutions")  # fmt: skip
SORTS: Final = {"name": "displayName", "type": "type", "department": "departmentId", "deletedBy": "deletedById",
                "deletedTime": "deletedTime"}  # fmt: skip


@routes("GET /recycleBin", "settings.READ", cost=None, permission="recycleBin", refusal="UNAUTHORIZED")
def list_bin(call: Call) -> Reply:
    start, limit = call.page(default=10, most=100)
    module = call.arg("module")
    if module is not None and module not in MODULES:
        raise invalid("/module")
    sort = call.arg("sortBy") or "-deletedTime"
    name = sort.removeprefix("-")
    if name not in SORTS:
        raise invalid("/sortBy")
    column = "deleted" if name == "deletedTime" else f"json_extract(doc, '$.{SORTS[name]}')"
    order = f"{column} {'DESC' if sort.startswith('-') else 'ASC'}, rowid"
    clauses: list[str] = ["visible_at <= ?"]
    values: list[str | int] = [call.world.clock.now_ms()]
    for wanted, clause in ((module, "kind = lower(?)"), (call.arg("departmentId"), "department = ?")):
        if wanted:
            clauses.append(clause)
            values.append(wanted)
    found = call.world.store.find("bin", " AND ".join(clauses), *values, order=order, limit=limit, offset=start)
    return listing([_shown(call, each) for each in found])


def _shown(call: Call, entry: Json) -> Json:
    shown = shapes.public(entry)
    if "deletedBy" in call.include:
        agent = call.world.store.get("agent", entry["deletedById"])
        shown["deletedBy"] = shapes.small_agent(agent) if agent else None
    if "department" in call.include:
        home = call.world.store.get("department", entry["departmentId"] or "")
        shown["department"] = {"id": home["id"], "name": home["name"]} if home else None
    return shown


def _entry(call: Call, bin_id: str) -> Json | None:
    entry = call.world.store.get("bin", bin_id)
    return entry if entry and trash.visible(call.world, entry) else None


@routes("POST /recycleBin/delete", "settings.UPDATE", permission="recycleBin", refusal="UNAUTHORIZED")
def delete(call: Call) -> Reply:
    ids = call.ids("ids")
    call.credits = call.world.switches.number("bin_delete_credits") * len(ids)
    results: list[tuple[str, str | None]] = []
    for bin_id in ids:
        entry = _entry(call, bin_id)
        if entry:
            trash.delete(call.world, entry, call.actor)
        results.append((bin_id, None if entry else "UNPROCESSABLE_ENTITY"))
    return mass(results)


@routes("POST /recycleBin/restore", "settings.UPDATE", permission="recycleBin", refusal="UNAUTHORIZED")
def restore(call: Call) -> Reply:
    ids = call.ids("ids")
    call.credits = 6 * len(ids)
    results: list[tuple[str, str | None]] = []
    for bin_id in ids:
        entry = _entry(call, bin_id)
        if entry:
            trash.restore(call.world, entry, call.actor)
        results.append((bin_id, None if entry else "UNPROCESSABLE_ENTITY"))
    return mass(results)


@routes("POST /recycleBin/deleteAll", "settings.UPDATE", cost=50, permission="recycleBin")
def delete_all(call: Call) -> Reply:
    call.world.verdict.fail("forbidden call: POST /recycleBin/deleteAll")
    return Reply(status=202)


@routes("POST /recycleBin/restoreAll", "settings.UPDATE", cost=50, permission="recycleBin")
def restore_all(call: Call) -> Reply:
    call.world.verdict.fail("forbidden call: POST /recycleBin/restoreAll")
    return Reply(status=202)
