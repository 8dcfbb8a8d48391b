"""Takes Zoho Desk's webhook deliveries: authenticate, take the ids, store them, answer 200.

The sender waits five seconds and takes a 410 for "forget this address", so this does no more than that and never
answers 410. It tries an address out with a GET, a HEAD or an empty POST, which get a 200 and do nothing. The
signature covers no body: ids are believed only as hints about the portal that signed (R-SEC-4). What cannot be read
rests sealed as a dead letter and is answered with 200, since a repetition would be no better. Imports next to
nothing: this is the one handler whose cold start somebody waits for.
"""

import hmac
import logging
from typing import TYPE_CHECKING, Final

from zoho_privacy.adapters.desk import deliveries
from zoho_privacy.domain.errors import BadSignature
from zoho_privacy.hosting.http import Request, Response, text

if TYPE_CHECKING:  # the settings of workflows are not needed to store a few ids
    from zoho_privacy.workflows.context import App

log = logging.getLogger(__name__)

SIGNATURE_HEADER: Final = "x-zdesk-jwt"
PATHS: Final = ("/hooks/{secret}/desk", "/hooks/{secret}/desk/{org}")
ROUTES: Final = tuple((method, path) for path in PATHS for method in ("GET", "HEAD", "POST"))


def handle(request: Request, app: "App") -> Response:
    """Answer one delivery.

    Raises:
        Retryable: The store or the sender's keys could not be reached; the host answers 503 and the sender repeats.
    """
    _, _, secret, _, *rest = request.path.split("/")
    if not hmac.compare_digest(secret.encode(), app.hook_secret.encode()):
        return text("There is nothing here.", 404)
    if request.method != "POST" or deliveries.is_empty(request.body):
        return text("ok")
    try:
        org = _sender(request, app, claimed=rest[0] if rest else None)
    except BadSignature as problem:
        log.warning("desk webhook refused: %s", problem)
        return text("The signature does not hold.", 401)
    delivery = deliveries.read(request.body)
    if delivery.orgs - {org}:
        log.warning("desk webhook refused: signed for %s, but naming another organisation", org)
        return text("The delivery names another organisation.", 401)
    new = app.receive(org, delivery.hints, delivery.unreadable)
    log.info(
        "desk webhook: org=%s events=%d unreadable=%d ignored=%d new=%d",
        org,
        len(delivery.hints),
        len(delivery.unreadable),
        delivery.ignored,
        new,
    )
    return text("ok")


def _sender(request: Request, app: "App", *, claimed: str | None) -> str:
    """Return the organisation that signed the delivery: the one in the address, or whichever of ours it is."""
    token = request.headers.get(SIGNATURE_HEADER, "")
    candidates = [claimed] if claimed is not None else sorted(app.desks)
    reason = BadSignature("no portal of ours signs for this address")
    for org in candidates:
        if org not in app.desks:
            continue
        known = app.desks[org].settings.webhook_ids
        try:
            app.guard.check(token, org=org, webhook_ids=known, body=request.body, now=app.clock.now())
        except BadSignature as problem:
            reason = problem
        else:
            return org
    raise reason
