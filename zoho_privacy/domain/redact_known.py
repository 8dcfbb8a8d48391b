"""The person we know, in every form their data may be written: known values are found first and surest. Pure.

Names reversed, joined, abbreviated, inflected, spelled in another alphabet; addresses spelled out, encoded or hashed;
numbers in national form. All forms of one person are one automaton, made once per person and page.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from zoho_privacy.domain import redact_words as words
from zoho_privacy.domain.redact_names import FAMILY, GIVEN
from zoho_privacy.domain.redact_rules import LETTERS, WORD, Find, compiled, later, searched
from zoho_privacy.domain.redact_values import decoded_runs
from zoho_privacy.domain.redact_view import LETTER, View, fold

Contact = Mapping[str, str | None]
FIELDS: Final = ("firstName", "lastName", "email", "secondaryEmail", "phone", "mobile", "accountName", "ownNumbers")
"""`ownNumbers` are customer numbers and the like, a line each."""

_ROLE_BOXES: Final = frozenset(
    {"info", "support", "admin", "sales", "office", "contact", "hello", "help", "mail", "service", "privacy", "team"}
)
_EXPANSIONS: Final = {
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ł": "l",
}  # fmt: skip
_CYRILLIC: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ё": "yo", "є": "ye", "ж": "zh", "з": "z", "и": "i",
    "і": "i", "ї": "yi", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
    "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu",
    "я": "ya", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "ђ": "dj",
}  # fmt: skip
_GREEK: Final = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l", "μ": "m",
    "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps",
    "ω": "o",
}  # fmt: skip
_TO_CYRILLIC: Final = (
    ("shch", "щ"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш"), ("yu", "ю"), ("ya", "я"), ("yo", "ё"), ("ye", "е"), ("iy", "ий"),
)  # fmt: skip
_LETTER_TO_CYRILLIC: Final = str.maketrans(
    {"x": "кс", "w": "в", "q": "к", "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и", "j": "й", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "r": "р", "s": "с", "t": "т", "u": "у", "v": "в", "y": "й", "z": "з"}
)  # fmt: skip
_GAP: Final = r"[\s.,_+'\"/|-]{0,3}"
_ENDINGS: Final = words.bag(
    "s 's ' s' es a u y e em om ovi owi iem ova ove ovou ovu ou n en in un ni lle lla lta ssa sta ta nak nek val vel nal nel rol ra re hoz hez t ot et"
    " nin nun i ye ya de da den dan 'nin 'nun 'in 'un 'e 'a 'ye 'ya 'de 'da 'den 'dan 'i 'u o am ami ach sche schen scher n's"
) | {""}  # fmt: skip
_SHIFTED: Final = words.bag("y i u e o ou ie ii im em om ch iny ino")  # for a last vowel, in the cases of grammar
_DROPPED: Final = words.bag("a ovi em u owi iem")  # Marek, Marka
_LETTERS_ON: Final = later(f"[{LETTERS}']{{0,8}}")
_LEGAL: Final = later(
    r"[\s,.]+(?:inc|ltd|llc|llp|gmbh(?: ?& ?co\.? ?kg)?|plc|corp|co|ag|sa|sas|sarl|bv|b\.v|nv|srl|spa|s\.p\.a|oy|ab|as|a/s|aps|kg|ohg|kft"
    r"|sp\. ?z ?o\. ?o|s\.r\.o|limited|corporation|company|pty|pvt)\.?$"
)


class Known:
    """The written forms of one person's identifiers; empty where nothing is known."""

    __slots__ = (
        "_account", "_cautious", "_exact", "_first", "_last", "_mails", "_name_needles", "_numbers", "_phones", "_stems", "_turned", "_words"
    )  # fmt: skip

    def __init__(self, values: tuple[str, ...]) -> None:
        first, last, email, second, phone, mobile, account, numbers = values
        self._mails = tuple(fold(address) for address in dict.fromkeys((email, second)) if "@" in address)
        self._first, self._last = _spellings(first), _spellings(last)
        self._account = tuple(_account_forms(account))
        self._cautious = _wordy(fold(first)) and _wordy(fold(last))
        self._name_needles = (
            tuple({_SEPARATOR.split(name)[0] for name in (*self._first, *self._last)})
            if self._first and self._last
            else ()
        )
        self._stems = tuple(_stems((*self._first, *self._last)))
        self._turned = tuple(name[::-1] for name in self._last if len(name) >= 6 and name[::-1] not in words.COMMON)
        self._words = tuple(
            fold(name) for name in (first, last) if len(name) > 1 and (_wordy(fold(name)) or len(name) == 2)
        )
        self._phones = tuple(number for number in dict.fromkeys(map(_bare, (phone, mobile))) if len(number) >= 6)
        self._numbers = tuple(fold(number.strip()) for number in numbers.split("\n") if len(number.strip()) >= 5)
        self._exact = tuple(
            {
                form
                for name in (first, last, last + first, first + last, first + " " + last)
                for form in [name]
                if form and LETTER in fold(form)
            }
        )

    def finds(self, view: View) -> Iterator[Find]:
        """Yield every known identifier, with the label of its class."""
        raw, low = view.raw, view.low
        for start, end, label in self._sure(raw, low):
            if self._cautious and label == "PERSON" and " " in low[start:end] and _has_small_word(view.text[start:end]):
                continue
            yield start, end, label
        if (self._mails or self._name_needles) and len(raw) >= 16:
            yield from self._encoded(view)
        yield from self._alone(view)
        yield from self._as_words(view)
        yield from self._counted(raw, low)
        for form in self._exact:
            for at in _places(view.text, form):
                yield at, at + len(form), "PERSON"

    def is_name(self, low: str) -> bool:
        """Tell whether a folded text is a name of this person in one of its forms."""
        if low in self._words or any(low.startswith(stem) and low[len(stem) :] in ends for stem, ends in self._stems):
            return True
        return any(start == 0 and end == len(low) for start, end, _ in self._sure(low.encode("latin-1"), low))

    def _sure(self, raw: bytes, low: str) -> Iterator[Find]:
        """Yield addresses and full names: what hardly anybody else has. Patterns are made where a part stands at all."""
        for address in self._mails:
            local, _, domain = address.partition("@")
            if all(_SEPARATOR.split(part)[0] in low for part in (local, domain)) or local in low:
                for start, end, _ in searched(compiled(_mail_pattern(local, domain)), raw):
                    yield start, end, "EMAIL"
            for form in (address[::-1], *(_hashes(address) if _HEX.search(low) else ())):
                for at in _places(low, form):
                    yield at, at + len(form), "EMAIL"
        if any(needle in low for needle in self._name_needles):
            for start, end, group in searched(compiled(_name_pattern(self._first, self._last)), raw):
                stop = _ending(low, start, end) if group == 1 else end
                if stop:
                    yield start, stop, "PERSON"
        for name in self._turned:
            for at in _places(low, name):
                yield at, at + len(name), "PERSON"
        for pattern, needle in self._account:
            if needle in low:
                for start, end, _ in searched(compiled(pattern), raw):
                    yield start, end, "PERSON"

    def _alone(self, view: View) -> Iterator[Find]:
        """Yield first and last name alone, in any case of grammar, where they are no words."""
        low, text = view.low, view.text
        for stem, endings in self._stems:
            for at in _places(low, stem):
                if at and _is_letter(low[at - 1]) and not (text[at].isupper() and text[at - 1].islower()):
                    continue
                end = at + len(stem)
                run = _LETTERS_ON.match(low, end)
                ending = run.group() if run else ""
                while ending and ending not in endings and "'" in ending:  # 'Moss' in quotes
                    ending = ending[: ending.rindex("'")]
                if ending in endings:
                    if low[at : end + len(ending)] not in words.COMMON:
                        yield at, end + len(ending.rstrip("'")), "PERSON"
                elif "" in endings and text[end].isupper() and text[end - 1].islower():
                    yield at, end, "PERSON"

    def _as_words(self, view: View) -> Iterator[Find]:
        for word in self._words:
            for at in _places(view.low, word):
                end = at + len(word)
                if _stands_as_name(view, at, end):
                    yield at, end, "PERSON"

    def _counted(self, raw: bytes, low: str) -> Iterator[Find]:
        """Yield the person's numbers: phones in any grouping, own numbers as they are."""
        if self._phones:
            bare = raw.translate(None, b" ().-/\t\x80").decode("latin-1")
            for number in self._phones:
                tail = _tail(number)
                if tail in bare:
                    for start, end, _ in searched(compiled(_phone_pattern(tail)), raw):
                        yield start, end, "PHONE"
        for number in self._numbers:
            for at in _places(low, number):
                end = at + len(number)
                if not _EDGE.match(low[at - 1 : at]) and not _EDGE.match(low[end : end + 1]):
                    yield at, end, "GOVID"

    def _encoded(self, view: View) -> Iterator[Find]:
        for start, end, raw in decoded_runs(view):
            low = fold(raw.decode("utf-8", "ignore"))
            if any(
                label == "EMAIL" or last - first > 8 for first, last, label in self._sure(low.encode("latin-1"), low)
            ):
                yield start, end, "EMAIL"


