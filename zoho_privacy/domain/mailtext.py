"""Reading a mail body: HTML or text -> plain text -> what the writer writes now, footers, and quoted parts.

Pure and linear: every pattern is bounded, every line is looked at a fixed number of times, so that a hostile body
costs no more than a long honest one. The words a mail program writes ("wrote", "Forwarded message", "Sent from
my") come as data in `MailWords`; most of the work needs none of them. Nothing is thrown away here: a quoted part
is labelled, because a request forwarded for the first time lives in one (R-CLASS-4).
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from selectolax.lexbor import LexborHTMLParser

MAX_CHARS = 400_000
MAX_DEPTH = 12
MAX_LINES = 2_400
MAX_BLOCKS = 3_000
MAX_SENTENCE = 900

# Characters that are never read by a person: joiners, direction marks, soft hyphens, fillers, tags, selectors.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffc\U000e0000-\U000e007f\U000e0100-\U000e01ef"
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]+"
)
_SPACES = re.compile("[\\t\\x0b\\x0c \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_NEWLINES = re.compile("\r\n?|\u2028|\u2029|\x85")
_LOOKS_HTML = re.compile(
    r"<(?:!doctype|html|head|body|div|p|br|span|table|a|b|i|ul|ol|li|strong|em|font|blockquote|style|h[1-6])"
    r"(?:[\s/>])",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
_BREAK, _QUOTE_ON, _QUOTE_OFF = "\x1e", "\x1d", "\x1c"
_BLOCKS = (
    "p,div,tr,li,h1,h2,h3,h4,h5,h6,table,ul,ol,dl,dt,dd,blockquote,pre,hr,section,article,header,footer,address,"
    "center,form,fieldset"
)
_DROPPED = "head,style,script,title,noscript,template,svg,object,iframe,select,textarea,button"
_BLOCK_TAG = re.compile(r"<(?:p|div|tr|li|table|ul|ol|br|blockquote|h[1-6])(?=[\s/>])[^<>]{0,2000}>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>")
_LISTING_TAG = re.compile(r"(</?pre\b[^<>]{0,2000}>)", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{3,}")
_HIDDEN_STYLE = re.compile(
    r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|mso-hide\s{0,3}:\s{0,3}all"
    r"|(?:font-size|max-height|opacity)\s{0,3}:\s{0,3}0(?:px|pt|em|%)?\s{0,3}(?:;|!|$)",
    re.IGNORECASE,
)


class Role(StrEnum):
    """Who speaks in a part: the writer now, a footer, an earlier mail in the thread, a mail passed on."""

    OWN = "own"
    FOOTER = "footer"
    HISTORY = "history"
    FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class Part:
    """A run of lines with one role. `depth` counts the quotes it stands in, 0 for what is written now."""

    role: Role
    text: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class MailWords:
    """What mail programs and legal departments write, folded to lower case; see rules/understanding/mail.toml."""

    wrote: tuple[str, ...] = ()
    forward: tuple[str, ...] = ()
    forward_prefixes: tuple[str, ...] = ()
    reply_prefixes: tuple[str, ...] = ()
    passing_on: tuple[str, ...] = ()
    closings: tuple[str, ...] = ()
    postscripts: tuple[str, ...] = ()
    footers: tuple[str, ...] = ()
    footer_words: tuple[str, ...] = ()
    from_headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """A body taken apart. `parts` keep their order; texts have single spaces and line feeds only."""

    parts: tuple[Part, ...] = field(default=())

    def text(self, *roles: Role) -> str:
        """The parts with these roles joined by an empty line."""
        return "\n\n".join(part.text for part in self.parts if part.role in roles)

    @property
    def own(self) -> str:
        """What the writer writes now."""
        return self.text(Role.OWN)


def visible(text: str) -> str:
    """Drop characters nobody sees and make every blank a space and every line end a line feed."""
    if text.isascii() and "\r" not in text and "\x00" not in text:
        return _SPACES.sub(" ", _INVISIBLE.sub("", text))
    return _SPACES.sub(" ", _INVISIBLE.sub("", _NEWLINES.sub("\n", text)))


def is_html(body: str) -> bool:
    """Whether the body has to be parsed as HTML; a stray `<` in a log excerpt is text."""
    return "<" in body and _LOOKS_HTML.search(body) is not None


def reading_text(body: str) -> str:
    """Return what a person would read, at most `MAX_CHARS` and `MAX_LINES` (the beginning and the end) of it.

    Blocks become lines, inline tags join their neighbours, hidden elements vanish, and a mail program's quote
    blocks become lines that start with `>`.
    """
    body = body[:MAX_CHARS]
    text = _html_text(body) if is_html(body) else _plain_text(body)
    lines = visible(text).split("\n")
    if len(lines) > MAX_LINES:
        lines = [*lines[: MAX_LINES * 3 // 4], "", *lines[-MAX_LINES // 4 :]]
    return "\n".join(line.strip() for line in lines)


def full_text(body: str) -> str:
    """Return everything a person would read, however long, with the line breaks of logs and listings."""
    if not is_html(body):
        return _INVISIBLE.sub("", _NEWLINES.sub("\n", _plain_text(body))).strip("\n")
    pieces = _LISTING_TAG.split(_NEWLINES.sub("\n", body))
    inside = False
    for index, piece in enumerate(pieces):
        if index % 2:
            inside = not piece.startswith("</")
        elif inside:
            pieces[index] = piece.replace("\n", "<br>")
    lines = (line.rstrip() for line in visible(_html_text("".join(pieces))).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def _plain_text(body: str) -> str:
    return html.unescape(body) if "&" in body and _ENTITY.search(body) else body


def _html_text(body: str) -> str:
    if sum(1 for _ in _BLOCK_TAG.finditer(body)) > MAX_BLOCKS:
        return html.unescape(_ANY_TAG.sub("", _BLOCK_TAG.sub("\n", body)))
    tree = LexborHTMLParser(visible(body).replace("\n", " "))
    root = tree.body
    if root is None:
        return ""
    tree.strip_tags([tag for tag in _DROPPED.split(",") if tag != "head"])
    for node in root.css("[style],[hidden]"):
        if "hidden" in node.attributes or _HIDDEN_STYLE.search((node.attributes.get("style") or "")[:2000]):
            node.decompose()
    for node in root.css("blockquote,div.gmail_quote,div.yahoo_quoted,div.moz-cite-prefix"):
        if node.tag == "blockquote":
            node.insert_before(_QUOTE_ON)
            node.insert_after(_QUOTE_OFF)
    for node in root.css("br"):
        node.insert_before(_BREAK)
    for node in root.css(_BLOCKS):
        node.insert_before(_BREAK)
        node.insert_after(_BREAK)
    for node in root.css("td,th"):
        node.insert_after(" ")
    return _with_quote_marks(root.text(separator=""))


def _with_quote_marks(marked: str) -> str:
    depth, lines = 0, []
    for piece in re.split(f"([{_BREAK}{_QUOTE_ON}{_QUOTE_OFF}])", marked):
        if piece == _QUOTE_ON:
            depth += 1
        elif piece == _QUOTE_OFF:
            depth = max(0, depth - 1)
        elif piece != _BREAK:
            lines.append(">" * min(depth, MAX_DEPTH) + (" " if depth else "") + piece.strip())
    return "\n".join(lines)


# --- taking the text apart -------------------------------------------------------------------------------------

_CLOCK = re.compile(r"\b\d{1,2}[:.]\d{2}(?!\d)|\b\d{1,2}\s?(?:am|pm|uhr|h)\b|\d{1,2}時|\d{1,2}点", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_DAY = re.compile(r"(?<!\d)\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?!\d)")
_DIGIT = re.compile(r"\d")
_HEADER_LINE = re.compile(r"^\*?[^\W\d_][^:：\n]{0,24}[:：]\*?\s?\S")
_RULED = re.compile(r"^[-_=*]{2,}\s?[^\d\s\-_=*][^-_=*\n]{2,50}?\s?[:：]?[-_=*]{2,}$")
_RULE_ONLY = re.compile(r"^[_=*-]{5,}$")
_QUOTE_PREFIX = re.compile(r"^[>|]")
_SIGNATURE_RULE = re.compile(r"^(?:--|—|––)\s?$")
_SUBJECT_PREFIX = re.compile(r"^\s{0,3}([^\s:：]{1,14}(?:\s[^\s:：]{1,10})?)\s?(?:\[\d+\]|\(\d+\))?\s?[:：]")


@dataclass(slots=True)
class _Block:
    role: Role
    depth: int
    lines: list[str] = field(default_factory=list)


def split(body: str, *, subject: str = "", words: MailWords) -> Mail:
    """Take a body apart; `subject` tells a forward ("Fwd:") from a reply ("Re:").

    The first quoted block is FORWARDED where a mail program or the writer says so or where nothing else was
    written; otherwise it is HISTORY. Who passes something on says little, above all under "Re:". What a forwarded
    mail itself quotes is HISTORY again unless it too was forwarded or the mail around it says nothing.
    """
    lines = reading_text(body).split("\n")
    blocks = _blocks(lines, words)
    passed_on = _has_prefix(subject, words.forward_prefixes)
    replying = not passed_on and _has_prefix(subject, words.reply_prefixes)
    roles = _Roles(words=words, passed_on=passed_on, replying=replying)
    parts: list[Part] = []
    for block in blocks:
        for role, text in roles.assign(block):
            if text:
                parts.append(Part(role, text, block.depth))
    return Mail(tuple(parts))


@dataclass(slots=True)
class _Roles:
    """Decides, block after block, which role a quote has; remembers what stood above it."""

    words: MailWords
    passed_on: bool
    replying: bool
    said: int = 0
    cue: bool = False
    above: dict[int, tuple[Role, int]] = field(default_factory=dict)

    def assign(self, block: _Block) -> Iterator[tuple[Role, str]]:
        role = self._role(block)
        own, footer = _cut_footer(block.lines, self.words)
        text = _tidy(own)
        if block.depth == 0:
            self.said += _word_count(text)
            self.cue = self.cue or _has_any(text, self.words.passing_on)
        self.above[block.depth] = (role, _word_count(text))
        yield role, text
        if footer:
            yield Role.FOOTER, _tidy(footer)

    def _role(self, block: _Block) -> Role:
        if block.depth == 0:
            return Role.OWN
        if block.role is Role.FORWARDED:
            return Role.FORWARDED
        if block.depth == 1:
            passing = self.cue and self.said <= (25 if self.replying else 80)
            return Role.FORWARDED if self.passed_on or passing or self.said < 3 else Role.HISTORY
        outer, said = self.above.get(block.depth - 1, (Role.HISTORY, 0))
        return Role.FORWARDED if outer is Role.FORWARDED and said < 3 else Role.HISTORY


def _blocks(lines: Sequence[str], words: MailWords) -> list[_Block]:
    """Cut at reply lines, header blocks, rules and changes of `>` depth."""
    blocks = [_Block(Role.OWN, 0)]
    base, index, marked = 0, 0, 0
    while index < len(lines):
        line = lines[index]
        skip, forwarded = _boundary(lines, index, words)
        if skip:
            base = base + 1 if blocks[-1].lines or base else 1
            base = min(base, MAX_DEPTH)
            blocks.append(_Block(Role.FORWARDED if forwarded else Role.HISTORY, base))
            index += skip
            marked = index
            continue
        arrows, text = _unquote(line)
        depth = min(max(base, arrows if not base or index - marked > 2 or arrows > 1 else base), MAX_DEPTH)
        if base and not arrows and blocks[-1].depth > base:
            depth = base
        if text or arrows:
            if depth != blocks[-1].depth:
                role = Role.HISTORY if depth else Role.OWN
                if depth == base and base:
                    role = next((b.role for b in reversed(blocks) if b.depth == base), role)
                blocks.append(_Block(role, depth))
            blocks[-1].lines.append(text)
        else:
            blocks[-1].lines.append("")
        index += 1
    return blocks


def _unquote(line: str) -> tuple[int, str]:
    """Count the `>` marks in front of a line and return the rest."""
    count, position = 0, 0
    while position < len(line) and position < 60 and line[position] in "> ":
        count += line[position] == ">"
        position += 1
    return (count, line[position:]) if count else (0, line)


def _boundary(lines: Sequence[str], index: int, words: MailWords) -> tuple[int, bool]:
    """How many lines a quote's introduction takes here (0: none), and whether it says "forwarded"."""
    arrows, line = _unquote(lines[index])
    del arrows
    if not line or len(line) > 400:
        return 0, False
    if _RULED.match(line[:120]) and len(line) < 120:
        forwarded = _has_any(line, words.forward)
        if forwarded or _header_lines(lines, index + 1, words) or _has_any(line, words.reply_prefixes):
            return 1 + _header_lines(lines, index + 1, words), forwarded
        return 0, False
    if _RULE_ONLY.match(line):
        headers = _header_lines(lines, index + 1, words)
        return (1 + headers, False) if headers else (0, False)
    if line[-1] in ":：" and len(line) < 80 and _has_any(line, words.forward):
        headers = _header_lines(lines, index + 1, words)
        if headers:
            return 1 + headers, True
    headers = _header_lines(lines, index, words)
    if headers:
        return headers, False
    return _reply_line(lines, index, words), False


