"""Rebuilding a ticket: write its redacted twin, check it, delete the original for good, in this order and never half.

Part of the gate (`writes.py`), which alone calls it. Until the twin is complete and checked nothing happens to the
original; once the original is in the bin nothing happens to the twin. Whatever else ends a rebuild (a hold placed
meanwhile, a changed record, a finding of the second reader) deletes the twin again. Half-written twins are found by
their reference in a list that no index lags behind, so a process killed at any line goes on where it was (R-PLAN-3).

A ticket that is brought back within its undo window is written the same way, as it was (`again`).

Tables: twin (id: reference; how far one rebuild is), twin_ticket (id: ticket; what a twin stands for, `whole` where
nothing was taken out), twin_person (parent: contact, keyed address or original ticket; whose data a twin kept),
placeholder (id "contact": to whom twins belong).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from zoho_privacy.domain import gate, tags
from zoho_privacy.domain import twin as copies
from zoho_privacy.domain.errors import DeskRejected, NotFound
from zoho_privacy.domain.keyed import Keyring
from zoho_privacy.domain.mailtext import full_text
from zoho_privacy.domain.model import Action, Hold, Plan
from zoho_privacy.domain.records import Attachment, NewTicket, Ticket, TicketPatch
from zoho_privacy.domain.twin import Original, Person, Twin
from zoho_privacy.ports import DeskReader, DeskWriter, Item, Put, Store

BEGUN: Final = "begun"
CHECKED: Final = "checked"
DONE: Final = "done"
GIVEN_UP: Final = "given-up"
PERSON: Final = "person"
PLACEHOLDER: Final = "Redacted person"
LOOK_BACK: Final = 200
"""How many of the newest records are looked through for one whose making was begun; one run makes one at a time."""

Kept = tuple[str, int, Callable[[], bytes]]
"""A file to be put back: its name, its size in bytes, and what reads it."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How a rebuild ended. `code` is "rebuilt", "anonymised", or why nothing was done."""

    done: bool
    code: str
    reason: str = ""
    twin_id: str = ""
    number: str = ""
    beside: str = ""
    """The number of a redacted copy that stays beside a ticket which is back."""


