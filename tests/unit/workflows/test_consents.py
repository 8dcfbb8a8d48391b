"""Consents: recorded by people with proof, ended as easily as given, and never with effect on the past."""

from datetime import timedelta
from typing import Any, Final

import pytest

from tests.builders import ORG
from tests.fakes import crash_stories as stories
from tests.fakes.crashing import World
from tests.fakes.desk import FakeDesk
from tests.fakes.suite import a_suite
from zoho_privacy.domain.errors import BadInput, NotFound
from zoho_privacy.local import cli
from zoho_privacy.local.commands import consent as command
from zoho_privacy.local.console import Exit
from zoho_privacy.workflows import consents, ledger
from zoho_privacy.workflows.consents import Consent
from zoho_privacy.workflows.context import App

WHO: Final = "agent:701"
ADA: Final = "417000000000001"


def given(app: App, contact_id: str = ADA, **members: Any) -> Consent:
    base = {"purpose": "newsletter", "given": app.clock.now(), "wording": "2026-01", "proof": "form 5127"}
    return consents.record(app, ORG, Consent(ORG, "", contact_id, by=WHO, **{**base, **members}))


@pytest.mark.req("R-CONSENT-1")
def test_a_record_says_what_when_which_wording_and_where_the_proof_is() -> None:
    app = a_suite(FakeDesk(ORG))
    found = given(app)
    assert given(app) == found
    assert consents.of(app, ORG, ADA) == [found]
    (entry,) = ledger.entries(app.store, ORG)
    assert (entry.what, entry.why, entry.result) == ("consent_recorded", "R-CONSENT-1", "newsletter")
    assert {entry.details[name] for name in ("wording", "proof")} == {"2026-01", "form 5127"}
    assert ADA not in str(entry)
    for wrong in ({"purpose": " "}, {"wording": ""}, {"proof": "x" * 81}, {"given": app.clock.now() + timedelta(1)}):
        with pytest.raises(BadInput):
            given(app, **wrong)


@pytest.mark.req("R-CONSENT-1", "R-CONSENT-2")
def test_a_mail_ends_it_and_the_time_before_stays_as_it_was() -> None:
    """Nobody has to prove anything; a consent given anew afterwards counts."""
    world = World()
    ada, _ = stories.people(world)
    world.begin()
    first = given(world.app(), ada.id)
    world.clock.advance(timedelta(days=9))
    before = world.clock.now()
    ticket = world.desk.add_ticket(contact_id=ada.id, subject="My data")
    world.mail(ticket.id, "I withdraw my consent to the processing of my data for your newsletter. Ada Moss")
    app = world.app()
    assert consents.in_force(app, first, before)
    assert not consents.in_force(app, first, world.clock.now() + timedelta(hours=1))
    assert not consents.in_force(app, first, first.given - timedelta(seconds=1))
    world.clock.advance(timedelta(days=1))
    again = given(world.app(), ada.id)
    assert consents.in_force(world.app(), again, world.clock.now() + timedelta(days=1))


@pytest.mark.req("R-CONSENT-1")
def test_an_agent_ends_it_in_one_step() -> None:
    app = a_suite(FakeDesk(ORG))
    found = given(app)
    ended = consents.withdraw(app, ORG, found.id, who=WHO)
    assert ended.withdrawn == app.clock.now()
    assert consents.withdraw(app, ORG, found.id, who=WHO) == ended
    assert [each.what for each in ledger.entries(app.store, ORG)] == ["consent_recorded", "consent_withdrawn"]
    assert app.store.get(ORG, "suppression", f"{ADA}:withdraw_consent"), "the purpose stops at once"
    with pytest.raises(NotFound):
        consents.withdraw(app, ORG, "nothing", who=WHO)


@pytest.mark.req("R-CONSENT-1")
def test_the_command_records_lists_and_withdraws(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = a_suite(FakeDesk(ORG))
    monkeypatch.setattr(command, "app_of", lambda _args: app)
    words = ["--purpose", "newsletter", "--wording", "2026-01", "--proof", "form 5127"]
    assert cli.main(["consent", "add", ADA, *words]) == Exit.USAGE
    assert cli.main(["consent", "add", ADA, *words, "--as", "701", "--given", "2026-03-01T09:00+01:00"]) == Exit.OK
    assert "2026-03-01 08:00" in capsys.readouterr().out
    (found,) = consents.of(app, ORG, ADA)
    assert cli.main(["consent", "withdraw", found.id, "--as", "701"]) == Exit.OK
    assert "in force" not in capsys.readouterr().out
    assert cli.main(["consent", "add", ADA, *words, "--as", "701", "--given", "yesterday"]) == Exit.USAGE
