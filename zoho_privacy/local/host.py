"""Everything one machine runs: the server, the workers and the scheduler, started and stopped together.

With `endpoints_only` it serves nothing but the endpoints, for a set-up where the queues are drained elsewhere.
"""

import contextlib
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from zoho_privacy import bootstrap
from zoho_privacy.config import Settings
from zoho_privacy.hosting import dispatch
from zoho_privacy.local import operators, scheduler
from zoho_privacy.local.lock import only_process
from zoho_privacy.local.scheduler import Scheduler
from zoho_privacy.local.server import Server, Site
from zoho_privacy.local.worker import Drain, Worker
from zoho_privacy.workflows import inbox, outbox
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.reconcile import installed_at

DRAINS: Final[Mapping[str, Drain]] = {"inbox": inbox.drain, "outbox": outbox.drain}


class Host:
    """A serving process. `url` is where it really listens."""

    def __init__(self, settings: Settings, *, app: App | None = None, endpoints_only: bool = False) -> None:
        """Put everything together and start to listen; nothing is answered before `start`.

        Raises:
            BadInput: The address is taken, or the state folder cannot be used.
        """
        self.app = app or bootstrap.build(settings)
        for org in self.app.desks:
            installed_at(self.app, org)  # what arrives from here on is answered, also what comes before the first sweep
        self._worker = None if endpoints_only else Worker(self.app, DRAINS)
        self._scheduler = None
        if not endpoints_only:
            self._scheduler = Scheduler(self.app, {name: scheduler.task(name) for name in scheduler.names()})
        routes = (*dispatch.discover(), *operators.routes(settings))
        site = Site(self.app, routes, after_post=self._worker.wake) if self._worker else Site(self.app, routes)
        self._server = Server(site, host=settings.host, port=settings.port, behind_proxy=settings.behind_proxy)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.port

    @property
    def url(self) -> str:
        """The address it listens on, for this machine."""
        name = f"[{self._server.host}]" if ":" in self._server.host else self._server.host
        return f"http://{name}:{self.port}"

    def start(self) -> None:
        """Answer requests and work."""
        self._server.start()
        if self._worker:
            self._worker.start()
        if self._scheduler:
            self._scheduler.start()

    def stop(self) -> bool:
        """Answer no more, finish what is in hand; return whether everything ended in time."""
        self._server.stop()
        ended = [part.stop() for part in (self._scheduler, self._worker) if part]
        return all(ended)


def serve(
    settings: Settings,
    *,
    endpoints_only: bool = False,
    ready_file: Path | None = None,
    announce: Callable[[Host], None] = lambda _host: None,
) -> int:
    """Serve until SIGTERM or SIGINT; return 0, or 3 where something in hand did not end in time.

    `announce` is called once requests are answered; then `ready_file` gets pid, port and url as JSON, which is removed
    at the end.
    """
    with contextlib.ExitStack() as stack:
        bootstrap.make_state_dir(settings)
        if not endpoints_only:
            stack.enter_context(only_process(settings.state_dir))
        stop = stack.enter_context(_signals())
        host = Host(settings, endpoints_only=endpoints_only)
        try:
            host.start()
            announce(host)
            stack.callback(_write_ready(ready_file, host))
            while not stop.wait(3600):
                pass
        finally:
            ended = host.stop()
        return 0 if ended else 3


@contextlib.contextmanager
def _signals() -> Iterator[threading.Event]:
    """Turn SIGTERM and SIGINT into an event, and give the signals back afterwards."""
    stop = threading.Event()
    before = {each: signal.signal(each, lambda *_: stop.set()) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _write_ready(path: Path | None, host: Host) -> Callable[[], None]:
    if path is None:
        return lambda: None
    draft = path.with_name(path.name + ".part")
    draft.write_text(json.dumps({"pid": os.getpid(), "port": host.port, "url": host.url}), "ascii")
    draft.replace(path)
    return lambda: path.unlink(missing_ok=True)
