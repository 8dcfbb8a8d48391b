"""Telling recipients by a note for whoever acts there, and closing a case when the last has answered (R-PROP-4).

Table receipt (id: case and recipient, parent: case). One write each: receipt, ledger entry, and the end of the case
(R-PLAN-6).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from zoho_privacy.domain import receipts as answers
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.machine import Event, advance, allowed
from zoho_privacy.domain.model import Case, Kind, Receipt
from zoho_privacy.ports import Store
from zoho_privacy.workflows import casebook
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App

TELL: Final[Mapping[Kind, str]] = {
    Kind.CORRECTION: "Tell each of these what was corrected in the person's record. ",
    Kind.RESTRICTION: "Tell each of these to store the person's data only. ",
    Kind.OPT_OUT_SALE: "Tell each of these that the person's data is neither sold nor shared. ",
    Kind.LIMIT_SENSITIVE: "Tell each of these that the person's sensitive data is used for permitted purposes only. ",
}


def recorded(store: Store, case: Case) -> Mapping[str, Receipt]:
    """Return the receipts of a case by recipient."""
    found = (
        casebook.from_body(Receipt, item.body) for item in casebook.every(store, case.org, "receipt", parent=case.id)
    )
    return {receipt.recipient: receipt for receipt in found}


def outstanding(app: App, case: Case) -> tuple[str, ...]:
    """Return the recipients that a case waits for."""
    if not answers.told(app.rules, case):
        return ()
    return answers.outstanding(app.rules, case, recorded(app.store, case).values())


def waiting_text(app: App, case: Case) -> str:
    """Return what agents read while receipts are outstanding."""
    named = [app.rules.recipients[key] for key in outstanding(app, case)]
    what = TELL.get(case.kind, "")
    lines = [f"- {entry.name}: {entry.acts}{'' if what else f', {entry.receipt}'}" for entry in named]
    how = f"To record one: zoho-privacy receipt {case.id} RECIPIENT --by ROLE --reference TEXT"
    first = f"The person has been answered. {what}The case stays open until these have confirmed:"
    return "\n".join([first, *lines, how])


def record(app: App, org: str, case_id: str, receipt: Receipt, *, instead: bool = False) -> tuple[str, ...]:
    """Record one receipt, and close the case with it where it is the last; return what is still outstanding.

    Recording the same again changes nothing; another answer of the same recipient replaces the first.

    Raises:
        BadInput: The case is unknown or tells nobody, or the receipt is not complete.
        NotAllowed: Another role acts there.
    """
    answers.checked(app.rules, receipt, instead=instead)
    left: tuple[str, ...] = ()

    def make() -> Change | None:
        nonlocal left
        case = casebook.case(app.store, org, case_id)
        if case is None or not answers.told(app.rules, case):
            raise BadInput("receipts belong to an erasure with a plan, a correction, a restriction or an opt-out")
        known = recorded(app.store, case)
        left = tuple(key for key in answers.outstanding(app.rules, case, known.values()) if key != receipt.recipient)
        was = app.store.get(org, "receipt", f"{case_id}:{receipt.recipient}")
        same = was is not None and replace(known[receipt.recipient], at=receipt.at) == receipt
        change = Change(app.store, org, app.clock.now())
        if not same:
            body = casebook.to_body(receipt)
            change.put("receipt", f"{case_id}:{receipt.recipient}", body, was=was, parent=case_id)
            change.log(
                f"role:{receipt.by}",
                "receipt_recorded",
                why="R-PROP-4",
                result=f"{receipt.recipient} {receipt.form}",
                case_id=case_id,
                ticket_id=case.ticket_id,
                reference=receipt.reference,
                reason=receipt.reason,
            )
        if not left and case.answered is not None and allowed(case.state, Event.RECEIPTS_IN):
            close(change, case)
        return change

    transact(make)
    return left


def close(change: Change, case: Case) -> None:
    """End an answered case whose recipients have all answered, in the caller's transaction."""
    change.case(replace(case, state=advance(case.state, Event.RECEIPTS_IN), closed=change.now, reason=""))
    change.job(f"sync:{case.ticket_id}", "sync", ticket_id=case.ticket_id)
    change.log(
        "zoho_privacy",
        "case_closed",
        why="R-PLAN-6",
        result=case.outcome or "answered",
        case_id=case.id,
        ticket_id=case.ticket_id,
        due=case.due.due.isoformat(),
        on_time="yes" if case.answered and case.answered.date() <= case.due.due else "no",
    )
