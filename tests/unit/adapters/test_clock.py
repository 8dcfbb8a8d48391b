"""Clocks tell UTC, and a simulated one is taken from this machine only."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from zoho_privacy.adapters.clock import KEEP_S, FixedClock, HttpClock, SystemClock
from zoho_privacy.domain.errors import BadInput, Retryable

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Bench(ThreadingHTTPServer):
    """A clock on loopback that answers with `status` and `body` and counts the questions."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status, self.body, self.asked = 200, b"", 0

    def tell(self, value: Any, status: int = 200) -> None:
        self.status, self.body = status, json.dumps(value).encode()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/clock"


class _Answer(BaseHTTPRequestHandler):
    server: Bench

    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(self.server.status)
        self.send_header("location", "http://192.0.2.1/")
        self.send_header("content-length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's word
        """Stay silent."""


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_system_clock_is_utc_and_moves_on() -> None:
    first, second = SystemClock().now(), SystemClock().now()
    assert first.tzinfo is UTC
    assert timedelta(0) <= second - first < timedelta(minutes=1)


def test_a_fixed_clock_stands_until_it_is_moved() -> None:
    clock = FixedClock(NOON.astimezone(timezone(timedelta(hours=9))))
    assert (clock.now(), clock.now().tzinfo) == (NOON, UTC)
    assert clock.advance(timedelta(days=1)) == clock.now() == NOON + timedelta(days=1)
    clock.set(NOON)
    assert clock.now() == NOON
    with pytest.raises(BadInput):
        clock.set(NOON.replace(tzinfo=None))


def test_simulated_time_is_what_the_bench_says(bench: Bench) -> None:
    bench.tell({"now": "2031-05-06T07:08:09.123Z", "more": 1})
    now = HttpClock(bench.url).now()
    assert now == datetime(2031, 5, 6, 7, 8, 9, 123_000, tzinfo=UTC)
    assert now.tzinfo is UTC


def test_an_answer_is_kept_for_a_moment_and_no_longer(bench: Bench) -> None:
    bench.tell({"now": "2031-01-01T00:00:00Z"})
    clock = HttpClock(bench.url)
    assert len({clock.now() for _ in range(50)}) == 1
    assert bench.asked < 10, "far fewer questions than calls, also on a busy machine"
    bench.tell({"now": "2032-01-01T00:00:00Z"})
    threading.Event().wait(KEEP_S * 1.5)
    assert clock.now().year == 2032


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/clock", "http://192.0.2.1/", "http://127.0.0.1.example.com/", "https://127.0.0.1/",
        "http://127.0.0.1@example.com/", "http://0.0.0.0/", "http://[", "file:///x", "", "127.0.0.1",
    ],
)  # fmt: skip
def test_no_other_machine_may_set_our_clock(url: str) -> None:
    with pytest.raises(BadInput):
        HttpClock(url)


@pytest.mark.parametrize("url", ["http://localhost:1/x", "http://[::1]:1/", "http://127.0.0.1:1"])
def test_a_bench_that_is_not_there_is_worth_another_try(url: str) -> None:
    with pytest.raises(Retryable):
        HttpClock(url).now()


@pytest.mark.parametrize("answer", [{}, [], {"now": 5}, {"now": "noon"}, {"now": "2031-01-01T00:00:00"}, None])
def test_an_answer_that_is_no_time_is_bad(bench: Bench, answer: Any) -> None:
    """A time without a zone is refused: guessing it would move every deadline by hours."""
    bench.tell(answer)
    with pytest.raises(BadInput):
        HttpClock(bench.url).now()


@pytest.mark.parametrize(("status", "error"), [(500, Retryable), (404, Retryable), (302, BadInput)])
def test_an_error_or_a_redirect_is_no_time(bench: Bench, status: int, error: type[Exception]) -> None:
    bench.tell("elsewhere", status)
    with pytest.raises(error):
        HttpClock(bench.url).now()


def test_a_failed_answer_is_not_kept(bench: Bench) -> None:
    clock = HttpClock(bench.url)
    bench.tell({}, 503)
    with pytest.raises(Retryable):
        clock.now()
    bench.tell({"now": "2031-01-01T00:00:00Z"})
    assert clock.now().year == 2031
