"""What is wrong with what comes in: the right status, a line that a machine reads, an alarm where a person acts."""

import fnmatch
import json
import logging
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.contract.cloud.conftest import Stage, forget
from tests.contract.cloud.test_functions import MARKER, PATH, an_event, http
from zoho_privacy.cloud import receiver
from zoho_privacy.hosting.lambda_http import MOST_BYTES
from zoho_privacy.local.aws import machine, template

BODY: Final = json.dumps([an_event()]).encode()
CONDITION: Final = re.compile(r'\$\.(\w+) = "([^"]*)"')


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before, level


def counted(lines: list[dict[str, Any]]) -> set[str]:
    """Return the template's figures of the function `desk` that these lines add to."""
    found = set()
    for each in template.document(machine.TEMPLATE)["resources"]["Resources"].values():
        told = each.get("Properties", {})
        if each["Type"] == "AWS::Logs::MetricFilter" and told["LogGroupName"] == {"Ref": "DeskLogGroup"}:
            wanted = CONDITION.findall(told["FilterPattern"])
            assert wanted
            if any(fnmatch.fnmatchcase(str(line.get(name)), text) for line in lines for name, text in wanted):
                found |= {figure["MetricName"] for figure in told["MetricTransformations"]}
    return found


def event_of(case: str, stage: Stage) -> dict[str, Any]:
    signed = {"x_zdesk_jwt": stage.signature()}
    match case:
        case "forged":
            head, payload, _ = stage.signature().split(".")
            return http("POST", PATH, BODY, x_zdesk_jwt=f"{head}.{payload}.{'A' * 342}")
        case "for another portal":
            return http("POST", f"{PATH}/60002", BODY, **signed)
        case "wrong stage":
            return http("POST", f"/test{PATH}", BODY, **signed)
        case "unknown path":
            return http("POST", f"/{MARKER}", BODY, **signed)
        case "wrong method":
            return http("DELETE", PATH, BODY, **signed)
        case "oversized":
            return http("POST", PATH, b"x" * (MOST_BYTES + 1), **signed)
        case "no request":
            return {"version": "1.0", "body": MARKER}
        case _:
            return http("POST", PATH, BODY, **signed)


@pytest.mark.req("R-SEC-4", "R-SEC-6", "R-SEC-8")
@pytest.mark.parametrize(
    ("case", "status", "figures"),
    [
        ("forged", 401, {"RefusedSignatures"}),
        ("for another portal", 401, {"RefusedSignatures"}),
        ("wrong stage", 404, set()),
        ("unknown path", 404, set()),
        ("wrong method", 405, set()),
        ("oversized", 413, set()),
        ("no request", 400, set()),
        ("no secret", 500, {"DeskNeedsPerson"}),
        ("a secret that is no object", 500, {"DeskNeedsPerson"}),
        ("no queue", 500, {"DeskNeedsPerson"}),
        ("nothing wrong", 200, set()),
    ],
)
def test_each_wrong_delivery_has_its_status_its_line_and_its_alarm(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    case: str,
    status: int,
    figures: set[str],
) -> None:
    match case:
        case "no secret":
            monkeypatch.setenv("PRIVACY_SECRET", "never-made")
        case "a secret that is no object":
            stage.client("secretsmanager").put_secret_value(SecretId=stage.secret, SecretString=MARKER)
        case "no queue":
            monkeypatch.setenv("PRIVACY_ARRIVALS_QUEUE", f"{stage.url}/123456789012/never-made")
    forget()
    answer = receiver.handler(event_of(case, stage))
    said = capsys.readouterr().out
    lines = [json.loads(line) for line in said.splitlines()]
    assert (answer["statusCode"], counted(lines)) == (status, figures)
    assert all({"timestamp", "level", "location", "message"} <= set(line) for line in lines)
    assert MARKER not in said + json.dumps(answer)
    assert len(lines) == (0 if case in {"wrong stage", "unknown path", "wrong method"} else 1), said
