"""The desk ports against the emulator as a process of its own, emptied before every test."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from tests.emulator_process import Emulator
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.adapters.desk.client import DeskClient, connect
from zoho_privacy.adapters.desk.hosts import DeskConfig
from zoho_privacy.adapters.sealer import AesSealer
from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.ports import DeskReader, DeskWriter, Store

ADA = "ada.moss@example.net"
BEN = "ben.orlov@example.org"
START = "2026-01-05T09:00:00.000Z"
SEALER = AesSealer(b"contract-secret-of-32-bytes-only")


def file(name: str, content: bytes) -> dict[str, str]:
    return {"name": name, "contentBase64": base64.b64encode(content).decode(), "contentType": "text/plain"}


def desk_config(zoho: Emulator, **changes: Any) -> DeskConfig:
    info = zoho.info()
    values: dict[str, Any] = {
        "org": info["orgId"],
        "client_id": info["oauth"]["clientId"],
        "client_secret": info["oauth"]["clientSecret"],
        "refresh_token": info["oauth"]["refreshToken"],
        "desk_url": zoho.url,
        "accounts_url": zoho.url,
    }
    return DeskConfig(**(values | changes))


@dataclass
class Office:
    """One emulated portal, a client of it, and the pauses that client would have slept."""

    zoho: Emulator
    desk: DeskClient
    store: Store
    clock: FixedClock
    info: dict[str, Any]
    slept: list[float] = field(default_factory=list)

    @property
    def read(self) -> DeskReader:
        return self.desk

    @property
    def write(self) -> DeskWriter:
        return self.desk

    @property
    def support(self) -> str:
        return str(self.info["departments"][0]["id"])

    @property
    def privacy(self) -> str:
        return str(self.info["departments"][1]["id"])

    def seed(self, **order: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.zoho.bench("POST", "/seed", order)
        return made

    def ticket(self, **order: Any) -> dict[str, Any]:
        """Plant one ticket of Ada's."""
        person = {"firstName": "Ada", "lastName": "Moss", "email": ADA}
        made: dict[str, Any] = self.seed(tickets=[{"contact": person, "subject": "Old matter"} | order])["tickets"][0]
        return made

    def contact(self, **order: Any) -> dict[str, Any]:
        person = {"firstName": "Ada", "lastName": "Moss", "email": ADA}
        made: dict[str, Any] = self.seed(contacts=[person | order])["contacts"][0]
        return made

    def fault(self, kind: str, path: str, **order: Any) -> str:
        match = {"pathRegex": path} | ({"method": order.pop("method")} if "method" in order else {})
        return str(self.zoho.bench("POST", "/faults", {"kind": kind, "match": match, **order})["faultId"])

    def switch(self, **values: str) -> None:
        self.zoho.bench("POST", "/switches", values)

    def sent(self, method: str, path: str) -> list[dict[str, Any]]:
        """Return the calls that reached the portal, whatever became of them."""
        calls: list[dict[str, Any]] = self.zoho.bench("GET", "/calls")
        return [call for call in calls if call["method"] == method and call["path"].endswith(path)]


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator.start() as zoho:
        yield zoho


def office_at(zoho: Emulator, **changes: Any) -> Office:
    store = MemoryStore()
    clock = FixedClock(datetime.fromisoformat(zoho.now()))
    slept: list[float] = []
    desk = connect(desk_config(zoho, **changes), store=store, sealer=SEALER, clock=clock, sleep=slept.append)
    return Office(zoho, desk, store, clock, zoho.info(), slept)


@pytest.fixture
def office(emulator: Emulator) -> Iterator[Office]:
    """An empty portal whose search knows everything at once; the run must not have broken Zoho's rules."""
    emulator.bench("DELETE", "/faults")
    emulator.bench("POST", "/reset", {"now": START, "switches": {"search_lag_seconds": "0"}})
    emulator.forget_token()
    yield office_at(emulator)
    verdict = emulator.bench("GET", "/verdict")
    assert verdict["reasons"] == []
