"""The schedule over real HTTP: years of tickets in an emulated portal, one dry run, one run, and what is left."""

import base64
import contextlib
import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from tasks import retention as task
from tests.emulator_process import Emulator
from tests.scenario.world import World
from zoho_privacy import bootstrap
from zoho_privacy.adapters.clock import KEEP_S, FixedClock
from zoho_privacy.domain.errors import NotFound
from zoho_privacy.domain.model import Hold
from zoho_privacy.domain.retention import Rule, Schedule
from zoho_privacy.local import cli
from zoho_privacy.local.trial import settings_from_emulator
from zoho_privacy.ports import Item, Put
from zoho_privacy.workflows import casebook, erasure, inbox, ledger, retention, undo
from zoho_privacy.workflows.context import App

NOW: Final = datetime.fromisoformat("2026-01-05T09:00:00+00:00")
ERASE: Final = Rule("tickets", "P8-tickets", "contract", "erase", period_days=1095, mode="live", reason="over")
MASK: Final = Rule("portal", "P8-portal", "contract", "mask", period_days=365, mode="live", reason="over")
RULES: Final = Schedule((ERASE, MASK), version="2" * 64)


@pytest.fixture
def zoho() -> Iterator[Emulator]:
    with Emulator.start() as running:
        yield running


@pytest.fixture
def app(zoho: Emulator, tmp_path: Path) -> App:
    settings = settings_from_emulator(zoho.url, state_dir=tmp_path / "state", port=0)
    return replace(bootstrap.build(settings), schedule=RULES)


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def a_past(name: str, closed_days: float, **members: Any) -> dict[str, Any]:
    """Order a closed ticket of an invented person whose name marks it."""
    address = f"{name.casefold()}@example.net"
    return {
        "contact": {"firstName": name, "lastName": "Moss", "email": address},
        "subject": f"{name} Moss and the printer",
        "createdTime": ago(closed_days + 4),
        "closedTime": ago(closed_days),
        "threads": [{"content": f"<div>Regards,<br>{name} Moss</div>", "createdTime": ago(closed_days + 3)}],
        **members,
    }


def test_a_portal_with_a_past_keeps_only_what_it_may(zoho: Emulator, app: App) -> None:
    """Erased tickets are gone from live data, bin and history; masked ones keep what Desk never lets go of."""
    made = zoho.bench(
        "POST",
        "/seed",
        {
            "tickets": [
                a_past("Oldest", 2000, tasks=[{"subject": "Oldest Moss calls back"}]),
                a_past("Older", 1200, comments=[{"content": "Older Moss called", "createdTime": ago(1201)}]),
                a_past("Middle", 500),
                a_past("Recent", 20),
                a_past("Kept", 1500, tags=["privacy-hold"]),
                a_past("Shelved", 1600, archived=True),
            ]
        },
    )
    oldest, older, middle, recent, kept, shelved = (each["id"] for each in made["tickets"])
    org = next(iter(app.desks))

    rehearsal = retention.run(app, org, RULES, dry_run=True)
    assert (rehearsal.planned, rehearsal.finished) == (5, True)
    assert zoho.bench("GET", "/stored", needle=["Oldest Moss"])["count"] > 0

    report = retention.run(app, org, RULES)
    assert report.finished
    assert report.planned == report.done + report.skipped + report.failed == 5
    assert (report.done, report.failed) == (4, 1)
    assert report.skips["held"] == 1
    for gone in (oldest, older):
        assert zoho.get(f"/tickets/{gone}").status_code == 404
    assert {place["recordType"] for place in zoho.stored("Oldest Moss", "Older Moss")} <= {"contact"}

    masked = zoho.get(f"/tickets/{middle}").json()
    assert "Middle" not in masked["subject"]
    assert not masked["email"]
    assert {place["where"] for place in zoho.stored("Middle Moss")} <= {"live", "history"}
    for stays in (recent, kept, shelved):
        assert "Moss" in zoho.get(f"/tickets/{stays}").json()["subject"]

    again = retention.run(app, org, RULES)
    assert (again.planned, again.done) == (0, 0)
    assert again.skips["already-masked"] == 1
    assert again.skips["archived-refused"] == 1
    assert not zoho.bench("GET", "/verdict")["failed"]


