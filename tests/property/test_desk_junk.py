"""Whatever Desk answers, each read of the client ends in values or in an error of our own tree, never in a crash."""

import inspect
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.adapters.desk.conftest import CountedTokens, config
from zoho_privacy.adapters.desk.client import DeskClient
from zoho_privacy.adapters.desk.protocol import Answer, Call
from zoho_privacy.domain import records as r
from zoho_privacy.domain.errors import ZohoPrivacyError
from zoho_privacy.ports import DeskReader, TicketQuery

PERSON = {
    "id": "7",
    "name": "Ada Moss",
    "firstName": "Ada",
    "lastName": "Moss",
    "email": "ada@example.net",
    "type": "AGENT",
}
FILE = {"id": "5", "name": "a.txt", "size": "12", "href": "https://desk.zoho.eu/api/v1/tickets/1/attachments/5/content"}
RECORD: Mapping[str, Any] = {
    "id": "417000000000001", "ticketNumber": "101", "subject": "x", "status": "Open", "statusType": "Open",
    "departmentId": "7", "contactId": "8", "createdTime": "2026-03-02T09:15:00.000Z", "modifiedTime": "1772443000123",
    "commentedTime": "2026-03-02T09:15:00.000Z", "eventTime": "2026-03-02T09:15:00Z", "deletedTime": None,
    "secondaryContacts": ["9", {"id": "10"}], "cf": {"cf_x": None, "cf_y": "1"}, "threadCount": "3", "isTrashed": False,
    "direction": "in", "author": PERSON, "commenter": PERSON, "attachments": [FILE], "href": FILE["href"], "size": "1",
    "content": "<div>x</div>", "isContentTruncated": True, "eventName": "TicketUpdated", "actor": PERSON,
    "actorInfo": [{"propertyName": "a", "propertyValue": PERSON}], "type": "comment", "name": "x", "count": "1",
    "eventInfo": [{"propertyName": "Status", "propertyValue": {"previousValue": "Open", "updatedValue": {"id": "1"}}}],
    "account": {"id": "1", "accountName": "Firm"}, "zohoCRMContact": {"id": "2"}, "photoURL": None, "userId": "6",
    "userStatus": "ACTIVE", "emailId": "a@example.com", "allowedValues": [{"value": "Open", "statusType": "Open"}, "b"],
    "apiName": "cf_x", "isActive": True, "address": "a@example.com", "requestType": "ERASURE_REQUEST",
    "sarNumber": "4", "tagType": "MANUAL", "email": "ada@example.net", "secondaryEmail": None,
}  # fmt: skip
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "name", "type"]), inner, max_size=2)
    ),
    max_leaves=4,
)
spoilt = st.dictionaries(st.sampled_from(sorted(RECORD)), junk, max_size=4).map(lambda wrong: {**RECORD, **wrong})
poorer = st.builds(
    lambda record, gone: {name: value for name, value in record.items() if name not in gone},
    spoilt,
    st.sets(st.sampled_from(sorted(RECORD)), max_size=6),
)
rows = st.lists(poorer | junk, max_size=3)
bodies = st.one_of(
    st.builds(lambda key, found: {key: found}, st.sampled_from(["data", "tags", "results"]), rows | junk), poorer, junk
)
ARGUMENTS: Mapping[str, Any] = {
    "query": TicketQuery(email="ada@example.net"),
    "email": "ada@example.net",
    "module": "tickets",
    "attachment": r.Attachment("5", "a.txt", 1, str(FILE["href"])),
}
READS = [name for name, member in vars(DeskReader).items() if inspect.isfunction(member) and not name.startswith("_")]


class Said:
    """Answers every call with the same body."""

    def __init__(self, body: object) -> None:
        self._answer = Answer(200, {}, json.dumps(body).encode())

    def send(self, call: Call) -> Answer:
        assert call.kind == "read"
        return self._answer


JUNK: tuple[Any, ...] = (
    None,
    True,
    5,
    -1.5,
    "",
    "x",
    [],
    [None],
    [[1]],
    {},
    {"id": []},
    [{"id": {}}],
    10**30,
    "9" * 40,
)


DESK = DeskClient(config(), CountedTokens(), sleep=lambda _: None)


def read(name: str, body: object) -> None:
    """Make one read of a desk that answers everything like this, to its end."""
    desk = copy(DESK)  # as new: nothing is remembered of other reads
    desk.transport = Said(body)  # type: ignore[assignment]  # all that a client asks of it
    wanted = [each for each in inspect.signature(getattr(DeskReader, name)).parameters if each != "self"]
    with suppress(ZohoPrivacyError):
        found = getattr(desk, name)(*(ARGUMENTS.get(each, "417000000000001") for each in wanted))
        if isinstance(found, Iterator):
            list(found)


@pytest.mark.parametrize("name", READS)
@settings(max_examples=10, deadline=None)
@given(body=bodies)
def test_any_answer_is_read_or_refused(name: str, body: object) -> None:
    read(name, body)


@pytest.mark.parametrize("name", READS)
def test_no_member_of_a_record_can_break_a_read(name: str) -> None:
    """Each member in turn is missing or of another type, in a list and alone."""
    for member in RECORD:
        poorer_record = {key: value for key, value in RECORD.items() if key != member}
        for record in (poorer_record, *({**RECORD, member: wrong} for wrong in JUNK)):
            for body in ({"data": [record]}, record):
                read(name, body)


def test_a_good_record_is_read() -> None:
    """The record the junk is made from is no junk itself."""
    desk = DeskClient(config(), CountedTokens(), sleep=lambda _: None)
    desk.transport = Said(dict(RECORD))  # type: ignore[assignment]  # all that a client asks of it
    assert desk.ticket("417000000000001").status_type == "open"
    assert desk.contact("417000000000001").account_name == "Firm"
