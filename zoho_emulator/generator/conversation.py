"""What people write to each other: mails with greetings, signatures and quotations, in their own language.

Pure text work: a message is made of the fragments of a language; everything in it about a person is marked.
"""

import html
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from zoho_emulator.generator.languages import Fragment, Language
from zoho_emulator.generator.people import Person
from zoho_emulator.generator.said import join, rewritten, told

T = TypeVar("T")
PLAIN_SHARE: Final = 0.2
OUTLOOK_SHARE: Final = 0.35


@dataclass(frozen=True, slots=True)
class Message:
    """One mail before it is stored. `lines` are what its writer wrote, without what is quoted below."""

    name: str
    email: str
    date: str
    to: str
    subject: str
    lines: tuple[str, ...]
    plain: bool


class Pen:
    """Writes the texts of one ticket."""

    def __init__(self, chance: random.Random, language: Language) -> None:
        self.chance = chance
        self.language = language
        self.item = self.pick(language.items)

    def pick(self, values: Sequence[T]) -> T:
        return values[int(self.chance.random() * len(values))]

    def text(self, kind: str, person: Person | None = None) -> str:
        """Return one of the language's fragments of a kind; *person* is whom it is about."""
        return self._filled(self.pick(self.language.texts[kind]), person)

    def _filled(self, fragment: Fragment, person: Person | None) -> str:
        if len(fragment) == 1:
            return fragment[0][0]
        pieces: list[str] = []
        for fixed, name in fragment:
            if name == "item":
                pieces += fixed, self.item
            elif name == "n":
                pieces += fixed, str(int(self.chance.random() * 900_000) + 1_000_000)
            elif name and person:
                pieces += fixed, person.value(name)
            else:
                pieces.append(fixed)
        return join(pieces) if person else "".join(pieces)

    def customer_lines(self, writer: Person, about: Person | None) -> tuple[str, ...]:
        lines = [self.text("hello"), *(self.text("body") for _ in range(1 + int(self.chance.random() * 3)))]
        if about:
            lines.append(self.text("about", about))
        if self.chance.random() < 0.2:
            lines.append(self.text("own", writer))
        lines.append(self.pick(self.language.bye))
        if self.chance.random() < 0.6:
            lines.append(told(writer.name, "signature"))
            if writer.firm:
                lines.append(f"{writer.firm.name}, {writer.firm.phone}")
            lines.append(told(writer.phone if self.chance.random() < 0.8 else writer.compact_phone, "signature"))
        else:
            lines.append(writer.first)
        return tuple(lines)

    def agent_lines(self, agent: str, customer: Person, about: Person | None) -> tuple[str, ...]:
        lines = [self._filled(self.language.texts["dear"][0], customer), self.text("agent")]
        if about:
            lines.append(self.text("agent_about", about))
        return (*lines, self.pick(self.language.bye), agent, self.language.team)

    def content(self, message: Message, earlier: Sequence[Message]) -> str:
        """Return a message as it is stored: with the ones before it quoted below, the newest first."""
        if message.plain:
            pieces = [*message.lines]
            for depth, each in enumerate(earlier, 1):
                pieces += self._quoted_lines(each, "> " * depth)
            return join(pieces, "\n")
        pieces = ["<div>", _markup(message.lines), "</div>"]
        for each in earlier:
            pieces += self._quoted_markup(each)
        pieces += ["</blockquote>"] * len(earlier)
        return join(pieces)

    def _wrote(self, message: Message) -> str:
        before = {"date": message.date[:10], "name": message.name, "email": message.email}
        return join(
            [piece for fixed, name in self.language.texts["wrote"][0] for piece in (fixed, before.get(name, ""))]
        )

    def _quoted_lines(self, message: Message, mark: str) -> list[str]:
        quoted = [told(join((mark, line)), "quoted") for line in message.lines]
        return ["", told(join((mark[2:], self._wrote(message))), "quoted"), *quoted]

    def _quoted_markup(self, message: Message) -> list[str]:
        if self.chance.random() < OUTLOOK_SHARE:
            head = self.language.head
            top = [
                "<hr /><div><b>", head[0], ":</b> ", message.name, " &lt;", message.email, "&gt;<br /><b>", head[1],
                ":</b> ", message.date[:16], "<br /><b>", head[2], ":</b> ", _escaped(message.to), "<br /><b>", head[3],
                ":</b> ", _escaped(message.subject), "</div><blockquote>",
            ]  # fmt: skip
        else:
            top = ["<div>", _escaped(self._wrote(message)), "</div><blockquote>"]
        return [told(join([*top, _markup(message.lines)]), "quoted")]


def _escaped(text: str) -> str:
    return rewritten(text, html.escape(text, quote=False)) if "<" in text or "&" in text or ">" in text else text


def _markup(lines: Sequence[str]) -> str:
    return _escaped_lines(join(lines, "\n"))


def _escaped_lines(text: str) -> str:
    return rewritten(text, html.escape(text, quote=False).replace("\n", "<br />"))
