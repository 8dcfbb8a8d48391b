"""The only way to write into a desk: whoever wants to change anything calls `Writes`, which alone holds a DeskWriter.

Letters, notes, own tags and own fields pass the vocabulary; everything that destroys passes `domain/gate.py` with the
record as it was just read. Each destructive act is read back before it counts as done, and each can be repeated after
a crash with the same end.
"""

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from zoho_privacy.domain import gate, sheet, tags
from zoho_privacy.domain.errors import DeskRejected, NeedsHuman, NotAllowed, NotFound, Rejected, Retryable
from zoho_privacy.domain.keyed import Keyring
from zoho_privacy.domain.machine import OPEN
from zoho_privacy.domain.masking import masked_patch
from zoho_privacy.domain.model import Action, ActionType, Kind, Plan, State
from zoho_privacy.domain.records import Attachment, Contact, NewTicket, Ticket, TicketPatch
from zoho_privacy.domain.redact import leaks
from zoho_privacy.domain.redact_files import redact_file
from zoho_privacy.domain.sources import PersonRecord, Sought, split
from zoho_privacy.domain.twin import Original
from zoho_privacy.ports import AmendsRecords, DeskReader, DeskWriter, Item, Put, Source, Store
from zoho_privacy.workflows import casebook
from zoho_privacy.workflows.twins import Kept as KeptFile
from zoho_privacy.workflows.twins import Rebuilt, Twins

PLACEHOLDER_DOMAIN: Final = "redacted.invalid"
CLOCK_SLACK: Final = timedelta(minutes=2)
_Trash = Callable[[Sequence[str]], None]
_Gone = Callable[[str], bool]
WAITS: Final = "access-pending"
ARCHIVED: Final = "archived"
FILES: Final = "Attachments"
CANARY: Final = "Canary "
"""How the contact and the ticket of a retention run's own begin."""
NATIVE_RUNS: Final = frozenset({"", "INITIATED", "INPROGRESS"})
ANSWERED_FIRST: Final = frozenset({Kind.ACCESS, Kind.PORTABILITY, Kind.KNOW_SPECIFIC})


FILE_ACTIONS: Final = frozenset({ActionType.REDACT_ATTACHMENT, ActionType.DELETE_ATTACHMENT})
"""Their target is "ticket id/file id", their parent the person whose data goes, None where the ticket is all theirs."""
NEEDS_PERSON: Final = FILE_ACTIONS | {
    ActionType.MASK_TICKET,
    ActionType.REBUILD_TICKET,
    ActionType.NATIVE_ERASE_TICKET,
}


