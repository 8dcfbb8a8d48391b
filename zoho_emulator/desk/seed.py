"""What a portal starts with, and how old data gets into it without passing through time.

Every person is invented and lives at an example domain.
"""

import base64
from typing import Any, Final

from zoho_emulator.accounts import tokens
from zoho_emulator.clock import DAY_MS, iso, parse
from zoho_emulator.desk import people, search, threads, tickets
from zoho_emulator.desk.routes import all_routes
from zoho_emulator.desk.state import SYSTEM, Actor, World, agent_actor, contact_actor
from zoho_emulator.store import Json

CLIENT_ID: Final = "1000.EMULATOR"
CLIENT_SECRET: Final = "emulator-secret"  # noqa: S105  a published trial value
REFRESH_TOKEN: Final = "1000.emulator-refresh"  # noqa: S105  a published trial value
ACTIONS: Final = (
    "Send verification", "Mark verified", "Propose erasure", "Approve plan", "Refuse", "Export", "Not a request",
    "Place hold", "Lift hold", "Close case", "Route to client",
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
    department_ids = [_department(world, name, address, now) for name, address in DEPARTMENTS]
    agent_ids = [_agent(world, *each, department_ids) for each in AGENTS]
    for order, department_id in enumerate(department_ids):
        department = world.need("department", department_id)
        world.store.put("department", department | {"creatorId": agent_ids[0], "isDefault": order == 0})
    _fields(world)
    world.store.set_meta("client_id", CLIENT_ID)
    world.store.put("oauth_client", {"id": CLIENT_ID, "secret": CLIENT_SECRET})
    tokens.add_refresh_token(world, agent_id=agent_ids[0], scopes=known_scopes(), token=REFRESH_TOKEN)


def known_scopes() -> list[str]:
    return sorted({scope for route in all_routes() for scope in route.scopes})


def _organisation(world: World) -> Json:
    return {
        "id": str(world.chance.randrange(600_000_000, 900_000_000)),
        "companyName": "Acme Example Ltd",
        "portalName": "acme",
        "portalURL": "https://desk.zoho.example/portal/acme/home",
        "isDefault": True,
        "isAdminInOrg": True,
        "isSandboxPortal": False,
        "currencyCode": "EUR",
        "primaryContact": "robin.adler@desk.example.com",
        "employeeCount": "3",
        "alias": None,
        "country": None,
    }


def _department(world: World, name: str, address: str, now: str) -> str:
    department_id = world.new_id()
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


def _agent(world: World, first: str, last: str, email: str, role: str, department_ids: list[str]) -> str:
    agent_id = world.new_id()
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
    _field(world, "tickets", "subject", "Subject", "Text", longest=1000, mandatory=True)
    _field(world, "tickets", "description", "Description", "Textarea", longest=65535)
    _field(world, "tickets", "status", "Status", "Picklist", allowed=statuses, mandatory=True)
    for name, label, kind in (
        ("contactId", "Contact Name", "LookUp"), ("email", "Email", "Email"), ("phone", "Phone", "Phone"),
        ("priority", "Priority", "Picklist"), ("classification", "Classification", "Picklist"),
        ("category", "Category", "Picklist"), ("subCategory", "Sub Category", "Picklist"),
        ("channel", "Channel", "Picklist"), ("language", "Language", "Picklist"), ("dueDate", "Due Date", "DateTime"),
        ("assigneeId", "Ticket Owner", "LookUp"), ("departmentId", "Department", "LookUp"),
        ("resolution", "Resolution", "Textarea"), ("productId", "Product", "LookUp"),
        ("accountId", "Account", "LookUp"),
    ):  # fmt: skip
        _field(world, "tickets", name, label, kind)
    _field(world, "tickets", "cf_privacy_action", "Privacy Action", "Picklist", allowed=actions, custom=True)
    _field(world, "tickets", "cf_privacy_state", "Privacy State", "Text", custom=True)
    for name, label, kind in (
        ("firstName", "First Name", "Text"), ("email", "Email", "Email"),
        ("secondaryEmail", "Secondary Email", "Email"),
        ("phone", "Phone", "Phone"), ("mobile", "Mobile", "Phone"), ("street", "Street", "Text"),
        ("description", "Description", "Textarea"),
    ):  # fmt: skip
        _field(world, "contacts", name, label, kind)
    _field(world, "contacts", "lastName", "Last Name", "Text", longest=200, mandatory=True)
    _field(world, "contacts", "cf_customer_number", "Customer Number", "Text", custom=True)


def _field(
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


# old data


def plant(world: World, order: Json) -> Json:
    """Create contacts and tickets that lie in the past, as the bench describes them; no events are sent.

    A contact has contact fields plus createdTime, comments, attachments, photoBase64, portalUser. A ticket has the
    members of `_ticket`. A ticket's `contact` is an id, an address of a known contact or a new contact's fields.
    """
    with world.quiet():
        contacts = [_contact(world, each) for each in order.get("contacts") or []]
        made = [_ticket(world, each) for each in order.get("tickets") or []]
    return {"contacts": contacts, "tickets": made}


def _moment(world: World, text: Any) -> int:
    return world.now_ms() if text is None else parse(str(text))


def _contact(world: World, order: Json) -> Json:
    admin = _agent_named(world, None)
    with world.pretending(_moment(world, order.get("createdTime"))):
        contact = people.create(world, order, SYSTEM)
        notes = [
            people.comment(world, contact["id"], each["content"], "plainText", admin)["id"]
            for each in order.get("comments") or []
        ]
        files = [
            _file(world, each, owner=contact["id"], path=f"/contacts/{contact['id']}/attachments/{{id}}/content")
            for each in order.get("attachments") or []
        ]
        if order.get("photoBase64"):
            world.store.put_blob(f"photo/{contact['id']}", base64.b64decode(order["photoBase64"]))
            contact["photoURL"] = world.href(f"/contacts/{contact['id']}/photo")
            world.store.put("contact", contact)
        user = people.add_portal_user(world, contact)["id"] if order.get("portalUser") else None
    _index_now(world, "contacts", contact["id"])
    return {"id": contact["id"], "commentIds": notes, "attachmentIds": files, "portalUserId": user}


def _index_now(world: World, module: str, record_id: str) -> None:
    world.unplan("index", f"{module}/{record_id}")
    search.index(world, f"{module}/{record_id}")


def _agent_named(world: World, agent_id: str | None) -> Actor:
    agent = world.store.get("agent", agent_id) if agent_id else world.store.find("agent", limit=1)[0]
    if agent is None:
        raise ValueError("no such agent")
    return agent_actor(agent)


def _file(world: World, order: Json, *, owner: str, path: str, ticket_id: str | None = None) -> str:
    file = threads.add_file(
        world,
        name=order["name"],
        data=base64.b64decode(order.get("contentBase64", "")),
        owner=owner,
        ticket_id=ticket_id,
        path=path,
        creator=None,
        public=bool(order.get("isPublic", False)),
        content_type=order.get("contentType", "application/octet-stream"),
        at=world.now(),
    )
    return str(file["id"])


def _person(world: World, wanted: Any) -> Json:
    if isinstance(wanted, dict):
        known = people.by_email(world, wanted["email"]) if wanted.get("email") else None
        return known or world.need("contact", _contact(world, wanted)["id"])
    found = world.store.get("contact", str(wanted)) or people.by_email(world, str(wanted))
    if found is None:
        raise ValueError("contact names nobody")
    return found


def _ticket(world: World, order: Json) -> Json:
    contact = _person(world, order["contact"])
    created = _moment(world, order.get("createdTime"))
    home = order.get("departmentId") or world.store.find("department", limit=1)[0]["id"]
    writings = list(order.get("threads") or [])
    opening = writings[0]["content"] if writings and writings[0].get("direction", "in") == "in" else None
    with world.pretending(created):
        fields: Json = {
            "subject": order.get("subject", "A question"),
            "description": order.get("description", opening),
            "departmentId": home,
            "cf": order.get("cf") or {},
            **{name: order[name] for name in ("email", "phone", "priority", "category", "assigneeId") if name in order},
            "secondaryContacts": [_person(world, each)["id"] for each in order.get("secondaryContacts") or []],
        }
        ticket = tickets.create(world, fields, contact, contact_actor(contact), channel=order.get("channel", "Email"))
    made: Json = {
        "id": ticket["id"],
        "ticketNumber": ticket["ticketNumber"],
        "contactId": contact["id"],
        "threadIds": [],
        "commentIds": [],
    }
    for place, each in enumerate(writings):
        made["threadIds"].append(_thread(world, ticket, contact, each, opening=place == 0, default_ms=created))
    for each in order.get("comments") or []:
        made["commentIds"].append(_comment(world, ticket, each, default_ms=created))
    with world.pretending(created):
        path = f"/tickets/{ticket['id']}/attachments/{{id}}/content"
        made["attachmentIds"] = [
            _file(world, each, owner=ticket["id"], ticket_id=ticket["id"], path=path)
            for each in order.get("attachments") or []
        ]
        if order.get("tags"):
            tickets.add_tags(world, ticket, list(order["tags"]), _agent_named(world, None))
        made |= _side_records(world, ticket, order)
    _finish(world, ticket, order, created)
    return made


def _thread(world: World, ticket: Json, contact: Json, order: Json, *, opening: bool, default_ms: int) -> str:
    incoming = order.get("direction", "in") == "in"
    home = world.need("department", ticket["departmentId"])
    author = _author(world, contact, order) if incoming else _agent_named(world, order.get("agentId"))
    sender, to = (author.email, home["_address"]) if incoming else (home["_address"], ticket["email"])
    moment = parse(order["createdTime"]) if order.get("createdTime") else default_ms
    with world.pretending(moment):
        thread = threads.add(
            world,
            ticket,
            author,
            direction="in" if incoming else "out",
            content=order["content"],
            opening=opening and incoming,
            mail={"to": order.get("to", to), "cc": order.get("cc"), "fromEmailAddress": order.get("from", sender)},
        )
        for each in order.get("attachments") or []:
            path = f"/tickets/{ticket['id']}/threads/{thread['id']}/attachments/{{id}}/content"
            _file(world, each, owner=thread["id"], ticket_id=ticket["id"], path=path)
    if incoming:
        ticket["customerResponseTime"] = max(ticket["customerResponseTime"], iso(moment))
    ticket["modifiedTime"] = max(ticket["modifiedTime"], iso(moment))
    tickets.save(world, ticket)
    return str(thread["id"])


def _author(world: World, contact: Json, order: Json) -> Actor:
    sender = order.get("from")
    other = people.by_email(world, sender) if sender else None
    return contact_actor(other or contact)


def _comment(world: World, ticket: Json, order: Json, *, default_ms: int) -> str:
    moment = parse(order["createdTime"]) if order.get("createdTime") else default_ms
    with world.pretending(moment):
        author = _agent_named(world, order.get("agentId"))
        document = threads.comment(
            world, ticket, author, content=order["content"], public=bool(order.get("isPublic", False))
        )
        for earlier in order.get("earlierContents") or []:
            threads.keep_version(world, document | {"content": earlier})
    return str(document["id"])


def _side_records(world: World, ticket: Json, order: Json) -> Json:
    """Create tasks, calls, events, time entries and approvals of a ticket."""
    made: Json = {"activityIds": [], "timeEntryIds": []}
    for kind in ("tasks", "calls", "events"):
        for each in order.get(kind) or []:
            made["activityIds"].append(_activity(world, ticket, kind, each))
    for each in order.get("timeEntries") or []:
        entry = world.store.put(
            "time_entry",
            {
                "id": world.new_id(),
                "requestId": ticket["id"],
                "departmentId": ticket["departmentId"],
                "description": each.get("description", ""),
                "hoursSpent": str(each.get("hoursSpent", "0")),
                "minutesSpent": str(each.get("minutesSpent", "10")),
                "secondsSpent": "0",
                "createdTime": world.now(),
                "executedTime": world.now(),
                "isTrashed": False,
                "isBillable": False,
            },
        )
        made["timeEntryIds"].append(entry["id"])
    for each in order.get("approvals") or []:
        world.store.put(
            "approval",
            {
                "id": world.new_id(),
                "ticketId": ticket["id"],
                "subject": each.get("subject", ""),
                "description": each.get("description", ""),
                "status": "Pending",
                "requestedTime": world.now(),
                "processedTime": None,
            },
        )
    return made


def _activity(world: World, ticket: Json, kind: str, order: Json) -> str:
    activity = world.store.put(
        "activity",
        {
            "id": world.new_id(),
            "ticketId": ticket["id"],
            "contactId": ticket["contactId"],
            "departmentId": ticket["departmentId"],
            "subject": order.get("subject", ""),
            "description": order.get("description", ""),
            "status": order.get("status", "Open"),
            "priority": None,
            "category": kind,
            "createdTime": world.now(),
            "modifiedTime": world.now(),
            "dueDate": None,
            "isTrashed": False,
            "_kind": kind,
        },
    )
    for each in order.get("comments") or []:
        comment = {
            "id": world.new_id(),
            "entityId": activity["id"],
            "content": each["content"],
            "commentedTime": world.now(),
            "modifiedTime": world.now(),
        }
        world.store.put("activity_comment", comment)
    return str(activity["id"])


def _finish(world: World, ticket: Json, order: Json, created: int) -> None:
    """Set resolution, closing, archive and spam marks, each at its own time."""
    if order.get("resolution"):
        with world.pretending(created):
            tickets.apply(world, ticket, {"resolution": order["resolution"]}, _agent_named(world, None))
    status = order.get("status") or ("Resolved" if order.get("closedTime") else None)
    if status and status != ticket["status"]:
        moment = parse(order["closedTime"]) if order.get("closedTime") else max(created, parse(ticket["modifiedTime"]))
        with world.pretending(moment):
            tickets.apply(world, ticket, {"status": status}, _agent_named(world, None), notify_closure=False)
    ticket |= {"isArchived": bool(order.get("archived")), "isSpam": bool(order.get("spam"))}
    if order.get("modifiedTime"):
        ticket["modifiedTime"] = order["modifiedTime"]
    tickets.save(world, ticket)
    _index_now(world, "tickets", ticket["id"])


def demo(world: World) -> None:
    """Add a few invented customers with a past, so that a new portal has something to look at."""
    now = world.now_ms()

    def ago(days: int) -> str:
        return iso(now - days * DAY_MS)

    plant(
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
