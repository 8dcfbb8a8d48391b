"""The oracle: where a piece of text is really still stored, recycle bin, histories and file contents included.

It looks at the store itself, so no route can hide anything from it. Left out: the log of calls, deliveries, the outbox
(mail that has left is in other people's mailboxes) and the search index, which follows the records.
"""

import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from typing import Any, Final
from urllib.parse import unquote_plus

import ahocorasick_rs

from zoho_emulator.desk import threads
from zoho_emulator.desk.shapes import plain
from zoho_emulator.desk.state import World
from zoho_emulator.store import Json

TABLES: Final = (
    "contact", "contact_comment", "portal_user", "ticket", "thread", "comment", "comment_version", "attachment",
    "history", "resolution_version", "tag", "activity", "activity_comment", "time_entry", "approval", "bin", "sar",
)  # fmt: skip
SUBJECT: Final = threads.LATER
PIECES: Final = re.compile(r'[^\s"\\]+')
Needle = tuple[str, str]
"""A needle as it was given, and case folded."""
PLACES: Final = {
    "history": "history",
    "comment_version": "comment-history",
    "resolution_version": "resolution-history",
    "bin": "bin",
    "attachment": "attachment",
}


def places(world: World, needles: list[str]) -> list[Json]:
    """Return every place that holds a needle: case folded, decoded from HTML and URL forms, tags stripped.

    All needles are looked for in one pass, so that a thousand cost little more than one.
    """
    search = _Needles(needles)
    trashed = _trashed(world)
    found: list[Json] = []
    lazy: set[str] = set()
    for table, text in world.store.texts(TABLES):
        worth = search.worth_reading(text)
        if not worth:
            continue
        document = json.loads(text)
        where = PLACES.get(table, "live")
        if table != "bin" and _parents(document) & trashed:
            where = "trash"
        written_later = table == "thread" and SUBJECT in document
        if written_later:
            lazy.add(document["id"])
        for path, leaf in leaves(document):
            if not (written_later and path == SUBJECT):
                found += _hits(worth, _readings(str(leaf)), where, table, document["id"], path)
    for blob_id, data in world.store.blobs():
        texts = _file_texts(data)
        worth = search.worth_reading_any(texts)
        if not worth:
            continue
        where = "trash" if blob_id in trashed or _blob_parent(world, blob_id) in trashed else "attachment"
        kind = "thread" if world.store.get("thread", blob_id) else "attachment"
        where = "live" if kind == "thread" and where != "trash" else where
        place = "source" if kind == "thread" else "content"
        found += _hits(worth, _all_readings(texts), where, kind, blob_id, place)
        owner = (world.store.get("attachment", blob_id) or {}).get("_owner")
        if owner:
            lazy.add(owner)
    return found + [hit for thread_id in sorted(lazy) for hit in _in_source(world, search, thread_id, trashed)]


def _in_source(world: World, search: "_Needles", thread_id: str, trashed: set[str]) -> list[Json]:
    """Look into a mail whose source is written when it is asked for: it is as much there as a stored one."""
    thread = world.store.get("thread", thread_id)
    if thread is None or SUBJECT not in thread or world.store.blob(thread_id) is not None:
        return []
    where = "trash" if _parents(thread) & trashed else "live"
    texts = threads.said_in_source(world, thread)
    texts += [text for data in threads.files_in_source(world, thread) for text in _file_texts(data)]
    worth = search.worth_reading_any(texts)
    return _hits(worth, _all_readings(texts), where, "thread", thread_id, "source") if worth else []


class _Needles:
    """Says which needles a text can hold at all: most texts hold none, and reading each in every way is slow.

    However a needle is written, each of its pieces between blanks stands there as it is once entities and percent signs
    are decoded; tags can only come between pieces. The longest piece of each is looked for, all at once.
    """

    def __init__(self, needles: list[str]) -> None:
        self.all: list[Needle] = [(each, each.casefold()) for each in dict.fromkeys(needles)]
        self._pieces = [PIECES.findall(wanted) or [wanted] for _, wanted in self.all]
        keys: dict[str, list[int]] = {}
        for number, pieces in enumerate(self._pieces):
            keys.setdefault(max(pieces, key=len), []).append(number)
        self._numbers = list(keys.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(keys))

    def worth_reading(self, text: str) -> list["Needle"]:
        forms = [text.casefold()]
        if "&" in text or "%" in text:
            once = html.unescape(text)
            forms += [form.casefold() for form in {once, html.unescape(once), unquote_plus(text), unquote_plus(once)}]
        numbers = [
            number
            for form in forms
            for key in {match[0] for match in self._automaton.find_matches_as_indexes(form, overlapping=True)}
            for number in self._numbers[key]
            if all(piece in form for piece in self._pieces[number])
        ]
        return [self.all[number] for number in dict.fromkeys(numbers)]

    def worth_reading_any(self, texts: list[str]) -> list["Needle"]:
        return list(dict.fromkeys(needle for text in texts for needle in self.worth_reading(text)))


