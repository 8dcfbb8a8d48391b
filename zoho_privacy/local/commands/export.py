"""`zoho-privacy export`: the exports of cases; building one, letting an incomplete one out, ending a link."""

import argparse
from typing import TYPE_CHECKING, Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show, table

if TYPE_CHECKING:  # --help answers at once
    from zoho_privacy.workflows.context import App

TEXT: Final = """An export is handed out through a link that ends by itself. One that may be incomplete waits
for a person.

  zoho-privacy export list
  zoho-privacy export build 5127          by case id or ticket number; again after one was revoked or ran out
  zoho-privacy export accept 7f21... --as 417000000009001 --reason "the missing file was empty"
  zoho-privacy export revoke 7f21... --as 417000000009001 --reason "sent to the wrong person"

Revoking ends the link at once and erases the file. The reason goes into the ledger: name nobody in it."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "export", run, summary="list exports, build, accept or revoke one", text=TEXT)
    parser.add_argument("action", choices=("list", "build", "accept", "revoke"))
    parser.add_argument("export", nargs="?", help="the case to build for; the export's id, for accept and revoke")
    parser.add_argument("--as", dest="agent", metavar="AGENT", help="your agent id in Desk, for accept and revoke")
    parser.add_argument("--reason", default="", help="why, naming nobody")


def run(args: argparse.Namespace) -> int:
    """List, build, accept or revoke; exit status 4 where a built export waits for a person."""
    from zoho_privacy.domain.errors import BadInput, NotFound  # noqa: PLC0415  --help answers at once
    from zoho_privacy.workflows import casebook, exports  # noqa: PLC0415

    app = app_of(args)
    found = [each for org in sorted(app.desks) for each in exports.every(app, org)]
    if args.action == "list":
        rows = [(e.id, e.case_id, e.state, e.size, e.downloads, f"{e.until:%Y-%m-%d}", " ".join(e.gaps)) for e in found]
        heads = ("export", "case", "state", "bytes", "fetched", "until", "incomplete")
        show(args, [dict(casebook.to_body(each)) for each in found], table(heads, rows))
        return Exit.OK
    if args.action == "build":
        return _build(args, app)
    if not (args.export and args.agent and args.reason.strip()):
        raise BadInput(f"say which, who and why: zoho-privacy export {args.action} ID --as AGENT --reason WHY")
    org = next((each.org for each in found if each.id == args.export), None)
    if org is None:
        raise NotFound(f"there is no export {args.export}")
    change = exports.accept if args.action == "accept" else exports.revoke
    after = change(app, org, args.export, f"agent:{args.agent}", args.reason)
    show(args, dict(casebook.to_body(after)), [f"Export {after.id} is {after.state}."])
    return Exit.OK


def _build(args: argparse.Namespace, app: "App") -> int:
    from zoho_privacy.domain.errors import BadInput, NotAllowed  # noqa: PLC0415  --help answers at once
    from zoho_privacy.domain.model import State  # noqa: PLC0415
    from zoho_privacy.local import lookup  # noqa: PLC0415
    from zoho_privacy.workflows import casebook, exports  # noqa: PLC0415

    if not args.export:
        raise BadInput("say for which case: zoho-privacy export build CASE")
    case = lookup.case_of(app, args.export)
    proven = case.state in {State.VERIFIED, State.PLANNED, State.FULFILLED, State.CLOSED}
    if not (proven or exports.of_case(app, case.org, case.id)):
        raise NotAllowed(f"case {case.id} is {case.state}: nobody's data is collected before identity is established")
    export = exports.build(app, app.desks[case.org], case, again=True)
    counts = ", ".join(f"{count} {name}" for name, count in (export.counts or {}).items())
    show(
        args,
        dict(casebook.to_body(export)),
        [f"Export {export.id} is {export.state}: {counts}.", *(f"  missing: {gap}" for gap in export.gaps)],
    )
    return Exit.PERSON_NEEDED if export.gaps and export.state == "needs_person" else Exit.OK
