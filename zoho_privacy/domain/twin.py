"""The redacted twin of a ticket: what is written in its place, so that the original can be deleted for good. Pure.

A message in Desk cannot be edited and history keeps what was overwritten, so a ticket is truly redacted only by writing
it anew and deleting the old one. The twin keeps what was said about machines and when; who said it becomes a role.
All texts of a ticket are redacted together, so that the same value has the same placeholder from the first message to
the last. `finds` is the second look at the result: what it returns forbids the write (R-ERASE-1, R-ERASE-2).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import getaddresses
from html import escape
from typing import Final

from zoho_privacy.domain import tags
from zoho_privacy.domain.mailtext import full_text
from zoho_privacy.domain.records import Attachment, Comment, Thread, Ticket
from zoho_privacy.domain.redact import find_personal_data, leaks, redact_text
from zoho_privacy.domain.redact_files import MAX_BYTES, redact_file

Person = Mapping[str, str]

SUBJECT_CHARS: Final = 900
DESCRIPTION_CHARS: Final = 60_000
COMMENT_CHARS: Final = 30_000
"""Below Desk's 1,000, 65,535 and 32,000 characters, to leave room for our own lines."""

_BREAK: Final = "\n\n\x1d\n\n"
_DIRECT: Final = frozenset({"EMAIL", "PHONE", "CARD", "IBAN", "SSN", "GOVID", "SECRET", "USERNAME", "PERSON"})
_COPIED: Final = ("category", "subCategory", "priority", "classification", "language", "productId")


@dataclass(frozen=True, slots=True)
class Original:
    """A ticket read in full. `persons` are all who take part, the erased first; `subjects` says how many those are.

    `attachments` are those listed on the ticket, read only where files are carried over.
    """

    ticket: Ticket
    threads: tuple[Thread, ...]
    comments: tuple[Comment, ...]
    tags: frozenset[str]
    persons: tuple[Person, ...]
    subjects: int = 1
    attachments: tuple[Attachment, ...] = ()

    @property
    def files(self) -> int:
        """How many files go with the original."""
        named = {file.id for thread in self.threads for file in thread.attachments}
        named |= {file.id for note in self.comments for file in note.attachments}
        named |= {file.id for file in self.attachments}
        return max(self.ticket.attachment_count, len(named))


