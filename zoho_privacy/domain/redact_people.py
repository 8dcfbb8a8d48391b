"""People: the one we know, in every form their data may be written, and others by where a name stands.

No model guesses here. The person of the record is known by name, address and number; a third person is recognised in a
greeting, a signature, a reply header, beside a mail address, after a title or a label, and then wherever the same name
comes again. A first or last name that is also a word counts alone only inside a sentence with a capital. Pure.
"""

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from zoho_privacy.domain import redact_words as words
from zoho_privacy.domain.redact_view import BARRIER, View, fold, scan

Find = tuple[int, int, str]
Contact = Mapping[str, str | None]
FIELDS: Final = ("firstName", "lastName", "email", "secondaryEmail", "phone", "mobile", "accountName")

_ROLE_BOXES: Final = frozenset(
    {"info", "support", "admin", "sales", "office", "contact", "hello", "help", "mail", "service", "privacy", "team"}
)
_EXPANSIONS: Final = {
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d",
}  # fmt: skip
_GAP: Final = r"[\s.,_+'-]{0,3}"
_NOT_AFTER_LETTER: Final = r"(?<![^\W\d_])"
_NOT_BEFORE_LETTER: Final = r"(?![^\W\d_])"

# ------------------------------------------------------------------------------------------------------- known values


