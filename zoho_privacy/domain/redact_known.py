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
from zoho_privacy.domain.redact_forms import cases, in_arabic, initialled, logins, nicknames
from zoho_privacy.domain.redact_names import FAMILY, GIVEN
from zoho_privacy.domain.redact_rules import LETTERS, WORD, Find, Look, Span, compiled, later, searched
from zoho_privacy.domain.redact_values import decoded_runs
from zoho_privacy.domain.redact_view import LETTER, View, fold

Contact = Mapping[str, str | None]
FIELDS: Final = (
    "firstName", "lastName", "email", "secondaryEmail", "phone", "mobile", "accountName", "ownNumbers", "homes"
)  # fmt: skip
"""`ownNumbers` are customer numbers and the like, `homes` postal addresses, a line each."""
_MOST: Final = {"homes": 1000}
"""Characters of a field that are read, where those are not 200."""

_ROLE_BOXES: Final = frozenset(
    {"info", "support", "admin", "sales", "office", "contact", "hello", "help", "mail", "service", "privacy", "team"}
)
_EXPANSIONS: Final = {
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ł": "l", "đ": "dj",
}  # fmt: skip
_CYRILLIC: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ё": "yo", "є": "ye", "ж": "zh", "з": "z", "и": "i",
    "і": "i", "ї": "yi", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
    "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu",
    "я": "ya", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "ђ": "dj",
}  # fmt: skip
_GERMAN: Final = {"в": "w", "ё": "jo", "є": "je", "ж": "sch", "з": "s", "ї": "ji", "й": "j", "х": "ch", "ц": "z", "ч": "tsch",
                  "ш": "sch", "щ": "schtsch", "ю": "ju", "я": "ja"}  # fmt: skip
