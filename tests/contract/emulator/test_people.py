"""Contacts and help-centre users: what an anonymised person leaves behind."""

from typing import Any

import pytest

from tests.emulator_process import Emulator

ADA = {"firstName": "Ada", "lastName": "Moss", "email": "ada.moss@example.net", "phone": "+49 30 5550100"}


def test_a_contact_is_created_checked_and_never_doubled(zoho: Emulator) -> None:
    made = zoho.post("/contacts", ADA)
    assert made.json()["isEndUser"] is False
    twice = zoho.post("/contacts", {**ADA, "email": "ADA.Moss@example.net"})
    assert twice.json()["errors"] == [{"fieldName": "/email", "errorType": "duplicate", "errorMessage": ""}]
    zoho.switch(duplicate_contact_email="allowed")
    assert zoho.post("/contacts", ADA).status_code == 200
    assert zoho.post("/contacts", {"firstName": "Nobody"}).status_code == 422


def test_the_last_name_cannot_be_emptied(zoho: Emulator) -> None:
    path = f"/contacts/{zoho.post('/contacts', ADA).json()['id']}"
    assert zoho.patch(path, {"lastName": ""}).json()["errors"][0]["fieldName"] == "/lastName"
    assert zoho.patch(path, {"firstName": "", "lastName": "Redacted", "phone": ""}).json()["firstName"] is None


def test_tickets_keep_their_copies_of_address_and_phone(zoho: Emulator) -> None:
    made = zoho.mail()
    zoho.patch(f"/contacts/{made['contactId']}", {"lastName": "Redacted", "email": "redacted-1@redacted.example.com"})
    assert zoho.get(f"/tickets/{made['ticketId']}").json()["email"] == "ada.moss@example.net"
    assert zoho.stored("ada.moss@example.net")


def test_contacts_are_found_loosely(zoho: Emulator) -> None:
    zoho.switch(search_lag_seconds="0")
    for email in ("ada.moss@example.net", "ada.moss+shop@example.net", "ada.moss@example.org", "ben@example.net"):
        zoho.post("/contacts", {"lastName": "Moss", "email": email})
    assert zoho.get("/contacts/search", email="ada.moss@example.net").json()["count"] == 3
    assert zoho.get("/contacts/search", lastName="moss").json()["count"] == 4
    assert zoho.get("/contacts/search", email="nobody@example.net").status_code == 204


def test_many_contacts_in_one_call(zoho: Emulator) -> None:
    ids = [zoho.post("/contacts", {"lastName": f"Person {n}"}).json()["id"] for n in range(3)]
    assert len(zoho.get("/contacts/contactsByIds", ids=",".join(ids)).json()["data"]) == 3
    assert zoho.get("/contacts/contactsByIds", ids=",".join(["1"] * 21)).status_code == 422
    assert len(zoho.get("/contacts", limit=2, fields="lastName").json()["data"]) == 2
    assert zoho.get("/contacts/count").json() == {"count": "3"}


def seeded(zoho: Emulator) -> dict[str, Any]:
    order = {
        **ADA,
        "comments": [{"content": "Prefers letters"}],
        "attachments": [{"name": "passport.txt", "contentBase64": "QWRhIE1vc3M="}],
        "photoBase64": "iVBORw0KGgo=",
        "portalUser": True,
    }
    made: dict[str, Any] = zoho.bench("POST", "/seed", {"contacts": [order]})["contacts"][0]
    return made