def _header_lines(lines: Sequence[str], index: int, words: MailWords) -> int:
    """How many lines of a `From: / Sent: / To: / Subject:` block start here, blank lines before it included."""
    start = index
    while index < len(lines) and index - start < 2 and not _unquote(lines[index])[1]:
        index += 1
    first, seen = index, 0
    dated = addressed = named = False
    while index < len(lines) and index - first < 10:
        line = _unquote(lines[index])[1]
        if not _HEADER_LINE.match(line[:60]) or len(line) > 400:
            break
        seen += 1
        name = line.partition(":")[0].partition("：")[0].strip("* ").casefold()
        named = named or name in words.from_headers
        dated = dated or _is_dated(line[:120])
        addressed = addressed or "@" in line[:400]
        index += 1
    if first == index or not ((seen >= 3 and dated and (addressed or named)) or (seen >= 2 and named and dated)):
        return 0
    return index - start


def _is_dated(line: str) -> bool:
    if not _DIGIT.search(line):
        return False
    return bool(_YEAR.search(line) or _DAY.search(line) or _CLOCK.search(line))


def _reply_line(lines: Sequence[str], index: int, words: MailWords) -> int:
    """How many lines an "On ... X wrote:" takes here; it may be folded over three."""
    joined = ""
    for count in range(1, 4):
        if index + count > len(lines):
            return 0
        piece = _unquote(lines[index + count - 1])[1]
        if not piece or len(joined) + len(piece) > 200:
            return 0
        joined = f"{joined} {piece}".strip()
        colon = joined[-1] in ":："
        if colon or (_next_is_quoted(lines, index + count) and not _unquote(lines[index])[0]):
            return count if _introduces(joined, words, colon=colon) else 0
    return 0


