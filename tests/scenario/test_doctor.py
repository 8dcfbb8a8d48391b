"""The doctor at a real portal's bedside: what is wrong is found, named with its mend, and told by the exit status."""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace

import pytest
from pydantic import SecretStr

from tasks import health as daily
from tests.scenario.world import World
from zoho_privacy import bootstrap
from zoho_privacy.adapters.clock import HttpClock
from zoho_privacy.adapters.desk.client import DeskClient
from zoho_privacy.domain import records as r
from zoho_privacy.domain.health import SCOPES, Health
from zoho_privacy.domain.tags import STATE_FIELD
from zoho_privacy.local import cli, health
from zoho_privacy.local.console import Exit
from zoho_privacy.workflows.context import App


def red(found: Sequence[Health]) -> dict[str, str]:
    return {check.name: check.code for each in found for check in each.red}


def examined(world: World, app: App | None = None) -> Sequence[Health]:
    """Look with the trial's own clock: Desk's Date header follows this machine's."""
    return health.examine(replace(app or world.app, clock=HttpClock(f"{world.zoho.url}/_bench/clock")))


class WithoutState(DeskClient):
    """A portal whose layout lacks the state field."""

    def fields(self, module: str) -> Sequence[r.FieldInfo]:
        return [each for each in super().fields(module) if each.api_name != STATE_FIELD]


def test_a_portal_set_up_by_the_book_has_nothing_red(world: World) -> None:
    """Warned of are only the anchors, an unprobed portal, a store without a place, and a trial's token: it may all."""
    found = examined(world)
    assert red(found) == {}
    yellow = {check.name for each in found for check in each.checks if check.colour == "yellow"}
    assert yellow == {"anchors", "profile", "location", "scopes"}
    assert health.verdict(found) is Exit.OK


@pytest.mark.req("R-SEC-6")
def test_a_webhook_that_desk_switched_off_is_found(world: World) -> None:
    there = world.zoho.get(f"/webhooks/{world.hook}").json()
    body = {"isEnabled": False, "subscriptions": there["subscriptions"]}
    assert world.zoho.patch(f"/webhooks/{world.hook}", body).status_code == 200
    assert red(examined(world)) == {"webhook": "webhook_off"}


def test_a_webhook_that_somebody_deleted_is_found(world: World) -> None:
    assert world.zoho.delete(f"/webhooks/{world.hook}").status_code in {200, 204}
    assert red(examined(world)) == {"webhook": "webhook_gone"}


def test_an_edition_without_webhooks_is_found(world: World) -> None:
    world.zoho.switch(edition="STANDARD")
    assert red(examined(world))["edition"] == "no_webhooks"


def test_credits_at_the_reserve_are_found(world: World) -> None:
    world.zoho.bench("POST", "/credits", {"remaining": 500})
    try:
        assert red(examined(world)) == {"credits": "reserve_reached"}
    finally:
        world.zoho.bench("POST", "/credits", {"remaining": None})


def test_a_missing_field_is_found(world: World) -> None:
    desk = world.app.desks[world.org]
    assert isinstance(desk.read, DeskClient)
    reader = WithoutState(desk.read.config, desk.read.transport._tokens, credits_=desk.read.credits)
    app = replace(world.app, desks={world.org: replace(desk, read=reader)})
    assert red(examined(world, app)) == {"fields": "field_missing"}


def with_token(world: World, scopes: list[str], agent: str) -> App:
    """Return the suite with another refresh token, as after a consent that gave less."""
    token = world.zoho.bench("POST", "/oauth", {"agentId": agent, "scopes": scopes})["refreshToken"]
    (portal,) = world.settings.portals
    changed = portal.model_copy(update={"refresh_token": SecretStr(token)})
    fresh = {"portals": (changed,), "state_dir": world.folder / "other"}
    return bootstrap.build(world.settings.model_copy(update=fresh))


def test_a_missing_scope_is_named_and_mended(world: World) -> None:
    ours = world.app.desks[world.org].read.me().id
    less = sorted(SCOPES - {"Desk.tickets.DELETE"})
    (portal,) = [each for each in examined(world, with_token(world, less, ours)) if each.org]
    assert {check.name: check.code for check in portal.red}["scopes"] == "SCOPE_MISMATCH"
    assert "Desk.tickets.DELETE" in next(check.mend for check in portal.red if check.name == "scopes")
    assert "scopes" not in red(examined(world))


