"""Notices that Desk merged a record or a ticket into another, and lets everything we know of it go along.

Desk announces no merge and answers with an error afterwards, or with the one that stays. So it is read back: a person's
record is merged where it is gone and the ticket that was theirs is another's by now; a ticket where it is gone and its
messages stand in another one. What was promised goes along at once (R-OPTOUT-1, R-RESTRICT-1, R-HOLD-3); a proof of
identity only where the record that stays holds the address that it was given for (R-VERIFY-5). Nobody is taken for
merged who was erased by us, or whose record is still there.
Read and written: case, person_case, challenge, restriction, suppression, consent, correction, hold, address, message,
ticket, effect, pause, sent.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from zoho_privacy.domain.errors import NotFound
from zoho_privacy.domain.machine import Event, advance
from zoho_privacy.domain.model import Case, Hold, Kind, Level, State
from zoho_privacy.domain.records import Contact, Thread, Ticket
from zoho_privacy.ports import Item
from zoho_privacy.workflows import casebook, holds, rights
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App, Desk

GONE: Final = "the ticket was deleted or merged"
OTHER_ADDRESS: Final = "the person's record was merged into one with another address: is it the same person?"
OTHER_CUSTOMER: Final = "the ticket was merged into somebody else's: look at who asks for what"
MERGED: Final = "its ticket was merged into this one: decide how it goes on"
PROVEN: Final = frozenset({State.AWAITING_PROOF, State.DORMANT, State.VERIFIED})
NEAR: Final = 20
"""In how many of a person's newest tickets the messages of a vanished one are looked for."""
BATCH: Final = 40


# -------------------------------------------------------------------------------------------------------------- people


def follow(app: App, case: Case, customer: str | None) -> None:
    """Let everything of a person go along where the record behind a case was merged; `customer` is the ticket's now."""
    org, old = case.org, case.correspondent if case.by_agent else case.contact_id
    if old is None or customer in {None, old} or not _theirs(app, case, old):
        return
    if not (casebook.is_open(case) or any(True for _ in _kept_of(app, org, old))) or not _vanished(app, org, old):
        return
    _move_person(app, org, old, str(customer), case.ticket_id, case)


def follow_kept(app: App, org: str) -> None:
    """Look once a day whether a record that something was promised to still says so, or was merged away.

    No use and no schedule may find it free.
    """
    people = {
        *(item.id for item in casebook.every(app.store, org, "restriction")),
        *(str(item.parent) for table in ("suppression", "consent") for item in casebook.every(app.store, org, table)),
    }
    for contact_id in sorted(people):
        if not _vanished(app, org, contact_id):
            rights.keep_flags(app, org, contact_id)
            continue
        for case in _of(app, org, contact_id):
            with contextlib.suppress(NotFound):
                follow(app, case, app.desks[org].read.ticket(case.ticket_id).contact_id)
        for consent in casebook.every(app.store, org, "consent", parent=contact_id):
            if ticket_id := consent.body.get("ticket"):
                with contextlib.suppress(NotFound):
                    customer = app.desks[org].read.ticket(ticket_id).contact_id
                    if customer not in {None, contact_id}:
                        _move_person(app, org, contact_id, str(customer), ticket_id)
                        break


def _of(app: App, org: str, contact_id: str) -> Iterator[Case]:
    """Yield the cases whose tickets may tell where a record went: the person's, and those that restrict their data."""
    yield from casebook.cases_of_contact(app.store, org, contact_id)
    restriction = app.store.get(org, "restriction", contact_id)
    for case_id in casebook.grounds(restriction) if restriction else ():
        case = casebook.case(app.store, org, case_id)
        if case is not None:
            yield case


def _theirs(app: App, case: Case, old: str) -> bool:
    """Tell whether the ticket was this person's when it was last looked at; a colleague's request is on another's."""
    item = app.store.get(case.org, "ticket", case.ticket_id)
    return item is None or item.body.get("customer") in {None, old}


def _vanished(app: App, org: str, contact_id: str) -> bool:
    if app.store.get(org, "tombstone", app.keyring.pseudonym("tombstone", contact_id)):
        return False
    record = _contact(app.desks[org], contact_id)
    return record is None or record.trashed


def _kept_of(app: App, org: str, contact_id: str) -> Iterator[Item]:
    """Yield what is kept of somebody besides cases."""
    restriction = app.store.get(org, "restriction", contact_id)
    if restriction:
        yield restriction
    for table in ("suppression", "consent", "correction"):
        yield from casebook.every(app.store, org, table, parent=contact_id)


