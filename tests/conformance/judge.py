"""Says where an exchange departs from Zoho's description. It finds; whether a finding is meant is `deviations.py`'s.

Three judges, since none sees everything: openapi-core on the patched document, both directions; checks by hand for
what it lets through (parameters nobody declared, page sizes above what the guide allows); and the names of the
published schemas as a closed list, for answers of the emulator only, because patches 4 and 5 blind the first judge to
missing and invented members. A finding holds names and pointers, never a value.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, cast
from urllib.parse import unquote

from jsonschema.exceptions import ValidationError
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from openapi_core.validation.request.exceptions import MissingRequiredParameter, ParameterValidationError
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue

from tests.conformance.exchange import Exchange, Side
from tests.conformance.official import API, Json, raw, resolved
from tests.conformance.patches import patched

HOST: Final = "http://127.0.0.1"
# Largest page by the API guide and newer texts; the files state a maximum nowhere.
MOST: Final[Mapping[str, int]] = {
    "GET /tickets": 100,
    "GET /tickets/search": 100,
    "GET /contacts/search": 100,
    "GET /contacts": 100,
    "GET /tickets/{ticketId}/threads": 200,
    "GET /tickets/{ticketId}/conversations": 200,
    "GET /tickets/{ticketId}/comments": 100,
    "GET /tickets/{ticketId}/attachments": 100,
    "GET /contacts/{contactId}/history": 100,
    "GET /recycleBin": 100,
    "GET /subjectAccessRequests": 100,
    "GET /departments": 200,
    "GET /agents": 200,
}
MOST_ELSEWHERE: Final = 50
QUOTED: Final = re.compile(r"'([^']+)'")


@dataclass(frozen=True, order=True)
class Finding:
    """One departure. `status` is "" for a request; `pointer` has `*` for every place in a list."""

    operation: str
    side: Side
    status: str
    kind: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.operation} {self.side} {self.status} {self.kind} {self.pointer}".replace("  ", " ")


@cache
def document() -> OpenAPI:
    """Return the patched document as openapi-core reads it."""
    return OpenAPI.from_dict(patched(), config=Config(spec_validator_cls=None))  # type: ignore[arg-type]  # None is its way to say "do not check"


def judged(exchange: Exchange, *, closed: bool = False) -> set[Finding]:
    """Return every finding of an exchange; `closed` adds the closed list, right for the emulator only."""
    found: set[Finding] = set()
    if "request" in exchange.judge:
        found |= set(_request(exchange))
    if "answer" in exchange.judge and exchange.status:
        found |= set(_answer(exchange))
        if closed:
            found |= set(_closed(exchange))
    return found


# ---------------------------------------------------------------------------------------------------------- the peer


def _asked(exchange: Exchange) -> MockRequest:
    headers = {"Authorization": "Zoho-oauthtoken t"}
    if "orgid" in exchange.headers:
        headers["orgId"] = exchange.headers["orgid"]
    return MockRequest(
        HOST,
        exchange.method,
        API + exchange.path,
        args=dict(exchange.query),
        headers=headers,
        data=exchange.body,
        content_type=exchange.headers.get("content-type", "application/json").partition(";")[0],
    )


def _request(exchange: Exchange) -> Iterator[Finding]:
    def finding(kind: str, pointer: str = "") -> Finding:
        return Finding(exchange.name, "request", "", kind, pointer)

    if exchange.operation is None:
        yield finding("operation")
        return
    yield from (
        finding("unknown-parameter", name) for name, _ in exchange.query if name not in declared(exchange) | {"orgId"}
    )
    if over := [value for name, value in exchange.query if name == "limit" and not _fits(exchange.name, value)]:
        yield finding("limit", f"limit of {over[0]}" if over[0].isdigit() else "limit")
    if not exchange.headers.get("authorization", "Zoho-oauthtoken ").startswith("Zoho-oauthtoken "):
        yield finding("authorization", "Authorization")
    if exchange.headers.get("content-type", "").startswith("multipart/"):
        return  # a file's bytes are not looked at
    for error in document().iter_request_errors(_asked(exchange)):
        yield from (finding(kind, pointer) for kind, pointer in _causes(error))


def _answer(exchange: Exchange) -> Iterator[Finding]:
    if exchange.operation is None:
        if "request" not in exchange.judge:
            yield Finding(exchange.name, "answer", "", "operation", "")
        return
    kind = exchange.answer_type.partition(";")[0]
    answer = MockResponse(exchange.answer, exchange.status, content_type=kind or "application/json")
    for error in document().iter_response_errors(_asked(exchange), answer):
        for name, pointer in _causes(error):
            yield Finding(exchange.name, "answer", str(exchange.status), name, pointer)
    if exchange.status == 204 and exchange.answer:
        yield Finding(exchange.name, "answer", "204", "body", "")


def _causes(error: Exception) -> Iterator[tuple[str, str]]:
    """Yield kind and pointer of everything that one error of openapi-core is about."""
    if isinstance(error, ParameterValidationError):
        kind = "missing-parameter" if isinstance(error, MissingRequiredParameter) else "parameter"
        yield kind, error.name
        return
    cause = error.__cause__
    if isinstance(cause, InvalidSchemaValue):
        for each in cause.schema_errors:
            yield from _details(each)
    else:
        kind = type(cause if isinstance(cause, OpenAPIError) else error).__name__
        yield KINDS.get(kind, kind), ""


KINDS: Final = {
    "ResponseNotFound": "status",
    "MediaTypeNotFound": "content-type",
    "MissingData": "no-body",
    "MissingRequiredRequestBody": "no-body",
    "MissingRequestBody": "no-body",
    "MediaTypeDeserializeError": "not-json",
    "DeserializeError": "not-json",
}


def _details(error: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(error, ValidationError):
        yield type(error).__name__, ""
        return
    where = "".join(f"/{'*' if isinstance(each, int) else each}" for each in error.absolute_path)
    if error.validator == "required":
        missing = [
            name for name in cast("list[str]", error.validator_value) if name not in cast("Json", error.instance)
        ]
        yield from (("required", f"{where}/{name}") for name in missing)
    elif error.validator in {"additionalProperties", "unevaluatedProperties"} and isinstance(error.instance, dict):
        # a branch that fails for another reason leaves its own members unevaluated too
        declared = _names(error.schema) if isinstance(error.schema, dict) else set()
        unknown = set(QUOTED.findall(error.message)) & set(error.instance) - declared
        yield from (("unknown", f"{where}/{name}") for name in unknown)
    elif error.validator in {"anyOf", "oneOf"} and (best := _nearest(error)):
        yield from best
    else:
        yield str(error.validator), where


def _names(schema: Json) -> set[str]:
    """Return the members that a schema of a request declares, in its branches too."""
    found = set(schema.get("properties", ()))
    for key in ("allOf", "anyOf"):
        for each in schema.get(key, ()):
            found |= _names(each)
    return found


def _nearest(error: ValidationError) -> list[tuple[str, str]]:
    """Return the faults of the alternative that fits best: the one with the fewest."""
    branches: dict[Any, list[tuple[str, str]]] = {}
    for each in error.context or ():
        branches.setdefault(each.schema_path[0], []).extend(_details(each))
    return min(branches.values(), key=len, default=[])


# --------------------------------------------------------------------------------------------------------- by hand


def declared(exchange: Exchange) -> frozenset[str]:
    """Return the query parameters that the files declare for a call, apart from the portal's id."""
    return _parameters(exchange.name) - {"orgId"}


