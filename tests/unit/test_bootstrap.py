"""Putting the suite together: settings arrive where they count, nothing is sent, nobody else may look in."""

import base64
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.receiving import make
from zoho_privacy import bootstrap
from zoho_privacy.config import PolicyConfig, Settings
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.workflows.context import Policy, PortalSettings


def settings(folder: Path, **changes: Any) -> Settings:
    portal = {"org": "60001", "client_id": "1000.A", "client_secret": "s", "refresh_token": "r"}
    values = {
        "portals": [{**portal, "erase_wait_hours": 48, "from_address": "privacy@example.com"}],
        "public_url": "https://privacy.example.com",
        "hook_secret": "h" * 24,
        "installation_secret": base64.b64encode(b"k" * 32).decode(),
        "state_dir": folder / "state",
    }
    return Settings(**{**values, **changes})


def test_the_suite_is_put_together_without_asking_anybody(tmp_path: Path) -> None:
    """Sockets are closed to this test: building must not need the desk."""
    app = bootstrap.build(settings(tmp_path))
    desk = app.desks["60001"]
    assert desk.settings.erase_wait == timedelta(hours=48)
    assert (desk.settings.org, desk.read.org) == ("60001", "60001")
    assert (app.public_url, app.hook_secret) == ("https://privacy.example.com", "h" * 24)
    assert app.keyring.secret == b"k" * 32


@pytest.mark.req("R-SEC-2")
def test_the_state_folder_is_its_owners(tmp_path: Path) -> None:
    bootstrap.build(settings(tmp_path))
    for path in [tmp_path / "state", *(tmp_path / "state").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path.name


@pytest.mark.req("R-SEC-8")
def test_an_app_that_is_printed_shows_no_secret(tmp_path: Path) -> None:
    app = bootstrap.build(settings(tmp_path))
    assert "k" * 32 not in repr(app)
    assert repr(b"k" * 32) not in repr(app)


def test_the_defaults_are_those_of_the_requirements() -> None:
    assert bootstrap.policy(PolicyConfig()) == Policy()


def test_every_number_of_the_policy_can_be_set() -> None:
    """A number that only exists in code is one that the operator cannot answer for."""
    named = {name.removesuffix("_hours").removesuffix("_days") for name in PolicyConfig.model_fields}
    for field in fields(Policy):
        assert {field.name, field.name.removesuffix("_days")} & named, field.name


def test_every_choice_about_a_portal_can_be_set(tmp_path: Path) -> None:
    chosen = settings(tmp_path).portals[0].model_dump()
    for field in fields(PortalSettings):
        if field.name in {"ways", "profile", "behaviour"}:
            continue  # read from files: the retention schedule, the portal's profile
        assert {field.name, f"{field.name}_hours"} & set(chosen), field.name


def test_a_state_folder_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(BadInput, match="STATE_DIR"):
        bootstrap.build(settings(tmp_path))


def test_set_up_needs_a_real_desk() -> None:
    with pytest.raises(BadInput):
        bootstrap.admin(make("60001").app, "60001")