@pytest.mark.req("R-PLAN-3")
@pytest.mark.parametrize("kind", ["error500_after_write", "drop_after_write", "error500", "busy"])
def test_a_fault_in_the_middle_costs_no_ticket_twice(zoho: Emulator, app: App, kind: str) -> None:
    zoho.bench("POST", "/seed", {"tickets": [a_past("Fern", 1300), a_past("Gale", 1400)]})
    org = next(iter(app.desks))
    retention.run(app, org, RULES, dry_run=True)
    match = {"method": "POST", "pathRegex": "recycleBin/delete"}
    zoho.bench("POST", "/faults", {"match": match, "times": 1, "kind": kind, "retryAfter": 1})
    done = 0
    for _ in range(4):
        report = retention.run(app, org, RULES)
        done = max(done, report.done)
        if report.finished:
            break
        zoho.advance(60)
    assert report.finished
    assert done == 2
    assert {place["recordType"] for place in zoho.stored("Fern Moss", "Gale Moss")} <= {"contact"}
    assert not zoho.bench("GET", "/verdict")["failed"]


def test_the_command_shows_table_and_cost_of_a_dry_run(zoho: Emulator, tmp_path: Path) -> None:
    zoho.bench("POST", "/seed", {"tickets": [a_past("Heath", 1300)]})
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        status = cli.main(["retention", "run", "--dry-run", "--trial", zoho.url, "--state", str(tmp_path / "cli")])
    assert status == 0
    assert "would plan 1 writes for about 18 credits" in said.getvalue()
    assert "tickets          dry-run  1" in said.getvalue()
    assert "Heath" not in said.getvalue()


@pytest.mark.req("R-PLAN-5")
def test_a_backlog_ends_on_the_day_that_was_predicted(emulator: Emulator, tmp_path: Path) -> None:
    """Few credits a day, another integration that uses some of them: right within five percent."""
    daily, others, tickets = 250, 10, 44
    emulator.bench("DELETE", "/faults")
    emulator.reset(now="2026-01-05T09:00:00.000Z")
    settings = settings_from_emulator(emulator.url, state_dir=tmp_path / "state", port=0, daily_credits=daily)
    schedule = Schedule((ERASE,))
    app = replace(bootstrap.build(settings), schedule=schedule)
    org = next(iter(app.desks))
    emulator.bench("POST", "/seed", {"tickets": [a_past(f"Fern{n}", 1200 + n) for n in range(tickets)]})
    assert retention.run(app, org, schedule, dry_run=True).finished
    found = retention.predict(app, org, schedule, others=others)
    assert (found.tickets, found.days > 6) == (tickets, True)
    done: list[int] = []
    while len(done) < 3 * found.days:
        emulator.bench("POST", "/credits", {"remaining": daily})
        for _ in range(others):
            emulator.get("/agents/1")
        report = retention.run(app, org, schedule)
        done.append(report.done)
        if report.finished:
            break
        assert report.stopped == "API credits are at the reserve"
        emulator.advance(86_400)
        time.sleep(KEEP_S)  # the suite believes an answer of the portal's clock for so long
    assert sum(done) == tickets
    assert abs(len(done) - found.days) <= 0.05 * len(done), (found.days, done)
    assert found.finish == app.clock.now().date()
    emulator.bench("POST", "/credits", {"remaining": None})


def toml(days: int) -> str:
    """Return a schedule as a file with one live rule."""
    return f"""[[rules]]
id = "tickets"
clause = "P8-tickets"
basis = "contract"
action = "erase"
start = "closed"
period_days = {days}
skeleton = true
mode = "live"
reason = "over"
"""


