"""The whole ladder of table 15.2, each cell walked by a mail: asked for no more than that, let through for no less."""

import re
from dataclasses import replace
from itertools import product
from typing import Any, Final

import pytest

from tests.builders import ORG
from tests.fakes.crashing import World
from zoho_privacy.domain.model import Case, Kind, Level, State
from zoho_privacy.ports import Item, Put
from zoho_privacy.workflows import casebook, verification

ADA: Final = "ada.moss@example.net"
EUROPE, CALIFORNIA, OTHERS = "europe", "california", "others"
HOMES: Final[dict[str, tuple[dict[str, str], ...]]] = {
    EUROPE: ({"country": "Germany"}, {"country": "United Kingdom"}),
    CALIFORNIA: ({"country": "United States", "state": "California"},),
    OTHERS: ({"country": "Brazil"}, {"country": "United States", "state": "Colorado"}),
}
HEALTH: Final = " It is about the data on my health and my medical diagnosis."
V0, V1, V2 = Level.V0, Level.V1, Level.V2
# What is asked, and the ceiling per column for ordinary and for sensitive data, written down from the table once more.
ROWS: Final[dict[Kind, tuple[str, dict[str, tuple[Level, Level]]]]] = {
    Kind.OPT_OUT_SALE: ("Do not sell or share my personal information.", dict.fromkeys(HOMES, (V0, V0))),
    Kind.LIMIT_SENSITIVE: (
        "Please limit the use of my sensitive personal information.", dict.fromkeys(HOMES, (V0, V0)),
    ),
    Kind.WITHDRAW_CONSENT: (
        "I withdraw my consent to the processing of my personal data.", dict.fromkeys(HOMES, (V0, V0)),
    ),
    Kind.RECIPIENT_LIST: (
        "Which other companies got my details from you?",
        dict.fromkeys(HOMES, (V0, V0)),
    ),
    Kind.COMPLAINT: (
        "I want to file a complaint: you passed my personal data on without my consent.",
        dict.fromkeys(HOMES, (V0, V0)),
    ),
    Kind.KNOW_CATEGORIES: (
        "Under the CCPA I request the categories of personal information you have collected about me.",
        dict.fromkeys(HOMES, (V1, V1)),
    ),
    Kind.CORRECTION: (
        "Please correct my personal data: the phone number you hold about me is wrong.",
        dict.fromkeys(HOMES, (V1, V1)),
    ),
    Kind.RESTRICTION: ("Please restrict the processing of my personal data.", dict.fromkeys(HOMES, (V1, V1))),
    Kind.OBJECTION: (
        "I object to the processing of my personal data for improving your services.",
        dict.fromkeys(HOMES, (V1, V1)),
    ),
    Kind.ACCESS: (
        "Please send me a copy of all personal data you hold about me.",
        {EUROPE: (V1, V2), CALIFORNIA: (V2, V2), OTHERS: (V1, V2)},
    ),
    Kind.PORTABILITY: (
        "Please send me my personal data in a structured, machine-readable format so that I can take it elsewhere.",
        {EUROPE: (V1, V2), CALIFORNIA: (V2, V2), OTHERS: (V1, V2)},
    ),
    Kind.DELETION: ("Please delete all personal data you hold about me.", dict.fromkeys(HOMES, (V1, V2))),
}  # fmt: skip
CELLS: Final = [
    pytest.param(kind, column, sensitive, id=f"{kind}-{column}-{'sensitive' if sensitive else 'ordinary'}")
    for kind, column, sensitive in product(ROWS, HOMES, (False, True))
]
MARKETING: Final = "I object to the use of my personal data for direct marketing."


def facts_beside_the_code(level: Level, column: str) -> int:
    """Outside California V2 is the code and one fact; there two points make V1 and three V2, the code being one."""
    return {V1: 1, V2: 2}.get(level, 0) if column == CALIFORNIA else int(level is V2)


def asks(text: str, home: dict[str, str], **values: Any) -> tuple[World, str]:
    """Let Ada, who is on file with an old ticket, write from `home`."""
    world = World()
    person: dict[str, Any] = {"first_name": "Ada", "last_name": "Moss", "email": ADA, "phone": "+49 30 5550142"}
    ada = world.desk.add_contact(**person, **home)
    world.desk.add_ticket(contact_id=ada.id, subject="Printer", status="Closed", status_type="closed")
    world.begin()
    ticket = world.desk.add_ticket(contact_id=ada.id, subject="My data")
    world.mail(ticket.id, f"{text} Ada Moss", **values)
    return world, ticket.id


def challenges(world: World) -> list[Item]:
    return list(casebook.every(world.store, ORG, "challenge"))


def case(world: World, kind: Kind) -> Case:
    return next(each for each in world.cases if each.kind is kind)


