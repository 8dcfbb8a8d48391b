"""The operator's page over HTTP: who may use it, what it shows, that it acts as the bench does."""

import pytest
import requests

from tests.emulator_process import Emulator

PAGES = (
    "", "mail", "tickets", "contacts", "outbox", "bin", "webhooks", "calls", "clock", "switches", "faults",
)  # fmt: skip


def get(zoho: Emulator, path: str, **headers: str) -> requests.Response:
    return requests.get(f"{zoho.url}/_console/{path}", headers=headers, timeout=10)


def order(zoho: Emulator, name: str, origin: str | None = None, **form: str) -> requests.Response:
    headers = {"Origin": zoho.url if origin is None else origin}
    return requests.post(f"{zoho.url}/_console/do/{name}", data=form, headers=headers, timeout=10)


def written(zoho: Emulator, subject: str = "Hello") -> str:
    made = zoho.bench("POST", "/mail", {"from": "ada.moss@example.net", "subject": subject, "text": "Good day"})
    return str(made["ticketId"])


@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_and_lets_nothing_foreign_in(zoho: Emulator, path: str) -> None:
    """Mails of anybody are shown there: the policy allows no script and no other site on any page."""
    answer = get(zoho, path)
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "<script" not in answer.text


def test_a_browser_is_led_there_and_a_program_is_not(zoho: Emulator) -> None:
    """Whoever opens the address sees the page; a client that asks for text keeps its text."""
    seen = requests.get(zoho.url, headers={"Accept": "text/html"}, timeout=10)
    told = requests.get(zoho.url, headers={"Accept": "*/*"}, timeout=10)
    assert (seen.url, told.headers["Content-Type"].split(";")[0]) == (f"{zoho.url}/_console/", "text/plain")


@pytest.mark.parametrize("origin", ["", "null", "https://other.example.com", "http://127.0.0.1:1"])
def test_an_order_of_another_site_is_refused(zoho: Emulator, origin: str) -> None:
    """A page that somebody visits meanwhile must not be able to play agent."""
    ticket_id = written(zoho)
    assert order(zoho, "close", origin, ticketId=ticket_id).status_code == 403
    assert zoho.bench("GET", f"/stored/ticket/{ticket_id}")["ticket"]["status"] == "Open"


def test_another_name_of_this_machine_is_refused(zoho: Emulator) -> None:
    """A foreign name that points to 127.0.0.1 would make the page that site's own."""
    assert get(zoho, "", Host="desk.example.com").status_code == 403
    assert get(zoho, "", Host=f"localhost:{zoho.url.rpartition(':')[2]}").status_code == 200


def test_what_is_not_there_is_said_and_fails_no_verdict(zoho: Emulator) -> None:
    """A person may mistype; only callers of Desk are judged."""
    assert [get(zoho, path).status_code for path in ("tickets/1", "contacts/1", "nowhere", "files/1")] == [404] * 4
    assert order(zoho, "close", ticketId="1").status_code == 400
    assert zoho.bench("GET", "/verdict") == {"failed": False, "reasons": []}


def test_a_fault_and_a_switch_are_set_and_taken_back(zoho: Emulator) -> None:
    """The page changes what the bench shows: there is one portal."""
    order(zoho, "fault", kind="busy", pathRegex="/api/v1/tickets", times="2")
    (fault,) = zoho.bench("GET", "/faults")
    order(zoho, "clear-faults", faultId=fault["faultId"])
    order(zoho, "switches", edition="STANDARD", search_lag_seconds="0")
    assert (fault["kind"], fault["times"], zoho.bench("GET", "/faults")) == ("busy", 2, [])
    assert zoho.bench("GET", "/switches")["edition"] == "STANDARD"
    assert order(zoho, "switches", edition="HUGE").status_code == 400


def test_a_list_is_shown_by_pages(zoho: Emulator) -> None:
    """A large portal is never read whole: fifty rows and a link to the next."""
    contact = {"lastName": "Moss", "email": "ada.moss@example.net"}
    zoho.bench("POST", "/seed", {"contacts": [contact], "tickets": [
        {"contact": "ada.moss@example.net", "subject": f"Number {each}"} for each in range(51)]})  # fmt: skip
    first, second = get(zoho, "tickets").text, get(zoho, "tickets?from=50").text
    assert (first.count(">Number "), second.count(">Number ")) == (50, 1)
    assert 'rel="next"' in first
    assert 'rel="next"' not in second
    assert get(zoho, "tickets?from=-1").status_code == 400


def test_a_key_is_rotated(zoho: Emulator) -> None:
    """Receivers must follow a new key: a person can bring one about."""
    before = requests.get(f"{zoho.url}/.well-known/jwks.json", timeout=10).json()["keys"]
    order(zoho, "rotate-key")
    after = requests.get(f"{zoho.url}/.well-known/jwks.json", timeout=10).json()["keys"]
    assert len(after) == len(before) + 1
