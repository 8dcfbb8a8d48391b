"""What operators see: whether the process lives, what waits, cases and exports to review; never shown to the public.

`/healthz` tells nothing but that the process answers. The other pages open to this very machine in a trial (public
address on 127.0.0.1), and to whoever holds the operator token: as a bearer token, or as the password a browser asks
for. In earnest a request from 127.0.0.1 proves nothing, since a proxy on the machine may have passed it on.
"""

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from zoho_privacy.config import Settings, is_loopback
from zoho_privacy.hosting.dispatch import Route
from zoho_privacy.hosting.http import Request, Response, json_answer, text
from zoho_privacy.local import overview, review_page, status
from zoho_privacy.workflows.context import App

PASSED_ON: Final = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"})

Handler = Callable[[Request, App], Response]


@dataclass(frozen=True, slots=True)
class Door:
    """Decides who is an operator. `trial` lets this machine in without a token."""

    token: str | None
    trial: bool

    def opens(self, request: Request) -> bool:
        """Tell whether the request may see operators' pages."""
        return (self.trial and _from_here(request)) or self._knows_token(request)

    def guard(self, handler: Handler) -> Handler:
        """Return a handler that others cannot reach; without a token set they do not even learn that it exists."""

        def guarded(request: Request, app: App) -> Response:
            if self.opens(request):
                return handler(request, app)
            if self.token is None:
                return text("There is nothing here.", 404)
            refused = text("For operators only.", 401)
            return Response(401, refused.body, {**refused.headers, "www-authenticate": 'Basic realm="operators"'})

        return guarded

    def _knows_token(self, request: Request) -> bool:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                value = base64.b64decode(value, validate=True).decode("utf-8", "replace").partition(":")[2]
            except (binascii.Error, ValueError):
                return False
        elif scheme.lower() != "bearer":
            return False
        return self.token is not None and hmac.compare_digest(value.encode(), self.token.encode())


def routes(settings: Settings) -> tuple[Route, ...]:
    """Return the operators' routes of this process."""
    token = settings.operator_token.get_secret_value() if settings.operator_token else None
    door = Door(token, trial=is_loopback(settings.public_url))
    return (
        Route("GET", "/healthz", lambda _request, _app: text("ok")),
        Route("GET", "/status", door.guard(lambda _request, app: json_answer(status.snapshot(app)))),
        Route("GET", "/cases", door.guard(overview.list_page)),
        Route("GET", "/cases/{org}/{case}", door.guard(overview.case_page)),
        Route("GET", "/exports", door.guard(review_page.list_page)),
        Route("GET", review_page.PATTERN, door.guard(review_page.export_page)),
        Route("POST", review_page.PATTERN, door.guard(review_page.decided)),
    )


def _from_here(request: Request) -> bool:
    """Tell whether a browser or command on this machine asks for this machine by name, with nobody in between."""
    try:
        local = ip_address(request.client).is_loopback
        named = is_loopback("http://" + request.headers.get("host", ""))
    except ValueError:
        return False
    return local and named and not PASSED_ON & set(request.headers)
