"""Files on tickets that stay: replaced by a redacted copy, never lost, never there twice (R-ERASE-2, R-PLAN-3)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import NOW, ORG
from tests.fakes.desk import FakeDesk, FakeWriter
from tests.fakes.suite import a_suite
from zoho_privacy.domain import plan as planning
from zoho_privacy.domain.model import ActionType, Plan
from zoho_privacy.domain.plan import Ways
from zoho_privacy.domain.redact_files import redact_file
from zoho_privacy.workflows.erasure import take_inventory
from zoho_privacy.workflows.writes import NotInBin, Outcome, Writes

TEXT = b"Ada Moss rang, Bob Stone listened. Write to ada.moss@example.net or bob.stone@example.org\r\n"
ADA = {"firstName": "Ada", "lastName": "Moss", "email": "ada.moss@example.net"}


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Fuse:
    """Kills at one point: 2n is before the n-th change, 2n + 1 after it."""

    point: int = -1
    calls: int = 0


class Dying:
    """A writer or a store whose changes are counted, and one of which is the last."""

    def __init__(self, inner: Any, fuse: Fuse, counted: frozenset[str]) -> None:
        self._inner, self._fuse, self._counted = inner, fuse, counted

    def __getattr__(self, name: str) -> Any:
        method: Callable[..., Any] = getattr(self._inner, name)
        return self._strike(method) if name in self._counted else method

    def _strike(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            number, self._fuse.calls = self._fuse.calls, self._fuse.calls + 1
            if self._fuse.point == 2 * number:
                raise Killed
            answer = method(*args, **named)
            if self._fuse.point == 2 * number + 1:
                raise Killed
            return answer

        return call


class Office:
    """A ticket of Ada and Bob with a file that names both, and the plan of Ada's erasure."""

    def __init__(self, name: str = "call.txt", content: bytes = TEXT, ways: Ways | None = None) -> None:
        ways = ways or Ways()
        desk = self.desk = FakeDesk(ORG, now=NOW - timedelta(days=500))
        self.ada = desk.add_contact(first_name="Ada", last_name="Moss", email="ada.moss@example.net")
        bob = desk.add_contact(first_name="Bob", last_name="Stone", email="bob.stone@example.org")
        self.ticket = desk.add_ticket(
            contact_id=self.ada.id,
            subject="VPN",
            status="Closed",
            status_type="closed",
            secondary_contact_ids=(bob.id,),
        ).id
        self.file = desk.add_attachment(self.ticket, name, content)
        self.app = a_suite(desk)
        held = self.app.desks[ORG]
        self.app.desks[ORG] = replace(held, settings=replace(held.settings, ways=ways))  # type: ignore[index]
        self.plan: Plan = planning.erasure(
            take_inventory(self.app, ORG, self.ada),
            keyring=self.app.keyring,
            org=ORG,
            case_id="7001-deletion",
            request_tickets=frozenset(),
            holds=(),
            created=NOW,
            proposer="zoho_privacy",
            clause="P13-deletion",
            ways=ways,
        )
        self.writer = FakeWriter(desk)

    def run(self, fuse: Fuse, *, resumed: bool) -> Outcome:
        """Replace the file, the process dying where the fuse says."""
        changes = frozenset({"attach_file", "delete_attachment", "purge"})
        gate = Writes(
            ORG,
            self.desk,
            Dying(self.writer, fuse, changes),
            Dying(self.app.store, fuse, frozenset({"commit"})),
            self.app.keyring,
        )
        action = next(each for each in self.plan.actions if each.type is ActionType.REDACT_ATTACHMENT)
        return gate.destroy(self.plan, action, approved_hash=self.plan.hash, resumed=resumed)

    def files(self) -> list[tuple[str, bytes]]:
        """Return name and content of what the ticket holds."""
        listed = list(self.desk.attachments(self.ticket))
        return [(each.name, b"".join(self.desk.download(each))) for each in listed]


