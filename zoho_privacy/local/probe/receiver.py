"""Where a probe's own webhooks deliver to: a small server on this machine, for as long as the run lasts.

It keeps, of what arrives, methods, names of headers, times of signatures and, of events, their type, id and the names
of what they carry; never a body. Which are ours is told when asked: an event may come before its call's answer. A path
can be told to refuse each event so many times.
"""

import base64
import binascii
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

_JWT: Final = re.compile(r"[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*\Z")
MOST_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Event:
    """One event about a record of ours; `carries` are the members of its payload."""

    type: str
    id: str
    time: str
    parent: str = ""
    carries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request: to which of our hooks, with which header and times of its signature, how many events in all."""

    hook: str
    method: str
    at: float
    jwt_header: str = ""
    issued: float = 0.0
    count: int = 0
    events: tuple[Event, ...] = ()
    refused: bool = False


@dataclass
class Receiver:
    """The server. `public` is the address that Desk is told; without one, this machine's own."""

    owns: Callable[[str], bool]
    secret: str
    port: int = 0
    public: str = ""
    arrivals: list[Arrival] = field(default_factory=list)
    refusing: dict[str, int] = field(default_factory=dict)
    _server: ThreadingHTTPServer | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Listen; raises OSError where the port is taken."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._take(b"")

            def do_HEAD(self) -> None:
                self._take(b"")

            def do_POST(self) -> None:
                length = min(int(self.headers.get("Content-Length") or 0), MOST_BYTES)
                self._take(self.rfile.read(length))

            def _take(self, body: bytes) -> None:
                status = receiver.take(self.command, self.path, dict(self.headers.items()), body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing: paths hold a secret."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="probe-receiver", daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def prefix(self) -> str:
        """The address below which all our hooks lie."""
        port = self._server.server_address[1] if self._server else self.port
        return f"{self.public or f'http://127.0.0.1:{port}'}/probe/{self.secret}/"

    def url(self, hook: str) -> str:
        """Return the address of a hook."""
        return self.prefix + hook

    def take(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """Keep what matters of a request and return the status to answer with."""
        place, _, hook = path.partition("?")[0].rpartition("/")
        if not place.endswith(f"/probe/{self.secret}"):
            return 404
        found = _decoded(body)
        rows = found if isinstance(found, list) else []
        events = tuple(event for row in rows if isinstance(row, Mapping) and (event := _event(row)))
        name, issued = _signature(headers)
        with self._lock:
            before = max((sum(event in each.events for each in self.arrivals) for event in events), default=0)
            refuse = bool(rows) and before < self.refusing.get(hook, 0)
            self.arrivals.append(Arrival(hook, method, time.monotonic(), name, issued, len(rows), events, refuse))
        return 500 if refuse else 200

    def _ours(self, event: Event) -> bool:
        return self.owns(event.id) or bool(event.parent and self.owns(event.parent))

    def events(self, hook: str) -> list[Event]:
        """Return the events about our records that came to a hook, copies included."""
        with self._lock:
            here = [event for each in self.arrivals if each.hook == hook for event in each.events]
        return [event for event in here if self._ours(event)]

    def has(self, hook: str, type_: str, record_id: str) -> bool:
        """Tell whether an event about a record, or a part of it, came."""
        return self.count(hook, type_, record_id) > 0

    def count(self, hook: str, type_: str, record_id: str) -> int:
        """Return how many different events of a type about a record came."""
        return len({e for e in self.events(hook) if e.type == type_ and record_id in {e.id, e.parent}})


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body) if body.strip() else None
    except ValueError:
        return None


def _event(row: Mapping[str, Any]) -> Event | None:
    payload = row.get("payload")
    if not isinstance(payload, Mapping) or not payload.get("id"):
        return None
    carries = frozenset(str(name) for name, value in payload.items() if value is not None)
    return Event(
        str(row.get("eventType")),
        str(payload["id"]),
        str(row.get("eventTime")),
        str(payload.get("ticketId") or ""),
        carries,
    )


def _signature(headers: Mapping[str, str]) -> tuple[str, float]:
    """Return the name of the header that holds a signed token, and the token's issue time; "" and 0 without one."""
    for name, value in headers.items():
        match = _JWT.match(value.strip())
        if match and name.lower() != "host":
            try:
                claims = json.loads(base64.urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4)))
            except (ValueError, binascii.Error):
                continue
            if isinstance(claims, Mapping):
                at = claims.get("iat")
                return name, float(at) if isinstance(at, int | float) else 0.0
    return "", 0.0
