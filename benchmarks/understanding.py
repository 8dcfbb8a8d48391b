"""Measures the understanding of mail: `python3 -m benchmarks.understanding [--data FOLDER]`.

Prints, beside a keyword list judged in the same run: how many requests are found, by shape and by language; how many
have their main kind; macro F1 over kinds; false alarms by sort of ordinary mail; how many possible requests are raised;
mails a second on one core, and the slowest of some hostile bodies per 100 kB. Sets: our own mail in 24 languages
(understanding_mail.py), a second set written before a look at the rules and a third by somebody who wrote no rule, each
with a developer and a held-out half; the unit tests' cases; and the labelled mail in FOLDER
(`privacy-requests-*.jsonl`, `ordinary-*.jsonl`, `{lang, subject, body, rights}` per line). Nothing is asserted here;
tests/unit/domain/test_classify.py holds the floors. `--show bare` lists what was missed in the developer half only.
"""

import argparse
import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.understanding_mail import Mail, blind_mail, own_mail, strangers_mail
from tests.unit.domain.understanding_cases import examples
from zoho_privacy.adapters.rulesets import lexicon
from zoho_privacy.domain.classify import understand

KNOWING = frozenset({"know_categories", "know_specific", "recipient_list"})
HOSTILE = (
    "a", "delete my data ", "From: x\n", "> ", "x\n", "<div>", "a@", "1:", "'a ", "my data you have about me ",
    "個人情報を削除", "ά", "my ", "&#0;", "<a href='", "not ", "https://",
)  # fmt: skip
_KEYWORDS = re.compile(
    r"gdpr|dsgvo|rgpd|\bavg\b|ccpa|personal (?:data|information)|personenbezogen|données (?:personnelles|à caractère)"
    r"|datos personales|persoonsgegevens|dati personali|dados pessoais|personuppgift|personoplysning|personopplysning"
    r"|henkilötie|dane osobowe|danych osobowych|osobní údaje|osobních údajů|osobni poda|osobnih poda|personális adat"
    r"|személyes adat|date personale|προσωπικ\w+ δεδομ|лични данни|персональн\w+ данн|kişisel veri|個人情報|个人信息"
    r"|개인정보|بيانات شخصية|البيانات الشخصية|(?:delete|erase) .{0,20}\bdata\b|daten löschen|unsubscribe",
    re.IGNORECASE,
)
Judge = Callable[[str, str], tuple[set[str], bool]]
Answer = tuple[Mail, set[str], bool]


def rules(subject: str, body: str) -> tuple[set[str], bool]:
    """What the suite understands for certain, and whether it raises anything at all."""
    found = understand(subject, body, lexicon=lexicon())
    return {kind.value for kind in found.kinds}, bool(found.labels or found.doubtful)


def keywords(subject: str, body: str) -> tuple[set[str], bool]:
    """What a list of keywords would say; it cannot tell kinds apart."""
    found = bool(_KEYWORDS.search(subject) or _KEYWORDS.search(body))
    return ({"any"} if found else set()), found


