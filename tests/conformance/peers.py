"""Judges recorded exchanges in bulk, both directions, quickly enough to sit behind every story.

Every exchange is looked at. Two that no judge can tell apart are judged once: their texts agree in the kinds of
characters, in their lengths as far as any published bound can see, and word for word where they could be a value of an
enum. The signature is drawn from the exchange itself, so nothing is skipped by its route.
"""

import bisect
import re
import time
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.conformance.deviations import unlisted
from tests.conformance.exchange import Exchange, recorded
from tests.conformance.judge import Finding, judged
from tests.conformance.official import raw
from tests.conformance.patches import each_schema

WORD: Final = re.compile(r"[A-Za-z_]{1,24}")
CLASSES: Final = ((re.compile(r"[0-9]+"), "9"), (re.compile(r"[a-z]+"), "a"), (re.compile(r"[A-Z]+"), "A"),
                  (re.compile(r"\s+"), " "), (re.compile(r"[^\x00-\x7f]+"), "\u0080"))  # fmt: skip
LONG: Final = 80


class Peers:
    """Judges what is recorded in a folder, and remembers what it has seen. Not safe for several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.looked_at = 0
        self.seconds = 0.0
        """CPU time that judging took."""
        self._read: dict[Path, int] = {}
        self._seen: dict[Any, list[Finding]] = {}

    @property
    def distinct(self) -> int:
        """How many exchanges were judged."""
        return len(self._seen)

    def new_faults(self) -> list[Finding]:
        """Return what is wrong, and not listed, with everything recorded since the last time."""
        began = time.process_time()
        found: set[Finding] = set()
        for file in sorted(self.folder.glob("*.jsonl")):
            exchanges, self._read[file] = recorded(file, self._read.get(file, 0))
            found |= set(self._judge(exchanges))
        self.seconds += time.process_time() - began
        return sorted(found)

    def _judge(self, exchanges: Iterable[Exchange]) -> Iterator[Finding]:
        for each in exchanges:
            self.looked_at += 1
            mark = signature(each)
            if mark not in self._seen:
                self._seen[mark] = unlisted(judged(each))
            yield from self._seen[mark]


def signature(exchange: Exchange) -> Any:
    """Return what two exchanges must have in common for every judge to say the same of them."""
    return (
        exchange.name,
        exchange.status,
        exchange.answer_type,
        exchange.judge,
        tuple(sorted((name, value if name == "limit" else _text(value)) for name, value in exchange.query)),
        exchange.headers.get("authorization"),
        exchange.headers.get("content-type"),
        _shape(exchange.sent) if exchange.sent is not None else len(exchange.body) > 0,
        _shape(exchange.returned) if exchange.returned is not None else len(exchange.answer) > 0,
    )


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((name, _shape(each)) for name, each in sorted(value.items()))
    if isinstance(value, list):
        return "list", len(value) > 5, frozenset(_shape(each) for each in value)
    return _text(value) if isinstance(value, str) else (type(value).__name__, value if value is None else bool(value))


def _text(value: str) -> tuple[str, int]:
    if WORD.fullmatch(value):
        return value, 0
    bounds = _bounds()
    length = bisect.bisect_right(bounds, len(value))
    shown = value if len(value) <= LONG else "".join(sorted(set(value)))
    for expression, letter in CLASSES:
        shown = expression.sub(letter, shown)
    return "".join(sorted(set(shown))) if len(value) > LONG else shown, length


@cache
def _bounds() -> tuple[int, ...]:
    """Return every length at which a published schema changes its mind."""
    found = set()
    for schema in each_schema(raw()["components"]["schemas"]):
        for name, beyond in (("minLength", 0), ("maxLength", 1)):
            if isinstance(bound := schema.get(name), int):
                found.add(bound + beyond)
    return tuple(sorted(found))
