"""Systems beside the desk that hold data about the same people: what a plug-in says of itself and what it finds. Pure.

A source is asked by the person's addresses and answers with records of its own; ids are the source's and mean nothing
here. Decides nothing by itself: what is erased is planned and passes the gate like everything else (R-PROP-4).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from zoho_privacy.domain.errors import BadInput

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{1,30}")
_KIND: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,40}")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,100}")


@dataclass(frozen=True, slots=True)
class About:
    """What a source is. `name` is for plans, ledgers and settings, `title` and `owner` are what people read.

    `left` says in a sentence what an erasure there leaves behind and for how long, "" where nothing stays.

    Raises:
        BadInput: The name is not two to thirty small letters, digits, `-` and `_`, or the title or owner is missing.
    """

    name: str
    title: str
    owner: str
    left: str = ""

    def __post_init__(self) -> None:
        """Refuse what could not be written into a plan."""
        if not _NAME.fullmatch(self.name) or not self.title.strip() or not self.owner.strip():
            raise BadInput("a source needs a name of small letters, a title and an owner")


@dataclass(frozen=True, slots=True)
class Sought:
    """Whom a source is asked about: the addresses on file, folded to lower case. Never empty."""

    addresses: frozenset[str]


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One record about the person, its values as JSON has them.

    `id` names it for ever and says nothing about anybody. `own` names the values that are the person's own details, a
    number of theirs say: they are handed out as they are, the others with other people's data masked. `stays` is the
    reason why an erasure leaves the record, "" where it goes. Records come in the order in which they must be erased:
    what hangs on another one before that one.

    Raises:
        BadInput: Kind or id cannot be written into a plan.
    """

    kind: str
    id: str
    values: Mapping[str, Any] = field(repr=False)
    stays: str = ""
    own: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse what could not be written into a plan."""
        if not _KIND.fullmatch(self.kind) or not _ID.fullmatch(self.id):
            raise BadInput("a source's record needs a plain kind and id")


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A record in a source that is the person's own: what of it can be corrected, and whether they are left alone.

    `details` holds the fields that the record has, by our names (`domain/sheet.py`), "" where one is empty. `opted_out`
    tells whether the source sends the person no marketing; None where it knows no such flag.

    Raises:
        BadInput: Kind or id cannot be written into a ledger.
    """

    kind: str
    id: str
    details: Mapping[str, str] = field(repr=False)
    opted_out: bool | None = None

    def __post_init__(self) -> None:
        """Refuse what could not be written into a ledger."""
        if not _KIND.fullmatch(self.kind) or not _ID.fullmatch(self.id):
            raise BadInput("a source's record needs a plain kind and id")


@dataclass(frozen=True, slots=True)
class Amended:
    """What a case that erases nothing did to one record beside the desk: the last word of its journal.

    `act` is corrected or opted_out, `result` one of started, done and external; `code` says why somebody else acts.
    `record` is kind/id, "" where none was found or the source itself is meant.
    """

    source: str
    act: str
    record: str
    result: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A record with the source that has it."""

    about: About
    record: SourceRecord

    @property
    def target(self) -> str:
        """How plans and ledgers name it."""
        return f"{self.about.name}/{self.record.kind}/{self.record.id}"


def split(target: str) -> tuple[str, str, str]:
    """Return source, kind and id of a target."""
    source, _, rest = target.partition("/")
    kind, _, record_id = rest.partition("/")
    return source, kind, record_id
