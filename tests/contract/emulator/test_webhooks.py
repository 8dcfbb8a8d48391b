"""Webhooks: what is subscribed, how it is signed, what goes wrong on the way."""

from typing import Any

import jwt
import pytest
import requests

from tests.contract.emulator.receiver import Receiver, subscribe
from tests.emulator_process import Emulator


def verified(zoho: Emulator, token: str, webhook_id: str) -> dict[str, Any]:
    keys = {each["kid"]: each for each in requests.get(f"{zoho.url}/.well-known/jwks.json", timeout=10).json()["keys"]}
    key = jwt.PyJWK(keys[jwt.get_unverified_header(token)["kid"]]).key
    options: Any = {"verify_exp": False, "verify_iat": False}
    told: dict[str, Any] = jwt.decode(
        token, key, algorithms=["RS256"], audience=f"webhookId:{webhook_id}", options=options
    )
    return told


def test_creation_asks_the_url_first(zoho: Emulator, receiver: Receiver) -> None:
    made = subscribe(zoho, receiver, {"Ticket_Add": None}, name="intake").json()
    assert [(method, body) for method, _, body in receiver.requests] == [("GET", None)]
    assert (made["isEnabled"], made["type"], made["name"]) == (True, "CUSTOMER_WEBHOOK", "intake")
    assert zoho.get(f"/webhooks/{made['id']}").json() == made
    receiver.statuses["GET"] = 404
    zoho.patch(f"/webhooks/{made['id']}", {"subscriptions": {"Ticket_Add": None}, "url": f"{receiver.url}/2"})
    assert receiver.requests[-1] == ("POST", None, [])
    assert zoho.delete(f"/webhooks/{made['id']}").status_code == 200
    assert zoho.get("/webhooks").status_code == 204


def test_a_url_that_does_not_answer_is_refused(zoho: Emulator, receiver: Receiver) -> None:
    receiver.statuses |= {"GET": 401, "POST": 401}
    assert subscribe(zoho, receiver, {"Ticket_Add": None}).status_code == 422
    assert zoho.get("/webhooks").status_code == 204


def test_a_url_that_answers_too_late_is_refused(zoho: Emulator, receiver: Receiver) -> None:
    zoho.switch(webhook_timeout_seconds="1")
    receiver.hold.clear()
    assert subscribe(zoho, receiver, {"Ticket_Add": None}).status_code == 422
    receiver.hold.set()


@pytest.mark.parametrize(
    "subscriptions",
    [
        {},
        {"Ticket_Add": {}},
        {"Ticket_Tag": None},
        {"Ticket_Add": {"fields": ["status"]}},
        {"Ticket_Update": {"fields": ["status", "subject", "email", "phone", "priority", "channel"]}},
        {"Ticket_Update": {"fields": ["cf_unknown"]}},
        {"Ticket_Add": {"departmentIds": ["1"]}},
        {"Ticket_Thread_Add": {"direction": "sideways"}},
        {"Ticket_Comment_Update": {"includePrevState": True}},
    ],
)
def test_subscriptions_are_checked(zoho: Emulator, receiver: Receiver, subscriptions: dict[str, Any]) -> None:
    assert subscribe(zoho, receiver, subscriptions).status_code == 422


def test_an_update_needs_its_subscriptions(zoho: Emulator, receiver: Receiver) -> None:
    made = subscribe(zoho, receiver, {"Ticket_Add": None}).json()
    assert zoho.patch(f"/webhooks/{made['id']}", {"isEnabled": False}).status_code == 422


def test_editions_bound_the_number(zoho: Emulator, receiver: Receiver) -> None:
    zoho.switch(edition="PROFESSIONAL")
    assert [subscribe(zoho, receiver, {"Ticket_Add": None}).status_code for _ in range(6)] == [200] * 5 + [403]
    zoho.switch(edition="FREE")
    assert subscribe(zoho, receiver, {"Ticket_Add": None}).json()["errorCode"] == "LICENSE_ACCESS_LIMITED"


def test_a_mail_is_announced_signed_and_whole(zoho: Emulator, receiver: Receiver) -> None:
    webhook = subscribe(
        zoho, receiver, {"Ticket_Add": None, "Ticket_Thread_Add": {"direction": "in"}, "Contact_Add": None}
    ).json()
    made = zoho.mail(subject="Erase me", text="please")
    zoho.settle()
    assert receiver.names() == ["Contact_Add", "Ticket_Add", "Ticket_Thread_Add"]
    _, token, body = receiver.requests[2]
    event = body[0]
    assert isinstance(event["eventTime"], str)
    assert event["orgId"] == zoho.info()["orgId"]
    assert (event["payload"]["id"], event["payload"]["description"]) == (made["ticketId"], "<div>please</div>")
    assert event["payload"]["contact"]["email"] == "ada.moss@example.net"
    assert "tags" not in event["payload"]
    assert token is not None
    told = verified(zoho, token, webhook["id"])
    assert told["iss"] == f"orgId:{zoho.info()['orgId']}"
    assert told["exp"] < 10**11
    assert receiver.events()[2]["payload"]["ticketId"] == made["ticketId"]


