"""Takes personal data out of a text or a page and leaves the rest byte for byte. Pure.

Order of belief: identifiers of the person we know, then values that show what they are (keys, addresses, numbers), then
names by where they stand. Edits are made in the source by offset; a placeholder says the class and is the same for the
same value. `leaks` is the second reader: it shares no rule with the first and its finding refuses a write.

What it cannot do: recognise a name without any sign that it is one, read a picture, or judge whether the rest still
tells who is meant. A redacted record is called redacted, never anonymous (R-ERASE-1). Rules: docs/decisions/0007.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from zoho_privacy.domain import redact_people as people
from zoho_privacy.domain import redact_places as places
from zoho_privacy.domain import redact_scripts as scripts
from zoho_privacy.domain import redact_tables as tables
from zoho_privacy.domain import redact_values as values
from zoho_privacy.domain import redact_words as words
from zoho_privacy.domain.redact_known import Contact, Known, known
from zoho_privacy.domain.redact_rules import Gate
from zoho_privacy.domain.redact_sums import luhn
from zoho_privacy.domain.redact_view import BARRIER, MARK, PLACEHOLDER, Edit, View, fold, html_views, later, text_view

# The surer class first: where two finds overlap, it names the common part.
_ORDER: Final = "SECRET EMAIL IBAN CARD SSN GOVID MAC IP PHONE DATE URL USERNAME ADDRESS PERSON"
LABELS: Final = tuple(_ORDER.split())
_SAYS: Final = {
    "EMAIL": "email", "PHONE": "phone", "IP": "ip", "MAC": "mac", "CARD": "card", "IBAN": "iban", "SSN": "ssn",
    "GOVID": "id", "SECRET": "secret", "USERNAME": "username", "DATE": "date", "ADDRESS": "address", "PERSON": "name",
    "URL": "link",
}  # fmt: skip
_ROUNDS: Final = 6

Find = tuple[int, int, str]


def redact_text(text: str, contact: Contact | None = None, *, only_contact: bool = False) -> str:
    """Return `text` without personal data; the same string where there is none. Redacting twice is redacting once.

    `only_contact` takes out what identifies the contact and leaves everybody else's data alone.
    """
    return _until_stable(text, contact, page=False, only_contact=only_contact)


def redact_html(html: str, contact: Contact | None = None, *, only_contact: bool = False) -> str:
    """Return a page without personal data in text, attributes, comments, scripts; its markup stays as it was."""
    return _until_stable(html, contact, page=True, only_contact=only_contact)


def find_personal_data(text: str, contact: Contact | None = None) -> list[tuple[int, int, str]]:
    """Return (start, end, label) in order, without overlap; offsets are those of `text`."""
    view = text_view(text)
    own = known(contact, foreign=not view.text.isascii())
    return [(*view.span(start, end), label) for start, end, label in _with_titles(view, _settled(view, own))]


def _until_stable(source: str, contact: Contact | None, *, page: bool, only_contact: bool) -> str:
    return Redactor(contact, source, only_contact=only_contact).again(source, page=page)


class Redactor:
    """Redacts the parts of one ticket or file so that the same value has the same placeholder in all of them.

    `source` is everything that may hold placeholders of an earlier run; their numbers are not given out again.
    """

    def __init__(self, contact: Contact | None, source: str = "", *, only_contact: bool = False) -> None:
        self._contact, self.only_contact = contact, only_contact
        self._names = _Placeholders(source)
        self._own: dict[bool, Known] = {}
        self._owner = known(None)
        self._spoken: set[str] = set()

    def text(self, text: str, label: str = "") -> str:
        """Return a part redacted; `label` is the name of its column or member and is read as standing before it."""
        if not text.strip():
            return text
        if not label:
            return self.again(text, page=False)
        lead = f"{label}: "
        after = self.again(lead + text, page=False)
        return after[len(lead) :] if after.startswith(lead) else self.again(text, page=False)

    def all(self, text: str, label: str) -> str:
        """Return the placeholder of a value that is personal as a whole; `label` is one of `LABELS`.

        With `only_contact` such a value may be somebody else's, so it is read like any text.
        """
        if self.only_contact:
            return self.text(text)
        value = text.strip()
        if not value or _WHOLE.fullmatch(value):
            return text
        return text.replace(value, self._names.of(label, value.casefold()), 1)

    def again(self, source: str, *, page: bool) -> str:
        """Redact until nothing is found: an edit may bring two halves of a value together."""
        if page:
            self._owner = self._known(source)
        if page and "srcdoc" in source:
            source = _SRCDOC.sub(self._nested, source)
        for _ in range(_ROUNDS):
            edits: list[Edit] = []
            settled, told, texts = True, False, list[str]()
            for view in html_views(source, self._is_quiet) if page else (text_view(source),):
                if not view.text or view.text.isspace():
                    continue
                spoken = set(self._spoken) if page else self._spoken
                changes = list(self._changes(view))
                for start, end, by in changes:
                    edits += view.edits(start, end, by)
                settled = settled and (not changes or self._nothing_more(view, changes))
                told = told or any(name in text for name in self._spoken - spoken for text in texts)
                texts.append(view.text)  # a part that was read before may hold a name that a later one tells
            if not edits and not told:
                break
            source = _applied(source, edits)
            if settled and not told:
                break
        return source

    def _is_quiet(self, part: str) -> bool:
        """Tell whether a part of a page is nobody's, and not the contact's."""
        try:
            return not self._owner.may_stand_in(*_impersonal(part))
        except _PersonalError:
            return False

    def _known(self, text: str) -> Known:
        """Return the forms of the contact that a text may hold."""
        foreign = not text.isascii()
        if foreign not in self._own:
            self._own[foreign] = known(self._contact, foreign=foreign)
        return self._own[foreign]

    def _changes(self, view: View) -> Iterator[tuple[int, int, str]]:
        """Yield what has to go from a view, and what stands in its place."""
        own = self._known(view.text)
        settled = _settled(view, own, only_contact=self.only_contact, spoken=self._spoken)
        for (start, end, label), (whole, _, _) in zip(settled, _with_titles(view, settled), strict=True):
            low = view.low[start:end]
            if label == "IP" and values.is_private(low):
                continue
            value = view.text[start:end].casefold()
            by = self._names.of(label, "" if label == "PERSON" and own.is_name(low) else value)
            yield whole, end, by.replace(" ", "-") if view.hidden else by

    def _nothing_more(self, view: View, changes: Sequence[tuple[int, int, str]]) -> bool:
        """Tell whether a view as it reads after its changes holds nothing else: no page is taken apart again."""
        after = view.without(changes)
        return all(
            label == "IP" and values.is_private(after.low[start:end])
            for start, end, label in _settled(after, self._known(after.text), only_contact=self.only_contact)
        )

    def _nested(self, found: re.Match[str]) -> str:
        """Redact a page that stands in an attribute of another; it is written anew only where it changes."""
        from html import escape, unescape  # noqa: PLC0415  few pages hold a page

        inner = unescape(found.group(3))
        if "srcdoc" in inner:  # a page in a page in a page is read as text by the outer one
            return found.group()
        after = self.again(inner, page=True)
        return found.group() if after == inner else found.group(1) + escape(after) + found.group(4)


_SRCDOC: Final = later(r"(srcdoc[ \t\r\n]{0,9}=[ \t\r\n]{0,9}([\"']))([^\"']*)(\2)", re.IGNORECASE)
_WHOLE: Final = later(rf"(?:{MARK}[;, ]*)+")


_UNWORDLY: Final = later(r"[^\w@]+")


class _Placeholders:
    """One placeholder per value: `[email removed]`, the next address `[email 2 removed]`, and so on."""

    def __init__(self, source: str) -> None:
        earlier = PLACEHOLDER.findall(source) if "removed]" in source else ()
        self._taken = {mark.replace("-", " ") for mark in earlier}
        self._by_value: dict[tuple[str, str], str] = {}

    def of(self, label: str, value: str) -> str:
        says = _SAYS[label]
        key = (says, value if value.isalpha() else _UNWORDLY.sub("", value))
        if key not in self._by_value:
            number, words_ = 1, f"[{says} removed]"
            while words_ in self._taken:
                number += 1
                words_ = f"[{says} {number} removed]"
            self._taken.add(words_)
            self._by_value[key] = words_
        return self._by_value[key]


def _applied(source: str, edits: Iterable[Edit]) -> str:
    parts, done = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < done:
            continue  # two characters of a view stand for one entity: its first edit has taken it
        parts += [source[done : edit.start], edit.by]
        done = edit.end
    return "".join([*parts, source[done:]])


def _settled(view: View, own: Known, *, only_contact: bool = False, spoken: set[str] | None = None) -> list[Find]:
    """Return the finds in order of place, cut where a surer one already covers them."""
    kept: list[Find] = []
    found = _found(view, own, only_contact=only_contact, spoken=spoken)
    taken = bytearray(len(view.text) if found else 0)
    for start, end, label in found:
        for first, last in _free(taken, view.text, start, end):
            kept.append((first, last, label))
            taken[first:last] = b"\1" * (last - first)
    return sorted(kept)


def _with_titles(view: View, finds: Iterable[Find]) -> Iterator[Find]:
    """Yield the finds, each name with the title before it, which tells sex, rank or marriage."""
    done = 0
    for start, end, label in finds:
        yield (max(done, people.title_start(view, start)) if label == "PERSON" else start), end, label
        done = end


def _free(taken: bytearray, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a find that nothing covers, without blanks and marks at their ends."""
    position = start
    while position < end:
        last = taken.find(1, position, end)
        last = end if last < 0 else last
        first, stop = position, last
        if (position, last) != (start, end) or BARRIER in text[start:end]:
            while first < stop and not text[first].isalnum():
                first += 1
            while first < stop and not text[stop - 1].isalnum():
                stop -= 1
        if first < stop and BARRIER not in text[first:stop]:
            yield first, stop
        position = taken.find(0, last, end) if last < end else end
        position = end if position < 0 else position


