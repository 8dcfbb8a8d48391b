"""What a portal starts with: organisation, departments, agents, fields, credentials; and sample customers.

Every person is invented and lives at an example domain.
"""

from typing import Final

from zoho_emulator.accounts import tokens
from zoho_emulator.clock import DAY_MS, iso
from zoho_emulator.crm.catalogue import SCOPES as CRM_SCOPES
from zoho_emulator.desk import mail, plant
from zoho_emulator.desk.routes import all_routes
from zoho_emulator.desk.state import World
from zoho_emulator.store import Json

CLIENT_ID: Final = "1000.EMULATOR"
CLIENT_SECRET: Final = "emulator-secret"  # noqa: S105  a published trial value
REFRESH_TOKEN: Final = "1000.emulator-refresh"  # noqa: S105  a published trial value
ACTIONS: Final = (
    "Send verification", "Mark verified", "Propose erasure", "Approve plan", "Refuse", "Export", "Not a request",
    "Place hold", "Lift hold", "Close case", "Route to client",
    "Send answer", "Extend", "Propose correction", "Lift restriction", "Confirm child", "Accept mandate",
    "Ask back",
)  # fmt: skip
STATUSES: Final = (("Open", "Open"), ("On Hold", "On Hold"), ("Escalated", "Open"), ("Resolved", "Closed"))
DEPARTMENTS: Final = (("Support", "support@desk.example.com"), ("Privacy", "privacy@desk.example.com"))
AGENTS: Final = (
    ("Robin", "Adler", "robin.adler@desk.example.com", "Admin"),
    ("Kim", "Berg", "kim.berg@desk.example.com", "AgentPublic"),
    ("Sascha", "Conrad", "sascha.conrad@desk.example.com", "AgentPublic"),
)


def portal(world: World) -> None:
    """Set up organisation, departments, agents, fields, addresses and the OAuth client. Without customers."""
    now = world.now()
    world.store.set_meta("layout_id", world.new_id())
    world.store.set_meta("org", _organisation(world))
    center = {"id": world.new_id(), "name": "Help", "url": "https://help.desk.example.com", "status": "ACTIVE"}
    world.store.set_meta("help_center", center)
    department_ids = [add_department(world, name, address, now) for name, address in DEPARTMENTS]
    agent_ids = [add_agent(world, *each, department_ids) for each in AGENTS]
    for order, department_id in enumerate(department_ids):
        department = world.need("department", department_id)
        world.store.put("department", department | {"creatorId": agent_ids[0], "isDefault": order == 0})
    _fields(world)
    world.store.set_meta("client_id", CLIENT_ID)
    world.store.put("oauth_client", {"id": CLIENT_ID, "secret": CLIENT_SECRET})
    tokens.add_refresh_token(world, agent_id=agent_ids[0], scopes=known_scopes(), token=REFRESH_TOKEN)


def known_scopes() -> list[str]:
    """Return all scopes that a route may ask for, those included that only a switch makes it ask for."""
    webhooks = {f"Desk.webhooks.{each}" for each in ("READ", "CREATE", "UPDATE", "DELETE")}
    return sorted({scope for route in all_routes() for scope in route.scopes} | webhooks | set(CRM_SCOPES))


def _organisation(world: World) -> Json:
    return {
        "id": str(world.chance.randrange(600_000_000, 900_000_000)),
        "companyName": "Acme Example Ltd",
        "portalName": "acme",
        "portalURL": "https://desk.zoho.eu/portal/acme/home",
        "isDefault": True,
        "isAdminInOrg": True,
        "isSandboxPortal": False,
        "currencyCode": "EUR",
        "primaryContact": "robin.adler@desk.example.com",
        "employeeCount": "3",
        "alias": None,
        "country": None,
    }


