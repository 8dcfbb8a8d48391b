"""The Store in one SQLite file, for a single machine: any number of threads and processes on a local disk.

Write-ahead log with `synchronous=FULL`: a commit that returned survives a killed process and a power cut, which a
webhook answered with 200 relies on. `BEGIN IMMEDIATE` takes the only write lock before a condition is read, so a
condition that held still holds when the write lands. Not for network drives (their locks cannot be trusted).
What is deleted is overwritten with zeros (`secure_delete`).

Sources, read 2026-10: sqlite.org/wal.html, rescode.html, partialindex.html, pragma.html.
"""

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from zoho_privacy.adapters.stores.documents import Row, Step, conflict_text, due_text, from_row, steps
from zoho_privacy.domain.errors import BadInput, Conflict, NeedsHuman, StoreUnavailable
from zoho_privacy.ports import Item, Write

SCHEMA_VERSION: Final = 1
SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT",
    """CREATE TABLE IF NOT EXISTS item (
        org TEXT NOT NULL, tab TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
        parent TEXT, due TEXT, body TEXT NOT NULL, PRIMARY KEY (org, tab, id)) STRICT""",
    "CREATE INDEX IF NOT EXISTS item_parent ON item (org, tab, parent, id) WHERE parent IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS item_due ON item (tab, due, org, id) WHERE due IS NOT NULL",
)
PAGE: Final = 500
COLUMNS: Final = "org, tab, id, version, parent, due, body"
GET: Final = f"SELECT {COLUMNS} FROM item WHERE org = ? AND tab = ? AND id = ?"  # noqa: S608  constants only
FIND: Final = f"SELECT {COLUMNS} FROM item WHERE org = ? AND tab = ? AND id > ? ORDER BY id LIMIT ?"  # noqa: S608
FIND_OF: Final = (
    f"SELECT {COLUMNS} FROM item WHERE org = ? AND tab = ? AND parent = ? AND id > ? "  # noqa: S608
    "ORDER BY id LIMIT ?"
)
ALL: Final = (
    f"SELECT {COLUMNS} FROM item WHERE (org, tab, id) > (?, ?, ?) "  # noqa: S608
    "ORDER BY org, tab, id LIMIT ?"
)
DUE: Final = f"SELECT {COLUMNS} FROM item WHERE tab = ? AND due <= ? ORDER BY due, org, id LIMIT ?"  # noqa: S608
PUT: Final = f"INSERT OR REPLACE INTO item ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
VERSION: Final = "SELECT version FROM item WHERE org = ? AND tab = ? AND id = ?"
DELETE: Final = "DELETE FROM item WHERE org = ? AND tab = ? AND id = ?"

DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
PASSING: Final = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_AUTH,
})  # fmt: skip


