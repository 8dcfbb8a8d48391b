"""The embedded store: one SQLite table per kind of record, each a JSON document with indexed columns drawn from it.

Nothing here knows Zoho. A file keeps the portal across restarts; without one the records lie in a temporary file that
SQLite removes, so that a large portal needs disk and not memory. One connection, one lock: the caller holds
`Store.lock` for as long as its transaction lasts (desk/state.py does).
"""

import copy
import json
import re
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

Json = dict[str, Any]
CACHE_KIB: Final = 131_072
LIKE: Final = "_like"
"""Member of a document that leaves out what it shares with a template; `Store.add_template` names it."""
_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


@dataclass(frozen=True, slots=True)
class Column:
    """Where a column's value stands in the document. Folded values are lower case in ASCII, as SQL's `lower` is."""

    path: tuple[str, ...]
    folded: bool = False
    indexed: bool = True

    def value(self, document: Mapping[str, Any]) -> Any:
        found: Any = document
        for name in self.path:
            found = found.get(name) if isinstance(found, dict) else None
        return folded(found) if self.folded else found


def folded(value: Any) -> Any:
    """Return a text in lower case as SQL's `lower` has it, and anything else as it is."""
    if not isinstance(value, str):
        return value
    return value.lower() if value.isascii() else value.translate(_LOWER)


def _member(path: str, *, indexed: bool = True) -> Column:
    return Column(tuple(path.split(".")), indexed=indexed)


def _folded(path: str, *, indexed: bool = True) -> Column:
    return Column(tuple(path.split(".")), folded=True, indexed=indexed)


TABLES: Final[Mapping[str, Mapping[str, Column]]] = MappingProxyType(
    {
        "account": {"name": _folded("accountName")},
        "agent": {},
        "department": {"address": _folded("_address")},
        "field": {"module": _member("module"), "api_name": _member("apiName")},
        "from_address": {"department": _member("departmentId"), "address": _folded("address")},
        "contact": {
            "email": _folded("email"),
            "secondary": _folded("secondaryEmail"),
            "last_name": _folded("lastName"),
            "created": _member("createdTime", indexed=False),
            "trashed": _member("isTrashed", indexed=False),
        },
        "contact_comment": {"contact": _member("contactId")},
        "portal_user": {"contact": _member("contactId")},
        "ticket": {
            "number": _member("ticketNumber"),
            "department": _member("departmentId", indexed=False),
            "contact": _member("contactId"),
            "email": _folded("email"),
            "status": _member("status", indexed=False),
            "status_type": _member("statusType", indexed=False),
            "channel": _folded("channel", indexed=False),
            "priority": _member("priority", indexed=False),
            "assignee": _member("assigneeId", indexed=False),
            "created": _member("createdTime", indexed=False),
            "modified": _member("modifiedTime", indexed=False),
            "responded": _member("customerResponseTime", indexed=False),
            "due": _member("dueDate", indexed=False),
            "spam": _member("isSpam", indexed=False),
            "archived": _member("isArchived", indexed=False),
            "trashed": _member("isTrashed", indexed=False),
        },
        "secondary_contact": {"contact": _member("contactId"), "ticket": _member("ticketId")},
        "thread": {
            "ticket": _member("ticketId", indexed=False),
            "created": _member("createdTime", indexed=False),
            "status": _member("status", indexed=False),
            "channel": _member("channel", indexed=False),
            "direction": _member("direction", indexed=False),
            "forward": _member("isForward", indexed=False),
            "message": _member("_messageId"),
        },
        "comment": {"ticket": _member("ticketId"), "created": _member("commentedTime", indexed=False)},
        "comment_version": {"comment": _member("commentId"), "ticket": _member("ticketId")},
        "attachment": {
            "owner": _member("_owner"),
            "ticket": _member("_ticketId"),
            "trashed": _member("_trashed", indexed=False),
        },
        "history": {"ticket": _member("ticketId"), "contact": _member("contactId", indexed=False)},
        "resolution_version": {"ticket": _member("ticketId")},
        "tag": {"name": _folded("name")},
        "ticket_tag": {"ticket": _member("ticketId"), "tag": _member("tagId")},
        "activity": {
            "ticket": _member("ticketId"),
            "kind": _member("_kind", indexed=False),
            "trashed": _member("isTrashed", indexed=False),
        },
        "activity_comment": {"activity": _member("entityId")},
        "time_entry": {"ticket": _member("requestId"), "trashed": _member("isTrashed", indexed=False)},
        "approval": {"ticket": _member("ticketId")},
        "bin": {
            "record": _member("_recordId"),
            "deleted": _member("deletedTime"),
            "kind": _folded("type", indexed=False),
            "department": _member("departmentId", indexed=False),
            "visible_at": _member("_visibleAt", indexed=False),
        },
        "webhook": {},
        "sar": {"created": _member("createdTime")},
        "search_document": {
            "module": _member("module", indexed=False),
            "emails": _member("emails"),
            "subject": _folded("doc.subject", indexed=False),
            "contact": _member("doc.contactId"),
            "contact_name": _folded("contactName"),
            "phone": _folded("doc.phone"),
            "tags": _folded("tags"),
            "category": _folded("doc.category"),
            "number": _member("doc.ticketNumber"),
            "department": _member("doc.departmentId", indexed=False),
            "account": _member("doc.accountId", indexed=False),
            "assignee": _member("doc.assigneeId", indexed=False),
            "priority": _member("doc.priority", indexed=False),
            "channel": _member("doc.channel", indexed=False),
            "status": _member("doc.status", indexed=False),
            "status_type": _member("doc.statusType", indexed=False),
            "created": _member("doc.createdTime", indexed=False),
            "modified": _member("doc.modifiedTime", indexed=False),
            "responded": _member("doc.customerResponseTime", indexed=False),
            "due": _member("doc.dueDate", indexed=False),
            "trashed": _member("doc.isTrashed", indexed=False),
        },
        "crm_record": {
            "org": _member("_org", indexed=False),
            "module": _member("_module", indexed=False),
            "email": _folded("Email"),
            "secondary": _folded("Secondary_Email"),
            "parent": _member("_parent"),
            "deleted": _member("_deleted", indexed=False),
        },
        "agenda": {"due": _member("due"), "ref": _member("ref")},
        "outbox": {"recipient": _folded("to"), "ticket": _member("ticketId")},
        "delivery": {"status": _member("status")},
        "oauth_client": {},
        "refresh_token": {"client": _member("clientId")},
        "access_token": {"refresh": _member("refreshToken")},
        "grant_code": {},
        "meta": {},
    }
)


