"""How a Desk route is written down: method, path, scopes, cost and the function that answers it.

Paths are Zoho's below `/api/v1`; `<id:name>` is a record id. Scopes are facts of Zoho's published OpenAPI text.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import flask

from zoho_emulator.desk.errors import ApiError, invalid, not_found, unprocessable
from zoho_emulator.desk.shapes import csv
from zoho_emulator.desk.state import Actor, World, agent_actor
from zoho_emulator.desk.webhooks import Keys
from zoho_emulator.store import Json


@dataclass
class Reply:
    """An answer. A `body` of None is an empty body; bytes are a file."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


EMPTY_LIST = 204


class Call:
    """One authenticated call: what was asked, by whom."""

    def __init__(self, world: World, request: flask.Request, agent: Json, keys: Keys) -> None:
        self.world = world
        self.keys = keys
        self.request = request
        self.agent = agent
        self.credits: float | None = None

    @property
    def actor(self) -> Actor:
        """The token's agent, acting through the API."""
        return agent_actor(self.agent, source="INTEGRATION", source_id=self.request.headers.get("sourceId"))

    @property
    def query(self) -> dict[str, str]:
        return {name: value for name, value in self.request.args.items() if name != "orgId"}

    def arg(self, name: str) -> str | None:
        return self.request.args.get(name)

    def flag(self, name: str) -> bool:
        return (self.arg(name) or "").lower() == "true"

    @property
    def include(self) -> tuple[str, ...]:
        return csv(self.arg("include"))

    @property
    def fields(self) -> tuple[str, ...]:
        wanted = csv(self.arg("fields"))
        if len(wanted) > 30:
            raise invalid("/fields")
        return wanted

    def body(self) -> Json:
        """Return the JSON body. Raises ApiError: empty, not JSON or not an object."""
        if not self.request.get_data(cache=True):
            raise ApiError("EMPTY_PAYLOAD")
        if not self.request.is_json:
            raise ApiError("UNSUPPORTED_MEDIA_TYPE")
        body = self.request.get_json(silent=True)
        if not isinstance(body, dict):
            raise ApiError("BAD_REQUEST")
        if not body:
            raise ApiError("EMPTY_PAYLOAD")
        return body

    def ids(self, name: str, most: int = 100) -> list[str]:
        """Return the list of ids that a mass call carries. Raises ApiError where it is absent or no list."""
        found = self.body().get(name)
        if found is None:
            raise invalid(f"/{name}", "missing")
        if not isinstance(found, list) or not found or len(found) > most:
            raise invalid(f"/{name}")
        return [str(each) for each in found]

    def page(self, *, default: int, most: int, first: int = 0, deepest: int | None = None) -> tuple[int, int]:
        """Return (offset, limit). A value outside the route's range is refused, never clipped."""
        try:
            start = int(self.arg("from") or first)
            limit = int(self.arg("limit") or default)
        except ValueError:
            raise invalid("/from") from None
        if start < first or (deepest is not None and start > deepest):
            ceiling = "" if deepest is None else str(deepest)
            raise unprocessable(f"The value passed for field 'from' exceeds the range of '{first}-{ceiling}'")
        if not 1 <= limit <= most:
            raise unprocessable(f"The value passed for field 'limit' exceeds the range of '1-{most}'")
        return start - first, limit

    def record(self, table: str, record_id: str) -> Json:
        found = self.world.store.get(table, record_id)
        if found is None:
            raise not_found()
        return found

    def ticket(self, ticket_id: str, *, write: bool = False) -> Json:
        """Return a live ticket that the agent may see. Raises ApiError."""
        ticket = self.record("ticket", ticket_id)
        if ticket["isTrashed"] and (write or self.world.on("get_trashed_ticket", "404")):
            raise not_found()
        self.may_see(ticket["departmentId"])
        if write and ticket["isArchived"] and self.world.on("archived_writes", "422"):
            raise unprocessable("The ticket is archived.")
        return ticket

    def may_see(self, department_id: str | None) -> None:
        if department_id is not None and not self.sees(department_id):
            raise ApiError("FORBIDDEN")

    def sees(self, department_id: str) -> bool:
        return department_id in self.agent["associatedDepartmentIds"]

    def contact(self, contact_id: str, *, write: bool = False) -> Json:
        contact = self.record("contact", contact_id)
        if contact["isTrashed"] and (write or self.world.on("get_trashed_ticket", "404")):
            raise not_found()
        return contact

    def child(self, table: str, record_id: str, member: str, parent_id: str) -> Json:
        """Return a sub-resource, if it belongs to the parent in the path."""
        found = self.record(table, record_id)
        if found[member] != parent_id:
            raise not_found()
        return found

    def upload(self) -> tuple[str, bytes, str]:
        """Return name, bytes and type of the multipart file."""
        file = self.request.files.get("file")
        if file is None:
            raise invalid("/file", "missing")
        return file.filename or "file", file.read(), file.mimetype or "application/octet-stream"


Handler = Callable[..., Reply]


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    scopes: tuple[str, ...]
    handler: Handler
    cost: float | None = None
    """Credits; None means that the handler says so itself or that it is one list (3, more with depth)."""
    permission: str | None = None
    refusal: str = "FORBIDDEN"
    locked: bool = True
    """False: the handler talks to the network and opens its transactions itself."""


class Routes:
    """The routes of one file."""

    def __init__(self) -> None:
        self._routes: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def __call__(
        self,
        rule: str,
        *scopes: str,
        cost: float | None = 1,
        permission: str | None = None,
        refusal: str = "FORBIDDEN",
        locked: bool = True,
    ) -> Callable[[Handler], Handler]:
        """Register a handler for `rule`, "GET /tickets/<id:ticket_id>" say; scopes are given without `Desk.`."""
        method, _, path = rule.partition(" ")
        full = tuple(f"Desk.{scope}" for scope in scopes)

        def register(handler: Handler) -> Handler:
            self._routes.append(Route(method, path, full, handler, cost, permission, refusal, locked))
            return handler

        return register


def ok(body: Any) -> Reply:
    return Reply(body)


def no_content() -> Reply:
    return Reply(status=204)


def empty_ok() -> Reply:
    return Reply(status=200)


def listing(items: list[Any], **more: Any) -> Reply:
    """Return a list as Zoho does: an empty one is 204 without a body."""
    return Reply({"data": items, **more}) if items else Reply(status=EMPTY_LIST)


def mass(results: list[tuple[str, str | None]]) -> Reply:
    """Return a mass action's answer from (id, errorCode or None): HTTP 200 even when all failed."""
    return Reply(
        {
            "results": [
                {
                    "id": record_id,
                    "success": code is None,
                    "errors": None if code is None else {"errorCode": code, "httpCode": _MASS_STATUS.get(code, "422")},
                }
                for record_id, code in results
            ]
        }
    )


_MASS_STATUS = {"UNAUTHORIZED": "401", "FORBIDDEN": "403"}
