"""A page as a person reads it, with a way back to the source. Pure.

Rules look at a *view*: entities and percent escapes decoded, inline tags closed up, block tags as line ends, zero
width characters dropped, other blanks, hyphens, digits and full width letters as their plain ones. Every character
of a view knows its place in the source, so that an edit touches the value and nothing else. An HTML page has three
views: what is shown; words that are not (alt texts, titles, comments, scripts); and the rest of the markup (links,
classes, styles). A tag that stands on a page many times, as in word processor mail, is read once.

Everything here is one pass over the source; no pattern backtracks over more than a bounded number of characters.
"""

import codecs
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, compress, count
from typing import Final, NamedTuple, cast


class _Later:
    """A pattern of the standard library that is compiled when it is first asked for something."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._made = (pattern, flags)

    def __getattr__(self, name: str) -> object:
        value = getattr(re.compile(*self._made), name)
        setattr(self, name, value)
        return value


def later(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Return a pattern that costs nothing until it is used: most texts need few of them."""
    return cast("re.Pattern[str]", _Later(pattern, flags))


BARRIER: Final = "\ue000"  # stands for an earlier placeholder, which no rule may see
MARK: Final = r"\[[a-z]{2,8}(?:[ -]\d{1,5})?[ -]removed\]"
PLACEHOLDER: Final = later(MARK)

# Never seen by a reader: joiners, direction marks, soft hyphens, fillers, tags, selectors; and combining marks, which
# belong to the letter before them.
_UNSEEN: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffc\U000e0000-\U000e007f\U000e0100-\U000e01ef\u0300-\u036f"
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
)
_ENTITY: Final = r"&(?:amp;){0,3}(?:#\d{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[a-zA-Z][a-zA-Z0-9]{1,31};)"
_ESCAPE: Final = (
    r"%(?:25)?[c-fC-F][0-9a-fA-F](?:%(?:25)?[89abAB][0-9a-fA-F]){1,3}|%(?:25)?[2-7][0-9a-fA-F]|%u[0-9a-fA-F]{4}"
)
_QUOTED: Final = r"=[C-F][0-9A-F](?:(?:=\r?\n)?=[89AB][0-9A-F]){1,3}"  # as mail writes letters
_SCRIPT_ESCAPE: Final = r"\\u[0-9a-fA-F]{4}|\\x[2-7][0-9a-fA-F]"
_LETTER_ESCAPE: Final = later(r"\\u(?:0[0-9a-fA-F]|1[eEfF]|[3-9a-dA-D][0-9a-fA-F])[0-9a-fA-F]{2}")
_LIGATURES: Final = "[\ufb00-\ufb06]"
_SHOWN_TAG: Final = r"&lt;/?(?:b|i|u|em|strong|span|font|wbr|small|mark|sub|sup)(?: [^&<>]{0,80})?/?&gt;"  # cuts a word
_SPECIAL: Final = later(f"({_ENTITY})|({_ESCAPE}|{_QUOTED}|{_LIGATURES})|([{_UNSEEN}]+)")
_SPECIAL_SCRIPT: Final = later(f"({_ENTITY})|({_ESCAPE}|{_QUOTED}|{_SCRIPT_ESCAPE}|{_LIGATURES})|([{_UNSEEN}]+)")
_SPECIAL_HTML: Final = later(
    f"(?!{_SHOWN_TAG})({_ENTITY})|({_ESCAPE}|{_QUOTED}|{_LIGATURES})|([{_UNSEEN}]+|{_SHOWN_TAG})|[ \\t\\r\\n\\f]{{2,}}"
)
_SPECIAL_CARD: Final = later(  # cards and calendars go on in a line that begins with a blank, or behind an equals sign
    f"({_ENTITY})|({_ESCAPE}|{_QUOTED}|{_SCRIPT_ESCAPE}|{_LIGATURES})|([{_UNSEEN}]+|=?\r?\n[ \t](?=\\S)|=\r?\n)"
)
_SPECIAL_QUOTED: Final = later(f"({_ENTITY})|({_ESCAPE}|{_QUOTED}|{_SCRIPT_ESCAPE}|{_LIGATURES})|([{_UNSEEN}]+|=\r?\n)")
_BROKEN: Final = later(r"=\r?\n")
_ONE_QUOTED: Final = later(r"=[C-F][0-9A-F]=|(?i:quoted-printable)")
_ONE_ESCAPE: Final = later(r"(?:%(?:25)?|=)([0-9a-fA-F]{2})")
_BLANKS: Final = dict.fromkeys(map(ord, "\t\r\n\f"), " ")  # a line end in the source of a page is a blank
_PLAIN: Final = re.compile(f"[&%\ufb00-\ufb06{_UNSEEN}]|=[C-F][0-9A-F]=|=\r?\n")
_ALL_UNSEEN: Final = later(f"[{_UNSEEN}]+")

