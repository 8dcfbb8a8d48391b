"""What every DeskReader does; the adapter is the client on the emulated portal."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.desk.conftest import ADA, BEN, Office, file
from zoho_privacy.adapters.desk.hosts import url_trusted
from zoho_privacy.domain import records as r
from zoho_privacy.domain.errors import BadInput, NotFound
from zoho_privacy.ports import TicketQuery

NOWHERE = "123456789012345678"
MARCH = datetime(2025, 3, 1, tzinfo=UTC)


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


# -------------------------------------------------------------------------------------------------------------- setup


def test_the_portal_describes_itself(office: Office) -> None:
    portal = office.read.portal()
    assert (portal.id, portal.edition) == (office.info["orgId"], "ENTERPRISE")
    assert office.read.org == portal.id
    assert [(d.id, d.name, d.enabled) for d in office.read.departments()] == [
        (office.support, "Support", True),
        (office.privacy, "Privacy", True),
    ]


def test_agents_are_known_by_id_and_address(office: Office) -> None:
    wanted = {(each["id"], each["email"], each["name"]) for each in office.info["agents"]}
    assert {(agent.id, agent.email, agent.name) for agent in office.read.agents()} == wanted
    me = office.read.me()
    assert (me.id, me.email, me.name) in wanted
    assert me.active


def test_closed_statuses_are_known_by_type(office: Office) -> None:
    """Portals rename `Closed`."""
    fields = {field.api_name: field for field in office.read.fields("tickets")}
    assert dict(fields["status"].values)["Resolved"] == "closed"
    assert dict(fields["status"].values)["On Hold"] == "on_hold"
    assert fields["cf_privacy_action"].custom
    assert ("Erase" in dict(fields["cf_privacy_action"].values)) == (
        "Erase" in office.info["fields"]["cf_privacy_action"]
    )
    assert not fields["subject"].custom


def test_unverified_from_addresses_are_told_apart(office: Office) -> None:
    found = office.read.from_addresses(office.privacy)
    assert {(each.address, each.verified) for each in found} == {
        ("privacy@desk.example.com", True),
        ("unverified.privacy@desk.example.com", False),
    }
    assert all(each.active and each.department_id == office.privacy for each in found)
    assert len(office.read.from_addresses()) == 4


# ------------------------------------------------------------------------------------------------------------- ticket


def test_a_ticket_is_read_whole(office: Office) -> None:
    made = office.ticket(
        description="<div>Hello &amp; goodbye</div>",
        createdTime="2025-03-01T10:00:00.000Z",
        closedTime="2025-03-02T10:00:00.000Z",
        cf={"cf_privacy_state": "waiting"},
        phone="+49 30 5550100",
        departmentId=office.privacy,
        secondaryContacts=[{"lastName": "Orlov", "email": BEN}],
    )
    ticket = office.read.ticket(made["id"])
    assert (ticket.id, ticket.number, ticket.subject) == (made["id"], made["ticketNumber"], "Old matter")
    assert ticket.description == "<div>Hello &amp; goodbye</div>"
    assert (ticket.status, ticket.status_type) == ("Resolved", "closed")
    assert (ticket.email, ticket.phone, ticket.contact_id) == (ADA, "+49 30 5550100", made["contactId"])
    assert ticket.department_id == office.privacy
    assert ticket.created == datetime(2025, 3, 1, 10, tzinfo=UTC)
    assert ticket.closed == datetime(2025, 3, 2, 10, tzinfo=UTC)
    assert ticket.modified is not None
    assert ticket.custom == {"cf_privacy_action": None, "cf_privacy_state": "waiting"}
    assert len(ticket.secondary_contact_ids) == 1
    assert {ticket.trashed, ticket.spam, ticket.archived} == {False}


@pytest.mark.parametrize("shown", ["404", "tombstone"])
def test_a_ticket_deleted_for_good_is_not_found(office: Office, shown: str) -> None:
    """Whether Desk answers 404 or shows that it is deleted is not established: gone is gone."""
    made = office.ticket()
    office.switch(get_purged_ticket=shown)
    office.write.trash_tickets([made["id"]])
    assert office.read.ticket(made["id"]).trashed
    office.write.purge([made["id"]])
    with pytest.raises(NotFound):
        office.read.ticket(made["id"])


def test_an_unknown_ticket_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        office.read.ticket(NOWHERE)


def test_threads_come_oldest_first_and_without_content(office: Office) -> None:
    made = office.ticket(
        threads=[
            {"content": "<div>first</div>", "createdTime": "2025-03-01T10:00:00.000Z"},
            {"content": "<div>second</div>", "createdTime": "2025-03-02T10:00:00.000Z", "direction": "out"},
            {
                "content": "<div>third</div>",
                "createdTime": "2025-03-03T10:00:00.000Z",
                "attachments": [file("a", b"x")],
            },
        ],
        createdTime="2025-03-01T10:00:00.000Z",
    )
    threads = list(office.read.threads(made["id"]))
    assert [thread.id for thread in threads] == made["threadIds"]
    assert [thread.direction for thread in threads] == ["in", "out", "in"]
    assert [thread.author_type for thread in threads] == ["END_USER", "AGENT", "END_USER"]
    assert [thread.content for thread in threads] == [None, None, None]
    assert [thread.is_description for thread in threads] == [True, False, False]
    assert threads[0].author_email == ADA
    assert threads[0].created == datetime(2025, 3, 1, 10, tzinfo=UTC)


def test_a_long_correspondence_is_read_to_its_end(office: Office) -> None:
    """More than one page: a forgotten page would be a person's forgotten data."""
    threads = [{"content": f"<div>{n}</div>", "createdTime": iso(MARCH + timedelta(minutes=n))} for n in range(203)]
    made = office.ticket(threads=threads, createdTime=iso(MARCH))
    assert [thread.id for thread in office.read.threads(made["id"])] == made["threadIds"]