def test_filters_and_previous_state(zoho: Emulator, receiver: Receiver) -> None:
    support, privacy = (each["id"] for each in zoho.info()["departments"])
    wanted = {"departmentIds": [privacy], "fields": ["cf_privacy_action"], "includePrevState": True}
    subscribe(zoho, receiver, {"Ticket_Update": wanted, "Ticket_Thread_Add": {"direction": "out"}})
    here, there = zoho.mail(), zoho.mail(to="support@desk.example.com")
    for made in (here, there):
        zoho.patch(f"/tickets/{made['ticketId']}", {"subject": "Not asked for"})
        zoho.patch(f"/tickets/{made['ticketId']}", {"cf": {"cf_privacy_action": "Export"}})
    zoho.settle()
    events = receiver.events()
    assert [(each["eventType"], each["payload"]["id"]) for each in events] == [("Ticket_Update", here["ticketId"])]
    assert events[0]["prevState"]["cf"]["cf_privacy_action"] is None
    assert events[0]["payload"]["cf"]["cf_privacy_action"] == "Export"
    assert support != privacy


def test_own_replies_and_comments_come_back_as_events(zoho: Emulator, receiver: Receiver) -> None:
    subscribe(zoho, receiver, {"Ticket_Thread_Add": None, "Ticket_Comment_Add": None, "Ticket_Update": None})
    made = zoho.mail()
    reply = {"channel": "EMAIL", "fromEmailAddress": "privacy@desk.example.com", "to": "a@example.net", "content": "x"}
    zoho.post(f"/tickets/{made['ticketId']}/sendReply", reply)
    zoho.post(f"/tickets/{made['ticketId']}/comments", {"content": "Note", "isPublic": False})
    zoho.post(f"/tickets/{made['ticketId']}/associateTag", {"tags": ["privacy"]})
    zoho.settle()
    directions = [each["payload"].get("direction") for each in receiver.events()]
    assert receiver.names() == ["Ticket_Thread_Add", "Ticket_Thread_Add", "Ticket_Comment_Add"]
    assert directions == ["in", "out", None]


def test_macro_writes_may_need_the_automation_flag(zoho: Emulator, receiver: Receiver) -> None:
    zoho.switch(macro_events="only_with_include", tag_event="Ticket_Update")
    subscribe(zoho, receiver, {"Ticket_Update": None})
    made = zoho.mail()
    order = {
        "ticketIds": [made["ticketId"]],
        "name": "Export",
        "fields": {"cf_privacy_action": "Export"},
        "addTags": ["x1y"],
    }
    zoho.bench("POST", "/macro", order)
    zoho.settle()
    assert receiver.names() == []
    subscribe(zoho, receiver, {"Ticket_Update": None}, includeEventsFrom=["AUTOMATION"])
    zoho.bench("POST", "/macro", order | {"fields": {"cf_privacy_action": "Refuse"}})
    zoho.settle()
    assert receiver.names() == ["Ticket_Update"]


def test_trash_and_permanent_deletion_differ_by_switch(zoho: Emulator, receiver: Receiver) -> None:
    subscribe(zoho, receiver, {"Ticket_Delete": None, "Contact_Delete": None})
    made = zoho.mail()
    zoho.switch(ticket_delete_event="on_permanent")
    zoho.post("/tickets/moveToTrash", {"ticketIds": [made["ticketId"]]})
    zoho.settle()
    assert receiver.names() == []
    zoho.post("/recycleBin/delete", {"ids": [made["ticketId"]]})
    zoho.settle()
    assert receiver.names() == ["Ticket_Delete"]


def test_a_lost_webhook_leaves_the_ticket(zoho: Emulator, receiver: Receiver) -> None:
    subscribe(zoho, receiver, {"Ticket_Add": None})
    made = zoho.mail(deliverWebhook=False)
    zoho.bench("POST", "/webhooks/stress", {"lose": ["Ticket_Add"], "count": 1})
    zoho.mail(subject="Lost as well")
    zoho.mail(subject="Arrives")
    zoho.settle()
    assert [each["payload"]["subject"] for each in receiver.events()] == ["Arrives"]
    assert zoho.get(f"/tickets/{made['ticketId']}").status_code == 200
    assert [each["lost"] for each in zoho.bench("GET", "/deliveries")] == [True, False]


