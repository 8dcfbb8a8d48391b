"""Reads the body of a webhook delivery into ids. Pure: bytes in, values out, nothing raised.

Whatever the bytes are, each part ends up as a hint, as something readable that concerns nobody (ignored), or as an
unreadable part with a reason. Names and texts in a payload are never taken over: the record itself is re-read later.
Source: Zoho Desk's webhook guide and OpenAPI description, events and their payloads, checked 2026-11. Times are
epoch milliseconds, as a string or a number.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from zoho_privacy.workflows.arrivals import Hint, Unreadable

EMPTY: Final = frozenset({b"", b"[]", b"{}"})
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
ID_DIGITS: Final = 25
LEAST_MS: Final = 10**11  # a smaller number is seconds

ABOUT_TICKET: Final = frozenset({"Ticket_Add", "Ticket_Update", "Ticket_Delete"})
OF_A_TICKET: Final = frozenset(
    {
        "Ticket_Thread_Add",
        "Ticket_Comment_Add",
        "Ticket_Comment_Update",
        "Ticket_Attachment_Add",
        "Ticket_Attachment_Update",
        "Ticket_Attachment_Trashed",
        "Ticket_Attachment_Restored",
        "Ticket_Attachment_Delete",
        "Ticket_Comment_Attachment_Add",
        "Ticket_Comment_Attachment_Delete",
        "Ticket_Approval_Add",
        "Ticket_Approval_Update",
    }
)
ABOUT_CONTACT: Final = frozenset({"Contact_Add", "Contact_Update", "Contact_Delete"})
OTHER_FAMILIES: Final = (
    "Account_", "Agent_", "Department_", "Task_", "Call_", "Event_", "TimeEntry_",
    "Article_", "KBRootCategory_", "KBSection_", "IM_Message_", "IM_Session_",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery, read. `orgs` are the organisation ids its events claim; `ignored` counts events not for us."""

    hints: tuple[Hint, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    orgs: frozenset[str] = frozenset()
    ignored: int = 0


@dataclass
class _Draft:
    hints: list[Hint] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    orgs: set[str] = field(default_factory=set)
    ignored: int = 0


class _NotReadableError(Exception):
    """Why one event cannot be used; the text is ours and quotes nothing."""


def is_empty(body: bytes) -> bool:
    """Tell whether a body is what the sender uses to try an address out."""
    return body.strip() in EMPTY


def read(body: bytes) -> Delivery:
    """Read a delivery: a JSON array of events, or one event on its own."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, numbers or nesting beyond all measure
        return Delivery(unreadable=(Unreadable("the body is not JSON", body),))
    if isinstance(document, Mapping):
        document = [document]
    if not isinstance(document, list):
        return Delivery(unreadable=(Unreadable("the body is not a list of events", body),))
    draft = _Draft()
    try:
        for event in document:
            _read_event(event, draft)
    except RecursionError:
        return Delivery(unreadable=(Unreadable("the body is nested too deeply", body),))
    return Delivery(tuple(draft.hints), tuple(draft.unreadable), frozenset(draft.orgs), draft.ignored)


def _read_event(event: object, draft: _Draft) -> None:
    raw = _canonical(event)
    try:
        if not isinstance(event, Mapping):
            raise _NotReadableError("an event is not an object")  # noqa: TRY301  one place turns it into a result
        draft.orgs |= set(_claimed(event))
        hint = _hint(event, sha256(raw).hexdigest())
    except _NotReadableError as problem:
        draft.unreadable.append(Unreadable(str(problem), raw))
    else:
        if hint is None:
            draft.ignored += 1
        else:
            draft.hints.append(hint)


def _canonical(value: object) -> bytes:
    """Return the same bytes for the same event, in whatever order a sender writes its members."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def _claimed(event: Mapping[str, Any]) -> Iterator[str]:
    org = _id(event.get("orgId"))
    if org is None:
        raise _NotReadableError("an event names no organisation")
    yield org


def _hint(event: Mapping[str, Any], fingerprint: str) -> Hint | None:
    kind = event.get("eventType")
    if not isinstance(kind, str):
        raise _NotReadableError("an event has no type")
    if kind not in ABOUT_TICKET | OF_A_TICKET | ABOUT_CONTACT:
        if kind.startswith(OTHER_FAMILIES):
            return None
        raise _NotReadableError("the type of an event is unknown")
    payload = event.get("payload")
    if not isinstance(payload, Mapping):
        raise _NotReadableError("an event has no payload")
    record = _id(payload.get("id"))
    if record is None:
        raise _NotReadableError("the payload has no id")
    digest = sha256("|".join((kind, record, str(event.get("eventTime")), fingerprint)).encode()).hexdigest()
    at = _time(event.get("eventTime"))
    if kind in ABOUT_CONTACT:
        return Hint(kind, digest, contact_id=record, at=at)
    contact = _id(payload.get("contactId"))
    if kind in ABOUT_TICKET:
        return Hint(kind, digest, ticket_id=record, contact_id=contact, at=at)
    ticket = _id(payload.get("ticketId")) or _id(payload.get("entityId"))
    if ticket is None:
        raise _NotReadableError("the payload names no ticket")
    thread = record if kind == "Ticket_Thread_Add" else None
    return Hint(kind, digest, ticket_id=ticket, contact_id=contact, thread_id=thread, at=at)


def _id(value: object) -> str | None:
    """Return an id as its digits, or None; numbers are taken too."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value) if isinstance(value, str) or 0 <= value < 10**ID_DIGITS else ""
    return text if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS else None


def _time(value: object) -> datetime | None:
    """Return a time given in epoch milliseconds (or seconds); None where it is none: a hint is useful without."""
    digits = _id(value)
    if digits is None:
        return None
    number = int(digits)
    try:
        return EPOCH + timedelta(milliseconds=number if number > LEAST_MS else number * 1000)
    except OverflowError:
        return None
