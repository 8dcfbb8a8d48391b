"""What was collected, as the files a person gets: JSON with a published schema, CSV, one readable page, sums.

Pure and deterministic: the same values give the same bytes. Every JSON file carries `schema` and `document` and fits
rules/schemas/export-1.json, which travels along; a change that breaks a reader gets a new schema file and number.
JSON is the exact copy. CSV is for spreadsheets: UTF-8 with a byte order mark, CRLF, every cell quoted, and a cell that
a program would take for a formula is led by an apostrophe. docs/export-format.md describes the same for readers.
"""

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from zoho_privacy.domain import mailfile
from zoho_privacy.domain.collected import SOURCE, Collected, Conversation, FileCopy, Message, Note, portable
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.model import Kind

SCHEMA: Final = "export-1"
SCHEMA_PATH: Final = "schema/export-1.json"
CARD: Final = "contact.vcf"
EVERYTHING: Final = frozenset({Kind.ACCESS, Kind.KNOW_SPECIFIC})
ANSWER_ALONE: Final = frozenset({Kind.KNOW_CATEGORIES, Kind.RECIPIENT_LIST})
"""What is answered with explanations and without a copy."""
KINDS: Final = EVERYTHING | ANSWER_ALONE | {Kind.PORTABILITY}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # full width too
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_BOM: Final = "\ufeff"

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One zip of a package: its name for people, its size in bytes and its sum."""

    filename: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file of the package: how its bytes are made, or the name in the vault in `blob`; `part` tells its zip.

    The bytes are made again for whoever asks, the same each time: nobody holds all of a large package at once.
    """

    path: str
    size: int
    sha256: str
    make: Callable[[], bytes] = field(default=bytes, compare=False)
    blob: str = ""
    part: int = 1

    @property
    def data(self) -> bytes:
        """The bytes, empty where they wait in the vault."""
        return self.make()


def scope(found: Collected) -> Collected:
    """Keep what the case's kind asks for.

    Raises:
        BadInput: The kind is not one that is answered with a package.
    """
    if found.kind not in KINDS:
        raise BadInput(f"no export answers a case of kind {found.kind}")
    if found.kind in ANSWER_ALONE:
        return replace(
            found, conversations=(), files=(), omissions=(), masks=(), tallies=(), spots=(), sources=(), asked=()
        )
    return found if found.kind in EVERYTHING else portable(found)


def parts(found: Collected, most: int) -> Mapping[str, int]:
    """Return in which further part each file of a large package lies, by its path; nothing where one zip holds all.

    `most` is what the files of a part may have together, in bytes. The first part is what people read and all data, the
    others follow with the files, a larger one in a part of its own (R-ACCESS-7).
    """
    if sum(copy.size for copy in found.files) <= most:
        return {}
    placed: dict[str, int] = {}
    part, room = 1, 0
    for copy in sorted(found.files, key=lambda each: each.path):
        if copy.size > room or part == 1:
            part, room = part + 1, most
        room -= copy.size
        placed[copy.path] = part
    return placed


def copies(found: Collected, placed: Mapping[str, int]) -> tuple[PackageFile, ...]:
    """Return the person's files in path order, each with its part as `parts` says."""
    paths = sorted(found.files, key=lambda each: each.path)
    return tuple(PackageFile(f.path, f.size, f.sha256, blob=f.blob, part=placed.get(f.path, 1)) for f in paths)


def files(
    found: Collected,
    pages: Mapping[str, Callable[[], str]],
    schema: bytes,
    answer: Sequence[Document] = (),
    placed: Mapping[str, int] = MappingProxyType({}),
    further: Sequence[Part] = (),
) -> tuple[PackageFile, ...]:
    """Return every file of the package in path order; `found` is already in scope, `pages` are what people read.

    `answer` is the answer of table 15.4 as data; it stands in index.html as text. `placed` is what `parts` says, and
    `further` are the parts behind the first, for the manifest.
    """
    paths = {copy.id: copy.path for copy in found.files}
    made: dict[str, Callable[[], bytes]] = {path: partial(_page, page) for path, page in pages.items()}
    made |= {SCHEMA_PATH: lambda: schema, f"data/{ANSWER}.json": lambda: _json(_answer(found, answer))}
    if found.kind not in ANSWER_ALONE:
        made |= {f"data/{name}.json": partial(_made, document, found) for name, document in DOCUMENTS.items()}
        made |= {"data/sources.json": lambda: _json(_sources(found))} if found.asked else {}
        made |= {f"data/{name}.csv": partial(_sheet, table, found) for name, table in TABLES.items()}
        made |= {"omissions.json": lambda: _json(omissions(found)), CARD: lambda: mailfile.card(found.person)}
        made |= {path: partial(mailfile.mail, talk, message, paths) for path, talk, message in mails(found)}
    listed = [_measured(path, make) for path, make in made.items()]
    listed += copies(found, placed)
    listed.sort(key=lambda each: each.path)
    return (*listed, _measured("manifest.json", lambda: _json(_manifest(found, listed, further))))


