"""What the client decides: walking lists, staying below the search ceiling, clearing fields, reading oddities."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from requests import PreparedRequest

from tests.unit.adapters.desk.conftest import API, Bench
from zoho_privacy.adapters.desk.client import DeskClient
from zoho_privacy.domain import records as r
from zoho_privacy.domain.errors import BadInput, DeskForbidden, DeskRejected, NotFound
from zoho_privacy.domain.records import TicketPatch
from zoho_privacy.ports import DeskReader, DeskWriter, TicketQuery

START = datetime(2026, 1, 1, tzinfo=UTC)
Answer = tuple[int, dict[str, str], str]
GONE: dict[str, Any] = {"json": {"errorCode": "URL_NOT_FOUND", "message": "x"}, "status": 404}
REFUSED: dict[str, Any] = {"json": {"errorCode": "INVALID_DATA", "message": "x"}, "status": 422}


def protocols(desk: DeskClient) -> tuple[DeskReader, DeskWriter]:
    """The type checker reads this: the client satisfies both ports."""
    return desk, desk


def query(request: PreparedRequest) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url or "").query).items()}


class SearchIndex:
    """A ticket index with Desk's habits: 100 a page at most, nothing from offset 1,000 on."""

    def __init__(self, created: list[datetime], *, count: str | None = None) -> None:
        self.created = sorted(created)
        self.count = count
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: PreparedRequest) -> Answer:
        asked = query(request)
        self.asked.append(asked)
        start, limit = int(asked["from"]), int(asked["limit"])
        assert limit <= 100
        assert start <= 900
        found = list(enumerate(self.created))
        if "createdTimeRange" in asked:
            low, high = (datetime.fromisoformat(each) for each in asked["createdTimeRange"].split(","))
            found = [(number, at) for number, at in found if low <= at <= high]
        page = [{"id": str(number), "createdTime": at.isoformat()} for number, at in found[start : start + limit]]
        body = {"data": page} | ({"count": str(len(found))} if self.count == "total" else {"count": len(page)})
        return (200, {}, json.dumps(body)) if page else (204, {}, "")


def searching(bench: Bench, index: Callable[[PreparedRequest], Answer]) -> None:
    bench.http.add_callback(responses.GET, f"{API}/tickets/search", callback=index)