@lru_cache(maxsize=2)
def _gate(*, hidden: bool) -> Gate:
    """Return the rules that read a kind of view, made on first use."""
    rules = (*values.RULES, *places.RULES, *people.RULES)
    return Gate([rule for rule in rules if rule.hidden or not hidden], () if hidden else (*places.CUES, *people.CUES))


@lru_cache(maxsize=1)
def _mail_gate() -> Gate:
    return Gate([rule for rule in values.MAIL_RULES if rule.hidden])


def _found(view: View, own: Known, *, only_contact: bool, spoken: set[str] | None = None) -> list[Find]:
    """Return all finds, the surest first; names in `spoken` are names here too, and those found here join them."""
    mine = sorted(own.finds(view), key=lambda find: (find[0] - find[1], find[0]))
    if only_contact:
        return [*_widened(_mails(view), mine), *mine]
    found = list(_gate(hidden=view.kind == "markup").finds(view))
    found += values.encoded(view)
    signs = {end for _, end, label in found if label == "SECRET" and view.text[end : end + 1] == "@"}
    if signs:  # `user:secret@host` is no address
        found = [find for find in found if find[2] != "EMAIL" or signs.isdisjoint(range(find[0], find[1]))]
    mails = [find for find in found if find[2] == "EMAIL"]
    if view.kind != "markup":
        found += tables.finds(view)
        found += scripts.finds(view)
        persons = [find for find in found if find[2] == "PERSON"]
        beside = [find for find in found if find[2] in _BESIDE_NAMES]
        found += people.names(view, mails, persons, beside, spoken, [find for find in mine if find[2] == "PERSON"])
    if not (found or mine):
        return found
    found.sort(key=lambda find: (_RANK[find[2]], find[0] - find[1], find[0]))
    return [*_widened(mails, mine), *mine, *found]


