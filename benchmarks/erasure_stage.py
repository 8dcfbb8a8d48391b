"""The proof's stage: one generated desk, people who ask to be erased, and what the portal's own file says afterwards.

The portal's database is read beside the portal, so nothing that an API hides can pass; what is looked for comes from
how the desk was made. A record that nobody planned to change must be the same byte for byte. Invented people only.
"""

import contextlib
import hashlib
import html
import json
import random
import re
import sqlite3
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from benchmarks.credit_stage import PLENTY
from tests.emulator_process import Emulator
from tests.fakes.crashing import Fuse, Fused, Killed
from tests.scenario.world import HOUR, World
from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.domain import duplicates
from zoho_privacy.domain.errors import NotAllowed, NotFound
from zoho_privacy.domain.gate import REMOVES_TICKET
from zoho_privacy.domain.model import ActionType, Case, Plan, State
from zoho_privacy.workflows import casebook, erasure, holds, sweep
from zoho_privacy.workflows.writes import FILE_ACTIONS

LOOKS: Final = 50_000
"""How often the queues may be looked at before work counts as endless: thousands of tickets are written anew."""
WAYS: Final = {
    "erase": ("erase", "mask"),
    "rebuild": ("rebuild", "rebuild"),
    "native": ("native", "rebuild"),
    "mask": ("mask", "mask"),
}
"""How each row of the table lets go of tickets: those of the person alone, and shared ones."""
RULES: Final = """
[[rules]]
id = "keep-all"
clause = "P8-holds"
basis = "legal obligation"
action = "keep"
reason = "nothing is due meanwhile"

[[rules]]
id = "tickets"
clause = "P8-tickets"
basis = "contract"
action = "erase"
start = "closed"
period_days = 3650
reason = "never reached, the rule above beats it"

[erasure]
"""
ASKS: Final = "Hello, please delete all personal data you hold about me. Kind regards, {}"
RECORDS: Final = (
    "account", "contact", "contact_comment", "portal_user", "ticket", "secondary_contact", "thread", "comment",
    "comment_version", "attachment", "history", "resolution_version", "ticket_tag", "activity", "activity_comment",
    "time_entry", "approval", "bin",
)  # fmt: skip
"""The tables of the portal's file in which people's data lies."""
OWNERS: Final = ("ticketId", "_ticketId", "requestId", "entityId", "_owner", "contactId")
ROUNDS: Final = 12
TROUBLE: Final = ("busy", "error500_after_write", "drop_after_write", "error500", "drop_before")
ITEM: Final = re.compile(r"<li>(.*?)</li>", re.DOTALL)
WORDS: Final = tomllib.loads((files("zoho_privacy.rules") / "letters/en/words.toml").read_text(encoding="utf-8"))
Snapshot = Mapping[tuple[str, str], "Stored"]


@dataclass(frozen=True, slots=True)
class Stored:
    """One record as the portal's file has it: to what it belongs, and a digest of every byte."""

    digest: str
    owners: frozenset[str]
    archived: bool = False
    spam: bool = False
    trashed: bool = False


