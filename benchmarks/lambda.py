# ruff: noqa: N999, T201  the name is the command's; it prints
"""Cold starts, acknowledgements and memory of the functions, from the built package under Lambda's runtime client.

`python3 -m benchmarks.lambda [--rounds 15]` prints a table beside its budgets; docs/deploy.md keeps one. A peer is a
handler that only imports boto3 and creates the SQS client: what any function behind a queue pays; `libraries` is one
that loads what a worker cannot do without (clients of table and secret, Powertools, settings, HTTP) and does nothing.
Cold is from the start of a process to its first answer (`desk`: a signed delivery with its two calls of AWS and one of
the portal), files in the page cache; rounds alternate, the least is the quiet value. CPU is the process's own, user and
system, which other work on the machine lengthens less than the time. Warm is a signed delivery: signature checked, a
message sent to SQS on loopback (moto), answered; its own time is the function's CPU.
"""

import argparse
import base64
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from zoho_privacy.local.aws import machine
from zoho_privacy.local.aws.glue import http_event
from zoho_privacy.local.aws.runtime import Function
from zoho_privacy.local.aws.stage import Stage

ORG: Final = "60001"
HOOK: Final = "hook-secret-of-a-benchmark"
PEER: Final = """
import boto3
client = boto3.client("sqs")
def handler(event, context):
    return {"statusCode": 200}
"""
LIBRARIES: Final = """
import pydantic_settings, requests
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from zoho_privacy.adapters import aws
aws.dynamodb()
aws.secrets()
def handler(event, context):
    return {"batchItemFailures": []}
"""
TICK: Final = os.sysconf("SC_CLK_TCK")
MEGABYTE: Final = 1e6
COLD_OF_PEER: Final = {"desk": 1.3, "worker": 2.0}
MOST_MB: Final = {"desk": 50.0}
ACKNOWLEDGE_MS: Final = 10.0
PACKAGE_MB: Final = 15.0


