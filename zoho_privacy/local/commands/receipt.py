"""`zoho-privacy receipt`: what a recipient outside the desk answered to what it was told."""

import argparse
from typing import Any, Final

from zoho_privacy.local.console import Exit, app_of, command, show, table

TEXT: Final = """An erasure, a correction, a restriction and an opt-out tell everybody of the register who holds the
person's data. The case stays open until each has confirmed, or is exempt for a stated reason; the person's own answer
does not wait for that.

  zoho-privacy receipt 5127                                          what is outstanding, and whose it is
  zoho-privacy receipt 5127 openai --by "website team" --reference "console export 12"
  zoho-privacy receipt 5127 microsoft_365 --form nothing-held --by "office administration"
  zoho-privacy receipt 5127 aws --form disproportionate --by "infrastructure team" --reason "sealed tape archive"

Forms: receipt (done, needs --reference), nothing-held (searched, found nothing), expires (ends by itself, needs
--reason), disproportionate (GDPR 19, needs --reason). No names, no addresses: they go into the ledger.
Exit status: 0 nothing is outstanding, 1 something is, 2 the receipt cannot be recorded."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(
        subparsers,
        "receipt",
        run,
        summary="record who confirmed what they were told",
        text=TEXT,
    )
    parser.add_argument("case", help="a case id or ticket number")
    parser.add_argument("recipient", nargs="?", help="an id of the register, such as openai; without: list")
    parser.add_argument("--form", default="receipt", choices=("receipt", "nothing-held", "expires", "disproportionate"))
    parser.add_argument("--by", default="", metavar="ROLE", help="the role that answers, as the register names it")
    parser.add_argument("--reference", default="", metavar="TEXT", help="where the proof is found")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why nothing is erased there")
    parser.add_argument("--instead-of", action="store_true", help="another role answers for the one that acts there")


def run(args: argparse.Namespace) -> int:
    """Record or list."""
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415  --help answers at once
    from zoho_privacy.domain.model import Form, Receipt  # noqa: PLC0415
    from zoho_privacy.local import lookup  # noqa: PLC0415
    from zoho_privacy.workflows import casebook, receipts  # noqa: PLC0415

    app = app_of(args)
    case = lookup.case_of(app, args.case)
    if args.recipient:
        if not args.by:
            raise BadInput("say which role answers: --by ROLE")
        receipt = Receipt(
            args.recipient, Form(args.form), args.by, app.clock.now(), args.reference.strip(), args.reason.strip()
        )
        receipts.record(app, case.org, case.id, receipt, instead=args.instead_of)
        case = casebook.case(app.store, case.org, case.id) or case
    left = receipts.outstanding(app, case)
    known = receipts.recorded(app.store, case)
    rows = [
        (
            key,
            entry.acts,
            known[key].form if key in known else "outstanding" if key in left else "not asked",
            entry.receipt,
        )
        for key, entry in app.rules.recipients.items()
    ]
    value = {
        "case": case.id,
        "state": case.state.value,
        "outstanding": list(left),
        "receipts": [dict(casebook.to_body(receipt)) for receipt in known.values()],
    }
    show(
        args, value, [f"Case {case.id} is {case.state}", *table(("recipient", "who acts", "answer", "asked for"), rows)]
    )
    return Exit.FOUND if left else Exit.OK
