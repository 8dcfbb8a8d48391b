"""The stage of the stories: an emulated portal as a process, the real suite beside it, and the hands of people.

The suite runs in this process, with its real client, stores, pages and webhook endpoint on a port of its own, but its
queues are drained by `settle`, so that a story goes as fast as it can and always the same way. Pauses that the suite
would sleep through pass on the portal's clock. `open` what `close` ends; `restart` is a new process on the same state.
"""

import contextlib
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, Final

import requests

from tests.emulator_process import Emulator
from tests.fakes import handing
from tests.fakes.crashing import Killed
from tests.fakes.handing import unlocked
from zoho_privacy import bootstrap
from zoho_privacy.adapters.desk.client import connect
from zoho_privacy.config import Settings
from zoho_privacy.domain.model import Case, Form, Kind, Plan, Receipt, State
from zoho_privacy.hosting import dispatch
from zoho_privacy.local import portals
from zoho_privacy.local.limits import Limiter
from zoho_privacy.local.server import Environ, Server, Site, StartResponse
from zoho_privacy.local.trial import settings_from_emulator
from zoho_privacy.ports import Item, Store
from zoho_privacy.workflows import casebook, exports, inbox, ledger, outbox, queue, receipts
from zoho_privacy.workflows.context import App, Desk
from zoho_privacy.workflows.reconcile import installed_at

MONDAY: Final = "2026-01-05T09:00:00.000Z"
QUEUES: Final = ("event", "job", "effect")
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
PRIVACY, SUPPORT = "privacy@desk.example.com", "support@desk.example.com"
VERIFY: Final = re.compile(r'href="(http://127\.0\.0\.1:\d+/verify/[^"]+)"')
EXPORT: Final = re.compile(r'href="(http://127\.0\.0\.1:\d+/export/[^"]+)"')
CODE: Final = re.compile(r"<strong>([0-9a-z]{5}-[0-9a-z]{5})</strong>")
KEY: Final = re.compile(r"<strong>((?:[0-9a-z]{5}-){3}[0-9a-z]{5})</strong>")
FIELD: Final = re.compile(r'<input[^>]*\bname="([a-z_]+)"')
WRITES: Final = frozenset({"POST", "PATCH", "DELETE", "PUT"})
ADA: Final = "ada.moss@example.net"
DELETE_ALL: Final = "Hello, please delete all personal data you hold about me. Kind regards, Ada Moss"
COPY_ALL: Final = "Hello, please send me a copy of all personal data you hold about me. Kind regards, Ada Moss"


class BenchClock:
    """The portal's clock, which ticks in real time: asked once, and again whenever somebody moved it."""

    def __init__(self, zoho: Emulator) -> None:
        self._zoho = zoho
        self.ask()

    def ask(self) -> None:
        now = datetime.fromisoformat(self._zoho.now())
        self._known = (now, time.monotonic())

    def now(self) -> datetime:
        """See the port."""
        at, then = self._known
        return at + timedelta(seconds=time.monotonic() - then)


