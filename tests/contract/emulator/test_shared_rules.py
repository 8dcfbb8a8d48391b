"""What every Desk route has in common: who may, what it costs, how it fails."""

import threading
from typing import Any

import pytest
import requests

from tests.emulator_process import Emulator


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errorCode"]


def with_scopes(zoho: Emulator, *scopes: str, agent: int = 0) -> dict[str, str]:
    agents = zoho.info()["agents"]
    refresh = zoho.bench("POST", "/oauth", {"scopes": list(scopes) or None, "agentId": agents[agent]["id"]})[
        "refreshToken"
    ]
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh,
        "client_id": "1000.EMULATOR",
        "client_secret": "emulator-secret",
    }
    token = requests.post(f"{zoho.url}/oauth/v2/token", data=form, timeout=10).json()["access_token"]
    return {"Authorization": f"Zoho-oauthtoken {token}"}


def test_the_organisation_must_be_the_tokens(zoho: Emulator) -> None:
    org_id = zoho.info()["orgId"]
    assert zoho.api("GET", "/myinfo", headers={"orgId": org_id}).status_code == 200
    assert code(zoho.api("GET", "/myinfo", headers={"orgId": "1"})) == (403, "OAUTH_ORG_MISMATCH")


def test_scopes_are_needed_all_or_by_switch_any(zoho: Emulator) -> None:
    headers = with_scopes(zoho, "Desk.tickets.READ")
    assert zoho.api("GET", "/tickets", headers=headers).status_code == 204
    url = f"{zoho.url}/api/v1/tickets/search?subject=abc"
    assert code(requests.get(url, headers=headers, timeout=10)) == (403, "SCOPE_MISMATCH")
    zoho.switch(scope_check="any")
    assert requests.get(url, headers=headers, timeout=10).status_code == 204


def test_profile_and_departments_bound_what_an_agent_may(zoho: Emulator) -> None:
    made = zoho.mail()
    headers = with_scopes(zoho, agent=1)
    assert code(zoho.api("GET", "/webhooks", headers=headers)) == (403, "FORBIDDEN")
    assert code(zoho.api("GET", "/recycleBin", headers=headers)) == (401, "UNAUTHORIZED")
    agent = zoho.info()["agents"][1]["id"]
    support = zoho.info()["departments"][0]["id"]
    zoho.bench("POST", "/agent/permissions", {"agentId": agent, "departmentIds": [support]})
    assert code(zoho.api("GET", f"/tickets/{made['ticketId']}", headers=headers)) == (403, "FORBIDDEN")
    assert zoho.api("GET", "/tickets", headers=headers).status_code == 204


def test_field_security_leaves_fields_out(zoho: Emulator) -> None:
    made = zoho.mail()
    agent = zoho.info()["agents"][0]["id"]
    zoho.bench("POST", "/agent/permissions", {"agentId": agent, "hiddenFields": ["phone", "cf_privacy_state"]})
    ticket = zoho.get(f"/tickets/{made['ticketId']}").json()
    assert "phone" not in ticket
    assert "cf_privacy_state" not in ticket["cf"]
    assert "email" in ticket


def test_unknown_routes_are_loud(zoho: Emulator) -> None:
    assert code(zoho.get("/tickets/1/redact")) == (404, "URL_NOT_FOUND")
    assert zoho.bench("GET", "/verdict")["failed"]
    assert "unknown route: GET /api/v1/tickets/1/redact" in zoho.stderr()


def test_unknown_records_are_404_and_quiet(zoho: Emulator) -> None:
    assert code(zoho.get("/tickets/417000000000001")) == (404, "URL_NOT_FOUND")
    assert not zoho.bench("GET", "/verdict")["failed"]


@pytest.mark.parametrize("path", ["/tickets/emptySpam", "/recycleBin/deleteAll", "/recycleBin/restoreAll"])
def test_calls_that_would_empty_a_portal_fail_the_run(zoho: Emulator, path: str) -> None:
    zoho.post(path, {"departmentId": "1"})
    assert zoho.bench("GET", "/verdict")["failed"]


def test_an_empty_list_is_204_without_a_body(zoho: Emulator) -> None:
    answer = zoho.get("/tickets")
    assert (answer.status_code, answer.content) == (204, b"")


def test_bodies_are_checked(zoho: Emulator) -> None:
    made = zoho.mail()
    path = f"/tickets/{made['ticketId']}"
    assert code(zoho.patch(path)) == (422, "EMPTY_PAYLOAD")
    assert code(zoho.patch(path, {})) == (422, "EMPTY_PAYLOAD")
    assert code(zoho.patch(path, {"contactId": "417000000000001"})) == (422, "INVALID_DATA")
    assert zoho.patch(path, {"contactId": "417000000000001"}).json()["errors"][0]["fieldName"] == "/contactId"
    assert code(zoho.patch(path, {"status": "Closed"})) == (422, "INVALID_DATA")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/tickets", {"limit": 101}),
        ("/tickets", {"limit": 0}),
        ("/tickets", {"from": 5000}),
        ("/tickets/search", {"subject": "abc", "limit": 101}),
        ("/tickets/search", {"subject": "abc", "from": 1000}),
        ("/tickets/search", {"_all": "abc", "status": "Open"}),
        ("/tickets/search", {"closedTimeRange": "2026-01-01T00:00:00.000Z,2026-01-02T00:00:00.000Z"}),
        ("/recycleBin", {"limit": 101}),
        ("/agents", {"limit": 201}),
    ],
)
def test_values_outside_a_range_are_refused_not_clipped(zoho: Emulator, path: str, query: dict[str, Any]) -> None:
    assert zoho.get(path, **query).status_code == 422


