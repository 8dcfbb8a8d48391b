"""What tests need beside the AWS on loopback that stages use: buckets, and faults in front of a client.

What moto does not show (throttling, a lagging index, transactions in conflict) is injected in front of a client: see
`Faulty`.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from zoho_privacy.local.aws.services import REGION, client, serving

__all__ = ["REGION", "Faulty", "bucket", "client", "refusal", "serving"]


def bucket(s3: Any, **options: Any) -> str:
    """Make an empty bucket and return its name."""
    name = f"files-{uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}, **options)
    return name


def refusal(operation: str, code: str, status: int = 400, **also: Any) -> ClientError:
    """Return the error that a client raises for such an answer; its text quotes somebody, as real ones may."""
    metadata = {"HTTPStatusCode": status}
    said: Any = {"Error": {"Code": code, "Message": "ada@example.com"}, "ResponseMetadata": metadata, **also}
    return ClientError(said, operation)


class Faulty:
    """A client in front of another. `fail` queues errors for a method; `freeze` lets an index answer as it was."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.calls: list[str] = []
        self._errors: dict[str, deque[tuple[Exception, bool]]] = {}
        self._frozen: list[Mapping[str, Any]] | None = None

    def fail(self, method: str, *errors: Exception, landed: bool = False) -> None:
        """Let the next calls of a method raise these; where `landed`, only after the service has done its part."""
        self._errors.setdefault(method, deque()).extend((error, landed) for error in errors)

    def freeze(self, table: str) -> None:
        """From here on index "due" answers as of now, however the table changes; None of it is consistent anyway."""
        self._frozen = self.inner.scan(TableName=table, IndexName="due")["Items"]

    def thaw(self) -> None:
        """Let the index catch up."""
        self._frozen = None

    def query(self, **asked: Any) -> Any:
        if self._frozen is None or asked.get("IndexName") != "due":
            return self._call("query", asked)
        values = asked["ExpressionAttributeValues"]
        agenda, latest = values[":agenda"], values[":latest"]["S"]
        found = [each for each in self._frozen if each["agenda"] == agenda and each["slot"]["S"] <= latest]
        return {"Items": sorted(found, key=lambda each: each["slot"]["S"])}

    def __getattr__(self, method: str) -> Any:
        return lambda **asked: self._call(method, asked)

    def _call(self, method: str, asked: Mapping[str, Any]) -> Any:
        self.calls.append(method)
        waiting = self._errors.get(method)
        if waiting:
            error, landed = waiting.popleft()
            if landed:
                getattr(self.inner, method)(**asked)
            raise error
        return getattr(self.inner, method)(**asked)
