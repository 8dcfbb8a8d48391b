"""Whoever writes a line, no address, number or token gets out with it."""

import json
import logging
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoho_privacy.cloud.logs import JsonLines, Redacting, mask

MARKERS = ("ada.moss@example.net", "+49 170 1234567", "eyJhbGciOiJSUzI1NiIsImtpZCI6.eyJpc3MiOiJvcmdJZCJ9.c2lnbmF0dXJl")


def line(message: str, *args: object, problem: BaseException | None = None, **extra: object) -> str:
    told = (type(problem), problem, problem.__traceback__) if problem else None
    record = logging.LogRecord("library", logging.ERROR, __file__, 1, message, args, told)
    vars(record).update(extra)
    assert Redacting().filter(record) is True
    return JsonLines().format(record)


@pytest.mark.req("R-SEC-8")
@pytest.mark.parametrize("marker", MARKERS)
def test_a_line_of_a_library_is_masked_wherever_it_holds_something(marker: str) -> None:
    lines = (line(f"to {marker}", problem=ValueError(marker)), line("to %s", marker), line("sent", who=marker))
    text = " ".join(lines)
    for part in marker.split(".")[:2]:
        assert part not in text
    assert "ValueError" in text


@pytest.mark.req("R-SEC-8")
@settings(max_examples=80)
@given(before=st.text(max_size=12), address=st.emails(), after=st.text(max_size=12))
def test_no_address_survives(before: str, address: str, after: str) -> None:
    assert address not in mask(f"{before} {address} {after}")


def test_what_a_person_needs_to_find_the_matter_stays() -> None:
    told = "alarm: portal 60001: sweep is red: late; case 417000000123001, task retention at zoho_privacy.workflows:12"
    assert mask(told) == told
    found = json.loads(line(told, ticket="417000000123001", attempts=3))
    assert (found["message"], found["level"], found["attempts"]) == (told, "ERROR", 3)
    assert found["ticket"] == "417000000123001"


@pytest.mark.req("R-DEV-1")
def test_the_function_behind_the_webhook_starts_light() -> None:
    """Somebody waits for its cold start: settings, pages, workflows and the whole of Desk's client stay out of it."""
    heavy = (
        "pydantic", "pydantic_settings", "jinja2", "aws_lambda_powertools", "zcrmsdk", "selectolax", "re2", "holidays",
        "tenacity", "waitress", "schedule", "zoho_privacy.bootstrap", "zoho_privacy.config",
        "zoho_privacy.adapters.desk.client", "zoho_privacy.adapters.stores.dynamodb", "zoho_privacy.workflows.context",
    )  # fmt: skip
    code = f"import sys, webhooks.desk, zoho_privacy.cloud.receiver; print([n for n in {heavy!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
