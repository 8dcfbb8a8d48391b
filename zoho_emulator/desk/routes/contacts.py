"""Contacts and help-centre users (API reference, section 12)."""

from typing import Final

from zoho_emulator.desk import people, search, shapes, trash
from zoho_emulator.desk.errors import ApiError, invalid, unprocessable
from zoho_emulator.desk.routing import Call, Reply, Routes, empty_ok, listing, mass, no_content, ok
from zoho_emulator.store import Json

routes: Final = Routes()
SORTS: Final = ("firstName", "lastName", "phone", "email", "createdTime", "modifiedTime")


@routes("GET /contacts/<id:contact_id>", "contacts.READ")
def get_contact(call: Call, contact_id: str) -> Reply:
    return ok(shapes.contact(call.world, call.contact(contact_id), include=call.include))


@routes("GET /contacts", "contacts.READ", cost=None)
def list_contacts(call: Call) -> Reply:
    start, limit = call.page(default=10, most=100)
    sort = call.arg("sortBy") or "createdTime"
    name = sort.removeprefix("-")
    if name not in SORTS:
        raise invalid("/sortBy")
    column = "created" if name == "createdTime" else f"json_extract(doc, '$.{name}')"
    order = f"{column} {'DESC' if sort.startswith('-') else 'ASC'}, rowid"
    found = call.world.store.find("contact", "NOT trashed", order=order, limit=limit, offset=start)
    return listing([shapes.contact_item(call.world, each, call.fields, call.include) for each in found])


@routes("GET /contacts/search", "contacts.READ", "search.READ", cost=None)
def search_contacts(call: Call) -> Reply:
    found, count = search.run(call.world, "contacts", call.query)
    return listing([search.shown(call.world, "contacts", each) for each in found], count=count)


@routes("GET /contacts/contactsByIds", "contacts.READ")
def contacts_by_ids(call: Call) -> Reply:
    ids = shapes.csv(call.arg("ids"))
    if not 1 <= len(ids) <= 20:
        raise invalid("/ids")
    found = [call.world.store.get("contact", each) for each in ids]
    return listing([shapes.contact_item(call.world, each, (), ()) for each in found if each and not each["isTrashed"]])


@routes("GET /contacts/count", "contacts.READ")
def count_contacts(call: Call) -> Reply:
    return ok({"count": str(call.world.store.count("contact", "NOT trashed"))})


@routes("POST /contacts", "contacts.CREATE")
def create_contact(call: Call) -> Reply:
    fields = people.check(call.world, call.body())
    return ok(shapes.contact(call.world, people.create(call.world, fields, call.actor)))


@routes("PATCH /contacts/<id:contact_id>", "contacts.UPDATE")
def update_contact(call: Call, contact_id: str) -> Reply:
    contact = call.contact(contact_id, write=True)
    changes = people.check(call.world, call.body(), own_id=contact_id)
    return ok(shapes.contact(call.world, people.update(call.world, contact, changes, call.actor)))


@routes("POST /contacts/<id:contact_id>/merge", "contacts.UPDATE")
def merge_contacts(call: Call, contact_id: str) -> Reply:
    target = call.contact(contact_id, write=True)
    ids = call.ids("ids", most=5)
    sources = [call.contact(each, write=True) for each in ids if each != contact_id]
    if any(each["isEndUser"] for each in (target, *sources)):
        raise unprocessable("Portal users cannot be merged.")
    return ok(shapes.contact(call.world, people.merge(call.world, target, sources, call.actor)))


@routes("POST /contacts/moveToTrash", "contacts.DELETE", permission="delete")
def trash_contacts(call: Call) -> Reply:
    ids = call.ids("contactIds")
    found = [call.contact(each, write=True) for each in ids]
    call.credits = 6 * len(ids)
    for contact in found:
        trash.trash(call.world, "Contacts", contact, call.actor)
    return no_content()


@routes("POST /contacts/markSpam", "contacts.UPDATE")
def mark_spam(call: Call) -> Reply:
    ids, spam = call.ids("ids"), call.body().get("isSpam")
    if not isinstance(spam, bool):
        raise invalid("/isSpam", "missing")
    results: list[tuple[str, str | None]] = []
    for contact_id in ids:
        contact = call.world.store.get("contact", contact_id)
        if contact is None:
            results.append((contact_id, "UNPROCESSABLE_ENTITY"))
            continue
        people.save(call.world, contact | {"isSpam": spam})
        results.append((contact_id, None))
    return mass(results)