class NotInBin(Retryable):
    """The recycle bin does not know a record by its id: not yet, or under another one.

    `hidden` tells that Desk does not show by id what lies in the bin, so that "not found" proves nothing.
    """

    def __init__(self, *, hidden: bool = False) -> None:
        self.hidden = hidden
        super().__init__("the recycle bin does not know the record yet", retry_after_s=30)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one action ended: done, skipped or failed, with a code; `left` names what stays readable."""

    result: str
    code: str = ""
    reason: str = ""
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Target:
    """The record an action is about, as just read."""

    facts: gate.GateFacts
    ticket: Ticket | None = None
    contact: Contact | None = None
    in_bin: bool = False


@dataclass(frozen=True)
class Writes:
    """The gate of one portal."""

    org: str
    reader: DeskReader
    writer: DeskWriter = field(repr=False)
    store: Store
    keyring: Keyring
    carried: frozenset[str] = frozenset()
    """Custom fields that a rebuilt ticket keeps."""
    archived_refuses: bool = False
    sources: Mapping[str, Source] = field(default_factory=dict, repr=False)  # systems beside the desk, by name
    carries_files: bool = False
    """Whether a rebuilt ticket keeps redacted copies of its files."""

    # ---------------------------------------------------------------------------------------------- what people read

    def reply(
        self,
        ticket: Ticket,
        *,
        from_address: str,
        to: str,
        html: str,
        in_reply_to: str | None,
        reference: str,
        tried: datetime | None,
        private: bool = False,
    ) -> str:
        """Send a letter on a ticket as just read; where it was `tried` before, look for it first. Return its thread id.

        A `private` one is for somebody else than the ticket's customer, who must not see it.

        Raises:
            NotAllowed: The ticket is in the bin.
            Ambiguous: Desk did not say whether it went out; call again with `tried`.
        """
        if tried and (sent := self._sent(ticket.id, reference, tried)):
            return sent
        if ticket.trashed:
            raise NotAllowed("a ticket in the bin gets no reply")
        return self.writer.send_reply(
            ticket.id, from_address=from_address, to=to, html=html, in_reply_to=in_reply_to, private=private
        )

    def _sent(self, ticket_id: str, reference: str, tried: datetime) -> str | None:
        for thread in self.reader.threads(ticket_id):
            if thread.direction == "out" and thread.created >= tried - CLOCK_SLACK:
                content = self.reader.thread(ticket_id, thread.id).content or ""
                if reference in content:
                    return thread.id
        return None

    def note(self, ticket_id: str, text: str, *, reference: str, tried: datetime | None) -> str:
        """Write a private note that ends with its reference; where it was `tried` before, look for it first."""
        if tried:
            for comment in self.reader.comments(ticket_id):
                if reference in comment.content:
                    return comment.id
        return self.writer.add_comment(ticket_id, f"{text}\n\n[{reference}]")

    def set_tags(self, ticket_id: str, *, add: frozenset[str], remove: frozenset[str]) -> None:
        """Add and remove own tags.

        Raises:
            NotAllowed: A tag is not in our vocabulary (adding) or does not carry our prefix (removing).
        """
        strange = (add - tags.VOCABULARY) | {tag for tag in remove if not tag.startswith(tags.PREFIX)}
        if strange:
            raise NotAllowed(f"{len(strange)} tag(s) outside our vocabulary")
        if remove:
            self.writer.remove_tags(ticket_id, sorted(remove))
        if add:
            self.writer.add_tags(ticket_id, sorted(add))

    def set_fields(self, ticket_id: str, values: Mapping[str, str | None]) -> None:
        """Overwrite our own custom fields; raises NotAllowed for any other."""
        if set(values) - {tags.ACTION_FIELD, tags.STATE_FIELD}:
            raise NotAllowed("only our own custom fields are written without a plan")
        self.writer.update_ticket(ticket_id, TicketPatch(custom=values))

    def correct_contact(self, contact_id: str, values: Mapping[str, str]) -> None:
        """Overwrite what a person had corrected, and read it back (R-CORRECT-1). Names as in `Contact`.

        A value that Desk keeps in a form of its own counts as shown.

        Raises:
            NotAllowed: A hold keeps the record as it is.
            Retryable: Desk does not show the new values.
        """
        self._must_not_be_held(contact_id)
        before = _values(self.reader.contact(contact_id), values)
        self.writer.update_contact(contact_id, values)
        after = _values(self.reader.contact(contact_id), values)
        if not all(
            after[name] == value or (after[name] != before[name] and sheet.same(name, after[name], value))
            for name, value in values.items()
        ):
            raise Retryable("Desk does not show the new values yet", retry_after_s=60)

    def _must_not_be_held(self, contact_id: str) -> None:
        if gate.hold_on(
            casebook.holds(self.store, self.org),
            tickets=frozenset(),
            contacts=frozenset({contact_id}),
            tags_found=frozenset(),
            record=gate.Described(account_id=self.reader.contact(contact_id).account_id),
        ):
            raise NotAllowed("a legal hold keeps the record as it is")

    def flag_contact(self, contact_id: str, flags: str) -> None:
        """Overwrite our own field on a person's record, and read it back.

        Raises:
            Retryable: Desk does not show it.
        """
        wanted = {tags.FLAGS_FIELD: flags}
        self.writer.update_contact(contact_id, wanted)
        if _values(self.reader.contact(contact_id), wanted) != wanted:
            raise Retryable("Desk does not show the new values yet", retry_after_s=60)

    # ------------------------------------------------------------------------------------------- beside the desk

    def people_elsewhere(self, name: str, addresses: frozenset[str]) -> Sequence[PersonRecord] | None:
        """Return a person's own records in another system, None where nothing can be corrected there."""
        source: object = self.sources.get(name)
        return source.people(Sought(addresses)) if isinstance(source, AmendsRecords) else None

    def person_elsewhere(self, name: str, record: str) -> PersonRecord:
        """Return one of them; `record` is kind/id.

        Raises:
            NotFound: It is gone.
            NotAllowed: The portal's settings no longer name the system.
        """
        kind, _, record_id = record.partition("/")
        return self._amends(name).person(kind, record_id)

    def amend_elsewhere(
        self, contact_id: str, name: str, record: str, values: Mapping[str, str], *, opted_out: bool = False
    ) -> None:
        """Overwrite what a person had corrected there, or set their opt-out, unless it says so; read it back.

        Raises:
            NotFound: The record is gone.
            NotAllowed: A hold keeps a record as it is, or the settings no longer name the system.
            Retryable: The system does not answer, or does not show it yet.
        """
        if values:
            self._must_not_be_held(contact_id)
        kind, _, record_id = record.partition("/")
        if self._says(name, record, values, opted_out=opted_out):
            return
        self._amends(name).amend(kind, record_id, values, opted_out=opted_out)
        if not self._says(name, record, values, opted_out=opted_out):
            raise Retryable(f"{name} does not show the new values yet", retry_after_s=60)

    def _says(self, name: str, record: str, values: Mapping[str, str], *, opted_out: bool) -> bool:
        now = self.person_elsewhere(name, record)
        same = all(now.details.get(each) == value for each, value in values.items())
        return same and (now.opted_out is True or not opted_out)

    def _amends(self, name: str) -> AmendsRecords:
        source: object = self.sources.get(name)
        if not isinstance(source, AmendsRecords):
            raise NotAllowed("the portal's settings no longer name this system")
        return source

    # ---------------------------------------------------------------------------------------------------- the canary

    def make_canary(self, mark: str) -> str:
        """Make the contact on which a retention run proves itself; return its id. Not absolute."""
        _is_canary(mark)
        return self.writer.create_contact(mark)

    def make_canary_ticket(self, new: NewTicket) -> str:
        """Make its ticket; return the id. Not absolute."""
        _is_canary(new.subject)
        return self.writer.create_ticket(new)

    def close_canary_ticket(self, ticket_id: str, status: str) -> None:
        """Close its ticket, unless that is done; raises NotAllowed for anybody's else."""
        ticket = self.reader.ticket(ticket_id)
        _is_canary(ticket.subject)
        if ticket.status_type != "closed":
            self.writer.update_ticket(ticket_id, TicketPatch(status=status))

    # ------------------------------------------------------------------------------------------------- what destroys

    def destroy(self, plan: Plan, action: Action, *, approved_hash: str, resumed: bool) -> Outcome:
        """Carry out one action of an approved plan and read it back.

        `resumed` tells that the journal shows the action as started, so finding its work half done is expected.

        Raises:
            Retryable: Nothing is known to be wrong; call again with `resumed`.
        """
        target = self._read(plan, action, approved_hash, resumed=resumed)
        verdict = gate.decide(action, plan, target.facts)
        if action.type is ActionType.REBUILD_TICKET:
            return self._rebuild(plan, action, approved_hash, target, verdict)
        if not verdict.go:
            if action.type is ActionType.REDACT_ATTACHMENT and target.ticket is not None and not target.in_bin:
                self._drop_copy(plan, action)
            return self._left_alone(action, verdict)
        if self.archived_refuses and target.ticket is not None and target.ticket.archived:
            return Outcome("failed", ARCHIVED, "Desk refuses writes on archived tickets, as the portal's profile says")
        try:
            if action.type is ActionType.REDACT_ATTACHMENT:
                return self._replace_file(plan, action, approved_hash, target, resumed=resumed)
            return self._act(action, target, resumed=resumed)
        except DeskRejected as refusal:
            archived = target.ticket is not None and target.ticket.archived
            return Outcome("failed", ARCHIVED if archived else refusal.code, f"Desk refused with {refusal.status}")

    def erase_tickets(
        self, plan: Plan, actions: Sequence[tuple[Action, bool]], *, approved_hash: str
    ) -> Mapping[str, Outcome | NotInBin]:
        """Erase a few tickets of an approved plan in one trip to the bin; return by key how each ended.

        Each passes the gate as it was just read, and each is read back by id; only the trips and the look into the
        bin are shared, so give few: what was read of the first must still be true when all are written. `actions`
        come with whether the journal shows them as started.

        Raises:
            Retryable: As `destroy`; whatever was done is found done by the next call.
        """
        ended: dict[str, Outcome | NotInBin] = {}
        targets: dict[str, _Target] = {}
        for action, resumed in actions:
            target = self._read(plan, action, approved_hash, resumed=resumed)
            verdict = gate.decide(action, plan, target.facts)
            if verdict.go:
                targets[action.target] = target
            else:
                ended[action.key] = self._left_alone(action, verdict)
        alone = {each for each, target in targets.items() if target.ticket is not None and target.ticket.archived}
        together = {each: target for each, target in targets.items() if each not in alone}
        done: Mapping[str, Outcome | NotInBin] = {}
        with contextlib.suppress(DeskRejected, NotFound):  # one that Desk refuses: each has to go by itself
            done = self._erase_together(together)
        for action, resumed in actions:
            if action.target in done:
                ended[action.key] = done[action.target]
            elif action.target in targets:
                try:
                    again = resumed or action.target in together
                    ended[action.key] = self.destroy(plan, action, approved_hash=approved_hash, resumed=again)
                except NotInBin as problem:
                    ended[action.key] = problem
        return ended

    def _erase_together(self, targets: Mapping[str, _Target]) -> Mapping[str, Outcome | NotInBin]:
        if not targets:
            return {}
        fresh = [each for each, target in targets.items() if not target.in_bin]
        if fresh:
            self.writer.trash_tickets(fresh)
        hidden = self._ticket_gone(fresh[0]) if fresh else any(each.ticket is None for each in targets.values())
        purged = self.writer.purge(list(targets))
        gone = {each: self._ticket_gone(each) for each in targets}
        binned = {item.id for item in self.reader.bin_items()}
        return {
            each: _erased(gone=gone[each], binned=each in binned, purged=purged.get(each, False), hidden=hidden)
            for each in targets
        }

    def _read(self, plan: Plan, action: Action, approved_hash: str, *, resumed: bool) -> _Target:
        holds = casebook.holds(self.store, self.org)
        if action.type in FILE_ACTIONS:
            return self._read_file(plan, action, approved_hash, resumed=resumed)
        if action.type is ActionType.ERASE_SOURCE_RECORD:
            return self._read_owner(plan, action, approved_hash)
        if action.type in gate.TICKET_ACTIONS or (action.parent and action.type is ActionType.ERASE_ACTIVITY):
            ticket_id = action.target if action.type in gate.TICKET_ACTIONS else action.parent or ""
            return self._read_ticket(action, approved_hash, ticket_id, resumed=resumed)
        contact_id = action.parent or action.target
        try:
            contact = self.reader.contact(contact_id)
        except NotFound:
            in_bin = self._in_bin(contact_id)
            facts = gate.GateFacts(approved_hash, action.before or "bin" if in_bin else "", holds=holds)
            return _Target(facts, in_bin=in_bin)
        mark = self.keyring.digest("contact", *gate.contact_marks(contact)).hex()
        masked_by_us = resumed and (contact.email or "").endswith("@" + PLACEHOLDER_DOMAIN)
        facts = gate.GateFacts(
            approved_hash,
            action.before if masked_by_us and action.before else mark,
            hold_tags=frozenset({tags.HOLD}) if self._left_held(plan) else frozenset(),
            tickets=_about(plan),
            contacts=frozenset({contact_id}),
            holds=holds,
            record=gate.described(contact),
            pending_access=self._pending_access(contact_id),
            restricted=self.store.get(self.org, "restriction", contact_id) is not None,
            open_case=any(map(casebook.is_open, casebook.cases_of_contact(self.store, self.org, contact_id))),
            kept_tickets=len(tuple(self.reader.contact_tickets(contact_id))) + self._left_archived(plan)
            if action.type is ActionType.ERASE_CONTACT
            else 0,
        )
        return _Target(facts, contact=contact, in_bin=contact.trashed)

    def _read_owner(self, plan: Plan, action: Action, approved_hash: str) -> _Target:
        """Return what a hold or an open question says of the person whose record in another system goes."""
        owner = action.parent or ""
        contact = self._contact(owner)
        facts = gate.GateFacts(
            approved_hash,
            "present",
            hold_tags=frozenset({tags.HOLD}) if self._left_held(plan) else frozenset(),
            tickets=_about(plan),
            contacts=frozenset({owner}),
            holds=casebook.holds(self.store, self.org),
            record=gate.described(contact) if contact else gate.NOTHING,
            pending_access=self._pending_access(owner),
        )
        return _Target(facts, contact=contact)

    def _left_alone(self, action: Action, verdict: gate.Verdict) -> Outcome:
        """Judge a record that is not touched: if gone it is done, unless a copy may hold the person's data."""
        if verdict.code != "gone":
            return Outcome("skipped", verdict.code, verdict.reason)
        if action.type in gate.TICKET_ACTIONS and self._twins.replaced(action.target):
            return Outcome("skipped", "changed", "written anew for another person: the copy is looked at")
        return Outcome("done", verdict.code, verdict.reason)

    def _read_ticket(self, action: Action, approved_hash: str, ticket_id: str, *, resumed: bool) -> _Target:
        holds = casebook.holds(self.store, self.org)
        try:
            ticket = self.reader.ticket(ticket_id)
        except NotFound:
            in_bin = resumed and self._in_bin(ticket_id)
            facts = gate.GateFacts(
                approved_hash,
                action.before if in_bin else "",
                tickets=frozenset({ticket_id}),
                holds=holds,
            )
            return _Target(facts, in_bin=in_bin)
        request = action.stage == 2 or action.type is ActionType.MASK_TICKET
        mark = self.keyring.digest("ticket", *gate.ticket_marks(ticket, request=request)).hex()
        contacts = frozenset({ticket.contact_id or "", *ticket.secondary_contact_ids}) - {""}
        contacts |= self._twins.kept_in(ticket_id)  # a hold on a person covers the copies with their data
        facts = gate.GateFacts(
            approved_hash,
            mark if action.type in gate.TICKET_ACTIONS else "present",
            hold_tags=tags_of(self.reader, ticket),
            tickets=frozenset({ticket_id}),
            contacts=contacts,
            holds=holds,
            record=gate.described(ticket),
            pending_access=any(self._pending_access(contact_id) for contact_id in contacts),
            restricted=any(self.store.get(self.org, "restriction", contact_id) for contact_id in contacts),
            open_case=any(map(casebook.is_open, casebook.cases_of_ticket(self.store, self.org, ticket_id))),
            closed=ticket.status_type == "closed",
        )
        contact = self._contact(action.parent or ticket.contact_id) if action.type in NEEDS_PERSON else None
        return _Target(facts, ticket=ticket, contact=contact, in_bin=ticket.trashed)

    def _contact(self, contact_id: str | None) -> Contact | None:
        if contact_id is None:
            return None
        try:
            return self.reader.contact(contact_id)
        except NotFound:
            return None

    def _left_held(self, plan: Plan) -> bool:
        """Tell whether a hold kept a ticket of this erasure: then the person's record, its evidence, stays as well."""
        steps = casebook.every(self.store, self.org, "step", parent=plan.hash) if plan.purpose == "erasure" else ()
        return any(item.body.get("code") == "held" for item in steps)

    def _left_archived(self, plan: Plan) -> int:
        """Return how many archived tickets Desk kept: they go with a person's record, and no list need show them."""
        steps = casebook.every(self.store, self.org, "step", parent=plan.hash) if plan.purpose == "erasure" else ()
        return sum(item.body.get("code") == ARCHIVED for item in steps)

    def _pending_access(self, contact_id: str) -> bool:
        return access_pending(self.store, self.org, contact_id)

    def _in_bin(self, record_id: str) -> bool:
        return any(item.id == record_id for item in self.reader.bin_items())

    def _act(self, action: Action, target: _Target, *, resumed: bool) -> Outcome:
        match action.type:
            case ActionType.ERASE_TICKET:
                return self._erase(action.target, target, self.writer.trash_tickets, self._ticket_gone)
            case ActionType.NATIVE_ERASE_TICKET:
                return self._native(target, resumed=resumed)
            case ActionType.ERASE_CONTACT:
                return self._erase(action.target, target, self.writer.trash_contacts, self._contact_gone)
            case ActionType.MASK_TICKET:
                return self._mask_ticket(target, of_others=bool(action.parent))
            case ActionType.MASK_CONTACT:
                return self._mask_contact(action.target)
            case ActionType.ERASE_ACTIVITY:
                return self._erase_activity(action)
            case ActionType.DELETE_CONTACT_COMMENT:
                self.writer.delete_contact_comment(action.parent or "", action.target)
            case ActionType.DELETE_CONTACT_ATTACHMENT:
                self._delete_contact_file(action, resumed=resumed)
            case ActionType.DELETE_CONTACT_PHOTO:
                self.writer.delete_contact_photo(action.target)
            case ActionType.ERASE_SOURCE_RECORD:
                return self._erase_elsewhere(action, target.contact)
            case ActionType.ANONYMISE_USER:
                self.writer.anonymise_user(action.target, "Redacted")
            case ActionType.DELETE_ATTACHMENT:
                if target.in_bin:
                    return Outcome("skipped", "binned", "in the recycle bin with its ticket: ends by itself")
                ticket_id, _, file_id = action.target.partition("/")
                return self._delete_file(ticket_id, file_id, resumed=resumed)
        return Outcome("done")

    def _erase_elsewhere(self, action: Action, contact: Contact | None) -> Outcome:
        """Erase a record in another system and ask it again for everything about the person."""
        name, kind, record_id = split(action.target)
        source = self.sources.get(name)
        if source is None:
            return Outcome("failed", "no-source", "the portal's settings no longer name this system")
        addresses = contact_addresses(contact)
        try:
            source.erase(kind, record_id)
            shown = source.collect(Sought(addresses)) if addresses else ()
        except (NeedsHuman, Rejected) as refusal:
            return Outcome("failed", "refused", f"{name} refused with {type(refusal).__name__}")
        if any((each.kind, each.id) == (kind, record_id) for each in shown):
            return Outcome("failed", "still-there", "the record is still found")
        left = source.describe().left
        return Outcome("done", left=(left,) if left else ())

    def _delete_contact_file(self, action: Action, *, resumed: bool) -> None:
        self.writer.delete_contact_attachment(action.parent or "", action.target)
        purged = self.writer.purge([action.target]).get(action.target)
        if not purged and (not resumed or any(item.type == FILES for item in self.reader.bin_items())):
            raise NotInBin  # not there yet, or it may be one of the files in the bin under another id

    def _erase(self, record_id: str, target: _Target, trash: _Trash, gone: _Gone) -> Outcome:
        if not target.in_bin:
            trash([record_id])
        hidden = gone(record_id)
        purged = self.writer.purge([record_id]).get(record_id, False)
        ended = _erased(gone=gone(record_id), binned=self._in_bin(record_id), purged=purged, hidden=hidden)
        if isinstance(ended, NotInBin):
            raise ended
        return ended

    # --------------------------------------------------------------------------------------------------------- files

    def _read_file(self, plan: Plan, action: Action, approved_hash: str, *, resumed: bool) -> _Target:
        """Read the ticket of a file and the file; once its replacing has begun, its absence is our own doing."""
        ticket_id, _, file_id = action.target.partition("/")
        target = self._read_ticket(action, approved_hash, ticket_id, resumed=resumed)
        if target.ticket is None or target.in_bin:
            return target
        file = self._listed_file(ticket_id, file_id)
        begun = resumed and (action.type is ActionType.DELETE_ATTACHMENT or self._copy_of(plan, action) is not None)
        fingerprint = self._mark_of(file) if file is not None else action.before if begun else ""
        return replace(target, facts=replace(target.facts, fingerprint=fingerprint))

    def _listed_file(self, ticket_id: str, file_id: str) -> Attachment | None:
        return next((each for each in self.reader.attachments(ticket_id) if each.id == file_id), None)

    def _mark_of(self, file: Attachment) -> str:
        return file_mark(self.keyring, file.name, b"".join(self.reader.download(file)))

    def _copy_of(self, plan: Plan, action: Action) -> Item | None:
        return self.store.get(self.org, "file_copy", f"{plan.hash[:24]}:{action.key}")

    def _replace_file(
        self, plan: Plan, action: Action, approved_hash: str, target: _Target, *, resumed: bool
    ) -> Outcome:
        """Put the redacted copy of a file beside it, read it back, pass the gate once more, then delete the original.

        Until the copy is read back nothing happens to the original; whatever else ends this deletes the copy. A copy
        whose making was not answered is found by its content among the files that were not there before.

        Raises:
            Retryable: Call again with `resumed`.
        """
        ticket_id, _, file_id = action.target.partition("/")
        if target.in_bin:
            return Outcome("skipped", "binned", "in the recycle bin with its ticket: ends by itself")
        original = self._listed_file(ticket_id, file_id)
        if original is not None:
            content = b"".join(self.reader.download(original))
            only = bool(action.parent)
            made = redact_file(original.name, content, identifiers(target.contact), only_contact=only)
            if made.content is None or file_mark(self.keyring, made.name, made.content) != action.after:
                self._drop_copy(plan, action)
                return Outcome("skipped", "changed", "the redacted file would not be the one that was planned")
            wrong = self._write_copy(plan, action, original, made.name, made.content)
            if wrong is not None:
                return wrong
            again = self._read(plan, action, approved_hash, resumed=True)
            verdict = gate.decide(action, plan, again.facts)
            if not verdict.go:
                self._drop_copy(plan, action)
                return Outcome("skipped", verdict.code, verdict.reason)
        try:
            return self._delete_file(ticket_id, file_id, resumed=resumed or original is None)
        except DeskRejected:
            self._drop_copy(plan, action)
            if target.ticket is not None and target.ticket.archived:
                raise
            return Outcome("skipped", "file-stays", "Desk does not let go of this file: it stays as it is")

    def _write_copy(
        self, plan: Plan, action: Action, original: Attachment, name: str, content: bytes
    ) -> Outcome | None:
        """Make the one copy where there is none and read it back; return what is wrong with it."""
        ticket_id = action.target.partition("/")[0]
        state = self._copy_of(plan, action)
        if state is None:
            there = sorted(each.id for each in self.reader.attachments(ticket_id))
            item_id = f"{plan.hash[:24]}:{action.key}"
            state = self._remember(Item(self.org, "file_copy", item_id, {"there": there}, parent=ticket_id))
        copies = self._copies(state, action)
        for surplus in copies[1:]:
            self._delete_file(ticket_id, surplus, resumed=True)
        if copies:
            made = copies[0]
        elif "copy" in state.body:
            raise Retryable("the redacted copy is not listed yet", retry_after_s=30)
        else:
            public = str(original.raw.get("isPublic")).lower() == "true"
            made = self.writer.attach_file(ticket_id, name, content, public=public)
        if state.body.get("copy") != made:
            self._remember(replace(state, body={**state.body, "copy": made}))
        stored = self._listed_file(ticket_id, made)
        if stored is None:
            raise Retryable("the redacted copy is not listed yet", retry_after_s=30)
        if self._mark_of(stored) != action.after:
            self._drop_copy(plan, action)
            return Outcome("failed", "copy-differs", "the file that Desk stored is not what was written")
        return None

    def _copies(self, state: Item, action: Action) -> list[str]:
        """Return the copies that stand, whether or not their making was answered."""
        ticket_id = action.target.partition("/")[0]
        there = frozenset(state.body["there"])
        listed = [each for each in self.reader.attachments(ticket_id) if each.id not in there]
        known = state.body.get("copy")
        others = self._copies_of_others(state)
        return [e.id for e in listed if e.id == known or (e.id not in others and self._mark_of(e) == action.after)]

    def _copies_of_others(self, state: Item) -> frozenset[str]:
        rows = casebook.every(self.store, self.org, "file_copy", parent=state.parent or "")
        return frozenset(str(row.body["copy"]) for row in rows if row.id != state.id and "copy" in row.body)

    def _drop_copy(self, plan: Plan, action: Action) -> None:
        """Delete the copy again while the original stands; without the original the copy is all there is."""
        ticket_id, _, file_id = action.target.partition("/")
        state = self._copy_of(plan, action)
        if state is None or self._listed_file(ticket_id, file_id) is None:
            return
        for copy in self._copies(state, action):
            self._delete_file(ticket_id, copy, resumed=True)
        body = {name: value for name, value in state.body.items() if name != "copy"}
        self._remember(replace(state, body=body))

    def _delete_file(self, ticket_id: str, file_id: str, *, resumed: bool) -> Outcome:
        listed = self._listed_file(ticket_id, file_id) is not None
        if listed:
            with contextlib.suppress(NotFound):
                self.writer.delete_attachment(ticket_id, file_id)
        purged = self.writer.purge([file_id]).get(file_id)
        if self._listed_file(ticket_id, file_id) is not None:
            return Outcome("failed", "still-there", "listed after the delete")
        binned = tuple(self.reader.bin_items())
        unsure = not purged and (not resumed or listed or any(item.type == FILES for item in binned))
        if unsure or any(item.id == file_id for item in binned):
            raise NotInBin  # not there yet, or it may be one of the files in the bin under another id
        return Outcome("done")

    def _remember(self, item: Item) -> Item:
        self.store.commit([Put(item)])
        return replace(item, version=item.version + 1)

    # --------------------------------------------------------------------------------------------------- writing anew

    def bring_back(self, reference: str, original: Original, files: Sequence[KeptFile], *, people: frozenset[str]
                   ) -> Rebuilt:  # fmt: skip
        """Bring back a ticket that a retention run deleted: out of the bin where it still is, else written anew.

        A redacted copy that stood in its place goes again, unless a hold or somebody's later words keep it. A ticket
        whose end was read back (its tombstone says so) is never taken out of the bin: it would be erased again as soon
        as it is seen.

        Raises:
            Retryable: Call again with the same reference.
        """
        ticket_id = original.ticket.id
        buried = self.store.get(self.org, "tombstone", self.keyring.pseudonym("tombstone", ticket_id))
        binned = buried is None and self._in_bin(ticket_id)
        if binned:
            self.writer.restore_tickets([ticket_id])
        if buried is None and not self._ticket_gone(ticket_id):
            found = self.reader.ticket(ticket_id)
            if not found.trashed:
                made = Rebuilt(done=True, code="restored", twin_id=ticket_id, number=found.number)
                return self._alone(ticket_id, made)
        if binned:
            raise NotInBin  # Desk has not brought it back yet
        made = self._twins.again(reference, original, files, custom=sorted(self.carried), people=people)
        return self._alone(ticket_id, made) if made.done else made

    def _alone(self, ticket_id: str, made: Rebuilt) -> Rebuilt:
        holds = casebook.holds(self.store, self.org)
        return replace(made, beside=self._twins.superseded(ticket_id, made.twin_id, holds))

    def leave_gone(self, reference: str) -> None:
        """Delete what was written of a ticket that must not come back after all; raises Retryable."""
        self._twins.give_up(reference)

    @property
    def _twins(self) -> Twins:
        return Twins(self.org, self.reader, self.writer, self.store, self.keyring)

    def _rebuild(
        self, plan: Plan, action: Action, approved_hash: str, target: _Target, verdict: gate.Verdict
    ) -> Outcome:
        """Write the redacted twin, pass the gate once more, then delete the original (see `twins.py`)."""
        twins, reference = self._twins, self._twins.reference(plan, action)
        stands = twins.complete(reference)
        if not verdict.go:
            if verdict.code == "gone" and stands:
                return _told(twins.finished(reference))
            twins.give_up(reference)
            return self._left_alone(action, verdict)
        if not stands and not target.in_bin and target.ticket is not None:
            people, subjects = self._people(plan, action, target.ticket)
            erased = {each.target for each in plan.actions if each.type is ActionType.MASK_CONTACT}
            try:
                refused = twins.write(
                    reference,
                    target.ticket,
                    people,
                    subjects=subjects,
                    keep_others=bool(action.parent),
                    custom=sorted(self.carried),
                    carries_files=self.carries_files,
                    erased=erased | {action.parent or ""},
                )
            except DeskRejected as refusal:
                twins.give_up(reference)
                return Outcome("failed", refusal.code, f"Desk refused the copy with {refusal.status}")
            if refused is not None:
                return Outcome("failed", refused.code, refused.reason)
            target = self._read(plan, action, approved_hash, resumed=True)
            verdict = gate.decide(action, plan, target.facts)
            if not verdict.go:
                twins.give_up(reference)
                return Outcome("skipped", verdict.code, verdict.reason)
        try:
            outcome = self._erase(action.target, target, self.writer.trash_tickets, self._ticket_gone)
        except DeskRejected as refusal:
            twins.give_up(reference)
            archived = target.ticket is not None and target.ticket.archived
            return Outcome("failed", ARCHIVED if archived else refusal.code, f"Desk refused with {refusal.status}")
        if outcome.result != "done" or not twins.complete(reference):
            return outcome
        return _told(twins.finished(reference))

    def _people(self, plan: Plan, action: Action, ticket: Ticket) -> tuple[list[Mapping[str, str]], int]:
        """Return whom the records name on a ticket, those to be erased first, and how many those are."""
        erased = [each.target for each in plan.actions if each.type is ActionType.MASK_CONTACT]
        first = dict.fromkeys([action.parent or ticket.contact_id, *(erased if plan.purpose == "erasure" else ())])
        others = dict.fromkeys([ticket.contact_id, *ticket.secondary_contact_ids])
        subjects = [known for each in first if (known := self._known(each, firm=not action.parent))]
        rest = [known for each in others if each not in first and (known := self._known(each, firm=not action.parent))]
        if not action.parent and ticket.email:
            rest.append({"email": ticket.email} | ({"phone": ticket.phone} if ticket.phone else {}))
        return [*subjects, *rest], len(subjects)

    def _known(self, contact_id: str | None, *, firm: bool) -> Mapping[str, str]:
        """Return what a person is known by; the employer's name only where nobody else's data stays."""
        contact = self._contact(contact_id)
        employer = {"accountName": contact.account_name} if firm and contact and contact.account_name else {}
        return {**identifiers(contact), **employer}

    def _native(self, target: _Target, *, resumed: bool) -> Outcome:
        """Ask Zoho to erase the ticket itself, wait for the end, and believe only what is read back (R-API-2).

        Raises:
            Retryable: Zoho is not through yet.
        """
        ticket = target.ticket
        address = (target.contact.email if target.contact else None) or (ticket.email if ticket else None)
        if ticket is None or not address:
            return Outcome("failed", "no-address", "Zoho's own erasure needs the person's address")
        asked = self._asked(ticket, address, resumed=resumed)
        request = self.reader.subject_request(asked)
        if request.status in NATIVE_RUNS:
            raise Retryable("Zoho's own erasure is not through yet", retry_after_s=60)
        if self._ticket_gone(ticket.id) and not self._in_bin(ticket.id):
            return Outcome("done")
        return Outcome(
            "failed", "native-incomplete", f"Zoho says {request.status or 'nothing'}, the ticket is still there"
        )

    def _asked(self, ticket: Ticket, address: str, *, resumed: bool) -> str:
        """Return the id of the one request for this ticket; after a kill it is looked for before another is made."""
        known = self.store.get(self.org, "native", ticket.id)
        if known is not None:
            return str(known.body["request"])
        before = (
            [each for each in self.reader.subject_requests(address) if each.reference == ticket.number]
            if resumed
            else []
        )
        mine = [each.id for each in before if each.kind == "ERASURE_REQUEST"]
        made = mine[0] if mine else self.writer.erase_natively(address, [ticket.id], reference=ticket.number)
        self.store.commit([Put(Item(self.org, "native", ticket.id, {"request": made}))])
        return made

    def _erase_activity(self, action: Action) -> Outcome:
        kind, _, activity_id = action.target.partition("/")
        listed = self._listed(action, activity_id)
        if listed:
            with contextlib.suppress(NotFound):  # an earlier run has trashed it, and the list shows it still
                self.writer.trash_activities(kind, [activity_id])
        purged = self.writer.purge([activity_id]).get(activity_id)
        if self._in_bin(activity_id) or (listed and not purged):
            raise NotInBin
        if self._listed(action, activity_id):
            return Outcome("failed", "still-there", "listed after the delete")
        return Outcome("done")

    def _listed(self, action: Action, activity_id: str) -> bool:
        return any(each.id == activity_id for each in self.reader.activities(action.parent or ""))

    def _ticket_gone(self, ticket_id: str) -> bool:
        try:
            self.reader.ticket(ticket_id)
        except NotFound:
            return True
        return False

    def _contact_gone(self, contact_id: str) -> bool:
        try:
            self.reader.contact(contact_id)
        except NotFound:
            return True
        return False

    def _mask_ticket(self, target: _Target, *, of_others: bool) -> Outcome:
        """Overwrite what can be; on a ticket with other people in it (`of_others`) only what is the person's."""
        ticket = target.ticket
        if ticket is None:
            return Outcome("done", "gone")
        if target.in_bin:
            return Outcome("skipped", "binned", "in the recycle bin, where nothing can be overwritten: ends by itself")
        person = identifiers(target.contact)
        patch = masked_patch(ticket, person, only_contact=of_others)

        def leaking(*texts: str | None) -> bool:
            return any(leaks(text, person, only_contact=of_others) for text in texts if text)

        if leaking(patch.subject, patch.description, patch.resolution):
            return Outcome("failed", "would-leak", "the second reader found an identifier in the redacted text")
        if patch != TicketPatch():
            self.writer.update_ticket(ticket.id, patch)
        for comment in tuple(self.reader.comments(ticket.id)):
            if leaking(comment.content):
                self.writer.delete_comment(ticket.id, comment.id)
        if leaking(self.reader.resolution(ticket.id)):
            self.writer.delete_resolution(ticket.id)
        named = frozenset(tag for tag in tags_of(self.reader, ticket) if leaking(tag, _words_of(tag)))
        if named:
            self.writer.remove_tags(ticket.id, sorted(named))
        after = self.reader.ticket(ticket.id)
        if leaking(after.subject, after.description, after.email, after.phone, *after.custom.values()):
            return Outcome("failed", "still-there", "the old value is still readable")
        if named & (tags_of(self.reader, after) if named else frozenset()):
            return Outcome("failed", "still-there", "a tag that names the person is still on the ticket")
        clean = {item.body.get("copy") for item in casebook.every(self.store, self.org, "file_copy", parent=ticket.id)}
        files = any(file.id not in clean for file in self.reader.attachments(ticket.id))
        left = {"tag list": bool(named), "files": files}
        return Outcome("done", "masked", left=("threads", "history", *(name for name, stays in left.items() if stays)))

    def _mask_contact(self, contact_id: str) -> Outcome:
        address = f"redacted-{self.keyring.pseudonym('contact', contact_id)[:16]}@{PLACEHOLDER_DOMAIN}"
        blank = ("first_name", "secondary_email", "phone", "mobile", "country", "state")
        details = self.reader.contact(contact_id).details
        cleared = dict.fromkeys((*blank, *details), "")
        self.writer.update_contact(contact_id, {"last_name": "Redacted", "email": address, **cleared})
        after = self.reader.contact(contact_id)
        kept = [name for name in blank if getattr(after, name)] + [name for name in details if after.details.get(name)]
        if after.email != address or after.last_name != "Redacted" or kept:
            return Outcome("failed", "still-there", "a field kept its old value")
        return Outcome("done", "masked")


