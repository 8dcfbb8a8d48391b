"""Lines to train the wording model on: `HAND/LANGUAGE.tsv`, one label and one text a line, each hand another writer.

The writers saw neither the rules nor the mail by which understanding is measured; `hand_3` knows the rules and the
misses of the developer halves; `hand_8` and `hand_9` know the rules and say the same things in fifteen and in nine
languages. Labels are kinds of requests joined by "+" (`agent` first where somebody writes for another), or what else it
is: hard, ticket, mention, notice, own_reply, footer, commerce. A backslash and an n stand for a line break. People are
invented.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent
OTHER = frozenset({"hard", "ticket", "mention", "notice", "own_reply", "footer", "commerce"})


def lines() -> Iterator[tuple[str, str, str, str]]:
    """Hand, language, label and text of every line."""
    for file in _files():
        for line in file.read_text(encoding="utf-8").splitlines():
            label, _, text = line.partition("\t")
            yield file.parent.name, file.stem, label, text.replace("\\n", "\n")


def digest() -> str:
    """A hash of every line, by which a model says what it was trained on."""
    taken = hashlib.sha256()
    for file in _files():
        taken.update(f"{file.parent.name}/{file.name}\n".encode() + file.read_bytes())
    return taken.hexdigest()[:16]


def _files() -> list[Path]:
    return sorted(FOLDER.glob("*/*.tsv"))