def _measured(path: str, make: Callable[[], bytes]) -> PackageFile:
    data = make()
    return PackageFile(path, len(data), _sha256(data), make)


def _page(page: Callable[[], str]) -> bytes:
    return page().encode("utf-8", "replace")


def _made(document: Callable[[Collected], Document], found: Collected) -> bytes:
    return _json(document(found))


def _sheet(table: Callable[[Collected], Iterable[Sequence[str]]], found: Collected) -> bytes:
    return _csv(table(found))


def mails(found: Collected) -> Iterator[tuple[str, Conversation, Message]]:
    """Yield the messages that are mails, each with its place in the package."""
    for talk in found.conversations:
        letters = (each for each in talk.messages if each.channel.upper() == mailfile.EMAIL)
        for place, message in enumerate(letters, 1):
            yield f"mails/{_UNSAFE.sub('-', talk.number or talk.id)}/{place:03}.eml", talk, message


# ------------------------------------------------------------------------------------------------------------ documents


def _answer(found: Collected, answer: Sequence[Document]) -> Document:
    return _document(found, ANSWER, answer=list(answer))


def _contact_document(found: Collected) -> Document:
    return _document(found, "contact", contact=_contact(found))


def _tickets(found: Collected) -> Document:
    return _document(found, "tickets", tickets=[_ticket(talk) for talk in found.conversations])


def _messages(found: Collected) -> Document:
    places = {message.id: path for path, _, message in mails(found)}
    messages = [{**_message(t, m), **_as_mail(m, places)} for t in found.conversations for m in t.messages]
    return _document(found, "messages", messages=messages)


def _comments(found: Collected) -> Document:
    return _document(found, "comments", comments=[_note(t, n) for t in found.conversations for n in t.notes])


def _attachments(found: Collected) -> Document:
    return _document(found, "attachments", attachments=[_file(copy) for copy in found.files])


def _history(found: Collected) -> Document:
    return _document(found, "history", history=list(_steps(found)))


def _activity(found: Collected) -> Document:
    return _document(found, "activities", activities=list(_activities(found)))


def _sources(found: Collected) -> Document:
    """Return what systems beside the desk were asked, what they hold and how many records they say they hold."""
    held_by = Counter(each.about.name for each in found.sources)
    asked = [
        {"name": each.name, "title": each.title, "collected": held_by[each.name], "counted": counted(found, each.name)}
        for each in found.asked
    ]
    held = [
        {"source": f.about.name, "kind": f.record.kind, "id": f.record.id, "record": dict(f.record.values)}
        for f in found.sources
    ]
    return _document(found, "sources", asked=asked, sources=held)


def counted(found: Collected, source: str) -> int | None:
    """Return how many records a system says that it holds of the person, None where it cannot say."""
    return next((each.expected for each in found.tallies if (each.what, each.path) == (SOURCE, source)), None)


ANSWER: Final = "answer"
DOCUMENTS: Final[Mapping[str, Callable[[Collected], Document]]] = {
    "contact": _contact_document,
    "tickets": _tickets,
    "messages": _messages,
    "comments": _comments,
    "attachments": _attachments,
    "history": _history,
    "activities": _activity,
}
"""The JSON documents under data/, by name, besides the answer."""


def omissions(found: Collected) -> Document:
    """Return what is not in the package, what was masked, and how completeness was checked."""
    return _document(
        found,
        "omissions",
        complete=found.complete,
        omissions=[
            {"what": o.what, "reason": str(o.code), "id": o.id, "ticket_number": o.ticket, "count": o.count}
            for o in found.omissions
        ],
        masked=[{"record": m.record, "class": m.label, "reason": m.reason, "count": m.count} for m in found.masks],
        counts=[
            {"what": t.what, "path": t.path, "expected": t.expected, "obtained": t.obtained} for t in found.tallies
        ],
    )