@routes("POST /contacts/deleteSpam", "contacts.DELETE", permission="delete")
def delete_spam(call: Call) -> Reply:
    results: list[tuple[str, str | None]] = []
    for contact_id in call.ids("contactIds"):
        contact = call.world.store.get("contact", contact_id)
        if contact is None or not contact["isSpam"]:
            results.append((contact_id, "UNPROCESSABLE_ENTITY"))
        else:
            trash.delete_contact(call.world, contact)
            results.append((contact_id, None))
    return mass(results)


@routes("GET /contacts/<id:contact_id>/history", "contacts.READ", "tickets.READ", cost=None)
def contact_history(call: Call, contact_id: str) -> Reply:
    """Answer what happened on the contact's tickets."""
    call.contact(contact_id)
    start, limit = call.page(default=10, most=100)
    where = "ticket IN (SELECT id FROM ticket WHERE contact = ? AND NOT trashed)"
    found = call.world.store.find("history", where, contact_id, order="rowid DESC", limit=limit, offset=start)
    items = []
    for entry in found:
        ticket = call.world.need("ticket", entry["ticketId"])
        items.append(
            {
                **{name: ticket[name] for name in ("ticketNumber", "statusType", "subject", "dueDate", "departmentId",
                                                   "priority", "webUrl", "status")},
                "ticketId": ticket["id"],
                "eventTime": entry["event"]["eventTime"],
                "operation": entry["event"]["eventName"],
                "author": _author(call, entry["event"]["actor"]),
                "recipients": [],
            }
        )  # fmt: skip
    return listing(items)


def _author(call: Call, actor: Json) -> Json:
    """Return who acted, as the history of contacts shows it: an agent, the person, or the ticket itself."""
    agent = call.world.store.get("agent", str(actor["id"]))
    person = agent or call.world.store.get("contact", str(actor["id"])) or {}
    kind = "AGENT" if agent else "END_USER" if person else "TICKET"
    email = person.get("emailId") or person.get("email")
    names = {name: person.get(name) for name in ("firstName", "lastName", "photoURL")}
    return {"id": actor["id"], "type": kind, "email": email, **names}


@routes("GET /contacts/<id:contact_id>/statistics", "contacts.READ")
def statistics(call: Call, contact_id: str) -> Reply:
    call.contact(contact_id)
    held = call.world.store.find("ticket", "contact = ? AND NOT trashed", contact_id)
    kinds = [each["statusType"] for each in held]
    channels: dict[str, str] = {}
    for each in held:
        channels[each["channel"]] = str(int(channels.get(each["channel"], "0")) + 1)
    return ok(
        {
            "totalTickets": str(len(held)),
            "openTickets": str(kinds.count("Open")),
            "onholdTickets": str(kinds.count("On Hold")),
            "closedTickets": str(kinds.count("Closed")),
            "spamTickets": str(sum(each["isSpam"] for each in held)),
            "overdueTickets": "0",
            "escalatedTickets": "0",
            "firstResponseTime": "0",
            "responseTime": "0",
            "resolutionTime": "0",
            "channelWiseCount": channels,
            "customerHappiness": {"goodCount": "0", "okCount": "0", "badCount": "0"},
        }
    )


def _nothing(call: Call, contact_id: str) -> Reply:
    call.contact(contact_id)
    return listing([])


for _name, _scopes in (
    ("products", ("contacts.READ", "products.READ", "settings.READ")),
    ("profiles", ("contacts.READ",)),
):
    routes(f"GET /contacts/<id:contact_id>/{_name}", *_scopes, cost=None)(_nothing)


@routes("GET /contacts/<id:contact_id>/accounts", "contacts.READ", cost=None)
def contact_accounts(call: Call, contact_id: str) -> Reply:
    found = shapes.account(call.world, call.contact(contact_id))
    return listing([found] if found else [])


@routes("GET /accounts/search", "contacts.READ", "search.READ", cost=None)
def search_accounts(call: Call) -> Reply:
    """Search firms for a part of their names."""
    wanted = (call.arg("accountName") or call.arg("_all") or "").strip("*").lower()
    if not wanted:
        raise unprocessable("Give accountName or _all.")
    start, limit = call.page(default=10, most=100)
    found = call.world.store.find("account", "instr(name, ?)", wanted, limit=limit, offset=start)
    return listing([shapes.public(each) for each in found])


