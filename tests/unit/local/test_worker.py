"""The draining threads: prompt, patient with errors, and gone when told to stop."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.fakes.receiving import make
from zoho_privacy.domain.errors import StoreUnavailable
from zoho_privacy.local.worker import Worker
from zoho_privacy.workflows.context import App

PATIENCE_S = 10.0
MARKER = "zqx-ada.moss@example.net"


class Basket:
    """A queue of names that a drain empties; it can be told to fail first."""

    def __init__(self, *items: str, failures: list[Exception] | None = None) -> None:
        self.items = list(items)
        self.done: list[str] = []
        self.failures = failures or []
        self.looks = 0

    def drain(self, _app: App, limit: int) -> int:
        """Take up to `limit` items."""
        self.looks += 1
        if self.failures:
            raise self.failures.pop(0)
        taken, self.items = self.items[:limit], self.items[limit:]
        self.done += taken
        return len(taken)


@contextmanager
def working(look_every_s: float = 60.0, **baskets: Basket) -> Iterator[Worker]:
    worker = Worker(make().app, {name: each.drain for name, each in baskets.items()}, look_every_s=look_every_s)
    worker.start()
    try:
        yield worker
    finally:
        assert worker.stop(PATIENCE_S)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def test_a_queue_is_emptied_at_once_at_the_start() -> None:
    basket = Basket(*(str(n) for n in range(35)))
    with working(a=basket):
        wait_for(lambda: len(basket.done) == 35)


def test_a_wake_up_is_heard_long_before_the_next_look() -> None:
    basket = Basket()
    with working(a=basket) as worker:
        wait_for(lambda: basket.looks >= 1)
        basket.items.append("new")
        worker.wake()
        wait_for(lambda: basket.done == ["new"])


def test_without_a_wake_up_it_looks_by_itself() -> None:
    """Another process may have stored work, or time may have made it due."""
    basket = Basket()
    with working(look_every_s=0.05, a=basket):
        wait_for(lambda: basket.looks >= 1)
        basket.items.append("new")
        wait_for(lambda: basket.done == ["new"])


def test_work_in_one_queue_wakes_the_other() -> None:
    """An event makes effects; they should go out now and not at the next look."""
    effects = Basket()
    events = Basket()

    def make_effect(app: App, limit: int) -> int:
        taken = events.drain(app, limit)
        if taken:
            effects.items.append("reply")
        return taken

    worker = Worker(make().app, {"events": make_effect, "effects": effects.drain}, look_every_s=60)
    worker.start()
    try:
        wait_for(lambda: effects.looks >= 1)
        events.items.append("mail")
        worker.wake()
        wait_for(lambda: effects.done == ["reply"])
    finally:
        assert worker.stop(PATIENCE_S)


@pytest.mark.req("R-SEC-8")
def test_an_error_neither_ends_the_thread_nor_quotes_anybody(caplog: pytest.LogCaptureFixture) -> None:
    basket = Basket("a", failures=[RuntimeError(MARKER), StoreUnavailable("locked"), RuntimeError(MARKER)])
    with caplog.at_level(logging.INFO), working(look_every_s=0.01, a=basket):
        wait_for(lambda: basket.done == ["a"])
    assert "RuntimeError at" in caplog.text
    assert "locked" in caplog.text
    assert MARKER not in caplog.text


def test_stopping_waits_for_the_item_in_hand_and_takes_no_more() -> None:
    began, release = threading.Event(), threading.Event()
    finished: list[str] = []

    def slow(_app: App, _limit: int) -> int:
        began.set()
        release.wait(PATIENCE_S)
        finished.append("item")
        return 1

    worker = Worker(make().app, {"a": slow}, look_every_s=60)
    worker.start()
    assert began.wait(PATIENCE_S)
    stopped: list[bool] = []
    stopping = threading.Thread(target=lambda: stopped.append(worker.stop(PATIENCE_S)))
    stopping.start()
    release.set()
    stopping.join(PATIENCE_S)
    assert (stopped, finished) == ([True], ["item"])


def test_stopping_does_not_sit_out_a_pause_after_an_error() -> None:
    basket = Basket(failures=[StoreUnavailable("locked", retry_after_s=600)])
    with working(a=basket):
        wait_for(lambda: basket.looks >= 1)
        began = time.monotonic()
    assert time.monotonic() - began < PATIENCE_S / 2