def unit_cases(*, held_out: bool) -> list[Mail]:
    """The unit tests' cases with a plain answer."""
    return [
        Mail(each.language, each.group, "case", each.subject, each.text, tuple(each.expect.split()), held_out)
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
            sort = "letter" if row["rights"] else str(row["source"]).partition("/")[2][:24]
            found.append(Mail(row["lang"], sort, cut, row["subject"] or "", row["body"] or "", kinds))
    return found


def report(title: str, mails: Sequence[Mail], judge: Judge) -> list[Answer]:
    """Print the figures for one set of mail; return every answer."""
    begin = time.process_time()
    answers = [(mail, *judge(mail.subject, mail.body)) for mail in mails]
    rate = len(mails) / max(time.process_time() - begin, 1e-9)
    asked = [each for each in answers if each[0].kinds]
    possible = [each for each in answers if each[0].possible]
    quiet = [each for each in answers if not each[0].kinds and not each[0].possible]
    say(f"\n{title}: {len(asked)} requests, {len(possible)} possible ones, {len(quiet)} others, {rate:,.0f} mails/s")
    if asked:
        main = _share(_main(mail, found) for mail, found, _ in asked)
        extra = sum(len(_extra(mail, found)) for mail, found, _ in asked) / len(asked)
        say(
            f"  found {_share(bool(found) for _, found, _ in asked)}  main kind {main}"
            f"  macro F1 {_macro_f1(answers):.2f}"
        )
        say(f"  found or raised for a person {_share(raised for _, _, raised in asked)}  kinds too many {extra:.2f}")
        _by("found", asked, lambda mail: mail.group)
        _by("found", asked, lambda mail: mail.language)
        _by("main kind", asked, lambda mail: mail.kinds[0], right=_main)
    if possible:
        say(f"  possible requests raised {_share(raised for _, _, raised in possible)}")
    if quiet:
        say(f"  false alarms {_share(bool(found) for _, found, _ in quiet)}")
        _by("alarms", quiet, lambda mail: mail.sort)
        _by("alarms", quiet, lambda mail: mail.language)
    return answers


def _macro_f1(answers: Iterable[Answer]) -> float:
    """The mean over kinds of F1; the narrower ways of asking to know count as access."""
    right, said, meant = Counter[str](), Counter[str](), Counter[str]()
    for mail, found, _ in answers:
        wanted, got = _plain(mail.kinds), _plain(found)
        right.update(wanted & got)
        said.update(got)
        meant.update(wanted)
    scores = [2 * right[kind] / (said[kind] + meant[kind]) for kind in meant]
    return sum(scores) / max(len(scores), 1)


def _plain(kinds: Iterable[str]) -> set[str]:
    return {"access" if kind in KNOWING else kind for kind in kinds}


def _by(
    word: str,
    answers: Iterable[Answer],
    key: Callable[[Mail], str],
    right: Callable[[Mail, set[str]], bool] = lambda _, found: bool(found),
) -> None:
    counts: dict[str, list[bool]] = defaultdict(list)
    for mail, found, _ in answers:
        counts[key(mail)].append(right(mail, found))
    say(f"    {word}: " + ", ".join(f"{name} {sum(hits)}/{len(hits)}" for name, hits in sorted(counts.items())))


def _main(mail: Mail, found: set[str]) -> bool:
    return bool(_plain(mail.kinds[:1]) & _plain(found))


def _extra(mail: Mail, found: set[str]) -> set[str]:
    return _plain(found) - _plain(mail.kinds)


def _share(outcomes: Iterable[bool]) -> str:
    seen = list(outcomes)
    return f"{sum(seen)}/{len(seen)} = {100 * sum(seen) / max(len(seen), 1):.1f} %"


def slowest() -> tuple[float, str]:
    """The milliseconds per 100 kB of the slowest hostile body, the best of three readings of each."""
    worst = (0.0, "")
    for piece in HOSTILE:
        body = (piece * (100_000 // len(piece) + 1))[:100_000]
        took = []
        for _ in range(3):
            begin = time.process_time()
            rules(body[:500], body)
            took.append(1000 * (time.process_time() - begin))
        worst = max(worst, (min(took), piece))
    return worst


def show(answers: Iterable[Answer]) -> None:
    """List what went wrong, a line each."""
    for mail, found, raised in answers:
        wrong = not _main(mail, found) if mail.kinds else not raised if mail.possible else bool(found)
        if wrong:
            say(f"{mail.language} {mail.group} {'/'.join(mail.kinds) or '-'} -> {sorted(found)} {raised} | {mail.body}")


def say(line: str) -> None:
    """Print a line."""
    print(line)  # noqa: T201


def main(argv: list[str] | None = None) -> int:
    """Print every table; a missing folder is said and skipped."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a folder with labelled mail")
    parser.add_argument("--show", metavar="SHAPE", help="only list what is wrong in the developer half, in this shape")
    options = parser.parse_args(argv)
    rules("", "warm up")
    own, blind, strangers = own_mail(), blind_mail(), strangers_mail()
    developer = [mail for mail in own if not mail.held_out]
    if options.show:
        shown = [mail for mail in (*own, *blind, *strangers) if mail.shape == options.show and not mail.held_out]
        show([(mail, *rules(mail.subject, mail.body)) for mail in shown])
        return 0
    sets = [
        ("own mail, developer half", developer),
        ("own mail, held-out half", [mail for mail in own if mail.held_out]),
        ("blind mail, developer half", [mail for mail in blind if not mail.held_out]),
        ("blind mail, held-out half", [mail for mail in blind if mail.held_out]),
        ("strangers' mail, developer half", [mail for mail in strangers if not mail.held_out]),
        ("strangers' mail, held-out half", [mail for mail in strangers if mail.held_out]),
        ("unit cases, tuned on", unit_cases(held_out=False)),
        ("unit cases, held out", unit_cases(held_out=True)),
    ]
    if options.data:
        sets.append(("labelled mail", labelled(options.data)))
    else:
        say("labelled mail: skipped, no folder given (--data FOLDER)")
    for title, each in sets:
        report(title, each, rules)
        report(f"{title}, keyword baseline", each, keywords)
    worst, piece = slowest()
    say(f"\nslowest hostile body: {worst:.0f} ms per 100 kB ({piece!r} repeated)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