class SqliteStore:
    """A Store in the file `path`, which is created, readable by its owner only, where there is none.

    Each thread has a connection of its own. `timeout_s` bounds how long a call waits for another's lock.

    Raises:
        BadInput: The file was written by a newer version of the suite.
        NeedsHuman: The file is no database or is damaged.
        StoreUnavailable: It cannot be opened just now.
    """

    def __init__(self, path: Path | str, *, timeout_s: float = 10.0) -> None:
        self._path = Path(path)
        self._timeout_s = timeout_s
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._open: list[tuple[threading.Thread, sqlite3.Connection]] = []
        weakref.finalize(self, _close_all, self._open).atexit = False
        with _plainly():
            self._prepare()

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._path

    def get(self, org: str, table: str, id: str) -> Item | None:  # noqa: A002  the port's word
        """See the port."""
        found = self._rows(GET, org, table, id)
        return found[0] if found else None

    def find(
        self, org: str, table: str, *, parent: str | None = None, after: str = "", limit: int = 100
    ) -> Sequence[Item]:
        """See the port."""
        if parent == "":
            raise BadInput("a parent has at least one character")
        if parent is None:
            return self._rows(FIND, org, table, after, max(limit, 0))
        return self._rows(FIND_OF, org, table, parent, after, max(limit, 0))

    def everything(self) -> Iterator[Item]:
        """Yield every item by organisation, table and id: for moving house. What is written meanwhile may be missed."""
        last = ("", "", "")
        while found := self._rows(ALL, *last, PAGE):
            yield from found
            last = (found[-1].org, found[-1].table, found[-1].id)

    def due(self, table: str, *, now: datetime, limit: int = 100) -> Sequence[Item]:
        """See the port; items due at the same moment come by organisation and id."""
        return self._rows(DUE, table, due_text(now), max(limit, 0))

    def commit(self, writes: Sequence[Write]) -> None:
        """See the port."""
        todo = steps(writes)
        with _plainly(), _transaction(self._connection()) as db:
            for step in todo:
                _require(db, step)
            for step in todo:
                _apply(db, step)

    def integrity(self) -> Sequence[str]:
        """Return what SQLite finds wrong with the file, nothing where it is sound; reads all of it."""
        with _plainly():
            lines = [str(line) for (line,) in self._connection().execute("PRAGMA integrity_check(20)")]
        return [] if lines == ["ok"] else lines

    def back_up(self, target: Path) -> None:
        """Copy the whole store as of one moment into `target` while others go on working."""
        with _plainly():
            _create(target)
            copy = sqlite3.connect(target)
            try:
                self._connection().backup(copy)
            finally:
                copy.close()

    def close(self) -> None:
        """Close all connections, also those of other threads; a later call opens a new one."""
        with self._lock:
            _close_all(self._open)
        self._mine = threading.local()

    def _rows(self, statement: str, *values: str | int | None) -> list[Item]:
        with _plainly():
            rows = self._connection().execute(statement, values).fetchall()
        return [from_row(Row(*row)) for row in rows]

    def _connection(self) -> sqlite3.Connection:
        """Return this thread's connection; one inherited through a fork is left alone (SQLite: never carry over)."""
        mine: tuple[int, sqlite3.Connection] | None = getattr(self._mine, "connection", None)
        if mine is not None and mine[0] == os.getpid():
            return mine[1]
        connection = self._connect()
        self._mine.connection = (os.getpid(), connection)
        with self._lock:
            _close_all(self._open, only_finished=True)
            self._open.append((threading.current_thread(), connection))
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=self._timeout_s, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    def _prepare(self) -> None:
        _create(self._path)
        db = self._connection()
        self._write_ahead(db)
        if self._stored_version(db) is None:
            with _transaction(db):
                for statement in SCHEMA:
                    db.execute(statement)
                if self._stored_version(db) is None:
                    db.execute("INSERT INTO schema_version VALUES (?)", (SCHEMA_VERSION,))
        found = self._stored_version(db)
        if found != SCHEMA_VERSION:
            self.close()
            raise BadInput(
                f"the state file has schema {found}, this version of the suite knows {SCHEMA_VERSION}: "
                "install the version that wrote it, or restore a backup"
            )

    def _write_ahead(self, db: sqlite3.Connection) -> None:
        """Switch to the write-ahead log; SQLite does not wait for others here, so we do."""
        patience = time.monotonic() + self._timeout_s
        while db.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            try:
                db.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if _primary(error) not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} or time.monotonic() > patience:
                    raise
                time.sleep(0.02)

    @staticmethod
    def _stored_version(db: sqlite3.Connection) -> int | None:
        known = db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'").fetchone()
        row = db.execute("SELECT max(version) FROM schema_version").fetchone() if known else None
        return None if row is None else row[0]


def _close_all(connections: list[tuple[threading.Thread, sqlite3.Connection]], *, only_finished: bool = False) -> None:
    """Close connections and forget them: all, or those of threads that have ended."""
    for entry in [entry for entry in connections if not (only_finished and entry[0].is_alive())]:
        entry[1].close()
        connections.remove(entry)


def _create(path: Path) -> None:
    """Create the file before SQLite does, so that nobody else may read it; its log files take over the mode.

    One that is there is not opened: closing it again would drop the locks that this process's other connections hold
    (sqlite.org/howtocorrupt.html), and another process would take the log away under them.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise StoreUnavailable(f"the state file cannot be opened: {error.strerror}") from error


def _require(db: sqlite3.Connection, step: Step) -> None:
    row = db.execute(VERSION, step.key).fetchone()
    if (row[0] if row else 0) != step.version:
        raise Conflict(conflict_text(step.key))


def _apply(db: sqlite3.Connection, step: Step) -> None:
    if step.does == "put":
        db.execute(PUT, step.row)
    elif step.does == "delete":
        db.execute(DELETE, step.key)


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Hold the write lock; all of the block's writes land, or none."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
        db.execute("COMMIT")
    finally:
        if db.in_transaction:  # SQLite itself rolls back after some errors, a full disk among them
            db.execute("ROLLBACK")


def _primary(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; the higher bits only say where it happened."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


@contextmanager
def _plainly() -> Iterator[None]:
    """Say in our words what SQLite ran into. Its own texts may hold paths and stay in the cause."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        if _primary(error) in DAMAGED:
            raise NeedsHuman(f"the state file is damaged ({name}): stop the suite and restore a backup") from error
        if _primary(error) in PASSING:
            raise StoreUnavailable(f"the state file cannot be used just now ({name})") from error
        raise
