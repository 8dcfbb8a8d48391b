"""How surely a sentence is worded as a request, and for what: a small linear model beside the rules. Pure.

The rules (kinds.py) know what they were told; this knows which words, neighbours and concepts thousands of written
requests and look-alikes have in common, also where the words were never met before. A sentence is seen as three bags:
letter groups of its words, pairs of neighbouring words, and the concepts of the lexicon with their pairs; each bag is
scaled by the root of its size. Weights are trained by `benchmarks/train.py` and shipped as data: no text is in them,
every number is a sum that can be looked at. Features are numbered by CRC-32, so that no table of words is needed.
"""

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, repeat
from math import exp, log2, sqrt
from typing import Final

from zoho_privacy.domain.lexicon import CONCEPTS, Hit, tokens
from zoho_privacy.domain.model import Kind
from zoho_privacy.domain.scene import B, Scene

SIZE: Final = 1 << 17
KINDS: Final = (
    Kind.ACCESS, Kind.PORTABILITY, Kind.CORRECTION, Kind.DELETION, Kind.RESTRICTION, Kind.OBJECTION,
    Kind.WITHDRAW_CONSENT, Kind.OPT_OUT_SALE, Kind.LIMIT_SENSITIVE, Kind.RECIPIENT_LIST, Kind.COMPLAINT,
    Kind.CHILD_REPORT,
)  # fmt: skip
_COLUMNS: Final = 1 + len(KINDS)
_MOST_WORDS: Final = 120
_LONGEST: Final = 30
_LONGEST_WIDE: Final = 80
_STEM: Final = 5
_LEXICAL, _PAIRS, _CONCEPTS = 1.0, 0.7, 0.7
_BESIDE: Final = 0.4
_QUESTION, _LENGTH, _REFUSED = 0.5, 0.3, 1.0
_VERBS: Final = ("erase", "copy", "know", "correct", "change", "restrict", "process", "close", "transfer", "share")
_REFUSING: Final = B["neg"] | B["notwant"]
_NEVER: Final = -40.0
_FAINTEST: Final = 2
_MEMO_LIMIT: Final = 60_000
_MARKS: Final = frozenset(",;:()?!")
_WIDE: Final = re.compile("[\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff]")
_HANGUL: Final = re.compile("[\uac00-\ud7af]")
_NUMBER: Final = re.compile(r"\d+")


def number(feature: str) -> int:
    """The column of a feature, the same on every machine."""
    return zlib.crc32(feature.encode()) & (SIZE - 1)


def spoken(text: str) -> list[str]:
    """The words of a sentence that are looked at: folded, without marks, the first `_MOST_WORDS`."""
    return [word for word in tokens(text) if word not in _MARKS][:_MOST_WORDS]


def of_word(word: str) -> list[str]:
    """The letter groups of one word; of a run of Chinese or Japanese signs, groups of one to four."""
    if _WIDE.search(word):
        word = word[:_LONGEST_WIDE]
        return ["w" + word[at : at + size] for size in (1, 2, 3, 4) for at in range(len(word) - size + 1)]
    edged = f"<{_NUMBER.sub('0', word[:_LONGEST])}>"
    sizes = (2, 3, 4) if _HANGUL.search(word) else (3, 4, 5)
    groups = [edged[at : at + size] for size in sizes for at in range(len(edged) - size + 1)]
    return ["=" + edged, *groups]


def stem(word: str) -> str:
    """How a word begins; nothing for a run of Chinese or Japanese signs."""
    return "" if _WIDE.search(word) else _NUMBER.sub("0", word)[:_STEM]


def between_ends(stems: Iterable[str]) -> list[str]:
    """The words' beginnings between the two ends of the sentence."""
    return ["^", *filter(None, stems), "$"]


def of_pair(first: str, second: str) -> str:
    """Two neighbours."""
    return f"b{first} {second}"


def of_concepts(mask: int) -> list[str]:
    """The concepts of a sentence, and each two of them."""
    names = _names(mask)
    return [*("c" + name for name in names), *(f"p{a}+{b}" for at, a in enumerate(names) for b in names[at + 1 :])]


def of_sequence(first: int, second: int) -> list[str]:
    """The concepts of two places that follow one another."""
    return [f"q{a}>{b}" for a in _names(first) for b in _names(second)]


