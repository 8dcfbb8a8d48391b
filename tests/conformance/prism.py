"""A Desk that nobody here wrote: a Prism mock of the official files, and what our client makes of its answers.

First one planted fault per operation must be reported, since Prism can skip a schema without a word; then every request
that the client builds is sent; then every method of the client's ports is called on answers that it did not invent. The
mock knows no state, paging or ids: it says whether a request is accepted and whether an answer is survived.
Prism is a program of Node's; where it is absent, `absence()` says so. `.ci/run` puts it into a cache folder.
"""

import contextlib
import inspect
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import requests

from tests.conformance import client
from tests.conformance.deviations import rows
from tests.conformance.exchange import Exchange
from tests.conformance.judge import Finding, declared, judged
from tests.conformance.official import API
from tests.conformance.patches import patched
from zoho_privacy import ports
from zoho_privacy.adapters.desk.client import DeskClient
from zoho_privacy.adapters.desk.hosts import DeskConfig
from zoho_privacy.adapters.desk.setup import DeskAdmin
from zoho_privacy.domain.errors import ZohoPrivacyError
from zoho_privacy.domain.records import Attachment, NewTicket, TicketPatch
from zoho_privacy.ports import TicketQuery

CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "zoho-privacy" / "prism"
PATIENCE_S: Final = 60.0
TOKEN: Final = {"Authorization": "Zoho-oauthtoken t", "orgId": "600123456"}
ID: Final = "417000000123001"


def absence() -> str | None:
    """Return why the mock cannot be started, None where it can."""
    if shutil.which("node") is None:
        return "Node is not on this machine"
    return None if _program() else "Prism is not installed; `.ci/run` installs it"


def _program() -> str | None:
    own = CACHE / "node_modules" / ".bin" / "prism"
    return str(own) if own.exists() else shutil.which("prism")


@contextlib.contextmanager
def mock(folder: Path) -> Iterator[str]:
    """Yield the address of a mock of the patched document, which is written into a folder of the caller's."""
    document = folder / "desk.json"
    document.write_text(json.dumps(patched()), "utf-8")
    program = _program()
    assert program is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "mock", "-h", "127.0.0.1", "-p", str(port), str(document)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)
        document.unlink()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError("the mock did not start")


@dataclass
class Smoke:
    """What came of it. `silent` are operations whose planted fault was not reported: they were not tested."""

    operations: set[str] = field(default_factory=set)
    reported: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    bare: set[str] = field(default_factory=set)
    """Operations that take nothing that could be wrong: no id, parameter or body."""
    requests: int = 0
    accepted: int = 0
    refused: set[str] = field(default_factory=set)
    methods: int = 0
    typed: dict[str, str] = field(default_factory=dict)
    """Methods that ended in an error of our own, which is an answer too."""
    crashed: dict[str, str] = field(default_factory=dict)


def smoke(url: str) -> Smoke:
    """Send planted faults, then every request, then use every method."""
    done = Smoke()
    with requests.Session() as session:
        session.trust_env = False
        for _, each in client.requests():
            if each.operation is None or each.headers.get("content-type", "").startswith("multipart/"):
                continue
            done.operations.add(each.name)
            if each.name not in done.reported | done.silent:
                caught = any(_sent(session, url, spoiled) == 422 for spoiled in _spoiled(each))
                (done.reported if caught else done.silent).add(each.name)
                if not (each.body or each.query or "{" in each.name or declared(each)):
                    done.bare.add(each.name)
            done.requests += 1
            if 200 <= _sent(session, url, each) < 300:
                done.accepted += 1
            elif not _listed(each):
                done.refused.add(each.name)
    _use(url, done)
    return done


def _sent(session: requests.Session, url: str, exchange: Exchange) -> int:
    headers = TOKEN | ({"Content-Type": "application/json"} if exchange.body else {})
    answer = session.request(
        exchange.method,
        url + API + exchange.path,
        params=exchange.query,
        data=exchange.body,
        headers=headers,
        timeout=30,
    )
    return answer.status_code


