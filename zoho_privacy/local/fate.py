"""What became of a ticket's data, or will, and why: from plans, journal, holds, twins and schedule; no personal data.

Desk is asked only what the schedule says of a ticket on which no case is open; nothing is written.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from zoho_privacy.domain.errors import NeedsHuman, NotFound, Retryable
from zoho_privacy.domain.gate import REMOVES_TICKET, TICKET_ACTIONS
from zoho_privacy.domain.model import Law, Plan
from zoho_privacy.domain.plan import numbered
from zoho_privacy.domain.retention import Decision, Due, Keep, Rule
from zoho_privacy.domain.rules import Rules
from zoho_privacy.ports import TicketQuery
from zoho_privacy.workflows import casebook, ledger, retention, undo
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.explain import cited

HOLDS: Final = "P8-holds"
STAYS: Final = "stays"
GONE: Final = "gone"
UNDOABLE: Final = "deleted, but not erased while its sealed copy lives"
WAYS: Final[Mapping[str, str]] = {
    "erase_ticket": "erased",
    "native_erase_ticket": "erased",
    "rebuild_ticket": "rebuilt",
    "mask_ticket": "masked",
}


def ids_of(app: App, name: str) -> list[tuple[str, str]]:
    """Return portal and id of the tickets that bear this number or id and that the suite or Desk knows.

    Raises:
        Retryable, NeedsHuman: Nothing is known here, and Desk could not be asked.
    """
    wanted = name.removeprefix("#")
    known = [(org, wanted) for org in sorted(app.desks) if any(_known(app, org, wanted))]
    known = known or [(org, each) for org in sorted(app.desks) for each in _planned(app, org, wanted)]
    if known or not wanted.isdecimal():
        return known
    found = []
    for org in sorted(app.desks):
        read = app.desks[org].read
        found += [(org, each.id) for each in read.search_tickets(TicketQuery(number=wanted))]
        if not found:
            try:
                found.append((org, read.ticket(wanted).id))
            except NotFound:
                continue
    return found


def fate(app: App, org: str, ticket_id: str) -> dict[str, Any]:
    """Return what is known of one ticket as JSON members."""
    acts: list[dict[str, Any]] = []
    kept: list[dict[str, Any]] = []
    for plan in _plans(app, org):
        acts += _acts(app, plan, ticket_id)
        kept += _kept(app, plan, ticket_id)
    twins = dict(_twins(app, org, ticket_id))
    copy = undo.copy_of(app, org, ticket_id)
    holds = [hold for hold in casebook.holds(app.store, org) if ticket_id in hold.ticket_ids]
    done = [each["became"] for each in acts if each["result"] == "done"]
    busy = any(map(casebook.is_open, casebook.cases_of_ticket(app.store, org, ticket_id)))
    removed = set(done) & {WAYS[kind] for kind in REMOVES_TICKET}
    became = UNDOABLE if copy and removed else done[-1] if done else STAYS
    return {
        "org": org,
        "ticket": ticket_id,
        "state": "held" if holds and not removed else became,
        "acts": acts,
        "kept": kept,
        "holds": [
            {"hold": each.id, "owner": each.owner, "review": each.review.isoformat(), **_cited(app.rules, (HOLDS,))}
            for each in holds
        ],
        **twins,
        **({"until": copy.until.isoformat()} if copy and removed else {}),
        "schedule": None if removed or busy else _scheduled(app, org, ticket_id),
    }


def behind(rules: Rules, code: str) -> tuple[str, ...]:
    """Return the clause that answers for the reason why a record stays or went."""
    return tuple(key for key, clause in rules.clauses.items() if code in clause.codes)


def _cited(rules: Rules, keys: tuple[str, ...], law: Law | None = None) -> dict[str, list[str]]:
    return {"clauses": list(keys), "articles": cited(rules, keys, law)}


def _known(app: App, org: str, ticket_id: str) -> Iterator[bool]:
    yield any(ticket_id in hold.ticket_ids for hold in casebook.holds(app.store, org))
    yield app.store.get(org, "twin_ticket", ticket_id) is not None
    yield undo.copy_of(app, org, ticket_id) is not None
    yield from (ticket_id in _targets(plan) for plan in _plans(app, org))
    yield any(entry.ticket_id == ticket_id for entry in ledger.entries(app.store, org))


def _planned(app: App, org: str, number: str) -> list[str]:
    """Return the tickets of this number that plans let go: Desk may know them no more."""
    start = numbered(number, "")
    found = (each.target for plan in _plans(app, org) for each in plan.actions if each.reason.startswith(start))
    return list(dict.fromkeys(found))


def _plans(app: App, org: str) -> Iterator[Plan]:
    return (casebook.from_body(Plan, item.body) for item in casebook.every(app.store, org, "plan"))


def _targets(plan: Plan) -> set[str]:
    return {action.target for action in plan.actions} | {kept.target for kept in plan.kept}


def _acts(app: App, plan: Plan, ticket_id: str) -> Iterator[dict[str, Any]]:
    """Yield what a plan does to the ticket itself, with the journal's word on it."""
    mine = [each for each in plan.actions if each.target == ticket_id and each.type in TICKET_ACTIONS]
    steps = casebook.every(app.store, plan.org, "step", parent=plan.hash) if mine else ()
    ended = {item.id.partition(":")[2]: item.body for item in steps}
    for action in mine:
        told: Mapping[str, Any] = ended.get(action.key, {})
        code = told.get("code", "")
        stays = told.get("result") == "skipped"
        clauses = (behind(app.rules, code) if stays else ()) or (action.clause,)
        yield {
            "at": told.get("at", ""),
            "what": action.type.value,
            "became": WAYS[action.type.value],
            "result": told.get("result", "planned"),
            "code": code,
            "rule": action.rule,
            "reason": told.get("reason") or action.reason,
            "for": plan.case_id or plan.purpose,
            **_cited(app.rules, clauses, _law(app, plan)),
        }


