"""The erasure story under everything that nobody could establish about Desk: it must not depend on any of it."""

from collections.abc import Mapping
from typing import Final

import pytest

from tests.scenario.test_erasure_flow import PERSON, a_rich_past, parts_of, places
from tests.scenario.world import CODE, DAY, DELETE_ALL, HOUR, World
from zoho_privacy.domain.model import State

MINUTE: Final = HOUR / 60
SWITCHES: Final[Mapping[str, Mapping[str, str]]] = {
    "hidden and late bin": {"get_trashed_ticket": "404", "bin_delay_seconds": "30"},
    "hidden bin": {"get_trashed_ticket": "404", "ticket_delete_event": "on_permanent"},
    "deleted for good, and shown as such": {"get_purged_ticket": "tombstone"},
    "late bin, slow search": {"bin_delay_seconds": "30", "search_lag_seconds": "600", "search_trashed": "present"},
    "other words for empty": {"clear_with": "null", "history_property_names": "api_name"},
    "events about everything": {
        "clear_with": "empty_string", "tag_event": "Ticket_Update", "macro_actor_info": "property",
        "reply_pending_seconds": "0",
    },
    "other webhooks": {
        "webhook_validation": "head_first", "webhook_validation_jwt": "present", "jwt_time_unit": "milliseconds",
        "opening_thread_event": "absent",
    },
    "contacts let go of tickets": {
        "contact_delete_takes_tickets": "no", "contact_tickets_secondary": "yes",
        "activities_trashed_with_ticket": "yes",
    },
    "replies that leave later": {"reply_immediately": "PENDING"},
    "older portal": {
        "edition": "PROFESSIONAL", "old_fields_route": "404", "thread_plain_text": "422", "truncate_thread_at": "200",
        "second_anonymize": "422", "sar_edition": "403", "attachment_href_host": "zoho",
    },
    "talkative portal": {
        "auto_acknowledge": "yes", "reply_moves_modified_time": "no", "customer_reply_reopens": "no",
        "thread_files_in_ticket_attachments": "yes", "scope_check": "any", "patch_description_changes_thread": "yes",
    },
}  # fmt: skip


def erased(world: World) -> str:
    """Play the story from the mail to the end of the request's own conversation."""
    a_rich_past(world)
    ticket_id = world.mail(DELETE_ALL, subject="Delete my data")["ticketId"]
    world.pass_time(MINUTE)  # nobody answers a letter that has not left yet
    world.reply(ticket_id, world.found(CODE))
    assert world.case().state is State.PLANNED
    world.approve(ticket_id)
    world.settle(within=3 * HOUR)
    world.pass_time(MINUTE)
    assert (world.case().state, world.sent()) == (State.CLOSED, {"identity": 1, "erasure_done": 1})
    left = binned(world)
    found = {record for kind, record in places(world) if not (left and kind == "bin")}
    assert found <= parts_of(world, ticket_id) | left
    world.pass_time(31 * DAY, within=3 * HOUR)
    return ticket_id


def binned(world: World) -> set[str]:
    """Return the ids of everything on what the plan's journal left in the recycle bin."""
    items = world.app.store.find(world.org, "step", parent=world.case().plan_hash, limit=200)
    left = {item.body["target"].rpartition("/")[2] for item in items if item.body.get("code") == "binned"}
    return left | {part for each in left for part in parts_of(world, each)}


@pytest.mark.req("R-ERASE-4", "R-ERASE-8", "R-INTAKE-4")
@pytest.mark.parametrize("name", SWITCHES)
def test_nothing_is_left_whatever_desk_does(stage: World, name: str) -> None:
    world = stage.open(switches=SWITCHES[name])
    erased(world)
    assert not places(world)
    assert binned(world) == set()
    assert world.dead() == []
    seen = world.last_call()
    world.pass_time(HOUR)
    assert world.writes(seen) == []


@pytest.mark.req("R-ERASE-5", "R-PLAN-2")
@pytest.mark.parametrize("hidden", ["200", "404"])
def test_a_bin_with_ids_of_its_own_is_declared_and_empties_itself(stage: World, hidden: str) -> None:
    """Nothing is purged by its looks; the letter says that it ends by itself, and it does."""
    world = stage.open(switches={"bin_id": "different", "get_trashed_ticket": hidden})
    erased(world)
    assert "it is deleted automatically when its period ends" in world.letters()[-1]["content"]
    assert places(world, *PERSON)
    world.pass_time(62 * DAY, within=HOUR)
    assert not places(world)
    assert world.dead() == []
