"""Every switch with every value: each must make the difference it promises, and no value may be left out.

A row is what one look at the portal gives under each value of the switch, everything else being as it is by default or
as the look itself sets it. For numbers a few values stand for all.
"""

import base64
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import requests

from tests.contract.emulator.receiver import Receiver, subscribe
from tests.contract.emulator.test_accounts import ask
from tests.contract.emulator.test_shared_rules import with_scopes
from tests.contract.emulator.test_tickets import history
from tests.emulator_process import Emulator
from zoho_emulator.desk.switches import SWITCHES, mistake_in
from zoho_privacy.domain.profile import QUESTIONS

Look = Callable[[Emulator, Receiver], Any]
LOOKS: dict[str, tuple[Look, dict[str, Any]]] = {}
WEIGHT = "X-Rate-Limit-Request-Weight-v3"
FILE = {"name": "note.txt", "contentBase64": base64.b64encode(b"Ada").decode(), "contentType": "text/plain"}


def look(**values: Any) -> Callable[[Look], Look]:
    """Register what a look gives under each value of the switch that has the function's name.

    A value that is no identifier is written with a leading underscore: `_404`.
    """

    def register(function: Look) -> Look:
        LOOKS[function.__name__] = function, {name.removeprefix("_"): each for name, each in values.items()}
        return function

    return register


@pytest.mark.parametrize("name", sorted(SWITCHES))
def test_every_value_makes_its_difference(zoho: Emulator, receiver: Receiver, name: str) -> None:
    """A switch without effect would make a test believe in a behaviour that is not there."""
    function, expected = LOOKS[name]
    seen = {}
    for value in expected:
        zoho.reset(switches={name: value})
        receiver.requests.clear()
        receiver.headers.clear()
        seen[value] = function(zoho, receiver)
    assert seen == expected


def test_no_switch_and_no_value_is_left_out() -> None:
    assert set(LOOKS) == set(SWITCHES)
    told = {name: set(expected) for name, (_, expected) in LOOKS.items()}
    assert {name for name, each in SWITCHES.items() if not each.numeric and set(each.values) != told[name]} == set()
    assert {name for name, each in SWITCHES.items() if each.numeric and len(told[name]) < 2} == set()
    alike = {name for name, (_, expected) in LOOKS.items() if len({repr(each) for each in expected.values()}) == 1}
    assert alike == set()


def test_all_that_a_probe_may_find_can_be_set() -> None:
    """A portal profile is loaded here under the names and values that the suite's probe writes."""
    obeyed = [each for each in QUESTIONS.values() if each.obeyed]
    assert [each.name for each in obeyed if each.name not in SWITCHES] == []
    assert [(each.name, value) for each in obeyed for value in each.values if mistake_in(each.name, value)] == []
    assert [each.name for each in obeyed if each.numeric and mistake_in(each.name, "7")] == []


# what looks are made of


def ticket(zoho: Emulator, **order: Any) -> str:
    return str(zoho.mail(**order)["ticketId"])


def reply(zoho: Emulator, ticket_id: str, **query: Any) -> Any:
    body = {
        "channel": "EMAIL", "fromEmailAddress": "privacy@desk.example.com", "to": "ada.moss@example.net",
        "contentType": "html", "content": "<p>Answer</p>",
    }  # fmt: skip
    answer = zoho.post(f"/tickets/{ticket_id}/sendReply", body, **query)
    assert answer.status_code == 200
    return answer


def found(zoho: Emulator, **query: Any) -> int:
    answer = zoho.get("/tickets/search", **query)
    return 0 if answer.status_code == 204 else int(answer.json()["count"])


def trash(zoho: Emulator, ticket_id: str) -> None:
    assert zoho.post("/tickets/moveToTrash", {"ticketIds": [ticket_id]}).status_code == 204


def purge(zoho: Emulator, ticket_id: str) -> None:
    trash(zoho, ticket_id)
    assert zoho.post("/recycleBin/delete", {"ids": [ticket_id]}).json()["results"][0]["success"]


def closed(zoho: Emulator) -> str:
    made = ticket(zoho)
    zoho.bench("POST", "/agent/close", {"ticketId": made})
    return made


def archived(zoho: Emulator) -> str:
    made = closed(zoho)
    zoho.bench("POST", "/agent/archive", {"ticketIds": [made]})
    return made


def spam(zoho: Emulator) -> str:
    made = ticket(zoho)
    zoho.post("/tickets/markSpam", {"ids": [made], "isSpam": True})
    return made


def planted(zoho: Emulator, **order: Any) -> Any:
    person = {"lastName": "Moss", "email": "ada.moss@example.net"}
    return zoho.bench("POST", "/seed", {"tickets": [{"contact": person, **order}]})["tickets"][0]


def macro(zoho: Emulator, ticket_id: str) -> None:
    order = {"ticketIds": [ticket_id], "name": "Export", "fields": {"cf_privacy_action": "Export"}}
    zoho.bench("POST", "/macro", order)


def await_events(receiver: Receiver, count: int, patience_s: float = 8.0) -> bool:
    until = time.monotonic() + patience_s
    while len(receiver.events()) < count:
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


# the portal, authorization, paging, price


