"""Runs the probe against an emulated portal whose switches are known, for tests and for `python -m benchmarks.probe`.

Waiting passes on the portal's clock; the hands of people are the bench's. What the portal was asked to do to whom is
read from its own record of calls.
"""

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tests.emulator_process import Emulator
from zoho_privacy.adapters.desk.hosts import DeskConfig
from zoho_privacy.adapters.desk.protocol import Answer, Call
from zoho_privacy.domain.profile import QUESTIONS, Finding
from zoho_privacy.local.probe import cleanup
from zoho_privacy.local.probe.connect import access, key_set, one_token, transport
from zoho_privacy.local.probe.guard import Guard, Sender
from zoho_privacy.local.probe.journal import Journal
from zoho_privacy.local.probe.lab import Lab, Notebook
from zoho_privacy.local.probe.receiver import Receiver
from zoho_privacy.local.probe.run import STEPS, Means, Result, run

DOMAIN: Final = "probe.example.com"
RUN: Final = "0a1b2c3d4e5f6071"
EVERY: Final = frozenset(step.name for step in STEPS)
CHEAP: Final = EVERY - {"tokens"}
_ID: Final = re.compile(r"[0-9]{15,20}")
_READS: Final = re.compile(r"/subjectAccessRequests/(count|entities)$")


class Killed(BaseException):
    """The process ends here, whatever it was doing."""


@dataclass
class Mortal:
    """A sender that is killed at its n-th write: before Desk hears of it, or before we hear of Desk's answer."""

    inner: Sender
    dies_at: int
    after: bool
    writes: int = 0
    dead: bool = False

    def send(self, call: Call) -> Answer:
        """See the port."""
        if self.dead:
            raise Killed
        writes = call.method != "GET" and not _READS.search(call.path)
        self.writes += writes
        dies = self.dead = writes and self.writes == self.dies_at
        if dies and not self.after:
            raise Killed
        answer = self.inner.send(call)
        if dies:
            raise Killed
        return answer


