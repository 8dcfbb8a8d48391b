"""What was held as spam: nobody is answered, nothing is dropped, and a list comes once a day."""

from datetime import timedelta

import pytest

from tests.builders import ORG
from tests.fakes.crash_stories import asks, people
from tests.fakes.crashing import World
from zoho_privacy.domain import tags
from zoho_privacy.domain.model import State
from zoho_privacy.workflows import casebook, deadlines

SPAM = "You have won the lottery. Click here to claim your bitcoin. Please close my account."


def listed(world: World) -> list[str]:
    return [text for text in world.writer.notes if text.startswith("Held as spam")]


def run(world: World) -> int:
    report = deadlines.run(world.app())[0]
    world.rest()
    return report.spam_listed


@pytest.mark.req("R-CLASS-6")
def test_a_daily_list_names_every_ticket_held_as_spam_once() -> None:
    world = World()
    ada, _ = people(world)
    first = asks(world, ada, SPAM)
    second = world.desk.add_ticket(contact_id=ada.id, subject="Again")
    world.mail(second.id, SPAM)
    assert tags.SPAM in world.desk.tickets[first].tags
    assert (list(world.letters()), world.cases) == ([], ())
    assert deadlines.run(world.app(), dry_run=True)[0].spam_listed == 0
    assert run(world) == 2
    (text,) = listed(world)
    numbers = {world.desk.tickets[each].ticket.number for each in (first, second.id)}
    assert all(f"#{number}" in text for number in numbers)
    assert SPAM not in text
    assert [entry.result for entry in world.entries() if entry.what == "spam_listed"] == ["2"]
    assert list(casebook.every(world.store, ORG, "spam")) == []


@pytest.mark.req("R-CLASS-6")
def test_the_list_comes_once_a_day_and_not_on_days_without_spam() -> None:
    world = World()
    ada, _ = people(world)
    asks(world, ada, SPAM)
    assert run(world) == 1
    later = world.desk.add_ticket(contact_id=ada.id, subject="Again")
    world.mail(later.id, SPAM)
    assert run(world) == 0, "the next list is tomorrow's"
    world.clock.advance(timedelta(days=1))
    assert run(world) == 1
    world.clock.advance(timedelta(days=1))
    assert run(world) == 0
    assert len(listed(world)) == 2


@pytest.mark.req("R-CLASS-6", "R-INTAKE-2")
def test_what_desk_took_for_spam_is_answered_by_nobody_and_still_read_by_somebody() -> None:
    """Its filter is wrong at times: the clock runs, a person looks, and whoever forged it learns nothing."""
    world = World()
    ada, _ = people(world)
    world.begin()
    ticket = world.desk.add_ticket(contact_id=ada.id, subject="My data", spam=True)
    world.mail(ticket.id, "Please send me a copy of all personal data you hold about me. Ada Moss")
    (case,) = world.cases
    assert (case.state, case.reason) == (State.WITH_PERSON, "written by a machine: desk marked it as spam")
    assert list(world.letters()) == []
