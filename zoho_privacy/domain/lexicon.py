"""The words that carry meaning, per language, and the scan that finds them in a sentence. Pure.

A *concept* is an idea such as "erase", "mine" or "you have the right to"; a language file lists the words and phrases
for it. An entry is one or more words: `delet*` matches a beginning, `*daten` an ending, `*daten*` anything inside one
word, `_` up to two words of any kind; everything else matches whole words. Text and entries are folded alike: lower
case, no accents. `void` entries take their words out of play ("data centre"). Key words are also found misspelt
(`Spelling`). Adding a language is adding a file.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from zoho_privacy.domain.language import Profiles
from zoho_privacy.domain.mailtext import MailWords

if TYPE_CHECKING:
    from zoho_privacy.domain.wording import Wording

CONCEPTS: Final = (
    # what is to be done
    "erase", "copy", "know", "what", "correct", "wrong", "change", "restrict", "object", "stop", "process", "contact",
    "marketing", "unsubscribe", "withdraw", "consent", "port", "transfer", "provider", "format", "sell", "share",
    "third", "optout", "close", "limit", "sensitive", "recipient", "who", "category", "specific", "sar",
    "erasure_right", "only", "train", "moved", "trace", "named", "disallow",
    # to whose data
    "pdata", "data", "all", "me", "about_me", "my", "your", "their", "hold", "account", "base", "item", "attached",
    "about_them", "tech", "it", "someone",
    # in which mood
    "want", "must", "request", "neg", "notwant", "howto", "may", "hyp", "did", "restore", "we", "still", "why",
    "otherwise",
    # around it
    "privacy", "complain", "authority", "unanswered", "earlier", "mishandled", "appeal", "legal", "child", "agent",
    "years", "signup", "client", "special", "spam", "inquire", "access_to", "void",
    # why, and about what
    "delicate", "until", "automated", "outrage", "exposed", "instead", "newlife", "profit",
    # laws and articles
    "gdpr", "uk", "ccpa", "lgpd", "pipeda", "us_state", "a15", "a16", "a17", "a18", "a20", "a21", "a77",
)  # fmt: skip
BIT: Final[Mapping[str, int]] = {name: 1 << number for number, name in enumerate(CONCEPTS)}

_FOLDED = str.maketrans(
    {
        "ı": "i",
        "đ": "d",
        "ł": "l",
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ß": "ss",
        "ð": "d",
        "þ": "th",
        "’": "'",
        "ʼ": "'",
        "`": "'",
        "´": "'",
        "ـ": "",
        "ى": "ي",
        "ة": "ه",
        "ς": "σ",
        "ٱ": "ا",
    }
)
_MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670]+")
_TOKEN = re.compile(r"\w+|[,;:()?!]")
_MARKS_OF_CLAUSES: Final = frozenset(",;:()?!")
_NOT = re.compile(r"n't\b")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"']{1,80}@[^\s<>()\[\],;:\"']{1,120}|(?:https?://|www\.)[^\s<>\"]{1,500}")
_WIDE_LANGUAGES: Final = frozenset({"ja", "zh"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_MEMO_LIMIT = 60_000
_GAP = "_"
_TWO_SLIPS: Final = 8
_SHORTEST_SWAPPED: Final = 6
_SHORTEST_LACKING: Final = 7
_LONGEST_MISTYPED: Final = 24


def fold(text: str) -> str:
    """Lower case without accents; letters that no accent explains become their plain neighbours."""
    text = text.casefold()
    if text.isascii():
        return text.replace("`", "'")
    text = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", _MARKS.sub("", text)).translate(_FOLDED)


def tokens(text: str) -> list[str]:
    """The folded words and clause marks of a sentence; addresses and links are left out."""
    folded = fold(text)
    if "@" in folded or "://" in folded or "www." in folded:
        folded = _ADDRESS.sub(" ", folded)
    if "'" in folded:
        folded = _NOT.sub(" not", folded)
    return _TOKEN.findall(folded)


@dataclass(frozen=True, slots=True)
class Hit:
    """Concepts found at one place of a sentence; `at` counts words."""

    at: int
    mask: int
    words: int = 1


@dataclass(frozen=True, slots=True)
class Spelling:
    """The key words of one language, and words that only look like one of them.

    A word the lexicon does not know is read as a key word where it begins alike and is one slip away (two from
    `_TWO_SLIPS` letters on): a letter missing, added, replaced or swapped with its neighbour.
    """

    words: tuple[str, ...] = ()
    real: frozenset[str] = frozenset()
    stems: tuple[str, ...] = ()
    _near: dict[str, list[str]] = field(default_factory=dict, compare=False, repr=False)

    def correct(self, word: str) -> str | None:
        """The key word meant, or None; `word` is folded."""
        if not 4 <= len(word) <= 20 or not word.isalpha() or word in self.real or word.startswith(self.stems):
            return None
        if not self._near:
            for key in self.words:
                self._near.setdefault(key[0], []).append(key)
        starts = word[0] if word[0] == word[1] else word[:2]
        for slips in (1, 2):
            for start in starts:
                for key in self._near.get(start, ()):
                    if (slips == 1 or len(key) >= _TWO_SLIPS) and _slips(word, key, slips):
                        return key
        return None


def _slips(word: str, key: str, most: int) -> bool:
    """Whether `word` is at most so many slips from `key`; both are short, and `most` is 1 or 2."""
    if abs(len(word) - len(key)) > most:
        return False
    while word and key and word[0] == key[0]:
        word, key = word[1:], key[1:]
    while word and key and word[-1] == key[-1]:
        word, key = word[:-1], key[:-1]
    if not word or not key:
        return len(word) + len(key) <= most
    if most == 1:
        return len(word) == len(key) == 1 or (len(word) == 2 and word == key[::-1])
    swapped = word[:2] == key[1::-1] and _slips(word[2:], key[2:], 1)
    return swapped or _slips(word[1:], key[1:], 1) or _slips(word[1:], key, 1) or _slips(word, key[1:], 1)


_Phrase = tuple[tuple[str, ...], int]
_Found = tuple[int, tuple[_Phrase, ...]]
_Entry = tuple[int, Mapping[str, tuple[_Phrase, ...]], tuple[_Phrase, ...]]
_NONE: Final[_Found] = (0, ())
_NOTHING: Final[_Entry] = (0, {}, ())


@dataclass(slots=True)
class _Table:
    """One language, compiled: whole words, beginnings, inner parts, and phrases by their first word."""

    exact: dict[str, _Found] = field(default_factory=dict)
    prefix: dict[str, _Found] = field(default_factory=dict)
    inner: list[tuple[str, int]] = field(default_factory=list)
    suffix: list[tuple[str, int]] = field(default_factory=list)
    lengths: tuple[int, ...] = ()
    lacking: dict[str, str] | None = None

    def add(self, patterns: tuple[str, ...], mask: int) -> None:
        head, rest = patterns[0], patterns[1:]
        if head.startswith("*"):
            (self.inner if head.endswith("*") else self.suffix).append((head.strip("*"), mask))
            return
        table = self.prefix if head.endswith("*") else self.exact
        old_mask, phrases = table.get(head.rstrip("*"), _NONE)
        table[head.rstrip("*")] = (old_mask, (*phrases, (rest, mask))) if rest else (old_mask | mask, phrases)

    def find(self, word: str) -> _Found:
        mask, phrases = self.exact.get(word, _NONE)
        for length in self.lengths:
            if length > len(word):
                break
            found = self.prefix.get(word[:length])
            if found is not None:
                mask |= found[0]
                phrases += found[1]
        for part, bits in self.inner:
            if part in word:
                mask |= bits
        for end, bits in self.suffix:
            if word.endswith(end):
                mask |= bits
        return mask, phrases

    def mistyped(self, word: str) -> str | None:
        """The word of this table that came out with two letters swapped, one missing or one doubled, or None.

        Only long words and beginnings count: of these hardly one is a slip away from another word of the language.
        """
        if not _SHORTEST_SWAPPED <= len(word) <= _LONGEST_MISTYPED or not word.isalpha():
            return None
        for at in range(len(word) - 1):
            here, there = word[at], word[at + 1]
            if here != there and self._long(swapped := f"{word[:at]}{there}{here}{word[at + 2 :]}", at + 2):
                return swapped
            if here == there and self._long(single := word[:at] + word[at + 1 :], at + 1):
                return single
        if len(word) < _SHORTEST_LACKING:
            return None
        if self.lacking is None:
            self.lacking = self._without_one()
        found = self.lacking.get(word)
        if found is None:
            starts = (self.lacking.get(word[:length] + "*") for length in range(_SHORTEST_LACKING, len(word)))
            found = next(filter(None, starts), None)
        return found

    def _long(self, word: str, touched: int) -> bool:
        """Tell whether a long entry begins or is this word, and reaches the letters that were put right."""
        if word in self.exact:
            return True
        return any(
            word[:length] in self.prefix
            for length in self.lengths
            if max(touched, _SHORTEST_SWAPPED) <= length <= len(word)
        )

    def _without_one(self) -> dict[str, str]:
        """Long entries by what is left of them when a letter inside is not typed; beginnings end in a star."""
        found: dict[str, str] = {}
        for table, star in ((self.exact, ""), (self.prefix, "*")):
            for key in table:
                if len(key) > _SHORTEST_LACKING:
                    for at in range(1, len(key) - 1):
                        found.setdefault(key[:at] + key[at + 1 :] + star, key)
        return found


@dataclass(slots=True)
class Vocabulary:
    """One or more languages together, with a memory of the words met so far."""

    tables: tuple[_Table, ...]
    arabic: bool = False
    wide: re.Pattern[str] | None = None
    wide_terms: Mapping[str, int] = field(default_factory=dict)
    spelling: Spelling | None = None
    typed: _Table | None = None
    memo: dict[str, _Entry] = field(default_factory=dict)
    meant: dict[str, str] = field(default_factory=dict)

    def scan(self, sentence: str) -> tuple[list[Hit], int, tuple[int, ...]]:
        """The concepts in a sentence, in order, how many words it has, and where its clauses part."""
        words = tokens(sentence)
        hits = self._scan_words(words)
        count = len(words)
        if self.wide is not None:
            folded = fold(sentence)
            wide = [Hit(found.start() // 2, self.wide_terms[found.group()]) for found in self.wide.finditer(folded)]
            hits = sorted([hit for hit in hits if hit.mask] + wide, key=_by_place) if wide else hits
            count = max(count, len(folded) // 2)
        return hits, count, tuple(at for at, word in enumerate(words) if word in _MARKS_OF_CLAUSES)

    def _scan_words(self, words: list[str]) -> list[Hit]:
        hits: list[Hit] = []
        void_until, memo = -1, self.memo
        for word in words:
            if word not in memo:
                self._remember(word)
        if self.meant:
            words = [self.meant.get(word, word) for word in words]
        for at, word in enumerate(words):
            entry = memo.get(word)
            if entry is None:
                entry = self._remember(word)
            if entry is _NOTHING:
                continue
            mask, by_next, loose = entry
            length, said = 1, 0
            void = 0
            following = by_next.get(words[at + 1], ()) if by_next and at + 1 < len(words) else ()
            for rest, bits in (*following, *loose) if loose else following:
                reach = _match(rest, words, at + 1)
                if reach:
                    said |= bits
                    length = max(length, reach - at)
                    if bits & _VOID:
                        void = max(void, reach)
            mask = said | (mask & ~_TECH if said and not said & _TECH else mask)
            if at < void_until:
                mask = 0
            if void or mask & _VOID:
                void_until = max(void_until, void)
                mask = 0
            if mask:
                hits.append(Hit(at, mask, length))
        return _without_covered(hits)

    def _real(self, word: str) -> bool:
        """Tell whether the word is known to be another one."""
        return self.spelling is not None and (word in self.spelling.real or word.startswith(self.spelling.stems))

    def _remember(self, word: str) -> _Entry:
        if len(self.memo) > _MEMO_LIMIT:
            self.memo.clear()
            self.meant.clear()
        mask: int = 0
        phrases: tuple[_Phrase, ...] = ()
        for variant in _arabic_variants(word) if self.arabic else (word,):
            for table in self.tables:
                found = table.find(variant[:40])
                mask |= found[0]
                phrases += found[1]
        entry = _entry(mask, phrases) if mask or phrases else _NOTHING
        self.memo[word] = entry
        if entry is _NOTHING:
            meant = self.typed.mistyped(word) if self.typed is not None and not self._real(word) else None
            if meant is None and self.spelling is not None:
                meant = self.spelling.correct(word)
            if meant is not None and meant != word:
                self.meant[word] = meant
        return entry


_VOID: Final = BIT["void"]
_TECH: Final = BIT["tech"]
_NAMED: Final = BIT["privacy"] | BIT["gdpr"] | BIT["authority"]
_PDATA: Final = BIT["pdata"]
_IN_A_NAME: Final = _TECH | _PDATA | BIT["data"] | BIT["process"]


def _without_covered(hits: list[Hit]) -> list[Hit]:
    """Take "list" out of "mailing list" and "data" out of "data protection officer".

    A word inside a longer phrase of another meaning says nothing of its own.
    """
    covered, dropped = 0, 0
    for index, hit in enumerate(hits):
        if hit.at < covered and (hit.words == 1 or dropped & _PDATA):
            hits[index] = Hit(hit.at, hit.mask & ~dropped)
        if hit.words > 1 and hit.mask & ~_TECH and not hit.mask & _TECH:
            covered = max(covered, hit.at + hit.words)
            dropped = _IN_A_NAME if hit.mask & _NAMED else _TECH
            if hit.mask & _NAMED:
                hits[index] = Hit(hit.at, hit.mask & ~_IN_A_NAME, hit.words)
    return [hit for hit in hits if hit.mask] if covered else hits


def _entry(mask: int, phrases: tuple[_Phrase, ...]) -> _Entry:
    """Sort the phrases of a first word by their second."""
    by_next: dict[str, tuple[_Phrase, ...]] = {}
    loose: tuple[_Phrase, ...] = ()
    for phrase in phrases:
        second = phrase[0][0]
        if second == _GAP or second.endswith("*"):
            loose = (*loose, phrase)
        else:
            by_next[second] = (*by_next.get(second, ()), phrase)
    return mask, by_next, loose


def _by_place(hit: Hit) -> int:
    return hit.at


def _match(patterns: tuple[str, ...], words: list[str], at: int) -> int:
    """Where a phrase's remaining words end, 0 if they are not here."""
    gap = 0
    for pattern in patterns:
        if pattern == _GAP:
            gap = 2
            continue
        for step in range(gap + 1):
            if at + step >= len(words):
                return 0
            word = words[at + step]
            if word == pattern or (pattern[-1] == "*" and word.startswith(pattern[:-1])):
                at += step + 1
                break
        else:
            return 0
        gap = 0
    return at


