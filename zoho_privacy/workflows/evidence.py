"""Collects what an evidence bundle and a coverage statement are made from; reads only, decides nothing.

Case, plans and journal are read before and after the chain and must not have moved between, so that what the bundle
says of them is what its ledger says.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from zoho_privacy.domain import audit as audits
from zoho_privacy.domain import coverage, evidence, metrics
from zoho_privacy.domain.coverage import Row, Step
from zoho_privacy.domain.errors import Conflict, NotFound
from zoho_privacy.domain.evidence import Approval, Facts, PlanRecord
from zoho_privacy.domain.ledger import Head
from zoho_privacy.domain.model import Case, LedgerEntry, Plan, State
from zoho_privacy.workflows import beside, casebook, ledger, receipts
from zoho_privacy.workflows.context import App

ATTEMPTS: Final = 5
DAY: Final = timedelta(days=1)  # the controller's calendar may be a day ahead or behind


def facts(app: App, case: Case, anchors: Iterable[Head] = ()) -> Facts:
    """Return everything about a case as it stands now; `anchors` are the heads known to have been left elsewhere.

    Raises:
        NotFound: The case is gone.
        Conflict: It is being worked on; try again.
        Tampered: The stored ledger cannot be read.
    """
    register = coverage.places(app.rules)
    for _ in range(ATTEMPTS):
        before, plans = _fresh(app, case), records(app, case)
        chain = tuple(ledger.links(app.store, case.org))
        if (_fresh(app, case), records(app, case)) == (before, plans):
            last = chain[-1].sequence if chain else 0
            known = tuple(head for head in anchors if head.org == case.org and head.sequence <= last)
            return Facts(replace(before, version=0), chain, plans, register, known, app.clock.now())
    raise Conflict("the case is being worked on")


def bundle(app: App, case: Case, anchors: Iterable[Head] = ()) -> bytes:
    """Return the evidence bundle of a case as a zip (R-EVID-4). Raises as `facts`."""
    return evidence.bundle(facts(app, case, anchors))


def audit(app: App, anchors: Callable[[str], Iterable[Head]]) -> bytes:
    """Return register and evidence of the whole installation as a zip (R-EVID-8); `anchors` knows the heads outside.

    The cases are read before the ledger, which therefore tells of each of them.

    Raises:
        Conflict: A case was opened meanwhile; try again.
        Tampered: The stored ledger cannot be read.
    """
    now = app.clock.now()
    portals = [_portal(app, org, tuple(anchors(org))) for org in sorted(app.desks)]
    cases = [case for portal in portals for case, _ in portal.cases]
    entries = (link for portal in portals for link in portal.chain if isinstance(link, LedgerEntry))
    carried = {key: mark for org in app.desks for key, mark in ledger.marks(app.store, org).items()}
    first, last = min((case.due.received.date() for case in cases), default=now.date()), now.date()
    told = metrics.report(
        cases, entries, first=first - DAY, last=last + DAY, timezone=app.policy.time_zone, carried=carried
    )
    return audits.archive(app.rules, metrics.as_csv(told), portals, now, app.policy.store_location)


def _portal(app: App, org: str, anchors: tuple[Head, ...]) -> audits.Portal:
    for _ in range(ATTEMPTS):
        cases = tuple((replace(case, version=0), covered(app, case)) for case in casebook.all_cases(app.store, org))
        chain = tuple(ledger.links(app.store, org))
        if len(cases) == sum(1 for _ in casebook.every(app.store, org, "case")):
            last = chain[-1].sequence if chain else 0
            known = tuple(head for head in anchors if head.org == org and head.sequence <= last)
            return audits.Portal(org, chain, cases, known)
    raise Conflict("cases are being opened")


def covered(app: App, case: Case) -> tuple[Row, ...]:
    """Return the coverage statement of a case as it stands (R-PLAN-6)."""
    plan = casebook.plan(app.store, case.org, case.plan_hash) if case.plan_hash else None
    steps = {step.key: step for step in journal(app, plan)} if plan else {}
    told = ledger.entries(app.store, case.org, case_id=case.id)
    return coverage.coverage(
        app.rules,
        plan,
        steps,
        answered=case.state is State.CLOSED,
        receipts=receipts.recorded(app.store, case),
        amended=beside.journal(app, case),
        copies=evidence.held_copies(told, case.id),
    )


def records(app: App, case: Case) -> tuple[PlanRecord, ...]:
    """Return the plans of a case, oldest first, each with approval and journal."""
    items = casebook.every(app.store, case.org, "plan", parent=case.id)
    plans = sorted((casebook.from_body(Plan, item.body) for item in items), key=lambda each: (each.created, each.hash))
    return tuple(PlanRecord(plan, _approval(app, plan), journal(app, plan)) for plan in plans)


def journal(app: App, plan: Plan) -> tuple[Step, ...]:
    """Return how each action that was begun stands, by key."""
    items = casebook.every(app.store, plan.org, "step", parent=plan.hash)
    steps = (
        Step(item.id.partition(":")[2], item.body["result"], item.body.get("code", ""), item.body.get("at", ""))
        for item in items
    )
    return tuple(sorted(steps, key=lambda step: step.key))


def _approval(app: App, plan: Plan) -> Approval | None:
    item = app.store.get(plan.org, "approval", plan.hash)
    return Approval(item.body["by"], item.body["at"]) if item else None


def _fresh(app: App, case: Case) -> Case:
    found = casebook.case(app.store, case.org, case.id)
    if found is None:
        raise NotFound("the case is gone")
    return found
