# ruff: noqa: N999, T201  the name is the command's; it prints
"""Cold starts, acknowledgements and memory of the functions, from the built package under Lambda's runtime client.

`python3 -m benchmarks.lambda [--rounds 15]` prints a table beside its budgets; docs/deploy.md keeps one. A peer is a
handler that only imports boto3 and creates the SQS client: what any function behind a queue pays; `libraries` is one
that loads what a worker cannot do without (clients of table and secret, Powertools, settings, HTTP) and does nothing.
Cold is from the start of a process to its first answer (`desk`: a signed delivery with its two calls of AWS and one of
the portal), files in the page cache; rounds alternate, the least is the quiet value. CPU is the process's own, user and
system, which other work on the machine lengthens less than the time. `worker` is a message after which nothing is due
(a copy, a poisoned one); `look` one that announces a ticket, so that suite and rules are loaded and the portal is asked
for the ticket (it has none). The side panel's question about a ticket with a case is asked of the function `widget` on
an emulated Desk. A warm look's own time is the function's CPU for one of many announcements. The package's size is that
of what is deployed, for the template's processor and Python. Warm is a signed delivery: signature checked, a message
sent to SQS on loopback (moto), answered; its own time is the function's CPU.
"""

import argparse
import base64
import json
import os
import statistics
import subprocess
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

