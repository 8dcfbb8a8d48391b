"""Serves the endpoints on one machine: waitress takes connections, `hosting.dispatch` finds and calls the endpoint.

What it adds: a limit for bodies, a rate limit per client for public pages (R-SEC-3), and an access log that holds the
route's pattern and never a path, a query or a token (R-SEC-8). After each accepted POST it calls `after_post`, so
that the workers look at once. TLS is the business of a proxy in front (R-SEC-1); waitress buffers slow clients.
"""

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from time import monotonic, sleep
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl

import waitress
from waitress import wasyncore

from zoho_privacy.domain.errors import BadInput
from zoho_privacy.hosting import dispatch
from zoho_privacy.hosting.http import Request, Response, text
from zoho_privacy.local.limits import LOOKING, SUBMITTING, Limiter
from zoho_privacy.workflows.context import App

log = logging.getLogger(__name__)

MOST_BYTES: Final = 6 * 1024 * 1024
THREADS: Final = 8
GRACE_S: Final = 10.0
FLUSH_S: Final = 2.0
POLLED: Final = frozenset({"/healthz", "/status"})

Environ = dict[str, Any]


class StartResponse(Protocol):
    """What a WSGI server hands over."""

    def __call__(self, status: str, headers: list[tuple[str, str]], /) -> object:
        """Begin the answer."""


def _nothing() -> None:
    """Wake nobody."""


@dataclass(frozen=True)
class Site:
    """A WSGI application over the routes. `public` routes are slowed down per client."""

    app: App
    routes: Sequence[dispatch.Route]
    limiter: Limiter = field(default_factory=Limiter)
    after_post: Callable[[], None] = _nothing

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, whatever it is."""
        began = monotonic()
        pattern, method = "-", str(environ.get("REQUEST_METHOD", ""))
        answer = self._too_large(environ)
        if answer is None:
            request = read(environ)
            chosen = dispatch.choose(self.routes, request)
            if isinstance(chosen, Response):
                answer = chosen
            else:
                pattern = chosen.pattern
                answer = self._too_fast(chosen, request) or dispatch.answer(chosen, request, self.app)
        if method == "POST" and answer.status < HTTPStatus.BAD_REQUEST:
            self.after_post()
        known = method if method in {"GET", "HEAD", "POST"} else "OTHER"
        level = logging.DEBUG if pattern in POLLED and answer.status == HTTPStatus.OK else logging.INFO
        log.log(level, "%s %s %d %.0fms", known, pattern, answer.status, (monotonic() - began) * 1000)
        return write(answer, start_response, head=method == "HEAD")

    def _too_fast(self, route: dispatch.Route, request: Request) -> Response | None:
        if not route.public:
            return None
        wait_s = self.limiter.take(request.client, SUBMITTING if request.method == "POST" else LOOKING)
        if not wait_s:
            return None
        refused = text("Too many requests. Please wait a minute and try again.", 429)
        return Response(refused.status, refused.body, {**refused.headers, "retry-after": str(int(wait_s) + 1)})

    def _too_large(self, environ: Environ) -> Response | None:
        length = str(environ.get("CONTENT_LENGTH") or "0")
        if not (length.isascii() and length.isdigit()):
            return text("The length of the body is not a number.", 400)
        return text("The body is too large.", 413) if int(length) > MOST_BYTES else None


def read(environ: Environ) -> Request:
    """Return the request in an environ; bytes that are no text are replaced, never raised."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in {"CONTENT_TYPE", "CONTENT_LENGTH"}
    }
    try:
        query = dict(parse_qsl(str(environ.get("QUERY_STRING", "")), keep_blank_values=True, max_num_fields=50))
    except ValueError:
        query = {}
    return Request(
        method=str(environ.get("REQUEST_METHOD", "GET")),
        path=str(environ.get("PATH_INFO") or "/").encode("latin-1", "replace").decode("utf-8", "replace"),
        headers=headers,
        query=query,
        body=environ["wsgi.input"].read(length) if length else b"",
        client=str(environ.get("REMOTE_ADDR", "")),
    )


def write(answer: Response, start_response: StartResponse, *, head: bool) -> Iterable[bytes]:
    """Send an answer; a HEAD gets the headers alone."""
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "Unknown"
    headers = {name.title(): value for name, value in answer.headers.items()}
    if answer.stream is None:
        headers["Content-Length"] = str(len(answer.body))
    start_response(f"{answer.status} {phrase}", list(headers.items()))
    if head:
        return ()
    return answer.stream if answer.stream is not None else (answer.body,)


class Server:
    """The listening socket and its threads. `port` is the real one, also where any free one was asked for."""

    def __init__(self, site: Site, *, host: str, port: int, behind_proxy: bool) -> None:
        """Start to listen.

        Raises:
            BadInput: The address cannot be listened on.
        """
        try:
            listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        except OSError as problem:
            raise BadInput(f"cannot listen on {host} port {port}: {problem.strerror}; choose another port") from None
        name = listening.getsockname()
        self.host, self.port = str(name[0]), int(name[1])
        trust = {"trusted_proxy": "127.0.0.1", "trusted_proxy_headers": {"x-forwarded-for"}} if behind_proxy else {}
        self._server = waitress.create_server(
            site,
            sockets=[listening],
            threads=THREADS,
            ident=None,
            max_request_body_size=MOST_BYTES + 1024,  # our own limit answers first, with our own words
            clear_untrusted_proxy_headers=behind_proxy,  # otherwise they show who must not count as this machine
            asyncore_loop_timeout=1,  # whole seconds: a fraction would be 0, a loop that never rests
            asyncore_use_poll=True,  # select() fails at the 1,024th open file
            **trust,
        )
        self._thread = threading.Thread(target=self._server.run, name="server")

    def start(self) -> None:
        """Serve until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the requests in hand, send their answers, close."""
        self._server.accepting = False
        self._server.task_dispatcher.shutdown(cancel_pending=False, timeout=GRACE_S)
        deadline = monotonic() + FLUSH_S
        while self._unsent() and monotonic() < deadline:
            sleep(0.02)
        with contextlib.suppress(OSError):  # woken by something else, the loop may close itself before we wake it
            self._server.trigger.pull_trigger(self._close_all)
        self._thread.join(GRACE_S)

    def _unsent(self) -> bool:
        return any(channel.total_outbufs_len for channel in list(self._server.active_channels.values()))

    def _close_all(self) -> None:
        """Run in the server's own thread; its loop ends when nothing is left to watch."""
        wasyncore.close_all(self._server._map, ignore_all=True)  # noqa: SLF001  waitress offers no other way
