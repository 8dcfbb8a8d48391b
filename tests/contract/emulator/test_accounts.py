"""Tokens: what the accounts server gives, refuses and forgets."""

import pytest
import requests

from tests.emulator_process import Emulator

FORM = {
    "grant_type": "refresh_token",
    "refresh_token": "1000.emulator-refresh",
    "client_id": "1000.EMULATOR",
    "client_secret": "emulator-secret",
}


def ask(zoho: Emulator, **changes: str) -> requests.Response:
    return requests.post(f"{zoho.url}/oauth/v2/token", data={**FORM, **changes}, timeout=10)


def test_a_refresh_gives_an_hour_and_no_new_refresh_token(zoho: Emulator) -> None:
    body = ask(zoho).json()
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 3600
    assert "refresh_token" not in body
    assert body["api_domain"] != zoho.url


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"refresh_token": "1000.other"}, "invalid_code"),
        ({"client_id": "1000.other"}, "invalid_client"),
        ({"client_secret": "other"}, "invalid_client_secret"),
    ],
)
def test_failures_come_with_status_200(zoho: Emulator, changes: dict[str, str], error: str) -> None:
    answer = ask(zoho, **changes)
    assert (answer.status_code, answer.json()) == (200, {"error": error})


def test_the_eleventh_token_in_ten_minutes_is_denied(zoho: Emulator) -> None:
    assert all("access_token" in ask(zoho).json() for _ in range(10))
    denied = ask(zoho)
    assert denied.status_code == 400
    assert denied.json()["error"] == "Access Denied"
    zoho.advance(601)
    assert "access_token" in ask(zoho).json()


def test_the_eleventh_live_token_ends_the_oldest(zoho: Emulator) -> None:
    first = ask(zoho).json()["access_token"]
    for _ in range(9):
        ask(zoho)
    zoho.advance(601)
    headers = {"Authorization": f"Zoho-oauthtoken {first}"}
    assert requests.get(f"{zoho.url}/api/v1/myinfo", headers=headers, timeout=10).status_code == 200
    ask(zoho)
    assert requests.get(f"{zoho.url}/api/v1/myinfo", headers=headers, timeout=10).status_code == 401


def test_a_token_dies_after_an_hour_and_bearer_is_not_accepted(zoho: Emulator) -> None:
    token = zoho.token()
    bearer = requests.get(f"{zoho.url}/api/v1/myinfo", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert bearer.json()["errorCode"] == "INVALID_OAUTH"
    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    assert requests.get(f"{zoho.url}/api/v1/myinfo", headers=headers, timeout=10).status_code == 200
    zoho.advance(3601)
    assert requests.get(f"{zoho.url}/api/v1/myinfo", headers=headers, timeout=10).status_code == 401


def test_a_grant_code_works_once_and_a_revoked_token_never_again(zoho: Emulator) -> None:
    code = zoho.bench("POST", "/oauth", {"scopes": ["Desk.basic.READ"]})["code"]
    given = ask(zoho, grant_type="authorization_code", code=code).json()
    assert ask(zoho, grant_type="authorization_code", code=code).json() == {"error": "invalid_code"}
    assert "access_token" in ask(zoho, refresh_token=given["refresh_token"]).json()
    requests.post(f"{zoho.url}/oauth/v2/token/revoke", params={"token": given["refresh_token"]}, timeout=10)
    assert ask(zoho, refresh_token=given["refresh_token"]).json() == {"error": "invalid_code"}


def test_refresh_tokens_are_bounded_by_the_minute_and_in_number(zoho: Emulator) -> None:
    """Five a minute; the twenty-first ends the oldest, which here is the trial's own."""

    def exchange() -> dict[str, str]:
        code = zoho.bench("POST", "/oauth", {"scopes": ["Desk.basic.READ"]})["code"]
        answer: dict[str, str] = ask(zoho, grant_type="authorization_code", code=code).json()
        return answer

    assert ["access_token" in exchange() for _ in range(6)] == [True] * 5 + [False]
    zoho.advance(61)
    assert "access_token" in ask(zoho).json()
    for _ in range(5):
        zoho.advance(61)
        exchange()
    assert ask(zoho).json() == {"error": "invalid_code"}


def test_a_refused_request_does_not_lengthen_the_wait(zoho: Emulator) -> None:
    for _ in range(10):
        ask(zoho)
    zoho.advance(300)
    assert ask(zoho).status_code == 400
    zoho.advance(301)
    assert "access_token" in ask(zoho).json()


def test_form_and_query_are_both_understood(zoho: Emulator) -> None:
    query = {"grant_type": "refresh_token", "refresh_token": "1000.emulator-refresh", "client_id": "1000.EMULATOR",
             "client_secret": "emulator-secret"}  # fmt: skip
    assert "access_token" in requests.post(f"{zoho.url}/oauth/v2/token", params=query, timeout=10).json()
