"""Measures the governor: `python -m benchmarks.governor [--real] [--calls N] [--other WHAT] [--json]`.

Prints, per limit of the portal, time a call takes and what another integration does, how much of the ideal rate a bulk
read reaches and which share of its calls was refused. Without `--real` the portal, its time and the other integration
are simulated, and the ideal is an oracle that is told its room at every moment: exact, and the same each time. With
`--real` an emulator is started, and the ideal is the same client with as many calls at once as the portal takes;
the other integration then holds half the portal's slots from the middle of the read on.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from benchmarks.governor_stage import Other, measure
from tests.emulator_process import Emulator
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.adapters.desk.client import DeskClient, connect
from zoho_privacy.adapters.desk.governor import Governor
from zoho_privacy.adapters.desk.hosts import DeskConfig
from zoho_privacy.adapters.sealer import AesSealer
from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.workflows.together import gather

LIMITS: Final = (5, 10, 15, 25)
EDITIONS: Final = {5: "FREE", 10: "STANDARD", 15: "PROFESSIONAL", 25: "ENTERPRISE"}
LATENCIES_MS: Final = (5, 20, 50, 100, 200)
REAL_LATENCIES_MS: Final = (5, 20, 50)
OTHERS: Final[tuple[Other, ...]] = ("none", "comes", "leaves", "stays")
CALLS: Final = 3000
TURNS: Final = 3
PLENTY: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One cell of the grid. Rates are calls a second; `refused` is the share of calls that Desk found too many."""

    limit: int
    latency_ms: int
    other: Other
    rate: float
    ideal: float
    refused: float

    @property
    def share(self) -> float:
        """The part of the ideal rate that was reached."""
        return self.rate / self.ideal


def simulated(calls: int, others: Sequence[Other]) -> Iterator[Row]:
    """Yield the grid, simulated."""
    for other in others:
        for limit in LIMITS:
            for latency in LATENCIES_MS:
                found = measure(limit, latency / 1000, calls=calls, other=other)
                yield Row(limit, latency, other, found.rate, found.ideal, found.refused)


class Bench:
    """An emulator with one ticket, every call of which takes so long, and clients of it."""

    def __init__(self, zoho: Emulator) -> None:
        self.zoho = zoho

    def prepare(self, limit: int, latency_ms: int) -> None:
        """Empty the portal and give it this limit and this slowness."""
        zoho = self.zoho
        zoho.bench("DELETE", "/faults")
        zoho.reset(switches={"edition": EDITIONS[limit]})
        zoho.bench("POST", "/credits", {"remaining": PLENTY})
        person = {"firstName": "Ada", "lastName": "Moss", "email": "ada.moss@example.net"}
        made = zoho.bench("POST", "/seed", {"tickets": [{"contact": person, "subject": "Old matter"}]})
        self.ticket_id = str(made["tickets"][0]["id"])
        order = {"kind": "slow", "match": {"pathRegex": "/tickets/"}, "times": PLENTY, "seconds": latency_ms / 1000}
        zoho.bench("POST", "/faults", order)

    def client(self, *, known: int | None = None) -> DeskClient:
        """Return a client that knows nothing of the limit, or the oracle, which keeps to what it is told."""
        info = self.zoho.info()
        config = DeskConfig(
            org=info["orgId"],
            client_id=info["oauth"]["clientId"],
            client_secret=info["oauth"]["clientSecret"],
            refresh_token=info["oauth"]["refreshToken"],
            desk_url=self.zoho.url,
            accounts_url=self.zoho.url,
        )
        clock = FixedClock(datetime(2026, 1, 5, 9, tzinfo=UTC))
        desk = connect(config, store=MemoryStore(), sealer=AesSealer(b"k" * 32), clock=clock)
        if known is not None:
            desk.transport.governor = Governor(known, first=known)
        desk.me()
        return desk

    def read(self, desk: DeskClient, calls: int) -> float:
        """Read the ticket so many times in bulk; return the seconds it took."""
        start = time.perf_counter()
        found = sum(1 for _ in gather(desk.ticket, [self.ticket_id] * calls, at_once=desk.at_once))
        if found != calls:
            raise AssertionError
        return time.perf_counter() - start

    def refused(self) -> int:
        """Return how many calls the portal found too many."""
        return sum(call["status"] == 429 for call in self.zoho.bench("GET", "/calls"))

    @contextmanager
    def intruder(self, slots: int) -> Iterator[None]:
        """Let another integration hold this many of the portal's slots."""
        if not slots:
            yield
            return
        order = {"kind": "stall_before", "match": {"pathRegex": "/agents"}, "times": PLENTY}
        fault = self.zoho.bench("POST", "/faults", order)["faultId"]
        other = self.client(known=slots)
        with ThreadPoolExecutor(slots) as pool:
            held = [pool.submit(other.agents) for _ in range(slots)]
            self.zoho.wait_for_hits(fault, slots)
            try:
                yield
            finally:
                self.zoho.bench("DELETE", f"/faults/{fault}")
            for each in held:
                each.result()