@look(
    ENTERPRISE=("ENTERPRISE", 103_000, 200),
    PROFESSIONAL=("PROFESSIONAL", 76_500, 200),
    STANDARD=("STANDARD", 50_750, 403),
    EXPRESS=("EXPRESS", 25_300, 403),
    FREE=("FREE", 5_000, 403),
)
def edition(zoho: Emulator, receiver: Receiver) -> Any:
    plan = zoho.get("/licenses/plan").json()["planCode"]
    made = subscribe(zoho, receiver, {"Ticket_Add": None}).status_code
    return plan, zoho.bench("GET", "/credits")["budget"], made


@look(all=403, any=204)
def scope_check(zoho: Emulator, _: Receiver) -> Any:
    headers = with_scopes(zoho, "Desk.tickets.READ")
    return zoho.api("GET", "/tickets/search?subject=abc", headers=headers).status_code


@look(
    listed=(403, 403, 403, 204),
    webhooks=(204, 403, 403, 403),
    events=(403, 204, 403, 204),
    settings=(403, 403, 204, 204),
)
def webhook_scope(zoho: Emulator, _: Receiver) -> Any:
    sets = (["webhooks"], ["events"], ["settings"], ["events", "settings"])
    tokens = [with_scopes(zoho, *(f"Desk.{each}.READ" for each in areas)) for areas in sets]
    return tuple(zoho.api("GET", "/webhooks", headers=each).status_code for each in tokens)


def crm_contact(zoho: Emulator) -> tuple[int, int]:
    """Read a CRM record that is there and one that is not."""
    order = {"records": [{"module": "Contacts", "values": {"Last_Name": "Moss"}}]}
    there = zoho.bench("POST", "/crm/records", order)["ids"][0]
    head = {"Authorization": f"Zoho-oauthtoken {zoho.token()}"}
    urls = [f"{zoho.url}/crm/v2/Contacts/{each}" for each in (there, "417000000000001")]
    first, second = (requests.get(each, headers=head, timeout=10).status_code for each in urls)
    return first, second


@look(served=(200, 204), ended=(404, 404))
def crm_v2(zoho: Emulator, _: Receiver) -> Any:
    return crm_contact(zoho)


@look(_204=(200, 204), _400=(200, 400))
def crm_missing_record(zoho: Emulator, _: Receiver) -> Any:
    return crm_contact(zoho)


@look(needed=401, not_needed=200)
def sar_permission(zoho: Emulator, _: Receiver) -> Any:
    body = {"contactEmailId": "ada.moss@example.net", "ids": [ticket(zoho)]}
    return zoho.api("POST", "/subjectAccessRequests/erase", body, headers=with_scopes(zoho, agent=1)).status_code


@look(_999=(204, 422), _4999=(204, 204))
def search_from_ceiling(zoho: Emulator, _: Receiver) -> Any:
    return tuple(zoho.get("/tickets/search", subject="abc", **{"from": each}).status_code for each in (999, 1000))


@look(_0=(200, 1), _1=(422, 2))
def default_from(zoho: Emulator, _: Receiver) -> Any:
    first = zoho.get("/departments", **{"from": 0}).status_code
    return first, len(zoho.get("/departments", **{"from": 1}).json()["data"])


@look(_100=(200, 200, 422), _50=(200, 422, 422), _10=(422, 422, 422))
def mass_limit(zoho: Emulator, _: Receiver) -> Any:
    return tuple(
        zoho.post("/tickets/deleteSpam", {"ticketIds": [str(each) for each in range(size)]}).status_code
        for size in (50, 100, 101)
    )


@look(_204=(204, b""), _200=(200, b'{"data": []}'))
def empty_list(zoho: Emulator, _: Receiver) -> Any:
    answer = zoho.get("/tickets")
    return answer.status_code, answer.content


@look(guide=["3", "10", "50"], second_hand=["3", "5", "10"])
def depth_credits(zoho: Emulator, _: Receiver) -> Any:
    return [zoho.get("/contacts", **{"from": each}).headers[WEIGHT] for each in (2000, 2001, 10_001)]


@look(_6="6", _1="1")
def bin_delete_credits(zoho: Emulator, _: Receiver) -> Any:
    made = ticket(zoho)
    trash(zoho, made)
    return zoho.post("/recycleBin/delete", {"ids": [made]}).headers[WEIGHT]


@look(_1="1", _3="3")
def reply_credits(zoho: Emulator, _: Receiver) -> Any:
    return reply(zoho, ticket(zoho)).headers[WEIGHT]


@look(_50="50", _1="1")
def sar_credits(zoho: Emulator, _: Receiver) -> Any:
    body = {"contactEmailId": "ada.moss@example.net", "module": "tickets"}
    return zoho.post("/subjectAccessRequests/count", body).headers[WEIGHT]


@look(accepted=200, _422=422)
def four_byte_text(zoho: Emulator, _: Receiver) -> Any:
    return zoho.patch(f"/tickets/{ticket(zoho)}", {"subject": "Thanks \N{GRINNING FACE}"}).status_code