@pytest.mark.req("R-VERIFY-1", "R-VERIFY-2", "R-VERIFY-3", "R-VERIFY-4", "R-VERIFY-7", "R-OPTOUT-2")
@pytest.mark.parametrize(("kind", "column", "sensitive"), CELLS)
def test_each_cell_of_the_ladder(kind: Kind, column: str, sensitive: bool) -> None:  # noqa: FBT001  a table
    text, ceilings = ROWS[kind]
    level = ceilings[column][sensitive]
    for home in HOMES[column]:
        world, _ = asks(text + HEALTH * sensitive, home)
        found = case(world, kind)
        assert found.level is level
        asked = challenges(world)
        if level is V0:
            assert (asked, found.state is State.AWAITING_PROOF) == ([], False)
            continue
        (challenge,) = asked
        needed = facts_beside_the_code(level, column)
        declared = column == CALIFORNIA and level is V2
        assert (found.state, len(challenge.body["facts"])) == (State.AWAITING_PROOF, needed)
        token = re.findall(r"/verify/([\w-]+)", world.writer.sent[-1][2])[-1]
        app, held = world.app(), {"ticket_number": "101", "phone": "030 5550142", "name": "Ada Moss"}
        view = verification.view(app, token)
        assert view is not None
        assert view.needs_declaration is declared
        if needed:
            assert submit(app, token, {}, declared=declared) == "more"
        if declared:
            assert submit(app, token, held, declared=False) == "more"
        assert case(world, kind).state is State.AWAITING_PROOF, "nothing less lets anybody through"
        assert submit(app, token, held, declared=declared) == "accepted"
        assert case(world, kind).state is not State.AWAITING_PROOF


def submit(app: Any, token: str, facts: dict[str, str], *, declared: bool) -> str:
    return str(verification.submit(app, token, code=None, facts=facts, declared=declared))


@pytest.mark.req("R-VERIFY-7", "R-OBJECT-1")
@pytest.mark.parametrize("column", HOMES)
def test_an_objection_to_marketing_is_asked_for_nothing(column: str) -> None:
    for home in HOMES[column]:
        world, _ = asks(MARKETING, home)
        assert (challenges(world), case(world, Kind.OBJECTION).level) == ([], V0)


@pytest.mark.req("R-VERIFY-1", "R-VERIFY-11", "R-VERIFY-12")
@pytest.mark.parametrize("column", HOMES)
def test_an_address_changed_lately_is_asked_the_same_and_leads_to_a_person(column: str) -> None:
    """No doubt asks for more; it asks somebody of ours to look (V3)."""
    text, ceilings = ROWS[Kind.DELETION]
    world, ticket_id = asks("The printer is out of toner.", HOMES[column][0])
    (ada,) = [held.contact for held in world.desk.contacts.values() if held.contact.email == ADA]
    from_before = Item(ORG, "address", ada.id, {"mark": "another", "changed": None})
    world.store.commit([Put(from_before)])
    world.mail(ticket_id, text)
    (challenge,) = challenges(world)
    level = ceilings[column][0]
    assert (len(challenge.body["facts"]), challenge.body["proves"]) == (facts_beside_the_code(level, column), False)
    token = re.findall(r"/verify/([\w-]+)", world.writer.sent[-1][2])[-1]
    held = {"ticket_number": "101", "phone": "030 5550142"}
    assert submit(world.app(), token, held, declared=True) == "accepted"
    assert (case(world, Kind.DELETION).state, case(world, Kind.DELETION).reason) == (
        State.WITH_PERSON, "address_changed",
    )  # fmt: skip


@pytest.mark.req("R-VERIFY-11", "R-VERIFY-12")
@pytest.mark.parametrize(
    ("more", "doubted"),
    [
        (" Send it to ada.new@example.org.", True),
        (f" My address is {ADA}.", False),
        (" I wrote to privacy@example.com before.", False),
        ("", False),
    ],
)
def test_a_copy_asked_for_at_another_address_is_asked_the_same_and_leads_to_a_person(more: str, doubted: bool) -> None:  # noqa: FBT001
    """The letter goes to the address on file all the same, and says the same; nothing is sent to the other."""
    world, ticket_id = asks(ROWS[Kind.ACCESS][0] + more, HOMES[EUROPE][0])
    (challenge,) = challenges(world)
    assert (challenge.body["proves"], challenge.body["facts"]) == (not doubted, [])
    world.mail(ticket_id, f"The code is {world.code}")
    found = case(world, Kind.ACCESS)
    assert (found.state is State.WITH_PERSON, found.reason == "delivery_elsewhere") == (doubted, doubted)
    assert {to for _, to, _ in world.writer.sent} == {ADA}


@pytest.mark.req("R-VERIFY-1", "R-VERIFY-8")
def test_no_letter_asks_for_papers_an_account_a_notary_or_money() -> None:
    """In no cell and no language: what is asked is the code and facts on file."""
    world, _ = asks(ROWS[Kind.ACCESS][0], HOMES[CALIFORNIA][0])
    page = replace(challenges(world)[0]).body["facts"]
    assert set(page) <= {"ticket_number", "company", "phone", "name"}
    assert not re.search(r"passport|identity card|notar|fee|payment", world.writer.sent[-1][2], re.IGNORECASE)


@pytest.mark.req("R-VERIFY-14", "R-VERIFY-1")
@pytest.mark.parametrize("kind", [Kind.ACCESS, Kind.CORRECTION, Kind.DELETION])
@pytest.mark.parametrize("column", HOMES)
def test_a_login_at_the_portal_is_proved_again_right_before_anything_happens(kind: Kind, column: str) -> None:
    """Whoever sits at somebody's open browser gets no copy, no change and no erasure; the proof is no longer one."""
    text, ceilings = ROWS[kind]
    world, _ = asks(text, HOMES[column][0], channel="CUSTOMERPORTAL")
    level = ceilings[column][0]
    (challenge,) = challenges(world)
    assert len(challenge.body["facts"]) == facts_beside_the_code(level, column)
    assert case(world, kind).state is State.AWAITING_PROOF
    assert world.letters() == {"identity": 1}
