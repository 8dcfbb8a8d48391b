"""How many calls may be under way at once: learns the portal's limit from its refusals, and holds just at it.

Desk refuses what goes beyond its limit at once and never lets a call wait, so delays tell nothing and a refusal tells
all: the limiter counts refusals (as AIMD does) and does not look at times (as Vegas and gradient limiters do). Every
call remembers how many were under way when it left; the lowest such number that was refused is the edge. The limit is
shared with the portal's other integrations, so the edge moves: below a known edge the limit climbs fast, at it it
makes up for the refusals it met before it tries one more. `Limiter` decides and knows no clock and no thread;
`Governor` makes threads wait. Sources: Zoho Desk API guide (5, 10, 15 or 25 calls at once); docs/decisions/0013.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal

Verdict = Literal["fine", "crowded", "unknown"]

FIRST: Final = 5  # the smallest limit of any edition
MOST: Final = 25  # the largest
LEAP: Final = 4  # at most so many more at once are tried
PATIENCE: Final = 220
"""So many good answers make up for a refusal; only then one call more is tried at the edge."""
LONGEST: Final = 3 * PATIENCE
"""The most that is made up for: after a rough moment, too, the edge is tried again."""
CHANCE: Final = 100
"""A single refusal after so many good answers changes nothing yet."""


@dataclass(frozen=True, slots=True)
class Place:
    """A call under way. `full`: no other could have left beside it; `era`: how often the limit had moved by then."""

    full: bool
    era: int


@dataclass(slots=True)
class Limiter:
    """The decisions. `limit` is how many calls may be under way; whoever calls `enter` has asked `room` first.

    most: the limit never exceeds it. No method raises; `leave` is called exactly once per place.
    """

    most: int = MOST
    limit: int = FIRST
    in_flight: int = 0
    _proven: int = field(default=0, init=False)  # the limit under which a whole round of calls went well
    _best: int = field(default=0, init=False)  # the highest that ever was
    _edge: int | None = field(default=None, init=False)  # so many at once were too many
    _run: int = field(default=0, init=False)  # good answers since the limit moved or a call was refused
    _step: int = field(default=0, init=False)  # how far to climb next; 0 before the first refusal of all
    _era: int = field(default=0, init=False)
    _leap: int = field(default=-1, init=False)  # the era in which too many were tried
    _cut: int = field(default=0, init=False)  # the era that began with the last lowering
    _debt: int = field(default=0, init=False)  # good answers still owed for refusals
    _shaken: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Bound the first limit by `most`."""
        self.limit = max(1, min(self.limit, self.most))

    @property
    def room(self) -> bool:
        """Whether one more call may leave now."""
        return self.in_flight < self.limit

    def enter(self) -> Place:
        """Count a call that leaves now."""
        self.in_flight += 1
        return Place(self.in_flight >= self.limit, self._era)

    def leave(self, place: Place, verdict: Verdict) -> None:
        """Learn from a call that has ended; "unknown" (no answer came) teaches nothing."""
        self.in_flight -= 1
        if verdict == "crowded":
            self._refused(place)
            self._debt = min(self._debt + PATIENCE, LONGEST)
        elif verdict == "fine":
            self._debt = max(self._debt - 1, 0)
            if place.full and place.era == self._era:
                self._went_well()

    def _went_well(self) -> None:
        self._run += 1
        if self._run >= self.limit:
            self._proven, self._shaken = self.limit, False
            self._best = max(self._best, self.limit)
        if self._run >= self._needed() and self.limit < self.most:
            self._climb()

    def _needed(self) -> int:
        """Return how many good answers let the limit grow."""
        if self._step == 0:
            return max(1, self.limit // 4)
        if self.limit + 1 == self._edge:
            return max(self._run + self._debt, self.limit)
        known = self.limit < (self._best if self._edge is None else self._edge)
        return max(1, self.limit // 2) if known else 2 * self.limit

    def _climb(self) -> None:
        self._proven = self.limit
        if self._step == 0:
            wanted = self.limit + min(max(1, self.limit // 2), LEAP)
        elif self._edge is not None and self.limit + 1 >= self._edge:
            wanted, self._step = self.limit + 1, 1
            self._edge = self._edge if self.limit < self._edge else None  # what was too many is not any more
        else:
            wanted, self._step = self.limit + self._step, min(2 * self._step, LEAP)
            wanted = min(wanted, self._best if self._edge is None else self._edge - 1)
        self._move(min(max(wanted, self.limit + 1), self.most))

    def _refused(self, place: Place) -> None:
        """Lower the limit. Calls that left before a lowering are no news, except those of a leap: each was too many."""
        run, self._run, self._step = self._run, 0, 1
        if self.limit > self._proven and place.era in {self._era, self._leap}:
            self._leap = place.era
            self._edge = self.limit
            self._lower(self.limit - 1)
        elif place.era >= self._cut:
            # What was good is not any more: somebody takes room. Once may be chance, twice in a row is not.
            if self._shaken or run < CHANCE:
                self._edge = self.limit
                self._lower(self.limit * 7 // 10 if self._shaken else self.limit - 1)
            self._shaken = True

    def _lower(self, limit: int) -> None:
        self._move(max(1, limit))
        self._proven, self._cut = min(self._proven, self.limit), self._era

    def _move(self, limit: int) -> None:
        self.limit, self._run = limit, 0
        self._era += 1


@dataclass(slots=True)
class Turn:
    """A call in its place: `alone` where no other of ours was under way as it left; `verdict` is what came of it."""

    alone: bool
    verdict: Verdict = "unknown"


class Governor:
    """A limiter that the threads of a process share; `first` is what it begins with."""

    def __init__(self, most: int = MOST, *, first: int = FIRST) -> None:
        self._limiter = Limiter(most, first)
        self._change = threading.Condition()

    @property
    def limit(self) -> int:
        """How many calls may be under way now."""
        with self._change:
            return self._limiter.limit

    @property
    def most(self) -> int:
        """How many calls may ever be under way: so many threads are of use."""
        return self._limiter.most

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Wait for a place and hold it inside the block, which writes down how its call ended."""
        with self._change:
            while not self._limiter.room:
                self._change.wait()
            place = self._limiter.enter()
            turn = Turn(alone=self._limiter.in_flight == 1)
        try:
            yield turn
        finally:
            with self._change:
                self._limiter.leave(place, turn.verdict)
                self._change.notify(max(0, self._limiter.limit - self._limiter.in_flight))
