"""The table of deviations on purpose: `deviations.toml`, each row with its reason and source. No I/O but that file.

A row covers the findings of its operations (names, or `*` for any), side, kinds and pointers. A pointer that begins
with `/` is whole, any other is the end of one: `plainText` covers `/plainText` and `/data/*/plainText`. A finding that
no row covers is a fault of ours, and so is a row of which an operation, kind or pointer no longer deviates.
"""

import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.conformance.judge import Finding

TABLE: Final = Path(__file__).with_name("deviations.toml")


@dataclass(frozen=True)
class Row:
    """One deviation. `status` is "" where any is meant; `stories` marks one that only whole stories show."""

    side: str
    operations: tuple[str, ...]
    kinds: tuple[str, ...]
    pointers: tuple[str, ...]
    reason: str
    source: str
    status: str = ""
    stories: bool = False

    def covers(self, finding: Finding) -> bool:
        """Return whether a finding is this deviation."""
        return (
            finding.side == self.side
            and finding.kind in self.kinds
            and self.status in {"", finding.status}
            and any(_names(each, finding.operation) for each in self.operations)
            and any(_points(each, finding.pointer) for each in self.pointers)
        )

    def idle(self, covered: Collection[Finding]) -> list[str]:
        """Return the members of this row of which none of the findings that it covers speaks any more."""
        return (
            [each for each in self.operations if not any(_names(each, found.operation) for found in covered)]
            + [each for each in self.kinds if not any(each == found.kind for found in covered)]
            + [each for each in self.pointers if not any(_points(each, found.pointer) for found in covered)]
        )

    def __str__(self) -> str:
        return f"{self.side} {'|'.join(self.kinds)} {', '.join(self.pointers)} of {', '.join(self.operations)}"


def _names(pattern: str, operation: str) -> bool:
    return pattern in {"*", operation}


def _points(pattern: str, pointer: str) -> bool:
    return pattern == pointer if pattern.startswith("/") or not pattern else f"/{pointer}".endswith(f"/{pattern}")


@cache
def rows() -> tuple[Row, ...]:
    """Return the table.

    Raises:
        KeyError: A row lacks a member.
    """
    table = tomllib.loads(TABLE.read_text("utf-8"))
    return tuple(
        Row(
            side=side,
            operations=tuple(each["operations"]),
            kinds=tuple(each["kinds"]),
            pointers=tuple(each.get("pointers", ("",))),
            reason=each["reason"],
            source=each["source"],
            status=each.get("status", ""),
            stories=each.get("stories", False),
        )
        for side in ("request", "answer")
        for each in table.get(side, ())
    )


def unlisted(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that no row covers, in order."""
    return sorted(found for found in set(findings) if not any(row.covers(found) for row in rows()))


def idle(findings: Collection[Finding], side: str) -> list[str]:
    """Return what the table still lists for a side although nothing deviates so any more."""
    return [
        f"{row}: {each}"
        for row in rows()
        if row.side == side and not row.stories
        for each in row.idle([found for found in findings if row.covers(found)])
    ]
