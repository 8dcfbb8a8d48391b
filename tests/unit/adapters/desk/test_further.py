"""The further calls: each one published by Zoho, and what becomes of its answer."""

import inspect
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.adapters.desk.conftest import API, Bench
from zoho_privacy.adapters.desk import further_calls as calls
from zoho_privacy.adapters.desk.protocol import Call
from zoho_privacy.domain.errors import Ambiguous, BadInput

ENDPOINTS = Path(__file__).parents[5] / "shared/zoho-desk-oas/endpoints.json"
MAIL = "ada.moss@example.net"

BUILT: Mapping[str, list[Call]] = {
    "ticket_part": [calls.ticket_part("1", "approvals"), calls.ticket_part("1", "followers")],
    "blueprint": [calls.blueprint("1")],
    "comment": [calls.comment("1", "2")],
    "contact_part": [calls.contact_part("5", part) for part in ("products", "profiles", "followers", "timeEntry")],
    "contacts_by_ids": calls.contacts_by_ids([str(n) for n in range(25)]),
    "product": [calls.product("4")],
    "activity_comments": [calls.activity_comments(kind, "3") for kind in ("tasks", "calls", "events")],
    "chat_sessions": [calls.chat_sessions()],
    "chat_session": [calls.chat_session("a1-b2")],
    "department_tags": [calls.department_tags("7")],
    "tagged_tickets": [calls.tagged_tickets("9")],
    "subject_fields": [calls.subject_fields("tickets")],
    "close_tickets": calls.close_tickets(["1"]),
    "update_tickets": calls.update_tickets(["1", "2"], "subject", "x"),
    "mark_tickets_spam": calls.mark_tickets_spam(["1"], spam=True),
    "delete_spam_tickets": calls.delete_spam_tickets(["1"]),
    "patch_comment": [calls.patch_comment("1", "2", "x")],
    "attach": [calls.attach("1", "a.txt", b"x")],
    "hide_attachment": [calls.hide_attachment("1", "2")],
    "upload": [calls.upload("a.txt", b"x")],
    "patch_resolution": [calls.patch_resolution("1", "x")],
    "delete_time_entry": [calls.delete_time_entry("1", "2")],
    "draft_reply": [calls.draft_reply("1", from_address="p@example.com", to=MAIL, html="x")],
    "delete_draft": [calls.delete_draft("1", "2")],
    "send_draft": [calls.send_draft("1", "2")],
    "put_activity_comment": [calls.put_activity_comment(kind, "3", "2", "x") for kind in ("tasks", "calls", "events")],
    "update_contacts": calls.update_contacts(["5"], "phone", None),
    "mark_contacts_spam": calls.mark_contacts_spam(["5"], spam=False),
    "delete_spam_contacts": calls.delete_spam_contacts(["5"]),
    "add_contact_comment": [calls.add_contact_comment("5", "x")],
    "put_contact_comment": [calls.put_contact_comment("5", "2", "x")],
    "attach_to_contact": [calls.attach_to_contact("5", "a.txt", b"x")],
    "anonymise_deleted_agent": [calls.anonymise_deleted_agent("8", "Guest 1")],
    "restore": calls.restore(["1"]),
    "trash_posts": [*calls.trash_posts("communityTopics", ["1"]), *calls.trash_posts("communityComments", ["1"])],
    "export_natively": [calls.export_natively(MAIL, ["1"], reference="101")],
}


def test_every_builder_is_listed_here() -> None:
    builders = {
        name
        for name, function in inspect.getmembers(calls, inspect.isfunction)
        if function.__module__ == calls.__name__ and not name.startswith("_")
    }
    assert builders == set(BUILT)


@pytest.mark.parametrize("name", BUILT)
def test_zoho_publishes_the_call(name: str) -> None:
    if not ENDPOINTS.exists():
        pytest.skip("the published endpoint list is not beside the project")
    published = [
        (row["method"], re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(row["path"])) + r"\Z"))
        for row in json.loads(ENDPOINTS.read_text("utf-8"))
    ]
    for call in BUILT[name]:
        found = [path for method, path in published if method == call.method and path.match("/api/v1" + call.path)]
        assert found, f"{call.method} {call.path}"


def test_what_makes_something_counts_once() -> None:
    once = {name for name, some in BUILT.items() if some[0].kind == "once"}
    assert once == {
        "attach", "upload", "draft_reply", "send_draft", "add_contact_comment", "attach_to_contact", "export_natively",
    }  # fmt: skip


def test_nothing_that_empties_a_portal_can_be_built() -> None:
    built = {call.path for some in BUILT.values() for call in some}
    assert not {path for path in built if re.search(r"emptySpam|deleteAll|restoreAll|eraseAll|exportAll", path)}


def test_contacts_come_by_id_whatever_the_order(bench: Bench) -> None:
    """Twenty a call; one that Desk leaves out is absent, an id that comes as a number is text."""
    bench.http.get(f"{API}/contacts/contactsByIds", json={"data": [{"id": 417000000000002}, {"id": "417000000000001"}]})
    found = bench.desk.further.contacts(["417000000000001", "417000000000002", "417000000000003"])
    assert set(found) == {"417000000000001", "417000000000002"}


def test_a_mass_result_is_read_row_by_row(bench: Bench) -> None:
    """One failed, one has no row, one has two rows that disagree, one comes as a number: only the last one is done."""
    rows = [
        {"id": "1", "success": False, "errors": {"errorCode": "UNPROCESSABLE_ENTITY"}},
        {"id": "3", "success": True, "errors": None},
        {"id": "3", "success": False, "errors": None},
        {"id": 4, "success": True, "errors": None},
        {"id": "99", "success": True, "errors": None},
    ]
    bench.http.post(f"{API}/recycleBin/restore", json={"results": rows})
    done = bench.desk.further.mass(calls.restore(["1", "2", "3", "4"]))
    assert done == {"1": False, "2": False, "3": False, "4": True}


def test_lists_and_single_records(bench: Bench) -> None:
    bench.http.get(f"{API}/contacts/5/products", status=204)
    bench.http.get(f"{API}/contacts/5/profiles", json={"data": [{"id": "1", "new": {"kept": [1]}}]})
    bench.http.get(f"{API}/products/4", status=404, json={"errorCode": "URL_NOT_FOUND", "message": "x"})
    bench.http.get(f"{API}/tickets/1/blueprint", status=204)
    further = bench.desk.further
    assert further.contact_part("5", "products") == []
    assert further.contact_part("5", "profiles") == [{"id": "1", "new": {"kept": [1]}}]
    assert further.optional(calls.product("4")) is None
    assert further.optional(calls.blueprint("1")) is None


def test_an_upload_travels_as_a_file_and_without_an_id_is_unclear(bench: Bench) -> None:
    bench.http.post(f"{API}/uploads", json={"id": 12, "name": "a.txt"})
    bench.http.post(f"{API}/uploads", json={"id": None})
    assert bench.desk.further.create(calls.upload("a.txt", b"planted")) == "12"
    assert b'name="file"; filename="a.txt"' in (bench.http.calls[0].request.body or b"")
    with pytest.raises(Ambiguous):
        bench.desk.further.create(calls.upload("a.txt", b"x"))


@pytest.mark.parametrize(
    "build",
    [
        lambda: calls.chat_session("../tickets"),
        lambda: calls.upload("", b"x"),
        lambda: calls.anonymise_deleted_agent("8", ""),
        lambda: calls.contacts_by_ids(["search"]),
    ],
)
def test_what_desk_would_refuse_is_not_sent(build: object) -> None:
    assert callable(build)
    with pytest.raises(BadInput):
        build()
