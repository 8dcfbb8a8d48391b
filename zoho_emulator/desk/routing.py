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


# Mark of a ticket -> the switch by which a read of such a ticket is 404.
HIDING = {"isTrashed": "get_trashed_ticket", "isSpam": "get_spam_ticket", "isArchived": "get_archived_ticket"}


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
        if self.world.on("four_byte_text", "422"):
            _refuse_four_bytes(body, "")
        return body

    def ids(self, name: str, most: int | None = None) -> list[str]:
        """Return the list of ids that a mass call carries. Raises ApiError where it is absent or no list."""
        most = self.world.switches.number("mass_limit") if most is None else most
        found = self.body().get(name)
        if found is None:
            raise invalid(f"/{name}", "missing")
        if not isinstance(found, list) or not found or len(found) > most:
            raise invalid(f"/{name}")
        return [str(each) for each in found]

    def page(self, *, default: int, most: int, first: int | None = None, deepest: int | None = None) -> tuple[int, int]:
        """Return (offset, limit). A value outside the route's range is refused, never clipped.

        *first* is the number of the first place, where a route is sure of it.
        """
        first = self.world.switches.number("default_from") if first is None else first
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
        hidden = [flag for flag, switch in HIDING.items() if ticket[flag] and self.world.on(switch, "404")]
        if (ticket["isTrashed"] and write) or (hidden and not write):
            raise not_found()
        self.may_see(ticket["departmentId"])
        if write and ticket["isArchived"] and self.world.on("archived_writes", "422"):
            raise unprocessable("The ticket is archived.")
        return ticket

    def ticket_or_remains(self, ticket_id: str, remains: str) -> None:
        """Check a read below a ticket that by switch outlives it; *remains* is the switch's value.

        Raises:
            ApiError: The agent may not see the ticket, or nothing is left of it.
        """
        gone = self.world.store.get("ticket", ticket_id) is None
        if not (gone and self.world.on("purge_takes_children", remains)):
            self.ticket(ticket_id)

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


def _refuse_four_bytes(value: Any, pointer: str) -> None:
    """Refuse characters beyond the basic plane, emoji for one. Raises ApiError that points at the member."""
    if isinstance(value, str) and any(ord(each) > 0xFFFF for each in value):
        raise invalid(pointer)
    if isinstance(value, dict):
        for name, each in value.items():
            _refuse_four_bytes(each, f"{pointer}/{name}")
    elif isinstance(value, list):
        for each in value:
            _refuse_four_bytes(each, pointer)


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
    """Return a list; how an empty one is answered, `settled` decides by switch."""
    return Reply({"data": items, **more})


def settled(world: World, reply: Reply) -> Reply:
    """Return an answer as it leaves: an empty list is 204 without a body, or by switch the empty list."""
    empty = isinstance(reply.body, dict) and reply.body.get("data") == []
    return no_content() if empty and world.on("empty_list", "204") else reply


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
