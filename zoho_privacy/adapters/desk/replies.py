"""Reads Zoho Desk's records into the frozen values of `domain/records.py`. Pure.

Lenient where Desk is: times as ISO text or epoch numbers, counts as text or numbers, unknown members ignored, missing
ones None, since the agent profile's field security removes fields. Strict where guessing would be dangerous: a ticket
without id or creation time is not read at all, and a status type we do not know counts as open.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from zoho_privacy.domain import records as r
from zoho_privacy.domain.errors import DeskForbidden

HrefReader = Callable[[str], str | None]
CONTACT_DETAILS: Final = ("street", "city", "zip", "title", "twitter", "facebook", "description")
"""What a person's record says beyond name, addresses and numbers: named in Desk as in our own words."""
_EPOCH_MS: Final = 10**11


# ------------------------------------------------------------------------------------------------------------- values


def text(value: Any) -> str | None:
    """Return a scalar as text, None for null and for what is not a scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def known(value: Any) -> str | None:
    """Return a scalar as text, None also where it is empty."""
    return text(value) or None


def number(value: Any) -> int:
    """Return a count that came as text or number; 0 where it is neither."""
    try:
        return int(str(value).strip())
    except ValueError:
        return 0


def flag(value: Any) -> bool:
    """Return a boolean that may have come as text."""
    return value is True or (isinstance(value, str) and value.strip().casefold() == "true")


def moment(value: Any) -> datetime | None:
    """Return a time given as ISO 8601 (UTC where no zone is named) or as epoch seconds or milliseconds, else None."""
    if isinstance(value, bool) or value is None:
        return None
    written = str(value).strip()
    try:
        if written.lstrip("-").isdecimal():
            count = int(written)
            return datetime.fromtimestamp(count / 1000 if abs(count) >= _EPOCH_MS else count, UTC)
        parsed = datetime.fromisoformat(written)
    except (ValueError, OverflowError, OSError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def status_type(value: Any) -> r.StatusType:
    """Fold `On Hold`, `ONHOLD`, `Closed` and the like; anything unknown is open, which erases nothing."""
    folded = (text(value) or "").casefold().replace(" ", "").replace("_", "")
    folding: Mapping[str, r.StatusType] = {"onhold": "on_hold", "closed": "closed"}
    return folding.get(folded, "open")


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _needed_id(raw: r.Raw, what: str) -> str:
    found = known(raw.get("id"))
    if found is None:
        raise DeskForbidden(f"a {what} came without its id")
    return found


def _needed_time(raw: r.Raw, key: str, what: str) -> datetime:
    found = moment(raw.get(key))
    if found is None:
        raise DeskForbidden(f"{what} {text(raw.get('id'))} came without a readable {key}: is the field hidden from us?")
    return found


# ------------------------------------------------------------------------------------------------------------ tickets


def ticket(raw: r.Raw) -> r.Ticket:
    """Read a ticket, whole or from a list."""
    return r.Ticket(
        id=_needed_id(raw, "ticket"),
        number=text(raw.get("ticketNumber")) or "",
        subject=text(raw.get("subject")) or "",
        status=text(raw.get("status")) or "",
        status_type=status_type(raw.get("statusType")),
        department_id=text(raw.get("departmentId")) or "",
        contact_id=known(raw.get("contactId")),
        created=_needed_time(raw, "createdTime", "ticket"),
        description=text(raw.get("description")),
        channel=text(raw.get("channel")) or "",
        email=known(raw.get("email")),
        phone=known(raw.get("phone")),
        category=known(raw.get("category")),
        account_id=known(raw.get("accountId")),
        resolution=known(raw.get("resolution")),
        modified=moment(raw.get("modifiedTime")),
        closed=moment(raw.get("closedTime")),
        customer_wrote=moment(raw.get("customerResponseTime")),
        secondary_contact_ids=_secondary(raw.get("secondaryContacts")),
        custom={name: text(value) for name, value in _object(raw.get("cf")).items()},
        thread_count=number(raw.get("threadCount")),
        comment_count=number(raw.get("commentCount")),
        attachment_count=number(raw.get("attachmentCount")),
        tag_count=_counted(raw, "tagCount"),
        time_entry_count=_counted(raw, "timeEntryCount"),
        trashed=flag(raw.get("isTrashed")) or flag(raw.get("isDeleted")),
        spam=flag(raw.get("isSpam")),
        archived=flag(raw.get("isArchived")),
        raw=raw,
    )


def _counted(raw: r.Raw, name: str) -> int | None:
    return None if raw.get(name) is None else number(raw[name])


def _secondary(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else []
    ids = (known(each.get("id")) if isinstance(each, Mapping) else known(each) for each in listed)
    return tuple(each for each in ids if each)


def attachment(raw: r.Raw, path: HrefReader) -> r.Attachment:
    """Read a file's entry. `href` is empty where the file lies on a host that is not ours: it cannot be fetched."""
    return r.Attachment(
        id=_needed_id(raw, "file"),
        name=text(raw.get("name")) or "",
        size=number(raw.get("size")),
        href=path(text(raw.get("href")) or "") or "",
        raw=raw,
    )