_FRENCH: Final = {"ж": "j", "у": "ou", "ц": "ts", "ч": "tch", "ш": "ch", "щ": "chtch", "ю": "iou", "я": "ia", "й": "i"}
_SCIENTIFIC: Final = {
    "ж": "z",
    "ч": "c",
    "ш": "s",
    "щ": "sc",
    "ю": "ju",
    "я": "ja",
    "й": "j",
    "х": "h",
    "ц": "c",
    "ё": "e",
}
_GREEK: Final = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l", "μ": "m",
    "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps",
    "ω": "o",
}  # fmt: skip
_TO_CYRILLIC: Final = (
    ("shch", "щ"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш"), ("yu", "ю"), ("ya", "я"), ("yo", "ё"), ("ye", "е"), ("iy", "ий"),
)  # fmt: skip
_SERBIAN: Final = frozenset("đčćšž")
_TO_SERBIAN: Final = (
    ("dž", "џ"), ("lj", "љ"), ("nj", "њ"), ("đ", "ђ"), ("č", "ч"), ("ć", "ћ"), ("š", "ш"), ("ž", "ж"), ("j", "ј"), ("c", "ц"), ("h", "х"),
)  # fmt: skip
_LETTER_TO_SERBIAN: Final = str.maketrans("abdefgiklmnoprstuvz", "абдефгиклмнопрстувз")
_TO_GREEK: Final = (("th", "θ"), ("ch", "χ"), ("ps", "ψ"), ("ph", "φ"), ("ou", "ου"), ("ks", "ξ"), ("tz", "τζ"))
_LETTER_TO_GREEK: Final = str.maketrans("abgdefhiklmnoprstuvxyz", "αβγδεφχικλμνοπρστυβξυζ")
_LETTER_TO_CYRILLIC: Final = str.maketrans(
    {"x": "кс", "w": "в", "q": "к", "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и", "j": "й", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "r": "р", "s": "с", "t": "т", "u": "у", "v": "в", "y": "й", "z": "з"}
)  # fmt: skip
_ENDINGS: Final = words.bag(
    "s 's ' s' es a u y e em om ovi owi iem ova ove ovou ovu uv ou n en in un ni lle lla lta ssa sta ta nak nek val vel nal nel rol ra re hoz hez t ot et"
    " nin nun i ye ya de da den dan 'nin 'nun 'in 'un 'e 'a 'ye 'ya 'de 'da 'den 'dan 'i 'u o am ami ach sche schen scher n's"
    " ovym ovymi ovych oveho ovemu ove ovou owym owych ein eine oj oju ogo omu oy oyu"
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
        "_account", "_cautious", "_exact", "_homes", "_initials", "_judged", "_last_initials", "_logins", "_mails", "_names", "_needles", "_numbers", "_phones",
        "_plain", "_starts", "_stems", "_turned", "_values", "_words"
    )  # fmt: skip

    def __init__(self, values: tuple[str, ...], *, foreign: bool = True) -> None:
        """`foreign` adds names as other alphabets write them, which a text of ASCII alone cannot hold."""
        first, last, email, second, phone, mobile, account, numbers, homes = values
        self._mails = tuple(_Mail(fold(address)) for address in dict.fromkeys((email, second)) if "@" in address)
        given, family = _spellings(first, foreign=foreign), _spellings(last, foreign=foreign)
        given = (*given, *(short for address in (email, second) for short in _called(address, family)))
        family = (*family, *(part for name in family for part in _parts(name)))
        family = (*family, *(cut for address in (email, second) for cut in _cut(address, family)))
        if (first and LETTER in fold(first)) or (last and LETTER in fold(last)):
            given, family = _in_latin(email or second, given, family)
        self._account = tuple(_account_forms(account))
        self._cautious = _wordy(fold(first)) and _wordy(fold(last))
        self._names = (tuple(map(_split, given)), tuple(map(_split, family))) if given and family else ((), ())
        self._plain = any(_wordy(name) for name in (*given, *family))
        self._initials = frozenset(name[0] for name in given)
        self._last_initials = frozenset(name[0] for name in family)
        short = (each for name in given for each in nicknames(name))
        self._stems = tuple(_stems((*given, *family, *short)))
        pairs = [(one, other) for one in given for other in family]
        boxes = (_SEPARATOR.sub("", mail.address.partition("@")[0]) for mail in self._mails)
        own = (box for box in boxes if len(box) >= 7 and box.isalpha() and not _wordy(box))
        self._logins = tuple({*own, *(each for pair in pairs for each in (*logins(*pair), *initialled(*pair)))})
        self._turned = tuple(name[::-1] for name in family if len(name) >= 6 and name[::-1] not in words.COMMON)
        self._words = tuple(
            fold(name) for name in (first, last) if len(name) > 1 and (_wordy(fold(name)) or len(name) == 2)
        )
        tails = {_tail(number) for number in map(_bare, (phone, mobile)) if len(number) >= 6}
        self._phones = tuple((tail.encode(), tail) for tail in tails)
        self._numbers = tuple(fold(number.strip()) for number in numbers.split("\n") if len(number.strip()) >= 5)
        self._homes = tuple(fold(home.strip()) for home in homes.split("\n") if len(home.strip()) >= 5)
        others = (*in_arabic(first), *in_arabic(last)) if foreign else ()
        self._exact = tuple(
            {
                form
                for form in (first, last, last + first, first + last, first + " " + last, *others)
                if form and LETTER in fold(form)
            }
        )
        self._judged: dict[str, bool] = {}
        self._starts = tuple(
            {stem for stem, _ in self._stems}
            | {name[0] for names in self._names for name in names}
            | {account[0] for account in self._account}
            | {*self._turned, *self._words, *self._logins}
        )
        self._values = (first, last, *(address.partition("@")[0] for address in (email, second)), numbers, homes)
        self._needles: frozenset[str] | None = None

    def _all_needles(self) -> frozenset[str]:
        """Return runs of letters, of which each form of every identifier holds one."""
        needles = set(self._starts)
        for each in self._values:
            runs = _LETTER_RUN.findall(fold(each))
            needles.update([run for run in runs if len(run) > 1] or runs)
        return frozenset([*needles, *(needle[::-1] for needle in needles)])

    def finds(self, view: View) -> Iterator[Find]:
        """Yield every known identifier, with the label of its class."""
        low = view.low
        named = any(map(low.__contains__, self._starts))
        for start, end, label in self._sure(low, hashed=view.longest >= 32, named=named):
            pair = self._cautious and label == "PERSON" and " " in low[start:end]
            if not pair or not _has_small_word(view.text[start:end]) or _fills_a_field(low, start, end):
                yield start, end, label
        if (self._mails or self._names[0]) and view.longest >= 16:
            yield from self._encoded(view)
        if named:
            yield from self._alone(view)
            yield from self._as_words(view)
        if "\n" in low:
            yield from self._wrapped(low)
        if list(map(len, view.tokens)).count(1) > 4:
            yield from self._spaced(low)
        yield from self._counted(view.raw, low)
        for form in self._exact:
            for at in _places(view.text, form):
                yield at, at + len(form), "PERSON"

    def may_stand_in(self, folded: str, digits: str) -> bool:
        """Tell whether folded words or digits hold a part of any of this person's identifiers."""
        if self._needles is None:
            self._needles = self._all_needles()
        return (
            any(needle in folded for needle in self._needles)
            or any(tail in digits for _, tail in self._phones)
            or any(run and run in digits for run in map(_bare, self._numbers))
        )

    def is_name(self, low: str) -> bool:
        """Tell whether a folded text is a name of this person in one of its forms."""
        told = self._judged.get(low)
        if told is None:
            told = any(start in low for start in self._starts) and (
                low in self._words
                or any(low.startswith(stem) and low[len(stem) :] in ends for stem, ends in self._stems)
                or any(start == 0 and end == len(low) for start, end, _ in self._sure(low))
            )
            if len(self._judged) < 500:
                self._judged[low] = told
        return told

    def _sure(self, low: str, *, hashed: bool = False, named: bool = True) -> Iterator[Find]:
        """Yield addresses and full names: what hardly anybody else has."""
        for mail in self._mails:
            yield from mail.finds(low, hashed=hashed and _HEX.search(low) is not None)
        if not named:
            return
        yield from self._full(low)
        for name in self._turned:
            for at in _places(low, name):
                yield at, at + len(name), "PERSON"
        for login in self._logins:
            for at in _places(low, login):
                if not _is_letter(low[at - 1 : at]) and not _is_letter(low[at + len(login) : at + len(login) + 1]):
                    yield at, at + len(login), "PERSON"
        for parts in self._account:
            for at in _places(low, parts[0]):
                end = _joined(low, at, parts, _ACCOUNT_GAP)
                if end and not (at and _is_letter(low[at - 1])) and not _is_letter(low[end : end + 1]):
                    yield at, end, "PERSON"

    def _full(self, low: str) -> Iterator[Find]:
        """Yield first and last name together: in order, reversed, joined, one of them cut to its initial."""
        given, family = self._names
        firsts = [found for name in given for found in _named(low, name)]
        lasts = [found for name in family for found in _named(low, name)]
        if not firsts and not lasts:
            return
        reached = 0
        for start, stop in sorted(self._together(low, firsts, lasts)):
            if start >= reached:
                reached = stop
                yield start, stop, "PERSON"

    def _together(self, low: str, firsts: list[Span], lasts: list[Span]) -> Iterator[Span]:
        ends = dict(lasts)
        for start, end in firsts:
            if start and _is_letter(low[start - 1]):
                continue
            gap = _NAME_GAP.match(low, end).end()  # type: ignore[union-attr]  # it may be empty
            stop = ends.get(gap)
            if stop is None:
                middle = (_SHORT_MIDDLE if self._plain else _MIDDLE).match(low, end)
                stop = ends.get(middle.end()) if middle else None
            stop = _ending(low, start, stop) if stop else 0
            stop = stop or self._cut_last(low, start, end)
            if stop:
                yield start, stop
        begins = dict(firsts)
        for start, end in lasts:
            yield from self._from_last(low, start, end, begins)

    def _cut_last(self, low: str, start: int, end: int) -> int:
        """Return where a first name with the initial of the last one ends, 0 where there is none: `Ada M.`."""
        if end - start < 3:
            return 0
        at = end + (low[end : end + 1] in _INITIAL_GAPS)
        if low[at : at + 1] not in self._last_initials:
            return 0
        if at == end:
            joined = low[start:end] + low[at]
            if len(joined) < 5 or joined in GIVEN or joined in words.COMMON:
                return 0
        return _closed_initial(low, at)

    def _from_last(self, low: str, start: int, end: int, begins: Mapping[int, int]) -> Iterator[Span]:
        """Yield what a last name is part of: `Moss, Ada`, `A. Moss`, `Moss A.`, `mossad`."""
        least = end - start >= 3
        if least:
            at = start - (low[start - 1 : start] == " ")
            for back in (at, at - 1) if low[at - 1 : at] in _DOTS else (at,):
                if back and low[back - 1] in self._initials and not (back > 1 and _is_letter(low[back - 2])):
                    stop = _ending(low, start, end)
                    if stop:
                        yield back - 1, stop
        if start and _is_letter(low[start - 1]):
            return
        stop = begins.get(_NAME_GAP.match(low, end).end(), 0)  # type: ignore[union-attr]  # it may be empty
        stop = _ending(low, start, stop) if stop else 0
        if not stop and least:
            at = end + (low[end : end + 1] in _LAST_GAPS)
            at += low[end : end + 2] == ", "
            if low[at : at + 1] in self._initials:
                stop = _closed_initial(low, at)
        if not stop and end - start >= 5:
            stop = next(
                (end + 2 for name in self._names[0] if low.startswith(name[0][:2], end) and len(name[0]) > 1), 0
            )
            stop = stop if stop and not _is_letter(low[stop : stop + 1]) else 0
        if stop:
            yield start, stop

    def _alone(self, view: View) -> Iterator[Find]:
        """Yield first and last name alone, in any case of grammar, where they are no words."""
        low, text = view.low, view.text
        for stem, endings in self._stems:
            at = low.find(stem)
            while at >= 0:
                end = at + len(stem)
                if not (at and _is_letter(low[at - 1])) or (text[at].isupper() and text[at - 1].islower()):
                    yield from self._with_ending(low, text, at, end, endings)
                at = low.find(stem, end)

    def _with_ending(self, low: str, text: str, at: int, end: int, endings: frozenset[str]) -> Iterator[Find]:
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

    def _spaced(self, low: str) -> Iterator[Find]:
        """Yield names and addresses whose letters stand apart: `Q u i s t o r p`."""
        for value in (*self._values[:2], *(mail.address for mail in self._mails)):
            letters = [re.escape(char) for char in fold(value) if not char.isspace()]
            if len(letters) > 3:
                for found in re.finditer(_APART.join(letters), low):
                    if found.end() - found.start() > len(letters) and not _EDGE.match(low, found.end()):
                        yield found.start(), found.end(), "PERSON"

    def _wrapped(self, low: str) -> Iterator[Find]:
        """Yield names that a line's end cuts in two: `Pri-` and `yanka` on the next one."""
        for at in _places(low, "\n"):
            stop = at - (low[at - 1 : at] in {"-", "="})
            before = _LAST_WORD.search(low, max(0, stop - _LONGEST), stop) if _is_letter(low[stop - 1 : stop]) else None
            after = _NEXT_WORD.match(low, at) if before else None
            if before is None or after is None:
                continue
            word = before[1] + after[1]
            if word in self._logins or any(
                word.startswith(stem) and word[len(stem) :] in ends for stem, ends in self._stems
            ):
                yield before.start(1), after.end(), "PERSON"

    def _counted(self, raw: bytes, low: str) -> Iterator[Find]:
        """Yield the person's numbers: phones in any grouping, own numbers as they are."""
        if self._phones:
            bare = raw.translate(None, b" ().-/\t\n\x80")
            if any(tail in bare for tail, _ in self._phones):
                yield from _phones(low, [tail for _, tail in self._phones])
        for number in self._numbers:
            for at in _places(low, number):
                end = at + len(number)
                if not _EDGE.match(low[at - 1 : at]) and not _EDGE.match(low[end : end + 1]):
                    yield at, end, "GOVID"
        for home in self._homes:
            for at in _places(low, home):
                yield at, at + len(home), "ADDRESS"

    def _encoded(self, view: View) -> Iterator[Find]:
        for start, end, raw in decoded_runs(view):
            low = fold(raw.decode("utf-8", "ignore"))
            if any(label == "EMAIL" or last - first > 8 for first, last, label in self._sure(low)):
                yield start, end, "EMAIL"


class _Mail:
    """One address in its forms: plain, with a tag, its local part alone, spelled out, reversed, hashed."""

    __slots__ = ("_alone", "_domain", "_domain_first", "_hashed", "_local", "_local_first", "_reversed", "address")

    def __init__(self, address: str) -> None:
        self.address, self._reversed = address, address[::-1]
        self._local, _, self._domain = address.partition("@")
        self._local_first, self._domain_first = (_SEPARATOR.split(part)[0] for part in (self._local, self._domain))
        self._alone = len(self._local) >= 5 and self._local not in _ROLE_BOXES and not _wordy(self._local)
        self._hashed: tuple[str, ...] | None = None

    def finds(self, low: str, *, hashed: bool) -> Iterator[Find]:
        if self._local_first in low:
            yield from self._written(low)
        for form in (self._reversed, *(self._hashes() if hashed else ())):
            for at in _places(low, form):
                yield at, at + len(form), "EMAIL"

    def _written(self, low: str) -> Iterator[Find]:
        local, domain, spelled = self._local, self._domain, False
        there = self._domain_first in low
        for at in _places(low, self._local_first):
            if low.startswith(local, at):
                end = at + len(local)
                if low.startswith("=" + domain, end):  # in the return address of a list
                    yield at, end + 1 + len(domain), "EMAIL"
                if not _BEFORE_MAIL.match(low, at - 1) or not at:
                    tagged = _TAG.match(low, end).end()  # type: ignore[union-attr]  # it may be empty
                    stop = tagged + 1 + len(domain)
                    if (
                        low.startswith("@", tagged)
                        and low.startswith(domain, tagged + 1)
                        and not _AFTER_MAIL.match(low, stop)
                    ):
                        yield at, stop, "EMAIL"
                        continue
                    if self._alone and not _AFTER_MAIL.match(low, end):
                        yield at, end, "EMAIL"
            if there and not spelled:
                sign = _SPELLED.match(low, at + len(self._local_first))
                spelled = sign is not None and low.startswith(self._domain_first, sign.end())
        if spelled:
            for start, end, _ in searched(compiled(_mail_pattern(local, domain)), low.encode("latin-1")):
                yield start, end, "EMAIL"

    def _hashes(self) -> tuple[str, ...]:
        """Return the address as avatars and advertisers know it."""
        if self._hashed is None:
            import hashlib  # noqa: PLC0415  most texts hold no such sum

            self._hashed = tuple(
                hashlib.new(name, self.address.encode(), usedforsecurity=False).hexdigest()
                for name in ("md5", "sha1", "sha256")
            )
        return self._hashed


_APART: Final = r"[ ._\x80-]{0,3}"
_LONGEST: Final = 24
_LAST_WORD: Final = later(rf"(?:^|[^{LETTERS}])([{LETTERS}]{{1,23}}+)\Z")
_NEXT_WORD: Final = later(rf"\n[ >\t]{{0,6}}([{LETTERS}]{{1,24}}+)")
_INITIAL_GAPS: Final = frozenset(" ._-")
_LAST_GAPS: Final = frozenset(", ._-")
_DOTS: Final = frozenset("._-")
_ACCOUNT_GAP: Final = later(r"[\s._&,-]{0,3}")
_LOOSE_GAP: Final = later(r"[\s'._-]{0,2}")
_NAME_GAP: Final = later(r"[\s.,_+'\"/|-]{0,3}")
_MIDDLE: Final = later(rf"[ ][{LETTERS}]{{1,12}}\.?[ ]")
_SHORT_MIDDLE: Final = later(rf"[ ][{LETTERS}]\.?[ ]")
_BEFORE_MAIL: Final = later(f"[{WORD}.+-]")
_AFTER_MAIL: Final = later(f"[{WORD}-]")
_TAG: Final = later(rf"(?:\+[{WORD}.-]*)?")


def _split(name: str) -> tuple[str, ...]:
    return tuple(part for part in _SEPARATOR.split(name) if part)


def _joined(low: str, at: int, parts: tuple[str, ...], gap: re.Pattern[str]) -> int:
    """Return where parts that begin at a place end, with at most a gap between two; 0 where they do not stand there."""
    end = at + len(parts[0])
    for part in parts[1:]:
        end = gap.match(low, end).end()  # type: ignore[union-attr]  # it may be empty
        if not low.startswith(part, end):
            return 0
        end += len(part)
    return end


def _named(low: str, parts: tuple[str, ...]) -> Iterator[Span]:
    """Yield the places of a name of one part or more."""
    at = low.find(parts[0])
    while at >= 0:
        end = at + len(parts[0]) if len(parts) == 1 else _joined(low, at, parts, _LOOSE_GAP)
        if end:
            yield at, end
        at = low.find(parts[0], at + len(parts[0]))


def _closed_initial(low: str, at: int) -> int:
    """Return where an initial ends, with its dot; 0 where letters go on."""
    end = at + 1 + low.startswith(".", at + 1)
    return 0 if _is_letter(low[end : end + 1]) else end


def _phones(low: str, tails: list[str]) -> Iterator[Find]:
    """Yield numbers in any grouping, with or without what stands before their tail."""
    places = [found.start() for found in _DIGIT.finditer(low)]
    digits = "".join(map(low.__getitem__, places))
    for tail in tails:
        index = digits.find(tail)
        while index >= 0:
            start, end = places[index], places[index + len(tail) - 1] + 1
            if low[end : end + 1] not in _DIGITS and _GROUPED.fullmatch(low, start, end):
                lead = _LEAD.search(low, max(0, start - 12), start)
                if lead is not None:
                    yield lead.start(), end, "PHONE"
            index = digits.find(tail, index + 1)


_DIGIT: Final = later("[0-9]")
_DIGITS: Final = frozenset("0123456789")
_GROUPED: Final = later(r"\d(?:[ ().\-/\t\n\x80]{0,3}\d)*")
_LEAD: Final = later(r"(?<![\d.])(?:[+(]{0,2}\d[\d ().\-/\t\n]{0,8})?\Z")


def _fills_a_field(low: str, start: int, end: int) -> bool:
    """Tell whether a field holds nothing else: "will long" in a sentence is two words."""
    return bool(_OPENED.search(low, max(0, start - 3), start) and _CLOSED.match(low, end))


def _has_small_word(text: str) -> bool:
    return any(not found.group()[0].isupper() for found in _LETTER_RUN.finditer(text))


_OPENED: Final = later(r"(?:^|[\n\t=:;|>/\"'(\[]) ?$")
_CLOSED: Final = later(r" ?(?:$|[\n\t;|<&\"')\]])")
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


def known(contact: Contact | None, *, foreign: bool = True) -> Known:
    """Return the forms of a contact; unknown keys and empty values are ignored."""
    values = contact or {}
    return _known(tuple([(values.get(key) or "").strip()[: _MOST.get(key, 200)] for key in FIELDS]), foreign=foreign)


@lru_cache(maxsize=16)
def _known(values: tuple[str, ...], *, foreign: bool) -> Known:
    return Known(values, foreign=foreign)


_SAID_AT: Final = words.phrases(
    "at|arroba|chez|małpa|et|zavináč|kukac|chiocciola|apestaart|apenstaartje|snabel-a|alfakrøll|собака|παπάκι"
)
_SAID_DOT: Final = words.phrases(
    "dot|punkt|punto|point|ponto|kropka|nokta|tečka|bodka|pont|piste|prikk|prick|точка|τελεία|točka|punct"
)
_AT: Final = rf"(?:@|=40|\\u0040|[ ]{{0,2}}[(\[{{<][ ]?(?:a|@|{_SAID_AT})[ ]?[)\]}}>][ ]{{0,2}}|[ ](?:{_SAID_AT})[ ]|[ ]@[ ]?|@[ ])"
_DOT: Final = rf"(?:\.|[ ]{{0,2}}[(\[{{<][ ]?(?:\.|{_SAID_DOT})[ ]?[)\]}}>][ ]{{0,2}}|[ ](?:{_SAID_DOT})[ ]|[ ]\.[ ]?)"
_SPELLED: Final = later(rf"(?:[{WORD}+.-]|[ ](?:dash|underscore)[ ]|{_DOT}){{0,64}}?{_AT}")


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


def _quote(text: str) -> str:
    return re.sub(r"([^a-z0-9_\x80-\xff])", r"\\\1", text)


def _account_forms(account: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of the account's name, with and without its legal form."""
    low = fold(account)
    for name in dict.fromkeys((low, _LEGAL.sub("", low))):
        parts = re.findall(f"[{WORD}]+", name)
        if (
            len(name) > 2
            and parts
            and not (len(parts) == 1 and (name in words.COMMON or name in words.NOT_NAMES or _wordy(name)))
        ):
            yield tuple(parts)


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
            for stem, endings in cases(part):
                found[stem] = found.get(stem, frozenset()) | endings
            if len(part) > 3 and part[-1] in "aeo":
                found[part[:-1]] = found.get(part[:-1], frozenset()) | _SHIFTED
            if len(part) > 4 and part.endswith(("ek", "ec")):
                found.setdefault(part[:-2] + part[-1], _DROPPED)
    yield from found.items()


_OWNERS: Final = frozenset({"", "s", "'s"})


def _wordy(low: str) -> bool:
    if " " in low:
        return all(part in words.PARTICLES or _wordy(part) for part in low.split(" "))
    return any(low in each for each in (words.ORDINARY_NAMES, words.ALSO_WORDS, words.NOT_NAMES, words.COMMON))


def _spellings(name: str, *, foreign: bool) -> tuple[str, ...]:
    """The folded name, as written with two letters for one, and in the other alphabet."""
    if not foreign and name.isascii():
        return (name.lower(),) if name else ()
    lower = unicodedata.normalize("NFC", name).lower().strip().replace("i\u0307", "i")
    if not lower or LETTER in fold(lower):
        return ()
    spelled = "".join(_EXPANSIONS.get(char, char) for char in lower)
    forms = [lower, spelled, lower.replace("ß", "ss"), *_other_letters(lower)]
    if any(char in _CYRILLIC for char in lower):
        latin = "".join(_CYRILLIC.get(char, char) for char in lower)
        forms += [
            latin,
            latin.replace("iy", "y"),
            latin.replace("iy", "i"),
            latin.replace("y", "i"),
            latin.replace("kh", "h"),
            latin.replace("ye", "e"),
            *(
                "".join(other.get(char) or _CYRILLIC.get(char, char) for char in lower)
                for other in (_SCIENTIFIC, _GERMAN, _FRENCH)
            ),
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
        greek = lower
        for pair, letter in _TO_GREEK:
            greek = greek.replace(pair, letter)
        forms += [other, greek.translate(_LETTER_TO_GREEK)]
    elif not _SERBIAN.isdisjoint(lower):
        other = lower
        for latin, letter in _TO_SERBIAN:
            other = other.replace(latin, letter)
        forms.append(other.translate(_LETTER_TO_SERBIAN))
    folded = dict.fromkeys(fold(form) for form in forms)
    return tuple(form for form in folded if form.strip())


def _other_letters(lower: str) -> Iterator[str]:
    """Yield a name with one letter for two, and as a program reads it that took it for another encoding."""
    if lower.startswith("mc") and len(lower) > 5:
        yield from (start + lower[2:].strip() for start in ("mc ", "mac", "mac "))
    for pair in ("ae", "oe", "ue"):
        if pair in lower and len(lower) > 5:
            yield lower.replace(pair, pair[0])
    if not lower.isascii():
        if lower.isalpha():
            yield "xn--" + lower.encode("punycode").decode()
        yield "".join(char if char.isascii() else "?" for char in lower)
        yield "".join(char if char.isascii() else "\ufffd" for char in lower)
        yield lower.encode().decode("cp1252", "replace").lower()


def _called(address: str, family: tuple[str, ...]) -> Iterator[str]:
    """Yield the given name that an address tells beside the family name: Bart of bart.quennell@..."""
    parts = _split(fold(address.partition("@")[0]))
    if len(parts) == 2:
        yield from (one for one, other in (parts, parts[::-1]) if other in family and len(one) > 2 and not _wordy(one))


def _cut(address: str, family: tuple[str, ...]) -> Iterator[str]:
    """Yield the beginning of a long family name by which an address calls its owner: Venkat of venkat.anand@..."""
    for part in _split(fold(address.partition("@")[0])):
        if len(part) >= 5 and not _wordy(part) and any(name.startswith(part) and name != part for name in family):
            yield part


def _in_latin(address: str, given: tuple[str, ...], family: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names with what an address of two words says of them in Latin letters; either may be the family's."""
    parts = [part for part in _split(fold(address.partition("@")[0])) if part.isalpha() and part.isascii()]
    if len(parts) != 2 or min(map(len, parts)) < 2 or any(part in _ROLE_BOXES for part in parts):
        return given, family
    return (*given, *parts), (*family, *parts)


def _parts(name: str) -> Iterator[str]:
    """Yield each of two family names that one person has."""
    parts = _split(name)
    if len(parts) > 1:
        yield from (part for part in parts if len(part) > 3 and part not in words.PARTICLES and not _wordy(part))


def _bare(number: str) -> str:
    return "".join(char for char in fold(number) if char in "0123456789")


def _tail(digits: str) -> str:
    """The number without country code and trunk zero."""
    tail = digits.lstrip("0")
    return tail[-max(7, len(tail) - 3) :]


def _is_letter(char: str) -> bool:
    """Tell it of one folded character, or of none."""
    return "a" <= char <= "z" or char >= "\xa1"


_CALLED: Final = Look(
    r"(?:^|[^a-z])(?:hi|hello|hey|dear|thanks|thank you|mr\.?|mrs\.?|ms\.?|dr\.?|herr|frau|with|by|from|ask|asked|tell|told|contact|and|regards|to|for|call|cc|user|via|name|liebe|lieber|hallo|bonjour|hola),?[ \n]{1,3}"
)
_DOES: Final = Look(
    r"(?:'s)?[ ](?:said|says|asked|asks|told|wrote|writes|called|calls|replied|confirmed|reported|needs|wants|left|joined|has|is|was|works|cannot|can't)(?:$|[^a-z])"
)


_SPOKEN_TO: Final = Look(
    r",[ ](?:can|could|please|would|do|did|are|have|thanks|thank|kannst|konnen|konntest|bitte|pouvez|peux|pourriez|puede|puedes|puo|puoi|kun|kunt|pode|podes|kan)(?:$|[^a-z])"
)


_NUMBERED: Final = later(r"[-_]\d")
_ARTICLE: Final = later(r"(?:^|[^a-z])(?:der|des|dem|den|das|die|im|am|vom|zum|zur|the|un|una|il|lo)[ ]$")
_CONSTANT: Final = later(r"[ ]([A-Z]{2,12})(?![^\W_])")


def _stands_as_name(view: View, start: int, end: int) -> bool:
    """A name that is also a word: with a capital inside a sentence, alone on a line, or beside words for people."""
    text, low = view.text, view.low
    before, after = low[start - 1 : start], low[end : end + 1]
    if (before and (_is_letter(before) or before in "0123456789_@.")) or (
        after and (_is_letter(after) or after in "0123456789_@")
    ):
        return False
    word = low[start:end]
    if text[start:end].isupper() and _CONSTANT.match(text, end):
        return False  # `LONG RAW`
    if _NUMBERED.match(low, end) or _ARTICLE.search(low, max(0, start - 5), start):
        return False  # `ROSA-35`, "der Ernst der Lage"
    capital = text[start].isupper() or (" " in word and not text[start:end].islower())
    if not capital or word in words.NEVER_NAMES:
        return False
    lead = text[max(0, start - 2) : start]
    if len(lead) == 2 and lead[1] == " " and (lead[0].islower() or lead[0] in ",;"):
        return not (
            text[end : end + 2].strip()[:1].isupper()
            and (low[end + 1 : end + 40].split() or [""])[0].strip(".,") in words.COMMON
        ) or bool(_CALLED.behind(view, start, 14))
    if _SPOKEN_TO.ahead(view, end):
        return True
    line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    line = text[line_start : line_end if line_end >= 0 else len(text)].strip(" ,.!>*-\t")
    if line == text[start:end] and not view.hidden:
        return True
    return bool(_CALLED.behind(view, start, 14) and word not in {"host", "server", "page", "mail"}) or bool(
        _DOES.ahead(view, end) and FAMILY and line_start != start
    )