@dataclass(frozen=True, slots=True)
class Known:
    """The written forms of one person's identifiers, as patterns over `View.low`; None where there is nothing."""

    sure: re.Pattern[str] | None
    capital: re.Pattern[str] | None
    phones: tuple[str, ...]

    def finds(self, view: View) -> Iterator[Find]:
        """Yield every known identifier, with the label of its class."""
        if self.sure:
            for found in self.sure.finditer(view.low):
                yield found.start(), found.end(), (found.lastgroup or "PERSON").partition("_")[0]
            if _HAS_BASE64.search(view.text):
                yield from self._encoded(view)
        if self.capital and not view.hidden:
            for found in self.capital.finditer(view.low):
                if _stands_as_name(view, found.start(), found.end()):
                    yield found.start(), found.end(), "PERSON"
        for number in self.phones:
            for found in scan(_phone_pattern(number), view.low, view.near_digits):
                yield found.start(), found.end(), "PHONE"

    def is_name(self, low: str) -> bool:
        """Tell whether a folded text is a name of this person in one of its forms."""
        found = self.sure.fullmatch(low) if self.sure else None
        return (found is not None and found.lastgroup == "PERSON") or bool(self.capital and self.capital.fullmatch(low))

    def _encoded(self, view: View) -> Iterator[Find]:
        for found in _HAS_BASE64.finditer(view.text):
            run = found.group()
            for offset in range(4):
                piece = run[offset : offset + (len(run) - offset) // 4 * 4]
                try:
                    plain = base64.b64decode(piece.replace("-", "+").replace("_", "/")).decode("utf-8", "ignore")
                except ValueError:
                    continue
                if self.sure and any(
                    hit.lastgroup and hit.lastgroup.startswith("EMAIL") for hit in self.sure.finditer(fold(plain))
                ):
                    yield found.start(), found.end(), "EMAIL"
                    break


_HAS_BASE64: Final = re.compile(r"(?<![\w+/-])[A-Za-z0-9+/_-]{16,2048}(?![\w+/-])")


def known(contact: Contact | None) -> Known:
    """Return the patterns of a contact; unknown keys and empty values are ignored."""
    values = contact or {}
    return _known(tuple((values.get(key) or "").strip() for key in FIELDS))


@lru_cache(maxsize=16)
def _known(values: tuple[str, ...]) -> Known:
    first, last, email, second, phone, mobile, account = values
    patterns: list[str] = []
    for index, address in enumerate(filter(None, (email, second))):
        if "@" in address:
            patterns.append(f"(?P<EMAIL_{index}>{_address_pattern(address)})")
            local = fold(address.partition("@")[0])
            if (
                len(local) >= 5
                and local not in _ROLE_BOXES
                and local not in words.ORDINARY_NAMES
                and not _is_name(local, first, last)
            ):
                patterns.append(f"(?P<USERNAME_{index}>(?<![a-z0-9]){re.escape(local)}(?![a-z0-9]))")
    names = sorted(set(_name_patterns(first, last)), key=lambda pattern: -len(pattern))
    if len(account) > 2 and fold(account) not in words.ORDINARY_NAMES | words.NOT_NAMES:
        names.insert(
            0, _NOT_AFTER_LETTER + r"[\s_-]{1,3}".join(map(re.escape, fold(account).split())) + _NOT_BEFORE_LETTER
        )
    if names:
        patterns.append(f"(?P<PERSON>{'|'.join(names)})")
    ordinary = [fold(name) for name in (first, last) if fold(name) in words.ORDINARY_NAMES and len(name) > 2]
    capital = "|".join(map(re.escape, ordinary))
    return Known(
        sure=re.compile("|".join(patterns)) if patterns else None,
        capital=re.compile(f"(?<![^\\W_])(?:{capital})(?![^\\W_])") if capital else None,
        phones=tuple(dict.fromkeys(number for number in map(_bare, (phone, mobile)) if len(number) >= 6)),
    )


def _is_name(local: str, first: str, last: str) -> bool:
    """A local part that the name patterns find anyway."""
    return bool(first and last) and re.sub(r"[._-]", "", local) in {fold(first + last), fold(last + first)}


def _address_pattern(address: str) -> str:
    """The address itself and spelled with `at` and `dot`, with or without brackets."""
    local, _, domain = fold(address).partition("@")
    at = r"(?:@|[ ]{0,2}[(\[{<]at[)\]}>][ ]{0,2}|[ ]at[ ])"
    dot = r"(?:\.|[ ]{0,2}[(\[{<](?:dot|punkt|punto)[)\]}>][ ]{0,2}|[ ](?:dot|punkt|punto)[ ])"
    spelled = [dot.join(map(re.escape, part.split("."))) for part in (local, domain)]
    return rf"(?<![\w.+-]){spelled[0]}{at}{spelled[1]}(?![\w-])"


def _name_patterns(first: str, last: str) -> Iterator[str]:
    firsts, lasts = _spellings(first), _spellings(last)
    alone = _NOT_BEFORE_LETTER + r"\.?"
    for given in firsts:
        for family in lasts:
            edge_left, edge_right = _edges(given + family)
            yield f"{edge_left}{_loose(given)}{_GAP}{_loose(family)}{edge_right}"
            edge_left, edge_right = _edges(family + given)
            yield f"{edge_left}{_loose(family)}{_GAP}{_loose(given)}{edge_right}"
            if len(family) >= 3:
                yield f"{_NOT_AFTER_LETTER}{re.escape(given[0])}[._-]?[ ]?{_loose(family)}{_NOT_BEFORE_LETTER}"
                yield f"{_NOT_AFTER_LETTER}{_loose(family)}(?:,[ ]?|[ ._-])?{re.escape(given[0])}{alone}"
            if len(given) >= 3:
                yield f"{_NOT_AFTER_LETTER}{_loose(given)}[ ._-]?{re.escape(family[0])}{alone}"
    for name in (*firsts, *lasts):
        parts = [name, *(part for part in re.split(r"[ -]", name) if len(part) > 3)] if len(name) > 2 else []
        for part in parts:
            if part not in words.ORDINARY_NAMES and part not in words.NOT_NAMES and part not in words.PARTICLES:
                yield f"{_NOT_AFTER_LETTER}{_loose(part)}(?:'?s)?{_NOT_BEFORE_LETTER}"


def _edges(joined: str) -> tuple[str, str]:
    """A long joined name is found inside file and host names too; a short one only on its own."""
    return ("", "") if len(joined) >= 8 else (_NOT_AFTER_LETTER, _NOT_BEFORE_LETTER)


def _loose(name: str) -> str:
    return r"[\s'._-]{0,2}".join(re.escape(part) for part in re.split(r"[\s'._-]+", name) if part)


def _spellings(name: str) -> tuple[str, ...]:
    """The folded name and, where it has letters that are also written as two, that spelling."""
    lower = unicodedata.normalize("NFC", name).lower()
    spelled = fold("".join(_EXPANSIONS.get(char, char) for char in lower))
    return tuple(dict.fromkeys(text for text in (fold(unicodedata.normalize("NFC", name)), spelled) if text.strip()))


def _bare(number: str) -> str:
    return "".join(char for char in fold(number) if char in "0123456789")


@lru_cache(maxsize=32)
def _phone_pattern(digits: str) -> re.Pattern[str]:
    """The number in any grouping, with or without country code and trunk zero."""
    tail = digits.lstrip("0")
    tail = tail[-max(7, len(tail) - 3) :]
    grouped = r"[ ().\-/\t]{0,3}".join(tail)
    return re.compile(rf"(?:(?<![\d.])[+(]?(?:\d[ ().\-/]{{0,3}}){{0,6}})?{grouped}(?!\d)")


def _stands_as_name(view: View, start: int, end: int) -> bool:
    """A name that is also a word: capital inside a sentence, or followed or led by another capital word."""
    text = view.text
    if not text[start].isupper() or view.low[start:end] in words.NEVER_NAMES:
        return False
    before = text[max(0, start - 2) : start]
    return len(before) == 2 and before[1] == " " and (before[0].islower() or before[0] == ",")


# ---------------------------------------------------------------------------------------------------- names by place

_TOKEN: Final = re.compile(r"[^\W\d_]{1,24}(?:['-][^\W\d_]{1,24}){0,2}")
_GREETED: Final = re.compile(
    rf"(?:^|[\n\t>|]|[.!?:,][ ])[ >*]{{0,6}}(?:{words.GREETING})[,]?[ ]{{1,3}}(?:{words.TITLE}\.?[ ]{{1,2}}){{0,2}}"
)
_CLOSED: Final = re.compile(
    rf"(?:^|[\n\t]|[.!?,][ ]{{1,3}})[ >*|_-]{{0,8}}(?:{words.CLOSING})(?![a-z])[ \t*]{{0,3}}"
    rf"[,.!;:-]{{0,3}}[ \t>*_|-]{{0,6}}"
)
_RULED: Final = re.compile(r"(?:^|\n)[ >]{0,4}--[ ]?\n[ >*]{0,4}")
_HEADED: Final = re.compile(rf"(?:^|[\n\t])[ >*|]{{0,8}}(?:{words.HEADER})[ *]{{0,2}}[:=;][ \t*]{{0,4}}")
_WROTE: Final = re.compile(rf"[ >)\]](?:{words.WROTE})[^\n:]{{0,40}}:")
_TITLED: Final = re.compile(rf"(?<![\w.]){words.TITLE}(?:\.[ ]{{0,2}}|[ ]{{1,2}})(?:{words.TITLE}\.?[ ]{{1,2}})?")
_INTRODUCED: Final = re.compile(rf"(?<![a-z])(?:{words.INTRODUCED})[ ]{{1,3}}")
_PRESENTED: Final = re.compile(rf"(?<![a-z])(?:{words.PRESENTED})[ ]{{1,3}}")
_LABELLED: Final = re.compile(rf"(?<![a-z])(?:{words.PERSON_LABEL})[*\"']{{0,2}}[ ]{{0,2}}[:=\t][ \t*]{{0,4}}[\"']?")
_SPOKEN_OF: Final = re.compile(
    r"(?<![a-z])(?:spoke to|spoke with|speak to|speak with|talked to|talked with|talk to|met with"
    r"|reported by|requested by"
    r"|approved by|escalated to|on behalf of|ask for|my colleague|my manager|my boss|my wife|my husband"
    r"|my son|my daughter"
    r"|my mother|my father|my brother|my sister|my friend|my coworker|our colleague|our manager|new hire|new starter"
    r"|employee named|colleague named|kollege|kollegin|chef|signed by)[,:]?[ ]{1,2}"
)
_PRESENTS: Final = re.compile(r"[ ]{0,2}(?:,|\.|\n|$|from |here|calling|with |at |and |from$)")
_SMALL_ENDS: Final = re.compile(r"[ ]?(?:,|!|\n)")
_ENDS_LINE: Final = re.compile(r"[ *]{0,3}(?:[,|(<\[/\n\t]|-[ ]|$)")
_ENDS_WHOLE_LINE: Final = re.compile(r"[ ,*]{0,3}(?:\n|$)")
_ADDRESSED: Final = re.compile(r"[\"' ]{0,3}[<\[(](?:mailto:)?$")
_AND: Final = re.compile(r"(?:[ ](?:and|und|et|y|e|en|&)[ ]|,[ ]|[ ]?/[ ]?)")


def names(view: View, mails: Iterable[Find], others: Iterable[Find] = ()) -> Iterator[Find]:
    """Yield third persons by where their names stand, then wherever those names stand again.

    `mails` are the addresses found, `others` the numbers, dates and streets: a name beside them is a name.
    """
    found = [*_by_structure(view), *_beside(view, [*mails, *others])]
    for start, _, _ in mails:
        window = view.text[max(0, start - 12) : start]
        hit = _ADDRESSED.search(window)
        if hit:
            begin = _name_before(view, start - len(window) + hit.start())
            if begin is not None:
                found.append((begin, _trimmed(view, start - len(window) + hit.start()), "PERSON"))
    yield from found
    yield from _again(view, found)


def _beside(view: View, values: Iterable[Find]) -> Iterator[Find]:
    """Yield lines that are nothing but two to four words of a name, next to a line with a personal value."""
    text = view.text
    looked: set[int] = set()
    for start, end, _ in values:
        first, last = text.rfind("\n", 0, start) + 1, text.find("\n", end)
        above, below = text.rfind("\n", 0, max(0, first - 1)) + 1, last + 1
        for line in (above, below):
            if line in looked or (line == below and last < 0) or (line == above and not first):
                continue
            looked.add(line)
            begin = line
            while begin < len(text) and begin - line < 8 and text[begin] in " >*-\t?":
                begin += 1
            stop = _name_end(view, begin, least=2)
            if stop is not None and _ENDS_WHOLE_LINE.match(text, stop):
                yield begin, stop, "PERSON"


def _by_structure(view: View) -> Iterator[Find]:
    yield from _greeted(view)
    yield from _signed(view)
    low = view.low
    for pattern in (_TITLED, _INTRODUCED, _SPOKEN_OF):
        for hit in pattern.finditer(low):
            yield from _at(view, hit.end(), least=1)
    for pattern, least in ((_LABELLED, 1), (_HEADED, 2)):
        for hit in scan(pattern, low, view.near_marks):
            yield from _at(view, hit.end(), least=least)
    for hit in _PRESENTED.finditer(low):
        if low[hit.end() : hit.end() + 4].split(" ")[0] in words.PARTICLES:
            continue
        for start, end, label in _at(view, hit.end(), least=1):
            if _PRESENTS.match(low, end) and (" " in view.text[start:end] or low.startswith((" from ", " here"), end)):
                yield start, end, label
    for hit in scan(_WROTE, low, view.near_marks):
        stop = hit.start() + (hit.group()[0] in ">)]")
        opening = view.text.rfind("<", max(0, stop - 160), stop)
        stop = opening if opening >= 0 else hit.start()
        begin = _name_before(view, stop)
        if begin is not None:
            yield begin, _trimmed(view, stop), "PERSON"


def _trimmed(view: View, stop: int) -> int:
    """Step back over the blanks and quotes between a name and what follows it."""
    while view.text[stop - 1] in " \"'":
        stop -= 1
    return stop


def _at(view: View, start: int, *, least: int) -> Iterator[Find]:
    end = _name_end(view, start, least=least)
    if end is not None:
        yield start, end, "PERSON"


def _greeted(view: View) -> Iterator[Find]:
    for hit in _GREETED.finditer(view.low):
        start = hit.end()
        for _ in range(4):
            end = _name_end(view, start, least=1, greeting=True)
            if end is None:
                end = _small_name_end(view, start)
            if end is None:
                break
            yield start, end, "PERSON"
            joint = _AND.match(view.low, end)
            if joint is None:
                break
            start = joint.end()


def _small_name_end(view: View, start: int) -> int | None:
    """`hi john,` without a capital: one or two words, nothing but names, then a stop."""
    token = _TOKEN.match(view.low, start)
    if token is None or len(token.group()) < 3 or _no_name(token.group()):
        return None
    end = token.end()
    following = _TOKEN.match(view.low, end + 1) if view.low[end : end + 1] == " " else None
    if following is not None and not _no_name(following.group()):
        end = following.end()
    return end if _SMALL_ENDS.match(view.low, end) else None


def _no_name(word: str) -> bool:
    return word in words.NOT_NAMES or word in words.SYSTEM_ACCOUNTS or word in words.PARTICLES


def _signed(view: View) -> Iterator[Find]:
    text = view.text
    for pattern in (_CLOSED, _RULED):
        for hit in pattern.finditer(view.low):
            start = hit.end()
            broken = pattern is _RULED
            while start < len(text) and text[start] in "\n \t>*_|-\r" and start - hit.end() < 24:
                broken = broken or text[start] == "\n"
                start += 1
            end = _name_end(view, start, least=1)
            if end is not None and _ENDS_LINE.match(text, end):
                yield start, end, "PERSON"
            elif broken:
                small = _small_name_end(view, start)
                if small is not None and text[small : small + 1] == "\n" and text[start : start + 1].islower():
                    yield start, small, "PERSON"


def _name_end(view: View, start: int, *, least: int, most: int = 4, greeting: bool = False) -> int | None:
    """Return where the name that starts here ends, None where fewer than `least` words of one stand here."""
    text, low = view.text, view.low
    end: int | None = None
    count, position = 0, start
    while count < most:
        token = _TOKEN.match(text, position)
        if token is None:
            break
        word = low[token.start() : token.end()]
        if (
            word in words.PARTICLES
            and (count or text[token.end() : token.end() + 1] == " ")
            and not token.group()[0].isupper()
        ):
            position = token.end() + 1
            continue
        unfit = word in words.NOT_NAMES and not (greeting and word in words.NEVER_NAMES)
        if not token.group()[0].isupper() or unfit or (word in words.SYSTEM_ACCOUNTS and not count):
            break
        count += 1
        end = token.end()
        if text[end : end + 1] == "." and (len(word) == 1 or word in {"jr", "sr", "dr"}):
            end += 1
        if not (text[end : end + 1] == " " and text[end + 1 : end + 2].isalpha()):
            break
        position = end + 1
    return end if count >= least else None


def _name_before(view: View, stop: int) -> int | None:
    """Return where the name that ends here starts: up to four words with a capital, or `Last, First`."""
    floor = max(0, stop - 80)
    window = view.text[floor:stop].rstrip(" \"'")
    begin: int | None = None
    tokens = list(_TOKEN.finditer(window))
    reach, count = len(window), 0
    for token in reversed(tokens):
        gap = window[token.end() : reach]
        word = fold(token.group())
        if gap.strip(" .") and gap.strip() != ",":
            break
        if "," in gap and count != 1:
            break
        if count and word in words.PARTICLES:
            reach = token.start()
            continue
        if (
            count == 4
            or not token.group()[0].isupper()
            or word in words.NOT_NAMES
            or (not count and token.end() < len(window) - 1)
        ):
            break
        if token.start() and window[token.start() - 1].isdigit():
            break
        begin, reach, count = token.start(), token.start(), count + 1
    return None if begin is None else floor + begin


def _again(view: View, found: Iterable[Find]) -> Iterator[Find]:
    """Find the same names elsewhere: whole, and each part of it that is not a word of its own."""
    spoken: set[str] = set()
    for start, end, _ in found:
        whole = view.text[start:end].strip(" .,")
        if BARRIER in whole or len(whole) < 3:
            continue
        parts = [part for part in re.split(r"[ .,]+", whole) if len(part) > 2]
        spoken.update(part for part in parts if _distinctive(part))
        if len(parts) > 1:
            spoken.add(whole)
        if len(spoken) > 200:
            break
    if not spoken:
        return
    capital = {name[0].upper() + name[1:] for name in spoken} | {name.title() for name in spoken if name.isupper()}
    choices = "|".join(
        re.escape(name) for name in sorted(spoken | capital, key=lambda name: (-len(name), name)) if name[0].isupper()
    )
    if choices:
        for hit in re.finditer(f"(?<![^\\W_])(?:{choices})(?![^\\W_])", view.text):
            yield hit.start(), hit.end(), "PERSON"


def _distinctive(word: str) -> bool:
    low = fold(word)
    return low not in words.ORDINARY_NAMES and not _no_name(low)
