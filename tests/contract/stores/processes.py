"""A Store whose calls are served by two processes in turn, over one file: each sees what the other wrote."""

import itertools
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from functools import lru_cache
from typing import Any

from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.ports import Item, Write


@lru_cache(maxsize=4)
def _store(path: str) -> SqliteStore:
    return SqliteStore(path)


def _call(path: str, method: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    return getattr(_store(path), method)(*args, **options)


class TwoProcesses:
    """Calls go to one process, then the other."""

    def __init__(self, path: str, pools: Sequence[ProcessPoolExecutor]) -> None:
        self._path = path
        self._turns = itertools.cycle(pools)

    def _ask(self, method: str, *args: Any, **options: Any) -> Any:
        return next(self._turns).submit(_call, self._path, method, args, options).result(timeout=60)

    def get(self, org: str, table: str, id: str) -> Item | None:  # noqa: A002  the port's word
        found: Item | None = self._ask("get", org, table, id)
        return found

    def find(
        self, org: str, table: str, *, parent: str | None = None, after: str = "", limit: int = 100
    ) -> Sequence[Item]:
        found: Sequence[Item] = self._ask("find", org, table, parent=parent, after=after, limit=limit)
        return found

    def due(self, table: str, *, now: datetime, limit: int = 100) -> Sequence[Item]:
        found: Sequence[Item] = self._ask("due", table, now=now, limit=limit)
        return found

    def commit(self, writes: Sequence[Write]) -> None:
        self._ask("commit", writes)
