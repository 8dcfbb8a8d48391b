"""Every call the suite makes of Zoho Desk, as values. No I/O; nothing here decides whether a call may be made.

A function returns one `Call`, or one per portion of ids. A call that is not built here is not made. Costs are those
of the API guide; where it gives none, a cautious budget (recycle bin 6 a record, subject access requests 50).
Sources: Zoho Desk OpenAPI files and API guide.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from zoho_privacy.adapters.desk.protocol import Call, chunks, ident
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.records import NewTicket, TicketPatch
from zoho_privacy.ports import TicketQuery

LIST: Final = 3.0
TRASH: Final = 6.0
SUBJECT_REQUEST: Final = 50.0
COMMENT_LENGTH: Final = 32_000
_SEARCH_TEXT: Final = range(3, 101)

CONTACT_FIELDS: Final[Mapping[str, str]] = {
    "first_name": "firstName",
    "last_name": "lastName",
    "email": "email",
    "secondary_email": "secondaryEmail",
    "phone": "phone",
    "mobile": "mobile",
    "country": "country",
    "state": "state",
    "account_id": "accountId",
    "street": "street",
    "city": "city",
    "zip": "zip",
    "title": "title",
    "type": "type",
    "twitter": "twitter",
    "facebook": "facebook",
    "description": "description",
}

Window = tuple[datetime, datetime]
Subject = Literal["tickets", "contacts", "allEntities"]


# -------------------------------------------------------------------------------------------------------------- setup


def organizations() -> Call:
    """List the portals the token may see."""
    return Call("GET", "/organizations")


def departments() -> Call:
    """List departments, 200 a page."""
    return Call("GET", "/departments", credits=LIST)


def agents() -> Call:
    """List agents, 200 a page."""
    return Call("GET", "/agents", credits=LIST)


def my_info() -> Call:
    """Read the agent who consented to our access."""
    return Call("GET", "/myinfo")


def fields(module: str) -> Call:
    """List the fields of a module with their pick list values."""
    return Call("GET", "/organizationFields", {"module": module}, credits=LIST)


def fields_older(module: str) -> Call:
    """List the fields of a module the way older portals offer it."""
    return Call("GET", "/fields", {"module": module}, credits=LIST)


def reply_addresses(department_id: str) -> Call:
    """List the addresses a department's replies may be sent from, 50 a page."""
    return Call("GET", "/mailReplyAddress", {"departmentId": ident(department_id)}, credits=LIST)


# ------------------------------------------------------------------------------------------------------- ticket: read


def ticket(ticket_id: str) -> Call:
    """Read a ticket whole."""
    return Call("GET", f"/tickets/{ident(ticket_id)}")


def threads(ticket_id: str) -> Call:
    """List messages oldest first, without content, 200 a page."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/threads", {"sortBy": "sendDateTime"}, credits=LIST)


def thread(ticket_id: str, thread_id: str) -> Call:
    """Read a message with its content, which may be cut off."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/threads/{ident(thread_id)}")


def full_content(ticket_id: str, thread_id: str) -> Call:
    """Read a message whose content was cut off."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/threads/{ident(thread_id)}/fullContent")


def original_content(ticket_id: str, thread_id: str) -> Call:
    """Read the source of a received mail."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/threads/{ident(thread_id)}/originalContent")


def comments(ticket_id: str) -> Call:
    """List comments oldest first, 100 a page."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/comments", {"sortBy": "commentedTime"}, credits=LIST)


def comment_history(ticket_id: str, comment_id: str) -> Call:
    """List the earlier texts of a comment, 50 a page."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/comments/{ident(comment_id)}/history", credits=LIST)


def attachments(ticket_id: str) -> Call:
    """List a ticket's files, 100 a page."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/attachments", credits=LIST)


def tags(ticket_id: str) -> Call:
    """List a ticket's tags (key `tags`)."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/tags")


def history(ticket_id: str) -> Call:
    """List what was done to a ticket, newest first, 50 a page."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/History", credits=LIST)


def resolution(ticket_id: str) -> Call:
    """Read a ticket's resolution."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/resolution")