def add_department(world: World, name: str, address: str, now: str, *, department_id: str | None = None) -> str:
    department_id = department_id or world.new_id()
    world.store.put(
        "department",
        {
            "id": department_id,
            "name": name,
            "sanitizedName": name.lower(),
            "nameInCustomerPortal": name,
            "description": None,
            "isEnabled": True,
            "isDefault": False,
            "isVisibleInCustomerPortal": True,
            "isAssignToTeamEnabled": False,
            "hasLogo": False,
            "chatStatus": "DISABLED",
            "creatorId": None,
            "createdTime": now,
            "_address": address,
        },
    )
    for sender, verified in ((address, True), (f"unverified.{address}", False)):
        world.store.put(
            "from_address",
            {
                "id": world.new_id(),
                "address": sender,
                "displayName": f"Acme {name}",
                "departmentId": department_id,
                "isActive": True,
                "isVerified": verified,
                "isSmtpEnabled": False,
                "createdTime": now,
                "modifiedTime": now,
            },
        )
    return department_id


def add_agent(
    world: World,
    first: str,
    last: str,
    email: str,
    role: str,
    department_ids: list[str],
    *,
    agent_id: str | None = None,
) -> str:
    agent_id = agent_id or world.new_id()
    admin = role == "Admin"
    world.store.put(
        "agent",
        {
            "id": agent_id,
            "firstName": first,
            "lastName": last,
            "name": f"{first} {last}",
            "emailId": email,
            "status": "ACTIVE",
            "isConfirmed": True,
            "rolePermissionType": role,
            "roleId": world.new_id(),
            "profileId": world.new_id(),
            "zuid": world.new_id(),
            "photoURL": None,
            "phone": "",
            "mobile": "",
            "extn": "",
            "timeZone": "Europe/Berlin",
            "langCode": "en_US",
            "countryCode": "en_US",
            "associatedDepartmentIds": department_ids,
            "associatedChatDepartmentIds": [],
            "_permissions": {"webhooks": admin, "recycleBin": admin, "delete": admin},
        },
    )
    return agent_id


def _fields(world: World) -> None:
    statuses = [{"value": name, "statusType": kind} for name, kind in STATUSES]
    actions = [{"value": each} for each in ACTIONS]
    add_field(world, "tickets", "subject", "Subject", "Text", longest=1000, mandatory=True)
    add_field(world, "tickets", "description", "Description", "Textarea", longest=65535)
    add_field(world, "tickets", "status", "Status", "Picklist", allowed=statuses, mandatory=True)
    for name, label, kind in (
        ("contactId", "Contact Name", "LookUp"), ("email", "Email", "Email"), ("phone", "Phone", "Phone"),
        ("priority", "Priority", "Picklist"), ("classification", "Classification", "Picklist"),
        ("category", "Category", "Picklist"), ("subCategory", "Sub Category", "Picklist"),
        ("channel", "Channel", "Picklist"), ("language", "Language", "Picklist"), ("dueDate", "Due Date", "DateTime"),
        ("assigneeId", "Ticket Owner", "LookUp"), ("departmentId", "Department", "LookUp"),
        ("resolution", "Resolution", "Textarea"), ("productId", "Product", "LookUp"),
        ("accountId", "Account", "LookUp"),
    ):  # fmt: skip
        add_field(world, "tickets", name, label, kind)
    add_field(world, "tickets", "cf_privacy_action", "Privacy Action", "Picklist", allowed=actions, custom=True)
    add_field(world, "tickets", "cf_privacy_state", "Privacy State", "Text", custom=True)
    for name, label, kind in (
        ("firstName", "First Name", "Text"), ("email", "Email", "Email"),
        ("secondaryEmail", "Secondary Email", "Email"),
        ("phone", "Phone", "Phone"), ("mobile", "Mobile", "Phone"), ("street", "Street", "Text"),
        ("description", "Description", "Textarea"),
    ):  # fmt: skip
        add_field(world, "contacts", name, label, kind)
    add_field(world, "contacts", "lastName", "Last Name", "Text", longest=200, mandatory=True)
    add_field(world, "contacts", "cf_customer_number", "Customer Number", "Text", custom=True)


def add_field(
    world: World, module: str, name: str, label: str, kind: str, *, longest: int = 255, mandatory: bool = False,
    custom: bool = False, allowed: list[Json] | None = None,
) -> None:  # fmt: skip
    field: Json = {
        "id": world.new_id(),
        "module": module,
        "apiName": name,
        "name": name,
        "displayLabel": label,
        "i18NLabel": label,
        "type": kind,
        "isCustomField": custom,
        "isMandatory": mandatory,
        "isEncryptedField": False,
        "maxLength": longest,
    }
    if allowed is not None:
        field["allowedValues"] = allowed
    world.store.put("field", field)
    world.forget_fields()


