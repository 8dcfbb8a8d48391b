"""Other people's names, found in a text in one reading however many there are.

Pure. A name is found as written in full, in either order, whatever its case and accents; where it is, its parts are
found as well when they stand alone, since "Reinout" means the person named two lines above. What it cannot do: find a
name that nobody gave it, or one bent by grammar (R-ACCESS-4).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

Span = tuple[int, int, str]

_TOKEN: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*")
_GAP: Final = re.compile(r"[ \t\u00a0]{0,2}[,;]?\s{0,3}|['\u2019\u2010-]|\. ")
_ALONE: Final = 3
_PLAIN: Final = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})


class Roster:
    """Full names of two words or more; others are too often ordinary words."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first: dict[str, set[tuple[str, ...]]] = {}
        for name in names:
            words = tuple(_words(name))
            for form in {words, words[-1:] + words[:-1], words[1:] + words[:1]} if len(words) > 1 else ():
                self._by_first.setdefault(form[0], set()).add(form)

    def __bool__(self) -> bool:
        """Whether it names anybody."""
        return bool(self._by_first)

    def spans(self, text: str) -> Iterator[Span]:
        """Yield (start, end, "PERSON") in order, without overlap."""
        tokens = [(hit.start(), hit.end(), _plain(hit[0])) for hit in _TOKEN.finditer(text)]
        whole: dict[int, int] = {}
        parts: set[str] = set()
        place = 0
        while place < len(tokens):
            taken = self._longest(text, tokens, place)
            if taken:
                whole[place] = taken
                parts.update(word for _, _, word in tokens[place : place + taken] if len(word) >= _ALONE)
            place += taken or 1
        place = 0
        while place < len(tokens):
            start, end, word = tokens[place]
            taken = whole.get(place, 0)
            if taken:
                yield start, tokens[place + taken - 1][1], "PERSON"
            elif word in parts and text[start].isupper() and not _in_address(text, start, end):
                yield start, end, "PERSON"
            place += taken or 1

    def _longest(self, text: str, tokens: list[Span], place: int) -> int:
        """Return how many words of the text from *place* on are a name, 0 where none is."""
        best = 0
        for form in self._by_first.get(tokens[place][2], ()):
            size = len(form)
            fits = size > best and tuple(word for _, _, word in tokens[place : place + size]) == form
            if fits and all(
                _GAP.fullmatch(text, tokens[at][1], tokens[at + 1][0]) for at in range(place, place + size - 1)
            ):
                best = size
        return best


NOBODY: Final = Roster(())


def _words(name: str) -> list[str]:
    return [_plain(word) for word in _TOKEN.findall(name)]


def _plain(word: str) -> str:
    low = word.casefold().translate(_PLAIN)
    return (
        low if low.isascii() else "".join(c for c in unicodedata.normalize("NFD", low) if not unicodedata.combining(c))
    )


def _in_address(text: str, start: int, end: int) -> bool:
    """Whether a word is part of a mail or web address, which is judged as a whole."""
    return text[max(0, start - 1) : start] in {"@", ".", "_"} or text[end : end + 1] in {"@", "_"}