def resolution_history(ticket_id: str) -> Call:
    """List the earlier resolutions of a ticket."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/resolutionHistory", credits=LIST)


def conversations(ticket_id: str) -> Call:
    """List messages without content and comments in one list, newest first, 200 a page."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/conversations", credits=LIST)


def latest_message(ticket_id: str) -> Call:
    """Read the customer's newest message with its content, which may be cut off."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/latestThread", {"needIncomingThread": "true"})


def all_activities(ticket_id: str) -> Call:
    """List a ticket's tasks, calls and events in one list, 50 a page."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/activities", credits=LIST)


def activities(ticket_id: str, kind: str) -> Call:
    """List a ticket's tasks, calls or events, 50 a page."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/{activity_kind(kind)}", credits=LIST)


def time_entries(ticket_id: str) -> Call:
    """List a ticket's time entries, 50 a page."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/timeEntry", credits=LIST)


def metrics(ticket_id: str) -> Call:
    """Read a ticket's response times."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/metrics")


def archived_tickets(department_id: str) -> Call:
    """List a department's archived tickets, 50 a page."""
    return Call("GET", "/tickets/archivedTickets", {"departmentId": ident(department_id)}, credits=LIST)


def search_tickets(query: TicketQuery, department_id: str | None, window: tuple[str, Window] | None) -> Call:
    """Search tickets, 100 a page. `window` is a range's parameter name and its inclusive bounds.

    Raises:
        BadInput: A text or tag is too short or too long to search, or text is mixed with what goes along with it.
    """
    found: dict[str, str] = {"sortBy": window[0].removesuffix("Range") if window else "createdTime"}
    if query.text is not None:
        fields = (query.email, query.contact_id, query.account_id, query.tag, query.custom)
        if any((*fields, query.modified, query.customer_response)):
            raise BadInput("a text search cannot be mixed with other fields")
        return Call("GET", "/tickets/search", {"_all": searchable(query.text)}, credits=LIST)
    exact = {
        "departmentId": department_id,
        "contactId": query.contact_id and ident(query.contact_id),
        "accountId": query.account_id and ident(query.account_id),
        "status": "${CLOSED}" if query.closed_only else None,
        "email": query.email,
        "ticketNumber": query.number and ident(query.number),
        "tag": query.tag and searchable(query.tag),
        "customField1": query.custom and ":".join(query.custom),
    }
    found |= {name: value for name, value in exact.items() if value}
    found |= {name: ",".join(stamp(each) for each in bounds) for name, bounds in ranges(query).items()}
    if window:
        found[window[0]] = ",".join(stamp(each) for each in window[1])
    return Call("GET", "/tickets/search", found, credits=LIST)


def ranges(query: TicketQuery) -> Mapping[str, Window]:
    """Return the time ranges of a search by parameter name, the one to split by first."""
    pairs = {
        "createdTimeRange": query.created,
        "modifiedTimeRange": query.modified,
        "customerResponseTimeRange": query.customer_response,
    }
    return {name: bounds for name, bounds in pairs.items() if bounds is not None}


# ------------------------------------------------------------------------------------------------------ contact: read


def contact(contact_id: str) -> Call:
    """Read a person's record with its account."""
    return Call("GET", f"/contacts/{ident(contact_id)}", {"include": "accounts"})


def search_contacts(words: str, parameter: Literal["email", "_all"]) -> Call:
    """Search contacts, 100 a page; `email` knows the first address only, `_all` every field."""
    return Call("GET", "/contacts/search", {parameter: words}, credits=LIST)


def contact_tickets(contact_id: str, department_id: str | None) -> Call:
    """List a person's tickets in a department, 50 a page; the OpenAPI text requires one, the guide does not."""
    query = {} if department_id is None else {"departmentId": ident(department_id)}
    return Call("GET", f"/contacts/{ident(contact_id)}/tickets", query, credits=LIST)


def newest_contacts() -> Call:
    """List contacts, newest first."""
    return Call("GET", "/contacts", {"sortBy": "-createdTime"}, credits=LIST)


def newest_tickets(contact_id: str, department_id: str) -> Call:
    """List a contact's tickets in a department, newest first."""
    listed = contact_tickets(contact_id, department_id)
    return replace(listed, query={**listed.query, "sortBy": "-createdTime"})


