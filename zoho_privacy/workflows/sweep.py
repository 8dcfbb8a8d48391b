"""Finds what no webhook announced: new tickets, replies, agents' edits (R-INTAKE-3).

Two windows are searched, by change and by customer response, since nobody could establish which of them a reply moves;
they overlap by half an hour because the index lags. Tickets with open cases are looked at again in any case: Zoho
announces no tag. Tables: watermark (id "sweep").
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from zoho_privacy.domain.errors import Conflict, CreditsLow, NotFound
from zoho_privacy.domain.records import Ticket
from zoho_privacy.ports import TicketQuery
from zoho_privacy.workflows import casebook
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App, Desk
from zoho_privacy.workflows.reconcile import installed_at, reconcile_ticket
from zoho_privacy.workflows.together import gather

AT_ONCE: Final = 4
"""Tickets looked at together: each look writes, and who writes at the same moment has to look again."""


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep saw: tickets listed, of these looked at because something was new; up to when all is known.

    `stopped` says why it ended early: what it did not see is in the next sweep's window.
    """

    listed: int
    looked_at: int
    until: datetime
    stopped: str = ""
    credits_spent: float = 0.0

    def summary(self) -> str:
        """Return one line for people and logs."""
        return f"sweep: {self.listed} tickets listed, {self.looked_at} looked at{self.stopped and '; ' + self.stopped}"


def run(app: App, *, dry_run: bool = False) -> tuple[SweepReport, ...]:
    """Sweep every portal; a dry run lists only.

    Raises:
        Retryable: Desk or store failed; the watermark stays, so nothing is skipped.
    """
    reports = []
    for org, desk in app.desks.items():
        floor = app.policy.credit_reserve * app.policy.daily_credits
        with desk.credits.flow("sweep"), desk.credits.run() as spent, desk.credits.reserve(floor):
            report = _sweep(app, org, desk, dry_run=dry_run)
            reports.append(replace(report, credits_spent=spent.credits))
    return tuple(reports)


def _sweep(app: App, org: str, desk: Desk, *, dry_run: bool) -> SweepReport:
    now = app.clock.now()
    mark = app.store.get(org, "watermark", "sweep")
    since = datetime.fromisoformat(mark.body["until"]) if mark else installed_at(app, org)
    if _at_reserve(app, desk):
        return SweepReport(0, 0, since, stopped="API credits are at the reserve")
    window = (since - desk.settings.behaviour.sweep_overlap, now)
    listed: dict[str, Ticket] = {}
    try:
        for found in gather(partial(_found, desk), _queries(window), at_once=desk.read.at_once):
            listed |= {ticket.id: ticket for ticket in found}
        news = [ticket.id for ticket in listed.values() if _is_new(app, org, ticket)]
        news += [ticket_id for ticket_id in _concerned(app, org) if ticket_id not in set(news)]
        if not dry_run:
            _look(app, org, news)
            _move_mark(app, org, now)
    except CreditsLow as low:
        return SweepReport(len(listed), 0, since, stopped=str(low))
    return SweepReport(len(listed), 0 if dry_run else len(news), now)


def _queries(window: tuple[datetime, datetime]) -> tuple[TicketQuery, ...]:
    return TicketQuery(modified=window), TicketQuery(customer_response=window), TicketQuery(created=window)


def _found(desk: Desk, query: TicketQuery) -> list[Ticket]:
    return list(desk.read.search_tickets(query))


def _at_reserve(app: App, desk: Desk) -> bool:
    left = desk.credits.remaining()
    return left is not None and left < app.policy.credit_reserve * app.policy.daily_credits


def _is_new(app: App, org: str, ticket: Ticket) -> bool:
    known = app.store.get(org, "ticket", ticket.id)
    return known is None or known.body.get("threads") != ticket.thread_count


def _concerned(app: App, org: str) -> Iterable[str]:
    """Return the tickets with open cases, each once."""
    return dict.fromkeys(case.ticket_id for case in casebook.all_cases(app.store, org) if casebook.is_open(case))


def _look(app: App, org: str, ticket_ids: Sequence[str]) -> None:
    at_once = min(AT_ONCE, app.desks[org].read.at_once)
    looks = zip(ticket_ids, gather(partial(_look_at, app, org), ticket_ids, at_once=at_once), strict=True)
    for ticket_id in [ticket_id for ticket_id, done in looks if not done]:
        reconcile_ticket(app, org, ticket_id)


def _look_at(app: App, org: str, ticket_id: str) -> bool:
    """Look at one ticket; False where another look wrote at the same moment."""
    try:
        reconcile_ticket(app, org, ticket_id)
    except Conflict:
        return False
    except NotFound:
        return True
    return True


def _move_mark(app: App, org: str, now: datetime) -> None:
    def make() -> Change | None:
        mark = app.store.get(org, "watermark", "sweep")
        change = Change(app.store, org, now)
        change.put("watermark", "sweep", {"until": now.isoformat()}, was=mark)
        return change

    transact(make)
