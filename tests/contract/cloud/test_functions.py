"""What each function does with the events it gets: real shapes, on an AWS of our own, one process for all."""

import base64
import json
import logging
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest

from tasks import outbox
from tests.cloud import Faulty, refusal
from tests.contract.cloud.conftest import HOOK, ORG, Stage, Time, forget, record
from zoho_privacy.adapters import aws as clients
from zoho_privacy.adapters.desk.tokens import TABLE as TOKENS
from zoho_privacy.adapters.s3 import handed_out
from zoho_privacy.cloud import pages, receiver, suite, tasks, worker
from zoho_privacy.domain.errors import BadInput, NeedsHuman
from zoho_privacy.hosting.lambda_http import MOST_BYTES
from zoho_privacy.ports import Item, Put
from zoho_privacy.workflows import agenda, casebook, queue

PATH = f"/hooks/{HOOK}/desk"
MARKER = "ada.moss@example.net"


def an_event(ticket: str = "417000000123001") -> dict[str, Any]:
    payload = {"id": ticket, "contactId": "417000000120044", "email": MARKER, "subject": "Delete my data"}
    return {"eventType": "Ticket_Add", "eventTime": "1772442900123", "orgId": ORG, "payload": payload}


def http(method: str, path: str, body: bytes = b"", **headers: str) -> dict[str, Any]:
    """Return an event of an HTTP API, payload version 2.0."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7", "userAgent": "x"},
            "requestId": "id",
            "stage": "$default",
            "timeEpoch": 1772442900000,
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def deliver(stage: Stage, body: object, *, signature: str | None = None, path: str = PATH) -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = stage.signature() if signature is None else signature
    return int(receiver.handler(http("POST", path, raw, x_zdesk_jwt=signed))["statusCode"])


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """Give back the log that a function takes over for its process."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before, level


# ------------------------------------------------------------------------------------------------- webhook, worker


@pytest.mark.req("R-SEC-4", "R-INTAKE-3")
def test_a_delivery_is_a_message_and_then_an_event(stage: Stage) -> None:
    assert deliver(stage, [an_event(), an_event("417000000123002")]) == 200
    (message,) = stage.messages(stage.arrivals)
    assert MARKER not in message["body"]
    assert "Delete my data" not in message["body"]
    assert worker.handler({"Records": [message]}, Time(0)) == {"batchItemFailures": []}
    found = list(casebook.every(suite.current().store, ORG, "event"))
    assert sorted(item.body["ticket_id"] for item in found) == ["417000000123001", "417000000123002"]
    assert all(item.due for item in found)


@pytest.mark.req("R-INTAKE-4")
def test_messages_that_come_twice_and_in_any_order_are_events_once(stage: Stage) -> None:
    for ticket in ("1", "2", "1"):
        assert deliver(stage, [an_event(ticket)]) == 200
    messages = stage.messages(stage.arrivals)
    for batch in (messages[::-1], messages, messages[1:]):
        assert worker.handler({"Records": batch}, Time(0)) == {"batchItemFailures": []}
    assert len(list(casebook.every(suite.current().store, ORG, "event"))) == 2


@pytest.mark.req("R-SEC-4")
@pytest.mark.parametrize("case", ["none", "nonsense", "another portal", "too old", "copied too often"])
def test_a_forged_or_replayed_delivery_is_refused_and_sends_nothing(stage: Stage, case: str) -> None:
    good = stage.signature()
    signature = {
        "none": "",
        "nonsense": "a.b.c",
        "another portal": stage.signature(org="60002"),
        "too old": stage.signature(at=suite._clock.now().replace(year=2020)),
        "copied too often": good,
    }[case]
    if case == "copied too often":
        for _ in range(9):
            deliver(stage, [an_event("9")], signature=good)
        stage.messages(stage.arrivals)
    assert deliver(stage, [an_event("9")], signature=signature) == 401
    assert stage.messages(stage.arrivals) == []


