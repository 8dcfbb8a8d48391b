"""Deliveries of Zoho Desk: authenticated, stored as ids before the 200, never lost, never believed."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from tests.fakes.receiving import HOOK_SECRET, Suite, make
from webhooks import desk
from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.domain.errors import StoreUnavailable
from zoho_privacy.hosting import dispatch
from zoho_privacy.hosting.http import Request
from zoho_privacy.ports import Item, Write
from zoho_privacy.workflows import casebook, queue

ORG = "60001"
PATH = f"/hooks/{HOOK_SECRET}/desk"
ROUTES = tuple(dispatch.Route(method, pattern, desk.handle) for method, pattern in desk.ROUTES)


def an_event(**members: Any) -> dict[str, Any]:
    """Return a new ticket's event as Desk sends it, personal data and all."""
    payload = {
        "id": "417000000123001",
        "ticketNumber": "5127",
        "subject": "Delete my data please",
        "description": "<div>Hello, I am Ada Moss.</div>",
        "contactId": "417000000120044",
        "email": "ada.moss@example.net",
    }
    event = {"eventType": "Ticket_Add", "eventTime": "1772442900123", "orgId": ORG, "payload": payload}
    return {**event, **members}


def send(
    suite: Suite, body: object, *, token: str = f"jwt-{ORG}", path: str = PATH, method: str = "POST"
) -> tuple[int, bytes]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request(method, path, {"x-zdesk-jwt": token} if token else {}, body=raw, client="127.0.0.1")
    route = dispatch.choose(ROUTES, request)
    assert isinstance(route, dispatch.Route)
    answer = dispatch.answer(route, request, suite.app)
    return answer.status, answer.body


def stored(suite: Suite, table: str = "event", org: str = ORG) -> list[Item]:
    return list(casebook.every(suite.app.store, org, table))


def reasons(suite: Suite) -> list[str]:
    return [item.body["reason"] for item in queue.dead_letters(suite.app.store, ORG)]


@pytest.mark.req("R-SEC-4")
def test_an_event_is_stored_in_ids_before_the_200() -> None:
    suite = make()
    assert send(suite, [an_event()])[0] == 200
    (item,) = stored(suite)
    assert item.body["type"] == "Ticket_Add"
    assert (item.body["ticket_id"], item.body["contact_id"]) == ("417000000123001", "417000000120044")
    assert item.body["event_time"] == "2026-03-02T09:15:00.123000+00:00"
    assert item.due == suite.app.clock.now()


@pytest.mark.req("R-SEC-8", "R-EVID-5")
def test_nothing_a_person_wrote_is_stored() -> None:
    """The event is a hint: subject, text, name and address are re-read from Desk, under our own access."""
    suite = make()
    send(suite, [an_event()])
    text = json.dumps([dict(item.body) for item in stored(suite)])
    for written in ("Ada", "Moss", "example.net", "Delete my data"):
        assert written not in text


@pytest.mark.req("R-INTAKE-4")
@pytest.mark.parametrize("copies", range(1, 6))
def test_copies_of_an_event_are_stored_once(copies: int) -> None:
    """Also when a copy comes in another batch, or with its members in another order."""
    suite = make()
    event = an_event()
    turned = dict(reversed(event.items()))
    for copy in range(copies):
        batch = [event, an_event(eventTime="1772442900999")] if copy % 2 else [turned]
        assert send(suite, batch)[0] == 200
    assert len(stored(suite)) == (2 if copies > 1 else 1)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_sender_may_try_the_address_out(method: str) -> None:
    suite = make()
    assert send(suite, b"", token="", method=method)[0] == 200
    assert stored(suite) == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b" [] \n"])
def test_an_empty_post_needs_no_signature_and_does_nothing(body: bytes) -> None:
    suite = make()
    assert send(suite, body, token="")[0] == 200
    assert (stored(suite), reasons(suite), suite.guard.passed) == ([], [], [])


