"""Who may use the operator's page: a browser on this machine, and no page of another site in its name.

The mails that it shows are anybody's: nothing in them may run, load or send.
"""

from typing import Final
from urllib.parse import urlsplit

import flask

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def refusal() -> str | None:
    """Say why the current request is refused: another host's name (DNS rebinding), or a post from another site."""
    request = flask.request
    if _name(request.host) not in LOOPBACK:
        return "This page answers on the names of this machine only."
    if request.method in ("GET", "HEAD"):
        return None
    if request.headers.get("Origin") != f"{request.scheme}://{request.host}":
        return "This order came from another site."
    return None


def protect(response: flask.Response) -> flask.Response:
    response.headers.update(HEADERS)
    return response


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
