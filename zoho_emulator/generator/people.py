"""Who is on a generated desk: people with names, addresses, numbers, firms and families.

A person's identifying values are theirs alone, and no value is part of another person's: a search for one is a fair
question. What people share (surnames, a firm's domain and number, a family's home) is marked as shared.
Everybody is invented and lives at an example domain.
"""

import random
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from zoho_emulator.generator.languages import Language, languages
from zoho_emulator.generator.said import Mark, Said, join, rewritten
from zoho_emulator.generator.spec import Spec
from zoho_emulator.store import Json

FIRMS: Final = ("Nordwind", "Alder", "Riverside", "Soleil", "Vega", "Kronos", "Lumen", "Porto", "Castell", "Bravo")
TRADES: Final = ("Logistics", "Media", "Works", "Dental", "Bau", "Conseil", "Foods", "Studio", "Legal", "Energy")
PRIVATE_DOMAINS: Final = ("mail.example.net", "post.example.org", "inbox.example.com")
PLACEHOLDERS: Final = {"customer": "customer_number"}
UNIQUE: Final = frozenset({"name", "email", "second_email", "phone", "mobile", "customer_number", "address"})
_SPECIAL: Final = str.maketrans({"ß": "ss", "ł": "l", "Ł": "l", "ø": "o"})


@dataclass(frozen=True, slots=True)
class Firm:
    name: str
    domain: str
    phone: str
    account_id: str


@dataclass
class Person:
    """One person; every value carries its mark, where the population is a marked one."""

    number: int
    language: Language
    firm: Firm | None
    first: str
    last: str
    name: str
    email: str
    second_email: str | None
    phone: str
    mobile: str
    customer_number: str
    street: str
    zip: str
    city: str
    address: str
    shares_home: bool
    contact_ids: list[str] = field(default_factory=list)
    """Contact records: none for people who are only talked about, two where somebody made a duplicate."""
    user_id: str | None = None

    @cached_property
    def sender(self) -> str:
        return join(('"', self.name, '" <', self.email, ">"))

    @cached_property
    def compact_phone(self) -> str:
        return rewritten(self.phone, self.phone.replace(" ", ""))

    def value(self, name: str) -> str:
        """Return what a placeholder of a text fragment stands for."""
        found: str = getattr(self, PLACEHOLDERS.get(name, name))
        return found

    def needles(self) -> list[tuple[str, str]]:
        """Return (kind, text) of every value that is this person's alone, in each form in which it is written."""
        found = [
            ("name", str(self.name)), ("email", str(self.email)), ("phone", str(self.phone)),
            ("phone", str(self.compact_phone)), ("mobile", str(self.mobile)),
            ("customer_number", str(self.customer_number)),
        ]  # fmt: skip
        if self.second_email:
            found.append(("second_email", str(self.second_email)))
        if not self.shares_home:
            found.append(("address", str(self.address)))
        return found

    def shared(self) -> list[tuple[str, str]]:
        """Return (kind, text) of what others have as well."""
        found = [("first_name", str(self.first)), ("last_name", str(self.last))]
        if self.firm:
            found += [("firm", self.firm.name), ("domain", self.firm.domain), ("head_office", self.firm.phone)]
        if self.shares_home:
            found.append(("address", str(self.address)))
        return found

    def as_json(self) -> Json:
        return {
            "person": self.number,
            "name": str(self.name),
            "email": str(self.email),
            "language": self.language.code,
            "contactIds": self.contact_ids,
            "userId": self.user_id,
            "values": [{"kind": kind, "value": value} for kind, value in self.needles()],
            "shared": [{"kind": kind, "value": value} for kind, value in self.shared()],
        }


class _Names:
    """Gives out names, of which none is a part of another."""

    def __init__(self) -> None:
        first = {name.casefold() for each in languages() for name in each.first}
        last = {name.casefold() for each in languages() for name in each.last}
        self._longer_first = {a: [b for b in first if b.endswith(a)] for a in first}
        self._longer_last = {a: [b for b in last if b.startswith(a)] for a in last}
        self._shorter_first = {a: [b for b in first if a.endswith(b)] for a in first}
        self._shorter_last = {a: [b for b in last if a.startswith(b)] for a in last}
        self._taken: set[tuple[str, str, str]] = set()

    def free(self, first: str, middle: str, last: str) -> bool:
        """Take a name and return whether it could be had."""
        a, b = first.casefold(), last.casefold()
        around = [(x, y) for x in self._longer_first[a] for y in self._longer_last[b]]
        around += [(x, y) for x in self._shorter_first[a] for y in self._shorter_last[b]]
        if any((x, middle, y) in self._taken for x, y in around):
            return False
        self._taken.add((a, middle, b))
        return True


