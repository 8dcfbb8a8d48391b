"""`zoho-privacy widget-key`: the keys by which the agents' side panel in Desk calls the service."""

import argparse
from typing import Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show, table

TEXT: Final = """A key belongs to one portal and is shown once: put it into the extension's secure parameter `api_key`.
To change it, rotate: the old key counts for some days more, then ends by itself. A key that leaked is revoked at once.

  zoho-privacy widget-key mint --as 417000000009001
  zoho-privacy widget-key rotate --days 7 --as 417000000009001
  zoho-privacy widget-key list
  zoho-privacy widget-key revoke 3f9a01bc --as 417000000009001"""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "widget-key", run, summary="keys of the agents' side panel", text=TEXT)
    parser.add_argument("action", choices=("mint", "rotate", "list", "revoke"))
    parser.add_argument("key", nargs="?", help="a key's id, for revoke")
    parser.add_argument("--org", help="the portal, where there are several")
    parser.add_argument("--days", type=int, default=7, help="rotate: days that the old key still counts, 0 to 30")
    parser.add_argument("--as", dest="agent", metavar="AGENT", help="your agent id in Desk")


def run(args: argparse.Namespace) -> int:
    """Make, list or end keys."""
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once
    from zoho_privacy.local import lookup  # noqa: PLC0415
    from zoho_privacy.workflows import widget_keys  # noqa: PLC0415

    app = app_of(args)
    org = lookup.org_of(app, args.org)
    if args.action == "list":
        found = widget_keys.standing(app, org)
        rows = [(key.id, f"{key.since:%Y-%m-%d}", f"{key.ends:%Y-%m-%d %H:%M}" if key.ends else "") for key in found]
        show(args, [{"key": a, "since": b, "ends": c} for a, b, c in rows], table(("key", "since", "ends"), rows))
        return Exit.OK
    if not args.agent or not args.agent.isdigit():
        raise BadInput(f"say who you are: zoho-privacy widget-key {args.action} --as AGENT")
    if args.action == "revoke":
        if not args.key:
            raise BadInput("name the key: zoho-privacy widget-key revoke KEY --as AGENT")
        widget_keys.revoke(app, org, args.key, who=args.agent)
        show(args, {"key": args.key, "revoked": True}, [f"Key {args.key} counts no more."])
        return Exit.OK
    if not 0 <= args.days <= 30:
        raise BadInput("--days is from 0 to 30")
    overlap = args.days if args.action == "rotate" else None
    key, text = widget_keys.mint(app, org, who=args.agent, overlap_days=overlap)
    lines = [
        f"Key {key.id} of portal {org}, shown this once:",
        "",
        f"  {text}",
        "",
        "Put it into the extension's api_key.",
    ]
    show(args, {"key": key.id, "org": org, "text": text}, lines)
    return Exit.OK
