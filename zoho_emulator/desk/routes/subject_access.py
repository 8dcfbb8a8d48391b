"""Zoho's own subject access requests (API reference, section 14): asynchronous export and erase.

What `erase` does to a record is not established; the switch `sar_erase_effect` has every guess.
"""

from typing import Final

from zoho_emulator.clock import parse
from zoho_emulator.desk import people, shapes, tickets, trash
from zoho_emulator.desk.errors import ApiError, invalid, not_found
from zoho_emulator.desk.outbox import ADDRESS
from zoho_emulator.desk.routing import Call, Reply, Routes, listing, ok
from zoho_emulator.desk.state import SYSTEM, World
from zoho_emulator.store import Json

routes: Final = Routes()
BASE: Final = "/subjectAccessRequests"
MODULES: Final = ("tickets", "contacts", "allEntities")
LABELS: Final = {"Last Name": "lastName", "First Name": "firstName", "Email": "email", "Phone": "phone",
                 "Subject": "subject", "Status": "status", "Created Time": "createdTime"}  # fmt: skip


def _allowed(call: Call) -> None:
    if call.request.method == "POST":
        call.credits = call.world.switches.number("sar_credits")
    if call.world.on("sar_edition", "403"):
        edition = call.world.switches["edition"]
        raise ApiError("LICENSE_ACCESS_LIMITED", feature="SUBJECT_ACCESS_REQUEST", editionType=edition)


def _email(body: Json) -> str:
    email = body.get("contactEmailId")
    if not isinstance(email, str) or not ADDRESS.fullmatch(email):
        raise invalid("/contactEmailId", "missing" if email is None else "invalid")
    return email


def _module(value: str | None) -> str:
    if value not in MODULES:
        raise invalid("/module", "missing" if value is None else "invalid")
    return str(value)


def _matches(document: Json, conditions: list[Json]) -> bool:
    for condition in conditions:
        name = LABELS.get(str(condition.get("fieldName")))
        if name is None:
            raise invalid("/fieldConditions")
        held, wanted = str(document.get(name) or ""), [str(each) for each in condition.get("value") or []]
        test = condition.get("condition")
        passed = {
            "is": held in wanted,
            "isn't": held not in wanted,
            "starts with": any(held.startswith(each) for each in wanted),
            "is empty": not held,
            "is before": bool(wanted) and held < wanted[0],
            "between": len(wanted) == 2 and wanted[0] <= held <= wanted[1],
        }
        if test not in passed:
            raise invalid("/fieldConditions")
        if not passed[test]:
            return False
    return True


def _records(world: World, email: str, module: str, conditions: list[Json]) -> list[tuple[str, Json]]:
    """Return ("Tickets" or "Contacts", record) of a person, by exact address."""
    persons = world.store.find("contact", "(email = lower(?) OR secondary = lower(?)) AND NOT trashed", email, email)
    found: list[tuple[str, Json]] = []
    if module in ("tickets", "allEntities"):
        ids = [each["id"] for each in persons]
        marks = ", ".join("?" * len(ids))
        where = f"(email = lower(?) OR contact IN ({marks})) AND NOT trashed"
        found += [("Tickets", each) for each in world.store.find("ticket", where, email, *ids)]
    if module in ("contacts", "allEntities"):
        found += [("Contacts", each) for each in persons]
    return [(kind, each) for kind, each in found if _matches(each, conditions)]


@routes(f"GET {BASE}/fieldsAndConditions", "settings.READ")
def fields_and_conditions(call: Call) -> Reply:
    _allowed(call)
    module = _module(call.arg("module"))
    conditions = ("is", "isn't", "starts with", "is empty", "is before", "between")
    return ok(
        {
            "name": module,
            "displayLabel": module.capitalize(),
            "fieldDetails": [
                {
                    "apiName": name,
                    "fieldLabel": label,
                    "i18NLabel": label,
                    "type": "Text",
                    "columnName": name.upper(),
                    "availableConditions": [
                        {"condition": each, "i18NCondition": each, "value": []} for each in conditions
                    ],
                }
                for label, name in LABELS.items()
            ],
        }
    )


@routes(f"POST {BASE}/count", "settings.READ")
def count(call: Call) -> Reply:
    _allowed(call)
    body = call.body()
    found = _records(call.world, _email(body), _module(body.get("module")), body.get("fieldConditions") or [])
    return ok({"count": str(len(found))})


@routes(f"POST {BASE}/entities", "settings.READ")
def entities(call: Call) -> Reply:
    if call.world.on("sar_entities_route", "404"):
        raise not_found()
    _allowed(call)
    body = call.body()
    found = _records(call.world, _email(body), _module(body.get("module")), body.get("fieldConditions") or [])
    start, limit = int(body.get("from", 1)), int(body.get("limit", 10))
    if start < 1 or not 1 <= limit <= 50:
        raise invalid("/from")
    shown = [
        shapes.ticket(call.world, each) if kind == "Tickets" else shapes.contact(call.world, each)
        for kind, each in found
    ]
    return listing(shown[start - 1 : start - 1 + limit])


