"""Puts a generated desk into a portal, in one transaction: settings, people, then ticket after ticket."""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from zoho_emulator.clock import DAY_MS
from zoho_emulator.desk import seed
from zoho_emulator.desk.state import World
from zoho_emulator.desk.trash import BIN_DAYS
from zoho_emulator.generator import contacts
from zoho_emulator.generator.desk import (
    THREAD_TEMPLATE,
    TICKET_TEMPLATE,
    Desk,
    Like,
    Made,
    Record,
    moment,
    number_of,
)
from zoho_emulator.generator.said import join
from zoho_emulator.generator.spec import Spec
from zoho_emulator.store import LIKE, TABLES, Json, folded

BATCH: Final = 1_000
_encode: Final = msgspec.json.Encoder().encode
META: Final = "generated"
Progress = Callable[[int, int], None]


def unheard(_done: int, _total: int) -> None:
    """Tell nobody."""


def load(world: World, spec: Spec, progress: Progress = unheard) -> Spec:
    """Fill a portal and return the spec as it was carried out, its newest moment included.

    The caller holds a bulk transaction. *progress* hears how many tickets of how many are there.

    Raises:
        ValueError: The portal already has a generated desk.
    """
    if world.store.meta(META) is not None:
        raise ValueError("this portal already has a generated desk")
    until_ms = spec.until_ms or world.clock.now_ms() // DAY_MS * DAY_MS
    spec = Spec(spec.tickets, spec.people, spec.seed, spec.years, until_ms)
    with _no_collection():
        _Loader(world, spec).run(progress)
    world.store.set_meta(META, spec.as_json())
    return spec


