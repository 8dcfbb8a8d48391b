"""The person we know, in every form their data may be written: known values are found first and surest. Pure.

Names reversed, joined, abbreviated, inflected, spelled in another alphabet; addresses spelled out, encoded or hashed;
numbers in national form. All forms of one person are one automaton, made once per person and page.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

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
    ("shch", "щ"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш"), ("yu", "ю"), ("ya", "я"), ("yo", "ё"),
    ("ye", "е"), ("iy", "ий"), ("x", "кс"), ("w", "в"), ("q", "к"), ("a", "а"), ("b", "б"), ("c", "к"), ("d", "д"), ("e", "е"),
    ("f", "ф"), ("g", "г"), ("h", "х"), ("i", "и"), ("j", "й"), ("k", "к"), ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"),
    ("p", "п"), ("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"), ("v", "в"), ("y", "й"), ("z", "з"),
)  # fmt: skip
_GAP: Final = r"[\s.,_+'\"/|-]{0,3}"
_ENDS: Final = (
    "'?s|'|s'|es|a|u|y|e|em|om|ovi|owi|iem|ova|ove|ovou|ovu|ou|n|en|in|un|ni|lle|lla|lta|ssa|sta|ta|nak|nek|val|vel|nal|nel"
    "|rol|ra|re|hoz|hez|t|ot|et|'?(?:nin|nun|in|un|e|a|ye|ya|de|da|den|dan|i|u)|i|o|am|ami|ach|sche|schen|scher|n's"
)
_LEGAL: Final = later(
    r"[\s,.]+(?:inc|ltd|llc|llp|gmbh(?: ?& ?co\.? ?kg)?|plc|corp|co|ag|sa|sas|sarl|bv|b\.v|nv|srl|spa|s\.p\.a|oy|ab|as|a/s|aps|kg|ohg|kft"
    r"|sp\. ?z ?o\. ?o|s\.r\.o|limited|corporation|company|pty|pvt)\.?$"
)


class Known:
    """The written forms of one person's identifiers; empty where nothing is known."""

    __slots__ = ("_bases", "_cautious", "_exact", "_loose", "_numbers", "_sure", "_words")

    def __init__(self, values: tuple[str, ...]) -> None:
        first, last, email, second, phone, mobile, account, numbers = values
        sure: list[str] = []
        mails = [address for address in (email, second) if "@" in address]
        for address in mails:
            sure += _mail_forms(address)
        names = [form for form in dict.fromkeys(_full_forms(first, last)) if form]
        names += _account_forms(account)
        self._sure = _either([("m", sure), ("n", names)])
        self._cautious = _wordy(fold(first)) and _wordy(fold(last))
        self._bases = frozenset(
            part for name in (first, last) for form in _spellings(name) for part in (form, *re.split(r"[ '-]", form))
        )
        self._loose = _parts(first, last)
        self._words = tuple(
            fold(name) for name in (first, last) if len(name) > 1 and (_wordy(fold(name)) or len(name) == 2)
        )
        phones = tuple(
            ("PHONE", _phone_pattern(number))
            for number in dict.fromkeys(map(_bare, (phone, mobile)))
            if len(number) >= 6
        )
        own = [_quote(fold(number.strip())) for number in numbers.split("\n") if len(number.strip()) >= 5]
        mine = (("GOVID", compiled(f"(?:^|[^{WORD}])({'|'.join(own)})(?:$|[^{WORD}])")),) if own else ()
        self._numbers = (*phones, *mine)
        self._exact = tuple(
            {
                form
                for name in (first, last, last + first, first + last, first + " " + last)
                for form in [name]
                if form and LETTER in fold(form)
            }
        )

    def finds(self, view: View) -> Iterator[Find]:  # noqa: C901  one loop per kind of form
        """Yield every known identifier, with the label of its class."""
        raw, low = view.raw, view.low
        if self._sure:
            for start, end, group in searched(self._sure, raw):
                if self._cautious and group == 2 and view.text[start:end].islower() and " " in low[start:end]:
                    continue
                yield start, end, "EMAIL" if group == 1 else "PERSON"
            if len(raw) >= 16:
                yield from self._encoded(view)
        if self._loose:
            for start, end, _ in searched(self._loose, raw):
                for stop in range(end, max(start + 2, end - 6), -1):  # a shorter ending may be the right one
                    if (stop == end or low[start:stop] in self._bases) and _stands_apart(view, start, stop):
                        yield start, stop, "PERSON"
                        break
        for word in self._words:
            at = low.find(word)
            while at >= 0:
                end = at + len(word)
                if _stands_as_name(view, at, end):
                    yield at, end, "PERSON"
                at = low.find(word, end)
        for label, pattern in self._numbers:
            for start, end, _ in searched(pattern, raw):
                yield start, end, label
        for form in self._exact:
            at = view.text.find(form)
            while at >= 0:
                yield at, at + len(form), "PERSON"
                at = view.text.find(form, at + len(form))

    def is_name(self, low: str) -> bool:
        """Tell whether a folded text is a name of this person in one of its forms."""
        if low in self._words:
            return True
        return any(
            pattern is not None
            and any(start == 0 and end == len(low) for start, end, _ in searched(pattern, low.encode("latin-1")))
            for pattern in (self._sure, self._loose)
        )

    def _encoded(self, view: View) -> Iterator[Find]:
        for start, end, raw in decoded_runs(view):
            try:
                plain = fold(raw.decode("utf-8", "ignore")).encode("latin-1")
            except UnicodeError:  # pragma: no cover  folded text is Latin-1
                continue
            if any(group == 1 or last - first > 8 for first, last, group in searched(self._sure, plain)):
                yield start, end, "EMAIL"


