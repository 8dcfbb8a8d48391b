r"""Rules for values that show what they are, and how they are run: a rule is asked only where it can have an answer.

All patterns are in the RE2 language, which cannot backtrack: a line costs time in proportion to its length whatever it
holds. They read `View.raw`: lower case, one byte per character, other letters at \xa1-\xff. Group 1 of a pattern is
the value; what stands around it is looked at and not taken. A check in Python (sums, tables) has the last word. Pure.

Gates, the cheapest first. A rule may name words of which the view must hold one, or a sign that it must hold: both are
looked up in C, once per view. A rule that is nothing but phrases (`cue`) is read only where the first word of one
stands, without any automaton. Rules for numbers are one automaton, and it reads only the places where many digits
stand together: one automaton for all rules over the whole text would have the product of their states, and making
those is what costs.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from zoho_privacy.domain.redact_view import View, later

__all__ = [
    "LETTERS",
    "WORD",
    "Cue",
    "Find",
    "Gate",
    "Hit",
    "Look",
    "Pattern",
    "Rule",
    "Span",
    "compiled",
    "cue",
    "later",
    "opening",
    "searched",
    "sign",
    "telling",
    "value",
]

Find = tuple[int, int, str]
Span = tuple[int, int]
Check = Callable[[View, int, int], "Span | None"]
Take = Callable[[View, "Hit"], Iterable[Find]]
Before = Callable[[str, int], bool]

WORD: Final = r"a-z0-9_\xa1-\xff"
LETTERS: Final = r"a-z\xa1-\xff"
_CHUNK: Final = 4096
_REACH: Final = 2048


class Hit(NamedTuple):
    """Where group 1 of a pattern stands."""

    start: int
    end: int


class Rule(NamedTuple):
    """A pattern and what a hit means: `check` narrows or refuses the value, `take` makes finds of its own.

    `hidden` says that the rule also reads markup: links, classes, styles. `when` names words, one of which must stand
    in the text, `sign` texts and `shape` a short pattern of which it must hold one; any of them is enough. `digits` is 1
    where the text must hold a digit, 4 where the value holds four or more close together, 6 where it is six or more.
    `near` says that the value has a digit beside it, `long` that so many characters stand without a blank, `said` of a
    number which words stand shortly before it.
    """

    label: str
    pattern: str
    check: Check | None = None
    take: Take | None = None
    hidden: bool = False
    when: str = ""
    sign: tuple[str, ...] = ()
    digits: int = 0
    near: bool = False
    long: int = 0
    shape: str = ""
    said: tuple[str, ...] = ()

    @property
    def reach(self) -> int:
        """How far behind its first word a hit may end: what its longest part may take, and a little more."""
        return max([_WORDS_AFTER, *(int(bound) + _WORDS_AFTER for bound in _BOUND.findall(self.pattern))])


_BOUND: Final = re.compile(r"\{\d+,([2-9]\d\d|\d{4})\}")
_WORDS_BEFORE: Final = 100
_WORDS_AFTER: Final = 280


def value(
    label: str, pattern: str, check: Check | None = None, *, left: str = WORD, right: str = WORD, hidden: bool = False,
    when: str = "", sign: tuple[str, ...] = (), digits: int = 0, near: bool = False, long: int = 0, shape: str = "",
    said: tuple[str, ...] = (),
) -> Rule:  # fmt: skip
    """Return a rule for a value that no character of `left` precedes and none of `right` follows."""
    before = f"(?:^|[^{left}])" if left else ""
    after = f"(?:$|[^{right}])" if right else ""
    return Rule(label, f"{before}({pattern}){after}", check, None, hidden, when, sign, digits, near, long, shape, said)


def sign(
    pattern: str, take: Take, *, when: str = "", sign: tuple[str, ...] = (), digits: int = 0, near: bool = False, shape: str = ""
) -> Rule:  # fmt: skip
    """Return a rule for words that say what follows them; `take` gets where they stand."""
    return Rule("", pattern, None, take, when=when, sign=sign, digits=digits, near=near, shape=shape)


class Cue:
    """Phrases that say what stands beside them; `take` gets where one stands, with what `after` matches behind it.

    `before` looks at what stands right before a phrase, never a letter. `digit` says within how many characters a digit
    must follow, `ahead` and `behind` within how many a capital letter must stand there: what has none is not read.
    """

    def __init__(
        self,
        phrases: str,
        after: str,
        take: Take,
        *,
        before: Before | None = None,
        digit: int = 0,
        ahead: int = 0,
        behind: int = 0,
    ) -> None:
        self.take, self.before, self.digit, self.ahead, self.behind = take, before, digit, ahead, behind
        self.after = later(after)
        self.phrases: dict[str, list[str]] = {}
        for phrase in phrases.replace("[ ]{1,3}", " ").split("|"):
            word = _WORD.match(phrase)
            if word is not None:
                self.phrases.setdefault(word.group(), []).append(phrase)

    def hit(self, low: str, place: int, word: str) -> Hit | None:
        """Return where a phrase that begins with a word at a place stands, the longest one that fits."""
        for phrase in self.phrases[word]:
            if low.startswith(phrase, place):
                end = place + len(phrase)
            elif low.startswith("  ", place + len(word)) and " " in phrase:
                wide = re.match(phrase.replace(" ", "[ ]{1,3}"), low[place : place + 3 * len(phrase)])
                end = place + wide.end() if wide else 0
            else:
                continue
            found = self.after.match(low, end) if end else None
            if found is not None:
                return Hit(place, found.end())
        return None


cue = Cue


def telling(phrases: str) -> str:
    """Return the longest word of each phrase of an alternation: what a rule with these phrases waits for."""
    each = phrases.replace("[ ]{1,3}", " ").removeprefix("(?:").removesuffix(")").split("|")
    return " ".join(sorted({max(reversed(_WORD.findall(phrase)), key=len) for phrase in each}))


def opening(phrases: str) -> str:
    """Return the first words of an alternation of phrases, for a rule in which the last may go on."""
    return " ".join(sorted({_WORD.findall(phrase)[0] for phrase in phrases.replace("[ ]{1,3}", " ").split("|")}))


_WORD: Final = re.compile(f"[{LETTERS}]+")


@lru_cache(maxsize=512)
def compiled(pattern: str) -> "Pattern":
    """Return the automaton of a pattern; the library is loaded on first use."""
    return Pattern(pattern)


class Pattern:
    """An automaton over bytes: `search` without the objects that a match of the library would make."""

    __slots__ = ("search",)

    search: Callable[[bytes, int, int], Sequence[Span]]
    """Return the places of the whole match and its groups between two places, (-1, -1) where there is none."""

    def __init__(self, pattern: str) -> None:
        from re2 import _re2  # noqa: PLC0415  kept out of processes that redact nothing

        self.search = partial(_re2.RE2(_opened(pattern), _options()).Match, _re2.RE2.Anchor.UNANCHORED)


class Look:
    """A pattern for what stands right behind a place, or right before it; many words, so an automaton, made on first use."""

    __slots__ = ("_pattern",)

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def ahead(self, view: View, place: int) -> bool:
        """Tell whether the text goes on like that."""
        following = view.raw[place : place + _AHEAD]
        return compiled("^(?:" + self._pattern + ")").search(following, 0, len(following))[0][0] >= 0

    def behind(self, view: View, place: int, reach: int) -> bool:
        """Tell whether the last `reach` characters before a place end like that."""
        before = view.raw[max(0, place - reach) : place]
        return compiled("(?:" + self._pattern + ")$").search(before, 0, len(before))[0][0] >= 0


_AHEAD: Final = 64
_UPPER_BOUND: Final = re.compile(r"\{(\d+),(\d{3,4}|[3-9]\d)\}")


def _opened(pattern: str) -> bytes:
    """Leave large upper bounds out: the automaton needs none, and each would cost it states."""
    return _UPPER_BOUND.sub(r"{\1,}", pattern).encode("latin-1")


@lru_cache(maxsize=1)
def _options() -> Any:
    from re2 import Options  # noqa: PLC0415

    options = Options()
    options.encoding = Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = 64 << 20
    return options


_Cues = Mapping[str, Sequence[tuple[int, Cue]]]


class Gate:
    """Rules and cues of one kind of view, and which of them a view concerns."""

    def __init__(self, rules: Sequence[Rule], cues: Sequence[Cue] = ()) -> None:
        self._rules = tuple(rules)
        self._numbers = tuple(rule for rule in rules if rule.digits == 6 and not rule.when)
        self._always = _everywhere(
            at for at, rule in enumerate(rules) if not (rule.when or rule.sign or rule.shape or rule.digits == 6)
        )
        marked: dict[bytes, list[int]] = {}  # signs of one character, and of more
        signed: dict[str, list[int]] = {}
        for at, rule in enumerate(rules):
            for each in rule.sign:
                if len(each) == 1:
                    marked.setdefault(each.encode("latin-1"), []).append(at)
                else:
                    signed.setdefault(re.escape(each), []).append(at)
            if rule.shape:
                signed.setdefault(rule.shape, []).append(at)
        self._awaiting: dict[str, list[int]] = {}
        for at, rule in enumerate(rules):
            for word in rule.when.split():
                self._awaiting.setdefault(word, []).append(at)
        self._cues: dict[str, list[tuple[int, Cue]]] = {}
        for at, each_cue in enumerate(cues):
            for word in each_cue.phrases:
                self._cues.setdefault(word, []).append((at, each_cue))
        self._words = frozenset({*self._awaiting, *self._cues})
        self._small_cues = {
            word: small
            for word, told in self._cues.items()
            if (small := [each for each in told if not (each[1].ahead or each[1].behind or each[1].digit)])
        }
        self._small_words = frozenset({*self._awaiting, *self._small_cues})
        self._reach = [rule.reach for rule in rules]
        self._number_set = _Set(rule.pattern for rule in self._numbers)
        self._marked = {mark: _everywhere(concerned) for mark, concerned in marked.items()}
        self._sign_set = _Set(signed)
        self._by_sign = [_everywhere(concerned) for concerned in signed.values()]

    def finds(self, view: View) -> Iterator[Find]:
        """Yield what the rules find in a view, those of a rule in order."""
        raw, rules, whole = view.raw, self._rules, ((0, len(view.raw)),)
        short = len(raw) <= _SHORT
        numbers = list(_numeric(raw))
        digits = 6 if numbers else 4 if _FOUR.search(raw) else 1 if view.digits else 0
        near: Sequence[Span] | None = None
        small = not view.digits and view.text.islower()  # a phrase that waits for a capital or a digit waits in vain
        needed = (self._small_words if small else self._words).intersection(view.words)
        places = view.standing(needed) if needed else []
        for at, where_words in sorted(self._concerned(view, places).items()):
            rule = rules[at]
            if rule.digits > digits or rule.long > view.longest:
                continue
            where: Sequence[Span] = whole
            if short:
                pass
            elif where_words:
                where = _spans(where_words, len(raw), self._reach[at])
            elif rule.near:
                if near is None:
                    near = _around_digits(view.digits, len(raw))
                where = near
            search = compiled(rule.pattern).search
            for start, end in where:
                if end - start > _CHUNK or search(raw, start, end)[0][0] >= 0:
                    yield from _hits(rule, view, start, end)
        for start, end in numbers:
            before = view.low[max(0, start - _SAID) : end]
            for index in self._number_set.match(raw[start:end]):
                rule = self._numbers[index]
                if not rule.said or any(word in before for word in rule.said):
                    yield from _hits(rule, view, start, end)
        if self._cues:
            yield from self._told(view, places, self._small_cues if small else self._cues)

    @staticmethod
    def _told(view: View, places: Sequence[tuple[str, int]], cues: _Cues) -> Iterator[Find]:
        """Yield what the cues tell; a phrase inside the one before it is none."""
        low, text, digits = view.low, view.text, view.digits
        reached: dict[int, int] = {}
        for word, place in places:
            for at, each in cues.get(word, ()):
                if each.ahead and text[place : place + each.ahead].islower():
                    continue
                if place >= reached.get(at, 0) and _worth(each, low, text, digits, place):
                    hit = each.hit(low, place, word)
                    if hit is not None:
                        reached[at] = hit.end
                        yield from each.take(view, hit)

    def _concerned(self, view: View, places: Sequence[tuple[str, int]]) -> dict[int, Sequence[int]]:
        """Return the rules that a view concerns, and for those that wait for words where these stand."""
        raw, awaiting = view.raw, self._awaiting
        waited: dict[int, list[int]] = {}
        for word, place in places:
            for at in awaiting.get(word, ()):
                if at in waited:
                    waited[at].append(place)
                else:
                    waited[at] = [place]
        chosen: dict[int, Sequence[int]] = {**waited}
        chosen.update(self._always)
        for mark, concerned in self._marked.items():
            if mark in raw:
                chosen.update(concerned)
        for index in self._sign_set.match(raw):
            chosen.update(self._by_sign[index])
        return chosen


def _worth(cue: Cue, low: str, text: str, digits: Sequence[int], place: int) -> bool:
    """Tell whether what a cue needs before a place, or a digit behind it, stands there."""
    if cue.behind and text[place - cue.behind if place > cue.behind else 0 : place].islower():
        return False
    if cue.digit:
        following = bisect_left(digits, place)
        if following == len(digits) or digits[following] > place + cue.digit:
            return False
    return cue.before is None or cue.before(low, place)


_BLOCK: Final = 256
_SHORT: Final = 1200
_SAID: Final = 48


def _everywhere(rules: Iterable[int]) -> dict[int, Sequence[int]]:
    """Return rules that are bound to no place."""
    return dict.fromkeys(rules, ())


def _spans(places: Sequence[int], length: int, reach: int) -> Sequence[Span]:
    """Return what lies around places, together where they touch; all of the text where that is most of it."""
    if len(places) * _BLOCK > length:
        return ((0, length),)
    spans: list[Span] = []
    for at in sorted(places):
        first, last = max(0, at - _WORDS_BEFORE), min(length, at + reach)
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans


def _around_digits(digits: Sequence[int], length: int) -> Sequence[Span]:
    """Return the places around digits, together where they touch."""
    spans: list[Span] = []
    for at in digits:
        first, last = max(0, at - 200), min(length, at + 260)
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans


class _Set:
    """Patterns as one automaton that tells which of them a text holds; made on first use."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [_opened(pattern) for pattern in patterns]
        self._match: Any = None

    def match(self, raw: bytes) -> Sequence[int]:
        if self._match is None:
            from re2 import Set  # noqa: PLC0415

            made = Set.SearchSet(_options())
            for pattern in self._patterns:
                made.Add(pattern)
            made.Compile()
            self._match = made._set.Match  # noqa: SLF001  its own method makes each call a third dearer
        found: Sequence[int] = self._match(raw)
        return found


