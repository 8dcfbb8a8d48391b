"""The fragments of text that generated people write, one data file per language in `texts/`.

A fragment is cut into its fixed parts and its placeholders once, when it is read.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

CODES: Final = ("en", "de", "fr", "es", "nl", "it", "pt", "pl")
_PLACE: Final = re.compile(r"\{(\w+)\}")
Fragment = tuple[tuple[str, str], ...]
"""Pairs of a fixed text and the name of the value after it; the last name is empty."""


@dataclass(frozen=True, slots=True)
class Language:
    code: str
    phone: str
    """How telephone numbers begin; what follows is not in use anywhere."""
    first: tuple[str, ...]
    last: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[str, ...]
    items: tuple[str, ...]
    head: tuple[str, ...]
    """From, Sent, To and Subject, as mail programs write them above a quotation."""
    bye: tuple[str, ...]
    team: str
    texts: Mapping[str, tuple[Fragment, ...]]


def _fragment(text: str) -> Fragment:
    parts = _PLACE.split(text)
    return tuple(zip(parts[::2], [*parts[1::2], ""], strict=True))


def _read(code: str) -> Language:
    raw: dict[str, Any] = json.loads(
        resources.files("zoho_emulator.generator").joinpath(f"texts/{code}.json").read_text(encoding="utf-8")
    )

    def several(name: str) -> tuple[str, ...]:
        return tuple(raw.pop(name))

    return Language(
        code=raw.pop("language"),
        phone=raw.pop("phone"),
        team=raw.pop("team"),
        first=several("first"),
        last=several("last"),
        streets=several("streets"),
        cities=several("cities"),
        items=several("items"),
        head=several("head"),
        bye=several("bye"),
        texts={
            name: tuple(map(_fragment, [value] if isinstance(value, str) else value)) for name, value in raw.items()
        },
    )


@cache
def languages() -> tuple[Language, ...]:
    """Return all languages, in the order of CODES."""
    return tuple(_read(code) for code in CODES)
