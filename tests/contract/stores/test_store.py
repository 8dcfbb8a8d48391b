"""What every store promises (`ports.Store`)."""

from collections import UserDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from threading import Barrier, Thread
from typing import Any

import pytest

from zoho_privacy.domain.errors import BadInput, Conflict
from zoho_privacy.ports import Check, Delete, Item, Put, Store

ORG = "org-1"
NOW = datetime(2026, 3, 1, 12, 0, 0, 250, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"


def item(id_: str = "a", body: Mapping[str, Any] | None = None, **also: Any) -> Item:
    return Item(ORG, also.pop("table", "case"), id_, body or {}, **also)


def put(store: Store, *items: Item) -> None:
    store.commit([Put(each) for each in items])


def ids(items: Any) -> list[str]:
    return [each.id for each in items]


# ------------------------------------------------------------------------------------------------- what comes back


def test_an_item_comes_back_as_it_went_in(store: Store) -> None:
    body = {"text": "é\ud800\n", "n": 3, "big": 2**70, "f": 0.1, "t": True, "none": None, "list": [1, ["a"], {"b": []}]}
    put(store, item(body=body, parent="ticket-1", due=NOW))
    assert store.get(ORG, "case", "a") == Item(ORG, "case", "a", body, 1, "ticket-1", NOW)


def test_a_due_time_of_another_zone_is_the_same_moment(store: Store) -> None:
    here = NOW.astimezone(timezone(timedelta(hours=-7)))
    put(store, item(due=here))
    found = store.get(ORG, "case", "a")
    assert found
    assert found.due == here
    assert found.due.utcoffset() == timedelta(0)


def test_enums_and_other_mappings_come_back_as_plain_json(store: Store) -> None:
    put(store, item(body={"colour": Colour.RED, "map": UserDict({"a": 1})}))
    found = store.get(ORG, "case", "a")
    assert found
    assert found.body == {"colour": "red", "map": {"a": 1}}
    assert type(found.body["colour"]) is str


def test_changing_a_body_afterwards_does_not_reach_the_store(store: Store) -> None:
    """A shared dict would let a test pass that fails on a real disk."""
    body: dict[str, Any] = {"list": [1]}
    put(store, item(body=body))
    body["list"].append(2)
    first = store.get(ORG, "case", "a")
    assert first
    first.body["list"].append(3)
    again = store.get(ORG, "case", "a")
    assert again
    assert again.body == {"list": [1]}


def test_nothing_comes_back_where_nothing_is(store: Store) -> None:
    put(store, item())
    assert store.get(ORG, "case", "b") is None
    assert store.get(ORG, "other", "a") is None
    assert store.get("org-2", "case", "a") is None


@pytest.mark.parametrize(
    "value",
    [(1, 2), {1, 2}, NOW, timedelta(1), b"bytes", float("nan"), float("inf"), {1: "a"}, {"deep": [{"er": (1,)}]}],
    ids=str,
)
def test_what_json_would_change_is_refused(store: Store, value: object) -> None:
    """A tuple that comes back as a list, or a date as text, is a bug far from its cause."""
    with pytest.raises(BadInput):
        put(store, item(body={"value": value}))
    assert store.get(ORG, "case", "a") is None


@pytest.mark.parametrize(
    "bad",
    [
        item(""), item("x" * 513), item("é" * 257), item("a\x00b"), item("a\nb"), item("\ud800"), item(table=""),
        item(parent=""), item(due=NOW.replace(tzinfo=None)), item(body={"text": "x" * 380_001}),
    ],
)  # fmt: skip
def test_what_no_store_could_hold_everywhere_is_refused(store: Store, bad: Item) -> None:
    with pytest.raises(BadInput):
        put(store, bad)


def test_a_text_with_an_address_is_not_repeated_in_the_refusal(store: Store) -> None:
    with pytest.raises(BadInput) as caught:
        put(store, item("ada@example.com\n", {"note": {"ada@example.com"}}))
    assert "ada" not in str(caught.value)


# ------------------------------------------------------------------------------------------------------ conditions


def test_each_write_raises_the_version_by_one(store: Store) -> None:
    for version in range(4):
        put(store, item(version=version))
    found = store.get(ORG, "case", "a")
    assert found
    assert found.version == 4


@pytest.mark.parametrize("version", [0, 1, 3])
def test_a_put_at_another_version_does_not_land(store: Store, version: int) -> None:
    put(store, item(body={"n": 1}))
    put(store, item(body={"n": 2}, version=1))
    with pytest.raises(Conflict):
        put(store, item(body={"n": 3}, version=version))
    found = store.get(ORG, "case", "a")
    assert found
    assert (found.version, found.body) == (2, {"n": 2})


def test_a_put_at_a_version_of_something_that_is_gone_does_not_land(store: Store) -> None:
    """An update must not bring back what was erased meanwhile."""
    with pytest.raises(Conflict):
        put(store, item(version=1))
    assert store.get(ORG, "case", "a") is None


def test_a_put_replaces_all_members_and_both_indexes(store: Store) -> None:
    put(store, item(body={"a": 1}, parent="p", due=NOW))
    put(store, item(body={"b": 2}, version=1))
    assert store.get(ORG, "case", "a") == item(body={"b": 2}, version=2)
    assert store.find(ORG, "case", parent="p") == []
    assert store.due("case", now=NOW) == []


def test_a_delete_needs_the_version_read(store: Store) -> None:
    put(store, item(parent="p", due=NOW))
    with pytest.raises(Conflict):
        store.commit([Delete(item(version=2))])
    store.commit([Delete(item(version=1))])
    assert store.get(ORG, "case", "a") is None
    assert store.find(ORG, "case", parent="p") == []
    assert store.due("case", now=NOW) == []
    with pytest.raises(Conflict):
        store.commit([Delete(item(version=1))])


def test_a_deleted_item_starts_again_at_version_one(store: Store) -> None:
    put(store, item())
    store.commit([Delete(item(version=1))])
    put(store, item())
    found = store.get(ORG, "case", "a")
    assert found
    assert found.version == 1


def test_a_check_writes_nothing_and_holds_the_others_to_its_condition(store: Store) -> None:
    put(store, item("hold"))
    store.commit([Check(item("hold", version=1)), Check(item("none")), Put(item("b"))])
    held = store.get(ORG, "case", "hold")
    assert held
    assert held.version == 1
    for check in (Check(item("hold")), Check(item("hold", version=2)), Check(item("none", version=1))):
        with pytest.raises(Conflict):
            store.commit([Put(item("c")), check])
    assert store.get(ORG, "case", "c") is None


def test_a_conflict_names_table_and_id_only(store: Store) -> None:
    put(store, item("case-7", {"secret": "Ada"}))
    with pytest.raises(Conflict, match=r"^case case-7 is not as it was read$"):
        put(store, item("case-7", {"secret": "Ada"}))


# ------------------------------------------------------------------------------------------------------- atomicity


@pytest.mark.req("R-PLAN-3")
@pytest.mark.parametrize("position", [0, 2, 4])
def test_one_lost_condition_undoes_the_whole_commit(store: Store, position: int) -> None:
    put(store, item("old", {"n": 1}), item("gone"))
    writes: list[Put | Delete] = [
        Put(item("new")),
        Put(item("old", {"n": 2}, version=1)),
        Delete(item("gone", version=1)),
        Put(item("more")),
    ]
    writes.insert(position, Put(item("lost", version=5)))
    with pytest.raises(Conflict):
        store.commit(writes)
    assert [(each.id, each.version, each.body) for each in store.find(ORG, "case")] == [
        ("gone", 1, {}),
        ("old", 1, {"n": 1}),
    ]


def test_an_item_that_cannot_be_stored_undoes_the_whole_commit(store: Store) -> None:
    with pytest.raises(BadInput):
        store.commit([Put(item("good")), Put(item("bad", {"x": (1,)}))])
    assert store.get(ORG, "case", "good") is None


def test_ninety_writes_are_one_commit_and_ninety_one_are_none(store: Store) -> None:
    put(store, *(item(f"{n:03d}") for n in range(90)))
    assert len(store.find(ORG, "case")) == 90
    with pytest.raises(BadInput):
        put(store, *(item(f"x{n:03d}") for n in range(91)))
    assert len(store.find(ORG, "case", limit=200)) == 90


def test_more_bytes_than_one_transaction_may_carry_are_refused(store: Store) -> None:
    with pytest.raises(BadInput):
        put(store, *(item(f"{n:02d}", {"text": "x" * 370_000}) for n in range(11)))
    assert store.find(ORG, "case") == []


def test_a_key_twice_in_one_commit_is_refused(store: Store) -> None:
    put(store, item())
    for second in (Put(item(version=2)), Delete(item(version=1)), Check(item(version=1))):
        with pytest.raises(BadInput):
            store.commit([Put(item(version=1)), second])
    put(store, item("same"), item("same", table="other"), replace(item("same"), org="org-2"))


def test_an_empty_commit_is_nothing(store: Store) -> None:
    store.commit([])
    assert store.find(ORG, "case") == []


# ---------------------------------------------------------------------------------------------------- find and due


def test_find_goes_by_id_in_code_point_order(store: Store) -> None:
    names = ["b", "B", "é", "10", "9", "z", "\U0001f600", "\uffee", "a b", "a"]
    put(store, *(item(name) for name in names))
    assert ids(store.find(ORG, "case")) == sorted(names)


def test_find_pages_without_gap_or_repetition(store: Store) -> None:
    put(store, *(item(f"{n:03d}", parent="p" if n % 2 else "q") for n in range(25)))
    for parent, expected in ((None, range(25)), ("p", range(1, 25, 2))):
        seen: list[str] = []
        while page := store.find(ORG, "case", parent=parent, after=seen[-1] if seen else "", limit=4):
            assert len(page) <= 4
            seen += ids(page)
        assert seen == [f"{n:03d}" for n in expected]


def test_find_keeps_to_organisation_table_and_parent(store: Store) -> None:
    put(store, item("a", parent="p"), item("b", parent="P"), item("c", parent="p", table="other"), item("d"))
    put(store, replace(item("e", parent="p"), org="org-2"))
    assert ids(store.find(ORG, "case", parent="p")) == ["a"]
    assert ids(store.find(ORG, "case")) == ["a", "b", "d"]
    assert store.find(ORG, "case", parent="nobody") == []


def test_find_refuses_an_empty_parent(store: Store) -> None:
    """An id that was never filled in must not find everything, nor silently nothing."""
    with pytest.raises(BadInput):
        store.find(ORG, "case", parent="")


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_finds_nothing(store: Store, limit: int) -> None:
    put(store, item(due=NOW))
    assert list(store.find(ORG, "case", limit=limit)) == []
    assert list(store.due("case", now=NOW, limit=limit)) == []


def test_due_goes_by_time_over_all_organisations(store: Store) -> None:
    second = timedelta(seconds=1)
    put(store, item("late", due=NOW), item("never"), item("soon", due=NOW + timedelta(microseconds=1)))
    put(store, replace(item("early", due=NOW - second), org="org-2"), item("other", table="effect", due=NOW - second))
    put(store, replace(item("b", due=NOW - second), org="org-1"), replace(item("a", due=NOW - second), org="org-3"))
    assert ids(store.due("case", now=NOW)) == ["b", "early", "a", "late"]
    assert ids(store.due("case", now=NOW, limit=2)) == ["b", "early"]
    assert store.due("case", now=NOW - 2 * second) == []


def test_due_compares_moments_not_texts(store: Store) -> None:
    """A whole second has no fraction in ISO text, and another zone another hour: neither may change the order."""
    whole = NOW.replace(microsecond=0)
    east = timezone(timedelta(hours=5, minutes=30))
    put(store, item("c", due=NOW), item("b", due=whole.astimezone(east)), item("a", due=whole - timedelta(hours=1)))
    assert ids(store.due("case", now=whole.astimezone(timezone(timedelta(hours=-9))))) == ["a", "b"]


def test_due_needs_a_time_with_a_zone(store: Store) -> None:
    with pytest.raises(BadInput):
        store.due("case", now=NOW.replace(tzinfo=None))


# ----------------------------------------------------------------------------------------------------- at the same time


def _together(count: int, work: Any) -> None:
    """Run `work(n)` in threads that start as one; the first error of any is raised."""
    errors: list[BaseException] = []
    barrier = Barrier(count)

    def run(number: int) -> None:
        try:
            barrier.wait(timeout=30)
            work(number)
        except BaseException as error:  # noqa: BLE001  raised again below, in the thread that can report it
            errors.append(error)

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    if errors:
        raise errors[0]


def test_eight_threads_that_count_optimistically_lose_nothing(store: Store) -> None:
    """Read, add one, write if unchanged, else again: the sum is exact only if no acknowledged write is lost."""
    put(store, item("counter", {"n": 0}))

    def count(_: int) -> None:
        left = 15
        while left:
            now = store.get(ORG, "case", "counter")
            assert now
            try:
                put(store, replace(now, body={"n": now.body["n"] + 1}))
            except Conflict:
                continue
            left -= 1

    _together(8, count)
    end = store.get(ORG, "case", "counter")
    assert end
    assert (end.body, end.version) == ({"n": 120}, 121)


@pytest.mark.req("R-PLAN-3")
def test_of_eight_who_put_if_absent_one_wins(store: Store) -> None:
    won: list[tuple[int, int]] = []

    def race(me: int) -> None:
        for number in range(12):
            try:
                put(store, item(f"{number}", {"winner": me}))
            except Conflict:
                continue
            won.append((number, me))

    _together(8, race)
    assert sorted(number for number, _ in won) == list(range(12))
    assert {each.id: each.body["winner"] for each in store.find(ORG, "case")} == {str(n): me for n, me in won}


def test_a_reader_never_sees_half_a_commit(store: Store) -> None:
    put(store, item("left", {"n": 0}), item("right", {"n": 0}))

    def work(me: int) -> None:
        for number in range(25):
            if me == 0:
                both = [item(half, {"n": number + 1}, version=number + 1) for half in ("left", "right")]
                put(store, *both)
            else:
                left, right = store.find(ORG, "case")
                assert (left.version, left.body) == (right.version, right.body)

    _together(3, work)
