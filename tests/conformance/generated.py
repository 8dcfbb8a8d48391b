"""schemathesis drives the emulator with calls that Zoho's description allows: no 5xx, no answer that it does not know.

Positive cases only, a bounded number per operation, always the same ones. Path parameters and lists of ids are those of
seeded records, for random ids would be answered 404 and test nothing; a body has at least the members that make it say
something, and no empty ones, for the description allows `null` and `{}` nearly everywhere. All of that narrows a copy
of the description, so what is sent is still allowed by it. What the rules of business refuse (422) is no fault.
"""

from collections.abc import Iterable, Iterator, Mapping
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

from tests.conformance.desk import ADA, PRIVACY, Desk, opened
from tests.conformance.drive import FORBIDDEN, REPLY, served
from tests.conformance.exchange import Exchange
from tests.conformance.judge import Finding, judged
from tests.conformance.official import API, Json, fresh, resolved
from tests.conformance.patches import each_schema, patched

CHECKS: Final = (not_a_server_error, status_code_conformance, content_type_conformance)
# What a path parameter or a list of ids is called by Zoho, and the seeded record that it means.
MEANT: Final[Mapping[str, str]] = {
    "ticketId": "ticket", "ticket_id": "ticket", "caseId": "ticket", "requestId": "ticket", "contactId": "contact",
    "threadId": "thread", "commentId": "comment", "attachmentId": "file", "departmentId": "department",
    "agentId": "agent", "organizationId": "org", "userId": "user", "webhookId": "webhook", "tagId": "tag",
    "taskId": "task", "callId": "call", "eventId": "event", "timeEntryId": "entry", "teId": "entry",
    "sarId": "request", "ids": "moved", "ticketIds": "trashed", "contactIds": "trash_contact",
    "departmentIds": "department", "approvalId": "approval", "currentTagId": "tag", "followerIds": "agent",
    "approverIds": "agent", "inReplyToThreadId": "thread", "attachmentIds": "upload",
}  # fmt: skip
# Where the same name means another record: of these operations, by the beginning of the path.
MEANT_THERE: Final[tuple[tuple[str, Mapping[str, str]], ...]] = (
    ("DELETE /tickets/{ticketId}/threads/", {"threadId": "draft", "attachmentId": "draft_file"}),
    ("POST /tickets/{ticketId}/threads/{threadId}/split", {"threadId": "answer"}),
    ("POST /deletedAgents/", {"agentId": "leaver"}),
    ("GET /im/sessions/", {"id": "chat"}),
    ("POST /tickets/{ticketId}/merge", {"ids": "merged"}),
    ("POST /tickets/markSpam", {"ids": "spam"}),
    ("POST /tickets/deleteSpam", {"ticketIds": "spam"}),
    ("POST /contacts/markSpam", {"ids": "spam_contact"}),
    ("POST /contacts/deleteSpam", {"contactIds": "spam_contact"}),
    ("POST /contacts/{contactId}/inviteAsEndUser", {"contactId": "trash_contact"}),
    ("POST /contacts/{contactId}/merge", {"contactId": "second_contact", "ids": "twin"}),
    ("POST /contacts/updateMany", {"ids": "second_contact"}),
    ("POST /recycleBin/", {"ids": "binned"}),
    ("PATCH /tags/", {"id": "other_tag"}),
    ("PATCH /tickets/{ticketId}/draftReply/", {"threadId": "draft"}),
    *((f"POST /{kind}s/moveToTrash", {"entityIds": kind}) for kind in ("task", "call", "event")),
    *((f"{method} /{kind}s/", {"commentId": f"{kind}_comment", "entityId": kind, "id": kind})
      for method in ("GET", "PUT") for kind in ("task", "call", "event")),
    ("POST /tasks/", {"entityId": "task"}),
    ("GET /contacts/", {"commentId": "contact_comment", "attachmentId": "contact_file"}),
    ("PUT /contacts/", {"commentId": "contact_comment"}),
    ("DELETE /contacts/", {"commentId": "contact_comment", "attachmentId": "contact_file"}),
)  # fmt: skip
# Values that the rules of business want, each allowed by the description; the address must never be another.
WANTED: Final[Mapping[str, tuple[str, ...]]] = {
    "fieldName": ("subject",), "channel": ("EMAIL",), "fromEmailAddress": (PRIVACY,), "to": (ADA,),
    "contactEmailId": (ADA,), "module": ("tickets", "contacts"), "startTime": ("2026-01-06T09:00:00.000Z",),
    "direction": ("inbound",), "contentType": ("plainText",), "anonymizedName": ("Former person",),
    "searchStr": ("sleep",), "status": ("Open",), "searchVal": ("laptop",), "content": ("noted", "changed"),
    "subject": ("Call back",), "firstName": ("A",), "lastName": ("Vale",), "duration": ("60",),
}  # fmt: skip
# A change without any of these changes nothing.
TELLING: Final = frozenset({
    "content", "subject", "firstName", "isPublic", "anonymizedName", "id", "isSpam", "isEnabled", "fieldValue",
    "description", "fromEmailAddress", "to",
})  # fmt: skip
NOBODY: Final = "417000000000001"
DESTROYING: Final = ("moveToTrash", "anonymize", "merge", "delete", "erase", "Spam", "closeTickets")