def test_a_message_has_its_whole_content(office: Office) -> None:
    office.switch(truncate_thread_at="200")
    text = "<div>" + "long letter " * 100 + "end</div>"
    made = office.ticket(threads=[{"content": text, "attachments": [file("note.txt", b"hello")]}])
    thread = office.read.thread(made["id"], made["threadIds"][0])
    assert thread.content == text
    assert not thread.truncated
    assert thread.content_type == "text/html"
    assert thread.to == "support@desk.example.com"
    assert thread.from_address == ADA
    (attached,) = thread.attachments
    assert b"".join(office.read.download(attached)) == b"hello"


def test_the_source_of_a_mail_shows_its_headers(office: Office) -> None:
    made = office.zoho.mail(subject="Away", text="I am away.", headers={"Auto-Submitted": "auto-replied"})
    mail = office.read.original_mail(made["ticketId"], made["threadId"])
    assert mail is not None
    assert "Auto-Submitted: auto-replied" in mail.source


def test_comments_and_their_earlier_texts(office: Office) -> None:
    made = office.ticket(
        comments=[
            {"content": "first note", "createdTime": "2025-03-02T10:00:00.000Z", "earlierContents": ["older note"]},
            {"content": "to the customer", "isPublic": True, "createdTime": "2025-03-03T10:00:00.000Z"},
        ],
        createdTime="2025-03-01T10:00:00.000Z",
    )
    comments = list(office.read.comments(made["id"]))
    assert [(each.id, each.public) for each in comments] == list(zip(made["commentIds"], [False, True], strict=True))
    assert comments[0].content == "first note"
    assert comments[0].commenter_type == "AGENT"
    assert comments[0].commenter_id
    history = office.read.comment_history(made["id"], comments[0].id)
    assert "older note" in repr(history)


def test_one_list_tells_of_messages_and_comments_what_their_own_lists_tell(office: Office) -> None:
    """Half the price for the same: who wrote, to whom, when, and what a comment says and carries."""
    made = office.ticket(
        threads=[
            {"content": "<div>first</div>", "createdTime": "2025-03-01T10:00:00.000Z"},
            {"content": "<div>second</div>", "createdTime": "2025-03-01T11:00:00.000Z", "direction": "out"},
        ],
        comments=[
            {"content": "seen", "createdTime": "2025-03-01T10:30:00.000Z", "isPublic": True},
            {"content": "done", "createdTime": "2025-03-01T12:00:00.000Z"},
        ],
        createdTime="2025-03-01T10:00:00.000Z",
    )
    threads, comments = office.read.conversations(made["id"])
    assert threads == list(office.read.threads(made["id"]))
    assert comments == list(office.read.comments(made["id"]))


