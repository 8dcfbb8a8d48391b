"""A page as a person reads it, with a way back to the source. Pure.

Rules look at a *view*: entities and percent escapes decoded, inline tags closed up, block tags as line ends, zero
width characters dropped, other blanks, hyphens, digits and full width letters as their plain ones. Every character
of a view knows its place in the source, so that an edit touches the value and nothing else. An HTML page has two
views: what is shown, and what is not (attributes, comments, scripts, styles).

Everything here is one pass over the source; no pattern backtracks over more than a bounded number of characters.
"""

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

BARRIER: Final = "\ue000"  # stands for an earlier placeholder, which no rule may see
PLACEHOLDER: Final = re.compile(r"\[[a-z]{2,8}(?:[ -]\d{1,5})?[ -]removed\]")

# Never seen by a reader: joiners, direction marks, soft hyphens, fillers, tags, selectors; and combining marks, which
# belong to the letter before them.
_UNSEEN: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffc\U000e0000-\U000e007f\U000e0100-\U000e01ef\u0300-\u036f"
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
)
_ENTITY: Final = r"&(?:amp;){0,3}(?:#\d{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[a-zA-Z][a-zA-Z0-9]{1,31};)"
_ESCAPE: Final = r"(?:%(?:25)?[2-7][0-9a-fA-F])"
_SPECIAL: Final = re.compile(f"({_ENTITY})|({_ESCAPE})|([{_UNSEEN}]+)")
_SPECIAL_HTML: Final = re.compile(f"({_ENTITY})|({_ESCAPE})|([{_UNSEEN}]+)|[ \\t\\r\\n\\f]{{2,}}")
_BLANKS: Final = dict.fromkeys(map(ord, "\t\r\n\f"), " ")  # a line end in the source of a page is a blank
_PLAIN: Final = re.compile(f"[&%{_UNSEEN}]")

# A quote opens a value only right after `=`, as in browsers; what does not fit that ends at the next `>`.
_TAG: Final = re.compile(
    r"</?([a-zA-Z][a-zA-Z0-9:_-]{0,40})(?:[^\"'<>=]++|=[ \t\r\n]{0,20}+(?:\"[^\"]*+\"|'[^']*+')?|[\"'])*+>"
)
_LOOSE_TAG: Final = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:_-]{0,40})[^>]*+>")
_ATTRIBUTE: Final = re.compile(r"=[ \t\r\n]{0,20}(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>][^\s>]*+))")
_INLINE: Final = frozenset(
    re.findall(
        r"\S+",
        "a abbr acronym b bdi bdo big code data del dfn em font i ins kbd label mark nobr q rp rt ruby s samp small"
        " span strike strong sub sup time tt u var wbr o:p st1:place st1:city st1:personname img",
    )
)
_KINDS: Final = {"td": "cell", "th": "cell", "pre": "pre"}
_RAW: Final = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style")}

# Letters that only look Latin, lower case; enough for names and addresses written to slip past a filter.
_LOOK_ALIKES: Final = dict(
    zip("абвеікмнорстухѕјԁԛԝһӏɑɡıοαεικνρτυχβłøđħĸŀ", "abbeikmhopctyxsjdqwhlagloaeikvptuxblodhkl", strict=True)
)


class _Fold(dict[int, str]):
    """Code point -> the plain character, found out on first use."""

    def __missing__(self, code: int) -> str:
        self[code] = plain = _plain_character(chr(code))
        return plain


class _Lower(dict[int, str]):
    """Code point -> lower case, without accents, look-alikes folded; always one character."""

    def __missing__(self, code: int) -> str:
        plain = _plain_character(chr(code))
        base = unicodedata.normalize("NFD", plain)[0]
        lower = base.lower()
        lower = lower if len(lower) == 1 else base
        self[code] = lower = _LOOK_ALIKES.get(lower, lower)
        return lower


