"""`zoho-privacy setup`: checks each portal, and makes sure that its webhook reaches us."""

import argparse
from typing import Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show

TEXT: Final = """Checks that each portal can be reached, that fields and a verified address to answer from are there,
and makes or mends the webhook by which Desk sends its events here. The service must be running and reachable at its
public address: Desk tries it out at once. Safe to repeat. What only a person can do in Zoho's screens is
listed with its clicks and values. Put the webhook id it prints into the portal's `webhook_ids`, so that no other
webhook is believed.

  zoho-privacy setup --dry-run          # says what it would do; changes nothing in Desk
  zoho-privacy setup
  zoho-privacy setup --json | jq '.[] | {org, missing, by_hand}'

Exit status 0 where nothing is missing, 1 where something is."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(
        subparsers, "setup", run, summary="connect the portals: check access, ensure the webhook", text=TEXT
    )
    parser.add_argument("--dry-run", "--check", action="store_true", help="change nothing in Desk, only look")


def run(args: argparse.Namespace) -> int:
    """Set up every portal; exit status 1 where something is still missing."""
    from zoho_privacy.local import portals  # noqa: PLC0415  --help answers at once

    app = app_of(args)
    found = [portals.set_up(app, org, change=not args.dry_run) for org in sorted(app.desks)]
    show(args, [each.as_dict() for each in found], [line for each in found for line in each.lines()])
    return Exit.OK if all(each.ready for each in found) else Exit.FOUND