@pytest.mark.req("R-ERASE-2", "R-PLAN-2")
def test_a_file_is_replaced_and_only_the_person_goes() -> None:
    office = Office()
    ended = office.run(Fuse(), resumed=False)
    assert ended.result == "done"
    ((name, content),) = office.files()
    assert name == "call.txt"
    assert b"Ada" not in content
    assert b"ada.moss" not in content
    assert b"Bob Stone listened" in content
    assert b"bob.stone@example.org" in content
    assert office.desk.bin == []


@pytest.mark.req("R-PLAN-3")
def test_killed_at_every_change_the_content_is_never_lost_and_one_copy_is_left() -> None:
    undisturbed, fuse = Office(), Fuse()
    undisturbed.run(fuse, resumed=False)
    assert fuse.calls >= 5
    for point in range(2 * fuse.calls):
        office = Office()
        with pytest.raises(Killed):
            office.run(Fuse(point), resumed=False)
        assert any(b"listened" in content for _, content in office.files()), point
        assert office.run(Fuse(), resumed=True).result == "done", point
        assert office.files() == undisturbed.files(), point
        assert office.desk.bin == [], point


@pytest.mark.req("R-HOLD-4")
def test_a_file_that_changed_since_the_plan_is_left_alone() -> None:
    office = Office()
    office.desk.files[office.file.href or ""] = b"Ada Moss, second edition"
    ended = office.run(Fuse(), resumed=False)
    assert (ended.result, ended.code) == ("skipped", "changed")
    assert office.files() == [("call.txt", b"Ada Moss, second edition")]


@pytest.mark.req("R-HOLD-4")
def test_a_ticket_held_while_the_copy_is_written_keeps_its_file_and_loses_the_copy() -> None:
    office = Office()
    with pytest.raises(Killed):
        office.run(Fuse(3), resumed=False)  # after the upload
    assert len(office.files()) == 2
    office.desk.tickets[office.ticket].tags.add("privacy-hold")
    assert office.run(Fuse(), resumed=True).code == "held"
    assert office.files() == [("call.txt", TEXT)]


@pytest.mark.parametrize("policy", ["hold", "keep", "delete"])
def test_what_cannot_be_redacted_is_declared_and_never_another_persons_loss(policy: Any) -> None:
    office = Office("ada.pdf", b"%PDF-1.7", Ways(files=policy))
    assert not [each for each in office.plan.actions if "attachment" in each.type]
    expected = "file-keep" if policy == "keep" else "file-hold"
    assert [each.code for each in office.plan.kept if each.type == "file"] == [expected]


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.json", "a.xml", "a.html", "a.vcf", "a.ics", "a.eml"])
def test_a_file_without_the_person_needs_no_write(name: str) -> None:
    bodies = {
        "a.csv": b"name,mail\nBob Stone,bob.stone@example.org\n",
        "a.json": b'{"email": "bob.stone@example.org"}',
        "a.xml": b"<p><email>bob.stone@example.org</email></p>",
        "a.html": b"<p>bob.stone@example.org</p>",
        "a.vcf": b"BEGIN:VCARD\nFN:Bob Stone\nEMAIL:bob.stone@example.org\nEND:VCARD\n",
        "a.ics": b"BEGIN:VEVENT\nATTENDEE;CN=Bob Stone:mailto:bob.stone@example.org\nEND:VEVENT\n",
        "a.eml": b"From: bob.stone@example.org\nTo: desk@example.com\nSubject: hi\n\nBob Stone\n",
    }
    content = bodies.get(name, b"Bob Stone")
    assert redact_file(name, content, ADA, only_contact=True).outcome == "unchanged"


def test_a_lagging_bin_is_waited_for() -> None:
    office = Office()
    office.writer.purge = lambda ids: dict.fromkeys(ids, False)  # type: ignore[method-assign]
    with pytest.raises(NotInBin):
        office.run(Fuse(), resumed=False)
    assert len(office.files()) == 1