_SHOWN: Final = "department, status, trashed, archived, spam, channel, priority, assignee, responded"
_TIMES: Final = ("created", "modified", "responded")
_SOUGHT: Final = (
    "module, trashed, status_type, status, department, priority, channel, assignee, account, category, tags, subject"
)


def _search_by(time: str) -> str:
    others = ", ".join(each for each in _TIMES if each != time)
    return f"search_document ({time}, {others}, {_SOUGHT})"


INDEXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # what lists are sorted by, with what they are filtered by: they read no document but those of their page
        "ticket_by_created": f"ticket (created, {_SHOWN})",
        "ticket_by_modified": f"ticket (modified, {_SHOWN})",
        "ticket_archived": "ticket (department) WHERE archived AND NOT trashed",
        "contact_by_created": "contact (created, trashed)",
        "thread_of_ticket": "thread (ticket, created, status, channel, direction, forward)",
        **{f"search_by_{time}": _search_by(time) for time in _TIMES},
        "search_by_subject": "search_document (subject, module, trashed)",
    }
)


WORDS: Final = ("emails", "contact_name", "phone", "tags", "category", "subject")
"""Columns of search_document in which people look for parts of a text: their distinct values stand in search_word."""
_FORGET: Final = " ".join(
    f"DELETE FROM search_word WHERE kind = '{name}' AND text = OLD.{name}"  # noqa: S608  ours
    f" AND NOT EXISTS (SELECT 1 FROM search_document WHERE {name} = OLD.{name});"
    for name in WORDS
)
_LEARN: Final = " ".join(
    f"INSERT INTO search_word SELECT '{name}', NEW.{name} WHERE NEW.{name} IS NOT NULL"  # noqa: S608  ours
    f" AND NOT EXISTS (SELECT 1 FROM search_word WHERE kind = '{name}' AND text = NEW.{name});"
    for name in WORDS
)
TEXT_FROM: Final = 5_000
"""Documents of a module from which on an index of all letters pays; fewer are looked at one by one."""
SHORTEST_TEXT: Final = 3
_MOST_PIECES: Final = 30
_ESCAPED: Final = re.compile(r'["\\\x00-\x1f]')
"""Characters that stand otherwise in JSON."""
_TEXT_TABLES: Final = (
    "VIRTUAL TABLE search_text USING fts5 (text, tokenize='trigram', detail='none', content='', columnsize=0)",
    "TABLE search_text_of (module TEXT PRIMARY KEY) WITHOUT ROWID",
    "TABLE search_text_later (document INTEGER PRIMARY KEY)",
)
_LATER: Final = (  # no "OR IGNORE": what fires a trigger overrules it
    "INSERT INTO search_text_later SELECT NEW.rowid WHERE EXISTS (SELECT 1 FROM search_text_of)"
    " AND NOT EXISTS (SELECT 1 FROM search_text_later WHERE document = NEW.rowid);"
)
TRIGGERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "search_added": f"AFTER INSERT ON search_document BEGIN {_LEARN} {_LATER} END",
        "search_changed": f"AFTER UPDATE ON search_document BEGIN {_LEARN} {_FORGET} {_LATER} END",
        "search_removed": f"AFTER DELETE ON search_document BEGIN {_FORGET} END",
    }
)
_LINK_TABLE: Final = "link (person INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (person, place)) WITHOUT ROWID"
_WORD_TABLE: Final = "search_word (kind TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (kind, text)) WITHOUT ROWID"
VERSION: Final = (
    zlib.crc32(repr((TABLES, INDEXES, TRIGGERS, _WORD_TABLE, _TEXT_TABLES, _LINK_TABLE)).encode()) & 0x7FFFFFFF
)
"""Of the tables above; a file of another version is refused."""


