"""What workflows need of the world, as Protocols. Each has one contract suite in tests/contract.

The only way to write to somebody's data is `DeskWriter`, and the only holder of one is `workflows/writes.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:  # the function behind the webhook needs items, and none of the records that Desk has
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from zoho_privacy.domain import records as r
    from zoho_privacy.domain.crm import CrmRecord
    from zoho_privacy.domain.sources import About, PersonRecord, Sought, SourceRecord


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """Return the current time, UTC and timezone-aware."""


# ---------------------------------------------------------------------------------------------------------------- state


@dataclass(frozen=True, slots=True)
class Item:
    """A stored document. Key: (org, table, id). `version` is 1 after the first write and grows by one per write.

    `parent` groups items for `find` (a case under its ticket, say); `due` puts an item on the agenda that `due()`
    reads. Both are optional and indexed. `body` is JSON (str, int, float, bool, None, list, dict).
    """

    org: str
    table: str
    id: str
    body: Mapping[str, Any]
    version: int = 0
    parent: str | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """Write `item` if the stored version is `item.version` (0: must not exist yet). Stored with version + 1."""

    item: Item


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the item if its stored version is `item.version`."""

    item: Item


@dataclass(frozen=True, slots=True)
class Check:
    """Write nothing, but require that the stored version is `item.version` (0: that it does not exist)."""

    item: Item


Write = Put | Delete | Check


class Store(Protocol):
    """All state of the suite. A commit is one transaction: all of it lands or none of it."""

    def get(self, org: str, table: str, id: str) -> Item | None:  # noqa: A002  the field is called id everywhere
        """Return the item, read strongly consistent, or None."""

    def find(
        self, org: str, table: str, *, parent: str | None = None, after: str = "", limit: int = 100
    ) -> Sequence[Item]:
        """Return up to `limit` items of a table, only those with this parent where given, by id, id > `after`."""

    def due(self, table: str, *, now: datetime, limit: int = 100) -> Sequence[Item]:
        """Return up to `limit` items of a table, of all organisations, with `due` at or before `now`, oldest first."""

    def commit(self, writes: Sequence[Write]) -> None:
        """Apply all writes in one transaction (at most 90, each key once).

        Raises:
            Conflict: A condition did not hold; nothing was written.
            StoreUnavailable: Nothing is known to be written (locked, disk full, unreachable); safe to repeat since
                every write is conditional.
        """


class Blobs(Protocol):
    """Files of the suite: plans, exports. Names are relative paths of ASCII letters, digits, `-_./`."""

    def put(self, name: str, chunks: Iterable[bytes]) -> int:
        """Store a file whole or not at all, replacing one of that name; return its size in bytes."""

    def get(self, name: str) -> Iterator[bytes]:
        """Yield the file in chunks; raises NotFound before the first chunk where there is none."""

    def delete(self, name: str) -> bool:
        """Remove the file; return whether it was there."""

    def names(self, prefix: str) -> Sequence[str]:
        """Return the names that start with `prefix`, sorted."""


class Sealer(Protocol):
    """Encrypts what must rest for a while and holds personal data (a broken event, an export)."""

    def seal(self, data: bytes, *, context: str) -> bytes:
        """Encrypt and authenticate `data`, bound to `context`."""

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """Return the data; raises Tampered where seal or context does not fit."""

    def new_key(self) -> bytes:
        """Return a random key: what is sealed under it alone is gone once every copy of the key is."""

    def under(self, key: bytes) -> Sealer:
        """Return a sealer under such a key."""


class Anchor(Protocol):
    """Write-once place outside the store where ledger heads are left (R-EVID-3)."""

    def leave(self, org: str, sequence: int, head: str, at: datetime) -> None:
        """Append the head; earlier ones are never overwritten."""


# ---------------------------------------------------------------------------------------------------------- zoho desk


@dataclass(frozen=True, slots=True)
class TicketQuery:
    """A search over tickets; empty members do not restrict. Times are inclusive bounds."""

    department_ids: tuple[str, ...] = ()
    closed_only: bool = False
    created: tuple[datetime, datetime] | None = None
    modified: tuple[datetime, datetime] | None = None
    customer_response: tuple[datetime, datetime] | None = None
    email: str | None = None
    contact_id: str | None = None
    account_id: str | None = None
    tag: str | None = None
    custom: tuple[str, str] | None = None
    text: str | None = None
    number: str | None = None


