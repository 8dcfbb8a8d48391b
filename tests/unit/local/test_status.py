"""Counting what waits: due, in hand, to be repeated, or due some day; `idle` is what the demo and tests wait for."""

from datetime import timedelta

from tests.builders import NOW, ORG
from tests.fakes.receiving import make
from zoho_privacy.local.status import snapshot
from zoho_privacy.workflows import queue
from zoho_privacy.workflows.context import App

MINUTE = timedelta(minutes=1)


def jobs(app: App) -> tuple[list[int], bool]:
    found = snapshot(app)
    return list(found["jobs"].values()), found["idle"]


def test_a_job_is_counted_where_it_stands() -> None:
    app = make(ORG).app
    assert jobs(app) == ([0, 0, 0, 0], True)
    app.store.commit([queue.add(ORG, "job", "some day", {}, due=NOW + MINUTE)])
    assert jobs(app) == ([0, 0, 0, 1], True)
    app.store.commit([queue.add(ORG, "job", "now", {}, due=NOW)])
    assert jobs(app) == ([1, 0, 0, 1], False)
    (mine,) = queue.claim(app.store, "job", NOW, lease=MINUTE, worker="w")
    assert jobs(app) == ([0, 1, 0, 1], False)
    app.store.commit(queue.retry(mine, now=NOW, reason="busy"))
    assert jobs(app) == ([0, 0, 1, 1], False)
