"""What ends a rebuild early deletes the copy and leaves the original as it was."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.builders import NOW, ORG
from tests.fakes.crashing import Fuse, Fused, Killed
from tests.fakes.desk import FakeDesk, FakeWriter
from tests.fakes.suite import SECRET
from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.domain import plan as planning
from zoho_privacy.domain import records as r
from zoho_privacy.domain import tags
from zoho_privacy.domain.errors import Ambiguous, DeskRejected
from zoho_privacy.domain.keyed import Keyring
from zoho_privacy.domain.model import ActionType, Plan
from zoho_privacy.workflows.writes import Outcome, Writes

KEYRING = Keyring(SECRET)


class Meddling(FakeWriter):
    """A desk in which something happens at a chosen call, once."""

    def __init__(self, desk: FakeDesk) -> None:
        super().__init__(desk)
        self.at: dict[str, Callable[[], None]] = {}

    def _meddle(self, name: str) -> None:
        if name in self.at:
            self.at.pop(name)()

    def add_comment(self, ticket_id: str, text: str) -> str:
        made = super().add_comment(ticket_id, text)
        self._meddle("add_comment")
        return made

    def create_ticket(self, ticket: r.NewTicket) -> str:
        made = super().create_ticket(ticket)
        self._meddle("create_ticket")
        return made

    def update_ticket(self, ticket_id: str, patch: r.TicketPatch) -> None:
        self._meddle("update_ticket")
        super().update_ticket(ticket_id, patch)


class Stage:
    """One closed ticket of Ada's and a plan that rebuilds it."""

    def __init__(self) -> None:
        self.desk = FakeDesk(ORG)
        ada = self.desk.add_contact(first_name="Ada", last_name="Moss", email="ada.moss@example.net")
        self.old = self.desk.add_ticket(
            contact_id=ada.id, subject="Printer of Ada Moss", status="Closed", status_type="closed"
        )
        self.desk.add_thread(self.old.id, content="<p>Ada Moss: it prints E-0x8007</p>")
        self.old = self.desk.ticket(self.old.id)
        self.writer = Meddling(self.desk)
        self.writes = Writes(ORG, self.desk, self.writer, MemoryStore(), KEYRING)
        self.plan = self.a_plan()

    def a_plan(self) -> Plan:
        action = planning.ticket_action(
            self.old, ActionType.REBUILD_TICKET, KEYRING, rule="tickets", clause="P8-tickets", reason="old"
        )
        return planning.make_plan(
            org=ORG, plan_id="p", case_id="", purpose="retention", created=NOW, proposer="x", actions=[action]
        )

    def run(self, *, resumed: bool = False) -> Outcome:
        return self.writes.destroy(self.plan, self.plan.actions[0], approved_hash=self.plan.hash, resumed=resumed)

    @property
    def copies(self) -> list[r.Ticket]:
        return [held.ticket for held in self.desk.tickets.values() if "[copy " in held.ticket.subject]

    def the_original_is_untouched(self) -> bool:
        return self.desk.ticket(self.old.id) == self.old and not self.desk.bin


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_rebuild_tells_the_new_number(stage: Stage) -> None:
    outcome = stage.run()
    (copy,) = stage.copies
    assert (outcome.result, outcome.reason) == ("done", f"written anew as ticket {copy.number}")
    assert outcome.code in {"rebuilt", "anonymised"}
    assert stage.old.id not in stage.desk.tickets


@pytest.mark.req("R-HOLD-4", "R-PLAN-2")
@pytest.mark.parametrize("moment", ["create_ticket", "add_comment", "update_ticket"])
def test_a_hold_placed_meanwhile_keeps_the_original_and_no_copy(stage: Stage, moment: str) -> None:
    stage.writer.at[moment] = lambda: stage.desk.tickets[stage.old.id].tags.add(tags.HOLD)
    assert (stage.run().code, stage.copies) == ("held", [])
    assert stage.old.id in stage.desk.tickets


@pytest.mark.req("R-PLAN-2")
def test_a_message_that_comes_meanwhile_keeps_the_original_and_no_copy(stage: Stage) -> None:
    stage.writer.at["add_comment"] = lambda: _also(stage)
    assert (stage.run().code, stage.copies) == ("changed", [])
    assert len(list(stage.desk.threads(stage.old.id))) == 2


def _also(stage: Stage) -> None:
    stage.desk.add_thread(stage.old.id, content="<p>one more thing</p>")


@pytest.mark.req("R-ERASE-1", "R-ERASE-4")
def test_a_desk_that_writes_the_person_into_the_copy_is_caught(stage: Stage) -> None:
    def sign() -> None:
        held = stage.desk.tickets[stage.copies[0].id]
        held.comments[0] = replace(held.comments[0], content=held.comments[0].content + "\n-- ada.moss@example.net")

    stage.writer.at["add_comment"] = sign
    outcome = stage.run()
    assert (outcome.result, outcome.code, stage.copies) == ("failed", "copy-differs", [])
    assert stage.the_original_is_untouched()


def test_a_desk_that_refuses_to_close_the_copy_gets_none(stage: Stage) -> None:
    def refuse() -> None:
        raise DeskRejected("BLUEPRINT", status=422)

    stage.writer.at["update_ticket"] = refuse
    outcome = stage.run()
    assert (outcome.result, outcome.code, stage.copies) == ("failed", "BLUEPRINT", [])
    assert stage.the_original_is_untouched()


