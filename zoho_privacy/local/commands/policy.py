"""`zoho-privacy policy`: what each clause of the policy rests on, and what a changed text leaves without one."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zoho_privacy.local.console import Exit, command, show, table

if TYPE_CHECKING:  # --help answers at once
    from zoho_privacy.domain.policy import Gaps
    from zoho_privacy.domain.rules import Rules

TEXT: Final = """Every clause of the privacy policy has an id that outlives versions. It is kept by what the suite does
and tests prove, is out of the suite's scope, or rests on people.

  zoho-privacy policy                        the map: clause, what keeps it, how many tests prove that
  zoho-privacy policy --json                 the same with each test's name
  zoho-privacy policy new-policy.txt         sentences that no clause answers for, clauses whose sentence is gone

Tests are read from a checkout; an installed suite has none beside it, so say where they are with --tests.

A text is plain: a heading per section ("8. Data Retention"), a line per paragraph, "- " before a bullet. A changed
word or number makes another sentence: look at its clause and what it rests on, then write its mark into
zoho_privacy/rules/policy.toml. Exit status 0 where all agree, 1 where not, 2 where a file cannot be read."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(
        subparsers, "policy", run, summary="what each clause of the policy rests on", text=TEXT, settings=False
    )
    parser.add_argument("text", nargs="?", type=Path, metavar="FILE", help="a text of the policy to compare with")
    parser.add_argument("--tests", type=Path, metavar="FOLDER", help="where the tests are, if not beside the suite")


def run(args: argparse.Namespace) -> int:
    """Show the map, or compare a text with it."""
    from zoho_privacy.adapters.ruletables import load_rules  # noqa: PLC0415  --help answers at once
    from zoho_privacy.domain.policy import gaps  # noqa: PLC0415

    rules = load_rules()
    if args.text is None:
        return _map(args, rules)
    found = gaps(_read(args.text), rules.clauses)
    lacking = {
        "unmapped": [{"section": each.section, "mark": each.mark, "text": each.text} for each in found.unmapped],
        "stale": {key: list(names) for key, names in found.stale.items()},
    }
    show(args, lacking, _lines(found))
    return Exit.FOUND if found else Exit.OK


def _map(args: argparse.Namespace, rules: "Rules") -> int:
    from zoho_privacy.domain import policy  # noqa: PLC0415  --help answers at once
    from zoho_privacy.local import proofs  # noqa: PLC0415

    folder = args.tests or proofs.beside()
    tests = proofs.proofs(folder) if folder else {}
    wrong = list(policy.unproven(rules, tests)) if folder else []
    outgrown = list(policy.outgrown(rules, tests))
    value = {"clauses": _clauses(rules, tests), "unproven": wrong, "outgrown": outgrown}
    rows = [row for key in rules.clauses for row in _rows(rules, tests, key, known=bool(folder))]
    lines = table(("clause", "kept by", "which says", "proof"), rows)
    lines += ["" if folder else "The tests are not here: name them with --tests.", *wrong]
    lines += [f"{name}: said to be kept by hand, and a test cites it" for name in outgrown]
    show(args, value, lines)
    return Exit.FOUND if wrong else Exit.OK


def _clauses(rules: "Rules", tests: Mapping[str, tuple[str, ...]]) -> dict[str, object]:
    return {
        key: {
            "section": clause.section,
            "text": clause.text,
            "kinds": clause.kinds,
            "sentences": clause.sentences,
            "requirements": {
                name: {"kept_by": by, "what": what, "tests": tests.get(name, ())}
                for name, by, what in _resting(rules, key)
            },
        }
        for key, clause in rules.clauses.items()
    }


def _rows(
    rules: "Rules", tests: Mapping[str, tuple[str, ...]], key: str, *, known: bool
) -> Iterator[tuple[str, str, str, str]]:
    yield key, "", rules.clauses[key].text, ""
    for name, by, what in _resting(rules, key):
        proof = by if by != "suite" else f"{len(tests.get(name, ()))} tests" if known else "not here"
        yield "", name, what, proof


def _resting(rules: "Rules", key: str) -> Iterator[tuple[str, str, str]]:
    """Yield the requirements of a clause, who keeps each, and what that is."""
    for by, told in (("suite", rules.behaviours), ("by hand", rules.by_hand), ("out of scope", rules.out_of_scope)):
        yield from ((name, by, told[name]) for name in rules.clauses[key].requirements if name in told)


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