class _Addresses:
    """Gives out mail addresses, of which none is the end of another."""

    def __init__(self) -> None:
        self._locals: dict[str, set[str]] = {}
        self._endings: dict[str, set[str]] = {}

    def make(self, wanted: str, domain: str) -> str:
        taken, endings = self._locals.setdefault(domain, set()), self._endings.setdefault(domain, set())
        number = 1
        local = wanted
        while local in endings or any(local[cut:] in taken for cut in range(len(local))):
            number += 1
            local = f"{wanted}{number}"
        taken.add(local)
        endings.update(local[cut:] for cut in range(len(local)))
        return f"{local}@{domain}"


def _latin(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.lower().translate(_SPECIAL))
    return "".join(letter for letter in folded if letter.isascii() and letter.isalnum())


class Population:
    """Everybody on a desk. Made anew from a spec, always the same.

    Without marks the same texts are written, and sooner: for whoever does not ask what they say about whom.
    """

    def __init__(self, spec: Spec, base_id: int, *, marked: bool = True) -> None:
        self._marked = marked
        self._chance = random.Random(f"people {spec.seed}")
        self._names, self._addresses = _Names(), _Addresses()
        self._base_id = base_id
        self._next = 0
        self.firms = [self._firm(number) for number in range(max(2, spec.people // 9))]
        self.people: list[Person] = []
        for number in range(spec.people):
            self.people.append(self._person(number))
        self.customers = [each for each in self.people if each.contact_ids]
        self.by_firm: dict[str, list[Person]] = {}
        for each in self.people:
            if each.firm:
                self.by_firm.setdefault(each.firm.domain, []).append(each)

    def _id(self) -> str:
        self._next += 1
        return str(self._base_id + self._next * 13)

    def _firm(self, number: int) -> Firm:
        name = f"{FIRMS[number % 10]} {TRADES[number // 10 % 10]} {number}"
        domain = f"{_latin(FIRMS[number % 10])}{number}.example.com"
        return Firm(name, domain, f"+49 89 5559 {number:05d}-0", self._id())

    def _person(self, number: int) -> Person:
        chance = self._chance
        # Families: the next person has the surname and the home of the one before.
        kin = self.people[-1] if number and chance.random() < 0.08 and not self.people[-1].firm else None
        language = kin.language if kin else languages()[int(chance.random() * len(languages()))]
        first, middle, last = self._name(language, kin)
        firm = None if kin or chance.random() < 0.35 else self.firms[int(chance.random() * len(self.firms))]
        name = f"{first} {middle}. {last}" if middle else f"{first} {last}"
        local = f"{_latin(first)}.{_latin(last)}"
        domain = firm.domain if firm else PRIVATE_DOMAINS[number % 3]
        second = f"{_latin(first)[0]}{_latin(last)}" if chance.random() < 0.18 else None
        home = language.streets[number % len(language.streets)], f"{10_000 + number * 7_919 % 90_000}"
        street, zip_code = (kin.street, kin.zip) if kin else (f"{home[0]} {1 + number % 87}", home[1])
        city = kin.city if kin else language.cities[number % len(language.cities)]
        if kin:
            kin.shares_home = True
            kin.address = str(kin.address)

        def own(kind: str, text: str) -> str:
            return Said.about(text, (Mark(number, kind),)) if self._marked else text

        address = f"{street}, {zip_code} {city}"
        address = address if kin else own("address", address)

        made = Person(
            number=number, language=language, firm=firm, first=own("first_name", first), last=own("last_name", last),
            name=own("name", name), email=own("email", self._addresses.make(local, domain)),
            second_email=own("second_email", self._addresses.make(second, PRIVATE_DOMAINS[number % 3]))
            if second else None,
            phone=own("phone", f"{language.phone}{100_000 + number}"),
            mobile=own("mobile", f"+49 1555 77{100_000 + number}"),
            customer_number=own("customer_number", f"KD-{700_000 + number}"),
            street=street, zip=zip_code, city=city, address=address, shares_home=bool(kin),
        )  # fmt: skip
        roll = chance.random()
        if roll > 0.06 or number < 12:  # the rest is only talked about
            made.contact_ids.append(self._id())
            if second and roll < 0.40:
                made.contact_ids.append(self._id())
            if roll > 0.80:
                made.user_id = self._id()
        return made

    def _name(self, language: Language, kin: Person | None) -> tuple[str, str, str]:
        chance = self._chance
        for attempt in range(1000):
            first = chance.choice(language.first)
            last = str(kin.last) if kin else chance.choice(language.last)
            middle = chance.choice("ABCDEFGHJKLMNOPRSTUVW") if attempt > 3 else ""
            if self._names.free(first, middle, last):
                return first, middle, last
        raise LookupError("no name is left; ask for fewer people")
