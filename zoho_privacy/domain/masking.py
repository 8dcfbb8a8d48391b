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
    "messages sent and received, with their attachments",
    "the ticket's history, which repeats the first subject, description and address",
    "earlier versions of comments and of the resolution",
    "time entries, approvals and ratings",
)
"""What no call of Desk's public interface removes while the ticket lives; goes into plans and letters."""


def masked_patch(ticket: Ticket, contact: Contact | None, *, clear: Collection[str] = ()) -> TicketPatch:
    """Return the fields to overwrite; None where a field needs no change.

    Custom fields named in `clear` are emptied, others lose what is personal in them. A second mask of the result
    changes nothing.
    """
    custom = {
        name: "" if name in clear else redact_text(value, contact) for name, value in ticket.custom.items() if value
    }
    return TicketPatch(
        subject=_changed(ticket.subject, redact_text(ticket.subject, contact)),
        description=_changed(ticket.description, masked_body(ticket.description, contact)),
        email="" if ticket.email else None,
        phone="" if ticket.phone else None,
        resolution=_changed(ticket.resolution, masked_body(ticket.resolution, contact)),
        custom={name: value for name, value in custom.items() if value != ticket.custom[name]},
    )


def masked_body(body: str | None, contact: Contact | None) -> str:
    """Return a description, comment or resolution without personal data; Desk does not say whether it is HTML."""
    if not body:
        return ""
    return redact_html(body, contact) if is_html(body) else redact_text(body, contact)


def _changed(before: str | None, after: str) -> str | None:
    return after if before and after != before else None
