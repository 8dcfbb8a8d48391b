"""The page behind an export's link: it says what, how large and until when; only its button hands anything out."""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlencode

import pytest

from tests.builders import ORG
from tests.fakes.handing import code, letter, unlocked
from tests.fakes.links import Scene, a_scene, in_parts
from webhooks import delivery
from zoho_privacy.hosting import dispatch, pages
from zoho_privacy.hosting.http import Request, Response
from zoho_privacy.workflows import exports, ledger

ROUTES = tuple(dispatch.Route(method, pattern, delivery.handle) for method, pattern in delivery.ROUTES)


def ask(
    scene: Scene,
    token: str,
    method: str = "GET",
    *,
    query: Mapping[str, str] = MappingProxyType({}),
    headers: Mapping[str, str] = MappingProxyType({}),
    **form: str,
) -> Response:
    path, body = f"/export/{token}", urlencode(form).encode()
    request = Request(method, path, headers=headers, query=query, body=body, client="192.0.2.7")
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


@pytest.mark.req("R-ACCESS-5", "R-SEC-2", "R-VERIFY-14")
def test_the_first_button_sends_a_code_and_the_code_streams_the_file_once() -> None:
    scene = a_scene()
    export_id, token = scene.export()
    assert ask(scene, token, "POST").stream is None
    export = exports.get(scene.app, ORG, export_id)
    assert export is not None
    told = letter(scene.app, export)
    answer = ask(scene, token, "POST", code=told["code"])
    assert answer.stream is not None
    data = b"".join(answer.stream)
    assert (answer.status, int(answer.headers["content-length"])) == (200, len(data))
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    with unlocked(data, told["key"]) as package:
        assert b"Ada" in package.read("index.html")
    again = ask(scene, token, "POST", code=told["code"])
    assert (again.status, again.stream) == (422, None)
    assert [each for each in steps(scene) if each.startswith("export_")] == [
        "export_started", "export_built", "export_code_sent", "export_downloaded", "export_code_wrong",
    ]  # fmt: skip


@pytest.mark.req("R-SEC-3", "R-VERIFY-6")
def test_codes_are_guessed_five_times_and_sent_three_times_a_day() -> None:
    scene = a_scene()
    export_id, token = scene.export()
    for _ in range(3):
        assert ask(scene, token, "POST").status == 200
    page = ask(scene, token, "POST")
    assert (page.status, pages.words("en")["delivery"]["enough"] in page.body.decode()) == (429, True)
    for _ in range(5):
        assert ask(scene, token, "POST", code="00000-00000").status == 422
    export = exports.get(scene.app, ORG, export_id)
    assert export is not None
    assert ask(scene, token, "POST", code=letter(scene.app, export)["code"]).status == 422
    scene.wait(hours=24)
    assert ask(scene, token, "POST").status == 200
    renewed = exports.get(scene.app, ORG, export_id)
    assert renewed is not None
    assert ask(scene, token, "POST", code=letter(scene.app, renewed)["code"]).status == 200


@pytest.mark.req("R-ACCESS-5", "R-VERIFY-14")
def test_a_code_is_proof_for_an_hour_and_the_newest_alone_counts() -> None:
    """An old message found in a mailbox opens nothing."""
    scene = a_scene()
    export_id, token = scene.export()
    old = code(scene.app, ORG, export_id)
    new = code(scene.app, ORG, export_id)
    assert ask(scene, token, "POST", code=old).status == 422
    scene.wait(minutes=61)
    assert ask(scene, token, "POST", code=new).status == 422


def test_the_page_says_size_and_end_in_the_language_of_the_case() -> None:
    scene = a_scene()
    export_id, token = scene.export("de")
    export = exports.get(scene.app, ORG, export_id)
    assert export is not None
    page = ask(scene, token).body.decode()
    assert '<html lang="de">' in page
    assert pages.size(export.size) in page
    assert "9. März 2026" in page


@pytest.mark.req("R-ACCESS-5", "R-ACCESS-7")
def test_the_parts_of_a_large_export_are_listed_and_fetched_from_any_byte_on() -> None:
    scene = a_scene()
    export_id, token = scene.export()
    size, data = in_parts(scene, export_id)
    page = ask(scene, token).body.decode()
    assert (page.count("SHA-256"), "part=" in page) == (2, False)
    answer = ask(scene, token, "POST", code=code(scene.app, ORG, export_id))
    assert (answer.status, answer.headers["location"][:6]) == (303, "?pass=")
    passed = answer.headers["location"].removeprefix("?pass=")
    page = ask(scene, token, query={"pass": passed}).body.decode()
    assert [f"part={number}" in page for number in (1, 2, 3)] == [True, True, False]
    for asked, status, start, end in (
        ("", 200, 0, size),
        ("bytes=0-", 200, 0, size),
        ("bytes=100-", 206, 100, size),
        ("bytes=100-199", 206, 100, 200),
        ("bytes=-50", 206, size - 50, size),
        ("bytes=9-3", 200, 0, size),
        ("lines=1-2", 200, 0, size),
        ("bytes=0-1,5-6", 200, 0, size),
    ):
        part = ask(scene, token, query={"pass": passed, "part": "2"}, headers={"range": asked} if asked else {})
        assert (part.status, b"".join(part.stream or ())) == (status, data[start:end]), asked
        assert int(part.headers["content-length"]) == end - start
        told = f"bytes {start}-{end - 1}/{size}" if status == 206 else None
        assert part.headers.get("content-range") == told
        assert 'filename="data-2.zip"' in part.headers["content-disposition"]
    old = {"range": "bytes=100-", "if-range": '"another"'}
    assert ask(scene, token, query={"pass": passed, "part": "2"}, headers=old).status == 200
    beyond = ask(scene, token, query={"pass": passed, "part": "2"}, headers={"range": f"bytes={size}-"})
    assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{size}")


@pytest.mark.req("R-ACCESS-5", "R-SEC-3")
def test_a_part_needs_a_pass_and_a_look_at_its_size_is_no_download() -> None:
    scene = a_scene()
    export_id, token = scene.export()
    in_parts(scene, export_id)
    assert ask(scene, token, query={"part": "1"}).status == 403
    assert ask(scene, token, query={"part": "1", "pass": "\u00e9"}).status == 403
    assert ask(scene, token, "HEAD", query={"part": "1"}).status == 403
    passed = ask(scene, token, "POST", code=code(scene.app, ORG, export_id)).headers["location"].removeprefix("?pass=")
    for wrong in ("0", "3", "x", "-1", "9999999"):
        assert ask(scene, token, query={"pass": passed, "part": wrong}).status == 404
    look = ask(scene, token, "HEAD", query={"pass": passed, "part": "1"})
    assert (look.status, look.headers["accept-ranges"], tuple(look.stream or ())) == (200, "bytes", ())
    assert "export_downloaded" not in steps(scene)
    assert steps(scene)[-1] == "export_unlocked"
    exports.revoke(scene.app, ORG, export_id, "agent:1", "sent to the wrong person")
    assert ask(scene, token, query={"pass": passed, "part": "1"}).status == 404


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
