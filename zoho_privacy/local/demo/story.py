"""The story as values: who is on file, which mails come when, what must be understood, what happens next.

Read from `story.toml`, which says what each member means.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

ADDRESSES = {"support": "support@desk.example.com", "privacy": "privacy@desk.example.com"}


@dataclass(frozen=True, slots=True)
class OldTicket:
    """A closed ticket from before the story."""

    subject: str
    days: int
    text: str
    comment: str = ""
    file: str = ""
    hold: bool = False
    with_: str = ""
    with_text: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on file."""

    key: str
    name: str
    email: str
    country: str = ""
    state: str = ""
    phone: str = ""
    client: str = ""
    tickets: tuple[OldTicket, ...] = ()

    @property
    def first(self) -> str:
        """The given name."""
        return self.name.partition(" ")[0]

    @property
    def last(self) -> str:
        """Everything after the given name."""
        return self.name.partition(" ")[2]


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of the story; `number` is its place in the table."""

    number: int
    day: int
    subject: str
    text: str
    expect: tuple[str, ...]
    name: str
    email: str
    to: str
    then: tuple[str, ...] = ()
    note: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    webhook: bool = True
    repeat: int = 1
    reply_to_mail: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything the demo plays."""

    people: Mapping[str, Person]
    mails: tuple[Mail, ...]


def load() -> Story:
    """Read the story that is part of the package."""
    told: Mapping[str, Any] = tomllib.loads((files(__package__ or __name__) / "story.toml").read_text("utf-8"))
    people = {entry["key"]: _person(entry) for entry in told["people"]}
    return Story(people, tuple(_mail(number, entry, people) for number, entry in enumerate(told["mails"], 1)))


def _person(entry: Mapping[str, Any]) -> Person:
    tickets = tuple(
        OldTicket(**{("with_" if name == "with" else name): value for name, value in ticket.items()})
        for ticket in entry.get("tickets", ())
    )
    return Person(**{**entry, "tickets": tickets})


def _mail(number: int, entry: Mapping[str, Any], people: Mapping[str, Person]) -> Mail:
    rest = {name: value for name, value in entry.items() if name != "from"}
    person = people.get(entry["from"])
    rest.setdefault("name", person.name if person else "")
    rest.setdefault("email", person.email if person else "")
    rest["to"] = ADDRESSES[entry.get("to", "support")]
    rest["text"] = entry["text"].strip()
    rest["expect"], rest["then"] = tuple(entry["expect"]), tuple(entry.get("then", ()))
    return Mail(number=number, **rest)
