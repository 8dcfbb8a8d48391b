"""Collecting everything the desk holds about one person, by several independent paths, with a count of what is missing.

Tickets come from the contact's own list, the search by contact, by each address and by text, each department's
archive and the recycle bin; the union is read ticket by ticket. Zoho's own count is asked where the edition offers
it. What a path announced and the reading did not obtain is a gap, and a gap makes the whole incomplete (R-ACCESS-2).
Reads only; files go into the export's own vault. A ticket that was read before and has not changed is taken from the
vault, so a run that was killed goes on where it was. Nothing read here is logged.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from pydantic import TypeAdapter

from zoho_privacy.domain import records as r
from zoho_privacy.domain.collected import (
    GAPS,
    NO_DECISIONS,
    SOURCE,
    Author,
    Code,
    Collected,
    Decisions,
    FileCopy,
    Known,
    Omission,
    Person,
    Relation,
    Tally,
    known,
    relation,
)
from zoho_privacy.domain.errors import BadInput, DeskForbidden, DeskRejected, NeedsHuman, NotFound, Rejected
from zoho_privacy.domain.model import Case
from zoho_privacy.domain.others import Masker
from zoho_privacy.domain.redact import find_personal_data
from zoho_privacy.domain.roster import Roster
from zoho_privacy.domain.sources import About, Found, Sought
from zoho_privacy.ports import CountsRecords, DeskReader, SourceReader, TicketQuery
from zoho_privacy.workflows import undo
from zoho_privacy.workflows.collect_ticket import FileTaker, Frame, TicketPart, TicketReader
from zoho_privacy.workflows.context import App, Desk
from zoho_privacy.workflows.together import gather
from zoho_privacy.workflows.vault import Vault

T = TypeVar("T")
Progress = Callable[[int, int], None]

BIN_LOOK: Final = 500
COLLEAGUES: Final = 1000
"""How many tickets of colleagues are read for the person's words, at three credits each; more are declared."""
REFUSED: Final = (DeskForbidden, DeskRejected, BadInput, NotFound)
EVER: Final = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC))  # years that the search accepts
"""A window for everything: a search without one cannot be split where too much is found."""
_INDEPENDENT: Final = frozenset({"contact_tickets", "search", "subject_count"})
PHOTO: Final = "contacts/{}/photo"
"""Where the API keeps a photo, by contact id."""
PICTURES: Final = ((b"\x89PNG", "png"), (b"\xff\xd8", "jpg"), (b"GIF8", "gif"))
AGAIN: Final = timedelta(days=1)
CONTACTS: Final = 4900
"""How many contacts the desk lists at most."""
_KNOWN: Final[WeakKeyDictionary[DeskReader, tuple[datetime, "Names"]]] = WeakKeyDictionary()
_PART: Final[TypeAdapter[TicketPart]] = TypeAdapter(TicketPart)

# What Zoho Desk holds but offers no way to read, or only a copy of what is read anyway (R-ACCESS-1).
NEVER_READ: Final = (
    Omission("chat_session", Code.NOT_READABLE, count=0),
    Omission("community_post", Code.NOT_READABLE, count=0),
    Omission("rating", Code.NOT_READABLE, count=0),
    Omission("original_mail", Code.COPY, count=0),  # its headers are in the .eml, body and files are here anyway
    Omission("redacted_copy", Code.NO_PERSON, count=0),  # tagged privacy-redacted: what is left of erased tickets
    Omission("copied_ticket", Code.NOT_READABLE, count=0),  # no search by secondary contact, copy or what was merged
)