def _has_small_word(text: str) -> bool:
    return any(not found.group()[0].isupper() for found in _LETTER_RUN.finditer(text))


_LETTER_RUN: Final = later(r"[^\W\d_]+")
_SEPARATOR: Final = later(r"[\s'._-]+")
_EDGE: Final = later(f"[{WORD}]")
_HEX: Final = later("[0-9a-f]{32}")


def _places(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + len(part))


def _ending(low: str, start: int, end: int) -> int:
    """Return where a full name ends of which letters follow: behind an ending of grammar; 0 where it is another word."""
    run = _LETTERS_ON.match(low, end)
    ending = run.group() if run else ""
    return end + len(ending) if ending in _ENDINGS and start < end else 0


def known(contact: Contact | None) -> Known:
    """Return the forms of a contact; unknown keys and empty values are ignored."""
    values = contact or {}
    return _known(tuple((values.get(key) or "").strip()[:200] for key in FIELDS))


@lru_cache(maxsize=16)
def _known(values: tuple[str, ...]) -> Known:
    return Known(values)


_AT: Final = (
    r"(?:@|=40|\\u0040|[ ]{0,2}[(\[{<][ ]?(?:at|a|@|arroba)[ ]?[)\]}>][ ]{0,2}|[ ](?:at|arroba|chez)[ ]|[ ]@[ ]?|@[ ])"
)
_DOT: Final = r"(?:\.|[ ]{0,2}[(\[{<][ ]?(?:dot|punkt|punto|point|\.)[ ]?[)\]}>][ ]{0,2}|[ ](?:dot|punkt|punto|point|ponto)[ ]|[ ]\.[ ]?)"


