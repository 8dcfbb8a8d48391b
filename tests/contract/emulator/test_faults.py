"""Faults on demand, each kind, per route; and the rules that hold on every route alike."""

import re
import threading
import time
from collections.abc import Callable

import pytest
import requests

from tests.contract.emulator.test_every_route import WRITES
from tests.contract.emulator.test_shared_rules import code, fault, with_scopes
from tests.emulator_process import Emulator
from zoho_emulator.desk.faults import AFTER, BEFORE
from zoho_emulator.desk.routes import all_routes

PLACE = re.compile(r"<id:[^>]*>")
ROUTES = [(route.method, PLACE.sub("417000000000001", route.path), route) for route in all_routes()]


def patched(zoho: Emulator, ticket_id: str) -> str:
    """Write a subject and say what came of it: a status, or that the connection was cut."""
    try:
        return str(zoho.fresh().patch(f"/tickets/{ticket_id}", {"subject": "New"}).status_code)
    except requests.ConnectionError:
        return "cut"


# kind -> what the caller sees, whether the write was done
OUTCOMES = {
    "error500": ("500", False),
    "error500_after_write": ("500", True),
    "drop_before": ("cut", False),
    "drop_after_write": ("cut", True),
    "slow": ("200", True),
    "stall_before": ("200", True),
    "stall_after_write": ("200", True),
    "unauthorised": ("401", False),
    "busy": ("429", False),
    "credits_gone": ("429", False),
    "broken_json": ("200", False),
    "html502": ("502", False),
}


@pytest.mark.parametrize("kind", sorted(BEFORE | AFTER))
def test_every_fault_has_its_outcome(zoho: Emulator, kind: str) -> None:
    """A row per kind: a caller must tell what was surely not written from what may have been."""
    made = zoho.mail()["ticketId"]
    zoho.token()
    fault_id = fault(zoho, kind, "/tickets/", seconds=0.3)
    seen: list[str] = []
    began = time.monotonic()
    caller = threading.Thread(target=lambda: seen.append(patched(zoho, made)))
    caller.start()
    if kind.startswith("stall"):
        zoho.wait_for_hits(fault_id, 1)
        written = zoho.bench("GET", f"/stored/ticket/{made}")["ticket"]["subject"] == "New"
        assert written is (kind == "stall_after_write")
        zoho.bench("DELETE", f"/faults/{fault_id}")
    caller.join(10)
    assert (time.monotonic() - began >= 0.3) or kind != "slow"
    written = zoho.bench("GET", f"/stored/ticket/{made}")["ticket"]["subject"] == "New"
    assert (seen[0], written) == OUTCOMES[kind]


def test_a_burst_strikes_one_route_and_one_method_only(zoho: Emulator) -> None:
    made = zoho.mail()["ticketId"]
    order = {"match": {"method": "PATCH", "pathRegex": r"/tickets/\d+$"}, "kind": "busy", "times": 3, "skip": 1}
    zoho.bench("POST", "/faults", order)
    answers = [zoho.patch(f"/tickets/{made}", {"subject": str(each)}) for each in range(5)]
    assert [each.status_code for each in answers] == [200, 429, 429, 429, 200]
    assert all("Retry-After" not in each.headers for each in answers)
    assert zoho.get(f"/tickets/{made}").status_code == 200
    assert zoho.bench("GET", "/faults")[0]["hits"] == 3


@pytest.mark.parametrize("path", ["/oauth/v2/token", "/.well-known/jwks.json"])
def test_faults_reach_the_accounts_and_the_keys_as_well(zoho: Emulator, path: str) -> None:
    fault(zoho, "error500", re.escape(path))
    ask: Callable[[], requests.Response] = (
        (lambda: requests.post(f"{zoho.url}{path}", timeout=10))
        if "oauth" in path
        else (lambda: requests.get(f"{zoho.url}{path}", timeout=10))
    )
    assert [ask().status_code for _ in range(2)] == [500, 200]


def test_a_pattern_that_is_none_is_refused(zoho: Emulator) -> None:
    order = {"match": {"pathRegex": "("}, "kind": "busy"}
    answer = requests.post(f"{zoho.url}/_bench/faults", json=order, timeout=10)
    assert (answer.status_code, "pathRegex" in answer.json()["error"]) == (400, True)


def test_no_route_answers_without_a_token(zoho: Emulator) -> None:
    answers = {
        (method, path): requests.request(method, f"{zoho.url}/api/v1{path}", timeout=10) for method, path, _ in ROUTES
    }
    assert {rule for rule, each in answers.items() if code(each) != (401, "INVALID_OAUTH")} == set()


def test_no_route_answers_without_its_scope(zoho: Emulator) -> None:
    headers = with_scopes(zoho, "Desk.nothing.READ")
    scoped = [(method, path) for method, path, route in ROUTES if route.scopes]
    answers = {rule: zoho.api(rule[0], rule[1], headers=headers) for rule in scoped}
    assert {rule for rule, each in answers.items() if code(each) != (403, "SCOPE_MISMATCH")} == set()
    assert len(scoped) >= len(ROUTES) - 1


def test_a_known_path_with_another_method_is_405(zoho: Emulator) -> None:
    served: dict[str, set[str]] = {}
    for method, path, _ in ROUTES:
        served.setdefault(path, set()).add(method)
    answers = {
        path: zoho.api(next(each for each in ("PUT", "DELETE", "PATCH", "POST") if each not in methods), path)
        for path, methods in served.items()
    }
    assert {path for path, each in answers.items() if code(each) != (405, "METHOD_NOT_ALLOWED")} == set()
    assert not zoho.bench("GET", "/verdict")["failed"]


def test_a_write_without_its_body_is_refused(zoho: Emulator) -> None:
    """Every write that takes JSON says so; those that only name a record in the path take none."""
    zoho.switch(sar_entities_route="on")
    made = zoho.mail()
    agent = zoho.info()["agents"][0]["id"]
    zoho.bench("POST", "/agent/leave", {"agentId": agent})
    path_of = {"$ticket": made["ticketId"], "$contact": made["contactId"], "$agent": agent}
    wrong = {}
    for rule, (body, _) in WRITES.items():
        method, _, path = rule.partition(" ")
        traps = ("emptySpam", "deleteAll", "restoreAll")
        words = set(re.findall(r"\$\w+", path))
        if not isinstance(body, dict) or words - set(path_of) or path.endswith(traps):
            continue
        for word in words:
            path = path.replace(word, path_of[word])
        answer = zoho.api(method, path)
        if code(answer) != (422, "EMPTY_PAYLOAD"):
            wrong[rule] = answer.text
    assert wrong == {}
