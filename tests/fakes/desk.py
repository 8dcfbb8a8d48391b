"""A support desk in memory: `FakeDesk` reads, `FakeWriter` writes to the same records.

It keeps the habits of Zoho Desk that decisions depend on: lists hold partial tickets, thread lists hold no content,
search misses trashed and archived tickets and matches addresses loosely, a trashed ticket still answers by id.
`fail` queues errors per method name, `calls` counts calls per method name, `hide` keeps a ticket out of the search
index (the index lags), `counts` overrides the counters a ticket claims, `lists_secondary` says whether a contact's
tickets hold those where it is only a secondary contact.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from zoho_privacy.domain import records as r
from zoho_privacy.domain.errors import DeskRejected, NotFound
from zoho_privacy.domain.records import TicketPatch
from zoho_privacy.ports import TicketQuery

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class TicketFile:
    """A ticket with everything that hangs on it."""

    ticket: r.Ticket
    threads: list[r.Thread] = field(default_factory=list)
    mails: dict[str, r.OriginalMail] = field(default_factory=dict)
    comments: list[r.Comment] = field(default_factory=list)
    comment_versions: dict[str, list[r.Raw]] = field(default_factory=dict)
    attachments: list[r.Attachment] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    history: list[r.HistoryEvent] = field(default_factory=list)
    resolutions: list[r.Raw] = field(default_factory=list)
    activities: list[r.Activity] = field(default_factory=list)
    time_entries: list[r.Raw] = field(default_factory=list)
    metrics: r.Raw | None = None


@dataclass
class ContactFile:
    """A contact with everything that hangs on it."""

    contact: r.Contact
    comments: list[r.Raw] = field(default_factory=list)
    attachments: list[r.Attachment] = field(default_factory=list)
    history: list[r.Raw] = field(default_factory=list)
    statistics: r.Raw | None = None
    users: list[tuple[str, str]] = field(default_factory=list)


class FakeDesk:
    """One portal. Builders (`add_*`) fill it and return the record; the rest is the `DeskReader` port."""

    def __init__(self, org: str = "60001", *, now: datetime = START) -> None:
        self.org = org
        self.at_once = 4
        self.time = now
        self.tickets: dict[str, TicketFile] = {}
        self.contacts: dict[str, ContactFile] = {}
        self.users: dict[str, r.Raw] = {}
        self.files: dict[str, bytes] = {}
        self.bin: list[r.BinItem] = []
        self.hide: set[str] = set()
        self.lists_secondary = False
        self.requests: list[r.SubjectRequest] = []
        self.requested: dict[str, str] = {}
        self.native_effect = "permanent"
        self.counts: dict[str, dict[str, int]] = {}
        self.subject_counts: dict[tuple[str, str], int] = {}
        self.field_list: dict[str, list[r.FieldInfo]] = {}
        self.department_list = [r.Department("100", "Support"), r.Department("101", "Billing")]
        self.agent_list = [r.Agent("700", "sam.agent@desk.example.com", "Sam Agent")]
        self.from_list = [r.FromAddress("support@desk.example.com", "100")]
        self.portal_info = r.Portal(org, "Example Desk", "Enterprise")
        self.fail: dict[str, list[Exception]] = {}
        self.calls: Counter[str] = Counter()
        self._ids = itertools.count(417000000100001)

    # ------------------------------------------------------------------------------------------------------ builders

    def new_id(self) -> str:
        """Mint an id of Zoho's shape."""
        return str(next(self._ids))

    def tick(self, step: timedelta = timedelta(minutes=1)) -> datetime:
        """Let time pass and return it."""
        self.time += step
        return self.time

    def add_contact(self, **values: Any) -> r.Contact:
        """Add a contact; give `email`, `last_name`, ... as in `Contact`."""
        base = {"id": self.new_id(), "first_name": None, "last_name": None, "email": None, "created": self.tick()}
        contact = r.Contact(**{**base, **values})
        if not contact.raw:
            contact = replace(contact, raw=_raw_contact(contact))
        self.contacts[contact.id] = ContactFile(contact)
        return contact

    def add_portal_user(self, contact_id: str, status: str = "ACTIVE", **values: Any) -> str:
        """Give a contact a help-centre account and return its user id."""
        user = self.new_id()
        self.contacts[contact_id].users.append((user, status))
        self.users[user] = {"id": user, "status": status, **values}
        return user

    def add_ticket(self, **values: Any) -> r.Ticket:
        """Add a ticket; `contact_id` fills `email` from the contact unless given."""
        new = self.new_id()
        person = self.contacts.get(values.get("contact_id") or "")
        base: dict[str, Any] = {
            "id": new,
            "number": str(len(self.tickets) + 101),
            "subject": "A question",
            "status": "Open",
            "status_type": "open",
            "department_id": "100",
            "contact_id": None,
            "created": self.tick(),
            "description": "",
            "channel": "Email",
            "email": person.contact.email if person else None,
        }
        base["modified"] = base["created"]
        ticket = r.Ticket(**{**base, **values})
        if not ticket.raw:
            ticket = replace(ticket, raw=_raw_ticket(ticket))
        self.tickets[ticket.id] = TicketFile(ticket)
        return ticket

    def add_thread(self, ticket_id: str, **values: Any) -> r.Thread:
        """Add a message; `direction` defaults to `in`, `content` to a line of HTML, `files` is name -> bytes."""
        new, at = self.new_id(), self.tick()
        files: Mapping[str, bytes] = values.pop("files", {})
        inward = values.get("direction", "in") == "in"
        base: dict[str, Any] = {
            "id": new,
            "ticket_id": ticket_id,
            "direction": "in",
            "channel": "EMAIL",
            "author_type": "END_USER" if inward else "AGENT",
            "author_email": self.tickets[ticket_id].ticket.email if inward else "support@desk.example.com",
            "created": at,
            "content": "<div>Hello</div>",
            "attachments": tuple(
                self._file(name, data, f"/tickets/{ticket_id}/threads/{new}") for name, data in files.items()
            ),
        }
        thread = r.Thread(**{**base, **values})
        if not thread.summary:
            thread = replace(thread, summary=(thread.content or "")[:100])
        self.tickets[ticket_id].threads.append(thread)
        self._touch(ticket_id)
        return thread

    def add_mail(self, ticket_id: str, thread_id: str, source: str, return_path: str | None = None) -> None:
        """Give a received message its source."""
        self.tickets[ticket_id].mails[thread_id] = r.OriginalMail(source, return_path)

    def add_comment(self, ticket_id: str, content: str, *, public: bool = False, **values: Any) -> r.Comment:
        """Add a comment; `files` is name -> bytes."""
        new = self.new_id()
        files: Mapping[str, bytes] = values.pop("files", {})
        attachments = tuple(
            self._file(name, data, f"/tickets/{ticket_id}/comments/{new}") for name, data in files.items()
        )
        base: dict[str, Any] = {"commenter_id": "700", "commenter_type": "AGENT", "attachments": attachments}
        comment = r.Comment(new, ticket_id, content, public, self.tick(), **{**base, **values})
        self.tickets[ticket_id].comments.append(comment)
        self._touch(ticket_id)
        return comment

    def add_attachment(self, ticket_id: str, name: str, data: bytes, **raw: Any) -> r.Attachment:
        """Add a file to a ticket; `raw` is what Desk says of it (`isPublic`, `creatorId`)."""
        attachment = replace(self._file(name, data, f"/tickets/{ticket_id}"), raw=raw)
        self.tickets[ticket_id].attachments.append(attachment)
        return attachment

    def add_contact_attachment(self, contact_id: str, name: str, data: bytes) -> r.Attachment:
        """Add a file to a contact."""
        attachment = self._file(name, data, f"/contacts/{contact_id}")
        self.contacts[contact_id].attachments.append(attachment)
        return attachment

    def _file(self, name: str, data: bytes, path: str) -> r.Attachment:
        new = self.new_id()
        href = f"/api/v1{path}/attachments/{new}/content"
        self.files[href] = data
        return r.Attachment(new, name, len(data), href)

    def _touch(self, ticket_id: str) -> None:
        held = self.tickets[ticket_id]
        held.ticket = replace(held.ticket, modified=self.time)

    def _called(self, name: str) -> None:
        self.calls[name] += 1
        waiting = self.fail.get(name)
        if waiting:
            raise waiting.pop(0)

    def _held(self, ticket_id: str) -> TicketFile:
        try:
            return self.tickets[ticket_id]
        except KeyError:
            raise NotFound("no such ticket") from None

    def _person(self, contact_id: str) -> ContactFile:
        try:
            return self.contacts[contact_id]
        except KeyError:
            raise NotFound("no such contact") from None

    def _now(self, held: TicketFile) -> r.Ticket:
        claimed = self.counts.get(held.ticket.id, {})
        return replace(
            held.ticket,
            thread_count=claimed.get("thread_count", len(held.threads)),
            comment_count=claimed.get("comment_count", len(held.comments)),
            attachment_count=claimed.get("attachment_count", len(held.attachments)),
            resolution=held.resolutions[-1]["content"] if held.resolutions else held.ticket.resolution,
        )

    def _partial(self, held: TicketFile) -> r.Ticket:
        return replace(self._now(held), description=None, modified=None, custom={}, resolution=None)

    # ---------------------------------------------------------------------------------------------------- the portal

    def portal(self) -> r.Portal:
        self._called("portal")
        return self.portal_info

    def departments(self) -> Sequence[r.Department]:
        self._called("departments")
        return tuple(self.department_list)

    def agents(self) -> Sequence[r.Agent]:
        self._called("agents")
        return tuple(self.agent_list)

    def me(self) -> r.Agent:
        self._called("me")
        return self.agent_list[0]

    def fields(self, module: str) -> Sequence[r.FieldInfo]:
        self._called("fields")
        return tuple(self.field_list.get(module, ()))

    def from_addresses(self, department_id: str | None = None) -> Sequence[r.FromAddress]:
        self._called("from_addresses")
        return tuple(a for a in self.from_list if department_id in (None, a.department_id))

    # --------------------------------------------------------------------------------------------------------- tickets

    def ticket(self, ticket_id: str) -> r.Ticket:
        self._called("ticket")
        return self._now(self._held(ticket_id))

    def threads(self, ticket_id: str) -> Iterator[r.Thread]:
        self._called("threads")
        held = sorted(self._held(ticket_id).threads, key=lambda t: (t.created, t.id))
        yield from (replace(t, content=None) for t in held)

    def thread(self, ticket_id: str, thread_id: str) -> r.Thread:
        self._called("thread")
        for thread in self._held(ticket_id).threads:
            if thread.id == thread_id:
                return thread
        raise NotFound("no such thread")

    def latest_message(self, ticket_id: str) -> r.Thread | None:
        self._called("latest_message")
        inward = [each for each in self._held(ticket_id).threads if each.direction == "in"]
        return max(inward, key=lambda t: (t.created, t.id), default=None)

    def conversations(self, ticket_id: str) -> tuple[Sequence[r.Thread], Sequence[r.Comment]]:
        self._called("conversations")
        return list(self.threads(ticket_id)), list(self.comments(ticket_id))

    def original_mail(self, ticket_id: str, thread_id: str) -> r.OriginalMail | None:
        self._called("original_mail")
        return self._held(ticket_id).mails.get(thread_id)

    def comments(self, ticket_id: str) -> Iterator[r.Comment]:
        self._called("comments")
        yield from tuple(self._held(ticket_id).comments)

    def comment_history(self, ticket_id: str, comment_id: str) -> Sequence[r.Raw]:
        self._called("comment_history")
        return tuple(self._held(ticket_id).comment_versions.get(comment_id, ()))

    def attachments(self, ticket_id: str) -> Iterator[r.Attachment]:
        self._called("attachments")
        yield from tuple(self._held(ticket_id).attachments)

    def download(self, attachment: r.Attachment) -> Iterator[bytes]:
        self._called("download")
        if attachment.href not in self.files:
            raise NotFound("no such file")
        data = self.files[attachment.href]
        yield from (data[start : start + 65536] for start in range(0, len(data), 65536))

    def tags(self, ticket_id: str) -> frozenset[str]:
        self._called("tags")
        return frozenset(self._held(ticket_id).tags)

    def history(self, ticket_id: str) -> Iterator[r.HistoryEvent]:
        self._called("history")
        yield from sorted(self._held(ticket_id).history, key=lambda e: e.at, reverse=True)

    def resolution(self, ticket_id: str) -> str | None:
        self._called("resolution")
        return self._now(self._held(ticket_id)).resolution

    def resolution_history(self, ticket_id: str) -> Sequence[r.Raw]:
        self._called("resolution_history")
        return tuple(self._held(ticket_id).resolutions)

    def activities(self, ticket_id: str) -> Sequence[r.Activity]:
        self._called("activities")
        return tuple(self._held(ticket_id).activities)

    def time_entries(self, ticket_id: str) -> Sequence[r.Raw]:
        self._called("time_entries")
        return tuple(self._held(ticket_id).time_entries)

    def metrics(self, ticket_id: str) -> r.Raw | None:
        self._called("metrics")
        return self._held(ticket_id).metrics

    def search_tickets(self, query: TicketQuery) -> Iterator[r.Ticket]:
        self._called("search_tickets")
        for held in tuple(self.tickets.values()):
            ticket = held.ticket
            if not (ticket.trashed or ticket.archived or ticket.id in self.hide) and self._matches(held, query):
                yield self._partial(held)

    def archived_tickets(self, department_id: str) -> Iterator[r.Ticket]:
        self._called("archived_tickets")
        for held in tuple(self.tickets.values()):
            if held.ticket.archived and not held.ticket.trashed and held.ticket.department_id == department_id:
                yield self._partial(held)

    @staticmethod
    def _matches(held: TicketFile, query: TicketQuery) -> bool:
        ticket = held.ticket
        text = " ".join(
            (ticket.subject, ticket.description or "", ticket.email or "", *(t.content or "" for t in held.threads))
        )
        near = (query.email or "").partition("@")[0].casefold()  # the index finds near misses too
        return (
            (not query.department_ids or ticket.department_id in query.department_ids)
            and (not query.closed_only or ticket.status_type == "closed")
            and _within(ticket.created, query.created)
            and _within(ticket.modified, query.modified)
            and (query.contact_id is None or ticket.contact_id == query.contact_id)
            and (query.account_id is None or ticket.account_id == query.account_id)
            and (query.email is None or near in (ticket.email or "").casefold())
            and (query.tag is None or query.tag in held.tags)
            and (query.number is None or query.number == ticket.number)
            and (query.custom is None or ticket.custom.get(query.custom[0]) == query.custom[1])
            and (query.text is None or query.text.casefold() in text.casefold())
            and (
                query.customer_response is None
                or any(t.direction == "in" and _within(t.created, query.customer_response) for t in held.threads)
            )
        )

    # ---------------------------------------------------------------------------------------------------------- people

    def contact(self, contact_id: str) -> r.Contact:
        self._called("contact")
        return self._person(contact_id).contact

    def contacts_by_email(self, email: str) -> Sequence[r.Contact]:
        self._called("contacts_by_email")
        wanted = email.strip().casefold()
        return tuple(
            held.contact
            for held in self.contacts.values()
            if not held.contact.trashed
            and wanted in {(held.contact.email or "").casefold(), (held.contact.secondary_email or "").casefold()}
        )

    def contacts_by_text(self, text: str) -> Sequence[r.Contact]:
        self._called("contacts_by_text")
        wanted = text.casefold()
        shown = (
            (held.contact, f"{held.contact.first_name} {held.contact.last_name}") for held in self.contacts.values()
        )
        return tuple(
            contact
            for contact, name in shown
            if not contact.trashed
            and any(
                wanted in (each or "").casefold()
                for each in (name, contact.phone, contact.mobile, *contact.details.values())
            )
        )[:100]

    def contact_tickets(self, contact_id: str) -> Iterator[r.Ticket]:
        self._called("contact_tickets")
        self._person(contact_id)
        for held in tuple(self.tickets.values()):
            mine = held.ticket.contact_id == contact_id
            mine |= self.lists_secondary and contact_id in held.ticket.secondary_contact_ids
            if mine and not (held.ticket.trashed or held.ticket.archived):
                yield self._partial(held)

    def newest_contacts(self) -> Iterator[r.Contact]:
        self._called("newest_contacts")
        for held in reversed(tuple(self.contacts.values())):
            if not held.contact.trashed:
                yield held.contact

    def newest_tickets(self, contact_id: str, department_id: str) -> Iterator[r.Ticket]:
        self._called("newest_tickets")
        self._person(contact_id)
        held = [each for each in self.tickets.values() if each.ticket.contact_id == contact_id]
        mine = [each for each in held if each.ticket.department_id == department_id]
        for one in sorted(mine, key=lambda each: each.ticket.created, reverse=True):
            if not (one.ticket.trashed or one.ticket.archived):
                yield self._partial(one)

    def subject_request(self, request_id: str) -> r.SubjectRequest:
        self._called("subject_request")
        for each in self.requests:
            if each.id == request_id:
                return each
        raise NotFound("no such request")

    def subject_requests(self, email: str) -> Sequence[r.SubjectRequest]:
        self._called("subject_requests")
        return tuple(each for each in self.requests if self.requested[each.id] == email.casefold())

    def contact_comments(self, contact_id: str) -> Sequence[r.Raw]:
        self._called("contact_comments")
        return tuple(self._person(contact_id).comments)

    def contact_attachments(self, contact_id: str) -> Sequence[r.Attachment]:
        self._called("contact_attachments")
        return tuple(self._person(contact_id).attachments)

    def contact_history(self, contact_id: str) -> Iterator[r.Raw]:
        self._called("contact_history")
        yield from tuple(self._person(contact_id).history)

    def contact_statistics(self, contact_id: str) -> r.Raw | None:
        self._called("contact_statistics")
        return self._person(contact_id).statistics

    def portal_users(self, contact_id: str) -> Sequence[tuple[str, str]]:
        self._called("portal_users")
        return tuple(self._person(contact_id).users)

    def portal_user(self, user_id: str) -> r.Raw | None:
        self._called("portal_user")
        return self.users.get(user_id)

    def bin_items(self) -> Iterator[r.BinItem]:
        self._called("bin_items")
        yield from tuple(self.bin)

    def subject_count(self, email: str, module: str) -> int | None:
        self._called("subject_count")
        return self.subject_counts.get((email, module))


