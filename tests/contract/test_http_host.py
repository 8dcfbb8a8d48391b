"""The one-machine host over real sockets: whatever a client sends, it gets an answer and the host lives on."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from tests.fakes.receiving import make
from zoho_privacy.domain.errors import (
    BadInput,
    BadSignature,
    DeskBusy,
    DeskForbidden,
    NotAllowed,
    NotFound,
    StoreUnavailable,
)
from zoho_privacy.hosting.dispatch import Route, discover
from zoho_privacy.hosting.http import Request, Response, text
from zoho_privacy.local.limits import SUBMITTING
from zoho_privacy.local.server import MOST_BYTES, Server, Site
from zoho_privacy.workflows.context import App

MARKER = "zqx-ada.moss@example.net"


def echo(request: Request, _app: App) -> Response:
    """Answer with what arrived."""
    return text(f"{request.method} {request.path} {dict(request.query)} {len(request.body)}")


def failing(problem: Exception) -> Callable[[Request, App], Response]:
    """Return a handler that raises."""

    def handle(_request: Request, _app: App) -> Response:
        raise problem

    return handle


def streaming(_request: Request, _app: App) -> Response:
    """Answer in pieces."""
    return Response(200, headers={"content-type": "application/zip"}, stream=(bytes([n]) * 1000 for n in range(50)))


@contextmanager
def serving(*routes: Route, **site: Any) -> Iterator[str]:
    """Serve these routes and give the address."""
    server = Server(Site(make().app, routes, **site), host="127.0.0.1", port=0, behind_proxy=False)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.stop()


def raw(url: str, lines: bytes) -> bytes:
    """Send bytes as they are and return the status line."""
    port = int(url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(lines)
        return connection.recv(4096).partition(b"\r\n")[0]


def test_a_request_arrives_whole_and_is_answered() -> None:
    with serving(Route("POST", "/echo/{what}", echo)) as url:
        answer = requests.post(f"{url}/echo/caf%C3%A9?a=1&b=", data=b"12345", timeout=10)
    assert answer.text == "POST /echo/café {'a': '1', 'b': ''} 5"
    assert answer.headers["cache-control"] == "no-store"


def test_an_unknown_path_and_a_wrong_method_are_told_apart() -> None:
    with serving(Route("GET", "/a", echo), Route("POST", "/a", echo), Route("GET", "/b/{x}", echo)) as url:
        assert requests.get(f"{url}/nothing", timeout=10).status_code == 404
        assert requests.get(f"{url}/b/", timeout=10).status_code == 404
        assert requests.get(f"{url}/a/", timeout=10).status_code == 404
        refused = requests.delete(f"{url}/a", timeout=10)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST")


def test_head_gets_the_headers_alone() -> None:
    with serving(Route("GET", "/a", echo)) as url:
        answer = requests.head(f"{url}/a", timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (StoreUnavailable("locked"), 503),
        (DeskBusy("slow down", retry_after_s=42), 503),
        (BadSignature("issuer"), 401),
        (NotFound("gone"), 404),
        (BadInput("unreadable"), 400),
        (NotAllowed("four eyes"), 400),
        (DeskForbidden("scope"), 500),
        (RuntimeError(MARKER), 500),
        (RecursionError(MARKER), 500),
    ],
)
@pytest.mark.req("R-SEC-8")
def test_each_branch_of_errors_has_its_answer(
    problem: Exception, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A client learns what to do; only the log learns why; nobody learns what somebody wrote."""
    with caplog.at_level(logging.INFO), serving(Route("GET", "/a", failing(problem))) as url:
        answer = requests.get(f"{url}/a", timeout=10)
        assert requests.get(f"{url}/a", timeout=10).status_code == status
    assert answer.status_code == status
    assert str(problem) not in answer.text
    assert MARKER not in caplog.text
    assert ("retry-after" in answer.headers) is (status == 503)
    if isinstance(problem, DeskBusy):
        assert answer.headers["retry-after"] == "42"


