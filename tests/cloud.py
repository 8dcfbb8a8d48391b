"""An AWS of our own on loopback for tests: moto behind one lock.

moto is right one request at a time; served by threads as it is, it loses writes that it has acknowledged. What it does
not show (throttling, a lagging index, transactions in conflict) is injected in front of a client: see `Faulty`.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

REGION: Final = "eu-central-1"
FAKE_KEYS: Final = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


class Serial:
    """A WSGI application, one request at a time."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app, self._lock = app, threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        with self._lock:
            return [b"".join(self._app(environ, start_response))]


@contextmanager
def serving() -> Iterator[str]:
    """Serve an empty AWS and yield its address."""
    server = make_server("127.0.0.1", 0, Serial(DomainDispatcherApplication(create_backend_app)), threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="moto")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def client(service: str, url: str) -> Any:
    """Return a client of that AWS, patient enough for a busy machine."""
    patient = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=30, read_timeout=60)
    make: Callable[..., Any] = boto3.client
    return make(service, endpoint_url=url, region_name=REGION, config=patient, **FAKE_KEYS)


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