def contact_comments(contact_id: str) -> Call:
    """List the comments on a person's record, 50 a page."""
    return Call("GET", f"/contacts/{ident(contact_id)}/comments", credits=LIST)


def contact_attachments(contact_id: str) -> Call:
    """List the files of a person's record, 50 a page."""
    return Call("GET", f"/contacts/{ident(contact_id)}/attachments", credits=LIST)


def contact_history(contact_id: str) -> Call:
    """List what was done to a person's tickets, 100 a page."""
    return Call("GET", f"/contacts/{ident(contact_id)}/history", credits=LIST)


def contact_statistics(contact_id: str) -> Call:
    """Read the figures Desk keeps about a person."""
    return Call("GET", f"/contacts/{ident(contact_id)}/statistics")


def help_centers(contact_id: str) -> Call:
    """List a person's help-centre accounts."""
    return Call("GET", f"/contacts/{ident(contact_id)}/helpCenters")


def user(user_id: str) -> Call:
    """Read a help-centre account."""
    return Call("GET", f"/users/{ident(user_id)}")


def recycle_bin() -> Call:
    """List the recycle bin, 100 a page."""
    return Call("GET", "/recycleBin", credits=LIST)


def subject_count(email: str, module: Subject) -> Call:
    """Ask how many records Zoho itself counts for a person; reads although it is a POST."""
    body = {"contactEmailId": email, "module": module}
    return Call("POST", "/subjectAccessRequests/count", json=body, credits=SUBJECT_REQUEST)


def subject_request(request_id: str) -> Call:
    """Read how far one of Zoho's own subject access requests is."""
    return Call("GET", f"/subjectAccessRequests/{ident(request_id)}")


def subject_requests(email: str) -> Call:
    """List the subject access requests of the last 30 days about an address."""
    query = {"contactEmailId": email, "duration": "LAST_30_DAYS"}
    return Call("GET", "/subjectAccessRequests", query, credits=LIST)


# ------------------------------------------------------------------------------------------------------------- writes


def send_reply(
    ticket_id: str, *, from_address: str, to: str, html: str, in_reply_to: str | None, private: bool = False
) -> Call:
    """Send a mail at once; a private one is not shown to the ticket's customer. Counts once."""
    body: dict[str, Any] = {
        "channel": "EMAIL",
        "fromEmailAddress": from_address,
        "to": to,
        "contentType": "html",
        "content": html,
        "isForward": False,
    }
    if in_reply_to is not None:
        body["inReplyToThreadId"] = ident(in_reply_to)
    path = f"/tickets/{ident(ticket_id)}/sendReply"
    return Call("POST", path, {"isPrivate": str(private).lower(), "sendImmediately": "true"}, json=body, kind="once")


def add_comment(ticket_id: str, text: str) -> Call:
    """Write a private note. Counts once.

    Raises:
        BadInput: The note is empty or longer than 32,000 characters.
    """
    if not 0 < len(text) <= COMMENT_LENGTH:
        raise BadInput(f"a note has 1 to {COMMENT_LENGTH} characters, not {len(text)}")
    body = {"content": text, "contentType": "plainText", "isPublic": False}
    return Call("POST", f"/tickets/{ident(ticket_id)}/comments", json=body, kind="once")


def create_contact(last_name: str) -> Call:
    """Make a contact without any address. Counts once."""
    return Call("POST", "/contacts", json={"lastName": last_name}, kind="once")


def create_ticket(ticket: NewTicket) -> Call:
    """Make an open ticket; the contact's address is not copied onto it. Counts once."""
    body: dict[str, Any] = {
        "subject": ticket.subject,
        "departmentId": ident(ticket.department_id),
        "contactId": ident(ticket.contact_id),
        "description": ticket.description,
        **ticket.fields,
    }
    if ticket.custom:
        body["cf"] = dict(ticket.custom)
    return Call("POST", "/tickets", json=body, kind="once")


def erase_natively(email: str, ids: Sequence[str], *, reference: str) -> Call:
    """Ask Zoho to erase exactly these records of a person. Counts once; what it does is not documented."""
    body = {"contactEmailId": email, "ids": [ident(each) for each in ids], "referenceTicketNumber": reference}
    return Call("POST", "/subjectAccessRequests/erase", json=body, kind="once", credits=SUBJECT_REQUEST)


