"""Renders the few pages people see, from `rules/pages`: one template, a text file per language.

The template holds no script, no outside resource and no personal data; everything put in is escaped. A language
without a file is answered in English. A new language is a new file (a test compares the keys).
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, StrictUndefined, Template

FALLBACK: Final = "en"
KILO: Final = 1000
_FOLDER: Final = files("zoho_privacy") / "rules" / "pages"


@dataclass(frozen=True, slots=True)
class Field:
    """A line of text to fill in."""

    name: str
    label: str
    hint: str = ""
    autocomplete: str = "off"


@dataclass(frozen=True, slots=True)
class Form:
    """What a page asks; it is posted to the page's own address. `other` is a second button that sends nothing else."""

    button: str
    intro: str = ""
    fields: Sequence[Field] = ()
    declaration: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as a page lists it, with an address where it can be fetched from."""

    name: str
    size: str
    sum: str
    href: str = ""


@cache
def languages() -> frozenset[str]:
    """Return the languages there are texts for, ISO 639-1."""
    return frozenset(entry.name.removesuffix(".toml") for entry in _FOLDER.iterdir() if entry.name.endswith(".toml"))


@cache
def words(language: str) -> Mapping[str, Any]:
    """Return the texts of a language, in English where there are none."""
    known = language if language in languages() else FALLBACK
    return tomllib.loads((_FOLDER / f"{known}.toml").read_text("utf-8"))


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string((_FOLDER / "page.html").read_text("utf-8"))


def page(
    language: str,
    title: str,
    lines: Sequence[str],
    *,
    form: Form | None = None,
    alarm: str = "",
    listed: Sequence[Listed] = (),
) -> str:
    """Return a page; `alarm` is announced first by a screen reader, `listed` files stand between lines and form."""
    known = language if language in languages() else FALLBACK
    return _template().render(language=known, title=title, lines=lines, form=form, alarm=alarm, listed=listed)


def preferred(accept_language: str) -> str:
    """Return the first served language of an Accept-Language header, English where there is none.

    Weights are not compared: browsers list languages in order of preference.
    """
    for entry in accept_language[:200].split(","):
        tag = entry.partition(";")[0].strip().lower().partition("-")[0]
        if tag in languages():
            return tag
    return FALLBACK


def moment(language: str, at: datetime) -> str:
    """Return a UTC time as people of that language write it, to the minute."""
    texts = words(language)
    month = texts["months"][at.month - 1]
    return str(texts["moment"]).format(day=at.day, month=month, year=at.year, time=f"{at:%H:%M}")


def size(count: int) -> str:
    """Return a size in bytes as people read it: `340 kB`, `1.4 MB`."""
    if count < KILO**2:
        return f"{max(1, round(count / KILO))} kB"
    return f"{count / KILO**2:.1f} MB"