# A quote opens a value only right after `=`, as in browsers; what does not fit that ends at the next `>`.
_TAG: Final = later(
    r"</?([a-zA-Z][a-zA-Z0-9:_-]{0,40})(?:[^\"'<>=]++|=[ \t\r\n]{0,20}+(?:\"[^\"]*+\"|'[^']*+')?|[\"'])*+>"
)
_LOOSE_TAG: Final = later(r"</?([a-zA-Z][a-zA-Z0-9:_-]{0,40})[^>]*+>")
_ATTRIBUTE: Final = later(
    r"([\w:.-]{1,40})?+[ \t\r\n]{0,20}=[ \t\r\n]{0,20}(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>][^\s>]*+))"
)
_INLINE: Final = frozenset(
    re.findall(
        r"\S+",
        "a abbr acronym b bdi bdo big code data del dfn em font i ins kbd label mark nobr q ruby s samp small"
        " span strike strong sub sup time tt u var wbr o:p st1:place st1:city st1:personname img",
    )
)
_KINDS: Final = {"td": "cell", "th": "cell", "dt": "cell", "dd": "cell", "pre": "pre"}
_RAW: Final = frozenset({"script", "style"})
_WORDY: Final = frozenset(
    {"alt", "title", "content", "value", "placeholder", "label", "summary", "aria-label", "srcdoc", "standby", "prompt",
     "aria-description", "aria-roledescription", "caption", "abbr"}
)  # fmt: skip
_BLOB: Final = later(
    r"\s{0,4}data:(?:image(?!/svg[^,]{0,40},[^,]{0,2}<)|font|audio|video|application/(?:pdf|octet|x?-?font|vnd))",
    re.IGNORECASE,
)

# Letters that only look Latin, lower case; enough for names and addresses written to slip past a filter.
_LOOK_ALIKES: Final = dict(
    zip(
        "абвеікмнорстухѕјԁԛԝһӏɑɡıοαεικνρτυχβλłøđħĸŀæœþðßᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ",
        "abbeikmhopctyxsjdqwhlagioaeikvptuxbllodhklaotdsabcdefghijklmnoprstuvwyz",
        strict=True,
    )
)
_OWN_PLACES: Final = "бгджзийлнпфцчшщъыьэюяёєїґџљњћђγδζηθλμξπσςφψωάέήίόύώ"
_PLACES: Final = {char: chr(0xB8 + index) for index, char in enumerate(_OWN_PLACES)}
_PLACES["ς"] = _PLACES["σ"]  # the same letter at the end of a word
LETTER: Final = "\xff"  # any other letter
OTHER: Final = "\x80"  # any other sign
WALL: Final = "\x81"  # the barrier


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
    if char in "\u2018\u2019\u02bc\u00b4\u2032":
        return "'"
    if char in "\u201c\u201d\u201e\u00ab\u00bb\u2033":
        return '"'
    if char in "\u3002\uff61\u2024":
        return "."
    compatible = unicodedata.normalize("NFKC", char)
    return compatible if len(compatible) == 1 else char


def _low_character(char: str) -> str:
    plain = _plain_character(char)
    base = unicodedata.normalize("NFD", plain)[0]
    lower = base.lower()
    lower = lower if len(lower) == 1 else base
    lower = _LOOK_ALIKES.get(lower, lower)
    if lower < "\x80":
        return lower
    if lower == BARRIER:
        return WALL
    return _PLACES.get(lower) or (LETTER if lower.isalpha() else OTHER)