@dataclass(frozen=True, slots=True)
class Twin:
    """What is written. `reference` is unique to original and plan; `messages` begin with their own number.

    `fields` are ticket fields by Desk's names that hold no personal data; `anonymous` tells that the residual test
    found nothing, so that the word may be used.
    """

    reference: str
    subject: str
    description: str
    department_id: str
    resolution: str = ""
    messages: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict)
    custom: Mapping[str, str] = field(default_factory=dict)
    anonymous: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that people can read in it."""
        return (
            self.subject,
            self.description,
            self.resolution,
            *self.messages,
            *sorted(self.tags),
            *self.fields.values(),
            *self.custom.values(),
        )


def participants(threads: Iterable[Thread]) -> tuple[Person, ...]:
    """Return everybody whom the messages name as writer or reader, each once, by the address and name given there."""
    found: dict[str, dict[str, str]] = {}
    for thread in threads:
        pairs = [(thread.author_name or "", thread.author_email or "")]
        pairs += getaddresses([thread.from_address, thread.reply_to, thread.to, thread.cc])
        for name, address in pairs:
            person = _person(name, address)
            if person:
                key = person.get("email", "").casefold() or f"{person.get('firstName')} {person['lastName']}".casefold()
                found.setdefault(key, {}).update(person)
    return tuple(found.values())


def _person(name: str, address: str) -> dict[str, str]:
    words = name.replace(",", " ").split() if "@" not in name else []
    person = {"email": address.strip()} if "@" in address else {}
    if len(words) >= 2:
        person |= {"firstName": words[0], "lastName": " ".join(words[1:])}
    elif words and person:
        person["firstName"] = words[0]
    return person


def twin(original: Original, *, reference: str, keep_others: bool, custom: Iterable[str] = (), files: int = 0) -> Twin:
    """Return the twin of a ticket.

    `keep_others` takes out only what identifies the erased and leaves the other participants' data, for a ticket that
    is theirs too. `custom` names the custom fields that are carried over, `files` says how many files are, redacted:
    the residual test reads no file, so with one the twin is never anonymous.
    """
    ticket = original.ticket
    carried = {name: value for name in custom if (value := ticket.custom.get(name))}
    others = sorted(tag for tag in original.tags if not tag.startswith(tags.PREFIX))
    plain = {name: str(value) for name in _COPIED if (value := ticket.raw.get(name))}
    heads, bodies = _messages(original)
    parts = [
        ticket.subject,
        full_text(ticket.description or ""),
        full_text(ticket.resolution or ""),
        *carried.values(),
        *others,
        *plain.values(),
        *bodies,
    ]
    clean = iter(_redacted(parts, original, keep_others=keep_others))
    subject, description, resolution = next(clean), next(clean), next(clean)
    new_custom = {name: next(clean) for name in carried}
    kept_tags = frozenset(new for tag in others if (new := next(clean)) == tag)
    new_fields = {name: value for name, value in plain.items() if next(clean) == value}
    made = Twin(
        reference=reference,
        subject=f"{subject[:SUBJECT_CHARS].rstrip()} [{reference}]".lstrip(),
        description=f"{_opening(original, files)}\n\n{description[:DESCRIPTION_CHARS]}".rstrip(),
        department_id=ticket.department_id,
        resolution=resolution[:DESCRIPTION_CHARS],
        messages=tuple(_numbered(heads, tuple(clean))),
        tags=kept_tags | {tags.REDACTED},
        fields=new_fields,
        custom=new_custom,
    )
    return replace(made, anonymous=not keep_others and not files and not residual(made, original.persons))


def redacted_files(
    original: Original, read: Callable[[Attachment], bytes], *, keep_others: bool
) -> tuple[tuple[str, bytes], ...]:
    """Return the files of a ticket as far as they can be redacted, by name and content; the others go with it."""
    found = {file.id: file for thread in original.threads for file in thread.attachments}
    found |= {file.id: file for note in original.comments for file in note.attachments}
    found |= {file.id: file for file in original.attachments}
    made = (_redacted_file(file.name, read(file), original, keep_others=keep_others)
            for file in found.values() if file.size <= MAX_BYTES)  # fmt: skip
    return tuple(each for each in made if each is not None)


def _redacted_file(name: str, content: bytes, original: Original, *, keep_others: bool) -> tuple[str, bytes] | None:
    passes: list[tuple[Person | None, bool]] = [(person, True) for person in original.persons]
    if keep_others:
        passes = passes[: original.subjects]
    else:
        passes.append((original.persons[0] if original.persons else None, False))
    for person, only_contact in passes:
        made = redact_file(name, content, person, only_contact=only_contact)
        if made.content is None:
            return None
        name, content = made.name, made.content
    return name, content


def again(original: Original, *, reference: str, carried: Iterable[str] = ()) -> Twin:
    """Return the ticket as it was, to be written anew after its deletion: nothing of it is taken out (R-RETAIN-13).

    What Desk lets nobody set, the people and the fields that are not `carried`, stands in the description.
    """
    ticket = original.ticket
    fields = {name: value for name, value in ticket.custom.items() if value and name not in _OURS}
    kept = frozenset(carried)
    heads, bodies = _messages(original)
    threads = {thread.id: thread for thread in original.threads}
    named = [f"{head}{_named(threads.get(each))}" for head, (_, each) in zip(heads, _order(original), strict=True)]
    people = "\n".join(
        f"{name}: {value}"
        for name, value in (
            ("contact", " ".join(filter(None, (_name_of(original.persons), ticket.email or "", ticket.phone or "")))),
            *((name, value) for name, value in fields.items() if name not in kept),
        )
        if value
    )
    body = "\n\n".join(filter(None, (_return(original), people, full_text(ticket.description or ""))))
    return Twin(
        reference=reference,
        subject=f"{ticket.subject[:SUBJECT_CHARS].rstrip()} [{reference}]".lstrip(),
        description=body[:DESCRIPTION_CHARS].rstrip(),
        department_id=ticket.department_id,
        resolution=full_text(ticket.resolution or "")[:DESCRIPTION_CHARS],
        messages=tuple(_numbered(named, bodies)),
        tags=frozenset(tag for tag in original.tags if not tag.startswith(tags.PREFIX)),
        fields={name: str(value) for name in _COPIED if (value := ticket.raw.get(name))},
        custom={name: value for name, value in fields.items() if name in kept},
    )


_OURS: Final = frozenset({tags.ACTION_FIELD, tags.STATE_FIELD})


def _name_of(persons: Sequence[Person]) -> str:
    first = persons[0] if persons else {}
    return " ".join(filter(None, (first.get("firstName"), first.get("lastName"))))


def _named(thread: Thread | None) -> str:
    """Return who wrote a message and to whom, as it said."""
    if thread is None:
        return ""
    writer = " ".join(filter(None, (thread.author_name, thread.author_email)))
    return "".join(f"\n{name}: {value}" for name, value in (("from", writer), ("to", thread.to), ("cc", thread.cc))
                   if value)  # fmt: skip


def _return(original: Original) -> str:
    ticket = original.ticket
    dates = f"opened {_minute(ticket.created)}" + (f", closed {_minute(ticket.closed)}" if ticket.closed else "")
    return f"Brought back from its sealed copy: it was ticket #{ticket.number}, {dates}, by {ticket.channel or '?'}."


def page(text: str) -> str:
    """Return a plain text as the page that Desk takes for a description."""
    return "<br>".join(escape(line, quote=False) for line in text.split("\n"))


def _opening(original: Original, kept: int) -> str:
    ticket = original.ticket
    dates = f"opened {_minute(ticket.created)}" + (f", closed {_minute(ticket.closed)}" if ticket.closed else "")
    counts = f"{len(original.threads)} messages, {len(original.comments)} notes"
    files = f", {original.files - kept} files deleted" if original.files > kept else ""
    files += f", {kept} files as redacted copies" if kept else ""
    return (
        f"Redacted copy; the original was deleted. {dates}, by {ticket.channel or 'unknown channel'}; {counts}{files}."
    )


def _messages(original: Original) -> tuple[list[str], list[str]]:
    """Return heading and text of each message and note in order of time."""
    roles = _Roles()
    entries = [(thread.created, thread.id, roles.of(thread), thread.content or thread.summary)
               for thread in sorted(original.threads, key=lambda each: (each.created, each.id))]  # fmt: skip
    entries += [(note.created, note.id, "public note" if note.public else "note", note.content)
                for note in original.comments]  # fmt: skip
    entries.sort(key=lambda entry: (entry[0], entry[1]))
    return [f"{_minute(at)}, {role}" for at, _, role, _ in entries], [full_text(text) for *_, text in entries]


def _order(original: Original) -> list[tuple[datetime, str]]:
    """Return time and id of each message and note, in the order in which they are written anew."""
    found = [(each.created, each.id) for each in original.threads]
    return sorted(found + [(each.created, each.id) for each in original.comments])


class _Roles:
    """Names writers by what they are: agent, customer, customer 2 in the order in which they first write."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, thread: Thread) -> str:
        if thread.direction == "out" or thread.author_type == "AGENT":
            return f"agent, {thread.channel.lower()}"
        who = (thread.author_email or thread.author_name or "").casefold()
        number = len(self._known) + 1
        name = self._known.setdefault(who, "customer" if number == 1 else f"customer {number}")
        return f"{name}, {thread.channel.lower()}"


