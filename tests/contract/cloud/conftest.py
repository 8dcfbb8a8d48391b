"""A stage of one's own: a table, buckets, queues and a secret on loopback, and the environment of its functions."""

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests import cloud
from zoho_privacy.adapters import aws as clients
from zoho_privacy.adapters.stores.dynamodb import SCHEMA
from zoho_privacy.cloud import pages, receiver, suite, tasks, worker
from zoho_privacy.local.aws import machine

ORG = "60001"
HOOK = "hook-secret-of-the-tests-1"
KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def desk_url(key: rsa.RSAPrivateKey) -> Iterator[str]:
    """Where the portal shows the keys that it signs with."""
    shown = {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "k1", "use": "sig", "alg": "RS256"}
    body = json.dumps({"keys": [shown]}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the library's word
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Stage:
    """Names and clients of one stage, and a signature as the portal makes it."""

    url: str
    key: rsa.RSAPrivateKey
    table: str
    files: str
    anchors: str
    arrivals: str
    tasks: str
    secret: str
    told: dict[str, str] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return cloud.client(service, self.url)

    def signature(self, *, org: str = ORG, at: datetime | None = None) -> str:
        now = at or datetime.now(UTC)  # noqa: TID251  the guard under test reads the machine's clock
        claims = {
            "iss": f"orgId:{org}",
            "aud": "webhookId:800",
            "iat": now,
            "exp": now + timedelta(minutes=5),
            "jti": uuid4().hex,
        }
        return jwt.encode(claims, self.key, "RS256", headers={"kid": "k1"})

    def messages(self, url: str) -> list[dict[str, Any]]:
        """Take what waits in a queue, as the event source would hand it over."""
        sqs, found = self.client("sqs"), []
        while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            found += [record(each["MessageId"], each["Body"]) for each in got]
        return found


def record(message_id: str, body: str) -> dict[str, Any]:
    """Return one message as it stands in an SQS event."""
    return {
        "messageId": message_id,
        "receiptHandle": "handle",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1772442900000"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:arrivals",
        "awsRegion": "eu-central-1",
    }


class Time:
    """A context with this much time left at each question; the last answer stays."""

    def __init__(self, *left_s: float) -> None:
        self._left = list(left_s or (600.0,))

    def get_remaining_time_in_millis(self) -> int:
        return int(1000 * (self._left.pop(0) if len(self._left) > 1 else self._left[0]))


MADE_ONCE = (
    clients.session,
    clients.asked,
    clients.dynamodb,
    clients.s3,
    clients.sqs,
    clients.secrets,
    receiver.receiver,
    receiver.routes,
    pages.routes,
    tasks._configured,
    worker._configured,
)


def forget() -> None:
    """Let the next call be the first of a fresh process."""
    for made in MADE_ONCE:
        made.cache_clear()
    suite.forget()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package for this machine."""
    package = tmp_path_factory.mktemp("built") / "package.zip"
    machine.build(package)
    return package


@pytest.fixture
def stage(aws: str, key: rsa.RSAPrivateKey, desk_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    mark = uuid4().hex[:8]
    sqs, s3 = cloud.client("sqs", aws), cloud.client("s3", aws)
    cloud.client("dynamodb", aws).create_table(TableName=f"stage-{mark}", **SCHEMA)
    secret = {
        "ZOHO_PRIVACY_HOOK_SECRET": HOOK,
        "ZOHO_PRIVACY_INSTALLATION_SECRET": KEY,
        f"ZOHO_PRIVACY_PORTAL_{ORG}_CLIENT_ID": "1000.EXAMPLE",
        f"ZOHO_PRIVACY_PORTAL_{ORG}_CLIENT_SECRET": "client-secret",
        f"ZOHO_PRIVACY_PORTAL_{ORG}_REFRESH_TOKEN": "refresh-token",
    }
    cloud.client("secretsmanager", aws).create_secret(Name=f"stage-{mark}", SecretString=json.dumps(secret))
    made = Stage(
        url=aws,
        key=key,
        table=f"stage-{mark}",
        files=cloud.bucket(s3),
        anchors=cloud.bucket(s3),
        arrivals=str(sqs.create_queue(QueueName=f"arrivals-{mark}")["QueueUrl"]),
        tasks=str(sqs.create_queue(QueueName=f"tasks-{mark}")["QueueUrl"]),
        secret=f"stage-{mark}",
        told=secret,
    )
    environment = {
        "AWS_ENDPOINT_URL": aws,
        "AWS_DEFAULT_REGION": cloud.REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "PRIVACY_TABLE": made.table,
        "PRIVACY_FILES_BUCKET": made.files,
        "PRIVACY_ANCHORS_BUCKET": made.anchors,
        "PRIVACY_ARRIVALS_QUEUE": made.arrivals,
        "PRIVACY_TASKS_QUEUE": made.tasks,
        "PRIVACY_SECRET": made.secret,
        "PRIVACY_ENDPOINTS": "webhooks.identity,webhooks.delivery",
        "PRIVACY_PORTALS": json.dumps([{"org": ORG, "desk_url": desk_url, "accounts_url": desk_url}]),
        "ZOHO_PRIVACY_PUBLIC_URL": "https://privacy.example.com",
        "ZOHO_PRIVACY_PORTALS": "",  # what a function sets for itself is taken back with the rest
        **dict.fromkeys(secret, ""),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    forget()
    yield made
    forget()
