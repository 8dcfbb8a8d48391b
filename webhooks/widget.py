"""The agents' side panel in Desk asks here: GET what a ticket's cases are, POST that an agent has set a command.

The extension's proxy puts the portal's key into the header; nobody's browser ever holds it. It proves the installation
alone: who gives a command is read from Desk (`workflows/widget.py`). Before the key is proven nothing is written and
Desk is not asked. Every answer is JSON (docs/widget-api.md); none holds a name, an address or words of a customer.
"""

import json
import logging
import re
from typing import Any, Final

from zoho_privacy.domain.errors import NeedsHuman, NotAllowed, NotFound, Retryable
from zoho_privacy.domain.tags import Command
from zoho_privacy.hosting.http import Request, Response, json_answer
from zoho_privacy.workflows import widget, widget_keys
from zoho_privacy.workflows.context import App

log = logging.getLogger(__name__)

PATH: Final = "/widget/{org}/tickets/{ticket}"
ROUTES: Final = (("GET", PATH), ("POST", PATH))
MOST_BYTES: Final = 2048
PAUSE_S: Final = 5
NO_CASE: Final = "There is no case on this ticket."
TICKET: Final = re.compile(r"[0-9]{1,24}")
ONCE: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
MEMBERS: Final = frozenset({"command", "key"})


def handle(request: Request, app: App) -> Response:
    """Answer one question or order of the panel."""
    _, _, org, _, ticket = request.path.split("/")
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if "{{" in text:
        return _refused(401, "key_not_filled_in", "The extension's key was not put into the header.", bearer=True)
    key = widget_keys.owner(app, org, text.strip()) if scheme.casefold() == "bearer" else None
    if key is None:
        log.warning("widget refused: no key of this portal")
        return _refused(401, "key_refused", "The key is none of this portal's.", bearer=True)
    ordering = request.method == "POST"
    try:
        wait_s = widget_keys.take(app, org, key, widget_keys.ORDERING if ordering else widget_keys.LOOKING)
        if wait_s:
            return _refused(429, "too_fast", "Too many requests with this key.", wait_s=wait_s)
        if not TICKET.fullmatch(ticket):
            return _refused(404, "no_case", NO_CASE)
        return _order(request, app, org, ticket, key.id) if ordering else json_answer(widget.view(app, org, ticket))
    except NotFound:
        return _refused(404, "no_case", NO_CASE)
    except NotAllowed as problem:
        return _refused(409, "not_set", str(problem))
    except Retryable as problem:
        log.warning("widget: try again: %s", problem)
        return _refused(503, "try_again", "Please try again in a moment.", wait_s=problem.retry_after_s or PAUSE_S)
    except NeedsHuman as problem:
        log.error("widget: a person is needed: %s", problem)  # noqa: TRY400  no traceback
        return _refused(500, "person_needed", "Something is wrong here; whoever runs the service has been told.")


def _order(request: Request, app: App, org: str, ticket: str, key: str) -> Response:
    if len(request.body) > MOST_BYTES:
        return _refused(413, "too_large", "The body is too large.")
    told = _body(request.body)
    if told is None:
        return _refused(400, "bad_request", "The body is not an order: command and key, both texts.")
    try:
        command = Command(told["command"])
    except ValueError:
        return _refused(400, "unknown_command", "There is no such command.")
    answer = widget.order(app, org, ticket, command, key=key, once=told["key"])
    if answer.why:
        return _refused(409, "refused", answer.why)
    return json_answer({"ticket": ticket, "command": command.value, "result": "done", "agent": answer.agent})


def _body(raw: bytes) -> dict[str, str] | None:
    """Return the members of an order, None where it is none."""
    try:
        told: Any = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or set(told) != MEMBERS or not all(isinstance(each, str) for each in told.values()):
        return None
    return told if ONCE.fullmatch(told["key"]) else None


def _refused(status: int, code: str, message: str, *, bearer: bool = False, wait_s: float = 0) -> Response:
    answer = json_answer({"error": {"code": code, "message": message}}, status)
    more = {"www-authenticate": "Bearer"} if bearer else {}
    if wait_s:
        more["retry-after"] = str(int(wait_s) + 1)
    return Response(status, answer.body, {**answer.headers, **more})
