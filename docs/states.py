#!/usr/bin/env python3
"""Prints docs/states.md, drawn from the table in `zoho_privacy/domain/machine.py`; a test compares the two.

make states        or        .venv/bin/python docs/states.py > docs/states.md
"""

import sys
from collections import defaultdict
from collections.abc import Iterator

from zoho_privacy.domain import tags
from zoho_privacy.domain.machine import OPEN, TRANSITIONS, Event
from zoho_privacy.domain.model import Kind, State
from zoho_privacy.workflows.explain import NEXT

HEAD = """# States and tags

Drawn by `docs/states.py` from the table in `zoho_privacy/domain/machine.py`. Do not edit by hand: `make states`.

A case is one right, exercised by one person, with one clock. It is always in one of these states. What is not in the
table is refused with an error that names state and event; late and repeated events are rows like all others.

## The picture

What happens by itself, and what a person decides for a case that is with a person. Left out, and listed below: events
that leave a state as it is, the same decisions taken elsewhere, the ways back to a person.
"""

STATES = """
## Every state

The tag is what agents see on the ticket; the custom field `{field}` holds the state's name. A ticket with several
cases shows the state that most needs somebody. States in *italics* are ends.

| State | Tag | What it waits for | Event → next state |
| --- | --- | --- | --- |
"""

COMMANDS = """
## Tags that act

An agent who adds one of these asks for something. Any other own tag that is added or taken away is put back. Tags
without the prefix `{prefix}` are never touched.

| Tag added | Means |
| --- | --- |
"""

OTHERS = """
Taking `{hold}` away asks to lift the hold.

## Tags that only tell

"""

FLAGS = {
    tags.HOLD: "a legal hold keeps this ticket",
    tags.POSSIBLE: "may be a request: a person decides, the clock runs",
    tags.URGENT: "the person wrote again, or a child may be concerned",
    tags.DUE_SOON: "due in ten days or less",
    tags.OVERDUE: "the due date has passed",
    tags.ENGLISH: "the language has no letters, so the answer was in English",
    tags.SPAM: "looks like spam that speaks of privacy rights",
    tags.REDACTED: "a redacted copy; the original was deleted for good",
}

ASIDE = {
    Event.NOT_A_REQUEST,
    Event.PERSON_NEEDED,
    Event.PROCESSOR_ROUTED,
    Event.PROOF_FAILED,
    Event.REFUSED_BY_PERSON,
    Event.REOPENED,
    Event.VOUCHED,
}
DECIDED_AT = {State.RECEIVED, State.WITH_PERSON}


def document() -> str:
    """Return the whole page."""
    return "".join(_lines())


def _lines() -> Iterator[str]:
    yield HEAD
    yield "\n```mermaid\nstateDiagram-v2\n    [*] --> received\n"
    yield from (f"    {before} --> {after}: {' or '.join(events)}\n" for before, after, events in _arrows())
    yield from (f"    {state} --> [*]\n" for state in State if state not in OPEN)
    yield "```\n"
    yield STATES.format(field=tags.STATE_FIELD)
    yield from (_row(state) for state in State)
    yield COMMANDS.format(prefix=tags.PREFIX)
    yield from (f"| `{tag}` | {command.value} |\n" for tag, command in tags.COMMAND_TAGS.items())
    yield OTHERS.format(hold=tags.HOLD)
    yield "| Tag | Tells |\n| --- | --- |\n"
    yield from (f"| `{tag}` | {FLAGS[tag]} |\n" for tag in sorted(tags.FLAGS))
    yield from (f"| `{tags.KIND_TAGS[kind]}` | a case of the kind {kind.value.replace('_', ' ')} |\n" for kind in Kind)


def _arrows() -> Iterator[tuple[State, State, list[str]]]:
    """Yield the arrows of the picture, events that lead the same way on one arrow."""
    for before in State:
        ways: dict[State, list[str]] = defaultdict(list)
        for event, after in TRANSITIONS[before].items():
            if after is not before and (event not in ASIDE or before in DECIDED_AT):
                ways[after].append(event.value)
        yield from ((before, after, events) for after, events in ways.items())


def _name(state: State) -> str:
    return f"`{state}`" if state in OPEN else f"*`{state}`*"


def _row(state: State) -> str:
    return f"| {_name(state)} | `{tags.STATE_TAGS[state]}` | {NEXT[state]} | {_next(state)} |\n"


def _next(state: State) -> str:
    return "<br>".join(f"`{event}` → `{after}`" for event, after in TRANSITIONS[state].items())


if __name__ == "__main__":
    sys.stdout.write(document())
