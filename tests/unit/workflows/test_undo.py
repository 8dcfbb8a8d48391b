"""The undo window: a sealed copy that brings back what retention deleted, and that ends with its key (R-RETAIN-13)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

import pytest

from tests.builders import NOW, ORG, a_case
from tests.fakes.crashing import Killed, NotingWriter, World
from tests.fakes.desk import FakeDesk
from zoho_privacy.domain import coverage
from zoho_privacy.domain.collected import Code
from zoho_privacy.domain.errors import DeskForbidden, NotAllowed, NotFound, Tampered
from zoho_privacy.domain.model import Case, Hold, HoldQuery, Kind, State
from zoho_privacy.domain.retention import Act, Rule, Schedule
from zoho_privacy.local.fate import fate
from zoho_privacy.ports import Delete, Item, Put
from zoho_privacy.workflows import casebook, erasure, evidence, retention, skeletons, undo
from zoho_privacy.workflows.collect import collect
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.vault import Vault

ERASE: Final = Rule(
    "tickets", "P8-tickets", "contract", "erase", period_days=365, mode="live", reason="over", skeleton=True,
    undo_days=30,
)  # fmt: skip
RULES: Final = Schedule((ERASE,))
REBUILD: Final = Schedule((replace(ERASE, action="rebuild"),))
WINDOW: Final = timedelta(days=30)
FILE: Final = b"the printer of Ada Moss"


class DeafBin(NotingWriter):
    """A recycle bin that does not know some records by their id."""

    def __init__(self, desk: FakeDesk) -> None:
        super().__init__(desk)
        self.deaf: set[str] = set()

    def purge(self, ids: Sequence[str]) -> Mapping[str, bool]:
        """See the port."""
        return {**super().purge([each for each in ids if each not in self.deaf]), **dict.fromkeys(self.deaf, False)}


class Office:
    """A portal in which Ada has one old ticket, with everything that may hang on it."""

    def __init__(self, *points: int, rules: Schedule = RULES) -> None:
        self.world = World()
        self.world.begin()
        self.rules = rules
        self.desk = self.world.desk
        self.world.writer = self.writer = DeafBin(self.desk)
        self.ada = self.desk.add_contact(first_name="Ada", last_name="Moss", email="ada.moss@example.net").id
        closed = NOW - timedelta(days=500)
        self.old = self.desk.add_ticket(
            contact_id=self.ada, subject="Printer of Ada Moss", description="<p>Ada: it does not print</p>",
            status="Closed", status_type="closed", closed=closed, created=closed - timedelta(days=2), account_id="77",
            resolution="a new drum", custom={"cf_serial": "SN-1"}, email="ada.moss@example.net",
        ).id  # fmt: skip
        self.desk.add_thread(
            self.old, content="<p>Ada Moss: it prints E-0x8007</p>", author_email="ada.moss@example.net"
        )
        self.desk.add_comment(self.old, "called her at noon")
        self.desk.add_attachment(self.old, "call.txt", FILE)
        self.desk.tickets[self.old].tags.update({"vip"})
        self.world.clock.advance(timedelta(hours=1))
        retention.run(self.world.app(), ORG, rules, dry_run=True)
        self.world.fuse.points = list(points)
        self.world.fuse.calls.clear()

    @property
    def app(self) -> App:
        return self.world.app()

    def run(self) -> retention.RetentionReport:
        return retention.run(self.app, ORG, self.rules)

    def back(self) -> undo.BroughtBack:
        return undo.bring_back(self.app, ORG, self.old, who="agent:700")

    def later(self, span: timedelta) -> None:
        self.world.clock.advance(span)
        self.world.rest()

    def stored(self) -> list[str]:
        """Return what is left of copies: files, keys, whose they were."""
        rows = [
            item.id
            for table in (undo.KEY_TABLE, undo.PERSON_TABLE)
            for item in casebook.every(self.world.store, ORG, table)
        ]
        return [*self.world.blobs.names("undo/"), *rows]

    def tickets(self) -> list[str]:
        return [held.ticket.subject for held in self.desk.tickets.values()]

    def told(self, what: str) -> list[str]:
        return [entry.result for entry in self.world.entries() if entry.what == what]

    def put(self, table: str, name: str, body: Any, **more: Any) -> None:
        self.world.store.commit([Put(Item(ORG, table, name, body, **more))])


@pytest.mark.req("R-RETAIN-13")
def test_before_a_ticket_goes_everything_of_it_is_sealed_under_a_key_of_its_own() -> None:
    office = Office()
    report = office.run()
    assert (report.done, report.outcomes["sealed-copy"], office.tickets()) == (1, 1, [])
    files = {name: b"".join(office.world.blobs.get(name)) for name in office.world.blobs.names("undo/")}
    assert len(files) == 2
    assert not any(word in sealed for sealed in files.values() for word in (b"Moss", FILE))
    (key,) = casebook.every(office.world.store, ORG, undo.KEY_TABLE)
    assert "Moss" not in str(key.body)
    copy = undo.copy_of(office.app, ORG, office.old)
    assert copy is not None
    assert copy.until.date() == (office.world.clock.now() + WINDOW).date()
    vault = undo._files(office.app, ORG, office.old)
    with pytest.raises(Tampered):
        vault.load("ticket")  # the suite's own key opens nothing


@pytest.mark.req("R-RETAIN-13", "R-ERASE-1")
def test_nothing_is_called_erased_while_its_sealed_copy_lives() -> None:
    office = Office()
    office.run()
    told = fate(office.app, ORG, office.old)
    assert told["state"] != "erased"
    assert told["until"].startswith(f"{office.world.clock.now() + WINDOW:%Y-%m-%d}")
    assert "until" in told["acts"][0]["reason"]
    office.later(WINDOW + timedelta(hours=1))
    told = fate(office.app, ORG, office.old)
    assert (told["state"], "until" in told) == ("erased", False)


@pytest.mark.req("R-RETAIN-13", "R-ERASE-1")
def test_a_rebuilt_ticket_is_not_called_anonymised_while_the_original_can_come_back() -> None:
    office = Office(rules=REBUILD)
    assert office.run().outcomes["rebuilt"] == 1
    back = office.back()
    assert (back.how, back.beside) == ("again", "")
    assert list(office.desk.tickets) == [back.ticket_id], "the redacted copy does not stay beside it"
    assert office.desk.bin == []


@pytest.mark.req("R-RETAIN-13", "R-HOLD-1")
@pytest.mark.parametrize("kept_by", ["a note", "a hold"])
def test_a_redacted_copy_that_somebody_needs_stays_beside_the_ticket(kept_by: str) -> None:
    office = Office(rules=REBUILD)
    office.run()
    (copy,) = office.desk.tickets
    if kept_by == "a note":
        office.desk.add_comment(copy, "the drum came back")
    else:
        hold = Hold("h", "m", "o", "r", date(2026, 1, 1), date(2026, 9, 1), ticket_ids=frozenset({copy}))
        office.put("hold", "h", casebook.to_body(hold))
    back = office.back()
    assert back.beside == office.desk.ticket(copy).number
    assert set(office.desk.tickets) == {copy, back.ticket_id}
    assert office.back() == back


@pytest.mark.req("R-RETAIN-13", "R-ERASE-4", "R-EVID-1")
def test_after_the_window_key_and_copy_are_gone_and_the_ledger_says_so() -> None:
    office = Office()
    office.run()
    office.later(WINDOW - timedelta(hours=1))
    assert office.stored()
    office.later(timedelta(hours=2))
    assert office.stored() == []
    assert office.told("copy_destroyed") == ["the window is over: key and copy are gone"]
    with pytest.raises(NotFound):
        office.back()


@pytest.mark.req("R-RETAIN-13")
def test_a_ticket_comes_back_with_all_that_it_said() -> None:
    office = Office()
    office.run()
    back = office.back()
    held = office.desk.tickets[back.ticket_id]
    ticket, said = held.ticket, " ".join(each.content for each in held.comments)
    assert ticket.subject.startswith("Printer of Ada Moss [copy ")
    assert all(word in str(ticket.description) for word in ("it does not print", "ada.moss@example.net", "SN-1"))
    assert "Ada Moss: it prints E-0x8007" in said
    assert "called her at noon" in said
    assert (ticket.status_type, ticket.resolution, held.tags) == ("closed", "a new drum", {"vip"})
    (file,) = office.desk.attachments(back.ticket_id)
    assert (file.name, b"".join(office.desk.download(file))) == ("call.txt", FILE)
    assert ticket.contact_id != office.ada, "nobody is told of it"
    assert office.stored() == []
    assert (office.told("undo_begun"), office.told("brought_back")) == ([""], ["again"])
    assert skeletons.counts(office.app, ORG) == []
    assert office.back() == back
    assert len(office.tickets()) == 1


@pytest.mark.req("R-RETAIN-13", "R-RETAIN-8", "R-RETAIN-9")
def test_retention_leaves_it_alone_for_as_long_again_and_no_longer() -> None:
    office = Office()
    office.run()
    back = office.back()
    assert office.run().skips["brought-back"] == 1
    office.later(WINDOW + timedelta(hours=1))
    assert office.run().done == 1, "it is as old as it was"
    assert office.tickets() == []
    assert undo.copy_of(office.app, ORG, back.ticket_id) is not None


@pytest.mark.req("R-RETAIN-13")
def test_what_is_still_in_the_bin_comes_back_as_it_was() -> None:
    """A bin that does not know it for an hour: declared, still there, and out again once the bin knows it."""
    office = Office()
    office.writer.deaf.add(office.old)
    for _ in range(3):
        report = office.run()
        office.world.clock.advance(timedelta(minutes=40))
    assert report.outcomes["binned"] == 1
    office.writer.deaf.clear()
    back = office.back()
    assert (back.how, back.ticket_id) == ("restored", office.old)
    assert not office.desk.ticket(office.old).trashed
    assert office.desk.bin == []
    assert office.stored() == []
    assert office.run().skips["brought-back"] == 1


@pytest.mark.req("R-RETAIN-13", "R-ERASE-7")
@pytest.mark.parametrize("kind", [Kind.DELETION, Kind.CHILD_REPORT])
def test_who_asked_to_be_erased_does_not_come_back(kind: Kind) -> None:
    office = Office()
    office.run()
    case = replace(a_case(kind=kind, state=State.VERIFIED), contact_id=office.ada)
    office.put("case", case.id, casebook.to_body(case), parent=case.ticket_id)
    office.put("person_case", case.id, {}, parent=office.ada)
    with pytest.raises(NotAllowed):
        office.back()
    assert office.tickets() == []


@pytest.mark.req("R-RETAIN-13", "R-ERASE-7")
@pytest.mark.parametrize("which", ["person", "ticket"])
def test_a_tombstone_keeps_it_deleted(which: str) -> None:
    office = Office()
    office.run()
    target = office.ada if which == "person" else office.old
    name = office.app.keyring.pseudonym("tombstone", target)
    known = office.world.store.get(ORG, "tombstone", name)
    body = {"at": NOW.isoformat(), "plan": "another", "action": "x"}
    office.world.store.commit([Put(replace(known, body=body) if known else Item(ORG, "tombstone", name, body))])
    with pytest.raises(NotAllowed):
        office.back()


@pytest.mark.req("R-RETAIN-13", "R-CHILD-3")
@pytest.mark.parametrize("kind", [Kind.DELETION, Kind.CHILD_REPORT])
def test_there_is_no_copy_of_who_asked_to_be_erased_or_is_a_child(kind: Kind) -> None:
    office = Office()
    case = replace(a_case(kind=kind, state=State.CLOSED), contact_id=office.ada)
    office.put("case", case.id, casebook.to_body(case), parent="another ticket")
    office.put("person_case", case.id, {}, parent=office.ada)
    assert "sealed-copy" not in office.run().outcomes
    assert (office.tickets(), office.stored()) == ([], [])


@pytest.mark.req("R-RETAIN-13", "R-ERASE-2")
@pytest.mark.parametrize("by", ["record", "address"])
def test_a_persons_own_erasure_ends_the_copies(by: str) -> None:
    office = Office()
    office.run()
    contacts, addresses = ([office.ada], []) if by == "record" else ([], ["Ada.Moss@example.net"])
    assert undo.forget(office.app, ORG, contacts, addresses, case_id="7-deletion") == ()
    assert office.stored() == []
    assert office.told("copy_destroyed") == ["the person is erased: key and copy are gone"]


@pytest.mark.req("R-RETAIN-13", "R-ERASE-1", "R-ERASE-2")
@pytest.mark.parametrize("held", [False, True])
def test_the_letter_goes_out_once_the_copies_are_gone_or_says_that_one_is_kept(*, held: bool) -> None:
    """From the request by mail to the letter: what she asked to be erased is not left in a sealed file."""
    office = Office()
    world = office.world
    office.run()
    if held:
        hold = Hold("h", "m", "o", "r", date(2026, 1, 1), date(2026, 9, 1), ticket_ids=frozenset({office.old}))
        office.put("hold", "h", casebook.to_body(hold))
    ticket = office.desk.add_ticket(contact_id=office.ada, subject="My data").id
    world.mail(ticket, "Please delete all personal data you hold about me. Ada Moss")
    world.mail(ticket, f"The code is {world.code}")
    assert office.stored()
    world.macro(ticket, "Approve plan")
    (case,) = world.cases
    kept = [each for each in erasure.told(office.app, case).kept if each.target == office.old]
    if held:
        assert [(each.type, each.code) for each in kept] == [("ticket", "held")]
        assert office.told("copy_held") == [""]
        assert "keeps sealed copies of 1 deleted" in own_row(office, case)
        office.world.store.commit([Delete(found) for found in office.world.store.find(ORG, "hold")])
        office.later(WINDOW + timedelta(days=2))
        assert "sealed copies" not in own_row(office, case)
    else:
        assert (office.stored(), kept) == ([], [])
        whats = [entry.what for entry in world.entries()]
        assert whats.index("copy_destroyed") < whats.index("all_read_back")
    assert world.letters()["erasure_done"] == 1


def own_row(office: Office, case: Case) -> str:
    """Return what the coverage statement says of the suite itself."""
    return next(row.reason for row in evidence.covered(office.app, case) if row.system == coverage.OWN)


@pytest.mark.req("R-RETAIN-13", "R-ERASE-2")
def test_a_ticket_that_came_back_is_found_and_goes_whole_with_its_person() -> None:
    office = Office()
    office.run()
    back = office.back()
    inventory = erasure.take_inventory(office.app, ORG, office.desk.contact(office.ada))
    (view,) = inventory.tickets
    assert (view.ticket.id, view.others) == (back.ticket_id, False)


@pytest.mark.req("R-RETAIN-13", "R-ACCESS-1")
def test_an_export_says_that_a_deleted_ticket_is_still_held() -> None:
    """Sealed, or back as a ticket whose messages are notes: Desk shows neither as hers, so she may ask for it."""
    office = Office()
    number = office.desk.ticket(office.old).number
    office.run()
    assert number in _left_out(office)
    back = office.back()
    assert back.number in _left_out(office)


def _left_out(office: Office) -> set[str]:
    app, case = office.app, a_case(kind=Kind.ACCESS, contact_id=office.ada)
    vault = Vault(app.blobs, app.sealer, "exports/test")
    found = collect(app, app.desks[ORG], contact_id=office.ada, case=case, vault=vault, at=NOW)
    return {each.ticket for each in found.omissions if each.code is Code.NOT_READABLE}


@pytest.mark.req("R-HOLD-1", "R-HOLD-4", "R-RETAIN-13")
@pytest.mark.parametrize("how", ["ticket", "person", "query"])
def test_a_hold_keeps_the_copy_beyond_its_window(how: str) -> None:
    office = Office()
    office.run()
    hold = Hold("h", "m", "o", "r", date(2026, 1, 1), date(2026, 9, 1))
    hold = {
        "ticket": replace(hold, ticket_ids=frozenset({office.old})),
        "person": replace(hold, contact_ids=frozenset({office.ada})),
        "query": replace(hold, query=HoldQuery(account_ids=frozenset({"77"}), words="printer")),
    }[how]
    office.put("hold", "h", casebook.to_body(hold))
    office.later(WINDOW + timedelta(days=2))
    assert office.stored()
    assert undo.forget(office.app, ORG, [office.ada], [], case_id="7-deletion") == (office.old,)
    assert undo.held_against(office.app, ORG, "7-deletion") == (office.old,)
    item = office.world.store.get(ORG, "hold", "h")
    assert item is not None
    office.put("hold", "h", {**item.body, "ticket_ids": [], "contact_ids": [], "query": None}, version=item.version)
    office.later(timedelta(days=2))
    assert office.stored() == []


@pytest.mark.req("R-RETAIN-13", "R-HOLD-4")
def test_a_ticket_that_is_kept_at_the_last_moment_leaves_no_copy() -> None:
    office = Office()
    seal = undo._seal

    def meddle(app: App, item: Item, ticket: Any) -> list[str]:
        office.desk.tickets[office.old].tags.add("privacy-hold")
        return seal(app, item, ticket)

    with pytest.MonkeyPatch.context() as patch:  # between sealing and deleting there is no port to hook into
        patch.setattr(undo, "_seal", meddle)
        report = office.run()
    assert (report.outcomes["held"], office.stored(), len(office.tickets())) == (1, [], 1)
    assert office.told("copy_destroyed") == ["the ticket was not deleted: key and copy are gone"]


@pytest.mark.req("R-RETAIN-13")
def test_what_cannot_be_copied_is_not_deleted() -> None:
    office = Office()
    office.desk.fail["thread"] = [DeskForbidden("no right to read messages")]
    assert office.run().outcomes["no-copy"] == 1
    assert len(office.tickets()) == 1


# ------------------------------------------------------------------------------------------------------ at every write


def lived(*points: int, undone: bool, action: Act) -> World:
    """Delete the ticket, then bring it back or let the window end, dying at these points."""
    office = Office(*points, rules=Schedule((replace(ERASE, action=action),)))
    world = office.world
    for _ in range(3 + len(points)):
        try:
            report = office.run()
        except Killed:
            report = None
        world.clock.advance(timedelta(minutes=31))  # the lease of the run that died
        if report is not None and report.finished:
            break
    if undone:
        for _ in range(1 + len(points)):
            try:
                office.back()
            except Killed:
                continue
            break
    world.clock.advance(WINDOW)
    world.rest(timedelta(days=2))
    return world


def end(world: World) -> dict[str, Any]:
    """Return what matters in the end."""
    told = Counter(entry.what for entry in world.entries())
    steps = [item for item in casebook.every(world.store, ORG, "step") if item.body.get("type") == "erase_ticket"]
    return {
        "tickets": sorted(each.ticket.subject.partition(" [")[0] for each in world.desk.tickets.values()),
        "notes": sorted(len(each.comments) for each in world.desk.tickets.values()),
        "files": sorted(len(each.attachments) for each in world.desk.tickets.values()),
        "bin": len(world.desk.bin),
        "left": [*world.blobs.names("undo/"), *_rows(world)],
        "told": {name: told[name] for name in ("undo_begun", "brought_back", "copy_destroyed")},
        "results": {item.body["result"] for item in steps},
        "unsound": world.faults_of_the_ledger(),
        "waiting": [item.id for item in world.waiting()],
    }


def _rows(world: World) -> Iterator[str]:
    for table in (undo.KEY_TABLE, undo.PERSON_TABLE):
        yield from (item.id for item in casebook.every(world.store, ORG, table))


@cache
def calm(*, undone: bool, action: Act) -> tuple[dict[str, Any], int]:
    world = lived(undone=undone, action=action)
    return end(world), 2 * len(world.fuse.calls)


@pytest.mark.req("R-PLAN-3", "R-RETAIN-13")
@pytest.mark.parametrize(("undone", "action"), [(True, "erase"), (False, "erase"), (True, "rebuild")])
def test_killed_at_any_write_it_ends_as_if_nothing_had_happened(*, undone: bool, action: Act) -> None:
    """Once deleted, once back, once destroyed: at no point is the ticket in neither place."""
    expected, points = calm(undone=undone, action=action)
    assert expected["told"] == {"undo_begun": int(undone), "brought_back": int(undone), "copy_destroyed": 1}
    assert (expected["tickets"], expected["left"]) == (["Printer of Ada Moss"] if undone else [], [])
    assert points > 40
    for point in range(1, points, 2):
        world = lived(point, undone=undone, action=action)
        assert world.fuse.kills == 1, point
        assert end(world) == expected, point