def _plain_character(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "Zs":
        return " "
    if category == "Pd" or char in "\u2212\u2043":
        return "-"
    if category in {"Zl", "Zp"} or char == "\x85":
        return "\n"
    if char in "\u2018\u2019\u02bc\u00b4":
        return "'"
    compatible = unicodedata.normalize("NFKC", char)
    return compatible if len(compatible) == 1 else char


_FOLD: Final = _Fold()
_LOWER: Final = _Lower()


def fold(text: str) -> str:
    """Return `text` as `View.low` would hold it: same length, lower case, no accents, no look-alikes."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


@dataclass(slots=True, frozen=True)
class Edit:
    """Replace `source[start:end]`."""

    start: int
    end: int
    by: str


@dataclass(frozen=True)
class View:
    """Decoded text and, per run of it, where it stands in the source.

    A run of equal length on both sides maps character by character; any other maps as a whole. `tags` says that the
    gaps between runs may hold markup, which edits keep.
    """

    source: str
    text: str
    starts: tuple[int, ...]
    origins: tuple[tuple[int, int], ...]
    tags: bool
    hidden: bool = False

    @cached_property
    def low(self) -> str:
        """The text for rules that do not care about case: same offsets."""
        return fold(self.text)

    @cached_property
    def near_digits(self) -> tuple[tuple[int, int], ...]:
        """The stretches of text that stand near a digit; rules for numbers look nowhere else."""
        return tuple(_stretches(_DIGITS.finditer(self.low), self.low, before=45, after=16))

    @cached_property
    def around_digits(self) -> tuple[tuple[int, int], ...]:
        """Wider stretches around digits, for addresses and for numbers with words before them."""
        return tuple(_stretches(_DIGITS.finditer(self.low), self.low, before=100, after=100))

    @cached_property
    def near_marks(self) -> tuple[tuple[int, int], ...]:
        """The stretches around `:`, `=` and a tab; rules for labelled values look nowhere else."""
        return tuple(_stretches(_MARKS.finditer(self.low), self.low, before=60, after=60))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place of `text[start:end]` in the source; `start` < `end`."""
        pieces = list(self._pieces(start, end))
        return pieces[0][0], pieces[-1][1]

    def edits(self, start: int, end: int, by: str) -> Iterator[Edit]:
        """Yield what replaces `text[start:end]` by `by`; tags between its parts stay where they are."""
        pieces = [piece for piece in self._pieces(start, end) if piece[0] < piece[1]]
        for (first, last), following in zip(pieces, [*pieces[1:], None], strict=True):
            reach = last
            if following and not (self.tags and "<" in self.source[last : following[0]]):
                reach = following[0]  # something unseen between two parts goes with them
            yield Edit(first, reach, by)
            by = ""

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        index = bisect_right(self.starts, start) - 1
        while index < len(self.starts) and self.starts[index] < end:
            begin = self.starts[index]
            stop = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.text)
            first, last = self.origins[index]
            if last - first == stop - begin:
                yield first + max(0, start - begin), last - max(0, stop - end)
            else:
                yield first, last
            index += 1


_DIGITS: Final = re.compile(r"\d+")
_REST_OF_WORD: Final = re.compile(r"\S{0,250}")
_MARKS: Final = re.compile(r"[:=\t]+| is | lautet ")


def _stretches(hits: Iterator[re.Match[str]], text: str, *, before: int, after: int) -> Iterator[tuple[int, int]]:
    """Yield merged (start, end) around the hits, in order; an end is moved to the end of its word."""
    start = end = -1
    for hit in hits:
        first = hit.start() - before
        if first > end:
            if end >= 0:
                yield max(0, start), _word_end(text, end)
            start = first
        end = min(len(text), hit.end() + after)
    if end >= 0:
        yield max(0, start), _word_end(text, end)


def _word_end(text: str, position: int) -> int:
    found = _REST_OF_WORD.match(text, position)
    return found.end() if found else position


def scan(pattern: re.Pattern[str], text: str, stretches: Iterable[tuple[int, int]]) -> Iterator[re.Match[str]]:
    """Yield the matches that lie in the stretches; what stands before a stretch is still seen by lookbehinds."""
    for start, end in stretches:
        yield from pattern.finditer(text, start, end)


class _Builder:
    def __init__(self, source: str, *, tags: bool, hidden: bool = False) -> None:
        self.source, self.tags, self.hidden = source, tags, hidden
        self.parts: list[str] = []
        self.starts: list[int] = []
        self.origins: list[tuple[int, int]] = []
        self.length = 0

    def add(self, text: str, first: int, last: int) -> None:
        if text:
            self.starts.append(self.length)
            self.origins.append((first, last))
            self.parts.append(text)
            self.length += len(text)

    def add_source(self, first: int, last: int, special: re.Pattern[str]) -> None:
        """Add `source[first:last]` decoded."""
        source, done = self.source, first
        for found in special.finditer(source, first, last):
            begin, end = found.span()
            self.add(self._literal(done, begin, special), done, begin)
            done = end
            entity, escape, unseen = found.groups()
            if unseen:
                self._attach(begin, end)
                continue
            self.add(_decoded(entity, escape), begin, end)
        self.add(self._literal(done, last, special), done, last)

    def _literal(self, first: int, last: int, special: re.Pattern[str]) -> str:
        text = self.source[first:last]
        return text.translate(_BLANKS) if special is _SPECIAL_HTML else text

    def _attach(self, begin: int, end: int) -> None:
        """Let unseen characters belong to the character right before them, so that they go with it."""
        if not self.origins or self.origins[-1][1] != begin:
            return
        first, last = self.origins[-1]
        text = self.parts[-1]
        if last - first == len(text) and len(text) > 1:
            self.parts[-1] = text[:-1]
            self.origins[-1] = (first, last - 1)
            self.length -= 1
            self.add(text[-1], last - 1, end)
        else:
            self.origins[-1] = (first, end)

    def view(self) -> View:
        text = "".join(self.parts)
        if not text.isascii():
            text = text.translate(_FOLD)
        text = PLACEHOLDER.sub(lambda found: BARRIER * len(found.group()), text)
        return View(self.source, text, tuple(self.starts), tuple(self.origins), self.tags, self.hidden)