def _spoiled(good: Exchange) -> Iterator[Exchange]:
    """Yield requests with a fault that the mock should see: in the body, else in a parameter, else in the path."""
    if isinstance(good.sent, dict):
        for name in good.sent:
            for wrong in ({"no": {"such": "member"}}, "x" * 20_000_000 if name == "content" else [[["x"]]]):
                yield replace(good, body=json.dumps(good.sent | {name: wrong}).encode())
        return
    for name, _ in good.query:
        yield replace(good, query=tuple((each, "!" * 300 if each == name else value) for each, value in good.query))
    for parameter, wrong in (("limit", "many"), ("from", "many"), ("include", "everything"), ("departmentId", "x")):
        yield replace(good, query=(*good.query, (parameter, wrong)))
    yield replace(good, path="/".join("x" if part.isdigit() else part for part in good.path.split("/")))


def _listed(exchange: Exchange) -> bool:
    """Return whether a refusal is explained: by deviations of that request that the table lists, and by them alone."""
    found: set[Finding] = judged(exchange)
    return bool(found) and all(any(row.covers(each) for row in rows()) for each in found)


# ---------------------------------------------------------------------------------------------------- surviving answers


class _Token:
    """One token that is always good."""

    def current(self) -> str:
        return "t"

    def renew(self, refused: str) -> str:
        return refused


# What a parameter of the client's methods is given, by its name.
GIVEN: Final[dict[str, Any]] = {
    **{f"{each}_id": ID for each in ("ticket", "thread", "comment", "attachment", "contact", "department", "user",
                                     "webhook", "request")},
    **{each: [ID] for each in ("ids", "ticket_ids", "contact_ids", "activity_ids")}, "in_reply_to": ID,
    "module": "tickets", "kind": "tasks", "email": "ada.moss@example.net", "query": TicketQuery(tag="privacy"),
    "attachment": Attachment(id=ID, name="note.txt", size=5, href=f"{API}/tickets/{ID}/attachments/{ID}/content"),
    "text": "noted", "tags": ["privacy-access"], "name": "Guest User 001", "last_name": "Redacted",
    "ticket": NewTicket(ID, ID, "A question", "Hello"), "reference": "5127",
    "from_address": "privacy@acme.example.com", "to": "ada.moss@example.net", "html": "<p>Hello</p>",
    "values": {"last_name": "Redacted"}, "patch": TicketPatch(subject="Redacted"), "url": "https://hooks.example.com/z",
    "org": "600123456", "private": True,
}  # fmt: skip
MULTIPART: Final = frozenset({"attach_file"})
"""Methods that send a file: Prism does not survive a multipart body."""


def _use(url: str, done: Smoke) -> None:
    config = DeskConfig(
        org="600123456", client_id="c", client_secret="s", refresh_token="r", desk_url=url, accounts_url=url,
        retry_budget_s=0.0,
    )  # fmt: skip
    desk = DeskClient(config, _Token(), sleep=lambda _: None)
    for owner, what in ((desk, ports.DeskReader), (desk, ports.DeskWriter), (DeskAdmin(desk.transport), DeskAdmin)):
        for name, function in inspect.getmembers(what, inspect.isfunction):
            if not name.startswith("_") and name not in MULTIPART:
                done.methods += 1
                given = {each: GIVEN[each] for each in list(inspect.signature(function).parameters)[1:]}
                _call(f"{what.__name__}.{name}", getattr(owner, name), given, done)


def _call(name: str, method: Callable[..., Any], given: dict[str, Any], done: Smoke) -> None:
    try:
        made = method(**given)
        if isinstance(made, Iterator):
            list(made)
    except ZohoPrivacyError as error:
        done.typed[name] = type(error).__name__
    except Exception as error:  # noqa: BLE001  whatever it is, the client did not survive an answer
        done.crashed[name] = type(error).__name__