def test_what_hangs_on_a_contact_is_deleted_piece_by_piece(zoho: Emulator) -> None:
    made = seeded(zoho)
    path = f"/contacts/{made['id']}"
    assert zoho.get(path).json()["photoURL"]
    assert zoho.get(f"{path}/comments").json()["data"][0]["content"] == "Prefers letters"
    file = zoho.get(f"{path}/attachments").json()["data"][0]
    assert zoho.get(file["href"].partition("/api/v1")[2]).content == b"Ada Moss"
    assert zoho.api("PUT", f"{path}/comments/{made['commentIds'][0]}", {"content": "x"}).status_code == 200
    assert zoho.delete(f"{path}/comments/{made['commentIds'][0]}").status_code == 200
    assert zoho.delete(f"{path}/attachments/{file['id']}").status_code == 200
    assert zoho.delete(f"{path}/photo").status_code == 204
    assert zoho.get(path).json()["photoURL"] is None
    assert [zoho.get(f"{path}/{each}").status_code for each in ("comments", "attachments", "products")] == [204] * 3
    assert zoho.get(f"{path}/statistics").json()["totalTickets"] == "0"


def test_a_portal_user_outlives_the_contact_until_anonymised(zoho: Emulator) -> None:
    made = seeded(zoho)
    user = zoho.get(f"/contacts/{made['id']}/helpCenters").json()["data"][0]
    assert (user["userStatus"], user["userId"]) == ("ACTIVE", made["portalUserId"])
    zoho.post("/contacts/moveToTrash", {"contactIds": [made["id"]]})
    zoho.post("/recycleBin/delete", {"ids": [made["id"]]})
    assert {place["recordType"] for place in zoho.stored("ada.moss@example.net")} == {"portal_user"}
    path = f"/users/{user['userId']}/anonymize"
    assert zoho.post(path, {"anonymizedName": "Guest User 001"}).status_code == 204
    assert zoho.get(f"/users/{user['userId']}").json()["status"] == "DELETED"
    assert zoho.stored("ada.moss@example.net") == []
    assert zoho.post(path, {"anonymizedName": "Guest"}).status_code == 204
    zoho.switch(second_anonymize="422")
    assert zoho.post(path, {"anonymizedName": "Guest"}).status_code == 422


def test_contacts_merge_unless_one_has_a_portal_account(zoho: Emulator) -> None:
    first, second = zoho.mail(), zoho.mail(sender="ada@example.org", name="Ada Moss")
    path = f"/contacts/{first['contactId']}/merge"
    assert zoho.post(path, {"ids": [second["contactId"]]}).status_code == 200
    assert len(zoho.get(f"/contacts/{first['contactId']}/tickets").json()["data"]) == 2
    assert zoho.get(f"/contacts/{second['contactId']}").status_code == 404
    zoho.switch(duplicate_contact_email="allowed")
    other = seeded(zoho)
    assert zoho.post(path, {"ids": [other["id"]]}).status_code == 422


def test_secondary_contacts_are_listed_by_switch_only(zoho: Emulator) -> None:
    made = zoho.mail()
    ben = zoho.post("/contacts", {"lastName": "Orlov", "email": "ben.orlov@example.org"}).json()["id"]
    zoho.patch(f"/tickets/{made['ticketId']}", {"secondaryContacts": [ben]})
    assert zoho.get(f"/contacts/{ben}/tickets").status_code == 204
    zoho.switch(contact_tickets_secondary="yes")
    assert zoho.get(f"/contacts/{ben}/tickets").json()["data"][0]["id"] == made["ticketId"]


def test_contact_history_tells_of_the_persons_tickets(zoho: Emulator) -> None:
    made = zoho.mail()
    items = zoho.get(f"/contacts/{made['contactId']}/history").json()["data"]
    assert [(each["operation"], each["ticketId"]) for each in items] == [("TicketCreated", made["ticketId"])]


@pytest.mark.parametrize("spam", [True, False])
def test_only_spam_contacts_are_deleted_past_the_bin(zoho: Emulator, *, spam: bool) -> None:
    made = zoho.post("/contacts", ADA).json()["id"]
    zoho.post("/contacts/markSpam", {"ids": [made], "isSpam": spam})
    assert zoho.post("/contacts/deleteSpam", {"contactIds": [made]}).json()["results"][0]["success"] is spam
