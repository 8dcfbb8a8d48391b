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
from typing import Any, Final
from urllib.parse import unquote_plus

from zoho_emulator.desk.shapes import plain
from zoho_emulator.desk.state import World
from zoho_emulator.store import Json

TABLES: Final = (
    "contact", "contact_comment", "portal_user", "ticket", "thread", "comment", "comment_version", "attachment",
    "history", "resolution_version", "tag", "activity", "activity_comment", "time_entry", "approval", "bin", "sar",
)  # fmt: skip
PLACES: Final = {
    "history": "history",
    "comment_version": "comment-history",
    "resolution_version": "resolution-history",
    "bin": "bin",
    "attachment": "attachment",
}


def places(world: World, needles: list[str]) -> list[Json]:
    """Return every place that holds a needle: case folded, decoded from HTML and URL forms, tags stripped."""
    folded = [(needle, needle.casefold()) for needle in needles]
    trashed = _trashed(world)
    found: list[Json] = []
    words = [re.findall(r"\w+", wanted) for _, wanted in folded]
    for table, text in world.store.texts(TABLES):
        if not _worth_reading(text, words):
            continue
        document = json.loads(text)
        where = PLACES.get(table, "live")
        if table != "bin" and _parents(document) & trashed:
            where = "trash"
        for path, leaf in _leaves(document, ""):
            found += _hits(folded, _readings(leaf), where, table, document["id"], path)
    for blob_id, data in world.store.blobs():
        where = "trash" if blob_id in trashed or _blob_parent(world, blob_id) in trashed else "attachment"
        kind = "thread" if world.store.get("thread", blob_id) else "attachment"
        where = "live" if kind == "thread" and where != "trash" else where
        found += _hits(folded, _file_readings(data), where, kind, blob_id, "source" if kind == "thread" else "content")
    return found


def _worth_reading(text: str, words: list[list[str]]) -> bool:
    """Say whether a document can hold a needle at all: most cannot, and reading each in every way is slow.

    Without `&` and `%` no letter is encoded, so each word of a needle must stand there as it is.
    """
    if "&" in text or "%" in text:
        return True
    folded = text.casefold()
    return any(all(word in folded for word in needle) for needle in words)


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


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _leaves(each, f"{path}[{place}]")
    elif value is not None and not isinstance(value, bool):
        yield path, str(value)


def _readings(text: str) -> list[str]:
    """Return the ways in which a person or a program could read a text."""
    forms = {text, html.unescape(text), html.unescape(html.unescape(text)), plain(text), unquote_plus(text)}
    forms.add(unquote_plus(html.unescape(text)))
    return [form.casefold() for form in forms]


def _file_readings(data: bytes) -> list[str]:
    texts = [data.decode("utf-8", "ignore"), data.decode("latin-1"), data.decode("utf-16-le", "ignore")]
    texts += _mail_parts(data)
    if data[:2] == b"PK":
        texts += _zip_members(data)
    return [reading for text in texts for reading in _readings(text)]


def _mail_parts(data: bytes) -> list[str]:
    if b"Message-ID:" not in data[:4000]:
        return []
    parts = []
    for part in message_from_bytes(data).walk():
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            parts.append(payload.decode(part.get_content_charset() or "utf-8", "replace"))
    return parts


def _zip_members(data: bytes) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [archive.read(name).decode("utf-8", "ignore") for name in archive.namelist()]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return []


def _hits(
    folded: list[tuple[str, str]], readings: list[str], where: str, table: str, record_id: str, path: str
) -> list[Json]:
    return [
        {"needle": needle, "where": where, "recordType": table, "recordId": record_id, "field": path}
        for needle, wanted in folded
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
