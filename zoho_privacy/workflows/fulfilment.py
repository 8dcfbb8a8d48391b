"""Moves a verified case on: builds the export, proposes the plan, answers from the register, or asks a person.

Everything can be repeated: a case that has moved on is left alone.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from zoho_privacy.domain.intake import AT_ONCE
from zoho_privacy.domain.machine import Event, advance, allowed
from zoho_privacy.domain.model import Case, Kind, Level, State
from zoho_privacy.domain.receipts import RESTRICTED, SUPPRESSED
from zoho_privacy.workflows import casebook, erasure, exports, handout, rights
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.writes import ANSWERED_FIRST

LETTER_ALONE: Final = {
    Kind.KNOW_CATEGORIES: "know_categories",
    Kind.RECIPIENT_LIST: "recipient_list",
    Kind.RESTRICTION: "restriction_done",
    Kind.OPT_OUT_SALE: "opt_out_done",
    Kind.LIMIT_SENSITIVE: "opt_out_done",
    Kind.WITHDRAW_CONSENT: "opt_out_done",
}
ACCESS_FIRST: Final = timedelta(hours=6)
OF_EVERYTHING: Final = ANSWERED_FIRST | {Kind.DELETION}
MIXED: Final = "some of the data is a client's: answer our part by hand, the client's waits for its word"
INCOMPLETE: Final = "the export is not complete: a person decides"


def fulfil(app: App, org: str, case_id: str, *, proposer: str = "", again: bool = False) -> datetime | None:
    """Do what the case's kind needs once identity is established; return when to come again, None when done.

    `proposer` is the agent who asked for a plan; `again` makes a new plan for a case that has one.

    Raises:
        Retryable: Desk or store failed; call again.
    """
    case = casebook.case(app.store, org, case_id)
    if case is None or case.state not in ({State.VERIFIED, State.PLANNED} if again else {State.VERIFIED}):
        return None
    if case.mixed and case.kind in OF_EVERYTHING:
        _to_person(app, case, MIXED)
    elif case.kind in ANSWERED_FIRST or (case.kind is Kind.KNOW_CATEGORIES and case.contact_id):
        _export(app, case)  # categories as a page and as data; where nobody is known, in a letter
    elif case.kind is Kind.DELETION:
        if case.contact_id is None:
            _to_person(app, case, "nobody on file is linked to this case")
        elif erasure.propose(app, org, case_id, proposer=proposer) is None:
            return app.clock.now() + ACCESS_FIRST
    elif case.kind in LETTER_ALONE:
        _answer(app, case, LETTER_ALONE[case.kind])
    elif case.kind is Kind.OBJECTION and case.level is Level.V0:
        _answer(app, case, "opt_out_done")
    elif case.kind is Kind.OBJECTION and case.contact_id:
        _weigh(app, case)
    elif case.kind is Kind.CORRECTION and case.contact_id:
        _ask_what_is_wrong(app, case)
    else:
        _to_person(app, case, f"verified: {case.kind} is carried out by a person")
    return None


def execute(app: App, org: str, case_id: str) -> datetime | None:
    """Carry out what was approved; return when to come again, None when done."""
    case = casebook.case(app.store, org, case_id)
    if case is not None and case.kind is Kind.CORRECTION:
        rights.correct(app, org, case_id)
        return None
    return erasure.execute_case(app, org, case_id)


def _ask_what_is_wrong(app: App, case: Case) -> None:
    """Tell the person that we can start, and agents how; the case stays verified until a change is proposed."""

    def make() -> Change | None:
        fresh = casebook.case(app.store, case.org, case.id)
        if fresh is None or fresh.state is not State.VERIFIED:
            return None
        change = Change(app.store, case.org, app.clock.now())
        rights.tell(change, fresh, "correction_ack", "correction_ack")
        change.effect(f"note:{case.id}:how", "note", case.ticket_id, text=rights.HOW)
        return change

    transact(make)


def _weigh(app: App, case: Case) -> None:
    """Stop at once what an objection is against, tell the person, and let somebody weigh it (R-OBJECT-1)."""

    def make() -> Change | None:
        fresh = casebook.case(app.store, case.org, case.id)
        if fresh is None or not allowed(fresh.state, Event.PERSON_NEEDED):
            return None
        change = Change(app.store, case.org, app.clock.now())
        reason = "objection: the data is only stored until somebody has weighed it"
        change.case(replace(fresh, state=advance(fresh.state, Event.PERSON_NEEDED), reason=reason))
        rights.restrict(change, [fresh], "objection")
        rights.tell(change, fresh, "objection", "restriction_done")
        text = (
            f"{case.kind}: {reason}. To uphold it: a private note with 'Answer:', then 'Send answer'. To go on: a note "
            "with 'Reason:' and 'Ground:' (the balancing), then 'Refuse'; the restriction ends with that letter."
        )
        change.effect(f"note:{case.id}:weigh", "note", case.ticket_id, text=text)
        change.log(
            "zoho_privacy", "restricted", why="R-OBJECT-1", result=reason, case_id=case.id, ticket_id=case.ticket_id
        )
        return change

    transact(make)


def _export(app: App, case: Case) -> None:
    desk = app.desks[case.org]
    with desk.credits.flow("export"):
        export = exports.build(app, desk, case)
    if export.state != "ready":
        masked = export.gaps == (exports.MASKED,)
        told = "the export holds masked data of others: a person reviews it" if masked else INCOMPLETE
        _to_person(app, case, told)
        return
    if case.contact_id and any(each.kind is Kind.DELETION for each in _open_cases(app, case)):
        handout.send_ahead(app, case.org, export.id)
    _answer(app, case, "export_ready", export_id=export.id)


def _open_cases(app: App, case: Case) -> list[Case]:
    everything = casebook.cases_of_contact(app.store, case.org, case.contact_id or "")
    return [each for each in everything if casebook.is_open(each)]


def _answer(app: App, case: Case, letter: str, *, export_id: str = "") -> None:
    """Mark the case fulfilled and put its letter into the outbox; the case closes when the letter is out."""

    def make() -> Change | None:
        fresh = casebook.case(app.store, case.org, case.id)
        if fresh is None or not allowed(fresh.state, Event.FULFILLED):
            return None
        change = Change(app.store, case.org, app.clock.now())
        done = replace(
            fresh, state=advance(fresh.state, Event.FULFILLED), export_id=export_id or fresh.export_id, reason=""
        )
        if case.kind is Kind.RESTRICTION:
            rights.restrict(change, [fresh], "requested")
            done = replace(done, outcome=RESTRICTED)
        if case.kind in AT_ONCE:
            rights.suppress(change, fresh)
            done = replace(done, outcome=SUPPRESSED)
        change.case(done)
        change.effect(
            f"reply:{case.id}:{letter}:{export_id}",
            "reply",
            case.ticket_id,
            letter=letter,
            language=case.language,
            cases=[case.id],
            answers=[case.id],
            contact_id=case.contact_id,
            export_id=export_id or None,
        )
        change.job(f"sync:{case.ticket_id}", "sync", ticket_id=case.ticket_id)
        change.log(
            "zoho_privacy",
            "fulfilled",
            why=f"13.{case.kind}",
            result=letter,
            case_id=case.id,
            ticket_id=case.ticket_id,
        )
        return change

    transact(make)


def _to_person(app: App, case: Case, reason: str) -> None:
    def make() -> Change | None:
        fresh = casebook.case(app.store, case.org, case.id)
        if fresh is None or not allowed(fresh.state, Event.PERSON_NEEDED):
            return None
        change = Change(app.store, case.org, app.clock.now())
        change.case(replace(fresh, state=advance(fresh.state, Event.PERSON_NEEDED), reason=reason))
        change.effect(f"note:{case.id}:person:{reason}", "note", case.ticket_id, text=f"{case.kind}: {reason}.")
        change.job(f"sync:{case.ticket_id}", "sync", ticket_id=case.ticket_id)
        change.log(
            "zoho_privacy", "person_needed", why="R-REFUSE-1", result=reason, case_id=case.id, ticket_id=case.ticket_id
        )
        return change

    transact(make)
