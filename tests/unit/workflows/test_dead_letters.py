"""Dead letters: put back, dropped with a reason, or ended by age where they hold somebody's words."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.builders import NOW, ORG
from tests.fakes.receiving import Suite, make
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.adapters.desk import deliveries
from zoho_privacy.domain.errors import BadInput, NotFound
from zoho_privacy.ports import Item
from zoho_privacy.workflows import arrivals, casebook, dead_letters, ledger, queue
from zoho_privacy.workflows.arrivals import Hint, Unreadable

GOOD = b'[{"eventType":"Ticket_Add","orgId":"60001","payload":{"id":"1"}}]'


def read(body: bytes) -> tuple[Sequence[Hint], Sequence[Unreadable]]:
    found = deliveries.read(body)
    return found.hints, found.unreadable


def a_suite_with(raw: bytes = b"not json", clock: FixedClock | None = None) -> tuple[Suite, Item]:
    suite = make(ORG, clock=clock)
    arrivals.keep(suite.app, ORG, [], [Unreadable("the body is not JSON", raw)])
    (letter,) = dead_letters.every(suite.app)
    return suite, letter


def blobs(suite: Suite) -> list[str]:
    return list(suite.app.blobs.names("dead-letters/"))


def test_a_delivery_that_can_be_read_by_now_becomes_an_event() -> None:
    """A later version knows more events; what it could not read then is not lost."""
    suite, letter = a_suite_with(GOOD)
    assert dead_letters.replay(suite.app, letter, read)
    assert [item.body["ticket_id"] for item in casebook.every(suite.app.store, ORG, "event")] == ["1"]
    assert (list(dead_letters.every(suite.app)), blobs(suite)) == ([], [])


def test_a_delivery_as_unreadable_as_before_stays() -> None:
    suite, letter = a_suite_with()
    assert not dead_letters.replay(suite.app, letter, read)
    assert len(list(dead_letters.every(suite.app))) == 1
    assert len(blobs(suite)) == 1


def test_work_that_failed_goes_back_to_its_queue() -> None:
    suite = make(ORG)
    suite.app.store.commit([queue.add(ORG, "job", "j", {"kind": "sync"}, due=NOW)])
    (item,) = queue.claim(suite.app.store, "job", NOW, lease=timedelta(minutes=1), worker="w")
    suite.app.store.commit(queue.bury(item, now=NOW, reason="nobody knows"))
    (letter,) = dead_letters.every(suite.app)
    assert dead_letters.replay(suite.app, letter, read)
    assert [each.id for each in suite.app.store.due("job", now=NOW)] == ["j"]


@pytest.mark.req("R-EVID-1")
def test_dropping_is_written_down_and_erases_the_words() -> None:
    suite, letter = a_suite_with()
    with pytest.raises(BadInput):
        dead_letters.drop(suite.app, letter, who="agent:1", reason=" ")
    dead_letters.drop(suite.app, letter, who="agent:1", reason="a test of ours")
    (entry,) = ledger.entries(suite.app.store, ORG)
    assert (entry.who, entry.what, entry.result) == ("agent:1", "dead_letter_dropped", "a test of ours")
    assert (list(dead_letters.every(suite.app)), blobs(suite)) == ([], [])


@pytest.mark.req("R-RETAIN-4")
def test_unreadable_deliveries_end_after_thirty_days() -> None:
    """Their sealed bodies are somebody's words; work of ours rests until a person decides."""
    clock = FixedClock(NOW)
    suite, _ = a_suite_with(clock=clock)
    suite.app.store.commit([queue.add(ORG, "job", "j", {"kind": "sync"}, due=NOW)])
    (item,) = queue.claim(suite.app.store, "job", NOW, lease=timedelta(minutes=1), worker="w")
    suite.app.store.commit(queue.bury(item, now=NOW, reason="nobody knows"))
    clock.advance(timedelta(days=30))
    assert dead_letters.run(suite.app).ended == 0
    clock.advance(timedelta(seconds=1))
    assert dead_letters.run(suite.app, dry_run=True) == dead_letters.Report(2, 1, "2026-03-02")
    assert dead_letters.run(suite.app) == dead_letters.Report(1, 1, "2026-03-02")
    assert blobs(suite) == []
    assert [letter.parent for letter in dead_letters.every(suite.app)] == ["job"]


def test_an_unknown_letter_is_not_found() -> None:
    with pytest.raises(NotFound):
        dead_letters.find(make(ORG).app, "nothing")
