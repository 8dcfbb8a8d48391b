"""The page behind an export's link: it says what, how large and until when; only its button hands anything out."""

import io
import zipfile

import pytest

from tests.builders import ORG
from tests.fakes.links import Scene, a_scene
from webhooks import delivery
from zoho_privacy.hosting import dispatch, pages
from zoho_privacy.hosting.http import Request, Response
from zoho_privacy.workflows import exports, ledger

ROUTES = tuple(dispatch.Route(method, pattern, delivery.handle) for method, pattern in delivery.ROUTES)


def ask(scene: Scene, token: str, method: str = "GET") -> Response:
    request = Request(method, f"/export/{token}", client="192.0.2.7")
    route = dispatch.choose(ROUTES, request)
    assert isinstance(route, dispatch.Route)
    return dispatch.answer(route, request, scene.app)


def steps(scene: Scene) -> list[str]:
    return [entry.what for entry in ledger.entries(scene.app.store, ORG)]


@pytest.mark.req("R-ACCESS-5")
def test_a_look_hands_nothing_out_and_is_no_download() -> None:
    scene = a_scene()
    _, token = scene.export()
    page = ask(scene, token)
    assert (page.status, page.stream) == (200, None)
    assert "export_downloaded" not in steps(scene)


@pytest.mark.req("R-ACCESS-5", "R-SEC-2")
def test_the_button_streams_the_file_and_the_ledger_knows() -> None:
    scene = a_scene()
    _, token = scene.export()
    answer = ask(scene, token, "POST")
    assert answer.stream is not None
    data = b"".join(answer.stream)
    assert (answer.status, int(answer.headers["content-length"])) == (200, len(data))
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    assert "index.html" in zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert steps(scene).count("export_downloaded") == 1


def test_the_page_says_size_and_end_in_the_language_of_the_case() -> None:
    scene = a_scene()
    export_id, token = scene.export("de")
    export = exports.get(scene.app, ORG, export_id)
    assert export is not None
    page = ask(scene, token).body.decode()
    assert '<html lang="de">' in page
    assert pages.size(export.size) in page
    assert "9. März 2026" in page


@pytest.mark.req("R-ACCESS-5", "R-BREACH-1")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unknown_ended_and_revoked_links_look_the_same(method: str) -> None:
    """Whoever got hold of an old link does not even learn that there was an export."""
    revoked, expired = a_scene(), a_scene()
    export_id, revoked_token = revoked.export()
    exports.revoke(revoked.app, ORG, export_id, "agent:1", "sent to the wrong person")
    _, expired_token = expired.export()
    expired.wait(days=8)
    answers = [
        ask(revoked, "x" * 43, method),
        ask(revoked, revoked_token, method),
        ask(expired, expired_token, method),
        ask(revoked, "é", method),
    ]
    assert {(answer.status, answer.body) for answer in answers} == {(404, answers[0].body)}


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "1 kB"), (340_000, "340 kB"), (999_999, "1000 kB"), (1_430_000, "1.4 MB")]
)
def test_sizes_are_readable(count: int, shown: str) -> None:
    assert pages.size(count) == shown