def collect(
    app: App,
    desk: Desk,
    *,
    contact_id: str,
    case: Case,
    vault: Vault,
    at: datetime,
    decisions: Decisions = NO_DECISIONS,
    progress: Progress | None = None,
) -> Collected:
    """Return everything held about the contact, as far as this case's law lets it out.

    `at` is the time the export carries. `progress` is called with (tickets done, tickets found) after each ticket;
    it may raise to stop, and the next call goes on from there.

    Raises:
        NotFound: There is no such contact.
        Retryable: Desk or store did not answer; calling again resumes.
    """
    contact = desk.read.contact(contact_id)
    who = known(contact, _team(app, desk))
    departments = {d.id: d.name for d in desk.read.departments()}
    names = everybody(desk.read, app.clock.now())
    frame = Frame(
        desk.read,
        who,
        case.law,
        find_personal_data,
        vault,
        departments,
        app.public_url,
        decisions,
        names.contacts,
        names.agents,
    )
    finder = TicketFinder(desk.read, who, tuple(departments), writers=True)
    tickets = finder.find()
    hidden = undo.not_shown(app, case.org, [contact_id], who.addresses)
    finder.omissions += [Omission("ticket", Code.NOT_READABLE, ticket=number) for number in hidden]
    parts: list[TicketPart] = []
    with closing(gather(partial(_part, frame), tickets, at_once=desk.read.at_once)) as read:
        for part in read:
            parts.append(part)
            if progress is not None:
                progress(len(parts), len(tickets))
    person = PersonReader(frame, contact, finder.history, asked=tuple(each.describe() for each in desk.sources))
    person.sources = tuple(_from_sources(desk, who, person))
    if any(each.name == "crm" for each in person.asked):
        person.tallies += _linked_record(contact, person.sources)
    person.omissions += _not_accounted(person.tallies)
    person.omissions += [Omission("other_names", Code.NOT_READABLE, count=0)] if names.cut else []
    return _together(case, at, person, finder, parts)


def who_asked(desk: Desk, *, contact_id: str, case: Case, at: datetime) -> Collected:
    """Return the person and nothing of theirs, for what is answered with explanations alone.

    Raises:
        NotFound: There is no such contact.
        Retryable: Desk did not answer.
    """
    return Collected(
        org=case.org,
        case_id=case.id,
        ticket_number=case.ticket_number,
        kind=case.kind,
        law=case.law,
        language=case.language,
        at=at,
        person=_person(desk.read.contact(contact_id)),
    )


@dataclass(frozen=True, slots=True)
class Names:
    """Whom the desk knows by name: its contacts, `cut` where they are too many to ask for, and its agents."""

    contacts: Roster
    agents: frozenset[str]
    cut: bool


def everybody(desk: DeskReader, now: datetime) -> Names:
    """Return the names that the portal knows, read at most once a day and process; agents where we may see them."""
    held = _KNOWN.get(desk)
    if held is None or now - held[0] > AGAIN:
        newest = list(islice(desk.newest_contacts(), CONTACTS))
        contacts = Roster(f"{each.first_name or ''} {each.last_name or ''}" for each in newest)
        agents: frozenset[str] = frozenset()
        with suppress(*REFUSED):
            agents = frozenset(each.name for each in desk.agents() if each.name)
        held = _KNOWN[desk] = now, Names(contacts, agents, len(newest) == CONTACTS)
    return held[1]


def _from_sources(desk: Desk, who: Known, person: "PersonReader") -> Iterable[Found]:
    """Yield what other systems hold, masked; one that refuses is a gap, one that is down stops it all (R-ACCESS-1)."""
    if not who.addresses:
        return
    for source in desk.sources:
        about = source.describe()
        try:
            records = source.collect(Sought(who.addresses))
        except (NeedsHuman, Rejected):
            person.omissions.append(Omission(SOURCE, Code.UNREADABLE, about.name))
            continue
        person.tallies += _counted(source, who, [each.kind for each in records])
        for each in records:
            found = Found(about, each)
            own = {name: value for name, value in each.values.items() if name in each.own}
            others = {name: value for name, value in each.values.items() if name not in each.own}
            masked = {**person.masker.tree(others, found.target), **own}
            in_order = {name: masked[name] for name in each.values}
            yield replace(found, record=replace(each, values=in_order))


def _counted(source: SourceReader, who: Known, kinds: Sequence[str]) -> Iterable[Tally]:
    """Yield what a source says it holds of the person against what it returned, in all and by kind (R-ACCESS-2)."""
    name = source.describe().name
    expected: Mapping[str, int] | None = None
    if isinstance(source, CountsRecords):
        with suppress(NeedsHuman, Rejected):
            expected = source.count(Sought(who.addresses))
    yield Tally(SOURCE, name, None if expected is None else sum(expected.values()), len(kinds))
    told = expected or {}
    for kind in sorted({*told, *kinds} if expected is not None else ()):
        yield Tally("source_kind", f"{name}: {kind}", told.get(kind, 0), kinds.count(kind), name)


