"""The functions behind the pages that people open: identity and delivery. One handler, the endpoints as told.

`PRIVACY_ENDPOINTS` names the modules that this function serves. A file too large for an answer leaves through the file
store: the package, which is encrypted under its own key, is put there for some minutes and the answer leads to it.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from time import monotonic
from typing import Any
from uuid import uuid4

from zoho_privacy.adapters import aws
from zoho_privacy.adapters.s3 import handed_out
from zoho_privacy.cloud import logs, suite
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.hosting import dispatch, lambda_http, stage
from zoho_privacy.hosting.http import SAFE_HEADERS, Request, Response, text
from zoho_privacy.workflows.context import App

log = logging.getLogger(__name__)


@cache
def routes() -> tuple[dispatch.Route, ...]:
    """Return the routes of the endpoints that the environment names."""
    logs.configure_powertools("pages")
    modules = [import_module(name) for name in stage.need(stage.ENDPOINTS).split(",")]
    return tuple(
        dispatch.Route(method, pattern, module.handle) for module in modules for method, pattern in module.ROUTES
    )


def handler(event: Mapping[str, Any], _context: object = None) -> dict[str, Any]:
    """Answer one request."""
    began = monotonic()
    known = routes()
    try:
        request = lambda_http.read(event)
    except BadInput as problem:
        log.warning("not a request: %s", problem)
        return lambda_http.write(text("The request was not understood.", 400))
    if len(request.body) > lambda_http.MOST_BYTES:
        log.warning("a body of %d bytes is too large", len(request.body))
        return lambda_http.write(text("The body is too large.", 413))
    chosen = dispatch.choose(known, request)
    if isinstance(chosen, Response):
        return lambda_http.write(chosen)
    answer = dispatch.answer(dispatch.Route(chosen.method, chosen.pattern, _answered(chosen)), request, _MADE_ON_USE)
    log.info("%s %s %d %.0fms", chosen.method, chosen.pattern, answer.status, (monotonic() - began) * 1000)
    return lambda_http.write(answer, head=request.method == "HEAD")


_MADE_ON_USE: Any = None  # so that what goes wrong while the suite is built becomes an answer too


def _answered(route: dispatch.Route) -> Any:
    def handle(request: Request, _app: App) -> Response:
        headers = {name: value for name, value in request.headers.items() if name != "range"}  # S3 answers that
        return _small_enough(route.handle(replace(request, headers=headers), suite.current()), request.method)

    return handle


def _small_enough(answer: Response, method: str) -> Response:
    """Return the answer, or one that leads to the file store where its file is too large to be answered."""
    if (
        answer.stream is None
        or method == "HEAD"
        or int(answer.headers.get("content-length", "0")) <= lambda_http.MOST_ANSWER_BYTES
    ):
        return answer
    where = handed_out(
        aws.s3(),
        stage.need(stage.FILES),
        f"handout/{uuid4().hex}",
        answer.stream,
        shown_as=answer.headers.get("content-disposition", "attachment"),
    )
    return Response(303, headers={**SAFE_HEADERS, "location": where})
