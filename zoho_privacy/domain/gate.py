"""The gate: may this write to somebody's data happen now? Pure. Every destructive write passes it, at the last moment.

The facts are read again right before the write; what was true when the plan was made proves nothing (R-PLAN-2,
R-HOLD-4). Any clause that cannot be checked counts as a no.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from zoho_privacy.domain import tags
from zoho_privacy.domain.model import Action, ActionType, Hold, HoldQuery, Plan
from zoho_privacy.domain.records import Contact, Ticket

REMOVES_TICKET: Final = frozenset({ActionType.ERASE_TICKET, ActionType.REBUILD_TICKET, ActionType.NATIVE_ERASE_TICKET})
"""After each of these the ticket itself is gone for good, whatever stands in its place."""
TICKET_ACTIONS: Final = REMOVES_TICKET | {ActionType.MASK_TICKET}
WHOLE_CONTACT: Final = frozenset({ActionType.ERASE_CONTACT, ActionType.MASK_CONTACT, ActionType.ANONYMISE_USER})


@dataclass(frozen=True, slots=True)
class Described:
    """What the query of a hold looks at in a record. A person's record has an organisation and nothing else of it."""

    account_id: str | None = None
    department_id: str | None = None
    category: str | None = None
    created: datetime | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What was just read. `fingerprint` is "" where the record no longer exists.

    `hold_tags` are the own tags on the ticket concerned; `tickets` and `contacts` all ids the write touches, `record`
    what a hold's query asks about;
    `pending_access` tells that the person's access request is still unanswered (R-HOLD-5); `kept_tickets` counts the
    contact's tickets that would go with it.
    """

    approved_hash: str
    fingerprint: str
    hold_tags: frozenset[str] = frozenset()
    tickets: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()
    holds: tuple[Hold, ...] = ()
    record: Described = Described()
    pending_access: bool = False
    restricted: bool = False
    open_case: bool = False
    closed: bool = True
    kept_tickets: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`go`, or the code and sentence that say why not. Code `gone` means that nothing is left to do."""

    go: bool
    code: str = ""
    reason: str = ""


GO: Final = Verdict(go=True)
NOTHING: Final = Described()


def hold_on(
    holds: Iterable[Hold],
    *,
    tickets: frozenset[str],
    contacts: frozenset[str],
    tags_found: frozenset[str],
    record: Described = NOTHING,
) -> Hold | None:
    """Return a hold that covers any of the records, or None."""
    for hold in holds:
        if hold.ticket_ids & tickets or hold.contact_ids & contacts or (hold.tag and hold.tag in tags_found):
            return hold
        if hold.query is not None and asks_for(hold.query, record):
            return hold
    return None


def asks_for(query: HoldQuery, record: Described) -> bool:
    """Tell whether the query covers a record; an empty one covers nothing, and nothing unknown meets a condition."""
    day = record.created.astimezone(UTC).date() if record.created else None
    conditions = (
        (query.account_ids, record.account_id in query.account_ids),
        (query.department_ids, record.department_id in query.department_ids),
        (query.categories, (record.category or "").casefold() in {each.casefold() for each in query.categories}),
        (query.created_from, day is not None and query.created_from is not None and day >= query.created_from),
        (query.created_until, day is not None and query.created_until is not None and day <= query.created_until),
        (query.words, query.words.casefold() in (record.subject or "").casefold()),
    )
    met = [met for asked, met in conditions if asked]
    return bool(met) and all(met)


def described(record: Ticket | Contact) -> Described:
    """Return what a hold's query looks at.

    A person's record is covered by its organisation alone: the rest is asked of tickets, and a held ticket keeps its
    person's record anyway.
    """
    if isinstance(record, Contact):
        return Described(account_id=record.account_id)
    return Described(record.account_id, record.department_id, record.category, record.created, record.subject)


def decide(action: Action, plan: Plan, facts: GateFacts) -> Verdict:
    """Decide about one destructive write."""
    if action not in plan.actions or not plan.hash or facts.approved_hash != plan.hash:
        return Verdict(go=False, code="not-approved", reason="this exact plan was not approved")
    if not facts.fingerprint:
        return Verdict(go=False, code="gone", reason="the record is no longer there")
    if tags.HOLD in facts.hold_tags:
        return Verdict(go=False, code="held", reason="the ticket carries the hold tag")
    found, record = facts.hold_tags, facts.record
    if hold_on(facts.holds, tickets=facts.tickets, contacts=facts.contacts, tags_found=found, record=record):
        return Verdict(go=False, code="held", reason="a legal hold keeps the record")
    if facts.pending_access:
        return Verdict(go=False, code="access-pending", reason="an access request is answered first")
    if plan.purpose == "retention":
        if facts.open_case:
            return Verdict(go=False, code="open-case", reason="a privacy case on the ticket is open")
        if facts.restricted:
            return Verdict(go=False, code="restricted", reason="the person's data is restricted")
        if not facts.closed:
            return Verdict(go=False, code="reopened", reason="the ticket is open again")
    if action.type is ActionType.ERASE_CONTACT and facts.kept_tickets:
        return Verdict(go=False, code="tickets-left", reason="erasing the contact would take kept tickets along")
    if action.before and facts.fingerprint != action.before:
        return Verdict(go=False, code="changed", reason="the record changed since it was planned")
    return GO


def ticket_marks(ticket: Ticket, *, request: bool) -> tuple[str, ...]:
    """Return what must not have changed between plan and write.

    The ticket of the request itself grows by our own letters, so only its people count.
    """
    people = (ticket.id, ticket.contact_id or "", *sorted(ticket.secondary_contact_ids))
    if request:
        return people
    counts = (ticket.thread_count, ticket.comment_count, ticket.attachment_count)
    return (*people, ticket.subject, ticket.status_type, *(str(count) for count in counts))


def contact_marks(contact: Contact) -> tuple[str, ...]:
    """Return what must not have changed on a contact between plan and write."""
    return (contact.id, contact.email or "", contact.secondary_email or "", contact.last_name or "")