def associate_tags(ticket_id: str, names: Sequence[str]) -> Call:
    """Put tags on a ticket; unknown ones are created, so they must be 3 to 50 characters of ASCII without a comma."""
    for name in names:
        if not (3 <= len(name) <= 50 and name.isascii() and name.isprintable() and "," not in name):
            raise BadInput("a tag has 3 to 50 ASCII characters and no comma")
    return Call("POST", f"/tickets/{ident(ticket_id)}/associateTag", json={"tags": list(names)}, kind="absolute")


def dissociate_tags(ticket_id: str, names: Sequence[str]) -> Call:
    """Take tags off a ticket."""
    return Call("POST", f"/tickets/{ident(ticket_id)}/dissociateTag", json={"tags": list(names)}, kind="absolute")


def patch_ticket(ticket_id: str, patch: TicketPatch) -> Call:
    """Overwrite fields of a ticket, without a mail to the customer where that closes it.

    Raises:
        BadInput: The patch is empty, which Desk refuses.
    """
    named = ("subject", "description", "email", "phone", "status", "resolution")
    body: dict[str, Any] = {name: getattr(patch, name) for name in named if getattr(patch, name) is not None}
    if patch.custom:
        body["cf"] = dict(patch.custom)
    if not body:
        raise BadInput("an empty patch changes nothing")
    query = {"disableClosureNotification": "true"}
    return Call("PATCH", f"/tickets/{ident(ticket_id)}", query, json=body, kind="absolute")


def patch_contact(contact_id: str, values: Mapping[str, str]) -> Call:
    """Overwrite fields of a person's record; names as in CONTACT_FIELDS or `cf_...`.

    Raises:
        BadInput: A field is unknown, there is none, or the mandatory last name would be emptied.
    """
    unknown = [name for name in values if name not in CONTACT_FIELDS and not name.startswith("cf_")]
    if unknown or not values or values.get("last_name") == "":
        raise BadInput("a contact needs known fields and keeps a last name" + "".join(f" {name}" for name in unknown))
    body: dict[str, Any] = {CONTACT_FIELDS[name]: value for name, value in values.items() if name in CONTACT_FIELDS}
    if body.get("accountId") == "":
        body["accountId"] = None
    custom = {name: value for name, value in values.items() if name not in CONTACT_FIELDS}
    return Call(
        "PATCH", f"/contacts/{ident(contact_id)}", json=body | ({"cf": custom} if custom else {}), kind="absolute"
    )


def trash_tickets(ids: Sequence[str]) -> list[Call]:
    """Move tickets to the recycle bin."""
    return _mass("/tickets/moveToTrash", "ticketIds", ids)


def trash_contacts(ids: Sequence[str]) -> list[Call]:
    """Move contacts to the recycle bin."""
    return _mass("/contacts/moveToTrash", "contactIds", ids)


def trash_activities(kind: str, ids: Sequence[str]) -> list[Call]:
    """Move tasks, calls or events to the recycle bin."""
    return _mass(f"/{activity_kind(kind)}/moveToTrash", "entityIds", ids)


def purge(ids: Sequence[str]) -> list[Call]:
    """Delete records and their children from the recycle bin for good; answers are mass results."""
    return _mass("/recycleBin/delete", "ids", ids)


def restore_tickets(ids: Sequence[str]) -> list[Call]:
    """Bring tickets back from the recycle bin, with their children; answers are mass results."""
    return [replace(call, json={**(call.json or {}), "isChildNeedToBeRestored": True})
            for call in _mass("/recycleBin/restore", "ids", ids)]  # fmt: skip


def delete_comment(ticket_id: str, comment_id: str) -> Call:
    """Delete a comment of a ticket."""
    return _delete(f"/tickets/{ident(ticket_id)}/comments/{ident(comment_id)}")


def delete_attachment(ticket_id: str, attachment_id: str) -> Call:
    """Move a ticket's file to the recycle bin."""
    return _delete(f"/tickets/{ident(ticket_id)}/attachments/{ident(attachment_id)}")


