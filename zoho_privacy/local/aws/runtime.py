"""Functions as Lambda runs them: the real interface client in a process, an interface of ours on loopback.

An invocation is handed to the function's process when it asks for one; its answer, or the error it ended with, comes
back the same way. A process that is gone is started again by the next invocation, one that does not answer in time is
ended, as the service does. One invocation at a time and process. Source, read 2026-11: Lambda's runtime API of
2018-06-01.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final
from uuid import uuid4

from zoho_privacy.domain.errors import Retryable

API: Final = "/2018-06-01/runtime/"
START: Final = "import sys; sys.path[:0] = {path!r}; from awslambdaric.__main__ import main; main(['', {handler!r}])"
PASSED_ON: Final = ("PATH", "LANG", "TZ", "TMPDIR")
LOOK_S: Final = 0.05


class FunctionFailed(Retryable):
    """A function ended with an error, or without an answer; what it worked on will be given to it again."""

    def __init__(self, name: str, kind: str) -> None:
        self.kind = kind
        super().__init__(f"function {name} ended with {kind}")


class Listening(ThreadingHTTPServer):
    """Serves on loopback; whoever is killed while it asks is not worth a word."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


@dataclass
class Call:
    """One invocation on its way."""

    event: Any
    deadline: float
    id: str = field(default_factory=lambda: str(uuid4()))
    answer: SimpleQueue[tuple[str, Any]] = field(default_factory=SimpleQueue)


@dataclass
class Function:
    """One function: its code in `root`, what the runtime brings in `runtime`. Used by any number of threads."""

    name: str
    handler: str
    root: Path
    runtime: Path
    environment: Mapping[str, str]
    timeout_s: float = 30.0
    memory_mb: int = 512
    log: Path | None = None
    cold_starts: int = 0
    _server: ThreadingHTTPServer | None = None
    _process: subprocess.Popen[bytes] | None = None
    _waiting: SimpleQueue[Call | None] = field(default_factory=SimpleQueue)
    _current: Call | None = None
    _one: threading.Lock = field(default_factory=threading.Lock)

    def invoke(self, event: Any, *, timeout_s: float | None = None) -> Any:
        """Return what the handler answers.

        Raises:
            FunctionFailed: It raised, died or did not answer in time.
        """
        with self._one:
            limit = timeout_s or self.timeout_s
            call = Call(event, time.time() + limit)
            process = self._alive()
            self._waiting.put(call)
            while True:
                try:
                    how, value = call.answer.get(timeout=LOOK_S)
                except Empty:
                    if process.poll() is not None:
                        self._end()
                        raise FunctionFailed(self.name, "Runtime.ExitError") from None
                    if time.time() > call.deadline:
                        self._end()
                        raise FunctionFailed(self.name, "Sandbox.Timedout") from None
                    continue
                if how == "response":
                    return value
                if how == "init/error":
                    self._end()
                raise FunctionFailed(self.name, str((value or {}).get("errorType", "an error")))

    def kill(self) -> None:
        """End its process in the middle of whatever it does; the next invocation starts another."""
        process = self._process
        if process is not None:
            process.kill()

    def stop(self) -> None:
        """End its process and the interface."""
        self._end()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def pid(self) -> int | None:
        """The process that serves now."""
        return self._process.pid if self._process else None

    def _alive(self) -> "subprocess.Popen[bytes]":
        if self._server is None:
            self._server = Listening(("127.0.0.1", 0), _interface(self))
            threading.Thread(target=self._server.serve_forever, name=f"runtime-{self.name}", daemon=True).start()
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = self._start(self._server.server_address[1])
            self.cold_starts += 1
        return self._process

    def _start(self, port: int) -> "subprocess.Popen[bytes]":
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment |= self.environment
        environment |= {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory_mb),
            "LAMBDA_TASK_ROOT": str(self.root),
            "_HANDLER": self.handler,
        }
        start = START.format(path=[str(self.root), str(self.runtime)], handler=self.handler)
        command = [sys.executable, "-I", "-S", "-c", start]
        if self.log is None:
            return subprocess.Popen(  # noqa: S603  our own code
                command, cwd=self.root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        with self.log.open("ab") as log:
            return subprocess.Popen(command, cwd=self.root, env=environment, stdout=log, stderr=log)  # noqa: S603

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._current, self._waiting = None, SimpleQueue()

    def next_call(self, wanted_by: "SimpleQueue[Call | None]") -> Call | None:
        """Wait for the next invocation, for a process that asks; None where that process is no longer wanted."""
        while wanted_by is self._waiting:
            try:
                self._current = wanted_by.get(timeout=1.0)
            except Empty:
                continue
            return self._current
        return None

    def asking(self) -> "SimpleQueue[Call | None]":
        """Return the queue that the present process takes from."""
        return self._waiting

    def answered(self, call_id: str | None, how: str, value: Any) -> None:
        """Hand an answer to whoever waits; an error at import answers whatever waits for the process."""
        call = self._current
        if call is None and call_id is None:
            try:
                call = self._waiting.get_nowait()
            except Empty:
                return
        if call is not None and call_id in {None, call.id}:
            call.answer.put((how, value))


def _interface(function: Function) -> type[BaseHTTPRequestHandler]:
    class Interface(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            call = function.next_call(function.asking()) if self.path == f"{API}invocation/next" else None
            if call is None:
                self._say(410, {})
                return
            arn = f"arn:aws:lambda:xx-local-1:000000000000:function:{function.name}"
            told = {
                "Lambda-Runtime-Aws-Request-Id": call.id,
                "Lambda-Runtime-Deadline-Ms": str(int(call.deadline * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": arn,
            }
            self._say(200, call.event, told)

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = self.path.removeprefix(API).split("/")
            call_id, how = (parts[1], parts[2]) if parts[0] == "invocation" else (None, "/".join(parts))
            self._say(202, {"status": "OK"})
            function.answered(call_id, how, json.loads(raw or b"null"))

        def _say(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
            """Send head and body in one segment: in two, each call waits for 40 ms."""
            raw = json.dumps(body).encode()
            told = {"Content-Type": "application/json", "Content-Length": str(len(raw)), **(headers or {})}
            head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in told.items())
            self.wfile.write(head.encode() + b"\r\n" + raw)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the library's word
            """Say nothing."""

    return Interface