class DeskReader(Protocol):
    """Everything we read from one portal's desk. All methods raise the branches of `errors.py`; none writes.

    Iterators fetch page by page. Lists of tickets hold partial tickets (see `Ticket`). Safe to use from several
    threads; `at_once` is how many of them are of use to whoever reads in bulk.
    """

    org: str

    @property
    def at_once(self) -> int: ...
    def portal(self) -> r.Portal: ...
    def departments(self) -> Sequence[r.Department]: ...
    def agents(self) -> Sequence[r.Agent]: ...
    def me(self) -> r.Agent: ...
    def fields(self, module: str) -> Sequence[r.FieldInfo]: ...
    def from_addresses(self, department_id: str | None = None) -> Sequence[r.FromAddress]: ...

    def ticket(self, ticket_id: str) -> r.Ticket:
        """Return the full ticket, also a trashed one (`trashed`); raises NotFound."""

    def threads(self, ticket_id: str) -> Iterator[r.Thread]:
        """Yield the messages oldest first, without content."""

    def thread(self, ticket_id: str, thread_id: str) -> r.Thread:
        """Return one message with its untruncated content."""

    def original_mail(self, ticket_id: str, thread_id: str) -> r.OriginalMail | None: ...
    def latest_message(self, ticket_id: str) -> r.Thread | None:
        """Return the customer's newest message with its untruncated content, None where nobody wrote."""

    def comments(self, ticket_id: str) -> Iterator[r.Comment]: ...
    def conversations(self, ticket_id: str) -> tuple[Sequence[r.Thread], Sequence[r.Comment]]:
        """Return messages without content, and comments, each oldest first, from one list."""

    def comment_history(self, ticket_id: str, comment_id: str) -> Sequence[r.Raw]: ...
    def attachments(self, ticket_id: str) -> Iterator[r.Attachment]: ...
    def download(self, attachment: r.Attachment) -> Iterator[bytes]: ...
    def tags(self, ticket_id: str) -> frozenset[str]: ...
    def history(self, ticket_id: str) -> Iterator[r.HistoryEvent]:
        """Yield the newest first, as far as asked for."""

    def resolution(self, ticket_id: str) -> str | None: ...
    def resolution_history(self, ticket_id: str) -> Sequence[r.Raw]: ...
    def activities(self, ticket_id: str) -> Sequence[r.Activity]: ...
    def time_entries(self, ticket_id: str) -> Sequence[r.Raw]: ...
    def metrics(self, ticket_id: str) -> r.Raw | None: ...

    def search_tickets(self, query: TicketQuery) -> Iterator[r.Ticket]:
        """Yield matches; the index lags, e-mail matches are loose. Raises BadInput beyond the window's ceiling."""

    def archived_tickets(self, department_id: str) -> Iterator[r.Ticket]: ...

    def contact(self, contact_id: str) -> r.Contact: ...
    def contacts_by_email(self, email: str) -> Sequence[r.Contact]:
        """Return contacts with exactly this first or second address, case folded (our own filter on the search)."""

    def contacts_by_text(self, text: str) -> Sequence[r.Contact]:
        """Return up to 100 contacts that the wide search shows for a name or number (3 to 100 characters); loose."""

    def contact_tickets(self, contact_id: str) -> Iterator[r.Ticket]: ...
    def newest_contacts(self) -> Iterator[r.Contact]:
        """Yield contacts, newest first, as far as asked for; no index lags behind this list."""

    def newest_tickets(self, contact_id: str, department_id: str) -> Iterator[r.Ticket]:
        """Yield a contact's tickets in a department, newest first, as far as asked for; no index lags behind it."""

    def contact_comments(self, contact_id: str) -> Sequence[r.Raw]: ...
    def contact_attachments(self, contact_id: str) -> Sequence[r.Attachment]: ...
    def contact_history(self, contact_id: str) -> Iterator[r.Raw]: ...
    def contact_statistics(self, contact_id: str) -> r.Raw | None: ...
    def portal_users(self, contact_id: str) -> Sequence[tuple[str, str]]:
        """Return (user id, status) of the contact's help-centre accounts."""

    def portal_user(self, user_id: str) -> r.Raw | None: ...
    def bin_items(self) -> Iterator[r.BinItem]: ...
    def subject_count(self, email: str, module: str) -> int | None:
        """Return Zoho's own count of a person's records, None where the edition does not offer it."""

    def subject_request(self, request_id: str) -> r.SubjectRequest:
        """Return one of Zoho's own subject access requests; raises NotFound."""

    def subject_requests(self, email: str) -> Sequence[r.SubjectRequest]:
        """Return the subject access requests of the last 30 days about this address."""


