"""Switches from files: a file of switches, or the portal profile that a probe of a real portal wrote.

Both are TOML with lines `name = "value"`; numbers may stand bare. Every mistake is told at once, with its line.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from zoho_emulator.desk.switches import mistake_in

SWITCH_TABLE: Final = "switches"
PROFILE_TABLE: Final = "behaviour"


def read_switches(path: Path) -> dict[str, str]:
    """Return the switches of a file: its top level, or its table `[switches]`; other tables are mistakes.

    Raises:
        ValueError: The file cannot be read, or lines of it are wrong; the text has one line for each.
    """
    document, lines = _document(path)
    tables = {name: value for name, value in document.items() if isinstance(value, dict)}
    mistakes = [
        f"line {_line(lines, None, f'[{name}]')}: there is no table {name}, only [{SWITCH_TABLE}]"
        for name in tables
        if name != SWITCH_TABLE
    ]
    found = {None: {name: value for name, value in document.items() if name not in tables}}
    return _checked(path, lines, found | {SWITCH_TABLE: tables.get(SWITCH_TABLE, {})}, mistakes)


def read_profile(path: Path) -> dict[str, str]:
    """Return the switches of a portal profile: its table `[behaviour]`; everything else in it is not ours.

    Raises:
        ValueError: The file cannot be read, has no such table, or lines of that table are wrong.
    """
    document, lines = _document(path)
    behaviour = document.get(PROFILE_TABLE)
    if not isinstance(behaviour, dict):
        raise ValueError(f"{path}: there is no table [{PROFILE_TABLE}]")  # noqa: TRY004  the file is wrong, not a call
    return _checked(path, lines, {PROFILE_TABLE: behaviour}, [])


def _document(path: Path) -> tuple[dict[str, Any], list[str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}") from None
    try:
        return tomllib.loads(text), text.splitlines()
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is no TOML: {error}") from None


def _checked(
    path: Path, lines: list[str], tables: dict[str | None, dict[str, Any]], mistakes: list[str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for table, values in tables.items():
        for name, value in values.items():
            plain = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
            wrong = mistake_in(name, str(value)) if plain else f'{name} takes a text, "..." in quotes'
            if wrong:
                mistakes.append(f"line {_line(lines, table, name)}: {wrong}")
            found[name] = str(value)
    if mistakes:
        raise ValueError("\n  ".join([f"{path}:", *sorted(mistakes, key=_number)]))
    return found


def _number(mistake: str) -> int:
    return int(mistake.partition(" ")[2].partition(":")[0])


def _line(lines: list[str], table: str | None, wanted: str) -> int:
    """Return the line of a name within its table, or of a table's heading."""
    for number, here, line in _located(lines):
        heading = line.startswith(wanted) or line.replace(" ", "").startswith(wanted)
        if (wanted.startswith("[") and heading) or (
            here == table and re.match(rf"[\"']?{re.escape(wanted)}[\"']?\s*[.=]", line)
        ):
            return number
    return 1


def _located(lines: list[str]) -> Iterator[tuple[int, str | None, str]]:
    """Yield (line number from 1, the table it stands in, the line)."""
    table: str | None = None
    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        if line.startswith("["):
            table = line.strip("[]").partition("]")[0].strip().strip("\"'")
        yield number, table, line
