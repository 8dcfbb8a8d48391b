"""What the platform does between the parts of a stage: queue to handler, schedule to handler, HTTP request to handler.

One small loop does the first two: it takes a batch, builds the event, deletes what was not reported as failed; what
failed stays hidden for the queue's time and comes again, until the queue moves it to its dead letters. Schedules go by
the stage's own clock, so that a simulated day is a day; one that was missed many times is started once. Sources, read
2026-11: Lambda developer guide (SQS, partial batch responses), EventBridge Scheduler user guide, HTTP API payload 2.0.
"""

import base64
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from zoho_privacy.domain.errors import Retryable
from zoho_privacy.hosting.dispatch import parameters
from zoho_privacy.local.aws.runtime import Function, FunctionFailed, Listening
from zoho_privacy.local.aws.template import Schedule

log = logging.getLogger(__name__)

PAUSE_S: Final = 0.05
HIDDEN: Final = {"connection", "content-length", "host", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Source:
    """A queue and the function that it starts. What failed stays hidden for `hidden_s`, None: as the queue says."""

    url: str
    function: Function
    batch: int
    hidden_s: int | None = None


@dataclass
class Loop:
    """Looks at every queue and schedule again and again. `queues` is an SQS client, `now` the stage's clock."""

    queues: Any
    sources: Sequence[Source]
    schedules: Sequence[tuple[Schedule, Function]]
    now: Callable[[], datetime]
    rounds: int = 0
    busy: int = 0
    _last: dict[int, datetime] = field(default_factory=dict)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def step(self) -> int:
        """Look once at everything; return how many events were handed to a function."""
        handed = sum(self.take(source) for source in self.sources)
        now = self.now()
        for number, (schedule, function) in enumerate(self.schedules):
            last = self._last.get(number)
            if last is None or now - last >= schedule.every:
                self._last[number] = now
                handed += self._start_task(schedule, function)
        return handed

    def take(self, source: Source) -> int:
        """Take one batch from a queue to its function; return how many messages it had."""
        asked: dict[str, Any] = {"QueueUrl": source.url, "MaxNumberOfMessages": min(source.batch, 10)}
        if source.hidden_s is not None:
            asked["VisibilityTimeout"] = source.hidden_s
        found = self.queues.receive_message(**asked, AttributeNames=["All"]).get("Messages", [])
        if not found:
            return 0
        try:
            answer = source.function.invoke({"Records": [record(each, source.url) for each in found]})
        except FunctionFailed as problem:
            log.warning("queue: %s", problem)
            return len(found)
        failed = {each["itemIdentifier"] for each in (answer or {}).get("batchItemFailures", [])}
        for each in found:
            if each["MessageId"] not in failed:
                self.queues.delete_message(QueueUrl=source.url, ReceiptHandle=each["ReceiptHandle"])
        return len(found)

    def start(self) -> None:
        """Go on in a thread until `stop`."""
        self._thread = threading.Thread(target=self._run, name="glue", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the round in hand."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.busy = self.step()
            except Retryable as problem:
                log.warning("loop: %s", problem)
            except Exception as problem:  # noqa: BLE001  a service that is not up yet must not end the loop
                log.warning("loop: %s", type(problem).__name__)
            self.rounds += 1
            if not self.busy:
                self._stopping.wait(PAUSE_S)

    def _start_task(self, schedule: Schedule, function: Function) -> int:
        try:
            function.invoke(schedule.event)
        except FunctionFailed as problem:
            log.warning("schedule: %s", problem)
        return 1


def record(message: Mapping[str, Any], url: str) -> dict[str, Any]:
    """Return a received message as it stands in an SQS event."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {},
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:xx-local-1:000000000000:{url.rpartition('/')[2]}",
        "awsRegion": "xx-local-1",
    }


def http_event(method: str, target: str, headers: Mapping[str, str], body: bytes, *, client: str) -> dict[str, Any]:
    """Return a request as an HTTP API hands it over, payload version 2.0."""
    parts = urlsplit(target)
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": parts.path,
        "rawQueryString": parts.query,
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "127.0.0.1",
            "http": {
                "method": method,
                "path": parts.path,
                "protocol": "HTTP/1.1",
                "sourceIp": client,
                "userAgent": headers.get("User-Agent", ""),
            },
            "requestId": uuid4().hex,
            "stage": "$default",
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


class Gateway:
    """An HTTP API on loopback: routes as the template has them, everything else is 404. `url` is where it listens."""

    def __init__(self, routes: Callable[[], Sequence[tuple[str, Function]]]) -> None:
        self._server = Listening(("127.0.0.1", 0), _handler(routes))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="gateway", daemon=True)

    def start(self) -> None:
        """Answer until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


def _handler(routes: Callable[[], Sequence[tuple[str, Function]]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = urlsplit(self.path).path
            function = next((each for pattern, each in routes() if parameters(pattern, path) is not None), None)
            if function is None:
                self._say({"statusCode": 404, "body": '{"message":"Not Found"}'})
                return
            event = http_event(self.command, self.path, dict(self.headers), body, client=self.client_address[0])
            try:
                answer = function.invoke(event)
            except FunctionFailed:
                answer = {"statusCode": 500, "body": '{"message":"Internal Server Error"}'}
            self._say(answer)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _pass  # noqa: N815  the library's names

        def _say(self, answer: Mapping[str, Any]) -> None:
            text = str(answer.get("body") or "")
            raw = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
            told = {name: value for name, value in answer.get("headers", {}).items() if name.lower() not in HIDDEN}
            head = f"HTTP/1.1 {answer['statusCode']} X\r\n"
            told["Content-Length"] = str(len(raw))
            lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
            self.wfile.write((head + lines + "\r\n").encode() + (b"" if self.command == "HEAD" else raw))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the library's word
            """Say nothing."""

    return Handler