def test_an_agent_outside_a_department_is_found_and_mended(world: World) -> None:
    ours = world.app.desks[world.org].read.me().id
    everywhere = [each["id"] for each in world.zoho.info()["departments"]]
    world.zoho.bench("POST", "/agent/permissions", {"agentId": ours, "departmentIds": everywhere[:1]})
    assert red(examined(world))["agent departments"] == "agent_departments"
    world.zoho.bench("POST", "/agent/permissions", {"agentId": ours, "departmentIds": everywhere})
    assert "agent departments" not in red(examined(world))


def test_an_agent_without_webhooks_is_found(world: World) -> None:
    ours = world.app.desks[world.org].read.me().id
    world.zoho.bench("POST", "/agent/permissions", {"agentId": ours, "permissions": {"webhooks": False}})
    assert red(examined(world))["webhook"] == "FORBIDDEN"


def test_a_skewed_clock_is_red(world: World) -> None:
    """The world's own clock stands far from the time that Desk tells."""
    assert red(health.examine(world.app)) == {"clock": "clock_skew"}


def test_a_client_of_another_data_centre_is_told_so(world: World) -> None:
    (portal,) = world.settings.portals
    changed = portal.model_copy(update={"client_id": "1000.ELSEWHERE"})
    app = bootstrap.build(
        world.settings.model_copy(update={"portals": (changed,), "state_dir": world.folder / "other"})
    )
    (check,) = next(each for each in examined(world, app) if each.org).red
    assert (check.name, check.code, "data_centre" in check.mend) == ("access", "invalid_client", True)


def test_an_unverified_from_address_is_found(world: World) -> None:
    (portal,) = world.settings.portals
    desk = world.app.desks[world.org]
    other = replace(desk.settings, from_address=f"unverified.{portal.from_address}")
    app = replace(world.app, desks={world.org: replace(desk, settings=other)})
    assert red(examined(world, app)) == {"from address": "no_from_address"}


def test_set_up_says_what_it_would_do_and_what_only_a_person_can(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dry run changes nothing; the second of two real runs finds everything as it left it."""
    argv = ["setup", "--trial", world.zoho.url, "--state", str(world.settings.state_dir), "--json"]
    there = world.zoho.get(f"/webhooks/{world.hook}").json()
    off = {"isEnabled": False, "subscriptions": there["subscriptions"]}
    assert world.zoho.patch(f"/webhooks/{world.hook}", off).status_code == 200
    assert cli.main([*argv, "--dry-run"]) == Exit.FOUND
    (found,) = json.loads(capsys.readouterr().out)
    assert found["webhook_state"] == "would be switched on"
    assert world.zoho.get(f"/webhooks/{world.hook}").json()["isEnabled"] is False
    states = []
    for _ in range(2):
        assert cli.main(argv) == Exit.OK
        (found,) = json.loads(capsys.readouterr().out)
        states.append(found["webhook_state"])
    assert states == ["switched on again", "was there already"]
    assert world.zoho.get(f"/webhooks/{world.hook}").json()["isEnabled"] is True
    assert any("Macros" in line and "Approve plan" in line for line in found["by_hand"])
    assert any("Notification Rules" in line for line in found["by_hand"])
    assert cli.main([each for each in argv if each != "--json"]) == Exit.OK
    assert "What only a person can do" in capsys.readouterr().out


def test_an_agent_without_the_recycle_bin_is_found(world: World) -> None:
    ours = world.app.desks[world.org].read.me().id
    world.zoho.bench("POST", "/agent/permissions", {"agentId": ours, "permissions": {"recycleBin": False}})
    assert list(red(examined(world))) == ["recycle bin"]


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
    app = replace(world.app, clock=HttpClock(f"{world.zoho.url}/_bench/clock"))
    world.zoho.switch(edition="STANDARD")
    with caplog.at_level(logging.ERROR):
        assert daily.run(app, dry_run=True)
        assert caplog.messages == []
        _, found = daily.run(app)
    told = {f"alarm: portal {world.org}: {check.name} is red: {check.code}" for check in found.red}
    assert set(caplog.messages) == told
    assert "no_webhooks" in {check.code for check in found.red}
    assert found.as_dict()["red"] == len(told)
