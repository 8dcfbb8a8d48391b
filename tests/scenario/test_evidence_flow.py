"""A deletion case in memory, to its end; then what an operator hands a regulator, and what the regulator finds."""

import argparse
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.builders import ORG
from tests.fakes.crash_stories import ADA, asks, people, proves
from tests.fakes.crashing import World
from zoho_privacy.domain import evidence, metrics
from zoho_privacy.domain.coverage import Cover
from zoho_privacy.domain.evidence_check import unpack
from zoho_privacy.domain.ledger import Head
from zoho_privacy.local import cli, console, report_page
from zoho_privacy.local.commands import cases, why
from zoho_privacy.workflows import evidence as collecting
from zoho_privacy.workflows import ledger

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def world() -> World:
    """Ada has asked and proved who she is; an agent has approved, the closing letter is out, and others confirmed."""
    world = World()
    ada, _ = people(world)
    ticket = asks(world, ada, "Please delete all personal data you hold about me. Ada Moss")
    proves(world, ticket)
    world.macro(ticket, "Approve plan")
    world.confirm_elsewhere()
    return world


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*argv: str) -> tuple[int, str]:
        capsys.readouterr()
        status = cli.main(list(argv))
        return status, capsys.readouterr().out

    return call


def a_file(folder: Path, data: bytes) -> str:
    path = folder / "case.zip"
    path.write_bytes(data)
    return str(path)


def heads(folder: Path, head: Head | None) -> str:
    assert head is not None
    path = folder / "anchors.jsonl"
    line = {"org": head.org, "sequence": head.sequence, "hash": head.hash}
    path.write_text(json.dumps(line) + "\n" + '{"org": "cut sh')
    return str(path)


@pytest.mark.req("R-EVID-4", "R-EVID-2")
def test_a_bundle_is_checked_offline_and_fails_once_it_is_touched(world: World, run: Run, tmp_path: Path) -> None:
    world.rest(timedelta(days=60))
    data = collecting.bundle(world.app(), world.cases[0])
    anchors = heads(tmp_path, ledger.head(world.store, ORG))
    file = a_file(tmp_path, data)

    status, said = run("evidence", "verify", file, "--anchors", anchors)
    assert (status, "holds" in said, "Cannot be proved" in said) == (0, True, True)
    assert ADA not in said

    flipped = bytearray(data)
    flipped[len(data) // 3] ^= 1
    assert run("evidence", "verify", a_file(tmp_path, bytes(flipped)))[0] == 1

    members = {name: member for name, member in unpack(data)[0].items() if name != evidence.MANIFEST}
    tail = b"".join(members["ledger.jsonl"].splitlines(keepends=True)[:-2])
    cut = a_file(tmp_path, evidence.pack({**members, "ledger.jsonl": tail}))
    status, said = run("evidence", "verify", cut, "--anchors", anchors, "--json")
    assert status == 1
    assert any("ends before a head" in each for each in json.loads(said)["faults"])

    assert run("evidence", "verify", a_file(tmp_path, b"no zip"))[0] == 2
    assert run("evidence", "verify", str(tmp_path / "nowhere.zip"))[0] == 2


@pytest.mark.req("R-EVID-4")
def test_a_forged_id_cannot_steer_the_terminal(world: World, run: Run, tmp_path: Path) -> None:
    members, _ = unpack(collecting.bundle(world.app(), world.cases[0]))
    case = {**json.loads(members["case.json"]), "id": "\x1b[2Jgone\n"}
    told = {name: member for name, member in members.items() if name != evidence.MANIFEST}
    status, said = run(
        "evidence", "verify", a_file(tmp_path, evidence.pack({**told, "case.json": evidence.render(case)}))
    )
    assert status == 1
    assert "\x1b" not in said
    assert "?[2Jgone?" in said


@pytest.mark.req("R-PLAN-6", "R-PROP-5")
def test_coverage_is_open_until_the_conversation_is_gone_too(world: World) -> None:
    """The closing letter is out, and the request's own ticket still has its thirty days."""
    rows = {row.system: row for row in collecting.covered(world.app(), world.cases[0])}
    assert world.cases[0].state == "closed"
    assert rows["desk"].state is Cover.OPEN
    world.rest(timedelta(days=60))
    rows = {row.system: row for row in collecting.covered(world.app(), world.cases[0])}
    assert rows["desk"].state is Cover.DONE
    assert rows["office"].state is Cover.EXTERNAL


@pytest.mark.req("R-EVID-4")
@pytest.mark.parametrize("days", [0, 60])
def test_a_bundle_holds_at_any_stage(world: World, run: Run, tmp_path: Path, days: int) -> None:
    world.rest(timedelta(days=days))
    assert run("evidence", "verify", a_file(tmp_path, collecting.bundle(world.app(), world.cases[0])))[0] == 0


@pytest.mark.req("R-EVID-4", "R-EVID-6")
def test_a_bundle_from_after_a_purge_says_what_is_gone(world: World, run: Run, tmp_path: Path) -> None:
    world.rest(timedelta(days=60))
    now = world.clock.now() + timedelta(days=800)
    world.clock.set(now)
    assert ledger.purge(world.store, ORG, before=now - timedelta(days=730), now=now, who="operator") > 10
    status, said = run("evidence", "verify", a_file(tmp_path, collecting.bundle(world.app(), world.cases[0])))
    assert status == 0
    assert "content was purged" in said


@pytest.mark.req("R-METRIC-1", "R-METRIC-2")
def test_figures_are_the_same_after_the_erasure_and_after_the_purge(world: World) -> None:
    def told() -> metrics.Report:
        first, carried = world.cases[0].due.received.date(), ledger.marks(world.store, ORG)
        return metrics.report(world.cases, world.entries(), first=first, last=first, timezone="UTC", carried=carried)

    before = told()
    world.rest(timedelta(days=60))
    assert told() == before
    now = world.clock.now() + timedelta(days=800)
    assert ledger.purge(world.store, ORG, before=now - timedelta(days=700), now=now, who="zoho_privacy") > 10
    assert told() == before
    assert (before.total.received, before.total.whole, before.total.within_promise) == (1, 1, 1)
    page = report_page.render(before)
    assert "<svg" in page
    assert "<script" not in page
    assert "://" not in page
    assert ADA not in page


@pytest.mark.req("R-EVID-1", "R-CLOCK-10")
def test_why_names_law_clause_and_reason_of_each_step_and_nobody(world: World) -> None:
    app = world.app()
    told = why.explained(app, f"#{world.cases[0].ticket_number}")["cases"]
    assert [each["kind"] for each in told] == ["deletion"]
    assert len(told[0]["due_why"]) == 3
    assert told[0]["articles"]
    assert told[0]["next"] == "nothing"
    assert all(step["why"] for step in told[0]["steps"])
    erased = next(step for step in told[0]["steps"] if step["what"] == "erase_ticket")
    assert erased["clauses"] == ["P13-deletion"]
    lines = "\n".join(why._case(told[0])).casefold()
    assert "moss" not in lines
    assert "deletion (confidence" in lines


@pytest.mark.req("R-PLAN-6")
def test_a_case_is_shown_with_its_coverage(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "app_of", lambda _args: world.app())
    args = argparse.Namespace(action="show", case=world.cases[0].id, json=True)
    assert cases.run(args) == console.Exit.OK
    told = json.loads(capsys.readouterr().out)
    assert {row["system"] for row in told["coverage"]} == {
        *world.app().rules.systems,
        *(f"recipient:{key}" for key in world.app().rules.recipients),
    }
