"""Request and Response as every host understands them: one handler, any host. No framework, no I/O.

Header names are lower case. Bodies are bytes; a host limits their size before it calls a handler.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from zoho_privacy.domain.errors import BadInput

SAFE_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `path` is decoded and starts with `/`; `client` is the peer's address, for rate limits only."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    client: str = ""

    def form(self) -> Mapping[str, str]:
        """Return the fields of a urlencoded form; undecodable bytes are replaced, never raised.

        Raises:
            BadInput: It has more than 50 fields.
        """
        try:
            return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50))
        except ValueError:
            raise BadInput("the form has too many fields") from None


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer. A `stream` is sent instead of `body` where given."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: Iterable[bytes] | None = None


def html(page: str, status: int = 200) -> Response:
    """Answer with a page that no cache, frame or search engine may keep."""
    return Response(status, page.encode(), {"content-type": "text/html; charset=utf-8", **SAFE_HEADERS})


def json_answer(value: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(status, json.dumps(value).encode(), {"content-type": "application/json", **SAFE_HEADERS})


def text(line: str, status: int = 200) -> Response:
    """Answer with one line of plain text."""
    return Response(status, line.encode(), {"content-type": "text/plain; charset=utf-8", **SAFE_HEADERS})
