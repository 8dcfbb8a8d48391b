"""Which language a text is written in, of the languages served. Pure: the profiles are an argument.

Script decides for Greek, Japanese, Korean, Chinese and Arabic; common words decide for most other mail; letter
sequences decide the rest. Only the first letters are read: more text makes it slower, not better.
Measured in docs/decisions/0004.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import repeat

READ_CHARS = 600
UNKNOWN = "und"

_WORD = re.compile(r"[^\W\d_]+")
_NOISE = re.compile(r"\S{1,80}@\S{1,120}|(?:https?://|www\.)\S{1,500}|<[^<>]{1,200}>")
_SCRIPTS = tuple(
    re.compile(f"[{letters}]+")
    for letters in (
        "\u3040-\u30ff\u31f0-\u31ff",
        "\u3400-\u9fff",
        "\uac00-\ud7af\u1100-\u11ff",
        "\u0600-\u06ff",
        "\u0370-\u03ff\u1f00-\u1fff",
        "\u0400-\u04ff",
        "A-Za-z\u00c0-\u024f",
    )
)
_ASCII_LETTER = re.compile("[A-Za-z]")
_LATIN, _CYRILLIC = 7, 6
_SCRIPT_LANGUAGES = {1: "ja", 2: "zh", 3: "ko", 4: "ar", 5: "el"}


@dataclass(frozen=True, slots=True)
class Profiles:
    """Common words and letter sequences per language; `floor` is what an unseen sequence counts."""

    words: Mapping[str, frozenset[str]]
    grams: Mapping[str, Mapping[str, float]]
    latin: tuple[str, ...]
    cyrillic: tuple[str, ...]
    floor: float = -11.0
    _owners: dict[str, tuple[tuple[str, float], ...]] = field(default_factory=dict, compare=False, repr=False)

    def owners(self, word: str) -> tuple[tuple[str, float], ...]:
        """Which languages use this common word, each with a weight that shared words lower."""
        if not self._owners:
            self._index()
        return self._owners.get(word, ())

    def _index(self) -> None:
        found: dict[str, list[str]] = {}
        for language, words in self.words.items():
            for word in words:
                found.setdefault(word, []).append(language)
        for word, languages in found.items():
            weight = (1.0 if len(word) > 1 else 0.5) / len(languages) ** 1.2
            self._owners[word] = tuple((language, weight) for language in languages)


def identify(text: str, *, profiles: Profiles) -> str:
    """The most likely language served, `und` where the text holds no letters."""
    ranked = rank(text, profiles=profiles)
    return ranked[0][0] if ranked else UNKNOWN


def rank(text: str, *, profiles: Profiles) -> list[tuple[str, float]]:
    """Languages with a share of the evidence (0..1), best first; empty where the text holds no letters."""
    sample = _NOISE.sub(" ", text[: READ_CHARS * 2])[:READ_CHARS]
    script = _script(sample)
    if script == 0:
        return []
    if script in _SCRIPT_LANGUAGES:
        return [(_SCRIPT_LANGUAGES[script], 1.0)]
    candidates = profiles.cyrillic if script == _CYRILLIC else profiles.latin
    words = _WORD.findall(sample.casefold())
    scores = _by_words(words, candidates, profiles)
    best = sorted(scores.items(), key=lambda item: -item[1])
    if best[0][1] >= 3.0 and best[0][1] > 2.2 * best[1][1]:
        total = sum(scores.values())
        return [(language, score / total) for language, score in best[:3] if score > 0.15 * total]
    return _by_grams(words, best, profiles)


def _script(sample: str) -> int:
    sample = sample[:300]
    if sample.isascii():
        return _LATIN if _ASCII_LETTER.search(sample) else 0
    counts = [0, *(sum(map(len, letters.findall(sample))) for letters in _SCRIPTS)]
    if counts[1] and counts[1] + counts[2] >= counts[_LATIN] * 0.3:
        return 1
    for script in (2, 3, 4, 5):
        if (
            counts[script]
            and counts[script] * (2.5 if script in (2, 3) else 1) >= max(counts[_LATIN], counts[_CYRILLIC]) * 0.6
        ):
            return script
    if counts[_CYRILLIC] > counts[_LATIN] * 0.6:
        return _CYRILLIC
    return _LATIN if counts[_LATIN] else max(range(1, 6), key=counts.__getitem__) if any(counts[1:6]) else 0


def _by_words(words: Iterable[str], candidates: Iterable[str], profiles: Profiles) -> dict[str, float]:
    scores = dict.fromkeys(candidates, 0.0)
    for word in words:
        for language, weight in profiles.owners(word):
            if language in scores:
                scores[language] += weight
    return scores


def _by_grams(words: list[str], best: list[tuple[str, float]], profiles: Profiles) -> list[tuple[str, float]]:
    text = f" {' '.join(words)} "[:400]
    grams = [text[at : at + 3] for at in range(len(text) - 2)]
    size = max(len(grams), 1)
    ranked = []
    for language, word_score in best:
        table = profiles.grams.get(language, {})
        mean = sum(map(table.get, grams, repeat(profiles.floor))) / size
        ranked.append((language, mean + 3.0 * word_score / max(len(words), 1)))
    ranked.sort(key=lambda item: -item[1])
    top = ranked[0][1]
    shares = [(language, 2.718281828 ** (min(size, 60) * (score - top) * 0.5)) for language, score in ranked[:4]]
    total = sum(share for _, share in shares)
    return [(language, share / total) for language, share in shares if share > 0.1 * total]
