"""The agents' side panel: its key proves an installation; what counts is what the agent wrote in Desk."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

from tests.builders import NOW, ORG, a_case, a_ticket
from tests.fakes.crash_stories import ADA, asks, people, proves
from tests.fakes.crashing import World
from tests.fakes.receiving import make
from tests.fakes.suite import a_suite
from webhooks import widget as endpoint
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.domain import records as r
from zoho_privacy.domain import tags
from zoho_privacy.domain.errors import NotAllowed, NotFound
from zoho_privacy.domain.model import Kind, State
from zoho_privacy.domain.tags import Command
from zoho_privacy.hosting import dispatch, lambda_http
from zoho_privacy.hosting.http import Request, Response
from zoho_privacy.workflows import casebook, commands, widget, widget_keys
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.context import App

SCHEMA: Final = json.loads((Path(__file__).parents[3] / "zoho_privacy/rules/schemas/widget-1.json").read_text("utf-8"))
ROUTES: Final = tuple(dispatch.Route(method, path, endpoint.handle) for method, path in endpoint.ROUTES)
DELETE: Final = "Please delete all personal data you hold about me. Ada Moss"
ONCE: Final = "order-0001"


def called(app: App, method: str, ticket: str, key: str, body: bytes = b"", *, org: str = ORG) -> Response:
    request = Request(method, f"/widget/{org}/tickets/{ticket}", {"authorization": f"Bearer {key}"}, body=body)
    route = dispatch.choose(ROUTES, request)
    answer = route if isinstance(route, Response) else dispatch.answer(route, request, app)
    if not isinstance(route, Response):
        jsonschema.validate(json.loads(answer.body), SCHEMA)
        assert lambda_http.write(answer)["body"].encode() == answer.body
    return answer


def told(answer: Response) -> Any:
    return json.loads(answer.body)


def code(answer: Response) -> tuple[int, str]:
    return answer.status, told(answer)["error"]["code"]


def body(command: str = "Approve plan", key: str = ONCE) -> bytes:
    return json.dumps({"command": command, "key": key}).encode()


def sets(world: World, ticket_id: str, action: str, agent: str | None = "702") -> None:
    """Let an agent's panel write the action field; nobody has told the suite yet."""
    world.clock.advance(timedelta(hours=1))
    held = world.desk.tickets[ticket_id]
    change = r.Change(tags.ACTION_FIELD, held.ticket.custom.get(tags.ACTION_FIELD), action)
    held.ticket = replace(held.ticket, custom={**held.ticket.custom, tags.ACTION_FIELD: action})
    held.history.append(r.HistoryEvent("TicketUpdated", world.desk.tick(), "Agent", agent, agent, (change,)))


def planned() -> tuple[World, str, str]:
    """Bring Ada's deletion to its plan; return the world, her ticket and a key."""
    world = World()
    ada, _ = people(world)
    ticket_id = asks(world, ada, DELETE)
    proves(world, ticket_id)
    assert world.cases[0].state is State.PLANNED
    _, key = widget_keys.mint(world.app(), ORG, who="701")
    return world, ticket_id, key


# ---------------------------------------------------------------------------------------------------------------- look


@pytest.mark.req("R-CLOCK-10", "R-SEC-8")
def test_the_panel_shows_the_case_and_nobody() -> None:
    world, ticket_id, key = planned()
    answer = called(world.app(), "GET", ticket_id, key)
    assert answer.status == 200
    (case,) = told(answer)["cases"]
    assert (case["kind"], case["state"], case["person"], case["proof"]["level"]) == (
        "deletion", "planned", "ticket", world.cases[0].level.name,
    )  # fmt: skip
    assert (case["due"]["date"], case["due"]["why"]) == (
        world.cases[0].due.due.isoformat(), list(world.cases[0].due.why),
    )  # fmt: skip
    assert case["next"] == {"by": "colleague", "text": "a second person approves the plan"}
    assert {"Approve plan", "Refuse"} <= set(case["commands"])
    assert sum(case["plan"]["actions"].values()) > 0
    for word in ("Ada", "Moss", ADA, DELETE):
        assert word not in answer.body.decode()