def test_stress_repeats_batches_delays_and_reorders(zoho: Emulator, receiver: Receiver) -> None:
    subscribe(zoho, receiver, {"Ticket_Add": None, "Ticket_Thread_Add": None})
    zoho.bench("POST", "/webhooks/stress", {"duplicate": 2})
    zoho.mail()
    zoho.settle()
    assert sorted(receiver.names()) == ["Ticket_Add"] * 3 + ["Ticket_Thread_Add"] * 3
    receiver.requests.clear()
    zoho.bench("POST", "/webhooks/stress", {"batch": 5, "delayMs": 200})
    zoho.mail()
    assert not zoho.bench("GET", "/state/idle")["idle"]
    zoho.settle()
    assert [len(body) for _, _, body in receiver.requests] == [2]
    receiver.requests.clear()
    zoho.bench("POST", "/webhooks/stress", {"reorder": True})
    zoho.mail()
    zoho.settle()
    assert receiver.names() == ["Ticket_Thread_Add", "Ticket_Add"]


def test_a_failed_delivery_is_not_repeated_by_default(zoho: Emulator, receiver: Receiver) -> None:
    webhook = subscribe(zoho, receiver, {"Ticket_Add": None}).json()
    receiver.statuses["POST"] = 500
    zoho.mail()
    zoho.settle()
    delivery = zoho.bench("GET", "/deliveries")[0]
    assert (delivery["status"], delivery["httpStatus"], delivery["attempts"]) == ("FAILED", 500, 1)
    zoho.switch(webhook_failure="disable_after_3")
    for _ in range(3):
        zoho.mail()
    zoho.settle()
    assert zoho.get(f"/webhooks/{webhook['id']}").json()["isEnabled"] is False


def test_410_removes_the_subscription(zoho: Emulator, receiver: Receiver) -> None:
    webhook = subscribe(zoho, receiver, {"Ticket_Add": None}).json()
    receiver.statuses["POST"] = 410
    zoho.mail()
    zoho.settle()
    assert zoho.get(f"/webhooks/{webhook['id']}").status_code == 404


def test_rotated_keys_verify_and_withdrawn_ones_do_not(zoho: Emulator, receiver: Receiver) -> None:
    webhook = subscribe(zoho, receiver, {"Ticket_Add": None}).json()
    zoho.mail()
    zoho.settle()
    zoho.bench("POST", "/webhooks/rotate-key")
    zoho.mail()
    zoho.settle()
    tokens = [token for method, token, _ in receiver.requests if method == "POST" and token]
    assert all(verified(zoho, token, webhook["id"]) for token in tokens)
    zoho.bench("POST", "/webhooks/rotate-key", {"withdraw": True})
    assert len(requests.get(f"{zoho.url}/.well-known/jwks.json", timeout=10).json()["keys"]) == 1
    with pytest.raises(KeyError):
        verified(zoho, tokens[0], webhook["id"])


@pytest.mark.parametrize(
    "kind",
    ["alg_none", "hs256", "wrong_org", "wrong_webhook", "expired", "unknown_kid", "wrong_key", "no_jwt", "garbage_jwt"],
)
def test_forgeries_arrive_and_do_not_verify(zoho: Emulator, receiver: Receiver, kind: str) -> None:
    webhook = subscribe(zoho, receiver, {"Ticket_Add": None}).json()
    receiver.statuses["POST"] = 401
    assert zoho.bench("POST", "/webhooks/forge", {"webhookId": webhook["id"], "kind": kind})["status"] == 401
    token = receiver.requests[-1][1]
    if token is None:
        assert kind == "no_jwt"
        return
    try:
        told = verified(zoho, token, webhook["id"])
    except (jwt.PyJWTError, KeyError):
        return
    now = int(zoho.bench("GET", "/clock")["now"][:4])
    assert told["iss"] != f"orgId:{zoho.info()['orgId']}" or (kind == "expired" and now == 2026)


def test_a_valid_signature_may_cover_a_forged_body(zoho: Emulator, receiver: Receiver) -> None:
    webhook = subscribe(zoho, receiver, {"Ticket_Add": None}).json()
    body = [{"eventType": "Ticket_Delete", "payload": {"id": "1"}}]
    zoho.bench("POST", "/webhooks/forge", {"webhookId": webhook["id"], "kind": "valid_jwt_other_body", "body": body})
    _, token, got = receiver.requests[-1]
    assert token is not None
    assert verified(zoho, token, webhook["id"])
    assert got == body


def test_ignoring_ones_own_source_is_a_switch(zoho: Emulator, receiver: Receiver) -> None:
    source = "7f3c7b9e-6f4f-4c9f-9d3e-2f1f5a0b1c2d"
    assert subscribe(zoho, receiver, {"Ticket_Update": None}, ignoreSourceId=source).status_code == 422
    zoho.switch(webhook_ignore_source_id="works")
    subscribe(zoho, receiver, {"Ticket_Update": None}, ignoreSourceId=source)
    made = zoho.mail()
    zoho.api("PATCH", f"/tickets/{made['ticketId']}", {"subject": "Own"}, headers={"sourceId": source})
    zoho.patch(f"/tickets/{made['ticketId']}", {"subject": "Other"})
    zoho.settle()
    assert [each["payload"]["subject"] for each in receiver.events()] == ["Other"]