class DeskWriter(Protocol):
    """Everything we change in one portal's desk. Held by `workflows/writes.py` alone.

    Calls marked *absolute* may be repeated; the others raise Ambiguous where their landing is unknown.
    """

    def send_reply(
        self, ticket_id: str, *, from_address: str, to: str, html: str, in_reply_to: str | None, private: bool = False
    ) -> str:
        """Send a mail and return the thread id; a private one is not shown to the ticket's customer. Not absolute."""

    def add_comment(self, ticket_id: str, text: str) -> str:
        """Write a private note and return its id. Not absolute."""

    def create_contact(self, last_name: str) -> str:
        """Make a contact without any address and return its id. Not absolute."""

    def create_ticket(self, ticket: r.NewTicket) -> str:
        """Make an open ticket and return its id. Not absolute."""

    def erase_natively(self, email: str, ids: Sequence[str], *, reference: str) -> str:
        """Ask Zoho to erase these records of a person itself; return the request's id. Not absolute, never trusted."""

    def attach_file(self, ticket_id: str, name: str, content: bytes, *, public: bool) -> str:
        """Put a file of at most 20 MB on a ticket and return its id. Not absolute."""

    def add_tags(self, ticket_id: str, tags: Sequence[str]) -> None: ...
    def remove_tags(self, ticket_id: str, tags: Sequence[str]) -> None: ...
    def update_ticket(self, ticket_id: str, patch: r.TicketPatch) -> None:
        """Overwrite fields without a closure mail. Absolute."""

    def update_contact(self, contact_id: str, values: Mapping[str, str]) -> None:
        """Overwrite fields, named as in `Contact`. Absolute."""

    def trash_tickets(self, ticket_ids: Sequence[str]) -> None: ...
    def restore_tickets(self, ticket_ids: Sequence[str]) -> None:
        """Bring tickets back from the recycle bin with what hangs on them; read back before believing. Absolute."""

    def trash_contacts(self, contact_ids: Sequence[str]) -> None: ...
    def trash_activities(self, kind: str, activity_ids: Sequence[str]) -> None: ...
    def purge(self, ids: Sequence[str]) -> Mapping[str, bool]:
        """Delete from the recycle bin for good; return per id whether Desk says so. Read back before believing."""

    def delete_comment(self, ticket_id: str, comment_id: str) -> None: ...
    def delete_attachment(self, ticket_id: str, attachment_id: str) -> None: ...
    def delete_resolution(self, ticket_id: str) -> None: ...
    def delete_contact_comment(self, contact_id: str, comment_id: str) -> None: ...
    def delete_contact_attachment(self, contact_id: str, attachment_id: str) -> None: ...
    def delete_contact_photo(self, contact_id: str) -> None: ...
    def anonymise_user(self, user_id: str, name: str) -> None: ...


@dataclass(slots=True)
class Spending:
    """What a run has cost so far, in API credits per flow."""

    by_flow: dict[str, float] = field(default_factory=dict)

    @property
    def credits(self) -> float:
        """The sum over all flows."""
        return sum(self.by_flow.values())


class CreditMeter(Protocol):
    """What the desk said about our API credits."""

    def run(self) -> AbstractContextManager[Spending]:
        """Count what is spent inside the block, whatever the flow, also by threads that work for it."""

    def reserve(self, floor: float) -> AbstractContextManager[None]:
        """Let reads inside the block raise CreditsLow once no more than `floor` credits are left; writes go on."""

    def flow(self, label: str) -> AbstractContextManager[None]:
        """Book what this thread spends inside the block to a flow; the inner of two blocks counts."""

    def by_flow(self) -> Mapping[str, float]:
        """Return the credits spent by this process, per flow."""

    def remaining(self) -> int | None:
        """Return the credits left today by the last answer's header, None where there was none within the hour."""

    def spent(self) -> float:
        """Return the credits spent by this process."""

    def save(self, store: Store, org: str, now: datetime) -> Mapping[str, float]:
        """Add what was spent since the last save to the day's stored sums per flow, and return those."""