from zoho_privacy.local.aws import machine, pack, template
from zoho_privacy.local.aws.glue import http_event
from zoho_privacy.local.aws.runtime import Function
from zoho_privacy.local.aws.stage import Stage
from zoho_privacy.local.demo.aws_stage import AwsStage
from zoho_privacy.workflows import widget_keys

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
PANEL_S: Final = 2.0
PANEL_ASKS: Final = 20
DEPLOYED_ON: Final = "3.12"
PERSON: Final = {"firstName": "Ada", "lastName": "Moss", "email": "ada.moss@example.net", "country": "Germany"}


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
    """Serve the keys that a portal signs with, tokens, and no ticket."""
    shown = {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "k1", "use": "sig", "alg": "RS256"}
    body = json.dumps({"keys": [shown]}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "/api/" in self.path and "jwk" not in self.path.lower():
                self._say(404, b'{"errorCode": "URL_NOT_FOUND", "message": "no such resource"}')
            else:
                self._say(200, body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._say(200, b'{"access_token": "t", "expires_in": 3600, "token_type": "Bearer"}')

        def _say(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

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


def message(body: str) -> Mapping[str, Any]:
    """Return one message as the queue hands it over."""
    told = {"messageId": "m", "receiptHandle": "r", "body": body, "attributes": {}, "eventSource": "aws:sqs"}
    return {"Records": [told]}


def announcement(name: str = "look", ticket: str = "417000000999999") -> str:
    """Return the body of a message that announces a ticket; it is done with, and the next is new again."""
    event = {"type": "Ticket_Update", "ticket_id": ticket, "contact_id": None}
    return json.dumps({"org": ORG, "items": [["event", name, None, event]]})


def main() -> int:
    """Print the table; exit status 1 where a budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="cold starts of each function")
    parser.add_argument("--deliveries", type=int, default=200, help="warm deliveries")
    parser.add_argument(
        "--package", type=Path, metavar="ZIP", help="what `osls package` made; otherwise it is made here"
    )
    args = parser.parse_args()
    key = rsa.generate_private_key(65537, 2048)
    with tempfile.TemporaryDirectory() as place, portal(key) as desk_url:
        stage = Stage(Path(place), lambda: datetime.now(UTC))  # noqa: TID251  as above
        try:
            bad = measure(stage, key, desk_url, args.rounds, args.deliveries)
        finally:
            stage.close()
        bad += _panel(Path(place) / "panel", stage.folder / "package.zip")
        package = (args.package or deployed(Path(place))).stat().st_size / MEGABYTE
    print(f"\npackage, as deployed: {package:.2f} MB of at most {PACKAGE_MB:.0f}")
    return 1 if bad or package > PACKAGE_MB else 0


def deployed(folder: Path) -> Path:
    """Make the package as the template's plugins do: libraries for its processor, byte code of its Python."""
    wanted = template.document(machine.TEMPLATE)["custom"]["pythonRequirements"]["pipCmdExtraArgs"]
    libraries, own, package = folder / "libraries", folder / "own", folder / "deployed.zip"
    fetch = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--target"]
    subprocess.run([*fetch, libraries, "-r", machine.REQUIREMENTS, *wanted], check=True)  # noqa: S603  our own words
    pack.collect(machine.own(), own)
    pack.write(own, package)
    pack.finish(package, libraries, pack.interpreter(DEPLOYED_ON))
    return package


def measure(stage: Stage, key: rsa.RSAPrivateKey, desk_url: str, rounds: int, deliveries: int) -> int:
    """Measure a stage and print what was found; return how many budgets are not kept."""
    secret = {
        "ZOHO_PRIVACY_HOOK_SECRET": HOOK,
        "ZOHO_PRIVACY_INSTALLATION_SECRET": base64.b64encode(b"k" * 32).decode(),
    }
    prefix = f"ZOHO_PRIVACY_PORTAL_{ORG}_"
    secret |= {f"{prefix}{name}": "x" for name in ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")}
    known = [{"org": ORG, "desk_url": desk_url, "accounts_url": desk_url}]
    stage.open({"publicUrl": stage.listen(), "portals": json.dumps(known)}, secret)
    desk, worker = stage.functions["desk"], stage.functions["worker"]
    (desk.root / "peer.py").write_text(PEER)
    peer = Function("peer", "peer.handler", desk.root, desk.runtime, desk.environment)
    (desk.root / "libraries.py").write_text(LIBRARIES)
    libraries = Function("libraries", "libraries.handler", worker.root, worker.runtime, worker.environment)
    asked: dict[str, tuple[Function, Any]] = {
        "peer": (peer, {}),
        "desk": (desk, delivery(key, 0)),
        "libraries": (libraries, {}),
        "worker": (worker, message("{}")),
        "look": (worker, message(announcement())),
    }
    found: dict[str, list[Cold]] = {name: [] for name in asked}
    for number in range(rounds + 1):
        for name, (function, event) in asked.items():
            one = cold(function, delivery(key, number) if name == "desk" else event)
            if number:  # the first fills the page cache
                found[name].append(one)
    bad = _cold_table(found)
    bad += _warm(desk, key, deliveries)
    _warm_look(worker, deliveries)
    return bad


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


def _warm_look(worker: Function, looks: int) -> None:
    """Measure what docs/scale.md takes of a look at a ticket: our own part, the portal's answers not counted."""
    asked = [message(announcement(f"look-{number}", str(417000001000000 + number))) for number in range(looks + 5)]
    for event in asked[:5]:
        worker.invoke(event)
    before, began = cpu_of(worker.pid or 0), time.perf_counter()
    for event in asked[5:]:
        if worker.invoke(event) != {"batchItemFailures": []}:
            raise SystemExit("a message was not stored")
    own, whole = cpu_of(worker.pid or 0) - before, time.perf_counter() - began
    worker.stop()
    print(
        f"look     own ms {own * 1000 / looks:.1f}; whole, state and portal on loopback: {whole * 1000 / looks:.1f} ms"
    )


def _panel(folder: Path, package: Path) -> int:
    """Ask about a ticket with a case, as the panel does."""
    folder.mkdir()
    stage = AwsStage(folder, datetime(2026, 1, 5, 9, tzinfo=UTC), package=package)
    before = dict(os.environ)
    try:
        stage.open()
        stage.bench("POST", "seed", {"contacts": [PERSON], "tickets": []})
        stage.open_suite()
        text = "Hello, please delete all personal data you hold about me. Kind regards, Ada Moss"
        mail = {"from": PERSON["email"], "fromName": "Ada Moss", "to": "support@desk.example.com", "text": text}
        ticket = stage.bench("POST", "mail", {**mail, "subject": "Delete my data"})["ticketId"]
        stage.settle()
        org = str(stage.info["orgId"])
        _, key = widget_keys.mint(stage.app(), org, who="benchmark")
        panel = (stage.functions.functions if stage.functions else {})["widget"]
        headers = {"authorization": f"Bearer {key}"}
        event = http_event("GET", f"/widget/{org}/tickets/{ticket}", headers, b"", client="192.0.2.7")
        walls = []
        for _ in range(PANEL_ASKS + 1):
            began = time.perf_counter()
            answer = panel.invoke(event)
            walls.append(time.perf_counter() - began)
            if answer["statusCode"] != 200:
                raise SystemExit(f"the panel was answered with {answer['statusCode']}")
    finally:
        stage.close()
        os.environ.clear()
        os.environ.update(before)
    first, *rest = walls
    print(f"\npanel    p50 {statistics.median(rest):.2f} s, most {max(rest):.2f} s of at most {PANEL_S:.0f}", end="")
    print(f"; its first answer, cold, {first:.2f} s")
    return int(max(rest) > PANEL_S)


if __name__ == "__main__":
    sys.exit(main())