@look(configured="127.0.0.1", zoho="desk.zoho.eu")
def attachment_href_host(zoho: Emulator, _: Receiver) -> Any:
    made = zoho.mail(attachments=[FILE])
    thread = zoho.get(f"/tickets/{made['ticketId']}/threads/{made['threadId']}").json()
    return thread["attachments"][0]["href"].partition("://")[2].partition("/")[0].partition(":")[0]


@look(_400=(400, "Access Denied"), _200=(200, "Access Denied"))
def token_throttle_status(zoho: Emulator, _: Receiver) -> Any:
    for _turn in range(10):
        ask(zoho)
    denied = ask(zoho)
    return denied.status_code, denied.json()["error"]


@look(_10=(401, 401), _15=(200, 401), _30=(200, 200))
def live_token_limit(zoho: Emulator, _: Receiver) -> Any:
    first, *_rest = [ask(zoho).json()["access_token"] for _ in range(10)]
    headers = {"Authorization": f"Zoho-oauthtoken {first}"}
    seen = []
    for more in (1, 9):
        zoho.bench("POST", "/clock", {"advanceSeconds": 601})
        for _turn in range(more):
            ask(zoho)
        seen.append(requests.get(f"{zoho.url}/api/v1/myinfo", headers=headers, timeout=10).status_code)
    return tuple(seen)


@look(on=200, _404=404)
def old_fields_route(zoho: Emulator, _: Receiver) -> Any:
    return zoho.get("/fields", module="tickets").status_code


# tickets and search


@look(_200=(200, True), _404=(404, None))
def get_trashed_ticket(zoho: Emulator, _: Receiver) -> Any:
    made = ticket(zoho)
    trash(zoho, made)
    answer = zoho.get(f"/tickets/{made}")
    return answer.status_code, answer.json().get("isTrashed")


@look(_200=(200, True), _404=(404, None))
def get_spam_ticket(zoho: Emulator, _: Receiver) -> Any:
    answer = zoho.get(f"/tickets/{spam(zoho)}")
    return answer.status_code, answer.json().get("isSpam")


@look(_200=(200, True), _404=(404, None))
def get_archived_ticket(zoho: Emulator, _: Receiver) -> Any:
    answer = zoho.get(f"/tickets/{archived(zoho)}")
    return answer.status_code, answer.json().get("isArchived")


@look(_404=(404, False), target=(200, True))
def get_merged_ticket(zoho: Emulator, _: Receiver) -> Any:
    one, two = ticket(zoho), ticket(zoho)
    assert zoho.post(f"/tickets/{one}/merge", {"ids": [two]}).status_code == 200
    answer = zoho.get(f"/tickets/{two}")
    return answer.status_code, answer.json().get("id") == one


@look(_404=(404, ["errorCode", "message"]), tombstone=(200, ["id", "isDeleted"]))
def get_purged_ticket(zoho: Emulator, _: Receiver) -> Any:
    made = ticket(zoho)
    purge(zoho, made)
    answer = zoho.get(f"/tickets/{made}")
    return answer.status_code, sorted(answer.json())


@look(ignored=2, works=1)
def singular_department(zoho: Emulator, _: Receiver) -> Any:
    ticket(zoho)
    ticket(zoho, to="support@desk.example.com")
    support = zoho.info()["departments"][0]["id"]
    return len(zoho.get("/tickets", departmentId=support).json()["data"])


@look(_422=422, ignored=200)
def search_unknown_param(zoho: Emulator, _: Receiver) -> Any:
    zoho.switch(search_lag_seconds="0")
    ticket(zoho)
    window = "2026-01-01T00:00:00.000Z,2026-01-02T00:00:00.000Z"
    return zoho.get("/tickets/search", closedTimeRange=window).status_code


@look(_60=(0, 1, 1), _0=(1, 1, 1), _600=(0, 0, 1))
def search_lag_seconds(zoho: Emulator, _: Receiver) -> Any:
    ticket(zoho, subject="Sought")
    seen = [found(zoho, subject="Sought")]
    for seconds in (61, 600):
        zoho.advance(seconds)
        seen.append(found(zoho, subject="Sought"))
    return tuple(seen)


@look(absent=0, present=1)
def search_trashed(zoho: Emulator, _: Receiver) -> Any:
    zoho.switch(search_lag_seconds="0")
    trash(zoho, ticket(zoho, subject="Sought"))
    return found(zoho, subject="Sought")


@look(present=1, absent=0)
def search_spam(zoho: Emulator, _: Receiver) -> Any:
    zoho.switch(search_lag_seconds="0")
    spam(zoho)
    return found(zoho, subject="question")


@look(absent=0, present=1)
def search_archived(zoho: Emulator, _: Receiver) -> Any:
    zoho.switch(search_lag_seconds="0")
    archived(zoho)
    return found(zoho, subject="question")


@look(_422=422, allowed=200)
def archived_writes(zoho: Emulator, _: Receiver) -> Any:
    return zoho.patch(f"/tickets/{archived(zoho)}", {"subject": "New"}).status_code


@look(no=204, yes=200)
def contact_tickets_secondary(zoho: Emulator, _: Receiver) -> Any:
    person = {"lastName": "Orlov", "email": "ben.orlov@example.org"}
    other = zoho.bench("POST", "/seed", {"contacts": [person]})["contacts"][0]["id"]
    planted(zoho, secondaryContacts=[other])
    return zoho.get(f"/contacts/{other}/tickets").status_code