@pytest.mark.req("R-SEC-4")
@pytest.mark.parametrize("token", ["", "jwt-60002", "nonsense"])
def test_an_unsigned_delivery_is_refused_and_leaves_nothing(token: str) -> None:
    suite = make()
    assert send(suite, [an_event()], token=token)[0] == 401
    assert send(suite, b"\xff not json", token=token)[0] == 401
    assert (stored(suite), reasons(suite)) == ([], [])


@pytest.mark.req("R-SEC-4")
def test_a_wrong_secret_in_the_address_is_an_unknown_address() -> None:
    suite = make()
    for method in ("GET", "HEAD", "POST"):
        assert send(suite, [an_event()], path="/hooks/guessed/desk", method=method)[0] == 404
    assert stored(suite) == []


@pytest.mark.req("R-SEC-4")
@pytest.mark.parametrize("position", [0, 1])
def test_a_body_that_names_another_organisation_is_refused_whole(position: int) -> None:
    """The signature does not cover the body: a token of ours says nothing about somebody else's records."""
    suite = make(ORG, "60002")
    events = [an_event(), an_event()]
    events[position]["orgId"] = "60002"
    assert send(suite, events)[0] == 401
    assert (stored(suite), stored(suite, org="60002"), reasons(suite)) == ([], [], [])


def test_each_portal_has_its_own_address_and_events() -> None:
    suite = make(ORG, "60002")
    assert send(suite, [an_event(orgId="60002")], token="jwt-60002", path=f"{PATH}/60002")[0] == 200
    assert send(suite, [an_event(orgId="60002")], token="jwt-60002", path=f"{PATH}/{ORG}")[0] == 401
    assert send(suite, [an_event()], token=f"jwt-{ORG}", path=f"{PATH}/60009")[0] == 401
    assert (len(stored(suite)), len(stored(suite, org="60002"))) == (0, 1)


def test_without_an_organisation_in_the_address_the_signer_counts() -> None:
    suite = make(ORG, "60002")
    assert send(suite, [an_event(orgId="60002")], token="jwt-60002")[0] == 200
    assert (len(stored(suite)), len(stored(suite, org="60002"))) == (0, 1)


def test_only_the_portals_own_webhooks_are_believed() -> None:
    suite = make(webhook_ids=frozenset({"801"}))
    assert send(suite, [an_event()])[0] == 401


BROKEN: Sequence[tuple[object, str]] = [
    (b"\xff\xfe", "the body is not JSON"),
    (b"[{", "the body is not JSON"),
    (b"[" * 100_000, "the body is not JSON"),
    ("a text", "the body is not a list of events"),
    ([None], "an event is not an object"),
    ([["Ticket_Add"]], "an event is not an object"),
    ([an_event(eventType=None)], "an event has no type"),
    ([an_event(eventType="Ticket_Exploded")], "the type of an event is unknown"),
    ([an_event(payload=None)], "an event has no payload"),
    ([an_event(payload={"id": None})], "the payload has no id"),
    ([an_event(payload={"id": "12 34"})], "the payload has no id"),
    ([an_event(payload={"id": True})], "the payload has no id"),
    ([an_event(orgId=None)], "an event names no organisation"),
    ([an_event(eventType="Ticket_Thread_Add", payload={"id": "9"})], "the payload names no ticket"),
]


@pytest.mark.parametrize(("body", "reason"), BROKEN, ids=lambda value: value[:40] if isinstance(value, str) else "")
def test_what_cannot_be_read_rests_sealed_and_is_answered_with_200(body: object, reason: str) -> None:
    """A repetition would be no better, and a 4xx may end the subscription; but nothing is lost."""
    suite = make()
    assert send(suite, body)[0] == 200
    assert reasons(suite) == [reason]
    (letter,) = queue.dead_letters(suite.app.store, ORG)
    sealed = b"".join(suite.app.blobs.get(letter.body["body"]["blob"]))
    opened = suite.app.sealer.open(sealed, context=f"dead-letter:{ORG}:{letter.id}")
    if isinstance(body, bytes):
        assert opened == body
    else:
        assert json.loads(opened) in (body, body[0] if isinstance(body, list) else body)
    assert b"Ada" not in sealed


