"""The demo's stage with the suite as functions: the built package under Lambda's runtime client, on an AWS of our own.

The story is the same. What differs is who starts the work: queues, and schedules that go by the emulator's clock, so
that waiting means letting a minute pass. A crash ends all functions' processes at once.
"""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from zoho_privacy import bootstrap
from zoho_privacy.adapters.clock import HttpClock
from zoho_privacy.domain.errors import Retryable
from zoho_privacy.local import portals, status
from zoho_privacy.local.aws import services
from zoho_privacy.local.aws.stage import Stage as Functions
from zoho_privacy.local.demo import stage
from zoho_privacy.workflows import agenda
from zoho_privacy.workflows.context import App

LONGER_S: Final = 180.0
MINUTE: Final = timedelta(minutes=1)
SOON: Final = timedelta(minutes=12)  # whatever is claimed or repeated is due again by then
QUEUES: Final = ("Arrivals", "Continuations")
NAMES: Final = {"PRIVACY_TABLE": "Table", "PRIVACY_FILES_BUCKET": "Files", "PRIVACY_ANCHORS_BUCKET": "Anchors"}


@dataclass
class AwsStage(stage.Stage):
    """Everything the story needs; the suite runs in functions. `package` is one that is made already."""

    functions: Functions | None = None
    package: Path | None = None

    def open_suite(self) -> None:
        """Deploy; the functions start with their first event, and again by themselves after a crash."""
        if self.functions is not None:
            return
        clock_url = f"{self.url}/_bench/clock"
        self.functions = Functions(self.folder / "aws", HttpClock(clock_url).now, package=self.package)
        self.suite_url = self.functions.listen()
        settings = self.settings()
        portal = self.portal(settings)
        told = {
            "publicUrl": self.suite_url,
            "policy": json.dumps(stage.POLICY),
            "portals": json.dumps([{name: value for name, value in portal.items() if name != "client_id"}]),
            "retentionFile": str(self.retention or ""),
        }
        known = settings.portals[0]
        prefix = f"ZOHO_PRIVACY_PORTAL_{known.org}_"
        secret = {
            "ZOHO_PRIVACY_HOOK_SECRET": settings.hook_secret.get_secret_value(),
            "ZOHO_PRIVACY_INSTALLATION_SECRET": settings.installation_secret.get_secret_value(),
            f"{prefix}CLIENT_ID": known.client_id,
            f"{prefix}CLIENT_SECRET": known.client_secret.get_secret_value(),
            f"{prefix}REFRESH_TOKEN": known.refresh_token.get_secret_value(),
        }
        self.functions.open(told, secret, {"ZOHO_PRIVACY_CLOCK_URL": clock_url})
        names = {name: self.functions.known[resource] for name, resource in NAMES.items()}
        os.environ.update({**services.environment(self.functions.aws), **names})  # for this process's own look at it
        portals.set_up(self.app(), known.org, change=True)
        self.functions.run()
        self.wait_for_task("sweep", self.start)  # from here on mail is answered

    def app(self) -> App:
        """Return the suite on the stage's places."""
        return self._app

    @cached_property
    def _app(self) -> App:
        settings = self.settings().model_copy(update={"public_url": self.suite_url})
        return bootstrap.build(settings, bootstrap.on_stage(HttpClock(settings.clock_url or "")))

    def crash(self) -> None:
        """End every function in the middle of whatever it does."""
        if self.functions:
            self.functions.kill()

    def close(self) -> None:
        """End the functions, their services and the emulator."""
        if self.functions:
            self.functions.close()
        super().close()

    def status(self) -> Mapping[str, Any]:
        """Return the suite's own counts."""
        return status.snapshot(self.app())

    def settle(self) -> None:
        """Wait until nothing is under way or due; let a minute pass where only a schedule would go on.

        Raises:
            Retryable: It did not come to rest in three minutes.
        """
        until = time.monotonic() + LONGER_S
        while time.monotonic() < until:
            self._until_nothing_moves(until)
            if self._idle():
                return
            self.pass_time(MINUTE)
        raise Retryable(f"the functions did not come to rest: {json.dumps(self.status())[:600]}")

    def wait_for_task(self, name: str, since: datetime) -> None:
        """Wait until a scheduled task has succeeded at or after a moment."""
        until = time.monotonic() + LONGER_S
        while time.monotonic() < until:
            self._until_nothing_moves(until)
            row = next((each for each in agenda.all_tasks(self.app().store, "") if each.name == name), None)
            if row and row.last_success and row.last_success >= since:
                return
            self.pass_time(MINUTE)
        raise Retryable(f"the task {name} did not run in time")

    def figures(self) -> list[str]:
        """Tell how often functions were started anew, and what failed."""
        if self.functions is None:
            return []
        cold = ", ".join(f"{name} {each.cold_starts}" for name, each in self.functions.functions.items())
        return [f"Cold starts: {cold}. Messages in the dead letters: {self.functions.waiting('DeadLetters')}."]

    def _until_nothing_moves(self, until: float) -> None:
        """Wait for two whole rounds of the loop in which nothing was handed to a function and no webhook was out."""
        loop = self.functions.loop if self.functions else None
        calm, seen = 0, -1
        while loop is not None and calm < 2 and time.monotonic() < until:
            if loop.rounds == seen:
                time.sleep(0.01)
                continue
            seen = loop.rounds
            calm = calm + 1 if not loop.busy and self.bench("GET", "state/idle")["idle"] else 0

    def _idle(self) -> bool:
        """Tell whether nothing waits in a queue, and nothing is due, in hand or to be repeated soon."""
        if self.functions is None or any(self.functions.waiting(name) for name in QUEUES):
            return False
        store, now = self.app().store, self.now()
        soon = [item for table in status.QUEUES.values() for item in store.due(table, now=now + SOON)]
        return all(status.place(item, now) == "later" for item in soon)
