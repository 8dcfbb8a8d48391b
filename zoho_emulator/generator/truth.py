"""Whose data stands where on a generated desk: computed from how it was made, never by looking for names.

What it says is true of the desk as it was generated; what people and programs change afterwards is not in it. It is a
table: one row per person, record, field, kind of value and way in which it stands there.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from zoho_emulator.desk import threads
from zoho_emulator.desk.state import World
from zoho_emulator.generator.contacts import Card
from zoho_emulator.generator.desk import Desk, Made, Record
from zoho_emulator.generator.files import File
from zoho_emulator.generator.load import META
from zoho_emulator.generator.people import UNIQUE, Person
from zoho_emulator.generator.said import Mark, marks_of
from zoho_emulator.generator.spec import Spec
from zoho_emulator.oracle import leaves
from zoho_emulator.store import Json

BY_TABLE: Final = {
    "history": "history", "comment_version": "comment_history", "resolution_version": "resolution_history",
    "bin": "bin", "contact": "contact", "portal_user": "user",
}  # fmt: skip
BY_FIELD: Final = {
    "ticket.subject": "subject", "ticket.description": "description", "ticket.email": "copy", "ticket.phone": "copy",
    "ticket.cf.cf_site_contact": "custom_field", "thread.to": "recipient", "thread.cc": "recipient",
    "thread.fromEmailAddress": "sender", "thread.source": "source", "attachment.name": "attachment_name",
    "attachment.content": "attachment_content",
}  # fmt: skip
COLUMNS: Final = ("person", "recordType", "recordId", "ticketId", "field", "kind", "how", "unique")


class Truth:
    """The truth about one portal's generated desk."""

    def __init__(self, world: World) -> None:
        """Read what was generated.

        Raises:
            LookupError: This portal has no generated desk.
        """
        kept = world.store.meta(META)
        if kept is None:
            raise LookupError("this portal has no generated desk")
        self._world = world
        self.desk = Desk(Spec(**kept), portal_name=world.org()["portalName"])
        self._by_value = {
            value.casefold(): each.number for each in self.desk.population.people for _, value in each.needles()
        }
        self._by_contact = {known: each.number for each in self.desk.population.people for known in each.contact_ids}

    def person(self, wanted: str) -> Person:
        """Return a person by number, contact id or any value that is theirs alone. Raises LookupError."""
        people = self.desk.population.people
        number = self._by_value.get(wanted.casefold(), self._by_contact.get(wanted))
        if number is None and wanted.isdigit() and int(wanted) < len(people):
            number = int(wanted)
        if number is None:
            raise LookupError("no such person on the generated desk")
        return people[number]

    def people(self, start: int, limit: int) -> list[Json]:
        return [each.as_json() for each in self.desk.population.people[start : start + limit]]

    def about(self, person: Person) -> Json:
        """Return a person with their part in each ticket and every place where their data was put."""
        roles: dict[str, list[str]] = {"primary": [], "secondary": [], "writer": [], "mentioned": []}
        places: list[Json] = []
        for place in self._world.store.places_of(person.number):
            if place < 0:
                places += [row for row in self._of_card(-1 - place) if row["person"] == person.number]
                continue
            made = self._made(place)
            found = [row for row in self._of_ticket(made) if row["person"] == person.number]
            if found or person.number in made.secondary:  # a link names nobody, and is a part in it all the same
                roles[_role(made, person.number)].append(made.ticket["id"])
            places += found
        return {"person": person.as_json(), "tickets": roles, "places": places}

    def rows(self, progress: Any = None) -> Iterator[Json]:
        """Return the whole table, ticket after ticket."""
        for each in self.desk.population.people:
            yield from self._of_card(each.number)
        for place in range(self.desk.spec.tickets):
            yield from self._of_ticket(self.desk.ticket(place))
            if progress and place % 1000 == 999:
                progress(place + 1, self.desk.spec.tickets)

    # one thing

    def _of_card(self, number: int) -> list[Json]:
        card = Card(self.desk, self.desk.population.people[number])
        rows = _rows(card.records, card.blobs)
        if card.trashed:
            contact = next(each for _, each in card.records if each["id"] == card.trashed[0])
            marks = (*marks_of(contact["firstName"]), *marks_of(contact["lastName"]), Mark(number, "name"))
            rows += _of_leaf("bin", self._bin_id(contact["id"]), None, "displayName", marks)
        return rows

    def _of_ticket(self, made: Made) -> list[Json]:
        rows = _rows(made.records, made.blobs)
        if made.trashed_ms is not None:
            bin_id = self._bin_id(made.ticket["id"])
            rows += _of_leaf("bin", bin_id, made.ticket["id"], "displayName", marks_of(made.ticket["subject"]))
        return rows

    def _bin_id(self, record_id: str) -> str:
        entry = self._world.store.first("bin", "record = ?", record_id)
        return entry["id"] if entry else record_id

    def _made(self, place: int) -> Made:
        return _ticket_of(self.desk, place)