def _decoded(entity: str | None, escape: str | None) -> str:
    if escape:
        return chr(int(escape[-2:], 16))
    if entity is None:
        return " "
    text = entity
    for _ in range(4):
        decoded = html.unescape(text)
        if decoded == text:
            break
        text = decoded
    return "" if re.fullmatch(f"[{_UNSEEN}]+", text) else text


def text_view(source: str) -> View:
    """Return the one view of a plain text."""
    if source.isascii() and _PLAIN.search(source) is None:
        text = PLACEHOLDER.sub(lambda found: BARRIER * len(found.group()), source) if "removed]" in source else source
        return View(source, text, (0,) if source else (), ((0, len(source)),) if source else (), tags=False)
    builder = _Builder(source, tags=False)
    builder.add_source(0, len(source), _SPECIAL)
    return builder.view()


def html_views(source: str) -> tuple[View, View]:
    """Return what a page shows and what it holds unseen."""
    shown, hidden = _Builder(source, tags=True), _Builder(source, tags=True, hidden=True)
    special = _SPECIAL_HTML
    for kind, first, last in _tokens(source):
        if kind == "text":
            shown.add_source(first, last, special)
        elif kind == "raw":
            hidden.add_source(first, last, _SPECIAL)
            hidden.add("\n", last, last)
        else:
            if kind == "pre":
                special = _SPECIAL if source[first + 1] != "/" else _SPECIAL_HTML
            if kind != "inline":
                shown.add("\t" if kind == "cell" else "\n", first, first)
            _add_inside(hidden, first, last)
    return shown.view(), hidden.view()


def _tokens(source: str) -> Iterator[tuple[str, int, int]]:
    """Yield (text, raw, inline, cell, pre or block; start; end) for the whole page, in order."""
    position, length, last_end = 0, len(source), source.rfind(">") + 1
    while position < length:
        opening = source.find("<", position, last_end)
        if opening < 0:
            yield "text", position, length
            return
        kind, name, end = _markup(source, opening)
        if not kind:
            yield "text", position, end
        else:
            if opening > position:
                yield "text", position, opening
            yield kind, opening, end
            if name in _RAW:
                closing = _RAW[name].search(source, end)
                position = closing.start() if closing else length
                yield "raw", end, position
                continue
        position = end


def _markup(source: str, opening: int) -> tuple[str, str, int]:
    """Return kind and name of what stands at this `<`, and where it ends; no kind where it is only text."""
    following = source[opening + 1 : opening + 2]
    if following in {"!", "?"}:
        comment = source.startswith("<!--", opening)
        end = source.find("-->" if comment else ">", opening)
        return "raw", "", (len(source) if end < 0 else end + (3 if comment else 1))
    found = None
    if following.isascii() and (following.isalpha() or following == "/"):
        found = _TAG.match(source, opening) or _LOOSE_TAG.match(source, opening)
    if found is None:
        return "", "", opening + 1
    name, closes = found.group(1).lower(), following == "/"
    kind = _KINDS.get(name, "inline" if name in _INLINE else "block")
    return kind, "" if closes else name, found.end()


def _add_inside(hidden: _Builder, first: int, last: int) -> None:
    """Add a tag's attributes, a line per value; what lies between the values follows, so that nothing is unread."""
    source, done = hidden.source, first
    if source.find("=", first, last) < 0:
        return
    for found in _ATTRIBUTE.finditer(source, first, last):
        begin, end = found.span(found.lastindex or 0)
        hidden.add_source(done, begin, _SPECIAL)
        hidden.add("\n", begin, begin)
        hidden.add_source(begin, end, _SPECIAL)
        hidden.add("\n", end, end)
        done = end
    hidden.add_source(done, last, _SPECIAL)
