"""schemathesis drives the emulator with calls that Zoho's description allows: no 5xx, no answer that it does not know.

Positive cases only, a bounded number per operation, always the same ones. Path parameters and lists of ids are those of
seeded records, for random ids would be answered 404 and test nothing. Requests that the description allows and the
rules of business refuse (422) are no fault.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.transport import Response
from schemathesis.openapi.checks import UndefinedStatusCode
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from tests.conformance.desk import Desk, opened
from tests.conformance.drive import FORBIDDEN, served
from tests.conformance.exchange import Exchange
from tests.conformance.judge import Finding, judged
from tests.conformance.official import API, Json, fresh
from tests.conformance.patches import each_schema, patched

CHECKS: Final = (not_a_server_error, status_code_conformance, content_type_conformance)
# What a path parameter or a list of ids is called by Zoho, and the seeded record that it means.
MEANT: Final[Mapping[str, str]] = {
    "ticketId": "ticket", "ticket_id": "ticket", "caseId": "ticket", "requestId": "ticket", "contactId": "contact",
    "threadId": "thread", "commentId": "comment", "attachmentId": "file", "departmentId": "department",
    "agentId": "agent", "organizationId": "org", "userId": "user", "webhookId": "webhook", "tagId": "tag",
    "taskId": "task", "callId": "call", "eventId": "event", "timeEntryId": "entry", "teId": "entry",
    "sarId": "request", "ids": "moved", "ticketIds": "trashed", "contactIds": "trash_contact",
    "departmentIds": "department",
}  # fmt: skip
EMULATED_HOSTS: Final = ("url",)  # a generated address must never be called


@dataclass
class Drill:
    """What came of the generated cases. `faults` are findings; statuses are counted by their first digit."""

    operations: int = 0
    cases: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    faults: set[Finding] = field(default_factory=set)


def drill(examples: int) -> Drill:
    """Drive every official operation that the emulator serves with so many cases each."""
    done = Drill()
    for methods in ({"GET"}, {"POST", "PATCH", "PUT"}, {"DELETE"}):
        with opened() as desk:
            _known(desk)
            schema = schemathesis.openapi.from_dict(_document(desk, methods))
            for each in schema.get_all_operations():
                done.operations += 1
                _operation(desk, each.ok(), examples, done)  # type: ignore[union-attr]  # a bad operation raises
    return done


def _known(desk: Desk) -> None:
    """Make the records that only calls can make."""
    body = {"name": "n", "url": desk.receiver.url, "subscriptions": {"Ticket_Add": None}}
    desk.ids["webhook"] = desk.id_of(desk.ask("POST /webhooks", body=body))
    desk.ids["tag"] = desk.ask("GET /tickets/{ticket}/tags").returned["tags"][0]["id"]
    body = {"contactEmailId": "ada.moss@example.net", "module": "tickets"}
    desk.ids["request"] = desk.id_of(desk.ask("POST /subjectAccessRequests/exportAll", body=body))


def _document(desk: Desk, methods: set[str]) -> Json:
    """Return the patched document of the served operations, with seeded ids wherever an id of ours is meant."""
    made = fresh(patched())
    mine = served()
    made["paths"] = {
        path: kept
        for path, item in made["paths"].items()
        if path.removeprefix(API) not in FORBIDDEN
        and (kept := {name: own for name, own in item.items()
                      if name.upper() in methods and f"{name.upper()} {path.removeprefix(API)}" in mine})
    }  # fmt: skip
    for schema in each_schema(made):
        for name, member in schema.get("properties", {}).items():
            if name in MEANT and isinstance(member, dict):
                _only(member, desk.ids[MEANT[name]])
            if name in EMULATED_HOSTS and isinstance(member, dict):
                _only(member, desk.receiver.url)
    return made


def _only(schema: Json, value: str) -> None:
    if "items" in schema:
        schema["items"] = {"type": "string", "enum": [value]}
        schema["minItems"], schema["maxItems"] = 1, 1
    elif "$ref" not in schema and "properties" not in schema:
        schema.clear()
        schema.update({"type": "string", "enum": [value]})


def _operation(desk: Desk, operation: Any, examples: int, done: Drill) -> None:
    known = {
        each.name: _seeded(desk, operation.path, each.name) for each in operation.path_parameters
    }  # the strategy's own values are replaced one by one
    strategy = operation.as_strategy(generation_mode=GenerationMode.POSITIVE, path_parameters=known)

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def run(case: Case[Any]) -> None:
        _case(desk, case, done)

    run()


def _seeded(desk: Desk, path: str, name: str) -> str:
    """Return the seeded record that a path's parameter means; below contacts, comments and files are the contact's."""
    meant = MEANT.get(name, "")
    if path.startswith(f"{API}/contacts/") and meant in {"comment", "file"}:
        meant = f"contact_{meant}"
    if name in {"id", "entityId"}:
        meant = {"tasks": "task", "calls": "call", "events": "event"}.get(path.split("/")[3], "request")
    return desk.ids.get(meant, "417000000000001")


def _case(desk: Desk, case: Case[Any], done: Drill) -> None:
    headers = {"Authorization": f"Zoho-oauthtoken {desk.token}", "orgId": desk.ids["org"]}
    response = case.call(base_url="http://127.0.0.1", app=desk.client.application, headers=headers)
    done.cases += 1
    kind = f"{response.status_code // 100}xx"
    done.statuses[kind] = done.statuses.get(kind, 0) + 1
    exchange = _exchange(case, response)
    done.faults |= judged(exchange)
    done.faults |= {_complaint(exchange, each) for each in _complaints(case, response)}


def _exchange(case: Case[Any], response: Response) -> Exchange:
    return Exchange(
        method=case.method,
        path=case.formatted_path.removeprefix(API),
        status=response.status_code,
        answer_type=(response.headers.get("content-type") or [""])[0],
        answer=response.content,
        judge=("answer",),
    )


def _complaints(case: Case[Any], response: Response) -> Iterable[Failure]:
    try:
        case.validate_response(response, checks=list(CHECKS))
    except FailureGroup as group:
        return list(group.exceptions)
    return []


def _complaint(exchange: Exchange, failure: Failure) -> Finding:
    kind = "status" if isinstance(failure, UndefinedStatusCode) else type(failure).__name__
    return Finding(exchange.name, "answer", str(exchange.status), kind, "")
