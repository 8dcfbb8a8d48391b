from datetime import UTC, datetime
from typing import Any

import pytest

from zoho_privacy.adapters.desk import replies
from zoho_privacy.domain import records as r
from zoho_privacy.domain.errors import DeskForbidden

NINE = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
TICKET: dict[str, Any] = {
    "id": 417000000123001,
    "ticketNumber": "5127",
    "subject": "Delete my data please",
    "description": "<div>Hello &lt;all&gt;</div>",
    "status": "Solved",
    "statusType": "CLOSED",
    "departmentId": "7",
    "contactId": "44",
    "email": "",
    "resolution": "",
    "createdTime": "2026-03-02T09:15:00.000Z",
    "closedTime": 1772442900123,
    "secondaryContacts": ["45", {"id": "46"}, None],
    "cf": {"cf_privacy_action": None, "cf_flag": True, "cf_text": "x"},
    "threadCount": "121",
    "commentCount": 3,
    "attachmentCount": "many",
    "isTrashed": "true",
    "unheardOf": {"x": 1},
}


def path(href: str) -> str | None:
    return href.removeprefix("https://desk.zoho.eu") if href.startswith("https://desk.zoho.eu/") else None


def test_a_ticket_is_read_leniently() -> None:
    ticket = replies.ticket(TICKET)
    assert ticket == r.Ticket(
        id="417000000123001",
        number="5127",
        subject="Delete my data please",
        status="Solved",
        status_type="closed",
        department_id="7",
        contact_id="44",
        created=NINE,
        description="<div>Hello &lt;all&gt;</div>",
        closed=datetime(2026, 3, 2, 9, 15, 0, 123000, tzinfo=UTC),
        secondary_contact_ids=("45", "46"),
        custom={"cf_privacy_action": None, "cf_flag": "true", "cf_text": "x"},
        thread_count=121,
        comment_count=3,
        trashed=True,
    )
    assert ticket.raw is TICKET


def test_a_field_hidden_from_us_is_none() -> None:
    ticket = replies.ticket({"id": "1", "createdTime": "2026-03-02T09:15:00Z"})
    assert (ticket.email, ticket.description, ticket.modified, ticket.contact_id) == (None, None, None, None)


@pytest.mark.parametrize("raw", [{"createdTime": "2026-03-02T09:15:00Z"}, {"id": "1"}, {"id": "1", "createdTime": "?"}])
def test_a_ticket_without_id_or_age_is_not_guessed_at(raw: r.Raw) -> None:
    """A guessed creation time would decide about retention."""
    with pytest.raises(DeskForbidden):
        replies.ticket(raw)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Open", "open"),
        ("OPEN", "open"),
        ("On Hold", "on_hold"),
        ("ONHOLD", "on_hold"),
        ("on_hold", "on_hold"),
        ("Closed", "closed"),
        ("CLOSED", "closed"),
        ("Archived?", "open"),
        (None, "open"),
        (7, "open"),
    ],
)
def test_status_types_are_folded_and_the_unknown_is_open(written: object, folded: str) -> None:
    """Open is what no retention rule erases."""
    assert replies.status_type(written) == folded


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-02T09:15:00.000Z",
        "2026-03-02T09:15:00Z",
        "2026-03-02T09:15:00",
        "2026-03-02T10:15:00+01:00",
        "1772442900000",
        1772442900000,
        "1772442900",
        1772442900,
    ],
)
def test_times_come_in_many_forms(written: object) -> None:
    assert replies.moment(written) == NINE


@pytest.mark.parametrize("written", [None, "", "today", True, {}, "9" * 40, "2026-13-02T09:15:00Z"])
def test_what_is_no_time_is_none(written: object) -> None:
    assert replies.moment(written) is None


def test_a_thread_from_a_list_has_no_content() -> None:
    raw = {
        "id": "55",
        "createdTime": "2026-03-02T09:15:00Z",
        "direction": "in",
        "channel": "EMAIL",
        "author": {"type": "END_USER", "email": "ada.moss@example.net", "firstName": "Ada", "lastName": "Moss"},
        "isDescriptionThread": True,
        "summary": "Hello",
        "to": '"Privacy" <privacy@example.com>',
        "attachments": [{"id": "9", "name": "a.pdf", "size": "12", "href": "https://desk.zoho.eu/api/v1/x"}],
    }
    thread = replies.thread(raw, "1", path)
    assert (thread.content, thread.direction, thread.author_type) == (None, "in", "END_USER")
    assert (thread.author_name, thread.is_description, thread.status) == ("Ada Moss", True, "SUCCESS")
    assert thread.attachments == (r.Attachment("9", "a.pdf", 12, "/api/v1/x"),)


@pytest.mark.parametrize("direction", ["out", "sideways", None])
def test_a_message_not_marked_incoming_is_not_the_customers(direction: object) -> None:
    raw = {"id": "55", "createdTime": "2026-03-02T09:15:00Z", "direction": direction, "author": None}
    assert replies.thread(raw, "1", path).direction == "out"