@lru_cache(maxsize=16)
def _mail_pattern(local: str, domain: str) -> str:
    """The address, also spelled out; and its local part where that is a name of its own."""
    spelled = [
        _DOT.join(
            _quote(bit).replace(r"\-", r"(?:-|[ ]dash[ ])").replace("_", r"(?:_|[ ]underscore[ ])")
            for bit in part.split(".")
        )
        for part in (local, domain)
    ]
    forms = rf"{spelled[0]}(?:\+[{WORD}.-]*)?{_AT}{spelled[1]}"
    if len(local) >= 5 and local not in _ROLE_BOXES and not _wordy(local):
        forms += f"|{_quote(local)}"
    return f"(?:^|[^{WORD}.+-])({forms})(?:$|[^{WORD}-])"


def _hashes(address: str) -> Iterator[str]:
    """The address as avatars and advertisers know it."""
    import hashlib  # noqa: PLC0415  most texts hold no such sum

    for name in ("md5", "sha1", "sha256"):
        yield hashlib.new(name, address.encode(), usedforsecurity=False).hexdigest()


def _quote(text: str) -> str:
    return re.sub(r"([^a-z0-9_\x80-\xff])", r"\\\1", text)


def _account_forms(account: str) -> Iterator[tuple[str, str]]:
    """Yield pattern and first word of the account's name, with and without its legal form."""
    low = fold(account)
    for name in dict.fromkeys((low, _LEGAL.sub("", low))):
        parts = re.findall(f"[{WORD}]+", name)
        if (
            len(name) > 2
            and parts
            and not (len(parts) == 1 and (name in words.COMMON or name in words.NOT_NAMES or _wordy(name)))
        ):
            joined = r"[\s._&,-]{0,3}".join(map(_quote, parts))
            yield f"(?:^|[^{LETTERS}])({joined})(?:$|[^{LETTERS}])", parts[0]