def _start(call: Call, request_type: str, record_type: str) -> Reply:
    _allowed(call)
    body = call.body()
    email = _email(body)
    module = None
    if record_type == "ALL":
        module = _module(body.get("module"))
        ids = [each["id"] for _, each in _records(call.world, email, module, body.get("fieldConditions") or [])]
    else:
        ids = call.ids("ids")
    world = call.world
    document: Json = {
        "id": world.new_id(),
        "sarNumber": str(world.next_number("sar", 1)),
        "requestType": request_type,
        "recordType": record_type,
        "module": module,
        "status": "INITIATED",
        "contactEmailId": email,
        "referenceTicketNumber": body.get("referenceTicketNumber"),
        "query": body.get("fieldConditions"),
        "downloadURL": None,
        "createdTime": world.now(),
        "modifiedTime": world.now(),
        "createdById": call.agent["id"],
        "modifiedById": call.agent["id"],
        "_ids": ids,
    }
    world.store.put("sar", document)
    world.plan_in("sar", document["id"], seconds=world.switches.number("sar_step_seconds"))
    return ok(_shown(world, document))


def step(world: World, sar_id: str) -> None:
    """Take a request one status further; called by the agenda."""
    document = world.need("sar", sar_id)
    if document["status"] == "INITIATED":
        world.store.put("sar", document | {"status": "INPROGRESS", "modifiedTime": world.now()})
        world.plan_in("sar", sar_id, seconds=world.switches.number("sar_step_seconds"))
        return
    erasing = document["requestType"] == "ERASURE_REQUEST"
    owned = {each["id"]: (kind, each) for kind, each in _records(world, document["contactEmailId"], "allEntities", [])}
    done = 0
    for record_id in document["_ids"]:
        if record_id in owned:
            done += 1
            if erasing:
                _erase(world, *owned[record_id])
    full = "COMPLETED" if erasing else "EXPORTED"
    outcome = full if done == len(document["_ids"]) else (f"PARTIALLY_{full}" if done else "FAILED")
    url = None if erasing or not done else world.href(f"{BASE}/{sar_id}/download")
    world.store.put("sar", document | {"status": outcome, "downloadURL": url, "modifiedTime": world.now()})


def _erase(world: World, kind: str, record: Json) -> None:
    effect = world.switches["sar_erase_effect"]
    if kind == "Contacts" and not world.on("sar_erase_contact", "same"):
        effect = world.switches["sar_erase_contact"]
    if world.store.get("ticket" if kind == "Tickets" else "contact", record["id"]) is None:
        return
    if effect == "permanent" and kind == "Tickets":
        trash.delete_ticket(world, record)
    elif effect == "permanent":
        trash.delete_contact(world, record)
    elif effect == "trash":
        trash.trash(world, kind, record, SYSTEM)
    elif effect == "blank" and kind == "Tickets":
        blank = {"subject": "Erased", "description": "", "email": "", "phone": ""}
        tickets.apply(world, record, blank, SYSTEM, notify_closure=False)
    elif effect == "blank":
        people.update(world, record, dict.fromkeys(people.LIMITS, "") | {"lastName": "Erased"}, SYSTEM)


def _shown(world: World, document: Json) -> Json:
    shown = shapes.public(document)
    if world.on("sar_times", "epoch_ms"):
        shown |= {name: parse(document[name]) for name in ("createdTime", "modifiedTime")}
    return shown


@routes(f"POST {BASE}/export", "settings.UPDATE", permission="recycleBin", refusal="UNAUTHORIZED")
def export(call: Call) -> Reply:
    return _start(call, "ACCESS_REQUEST", "SPECIFIC")


@routes(f"POST {BASE}/exportAll", "settings.UPDATE", permission="recycleBin", refusal="UNAUTHORIZED")
def export_all(call: Call) -> Reply:
    return _start(call, "ACCESS_REQUEST", "ALL")


@routes(f"POST {BASE}/erase", "settings.UPDATE", permission="recycleBin", refusal="UNAUTHORIZED")
def erase(call: Call) -> Reply:
    return _start(call, "ERASURE_REQUEST", "SPECIFIC")


@routes(f"POST {BASE}/eraseAll", "settings.UPDATE", permission="recycleBin", refusal="UNAUTHORIZED")
def erase_all(call: Call) -> Reply:
    return _start(call, "ERASURE_REQUEST", "ALL")


@routes(f"GET {BASE}/<id:sar_id>", "settings.READ")
def get_request(call: Call, sar_id: str) -> Reply:
    _allowed(call)
    shown = _shown(call.world, call.record("sar", sar_id))
    for name in ("createdBy", "modifiedBy"):
        if name in call.include:
            shown[name] = shapes.small_agent(call.world.need("agent", shown[f"{name}Id"]))
    return ok(shown)


@routes(f"GET {BASE}/<id:sar_id>/download", "settings.READ")
def download(call: Call, sar_id: str) -> Reply:
    """Answer the export, or by switch send the caller to a web session's login page."""
    document = call.record("sar", sar_id)
    if call.world.on("sar_download", "web_session"):
        return Reply(status=302, headers={"Location": "https://accounts.zoho.eu/signin"})
    found = _records(call.world, document["contactEmailId"], "allEntities", [])
    shown = [shapes.public(each) for _, each in found if each["id"] in document["_ids"]]
    return ok({"records": shown})


@routes(f"GET {BASE}", "settings.READ", cost=None)
def list_requests(call: Call) -> Reply:
    _allowed(call)
    start, limit = call.page(default=10, most=100, first=1)
    found = call.world.store.find("sar", order="rowid DESC")
    for name in ("status", "requestType", "contactEmailId"):
        wanted = call.arg(name)
        found = [each for each in found if wanted in (None, each[name])]
    return listing([_shown(call.world, each) for each in found[start : start + limit]])
