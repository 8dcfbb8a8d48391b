"""The command line: it teaches, prints for people and machines, and its exit status means something."""

import argparse
import base64
import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.builders import ORG, a_case
from zoho_privacy import bootstrap, config
from zoho_privacy.domain.errors import DeskForbidden, StoreUnavailable
from zoho_privacy.local import cli, commands
from zoho_privacy.local.console import Exit, table
from zoho_privacy.workflows import arrivals, casebook
from zoho_privacy.workflows.context import App

MARKER = "zqx-ada.moss@example.net"
CASE = "7001-deletion"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> App:
    """A configured installation whose desk nobody can reach."""
    for name in [each for each in os.environ if each.startswith(config.PREFIX)]:
        monkeypatch.delenv(name)
    portal = {
        "org": ORG,
        "client_id": "1000.A",
        "client_secret": "s",
        "refresh_token": "r",
        "desk_url": "http://127.0.0.1:9",
        "accounts_url": "http://127.0.0.1:9",
    }
    values = {
        "portals": json.dumps([portal]),
        "public_url": "http://127.0.0.1:8020",
        "hook_secret": "h" * 24,
        "installation_secret": base64.b64encode(b"k" * 32).decode(),
        "state_dir": str(tmp_path / "state"),
    }
    for name, value in values.items():
        monkeypatch.setenv(config.PREFIX + name.upper(), value)
    return bootstrap.build(config.load())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command and return exit status, output and complaint."""

    def call(*argv: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = cli.main(list(argv))
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return call


Run = Callable[..., tuple[int, str, str]]


def add_case(app: App, **members: Any) -> None:
    change = casebook.Change(app.store, ORG, app.clock.now())
    change.case(a_case(**members))
    change.log("requester", "case_opened", why="R-INTAKE-2", case_id=CASE, ticket_id="7001")
    change.commit()


def test_help_names_every_command_and_answers_without_settings(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == Exit.OK
    for name in cli.available():
        assert name.replace("_", "-") in out


def test_no_command_is_answered_with_the_help(run: Run) -> None:
    status, out, _ = run()
    assert (status, "zoho-privacy demo" in out) == (Exit.USAGE, True)


@pytest.mark.parametrize("name", cli.available())
def test_every_command_teaches(name: str) -> None:
    """A help that only lists options leaves people with the source."""
    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers()
    cli._load(name).add_parser(subparsers)
    (only,) = set(subparsers.choices.values())
    assert only.description
    assert next(iter(subparsers.choices)).replace("-", "_") == name
    assert only.get_default("run") is not None


def test_every_command_file_is_offered() -> None:
    files = {path.stem for path in Path(next(iter(commands.__path__))).glob("*.py")} - {"__init__"}
    assert set(cli.available()) == files


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    "argv",
    [
        ("nonsense",),
        ("cases",),
        ("cases", "show"),
        ("cases", "show", "nothing"),
        ("plan", "show", "nothing"),
        ("approve", "nothing", "--plan", "x" * 12, "--as", "1"),
        ("hold", "add", "--tag", "x"),
        ("hold", "lift"),
        ("hold", "add", "--matter", "m", "--owner", "o", "--reason", "r", "--tag", "t", "--org", "60009"),
        ("dead-letters", "replay"),
        ("dead-letters", "replay", "nothing"),
        ("dead-letters", "drop", "nothing"),
        ("export", "revoke", "nothing"),
        ("export", "revoke", "nothing", "--as", "1", "--reason", "why"),
        ("ledger", "show"),
        ("task", "nonsense"),
        ("task",),
        ("serve", "--trial", "http://192.0.2.7:8025"),
        ("status", "--trial", "http://127.0.0.1:9"),
    ],
)
def test_wrong_input_is_a_sentence_and_status_2(run: Run, argv: tuple[str, ...]) -> None:
    status, _, err = run(*argv)
    assert status == Exit.USAGE
    assert err.strip()
    assert "Traceback" not in err


def test_missing_settings_are_listed(run: Run, monkeypatch: pytest.MonkeyPatch, app: App) -> None:
    del app
    monkeypatch.delenv("ZOHO_PRIVACY_PUBLIC_URL")
    monkeypatch.delenv("ZOHO_PRIVACY_HOOK_SECRET")
    status, _, err = run("status")
    assert status == Exit.USAGE
    assert "ZOHO_PRIVACY_PUBLIC_URL" in err
    assert "ZOHO_PRIVACY_HOOK_SECRET" in err


def test_status_counts_and_finds(run: Run, app: App) -> None:
    add_case(app)
    status, out, _ = run("status", "--json")
    found = json.loads(out)
    assert (status, found["open_cases"], found["idle"]) == (Exit.OK, 1, True)
    arrivals.keep(app, ORG, [arrivals.Hint("Ticket_Add", "d", ticket_id="1")], [arrivals.Unreadable("why", b"x")])
    status, out, _ = run("status", "--json")
    found = json.loads(out)
    assert (status, found["events"]["due"], found["idle"], found["dead_letters"]) == (Exit.FOUND, 1, False, 1)
    assert "1 open cases, 1 dead letters" in run("status")[1]


def test_cases_are_listed_and_shown_by_id_or_number(run: Run, app: App) -> None:
    add_case(app)
    assert [case["id"] for case in json.loads(run("cases", "list", "--json")[1])] == [CASE]
    assert "the person confirms the code" in run("cases", "list")[1]
    for name in (CASE, "5127", "#5127", "7001"):
        status, out, _ = run("cases", "show", name)
        assert status == Exit.OK
        assert "case_opened" in out


def test_a_ticket_with_several_cases_asks_which(run: Run, app: App) -> None:
    add_case(app)
    add_case(app, id="7001-access")
    status, _, err = run("cases", "show", "5127")
    assert status == Exit.USAGE
    assert "7001-access" in err


def test_a_case_without_a_plan_says_so(run: Run, app: App) -> None:
    add_case(app)
    assert run("plan", "show", CASE)[0] == Exit.FOUND


def test_a_hold_goes_round(run: Run, app: App) -> None:
    given = ("--matter", "2026-014", "--owner", "counsel", "--reason", "claim", "--ticket", "7001")
    status, out, _ = run("hold", "add", *given, "--json")
    hold = json.loads(out)["id"]
    assert status == Exit.OK
    assert hold in run("hold", "list")[1]
    today = app.clock.now().date()
    before = (today + timedelta(days=30)).isoformat()
    assert run("hold", "review", hold, "--review", before, "--as", "417")[0] == Exit.OK
    assert run("hold", "review", hold, "--as", "417")[0] == Exit.USAGE
    status, out, _ = run("hold", "lift", hold, "--as", "417", "--json")
    ends = (today + timedelta(days=7)).isoformat()
    assert (status, json.loads(out)) == (Exit.OK, {"hold": hold, "lifted": True, "ends": ends, "waiting": []})
    (kept,) = casebook.holds(app.store, ORG)
    assert (kept.review.isoformat(), kept.ends and kept.ends.isoformat()) == (before, ends)
    assert ends in run("hold", "list")[1]


@pytest.mark.req("R-HOLD-3", "R-HOLD-6")
def test_a_hold_by_query_that_is_past_its_date_is_told_by_the_exit_status(run: Run, app: App) -> None:
    yesterday = (app.clock.now().date() - timedelta(days=1)).isoformat()
    given = ("--matter", "2026-015", "--owner", "counsel", "--reason", "audit", "--review", yesterday)
    query = ("--account", "8001", "--category", "Billing", "--created-from", "2025-01-01", "--words", "audit")
    status, out, _ = run("hold", "add", *given, *query, "--json")
    assert status == Exit.OK
    assert json.loads(out)["query"] == {
        "account_ids": ["8001"],
        "department_ids": [],
        "categories": ["Billing"],
        "created_from": "2025-01-01",
        "created_until": None,
        "words": "audit",
    }
    assert run("hold", "list")[0] == Exit.FOUND


def test_an_answer_about_a_duplicate_needs_a_record_and_a_name(run: Run, app: App) -> None:
    add_case(app)
    assert run("plan", "same", CASE, "--contact", "9002")[0] == Exit.USAGE
    status, _, err = run("plan", "same", CASE, "--contact", "9002", "--as", "417")
    assert status != Exit.OK
    assert "no plan" in err


def test_dead_letters_go_round(run: Run, app: App) -> None:
    assert run("dead-letters", "list")[0] == Exit.OK
    good = b'[{"eventType":"Ticket_Add","orgId":"60001","payload":{"id":"1"}}]'
    arrivals.keep(app, ORG, [], [arrivals.Unreadable("why", b"never"), arrivals.Unreadable("then", good)])
    status, out, _ = run("dead-letters", "list", "--json")
    assert (status, len(json.loads(out))) == (Exit.FOUND, 2)
    status, out, _ = run("dead-letters", "replay", "--all", "--json")
    assert status == Exit.FOUND
    assert json.loads(out)["replayed"] == 1
    (stuck,) = json.loads(out)["stuck"]
    assert run("dead-letters", "drop", stuck, "--reason", "a test", "--as", "417")[0] == Exit.OK
    assert run("dead-letters", "list")[0] == Exit.OK


@pytest.mark.req("R-EVID-2")
def test_a_ledger_that_was_touched_needs_a_person(run: Run, app: App) -> None:
    add_case(app)
    assert run("ledger", "verify")[0] == Exit.OK
    (item,) = casebook.every(app.store, ORG, "ledger")
    change = casebook.Change(app.store, ORG, app.clock.now())
    change.put("ledger", item.id, {**item.body, "who": "nobody"}, was=item, parent=item.parent)
    change.commit()
    status, out, _ = run("ledger", "verify")
    assert status == Exit.PERSON_NEEDED
    assert "entry 1: the entry was changed" in out


@pytest.mark.usefixtures("app")
def test_tasks_are_listed_and_run(run: Run) -> None:
    assert "dead_letters" in run("task", "--list")[1]
    status, out, _ = run("task", "dead_letters", "--dry-run", "--json")
    assert (status, json.loads(out)) == (Exit.OK, [{"resting": 0, "ended": 0, "oldest": ""}])
    assert run("task", "dead_letters", "--dry-run")[1].startswith("dry run: ")


@pytest.mark.req("R-SEC-8")
@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (StoreUnavailable("locked"), 3),
        (DeskForbidden("scope"), 4),
        (RuntimeError(MARKER), 4),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_branch_of_errors_has_its_status(
    problem: BaseException, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> int:
        raise problem

    assert cli._guarded(fail) == status
    shown = capsys.readouterr()
    assert MARKER not in shown.err + shown.out
    assert "Traceback" not in shown.err


def test_a_table_is_aligned() -> None:
    assert table(("a", "long head"), [("value", 1), ("v", 22)]) == ["a      long head", "value  1", "v      22"]
    assert table(("a",), []) == ["(none)"]