class _PersonalError(Exception):
    """A part of a page is more than looks; raised, not returned, so that no memory of it stays."""


@lru_cache(maxsize=512)
def _impersonal(part: str) -> tuple[str, str]:
    """Return the words and the digits of a part of a page in which no rule finds anything and nobody reads anything.

    Raises:
        _PersonalError: It holds words to read, something that may be encoded, or a find.
    """
    shown, unseen, markup = views = html_views(part)
    if any(char.isalpha() for char in shown.text + unseen.text) or _HEX.search(markup.low):
        raise _PersonalError
    if any(values.is_coded(view) or _found(view, known(None), only_contact=False) for view in views):
        raise _PersonalError
    both = part if markup.text in part else f"{part} {markup.text}"  # as it is written, and as it reads
    return " ".join({fold(word) for word in _LETTERS.findall(both)}), _NO_DIGITS.sub("", both)


_HEX: Final = later("[0-9a-f]{32}")
_LETTERS: Final = later(r"[^\W\d_]+")
_NO_DIGITS: Final = later("[^0-9]+")


def _mails(view: View) -> list[Find]:
    return list(_mail_gate().finds(view)) if "@" in view.low else []


_BESIDE_NAMES: Final = frozenset({"PHONE", "DATE", "ADDRESS", "SSN", "GOVID"})
_RANK: Final = {label: rank for rank, label in enumerate(LABELS)}


def _widened(mails: Sequence[Find], known: Sequence[Find]) -> list[Find]:
    """A known name inside an unknown address takes the whole address with it."""
    touched = bytearray(max((end for _, end, _ in [*mails, *known]), default=0))
    for start, end, label in known:
        if label != "EMAIL":
            touched[start:end] = b"\1" * (end - start)
    return [mail for mail in mails if touched.find(1, mail[0], mail[1]) >= 0]


# -------------------------------------------------------------------------------------------------- the second reader

