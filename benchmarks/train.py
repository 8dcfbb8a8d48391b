"""Trains the wording model: `python3 -m benchmarks.train [--data FOLDER] [--check]`.

Lines of `mail_corpus/` (its `__init__` says in which form), the
developer halves of `mail/` and `mail_blind/` and the unit tests' cases are cut into sentences. Which sentence of a
request asks is not marked, so it is found: requests of one sentence are learnt first, then the likeliest sentence of
each longer one. Every sentence of other mail is a look-alike. FOLDER adds labelled mail (`privacy-requests-*.jsonl`,
`ordinary-*.jsonl`); NOTICE names sources and licences. `--check` leaves out one hand after the other and says what is
found of it, and of the strangers' mail, which is never trained on; it writes nothing.

Needs the extra `train` (scikit-learn). Writes zoho_privacy/rules/understanding/wording.bin.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from benchmarks.mail_corpus import OTHER, digest, lines
from benchmarks.understanding import labelled, unit_cases
from benchmarks.understanding_mail import Mail, blind_mail, own_mail, strangers_mail
from zoho_privacy.adapters.rulesets import lexicon
from zoho_privacy.domain.classify import read
from zoho_privacy.domain.wording import KINDS, SIZE, features, in_context, packed

TARGET = Path(__file__).parents[1] / "zoho_privacy" / "rules" / "understanding" / "wording.bin"
ROUNDS = 3
STRENGTH = 10.0
_Rows = list[dict[int, float]]


@dataclass(frozen=True, slots=True)
class Example:
    """One mail as its sentences' features, and what it asks for (nothing: a look-alike)."""

    rows: _Rows
    kinds: tuple[str, ...]
    asks: bool
    hand: str


def corpus() -> list[tuple[str, Mail]]:
    """The written lines, each with the hand that wrote it."""
    found = []
    for hand, language, label, text in lines():
        kinds = () if label in OTHER else tuple(kind for kind in label.split("+") if kind != "agent")
        found.append((hand, Mail(language, label if label in OTHER else "plain", "bare", "", text, kinds)))
    return found


def examples(folder: Path | None) -> list[Example]:
    """Everything that may be trained on."""
    taken = [(hand, mail) for hand, mail in corpus()]
    taken += [("own", m) for m in own_mail() + blind_mail() if not m.held_out and (m.shape == "bare" or not _asks(m))]
    taken += [("cases", mail) for mail in unit_cases(held_out=False)]
    taken = [(hand, mail) for hand, mail in taken if not mail.possible]
    taken += [("labelled", m) for m in labelled(folder)] if folder else []
    return [Example(_rows(mail), mail.kinds, _asks(mail), hand) for hand, mail in taken]


def _asks(mail: Mail) -> bool:
    return bool(mail.kinds)


def _rows(mail: Mail) -> _Rows:
    return [features(scene) for scene in read(mail.subject, mail.body, lexicon=lexicon()) if scene.hits]


def matrix(rows: Iterable[dict[int, float]]) -> Any:
    """Sparse rows for scikit-learn."""
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for row in rows:
        columns += row.keys()
        values += row.values()
        ends.append(len(columns))
    shape = (len(ends) - 1, SIZE)
    return csr_matrix((np.array(values, np.float32), np.array(columns, np.int32), np.array(ends, np.int32)), shape)


def fit(taken: Sequence[Example]) -> tuple[Any, list[Any]]:
    """Train "a request at all" and each kind; return the models."""
    taken = [each for each in taken if each.rows]
    rows = [row for each in taken for row in each.rows]
    every = matrix(rows)
    starts = np.cumsum([0] + [len(each.rows) for each in taken])
    chosen = {at: int(starts[at]) for at, each in enumerate(taken) if len(each.rows) == 1}
    others = [row for at, each in enumerate(taken) if not each.asks for row in range(starts[at], starts[at + 1])]
    model: Any = None
    for _ in range(ROUNDS):
        asked = [chosen[at] for at, each in enumerate(taken) if each.asks and at in chosen]
        model = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=300)
        model.fit(every[asked + others], [1] * len(asked) + [0] * len(others))
        said = model.decision_function(every)
        chosen = {at: int(starts[at] + said[starts[at] : starts[at + 1]].argmax()) for at in range(len(taken))}
    asking = [at for at, each in enumerate(taken) if each.kinds]
    requests = matrix(in_context(taken[at].rows, chosen[at] - int(starts[at])) for at in asking)
    often = Counter(kind for at in asking for kind in taken[at].kinds)
    weights = np.array([1 / max(often[kind] for kind in taken[at].kinds) for at in asking])  # rare kinds count as much
    kinds = []
    for kind in KINDS:
        marks = [int(kind.value in taken[at].kinds) for at in asking]
        fitted = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=300)
        kinds.append(fitted.fit(requests, marks, sample_weight=weights / weights.mean()))
    return model, kinds


def likeliest(model: Any, taken: Sequence[Example]) -> Any:
    """How surely each mail asks: its likeliest sentence."""
    return np.array([model.predict_proba(matrix(each.rows))[:, 1].max() if each.rows else 0.0 for each in taken])


def check(taken: Sequence[Example]) -> None:
    """Leave out one hand after the other; then the strangers."""
    strangers = [m for m in strangers_mail() if m.shape == "bare"]
    judged = [Example(_rows(mail), mail.kinds, _asks(mail), "strangers") for mail in strangers]
    for hand in (*sorted({each.hand for each in taken if each.hand != "own"}), "strangers"):
        held = judged if hand == "strangers" else [each for each in taken if each.hand == hand]
        model, _ = fit([each for each in taken if each.hand != hand])
        said, asks = likeliest(model, held), np.array([each.asks for each in held])
        line = "  ".join(
            f"{cut}: {(said[asks] >= cut).mean():.1%} found, {(said[~asks] >= cut).mean():.2%} alarms"
            for cut in (0.5, 0.6, 0.7, 0.8)
        )
        print(f"{hand:12} {len(held):6}  {line}")  # noqa: T201  a report


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and write, or check."""
    parser = argparse.ArgumentParser(
        prog="python3 -m benchmarks.train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="a folder of labelled mail to train on as well")
    parser.add_argument("--check", action="store_true", help="say what is found of hands left out; write nothing")
    chosen = parser.parse_args(arguments)
    taken = examples(chosen.data)
    if chosen.check:
        check(taken)
        return 0
    request, kinds = fit(taken)
    models = [request, *kinds]
    columns = [model.coef_[0].tolist() for model in models]
    content = packed(columns, [float(model.intercept_[0]) for model in models], trained_on=digest())
    TARGET.write_bytes(content)
    print(f"{len(taken)} mails, {sum(each.asks for each in taken)} requests; {len(content):,} bytes")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