@look(no=204, yes=200)
def contact_tickets_archived(zoho: Emulator, _: Receiver) -> Any:
    made = archived(zoho)
    return zoho.get(f"/contacts/{zoho.get(f'/tickets/{made}').json()['contactId']}/tickets").status_code


@look(optional=(200, 200), required=(422, 200))
def contact_tickets_department(zoho: Emulator, _: Receiver) -> Any:
    path = f"/contacts/{zoho.mail()['contactId']}/tickets"
    department = zoho.info()["departments"][1]["id"]
    return zoho.get(path).status_code, zoho.get(path, departmentId=department).status_code


@look(both=(None, None), empty_string=(None, "1"), null=("1", None))
def clear_with(zoho: Emulator, _: Receiver) -> Any:
    seen = []
    for value in ("", None):
        made = ticket(zoho)
        zoho.patch(f"/tickets/{made}", {"phone": "1"})
        seen.append(zoho.patch(f"/tickets/{made}", {"phone": value}).json()["phone"])
    return tuple(seen)


@look(no="<div>Hello</div>", yes="New")
def patch_description_changes_thread(zoho: Emulator, _: Receiver) -> Any:
    made = zoho.mail()
    zoho.patch(f"/tickets/{made['ticketId']}", {"description": "New"})
    return zoho.get(f"/tickets/{made['ticketId']}/threads/{made['threadId']}").json()["content"]


@look(
    allowed=(200, None, 204), blueprint=(422, "UNPROCESSABLE_ENTITY", 200), mandatory_field=(422, "INVALID_DATA", 204)
)
def status_change(zoho: Emulator, _: Receiver) -> Any:
    made = ticket(zoho)
    answer = zoho.patch(f"/tickets/{made}", {"status": "Resolved"})
    return answer.status_code, answer.json().get("errorCode"), zoho.get(f"/tickets/{made}/blueprint").status_code


@look(label="Privacy Action", api_name="cf_privacy_action")
def history_property_names(zoho: Emulator, _: Receiver) -> Any:
    made = ticket(zoho)
    macro(zoho, made)
    return history(zoho, made)[0]["eventInfo"][0]["propertyName"]


@look(yes=True, no=False)
def history_keeps_description(zoho: Emulator, _: Receiver) -> Any:
    made = ticket(zoho, text="First words")
    zoho.patch(f"/tickets/{made}", {"description": "Other words"})
    told = history(zoho, made)
    assert "First words" in str(told[-1])
    return "First words" in str(told[0])


@look(none=[], Ticket_Update=["Ticket_Update"])
def tag_event(zoho: Emulator, receiver: Receiver) -> Any:
    made = ticket(zoho)
    subscribe(zoho, receiver, {"Ticket_Update": None})
    zoho.post(f"/tickets/{made}/associateTag", {"tags": ["privacy"]})
    zoho.settle()
    return receiver.names()


@look(sent=["Ticket_Update", "Ticket_Update"], only_with_include=["Ticket_Update"])
def macro_events(zoho: Emulator, receiver: Receiver) -> Any:
    made = ticket(zoho)
    subscribe(zoho, receiver, {"Ticket_Update": None})
    subscribe(zoho, receiver, {"Ticket_Update": None}, includeEventsFrom=["AUTOMATION"])
    macro(zoho, made)
    zoho.settle()
    return receiver.names()


@look(yes=["Robin Adler"], no=[])
def macro_history_names_agent(zoho: Emulator, _: Receiver) -> Any:
    made, agents = ticket(zoho), zoho.info()["agents"]
    order = {"ticketIds": [made], "agentId": agents[0]["id"], "fields": {"priority": "High"}}
    zoho.bench("POST", "/macro", order)
    return [each["name"] for each in history(zoho, made)[0]["actorInfo"]]


@look(plain=["id", "name", "type"], property=["propertyName", "propertyType", "propertyValue", "systemProperty"])
def macro_actor_info(zoho: Emulator, _: Receiver) -> Any:
    made = ticket(zoho)
    macro(zoho, made)
    return sorted(history(zoho, made)[0]["actorInfo"][0])


# threads, replies, comments, files


@look(_200=200, _422=422)
def thread_plain_text(zoho: Emulator, _: Receiver) -> Any:
    made = zoho.mail()
    return zoho.get(f"/tickets/{made['ticketId']}/threads/{made['threadId']}", include="plainText").status_code


@look(_20000=(False, 1011), _200=(True, 200))
def truncate_thread_at(zoho: Emulator, _: Receiver) -> Any:
    made = zoho.mail(text="x" * 1000)
    thread = zoho.get(f"/tickets/{made['ticketId']}/threads/{made['threadId']}").json()
    return thread["isContentTruncated"], len(thread["content"])


@look(yes=(True, True), no=(False, True))
def reply_moves_modified_time(zoho: Emulator, _: Receiver) -> Any:
    made = ticket(zoho)
    before = zoho.get(f"/tickets/{made}").json()
    zoho.advance(60)
    ticket(zoho, inReplyToTicketId=made)
    after = zoho.get(f"/tickets/{made}").json()
    return tuple(after[each] > before[each] for each in ("modifiedTime", "customerResponseTime"))


