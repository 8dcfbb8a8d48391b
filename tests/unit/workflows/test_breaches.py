"""A breach: the alert holds the moment of awareness, the mis-sent link ends, and nobody outside is written to."""

import logging
from datetime import timedelta
from typing import Final

import pytest

from tests.builders import ORG
from tests.fakes import crash_stories as stories
from tests.fakes.crashing import World
from tests.fakes.desk import FakeDesk
from tests.fakes.suite import a_suite
from zoho_privacy.domain import health
from zoho_privacy.domain.errors import BadInput, NotFound
from zoho_privacy.domain.health import Colour
from zoho_privacy.local import cli
from zoho_privacy.local import health as looking
from zoho_privacy.local.commands import breach as command
from zoho_privacy.local.console import Exit
from zoho_privacy.workflows import breaches, exports, ledger
from zoho_privacy.workflows.context import App

WHO: Final = "agent:701"


def mis_sent() -> tuple[World, exports.Export]:
    """Ada's copy is ready and, as somebody notices, was fetched by the wrong person."""
    world = World()
    ada, _ = stories.people(world)
    stories.proves(world, stories.asks(world, ada, "Please send me a copy of all personal data you hold about me."))
    (export,) = exports.every(world.app(), ORG)
    return world, export


@pytest.mark.req("R-BREACH-2", "R-BREACH-1")
def test_an_alert_ends_the_link_and_keeps_the_moment_of_awareness(caplog: pytest.LogCaptureFixture) -> None:
    world, export = mis_sent()
    letters, app = len(world.writer.sent), world.app()
    aware = app.clock.now() - timedelta(hours=13)
    found = breaches.raise_alert(app, ORG, export.id, aware=aware, who=WHO, reason="wrong recipient")
    assert (found.aware, found.raised, found.closed) == (aware, app.clock.now(), None)
    assert exports.get(app, ORG, export.id).state is exports.ExportState.REVOKED  # type: ignore[union-attr]
    assert "alarm: portal" in caplog.text
    entry = list(ledger.entries(app.store, ORG))[-1]
    assert (entry.what, entry.why, entry.details["aware"]) == ("breach_raised", "R-BREACH-2", aware.isoformat())
    assert (entry.case_id, entry.details["export"]) == (export.case_id, export.id)

    again = breaches.raise_alert(app, ORG, export.id, aware=app.clock.now(), who=WHO, reason="once more")
    assert again == found
    assert [each.what for each in ledger.entries(app.store, ORG)].count("breach_raised") == 1
    world.rest()
    assert any(found.id in note and "a person decides" in note for note in world.writer.notes)
    assert len(world.writer.sent) == letters, "no letter leaves by itself"


@pytest.mark.req("R-BREACH-3", "R-OUT-3")
def test_the_hours_are_told_and_nothing_happens_when_they_are_over() -> None:
    app = a_suite(FakeDesk(ORG))
    now = app.clock.now()
    found = breaches.raise_alert(
        app, ORG, "file 2026-031", aware=now - timedelta(hours=13), who=WHO, reason="a lost phone"
    )
    said = breaches.told(app.rules, found, now)
    assert "known for 13 h" in said
    assert "GDPR 33(1), to the authority: 59 of 72 h left" in said
    assert "72 h are over" in breaches.told(app.rules, found, now + timedelta(hours=60))
    check = health.breaches(looking._breaches(app, ORG))
    assert (check.colour, check.code) == (Colour.RED, "breach_open")
    assert "a person decides" in check.mend
    closed = breaches.close(app, ORG, found.id, who=WHO, reason="authority told")
    assert closed.closed == now
    assert breaches.told(app.rules, closed, now + timedelta(days=9)) == "closed after 13 h"
    assert breaches.close(app, ORG, found.id, who=WHO, reason="again") == closed
    assert health.breaches(looking._breaches(app, ORG)).colour is Colour.GREEN
    assert [(each.what, each.why) for each in ledger.entries(app.store, ORG)] == [
        ("breach_raised", "R-BREACH-2"),
        ("breach_closed", "R-BREACH-3"),
    ]


def test_what_no_alert_can_be_is_refused() -> None:
    app = a_suite(FakeDesk(ORG))
    now = app.clock.now()
    for what, reason, aware in ((" ", "why", now), ("a", " ", now), ("a", "why", now + timedelta(minutes=1))):
        with pytest.raises(BadInput):
            breaches.raise_alert(app, ORG, what, aware=aware, who=WHO, reason=reason)
    assert list(ledger.entries(app.store, ORG)) == []
    with pytest.raises(NotFound):
        breaches.close(app, ORG, "nothing", who=WHO, reason="why")


@pytest.mark.req("R-BREACH-2", "R-BREACH-3")
def test_the_command_raises_shows_and_closes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app: App = a_suite(FakeDesk(ORG))
    monkeypatch.setattr(command, "app_of", lambda _args: app)
    caplog.set_level(logging.CRITICAL)
    assert cli.main(["breach", "list"]) == Exit.OK
    asked = ["breach", "raise", "file 7", "--aware", "2026-03-01T09:00+01:00", "--as", "701", "--reason", "a lost disk"]
    assert cli.main(asked) == Exit.FOUND
    assert "2026-03-01 08:00" in capsys.readouterr().out
    (found,) = breaches.every(app, ORG)
    assert cli.main(["breach", "close", found.id, "--as", "701", "--reason", "told"]) == Exit.OK
    for wrong in (["breach", "raise", "x"], ["breach", "close"], [*asked[:4], "2026-03-01T09:00", *asked[5:]]):
        assert cli.main(wrong) == Exit.USAGE
