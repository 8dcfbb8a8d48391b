"""Twelve correct exchanges and as many faults as the judges must tell from them, over several operations.

A judge that refuses everything also catches every fault, so both numbers are counted. The shapes are ours, written
from the API reference; nothing is taken from the emulator or from the official files but where a fault needs a whole
record, which the emulator then gives. Every person is invented.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tests.conformance.deviations import unlisted
from tests.conformance.exchange import Exchange, Side
from tests.conformance.judge import judged

JSON_TYPE: Final = "application/json;charset=UTF-8"
TICKET: Final = {
    "id": "417000000123001", "ticketNumber": "5127", "subject": "Delete my data please", "status": "Open",
    "statusType": "Open", "channel": "Email", "departmentId": "417000000007061", "contactId": "417000000120044",
    "email": "ada.moss@example.net", "createdTime": "2026-03-02T09:15:00.000Z",
    "modifiedTime": "2026-03-02T09:15:00.000Z", "closedTime": None, "isTrashed": False, "isSpam": False,
    "cf": {"cf_privacy_action": None}, "threadCount": "1", "commentCount": "0",
}  # fmt: skip
REPLY: Final = {
    "channel": "EMAIL", "fromEmailAddress": "privacy@acme.example.com", "to": "ada.moss@example.net",
    "contentType": "html", "content": "<p>We received your request.</p>", "isForward": False,
}  # fmt: skip
THREAD: Final = {
    "id": "417000000123055", "channel": "EMAIL", "direction": "out", "status": "SUCCESS", "visibility": "public",
    "createdTime": "2026-03-02T09:20:00.000Z", "content": "<p>We received your request.</p>",
    "to": "ada.moss@example.net", "fromEmailAddress": "privacy@acme.example.com", "isForward": False,
}  # fmt: skip
HOOK: Final = {
    "name": "intake", "url": "https://hooks.example.org/zd/3f9a", "isEnabled": True,
    "includeEventsFrom": ["AUTOMATION"],
    "subscriptions": {"Ticket_Add": {"departmentIds": ["417000000007061"]}, "Ticket_Delete": None},
}  # fmt: skip
RESULTS: Final = {
    "results": [
        {"id": "417000000123001", "success": True, "errors": None},
        {"id": "417000000123002", "success": False,
         "errors": {"errorCode": "UNPROCESSABLE_ENTITY", "httpCode": "422"}},
    ]
}  # fmt: skip
REFUSAL: Final = {
    "errorCode": "INVALID_DATA", "message": "The data does not comply to the validation restrictions defined.",
    "errors": [{"fieldName": "/contactId", "errorType": "invalid", "errorMessage": ""}],
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """An exchange with what is right or wrong about it. `closed` asks for the closed list as well."""

    what: str
    exchange: Exchange
    closed: bool = False

    @property
    def passes(self) -> bool:
        """Whether the judges find nothing that the table does not list."""
        return not unlisted(judged(self.exchange, closed=self.closed))

    @property
    def passes_alone(self) -> bool:
        """Whether openapi-core alone finds nothing."""
        by_hand = {"unknown-parameter", "limit", "authorization", "operation", "absent", "invented", "body"}
        return not [each for each in unlisted(judged(self.exchange)) if each.kind not in by_hand]


def _made(rule: str, sent: Any = None, status: int = 200, returned: Any = None, **query: str) -> Exchange:
    method, _, path = rule.partition(" ")
    return Exchange(
        method=method,
        path=path,
        query=tuple((name.rstrip("_"), value) for name, value in query.items()),
        headers={"authorization": "Zoho-oauthtoken t", "orgid": "600123456", "content-type": "application/json"},
        body=b"" if sent is None else json.dumps(sent).encode(),
        status=status,
        answer_type="" if returned is None else JSON_TYPE,
        answer=b"" if returned is None else json.dumps(returned).encode(),
    )


READ: Final = _made("GET /tickets/417000000123001", returned=TICKET, include="contacts,departments")
CHANGE: Final = _made("PATCH /tickets/417000000123001", {"subject": "Redacted"}, returned=TICKET | {"subject": "-"})
ANSWER: Final = _made("POST /tickets/417000000123001/sendReply", REPLY, returned=THREAD)
TRASH: Final = _made("POST /tickets/moveToTrash", {"ticketIds": ["417000000123001"]}, 204)
PURGE: Final = _made("POST /recycleBin/delete", {"ids": ["417000000123001"]}, returned=RESULTS)
SUBSCRIBE: Final = _made("POST /webhooks", HOOK, returned=HOOK | {"id": "417000000999001"})
SEARCH: Final = _made("GET /tickets/search", returned={"data": [TICKET], "count": 1}, status_="Open", limit="100")

GOOD: Final = (
    Sample("a ticket", READ),
    Sample("a ticket that is gone", replace(READ, status=404, answer=json.dumps(
        {"errorCode": "URL_NOT_FOUND", "message": "The URL you requested could not be found."}).encode())),
    Sample("a change of one field", CHANGE),
    Sample("a refused change", replace(CHANGE, status=422, answer=json.dumps(REFUSAL).encode())),
    Sample("a reply", ANSWER),
    Sample("a reply to a message", replace(ANSWER, body=json.dumps(
        REPLY | {"inReplyToThreadId": "417000000123055"}).encode())),
    Sample("into the bin", TRASH),
    Sample("out of the bin for good", PURGE),
    Sample("a subscription", SUBSCRIBE),
    Sample("a search", SEARCH),
    Sample("a search that finds nothing", replace(SEARCH, status=204, answer=b"", answer_type="")),
    Sample("too many calls at once", replace(SEARCH, status=429, answer=json.dumps(
        {"errorCode": "TOO_MANY_REQUESTS", "message": "Too many."}).encode())),
)  # fmt: skip


def _sent(good: Exchange, **members: Any) -> Exchange:
    return replace(good, body=json.dumps(good.sent | members).encode(), judge=("request",))


def _without(good: Exchange, side: Side, name: str) -> Exchange:
    members = dict(good.sent if side == "request" else good.returned)
    del members[name]
    content = json.dumps(members).encode()
    return replace(good, body=content) if side == "request" else replace(good, answer=content)


def _returned(good: Exchange, **members: Any) -> Exchange:
    return replace(good, answer=json.dumps(good.returned | members).encode(), judge=("answer",))


def _rows(good: Exchange, **members: Any) -> Exchange:
    data = [each | members for each in good.returned["data"]]
    return _returned(good, data=data)


def faults(whole: Exchange) -> tuple[Sample, ...]:
    """Return the planted faults; `whole` is a full ticket as the emulator shows it."""
    html = replace(READ, answer=b"<html>busy</html>", answer_type="text/html")
    row = RESULTS["results"][0]
    return (
        Sample("a misspelt field in a change", _sent(CHANGE, subjekt="x")),
        Sample("a number for a text", _sent(CHANGE, subject=7)),
        Sample("a subject beyond its length", _sent(CHANGE, subject="x" * 1001)),
        Sample("no body", replace(CHANGE, body=b"")),
        Sample("a body that is no JSON", replace(CHANGE, body=b"{")),
        Sample("the wrong key to trash by", replace(TRASH, body=b'{"ids": ["417000000123001"]}')),
        Sample("a text for a list of ids", replace(TRASH, body=b'{"ticketIds": "417000000123001"}')),
        Sample("200 for 204", replace(TRASH, status=200, answer=b"{}", answer_type=JSON_TYPE)),
        Sample("a reply without content", _without(ANSWER, "request", "content")),
        Sample("a reply without a channel", _without(ANSWER, "request", "channel")),
        Sample("a reply through an unknown channel", _sent(ANSWER, channel="PIGEON")),
        Sample("a reply with a misspelt field", _sent(ANSWER, contentTyp="html")),
        Sample("an address list that is a list", _sent(ANSWER, to=["ada.moss@example.net"])),
        Sample("an event that does not exist", _sent(SUBSCRIBE, subscriptions={"Ticket_Explode": None})),
        Sample("more than five fields", _sent(SUBSCRIBE, subscriptions={"Ticket_Update": {"fields": list("abcdef")}})),
        Sample("a subscription without events", _without(SUBSCRIBE, "request", "subscriptions")),
        Sample("a flag that is a word", _sent(SUBSCRIBE, isEnabled="yes")),
        Sample("a page of 500", replace(SEARCH, query=(("status", "Open"), ("limit", "500")))),
        Sample("a parameter that does not exist", replace(SEARCH, query=(("closedTimeRange", "x"),))),
        Sample("a page that is no number", replace(SEARCH, query=(("limit", "many"),))),
        Sample("an unknown include", replace(READ, query=(("include", "everything"),))),
        Sample("a token sent as Bearer", replace(READ, headers={**READ.headers, "authorization": "Bearer t"})),
        Sample("a path that does not exist", replace(READ, path="/tickets/417000000123001/explode")),
        Sample("a method that does not exist", replace(READ, method="PUT", path="/tickets/417000000123001")),
        Sample("a word for a flag in an answer", _returned(READ, isSpam="no")),
        Sample("an epoch number for a time", _returned(READ, createdTime=1772442900123)),
        Sample("a list for a text in an answer", _returned(READ, subject=["x"])),
        Sample("an unknown state of a thread", _returned(ANSWER, status="LOST")),
        Sample("a list that is an object", _returned(SEARCH, data={})),
        Sample("a word for a flag in a row", _rows(SEARCH, isSpam="no")),
        Sample("a mass result whose success is a word", _returned(PURGE, results=[row | {"success": "yes"}])),
        Sample("an error page", html),
        Sample("an errorCode that nobody documents", replace(
            READ, status=404, answer=b'{"errorCode": "GONE", "message": "m"}')),
        Sample("an error without its code", replace(READ, status=404, answer=b'{"message": "gone"}')),
        Sample("a status that nobody documents", replace(READ, status=418, answer=b"{}")),
        Sample("a ticket without its id", _without(replace(whole, judge=("answer",)), "answer", "id"), closed=True),
        Sample("an invented member", _returned(whole, favouriteColour="green"), closed=True),
    )  # fmt: skip


@dataclass(frozen=True)
class Count:
    """What the judges made of the samples. `alone` is what openapi-core catches by itself."""

    good: int
    passed: int
    planted: int
    caught: int
    alone: int
    wrong: Sequence[str]


def count(whole: Exchange) -> Count:
    """Judge all samples; `wrong` names good ones that failed and faults that passed."""
    planted = faults(whole)
    passed = [each for each in GOOD if each.passes]
    caught = [each for each in planted if not each.passes]
    wrong = [each.what for each in GOOD if each not in passed] + [each.what for each in planted if each not in caught]
    alone = sum(not each.passes_alone for each in planted)
    return Count(len(GOOD), len(passed), len(planted), len(caught), alone, wrong)
