"""The public pages as people meet them: on a small screen, without script, with a keyboard, in their language."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.builders import NOW, ORG, a_case
from tests.fakes.handing import letter, unlocked
from tests.fakes.links import COMPANY, EARLIER, PHONE, Scene, in_parts
from zoho_privacy.domain import metrics
from zoho_privacy.domain.model import Kind, State
from zoho_privacy.hosting import pages
from zoho_privacy.local import report_page
from zoho_privacy.workflows import casebook, exports

pytestmark = pytest.mark.browser
LANGUAGES = sorted(pages.languages())
SOME = ("de", "el", "en")
"""Languages differ in words alone: every one is looked at once, long words and another script everywhere."""
ANSWERS = {"ticket_number": EARLIER, "company": COMPANY, "phone": PHONE, "name": "Ada Moss"}
LEAST_CONTRAST = 4.5


def state(scene: Scene) -> State:
    (case,) = casebook.cases_of_ticket(scene.app.store, ORG, scene.ticket.id)
    return case.state


def fits(page: Page) -> bool:
    """Tell whether nothing reaches beyond a window of 320 pixels."""
    widest: float = page.evaluate("Math.max(...[...document.all].map(each => each.getBoundingClientRect().right))")
    scrolls: bool = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return widest <= 320 and not scrolls


@pytest.mark.req("R-VERIFY-2", "R-LANG-1")
@pytest.mark.parametrize("language", LANGUAGES)
def test_one_press_confirms_in_every_language(page: Page, site: str, scene: Scene, language: str) -> None:
    words = pages.words(language)["identity"]
    page.goto(f"{site}/verify/{scene.challenge(language=language)}")
    assert page.locator("html").get_attribute("lang") == language
    assert page.title() == words["title"]
    assert fits(page)
    page.get_by_role("button", name=words["button"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(words["accepted_title"])
    assert fits(page)
    assert state(scene) is State.VERIFIED


@pytest.mark.req("R-VERIFY-4")
@pytest.mark.parametrize("language", SOME)
def test_facts_and_declaration_can_be_given_by_keyboard_alone(
    page: Page, site: str, scene: Scene, language: str
) -> None:
    """Tab through the fields in their order, tick the box with the space bar, send with Enter."""
    page.goto(f"{site}/verify/{scene.careful_challenge(language)}")
    assert fits(page)
    names = [each.get_attribute("name") or "" for each in page.locator("input[type=text]").all()]
    assert names
    for name in names:
        page.keyboard.press("Tab")
        assert page.locator(f"#{name}:focus").count() == 1
        page.keyboard.type(ANSWERS[name])
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.get_by_role("checkbox").is_checked()
    page.keyboard.press("Tab")
    assert page.locator("button:focus").count() == 1
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(pages.words(language)["identity"]["accepted_title"])
    assert state(scene) is State.VERIFIED


def test_every_field_is_reached_by_its_label_and_what_is_wrong_is_announced(
    page: Page, site: str, scene: Scene
) -> None:
    words = pages.words("en")
    page.goto(f"{site}/verify/{scene.careful_challenge()}")
    for name in [each.get_attribute("name") or "" for each in page.locator("input[type=text]").all()]:
        page.get_by_label(words["facts"][name]).fill("not this")
    page.get_by_label(words["identity"]["declaration"]).check()
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_have_text(words["identity"]["wrong"])
    assert page.locator("form").get_attribute("aria-describedby") == "alarm"
    assert fits(page)
    assert state(scene) is State.AWAITING_PROOF


@pytest.mark.req("R-ACCESS-5", "R-LANG-1")
@pytest.mark.parametrize("language", SOME)
def test_an_export_is_fetched_with_a_code_by_keyboard_alone(page: Page, site: str, scene: Scene, language: str) -> None:
    words = pages.words(language)["delivery"]
    export_id, token = scene.export(language)
    page.goto(f"{site}/export/{token}")
    assert page.locator("html").get_attribute("lang") == language
    assert fits(page)
    page.get_by_role("button", name=words["send"]).press("Enter")
    expect(page.get_by_role("button", name=words["again"])).to_be_visible()
    assert fits(page)
    export = exports.get(scene.app, ORG, export_id)
    assert export is not None
    told = letter(scene.app, export)
    page.keyboard.press("Tab")
    page.keyboard.type("00000-00000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(words["wrong"])
    page.get_by_label(words["code"]).fill(told["code"])
    with page.expect_download() as caught:
        page.keyboard.press("Enter")
    assert caught.value.suggested_filename.endswith(".zip")
    with unlocked(caught.value.path().read_bytes(), told["key"]) as package:
        assert "index.html" in package.namelist()


@pytest.mark.req("R-ACCESS-5", "R-ACCESS-7", "R-LANG-1")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parts_of_a_large_export_are_listed_and_fetched(page: Page, site: str, scene: Scene, language: str) -> None:
    words = pages.words(language)["delivery"]
    export_id, token = scene.export(language)
    size, _ = in_parts(scene, export_id)
    page.goto(f"{site}/export/{token}")
    assert (page.get_by_role("listitem").count(), page.get_by_role("link").count()) == (2, 0)
    assert fits(page)
    page.get_by_role("button", name=words["send"]).click()
    export = exports.get(scene.app, ORG, export_id)
    assert export is not None
    page.get_by_label(words["code"]).fill(letter(scene.app, export)["code"])
    page.get_by_role("button", name=words["unlock"]).click()
    expect(page.get_by_role("link")).to_have_count(2)
    assert fits(page)
    for number in (1, 2):
        with page.expect_download() as caught:
            page.get_by_role("link", name=f"data-{number}.zip").press("Enter")
        assert (caught.value.suggested_filename, caught.value.path().stat().st_size) == (f"data-{number}.zip", size)


@pytest.mark.parametrize("language", SOME)
def test_a_link_that_leads_nowhere_says_so_kindly(page: Page, site: str, language: str) -> None:
    page.set_extra_http_headers({"accept-language": language})
    for path in ("verify", "export"):
        page.goto(f"{site}/{path}/{'x' * 43}")
        expect(page.get_by_role("heading", level=1)).to_have_text(pages.words(language)["gone"]["title"])
        assert fits(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_button_stand_out_from_their_ground(page: Page, site: str, scene: Scene, scheme: str) -> None:
    """WCAG 2.1 AA asks for 4.5 to 1; the colours are read from the page's own style."""
    page.goto(f"{site}/verify/{scene.challenge()}")
    style = page.locator("style").text_content() or ""
    block = style.split("prefers-color-scheme: dark")[1] if scheme == "dark" else style.split("@media")[0]
    colour = dict(re.findall(r"--([\w-]+): #([0-9a-f]{6})", block))
    assert contrast(colour["ink"], colour["paper"]) >= LEAST_CONTRAST
    assert contrast(colour["on-deed"], colour["deed"]) >= LEAST_CONTRAST
    assert contrast(colour["deed"], colour["paper"]) >= LEAST_CONTRAST
    assert contrast(colour["edge"], colour["paper"]) >= 3


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, as WCAG defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour given as six hex digits."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.req("R-METRIC-1", "R-METRIC-2")
def test_the_report_is_read_with_eyes_and_without_and_on_a_phone(page: Page) -> None:
    """Each drawing shows something, and each of its parts stands as a figure in the table beside it."""
    cases = [
        a_case(id="1", state=State.CLOSED, closed=NOW + timedelta(days=12)),
        a_case(id="2", kind=Kind.ACCESS, state=State.REFUSED, closed=NOW + timedelta(days=40)),
        a_case(id="3", kind=Kind.ACCESS),
    ]
    day = NOW.date()
    told = metrics.report(cases, [], first=day.replace(day=1), last=day + timedelta(days=9), timezone="UTC")
    page.set_content(report_page.render(told))
    scrolls: bool = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not scrolls
    for section in page.locator("section:has(svg)").all():
        drawing, table = section.locator("svg"), section.get_by_role("table")
        assert drawing.get_attribute("aria-label")
        box = drawing.bounding_box()
        assert box
        assert box["width"] > 250
        assert len(drawing.screenshot()) > 1000
        told_by_table = table.inner_text()
        for title in drawing.locator("rect title").all():
            figure = re.search(r": (\d+)", title.text_content() or "")
            assert figure
            assert figure[1] in told_by_table
    expect(page.get_by_role("row", name="access 2 0 0 1 1 0 0")).to_be_visible()
    expect(page.get_by_role("row", name="access 1 0 0 % 0 0 %")).to_be_visible()