def test_a_ticket_without_a_case_or_that_desk_has_no_more_is_not_found() -> None:
    world, ticket_id, key = planned()
    other = world.desk.add_ticket(subject="Printer")
    world.desk.calls.clear()
    for name in (other.id, "4711", "no-id", "9" * 40):
        assert code(called(world.app(), "GET", name, key)) == (404, "no_case")
    assert not world.desk.calls
    world.desk.tickets[ticket_id].ticket = replace(world.desk.tickets[ticket_id].ticket, trashed=True)
    assert code(called(world.app(), "GET", ticket_id, key)) == (404, "no_case")


def test_many_cases_stay_small() -> None:
    app = a_suite()
    desk: Any = app.desks[ORG].read
    ticket = desk.add_ticket(subject="Everything at once")
    change = Change(app.store, ORG, app.clock.now())
    for kind in Kind:
        change.case(a_case(id=f"{ticket.id}-{kind}", ticket_id=ticket.id, kind=kind))
    change.commit()
    answer = called(app, "GET", ticket.id, widget_keys.mint(app, ORG, who="1")[1])
    assert told(answer)["more"] == len(Kind) - widget.MOST_CASES
    assert len(answer.body) < 50_000


@pytest.mark.req("R-TAG-2")
def test_what_a_case_takes_is_offered() -> None:
    """For every state, kind and command: what the table of commands takes is among what the panel offers."""
    taken: Counter[Command] = Counter()
    wrong: list[tuple[State, Kind, Command]] = []
    kinds = (Kind.DELETION, Kind.ACCESS, Kind.CORRECTION, Kind.RESTRICTION)
    desk: Any = (suite := a_suite()).desks[ORG].read
    contact = desk.add_contact(first_name="Ada", last_name="Moss", email=ADA)
    ticket = desk.add_ticket(contact_id=contact.id, subject="My data")
    case = a_case(ticket_id=ticket.id, contact_id=contact.id)
    commanded = [each for each in Command if each not in {Command.PLACE_HOLD, Command.LIFT_HOLD}]
    for state, kind, command in product(State, kinds, commanded):
        app = replace(suite, store=MemoryStore())
        change = Change(app.store, ORG, app.clock.now())
        change.case(replace(case, id=f"{ticket.id}-{kind}", kind=kind, state=state))
        change.commit()
        offered = {each["command"] for each in widget.view(app, ORG, ticket.id)["commands"]}
        order = commands.Order(command, "702", None, command.value)
        try:
            commands.carry_out(app, app.desks[ORG], ticket, order, clear_field=None)
        except NotAllowed as refusal:
            if command.value in offered and "does not fit" in str(refusal):
                wrong.append((state, kind, command))
            continue
        taken[command] += 1
        if command.value not in offered:
            wrong.append((state, kind, command))
    assert (wrong, len(taken) >= 4) == ([], True)


# ----------------------------------------------------------------------------------------------------------------- key


@pytest.mark.req("R-SEC-3")
def test_a_forged_key_learns_nothing_and_desk_is_not_asked() -> None:
    world, ticket_id, key = planned()
    app = world.app()
    world.desk.calls.clear()
    before = [*casebook.every(world.store, ORG, widget_keys.RATE_TABLE)]
    for forged in ("", "zpw_guess", key[:-1], key + "x", "zpw_" + "é" * 40):
        for method in ("GET", "POST"):
            assert code(called(app, method, ticket_id, forged, body())) == (401, "key_refused")
    assert code(called(app, "GET", ticket_id, key, org="60002")) == (401, "key_refused")
    assert code(called(app, "GET", ticket_id, "{{api_key}}")) == (401, "key_not_filled_in")
    basic = Request("GET", f"/widget/{ORG}/tickets/{ticket_id}", {"authorization": f"Basic {key}"})
    assert code(endpoint.handle(basic, app)) == (401, "key_refused")
    assert not world.desk.calls
    assert [*casebook.every(world.store, ORG, widget_keys.RATE_TABLE)] == before


