"""Text that remembers whose data it holds.

The truth about a generated desk comes from here and not from looking for names afterwards: whoever writes a text joins
pieces, and each piece that is about a person says so.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self


class Mark(NamedTuple):
    """One person's value in a text. `how` is empty where the place alone says it: quoted, signature, mentioned."""

    person: int
    kind: str
    how: str = ""


class Said(str):
    """A string with the marks of what it says about people. Slicing and `str` methods lose them: use `join`."""

    __slots__ = ("of",)
    of: tuple[Mark, ...]

    @classmethod
    def about(cls, text: str, marks: Iterable[Mark]) -> Self:
        made = cls(text)
        made.of = tuple(marks)
        return made


def marks_of(text: object) -> tuple[Mark, ...]:
    return text.of if type(text) is Said else ()


def join(pieces: Sequence[str], between: str = "") -> str:
    """Return the pieces as one text with the marks of all of them."""
    text = between.join(pieces)
    if Said not in map(type, pieces):
        return text
    found: tuple[Mark, ...] = ()
    for piece in pieces:
        if type(piece) is Said and piece.of != found:
            found += piece.of
    made = Said(text)
    made.of = found if len(found) < 3 else tuple(dict.fromkeys(found))
    return made


def told(text: str, how: str) -> str:
    """Return the text with all its marks told in another way: as a quotation, say."""
    if type(text) is not Said:
        return text
    return Said.about(text, dict.fromkeys(Mark(mark.person, mark.kind, how) for mark in text.of))


def rewritten(text: str, new: str) -> str:
    """Return *new*, which says about people what *text* does: the same in other letters."""
    return Said.about(new, text.of) if type(text) is Said else new
