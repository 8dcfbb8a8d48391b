"""`zoho-privacy redact`: takes personal data out of a text or a page; works without settings or network."""

import argparse
import difflib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from zoho_privacy.local.console import Exit, command, show

TEXT: Final = """Prints a text or page without addresses, numbers, keys, account names and the names it can recognise.
Exit status 1 says that a second reading still found something: do not pass the result on unread.

  zoho-privacy redact mail.txt --contact contact.json
  zoho-privacy redact page.html --html --diff
  some-tool | zoho-privacy redact - --json

contact.json holds any of firstName, lastName, email, secondaryEmail, phone, mobile, accountName."""
FIELDS: Final = frozenset({"firstName", "lastName", "email", "secondaryEmail", "phone", "mobile", "accountName"})


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "redact", run, summary="take personal data out of a text", text=TEXT, settings=False)
    parser.add_argument("file", help="a file, or - for standard input")
    parser.add_argument("--contact", type=Path, help="the person's record as JSON")
    parser.add_argument("--html", action="store_true", help="the file is a page; decided by its content otherwise")
    parser.add_argument("--diff", action="store_true", help="show what changed instead of the result")


def run(args: argparse.Namespace) -> int:
    """Print the redacted text; exit status 1 where the second reader objects.

    Raises:
        BadInput: A file cannot be read.
    """
    from zoho_privacy.domain.mailtext import is_html  # noqa: PLC0415  --help answers at once
    from zoho_privacy.domain.redact import find_personal_data, leaks, redact_html, redact_text  # noqa: PLC0415

    source = _read(args.file)
    contact = _contact(args.contact)
    page = args.html or is_html(source)
    result = redact_html(source, contact) if page else redact_text(source, contact)
    left = leaks(result, contact)
    found = (
        [] if page else [{"start": s, "end": e, "label": label} for s, e, label in find_personal_data(source, contact)]
    )
    lines = _diff(source, result) if args.diff else [result.removesuffix("\n")]
    show(args, {"text": result, "html": page, "found": found, "left": left}, lines)
    if left:
        print("still readable: " + ", ".join(left), file=sys.stderr)
    return Exit.FOUND if left else Exit.OK


def _diff(before: str, after: str) -> Iterable[str]:
    return difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="")


def _read(name: str) -> str:
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415

    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as problem:
        raise BadInput(f"the file cannot be read: {problem.strerror}") from None


def _contact(path: Path | None) -> dict[str, str]:
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415

    if path is None:
        return {}
    try:
        value = json.loads(_read(str(path)))
    except ValueError:
        raise BadInput("the contact is not JSON") from None
    if not isinstance(value, dict) or not all(isinstance(each, str | None) for each in value.values()):
        raise BadInput("the contact is an object of texts")
    unknown = sorted(set(value) - FIELDS)
    if unknown:
        raise BadInput(f"the contact has unknown members; known are {', '.join(sorted(FIELDS))}")
    return {key: text for key, text in value.items() if text}
