"""A portal's limit of calls at once, simulated with a clock of its own: exact, repeatable, no network and no thread.

A call takes half of what is not service on its way there and half on its way back; it holds a slot of the portal only
while it is served. The other integration keeps a fixed number of calls under way and tries again when refused.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Final, Literal, Protocol

from zoho_privacy.adapters.desk.governor import Limiter, Place, Verdict

WAY: Final = 0.2  # share of a call's time that it is on its way and holds no slot
SPREAD: Final = 0.2  # a call takes up to this share more or less
PAUSE_S: Final = (0.0, 0.02)  # before a refused call is sent again


class Pacer(Protocol):
    """What decides whether a call may leave."""

    @property
    def room(self) -> bool:
        """Whether one more call may leave now."""

    def enter(self) -> Place:
        """Count a call that leaves."""

    def leave(self, place: Place, verdict: Verdict) -> None:
        """Count a call that ended."""


@dataclass
class Fixed:
    """The oracle: somebody told it the limit."""

    limit: int
    in_flight: int = 0

    @property
    def room(self) -> bool:
        """Whether one more call may leave now."""
        return self.in_flight < self.limit

    def enter(self) -> Place:
        """Count a call that leaves."""
        self.in_flight += 1
        return Place(full=False, era=0)

    def leave(self, place: Place, verdict: Verdict) -> None:  # noqa: ARG002  it knows already
        """Count a call that ended."""
        self.in_flight -= 1


@dataclass
class Portal:
    """So many slots; what does not fit is refused."""

    slots: int
    used: int = 0


@dataclass
class Client:
    """One integration: how many calls it still has to make, and how it paces them."""

    pacer: Pacer
    todo: int
    sent: int = 0
    refused: int = 0
    done: int = 0
    ended_s: float = 0.0


class Simulation:
    """A portal, its clients and the time, in seconds."""

    def __init__(self, slots: int, latency_s: float, seed: int = 1) -> None:
        self.portal, self.latency_s, self.now = Portal(slots), latency_s, 0.0
        self._random = random.Random(seed)
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()
        self.clients: list[Client] = []

    def at(self, delay_s: float, what: Callable[[], None]) -> None:
        """Do something later."""
        heapq.heappush(self._agenda, (self.now + delay_s, next(self._number), what))

    def join(self, client: Client) -> None:
        """Let a client begin now."""
        self.clients.append(client)
        self.pump(client)

    def pump(self, client: Client) -> None:
        """Let a client send what it may."""
        while client.todo > 0 and client.pacer.room:
            client.todo -= 1
            self._send(client)

    def run(self, over: Callable[[], bool]) -> None:
        """Let time pass until `over` says so or nothing is left to happen."""
        while self._agenda and not over():
            self.now, _, what = heapq.heappop(self._agenda)
            what()

    def _send(self, client: Client) -> None:
        place = client.pacer.enter()
        client.sent += 1
        takes = self.latency_s * self._random.uniform(1 - SPREAD, 1 + SPREAD)
        way, served = takes * WAY / 2, takes * (1 - WAY)

        def arrive() -> None:
            if self.portal.used >= self.portal.slots:
                self.at(way, lambda: answer("crowded"))
                return
            self.portal.used += 1
            self.at(served, leave)

        def leave() -> None:
            self.portal.used -= 1
            self.at(way, lambda: answer("fine"))

        def answer(verdict: Verdict) -> None:
            client.pacer.leave(place, verdict)
            if verdict == "crowded":
                client.refused += 1
                self.at(self._random.uniform(*PAUSE_S), again)
            else:
                client.done += 1
                client.ended_s = self.now
            self.pump(client)

        def again() -> None:
            client.todo += 1
            self.pump(client)

        self.at(way, arrive)


@dataclass(frozen=True, slots=True)
class Result:
    """How a bulk read went: its rate beside the oracle's, and the share of its calls that were refused."""

    rate: float
    ideal: float
    refused: float
    limit: int

    @property
    def share(self) -> float:
        """The part of the ideal rate that was reached."""
        return self.rate / self.ideal


NEVER: Final = 10**9
Other = Literal["none", "comes", "leaves", "stays"]


def read(pacer: Pacer, slots: int, latency_s: float, calls: int, other: Other, seed: int) -> tuple[float, float]:
    """Make so many calls and return (seconds, share refused). `other`: none, comes, leaves or stays."""
    simulation = Simulation(slots, latency_s, seed)
    us, them = Client(pacer, calls), Client(Fixed(slots // 2), NEVER)
    if other in {"leaves", "stays"}:
        simulation.join(them)
    simulation.join(us)
    if other in {"comes", "leaves"}:
        simulation.run(lambda: us.done >= calls // 2)
        if other == "comes":
            simulation.join(them)
        else:
            them.todo = -NEVER
    simulation.run(lambda: us.done >= calls)
    return us.ended_s, us.refused / us.sent


def measure(slots: int, latency_s: float, *, calls: int = 3000, other: Other = "none", seed: int = 1) -> Result:
    """Let a limiter that knows nothing read, and the oracle beside it, which knows its room at every moment."""
    limiter = Limiter()
    took, refused = read(limiter, slots, latency_s, calls, other, seed)
    free = slots - slots // 2
    parts = {"none": (slots, slots), "comes": (slots, free), "leaves": (free, slots), "stays": (free, free)}[other]
    best = sum(read(Fixed(part), part, latency_s, calls // 2, "none", seed)[0] for part in parts)
    return Result(calls / took, calls / best, refused, limiter.limit)
