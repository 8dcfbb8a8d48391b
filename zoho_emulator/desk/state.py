"""One emulated portal: its store, clock, ids, switches, agenda and the events waiting for the webhook worker.

Every change happens inside `World.transaction()`: it holds the one lock, undoes everything when an error is raised,
and hands the events over only once the writes stand.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from zoho_emulator.clock import Clock, iso
from zoho_emulator.desk.faults import Faults
from zoho_emulator.desk.switches import Switches
from zoho_emulator.store import Json, Store

ZOHO_HOST: Final = "https://desk.zoho.eu"
"""Only ever written into links, never called."""


@dataclass(frozen=True)
class Event:
    """Something a subscription may want to hear of. `department` and `direction` feed the filters."""

    name: str
    payload: Json
    department: str | None = None
    changed: frozenset[str] = frozenset()
    previous: Json | None = None
    direction: str | None = None
    automated: bool = False
    source_id: str | None = None


@dataclass(frozen=True)
class Actor:
    """Who does something: an agent by hand, the API in an agent's name, a customer, a macro or Zoho itself."""

    id: str
    name: str
    type: str
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    source: str | None = None
    run_by: "Actor | None" = None
    source_id: str | None = None

    def short(self) -> Json:
        return {"id": self.id, "name": self.name, "type": self.type}

    def author(self) -> Json:
        """Return the author object of threads and comments."""
        return {
            "id": self.id,
            "name": self.name,
            "firstName": self.first_name,
            "lastName": self.last_name,
            "email": self.email,
            "type": "END_USER" if self.type == "Contact" else "AGENT",
            "photoURL": None,
        }


SYSTEM = Actor(id="", name="System", type="System")


def agent_actor(agent: Json, *, source: str | None = None, source_id: str | None = None) -> Actor:
    return Actor(
        id=agent["id"],
        name=agent["name"],
        type="Agent",
        email=agent["emailId"],
        first_name=agent["firstName"],
        last_name=agent["lastName"],
        source=source,
        source_id=source_id,
    )


def contact_name(contact: Json) -> str:
    return " ".join(part for part in (contact.get("firstName"), contact.get("lastName")) if part)


def contact_actor(contact: Json) -> Actor:
    return Actor(
        id=contact["id"],
        name=contact_name(contact),
        type="Contact",
        email=contact.get("email") or "",
        first_name=contact.get("firstName") or "",
        last_name=contact.get("lastName") or "",
        source="Email",
    )


@dataclass
class Verdict:
    """What makes a run a failed one whatever else it achieved: forbidden calls, unknown routes, our own bugs."""

    reasons: list[str] = field(default_factory=list)

    def fail(self, reason: str) -> None:
        if reason not in self.reasons:
            self.reasons.append(reason)