def _linked_record(contact: r.Contact, sources: Iterable[Found]) -> Iterable[Tally]:
    """Yield whether the CRM's contact that Desk names for the person is among what the CRM returned."""
    if contact.crm_id is not None:
        there = any((each.about.name, each.record.id) == ("crm", contact.crm_id) for each in sources)
        yield Tally("source_link", "crm: linked in Desk", 1, int(there), "crm")


def _not_accounted(tallies: Iterable[Tally]) -> Iterable[Omission]:
    for each in tallies:
        if each.expected is None:
            yield Omission(SOURCE, Code.NOT_COUNTED, each.path, count=each.obtained)
        elif each.short and each.what != SOURCE:
            yield Omission(SOURCE, Code.COUNT_DIFFERS, each.record, count=each.expected - each.obtained)


def _team(app: App, desk: Desk) -> frozenset[str]:
    """Return the team's shared addresses: replies come from them, so they are nobody's personal data."""
    own = {a.address for a in desk.read.from_addresses()} | {app.policy.privacy_contact}
    return frozenset(own | ({desk.settings.from_address} if desk.settings.from_address else set()))


def _part(frame: Frame, ticket: r.Ticket) -> TicketPart:
    name = f"parts/{ticket.id}"
    earlier = frame.vault.load(name)
    if earlier is not None:
        part = _PART.validate_json(earlier)
        if part.stamp == frame.stamp(ticket) and {f.blob for f in part.files} <= frame.vault.names("files/"):
            return part
    part = TicketReader(frame, ticket, relation(ticket, frame.who)).read()
    if not any(o.code in GAPS for o in part.omissions):
        frame.vault.put(name, iter((_PART.dump_json(part),)))
    return part


def _together(
    case: Case, at: datetime, person: "PersonReader", finder: "TicketFinder", parts: list[TicketPart]
) -> Collected:
    record = person.read()
    conversations = sorted((p.conversation for p in parts if p.conversation), key=lambda c: (c.created, c.id))
    own = sum(c.relation is Relation.OWN for c in conversations)
    paths = finder.tallies(own)
    short = (Omission("ticket", Code.COUNT_DIFFERS, count=(t.expected or 0) - t.obtained) for t in paths if t.short)
    found = Collected(
        org=case.org,
        case_id=case.id,
        ticket_number=case.ticket_number,
        kind=case.kind,
        law=case.law,
        language=case.language,
        at=at,
        person=record,
        conversations=tuple(conversations),
        files=(*person.files, *(f for p in parts for f in p.files)),
        omissions=(*finder.omissions, *person.omissions, *short, *(o for p in parts for o in p.omissions), *NEVER_READ),
        masks=(*person.masker.masks, *(m for p in parts for m in p.masks)),
        tallies=(*paths, *person.tallies, *(t for p in parts for t in p.tallies)),
        spots=(*person.masker.spots, *(s for p in parts for s in p.spots)),
        sources=person.sources,
        asked=person.asked,
    )
    return replace(found, omissions=(*found.omissions, *_hidden(finder.desk, found)))


