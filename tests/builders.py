"""Small invented values for tests; every test names only what matters to it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from zoho_privacy.domain.model import Case, DueDates, Kind, Law, Level, State
from zoho_privacy.domain.records import Contact, Ticket

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
ORG = "60001"


def a_case(**members: Any) -> Case:
    """Return a deletion case that waits for proof."""
    due = DueDates(
        received=NOW, acknowledge_due=date(2026, 3, 2), promise_due=date(2026, 4, 1), legal_due=date(2026, 4, 2)
    )
    case = Case(
        org=ORG,
        id="7001-deletion",
        ticket_id="7001",
        ticket_number="5127",
        kind=Kind.DELETION,
        contact_id="9001",
        state=State.AWAITING_PROOF,
        law=Law.GDPR,
        level=Level.V1,
        language="en",
        due=due,
        confidence=0.97,
    )
    return replace(case, **members)


def a_ticket(**members: Any) -> Ticket:
    """Return a closed ticket of one person."""
    ticket = Ticket(
        id="7100",
        number="5001",
        subject="Printer offline",
        status="Resolved",
        status_type="closed",
        department_id="100",
        contact_id="9001",
        created=datetime(2025, 1, 2, tzinfo=UTC),
        closed=datetime(2025, 1, 5, tzinfo=UTC),
        thread_count=2,
    )
    return replace(ticket, **members)


def a_contact(**members: Any) -> Contact:
    """Return an invented person's record."""
    contact = Contact(
        id="9001",
        first_name="Ada",
        last_name="Moss",
        email="ada.moss@example.net",
        created=datetime(2024, 5, 1, tzinfo=UTC),
        phone="+1 555 0142",
    )
    return replace(contact, **members)
