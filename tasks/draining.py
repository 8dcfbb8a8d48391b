"""What the two queue tasks share: emptying a queue in small bites, stopping in time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from zoho_privacy.workflows.context import App

BITE: Final = 20
BUDGET: Final = timedelta(minutes=5)
COUNT_LIMIT: Final = 1000


@dataclass(frozen=True, slots=True)
class Drained:
    """How many items were worked off, and whether some may be left for the next time."""

    queue: str
    taken: int
    left: bool

    def summary(self) -> str:
        """Return the report as a line."""
        return f"{self.queue}: {self.taken} worked off{', more are waiting' if self.left else ''}"


def empty(app: App, queue: str, drain: Callable[[App, int], int], *, tables: Sequence[str], dry_run: bool) -> Drained:
    """Drain until nothing is due or five minutes are over; in a dry run count what is due, up to 1000 a table."""
    began = app.clock.now()
    if dry_run:
        waiting = sum(len(app.store.due(table, now=began, limit=COUNT_LIMIT)) for table in tables)
        return Drained(queue, 0, left=bool(waiting))
    taken = 0
    while count := drain(app, BITE):
        taken += count
        if app.clock.now() - began > BUDGET:
            return Drained(queue, taken, left=True)
    return Drained(queue, taken, left=False)