@look(yes="Open", no="Closed")
def customer_reply_reopens(zoho: Emulator, _: Receiver) -> Any:
    made = closed(zoho)
    ticket(zoho, inReplyToTicketId=made)
    return zoho.get(f"/tickets/{made}").json()["statusType"]


@look(no=[], yes=["acknowledgement"])
def auto_acknowledge(zoho: Emulator, _: Receiver) -> Any:
    ticket(zoho)
    return [each["kind"] for each in zoho.outbox()]


@look(_20=("PENDING", "SUCCESS"), _0=("SUCCESS", "SUCCESS"), _120=("PENDING", "PENDING"))
def reply_pending_seconds(zoho: Emulator, _: Receiver) -> Any:
    made = ticket(zoho)
    path = f"/tickets/{made}/threads/{reply(zoho, made).json()['id']}"
    first = zoho.get(path).json()["status"]
    zoho.advance(21)
    return first, zoho.get(path).json()["status"]


@look(SUCCESS=("SUCCESS", 1), PENDING=("PENDING", 0))
def reply_immediately(zoho: Emulator, _: Receiver) -> Any:
    status = reply(zoho, ticket(zoho), sendImmediately="true").json()["status"]
    return status, len(zoho.outbox())


@look(sent=("SUCCESS", 1), failed=("FAILED", 0))
def reply_outcome(zoho: Emulator, _: Receiver) -> Any:
    status = reply(zoho, ticket(zoho), sendImmediately="true").json()["status"]
    return status, len(zoho.outbox())


@look(no="<p>Answer</p>", yes="<p>Answer</p><br />--<br />Robin Adler<br />Acme Example Ltd")
def reply_signature(zoho: Emulator, _: Receiver) -> Any:
    return reply(zoho, ticket(zoho), sendImmediately="true").json()["content"]


@look(no="<p>Answer</p>", yes="<p>Answer</p><blockquote><div>Hello</div></blockquote>")
def reply_quote(zoho: Emulator, _: Receiver) -> Any:
    reply(zoho, ticket(zoho), sendImmediately="true")
    return zoho.outbox()[0]["content"]


@look(yes="Re: [## 101 ##] A question", no="Re: A question")
def reply_subject_mark(zoho: Emulator, _: Receiver) -> Any:
    reply(zoho, ticket(zoho), sendImmediately="true")
    return zoho.outbox()[0]["subject"]


@look(
    address="privacy@desk.example.com",
    agent="Robin Adler <privacy@desk.example.com>",
    portal="Acme Example Ltd <privacy@desk.example.com>",
)
def reply_sender(zoho: Emulator, _: Receiver) -> Any:
    reply(zoho, ticket(zoho), sendImmediately="true")
    return zoho.outbox()[0]["from"]


@look(allowed=200, _403=403)
def foreign_comment_edit(zoho: Emulator, _: Receiver) -> Any:
    made, kim = ticket(zoho), zoho.info()["agents"][1]["id"]
    order = {"ticketId": made, "agentId": kim, "content": "Kim's"}
    comment = zoho.bench("POST", "/agent/comment", order)["commentId"]
    return zoho.patch(f"/tickets/{made}/comments/{comment}", {"content": "Mine"}).status_code


@look(kept=200, gone=404)
def comment_history_after_delete(zoho: Emulator, _: Receiver) -> Any:
    path = f"/tickets/{ticket(zoho)}/comments"
    made = zoho.post(path, {"content": "One", "isPublic": False}).json()["id"]
    zoho.patch(f"{path}/{made}", {"content": "Two"})
    zoho.delete(f"{path}/{made}")
    return zoho.get(f"{path}/{made}/history").status_code


@look(no=204, yes=200)
def thread_files_in_ticket_attachments(zoho: Emulator, _: Receiver) -> Any:
    return zoho.get(f"/tickets/{ticket(zoho, attachments=[FILE])}/attachments").status_code


@look(yes=(200, 204), no=(422, 200))
def thread_files_deletable(zoho: Emulator, _: Receiver) -> Any:
    zoho.switch(thread_files_in_ticket_attachments="yes")
    path = f"/tickets/{ticket(zoho, attachments=[FILE])}/attachments"
    gone = zoho.delete(f"{path}/{zoho.get(path).json()['data'][0]['id']}")
    return gone.status_code, zoho.get(path).status_code


# people, bin, subject access requests


@look(_422=(422, "duplicate"), allowed=(200, None))
def duplicate_contact_email(zoho: Emulator, _: Receiver) -> Any:
    person = {"lastName": "Moss", "email": "ada.moss@example.net"}
    zoho.post("/contacts", person)
    again = zoho.post("/contacts", person)
    return again.status_code, again.json().get("errors", [{"errorType": None}])[0]["errorType"]


@look(_204=(204, 204), _422=(204, 422))
def second_anonymize(zoho: Emulator, _: Receiver) -> Any:
    person = {"lastName": "Moss", "email": "ada.moss@example.net", "portalUser": True}
    user = zoho.bench("POST", "/seed", {"contacts": [person]})["contacts"][0]["portalUserId"]
    return tuple(zoho.post(f"/users/{user}/anonymize", {"anonymizedName": "Guest"}).status_code for _ in range(2))


