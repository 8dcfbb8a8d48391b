"""What stays of deleted tickets, for counts: dates, department, channel, number of messages. No person, no ticket id.

A rule says whether its tickets leave one (R-RETAIN-10). It is noted with the plan and counts from the moment at which
the journal says that the ticket is gone; where the ticket stays, so does nothing of it here.

Table: skeleton (id: keyed, so that a ticket is counted once; parent: the plan).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any, Final

from zoho_privacy.domain.model import Plan
from zoho_privacy.domain.records import Ticket
from zoho_privacy.workflows import casebook
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App

TABLE: Final = "skeleton"
AT_ONCE: Final = 80  # a commit takes 90 writes


def note(app: App, org: str, plan: Plan, tickets: Mapping[str, Ticket]) -> None:
    """Note what would stay of the tickets that a plan is about to delete."""
    rows = [(_name(app, each), _bones(tickets[each])) for each in {action.target for action in plan.actions}
            if each in tickets]  # fmt: skip
    for first in range(0, len(rows), AT_ONCE):
        part = rows[first : first + AT_ONCE]

        def make(part: list[tuple[str, dict[str, Any]]] = part) -> Change:
            change = Change(app.store, org, app.clock.now())
            for name, body in part:
                change.put(TABLE, name, body, was=app.store.get(org, TABLE, name), parent=plan.hash)
            return change

        transact(make)


def settle(app: App, org: str, ended: Iterable[tuple[str, str]]) -> None:
    """Keep the skeletons of tickets that are gone and drop the others: `ended` are ids and results."""
    for ticket_id, result in ended:

        def make(ticket_id: str = ticket_id, result: str = result) -> Change | None:
            known = app.store.get(org, TABLE, _name(app, ticket_id))
            if known is None or known.body["gone"]:
                return None
            change = Change(app.store, org, app.clock.now())
            if result == "done":
                change.put(TABLE, known.id, {**known.body, "gone": True}, was=known, parent=known.parent)
            else:
                change.delete(known)
            return change

        transact(make)


def forget(change: Change, app: App, ticket_id: str) -> None:
    """Drop the skeleton of a ticket that was brought back: it will leave one when it goes."""
    known = app.store.get(change.org, TABLE, _name(app, ticket_id))
    if known is not None:
        change.delete(known)


def counts(app: App, org: str) -> list[dict[str, Any]]:
    """Return deleted tickets by month of closing, department and channel: how many, and the median of days open."""
    days: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    messages: Counter[tuple[str, str, str]] = Counter()
    for item in casebook.every(app.store, org, TABLE):
        if item.body["gone"]:
            cell = (item.body["closed"][:7], item.body["department"], item.body["channel"])
            days[cell].append(item.body["days"])
            messages[cell] += item.body["messages"]
    return [
        {"month": month, "department": department, "channel": channel, "tickets": len(found),
         "median_days": median(found), "messages": messages[month, department, channel]}
        for (month, department, channel), found in sorted(days.items())
    ]  # fmt: skip


def _name(app: App, ticket_id: str) -> str:
    return app.keyring.pseudonym(TABLE, ticket_id)


def _bones(ticket: Ticket) -> dict[str, Any]:
    closed = ticket.closed or ticket.created
    return {
        "created": ticket.created.date().isoformat(),
        "closed": closed.date().isoformat(),
        "department": ticket.department_id,
        "channel": ticket.channel,
        "days": (closed - ticket.created).days,
        "messages": ticket.thread_count,
        "gone": False,
    }
