"""The CRM's records: made by the bench, found, changed and deleted by the API. Each organisation sees its own only.

A deleted record leaves every read at once and lies in the CRM's own bin, which API v2 cannot empty: it is kept here
with `_deleted`, so that `stored` tells what really remains.
"""

from typing import Any, Final

from zoho_emulator.crm.catalogue import FIELDS, MANDATORY, PARENT, PEOPLE
from zoho_emulator.desk.state import World
from zoho_emulator.store import Json, folded

PER_PAGE: Final = 200
TABLE: Final = "crm_record"


class Refused(Exception):  # noqa: N818  named as what the CRM does
    """The CRM's error answer: `{"code", "details", "message", "status": "error"}` with an HTTP status."""

    def __init__(self, status: int, code: str, details: Json | None = None, message: str = "") -> None:
        self.status = status
        self.body: Json = {
            "code": code,
            "details": details or {},
            "message": message or code.lower().replace("_", " "),
            "status": "error",
        }
        super().__init__(code)


def add(world: World, org: str, module: str, values: Json, parent: str | None = None) -> Json:
    """Make a record. Raises ValueError: the module is unknown or the parent is not there."""
    if module not in FIELDS:
        raise ValueError(f"module is one of {', '.join(FIELDS)}")
    now = world.now()
    document: Json = {
        "id": world.new_id(), "Owner": {"name": "Robin Vale", "id": "4150868000000225013"},
        **values, "Created_Time": _time(now), "Modified_Time": _time(now),
        "_org": org, "_module": module, "_parent": parent, "_deleted": False,
    }  # fmt: skip
    if parent is not None:
        owner = world.store.get(TABLE, parent)
        if owner is None or owner["_org"] != org:
            raise ValueError("parent is no record of this organisation")
        document[PARENT[module]] = {"id": parent}
    return world.store.put(TABLE, _named(document))


def _named(document: Json) -> Json:
    if document["_module"] in PEOPLE:
        document["Full_Name"] = _name(document)
    return document


def _name(document: Json) -> str:
    return " ".join(part for part in (document.get("First_Name"), document.get("Last_Name")) if part)


def _time(moment: str) -> str:
    """Return the CRM's way of writing a moment: whole seconds with an offset."""
    return f"{moment[:19]}+00:00"


def live(world: World, org: str, module: str, record_id: str) -> Json | None:
    """Return a record that reads show, or None."""
    found = world.store.get(TABLE, record_id)
    if found is None or found["_deleted"] or (found["_org"], found["_module"]) != (org, module):
        return None
    return found


def by_email(world: World, org: str, module: str, email: str) -> list[Json]:
    wanted = folded(email)
    return world.store.find(
        TABLE, "org = ? AND module = ? AND NOT deleted AND (email = ? OR secondary = ?)", org, module, wanted, wanted
    )


def every(world: World, org: str, module: str) -> list[Json]:
    return world.store.find(TABLE, "org = ? AND module = ? AND NOT deleted", org, module)


def related(world: World, org: str, module: str, parent: str) -> list[Json]:
    return world.store.find(TABLE, "org = ? AND module = ? AND NOT deleted AND parent = ?", org, module, parent)


def page_of(world: World, found: list[Json], page: int, per_page: int) -> Json | None:
    """Return one page with its `info`, None where there is nothing on it."""
    first = (page - 1) * per_page
    rows = found[first : first + per_page]
    if not rows:
        return None
    more = len(found) > first + per_page
    info = {"per_page": per_page, "count": len(rows), "page": page, "more_records": more}
    return {"data": [public(world, each) for each in rows], "info": info}


def public(world: World, document: Json) -> Json:
    """Return what reads show: every field of the module, those without a value as null, look-ups with today's name."""
    shown: Json = {name: document.get(name) for name, _ in FIELDS[document["_module"]]}
    shown |= {name: value for name, value in document.items() if not name.startswith("_")}
    look_up = PARENT.get(document["_module"], "")
    if shown.get(look_up):
        shown[look_up] = shown[look_up] | {"name": _name(world.need(TABLE, shown[look_up]["id"]))}
    return {"id": document["id"]} | shown


def update(world: World, document: Json, values: Json) -> Json:
    """Change a record and return the action's answer. Raises Refused: a mandatory field, or no e-mail address."""
    for name, value in values.items():
        if value in (None, "") and name in MANDATORY.get(document["_module"], ()):
            raise Refused(400, "MANDATORY_NOT_FOUND", {"api_name": name})
        if name in ("Email", "Secondary_Email") and value and "@" not in str(value):
            raise Refused(400, "INVALID_DATA", {"api_name": name, "expected_data_type": "email"})
    changed = {name: value or None if isinstance(value, str) else value for name, value in values.items()}
    document = document | changed | {"id": document["id"], "Modified_Time": _time(world.now())}
    world.store.put(TABLE, _named(document))
    details = {"Modified_Time": document["Modified_Time"], "Created_Time": document["Created_Time"],
               "id": document["id"]}  # fmt: skip
    return succeeded("record updated", details)


def delete(world: World, document: Json) -> Json:
    """Put a record into the CRM's bin, its notes with it; what else hung on it loses the look-up."""
    world.store.put(TABLE, document | {"_deleted": True})
    for each in world.store.find(TABLE, "parent = ? AND NOT deleted", document["id"]):
        if each["_module"] == "Notes":
            world.store.put(TABLE, each | {"_deleted": True})
        else:
            world.store.put(TABLE, each | {PARENT[each["_module"]]: None, "_parent": None})
    return succeeded("record deleted", {"id": document["id"]})


def succeeded(message: str, details: Json) -> Json:
    return {"data": [{"code": "SUCCESS", "details": details, "message": message, "status": "success"}]}


def stored(world: World, needle: str) -> list[Json]:
    """Return every place of the CRM in which a text is still stored, the bin included."""
    wanted = needle.casefold()
    return [
        {"org": each["_org"], "module": each["_module"], "recordId": each["id"], "field": name,
         "where": "bin" if each["_deleted"] else "live"}
        for each in world.store.find(TABLE)
        for name, value in each.items()
        if not name.startswith("_") and wanted in _text(value).casefold()
    ]  # fmt: skip


def _text(value: Any) -> str:
    return " ".join(map(_text, value.values())) if isinstance(value, dict) else str(value or "")