def delete_resolution(ticket_id: str) -> Call:
    """Delete a ticket's resolution; its history stays."""
    return _delete(f"/tickets/{ident(ticket_id)}/resolution")


def delete_contact_comment(contact_id: str, comment_id: str) -> Call:
    """Delete a comment on a person's record."""
    return _delete(f"/contacts/{ident(contact_id)}/comments/{ident(comment_id)}")


def delete_contact_attachment(contact_id: str, attachment_id: str) -> Call:
    """Move a file of a person's record to the recycle bin."""
    return _delete(f"/contacts/{ident(contact_id)}/attachments/{ident(attachment_id)}")


def delete_contact_photo(contact_id: str) -> Call:
    """Delete a person's photo."""
    return _delete(f"/contacts/{ident(contact_id)}/photo")


def anonymise_user(user_id: str, name: str) -> Call:
    """Wipe a help-centre account, which then shows `name`; final.

    Raises:
        BadInput: The name is empty or longer than 100 characters.
    """
    if not 0 < len(name) <= 100:
        raise BadInput("an anonymised name has 1 to 100 characters")
    return Call("POST", f"/users/{ident(user_id)}/anonymize", json={"anonymizedName": name}, kind="absolute")


# ----------------------------------------------------------------------------------------------------------- webhooks


def webhooks() -> Call:
    """List the event subscriptions."""
    return Call("GET", "/webhooks", credits=LIST)


def webhook(webhook_id: str) -> Call:
    """Read an event subscription."""
    return Call("GET", f"/webhooks/{ident(webhook_id)}")


def create_webhook(name: str, url: str, subscriptions: Mapping[str, Any]) -> Call:
    """Subscribe to events; Desk calls the URL before it answers. Counts once.

    Raises:
        BadInput: The URL is longer than the 100 characters that a later change allows.
    """
    if len(url) > 100:
        raise BadInput("a webhook URL has at most 100 characters")
    body = {
        "name": name,
        "url": url,
        "isEnabled": True,
        "includeEventsFrom": ["AUTOMATION"],
        "subscriptions": dict(subscriptions),
    }
    return Call("POST", "/webhooks", json=body, kind="once")


def update_webhook(webhook_id: str, subscriptions: Mapping[str, Any]) -> Call:
    """Replace the events of a subscription and switch it on; the URL stays, so nothing is validated again."""
    body = {"isEnabled": True, "includeEventsFrom": ["AUTOMATION"], "subscriptions": dict(subscriptions)}
    return Call("PATCH", f"/webhooks/{ident(webhook_id)}", json=body, kind="absolute")


def delete_webhook(webhook_id: str) -> Call:
    """End a subscription."""
    return _delete(f"/webhooks/{ident(webhook_id)}")


# ------------------------------------------------------------------------------------------------------------- pieces


def stamp(at: datetime) -> str:
    """Return a time as Desk writes it: UTC, milliseconds, Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def halves(window: Window) -> tuple[Window, Window] | None:
    """Return the two halves of a window, a millisecond apart; None where it is shorter than that."""
    start, end = window
    if end - start < timedelta(milliseconds=1):
        return None
    middle = start + timedelta(milliseconds=int((end - start) / timedelta(milliseconds=1)) // 2)
    return (start, middle), (middle + timedelta(milliseconds=1), end)


def activity_kind(kind: str) -> str:
    """Return the kind if it is tasks, calls or events; raises BadInput otherwise."""
    if kind not in {"tasks", "calls", "events"}:
        raise BadInput("an activity is one of tasks, calls, events")
    return kind


def _delete(path: str) -> Call:
    return Call("DELETE", path, kind="absolute")


def _mass(path: str, key: str, ids: Iterable[str]) -> list[Call]:
    return [
        Call("POST", path, json={key: some}, kind="absolute", credits=TRASH * len(some)) for some in chunks(list(ids))
    ]


def searchable(text: str) -> str:
    """Return a text that Desk can search for; raises BadInput where it is too short or too long."""
    if len(text) not in _SEARCH_TEXT:
        raise BadInput("Desk searches for 3 to 100 characters")
    return text
