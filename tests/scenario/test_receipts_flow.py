"""An erasure beyond Desk: the person is answered at once, the case waits for everybody else who holds their data."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.scenario.world import ADA, DAY, World
from zoho_privacy.domain import metrics
from zoho_privacy.domain.coverage import RECIPIENT
from zoho_privacy.domain.model import State
from zoho_privacy.local import cli

AWAITED: Final = {"aws": "infrastructure team", "openai": "website team", "microsoft_365": "office administration"}
OPEN_DAYS: Final = 12


@pytest.fixture
def answered(stage: World) -> World:
    """Ada's tickets are erased and she knows; nobody outside Desk has said anything yet."""
    stage.diligent = False
    world = stage.open()
    world.approve(world.asks_for_deletion())
    return world


def said(capsys: pytest.CaptureFixture[str], world: World, *words: str) -> tuple[int, Any]:
    """Return the exit status of a command on the world's state and what it printed for machines."""
    capsys.readouterr()
    status = cli.main([*words, "--json", "--trial", world.zoho.url, "--state", str(world.folder / "state")])
    return status, json.loads(capsys.readouterr().out or "null")


def figures(world: World) -> metrics.Report:
    first = world.case().due.received.date()
    return metrics.report(world.cases, world.entries(), first=first, last=first, timezone="UTC")


@pytest.mark.req("R-PROP-3", "R-PROP-4", "R-PLAN-6", "R-TAG-2", "R-CCPA-4")
def test_a_case_is_open_until_the_last_recipient_has_confirmed(
    answered: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world, case = answered, answered.case()
    ticket_id = case.ticket_id
    assert world.sent() == {"identity": 1, "erasure_done": 1}
    assert (case.state, case.answered is not None, case.closed) == (State.FULFILLED, True, None)
    assert "privacy-fulfilled" in world.tags(ticket_id)
    assert "fulfilled" in world.field(ticket_id)
    (asked,) = [note for note in world.notes(ticket_id) if "have confirmed" in note]
    assert all(role in asked for role in AWAITED.values()), asked
    assert ADA not in asked

    world.macro(ticket_id, "Close case", agent=1)
    refusal = world.notes(ticket_id)[-1]
    assert "receipts outstanding: aws, microsoft_365, openai" in refusal
    assert world.case().state is State.FULFILLED

    (told,) = said(capsys, world, "why", case.id)[1]["cases"]
    assert told["next"] == "receipts of aws, openai, microsoft_365"
    status, listed = said(capsys, world, "receipt", case.id)
    assert (status, set(listed["outstanding"])) == (1, set(AWAITED))
    for number, (recipient, role) in enumerate(AWAITED.items(), 1):
        assert world.case().state is State.FULFILLED
        told = ("--by", role, "--reference", f"deletion record {number}")
        status, listed = said(capsys, world, "receipt", case.id, recipient, *told)
        assert (status, len(listed["outstanding"])) == ((1, 0)[number == 3], 3 - number)
    world.settle()
    assert world.case().state is State.CLOSED
    assert "privacy-fulfilled" not in world.tags(ticket_id)
    assert "closed" in world.field(ticket_id)
    assert world.dead() == []


@pytest.mark.req("R-EVID-4", "R-PROP-4", "R-METRIC-1")
def test_the_evidence_shows_the_receipts_and_the_figures_the_day_of_the_answer(
    answered: World, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A slow recipient makes no late answer: the person's clock stopped with the letter."""
    world, case = answered, answered.case()
    waiting = figures(world)
    assert (waiting.total.whole, waiting.total.open, waiting.total.within_promise) == (1, 0, 1)
    assert proof(capsys, world, tmp_path)["coverage"] == dict.fromkeys(AWAITED, "open")

    world.pass_time(OPEN_DAYS * DAY)
    assert world.case().state is State.FULFILLED
    assert world.confirm_elsewhere() == len(AWAITED)
    shown = proof(capsys, world, tmp_path)
    assert shown["coverage"] == dict.fromkeys(AWAITED, "done")
    assert {f"{name}: receipt by {role}" for name, role in AWAITED.items()} <= {
        each.partition(",")[0] for each in shown["proved"]
    }
    assert figures(world) == waiting
    closed = world.case().closed
    assert closed
    assert case.answered
    assert closed - case.answered >= OPEN_DAYS * DAY


def proof(capsys: pytest.CaptureFixture[str], world: World, folder: Path) -> Mapping[str, Any]:
    """Bundle the case, check the file as a regulator does; return what was proved and what is told of recipients."""
    out = str(folder / "case.zip")
    assert said(capsys, world, "evidence", "bundle", world.case().id, "--out", out)[0] == 0
    capsys.readouterr()
    (head,) = re.findall(r"<code>(\d+:[0-9a-f]{32})</code>", world.letters()[-1]["content"])
    status = cli.main(["evidence", "verify", out, "--head", head, "--json"])
    verdict: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert f"the head {head} fits it" in verdict["proved"]
    assert (status, verdict["holds"]) == (0, True), verdict["faults"]
    _, told = said(capsys, world, "cases", "show", world.case().id)
    rows = {row["system"].removeprefix(RECIPIENT): row["state"] for row in told["coverage"]}
    return {**verdict, "coverage": {name: rows[name] for name in AWAITED}}
