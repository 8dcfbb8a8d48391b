"""Legal holds as people place, review and lift them; each leaves a ledger entry, and the gate obeys them.

What a hold covers, and that it beats everything else, is decided in `domain/gate.py` (R-HOLD-3, R-HOLD-4). A hold never
ends by itself: its owner is reminded before the review date and an alarm is raised after it. Once lifted, it stays in
force for the days of grace; then the erasures it kept from ending are planned anew, and approved anew (R-HOLD-6).
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from zoho_privacy.domain.errors import BadInput, NotFound
from zoho_privacy.domain.machine import Event, advance, allowed
from zoho_privacy.domain.model import Case, Hold, HoldQuery, Plan, State
from zoho_privacy.ports import Item
from zoho_privacy.workflows import casebook
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App

REVIEW_AFTER: Final = timedelta(days=180)
TABLE: Final = "hold"
HELD: Final = "held"
EMPTY: Final = HoldQuery()
COME_AGAIN: Final = timedelta(days=1)
ON_A_TICKET: Final = "ticket-"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """A hold to place. Matter, owner and reason name a file, a role and a ground, never a person (R-EVID-5)."""

    matter: str
    owner: str
    reason: str
    ticket_ids: frozenset[str] = frozenset()
    contact_ids: frozenset[str] = frozenset()
    tag: str | None = None
    review: date | None = None
    query: HoldQuery = EMPTY


@dataclass(frozen=True, slots=True)
class Released:
    """A hold that was lifted: in force until `ends`; `waiting` are the cases whose records it kept, by id."""

    ends: date
    waiting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reviews:
    """What one look at all holds found: whose owners were reminded now, and which are past their review date."""

    reminded: int
    overdue: tuple[str, ...]


def place(app: App, org: str, order: Order) -> Hold:
    """Place a hold from today on and return it; placing the same matter twice is refused.

    Raises:
        BadInput: It covers nothing, lacks a word, its days are the wrong way round, or the matter is held already.
    """
    query = order.query
    if not (order.ticket_ids or order.contact_ids or order.tag or query != EMPTY):
        raise BadInput("a hold needs tickets, contacts, a tag or a query to cover")
    if query.created_from and query.created_until and query.created_until < query.created_from:
        raise BadInput("a hold's days are the wrong way round")
    if not (order.matter.strip() and order.owner.strip() and order.reason.strip()):
        raise BadInput("a hold needs a matter, an owner and a reason")
    today = _today(app)
    hold = Hold(
        id=app.keyring.pseudonym("hold", order.matter),
        matter=order.matter,
        owner=order.owner,
        reason=order.reason,
        start=today,
        review=order.review or today + REVIEW_AFTER,
        ticket_ids=order.ticket_ids,
        contact_ids=order.contact_ids,
        tag=order.tag,
        query=query if query != EMPTY else None,
    )

    def make() -> Change | None:
        if app.store.get(org, TABLE, hold.id):
            raise BadInput(f"this matter is held already, as {hold.id}")
        change = Change(app.store, org, app.clock.now())
        change.put(TABLE, hold.id, body(hold))
        covers = f"{len(hold.ticket_ids)} tickets, {len(hold.contact_ids)} contacts, {'a' if hold.tag else 'no'} tag"
        covers += ", a query" if hold.query else ""
        change.log(f"owner:{order.owner}", "hold_placed", why="R-HOLD-3", result=covers, hold=hold.id)
        return change

    transact(make)
    return hold


def body(hold: Hold) -> dict[str, Any]:
    """Return a hold as the store keeps it, the same for the same hold."""
    members = dict(casebook.to_body(hold))
    if hold.query is not None:
        members["query"] = _sorted(members["query"])
    return _sorted(members)


def _sorted(members: dict[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, list) else value for name, value in members.items()}


def review(app: App, org: str, hold_id: str, *, until: date, who: str) -> Hold:
    """Record that a hold was looked at and is still needed; return it with its next review date.

    Raises:
        NotFound: There is no such hold.
        BadInput: The date is not in the future.
    """
    if until <= _today(app):
        raise BadInput("the next review is on a day to come")
    kept: list[Hold] = []

    def make() -> Change | None:
        item, hold = _stored(app, org, hold_id)
        kept[:] = [replace(hold, review=until)]
        change = Change(app.store, org, app.clock.now())
        change.put(TABLE, hold_id, body(kept[0]), was=item)
        change.log(f"agent:{who}", "hold_reviewed", why="R-HOLD-3", result=f"next {until}", hold=hold_id)
        return change

    transact(make)
    return kept[0]


def lift(app: App, org: str, hold_id: str, *, who: str) -> Released:
    """Lift a hold: its grace begins, and until that is over it keeps what it kept.

    Raises:
        NotFound: There is no such hold.
    """
    ends: list[date] = []

    def make() -> Change | None:
        item, hold = _stored(app, org, hold_id)
        change = Change(app.store, org, app.clock.now())
        ends[:] = [release(app, change, item, hold, who=f"agent:{who}")]
        return change

    transact(make)
    return Released(ends[0], tuple(case.id for case in waiting(app, org, _stored(app, org, hold_id)[1])))


def release(app: App, change: Change, item: Item | None, hold: Hold, *, who: str) -> date:
    """Begin the grace of a hold in this change; return the day of its end. A second time changes nothing.

    `item` is the hold as stored, None where only a tag on a ticket stood for it.
    """
    if hold.ends is not None:
        return hold.ends
    ends = change.now.date() + timedelta(days=app.rules.numbers.hold_grace_days)
    change.put(TABLE, hold.id, body(replace(hold, ends=ends)), was=item)
    change.job(f"hold_ends:{hold.id}", "hold_ends", due=datetime.combine(ends, time.min, UTC), hold=hold.id)
    change.log(who, "hold_lifted", why="R-HOLD-6", result=f"in force until {ends}", hold=hold.id)
    return ends


def end(app: App, org: str, hold_id: str) -> None:
    """Take a lifted hold away at the end of its grace; what it kept is taken up by a job of its own.

    A hold that was placed again meanwhile stays. Safe to repeat.
    """

    def make() -> Change | None:
        item = app.store.get(org, TABLE, hold_id)
        hold = casebook.from_body(Hold, item.body) if item else None
        if item is None or hold is None or hold.ends is None or _today(app) < hold.ends:
            return None
        change = Change(app.store, org, app.clock.now())
        change.delete(item)
        change.job(f"hold_resume:{hold_id}", "hold_resume", hold=body(hold))
        change.log("zoho_privacy", "hold_ended", why="R-HOLD-6", hold=hold_id)
        return change

    transact(make)


def resume(app: App, org: str, ended: Mapping[str, Any]) -> datetime | None:
    """Let the cases that an ended hold kept from ending be planned anew. Safe to repeat.

    Returns when to come again, where a plan that met the hold is still under way; None where all is taken up.
    """
    found = waiting(app, org, casebook.from_body(Hold, ended))
    for case in found:
        _resume(app, case)
    return app.clock.now() + COME_AGAIN if any(case.state is State.EXECUTING for case in found) else None


def waiting(app: App, org: str, hold: Hold) -> tuple[Case, ...]:
    """Return the cases of whose records a hold kept some, by id; what a tag or query kept cannot be told apart."""
    found = []
    for case in casebook.all_cases(app.store, org):
        plan = casebook.plan(app.store, org, case.plan_hash) if case.plan_hash else None
        if plan is None:
            continue
        kept = frozenset(_held(app, plan))
        named = kept & (hold.ticket_ids | hold.contact_ids) or case.contact_id in hold.contact_ids
        if kept and (named or hold.tag or hold.query):
            found.append(case)
    return tuple(found)


def _held(app: App, plan: Plan) -> Iterator[str]:
    yield from (each.target for each in plan.kept if each.code == HELD)
    for step in casebook.every(app.store, plan.org, "step", parent=plan.hash):
        if step.body.get("code") == HELD:
            yield step.body["target"]


def _resume(app: App, case: Case) -> None:
    """Let a case be planned anew; where the conversation is gone by now, a person has to carry it on."""

    def make() -> Change | None:
        fresh = casebook.case(app.store, case.org, case.id)
        change = Change(app.store, case.org, app.clock.now())
        if fresh is None:
            return None
        if fresh.state is State.PLANNED:
            change.job(f"fulfil:{case.id}", "fulfil", case=case.id, again=True)
        elif not allowed(fresh.state, Event.HOLD_ENDED):
            return None  # refused or dismissed, or on its way: its next plan sees that the hold is gone
        elif app.store.get(case.org, "tombstone", app.keyring.pseudonym("tombstone", case.ticket_id)) is None:
            change.case(replace(fresh, state=advance(fresh.state, Event.HOLD_ENDED), closed=None, reason=""))
            change.job(f"fulfil:{case.id}", "fulfil", case=case.id)
            change.job(f"sync:{case.ticket_id}", "sync", ticket_id=case.ticket_id)
        else:
            event = next(each for each in (Event.REOPENED, Event.PERSON_NEEDED) if allowed(fresh.state, each))
            reason = "a hold has ended: what it kept waits for a person"
            change.case(replace(fresh, state=advance(fresh.state, event), closed=None, reason=reason))
        change.log("zoho_privacy", Event.HOLD_ENDED, why="R-HOLD-6", case_id=case.id)
        return change

    transact(make)


def watch(app: App, org: str) -> Reviews:
    """Remind the owners whose review date is near, once per date, and raise an alarm once for each that is past it."""
    today = _today(app)
    soon = today + timedelta(days=app.rules.numbers.hold_reminder_days)
    holds = [hold for hold in casebook.holds(app.store, org) if hold.ends is None]
    reminded = sum(_remind(app, org, hold, late=False) for hold in holds if today < hold.review <= soon)
    late = [hold for hold in holds if hold.review <= today]
    for hold in late:
        if _remind(app, org, hold, late=True):
            log.error("alarm: hold %s of portal %s is past its review date", hold.id, org)
            reminded += 1
    return Reviews(reminded, tuple(hold.id for hold in late))


def _remind(app: App, org: str, hold: Hold, *, late: bool) -> bool:
    def make() -> Change | None:
        change = Change(app.store, org, app.clock.now())
        name = "overdue" if late else "soon"
        if not change.put_once("warning", f"hold:{hold.id}:{hold.review}:{name}", {"at": change.now.isoformat()}):
            return None
        if hold.id.startswith(ON_A_TICKET):
            ticket_id = hold.id.removeprefix(ON_A_TICKET)
            change.effect(f"note:{hold.id}:{hold.review}:{name}", "note", ticket_id, text=reminder(hold, late=late))
        change.log("zoho_privacy", "hold_review_due", why="R-HOLD-6", result=name, hold=hold.id)
        return change

    return transact(make)


def reminder(hold: Hold, *, late: bool) -> str:
    """Return what the owner reads on the ticket: the date, that the hold stays, and what to do."""
    when = "was to be reviewed" if late else "is to be reviewed"
    return (
        f"The legal hold on this ticket {when} by {hold.review:%Y-%m-%d}. It stays in force until somebody lifts it: "
        f"macro 'Lift hold', or zoho-privacy hold review {hold.id} --review DATE --as AGENT"
    )


def _stored(app: App, org: str, hold_id: str) -> tuple[Item, Hold]:
    item = app.store.get(org, TABLE, hold_id)
    if item is None:
        raise NotFound(f"there is no hold {hold_id}")
    return item, casebook.from_body(Hold, item.body)


def _today(app: App) -> date:
    return app.clock.now().date()
