"""Delivery of webhooks: keys, signatures, validation, the worker (API reference, sections 5.2, 5.4 and 5.5).

A worker thread of its own posts events as a JSON array, signed with an RS256 token that covers portal and subscription
but not the body. A receiver that does not answer 200 within five seconds has failed; 410 removes the subscription.
"""

import hashlib
import heapq
import json
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from zoho_emulator.desk.errors import unprocessable
from zoho_emulator.desk.state import Event, World
from zoho_emulator.desk.subscriptions import selects
from zoho_emulator.store import Json

ANSWER_WITHIN_S: Final = 5.0


# keys


class Keys:
    """Signing keys; a rotation keeps the older ones published."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: list[tuple[str, rsa.RSAPrivateKey]] = []
        self.slow_seconds = 0.0
        self.down = False
        self.rotate()

    def rotate(self, *, withdraw: bool = False) -> str:
        """Sign with a new key from now on and return its kid. With *withdraw*, older keys are no longer published."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        with self._lock:
            kid = f"desk-key-{len(self._keys) + 1}-{random.randrange(10**6):06d}"
            if withdraw:
                self._keys.clear()
            self._keys.append((kid, key))
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
    lose_events: frozenset[str] = frozenset()
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
        self._stopped = False
        self._worker = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
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
            self.stress = Stress()

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
            if not selects(webhook, event) or not self._automation_allowed(webhook, event):
                continue
            body = self._body(webhook, event)
            if self._lost(event.name):
                self._record(self._world.new_id(), webhook, [body], status="LOST", lost=True)
                continue
            wanted.append(body)
        size = max(1, self.stress.batch)
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
        stress = self.stress
        if name not in stress.lose_events and "*" not in stress.lose_events:
            return False
        if stress.lose_count == 0 or self._world.chance.random() >= stress.lose_probability:
            return False
        stress.lose_count -= 1
        return True

    def _queue_body(self, webhook_id: str, body: list[Json]) -> None:
        copies = 1 + self.stress.duplicate
        for _ in range(copies):
            with self._world.transaction():
                webhook = self._world.store.get("webhook", webhook_id)
                delivery_id = self._world.new_id()
                if webhook is None:
                    return
                self._record(delivery_id, webhook, body, status="QUEUED")
            self._push(
                _Due(time.monotonic() + self.stress.delay_ms / 1000, self._place(), delivery_id, webhook_id, body)
            )

    def _place(self) -> int:
        with self._wake:
            self._order += 1
            return -self._order if self.stress.reorder else self._order

    def _push(self, due: _Due) -> None:
        with self._wake:
            # Reordering needs company: hold such deliveries back for a moment, so that later ones can overtake.
            if self.stress.reorder:
                due.at = round(due.at + 0.3, 1)
            heapq.heappush(self._queue, due)
            self._wake.notify_all()

    def _record(self, delivery_id: str, webhook: Json, body: list[Json], *, status: str, lost: bool = False) -> None:
        text = json.dumps(body, sort_keys=True)
        self._world.store.put(
            "delivery",
            {
                "id": delivery_id,
                "webhookId": webhook["id"],
                "events": [
                    {"eventType": each["eventType"], "id": each["payload"]["id"], "eventTime": each["eventTime"]}
                    for each in body
                ],
                "url": webhook["url"],
                "status": status,
                "httpStatus": None,
                "attempts": 0,
                "bodyHash": hashlib.sha256(text.encode()).hexdigest(),
                "lost": lost,
                "time": self._world.now(),
            },
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
        headers = {"X-ZDesk-JWT": token(self._world, self._keys, webhook["id"])}
        status = post(webhook["url"], due.body, headers)
        if status == 200:
            self._finish(due, "DELIVERED", status)
        elif status == 410:
            with self._world.transaction():
                self._world.store.remove("webhook", "id = ?", webhook["id"])
            self._finish(due, "GONE", status)
        else:
            self._failed(due, webhook, status)

    def _failed(self, due: _Due, webhook: Json, status: int | None) -> None:
        self._finish(due, "FAILED", status)
        if self._world.on("webhook_failure", "retry") and due.attempt < 4:
            due.attempt += 1
            due.at = time.monotonic() + 0.5 * 2**due.attempt
            self._push(due)
        elif self._world.on("webhook_failure", "disable_after_3"):
            with self._world.transaction():
                current = self._world.store.get("webhook", webhook["id"])
                if current:
                    current["_failures"] += 1
                    current["isEnabled"] = current["isEnabled"] and current["_failures"] < 3
                    self._world.store.put("webhook", current)

    def _finish(self, due: _Due, status: str, http_status: int | None) -> None:
        with self._world.transaction():
            record = self._world.store.get("delivery", due.delivery_id)
            if record:
                record |= {"status": status, "httpStatus": http_status, "attempts": due.attempt}
                self._world.store.put("delivery", record)


def post(url: str, body: Any, headers: Mapping[str, str]) -> int | None:
    """Send one delivery and return the receiver's status; None: no answer within five seconds."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return _request("POST", url, data, {"Content-Type": "application/json", **headers})


def _request(method: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> int | None:
    """Send one request to a receiver on this machine, past any proxy, and return its status."""
    if not on_this_machine(url):
        return None
    started = time.monotonic()
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.request(
                method, url, data=data, headers=dict(headers), timeout=ANSWER_WITHIN_S, allow_redirects=False
            )
        except requests.RequestException:
            return None
    return answer.status_code if time.monotonic() - started <= ANSWER_WITHIN_S else None


def on_this_machine(url: str) -> bool:
    """Say whether a URL points at loopback: an emulator must not send anything to the outside."""
    return urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")


def validate(world: World, keys: Keys, url: str, webhook_id: str) -> None:
    """Ask the URL whether it is there: GET, then POST `[]`. Raises ApiError where none answers 200."""
    headers: dict[str, str] = {}
    if world.on("webhook_validation_jwt", "present"):
        with world.transaction():
            headers["X-ZDesk-JWT"] = token(world, keys, webhook_id)
    order = ("HEAD", "GET", "POST") if world.on("webhook_validation", "head_first") else ("GET", "POST")
    if not on_this_machine(url):
        raise unprocessable("The emulator delivers to this machine only: use a URL on 127.0.0.1.")
    for method in order:
        data = b"[]" if method == "POST" else None
        kind = {"Content-Type": "application/json"} if data else {}
        if _request(method, url, data, headers | kind) == 200:
            return
    raise unprocessable("The URL could not be validated.")