@pytest.mark.req("R-SEC-3")
def test_a_key_opens_its_own_portal_only() -> None:
    suite = make("60001", "60002")
    ticket = suite.desks["60002"].add_ticket(subject="My data")
    change = Change(suite.app.store, "60002", suite.app.clock.now())
    change.case(a_case(org="60002", id=f"{ticket.id}-deletion", ticket_id=ticket.id))
    change.commit()
    _, one = widget_keys.mint(suite.app, "60001", who="1")
    _, two = widget_keys.mint(suite.app, "60002", who="1")
    assert called(suite.app, "GET", ticket.id, two, org="60002").status == 200
    assert code(called(suite.app, "GET", ticket.id, one, org="60002")) == (401, "key_refused")
    assert code(called(suite.app, "GET", ticket.id, one, org="60001")) == (404, "no_case")
    assert code(called(suite.app, "POST", ticket.id, one, body("Place hold"), org="60001"))[0] == 404


@pytest.mark.req("R-SEC-7", "R-SEC-3")
def test_two_keys_count_while_they_are_changed_over() -> None:
    world, ticket_id, old = planned()
    app = world.app()
    with pytest.raises(NotAllowed, match="rotate"):
        widget_keys.mint(app, ORG, who="701")
    fresh, new = widget_keys.mint(app, ORG, who="701", overlap_days=7)
    with pytest.raises(NotAllowed, match="revoke"):
        widget_keys.mint(app, ORG, who="701", overlap_days=7)
    assert [called(app, "GET", ticket_id, each).status for each in (old, new)] == [200, 200]
    assert max(widget_keys.ages(app).values()) == 0
    world.clock.advance(timedelta(days=8))
    assert [called(app, "GET", ticket_id, each).status for each in (old, new)] == [401, 200]
    widget_keys.revoke(app, ORG, fresh.id, who="701")
    assert called(app, "GET", ticket_id, new).status == 401
    with pytest.raises(NotFound):
        widget_keys.revoke(app, ORG, fresh.id, who="701")
    kept = [item.body for item in casebook.every(world.store, ORG, widget_keys.KEY_TABLE)]
    assert old not in str(kept)
    assert new not in str(kept)
    assert [e.what for e in world.entries() if e.what.startswith("widget_key")] == [
        "widget_key_made", "widget_key_made", "widget_key_revoked",
    ]  # fmt: skip


@pytest.mark.req("R-SEC-3")
def test_a_key_that_asks_too_fast_has_to_wait() -> None:
    clock = FixedClock(NOW)
    app = a_suite(clock=clock)
    _, key = widget_keys.mint(app, ORG, who="1")
    answers = [called(app, "POST", "1", key, b"{}").status for _ in range(widget_keys.ORDERING.burst + 1)]
    assert Counter(answers) == {400: widget_keys.ORDERING.burst, 429: 1}
    refused = called(app, "POST", "1", key, b"{}")
    assert (code(refused), int(refused.headers["retry-after"]) >= 1) == ((429, "too_fast"), True)
    assert called(app, "GET", "1", key).status == 404, "looking has a pace of its own"
    clock.advance(timedelta(seconds=4))
    assert called(app, "POST", "1", key, b"{}").status == 400


# --------------------------------------------------------------------------------------------------------------- order


@pytest.mark.req("R-TAG-3", "R-TAG-2")
def test_the_panel_approves_once_whoever_is_faster() -> None:
    """The field was written by the agent; a copy of the call, and the webhook behind it, change nothing more."""
    world, ticket_id, key = planned()
    sets(world, ticket_id, "Approve plan")
    first = called(world.app(), "POST", ticket_id, key, body())
    assert told(first) == {"ticket": ticket_id, "command": "Approve plan", "result": "done", "agent": "702"}
    again = called(world.app(), "POST", ticket_id, key, body())
    assert (again.status, again.body) == (first.status, first.body)
    world.hears_of(ticket_id)
    assert told(called(world.app(), "POST", ticket_id, key, body(key="order-0002")))["result"] == "done"
    approved = [(e.who, e.what) for e in world.entries() if e.what in {"approved", "command_refused"}]
    assert approved == [("agent:702", "approved")]
    assert not world.too_early