@look(_0=(200, 200), _30=(204, 200))
def bin_delay_seconds(zoho: Emulator, _: Receiver) -> Any:
    trash(zoho, ticket(zoho))
    first = zoho.get("/recycleBin").status_code
    zoho.advance(31)
    return first, zoho.get("/recycleBin").status_code


@look(same=True, different=False)
def bin_id(zoho: Emulator, _: Receiver) -> Any:
    made = ticket(zoho)
    trash(zoho, made)
    return zoho.get("/recycleBin").json()["data"][0]["id"] == made


@look(no=["Tickets"], yes=["Tasks", "Tickets"])
def activities_trashed_with_ticket(zoho: Emulator, _: Receiver) -> Any:
    trash(zoho, planted(zoho, tasks=[{"subject": "Call back"}])["id"])
    return sorted(each["type"] for each in zoho.get("/recycleBin").json()["data"])


@look(yes=(404, None), no=(200, None))
def contact_delete_takes_tickets(zoho: Emulator, _: Receiver) -> Any:
    made = zoho.mail()
    zoho.post("/contacts/moveToTrash", {"contactIds": [made["contactId"]]})
    zoho.post("/recycleBin/delete", {"ids": [made["contactId"]]})
    answer = zoho.get(f"/tickets/{made['ticketId']}")
    return answer.status_code, answer.json().get("contactId")


@look(all=(404, 404), not_files=(200, 404), not_history=(404, 200))
def purge_takes_children(zoho: Emulator, _: Receiver) -> Any:
    made = zoho.mail(attachments=[FILE])
    path = f"/tickets/{made['ticketId']}"
    file = zoho.get(f"{path}/threads/{made['threadId']}").json()["attachments"][0]["id"]
    purge(zoho, made["ticketId"])
    content = zoho.get(f"{path}/threads/{made['threadId']}/attachments/{file}/content")
    return content.status_code, zoho.get(f"{path}/History").status_code


@look(_404=404, on=200)
def sar_entities_route(zoho: Emulator, _: Receiver) -> Any:
    ticket(zoho)
    body = {"contactEmailId": "ada.moss@example.net", "module": "tickets", "from": 1, "limit": 10}
    return zoho.post("/subjectAccessRequests/entities", body).status_code


def erased(zoho: Emulator, *kinds: str) -> Any:
    """Let Zoho erase a person's ticket and contact; return what is seen of each afterwards."""
    made = zoho.mail(subject="Mine")
    paths = {"ticketId": f"/tickets/{made['ticketId']}", "contactId": f"/contacts/{made['contactId']}"}
    body = {"contactEmailId": "ada.moss@example.net", "ids": [made[kind] for kind in kinds]}
    assert zoho.post("/subjectAccessRequests/erase", body).status_code == 200
    zoho.advance(70)
    return tuple(_state(zoho.get(paths[kind])) for kind in kinds)


def _state(answer: requests.Response) -> Any:
    shown = answer.json()
    if answer.status_code != 200:
        return answer.status_code
    return "trashed" if shown["isTrashed"] else (shown["email"] or "blank")


@look(permanent=(404,), trash=("trashed",), blank=("blank",), nothing=("ada.moss@example.net",))
def sar_erase_effect(zoho: Emulator, _: Receiver) -> Any:
    return erased(zoho, "ticketId")


@look(
    same=("blank", "blank"),
    permanent=("blank", 404),
    trash=("blank", "trashed"),
    blank=("blank", "blank"),
    nothing=("blank", "ada.moss@example.net"),
)
def sar_erase_contact(zoho: Emulator, _: Receiver) -> Any:
    zoho.switch(sar_erase_effect="blank", contact_delete_takes_tickets="no")
    return erased(zoho, "ticketId", "contactId")


@look(allowed=200, _403=403)
def sar_edition(zoho: Emulator, _: Receiver) -> Any:
    return zoho.get("/subjectAccessRequests/fieldsAndConditions", module="tickets").status_code


@look(web_session=302, opens=200)
def sar_download(zoho: Emulator, _: Receiver) -> Any:
    body = {"contactEmailId": "ada.moss@example.net", "ids": [ticket(zoho)]}
    made = zoho.post("/subjectAccessRequests/export", body).json()["id"]
    zoho.advance(70)
    url = zoho.get(f"/subjectAccessRequests/{made}").json()["downloadURL"]
    return zoho.api("GET", url.partition("/api/v1")[2], allow_redirects=False).status_code


@look(epoch_ms=int, iso=str)
def sar_times(zoho: Emulator, _: Receiver) -> Any:
    body = {"contactEmailId": "ada.moss@example.net", "ids": [ticket(zoho)]}
    return type(zoho.post("/subjectAccessRequests/export", body).json()["createdTime"])


@look(_30="INPROGRESS", _0="EXPORTED", _600="INITIATED")
def sar_step_seconds(zoho: Emulator, _: Receiver) -> Any:
    body = {"contactEmailId": "ada.moss@example.net", "ids": [ticket(zoho)]}
    made = zoho.post("/subjectAccessRequests/export", body).json()["id"]
    zoho.advance(35)
    return zoho.get(f"/subjectAccessRequests/{made}").json()["status"]


