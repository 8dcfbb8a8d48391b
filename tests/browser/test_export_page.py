"""The page of an export as it lies on somebody's disk: opened by a double click, read by everybody, printed.

Axe judges it (WCAG 2.1 A and AA); `.ci/run` puts axe into a cache folder. Pictures are kept where SCREENSHOTS names a
folder. Script is switched on only so that axe can run: the page itself has none.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.builders import a_case
from tests.fakes.handing import fetched, let_out
from tests.fakes.people import adas_life
from tests.fakes.suite import a_suite
from zoho_privacy.domain.model import Kind
from zoho_privacy.hosting.http import Request
from zoho_privacy.local import review_page
from zoho_privacy.workflows import exports

pytestmark = pytest.mark.browser
CACHE = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "zoho-privacy" / "axe"
AXE = CACHE / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
ARABIC = "مرحبا، الطابعة لا تعمل abc 123"


@pytest.fixture(scope="module", params=["el"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export unpacked into a folder; languages differ in words alone, so one of another script stands for all.

    One message is written from right to left.
    """
    life = adas_life()
    life.desk.add_thread(life.own.id, author_email=life.ada.email, content=f"<p>{ARABIC}</p>")
    app = a_suite(life.desk)
    case = a_case(kind=Kind.ACCESS, contact_id=life.ada.id, language=request.param)
    place = tmp_path_factory.mktemp(f"export-{request.param}")
    with fetched(app, let_out(app, exports.build(app, app.desks[case.org], case))) as package:
        package.extractall(place)
    return place


@pytest.fixture
def paper(chromium: Browser) -> Iterator[Page]:
    """A window without network; what the page asks for besides files fails the test."""
    context = chromium.new_context(viewport={"width": 1024, "height": 768}, offline=True)
    foreign: list[str] = []
    context.on(
        "request", lambda each: foreign.append(each.url) if not each.url.startswith(("file:", "data:")) else None
    )
    yield context.new_page()
    context.close()
    assert foreign == []


def serious(page: Page) -> list[str]:
    """Return what axe finds serious or worse, as rule and places."""
    if not AXE.exists():
        pytest.skip("axe is not installed; `.ci/run` installs it")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    options = json.dumps({"runOnly": {"type": "tag", "values": TAGS}})
    found: Any = page.evaluate(f"axe.run(document, {options})")
    assert found["passes"]  # it did look
    return [
        f"{each['id']}: {[node['html'][:120] for node in each['nodes'][:3]]}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]


def keep(page: Page, name: str) -> None:
    """Keep a picture where somebody wants one."""
    if wanted := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(wanted) / f"{name}.png"), full_page=True)


@pytest.mark.req("R-ACCESS-3", "R-LANG-1")
def test_the_page_opens_from_a_double_click_for_everybody(folder: Path, paper: Page) -> None:
    paper.goto((folder / "index.html").as_uri())
    assert paper.locator("script").count() == 0
    language = paper.locator("html").get_attribute("lang")
    assert folder.name.startswith(f"export-{language}")
    arabic = paper.locator(".text", has_text=ARABIC)
    expect(arabic).to_have_css("direction", "rtl")
    for link in paper.locator("a[href^='files/'], a[href$='.vcf']").all():
        assert (folder / (link.get_attribute("href") or "")).is_file()
    keep(paper, f"export-{language}")
    assert serious(paper) == []
    paper.emulate_media(media="print")
    assert len(paper.pdf(format="A4")) > 10_000


@pytest.mark.req("R-ACCESS-4")
def test_the_reviewers_page_can_be_used_by_everybody(paper: Page) -> None:
    life = adas_life()
    app = a_suite(life.desk)
    case = a_case(kind=Kind.ACCESS, contact_id=life.ada.id)
    export = exports.build(app, app.desks[case.org], case)
    request = Request("GET", f"/exports/{case.org}/{export.id}", client="127.0.0.1")
    paper.set_content(review_page.export_page(request, app).body.decode())
    expect(paper.get_by_role("button", name="Accept this hash and send it")).to_be_visible()
    keep(paper, "review")
    assert serious(paper) == []
