"""What the suite neither does nor claims (R-OUT): register, coverage, letters and the table of states say so."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.fakes import crash_stories as stories
from tests.fakes.crashing import World
from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.domain import coverage
from zoho_privacy.domain.coverage import RECIPIENT, SUITE, Cover
from zoho_privacy.domain.machine import TRANSITIONS, Event
from zoho_privacy.domain.model import Kind, State
from zoho_privacy.domain.rules import CategoryGroup
from zoho_privacy.workflows import evidence

RULES: Final = load_rules()
PACKAGE: Final = Path(__file__).parents[2] / "zoho_privacy"
NOT_OURS: Final = re.compile(
    r"\b(breach|impact assessment|DPIA|Datenpanne|violation de données|violación de (la )?seguridad)\b", re.IGNORECASE
)


@pytest.mark.req("R-OUT-1", "R-OUT-2", "R-OUT-3", "R-OUT-4", "R-OUT-5", "R-OUT-6")
def test_each_boundary_is_told_with_what_happens_instead() -> None:
    """The map shows them beside what is done; each says what is not done and what there is instead."""
    assert len(RULES.out_of_scope) == 6
    for name, told in RULES.out_of_scope.items():
        assert told.startswith("no "), name
        assert ":" in told, name


@pytest.mark.req("R-OUT-1")
def test_no_page_sets_a_cookie_and_a_mail_about_consent_to_them_is_a_request() -> None:
    for path in (*PACKAGE.rglob("*.py"), *(PACKAGE.parent / "webhooks").rglob("*.py")):
        assert "set-cookie" not in path.read_text("utf-8").casefold(), path.name
    world = World()
    ada, _ = stories.people(world)
    stories.asks(world, ada, "I withdraw my consent to tracking cookies on your website. Ada Moss")
    assert [case.kind for case in world.cases] == [Kind.WITHDRAW_CONSENT]


@pytest.mark.req("R-OUT-2")
def test_recordings_of_sessions_are_a_category_with_somebody_elses_tool() -> None:
    (category,) = [each for each in RULES.categories.values() if each.group is CategoryGroup.REMOTE_SESSION]
    tools = [name for name in category.systems if not RULES.systems[name].automated]
    assert tools
    assert all(RULES.systems[name].owner and name in RULES.external_systems for name in tools)
    rows = {row.system: row for row in coverage.coverage(RULES, None, {}, answered=True)}
    assert {rows[name].state for name in tools} == {Cover.EXTERNAL}


@pytest.mark.req("R-OUT-3")
def test_no_letter_speaks_of_a_breach_or_an_assessment() -> None:
    letters = [path for path in (PACKAGE / "rules" / "letters").rglob("*") if path.suffix in {".html", ".toml"}]
    assert len(letters) > 50
    assert [path.name for path in letters if NOT_OURS.search(path.read_text("utf-8"))] == []
    assert NOT_OURS.search("We tell you of a data breach")


@pytest.mark.req("R-OUT-4", "R-INTAKE-1")
def test_a_note_of_a_call_opens_a_case_like_a_mail() -> None:
    world = World()
    ada, _ = stories.people(world)
    world.begin()
    ticket = world.desk.add_ticket(contact_id=ada.id, subject="Call", channel="Phone")
    world.desk.add_thread(
        ticket.id, channel="PHONE", content="<div>Please delete all personal data you hold about me.</div>"
    )
    world.hears_of(ticket.id)
    assert [(case.kind, case.state) for case in world.cases] == [(Kind.DELETION, State.AWAITING_PROOF)]


@pytest.mark.req("R-OUT-5", "R-PROP-4", "R-PROP-5")
def test_what_the_suite_cannot_reach_is_never_called_done_by_itself() -> None:
    """Everything in Desk is erased, and nobody else has answered: no row beyond Desk says done, the case is open."""
    world = World()
    ada, _ = stories.people(world)
    ticket = stories.asks(world, ada, "Please delete all personal data you hold about me. Ada Moss")
    stories.proves(world, ticket)
    world.macro(ticket, "Approve plan")
    world.rest()
    (case,) = world.cases
    assert case.state is State.FULFILLED
    rows = {row.system: row for row in evidence.covered(world.app(), case)}
    others = {RECIPIENT + key for key, entry in RULES.recipients.items() if entry.acts != SUITE}
    beyond = others | RULES.external_systems.keys()
    assert beyond
    assert not [name for name in beyond if rows[name].state is Cover.DONE]
    assert not coverage.complete(rows.values())
    told = world.writer.sent[-1][2]
    assert [key for key in others if RULES.recipients[key.removeprefix(RECIPIENT)].name not in told] == []


@pytest.mark.req("R-OUT-6", "R-REFUSE-1")
def test_nothing_but_a_person_refuses() -> None:
    ways = {event for table in TRANSITIONS.values() for event, state in table.items() if state is State.REFUSED}
    assert ways == {Event.REFUSED_BY_PERSON}
    named = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if "REFUSED_BY_PERSON" in path.read_text("utf-8") and "domain" not in path.parts
    ]
    assert named == ["workflows/commands.py"], "what an agent's command asks for, and nothing else"