def real(zoho: Emulator, limit: int, latency_ms: int, other: Other, calls: int) -> Row:
    """Measure one cell against a running emulator: oracle and governor by turns, so that a busy machine is fair."""
    bench, part = Bench(zoho), calls // (2 * TURNS)
    bench.prepare(limit, latency_ms)
    desk, took, ideal, refused = bench.client(), 0.0, 0.0, 0
    for known in (limit, limit - limit // 2 if other == "comes" else limit):
        oracle = bench.client(known=known)
        with bench.intruder(limit - known):
            for _ in range(TURNS):
                ideal += bench.read(oracle, part)
                before = bench.refused()
                took += bench.read(desk, part)
                refused += bench.refused() - before
    made = 2 * TURNS * part
    return Row(limit, latency_ms, other, made / took, made / ideal, refused / (made + refused))


def real_grid(calls: int, others: Sequence[Other]) -> Iterator[Row]:
    """Yield the grid as measured against an emulator of our own, which is stopped afterwards."""
    with Emulator.start() as zoho:
        for other in others:
            for limit in LIMITS:
                for latency in REAL_LATENCIES_MS:
                    yield real(zoho, limit, latency, other, calls)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the grid; 1 where a cell misses 95 % of the ideal (85 % where room comes back) or has 1 % refusals."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.governor",
        description="How near a bulk read comes to what the portal allows at once, and how often it is refused.",
        epilog="Examples: python -m benchmarks.governor; python -m benchmarks.governor --real --calls 1500 --json",
    )
    parser.add_argument("--real", action="store_true", help="measure against an emulator; some minutes")
    parser.add_argument("--calls", type=int, default=CALLS, help=f"calls per cell, {CALLS} by default")
    parser.add_argument("--other", action="append", choices=OTHERS, help="only with this from another integration")
    parser.add_argument("--json", action="store_true", help="print one JSON object per cell")
    options = parser.parse_args(arguments)
    grid = real_grid if options.real else simulated
    bad = 0
    if not options.json:
        print("limit   ms  other     calls/s    ideal  reached  refused")  # noqa: T201
    for row in grid(options.calls, options.other or (OTHERS[:2] if options.real else OTHERS)):
        good = row.share >= (0.85 if row.other == "leaves" else 0.95) and row.refused < 0.01
        bad += not good
        if options.json:
            print(json.dumps({**asdict(row), "share": row.share, "good": good}), flush=True)  # noqa: T201
        else:
            cells = f"{row.limit:5} {row.latency_ms:4}  {row.other:6} {row.rate:10.1f} {row.ideal:8.1f}"
            print(f"{cells} {row.share:8.1%} {row.refused:8.2%}{'' if good else '  <-- missed'}", flush=True)  # noqa: T201
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
