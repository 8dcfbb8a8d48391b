"""The doctor at a real portal's bedside: what is wrong is found, named with its mend, and told by the exit status."""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tasks import health as daily
from tests.scenario.world import World
from zoho_privacy.adapters.desk.client import DeskClient
from zoho_privacy.domain import records as r
from zoho_privacy.domain.health import Health
from zoho_privacy.domain.tags import STATE_FIELD
from zoho_privacy.local import cli, health
from zoho_privacy.local.console import Exit


def red(found: Sequence[Health]) -> dict[str, str]:
    return {check.name: check.code for each in found for check in each.red}


class WithoutState(DeskClient):
    """A portal whose layout lacks the state field."""

    def fields(self, module: str) -> Sequence[r.FieldInfo]:
        return [each for each in super().fields(module) if each.api_name != STATE_FIELD]


def test_a_portal_set_up_by_the_book_has_nothing_red(world: World) -> None:
    """Warned of are only the anchors, and a portal's clock that this test has set."""
    found = health.examine(world.app)
    assert red(found) == {}
    yellow = {check.name for each in found for check in each.checks if check.colour == "yellow"}
    assert yellow == {"anchors", "clock"}
    assert health.verdict(found) is Exit.OK


@pytest.mark.req("R-SEC-6")
def test_a_webhook_that_desk_switched_off_is_found(world: World) -> None:
    there = world.zoho.get(f"/webhooks/{world.hook}").json()
    body = {"isEnabled": False, "subscriptions": there["subscriptions"]}
    assert world.zoho.patch(f"/webhooks/{world.hook}", body).status_code == 200
    assert red(health.examine(world.app)) == {"webhook": "webhook_off"}


def test_a_webhook_that_somebody_deleted_is_found(world: World) -> None:
    assert world.zoho.delete(f"/webhooks/{world.hook}").status_code in {200, 204}
    assert red(health.examine(world.app)) == {"webhook": "webhook_gone"}


def test_an_edition_without_webhooks_is_found(world: World) -> None:
    world.zoho.switch(edition="STANDARD")
    assert red(health.examine(world.app))["edition"] == "no_webhooks"


def test_credits_at_the_reserve_are_found(world: World) -> None:
    world.zoho.bench("POST", "/credits", {"remaining": 500})
    try:
        assert red(health.examine(world.app)) == {"credits": "reserve_reached"}
    finally:
        world.zoho.bench("POST", "/credits", {"remaining": None})


def test_a_missing_field_is_found(world: World) -> None:
    desk = world.app.desks[world.org]
    assert isinstance(desk.read, DeskClient)
    reader = WithoutState(desk.read.config, desk.read.transport._tokens, credits_=desk.read.credits)
    app = replace(world.app, desks={world.org: replace(desk, read=reader)})
    assert red(health.examine(app)) == {"fields": "field_missing"}


def test_an_agent_without_the_recycle_bin_is_found(world: World) -> None:
    ours = world.app.desks[world.org].read.me().id
    world.zoho.bench("POST", "/agent/permissions", {"agentId": ours, "permissions": {"recycleBin": False}})
    assert list(red(health.examine(world.app))) == ["recycle bin"]


def test_the_command_says_try_again_where_desk_asks_to_wait(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """With no credit left Desk answers nothing more today: that is no mistake of the portal's."""
    argv = ["doctor", "--trial", world.zoho.url, "--state", str(world.settings.state_dir), "--json"]
    assert cli.main(argv) == Exit.OK
    (ours, portal) = json.loads(capsys.readouterr().out)
    assert (ours["org"], portal["org"], portal["red"]) == ("", world.org, 0)
    world.zoho.bench("POST", "/credits", {"remaining": 0})
    try:
        assert cli.main(argv[:-1]) == Exit.TRY_AGAIN
    finally:
        world.zoho.bench("POST", "/credits", {"remaining": None})
    shown = capsys.readouterr().out
    assert "-> access: try again later" in shown
    assert "@" not in shown
    assert world.app.hook_secret not in shown


@pytest.mark.req("R-SEC-6", "R-SEC-8")
def test_the_daily_task_raises_an_alarm_of_ids_and_codes(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.zoho.switch(edition="STANDARD")
    with caplog.at_level(logging.ERROR):
        assert daily.run(world.app, dry_run=True)
        assert caplog.messages == []
        _, found = daily.run(world.app)
    assert caplog.messages == [f"alarm: portal {world.org}: edition is red: no_webhooks"]
    assert found.summary().endswith("1 red: edition")
    assert found.as_dict()["red"] == 1
