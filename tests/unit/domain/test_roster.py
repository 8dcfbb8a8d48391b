"""Names that the desk knows are found however they are written, and nothing else is."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoho_privacy.domain.roster import NOBODY, Roster

KNOWN = Roster(["Reinout Haverkamp", "Stanisława Kruczek", "Anne-Marie O'Neil", "Vance"])


def found(text: str) -> list[str]:
    return [text[start:end] for start, end, _ in KNOWN.spans(text)]


@pytest.mark.req("R-ACCESS-4")
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Reinout Haverkamp heeft hetzelfde probleem.", ["Reinout Haverkamp"]),
        ("HAVERKAMP, Reinout; FN:haverkamp reinout", ["HAVERKAMP, Reinout", "haverkamp reinout"]),
        ("N:Haverkamp;Reinout;;;", ["Haverkamp;Reinout"]),
        ("calendar of Stanislawa Kruczek", ["Stanislawa Kruczek"]),
        ("Anne-Marie O\u2019Neil and anne marie o'neil", ["Anne-Marie O\u2019Neil", "anne marie o'neil"]),
        ("Reinout\nHaverkamp", ["Reinout\nHaverkamp"]),
        ("Reinout Haverkamp rang. Haverkamp asks again; reinout", ["Reinout Haverkamp", "Haverkamp"]),
        ("Reinout Haverkamp <reinout.haverkamp@example.org>", ["Reinout Haverkamp"]),
        ("Reinout rang; so did Vance and reinout.haverkamp@example.org", []),
        ("Reinout. Haverkamps of the village", []),
    ],
)
def test_a_name_is_found_whole_and_then_in_parts(text: str, names: list[str]) -> None:
    assert found(text) == names


@settings(max_examples=50)
@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_stands_around_a_name_it_is_found(before: str, after: str) -> None:
    text = f"{before} | Reinout Haverkamp | {after}"
    assert any("Reinout Haverkamp" in each for each in found(text))
    spans = list(KNOWN.spans(text))
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


def test_nobody_is_nobody() -> None:
    assert not NOBODY
    assert list(NOBODY.spans("Reinout Haverkamp")) == []
