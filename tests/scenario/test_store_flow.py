"""The suite's own troubles: a locked database, a full disk, an end in the middle. What was promised is kept."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.scenario.world import CODE, COPY_ALL, DELETE_ALL, HOUR, VERIFY, World, get
from zoho_privacy import bootstrap
from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.domain.errors import StoreUnavailable
from zoho_privacy.domain.model import State
from zoho_privacy.workflows import sweep
from zoho_privacy.workflows.casebook import Change

HOLDER: Final = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
"""
BEN: Final = "ben.orlov@example.org"


def impatient(path: Path) -> SqliteStore:
    """Open the database with a short wait, so that a test need not wait either."""
    return SqliteStore(path, timeout_s=0.1)


class FullDisk(SqliteStore):
    """A database on a disk that is full: SQLite may not take one page more than it has."""

    def _connect(self) -> sqlite3.Connection:
        connection = super()._connect()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection


@contextmanager
def locked(world: World) -> Iterator[None]:
    """Let another process hold the write lock."""
    path = world.settings.state_dir / bootstrap.DATABASE
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "held"
        try:
            yield
        finally:
            holder.stdin.write("let go\n")
            holder.stdin.flush()
            holder.wait(10)


def fill(world: World, size: int) -> None:
    """Write rows of this size until none fits any more."""
    for number in range(400):
        change = Change(world.app.store, world.org, world.now())
        change.put("filler", f"{size}-{number}", {"text": "x" * size})
        try:
            change.commit()
        except StoreUnavailable:
            return
    raise AssertionError("the disk does not fill up")


def statuses(world: World) -> set[object]:
    """Return what our endpoint answered to Zoho's deliveries so far."""
    return {each["httpStatus"] for each in world.zoho.bench("GET", "/deliveries")}


@pytest.mark.req("R-INTAKE-3", "R-SEC-4")
@pytest.mark.parametrize("repeats", [True, False])
def test_a_locked_database_loses_nothing(stage: World, *, repeats: bool) -> None:
    """The endpoint says 503 and never 200; then Zoho comes again, or the sweep finds the mail."""
    stage.make_store = impatient
    world = stage.open(switches={"webhook_failure": "retry" if repeats else "no_retry"})
    world.ada()
    with locked(world):
        world.zoho.mail(subject="Delete my data", text=DELETE_ALL)
        if repeats:
            while 503 not in statuses(world):
                time.sleep(0.02)
        else:
            world.zoho.settle()
            assert statuses(world) == {503}
        assert world.app.store.find(world.org, "event") == []
    if not repeats:
        world.advance(HOUR)
        sweep.run(world.app)
    world.settle(within=HOUR)
    assert world.case().state is State.AWAITING_PROOF
    assert len(world.letters()) == 1


@pytest.mark.req("R-PLAN-3", "R-INTAKE-4")
def test_a_lock_in_the_middle_of_the_work_repeats_no_letter(stage: World) -> None:
    """The events are stored, then the lock comes: whatever the workers were at is done once it is gone."""
    stage.make_store = impatient
    world = stage.open()
    world.ada()
    world.zoho.mail(subject="Delete my data", text=DELETE_ALL)
    world.zoho.settle()
    with locked(world), pytest.raises(StoreUnavailable):
        world.settle()
    world.advance(HOUR)
    world.settle(within=HOUR)
    assert (world.case().state, len(world.letters())) == (State.AWAITING_PROOF, 1)


@pytest.mark.req("R-INTAKE-3", "R-SEC-4")
def test_a_full_disk_is_said_and_loses_nothing(world: World) -> None:
    world.ada()
    world.mail(DELETE_ALL)
    world.stop()
    world.make_store = FullDisk
    world.start()
    for size in (3000, 300, 10):
        fill(world, size)
    order = {"webhookId": world.hook, "kind": "garbage_body"}
    world.zoho.mail(subject="My data", text=COPY_ALL, sender=BEN, name="Ben Orlov")
    world.zoho.settle()
    assert world.zoho.bench("POST", "/webhooks/forge", order)["status"] == 503
    assert 503 in statuses(world)
    assert get(world.found(VERIFY)).status_code == 200, "reading goes on"
    world.stop()
    world.make_store = None
    world.start()
    world.advance(HOUR)
    sweep.run(world.app)
    world.settle(within=HOUR)
    assert world.states() == {"deletion": "awaiting_proof", "access": "awaiting_proof"}
    assert (len(world.letters()), len(world.letters(BEN))) == (1, 1)


@pytest.mark.req("R-PLAN-3")
def test_a_restart_at_every_pause_changes_nothing(world: World) -> None:
    """State lies in the store alone: a new process goes on where the old one was, also with the keys it had."""
    world.ada()
    ticket_id = world.mail(DELETE_ALL)["ticketId"]
    code = world.found(CODE)
    world.restart()
    world.reply(ticket_id, code)
    world.restart()
    assert world.case().state is State.PLANNED
    world.macro(ticket_id, "Approve plan", agent=1)
    world.restart()
    world.settle(within=HOUR)
    assert world.case().state is State.CLOSED
    assert world.sent() == {"identity": 1, "erasure_done": 1}