def test_a_body_above_the_limit_is_refused_before_anybody_reads_it() -> None:
    with serving(Route("POST", "/a", echo)) as url:
        assert requests.post(f"{url}/a", data=b"x" * MOST_BYTES, timeout=30).status_code == 200
        assert requests.post(f"{url}/a", data=b"x" * (MOST_BYTES + 1), timeout=30).status_code == 413
        assert raw(url, b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n").split()[1] == b"413"


@pytest.mark.parametrize(
    "lines",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET /%00%ff%fe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /a?%ff=%fe&&&= HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n",
        b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: many\r\n\r\n",
        b"POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"GET /a HTTP/1.1\r\nhost: x\r\nbroken header\r\n\r\n",
        b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
)
def test_nonsense_on_the_wire_is_answered_and_survived(lines: bytes) -> None:
    with serving(Route("GET", "/a", echo), Route("POST", "/a", echo)) as url:
        port = int(url.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(lines)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(4096).startswith((b"HTTP/1.", b""))
        assert requests.get(f"{url}/a", timeout=10).status_code == 200


def test_a_stream_is_sent_in_full() -> None:
    with serving(Route("GET", "/zip", streaming)) as url:
        answer = requests.get(f"{url}/zip", timeout=10)
    assert answer.content == b"".join(bytes([n]) * 1000 for n in range(50))


@pytest.mark.req("R-SEC-3")
def test_a_client_that_submits_too_often_has_to_wait() -> None:
    with serving(Route("POST", "/page", echo, public=True), Route("POST", "/hook", echo)) as url:
        page = [requests.post(f"{url}/page", timeout=10) for _ in range(SUBMITTING.burst + 1)]
        hook = [requests.post(f"{url}/hook", timeout=10) for _ in range(SUBMITTING.burst + 1)]
    assert [each.status_code for each in page] == [200] * SUBMITTING.burst + [429]
    assert 1 <= int(page[-1].headers["retry-after"]) <= 7
    assert {each.status_code for each in hook} == {200}


@pytest.mark.req("R-SEC-8")
def test_the_access_log_holds_patterns_only(caplog: pytest.LogCaptureFixture) -> None:
    """A link's token is as good as a password, and a query may hold a name."""
    with caplog.at_level(logging.DEBUG), serving(Route("GET", "/verify/{token}", echo)) as url:
        requests.get(f"{url}/verify/secret-token?name={MARKER}", timeout=10)
        requests.get(f"{url}/hooks/secret-token/elsewhere", headers={"referer": MARKER}, timeout=10)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("zoho_privacy")]
    assert [line.rsplit(" ", 1)[0] for line in lines] == ["GET /verify/{token} 200", "GET - 404"]


def test_workers_are_woken_by_what_was_accepted_only() -> None:
    woken: list[int] = []
    with serving(
        Route("POST", "/a", echo),
        Route("POST", "/bad", failing(BadInput("no"))),
        after_post=lambda: woken.append(1),
    ) as url:
        requests.post(f"{url}/bad", timeout=10)
        assert woken == []
        requests.post(f"{url}/a", timeout=10)
        assert woken == [1]


def test_a_port_in_use_is_a_sentence() -> None:
    with serving() as url, pytest.raises(BadInput, match="choose another port"):
        Server(Site(make().app, ()), host="127.0.0.1", port=int(url.rsplit(":", 1)[1]), behind_proxy=False)


def test_the_installed_endpoints_are_found() -> None:
    """The host knows no endpoint by name; each says itself where it listens."""
    found = {(route.method, route.pattern, route.public) for route in discover()}
    assert {
        ("POST", "/hooks/{secret}/desk", False),
        ("GET", "/hooks/{secret}/desk/{org}", False),
        ("GET", "/verify/{token}", True),
        ("POST", "/verify/{token}", True),
        ("POST", "/export/{token}", True),
    } <= found


def test_a_server_without_requests_rests() -> None:
    """Its loop waits a while in the kernel: a wait that comes out as 0 is a quiet service with a busy processor."""
    server = Server(Site(make().app, ()), host="127.0.0.1", port=0, behind_proxy=False)
    server.start()
    try:
        assert server._server.adj.asyncore_loop_timeout >= 1
    finally:
        server.stop()


def test_stopping_lets_a_request_in_hand_finish() -> None:
    """A webhook that was stored should also hear its 200."""
    began, release = threading.Event(), threading.Event()

    def slow(_request: Request, _app: App) -> Response:
        began.set()
        release.wait(10)
        return text("done")

    server = Server(Site(make().app, [Route("GET", "/slow", slow)]), host="127.0.0.1", port=0, behind_proxy=False)
    server.start()
    answers: list[str] = []
    client = threading.Thread(
        target=lambda: answers.append(requests.get(f"http://127.0.0.1:{server.port}/slow", timeout=20).text)
    )
    client.start()
    assert began.wait(10)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    release.set()
    stopping.join(20)
    client.join(20)
    assert answers == ["done"]


def test_what_a_proxy_adds_counts_only_behind_one() -> None:
    """Otherwise anybody could take any address and never meet the rate limit."""

    def who(request: Request, _app: App) -> Response:
        return text(request.client)

    for behind, expected in ((False, "127.0.0.1"), (True, "203.0.113.9")):
        site = Site(make().app, [Route("GET", "/who", who)])
        server = Server(site, host="127.0.0.1", port=0, behind_proxy=behind)
        server.start()
        try:
            answer = requests.get(
                f"http://127.0.0.1:{server.port}/who", headers={"x-forwarded-for": "203.0.113.9"}, timeout=10
            )
        finally:
            server.stop()
        assert answer.text == expected
