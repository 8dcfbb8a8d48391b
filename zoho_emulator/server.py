"""The HTTP server: waitress on loopback, with a way to hang up on a caller instead of answering."""

import contextlib
import socket
from typing import Any

import waitress.channel
import waitress.server
import waitress.task
from flask import Flask

THREADS = 32
CONNECTIONS = 1000
"""Callers may keep connections open; a full server would leave the next one without any answer."""


class _Task(waitress.task.WSGITask):  # type: ignore[misc]  # waitress has no types
    """Hands the application a function that cuts the connection, for the faults that ask for it."""

    def get_environment(self) -> Any:
        environ = super().get_environment()
        environ["zoho_emulator.hang_up"] = self._hang_up
        return environ

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self.channel.socket.shutdown(socket.SHUT_RDWR)


class _Channel(waitress.channel.HTTPChannel):  # type: ignore[misc]  # waitress has no types
    task_class = _Task


class Server:
    def __init__(self, app: Flask, *, port: int = 0) -> None:
        """Bind to loopback; port 0 takes a free one."""
        self._server = waitress.server.create_server(
            app,
            host="127.0.0.1",
            port=port,
            threads=THREADS,
            connection_limit=CONNECTIONS,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=True,
            ident=None,
        )
        self._server.channel_class = _Channel
        self.port = int(self._server.effective_port)

    def run(self) -> None:
        self._server.run()

    def close(self) -> None:
        self._server.close()
