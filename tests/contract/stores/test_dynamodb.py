"""What the DynamoDB store does with a service that is busy, slow, forgetful or closed to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from tests.cloud import Faulty, refusal
from zoho_privacy.adapters.clock import SystemClock
from zoho_privacy.adapters.stores.dynamodb import ABSENT, AS_READ, EXPIRES, LIVES, SCHEMA, SHARDS, DynamoStore
from zoho_privacy.domain.errors import Conflict, NeedsHuman, StoreUnavailable, ZohoPrivacyError
from zoho_privacy.ports import Check, Delete, Item, Put, Write
from zoho_privacy.workflows import lease, queue

ORG = "60001"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SILENCE = BotoCoreError()  # what time-outs and unreachable addresses derive from
CANCELLED = "TransactionCanceledException"


@pytest.fixture
def service(dynamodb: Any) -> Faulty:
    return Faulty(dynamodb)


@pytest.fixture
def store(service: Faulty, table: str) -> DynamoStore:
    return over(service, table)


def over(client: Any, table: str) -> DynamoStore:
    return DynamoStore(client, table, clock=SystemClock())


def item(id_: str = "a", version: int = 0, **also: Any) -> Item:
    return Item(ORG, also.pop("table", "case"), id_, also.pop("body", {}), version, **also)


def cancelled(*codes: str) -> Exception:
    return refusal("TransactWriteItems", CANCELLED, CancellationReasons=[{"Code": code} for code in codes])


# ------------------------------------------------------------------------------------------------------ conditions


@pytest.mark.req("R-PLAN-3")
@pytest.mark.parametrize(
    ("writes", "condition"),
    [
        ([Put(item())], {ABSENT}),
        ([Put(item(version=3))], {AS_READ}),
        ([Delete(item(version=3))], {AS_READ}),
        ([Check(item())], {ABSENT}),
        ([Put(item("a")), Put(item("b", 1)), Delete(item("c", 2)), Check(item("d", 3)), Check(item("e"))],
         {ABSENT, AS_READ}),
    ],
    ids=["a new item", "a change", "a removal", "a check", "all at once"],
)  # fmt: skip
def test_every_write_names_its_condition(dynamodb: Any, table: str, writes: list[Write], condition: set[str]) -> None:
    """Read from what is really sent: a write that lost its clause would overwrite whatever is there."""
    sent: list[Any] = []

    class Recording(Faulty):
        def _call(self, method: str, asked: Any) -> Any:
            parts = asked.get("TransactItems", [{method: asked}])
            sent.extend(inner for part in parts for inner in part.values())
            return {}

    over(Recording(dynamodb), table).commit(writes)
    assert len(sent) == len(writes)
    assert {each["ConditionExpression"] for each in sent} == condition
    assert {each["TableName"] for each in sent} == {table}
    for each, write in zip(sent, writes, strict=True):
        seen = each.get("ExpressionAttributeValues", {}).get(":seen", {"N": "0"})
        assert int(seen["N"]) == write.item.version


def test_state_effect_and_journal_are_one_transaction(store: DynamoStore, service: Faulty) -> None:
    store.commit([Put(item("case")), Put(item("effect", table="effect", due=NOW)), Put(item("1", table="ledger"))])
    store.commit([Put(item("case", 1))])
    assert service.calls == ["transact_write_items", "put_item"]


# ------------------------------------------------------------------------------------------------------------ faults


@pytest.mark.req("R-PLAN-3")
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ProvisionedThroughputExceededException", StoreUnavailable),
        ("ThrottlingException", StoreUnavailable),
        ("RequestLimitExceeded", StoreUnavailable),
        ("InternalServerError", StoreUnavailable),
        ("TransactionInProgressException", StoreUnavailable),
        ("TransactionConflictException", Conflict),
        ("ConditionalCheckFailedException", Conflict),
        ("AccessDeniedException", NeedsHuman),
        ("ResourceNotFoundException", NeedsHuman),
        ("KMSDisabledException", NeedsHuman),
        ("ValidationException", NeedsHuman),
        ("ItemCollectionSizeLimitExceededException", NeedsHuman),
        ("SomethingNew", StoreUnavailable),
    ],
)
def test_a_refused_write_says_what_to_do(
    store: DynamoStore, service: Faulty, code: str, expected: type[ZohoPrivacyError]
) -> None:
    service.fail("put_item", refusal("PutItem", code))
    with pytest.raises(expected) as caught:
        store.commit([Put(item())])
    assert "ada" not in str(caught.value)
    assert store.get(ORG, "case", "a") is None


@pytest.mark.req("R-PLAN-3")
@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("None", "ConditionalCheckFailed"), Conflict),
        (("TransactionConflict", "None"), Conflict),
        (("ThrottlingError", "None"), StoreUnavailable),
        (("None", "ProvisionedThroughputExceeded"), StoreUnavailable),
        (("None", "ItemCollectionSizeLimitExceeded"), NeedsHuman),
        (("ValidationError", "None"), NeedsHuman),
        ((), StoreUnavailable),
    ],
)
def test_a_cancelled_transaction_says_why(
    store: DynamoStore, service: Faulty, codes: tuple[str, ...], expected: type[ZohoPrivacyError]
) -> None:
    service.fail("transact_write_items", cancelled(*codes))
    with pytest.raises(expected) as caught:
        store.commit([Put(item("a")), Put(item("b"))])
    assert "ada" not in str(caught.value)
    assert store.find(ORG, "case") == []
    store.commit([Put(item("a")), Put(item("b"))])


def test_a_lost_condition_is_named_by_table_and_id(store: DynamoStore, service: Faulty) -> None:
    service.fail("transact_write_items", cancelled("None", "ConditionalCheckFailed"))
    with pytest.raises(Conflict, match=r"^case b is not as it was read$"):
        store.commit([Put(item("a")), Put(item("b"))])


@pytest.mark.req("R-PLAN-3")
@pytest.mark.parametrize("landed", [False, True], ids=["before it landed", "after it landed"])
def test_a_write_without_an_answer_is_safe_to_repeat(store: DynamoStore, service: Faulty, *, landed: bool) -> None:
    """Nobody knows whether it landed; the same commit again either lands or meets its own work as a conflict."""
    service.fail("put_item", SILENCE, landed=landed)
    with pytest.raises(StoreUnavailable):
        store.commit([Put(item(body={"n": 1}))])
    if landed:
        with pytest.raises(Conflict):
            store.commit([Put(item(body={"n": 1}))])
    else:
        store.commit([Put(item(body={"n": 1}))])
    found = store.get(ORG, "case", "a")
    assert found == item(body={"n": 1}, version=1)


@pytest.mark.parametrize("method", ["get_item", "query", "batch_get_item"])
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refusal("Read", "ProvisionedThroughputExceededException"), StoreUnavailable),
        (refusal("Read", "InternalServerError", 500), StoreUnavailable),
        (SILENCE, StoreUnavailable),
        (refusal("Read", "AccessDeniedException"), NeedsHuman),
    ],
    ids=["throttled", "server error", "unreachable", "no permission"],
)
def test_a_read_that_fails_says_what_to_do(
    store: DynamoStore, service: Faulty, method: str, error: Exception, expected: type[ZohoPrivacyError]
) -> None:
    store.commit([Put(item(due=NOW))])
    asks: dict[str, Callable[[], object]] = {
        "get_item": lambda: store.get(ORG, "case", "a"),
        "query": lambda: store.find(ORG, "case"),
        "batch_get_item": lambda: store.due("case", now=NOW),
    }
    service.fail(method, error)
    with pytest.raises(expected):
        asks[method]()
    assert asks[method](), "it passes"


def test_what_a_batch_leaves_out_is_asked_for_again(dynamodb: Any, table: str) -> None:
    """A busy table answers a batch in part; what is left out must not look like gone."""

    class OneAtATime(Faulty):
        def _call(self, method: str, asked: Any) -> Any:
            if method != "batch_get_item":
                return super()._call(method, asked)
            first, *rest = asked["RequestItems"][table]["Keys"]
            part = super()._call(method, {"RequestItems": {table: {"Keys": [first], "ConsistentRead": True}}})
            return {**part, "UnprocessedKeys": {table: {"Keys": rest}} if rest else {}}

    store = over(OneAtATime(dynamodb), table)
    store.commit([Put(item(name, due=NOW)) for name in "cab"])
    assert [each.id for each in store.due("case", now=NOW)] == ["a", "b", "c"]
    store.commit([Put(item(f"{number}", due=NOW)) for number in range(8)])
    with pytest.raises(StoreUnavailable):
        store.due("case", now=NOW)


# ------------------------------------------------------------------------------------------------ an index that lags


def test_what_the_index_still_believes_is_looked_up_first(store: DynamoStore, service: Faulty, table: str) -> None:
    """It names what was done, put off or claimed meanwhile; none of it may be handed out as due."""
    for name in ("done", "later", "claimed", "waiting"):
        store.commit([Put(item(name, due=NOW))])
    service.freeze(table)
    store.commit([Delete(item("done", 1))])
    store.commit([Put(item("later", 1, due=NOW + timedelta(hours=1)))])
    store.commit([Put(item("claimed", 1))])
    assert [each.id for each in store.due("case", now=NOW, limit=1)] == ["waiting"], "stale entries use up no limit"
    store.commit([Put(item("new", due=NOW))])
    assert [each.id for each in store.due("case", now=NOW)] == ["waiting"]
    service.thaw()
    assert [each.id for each in store.due("case", now=NOW)] == ["new", "waiting"]


@pytest.mark.req("R-PLAN-3")
def test_two_workers_on_a_stale_index_never_hold_one_item(store: DynamoStore, service: Faulty, table: str) -> None:
    store.commit([queue.add(ORG, "job", f"{number}", {}, due=NOW) for number in range(6)])
    service.freeze(table)
    took = [queue.claim(store, "job", NOW, lease=timedelta(minutes=5), worker=name, limit=4) for name in ("a", "b")]
    ids = [each.id for mine in took for each in mine]
    assert sorted(ids) == [f"{number}" for number in range(6)]


def test_a_lease_that_ran_out_is_taken_over_and_its_old_holder_learns_it(store: DynamoStore) -> None:
    minute = timedelta(minutes=1)
    old = lease.acquire(store, ORG, "retention", now=NOW, life=minute, holder="one")
    assert old
    assert lease.acquire(store, ORG, "retention", now=NOW, life=minute, holder="two") is None
    new = lease.acquire(store, ORG, "retention", now=NOW + 2 * minute, life=minute, holder="two")
    assert new
    assert lease.renew(store, old, now=NOW + 2 * minute, life=minute) is None
    assert lease.release(store, old) is False


# ------------------------------------------------------------------------------------------------- pages and the end


def test_answers_in_several_pages_come_whole(store: DynamoStore) -> None:
    """One answer carries a megabyte; items are larger than their keys make one expect."""
    for number in range(4):
        store.commit([Put(item(f"{number}", parent="p", due=NOW, body={"text": "x" * 370_000}))])
    for found in (store.find(ORG, "case"), store.find(ORG, "case", parent="p"), store.due("case", now=NOW)):
        assert [each.id for each in found] == ["0", "1", "2", "3"]
    assert [each.id for each in store.find(ORG, "case", after="1", limit=1)] == ["2"]
    assert [each.id for each in store.find(ORG, "case", parent="p", after="1", limit=2)] == ["2", "3"]


def test_what_must_end_carries_its_end_and_nothing_else_does(store: DynamoStore, dynamodb: Any, table: str) -> None:
    for name in (*LIVES, "case", "ledger", "event", "job", "effect"):
        store.commit([Put(item(table=name))])
    rows = dynamodb.scan(TableName=table)["Items"]
    ends = {row["pk"]["S"].partition("#")[2]: row[EXPIRES]["N"] for row in rows if EXPIRES in row}
    assert set(ends) == set(LIVES)
    left = {name: int(end) - SystemClock().now().timestamp() for name, end in ends.items()}
    assert all(0 <= LIVES[name].total_seconds() - seconds < 120 for name, seconds in left.items())


def test_due_items_spread_over_the_shards_of_the_index(store: DynamoStore, dynamodb: Any, table: str) -> None:
    store.commit([Put(item(f"{number}", due=NOW)) for number in range(60)])
    rows = dynamodb.scan(TableName=table, IndexName="due")["Items"]
    assert {row["agenda"]["S"] for row in rows} == {f"case#{shard}" for shard in range(SHARDS)}
    assert len(store.due("case", now=NOW)) == 60


def test_the_longest_keys_that_are_taken_fit_the_indexes(store: DynamoStore) -> None:
    long = item("i" * 480, parent="p" * 480, due=NOW, table="t" * 480)
    store.commit([Put(replace(long, org="6" * 64))])
    found = store.due("t" * 480, now=NOW)
    assert [each.id for each in found] == ["i" * 480]
    assert [each.org for each in found] == ["6" * 64]


def test_the_schema_names_no_attribute_that_no_key_uses() -> None:
    """DynamoDB refuses such a table; moto would take it."""
    keys = [SCHEMA, *SCHEMA["LocalSecondaryIndexes"], *SCHEMA["GlobalSecondaryIndexes"]]
    used = {part["AttributeName"] for each in keys for part in each["KeySchema"]}
    assert used == {each["AttributeName"] for each in SCHEMA["AttributeDefinitions"]}