@dataclass(frozen=True, slots=True)
class Cold:
    """One cold start: seconds, seconds of CPU, megabytes."""

    wall: float
    cpu: float
    rss: float


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a process has used."""
    parts = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / TICK


def rss_of(pid: int) -> float:
    """Return the most memory that a process has held, in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    (line,) = [each for each in lines if each.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def cold(function: Function, event: Any) -> Cold:
    """Start a function anew and let it answer once."""
    began = time.perf_counter()
    function.invoke(event)
    wall, pid = time.perf_counter() - began, function.pid or 0
    found = Cold(wall, cpu_of(pid), rss_of(pid))
    function.stop()
    return found


@contextmanager
def portal(key: rsa.RSAPrivateKey) -> Iterator[str]:
    """Serve the keys that a portal signs with."""
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
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def signature(key: rsa.RSAPrivateKey) -> str:
    """Return a signature as the portal makes it."""
    now = datetime.now(UTC)  # noqa: TID251  the function under measurement reads the machine's clock
    ends = now + timedelta(minutes=5)
    claims = {"iss": f"orgId:{ORG}", "aud": "webhookId:800", "iat": now, "exp": ends, "jti": uuid4().hex}
    return jwt.encode(claims, key, "RS256", headers={"kid": "k1"})


def delivery(key: rsa.RSAPrivateKey, number: int) -> Mapping[str, Any]:
    """Return a signed delivery of one event."""
    payload = {"id": f"41700000000{number:07}", "subject": "Hello"}
    event = {"eventType": "Ticket_Add", "eventTime": "1772442900123", "orgId": ORG, "payload": payload}
    headers = {"x-zdesk-jwt": signature(key)}
    return http_event("POST", f"/hooks/{HOOK}/desk/{ORG}", headers, json.dumps([event]).encode(), client="192.0.2.7")


def main() -> int:
    """Print the table; exit status 1 where a budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="cold starts of each function")
    parser.add_argument("--deliveries", type=int, default=200, help="warm deliveries")
    args = parser.parse_args()
    key = rsa.generate_private_key(65537, 2048)
    with tempfile.TemporaryDirectory() as place, portal(key) as desk_url:
        stage = Stage(Path(place), lambda: datetime.now(UTC))  # noqa: TID251  as above
        try:
            return measure(stage, key, desk_url, args.rounds, args.deliveries)
        finally:
            stage.close()


def measure(stage: Stage, key: rsa.RSAPrivateKey, desk_url: str, rounds: int, deliveries: int) -> int:
    """Measure a stage and print what was found; return the exit status."""
    secret = {
        "ZOHO_PRIVACY_HOOK_SECRET": HOOK,
        "ZOHO_PRIVACY_INSTALLATION_SECRET": base64.b64encode(b"k" * 32).decode(),
    }
    prefix = f"ZOHO_PRIVACY_PORTAL_{ORG}_"
    secret |= {f"{prefix}{name}": "x" for name in ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")}
    known = [{"org": ORG, "desk_url": desk_url, "accounts_url": desk_url}]
    stage.open({"publicUrl": stage.listen(), "portals": json.dumps(known)}, secret)
    package = (stage.folder / "package.zip").stat().st_size / MEGABYTE
    desk, worker = stage.functions["desk"], stage.functions["worker"]
    (desk.root / "peer.py").write_text(PEER)
    peer = Function("peer", "peer.handler", desk.root, desk.runtime, desk.environment)
    (desk.root / "libraries.py").write_text(LIBRARIES)
    libraries = Function("libraries", "libraries.handler", worker.root, worker.runtime, worker.environment)
    message = {"messageId": "m", "receiptHandle": "r", "body": "{}", "attributes": {}, "eventSource": "aws:sqs"}
    asked: dict[str, tuple[Function, Any]] = {
        "peer": (peer, {}),
        "desk": (desk, delivery(key, 0)),
        "libraries": (libraries, {}),
        "worker": (worker, {"Records": [message]}),
    }
    found: dict[str, list[Cold]] = {name: [] for name in asked}
    for number in range(rounds + 1):
        for name, (function, event) in asked.items():
            one = cold(function, delivery(key, number) if name == "desk" else event)
            if number:  # the first fills the page cache
                found[name].append(one)
    bad = _cold_table(found)
    bad += _warm(desk, key, deliveries)
    bad += package > PACKAGE_MB
    print(f"\npackage, for this machine: {package:.1f} MB of at most {PACKAGE_MB:.0f}; {machine.ROOT.name}")
    return 1 if bad else 0


def _cold_table(found: Mapping[str, list[Cold]]) -> int:
    peer = min(each.cpu for each in found["peer"])
    bad = 0
    print("cold     least ms  median ms  CPU ms  of the peer's CPU  budget    MB  budget")
    for name, rounds in found.items():
        wall, cpu = [each.wall * 1000 for each in rounds], min(each.cpu for each in rounds)
        times, most, rss = cpu / peer, COLD_OF_PEER.get(name), max(each.rss for each in rounds)
        budget, memory = f"{most:.1f}" if most else "", f"{MOST_MB[name]:.0f}" if name in MOST_MB else ""
        numbers = f"{min(wall):8.0f}  {statistics.median(wall):9.0f}  {cpu * 1000:6.0f}  {times:17.2f}  {budget:>6}"
        print(f"{name:9}{numbers}  {rss:4.0f}  {memory:>6}")
        bad += bool(most and times > most) + bool(name in MOST_MB and rss > MOST_MB[name])
    return bad


def _warm(desk: Function, key: rsa.RSAPrivateKey, deliveries: int) -> int:
    events = [delivery(key, number) for number in range(deliveries + 5)]
    for event in events[:5]:
        desk.invoke(event)
    before, walls = cpu_of(desk.pid or 0), []
    for event in events[5:]:
        began = time.perf_counter()
        answer = desk.invoke(event)
        walls.append((time.perf_counter() - began) * 1000)
        if answer["statusCode"] != 200:
            raise SystemExit(f"a delivery was answered with {answer['statusCode']}")
    own = (cpu_of(desk.pid or 0) - before) * 1000 / deliveries
    desk.stop()
    print(f"\nwarm     own ms {own:.1f} of at most {ACKNOWLEDGE_MS:.0f}; whole, SQS on loopback included: ", end="")
    print(f"p50 {statistics.median(walls):.1f} ms, p99 {sorted(walls)[int(len(walls) * 0.99) - 1]:.1f} ms")
    return int(own > ACKNOWLEDGE_MS)


if __name__ == "__main__":
    sys.exit(main())