def _values(contact: Contact, names: Iterable[str]) -> dict[str, str]:
    """Return fields of a record by their names in Desk's adapter, "" where empty."""
    return {name: getattr(contact, name, None) or contact.details.get(name) or "" for name in names}


def _is_canary(mark: str) -> None:
    if not mark.startswith(CANARY):
        raise NotAllowed("only the canary is made and closed without a plan")


def _words_of(tag: str) -> str:
    """Return a tag as words: tags have no blanks, so people write names in them with other signs between."""
    return " ".join(re.split(r"[-_.:/+]+", tag))


def _about(plan: Plan) -> frozenset[str]:
    """Return the tickets that an erasure is about: a hold placed on one of them meanwhile keeps the person's record."""
    acted_on = {each.target for each in plan.actions if each.type in gate.TICKET_ACTIONS}
    stays = {each.target for each in plan.kept if each.type == "ticket"}
    return frozenset(acted_on | stays) if plan.purpose == "erasure" else frozenset()


def _told(end: Rebuilt) -> Outcome:
    return Outcome("done", end.code, f"written anew as ticket {end.number}" if end.number else "")


def _erased(*, gone: bool, binned: bool, purged: bool, hidden: bool) -> Outcome | NotInBin:
    """Judge an erasure by what reading back showed; Desk's own word counts only where reading proves nothing."""
    if gone and not binned and (purged or not hidden):
        return Outcome("done")
    if purged:
        return Outcome("failed", "still-there", "Desk reported success, the record is still readable")
    return NotInBin(hidden=hidden)


