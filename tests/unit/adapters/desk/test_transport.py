import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import responses
from urllib3.exceptions import MaxRetryError, NewConnectionError

from tests.unit.adapters.desk.conftest import API, Bench, CountedTokens, config
from zoho_privacy.adapters.desk import calls
from zoho_privacy.adapters.desk.client import DeskClient
from zoho_privacy.adapters.desk.protocol import Call
from zoho_privacy.adapters.desk.transport import ATTEMPTS, Wire
from zoho_privacy.domain.errors import (
    Ambiguous,
    BadInput,
    DeskBusy,
    DeskForbidden,
    DeskRejected,
    DeskUnauthorised,
    DeskUnavailable,
)
from zoho_privacy.domain.records import TicketPatch
from zoho_privacy.ports import TicketQuery

SERVER_ERROR: dict[str, Any] = {"json": {"errorCode": "INTERNAL_SERVER_ERROR", "message": "x"}, "status": 500}
TOO_MANY: dict[str, Any] = {"json": {"errorCode": "TOO_MANY_REQUESTS", "message": "x"}, "status": 429}
BAD_TOKEN: dict[str, Any] = {"json": {"errorCode": "INVALID_OAUTH", "message": "x"}, "status": 401}
ME: dict[str, Any] = {"json": {"id": "9", "emailId": "agent@example.com", "status": "ACTIVE"}}


def test_every_call_carries_token_and_organisation(bench: Bench) -> None:
    bench.http.get(f"{API}/myinfo", **ME)
    bench.desk.me()
    headers = bench.http.calls[0].request.headers
    assert headers["Authorization"] == "Zoho-oauthtoken t1"
    assert headers["orgId"] == "600123456"


