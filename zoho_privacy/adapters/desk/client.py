"""Zoho Desk as the suite's DeskReader and DeskWriter: puts calls, transport and replies together.

Decides how lists are walked, how a search stays below Desk's ceiling, and how a field is cleared where Desk does not
say how. It makes every write it is told to: what may be written is decided by the gate before. Use `connect`.
Sources: Zoho Desk OpenAPI files and API guide.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Literal, cast

from zoho_privacy.adapters.desk import calls, further_calls, replies
from zoho_privacy.adapters.desk.credits import Credits
from zoho_privacy.adapters.desk.further import Further
from zoho_privacy.adapters.desk.hosts import DeskConfig
from zoho_privacy.adapters.desk.protocol import Answer, Call, created, mass_result, plain_plane, record, rows
from zoho_privacy.adapters.desk.tokens import SharedTokens, Tokens
from zoho_privacy.adapters.desk.transport import Transport, Wire, renewal_over
from zoho_privacy.domain import records as r
from zoho_privacy.domain.errors import BadInput, DeskForbidden, DeskRejected, NotFound
from zoho_privacy.domain.profile import CAUTIOUS, Behaviour
from zoho_privacy.domain.records import TicketPatch
from zoho_privacy.ports import Clock, Sealer, Store, TicketQuery

LIST_CEILING: Final = 5000
SETUP_LIFE_S: Final = 600.0
CHUNK: Final = 64 * 1024
FILES_AT_ONCE: Final = 4  # of 20 MB each
NO_LICENCE: Final = "LICENSE_ACCESS_LIMITED"
_KINDS: Final[tuple[Literal["tasks", "calls", "events"], ...]] = ("tasks", "calls", "events")


def connect(
    config: DeskConfig,
    *,
    store: Store,
    sealer: Sealer,
    clock: Clock,
    sleep: Callable[[float], None] = time.sleep,
    behaviour: Behaviour = CAUTIOUS,
) -> "DeskClient":
    """Return the desk of one portal; nothing is sent before the first call. `sleep` takes seconds.

    `behaviour` is what is known of the portal; without it every doubt is met with caution.
    """
    wire = Wire(config)
    renewal = renewal_over(wire, config)
    tokens = SharedTokens(config.org, store=store, sealer=sealer, clock=clock, renewal=renewal, sleep=sleep)
    return DeskClient(config, tokens, wire=wire, sleep=sleep, now=clock.now, behaviour=behaviour)


class DeskClient:
    """One portal's desk; satisfies DeskReader and DeskWriter. Safe to use from several threads."""

    def __init__(
        self,
        config: DeskConfig,
        tokens: Tokens,
        *,
        wire: Wire | None = None,
        credits_: Credits | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] | None = None,
        behaviour: Behaviour = CAUTIOUS,
    ) -> None:
        self.behaviour = behaviour
        self.org = config.org
        self.config = config
        self.credits = credits_ or Credits(now)
        self._files = threading.BoundedSemaphore(FILES_AT_ONCE)
        self._departments: tuple[tuple[r.Department, ...], float] = (), 0.0
        self.transport = Transport(
            config, wire=wire or Wire(config), tokens=tokens, credits_=self.credits, sleep=sleep, now=now
        )

    @property
    def further(self) -> Further:
        """The calls that no flow makes by itself."""
        return Further(self.transport)

    @property
    def at_once(self) -> int:
        """How many threads are of use to whoever reads in bulk; the governor lets as many calls out as Desk takes."""
        return self.transport.governor.most

    # ---------------------------------------------------------------------------------------------------- read: setup

    def portal(self) -> r.Portal:
        """Return our organisation; raises DeskForbidden where the token does not see it."""
        for raw in rows(self._send(calls.organizations())):
            if str(raw.get("id")) == self.org:
                return replies.portal(raw)
        raise DeskForbidden(f"the token does not see organisation {self.org}", code="OAUTH_ORG_MISMATCH")

    def departments(self) -> Sequence[r.Department]:
        """Return all departments, as they were at most ten minutes ago: they change by hand and seldom."""
        found, until = self._departments
        if time.monotonic() >= until:
            found = tuple(replies.department(raw) for raw in self._pages(calls.departments(), 200))
            self._departments = found, time.monotonic() + SETUP_LIFE_S
        return found

    def agents(self) -> Sequence[r.Agent]:
        """Return all agents."""
        return [replies.agent(raw) for raw in self._pages(calls.agents(), 200)]

    def me(self) -> r.Agent:
        """Return the agent in whose name we act."""
        return replies.agent(record(self._send(calls.my_info())))

    def fields(self, module: str) -> Sequence[r.FieldInfo]:
        """Return the fields of a module, asked for the older way where the newer is unknown."""
        try:
            answer = self._send(calls.fields(module))
        except NotFound:
            if not self.behaviour.older_fields:
                raise
            answer = self._send(calls.fields_older(module))
        return [replies.field_info(raw) for raw in rows(answer)]

    def from_addresses(self, department_id: str | None = None) -> Sequence[r.FromAddress]:
        """Return the addresses replies may be sent from, unverified and inactive ones included.

        Desk lists them by department only, so without one every department is asked.
        """
        wanted = [each.id for each in self.departments()] if department_id is None else [department_id]
        return [replies.from_address(raw) for each in wanted for raw in self._pages(calls.reply_addresses(each), 50)]

    # --------------------------------------------------------------------------------------------------- read: ticket

    def ticket(self, ticket_id: str) -> r.Ticket:
        """Return the full ticket, also a trashed one where Desk shows it; raises NotFound."""
        return replies.ticket(self._there(calls.ticket(ticket_id)))

    def threads(self, ticket_id: str) -> Iterator[r.Thread]:
        """Yield the messages oldest first, without content."""
        for raw in self._pages(calls.threads(ticket_id), 200):
            yield replies.thread(raw, ticket_id, self.config.file_path)

    def thread(self, ticket_id: str, thread_id: str) -> r.Thread:
        """Return one message with its untruncated content."""
        return self._whole(self._thread(calls.thread(ticket_id, thread_id), ticket_id))

    def latest_message(self, ticket_id: str) -> r.Thread | None:
        """Return the customer's newest message with its untruncated content, None where nobody wrote."""
        raw = self._optional(calls.latest_message(ticket_id))
        return None if raw is None else self._whole(replies.thread(raw, ticket_id, self.config.file_path))

    def _whole(self, found: r.Thread) -> r.Thread:
        if not found.truncated:
            return found
        ticket_id = found.ticket_id
        full = record(self._send(calls.full_content(ticket_id, found.id)))
        return replies.thread({**found.raw, **full, "isContentTruncated": False}, ticket_id, self.config.file_path)

    def original_mail(self, ticket_id: str, thread_id: str) -> r.OriginalMail | None:
        """Return the source of a received mail, None where the message was none."""
        try:
            answer = self._send(calls.original_content(ticket_id, thread_id))
        except (NotFound, DeskRejected):
            return None
        return None if answer.status == 204 else replies.original_mail(record(answer))

    def comments(self, ticket_id: str) -> Iterator[r.Comment]:
        """Yield the comments, oldest first."""
        for raw in self._pages(calls.comments(ticket_id), 100):
            yield replies.comment(raw, ticket_id, self.config.file_path)

    def conversations(self, ticket_id: str) -> tuple[Sequence[r.Thread], Sequence[r.Comment]]:
        """Return messages without content, and comments, each oldest first; half the price of the two lists."""
        listed = list(self._pages(calls.conversations(ticket_id), 200))
        listed.reverse()
        path = self.config.file_path
        spoken = [replies.thread(raw, ticket_id, path) for raw in listed if raw.get("type") != "comment"]
        noted = [replies.comment(raw, ticket_id, path) for raw in listed if raw.get("type") == "comment"]
        return sorted(spoken, key=lambda each: each.created), sorted(noted, key=lambda each: each.created)

    def comment_history(self, ticket_id: str, comment_id: str) -> Sequence[r.Raw]:
        """Return the earlier texts of a comment."""
        return list(self._pages(calls.comment_history(ticket_id, comment_id), 50))

    def attachments(self, ticket_id: str) -> Iterator[r.Attachment]:
        """Yield the ticket's files."""
        for raw in self._pages(calls.attachments(ticket_id), 100):
            yield replies.attachment(raw, self.config.file_path)

    def download(self, attachment: r.Attachment) -> Iterator[bytes]:
        """Yield a file in chunks. Desk's files have at most 20 MB, so one is read whole before the first chunk.

        At most four are held at once: a fifth reader waits until one of them has had its last chunk.

        Raises:
            BadInput: The file lies on a host that is not ours.
        """
        path = self.config.file_path(attachment.href) if attachment.href else None
        if path is None:
            raise BadInput(f"file {attachment.id} does not lie on the desk's host")
        with self._files:
            body = self._send(Call("GET", path)).body
            yield from (body[at : at + CHUNK] for at in range(0, len(body), CHUNK))

    def tags(self, ticket_id: str) -> frozenset[str]:
        """Return the names of the ticket's tags as Desk writes them."""
        listed = rows(self._send(calls.tags(ticket_id)), "tags")
        return frozenset(name for name in (replies.known(raw.get("name")) for raw in listed) if name)

    def history(self, ticket_id: str) -> Iterator[r.HistoryEvent]:
        """Yield the newest first, as far as asked for."""
        for raw in self._pages(calls.history(ticket_id), 50):
            yield replies.history_event(raw)

    def resolution(self, ticket_id: str) -> str | None:
        """Return the resolution, None where there is none or an empty one."""
        answer = self._send(calls.resolution(ticket_id))
        return None if answer.status == 204 else replies.known(record(answer).get("content"))

    def resolution_history(self, ticket_id: str) -> Sequence[r.Raw]:
        """Return the earlier resolutions."""
        return rows(self._send(calls.resolution_history(ticket_id)))

    def activities(self, ticket_id: str) -> Sequence[r.Activity]:
        """Return the ticket's tasks, calls and events: by one list of all, by three where it does not serve."""
        try:
            listed = [(raw, replies.activity_kind(raw)) for raw in self._pages(calls.all_activities(ticket_id), 50)]
        except DeskForbidden:
            listed = [({}, None)]
        if all(kind for _, kind in listed):
            return [replies.activity(raw, kind) for raw, kind in listed if kind]
        return [
            replies.activity(raw, kind) for kind in _KINDS for raw in self._pages(calls.activities(ticket_id, kind), 50)
        ]

    def time_entries(self, ticket_id: str) -> Sequence[r.Raw]:
        """Return the time booked on the ticket."""
        return list(self._pages(calls.time_entries(ticket_id), 50))

    def metrics(self, ticket_id: str) -> r.Raw | None:
        """Return the ticket's response times, None where Desk has none."""
        return self._optional(calls.metrics(ticket_id))

    # --------------------------------------------------------------------------------------------------- read: search

    def search_tickets(self, query: TicketQuery) -> Iterator[r.Ticket]:
        """Yield matches, in order of the time searched by; the index lags, e-mail matches are loose.

        A window that fills up is split in halves. A text is searched alone (Desk refuses more) and narrowed here.

        Raises:
            BadInput: More than 900 matches and no window, or within a millisecond; or a text or tag Desk cannot take.
        """
        found = self._search_text(query) if query.text is not None else self._search_fields(query)
        seen: set[str] = set()
        for ticket in found:
            if ticket.id not in seen:
                seen.add(ticket.id)
                yield ticket

    def _search_fields(self, query: TicketQuery) -> Iterator[r.Ticket]:
        split_by = next(iter(calls.ranges(query).items()), None)
        for department_id in query.department_ids or (None,):
            yield from self._search_window(query, department_id, split_by)

    def _search_window(
        self, query: TicketQuery, department_id: str | None, window: tuple[str, calls.Window] | None
    ) -> Iterator[r.Ticket]:
        found = self._search_once(calls.search_tickets(query, department_id, window))
        if found is not None:
            yield from map(replies.ticket, found)
            return
        parts = calls.halves(window[1]) if window else None
        if window is None or parts is None:
            raise BadInput(
                f"a search found more than {self.behaviour.search_ceiling} tickets and cannot be split by time"
            )
        for part in parts:
            yield from self._search_window(query, department_id, (window[0], part))

    def _search_text(self, query: TicketQuery) -> Iterator[r.Ticket]:
        found = self._search_once(calls.search_tickets(query, None, None))
        if found is None:
            raise BadInput(f"a text search found more than {self.behaviour.search_ceiling} tickets")
        for ticket in map(replies.ticket, found):
            outside = query.created is not None and not query.created[0] <= ticket.created <= query.created[1]
            elsewhere = bool(query.department_ids) and ticket.department_id not in query.department_ids
            if not (outside or elsewhere or (query.closed_only and ticket.status_type != "closed")):
                yield ticket

    def _search_once(self, call: Call) -> list[r.Raw] | None:
        """Return all matches, None where there are more than the ceiling."""
        found: list[r.Raw] = []
        for start in range(0, self.behaviour.search_ceiling, 100):
            answer = self._send(call.page(start, 100))
            page = rows(answer)
            found += page
            total = record(answer).get("count") if page else 0
            if replies.number(total) > self.behaviour.search_ceiling:
                return None
            if len(page) < 100:
                return found
        return None

    def archived_tickets(self, department_id: str) -> Iterator[r.Ticket]:
        """Yield a department's archived tickets; raises BadInput beyond the 5,000 that Desk lists."""
        for raw in self._pages(calls.archived_tickets(department_id), 50, ceiling=LIST_CEILING):
            yield replace(replies.ticket(raw), archived=True)

    # --------------------------------------------------------------------------------------------------- read: people

    def contact(self, contact_id: str) -> r.Contact:
        """Return a person's record; raises NotFound."""
        return replies.contact(self._there(calls.contact(contact_id)))

    def contacts_by_email(self, email: str) -> Sequence[r.Contact]:
        """Return contacts with exactly this first or second address, case folded (our own filter on the search)."""
        address = email.strip()
        if "@" not in address or not 3 <= len(address) <= 100:
            raise BadInput("an address to search for has an @ and at most 100 characters")
        found: dict[str, r.Contact] = {}
        for parameter in ("email", "_all"):
            try:
                listed = self._search_once(calls.search_contacts(address, parameter))
            except DeskRejected:
                if parameter == "_all":
                    raise
                continue  # the parameter is documented by example only
            if listed is None:
                raise BadInput(f"an address found more than {self.behaviour.search_ceiling} contacts")
            for raw in listed:
                whole = raw if "secondaryEmail" in raw else self._contact_raw(str(raw.get("id")))
                if whole is not None and replies.has_address(whole, address):
                    found.setdefault(str(raw.get("id")), replies.contact(whole))
        return list(found.values())

    def contacts_by_text(self, text: str) -> Sequence[r.Contact]:
        """Return up to 100 contacts that the wide search shows for a name or number, each with its numbers."""
        call = calls.search_contacts(calls.searchable(text), "_all").page(0, 100)
        found = ((raw if "mobile" in raw else self._contact_raw(str(raw.get("id")))) for raw in rows(self._send(call)))
        return [replies.contact(raw) for raw in found if raw is not None]

    def _contact_raw(self, contact_id: str) -> r.Raw | None:
        return self._optional(calls.contact(contact_id))

    def contact_tickets(self, contact_id: str) -> Iterator[r.Ticket]:
        """Yield the person's tickets of all departments.

        Whether a list without a department is refused or cut short is not established, so each department is asked
        as well: a ticket missed here is personal data that stays.
        """
        seen: set[str] = set()
        for department_id in (None, *(each.id for each in self.departments())):
            try:
                for raw in self._pages(calls.contact_tickets(contact_id, department_id), 50):
                    ticket = replies.ticket(raw)
                    if ticket.id not in seen:
                        seen.add(ticket.id)
                        yield ticket
            except DeskRejected:
                if department_id is not None:
                    raise

    def newest_contacts(self) -> Iterator[r.Contact]:
        """Yield contacts, newest first, as far as asked for."""
        for raw in self._pages(calls.newest_contacts(), 100):
            yield replies.contact(raw)

    def newest_tickets(self, contact_id: str, department_id: str) -> Iterator[r.Ticket]:
        """Yield a contact's tickets in a department, newest first, as far as asked for."""
        for raw in self._pages(calls.newest_tickets(contact_id, department_id), 50):
            yield replies.ticket(raw)

    def contact_comments(self, contact_id: str) -> Sequence[r.Raw]:
        """Return the comments on the person's record."""
        return list(self._pages(calls.contact_comments(contact_id), 50))

    def contact_attachments(self, contact_id: str) -> Sequence[r.Attachment]:
        """Return the files of the person's record."""
        listed = self._pages(calls.contact_attachments(contact_id), 50)
        return [replies.attachment(raw, self.config.file_path) for raw in listed]

    def contact_history(self, contact_id: str) -> Iterator[r.Raw]:
        """Yield what was done to the person's tickets."""
        yield from self._pages(calls.contact_history(contact_id), 100)

    def contact_statistics(self, contact_id: str) -> r.Raw | None:
        """Return Desk's figures about the person, None where it has none."""
        return self._optional(calls.contact_statistics(contact_id))

    def portal_users(self, contact_id: str) -> Sequence[tuple[str, str]]:
        """Return (user id, status) of the contact's help-centre accounts; none where the edition has no help centre."""
        try:
            listed = rows(self._send(calls.help_centers(contact_id)))
        except DeskForbidden as error:
            if error.code != NO_LICENCE:
                raise
            return ()
        users = {str(raw["userId"]): str(raw.get("userStatus") or "") for raw in listed if raw.get("userId")}
        return list(users.items())

    def portal_user(self, user_id: str) -> r.Raw | None:
        """Return a help-centre account, None where it is gone."""
        return self._optional(calls.user(user_id))

    def bin_items(self) -> Iterator[r.BinItem]:
        """Yield what lies in the recycle bin."""
        for raw in self._pages(calls.recycle_bin(), 100):
            yield replies.bin_item(raw)

    def subject_count(self, email: str, module: str) -> int | None:
        """Return Zoho's own count of a person's records, None where the edition does not offer it."""
        if module not in {"tickets", "contacts", "allEntities"}:
            raise BadInput("a count is of tickets, contacts or allEntities")
        try:
            found = record(self._send(calls.subject_count(email, cast("calls.Subject", module))))
        except NotFound:
            return None
        except DeskForbidden as error:
            if error.code != NO_LICENCE:
                raise
            return None
        return replies.number(found.get("count"))

    def subject_request(self, request_id: str) -> r.SubjectRequest:
        """Return one of Zoho's own subject access requests; raises NotFound."""
        return replies.subject_request(record(self._send(calls.subject_request(request_id))))

    def subject_requests(self, email: str) -> Sequence[r.SubjectRequest]:
        """Return the subject access requests of the last 30 days about this address."""
        return [replies.subject_request(raw) for raw in self._pages(calls.subject_requests(email), 100, first=1)]

    # --------------------------------------------------------------------------------------------------------- writes

    def send_reply(
        self, ticket_id: str, *, from_address: str, to: str, html: str, in_reply_to: str | None, private: bool = False
    ) -> str:
        """Send a mail and return the thread id; raises Ambiguous where its landing is unknown."""
        call = calls.send_reply(
            ticket_id, from_address=from_address, to=to, html=html, in_reply_to=in_reply_to, private=private
        )
        return created(call, self._write(call))

    def add_comment(self, ticket_id: str, text: str) -> str:
        """Write a private note and return its id; raises Ambiguous where its landing is unknown."""
        call = calls.add_comment(ticket_id, text)
        return created(call, self._write(call))

    def create_contact(self, last_name: str) -> str:
        """Make a contact without any address and return its id; raises Ambiguous where its landing is unknown."""
        call = calls.create_contact(last_name)
        return created(call, self._write(call))

    def create_ticket(self, ticket: r.NewTicket) -> str:
        """Make an open ticket and return its id; raises Ambiguous where its landing is unknown."""
        call = calls.create_ticket(ticket)
        return created(call, self._write(call))

    def attach_file(self, ticket_id: str, name: str, content: bytes, *, public: bool) -> str:
        """Put a file on a ticket and return its id; raises Ambiguous where its landing is unknown."""
        call = further_calls.attach(ticket_id, name, content, public=public)
        return created(call, self._write(call))

    def erase_natively(self, email: str, ids: Sequence[str], *, reference: str) -> str:
        """Ask Zoho to erase these records itself; return its request's id, which says how far it is."""
        call = calls.erase_natively(email, ids, reference=reference)
        return created(call, self._write(call))

    def add_tags(self, ticket_id: str, tags: Sequence[str]) -> None:
        """Put tags on a ticket. Absolute."""
        if tags:
            self._write(calls.associate_tags(ticket_id, tags))

    def remove_tags(self, ticket_id: str, tags: Sequence[str]) -> None:
        """Take tags off a ticket. Absolute."""
        if tags:
            self._write(calls.dissociate_tags(ticket_id, tags))

    def update_ticket(self, ticket_id: str, patch: TicketPatch) -> None:
        """Overwrite fields without a closure mail. Absolute. See `_clearing` for fields set to nothing."""
        self._clearing(calls.patch_ticket(ticket_id, patch))

    def update_contact(self, contact_id: str, values: Mapping[str, str]) -> None:
        """Overwrite fields, named as in `calls.CONTACT_FIELDS` or `cf_...`. Absolute."""
        self._clearing(calls.patch_contact(contact_id, values))

    def trash_tickets(self, ticket_ids: Sequence[str]) -> None:
        """Move tickets to the recycle bin, 50 a call. Absolute."""
        self._each(calls.trash_tickets(ticket_ids))

    def restore_tickets(self, ticket_ids: Sequence[str]) -> None:
        """Bring tickets back from the recycle bin, 50 a call. Absolute; read back before believing."""
        for call in calls.restore_tickets(ticket_ids):
            self._send(call)

    def trash_contacts(self, contact_ids: Sequence[str]) -> None:
        """Move contacts to the recycle bin, 50 a call. Absolute."""
        self._each(calls.trash_contacts(contact_ids))

    def trash_activities(self, kind: str, activity_ids: Sequence[str]) -> None:
        """Move tasks, calls or events to the recycle bin, 50 a call. Absolute."""
        self._each(calls.trash_activities(kind, activity_ids))

    def purge(self, ids: Sequence[str]) -> Mapping[str, bool]:
        """Delete from the recycle bin for good; return per id whether Desk says so. Read back before believing."""
        done: dict[str, bool] = {}
        for call in calls.purge(ids):
            done |= mass_result(self._send(call), call.json["ids"] if call.json else ())
        return done

    def delete_comment(self, ticket_id: str, comment_id: str) -> None:
        """Delete a comment; one that is gone counts as deleted."""
        self._delete(calls.delete_comment(ticket_id, comment_id))

    def delete_attachment(self, ticket_id: str, attachment_id: str) -> None:
        """Move a file to the recycle bin; one that is gone counts as deleted."""
        self._delete(calls.delete_attachment(ticket_id, attachment_id))

    def delete_resolution(self, ticket_id: str) -> None:
        """Delete the resolution; one that is gone counts as deleted."""
        self._delete(calls.delete_resolution(ticket_id))

    def delete_contact_comment(self, contact_id: str, comment_id: str) -> None:
        """Delete a comment on a person's record; one that is gone counts as deleted."""
        self._delete(calls.delete_contact_comment(contact_id, comment_id))

    def delete_contact_attachment(self, contact_id: str, attachment_id: str) -> None:
        """Move a file of a person's record to the recycle bin; one that is gone counts as deleted."""
        self._delete(calls.delete_contact_attachment(contact_id, attachment_id))

    def delete_contact_photo(self, contact_id: str) -> None:
        """Delete a person's photo; one that is gone counts as deleted."""
        self._delete(calls.delete_contact_photo(contact_id))

    def anonymise_user(self, user_id: str, name: str) -> None:
        """Wipe a help-centre account for good."""
        self._write(calls.anonymise_user(user_id, name))

    # --------------------------------------------------------------------------------------------------------- pieces

    def _send(self, call: Call) -> Answer:
        return self.transport.send(call)

    def _pages(self, call: Call, limit: int, *, ceiling: int | None = None, first: int = 0) -> Iterator[r.Raw]:
        """Yield the rows of a list, page by page; a short page is the last. Some lists count from 1."""
        start = first
        while ceiling is None or start < ceiling:
            page = rows(self._send(call.page(start, limit)))
            yield from page
            if len(page) < limit:
                return
            start += limit
        raise BadInput(f"{call.path} lists no more than {ceiling} records")

    def _there(self, call: Call) -> r.Raw:
        """Return a record; one that Desk shows as permanently deleted is as gone as one that it does not show."""
        found = record(self._send(call))
        if _gone(found):
            raise NotFound(f"{call.method} {call.path}: isDeleted")
        return found

    def _optional(self, call: Call) -> r.Raw | None:
        try:
            answer = self._send(call)
        except NotFound:
            return None
        found = None if answer.status == 204 or not answer.body.strip() else record(answer)
        return None if found is None or _gone(found) else found

    def _thread(self, call: Call, ticket_id: str) -> r.Thread:
        return replies.thread(record(self._send(call)), ticket_id, self.config.file_path)

    def _each(self, several: Sequence[Call]) -> None:
        for call in several:
            self._write(call)

    def _delete(self, call: Call) -> None:
        try:
            self._write(call)
        except NotFound:
            return

    def _write(self, call: Call) -> Answer:
        """Send a write; where Desk refuses a text, once more without emoji and other 4-byte characters."""
        try:
            return self._send(call)
        except DeskRejected as refusal:
            plainer = plain_plane(call.json)
            if refusal.status != 422 or plainer == call.json:
                raise
        return self._send(replace(call, json=plainer))

    def _clearing(self, call: Call) -> None:
        """Overwrite fields and look at the record that comes back: what was to be empty and is not is cleared anew.

        Desk does not say whether `""` or null empties a field; `""` is tried first, null once after it.
        """
        known = self.behaviour.clear_with
        if known != "both":
            only = call if known == "empty_string" else replace(call, json=_with_null(call.json or {}))
            self._write(only)
            return
        try:
            left = _left(call, self._write(call))
        except DeskRejected as refusal:
            if refusal.status != 422 or not _emptied(call.json or {}):
                raise
            left = dict(call.json or {})
        if left:
            self._write(replace(call, json=_other_empty(left)))