def _numbered(heads: Sequence[str], bodies: Sequence[str]) -> Iterator[str]:
    pieces = [(head, piece) for head, body in zip(heads, bodies, strict=True) for piece in _cut(body)]
    for number, (head, piece) in enumerate(pieces, 1):
        yield f"{mark(number, len(pieces))} {head}\n\n{piece}".rstrip()


def mark(number: int, of: int) -> str:
    """Return how message `number` begins; by it a half-written twin is known and finished."""
    return f"[{number}/{of}]"


def _cut(body: str) -> list[str]:
    return [body[start : start + COMMENT_CHARS] for start in range(0, len(body), COMMENT_CHARS)] or [""]


def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")


def with_homes(original: Original) -> Original:
    """Add to those to be erased the postal addresses that they were the first to write in this ticket.

    Few records name where somebody lives, and where others' data stays only what is known of a person is taken out.
    """
    ticket = original.ticket
    said = [(ticket.created, "", ticket.email or "", ticket.description or "")]
    said += [(each.created, each.id, each.author_email or "", each.content or each.summary)
             for each in original.threads if each.direction == "in"]  # fmt: skip
    first: dict[str, str] = {}
    for _, _, writer, body in sorted(said):
        text = full_text(body)
        for start, end, label in find_personal_data(text):
            if label == "ADDRESS":
                for line in text[start:end].split("\n"):
                    first.setdefault(line.strip(), writer.strip().casefold())
    persons = [dict(person) for person in original.persons]
    for person in persons[: original.subjects]:
        mine = {person.get(name, "").strip().casefold() for name in ("email", "secondaryEmail")} - {""}
        if homes := [line for line, writer in first.items() if writer in mine]:
            person["homes"] = "\n".join(filter(None, (person.get("homes"), *homes)))
    return replace(original, persons=tuple(persons))


def _redacted(parts: Sequence[str], original: Original, *, keep_others: bool) -> list[str]:
    """Redact all parts as one text; where a find ran over a border, each by itself."""

    def clean(text: str) -> str:
        for person in original.persons[: original.subjects] if keep_others else original.persons:
            text = redact_text(text, person, only_contact=True)
        return text if keep_others else redact_text(text, original.persons[0] if original.persons else None)

    together = clean(_BREAK.join(part.replace("\x1d", " ") for part in parts)).split(_BREAK)
    return together if len(together) == len(parts) else [clean(part) for part in parts]


def finds(made: Twin, original: Original, *, keep_others: bool) -> tuple[str, ...]:
    """Return what the second reader still sees, as classes and sources; anything at all refuses the write."""
    persons = original.persons[: original.subjects] if keep_others else original.persons
    text = "\n".join(made.texts)
    return tuple(dict.fromkeys(each for person in persons or ({},) for each in _leaks(text, person, keep_others)))


def _leaks(text: str, person: Person, keep_others: bool) -> list[str]:  # noqa: FBT001  passed on as it came
    return leaks(text, person, only_contact=keep_others)


def residual(made: Twin, persons: Iterable[Person]) -> tuple[str, ...]:
    """Return what could still tell who is meant; only where this is empty may "anonymised" be said (R-ERASE-1).

    Stricter than `finds`: any direct identifier the engine recognises counts, and so does the person's employer.
    """
    text = "\n".join(made.texts)
    direct = [label for _, _, label in find_personal_data(text) if label in _DIRECT]
    low = text.casefold()
    firms = ["ORGANISATION" for person in persons if (name := person.get("accountName")) and name.casefold() in low]
    return tuple(dict.fromkeys([*direct, *firms]))