@dataclass
class Row:
    """What became of the people erased one way. `undeclared`, `others`, `held`, `wrong` and `double` must be 0."""

    way: str
    chaos: bool
    people: int
    tickets: int = 0
    answered: int = 0
    done: dict[str, int] = field(default_factory=dict)
    declared: dict[str, int] = field(default_factory=dict)
    undeclared: int = 0
    others: int = 0
    held: int = 0
    claims: int = 0
    wrong: int = 0
    double: int = 0
    credits: float | None = None
    """Per person; None with trouble, which takes days, and each day's count begins anew."""
    kills: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Tell whether everything that must be 0 is, and everybody was answered."""
        return not (self.undeclared or self.others or self.held or self.wrong or self.double) and (
            self.answered == self.people
        )

    def outcome(self) -> Mapping[str, Any]:
        """Return what trouble may not change.

        How many mentions in other people's tickets are found, and are then gone instead of declared, hangs on what the
        portal's search has taken in by then. Which way a ticket of two people goes, and in whose letter it is counted,
        hangs on who is approved first, and with that how many lines the letters have; none of them may be wrong.
        """
        left_out = ("chaos", "credits", "kills", "notes", "tickets", "done", "declared", "claims")
        return {name: value for name, value in asdict(self).items() if name not in left_out}


def snapshot(file: Path) -> Snapshot:
    """Return every record of the portal, read from its file."""
    found: dict[tuple[str, str], Stored] = {}
    members = ", ".join(
        f"json_extract(doc, '$.{name}')" for name in ("isArchived", "isSpam", "isTrashed", *OWNERS, "_recordId")
    )
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        for table in RECORDS:
            rows = database.execute(f"SELECT id, doc, {members} FROM {table}")  # noqa: S608  its own names
            for record_id, text, archived, spam, trashed, *owners, binned in rows:
                above = {*owners, binned if table == "bin" else None} - {None, "", 0}
                digest = hashlib.sha256(text.encode()).hexdigest()
                found[table, record_id] = Stored(
                    digest, frozenset(map(str, above)), *map(bool, (archived, spam, trashed))
                )
    return found


class Kills:
    """Ends the suite's process at commits of its store that chance picks; the same seed picks the same ones."""

    def __init__(self, seed: int, count: int) -> None:
        chance = random.Random(f"kills {seed}")
        self.fuse = Fuse([chance.randrange(20, 900) for _ in range(count)])

    def store(self, path: Path) -> Any:
        """Return the suite's own store on this fuse."""
        return Fused(SqliteStore(path), self.fuse)