def file_mark(keyring: Keyring, name: str, content: bytes) -> str:
    """Return the keyed fingerprint of a file: its name and what is in it."""
    return keyring.digest("file", name, hashlib.sha256(content).hexdigest()).hex()


def tags_of(reader: DeskReader, ticket: Ticket) -> frozenset[str]:
    """Return a ticket's tags, also of one in the bin as far as Desk shows them there; none where it counts none."""
    if ticket.tag_count == 0:
        return frozenset()
    try:
        return reader.tags(ticket.id)
    except NotFound:
        if not ticket.trashed:
            raise
        return frozenset()


def access_pending(store: Store, org: str, contact_id: str) -> bool:
    """Tell whether a person still waits for their data (R-HOLD-5).

    A request whose check lapsed does not count: whoever forges one could otherwise keep others' data for ever.
    """
    cases = casebook.cases_of_contact(store, org, contact_id)
    return any(case.kind in ANSWERED_FIRST and case.state in OPEN - {State.DORMANT} for case in cases)


def contact_addresses(contact: Contact | None) -> frozenset[str]:
    """Return the addresses by which other systems know a person; none where our own mask stands in their place."""
    known = (contact.email, contact.secondary_email) if contact else ()
    folded = {each.strip().casefold() for each in known if each}
    return frozenset(each for each in folded if not each.endswith("@" + PLACEHOLDER_DOMAIN))


def identifiers(contact: Contact | None) -> Mapping[str, str]:
    """Return what the redaction engine knows a person by."""
    if contact is None:
        return {}
    known = {
        "firstName": contact.first_name,
        "lastName": contact.last_name,
        "email": contact.email,
        "secondaryEmail": contact.secondary_email,
        "phone": contact.phone,
        "mobile": contact.mobile,
        "ownNumbers": "\n".join(contact.own_numbers),
        "homes": "\n".join(contact.homes),
    }
    return {name: value for name, value in known.items() if value}
