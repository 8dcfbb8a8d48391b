"""What nobody asked for: agents are warned once, by kind and number, and no value is repeated anywhere."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.builders import ORG
from tests.fakes import crash_stories as stories
from tests.fakes.crashing import World
from zoho_privacy.workflows import casebook, ledger, unasked

CARD: Final = "4111 1111 1111 1111"
WORD: Final = "Tr0ub4dor&3x"
MAIL: Final = f"My screen is dark. My password: {WORD} and my card {CARD}, 12/29. Ada Moss"


def sent(text: str, files: Mapping[str, bytes] | None = None) -> World:
    """Let Ada write an ordinary ticket."""
    world = World()
    ada, _ = stories.people(world)
    world.begin()
    ticket = world.desk.add_ticket(contact_id=ada.id, subject="Screen")
    world.desk.add_thread(ticket.id, content=f"<div>{text}</div>", files=files or {})
    world.hears_of(ticket.id)
    world.hears_of(ticket.id)
    return world


@pytest.mark.req("R-SEC-5", "R-SEC-8")
def test_agents_are_warned_once_and_no_value_is_kept() -> None:
    world = sent(MAIL)
    (note,) = world.writer.notes
    assert "1 x card number" in note
    assert "1 x password, key or token" in note
    entries = [each for each in ledger.entries(world.store, ORG) if each.what == "unasked_found"]
    assert [(each.why, each.result) for each in entries] == [("R-SEC-5", "1 x card number, 1 x password, key or token")]
    items: list[Any] = [
        i.body for name in ("unasked", "effect_key", "message") for i in casebook.every(world.store, ORG, name)
    ]
    for value in (CARD, CARD.replace(" ", ""), WORD):
        assert value not in f"{note}{items}{entries}"
    assert world.cases == ()


@pytest.mark.req("R-SEC-5", "R-VERIFY-8")
@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("passport_moss.pdf", True),
        ("Reisepass Seite 2.jpg", True),
        ("scan-id-card-front.png", True),
        ("drivers licence.heic", True),
        ("id_copy.pdf", True),
        ("invoice 4711.pdf", False),
        ("printer-idle.log", False),
        ("passwords-policy.pdf", False),
    ],
)
def test_a_paper_is_known_by_its_name(name: str, seen: bool) -> None:  # noqa: FBT001  a table's cell
    world = sent("Please see what I attached.", {name: b"%PDF"})
    assert [unasked.PAPERS in note for note in world.writer.notes] == [True] * seen


@pytest.mark.req("R-SEC-5")
def test_ordinary_mail_and_our_own_code_warn_nobody() -> None:
    assert sent("The printer on floor 3 prints nothing since 09:15, error 0x80070005.").writer.notes == []
    world = World()
    ada, _ = stories.people(world)
    stories.proves(world, stories.asks(world, ada, "Please send me a copy of all personal data you hold about me."))
    assert not [note for note in world.writer.notes if "Nobody asked for it" in note]