def test_a_netrc_entry_does_not_replace_the_token(bench: Bench, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """requests prefers a .netrc file to a plain header."""
    (tmp_path / "netrc").write_text("machine desk.zoho.eu login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    bench.http.get(f"{API}/myinfo", **ME)
    bench.desk.me()
    assert bench.http.calls[0].request.headers["Authorization"] == "Zoho-oauthtoken t1"


@pytest.mark.parametrize("fault", [SERVER_ERROR, TOO_MANY, {"body": requests.ConnectionError("reset")}])
def test_a_read_is_repeated(bench: Bench, fault: dict[str, Any]) -> None:
    bench.http.get(f"{API}/myinfo", **fault)
    bench.http.get(f"{API}/myinfo", **fault)
    bench.http.get(f"{API}/myinfo", **ME)
    assert bench.desk.me().id == "9"
    assert len(bench.slept) == 2
    assert 1 <= bench.slept[0] <= 2 <= bench.slept[1] <= 3


@pytest.mark.parametrize("fault", [SERVER_ERROR, {"body": requests.ReadTimeout("slow")}])
def test_an_absolute_write_is_repeated(bench: Bench, fault: dict[str, Any]) -> None:
    bench.http.patch(f"{API}/tickets/1", **fault)
    bench.http.patch(f"{API}/tickets/1", json={"id": "1", "subject": "x"})
    bench.desk.update_ticket("1", TicketPatch(subject="x"))
    assert bench.sent("PATCH", "/tickets/1") == 2


@pytest.mark.parametrize(
    "fault",
    [
        SERVER_ERROR,
        {"body": requests.ReadTimeout("slow")},
        {"body": requests.ConnectionError("reset by peer")},
        {"body": requests.exceptions.ChunkedEncodingError("cut off")},
        {"body": "<html>", "status": 502},
    ],
)
def test_a_write_that_counts_once_is_never_sent_twice(bench: Bench, fault: dict[str, Any]) -> None:
    """A customer must not get two mails because the first answer was lost."""
    bench.http.post(f"{API}/tickets/1/sendReply", **fault)
    with pytest.raises(Ambiguous):
        bench.desk.send_reply("1", from_address="p@example.com", to="c@example.com", html="x", in_reply_to=None)
    assert bench.sent("POST", "/tickets/1/sendReply") == 1
    assert bench.slept == []


@pytest.mark.parametrize(
    "fault",
    [
        TOO_MANY,
        {"body": requests.ConnectTimeout("no route")},
        {"body": requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused")))},  # type: ignore[arg-type]  # urllib3 needs no pool to describe a failure
    ],
)
def test_a_write_that_never_left_may_be_sent(bench: Bench, fault: dict[str, Any]) -> None:
    bench.http.post(f"{API}/tickets/1/comments", **fault)
    bench.http.post(f"{API}/tickets/1/comments", json={"id": "77"})
    assert bench.desk.add_comment("1", "note") == "77"


def test_a_made_thing_without_an_id_is_ambiguous(bench: Bench) -> None:
    bench.http.post(f"{API}/tickets/1/comments", body="<html>")
    with pytest.raises(Ambiguous):
        bench.desk.add_comment("1", "note")


def test_a_refusal_after_a_lost_answer_is_ambiguous(bench: Bench) -> None:
    """The first attempt may have landed, and the refusal may only say so: whoever asked must read back."""
    bench.http.post(f"{API}/tickets/moveToTrash", **SERVER_ERROR)
    bench.http.post(
        f"{API}/tickets/moveToTrash", json={"errorCode": "UNPROCESSABLE_ENTITY", "message": "x"}, status=422
    )
    with pytest.raises(Ambiguous):
        bench.desk.trash_tickets(["1"])


def test_attempts_are_bounded(bench: Bench) -> None:
    bench.http.get(f"{API}/myinfo", **SERVER_ERROR)
    with pytest.raises(DeskUnavailable):
        bench.desk.me()
    assert bench.sent("GET", "/myinfo") <= ATTEMPTS
    assert sum(bench.slept) <= 20


@pytest.mark.req("R-PLAN-5")
def test_a_pause_of_hours_is_raised_and_not_slept(bench: Bench) -> None:
    bench.http.get(
        f"{API}/myinfo",
        json={"errorCode": "THRESHOLD_EXCEEDED", "message": "x"},
        status=429,
        headers={"Retry-After": "7200"},
    )
    with pytest.raises(DeskBusy) as busy:
        bench.desk.me()
    assert busy.value.retry_after_s == 7200
    assert bench.slept == []
    assert bench.sent("GET", "/myinfo") == 1


def test_a_short_pause_that_desk_asks_for_is_kept(bench: Bench) -> None:
    bench.http.get(f"{API}/myinfo", **TOO_MANY, headers={"Retry-After": "7"})
    bench.http.get(f"{API}/myinfo", **ME)
    bench.desk.me()
    assert bench.slept == [7.0]


def test_a_refused_token_is_renewed_once(bench: Bench) -> None:
    bench.http.post(f"{API}/tickets/1/comments", **BAD_TOKEN)
    bench.http.post(f"{API}/tickets/1/comments", json={"id": "77"})
    assert bench.desk.add_comment("1", "note") == "77"
    assert [call.request.headers["Authorization"] for call in bench.http.calls] == [
        "Zoho-oauthtoken t1",
        "Zoho-oauthtoken t2",
    ]


def test_a_token_refused_twice_ends_the_call(bench: Bench) -> None:
    bench.http.get(f"{API}/myinfo", **BAD_TOKEN)
    with pytest.raises(DeskUnauthorised):
        bench.desk.me()
    assert bench.sent("GET", "/myinfo") == 2
    assert bench.tokens.number == 2


def test_a_missing_permission_renews_nothing(bench: Bench) -> None:
    bench.http.get(f"{API}/myinfo", json={"errorCode": "UNAUTHORIZED", "message": "x"}, status=401)
    with pytest.raises(DeskForbidden):
        bench.desk.me()
    assert bench.tokens.number == 1


def test_a_redirect_is_not_followed(bench: Bench) -> None:
    bench.http.get(f"{API}/myinfo", status=302, headers={"Location": "https://evil.example/"})
    with pytest.raises(DeskRejected):
        bench.desk.me()
    assert len(bench.http.calls) == 1


@pytest.mark.req("R-SEC-1")
def test_no_call_leaves_for_a_foreign_host() -> None:
    with responses.RequestsMock(), pytest.raises(BadInput):
        Wire(config()).exchange(Call("GET", "/x"), "https://evil.example/api/v1/x", headers={})


@pytest.mark.req("R-SEC-8")
def test_neither_log_nor_error_shows_personal_data(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """A search URL holds an address, Desk's message what a customer wrote, requests' errors the whole URL."""
    caplog.set_level(logging.DEBUG)
    bench.http.get(f"{API}/tickets/search", body=requests.ConnectionError("url: /search?email=planted@example.com"))
    bench.http.patch(
        f"{API}/tickets/1",
        status=422,
        json={
            "errorCode": "INVALID_DATA",
            "message": "planted@example.com is taken",
            "errors": [{"fieldName": "/email", "errorType": "invalid", "errorMessage": "planted"}],
        },
    )
    with pytest.raises(DeskUnavailable) as lost:
        list(bench.desk.search_tickets(TicketQuery(email="planted@example.com")))
    with pytest.raises(DeskRejected) as refused:
        bench.desk.update_ticket("1", TicketPatch(email="planted@example.com"))
    assert "/email:invalid" in caplog.text
    shown = caplog.text + str(lost.value) + str(refused.value) + repr(calls.search_contacts("planted", "email"))
    assert "planted" not in shown
    assert lost.value.__context__ is None


def test_calls_at_once_are_bounded() -> None:
    """The portal's limit of calls at once is shared with its other integrations."""
    at_once, most, lock = 0, 0, threading.Lock()

    def slow(_request: Any) -> tuple[int, dict[str, str], str]:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.02)
        with lock:
            at_once -= 1
        return 200, {}, '{"id": "9"}'

    desk = DeskClient(config(in_flight=2), CountedTokens(), sleep=lambda _: None)
    with responses.RequestsMock() as http, ThreadPoolExecutor(8) as pool:
        http.add_callback(responses.GET, f"{API}/myinfo", callback=slow)
        assert len(list(pool.map(lambda _: desk.me(), range(16)))) == 16
    assert most == 2
