"""Everything that was found about one person, already masked, and what was left out and why. Pure values.

`workflows/collect.py` fills them, `domain/package.py` turns them into files; the shape of the files is published in
rules/schemas/export-1.json and does not follow the names here. Texts are ready to be handed out: others' addresses
are masked and secrets withheld, each with an entry in `masks` (R-ACCESS-4, R-ACCESS-6).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from zoho_privacy.domain.model import Kind, Law
from zoho_privacy.domain.records import Contact, Ticket
from zoho_privacy.domain.sources import About, Found

_NUMBER: Final = re.compile(r"[A-Z]{1,6}[-/ ]?[0-9]{4,12}")
"""A customer's number as firms give them: some letters, then digits."""


SOURCE: Final = "source"
"""What a tally of all records of a system beside the desk is called; its path is the system's name."""


class Relation(StrEnum):
    """Whose ticket it is, seen from the person: it decides what of it may be handed out."""

    OWN = "own"  # everything, others' data masked
    SHARED = "shared"  # another person's ticket: only what the person wrote
    NONE = "none"  # a near miss of the search


class Author(StrEnum):
    """Who wrote something, as said to the person."""

    SUBJECT = "subject"
    TEAM = "team"
    OTHER = "other"
    SYSTEM = "system"


class Code(StrEnum):
    """Why something is missing. `GAPS` make an export incomplete; the others are decisions or facts."""

    OTHERS_TICKET = "others_ticket"
    OTHERS_FILE = "others_file"
    INTERNAL_FILE = "internal_file"
    NOT_PROVIDED = "not_provided"
    NOT_READABLE = "not_readable"
    EXTERNAL = "external"
    FIELD_HIDDEN = "field_hidden"
    NOT_INSPECTED = "not_inspected"
    TEXT_INSTEAD = "text_instead"
    COPY = "copy"
    NO_PERSON = "no_person"
    UNREADABLE = "unreadable"
    COUNT_DIFFERS = "count_differs"
    PATH_MISSING = "path_missing"
    FILE_DIFFERS = "file_differs"
    TWIN_CONTACT = "twin_contact"
    NOT_COUNTED = "not_counted"


GAPS: Final = frozenset({Code.UNREADABLE, Code.COUNT_DIFFERS, Code.PATH_MISSING, Code.FILE_DIFFERS, Code.TWIN_CONTACT})


@dataclass(frozen=True, slots=True)
class Known:
    """Whose data it is: addresses folded to lower case, phones as digits, the person's contact id.

    `team` holds the controller's own support addresses: not a third person's data, so they stay readable. `account_id`
    is the firm's record, in whose tickets the person may have been copied. `address` is where the person lives or
    works as on record, street in the first line.
    """

    contact_id: str
    addresses: frozenset[str]
    phones: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    team: frozenset[str] = frozenset()
    account_id: str | None = None
    numbers: frozenset[str] = frozenset()
    address: str = ""


