"""Where personal data must not be: ledger, logs, addresses of calls, the rows of the database. Told by odd names."""

import logging
import sqlite3
from typing import Final

import pytest

from tests.scenario.world import CODE, EXPORT, HOUR, VERIFY, World, everything, get, old_ticket
from zoho_privacy import bootstrap
from zoho_privacy.domain.model import Kind, State
from zoho_privacy.local import cli
from zoho_privacy.workflows import deadlines, retention, sweep

FIRST, LAST, ADDRESS = "Quillon", "Zarnivex", "q.zarnivex@example.net"
MARKERS: Final = (FIRST, LAST, "zarnivex", ADDRESS, "Brimgarth", "flumox", "5550173", "wobbegong", "tarnhelm")
ASKS: Final = (
    "Please send me a copy of all my personal data, also the part about my flumox. "
    "After that, please delete all personal data about me.\nQuillon Zarnivex, Brimgarth 9"
)
STRANGER: Final = "t.tarnhelm@example.org"


def told(caplog: pytest.LogCaptureFixture) -> str:
    """Return all that was logged, with whatever hangs on the records."""
    return "\n".join(everything([record.getMessage(), vars(record)]) for record in caplog.records)


def a_busy_day(world: World) -> None:
    """Let an oddly named person ask, fail, prove, get a copy and be erased, among faults and strangers."""
    person = {"firstName": FIRST, "lastName": LAST, "email": ADDRESS, "phone": "+1 555 0173", "country": "Germany"}
    past = old_ticket(ADDRESS, "My wobbegong is broken", f"{FIRST} {LAST} lives at Brimgarth 9")
    world.seed([person], [past])
    ticket_id = world.mail(ASKS, subject="About my wobbegong", sender=ADDRESS, name=f"{FIRST} {LAST}")["ticketId"]
    world.mail("My tarnhelm is lost. Please delete all personal data about me.", sender=STRANGER, name="T. Tarnhelm")
    world.mail("Please close my account. T. Tarnhelm", sender=STRANGER, name="T. Tarnhelm", subject="tarnhelm")
    world.zoho.bench("POST", "/webhooks/forge", {"webhookId": world.hook, "kind": "garbage_body"})
    world.fault("error500", "GET", "/threads", times=6)
    world.reply(ticket_id, "12345-67890 is what I read, says Zarnivex", sender=ADDRESS, name=f"{FIRST} {LAST}")
    world.settle(within=HOUR)
    world.confirm(ADDRESS)
    world.settle(within=HOUR)
    world.let_out()  # the street in the old ticket is not the one on record: a reviewer looks
    assert world.states()["access"] == "closed"
    get(world.found(EXPORT, ADDRESS))
    assert world.fetch(world.found(EXPORT, ADDRESS), ADDRESS).testzip() is None
    world.fault("error500_after_write", "POST", "/sendReply")
    world.approve(ticket_id)
    world.settle(within=HOUR)
    sweep.run(world.app)
    deadlines.run(world.app)
    retention.run(world.app, world.org, world.app.schedule, dry_run=True)
    assert next(c.state for c in world.cases if c.kind is Kind.DELETION and c.contact_id) is State.CLOSED


def rows(world: World) -> list[tuple[str, str]]:
    """Return every row of the database as table and text."""
    with sqlite3.connect(world.settings.state_dir / bootstrap.DATABASE) as db:
        found = db.execute("SELECT tab, id || ' ' || ifnull(parent, '') || ' ' || body FROM item").fetchall()
    db.close()
    return found


@pytest.mark.req("R-SEC-8", "R-EVID-5", "R-TAG-3", "R-METRIC-2")
def test_names_are_nowhere_but_in_desk(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """One long day, then a search: log lines, ledger, rows, raw pages of the file, plan files, tags, calls to pages."""
    caplog.set_level(logging.DEBUG)
    a_busy_day(world)
    secrets = (world.found(VERIFY, ADDRESS), world.found(CODE, ADDRESS), world.found(EXPORT, ADDRESS))
    tokens = [secret.rpartition("/")[2] for secret in secrets]
    logged = told(caplog)
    assert "POST /hooks/{secret}/desk/{org}" in logged or "/hooks/{secret}" in logged, "nothing was logged at all"
    for marker in (*MARKERS, *tokens, world.settings.hook_secret.get_secret_value()):
        assert marker.casefold() not in logged.casefold(), f"marker {marker[:3]}... in a log line"

    everywhere = rows(world)
    assert len(everywhere) > 50
    for table, text in everywhere:
        hit = [marker for marker in (*MARKERS, *tokens) if marker.casefold() in text.casefold()]
        assert not hit, f"table {table} holds a marker"

    files = [path for path in world.folder.rglob("*") if path.is_file() and path.suffix != ".json"]
    assert any(path.name == bootstrap.DATABASE for path in files)
    for path in files:
        raw = path.read_bytes()
        for marker in MARKERS:
            assert marker.encode() not in raw, f"{path.suffix or path.name} holds a marker"
            assert marker.casefold() not in str(path).casefold()

    ledger = everything([[e.who, e.what, e.why, e.result, dict(e.details)] for e in world.entries()])
    for marker in (*MARKERS, *tokens):
        assert marker.casefold() not in ledger.casefold()

    tags = {tag for call in world.calls() if "Tag" in call["path"] for tag in (call["body"] or {}).get("tags", [])}
    assert tags
    assert all(tag.startswith("privacy-") for tag in tags)
    for call in world.calls():
        assert not [m for m in MARKERS if m.casefold() in call["path"].casefold()]


@pytest.mark.req("R-EVID-2", "R-EVID-4", "R-EVID-1")
def test_the_ledger_of_a_long_day_holds_and_shows_any_change(world: World) -> None:
    a_busy_day(world)
    entries = world.entries()
    assert {"case_opened", "proof_accepted", "plan_proposed", "approved", "erase_ticket", "case_closed"} <= {
        entry.what for entry in entries
    }
    assert all(entry.who and entry.what and entry.why for entry in entries)
    command = ["ledger", "verify", "--trial", world.zoho.url, "--state", str(world.folder / "state")]
    assert cli.main(command) == 0
    approved = next(entry for entry in entries if entry.what == "approved")
    with sqlite3.connect(world.settings.state_dir / bootstrap.DATABASE) as db:
        db.execute(
            "UPDATE item SET body = replace(body, ?, ?) WHERE tab = 'ledger' AND id = ?",
            (world.agent(1), world.agent(0), f"{approved.sequence:012d}"),
        )
    db.close()
    assert cli.main(command) != 0