@pytest.mark.parametrize("count", [None, "total"])
def test_a_window_that_fills_up_is_halved(bench: Bench, count: str | None) -> None:
    """Whether Desk's `count` is the page's or the whole search's is not documented; both must find everything."""
    created = [START + timedelta(hours=n // 3, seconds=n) for n in range(2500)]
    index = SearchIndex(created, count=count)
    searching(bench, index)
    window = (START, START + timedelta(days=60))
    found = [ticket.id for ticket in bench.desk.search_tickets(TicketQuery(created=window))]
    assert found == [str(n) for n in range(2500)]
    assert {asked["sortBy"] for asked in index.asked} == {"createdTime"}


def test_a_ticket_between_two_windows_is_not_lost(bench: Bench) -> None:
    """Halves touch at the smallest time Desk knows."""
    created = [START + timedelta(milliseconds=n) for n in range(1801)]
    searching(bench, SearchIndex(created))
    window = (created[0], created[-1])
    found = list(bench.desk.search_tickets(TicketQuery(created=window)))
    assert len(found) == len({ticket.id for ticket in found}) == 1801


@pytest.mark.parametrize("window", [None, (START, START + timedelta(seconds=1))])
def test_a_search_that_cannot_be_split_is_refused(bench: Bench, window: tuple[datetime, datetime] | None) -> None:
    """Stopping at 900 silently would leave a person's tickets out."""
    searching(bench, SearchIndex([START] * 901))
    with pytest.raises(BadInput):
        list(bench.desk.search_tickets(TicketQuery(created=window)))


def test_departments_are_searched_one_by_one(bench: Bench) -> None:
    index = SearchIndex([START])
    searching(bench, index)
    found = list(bench.desk.search_tickets(TicketQuery(department_ids=("7", "8"))))
    assert [asked["departmentId"] for asked in index.asked] == ["7", "8"]
    assert len(found) == 1


def test_a_text_is_searched_alone_and_narrowed_here(bench: Bench) -> None:
    rows = [
        {"id": "1", "createdTime": START.isoformat(), "departmentId": "7", "statusType": "Closed"},
        {"id": "2", "createdTime": START.isoformat(), "departmentId": "8", "statusType": "Closed"},
        {"id": "3", "createdTime": START.isoformat(), "departmentId": "7", "statusType": "Open"},
        {"id": "4", "createdTime": "2025-01-01T00:00:00Z", "departmentId": "7", "statusType": "Closed"},
    ]
    bench.http.get(f"{API}/tickets/search", json={"data": rows, "count": 4})
    asked = TicketQuery(text="moss", department_ids=("7",), closed_only=True, created=(START, START))
    assert [ticket.id for ticket in bench.desk.search_tickets(asked)] == ["1"]
    assert query(bench.http.calls[0].request) == {"_all": "moss", "from": "0", "limit": "100"}


def test_lists_are_walked_to_the_short_page(bench: Bench) -> None:
    def page(request: PreparedRequest) -> Answer:
        start = int(query(request)["from"])
        data = [{"id": str(n + 1), "name": f"d{n}"} for n in range(start, min(start + 200, 400))]
        return (200, {}, json.dumps({"data": data})) if data else (204, {}, "")

    bench.http.add_callback(responses.GET, f"{API}/departments", callback=page)
    assert len(bench.desk.departments()) == 400
    assert [query(call.request)["from"] for call in bench.http.calls] == ["0", "200", "400"]


def test_history_is_read_only_as_far_as_asked_for(bench: Bench) -> None:
    line = {"eventName": "TicketUpdated", "eventTime": "2026-01-01T00:00:00Z"}
    bench.http.get(f"{API}/tickets/1/History", json={"data": [line] * 50})
    history = bench.desk.history("1")
    assert next(history).name == "TicketUpdated"
    assert len(bench.http.calls) == 1


def test_archived_tickets_end_with_an_error_at_the_ceiling(bench: Bench) -> None:
    rows = [{"id": str(n), "createdTime": "2026-01-01T00:00:00Z"} for n in range(50)]
    bench.http.get(f"{API}/tickets/archivedTickets", json={"data": rows})
    found = bench.desk.archived_tickets("7")
    assert next(found).archived
    with pytest.raises(BadInput):
        list(found)
    assert len(bench.http.calls) == 100


def test_a_cut_off_message_is_read_whole(bench: Bench) -> None:
    part = {
        "id": "2",
        "createdTime": "2026-01-01T00:00:00Z",
        "direction": "in",
        "content": "Dear",
        "to": "p@example.com",
    }
    bench.http.get(
        f"{API}/tickets/1/threads/2", json=part | {"isContentTruncated": True, "fullContentURL": "https://x"}
    )
    bench.http.get(f"{API}/tickets/1/threads/2/fullContent", json={"id": "2", "content": "Dear Sir or Madam"})
    thread = bench.desk.thread("1", "2")
    assert (thread.content, thread.truncated, thread.to) == ("Dear Sir or Madam", False, "p@example.com")


def test_a_whole_message_costs_one_call(bench: Bench) -> None:
    part = {"id": "2", "createdTime": "2026-01-01T00:00:00Z", "direction": "in", "content": "Dear"}
    bench.http.get(f"{API}/tickets/1/threads/2", json=part)
    assert bench.desk.thread("1", "2").content == "Dear"
    assert len(bench.http.calls) == 1


@pytest.mark.parametrize("answer", [GONE, REFUSED, {"status": 204}, {"json": {"content": ""}}])
def test_a_message_that_was_no_mail_has_no_source(bench: Bench, answer: dict[str, Any]) -> None:
    bench.http.get(f"{API}/tickets/1/threads/2/originalContent", **answer)
    assert bench.desk.original_mail("1", "2") is None


@pytest.mark.parametrize("answer", [{"json": {"content": ""}}, {"json": {"content": None}}, {"status": 204}])
def test_an_empty_resolution_is_none(bench: Bench, answer: dict[str, Any]) -> None:
    bench.http.get(f"{API}/tickets/1/resolution", **answer)
    assert bench.desk.resolution("1") is None


def test_a_missing_ticket_is_not_an_empty_resolution(bench: Bench) -> None:
    bench.http.get(f"{API}/tickets/1/resolution", **GONE)
    with pytest.raises(NotFound):
        bench.desk.resolution("1")


def test_tags_have_their_own_key(bench: Bench) -> None:
    bench.http.get(f"{API}/tickets/1/tags", json={"tags": [{"id": 1, "name": "privacy-access"}, {"id": 2}]})
    assert bench.desk.tags("1") == {"privacy-access"}


def test_a_foreign_file_is_not_fetched(bench: Bench) -> None:
    with pytest.raises(BadInput):
        list(bench.desk.download(r.Attachment("9", "a", 1, "")))
    with pytest.raises(BadInput):
        list(bench.desk.download(r.Attachment("9", "a", 1, "https://evil.example/api/v1/uploads/1/content")))
    assert len(bench.http.calls) == 0


def test_a_file_is_fetched_from_the_configured_host(bench: Bench) -> None:
    href = "https://desk.zoho.com/api/v1/tickets/1/attachments/9/content"
    bench.http.get(f"{API}/tickets/1/attachments", json={"data": [{"id": "9", "name": "a", "size": "3", "href": href}]})
    bench.http.get(f"{API}/tickets/1/attachments/9/content", body=b"x" * 100_000)
    (file,) = bench.desk.attachments("1")
    chunks = list(bench.desk.download(file))
    assert b"".join(chunks) == b"x" * 100_000
    assert len(chunks) == 2


@pytest.mark.parametrize("without", ["refused", "first department only", "everything"])
def test_a_persons_tickets_of_all_departments_are_found(bench: Bench, without: str) -> None:
    """Zoho's two texts disagree on whether the list needs a department."""
    homes = {"7": ["1", "2"], "8": ["3"]}

    def tickets(request: PreparedRequest) -> Answer:
        asked = query(request).get("departmentId")
        if asked is None and without == "refused":
            return 422, {}, json.dumps({"errorCode": "INVALID_DATA", "message": "x"})
        everything = ["1", "2", "3"] if without == "everything" else homes["7"]
        listed = everything if asked is None else homes[asked]
        return 200, {}, json.dumps({"data": [{"id": each, "createdTime": START.isoformat()} for each in listed]})

    bench.http.get(f"{API}/departments", json={"data": [{"id": "7", "name": "a"}, {"id": "8", "name": "b"}]})
    bench.http.add_callback(responses.GET, f"{API}/contacts/5/tickets", callback=tickets)
    assert [ticket.id for ticket in bench.desk.contact_tickets("5")] == ["1", "2", "3"]


def contact(contact_id: str, email: str | None, second: str | None = None) -> dict[str, Any]:
    return {"id": contact_id, "lastName": "Moss", "email": email, "secondaryEmail": second}


def test_only_exact_addresses_are_found(bench: Bench) -> None:
    """Desk's search also returns near misses: another person's record."""
    near = [contact("1", "Ada.Moss@example.net"), contact("2", "ada.moss@example.net.example.com")]
    wide = [contact("3", "x@example.com", " ada.moss@EXAMPLE.net"), contact("1", "Ada.Moss@example.net")]

    def search(request: PreparedRequest) -> Answer:
        return 200, {}, json.dumps({"data": near if "email" in query(request) else wide})

    bench.http.add_callback(responses.GET, f"{API}/contacts/search", callback=search)
    assert [each.id for each in bench.desk.contacts_by_email("ada.moss@example.net")] == ["1", "3"]


def test_a_hit_without_its_second_address_is_read_whole(bench: Bench) -> None:
    bench.http.get(f"{API}/contacts/search", json={"data": [{"id": "3", "email": "x@example.com"}, {"id": "4"}]})
    bench.http.get(f"{API}/contacts/3", json=contact("3", "x@example.com", "ada@example.net"))
    bench.http.get(f"{API}/contacts/4", **GONE)
    assert [each.id for each in bench.desk.contacts_by_email("ada@example.net")] == ["3"]


def test_a_portal_that_knows_no_email_parameter_is_searched_widely(bench: Bench) -> None:
    def search(request: PreparedRequest) -> Answer:
        if "email" in query(request):
            return 422, {}, json.dumps({"errorCode": "UNPROCESSABLE_ENTITY", "message": "x"})
        return 200, {}, json.dumps({"data": [contact("1", "ada@example.net")]})

    bench.http.add_callback(responses.GET, f"{API}/contacts/search", callback=search)
    assert [each.id for each in bench.desk.contacts_by_email("ada@example.net")] == ["1"]


@pytest.mark.parametrize("address", ["", "ada", "a" * 100 + "@example.com"])
def test_what_is_no_address_is_not_searched_for(bench: Bench, address: str) -> None:
    with pytest.raises(BadInput):
        bench.desk.contacts_by_email(address)


@pytest.mark.req("R-API-2")
@pytest.mark.parametrize(
    ("answer", "count"),
    [
        ({"json": {"count": "3"}}, 3),
        ({"json": {"count": 0}}, 0),
        (GONE, None),
        ({"json": {"errorCode": "LICENSE_ACCESS_LIMITED", "message": "x", "feature": "SAR"}, "status": 403}, None),
    ],
)
def test_zohos_own_count_is_a_second_opinion(bench: Bench, answer: dict[str, Any], count: int | None) -> None:
    bench.http.post(f"{API}/subjectAccessRequests/count", **answer)
    assert bench.desk.subject_count("ada@example.net", "tickets") == count


def test_a_missing_permission_is_not_a_missing_edition(bench: Bench) -> None:
    bench.http.post(
        f"{API}/subjectAccessRequests/count", json={"errorCode": "UNAUTHORIZED", "message": "x"}, status=401
    )
    with pytest.raises(DeskForbidden):
        bench.desk.subject_count("ada@example.net", "tickets")
    with pytest.raises(BadInput):
        bench.desk.subject_count("ada@example.net", "everything")


def test_help_centre_accounts_are_named_once(bench: Bench) -> None:
    rows = [{"helpCenter": {"id": n}, "userId": 23791, "userStatus": "ACTIVE"} for n in (1, 2)]
    bench.http.get(f"{API}/contacts/5/helpCenters", json={"data": rows})
    assert bench.desk.portal_users("5") == [("23791", "ACTIVE")]


@pytest.mark.parametrize(("code", "fine"), [("LICENSE_ACCESS_LIMITED", True), ("FORBIDDEN", False)])
def test_an_edition_without_help_centre_has_no_accounts(bench: Bench, code: str, *, fine: bool) -> None:
    bench.http.get(f"{API}/contacts/5/helpCenters", json={"errorCode": code, "message": "x"}, status=403)
    if fine:
        assert bench.desk.portal_users("5") == ()
    else:
        with pytest.raises(DeskForbidden):
            bench.desk.portal_users("5")


def test_the_portal_is_ours_or_none(bench: Bench) -> None:
    orgs = [{"id": 1, "companyName": "Other"}, {"id": 600123456, "companyName": "Ours", "edition": "ENTERPRISE"}]
    bench.http.get(f"{API}/organizations", json={"data": orgs})
    assert bench.desk.portal() == r.Portal("600123456", "Ours", "ENTERPRISE")
    bench.http.replace(responses.GET, f"{API}/organizations", json={"data": orgs[:1]})
    with pytest.raises(DeskForbidden):
        bench.desk.portal()


def test_fields_are_asked_for_the_older_way_where_the_newer_is_unknown(bench: Bench) -> None:
    bench.http.get(f"{API}/organizationFields", **GONE)
    bench.http.get(f"{API}/fields", json={"data": [{"apiName": "cf_x", "isCustomField": True}]})
    (field,) = bench.desk.fields("tickets")
    assert (field.api_name, field.custom) == ("cf_x", True)


# ------------------------------------------------------------------------------------------------------------- writes


class Record:
    """A record that only one kind of nothing empties, as a portal might have it."""

    def __init__(self, values: dict[str, Any], *, emptied_by: object, refuses: bool = False) -> None:
        self.values, self.emptied_by, self.refuses = values, emptied_by, refuses
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, request: PreparedRequest) -> Answer:
        body = json.loads(request.body or b"")
        self.bodies.append(body)
        if self.refuses and any(value in {"", None} and value != self.emptied_by for value in body.values()):
            return 422, {}, json.dumps({"errorCode": "INVALID_DATA", "message": "x"})
        for name, value in body.items():
            if value not in {"", None} or value == self.emptied_by:
                self.values[name] = value
        return 200, {}, json.dumps(self.values)


@pytest.mark.parametrize("emptied_by", ["", None])
@pytest.mark.parametrize("refuses", [True, False])
def test_a_field_is_emptied_whichever_way_the_portal_takes(bench: Bench, emptied_by: object, *, refuses: bool) -> None:
    """Which of "" and null clears a field is not documented; a phone number must not survive for that."""
    record = Record({"phone": "123", "subject": "old"}, emptied_by=emptied_by, refuses=refuses)
    bench.http.add_callback(responses.PATCH, f"{API}/tickets/1", callback=record)
    bench.desk.update_ticket("1", TicketPatch(phone="", subject="new"))
    assert record.values == {"phone": emptied_by, "subject": "new"}
    assert len(record.bodies) == (1 if emptied_by == "" else 2)


def test_custom_fields_are_emptied_likewise(bench: Bench) -> None:
    bench.http.patch(f"{API}/tickets/1", json={"cf": {"cf_a": "still", "cf_b": "x"}})
    bench.http.patch(f"{API}/tickets/1", json={"cf": {"cf_a": None, "cf_b": "x"}})
    bench.desk.update_ticket("1", TicketPatch(custom={"cf_a": None, "cf_b": "x"}))
    bodies = [json.loads(call.request.body or b"") for call in bench.http.calls]
    assert bodies == [{"cf": {"cf_a": None, "cf_b": "x"}}, {"cf": {"cf_a": ""}}]


def test_a_refused_value_is_not_tried_twice(bench: Bench) -> None:
    bench.http.patch(f"{API}/contacts/5", **REFUSED)
    with pytest.raises(DeskRejected):
        bench.desk.update_contact("5", {"email": "taken@example.com"})
    assert len(bench.http.calls) == 1


def test_emoji_are_left_out_where_desk_refuses_them(bench: Bench) -> None:
    bench.http.post(f"{API}/tickets/1/comments", **REFUSED)
    bench.http.post(f"{API}/tickets/1/comments", json={"id": "77"})
    assert bench.desk.add_comment("1", "done 👍 für heute") == "77"
    contents = [json.loads(call.request.body or b"")["content"] for call in bench.http.calls]
    assert contents == ["done 👍 für heute", "done  für heute"]


def test_a_text_without_emoji_is_not_sent_twice(bench: Bench) -> None:
    bench.http.post(f"{API}/tickets/1/comments", **REFUSED)
    with pytest.raises(DeskRejected):
        bench.desk.add_comment("1", "done")
    assert len(bench.http.calls) == 1


def test_a_delete_of_what_is_gone_is_done(bench: Bench) -> None:
    paths = [
        "/tickets/1/comments/2",
        "/tickets/1/attachments/2",
        "/tickets/1/resolution",
        "/contacts/5/comments/2",
        "/contacts/5/attachments/2",
        "/contacts/5/photo",
    ]
    for path in paths:
        bench.http.delete(API + path, **GONE)
    bench.desk.delete_comment("1", "2")
    bench.desk.delete_attachment("1", "2")
    bench.desk.delete_resolution("1")
    bench.desk.delete_contact_comment("5", "2")
    bench.desk.delete_contact_attachment("5", "2")
    bench.desk.delete_contact_photo("5")
    assert [(call.request.url or "").removeprefix(API) for call in bench.http.calls] == paths


def test_no_tags_is_no_call(bench: Bench) -> None:
    bench.desk.add_tags("1", [])
    bench.desk.remove_tags("1", [])
    bench.desk.trash_tickets([])
    assert bench.desk.purge([]) == {}
    assert len(bench.http.calls) == 0


def test_a_purge_is_told_per_id(bench: Bench) -> None:
    def purge(request: PreparedRequest) -> Answer:
        ids = json.loads(request.body or b"")["ids"]
        rows = [{"id": each, "success": each != "7", "errors": None} for each in ids]
        return 200, {}, json.dumps({"results": rows})

    bench.http.add_callback(responses.POST, f"{API}/recycleBin/delete", callback=purge)
    done = bench.desk.purge([str(n) for n in range(1, 61)])
    assert [each for each, ok in done.items() if not ok] == ["7"]
    assert len(done) == 60


@pytest.mark.parametrize("kind", ["tickets", "contacts"])
def test_what_is_shown_as_deleted_is_gone(bench: Bench, kind: str) -> None:
    """An erasure is proven by reading back; what is left of a record is its id and that it was deleted."""
    bench.http.add(responses.GET, f"{API}/{kind}/9", json={"id": "9", "isDeleted": True})
    read = bench.desk.ticket if kind == "tickets" else bench.desk.contact
    with pytest.raises(NotFound, match="isDeleted"):
        read("9")
