"""What agents write down for a command, as Desk keeps it."""

import pytest

from zoho_privacy.domain import sheet


def test_names_start_values_and_other_lines_go_on_with_them() -> None:
    words = sheet.read("Hello\nReason: we search\nAnswer: First part.\n\nSecond part: it goes on.\nGround: Article 12")
    assert words == {
        "reason": "we search",
        "answer": "First part.\n\nSecond part: it goes on.",
        "ground": "Article 12",
    }


def test_desk_keeps_notes_as_html() -> None:
    content = "<div>Phone: +1&nbsp;555 0142</div><div>Last name: Moss &amp; Sons<br />Evidence: a bill</div>"
    words = sheet.read(content)
    assert sheet.corrections(words) == {"phone": "+1 555 0142", "last_name": "Moss & Sons"}
    assert words["evidence"] == "a bill"


def test_an_ordinary_note_says_nothing() -> None:
    assert sheet.read("Called him back, note to self: be patient") == {}
    assert sheet.read("Reason:") == {}


def test_our_own_notes_are_known_by_their_reference() -> None:
    assert sheet.ours("The request is due.\n\n[ref-1a2b3c4d]")
    assert not sheet.ours("Reason: see [ref-1a2b3c4d] above")


@pytest.mark.req("R-REFUSE-1")
@pytest.mark.parametrize(("said", "meant"), [("yes", True), ("Yes", True), ("no", False), ("", False)])
def test_a_refusal_is_in_part_where_the_note_says_so(said: str, meant: bool) -> None:  # noqa: FBT001  a table
    assert sheet.agreed({"partial": said}, "partial") is meant


@pytest.mark.req("R-CORRECT-1")
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("ada.moss@example.net", "a…@e….net"),
        ("+44 1632 960142", "+…42"),
        ("Moss", "…"),
        ("", "-"),
        ("a@b", "a…@b…"),
    ],
)
def test_a_letter_shows_a_detail_only_in_part(value: str, shown: str) -> None:
    assert sheet.shaded(value) == shown


@pytest.mark.req("R-CORRECT-1")
@pytest.mark.parametrize(
    ("name", "one", "other", "alike"),
    [
        ("phone", "030 555 0199", "+49 30 5550199", True),
        ("mobile", "0049 (30) 555-0199", "+49305550199", True),
        ("phone", "030 555 0199", "+49 30 5550198", False),
        ("phone", "0199", "+49 30 5550199", False),
        ("last_name", " MOSS  Vale", "Moss Vale", True),
        ("city", "Berlin", "Bern", False),
    ],
)
def test_a_value_says_the_same_in_another_form(name: str, one: str, other: str, alike: bool) -> None:  # noqa: FBT001  a table
    assert sheet.same(name, one, other) is alike
    assert sheet.same(name, other, one) is alike