@dataclass
class World:
    """One portal and one suite. `hook` is the id of the suite's event subscription, `schedule` a retention.toml.

    `make_store` opens the database in a way of the story's own; `workers` drain the queues at the same time. Where
    people are `diligent`, whoever acts for a recipient outside Desk confirms an erasure as soon as asked.
    """

    zoho: Emulator
    folder: Path
    policy: Mapping[str, Any] = field(default_factory=dict)
    portal: Mapping[str, Any] = field(default_factory=dict)
    schedule: str = ""
    hook: str = ""
    make_store: Callable[[Path], Store] | None = None
    workers: int = 1
    diligent: bool = True
    settings: Settings = field(init=False)
    app: App = field(init=False)
    clock: BenchClock = field(init=False)
    org: str = field(init=False)
    _site: "Mortal" = field(init=False)
    _server: Server | None = None

    # ------------------------------------------------------------------------------------------------------ the suite

    def open(self, *, switches: Mapping[str, str] | None = None) -> "World":
        """Empty the portal, start the suite on it and connect the webhook, as an operator would."""
        self.zoho.bench("DELETE", "/faults")
        self.zoho.reset(now=MONDAY, switches=dict(switches or {}))
        policy = {"mail_server": "mx.example.com", "privacy_contact": PRIVACY, **self.policy}
        self.settings = settings_from_emulator(self.zoho.url, state_dir=self.folder / "state", port=0, **policy)
        if self.schedule:
            own = self.folder / "retention.toml"
            own.write_text(self.schedule, encoding="utf-8")
            self.settings = self.settings.model_copy(update={"retention_file": own})
        (portal,) = self.settings.portals
        self.org = portal.org
        self._change_portal(**self.portal)
        self.start()
        self.hook = portals.set_up(self.app, self.org, change=True).webhook_id
        assert self.hook
        self._change_portal(webhook_ids=frozenset({self.hook}))
        self.restart()
        return self

    def _change_portal(self, **members: Any) -> None:
        (portal,) = self.settings.portals
        self.settings = self.settings.model_copy(update={"portals": (portal.model_copy(update=members),)})

    def start(self) -> None:
        """Put the suite together anew on whatever state there is, and serve its endpoints."""
        self.clock = BenchClock(self.zoho)
        app = replace(bootstrap.build(self.settings), clock=self.clock)
        if self.make_store:
            app = replace(app, store=self.make_store(self.settings.state_dir / bootstrap.DATABASE))
        config = bootstrap.desk_config(self.settings.portals[0])
        client = connect(config, store=app.store, sealer=app.sealer, clock=app.clock, sleep=self.pause)
        built = app.desks[self.org]
        gate = replace(built.write, reader=client, writer=client, store=app.store)
        desk = Desk(read=client, write=gate, settings=built.settings, credits=client.credits, sources=built.sources)
        self.app = replace(app, desks={self.org: desk})
        limiter = Limiter(clock=lambda: self.clock.now().timestamp())
        self._site = Mortal(self.app, dispatch.discover(), limiter=limiter)
        self._server = Server(self._site, host="127.0.0.1", port=self.settings.port, behind_proxy=False)
        self._server.start()
        installed_at(self.app, self.org)

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None
            self.app.store.close()  # type: ignore[attr-defined]  # so that a long run of stories keeps no open files

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        """End what this world started; the portal's own mistakes fail the story."""
        self.stop()
        self.zoho.bench("POST", "/webhooks/stress", {})
        verdict = self.zoho.bench("GET", "/verdict")
        assert not verdict["failed"], verdict["reasons"]

    # ------------------------------------------------------------------------------------------------------------ time

    def pause(self, seconds: float) -> None:
        """Let the seconds pass that a client waits."""
        with _browser() as anyone:
            anyone.post(
                f"{self.zoho.url}/_bench/clock", json={"advanceSeconds": seconds}, timeout=30
            ).raise_for_status()
        self.clock.ask()

    def now(self) -> datetime:
        return self.clock.now()

    def advance(self, span: timedelta) -> None:
        """Let time pass, and nothing else."""
        self.zoho.advance(span.total_seconds())
        self.clock.ask()

    def settle(self, within: timedelta = timedelta(0), *, rounds: int = 400) -> None:
        """Let deliveries arrive and the workers work until nothing is due; wait for what is due `within` that span.

        More than so many `rounds` are a mistake: something makes work for itself.
        """
        end = self.now() + within
        for _ in range(rounds):
            self.zoho.settle()
            if self._work() or (self.diligent and self.confirm_elsewhere()):
                continue
            due = min((item.due for item in self.waiting(until=end) if item.due), default=None)
            if due is None:
                return
            self.advance(max(due - self.now(), timedelta(0)))
        raise AssertionError(f"it does not come to rest: {Counter(item.table for item in self.waiting(until=end))}")

    def _work(self) -> int:
        """Drain the queues once; return how much there was to do."""
        if self.workers == 1:
            return inbox.drain(self.app) + outbox.drain(self.app)
        with ThreadPoolExecutor(self.workers) as pool:
            drains = (inbox.drain, outbox.drain) * self.workers
            return sum(pool.map(lambda drain: drain(self.app), drains))

    def waiting(self, until: datetime) -> Iterator[Item]:
        """Yield what is queued and due by then."""
        for table in QUEUES:
            yield from self.app.store.due(table, now=until, limit=500)

    def pass_time(self, span: timedelta, *, within: timedelta = timedelta(0)) -> None:
        """Let time pass and the suite do what has become due."""
        self.advance(span)
        self.settle(within=within)

    # ---------------------------------------------------------------------------------------------------------- people

    def seed(self, contacts: Sequence[Mapping[str, Any]], tickets: Sequence[Mapping[str, Any]] = ()) -> Any:
        """Put people and their past on file, and let the search index see it."""
        made = self.zoho.bench("POST", "/seed", {"contacts": list(contacts), "tickets": list(tickets)})
        self.advance(timedelta(seconds=700))
        return made

    def ada(self, **members: Any) -> str:
        """Put Ada Moss on file with one old ticket; return her contact id."""
        person: dict[str, Any] = {
            "firstName": "Ada", "lastName": "Moss", "email": ADA, "phone": "+44 1632 960142",
            "country": "United Kingdom", "createdTime": "2024-02-01T08:00:00.000Z", **members,
        }  # fmt: skip
        made = self.seed(
            [person], [old_ticket(person["email"], "Laptop will not wake up", "It sleeps for ever. Ada Moss")]
        )
        contact_id: str = made["contacts"][0]["id"]
        return contact_id

    def mail(self, text: str, *, subject: str = "A question", settle: bool = True, **more: Any) -> Mapping[str, str]:
        """Let a customer write and, unless told otherwise, let the suite do its work."""
        made = self.zoho.mail(subject=subject, text=text, **more)
        if settle:
            self.settle()
        return made

    def reply(self, ticket_id: str, text: str, **more: Any) -> Mapping[str, str]:
        """Let a customer answer on a ticket, an hour later."""
        self.advance(HOUR)
        return self.mail(text, subject="Re: my request", inReplyToTicketId=ticket_id, **more)

    def letters(self, address: str = ADA) -> list[Mapping[str, Any]]:
        """Return the letters that somebody got, oldest first."""
        return [mail for mail in self.zoho.outbox(to=address) if mail["kind"] == "reply"]

    def found(self, pattern: re.Pattern[str], address: str = ADA) -> str:
        """Return what the newest letter to somebody holds that fits the pattern."""
        for letter in reversed(self.letters(address)):
            if match := pattern.search(letter["content"]):
                return unescape(match[1])
        raise AssertionError("no letter holds that")

    def confirm(self, address: str = ADA, **facts: str) -> requests.Response:
        """Open the newest link as a person does: look, fill in what is asked, press the button, wait."""
        link = self.found(VERIFY, address)
        form = {name: "yes" if name == "declared" else facts.get(name, "") for name in FIELD.findall(get(link).text)}
        answer = post(link, form)
        if self._site.ended:
            raise Killed
        self.settle()
        return answer

    def fetch(self, link: str, address: str = ADA) -> Any:
        """Fetch an export as a person does: have a code sent, enter it, open the file with the key from that letter."""
        if "code" not in FIELD.findall(get(link).text):
            assert post(link).status_code == 200
            self.settle()
        answer = post(link, {"code": self.found(CODE, address)})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
        assert answer.headers["content-disposition"].startswith("attachment; ")
        return unlocked(answer.content, self.found(KEY, address))

    def let_out(self) -> None:
        """Let a reviewer look at every export whose masks nobody has seen yet, and approve it as it is."""
        for export in list(exports.every(self.app, self.org)):
            if export.gaps == (exports.MASKED,):
                handing.let_out(self.app, export)
        self.settle(within=HOUR)

    def agent(self, number: int) -> str:
        """Return an agent's id: 0 handles tickets, 1 is the colleague."""
        people = [agent for agent in self.zoho.info()["agents"] if not agent["admin"]]
        return str(people[number]["id"])

    def macro(self, ticket_id: str, action: str, *, agent: int = 0) -> None:
        """Let an agent run the macro that sets our action field, a while later."""
        self.advance(timedelta(minutes=10))
        order = {
            "ticketIds": [ticket_id],
            "agentId": self.agent(agent),
            "name": f"Privacy: {action}",
            "fields": {"cf": {"cf_privacy_action": action}},
        }
        self.zoho.bench("POST", "/macro", order)
        self.settle()

    def note(self, ticket_id: str, text: str, *, agent: int = 0) -> None:
        """Let an agent write the private note that a command takes its words from."""
        order = {"ticketId": ticket_id, "agentId": self.agent(agent), "content": text, "isPublic": False}
        self.zoho.bench("POST", "/agent/comment", order)

    def tag(self, ticket_id: str, *add: str, remove: Sequence[str] = (), agent: int = 0) -> None:
        """Let an agent change tags, and edit something else: a tag alone is announced by nobody."""
        self.advance(timedelta(minutes=10))
        who = {"ticketId": ticket_id, "agentId": self.agent(agent)}
        self.zoho.bench("POST", "/agent/tag", {**who, "add": list(add), "remove": list(remove)})
        self.touch(ticket_id, agent=agent)
        self.settle()

    def touch(self, ticket_id: str, *, agent: int = 0) -> None:
        """Let an agent change something of no interest, which Zoho announces."""
        due = f"{self.now() + DAY:%Y-%m-%dT%H:%M:%S.000Z}"
        order = {"ticketId": ticket_id, "agentId": self.agent(agent), "fields": {"dueDate": due}}
        self.zoho.bench("POST", "/agent/edit", order)

    # -------------------------------------------------------------------------------------------------- what there is

    def stored(self, ticket_id: str) -> Mapping[str, Any]:
        """Return everything the portal holds of a ticket."""
        dump: Mapping[str, Any] = self.zoho.bench("GET", f"/stored/ticket/{ticket_id}")
        return dump

    def tags(self, ticket_id: str) -> set[str]:
        """Return the tags on a ticket as the portal has them."""
        answer = self.zoho.get(f"/tickets/{ticket_id}/tags")
        return {tag["name"] for tag in answer.json()["tags"]} if answer.status_code == 200 else set()

    def field(self, ticket_id: str, name: str = "cf_privacy_state") -> str:
        """Return one of our fields on a ticket, "" where it is empty."""
        return str((self.stored(ticket_id)["ticket"].get("cf") or {}).get(name) or "")

    def notes(self, ticket_id: str) -> list[str]:
        """Return the private notes on a ticket."""
        return [str(each["content"]) for each in self.stored(ticket_id)["comment"]]

    @property
    def cases(self) -> Sequence[Case]:
        return tuple(casebook.all_cases(self.app.store, self.org))

    def case(self, kind: Kind | None = None) -> Case:
        """Return the only case there is, or the only one of a kind."""
        (found,) = [case for case in self.cases if kind in {None, case.kind}]
        return found

    def states(self) -> dict[str, str]:
        """Return the state of each case by its kind."""
        return {case.kind.value: case.state.value for case in self.cases}

    def plan(self, kind: Kind = Kind.DELETION) -> Plan:
        """Return the plan of the only deletion case."""
        plan = casebook.plan(self.app.store, self.org, self.case(kind).plan_hash)
        assert plan is not None
        return plan

    def entries(self) -> list[Any]:
        """Return the ledger after checking that it holds."""
        assert ledger.verify_all(self.app.store, self.org) == []
        return list(ledger.entries(self.app.store, self.org))

    def sent(self) -> Counter[str]:
        """Return how many letters of each name left, as the ledger has it."""
        return Counter(entry.result for entry in self.entries() if entry.what == "reply_sent")

    def dead(self) -> list[Mapping[str, Any]]:
        """Return the dead letters."""
        return [item.body for item in queue.dead_letters(self.app.store, self.org)]

    def calls(self, since: int = 0) -> list[Mapping[str, Any]]:
        """Return the calls of the Desk API after a number."""
        found: list[Mapping[str, Any]] = self.zoho.bench("GET", "/calls", since=since)
        return found

    def last_call(self) -> int:
        """Return the number of the newest call."""
        calls = self.calls()
        return int(calls[-1]["seq"]) if calls else 0

    def writes(self, since: int) -> list[str]:
        """Return what was written to the Desk API after a call, as method and path."""
        return [f"{c['method']} {c['path']}" for c in self.calls(since) if c["method"] in WRITES]

    def fault(self, kind: str, method: str, path: str, **more: Any) -> str:
        """Let something go wrong: `path` is a pattern in the whole path, an empty `method` is any."""
        match = {"pathRegex": path, **({"method": method} if method else {})}
        order = {"kind": kind, "match": match, "times": 1, **more}
        return str(self.zoho.bench("POST", "/faults", order)["faultId"])

    def struck(self, fault: str) -> int:
        """Return how often a fault struck."""
        return int(next(each["hits"] for each in self.zoho.bench("GET", "/faults") if each["faultId"] == fault))

    # ------------------------------------------------------------------------------------------------- whole episodes

    def asks_for_deletion(self, **ada: Any) -> str:
        """Bring Ada's deletion request to its plan; return the ticket."""
        self.ada(**ada)
        ticket_id = self.mail(DELETE_ALL, subject="Delete my data")["ticketId"]
        assert self.confirm().status_code == 200
        self.settle()
        assert self.case().state is State.PLANNED
        return ticket_id

    def approve(self, ticket_id: str, *, agent: int = 1) -> None:
        """Let a colleague approve, and let the suite carry it out as far as it can within an hour."""
        self.macro(ticket_id, "Approve plan", agent=agent)
        self.settle(within=HOUR)

    def confirm_elsewhere(self) -> int:
        """Let the recipients of the register say that they have erased too, wherever a case waits for them."""
        awaited = [(case, key) for case in self.cases if case.answered for key in receipts.outstanding(self.app, case)]
        for case, recipient in awaited:
            role = self.app.rules.recipients[recipient].acts
            answer = Receipt(recipient, Form.RECEIPT, role, self.app.clock.now(), "console export 12")
            receipts.record(self.app, self.org, case.id, answer)
        return len(awaited)


