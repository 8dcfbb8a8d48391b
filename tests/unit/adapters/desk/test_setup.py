import json
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.unit.adapters.desk.conftest import API, Bench
from zoho_privacy.adapters.desk.setup import SUBSCRIPTIONS, DeskAdmin, Webhook
from zoho_privacy.domain.errors import Ambiguous, DeskForbidden, DeskRejected

URL = "https://hooks.example.com/zd/3f9a"


def stored(webhook_id: str, **changes: object) -> dict[str, Any]:
    return {"id": webhook_id, "url": URL, "isEnabled": True, "subscriptions": dict(SUBSCRIPTIONS)} | changes


def test_we_ask_for_what_we_need_and_no_previous_states() -> None:
    """Previous states would bring personal data that nobody reads."""
    assert set(SUBSCRIPTIONS) == {
        "Ticket_Add",
        "Ticket_Update",
        "Ticket_Thread_Add",
        "Ticket_Comment_Add",
        "Ticket_Delete",
        "Contact_Update",
        "Contact_Delete",
    }
    filters = [value for value in SUBSCRIPTIONS.values() if value is not None]
    assert all(value and value.get("includePrevState", False) is False for value in filters)
    assert SUBSCRIPTIONS["Ticket_Thread_Add"] == {"direction": "in"}


def test_a_missing_subscription_is_made(bench: Bench) -> None:
    bench.http.get(f"{API}/webhooks", status=204)
    bench.http.post(f"{API}/webhooks", json=stored("6"))
    assert DeskAdmin(bench.desk.transport).ensure_webhook(URL) == "6"
    body = json.loads(bench.http.calls[-1].request.body or b"")
    assert body == {
        "name": "zoho-privacy",
        "url": URL,
        "isEnabled": True,
        "includeEventsFrom": ["AUTOMATION"],
        "subscriptions": dict(SUBSCRIPTIONS),
    }


@pytest.mark.parametrize(
    "as_stored",
    [
        dict(SUBSCRIPTIONS),
        {**SUBSCRIPTIONS, "Ticket_Update": None, "Ticket_Add": {"departmentIds": None}},
        {**SUBSCRIPTIONS, "Ticket_Thread_Add": {"direction": "in", "departmentIds": []}},
    ],
)
def test_a_fitting_subscription_is_left_alone(bench: Bench, as_stored: dict[str, Any]) -> None:
    bench.http.get(f"{API}/webhooks", json={"data": [stored("6", subscriptions=as_stored)]})
    assert DeskAdmin(bench.desk.transport).ensure_webhook(URL) == "6"
    assert len(bench.http.calls) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"isEnabled": False},
        {"subscriptions": {"Ticket_Add": None}},
        {"subscriptions": {**SUBSCRIPTIONS, "Ticket_Add": {"departmentIds": ["7"]}}},
        {"subscriptions": {**SUBSCRIPTIONS, "Agent_Add": None}},
        {"subscriptions": {**SUBSCRIPTIONS, "Contact_Update": {"includePrevState": True}}},
        {"subscriptions": None},
    ],
)
def test_a_subscription_that_does_not_fit_is_mended(bench: Bench, changes: dict[str, Any]) -> None:
    bench.http.get(f"{API}/webhooks", json={"data": [stored("6", **changes)]})
    bench.http.patch(f"{API}/webhooks/6", json=stored("6"))
    assert DeskAdmin(bench.desk.transport).ensure_webhook(URL) == "6"
    body = json.loads(bench.http.calls[-1].request.body or b"")
    assert body["subscriptions"] == dict(SUBSCRIPTIONS)
    assert "url" not in body


def test_other_peoples_subscriptions_are_not_ours(bench: Bench) -> None:
    others = [stored("1", url="https://crm.example.com/"), stored("2", url=URL + "/x")]
    bench.http.get(f"{API}/webhooks", json={"data": others})
    bench.http.post(f"{API}/webhooks", json=stored("6"))
    assert DeskAdmin(bench.desk.transport).ensure_webhook(URL) == "6"


def test_of_two_the_older_working_one_is_kept(bench: Bench) -> None:
    found = [stored("100"), stored("99"), stored("5", isEnabled=False)]
    bench.http.get(f"{API}/webhooks", json={"data": found})
    assert DeskAdmin(bench.desk.transport).ensure_webhook(URL) == "99"


def test_a_lost_answer_does_not_make_two(bench: Bench) -> None:
    bench.http.get(f"{API}/webhooks", status=204)
    bench.http.post(f"{API}/webhooks", body=requests.ReadTimeout("slow"))
    bench.http.get(f"{API}/webhooks", json={"data": [stored("6")]})
    assert DeskAdmin(bench.desk.transport).ensure_webhook(URL) == "6"
    assert bench.sent("POST", "/webhooks") == 1


def test_a_subscription_that_never_came_to_be_is_reported(bench: Bench) -> None:
    bench.http.get(f"{API}/webhooks", status=204)
    bench.http.post(f"{API}/webhooks", body=requests.ReadTimeout("slow"))
    with pytest.raises(Ambiguous):
        DeskAdmin(bench.desk.transport).ensure_webhook(URL)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (403, "LICENSE_ACCESS_LIMITED", DeskForbidden),
        (422, "MAX_COUNT_EXCEEDED", DeskRejected),
        (422, "INVALID_DATA", DeskRejected),
    ],
)
def test_a_portal_that_takes_none_says_so(bench: Bench, status: int, code: str, error: type[Exception]) -> None:
    bench.http.get(f"{API}/webhooks", status=204)
    bench.http.post(f"{API}/webhooks", json={"errorCode": code, "message": "x"}, status=status)
    with pytest.raises(error):
        DeskAdmin(bench.desk.transport).ensure_webhook(URL)


def test_a_health_check_sees_what_is_off_or_gone(bench: Bench) -> None:
    admin = DeskAdmin(bench.desk.transport)
    bench.http.get(f"{API}/webhooks/6", json=stored("6", isEnabled=False))
    bench.http.get(f"{API}/webhooks/7", json={"errorCode": "URL_NOT_FOUND", "message": "x"}, status=404)
    assert admin.webhook("6") == Webhook("6", URL, enabled=False, subscriptions=dict(SUBSCRIPTIONS))
    assert admin.webhook("7") is None


def test_ending_what_has_ended_is_fine(bench: Bench) -> None:
    bench.http.delete(f"{API}/webhooks/6", status=200)
    bench.http.delete(f"{API}/webhooks/7", json={"errorCode": "URL_NOT_FOUND", "message": "x"}, status=404)
    admin = DeskAdmin(bench.desk.transport)
    admin.delete_webhook("6")
    admin.delete_webhook("7")
    assert len(bench.http.calls) == 2


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ({"Date": "Mon, 02 Mar 2026 09:15:00 GMT"}, datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ({"Date": "Mon, 02 Mar 2026 10:15:00 +0100"}, datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ({"Date": "soon"}, None),
        ({}, None),
    ],
)
def test_desks_time_is_that_of_its_answer(bench: Bench, header: dict[str, str], told: datetime | None) -> None:
    """Due dates, tokens and signatures rely on clocks that agree."""
    bench.http.get(f"{API}/myinfo", json={"id": "1"}, headers=header)
    assert DeskAdmin(bench.desk.transport).time() == told