def _arabic_variants(word: str) -> tuple[str, ...]:
    """A word with and without "and", "by", "for", "the" written in front of it."""
    variants = [word]
    rest = word
    if len(rest) > 3 and rest[0] in "وف":
        rest = rest[1:]
        variants.append(rest)
    for prefix in ("بال", "كال", "ال", "لل", "ب", "ل"):
        if rest.startswith(prefix) and len(rest) - len(prefix) > 2:
            variants.append(rest[len(prefix) :])
            break
    return tuple(variants)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All languages, and the wording model beside them; it remembers compiled words but never changes its answers."""

    entries: Mapping[str, Mapping[str, tuple[str, ...]]]
    mail: MailWords
    profiles: Profiles
    spelling: Mapping[str, Spelling] = field(default_factory=dict)
    wording: "Wording | None" = None
    _tables: dict[str, _Table] = field(default_factory=dict, compare=False, repr=False)
    _vocabularies: dict[tuple[str, ...], Vocabulary] = field(default_factory=dict, compare=False, repr=False)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages served, without the shared file."""
        return tuple(language for language in self.entries if language != "any")

    def vocabulary(self, languages: Iterable[str], *, typos: str = "") -> Vocabulary:
        """The vocabulary of these languages plus the shared one; unknown languages are ignored.

        Key words of the language `typos` are found misspelt as well.
        """
        chosen = ("any", *sorted({language for language in languages if language in self.entries}))
        name = (typos, *chosen)
        found = self._vocabularies.get(name)
        if found is None:
            tables = tuple(self._table(language) for language in chosen if language not in _WIDE_LANGUAGES)
            terms = self._wide_terms(language for language in chosen if language in _WIDE_LANGUAGES)
            pattern = re.compile("|".join(map(re.escape, sorted(terms, key=len, reverse=True)))) if terms else None
            found = Vocabulary(
                tables, arabic="ar" in chosen, wide=pattern, wide_terms=terms, spelling=self.spelling.get(typos),
                typed=self._table(typos) if typos in self.entries and typos not in _WIDE_LANGUAGES else None,
            )  # fmt: skip
            self._vocabularies[name] = found
        return found

    def _table(self, language: str) -> _Table:
        table = self._tables.get(language)
        if table is None:
            table = _Table()
            for concept, entries in self.entries.get(language, {}).items():
                for entry in entries:
                    for patterns in _patterns(entry, language):
                        table.add(patterns, BIT[concept])
            table.lengths = tuple(sorted({len(prefix) for prefix in table.prefix}))
            self._tables[language] = table
        return table

    def _wide_terms(self, languages: Iterable[str]) -> dict[str, int]:
        terms: dict[str, int] = {}
        for language in languages:
            for concept, entries in self.entries[language].items():
                for entry in entries:
                    terms[fold(entry)] = terms.get(fold(entry), 0) | BIT[concept]
        return terms


def _patterns(entry: str, language: str) -> Iterator[tuple[str, ...]]:
    """The word patterns of one entry; German umlauts also as two letters."""
    yield tuple(re.sub(r"[-'./]", " ", _NOT.sub(" not", fold(entry))).split())
    spelled = entry.casefold().translate(_UMLAUTS)
    if language == "de" and spelled != entry.casefold():
        yield tuple(re.sub(r"[-'./]", " ", fold(spelled)).split())


def check_concepts(concepts: Iterable[str]) -> None:
    """Raise ValueError naming a concept that no rule knows; a typing mistake must not silently weaken a language."""
    unknown = sorted(set(concepts) - BIT.keys())
    if unknown:
        raise ValueError(f"unknown concepts: {', '.join(unknown)}")
