"""Consents as people record them: what for, when, under which wording, and where the proof is (R-CONSENT-1).

Nothing here is recorded by itself: a ticket, a visit or a policy read is no consent (R-CONSENT-3). A withdrawal is one
step, by mail without any proof of identity (a case of its own) or by an agent; it stops the purpose and leaves what was
done before as it was (R-CONSENT-2). Table consent (id: keyed name, parent: contact). Ids and references, no names.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from zoho_privacy.domain.errors import BadInput, NotFound
from zoho_privacy.domain.model import Kind, State
from zoho_privacy.domain.records import Ticket
from zoho_privacy.workflows import casebook, rights
from zoho_privacy.workflows.casebook import Change, from_body, to_body, transact
from zoho_privacy.workflows.context import App

TABLE: Final = "consent"
LONGEST: Final = 80


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent. `wording` is the version of the text agreed to, `proof` finds the record of the act.

    `ticket` is one of the person's: it tells whose record stays where theirs is merged into another.
    """

    org: str
    id: str
    contact_id: str
    purpose: str
    given: datetime
    wording: str
    proof: str
    by: str
    withdrawn: datetime | None = None
    ticket: str = ""


def record(app: App, org: str, consent: Consent) -> Consent:
    """Record a consent and return it as stored; the same again changes nothing. Its id is given here.

    Raises:
        BadInput: A word is missing or too long, or it was given in the future.
    """
    words = (consent.contact_id, consent.purpose, consent.wording, consent.proof)
    if not all(word.strip() and len(word) <= LONGEST for word in words):
        raise BadInput(f"a consent needs contact, purpose, wording and proof, each of at most {LONGEST} characters")
    if consent.given > app.clock.now():
        raise BadInput("a consent cannot be given in the future")
    given = consent.given.astimezone(UTC)
    name = f"{consent.contact_id} {consent.purpose} {given.isoformat()}"
    stored = replace(consent, org=org, id=app.keyring.pseudonym("consent", name), given=given, withdrawn=None)
    if app.store.get(org, TABLE, stored.id) is None:
        stored = replace(stored, ticket=next((each.id for each in _tickets(app, org, stored.contact_id)), ""))

    def make() -> Change | None:
        change = Change(app.store, org, app.clock.now())
        if not change.put_once(TABLE, stored.id, dict(to_body(stored)), parent=stored.contact_id):
            return None
        told = {"consent": stored.id, "given": given.isoformat(), "wording": stored.wording, "proof": stored.proof}
        change.log(stored.by, "consent_recorded", why="R-CONSENT-1", result=stored.purpose, **told)
        return change

    transact(make)
    return get(app, org, stored.id)


def _tickets(app: App, org: str, contact_id: str) -> Iterator[Ticket]:
    """Yield the person's tickets, none where Desk knows no such record."""
    with contextlib.suppress(NotFound):
        yield from app.desks[org].read.contact_tickets(contact_id)


def withdraw(app: App, org: str, consent_id: str, *, who: str) -> Consent:
    """Withdraw a consent as an agent was asked to; a second time changes nothing.

    Raises:
        NotFound: There is none of this id.
    """

    def make() -> Change | None:
        item = app.store.get(org, TABLE, consent_id)
        consent = get(app, org, consent_id)
        if item is None or consent.withdrawn:
            return None
        change = Change(app.store, org, app.clock.now())
        change.put(TABLE, consent_id, dict(to_body(replace(consent, withdrawn=change.now))), was=item,
                   parent=consent.contact_id)  # fmt: skip
        body = {"since": change.now.isoformat(), "case": ""}
        change.put_once("suppression", f"{consent.contact_id}:{Kind.WITHDRAW_CONSENT}", body, parent=consent.contact_id)
        rights.show(change, consent.contact_id)
        change.log(who, "consent_withdrawn", why="R-CONSENT-1", result=consent.purpose, consent=consent_id)
        return change

    transact(make)
    return get(app, org, consent_id)


def get(app: App, org: str, consent_id: str) -> Consent:
    """Return a consent.

    Raises:
        NotFound: There is none of this id.
    """
    item = app.store.get(org, TABLE, consent_id)
    if item is None:
        raise NotFound(f"there is no consent {consent_id}")
    return from_body(Consent, item.body)


def of(app: App, org: str, contact_id: str) -> list[Consent]:
    """Return the consents of a person, the oldest first."""
    found = (from_body(Consent, item.body) for item in casebook.every(app.store, org, TABLE, parent=contact_id))
    return sorted(found, key=lambda each: (each.given, each.id))


def ended(app: App, consent: Consent) -> datetime | None:
    """Return when a consent ended: withdrawn by an agent, or by the person's own request after it was given."""
    cases = (
        casebook.case(app.store, consent.org, item.id)
        for item in casebook.every(app.store, consent.org, "person_case", parent=consent.contact_id)
    )
    asked = [
        case.due.received
        for case in cases
        if case is not None and case.kind is Kind.WITHDRAW_CONSENT and case.state is not State.DISMISSED
        if case.due.received >= consent.given
    ]
    return min([*asked, *([consent.withdrawn] if consent.withdrawn else [])], default=None)


def in_force(app: App, consent: Consent, at: datetime) -> bool:
    """Tell whether a purpose was allowed by this consent at a moment; a withdrawal leaves the time before as it was."""
    end = ended(app, consent)
    return consent.given <= at and (end is None or at < end)
