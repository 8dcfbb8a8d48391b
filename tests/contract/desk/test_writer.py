"""What every DeskWriter does, judged by what the portal really stores."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.desk.conftest import ADA, BEN, Office, file
from zoho_privacy.domain.errors import BadInput, DeskForbidden, DeskRejected, NotFound
from zoho_privacy.domain.records import NewTicket, TicketPatch
from zoho_privacy.ports import DeskReader, DeskWriter

PRIVACY = "privacy@desk.example.com"


def methods(port: type) -> Iterator[str]:
    return (name for name, member in inspect.getmembers(port, inspect.isfunction) if not name.startswith("_"))


def test_every_method_of_both_ports_is_exercised_here() -> None:
    """A method that only type-checks may never have met a server."""
    sources = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    missing = [f"read.{name}" for name in methods(DeskReader) if f"office.read.{name}(" not in sources]
    missing += [f"write.{name}" for name in methods(DeskWriter) if f"office.write.{name}(" not in sources]
    assert missing == []


# -------------------------------------------------------------------------------------------------------------- speak


def test_a_reply_reaches_the_customer_once(office: Office) -> None:
    made = office.zoho.mail(sender=ADA, to=PRIVACY, subject="My data")
    thread_id = office.write.send_reply(
        made["ticketId"], from_address=PRIVACY, to=ADA, html="<p>Noted.</p>", in_reply_to=made["threadId"]
    )
    (mail,) = office.zoho.outbox(to=ADA)
    assert (mail["kind"], mail["from"], mail["content"]) == ("reply", PRIVACY, "<p>Noted.</p>")
    thread = office.read.thread(made["ticketId"], thread_id)
    assert (thread.direction, thread.status, thread.visibility) == ("out", "SUCCESS", "public")
    assert (thread.to, thread.content) == (ADA, "<p>Noted.</p>")


def test_a_private_reply_reaches_somebody_else_and_is_not_shown_to_the_customer(office: Office) -> None:
    made = office.zoho.mail(sender=ADA, to=PRIVACY, subject="For my client")
    other = "ben.orlov@example.org"
    thread_id = office.write.send_reply(
        made["ticketId"], from_address=PRIVACY, to=other, html="<p>Is that so?</p>", in_reply_to=None, private=True
    )
    assert [mail["content"] for mail in office.zoho.outbox(to=other)] == ["<p>Is that so?</p>"]
    assert office.read.thread(made["ticketId"], thread_id).visibility == "private"


def test_a_reply_from_an_unverified_address_is_refused(office: Office) -> None:
    made = office.zoho.mail(sender=ADA, to=PRIVACY)
    with pytest.raises(DeskRejected):
        office.write.send_reply(
            made["ticketId"], from_address="unverified." + PRIVACY, to=ADA, html="<p>x</p>", in_reply_to=None
        )
    assert office.zoho.outbox() == []


def test_a_note_is_private(office: Office) -> None:
    made = office.ticket()
    comment_id = office.write.add_comment(made["id"], "Seen <b> & noted 👍")
    (comment,) = office.read.comments(made["id"])
    assert (comment.id, comment.public, comment.content) == (comment_id, False, "Seen <b> & noted 👍")
    assert comment.commenter_id == office.read.me().id


def test_tags_come_and_go_and_may_be_repeated(office: Office) -> None:
    made = office.ticket(tags=["vip"])
    for _ in range(2):
        office.write.add_tags(made["id"], ["privacy-access", "privacy-due"])
    assert office.read.tags(made["id"]) == {"vip", "privacy-access", "privacy-due"}
    for _ in range(2):
        office.write.remove_tags(made["id"], ["privacy-due"])
    assert office.read.tags(made["id"]) == {"vip", "privacy-access"}


# ---------------------------------------------------------------------------------------------------------- overwrite


def test_fields_are_overwritten_and_the_rest_stays(office: Office) -> None:
    made = office.ticket(description="<div>secret</div>", phone="+49 30 5550100", cf={"cf_privacy_state": "a"})
    office.write.update_ticket(
        made["id"], TicketPatch(subject="Masked", description="", custom={"cf_privacy_state": "done"})
    )
    ticket = office.read.ticket(made["id"])
    assert (ticket.subject, ticket.phone) == ("Masked", "+49 30 5550100")
    assert not ticket.description
    assert ticket.custom["cf_privacy_state"] == "done"


@pytest.mark.parametrize("emptied_by", ["both", "empty_string", "null"])
def test_a_field_is_emptied_whichever_way_the_portal_takes(office: Office, emptied_by: str) -> None:
    office.switch(clear_with=emptied_by)
    made = office.ticket(phone="+49 30 5550100", cf={"cf_privacy_state": "a"}, resolution="street")
    office.write.update_ticket(
        made["id"], TicketPatch(phone="", email="", resolution="", custom={"cf_privacy_state": None})
    )
    ticket = office.read.ticket(made["id"])
    assert (ticket.phone, ticket.email, ticket.resolution) == (None, None, None)
    assert not ticket.custom["cf_privacy_state"]


def test_a_close_sends_no_closure_mail(office: Office) -> None:
    made = office.ticket()
    office.write.update_ticket(made["id"], TicketPatch(status="Resolved"))
    assert office.read.ticket(made["id"]).status_type == "closed"
    assert office.zoho.outbox() == []


@pytest.mark.parametrize("refusal", ["blueprint", "mandatory_field"])
def test_a_close_that_the_portal_forbids_is_refused(office: Office, refusal: str) -> None:
    made = office.ticket()
    office.switch(status_change=refusal)
    with pytest.raises(DeskRejected):
        office.write.update_ticket(made["id"], TicketPatch(status="Resolved"))
    assert office.read.ticket(made["id"]).status_type == "open"


@pytest.mark.parametrize("emptied_by", ["both", "empty_string", "null"])
def test_a_contact_is_overwritten(office: Office, emptied_by: str) -> None:
    office.switch(clear_with=emptied_by)
    person = office.contact(phone="+49 30 5550100", street="Lindenweg 7", cf={"cf_customer_number": "4711"})
    office.write.update_contact(
        person["id"],
        {
            "first_name": "",
            "last_name": "Redacted",
            "email": "redacted-1@example.com",
            "phone": "",
            "street": "",
            "cf_customer_number": "",
        },
    )
    contact = office.read.contact(person["id"])
    assert (contact.first_name, contact.last_name, contact.phone) == (None, "Redacted", None)
    assert contact.email == "redacted-1@example.com"
    assert not contact.raw["street"]
    assert not contact.raw["cf"]["cf_customer_number"]


def test_a_taken_address_is_refused(office: Office) -> None:
    person = office.contact()
    office.contact(email=BEN)
    with pytest.raises(DeskRejected) as refused:
        office.write.update_contact(person["id"], {"email": BEN})
    assert BEN not in str(refused.value)


# -------------------------------------------------------------------------------------------------------------- erase


def test_a_ticket_is_trashed_and_then_gone_for_good(office: Office) -> None:
    made = office.ticket(threads=[{"content": "<div>planted-text</div>"}], attachments=[file("a.txt", b"planted-text")])
    office.write.trash_tickets([made["id"]])
    assert office.read.ticket(made["id"]).trashed
    assert office.zoho.stored("planted-text") != []
    assert office.write.purge([made["id"]]) == {made["id"]: True}
    with pytest.raises(NotFound):
        office.read.ticket(made["id"])
    assert office.zoho.stored("planted-text") == []


@pytest.mark.req("R-RETAIN-13")
def test_a_ticket_comes_back_from_the_bin_with_what_hangs_on_it(office: Office) -> None:
    made = office.ticket(threads=[{"content": "<div>planted-text</div>"}], attachments=[file("a.txt", b"planted")])
    office.write.trash_tickets([made["id"]])
    office.write.restore_tickets([made["id"]])
    assert not office.read.ticket(made["id"]).trashed
    assert len(list(office.read.threads(made["id"]))) == 1
    assert [each.name for each in office.read.attachments(made["id"])] == ["a.txt"]
    assert made["id"] not in {item.id for item in office.read.bin_items()}
    office.write.restore_tickets([made["id"]])


@pytest.mark.req("R-ERASE-3")
def test_a_person_in_the_bin_is_listed_by_name_and_read_by_id(office: Office) -> None:
    """No search shows them there."""
    made = office.contact()
    office.write.trash_contacts([made["id"]])
    (item,) = [each for each in office.read.bin_items() if each.id == made["id"]]
    person = office.read.contact(made["id"])
    assert (item.type, item.name, person.trashed) == ("Contacts", f"{person.first_name} {person.last_name}", True)


@pytest.mark.req("R-ERASE-4")
def test_a_purge_answers_for_each_id(office: Office) -> None:
    """A mass call answers 200 with failures inside."""
    trashed, live = office.ticket(), office.ticket(contact=ADA)
    office.write.trash_tickets([trashed["id"]])
    assert office.write.purge([trashed["id"], live["id"]]) == {trashed["id"]: True, live["id"]: False}
    assert not office.read.ticket(live["id"]).trashed


def test_more_tickets_than_one_call_takes(office: Office) -> None:
    person = office.contact()
    ids = [made["id"] for made in office.seed(tickets=[{"contact": person["id"]}] * 60)["tickets"]]
    office.write.trash_tickets(ids)
    assert len(list(office.read.bin_items())) == 60
    assert set(office.write.purge(ids).values()) == {True}
    assert list(office.read.bin_items()) == []


def test_a_contact_without_tickets_is_erased(office: Office) -> None:
    person = office.contact()
    office.write.trash_contacts([person["id"]])
    assert office.read.contact(person["id"]).trashed
    assert office.write.purge([person["id"]]) == {person["id"]: True}
    assert office.zoho.stored(ADA) == []


@pytest.mark.parametrize("kind", ["tasks", "calls", "events"])
def test_what_hangs_on_a_ticket_is_erased(office: Office, kind: str) -> None:
    made = office.ticket(**{kind: [{"subject": "planted-text"}]})
    office.write.trash_activities(kind, made["activityIds"])
    assert office.read.activities(made["id"]) == []
    assert set(office.write.purge(made["activityIds"]).values()) == {True}
    assert [place for place in office.zoho.stored("planted-text") if place["where"] != "history"] == []


def test_parts_of_a_ticket_are_deleted_also_twice(office: Office) -> None:
    made = office.ticket(
        comments=[{"content": "planted-note"}], attachments=[file("a.txt", b"x")], resolution="planted-resolution"
    )
    for _ in range(2):
        office.write.delete_comment(made["id"], made["commentIds"][0])
        office.write.delete_attachment(made["id"], made["attachmentIds"][0])
        office.write.delete_resolution(made["id"])
    assert list(office.read.comments(made["id"])) == []
    assert list(office.read.attachments(made["id"])) == []
    assert office.read.resolution(made["id"]) is None
    assert [(item.id, item.type) for item in office.read.bin_items()] == [(made["attachmentIds"][0], "Attachments")]


def test_a_file_is_put_on_a_ticket_for_agents_only(office: Office) -> None:
    made = office.ticket()
    file_id = office.write.attach_file(made["id"], "log é.txt", b"line\r\n", public=False)
    (found,) = office.read.attachments(made["id"])
    assert (found.id, found.name, found.raw["isPublic"]) == (file_id, "log é.txt", False)
    assert b"".join(office.read.download(found)) == b"line\r\n"


def test_parts_of_a_contact_are_deleted_also_twice(office: Office) -> None:
    person = office.contact(
        comments=[{"content": "planted-note"}],
        attachments=[file("a.txt", b"x")],
        photoBase64=file("", b"png")["contentBase64"],
    )
    for _ in range(2):
        office.write.delete_contact_comment(person["id"], person["commentIds"][0])
        office.write.delete_contact_attachment(person["id"], person["attachmentIds"][0])
        office.write.delete_contact_photo(person["id"])
    assert office.read.contact_comments(person["id"]) == []
    assert office.read.contact_attachments(person["id"]) == []
    assert not office.read.contact(person["id"]).has_photo


def test_a_help_centre_account_is_wiped(office: Office) -> None:
    person = office.contact(portalUser=True)
    office.write.anonymise_user(person["portalUserId"], "Guest 1")
    user = office.read.portal_user(person["portalUserId"])
    assert ADA not in repr(user)
    office.write.anonymise_user(person["portalUserId"], "Guest 1")


def test_a_missing_permission_needs_a_person(office: Office) -> None:
    made = office.ticket()
    agent = office.read.me().id
    office.write.trash_tickets([made["id"]])
    office.zoho.bench(
        "POST", "/agent/permissions", {"agentId": agent, "permissions": {"recycleBin": False, "delete": False}}
    )
    with pytest.raises(DeskForbidden):
        office.write.purge([made["id"]])
    with pytest.raises(DeskForbidden):
        list(office.read.bin_items())


def test_an_archived_ticket_refuses_writes(office: Office) -> None:
    """Retention must report what it could not do."""
    made = office.ticket(archived=True)
    with pytest.raises(DeskRejected):
        office.write.update_ticket(made["id"], TicketPatch(subject="x"))


def test_a_bad_id_is_not_sent(office: Office) -> None:
    with pytest.raises(BadInput):
        office.write.trash_tickets(["emptySpam"])


# --------------------------------------------------------------------------------------------------------- make anew


@pytest.mark.req("R-ERASE-2")
def test_a_copy_is_made_for_somebody_without_an_address_and_nobody_is_told(office: Office) -> None:
    contact_id = office.write.create_contact("Redacted person")
    ticket_id = office.write.create_ticket(
        NewTicket(
            office.support,
            contact_id,
            "Copy <1>",
            "Works & prints",
            {"category": "Hardware"},
            {"cf_privacy_state": "x"},
        )
    )
    ticket = office.read.ticket(ticket_id)
    assert (ticket.subject, ticket.contact_id, ticket.category) == ("Copy <1>", contact_id, "Hardware")
    assert (ticket.email, ticket.phone, ticket.custom["cf_privacy_state"]) == (None, None, "x")
    office.write.update_ticket(ticket_id, TicketPatch(status="Resolved", resolution="Replaced the fuser."))
    assert office.read.resolution(ticket_id) == "Replaced the fuser."
    assert office.zoho.outbox() == []


def test_the_newest_tickets_come_first_and_at_once(office: Office) -> None:
    office.switch(search_lag_seconds="600")
    contact_id = office.write.create_contact("Redacted person")
    made = [office.write.create_ticket(NewTicket(office.support, contact_id, f"Copy {n}", "x")) for n in range(3)]
    assert next(iter(office.read.newest_contacts())).id == contact_id
    assert {each.id for each in office.read.newest_tickets(contact_id, office.support)} == set(made)


@pytest.mark.req("R-API-2")
def test_zohos_own_erasure_is_asked_for_and_followed(office: Office) -> None:
    office.switch(sar_step_seconds="0")
    ticket = office.ticket()
    request_id = office.write.erase_natively(ADA, [ticket["id"]], reference=ticket["ticketNumber"])
    assert office.read.subject_request(request_id).kind == "ERASURE_REQUEST"
    assert [(each.id, each.reference) for each in office.read.subject_requests(ADA)] == [
        (request_id, ticket["ticketNumber"])
    ]
    assert office.read.subject_requests(BEN) == []
