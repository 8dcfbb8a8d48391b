"""The operator's page of the emulator in Chromium: a person plays customer, agent and time by hand."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.emulator_process import Emulator

SUBJECT = "<img src=x onerror=document.title='owned'><b>Hello</b>"
MAIL = (
    "<p>Good day</p><script>top.document.title='owned'</script><img src='http://tracker.example.com/x.png' "
    "onerror=\"top.document.title='owned'\"><a href=\"javascript:top.document.title='owned'\">read on</a>"
    "<form action='/_console/do/clear-faults' method='post'><button>go</button></form></iframe><h1>out</h1>"
)


@pytest.fixture(scope="module")
def zoho() -> Iterator[Emulator]:
    with Emulator.start() as running:
        yield running


@pytest.fixture
def desk(chromium: Browser, zoho: Emulator) -> Iterator[Page]:
    """A phone's window with scripts allowed; a request to anywhere but the emulator, or a script's alarm, fails."""
    zoho.reset()
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    foreign: list[Request] = []
    context.on("request", lambda each: None if each.url.startswith((zoho.url, "about:")) else foreign.append(each))
    page = context.new_page()
    page.goto(zoho.url)
    yield page
    context.close()
    # The browser sometimes names a request that the page's own policy refused, so that it never left.
    assert [each.url for each in foreign if each.failure != "csp"] == []


def go(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()


def write(page: Page, subject: str, text: str, *, kind: str = "text") -> None:
    go(page, "Write a mail")
    page.get_by_label("From (address)").fill("ada.moss@example.net")
    page.get_by_label("Name", exact=True).fill("Ada Moss")
    page.get_by_label("Subject").fill(subject)
    page.get_by_label("Text", exact=True).fill(text)
    page.get_by_label("The text is").select_option(kind)
    page.get_by_role("button", name="Send").click()


def test_a_story_is_played_by_hand(desk: Page, zoho: Emulator) -> None:
    """Customer, agent and time in one sitting: each effect is seen where the page leads."""
    write(desk, "My data", "Please send me a copy.")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("My data")
    expect(desk.get_by_role("article").get_by_text("Please send me a copy.").first).to_be_visible()
    ticket = desk.url.partition("?")[0]

    desk.get_by_label("Privacy action").select_option("Send verification")
    desk.get_by_label("Tag to add").fill("privacy")
    desk.get_by_role("button", name="Run the macro").click()
    expect(desk.locator("dd", has_text="Send verification").first).to_be_visible()
    expect(desk.get_by_text("(Macro)").first).to_be_visible()

    desk.get_by_label("Reply (HTML)").fill('<p>Your code is 482913.</p><a href="http://127.0.0.1:9/open">open</a>')
    desk.get_by_role("button", name="Send the reply").click()
    go(desk, "Outbox")
    expect(desk.get_by_text("Your code is 482913.")).to_be_visible()
    expect(desk.get_by_role("link", name="http://127.0.0.1:9/open")).to_be_visible()
    desk.get_by_role("link", name="Answer as the customer").click()
    desk.get_by_label("Text", exact=True).fill("It was 482913.")
    desk.get_by_role("button", name="Send").click()
    assert desk.url.partition("?")[0] == ticket

    go(desk, "Clock")
    desk.get_by_label("How many").fill("2")
    desk.get_by_role("button", name="Move forward").click()
    expect(desk.locator("#now")).to_contain_text("2026-01-07T09:")

    zoho.get("/tickets")
    go(desk, "Overview")
    expect(desk.get_by_role("region", name="Credits per route")).to_contain_text("GET /tickets")
    go(desk, "Webhooks")
    expect(desk.get_by_text("Nothing was delivered.")).to_be_visible()

    desk.goto(ticket)
    desk.get_by_role("button", name="Move to the recycle bin").click()
    go(desk, "Recycle bin")
    desk.get_by_role("button", name="Restore My data").click()
    expect(desk.get_by_text("The bin is empty.")).to_be_visible()


def test_a_hostile_mail_does_nothing(desk: Page) -> None:
    """Scripts, handlers, links, forms and pictures of a mail are text, or stand in a frame that can do nothing."""
    write(desk, SUBJECT, MAIL, kind="html")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("onerror")
    desk.get_by_text("As HTML, without scripts or pictures").first.click()
    frame = desk.frame_locator("iframe").first
    expect(frame.get_by_text("Good day")).to_be_visible()
    frame.get_by_text("read on").click()
    for place in ("Tickets", "Recycle bin", "Outbox"):
        assert desk.title().endswith(" · emulated desk")
        go(desk, place)
        assert desk.evaluate("document.querySelectorAll('main img, main script, main b').length") == 0


@pytest.mark.parametrize("place", ["", "mail", "tickets", "switches", "faults", "clock"])
def test_a_page_fits_a_phone_and_names_its_fields(desk: Page, zoho: Emulator, place: str) -> None:
    """Nothing sticks out at 360 pixels, and each field has a label."""
    desk.goto(f"{zoho.url}/_console/{place}")
    assert desk.evaluate("document.documentElement.scrollWidth") <= 360
    fields = "[...document.querySelectorAll('main input:not([type=hidden]), main select, main textarea')]"
    assert desk.evaluate(f"{fields}.every(each => each.labels.length > 0)")
    assert desk.locator("h1").count() == 1
