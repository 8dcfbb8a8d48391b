"""The one way by which a probe reaches Desk: every write must name records of this run only, or it is not sent.

Decides what counts as ours: ids that Desk gave for records we made, and records whose name is exactly a mark that this
run announced in its journal before (a mark holds 64 random bits). Paths must be on a list, ids in path, query and body
must be ours, addresses must be the run's own, departments the test department. Reads go through unseen.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from zoho_privacy.adapters.desk.protocol import Answer, Call, error_code, error_fields
from zoho_privacy.domain.errors import DeskForbidden, DeskRejected, NotAllowed, NotFound
from zoho_privacy.domain.profile import Evidence
from zoho_privacy.local.probe.journal import Journal, Made

READING_POSTS: Final = frozenset({"/subjectAccessRequests/count", "/subjectAccessRequests/entities"})
WRITES: Final = frozenset(
    {
        "POST /contacts",
        "POST /contacts/{id}/inviteAsEndUser",
        "PATCH /contacts/{id}",
        "POST /contacts/moveToTrash",
        "POST /users/{id}/anonymize",
        "POST /tickets",
        "PATCH /tickets/{id}",
        "POST /tickets/{id}/comments",
        "PATCH /tickets/{id}/comments/{id}",
        "DELETE /tickets/{id}/comments/{id}",
        "POST /tickets/{id}/attachments",
        "DELETE /tickets/{id}/attachments/{id}",
        "POST /tickets/{id}/associateTag",
        "POST /tickets/{id}/dissociateTag",
        "POST /tickets/{id}/sendReply",
        "POST /tickets/{id}/merge",
        "POST /tickets/markSpam",
        "POST /tickets/moveToTrash",
        "POST /tickets/updateMany",
        "POST /tasks",
        "POST /tasks/moveToTrash",
        "POST /uploads",
        "POST /recycleBin/delete",
        "POST /subjectAccessRequests/export",
        "POST /subjectAccessRequests/erase",
        "POST /webhooks",
        "DELETE /webhooks/{id}",
    }
)
IDS: Final = frozenset({"ids", "ticketIds", "contactIds", "entityIds", "attachmentIds", "secondaryContacts"})
ADDRESSES: Final = frozenset({"email", "to", "cc", "bcc", "contactEmailId", "secondaryEmail", "replyTo"})
DEPARTMENTS: Final = frozenset({"departmentId", "departmentIds"})
_DIGITS: Final = re.compile(r"[0-9]{6,}\Z")
_SEGMENT: Final = re.compile(r"(?<=/)[0-9]+(?=/|$)")


class Sender(Protocol):
    """What sends a call, the transport in earnest."""

    def send(self, call: Call) -> Answer:
        """Return the answer to a call that went well; raises the branches of `errors.py` otherwise."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer, refusals included. `template` is the call without ids; `body` may hold what we wrote ourselves."""

    template: str
    status: int
    code: str = ""
    fields: tuple[str, ...] = ()
    body: Any = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        """Tell whether Desk did what was asked."""
        return 200 <= self.status < 300

    @property
    def record(self) -> Mapping[str, Any]:
        """Return the single record of the answer, an empty one where there is none."""
        return self.body if isinstance(self.body, Mapping) else {}

    def rows(self, key: str = "data") -> list[Mapping[str, Any]]:
        """Return the records of a list; none where there is no list."""
        found = self.record.get(key)
        return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []

    def text(self, name: str) -> str:
        """Return a member as text, empty where it is missing or null."""
        value = self.record.get(name)
        return "" if value is None else str(value)

    @property
    def weight(self) -> float | None:
        """Return what the call cost by Desk's own header."""
        try:
            return float(self.headers["x-rate-limit-request-weight-v3"])
        except (KeyError, ValueError):
            return None

    def told(self, compared: str = "") -> Evidence:
        """Return the answer as evidence."""
        named = " ".join(part for part in (str(self.status), self.code, *self.fields) if part)
        return Evidence(self.template, named, compared)


