"""A backup is made, somebody is erased, the old state is restored: the person stays erased, nothing is sent again."""

import json
from pathlib import Path

import pytest

from tests.scenario.world import DAY, World
from zoho_privacy import bootstrap
from zoho_privacy.domain.model import ActionType, State
from zoho_privacy.local import cli
from zoho_privacy.workflows import ledger, reconcile


@pytest.mark.req("R-ERASE-7", "R-EVID-2", "R-DEV-2")
def test_who_was_erased_after_the_backup_stays_erased(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ticket_id = world.asks_for_deletion()
    (old,) = [a.target for a in world.plan().actions if a.type is ActionType.ERASE_TICKET and a.target != ticket_id]
    database, kept = world.settings.state_dir / bootstrap.DATABASE, tmp_path / "kept.sqlite3"
    common = ["--json", "--trial", world.zoho.url, "--state", str(world.settings.state_dir)]
    assert cli.main(["backup", "make", str(tmp_path / "backup.sqlite3"), *common]) == 0
    world.approve(ticket_id)
    assert world.zoho.get(f"/tickets/{old}").status_code == 404
    world.pass_time(DAY)
    closed, sent, entries = world.case().closed, world.sent(), len(world.entries())
    ledger.anchor_head(world.app.store, world.app.anchor, world.org, world.now())

    world.stop()
    database.rename(kept)
    (tmp_path / "backup.sqlite3").rename(database)
    capsys.readouterr()
    assert cli.main(["backup", "replay", str(kept), *common]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["entries"] > 0
    assert cli.main(["ledger", "verify", *common]) == 0
    assert cli.main(["backup", "replay", str(kept), *common]) == 0
    capsys.readouterr()

    world.start()
    calls = world.last_call()
    world.pass_time(DAY)
    assert (world.case().state, world.case().closed) == (State.CLOSED, closed)
    assert world.sent() == sent, "no letter a second time"
    assert not [each for each in world.writes(calls) if "sendReply" in each]
    assert len(world.entries()) > entries
    assert reconcile.erased_by_us(world.app, world.org, old)
    assert world.dead() == []