def test_the_newest_message_of_the_customer_comes_with_its_content(office: Office) -> None:
    office.switch(truncate_thread_at="200")
    text = "<div>" + "long letter " * 100 + "end</div>"
    made = office.ticket(
        threads=[
            {"content": "<div>first</div>", "createdTime": "2025-03-01T10:00:00.000Z"},
            {"content": text, "createdTime": "2025-03-01T11:00:00.000Z"},
            {"content": "<div>ours</div>", "createdTime": "2025-03-01T12:00:00.000Z", "direction": "out"},
        ],
        createdTime="2025-03-01T10:00:00.000Z",
    )
    newest = office.read.latest_message(made["id"])
    assert newest is not None
    assert (newest.id, newest.content) == (made["threadIds"][1], text)
    silent = office.ticket(threads=[{"content": "<div>ours</div>", "direction": "out"}])
    assert office.read.latest_message(silent["id"]) is None


def test_files_are_listed_and_fetched(office: Office) -> None:
    made = office.ticket(attachments=[file("a.txt", b"alpha"), file("b.txt", b"beta" * 40_000)])
    files = list(office.read.attachments(made["id"]))
    assert {each.id for each in files} == set(made["attachmentIds"])
    assert {each.name: b"".join(office.read.download(each)) for each in files} == {
        "a.txt": b"alpha",
        "b.txt": b"beta" * 40_000,
    }
    assert {each.size for each in files} == {5, 160_000}


def test_a_link_to_another_host_is_followed_on_ours_or_not_at_all(office: Office) -> None:
    """Only Zoho's own hosts may stand in a link, and then the configured one is asked."""
    office.switch(attachment_href_host="zoho")
    made = office.ticket(attachments=[file("a.txt", b"alpha")])
    (attached,) = office.read.attachments(made["id"])
    assert not str(attached.raw["href"]).startswith(office.zoho.url)
    if url_trusted(str(attached.raw["href"])):
        assert b"".join(office.read.download(attached)) == b"alpha"
    else:
        with pytest.raises(BadInput):
            list(office.read.download(attached))


def test_tags_are_read_by_name(office: Office) -> None:
    made = office.ticket(tags=["legal-hold", "privacy-access"])
    assert office.read.tags(made["id"]) == {"legal-hold", "privacy-access"}


def test_a_bare_ticket_has_nothing(office: Office) -> None:
    made = office.ticket()
    ticket_id = made["id"]
    assert office.read.tags(ticket_id) == frozenset()
    assert list(office.read.comments(ticket_id)) == []
    assert list(office.read.attachments(ticket_id)) == []
    assert office.read.activities(ticket_id) == []
    assert office.read.time_entries(ticket_id) == []
    assert office.read.resolution(ticket_id) is None
    assert office.read.resolution_history(ticket_id) == []


@pytest.mark.parametrize("form", ["plain", "property"])
def test_history_names_the_agent_behind_a_macro(office: Office, form: str) -> None:
    """An approval by macro counts for the agent who ran it."""
    office.switch(macro_actor_info=form)
    made = office.ticket(createdTime="2025-03-01T10:00:00.000Z")
    agent = office.info["agents"][2]["id"]
    office.zoho.bench(
        "POST",
        "/macro",
        {
            "ticketIds": [made["id"]],
            "agentId": agent,
            "name": "Approve",
            "fields": {"cf_privacy_action": "Approve plan"},
        },
    )
    latest, *older = office.read.history(made["id"])
    assert (latest.actor_type, latest.agent_id) == ("Macro", agent)
    assert [change.after for change in latest.changes] == ["Approve plan"]
    assert older[-1].name == "TicketCreated"
    assert latest.at > older[-1].at


def test_a_macro_whose_agent_is_hidden_has_none(office: Office) -> None:
    office.switch(macro_history_names_agent="no")
    made = office.ticket()
    office.zoho.bench("POST", "/macro", {"ticketIds": [made["id"]], "fields": {"cf_privacy_state": "x"}})
    latest = next(office.read.history(made["id"]))
    assert (latest.actor_type, latest.agent_id) == ("Macro", None)


def test_a_long_history_is_read_to_its_beginning(office: Office) -> None:
    made = office.ticket()
    for number in range(60):
        office.zoho.bench("POST", "/agent/edit", {"ticketId": made["id"], "fields": {"cf_privacy_state": str(number)}})
    events = list(office.read.history(made["id"]))
    assert events[-1].name == "TicketCreated"
    assert len(events) >= 61
    assert events[0].changes[0].before == "58"
    assert events[0].changes[0].after == "59"
    assert events[0].agent_id == events[0].actor_id


