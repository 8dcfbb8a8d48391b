"""The CRM ports against the emulator as a process of its own, emptied before every test."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import pytest

from tests.emulator_process import Emulator
from zoho_privacy.adapters.zoho_crm import ZohoCrm

ADA = "ada.moss@example.net"
BEN = "ben.orlov@example.org"
Values = Mapping[str, Any]


class Held:
    """Access tokens of one organisation, renewed by the bench."""

    def __init__(self, zoho: Emulator, org: str) -> None:
        self._zoho, self._org = zoho, org
        self.renewed = 0
        self._token = self._fresh()

    def _fresh(self) -> str:
        return str(self._zoho.bench("POST", "/crm/tokens", {"org": self._org})["accessToken"])

    def current(self) -> str:
        return self._token

    def renew(self, refused: str) -> str:
        assert refused == self._token
        self.renewed += 1
        self._token = self._fresh()
        return self._token


@dataclass
class CrmOffice:
    """One organisation in the emulated CRM, a client of it, and the pauses that client would have slept."""

    zoho: Emulator
    org: str
    tokens: Held
    crm: ZohoCrm
    slept: list[float] = field(default_factory=list)

    def add(self, *records: tuple[str, Values] | tuple[str, Values, int]) -> list[str]:
        """Make records: module, values and the place of the one they hang on; return their ids."""
        order = [
            {"module": each[0], "values": dict(each[1]), "parent": each[2] if len(each) > 2 else None}
            for each in records
        ]
        ids: list[str] = self.zoho.bench("POST", "/crm/records", {"org": self.org, "records": order})["ids"]
        return ids

    def stored(self, *needles: str) -> list[dict[str, str]]:
        places: list[dict[str, str]] = self.zoho.bench("GET", "/crm/stored", needle=list(needles))["places"]
        return places

    def fault(self, kind: str, path: str, *, times: int = 1, method: str | None = None, seconds: float = 1.0) -> str:
        order = {"kind": kind, "times": times, "seconds": seconds, "match": {"pathRegex": path, "method": method}}
        return str(self.zoho.bench("POST", "/faults", order)["faultId"])


def opened(zoho: Emulator, org: str, **options: Any) -> CrmOffice:
    slept: list[float] = []
    tokens = Held(zoho, org)
    return CrmOffice(zoho, org, tokens, ZohoCrm(org, url=zoho.url, tokens=tokens, sleep=slept.append, **options), slept)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    if find_spec("zcrmsdk") is None:
        pytest.skip("the extra crm is not installed")
    with Emulator.start() as running:
        yield running


@pytest.fixture
def office(emulator: Emulator) -> Iterator[CrmOffice]:
    emulator.reset()
    yield opened(emulator, "7001")
    assert emulator.bench("GET", "/verdict")["reasons"] == []