@contextmanager
def _no_collection() -> Iterator[None]:
    """Spare the search for cycles: there are none, and the records are many."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Rows:
    """Rows of one table on their way into the store. Reads the columns of a document in as few steps as can be."""

    def __init__(self, table: str) -> None:
        columns = TABLES[table]
        outer = [name for name, column in columns.items() if len(column.path) == 1]
        inner = [name for name in columns if name not in outer]
        self.names = (*outer, *inner)
        self._outer = tuple(columns[name].path[0] for name in outer)
        self._inner = tuple(columns[name].path[1] for name in inner)
        self._folded = tuple(place for place, name in enumerate(self.names, 2) if columns[name].folded)
        self.rows: list[list[Any]] = []

    def add(self, document: Json) -> None:
        row = [document["id"], _encode(document).decode(), *map(document.get, self._outer)]
        if self._inner:
            row += map(document["doc"].get, self._inner)
        for place in self._folded:
            row[place] = folded(row[place])
        self.rows.append(row)


class _Loader:
    def __init__(self, world: World, spec: Spec) -> None:
        self.world, self.spec, self.store = world, spec, world.store
        layout = world.store.meta("layout_id")
        shared = {"layoutId": layout, "layoutDetails": {"id": layout, "layoutName": "Default"}}
        self.like = Like(
            ticket=self.store.add_template(TICKET_TEMPLATE | shared), thread=self.store.add_template(THREAD_TEMPLATE)
        )
        self.contact_like = self.store.add_template(contacts.TEMPLATE | {"layoutId": layout})
        self.desk = Desk(spec, portal_name=world.org()["portalName"], like=self.like, marked=False)
        self.known: dict[str, tuple[tuple[str, ...], str]] = {}
        """Contact id -> addresses and name, as the search index wants them."""
        self.rows = {table: _Rows(table) for table in TABLES}
        self.blobs: list[tuple[str, bytes]] = []
        self.links: list[tuple[int, int]] = []

    def run(self, progress: Progress) -> None:
        self._settings()
        for person in self.desk.population.people:
            self._person(contacts.Card(self.desk, person, like=self.contact_like))
        self._flush()
        total = self.spec.tickets
        for place in range(total):
            self._ticket(place, self.desk.ticket(place))
            if place % BATCH == BATCH - 1:
                self._flush()
                progress(place + 1, total)
        self._flush()
        progress(total, total)
        self.store.set_meta("number.ticket", number_of(total) + 1)

    # settings

    def _settings(self) -> None:
        world, desk = self.world, self.desk
        now = moment(desk.start_ms)
        for home in desk.homes:
            seed.add_department(world, home.name, home.address, now, department_id=home.id)
        departments = [each["id"] for each in self.store.find("department")]
        for each in desk.agents:
            seed.add_agent(world, each.first, each.last, each.email, "AgentPublic", departments, agent_id=each.id)
        for agent in self.store.find("agent"):
            self.store.put("agent", agent | {"associatedDepartmentIds": departments})
        seed.add_field(world, "tickets", "cf_asset", "Asset", "Text", custom=True)
        seed.add_field(world, "tickets", "cf_site_contact", "Site Contact", "Text", custom=True)
        for firm in desk.population.firms:
            account = {"id": firm.account_id, "accountName": firm.name, "website": f"https://{firm.domain}",
                       "phone": firm.phone, "createdTime": now, "modifiedTime": now}  # fmt: skip
            self.store.put("account", account)
        for name, tag_id in desk.tag_ids.items():
            self.store.put("tag", {"id": tag_id, "name": name, "tagType": "MANUAL"})

    # rows

    def _add_all(self, records: Iterable[Record]) -> None:
        for table, document in records:
            self.rows[table].add(document)

    def _flush(self) -> None:
        for table, made in self.rows.items():
            if made.rows:
                self.store.insert(table, made.names, made.rows)
                made.rows.clear()
        self.store.insert_blobs(self.blobs)
        self.blobs.clear()
        self.store.link(self.links)
        self.links.clear()

    def _person(self, card: contacts.Card) -> None:
        trashed_id = card.trashed[0] if card.trashed else None
        self._add_all(card.records)
        for table, document in card.records:
            if table != "contact":
                continue
            emails = (document["email"], document["secondaryEmail"])
            name = join((document["firstName"], " ", document["lastName"]))
            self.known[document["id"]] = tuple(each.lower() for each in emails if each), name
            self._index("contacts", document, self.known[document["id"]][0], name, None)
            if card.trashed and document["id"] == trashed_id:
                self._bin("Contacts", "contact", document, name, None, card.trashed[1])
        self.blobs += [(blob_id, file.data) for blob_id, file in card.blobs] + card.pictures
        self.links += [(number, -1 - card.person) for number in card.involved]

    def _ticket(self, place: int, made: Made) -> None:
        ticket = made.ticket
        self._add_all(made.records)
        self.blobs += [(blob_id, file.data) for blob_id, file in made.blobs]
        self.links += [(number, place) for number in made.involved]
        if not ticket["isArchived"] or self.world.on("search_archived", "present"):
            emails, name = self.known[made.contact_id]
            self._index("tickets", ticket, dict.fromkeys((ticket["email"].lower(), *emails)), name, made.tags)
        if made.trashed_ms is not None:
            self._bin("Tickets", "ticket", ticket, ticket["subject"], ticket["departmentId"], made.trashed_ms)

    def _index(self, module: str, document: Json, emails: Iterable[str], name: str, tags: list[str] | None) -> None:
        entry: Json = {
            "id": document["id"], "module": module,
            "doc": {each: value for each, value in document.items() if each[0] != "_" or each == LIKE},
            "emails": " ".join(emails), "contactName": name,
        }  # fmt: skip
        if tags is not None:
            entry["tags"] = " ".join(tags)
        self.rows["search_document"].add(entry)

    def _bin(self, kind: str, table: str, document: Json, name: str, home: str | None, at_ms: int) -> None:
        bin_id = document["id"] if self.world.on("bin_id", "same") else self.world.new_id()
        entry = {
            "id": bin_id, "displayName": name, "type": kind, "departmentId": home,
            "deletedById": self.desk.agents[0].id, "deletedTime": moment(at_ms), "_recordId": document["id"],
            "_table": table, "_visibleAt": at_ms,
        }  # fmt: skip
        self.rows["bin"].add(entry)
        self.world.plan("purge", bin_id, at_ms=at_ms + BIN_DAYS * DAY_MS)
