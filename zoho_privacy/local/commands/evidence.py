"""`zoho-privacy evidence`: a case's evidence as one file for a regulator, and its check without network or secrets."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zoho_privacy.local.console import Exit, app_of, command, settings_of, show

if TYPE_CHECKING:  # --help answers at once
    from zoho_privacy.domain.evidence_check import Anchored

TEXT: Final = """One zip per case: dates with their reasons, its part of the ledger in a chain that can be followed,
plans with approval and journal, letters, coverage. Or one zip of everything, for an audit or for whoever takes the firm
over: register, recipients, policy map, figures, cases, ledger. Ids, dates and keyed hashes; nothing names a person.

  zoho-privacy evidence bundle 5127 --out case-5127.zip
  zoho-privacy evidence audit --out audit.zip
  zoho-privacy evidence verify case-5127.zip --anchors anchors.jsonl
  zoho-privacy evidence verify case-5127.zip --head 41:9f2c...   the head that stands in the letter to the person

`verify` needs no settings and no network. It prints what it proved and what it cannot prove. Exit status 0 where all
holds, 1 where something does not, 2 where the file cannot be read."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(
        subparsers, "evidence", run, summary="pack evidence for a regulator or an audit, verify it", text=TEXT
    )
    parser.add_argument("action", choices=("bundle", "audit", "verify"))
    parser.add_argument(
        "target", nargs="?", metavar="CASE|FILE", help="for bundle, a case id or ticket number; for verify, the file"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="for bundle and audit; evidence-CASE.zip or audit.zip otherwise"
    )
    parser.add_argument(
        "--anchors", type=Path, metavar="FILE", help="for verify: heads left elsewhere, a JSON per line"
    )
    parser.add_argument(
        "--head", action="append", default=[], metavar="NUMBER:HASH", help="for verify: a head as a letter prints it"
    )


def run(args: argparse.Namespace) -> int:
    """Bundle, audit or verify."""
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once

    if args.action == "audit":
        return _audit(args)
    if not args.target:
        raise BadInput(f"say what: zoho-privacy evidence {args.action} {'FILE' if args.action == 'verify' else 'CASE'}")
    return _verify(args) if args.action == "verify" else _bundle(args)


def _bundle(args: argparse.Namespace) -> int:
    from zoho_privacy import bootstrap  # noqa: PLC0415  --help answers at once
    from zoho_privacy.local import lookup  # noqa: PLC0415
    from zoho_privacy.workflows import evidence  # noqa: PLC0415

    app = app_of(args)
    case = lookup.case_of(app, args.target)
    data = evidence.bundle(app, case, bootstrap.anchor(settings_of(args)).heads(case.org))
    return _written(args, args.out or Path(f"evidence-{case.id}.zip"), data, case=case.id)


def _audit(args: argparse.Namespace) -> int:
    from zoho_privacy import bootstrap  # noqa: PLC0415  --help answers at once
    from zoho_privacy.workflows import evidence  # noqa: PLC0415

    data = evidence.audit(app_of(args), bootstrap.anchor(settings_of(args)).heads)
    return _written(args, args.out or Path("audit.zip"), data)


def _written(args: argparse.Namespace, out: Path, data: bytes, **about: str) -> int:
    import hashlib  # noqa: PLC0415  --help answers at once

    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415

    try:
        out.write_bytes(data)
    except OSError as problem:
        raise BadInput(f"the file cannot be written: {problem.strerror}") from None
    told = hashlib.sha256(data).hexdigest()
    value = {**about, "file": str(out), "bytes": len(data), "sha256": told}
    show(args, value, [f"{out}: {len(data)} bytes", f"SHA-256 {told}"])
    return Exit.OK


def _verify(args: argparse.Namespace) -> int:
    from dataclasses import asdict  # noqa: PLC0415  --help answers at once

    from zoho_privacy.domain import audit, evidence_check, ledger  # noqa: PLC0415

    heads = [ledger.read_head(each) for each in args.head]
    anchors = _anchors(args.anchors) if args.anchors else []
    data = _read(Path(args.target), evidence_check.MOST_BYTES)
    whole = audit.is_audit(data)
    verdict = audit.check(data, anchors) if whole else evidence_check.check(data, anchors, heads)
    lines = [f"{'Audit' if whole else f'Case {verdict.case_id}'}: {'holds' if verdict.holds else 'DOES NOT HOLD'}"]
    for title, told in (
        ("Proved", verdict.proved),
        ("Does not hold", verdict.faults),
        ("Cannot be proved", verdict.unproven),
    ):
        lines += [title, *(f"  - {each}" for each in told)] if told else []
    show(args, {"holds": verdict.holds, **asdict(verdict)}, map(_plain, lines))
    return Exit.OK if verdict.holds else Exit.FOUND


def _plain(line: str) -> str:
    """Return a line that cannot steer the terminal: ids in a forged file may hold anything."""
    return "".join(sign if sign.isprintable() else "?" for sign in line)


def _anchors(path: Path) -> "list[Anchored]":
    """Return the heads of an anchor file; a last line that a crash cut short is passed over."""
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once

    found = []
    for number, line in enumerate(_read(path, 1 << 28).splitlines(), 1):
        if not line.rstrip().endswith(b"}"):
            continue
        try:
            found.append(_anchored(line))
        except (ValueError, KeyError, TypeError, RecursionError):
            raise BadInput(f"line {number} of the anchors cannot be read") from None
    return found


def _anchored(line: bytes) -> "Anchored":
    import json  # noqa: PLC0415  --help answers at once
    from datetime import datetime  # noqa: PLC0415

    from zoho_privacy.domain.evidence_check import Anchored  # noqa: PLC0415
    from zoho_privacy.domain.ledger import Head  # noqa: PLC0415

    told = json.loads(line)
    at = datetime.fromisoformat(told["at"]) if "at" in told else None
    if at is not None and at.tzinfo is None:
        raise ValueError("no time zone")
    return Anchored(Head(str(told["org"]), int(told["sequence"]), str(told["hash"])), at)


def _read(path: Path, most: int) -> bytes:
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415

    try:
        if path.stat().st_size > most:
            raise BadInput("the file is too large")
        return path.read_bytes()
    except OSError as problem:
        raise BadInput(f"the file cannot be read: {problem.strerror}") from None
