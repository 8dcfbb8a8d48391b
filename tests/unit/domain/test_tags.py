"""Our tags: a closed vocabulary; an agent's edit is a command or is put back."""

from itertools import combinations

import pytest

from tests.builders import a_case
from zoho_privacy.domain import tags
from zoho_privacy.domain.model import Kind, State
from zoho_privacy.domain.tags import Command, agent_edit, expected_tags


@pytest.mark.req("R-TAG-1")
def test_a_ticket_shows_one_state_and_all_kinds() -> None:
    cases = [a_case(kind=Kind.ACCESS, state=State.CLOSED), a_case(kind=Kind.DELETION, state=State.PLANNED)]
    found = expected_tags(cases)
    assert found == {"privacy-kind-access", "privacy-kind-deletion", "privacy-planned"}


@pytest.mark.req("R-TAG-1")
def test_tags_of_others_are_neither_commands_nor_put_back() -> None:
    edit = agent_edit(frozenset({"vip", "printer"}), frozenset())
    assert not edit.commands
    assert not edit.refused


@pytest.mark.req("R-TAG-2")
@pytest.mark.parametrize(("tag", "command"), list(tags.COMMAND_TAGS.items()))
def test_an_added_tag_is_a_command(tag: str, command: Command) -> None:
    assert agent_edit(frozenset({tag}), frozenset()).commands == (command,)


@pytest.mark.req("R-TAG-2")
def test_a_state_tag_that_only_the_suite_may_set_is_taken_back() -> None:
    edit = agent_edit(frozenset({"privacy-executing"}), frozenset())
    assert edit.remove == {"privacy-executing"}


def test_a_removed_tag_is_restored_but_a_removed_hold_asks_to_lift_it() -> None:
    expected = frozenset({"privacy-planned", tags.HOLD})
    edit = agent_edit(frozenset(), expected)
    assert edit.restore == {"privacy-planned"}
    assert edit.commands == (Command.LIFT_HOLD,)


@pytest.mark.req("R-TAG-3")
def test_the_vocabulary_is_short_ascii_and_prefixed() -> None:
    for tag in tags.VOCABULARY:
        assert tag.startswith(tags.PREFIX)
        assert tag.isascii()
        assert 3 <= len(tag) <= 50


def test_the_leading_state_is_the_one_that_needs_somebody_most() -> None:
    for one, other in combinations(State, 2):
        leading = tags.leading_state([a_case(state=one), a_case(state=other)])
        assert leading in {one, other}
    assert tags.leading_state([]) is None


@pytest.mark.req("R-TAG-1", "R-TAG-2")
@pytest.mark.parametrize(
    "tag", ["privacy-kind-deletion", tags.URGENT, tags.OVERDUE, "privacy-of-my-own", "privacy-planned"]
)
def test_an_added_tag_that_is_no_command_is_taken_away_and_said_so(tag: str) -> None:
    """Without a note an agent would believe that a deletion had begun."""
    edit = tags.agent_edit(frozenset({"privacy-received", tag, "vip"}), frozenset({"privacy-received"}))
    assert (edit.commands, edit.remove, edit.refused) == ((), frozenset({tag}), True)
