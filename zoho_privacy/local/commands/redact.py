"""`zoho-privacy redact`: takes personal data out of a text or a page; works without settings or network."""

import argparse
import difflib
import itertools
import json
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from zoho_privacy.local.console import Exit, command, show

TEXT: Final = """Prints a text, page or file without addresses, numbers, keys, account names and the names it can
recognise. Nothing is changed in place: it shows what would be. Files are read by their ending (.txt .log .html .csv
.json .xml .eml .vcf .ics); for what cannot be redacted in part, as pictures and PDF, it says what the policy does.
Exit status 1 says that a second reading still found something, or that a person has to look: do not pass it on unread.

  zoho-privacy redact mail.txt --contact contact.json
  zoho-privacy redact page.html --diff
  zoho-privacy redact people.csv --diff --width 160
  zoho-privacy redact scan.pdf --policy delete
  some-tool | zoho-privacy redact - --json

contact.json holds any of firstName, lastName, email, secondaryEmail, phone, mobile, accountName."""
FIELDS: Final = frozenset({"firstName", "lastName", "email", "secondaryEmail", "phone", "mobile", "accountName"})


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "redact", run, summary="take personal data out of a text", text=TEXT, settings=False)
    parser.add_argument("file", help="a file, or - for standard input")
    parser.add_argument("--contact", type=Path, help="the person's record as JSON")
    parser.add_argument("--html", action="store_true", help="the file is a page; decided by its content otherwise")
    parser.add_argument("--diff", action="store_true", help="show the changed lines before and after, side by side")
    parser.add_argument("--width", type=int, default=0, help="columns of the terminal for --diff; found out otherwise")
    parser.add_argument(
        "--policy", choices=("delete", "keep", "hold"), default="hold", help="for files that cannot be redacted in part"
    )


def run(args: argparse.Namespace) -> int:
    """Print what redaction would make of the input; exit status 1 where a person has to look.

    Raises:
        BadInput: A file cannot be read.
    """
    from zoho_privacy.domain.mailtext import is_html  # noqa: PLC0415  --help answers at once
    from zoho_privacy.domain.redact import find_personal_data, leaks, redact_html, redact_text  # noqa: PLC0415

    contact = _contact(args.contact)
    if not args.html and args.file.rpartition(".")[2].lower() not in _PLAIN_ENDINGS and "." in Path(args.file).name:
        return _file(args, contact)
    source = _text(_read(args.file), contact)
    page = args.html or is_html(source)
    result = redact_html(source, contact) if page else redact_text(source, contact)
    left = leaks(result, contact)
    found = (
        [] if page else [{"start": s, "end": e, "label": label} for s, e, label in find_personal_data(source, contact)]
    )
    lines = _side_by_side(source, result, args.width) if args.diff else [result.removesuffix("\n")]
    show(args, {"text": result, "html": page, "found": found, "left": left}, lines)
    if left:
        print("still readable: " + ", ".join(left), file=sys.stderr)
    return Exit.FOUND if left else Exit.OK


_PLAIN_ENDINGS: Final = frozenset({"txt", "html", "htm", "log", "md"})


def _file(args: argparse.Namespace, contact: dict[str, str]) -> int:
    """Show what becomes of an attachment."""
    from zoho_privacy.domain.redact_files import redact_file  # noqa: PLC0415

    content = _read(args.file)
    done = redact_file(Path(args.file).name, content, contact, args.policy)
    after = "" if done.content is None else _text(done.content, contact)
    said = f"{done.outcome}: {done.reason}"
    lines = [said] if done.content is None else [after.removesuffix("\n")]
    if args.diff and done.content is not None:
        lines = list(_side_by_side(_text(content, contact), after, args.width))
    show(args, {"outcome": done.outcome, "reason": done.reason, "name": done.name, "text": after}, lines)
    return Exit.FOUND if done.outcome == "hold" else Exit.OK


def _side_by_side(before: str, after: str, width: int) -> Iterable[str]:
    """Yield the changed lines in two columns, with their number; long lines are wrapped inside their column."""
    column = max(24, ((width or shutil.get_terminal_size((120, 40)).columns) - 11) // 2)
    old, new = before.splitlines(), after.splitlines()
    for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        pairs = itertools.zip_longest(range(i, j), old[i:j], new[k:m], fillvalue="")
        for number, left, right in pairs:
            told = str(int(number) + 1) if number != "" else ""
            for one, two in itertools.zip_longest(_wrapped(left, column), _wrapped(right, column), fillvalue=""):
                yield f"{told:>5} {one:<{column}} | {two}".rstrip()
                told = ""


def _wrapped(line: object, column: int) -> list[str]:
    shown = "".join(char if char.isprintable() else " " for char in str(line))  # a file cannot steer the terminal
    return [shown[at : at + column] for at in range(0, len(shown), column)] or [""]


def _text(content: bytes, contact: dict[str, str]) -> str:
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415
    from zoho_privacy.domain.redact_files import decoded  # noqa: PLC0415

    try:
        return decoded(content, contact)[0]
    except ValueError:
        raise BadInput("the input is no text; a file that is none goes by a name with its ending") from None


def _read(name: str) -> bytes:
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415

    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
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
