"""Watches the clocks: warns before a due date by tag and note, counts what is overdue, ends exports, reviews holds.

Each warning is given once per case and step (R-CLOCK-7); what was held as spam is listed daily (R-CLASS-6). Nothing
here moves a date.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from zoho_privacy.domain import tags
from zoho_privacy.domain.deadline import add, business_days_after, escalations_due, local_day
from zoho_privacy.domain.intake import CHILD
from zoho_privacy.domain.model import Case, State
from zoho_privacy.domain.rules import Span
from zoho_privacy.workflows import casebook, disclosures, exports, ledger, merges
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.holds import watch
from zoho_privacy.workflows.reconcile import ticket_item

log = logging.getLogger(__name__)
LISTED: Final = 60
"""The most tickets in one list; what is left comes in the next."""


@dataclass(frozen=True, slots=True)
class DeadlineReport:
    """What the clocks say of one portal."""

    org: str
    open_cases: int
    warned: int
    overdue: int
    exports_ended: int
    holds_to_review: int
    receipts_awaited: int = 0
    spam_listed: int = 0

    def summary(self) -> str:
        """Return one line for people and logs."""
        return (
            f"deadlines: {self.open_cases} open, {self.warned} warned, {self.overdue} overdue, "
            f"{self.exports_ended} exports ended, {self.holds_to_review} holds to review, "
            f"{self.receipts_awaited} wait for receipts, {self.spam_listed} held as spam"
        )


def run(app: App, *, dry_run: bool = False) -> tuple[DeadlineReport, ...]:
    """Look at every open case of every portal; a dry run only counts."""
    return tuple(_watch(app, org, dry_run=dry_run) for org in app.desks)


def _watch(app: App, org: str, *, dry_run: bool) -> DeadlineReport:
    now = app.clock.now()
    today = now.astimezone(ZoneInfo(app.policy.time_zone)).date()
    open_cases = [case for case in casebook.all_cases(app.store, org) if casebook.is_open(case)]
    warned = 0
    for case in open_cases:
        if not dry_run:
            disclosures.flag(app, case)
            warned += _child_waits(app, case, today)
        steps = escalations_due(case.due.due, today)
        if steps and not dry_run:
            warned += _warn(app, case, f"T-{min(steps)}", late=today > case.due.due)
    if not dry_run:
        merges.follow_kept(app, org)
    ended = 0 if dry_run else exports.expire_due(app, now)
    to_review = sum(hold.review <= today for hold in casebook.holds(app.store, org) if hold.ends is None)
    if not dry_run:
        watch(app, org)
        end = add(app.rules, today, Span(months=-app.rules.numbers.ledger_months), "us")
        ledger.purge(app.store, org, before=datetime.combine(end, time.min, UTC), now=now, who="zoho_privacy")
        ledger.anchor_head(app.store, app.anchor, org, now)
        app.desks[org].credits.save(app.store, org, now)
    spam = 0 if dry_run else _digest(app, org, today)
    return DeadlineReport(
        org=org,
        open_cases=len(open_cases),
        warned=warned,
        overdue=sum(today > case.due.due for case in open_cases if case.answered is None),
        exports_ended=ended,
        holds_to_review=to_review,
        receipts_awaited=sum(case.answered is not None for case in open_cases),
        spam_listed=spam,
    )


def _child_waits(app: App, case: Case, today: date) -> bool:
    """Warn once where nobody has looked at a child's matter on the last day to do so (R-CHILD-2)."""
    if case.reason != CHILD or case.state is not State.WITH_PERSON:
        return False
    received = local_day(case.due.received, app.policy.time_zone)
    last = business_days_after(app.rules, received, app.policy.child_look_days)
    if today < last:
        return False
    text = f"A child's data may be concerned: somebody looks by {last}. If it is so: 'Confirm child'."

    def make() -> Change | None:
        change = Change(app.store, case.org, app.clock.now())
        seen = {"at": change.now.isoformat()}
        if not change.put_once("warning", f"{case.id}:child", seen, parent=case.id):
            return None
        change.effect(f"note:{case.id}:child", "note", case.ticket_id, text=text)
        change.log(
            "zoho_privacy", "escalated", why="R-CHILD-2", result="child", case_id=case.id, ticket_id=case.ticket_id
        )
        return change

    return transact(make)


def _digest(app: App, org: str, today: date) -> int:
    """List once a day what was held as spam since the last list, so that nothing is dropped silently (R-CLASS-6).

    The list is a private note on the first of those tickets and a line in the log: numbers, and nobody's words.
    """
    listed = 0

    def make() -> Change | None:
        nonlocal listed
        found = sorted(islice(casebook.every(app.store, org, "spam"), LISTED), key=lambda item: item.body["since"])
        change = Change(app.store, org, app.clock.now())
        last = app.store.get(org, "digest", "spam")
        listed = len(found)
        if not found or (last is not None and last.body["day"] == today.isoformat()):
            listed = 0
            return None
        change.put("digest", "spam", {"day": today.isoformat()}, was=last)
        for item in found:
            change.delete(item)
        numbers = ", ".join(f"#{item.body['number']}" for item in found)
        text = (
            f"Held as spam since the last list, and not answered: {numbers}. If one is a request, set its action field "
            "to 'Export' or 'Propose erasure': the person is asked to confirm, and the clock counts from its arrival."
        )
        change.effect(f"note:digest:{today}", "note", found[0].id, text=text)
        change.log("zoho_privacy", "spam_listed", why="R-CLASS-6", result=str(len(found)))
        return change

    if transact(make):
        log.warning("held as spam since the last list: %d", listed)
    return listed


def _warn(app: App, case: Case, step: str, *, late: bool) -> bool:
    """Warn once; return whether this was the first time."""

    def make() -> Change | None:
        change = Change(app.store, case.org, app.clock.now())
        name = "overdue" if late else step
        if not change.put_once("warning", f"{case.id}:{name}", {"at": change.now.isoformat()}, parent=case.id):
            return None
        if case.answered is None:  # afterwards only recipients' receipts are awaited, and the ticket may be gone
            _mark(app, change, case, name, late=late)
        change.log("zoho_privacy", "escalated", why="R-CLOCK-7", result=name, case_id=case.id, ticket_id=case.ticket_id)
        return change

    return transact(make)


def _mark(app: App, change: Change, case: Case, name: str, *, late: bool) -> None:
    flag = tags.OVERDUE if late else tags.DUE_SOON
    ticket_item(change, case.ticket_id, app.store.get(case.org, "ticket", case.ticket_id), flags=frozenset({flag}))
    change.effect(f"note:{case.id}:{name}", "note", case.ticket_id, text=warning(case, change.now, late=late))
    change.job(f"sync:{case.ticket_id}", "sync", ticket_id=case.ticket_id)


def warning(case: Case, now: datetime, *, late: bool) -> str:
    """Return what an agent reads: which right, its date, where the case stands."""
    days = abs((case.due.due - now.date()).days)
    when = f"was due {days} day(s) ago" if late else f"is due in {days} day(s)"
    return f"The {case.kind} request {when} ({case.due.due:%Y-%m-%d}); it is {case.state}."