def _gone(raw: r.Raw) -> bool:
    """Return whether Desk shows what is left of a permanently deleted record, in place of a 404."""
    return replies.flag(raw.get("isDeleted"))


def _empty(value: Any) -> bool:
    return value is None or value == ""


def _emptied(body: Mapping[str, Any]) -> bool:
    return any(_emptied(value) if isinstance(value, Mapping) else _empty(value) for value in body.values())


def _left(call: Call, answer: Answer) -> dict[str, Any]:
    """Return the part of a patch that was to empty fields which the answer shows still filled."""
    shown = answer.json()
    return _still_filled(call.json or {}, shown) if isinstance(shown, Mapping) else {}


def _still_filled(asked: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    left: dict[str, Any] = {}
    for name, value in asked.items():
        now = shown.get(name)
        if isinstance(value, Mapping):
            inner = _still_filled(value, now) if isinstance(now, Mapping) else {}
            left |= {name: inner} if inner else {}
        elif _empty(value) and not _empty(now):
            left[name] = value
    return left


def _with_null(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _with_null(value) if isinstance(value, Mapping) else (None if value == "" else value)
        for name, value in body.items()
    }


def _other_empty(body: Mapping[str, Any]) -> dict[str, Any]:
    swap: Mapping[str | None, str | None] = {"": None, None: ""}
    return {
        name: _other_empty(value) if isinstance(value, Mapping) else swap.get(value, value)
        for name, value in body.items()
    }
