"""Every call the suite can build. Whether Zoho publishes it is for tests/conformance to say."""

import inspect
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from zoho_privacy.adapters.desk import calls
from zoho_privacy.adapters.desk.protocol import Call
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.records import NewTicket, TicketPatch
from zoho_privacy.ports import TicketQuery

START = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = (START, START + timedelta(days=1))
REPLY: dict[str, Any] = {"from_address": "p@example.com", "to": "c@example.com", "html": "<p>Hi</p>"}

BUILT: Mapping[str, list[Call]] = {
    "organizations": [calls.organizations()],
    "departments": [calls.departments()],
    "agents": [calls.agents()],
    "my_info": [calls.my_info()],
    "fields": [calls.fields("tickets")],
    "fields_older": [calls.fields_older("tickets")],
    "reply_addresses": [calls.reply_addresses("7")],
    "ticket": [calls.ticket("1")],
    "threads": [calls.threads("1")],
    "thread": [calls.thread("1", "2")],
    "full_content": [calls.full_content("1", "2")],
    "original_content": [calls.original_content("1", "2")],
    "comments": [calls.comments("1")],
    "comment_history": [calls.comment_history("1", "2")],
    "attachments": [calls.attachments("1")],
    "tags": [calls.tags("1")],
    "history": [calls.history("1")],
    "resolution": [calls.resolution("1")],
    "resolution_history": [calls.resolution_history("1")],
    "conversations": [calls.conversations("1")],
    "latest_message": [calls.latest_message("1")],
    "all_activities": [calls.all_activities("1")],
    "activities": [calls.activities("1", kind) for kind in ("tasks", "calls", "events")],
    "time_entries": [calls.time_entries("1")],
    "metrics": [calls.metrics("1")],
    "archived_tickets": [calls.archived_tickets("7")],
    "search_tickets": [
        calls.search_tickets(TicketQuery(text="word"), None, None),
        calls.search_tickets(
            TicketQuery(
                closed_only=True,
                email="c@example.com",
                contact_id="5",
                tag="privacy",
                custom=("cf_x", "Go"),
                number="7",
            ),
            "7",
            ("createdTimeRange", WINDOW),
        ),
        calls.search_tickets(
            TicketQuery(modified=WINDOW, customer_response=WINDOW), None, ("modifiedTimeRange", WINDOW)
        ),
    ],
    "contact": [calls.contact("5")],
    "search_contacts": [calls.search_contacts("c@example.com", "_all")],
    "contact_tickets": [calls.contact_tickets("5", "7")],
    "contact_comments": [calls.contact_comments("5")],
    "contact_attachments": [calls.contact_attachments("5")],
    "contact_history": [calls.contact_history("5")],
    "contact_statistics": [calls.contact_statistics("5")],
    "help_centers": [calls.help_centers("5")],
    "user": [calls.user("8")],
    "recycle_bin": [calls.recycle_bin()],
    "newest_contacts": [calls.newest_contacts()],
    "newest_tickets": [calls.newest_tickets("5", "7")],
    "subject_request": [calls.subject_request("4")],
    "subject_requests": [calls.subject_requests("c@example.com")],
    "subject_count": [calls.subject_count("c@example.com", "tickets")],
    "send_reply": [calls.send_reply("1", **REPLY, in_reply_to="2"), calls.send_reply("1", **REPLY, in_reply_to=None)],
    "add_comment": [calls.add_comment("1", "note")],
    "create_contact": [calls.create_contact("Redacted person")],
    "create_ticket": [
        calls.create_ticket(NewTicket("7", "5", "Copy", "text", {"category": "Hardware"}, {"cf_x": "1"})),
    ],
    "erase_natively": [calls.erase_natively("c@example.com", ["1", "5"], reference="101")],
    "associate_tags": [calls.associate_tags("1", ["privacy-access"])],
    "dissociate_tags": [calls.dissociate_tags("1", ["privacy-access"])],
    "patch_ticket": [calls.patch_ticket("1", TicketPatch(subject="x"))],
    "patch_contact": [calls.patch_contact("5", {"first_name": ""})],
    "trash_tickets": calls.trash_tickets(["1"]),
    "trash_contacts": calls.trash_contacts(["5"]),
    "trash_activities": [call for kind in ("tasks", "calls", "events") for call in calls.trash_activities(kind, ["3"])],
    "restore_tickets": calls.restore_tickets(["1"]),
    "purge": calls.purge(["1"]),
    "delete_comment": [calls.delete_comment("1", "2")],
    "delete_attachment": [calls.delete_attachment("1", "2")],
    "delete_resolution": [calls.delete_resolution("1")],
    "delete_contact_comment": [calls.delete_contact_comment("5", "2")],
    "delete_contact_attachment": [calls.delete_contact_attachment("5", "2")],
    "delete_contact_photo": [calls.delete_contact_photo("5")],
    "anonymise_user": [calls.anonymise_user("8", "Guest 1")],
    "webhooks": [calls.webhooks()],
    "webhook": [calls.webhook("6")],
    "create_webhook": [calls.create_webhook("n", "https://hooks.example.com/zd", {"Ticket_Add": None})],
    "update_webhook": [calls.update_webhook("6", {"Ticket_Add": None})],
    "delete_webhook": [calls.delete_webhook("6")],
}