@lru_cache(maxsize=16)
def _name_pattern(first: tuple[str, ...], last: tuple[str, ...]) -> str:
    """First and last name together: in order, reversed, joined, one of them cut to its initial.

    Group 1 is a name that an ending of grammar may follow, group 2 one that must end where it does.
    """
    given, family = (f"(?:{'|'.join(map(_loose_form, names))})" for names in (first, last))
    initial = f"(?:{'|'.join(sorted({_quote(name[0]) for name in first}))})"
    last_initial = f"(?:{'|'.join(sorted({_quote(name[0]) for name in last}))})"
    plain = any(_wordy(name) for name in (*first, *last))
    longer = rf"{given}(?:{_GAP}|[ ][{LETTERS}]{{1,{1 if plain else 12}}}\.?[ ]){family}|{family}{_GAP}{given}"
    shorter = []
    if any(len(name) >= 3 for name in last):
        longer += f"|{initial}[._-]?[ ]?{family}"
        shorter.append(rf"{family}(?:,[ ]?|[ ._-])?{initial}\.?")
    shorter += [f"{_loose_form(name)}{_quote(start[:2])}" for name in last if len(name) >= 5 for start in first]
    for name in first:
        if len(name) >= 3:
            joined = name + last[0][0]
            gap = "[ ._-]" if joined in GIVEN or joined in words.COMMON or len(name) < 4 else "[ ._-]?"
            shorter.append(rf"{_loose_form(name)}{gap}{last_initial}\.?")
    whole = f"(?:{'|'.join(shorter)})" if shorter else r"\x01\x02"
    return f"(?:^|[^{LETTERS}])(?:({longer})|({whole})(?:$|[^{LETTERS}]))"


