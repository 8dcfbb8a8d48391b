"""Serve a portal until told to stop."""

import logging
import signal
from collections.abc import Callable

from zoho_emulator.app import create_app
from zoho_emulator.portal import Portal
from zoho_emulator.server import Server


def serve(portal: Portal, *, port: int, ready: Callable[[str], None]) -> None:
    """Bind, seed, report the address and answer calls. Returns on Ctrl-C or SIGTERM.

    Raises:
        OSError: The port cannot be used.
    """
    logging.getLogger("waitress").setLevel(logging.ERROR)
    server = Server(create_app(portal), port=port)

    def stop(*_: object) -> None:
        portal.world.faults.release()
        raise SystemExit

    signal.signal(signal.SIGTERM, stop)
    url = f"http://127.0.0.1:{server.port}"
    portal.begin(url)
    ready(url)
    try:
        server.run()
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        portal.stop()
        server.close()