_FOUR: Final = re.compile(rb"[0-9](?:[^0-9\n]{0,6}[0-9]){3}")
_DIGITS: Final = re.compile(rb"[0-9](?:[^0-9\n]{0,6}+[0-9]){5,1000}")
_BEFORE: Final = 10
_AFTER: Final = 28


def _numeric(raw: bytes) -> Iterator[Span]:
    """Yield the places where six digits or more stand close together, with what may belong to them."""
    start, end = 0, -1
    for found in _DIGITS.finditer(raw):
        first, last = max(0, found.start() - _BEFORE), min(len(raw), found.end() + _AFTER)
        if first <= end and last - start < _CHUNK:
            end = last
            continue
        if end > 0:
            yield start, end
        start, end = first, last
    if end > 0:
        yield start, end


def _hits(rule: Rule, view: View, start: int, length: int) -> Iterator[Find]:
    """Yield what a rule finds between two places; a long text is read in pieces, so that no search goes far for nothing."""
    search, raw, label, check, take = compiled(rule.pattern).search, view.raw, rule.label, rule.check, rule.take
    position, end = start, start
    while end < length:
        end, stop = _piece(raw, end, length)
        while position < end:
            found = search(raw, position, stop)
            if found[0][0] < 0:
                break
            first, last = found[1]
            if first >= end and stop < length:
                break
            if take is not None:
                yield from take(view, Hit(first, last))
            elif check is None:
                yield first, last, label
            else:
                span = check(view, first, last)
                if span is not None and span[0] < span[1]:
                    yield span[0], span[1], label
            position = max(last, position + 1)
        position = max(position, end - 1)


def _piece(raw: bytes, start: int, length: int) -> Span:
    """Return where the piece from `start` ends, and how far a hit that starts in it may reach."""
    if length - start <= _CHUNK:
        return length, length
    end = raw.rfind(b"\n", start + 1, start + _CHUNK) + 1 or start + _CHUNK
    return end, min(length, end + _REACH)


def searched(pattern: Pattern, raw: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, group) of the groups of a pattern; a boundary looked at may be looked at again."""
    position, length, end = 0, len(raw), 0
    while end < length:
        end, stop = _piece(raw, end, length)
        while position < end:
            found = pattern.search(raw, position, stop)
            if found[0][0] < 0:
                break
            group = next((index for index in range(len(found) - 1, 0, -1) if found[index][0] >= 0), 0)
            start, last = found[group]
            if start >= end and stop < length:
                break
            if last > start:
                yield start, last, group
            position = max(last, position + 1)
        position = max(position, end - 1)
