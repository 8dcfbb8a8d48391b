"""Setup reads: organisation, plan, agents, departments, fields, from addresses (API reference, section 18)."""

from typing import Final

from zoho_emulator.clock import DAY_MS
from zoho_emulator.desk.errors import invalid, not_found
from zoho_emulator.desk.routing import Call, Reply, Routes, listing, ok
from zoho_emulator.desk.shapes import public
from zoho_emulator.store import Json

routes: Final = Routes()
BASIC: Final = ("settings.READ", "basic.READ")


@routes("GET /organizations", "basic.READ", "settings.READ")
def organizations(call: Call) -> Reply:
    return ok({"data": [call.world.org() | {"edition": call.world.switches["edition"]}]})


@routes("GET /accessibleOrganizations", "basic.READ", "settings.READ")
def accessible_organizations(call: Call) -> Reply:
    return organizations(call)


@routes("GET /organizations/<id:org_id>", "basic.READ", "settings.READ")
def organization(call: Call, org_id: str) -> Reply:
    if org_id != call.world.org_id():
        raise not_found()
    return ok(call.world.org() | {"edition": call.world.switches["edition"]})


@routes("GET /licenses/plan")
def plan(call: Call) -> Reply:
    edition = call.world.switches["edition"]
    return ok(
        {
            "planName": edition.capitalize(),
            "planCode": edition,
            "planStatus": "ACTIVE",
            "expiryDate": call.world.now_ms() + 365 * DAY_MS,
            "billingCycle": "MONTHLY",
            "previousPlanCode": None,
        }
    )


@routes("GET /myinfo", *BASIC)
def my_info(call: Call) -> Reply:
    agent = public(call.agent)
    departments = [call.record("department", each) for each in agent["associatedDepartmentIds"]]
    allowed = [name for name, held in call.agent["_permissions"].items() if held]
    agent["associatedDepartments"] = [{"id": each["id"], "name": each["name"]} for each in departments]
    agent["profile"] = {
        "id": agent["profileId"],
        "name": "Support Administrator" if agent["rolePermissionType"] == "Admin" else "Agent",
        "type": "ADMIN" if agent["rolePermissionType"] == "Admin" else "STANDARD",
        "adminProfile": agent["rolePermissionType"] == "Admin",
        "allowedPermissionNames": allowed,
    }
    agent["role"] = {"id": agent["roleId"], "name": "CEO", "adminRole": agent["rolePermissionType"] == "Admin"}
    return ok(agent)


@routes("GET /agents", *BASIC, cost=None)
def agents(call: Call) -> Reply:
    start, limit = call.page(default=10, most=200)
    wanted = (call.arg("searchStr") or "").strip("*").casefold()
    found = [
        public(each)
        for each in call.world.store.find("agent")
        if wanted in f"{each['name']} {each['emailId']}".casefold() and call.arg("status") in (None, each["status"])
    ]
    return listing(found[start : start + limit])


@routes("GET /agents/<id:agent_id>", *BASIC)
def agent(call: Call, agent_id: str) -> Reply:
    return ok(public(call.record("agent", agent_id)))


@routes("GET /departments", *BASIC, cost=None)
def departments(call: Call) -> Reply:
    start, limit = call.page(default=10, most=200)
    wanted = (call.arg("searchStr") or "").strip("*").casefold()
    found = [
        public(each)
        for each in call.world.store.find("department")
        if wanted in each["name"].casefold() and call.arg("isEnabled") in (None, str(each["isEnabled"]).lower())
    ]
    return listing(found[start : start + limit])


@routes("GET /departments/<id:department_id>", *BASIC)
def department(call: Call, department_id: str) -> Reply:
    return ok(public(call.record("department", department_id)))


@routes("GET /departments/<id:department_id>/agents", *BASIC, cost=None)
def department_agents(call: Call, department_id: str) -> Reply:
    call.record("department", department_id)
    start, limit = call.page(default=10, most=200)
    found = [
        public(each)
        for each in call.world.store.find("agent")
        if department_id in each["associatedDepartmentIds"] and each["status"] != "DELETED"
    ]
    return listing(found[start : start + limit])


@routes("GET /organizationFields", "settings.READ", cost=None)
def organization_fields(call: Call) -> Reply:
    return listing(_fields(call))


@routes("GET /fields", "settings.READ", cost=None)
def old_fields(call: Call) -> Reply:
    if call.world.on("old_fields_route", "404"):
        raise not_found()
    return listing(_fields(call))


def _fields(call: Call) -> list[Json]:
    module = call.arg("module")
    if module not in ("tickets", "contacts"):
        raise invalid("/module", "missing" if module is None else "invalid")
    return [{name: value for name, value in each.items() if name != "module"} for each in call.world.fields(module)]


@routes("GET /mailReplyAddress", *BASIC, cost=None)
def from_addresses(call: Call) -> Reply:
    department_id = call.arg("departmentId")
    if department_id is None:
        raise invalid("/departmentId", "missing")
    start, limit = call.page(default=10, most=200)
    found = call.world.store.find("from_address", "department = ?", department_id, limit=limit, offset=start)
    return listing([public(each) for each in found])