@dataclass
class Proof:
    """One desk, the people erased on it, and the judge."""

    zoho: Emulator
    file: Path
    folder: Path
    way: str
    tickets: int
    everybody: int
    count: int
    seed: int = 1
    chaos: bool = False
    quiet: bool = False
    world: World = field(init=False)
    kills: Kills | None = None
    chosen: list[Mapping[str, Any]] = field(default_factory=list)
    requests: dict[int, str] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    planned: dict[str, dict[str, Plan]] = field(default_factory=lambda: defaultdict(dict))
    journal: dict[str, list[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    # ---------------------------------------------------------------------------------------------------- the episode

    def run(self) -> Row:
        """Erase them all and return the row."""
        self._open()
        try:
            return self._episode()
        finally:
            self.world.stop()

    def _episode(self) -> Row:
        self._choose()
        before = snapshot(self.file)
        spent = self.zoho.bench("GET", "/credits")["used"]
        self._ask()
        self._approve()
        cost = self.zoho.bench("GET", "/credits")["used"] - spent
        self._say("looking at what is stored")
        row = Row(self.way, self.chaos, self.count, credits=None if self.chaos else round(cost / self.count, 1))
        judge = Judge(self, before, row)
        judge.at_the_letter()
        self._advance(timedelta(days=32))
        judge.at_the_end()
        row.kills = self.kills.fuse.kills if self.kills else 0
        self.world.close()
        return row

    def _say(self, what: str) -> None:
        if not self.quiet:
            sys.stderr.write(f"  {self.way}: {what}\n")

    def _open(self) -> None:
        alone, shared = WAYS[self.way]
        self.kills = Kills(self.seed, 3 + self.count // 5) if self.chaos else None
        schedule = f'{RULES}alone = "{alone}"\nshared = "{shared}"\n'
        make = self.kills.store if self.kills else None
        self.world = World(self.zoho, self.folder, schedule=schedule)
        self.world.open(switches={"sar_step_seconds": "0"})
        self.zoho.bench("POST", "/credits", {"remaining": PLENTY})
        self._say(f"a desk of {self.tickets} tickets and {self.everybody} people")
        order = {"tickets": self.tickets, "people": self.everybody, "seed": self.seed}
        self.zoho.bench("POST", "/generate", order)
        self.world.advance(timedelta(seconds=700))
        if make:
            self.world.make_store = make
            self.world.restart()

    def _choose(self) -> None:
        """Take customers from the busiest to the rarest; hold what carries the desk's own hold tag, and two records."""
        people = self.people()
        customers = [each for each in people if each["contactIds"]]
        step = max(1, len(customers) // self.count)
        self.chosen = customers[1::step][: self.count]
        first = next(filter(None, map(self._primary, self.chosen)))
        rest = next(each for each in customers if each not in self.chosen)
        app, org = self.world.app, self.world.org
        holds.place(app, org, holds.Order("matter 1", "legal", "dispute", tag="legal-hold"))
        holds.place(app, org, holds.Order("matter 2", "legal", "dispute", ticket_ids=frozenset(first[:1])))
        holds.place(app, org, holds.Order("matter 3", "legal", "dispute", contact_ids=frozenset(rest["contactIds"])))

    def _primary(self, person: Mapping[str, Any]) -> list[str]:
        found: list[str] = self.zoho.bench("GET", "/truth", person=str(person["person"]))["tickets"]["primary"]
        return found

    def people(self) -> list[Mapping[str, Any]]:
        """Return everybody on the desk."""
        found: list[Mapping[str, Any]] = []
        while len(found) < self.everybody:
            found += self.zoho.bench("GET", "/truth/people", **{"from": len(found), "limit": 500})["people"]
        return found

    def _ask(self) -> None:
        for number, person in enumerate(self.chosen, 1):
            if self.chaos:
                self._trouble(number)
            made = self.zoho.mail(
                sender=person["email"],
                name=person["name"],
                subject="Delete my data",
                text=ASKS.format(person["name"]),
            )
            self.requests[person["person"]] = made["ticketId"]
            self._settle(HOUR if self.chaos else timedelta(0))
            if self.chaos:
                self._sweep()
                self._settle(HOUR)
            self.world.advance(timedelta(minutes=2))  # the pages take few visits a minute from one address
            self._alive(lambda who=person["email"]: self.world.confirm(who))
            if number % 10 == 0 or number == self.count:
                self._say(f"{number} of {self.count} people have asked")
        self._settle(HOUR)

    def _tell_apart(self) -> None:
        """Let an agent who knows the people answer what the plans ask: whether two records are one person's."""
        known = {contact: person for person in self.people() for contact in person["contactIds"]}
        asker = {ticket: person for person, ticket in self.requests.items()}
        self.remember()
        for case in [case for case in self.world.cases if case.state is State.PLANNED]:
            for kept in self.plans(case)[-1].kept:
                if kept.code == duplicates.CODE:
                    same = known[kept.target]["person"] == asker[case.ticket_id]
                    self._alive(partial(self._answer, case, kept.target, same))
        self._settle(HOUR)

    def _answer(self, case: Case, contact_id: str, same: bool) -> None:  # noqa: FBT001  bound by partial
        with contextlib.suppress(NotFound, NotAllowed):  # after a kill it may have been answered already
            erasure.tell_apart(self.world.app, self.world.org, case.id, contact_id, same=same, who=self.world.agent(0))

    def _approve(self) -> None:
        """Let a colleague approve until nobody waits: where two share a ticket, the second needs a new plan."""
        for turn in range(ROUNDS):
            self._tell_apart()
            waiting = [case.ticket_id for case in self.world.cases if case.state is State.PLANNED]
            if not waiting:
                return
            self._say(f"round {turn + 1}: {len(waiting)} plans are approved and carried out")
            for place in range(0, len(waiting), 10):
                self.world.advance(timedelta(minutes=10))
                self.zoho.bench(
                    "POST",
                    "/macro",
                    {
                        "ticketIds": waiting[place : place + 10],
                        "agentId": self.world.agent(1),
                        "name": "Privacy: Approve plan",
                        "fields": {"cf": {"cf_privacy_action": "Approve plan"}},
                    },
                )
                if self.chaos:
                    self._trouble(place + 100 * (turn + 1))
                self._settle(2 * HOUR)
                if self.chaos:
                    self._sweep()
                    self._settle(2 * HOUR)

    def _sweep(self) -> None:
        """Find what a lost delivery did not announce, once the portal's index knows of it."""
        self.world.advance(HOUR)
        self._alive(lambda: sweep.run(self.world.app))

    def _trouble(self, number: int) -> None:
        """Let writes fail in every way, deliveries be lost and repeated, and the clock jump."""
        chance = random.Random(f"trouble {self.seed} {number}")
        for kind in TROUBLE:
            self.world.fault(kind, "", "/api/v1/", times=1, skip=chance.randrange(5, 120), retryAfter=30)
        for kind in TROUBLE[1:3]:
            self.world.fault(kind, chance.choice(("POST", "PATCH")), "/api/v1/", times=1, skip=chance.randrange(3, 20))
        self.zoho.bench("POST", "/webhooks/stress", {"duplicate": 1, "lose": {"probability": 0.3}, "reorder": True})
        self.world.advance(timedelta(minutes=chance.randrange(0, 200)))

    def _settle(self, within: timedelta) -> None:
        self._alive(lambda: self.world.settle(within=within, rounds=LOOKS))

    def _advance(self, span: timedelta) -> None:
        self.zoho.bench("DELETE", "/faults")
        self.world.advance(span)
        self._settle(2 * HOUR)

    def _alive(self, work: Any) -> None:
        """Do it, and after each kill start the suite anew and go on."""
        while True:
            try:
                work()
            except Killed:
                self.world.restart()
                continue
            return

    # ------------------------------------------------------------------------------------------------------ the suite

    def remember(self) -> None:
        """Read what the suite holds of cases, plans and journals, for the judge: nothing changes while it judges."""
        store, org = self.world.app.store, self.world.org
        self.cases = {case.ticket_id: case for case in self.world.cases}
        for item in casebook.every(store, org, "plan"):
            plan = casebook.from_body(Plan, item.body)
            self.planned[item.parent or ""][plan.hash] = plan
        self.journal.clear()
        for item in casebook.every(store, org, "step"):
            if item.body["result"] != "started":
                self.journal[item.parent or ""].append(item.body)

    def case_of(self, person: int) -> Case | None:
        """Return the case that somebody's request became."""
        return self.cases.get(self.requests[person])

    def plans(self, case: Case) -> list[Plan]:
        """Return all plans of a case, the one that stands last."""
        return sorted(self.planned[case.id].values(), key=lambda plan: plan.hash == case.plan_hash)

    def approved(self, plan: Plan) -> bool:
        """Tell whether a colleague approved a plan; one that another replaced before that was never carried out."""
        return self.world.app.store.get(self.world.org, "approval", plan.hash) is not None

    def done_for(self, case: Case) -> set[tuple[str, str]]:
        """Return what the journals of a case say was done, by kind of act and record."""
        return {(each["type"], each["target"]) for plan in self.plans(case) for each in self.steps(plan)
                if each["result"] == "done"}  # fmt: skip

    def done_for_others(self, case: Case) -> set[tuple[str, str]]:
        """Return the tickets that went with the erasure of somebody else, by each kind of act that lets one go."""
        others = (each for each in self.cases.values() if each.id != case.id)
        gone = {target for other in others for kind, target in self.done_for(other) if kind in REMOVES_TICKET}
        return {(kind, target) for kind in REMOVES_TICKET for target in gone}

    def steps(self, plan: Plan) -> list[Mapping[str, Any]]:
        """Return the journal of a plan."""
        return self.journal[plan.hash]


class Judge:
    """Holds the portal's file against plans, journals and letters."""

    def __init__(self, proof: Proof, before: Snapshot, row: Row) -> None:
        self.proof, self.before, self.row = proof, before, row
        self.truth: dict[int, Mapping[str, Any]] = {}
        self.said: dict[int, str] = defaultdict(str)
        wanted = [str(each["person"]) for each in proof.chosen]
        for start in range(0, len(wanted), 20):
            for each in proof.zoho.bench("POST", "/truth", {"people": wanted[start : start + 20]})["people"]:
                self.truth[each["person"]["person"]] = each
        self.ticket_of = self._tickets(before)

    @staticmethod
    def _tickets(found: Snapshot) -> dict[str, str]:
        """Return to which ticket each record belongs."""
        tickets = {record for table, record in found if table == "ticket"}
        owners = {record: each.owners for (_, record), each in found.items()}

        def ticket(record: str) -> str:
            above = owners.get(record, frozenset())
            return next(iter(above & tickets), "") or next(filter(None, map(ticket, above - {record})), "")

        found_in = {record: ticket(record) for record in owners if record not in tickets}
        return {**{record: each for record, each in found_in.items() if each}, **{each: each for each in tickets}}

    def _wrong(self, what: str) -> None:
        self.row.wrong += 1
        self._note(f"wrong: {what}")

    def _note(self, what: str) -> None:
        if len(self.row.notes) < 60:
            self.row.notes.append(what)

    # ----------------------------------------------------------------------------------------------- after the letter

    def at_the_letter(self) -> None:
        """Check the letters, each claim by what is stored, and that nobody else was touched."""
        after = snapshot(self.proof.file)
        self.proof.remember()
        self._untouched(after)
        for person in self.proof.chosen:
            case = self.proof.case_of(person["person"])
            if case is None or case.answered is None:
                self._note(
                    f"person {person['person']}: not answered, {case.state if case else 'no case'}"
                    f" {case.reason if case else ''}"
                )
                continue
            self.row.answered += 1
            self._letter(person, case, after)

    def _planned(self) -> tuple[set[str], set[str], set[str]]:
        """Return the tickets that may be gone, those that may be changed, and the contacts that may be either."""
        gone, changed, people = set[str](), set[str](), set[str]()
        for person in self.proof.chosen:
            truth = self.truth[person["person"]]
            own = set(truth["tickets"]["primary"])
            mine = own | {each for part in truth["tickets"].values() for each in part}
            people |= set(person["contactIds"])
            case = self.proof.case_of(person["person"])
            for plan in self.proof.plans(case) if case else ():
                for action in plan.actions:
                    if action.type is ActionType.REBUILD_TICKET:
                        gone |= {action.target} & mine
                    elif action.type in REMOVES_TICKET:
                        gone |= {action.target} & own
                    elif action.type is ActionType.MASK_TICKET:
                        changed |= {action.target} & mine
        return gone, changed, people

    def _untouched(self, after: Snapshot) -> None:
        gone, changed, people = self._planned()
        done = self._let_go()
        files = self._files()
        held = self._held()
        mine = {ticket for person in self.truth.values() for part in person["tickets"].values() for ticket in part}
        touched = Counter[str]()
        for (table, record), was in self.before.items():
            now = after.get((table, record))
            if now is not None and now.digest == was.digest:
                continue
            ticket = self.ticket_of.get(record, "")
            if ticket in held or record in held:
                self.row.held += 1
                self._note(f"held: {table} of {ticket or record}")
            elif (
                (table == "attachment" and now is None and record in files)
                or ticket in gone
                or (now is not None and ticket in changed and ticket in mine)
            ):
                continue
            elif ticket in changed and table in {"comment", "comment_version", "resolution_version"}:
                continue  # the plan of a shared ticket says so
            elif record in people or was.owners & people:
                continue
            elif now is None and self._binned(ticket or record) and ticket not in done:
                continue  # trouble takes days: the portal has emptied that bin by itself
            else:
                touched[f"{table} {'gone' if now is None else 'changed'} of {ticket or record}"] += 1
        self.row.others = sum(touched.values())
        for what, count in touched.most_common(8):
            self._note(f"others: {what} x {count}")

    def _let_go(self) -> set[str]:
        """Return the tickets that the suite itself let go of."""
        return {target for case in self.proof.cases.values() for kind, target in self.proof.done_for(case)
                if kind in REMOVES_TICKET}  # fmt: skip

    def _binned(self, record: str) -> bool:
        """Tell whether a ticket or a contact, or whose ticket it is, lay in the bin from the start."""
        stored = [each for each in (self.before.get((table, record)) for table in ("ticket", "contact")) if each]
        above = [self.before.get(("contact", owner)) for each in stored for owner in each.owners]
        return any(each is not None and each.trashed for each in (*stored, *above))

    def _files(self) -> set[str]:
        """Return the files that may be gone or replaced, of the tickets that stay."""
        cases = [self.proof.case_of(person["person"]) for person in self.proof.chosen]
        plans = [plan for case in cases if case for plan in self.proof.plans(case)]
        return {a.target.rpartition("/")[2] for plan in plans for a in plan.actions if a.type in FILE_ACTIONS}

    def _held(self) -> set[str]:
        """Return the held tickets, and the contacts that a hold names."""
        store, org = self.proof.world.app.store, self.proof.world.org
        found = set[str]()
        for hold in casebook.holds(store, org):
            found |= hold.ticket_ids | hold.contact_ids
        return found | self._tagged("legal-hold")

    def _tagged(self, name: str) -> set[str]:
        with contextlib.closing(sqlite3.connect(f"file:{self.proof.file}?mode=ro", uri=True)) as database:
            tags = [record for record, text in database.execute("SELECT id, doc FROM tag")
                    if json.loads(text)["name"] == name]  # fmt: skip
            rows = [json.loads(text) for (text,) in database.execute("SELECT doc FROM ticket_tag")]
        return {row["ticketId"] for row in rows if row["tagId"] in tags}

    def _letter(self, person: Mapping[str, Any], case: Case, after: Snapshot) -> None:
        letters = [each for each in self.proof.world.letters(person["email"]) if "check value" in each["content"]]
        if len(letters) != 1:
            self.row.double += max(0, len(letters) - 1)
            self._note(f"person {person['person']}: {len(letters)} closing letters")
            return
        said = [html.unescape(each) for each in ITEM.findall(letters[0]["content"])]
        self.said[person["person"]] = "\n".join(said)
        counts = {text: int(number) for each in said if (number := each.rpartition(": ")[2]).isdigit()
                  for text in [each.rpartition(": ")[0]]}  # fmt: skip
        wanted = Counter[str]()
        plans = [plan for plan in self.proof.plans(case) if self.proof.approved(plan)]
        for kind, targets in self._shown_gone(case, plans, after).items():
            wanted[WORDS["actions"][kind]] += len(targets)
            self.row.done[kind] = self.row.done.get(kind, 0) + len(targets)
            if kind in REMOVES_TICKET:
                self.row.tickets += len(targets)
        for label in counts.keys() | wanted.keys():
            self.row.claims += 1
            if counts.get(label, 0) != wanted[label]:
                self._wrong(f"person {person['person']}: {label!r} says {counts.get(label, 0)}, stored {wanted[label]}")
        self._stays(person, case, said, after)

    def _shown_gone(self, case: Case, plans: Sequence[Plan], after: Snapshot) -> Mapping[ActionType, set[str]]:
        """Return what the store shows to be done of what was planned before the letter.

        What went with somebody else's erasure is that letter's claim; a later plan deals with the copy, if any.
        """
        elsewhere = self.proof.done_for_others(case) - self.proof.done_for(case)
        found: dict[ActionType, set[str]] = defaultdict(set)
        masked = {step["target"] for plan in plans for step in self.proof.steps(plan)
                  if step["result"] == "done" and step["type"] == ActionType.MASK_TICKET}  # fmt: skip
        copied = {ticket for (table, record), each in after.items() if table == "attachment"
                  and (table, record) not in self.before for ticket in each.owners}  # fmt: skip
        for plan in plans:
            for action in plan.actions:
                if action.stage or (action.type, action.target) in elsewhere:
                    continue
                ticket, _, record = action.target.rpartition("/")
                if action.type in FILE_ACTIONS:
                    gone = ("ticket", ticket) not in after  # with the erasure of somebody else in it, later
                    replaced = action.type is ActionType.DELETE_ATTACHMENT or gone or ticket in copied
                    if replaced and ("attachment", record) not in after:
                        found[action.type].add(action.target)
                    continue
                there = any((table, record) in after for table in ("ticket", "activity", "time_entry"))
                removed = action.type in REMOVES_TICKET or action.type is ActionType.ERASE_ACTIVITY
                overwritten = action.type is ActionType.MASK_TICKET and action.target in masked
                if (removed and not there) or overwritten:
                    found[action.type].add(action.target)
        return found

    def _stays(self, person: Mapping[str, Any], case: Case, said: Sequence[str], after: Snapshot) -> None:
        """Each reason the letter gives has a record that stays for it, and each record that stays has its reason."""
        reasons = WORDS["reasons"]
        told = {key for key, text in reasons.items() if any(text in each for each in said)}
        plan = self.proof.plans(case)[-1]
        kept = {each.code for each in plan.kept if each.type == "ticket" and ("ticket", each.target) in after}
        kept |= {step["code"] for step in self.proof.steps(plan) if step["result"] != "done"
                 and ("ticket", step["target"]) in after}  # fmt: skip
        pairs = {"held": "legal_duty", "shared": "other_person", "open": "open", "masked": "messages_stay",
                 "binned": "expires", "archived": "by_hand"}  # fmt: skip
        for code, reason in pairs.items():
            self.row.claims += 1
            if code in kept and reason not in told:
                self._wrong(f"person {person['person']}: {code} tickets stay, the letter does not say so")
            if reason == "other_person" and any(each.code == code for each in plan.kept):
                continue  # true when written: the other person has been erased since
            if reason in told and code not in kept and reason not in {"legal_duty", "by_hand"}:
                self._wrong(f"person {person['person']}: the letter says {reason}, no ticket stays for it")
        if reasons["overwritten_next"] in " ".join(said):
            self.row.claims += 1
            apart = {each.target for each in plan.kept if each.type == "contact"}
            for contact in set(person["contactIds"]) - apart:
                stored = after.get(("contact", contact))
                if stored is not None and stored == self.before.get(("contact", contact)):
                    self._wrong(f"person {person['person']}: a contact record was not overwritten")

    # ------------------------------------------------------------------------------------------------------ at the end

    def at_the_end(self) -> None:
        """Ask the portal for every value of everybody erased, and hold each find against what was declared."""
        owner = {value["value"]: person["person"] for person in self.proof.chosen for value in person["values"]}
        needles = sorted(owner)
        places = self.proof.zoho.bench("POST", "/stored", {"needles": needles})["places"]
        after = snapshot(self.proof.file)
        self.proof.remember()
        tickets = {**self.ticket_of, **self._tickets(after)}
        declared, undeclared = Counter[str](), Counter[str]()
        seen = set[tuple[int, str, str]]()
        for place in places:
            person = owner[place["needle"]]
            key = (person, place["recordId"], place["field"])
            if key in seen:
                continue
            seen.add(key)
            why = self._why(person, place, tickets.get(place["recordId"], ""), after)
            if why.startswith("!"):
                undeclared[why] += 1
                if undeclared[why] <= 3:
                    kind = next(
                        (v["kind"] for p in self.proof.chosen for v in p["values"] if v["value"] == place["needle"]), ""
                    )
                    self._note(f"{why}: {kind} of person {person}, {place['recordType']} {place['recordId']}")
            elif not self._binned(tickets.get(place["recordId"], place["recordId"])):
                declared[why] += 1  # what lay in a bin from the start goes when the portal empties that
        self.row.declared = dict(declared)
        self.row.undeclared = sum(undeclared.values())
        for what, count in undeclared.most_common():
            self._note(f"undeclared {what} x {count}")
        self._conversations(after)
        self._doubles(after)
        self._went_along(after)

    def _why(self, person: int, place: Mapping[str, Any], ticket: str, after: Snapshot) -> str:
        """Return by what a find is declared, beginning with "!" where nothing declares it."""
        case = self.proof.case_of(person)
        truth = self.truth[person]
        role = next((name for name, ids in truth["tickets"].items() if ticket in ids), "")
        what = (
            f"{role or 'no role'} {place['where']} {place['recordType']}.{place['field'].split('.')[0].split('[')[0]}"
        )
        if case is None or case.answered is None:
            return "not answered"
        plans = self.proof.plans(case)
        kept = {step["target"]: step["code"] for plan in plans for step in self.proof.steps(plan)
                if step["type"] == ActionType.MASK_TICKET}  # fmt: skip
        kept |= {each.target: each.code for each in plans[-1].kept}
        kept |= {step["target"]: step["code"] for step in self.proof.steps(plans[-1]) if step["result"] != "done"}
        if ticket in kept:
            return kept[ticket]
        if place["recordId"] in kept:
            return kept[place["recordId"]]
        owners = (
            self.before[table_record].owners
            if (table_record := (place["recordType"], place["recordId"])) in (self.before)
            else frozenset()
        )
        if held := [kept[each] for each in owners if each in kept]:
            return held[0]
        if place["recordType"] == "sar" and WORDS["reasons"]["native_record"] in self.said[person]:
            return "native-record"
        if self._unsearchable(person, place, ticket, role, after):
            return "mentions"
        return f"! {what}"

    def _unsearchable(self, person: int, place: Mapping[str, Any], ticket: str, role: str, after: Snapshot) -> bool:
        """Tell whether the letter declares a mention: where no search of the portal looks."""
        if WORDS["reasons"]["mentions"] not in self.said[person]:
            return False
        if place["recordType"] == "contact_comment":
            return True
        if not ticket or role not in {"mentioned", "writer", "secondary", ""}:
            return False
        stored = after.get(("ticket", ticket))
        archived = stored is not None and stored.archived
        if role == "secondary" and stored is not None and not (archived or stored.spam or stored.trashed):
            return False  # colleagues' tickets are searched by their firm, but in the trash nothing is
        if place["recordType"] != "ticket":
            return True
        return place["where"] == "trash" or (archived and not place["field"].startswith("subject"))

    def _conversations(self, after: Snapshot) -> None:
        for person in self.proof.chosen:
            case = self.proof.case_of(person["person"])
            if case is None or case.answered is None:
                continue
            self.row.claims += 1
            masked = any(a.type is ActionType.MASK_TICKET and a.target == case.ticket_id
                         for plan in self.proof.plans(case) for a in plan.actions)  # fmt: skip
            if ("ticket", case.ticket_id) in after and not masked:
                self._wrong(f"person {person['person']}: the conversation is still there")

    def _went_along(self, after: Snapshot) -> None:
        """Each ticket that is gone by now was let go of by a step of its own; none went with a person's record.

        What belonged to a record in the bin from the start goes with it when the portal empties that by itself.
        """
        done = self._let_go()
        for table, record in self.before:
            if table == "ticket" and (table, record) not in after and record not in done and not self._binned(record):
                self.row.others += 1
                self._note(f"others: ticket {record} went along after the letter")

    def _doubles(self, after: Snapshot) -> None:
        """Two live twins with one reference, or an original beside its twin, are doubles."""
        store, org = self.proof.world.app.store, self.proof.world.org
        for item in casebook.every(store, org, "twin"):
            if item.body.get("phase") == "done" and ("ticket", item.body["of"]) in after:
                self.row.double += 1
        marks = Counter[str]()
        with contextlib.closing(sqlite3.connect(f"file:{self.proof.file}?mode=ro", uri=True)) as database:
            for (text,) in database.execute("SELECT doc FROM ticket"):
                if match := re.search(r"\[(copy [0-9a-z]+)\]$", json.loads(text).get("subject") or ""):
                    marks[match[1]] += 1
        self.row.double += sum(count - 1 for count in marks.values())


@contextlib.contextmanager
def portal(folder: Path) -> Iterator[tuple[Emulator, Path]]:
    """Run a portal whose database is a file in this folder."""
    file = folder / "portal.sqlite"
    with Emulator.start(state=file) as zoho:
        yield zoho, file
