"""Desk asks for hours of patience: work is put off, nobody sleeps, and no attempt is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders import ORG
from tests.fakes.desk import FakeDesk
from tests.fakes.suite import a_suite
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.domain.errors import DeskBusy, DeskUnavailable, Retryable
from zoho_privacy.workflows import agenda, inbox, queue
from zoho_privacy.workflows.context import App

PAUSE_S = 7200.0


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk(ORG)


@pytest.fixture
def clock(desk: FakeDesk) -> FixedClock:
    return FixedClock(desk.time)


@pytest.fixture
def app(desk: FakeDesk, clock: FixedClock) -> App:
    return replace(a_suite(desk), clock=clock)


@pytest.mark.req("R-PLAN-5")
@pytest.mark.parametrize("kind", ["event", "job"])
@pytest.mark.parametrize("error", [DeskBusy, DeskUnavailable])
def test_work_waits_as_long_as_desk_asks_and_never_dies_of_it(
    app: App, desk: FakeDesk, clock: FixedClock, kind: str, error: type[Retryable]
) -> None:
    body = {"type": "Ticket_Update", "kind": "reconcile", "ticket_id": "417000000000001", "contact_id": ""}
    app.store.commit([queue.add(ORG, kind, "one", body, due=clock.now())])
    rounds = queue.MAX_ATTEMPTS + 3
    desk.fail["ticket"] = [error("out of credits", retry_after_s=PAUSE_S) for _ in range(rounds)]
    for _ in range(rounds):
        assert inbox.drain(app) == 1
        (item,) = app.store.find(ORG, kind)
        assert item.due == clock.now() + timedelta(seconds=PAUSE_S)
        assert queue.attempts(item) == 0
        assert inbox.drain(app) == 0
        clock.advance(timedelta(seconds=PAUSE_S))
    assert list(queue.dead_letters(app.store, ORG)) == []
    assert inbox.drain(app) == 1
    assert app.store.find(ORG, kind) == []


def test_trouble_without_a_named_pause_counts(app: App, desk: FakeDesk, clock: FixedClock) -> None:
    body = {"type": "Ticket_Update", "ticket_id": "417000000000001", "contact_id": ""}
    app.store.commit([queue.add(ORG, "event", "one", body, due=clock.now())])
    desk.fail["ticket"] = [DeskUnavailable("down")]
    inbox.drain(app)
    (item,) = app.store.find(ORG, "event")
    assert queue.attempts(item) == 1


def test_a_task_waits_as_long_as_desk_asks_also_past_its_next_slot(app: App, clock: FixedClock) -> None:
    task = agenda.plan(app.store, "", "sweep", interval=timedelta(minutes=10), now=clock.now())
    mine = agenda.start(app.store, task, now=clock.now(), lease=timedelta(minutes=5), holder="me")
    assert mine is not None
    pause = timedelta(seconds=PAUSE_S)
    put_off = agenda.failed(app.store, mine, now=clock.now(), reason="busy", at_least=pause)
    assert put_off.item.due == clock.now() + pause