@dataclass
class TicketFinder:
    """Finds every ticket that may concern the person and remembers which path showed it.

    `history` is what the contact's own history told, None where it was not to be had. Without `second_opinion` Zoho's
    own count, as dear as fifty reads, is asked for only where fewer than two paths answered. `words` are the person's
    name and numbers as written: with them tickets of others are found that only mention the person. With `writers` the
    tickets of colleagues (the same firm) are read for messages of the person, which no list and no search shows.
    """

    desk: DeskReader
    who: Known
    departments: tuple[str, ...]
    second_opinion: bool = True
    words: tuple[str, ...] = ()
    writers: bool = False
    omissions: list[Omission] = field(default_factory=list)
    seen: dict[str, set[str]] = field(default_factory=dict)
    claimed: dict[str, int] = field(default_factory=dict)
    history: tuple[r.Raw, ...] | None = None
    full: dict[str, r.Ticket] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)

    def find(self) -> tuple[r.Ticket, ...]:
        """Return the full tickets by creation; what a path showed and could not be read is a gap."""
        self._path("contact_tickets", lambda: self.desk.contact_tickets(self.who.contact_id))
        self._path("search", self._search)
        self._path("search_text", self._search_text)
        self._path("search_account", self._search_account)
        for department in self.departments:
            self._path("archive", partial(self._archive, department))
        self._path("bin", self._bin)
        self._path("contact_history", self._history)
        if self.second_opinion or len(_INDEPENDENT & set(self.seen)) < 2:
            self._ask_zoho()
        if len(_INDEPENDENT & {*self.seen, *self.claimed}) < 2:
            self.omissions.append(Omission("ticket_path", Code.PATH_MISSING))
        ids = sorted({i for ids in self.seen.values() for i in ids})
        read = zip(ids, gather(self._read, ids, at_once=self.desk.at_once), strict=True)
        full = (self._counted(ticket_id, ticket) for ticket_id, ticket in read)
        return tuple(sorted((t for t in full if t is not None), key=lambda t: (t.created, t.id)))

    def tallies(self, own: int) -> list[Tally]:
        """Return what each path showed of the person's own tickets, and what Zoho counts, against what was read."""
        rows = [Tally("ticket", path, len(ids & self.own), own) for path, ids in sorted(self.seen.items())]
        return [*rows, *(Tally("ticket", path, count, own) for path, count in sorted(self.claimed.items()))]

    def _path(self, name: str, read: Callable[[], Iterable[r.Ticket]]) -> None:
        try:
            ids = {ticket.id for ticket in read()}
        except REFUSED as error:
            gap = name == "archive" or (name == "bin" and isinstance(error, DeskForbidden))  # nothing else shows them
            self.omissions.append(Omission(f"path_{name}", Code.UNREADABLE if gap else Code.NOT_READABLE))
            return
        self.seen.setdefault(name, set()).update(ids)

    def _archive(self, department: str) -> Iterable[r.Ticket]:
        others: list[r.Ticket] = []
        for each in self.desk.archived_tickets(department):
            if self._mine(each) or self._named(each):
                yield each
            elif self.who.account_id and each.account_id == self.who.account_id:
                others.append(each)
        yield from self._written_in(others)

    def _search(self) -> Iterable[r.Ticket]:
        yield from self.desk.search_tickets(TicketQuery(contact_id=self.who.contact_id))
        for address in sorted(self.who.addresses):
            yield from filter(self._mine, self.desk.search_tickets(TicketQuery(email=address)))

    def _search_text(self) -> Iterable[r.Ticket]:
        for text in (*sorted(self.who.addresses), *self.words):
            yield from self.desk.search_tickets(TicketQuery(text=text))

    def _search_account(self) -> Iterable[r.Ticket]:
        """Yield the tickets of colleagues in which the person was copied: lists by contact may not show them."""
        if self.who.account_id:
            query = TicketQuery(account_id=self.who.account_id, created=EVER)
            found = tuple(self.desk.search_tickets(query))
            yield from filter(self._mine, found)
            yield from self._written_in([each for each in found if not self._mine(each)])

    def _written_in(self, tickets: Sequence[r.Ticket]) -> Iterable[r.Ticket]:
        """Yield the colleagues' tickets in which the person wrote; a ticket of one message has one writer."""
        if not self.writers:
            return
        worth = [each for each in tickets if each.thread_count != 1]
        if len(worth) > COLLEAGUES:
            self.omissions.append(Omission("copied_ticket", Code.NOT_READABLE, count=len(worth) - COLLEAGUES))
        for ticket, mine in zip(
            worth, gather(self._wrote, worth[:COLLEAGUES], at_once=self.desk.at_once), strict=False
        ):
            if mine:
                yield ticket

    def _wrote(self, ticket: r.Ticket) -> bool:
        try:
            threads, comments = self.desk.conversations(ticket.id)
        except REFUSED:
            return False
        wrote = any((each.author_email or "").strip().casefold() in self.who.addresses for each in threads)
        return wrote or any(each.commenter_id == self.who.contact_id for each in comments)

    def _mine(self, ticket: r.Ticket) -> bool:
        """The exact filter: search matches addresses loosely, the archive lists everybody's."""
        named = self.who.contact_id in (ticket.contact_id, *ticket.secondary_contact_ids)
        return named or (ticket.email or "").strip().casefold() in self.who.addresses

    def _named(self, ticket: r.Ticket) -> bool:
        """Tell whether the subject mentions the person; of an archived ticket nothing else is shown in lists."""
        subject = ticket.subject.casefold()
        return any(word.casefold() in subject for word in self.words)

    def _bin(self) -> Iterable[r.Ticket]:
        others: list[r.Ticket] = []
        for looked, item in enumerate(self.desk.bin_items()):
            if looked == BIN_LOOK:
                self.omissions.append(Omission("bin", Code.NOT_READABLE))
                break
            if item.type.casefold() == "tickets":
                ticket = self._quietly(item.id)
                if ticket is not None and self._mine(ticket):
                    yield ticket
                elif ticket is not None and self.who.account_id and ticket.account_id == self.who.account_id:
                    others.append(ticket)
        yield from self._written_in(others)

    def _history(self) -> Iterable[r.Ticket]:
        """Yield the tickets that the contact's history names: also others' tickets in which the person took part."""
        self.history = tuple(self.desk.contact_history(self.who.contact_id))
        named = (raw.get("ticketId") or _member(raw, "ticket") for raw in self.history)
        for ticket_id in dict.fromkeys(str(each) for each in named if each):
            ticket = self._quietly(ticket_id)
            if ticket is not None:
                yield ticket

    def _quietly(self, ticket_id: str) -> r.Ticket | None:
        """Return a ticket, read once; None where some editions do not show what lies in the bin."""
        try:
            return self._once(ticket_id)
        except NotFound:
            return None

    def _once(self, ticket_id: str) -> r.Ticket:
        if ticket_id not in self.full:
            self.full[ticket_id] = self.desk.ticket(ticket_id)
        return self.full[ticket_id]

    def _ask_zoho(self) -> None:
        counts = (self.desk.subject_count(address, "tickets") for address in sorted(self.who.addresses))
        try:
            told = [count for count in counts if count is not None]
        except REFUSED:
            return
        if told:
            self.claimed["subject_count"] = max(told)

    def _read(self, ticket_id: str) -> r.Ticket | None:
        try:
            return self._once(ticket_id)
        except (NotFound, DeskForbidden):
            return None

    def _counted(self, ticket_id: str, ticket: r.Ticket | None) -> r.Ticket | None:
        if ticket is None:
            self.omissions.append(Omission("ticket", Code.UNREADABLE, ticket_id))
        elif relation(ticket, self.who) is Relation.OWN:
            self.own.add(ticket_id)
        return ticket


