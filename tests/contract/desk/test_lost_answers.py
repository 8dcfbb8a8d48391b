"""Every write of the client whose answer is lost: before it was done, or after. Nothing is ever done twice.

An absolute write may be sent again; a write that counts once goes out once, and whoever asked reads back.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import pytest

from tests.contract.desk.conftest import ADA, Office, file
from zoho_privacy.adapters.desk import further_calls
from zoho_privacy.domain.errors import Ambiguous, NotFound
from zoho_privacy.domain.records import NewTicket, TicketPatch
from zoho_privacy.ports import DeskWriter

PRIVACY = "privacy@desk.example.com"
DONE = ("error500_after_write", "drop_after_write")
NOT_DONE = ("error500", "drop_before")


class Story(NamedTuple):
    """A write: the method and path it takes, how to prepare and make it, and how often it is found done."""

    method: str
    path: str
    once: bool
    prepare: Callable[[Office], Any]
    write: Callable[[Office, Any], object]
    found: Callable[[Office, Any], int]


def gone(read: Callable[[], object]) -> int:
    try:
        read()
    except NotFound:
        return 1
    return 0


def person(office: Office) -> dict[str, Any]:
    photo = file("", b"png")["contentBase64"]
    return office.contact(
        comments=[{"content": "note"}], attachments=[file("a.txt", b"x")], photoBase64=photo, portalUser=True
    )


def full(office: Office) -> dict[str, Any]:
    return office.ticket(
        comments=[{"content": "note"}],
        attachments=[file("a.txt", b"x")],
        resolution="fixed",
        tags=["vip"],
        tasks=[{"subject": "call"}],
    )


def in_bin(office: Office) -> dict[str, Any]:
    made = office.ticket()
    office.write.trash_tickets([made["id"]])
    return made


def notes(office: Office, made: dict[str, Any]) -> int:
    return sum(each.content == "a note" for each in office.read.comments(made["id"]))


def copies(office: Office, made: dict[str, Any]) -> int:
    return sum(each.subject == "Copy" for each in office.read.newest_tickets(made["contactId"], office.support))


STORIES: Mapping[str, Story] = {
    "send_reply": Story(
        "POST", "/sendReply", True, lambda o: o.zoho.mail(sender=ADA, to=PRIVACY),
        lambda o, m: o.write.send_reply(m["ticketId"], from_address=PRIVACY, to=ADA, html="x", in_reply_to=None),
        lambda o, _: len(o.zoho.outbox(to=ADA)),
    ),
    "add_comment": Story(
        "POST", "/comments", True, full, lambda o, m: o.write.add_comment(m["id"], "a note"), notes
    ),
    "create_contact": Story(
        "POST", "/contacts", True, full, lambda o, _: o.write.create_contact("Redacted person"),
        lambda o, _: sum(each.last_name == "Redacted person" for each in o.read.newest_contacts()),
    ),
    "create_ticket": Story(
        "POST", "/tickets", True, full,
        lambda o, m: o.write.create_ticket(NewTicket(o.support, m["contactId"], "Copy", "x")), copies,
    ),
    "erase_natively": Story(
        "POST", "/subjectAccessRequests/erase", True, full,
        lambda o, m: o.write.erase_natively(ADA, [m["id"]], reference=m["ticketNumber"]),
        lambda o, _: len(o.read.subject_requests(ADA)),
    ),
    "add_tags": Story(
        "POST", "/associateTag", False, full, lambda o, m: o.write.add_tags(m["id"], ["privacy-access"]),
        lambda o, m: int("privacy-access" in o.read.tags(m["id"])),
    ),
    "remove_tags": Story(
        "POST", "/dissociateTag", False, full, lambda o, m: o.write.remove_tags(m["id"], ["vip"]),
        lambda o, m: int("vip" not in o.read.tags(m["id"])),
    ),
    "update_ticket": Story(
        "PATCH", "/tickets/", False, full, lambda o, m: o.write.update_ticket(m["id"], TicketPatch(subject="New")),
        lambda o, m: int(o.read.ticket(m["id"]).subject == "New"),
    ),
    "update_contact": Story(
        "PATCH", "/contacts/", False, person, lambda o, m: o.write.update_contact(m["id"], {"first_name": "New"}),
        lambda o, m: int(o.read.contact(m["id"]).first_name == "New"),
    ),
    "trash_tickets": Story(
        "POST", "/tickets/moveToTrash", False, full, lambda o, m: o.write.trash_tickets([m["id"]]),
        lambda o, m: sum(each.id == m["id"] for each in o.read.bin_items()),
    ),
    "restore_tickets": Story(
        "POST", "/recycleBin/restore", False, in_bin, lambda o, m: o.write.restore_tickets([m["id"]]),
        lambda o, m: int(not o.read.ticket(m["id"]).trashed),
    ),
    "trash_contacts": Story(
        "POST", "/contacts/moveToTrash", False, person, lambda o, m: o.write.trash_contacts([m["id"]]),
        lambda o, m: sum(each.id == m["id"] for each in o.read.bin_items()),
    ),
    "trash_activities": Story(
        "POST", "/tasks/moveToTrash", False, full, lambda o, m: o.write.trash_activities("tasks", m["activityIds"]),
        lambda o, m: int(not o.read.activities(m["id"])),
    ),
    "purge": Story(
        "POST", "/recycleBin/delete", False, in_bin, lambda o, m: o.write.purge([m["id"]]),
        lambda o, m: gone(lambda: o.read.ticket(m["id"])),
    ),
    "delete_comment": Story(
        "DELETE", "/comments/", False, full, lambda o, m: o.write.delete_comment(m["id"], m["commentIds"][0]),
        lambda o, m: int(not list(o.read.comments(m["id"]))),
    ),
    "delete_attachment": Story(
        "DELETE", "/attachments/", False, full, lambda o, m: o.write.delete_attachment(m["id"], m["attachmentIds"][0]),
        lambda o, m: int(not list(o.read.attachments(m["id"]))),
    ),
    "attach_file": Story(
        "POST", "/attachments", True, full, lambda o, m: o.write.attach_file(m["id"], "b.txt", b"y", public=False),
        lambda o, m: sum(each.name == "b.txt" for each in o.read.attachments(m["id"])),
    ),
    "delete_resolution": Story(
        "DELETE", "/resolution", False, full, lambda o, m: o.write.delete_resolution(m["id"]),
        lambda o, m: int(o.read.resolution(m["id"]) is None),
    ),
    "delete_contact_comment": Story(
        "DELETE", "/comments/", False, person,
        lambda o, m: o.write.delete_contact_comment(m["id"], m["commentIds"][0]),
        lambda o, m: int(not o.read.contact_comments(m["id"])),
    ),
    "delete_contact_attachment": Story(
        "DELETE", "/attachments/", False, person,
        lambda o, m: o.write.delete_contact_attachment(m["id"], m["attachmentIds"][0]),
        lambda o, m: int(not o.read.contact_attachments(m["id"])),
    ),
    "delete_contact_photo": Story(
        "DELETE", "/photo", False, person, lambda o, m: o.write.delete_contact_photo(m["id"]),
        lambda o, m: int(not o.read.contact(m["id"]).has_photo),
    ),
    "anonymise_user": Story(
        "POST", "/anonymize", False, person, lambda o, m: o.write.anonymise_user(m["portalUserId"], "Guest 1"),
        lambda o, m: int(ADA not in repr(o.read.portal_user(m["portalUserId"]))),
    ),
    "further: attach": Story(
        "POST", "/attachments", True, full,
        lambda o, m: o.desk.further.create(further_calls.attach(m["id"], "b.txt", b"y")),
        lambda o, m: sum(each.name == "b.txt" for each in o.read.attachments(m["id"])),
    ),
    "further: close": Story(
        "POST", "/closeTickets", False, full,
        lambda o, m: o.desk.further.write(further_calls.close_tickets([m["id"]])),
        lambda o, m: int(o.read.ticket(m["id"]).status_type == "closed"),
    ),
    "further: restore": Story(
        "POST", "/recycleBin/restore", False, in_bin,
        lambda o, m: o.desk.further.mass(further_calls.restore([m["id"]])),
        lambda o, m: int(not o.read.ticket(m["id"]).trashed),
    ),
}  # fmt: skip


def test_no_write_is_left_out() -> None:
    writes = {name for name in vars(DeskWriter) if not name.startswith("_")}
    assert writes - set(STORIES) == set()


def faulty(office: Office, story: Story, kind: str) -> tuple[Any, bool]:
    """Make the write while its first answer is lost; return what it was about and whether the caller was told."""
    made = story.prepare(office)
    before = len(sent(office, story))
    office.fault(kind, story.path, method=story.method)
    told = True
    with suppress(Ambiguous):
        story.write(office, made)
        told = False
    assert len(sent(office, story)) - before == 1 or not story.once
    return made, told


def sent(office: Office, story: Story) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = office.zoho.bench("GET", "/calls")
    return [call for call in calls if call["method"] == story.method and story.path in call["path"]]


@pytest.mark.req("R-PLAN-3")
@pytest.mark.parametrize("kind", DONE)
@pytest.mark.parametrize("name", STORIES)
def test_a_write_that_landed_is_done_exactly_once(office: Office, name: str, kind: str) -> None:
    story = STORIES[name]
    made, told = faulty(office, story, kind)
    assert story.found(office, made) == 1
    assert told or not story.once


@pytest.mark.req("R-PLAN-3")
@pytest.mark.parametrize("kind", NOT_DONE)
@pytest.mark.parametrize("name", STORIES)
def test_a_write_that_did_not_land_is_repeated_or_told(office: Office, name: str, kind: str) -> None:
    story = STORIES[name]
    made, told = faulty(office, story, kind)
    assert (told, story.found(office, made)) == ((True, 0) if story.once else (False, 1))
