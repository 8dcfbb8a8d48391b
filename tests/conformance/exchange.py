"""One call of the Desk API and its answer, as whoever stood between the two would have seen them. No I/O but a file."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import parse_qsl

from tests.conformance.official import API, Operation, operation_of

Side = Literal["request", "answer"]
SIDES: Final[tuple[Side, Side]] = ("request", "answer")


@dataclass(frozen=True)
class Exchange:
    """A call and its answer. `path` is below the API root, header names are lower case.

    `judge` names the sides that are to be judged: a call that a test spoils on purpose has an answer only.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int = 0
    answer_type: str = ""
    answer: bytes = b""
    judge: tuple[Side, ...] = SIDES

    @cached_property
    def operation(self) -> Operation | None:
        """The official operation, None where there is none."""
        return operation_of(self.method, self.path)

    @property
    def name(self) -> str:
        """The operation's name, or what was called where there is none, its ids left out."""
        if self.operation:
            return self.operation.name
        return f"{self.method} " + "/".join("{id}" if part.isdigit() else part for part in self.path.split("/"))

    @cached_property
    def sent(self) -> Any:
        """The JSON body, None where there is none."""
        return loaded(self.body)

    @cached_property
    def returned(self) -> Any:
        """The JSON of the answer, None where there is none."""
        return loaded(self.answer)


def loaded(content: bytes) -> Any:
    """Return the JSON in some bytes, None where it is none."""
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None


def recorded(file: Path, start: int = 0) -> tuple[list[Exchange], int]:
    """Return what an emulator wrote to its record from byte *start* on, and where to go on reading."""
    with file.open("rb") as handle:
        handle.seek(start)
        lines = handle.read()
    whole = lines[: lines.rfind(b"\n") + 1]
    return [each for line in whole.splitlines() for each in _read(json.loads(line))], start + len(whole)


def _read(entry: Mapping[str, Any]) -> Iterator[Exchange]:
    path = str(entry["path"])
    hung_up = entry["status"] == 500 and not entry["answer"]  # a fault: nobody got an answer
    if path.startswith(API):
        yield Exchange(
            method=entry["method"],
            path=path.removeprefix(API),
            query=tuple(parse_qsl(entry["query"], keep_blank_values=True)),
            headers=entry["headers"],
            body=entry["body"].encode("latin-1"),
            status=entry["status"],
            answer_type=entry["answerType"],
            answer=entry["answer"].encode("latin-1"),
            judge=("request",) if hung_up else SIDES,
        )