@pytest.mark.req("R-PLAN-4", "R-POLICY-4", "R-RETAIN-10")
def test_a_changed_policy_is_simulated_and_approved_before_it_acts(
    stage: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The operator's whole way: rules in force, a file changed under the running suite, simulation, yes, deletion."""
    stage.schedule = toml(1095)
    world = stage.open()
    made = world.zoho.bench(
        "POST",
        "/seed",
        {"tickets": [a_past("Oldest", 1200), a_past("Middle", 800), a_past("Shelved", 900, archived=True)]},
    )
    oldest, middle, shelved = (each["id"] for each in made["tickets"])
    assert [report.planned for report in task.run(world.app, dry_run=True)] == [1]
    assert [report.done for report in task.run(world.app)] == [1]
    assert world.zoho.get(f"/tickets/{oldest}").status_code == 404

    changed, page = tmp_path / "changed.toml", tmp_path / "page.html"
    changed.write_text(toml(730), encoding="utf-8")
    world.settings = world.settings.model_copy(update={"retention_file": changed})
    world.restart()
    (waits,) = task.run(world.app)
    assert (waits.done, waits.skips) == (0, {"dry-run-rule": 2})
    assert "simulate the change" in waits.summary()
    common = ["--trial", world.zoho.url, "--state", str(world.folder / "state")]
    yes = ["retention", "approve", str(changed), "--as", world.agent(1), *common]
    assert cli.main(yes) == 2
    assert cli.main(["retention", "simulate", "--new", str(changed), "--page", str(page), "--json", *common]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["tickets"] == 2
    assert [(row["old"], row["new"]) for row in found["rows"]] == [(0, 1), (0, 1)]
    assert "All rules" not in page.read_text("utf-8")
    assert "<svg" in page.read_text("utf-8")
    assert cli.main(["retention", "approve", str(changed), "--as", "1", *common]) == 2
    assert task.run(world.app)[0].waits
    assert cli.main(yes) == 0
    (done,) = task.run(world.app)
    assert (done.waits, done.planned, done.done) == ("", 2, 1)
    assert world.zoho.get(f"/tickets/{middle}").status_code == 404
    assert world.zoho.get(f"/tickets/{shelved}").status_code == 200  # archived, and this portal refuses
    capsys.readouterr()
    assert cli.main(["retention", "counts", "--json", *common]) == 0
    assert sum(row["tickets"] for row in json.loads(capsys.readouterr().out)) == 2
    world.close()


@pytest.mark.req("R-RETAIN-13", "R-ERASE-4")
def test_what_a_run_deleted_comes_back_within_its_window_and_not_after(
    emulator: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Desk holds nothing in between; the next request of the person finds what came back; the window ends by itself."""
    emulator.reset(now=NOW.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    state = tmp_path / "state"
    app = bootstrap.build(settings_from_emulator(emulator.url, state_dir=state, port=0))
    app = replace(app, clock=FixedClock(NOW))
    rules = Schedule((replace(ERASE, undo_days=20),), version="3" * 64)
    files = [{"name": "needed.txt", "contentBase64": base64.b64encode(b"Needed Moss: log of the printer").decode()}]
    notes = [{"content": "Needed Moss called", "createdTime": ago(1201)}]
    past = [a_past("Needed", 1200, attachments=files, comments=notes), a_past("Other", 1300)]
    needed, other = emulator.bench("POST", "/seed", {"tickets": past})["tickets"]
    org = next(iter(app.desks))
    assert retention.run(app, org, rules, dry_run=True).finished
    assert retention.run(app, org, rules).outcomes["sealed-copy"] == 2
    assert {place["recordType"] for place in emulator.stored("Needed Moss", "Other Moss")} <= {"contact"}

    common = ["--json", "--trial", emulator.url, "--state", str(state)]
    assert cli.main(["retention", "copies", *common]) == 0
    assert {row["ticket"] for row in json.loads(capsys.readouterr().out)} == {needed["id"], other["id"]}
    assert cli.main(["retention", "undo", "999", *common]) == 2
    agent = next(each["id"] for each in emulator.info()["agents"] if not each["admin"])
    assert cli.main(["retention", "undo", needed["ticketNumber"], "--as", agent, *common]) == 0
    back = json.loads(capsys.readouterr().out)
    assert cli.main(["why", needed["id"], *common]) == 0
    assert "as ticket" in json.loads(capsys.readouterr().out)["tickets"][0]["brought_back"]
    copy = emulator.bench("GET", f"/stored/ticket/{back['ticket']}")
    assert (copy["ticket"]["statusType"], copy["ticket"]["email"]) == ("Closed", None)
    assert all(word in str(copy) for word in ("Needed Moss called", "Regards,", "needed.txt"))
    assert [mail for mail in emulator.outbox() if mail["to"]] == []
    assert retention.run(app, org, rules).skips["brought-back"] == 1
    person = app.desks[org].read.contacts_by_email("needed@example.net")[0]
    found = erasure.take_inventory(app, org, person)
    assert [(view.ticket.id, view.others) for view in found.tickets] == [(back["ticket"], False)]

    later = replace(app, clock=FixedClock(NOW + timedelta(days=20, minutes=1)))
    assert inbox.drain(later)
    assert list(undo.living(later, org)) == []
    assert app.blobs.names("undo/") == []
    assert sum(entry.what == "copy_destroyed" for entry in ledger.entries(app.store, org)) == 2
    with pytest.raises(NotFound):
        undo.bring_back(later, org, other["id"], who="operator")


@pytest.mark.req("R-RETAIN-3", "R-HOLD-1", "R-RETAIN-9")
def test_people_whose_tickets_are_all_gone_go_too(emulator: Emulator, tmp_path: Path) -> None:
    """One run: the last ticket goes, and the record after it; whoever is needed, held or new stays as they were."""
    emulator.reset(now=NOW.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    app = bootstrap.build(settings_from_emulator(emulator.url, state_dir=tmp_path / "state", port=0))
    person = replace(ERASE, id="people", start="relationship-end", period_days=365)
    rules = Schedule((ERASE,), version="4" * 64, people=person)

    def contact(name: str, days: int, **members: Any) -> dict[str, Any]:
        address = f"{name.casefold()}@example.net"
        return {"firstName": name, "lastName": "Moss", "email": address, "createdTime": ago(days), **members}

    names = {"Lonely": 1500, "Fresh": 100, "Gone": 2000, "Active": 2000, "Shelved": 2000, "Kept": 2000}
    made = emulator.bench("POST", "/seed", {
        "contacts": [contact(name, days, portalUser=name == "Lonely") for name, days in names.items()],
        "tickets": [{**a_past("Gone", 1200), "contact": "gone@example.net"},
                    {**a_past("Active", 30), "contact": "active@example.net"},
                    {**a_past("Shelved", 700), "contact": "shelved@example.net", "archived": True}],
    })  # fmt: skip
    ids = dict(zip(names, (each["id"] for each in made["contacts"]), strict=True))
    org = next(iter(app.desks))
    hold = Hold("h", "m", "o", "r", NOW.date(), NOW.date(), contact_ids=frozenset({ids["Kept"]}))
    app.store.commit([Put(Item(org, "hold", "h", casebook.to_body(hold)))])

    rehearsal = retention.run(app, org, rules, dry_run=True)
    assert (rehearsal.people["due"], rehearsal.rules["people"].due) == (1, 1), "the other still has a ticket"
    assert retention.run(app, org, rules).finished
    report = retention.run(app, org, rules)
    assert report.finished
    assert report.done == report.planned
    left = {name for name, each in ids.items() if emulator.get(f"/contacts/{each}").status_code == 200}
    assert left == {"Fresh", "Active", "Shelved", "Kept"}
    assert emulator.stored("lonely@example.net", "gone@example.net") == []
    assert not emulator.bench("GET", "/verdict")["failed"]
