"""The closed vocabulary of our tags and of the two custom fields. Pure.

One state tag at a time, any number of kind and flag tags, all with one prefix; tags outside it are never touched
(R-TAG-1), and none carries personal data (R-TAG-3). An agent's edit of an own tag is a command (R-TAG-2).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from zoho_privacy.domain.model import Case, Kind, State

PREFIX: Final = "privacy-"
ACTION_FIELD: Final = "cf_privacy_action"
STATE_FIELD: Final = "cf_privacy_state"
FLAGS_FIELD: Final = "cf_privacy_flags"
"""On a person's record, where the portal has it: what must not be done with the data. The others are on tickets."""

HOLD: Final = "privacy-hold"
POSSIBLE: Final = "privacy-possible"
URGENT: Final = "privacy-urgent"
DUE_SOON: Final = "privacy-due-soon"
OVERDUE: Final = "privacy-overdue"
ENGLISH: Final = "privacy-answered-in-english"
SPAM: Final = "privacy-spam"
REDACTED: Final = "privacy-redacted"
"""On the redacted twin of a ticket (`twin.py`); never on anything that somebody wrote."""

STATE_TAGS: Final = {
    State.RECEIVED: "privacy-received",
    State.AWAITING_PROOF: "privacy-awaiting-proof",
    State.DORMANT: "privacy-dormant",
    State.WITH_PERSON: "privacy-with-person",
    State.VERIFIED: "privacy-verified",
    State.PLANNED: "privacy-planned",
    State.EXECUTING: "privacy-executing",
    State.FULFILLED: "privacy-fulfilled",
    State.ROUTED: "privacy-routed",
    State.CLOSED: "privacy-closed",
    State.REFUSED: "privacy-refused",
    State.DISMISSED: "privacy-not-a-request",
}
KIND_TAGS: Final = {kind: PREFIX + "kind-" + kind.value.replace("_", "-") for kind in Kind}
FLAGS: Final = frozenset({HOLD, POSSIBLE, URGENT, DUE_SOON, OVERDUE, ENGLISH, SPAM, REDACTED})
VOCABULARY: Final = frozenset(STATE_TAGS.values()) | frozenset(KIND_TAGS.values()) | FLAGS

_URGENCY_OF_STATE: Final = (
    State.WITH_PERSON,
    State.PLANNED,
    State.RECEIVED,
    State.AWAITING_PROOF,
    State.VERIFIED,
    State.EXECUTING,
    State.FULFILLED,
    State.ROUTED,
    State.DORMANT,
    State.REFUSED,
    State.CLOSED,
    State.DISMISSED,
)


class Command(StrEnum):
    """What an agent can ask for; the value is the pick-list value of the action field that a macro sets."""

    SEND_VERIFICATION = "Send verification"
    MARK_VERIFIED = "Mark verified"
    PROPOSE_ERASURE = "Propose erasure"
    APPROVE_PLAN = "Approve plan"
    REFUSE = "Refuse"
    EXPORT = "Export"
    NOT_A_REQUEST = "Not a request"
    PLACE_HOLD = "Place hold"
    LIFT_HOLD = "Lift hold"
    CLOSE_CASE = "Close case"
    ROUTE_TO_CLIENT = "Route to client"
    SEND_ANSWER = "Send answer"
    EXTEND = "Extend"
    PROPOSE_CORRECTION = "Propose correction"
    LIFT_RESTRICTION = "Lift restriction"
    CONFIRM_CHILD = "Confirm child"
    ACCEPT_MANDATE = "Accept mandate"
    ASK_BACK = "Ask back"


COMMAND_TAGS: Final = {
    "privacy-verified": Command.MARK_VERIFIED,
    "privacy-not-a-request": Command.NOT_A_REQUEST,
    "privacy-refused": Command.REFUSE,
    "privacy-routed": Command.ROUTE_TO_CLIENT,
    "privacy-closed": Command.CLOSE_CASE,
    HOLD: Command.PLACE_HOLD,
}
"""Tags that act when an agent adds them; any other own tag that an agent adds or removes is put back."""


def leading_state(cases: Iterable[Case]) -> State | None:
    """Return the state that a ticket with several cases shows: the one that most needs somebody."""
    states = {case.state for case in cases}
    return next((state for state in _URGENCY_OF_STATE if state in states), None)


def expected_tags(cases: Iterable[Case], flags: Iterable[str] = ()) -> frozenset[str]:
    """Return the own tags a ticket should carry."""
    all_cases = tuple(cases)
    state = leading_state(all_cases)
    kinds = {KIND_TAGS[case.kind] for case in all_cases if case.state is not State.DISMISSED}
    return frozenset(kinds | ({STATE_TAGS[state]} if state else set()) | set(flags))


@dataclass(frozen=True, slots=True)
class TagEdit:
    """What agents did to our tags since we last wrote them."""

    commands: tuple[Command, ...]
    restore: frozenset[str]
    remove: frozenset[str]

    @property
    def refused(self) -> bool:
        """Tell whether anything has to be put back."""
        return bool(self.restore or self.remove)


def as_left(found: frozenset[str], left: frozenset[str], doubt: frozenset[str]) -> frozenset[str]:
    """Return the tags on a ticket, those we may have been writing just now (`doubt`) as we left them.

    Between our write and the note that it landed, our own tags look like an agent's edit; nobody gave that command.
    """
    return (found - doubt) | (left & doubt)


def agent_edit(found: frozenset[str], expected: frozenset[str]) -> TagEdit:
    """Compare the tags on a ticket with those we left there.

    Removing the hold tag asks to lift the hold; any other removed tag is put back, and any added one that is no command
    is taken away: a kind is no agent's to give by a tag.
    """
    ours = {tag for tag in found if tag.startswith(PREFIX)}
    added, gone = ours - expected, expected - ours
    commands = [COMMAND_TAGS[tag] for tag in sorted(added) if tag in COMMAND_TAGS]
    if HOLD in gone:
        commands.append(Command.LIFT_HOLD)
    remove = added - COMMAND_TAGS.keys() - {REDACTED}
    return TagEdit(tuple(commands), frozenset(gone - {HOLD}), frozenset(remove))