@dataclass
class PersonReader:
    """Reads the contact record and what hangs on it; `history` is what was read of it before."""

    frame: Frame
    contact: r.Contact
    history: tuple[r.Raw, ...] | None = None
    files: list[FileCopy] = field(default_factory=list)
    omissions: list[Omission] = field(default_factory=list)
    asked: tuple[About, ...] = ()
    sources: tuple[Found, ...] = ()
    tallies: list[Tally] = field(default_factory=list)
    masker: Masker = field(init=False)

    def __post_init__(self) -> None:
        """Make a masker of its own, so that counts name the record."""
        self.masker = self.frame.masker()

    def read(self) -> Person:
        """Return the person as handed out."""
        c, desk = self.contact, self.frame.desk
        record = f"contact {c.id}"
        self._twins()
        self._linked()
        attachments = self._all("contact_file", lambda: desk.contact_attachments(c.id))
        return replace(
            _person(c),
            record=self.masker.tree(c.raw, record),
            comments=self._trees("contact_comment", lambda: desk.contact_comments(c.id)),
            history=self._trees(
                "contact_history", lambda: desk.contact_history(c.id) if self.history is None else self.history
            ),
            statistics=next(iter(self._trees("statistics", lambda: _one(desk.contact_statistics(c.id)))), None),
            portal_users=self._trees("portal_user", self._users),
            file_ids=(*self._take(attachments), *self._photo()),
        )

    def _users(self) -> Iterable[Mapping[str, Any]]:
        for user_id, status in self.frame.desk.portal_users(self.contact.id):
            yield {**(self.frame.desk.portal_user(user_id) or {}), "id": user_id, "status": status}

    def _take(self, attachments: Iterable[r.Attachment]) -> Iterable[str]:
        taker = FileTaker(self.frame, self.masker, self.omissions)
        for attachment in attachments:
            copy = taker.take(
                attachment,
                f"files/contact/{len(self.files) + 1:03}",
                source="contact",
                parent=self.contact.id,
                by=Author.TEAM,
                internal=True,
            )
            if copy is not None:
                self.files.append(copy)
                yield copy.id

    def _photo(self) -> Iterable[str]:
        """Take the person's photo; the API's texts name no way to read one, so a refusal is no gap."""
        if not self.contact.has_photo:
            return
        held, vault = f"photo-{self.contact.id}", self.frame.vault
        href = PHOTO.format(self.contact.id)
        try:
            data = b"".join(self.frame.desk.download(r.Attachment(held, "photo", 0, href)))
        except REFUSED:
            self.omissions.append(Omission("photo", Code.NOT_READABLE))
            return
        stored = vault.put(f"files/{held}", iter((data,)))
        ending = next((name for start, name in PICTURES if data.startswith(start)), "bin")
        copy = FileCopy(
            id=held,
            name=f"photo.{ending}",
            path=f"files/contact/photo.{ending}",
            size=stored.size,
            sha256=stored.sha256,
            blob=f"files/{held}",
            source="contact",
            by=Author.SUBJECT,
            parent=self.contact.id,
        )
        self.files.append(copy)
        yield copy.id

    def _twins(self) -> None:
        """A second record with the same address may be the same person: a human decides (R-VERIFY-11)."""
        addresses, find = sorted(self.frame.who.addresses), self.frame.desk.contacts_by_email
        found = self._all("contact", lambda: (twin for address in addresses for twin in find(address)))
        twins = {twin.id for twin in found} - {self.contact.id}
        self.omissions += [Omission("contact", Code.TWIN_CONTACT, twin) for twin in sorted(twins)]

    def _linked(self) -> None:
        if self.contact.crm_id and not any(each.name == "crm" for each in self.asked):
            self.omissions.append(Omission("crm", Code.EXTERNAL, self.contact.crm_id))

    def _trees(self, what: str, read: Callable[[], Iterable[r.Raw]]) -> tuple[Mapping[str, Any], ...]:
        record = f"{what} of contact {self.contact.id}"
        return tuple(self.masker.tree(raw, record) for raw in self._all(what, read))

    def _all(self, what: str, read: Callable[[], Iterable[T]]) -> tuple[T, ...]:
        try:
            return tuple(read())
        except REFUSED:
            self.omissions.append(Omission(what, Code.UNREADABLE))
            return ()