def test_a_jwt_of_another_delivery_may_come_with_a_forged_body(zoho: Emulator, receiver: Receiver) -> None:
    """The signature does not cover the body: what a spy once saw can be sent again with anything in it."""
    webhook = subscribe(zoho, receiver, {"Ticket_Add": None}).json()["id"]
    order = {"webhookId": webhook, "kind": "replayed_jwt", "body": [{"eventType": "Ticket_Delete"}]}
    assert requests.post(f"{zoho.url}/_bench/webhooks/forge", json=order, timeout=10).status_code == 400
    zoho.mail()
    zoho.settle()
    zoho.bench("POST", "/webhooks/forge", order)
    (_, first, _), (_, second, body) = receiver.requests[-2:]
    assert first == second
    assert body == order["body"]


def test_an_event_may_speak_of_a_ticket_that_is_gone(zoho: Emulator, receiver: Receiver) -> None:
    webhook = subscribe(zoho, receiver, {"Ticket_Add": None}).json()["id"]
    assert zoho.bench("POST", "/webhooks/forge", {"webhookId": webhook, "kind": "gone_ticket"})["status"] == 200
    _, token, body = receiver.requests[-1]
    assert token is not None
    assert verified(zoho, token, webhook)
    assert zoho.get(f"/tickets/{body[0]['payload']['id']}").status_code == 404


def test_twenty_subscriptions_are_stored_at_most(zoho: Emulator, receiver: Receiver) -> None:
    made = [subscribe(zoho, receiver, {"Ticket_Add": None}, isEnabled=False) for _ in range(21)]
    assert [each.status_code for each in made] == [200] * 20 + [422]
    assert made[-1].json()["errorCode"] == "MAX_COUNT_EXCEEDED"


def test_a_downgrade_disables_the_younger_subscriptions(zoho: Emulator, receiver: Receiver) -> None:
    made = [subscribe(zoho, receiver, {"Ticket_Add": None}).json()["id"] for _ in range(7)]

    def enabled() -> list[bool]:
        return [zoho.get(f"/webhooks/{each}").json()["isEnabled"] for each in made]

    zoho.switch(edition="PROFESSIONAL")
    assert enabled() == [True] * 5 + [False] * 2
    zoho.mail()
    zoho.settle()
    assert len(receiver.events()) == 5
    zoho.switch(edition="STANDARD")
    assert enabled() == [False] * 7
    zoho.switch(edition="ENTERPRISE")
    assert enabled() == [False] * 7


def test_a_success_forgets_earlier_failures(zoho: Emulator, receiver: Receiver) -> None:
    zoho.switch(webhook_failure="disable_after_3")
    webhook = subscribe(zoho, receiver, {"Ticket_Add": None}).json()["id"]
    for status in (500, 500, 200, 500, 500):
        receiver.statuses["POST"] = status
        zoho.mail()
        zoho.settle()
    assert zoho.get(f"/webhooks/{webhook}").json()["isEnabled"] is True


def test_nothing_is_ever_sent_to_another_machine(zoho: Emulator) -> None:
    refused = zoho.post("/webhooks", {"url": "https://hooks.example.org/zd", "subscriptions": {"Ticket_Add": None}})
    assert (refused.status_code, "this machine" in refused.json()["message"]) == (422, True)


def test_validation_may_begin_with_head_and_carry_the_jwt(zoho: Emulator, receiver: Receiver) -> None:
    zoho.switch(webhook_validation="head_first", webhook_validation_jwt="present", jwt_time_unit="milliseconds")
    receiver.statuses |= {"GET": 404}
    webhook = subscribe(zoho, receiver, {"Ticket_Add": None}).json()
    assert [method for method, _, _ in receiver.requests] == ["HEAD", "GET", "POST"]
    token = receiver.requests[-1][1]
    assert token is not None
    assert verified(zoho, token, webhook["id"])["exp"] > 10**11


def test_disabled_subscriptions_do_not_count_until_enabled(zoho: Emulator, receiver: Receiver) -> None:
    zoho.switch(edition="PROFESSIONAL")
    for _ in range(5):
        subscribe(zoho, receiver, {"Ticket_Add": None})
    spare = subscribe(zoho, receiver, {"Ticket_Add": None}, isEnabled=False)
    assert spare.status_code == 200
    body = {"subscriptions": {"Ticket_Add": None}, "isEnabled": True}
    assert zoho.patch(f"/webhooks/{spare.json()['id']}", body).status_code == 403