@dataclass
class Drill:
    """What came of the generated cases. `faults` are findings; statuses are counted by their first digit."""

    operations: int = 0
    cases: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)
    """Operations that answered 2xx at least once."""
    faults: set[Finding] = field(default_factory=set)


def drill(examples: int) -> Drill:
    """Drive every official operation that the emulator serves with so many cases each; what destroys comes last."""
    done = Drill()
    for methods in ({"GET"}, {"POST", "PATCH", "PUT"}, {"DELETE"}):
        with opened() as desk:
            _known(desk)
            schema = schemathesis.openapi.from_dict(_document(desk, methods))
            found = [each.ok() for each in schema.get_all_operations()]  # type: ignore[union-attr]  # a bad one raises
            found.sort(key=lambda each: any(word in each.path for word in DESTROYING))
            for each in found:
                done.operations += 1
                _operation(desk, each, examples, done)
    return done


def _known(desk: Desk) -> None:
    """Make the records that only calls can make."""
    body: Json = {"name": "n", "url": desk.receiver.url, "subscriptions": {"Ticket_Add": None}}
    desk.ids["webhook"] = desk.id_of(desk.ask("POST /webhooks", body=body))
    tags = desk.ask("POST /tickets/{mail}/associateTag", body={"tags": ["one-tag", "other-tag"]}).returned["data"]
    desk.ids |= {"tag": tags[0]["id"], "other_tag": tags[1]["id"]}
    body = {"contactEmailId": ADA, "module": "tickets"}
    desk.ids["request"] = desk.id_of(desk.ask("POST /subjectAccessRequests/exportAll", body=body))
    for kind in ("task", "call", "event"):
        listed = desk.ask(f"GET /{kind}s/{{{kind}}}/comments").returned["data"]
        desk.ids[f"{kind}_comment"] = listed[0]["id"]
    body = {"subject": "Pay?", "approverIds": [desk.ids["agent"]]}
    asked = desk.ask("POST /tickets/{ticket}/approvals", body=body).returned
    desk.ids["approval"] = asked["approvals"][0]["id"]
    desk.ids["chat"] = desk.bench("POST", "/chat", {"contactId": desk.ids["contact"], "subject": "Hello"})["sessionId"]
    upload = desk.id_of(desk.ask("POST /uploads", file=b"hello"))
    draft = desk.ask("POST /tickets/{ticket}/draftReply", body=REPLY | {"attachmentIds": [upload]})
    desk.ids |= {"draft": desk.id_of(draft), "draft_file": draft.returned["attachments"][0]["id"]}
    desk.ids["upload"] = desk.id_of(desk.ask("POST /uploads", file=b"hello"))
    desk.bench("POST", "/agent/leave", {"agentId": desk.ids["leaver"]})
    desk.ask("POST /tickets/moveToTrash", body={"ticketIds": [desk.ids["closed"]]})
    desk.ids["binned"] = desk.ids["closed"]


def _document(desk: Desk, methods: set[str]) -> Json:
    """Return the patched document of the served operations, narrowed to calls that say something."""
    made = fresh(patched())
    mine = served()
    made["paths"] = {
        path: kept
        for path, item in made["paths"].items()
        if path.removeprefix(API) not in FORBIDDEN
        and (kept := {name: own for name, own in item.items()
                      if name.upper() in methods and f"{name.upper()} {path.removeprefix(API)}" in mine})
    }  # fmt: skip
    for path, item in made["paths"].items():
        for method, own in item.items():
            ids = _meant(desk, f"{method.upper()} {path.removeprefix(API)}")
            for parameter in own["parameters"]:
                if parameter["in"] == "query":
                    _narrow_parameter(parameter, path, ids)
            for media in own.get("requestBody", {}).get("content", {}).values():
                media["schema"] = _inlined(made, media.get("schema", {}))
                _narrow(media["schema"], ids)
    return made


