"""Measures the understanding of mail: `python -m benchmarks.understanding [--data FOLDER]`.

Prints, for our own cases (tuned and held out apart) and for the labelled mail in FOLDER where given: how many requests
are found, how many have their main kind, how many kinds are too many, per language and group; false alarms; the most
frequent confusions; and speed. A keyword baseline runs over the same mail in the same run. Nothing is asserted here;
tests/unit/domain/test_classify.py holds the floors. FOLDER holds `privacy-requests-*.jsonl` and `ordinary-*.jsonl`
with `{lang, subject, body, rights}` per line.
"""

import argparse
import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.unit.domain.understanding_cases import examples
from zoho_privacy.adapters.rulesets import lexicon
from zoho_privacy.domain.classify import understand

KNOWING = frozenset({"know_categories", "know_specific", "recipient_list"})
_KEYWORDS = re.compile(
    r"gdpr|dsgvo|rgpd|\bavg\b|ccpa|personal (?:data|information)|personenbezogen|données (?:personnelles|à caractère)"
    r"|datos personales|persoonsgegevens|dati personali|(?:delete|erase) .{0,20}\bdata\b|daten löschen|unsubscribe",
    re.IGNORECASE,
)
Judge = Callable[[str, str], set[str]]


@dataclass(frozen=True, slots=True)
class Mail:
    """One labelled mail; `kinds` is empty for mail that asks for nothing, its first kind is the main one."""

    language: str
    group: str
    subject: str
    body: str
    kinds: tuple[str, ...]


def rules(subject: str, body: str) -> set[str]:
    """What the suite understands."""
    return {kind.value for kind in understand(subject, body, lexicon=lexicon()).kinds}


def keywords(subject: str, body: str) -> set[str]:
    """What a list of keywords would say; it cannot tell kinds apart."""
    return {"any"} if _KEYWORDS.search(subject) or _KEYWORDS.search(body) else set()


def own_cases(*, held_out: bool) -> list[Mail]:
    """Our own cases with a plain answer."""
    return [
        Mail(each.language, each.group, each.subject, each.text, tuple(each.expect.split()))
        for each in examples()
        if each.held_out is held_out and each.expect not in {"doubtful", "reminder"}
    ]


def labelled(folder: Path) -> list[Mail]:
    """The mail in a folder, or nothing."""
    found = []
    for file in sorted([*folder.glob("privacy-requests-*.jsonl"), *folder.glob("ordinary-*.jsonl")]):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            cut = next((name for name in ("short", "fwd") if str(row["id"]).endswith(f"-{name}")), "whole")
            kinds = tuple(right for right in row["rights"] if right != "agent")
            group = f"letter-{cut}" if row["rights"] else str(row["source"]).partition("/")[2][:24]
            found.append(Mail(row["lang"], group, row["subject"] or "", row["body"] or "", kinds))
    return found


def report(title: str, mails: Sequence[Mail], judge: Judge) -> None:
    """Print the figures for one set of mail."""
    begin = time.perf_counter()
    answers = [(mail, judge(mail.subject, mail.body)) for mail in mails]
    rate = len(mails) / (time.perf_counter() - begin)
    asked = [(mail, found) for mail, found in answers if mail.kinds]
    quiet = [(mail, found) for mail, found in answers if not mail.kinds]
    print(f"\n{title}: {len(asked)} requests, {len(quiet)} others, {rate:,.0f} mails/s")  # noqa: T201
    if asked:
        print(f"  found {_share(bool(found) for _, found in asked)}", end="")  # noqa: T201
        print(f"  main kind {_share(_main(mail, found) for mail, found in asked)}", end="")  # noqa: T201
        print(f"  kinds too many per mail {sum(len(_extra(m, f)) for m, f in asked) / len(asked):.2f}")  # noqa: T201
    if quiet:
        print(f"  false alarms {sum(bool(found) for _, found in quiet)} ({_share(bool(f) for _, f in quiet)})")  # noqa: T201
    for key in ("language", "group"):
        _by(key, asked, quiet)
    confused = Counter(
        (mail.kinds[0], kind) for mail, found in asked if not _main(mail, found) for kind in found or {"(nothing)"}
    )
    for (meant, taken), count in confused.most_common(8):
        print(f"  confused: {meant} taken for {taken}: {count}")  # noqa: T201


def _by(key: str, asked: Iterable[tuple[Mail, set[str]]], quiet: Iterable[tuple[Mail, set[str]]]) -> None:
    hits: dict[str, list[bool]] = defaultdict(list)
    alarms: dict[str, list[bool]] = defaultdict(list)
    for mail, found in asked:
        hits[getattr(mail, key)].append(bool(found))
    for mail, found in quiet:
        alarms[getattr(mail, key)].append(bool(found))
    print(f"  found by {key}: " + ", ".join(f"{name} {sum(v)}/{len(v)}" for name, v in sorted(hits.items())))  # noqa: T201
    print(f"  alarms by {key}: " + ", ".join(f"{name} {sum(v)}/{len(v)}" for name, v in sorted(alarms.items())))  # noqa: T201


def _main(mail: Mail, found: set[str]) -> bool:
    return mail.kinds[0] in found or (mail.kinds[0] == "access" and bool(found & KNOWING))


def _extra(mail: Mail, found: set[str]) -> set[str]:
    return found - set(mail.kinds) - (KNOWING if "access" in mail.kinds else set())


def _share(outcomes: Iterable[bool]) -> str:
    seen = list(outcomes)
    return f"{100 * sum(seen) / max(len(seen), 1):.2f} %"


def main(argv: list[str] | None = None) -> int:
    """Print every table; a missing folder is said and skipped."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a folder with labelled mail")
    data = parser.parse_args(argv).data
    rules("", "warm up")
    sets = [("own cases, tuned", own_cases(held_out=False)), ("own cases, held out", own_cases(held_out=True))]
    mails = labelled(data) if data else []
    if mails:
        sets.append(("labelled mail", mails))
    else:
        print("labelled mail: skipped, no such folder given (--data FOLDER)")  # noqa: T201
    for title, each in sets:
        report(title, each, rules)
        report(f"{title}, keyword baseline", each, keywords)
    return 0


if __name__ == "__main__":
    sys.exit(main())