@pytest.mark.req("R-PLAN-3")
@pytest.mark.parametrize("moment", ["create_ticket", "add_comment"])
def test_a_write_whose_answer_was_lost_is_not_sent_again(stage: Stage, moment: str) -> None:
    def lose() -> None:
        raise Ambiguous("the answer was lost")

    stage.writer.at[moment] = lose
    with pytest.raises(Ambiguous):
        stage.run()
    assert stage.run(resumed=True).result == "done"
    (copy,) = stage.copies
    assert len(list(stage.desk.comments(copy.id))) == 1


@pytest.mark.req("R-ERASE-7")
def test_an_original_that_returns_is_erased_again_and_no_second_copy_is_made(stage: Stage) -> None:
    before: Any = stage.desk.tickets[stage.old.id]
    stage.run()
    before.ticket = replace(before.ticket, trashed=False)
    stage.desk.tickets[stage.old.id] = before
    assert stage.run().result == "done"
    assert len(stage.copies) == 1
    assert stage.old.id not in stage.desk.tickets


def test_an_original_in_the_bin_is_erased_without_a_copy(stage: Stage) -> None:
    """Somebody else threw it away: there is no work to keep."""
    stage.writer.trash_tickets([stage.old.id])
    assert stage.run(resumed=True).result == "done"
    assert stage.copies == []
    assert stage.desk.bin == []


# ------------------------------------------------------------------------------------------------------------- files


LOG = b"10:00 Ada Moss (ada.moss@example.net) called: E-0x8007\n"


class WithFiles(Stage):
    """The same ticket with a log, a picture and a list without anybody in it, where the rule carries files over."""

    def __init__(self) -> None:
        super().__init__()
        self.desk.add_attachment(self.old.id, "call of Ada Moss.log", LOG)
        self.desk.add_attachment(self.old.id, "screen.png", b"\x89PNG Ada Moss")
        self.desk.add_thread(self.old.id, content="<p>the drivers</p>", files={"drivers.txt": b"7.1 and 7.2"})
        self.old = self.desk.ticket(self.old.id)
        self.writes = replace(self.writes, carries_files=True)
        self.plan = self.a_plan()

    def files(self) -> dict[str, bytes]:
        (copy,) = self.copies
        return {each.name: b"".join(self.desk.download(each)) for each in self.desk.attachments(copy.id)}


@pytest.mark.req("R-ERASE-1", "R-ERASE-2")
def test_a_twin_keeps_redacted_copies_of_the_files_that_can_be_redacted() -> None:
    """What cannot be goes with the original, and the copy says how many; with a file nobody says anonymised."""
    stage = WithFiles()
    outcome = stage.run()
    assert (outcome.result, outcome.code) == ("done", "rebuilt")
    files = stage.files()
    assert b"E-0x8007" in files.pop("call of [name removed].log")
    assert files == {"drivers.txt": b"7.1 and 7.2"}
    assert not any(word in str(stage.files()) for word in ("Moss", "@example"))
    (copy,) = stage.copies
    assert "1 files deleted, 2 files as redacted copies" in str(copy.description)
    assert stage.old.id not in stage.desk.tickets


def test_a_twin_keeps_no_file_where_the_rule_does_not_say_so() -> None:
    stage = WithFiles()
    stage.writes = replace(stage.writes, carries_files=False)
    assert stage.run().result == "done"
    assert stage.files() == {}


@pytest.mark.req("R-ERASE-1", "R-ERASE-4")
def test_a_desk_that_stores_another_file_than_was_written_is_caught() -> None:
    stage = WithFiles()

    def swap() -> None:
        held = stage.desk.tickets[stage.copies[0].id]
        stage.writer.desk.add_attachment(held.ticket.id, "more.txt", b"ada.moss@example.net")

    stage.writer.at["update_ticket"] = swap
    outcome = stage.run()
    assert (outcome.result, outcome.code, stage.copies) == ("failed", "copy-differs", [])
    assert stage.old.id in stage.desk.tickets


@pytest.mark.req("R-PLAN-3")
def test_killed_at_any_change_a_twin_has_each_file_once() -> None:
    """Until the copy stands whole nothing happens to the original; in the end there is one of each."""
    calm = WithFiles()
    fuse = Fuse()
    _killed_at(calm, fuse)
    expected = calm.files()
    points = 2 * len(fuse.calls)
    assert points > 20
    for point in range(1, points, 2):
        stage = WithFiles()
        _killed_at(stage, Fuse([point]))
        (copy,) = stage.copies
        assert len(list(stage.desk.attachments(copy.id))) == len(expected), point
        assert stage.files() == expected, point
        assert stage.old.id not in stage.desk.tickets, point


def _killed_at(stage: WithFiles, fuse: Fuse) -> None:
    store, writer = stage.writes.store, stage.writer
    for resumed in (False, True):
        gone: Any = Fused(writer, fuse)
        kept: Any = Fused(store, fuse)
        stage.writes = replace(stage.writes, writer=gone, store=kept)
        try:
            assert stage.run(resumed=resumed).result == "done"
        except Killed:
            assert not resumed
            continue
        return