# ----------------------------------------------------------------------------------------------------------- zoho crm


class CrmReader(Protocol):
    """What we read from the CRM of one portal's organisation. Raises CrmUnavailable, CrmForbidden and CrmRejected."""

    def people(self, email: str) -> Sequence[CrmRecord]:
        """Return contacts and leads with exactly this first or second address, case folded."""

    def person(self, module: str, record_id: str) -> CrmRecord:
        """Return a person's record; raises NotFound."""

    def related(self, person: CrmRecord, module: str) -> Sequence[CrmRecord]:
        """Return what hangs on a person: Notes, Deals or Cases, the last two on contacts only."""

    def listed(self, module: str, fields: Sequence[str]) -> Iterator[CrmRecord]:
        """Yield every record of a module with these fields only; CrmRejected where there are too many to list."""


class CrmWriter(Protocol):
    """What we change in the CRM. Held by `workflows/writes.py` alone. Both calls are absolute: they may be repeated."""

    def update(self, module: str, record_id: str, values: Mapping[str, str | bool]) -> None:
        """Overwrite fields, named as the CRM names them; raises NotFound. Read back before believing."""

    def delete(self, module: str, record_id: str) -> None:
        """Delete a record, or find it gone: an answer that got lost is looked for before the call is repeated."""


# ------------------------------------------------------------------------------------------------------ other systems


class SourceReader(Protocol):
    """Another system that holds data about the same people, as workflows see it. docs/plugins.md is for its author.

    Both raise Retryable where the system may answer later, NeedsHuman where a person must mend something; never an
    empty answer instead.
    """

    def describe(self) -> About:
        """Return what this source is, without asking the system."""

    def collect(self, person: Sought) -> Sequence[SourceRecord]:
        """Return everything about the person and nothing of anybody else's; what hangs on a record before it."""


class Source(SourceReader, Protocol):
    """A source with its way to erase. Held by `workflows/writes.py` alone."""

    def erase(self, kind: str, record_id: str) -> None:
        """Delete a record, or find it gone. Absolute: the same call may come again after a crash."""


@runtime_checkable
class CountsRecords(Protocol):
    """What a source may offer besides: a number of records to compare with what `collect` returned (R-ACCESS-2)."""

    def count(self, person: Sought) -> Mapping[str, int]:
        """Return by kind how many records the person has there, found in another way than `collect` finds them."""


@runtime_checkable
class AmendsRecords(Protocol):
    """What a source may offer besides: a person's own records can be corrected there, and told to be left alone.

    Held by `workflows/writes.py` alone. Raises as a source does.
    """

    def people(self, person: Sought) -> Sequence[PersonRecord]:
        """Return the person's own records."""

    def person(self, kind: str, record_id: str) -> PersonRecord:
        """Return one of them; raises NotFound."""

    def amend(self, kind: str, record_id: str, values: Mapping[str, str], *, opted_out: bool) -> None:
        """Overwrite these fields, named as in `PersonRecord`, and with `opted_out` let marketing end. Absolute.

        The flag is never taken away. Raises NotFound; read back before believing.
        """


class WebhookGuard(Protocol):
    """Authenticates deliveries. The signature never covers the body (R-SEC-4)."""

    def check(self, token: str, *, org: str, webhook_ids: frozenset[str], body: bytes, now: datetime) -> str:
        """Return the webhook id that sent the delivery; an empty `webhook_ids` accepts any of the organisation's.

        Raises:
            BadSignature: Any check failed; the text names it.
        """


class Letters(Protocol):
    """Renders letters from `rules/letters`."""

    def render(self, name: str, language: str, values: Mapping[str, Any]) -> str:
        """Return the letter as HTML in this language, or in English where there is none."""

    def languages(self) -> frozenset[str]: ...