class World:
    def __init__(
        self, *, store: Store, clock: Clock, switches: Switches, random_seed: int | None = None, base_url: str = ""
    ) -> None:
        self.store = store
        self.clock = clock
        self.switches = switches
        self.faults = Faults()
        self.verdict = Verdict()
        self.base_url = base_url
        self.chance = random.Random(random_seed)
        self.deliver: Callable[[list[Event]], None] = lambda _: None
        self.agenda_handlers: dict[str, Callable[[World, str], None]] = {}
        self._events: list[Event] = []
        self._depth = 0
        self._last_id: int = 0
        self._next_due: int | None = None
        self._pretended_ms: int | None = None
        self._fields: dict[str, list[Json]] = {}
        with self.transaction():
            self._load()

    def _load(self) -> None:
        # Eighteen digits from a random base: nobody may rely on small, stable or per-type numbers.
        self._last_id = int(self.store.meta("last_id") or self.chance.randrange(4 * 10**17, 9 * 10**17))
        self._refresh_due()

    @contextmanager
    def transaction(self, *, bulk: bool = False) -> Iterator[None]:
        """Hold the portal for a change. *bulk* suits very many records: indexes are made anew at its end."""
        with self.store.lock:
            if self._depth:
                yield
                return
            self._depth = 1
            self.store.begin(bulk=bulk)
            first_id = self._last_id
            try:
                yield
            except BaseException:
                self.store.rollback()
                self._events.clear()
                self._refresh_due()
                raise
            else:
                if self._last_id != first_id:
                    self.store.set_meta("last_id", str(self._last_id))
                self.store.commit()
                events, self._events = self._events, []
            finally:
                self._depth = 0
        if events:
            self.deliver(events)

    def reset(self, *, start_ms: int | None) -> None:
        """Empty the portal. The caller seeds it again."""
        with self.transaction():
            self.store.clear()
            self._fields.clear()
            self.faults.clear()
            self.verdict.reasons.clear()
            self._next_due = None
            if start_ms is not None:
                self.clock.restart_at(start_ms)

    # ids, numbers, times

    def new_id(self) -> str:
        self._last_id += self.chance.randrange(1, 40)
        return str(self._last_id)

    def next_number(self, name: str, first: int) -> int:
        number = int(self.store.meta(f"number.{name}", first - 1)) + 1
        self.store.set_meta(f"number.{name}", number)
        return number

    def now_ms(self) -> int:
        return self.clock.now_ms() if self._pretended_ms is None else self._pretended_ms

    def now(self) -> str:
        return iso(self.now_ms())

    @contextmanager
    def pretending(self, moment_ms: int) -> Iterator[None]:
        """Date what is written meanwhile back to *moment_ms*: old data for a desk with a past."""
        before, self._pretended_ms = self._pretended_ms, moment_ms
        try:
            yield
        finally:
            self._pretended_ms = before

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Send no events for what is written meanwhile."""
        sent = len(self._events)
        try:
            yield
        finally:
            del self._events[sent:]

    def on(self, switch: str, value: str) -> bool:
        return self.switches[switch] == value

    # events

    def emit(self, event: Event) -> None:
        self._events.append(event)

    # the agenda: what Zoho does by itself when its time has come

    def plan(self, what: str, ref: str, *, at_ms: int) -> None:
        """Call the handler of *what* with *ref* once the clock reaches *at_ms*; the earliest plan stands."""
        key = f"{what}/{ref}"
        if self.store.get("agenda", key):
            return
        self.store.put("agenda", {"id": key, "what": what, "ref": ref, "due": at_ms})
        if self._next_due is None or at_ms < self._next_due:
            self._next_due = at_ms

    def plan_in(self, what: str, ref: str, *, seconds: float) -> None:
        self.plan(what, ref, at_ms=self.now_ms() + int(seconds * 1000))

    def unplan(self, what: str, ref: str) -> None:
        self.store.remove("agenda", "id = ?", f"{what}/{ref}")

    def catch_up(self) -> None:
        """Do everything that is due, each at its own time. Cheap when nothing is: every call may begin with it."""
        if self._next_due is None or self._next_due > self.clock.now_ms():
            return
        with self.transaction():
            while due := self.store.find("agenda", "due <= ?", self.clock.now_ms(), order="due, rowid", limit=200):
                for entry in due:
                    if self.store.remove("agenda", "id = ?", entry["id"]):
                        with self.pretending(entry["due"]):
                            self.agenda_handlers[entry["what"]](self, entry["ref"])
            self._refresh_due()

    def _refresh_due(self) -> None:
        first = self.store.first("agenda", "1", order="due")
        self._next_due = None if first is None else first["due"]

    # the portal

    def org(self) -> Json:
        org: Json = self.store.meta("org")
        return org

    def org_id(self) -> str:
        return str(self.org()["id"])

    def href(self, path: str) -> str:
        """Return the absolute link of an API path, on this server or, by switch, on a Zoho-like host."""
        host = ZOHO_HOST if self.on("attachment_href_host", "zoho") else self.base_url
        return f"{host}/api/v1{path}"

    def fields(self, module: str) -> list[Json]:
        """Return the fields of a module; they do not change while a portal lives."""
        if module not in self._fields:
            self._fields[module] = self.store.find("field", "module = ?", module)
        return self._fields[module]

    def forget_fields(self) -> None:
        self._fields.clear()

    def field(self, module: str, api_name: str) -> Json | None:
        return next((each for each in self.fields(module) if each["apiName"] == api_name), None)

    def statuses(self) -> dict[str, str]:
        """Return status name -> type as the portal has them."""
        known = self.field("tickets", "status")
        return {} if known is None else {each["value"]: each["statusType"] for each in known["allowedValues"]}

    def need(self, table: str, record_id: str) -> Any:
        """Return a record that this package itself stored; its absence is a bug, not a 404."""
        record = self.store.get(table, record_id)
        if record is None:
            raise LookupError(f"{table} has no such record")
        return record
