"""The Store in one DynamoDB table, for any number of functions at once. Keys and indexes are told in docs/dynamodb.md.

    pk      org#table             one portal's items of one kind
    sk      id
    link    parent NUL id         local index "of_parent": children by id, read consistently
    agenda  table#shard           global index "due", sparse and late: yields candidates, never truth
    slot    due#org NUL id

Every write carries a condition. A commit of one write is a conditional PutItem or DeleteItem, a larger one a
TransactWriteItems, which lands whole or not at all. `due` asks the index whom to look at and the table how it is.
A query over several items is no snapshot: it may see a commit that is just landing in part. Nobody may decide by that;
what is decided is committed on the versions that were read.

May not: write without a condition, scan (but for `everything`), or put a text of the service into an error (it may
quote an item).
Sources, read 2026-11: DynamoDB developer guide (transactions, isolation levels, TTL, limits), API reference.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from botocore.exceptions import BotoCoreError, ClientError

from zoho_privacy.adapters.aws import code_of, trouble
from zoho_privacy.adapters.stores.documents import Row, Step, conflict_text, due_text, from_row, steps
from zoho_privacy.domain.errors import BadInput, Conflict, NeedsHuman, StoreUnavailable
from zoho_privacy.ports import Clock, Item, Write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

SHARDS: Final = 4
"""Index partitions per table of the agenda; each takes 1,000 writes a second. Changing it needs every due item put
again, since an item's shard is written with it."""

OF_PARENT: Final = "of_parent"
DUE: Final = "due"
EXPIRES: Final = "expires"
NUL: Final = "\0"  # no key holds a control character, so it sorts below and separates
LAST: Final = "\U0010ffff"
PAGE: Final = 100
BATCH: Final = 100  # BatchGetItem takes no more keys
BATCH_ATTEMPTS: Final = 5

LIVES: Final[Mapping[str, timedelta]] = MappingProxyType(
    {
        "desk_tokens": timedelta(days=1),
        "export_token": timedelta(days=100),
        "lease": timedelta(days=7),
        "widget_answer": timedelta(days=2),
    }
)
"""What ends by itself so long after its last write (TTL), whoever forgot it. Everything else ends by its workflow."""

ABSENT: Final = "attribute_not_exists(pk)"
AS_READ: Final = "version = :seen"

