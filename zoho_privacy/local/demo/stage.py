"""The stage of the demo: an emulator process, a process of the suite, and the hands that play customers and agents.

The suite is started as any operator would start it, from its environment; everything else goes through the emulator's
bench or the suite's public pages. Processes are ended by their own id.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, Final

import requests

from zoho_privacy import bootstrap
from zoho_privacy.config import Settings
from zoho_privacy.domain.errors import BadInput, Retryable
from zoho_privacy.domain.model import Form, Receipt
from zoho_privacy.local.trial import settings_from_emulator
from zoho_privacy.workflows import casebook, exports, receipts
from zoho_privacy.workflows.context import App

PATIENCE_S: Final = 30.0
POLICY: Final = {"mail_server": "mx.example.com", "privacy_contact": "privacy@desk.example.com"}
SECRETS: Final = ("client_secret", "refresh_token")
CLOCK_CACHE_S: Final = 0.07
FIELD: Final = re.compile(r'<input[^>]*\bname="([a-z_]+)"')
CODE: Final = re.compile(r"<strong>([0-9a-z]{5}-[0-9a-z]{5})</strong>")


def link_to(page: str) -> re.Pattern[str]:
    """Return the pattern of a link to one of our public pages in a letter."""
    return re.compile(rf'href="([^"]+/{page}/[^"]+)"')


@dataclass
class Child:
    """A process of ours that says on a file when it is ready."""

    command: list[str]
    folder: Path
    name: str
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.folder / f"{self.name}.log"

    def start(self) -> Mapping[str, Any]:
        """Start it and return what it wrote into its ready file.

        Raises:
            Retryable: It did not become ready; its log says why.
        """
        ready = self.folder / f"{self.name}.ready.json"
        ready.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  our own program, no shell
                [*self.command, "--ready-file", str(ready)], stdout=log, stderr=log, env=dict(self.environment)
            )
        until = time.monotonic() + PATIENCE_S
        while not ready.exists() or not ready.read_text("utf-8").strip():
            if self.process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise Retryable(f"{self.name} did not start; see {self.log}")
            time.sleep(0.02)
        answer: Mapping[str, Any] = json.loads(ready.read_text("utf-8"))
        return answer

    def kill(self) -> None:
        """End it without a chance to tidy up (SIGKILL)."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """Ask it to end, and make it end."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None