# webhooks: what is sent


@look(_422=422, accepted=200)
def webhook_empty_filter(zoho: Emulator, receiver: Receiver) -> Any:
    return subscribe(zoho, receiver, {"Ticket_Add": {}}).status_code


@look(accepted=(200, 200), _422=(422, 200))
def webhook_custom_field(zoho: Emulator, receiver: Receiver) -> Any:
    fields = ("cf_privacy_action", "status")
    return tuple(subscribe(zoho, receiver, {"Ticket_Update": {"fields": [each]}}).status_code for each in fields)


SOURCE = "7f3c7b9e-6f4f-4c9f-9d3e-2f1f5a0b1c2d"


@look(_422=422, works=200)
def webhook_ignore_source_id(zoho: Emulator, receiver: Receiver) -> Any:
    return subscribe(zoho, receiver, {"Ticket_Update": None}, ignoreSourceId=SOURCE).status_code


@look(yes=["Other"], no=["Own", "Other"])
def webhook_source_header(zoho: Emulator, receiver: Receiver) -> Any:
    zoho.switch(webhook_ignore_source_id="works")
    made = ticket(zoho)
    subscribe(zoho, receiver, {"Ticket_Update": None}, ignoreSourceId=SOURCE)
    zoho.api("PATCH", f"/tickets/{made}", {"subject": "Own"}, headers={"sourceId": SOURCE})
    zoho.patch(f"/tickets/{made}", {"subject": "Other"})
    zoho.settle()
    return [each["payload"]["subject"] for each in receiver.events()]


@look(get_first=["GET", "POST"], head_first=["HEAD", "GET", "POST"])
def webhook_validation(zoho: Emulator, receiver: Receiver) -> Any:
    receiver.statuses["GET"] = 404
    subscribe(zoho, receiver, {"Ticket_Add": None})
    receiver.statuses["GET"] = 200
    return [method for method, _, _ in receiver.requests]


@look(**{"[]": [[]], "{}": [{}], "empty": [None]})
def webhook_validation_body(zoho: Emulator, receiver: Receiver) -> Any:
    receiver.statuses["GET"] = 404
    subscribe(zoho, receiver, {"Ticket_Add": None})
    receiver.statuses["GET"] = 200
    return [body for method, _, body in receiver.requests if method == "POST"]


@look(absent=False, present=True)
def webhook_validation_jwt(zoho: Emulator, receiver: Receiver) -> Any:
    subscribe(zoho, receiver, {"Ticket_Add": None})
    return receiver.requests[0][1] is not None


def announced(zoho: Emulator, receiver: Receiver, **subscriptions: Any) -> None:
    subscribe(zoho, receiver, subscriptions)
    zoho.mail()
    zoho.settle()


@look(**{"X-ZDesk-JWT": ["X-ZDesk-JWT"], "x-zdesk-jwt": ["x-zdesk-jwt"], "X-Zoho-JWT": ["X-Zoho-JWT"]})
def webhook_header(zoho: Emulator, receiver: Receiver) -> Any:
    announced(zoho, receiver, Ticket_Add=None)
    return [each for each in receiver.headers[-1] if "jwt" in each.lower()]


def last_token(receiver: Receiver) -> dict[str, Any]:
    token = receiver.requests[-1][1]
    assert token is not None
    told: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return told


@look(seconds=(10, 10), milliseconds=(13, 13))
def jwt_time_unit(zoho: Emulator, receiver: Receiver) -> Any:
    announced(zoho, receiver, Ticket_Add=None)
    return tuple(len(str(last_token(receiver)[each])) for each in ("iat", "exp"))


@look(portal=False, real=True)
def jwt_clock(zoho: Emulator, receiver: Receiver) -> Any:
    announced(zoho, receiver, Ticket_Add=None)
    return bool(abs(last_token(receiver)["iat"] - time.time()) < 120)


@look(sent=["Ticket_Add", "Ticket_Thread_Add"], absent=["Ticket_Add"])
def opening_thread_event(zoho: Emulator, receiver: Receiver) -> Any:
    announced(zoho, receiver, Ticket_Add=None, Ticket_Thread_Add=None)
    return receiver.names()


@look(yes=True, no=False)
def ticket_add_first_thread(zoho: Emulator, receiver: Receiver) -> Any:
    announced(zoho, receiver, Ticket_Add=None)
    return "firstThread" in receiver.events()[0]["payload"]


@look(on_trash=(1, 1), on_permanent=(0, 1))
def ticket_delete_event(zoho: Emulator, receiver: Receiver) -> Any:
    made = ticket(zoho)
    subscribe(zoho, receiver, {"Ticket_Delete": None})
    trash(zoho, made)
    zoho.settle()
    first = len(receiver.events())
    zoho.post("/recycleBin/delete", {"ids": [made]})
    zoho.settle()
    return first, len(receiver.events())


