"""Pages made to slip past a redaction: what must be gone is gone, what must stay stays, and both readers agree."""

from typing import Final

import pytest

from benchmarks.redaction_pages import PAGES, Page, faults, mixed, strangers
from zoho_privacy.domain.redact import leaks, redact_html, redact_text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.req("R-ERASE-2")
def test_a_hostile_page_comes_out_right(page: Page) -> None:
    after = redact_html(page.source, page.contact)
    assert faults(page, after) == []
    assert leaks(after, page.contact) == []
    assert redact_html(after, page.contact) == after


STILL_WRONG: Final = {
    "two-4-04",  # a name in another script, a number said in words
    "two-5-06",  # a rack taken for a street
    "two-8-07",  # a name that is a word, at the beginning of a sentence
    "three-1-06",  # unknown names without capitals in a chat
    "three-2-09",  # an unknown family name as a part of a link
    "three-3-08",  # a table whose rows have cells of their own
    "three-3-11",  # names cut by the line ends of a quotation
    "four-8-08",  # a name that is a word, with a capital inside a line
    "four-8-10",  # the same in the name of a file
    "four-8-12",  # a name that is a word in its Latin spelling
    "four-8-15",  # a name that is two words
    "five-3-24",  # an unknown family name behind a given name of two alphabets
    "five-4-26",  # the name of another language for the same person
    "five-6-43",  # an unknown given name before the person's own family name
    "eight-104",  # an unknown name in a case of grammar
    "eight-802",  # products called like people and streets
    "six-803",  # a type face called like a person
    "five-8-60",  # an article that has the digits of the person's telephone
}


@pytest.mark.parametrize("page", [*strangers(), *mixed()], ids=lambda page: page.name)
@pytest.mark.req("R-ERASE-1", "R-ERASE-2")
def test_what_others_wrote_comes_out_right_but_for_what_is_named_here(page: Page) -> None:
    redact = redact_html if page.markup else redact_text
    after = redact(page.source, page.contact)
    assert bool(faults(page, after)) == (page.name in STILL_WRONG), faults(page, after)
    assert leaks(after, page.contact) == []
    assert redact(after, page.contact) == after


def test_the_score_sees_what_is_left_and_what_is_lost() -> None:
    """A judge that finds no fault with an untouched page or an empty one would prove nothing."""
    for page in PAGES:
        assert [fault for fault in faults(page, page.source) if fault.startswith("lost")] == [], page.name
        assert len(faults(page, page.source)) == len(page.gone), page.name
        assert len(faults(page, "")) == len(page.kept), page.name
