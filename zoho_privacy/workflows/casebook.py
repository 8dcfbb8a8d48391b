"""Cases and what belongs to them, read from and written to the Store; one `Change` is one transaction.

A state change, the effects it causes and its ledger entries ride in one commit. Nothing here decides.
Tables: case (parent: ticket), person_case (parent: contact), message, ticket, challenge, hold, plan, step, export,
event, job, effect, dead_letter, ledger, ledger_head, watermark, suppression, restriction, tombstone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeVar, cast

from pydantic import TypeAdapter

from zoho_privacy.domain.errors import Conflict
from zoho_privacy.domain.machine import OPEN
from zoho_privacy.domain.model import Case, Hold, LedgerEntry, Plan
from zoho_privacy.ports import Delete, Item, Put, Store, Write
from zoho_privacy.workflows import ledger

ATTEMPTS: Final = 12
T = TypeVar("T")


_CODECS: Final[dict[object, TypeAdapter[Any]]] = {}  # building one costs a millisecond


def _codec(cls: Any) -> TypeAdapter[Any]:
    if cls not in _CODECS:
        _CODECS[cls] = TypeAdapter(cls)
    return _CODECS[cls]


def to_body(value: object) -> Mapping[str, Any]:
    """Return a frozen value as JSON-ready members."""
    return cast("Mapping[str, Any]", _codec(type(value)).dump_python(value, mode="json"))


def from_body(cls: type[T], body: Mapping[str, Any], **also: object) -> T:
    """Return the frozen value that `to_body` wrote; `also` overrides members."""
    return cast("T", _codec(cls).validate_python({**body, **also}))


# ------------------------------------------------------------------------------------------------------------- reading


def every(store: Store, org: str, table: str, *, parent: str | None = None) -> Iterator[Item]:
    """Yield all items of a table, or of one parent, page by page."""
    after = ""
    while page := store.find(org, table, parent=parent, after=after, limit=200):
        yield from page
        after = page[-1].id


def case(store: Store, org: str, case_id: str) -> Case | None:
    """Return one case with its stored version."""
    item = store.get(org, "case", case_id)
    return from_body(Case, item.body, version=item.version) if item else None


def cases_of_ticket(store: Store, org: str, ticket_id: str) -> tuple[Case, ...]:
    """Return the cases opened on a ticket, by id."""
    items = every(store, org, "case", parent=ticket_id)
    return tuple(from_body(Case, item.body, version=item.version) for item in items)


def cases_of_contact(store: Store, org: str, contact_id: str) -> tuple[Case, ...]:
    """Return the cases of a person, by id, also those opened on other tickets."""
    ids = [item.id for item in every(store, org, "person_case", parent=contact_id)]
    found = (case(store, org, case_id) for case_id in ids)
    return tuple(each for each in found if each is not None)


def all_cases(store: Store, org: str) -> Iterator[Case]:
    """Yield every case of a portal."""
    for item in every(store, org, "case"):
        yield from_body(Case, item.body, version=item.version)


def is_open(case_: Case) -> bool:
    """Tell whether the case still needs something."""
    return case_.state in OPEN


def holds(store: Store, org: str) -> tuple[Hold, ...]:
    """Return the holds in force."""
    return tuple(from_body(Hold, item.body) for item in every(store, org, "hold"))


def grounds(restriction: Item) -> Mapping[str, str]:
    """Return why somebody's data is only stored, by the case that asks for it."""
    found: Mapping[str, str] | None = restriction.body.get("grounds")
    return {str(restriction.body.get("case", "")): str(restriction.body.get("reason", ""))} if found is None else found


def plan(store: Store, org: str, plan_hash: str) -> Plan | None:
    """Return a plan by its hash."""
    item = store.get(org, "plan", plan_hash)
    return from_body(Plan, item.body) if item else None


# ------------------------------------------------------------------------------------------------------------- writing


@dataclass
class Change:
    """Collects what one transaction writes. Create it anew for each attempt."""

    store: Store
    org: str
    now: datetime
    writes: list[Write] = field(default_factory=list)
    entries: list[LedgerEntry] = field(default_factory=list)

    def put(
        self,
        table: str,
        id: str,  # noqa: A002  the field is called id everywhere
        body: Mapping[str, Any],
        *,
        was: Item | None = None,
        parent: str | None = None,
        due: datetime | None = None,
    ) -> Item:
        """Write an item; without `was` it must not exist yet, with it the version must still be the one read."""
        item = Item(self.org, table, id, body, was.version if was else 0, parent, due)
        self.writes.append(Put(item))
        return item

    def put_once(self, table: str, id: str, body: Mapping[str, Any], *, parent: str | None = None) -> bool:  # noqa: A002
        """Write an item unless it is there already; return whether it will be written."""
        if self.store.get(self.org, table, id):
            return False
        self.put(table, id, body, parent=parent)
        return True

    def delete(self, item: Item) -> None:
        """Remove an item that is still as it was read."""
        self.writes.append(Delete(item))

    def case(self, case_: Case) -> None:
        """Write a case at the version it was read with."""
        body = to_body(replace(case_, version=0))
        self.writes.append(Put(Item(self.org, "case", case_.id, body, case_.version, case_.ticket_id)))
        if case_.version == 0 and case_.contact_id:
            self.put_once("person_case", case_.id, {}, parent=case_.contact_id)

    def effect(self, key: str, kind: str, ticket_id: str, **body: Any) -> None:
        """Put an effect into the outbox once for ever: its key is remembered also after it was delivered."""
        if any(isinstance(w, Put) and w.item.table == "effect" and w.item.id == key for w in self.writes):
            return
        if self.put_once("effect_key", key, {}):
            self.put("effect", key, {"kind": kind, "ticket_id": ticket_id, **body}, parent=ticket_id, due=self.now)

    def job(self, key: str, kind: str, *, due: datetime | None = None, **body: Any) -> None:
        """Schedule work.

        A job of that key that waits already is pulled forward; one that is being worked on will be done once more,
        since what it read may be out of date.
        """
        if any(isinstance(w, Put) and w.item.table == "job" and w.item.id == key for w in self.writes):
            return
        waiting = self.store.get(self.org, "job", key)
        self.put("job", key, {"kind": kind, **body}, was=waiting, due=due or self.now)

    def log(
        self,
        who: str,
        what: str,
        *,
        why: str,
        result: str = "",
        case_id: str = "",
        ticket_id: str = "",
        **details: str,
    ) -> None:
        """Add a ledger entry: ids, counts and keyed hashes only."""
        self.entries.append(
            LedgerEntry(self.org, 0, self.now, who, what, case_id, ticket_id, why, result, details),
        )

    def commit(self) -> None:
        """Write everything in one transaction; raises Conflict where anybody was faster."""
        self.store.commit([*self.writes, *ledger.writes_for(self.store, self.org, self.entries)])


def transact(make: Callable[[], Change | None]) -> bool:
    """Read, decide and commit until nobody was faster; return whether anything was written.

    `make` reads afresh and returns the change, or None where nothing is to be done any more.

    Raises:
        Conflict: Others were faster again and again; the caller's item goes back to its queue.
    """
    for attempt in range(ATTEMPTS):
        change = make()
        if change is None or not (change.writes or change.entries):
            return False
        try:
            change.commit()
        except Conflict:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        return True
    return False