def features(scene: Scene) -> dict[int, float]:
    """Everything by which one sentence is judged: column and value, for the trainer.

    `Wording.judge` reaches the same sums by remembered parts.
    """
    words = spoken(scene.text)
    ends = between_ends(map(stem, words))
    found: dict[int, float] = {}
    bags = (
        (_LEXICAL, [feature for word in words for feature in of_word(word)]),
        (_PAIRS, [of_pair(a, b) for a, b in pairwise(ends)]),
        (_CONCEPTS, [*of_concepts(scene.mask), *(each for a, b in _steps(scene.hits) for each in of_sequence(a, b))]),
    )
    for weight, bag in bags:
        for feature in bag:
            found[number(feature)] = found.get(number(feature), 0.0) + weight / sqrt(len(bag))
    for feature, value in _shape(scene):
        found[number(feature)] = found.get(number(feature), 0.0) + value
    return found


def in_context(rows: Sequence[Mapping[int, float]], at: int) -> dict[int, float]:
    """One sentence's features and, fainter, those of the two before and behind it, by which its kind is judged.

    What is asked stands in one sentence, of what and why often in another: "I am pregnant. Do not use that again."
    """
    found = dict(rows[at])
    for place in range(max(0, at - 2), min(len(rows), at + 3)):
        if place != at:
            weight = _BESIDE / abs(place - at)
            for feature, value in rows[place].items():
                found[feature] = found.get(feature, 0.0) + weight * value
    return found


def _names(mask: int) -> list[str]:
    return [name for place, name in enumerate(CONCEPTS) if mask >> place & 1]


def _steps(hits: Sequence[Hit]) -> Iterator[tuple[int, int]]:
    return ((a.mask, b.mask) for a, b in pairwise(hits))


def _shape(scene: Scene) -> list[tuple[str, float]]:
    """What is not in the words: a question, how long, whose the best thing is, and which verbs are refused."""
    found = [(f"len{min(6, int(log2(1 + len(scene.text))))}", _LENGTH)]
    if scene.question:
        found.append(("Q", _QUESTION))
    if scene.mask & _REFUSING:
        refused = (name for name in _VERBS if any(scene.negated(at) for at in scene.where(name)))
        found += [(f"not {name}", _REFUSED) for name in refused]
    return found


@dataclass(frozen=True, slots=True)
class Worded:
    """What a sentence's wording says: how likely it asks for anything (0..1), and how likely for each kind if so."""

    request: float
    kinds: Mapping[Kind, float]

    @property
    def main(self) -> Kind:
        """The likeliest kind."""
        return max(self.kinds, key=self.kinds.__getitem__)

    @property
    def clearest(self) -> float:
        """How likely the likeliest kind is."""
        return self.kinds[self.main]