def _document(found: Collected, name: str, **members: Any) -> Document:
    return {
        "schema": SCHEMA,
        "document": name,
        "kind": str(found.kind),
        "case": found.case_id,
        "created": _time(found.at),
        **members,
    }


def _contact(found: Collected) -> Document:
    p = found.person
    return {
        "id": p.id,
        "first_name": p.first_name,
        "last_name": p.last_name,
        "email": p.email,
        "secondary_email": p.secondary_email,
        "phone": p.phone,
        "mobile": p.mobile,
        "country": p.country,
        "state": p.state,
        "account": p.account,
        "created": _time(p.created),
        "modified": _time(p.modified),
        "portal_users": list(p.portal_users),
        "comments": list(p.comments),
        "history": list(p.history),
        "statistics": p.statistics,
        "attachment_ids": list(p.file_ids),
        "record": p.record,
    }


def _ticket(talk: Conversation) -> Document:
    return {
        "id": talk.id,
        "number": talk.number,
        "relation": str(talk.relation),
        "subject": talk.subject,
        "description": talk.description,
        "status": talk.status,
        "status_type": talk.status_type,
        "department": talk.department,
        "channel": talk.channel,
        "category": talk.category,
        "email": talk.email,
        "phone": talk.phone,
        "created": _time(talk.created),
        "modified": _time(talk.modified),
        "closed": _time(talk.closed),
        "trashed": talk.trashed,
        "archived": talk.archived,
        "tags": list(talk.tags),
        "custom_fields": dict(talk.custom),
        "resolution": talk.resolution,
        "earlier_resolutions": list(talk.resolutions),
        "message_ids": [m.id for m in talk.messages],
        "comment_ids": [n.id for n in talk.notes],
        "attachment_ids": list(talk.file_ids),
        "metrics": talk.metrics,
        "record": talk.record,
    }


def _message(talk: Conversation, message: Message) -> Document:
    return {
        "id": message.id,
        "ticket_id": talk.id,
        "created": _time(message.at),
        "author": str(message.by),
        "direction": message.direction,
        "channel": message.channel,
        "from": message.sender,
        "to": message.to,
        "cc": message.cc,
        "visibility": message.visibility,
        "status": message.status,
        "opens_ticket": message.is_description,
        "content_type": message.content_type,
        "content": message.content,
        "text": message.text,
        "attachment_ids": list(message.file_ids),
    }


def _as_mail(message: Message, places: Mapping[str, str]) -> Document:
    headers = [{"name": name, "value": value} for name, value in message.headers]
    return {"mail": places.get(message.id), "headers": headers}


def _note(talk: Conversation, note: Note) -> Document:
    return {
        "id": note.id,
        "ticket_id": talk.id,
        "created": _time(note.at),
        "author": str(note.by),
        "public": note.public,
        "content": note.content,
        "text": note.text,
        "earlier": list(note.earlier),
        "attachment_ids": list(note.file_ids),
    }


def _file(copy: FileCopy) -> Document:
    return {
        "id": copy.id,
        "name": copy.name,
        "path": copy.path,
        "size": copy.size,
        "sha256": copy.sha256,
        "belongs_to": copy.source,
        "parent_id": copy.parent,
        "ticket_id": copy.ticket_id,
        "author": str(copy.by),
        "masked": copy.masked,
    }


def _steps(found: Collected) -> Iterator[Document]:
    for talk in found.conversations:
        for step in talk.steps:
            yield {
                "ticket_id": talk.id,
                "at": _time(step.at),
                "event": step.name,
                "author": str(step.by),
                "changes": [{"field": n, "before": before, "after": after} for n, before, after in step.changes],
            }


def _activities(found: Collected) -> Iterator[Document]:
    for talk in found.conversations:
        for activity in talk.activities:
            yield {"ticket_id": talk.id, "kind": activity.get("kind", ""), "record": activity}
        for entry in talk.time_entries:
            yield {"ticket_id": talk.id, "kind": "time_entry", "record": entry}