@dataclass
class Bench:
    """An emulated portal with other people's records in it, and the probe beside it."""

    zoho: Emulator
    folder: Path
    journal: Path = field(init=False)
    config: DeskConfig = field(init=False)
    department: str = ""
    patience_s: float = 900
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal = self.folder / "probe.jsonl"

    def open(self, switches: Mapping[str, str], *, busy: bool = False) -> None:
        """Empty the portal, set its switches and, where asked, fill it with what is not ours."""
        self.zoho.reset(switches=dict(switches))
        info = self.zoho.info()
        self.department = next(each["id"] for each in info["departments"] if "rivacy" not in each["name"])
        self.config = DeskConfig(
            org=info["orgId"],
            client_id=info["oauth"]["clientId"],
            client_secret=info["oauth"]["clientSecret"],
            refresh_token=info["oauth"]["refreshToken"],
            desk_url=self.zoho.url,
            accounts_url=self.zoho.url,
            in_flight=1,
        )
        self.journal.unlink(missing_ok=True)
        if busy:
            self.crowd()

    def crowd(self) -> None:
        """Put on file what a probe must leave alone: people, tickets, notes, files, a bin with content, a webhook."""
        tickets = [
            {
                "contact": {"lastName": f"Moss {n}", "email": f"moss{n}@example.net"},
                "subject": f"Printer {n}",
                "departmentId": self.department,
                "createdTime": "2026-01-02T09:00:00.000Z",
                "threads": [{"direction": "in", "content": "It is out of ink"}],
                "comments": [{"content": "Called back"}],
                "attachments": [{"name": "probe.txt", "contentBase64": "aGVsbG8="}],
                "tags": ["printer"],
                "tasks": [{"subject": "Order ink"}],
            }
            for n in range(6)
        ]
        made = self.zoho.bench("POST", "/seed", {"contacts": [], "tickets": tickets})["tickets"]
        self.zoho.post("/tickets/moveToTrash", {"ticketIds": [made[0]["id"], made[1]["id"]]})
        self.zoho.post("/contacts/moveToTrash", {"contactIds": [made[2]["contactId"]]})

    def lab(self, journal: Journal, sender: Sender, receiver: Receiver | None = None) -> Lab:
        """Put a run together on this portal's clock."""
        clock = _Ticking(self.zoho)

        def wait(seconds: float) -> None:
            self.zoho.advance(seconds)
            self.zoho.settle()
            clock.ask()

        guard = Guard(sender, journal, hook_prefix=receiver.prefix if receiver else "")
        notes = Notebook(clock.now)
        return Lab(guard, notes, clock.now, wait, self.said.append, self.hand, patience_s=self.patience_s)

    def now(self) -> datetime:
        """Return the portal's time."""
        return datetime.fromisoformat(self.zoho.now())

    def hand(self, what: str, about: Mapping[str, str]) -> None:
        """Do at once what the probe asks of people."""
        if what == "macro":
            fields = {"cf": {about["field"]: "Propose erasure"}}
            self.zoho.bench("POST", "/macro", {"ticketIds": [about["ticket"]], "name": "Probe", "fields": fields})
        elif what == "customer":
            self.zoho.mail(sender=about["from"], inReplyToTicketId=about["ticket"], subject="Re: a test", text="Thanks")
        elif what == "archive":
            self.zoho.bench("POST", "/agent/archive", {"ticketIds": [about["ticket"]]})

    def second_token(self) -> str:
        """Return a refresh token of another agent with two scopes only."""
        other = next(agent["id"] for agent in self.zoho.info()["agents"] if not agent["admin"])
        order = {"agentId": other, "scopes": ["Desk.tickets.READ", "Desk.tickets.UPDATE"]}
        return str(self.zoho.bench("POST", "/oauth", order)["refreshToken"])

    def probe(
        self,
        steps: Iterable[str] = CHEAP,
        *,
        kill: tuple[int, bool] | None = None,
        receiving: bool = True,
    ) -> Result:
        """Run the probe with consent to some steps; `kill` ends it at the n-th write, before or after Desk did it."""
        wanted = frozenset(steps)
        journal = Journal.begin(self.journal, run=RUN, department=self.department, domain=DOMAIN)
        real = transport(self.config)
        sender: Sender = Mortal(real, *kill) if kill else real
        receiver = Receiver(lambda record: record in journal.made, secret="s3cret") if receiving else None
        if receiver:
            receiver.start()
        lab = self.lab(journal, sender, receiver)
        other = (
            transport(self.config, token=one_token(self.config, self.second_token()))
            if "second-agent" in wanted
            else None
        )
        renew, alive = access(self.config)
        means = Means(
            org=self.config.org,
            config=self.config,
            consent=lambda step: step.name in wanted,
            receiver=receiver,
            key_set=key_set(self.config),
            other=Guard(other, journal) if other else None,
            renew=renew,
            alive=alive,
        )
        try:
            return run(lab, means)
        finally:
            if receiver:
                receiver.stop()

    def clean_up(self) -> list[str]:
        """Clean up after a run that was killed, as the next process does; return what is left."""
        journal = Journal.load(self.journal)
        if journal is None:
            return []
        lab = self.lab(journal, transport(self.config))
        return [each.line() for each in cleanup.clean(lab)]

    # ------------------------------------------------------------------------------------------- what the portal saw

    def foreign(self) -> frozenset[str]:
        """Return every id that the portal knows before a run: nothing of it may be written on."""
        texts = [json.dumps(self.zoho.info())]
        texts += [self.zoho.get(path, limit=50).text for path in ("/contacts", "/recycleBin", "/webhooks", "/agents")]
        listed = self.zoho.get("/tickets", limit=50)
        texts.append(listed.text)
        rows = listed.json()["data"] if listed.status_code == 200 else []
        texts += [json.dumps(self.zoho.bench("GET", f"/stored/ticket/{row['id']}")) for row in rows]
        return frozenset(_ID.findall(" ".join(texts))) - {self.department, self.config.org}

    def written(self, since: int) -> list[Mapping[str, Any]]:
        """Return the calls that write since a place in the portal's record."""
        found: list[Mapping[str, Any]] = self.zoho.bench("GET", "/calls", since=since)
        return [each for each in found if each["method"] != "GET" and not _READS.search(each["path"])]

    def last_call(self) -> int:
        """Return the place of the last call so far."""
        found = self.zoho.bench("GET", "/calls")
        return int(found[-1]["seq"]) if found else 0

    def left(self) -> list[Mapping[str, str]]:
        """Return where anything of the run is still stored, the names of tags and what nobody can delete apart."""
        return [each for each in self.zoho.stored(RUN) if each["recordType"] not in {"tag", "sar", "portal_user"}]


class _Ticking:
    """The portal's clock, asked again after each jump."""

    def __init__(self, zoho: Emulator) -> None:
        self._zoho = zoho
        self.ask()

    def ask(self) -> None:
        self._at, self._then = datetime.fromisoformat(self._zoho.now()), time.monotonic()

    def now(self) -> datetime:
        return self._at + timedelta(seconds=time.monotonic() - self._then)


def ids_of(call: Mapping[str, Any]) -> frozenset[str]:
    """Return every id that a call names in path, query or body."""
    return frozenset(_ID.findall(json.dumps([call["path"], call.get("query"), call.get("body")])))


def wrong(findings: Iterable[Finding], switches: Mapping[str, str], told: Callable[[str], bool]) -> dict[str, str]:
    """Return name -> "found, set" for what the probe was asked to find out and did not find as it was set."""
    by_name = {each.name: each for each in findings}
    return {
        name: f"{by_name[name].shown()} ({by_name[name].says}), set {value}"
        for name, value in switches.items()
        if name in QUESTIONS and told(name) and by_name[name].shown() != value
    }
