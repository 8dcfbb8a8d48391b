"""Starts the emulator as the process that people start, and talks to it over HTTP. For every test that needs Zoho.

with Emulator.start(switches={"search_lag_seconds": "0"}) as zoho:
    made = zoho.mail(sender="ada.moss@example.net", subject="Hello", text="...")
    ticket = zoho.get(f"/tickets/{made['ticketId']}").json()
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self
from uuid import uuid4

import requests

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 30.0
BENCH_S = 600.0
"""For the oracle, which looks at every byte of a desk."""


class Emulator:
    """One running emulator. `url` serves accounts, Desk API, keys and bench alike.

    `records` is a folder where every emulator started from now on writes its calls and answers, None for nowhere.
    """

    records: ClassVar[Path | None] = None

    def __init__(self, process: subprocess.Popen[bytes], url: str, folder: tempfile.TemporaryDirectory[str]) -> None:
        self.process = process
        self.url = url
        self._folder = folder
        self._session = requests.Session()
        self._session.trust_env = False
        self._token: str | None = None

    @classmethod
    def start(
        cls,
        *,
        seed: str = "empty",
        now: str | None = "2026-01-05T09:00:00.000Z",
        switches: dict[str, str] | None = None,
        state: Path | None = None,
        port: int = 0,
        random_seed: int | None = None,
        generate: str | None = None,
        options: Sequence[str] = (),
    ) -> Self:
        """Start the process and return once it answers. The default time is a Monday morning; None means real time."""
        folder = tempfile.TemporaryDirectory(prefix="emulator-")
        ready = Path(folder.name) / "ready.json"
        command = [
            sys.executable,
            "-m",
            "zoho_emulator",
            "--port",
            str(port),
            "--seed",
            seed,
            "--ready-file",
            str(ready),
        ]
        command += ["--now", now] if now else []
        command += ["--record", str(cls.records / f"{uuid4()}.jsonl")] if cls.records else []
        command += ["--state", str(state)] if state else []
        command += ["--random-seed", str(random_seed)] if random_seed is not None else []
        command += ["--generate", generate] if generate else []
        command += options
        for name, value in (switches or {}).items():
            command += ["--switch", f"{name}={value}"]
        errors = Path(folder.name) / "stderr.txt"
        with errors.open("wb") as sink:
            process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=sink)
        until = time.monotonic() + PATIENCE_S
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > until:
                process.kill()
                process.wait()
                told = errors.read_text(encoding="utf-8", errors="replace")
                folder.cleanup()
                raise RuntimeError(f"the emulator did not start: {told}")
            time.sleep(0.02)
        told = json.loads(ready.read_text(encoding="utf-8"))
        return cls(process, told["url"], folder)

    def stop(self) -> None:
        self._session.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stderr(self) -> str:
        """Return what it has written to its error stream so far."""
        return (Path(self._folder.name) / "stderr.txt").read_text(encoding="utf-8", errors="replace")

    # the bench

    def bench(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Call a bench route, `/clock` say, and return its JSON. Raises AssertionError when the bench refuses."""
        url = f"{self.url}/_bench{path}"
        answer = self._session.request(method, url, json=body, params=query or None, timeout=BENCH_S)
        assert answer.status_code == 200, f"bench {method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def reset(self, *, now: str = "2026-01-05T09:00:00.000Z", switches: dict[str, str] | None = None) -> None:
        """Empty the portal, as if the process had just been started."""
        self.bench("POST", "/reset", {"now": now, "switches": switches or {}})
        self.forget_token()

    def switch(self, **values: str) -> None:
        self.bench("POST", "/switches", values)

    def info(self) -> dict[str, Any]:
        found: dict[str, Any] = self.bench("GET", "/info")
        return found

    def mail(
        self,
        *,
        sender: str = "ada.moss@example.net",
        name: str = "Ada Moss",
        to: str = "privacy@desk.example.com",
        subject: str = "A question",
        text: str = "Hello",
        **more: Any,
    ) -> dict[str, str]:
        """Let a customer write; *more* are further members of the bench's mail order."""
        order = {"from": sender, "fromName": name, "to": to, "subject": subject, "text": text, **more}
        made: dict[str, str] = self.bench("POST", "/mail", order)
        return made

    def now(self) -> str:
        return str(self.bench("GET", "/clock")["now"])

    def advance(self, seconds: float) -> str:
        """Move the portal's clock; a jump that outlives the helper's own token makes it fetch another."""
        if seconds > 3000:
            self.forget_token()
        return str(self.bench("POST", "/clock", {"advanceSeconds": seconds})["now"])

    def outbox(self, to: str | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.bench("GET", "/outbox", **({"to": to} if to else {}))
        return found

    def stored(self, *needles: str) -> list[dict[str, str]]:
        """Return every place where one of these texts is still stored."""
        places: list[dict[str, str]] = self.bench("GET", "/stored", needle=list(needles))["places"]
        return places

    def settle(self, patience_s: float = 20.0) -> None:
        """Wait until no webhook delivery is queued or under way."""
        until = time.monotonic() + patience_s
        while not self.bench("GET", "/state/idle")["idle"]:
            assert time.monotonic() < until, "webhook deliveries did not come to rest"
            time.sleep(0.02)

    # the Desk API, for tests that look at Zoho themselves

    def token(self) -> str:
        """Return an access token of the trial client; fetched once."""
        if self._token is None:
            form = {
                "grant_type": "refresh_token",
                "refresh_token": "1000.emulator-refresh",
                "client_id": "1000.EMULATOR",
                "client_secret": "emulator-secret",
            }
            answer = self._session.post(f"{self.url}/oauth/v2/token", data=form, timeout=30)
            self._token = str(answer.json()["access_token"])
        return self._token

    def forget_token(self) -> None:
        self._token = None

    def api(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Call the Desk API below /api/v1 as the trial client; *options* go to requests."""
        headers = {"Authorization": f"Zoho-oauthtoken {self.token()}", **options.pop("headers", {})}
        return self._session.request(
            method, f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=60, **options
        )

    def fresh(self) -> "Emulator":
        """Return a second client of the same process, for another thread. Hang it up, do not stop it."""
        other = Emulator(self.process, self.url, self._folder)
        other._token = self._token
        return other

    def hang_up(self) -> None:
        self._session.close()

    def wait_for_hits(self, fault_id: str, hits: int, patience_s: float = 10.0) -> None:
        """Wait until a fault has struck so often."""
        until = time.monotonic() + patience_s
        while True:
            found = [each["hits"] for each in self.bench("GET", "/faults") if each["faultId"] == fault_id]
            if found and found[0] >= hits:
                return
            assert time.monotonic() < until, "the fault was not reached"
            time.sleep(0.02)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.api("GET", path, params=query)

    def post(self, path: str, body: Any = None, **query: Any) -> requests.Response:
        return self.api("POST", path, body, params=query)

    def patch(self, path: str, body: Any = None, **query: Any) -> requests.Response:
        return self.api("PATCH", path, body, params=query)

    def delete(self, path: str, **query: Any) -> requests.Response:
        return self.api("DELETE", path, params=query)