# comments


@routes("GET /contacts/<id:contact_id>/comments", "contacts.READ", cost=None)
def list_comments(call: Call, contact_id: str) -> Reply:
    call.contact(contact_id)
    start, limit = call.page(default=10, most=100)
    found = call.world.store.find("contact_comment", "contact = ?", contact_id, limit=limit, offset=start)
    return listing([_comment(each) for each in found])


def _comment(document: Json) -> Json:
    return shapes.COMMENT_EMPTY | {name: value for name, value in document.items() if name != "contactId"}


@routes("GET /contacts/<id:contact_id>/comments/<id:comment_id>", "contacts.READ")
def get_comment(call: Call, contact_id: str, comment_id: str) -> Reply:
    call.contact(contact_id)
    return ok(_comment(call.child("contact_comment", comment_id, "contactId", contact_id)))


@routes("POST /contacts/<id:contact_id>/comments", "contacts.UPDATE")
def add_comment(call: Call, contact_id: str) -> Reply:
    call.contact(contact_id, write=True)
    body = call.body()
    if not body.get("content"):
        raise invalid("/content", "missing")
    document = people.comment(
        call.world, contact_id, str(body["content"]), str(body.get("contentType", "plainText")), call.actor
    )
    return ok(_comment(document))


@routes("PUT /contacts/<id:contact_id>/comments/<id:comment_id>", "contacts.UPDATE")
def edit_comment(call: Call, contact_id: str, comment_id: str) -> Reply:
    call.contact(contact_id, write=True)
    document = call.child("contact_comment", comment_id, "contactId", contact_id)
    content = call.body().get("content")
    if not content:
        raise invalid("/content", "missing")
    document |= {"content": content, "modifiedTime": call.world.now()}
    call.world.store.put("contact_comment", document)
    return ok(_comment(document))


@routes("DELETE /contacts/<id:contact_id>/comments/<id:comment_id>", "contacts.UPDATE")
def delete_comment(call: Call, contact_id: str, comment_id: str) -> Reply:
    call.contact(contact_id, write=True)
    call.child("contact_comment", comment_id, "contactId", contact_id)
    call.world.store.remove("contact_comment", "id = ?", comment_id)
    return empty_ok()


# help-centre users


@routes("POST /contacts/<id:contact_id>/inviteAsEndUser", "contacts.UPDATE")
def invite(call: Call, contact_id: str) -> Reply:
    """Give a contact with an address an account in the help centre."""
    contact = call.contact(contact_id, write=True)
    if not contact["email"] or contact["isEndUser"]:
        raise unprocessable("The contact cannot be invited.")
    people.add_portal_user(call.world, contact)
    return no_content()


@routes("GET /contacts/<id:contact_id>/helpCenters", "contacts.READ", cost=None)
def help_centers(call: Call, contact_id: str) -> Reply:
    call.contact(contact_id)
    center = call.world.store.meta("help_center")
    found = call.world.store.find("portal_user", "contact = ?", contact_id)
    return listing([{"helpCenter": center, "userStatus": each["status"], "userId": each["id"]} for each in found])


@routes("GET /users/<id:user_id>", "contacts.READ", "settings.READ", "basic.READ")
def get_user(call: Call, user_id: str) -> Reply:
    return ok(shapes.public(call.record("portal_user", user_id)))


@routes("POST /users/<id:user_id>/anonymize", "contacts.UPDATE", "settings.UPDATE")
def anonymize_user(call: Call, user_id: str) -> Reply:
    """Replace everything that identifies a help-centre user, for good."""
    user = call.record("portal_user", user_id)
    name = call.body().get("anonymizedName")
    if not isinstance(name, str) or not 1 <= len(name) <= 100:
        raise invalid("/anonymizedName", "missing" if name is None else "invalid")
    if user["_anonymized"] and call.world.on("second_anonymize", "422"):
        raise ApiError("UNPROCESSABLE_ENTITY")
    user |= {"name": name, "email": [], "photoUrl": None, "status": "DELETED", "_anonymized": True}
    call.world.store.put("portal_user", user)
    return no_content()
