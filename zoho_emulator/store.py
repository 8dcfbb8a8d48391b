"""The embedded store: one SQLite table per kind of record, each a JSON document with indexed columns drawn from it.

Nothing here knows Zoho. In memory by default; a file keeps the portal across restarts. One connection, one lock: the
caller holds `Store.lock` for as long as its transaction lasts (desk/state.py does).
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

Json = dict[str, Any]


def _member(name: str) -> str:
    return f"json_extract(doc, '$.{name}')"


def _folded(name: str) -> str:
    return f"lower(json_extract(doc, '$.{name}'))"


TABLES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "agent": {},
        "department": {"address": _folded("_address")},
        "field": {"module": _member("module"), "api_name": _member("apiName")},
        "from_address": {"department": _member("departmentId"), "address": _folded("address")},
        "contact": {
            "email": _folded("email"),
            "secondary": _folded("secondaryEmail"),
            "last_name": _folded("lastName"),
            "created": _member("createdTime"),
            "trashed": _member("isTrashed"),
        },
        "contact_comment": {"contact": _member("contactId")},
        "portal_user": {"contact": _member("contactId")},
        "ticket": {
            "number": _member("ticketNumber"),
            "department": _member("departmentId"),
            "contact": _member("contactId"),
            "email": _folded("email"),
            "status_type": _member("statusType"),
            "created": _member("createdTime"),
            "modified": _member("modifiedTime"),
            "archived": _member("isArchived"),
            "trashed": _member("isTrashed"),
        },
        "secondary_contact": {"contact": _member("contactId"), "ticket": _member("ticketId")},
        "thread": {
            "ticket": _member("ticketId"),
            "created": _member("createdTime"),
            "message": _member("_messageId"),
        },
        "comment": {"ticket": _member("ticketId"), "created": _member("commentedTime")},
        "comment_version": {"comment": _member("commentId"), "ticket": _member("ticketId")},
        "attachment": {
            "owner": _member("_owner"),
            "ticket": _member("_ticketId"),
            "trashed": _member("_trashed"),
        },
        "history": {"ticket": _member("ticketId"), "contact": _member("contactId")},
        "resolution_version": {"ticket": _member("ticketId")},
        "tag": {"name": _folded("name")},
        "ticket_tag": {"ticket": _member("ticketId"), "tag": _member("tagId")},
        "activity": {
            "ticket": _member("ticketId"),
            "kind": _member("_kind"),
            "trashed": _member("isTrashed"),
        },
        "activity_comment": {"activity": _member("entityId")},
        "time_entry": {"ticket": _member("requestId"), "trashed": _member("isTrashed")},
        "approval": {"ticket": _member("ticketId")},
        "bin": {"record": _member("_recordId"), "deleted": _member("deletedTime")},
        "webhook": {},
        "sar": {"created": _member("createdTime")},
        "search_document": {
            "module": _member("module"),
            "emails": _member("emails"),
            "subject": _folded("doc.subject"),
            "contact": _member("doc.contactId"),
            "created": _member("doc.createdTime"),
            "modified": _member("doc.modifiedTime"),
            "responded": _member("doc.customerResponseTime"),
            "number": _member("doc.ticketNumber"),
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


class Store:
    """Documents by table and id. Every method expects the caller to hold `lock`."""

    def __init__(self, path: str | None = None) -> None:
        self.lock = threading.RLock()
        self._database = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        if path:
            self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=OFF")
        self._create()

    def _create(self) -> None:
        self._database.execute("CREATE TABLE IF NOT EXISTS blob (id TEXT PRIMARY KEY, data BLOB NOT NULL)")
        for table, columns in TABLES.items():
            generated = "".join(f", {name} AS ({source}) STORED" for name, source in columns.items())
            self._database.execute(
                f"CREATE TABLE IF NOT EXISTS {table} (id TEXT PRIMARY KEY, doc TEXT NOT NULL{generated})"
            )
            for name in columns:
                self._database.execute(f"CREATE INDEX IF NOT EXISTS {table}_{name} ON {table} ({name})")

    def close(self) -> None:
        self._database.close()

    def begin(self) -> None:
        self._database.execute("BEGIN")

    def commit(self) -> None:
        self._database.execute("COMMIT")

    def rollback(self) -> None:
        self._database.execute("ROLLBACK")

    def clear(self) -> None:
        for table in (*TABLES, "blob"):
            self._database.execute(f"DELETE FROM {table}")  # noqa: S608  table names are ours

    def put(self, table: str, document: Json) -> Json:
        """Insert or replace by `id`; a replaced record keeps its place in insertion order."""
        self._database.execute(
            f"INSERT INTO {table} (id, doc) VALUES (?, ?) "  # noqa: S608  table names are ours
            "ON CONFLICT(id) DO UPDATE SET doc = excluded.doc",
            (document["id"], json.dumps(document, ensure_ascii=False)),
        )
        return document

    def get(self, table: str, record_id: str) -> Json | None:
        row = self._database.execute(f"SELECT doc FROM {table} WHERE id = ?", (record_id,)).fetchone()  # noqa: S608  ours
        return None if row is None else _loaded(row[0])

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
        rows = self._database.execute(
            f"SELECT doc FROM {table} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608  ours
            (*values, limit, offset),
        )
        return [_loaded(row[0]) for row in rows]

    def first(self, table: str, where: str, *values: Any, order: str = "rowid") -> Json | None:
        found = self.find(table, where, *values, order=order, limit=1)
        return found[0] if found else None

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
        """Return (table, JSON text) of every document, for whoever looks at all of them."""
        for table in tables:
            for (text,) in self._database.execute(f"SELECT doc FROM {table}").fetchall():  # noqa: S608  ours
                yield table, text

    def blobs(self) -> Iterator[tuple[str, bytes]]:
        for blob_id, data in self._database.execute("SELECT id, data FROM blob").fetchall():
            yield blob_id, bytes(data)

    def meta(self, name: str, default: Any = None) -> Any:
        document = self.get("meta", name)
        return default if document is None else document["value"]

    def set_meta(self, name: str, value: Any) -> None:
        self.put("meta", {"id": name, "value": value})


def _loaded(text: str) -> Json:
    document: Json = json.loads(text)
    return document
