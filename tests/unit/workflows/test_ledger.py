"""The ledger in the store: it rides in commits, is read page by page, verified and purged."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from zoho_privacy.adapters.anchor import MemoryAnchor
from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.domain import ledger as chain
from zoho_privacy.domain.errors import BadInput, Conflict, Tampered
from zoho_privacy.domain.ledger import Fault, Head, Problem, Stub
from zoho_privacy.domain.model import LedgerEntry
from zoho_privacy.ports import Delete, Item, Put, Write
from zoho_privacy.workflows import ledger

ORG = "org-1"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def entry(what: str, case_id: str = "case-1", at: datetime = AT) -> LedgerEntry:
    return LedgerEntry(ORG, 0, at, "suite", what, case_id, "77", "R-CLASS-1", "ok")


def log(store: MemoryStore, *entries: LedgerEntry) -> None:
    store.commit(ledger.writes_for(store, ORG, entries))


def filled(count: int, *, per_day: bool = False) -> MemoryStore:
    store = MemoryStore()
    for n in range(count):
        log(store, entry(f"step {n}", f"case-{n % 2}", AT + timedelta(days=n) if per_day else AT))
    return store


def spoil(store: MemoryStore, sequence: int, **change: Any) -> None:
    """Do what somebody with a database client would: change a stored entry in place."""
    item = store.get(ORG, ledger.TABLE, ledger.number(sequence))
    assert item
    store.commit([Put(replace(item, body={**item.body, **change}))])


def drop(store: MemoryStore, table: str, id_: str) -> None:
    item = store.get(ORG, table, id_)
    assert item
    store.commit([Delete(item)])


class BusyStore(MemoryStore):
    """A store in which somebody else logs just before each of our first `busy` commits."""

    def __init__(self, busy: int) -> None:
        super().__init__()
        self.busy = busy

    def commit(self, writes: Sequence[Write]) -> None:
        if self.busy:
            self.busy -= 1
            super().commit(ledger.writes_for(self, ORG, [entry("somebody else's")]))
        super().commit(writes)


# ---------------------------------------------------------------------------------------------------------- writing


@pytest.mark.req("R-EVID-1", "R-EVID-2")
def test_entries_of_many_commits_form_one_chain() -> None:
    store = MemoryStore()
    log(store, entry("a"), entry("b"))
    log(store, entry("c"))
    found = list(ledger.entries(store, ORG))
    assert [(each.sequence, each.what) for each in found] == [(1, "a"), (2, "b"), (3, "c")]
    assert chain.verify(found, head=ledger.head(store, ORG)) == []


@pytest.mark.req("R-PLAN-3")
def test_an_entry_lands_only_with_the_change_it_describes() -> None:
    store = filled(1)
    taken = Item(ORG, "case", "case-1", {})
    store.commit([Put(taken)])
    with pytest.raises(Conflict):
        store.commit([Put(taken), *ledger.writes_for(store, ORG, [entry("opened again")])])
    assert [each.what for each in ledger.entries(store, ORG)] == ["step 0"]
    log(store, entry("next"))
    assert ledger.verify_all(store, ORG) == []


def test_two_who_extend_the_chain_at_once_meet_at_its_head() -> None:
    store = filled(1)
    first, second = (ledger.writes_for(store, ORG, [entry(what)]) for what in ("first", "second"))
    store.commit(first)
    with pytest.raises(Conflict):
        store.commit(second)
    assert [each.what for each in ledger.entries(store, ORG)] == ["step 0", "first"]


def test_a_commit_that_only_met_a_moved_head_comes_again() -> None:
    store = BusyStore(3)
    ledger.commit(store, ORG, [Put(Item(ORG, "case", "a", {}))], [entry("ours")])
    assert [each.what for each in ledger.entries(store, ORG)] == ["somebody else's"] * 3 + ["ours"]
    assert store.get(ORG, "case", "a")


def test_a_commit_whose_own_condition_is_lost_is_a_conflict() -> None:
    store = filled(1)
    store.commit([Put(Item(ORG, "case", "a", {}))])
    with pytest.raises(Conflict):
        ledger.commit(store, ORG, [Put(Item(ORG, "case", "a", {}))], [entry("x")])
    with pytest.raises(Conflict, match="too many at once"):
        ledger.commit(BusyStore(99), ORG, [], [entry("x")])


def test_nothing_to_log_is_no_write() -> None:
    assert ledger.writes_for(MemoryStore(), ORG, []) == []


def test_another_organisations_entry_is_refused() -> None:
    with pytest.raises(BadInput):
        ledger.writes_for(MemoryStore(), "org-2", [entry("a")])


def test_each_organisation_has_its_own_chain() -> None:
    store = filled(2)
    store.commit(ledger.writes_for(store, "org-2", [replace(entry("theirs"), org="org-2")]))
    assert [each.sequence for each in ledger.entries(store, "org-2")] == [1]
    assert ledger.verify_all(store, ORG) == ledger.verify_all(store, "org-2") == []


# ---------------------------------------------------------------------------------------------------------- reading


def test_reading_pages_through_all_entries_or_one_cases() -> None:
    store = filled(2 * ledger.PAGE + 3)
    assert [each.sequence for each in ledger.entries(store, ORG)] == list(range(1, 2 * ledger.PAGE + 4))
    mine = list(ledger.entries(store, ORG, case_id="case-1"))
    assert [each.sequence for each in mine] == list(range(2, 2 * ledger.PAGE + 4, 2))
    assert list(ledger.entries(store, ORG, case_id="nobody")) == []


def test_an_entry_without_a_case_is_kept_too() -> None:
    store = MemoryStore()
    log(store, entry("sweep.run", case_id=""))
    assert [each.what for each in ledger.entries(store, ORG)] == ["sweep.run"]


# -------------------------------------------------------------------------------------------------------- verifying


@pytest.mark.req("R-EVID-2")
def test_an_untouched_ledger_has_no_problems() -> None:
    assert ledger.verify_all(filled(5), ORG) == []
    assert ledger.verify_all(MemoryStore(), ORG) == []


@pytest.mark.req("R-EVID-2")
def test_a_changed_entry_is_named() -> None:
    store = filled(5)
    spoil(store, 3, result="better")
    assert ledger.verify_all(store, ORG) == [Problem(3, Fault.CHANGED)]


@pytest.mark.req("R-EVID-2")
def test_an_entry_that_cannot_be_read_is_named_and_stops_readers() -> None:
    store = filled(5)
    spoil(store, 3, extra="x")
    assert Problem(3, Fault.UNREADABLE) in ledger.verify_all(store, ORG)
    with pytest.raises(Tampered):
        list(ledger.entries(store, ORG))


@pytest.mark.req("R-EVID-2")
def test_a_dropped_entry_is_named() -> None:
    store = filled(5)
    drop(store, ledger.TABLE, ledger.number(2))
    assert ledger.verify_all(store, ORG) == [Problem(3, Fault.ORDER), Problem(3, Fault.BROKEN)]


@pytest.mark.req("R-EVID-2")
def test_a_cut_tail_is_found_by_the_head() -> None:
    store = filled(5)
    drop(store, ledger.TABLE, ledger.number(5))
    assert ledger.verify_all(store, ORG) == [Problem(4, Fault.CUT)]


@pytest.mark.req("R-EVID-3")
def test_a_cut_tail_with_a_head_made_to_fit_is_found_by_the_anchor() -> None:
    store, anchor = filled(5), MemoryAnchor()
    ledger.anchor_head(store, anchor, ORG, AT)
    drop(store, ledger.TABLE, ledger.number(5))
    head, last = store.get(ORG, ledger.HEAD_TABLE, ledger.HEAD_ID), list(ledger.entries(store, ORG))[-1]
    assert head
    store.commit([Put(replace(head, body={"sequence": 4, "hash": last.hash}))])
    assert ledger.verify_all(store, ORG) == []
    assert ledger.verify_all(store, ORG, anchor.heads(ORG)) == [Problem(4, Fault.CUT)]


@pytest.mark.req("R-EVID-2")
def test_an_entry_under_another_number_is_found() -> None:
    store = filled(3)
    item = store.get(ORG, ledger.TABLE, ledger.number(3))
    assert item
    store.commit([Delete(item), Put(replace(item, id=ledger.number(4), version=0))])
    assert Problem(3, Fault.ORDER) in ledger.verify_all(store, ORG)
    with pytest.raises(Tampered):
        list(ledger.entries(store, ORG))


@pytest.mark.req("R-EVID-2")
def test_an_entry_beyond_the_head_or_without_one_is_found() -> None:
    store = filled(3)
    extra = chain.chain(list(ledger.entries(store, ORG))[-1], entry("smuggled"))
    store.commit([Put(Item(ORG, ledger.TABLE, ledger.number(4), chain.to_body(extra)))])
    assert ledger.verify_all(store, ORG) == [Problem(4, Fault.ORDER)]
    drop(store, ledger.HEAD_TABLE, ledger.HEAD_ID)
    assert ledger.verify_all(store, ORG) == [Problem(4, Fault.ORDER)]


def test_a_head_that_cannot_be_read_stops_the_suite_from_logging_on() -> None:
    """Going on from a made-up head would turn one manipulation into a broken chain of our own making."""
    store = filled(2)
    head = store.get(ORG, ledger.HEAD_TABLE, ledger.HEAD_ID)
    assert head
    for body in ({}, {"sequence": "2", "hash": "x"}, {"sequence": 2, "hash": None}):
        current = store.get(ORG, ledger.HEAD_TABLE, ledger.HEAD_ID)
        assert current
        store.commit([Put(replace(current, body=body))])
        with pytest.raises(Tampered):
            ledger.writes_for(store, ORG, [entry("x")])
        assert Problem(0, Fault.UNREADABLE) in ledger.verify_all(store, ORG)


def test_verifying_while_others_write_is_no_false_alarm() -> None:
    """The head is read before the entries and again after them."""

    class Growing(MemoryStore):
        def find(
            self, org: str, table: str, *, parent: str | None = None, after: str = "", limit: int = 100
        ) -> Sequence[Item]:
            log(self, entry("meanwhile")) if after == "" else None
            return super().find(org, table, parent=parent, after=after, limit=limit)

    store = Growing()
    log(store, entry("a"))
    assert ledger.verify_all(store, ORG) == []


# -------------------------------------------------------------------------------------------------------- anchoring


@pytest.mark.req("R-EVID-3")
def test_the_head_is_left_outside_with_its_time() -> None:
    store, anchor = filled(3), MemoryAnchor()
    left = ledger.anchor_head(store, anchor, ORG, AT)
    assert left == Head(ORG, 3, list(ledger.entries(store, ORG))[-1].hash)
    assert anchor.left == [(left, AT)]
    log(store, entry("later"))
    assert ledger.verify_all(store, ORG, anchor.heads(ORG)) == []


def test_an_empty_ledger_leaves_no_head() -> None:
    anchor = MemoryAnchor()
    assert ledger.anchor_head(MemoryStore(), anchor, ORG, AT) is None
    assert anchor.left == []


def test_other_organisations_anchors_are_left_aside() -> None:
    assert ledger.verify_all(filled(2), ORG, [Head("org-2", 99, "aa")]) == []


# ---------------------------------------------------------------------------------------------------------- purging


@pytest.mark.req("R-EVID-6")
def test_old_entries_lose_their_content_and_the_chain_still_proves_the_rest() -> None:
    store, anchor = filled(200, per_day=True), MemoryAnchor()
    ledger.anchor_head(store, anchor, ORG, AT)
    now = AT + timedelta(days=365)
    assert ledger.purge(store, ORG, before=AT + timedelta(days=170), now=now, who="retention") == 170
    links = list(ledger.links(store, ORG))
    assert [isinstance(link, Stub) for link in links[:171]] == [True] * 170 + [False]
    assert [each.details["through"] for each in ledger.entries(store, ORG) if each.what == chain.PURGED] == [
        "40",
        "80",
        "120",
        "160",
        "170",
    ]
    assert ledger.verify_all(store, ORG, anchor.heads(ORG)) == []
    assert ledger.purge(store, ORG, before=AT + timedelta(days=170), now=now, who="retention") == 0


@pytest.mark.req("R-EVID-6")
def test_a_purged_entry_is_no_longer_found_under_its_case() -> None:
    store = filled(4, per_day=True)
    ledger.purge(store, ORG, before=AT + timedelta(days=2), now=AT + timedelta(days=9), who="retention")
    assert [each.sequence for each in ledger.entries(store, ORG, case_id="case-0")] == [3]


@pytest.mark.req("R-EVID-2", "R-EVID-6")
def test_content_that_somebody_took_out_by_hand_is_found() -> None:
    """A stub keeps the chain whole, so it must be accounted for by a purge on the record."""
    store = filled(5)
    item, link = store.get(ORG, ledger.TABLE, ledger.number(3)), list(ledger.entries(store, ORG))[2]
    assert item
    store.commit([Put(replace(item, body=chain.to_body(chain.stub(link)), parent=None))])
    assert ledger.verify_all(store, ORG) == [Problem(3, Fault.HIDDEN)]


def test_a_purge_of_the_future_is_refused() -> None:
    with pytest.raises(BadInput):
        ledger.purge(filled(1), ORG, before=AT + timedelta(days=1), now=AT, who="retention")
