"""Delivery of webhooks: keys, signatures, validation, the worker (API reference, sections 5.2, 5.4 and 5.5).

A worker thread of its own posts events as a JSON array, signed with an RS256 token that covers portal and subscription
but not the body. A receiver that does not answer 200 within five seconds has failed; 410 removes the subscription.
What goes wrong on the way is set by switches (`webhook_...`), and by the bench for a while. What waits survives the
process: its body stays in its delivery record until it has arrived.
"""

import hashlib
import heapq
import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from zoho_emulator.desk.errors import unprocessable
from zoho_emulator.desk.state import Event, World
from zoho_emulator.desk.subscriptions import selects
from zoho_emulator.store import Json

SLOW_KEYS_S: Final = 2.0
MOST_ATTEMPTS: Final = 4
FIRST_PAUSE_S: Final = 0.8
DISABLED_AFTER: Final = 3


# keys


class Keys:
    """Signing keys; a rotation keeps the older ones published."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: list[tuple[str, rsa.RSAPrivateKey]] = []
        self.slow_seconds = 0.0
        self.down = False
        self.rotated: Callable[[], None] = lambda: None
        self.used: dict[str, str] = {}
        """The last token that each subscription was sent."""

    def load(self, kept: list[list[str]]) -> None:
        """Sign with the keys that `dump` gave, or with a new one where there are none."""
        self._keys = [(kid, _private_key(text)) for kid, text in kept]
        if not self._keys:
            self.rotate()

    def dump(self) -> list[list[str]]:
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        with self._lock:
            return [[kid, key.private_bytes(*form).decode()] for kid, key in self._keys]

    def rotate(self, *, withdraw: bool = False) -> str:
        """Sign with a new key from now on and return its kid. With *withdraw*, older keys are no longer published."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        with self._lock:
            kid = f"desk-key-{len(self._keys) + 1}-{random.randrange(10**6):06d}"
            if withdraw:
                self._keys.clear()
            self._keys.append((kid, key))
        self.rotated()
        return kid

    def current(self) -> tuple[str, rsa.RSAPrivateKey]:
        with self._lock:
            return self._keys[-1]

    def published(self) -> Json:
        with self._lock:
            held = list(self._keys)
        found = []
        for kid, key in held:
            member: Json = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
            found.append({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": member["n"], "e": member["e"]})
        return {"keys": found}


def _private_key(text: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(text.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("a signing key is an RSA key")
    return key


def claims(world: World, webhook_id: str, *, lifetime_s: int = 300, org_id: str | None = None) -> Json:
    unit = 1 if world.on("jwt_time_unit", "milliseconds") else 1000
    now = world.clock.now_ms() if world.on("jwt_clock", "portal") else int(time.time() * 1000)
    return {
        "iss": f"orgId:{org_id or world.org_id()}",
        "aud": f"webhookId:{webhook_id}",
        "iat": now // unit,
        "exp": (now + lifetime_s * 1000) // unit,
    }


def token(world: World, keys: Keys, webhook_id: str) -> str:
    kid, key = keys.current()
    return jwt.encode(claims(world, webhook_id), key, algorithm="RS256", headers={"kid": kid})


# delivery


@dataclass
class Stress:
    """What the bench does to deliveries: repetition, loss, reordering, delay, batches."""

    duplicate: int = 0
    lose_events: tuple[str, ...] = ()
    lose_probability: float = 1.0
    lose_count: int = 0
    reorder: bool = False
    delay_ms: int = 0
    batch: int = 1


@dataclass(order=True)
class _Due:
    at: float
    order: int
    delivery_id: str = field(compare=False)
    webhook_id: str = field(compare=False)
    body: list[Json] = field(compare=False)
    attempt: int = field(compare=False, default=1)


class Deliveries:
    """The queue and its worker. `pending` counts what is queued or on its way."""

    def __init__(self, world: World, keys: Keys) -> None:
        self.stress = Stress()
        self._world = world
        self._keys = keys
        self._wake = threading.Condition()
        self._queue: list[_Due] = []
        self._order = 0
        self._flying = 0
        self._sent = 0
        self._stopped = False
        self._worker = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin to deliver, first what an earlier process left waiting."""
        with self._world.transaction():
            waiting = self._world.store.find("delivery", "json_extract(doc, '$._body') IS NOT NULL")
        for each in waiting:
            self._push(_Due(time.monotonic(), self._place(), each["id"], each["webhookId"], each["_body"]))
        self._worker.start()

    def stop(self) -> None:
        with self._wake:
            self._stopped = True
            self._wake.notify_all()

    def pending(self) -> int:
        with self._wake:
            return len(self._queue) + self._flying

    def clear(self) -> None:
        with self._wake:
            self._queue.clear()
            self._sent = 0
            self.stress = Stress()

    def ordered(self) -> Json:
        """Return what the bench ordered, as `Stress` takes it."""
        return asdict(self.stress)

    def _trouble(self) -> Stress:
        """Return what happens on the way: the bench's orders on top of the switches."""
        ordered, switches = self.stress, self._world.switches
        return replace(
            ordered,
            duplicate=ordered.duplicate or switches.number("webhook_duplicates"),
            reorder=ordered.reorder or switches["webhook_order"] == "reversed",
            delay_ms=ordered.delay_ms or switches.number("webhook_delay_ms"),
            batch=max(1, ordered.batch, switches.number("webhook_batch")),
        )

    def accept(self, events: list[Event]) -> None:
        """Queue what the subscriptions want of these events. Called when their transaction stands."""
        with self._world.transaction():
            webhooks = self._world.store.find("webhook")
            jobs = [job for webhook in webhooks for job in self._jobs(webhook, events)]
        for webhook_id, body in jobs:
            self._queue_body(webhook_id, body)

    def _jobs(self, webhook: Json, events: list[Event]) -> list[tuple[str, list[Json]]]:
        wanted = []
        for event in events:
            if not selects(self._world, webhook, event) or not self._automation_allowed(webhook, event):
                continue
            body = self._body(webhook, event)
            if self._lost(event.name):
                self._record(self._world.new_id(), webhook, [body], status="LOST", lost=True)
                continue
            wanted.append(body)
        size = self._trouble().batch
        return [(webhook["id"], wanted[start : start + size]) for start in range(0, len(wanted), size)]

    def _automation_allowed(self, webhook: Json, event: Event) -> bool:
        if not event.automated or self._world.on("macro_events", "sent"):
            return True
        return "AUTOMATION" in (webhook.get("includeEventsFrom") or [])

    def _body(self, webhook: Json, event: Event) -> Json:
        body: Json = {
            "eventType": event.name,
            "eventTime": str(self._world.clock.now_ms()),
            "orgId": self._world.org_id(),
            "payload": event.payload,
        }
        wanted = webhook["subscriptions"].get(event.name) or {}
        if wanted.get("includePrevState") and event.previous is not None:
            body["prevState"] = event.previous
        return body

    def _lost(self, name: str) -> bool:
        percent = self._world.switches.number("webhook_loss_percent")
        if percent and self._world.chance.random() * 100 < percent:
            return True
        stress = self.stress
        if name not in stress.lose_events and "*" not in stress.lose_events:
            return False
        if stress.lose_count == 0 or self._world.chance.random() >= stress.lose_probability:
            return False
        stress.lose_count -= 1
        return True

    def _queue_body(self, webhook_id: str, body: list[Json]) -> None:
        trouble = self._trouble()
        wait_ms = trouble.delay_ms
        if trouble.batch > 1:
            if self._joined(webhook_id, body, trouble.batch):
                return
            wait_ms += self._world.switches.number("webhook_batch_wait_ms")
        for _ in range(1 + trouble.duplicate):
            with self._world.transaction():
                webhook = self._world.store.get("webhook", webhook_id)
                delivery_id = self._world.new_id()
                if webhook is None:
                    return
                self._record(delivery_id, webhook, body, status="QUEUED")
            # Reordering needs company: hold such deliveries back for a moment, so that later ones can overtake.
            at = time.monotonic() + wait_ms / 1000
            at = round(at + 0.3, 1) if trouble.reorder else at
            self._push(_Due(at, self._place(reversed_=trouble.reorder), delivery_id, webhook_id, body))

    def _joined(self, webhook_id: str, body: list[Json], size: int) -> bool:
        """Add events to deliveries of the same subscription that still wait, and say whether there were any."""
        with self._world.transaction(), self._wake:
            waiting = [
                due
                for due in self._queue
                if due.webhook_id == webhook_id and due.attempt == 1 and len(due.body) + len(body) <= size
            ]
            for due in waiting:
                due.body = due.body + body
                record = self._world.need("delivery", due.delivery_id)
                self._world.store.put("delivery", record | _told(due.body))
        return bool(waiting)

    def _place(self, *, reversed_: bool = False) -> int:
        with self._wake:
            self._order += 1
            return -self._order if reversed_ else self._order

    def _push(self, due: _Due) -> None:
        with self._wake:
            heapq.heappush(self._queue, due)
            self._wake.notify_all()

    def _record(self, delivery_id: str, webhook: Json, body: list[Json], *, status: str, lost: bool = False) -> None:
        self._world.store.put(
            "delivery",
            {
                "id": delivery_id,
                "webhookId": webhook["id"],
                "url": webhook["url"],
                "status": status,
                "httpStatus": None,
                "attempts": 0,
                "lost": lost,
                "time": self._world.now(),
                **_told(body),
            }
            | ({"_body": None} if lost else {}),
        )

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._stopped and (not self._queue or self._queue[0].at > time.monotonic()):
                    self._wake.wait(self._queue[0].at - time.monotonic() if self._queue else None)
                if self._stopped:
                    return
                due = heapq.heappop(self._queue)
                self._flying += 1
            try:
                self._attempt(due)
            finally:
                with self._wake:
                    self._flying -= 1

    def _attempt(self, due: _Due) -> None:
        with self._world.transaction():
            webhook = self._world.store.get("webhook", due.webhook_id)
        if webhook is None:
            self._finish(due, "DROPPED", None)
            return
        self._rotate_in_time()
        signature = token(self._world, self._keys, webhook["id"])
        self._keys.used[webhook["id"]] = signature
        headers = {self._world.switches["webhook_header"]: signature}
        status = post(webhook["url"], due.body, headers, patience_s=patience(self._world))
        if status == 200:
            self._finish(due, "DELIVERED", status)
            self._count_failures(webhook["id"], failed=False)
        elif status == 410:
            with self._world.transaction():
                self._world.store.remove("webhook", "id = ?", webhook["id"])
            self._finish(due, "GONE", status)
        else:
            self._failed(due, webhook, status)

    def _rotate_in_time(self) -> None:
        every = self._world.switches.number("webhook_key_rotation")
        if every and self._sent and self._sent % every == 0:
            self._keys.rotate(withdraw=self._world.on("webhook_old_keys", "withdrawn"))
        self._sent += 1

    def _failed(self, due: _Due, webhook: Json, status: int | None) -> None:
        again = self._world.on("webhook_failure", "retry") and due.attempt < MOST_ATTEMPTS
        self._finish(due, "FAILED", status, again=again)
        if again:
            due.attempt += 1
            due.at = time.monotonic() + FIRST_PAUSE_S * 2 ** (due.attempt - 2)
            self._push(due)
        elif self._world.on("webhook_failure", "disable_after_3"):
            self._count_failures(webhook["id"], failed=True)

    def _count_failures(self, webhook_id: str, *, failed: bool) -> None:
        """Count failures in a row; the third disables the subscription, a success forgets them."""
        with self._world.transaction():
            current = self._world.store.get("webhook", webhook_id)
            if current is None or not (failed or current["_failures"]):
                return
            current["_failures"] = current["_failures"] + 1 if failed else 0
            current["isEnabled"] = current["isEnabled"] and current["_failures"] < DISABLED_AFTER
            self._world.store.put("webhook", current)

    def _finish(self, due: _Due, status: str, http_status: int | None, *, again: bool = False) -> None:
        with self._world.transaction():
            record = self._world.store.get("delivery", due.delivery_id)
            if record:
                record |= {"status": status, "httpStatus": http_status, "attempts": due.attempt}
                self._world.store.put("delivery", record | ({} if again else {"_body": None}))


def _told(body: list[Json]) -> Json:
    """Return what a delivery record says of its events; the body itself stays until it has arrived."""
    return {
        "events": [
            {"eventType": each["eventType"], "id": each["payload"]["id"], "eventTime": each["eventTime"]}
            for each in body
        ],
        "bodyHash": hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest(),
        "_body": body,
    }


def patience(world: World) -> float:
    """Return the seconds that a receiver has to answer."""
    return float(world.switches.number("webhook_timeout_seconds"))


def post(url: str, body: Any, headers: Mapping[str, str], *, patience_s: float) -> int | None:
    """Send one delivery and return the receiver's status; None: no answer in time."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return _request("POST", url, data, {"Content-Type": "application/json", **headers}, patience_s)


def _request(method: str, url: str, data: bytes | None, headers: Mapping[str, str], patience_s: float) -> int | None:
    """Send one request to a receiver on this machine, past any proxy, and return its status."""
    if not on_this_machine(url):
        return None
    started = time.monotonic()
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.request(
                method, url, data=data, headers=dict(headers), timeout=patience_s, allow_redirects=False
            )
        except requests.RequestException:
            return None
    return answer.status_code if time.monotonic() - started <= patience_s else None


def on_this_machine(url: str) -> bool:
    """Say whether a URL points at loopback: an emulator must not send anything to the outside."""
    return urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")


def validate(world: World, keys: Keys, url: str, webhook_id: str) -> None:
    """Ask the URL whether it is there: GET, then POST, as the switches say. Raises ApiError where none answers 200."""
    headers: dict[str, str] = {}
    if world.on("webhook_validation_jwt", "present"):
        with world.transaction():
            headers[world.switches["webhook_header"]] = token(world, keys, webhook_id)
    order = ("HEAD", "GET", "POST") if world.on("webhook_validation", "head_first") else ("GET", "POST")
    if not on_this_machine(url):
        raise unprocessable("The emulator delivers to this machine only: use a URL on 127.0.0.1.")
    for method in order:
        body = world.switches["webhook_validation_body"].replace("empty", "").encode()
        data = body if method == "POST" else None
        kind = {"Content-Type": "application/json"} if data is not None else {}
        if _request(method, url, data, headers | kind, patience(world)) == 200:
            return
    raise unprocessable("The URL could not be validated.")
