"""An agent's side panel on the emulated portal: it writes the field as the agent and is believed no more than that."""

from collections import Counter
from typing import Any

import pytest
import requests

from tests.scenario.world import HOUR, World
from zoho_privacy.domain.model import State
from zoho_privacy.local.limits import SUBMITTING
from zoho_privacy.workflows import widget_keys


def ask(world: World, method: str, ticket: str, key: str, order: Any = None) -> requests.Response:
    assert world._server is not None
    url = f"http://127.0.0.1:{world._server.port}/widget/{world.org}/tickets/{ticket}"
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, json=order, headers={"authorization": f"Bearer {key}"}, timeout=30)


def writes_the_field(world: World, ticket_id: str, action: str, *, agent: int) -> None:
    """Let the panel set the action field through the agent's own connection."""
    world.advance(HOUR)
    order = {"ticketId": ticket_id, "agentId": world.agent(agent), "fields": {"cf": {"cf_privacy_action": action}}}
    world.zoho.bench("POST", "/agent/edit", order)


def steps(world: World) -> Counter[tuple[str, str]]:
    """Return who did what, once the request was approved."""
    told = [(entry.who, entry.what) for entry in world.entries()]
    rest = told[told.index((f"agent:{world.agent(1)}", "approved")) :]
    return Counter((who.partition(":")[0], what) for who, what in rest)


@pytest.mark.req("R-TAG-2", "R-TAG-3")
def test_the_panel_does_exactly_what_the_macro_does(world: World) -> None:
    ticket = world.asks_for_deletion()
    _, key = widget_keys.mint(world.app, world.org, who=world.agent(0))
    shown = ask(world, "GET", ticket, key).json()
    assert "Approve plan" in shown["cases"][0]["commands"]
    order = {"command": "Approve plan", "key": "panel-0001"}
    assert ask(world, "POST", ticket, key, order).json()["error"]["code"] == "not_set"
    writes_the_field(world, ticket, "Approve plan", agent=1)
    first = ask(world, "POST", ticket, key, order)
    assert (first.status_code, first.json()["agent"]) == (200, world.agent(1))
    assert all(ask(world, "POST", ticket, key, order).json() == first.json() for _ in range(SUBMITTING.burst))
    world.settle(within=HOUR)
    by_panel = (steps(world), world.case().state, world.sent())
    assert by_panel[1] is State.CLOSED
    world.stop()
    other = World(world.zoho, world.folder / "macro").open()
    try:
        other.approve(other.asks_for_deletion())
        assert (steps(other), other.case().state, other.sent()) == by_panel
    finally:
        other.stop()
