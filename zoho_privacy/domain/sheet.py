"""What an agent writes down for a command: a private note on the ticket, one `Name: value` a line. Pure.

A macro can only name a command; its words stand in the note that the agent wrote last, for example

    Reason: Three systems have to be searched.

Lines without a name of the list belong to the value before them, so that an answer may have paragraphs. Names are the
same in every language, values are in the person's. Nothing is stored but the note's id: the words stay in Desk, and
what was agreed on is held as keyed hashes (R-EVID-5).
"""

import re
from collections.abc import Mapping
from html import unescape
from typing import Final

from zoho_privacy.domain.errors import NotAllowed
from zoho_privacy.domain.model import Kind

CONTACT: Final[Mapping[str, str]] = {
    "first name": "first_name",
    "last name": "last_name",
    "email": "email",
    "second email": "secondary_email",
    "phone": "phone",
    "mobile": "mobile",
    "street": "street",
    "city": "city",
    "postal code": "zip",
    "state": "state",
    "country": "country",
    "job title": "title",
}
"""The fields of a person's record that can be corrected: as an agent writes them, as Desk's adapter names them."""

WORDS: Final = frozenset(
    {"reason", "ground", "partial", "answer", "evidence", "statement", "question"}
    | {"mandate", "person", "scope", "answer to"}
)
_LINE: Final = re.compile(r"[ \t]*([A-Za-z]+(?: [a-z]+)?)[ \t]*:[ \t]*(.*)")
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")
_OURS: Final = re.compile(r"\[[\w-]+-[0-9a-f]{8}\]\s*$")
TOO_SHORT: Final = 5
NUMBERS: Final = frozenset({"phone", "mobile"})
SHORTEST_NUMBER: Final = 7
_DIGITS: Final = re.compile(r"\D")
_YES: Final = frozenset({"yes", "true", "1", "x"})


def text_of(content: str) -> str:
    """Return a note as plain text; Desk keeps notes as HTML or as they were typed."""
    if "<" in content:
        content = unescape(_TAG.sub("", _BREAK.sub("\n", content)))
    return content.replace("\xa0", " ").strip()


def ours(content: str) -> bool:
    """Tell whether the suite wrote the note itself: it ends with a reference."""
    return _OURS.search(text_of(content)) is not None


def read(content: str) -> Mapping[str, str]:
    """Return what a note says, by lower-case name; empty where it says nothing of the list."""
    found: dict[str, str] = {}
    name = ""
    for line in text_of(content).splitlines():
        match = _LINE.fullmatch(line)
        if match and match[1].casefold() in CONTACT.keys() | WORDS:
            name = match[1].casefold()
            found[name] = match[2].strip()
        elif name:
            found[name] = f"{found[name]}\n{line.strip()}"
    return {name: value.strip() for name, value in found.items() if value.strip()}


def corrections(words: Mapping[str, str]) -> Mapping[str, str]:
    """Return the fields of the record that are to be overwritten, by their name in Desk's adapter."""
    return {CONTACT[name]: value.splitlines()[0] for name, value in words.items() if name in CONTACT}


def same(name: str, one: str, other: str) -> bool:
    """Tell whether two values of a field say the same, however they are written: Desk may keep one in its own form.

    A number may lack its country or begin with 00; otherwise case and blanks are form.
    """
    if name in NUMBERS:
        short, long = sorted((_DIGITS.sub("", each).lstrip("0") for each in (one, other)), key=len)
        return len(short) >= SHORTEST_NUMBER and long.endswith(short)
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())


def agreed(words: Mapping[str, str], name: str) -> bool:
    """Tell whether a yes stands behind a name."""
    return words.get(name, "").casefold() in _YES


def scope(words: Mapping[str, str]) -> frozenset[Kind]:
    """Return the rights that a note is about, empty where it names none.

    Raises:
        NotAllowed: It names something else.
    """
    asked = [part.strip().casefold().replace(" ", "_") for part in words.get("scope", "").split(",") if part.strip()]
    known = {kind.value: kind for kind in Kind}
    if strange := [name for name in asked if name not in known]:
        raise NotAllowed(f"'Scope:' names no right: {', '.join(strange)}")
    return frozenset(known[name] for name in asked)


def shaded(value: str) -> str:
    """Return a value as far as its owner needs it to recognise it, and no reader of the mailbox learns it.

    The first sign and the last two stay, of an address the first signs and the ending; what is short is hidden whole.
    """
    clean = value.strip()
    if not clean:
        return "-"
    if "@" in clean:
        domain = clean[clean.rindex("@") + 1 :]
        return f"{clean[0]}…@{domain[:1]}…{domain[domain.rfind('.') :] if '.' in domain else ''}"
    return f"{clean[0]}…{clean[-2:]}" if len(clean) > TOO_SHORT else "…"
