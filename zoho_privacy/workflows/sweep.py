"""Finds what no webhook announced: new tickets, replies, agents' edits (R-INTAKE-3).

Two windows are searched, by change and by customer response, since nobody could establish which of them a reply moves;
they overlap by half an hour because the index lags. Tickets with open cases are looked at again in any case: Zoho
announces no tag. Tables: watermark (id "sweep").
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from zoho_privacy.domain.errors import DeskBusy, NotFound
from zoho_privacy.domain.records import Ticket
from zoho_privacy.ports import TicketQuery
from zoho_privacy.workflows import casebook
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App, Desk
from zoho_privacy.workflows.reconcile import installed_at, reconcile_ticket

OVERLAP: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep saw: tickets listed, of these looked at because something was new; up to when all is known."""

    listed: int
    looked_at: int
    until: datetime
    stopped: str = ""

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
        with desk.credits.flow("sweep"):
            reports.append(_sweep(app, org, desk, dry_run=dry_run))
    return tuple(reports)


def _sweep(app: App, org: str, desk: Desk, *, dry_run: bool) -> SweepReport:
    now = app.clock.now()
    mark = app.store.get(org, "watermark", "sweep")
    since = datetime.fromisoformat(mark.body["until"]) if mark else installed_at(app, org)
    if _at_reserve(app, desk):
        return SweepReport(0, 0, since, stopped="API credits are at the reserve")
    window = (since - OVERLAP, now)
    listed: dict[str, Ticket] = {}
    for query in (TicketQuery(modified=window), TicketQuery(customer_response=window), TicketQuery(created=window)):
        listed |= {ticket.id: ticket for ticket in desk.read.search_tickets(query)}
    news = [ticket.id for ticket in listed.values() if _is_new(app, org, ticket)]
    news += [ticket_id for ticket_id in _concerned(app, org) if ticket_id not in set(news)]
    if not dry_run:
        _look(app, org, news)
        _move_mark(app, org, now)
    return SweepReport(len(listed), 0 if dry_run else len(news), now)


def _at_reserve(app: App, desk: Desk) -> bool:
    left = desk.credits.remaining()
    return left is not None and left < app.policy.credit_reserve * app.policy.daily_credits


def _is_new(app: App, org: str, ticket: Ticket) -> bool:
    known = app.store.get(org, "ticket", ticket.id)
    return known is None or known.body.get("threads") != ticket.thread_count


def _concerned(app: App, org: str) -> Iterable[str]:
    """Return the tickets with open cases, each once."""
    return dict.fromkeys(case.ticket_id for case in casebook.all_cases(app.store, org) if casebook.is_open(case))


def _look(app: App, org: str, ticket_ids: Iterable[str]) -> None:
    for ticket_id in ticket_ids:
        try:
            reconcile_ticket(app, org, ticket_id)
        except DeskBusy:
            raise
        except NotFound:
            continue


def _move_mark(app: App, org: str, now: datetime) -> None:
    def make() -> Change | None:
        mark = app.store.get(org, "watermark", "sweep")
        change = Change(app.store, org, now)
        change.put("watermark", "sweep", {"until": now.isoformat()}, was=mark)
        return change

    transact(make)
