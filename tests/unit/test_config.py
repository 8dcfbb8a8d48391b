"""Settings: every mistake at once, no value ever shown, secrets only from the environment."""

import base64
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from zoho_privacy import config
from zoho_privacy.adapters.desk.hosts import DATA_CENTRES
from zoho_privacy.config import PolicyConfig, PortalConfig, Settings
from zoho_privacy.domain.errors import BadInput

SECRET = base64.b64encode(b"k" * 32).decode()
PORTAL = {"org": "60001", "client_id": "1000.A", "client_secret": "client-secret", "refresh_token": "1000.refresh"}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in os.environ if each.startswith(config.PREFIX)]:
        monkeypatch.delenv(name)


def setenv(monkeypatch: pytest.MonkeyPatch, **values: Any) -> None:
    good = {
        "portals": json.dumps([PORTAL]),
        "public_url": "https://privacy.example.com/",
        "hook_secret": "h" * 24,
        "installation_secret": SECRET,
    }
    for name, value in {**good, **values}.items():
        if value is not None:
            monkeypatch.setenv(config.PREFIX + name.upper(), str(value))


def complaint() -> str:
    with pytest.raises(BadInput) as caught:
        config.load()
    return str(caught.value)


def test_the_least_one_must_say_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    setenv(monkeypatch)
    settings = config.load()
    assert settings.public_url == "https://privacy.example.com"
    assert settings.key() == b"k" * 32
    assert [portal.org for portal in settings.portals] == ["60001"]
    assert settings.policy == PolicyConfig()


def test_every_mistake_is_reported_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator should not have to restart once per mistake."""
    setenv(
        monkeypatch,
        portals=json.dumps([{**PORTAL, "data_centre": "mars"}, {"org": "x"}]),
        public_url="http://privacy.example.com",
        installation_secret=base64.b64encode(b"short").decode(),
        port="many",
        policy='{"code_attempts": 0}',
        speling="1",
    )
    text = complaint()
    for setting in (
        "PORTALS[0].data_centre", "PORTALS[1].org", "PORTALS[1].client_id", "PORTALS[1].refresh_token",
        "PUBLIC_URL", "INSTALLATION_SECRET", "PORT", "POLICY.code_attempts", "SPELING",
    ):  # fmt: skip
        assert f"- {config.PREFIX}{setting}: " in text, setting


def test_a_complaint_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    setenv(monkeypatch, installation_secret=None)
    assert "openssl rand -base64 32" in complaint()


@pytest.mark.req("R-SEC-8", "R-SEC-3")
def test_no_value_is_ever_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start-up error lands in logs and tickets; a secret must not go with it."""
    marker = "zqxmarkerzqx"
    broken = {**PORTAL, "client_secret": [marker], "refresh_token": {"a": marker}, "extra": marker}
    setenv(monkeypatch, portals=json.dumps([broken]), hook_secret=marker, installation_secret=marker, port=marker)
    assert marker not in complaint()


@pytest.mark.req("R-SEC-3")
def test_settings_do_not_show_secrets_when_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    setenv(monkeypatch, operator_token="t" * 40)
    shown = repr(config.load())
    for secret in (SECRET, "client-secret", "1000.refresh", "h" * 24, "t" * 40):
        assert secret not in shown


@pytest.mark.req("R-SEC-1")
@pytest.mark.parametrize(
    "url", ["http://privacy.example.com", "ftp://127.0.0.1", "privacy.example.com", "https://a.example/?q=1"]
)
def test_people_are_only_served_over_tls(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    setenv(monkeypatch, public_url=url)
    assert "PUBLIC_URL" in complaint()


@pytest.mark.parametrize("url", ["http://127.0.0.1:8020", "http://localhost:8020", "http://[::1]:8020"])
def test_a_trial_on_this_machine_needs_no_tls(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    setenv(monkeypatch, public_url=url)
    assert config.load().public_url == url


@pytest.mark.parametrize("url", ["https://clock.example.com", "http://192.0.2.7/clock"])
def test_nobody_else_may_set_our_clock(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Whoever moves the clock decides when codes, holds and deadlines end."""
    setenv(monkeypatch, clock_url=url)
    assert "CLOCK_URL" in complaint()


@pytest.mark.req("R-SEC-3")
def test_a_secret_in_the_settings_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('port = 9000\n[[portals]]\norg = "60001"\nclient_id = "1000.A"\nclient_secret = "oops"\n')
    setenv(monkeypatch, portals=None, settings_file=file)
    text = complaint()
    assert "client_secret is a secret; move it to the environment" in text
    assert "oops" not in text


def test_a_portal_in_the_file_takes_its_secrets_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(
        'port = 9000\n[policy]\ncontroller = "Example Support"\n'
        '[[portals]]\norg = "60001"\n[[portals]]\norg = "60002"\ndata_centre = "eu"\n'
    )
    setenv(monkeypatch, portals=None, settings_file=file)
    for org in ("60001", "60002"):
        for name in ("client_id", "client_secret", "refresh_token"):
            monkeypatch.setenv(f"{config.PREFIX}PORTAL_{org}_{name.upper()}", f"{name}-{org}")
    settings = config.load()
    assert [each.client_secret.get_secret_value() for each in settings.portals] == [
        "client_secret-60001",
        "client_secret-60002",
    ]
    assert (settings.port, settings.policy.controller, settings.portals[1].data_centre) == (
        9000,
        "Example Support",
        "eu",
    )


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("port = 9000\n")
    setenv(monkeypatch, settings_file=file, port=9001)
    assert config.load().port == 9001


@pytest.mark.parametrize("content", [None, "port = = 1", b"\xff\xfe"])
def test_a_settings_file_that_cannot_be_read_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | bytes | None
) -> None:
    file = tmp_path / "settings.toml"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    setenv(monkeypatch, settings_file=file)
    assert "SETTINGS_FILE" in complaint()


def test_an_unknown_key_in_the_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("prot = 9000\n")
    setenv(monkeypatch, settings_file=file)
    assert f"{config.PREFIX}PROT: there is no such setting" in complaint()


def test_one_portal_is_listed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    setenv(monkeypatch, portals=json.dumps([PORTAL, PORTAL]))
    assert "listed twice" in complaint()


def test_an_unknown_time_zone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong zone would move every due date by a day."""
    setenv(monkeypatch, policy='{"time_zone": "Mars/Olympus"}')
    assert "POLICY.time_zone" in complaint()


def test_data_centres_are_those_the_desk_adapter_knows() -> None:
    assert set(config.DataCentre.__args__) == set(DATA_CENTRES)  # type: ignore[attr-defined]


def test_every_setting_says_what_it_is_and_stands_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")
    for model, prefix in ((Settings, config.PREFIX), (PortalConfig, ""), (PolicyConfig, "")):
        for name, field in model.model_fields.items():
            assert field.description, name
            shown = prefix + name.upper() if prefix else name
            assert re.search(rf"`{shown}`", page), shown