@dataclass
class Stage:
    """Everything the story needs: `url` of the emulator, `suite_url` of the suite, the portal's `info`."""

    folder: Path
    start: datetime
    retention: Path | None = None
    clients: Mapping[str, str] = field(default_factory=dict)
    http: requests.Session = field(default_factory=requests.Session)
    url: str = ""
    suite_url: str = ""
    info: Mapping[str, Any] = field(default_factory=dict)
    _emulator: Child | None = None
    _suite: Child | None = None

    # ------------------------------------------------------------------------------------------------- the processes

    def open(self) -> None:
        """Start the emulator."""
        self.http.trust_env = False
        now = self.start.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        command = [sys.executable, "-m", "zoho_emulator", "--port", "0", "--seed", "empty", "--now", now]
        self._emulator = Child(command, self.folder, "emulator", os.environ)
        self.url = str(self._emulator.start()["url"]).rstrip("/")
        self.info = self.bench("GET", "info")

    def open_suite(self) -> None:
        """Start the suite on its state folder, the first time with its webhook."""
        if self._suite is None:
            environment = self._environment()
            command = [sys.executable, "-m", "zoho_privacy", "serve", "--quiet", "--setup"]
            self._suite = Child(command, self.folder, "suite", environment)
        self.suite_url = str(self._suite.start()["url"]).rstrip("/")

    def settings(self) -> Settings:
        """Return the settings of a trial with this stage's emulator."""
        return settings_from_emulator(self.url, state_dir=self.folder / "state", port=0)

    def app(self) -> App:
        """Return the suite as another process sees it, to look and to do what colleagues do by commands."""
        return bootstrap.build(self.settings())

    def portal(self, settings: Settings) -> dict[str, Any]:
        """Describe the emulated portal without its secrets."""
        hidden = {"webhook_ids", *SECRETS}
        known = settings.portals[0].model_dump(mode="json", exclude_none=True, exclude=hidden)
        return {**known, "processor_accounts": dict(self.clients)}

    def _environment(self) -> Mapping[str, str]:
        """Describe the emulated portal to the suite, the way a real one is described: by environment variables."""
        settings = self.settings()
        credentials = {name: getattr(settings.portals[0], name).get_secret_value() for name in SECRETS}
        ours = {
            "PORTALS": json.dumps([{**self.portal(settings), **credentials}]),
            "PUBLIC_URL": settings.public_url,
            "HOOK_SECRET": settings.hook_secret.get_secret_value(),
            "INSTALLATION_SECRET": settings.installation_secret.get_secret_value(),
            "STATE_DIR": str(settings.state_dir),
            "CLOCK_URL": settings.clock_url or "",
            "PORT": str(settings.port),
            "POLICY": json.dumps(POLICY),
            "RETENTION_FILE": str(self.retention or ""),
        }
        rest = {name: value for name, value in os.environ.items() if not name.startswith("ZOHO_PRIVACY_")}
        return {**rest, **{f"ZOHO_PRIVACY_{name}": value for name, value in ours.items()}}

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment that the suite runs in."""
        return self._suite.environment if self._suite else {}

    def figures(self) -> list[str]:
        """Return what is worth knowing of the processes, as lines."""
        return []

    def crash(self) -> None:
        """Kill the suite in the middle of whatever it does."""
        if self._suite:
            self._suite.kill()

    def close(self) -> None:
        """End both processes."""
        for child in (self._suite, self._emulator):
            if child:
                child.stop()
        self.http.close()

    # ------------------------------------------------------------------------------------------------------ the bench

    def bench(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Give the emulator's bench an order and return its answer."""
        answer = self.http.request(method, f"{self.url}/_bench/{path}", json=body, timeout=PATIENCE_S)
        if answer.status_code != 200:
            raise BadInput(
                f"the bench refused {method} {path.partition('?')[0]}: {answer.status_code} {answer.text[:200]}"
            )
        return answer.json()

    def now(self) -> datetime:
        """Return the emulated time."""
        return datetime.fromisoformat(self.bench("GET", "clock")["now"])

    def go_to(self, moment: datetime) -> None:
        """Move the clock forward, and let the suite notice."""
        seconds = (moment - self.now()).total_seconds()
        if seconds > 0:
            self.bench("POST", "clock", {"advanceSeconds": seconds})
            time.sleep(CLOCK_CACHE_S)

    def pass_time(self, span: timedelta) -> None:
        """Let some time pass."""
        self.go_to(self.now() + span)

    def settle(self) -> None:
        """Wait until no webhook is under way and the suite has nothing due.

        Raises:
            Retryable: It did not come to rest in half a minute.
        """
        until = time.monotonic() + PATIENCE_S
        calm = 0
        while calm < 2:
            if time.monotonic() > until:
                raise Retryable(f"the suite did not come to rest: {json.dumps(self.status())[:600]}")
            quiet = self.bench("GET", "state/idle")["idle"] and self.status()["idle"]
            calm = calm + 1 if quiet else 0
            time.sleep(0.01 if quiet else 0.06)

    def status(self) -> Mapping[str, Any]:
        """Return the suite's own counts."""
        answer: Mapping[str, Any] = self.http.get(f"{self.suite_url}/status", timeout=PATIENCE_S).json()
        return answer

    def wait_for_task(self, name: str, since: datetime) -> None:
        """Wait until a scheduled task has succeeded at or after a moment."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            task = next((each for each in self.status()["tasks"] if each["name"] == name), None)
            if task and task["last_success"] and datetime.fromisoformat(task["last_success"]) >= since:
                return
            time.sleep(0.05)
        raise Retryable(f"the task {name} did not run in time")

    # ----------------------------------------------------------------------------------------------------- the people

    def agent(self, number: int) -> str:
        """Return the id of a human agent: 0 is whoever handles the ticket, 1 the colleague who approves."""
        people = [agent for agent in self.info["agents"] if not agent.get("admin")]
        return str(people[number % len(people)]["id"])

    def macro(self, ticket_id: str, action: str, agent: int) -> None:
        """Let an agent run the macro that sets our action field."""
        fields = {"cf": {"cf_privacy_action": action}}
        body = {"ticketIds": [ticket_id], "agentId": self.agent(agent), "name": f"Privacy: {action}", "fields": fields}
        self.bench("POST", "macro", body)

    def tag(self, ticket_id: str, tag: str, agent: int) -> None:
        """Let an agent add a tag, and touch the ticket, since a tag alone is announced by nobody."""
        self.bench("POST", "agent/tag", {"ticketId": ticket_id, "agentId": self.agent(agent), "add": [tag]})
        touched = {"priority": "High"}
        self.bench("POST", "agent/edit", {"ticketId": ticket_id, "agentId": self.agent(agent), "fields": touched})

    def confirm_elsewhere(self) -> int:
        """Let whoever acts for a recipient outside Desk confirm the erasures that wait for it; return how many."""
        app = self.app()
        org = str(self.info["orgId"])
        awaited = [
            (case.id, recipient)
            for case in casebook.all_cases(app.store, org)
            if case.answered
            for recipient in receipts.outstanding(app, case)
        ]
        for case_id, recipient in awaited:
            by = app.rules.recipients[recipient].acts
            receipts.record(app, org, case_id, Receipt(recipient, Form.RECEIPT, by, app.clock.now(), "deletion record"))
        return len(awaited)

    def review_exports(self) -> int:
        """Let a colleague look at the exports whose masks nobody has seen, and approve them; return how many."""
        app = self.app()
        org = str(self.info["orgId"])
        waiting = [each for each in exports.every(app, org) if each.gaps == (exports.MASKED,) and each.waits]
        for each in waiting:
            exports.accept(app, org, each.id, f"agent:{self.agent(1)}", "masks looked at", sha256=each.sha256)
        return len(waiting)

    def letters(self, address: str) -> list[Mapping[str, Any]]:
        """Return the replies that somebody received, the newest last."""
        found = self.bench("GET", f"outbox?to={address}")
        mails: list[Mapping[str, Any]] = found if isinstance(found, list) else found["mails"]
        return [mail for mail in mails if mail["kind"] == "reply"]

    def newest(self, address: str, pattern: re.Pattern[str]) -> str | None:
        """Return what the pattern finds in the newest letter that has it."""
        for mail in reversed(self.letters(address)):
            if match := pattern.search(mail["content"]):
                return unescape(match.group(1))
        return None

    def confirm(self, address: str, facts: Mapping[str, str]) -> int:
        """Open the link of the newest letter as a person does: look at the page, fill it in, press the button."""
        link = self.newest(address, link_to("verify"))
        if link is None:
            return 404
        page = self.http.get(link, timeout=PATIENCE_S)
        names = FIELD.findall(page.text)
        form = {name: "yes" if name == "declared" else facts.get(name, "") for name in names}
        return self.http.post(link, data=form, timeout=PATIENCE_S).status_code
