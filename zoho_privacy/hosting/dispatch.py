"""From a request to the endpoint that answers it, the same on every host.

Endpoints are found through the entry points `zoho_privacy.endpoints`, so a host knows none of them by name. A module
offers `ROUTES`, pairs of method and path pattern (`/verify/{token}`), and `handle(request, app)`; `PUBLIC = True`
asks the host for a rate limit per client (R-SEC-3). Whatever goes wrong inside becomes an answer by the branch of
the error tree: the log gets the pattern, the branch and ids, never a path, a query or a text from outside (R-SEC-8).
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from zoho_privacy.domain.errors import BadSignature, NeedsHuman, NotFound, Rejected, Retryable
from zoho_privacy.hosting.http import Request, Response, text

if TYPE_CHECKING:  # a cold start must not pay for the workflows' imports before they are needed
    from zoho_privacy.workflows.context import App

log = logging.getLogger(__name__)

GROUP: Final = "zoho_privacy.endpoints"
SHORT_PAUSE_S: Final = 5
LONG_PAUSE_S: Final = 600
OWN: Final = frozenset({"zoho_privacy", "webhooks", "tasks"})


@dataclass(frozen=True, slots=True)
class Route:
    """One method and path pattern, and the function that answers it."""

    method: str
    pattern: str
    handle: "Callable[[Request, App], Response]"
    public: bool = False


def discover() -> tuple[Route, ...]:
    """Return the routes of every installed endpoint, by name of the endpoint."""
    found: list[Route] = []
    for point in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        module = import_module(point.module)
        public = bool(getattr(module, "PUBLIC", False))
        found += [Route(method, pattern, module.handle, public) for method, pattern in module.ROUTES]
    return tuple(found)


def parameters(pattern: str, path: str) -> Mapping[str, str] | None:
    """Return what the `{names}` of a pattern stand for in a path, or None where the path does not fit.

    A name stands for one segment that is not empty; a path with a trailing slash is another path.
    """
    wanted, given = pattern.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    names: dict[str, str] = {}
    for want, have in zip(wanted, given, strict=True):
        if want.startswith("{") and want.endswith("}") and have:
            names[want[1:-1]] = have
        elif want != have:
            return None
    return names


def choose(routes: Iterable[Route], request: Request) -> Route | Response:
    """Return the route of a request, or the 404 or 405 that says there is none. HEAD may use a GET route."""
    fitting = [route for route in routes if parameters(route.pattern, request.path) is not None]
    for method in (request.method, "GET" if request.method == "HEAD" else request.method):
        for route in fitting:
            if route.method == method:
                return route
    if not fitting:
        return text("There is nothing here.", 404)
    refused = text("This address does not take that method.", 405)
    allowed = ", ".join(sorted({route.method for route in fitting}))
    return Response(refused.status, refused.body, {**refused.headers, "allow": allowed})


def answer(route: Route, request: Request, app: "App") -> Response:
    """Call the endpoint; whatever it raises becomes an answer, so that no request can take the host down."""
    try:
        return route.handle(request, app)
    except Retryable as problem:
        log.warning("%s %s: try again: %s", route.method, route.pattern, problem)
        pause = min(max(problem.retry_after_s or SHORT_PAUSE_S, 1), LONG_PAUSE_S)
        refused = text("Please try again in a moment.", 503)
        return Response(refused.status, refused.body, {**refused.headers, "retry-after": str(round(pause))})
    except Rejected as problem:
        log.info("%s %s: rejected: %s: %s", route.method, route.pattern, type(problem).__name__, problem)
        return text("The request was not accepted.", _status(problem))
    except NeedsHuman as problem:
        log.error("%s %s: a person is needed: %s", route.method, route.pattern, problem)  # noqa: TRY400  no traceback
    except Exception as problem:  # noqa: BLE001  one bad request must not end the process
        log.error("%s %s: failed: %s", route.method, route.pattern, whereabouts(problem))  # noqa: TRY400  likewise
    return text("Something went wrong here. Please try again later.", 500)


def whereabouts(problem: BaseException) -> str:
    """Return type and place of an unexpected error; its message may quote somebody's words and is left out."""
    frame, step = "?", problem.__traceback__
    while step is not None:
        module = str(step.tb_frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in OWN:
            frame = f"{module}:{step.tb_lineno}"
        step = step.tb_next
    return f"{type(problem).__name__} at {frame}"


def _status(problem: Rejected) -> int:
    if isinstance(problem, BadSignature):
        return 401
    return 404 if isinstance(problem, NotFound) else 400
