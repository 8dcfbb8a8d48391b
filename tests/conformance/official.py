"""Zoho's own description of the Desk API: where its files lie, and how 68 of them become one document in memory.

It reads the reference material beside the project and nothing else; nothing of it is stored here. Where the files are
absent, `absence()` says so in a line, and every test that needs them is skipped with it. Faults of the files are mended
in `patches.py`, never here.
"""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parents[3] / "shared" / "zoho-desk-oas"
METHODS: Final = frozenset({"get", "post", "put", "patch", "delete"})
API: Final = "/api/v1"
NEWEST: Final = "x-newest"  # marks an operation that only the flat table of the newest text has
# Newest routes whose answer has a schema in the files under another operation.
SHOWN: Final = {
    "/tickets/{ticketId}/threads/{threadId}": "Thread.emailThreadResponseJson",
    "/tickets/{ticketId}/threads/{threadId}/fullContent": "Thread.emailThreadResponseJson",
    "/tickets/{ticketId}/latestThread": "Thread.emailThreadResponseJson",
}
REF: Final = re.compile(r"(?:\./(?P<file>\w+)\.json)?#/components/(?P<kind>\w+)/(?P<name>.+)")

Json = dict[str, Any]


def absence() -> str | None:
    """Return why the official files cannot be read, None where they can."""
    if any((FOLDER / "v1.0").glob("*.json")) and (FOLDER / "endpoints.json").exists():
        return None
    return "the reference material (Zoho's OpenAPI files) is not beside the project"


@cache
def _texts() -> Mapping[str, str]:
    return {path.stem: path.read_text("utf-8") for path in sorted((FOLDER / "v1.0").glob("*.json"))}


def endpoints() -> list[Json]:
    """Return the flat table of published routes, newer ones than the files' included."""
    rows: list[Json] = json.loads((FOLDER / "endpoints.json").read_text("utf-8"))
    return rows


def merged() -> Json:
    """Return one new OpenAPI document of all files; components are called `<File>.<name>`."""
    made: Json = {"openapi": "3.1.0", "info": {"title": "Zoho Desk", "version": "1.0"}, "paths": {}, "components": {}}
    for file, text in _texts().items():
        found = _renamed(json.loads(text), file)
        for path, item in found.get("paths", {}).items():
            made["paths"].setdefault(path, {}).update(item)
        for kind, named in found.get("components", {}).items():
            if kind != "securitySchemes":
                made["components"].setdefault(kind, {}).update({f"{file}.{name}": one for name, one in named.items()})
    made["components"]["securitySchemes"] = json.loads(_texts()["Common"])["components"]["securitySchemes"]
    for row in endpoints():
        item = made["paths"].setdefault(row["path"], {})
        if row["method"].lower() not in item:
            item[row["method"].lower()] = _newest(row)
    return made


def _newest(row: Json) -> Json:
    """Return the operation of a route whose file is not there: method, path, parameters, scopes and statuses only."""
    shown = SHOWN.get(row["path"].removeprefix(API))
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{shown}"}}}
    answers = {status: {"description": "", "content": content} if shown else {} for status in row["responses"]}
    answers.update({status: {"description": ""} for status in answers if status != "200"})
    return {
        NEWEST: True,
        "operationId": row["operationId"],
        "parameters": [
            each | {"schema": {"type": "string"} | ({"pattern": "([0-9]+)"} if each["in"] == "path" else {})}
            for each in row["params"]
        ],
        "responses": answers,
        "security": [{"iam-oauth2-schema": row["scopes"]}],
    } | ({"requestBody": {"content": {"application/json": {}}}} if row["method"] in {"PATCH", "PUT"} else {})


def _renamed(value: Any, file: str) -> Any:
    if isinstance(value, list):
        return [_renamed(each, file) for each in value]
    if not isinstance(value, dict):
        return value
    if isinstance(ref := value.get("$ref"), str) and (found := REF.fullmatch(ref)):
        return {"$ref": f"#/components/{found['kind']}/{found['file'] or file}.{found['name']}"}
    return {name: _renamed(each, file) for name, each in value.items()}


def resolved(document: Json, value: Any) -> Any:
    """Return what a reference stands for, the value itself where it is none."""
    while isinstance(value, dict) and "$ref" in value:
        _, _, kind, name = value["$ref"].split("/", 3)
        value = document["components"][kind][name]
    return value


@dataclass(frozen=True)
class Operation:
    """One call of the official API. `path` is below the API root, with Zoho's parameter names."""

    method: str
    path: str
    scopes: frozenset[str]
    statuses: frozenset[str]
    newest: bool = False
    """Whether only the flat table has it; the files do not."""

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def operations(document: Json) -> Iterator[tuple[Operation, Json]]:
    """Yield every operation of a document with its own text."""
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            own = item[method]
            scopes = {scope for each in own.get("security") or () for some in each.values() for scope in some}
            statuses = frozenset(map(str, own["responses"]))
            short = path.removeprefix(API)
            yield Operation(method.upper(), short, frozenset(scopes), statuses, NEWEST in own), own


@cache
def _routes() -> tuple[tuple[re.Pattern[str], Operation], ...]:
    found = [operation for operation, _ in operations(merged())]
    # a literal segment is preferred to a parameter, as every router does
    found.sort(key=lambda each: [part.startswith("{") for part in each.path.split("/")])
    return tuple((re.compile(pattern(each.path)), each) for each in found)


def pattern(path: str) -> str:
    """Return the expression that an official path's calls match."""
    return re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))


def operation_of(method: str, path: str) -> Operation | None:
    """Return the official operation of a call, `path` below the API root; None where there is none."""
    for expression, operation in _routes():
        if operation.method == method and expression.fullmatch(path):
            return operation
    return None


def all_operations() -> list[Operation]:
    """Return every operation of the files, without the newest text's."""
    return [operation for _, operation in _routes() if not operation.newest]


def raw() -> Json:
    """Return the merged document as published. Read only."""
    return _raw()


@cache
def _raw() -> Json:
    return merged()


def fresh(value: Json) -> Json:
    """Return a copy that may be changed."""
    return copy.deepcopy(value)