class FakeWriter:
    """The `DeskWriter` port over a `FakeDesk`.

    `sent` lists the mails that left: (ticket id, to, html); `answers` maps a reply to the thread it answers.
    """

    def __init__(self, desk: FakeDesk) -> None:
        self.desk = desk
        self.sent: list[tuple[str, str, str]] = []
        self.answers: dict[str, str | None] = {}

    def send_reply(
        self, ticket_id: str, *, from_address: str, to: str, html: str, in_reply_to: str | None, private: bool = False
    ) -> str:
        self.desk._called("send_reply")
        if from_address not in {a.address for a in self.desk.from_list if a.active and a.verified}:
            raise DeskRejected("INVALID_DATA", status=422, fields=("/fromEmailAddress",))
        thread = self.desk.add_thread(
            ticket_id,
            direction="out",
            author_email=from_address,
            from_address=from_address,
            to=to,
            content=html,
            visibility="private" if private else "public",
        )
        self.sent.append((ticket_id, to, html))
        self.answers[thread.id] = in_reply_to
        return thread.id

    def add_comment(self, ticket_id: str, text: str) -> str:
        self.desk._called("add_comment")
        return self.desk.add_comment(ticket_id, text).id

    def create_contact(self, last_name: str) -> str:
        self.desk._called("create_contact")
        return self.desk.add_contact(last_name=last_name).id

    def create_ticket(self, ticket: r.NewTicket) -> str:
        self.desk._called("create_ticket")
        made = self.desk.add_ticket(
            subject=ticket.subject,
            description=ticket.description,
            department_id=ticket.department_id,
            contact_id=ticket.contact_id,
            category=ticket.fields.get("category"),
            custom=dict(ticket.custom),
        )
        return made.id

    def erase_natively(self, email: str, ids: Sequence[str], *, reference: str) -> str:
        """Zoho's erase does at once what `native_effect` says: permanent, trash or nothing."""
        self.desk._called("erase_natively")
        made = r.SubjectRequest(self.desk.new_id(), "COMPLETED", "ERASURE_REQUEST", reference, self.desk.tick())
        self.desk.requests.append(made)
        self.desk.requested[made.id] = email.casefold()
        if self.desk.native_effect != "nothing":
            self.trash_tickets([each for each in ids if each in self.desk.tickets])
        if self.desk.native_effect == "permanent":
            self.purge(ids)
        return made.id

    def attach_file(self, ticket_id: str, name: str, content: bytes, *, public: bool) -> str:
        self.desk._called("attach_file")
        self.desk._held(ticket_id)
        return self.desk.add_attachment(ticket_id, name, content, isPublic=public).id

    def add_tags(self, ticket_id: str, tags: Sequence[str]) -> None:
        self.desk._called("add_tags")
        self.desk._held(ticket_id).tags.update(tags)

    def remove_tags(self, ticket_id: str, tags: Sequence[str]) -> None:
        self.desk._called("remove_tags")
        self.desk._held(ticket_id).tags.difference_update(tags)

    def update_ticket(self, ticket_id: str, patch: TicketPatch) -> None:
        """Overwrite the given fields and keep the old values in the history, as Desk does."""
        self.desk._called("update_ticket")
        held = self.desk._held(ticket_id)
        wanted: dict[str, Any] = {
            name: getattr(patch, name)
            for name in ("subject", "description", "email", "phone", "status", "resolution")
            if getattr(patch, name) is not None
        }
        changes = tuple(r.Change(name, getattr(held.ticket, name), value) for name, value in wanted.items())
        if patch.status is not None:
            closes = patch.status.casefold().startswith(("clos", "solved"))
            wanted["status_type"] = "closed" if closes else "open"
            if closes and held.ticket.status_type != "closed":
                wanted["closed"] = self.desk.tick()
        if patch.resolution is not None:
            held.resolutions.append({"content": patch.resolution})
        if patch.custom:
            wanted["custom"] = {**held.ticket.custom, **patch.custom}
            changes += tuple(r.Change(k, held.ticket.custom.get(k), v) for k, v in patch.custom.items())
        held.ticket = replace(held.ticket, **wanted, modified=self.desk.tick())
        held.history.append(r.HistoryEvent("TicketUpdated", self.desk.time, "Agent", "700", "700", changes))

    def update_contact(self, contact_id: str, values: Mapping[str, str]) -> None:
        self.desk._called("update_contact")
        held = self.desk._person(contact_id)
        overwritten: dict[str, Any] = {name: value for name, value in values.items() if hasattr(held.contact, name)}
        details = {**held.contact.details, **{name: values[name] for name in values if name not in overwritten}}
        shown = {name: value for name, value in details.items() if value}
        held.contact = replace(held.contact, **overwritten, details=shown, modified=self.desk.tick())

    def trash_tickets(self, ticket_ids: Sequence[str]) -> None:
        self.desk._called("trash_tickets")
        for ticket_id in ticket_ids:
            held = self.desk._held(ticket_id)
            held.ticket = replace(held.ticket, trashed=True)
            self._bin(ticket_id, "Tickets")

    def restore_tickets(self, ticket_ids: Sequence[str]) -> None:
        self.desk._called("restore_tickets")
        for ticket_id in {item.id for item in self.desk.bin}.intersection(ticket_ids):
            held = self.desk._held(ticket_id)
            held.ticket = replace(held.ticket, trashed=False)
            self.desk.bin = [item for item in self.desk.bin if item.id != ticket_id]

    def trash_contacts(self, contact_ids: Sequence[str]) -> None:
        self.desk._called("trash_contacts")
        for contact_id in contact_ids:
            held = self.desk._person(contact_id)
            held.contact = replace(held.contact, trashed=True)
            self._bin(contact_id, "Contacts")

    def trash_activities(self, kind: str, activity_ids: Sequence[str]) -> None:
        self.desk._called("trash_activities")
        for held in self.desk.tickets.values():
            held.activities = [a for a in held.activities if a.id not in activity_ids]
        for activity_id in activity_ids:
            self._bin(activity_id, kind.capitalize())

    def purge(self, ids: Sequence[str]) -> Mapping[str, bool]:
        """Delete what lies in the bin, children too; False for an id that does not."""
        self.desk._called("purge")
        binned = {item.id for item in self.desk.bin}
        for gone in binned.intersection(ids):
            self.desk.tickets.pop(gone, None)
            self.desk.contacts.pop(gone, None)
        self.desk.bin = [item for item in self.desk.bin if item.id not in ids]
        return {one: one in binned for one in ids}

    def delete_comment(self, ticket_id: str, comment_id: str) -> None:
        self.desk._called("delete_comment")
        held = self.desk._held(ticket_id)
        if comment_id not in {c.id for c in held.comments}:
            raise NotFound("no such comment")
        held.comments = [c for c in held.comments if c.id != comment_id]

    def delete_attachment(self, ticket_id: str, attachment_id: str) -> None:
        self.desk._called("delete_attachment")
        held = self.desk._held(ticket_id)
        if attachment_id not in {a.id for a in held.attachments}:
            raise NotFound("no such attachment")
        held.attachments = [a for a in held.attachments if a.id != attachment_id]
        self._bin(attachment_id, "Attachments")

    def delete_resolution(self, ticket_id: str) -> None:
        """Clear the resolution; its history stays, as in Desk."""
        self.desk._called("delete_resolution")
        held = self.desk._held(ticket_id)
        held.resolutions.append({"content": None})
        held.ticket = replace(held.ticket, resolution=None)

    def delete_contact_comment(self, contact_id: str, comment_id: str) -> None:
        self.desk._called("delete_contact_comment")
        held = self.desk._person(contact_id)
        held.comments = [c for c in held.comments if c.get("id") != comment_id]

    def delete_contact_attachment(self, contact_id: str, attachment_id: str) -> None:
        self.desk._called("delete_contact_attachment")
        held = self.desk._person(contact_id)
        held.attachments = [a for a in held.attachments if a.id != attachment_id]
        self._bin(attachment_id, "Attachments")

    def delete_contact_photo(self, contact_id: str) -> None:
        self.desk._called("delete_contact_photo")
        held = self.desk._person(contact_id)
        held.contact = replace(held.contact, has_photo=False)

    def anonymise_user(self, user_id: str, name: str) -> None:
        self.desk._called("anonymise_user")
        if user_id not in self.desk.users:
            raise NotFound("no such user")
        self.desk.users[user_id] = {"id": user_id, "status": "DELETED", "name": name}

    def _bin(self, record_id: str, kind: str) -> None:
        self.desk.bin.append(r.BinItem(record_id, kind, self.desk.tick()))


def _within(moment: datetime | None, bounds: tuple[datetime, datetime] | None) -> bool:
    return bounds is None or (moment is not None and bounds[0] <= moment <= bounds[1])


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _raw_contact(contact: r.Contact) -> r.Raw:
    return {
        "id": contact.id,
        "firstName": contact.first_name,
        "lastName": contact.last_name,
        "email": contact.email,
        "secondaryEmail": contact.secondary_email,
        "phone": contact.phone,
        "mobile": contact.mobile,
        "country": contact.country,
        "createdTime": _stamp(contact.created),
    }


def _raw_ticket(ticket: r.Ticket) -> r.Raw:
    return {
        "id": ticket.id,
        "ticketNumber": ticket.number,
        "subject": ticket.subject,
        "description": ticket.description,
        "status": ticket.status,
        "channel": ticket.channel,
        "email": ticket.email,
        "phone": ticket.phone,
        "contactId": ticket.contact_id,
        "departmentId": ticket.department_id,
        "createdTime": _stamp(ticket.created),
        "secondaryContacts": list(ticket.secondary_contact_ids),
        "cf": dict(ticket.custom),
    }
