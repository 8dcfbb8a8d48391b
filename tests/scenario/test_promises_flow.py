"""Promises of the policy that something else the suite does would break: each is watched over a whole life."""

from datetime import timedelta
from typing import Any, Final

import pytest

from tests.builders import ORG
from tests.fakes.crash_stories import asks, people, proves
from tests.fakes.crashing import World as Memory
from tests.scenario.world import COPY_ALL, DAY, DELETE_ALL, World, everything
from zoho_privacy.config import ClientConfig
from zoho_privacy.domain import ledger
from zoho_privacy.domain.evidence_check import unpack
from zoho_privacy.domain.model import State
from zoho_privacy.workflows import casebook, evidence

CLIENT: Final = "417000000000000001"
ROUTING: Final = ("departmentId", "assigneeId", "teamId", "priority", "slaId", "dueDate", "classification", "category")
TABLES: Final = ("case", "ticket", "contact", "suppression", "restriction", "challenge", "plan", "step", "effect")


def kept(world: Memory) -> str:
    """Return everything about people and cases that the suite stores, and its ledger, as one text."""
    items = [item.body for table in TABLES for item in casebook.every(world.store, ORG, table)]
    return everything([items, [ledger.to_body(entry) for entry in world.entries()]]).casefold()


@pytest.mark.req("R-CONSENT-3")
def test_writing_to_us_is_never_recorded_as_consent() -> None:
    """Whoever asks, proves and is answered has agreed to nothing; whoever takes consent back has said so."""
    world = Memory()
    ada, _ = people(world)
    proves(world, asks(world, ada, "Please send me a copy of all personal data you hold about me. Ada Moss"))
    world.rest(timedelta(days=60))
    assert [case.state for case in world.cases] == [State.CLOSED]
    assert "consent" not in kept(world)
    asks(world, ada, "I withdraw my consent to the processing of my data. Ada Moss")
    assert "withdraw_consent" in kept(world)


@pytest.mark.req("R-CHILD-5")
def test_the_evidence_of_a_childs_case_holds_no_name_age_or_text() -> None:
    world = Memory()
    ada, _ = people(world)
    asks(world, ada, "My daughter Tilly is only 9 years old and wrote to your assistant. Please delete her data.")
    (case,) = world.cases
    assert case.state is State.WITH_PERSON
    content, faults = unpack(evidence.bundle(world.app(), case))
    assert faults == []
    told = kept(world) + b"".join(content.values()).decode().casefold()
    for word in ("tilly", "daughter", "9 years", "years old"):
        assert word not in told


@pytest.mark.req("R-PROC-3")
def test_a_clients_data_is_neither_copied_nor_erased_without_its_word(stage: World) -> None:
    """Letters, tags and notes, whatever the person or an agent asks for, and for as long as nobody instructs us."""
    stage.portal = {"processor_accounts": {CLIENT: ClientConfig(name="Northwind Example Ltd")}}
    world = stage.open()
    world.ada(accountId=CLIENT)
    seen = world.last_call()
    ticket_id = world.mail(f"{DELETE_ALL} {COPY_ALL}")["ticketId"]
    world.macro(ticket_id, "Propose erasure")
    world.macro(ticket_id, "Export")
    world.approve(ticket_id)
    world.pass_time(60 * DAY)
    assert {case.state for case in world.cases} == {State.ROUTED}
    assert {
        word for call in world.writes(seen) for word in ("ecycleBin", "moveToTrash", "contacts/") if word in call
    } == set()
    assert {table: list(casebook.every(world.app.store, world.org, table)) for table in ("plan", "export", "step")} == {
        "plan": [], "export": [], "step": []
    }  # fmt: skip


@pytest.mark.req("R-CCPA-5")
def test_a_privacy_request_costs_no_place_in_the_queue(world: World) -> None:
    """Neither the request, tagged and noted, nor the person's ordinary tickets are routed otherwise than before."""
    world.ada()
    before = routed(world, world.mail("The printer prints nothing. Ada Moss", subject="Printer")["ticketId"])
    request = world.mail(DELETE_ALL, subject="Delete my data")["ticketId"]
    assert any(tag.startswith("privacy-") for tag in world.tags(request))
    after = routed(world, world.mail("The screen is dark. Ada Moss", subject="Screen")["ticketId"])
    assert routed(world, request) == before == after


def routed(world: World, ticket_id: str) -> dict[str, Any]:
    ticket = world.zoho.get(f"/tickets/{ticket_id}").json()
    assert {"departmentId", "priority"} <= ticket.keys()
    return {name: ticket.get(name) for name in ROUTING}


@pytest.mark.req("R-POLICY-1")
def test_a_case_stays_with_the_policy_under_which_it_came(stage: World) -> None:
    stage.policy = {"policy_version": "2025-01"}
    world = stage.open()
    world.ada()
    world.mail(DELETE_ALL, subject="Delete my data")
    world.settings = world.settings.model_copy(
        update={"policy": world.settings.policy.model_copy(update={"policy_version": "2026-02"})}
    )
    world.restart()
    assert world.confirm().status_code == 200
    assert (world.case().state, world.case().policy_version) == (State.PLANNED, "2025-01")
    world.mail(COPY_ALL, subject="A copy")
    assert {case.kind.value: case.policy_version for case in world.cases} == {
        "deletion": "2025-01", "access": "2026-02",
    }  # fmt: skip
