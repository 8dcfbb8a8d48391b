"""What a support desk holds, in our words: frozen values that the Desk adapter fills and everything else reads.

Times are UTC datetimes or None; ids are strings. `raw` is the record exactly as the desk returned it, kept for
exports only; decisions never look into it. A field that the desk did not return is None.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

_LEAST_STREET: Final = 6
_NUMBER: Final = re.compile(r"(?=.{6,40}$)(?!\d{4}-\d\d-\d\d)\S*\d{4}\S*")
Raw = Mapping[str, Any]
StatusType = Literal["open", "on_hold", "closed"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as read by id; list and search answers leave `description`, `modified` and `custom` empty.

    A count of None was not told: nothing may be concluded from it.
    """

    id: str
    number: str
    subject: str
    status: str
    status_type: StatusType
    department_id: str
    contact_id: str | None
    created: datetime
    description: str | None = None
    channel: str = ""
    email: str | None = None
    phone: str | None = None
    category: str | None = None
    account_id: str | None = None
    resolution: str | None = None
    modified: datetime | None = None
    closed: datetime | None = None
    customer_wrote: datetime | None = None
    secondary_contact_ids: tuple[str, ...] = ()
    custom: Mapping[str, str | None] = field(default_factory=dict)
    thread_count: int = 0
    comment_count: int = 0
    attachment_count: int = 0
    tag_count: int | None = None
    time_entry_count: int | None = None
    trashed: bool = False
    spam: bool = False
    archived: bool = False
    raw: Raw = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class TicketPatch:
    """Fields to overwrite; None leaves a field alone, `""` clears it. `custom` is by API name (`cf_...`)."""

    subject: str | None = None
    description: str | None = None
    email: str | None = None
    phone: str | None = None
    status: str | None = None
    resolution: str | None = None
    custom: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A ticket to be made. `fields` are by Desk's names (category, priority), `custom` by API name."""

    department_id: str
    contact_id: str
    subject: str
    description: str
    fields: Mapping[str, str] = field(default_factory=dict)
    custom: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SubjectRequest:
    """Zoho's own subject access request. `status` is INITIATED, INPROGRESS, COMPLETED, FAILED, ... as Desk says."""

    id: str
    status: str
    kind: str = ""
    reference: str = ""
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a ticket, thread, comment or contact. `href` is a path on the configured desk host."""

    id: str
    name: str
    size: int
    href: str
    raw: Raw = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Thread:
    """A message of a ticket. `content` is None in list answers; `author_type` is END_USER, AGENT, ..."""

    id: str
    ticket_id: str
    direction: Literal["in", "out"]
    channel: str
    author_type: str
    author_email: str | None
    created: datetime
    status: str = "SUCCESS"
    visibility: str = "public"
    is_description: bool = False
    author_name: str | None = None
    to: str = ""
    cc: str = ""
    reply_to: str = ""
    from_address: str = ""
    summary: str = ""
    content: str | None = None
    content_type: str = "text/html"
    truncated: bool = False
    attachments: tuple[Attachment, ...] = ()
    raw: Raw = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class OriginalMail:
    """The source of a received mail, with its headers."""

    source: str
    return_path: str | None
    raw: Raw = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Comment:
    """A private note or public comment."""

    id: str
    ticket_id: str
    content: str
    public: bool
    created: datetime
    commenter_id: str | None = None
    commenter_type: str = ""
    attachments: tuple[Attachment, ...] = ()
    raw: Raw = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Contact:
    """A person's record. `details` is whatever else it says, by the names that overwrite it, without empty ones."""

    id: str
    first_name: str | None
    last_name: str | None
    email: str | None
    created: datetime | None = None
    modified: datetime | None = None
    secondary_email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    country: str | None = None
    state: str | None = None
    account_id: str | None = None
    account_name: str | None = None
    is_end_user: bool = False
    trashed: bool = False
    has_photo: bool = False
    crm_id: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    raw: Raw = field(default_factory=dict, repr=False, compare=False)

    @property
    def own_numbers(self) -> tuple[str, ...]:
        """Custom fields that name the person as a customer number does: one word with at least four digits in a row."""
        custom = (value.strip() for name, value in self.details.items() if name.startswith("cf_"))
        return tuple(value for value in custom if _NUMBER.fullmatch(value))

    @property
    def homes(self) -> tuple[str, ...]:
        """The postal address of the record, whole and street alone; nothing where the street has no number."""
        street, town = (self.details.get(name, "").strip() for name in ("street", "city"))
        code = self.details.get("zip", "").strip()
        if len(street) < _LEAST_STREET or not any(char.isdigit() for char in street):
            return ()
        place = " ".join(filter(None, (code, town)))
        return (f"{street}, {place}", street) if place else (street,)


@dataclass(frozen=True, slots=True)
class Change:
    """One property in a history event."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One line of a ticket's history. `agent_id` is the human behind it, also behind a macro, None where unknown."""

    name: str
    at: datetime
    actor_type: str
    actor_id: str | None
    agent_id: str | None
    changes: tuple[Change, ...] = ()
    raw: Raw = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Activity:
    """A task, call or event linked to a ticket; `kind` is tasks, calls or events."""

    id: str
    kind: Literal["tasks", "calls", "events"]
    raw: Raw = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class BinItem:
    """A record in the recycle bin. `name` is the subject of a ticket, the name of a person: never written anywhere."""

    id: str
    type: str
    deleted: datetime | None
    name: str = field(default="", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Agent:
    """A member of the support team."""

    id: str
    email: str
    name: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Department:
    """A department of the portal."""

    id: str
    name: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class FromAddress:
    """An address replies may be sent from."""

    address: str
    department_id: str
    active: bool = True
    verified: bool = True


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """Metadata of a field; `values` are (name, status type) pairs for pick lists."""

    api_name: str
    label: str
    type: str
    custom: bool
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Portal:
    """The organisation behind the access token."""

    id: str
    name: str
    edition: str