class Store:
    """Documents by table and id. Every method expects the caller to hold `lock`."""

    def __init__(self, path: str | None = None) -> None:
        """Open *path*, or a temporary place that goes with the process.

        Raises:
            ValueError: The file was written by another version of this package.
        """
        self.lock = threading.RLock()
        self._kept = bool(path)
        self._bulk = False
        self.text_from = TEXT_FROM
        self._templates: dict[int, Json] = {}
        self._database = sqlite3.connect(path or "", check_same_thread=False, isolation_level=None)
        self._database.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        self._database.execute("PRAGMA page_size=8192")
        self._database.execute("PRAGMA synchronous=OFF")
        self._journal(bulk=False)
        self._create()

    def _journal(self, *, bulk: bool) -> None:
        # A log of a bulk load would be as large as the portal; a rollback journal of new pages is empty.
        mode = ("DELETE" if bulk else "WAL") if self._kept else "MEMORY"
        self._database.execute(f"PRAGMA journal_mode={mode}")

    def _create(self) -> None:
        found = self._database.execute("PRAGMA user_version").fetchone()[0]
        if found == VERSION:
            self._load_templates()
            return
        if found or self._database.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise ValueError("the state file was written by another version of the emulator; take a new one")
        self._database.execute("CREATE TABLE blob (id TEXT PRIMARY KEY, data BLOB NOT NULL)")
        self._database.execute("CREATE TABLE template (id INTEGER PRIMARY KEY, doc TEXT NOT NULL)")
        for table, columns in TABLES.items():
            made = "".join(f", {name}" for name in columns)
            self._database.execute(f"CREATE TABLE {table} (id TEXT PRIMARY KEY, doc TEXT NOT NULL{made})")
        for table in (_WORD_TABLE, _LINK_TABLE):
            self._database.execute(f"CREATE TABLE {table}")
        for table in _TEXT_TABLES:
            self._database.execute(f"CREATE {table}")
        self._create_indexes()
        self._database.execute(f"PRAGMA user_version={VERSION}")

    def _create_indexes(self) -> None:
        for name, place in _indexes():
            self._database.execute(f"CREATE INDEX {name} ON {place}")
        for name in WORDS:
            self._database.execute(
                f"INSERT OR IGNORE INTO search_word SELECT DISTINCT '{name}', {name} FROM search_document "  # noqa: S608
                f"WHERE {name} IS NOT NULL"
            )
        for name, rule in TRIGGERS.items():
            self._database.execute(f"CREATE TRIGGER {name} {rule}")

    def _drop_indexes(self) -> None:
        for name, _ in _indexes():
            self._database.execute(f"DROP INDEX {name}")
        for name in TRIGGERS:
            self._database.execute(f"DROP TRIGGER {name}")

    def _load_templates(self) -> None:
        rows = self._database.execute("SELECT id, doc FROM template").fetchall()
        self._templates = {number: json.loads(text) for number, text in rows}

    def close(self) -> None:
        self._database.close()

    def begin(self, *, bulk: bool = False) -> None:
        """Begin a transaction. A *bulk* one is for very many records: it has no indexes until it is committed."""
        if bulk:
            self._journal(bulk=True)
        self._database.execute("BEGIN")
        self._bulk = bulk
        if bulk:
            self._drop_indexes()

    def commit(self) -> None:
        if self._bulk:
            self._create_indexes()
        self._database.execute("COMMIT")
        self._end()

    def rollback(self) -> None:
        self._database.execute("ROLLBACK")
        self._load_templates()
        self._end()

    def _end(self) -> None:
        if self._bulk:
            self._bulk = False
            self._journal(bulk=False)

    def clear(self) -> None:
        for table in (*TABLES, "blob", "template", "search_word", "link", "search_text_of", "search_text_later"):
            self._database.execute(f"DELETE FROM {table}")  # noqa: S608  table names are ours
        self._database.execute("INSERT INTO search_text (search_text) VALUES ('delete-all')")
        self._templates.clear()

    def put(self, table: str, document: Json) -> Json:
        """Insert or replace by `id`; a replaced record keeps its place in insertion order."""
        text = json.dumps(document, ensure_ascii=False)
        values = [column.value(document) for column in TABLES[table].values()]
        self._database.execute(_UPSERT[table], (document["id"], text, *values))
        return document

    # many at once

    def add_template(self, document: Json) -> int:
        """Keep members that many documents share; a document with `_like` set to the result has them too.

        Only for members that no query reads with `json_extract`, and for no column.
        """
        text = json.dumps(document, ensure_ascii=False)
        number = self._database.execute("INSERT INTO template (doc) VALUES (?)", (text,)).lastrowid
        if number is None:
            raise RuntimeError("SQLite named no row")
        self._templates[number] = document
        return number

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert new records from rows of id, JSON text and the values of *columns*."""
        marks = ", ".join("?" * (2 + len(columns)))
        names = ", ".join(("id", "doc", *columns))
        self._database.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608  ours

    def insert_blobs(self, rows: Iterable[tuple[str, bytes]]) -> None:
        self._database.executemany("INSERT INTO blob (id, data) VALUES (?, ?)", rows)

    def link(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Note that a generated person stands in a generated place."""
        self._database.executemany("INSERT OR IGNORE INTO link (person, place) VALUES (?, ?)", pairs)

    def places_of(self, person: int) -> list[int]:
        """Return the generated places in which a person stands, in order."""
        found = self._database.execute("SELECT place FROM link WHERE person = ? ORDER BY place", (person,))
        return [place for (place,) in found]

    # reading

    def loaded(self, document: Json) -> Json:
        """Return a stored document with the members of its template."""
        number = document.pop(LIKE, None)
        if number is None:
            return document
        shared = {
            name: copy.deepcopy(value) if isinstance(value, (dict, list)) else value
            for name, value in self._templates[number].items()
            if name not in document
        }
        return shared | document

    def get(self, table: str, record_id: str) -> Json | None:
        row = self._database.execute(f"SELECT doc FROM {table} WHERE id = ?", (record_id,)).fetchone()  # noqa: S608  ours
        return None if row is None else self.loaded(json.loads(row[0]))

    def find(
        self,
        table: str,
        where: str = "1",
        *values: Any,
        order: str = "rowid",
        limit: int = -1,
        offset: int = 0,
    ) -> list[Json]:
        """Return matching documents. *where* and *order* are SQL of this package, *values* are anybody's."""
        if limit >= 0 and (offset or order != "rowid"):
            return self._page(table, where, values, order, limit, offset)
        rows = self._database.execute(
            f"SELECT doc FROM {table} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608  ours
            (*values, limit, offset),
        )
        return [self.loaded(json.loads(row[0])) for row in rows]

    def _page(self, table: str, where: str, values: tuple[Any, ...], order: str, limit: int, offset: int) -> list[Json]:
        """Find the rows first and read their documents then: sorting would carry all documents along."""
        chosen = self._database.execute(
            f"SELECT rowid FROM {table} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608  ours
            (*values, limit, offset),
        ).fetchall()
        read = f"SELECT doc FROM {table} WHERE rowid = ?"  # noqa: S608  ours
        return [self.loaded(json.loads(self._database.execute(read, row).fetchone()[0])) for row in chosen]

    def first(self, table: str, where: str, *values: Any, order: str = "rowid") -> Json | None:
        found = self.find(table, where, *values, order=order, limit=1)
        return found[0] if found else None

    def row(self, table: str, columns: Sequence[str], where: str, *values: Any, order: str) -> tuple[Any, ...] | None:
        """Return columns of the first matching record without reading its document."""
        query = f"SELECT {', '.join(columns)} FROM {table} WHERE {where} ORDER BY {order} LIMIT 1"  # noqa: S608  ours
        found: tuple[Any, ...] | None = self._database.execute(query, values).fetchone()
        return found

    def words(self, kind: str, clause: str, *values: Any) -> list[str]:
        """Return the distinct values of a search column (WORDS) whose `text` fulfils *clause*."""
        query = f"SELECT text FROM search_word WHERE kind = ? AND ({clause})"  # noqa: S608  ours
        return [text for (text,) in self._database.execute(query, (kind, *values))]

    def narrowed(self, module: str, pieces: Iterable[str]) -> tuple[str, list[str]] | None:
        """Return a clause that holds for each search document of *module* with all *pieces* in it, and for few more.

        None where all have to be looked at. The index of all letters is made at the first question that it serves; what
        changes later is looked at besides.
        """
        wanted = list(pieces)
        parts = {each[at : at + SHORTEST_TEXT] for each in wanted for at in range(len(each) - SHORTEST_TEXT + 1)}
        if not parts or any(map(_ESCAPED.search, wanted)) or not self._knows_texts(module):
            return None
        match = " AND ".join(f'"{each}"' for each in sorted(parts)[:_MOST_PIECES])
        found = "SELECT rowid FROM search_text WHERE search_text MATCH ? UNION SELECT document FROM search_text_later"
        return f"rowid IN ({found})", [match]

    def _knows_texts(self, module: str) -> bool:
        run = self._database.execute
        if run("SELECT 1 FROM search_text_of WHERE module = ?", (module,)).fetchone():
            return True
        if self.count("search_document", "module = ?", module) < self.text_from:
            return False
        run("SAVEPOINT texts")
        run("INSERT INTO search_text (rowid, text) SELECT rowid, doc FROM search_document WHERE module = ?", (module,))
        run("INSERT INTO search_text_of VALUES (?)", (module,))
        run("RELEASE texts")
        return True

    def count(self, table: str, where: str = "1", *values: Any) -> int:
        row = self._database.execute(f"SELECT count(*) FROM {table} WHERE {where}", values).fetchone()  # noqa: S608  ours
        return int(row[0])

    def remove(self, table: str, where: str, *values: Any) -> int:
        return self._database.execute(f"DELETE FROM {table} WHERE {where}", values).rowcount  # noqa: S608  ours

    def put_blob(self, blob_id: str, data: bytes) -> None:
        self._database.execute("INSERT OR REPLACE INTO blob (id, data) VALUES (?, ?)", (blob_id, data))

    def blob(self, blob_id: str) -> bytes | None:
        row = self._database.execute("SELECT data FROM blob WHERE id = ?", (blob_id,)).fetchone()
        return None if row is None else bytes(row[0])

    def remove_blobs(self, blob_ids: Iterable[str]) -> None:
        self._database.executemany("DELETE FROM blob WHERE id = ?", [(blob_id,) for blob_id in blob_ids])

    def texts(self, tables: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Return (table, JSON text) of every document, for whoever looks at all of them. Write nothing meanwhile."""
        for table in tables:
            for (text,) in self._database.execute(f"SELECT doc FROM {table}"):  # noqa: S608  ours
                yield table, text

    def blobs(self) -> Iterator[tuple[str, bytes]]:
        """Return (id, bytes) of every file. Write nothing meanwhile."""
        for blob_id, data in self._database.execute("SELECT id, data FROM blob"):
            yield blob_id, bytes(data)

    def meta(self, name: str, default: Any = None) -> Any:
        document = self.get("meta", name)
        return default if document is None else document["value"]

    def set_meta(self, name: str, value: Any) -> None:
        self.put("meta", {"id": name, "value": value})


def _indexes() -> Iterator[tuple[str, str]]:
    for table, columns in TABLES.items():
        for name, column in columns.items():
            if column.indexed:
                yield f"{table}_{name}", f"{table} ({name})"
    yield from INDEXES.items()


def _upsert(table: str) -> str:
    names = ["id", "doc", *TABLES[table]]
    new = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT(id) DO UPDATE SET {new}"  # noqa: S608  ours


_UPSERT: Final[Mapping[str, str]] = MappingProxyType({table: _upsert(table) for table in TABLES})