@dataclass(frozen=True, slots=True)
class Wording:
    """The trained weights: one signed byte per feature and column, a scale and a bias per column.

    The first column is "a request at all"; the others are `KINDS`. It remembers words but never changes its answers.
    """

    weights: Sequence[memoryview]
    scales: tuple[float, ...]
    biases: tuple[float, ...]
    trained_on: str
    _words: dict[str, tuple[int, int, str]] = field(default_factory=dict, compare=False, repr=False)
    _pairs: dict[tuple[str, str], int] = field(default_factory=dict, compare=False, repr=False)
    _masks: dict[int, tuple[int, int]] = field(default_factory=dict, compare=False, repr=False)
    _follow: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def load(cls, content: bytes) -> "Wording":
        """Read what `packed` wrote.

        Raises:
            ValueError: The file is not of this form; train again with `python3 -m benchmarks.train`.
        """
        head, _, body = content.partition(b"\n")
        facts = json.loads(head)
        raw = memoryview(zlib.decompress(body)).cast("b")
        if facts["size"] != SIZE or facts["kinds"] != list(KINDS) or len(raw) != SIZE * _COLUMNS:
            raise ValueError("the wording model has another form; train it again: python3 -m benchmarks.train")
        columns = [raw[at * SIZE : (at + 1) * SIZE] for at in range(_COLUMNS)]
        return cls(columns, tuple(facts["scales"]), tuple(facts["biases"]), facts["trained_on"])

    def request(self, scene: Scene) -> float:
        """How likely the sentence asks for something about the writer's own data, 0 to 1."""
        weights = self.weights[0]
        words = spoken(scene.text)
        count = total = 0
        stems = []
        for word in words:
            size, weight, begins = self._words.get(word) or self._of_word(word)
            count += size
            total += weight
            stems.append(begins)
        value = _LEXICAL * total / sqrt(count) if count else 0.0
        ends = between_ends(stems)
        total = 0
        for pair in pairwise(ends):
            known = self._pairs.get(pair)
            total += self._of_pair(pair) if known is None else known
        value += _PAIRS * total / sqrt(len(ends) - 1)
        count, total = self._masks.get(scene.mask) or self._of_mask(scene.mask)
        for step in _steps(scene.hits):
            part = self._follow.get(step) or self._of_step(step)
            count += part[0]
            total += part[1]
        value += _CONCEPTS * total / sqrt(count) if count else 0.0
        value += sum(weights[number(feature)] * size for feature, size in _shape(scene))
        return _logistic(value * self.scales[0] + self.biases[0])

    def judge(self, scenes: Sequence[Scene], place: int, known: dict[int, dict[int, float]] | None = None) -> Worded:
        """One sentence's likeliness of asking at all and, given that, of each kind; the others are its mail's.

        `known` keeps the features of the mail's sentences for the next question about it.
        """
        known = {} if known is None else known
        first = max(0, place - 2)
        for at, scene in enumerate(scenes[first : place + 3], first):
            if at not in known:
                known[at] = features(scene)
        rows = [known[at] for at in range(first, min(len(scenes), place + 3))]
        own, found = rows[place - first], in_context(rows, place - first)
        values = [
            _logistic(sum(column[at] * value for at, value in each.items()) * scale + bias)
            for column, scale, bias, each in zip(
                self.weights, self.scales, self.biases, (own, *repeat(found, len(KINDS))), strict=True
            )
        ]
        return Worded(values[0], dict(zip(KINDS, values[1:], strict=True)))

    def _sum(self, found: Sequence[str]) -> tuple[int, int]:
        weights = self.weights[0]
        return len(found), sum(weights[number(feature)] for feature in found)

    def _of_word(self, word: str) -> tuple[int, int, str]:
        if len(self._words) > _MEMO_LIMIT:
            self._words.clear()
        part = self._words[word] = (*self._sum(of_word(word)), stem(word))
        return part

    def _of_pair(self, pair: tuple[str, str]) -> int:
        if len(self._pairs) > _MEMO_LIMIT:
            self._pairs.clear()
        weight = self._pairs[pair] = self.weights[0][number(of_pair(*pair))]
        return weight

    def _of_mask(self, mask: int) -> tuple[int, int]:
        if len(self._masks) > _MEMO_LIMIT:
            self._masks.clear()
        part = self._masks[mask] = self._sum(of_concepts(mask))
        return part

    def _of_step(self, step: tuple[int, int]) -> tuple[int, int]:
        if len(self._follow) > _MEMO_LIMIT:
            self._follow.clear()
        part = self._follow[step] = self._sum(of_sequence(*step))
        return part


def packed(columns: Sequence[Sequence[float]], biases: Sequence[float], *, trained_on: str) -> bytes:
    """Weights as a file: a line of JSON, then signed bytes, compressed. Each column keeps its own scale.

    The faintest weights of the kinds are left out: half of the file, and a verdict in a thousand.
    """
    scales = [max(1e-9, *(abs(weight) for weight in column)) / 127 for column in columns]
    body = bytearray()
    for at, (column, scale) in enumerate(zip(columns, scales, strict=True)):
        bytes_of = (round(weight / scale) for weight in column)
        body += bytes((each if not at or abs(each) > _FAINTEST else 0) & 0xFF for each in bytes_of)
    facts = {"size": SIZE, "kinds": list(KINDS), "scales": scales, "biases": list(biases), "trained_on": trained_on}
    return json.dumps(facts, sort_keys=True).encode() + b"\n" + zlib.compress(body, 9)


def _logistic(value: float) -> float:
    return 1 / (1 + exp(-value)) if value > _NEVER else 0.0
