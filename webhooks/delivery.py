"""Hands an export to the person it is about: a page that says what it is, and a button that streams it.

A GET downloads nothing, so that a mail scanner or a preview does not count as a delivery. An unknown, lapsed or
revoked link looks like any other address that cannot be used. Opening, decrypting and the entry in the ledger are
`workflows/exports.py`'s (R-ACCESS-5).
"""

from typing import Final

from webhooks.identity import gone
from zoho_privacy.hosting import pages
from zoho_privacy.hosting.http import SAFE_HEADERS, Request, Response, html
from zoho_privacy.workflows import exports
from zoho_privacy.workflows.context import App

PUBLIC: Final = True
PATH: Final = "/export/{token}"
ROUTES: Final = (("GET", PATH), ("POST", PATH))


def handle(request: Request, app: App) -> Response:
    """Show what can be fetched, or send it."""
    token = request.path.rsplit("/", 1)[-1]
    view = exports.view(app, token)
    if view is None:
        return gone(pages.preferred(request.headers.get("accept-language", "")))
    if request.method != "POST":
        words = pages.words(view.language)["delivery"]
        lines = [
            words["what"],
            words["size"].format(size=pages.size(view.size)),
            words["until"].format(moment=pages.moment(view.language, view.until)),
            words["careful"],
        ]
        return html(pages.page(view.language, words["title"], lines, form=pages.Form(button=words["button"])))
    name, size, chunks = exports.open_export(app, token, request.client)
    headers = {
        **SAFE_HEADERS,
        "content-type": "application/zip",
        "content-length": str(size),
        "content-disposition": f'attachment; filename="{name}"',
    }
    return Response(200, headers=headers, stream=chunks)