def test_a_file_on_a_foreign_host_has_no_path() -> None:
    raw = {"id": "9", "name": "a.pdf", "size": "12", "href": "https://evil.example/api/v1/x"}
    assert replies.attachment(raw, path).href == ""


def test_a_comment_knows_who_wrote_it() -> None:
    raw = {
        "id": "3",
        "content": "seen",
        "isPublic": False,
        "commentedTime": "2026-03-02T09:15:00Z",
        "commenter": {"id": "59", "type": "AGENT"},
    }
    comment = replies.comment(raw, "1", path)
    assert (comment.commenter_id, comment.commenter_type, comment.public) == ("59", "AGENT", False)


def event(**members: object) -> r.Raw:
    return {"eventName": "TicketUpdated", "eventTime": "2026-03-02T09:15:00Z", **members}


@pytest.mark.parametrize(
    ("actor", "info", "agent"),
    [
        ({"id": "59", "type": "Agent"}, [], "59"),
        ({"id": "8", "type": "Macro"}, [{"id": "59", "name": "X", "type": "Agent"}], "59"),
        (
            {"id": "8", "type": "Macro"},
            [{"propertyName": "RunBy", "propertyValue": {"id": "59", "type": "Agent"}}],
            "59",
        ),
        ({"id": "8", "type": "Macro"}, [{"id": "44", "type": "Contact"}], None),
        ({"id": "8", "type": "Macro"}, None, None),
        ({"id": "44", "type": "Contact"}, [], None),
        (None, None, None),
    ],
)
def test_the_human_behind_a_change_is_found(actor: object, info: object, agent: str | None) -> None:
    """Approvals count only where a person is known, also behind a macro."""
    assert replies.history_event(event(actor=actor, actorInfo=info)).agent_id == agent


def test_changes_have_a_before_and_an_after() -> None:
    info = [
        {"propertyName": "Status", "propertyValue": {"previousValue": "Open", "updatedValue": "Solved"}},
        {"propertyName": "Case Owner", "propertyValue": {"id": "59", "name": "Agent A", "type": "Agent"}},
        {"propertyName": "Contact", "propertyValue": {"previousValue": None, "updatedValue": {"id": "44"}}},
        {"propertyName": "Tags", "propertyValue": ["a", {"name": "b"}]},
        {"propertyName": "Is Escalated", "propertyValue": False},
    ]
    assert replies.history_event(event(eventInfo=info)).changes == (
        r.Change("Status", "Open", "Solved"),
        r.Change("Case Owner", None, "Agent A"),
        r.Change("Contact", None, "44"),
        r.Change("Tags", None, "a, b"),
        r.Change("Is Escalated", None, "false"),
    )


def test_a_contact_is_read() -> None:
    raw = {
        "id": "44",
        "firstName": None,
        "lastName": "Moss",
        "email": "ada.moss@example.net",
        "secondaryEmail": "ADA@example.org ",
        "photoURL": "https://desk.zoho.eu/api/v1/contacts/44/photo",
        "zohoCRMContact": {"id": "900", "type": "contacts_leads"},
        "account": {"id": "70", "accountName": "Acme"},
        "isEndUser": True,
        "isDeleted": True,
    }
    contact = replies.contact(raw)
    assert (contact.first_name, contact.account_id, contact.account_name) == (None, "70", "Acme")
    assert (contact.has_photo, contact.crm_id, contact.is_end_user, contact.trashed) == (True, "900", True, True)
    assert replies.has_address(raw, " ada@Example.org")
    assert not replies.has_address(raw, "ada@example.orgs")


def test_an_agent_has_a_mail_address_and_a_state() -> None:
    raw = {"id": "59", "emailId": "a@example.com", "firstName": "Agent", "lastName": "A", "status": "DISABLED"}
    assert replies.agent(raw) == r.Agent("59", "a@example.com", "Agent A", active=False)


def test_a_from_address_is_usable_only_if_desk_says_so() -> None:
    assert replies.from_address({"address": "p@example.com"}) == r.FromAddress(
        "p@example.com", "", active=False, verified=False
    )


def test_field_values_carry_their_status_type() -> None:
    raw = {
        "apiName": "status",
        "displayLabel": "Status",
        "type": "Picklist",
        "allowedValues": [{"value": "Solved", "statusType": "CLOSED"}, {"value": "x"}, "y"],
    }
    field = replies.field_info(raw)
    assert field.values == (("Solved", "closed"), ("x", ""), ("y", ""))
    assert not field.custom


@pytest.mark.req("R-SEC-8")
def test_the_bin_shows_no_names() -> None:
    raw = {"id": "1", "displayName": "planted", "type": "Tickets", "deletedTime": "2026-03-02T09:15:00Z"}
    item = replies.bin_item(raw)
    assert item == r.BinItem("1", "Tickets", NINE)
    assert "planted" not in repr(item)
