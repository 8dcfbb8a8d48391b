"""Tickets: what reads leave out, what writes keep, what can never be taken back."""

from typing import Any

import pytest

from tests.emulator_process import Emulator

HOUR = 3600


def history(zoho: Emulator, ticket_id: str, **query: Any) -> list[dict[str, Any]]:
    answer = zoho.get(f"/tickets/{ticket_id}/History", limit=50, **query)
    found: list[dict[str, Any]] = answer.json()["data"] if answer.status_code == 200 else []
    return found


def values(event: dict[str, Any]) -> dict[str, Any]:
    return {each["propertyName"]: each["propertyValue"] for each in event["eventInfo"]}


def test_history_repeats_what_the_ticket_was_created_with(zoho: Emulator) -> None:
    made = zoho.mail(subject="Erase me", text="I live in Lindenweg 7")
    created = history(zoho, made["ticketId"])[-1]
    assert created["eventName"] == "TicketCreated"
    assert created["actor"]["type"] == "Contact"
    held = values(created)
    assert held["Subject"] == "Erase me"
    assert held["Email"] == "ada.moss@example.net"
    assert held["Contact Name"]["name"] == "Ada Moss"
    assert "Lindenweg 7" in held["Description"]


def test_a_patch_writes_before_and_after_into_history(zoho: Emulator) -> None:
    made = zoho.mail(subject="Erase me")
    zoho.patch(f"/tickets/{made['ticketId']}", {"subject": "[redacted]", "cf": {"cf_privacy_state": "open"}})
    event = history(zoho, made["ticketId"])[0]
    assert values(event) == {
        "Subject": {"previousValue": "Erase me", "updatedValue": "[redacted]"},
        "Privacy State": {"previousValue": None, "updatedValue": "open"},
    }
    assert (event["actor"]["type"], event["source"]) == ("Agent", "INTEGRATION")
    assert "Erase me" in [place["field"] and place["needle"] for place in zoho.stored("Erase me")]
    assert {place["where"] for place in zoho.stored("Erase me")} == {"history", "live"}


def test_a_macro_is_the_actor_and_names_who_ran_it(zoho: Emulator) -> None:
    made = zoho.mail()
    agent = zoho.info()["agents"][2]
    order = {
        "ticketIds": [made["ticketId"]],
        "agentId": agent["id"],
        "name": "Privacy: export",
        "fields": {"cf": {"cf_privacy_action": "Export"}},
        "addTags": ["privacy"],
    }
    zoho.bench("POST", "/macro", order)
    events = history(zoho, made["ticketId"], eventFilter="MacroHistory")
    assert [each["eventName"] for each in events] == ["TagsAdded", "TicketUpdated"]
    assert (events[1]["actor"]["name"], events[1]["actor"]["type"]) == ("Privacy: export", "Macro")
    assert events[1]["actorInfo"] == [{"id": agent["id"], "name": agent["name"], "type": "Agent"}]
    assert values(events[1])["Privacy Action"]["updatedValue"] == "Export"
    zoho.switch(macro_history_names_agent="no")
    zoho.bench("POST", "/macro", order | {"fields": {"cf": {"cf_privacy_action": "Refuse"}}})
    assert history(zoho, made["ticketId"], eventFilter="MacroHistory")[0]["actorInfo"] == []


def test_an_agents_hand_is_told_from_the_api(zoho: Emulator) -> None:
    made = zoho.mail()
    zoho.bench("POST", "/agent/edit", {"ticketId": made["ticketId"], "fields": {"cf_privacy_action": "Export"}})
    event = history(zoho, made["ticketId"], fieldName="cf_privacy_action")[0]
    assert (event["actor"]["name"], event["actor"]["type"], event["source"]) == ("Kim Berg", "Agent", None)


def test_a_list_leaves_out_what_a_read_has(zoho: Emulator) -> None:
    made = zoho.mail()
    item = zoho.get("/tickets").json()["data"][0]
    assert not {"modifiedTime", "description", "cf", "resolution"} & set(item)
    wider = zoho.get("/tickets", fields="modifiedTime,cf_privacy_action,description").json()["data"][0]
    assert {"modifiedTime", "cf"} <= set(wider)
    assert "description" not in wider
    assert {"modifiedTime", "description", "cf"} <= set(zoho.get(f"/tickets/{made['ticketId']}").json())


