"""One ticket as one person may see it: read in full, counted against what it claims, masked, its files sealed away.

Reads through DeskReader and writes only into the export's own vault. Which messages may be handed out is decided
here from who wrote them: of the person's own tickets everything, others masked; of other people's tickets the
person's own messages and nothing else (R-ACCESS-1, R-ACCESS-2, R-ACCESS-4, R-ACCESS-6).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from zoho_privacy.domain import doctext, mailfile
from zoho_privacy.domain import records as r
from zoho_privacy.domain.collected import (
    NO_DECISIONS,
    Author,
    Code,
    Conversation,
    Decisions,
    FileCopy,
    Known,
    Mask,
    Message,
    Note,
    Omission,
    Relation,
    Spot,
    Step,
    Tally,
)
from zoho_privacy.domain.errors import DeskForbidden, DeskRejected, NotFound
from zoho_privacy.domain.mailtext import full_text
from zoho_privacy.domain.model import Law
from zoho_privacy.domain.others import Finder, Masker
from zoho_privacy.domain.roster import NOBODY, Roster
from zoho_privacy.ports import DeskReader
from zoho_privacy.workflows.vault import Stored, Vault

T = TypeVar("T")
UNREADABLE: Final = (NotFound, DeskForbidden, DeskRejected)
TEXT_LIMIT: Final = 2 * 1024 * 1024
_TEXT_NAME: Final = re.compile(
    r"\.(?:txt|log|csv|tsv|json|xml|html?|eml|md|ini|conf|cfg|ics|vcf|ya?ml|sql|ps1|sh|bat)$", re.IGNORECASE
)
_DOCUMENT_NAME: Final = re.compile(r"\.(?:pdf|docx|xlsx|pptx|odt|ods|odp)$", re.IGNORECASE)
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Frame:
    """What reading needs to know: the portal, the person, the law, where files go, where our own links begin.

    `roster` are the contacts' names, `agents` the team's.
    """

    desk: DeskReader
    who: Known
    law: Law
    find: Finder
    vault: Vault
    departments: dict[str, str]
    links: str = ""
    decisions: Decisions = NO_DECISIONS
    roster: Roster = NOBODY
    agents: frozenset[str] = frozenset()

    def masker(self, names: Iterable[str] = (), agents: Iterable[str] = ()) -> Masker:
        """Return a masker for one record."""
        return Masker(
            self.who,
            self.law,
            self.find,
            names=names,
            agents=self.agents | frozenset(agents),
            roster=self.roster,
            links=self.links,
            decisions=self.decisions,
        )

    def stamp(self, ticket: r.Ticket) -> str:
        """Return what changes whenever the ticket is worth reading again, or must be masked differently."""
        counts = (ticket.thread_count, ticket.comment_count, ticket.attachment_count)
        decided = (*sorted(self.decisions.show), "", *sorted(self.decisions.hide))
        return "|".join(
            map(str, (ticket.modified, ticket.status, ticket.contact_id, ticket.trashed, *counts, *decided))
        )


@dataclass(frozen=True, slots=True)
class TicketPart:
    """The outcome for one ticket; `stamp` tells whether the ticket changed since. None: nothing of it is handed out."""

    stamp: str
    conversation: Conversation | None
    files: tuple[FileCopy, ...] = ()
    omissions: tuple[Omission, ...] = ()
    masks: tuple[Mask, ...] = ()
    tallies: tuple[Tally, ...] = ()
    spots: tuple[Spot, ...] = ()


def author_of(thread: r.Thread, who: Known, relation: Relation) -> Author:
    """Say who wrote a message. Without an address, an incoming message of the person's own ticket is the person's."""
    address = (thread.author_email or "").strip().casefold()
    if address and address in who.addresses:
        return Author.SUBJECT
    if thread.author_type in {"AGENT", "TEAM"} or thread.direction == "out" or (address and address in who.team):
        return Author.TEAM
    if thread.author_type in {"TICKET", "ACTIVITY"}:
        return Author.SYSTEM
    return Author.SUBJECT if not address and relation is Relation.OWN else Author.OTHER


def commenter_of(comment: r.Comment, who: Known) -> Author:
    """Say who wrote a comment."""
    commenter = comment.raw.get("commenter") or {}
    address = str(commenter.get("email") or "").strip().casefold()
    if comment.commenter_id == who.contact_id or (address and address in who.addresses):
        return Author.SUBJECT
    return Author.TEAM if comment.commenter_type in {"AGENT", ""} else Author.OTHER


@dataclass
class TicketReader:
    """Reads one ticket; make one per ticket."""

    frame: Frame
    ticket: r.Ticket
    relation: Relation
    masker: Masker = field(init=False)
    files: list[FileCopy] = field(default_factory=list)
    omissions: list[Omission] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)

    def read(self) -> TicketPart:
        """Return the ticket's part; raises the Retryable branch, everything else becomes a listed gap."""
        threads, comments = self._talk()
        self.masker = self.frame.masker(self._names(threads, Author.OTHER), self._names(threads, Author.TEAM))
        own = self.relation is Relation.OWN
        conversation = self._own(threads, comments) if own else self._shared(threads, comments)
        return TicketPart(
            self.frame.stamp(self.ticket),
            conversation,
            tuple(self.files),
            tuple(self.omissions),
            self.masker.masks,
            tuple(self.tallies),
            tuple(self.masker.spots),
        )

    def _talk(self) -> tuple[tuple[r.Thread, ...], tuple[r.Comment, ...]]:
        """Return messages and comments from the list of both, or from their own where there is none."""
        desk, ticket_id = self.frame.desk, self.ticket.id
        try:
            threads, comments = desk.conversations(ticket_id)
        except UNREADABLE:
            return tuple(desk.threads(ticket_id)), self._all("comment", lambda: desk.comments(ticket_id))
        return tuple(threads), tuple(comments)

    # ------------------------------------------------------------------------------------------------ the two kinds

    def _own(self, threads: tuple[r.Thread, ...], comments: tuple[r.Comment, ...]) -> Conversation:
        ticket, desk, mask = self.ticket, self.frame.desk, self.masker
        messages = tuple(self._messages(threads))
        notes = tuple(self._note(comment) for comment in comments)
        no_files = ticket.attachment_count == 0 and ticket.raw.get("attachmentCount") is not None
        attachments = () if no_files else self._all("file", lambda: desk.attachments(ticket.id))
        loose = tuple(self._loose_files(attachments))
        self._count("message", ticket.thread_count, len(threads))
        self._count("comment", ticket.comment_count, len(comments))
        self._count("file", ticket.attachment_count, max(len(attachments), self._listed_files(threads, attachments)))
        record = f"ticket {ticket.number}"
        resolution = ticket.resolution
        if resolution is None and "resolution" not in ticket.raw:
            resolution = self._one("resolution", lambda: desk.resolution(ticket.id))
        events = self._all("history", lambda: desk.history(ticket.id))
        resolved = resolution is not None or any(map(_of_resolution, events)) or "resolution" not in ticket.raw
        metrics = self._one("metrics", lambda: desk.metrics(ticket.id))
        tags = () if ticket.tag_count == 0 else self._all("tags", lambda: desk.tags(ticket.id))
        booked = ticket.time_entry_count != 0
        entries = self._all("time_entry", lambda: desk.time_entries(ticket.id)) if booked else ()
        resolutions = self._all("resolution", lambda: desk.resolution_history(ticket.id)) if resolved else ()
        return Conversation(
            id=ticket.id,
            number=ticket.number,
            relation=Relation.OWN,
            subject=mask.text(ticket.subject, record),
            status=ticket.status,
            status_type=ticket.status_type,
            department=self.frame.departments.get(ticket.department_id, ""),
            channel=ticket.channel,
            created=ticket.created,
            modified=ticket.modified,
            closed=ticket.closed,
            description=mask.body(ticket.description or "", record)[0],
            email=mask.addresses(ticket.email, record) if ticket.email else None,
            phone=mask.text(ticket.phone, record) if ticket.phone else None,
            category=mask.text(ticket.category, record) if ticket.category else None,
            resolution=mask.body(resolution, record)[0] if resolution else None,
            trashed=ticket.trashed,
            archived=ticket.archived,
            custom={k: mask.text(v, record) if v else v for k, v in sorted(ticket.custom.items())},
            tags=tuple(mask.text(tag, record) for tag in sorted(tags)),
            messages=messages,
            notes=notes,
            steps=tuple(self._steps(events)),
            file_ids=loose,
            activities=tuple(
                {"kind": a.kind, "id": a.id, **mask.tree(a.raw, f"{a.kind} {a.id}")}
                for a in self._all("activity", lambda: desk.activities(ticket.id))
            ),
            time_entries=tuple(mask.tree(entry, record) for entry in entries),
            resolutions=tuple(mask.tree(entry, record) for entry in resolutions),
            metrics=mask.tree(metrics, record) if metrics else None,
            record=mask.tree(ticket.raw, record),
        )

    def _shared(self, threads: tuple[r.Thread, ...], comments: tuple[r.Comment, ...]) -> Conversation | None:
        mine = tuple(t for t in threads if author_of(t, self.frame.who, Relation.SHARED) is Author.SUBJECT)
        said = tuple(c for c in comments if commenter_of(c, self.frame.who) is Author.SUBJECT)
        if not (mine or said or self._concerns_me(threads)):
            return None
        others = len(threads) + len(comments) - len(mine) - len(said)
        self.omissions.append(Omission("ticket", Code.OTHERS_TICKET, ticket=self.ticket.number, count=max(others, 1)))
        if not (mine or said):
            return None
        return Conversation(
            id=self.ticket.id,
            number=self.ticket.number,
            relation=Relation.SHARED,
            subject="",
            status="",
            status_type="",
            department="",
            channel="",
            created=min([t.created for t in mine] + [c.created for c in said]),
            modified=None,
            closed=None,
            description="",
            email=None,
            phone=None,
            category=None,
            resolution=None,
            trashed=self.ticket.trashed,
            archived=self.ticket.archived,
            messages=tuple(self._messages(mine)),
            notes=tuple(self._note(comment) for comment in said),
        )

    def _concerns_me(self, threads: tuple[r.Thread, ...]) -> bool:
        """Whether somebody else's ticket names the person: as secondary contact, by address in it, or by copy."""
        who, ticket = self.frame.who, self.ticket
        if who.contact_id in ticket.secondary_contact_ids:
            return True
        heads = (ticket.email, ticket.subject, ticket.description)
        lines = (part for t in threads for part in (t.to, t.cc, t.reply_to, t.from_address, t.summary))
        if self._named_in((*heads, *lines)):
            return True
        bodies = (self._one("message", partial(self.frame.desk.thread, ticket.id, t.id)) for t in threads)
        return any(self._named_in((body.content,)) for body in bodies if body is not None)

    def _named_in(self, texts: Iterable[str | None]) -> bool:
        folded = "\n".join(text.casefold() for text in texts if text)
        return any(re.search(rf"(?<![\w.+-]){re.escape(a)}(?![\w-])", folded) for a in self.frame.who.addresses)

    # ----------------------------------------------------------------------------------------------------- messages

    def _messages(self, threads: Iterable[r.Thread]) -> Iterator[Message]:
        for listed in threads:
            try:
                full = self.frame.desk.thread(self.ticket.id, listed.id)
            except UNREADABLE:
                self._gap("message", listed.id)
                continue
            if full.truncated or full.content is None:
                self._gap("message", listed.id)
            yield self._message(full)

    def _message(self, thread: r.Thread) -> Message:
        mask, record = self.masker, f"message {thread.id}"
        by = author_of(thread, self.frame.who, self.relation)
        content, plain = mask.body(thread.content or "", record)
        own = sorted(self.frame.who.addresses)
        sender = mask.addresses(thread.from_address or thread.author_email or "", record)
        if by is Author.SUBJECT and not sender and own:
            sender = (thread.author_email or "").strip() or own[0]
        return Message(
            id=thread.id,
            at=thread.created,
            by=by,
            direction=thread.direction,
            channel=thread.channel,
            sender=sender,
            to=mask.addresses(thread.to, record),
            cc=mask.addresses(thread.cc, record),
            visibility=thread.visibility,
            status=thread.status,
            is_description=thread.is_description,
            content_type="text/plain" if plain else thread.content_type,
            content=content,
            text=full_text(content),
            file_ids=tuple(self._files_of(thread.attachments, "message", thread.id, by, internal=False)),
            headers=tuple(self._headers(thread)) if by is Author.SUBJECT else (),
        )

    def _headers(self, thread: r.Thread) -> Iterator[tuple[str, str]]:
        """Yield the headers of the mail that the person sent: routes, programs and addresses are their data too.

        Not of a mail in somebody else's ticket: its subject is that person's matter.
        """
        if self.relation is not Relation.OWN or thread.channel.upper() != mailfile.EMAIL or thread.direction != "in":
            return
        try:
            source = self.frame.desk.original_mail(self.ticket.id, thread.id)
        except UNREADABLE:
            self.omissions.append(Omission("original_mail", Code.NOT_READABLE, thread.id, self.ticket.number))
            return
        record = f"source of message {thread.id}"
        for name, value in mailfile.headers(source.source) if source else ():
            known = name.casefold()
            mask = self.masker.addresses if known in mailfile.ADDRESSES else self.masker.text
            yield name, value if known in mailfile.IDS else mask(value, record)

    def _note(self, comment: r.Comment) -> Note:
        mask, record = self.masker, f"comment {comment.id}"
        by = commenter_of(comment, self.frame.who)
        content, _ = mask.body(comment.content, record)
        internal = not comment.public and by is not Author.SUBJECT
        versions = partial(self.frame.desk.comment_history, self.ticket.id, comment.id)
        earlier = () if internal else self._all("comment", versions, comment.id)
        return Note(
            id=comment.id,
            at=comment.created,
            by=by,
            public=comment.public,
            content=content,
            text=full_text(content),
            file_ids=tuple(self._files_of(comment.attachments, "comment", comment.id, by, internal=internal)),
            earlier=tuple(mask.tree(version, record) for version in earlier),
        )

    def _steps(self, events: Iterable[r.HistoryEvent]) -> Iterator[Step]:
        mask = self.masker
        record = f"history of ticket {self.ticket.number}"
        for event in events:
            actor = event.actor_type.casefold()
            by = Author.TEAM if actor == "agent" or event.agent_id else Author.SYSTEM
            if actor in {"contact", "end_user", "enduser"}:
                by = Author.SUBJECT if event.actor_id == self.frame.who.contact_id else Author.OTHER
            yield Step(
                event.at,
                event.name,
                by,
                tuple(
                    (c.name, mask.body(c.before, record)[0] if c.before else c.before, self._after(c, record))
                    for c in event.changes
                ),
            )

    def _after(self, change: r.Change, record: str) -> str | None:
        return self.masker.body(change.after, record)[0] if change.after else change.after

    def _names(self, threads: Iterable[r.Thread], by: Author) -> frozenset[str]:
        """Return the names of those of one sort who wrote in this ticket."""
        return frozenset(
            t.author_name for t in threads if t.author_name and author_of(t, self.frame.who, self.relation) is by
        )

    # -------------------------------------------------------------------------------------------------------- files

    def _loose_files(self, attachments: Iterable[r.Attachment]) -> Iterator[str]:
        have = {each.id for each in self.files} | {o.id for o in self.omissions if o.what == "file"}
        for attachment in attachments:
            if attachment.id not in have:
                public = bool(attachment.raw.get("isPublic", False))
                mine = attachment.raw.get("creatorId") == self.frame.who.contact_id
                by = Author.SUBJECT if mine else Author.TEAM
                yield from self._files_of((attachment,), "ticket", self.ticket.id, by, internal=not (public or mine))

    def _files_of(
        self, attachments: Iterable[r.Attachment], source: str, parent: str, by: Author, *, internal: bool
    ) -> Iterator[str]:
        for attachment in attachments:
            place = f"files/{safe_name(self.ticket.number)}/{len(self.files) + 1:03}"
            copy = FileTaker(self.frame, self.masker, self.omissions, self.ticket.number).take(
                attachment, place, source=source, parent=parent, by=by, internal=internal, ticket_id=self.ticket.id
            )
            if copy is not None:
                self.files.append(copy)
                yield copy.id

    @staticmethod
    def _listed_files(threads: Iterable[r.Thread], attachments: Iterable[r.Attachment]) -> int:
        return len({a.id for t in threads for a in t.attachments} | {a.id for a in attachments})

    # ------------------------------------------------------------------------------------------------------ counting

    def _count(self, what: str, expected: int, obtained: int) -> None:
        tally = Tally(what, f"counter of ticket {self.ticket.number}", expected, obtained, self.ticket.id)
        self.tallies.append(tally)
        if tally.short:
            missing = expected - obtained
            self.omissions.append(Omission(what, Code.COUNT_DIFFERS, ticket=self.ticket.number, count=missing))

    def _all(self, what: str, read: Callable[[], Iterable[T]], record_id: str = "") -> tuple[T, ...]:
        """Return everything a path yields; what cannot be read is a gap."""
        try:
            return tuple(read())
        except UNREADABLE:
            self._gap(what, record_id)
            return ()

    def _one(self, what: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except UNREADABLE:
            self._gap(what, "")
            return None

    def _gap(self, what: str, record_id: str) -> None:
        self.omissions.append(Omission(what, Code.UNREADABLE, record_id, self.ticket.number))


@dataclass(frozen=True, slots=True)
class FileTaker:
    """Takes files into the vault, or says why not. Others' files and unchecked internal files stay out."""

    frame: Frame
    masker: Masker
    omissions: list[Omission]
    number: str = ""

    def take(
        self,
        attachment: r.Attachment,
        place: str,
        *,
        source: str,
        parent: str,
        by: Author,
        internal: bool,
        ticket_id: str = "",
    ) -> FileCopy | None:
        """Return the copy with its place in the package, None where it is left out (and listed)."""
        refused = self._refusal(attachment, by, internal=internal)
        if refused is not None:
            self._list(attachment, refused)
            return None
        try:
            stored, masked, as_text = self._store(attachment, internal=internal)
        except UNREADABLE:
            self._list(attachment, Code.UNREADABLE)
            return None
        if stored is None:
            return None
        name = self.masker.text(attachment.name, f"file {attachment.id}") + (".txt" if as_text else "")
        return FileCopy(
            id=attachment.id,
            name=name,
            path=place + ending(name),
            size=stored.size,
            sha256=stored.sha256,
            blob=_blob(attachment),
            source=source,
            by=by,
            parent=parent,
            ticket_id=ticket_id,
            masked=masked,
        )

    @staticmethod
    def _refusal(attachment: r.Attachment, by: Author, *, internal: bool) -> Code | None:
        if by is Author.OTHER:
            return Code.OTHERS_FILE
        return Code.INTERNAL_FILE if internal and not _is_text(attachment) else None

    def _store(self, attachment: r.Attachment, *, internal: bool) -> tuple[Stored | None, bool, bool]:
        """Put the bytes into the vault; return what was stored (None: left out), whether masked, whether as text."""
        desk, vault = self.frame.desk, self.frame.vault
        if not _is_text(attachment):
            return self._document(attachment)
        data = b"".join(desk.download(attachment))
        if len(data) != attachment.size:
            self._list(attachment, Code.FILE_DIFFERS)
        clean = self._masked(data, f"file {attachment.id}")
        if clean is None:
            self._list(attachment, Code.INTERNAL_FILE if internal else Code.NOT_INSPECTED)
        if clean is None and internal:
            return None, False, False
        return vault.put(_blob(attachment), iter((data if clean is None else clean,))), clean not in (None, data), False

    def _document(self, attachment: r.Attachment) -> tuple[Stored, bool, bool]:
        """Store a file as it is, or the masked text of a document that tells of others too (R-ACCESS-4)."""
        desk, vault = self.frame.desk, self.frame.vault
        text = None
        if attachment.size <= doctext.LARGEST and _DOCUMENT_NAME.search(attachment.name):
            data = b"".join(desk.download(attachment))
            stored = vault.put(_blob(attachment), iter((data,)))
            text = doctext.text_of(data)
        else:
            stored = vault.put(_blob(attachment), desk.download(attachment))
        if stored.size != attachment.size:
            self._list(attachment, Code.FILE_DIFFERS)
        if text is None:
            self._list(attachment, Code.NOT_INSPECTED)
            return stored, False, False
        masked = self.masker.text(text, f"file {attachment.id}")
        if masked == text:
            return stored, False, False
        self._list(attachment, Code.TEXT_INSTEAD)
        return vault.put(_blob(attachment), iter((masked.encode(),))), True, True

    def _masked(self, data: bytes, record: str) -> bytes | None:
        """Return a text file masked, None where its bytes are not UTF-8 text and could not be looked into."""
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None
        masked = self.masker.body(text, record)[0]
        return data if masked == text else masked.encode()

    def _list(self, attachment: r.Attachment, code: Code) -> None:
        self.omissions.append(Omission("file", code, attachment.id, self.number))


def _of_resolution(event: r.HistoryEvent) -> bool:
    return any("resolution" in name.casefold() for name in (event.name, *(change.name for change in event.changes)))


def _is_text(attachment: r.Attachment) -> bool:
    return bool(_TEXT_NAME.search(attachment.name)) and attachment.size <= TEXT_LIMIT


def _blob(attachment: r.Attachment) -> str:
    return f"files/{safe_name(attachment.id)}"


def ending(name: str) -> str:
    """Return a file's ending with its dot, "" where it has none; the rest of a name would show in a locked package."""
    stem, dot, rest = name.rpartition(".")
    return f"{dot}{short}" if stem and (short := _UNSAFE.sub("", rest)[:12].strip(".-")) else ""


def safe_name(name: str) -> str:
    """Return a file name for every system: ASCII letters, digits, `-_.`, at most 80, never hidden or empty."""
    stem, dot, ending = name.rpartition(".")
    short = _UNSAFE.sub("-", stem or ending)[:64].strip(".-")
    return f"{short or 'file'}{dot}{_UNSAFE.sub('', ending)[:12]}".rstrip(".") if stem else (short or "file")
