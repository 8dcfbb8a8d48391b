"""The cases in `cases/*.toml`: mails of our own wording with what must be understood.

`expect` is a list of kinds, empty for none, `doubtful` for nothing certain but something for a person, `reminder` for
a reminder that opens no complaint. Every third case of a file, from its third, is held out: rules are tuned on the
others only, so that the held-out share says something about mail nobody has seen. A file that was tuned on as a whole
says `tuned = true`.
"""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from zoho_privacy.domain.model import Understanding

FOLDER = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True)
class Example:
    """One mail and what it asks for."""

    name: str
    language: str
    group: str
    expect: str
    subject: str
    text: str
    held_out: bool

    def met_by(self, understood: Understanding) -> bool:
        """Whether exactly this was understood."""
        found = {kind.value for kind in understood.kinds}
        if self.expect == "doubtful":
            return not found and bool(understood.doubtful)
        if self.expect == "reminder":
            return understood.reminder and "complaint" not in found
        return found == set(self.expect.split())


def examples() -> Iterator[Example]:
    """Every case of every file, in order."""
    for file in sorted(FOLDER.glob("*.toml")):
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        for index, case in enumerate(content["case"]):
            yield Example(
                name=f"{file.stem}-{index}",
                language=case.get("lang", file.stem),
                group=case["group"],
                expect=case["expect"],
                subject=case.get("subject", ""),
                text=case["text"],
                held_out=index % 3 == 2 and not content.get("tuned"),
            )


def share(outcomes: Iterable[bool]) -> float:
    """The share of outcomes that are right, 1 for none."""
    seen = list(outcomes)
    return sum(seen) / len(seen) if seen else 1.0