def _person(c: r.Contact) -> Person:
    return Person(
        id=c.id,
        name=" ".join(part for part in (c.first_name, c.last_name) if part),
        first_name=c.first_name,
        last_name=c.last_name,
        email=c.email,
        secondary_email=c.secondary_email,
        phone=c.phone,
        mobile=c.mobile,
        country=c.country,
        state=c.state,
        account=c.account_name,
        created=c.created,
        modified=c.modified,
    )


def _member(raw: r.Raw, name: str) -> object:
    inner = raw.get(name)
    return inner.get("id") if isinstance(inner, Mapping) else None


def _one(value: r.Raw | None) -> tuple[r.Raw, ...]:
    return (value,) if value else ()


def _hidden(desk: DeskReader, found: Collected) -> Iterable[Omission]:
    """Yield the custom fields that the metadata knows and no record showed: hidden from our access (R-ACCESS-2)."""
    shown = {"contacts": _custom(found.person.record)}
    own = [c for c in found.conversations if c.relation is Relation.OWN]
    if own:
        shown["tickets"] = {name for c in own for name in (*c.custom, *_custom(c.record))}
    for module, names in shown.items():
        try:
            fields = desk.fields(module)
        except REFUSED:
            yield Omission(f"fields_{module}", Code.NOT_READABLE)
            continue
        yield from (
            Omission("field", Code.FIELD_HIDDEN, f"{module}.{info.api_name}")
            for info in fields
            if info.custom and info.api_name not in names
        )


def _custom(record: Mapping[str, Any]) -> set[str]:
    custom = record.get("cf")
    return set(custom) if isinstance(custom, Mapping) else set()
