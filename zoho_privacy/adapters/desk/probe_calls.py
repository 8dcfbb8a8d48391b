"""The calls that only `zoho-privacy probe` makes, as values: they make test records, and look at odd corners.

No I/O. What may be written on is decided by `local/probe/guard.py` before a call is sent. Scopes beyond the suite's:
docs/portal-profile.md. Sources: Zoho Desk OpenAPI files and API guide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from zoho_privacy.adapters.desk import calls
from zoho_privacy.adapters.desk.protocol import Call, ident

SOURCE_HEADER: Final = "sourceId"


def search(query: Mapping[str, str]) -> Call:
    """Search tickets by parameters as they are, known to Desk or not."""
    return Call("GET", "/tickets/search", dict(query), credits=calls.LIST)


def newest_tickets(department_id: str, start: int) -> Call:
    """List a department's tickets, newest first, 100 a page."""
    query = {"departmentIds": ident(department_id), "sortBy": "-createdTime"}
    return Call("GET", "/tickets", query, credits=calls.LIST).page(start, 100)


def tickets_of_one(department_id: str) -> Call:
    """List tickets by the singular parameter, which Desk may ignore, newest first."""
    query = {"departmentId": ident(department_id), "sortBy": "-createdTime"}
    return Call("GET", "/tickets", query, credits=calls.LIST)


def purge_list(ids: Sequence[str]) -> Call:
    """Delete from the bin for good in one call, however many ids, repeated ones included."""
    return Call(
        "POST", "/recycleBin/delete", json={"ids": [ident(each) for each in ids]}, kind="absolute", credits=calls.TRASH
    )


def newest_binned() -> Call:
    """List the recycle bin, newest first."""
    return Call("GET", "/recycleBin", {"sortBy": "-deletedTime"}, credits=calls.LIST)


def newest_contacts(start: int) -> Call:
    """List contacts, newest first, 100 a page."""
    return Call("GET", "/contacts", {"sortBy": "-createdTime"}, credits=calls.LIST).page(start, 100)


def create_contact(values: Mapping[str, str]) -> Call:
    """Make a contact; names are Desk's. Counts once."""
    return Call("POST", "/contacts", json=dict(values), kind="once")


def rename_contact(contact_id: str, last_name: str) -> Call:
    """Overwrite a contact's last name."""
    return Call("PATCH", f"/contacts/{ident(contact_id)}", json={"lastName": last_name}, kind="absolute")


def create_ticket(values: Mapping[str, Any]) -> Call:
    """Make a ticket; names are Desk's. Counts once."""
    return Call("POST", "/tickets", json=dict(values), kind="once")


def create_task(values: Mapping[str, Any]) -> Call:
    """Make a task; names are Desk's. Counts once."""
    return Call("POST", "/tasks", json=dict(values), kind="once")


def patch_ticket(ticket_id: str, values: Mapping[str, Any], *, source: str = "") -> Call:
    """Overwrite fields by Desk's names, null included; `source` names us as the cause of the event."""
    return Call(
        "PATCH",
        f"/tickets/{ident(ticket_id)}",
        {"disableClosureNotification": "true"},
        json=dict(values),
        headers={SOURCE_HEADER: source} if source else {},
        kind="absolute",
    )


def blueprint(ticket_id: str) -> Call:
    """Read the blueprint that a ticket is under."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/blueprint")


def thread_in_plain_text(ticket_id: str, thread_id: str) -> Call:
    """Read a message with its text."""
    return replace(calls.thread(ticket_id, thread_id), query={"include": "plainText"})


def edit_comment(ticket_id: str, comment_id: str, text: str) -> Call:
    """Overwrite a comment."""
    path = f"/tickets/{ident(ticket_id)}/comments/{ident(comment_id)}"
    return Call("PATCH", path, json={"content": text}, kind="absolute")


def attach(ticket_id: str, name: str, content: bytes) -> Call:
    """Put a file on a ticket, hidden from the customer. Counts once."""
    path = f"/tickets/{ident(ticket_id)}/attachments"
    return Call("POST", path, {"isPublic": "false"}, file=(name, content), kind="once")


def upload(name: str, content: bytes) -> Call:
    """Upload a file for a later reply. Counts once."""
    return Call("POST", "/uploads", file=(name, content), kind="once")


def reply(ticket_id: str, *, sender: str, to: str, html: str, immediately: bool, files: Sequence[str] = ()) -> Call:
    """Mail a customer at once, or as Desk likes. Counts once."""
    body = {
        "channel": "EMAIL",
        "fromEmailAddress": sender,
        "to": to,
        "contentType": "html",
        "content": html,
        "isForward": False,
        "attachmentIds": list(files),
    }
    query = {"isPrivate": "false", "sendImmediately": "true" if immediately else "false"}
    return Call("POST", f"/tickets/{ident(ticket_id)}/sendReply", query, json=body, kind="once")


def mark_spam(ticket_id: str, *, spam: bool) -> Call:
    """Mark a ticket as spam or not; the contact stays as it is."""
    body = {"ids": [ident(ticket_id)], "isSpam": spam, "contactSpam": False}
    return Call("POST", "/tickets/markSpam", json=body, kind="absolute")


def merge(target_id: str, source_id: str) -> Call:
    """Merge one ticket into another. Counts once."""
    return Call("POST", f"/tickets/{ident(target_id)}/merge", json={"ids": [ident(source_id)]}, kind="once")


def invite(contact_id: str) -> Call:
    """Invite a contact to the help centre; Desk mails it. Counts once."""
    return Call("POST", f"/contacts/{ident(contact_id)}/inviteAsEndUser", kind="once")


def subject_entities(email: str) -> Call:
    """Ask for a person's records the way older texts describe; reads although it is a POST."""
    body = {"contactEmailId": email, "module": "tickets", "from": 1, "limit": 10}
    return Call("POST", "/subjectAccessRequests/entities", json=body, credits=calls.SUBJECT_REQUEST)


def subject_request(verb: str, email: str, ids: Sequence[str]) -> Call:
    """Begin Zoho's own `export` or `erase` of exactly these records. Counts once."""
    body = {"contactEmailId": email, "ids": [ident(each) for each in ids]}
    path = {"export": "/subjectAccessRequests/export", "erase": "/subjectAccessRequests/erase"}[verb]
    return Call("POST", path, json=body, kind="once", credits=calls.SUBJECT_REQUEST)


def subject_status(request_id: str) -> Call:
    """Read how far a subject access request is."""
    return Call("GET", f"/subjectAccessRequests/{ident(request_id)}")


def download(path: str) -> Call:
    """Read a file by its path on the desk's host."""
    return Call("GET", path)


def subscribe(
    name: str,
    url: str,
    subscriptions: Mapping[str, Any],
    *,
    automation: bool = True,
    ignore_source: str = "",
) -> Call:
    """Subscribe to events under a name of our own; Desk calls the URL before it answers. Counts once."""
    body: dict[str, Any] = {"name": name, "url": url, "isEnabled": True, "subscriptions": dict(subscriptions)}
    if automation:
        body["includeEventsFrom"] = ["AUTOMATION"]
    if ignore_source:
        body["ignoreSourceId"] = ignore_source
    return Call("POST", "/webhooks", json=body, kind="once")


def update_many(ids: Sequence[str], name: str, value: str) -> Call:
    """Overwrite one field of several tickets by one call."""
    body = {"ids": [ident(each) for each in ids], "fieldName": name, "isCustomField": False, "fieldValue": value}
    return Call("POST", "/tickets/updateMany", json=body, kind="absolute")
