"""Between an HTTP API event (payload version 2.0) and a Request, a Response and the answer that API expects. Pure.

What is too large or no such event becomes an answer by itself, so that no handler sees it. Bytes go out as base64
where they are no text. Sources, read 2026-11: API Gateway developer guide (Lambda proxy, payload format 2.0, limits).
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from zoho_privacy.domain.errors import BadInput
from zoho_privacy.hosting.http import Request, Response

MOST_BYTES: Final = 6 * 1024 * 1024
MOST_ANSWER_BYTES: Final = 4 * 1024 * 1024
"""An answer may have six megabytes as base64; larger files leave by a link to the file store."""


def read(event: object) -> Request:
    """Return the request in an event; bytes that are no text are replaced, never raised.

    Raises:
        BadInput: It is no HTTP API event of version 2.0, or its body is not what it says.
    """
    if not isinstance(event, Mapping):
        raise BadInput("the event is no object")
    context = event.get("requestContext")
    http = context.get("http") if isinstance(context, Mapping) else None
    if event.get("version") != "2.0" or not isinstance(http, Mapping):
        raise BadInput("the event is no HTTP API request of version 2.0")
    query = dict(parse_qsl(str(event.get("rawQueryString") or ""), keep_blank_values=True))
    sent = event.get("headers") or {}
    if not isinstance(sent, Mapping):
        raise BadInput("the event's headers are no object")
    headers = {str(name).lower(): str(value) for name, value in sent.items()}
    return Request(
        method=str(http.get("method", "GET")),
        path=str(event.get("rawPath") or "/"),
        headers=headers,
        query=query,
        body=_body(event),
        client=str(http.get("sourceIp", "")),
    )


def write(answer: Response, *, head: bool = False) -> dict[str, Any]:
    """Return the answer as the API takes it; a HEAD gets the headers alone."""
    body = answer.body if answer.stream is None else b"".join(answer.stream)
    plain = {"statusCode": answer.status, "headers": dict(answer.headers)}
    if head or not body:
        return {**plain, "body": ""}
    if str(answer.headers.get("content-type", "")).startswith(("text/", "application/json")):
        return {**plain, "body": body.decode("utf-8", "replace")}
    return {**plain, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _body(event: Mapping[str, Any]) -> bytes:
    raw = str(event.get("body") or "")
    if not event.get("isBase64Encoded"):
        return raw.encode("utf-8", "replace")
    try:
        return base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        raise BadInput("the body is not base64") from None