def test_a_list_filters_by_departments_in_the_plural_only(zoho: Emulator) -> None:
    support, privacy = (each["id"] for each in zoho.info()["departments"])
    zoho.mail(to="privacy@desk.example.com")
    zoho.mail(to="support@desk.example.com")
    assert len(zoho.get("/tickets", departmentIds=privacy).json()["data"]) == 1
    assert len(zoho.get("/tickets", departmentId=support).json()["data"]) == 2


def test_closing_mails_the_customer_unless_told_not_to(zoho: Emulator) -> None:
    loud, quiet = zoho.mail(subject="One"), zoho.mail(subject="Two")
    zoho.patch(f"/tickets/{loud['ticketId']}", {"status": "Resolved"})
    closed = zoho.patch(f"/tickets/{quiet['ticketId']}", {"status": "Resolved"}, disableClosureNotification="true")
    assert (closed.json()["statusType"], closed.json()["closedTime"][:16]) == ("Closed", "2026-01-05T09:00")
    assert [(mail["kind"], mail["ticketId"]) for mail in zoho.outbox()] == [("closure", loud["ticketId"])]


def test_a_customers_reply_reopens_and_moves_the_response_time(zoho: Emulator) -> None:
    made = zoho.mail(subject="Question")
    zoho.post("/closeTickets", {"ids": [made["ticketId"]]})
    zoho.advance(HOUR)
    again = zoho.mail(subject=f"Re: [## {made['ticketNumber']} ##] Question", sender="ADA.MOSS@example.net")
    assert (again["ticketId"], again["contactId"]) == (made["ticketId"], made["contactId"])
    ticket = zoho.get(f"/tickets/{made['ticketId']}").json()
    assert (ticket["status"], ticket["closedTime"]) == ("Open", None)
    assert ticket["customerResponseTime"] > ticket["createdTime"]
    assert ticket["threadCount"] == "2"


@pytest.mark.parametrize("refusal", ["blueprint", "mandatory_field"])
def test_a_status_change_may_be_refused(zoho: Emulator, refusal: str) -> None:
    made = zoho.mail()
    zoho.switch(status_change=refusal)
    assert zoho.patch(f"/tickets/{made['ticketId']}", {"subject": "Ok", "status": "Resolved"}).status_code == 422
    assert zoho.get(f"/tickets/{made['ticketId']}").json()["subject"] == "A question"


@pytest.mark.parametrize(
    ("switch", "value", "clears"),
    [("both", "", True), ("both", None, True), ("empty_string", None, False), ("null", "", False)],
)
def test_what_clears_a_field_is_a_switch(zoho: Emulator, switch: str, value: str | None, *, clears: bool) -> None:
    made = zoho.mail()
    zoho.switch(clear_with=switch)
    shown = zoho.patch(f"/tickets/{made['ticketId']}", {"email": value}).json()
    assert (shown["email"] is None) is clears


def test_search_lags_behind_and_returns_near_misses(zoho: Emulator) -> None:
    made = zoho.mail(sender="ada.moss@example.net")
    zoho.mail(sender="ada.moss@example.net.invalid.example.com", name="Not Ada")
    zoho.mail(sender="ada.moss@example.org", name="Other Ada")
    zoho.mail(sender="ben@example.net", name="Ben")
    assert zoho.get("/tickets/search", email="ada.moss@example.net").status_code == 204
    zoho.advance(61)
    found = zoho.get("/tickets/search", email="ada.moss@example.net").json()
    assert found["count"] == 3
    zoho.patch(f"/tickets/{made['ticketId']}", {"subject": "Renamed"})
    assert zoho.get("/tickets/search", subject="renamed").status_code == 204
    zoho.advance(61)
    assert zoho.get("/tickets/search", subject="renamed").json()["data"][0]["id"] == made["ticketId"]


