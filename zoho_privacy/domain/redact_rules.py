r"""Rules for values that show what they are, and how they are run: one automaton as a gate, a rule only where it hits.

All patterns are in the RE2 language, which cannot backtrack: a line costs time in proportion to its length whatever it
holds. They read `View.raw`: lower case, one byte per character, other letters at \xa1-\xff. Group 1 of a pattern is
the value; what stands around it is looked at and not taken. A check in Python (sums, tables) has the last word. Pure.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

from zoho_privacy.domain.redact_view import View

Find = tuple[int, int, str]
Span = tuple[int, int]
Check = Callable[[View, int, int], "Span | None"]
Take = Callable[[View, Any], Iterable[Find]]

WORD: Final = r"a-z0-9_\xa1-\xff"
LETTERS: Final = r"a-z\xa1-\xff"
_CHUNK: Final = 320
_OVERLAP: Final = 160


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


class Rule(NamedTuple):
    """A pattern and what a hit means: `check` narrows or refuses the value, `take` makes finds of its own.

    `hidden` says that the rule also reads markup: links, classes, styles.
    """

    label: str
    pattern: str
    check: Check | None = None
    take: Take | None = None
    hidden: bool = False


def value(
    label: str, pattern: str, check: Check | None = None, *, left: str = WORD, right: str = WORD, hidden: bool = False
) -> Rule:
    """Return a rule for a value that no character of `left` precedes and none of `right` follows."""
    before = f"(?:^|[^{left}])" if left else ""
    after = f"(?:$|[^{right}])" if right else ""
    return Rule(label, f"{before}({pattern}){after}", check, None, hidden)


def sign(pattern: str, take: Take) -> Rule:
    """Return a rule for words that say what follows them; `take` gets the match, group 1 is the words."""
    return Rule("", pattern, None, take)


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Any:
    """Return the automaton of a pattern; the library is loaded on first use."""
    import re2  # noqa: PLC0415  kept out of processes that redact nothing

    return re2.compile(_opened(pattern), _options())


_UPPER_BOUND: Final = re.compile(r"\{(\d+),(\d{3,4}|[3-9]\d)\}")


def _opened(pattern: str) -> bytes:
    """Leave large upper bounds out: the automaton needs none, and each would cost it states."""
    return _UPPER_BOUND.sub(r"{\1,}", pattern).encode("latin-1")


@lru_cache(maxsize=1)
def _options() -> Any:
    import re2  # noqa: PLC0415

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = 64 << 20
    return options


class Gate:
    """Rules of a kind as one automaton that tells which of them a stretch of text concerns.

    Kinds are kept apart: one automaton for all would have the product of their states. `needs` is what a stretch must
    hold at all before the automaton is asked.
    """

    def __init__(self, rules: Sequence[Rule], needs: str = "") -> None:
        import re2  # noqa: PLC0415

        self.rules = tuple(rules)
        self.needs = re.compile(needs.encode("latin-1")).search if needs else None
        self._set = re2.Set.SearchSet(_options())
        for rule in self.rules:
            self._set.Add(_opened(rule.pattern))
        self._set.Compile()
        self.match = self._set.Match


def finds(gates: Sequence[Gate], view: View) -> Iterator[Find]:
    """Yield what the rules find in a view, in no order."""
    raw = view.raw
    for start, end, stop in _stretches(raw):
        stretch = raw[max(0, start - 1) : stop]
        for gate in gates:
            if gate.needs is None or gate.needs(stretch):
                for index in gate.match(stretch) or ():
                    yield from _hits(gate.rules[index], view, start, end, stop)


def _hits(rule: Rule, view: View, start: int, end: int, stop: int) -> Iterator[Find]:
    search, raw = compiled(rule.pattern).search, view.raw
    position = max(0, start - 1)
    while position < end:
        found = search(raw, position, stop)
        if found is None:
            return
        first, last = found.span(1)
        if first >= end:
            return
        if rule.take is not None:
            yield from rule.take(view, found)
        elif rule.check is None:
            yield first, last, rule.label
        else:
            span = rule.check(view, first, last)
            if span is not None and span[0] < span[1]:
                yield span[0], span[1], rule.label
        position = max(last, position + 1)


def searched(pattern: Any, raw: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, group) of the groups of a pattern; a boundary looked at may be looked at again."""
    position, length = 0, len(raw)
    while position < length:
        found = pattern.search(raw, position)
        if found is None:
            return
        group = found.lastindex or 1
        start, end = found.span(group)
        if end > start:
            yield start, end, group
        position = max(end, position + 1)


def _stretches(raw: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, stop): some lines, and how far a hit that starts in them may reach into the next ones."""
    length, start = len(raw), 0
    while start < length:
        end = raw.find(b"\n", start + _CHUNK) + 1 or length
        stop = end if end == length else (raw.find(b"\n", end + _OVERLAP) + 1 or length)
        yield start, end, min(stop, end + 4000)
        start = end
