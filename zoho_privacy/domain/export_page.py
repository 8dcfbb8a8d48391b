"""index.html of an export: one page that needs nothing else, read on a screen, on paper or by a screen reader.

Pure: template and words are arguments, data comes as values. Nothing of a ticket's markup is shown, only its text,
escaped by the template; every text is isolated and finds its own direction, so neither hostile markup nor
right-to-left text can disturb what stands around it. The page has no script and its policy forbids any.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, Final

from jinja2 import Environment, StrictUndefined, Template

from zoho_privacy.domain.answer import Answer
from zoho_privacy.domain.collected import Collected, Conversation, Message, Note
from zoho_privacy.domain.mailtext import full_text
from zoho_privacy.domain.model import Kind
from zoho_privacy.domain.package import ANSWER_ALONE, counted
from zoho_privacy.domain.rules import CategoryGroup

LANGUAGES: Final = ("en", "cs", "de", "el", "es", "fr", "hr", "it", "nl", "pt", "ro", "sv")
INDEX: Final = "index.html"
LAYERED: Final = 100
"""With more conversations than this, index.html is an overview and they follow in pages of their own (R-ACCESS-7)."""
PER_PAGE: Final = 50
RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})
"""Languages whose page runs from right to left as a whole, where somebody adds their words."""


@dataclass(frozen=True, slots=True)
class Look:
    """The template's source and the words per language: tables of strings, as in rules/export."""

    template: str
    words: Mapping[str, Mapping[str, Mapping[str, str]]]

    def language(self, wanted: str) -> str:
        """Return the language that will be used: the wanted one where there are words, else English."""
        short = wanted.partition("-")[0].casefold()
        return short if short in self.words else "en"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a conversation: a message or a comment."""

    entry: Message | Note
    is_note: bool

    @property
    def key(self) -> tuple[datetime, str]:
        """The place in the conversation."""
        return self.entry.at, self.entry.id


def pages(
    found: Collected, answer: Answer, look: Look, *, controller: str, contact: str, parts: int = 1
) -> Mapping[str, Callable[[], str]]:
    """Return how each page is made, by its path; `controller` and `contact` say who answers and where to write.

    `parts` is the number of zips the package comes in.
    """
    layered = len(found.conversations) > LAYERED
    page = partial(_render, found, answer, look, controller=controller, contact=contact, parts=parts)
    made: dict[str, Callable[[], str]] = {}
    places: dict[str, str] = {}
    for start in range(0, len(found.conversations), PER_PAGE) if layered else ():
        path, some = f"conversations/{start // PER_PAGE + 1:03}.html", found.conversations[start : start + PER_PAGE]
        made[path] = partial(page, some, part=True, places={})
        places |= {talk.id: path for talk in some}
    return {INDEX: partial(page, () if layered else found.conversations, part=False, places=places), **made}


def render(found: Collected, answer: Answer, look: Look, *, controller: str, contact: str) -> str:
    """Return index.html."""
    return pages(found, answer, look, controller=controller, contact=contact)[INDEX]()


def _render(
    found: Collected,
    answer: Answer,
    look: Look,
    shown: Sequence[Conversation],
    *,
    part: bool,
    places: Mapping[str, str],
    controller: str,
    contact: str,
    parts: int,
) -> str:
    language = look.language(found.language)
    words = look.words[language]
    return _compiled(look.template).render(
        found=found,
        answer=answer,
        language=language,
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        w=words["words"],
        words=words,
        name=_named(words),
        controller=controller,
        contact=contact,
        portable=found.kind is Kind.PORTABILITY,
        copied=found.kind not in ANSWER_ALONE,
        recipients_only=found.kind is Kind.RECIPIENT_LIST,
        part=part,
        parts=parts,
        up="../" if part else "",
        places=places,
        groups=[(group, [line for line in answer.categories if line.group == group]) for group in CategoryGroup],
        listed=[(talk, len(talk.messages) + len(talk.notes)) for talk in found.conversations],
        talks=((talk, _lines(talk)) for talk in shown),
        files={copy.id: copy for copy in found.files},
        missing=_missing(found),
        held=partial(_held, found),
        masked=_masked(found),
    )


@lru_cache(maxsize=2)
def _compiled(template: str) -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(when=_when, size=_size, full_text=full_text)
    return environment.from_string(template)


def _lines(talk: Conversation) -> list[Line]:
    lines = [Line(m, is_note=False) for m in talk.messages] + [Line(n, is_note=True) for n in talk.notes]
    return sorted(lines, key=lambda line: line.key)


def _missing(found: Collected) -> list[tuple[str, str, int, str]]:
    """Return (what, reason, how many, ticket numbers), alike ones together."""
    counts: Counter[tuple[str, str]] = Counter()
    tickets: dict[tuple[str, str], set[str]] = {}
    for o in found.omissions:
        key = (o.what.partition("_")[0] if o.what.startswith(("path_", "fields_")) else o.what, str(o.code))
        counts[key] += o.count
        tickets.setdefault(key, set()).update({o.ticket} if o.ticket else set())
    return [(*key, count, ", ".join(sorted(tickets[key], key=_number))) for key, count in counts.items()]


def _held(found: Collected, source: str) -> str:
    """Return how many records of a system are here, and of how many where it says so: "3 / 3"."""
    here, told = sum(each.about.name == source for each in found.sources), counted(found, source)
    return str(here) if told is None else f"{here} / {told}"


def _masked(found: Collected) -> list[tuple[str, str, int]]:
    counts: Counter[tuple[str, str]] = Counter()
    for mask in found.masks:
        counts[mask.label, mask.reason] += mask.count
    return [(*key, count) for key, count in sorted(counts.items())]


def _number(text: str) -> tuple[int, str]:
    return (int(text), "") if text.isdecimal() else (0, text)


def _named(words: Mapping[str, Mapping[str, str]]) -> Any:
    """Return a lookup: name(table, key, otherwise), the key itself where nobody gave it a word."""

    def name(table: str, key: str, otherwise: str = "") -> str:
        return words.get(table, {}).get(key) or otherwise or key

    return name


def _when(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y-%m-%d %H:%M UTC")


def _size(count: int) -> str:
    for unit, step in (("MB", 1_000_000), ("kB", 1_000)):
        if count >= step:
            return f"{count / step:.1f} {unit}"
    return f"{count} B"
