"""Records of people whose tickets are all gone: which of them a retention run lets go (R-RETAIN-3).

All contacts are listed, newest first, once the tickets are worked off; those that may be due are then looked at, a page
at a time. A round that a run did not end goes on where it was, and the next begins a while after it. Whoever has a
ticket left anywhere, an open case, a restriction, a hold, a sealed copy or a counterpart in Zoho CRM stays. The end of
the relationship is what is remembered of tickets that were let go, at least the day the record was made or last
changed. Decides by `domain/retention.py`; deletes nothing: the run's plan and the gate do.

Tables: relationship (id: contact; when the last of their deleted tickets was closed), retention (id people: cursor).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from zoho_privacy.domain import gate
from zoho_privacy.domain import plan as planning
from zoho_privacy.domain.errors import NotFound
from zoho_privacy.domain.model import Action, ActionType
from zoho_privacy.domain.records import Contact
from zoho_privacy.domain.retention import PersonFacts, Rule, person_stays
from zoho_privacy.ports import Item, TicketQuery
from zoho_privacy.workflows import casebook, undo
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App, Desk
from zoho_privacy.workflows.writes import CANARY

TABLE: Final = "relationship"
CURSOR: Final = "people"
PAGE: Final = 100
ROUND: Final = timedelta(days=30)
BIN_LOOK: Final = 500
AT_ONCE: Final = 80  # a commit takes 90 writes
CHILDREN: Final = frozenset({ActionType.ERASE_ACTIVITY, ActionType.ANONYMISE_USER})
"""What goes right before what it hangs on."""


def note(app: App, org: str, ended: Mapping[str, datetime]) -> None:
    """Remember of people whose tickets are about to go when the last of those was closed."""
    names = sorted(ended)
    for first in range(0, len(names), AT_ONCE):
        part = names[first : first + AT_ONCE]

        def make(part: Sequence[str] = tuple(part)) -> Change:
            change = Change(app.store, org, app.clock.now())
            for name in part:
                known = app.store.get(org, TABLE, name)
                if known is None or datetime.fromisoformat(known.body["ended"]) < ended[name]:
                    change.put("relationship", name, {"ended": ended[name].isoformat()}, was=known)
            return change

        transact(make)


def forget(app: App, org: str, contacts: Iterable[str]) -> None:
    """Forget when the relationship with people ended whose records are gone."""
    for each in contacts:

        def make(each: str = each) -> Change | None:
            known = app.store.get(org, TABLE, each)
            if known is None:
                return None
            change = Change(app.store, org, app.clock.now())
            change.delete(known)
            return change

        transact(make)


@dataclass
class Round:
    """One walk over the contacts of a portal. `kept` tells whether it goes on where an earlier run stopped.

    `counts` says how many records were looked at ("looked"), are due ("due"), and stay, by the reason's code.
    """

    app: App
    org: str
    rule: Rule
    kept: bool
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def desk(self) -> Desk:
        """The portal."""
        return self.app.desks[self.org]

    @property
    def is_over(self) -> bool:
        """Tell whether the last round ended too short a while ago for another."""
        ended = self._cursor.body.get("ended") if self.kept and self._cursor else None
        return ended is not None and self.app.clock.now() < datetime.fromisoformat(ended) + ROUND

    def pages(self) -> Iterator[tuple[list[Contact], datetime | None]]:
        """Yield the records that are due, page by page, with what `move` is told once they are worked off."""
        since = self._cursor.body.get("since") if self.kept and self._cursor else None
        start = datetime.fromisoformat(since) if since else None
        waiting = [
            (each.id, each.created)
            for each in self.listed()
            if each.created is None or start is None or each.created <= start
            if self._may_be_due(each)
        ]  # listed to the end first: a list moves while records of it are deleted
        for first in range(0, len(waiting), PAGE):
            page = waiting[first : first + PAGE]
            due = [contact for name, _ in page if (contact := self._due(name)) is not None]
            yield due, page[-1][1] if first + PAGE < len(waiting) else None
        if not waiting:
            yield [], None

    def move(self, since: datetime | None) -> None:
        """Remember how far the round is; None ends it."""
        if not self.kept:
            return
        body = {"since": since.isoformat()} if since else {"ended": self.app.clock.now().isoformat()}

        def make() -> Change:
            change = Change(self.app.store, self.org, self.app.clock.now())
            was = self.app.store.get(self.org, "retention", CURSOR)
            change.put("retention", CURSOR, body, was=was)
            return change

        transact(make)

    def actions(self, contact: Contact) -> list[Action]:
        """Return what is done with a record that is due: help-centre accounts first, then the record for good."""
        rule, before = self.rule, self.app.keyring.digest("contact", *gate.contact_marks(contact)).hex()
        reason = f"{rule.reason} ({rule.period_days} days from {rule.start})"

        def action(kind: ActionType, target: str, mark: str) -> Action:
            key, credits_ = f"{kind}:{target}", planning.CREDITS[kind]
            return Action(key, kind, target, contact.id, mark, rule.id, rule.clause, reason, credits_)

        users = [user for user, _ in self.desk.read.portal_users(contact.id)]
        accounts = [action(ActionType.ANONYMISE_USER, each, "") for each in users]
        return [*accounts, action(ActionType.ERASE_CONTACT, contact.id, before)]

    # ------------------------------------------------------------------------------------------------------- one person

    def listed(self) -> Iterator[Contact]:
        """Yield the records of people as lists show them, without the suite's own."""
        for each in self.desk.read.newest_contacts():
            if each.id not in self._ours and not (each.last_name or "").startswith(CANARY):
                yield each

    def _may_be_due(self, listed: Contact) -> bool:
        """Tell whether a listed record is worth reading; count why the others stay."""
        self.counts["looked"] += 1
        facts = PersonFacts(listed.created, trashed=listed.trashed, in_crm=listed.crm_id is not None)
        code = person_stays(facts, self.rule, self.app.clock.now())
        self.counts.update([code] if code else [])
        return not code

    def _due(self, contact_id: str) -> Contact | None:
        """Return a record that is due, as it is now; count why it stays."""
        try:
            contact = self.desk.read.contact(contact_id)
        except NotFound:
            self.counts["gone"] += 1
            return None
        code = self._stays(contact)
        self.counts[code or "due"] += 1
        return None if code else contact

    def _stays(self, contact: Contact) -> str:
        """Return why a record stays, "" where nothing keeps it."""
        store, org = self.app.store, self.org
        row = store.get(org, TABLE, contact.id)
        facts = PersonFacts(
            created=contact.created,
            modified=contact.modified,
            relationship_end=datetime.fromisoformat(row.body["ended"]) if row else None,
            trashed=contact.trashed,
            in_crm=contact.crm_id is not None,
            open_case=any(map(casebook.is_open, casebook.cases_of_contact(store, org, contact.id))),
            restricted=store.get(org, "restriction", contact.id) is not None,
            held=self._is_held(contact),
            sealed_copy=bool(undo.of_person(self.app, org, [contact.id], _addresses(contact))),
        )
        code = person_stays(facts, self.rule, self.app.clock.now())
        return code or ("tickets-left" if self._has_tickets(contact.id) else "")

    def _is_held(self, contact: Contact) -> bool:
        return gate.hold_on(
            casebook.holds(self.app.store, self.org),
            tickets=frozenset(),
            contacts=frozenset({contact.id}),
            tags_found=frozenset(),
            record=gate.described(contact),
        ) is not None  # fmt: skip

    def _has_tickets(self, contact_id: str) -> bool:
        """Tell whether a ticket of any kind names the record; deleting it for good would take such a ticket along."""
        if contact_id in self._elsewhere:
            return True
        read = self.desk.read
        if next(iter(read.contact_tickets(contact_id)), None) is not None:
            return True
        return any(self._stands(each.id) for each in read.search_tickets(TicketQuery(contact_id=contact_id)))

    def _stands(self, ticket_id: str) -> bool:
        """Tell whether a ticket that the search shows is there: its index may lag behind our own deletion."""
        try:
            return not self.desk.read.ticket(ticket_id).trashed
        except NotFound:
            return False

    @cached_property
    def _elsewhere(self) -> frozenset[str]:
        """The people of archived tickets and of those in the bin, which lists by person do not show."""
        read = self.desk.read
        tickets = [each for department in read.departments() for each in read.archived_tickets(department.id)]
        for looked, item in enumerate(each for each in read.bin_items() if each.type.casefold() == "tickets"):
            if looked == BIN_LOOK:
                break
            try:
                tickets.append(read.ticket(item.id))
            except NotFound:
                continue
        return frozenset(
            {each.contact_id or "" for each in tickets} | {p for t in tickets for p in t.secondary_contact_ids}
        )

    @cached_property
    def _ours(self) -> frozenset[str]:
        """The contact to whom rewritten tickets belong."""
        made = self.app.store.get(self.org, "placeholder", "contact")
        return frozenset({str(made.body.get("id", ""))}) if made else frozenset()

    @cached_property
    def _cursor(self) -> Item | None:
        return self.app.store.get(self.org, "retention", CURSOR)


def _addresses(contact: Contact) -> list[str]:
    return [each for each in (contact.email, contact.secondary_email) if each]
