"""A suite that dies: at a chosen call to desk, store or files the process "is killed", before or after the call.

What survives is what survives a power cut: the desk, the store and the files. A new App on them is the restart. Time
passes only where nothing is left to do before a lease or a retry is due, as a worker would wait for it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Final, TypeVar

from tests.builders import NOW, ORG
from tests.fakes.desk import FakeDesk, FakeWriter
from tests.fakes.source import FakeSource
from tests.fakes.suite import SECRET, NoMeter, a_suite
from zoho_privacy.adapters.blobs import MemoryBlobs
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.adapters.delivery.letters import JinjaLetters
from zoho_privacy.adapters.rulesets import lexicon
from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.domain import records as r
from zoho_privacy.domain import tags
from zoho_privacy.domain.keyed import Keyring
from zoho_privacy.domain.model import Case, Client, Form, LedgerEntry, Receipt
from zoho_privacy.domain.plan import Ways
from zoho_privacy.ports import DeskWriter, Item
from zoho_privacy.workflows import arrivals, casebook, inbox, ledger, outbox, receipts
from zoho_privacy.workflows.arrivals import Hint
from zoho_privacy.workflows.context import App, Desk, PortalSettings
from zoho_privacy.workflows.reconcile import installed_at
from zoho_privacy.workflows.writes import Writes

T = TypeVar("T")
QUEUES: Final = ("event", "job", "effect")
WRITES: Final = frozenset(name for name in vars(DeskWriter) if not name.startswith("_"))
SAYS: Final = frozenset({"send_reply", "add_comment", "add_tags", "remove_tags", "update_ticket"})
NEEDED_BY_THE_LETTER: Final = frozenset({"update_contact", "trash_contacts", "anonymise_user"})
CHANGES: Final = WRITES | {"commit", "put", "delete", "amend"}
PATIENCE: Final = 400
HASH: Final = re.compile(r"[0-9a-f]{12,64}")


class Killed(BaseException):
    """The process is gone. No `except Exception` may stop it."""


@dataclass
class Fuse:
    """Counts calls and kills at some of them: point 2n is before the n-th call, 2n + 1 after it.

    The points are used up one by one, each counted from the restart that the one before caused. `reads` says whether
    reading counts too; nothing that survives depends on it. `reached` names the points passed since the last restart; a
    call that raised, as a lost race does, has none after it.
    """

    points: list[int] = field(default_factory=list)
    reads: bool = False
    calls: list[str] = field(default_factory=list)
    reached: dict[int, str] = field(default_factory=dict)
    kills: int = 0

    def pull(self, name: str, work: Callable[[], T]) -> T:
        """Do the work, unless this is where it ends."""
        if not (self.reads or name in CHANGES):
            return work()
        here = len(self.calls) * 2
        self.calls.append(name)
        self._strike(here, f"before {name}")
        done = work()
        self._strike(here + 1, f"after {name}")
        return done

    def _strike(self, point: int, where: str) -> None:
        self.reached[point] = where
        if self.points and self.points[0] == point:
            self.points.pop(0)
            self.calls.clear()
            self.reached.clear()
            self.kills += 1
            raise Killed


class Fused:
    """Something whose every method hangs on a fuse; `look` is told the name before each call."""

    def __init__(self, target: object, fuse: Fuse, look: Callable[[str], None] = lambda _: None) -> None:
        self._target = target
        self._fuse = fuse
        self._look = look

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return found

        def call(*args: Any, **named: Any) -> Any:
            self._look(name)
            return self._fuse.pull(name, lambda: found(*args, **named))

        return call


class TimedDesk(FakeDesk):
    """A desk that writes down the time of the suite's clock."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        super().__init__(ORG, now=clock.now())

    def tick(self, step: timedelta = timedelta(minutes=1)) -> datetime:
        """Return the time; it moves by the clock alone."""
        assert step
        self.time = self.clock.now()
        return self.time