# --------------------------------------------------------------------------------------------------------------- pieces


def old_ticket(address: str, subject: str, text: str, **members: Any) -> dict[str, Any]:
    """Return the order for a closed ticket of the last year."""
    return {
        "contact": address,
        "subject": subject,
        "description": text,
        "email": address,
        "status": "Resolved",
        "createdTime": "2025-03-01T08:00:00.000Z",
        "closedTime": "2025-03-03T08:00:00.000Z",
        "threads": [{"direction": "in", "from": address, "content": f"<div>{text}</div>",
                     "createdTime": "2025-03-01T08:00:00.000Z"}],
        **members,
    }  # fmt: skip


@dataclass(frozen=True)
class Mortal(Site):
    """A site whose process may end in the middle of a request: the caller has no answer of its, and `ended` says so."""

    ends: list[str] = field(default_factory=list)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or end."""
        try:
            return super().__call__(environ, start_response)
        except Killed:
            self.ends.append(environ["REQUEST_METHOD"])
            start_response("503 Service Unavailable", [])
            return [b""]

    @property
    def ended(self) -> bool:
        """Whether a request has ended it."""
        return bool(self.ends)


def get(url: str, **headers: str) -> requests.Response:
    """Open a page as a browser without a history does."""
    with _browser() as browser:
        return browser.get(url, headers=headers, timeout=30, allow_redirects=False)


def post(url: str, form: Mapping[str, str] | None = None) -> requests.Response:
    """Press a button."""
    with _browser() as browser:
        return browser.post(url, data=dict(form or {}), timeout=30, allow_redirects=False)


@contextlib.contextmanager
def _browser() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def normal(letter: Mapping[str, Any]) -> str:
    """Return a letter without what differs from one to the next: code, link, reference, dates."""
    text = re.sub(r"http://127\.0\.0\.1:\d+/\w+/[\w-]+", "LINK", str(letter["content"]))
    text = CODE.sub("CODE", text)
    text = re.sub(r"\b\d{3,}-[0-9a-f]{8}\b", "REFERENCE", text)
    return re.sub(r"\b\d{1,2} \w+ \d{4}\b|\b\w+ \d{1,2}, \d{4}\b", "DATE", text)


def everything(value: Any) -> str:
    """Return a value as one text to search in."""
    return json.dumps(value, ensure_ascii=False, default=str)
