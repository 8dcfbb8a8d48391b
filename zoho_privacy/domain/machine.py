"""The life of a case, as a table. One table, one `advance`, one error naming both; docs/states.md is drawn from it.

Late and repeated events are rows or refusals here, never an `if` elsewhere.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from zoho_privacy.domain.errors import NotAllowed
from zoho_privacy.domain.model import State


class Event(StrEnum):
    """What can happen to a case."""

    PROOF_REQUESTED = "proof_requested"
    NO_PROOF_NEEDED = "no_proof_needed"
    PROOF_ACCEPTED = "proof_accepted"
    PROOF_FAILED = "proof_failed"
    PROOF_LAPSED = "proof_lapsed"
    REQUESTER_REPLIED = "requester_replied"
    PERSON_NEEDED = "person_needed"
    VOUCHED = "vouched"
    NOT_A_REQUEST = "not_a_request"
    PROCESSOR_ROUTED = "processor_routed"
    PLAN_PROPOSED = "plan_proposed"
    APPROVED = "approved"
    PLAN_CHANGED = "plan_changed"
    FULFILLED = "fulfilled"
    ALL_READ_BACK = "all_read_back"
    ANSWERED = "answered"
    RECEIPTS_IN = "receipts_in"
    REFUSED_BY_PERSON = "refused_by_person"
    REOPENED = "reopened"
    HOLD_ENDED = "hold_ended"


TRANSITIONS: Final[Mapping[State, Mapping[Event, State]]] = MappingProxyType(
    {
        State.RECEIVED: {
            Event.PROOF_REQUESTED: State.AWAITING_PROOF,
            Event.NO_PROOF_NEEDED: State.VERIFIED,
            Event.PERSON_NEEDED: State.WITH_PERSON,
            Event.PROCESSOR_ROUTED: State.ROUTED,
            Event.NOT_A_REQUEST: State.DISMISSED,
        },
        State.AWAITING_PROOF: {
            Event.PROOF_ACCEPTED: State.VERIFIED,
            Event.VOUCHED: State.VERIFIED,
            Event.PROOF_FAILED: State.WITH_PERSON,
            Event.PROOF_LAPSED: State.DORMANT,
            Event.PROOF_REQUESTED: State.AWAITING_PROOF,
            Event.REQUESTER_REPLIED: State.AWAITING_PROOF,
            Event.PERSON_NEEDED: State.WITH_PERSON,
            Event.PROCESSOR_ROUTED: State.ROUTED,
            Event.NOT_A_REQUEST: State.DISMISSED,
            Event.REFUSED_BY_PERSON: State.REFUSED,
        },
        State.DORMANT: {  # a lapse never ends a case (R-VERIFY-13)
            Event.REQUESTER_REPLIED: State.AWAITING_PROOF,
            Event.PROOF_REQUESTED: State.AWAITING_PROOF,
            Event.PROOF_ACCEPTED: State.VERIFIED,
            Event.VOUCHED: State.VERIFIED,
            Event.PERSON_NEEDED: State.WITH_PERSON,
            Event.PROCESSOR_ROUTED: State.ROUTED,
            Event.NOT_A_REQUEST: State.DISMISSED,
            Event.REFUSED_BY_PERSON: State.REFUSED,
        },
        State.WITH_PERSON: {
            Event.PROOF_REQUESTED: State.AWAITING_PROOF,
            Event.NO_PROOF_NEEDED: State.VERIFIED,
            Event.VOUCHED: State.VERIFIED,
            Event.PROCESSOR_ROUTED: State.ROUTED,
            Event.NOT_A_REQUEST: State.DISMISSED,
            Event.ANSWERED: State.CLOSED,
            Event.REFUSED_BY_PERSON: State.REFUSED,
            Event.REQUESTER_REPLIED: State.WITH_PERSON,
        },
        State.VERIFIED: {
            Event.PLAN_PROPOSED: State.PLANNED,
            Event.FULFILLED: State.FULFILLED,
            Event.PERSON_NEEDED: State.WITH_PERSON,
            Event.PROCESSOR_ROUTED: State.ROUTED,
            Event.REFUSED_BY_PERSON: State.REFUSED,
            Event.NOT_A_REQUEST: State.DISMISSED,
            Event.REQUESTER_REPLIED: State.VERIFIED,
        },
        State.PLANNED: {
            Event.APPROVED: State.EXECUTING,
            Event.PLAN_PROPOSED: State.PLANNED,
            Event.REFUSED_BY_PERSON: State.REFUSED,
            Event.NOT_A_REQUEST: State.DISMISSED,
            Event.REQUESTER_REPLIED: State.PLANNED,
        },
        State.EXECUTING: {
            Event.ALL_READ_BACK: State.FULFILLED,
            Event.PLAN_CHANGED: State.VERIFIED,
            Event.PERSON_NEEDED: State.WITH_PERSON,
            Event.REQUESTER_REPLIED: State.EXECUTING,
        },
        State.FULFILLED: {
            Event.ANSWERED: State.CLOSED,
            Event.RECEIPTS_IN: State.CLOSED,
            Event.HOLD_ENDED: State.VERIFIED,
            Event.PERSON_NEEDED: State.WITH_PERSON,
            Event.REQUESTER_REPLIED: State.FULFILLED,
        },
        State.ROUTED: {
            Event.ANSWERED: State.CLOSED,
            Event.REQUESTER_REPLIED: State.ROUTED,
            Event.PERSON_NEEDED: State.WITH_PERSON,
        },
        State.CLOSED: {Event.REOPENED: State.WITH_PERSON, Event.HOLD_ENDED: State.VERIFIED},
        State.REFUSED: {Event.REOPENED: State.WITH_PERSON},
        State.DISMISSED: {Event.REOPENED: State.RECEIVED},
    }
)

OPEN: Final = frozenset(State) - {State.CLOSED, State.REFUSED, State.DISMISSED}


def advance(state: State, event: Event) -> State:
    """Return the state that follows.

    Raises:
        NotAllowed: The table has no such row; the text names state and event.
    """
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise NotAllowed(f"a case that is {state} cannot take {event}") from None


def allowed(state: State, event: Event) -> bool:
    """Tell whether `advance` would succeed."""
    return event in TRANSITIONS[state]
