"""The Store in memory: for tests and short simulations. Same rules as every other store, gone with the process."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from zoho_privacy.adapters.stores.documents import Key, Row, Step, conflict_text, due_text, from_row, steps
from zoho_privacy.domain.errors import BadInput, Conflict
from zoho_privacy.ports import Item, Write


class MemoryStore:
    """A Store for one process. Rows hold JSON text, so that nobody shares a body with the store."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tables: defaultdict[tuple[str, str], dict[str, Row]] = defaultdict(dict)

    def get(self, org: str, table: str, id: str) -> Item | None:  # noqa: A002  the port's word
        """See the port."""
        with self._lock:
            row = self._tables[org, table].get(id)
        return None if row is None else from_row(row)

    def find(
        self, org: str, table: str, *, parent: str | None = None, after: str = "", limit: int = 100
    ) -> Sequence[Item]:
        """See the port."""
        if parent == "":
            raise BadInput("a parent has at least one character")
        with self._lock:
            rows = self._tables[org, table]
            ids = sorted(id_ for id_, row in rows.items() if id_ > after and parent in {None, row.parent})
            found = [rows[id_] for id_ in ids[: max(limit, 0)]]
        return [from_row(row) for row in found]

    def due(self, table: str, *, now: datetime, limit: int = 100) -> Sequence[Item]:
        """See the port; items due at the same moment come by organisation and id."""
        latest = due_text(now) or ""
        with self._lock:
            tables = [rows for (_, name), rows in self._tables.items() if name == table]
            waiting = [row for rows in tables for row in rows.values() if row.due is not None and row.due <= latest]
        waiting.sort(key=lambda row: (row.due, row.org, row.id))
        return [from_row(row) for row in waiting[: max(limit, 0)]]

    def commit(self, writes: Sequence[Write]) -> None:
        """See the port."""
        todo = steps(writes)
        with self._lock:
            for step in todo:
                if self._version(step.key) != step.version:
                    raise Conflict(conflict_text(step.key))
            for step in todo:
                self._apply(step)

    def _version(self, key: Key) -> int:
        row = self._tables[key[:2]].get(key[2])
        return 0 if row is None else row.version

    def _apply(self, step: Step) -> None:
        rows = self._tables[step.key[:2]]
        if step.does == "put":
            rows[step.row.id] = step.row
        elif step.does == "delete":
            rows.pop(step.row.id, None)