class _Table(dict[int, str]):
    """Code point -> one character, found out on first use."""

    def __init__(self, make: "type[str] | object") -> None:
        super().__init__()
        self._make = make

    def __missing__(self, code: int) -> str:
        made: str = self._make(chr(code))  # type: ignore[operator]  # a function of one character
        self[code] = made
        return made


_FOLD: Final = _Table(_plain_character)
_LOWER: Final = _Table(_low_character)


class _Western:
    """The tables for texts of Latin letters: the same answers, many times as fast as character by character."""

    repertoire: Final = (
        "".join(map(chr, range(128)))
        + BARRIER
        + "\u20ac\u2018\u2019\u201c\u201d\u201e\u2013\u2014\u2026\u2022\u00a0šžœěčřůďťňąćęłńśźżőűășțđğışŠŽČŘŁŚŻİ"
        + "¡£§©«°´·»¿±²³µ×½¼®ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ\u2011"
    )
    codes: Final = codecs.charmap_build(repertoire)
    plain: Final = "".join(_plain_character(char) for char in repertoire)
    low: Final = "".join(_low_character(char) for char in repertoire)


def _codes(text: str) -> bytes | None:
    """Return a place in the tables for each character, None where the text holds others."""
    try:
        return codecs.charmap_encode(text, "strict", _Western.codes)[0]
    except UnicodeEncodeError:
        return None


def fold(text: str) -> str:
    """Return `text` as `View.low` would hold it: same length, lower case, no accents, one byte per letter.

    Cyrillic and Greek letters that look Latin become so, others get a place of their own; all further letters are one.
    """
    if text.isascii():
        return text.lower()
    codes = _codes(text)
    return text.translate(_LOWER) if codes is None else codecs.charmap_decode(codes, "strict", _Western.low)[0]


def _plain(text: str) -> str:
    if text.isascii():
        return text
    codes = _codes(text)
    return text.translate(_FOLD) if codes is None else codecs.charmap_decode(codes, "strict", _Western.plain)[0]


_SPACED: Final = bytes(code if 0x61 <= code <= 0x7A or code > 0xA0 else 0x20 for code in range(256))


_DIGITS: Final = re.compile(rb"[0-9]+")


_AROUND: Final = 160


class Edit(NamedTuple):
    """Replace `source[start:end]`."""

    start: int
    end: int
    by: str


