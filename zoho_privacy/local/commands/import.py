"""`zoho-privacy import`: re-creates an export in an empty emulated desk, to show that another provider could."""  # noqa: N999  the command's name

import argparse
from pathlib import Path
from typing import Any, Final

from zoho_privacy.local.console import Exit, command, show

TEXT: Final = """Shows that an export can be taken over elsewhere: it is checked against its manifest and re-created in
an emulator on this machine. Never writes to a desk in earnest.

  zoho-privacy emulator --port 8010                 in another window
  zoho-privacy import personal-data-5127.zip --into http://127.0.0.1:8010 --key 3v5k0-32jdw-7fhz6-zkenn
  zoho-privacy import unlocked.zip --check          only opens it and checks every sum
  zoho-privacy import personal-data-5127*.zip --check --key ...     all parts of a large one

Records of the CRM in data/sources.json go into the emulated CRM; each row of another system, and whatever points to a
record outside the package, is named as not taken over. Ids and ticket numbers are the new desk's own; history and
figures cannot be created anywhere; who was masked is one placeholder.

Exit status 0 done, 2 where the file, the key or the address is wrong, 4 where a sum does not hold."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(
        subparsers, "import", run, summary="take an export over into an empty emulated desk", text=TEXT, settings=False
    )
    parser.add_argument(
        "package", type=Path, nargs="+", help="the export, locked or not; of one in parts all zips, or their folder"
    )
    parser.add_argument("--into", metavar="URL", help="an emulator's address on 127.0.0.1")
    parser.add_argument("--key", default="", help="the key that opens the package, with the hyphens")
    parser.add_argument("--check", action="store_true", help="only check the package")


def run(args: argparse.Namespace) -> int:
    """Check the package, and create what is in it."""
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once
    from zoho_privacy.local import takeover  # noqa: PLC0415

    if not (args.check or args.into):
        raise BadInput("say where to: --into http://127.0.0.1:8010, or --check")
    package = takeover.opened(*args.package, key=args.key)
    wanted = takeover.order(package)
    beside = takeover.beside(package)
    made = {} if args.check else takeover.plant(args.into, wanted)
    made |= {} if args.check else {"crm_records": takeover.plant_beside(args.into, beside)}
    counts = {
        "files_checked": len(package.files) - 1,
        "tickets": len(wanted["tickets"]),
        "messages": sum(len(each["threads"]) for each in wanted["tickets"]),
        "attachments": len(package.rows("attachments")),
        "records_beside_the_desk": len(beside.records),
    }
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
    left = [f"Not taken over: {each['source']} {each['kind']} {each['id']}: {each['why']}." for each in beside.left]
    value = {**counts, "not_taken_over": list(beside.left), **made}
    show(args, value, [f"{'Created' if made else 'Would create'}: {told}.", *left])
    return Exit.OK