def _trashed(world: World) -> set[str]:
    """Return the ids of records in the bin."""
    return {entry["_recordId"] for entry in world.store.find("bin")}


def _parents(document: Json) -> set[str]:
    members = ("id", "ticketId", "contactId", "_ticketId", "_owner", "requestId", "entityId")
    named = {document[name] for name in members if document.get(name) and name != "contactId"}
    return named | ({document["contactId"]} if "commentedTime" in document and document.get("contactId") else set())


def _blob_parent(world: World, blob_id: str) -> str | None:
    owner = world.store.get("thread", blob_id) or world.store.get("attachment", blob_id)
    if owner is None:
        return blob_id.partition("photo/")[2] or None
    return owner.get("ticketId") or owner.get("_ticketId") or owner.get("_owner")


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Return (path, value) of everything in a document that is text or a number."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from leaves(each, f"{path}[{place}]")
    elif value is not None and not isinstance(value, bool):
        yield path, value


def _readings(text: str) -> list[str]:
    """Return the ways in which a person or a program could read a text."""
    forms = {text, html.unescape(text), html.unescape(html.unescape(text)), plain(text), unquote_plus(text)}
    forms.add(unquote_plus(html.unescape(text)))
    return [form.casefold() for form in forms]


def _file_texts(data: bytes) -> list[str]:
    """Return what a file says in each encoding it may be in, and what is packed in it."""
    texts = [data.decode("utf-8", "ignore"), data.decode("latin-1"), data.decode("utf-16-le", "ignore")]
    texts += _mail_parts(data)
    if data[:2] == b"PK":
        texts += _zip_members(data)
    return texts


def _all_readings(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(reading for text in texts for reading in _readings(text)))


def _mail_parts(data: bytes) -> list[str]:
    if b"Message-ID:" not in data[:4000]:
        return []
    parts = []
    for part in message_from_bytes(data).walk():
        parts += [_header(str(value)) for value in part.values()]
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            parts.append(payload.decode(part.get_content_charset() or "utf-8", "replace"))
    return parts


def _header(value: str) -> str:
    """Return a header as mail programs show it."""
    try:
        return " ".join(str(make_header(decode_header(value))).split())
    except (LookupError, ValueError):  # a charset that nobody knows, or bytes that are none of it
        return value


def _zip_members(data: bytes) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [archive.read(name).decode("utf-8", "ignore") for name in archive.namelist()]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return []


def _hits(needles: list[Needle], readings: list[str], where: str, table: str, record_id: str, path: str) -> list[Json]:
    return [
        {"needle": needle, "where": where, "recordType": table, "recordId": record_id, "field": path}
        for needle, wanted in needles
        if any(wanted in reading for reading in readings)
    ]


def ticket(world: World, ticket_id: str) -> Json:
    """Return everything stored about a ticket, nothing hidden. `ticket` is null once it is gone."""
    store = world.store
    tables = ("thread", "comment", "comment_version", "attachment", "history", "resolution_version", "ticket_tag",
              "activity", "time_entry", "approval")  # fmt: skip
    return {
        "ticket": store.get("ticket", ticket_id),
        **{table: store.find(table, "ticket = ?", ticket_id) for table in tables},
        "bin": store.find("bin", "record = ?", ticket_id),
    }


def contact(world: World, contact_id: str) -> Json:
    """Return everything stored about a contact; `contact` is null once it is gone."""
    store = world.store
    return {
        "contact": store.get("contact", contact_id),
        "comments": store.find("contact_comment", "contact = ?", contact_id),
        "attachments": store.find("attachment", "owner = ?", contact_id),
        "portalUsers": store.find("portal_user", "contact = ?", contact_id),
        "ticketIds": [each["id"] for each in store.find("ticket", "contact = ?", contact_id)],
        "bin": store.find("bin", "record = ?", contact_id),
    }