class NotingWriter(FakeWriter):
    """Remembers the notes that were written, also on tickets that are gone by now."""

    def __init__(self, desk: FakeDesk) -> None:
        super().__init__(desk)
        self.notes: list[str] = []

    def add_comment(self, ticket_id: str, text: str) -> str:
        """See the port."""
        self.notes.append(text)
        return super().add_comment(ticket_id, text)


@cache
def rule_data() -> Mapping[str, Any]:
    """Return what every App shares: words, rules and letters, read once."""
    letters = JinjaLetters(controller="OpenTech Support", privacy_contact="privacy@example.com")
    return {"lexicon": lexicon(), "rules": load_rules(), "letters": letters}


class World:
    """Desk, store, files and time, and a suite on them that is started anew after each kill.

    `too_early` lists destructive calls before an approval, and calls that take away what the closing letter needs
    before it went out.
    """

    def __init__(self, *points: int, reads: bool = False) -> None:
        self.fuse = Fuse(list(points), reads)
        self.clock = FixedClock(NOW - timedelta(days=400))
        self.desk = TimedDesk(self.clock)
        self.store = MemoryStore()
        self.blobs = MemoryBlobs()
        self.writer = NotingWriter(self.desk)
        self.too_early: list[str] = []
        self.ways = Ways()
        self.clients: Mapping[str, Client] = {}
        self.sources: tuple[FakeSource, ...] = ()

    def begin(self) -> None:
        """Install the suite today; what was there before is the past."""
        self.clock.set(NOW)
        installed_at(self.app(Fuse()), ORG)

    def app(self, fuse: Fuse | None = None) -> App:
        """Start the suite anew on what survived."""
        fuse = fuse or self.fuse
        store: Any = Fused(self.store, fuse)
        blobs: Any = Fused(self.blobs, fuse)
        reader: Any = Fused(self.desk, fuse)
        writer: Any = Fused(self.writer, fuse, self._judge)
        keyring = Keyring(SECRET)
        for each in self.sources:
            each.fused = partial(fuse.pull, "amend")
        desk = Desk(
            read=reader,
            write=Writes(ORG, reader, writer, store, keyring, sources={e.describe().name: e for e in self.sources}),
            sources=self.sources,
            settings=PortalSettings(
                ORG,
                from_address=self.desk.from_list[0].address,
                ways=self.ways,
                processor_accounts=self.clients,
            ),
            credits=NoMeter(),
        )
        parts: dict[str, Any] = {"store": store, "blobs": blobs, "clock": self.clock, "desks": {ORG: desk}}
        return a_suite(self.desk, **parts, **rule_data())

    def _judge(self, name: str) -> None:
        if name not in WRITES - SAYS:
            return
        if not self.store.find(ORG, "approval"):
            self.too_early.append(name)
        takes = name in NEEDED_BY_THE_LETTER or ("contact" in name and name != "create_contact")
        if takes and not self.letters()["erasure_done"]:
            self.too_early.append(name)

    def alive(self, work: Callable[[App], None]) -> None:
        """Do something with a running suite, and again after each kill, as a sender or a worker would."""
        while True:
            try:
                work(self.app())
            except Killed:
                continue
            return

    # ----------------------------------------------------------------------------------------------- what others do

    def hears_of(self, ticket_id: str) -> None:
        """Deliver a webhook for a ticket, repeated until it was answered, and let the suite work."""
        hint = Hint("Ticket_Update", f"{ticket_id}@{self.clock.now().isoformat()}", ticket_id=ticket_id)

        def deliver(app: App) -> None:
            arrivals.keep(app, ORG, [hint])

        self.alive(deliver)
        self.rest()

    def mail(self, ticket_id: str, text: str, **values: Any) -> None:
        """Let the customer of a ticket write, or who else is named as `author_email`."""
        self.clock.advance(timedelta(hours=1))
        self.desk.add_thread(ticket_id, content=f"<div>{text}</div>", **values)
        self.hears_of(ticket_id)

    def confirm_elsewhere(self) -> None:
        """Let the recipients of the register say that they have erased too, wherever a case waits for them."""

        def confirm(app: App) -> None:
            for case in casebook.all_cases(app.store, ORG):
                for name in receipts.outstanding(app, case) if case.answered else ():
                    role = app.rules.recipients[name].acts
                    receipts.record(app, ORG, case.id, Receipt(name, Form.RECEIPT, role, app.clock.now(), "export 12"))

        self.alive(confirm)
        self.rest()

    def macro(self, ticket_id: str, action: str, agent: str = "701") -> None:
        """Let an agent run the macro that sets the action field."""
        self.clock.advance(timedelta(hours=1))
        held = self.desk.tickets[ticket_id]
        change = r.Change(tags.ACTION_FIELD, held.ticket.custom.get(tags.ACTION_FIELD), action)
        held.ticket = replace(held.ticket, custom={**held.ticket.custom, tags.ACTION_FIELD: action})
        held.history.append(r.HistoryEvent("TicketUpdated", self.desk.tick(), "Agent", agent, agent, (change,)))
        self.hears_of(ticket_id)

    # ---------------------------------------------------------------------------------------------------- the suite

    def rest(self, horizon: timedelta = timedelta(minutes=55)) -> None:
        """Let the workers work, and wait for what is due within the horizon."""
        end = self.clock.now() + horizon
        for _ in range(PATIENCE):
            self.alive(_drain)
            next_due = min((item.due for item in self.waiting() if item.due), default=None)
            if next_due is None or next_due > end:
                return
            self.clock.set(max(next_due, self.clock.now()))
        raise AssertionError(f"it does not come to rest: {[item.id for item in self.waiting()]}")

    def waiting(self) -> Iterator[Item]:
        """Yield what is queued, whenever it is due."""
        for table in QUEUES:
            yield from self.store.due(table, now=self.clock.now() + timedelta(days=3650), limit=500)

    # ------------------------------------------------------------------------------------------------- what is there

    @property
    def cases(self) -> Sequence[Case]:
        """Return all cases."""
        return tuple(casebook.all_cases(self.store, ORG))

    @property
    def code(self) -> str:
        """Return the code in the newest letter that has one."""
        found = [match[1] for _, _, html in self.writer.sent if (match := re.search(r">(\w{5}-\w{5})<", html))]
        return found[-1]

    def entries(self) -> Iterator[LedgerEntry]:
        """Yield the ledger's entries."""
        return ledger.entries(self.store, ORG)

    def letters(self) -> Counter[str]:
        """Return the letters that left, by name, as the suite's own memory of sent letters has them."""
        return Counter(str(item.body["letter"]) for item in casebook.every(self.store, ORG, "sent"))

    def notes(self) -> Counter[str]:
        """Return the notes that were written, by their first line without hashes."""
        return Counter(HASH.sub("#", note.splitlines()[0]) for note in self.writer.notes)

    def steps(self) -> Counter[tuple[str, str]]:
        """Return what the ledger says was done and with what result, without hashes.

        Looking is not doing: a second look after a crash is one more entry there and the same one here. So is "gone",
        which a resumed act finds instead of doing it.
        """
        said = [(entry.what, HASH.sub("#", entry.result).removesuffix(" gone")) for entry in self.entries()]
        return Counter(
            [each for each in said if each[0] != "read_back"] + sorted({e for e in said if e[0] == "read_back"})
        )

    def journal(self) -> Counter[tuple[str, ...]]:
        """Return how each action of the plans ended."""
        bodies = (item.body for item in casebook.every(self.store, ORG, "step"))
        return Counter(tuple(str(body.get(name, "?")) for name in ("type", "target", "result")) for body in bodies)

    def faults_of_the_ledger(self) -> list[Any]:
        """Return what does not hold in the chain."""
        return list(ledger.verify_all(self.store, ORG))


def _drain(app: App) -> None:
    while inbox.drain(app) + outbox.drain(app):
        pass