def _stems(names: tuple[str, ...]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield what first and last name alone begin with, and what may follow; none where they are words."""
    found: dict[str, frozenset[str]] = {}
    for name in names:
        parts = [part for part in _SEPARATOR.split(name) if part]
        joined = [joint.join(parts) for joint in (" ", "-", "")] if len(parts) > 1 else []
        for part in dict.fromkeys((name, *joined, *(part for part in parts if len(part) > 3))):
            if len(part) < 3 or _wordy(part) or part in words.PARTICLES:
                continue
            found[part] = _ENDINGS if len(part) > 3 else _OWNERS
            if len(part) > 3 and part[-1] in "aeo":
                found.setdefault(part[:-1], _SHIFTED)
            if len(part) > 4 and part.endswith(("ek", "ec")):
                found.setdefault(part[:-2] + part[-1], _DROPPED)
    yield from found.items()


_OWNERS: Final = frozenset({"", "s", "'s"})


def _wordy(low: str) -> bool:
    return low in words.ORDINARY_NAMES or low in words.NOT_NAMES or low in words.COMMON


def _loose_form(name: str) -> str:
    return r"[\s'._-]{0,2}".join(_quote(part) for part in re.split(r"[\s'._-]+", name) if part)


def _spellings(name: str) -> tuple[str, ...]:
    """The folded name, as written with two letters for one, and in the other alphabet."""
    lower = unicodedata.normalize("NFC", name).lower().strip()
    if not lower or LETTER in fold(lower):
        return ()
    spelled = "".join(_EXPANSIONS.get(char, char) for char in lower)
    forms = [lower, spelled]
    if any(char in _CYRILLIC for char in lower):
        latin = "".join(_CYRILLIC.get(char, char) for char in lower)
        forms += [
            latin,
            latin.replace("iy", "y"),
            latin.replace("iy", "i"),
            latin.replace("y", "i"),
            latin.replace("kh", "h"),
            latin.replace("ye", "e"),
        ]
    elif any(char in _GREEK for char in lower):
        plain = "".join(char for char in unicodedata.normalize("NFD", lower) if char in _GREEK or char in " -")
        latin = "".join(_GREEK.get(char, char) for char in plain)
        forms += [
            latin,
            latin.replace("oy", "ou"),
            latin.replace("v", "b"),
            latin.replace("ch", "h"),
            latin.replace("oy", "ou").replace("ch", "h"),
        ]
    elif lower.isascii():
        other = lower
        for pair, letter in _TO_CYRILLIC:
            if pair in other:
                other = other.replace(pair, letter)
        other = other.translate(_LETTER_TO_CYRILLIC)
        forms.append(other)
    folded = dict.fromkeys(fold(form) for form in forms)
    return tuple(form for form in folded if form.strip())


def _bare(number: str) -> str:
    return "".join(char for char in fold(number) if char in "0123456789")


def _tail(digits: str) -> str:
    """The number without country code and trunk zero."""
    tail = digits.lstrip("0")
    return tail[-max(7, len(tail) - 3) :]


@lru_cache(maxsize=32)
def _phone_pattern(tail: str) -> str:
    """The number in any grouping, with or without what stands before its tail."""
    grouped = r"[ ().\-/\t\x80]{0,3}".join(tail)
    return rf"(?:^|[^\d.])((?:[+(]{{0,2}}\d[\d ().\-/\t]{{0,8}})?{grouped})(?:$|[^\d])"


def _is_letter(char: str) -> bool:
    return "a" <= char <= "z" or char >= "\xa1"


_CALLED: Final = later(
    r"(?:^|[^a-z])(?:hi|hello|hey|dear|thanks|thank you|mr\.?|mrs\.?|ms\.?|dr\.?|herr|frau|with|by|from|ask|asked|tell|told|contact|and|regards|to|for|call|cc|user|via|name|liebe|lieber|hallo|bonjour|hola),?[ \n]{1,3}$"
)
_DOES: Final = later(
    r"(?:'s)?[ ](?:said|says|asked|asks|told|wrote|writes|called|calls|replied|confirmed|reported|needs|wants|left|joined|has|is|was|works|cannot|can't)(?![a-z])"
)


_SPOKEN_TO: Final = later(
    r",[ ](?:can|could|please|would|do|did|are|have|thanks|thank|kannst|konnen|konntest|bitte|pouvez|peux|pourriez|puede|puedes|puo|puoi|kun|kunt|pode|podes|kan)(?![a-z])"
)


def _stands_as_name(view: View, start: int, end: int) -> bool:
    """A name that is also a word: with a capital inside a sentence, alone on a line, or beside words for people."""
    text, low = view.text, view.low
    before, after = low[start - 1 : start], low[end : end + 1]
    if (before and (_is_letter(before) or before in "0123456789_@")) or (
        after and (_is_letter(after) or after in "0123456789_@")
    ):
        return False
    word = low[start:end]
    if not text[start].isupper() or word in words.NEVER_NAMES:
        return False
    lead = text[max(0, start - 2) : start]
    if len(lead) == 2 and lead[1] == " " and (lead[0].islower() or lead[0] in ",;"):
        return not (
            text[end : end + 2].strip()[:1].isupper()
            and (low[end + 1 : end + 40].split() or [""])[0].strip(".,") in words.COMMON
        ) or bool(_CALLED.search(low[max(0, start - 14) : start]))
    if _SPOKEN_TO.match(low, end):
        return True
    line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    line = text[line_start : line_end if line_end >= 0 else len(text)].strip(" ,.!>*-\t")
    if line == text[start:end] and not view.hidden:
        return True
    return bool(
        _CALLED.search(low[max(0, start - 14) : start]) and word not in {"host", "server", "page", "mail"}
    ) or bool(_DOES.match(low, end) and FAMILY and line_start != start)
