"""Calls of Zoho Desk that no flow makes by itself, as values: what else is read for an export, and rarer writes.

No I/O; nothing here decides whether a call may be made. What empties whole portals (emptySpam, deleteAll, restoreAll,
eraseAll) is left out on purpose. Costs are those of the API guide, or a cautious budget.
Sources: Zoho Desk OpenAPI files.
"""

from collections.abc import Sequence
from typing import Final, Literal

from zoho_privacy.adapters.desk.calls import LIST, SUBJECT_REQUEST, TRASH, Subject, activity_kind
from zoho_privacy.adapters.desk.protocol import Call, chunks, ident
from zoho_privacy.domain.errors import BadInput

TicketPart = Literal["approvals", "followers"]
ContactPart = Literal["products", "profiles", "followers", "timeEntry"]
PAGED: Final = frozenset({"products", "timeEntry"})
BY_IDS: Final = 20
FILE_BYTES: Final = 20 * 1024 * 1024


# --------------------------------------------------------------------------------------------------------------- reads


def ticket_part(ticket_id: str, part: TicketPart) -> Call:
    """List what hangs on a ticket and has no call of its own."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/{part}", credits=LIST)


def blueprint(ticket_id: str) -> Call:
    """Read the blueprint a ticket is under; 204 without one."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/blueprint")


def comment(ticket_id: str, comment_id: str) -> Call:
    """Read one comment of a ticket."""
    return Call("GET", f"/tickets/{ident(ticket_id)}/comments/{ident(comment_id)}")


def contact_part(contact_id: str, part: ContactPart) -> Call:
    """List what hangs on a person's record and has no call of its own."""
    return Call("GET", f"/contacts/{ident(contact_id)}/{part}", credits=LIST)


def contacts_by_ids(ids: Sequence[str]) -> list[Call]:
    """Read many contacts, 20 a call."""
    unique = list(dict.fromkeys(ident(each) for each in ids))
    portions = [unique[at : at + BY_IDS] for at in range(0, len(unique), BY_IDS)]
    return [Call("GET", "/contacts/contactsByIds", {"ids": ",".join(some)}, credits=LIST) for some in portions]


def product(product_id: str) -> Call:
    """Read a product."""
    return Call("GET", f"/products/{ident(product_id)}")


def activity_comments(kind: str, activity_id: str) -> Call:
    """List the comments on a task, call or event, 50 a page."""
    return Call("GET", f"/{activity_kind(kind)}/{ident(activity_id)}/comments", credits=LIST)


def chat_sessions() -> Call:
    """List the portal's chats, 50 a page; they cannot be deleted."""
    return Call("GET", "/im/sessions", credits=LIST)


def chat_session(session_id: str) -> Call:
    """Read a chat; its id is not a number."""
    if not session_id.isascii() or not session_id.replace("-", "").isalnum():
        raise BadInput("a chat's id is letters, digits and hyphens")
    return Call("GET", f"/im/sessions/{session_id}")


def department_tags(department_id: str) -> Call:
    """List a department's tags, 50 a page."""
    return Call("GET", "/ticketTags", {"departmentId": ident(department_id)}, credits=LIST)


def tagged_tickets(tag_id: str) -> Call:
    """List the tickets that carry a tag, 50 a page."""
    return Call("GET", f"/tags/{ident(tag_id)}/tickets", credits=LIST)


def subject_fields(module: Subject) -> Call:
    """List by what Zoho's own export and erasure can be narrowed."""
    return Call("GET", "/subjectAccessRequests/fieldsAndConditions", {"module": module}, credits=LIST)


# -------------------------------------------------------------------------------------------------------------- tickets


def close_tickets(ids: Sequence[str]) -> list[Call]:
    """Close tickets; the portal's rules may mail their customers, which this call cannot prevent."""
    return [
        Call("POST", "/closeTickets", json={"ids": some}, kind="absolute", credits=len(some)) for some in chunks(ids)
    ]


def update_tickets(ids: Sequence[str], field: str, value: str | None, *, custom: bool = False) -> list[Call]:
    """Overwrite one field of many tickets, at half a credit each."""
    return _update("/tickets/updateMany", ids, field, value, custom=custom)


def mark_tickets_spam(ids: Sequence[str], *, spam: bool) -> list[Call]:
    """Mark tickets as spam or not; their contacts stay as they are."""
    body = {"isSpam": spam, "contactSpam": False}
    return [Call("POST", "/tickets/markSpam", json={"ids": some, **body}, kind="absolute") for some in chunks(ids)]


def delete_spam_tickets(ids: Sequence[str]) -> list[Call]:
    """Delete spam tickets for good at once; answers are mass results."""
    return _mass("/tickets/deleteSpam", "ticketIds", ids)


def patch_comment(ticket_id: str, comment_id: str, text: str) -> Call:
    """Overwrite a comment; its history keeps what it said."""
    path = f"/tickets/{ident(ticket_id)}/comments/{ident(comment_id)}"
    return Call("PATCH", path, json={"content": text}, kind="absolute")


def attach(ticket_id: str, name: str, content: bytes, *, public: bool = False) -> Call:
    """Put a file on a ticket, not shown to the customer unless `public`. Counts once."""
    path = f"/tickets/{ident(ticket_id)}/attachments"
    return Call("POST", path, {"isPublic": "true" if public else "false"}, file=_file(name, content), kind="once")


def hide_attachment(ticket_id: str, attachment_id: str) -> Call:
    """Hide a ticket's file from the customer."""
    path = f"/tickets/{ident(ticket_id)}/attachments/{ident(attachment_id)}"
    return Call("PATCH", path, json={"isPublic": False}, kind="absolute")


def upload(name: str, content: bytes) -> Call:
    """Hand over a file for a reply or comment to come. Counts once."""
    return Call("POST", "/uploads", file=_file(name, content), kind="once")


