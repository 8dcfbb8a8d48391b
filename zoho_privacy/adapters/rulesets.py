"""Reads the packaged rules: the only place where they are opened. Everything is read once per process."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.domain.language import Profiles
from zoho_privacy.domain.lexicon import Lexicon, Spelling, check_concepts, fold
from zoho_privacy.domain.mailtext import MailWords
from zoho_privacy.domain.wording import Wording

__all__ = ["lexicon", "load_rules"]

_RULES = "zoho_privacy.rules"


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The words of every language served.

    Raises:
        ValueError: A language file names a concept that no rule knows, or the wording model has another form.
    """
    folder = files(_RULES) / "understanding"
    entries: dict[str, Mapping[str, tuple[str, ...]]] = {}
    common: dict[str, frozenset[str]] = {}
    spelling: dict[str, Spelling] = {}
    for source in sorted(folder.iterdir(), key=_name):
        language = source.name.removesuffix(".toml")
        if source.name.endswith(".toml") and len(language) <= 3:
            data = _toml(source)
            entries[language] = {name: _entries(text) for name, text in data["concepts"].items()}
            check_concepts(entries[language])
            common[language] = frozenset(word.casefold() for word in data.get("common", "").split())
            if "keywords" in data:
                lookalikes = _folded(data.get("lookalikes", "").split())
                spelling[language] = Spelling(
                    _folded(data["keywords"].split()),
                    frozenset((*_folded(common[language]), *(word for word in lookalikes if not word.endswith("*")))),
                    tuple(word.rstrip("*") for word in lookalikes if word.endswith("*")),
                )
    wording = Wording.load((folder / "wording.bin").read_bytes())
    return Lexicon(entries, _mail_words(folder), _profiles(folder, common), spelling, wording)


def _folded(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fold(word) for word in words))


def _entries(text: str) -> tuple[str, ...]:
    """The entries of one concept: separated by commas or line ends."""
    return tuple(entry.strip() for entry in text.replace("\n", ",").split(",") if entry.strip())


def _profiles(folder: Traversable, common: Mapping[str, frozenset[str]]) -> Profiles:
    data = json.loads((folder / "trigrams.json").read_text(encoding="utf-8"))
    grams = {
        language: {gram: -int(level) / 2 for level, joined in levels.items() for gram in joined.split("|")}
        for language, levels in data["grams"].items()
    }
    return Profiles(common, grams, tuple(data["latin"]), tuple(data["cyrillic"]))


def _mail_words(folder: Traversable) -> MailWords:
    data = _toml(folder / "mail.toml")
    return MailWords(**{name: tuple(word.casefold() for word in words) for name, words in data.items()})


def _toml(source: Traversable) -> dict[str, Any]:
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _name(source: Traversable) -> str:
    return source.name
