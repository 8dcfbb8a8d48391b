"""Laws of redaction, for any text."""

import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoho_privacy.domain.redact import find_personal_data, leaks, redact_html, redact_text

CONTACT = {"firstName": "Ada", "lastName": "Moss", "email": "ada.moss@example.net", "phone": "+44 20 7946 0958"}
WORDS = (
    "the printer on floor is offline since error version lodash@4.17.21 1.2.3.4.5 retry , . : - ( ) restart queue"
    " driver update failed please check cable and wait for it 0x80070005 2x.png cid:part1 <b> &amp; 42 % = / ?"
)
IMPERSONAL = st.lists(st.sampled_from([*WORDS.split(" "), "\n", "\\"]), max_size=60).map(" ".join)
FRAGMENTS = st.lists(
    st.sampled_from(
        ["Ada", "Moss", "a@b.example.com", "[email removed]", "[name 2 removed]", "Hi ", "Dear ",
        "Kind regards,\n", "\n", " ",
         "password: ", "x1!", "+44 20 7946 0958", "<b>", "</b>", "&#64;", "@", ".", "12 Main Street",
         "From: ", "John Smith",
         "4111111111111111", "removed]", "[", "%40", "\u00ad", "wrote:", "C:\\Users\\", "jdoe", "=",
         "'", '"', "10.1.2.3"]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@settings(max_examples=100)
@given(before=st.text(max_size=60), email=st.emails(), after=st.text(max_size=60))
@pytest.mark.req("R-ERASE-2")
def test_no_address_survives(before: str, email: str, after: str) -> None:
    """Whatever surrounds an address, it is gone from the result."""
    assert email not in redact_text(f"{before} {email} {after}")
    assert html.escape(email) not in redact_html(f"<p>{before} {html.escape(email)} {after}</p>")


@settings(max_examples=100)
@given(st.text() | st.emails() | FRAGMENTS)
def test_redacting_twice_is_redacting_once(text: str) -> None:
    """A retry after a crash must not change what the first run wrote."""
    once = redact_text(text, CONTACT)
    assert redact_text(once, CONTACT) == once
    page = redact_html(text, CONTACT)
    assert redact_html(page, CONTACT) == page


@settings(max_examples=100)
@given(IMPERSONAL)
def test_impersonal_text_comes_back_unchanged(text: str) -> None:
    assert redact_text(text, CONTACT) == text
    assert redact_html(text, CONTACT) == text


@settings(max_examples=100)
@given(FRAGMENTS)
@pytest.mark.req("R-ERASE-4")
def test_the_second_reader_agrees_with_the_first(text: str) -> None:
    """What redaction returns may be written; otherwise every mask would end with a person."""
    assert leaks(redact_text(f" {text} ", CONTACT), CONTACT) == []


@settings(max_examples=100)
@given(FRAGMENTS)
def test_finds_are_in_order_and_do_not_overlap(text: str) -> None:
    finds = find_personal_data(text, CONTACT)
    edges = [edge for start, end, _ in finds for edge in (start, end)]
    assert edges == sorted(edges)
    assert all(0 <= start < end <= len(text) for start, end, _ in finds)


@settings(max_examples=60)
@given(FRAGMENTS)
def test_the_next_line_stays(text: str) -> None:
    """Whatever one line holds, the impersonal one below it is neither moved nor lost."""
    assert redact_text(f"{text}\nthe printer is offline", CONTACT).endswith("\nthe printer is offline")
