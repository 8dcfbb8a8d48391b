"""Hands an export to the person it is about: a page that says what it is, sends a code, and streams the file for it.

A GET changes nothing, so that a mail scanner or a preview neither sends a code nor counts as a delivery. An unknown,
lapsed or revoked link looks like any other address that cannot be used. Whether a code counts, and the entries in the
ledger, are `workflows/handout.py`'s (R-ACCESS-5).
"""

from typing import Final

from webhooks.identity import gone
from zoho_privacy.domain.errors import NotAllowed, NotFound
from zoho_privacy.hosting import pages
from zoho_privacy.hosting.http import SAFE_HEADERS, Request, Response, html
from zoho_privacy.workflows import handout
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.exports import Part
from zoho_privacy.workflows.handout import ExportView

PUBLIC: Final = True
PATH: Final = "/export/{token}"
ROUTES: Final = (("GET", PATH), ("POST", PATH))


def handle(request: Request, app: App) -> Response:
    """Show what can be fetched, send a code for it, or take the code and send the file."""
    token = request.path.rsplit("/", 1)[-1]
    view = handout.view(app, token)
    if view is None:
        return gone(pages.preferred(request.headers.get("accept-language", "")))
    if request.method != "POST":
        return html(_page(view))
    code = request.form().get("code", "").strip()
    if not code:
        return _send_code(app, token, view)
    try:
        asked = request.form().get("part", "1")
        part, chunks = handout.open_export(app, token, code, request.client, int(asked) if asked.isdecimal() else 0)
    except NotFound:
        return html(_page(view, asked=True), 404)
    except NotAllowed:
        return html(_page(view, alarm="wrong", asked=True), 422)
    headers = {
        **SAFE_HEADERS,
        "content-type": "application/zip",
        "content-length": str(part.size),
        "content-disposition": f'attachment; filename="{part.filename}"',
    }
    return Response(200, headers=headers, stream=chunks)


def _send_code(app: App, token: str, view: ExportView) -> Response:
    if handout.ask_code(app, token):
        return html(_page(view, asked=True))
    return html(_page(view, alarm="enough", asked=view.code_sent), 429)


def _sum(part: Part) -> str:
    return f"{part.filename}: {pages.size(part.size)}, SHA-256 {part.sha256}"


def _page(view: ExportView, *, alarm: str = "", asked: bool = False) -> str:
    words = pages.words(view.language)["delivery"]
    code_expected = asked or view.code_sent
    lines = [
        words["what"],
        words["size"].format(size=pages.size(sum(part.size for part in view.parts))),
        words["until"].format(moment=pages.moment(view.language, view.until)),
        words["careful"],
        words["sent" if code_expected else "locked"],
    ]
    several = len(view.parts) > 1
    if several:
        lines[2:2] = [words["parts"].format(count=len(view.parts)), *map(_sum, view.parts)]
    form = pages.Form(button=words["send"])
    if code_expected:
        field = pages.Field("code", words["code"], autocomplete="one-time-code")
        left = [(number, part) for number, part in enumerate(view.parts, 1) if number not in view.served]
        choices = [(str(number), f"{part.filename} ({pages.size(part.size)})") for number, part in left if several]
        form = pages.Form(button=words["button"], fields=[field], other=words["again"], choices=choices)
    return pages.page(view.language, words["title"], lines, form=form, alarm=words[alarm] if alarm else "")