def test_every_answer_tells_its_cost_and_what_is_left(zoho: Emulator) -> None:
    made = zoho.mail()
    one = zoho.get(f"/tickets/{made['ticketId']}")
    many = zoho.get("/tickets")
    trashed = zoho.post("/tickets/moveToTrash", {"ticketIds": [made["ticketId"]]})
    weights = [each.headers["X-Rate-Limit-Request-Weight-v3"] for each in (one, many, trashed)]
    assert weights == ["1", "3", "6"]
    assert trashed.headers["X-Rate-Limit-Remaining-v3"] == str(103_000 - 10)
    assert zoho.get("/tickets/1").headers["X-Rate-Limit-Request-Weight-v3"] == "1"
    assert zoho.bench("GET", "/credits")["used"] == 11


def test_spent_credits_come_back_with_the_day(zoho: Emulator) -> None:
    zoho.bench("POST", "/credits", {"remaining": 2})
    zoho.get("/myinfo")
    zoho.get("/myinfo")
    refused = zoho.get("/myinfo")
    assert code(refused) == (429, "THRESHOLD_EXCEEDED")
    assert int(refused.headers["Retry-After"]) == pytest.approx(15 * 3600, abs=5)
    zoho.bench("POST", "/credits", {"remaining": None})
    zoho.advance(15 * 3600)
    zoho.forget_token()
    assert zoho.get("/myinfo").status_code == 200


def test_a_day_of_the_portal_resets_the_count(zoho: Emulator) -> None:
    zoho.get("/myinfo")
    zoho.advance(86_400)
    assert zoho.bench("GET", "/credits")["used"] == 0


def test_too_many_calls_at_once_are_refused_without_retry_after(zoho: Emulator) -> None:
    zoho.switch(edition="FREE")
    zoho.token()
    fault = zoho.bench(
        "POST", "/faults", {"match": {"pathRegex": "departments"}, "kind": "stall_after_write", "times": 5}
    )
    held = [threading.Thread(target=lambda: zoho.fresh().get("/departments")) for _ in range(5)]
    for each in held:
        each.start()
    zoho.wait_for_hits(fault["faultId"], 5)
    refused = zoho.get("/myinfo")
    zoho.bench("DELETE", f"/faults/{fault['faultId']}")
    for each in held:
        each.join()
    assert code(refused) == (429, "TOO_MANY_REQUESTS")
    assert "Retry-After" not in refused.headers


def fault(zoho: Emulator, kind: str, path: str, **more: Any) -> str:
    return str(zoho.bench("POST", "/faults", {"match": {"pathRegex": path}, "kind": kind, **more})["faultId"])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("error500", (500, "INTERNAL_SERVER_ERROR")),
        ("unauthorised", (401, "INVALID_OAUTH")),
        ("busy", (429, "TOO_MANY_REQUESTS")),
        ("credits_gone", (429, "THRESHOLD_EXCEEDED")),
    ],
)
def test_faults_strike_as_often_as_asked(zoho: Emulator, kind: str, expected: tuple[int, str]) -> None:
    zoho.token()
    fault(zoho, kind, "/myinfo", skip=1, times=1, retryAfter=7)
    statuses = [zoho.get("/myinfo") for _ in range(3)]
    assert [each.status_code for each in statuses] == [200, expected[0], 200]
    assert code(statuses[1]) == expected
    assert statuses[1].headers.get("Retry-After") == ("7" if kind == "credits_gone" else None)


def test_calls_are_kept_with_their_bodies_but_logs_hold_none(zoho: Emulator) -> None:
    made = zoho.mail()
    zoho.patch(f"/tickets/{made['ticketId']}", {"subject": "A secret subject"})
    last = zoho.bench("GET", "/calls", since=0)[-1]
    assert (last["method"], last["body"], last["status"], last["credits"]) == (
        "PATCH",
        {"subject": "A secret subject"},
        200,
        "1",
    )
    assert "secret" not in zoho.stderr()
    zoho.bench("DELETE", "/calls")
    assert zoho.bench("GET", "/calls") == []


def test_ids_are_strings_of_eighteen_digits_shared_by_nobody(zoho: Emulator) -> None:
    made = zoho.mail()
    ids = [made["ticketId"], made["threadId"], made["contactId"], *(each["id"] for each in zoho.info()["agents"])]
    assert all(isinstance(each, str) and len(each) == 18 and each.isdigit() for each in ids)
    assert len(set(ids)) == len(ids)


def test_setup_reads(zoho: Emulator) -> None:
    info = zoho.info()
    assert zoho.get("/organizations").json()["data"][0]["id"] == info["orgId"]
    assert zoho.get("/licenses/plan").json()["planCode"] == "ENTERPRISE"
    assert zoho.get("/myinfo").json()["emailId"] == "robin.adler@desk.example.com"
    assert [each["name"] for each in zoho.get("/departments").json()["data"]] == ["Support", "Privacy"]
    assert zoho.get("/agents", searchStr="kim.berg@desk.example.com").json()["data"][0]["firstName"] == "Kim"
    fields = {each["apiName"]: each for each in zoho.get("/organizationFields", module="tickets").json()["data"]}
    assert [each["value"] for each in fields["status"]["allowedValues"] if each["statusType"] == "Closed"] == [
        "Resolved"
    ]
    assert fields["cf_privacy_action"]["isCustomField"]
    senders = zoho.get("/mailReplyAddress", departmentId=info["departments"][1]["id"]).json()["data"]
    assert [(each["address"], each["isVerified"]) for each in senders] == [
        ("privacy@desk.example.com", True),
        ("unverified.privacy@desk.example.com", False),
    ]
    zoho.switch(old_fields_route="404")
    assert zoho.get("/fields", module="tickets").status_code == 404
