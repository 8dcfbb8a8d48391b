"""Requests about data that we process for a client: sent on to it, and its word heard (R-PROC-1 to R-PROC-6).

The client decides; nothing is copied, erased or changed before it has (R-PROC-3). Its registered contact gets the
request by a message that the ticket's customer does not see, and instructs by answering it; a person reads the
instruction and acts. Where no contact is registered, agents are asked to send the request on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from zoho_privacy.domain import verify
from zoho_privacy.domain.deadline import business_days_after, local_day
from zoho_privacy.domain.machine import Event, advance
from zoho_privacy.domain.model import Case, Client, State
from zoho_privacy.domain.records import Contact, Thread, Ticket
from zoho_privacy.workflows import casebook
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App, Desk

LETTER = "client_request"
INSTRUCTED = "the client has answered: read its instruction"


def client_of(desk: Desk, contact: Contact | None) -> Client | None:
    """Return the client whose organisation somebody belongs to, None where the firm alone decides."""
    known = desk.settings.processor_accounts or {}
    return known.get(contact.account_id or "") if contact else None


def named(desk: Desk, name: str | None) -> Client | None:
    """Return a client by its name."""
    known = (desk.settings.processor_accounts or {}).values()
    return next((client for client in known if client.name == name), None)


def days_of(desk: Desk, case: Case) -> int | None:
    """Return how long the contract lets us assist with a case that a client decides, None where nothing says."""
    client = named(desk, case.processor_for)
    return client.days if client else None


def send_on(app: App, change: Change, desk: Desk, cases: Sequence[Case], mark: str) -> None:
    """Put what tells the client of its cases into the change: a letter to its contact, or a note for agents.

    Cases of one ticket; those that are nobody's but ours are passed over. `mark` names the occasion for ever.
    """
    by_client: dict[str, list[Case]] = {}
    for case in cases:
        if case.state is State.ROUTED and case.processor_for:
            by_client.setdefault(case.processor_for, []).append(case)
    for name, theirs in by_client.items():
        first, client = theirs[0], named(desk, name)
        days = app.rules.numbers.forward_business_days
        last = business_days_after(app.rules, local_day(change.now, app.policy.time_zone), days)
        if client and client.contact:
            change.effect(
                f"reply:{first.ticket_id}:{mark}:{LETTER}:{theirs[0].id}",
                "reply",
                first.ticket_id,
                letter=LETTER,
                language=first.language,
                cases=[case.id for case in theirs],
                contact_id=first.contact_id,
                client=name,
            )
            how = "letter"
        else:
            text = (
                f"Send this request on to {name} by {last:%Y-%m-%d}: it decides about the data. Then wait for its word."
            )
            change.effect(f"note:{first.ticket_id}:{mark}:{LETTER}:{theirs[0].id}", "note", first.ticket_id, text=text)
            how = "by hand"
        for case in theirs:
            change.log(
                "zoho_privacy",
                "sent_on",
                why="R-PROC-2",
                result=how,
                case_id=case.id,
                ticket_id=case.ticket_id,
                by=last.isoformat(),
            )


def hear(app: App, desk: Desk, ticket: Ticket, thread: Thread, signals: Mapping[str, str]) -> bool:
    """Take a message of a client's registered contact on its ticket as its word; return whether it was one.

    A person reads it and acts. What makes the sender doubtful stands in the note, since an address proves nothing.
    """
    org = desk.settings.org
    author = (thread.author_email or "").casefold()
    if not author or not any(
        _writes(desk, case, author) for case in casebook.cases_of_ticket(app.store, org, ticket.id)
    ):
        return False

    def make() -> Change | None:
        change = Change(app.store, org, app.clock.now())
        if not change.put_once("message", thread.id, {"result": "instruction"}, parent=ticket.id):
            return None
        spf, dkim, dmarc = (signals.get(name) for name in ("spf", "dkim", "dmarc"))
        facts = verify.Facts(sender_on_file=True, spf=spf, dkim=dkim, dmarc=dmarc)
        doubts = ", ".join(verify.doubts(facts))
        for case in casebook.cases_of_ticket(app.store, org, ticket.id):
            if case.state is not State.ROUTED or not _writes(desk, case, author):
                continue
            change.case(replace(case, state=advance(case.state, Event.PERSON_NEEDED), reason=INSTRUCTED))
            change.log(
                "client",
                "instructed",
                why="R-PROC-3",
                result=doubts or "registered contact",
                case_id=case.id,
                ticket_id=ticket.id,
            )
        first = f"The sender is doubtful ({doubts}): ask the client by other means first. " if doubts else ""
        text = (
            f"{first}The client's contact has answered. To carry out the request as it says: 'Mark verified'. "
            "Otherwise answer the person: a note with 'Answer:', then 'Send answer'."
        )
        change.effect(f"note:{thread.id}:client", "note", ticket.id, text=text)
        change.job(f"sync:{ticket.id}", "sync", ticket_id=ticket.id)
        return change

    transact(make)
    return True


def _writes(desk: Desk, case: Case, author: str) -> bool:
    client = named(desk, case.processor_for)
    return client is not None and client.contact.casefold() == author