def test_what_is_no_delivery_is_told_so(stage: Stage) -> None:
    assert deliver(stage, [an_event()], path="/hooks/guessed-secret-of-nobody/desk") == 404
    assert deliver(stage, [an_event()], path=f"/prod{PATH}") == 404, "the stage is part of no path of ours"
    assert deliver(stage, [an_event()], path="/elsewhere") == 404
    assert deliver(stage, b"x" * (MOST_BYTES + 1)) == 413
    assert receiver.handler({"version": "1.0"})["statusCode"] == 400
    assert receiver.handler({**http("POST", PATH), "body": "%%%"})["statusCode"] == 400
    assert receiver.handler(http("GET", PATH))["statusCode"] == 200
    assert receiver.handler(http("HEAD", PATH)) == {**receiver.handler(http("HEAD", PATH)), "body": ""}
    assert receiver.handler(http("PUT", PATH))["statusCode"] == 405
    assert stage.messages(stage.arrivals) == []


@pytest.mark.req("R-SEC-8")
def test_what_cannot_be_read_rests_sealed_in_the_bucket(stage: Stage) -> None:
    assert deliver(stage, f"[{{ {MARKER}".encode()) == 200
    (message,) = stage.messages(stage.arrivals)
    assert worker.handler({"Records": [message]}, Time(0)) == {"batchItemFailures": []}
    app = suite.current()
    (letter,) = queue.dead_letters(app.store, ORG)
    sealed = b"".join(app.blobs.get(letter.body["body"]["blob"]))
    assert MARKER.encode() not in sealed
    assert MARKER not in json.dumps(dict(letter.body))


@pytest.mark.parametrize(
    ("error", "status"), [("RequestThrottled", 503), ("AccessDenied", 500)], ids=["busy", "no permission"]
)
def test_a_delivery_that_reaches_no_queue_is_not_acknowledged(stage: Stage, error: str, status: int) -> None:
    """200 would lose it: Zoho repeats what it got no 200 for."""
    service: Any = Faulty(stage.client("sqs"))
    service.fail("send_message_batch", refusal("SendMessageBatch", error, 403))
    receiver.receiver().messages._client = service
    assert deliver(stage, [an_event()]) == status
    assert deliver(stage, [an_event()]) == 200


@pytest.mark.req("R-SEC-8")
@pytest.mark.parametrize(
    "told", [{}, {"ZOHO_PRIVACY_HOOK_SECRET": HOOK}, {"ZOHO_PRIVACY_INSTALLATION_SECRET": "c2hvcnQ="}], ids=str
)
def test_a_secret_without_its_members_is_an_alarm_not_a_crash(
    stage: Stage, told: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    stage.client("secretsmanager").put_secret_value(SecretId=stage.secret, SecretString=json.dumps(told))
    assert deliver(stage, [an_event()]) == 500
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["level"] for line in lines if "a person is needed" in line["message"]] == ["ERROR"]


class Killed(BaseException):
    """The process ends here."""


def killed_at(line: int, call: Callable[[], object]) -> bool:
    """Run something and end it at a line of ours that it reaches; return whether it got that far."""
    left = line

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        if not str(frame.f_globals.get("__name__", "")).startswith("zoho_privacy."):
            return None
        if event == "line":
            left -= 1
            if left == 0:
                raise Killed
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except Killed:
        return True
    finally:
        sys.settrace(before)
    return left <= 0