@pytest.mark.req("R-TAG-3")
def test_a_command_that_is_refused_says_why_and_says_it_again() -> None:
    world, ticket_id, key = planned()
    sets(world, ticket_id, "Mark verified")
    first = called(world.app(), "POST", ticket_id, key, body("Mark verified"))
    assert code(first) == (409, "refused")
    assert "does not fit (deletion is planned)" in told(first)["error"]["message"]
    world.rest()
    again = called(world.app(), "POST", ticket_id, key, body("Mark verified"))
    assert again.body == first.body
    assert sum("was not carried out" in note for note in world.writer.notes) == 1


@pytest.mark.req("R-TAG-3")
def test_without_a_known_agent_nothing_is_triggered() -> None:
    world, ticket_id, key = planned()
    sets(world, ticket_id, "Not a request", agent=None)
    before = world.steps()
    answer = called(world.app(), "POST", ticket_id, key, body("Not a request"))
    assert code(answer) == (409, "not_set")
    assert (world.cases[0].state, world.steps()) == (State.PLANNED, before)


@pytest.mark.req("R-TAG-3")
def test_a_field_that_says_otherwise_triggers_nothing() -> None:
    world, ticket_id, key = planned()
    assert code(called(world.app(), "POST", ticket_id, key, body())) == (409, "not_set")
    sets(world, ticket_id, "Refuse")
    assert code(called(world.app(), "POST", ticket_id, key, body())) == (409, "not_set")
    assert world.cases[0].state is State.PLANNED
    sets(world, ticket_id, "Approve plan")
    assert called(world.app(), "POST", ticket_id, key, body()).status == 200
    world.rest()
    world.clock.advance(timedelta(hours=1))
    assert code(called(world.app(), "POST", ticket_id, key, body(key="order-0003"))) == (409, "not_set")
    assert code(called(world.app(), "POST", ticket_id, key, body("Refuse"))) == (409, "not_set")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", (400, "bad_request")),
        (b"[" * 2000, (400, "bad_request")),
        (b"\xff\xfe", (400, "bad_request")),
        (b'{"command": "Approve plan"}', (400, "bad_request")),
        (b'{"command": "Approve plan", "key": "short"}', (400, "bad_request")),
        (b'{"command": "Approve plan", "key": "order-0001", "agent": "701"}', (400, "bad_request")),
        (b'{"command": 1, "key": "order-0001"}', (400, "bad_request")),
        (b'{"command": "Delete everything", "key": "order-0001"}', (400, "unknown_command")),
        (b" " * 2049, (413, "too_large")),
    ],
)
def test_what_is_no_order_is_refused(raw: bytes, expected: tuple[int, str]) -> None:
    app = a_suite()
    assert code(called(app, "POST", "7100", widget_keys.mint(app, ORG, who="1")[1], raw)) == expected


def test_other_methods_are_told_which_there_are() -> None:
    answer = called(a_suite(), "DELETE", "7100", "zpw_x")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")


def test_answers_are_forgotten_after_their_day() -> None:
    world, ticket_id, key = planned()
    sets(world, ticket_id, "Place hold")
    called(world.app(), "POST", ticket_id, key, body("Place hold"))
    assert len([*casebook.every(world.store, ORG, widget.ANSWER_TABLE)]) == 1
    world.rest()
    world.clock.advance(timedelta(days=2))
    assert code(called(world.app(), "POST", ticket_id, key, body("Place hold", "order-0009"))) == (409, "not_set")
    assert not [*casebook.every(world.store, ORG, widget.ANSWER_TABLE)]


def test_a_hold_on_the_ticket_is_shown() -> None:
    world, ticket_id, key = planned()
    sets(world, ticket_id, "Place hold")
    assert called(world.app(), "POST", ticket_id, key, body("Place hold")).status == 200
    shown = told(called(world.app(), "GET", ticket_id, key))
    assert len(shown["holds"]) == 1
    assert {"command": "Lift hold", "note": False} in shown["commands"]
    assert a_ticket().id not in str(shown)
