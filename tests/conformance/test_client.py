"""Every request that the client can build, held against Zoho's own description."""

import re
from pathlib import Path

import pytest

from tests.conformance import client
from tests.conformance.deviations import idle, unlisted
from tests.conformance.judge import judged
from tests.conformance.official import API, endpoints, operation_of, pattern
from tests.unit.adapters.desk.test_calls import BUILT

pytestmark = pytest.mark.shared
# Named by the API reference although Zoho publishes no such route.
UNPUBLISHED = {"fields_older": "the older form of organizationFields, still in use"}
RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"


@pytest.mark.parametrize("name", sorted(BUILT))
def test_every_call_is_published(name: str) -> None:
    """A call that Zoho does not list would work with the emulator and nowhere else."""
    if name in UNPUBLISHED:
        pytest.skip(UNPUBLISHED[name])
    for call in BUILT[name]:
        path = API + call.path
        rows = [row for row in endpoints() if row["method"] == call.method and re.fullmatch(pattern(row["path"]), path)]
        assert rows, f"{call.method} {path}"
        needed = {each["name"] for each in rows[0]["params"] if each["required"] and each["in"] == "query"}
        assert needed <= set(call.query), f"{call.method} {path} needs {sorted(needed)}"


def test_every_request_conforms_or_is_listed() -> None:
    found = {each for _, exchange in client.requests() for each in judged(exchange)}
    assert unlisted(found) == []


def test_every_listed_request_still_deviates() -> None:
    """A table that nobody prunes explains nothing."""
    found = {each for _, exchange in client.requests() for each in judged(exchange)}
    assert idle(found, "request") == []


def test_every_builder_is_judged() -> None:
    """A builder whose calls are not among the requests would escape the judges."""
    assert {name for name, _ in client.requests()} == set(BUILT)


@pytest.mark.req("R-SEC-2")
def test_the_scopes_asked_for_are_those_of_the_files() -> None:
    """One too few and a call fails in the middle; several on one operation are all asked for."""
    called = [operation_of(each.method, each.path) for _, each in client.requests()]
    needed = {scope for operation in called if operation for scope in operation.scopes}
    asked = set(re.findall(r"\bDesk\.[\w.]+", RUNBOOK.read_text("utf-8")))
    assert needed - asked == set()
