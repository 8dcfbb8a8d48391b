"""The recycle bin: sixty days, then gone; deleting there takes the children with it."""

import base64

from tests.emulator_process import Emulator

DAY = 86_400
FILE = {"name": "passport.txt", "contentBase64": base64.b64encode(b"Lindenweg 7").decode()}


def full_ticket(zoho: Emulator) -> dict[str, str]:
    made = zoho.mail(subject="Lindenweg 7", text="I live in Lindenweg 7", attachments=[FILE])
    path = f"/tickets/{made['ticketId']}"
    zoho.post(f"{path}/comments", {"content": "Lives in Lindenweg 7", "isPublic": False})
    zoho.patch(path, {"resolution": "Letter to Lindenweg 7"})
    return made


def test_permanent_deletion_takes_every_child(zoho: Emulator) -> None:
    made = full_ticket(zoho)
    zoho.post("/tickets/moveToTrash", {"ticketIds": [made["ticketId"]]})
    assert {place["where"] for place in zoho.stored("lindenweg 7")} == {"trash", "bin"}
    entry = zoho.get("/recycleBin", module="tickets", include="deletedBy").json()["data"][0]
    assert (entry["displayName"], entry["type"], entry["id"]) == ("Lindenweg 7", "Tickets", made["ticketId"])
    assert entry["deletedBy"]["firstName"] == "Robin"
    answer = zoho.post("/recycleBin/delete", {"ids": [made["ticketId"], "417000000000001"]})
    assert [each["success"] for each in answer.json()["results"]] == [True, False]
    assert answer.headers["X-Rate-Limit-Request-Weight-v3"] == "12"
    assert zoho.stored("lindenweg 7") == []
    assert zoho.get(f"/tickets/{made['ticketId']}").status_code == 404
    assert zoho.get(f"/tickets/{made['ticketId']}/History").status_code == 404


def test_after_sixty_days_the_bin_empties_itself(zoho: Emulator) -> None:
    made = full_ticket(zoho)
    zoho.post("/tickets/moveToTrash", {"ticketIds": [made["ticketId"]]})
    zoho.advance(59 * DAY)
    assert zoho.stored("lindenweg 7")
    zoho.advance(DAY)
    assert zoho.stored("lindenweg 7") == []
    assert zoho.get("/recycleBin").status_code == 204


def test_restoring_brings_the_children_back(zoho: Emulator) -> None:
    made = full_ticket(zoho)
    zoho.post("/contacts/moveToTrash", {"contactIds": [made["contactId"]]})
    zoho.post("/tickets/moveToTrash", {"ticketIds": [made["ticketId"]]})
    answer = zoho.post("/recycleBin/restore", {"ids": [made["ticketId"]], "isChildNeedToBeRestored": True})
    assert answer.json()["results"][0]["success"]
    assert zoho.get(f"/tickets/{made['ticketId']}").json()["isTrashed"] is False
    assert zoho.get(f"/tickets/{made['ticketId']}/comments").status_code == 200
    assert zoho.get(f"/contacts/{made['contactId']}").json()["isTrashed"] is False
    zoho.advance(61 * DAY)
    assert zoho.stored("lindenweg 7")


def test_deleting_a_contact_takes_its_tickets_by_default(zoho: Emulator) -> None:
    made = full_ticket(zoho)
    zoho.post("/contacts/moveToTrash", {"contactIds": [made["contactId"]]})
    zoho.post("/recycleBin/delete", {"ids": [made["contactId"]]})
    assert zoho.get(f"/tickets/{made['ticketId']}").status_code == 404


def test_or_it_leaves_them_without_a_contact(zoho: Emulator) -> None:
    zoho.switch(contact_delete_takes_tickets="no")
    made = full_ticket(zoho)
    zoho.post("/contacts/moveToTrash", {"contactIds": [made["contactId"]]})
    zoho.post("/recycleBin/delete", {"ids": [made["contactId"]]})
    assert zoho.get(f"/tickets/{made['ticketId']}", include="contacts").json()["contactId"] is None


def test_the_bin_may_lag_and_have_ids_of_its_own(zoho: Emulator) -> None:
    zoho.switch(bin_delay_seconds="30", bin_id="different")
    made = full_ticket(zoho)
    zoho.post("/tickets/moveToTrash", {"ticketIds": [made["ticketId"]]})
    assert zoho.get("/recycleBin").status_code == 204
    assert not zoho.post("/recycleBin/delete", {"ids": [made["ticketId"]]}).json()["results"][0]["success"]
    zoho.advance(31)
    entry = zoho.get("/recycleBin").json()["data"][0]
    assert entry["id"] != made["ticketId"]
    assert zoho.post("/recycleBin/delete", {"ids": [entry["id"]]}).json()["results"][0]["success"]
    assert zoho.stored("lindenweg 7") == []


def test_activities_stay_or_go_with_their_ticket(zoho: Emulator) -> None:
    order = {"contact": {"lastName": "Moss"}, "calls": [{"subject": "Rang Ada"}]}
    for switch, expected in (("no", {"Tickets"}), ("yes", {"Tickets", "Calls"})):
        zoho.reset(switches={"activities_trashed_with_ticket": switch})
        made = zoho.bench("POST", "/seed", {"tickets": [order]})["tickets"][0]
        zoho.post("/tickets/moveToTrash", {"ticketIds": [made["id"]]})
        assert {each["type"] for each in zoho.get("/recycleBin").json()["data"]} == expected
        zoho.post("/recycleBin/delete", {"ids": [made["id"]]})
        assert zoho.stored("Rang Ada") == []