def test_search_filters(zoho: Emulator) -> None:
    zoho.switch(search_lag_seconds="0")
    first = zoho.mail(subject="Invoice 17")
    zoho.post(f"/tickets/{first['ticketId']}/associateTag", {"tags": ["privacy-case"]})
    zoho.patch(f"/tickets/{first['ticketId']}", {"cf": {"cf_privacy_action": "Export"}, "status": "Resolved"})
    zoho.advance(HOUR)
    second = zoho.mail(subject="Parcel", to="support@desk.example.com", sender="ben@example.org", name="Ben Orlov")

    def ids(**query: Any) -> list[str]:
        answer = zoho.get("/tickets/search", **query)
        return [each["id"] for each in answer.json()["data"]] if answer.status_code == 200 else []

    assert ids(status="${CLOSED}") == [first["ticketId"]]
    assert ids(status="Open") == [second["ticketId"]]
    assert ids(tag="privacy-case") == [first["ticketId"]]
    assert ids(customField1="cf_privacy_action:Export") == [first["ticketId"]]
    assert ids(contactId=second["contactId"]) == [second["ticketId"]]
    assert ids(contactName="orlov") == [second["ticketId"]]
    assert ids(_all="parcel") == [second["ticketId"]]
    assert ids(subject="inv*") == [first["ticketId"]]
    assert ids(ticketNumber=second["ticketNumber"]) == [second["ticketId"]]
    assert ids(createdTimeRange="2026-01-05T09:30:00.000Z,2026-01-05T11:00:00.000Z") == [second["ticketId"]]
    assert ids(subject="*a*", sortBy="createdTime") == []
    assert set(ids(email="${notempty}")) == set()


def test_trashed_tickets_leave_lists_and_search_but_not_reads(zoho: Emulator) -> None:
    zoho.switch(search_lag_seconds="0")
    made = zoho.mail(subject="Going away")
    assert zoho.post("/tickets/moveToTrash", {"ids": [made["ticketId"]]}).status_code == 422
    assert zoho.post("/tickets/moveToTrash", {"ticketIds": [made["ticketId"]]}).status_code == 204
    assert zoho.get(f"/tickets/{made['ticketId']}").json()["isTrashed"]
    assert zoho.get("/tickets").status_code == 204
    assert zoho.get("/tickets/search", subject="going").status_code == 204
    assert zoho.get(f"/contacts/{made['contactId']}/tickets").status_code == 204
    zoho.switch(get_trashed_ticket="404", search_trashed="present")
    assert zoho.get(f"/tickets/{made['ticketId']}").status_code == 404
    assert zoho.patch(f"/tickets/{made['ticketId']}", {"subject": "x"}).status_code == 404


def test_merged_tickets_vanish_into_their_target(zoho: Emulator) -> None:
    target, source = zoho.mail(subject="One"), zoho.mail(subject="Two", sender="ben@example.org", name="Ben Orlov")
    merged = zoho.post(f"/tickets/{target['ticketId']}/merge", {"ids": [source["ticketId"]]}).json()
    assert merged["threadCount"] == "2"
    assert merged["secondaryContacts"] == [source["contactId"]]
    assert zoho.get(f"/tickets/{source['ticketId']}").status_code == 404


def test_only_spam_is_deleted_past_the_bin(zoho: Emulator) -> None:
    spam, ham = zoho.mail(subject="Win"), zoho.mail(subject="Help")
    assert (
        zoho.post("/tickets/markSpam", {"ids": [spam["ticketId"]], "isSpam": True, "contactSpam": False}).status_code
        == 200
    )
    results = zoho.post("/tickets/deleteSpam", {"ticketIds": [spam["ticketId"], ham["ticketId"]]}).json()["results"]
    assert [each["success"] for each in results] == [True, False]
    assert results[1]["errors"] == {"errorCode": "UNPROCESSABLE_ENTITY", "httpCode": "422"}
    assert zoho.get(f"/tickets/{spam['ticketId']}").status_code == 404
    assert zoho.stored("Win") == []


def test_a_resolution_lives_on_in_its_history(zoho: Emulator) -> None:
    path = f"/tickets/{zoho.mail()['ticketId']}"
    assert zoho.patch(f"{path}/resolution", {"content": "Sent to Ada"}).json()["content"] == "Sent to Ada"
    assert zoho.delete(f"{path}/resolution").status_code == 204
    assert zoho.get(f"{path}/resolution").status_code == 204
    assert zoho.get(f"{path}/resolutionHistory").json()["data"][0]["content"] == "Sent to Ada"
    assert {place["where"] for place in zoho.stored("Sent to Ada")} == {"history", "resolution-history"}