@dataclass(frozen=True, slots=True)
class FileCopy:
    """A file of the package. `blob` is where its sealed bytes wait, `path` where it stands in the package."""

    id: str
    name: str
    path: str
    size: int
    sha256: str
    blob: str
    source: str
    by: Author
    parent: str = ""
    ticket_id: str = ""
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a conversation; `content` is as stored but masked, `text` is what a person reads of it.

    `headers` are those of the mail it came as, masked too; empty where Desk has no source of it.
    """

    id: str
    at: datetime
    by: Author
    direction: str
    channel: str
    sender: str
    to: str
    cc: str
    visibility: str
    status: str
    is_description: bool
    content_type: str
    content: str
    text: str
    file_ids: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A comment on a ticket; not `public` means the team's internal note."""

    id: str
    at: datetime
    by: Author
    public: bool
    content: str
    text: str
    file_ids: tuple[str, ...] = ()
    earlier: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a ticket's history."""

    at: datetime
    name: str
    by: Author
    changes: tuple[tuple[str, str | None, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """A ticket. With relation SHARED it holds the person's own messages and nothing else of the ticket."""

    id: str
    number: str
    relation: Relation
    subject: str
    status: str
    status_type: str
    department: str
    channel: str
    created: datetime
    modified: datetime | None
    closed: datetime | None
    description: str
    email: str | None
    phone: str | None
    category: str | None
    resolution: str | None
    trashed: bool
    archived: bool
    custom: Mapping[str, str | None] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    notes: tuple[Note, ...] = ()
    steps: tuple[Step, ...] = ()
    file_ids: tuple[str, ...] = ()
    activities: tuple[Mapping[str, Any], ...] = ()
    time_entries: tuple[Mapping[str, Any], ...] = ()
    resolutions: tuple[Mapping[str, Any], ...] = ()
    metrics: Mapping[str, Any] | None = None
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """The contact record and what hangs on it; `record` holds every field as stored, others masked."""

    id: str
    name: str
    first_name: str | None
    last_name: str | None
    email: str | None
    secondary_email: str | None
    phone: str | None
    mobile: str | None
    country: str | None
    state: str | None
    account: str | None
    created: datetime | None
    modified: datetime | None
    record: Mapping[str, Any] = field(default_factory=dict)
    comments: tuple[Mapping[str, Any], ...] = ()
    history: tuple[Mapping[str, Any], ...] = ()
    statistics: Mapping[str, Any] | None = None
    portal_users: tuple[Mapping[str, Any], ...] = ()
    file_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Omission:
    """Something that is not in the package, and why. `what` names the sort of thing, `count` how many (R-ACCESS-1)."""

    what: str
    code: Code
    id: str = ""
    ticket: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Mask:
    """How many values of one class were masked in one record, and why (R-ACCESS-4)."""

    record: str
    label: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Spot:
    """One mask as a reviewer sees it: what was masked and what stands around it. Never part of a package."""

    record: str
    label: str
    reason: str
    before: str
    value: str
    after: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a reviewer changed: values to `show` that were masked, words to `hide` that were not; case folded.

    Secrets, and what the law forbids to hand out, stay masked whatever is decided (R-ACCESS-6).
    """

    show: frozenset[str] = frozenset()
    hide: frozenset[str] = frozenset()


NO_DECISIONS: Final = Decisions()


@dataclass(frozen=True, slots=True)
class Tally:
    """What one read path promised against what was obtained (R-ACCESS-2). None: the path told no number."""

    what: str
    path: str
    expected: int | None
    obtained: int
    record: str = ""

    @property
    def short(self) -> bool:
        """Whether something that was announced is missing."""
        return self.expected is not None and self.obtained < self.expected


@dataclass(frozen=True, slots=True)
class Collected:
    """One person's data as one case may hand it out. `at` is when the export was started."""

    org: str
    case_id: str
    ticket_number: str
    kind: Kind
    law: Law
    language: str
    at: datetime
    person: Person
    conversations: tuple[Conversation, ...] = ()
    files: tuple[FileCopy, ...] = ()
    omissions: tuple[Omission, ...] = ()
    masks: tuple[Mask, ...] = ()
    tallies: tuple[Tally, ...] = ()
    spots: tuple[Spot, ...] = ()
    sources: tuple[Found, ...] = ()
    """What other systems hold, already masked; `asked` are all that were asked."""
    asked: tuple[About, ...] = ()

    @property
    def gaps(self) -> tuple[Omission, ...]:
        """What a person must look at before this may be called complete."""
        return tuple(each for each in self.omissions if each.code in GAPS)

    @property
    def complete(self) -> bool:
        """Whether everything announced was obtained or left out by decision, and every system announced something."""
        return not self.gaps and not self.uncounted

    @property
    def uncounted(self) -> bool:
        """Whether a system beside the desk could not say how many records it holds: nothing confirms its list."""
        return any(each.code is Code.NOT_COUNTED for each in self.omissions)


def known(contact: Contact, team: frozenset[str] = frozenset()) -> Known:
    """Say who the subject is, from the record on file."""
    names = {f"{contact.first_name or ''} {contact.last_name or ''}".strip(), contact.last_name or ""}
    return Known(
        contact_id=contact.id,
        addresses=frozenset(a.strip().casefold() for a in (contact.email, contact.secondary_email) if a),
        phones=frozenset(d for p in (contact.phone, contact.mobile) if p and len(d := digits(p)) >= 5),
        names=frozenset(name.casefold() for name in names if name),
        team=frozenset(a.strip().casefold() for a in team),
        account_id=contact.account_id,
        numbers=frozenset(v for v in _custom(contact) if _NUMBER.fullmatch(v)),
        address=_address(contact),
    )


def _address(contact: Contact) -> str:
    street, *rest = (str(contact.raw.get(name) or "").strip() for name in ("street", "zip", "city", "state", "country"))
    return "\n".join((street, *rest)) if street else ""


def _custom(contact: Contact) -> list[str]:
    fields = contact.raw.get("cf")
    return [value.strip() for value in fields.values() if isinstance(value, str)] if isinstance(fields, Mapping) else []


def relation(ticket: Ticket, who: Known) -> Relation:
    """Tell whose ticket it is from the ticket alone; SHARED also where only a reading of the messages can tell.

    A ticket without contact belongs to the person whose address it carries; a ticket of another contact never
    becomes the person's own because a copy of an address stands on it.
    """
    if ticket.contact_id == who.contact_id:
        return Relation.OWN
    if ticket.contact_id is None and (ticket.email or "").strip().casefold() in who.addresses:
        return Relation.OWN
    return Relation.SHARED


def digits(phone: str) -> str:
    """Reduce a phone number to its digits."""
    return "".join(c for c in phone if c.isdigit())


def portable(everything: Collected) -> Collected:
    """Keep what the person provided or what was observed about them (R-PORT-1); list the rest as left out.

    The team's messages, notes, internal history, time entries and figures are neither; the person gets them with
    an access request.
    """
    left: list[Omission] = []
    kept = tuple(_portable(c, left) for c in everything.conversations)
    files = tuple(f for f in everything.files if f.by is Author.SUBJECT)
    ids = {f.id for f in files}
    person = everything.person
    for what, count in (
        ("file", len(everything.files) - len(files)),
        ("contact_comment", len(person.comments)),
        ("contact_history", len(person.history)),
        ("statistics", int(person.statistics is not None)),
        ("source", len(everything.sources)),
    ):
        if count:
            left.append(Omission(what, Code.NOT_PROVIDED, count=count))
    return replace(
        everything,
        person=replace(
            person, comments=(), history=(), statistics=None, file_ids=tuple(i for i in person.file_ids if i in ids)
        ),
        conversations=tuple(replace(c, file_ids=tuple(i for i in c.file_ids if i in ids)) for c in kept),
        files=files,
        sources=(),
        omissions=(*(each for each in everything.omissions if each.code is not Code.NOT_COUNTED), *left),
    )


def _portable(talk: Conversation, left: list[Omission]) -> Conversation:
    messages = tuple(m for m in talk.messages if m.by is Author.SUBJECT)
    notes = tuple(n for n in talk.notes if n.public and n.by is Author.SUBJECT)
    for what, count in (
        ("message", len(talk.messages) - len(messages)),
        ("comment", len(talk.notes) - len(notes)),
        ("history", len(talk.steps)),
        ("time_entry", len(talk.time_entries)),
        ("activity", len(talk.activities)),
        ("resolution", len(talk.resolutions) or int(bool(talk.resolution))),
    ):
        if count:
            left.append(Omission(what, Code.NOT_PROVIDED, ticket=talk.number, count=count))
    return replace(
        talk,
        messages=messages,
        notes=notes,
        steps=(),
        activities=(),
        time_entries=(),
        resolutions=(),
        resolution=None,
        metrics=None,
        record={},
    )
