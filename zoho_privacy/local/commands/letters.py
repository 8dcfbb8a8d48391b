"""`zoho-privacy letters preview`: every letter in every language on one page; works without settings or network."""

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from zoho_privacy.local.console import Exit, command, show

TEXT: Final = """Writes every letter, in every language, with invented values to one page: to be read, printed, or
given to whoever answers for the wording. The page holds no script and loads nothing.

  zoho-privacy letters preview --out letters.html
  zoho-privacy letters preview --language de > letters.html"""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "letters", run, summary="show all letters on one page", text=TEXT, settings=False)
    parser.add_argument("action", choices=("preview",))
    parser.add_argument("--language", metavar="XX", help="one language only, such as de")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the page there instead of printing it")


def run(args: argparse.Namespace) -> int:
    """Write or print the page.

    Raises:
        BadInput: There is no such language, or the file cannot be written.
    """
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once
    from zoho_privacy.local import preview  # noqa: PLC0415

    shown = preview.render(args.language)
    page = preview.page(shown)
    if args.out is not None:
        try:
            args.out.write_text(page, encoding="utf-8")
        except OSError as problem:
            raise BadInput(f"the page cannot be written: {problem.strerror}") from None
        print(f"{len(shown)} letters are in {args.out}", file=sys.stderr)
        if not args.json:
            return Exit.OK
    show(args, [each.as_dict() for each in shown], [page.removesuffix("\n")])
    return Exit.OK
