"""The mail by which understanding is measured: core lines of our own in 24 languages, put into the shapes of real mail.

`mail/LANGUAGE.toml` holds plain requests by kind, ordinary mail by sort, and the pieces of a mail around them
(greeting, signature, another matter, a colleague's note, how a program announces a quotation). The lines were written
before the rules of their language were looked at (English excepted). The first round (`requests`, `ordinary`) was
measured and then tuned on; of the second (`fresh_requests`, `fresh_ordinary`) every second line is *held out*: rules
are improved on the others, and only as ideas, never for one line. A line keeps its side in every shape.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "mail"
BLIND = Path(__file__).parent / "mail_blind"
STRANGERS = Path(__file__).parent / "mail_strangers"
POSSIBLE = "possible"
SHAPES = ("bare", "polite", "buried", "forwarded", "misspelt")
_Lines = Mapping[str, list[str]]
_WORD = re.compile(r"[^\W\d_]{7,}")


@dataclass(frozen=True, slots=True)
class Mail:
    """One labelled mail. `kinds` is empty for mail that asks for nothing; its first kind is the main one.

    `sort` says what it is, `shape` how it was dressed. `possible` mail must be raised, surely or as a question.
    """

    language: str
    sort: str
    shape: str
    subject: str
    body: str
    kinds: tuple[str, ...] = ()
    held_out: bool = False
    possible: bool = False

    @property
    def group(self) -> str:
        """What it is and how it is dressed, for a table."""
        return f"{self.sort}/{self.shape}"


def own_mail() -> list[Mail]:
    """Every core line in each of its shapes."""
    found: list[Mail] = []
    for number, file in enumerate(sorted(FOLDER.glob("*.toml"))):
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        for fresh in ("", "fresh_"):
            found += _requests(file.stem, number if fresh else None, content, content[f"{fresh}requests"])
            found += _ordinary(file.stem, number if fresh else None, content, content[f"{fresh}ordinary"])
    return found


def blind_mail() -> list[Mail]:
    """Core lines of `mail_blind/`, in the shapes and with the shells of `mail/`; every second line is held out.

    They were written in one go before a look at any rule, twelve requests and six look-alikes in each language. The
    ideas run parallel through the languages and the rules were then improved by the same hand, so the held-out half
    shows how evenly the languages are served; it is no estimate for mail by strangers.
    """
    return _in_shells(BLIND)


def strangers_mail() -> list[Mail]:
    """Core lines of `mail_strangers/`, dressed the same way; every second line is held out.

    Seventeen requests and eight look-alikes in each language, by somebody who wrote no rule and read neither the rules
    nor the word lists. The matters asked for are of a kind in all languages, the sentences are each language's own.
    """
    return _in_shells(STRANGERS)


def _in_shells(folder: Path) -> list[Mail]:
    """The core lines of a folder in every shape, with the shells of `mail/`."""
    found: list[Mail] = []
    for number, file in enumerate(sorted(folder.glob("*.toml"))):
        shell = tomllib.loads((FOLDER / file.name).read_text(encoding="utf-8"))
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        found += _requests(file.stem, number, shell, content["requests"])
        found += _ordinary(file.stem, number, shell, content["ordinary"])
    return found


def _requests(language: str, number: int | None, content: Mapping[str, Any], table: _Lines) -> Iterator[Mail]:
    lines = [(kind, line) for kind, lines in table.items() for line in lines]
    for index, (kind, line) in enumerate(lines):
        possible = kind == POSSIBLE
        for shape in SHAPES:
            body = _dressed(line, shape, content)
            if body:
                kinds = () if possible else (kind,)
                sort = POSSIBLE if possible else "plain"
                yield Mail(language, sort, shape, "", body, kinds, _held_out(index, number), possible)


def _held_out(index: int, number: int | None) -> bool:
    return number is not None and (index + number) % 2 == 1


def _ordinary(language: str, number: int | None, content: Mapping[str, Any], table: _Lines) -> Iterator[Mail]:
    lines = [(sort, line) for sort, lines in table.items() for line in lines if sort != "footer"]
    footer = content["ordinary"]["footer"][0]
    for index, (sort, line) in enumerate(lines):
        held_out = _held_out(index, number)
        yield Mail(language, sort, "bare", "", line, (), held_out)
        signed = _signed(line, content)
        yield Mail(language, "footer", sort, "", f"{signed}\n\n{footer}", (), held_out)
        if sort in {"ticket", "commerce"}:
            both = f"{signed}\n\n{content['shell']['filler']}"
            yield Mail(language, sort, "long", "", both, (), held_out)
        if sort in {"notice", "own_reply"}:
            shell = content["shell"]
            quoted = "\n".join(f"> {each}" for each in line.splitlines())
            yield Mail(language, sort, "answered", "Re: 48213", f"OK.\n\n{shell['header']}\n{quoted}", (), held_out)


def _dressed(line: str, shape: str, content: Mapping[str, Any]) -> str:
    shell = content["shell"]
    if shape == "bare":
        return line
    if shape == "polite":
        return _signed(line, content)
    if shape == "buried":
        return f"{shell['hello']}\n\n{shell['filler']} {line}\n\n{shell['bye']}\n\n{content['ordinary']['footer'][0]}"
    if shape == "forwarded":
        quoted = "\n".join(f"> {each}" for each in f"{shell['hello']}\n{line}\nAlex Reed".splitlines())
        return f"{shell['note']}\n\n{shell['bye']}\n\n{shell['header']}\n{quoted}"
    return _misspelt(line)


def _signed(line: str, content: Mapping[str, Any]) -> str:
    return f"{content['shell']['hello']}\n\n{line}\n\n{content['shell']['bye']}"


def _misspelt(line: str) -> str:
    """The line with two neighbouring letters swapped in its longest word; nothing where words are not spaced."""
    words = _WORD.findall(line)
    if not words or len(words[0]) > 25 or ord(words[0][0]) > 0x5FF:
        return ""
    longest = max(words, key=len)
    middle = len(longest) // 2
    swapped = longest[: middle - 1] + longest[middle] + longest[middle - 1] + longest[middle + 1 :]
    return line.replace(longest, swapped, 1) if swapped != longest else ""