def _either(groups: list[tuple[str, list[str]]]) -> Any:
    parts = []
    for _, forms in groups:
        parts.append(f"({'|'.join(sorted(forms, key=lambda form: -len(form)))})" if forms else "(\\x01\\x02)")
    if not any(forms for _, forms in groups):
        return None
    mails, names = parts
    return compiled(f"(?:^|[^{WORD}.+-]){mails}(?:$|[^{WORD}-])|(?:^|[^{LETTERS}]){names}(?:$|[^{LETTERS}])")


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


def _mail_forms(address: str) -> Iterator[str]:
    """The address, spelled out, encoded, hashed, backwards; and its local part where that is a name of its own."""
    local, _, domain = fold(address).partition("@")
    spelled = [
        _DOT.join(
            _quote(bit).replace(r"\-", r"(?:-|[ ]dash[ ])").replace("_", r"(?:_|[ ]underscore[ ])")
            for bit in part.split(".")
        )
        for part in (local, domain)
    ]
    yield rf"{spelled[0]}(?:\+[{WORD}.-]*)?{_AT}{spelled[1]}"
    whole = address.strip().lower().encode()
    for name in ("md5", "sha1", "sha256"):
        yield hashlib.new(name, whole, usedforsecurity=False).hexdigest()
    yield _quote(fold(address)[::-1])
    if len(local) >= 5 and local not in _ROLE_BOXES and not _wordy(local):
        yield _quote(local)


def _quote(text: str) -> str:
    return re.sub(r"([^a-z0-9_\x80-\xff])", r"\\\1", text)


def _account_forms(account: str) -> list[str]:
    low = fold(account)
    forms = []
    for name in dict.fromkeys((low, _LEGAL.sub("", low))):
        parts = [_quote(part) for part in re.findall(f"[{WORD}]+", name)]
        if (
            len(name) > 2
            and parts
            and not (len(parts) == 1 and (name in words.COMMON or name in words.NOT_NAMES or _wordy(name)))
        ):
            forms.append(r"[\s._&,-]{0,3}".join(parts))
    return forms