def test_resolution_and_its_history(office: Office) -> None:
    made = office.ticket(resolution="<div>We changed the street.</div>")
    assert office.read.resolution(made["id"]) == "<div>We changed the street.</div>"
    assert "street" in repr(office.read.resolution_history(made["id"]))


def test_what_hangs_on_a_ticket_is_read(office: Office) -> None:
    made = office.ticket(
        tasks=[{"subject": "call back"}],
        calls=[{"subject": "called"}],
        events=[{"subject": "visit"}],
        timeEntries=[{"description": "ten minutes"}],
    )
    activities = office.read.activities(made["id"])
    assert {each.kind for each in activities} == {"tasks", "calls", "events"}
    assert {each.id for each in activities} == set(made["activityIds"])
    assert [str(each["id"]) for each in office.read.time_entries(made["id"])] == made["timeEntryIds"]
    assert office.read.metrics(made["id"]) is not None


# ------------------------------------------------------------------------------------------------------------- search


def planted(office: Office, count: int, **common: object) -> list[str]:
    person = {"firstName": "Ada", "lastName": "Moss", "email": ADA}
    orders = [
        {"contact": person if number == 0 else ADA, "createdTime": iso(MARCH + timedelta(hours=number)), **common}
        for number in range(count)
    ]
    return [made["id"] for made in office.seed(tickets=orders)["tickets"]]


def found(office: Office, query: TicketQuery) -> list[str]:
    return [ticket.id for ticket in office.read.search_tickets(query)]


def test_a_search_finds_by_each_of_its_members(office: Office) -> None:
    hers = office.ticket(tags=["privacy-access"], cf={"cf_privacy_state": "waiting"}, subject="Zebra crossing")
    closed = office.ticket(
        contact={"lastName": "Orlov", "email": BEN},
        departmentId=office.privacy,
        createdTime="2025-03-01T10:00:00.000Z",
        closedTime="2025-03-02T10:00:00.000Z",
    )
    both = {hers["id"], closed["id"]}
    window = (MARCH, MARCH + timedelta(days=2))
    assert set(found(office, TicketQuery())) == both
    assert found(office, TicketQuery(tag="privacy-access")) == [hers["id"]]
    assert found(office, TicketQuery(custom=("cf_privacy_state", "waiting"))) == [hers["id"]]
    assert found(office, TicketQuery(text="zebra")) == [hers["id"]]
    assert found(office, TicketQuery(email=BEN)) == [closed["id"]]
    assert found(office, TicketQuery(contact_id=closed["contactId"])) == [closed["id"]]
    assert found(office, TicketQuery(closed_only=True)) == [closed["id"]]
    assert found(office, TicketQuery(department_ids=(office.privacy,))) == [closed["id"]]
    assert set(found(office, TicketQuery(department_ids=(office.support, office.privacy)))) == both
    assert found(office, TicketQuery(created=window)) == [closed["id"]]
    assert closed["id"] in found(office, TicketQuery(modified=window))
    assert found(office, TicketQuery(customer_response=window)) == [closed["id"]]
    assert found(office, TicketQuery(text="matter", closed_only=True)) == [closed["id"]]


def test_a_search_beyond_the_ceiling_is_split(office: Office) -> None:
    ids = planted(office, 950, subject="x")
    window = (MARCH, MARCH + timedelta(hours=1000))
    assert found(office, TicketQuery(created=window)) == ids
    with pytest.raises(BadInput):
        found(office, TicketQuery(email=ADA))


def test_search_items_are_partial_and_typed(office: Office) -> None:
    planted(office, 1)
    (ticket,) = office.read.search_tickets(TicketQuery(email=ADA))
    assert isinstance(ticket, r.Ticket)
    assert ticket.created == MARCH


def test_archived_tickets_are_listed_apart(office: Office) -> None:
    """Retention covers them too, and search does not show them."""
    ids = planted(office, 55, archived=True)
    live = office.ticket()
    archived = list(office.read.archived_tickets(office.support))
    assert sorted(ticket.id for ticket in archived) == sorted(ids)
    assert all(ticket.archived for ticket in archived)
    assert found(office, TicketQuery()) == [live["id"]]
    assert list(office.read.archived_tickets(office.privacy)) == []


# ------------------------------------------------------------------------------------------------------------- people


