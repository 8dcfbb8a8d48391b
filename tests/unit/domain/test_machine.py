"""The table of a case's life: every cell is a row or a refusal."""

from itertools import product

import pytest

from zoho_privacy.domain.errors import NotAllowed
from zoho_privacy.domain.machine import OPEN, TRANSITIONS, Event, advance, allowed
from zoho_privacy.domain.model import State


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_each_cell_is_a_row_or_a_refusal_naming_both(state: State, event: Event) -> None:
    if event in TRANSITIONS[state]:
        assert advance(state, event) is TRANSITIONS[state][event]
        assert allowed(state, event)
    else:
        assert not allowed(state, event)
        with pytest.raises(NotAllowed, match=rf"{state}.*{event}"):
            advance(state, event)


def test_every_state_is_listed() -> None:
    """A missing row would be a mistake, so terminal states are listed too."""
    assert set(TRANSITIONS) == set(State)


def test_every_state_can_be_reached_and_every_open_one_left() -> None:
    reached = {State.RECEIVED} | {after for row in TRANSITIONS.values() for after in row.values()}
    assert reached == set(State)
    for state in OPEN:
        assert set(TRANSITIONS[state].values()) - {state}


@pytest.mark.req("R-VERIFY-13")
def test_a_lapsed_check_never_ends_a_case() -> None:
    asleep = advance(State.AWAITING_PROOF, Event.PROOF_LAPSED)
    assert asleep in OPEN
    assert advance(asleep, Event.REQUESTER_REPLIED) is State.AWAITING_PROOF


@pytest.mark.req("R-REFUSE-1")
def test_only_a_person_refuses() -> None:
    causes = {event for row in TRANSITIONS.values() for event, after in row.items() if after is State.REFUSED}
    assert causes == {Event.REFUSED_BY_PERSON}


@pytest.mark.req("R-ERASE-4")
def test_an_execution_is_fulfilled_only_by_reading_back() -> None:
    ways = [event for event, after in TRANSITIONS[State.EXECUTING].items() if after is State.FULFILLED]
    assert ways == [Event.ALL_READ_BACK]
