"""Starts the suite as the process that people start, against a running emulator. For tests of the whole.

with Service.start(zoho.url, tmp_path) as service:
    zoho.mail(subject="Please delete my data")
    service.rest()
"""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 40.0


class Service:
    """One serving process. `log` is everything it wrote."""

    def __init__(self, process: subprocess.Popen[bytes], emulator: str, state: Path, url: str) -> None:
        self.process = process
        self.emulator = emulator
        self.state = state
        self.url = url

    @classmethod
    def start(cls, emulator: str, state: Path, *options: str, port: int = 0) -> Self:
        """Start it, subscribed to the portal's events, and return once it answers."""
        state.mkdir(exist_ok=True)
        ready = state / "ready.json"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "zoho_privacy.local", "serve", "--setup", "--trial", emulator]
        command += ["--state", str(state), "--port", str(port), "--ready-file", str(ready), *options]
        with (state / "log.txt").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE_S
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > until:
                process.kill()
                process.wait()
                raise RuntimeError((state / "log.txt").read_text("utf-8"))
            time.sleep(0.05)
        return cls(process, emulator, state, json.loads(ready.read_text("utf-8"))["url"])

    @property
    def log(self) -> str:
        """Return what the process wrote so far."""
        return (self.state / "log.txt").read_text("utf-8")

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self.url.rsplit(":", 1)[1])

    def status(self) -> dict[str, Any]:
        """Return what waits, runs and rests."""
        found: dict[str, Any] = requests.get(f"{self.url}/status", timeout=30).json()
        return found

    def rest(self, *, cases: dict[str, int] | None = None) -> dict[str, Any]:
        """Wait until nothing is to be done, and, where given, the cases stand like this; return the status."""
        until = time.monotonic() + PATIENCE_S
        while True:
            found = self.status()
            if found["idle"] and cases in (None, found["cases"]):
                return found
            assert time.monotonic() < until, f"it did not come to rest: {found}\n{self.log}"
            time.sleep(0.1)

    def command(self, *argv: str) -> tuple[int, str]:
        """Run a command on the same state while the service runs; return exit status and everything it said."""
        done = subprocess.run(
            [sys.executable, "-m", "zoho_privacy.local", *argv, "--trial", self.emulator, "--state", str(self.state)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        """Ask it to stop and return its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
