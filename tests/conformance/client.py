"""Every request that the client can build, as exchanges to judge: each builder of `calls.py`, plain and at its fullest.

The plain ones are the unit tests' own list, which a new builder must join. The fuller ones are here: all fields of a
patch, the real subscriptions, the largest page of each list. No I/O.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.conformance.exchange import Exchange
from tests.unit.adapters.desk.test_calls import BUILT
from zoho_privacy.adapters.desk import calls
from zoho_privacy.adapters.desk.protocol import Call
from zoho_privacy.adapters.desk.setup import SUBSCRIPTIONS
from zoho_privacy.domain.records import TicketPatch
from zoho_privacy.ports import TicketQuery

START: Final = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW: Final = (START, START + timedelta(days=1))
HOOK: Final = "https://hooks.example.com/zd"
# The page that the client asks of each list it walks; a list missing here is asked for whole.
PAGES: Final[Mapping[str, int]] = {
    "departments": 200, "agents": 200, "reply_addresses": 50, "threads": 200, "comments": 100, "comment_history": 50,
    "attachments": 100, "history": 50, "activities": 50, "time_entries": 50, "archived_tickets": 50,
    "search_tickets": 100, "search_contacts": 100, "contact_tickets": 50, "contact_comments": 50,
    "contact_attachments": 50, "contact_history": 100, "recycle_bin": 100,
}  # fmt: skip
FULLER: Final[Mapping[str, list[Call]]] = {
    "fields": [calls.fields("contacts")],
    "search_contacts": [calls.search_contacts("c@example.com", "email")],
    "contact_tickets": [calls.contact_tickets("5", None)],
    "search_tickets": [
        calls.search_tickets(TicketQuery(created=WINDOW, modified=WINDOW), "7", ("createdTimeRange", WINDOW)),
    ],
    "subject_count": [calls.subject_count("c@example.com", module) for module in ("contacts", "allEntities")],
    "patch_ticket": [
        calls.patch_ticket("1", TicketPatch(subject="x", description="", email="", phone="", status="Closed")),
        calls.patch_ticket(
            "1", TicketPatch(resolution="", custom={"cf_privacy_action": "", "cf_a": None, "cf_b": "x"})
        ),
    ],
    "patch_contact": [
        calls.patch_contact("5", {**dict.fromkeys(calls.CONTACT_FIELDS, ""), "last_name": "Redacted", "cf_a": ""}),
    ],
    "create_webhook": [calls.create_webhook("zoho-privacy", HOOK, SUBSCRIPTIONS)],
    "update_webhook": [calls.update_webhook("6", SUBSCRIPTIONS)],
}


def requests() -> list[tuple[str, Exchange]]:
    """Return every request with the name of what builds it."""
    plain = [(name, call) for name, some in BUILT.items() for call in (*some, *FULLER.get(name, ()))]
    paged = [(name, call.page(0, PAGES[name])) for name, call in plain if name in PAGES]
    return [(name, exchange(call)) for name, call in (*plain, *paged)]


def exchange(call: Call) -> Exchange:
    """Return a call as it goes over the wire; a file's bytes are left out."""
    body = b"" if call.json is None else json.dumps(call.json).encode()
    headers = {"authorization": "Zoho-oauthtoken t", "orgid": "600123456"} | {
        name.lower(): value for name, value in call.headers.items()
    }
    if call.file:
        headers["content-type"] = "multipart/form-data"
    elif body:
        headers["content-type"] = "application/json"
    return Exchange(call.method, call.path, tuple(call.query.items()), headers, body, judge=("request",))


def called() -> set[str]:
    """Return the names of the official operations that the client calls."""
    found = (each.operation for _, each in requests())
    return {each.name for each in found if each is not None and not each.newest}
