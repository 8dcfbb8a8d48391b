"""Faults on demand: what goes wrong, for which calls, how often (emulator page, section 1, "faults").

A fault is asked for at the bench and consumed by the request pipeline (zoho_emulator/app.py). A stall holds the answer
until the fault is deleted, so that a test may kill its client meanwhile.
"""

import re
import threading
from dataclasses import dataclass, field
from typing import Any, Final

STALL_LIMIT_S: Final = 120.0
BEFORE: Final = frozenset(
    {
        "error500", "drop_before", "slow", "stall_before", "unauthorised", "busy", "credits_gone", "broken_json",
        "html502",
    }
)  # fmt: skip
AFTER: Final = frozenset({"error500_after_write", "drop_after_write", "stall_after_write"})


@dataclass
class Fault:
    id: str
    kind: str
    method: str | None
    path: re.Pattern[str]
    times: int
    skip: int
    seconds: float
    retry_after: int
    hits: int = 0
    """How often it has struck. A fault after a write counts only once the write is done."""
    taken: int = 0
    seen: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def as_json(self) -> dict[str, Any]:
        return {
            "faultId": self.id,
            "kind": self.kind,
            "method": self.method,
            "pathRegex": self.path.pattern,
            "times": self.times,
            "skip": self.skip,
            "hits": self.hits,
        }


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"pathRegex is no regular expression: {error}") from None


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: dict[str, Fault] = {}
        self._count = 0

    def add(self, order: dict[str, Any]) -> str:
        """Register what the bench asked for and return its id. Raises ValueError on an unknown kind."""
        kind = order.get("kind")
        if kind not in BEFORE | AFTER:
            raise ValueError(f"kind is one of {', '.join(sorted(BEFORE | AFTER))}")
        match = order.get("match", {})
        with self._lock:
            self._count += 1
            fault = Fault(
                id=f"fault-{self._count}",
                kind=kind,
                method=match.get("method"),
                path=_pattern(match.get("pathRegex", "")),
                times=int(order.get("times", 1)),
                skip=int(order.get("skip", 0)),
                seconds=float(order.get("seconds", 1.0)),
                retry_after=int(order.get("retryAfter", 3600)),
            )
            self._faults[fault.id] = fault
        return fault.id

    def dump(self) -> list[dict[str, Any]]:
        """Return all faults in a form that `load` takes in another process."""
        with self._lock:
            return [
                each.as_json() | {"seconds": each.seconds, "retryAfter": each.retry_after, "taken": each.taken,
                                  "seen": each.seen}
                for each in self._faults.values()
            ]  # fmt: skip

    def load(self, kept: list[dict[str, Any]]) -> None:
        """Go on with faults of an earlier process: their ids, and how often they have struck."""
        for each in kept:
            self._count = int(each["faultId"].removeprefix("fault-")) - 1
            fault = self._faults[self.add(each | {"match": each})]
            fault.hits, fault.taken, fault.seen = each["hits"], each["taken"], each["seen"]

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that this call meets, if any, and count it."""
        with self._lock:
            for fault in self._faults.values():
                if fault.method not in (None, method) or not fault.path.search(path) or fault.taken >= fault.times:
                    continue
                fault.seen += 1
                if fault.seen > fault.skip:
                    fault.taken += 1
                    return fault
        return None

    def struck(self, fault: Fault) -> None:
        with self._lock:
            fault.hits += 1

    def all(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.as_json() for fault in self._faults.values()]

    def release(self) -> None:
        """Let go whoever is stalled, for the process is about to end; the faults stay."""
        with self._lock:
            for fault in self._faults.values():
                fault.released.set()

    def clear(self, fault_id: str | None = None) -> None:
        """Delete one fault or all, and let go whoever is stalled by it."""
        with self._lock:
            gone = [fault for fault in self._faults.values() if fault_id in (None, fault.id)]
            for fault in gone:
                del self._faults[fault.id]
                fault.released.set()