def _meant(desk: Desk, operation: str) -> dict[str, str]:
    """Return the values of an operation's ids, by name."""
    there = [names for start, names in MEANT_THERE if operation.startswith(start)]
    names = dict(MEANT) | {name: meant for some in reversed(there) for name, meant in some.items()}
    return {name: desk.ids[meant] for name, meant in names.items() if meant in desk.ids} | {"url": desk.receiver.url}


def _narrow_parameter(parameter: Json, path: str, ids: Mapping[str, str]) -> None:
    name, schema = parameter["name"], parameter["schema"]
    if name in ids:
        _only(schema, ids[name])
    elif name in WANTED:
        _prefer(schema, WANTED[name])
    if name in {"searchStr", "searchVal"} or (name == "_all" and path.endswith("/search")):
        parameter["required"] = True
        schema["minLength"] = 1


def _inlined(document: Json, value: Any, above: tuple[str, ...] = ()) -> Any:
    """Return a copy without references; one that contains itself ends as anything."""
    if isinstance(value, list):
        return [_inlined(document, each, above) for each in value]
    if not isinstance(value, dict):
        return value
    if isinstance(ref := value.get("$ref"), str):
        return {} if ref in above else _inlined(document, resolved(document, value), (*above, ref))
    return {name: _inlined(document, each, above) for name, each in value.items()}


def _narrow(body: Json, ids: Mapping[str, str]) -> None:
    for schema in list(each_schema(body)):
        kinds = schema.get("type")
        if isinstance(kinds, list):
            schema["type"] = kinds = [each for each in kinds if each != "null"] or kinds
        if "enum" in schema:
            schema["enum"] = [each for each in schema["enum"] if each is not None] or schema["enum"]
        if kinds and "array" in kinds:
            schema["minItems"] = max(1, schema.get("minItems", 0))
        elif kinds and "string" in kinds:
            schema["minLength"] = max(1, schema.get("minLength", 0))
    for schema in list(each_schema(body)):
        for name, member in schema.get("properties", {}).items():
            if name in ids:
                _only(member, ids[name])
            elif name in WANTED:
                _prefer(member, WANTED[name])
            elif name == "subscriptions":
                member.clear()
                member.update({"enum": [{"Ticket_Add": None}]})
    for schema in _branches(body):
        members = schema.get("properties", {})
        told = {name for name in members if name in TELLING or (name == "status" and "enum" in members[name])}
        if told:
            schema["required"] = sorted({*schema.get("required", ()), *told})


def _branches(schema: Json) -> Iterator[Json]:
    """Yield a body's schema and all that it is put together from."""
    yield schema
    for key in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(key, ()):
            yield from _branches(each)


def _only(schema: Json, value: str) -> None:
    """Let a member be one seeded id, or a list of it."""
    listed = "items" in schema
    schema.clear()
    one: Json = {"type": "string", "enum": [value]}
    schema.update({"type": "array", "items": one, "minItems": 1, "maxItems": 1} if listed else one)


def _prefer(schema: Json, values: Iterable[str]) -> None:
    """Let a text be one of the values, where its own list of values does not exclude them."""
    allowed = [each for each in values if each in schema.get("enum", (each,))]
    if allowed and "string" in schema.get("type", ()):
        schema.clear()
        schema.update({"type": "string", "enum": allowed})


def _operation(desk: Desk, operation: Any, examples: int, done: Drill) -> None:
    name = f"{operation.method.upper()} {operation.path.removeprefix(API)}"
    ids = _meant(desk, name)
    known = {each.name: ids.get(each.name, NOBODY) for each in operation.path_parameters}
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


def _case(desk: Desk, case: Case[Any], done: Drill) -> None:
    headers = {"Authorization": f"Zoho-oauthtoken {desk.token}", "orgId": desk.ids["org"]}
    response = case.call(base_url="http://127.0.0.1", app=desk.client.application, headers=headers)
    done.cases += 1
    kind = f"{response.status_code // 100}xx"
    done.statuses[kind] = done.statuses.get(kind, 0) + 1
    exchange = _exchange(case, response)
    if kind == "2xx":
        done.met.add(exchange.name)
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