def patch_resolution(ticket_id: str, text: str) -> Call:
    """Overwrite a ticket's resolution without telling the contact; its history keeps what it said."""
    body = {"content": text, "isNotifyContact": False}
    return Call("PATCH", f"/tickets/{ident(ticket_id)}/resolution", json=body, kind="absolute")


def delete_time_entry(ticket_id: str, entry_id: str) -> Call:
    """Move a time entry to the recycle bin."""
    return Call("DELETE", f"/tickets/{ident(ticket_id)}/timeEntry/{ident(entry_id)}", kind="absolute")


def draft_reply(ticket_id: str, *, from_address: str, to: str, html: str) -> Call:
    """Leave a reply for a person to send. Counts once."""
    body = {"channel": "EMAIL", "fromEmailAddress": from_address, "to": to, "contentType": "html", "content": html}
    return Call("POST", f"/tickets/{ident(ticket_id)}/draftReply", json=body, kind="once")


def delete_draft(ticket_id: str, thread_id: str) -> Call:
    """Delete a draft."""
    return Call("DELETE", f"/tickets/{ident(ticket_id)}/draftReply/{ident(thread_id)}", kind="absolute")


def send_draft(ticket_id: str, thread_id: str) -> Call:
    """Mail a draft to the customer. Counts once."""
    return Call("POST", f"/tickets/{ident(ticket_id)}/sendDraft", {"draftThreadId": ident(thread_id)}, kind="once")


def put_activity_comment(kind: str, activity_id: str, comment_id: str, text: str) -> Call:
    """Overwrite a comment on a task, call or event; it cannot be deleted."""
    path = f"/{activity_kind(kind)}/{ident(activity_id)}/comments/{ident(comment_id)}"
    return Call("PUT", path, json={"content": text}, kind="absolute")


# --------------------------------------------------------------------------------------------------------------- people


def update_contacts(ids: Sequence[str], field: str, value: str | None, *, custom: bool = False) -> list[Call]:
    """Overwrite one field of many contacts; answers are mass results."""
    return _update("/contacts/updateMany", ids, field, value, custom=custom)


def mark_contacts_spam(ids: Sequence[str], *, spam: bool) -> list[Call]:
    """Mark contacts as spam or not, their tickets untouched; answers are mass results."""
    body = {"isSpam": spam, "handleExistingTickets": False}
    return [Call("POST", "/contacts/markSpam", json={"ids": some, **body}, kind="absolute") for some in chunks(ids)]


def delete_spam_contacts(ids: Sequence[str]) -> list[Call]:
    """Delete spam contacts for good at once; answers are mass results."""
    return _mass("/contacts/deleteSpam", "contactIds", ids)


def add_contact_comment(contact_id: str, text: str) -> Call:
    """Write a comment on a person's record. Counts once."""
    return Call("POST", f"/contacts/{ident(contact_id)}/comments", json={"content": text}, kind="once")


def put_contact_comment(contact_id: str, comment_id: str, text: str) -> Call:
    """Overwrite a comment on a person's record."""
    path = f"/contacts/{ident(contact_id)}/comments/{ident(comment_id)}"
    return Call("PUT", path, json={"content": text}, kind="absolute")


def attach_to_contact(contact_id: str, name: str, content: bytes) -> Call:
    """Put a file on a person's record. Counts once."""
    return Call("POST", f"/contacts/{ident(contact_id)}/attachments", file=_file(name, content), kind="once")


def anonymise_deleted_agent(agent_id: str, name: str) -> Call:
    """Wipe a deleted agent, who then shows as `name`; final."""
    if not 0 < len(name) <= 100:
        raise BadInput("an anonymised name has 1 to 100 characters")
    return Call("POST", f"/deletedAgents/{ident(agent_id)}/anonymize", json={"anonymizedName": name}, kind="absolute")


# ------------------------------------------------------------------------------------------------------- bin and Zoho's


def restore(ids: Sequence[str]) -> list[Call]:
    """Take records and their children back from the recycle bin; answers are mass results."""
    return [
        Call(
            "POST",
            "/recycleBin/restore",
            json={"ids": some, "isChildNeedToBeRestored": True},
            kind="absolute",
            credits=TRASH * len(some),
        )
        for some in chunks(ids)
    ]


def trash_posts(kind: Literal["communityTopics", "communityComments"], ids: Sequence[str]) -> list[Call]:
    """Move posts of the help centre's community to the recycle bin."""
    return _mass(f"/{kind}/moveToTrash", "ids", ids)


def export_natively(email: str, ids: Sequence[str], *, reference: str) -> Call:
    """Ask Zoho's own feature to export records of a person. Counts once."""
    body = {"contactEmailId": email, "ids": [ident(each) for each in ids], "referenceTicketNumber": reference}
    return Call("POST", "/subjectAccessRequests/export", json=body, kind="once", credits=SUBJECT_REQUEST)


# ------------------------------------------------------------------------------------------------------------- pieces


def _update(path: str, ids: Sequence[str], field: str, value: str | None, *, custom: bool) -> list[Call]:
    body = {"fieldName": field, "isCustomField": custom, "fieldValue": value}
    return [
        Call("POST", path, json={"ids": some, **body}, kind="absolute", credits=len(some) / 2) for some in chunks(ids)
    ]


def _mass(path: str, key: str, ids: Sequence[str]) -> list[Call]:
    return [Call("POST", path, json={key: some}, kind="absolute", credits=TRASH * len(some)) for some in chunks(ids)]


def _file(name: str, content: bytes) -> tuple[str, bytes]:
    if not name or len(content) > FILE_BYTES:
        raise BadInput("a file has a name and at most 20 MB")
    return name, content