@cache
def _parameters(name: str) -> frozenset[str]:
    method, _, path = name.partition(" ")
    found = [resolved(raw(), each) for each in raw()["paths"][API + path][method.lower()].get("parameters", ())]
    return frozenset(unquote(each["name"]) for each in found if each["in"] == "query")


def _fits(operation: str, limit: str) -> bool:
    return limit.isdigit() and 1 <= int(limit) <= MOST.get(operation, MOST_ELSEWHERE)


# ----------------------------------------------------------------------------------------------------- closed list


def _closed(exchange: Exchange) -> Iterator[Finding]:
    """Compare an answer's members with the published names, both ways."""
    if exchange.operation is None or exchange.returned is None or exchange.status >= 400:
        return
    method, _, path = exchange.name.partition(" ")
    own = raw()["paths"][API + path][method.lower()]["responses"].get(str(exchange.status))
    content = resolved(raw(), own or {}).get("content", {})
    for schema in [media["schema"] for media in content.values() if "schema" in media][:1]:
        for kind, pointer in sorted(set(_against(exchange.returned, [schema], ""))):
            yield Finding(exchange.name, "answer", str(exchange.status), kind, pointer)


@dataclass
class _Shape:
    """What a published schema says of an object's members."""

    members: dict[str, list[Json]] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    items: list[Json] = field(default_factory=list)
    open: bool = False


def _shape(schemas: Iterable[Json]) -> _Shape:
    found = _Shape()
    todo = [(each, True) for each in schemas]
    while todo:
        one, certain = todo.pop()
        schema = resolved(raw(), one)
        for name, member in schema.get("properties", {}).items():
            found.members.setdefault(name, []).append(member)
        if certain:
            found.required |= set(schema.get("required", ()))
        if "items" in schema:
            found.items.append(schema["items"])
        found.open |= bool(schema.get("additionalProperties"))
        todo += [(each, certain) for each in schema.get("allOf", ())]
        todo += [(each, False) for key in ("anyOf", "oneOf") for each in schema.get(key, ())]
    return found


def _against(value: Any, schemas: Iterable[Json], pointer: str) -> Iterator[tuple[str, str]]:
    shape = _shape(schemas)
    if isinstance(value, list):
        for each in value:
            yield from _against(each, shape.items, f"{pointer}/*")
    if not isinstance(value, dict) or not shape.members:
        return
    yield from (("absent", f"{pointer}/{name}") for name in shape.required - set(value))
    for name, each in value.items():
        if name in shape.members:
            yield from _against(each, shape.members[name], f"{pointer}/{name}")
        elif not shape.open:
            yield "invented", f"{pointer}/{name}"
