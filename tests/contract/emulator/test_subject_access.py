"""Zoho's own erase and export: asynchronous, and of unknown effect, hence a switch."""

from typing import Any

import pytest

from tests.emulator_process import Emulator

BASE = "/subjectAccessRequests"
ADA = "ada.moss@example.net"


def erase(zoho: Emulator, *ids: str) -> dict[str, Any]:
    made = zoho.post(f"{BASE}/erase", {"contactEmailId": ADA, "ids": list(ids), "referenceTicketNumber": "101"}).json()
    assert (made["status"], made["requestType"]) == ("INITIATED", "ERASURE_REQUEST")
    zoho.advance(31)
    assert zoho.get(f"{BASE}/{made['id']}").json()["status"] == "INPROGRESS"
    zoho.advance(31)
    done: dict[str, Any] = zoho.get(f"{BASE}/{made['id']}", include="createdBy").json()
    return done


@pytest.mark.parametrize(("effect", "status"), [("permanent", 404), ("trash", 200), ("blank", 200), ("nothing", 200)])
def test_what_erase_does_is_a_switch(zoho: Emulator, effect: str, status: int) -> None:
    zoho.switch(sar_erase_effect=effect)
    made = zoho.mail(subject="Mine", text="Lindenweg 7")
    assert erase(zoho, made["ticketId"])["status"] == "COMPLETED"
    answer = zoho.get(f"/tickets/{made['ticketId']}")
    assert answer.status_code == status
    if effect == "trash":
        assert answer.json()["isTrashed"]
    if effect == "blank":
        assert (answer.json()["subject"], answer.json()["email"]) == ("Erased", None)
    assert bool(zoho.stored("Lindenweg 7")) is (effect != "permanent")


def test_records_of_others_are_left_and_reported(zoho: Emulator) -> None:
    mine, other = zoho.mail(), zoho.mail(sender="ben@example.org", name="Ben")
    assert erase(zoho, mine["ticketId"], other["ticketId"])["status"] == "PARTIALLY_COMPLETED"
    assert zoho.get(f"/tickets/{other['ticketId']}").status_code == 200


def test_count_export_and_times(zoho: Emulator) -> None:
    zoho.mail(subject="One")
    zoho.mail(subject="Two")
    assert zoho.post(f"{BASE}/count", {"contactEmailId": ADA, "module": "allEntities"}).json() == {"count": "3"}
    made = zoho.post(f"{BASE}/exportAll", {"contactEmailId": ADA, "module": "tickets"}).json()
    assert isinstance(made["createdTime"], int)
    zoho.switch(sar_times="iso")
    zoho.advance(31)
    zoho.advance(31)
    done = zoho.get(f"{BASE}/{made['id']}").json()
    assert (done["status"], done["createdTime"][:10]) == ("EXPORTED", "2026-01-05")
    path = done["downloadURL"].partition("/api/v1")[2]
    assert zoho.api("GET", path, allow_redirects=False).status_code == 302
    zoho.switch(sar_download="opens")
    assert len(zoho.get(path).json()["records"]) == 2
    assert len(zoho.get(BASE, contactEmailId=ADA).json()["data"]) == 1
    assert zoho.get(f"{BASE}/fieldsAndConditions", module="tickets").json()["fieldDetails"]


def test_the_edition_may_lack_it_and_entities_may_be_absent(zoho: Emulator) -> None:
    body = {"contactEmailId": ADA, "module": "tickets"}
    assert zoho.post(f"{BASE}/entities", body).status_code == 404
    zoho.mail()
    zoho.switch(sar_entities_route="on")
    assert len(zoho.post(f"{BASE}/entities", body).json()["data"]) == 1
    zoho.switch(sar_edition="403")
    refused = zoho.post(f"{BASE}/count", body).json()
    assert (refused["errorCode"], refused["editionType"]) == ("LICENSE_ACCESS_LIMITED", "ENTERPRISE")


def test_an_address_is_needed_and_must_be_one(zoho: Emulator) -> None:
    assert zoho.post(f"{BASE}/eraseAll", {"module": "tickets"}).status_code == 422
    assert zoho.post(f"{BASE}/eraseAll", {"contactEmailId": "*", "module": "tickets"}).status_code == 422
