"""`zoho-privacy export revoke`: ends a link, for instance when an export was sent to the wrong person."""

import argparse
from typing import Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show

TEXT: Final = """Ends the link of an export at once. The file is erased, the ledger says who ended it and when.

  zoho-privacy export revoke 7f21... --as 417000000009001"""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "export", run, summary="revoke an export's link", text=TEXT)
    parser.add_argument("action", choices=("revoke",))
    parser.add_argument("export", help="the export's id, as `cases show` prints it")
    parser.add_argument("--as", required=True, dest="agent", metavar="AGENT", help="your agent id in Desk")


def run(args: argparse.Namespace) -> int:
    """Revoke."""
    from zoho_privacy.workflows import exports  # noqa: PLC0415  --help answers at once

    exports.revoke(app_of(args), args.export, who=f"agent:{args.agent}")
    show(args, {"export": args.export, "revoked": True}, [f"Export {args.export} is revoked."])
    return Exit.OK
