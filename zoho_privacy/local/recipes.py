"""The macros an administrator sets up in Desk, as a page: Zoho has no call that would make them.

One macro per value of the action field. The page is put together from the commands, the table of states and the words
that each command takes from a note, so that it cannot tell of a macro that does nothing. docs/macros.md is this page.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from zoho_privacy.domain.machine import allowed
from zoho_privacy.domain.model import State
from zoho_privacy.domain.rules import Shown
from zoho_privacy.domain.sheet import CONTACT
from zoho_privacy.domain.tags import ACTION_FIELD, COMMAND_TAGS, STATE_TAGS, Command
from zoho_privacy.workflows.commands import ASKS


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a macro does; `note` are the lines of the private note it needs."""

    does: str
    note: tuple[str, ...] = ()


SHOWN: Final = " | ".join(Shown)
WHICH: Final = "Scope: (which of the rights, where the ticket is about several, such as: access, deletion)"
SOME: Final = "Scope: (only where some of the ticket's rights end, such as: access, deletion; without a note all)"
RECIPES: Final[Mapping[Command, Recipe]] = {
    Command.SEND_VERIFICATION: Recipe("Sends a new code to the address on the person's record."),
    Command.MARK_VERIFIED: Recipe(
        "You vouch for the person, who you have established by other means, or follow a client's instruction. You may "
        "then not approve.",
    ),
    Command.ACCEPT_MANDATE: Recipe(
        "You have read the authority of somebody who writes for another person. In California the person is then asked "
        "to confirm, unless a power of attorney was shown; elsewhere the authority suffices. On doubt the answer goes "
        "to the person, unless you say otherwise. You may then not approve.",
        (
            f"Mandate: {SHOWN}",
            "Person: (their address on file, where the mail names none or several)",
            "Scope: (some of the rights, such as: access, deletion; without it all)",
            "Answer to: person | agent (without it as the doubts say)",
        ),
    ),
    Command.PROPOSE_ERASURE: Recipe(
        "Makes a new plan. On a ticket without a deletion case it opens one and asks the person to confirm."
    ),
    Command.APPROVE_PLAN: Recipe(
        "The plan last shown on the ticket runs. Not by whoever proposed it or vouched for the person.",
    ),
    Command.EXPORT: Recipe(
        "Makes a copy of the person's data. On a ticket without an access case it opens one and asks the person to "
        "confirm."
    ),
    Command.PROPOSE_CORRECTION: Recipe(
        "Shows before and after on the ticket; 'Approve plan' writes them. One line for each field: "
        f"{', '.join(CONTACT)}.",
        ("Phone: +1 555 0142", "Evidence: (what shows that it is right)"),
    ),
    Command.REFUSE: Recipe(
        "Sends the refusal with authority and the way to court, and ends the case; with 'Partial: yes' the rest goes "
        "on.",
        ("Reason: (in the person's language)", "Ground: (the article)", "Partial: yes (where a part is done)", WHICH),
    ),
    Command.SEND_ANSWER: Recipe(
        "Your words go out as the letter, and the case closes.",
        ("Answer: (in the person's language)", WHICH),
    ),
    Command.ASK_BACK: Recipe(
        "Asks the person. Where every law of the case grants it, the days until the answer do not count.",
        ("Question: (in the person's language)", WHICH),
    ),
    Command.EXTEND: Recipe(
        "Moves the date as far as the law allows, once, and sends the letter in the same step.",
        ("Reason: (in the person's language)", WHICH),
    ),
    Command.LIFT_RESTRICTION: Recipe(
        "The person is told, then the restriction ends. A hold prevents it.", ("Reason: (in the person's language)",)
    ),
    Command.CONFIRM_CHILD: Recipe(
        "The report of a child's data is right: a deletion plan at once, due within five business days. A colleague "
        "approves.",
        ("Person: (the address on file whose data goes: the child's, also where the message names none)",),
    ),
    Command.ROUTE_TO_CLIENT: Recipe("A client organisation decides: it is told, or you are asked to tell it."),
    Command.NOT_A_REQUEST: Recipe("The case ends as a mistake.", (SOME,)),
    Command.CLOSE_CASE: Recipe("You have answered by hand.", (SOME,)),
    Command.PLACE_HOLD: Recipe("A legal hold keeps this ticket."),
    Command.LIFT_HOLD: Recipe("The end of it; its grace runs."),
}

HEAD: Final = f"""# Macros

Printed by `zoho-privacy macros`. Do not edit by hand: `make states`.

Zoho has no call that makes a macro, so an administrator makes these by hand in Setup, for every department whose agents
work on requests. Each has one action: it updates the field *Privacy Action* (`{ACTION_FIELD}`) with the value. The
pick list of the field holds the same values.

Where a note is shown, the agent writes it as a private comment before running the macro, one `Name: value` a line;
lines without a name go on with the value before. Each note serves one command of the same agent. What does not fit the
state of the ticket's cases is taken back, with a private note that says why. The suite empties the field when it has
acted.
"""


def page() -> str:
    """Return the page as Markdown."""
    return "".join(_lines())


def as_dicts() -> list[dict[str, Any]]:
    """Return the macros for machines."""
    return [
        {"macro": f"Privacy: {command.value}", "field": ACTION_FIELD, "value": command.value, **asdict(recipe),
         "states": [state.value for state in _states(command)]}
        for command, recipe in RECIPES.items()
    ]  # fmt: skip


def _states(command: Command) -> tuple[State, ...]:
    event = ASKS.get(command)
    return tuple(state for state in State if event is not None and allowed(state, event))


def _lines() -> Iterator[str]:
    yield HEAD
    for command, recipe in RECIPES.items():
        yield f"\n## Privacy: {command.value}\n\n{recipe.does}\n\n- Sets *Privacy Action* to `{command.value}`\n"
        if states := _states(command):
            yield f"- Fits a ticket that is {', '.join(f'`{STATE_TAGS[state]}`' for state in states)}\n"
        if tag := next((name for name, meant in COMMAND_TAGS.items() if meant is command), None):
            yield f"- The same without a macro: add the tag `{tag}`\n"
        if recipe.note:
            yield "- Note:\n\n  ```text\n" + "".join(f"  {line}\n" for line in recipe.note) + "  ```\n"
