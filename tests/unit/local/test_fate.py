"""Why a ticket is gone, changed or still there: each end of a ticket names rule, clause and article, and nobody."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from tests.builders import ORG
from tests.fakes import crash_stories as stories
from tests.fakes.crashing import World
from tests.fakes.desk import FakeDesk
from tests.fakes.suite import a_suite
from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.domain import retention
from zoho_privacy.domain.errors import DeskUnavailable
from zoho_privacy.domain.retention import Rule, Schedule
from zoho_privacy.local import fate
from zoho_privacy.local.commands import why
from zoho_privacy.workflows import casebook
from zoho_privacy.workflows import retention as pass_
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.holds import Order, place

ARTICLE: Final = "GDPR 17"
ERASE: Final = Rule("old", "P8-tickets", "contract", "erase", period_days=1095, mode="live", reason="three years over")
KEEP: Final = Rule("disputes", "P8-holds", "legal obligation", "keep", tags=frozenset({"dispute"}), reason="a dispute")


def told(app: App, name: str) -> dict[str, Any]:
    (only,) = why.explained(app, name)["tickets"]
    lines = "\n".join(why._ticket(only))
    assert only["state"] in lines
    for word in ("moss", "ada", "bob", "stone", "printer", "example.net"):
        assert word not in f"{lines}{json.dumps(only)}".casefold()
    return only


def lived(story: Callable[[World], None]) -> tuple[World, list[str]]:
    """Live a story and return the world and the ids of the tickets that were there before anybody asked."""
    world = World()
    story(world)
    plans = [item.body for item in casebook.every(world.store, ORG, "plan")]
    targets = {a["target"]: a["type"] for plan in plans for a in plan["actions"] if a["type"].endswith("_ticket")}
    requests = {case.ticket_id for case in world.cases}
    return world, sorted(set(targets) - requests)


@pytest.mark.req("R-EVID-1", "R-POLICY-3")
@pytest.mark.parametrize(
    ("story", "state", "what"),
    [
        (stories.erasure, "erased", "erase_ticket"),
        (stories.native, "erased", "native_erase_ticket"),
        (stories.masked, "masked", "mask_ticket"),
    ],
)
def test_each_way_to_let_go_names_rule_clause_and_article(
    story: Callable[[World], None], state: str, what: str
) -> None:
    world, (old,) = lived(story)
    found = told(world.app(), old)
    assert found["state"] == state
    act = found["acts"][-1]
    assert (act["what"], act["result"], act["rule"]) == (what, "done", "erasure")
    assert act["clauses"] == ["P13-deletion"]
    assert ARTICLE in act["articles"]
    assert act["for"] == world.cases[0].id
    assert (found["schedule"] is None) is (state == "erased")
    number = act["reason"].partition(":")[0]
    assert number.startswith("#")
    assert told(world.app(), number)["ticket"] == old, "its number is known when Desk knows it no more"


def test_a_rewritten_ticket_names_its_copy_and_the_copy_names_nothing() -> None:
    world, tickets = lived(stories.rebuilt)
    for old in tickets:
        found = told(world.app(), old)
        assert found["state"] == "rebuilt"
        assert found["copy"]
    for copy in casebook.every(world.store, ORG, "twin_ticket"):
        found = told(world.app(), copy.id)
        assert found["is_copy"]
        assert not [old for old in tickets if old in json.dumps(found)]


@pytest.mark.req("R-HOLD-6")
def test_a_held_ticket_names_the_hold_and_its_article_not_the_matter() -> None:
    world, (old,) = lived(stories.masked)
    app = world.app()
    place(app, ORG, Order("Stone against Moss", "counsel", "a suit of Ada's", frozenset({old})))
    found = told(app, old)
    assert found["state"] == "held"
    assert [each["owner"] for each in found["holds"]] == ["counsel"]
    assert found["holds"][0]["clauses"] == ["P8-holds"]
    assert "GDPR 17(3)" in found["holds"][0]["articles"]
    assert found["schedule"]["code"] == "held"


def test_what_a_plan_leaves_alone_says_why() -> None:
    world = World()
    ada, old = stories.people(world)
    place(world.app(), ORG, Order("a file", "counsel", "a suit", frozenset({old.id})))
    stories.proves(world, stories.asks(world, ada, "Please delete all personal data you hold about me. Ada Moss"))
    kept = told(world.app(), old.id)["kept"]
    assert {(each["code"], *each["clauses"]) for each in kept} == {("held", "P8-holds")}


@pytest.mark.req("R-RETAIN-9", "R-RETAIN-11")
@pytest.mark.parametrize(
    ("tag", "age", "code", "clause"),
    [
        (None, 1200, "due: erase", "P8-tickets"),
        (None, 20, "not-due", "P8-tickets"),
        ("dispute", 1200, "kept", "P8-holds"),
        ("privacy-hold", 1200, "held", "P8-holds"),
    ],
)
def test_a_ticket_without_a_case_says_what_the_schedule_says(tag: str | None, age: int, code: str, clause: str) -> None:
    desk = FakeDesk(ORG)
    app = a_suite(desk, schedule=Schedule((ERASE, KEEP), version="1" * 64))
    day = app.clock.now() - timedelta(days=age)
    ticket = desk.add_ticket(
        subject="Printer of Ada Moss", status="Closed", status_type="closed", created=day, closed=day
    )
    if tag:
        desk.tickets[ticket.id].tags.add(tag)
    for name in (ticket.id, f"#{ticket.number}"):
        found = told(app, name)
        assert (found["state"], found["schedule"]["code"]) == ("stays", code)
        assert found["schedule"]["clauses"] == [clause]
        assert found["schedule"]["articles"]
    pass_.run(app, ORG, app.schedule, dry_run=False)
    pass_.run(app, ORG, app.schedule, dry_run=False)
    after = told(app, ticket.id) if age > 1000 and not tag else None
    if after:
        assert (after["state"], after["acts"][0]["for"], after["acts"][0]["rule"]) == ("erased", "retention", "old")


def test_an_open_case_needs_no_look_at_the_desk() -> None:
    world = World()
    ada, _ = stories.people(world)
    request = stories.asks(world, ada, "Please delete all personal data you hold about me. Ada Moss")
    app = world.app()
    found = why.explained(app, request)
    assert found["cases"][0]["state"] == "awaiting_proof"
    assert found["cases"][0]["clauses"] == ["P13-deletion", "P13-thirty-days"]
    assert ARTICLE in found["cases"][0]["articles"]
    assert found["tickets"][0]["schedule"] is None


def test_without_the_desk_the_schedule_is_unknown() -> None:
    world, (old,) = lived(stories.masked)
    world.desk.fail["ticket"] = [DeskUnavailable("no answer")]
    assert told(world.app(), old)["schedule"]["reason"] == "Desk could not be asked"


@pytest.mark.req("R-POLICY-3")
def test_every_reason_to_leave_a_ticket_alone_has_a_clause() -> None:
    for code in retention._SKIPS:
        assert len(fate.behind(load_rules(), code)) == 1, code
