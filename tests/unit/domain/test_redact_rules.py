"""The gates save work and lose nothing; work grows with the length of a text and not faster."""

import sys
from collections.abc import Callable
from copy import copy
from types import FrameType

import pytest

from benchmarks.redaction import FRESH_TEMPLATES, FRESH_VALUES, HOSTILE, hold_out
from benchmarks.redaction_pages import PAGES
from zoho_privacy.domain import redact_people, redact_places, redact_values
from zoho_privacy.domain.redact import redact_html, redact_text
from zoho_privacy.domain.redact_known import Contact
from zoho_privacy.domain.redact_rules import Find, Gate, Rule
from zoho_privacy.domain.redact_view import View, html_views, text_view

RULES = (*redact_values.RULES, *redact_places.RULES, *redact_people.RULES)
CUES = (*redact_places.CUES, *redact_people.CUES)
ADA = {"firstName": "Ada", "lastName": "Moss", "email": "ada.moss@example.net", "phone": "+44 20 7946 0958"}


def ungated(rules: tuple[Rule, ...], view: View) -> set[Find]:
    """Run every rule over the whole view, whatever it waits for."""
    return set(
        Gate(
            [rule._replace(when="", sign=(), digits=0, near=False, long=0, shape="", said=()) for rule in rules]
        ).finds(view)
    )


TEXTS = [
    *(row["full_text"] for row in hold_out(60)),
    *(row["full_text"] for row in hold_out(60, FRESH_TEMPLATES, FRESH_VALUES)),
]


def test_a_gate_loses_nothing() -> None:
    """A word or sign that is missing in a rule's list would be a leak that no other test sees."""
    gate = Gate(RULES)
    views: list[Callable[[], View]] = [lambda text=text: text_view(text) for text in TEXTS]  # type: ignore[misc]
    views += [lambda page=page: html_views(page.source)[0] for page in PAGES]  # type: ignore[misc]
    for view in views:
        lost = {find for find in ungated(RULES, view()) if find[2] != "ADDRESS"} - set(gate.finds(view()))
        assert not lost, (view().text, lost)


def test_a_phrase_that_waits_for_a_capital_or_a_digit_loses_nothing() -> None:
    """What is not read for want of one must have had nothing to say."""
    eager = [copy(cue) for cue in CUES]
    for cue in eager:
        cue.ahead = cue.behind = cue.digit = 0
    for text in TEXTS:
        assert set(Gate((), CUES).finds(text_view(text))) == set(Gate((), eager).finds(text_view(text))), text


def calls(work: Callable[[str], object], text: str) -> int:
    """Count the calls that a piece of work makes: a measure of effort that no load on the machine changes."""
    count = 0

    def seen(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    earlier = sys.getprofile()
    sys.setprofile(seen)
    try:
        work(text)
    finally:
        sys.setprofile(earlier)
    return count


@pytest.mark.parametrize("unit", HOSTILE)
def test_eight_times_the_text_is_not_more_than_its_share_of_work(unit: str) -> None:
    """What is quadratic would be sixty-four times; patterns themselves run in an automaton that cannot backtrack."""
    for redact in (redact_text, redact_html):

        def work(text: str, redact: Callable[[str, Contact], str] = redact) -> str:
            return redact(text, ADA)

        work(unit * 20)  # what is made on first use
        short, long = ((unit * (size // len(unit) + 1))[:size] for size in (1_000, 8_000))
        assert calls(work, long) < 24 * calls(work, short) + 5_000