def thread(raw: r.Raw, ticket_id: str, path: HrefReader) -> r.Thread:
    """Read a message, with content where it was asked for. What is not marked `in` is taken as ours."""
    author = _object(raw.get("author"))
    direction: Literal["in", "out"] = "in" if (text(raw.get("direction")) or "").casefold() == "in" else "out"
    return r.Thread(
        id=_needed_id(raw, "thread"),
        ticket_id=ticket_id,
        direction=direction,
        channel=text(raw.get("channel")) or "",
        author_type=(text(author.get("type")) or "").upper(),
        author_email=known(author.get("email")),
        created=_needed_time(raw, "createdTime", "thread"),
        status=(text(raw.get("status")) or "SUCCESS").upper(),
        visibility=(text(raw.get("visibility")) or "public").casefold(),
        is_description=flag(raw.get("isDescriptionThread")),
        author_name=known(author.get("name")) or _full_name(author),
        to=text(raw.get("to")) or "",
        cc=text(raw.get("cc")) or "",
        reply_to=text(raw.get("replyTo")) or "",
        from_address=text(raw.get("fromEmailAddress")) or "",
        summary=text(raw.get("summary")) or "",
        content=text(raw.get("content")),
        content_type=text(raw.get("contentType")) or "text/html",
        truncated=flag(raw.get("isContentTruncated")),
        attachments=tuple(attachment(each, path) for each in _objects(raw.get("attachments"))),
        raw=raw,
    )


def original_mail(raw: r.Raw) -> r.OriginalMail | None:
    """Read the source of a mail, None where there is none."""
    source = known(raw.get("content"))
    return r.OriginalMail(source, text(raw.get("returnPath")), raw) if source else None


def comment(raw: r.Raw, ticket_id: str, path: HrefReader) -> r.Comment:
    """Read a comment."""
    commenter = _object(raw.get("commenter"))
    return r.Comment(
        id=_needed_id(raw, "comment"),
        ticket_id=ticket_id,
        content=text(raw.get("content")) or "",
        public=flag(raw.get("isPublic")),
        created=_needed_time(raw, "commentedTime", "comment"),
        commenter_id=known(raw.get("commenterId")) or known(commenter.get("id")),
        commenter_type=(text(commenter.get("type")) or "").upper(),
        attachments=tuple(attachment(each, path) for each in _objects(raw.get("attachments"))),
        raw=raw,
    )


def activity_kind(raw: r.Raw) -> Literal["tasks", "calls", "events"] | None:
    """Return what a row of the common list is, None where it does not say."""
    kinds: Mapping[str, Literal["tasks", "calls", "events"]] = {"tasks": "tasks", "calls": "calls", "events": "events"}
    return kinds.get((text(raw.get("activityType")) or "").casefold())


def activity(raw: r.Raw, kind: Literal["tasks", "calls", "events"]) -> r.Activity:
    """Read a task, call or event."""
    return r.Activity(_needed_id(raw, "activity"), kind, raw)


# ------------------------------------------------------------------------------------------------------------ history


def history_event(raw: r.Raw) -> r.HistoryEvent:
    """Read a line of a ticket's history, with the agent who ran it where a macro is named as the actor."""
    actor = _object(raw.get("actor"))
    kind = text(actor.get("type")) or ""
    return r.HistoryEvent(
        name=text(raw.get("eventName")) or "",
        at=_needed_time(raw, "eventTime", "history line"),
        actor_type=kind,
        actor_id=known(actor.get("id")),
        agent_id=known(actor.get("id")) if kind.casefold() == "agent" else _agent_behind(raw.get("actorInfo")),
        changes=tuple(_change(each) for each in _objects(raw.get("eventInfo"))),
        raw=raw,
    )


def _agent_behind(info: Any) -> str | None:
    """Find the agent in `actorInfo`, whose entries are either people or properties holding one."""
    people = [entry for each in _objects(info) for entry in (each, _object(each.get("propertyValue")))]
    agents = (person.get("id") for person in people if (text(person.get("type")) or "").casefold() == "agent")
    return next((found for found in map(known, agents) if found), None)


def _change(raw: r.Raw) -> r.Change:
    value = raw.get("propertyValue")
    if isinstance(value, Mapping) and value.keys() & {"previousValue", "updatedValue"}:
        before, after = _shown(value.get("previousValue")), _shown(value.get("updatedValue"))
    else:
        before, after = None, _shown(value)
    return r.Change(text(raw.get("propertyName")) or "", before, after)


