"""What masking overwrites on a ticket, and what it honestly leaves. Pure.

A mask hides what Desk lets us change: subject, description, the copies of address and number, the resolution, and
custom fields. Messages and history keep their text (R-ERASE-1): a masked ticket is never called erased.
"""

from collections.abc import Collection
from typing import Final

from zoho_privacy.domain.mailtext import is_html
from zoho_privacy.domain.records import Ticket, TicketPatch
from zoho_privacy.domain.redact import redact_html, redact_text
from zoho_privacy.domain.redact_people import Contact

STAYS: Final = (
    "messages sent and received, with their attachments, and the ticket's own files",
    "the ticket's history, which repeats the first subject, description and address",
    "earlier versions of comments and of the resolution",
    "time entries, approvals and ratings",
    "the name of a tag in the portal's list of tags, where a tag named the person",
)
"""What no call of Desk's public interface removes while the ticket lives; goes into plans and letters."""


def masked_patch(
    ticket: Ticket, contact: Contact | None, *, clear: Collection[str] = (), only_contact: bool = False
) -> TicketPatch:
    """Return the fields to overwrite; None where a field needs no change.

    Custom fields named in `clear` are emptied, others lose what is personal in them. `only_contact` is for tickets of
    other people: what is theirs stays. A second mask of the result changes nothing.
    """

    def text(value: str) -> str:
        return redact_text(value, contact, only_contact=only_contact)

    def body(value: str | None) -> str:
        return masked_body(value, contact, only_contact=only_contact)

    def copy(value: str | None) -> str | None:
        return "" if value and (not only_contact or text(value) != value) else None

    custom = {name: "" if name in clear else text(value) for name, value in ticket.custom.items() if value}
    return TicketPatch(
        subject=_changed(ticket.subject, text(ticket.subject)),
        description=_changed(ticket.description, body(ticket.description)),
        email=copy(ticket.email),
        phone=copy(ticket.phone),
        resolution=_changed(ticket.resolution, body(ticket.resolution)),
        custom={name: value for name, value in custom.items() if value != ticket.custom[name]},
    )


def masked_body(body: str | None, contact: Contact | None, *, only_contact: bool = False) -> str:
    """Return a description, comment or resolution without personal data; Desk does not say whether it is HTML."""
    if not body:
        return ""
    redact = redact_html if is_html(body) else redact_text
    return redact(body, contact, only_contact=only_contact)


def _changed(before: str | None, after: str) -> str | None:
    return after if before and after != before else None