@pytest.mark.req("R-INTAKE-4", "R-DEV-1")
def test_a_worker_killed_at_any_line_leaves_each_event_once(stage: Stage) -> None:
    """A bounded sample of lines, on a delivery each; the message comes again, as the queue gives it."""
    assert deliver(stage, [an_event("0")]) == 200
    app, reached = suite.current(), 0
    for number in range(1, 16):
        assert deliver(stage, [an_event(f"{number}1"), an_event(f"{number}2")]) == 200
        event = {"Records": stage.messages(stage.arrivals)}
        reached += killed_at(number * 11, lambda event=event: worker.handler(event, Time(0)))  # type: ignore[misc]
        assert worker.handler(event, Time(0)) == {"batchItemFailures": []}
        assert len(list(casebook.every(app.store, ORG, "event"))) == 2 * number + 1
    assert reached >= 10


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"org": "60001"}', '{"org": "60002", "items": []}', '{"org": "60001", "items": [[1]]}',
     '{"org": "60001", "items": [["case", "c-1", null, {}]]}', '{"org": "60001", "items": [["event", "", null, {}]]}'],
)  # fmt: skip
def test_a_poisoned_message_fails_alone(stage: Stage, body: str) -> None:
    """It comes back until its queue moves it to the dead letters; its neighbours are stored and gone."""
    deliver(stage, [an_event()])
    (good,) = stage.messages(stage.arrivals)
    answer = worker.handler({"Records": [record("poison", body), good]}, Time(0))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "poison"}]}
    assert len(list(casebook.every(suite.current().store, ORG, "event"))) == 1
    assert list(casebook.every(suite.current().store, ORG, "case")) == []
    alone = worker.handler({"Records": [record("poison", body)]}, Time(0))
    assert alone == {"batchItemFailures": [{"itemIdentifier": "poison"}]}


def test_a_worker_without_its_table_gives_its_messages_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(stage, [an_event()])
    (message,) = stage.messages(stage.arrivals)
    monkeypatch.setenv("PRIVACY_TABLE", "never-made")
    answer = worker.handler({"Records": [message]}, Time(0))
    assert answer == {"batchItemFailures": [{"itemIdentifier": message["messageId"]}]}
    monkeypatch.delenv("PRIVACY_TABLE")
    forget()
    with pytest.raises(NeedsHuman, match="PRIVACY_TABLE"):
        worker.handler({"Records": [message]}, Time(0))


# ------------------------------------------------------------------------------------------------------------- tasks


@pytest.mark.parametrize("name", ["dead_letters", "outbox", "events"])
def test_a_task_runs_when_it_is_due_and_not_again(stage: Stage, name: str) -> None:
    assert tasks.handler({"task": name}, Time(900)) == {"task": name, "ran": True, "left": False}
    assert tasks.handler({"task": name}, Time(900))["ran"] is False
    (row,) = agenda.all_tasks(suite.current().store, "")
    assert row.last_success
    assert row.next_due > row.last_success
    assert stage.messages(stage.tasks) == []


@pytest.mark.parametrize("event", [{}, {"task": "unknown"}, {"Records": []}, {"Records": [{"body": "x"}]}])
def test_an_event_that_names_no_task_is_refused(stage: Stage, event: dict[str, Any]) -> None:
    assert stage.secret
    with pytest.raises(BadInput):
        tasks.handler(event, Time(900))


def test_a_task_is_never_run_twice_at_once_and_comes_back_from_the_dead(stage: Stage) -> None:
    """Whoever holds it may have been killed: its hold ends with the function's own time limit."""
    app = suite.current()
    row = agenda.plan(app.store, "", "outbox", interval=outbox.EVERY, now=app.clock.now())
    held = agenda.start(app.store, row, now=app.clock.now(), lease=tasks.MARGIN, holder="another")
    assert held
    for event in ({"task": "outbox"}, {"Records": [record("m", '{"task": "outbox"}')]}):
        assert tasks.handler(event, Time(900)) == {"task": "outbox", "ran": False, "why": "running elsewhere"}
    app.store.commit([Put(Item(**{**_members(held.item), "due": app.clock.now()}))])
    assert tasks.handler({"task": "outbox"}, Time(900))["ran"] is True
    assert stage.messages(stage.tasks) == []


def _members(item: Item) -> dict[str, Any]:
    return {name: getattr(item, name) for name in ("org", "table", "id", "body", "version", "parent", "due")}


