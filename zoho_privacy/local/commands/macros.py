"""`zoho-privacy macros`: the macros to set up in Desk, as a page; works without settings or network."""

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from zoho_privacy.local.console import Exit, command, show

TEXT: Final = """Prints what an administrator sets up in Desk, which has no call for it: one macro per value of the
action field, with the private note it needs and the states it fits. Markdown, or JSON for machines.

  zoho-privacy macros --out macros.md
  zoho-privacy macros --json | jq -r '.[].value'                     # the values of the pick list"""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "macros", run, summary="print the macros to set up in Desk", text=TEXT, settings=False)
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the page there instead of printing it")


def run(args: argparse.Namespace) -> int:
    """Write or print the page.

    Raises:
        BadInput: The file cannot be written.
    """
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once
    from zoho_privacy.local import recipes  # noqa: PLC0415

    page = recipes.page()
    if args.out is not None:
        try:
            args.out.write_text(page, encoding="utf-8")
        except OSError as problem:
            raise BadInput(f"the page cannot be written: {problem.strerror}") from None
        print(f"{len(recipes.RECIPES)} macros are in {args.out}", file=sys.stderr)
        if not args.json:
            return Exit.OK
    show(args, recipes.as_dicts(), [page.removesuffix("\n")])
    return Exit.OK