def _full_forms(first: str, last: str) -> Iterator[str]:
    ends = f"(?:{_ENDS})?"
    for given in _spellings(first):
        for family in _spellings(last):
            one, two = _loose_form(given), _loose_form(family)
            plain = _wordy(given) or _wordy(family)
            middle = rf"(?:{_GAP}|[ ][{LETTERS}]{{1,{1 if plain else 12}}}\.?[ ])"
            yield f"{one}{middle}{two}{ends}"
            yield f"{two}{_GAP}{one}{ends}"
            if len(family) >= 3:
                yield f"{_quote(given[0])}[._-]?[ ]?{two}{ends}"
                yield f"{two}(?:,[ ]?|[ ._-])?{_quote(given[0])}\\.?"
                if len(family) >= 5:
                    yield f"{two}{_quote(given[:2])}"
            if len(given) >= 3:
                joined = given + family[0]
                gap = "[ ._-]" if joined in GIVEN or joined in words.COMMON or len(given) < 4 else "[ ._-]?"
                yield f"{one}{gap}{_quote(family[0])}\\.?"


def _parts(first: str, last: str) -> Any:
    """First and last name alone, in any case of grammar, where they are no words."""
    forms = []
    for name in (*_spellings(first), *_spellings(last)):
        for part in dict.fromkeys((name, *(part for part in re.split(r"[ '-]", name) if len(part) > 3))):
            if len(part) < 3 or _wordy(part) or part in words.PARTICLES:
                continue
            forms.append(f"{_loose_form(part)}(?:{_ENDS})?" if len(part) > 3 else _loose_form(part) + "(?:'?s)?")
            if len(part) > 3 and part[-1] in "aeo":
                forms.append(f"{_quote(part[:-1])}(?:y|i|u|e|o|ou|ie|ii|im|em|om|ch|iny|ino)")
            if len(part) > 4 and part.endswith(("ek", "ec")):
                forms.append(f"{_quote(part[:-2])}{part[-1]}(?:a|ovi|em|u|owi|iem)")
    return compiled(f"({'|'.join(sorted(dict.fromkeys(forms), key=lambda form: -len(form)))})") if forms else None


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
            other = other.replace(pair, letter)
        forms.append(other)
    folded = dict.fromkeys(fold(form) for form in forms)
    return tuple(form for form in folded if form.strip())


def _bare(number: str) -> str:
    return "".join(char for char in fold(number) if char in "0123456789")


def _phone_pattern(digits: str) -> Any:
    """The number in any grouping, with or without country code and trunk zero."""
    tail = digits.lstrip("0")
    tail = tail[-max(7, len(tail) - 3) :]
    grouped = r"[ ().\-/\t\x80]{0,3}".join(tail)
    return compiled(rf"(?:^|[^\d.])((?:[+(]{{0,2}}\d[\d ().\-/\t]{{0,8}})?{grouped})(?:$|[^\d])")


def _stands_apart(view: View, start: int, end: int) -> bool:
    """No letters around it, or a change of case as in `AdaLaptop`; an ending must not make it another word."""
    low, text = view.low, view.text
    left = start == 0 or not _is_letter(low[start - 1]) or (text[start].isupper() and text[start - 1].islower())
    if not left:
        return False
    if end == len(low) or not _is_letter(low[end]):
        return low[start:end] not in words.COMMON
    return text[end].isupper() and text[end - 1].islower()


def _is_letter(char: str) -> bool:
    return "a" <= char <= "z" or char >= "\xa1"


_CALLED: Final = later(
    r"(?:^|[^a-z])(?:hi|hello|hey|dear|thanks|thank you|mr\.?|mrs\.?|ms\.?|dr\.?|herr|frau|with|by|from|ask|asked|tell|told|contact|and|regards|to|for|call|cc|user|via|name|liebe|lieber|hallo|bonjour|hola),?[ \n]{1,3}$"
)
_DOES: Final = later(
    r"(?:'s)?[ ](?:said|says|asked|asks|told|wrote|writes|called|calls|replied|confirmed|reported|needs|wants|left|joined|has|is|was|works|cannot|can't)(?![a-z])"
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
    line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    line = text[line_start : line_end if line_end >= 0 else len(text)].strip(" ,.!>*-\t")
    if line == text[start:end] and not view.hidden:
        return True
    return bool(
        _CALLED.search(low[max(0, start - 14) : start]) and word not in {"host", "server", "page", "mail"}
    ) or bool(_DOES.match(low, end) and FAMILY and line_start != start)