def _next_is_quoted(lines: Sequence[str], index: int) -> bool:
    following = next((line for line in lines[index : index + 2] if line), "")
    return following.startswith(">")


def _introduces(line: str, words: MailWords, *, colon: bool) -> bool:
    clock = _CLOCK.search(line) is not None
    year = _YEAR.search(line) is not None or _DAY.search(line) is not None
    address = "@" in line
    wrote = _has_any(line, words.wrote)
    if not colon:
        return wrote and (clock or year or address)
    return (address and clock and year) or (wrote and (clock or year or address))


def _has_any(text: str, needles: Iterable[str]) -> bool:
    folded = text[:1500].casefold()
    return any(needle in folded for needle in needles)


def _has_prefix(subject: str, prefixes: Iterable[str]) -> bool:
    """Whether the outermost prefix of the subject is one of these; "Re: Fwd:" is a reply."""
    found = _SUBJECT_PREFIX.match(visible(subject[:80]))
    return found is not None and found.group(1).casefold() in prefixes


def without_prefixes(subject: str, words: MailWords) -> str:
    """The subject without any "Re:" and "Fwd:" in front."""
    rest = visible(subject[:1000]).strip()
    for _ in range(8):
        found = _SUBJECT_PREFIX.match(rest[:80])
        if found is None:
            break
        prefix = found.group(1).casefold()
        if prefix not in words.forward_prefixes and prefix not in words.reply_prefixes:
            break
        rest = rest[found.end() :].strip()
    return rest