def _manifest(found: Collected, listed: Sequence[PackageFile], further: Sequence[Part]) -> Document:
    sums = [
        {"path": each.path, "size": each.size, "sha256": each.sha256, **({"part": each.part} if further else {})}
        for each in listed
    ]
    zips = [{"part": n, "name": p.filename, "size": p.size, "sha256": p.sha256} for n, p in enumerate(further, 2)]
    return _document(found, "manifest", complete=found.complete, files=sums, **({"parts": zips} if zips else {}))


# --------------------------------------------------------------------------------------------------------------- tables

_CONTACT: Final = (
    "first_name",
    "last_name",
    "email",
    "secondary_email",
    "phone",
    "mobile",
    "country",
    "state",
    "account",
)
_TICKET: Final = (
    "id",
    "number",
    "relation",
    "subject",
    "status",
    "department",
    "channel",
    "category",
    "email",
    "phone",
)
_MESSAGE: Final = ("id", "ticket_id", "created", "author", "direction", "channel", "from", "to", "cc", "text")
_NOTE: Final = ("id", "ticket_id", "created", "author", "public", "text")
_FILE: Final = ("id", "name", "path", "size", "sha256", "belongs_to", "parent_id", "ticket_id", "author", "masked")
_STEP: Final = ("ticket_id", "at", "event", "author", "field", "before", "after")


def _contact_rows(found: Collected) -> list[list[str]]:
    return _rows(("id", *_CONTACT, "created", "modified"), [_contact(found)])


def _ticket_rows(found: Collected) -> list[list[str]]:
    talks = found.conversations
    tickets = _rows((*_TICKET, "created", "modified", "closed"), map(_ticket, talks))
    custom = sorted({name for talk in talks for name in talk.custom})
    for row, talk in zip(tickets[1:], talks, strict=True):
        row.extend(_cell(talk.custom.get(name)) for name in custom)
    tickets[0].extend(custom)
    return tickets


def _message_rows(found: Collected) -> list[list[str]]:
    return _rows(_MESSAGE, (_message(talk, each) for talk in found.conversations for each in talk.messages))


def _note_rows(found: Collected) -> list[list[str]]:
    return _rows(_NOTE, (_note(talk, each) for talk in found.conversations for each in talk.notes))


def _file_rows(found: Collected) -> list[list[str]]:
    return _rows(_FILE, map(_file, found.files))


def _step_rows(found: Collected) -> list[list[str]]:
    steps = (
        {**step, "field": change["field"], "before": change["before"], "after": change["after"]}
        for step in _steps(found)
        for change in step["changes"] or [dict.fromkeys(("field", "before", "after"))]
    )
    return _rows(_STEP, steps)


TABLES: Final[Mapping[str, Callable[[Collected], list[list[str]]]]] = {
    "contact": _contact_rows,
    "tickets": _ticket_rows,
    "messages": _message_rows,
    "comments": _note_rows,
    "attachments": _file_rows,
    "history": _step_rows,
}
"""The CSV tables under data/, by name, header row first."""


def _rows(columns: Sequence[str], records: Iterable[Document]) -> list[list[str]]:
    return [list(columns), *([_cell(record.get(name)) for name in columns] for record in records)]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    text = text.replace("\x00", "")
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_FORMULA) else text


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    sink = io.BytesIO()
    with io.TextIOWrapper(sink, "utf-8", "replace", newline="") as text:
        text.write(_BOM)
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
        text.flush()
        return sink.getvalue()


# ---------------------------------------------------------------------------------------------------------------- bytes


def summary(found: Collected) -> Mapping[str, int]:
    """Return how much is in the package: numbers only, fit for the store and the ledger."""
    left = Counter(o.what for o in found.omissions if o.count)
    return {
        "tickets": len(found.conversations),
        "messages": sum(len(t.messages) for t in found.conversations),
        "comments": sum(len(t.notes) for t in found.conversations),
        "files": len(found.files),
        "masks": sum(m.count for m in found.masks),
        "omissions": sum(left.values()),
        "gaps": len(found.gaps),
    }


def _json(document: Document) -> bytes:
    """Return a document as bytes, encoded piece by piece: a list of all pieces would be many times as large."""
    data = bytearray()
    for piece in json.JSONEncoder(ensure_ascii=False, indent=1, default=str).iterencode(document):
        data += piece.encode("utf-8", "replace")
    data += b"\n"
    return bytes(data)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
