"""`zoho-privacy serve`: the whole service on this machine."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zoho_privacy.local.console import command, settings_of

if TYPE_CHECKING:  # --help answers at once
    from zoho_privacy.local.host import Host

TEXT: Final = """Receives webhooks, works off what they announce, runs the scheduled tasks and serves the pages people
see.

  zoho-privacy serve                                              with the settings in ZOHO_PRIVACY_*
  zoho-privacy serve --setup --trial http://127.0.0.1:8025        against the emulator, without any setting

GET /healthz tells that it lives, /cases shows the cases. SIGTERM or Ctrl-C lets work in hand end. One process serves
from a state folder at a time."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "serve", run, summary="run the service on this machine", text=TEXT)
    parser.add_argument("--host", help="the address to listen on")
    parser.add_argument("--port", type=int, help="the port to listen on, 0 for any free one")
    parser.add_argument("--ready-file", type=Path, help="write pid, port and url there as JSON once it answers")
    parser.add_argument("--endpoints-only", action="store_true", help="answer requests, leave the queues to others")
    parser.add_argument("--setup", action="store_true", help="check the portals and subscribe to their events first")
    parser.add_argument("--quiet", action="store_true", help="log only what somebody should look at")


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from zoho_privacy.local import host, logs  # noqa: PLC0415  --help answers at once

    settings = settings_of(args, host=args.host, port=args.port)
    logs.configure(verbose=not args.quiet)

    def announce(serving: host.Host) -> None:
        if args.setup:
            _set_up(serving)
        print(f"Serving on {serving.url}. Cases: {serving.url}/cases", flush=True)

    return host.serve(settings, endpoints_only=args.endpoints_only, ready_file=args.ready_file, announce=announce)


def _set_up(serving: "Host") -> None:
    from zoho_privacy.local import portals  # noqa: PLC0415  --help answers at once

    for org in sorted(serving.app.desks):
        for line in portals.set_up(serving.app, org, change=True).lines():
            print(line, flush=True)
