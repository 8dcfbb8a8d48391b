"""What rests after its last attempt: listing it, putting it back, dropping it.

A letter is work that failed too often (`queue.bury`) or a webhook delivery that could not be read (`arrivals`). A
person replays or drops it; dropping is a decision and leaves a ledger entry. Only unreadable deliveries end by
themselves, after 30 days: their sealed bodies are personal data, and the sweep has long seen what they announced.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from zoho_privacy.domain.errors import BadInput, NotFound
from zoho_privacy.ports import Delete, Item
from zoho_privacy.workflows import arrivals, queue
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.context import App

DELIVERY_LIFE: Final = timedelta(days=30)
REASON_LENGTH: Final = 200

Reader = Callable[[bytes], tuple[Sequence[arrivals.Hint], Sequence[arrivals.Unreadable]]]


@dataclass(frozen=True, slots=True)
class Report:
    """One daily look: how many letters rest, how many ended by age (would end, in a dry run), per portal."""

    resting: int
    ended: int
    oldest: str

    def summary(self) -> str:
        """Return the report as a line."""
        since = f", the oldest since {self.oldest}" if self.oldest else ""
        return f"{self.resting} dead letters rest{since}; {self.ended} unreadable deliveries ended by age"

    def as_dict(self) -> dict[str, int | str]:
        """Return the report for machines."""
        return {"resting": self.resting, "ended": self.ended, "oldest": self.oldest}


def every(app: App) -> Iterator[Item]:
    """Yield the dead letters of all portals."""
    for org in sorted(app.desks):
        yield from queue.dead_letters(app.store, org)


def find(app: App, letter_id: str) -> Item:
    """Return a letter by its id.

    Raises:
        NotFound: No portal has one.
    """
    for org in sorted(app.desks):
        if item := app.store.get(org, queue.DEAD, letter_id):
            return item
    raise NotFound("there is no such dead letter")


def replay(app: App, letter: Item, read: Reader) -> bool:
    """Put work back into its queue; read a delivery again. False where it is as unreadable as before.

    Raises:
        Conflict: The queue holds work of that id by now, or another person was faster.
    """
    if letter.parent != arrivals.DELIVERY:
        queue.replay(app.store, letter.org, letter.id, now=app.clock.now())
        return True
    hints, unreadable = read(_open(app, letter))
    if unreadable:
        return False
    arrivals.keep(app, letter.org, hints)
    app.store.commit([Delete(letter)])
    app.blobs.delete(letter.body["body"]["blob"])
    return True


def drop(app: App, letter: Item, *, who: str, reason: str) -> None:
    """Remove a letter for good and say so in the ledger; the reason is kept as written and must name nobody.

    Raises:
        BadInput: There is no reason.
    """
    if not reason.strip():
        raise BadInput("dropping a dead letter needs a reason")
    change = Change(app.store, letter.org, app.clock.now())
    change.delete(letter)
    change.log(
        who,
        "dead_letter_dropped",
        why="R-SEC-6",
        result=reason.strip()[:REASON_LENGTH],
        letter=letter.id,
        queue=str(letter.body["table"]),
    )
    change.commit()
    if letter.parent == arrivals.DELIVERY:
        app.blobs.delete(letter.body["body"]["blob"])


def run(app: App, *, dry_run: bool = False) -> Report:
    """Count what rests and end unreadable deliveries older than 30 days."""
    letters = list(every(app))
    before = app.clock.now() - DELIVERY_LIFE
    old = [item for item in letters if item.parent == arrivals.DELIVERY and _buried(item) < before]
    if not dry_run:
        for item in old:
            drop(app, item, who="zoho_privacy", reason="older than 30 days")
    left = [item for item in letters if dry_run or item not in old]
    oldest = min((_buried(item) for item in left), default=None)
    return Report(len(left), len(old), f"{oldest:%Y-%m-%d}" if oldest else "")


def _buried(letter: Item) -> datetime:
    return datetime.fromisoformat(letter.body["buried"])


def _open(app: App, letter: Item) -> bytes:
    sealed = b"".join(app.blobs.get(letter.body["body"]["blob"]))
    return app.sealer.open(sealed, context=arrivals.context_of(letter.org, letter.id))
