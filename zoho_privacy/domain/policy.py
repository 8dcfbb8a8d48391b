"""Which clause of the map answers for which sentence of the privacy policy's text (R-POLICY-2, R-POLICY-3). Pure.

`rules/policy.toml` holds no text of the policy. Each clause carries the marks of its sentences: a mark is short, is the
same wherever blanks and capitals differ, and is another one as soon as a word or number changes, so that whoever
changes the policy meets the clause, and through it the requirements and tests, that the sentence rests on.
A heading `N. Title` starts section N; what stands before the first is section 0. A bullet is a paragraph.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from zoho_privacy.domain.rules import Clause, Rules

MARK_DIGITS: Final = 8
HEADING: Final = re.compile(r"(\d{1,3})\. \S.{0,80}")
SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(])")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the policy, the section it stands in, and its mark."""

    section: int
    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Gaps:
    """What a text and the map do not agree on: sentences no clause answers for, marks no sentence has, by clause."""

    unmapped: tuple[Sentence, ...]
    stale: Mapping[str, tuple[str, ...]]

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.unmapped or self.stale)


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of a policy in order; section headings are no sentences."""
    section = 0
    for line in filter(None, (line.strip().removeprefix("- ") for line in text.splitlines())):
        heading = HEADING.fullmatch(line)
        if heading and int(heading[1]) == section + 1:
            section += 1
            continue
        for said in SENTENCE_END.split(line):
            yield Sentence(section, mark(section, said), said)


def mark(section: int, said: str) -> str:
    """Return the mark of a sentence."""
    plain = " ".join(said.casefold().split())
    return hashlib.sha256(f"{section}\n{plain}".encode()).hexdigest()[:MARK_DIGITS]


def gaps(text: str, clauses: Mapping[str, Clause]) -> Gaps:
    """Compare a text of the policy with the map."""
    said = list(sentences(text))
    marks = {each.mark for each in said}
    known = {name for clause in clauses.values() for name in clause.sentences}
    stale = {key: tuple(name for name in clause.sentences if name not in marks) for key, clause in clauses.items()}
    return Gaps(
        tuple(each for each in said if each.mark not in known),
        {key: names for key, names in stale.items() if names},
    )


def unproven(rules: Rules, proved: Container[str]) -> Iterator[str]:
    """Yield what is wrong with the map, given the requirements that tests prove.

    Each behaviour has a test. A clause rests on a behaviour that has one or is out of scope; hands alone keep nothing.
    """
    yield from (f"behaviours.{name}: no test proves it" for name in rules.behaviours if name not in proved)
    kept = {name for name in rules.behaviours if name in proved} | {*rules.out_of_scope}
    yield from (
        f"clauses.{key}: nothing that is proved keeps it"
        for key, clause in rules.clauses.items()
        if not kept & {*clause.requirements}
    )


def outgrown(rules: Rules, proved: Container[str]) -> Iterator[str]:
    """Yield the requirements that are said to be kept by hand and that a test cites."""
    return (name for name in rules.by_hand if name in proved)


def doubled(clauses: Mapping[str, Clause]) -> tuple[str, ...]:
    """Return the marks that more than one clause carries."""
    counted = Counter(name for clause in clauses.values() for name in clause.sentences)
    return tuple(sorted(name for name, count in counted.items() if count > 1))