def describe(world: World) -> Json:
    """Return what a client needs to begin: ids, addresses, credentials, picklist values."""
    departments = world.store.find("department")
    action = world.field("tickets", "cf_privacy_action")
    return {
        "orgId": world.org_id(),
        "url": world.base_url,
        "apiBase": f"{world.base_url}/api/v1",
        "accountsBase": world.base_url,
        "departments": [{"id": each["id"], "name": each["name"], "address": each["_address"]} for each in departments],
        "agents": [
            {
                "id": each["id"],
                "name": each["name"],
                "email": each["emailId"],
                "admin": each["rolePermissionType"] == "Admin",
            }
            for each in world.store.find("agent")
        ],
        "fromAddresses": [
            {name: each[name] for name in ("id", "address", "departmentId", "isVerified")}
            for each in world.store.find("from_address")
        ],
        "oauth": {
            "clientId": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
            "refreshToken": REFRESH_TOKEN,
            "scopes": known_scopes(),
        },
        "statuses": [{"name": name, "type": kind} for name, kind in world.statuses().items()],
        "fields": {
            "cf_privacy_action": [each["value"] for each in (action or {}).get("allowedValues", [])],
            "cf_privacy_state": [],
        },
    }


# Mail that no person wrote, by the headers that tell: an absence note, a bounce, a newsletter.
MACHINES: Final = (
    (5, {"from": "ben.orlov@example.org", "fromName": "Ben Orlov", "subject": "Automatic reply: your ticket",
         "text": "I am away until Monday.", "headers": {"Auto-Submitted": "auto-replied", "X-Autoreply": "yes"}}),
    (4, {"from": "mailer-daemon@example.org", "fromName": "Mail Delivery", "subject": "Undelivered mail",
         "text": "The mailbox does not exist.",
         "headers": {"Return-Path": "<>", "Auto-Submitted": "auto-replied", "X-Failed-Recipients": "ada@example.org",
                     "Content-Type": 'multipart/report; report-type=delivery-status; boundary="b"'}}),
    (3, {"from": "news@example.org", "fromName": "Example News", "subject": "What is new this month",
         "text": "Read on.", "headers": {"List-Id": "News <news.example.org>", "Precedence": "bulk"}}),
)  # fmt: skip


def demo(world: World) -> None:
    """Add a few invented customers with a past, so that a new portal has something to look at."""
    _customers(world)
    with world.quiet():
        for days, order in MACHINES:
            with world.pretending(world.now_ms() - days * DAY_MS):
                mail.receive(world, {"to": "support@desk.example.com", "deliverWebhook": False, **order})


def _customers(world: World) -> None:
    now = world.now_ms()

    def ago(days: int) -> str:
        return iso(now - days * DAY_MS)

    plant.plant(
        world,
        {
            "contacts": [
                {"firstName": "Ada", "lastName": "Moss", "email": "ada.moss@example.net", "createdTime": ago(900),
                 "phone": "+49 30 5550100", "portalUser": True},
                {"firstName": "Ada", "lastName": "Mosse", "email": "ada.mosse@example.net", "createdTime": ago(700)},
                {"firstName": "Ben", "lastName": "Orlov", "email": "ben.orlov@example.org", "createdTime": ago(400)},
            ],
            "tickets": [
                {"contact": "ada.moss@example.net", "subject": "Wrong invoice", "createdTime": ago(880),
                 "closedTime": ago(870), "threads": [
                     {"content": "<div>My invoice carries the wrong street, I live in Lindenweg 7.</div>"},
                     {"direction": "out", "content": "<div>Corrected.</div>", "createdTime": ago(875)}]},
                {"contact": "ben.orlov@example.org", "subject": "Password reset", "createdTime": ago(30),
                 "threads": [{"content": "<div>I cannot sign in any more.</div>"}]},
            ],
        },
    )  # fmt: skip
