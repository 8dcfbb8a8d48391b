"""Reads the rule tables in `zoho_privacy/rules/*.toml` into one `Rules`, or says everything that is wrong with them.

Shapes and words are checked against the dataclasses of `domain/rules.py`, unknown keys included; what shapes cannot
show is checked by `mistakes`. Business-day calendars are computed by the holidays library from what the file names.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final

import holidays
from pydantic import BaseModel, ConfigDict, ValidationError

from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.rulecheck import mistakes
from zoho_privacy.domain.rules import Rules

FILES: Final = ("clocks", "calendars", "verification", "places", "inventory", "policy")
YEARS: Final = range(2020, 2046)


class _Checked(BaseModel):
    """Makes pydantic refuse unknown keys in the dataclasses below it too."""

    model_config = ConfigDict(extra="forbid")
    rules: Rules


@cache
def load_rules() -> Rules:
    """Return the packaged tables, read once per process.

    Raises:
        BadInput: Every mistake of every file, a line each.
    """
    folder = files("zoho_privacy.rules")
    return parse_rules({name: (folder / f"{name}.toml").read_text(encoding="utf-8") for name in FILES})


def parse_rules(texts: Mapping[str, str]) -> Rules:
    """Return the tables that stand in these TOML texts, by file name without ending.

    Raises:
        BadInput: As `load_rules`.
    """
    merged: dict[str, Any] = {}
    wrong: list[str] = []
    for name, text in texts.items():
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            wrong.append(f"{name}.toml: {error}")
            continue
        wrong += [f"{name}.toml: {key} stands in another file already" for key in table if key in merged]
        merged |= table
    merged["calendars"] = _calendars(merged.get("calendars", {}), wrong)
    try:
        rules = _Checked(rules=merged).rules
    except ValidationError as error:
        wrong += [f"{'.'.join(str(part) for part in e['loc'][1:])}: {e['msg']}" for e in error.errors()]
    else:
        wrong += mistakes(rules)
    if wrong:
        raise BadInput("the rule tables cannot be used:\n" + "\n".join(wrong))
    return rules


def _calendars(tables: Any, wrong: list[str]) -> dict[str, Any]:
    """Turn what a calendar names into its days; a calendar that names no country has weekends only."""
    ready: dict[str, Any] = {}
    for key, table in dict(tables).items():
        spec = dict(table)
        add, remove = (frozenset(spec.pop(name, ())) for name in ("add", "remove"))
        country, subdivision = spec.pop("country", None), spec.pop("subdivision", None)
        days: frozenset[date] = frozenset()
        if country is not None:
            try:
                days = frozenset(holidays.country_holidays(country, subdiv=subdivision, years=YEARS))
            except NotImplementedError:
                wrong.append(f"calendars.{key}: the holidays library does not know {country}/{subdivision}")
        ready[key] = {**spec, "holidays": (days - remove) | add}
    return ready