@pytest.mark.parametrize("left", [True, False])
def test_a_run_that_is_out_of_time_goes_on_by_message(stage: Stage, *, left: bool) -> None:
    class Report:
        stopped = tasks.OUT_OF_TIME if left else "the credits of the day are used up"

    assert stage.tasks
    assert tasks.unfinished(Report()) is left
    tasks._go_on("retention")
    (message,) = stage.messages(stage.tasks) or [record("m", '{"task": "retention"}')]
    assert tasks.read({"Records": [message]}) == ("retention", True)


def test_a_task_that_fails_is_noted_and_tried_again_by_the_agenda(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are out of reach: that is a failure with a reason, and no reason to crash."""
    monkeypatch.setenv("PRIVACY_FILES_BUCKET", "never-made")
    body = {"table": "delivery", "id": "x", "body": {"blob": f"dead-letters/{ORG}/x"}, "buried": "2020-01-01T00:00:00Z"}
    suite.current().store.commit([Put(Item(ORG, queue.DEAD, "x", body, parent="delivery"))])
    assert tasks.handler({"task": "dead_letters"}, Time(900)) == {"task": "dead_letters", "ran": True, "failed": True}
    (row,) = agenda.all_tasks(suite.current().store, "")
    assert (row.failures, row.last_success) == (1, None)
    assert "NoSuchBucket" in row.reason
    assert stage.messages(stage.tasks) == []


# --------------------------------------------------------------------------------------------------- pages, secrets


@pytest.mark.parametrize("path", ["/verify/unknown-token", "/export/unknown-token"])
def test_a_link_of_nobody_is_a_neutral_page(stage: Stage, path: str) -> None:
    answer = pages.handler(http("GET", path, accept_language="de"))
    assert stage.table
    assert answer["statusCode"] == 404
    assert answer["headers"]["content-type"].startswith("text/html")
    assert 'lang="de"' in answer["body"]
    assert pages.handler(http("GET", "/nothing"))["statusCode"] == 404
    assert pages.handler({})["statusCode"] == 400


def test_a_large_file_leaves_by_a_link_that_lives_for_minutes(stage: Stage) -> None:
    where = handed_out(clients.s3(), stage.files, "handout/1", [b"PK", b"zip"], shown_as='attachment; filename="a.zip"')
    assert f"{stage.files}/handout/1?" in where
    assert "Expires" in where
    assert stage.client("s3").get_object(Bucket=stage.files, Key="handout/1")["Body"].read() == b"PKzip"


@pytest.mark.req("R-SEC-7")
def test_a_rotated_secret_reaches_a_warm_function(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    first = suite.current()
    assert suite.current() is first
    told = {**stage.told, "ZOHO_PRIVACY_HOOK_SECRET": "another-hook-secret-of-them"}
    stage.client("secretsmanager").put_secret_value(SecretId=stage.secret, SecretString=json.dumps(told))
    assert suite.current() is first, "not asked for at every call"
    monkeypatch.setattr(suite, "LOOK_AGAIN", suite.LOOK_AGAIN * 0)
    second = suite.current()
    assert second.hook_secret == "another-hook-secret-of-them"
    assert suite.current() is second, "the same version builds nothing anew"
    service: Any = Faulty(clients.secrets())
    service.fail("get_secret_value", refusal("GetSecretValue", "InternalServiceError", 500))
    monkeypatch.setattr(clients, "secrets", lambda: service)
    assert suite.current() is second, "a service in trouble stops nobody who has a suite"


@pytest.mark.req("R-DEV-1")
def test_all_functions_share_one_token(stage: Stage) -> None:
    """One refresher for all: the token rests in the table, sealed, for whichever function comes next."""
    one = suite.current()
    suite.forget()
    two = suite.current()
    assert one is not two
    one.store.commit([Put(Item(ORG, TOKENS, "access", {"sealed": "x"}))])
    shared = two.store.get(ORG, TOKENS, "access")
    assert shared
    assert stage.client("dynamodb").scan(TableName=stage.table)["Items"][0]["expires"]