@look(id=[["id"], ["id"]], record=["A question", "Moss"])
def delete_event_payload(zoho: Emulator, receiver: Receiver) -> Any:
    made = zoho.mail()
    subscribe(zoho, receiver, {"Ticket_Delete": None, "Contact_Delete": None})
    trash(zoho, made["ticketId"])
    zoho.post("/contacts/moveToTrash", {"contactIds": [made["contactId"]]})
    zoho.settle()
    payloads = [each["payload"] for each in receiver.events()]
    return [each.get("subject") or each.get("lastName") or list(each) for each in payloads]


# webhooks: what happens on the way


@look(_0=5, _100=0)
def webhook_loss_percent(zoho: Emulator, receiver: Receiver) -> Any:
    subscribe(zoho, receiver, {"Ticket_Add": None})
    for _ in range(5):
        zoho.mail()
    zoho.settle()
    lost = [each["lost"] for each in zoho.bench("GET", "/deliveries")]
    assert lost.count(False) == len(receiver.events())
    assert len(lost) == 5
    return len(receiver.events())


@look(_0=1, _1=2, _3=4)
def webhook_duplicates(zoho: Emulator, receiver: Receiver) -> Any:
    announced(zoho, receiver, Ticket_Add=None)
    return len(receiver.events())


@look(_0=False, _1200=True)
def webhook_delay_ms(zoho: Emulator, receiver: Receiver) -> Any:
    subscribe(zoho, receiver, {"Ticket_Add": None})
    began = time.monotonic()
    zoho.mail()
    assert await_events(receiver, 1)
    return time.monotonic() - began >= 1.2


@look(kept=["Ticket_Add", "Ticket_Thread_Add"], reversed=["Ticket_Thread_Add", "Ticket_Add"])
def webhook_order(zoho: Emulator, receiver: Receiver) -> Any:
    announced(zoho, receiver, Ticket_Add=None, Ticket_Thread_Add=None)
    return receiver.names()


def sizes(receiver: Receiver) -> list[int]:
    return [len(body) for method, _, body in receiver.requests if method == "POST"]


@look(_1=[1, 1, 1], _2=[2, 1], _10=[3])
def webhook_batch(zoho: Emulator, receiver: Receiver) -> Any:
    announced(zoho, receiver, Contact_Add=None, Ticket_Add=None, Ticket_Thread_Add=None)
    return sizes(receiver)


@look(_0=[1, 1], _1500=[2])
def webhook_batch_wait_ms(zoho: Emulator, receiver: Receiver) -> Any:
    zoho.switch(webhook_batch="10")
    subscribe(zoho, receiver, {"Ticket_Add": None})
    zoho.mail()
    await_events(receiver, 1, patience_s=0.7)
    zoho.mail()
    zoho.settle()
    return sizes(receiver)


@look(_1=("FAILED", None), _5=("DELIVERED", 200))
def webhook_timeout_seconds(zoho: Emulator, receiver: Receiver) -> Any:
    subscribe(zoho, receiver, {"Ticket_Add": None})
    receiver.hold.clear()
    zoho.mail()
    time.sleep(1.3)
    receiver.hold.set()
    zoho.settle()
    delivery = zoho.bench("GET", "/deliveries")[0]
    return delivery["status"], delivery["httpStatus"]


@look(
    no_retry=(["FAILED"] * 3, [1, 1, 1], True),
    retry=(["DELIVERED"] * 3, [2, 2, 2], True),
    disable_after_3=(["FAILED"] * 3, [1, 1, 1], False),
)
def webhook_failure(zoho: Emulator, receiver: Receiver) -> Any:
    webhook = subscribe(zoho, receiver, {"Ticket_Add": None}).json()["id"]
    receiver.statuses["POST"] = 503
    for _ in range(3):
        zoho.mail()
    assert await_events(receiver, 3)
    receiver.statuses["POST"] = 200
    zoho.settle()
    deliveries = zoho.bench("GET", "/deliveries")
    enabled = zoho.get(f"/webhooks/{webhook}").json()["isEnabled"]
    return [each["status"] for each in deliveries], [each["attempts"] for each in deliveries], enabled


def published(zoho: Emulator) -> int:
    return len(requests.get(f"{zoho.url}/.well-known/jwks.json", timeout=10).json()["keys"])


@look(_0=1, _1=3, _2=2)
def webhook_key_rotation(zoho: Emulator, receiver: Receiver) -> Any:
    subscribe(zoho, receiver, {"Ticket_Add": None})
    for _ in range(3):
        zoho.mail()
    zoho.settle()
    tokens = [token for method, token, _ in receiver.requests if method == "POST" and token]
    return len({jwt.get_unverified_header(each)["kid"] for each in tokens})


@look(published=True, withdrawn=False)
def webhook_old_keys(zoho: Emulator, receiver: Receiver) -> Any:
    zoho.switch(webhook_key_rotation="1")
    subscribe(zoho, receiver, {"Ticket_Add": None})
    for _ in range(2):
        zoho.mail()
    zoho.settle()
    return published(zoho) > 1


@look(up=(200, False), slow=(200, True), down=(503, False))
def webhook_jwks(zoho: Emulator, _: Receiver) -> Any:
    began = time.monotonic()
    status = requests.get(f"{zoho.url}/.well-known/jwks.json", timeout=10).status_code
    return status, time.monotonic() - began >= 2
