"""Files that people attach: notes, tables, cards, forwarded mails, and documents and pictures that only look like it.

The text in them is marked; a picture has none.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from zoho_emulator.generator.people import Person
from zoho_emulator.generator.said import join

PIXEL: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cfc000000301010018dd8db00000000049454e44ae426082"
)


@dataclass(frozen=True, slots=True)
class File:
    name: str
    kind: str
    data: bytes
    text: str
    """What it says about people, with its marks."""


def _note(people: Sequence[Person]) -> tuple[str, str, str]:
    lines = [join((each.name, "  ", each.phone, "  ", each.address)) for each in people]
    return "txt", "text/plain", join(["call list", *lines, ""], "\n")


def _table(people: Sequence[Person]) -> tuple[str, str, str]:
    rows = [join((each.name, each.email, each.phone, each.customer_number), ";") for each in people]
    return "csv", "text/csv", join(["name;email;phone;customer", *rows, ""], "\r\n")


def _card(people: Sequence[Person]) -> tuple[str, str, str]:
    who = people[0]
    lines = [
        "BEGIN:VCARD", "VERSION:3.0", join(("N:", who.last, ";", who.first, ";;;")), join(("FN:", who.name)),
        join(("EMAIL:", who.email)), join(("TEL;TYPE=CELL:", who.mobile)), "END:VCARD", "",
    ]  # fmt: skip
    return "vcf", "text/vcard", join(lines, "\r\n")


def _mail(people: Sequence[Person]) -> tuple[str, str, str]:
    who, to = people[0], people[-1]
    lines = [
        join(("From: ", who.sender)), join(("To: ", to.email)), "Subject: forwarded", "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "",
        join(("See above. ", who.name, ", ", who.mobile)), "",
    ]  # fmt: skip
    return "eml", "message/rfc822", join(lines, "\r\n")


def _document(people: Sequence[Person]) -> tuple[str, str, str]:
    lines = [join(("BT (", each.name, ", ", each.customer_number, ") Tj ET")) for each in people]
    body = join(["%PDF-1.4", "1 0 obj << /Length 0 >> stream", *lines, "endstream endobj", "%%EOF", ""], "\n")
    return "pdf", "application/pdf", body


_KINDS: Final[tuple[Callable[[Sequence[Person]], tuple[str, str, str]], ...]] = (_note, _table, _card, _mail, _document)


def make(chance: random.Random, people: Sequence[Person], number: int) -> File:
    """Return a file about *people*; sometimes its name says about whom, sometimes it is a picture of nobody."""
    roll = chance.random()
    if roll < 0.25:
        return File(f"screen-{number}.png", "image/png", PIXEL + number.to_bytes(8, "big"), "")
    ending, kind, text = _KINDS[int(chance.random() * len(_KINDS))](people)
    name = join(("list ", people[0].name, f".{ending}")) if roll < 0.45 else f"file-{number}.{ending}"
    return File(name, kind, text.encode(), text)