@lru_cache(4096)
def _ticket_of(desk: Desk, place: int) -> Made:
    return desk.ticket(place)


def _role(made: Made, number: int) -> str:
    if made.customer.number == number:
        return "primary"
    if number in made.secondary:
        return "secondary"
    return "writer" if number in made.writers else "mentioned"


def _rows(records: Iterable[Record], blobs: Iterable[tuple[str, File]]) -> list[Json]:
    records, files = list(records), dict(blobs)
    owners: dict[str, list[Mark]] = {}
    rows: list[Json] = []
    for table, document in records:
        if table == "attachment":
            marks = marks_of(files[document["id"]].text)
            rows += _of_leaf(table, document["id"], document["_ticketId"], "content", marks)
            owners.setdefault(document["_owner"], []).extend((*marks, *marks_of(document["name"])))
    for table, document in records:
        ticket_id = _ticket_id(table, document)
        for path, leaf in leaves(document):
            if marks_of(leaf) and path != threads.LATER:
                rows += _of_leaf(table, document["id"], ticket_id, path, marks_of(leaf))
        if table == "thread" and threads.LATER in document:
            told = [document[each] for each in ("fromEmailAddress", "to", "content", threads.LATER)]
            told += [document.get("cc", ""), document["author"]["email"]]
            marks = tuple(mark for text in told for mark in marks_of(text))
            rows += _of_leaf(table, document["id"], ticket_id, "source", (*marks, *owners.get(document["id"], ())))
    return rows


def _ticket_id(table: str, document: Json) -> str | None:
    found = document["id"] if table == "ticket" else next(
        (document[name] for name in ("ticketId", "_ticketId", "requestId") if document.get(name)), None
    )  # fmt: skip
    return None if found is None else str(found)


def _of_leaf(table: str, record_id: str, ticket_id: str | None, path: str, marks: Iterable[Mark]) -> list[Json]:
    known = {
        (mark.person, mark.kind, _how(table, path, mark)): {
            "person": mark.person, "recordType": table, "recordId": record_id, "ticketId": ticket_id, "field": path,
            "kind": mark.kind, "how": _how(table, path, mark), "unique": mark.kind in UNIQUE,
        }
        for mark in marks
    }  # fmt: skip
    return list(known.values())


def _how(table: str, path: str, mark: Mark) -> str:
    fixed = BY_TABLE.get(table) or BY_FIELD.get(f"{table}.{path}")
    if fixed and fixed != "description":
        return fixed
    if path.startswith(("author.", "commenter.")):
        return "author"
    return mark.how or fixed or "mentioned"


def write(truth: Truth, target: Path, progress: Any = None) -> int:
    """Write the table to an SQLite file, with people and their values, and return its number of rows.

    Tables: `person` (number, name, email, language), `value` (person, kind, value, shared), `place` (COLUMNS).
    """
    target.unlink(missing_ok=True)
    with sqlite3.connect(target) as database:
        database.execute("CREATE TABLE person (person INTEGER PRIMARY KEY, name, email, language)")
        database.execute("CREATE TABLE value (person INTEGER, kind, value, shared INTEGER)")
        names = '", "'.join(COLUMNS)
        database.execute(f'CREATE TABLE place ("{names}")')
        for each in truth.desk.population.people:
            described = each.as_json()
            row = [described[name] for name in ("person", "name", "email", "language")]
            database.execute("INSERT INTO person VALUES (?, ?, ?, ?)", row)
            values = [(each.number, kind, value, 0) for kind, value in each.needles()]
            values += [(each.number, kind, value, 1) for kind, value in each.shared()]
            database.executemany("INSERT INTO value VALUES (?, ?, ?, ?)", values)
        marks = ", ".join("?" * len(COLUMNS))
        rows = (tuple(row[name] for name in COLUMNS) for row in truth.rows(progress))
        written = database.executemany(f"INSERT INTO place VALUES ({marks})", rows).rowcount  # noqa: S608  ours
        database.execute("CREATE INDEX place_of_person ON place (person)")
        database.execute("CREATE INDEX place_of_record ON place (recordId)")
    database.close()
    return written