# --- footers ---------------------------------------------------------------------------------------------------


def _cut_footer(lines: Sequence[str], words: MailWords) -> tuple[list[str], list[str]]:
    """Separate what is said from signatures, legal notices and list trailers.

    A `-- ` line ends what is said, except for a postscript. A paragraph that opens like a legal notice or list
    trailer is a footer wherever it stands after the first paragraph. Below a closing formula short lines without
    a verb are a signature.
    """
    own: list[str] = []
    footer: list[str] = []
    closed = ruled = False
    first_said = False
    for paragraph in _paragraphs(lines):
        head = " ".join(paragraph)[:300].casefold()
        postscript = head.startswith(words.postscripts)
        if postscript:
            ruled = False
        if first_said and _is_notice(head, words):
            footer += [*paragraph, ""]
            closed = True
            continue
        for line in paragraph:
            if _SIGNATURE_RULE.match(line):
                ruled = True
            elif ruled or (closed and not postscript and _is_signature_line(line)):
                footer.append(line)
            else:
                own.append(line)
                first_said = True
                if len(line) < 60 and line.casefold().startswith(words.closings):
                    closed = True
        (footer if ruled else own).append("")
    return own, footer


def _is_notice(head: str, words: MailWords) -> bool:
    opening = head.lstrip("*_-=[(\"'•· ")
    return opening.startswith(words.footers) or any(word in head for word in words.footer_words)


