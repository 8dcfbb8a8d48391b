"""A headless Chromium of this machine, and the pages served over loopback. Skips where there is no Chromium."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.fakes.links import Scene, a_scene
from zoho_privacy.hosting.dispatch import discover
from zoho_privacy.local.server import Server, Site

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a run."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS, headless=True)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A small phone's window without script; a request to anywhere but this machine fails the test."""
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 320, "height": 568}, accept_downloads=True
    )
    foreign: list[str] = []
    context.on("request", lambda request: foreign.append(request.url) if "127.0.0.1" not in request.url else None)
    found = context.new_page()
    yield found
    context.close()
    assert foreign == []


@pytest.fixture
def scene() -> Scene:
    """A person on file with a request."""
    return a_scene()


@pytest.fixture
def site(scene: Scene) -> Iterator[str]:
    """The address under which the scene's pages are served."""
    server = Server(Site(scene.app, discover()), host="127.0.0.1", port=0, behind_proxy=False)
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()
