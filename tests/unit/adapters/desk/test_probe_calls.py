"""The probe's calls are published ones, none of them empties anything whole, and every write is one the guard knows."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from zoho_privacy.adapters.desk import probe_calls as p
from zoho_privacy.adapters.desk.protocol import Call
from zoho_privacy.local.probe.guard import WRITES, is_read, shape

ENDPOINTS: Final = Path(__file__).parents[5] / "shared" / "zoho-desk-oas" / "endpoints.json"
WHOLE: Final = re.compile(r"emptySpam|deleteAll|restoreAll|eraseAll|exportAll|deleteSpam")
BUILT: Final[Mapping[str, Call]] = {
    "search": p.search({"email": "a@example.com"}),
    "newest_tickets": p.newest_tickets("1", 0),
    "newest_contacts": p.newest_contacts(0),
    "newest_binned": p.newest_binned(),
    "tickets_of_one": p.tickets_of_one("1"),
    "purge_list": p.purge_list(["1"]),
    "create_contact": p.create_contact({"lastName": "x"}),
    "rename_contact": p.rename_contact("1", "x"),
    "create_ticket": p.create_ticket({"subject": "x"}),
    "create_task": p.create_task({"subject": "x"}),
    "patch_ticket": p.patch_ticket("1", {"phone": None}, source="s"),
    "blueprint": p.blueprint("1"),
    "thread_in_plain_text": p.thread_in_plain_text("1", "2"),
    "edit_comment": p.edit_comment("1", "2", "x"),
    "attach": p.attach("1", "x.txt", b"x"),
    "upload": p.upload("x.txt", b"x"),
    "reply": p.reply("1", sender="a@example.com", to="b@example.com", html="x", immediately=True),
    "mark_spam": p.mark_spam("1", spam=True),
    "merge": p.merge("1", "2"),
    "invite": p.invite("1"),
    "subject_entities": p.subject_entities("a@example.com"),
    "subject_request": p.subject_request("erase", "a@example.com", ["1"]),
    "subject_status": p.subject_status("1"),
    "download": p.download("/tickets/1/attachments/2/content"),
    "subscribe": p.subscribe("x", "https://example.com/", {"Ticket_Delete": None}),
    "update_many": p.update_many(["1"], "phone", "1"),
}
UNPUBLISHED: Final = {
    "subject_entities": "older API text only: whether it exists is a question",
    "download": "the path is Desk's own",
}


def test_all_of_them_are_looked_at() -> None:
    made = {name for name, value in vars(p).items() if callable(value) and value.__module__ == p.__name__}
    assert made == set(BUILT)


@pytest.fixture(scope="module")
def endpoints() -> list[tuple[str, re.Pattern[str]]]:
    if not ENDPOINTS.exists():
        pytest.skip("the published endpoint list is not beside the project")
    rows = json.loads(ENDPOINTS.read_text("utf-8"))
    return [(row["method"], re.compile(re.sub(r"\{[^}]*\}", "[^/]+", row["path"]))) for row in rows]


@pytest.mark.shared
@pytest.mark.parametrize("name", sorted(set(BUILT) - set(UNPUBLISHED)))
def test_every_call_is_published(name: str, endpoints: list[tuple[str, re.Pattern[str]]]) -> None:
    call = BUILT[name]
    path = "/api/v1" + call.path
    assert [route for method, route in endpoints if method == call.method and route.fullmatch(path)]


@pytest.mark.parametrize("name", sorted(BUILT))
def test_every_write_is_one_that_the_guard_knows(name: str) -> None:
    call = BUILT[name]
    assert is_read(call) or shape(call) in WRITES


def test_nothing_on_the_guards_list_empties_anything_whole() -> None:
    assert not [each for each in WRITES if WHOLE.search(each)]
