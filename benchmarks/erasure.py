"""Gone, and proven gone: `python3 -m benchmarks.erasure [--tickets N] [--people N] [--each N] [--chaos] [--json]`.

A desk is generated whose every personal detail is known. People ask by mail to be erased, prove themselves, a colleague
approves, and the suite does its work, once by each way to let go of tickets. Then the portal's own file is searched for
every value of theirs, each record of everybody else is compared byte for byte, and each claim of each closing letter
is counted after. Ends with 1 where a number that must be 0 is not.

Examples:
    python3 -m benchmarks.erasure --tickets 300 --people 40 --each 4     a minute
    python3 -m benchmarks.erasure --way rebuild --chaos                  one way, with everything going wrong
    python3 -m benchmarks.erasure                                        20,000 tickets, 100 people by each way
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from benchmarks.erasure_stage import WAYS, Proof, Row, portal

HEAD: Final = (
    "way", "chaos", "people", "answered", "tickets", "declared", "UNDECLARED", "OTHERS", "HELD", "claims", "WRONG",
    "DOUBLE", "credits/person", "kills",
)  # fmt: skip


def prove(way: str, *, tickets: int, people: int, each: int, seed: int = 1, chaos: bool = False,
          quiet: bool = False) -> Row:  # fmt: skip
    """Erase `each` people by one way on a desk of its own and return the row of the table."""
    with tempfile.TemporaryDirectory(prefix="proof-") as folder, portal(Path(folder)) as (zoho, file):
        proof = Proof(zoho, file, Path(folder), way, tickets, people, each, seed, chaos, quiet)
        return proof.run()


def table(rows: Sequence[Row]) -> str:
    """Return the table as text. Capital headings must be 0."""
    lines = ["  ".join(HEAD)]
    for row in rows:
        cells = (row.way, "yes" if row.chaos else "no", row.people, row.answered, row.tickets,
                 sum(row.declared.values()), row.undeclared, row.others, row.held, row.claims, row.wrong, row.double,
                 "-" if row.credits is None else row.credits, row.kills)  # fmt: skip
        lines.append("  ".join(f"{cell!s:>{len(name)}}" for cell, name in zip(cells, HEAD, strict=True)))
    lines += [f"{row.way}: declared by the letter: {row.declared}" for row in rows]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the ways asked for and print the table; 1 where something is not as claimed."""
    first, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python3 -m benchmarks.erasure", description=first, epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--tickets", type=int, default=20_000, help="tickets on the desk (default 20000)")
    parser.add_argument("--people", type=int, default=500, help="people on the desk (default 500)")
    parser.add_argument("--each", type=int, default=100, help="people erased by each way (default 100)")
    parser.add_argument("--way", choices=[*WAYS], action="append", help="only this way; may be repeated")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another desk (default 1)")
    parser.add_argument("--chaos", action="store_true", help="once more with trouble; the table must be the same")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of the table")
    asked = parser.parse_args(arguments)
    rows: list[Row] = []
    same = True
    began = time.monotonic()
    for way in asked.way or WAYS:
        plain = prove(way, tickets=asked.tickets, people=asked.people, each=asked.each, seed=asked.seed)
        rows.append(plain)
        if asked.chaos:
            rough = prove(way, tickets=asked.tickets, people=asked.people, each=asked.each, seed=asked.seed, chaos=True)
            rows.append(rough)
            same = same and rough.outcome() == plain.outcome()
    good = same and all(row.holds for row in rows)
    seconds = round(time.monotonic() - began)
    if asked.json:
        shown = {"rows": [asdict(row) for row in rows], "chaos_changed_nothing": same if asked.chaos else None,
                 "seconds": seconds, "holds": good}  # fmt: skip
        sys.stdout.write(f"{json.dumps(shown, indent=2)}\n")
    else:
        lines = [table(rows), *(f"{row.way}: {note}" for row in rows for note in row.notes)]
        lines += ["trouble changed nothing" if same else "TROUBLE CHANGED THE OUTCOME"] if asked.chaos else []
        lines.append(f"{seconds} s; {'everything holds' if good else 'SOMETHING DOES NOT HOLD'}")
        sys.stdout.write("\n".join(lines) + "\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
