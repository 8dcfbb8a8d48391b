"""Letters from `zoho_privacy/rules/letters`: Jinja2 templates, one folder per language, values as named in the README.

A letter is an HTML fragment for a mail's body, in the language named in its `lang` attribute. Everything a letter says
of dates, authorities and rights comes in as a value; what is missing stops the letter instead of leaving a gap. No
letter takes a name or an address of a person, so that none can tell whether somebody is known (R-VERIFY-12), but the
one that sends a request on to the client who decides.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache, partial
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, TemplateError, TemplateNotFound
from selectolax.lexbor import LexborHTMLParser

from zoho_privacy.domain.errors import BadInput
from zoho_privacy.ports import Letters

FALLBACK: Final = "en"
PARTS: Final = frozenset({"remedies", "client_part"})
"""Templates that are parts of letters."""
PERSONS: Final = ("kinds", "actions", "reasons")
"""Words that speak of the reader's own data, and have another form where it is somebody else's."""
_FOLDER: Final = files("zoho_privacy.rules") / "letters"
_PARAGRAPH: Final = re.compile(r"\n\s*\n")


class JinjaLetters(Letters):
    """Renders the packaged letters. `controller` and `privacy_contact` sign each of them."""

    def __init__(self, *, controller: str, privacy_contact: str) -> None:
        self._signed = {"controller": controller, "privacy_contact": privacy_contact}

    def render(self, name: str, language: str, values: Mapping[str, Any]) -> str:
        """Return the letter as an HTML fragment, in English where the language has none.

        With the value `of_another` the data is somebody else's than the reader's: a client's or an agent's letter does
        not say "your data".

        Raises:
            BadInput: There is no such letter, or a value it needs is missing; the text names it and holds no value.
        """
        spoken = language.partition("-")[0].lower()
        spoken = spoken if spoken in self.languages() else FALLBACK
        try:
            environment = _environment(spoken)
            letter = environment.get_template(f"{spoken}/{name}.html")
            said = {**self._signed, "of_another": False, **values}
            if said["of_another"]:
                words: Any = environment.globals["words"]
                said["words"] = words | {name: words[name] | words[f"{name}_of_another"] for name in PERSONS}
            return letter.render(said)
        except TemplateNotFound:
            raise BadInput(f"there is no letter {name!r}") from None
        except TemplateError as error:
            raise BadInput(f"the letter {name!r} cannot be written: {error.message}") from None
        except (AttributeError, TypeError, ValueError):
            raise BadInput(f"the letter {name!r} cannot be written: a value is not of its kind") from None

    def languages(self) -> frozenset[str]:
        """Return the ISO 639-1 codes of the languages with letters of their own."""
        return _languages()


@cache
def names() -> tuple[str, ...]:
    """Return the names of all letters; every language has each of them."""
    found = (entry.name for entry in (_FOLDER / FALLBACK).iterdir() if entry.name.endswith(".html"))
    return tuple(sorted({name.removesuffix(".html") for name in found} - PARTS))


@cache
def _languages() -> frozenset[str]:
    return frozenset(entry.name for entry in _FOLDER.iterdir() if (entry / "words.toml").is_file())


@cache
def _environment(language: str) -> Environment:
    words = tomllib.loads((_FOLDER / language / "words.toml").read_text(encoding="utf-8"))
    environment = Environment(
        loader=PackageLoader("zoho_privacy.rules", "letters"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["day"] = partial(_spoken, words)
    environment.filters["paragraphs"] = lambda text: [p.strip() for p in _PARAGRAPH.split(str(text)) if p.strip()]
    environment.globals |= {"words": words, "language": language}
    environment.globals["parts"] = environment.get_template("parts.html").module
    return environment


def _spoken(words: Mapping[str, Any], day: date, before: str = "", elided: str = "") -> str:
    """Write a day in words, after `before`, or after `elided` where the number starts with a vowel in Italian."""
    number = words["first"] if day.day == 1 else day.day
    article = elided if day.day in {8, 11} else before
    return article + str(words["date"]).format(day=number, month=words["months"][day.month - 1], year=day.year)


def as_text(html: str) -> str:
    """Return a letter as plain text: what somebody reads whose mail program shows no HTML."""
    body = re.sub(r"\s+", " ", html)
    body = re.sub(r" ?<li>", "\n- ", body)
    body = re.sub(r"<br ?/?>|</(p|ul)>", "\n", body)
    text = LexborHTMLParser(body).text(deep=True)
    lines = [line.strip() for line in text.split("\n")]
    return "\n".join(line for line in lines if line) + "\n"