SCHEMA: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "AttributeDefinitions": [
            {"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk", "link", "agenda", "slot")
        ],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "LocalSecondaryIndexes": [
            {
                "IndexName": OF_PARENT,
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "link", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": DUE,
                "KeySchema": [
                    {"AttributeName": "agenda", "KeyType": "HASH"},
                    {"AttributeName": "slot", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }
)
"""The table's keys and indexes, as CreateTable and CloudFormation write them; the template is held to it by a test."""


class DynamoStore:
    """A Store in the table `name`. The client is shared by all threads; `clock` dates what ends by itself."""

    def __init__(self, client: DynamoDBClient, name: str, *, clock: Clock) -> None:
        self._client, self._name, self._clock = client, name, clock

    def get(self, org: str, table: str, id: str) -> Item | None:  # noqa: A002  the port's word
        """See the port."""
        with _plainly():
            answer = self._client.get_item(TableName=self._name, Key=_key(org, table, id), ConsistentRead=True)
        found = answer.get("Item")
        return None if found is None else from_row(_row(found))

    def find(
        self, org: str, table: str, *, parent: str | None = None, after: str = "", limit: int = 100
    ) -> Sequence[Item]:
        """See the port."""
        if parent == "":
            raise BadInput("a parent has at least one character")
        values = {":pk": {"S": f"{org}#{table}"}}
        question: dict[str, Any] = {"ConsistentRead": True, "KeyConditionExpression": "pk = :pk"}
        if parent is not None:
            # no id equals `after` with a NUL behind it, and none lies between the two: BETWEEN begins after `after`
            values |= {":from": {"S": f"{parent}{NUL}{after}{NUL}"}, ":to": {"S": f"{parent}{NUL}{LAST}"}}
            question |= {"IndexName": OF_PARENT, "KeyConditionExpression": "pk = :pk AND link BETWEEN :from AND :to"}
        elif after:
            values[":after"] = {"S": after}
            question["KeyConditionExpression"] = "pk = :pk AND sk > :after"
        return [from_row(_row(each)) for each in islice(self._query(question, values, limit), max(limit, 0))]

    def everything(self) -> Iterator[Item]:
        """Yield every item, in no order: for moving house. A scan; no function may and no workflow does."""
        asked: dict[str, Any] = {"TableName": self._name, "ConsistentRead": True}
        while True:
            with _plainly():
                answer = self._client.scan(**asked)
            yield from (from_row(_row(each)) for each in answer["Items"])
            if not answer.get("LastEvaluatedKey"):
                return
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def due(self, table: str, *, now: datetime, limit: int = 100) -> Sequence[Item]:
        """See the port; items due at the same moment come by organisation and id.

        What the index does not know yet comes with a later call; what is no longer due is passed over.
        """
        latest = due_text(now) or ""
        found: list[Row] = []
        looked_at: set[tuple[str, str]] = set()
        candidates = self._candidates(table, latest, limit)
        while len(found) < limit and (batch := list(islice(candidates, min(limit - len(found), BATCH)))):
            rows = self._rows(set(batch) - looked_at)  # an index that is catching up may name an item twice
            found += [row for row in rows if row.due is not None and row.due <= latest]
            looked_at.update(batch)
        return [from_row(row) for row in sorted(found, key=lambda row: (row.due or "", row.org, row.id))]

    def commit(self, writes: Sequence[Write]) -> None:
        """See the port.

        Raises:
            Conflict: As the port says; also where another transaction holds one of the items at this very moment.
            NeedsHuman: A permission, the table or its key is missing, or a portal's table is full.
        """
        todo = steps(writes)
        with _plainly(todo):
            if len(todo) == 1 and todo[0].does != "check":
                self._write(todo[0])
            elif todo:
                self._client.transact_write_items(TransactItems=[self._transact(step) for step in todo])

    def _write(self, step: Step) -> None:
        if step.does == "put":
            self._client.put_item(**self._put(step))
        else:
            self._client.delete_item(**self._conditional(step))

    def _transact(self, step: Step) -> Any:
        if step.does == "put":
            return {"Put": self._put(step)}
        return {"Delete" if step.does == "delete" else "ConditionCheck": self._conditional(step)}

    def _put(self, step: Step) -> dict[str, Any]:
        wanted = self._conditional(step)
        del wanted["Key"]
        return {**wanted, "Item": self._attributes(step.row)}

    def _conditional(self, step: Step) -> dict[str, Any]:
        asked: dict[str, Any] = {"TableName": self._name, "Key": _key(*step.key)}
        if step.version == 0:
            return {**asked, "ConditionExpression": ABSENT}
        seen = {":seen": {"N": str(step.version)}}
        return {**asked, "ConditionExpression": AS_READ, "ExpressionAttributeValues": seen}

    def _attributes(self, row: Row) -> dict[str, Any]:
        values = {**_key(row.org, row.table, row.id), "version": {"N": str(row.version)}, "body": {"S": row.body}}
        if row.parent is not None:
            values |= {"parent": {"S": row.parent}, "link": {"S": f"{row.parent}{NUL}{row.id}"}}
        if row.due is not None:
            place = f"{row.org}{NUL}{row.id}"
            values |= {"due": {"S": row.due}, "slot": {"S": f"{row.due}#{place}"}}
            values["agenda"] = {"S": _agenda(row.table, crc32(place.encode()) % SHARDS)}
        if row.table in LIVES:
            values[EXPIRES] = {"N": str(int((self._clock.now() + LIVES[row.table]).timestamp()))}
        return values

    def _query(self, question: Mapping[str, Any], values: Mapping[str, Any], limit: int) -> Iterator[Mapping[str, Any]]:
        """Yield what a question finds, page by page, as far as asked for."""
        asked = {**question, "TableName": self._name, "ExpressionAttributeValues": values, "Limit": max(limit, 1)}
        while True:
            with _plainly():
                answer = self._client.query(**asked)
            yield from answer["Items"]
            if not answer.get("LastEvaluatedKey"):
                return
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _candidates(self, table: str, latest: str, limit: int) -> Iterator[tuple[str, str]]:
        """Yield (pk, sk) of what the index believes to be due, oldest first over all shards."""
        question = {"IndexName": DUE, "KeyConditionExpression": "agenda = :agenda AND slot <= :latest"}
        shards = [
            self._query(
                question,
                {":agenda": {"S": _agenda(table, shard)}, ":latest": {"S": f"{latest}#{LAST}"}},
                min(max(limit, 1), PAGE),
            )
            for shard in range(SHARDS)
        ]
        for each in heapq.merge(*shards, key=lambda found: str(found["slot"]["S"])):
            yield each["pk"]["S"], each["sk"]["S"]

    def _rows(self, keys: Iterable[tuple[str, str]]) -> list[Row]:
        """Return the items of these keys as they are now; those that are gone are left out."""
        asked: Any = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys]
        rows: list[Row] = []
        for _ in range(BATCH_ATTEMPTS):
            if not asked:
                return rows
            with _plainly():
                answer = self._client.batch_get_item(RequestItems={self._name: {"Keys": asked, "ConsistentRead": True}})
            rows += [_row(found) for found in answer["Responses"].get(self._name, [])]
            left: Any = answer.get("UnprocessedKeys") or {}
            asked = left[self._name]["Keys"] if left else []
        raise StoreUnavailable("the table is asked for more than it gives just now")


def _key(org: str, table: str, id_: str) -> dict[str, Any]:
    return {"pk": {"S": f"{org}#{table}"}, "sk": {"S": id_}}


def _agenda(table: str, shard: int) -> str:
    return f"{table}#{shard}"


def _row(found: Mapping[str, Any]) -> Row:
    org, _, table = found["pk"]["S"].partition("#")
    parent, due = found.get("parent"), found.get("due")
    return Row(
        org,
        table,
        found["sk"]["S"],
        int(found["version"]["N"]),
        None if parent is None else parent["S"],
        None if due is None else due["S"],
        found["body"]["S"],
    )


@contextmanager
def _plainly(todo: Sequence[Step] = ()) -> Iterator[None]:
    """Say in our words what DynamoDB answered. Its own texts may quote an item and stay in the cause."""
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        if code == "ConditionalCheckFailedException":
            raise Conflict(conflict_text(todo[0].key)) from error
        if code == "TransactionCanceledException":
            raise _cancelled(error, todo) from error
        if code == "TransactionConflictException":
            raise Conflict("another transaction is writing this item") from error
        if code == "ItemCollectionSizeLimitExceededException":
            raise NeedsHuman("a portal's table has reached 10 GB: see docs/dynamodb.md") from error
        raise trouble(error, "the state table") from error
    except BotoCoreError as error:
        raise trouble(error, "the state table") from error


def _cancelled(error: ClientError, todo: Sequence[Step]) -> Exception:
    """Return why a transaction was cancelled: what nobody can mend by waiting first, then a lost condition."""
    reasons: Any = error.response.get("CancellationReasons") or []
    codes = [str(reason.get("Code", "")) for reason in reasons]
    if "ItemCollectionSizeLimitExceeded" in codes:
        return NeedsHuman("a portal's table has reached 10 GB: see docs/dynamodb.md")
    for code, step in zip(codes, todo, strict=False):
        if code == "ConditionalCheckFailed":
            return Conflict(conflict_text(step.key))
    if "TransactionConflict" in codes:
        return Conflict("another transaction is writing one of these items")
    if "ValidationError" in codes:
        return NeedsHuman("the table does not take what we write: it was made by another version")
    return StoreUnavailable("the table takes no more just now")