def test_every_builder_is_listed_here() -> None:
    """A call that is not listed would escape the checks below."""
    made = (Call, list[Call])
    builders = {
        name
        for name, function in inspect.getmembers(calls, inspect.isfunction)
        if function.__module__ == calls.__name__
        and not name.startswith("_")
        and function.__annotations__["return"] in made
    }
    assert builders == set(BUILT)


def test_no_forbidden_call_can_be_built() -> None:
    """These empty whole departments or the whole bin."""
    built = {call.path for some in BUILT.values() for call in some}
    assert not {path for path in built if re.search(r"emptySpam|deleteAll|restoreAll|eraseAll|exportAll", path)}


def test_only_reads_and_repeatable_writes_may_be_repeated() -> None:
    once = {name for name, some in BUILT.items() if any(call.kind == "once" for call in some)}
    reads = {name for name, some in BUILT.items() if any(call.kind == "read" for call in some)}
    assert once == {"send_reply", "add_comment", "create_webhook", "create_contact", "create_ticket", "erase_natively"}
    assert {BUILT[name][0].method for name in reads - {"subject_count"}} == {"GET"}


@pytest.mark.req("R-SEC-8")
def test_a_call_shows_neither_query_nor_body() -> None:
    shown = repr(BUILT)
    assert "example.com" not in shown
    assert "<p>" not in shown


def test_trash_calls_use_the_key_of_their_module() -> None:
    keys = {
        name: list(BUILT[name][0].json or {})
        for name in ("trash_tickets", "trash_contacts", "trash_activities", "purge")
    }
    assert keys == {
        "trash_tickets": ["ticketIds"],
        "trash_contacts": ["contactIds"],
        "trash_activities": ["entityIds"],
        "purge": ["ids"],
    }


def test_mass_calls_take_fifty_ids_and_say_what_they_cost() -> None:
    made = calls.purge([str(n) for n in range(70)])
    assert [len(call.json["ids"]) for call in made if call.json] == [50, 20]
    assert [call.credits for call in made] == [300, 120]
    assert calls.trash_tickets([]) == []


def test_a_search_writes_its_filters_as_desk_reads_them() -> None:
    _, filtered, swept = BUILT["search_tickets"]
    assert filtered.query == {
        "sortBy": "createdTime",
        "departmentId": "7",
        "contactId": "5",
        "status": "${CLOSED}",
        "email": "c@example.com",
        "tag": "privacy",
        "customField1": "cf_x:Go",
        "ticketNumber": "7",
        "createdTimeRange": "2026-03-01T00:00:00.000Z,2026-03-02T00:00:00.000Z",
    }
    assert swept.query["sortBy"] == "modifiedTime"
    assert set(swept.query) == {"sortBy", "modifiedTimeRange", "customerResponseTimeRange"}


