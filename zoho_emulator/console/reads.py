"""What the operator's page shows: a page of records each, found by SQL; nothing is ever read whole.

Every function expects the caller to hold the portal's transaction. It changes nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any, Final
from urllib.parse import urlsplit

from zoho_emulator import oracle
from zoho_emulator.console.guard import LOOPBACK
from zoho_emulator.desk import search, shapes, tickets
from zoho_emulator.desk.state import World, contact_name
from zoho_emulator.store import Json, folded

SIZE: Final = 50
DEEPEST: Final = 1_000_000
STATES: Final[Mapping[str, str]] = {
    "live": "NOT trashed AND NOT archived AND NOT spam",
    "archived": "archived AND NOT trashed",
    "spam": "spam AND NOT trashed",
    "trashed": "trashed",
}
_BREAK: Final = re.compile(r"(?i)<(?:br|/p|/div|/li|/tr|/h[1-6])[^>]*>")
_UNSEEN: Final = re.compile(r"(?is)<(script|style|head)\b.*?</\1\s*>")
_TAG: Final = re.compile(r"<[^>]+>")
_LINK: Final = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True)
class Page:
    """Some rows, from which on they stand, and whether more follow."""

    rows: list[Json]
    start: int
    more: bool

    @property
    def earlier(self) -> int | None:
        return max(0, self.start - SIZE) if self.start else None

    @property
    def later(self) -> int | None:
        return self.start + SIZE if self.more else None


def page(world: World, table: str, where: str, *values: Any, order: str, start: int) -> Page:
    """Return one page of documents. *where* and *order* are ours."""
    found = world.store.find(table, where, *values, order=order, limit=SIZE + 1, offset=start)
    return Page(found[:SIZE], start, len(found) > SIZE)


def start_of(text: str | None) -> int:
    """Return the place a page begins at. Raises ValueError."""
    start = int(text or "0")
    if not 0 <= start <= DEEPEST:
        raise ValueError(f"from lies between 0 and {DEEPEST}")
    return start


def departments(world: World) -> list[Json]:
    return world.store.find("department")


def agents(world: World) -> list[Json]:
    return [each for each in world.store.find("agent") if each["status"] == "ACTIVE"]


def counts(world: World) -> list[Json]:
    """Return each department with how many tickets it holds, by state."""
    return [
        {
            "id": each["id"],
            "name": each["name"],
            "address": each["_address"],
            **{
                state: world.store.count("ticket", f"department = ? AND {clause}", each["id"])
                for state, clause in STATES.items()
            },
        }
        for each in departments(world)
    ]


def ticket_list(world: World, query: Mapping[str, str]) -> Page:
    """Return tickets, the last changed first: filtered, by number or address, or as Desk's own search finds them."""
    start, text = start_of(query.get("from")), query.get("q", "").strip()
    clauses, values = [STATES[query.get("state") or "live"]], []
    for name, column in (("department", "department"), ("status", "status")):
        if query.get(name):
            clauses.append(f"{column} = ?")
            values.append(query[name])
    if text.lstrip("#").isdigit():
        clauses, values = ["number = ? OR id = ?"], [text.lstrip("#")] * 2
    elif "@" in text:
        clauses.append("email = ?")
        values.append(folded(text))
    elif text:
        return _sought(world, text, query, start)
    found = page(world, "ticket", " AND ".join(clauses), *values, order="modified DESC, rowid", start=start)
    return Page([_row(world, each) for each in found.rows], start, found.more)


def _sought(world: World, text: str, query: Mapping[str, str], start: int) -> Page:
    filters = {"departmentId": query.get("department"), "status": query.get("status")}
    wanted = {name: value for name, value in filters.items() if value}
    words = {"subject": f"*{text}*", **wanted} if wanted else {"_all": f"*{text}*"}
    found, count = search.run(world, "tickets", {**words, "from": str(start), "limit": str(SIZE)})
    held = [world.store.get("ticket", each["id"]) for each in found]
    return Page([_row(world, each) for each in held if each], start, count > start + SIZE)


def _row(world: World, ticket: Json) -> Json:
    person = world.store.get("contact", ticket["contactId"] or "")
    home = world.store.get("department", ticket["departmentId"])
    return ticket | {
        "contactName": contact_name(person) if person else "",
        "departmentName": home["name"] if home else "",
    }


def ticket(world: World, ticket_id: str) -> Json | None:
    """Return all that is stored of a ticket, the trashed ones too; None where there is none."""
    found = oracle.ticket(world, ticket_id)
    if found["ticket"] is None:
        return None
    by_owner: dict[str, list[Json]] = {}
    for file in found["attachment"]:
        by_owner.setdefault(file["_owner"], []).append(file)
    threads = sorted(found["thread"], key=lambda each: str(each["createdTime"]), reverse=True)
    return found | {
        "ticket": _row(world, found["ticket"]),
        "tags": [each["name"] for each in tickets.tags_of(world, ticket_id)],
        "threads": [each | {"files": by_owner.get(each["id"], []), "plain": readable(each)} for each in threads],
        "comments": [each | {"plain": readable(each)} for each in found["comment"]],
        "events": [each["event"] for each in reversed(found["history"])],
    }


def contact_list(world: World, query: Mapping[str, str]) -> Page:
    """Return contacts, the youngest first; an address finds by both addresses, anything else by the family name."""
    start, text = start_of(query.get("from")), folded(query.get("q", "").strip())
    if "@" in text:
        where, values = "email = ? OR secondary = ?", [text, text]
    elif text:
        where, values = "last_name >= ? AND last_name < ?", [text, text + "\U0010ffff"]
    else:
        where, values = "1", []
    return page(world, "contact", where, *values, order="created DESC, rowid", start=start)


def contact(world: World, contact_id: str) -> Json | None:
    found = oracle.contact(world, contact_id)
    if found["contact"] is None:
        return None
    held = page(world, "ticket", "contact = ?", contact_id, order="modified DESC, rowid", start=0)
    return found | {"name": contact_name(found["contact"]), "tickets": [_row(world, each) for each in held.rows]}


def outbox(world: World, query: Mapping[str, str]) -> Page:
    start, text = start_of(query.get("from")), folded(query.get("q", "").strip())
    where, values = ("instr(recipient, ?)", [text]) if text else ("1", [])
    found = page(world, "outbox", where, *values, order="rowid DESC", start=start)
    rows = [each | {"plain": readable(each), "links": links(each["content"])} for each in found.rows]
    return Page(rows, start, found.more)


def readable(document: Json) -> str:
    """Return the text of a mail or comment with its line breaks, for people; plain text as it stands."""
    content = str(document.get("content") or "")
    if document.get("contentType") in ("text/plain", "plainText"):
        return content
    lines = unescape(_TAG.sub("", _BREAK.sub("\n", _UNSEEN.sub("", content)))).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(" ".join(each.split()) for each in lines)).strip()


def links(content: str) -> list[str]:
    """Return the links of a mail that lead to this machine: a person may follow those and no others."""
    found = (unescape(each).rstrip(".,;:!?)") for each in _LINK.findall(content or ""))
    return [each for each in dict.fromkeys(found) if _local(each)]


def _local(link: str) -> bool:
    try:
        return urlsplit(link).hostname in LOOPBACK
    except ValueError:
        return False


def fields(document: Json) -> dict[str, Any]:
    """Return what a record says of itself, without what is shown elsewhere and without what is empty."""
    return {name: value for name, value in shapes.public(document).items() if value not in (None, "", [], {})}