def _paragraphs(lines: Sequence[str]) -> Iterator[list[str]]:
    paragraph: list[str] = []
    for line in lines:
        if line:
            paragraph.append(line)
        elif paragraph:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def _is_signature_line(line: str) -> bool:
    """A name, a role, a number or an address: few words and no end of sentence."""
    return line.count(" ") < 6 and line[-1] not in ".!?。！？؟" and not (_has_wide(line) and len(line) > 14)


# --- sentences -------------------------------------------------------------------------------------------------

_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_END = re.compile(r"[.!?…؟;]+[\"'»”’)\]]{0,2}\s+|[。！？；]+[」』”）]{0,2}\s*|\n+")
_ABBREVIATION = re.compile(r"(?:^|[\s(\"])(?:[^\W\d_]{1,4}\.){0,3}[^\W\d_]{1,4}$")
_LIST_MARK = re.compile(r"^(?:[-*•·–▪◦]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s")
_NO_SPLIT = frozenset(
    (  # noqa: SIM905  a list of eighty literals says no more
        "art arts abs nr no nos dr mr mrs ms st str zb bzw vgl ca inc ltd co corp st sig sr sra ing prof tel fax cap"
        " par pkt alin ust lit odst čl cl ст п стр р г n° bl evtl ggf etc usw jan feb mar apr jun jul aug sep sept oct"
        " nov dec dez okt mai dept approx vs al eg ie resp ref sec d.h z.b u.a i.d.r e.g i.e p.ej a.s s.r.o"
    ).split()
)


def sentences(text: str) -> list[str]:
    """Cut reading text into sentences, joining wrapped lines; none is empty or over `MAX_SENTENCE` characters."""
    found: list[str] = []
    for block in _unwrap(text):
        found.extend(_sentences_of(block))
    return found


def _unwrap(text: str) -> Iterator[str]:
    """Join the lines a mail program broke; a list item, a short line or a capital after a stop starts anew."""
    held = ""
    for line in text.split("\n"):
        if not line:
            if held:
                yield held
            held = ""
            continue
        if held and _continues(held, line):
            held = f"{held}{'' if _has_wide(held[-1]) else ' '}{line}"
        else:
            if held:
                yield held
            held = line
    if held:
        yield held


def _continues(held: str, line: str) -> bool:
    if held[-1] in ".!?:。！？：؟" or _LIST_MARK.match(line):
        return False
    last = len(held) - held.rfind("\n") - 1
    if line[0].islower() or line[0] in "(\"'„“«":
        return True
    return last > (24 if _has_wide(held[-8:]) else 50) and not _LIST_MARK.match(held)


def _sentences_of(block: str) -> Iterator[str]:
    start = 0
    for found in _END.finditer(block):
        if found.group().startswith(".") and _inside_abbreviation(block, found.start(), found.end()):
            continue
        piece = block[start : found.end()].strip()
        start = found.end()
        if piece:
            yield from _bounded(piece)
    piece = block[start:].strip()
    if piece:
        yield from _bounded(piece)


def _inside_abbreviation(block: str, dot: int, after: int) -> bool:
    following = block[after : after + 1]
    if following.islower() or (following.isdigit() and not block[max(0, dot - 1) : dot].isdigit()):
        found = _ABBREVIATION.search(block[max(0, dot - 16) : dot])
        return found is not None
    found = _ABBREVIATION.search(block[max(0, dot - 16) : dot])
    return found is not None and found.group().strip(" (\"'\n").casefold() in _NO_SPLIT


def _bounded(piece: str) -> Iterator[str]:
    while len(piece) > MAX_SENTENCE:
        cut = piece.rfind(" ", MAX_SENTENCE // 2, MAX_SENTENCE)
        cut = cut if cut > 0 else MAX_SENTENCE
        yield piece[:cut].strip()
        piece = piece[cut:].strip()
    if piece:
        yield piece


def _has_wide(text: str) -> bool:
    return _WIDE.search(text) is not None


def _word_count(text: str) -> int:
    return len(text) // 3 if _has_wide(text[:200]) else text.count(" ") + text.count("\n") + bool(text)


def _tidy(lines: Iterable[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
