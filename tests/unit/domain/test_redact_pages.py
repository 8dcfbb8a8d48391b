"""Pages made to slip past a redaction: what must be gone is gone, what must stay stays, and both readers agree."""

import pytest

from benchmarks.redaction_pages import PAGES, Page, faults
from zoho_privacy.domain.redact import leaks, redact_html


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.req("R-ERASE-2")
def test_a_hostile_page_comes_out_right(page: Page) -> None:
    after = redact_html(page.source, page.contact)
    assert faults(page, after) == []
    assert leaks(after, page.contact) == []
    assert redact_html(after, page.contact) == after


def test_the_score_sees_what_is_left_and_what_is_lost() -> None:
    """A judge that finds no fault with an untouched page or an empty one would prove nothing."""
    for page in PAGES:
        assert [fault for fault in faults(page, page.source) if fault.startswith("lost")] == [], page.name
        assert len(faults(page, page.source)) == len(page.gone), page.name
        assert len(faults(page, "")) == len(page.kept), page.name