def test_the_readable_part_of_a_batch_is_not_held_up_by_the_rest() -> None:
    suite = make()
    assert send(suite, [an_event(), an_event(payload=None), an_event(eventType="Account_Add")])[0] == 200
    assert (len(stored(suite)), reasons(suite)) == (1, ["an event has no payload"])


def test_a_broken_delivery_that_is_repeated_rests_once() -> None:
    suite = make()
    for _ in range(3):
        assert send(suite, b"not json")[0] == 200
    assert len(reasons(suite)) == 1


@pytest.mark.parametrize(
    ("kind", "payload", "ids"),
    [
        ("Ticket_Delete", {"id": "1"}, ("1", None, None)),
        ("Ticket_Thread_Add", {"id": "5", "ticketId": "1", "direction": "in"}, ("1", None, "5")),
        ("Ticket_Comment_Add", {"id": "5", "ticketId": "1"}, ("1", None, None)),
        ("Contact_Delete", {"id": "7"}, (None, "7", None)),
        ("Ticket_Add", {"id": 417000000123001, "contactId": None}, ("417000000123001", None, None)),
    ],
)
def test_each_kind_of_event_gives_the_ids_it_is_about(
    kind: str, payload: dict[str, Any], ids: tuple[str | None, ...]
) -> None:
    suite = make()
    assert send(suite, [an_event(eventType=kind, payload=payload)])[0] == 200
    (item,) = stored(suite)
    assert (item.body["ticket_id"], item.body["contact_id"], item.body["thread_id"]) == ids


@pytest.mark.parametrize(
    ("time", "read"),
    [
        (1772442900123, "2026-03-02T09:15:00.123000+00:00"),
        ("1772442900", "2026-03-02T09:15:00+00:00"),
        (None, None),
        ("soon", None),
        ("9" * 25, None),
    ],
)
def test_the_time_of_an_event_is_read_leniently(time: object, read: str | None) -> None:
    """A hint without a time is still a hint."""
    suite = make()
    assert send(suite, [an_event(eventTime=time)])[0] == 200
    assert [item.body["event_time"] for item in stored(suite)] == [read]


def test_a_batch_larger_than_a_transaction_is_stored_whole() -> None:
    suite = make()
    batch = [an_event(payload={"id": str(number)}) for number in range(1, 251)]
    assert send(suite, batch)[0] == 200
    assert len(stored(suite)) == 250


class FullStore(MemoryStore):
    """A store whose disk is full until somebody makes room."""

    full = True

    def commit(self, writes: Sequence[Write]) -> None:
        """See the port."""
        if self.full:
            raise StoreUnavailable("the disk is full")
        super().commit(writes)


def test_the_sender_hears_503_until_the_event_is_safe() -> None:
    """Zoho repeats what was not answered with 200; a 200 without a stored event would lose a request."""
    store = FullStore()
    suite = make(store=store)
    assert send(suite, [an_event()])[0] == 503
    store.full = False
    assert send(suite, [an_event()])[0] == 200
    assert len(stored(suite)) == 1


def test_no_answer_is_ever_410() -> None:
    """A 410 makes Zoho forget the subscription."""
    suite = make()
    answers = {send(suite, body)[0] for body, _ in BROKEN} | {send(suite, [an_event()], token="x")[0]}
    assert 410 not in answers


def test_the_receiver_starts_light() -> None:
    """Somebody waits for its cold start; what it does not need, it does not import."""
    heavy = ("pydantic", "requests", "jinja2", "waitress", "jwt", "cryptography", "holidays", "schedule")
    code = f"import sys, webhooks.desk; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
