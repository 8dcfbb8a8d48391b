"""`zoho-privacy export`: the exports of cases; building, reviewing, letting one out, ending it, whom it concerned."""

import argparse
from typing import TYPE_CHECKING, Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show, table

if TYPE_CHECKING:  # --help answers at once
    from zoho_privacy.workflows.context import App
    from zoho_privacy.workflows.exports import Export
    from zoho_privacy.workflows.handout import Concerned

TEXT: Final = """An export is handed out through a link that ends by itself, against a code that goes to the address on
file. One that may be incomplete, or in which others' data was masked, waits for a person who looks at it.

  zoho-privacy export list
  zoho-privacy export build 5127          by case id or ticket number; again after one was revoked or ran out
  zoho-privacy export review 7f21...      each mask with the words around it, what is missing, the hash to approve
  zoho-privacy export change 7f21... --as 417000000009001 --show "Ward 3" --hide "the neighbour"
  zoho-privacy export accept 7f21... --as 417000000009001 --hash 9c01d2e4aa07 --reason "the missing file was empty"
  zoho-privacy export revoke 7f21... --as 417000000009001 --reason "sent to the wrong person"
  zoho-privacy export concerned 7f21...   whom it was about, how much was inside, who fetched it and when

`change` shows what was masked without need and hides what was overlooked; the export is built anew and has another
hash. Secrets stay masked whatever is decided. Revoking ends the link at once and erases the file. Reasons go into the
ledger: name nobody in them. The same as a page for reviewers: /exports of `zoho-privacy serve`."""

ACTIONS: Final = ("list", "build", "review", "change", "accept", "revoke", "concerned")


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "export", run, summary="list exports, build, review, accept or revoke one", text=TEXT)
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("export", nargs="?", help="the case to build for; the export's id for everything else")
    parser.add_argument("--as", dest="agent", metavar="AGENT", help="your agent id in Desk, for whatever changes one")
    parser.add_argument("--reason", default="", help="why, naming nobody; for accept and revoke")
    parser.add_argument("--hash", default="", help="the hash that review showed, or its first twelve digits")
    parser.add_argument("--show", action="append", default=[], metavar="TEXT", help="no longer mask this value")
    parser.add_argument("--hide", action="append", default=[], metavar="TEXT", help="mask this too, wherever it stands")


def run(args: argparse.Namespace) -> int:
    """Carry out one action; exit status 4 where a built export waits for a person."""
    from zoho_privacy.domain.errors import BadInput, NotFound  # noqa: PLC0415  --help answers at once
    from zoho_privacy.workflows import casebook, exports, handout  # noqa: PLC0415

    app = app_of(args)
    if args.action == "build":
        return _build(args, app)
    found = [each for org in sorted(app.desks) for each in exports.every(app, org)]
    if args.action == "list":
        rows = [
            (
                e.id,
                e.case_id,
                e.state,
                sum(part.size for part in e.zips),
                e.downloads,
                f"{e.until:%Y-%m-%d}",
                " ".join(e.gaps),
            )
            for e in found
        ]
        heads = ("export", "case", "state", "bytes", "fetched", "until", "waits for")
        show(args, [dict(casebook.to_body(each)) for each in found], table(heads, rows))
        return Exit.OK
    export = next((each for each in found if each.id == args.export), None)
    if args.export and export is None:
        raise NotFound(f"there is no export {args.export}")
    if export is None:
        raise BadInput(f"say which: zoho-privacy export {args.action} ID")
    if args.action == "review":
        return _review(args, app, export)
    if args.action != "concerned":
        export = _changed(args, app, export)
    said = [f"Export {export.id} is {export.state}."] if args.action != "concerned" else []
    told = handout.concerned(app, export.org, export.id) if args.action in {"revoke", "concerned"} else None
    about = dict(casebook.to_body(told)) if told else {}
    show(args, {**casebook.to_body(export), **({"concerned": about} if told else {})}, [*said, *_lines(told)])
    return Exit.PERSON_NEEDED if args.action == "change" and export.state == "needs_person" else Exit.OK


def _changed(args: argparse.Namespace, app: "App", export: "Export") -> "Export":
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once
    from zoho_privacy.workflows import exports  # noqa: PLC0415

    who, changing = f"agent:{args.agent}", args.action == "change"
    if not args.agent or not (changing or args.reason.strip()):
        raise BadInput(f"say which, who and why: zoho-privacy export {args.action} ID --as AGENT --reason WHY")
    if changing:
        if not (args.show or args.hide):
            raise BadInput("say what to change: --show TEXT for what was masked, --hide TEXT for what was not")
        return exports.decide(app, export.org, export.id, who, show=args.show, hide=args.hide)
    if args.action == "revoke":
        return exports.revoke(app, export.org, export.id, who, args.reason)
    if not args.hash:
        raise BadInput(f"say what you looked at: --hash HASH, as `zoho-privacy export review {export.id}` shows it")
    return exports.accept(app, export.org, export.id, who, args.reason, sha256=args.hash)


def _review(args: argparse.Namespace, app: "App", export: "Export") -> int:
    from zoho_privacy.workflows import casebook, exports  # noqa: PLC0415  --help answers at once

    seen = exports.look_at(app, export.org, export.id, f"agent:{args.agent}" if args.agent else "operator")
    spots, decided = seen.spots, seen.decisions
    lines = [f"{s.record}: {s.before}[[{s.value}]]{s.after}".replace("\n", " ") for s in spots]
    show(
        args,
        {
            "export": export.id,
            "state": export.state,
            "sha256": export.sha256,
            "missing": list(export.gaps),
            "masks": [dict(casebook.to_body(each)) for each in spots],
            "show": sorted(decided.show),
            "hide": sorted(decided.hide),
        },
        [
            *lines,
            *(f"missing: {gap}" for gap in export.gaps if gap != exports.MASKED),
            f"{len(spots)} masks of others' data. Approve what you saw: --hash {export.sha256[:12]}",
        ],
    )
    return Exit.OK


def _lines(told: "Concerned | None") -> list[str]:
    if told is None:
        return []
    inside = ", ".join(f"{count} {name}" for name, count in sorted(told.counts.items())) or "nothing was built"
    return [
        f"It concerned contact {told.contact_id or told.subject}, case {told.case_id}: {inside}.",
        f"Codes sent to the address on file: {told.codes_sent}. Fetched {len(told.fetched)} times.",
        *(
            f"  {at:%Y-%m-%d %H:%M} UTC by client {client}{f', part {part}' if part else ''}"
            for at, client, part in told.fetched
        ),
    ]


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
        [f"Export {export.id} is {export.state}: {counts}.", *(f"  waits for: {gap}" for gap in export.gaps)],
    )
    return Exit.PERSON_NEEDED if export.gaps and export.state == "needs_person" else Exit.OK
