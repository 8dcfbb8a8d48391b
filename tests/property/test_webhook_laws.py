"""Laws of the webhook receiver: whatever comes in, it is read, refused or put aside, and the host survives it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.receiving import HOOK_SECRET, make
from webhooks import desk
from zoho_privacy.adapters.desk import deliveries
from zoho_privacy.hosting.http import Request
from zoho_privacy.workflows import casebook, queue

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(["eventType", "orgId", "payload", "eventTime"])
VALUES = st.sampled_from(["Ticket_Add", "Contact_Delete", "Ticket_Thread_Add", "60001", "1772442900123"]) | JSON
PAYLOADS = st.dictionaries(st.sampled_from(["id", "ticketId", "contactId"]), VALUES, max_size=3)
EVENTS = st.dictionaries(NAMES, VALUES | PAYLOADS, max_size=4) | JSON


def body_of(value: Any) -> bytes:
    return json.dumps(value).encode()


@given(st.binary(max_size=300) | st.lists(EVENTS, max_size=4).map(body_of) | JSON.map(body_of))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_read_refused_or_put_aside(body: bytes) -> None:
    """Each part of a delivery ends up somewhere; none is lost, none crashes."""
    suite = make()
    request = Request("POST", f"/hooks/{HOOK_SECRET}/desk", {"x-zdesk-jwt": "jwt-60001"}, body=body)
    answer = desk.handle(request, suite.app)
    delivery = deliveries.read(body)
    foreign = bool(delivery.orgs - {"60001"})
    assert answer.status == (401 if foreign and not deliveries.is_empty(body) else 200)
    if answer.status == 200 and not deliveries.is_empty(body):
        events = {item.id for item in casebook.every(suite.app.store, "60001", "event")}
        letters = {item.id for item in queue.dead_letters(suite.app.store, "60001")}
        assert len(events) == len({hint.digest for hint in delivery.hints})
        assert len(letters) == len({part.raw for part in delivery.unreadable})


@given(st.lists(EVENTS, max_size=5))
@settings(max_examples=100, deadline=None)
def test_every_event_is_a_hint_ignored_or_unreadable(events: list[Any]) -> None:
    delivery = deliveries.read(body_of(events))
    assert len(delivery.hints) + len(delivery.unreadable) + delivery.ignored == len(events)


@pytest.mark.req("R-INTAKE-4")
@given(st.lists(EVENTS, min_size=1, max_size=5), st.randoms())
@settings(max_examples=100, deadline=None)
def test_order_and_batches_do_not_matter(events: list[Any], random: Any) -> None:
    """One delivery of many, or many of one, in any order: the same hints."""
    shuffled = random.sample(events, len(events))
    together = {hint.digest for hint in deliveries.read(body_of(shuffled)).hints}
    apart = {hint.digest for event in events for hint in deliveries.read(body_of([event])).hints}
    assert together == apart