@dataclass
class Guard:
    """Sends a probe's calls. `addresses` are those of this run; `hook_prefix` is where our receiver listens."""

    sender: Sender
    journal: Journal
    hook_prefix: str = ""
    before: Callable[[Call], None] = lambda _call: None
    writes: int = 0

    @property
    def addresses(self) -> frozenset[str]:
        """Return the addresses that this run's contacts may have."""
        return frozenset(address(self.journal.run, name, self.journal.domain) for name in NAMES)

    def ask(self, call: Call) -> Seen:
        """Send a call and return what Desk said.

        Raises:
            NotAllowed: It would write on what is not ours; nothing was sent.
            Retryable: There was no answer, or Desk asks to wait.
        """
        if not is_read(call):
            self.check(call)
            self.writes += 1
        self.before(call)
        template = shape(call)
        try:
            answer = self.sender.send(call)
        except NotFound:
            return Seen(template, 404, "URL_NOT_FOUND")
        except DeskRejected as refusal:
            return Seen(template, refusal.status, refusal.code, refusal.fields)
        except DeskForbidden as refusal:
            return Seen(template, 401 if refusal.code == "UNAUTHORIZED" else 403, refusal.code)
        return Seen(
            template, answer.status, error_code(answer), error_fields(answer), answer.json(), dict(answer.headers)
        )

    def make(self, call: Call, kind: str, mark: str, *, parent: str = "") -> Seen:
        """Send a call that makes a record: announced before, noted after. `record["id"]` is the new id."""
        self.journal.intend(kind, mark)
        seen = self.ask(call)
        if seen.ok and seen.text("id"):
            self.journal.note(Made(kind, seen.text("id"), mark, parent))
        return seen

    def adopt(self, kind: str, row: Mapping[str, Any], name: str, *, parent: str = "") -> str | None:
        """Take a record for ours that is called exactly as one we announced; return its id, None where it is not."""
        mark, record_id = row.get(name), row.get("id")
        if isinstance(mark, str) and mark in self.journal.marks and self.journal.run in mark and record_id:
            self.journal.note(Made(kind, str(record_id), mark, parent))
            return str(record_id)
        return None

    def child(self, kind: str, record_id: str, parent: str) -> str:
        """Take for ours what Desk shows as a part of a record of ours; raises NotAllowed where the parent is not."""
        if parent not in self.journal.made:
            raise NotAllowed("a part of a record that the probe did not make")
        self.journal.note(Made(kind, record_id, "", parent))
        return record_id

    def check(self, call: Call) -> None:
        """Raise NotAllowed unless a write names nothing but what is ours."""
        template = shape(call)
        if template not in WRITES:
            raise NotAllowed(f"the probe does not write by {template}")
        foreign = [
            *(each for each in _SEGMENT.findall(call.path) if each not in self.journal.made),
            *(each for each in call.query.values() if _DIGITS.match(each) and each not in self.journal.made),
            *self._foreign(call.json or {}),
        ]
        if foreign:
            raise NotAllowed(f"{template} names {len(foreign)} of what the probe did not make")

    def _foreign(self, body: Mapping[str, Any]) -> Iterator[str]:
        for name, value in body.items():
            if isinstance(value, Mapping):
                yield from self._foreign(value)
                continue
            for each in value if isinstance(value, list | tuple) else [value]:
                if isinstance(each, Mapping):
                    yield from self._foreign(each)
                elif not self._ours(name, each):
                    yield name

    def _ours(self, name: str, value: Any) -> bool:
        if isinstance(value, int) and not isinstance(value, bool):
            return False
        if not isinstance(value, str):
            return True
        if name in DEPARTMENTS:
            return value == self.journal.department
        if name in ADDRESSES:
            return value == "" or value in self.addresses
        if name == "url":
            return bool(self.hook_prefix) and value.startswith(self.hook_prefix)
        return value in self.journal.made or not (name in IDS or _DIGITS.match(value))


NAMES: Final = ("a", "b", "c", "d", "e")


def address(run: str, name: str, domain: str) -> str:
    """Return the address of one of a run's contacts."""
    return f"probe-{run}-{name}@{domain}"


def is_read(call: Call) -> bool:
    """Tell whether a call changes nothing."""
    return call.method == "GET" or (call.method == "POST" and call.path in READING_POSTS)


def shape(call: Call) -> str:
    """Return a call without ids, `GET /tickets/{id}` say; parameters by name only."""
    return f"{call.method} {_SEGMENT.sub('{id}', call.path)}"