@pytest.mark.parametrize(
    "query",
    [
        TicketQuery(text="ab"),
        TicketQuery(text="x" * 101),
        TicketQuery(text="word", email="c@example.com"),
        TicketQuery(text="word", tag="privacy"),
        TicketQuery(text="word", modified=WINDOW),
        TicketQuery(tag="ab"),
        TicketQuery(contact_id="someone"),
    ],
)
def test_a_search_that_desk_would_refuse_is_not_built(query: TicketQuery) -> None:
    with pytest.raises(BadInput):
        calls.search_tickets(query, None, None)


def test_a_reply_is_sent_at_once_as_mail() -> None:
    call = calls.send_reply("1", **REPLY, in_reply_to="2")
    assert call.query == {"isPrivate": "false", "sendImmediately": "true"}
    assert call.json == {
        "channel": "EMAIL",
        "fromEmailAddress": "p@example.com",
        "to": "c@example.com",
        "contentType": "html",
        "content": "<p>Hi</p>",
        "isForward": False,
        "inReplyToThreadId": "2",
    }
    assert "inReplyToThreadId" not in (calls.send_reply("1", **REPLY, in_reply_to=None).json or {})
    aside = calls.send_reply("1", **REPLY, in_reply_to=None, private=True)
    assert aside.query == {"isPrivate": "true", "sendImmediately": "true"}


def test_a_note_is_private() -> None:
    assert (calls.add_comment("1", "note").json or {})["isPublic"] is False


@pytest.mark.parametrize("text", ["", "x" * 32_001])
def test_a_note_has_a_length(text: str) -> None:
    with pytest.raises(BadInput):
        calls.add_comment("1", text)


@pytest.mark.parametrize("name", ["ab", "x" * 51, "größe", "a,b,c", "tab\there"])
def test_a_tag_desk_might_mangle_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        calls.associate_tags("1", [name])


def test_a_close_sends_no_closure_mail() -> None:
    call = calls.patch_ticket("1", TicketPatch(status="Solved", custom={"cf_a": None, "cf_b": "x"}))
    assert call.query == {"disableClosureNotification": "true"}
    assert call.json == {"status": "Solved", "cf": {"cf_a": None, "cf_b": "x"}}


def test_an_empty_patch_is_refused() -> None:
    with pytest.raises(BadInput):
        calls.patch_ticket("1", TicketPatch())


def test_a_contact_is_overwritten_in_desks_words() -> None:
    values = {"first_name": "", "last_name": "Redacted", "secondary_email": "", "account_id": "", "cf_note": ""}
    assert calls.patch_contact("5", values).json == {
        "firstName": "",
        "lastName": "Redacted",
        "secondaryEmail": "",
        "accountId": None,
        "cf": {"cf_note": ""},
    }


@pytest.mark.parametrize("values", [{}, {"last_name": ""}, {"shoe_size": "43"}])
def test_an_impossible_contact_is_refused(values: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        calls.patch_contact("5", values)


@pytest.mark.parametrize("name", ["", "x" * 101])
def test_an_anonymous_name_has_a_length(name: str) -> None:
    with pytest.raises(BadInput):
        calls.anonymise_user("8", name)


def test_an_unknown_kind_of_activity_is_refused() -> None:
    with pytest.raises(BadInput):
        calls.trash_activities("tickets", ["3"])


def test_a_webhook_url_stays_changeable() -> None:
    """Desk takes 500 characters when a subscription is made and 100 when it is changed."""
    with pytest.raises(BadInput):
        calls.create_webhook("n", "https://hooks.example.com/" + "x" * 80, {})
