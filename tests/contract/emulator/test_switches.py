"""The other values of the switches: each must make the difference it promises."""

import time

import jwt
import requests

from tests.contract.emulator.receiver import Receiver, subscribe
from tests.contract.emulator.test_accounts import ask
from tests.contract.emulator.test_tickets import history
from tests.emulator_process import Emulator


def test_the_throttled_accounts_server_may_answer_200(zoho: Emulator) -> None:
    zoho.switch(token_throttle_status="200")
    for _ in range(10):
        ask(zoho)
    assert (ask(zoho).status_code, ask(zoho).json()["error"]) == (200, "Access Denied")


def test_fifteen_tokens_may_live_at_once(zoho: Emulator) -> None:
    zoho.switch(live_token_limit="15")
    tokens = [ask(zoho).json()["access_token"] for _ in range(10)]
    zoho.advance(601)
    ask(zoho)
    headers = {"Authorization": f"Zoho-oauthtoken {tokens[0]}"}
    assert requests.get(f"{zoho.url}/api/v1/myinfo", headers=headers, timeout=10).status_code == 200


def test_search_may_reach_deeper_and_ignore_what_it_does_not_know(zoho: Emulator) -> None:
    zoho.switch(search_from_ceiling="4999", search_unknown_param="ignored", search_lag_seconds="0")
    zoho.mail()
    query = {"closedTimeRange": "2026-01-01T00:00:00.000Z,2026-01-02T00:00:00.000Z"}
    assert zoho.get("/tickets/search", **query).json()["count"] == 1
    assert zoho.get("/tickets/search", **{"from": 4999}).status_code == 204


def test_deeper_pages_cost_more(zoho: Emulator) -> None:
    zoho.mail()
    assert zoho.get("/tickets", **{"from": 2001}).headers["X-Rate-Limit-Request-Weight-v3"] == "10"


def test_a_reply_may_leave_the_modified_time_and_a_closed_ticket_alone(zoho: Emulator) -> None:
    zoho.switch(reply_moves_modified_time="no", customer_reply_reopens="no")
    made = zoho.mail()
    zoho.bench("POST", "/agent/close", {"ticketId": made["ticketId"]})
    before = zoho.get(f"/tickets/{made['ticketId']}").json()
    zoho.advance(60)
    zoho.mail(inReplyToTicketId=made["ticketId"])
    after = zoho.get(f"/tickets/{made['ticketId']}").json()
    assert (after["modifiedTime"], after["statusType"]) == (before["modifiedTime"], "Closed")
    assert after["customerResponseTime"] > before["customerResponseTime"]


def test_history_may_speak_in_api_names_and_wrap_the_agent(zoho: Emulator) -> None:
    zoho.switch(history_property_names="api_name", macro_actor_info="property")
    made = zoho.mail()
    order = {"ticketIds": [made["ticketId"]], "name": "Export", "fields": {"cf_privacy_action": "Export"}}
    zoho.bench("POST", "/macro", order)
    event = history(zoho, made["ticketId"])[0]
    assert event["eventInfo"][0]["propertyName"] == "cf_privacy_action"
    assert event["actorInfo"][0]["propertyValue"]["type"] == "Agent"


def test_comment_history_may_go_with_its_comment(zoho: Emulator) -> None:
    zoho.switch(comment_history_after_delete="gone")
    path = f"/tickets/{zoho.mail()['ticketId']}/comments"
    made = zoho.post(path, {"content": "One", "isPublic": False}).json()["id"]
    zoho.patch(f"{path}/{made}", {"content": "Two"})
    zoho.delete(f"{path}/{made}")
    assert zoho.get(f"{path}/{made}/history").status_code == 404


def test_bin_deletion_may_cost_one_credit(zoho: Emulator) -> None:
    zoho.switch(bin_delete_credits="1")
    made = zoho.mail()
    zoho.post("/tickets/moveToTrash", {"ticketIds": [made["ticketId"]]})
    answer = zoho.post("/recycleBin/delete", {"ids": [made["ticketId"]]})
    assert answer.headers["X-Rate-Limit-Request-Weight-v3"] == "1"


def test_a_tag_may_be_an_event(zoho: Emulator, receiver: Receiver) -> None:
    zoho.switch(tag_event="Ticket_Update", webhook_empty_filter="accepted")
    assert subscribe(zoho, receiver, {"Ticket_Update": {}}).status_code == 200
    zoho.post(f"/tickets/{zoho.mail()['ticketId']}/associateTag", {"tags": ["privacy"]})
    zoho.settle()
    assert receiver.names() == ["Ticket_Update"]


def test_a_first_thread_may_be_silent_and_a_token_follow_real_time(zoho: Emulator, receiver: Receiver) -> None:
    zoho.switch(opening_thread_event="absent", jwt_clock="real")
    subscribe(zoho, receiver, {"Ticket_Add": None, "Ticket_Thread_Add": None})
    zoho.mail()
    zoho.settle()
    assert receiver.names() == ["Ticket_Add"]
    token = receiver.requests[-1][1]
    assert token is not None
    told = jwt.decode(token, options={"verify_signature": False})
    assert abs(told["iat"] - time.time()) < 60


def test_failed_deliveries_may_be_repeated(zoho: Emulator, receiver: Receiver) -> None:
    zoho.switch(webhook_failure="retry")
    subscribe(zoho, receiver, {"Ticket_Add": None})
    receiver.statuses["POST"] = 503
    zoho.mail()
    until = time.monotonic() + 10
    while zoho.bench("GET", "/deliveries")[0]["status"] != "FAILED":
        assert time.monotonic() < until
        time.sleep(0.02)
    receiver.statuses["POST"] = 200
    zoho.settle()
    delivery = zoho.bench("GET", "/deliveries")[0]
    assert (delivery["status"], delivery["attempts"]) == ("DELIVERED", 2)