def _shown(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return known(value.get("name")) or known(value.get("id"))
    if isinstance(value, list):
        return ", ".join(shown for shown in map(_shown, value) if shown)
    return text(value)


# ------------------------------------------------------------------------------------------------------------- people


def contact(raw: r.Raw) -> r.Contact:
    """Read a person's record."""
    account = _object(raw.get("account"))
    return r.Contact(
        id=_needed_id(raw, "contact"),
        first_name=known(raw.get("firstName")),
        last_name=known(raw.get("lastName")),
        email=known(raw.get("email")),
        created=moment(raw.get("createdTime")),
        modified=moment(raw.get("modifiedTime")),
        secondary_email=known(raw.get("secondaryEmail")),
        phone=known(raw.get("phone")),
        mobile=known(raw.get("mobile")),
        country=known(raw.get("country")),
        state=known(raw.get("state")),
        account_id=known(raw.get("accountId")) or known(account.get("id")),
        account_name=known(account.get("accountName")) or known(account.get("name")),
        is_end_user=flag(raw.get("isEndUser")),
        trashed=flag(raw.get("isTrashed")) or flag(raw.get("isDeleted")),
        has_photo=known(raw.get("photoURL")) is not None,
        crm_id=known(_object(raw.get("zohoCRMContact")).get("id")),
        details=_details(raw),
        raw=raw,
    )


def _details(raw: r.Raw) -> dict[str, str]:
    """Return what a person's record says beyond its first lines, custom fields by their API names."""
    named = {name: raw.get(name) for name in CONTACT_DETAILS}
    custom = {name: value for name, value in _object(raw.get("cf")).items() if name.startswith("cf_")}
    return {name: value for name, value in (named | custom).items() if isinstance(value, str) and value}


def has_address(raw: r.Raw, email: str) -> bool:
    """Return whether one of a contact's two addresses is exactly this one, case and outer blanks folded."""
    wanted = email.strip().casefold()
    return any((text(raw.get(key)) or "").strip().casefold() == wanted for key in ("email", "secondaryEmail"))


def agent(raw: r.Raw) -> r.Agent:
    """Read a member of the support team."""
    return r.Agent(
        id=_needed_id(raw, "agent"),
        email=text(raw.get("emailId")) or text(raw.get("email")) or "",
        name=known(raw.get("name")) or _full_name(raw) or "",
        active=(text(raw.get("status")) or "ACTIVE").casefold() == "active",
    )


def _full_name(raw: r.Raw) -> str | None:
    return " ".join(part for part in (known(raw.get("firstName")), known(raw.get("lastName"))) if part) or None


# -------------------------------------------------------------------------------------------------------------- setup


def portal(raw: r.Raw) -> r.Portal:
    """Read an organisation."""
    name = known(raw.get("companyName")) or known(raw.get("portalName")) or ""
    return r.Portal(_needed_id(raw, "organisation"), name, text(raw.get("edition")) or "")


def department(raw: r.Raw) -> r.Department:
    """Read a department."""
    return r.Department(_needed_id(raw, "department"), text(raw.get("name")) or "", flag(raw.get("isEnabled", True)))


def from_address(raw: r.Raw) -> r.FromAddress:
    """Read an address replies may be sent from; what is not said to be active and verified is not."""
    return r.FromAddress(
        address=text(raw.get("address")) or "",
        department_id=text(raw.get("departmentId")) or "",
        active=flag(raw.get("isActive")),
        verified=flag(raw.get("isVerified")),
    )


def field_info(raw: r.Raw) -> r.FieldInfo:
    """Read a field's description; status values carry their folded type."""
    return r.FieldInfo(
        api_name=text(raw.get("apiName")) or "",
        label=text(raw.get("displayLabel")) or "",
        type=text(raw.get("type")) or "",
        custom=flag(raw.get("isCustomField")),
        values=tuple(_allowed(each) for each in _list(raw.get("allowedValues"))),
    )


def _allowed(value: Any) -> tuple[str, str]:
    if not isinstance(value, Mapping):
        return text(value) or "", ""
    kind = value.get("statusType")
    return text(value.get("value")) or "", "" if kind is None else status_type(kind)


def bin_item(raw: r.Raw) -> r.BinItem:
    """Read a record in the recycle bin."""
    name = text(raw.get("displayName")) or ""
    return r.BinItem(_needed_id(raw, "bin item"), text(raw.get("type")) or "", moment(raw.get("deletedTime")), name)


def subject_request(raw: r.Raw) -> r.SubjectRequest:
    """Read one of Zoho's own subject access requests; its times may be epoch numbers or ISO text."""
    return r.SubjectRequest(
        id=_needed_id(raw, "subject request"),
        status=(text(raw.get("status")) or "").upper(),
        kind=text(raw.get("requestType")) or "",
        reference=text(raw.get("referenceTicketNumber")) or "",
        created=moment(raw.get("createdTime")),
    )