def test_a_contact_is_read(office: Office) -> None:
    made = office.contact(
        secondaryEmail="ada@example.org",
        phone="+49 30 5550100",
        country="Germany",
        photoBase64=file("", b"png")["contentBase64"],
        portalUser=True,
    )
    contact = office.read.contact(made["id"])
    assert (contact.id, contact.first_name, contact.last_name) == (made["id"], "Ada", "Moss")
    assert (contact.email, contact.secondary_email) == (ADA, "ada@example.org")
    assert (contact.phone, contact.country) == ("+49 30 5550100", "Germany")
    assert contact.has_photo
    assert contact.is_end_user
    assert not contact.trashed
    with pytest.raises(NotFound):
        office.read.contact(NOWHERE)


def test_only_the_exact_address_finds_a_person(office: Office) -> None:
    """Desk's search returns near misses; taking one for the person would hand out or erase a stranger's data."""
    hers = office.contact()
    office.contact(email="ada.moss@example.org", lastName="Mosse")
    office.contact(email="ada.moss+news@example.net", lastName="Moss-Two")
    second = office.contact(email="work@example.com", secondaryEmail="ADA.MOSS@example.net", lastName="Moss-Three")
    assert {each.id for each in office.read.contacts_by_email(" Ada.Moss@Example.net ")} == {hers["id"], second["id"]}
    assert office.read.contacts_by_email("nobody@example.com") == []


def test_people_are_found_by_name_and_number(office: Office) -> None:
    """Loosely: whoever asks compares for himself."""
    first = office.contact(firstName="Ada", lastName="Moss", phone="+49 30 5550142")
    second = office.contact(firstName="Ada", lastName="Moss", email="ada@example.org", mobile="+49 30 5550142")
    found = {each.id: each for each in office.read.contacts_by_text("+49 30 5550142")}
    assert set(found) == {first["id"], second["id"]}
    assert found[second["id"]].mobile == "+49 30 5550142"
    assert set(found) <= {each.id for each in office.read.contacts_by_text("Ada Moss")}
    assert office.read.contacts_by_text("no such name") == []
    with pytest.raises(BadInput):
        office.read.contacts_by_text("Al")


def test_a_persons_tickets_and_records(office: Office) -> None:
    person = office.contact(comments=[{"content": "likes tea"}], attachments=[file("id.txt", b"proof")])
    homes = [office.support, office.privacy, office.support]
    ids = [office.ticket(contact=person["id"], departmentId=home)["id"] for home in homes]
    tickets = list(office.read.contact_tickets(person["id"]))
    assert {ticket.id for ticket in tickets} == set(ids)
    assert [str(each["id"]) for each in office.read.contact_comments(person["id"])] == person["commentIds"]
    (attached,) = office.read.contact_attachments(person["id"])
    assert b"".join(office.read.download(attached)) == b"proof"
    assert {str(each["ticketId"]) for each in office.read.contact_history(person["id"])} == set(ids)
    assert office.read.contact_statistics(person["id"]) is not None


def test_more_tickets_than_a_page(office: Office) -> None:
    ids = planted(office, 120)
    contact_id = office.read.ticket(ids[0]).contact_id
    assert contact_id is not None
    assert sorted(ticket.id for ticket in office.read.contact_tickets(contact_id)) == sorted(ids)


def test_help_centre_accounts(office: Office) -> None:
    person = office.contact(portalUser=True)
    ((user_id, status),) = office.read.portal_users(person["id"])
    assert (user_id, status) == (person["portalUserId"], "ACTIVE")
    user = office.read.portal_user(user_id)
    assert user is not None
    assert str(user["id"]) == user_id
    assert office.read.portal_user(NOWHERE) is None
    bare = office.contact(email=BEN)
    assert list(office.read.portal_users(bare["id"])) == []


def test_the_bin_is_listed_without_names(office: Office) -> None:
    made = office.ticket(subject="Planted name")
    assert list(office.read.bin_items()) == []
    office.write.trash_tickets([made["id"]])
    (item,) = office.read.bin_items()
    assert (item.id, item.type) == (made["id"], "Tickets")
    assert item.deleted is not None
    assert "Planted" not in repr(item)


def test_zohos_own_count_is_a_second_opinion(office: Office) -> None:
    office.ticket()
    office.ticket(contact=ADA)
    assert office.read.subject_count(ADA, "tickets") == 2
    assert office.read.subject_count(ADA, "contacts") == 1
    assert office.read.subject_count(BEN, "tickets") == 0
    office.switch(sar_edition="403")
    assert office.read.subject_count(ADA, "tickets") is None