@dataclass(frozen=True)
class Twins:
    """Writes and deletes twins in one portal."""

    org: str
    reader: DeskReader
    writer: DeskWriter = field(repr=False)
    store: Store
    keyring: Keyring

    def reference(self, plan: Plan, action: Action) -> str:
        """Return the mark that names one twin for ever: keyed, so it tells nobody which ticket it stands for."""
        return f"copy {self.keyring.pseudonym('twin', f'{plan.hash}:{action.key}')[:10]}"

    def progress(self, reference: str) -> Item | None:
        """Return how far a rebuild is, None where it has not begun."""
        return self.store.get(self.org, "twin", reference)

    def complete(self, reference: str) -> bool:
        """Tell whether the twin stands, complete and checked."""
        state = self.progress(reference)
        return state is not None and state.body["phase"] in {CHECKED, DONE}

    # ----------------------------------------------------------------------------------------------------- the twin

    def write(self, reference: str, ticket: Ticket, people: Iterable[Person], *, subjects: int, keep_others: bool,
              custom: Iterable[str], erased: Iterable[str] = (), carries_files: bool = False
              ) -> Rebuilt | None:  # fmt: skip
        """Write and check the twin of a ticket; return why it must not be, or None where it stands complete.

        `people` are those known by record, the erased ones (`subjects` of them) first; `erased` are their records.
        With `carries_files` it gets redacted copies of the files that can be redacted.

        Raises:
            Ambiguous, Retryable: Call again; what was written so far is found by its reference.
        """
        state = self.progress(reference)
        if state is None:
            state = self._remember(Item(self.org, "twin", reference, {"phase": BEGUN, "of": ticket.id}))
        original = self._original(ticket, tuple(people), subjects)
        if keep_others:
            original = copies.with_homes(original)
        files: tuple[tuple[str, bytes], ...] = ()
        if carries_files and original.files:
            original = replace(original, attachments=tuple(self.reader.attachments(ticket.id)))
            files = copies.redacted_files(original, self._content, keep_others=keep_others)
        made = copies.twin(original, reference=reference, keep_others=keep_others, custom=custom, files=len(files))
        if found := copies.finds(made, original, keep_others=keep_others):
            self.give_up(reference)
            return Rebuilt(done=False, code="would-leak", reason=f"the second reader found {len(found)} identifier(s)")
        twin_id = self._place(state, made, ticket)
        self._fill(twin_id, made, ticket)
        self._attach(twin_id, [(name, len(content), partial(bytes, content)) for name, content in files])
        wrong = self._differs(twin_id, made, original, keep_others=keep_others)
        if not wrong and files and Counter(self._files(twin_id)) != Counter(files):
            wrong = "the files that Desk stored are not what was written"
        if wrong:
            self.give_up(reference)
            return Rebuilt(done=False, code="copy-differs", reason=wrong)
        stay = self._stay(original, frozenset(erased)) if keep_others else frozenset()
        self._checked(reference, twin_id, made, ticket, stay)
        return None

    def again(self, reference: str, original: Original, files: Sequence[Kept], *, custom: Iterable[str],
              people: frozenset[str]) -> Rebuilt:  # fmt: skip
        """Write a deleted ticket as it was; nothing of it is taken out. Safe to repeat until it is done.

        `people` are records and keyed addresses of those in it, so that their own request finds it.

        Raises:
            Ambiguous, Retryable: Call again; what was written so far is found by its reference.
        """
        state = self.progress(reference)
        if state is not None and state.body["phase"] == DONE:
            return Rebuilt(done=True, code="again", twin_id=state.body["twin"], number=state.body["number"])
        if state is None:
            state = self._remember(Item(self.org, "twin", reference, {"phase": BEGUN, "again": True}))
        ticket = original.ticket
        made = copies.again(original, reference=reference, carried=custom)
        twin_id = self._place(state, made, ticket)
        self._fill(twin_id, made, ticket)
        self._attach(twin_id, files)
        if wrong := self._unlike(twin_id, made):
            self.give_up(reference)
            return Rebuilt(done=False, code="copy-differs", reason=wrong)
        self._checked(reference, twin_id, made, ticket, people, phase=DONE)
        return Rebuilt(done=True, code="again", twin_id=twin_id, number=self.reader.ticket(twin_id).number)

    def superseded(self, ticket_id: str, by: str, holds: Sequence[Hold]) -> str:
        """Delete the twins of a ticket that is back as `by`; return the number of one that stays, "" where none does.

        What a hold covers stays, and so does a twin on which somebody has written since. Safe to repeat.

        Raises:
            Retryable: It is not gone yet.
        """
        stays = ""
        for known in self.store.find(self.org, "twin_person", parent=ticket_id):
            twin_id = str(known.body["twin"])
            if twin_id == by:
                continue
            try:
                twin = self.reader.ticket(twin_id)
            except NotFound:
                continue
            hold = gate.hold_on(
                holds,
                tickets=frozenset({ticket_id, twin_id}),
                contacts=frozenset(),
                tags_found=frozenset(),
                record=gate.described(twin),
            )
            held = hold is not None or (not twin.trashed and tags.HOLD in self.reader.tags(twin_id))
            if held or not (twin.trashed or self._untouched(twin_id)):
                stays = twin.number
            else:
                self._remove(twin_id)
        return stays

    def _untouched(self, twin_id: str) -> bool:
        """Tell whether a twin holds the messages that we wrote and no others."""
        known = self.store.get(self.org, "twin_ticket", twin_id)
        written = known.body.get("messages") if known else None
        return written == len(list(self.reader.comments(twin_id))) and not list(self.reader.threads(twin_id))

    def _content(self, file: Attachment) -> bytes:
        return b"".join(self.reader.download(file))

    def _files(self, ticket_id: str) -> list[tuple[str, bytes]]:
        return [(each.name, self._content(each)) for each in self.reader.attachments(ticket_id)]

    def _attach(self, twin_id: str, files: Sequence[Kept]) -> None:
        """Put the files on the ticket that are not there yet, known by name and size."""
        there = Counter((each.name, each.size) for each in self.reader.attachments(twin_id))
        for name, size, load in files:
            if there[name, size]:
                there[name, size] -= 1
            else:
                self.writer.attach_file(twin_id, name, load(), public=False)

    def replaced(self, ticket_id: str) -> bool:
        """Tell whether a twin was written for this ticket: it may hold the data of those who were not erased."""
        return bool(self.store.find(self.org, "twin_person", parent=ticket_id, limit=1))

    def kept_in(self, ticket_id: str) -> frozenset[str]:
        """Return whose data a twin kept, as contact ids and keyed addresses; nothing of a ticket that is no twin."""
        known = self.store.get(self.org, "twin_ticket", ticket_id)
        return frozenset(known.body.get("people", ())) if known else frozenset()

    def _stay(self, original: Original, erased: frozenset[str]) -> frozenset[str]:
        """Return whose data stays: records and keyed addresses, so that their own request finds the twin."""
        ticket = original.ticket
        gone = {self._mark(person) for person in original.persons[: original.subjects]}
        marks = {self._mark(person) for person in original.persons[original.subjects :]}
        records = {ticket.contact_id or "", *ticket.secondary_contact_ids} - {self._placeholder_id()}
        return frozenset((marks | records | self.kept_in(ticket.id)) - gone - erased - {""})

    def _mark(self, person: Person) -> str:
        address = person.get("email", "").strip().casefold()
        return self.keyring.pseudonym(PERSON, address) if address else ""

    def _placeholder_id(self) -> str:
        known = self.store.get(self.org, "placeholder", "contact")
        return str(known.body.get("id", "")) if known else ""

    def give_up(self, reference: str) -> None:
        """Delete a twin that must not be; the original is untouched. Safe to repeat.

        Raises:
            Retryable: It is not gone yet.
        """
        state = self.progress(reference)
        if state is None or state.body["phase"] == DONE:
            return
        for twin_id in self._written(state):
            self._remove(twin_id)
        self._remember(replace(state, body={**state.body, "phase": GIVEN_UP}))

    def finished(self, reference: str) -> Rebuilt:
        """Note that the original is gone and return what stands in its place."""
        state = self.progress(reference)
        body: dict[str, Any] = dict(state.body) if state else {}
        if state is not None and body["phase"] != DONE:
            self._remember(replace(state, body={**body, "phase": DONE}))
        code = "anonymised" if body.get("anonymous") else "rebuilt"
        return Rebuilt(done=True, code=code, twin_id=body.get("twin", ""), number=body.get("number", ""))

    # ------------------------------------------------------------------------------------------------------- reading

    def _original(self, ticket: Ticket, people: tuple[Person, ...], subjects: int) -> Original:
        threads = tuple(self.reader.thread(ticket.id, each.id) for each in self.reader.threads(ticket.id))
        known = {person.get("email", "").casefold() for person in people} - {""}
        others = tuple(each for each in copies.participants(threads) if each.get("email", "").casefold() not in known)
        tags = self.reader.tags(ticket.id)
        comments = tuple(self.reader.comments(ticket.id))
        resolution = ticket.resolution if ticket.resolution is not None else self.reader.resolution(ticket.id)
        return Original(replace(ticket, resolution=resolution), threads, comments, tags, (*people, *others), subjects)

    def _written(self, state: Item) -> list[str]:
        """Return the twins of this reference that stand, whether or not their making was noted, oldest first."""
        if twin_id := state.body.get("twin"):
            return [twin_id] if self._stands(twin_id) else []
        if "department" not in state.body:
            return []
        newest = self.reader.newest_tickets(self.placeholder(), state.body["department"])
        seen = [each for _, each in zip(range(LOOK_BACK), newest, strict=False)]
        return [each.id for each in reversed(seen) if each.subject.endswith(f"[{state.id}]")]

    def _stands(self, ticket_id: str) -> bool:
        try:
            return not self.reader.ticket(ticket_id).trashed
        except NotFound:
            return False

    # ------------------------------------------------------------------------------------------------------- writing

    def placeholder(self) -> str:
        """Return the contact to whom twins belong: no name of anybody, no address, so nobody is told of anything."""
        known = self.store.get(self.org, "placeholder", "contact")
        if known is not None and "id" in known.body:
            return str(known.body["id"])
        name = f"{PLACEHOLDER} {self.keyring.pseudonym('placeholder', self.org)[:6]}"
        newest = () if known is None else self.reader.newest_contacts()  # where its making was begun, it may be there
        made = [each.id for _, each in zip(range(LOOK_BACK), newest, strict=False) if each.last_name == name]
        if known is None:
            known = self._remember(Item(self.org, "placeholder", "contact", {"name": name}))
        contact_id = made[0] if made else self.writer.create_contact(name)
        self._remember(replace(known, body={**known.body, "id": contact_id}))
        return contact_id

    def _place(self, state: Item, made: Twin, ticket: Ticket) -> str:
        """Return the one empty or half-written twin, making it where there is none."""
        contact_id = self.placeholder()
        if "department" not in state.body:
            state = self._remember(replace(state, body={**state.body, "department": ticket.department_id}))
            written: list[str] = []
        else:
            written = self._written(state)
        for surplus in written[1:]:
            self._remove(surplus)
        if written:
            return written[0]
        new = NewTicket(
            made.department_id, contact_id, made.subject, copies.page(made.description), made.fields, made.custom
        )
        return self.writer.create_ticket(new)

    def _fill(self, twin_id: str, made: Twin, ticket: Ticket) -> None:
        there = {comment.content.split(" ", 1)[0] for comment in self.reader.comments(twin_id)}
        for number, message in enumerate(made.messages, 1):
            if copies.mark(number, len(made.messages)) not in there:
                self.writer.add_comment(twin_id, message)
        if made.tags:
            self.writer.add_tags(twin_id, sorted(made.tags))
        status = ticket.status if ticket.status_type == "closed" else None
        patch = TicketPatch(status=status, resolution=made.resolution or None)
        if patch != TicketPatch():
            self.writer.update_ticket(twin_id, patch)

    def _differs(self, twin_id: str, made: Twin, original: Original, *, keep_others: bool) -> str:
        """Read the twin back; return what is not as it should be, "" where all is."""
        if wrong := self._unlike(twin_id, made):
            return wrong
        stored = self.reader.ticket(twin_id)
        messages = tuple(each.content for each in sorted(self.reader.comments(twin_id), key=_ordinal))
        shown = replace(
            made,
            subject=stored.subject,
            description=f"{stored.description or ''}\n{stored.email or ''}\n{stored.phone or ''}",
            messages=messages,
            custom={name: value for name, value in stored.custom.items() if value},
        )
        found = copies.finds(shown, original, keep_others=keep_others)
        return f"the second reader found {len(found)} identifier(s) in the copy" if found else ""

    def _unlike(self, twin_id: str, made: Twin) -> str:
        """Return how what Desk stored differs from what was written, "" where it does not."""
        stored = self.reader.ticket(twin_id)
        messages = tuple(each.content for each in sorted(self.reader.comments(twin_id), key=_ordinal))
        if _plain((stored.subject,)) != _plain((made.subject,)) or _plain(messages) != _plain(made.messages):
            return "the copy that Desk stored is not what was written"
        if _plain((stored.description or "",)) != _plain((made.description,)):
            return "the description that Desk stored is not what was written"
        return ""

    def _checked(
        self, reference: str, twin_id: str, made: Twin, ticket: Ticket, stay: frozenset[str], *, phase: str = CHECKED
    ) -> None:
        """Note in one write that the twin is complete, what it stands for, and whose data is still in it."""
        state = self.progress(reference)
        if state is None:
            raise NotFound("the rebuild is not in the journal")
        stored = self.reader.ticket(twin_id)
        body = {**state.body, "phase": phase, "twin": twin_id, "number": stored.number, "anonymous": made.anonymous}
        began: dict[str, Any] = {"created": ticket.created.isoformat(), "closed": _iso(ticket.closed)}
        began |= {"reference": reference, "people": sorted(stay), "messages": len(made.messages)} | (
            {"whole": True} if phase == DONE else {}
        )
        known = self.store.get(self.org, "twin_ticket", twin_id)
        marks = [] if known else [Put(Item(self.org, "twin_ticket", twin_id, began))]
        found = [Item(self.org, "twin_person", f"{twin_id}:{each}", {"twin": twin_id}, parent=each)
                 for each in sorted(stay | {ticket.id})]  # fmt: skip
        people = [Put(each) for each in found if self.store.get(self.org, "twin_person", each.id) is None]
        self.store.commit([Put(replace(state, body=body)), *marks, *people])

    def _remove(self, twin_id: str) -> None:
        """Delete a twin of ours for good: no mention of anybody's data is left behind by a rebuild that ended early."""
        try:
            self.writer.trash_tickets([twin_id])
        except (NotFound, DeskRejected):
            if self._stands(twin_id):
                raise
        self.writer.purge([twin_id])
        if self._stands(twin_id):
            raise DeskRejected("UNPROCESSABLE_ENTITY", status=422)

    def _remember(self, item: Item) -> Item:
        self.store.commit([Put(item)])
        return replace(item, version=item.version + 1)


def _ordinal(comment: Any) -> int:
    head = comment.content.split("/", 1)[0].lstrip("[")
    return int(head) if head.isdigit() else 0


def _plain(texts: Iterable[str]) -> tuple[str, ...]:
    """Fold what a desk may do to a text it stores: entities, line ends, blanks at the ends."""
    return tuple(" ".join(full_text(text).split()) for text in texts)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
