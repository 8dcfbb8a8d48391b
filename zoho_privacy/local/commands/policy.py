"""`zoho-privacy policy`: what each clause of the policy rests on, and what a changed text leaves without one."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zoho_privacy.local.console import Exit, command, show, table

if TYPE_CHECKING:  # --help answers at once
    from zoho_privacy.domain.policy import Gaps

TEXT: Final = """Every clause of the privacy policy has an id that outlives versions. It is kept by what the suite does
(requirement ids, proved by tests), is out of its scope (R-OUT), or rests on people (by hand).

  zoho-privacy policy                        the map, clause by clause
  zoho-privacy policy new-policy.txt         sentences that no clause answers for, clauses whose sentence is gone

A text is plain: a heading per section ("8. Data Retention"), a line per paragraph, "- " before a bullet. A changed
word or number makes another sentence: look at its clause and what it rests on, then write its mark into
zoho_privacy/rules/policy.toml. Exit status 0 where text and map agree, 1 where not, 2 where the text cannot be read."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(
        subparsers, "policy", run, summary="what each clause of the policy rests on", text=TEXT, settings=False
    )
    parser.add_argument("text", nargs="?", type=Path, metavar="FILE", help="a text of the policy to compare with")


def run(args: argparse.Namespace) -> int:
    """Show the map, or compare a text with it."""
    from zoho_privacy.adapters.ruletables import load_rules  # noqa: PLC0415  --help answers at once
    from zoho_privacy.domain.policy import gaps  # noqa: PLC0415

    clauses = load_rules().clauses
    if args.text is None:
        rows = [(key, each.text, " ".join(each.requirements), " ".join(each.by_hand)) for key, each in clauses.items()]
        value = {
            key: {"section": each.section, "requirements": each.requirements, "by_hand": each.by_hand}
            for key, each in clauses.items()
        }
        show(args, value, table(("clause", "says", "kept by", "by hand"), rows))
        return Exit.OK
    found = gaps(_read(args.text), clauses)
    lacking = {
        "unmapped": [{"section": each.section, "mark": each.mark, "text": each.text} for each in found.unmapped],
        "stale": {key: list(names) for key, names in found.stale.items()},
    }
    show(args, lacking, _lines(found))
    return Exit.FOUND if found else Exit.OK


def _lines(found: "Gaps") -> Iterator[str]:
    if not found:
        yield "Every sentence has a clause, and every clause its sentences."
    for each in found.unmapped:
        yield f"section {each.section}: no clause for {each.mark}: {each.text}"
    for key, names in found.stale.items():
        yield f"{key}: says nothing any more as {', '.join(names)}"


def _read(path: Path) -> str:
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadInput("the text cannot be read") from None
