"""The function behind Zoho's webhooks: authenticate, put the ids into the queue, answer 200.

It uses what `webhooks/desk.py` needs and nothing else: a secret, the portals' ids, a guard, a queue, and for what
cannot be read a place among the files. It reads no state and uses no Zoho credentials. Whatever goes wrong becomes an
answer; what a person must mend is one line at level ERROR, which an alarm counts. Must stay light: somebody waits.
"""

import base64
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from typing import Any, Final

import urllib3

from zoho_privacy.adapters import aws, aws_secrets
from zoho_privacy.adapters.clock import HttpClock, SystemClock
from zoho_privacy.adapters.desk.hosts import DeskConfig
from zoho_privacy.adapters.desk.webhook_guard import FETCH_TIMEOUT_S, JwksGuard
from zoho_privacy.adapters.sqs import Messages
from zoho_privacy.cloud import logs
from zoho_privacy.domain.errors import BadInput, NeedsHuman
from zoho_privacy.domain.keyed import Keyring
from zoho_privacy.hosting import dispatch, lambda_http, stage
from zoho_privacy.hosting.http import Response, text
from zoho_privacy.ports import Clock, Sealer
from zoho_privacy.workflows import arrivals

log = logging.getLogger(__name__)

ENDPOINT: Final = "webhooks.desk"
HOOK: Final = "ZOHO_PRIVACY_HOOK_SECRET"
KEY: Final = "ZOHO_PRIVACY_INSTALLATION_SECRET"
KEY_BYTES: Final = 32
OK: Final = 200
BATCH: Final = 80  # items a message: what one commit stores


@dataclass(frozen=True, slots=True)
class Known:
    """What the endpoint may know of a portal's settings."""

    webhook_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Portal:
    """One portal, as far as its deliveries go."""

    settings: Known


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The bucket for what cannot be read: hardly any delivery needs it, so that its client is made when one does."""

    bucket: str

    def put(self, name: str, chunks: Iterable[bytes]) -> int:
        """See the port Blobs, whose only method this function uses."""
        from zoho_privacy.adapters.s3 import S3Blobs  # noqa: PLC0415  see above

        return S3Blobs(aws.s3(), self.bucket).put(name, chunks)


@dataclass(frozen=True, slots=True)
class Receiver:
    """The suite as the webhook's endpoint sees it."""

    desks: Mapping[str, Portal]
    guard: JwksGuard
    clock: Clock
    keyring: Keyring
    blobs: Unreadable
    messages: Messages
    hook_secret: str = field(repr=False)

    @property
    def sealer(self) -> Sealer:
        """What seals what cannot be read; made when something cannot, since its library is large."""
        from zoho_privacy.adapters.sealer import AesSealer  # noqa: PLC0415  see above

        return AesSealer(self.keyring.secret)

    def receive(self, org: str, hints: Sequence[arrivals.Hint], unreadable: Sequence[arrivals.Unreadable] = ()) -> int:
        """Put what a delivery announced into the queue and return how many items that is.

        Raises:
            Retryable: Not all of it is known to be in the queue; the sender must repeat the delivery.
        """
        items = arrivals.collected(self, org, hints, unreadable)
        bodies = [
            {"org": org, "items": [[each.table, each.id, each.parent, dict(each.body)] for each in part]}
            for part in (items[start : start + BATCH] for start in range(0, len(items), BATCH))
        ]
        self.messages.send(bodies)
        return len(items)


@cache
def receiver() -> Receiver:
    """Return this process's receiver, made on first use.

    Raises:
        StoreUnavailable: The secret cannot be read just now.
        NeedsHuman: The environment, the secret or a permission is not as the template makes it.
    """
    secrets = aws_secrets.fetch(aws.secrets(), stage.need(stage.SECRET)).values
    try:
        key = base64.b64decode(secrets.get(KEY, ""), validate=True)
    except ValueError:
        key = b""
    if len(key) < KEY_BYTES:
        raise NeedsHuman(f"the installation's secret has no usable {KEY}")
    if not secrets.get(HOOK):
        raise NeedsHuman(f"the installation's secret has no {HOOK}")
    portals = stage.portals()
    clock_url = os.environ.get(stage.CLOCK)
    return Receiver(
        desks={str(each["org"]): Portal(Known(frozenset(each.get("webhook_ids", ())))) for each in portals},
        guard=JwksGuard({str(each["org"]): _keys_url(each) for each in portals}, fetch=fetch_keys),
        clock=HttpClock(clock_url) if clock_url else SystemClock(),
        keyring=Keyring(key),
        blobs=Unreadable(stage.need(stage.FILES)),
        messages=Messages(aws.sqs(), stage.need(stage.ARRIVALS)),
        hook_secret=secrets[HOOK],
    )


@cache
def routes() -> tuple[dispatch.Route, ...]:
    """Return the routes of the one endpoint that this function serves."""
    logs.configure()
    module = import_module(ENDPOINT)
    return tuple(dispatch.Route(method, pattern, module.handle) for method, pattern in module.ROUTES)


def handler(event: Mapping[str, Any], _context: object = None) -> dict[str, Any]:
    """Answer one delivery."""
    chosen_routes = routes()
    try:
        request = lambda_http.read(event)
    except BadInput as problem:
        log.warning("not a request: %s", problem)
        return lambda_http.write(text("The request was not understood.", 400))
    if len(request.body) > lambda_http.MOST_BYTES:
        log.warning("a body of %d bytes is too large", len(request.body))
        return lambda_http.write(text("The body is too large.", 413))
    chosen = dispatch.choose(chosen_routes, request)
    if isinstance(chosen, Response):
        return lambda_http.write(chosen)
    route = replace(chosen, handle=lambda asked, app: chosen.handle(asked, app or _receiver()))
    answer = dispatch.answer(route, request, _MADE_ON_USE)
    return lambda_http.write(answer, head=request.method == "HEAD")


_MADE_ON_USE: Any = None  # so that what goes wrong while it is made becomes an answer too


def _receiver() -> Any:
    """Return the receiver as the endpoint takes it: it has what the endpoint asks of the suite."""
    return receiver()


def fetch_keys(url: str) -> Mapping[str, Any]:
    """Fetch a key set with what the service's own library has loaded anyway; raises OSError or ValueError."""
    try:
        reply = urllib3.request("GET", url, timeout=FETCH_TIMEOUT_S, redirect=False, retries=False)
        found = reply.json() if reply.status == OK else None
    except urllib3.exceptions.HTTPError as error:
        raise OSError(type(error).__name__) from None
    if not isinstance(found, dict):
        raise ValueError("not a key set")  # noqa: TRY004  the guard treats every unusable answer alike
    return found


def _keys_url(portal: Mapping[str, Any]) -> str:
    known = {name: portal[name] for name in ("data_centre", "desk_url", "accounts_url") if portal.get(name)}
    return DeskConfig(org=str(portal["org"]), client_id="", client_secret="", refresh_token="", **known).jwks_url