class View:
    """Decoded text and, per run of it, where it stands in the source.

    A run of equal length on both sides maps character by character; any other maps as a whole. `tags` says that the
    gaps between runs may hold markup, which edits keep. `kind` is shown, words or markup. `low` and `raw` are the text
    for rules that do not care about case, as text and as bytes; all have the same offsets.
    """

    __slots__ = (
        "_digits",
        "_longest",
        "_tokens",
        "_words",
        "covered",
        "key_end",
        "kind",
        "kinds",
        "low",
        "next_key_end",
        "origins",
        "raw",
        "reads",
        "repeats",
        "runs",
        "source",
        "starts",
        "tags",
        "text"
    )  # fmt: skip

    def __init__(
        self,
        source: str,
        text: str,
        starts: list[int],
        origins: list[tuple[int, int]],
        *,
        tags: bool,
        kind: str = "shown",
        repeats: "dict[int, tuple[int, list[int]]] | None" = None,
    ) -> None:
        if "removed]" in text:
            text = PLACEHOLDER.sub(lambda found: BARRIER * len(found.group()), text)
        self.source, self.starts, self.origins, self.tags, self.kind = source, starts, origins, tags, kind
        self.text = _plain(text)
        self.low = fold(text)
        self.raw = self.low.encode("latin-1")
        self.repeats = repeats or {}
        self._digits: list[int] | None = None
        self._longest = -1
        self._tokens: list[str] | None = None
        self._words: frozenset[str] | None = None
        self.runs: list[tuple[int, int]] | None = None  # what may be base64, looked for once
        self.kinds: dict[str, str] = {}  # what a word is in an address, found out once
        self.key_end = 0  # how far the last key was taken
        self.next_key_end: int | None = None  # where the next block of a key ends, -1 where none does
        self.reads = 40 + len(text) // 50  # how often an address may be looked for: what a list of nothing else needs
        self.covered = bytearray()  # where an address was read already; none of its other signs is followed again

    def without(self, changes: Sequence[tuple[int, int, str]]) -> "View":
        """Return the lines around changes, given in order of place, as they read after them; for reading only."""
        text, length = self.text, len(self.text)
        spans: list[tuple[int, int, list[tuple[int, int, str]]]] = []
        for change in changes:
            start, end, _ = change
            first = max(text.rfind("\n", 0, max(0, start - _AROUND)) + 1, start - 3 * _AROUND)
            last = text.find("\n", end + _AROUND, end + 3 * _AROUND)
            last = last if last >= 0 else min(length, end + 3 * _AROUND)
            if spans and first <= spans[-1][1]:
                spans[-1][2].append(change)
                spans[-1] = (spans[-1][0], last, spans[-1][2])
            else:
                spans.append((first, last, [change]))
        parts = []
        for done, last, inside in spans:
            for start, end, by in inside:
                parts += [text[done:start], BARRIER * len(by)]
                done = end  # noqa: PLW2901  the rest of the span
            parts += [text[done:last], "\n"]
        return View("", "".join(parts), [], [], tags=self.tags, kind=self.kind)

    def standing(self, words: frozenset[str]) -> list[tuple[str, int]]:
        """Return every word of `words` with its place, in order."""
        tokens = self.tokens
        before = list(accumulate(map(len, tokens), initial=0))
        return [(tokens[at], before[at] + at) for at in compress(count(), map(words.__contains__, tokens))]

    @property
    def tokens(self) -> list[str]:
        """The runs of letters, with one place for each other character between them."""
        if self._tokens is None:
            self._tokens = self.raw.translate(_SPACED).decode("latin-1").split(" ")
        return self._tokens

    @property
    def words(self) -> frozenset[str]:
        """The tokens, each once."""
        if self._words is None:
            self._words = frozenset(self.tokens)
        return self._words

    @property
    def longest(self) -> int:
        """How many characters stand together at most without a blank."""
        if self._longest < 0:
            self._longest = max(map(len, self.raw.split()), default=0)
        return self._longest

    @property
    def digits(self) -> list[int]:
        """Where each run of digits begins."""
        if self._digits is None:
            self._digits = [found.start() for found in _DIGITS.finditer(self.raw)]
        return self._digits

    @property
    def hidden(self) -> bool:
        """Whether nobody who looks at the page sees this text."""
        return self.kind != "shown"

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place of `text[start:end]` in the source; `start` < `end`."""
        pieces = list(self._pieces(start, end))
        return pieces[0][0], pieces[-1][1]

    def edits(self, start: int, end: int, by: str) -> Iterator[Edit]:
        """Yield what replaces `text[start:end]` by `by`; tags between its parts stay where they are."""
        for edit in self._edits(start, end, by):
            yield edit
            if self.repeats:
                yield from self._repeated(edit)

    def _repeated(self, edit: Edit) -> Iterator[Edit]:
        firsts = list(self.repeats)
        index = bisect_right(firsts, edit.start) - 1
        if index >= 0:
            length, others = self.repeats[firsts[index]]
            if edit.start < firsts[index] + length:
                for other in others:
                    moved = other - firsts[index]
                    yield Edit(edit.start + moved, edit.end + moved, edit.by)

    def _edits(self, start: int, end: int, by: str) -> Iterator[Edit]:
        pieces = [piece for piece in self._pieces(start, end) if piece[0] < piece[1]]
        for index, (first, last) in enumerate(pieces):
            reach = last
            if index + 1 < len(pieces):
                following = pieces[index + 1][0]
                if not (self.tags and "<" in self.source[last:following]):
                    reach = following  # something unseen between two parts goes with them
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


class _Builder:
    __slots__ = ("kind", "length", "origins", "parts", "repeats", "source", "starts", "tags")

    def __init__(self, source: str, *, tags: bool, kind: str = "shown") -> None:
        self.source, self.tags, self.kind = source, tags, kind
        self.parts: list[str] = []
        self.starts: list[int] = []
        self.origins: list[tuple[int, int]] = []
        self.length = 0
        self.repeats: dict[int, tuple[int, list[int]]] = {}

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
            kind = found.lastindex
            if kind == 3:
                self._attach(begin, end)
            elif kind == 2:
                text = _unescaped(found.group())
                if _ALL_UNSEEN.fullmatch(text):
                    self._attach(begin, end)
                else:
                    self.add(text, begin, end)
            else:
                self.add(_decoded(found.group(1)), begin, end)
        self.add(self._literal(done, last, special), done, last)

    def _literal(self, first: int, last: int, special: re.Pattern[str]) -> str:
        text = self.source[first:last]
        return text.translate(_BLANKS) if special is _SPECIAL_HTML and not text.isprintable() else text

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
            self.add(unicodedata.normalize("NFC", text[-1] + self.source[begin:end])[0], last - 1, end)
        else:
            self.origins[-1] = (first, end)

    def view(self) -> View:
        return View(
            self.source, "".join(self.parts), self.starts, self.origins, tags=self.tags, kind=self.kind,
            repeats=self.repeats,
        )  # fmt: skip


def _unescaped(escapes: str) -> str:
    if escapes[0] >= "\ufb00":
        return unicodedata.normalize("NFKC", escapes)
    if escapes.startswith(("\\", "%u")):
        return chr(int(escapes.lstrip("\\%xu"), 16))
    return bytes(int(code, 16) for code in _ONE_ESCAPE.findall(escapes)).decode("utf-8", "replace")


def _decoded(entity: str | None) -> str:
    if entity is None:
        return " "
    from html import unescape  # noqa: PLC0415  a plain text has no use for two thousand names of letters

    text = entity
    for _ in range(4):
        decoded = unescape(text)
        if decoded == text:
            break
        text = decoded
    return "" if _ALL_UNSEEN.fullmatch(text) else text


def _spaced(source: str) -> str:
    """Return a source of the same length in which a plus sign between the words of a link is a blank."""
    if "+" not in source or "://" not in source:
        return source
    return _LINK.sub(lambda link: _WORDED.sub(_with_blanks, link.group()), source)


def _with_blanks(part: re.Match[str]) -> str:
    before, typed = part.group()[: -len(part["typed"])], part["typed"].replace("+", " ")
    return before[:-1] + (" " if before.endswith("/") else before[-1:]) + typed


_LINK: Final = later(r"://[^\s\"'<>]{1,2000}")
_WORDED: Final = later(  # parts of a link that hold what somebody has typed; in others a plus sign is one
    r"(?:[?&;](?:q|query|search|s?addr(?:ess)?|daddr|near|destination|origin|location|where|place|text|title|subject|body|details"
    r"|street|city|(?P<named>(?:full|first|last|given|family|user|customer|contact|display)?[_-]?name|who|person|author|owner))="
    r"|/(?:place|search|dir)[/ ])(?P<typed>[^&#/]+)"
)


def text_view(source: str, *, escapes: bool = False) -> View:
    """Return the one view of a plain text; `escapes`, or one of letters in it, also decodes those of JSON and scripts."""
    source = _spaced(source)
    escapes = escapes or ("\\u" in source and _LETTER_ESCAPE.search(source) is not None)
    if "BEGIN:V" in source:
        builder = _Builder(source, tags=False)
        builder.add_source(0, len(source), _SPECIAL_CARD)
        return builder.view()
    if not escapes and _PLAIN.search(source) is None:
        return View(source, source, [0] if source else [], [(0, len(source))] if source else [], tags=False)
    special = _SPECIAL_SCRIPT if escapes else _SPECIAL
    if _BROKEN.search(source) is not None and _ONE_QUOTED.search(source) is not None:
        special = _SPECIAL_QUOTED  # a line of such a mail goes on behind an equals sign
    builder = _Builder(source, tags=False)
    builder.add_source(0, len(source), special)
    return builder.view()


Quiet = Callable[[str], bool]


def html_views(source: str, quiet: Quiet | None = None) -> tuple[View, View, View]:
    """Return what a page shows, the words that it holds unseen, and the rest of its markup.

    `quiet` tells of a tag, a style or a comment whether it says nothing of anybody: it is then left out. Most of a
    mail is such parts, the same in thousands of them.
    """
    source = _spaced(source)
    reader = _Reader(source, quiet)
    reader.read(0, len(source), reader.shown)
    reader.close()
    return reader.shown.view(), reader.words.view(), reader.markup.view()


class _Reader:
    """Sorts a page into its views."""

    def __init__(self, source: str, quiet: Quiet | None) -> None:
        self.source, self.is_quiet = source, quiet
        self.shown = _Builder(source, tags=True)
        self.words = _Builder(source, tags=True, kind="words")
        self.markup = _Builder(source, tags=True, kind="markup")
        self.tags: dict[str, list[int]] = {}
        self.kinds: dict[str, tuple[str, str]] = {}

    def read(self, position: int, length: int, into: _Builder, depth: int = 0) -> None:
        source, tags, kinds, special = self.source, self.tags, self.kinds, _SPECIAL_HTML
        find, match = source.find, _TAG.match
        last_end = source.rfind(">", position, length) + 1
        while position < length:
            opening = find("<", position, last_end)
            if opening < 0:
                into.add_source(position, length, special)
                return
            if opening > position:
                text = source[position:opening]
                if special is _SPECIAL_HTML and (text in _GAPS or _is_plain(text)):
                    into.add(_GAPS.get(text, text), position, opening)
                else:
                    into.add_source(position, opening, special)
            following = source[opening + 1 : opening + 2]
            if following in {"!", "?"}:
                position = self._aside(opening, length, depth)
                continue
            ending = find(">", opening, last_end) + 1
            tag = source[opening:ending]
            kind_name = kinds.get(tag)
            if kind_name is None:
                found = match(source, opening, length) or _LOOSE_TAG.match(source, opening, length)
                if found is None:
                    into.add_source(opening, opening + 1, special)
                    position = opening + 1
                    continue
                tag, ending = found.group(), found.end()
                name = found.group(1).lower()
                kind_name = (
                    _KINDS.get(name, "inline" if name in _INLINE else "block"),
                    "" if tag[1] == "/" else name,
                )
                kinds[tag] = kind_name
            position = ending
            kind, name = kind_name
            if kind != "inline":
                if kind == "pre":
                    special = _SPECIAL if name else _SPECIAL_HTML
                into.add(
                    "\t" if kind == "cell" else f"\n{_NAMING[name]}" if name in _NAMING else "\n", opening, opening
                )
            if "=" in tag or "@" in tag:
                places = tags.get(tag)
                if places is None:
                    tags[tag] = [opening]
                else:
                    places.append(opening)
            if name in _RAW:
                position = self._raw(name, position, length)

    def _raw(self, name: str, position: int, length: int) -> int:
        closing = _closing(self.source, name, position, length)
        if name == "script" or not self._is_quiet(f"<style>{self.source[position:closing]}</style>"):
            target = self.words if name == "script" else self.markup
            target.add_source(position, closing, _SPECIAL_SCRIPT)
            target.add("\n", closing, closing)
        return closing

    def _is_quiet(self, part: str) -> bool:
        return self.is_quiet is not None and len(part) < _LONG_PART and self.is_quiet(part)

    def _aside(self, opening: int, length: int, depth: int) -> int:
        """Read a comment or declaration; what a conditional comment holds is read as a page of its own."""
        source = self.source
        comment = source.startswith("<!--", opening)
        end = source.find("-->" if comment else ">", opening, length)
        stop = length if end < 0 else end + (3 if comment else 1)
        inner = min(opening + 4, stop) if comment else opening + 1
        if comment and end >= 0 and self._is_quiet(source[opening:stop]):
            return stop
        if comment and depth < 3:
            self.read(inner, end if end >= 0 else length, self.words, depth + 1)
        else:
            self.words.add_source(inner, end if end >= 0 else length, _SPECIAL)
        self.words.add("\n", stop, stop)
        return stop

    def close(self) -> None:
        """Add the attributes of every tag, of one that comes again once."""
        for tag, places in self.tags.items():
            first = places[0]
            if _LOOKS.fullmatch(tag) is not None and self._is_quiet(tag):
                continue
            if len(places) > 1:
                for builder in (self.words, self.markup):
                    builder.repeats[first] = (len(tag), places[1:])
            self._attributes(first, first + len(tag))
        for builder in (self.words, self.markup):
            builder.repeats = dict(sorted(builder.repeats.items()))

    def _attributes(self, first: int, last: int) -> None:
        source, done, markup, called = self.source, first, self.markup, ""
        for found in _ATTRIBUTE.finditer(source, first, last):
            begin, end = found.span(found.lastindex or 0)
            name = (found.group(1) or "").lower()
            markup.add_source(done, begin, _SPECIAL)
            markup.add("\n", begin, begin)
            done = end
            if name in _WORDY or name.startswith("data-"):
                label = name if name.startswith("data-") else called
                label = "name: " if _OF_PERSON.search(name) else f"{label}=" if label else ""
                self.words.add(f"\n{label}", begin, begin)
                self.words.add_source(begin, end, _SPECIAL)
                self.words.add("\n", end, end)
            elif name == "name" and " " in source[begin:end]:
                self.words.add("\nname: ", begin, begin)
                self.words.add_source(begin, end, _SPECIAL)
                self.words.add("\n", end, end)
            elif name in _CALLING and end - begin < 40:
                called = source[begin:end]
                markup.add_source(begin, end, _SPECIAL)
                markup.add("\n", end, end)
            elif name in _LINKS and _WORDED.search(source, begin, end):
                self._link(begin, end)
            elif not (end - begin > 100 and _BLOB.match(source, begin, end)):
                markup.add_source(begin, end, _SPECIAL)
                markup.add("\n", end, end)
        markup.add_source(done, last, _SPECIAL)

    def _link(self, begin: int, end: int) -> None:
        """Read what somebody has typed into a link as words."""
        for part in _WORDED.finditer(self.source, begin, end):
            first, last = part.span("typed")
            self.markup.add_source(begin, first, _SPECIAL)
            self.markup.add("\n", first, first)
            self.words.add("\nname: " if part["named"] else "\n", first, first)
            self.words.add_source(first, last, _SPECIAL)
            self.words.add("\n", last, last)
            begin = last
        self.markup.add_source(begin, end, _SPECIAL)
        self.markup.add("\n", end, end)


_LINKS: Final = frozenset({"href", "src", "action", "cite"})
_LONG_PART: Final = 20_000
_OF_PERSON: Final = later(
    r"data-(?:\w+-)?(?:person|author|(?:full|display|given|family|first|last|contact|customer)-?name)"
)
_CALLING: Final = frozenset({"name", "property", "itemprop"})
"""Attributes that say what the content or value behind them is."""
_NAMING: Final = {
    prefix + joint + "name": f"{prefix} name: "
    for prefix in ("first", "last", "full", "given", "family", "display", "contact", "customer", "employee", "sur", "middle", "nick")
    for joint in ("", "_", "-")
} | {"name": "name: ", "vorname": "name: ", "nachname": "name: ", "username": "username: ", "user": "username: ", "login": "username: "}  # fmt: skip
"""Elements of other formats pasted into a page: what stands in them is read as behind a label."""
_GAPS: Final = {"\n": " ", "\r\n": " ", " ": " "}
_LOOKS: Final = later(  # a tag that says nothing but how something looks
    r"<[a-zA-Z][a-zA-Z0-9:]{0,20}(?:[ \t\r\n]{1,9}(?:class|style|lang|dir|align|valign|width|height|border|cellpadding|cellspacing"
    r"|bgcolor|color|face|size|colspan|rowspan|clear|link|vlink)=(?:\"[^\"<>@]{0,400}\"|'[^'<>@]{0,400}'|[\w.%#-]{1,40})){1,9}[ \t\r\n]{0,9}/?>",
    re.IGNORECASE,
)


def _is_plain(text: str) -> bool:
    """Tell whether a text reads as it is written, the usual case."""
    return (
        text.isascii()
        and text.isprintable()
        and "&" not in text
        and "%" not in text
        and "=" not in text
        and "  " not in text
    )


def _closing(source: str, name: str, position: int, length: int) -> int:
    """Return where a script or style ends: at its closing tag in any case, or with the page."""
    at = source.find("</", position, length)
    while at >= 0:
        if source[at + 2 : at + 2 + len(name)].lower() == name:
            return at
        at = source.find("</", at + 2, length)
    return length
