"""The tickets that may be due, most overdue first whatever year they came in, kept between runs that end early.

A pass first looks through the portal stretch by stretch, then works off what it found. Each stretch leaves one file of
lines (since when, id, whether archived), then the cursor moves, so a kill costs one stretch. What falls due while a
backlog lasts is less overdue than all of it, so the order holds over days. A changed schedule begins anew.

Table: retention (id "cursor"). Files: retention/ORG/.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple

from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App

ARCHIVED: Final = " archived"
CHUNK: Final = 10_000


class Waiting(NamedTuple):
    """A ticket that may be due."""

    id: str
    archived: bool


def line(since: datetime, ticket_id: str, *, archived: bool) -> str:
    """Return the line of a ticket; lines sort by urgency."""
    return f"{since.isoformat(timespec='seconds')[:19]} {ticket_id}{ARCHIVED if archived else ''}"


def read(text: str) -> Waiting:
    """Return the ticket of a line."""
    return Waiting(text.split(" ", 2)[1], text.endswith(ARCHIVED))


def by_urgency(lines: Iterable[str]) -> list[str]:
    """Return the lines most overdue first, each ticket once."""
    found: list[str] = []
    for each in sorted(lines):
        if not found or found[-1].removesuffix(ARCHIVED) != each.removesuffix(ARCHIVED):
            found.append(each)
    return found


@dataclass
class Backlog:
    """One portal's backlog under the schedule of this `digest`; one that is not `kept` lives in memory alone.

    `looked_through` tells that only working it off is left, `next` and `since` where looking goes on, `at` how many
    tickets were worked off.
    """

    app: App
    org: str
    digest: str
    kept: bool
    next: str = ""
    since: datetime | None = None
    looked_through: bool = False
    at: int = 0
    _parts: int = 0
    _lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        item = self.app.store.get(self.org, "retention", "cursor") if self.kept else None
        if item is not None and item.body.get("digest") == self.digest:
            body = item.body
            self.next, self.at, self._parts = body["next"], body["at"], body["parts"]
            self.since = datetime.fromisoformat(body["since"]) if body["since"] else None
            self.looked_through = body["looked_through"]

    def add(self, lines: list[str], *, following: str, since: datetime | None) -> None:
        """Keep what a stretch showed; looking goes on at `following`, in the middle of it where `since` is given."""
        if not self.kept:
            self._lines += lines
        elif lines:
            chunks = iter(lines)
            parts = iter(lambda: "".join(f"{each}\n" for each in islice(chunks, CHUNK)).encode(), b"")
            self.app.blobs.put(self._name(self._parts), parts)
            self._parts += 1
        self.next, self.since, self.looked_through = following, since, not following
        self._remember()

    def lines(self) -> list[str]:
        """Return all of it, most overdue first."""
        return by_urgency([*self._lines, *self._stored()])

    def move(self, at: int) -> None:
        """Note that so many are worked off."""
        self.at = at
        self._remember()

    def end(self) -> None:
        """Forget it: the next pass looks anew. Files that a kill leaves behind go at the end of that one."""
        self.next, self.since, self.looked_through, self.at, self._parts, self._lines = "", None, False, 0, 0, []
        self._remember()
        if self.kept:
            for name in self.app.blobs.names(f"retention/{self.org}/"):
                self.app.blobs.delete(name)

    def _stored(self) -> Iterator[str]:
        for number in range(self._parts):
            rest = b""
            for chunk in self.app.blobs.get(self._name(number)):
                *whole, rest = (rest + chunk).split(b"\n")
                yield from (each.decode() for each in whole)

    def _name(self, number: int) -> str:
        return f"retention/{self.org}/{number:05d}"

    def _remember(self) -> None:
        if not self.kept:
            return
        body: dict[str, Any] = {
            "digest": self.digest, "next": self.next, "at": self.at, "parts": self._parts,
            "since": self.since.isoformat() if self.since else "", "looked_through": self.looked_through,
        }  # fmt: skip

        def make() -> Change:
            change = Change(self.app.store, self.org, self.app.clock.now())
            change.put("retention", "cursor", body, was=self.app.store.get(self.org, "retention", "cursor"))
            return change

        transact(make)
