"""A webhook receiver on loopback that keeps what it got and answers as told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from tests.emulator_process import Emulator


class Receiver:
    """A receiver on loopback that keeps what it got and answers as told."""

    def __init__(self) -> None:
        receiver = self
        self.requests: list[tuple[str, str | None, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.statuses: dict[str, int] = {"HEAD": 404, "GET": 200, "POST": 200}
        self.hold = threading.Event()
        self.hold.set()

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                try:
                    parsed = json.loads(body) if body else None
                except ValueError:
                    parsed = body
                receiver.headers.append(dict(self.headers.items()))
                receiver.requests.append((self.command, self.headers.get("X-ZDesk-JWT"), parsed))
                receiver.hold.wait(20)
                self.send_response(receiver.statuses[self.command])
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = do_HEAD = _answer  # noqa: N815  http.server's names

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/zd"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def events(self) -> list[dict[str, Any]]:
        return [event for method, _, body in self.requests if method == "POST" and body for event in body]

    def names(self) -> list[str]:
        return [event["eventType"] for event in self.events()]

    def close(self) -> None:
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


def subscribe(zoho: Emulator, receiver: Receiver, subscriptions: dict[str, Any], **more: Any) -> requests.Response:
    return zoho.post("/webhooks", {"url": receiver.url, "subscriptions": subscriptions, **more})