def test_archived_tickets_are_listed_apart_and_refuse_writes(zoho: Emulator) -> None:
    department = zoho.info()["departments"][0]["id"]
    order = {
        "contact": {"lastName": "Moss", "email": "ada.moss@example.net"},
        "departmentId": department,
        "subject": "Old",
        "archived": True,
    }
    made = zoho.bench("POST", "/seed", {"tickets": [order]})["tickets"][0]
    assert zoho.get("/tickets/archivedTickets").status_code == 422
    assert zoho.get("/tickets/archivedTickets", departmentId=department).json()["data"][0]["id"] == made["id"]
    assert zoho.get("/tickets").status_code == 204
    assert zoho.patch(f"/tickets/{made['id']}", {"subject": "x"}).status_code == 422
    zoho.switch(archived_writes="allowed")
    assert zoho.patch(f"/tickets/{made['id']}", {"subject": "x"}).status_code == 200


def test_create_move_update_many_and_counts(zoho: Emulator) -> None:
    support, privacy = (each["id"] for each in zoho.info()["departments"])
    body = {
        "subject": "By phone",
        "departmentId": support,
        "contact": {"lastName": "Moss", "email": "ada.moss@example.net"},
        "description": "Hello",
    }
    made = zoho.post("/tickets", body).json()
    assert zoho.get(f"/tickets/{made['id']}/threads").json()["data"][0]["isDescriptionThread"]
    assert zoho.post("/tickets", {"departmentId": support}).status_code == 422
    assert zoho.post(f"/tickets/{made['id']}/move", {"departmentId": privacy}).status_code == 200
    assert zoho.get(f"/tickets/{made['id']}").json()["departmentId"] == privacy
    changed = zoho.post(
        "/tickets/updateMany",
        {"ids": [made["id"]], "fieldName": "cf_privacy_state", "isCustomField": True, "fieldValue": "done"},
    )
    assert (changed.status_code, changed.headers["X-Rate-Limit-Request-Weight-v3"]) == (204, "1")
    assert zoho.get(f"/tickets/{made['id']}").json()["cf"]["cf_privacy_state"] == "done"
    assert zoho.get("/ticketsCount").json() == {"count": "1"}
    assert zoho.get(f"/tickets/{made['id']}/metrics").json()["threadCount"] == "1"
    assert zoho.get(f"/tickets/{made['id']}/blueprint").status_code == 204


def test_history_pages_hold_fifty_at_most(zoho: Emulator) -> None:
    assert zoho.get(f"/tickets/{zoho.mail()['ticketId']}/History", limit=51).status_code == 422


def test_side_records_of_a_ticket(zoho: Emulator) -> None:
    order = {
        "contact": {"lastName": "Moss", "email": "ada.moss@example.net"},
        "tasks": [{"subject": "Call Ada back", "comments": [{"content": "Ada was out"}]}],
        "timeEntries": [{"description": "Talked to Ada"}],
    }
    made = zoho.bench("POST", "/seed", {"tickets": [order]})["tickets"][0]
    path = f"/tickets/{made['id']}"
    task, entry = made["activityIds"][0], made["timeEntryIds"][0]
    assert zoho.get(f"{path}/tasks").json()["data"][0]["subject"] == "Call Ada back"
    assert zoho.get(f"{path}/calls").status_code == 204
    assert zoho.get(f"/tasks/{task}/comments").json()["data"][0]["content"] == "Ada was out"
    assert zoho.api("PUT", f"{path}/timeEntry/{entry}", {"description": "Talked"}).json()["description"] == "Talked"
    assert zoho.delete(f"{path}/timeEntry/{entry}").status_code == 200
    assert zoho.get(f"{path}/timeEntry").status_code == 204
    assert zoho.post("/tasks/moveToTrash", {"entityIds": [task]}).status_code == 204
    assert {each["type"] for each in zoho.get("/recycleBin").json()["data"]} == {"Tasks", "TimeEntry"}
    zoho.post("/recycleBin/delete", {"ids": [task]})
    assert zoho.stored("Ada was out") == []
