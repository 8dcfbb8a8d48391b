"""The service as people run it: a process of its own, the emulator as Zoho, commands beside it."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.emulator_process import Emulator
from tests.service_process import ROOT, Service

ASKS = "Hello, please delete all personal data you hold about me. Kind regards, Ada Moss"
LEASE_S = 11 * 60
SENDER = "ada.moss@example.net"


@pytest.fixture
def zoho() -> Iterator[Emulator]:
    with Emulator.start(switches={"search_lag_seconds": "0"}) as emulator:
        yield emulator


def a_customer(zoho: Emulator) -> None:
    """Let Ada become somebody the desk knows, before the suite is there."""
    zoho.mail(sender=SENDER, to="support@desk.example.com", subject="Printer", text="It does not print. Ada Moss")
    zoho.advance(3600)


def link(zoho: Emulator) -> str:
    (letter,) = [mail for mail in zoho.outbox(to=SENDER) if "/verify/" in mail["content"]]
    found = re.search(r"http://127\.0\.0\.1:\d+/verify/[\w-]+", letter["content"])
    assert found is not None
    return found[0]


def agents(zoho: Emulator) -> list[str]:
    return [agent["id"] for agent in zoho.info()["agents"]]


@pytest.mark.req("R-DEV-1", "R-SEC-8", "R-TAG-3")
def test_a_deletion_from_mail_to_proof(zoho: Emulator, tmp_path: Path) -> None:
    """The person confirms, a second person approves, the suite erases and can prove it; the log names nobody."""
    a_customer(zoho)
    with Service.start(zoho.url, tmp_path / "state") as service:
        zoho.mail(sender=SENDER, subject="Delete my data", text=ASKS)
        service.rest(cases={"awaiting_proof": 1})
        page = link(zoho)
        assert requests.get(page, timeout=30).status_code == 200
        assert service.rest()["cases"] == {"awaiting_proof": 1}
        assert requests.post(page, timeout=30).status_code == 200
        service.rest(cases={"planned": 1})
        status, out = service.command("cases", "list", "--json")
        (case,) = json.loads(out)
        assert (status, case["state"]) == (0, "planned")
        wrong, said = service.command("approve", case["id"], "--plan", "0" * 64, "--as", agents(zoho)[1])
        assert (wrong, "plan has changed" in said) == (2, True)
        assert service.command("approve", case["id"], "--plan", case["plan_hash"], "--as", agents(zoho)[1])[0] == 0
        service.rest(cases={"fulfilled": 1})
        status, out = service.command("receipt", case["id"], "--json")
        awaited = json.loads(out)["outstanding"]
        assert (status, set(awaited)) == (1, {"aws", "openai", "microsoft_365"})
        assert service.command("receipt", case["id"], "openai", "--by", "night watch", "--reference", "x")[0] == 2
        for number, recipient in enumerate(awaited, 1):
            by = ("--by", "night watch", "--instead-of")
            ended = service.command("receipt", case["id"], recipient, *by, "--reference", "deletion record 12")[0]
            assert ended == (0 if number == len(awaited) else 1)
        service.rest(cases={"closed": 1})
        assert service.command("ledger", "verify")[0] == 0
        overview = requests.get(f"{service.url}/cases/{case['org']}/{case['id']}", timeout=30).text
        assert "case_closed" in overview
        assert service.status()["dead_letters"] == 0
        log = service.log
    for personal in ("Ada", "Moss", SENDER, "delete all personal", page.rsplit("/", 1)[1]):
        assert personal not in log
        assert personal not in overview


@pytest.mark.req("R-INTAKE-3", "R-INTAKE-4", "R-PLAN-3")
def test_a_killed_service_goes_on_where_it_was(zoho: Emulator, tmp_path: Path) -> None:
    """What was answered with 200 is never lost, and the person gets one letter however often we fall over."""
    a_customer(zoho)
    service = Service.start(zoho.url, tmp_path / "state")
    port = service.port
    zoho.mail(sender=SENDER, subject="Delete my data", text=ASKS)
    zoho.settle()
    service.kill()
    for _ in range(2):
        service = Service.start(zoho.url, tmp_path / "state", port=port)
        zoho.advance(LEASE_S)
        service.kill()
    with Service.start(zoho.url, tmp_path / "state", port=port) as service:
        zoho.advance(LEASE_S)
        service.rest(cases={"awaiting_proof": 1})
        assert link(zoho).startswith(service.url)


def test_it_stops_when_asked_and_there_is_only_one(zoho: Emulator, tmp_path: Path) -> None:
    state = tmp_path / "state"
    service = Service.start(zoho.url, state)
    try:
        assert requests.get(f"{service.url}/healthz", timeout=10).text == "ok"
        status, said = service.command("serve", "--port", "0")
        assert (status, f"pid {service.process.pid}" in said) == (2, True)
    finally:
        assert service.stop() == 0
    assert not (state / "ready.json").exists()
    with Service.start(zoho.url, state) as again:
        assert again.status()["idle"]


def test_the_endpoints_can_be_served_apart_from_the_work(zoho: Emulator, tmp_path: Path) -> None:
    """As on a host with short-lived functions: one process stores events, tasks run by name drain them."""
    a_customer(zoho)
    with Service.start(zoho.url, tmp_path / "state", "--endpoints-only") as service:
        zoho.mail(sender=SENDER, subject="Delete my data", text=ASKS)
        zoho.settle()
        assert service.status()["events"]["due"] > 0
        for task in ("events", "outbox", "events"):
            assert service.command("task", task)[0] == 0
        service.rest(cases={"awaiting_proof": 1})
        assert link(zoho)


def test_the_emulator_starts_through_the_suite_and_stops_with_it(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-m", "zoho_privacy.local", "emulator", "--port", "0", "--ready-file", str(ready)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        assert b"emulator at http://127.0.0.1" in process.stdout.readline()
        while not ready.exists():
            assert process.poll() is None
            time.sleep(0.02)
        process.terminate()
        process.wait(20)
    with pytest.raises(ProcessLookupError):
        os.kill(json.loads(ready.read_text())["pid"], 0)
