"""Pages: every language complete, everything escaped, nothing but HTML and style."""

import re
from html.parser import HTMLParser

import pytest

from zoho_privacy.domain.verify import FACT_NAMES
from zoho_privacy.hosting import pages

PLACEHOLDER = re.compile(r"\{(\w+)\}")


def shape(value: object) -> object:
    """Return the keys of a table and the placeholders of its texts."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return len(value)
    return sorted(PLACEHOLDER.findall(str(value)))


@pytest.mark.req("R-LANG-1")
@pytest.mark.parametrize("language", sorted(pages.languages()))
def test_every_language_has_the_same_texts_and_placeholders(language: str) -> None:
    assert shape(pages.words(language)) == shape(pages.words("en"))


def test_the_languages_promised_are_there() -> None:
    assert {"cs", "de", "el", "en", "es", "fr", "hr", "it", "nl", "pt", "ro", "sv"} <= pages.languages()


def test_every_fact_that_may_be_asked_has_a_label() -> None:
    for language in pages.languages():
        assert set(FACT_NAMES) <= set(pages.words(language)["facts"]), language


class Outline(HTMLParser):
    """Collects tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        self.tags.append((tag, dict(attrs)))


def outline(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Outline()
    parser.feed(page)
    return parser.tags


def test_whatever_is_put_in_is_escaped() -> None:
    nasty = '<script>alert("x")</script>'
    form = pages.Form(nasty, nasty, [pages.Field("a", nasty, nasty)], nasty)
    found = outline(pages.page("en", nasty, [nasty], form=form, alarm=nasty))
    assert "script" not in {tag for tag, _ in found}


def test_a_page_loads_nothing_and_asks_with_labels() -> None:
    form = pages.Form("Go", fields=[pages.Field("company", "Company", "as on file")], declaration="I declare")
    found = outline(pages.page("fr", "Title", ["line"], form=form, alarm="wrong"))
    assert not {"script", "img", "link", "iframe"} & {tag for tag, _ in found}
    inputs = [attributes["id"] for tag, attributes in found if tag == "input"]
    labels = [attributes["for"] for tag, attributes in found if tag == "label"]
    assert inputs == labels == ["company", "declared"]
    assert ("html", {"lang": "fr"}) in found
    assert sum(tag == "h1" for tag, _ in found) == 1
    assert any(attributes.get("role") == "alert" for _, attributes in found)


@pytest.mark.parametrize(
    ("header", "language"),
    [("de-AT,de;q=0.9", "de"), ("pl, NL;q=0.8", "nl"), ("", "en"), ("*", "en"), ("x" * 5000, "en"), (",,;;", "en")],
)
def test_the_first_language_served_is_taken(header: str, language: str) -> None:
    assert pages.preferred(header) == language