def _move_person(app: App, org: str, old: str, new: str, ticket_id: str, case: Case | None = None) -> None:
    """Move what is kept of a person; `ticket_id` tells whose record stays, and is told so where it holds a case."""
    same = _holds_address(app, org, old, new)

    def make() -> Change:
        change = Change(app.store, org, app.clock.now())
        _move_kept(change, old, new)
        _cover(change, contact=(old, new))
        for item in casebook.every(app.store, org, "challenge", parent=old):
            change.put("challenge", item.id, {**item.body, "contact_id": new}, was=item, parent=new)
        if address := app.store.get(org, "address", old):
            change.delete(address)
        for each in _cases_with(app, org, old, ticket_id):
            _move_case(change, each, old, new, same=same)
        rights.show(change, new)
        if case:
            text = "The person's record was merged into another: their requests and wishes count for that one now."
            change.effect(f"note:{ticket_id}:merged:{new}", "note", ticket_id, text=text)
        told = case.id if case else ""
        change.log("zoho_privacy", "record_merged", why="R-OPTOUT-1", result="kept", case_id=told, ticket_id=ticket_id)
        return change

    transact(make)


def _cases_with(app: App, org: str, old: str, ticket_id: str) -> Iterable[Case]:
    """Return the cases of a person and those they opened for others on this ticket, each once."""
    here = casebook.cases_of_ticket(app.store, org, ticket_id)
    found = (*casebook.cases_of_contact(app.store, org, old), *(each for each in here if each.correspondent == old))
    return {each.id: each for each in found}.values()


def _move_case(change: Change, case: Case, old: str, new: str, *, same: bool) -> None:
    moved = replace(case, correspondent=new) if case.correspondent == old else case
    if moved.contact_id == old:
        moved = replace(moved, contact_id=new)
        known = change.store.get(change.org, "person_case", case.id)
        change.put("person_case", case.id, {}, was=known, parent=new)
        if not same and case.state in PROVEN and case.level > Level.V0:
            moved = replace(moved, state=advance(case.state, Event.PERSON_NEEDED), reason=OTHER_ADDRESS)
            change.effect(f"note:{case.id}:merged:{new}", "note", case.ticket_id, text=f"{case.kind}: {OTHER_ADDRESS}")
        elif case.state is State.PLANNED and case.kind is Kind.DELETION:
            change.job(f"fulfil:{case.id}", "fulfil", case=case.id, again=True)
    change.case(moved)
    change.job(f"sync:{case.ticket_id}", "sync", ticket_id=case.ticket_id)


def _move_kept(change: Change, old: str, new: str) -> None:
    store, org = change.store, change.org
    for item in casebook.every(store, org, "suppression", parent=old):
        change.put_once("suppression", f"{new}:{item.id.partition(':')[2]}", item.body, parent=new)
        change.delete(item)
    if restriction := store.get(org, "restriction", old):
        was = store.get(org, "restriction", new)
        grounds = {**(casebook.grounds(was) if was else {}), **casebook.grounds(restriction)}
        change.put("restriction", new, {"since": restriction.body["since"], "grounds": grounds}, was=was)
        change.delete(restriction)
    for item in casebook.every(store, org, "consent", parent=old):
        change.put("consent", item.id, {**item.body, "contact_id": new}, was=item, parent=new)
    for item in casebook.every(store, org, "correction", parent=old):
        change.put("correction", item.id, item.body, was=item, parent=new)


def _holds_address(app: App, org: str, old: str, new: str) -> bool:
    """Tell whether the record that stays has an address of the one that went, by the keyed hash of it."""
    item, record = app.store.get(org, "address", old), _contact(app.desks[org], new)
    held = (record.email, record.secondary_email) if record else ()
    return item is not None and any(
        app.keyring.pseudonym("address", each) == item.body["mark"] for each in held if each
    )


def _contact(desk: Desk, contact_id: str) -> Contact | None:
    try:
        return desk.read.contact(contact_id)
    except NotFound:
        return None


# ------------------------------------------------------------------------------------------------------------- tickets


def found_in(app: App, desk: Desk, ticket: Ticket, threads: Iterable[Thread]) -> None:
    """Take over what we know of tickets whose messages stand in this one by now, and which are gone themselves."""
    org = desk.settings.org
    known = (app.store.get(org, "message", thread.id) for thread in threads)
    for old in dict.fromkeys(item.parent for item in known if item and item.parent not in {None, ticket.id}):
        if old and _ticket_gone(desk, old):
            take_over(app, desk, old, ticket)


def where(app: App, desk: Desk, ticket_id: str, cases: Iterable[Case]) -> Ticket | None:
    """Return the ticket that holds the messages of a vanished one, None where none of the people's newest does."""
    org = desk.settings.org
    gone = {item.id for item in casebook.every(app.store, org, "message", parent=ticket_id)}
    people = dict.fromkeys(each for case in cases for each in (case.contact_id, case.correspondent) if each)
    for contact_id in people if gone else ():
        with contextlib.suppress(NotFound):
            for ticket in islice(desk.read.contact_tickets(contact_id), NEAR):
                if ticket.id != ticket_id and any(thread.id in gone for thread in desk.read.threads(ticket.id)):
                    return desk.read.ticket(ticket.id)
    return None