def _kept(app: App, plan: Plan, ticket_id: str) -> Iterator[dict[str, Any]]:
    for each in plan.kept:
        if each.target == ticket_id:
            cites = _cited(app.rules, behind(app.rules, each.code), _law(app, plan))
            yield {"code": each.code, "reason": each.reason, "for": plan.case_id or plan.purpose, **cites}


def _law(app: App, plan: Plan) -> Law | None:
    case = casebook.case(app.store, plan.org, plan.case_id) if plan.case_id else None
    return case.law if case and case.law is not Law.NONE else None


def _twins(app: App, org: str, ticket_id: str) -> Iterator[tuple[str, str]]:
    """Yield the copy that stands for the ticket, or that the ticket is a copy; of what, no record tells."""
    for item in casebook.every(app.store, org, "twin"):
        if item.body.get("of") == ticket_id and item.body.get("number"):
            yield "copy", str(item.body["number"])
    if known := app.store.get(org, "twin_ticket", ticket_id):
        yield (
            "is_copy",
            "of a ticket that is gone, as it was" if known.body.get("whole") else "of a ticket that is gone",
        )
    if back := undo.returned(app, org, ticket_id):
        yield "brought_back", f"as ticket {back.number}, retention leaves it alone until {back.spared_until:%Y-%m-%d}"


def _scheduled(app: App, org: str, ticket_id: str) -> dict[str, Any]:
    try:
        decision = retention.judge(app, org, app.schedule, ticket_id)
    except NotFound:
        return {"code": GONE, "reason": "Desk has no such ticket", **_cited(app.rules, behind(app.rules, GONE))}
    except (Retryable, NeedsHuman):
        return {"code": "unknown", "reason": "Desk could not be asked", **_cited(app.rules, ())}
    return _decided(app.rules, decision)


def _decided(rules: Rules, decision: Decision) -> dict[str, Any]:
    if isinstance(decision, Due):
        return {"code": f"due: {decision.action}", **_rule(rules, decision.rule)}
    if isinstance(decision, Keep):
        return {"code": "kept", **_rule(rules, decision.rule)}
    return {"code": decision.code, "reason": decision.reason, **_cited(rules, behind(rules, decision.code))}


def _rule(rules: Rules, rule: Rule) -> dict[str, Any]:
    period = f"{rule.period_days} days from {rule.start}" if rule.action != "keep" else "until a person says otherwise"
    told = {"rule": rule.id, "basis": rule.basis, "period": period, "reason": rule.reason}
    return {**told, **_cited(rules, (rule.clause,))}
