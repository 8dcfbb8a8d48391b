"""Hands an export to the person it is about: a page that says what it is, sends a code, and streams the file for it.

A GET without a pass changes nothing, so that a mail scanner or a preview neither sends a code nor counts as a delivery.
An export in parts is listed for whoever entered a code; each part can be fetched from any byte on (RFC 9110, 14). An
unknown, lapsed or revoked link looks like any other address that cannot be used. Whether a code or a pass counts, and
the entries in the ledger, are `workflows/handout.py`'s (R-ACCESS-5).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from webhooks.identity import gone
from zoho_privacy.domain.errors import NotAllowed, NotFound
from zoho_privacy.domain.package import Part
from zoho_privacy.hosting import pages
from zoho_privacy.hosting.http import SAFE_HEADERS, Request, Response, html
from zoho_privacy.workflows import handout
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.handout import ExportView

PUBLIC: Final = True
PATH: Final = "/export/{token}"
ROUTES: Final = (("GET", PATH), ("POST", PATH))
_RANGE: Final = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


def handle(request: Request, app: App) -> Response:
    """Show what can be fetched, send a code for it, or take the code and send the file; a pass opens the parts."""
    token, passed = request.path.rsplit("/", 1)[-1], request.query.get("pass", "")
    view = handout.view(app, token, passed)
    if view is None:
        return gone(pages.preferred(request.headers.get("accept-language", "")))
    if request.method != "POST":
        number = request.query.get("part", "")
        return _part(request, app, token, view, number) if number else html(_page(view, passed=passed))
    code = request.form().get("code", "").strip()
    if not code:
        return _send_code(app, token, view)
    try:
        if len(view.parts) > 1:
            where = f"?pass={handout.unlock(app, token, code, request.client)}"
            return Response(303, headers={**SAFE_HEADERS, "location": where})
        part, chunks = handout.open_export(app, token, code, request.client)
    except NotAllowed:
        return html(_page(view, alarm="wrong", asked=True), 422)
    return Response(200, headers=_headers(part, part.size), stream=chunks)


def _part(request: Request, app: App, token: str, view: ExportView, number: str) -> Response:
    """Send one part, whole or from where the last download of it broke off; a HEAD is no download."""
    place = int(number) if number.isdecimal() and len(number) < 4 else 0
    if not 1 <= place <= len(view.parts):
        return gone(view.language)
    part = view.parts[place - 1]
    span = _span(request.headers, part)
    if view.passed_until is not None and span is None:
        return Response(416, headers={**SAFE_HEADERS, "content-range": f"bytes */{part.size}"})
    start, end = span or (0, part.size)
    headers = {**_headers(part, end - start), "accept-ranges": "bytes", "etag": f'"{part.sha256}"'}
    partial = {"content-range": f"bytes {start}-{end - 1}/{part.size}"} if end - start < part.size else {}
    if request.method == "HEAD" and view.passed_until is not None:
        return Response(206 if partial else 200, headers={**headers, **partial}, stream=())
    try:
        _, chunks = handout.open_part(app, token, request.query.get("pass", ""), place, request.client, start)
    except NotFound:
        return gone(view.language)
    except NotAllowed:
        return html(_page(view, alarm="wrong"), 403)
    return Response(206 if partial else 200, headers={**headers, **partial}, stream=_first(end - start, chunks))


def _headers(part: Part, length: int) -> Mapping[str, str]:
    return {
        **SAFE_HEADERS,
        "content-type": "application/zip",
        "content-length": str(length),
        "content-disposition": f'attachment; filename="{part.filename}"',
    }


def _span(headers: Mapping[str, str], part: Part) -> tuple[int, int] | None:
    """Return from which byte to before which one is asked for; None where the part has no such bytes."""
    asked = _RANGE.fullmatch(headers.get("range", "").strip())
    first, last = asked.groups() if asked else ("", "")
    another = headers.get("if-range", f'"{part.sha256}"') != f'"{part.sha256}"'
    if another or not (first or last) or (first and last and int(last) < int(first)):
        return 0, part.size
    start = int(first) if first else max(0, part.size - int(last))
    end = min(part.size, int(last) + 1) if first and last else part.size
    return (start, end) if start < end else None


def _first(count: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk[:count]
        count -= len(chunk)
        if count <= 0:
            return


def _send_code(app: App, token: str, view: ExportView) -> Response:
    if handout.ask_code(app, token):
        return html(_page(view, asked=True))
    return html(_page(view, alarm="enough", asked=view.code_sent), 429)


def _page(view: ExportView, *, alarm: str = "", asked: bool = False, passed: str = "") -> str:
    words = pages.words(view.language)["delivery"]
    code_expected = asked or view.code_sent
    several, opened = len(view.parts) > 1, view.passed_until
    lines = [
        words["what"],
        words["size"].format(size=pages.size(sum(part.size for part in view.parts))),
        *([words["parts"].format(count=len(view.parts))] if several else []),
        words["until"].format(moment=pages.moment(view.language, view.until)),
        words["careful"],
        words["sent" if code_expected else "locked"],
    ]
    form = pages.Form(button=words["send"])
    if code_expected:
        field = pages.Field("code", words["code"], autocomplete="one-time-code")
        button = words["unlock" if several else "button"]
        form = pages.Form(button=button, fields=[field], other=words["again"])
    if opened is not None:
        lines[-1] = words["ready"].format(moment=pages.moment(view.language, opened))
    listed = [
        pages.Listed(p.filename, pages.size(p.size), p.sha256, f"?pass={passed}&part={number}" if opened else "")
        for number, p in enumerate(view.parts, 1)
    ]
    return pages.page(
        view.language,
        words["title"],
        lines,
        form=None if opened else form,
        alarm=words[alarm] if alarm else "",
        listed=listed if several else (),
    )