def take_over(app: App, desk: Desk, old: str, ticket: Ticket) -> None:
    """Let cases, codes and what waits to be written go along into the ticket that stays; their dates do not move.

    Where that one is somebody else's, a person looks first.
    """
    org = desk.settings.org

    def make() -> Change:
        change = Change(app.store, org, app.clock.now())
        for case in casebook.cases_of_ticket(app.store, org, old):
            _move_to(change, case, ticket)
        for table in ("pause", "sent", "challenge_ticket"):
            for item in casebook.every(app.store, org, table, parent=old):
                change.put(table, item.id, item.body, was=item, parent=ticket.id, due=item.due)
                if table == "challenge_ticket" and (challenge := app.store.get(org, "challenge", item.id)):
                    body = {**challenge.body, "ticket_id": ticket.id}
                    change.put("challenge", item.id, body, was=challenge, parent=challenge.parent)
        for item in casebook.every(app.store, org, "effect", parent=old):
            body = {**item.body, "ticket_id": ticket.id, "thread_id": None}
            change.put("effect", item.id, body, was=item, parent=ticket.id, due=item.due)
        _cover(change, ticket=(old, ticket.id))
        if memory := app.store.get(org, "ticket", old):
            _flags(change, memory, ticket)
        text = f"Ticket {_number(app, org, old)} was merged into this one: its requests go on here, with their dates."
        change.effect(f"note:{ticket.id}:merged:{old}", "note", ticket.id, text=text)
        change.job(f"reconcile:{ticket.id}", "reconcile", ticket_id=ticket.id)
        change.job(f"sync:{ticket.id}", "sync", ticket_id=ticket.id)
        change.log("zoho_privacy", "ticket_merged", why="R-CLASS-5", result="kept", ticket_id=ticket.id)
        return change

    if casebook.cases_of_ticket(app.store, org, old):
        transact(make)
    _messages(app, org, old, ticket.id)


def _move_to(change: Change, case: Case, ticket: Ticket) -> None:
    moved = replace(case, ticket_id=ticket.id, ticket_number=ticket.number)
    writer = case.correspondent if case.by_agent else case.contact_id
    others = ticket.contact_id not in {None, writer}
    if others and case.state in PROVEN:
        moved = replace(moved, state=advance(case.state, Event.PERSON_NEEDED), reason=OTHER_CUSTOMER)
    elif casebook.is_open(case) and case.reason == GONE:
        moved = replace(moved, reason=OTHER_CUSTOMER if others else MERGED)
    change.case(moved)
    if correction := change.store.get(change.org, "correction", case.id):
        body: dict[str, Any] = {**correction.body, "ticket": ticket.id}
        change.put("correction", case.id, body, was=correction, parent=correction.parent)


def _flags(change: Change, memory: Item, ticket: Ticket) -> None:
    was = change.store.get(change.org, "ticket", ticket.id)
    body: dict[str, Any] = dict(was.body) if was else {"tags": [], "flags": [], "threads": 0, "mark": ""}
    flags = sorted({*body["flags"], *memory.body.get("flags", [])})
    doubt = sorted({*body.get("doubt", []), *memory.body.get("tags", [])})  # Desk hands a ticket's tags on
    change.put("ticket", ticket.id, {**body, "flags": flags, "doubt": doubt}, was=was)
    change.delete(memory)


def _number(app: App, org: str, ticket_id: str) -> str:
    return next((case.ticket_number for case in casebook.cases_of_ticket(app.store, org, ticket_id)), "")


def _messages(app: App, org: str, old: str, new: str) -> None:
    """Remember the messages as the other ticket's, some at a time: a conversation may be long."""
    while items := app.store.find(org, "message", parent=old, limit=BATCH):

        def make(items: Iterable[Item] = items) -> Change:
            change = Change(app.store, org, app.clock.now())
            for item in items:
                if fresh := app.store.get(org, "message", item.id):
                    change.put("message", item.id, fresh.body, was=fresh, parent=new)
            return change

        transact(make)


def _ticket_gone(desk: Desk, ticket_id: str) -> bool:
    try:
        found = desk.read.ticket(ticket_id)
    except NotFound:
        return True
    return found.trashed or found.id != ticket_id


# --------------------------------------------------------------------------------------------------------------- holds


def _cover(change: Change, *, contact: tuple[str, str] = ("", ""), ticket: tuple[str, str] = ("", "")) -> None:
    """Let holds on what was merged away keep what it was merged into (R-HOLD-3)."""
    for item in casebook.every(change.store, change.org, "hold"):
        hold = casebook.from_body(Hold, item.body)
        wider = replace(
            hold,
            contact_ids=hold.contact_ids | ({contact[1]} if contact[0] in hold.contact_ids else set()),
            ticket_ids=hold.ticket_ids | ({ticket[1]} if ticket[0] in hold.ticket_ids else set()),
        )
        if wider != hold:
            change.put("hold", item.id, holds.body(wider), was=item)