_MARK: Final = later(r"\[[a-z]{2,8}(?:[ -]\d{1,5})?[ -]removed\]")
_LEAKED_MAIL: Final = later(
    r"(?<![\w.+-])[a-z0-9][\w.+-]{0,63}@[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){0,60}\.[a-z]{2,24}(?![\w])"
)
_LEAKED_DIGITS: Final = later(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)")
_LEAKED_KEY: Final = later(
    r"-----begin [a-z ]{0,30}private key-----|(?<![\w-])(?:akia[0-9a-z]{16}|gh[pousr]_[a-z0-9]{20,100}"
    r"|xox[abp]-[\w-]{10,100}"
    r"|eyj[\w-]{10,2000}\.eyj[\w-]{10,2000}\.)"
)
_FINER: Final = later(r"@\d(?:\.\d)?x\.")  # a picture for a finer screen
_MACHINE_ENDINGS: Final = tuple(f".{ending}" for ending in sorted(words.FILE_ENDINGS))


def leaks(text_or_html: str, contact: Contact | None = None, *, only_contact: bool = False) -> list[str]:
    """Read a result again, another way, and name what is still there; an empty list lets a write pass.

    Everything is decoded, markup is dropped by a parser of its own, accents and case are folded; then the known
    identifiers and, unless `only_contact`, a few patterns that hardly err are searched for. The answers name class and
    source, never a value.
    """
    readings = _readings(text_or_html)
    looks = (_leaked_known,) if only_contact else (_leaked_known, _leaked_patterns)
    found = dict.fromkeys(finding for reading in readings for look in looks for finding in look(reading, contact or {}))
    return list(found)


def _readings(source: str) -> list[str]:
    from html import unescape  # noqa: PLC0415  redaction itself needs none of these
    from urllib.parse import unquote  # noqa: PLC0415

    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415

    decoded = source
    for _ in range(3):
        decoded = unescape(unquote(decoded, errors="ignore"))
    readings = [decoded]
    if "<" in source:
        tree = LexborHTMLParser(source)
        readings.append(unescape(tree.text(separator="") if tree.root is not None else ""))
    return [_MARK.sub(" \ue000 ", _flat(reading)) for reading in readings]


def _flat(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    kept = (
        "".join(char for char in decomposed if unicodedata.category(char) not in {"Mn", "Cf"})
        if not text.isascii()
        else text
    )
    return kept.casefold()


def _leaked_known(reading: str, contact: Contact) -> Iterator[str]:
    for key in ("email", "secondaryEmail"):
        address = _flat((contact.get(key) or "").strip())
        if "@" in address and re.search(rf"(?<![\w.+-]){re.escape(address)}(?![\w-])", reading):
            yield f"EMAIL known: {key}"
    for key in ("phone", "mobile"):
        digits = re.sub(r"\D", "", contact.get(key) or "").lstrip("0")
        if len(digits) >= 8 and re.search(
            r"[ ().\-/]{0,3}".join(digits[-max(8, len(digits) - 3) :]) + r"(?!\d)", reading
        ):
            yield f"PHONE known: {key}"
    if any(len(home) >= 5 and home in reading for home in map(_flat, _lines(contact.get("homes")))):
        yield "ADDRESS known: homes"
    yield from _leaked_names(reading, contact)


def _lines(value: str | None) -> list[str]:
    return [line.strip() for line in (value or "").split("\n")]


def _leaked_patterns(reading: str, _: Contact) -> Iterator[str]:
    for hit in _LEAKED_MAIL.finditer(reading):
        before = reading[max(0, hit.start() - 4) : hit.start()]
        if not (
            hit.group().endswith(_MACHINE_ENDINGS)
            or _FINER.search(hit.group())
            or before.endswith("cid:")
            or hit.group().startswith("git@")
        ):
            yield "EMAIL"
            break
    if any(luhn(digits) and len(digits) == 16 and digits[0] in "45" for digits in _runs(reading)):
        yield "CARD"
    if _LEAKED_KEY.search(reading):
        yield "SECRET"


def _runs(reading: str) -> Iterator[str]:
    for hit in _LEAKED_DIGITS.finditer(reading):
        yield re.sub(r"[^0-9]", "", hit.group())


def _leaked_names(reading: str, contact: Contact) -> Iterator[str]:
    first, last = (_flat((contact.get(key) or "").strip()) for key in ("firstName", "lastName"))
    if first and last and re.search(rf"(?<!\w){re.escape(first)}[\s.,_-]{{1,3}}{re.escape(last)}(?!\w)", reading):
        yield "PERSON known: full name"
    for key, name in (("firstName", first), ("lastName", last)):
        plain = not any(
            fold((contact.get(key) or "").strip()) in each
            for each in (words.ORDINARY_NAMES, words.ALSO_WORDS, words.NOT_NAMES, words.PARTICLES)
        )
        if len(name) > 3 and plain and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", reading):
            yield f"PERSON known: {key}"
