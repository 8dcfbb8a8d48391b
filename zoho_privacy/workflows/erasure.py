"""Erasing one person: inventory, plan, approval, execution by a journal, reading back, and what is left to say.

The plan file is what a person approves, by its hash; each action passes the gate again when it runs. The journal (table
step, parent: plan hash) is written before each act and closed after the read-back, so a killed run resumes where it
was and each effect happens once (R-PLAN-3). Stage 0 runs at approval, stage 1 after the closing letter went out, stage
2 when the conversation about the request has served its time.
"""

import contextlib
import json
import logging
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from zoho_privacy.domain import duplicates
from zoho_privacy.domain import plan as planning
from zoho_privacy.domain.collected import GAPS, known
from zoho_privacy.domain.errors import (
    Conflict,
    DeskBusy,
    DeskForbidden,
    DeskRejected,
    DeskUnauthorised,
    DeskUnavailable,
    NeedsHuman,
    NotAllowed,
    NotFound,
    Rejected,
    Retryable,
    StoreUnavailable,
    Tampered,
)
from zoho_privacy.domain.gate import REMOVES_TICKET, TICKET_ACTIONS, WHOLE_CONTACT
from zoho_privacy.domain.machine import OPEN, Event, advance, allowed
from zoho_privacy.domain.model import Action, ActionType, Case, Kept, Plan, State
from zoho_privacy.domain.records import Attachment, Contact, Thread, Ticket
from zoho_privacy.domain.redact_files import MAX_BYTES, Opaque, redact_file
from zoho_privacy.domain.sources import Found, Sought
from zoho_privacy.ports import Item, TicketQuery
from zoho_privacy.workflows import casebook, undo
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.collect import TicketFinder
from zoho_privacy.workflows.context import App, Desk
from zoho_privacy.workflows.together import gather
from zoho_privacy.workflows.twins import PERSON
from zoho_privacy.workflows.writes import (
    ARCHIVED,
    PLACEHOLDER_DOMAIN,
    WAITS,
    NotInBin,
    Outcome,
    access_pending,
    contact_addresses,
    file_mark,
    identifiers,
    tags_of,
)

log = logging.getLogger(__name__)

CLAUSE: Final = "P13-deletion"
ACCESS_FIRST: Final = timedelta(hours=1)
BINNED: Final = "binned"
ERASED: Final = "erased"
MASKED: Final = "masked"
BURIED: Final = REMOVES_TICKET | {ActionType.ERASE_CONTACT}
READ_BACKS: Final = 6
BIN: Final = "records of people in the recycle bin"
BIN_LOOK: Final = 1_000
"""How many of those are read for one person's inventory: a credit each."""
MENTION: Final = (3, 100)
"""How short and how long a text Desk searches for may be."""
TOGETHER: Final = 10
"""Tickets that share one trip to the bin: few, so that what the gate read of the first is a moment old."""
Progress = Callable[[int, int], None]
STOPS: Final = (DeskBusy, DeskUnauthorised, DeskUnavailable, StoreUnavailable, Conflict)
"""What concerns every record alike: going on would only fail again, or cost credits."""


# ------------------------------------------------------------------------------------------------------ inventory, plan


def take_inventory(
    app: App,
    org: str,
    contact: Contact,
    before: frozenset[str] = frozenset(),
    told: Mapping[str, bool] = MappingProxyType({}),
) -> planning.Inventory:
    """Read where one person's data lies: their records by each address, the bin's too, and every ticket any path shows.

    Also tickets of others that mention the person where Desk can search, and rewritten tickets that kept their data;
    `before` are the tickets of an earlier plan, which may have been rewritten since; `told` says of records under
    another address whether a person found them to be the same person's (R-ERASE-2).
    """
    desk = app.desks[org]
    contacts = {contact.id: contact}
    for address in filter(None, (contact.email, contact.secondary_email)):
        contacts |= {each.id: each for each in desk.read.contacts_by_email(address)}
    contacts |= _confirmed(desk, told)
    binned = _Binned.look(desk)
    contacts |= {each.id: each for each in binned.with_address_of(contacts.values())}
    people = tuple(contacts.values())
    departments = tuple(department.id for department in desk.read.departments())
    finders = [
        TicketFinder(desk.read, known(each), departments, second_opinion=False, words=_words(each)) for each in people
    ]
    tickets = {ticket.id: ticket for finder in finders for ticket in finder.find()}
    addresses = frozenset(address for finder in finders for address in finder.who.addresses)
    person = _Person(frozenset(contacts), addresses, frozenset(word for each in finders for word in each.words))
    views = [view for each in tickets.values() if (view := _view(desk, each, person))]
    seen = {view.ticket.id for view in views}
    rewritten = _rewritten(app, org, person)
    kept_in = rewritten - seen
    views += [view for each in sorted(kept_in) if (view := _rewritten_view(desk, each, person, kept=True))]
    copies = {
        str(item.body["twin"]) for each in before for item in casebook.every(app.store, org, "twin_person", parent=each)
    }
    views += [
        view for each in sorted(copies - seen - kept_in) if (view := _rewritten_view(desk, each, person, kept=False))
    ]
    back = {each for each in rewritten if _brought_back_for(app, org, each, person)}
    views = [replace(view, others=False) if view.ticket.id in back else view for view in views]
    views = [_with_files(app, desk, view, people) for view in views]
    gaps = {gap.what for finder in finders for gap in finder.omissions if gap.code in GAPS}
    gaps |= {BIN} if binned.may_hide(people) else set()
    live = [each.id for each in people if not each.trashed]
    elsewhere, silent = _elsewhere(desk, people)
    return planning.Inventory(
        contacts=people,
        tickets=tuple(views),
        contact_comments=tuple(
            (str(comment.get("id")), each) for each in live for comment in desk.read.contact_comments(each)
        ),
        contact_attachments=tuple((file.id, each) for each in live for file in desk.read.contact_attachments(each)),
        portal_users=tuple((user, each) for each in live for user, _ in desk.read.portal_users(each)),
        lookalikes=_lookalikes(desk, people, told, binned.contacts),
        unread=tuple(sorted(gaps | silent)),
        sources=elsewhere,
        asked=frozenset(each.describe().name for each in desk.sources),
    )


def _elsewhere(desk: Desk, people: Sequence[Contact]) -> tuple[tuple[tuple[str, Found], ...], set[str]]:
    """Return what other systems hold of the person, and the titles of those that refuse; one that is down raises."""
    found: dict[str, tuple[str, Found]] = {}
    silent: set[str] = set()
    for source in desk.sources:
        about = source.describe()
        for contact in people:
            if not (addresses := contact_addresses(contact)):
                continue
            try:
                records = source.collect(Sought(addresses))
            except (NeedsHuman, Rejected):
                silent.add(about.title)
                continue
            for each in records:
                one = Found(about, each)
                found.setdefault(one.target, (contact.id, one))
    return tuple(found.values()), silent


@dataclass(frozen=True, slots=True)
class _Binned:
    """The records of people in the recycle bin, which no search shows. `hidden` are the names of unreadable ones."""

    contacts: tuple[Contact, ...]
    hidden: frozenset[str]
    cut: bool

    @classmethod
    def look(cls, desk: Desk) -> "_Binned":
        """Read each record of a person that the bin lists, up to a bound; a desk may not show by id what lies there."""
        items = [each for each in desk.read.bin_items() if each.type.casefold() == "contacts"]
        read = gather(partial(_quietly, desk), [each.id for each in items[:BIN_LOOK]], at_once=desk.read.at_once)
        found = list(zip(items, read, strict=False))
        hidden = frozenset(_folded(item.name) for item, contact in found if contact is None)
        return cls(tuple(each for _, each in found if each is not None), hidden, len(items) > BIN_LOOK)

    def with_address_of(self, known: Iterable[Contact]) -> list[Contact]:
        """Return the records with one of a person's addresses."""
        mine = {address for each in known for address in _addresses_of(each)}
        return [each for each in self.contacts if mine & set(_addresses_of(each))]

    def may_hide(self, people: Iterable[Contact]) -> bool:
        """Tell whether a record under the person's name, or any at all, was not looked into."""
        names = {_folded(" ".join(filter(None, (each.first_name, each.last_name)))) for each in people}
        return self.cut or bool(names & self.hidden)


def _addresses_of(contact: Contact) -> list[str]:
    return [each.strip().casefold() for each in (contact.email, contact.secondary_email) if each]


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _quietly(desk: Desk, contact_id: str) -> Contact | None:
    try:
        return desk.read.contact(contact_id)
    except NotFound:
        return None


def _confirmed(desk: Desk, told: Mapping[str, bool]) -> Mapping[str, Contact]:
    """Return the records that a person found to be the same person's, and those that share an address with them."""
    found: dict[str, Contact] = {}
    for contact_id in (each for each, same in told.items() if same):
        try:
            contact = desk.read.contact(contact_id)
        except NotFound:
            continue
        found[contact.id] = contact
        for address in filter(None, (contact.email, contact.secondary_email)):
            found |= {each.id: each for each in desk.read.contacts_by_email(address)}
    return found


def _lookalikes(
    desk: Desk, known: Sequence[Contact], told: Mapping[str, bool], binned: Sequence[Contact]
) -> tuple[tuple[str, str], ...]:
    """Return records that may be the person's under another address: one search for each name and number, and the bin.

    What the search shows of the bin counts as the bin's.
    """
    searched = dict.fromkeys(word for contact in known for word in _names_and_numbers(contact))
    candidates = {each.id: each for word in searched for each in desk.read.contacts_by_text(word)}
    candidates = {name: each for name, each in candidates.items() if not each.trashed}
    candidates |= {each.id: each for each in binned}
    mine = {contact.id for contact in known}
    alike = {
        each.id: shares
        for each in candidates.values()
        if each.id not in mine and each.id not in told
        for contact in known
        if (shares := duplicates.likeness(contact, each))
    }
    return tuple((contact_id, " and ".join(shares)) for contact_id, shares in sorted(alike.items()))


@dataclass(frozen=True, slots=True)
class _Person:
    """By what a person is known in tickets: records, addresses in lower case, name and numbers as written."""

    contacts: frozenset[str]
    addresses: frozenset[str]
    words: frozenset[str]


def _words(contact: Contact) -> tuple[str, ...]:
    """Return full name and numbers, each also without blanks, as a search takes them: from 3 to 100 characters."""
    written = _names_and_numbers(contact)
    numbers = ("".join(each.split()) for each in (contact.phone, contact.mobile) if each)
    return tuple(dict.fromkeys(form for form in (*written, *numbers) if MENTION[0] <= len(form) <= MENTION[1]))


def _names_and_numbers(contact: Contact) -> tuple[str, ...]:
    """Return full name and numbers as they are written, where Desk can search for them."""
    name = f"{contact.first_name} {contact.last_name}" if contact.first_name and contact.last_name else ""
    forms = (name, contact.phone or "", contact.mobile or "", *contact.own_numbers)
    return tuple(dict.fromkeys(form for form in forms if MENTION[0] <= len(form) <= MENTION[1]))


def _view(desk: Desk, ticket: Ticket, person: _Person) -> planning.TicketView | None:
    """Return the ticket with what its plan needs, None where the person has no part in it."""
    if ticket.trashed:
        mine = ticket.contact_id in person.contacts
        others = bool(set(ticket.secondary_contact_ids) - person.contacts)
        return planning.TicketView(ticket, tags_of(desk.read, ticket), others) if mine else None
    threads = tuple(desk.read.threads(ticket.id))
    written = [thread for thread in threads if thread.direction == "in" and thread.author_type == "END_USER"]
    writers = {(thread.author_email or "").casefold() for thread in written}
    people = {ticket.contact_id, *ticket.secondary_contact_ids} - {None}
    if not (
        people & person.contacts
        or writers & person.addresses
        or (ticket.email or "").casefold() in person.addresses
        or _mentions(ticket, threads, person)
    ):
        return None
    return planning.TicketView(
        ticket=ticket,
        tags=tags_of(desk.read, ticket),
        others=bool(people - person.contacts) or bool(writers - person.addresses - {""}),
        activities=tuple((activity.kind, activity.id) for activity in desk.read.activities(ticket.id)),
    )


def _with_files(app: App, desk: Desk, view: planning.TicketView, contacts: Sequence[Contact]) -> planning.TicketView:
    """Return a ticket that will be masked with what becomes of its files; one that goes whole needs no look at them."""
    ticket, ways = view.ticket, desk.settings.ways
    if ticket.trashed or ((ways.shared if view.others else ways.alone) != "mask" and not _masked_anyway(view)):
        return view
    owner = planning.whose(ticket, contacts) if view.others else ticket.contact_id
    person = next((each for each in contacts if each.id == owner), None)
    if person is None:
        return view
    policy: Opaque = "hold" if view.others and ways.files == "delete" else ways.files
    return replace(view, files=files_of(app, desk, ticket, identifiers(person), policy, only_contact=view.others))


def files_of(
    app: App, desk: Desk, ticket: Ticket, person: Mapping[str, str], policy: Opaque, *, only_contact: bool
) -> tuple[planning.FileView, ...]:
    """Return what becomes of the files of a ticket that is masked; those without personal data have no view."""
    of_messages = {file.id for thread in desk.read.threads(ticket.id) for file in thread.attachments}
    found: list[planning.FileView] = []
    for file in desk.read.attachments(ticket.id):
        if file.id in of_messages:
            found.append(planning.FileView(file.id, "stays", "a message's file: Desk has no way to replace it"))
        elif seen := _file_view(app, desk, file, person, policy, only_contact=only_contact):
            found.append(seen)
    found += [
        planning.FileView(file.id, "stays", "a note's file: Desk has no way to replace it")
        for comment in desk.read.comments(ticket.id)
        for file in comment.attachments
    ]
    return tuple(found)


def _masked_anyway(view: planning.TicketView) -> bool:
    """Tell whether a shared ticket may be masked although the rule writes such tickets anew: it is not closed."""
    return view.others and view.ticket.status_type != "closed"


def _file_view(
    app: App, desk: Desk, file: Attachment, person: Mapping[str, str], policy: Opaque, *, only_contact: bool
) -> planning.FileView | None:
    """Return what becomes of a file, None where nothing of the person is in it."""
    if file.size > MAX_BYTES:
        return planning.FileView(file.id, "hold", "too large to be redacted: a person looks")
    content = b"".join(desk.read.download(file))
    made = redact_file(file.name, content, person, policy, only_contact=only_contact)
    before = file_mark(app.keyring, file.name, content)
    if made.content is None:
        return planning.FileView(file.id, made.outcome, made.reason, before)
    after = file_mark(app.keyring, made.name, made.content)
    if after == before:
        return None
    return planning.FileView(file.id, "redact", "a file replaced by its redacted copy", before, after)


def _mentions(ticket: Ticket, threads: Sequence[Thread], person: _Person) -> bool:
    """Tell whether another's ticket mentions the person; a name is not theirs where a namesake writes there."""
    texts = (ticket.subject, ticket.description or "", ticket.resolution or "", *filter(None, ticket.custom.values()))
    folded = "\n".join(texts).casefold()
    sent = "\n".join(f"{thread.to} {thread.cc}" for thread in threads).casefold()
    if any(address in folded or address in sent for address in person.addresses):
        return True
    namesakes = {
        (thread.author_name or "").casefold()
        for thread in threads
        if (thread.author_email or "").casefold() not in person.addresses
    }
    words = {word.casefold() for word in person.words} - namesakes
    return any(word in folded for word in words)


def _rewritten(app: App, org: str, person: _Person) -> set[str]:
    """Return the rewritten tickets that kept the person's data when another's was taken out."""
    marks = (*person.contacts, *(app.keyring.pseudonym(PERSON, address) for address in person.addresses))
    found = (item for mark in marks for item in casebook.every(app.store, org, "twin_person", parent=mark))
    return {str(item.body["twin"]) for item in found}


def _brought_back_for(app: App, org: str, ticket_id: str, person: _Person) -> bool:
    """Tell whether a ticket was written as it was after its deletion, and nobody but the person was in it."""
    known = app.store.get(org, "twin_ticket", ticket_id)
    hers = {*person.contacts, *undo.keyed(app, person.addresses)}
    return known is not None and bool(known.body.get("whole")) and set(known.body["people"]) <= hers


def _rewritten_view(desk: Desk, ticket_id: str, person: _Person, *, kept: bool) -> planning.TicketView | None:
    """Return a copy that `kept` the person's data, or that mentions them; None where it is gone."""
    try:
        ticket = desk.read.ticket(ticket_id)
    except NotFound:
        return None
    if not kept or ticket.trashed:
        return None if ticket.trashed else _view(desk, ticket, person)
    return planning.TicketView(ticket, tags_of(desk.read, ticket), others=True)


def propose(app: App, org: str, case_id: str, *, proposer: str) -> Plan | None:
    """Make the plan of a verified deletion case, store it as a file and show it to the agents.

    Returns None where the case is in no state for it, or where the person's access request comes first.
    """
    desk = app.desks[org]
    case = casebook.case(app.store, org, case_id)
    if case is None or not allowed(case.state, Event.PLAN_PROPOSED) or case.contact_id is None:
        return None
    if access_pending(app.store, org, case.contact_id):
        return None
    earlier = [casebook.from_body(Plan, item.body) for item in casebook.every(app.store, org, "plan", parent=case_id)]
    before = frozenset(action.target for plan in earlier for action in plan.actions if action.type in TICKET_ACTIONS)
    told = {
        item.body["contact"]: item.body["same"]
        for item in casebook.every(app.store, org, "same_person", parent=case_id)
    }
    inventory = take_inventory(app, org, desk.read.contact(case.contact_id), before, told)
    request_tickets = {
        each.ticket_id for each in casebook.cases_of_contact(app.store, org, case.contact_id) if each.ticket_id
    }
    plan = planning.erasure(
        inventory,
        keyring=app.keyring,
        org=org,
        case_id=case_id,
        request_tickets=frozenset({*request_tickets, case.ticket_id}),
        holds=casebook.holds(app.store, org),
        created=app.clock.now(),
        proposer=proposer or "zoho_privacy",
        clause=CLAUSE,
        ways=desk.settings.ways,
        natively=any(_asked_natively(app, org, plan) for plan in earlier),
    )
    write_plan_file(app, plan)

    def make() -> Change | None:
        fresh = casebook.case(app.store, org, case_id)
        if fresh is None or not allowed(fresh.state, Event.PLAN_PROPOSED):
            return None
        change = Change(app.store, org, app.clock.now())
        change.put_once("plan", plan.hash, casebook.to_body(plan), parent=case_id)
        change.case(replace(fresh, state=advance(fresh.state, Event.PLAN_PROPOSED), plan_hash=plan.hash))
        change.effect(f"note:{case_id}:plan:{plan.hash}", "note", case.ticket_id, text=plan_note(plan))
        change.job(f"sync:{case.ticket_id}", "sync", ticket_id=case.ticket_id)
        change.log(
            plan.proposer,
            "plan_proposed",
            why="R-PLAN-1",
            result=plan.hash,
            case_id=case_id,
            ticket_id=case.ticket_id,
            actions=str(len(plan.actions)),
            kept=str(len(plan.kept)),
            credits=f"{plan.credits:g}",
        )
        return change

    transact(make)
    return plan


def _asked_natively(app: App, org: str, plan: Plan) -> bool:
    """Tell whether an earlier plan had Zoho erase a ticket itself: its list of that keeps the person's address."""
    steps = (item.body for item in casebook.every(app.store, org, "step", parent=plan.hash))
    return any(body.get("type") == ActionType.NATIVE_ERASE_TICKET and body["result"] != "skipped" for body in steps)


def tell_apart(app: App, org: str, case_id: str, contact_id: str, *, same: bool, who: str) -> None:
    """Record what a person found out about a possible duplicate of a planned case; a new plan follows.

    Whoever says that it is the same person vouches for that, and does not approve the plan as well (R-TAG-3).

    Raises:
        NotFound: There is no such case, or its plan asks nothing about this record.
        NotAllowed: The case has no plan that waits for approval.
    """

    def make() -> Change | None:
        case = casebook.case(app.store, org, case_id)
        plan = casebook.plan(app.store, org, case.plan_hash) if case else None
        if case is None or plan is None:
            raise NotFound(f"there is no plan of case {case_id}")
        if not any(each.target == contact_id and each.code == duplicates.CODE for each in plan.kept):
            raise NotFound(f"the plan of case {case_id} asks nothing about record {contact_id}")
        if case.state is not State.PLANNED:
            raise NotAllowed(f"a case that is {case.state} has no plan that waits for approval")
        change = Change(app.store, org, app.clock.now())
        item = app.store.get(org, "same_person", f"{case_id}:{contact_id}")
        body = {"contact": contact_id, "same": same, "by": who, "at": change.now.isoformat()}
        change.put("same_person", f"{case_id}:{contact_id}", body, was=item, parent=case_id)
        if same:
            change.case(replace(case, stewards=tuple(dict.fromkeys((*case.stewards, who)))))
        change.job(f"fulfil:{case_id}", "fulfil", case=case_id, again=True)
        result = "same person" if same else "another person"
        target = app.keyring.pseudonym("target", contact_id)
        change.log(f"agent:{who}", "told_apart", why="R-ERASE-2", result=result, case_id=case_id, target=target)
        return change

    transact(make)


def write_plan_file(app: App, plan: Plan) -> str:
    """Store the plan as a readable JSON file and return its name."""
    name = f"plans/{plan.org}/{plan.id}-{plan.hash[:12]}.json"
    text = json.dumps({**casebook.to_body(plan), "credits": plan.credits}, indent=2, sort_keys=True)
    app.blobs.put(name, [text.encode()])
    return name


def plan_note(plan: Plan) -> str:
    """Return what an agent reads on the ticket: counts, what stays and why, the cost, the hash to approve."""
    counts = Counter(action.type.value.replace("_", " ") for action in plan.actions)
    opening = f"Erasure plan {plan.hash[:12]}: nothing is changed until somebody approves it who neither asked for it"
    lines = [f"{opening} nor vouched for the person."]
    lines += [f"- {kind}: {count}" for kind, count in sorted(counts.items())]
    lines += [f"- stays: {entry.type} {entry.target} ({entry.code}: {entry.reason})" for entry in plan.kept]
    if any(entry.code == duplicates.CODE for entry in plan.kept):
        lines.append(f"Same person or not: zoho-privacy plan same|other {plan.case_id} --contact ID --as AGENT")
    lines.append(f"Cost: about {plan.credits:g} API credits.")
    lines.append(f"To approve: macro 'Approve plan', or zoho-privacy approve {plan.case_id} --plan {plan.hash[:12]}")
    return "\n".join(lines)


# ------------------------------------------------------------------------------------------------------------ execution


@dataclass(frozen=True, slots=True)
class Report:
    """How far a plan came in the stages asked for; planned = done + skipped + failed once `finished`."""

    planned: int
    done: int
    skipped: int
    failed: int
    codes: Mapping[str, int]
    finished: bool

    @property
    def changed(self) -> bool:
        """Tell whether a record had changed since planning, so that a new plan is needed."""
        return bool(self.codes.get("changed"))


def execute_plan(
    app: App,
    org: str,
    plan: Plan,
    *,
    approved_hash: str,
    stages: frozenset[int] = frozenset({0}),
    deadline: datetime | None = None,
    progress: Progress | None = None,
) -> Report:
    """Run the actions of these stages that the journal does not show as ended; return the whole picture.

    Stops before `deadline`; call again to go on. One stubborn record does not keep the others: what may pass later is
    tried after them, by raising at the end.

    Raises:
        Retryable: Desk or store failed; everything so far is in the journal.
        Tampered: The stored plan is not the one that was sealed.
    """
    if planning.sealed(plan).hash != plan.hash:
        raise Tampered("the stored plan does not have the hash it was approved by")
    actions = [action for action in plan.actions if action.stage in stages]
    outcomes: list[Outcome] = []
    stubborn: Retryable | None = None
    number = 0
    for group in _groups(actions):
        if deadline is not None and app.clock.now() >= deadline:
            break
        for ended in _run(app, org, plan, group, approved_hash):
            if isinstance(ended, Outcome):
                outcomes.append(ended)
            else:
                stubborn = ended
            number += 1
            if progress:
                progress(number, len(actions))
    if stubborn is not None:
        raise stubborn
    results = Counter(outcome.result for outcome in outcomes)
    return Report(
        planned=len(actions),
        done=results["done"],
        skipped=results["skipped"],
        failed=results["failed"],
        codes=Counter(outcome.code for outcome in outcomes if outcome.code),
        finished=len(outcomes) == len(actions),
    )


def _groups(actions: Sequence[Action]) -> Iterator[list[Action]]:
    """Yield the actions by one, tickets by a few; what hangs on a ticket still comes before it.

    One that leaves a sealed copy goes alone: what the copy says must be a moment old when it goes.
    """
    tickets: list[Action] = []
    for action in actions:
        if action.type is ActionType.ERASE_TICKET and not action.undo_days:
            tickets.append(action)
        else:
            if tickets and action.type is not ActionType.ERASE_ACTIVITY:
                yield tickets
                tickets = []
            yield [action]
        if len(tickets) == TOGETHER:
            yield tickets
            tickets = []
    if tickets:
        yield tickets


def _run(app: App, org: str, plan: Plan, group: Sequence[Action], approved_hash: str) -> Iterator[Outcome | Retryable]:
    """Carry out what the journal does not show as ended; yield per action its outcome, or why it is to be tried again.

    Raises:
        Retryable: One of STOPS.
    """
    begun: list[tuple[Action, Item | None]] = []
    for action in group:
        item = app.store.get(org, "step", step_id(plan, action))
        if item and item.body["result"] != "started":
            body = item.body
            yield Outcome(body["result"], body["code"], body["reason"], tuple(body["left"]))
        else:
            begun.append((action, item))
    start = Change(app.store, org, app.clock.now())
    for action, item in begun:
        if item is None:
            start.put(
                "step", step_id(plan, action), {"result": "started", "at": start.now.isoformat()}, parent=plan.hash
            )
    if start.writes:
        start.commit()
    for (action, item), found in zip(begun, _destroy(app, org, plan, begun, approved_hash), strict=True):
        try:
            ended = undo.settle(app, org, plan, action, _judged(app, org, plan, action, item, found))
        except STOPS:
            raise
        except Retryable as problem:
            yield problem
            continue
        if ended.code != WAITS or plan.purpose != "erasure":  # such a step stays started: due once they have their data
            _write_down(app, org, plan, action, ended)
        yield ended


def step_id(plan: Plan, action: Action) -> str:
    """Return the id of an action's step in the journal."""
    return f"{plan.hash[:24]}:{action.key}"


def _write_down(app: App, org: str, plan: Plan, action: Action, outcome: Outcome) -> None:
    """Close a step of the journal, together with its ledger entry and, for what is gone, its tombstone."""
    name = step_id(plan, action)

    def make() -> Change | None:
        stored = app.store.get(org, "step", name)
        if stored is None or stored.body["result"] != "started":
            return None
        change = Change(app.store, org, app.clock.now())
        ended: dict[str, Any] = {
            "result": outcome.result,
            "code": outcome.code,
            "reason": outcome.reason,
            "left": list(outcome.left),
            "type": action.type,
            "target": action.target,
            "at": change.now.isoformat(),
        }
        change.put("step", name, ended, was=stored, parent=plan.hash)
        if outcome.result == "done" and action.type in BURIED:
            mark = app.keyring.pseudonym("tombstone", action.target)
            buried = {"at": change.now.isoformat(), "rule": action.rule, "plan": plan.hash, "action": action.key}
            change.put_once("tombstone", mark, buried)
        change.log(
            "zoho_privacy",
            action.type,
            why=f"{action.clause} {action.rule}",
            result=f"{outcome.result} {outcome.code}".strip(),
            case_id=plan.case_id,
            ticket_id=action.target if action.type in TICKET_ACTIONS else "",
            plan=plan.hash[:16],
            target=app.keyring.pseudonym("target", action.target),
        )
        return change

    transact(make)


def _destroy(
    app: App, org: str, plan: Plan, begun: Sequence[tuple[Action, Item | None]], approved_hash: str
) -> Sequence[Outcome | Retryable]:
    """Carry out one action, or a few tickets together; return how each ended, or why it is to be tried again."""
    write = app.desks[org].write
    if len(begun) > 1:
        actions = [(action, step is not None) for action, step in begun]
        ended = write.erase_tickets(plan, actions, approved_hash=approved_hash)
        return [ended[action.key] for action, _ in begun]
    try:
        stays = [outcome for action, _ in begun if (outcome := undo.keep(app, org, plan, action))]
        return stays or [
            write.destroy(plan, action, approved_hash=approved_hash, resumed=step is not None) for action, step in begun
        ]
    except STOPS:
        raise
    except Retryable as problem:
        return [problem]


def _judged(app: App, org: str, plan: Plan, action: Action, step: Item | None, found: Outcome | Retryable) -> Outcome:
    """Return how an action ended; what the recycle bin does not know in an hour stays there until Desk empties it.

    Such a record is declared and never purged by its looks: another's record may look the same (R-PLAN-2).

    Raises:
        Retryable: It did not end yet.
    """
    lost = step is not None and bool(step.body.get("unseen"))
    if isinstance(found, Outcome) and not (lost and found.code == "gone"):
        return found
    problem = NotInBin(hidden=True) if isinstance(found, Outcome) else found
    if isinstance(problem, NotInBin):
        return _not_in_bin(app, org, step_id(plan, action), problem)
    raise problem


def _not_in_bin(app: App, org: str, step_id: str, problem: NotInBin) -> Outcome:
    """Try again until the patience is over; where "not found" proves nothing, the journal remembers it."""
    step = app.store.get(org, "step", step_id)
    change = Change(app.store, org, app.clock.now())
    behaviour = app.desks[org].settings.behaviour
    if step is None or change.now - datetime.fromisoformat(step.body["at"]) < behaviour.bin_patience:
        problem.retry_after_s = behaviour.bin_pause_s
        if step is not None and problem.hidden and not step.body.get("unseen"):
            change.put("step", step_id, {**step.body, "unseen": True}, was=step, parent=step.parent)
            change.commit()
        raise problem
    return Outcome("skipped", BINNED, "in the recycle bin under an id of its own until Desk empties it")


def still_found(
    app: App, org: str, plan: Plan, *, by_id: bool = True, addresses: Sequence[str] = ()
) -> tuple[str, ...]:
    """Read back over every path and return what of the erased is still found, as "path:record id" (R-ERASE-4).

    Reads by id, the contact's list, the search (whose index lags), the recycle bin and, for each of the `addresses`,
    the search by it and Zoho's own count. Not by id where that was just done: a step of the journal is done only once
    its record was read back so.
    """
    desk = app.desks[org]
    erased = _done(app, org, plan, REMOVES_TICKET)
    buried = _done(app, org, plan, {ActionType.ERASE_CONTACT})
    found = [f"id:{ticket_id}" for ticket_id in sorted(erased) if by_id and _readable(desk, ticket_id)]
    found += [f"contact:{each}" for each in sorted(buried) if by_id and _quietly(desk, each) is not None]
    known = {each.target for each in plan.actions if each.type in TICKET_ACTIONS}
    known |= {each.target for each in plan.kept if each.type == "ticket"}
    for contact_id in {a.parent or a.target for a in plan.actions if a.type is ActionType.MASK_CONTACT}:
        try:
            listed = {ticket.id for ticket in desk.read.contact_tickets(contact_id)}
            known |= listed
            found += [f"list:{ticket_id}" for ticket_id in sorted(listed & erased)]
            query = TicketQuery(contact_id=contact_id)
            found += [f"search:{t.id}" for t in desk.read.search_tickets(query) if t.id in erased]
        except NotFound:
            continue
    for address in addresses:
        shown = desk.read.search_tickets(TicketQuery(email=address))
        named = {ticket.id for ticket in shown if (ticket.email or "").casefold() == address}
        found += [f"search:{ticket_id}" for ticket_id in sorted(named & erased)]
        count, explained = _subject_count(desk, address), len((known | named) - erased)
        if count is not None and count > explained:
            found.append(f"count:{count - explained} more than any other path shows")
    if erased or buried:
        found += [f"bin:{item.id}" for item in desk.read.bin_items() if item.id in erased | buried]
    return tuple(found)


def _done(app: App, org: str, plan: Plan, types: Collection[ActionType]) -> set[str]:
    """Return the records on which acts of these types were done, as the journal says."""
    steps = (item.body for item in casebook.every(app.store, org, "step", parent=plan.hash))
    return {body["target"] for body in steps if body["result"] == "done" and body.get("type") in types}


def _subject_count(desk: Desk, address: str) -> int | None:
    """Return how many tickets Zoho's subject requests count, None where it may not be asked: no edition, no right."""
    try:
        return desk.read.subject_count(address, "tickets")
    except (DeskForbidden, DeskRejected):
        return None


def _addresses(desk: Desk, plan: Plan) -> tuple[str, ...]:
    """Return the addresses of the person, in lower case, as far as the records still have them."""
    found = []
    for contact_id in _records(plan):
        with contextlib.suppress(NotFound):
            contact = desk.read.contact(contact_id)
            found += [each.casefold() for each in (contact.email, contact.secondary_email) if each]
    return tuple(dict.fromkeys(each for each in found if not each.endswith(f"@{PLACEHOLDER_DOMAIN}")))


def _records(plan: Plan) -> list[str]:
    """Return the person's records that a plan overwrites."""
    return sorted({each.parent or each.target for each in plan.actions if each.type is ActionType.MASK_CONTACT})


def _readable(desk: Desk, ticket_id: str) -> bool:
    try:
        desk.read.ticket(ticket_id)
    except NotFound:
        return False
    return True


def execute_case(app: App, org: str, case_id: str) -> datetime | None:
    """Run stage 0 of an approved case, read back and prepare the closing letter.

    Returns when to come again (the index lags, the deletion window is open, the person's data is to be handed out
    first), None where nothing is left to do here.
    """
    case = casebook.case(app.store, org, case_id)
    if case is None or case.state is not State.EXECUTING:
        return None
    plan = casebook.plan(app.store, org, case.plan_hash)
    approval = app.store.get(org, "approval", case.plan_hash)
    if plan is None or approval is None:
        return None
    wait = app.desks[org].settings.erase_wait
    approved = datetime.fromisoformat(approval.body["at"])
    if app.clock.now() < approved + wait:
        return approved + wait
    report = execute_plan(app, org, plan, approved_hash=plan.hash)
    if report.changed:
        _end(app, org, case_id, Event.PLAN_CHANGED, reason="a record changed since planning: a new plan follows")
        return None
    if report.codes.get(WAITS):
        return app.clock.now() + ACCESS_FIRST
    if report.failed > report.codes.get(ARCHIVED, 0):
        _end(app, org, case_id, Event.PERSON_NEEDED, reason="an erasure step failed: see the plan")
        return None
    known = _addresses(app.desks[org], plan)
    undo.forget(app, org, [*_records(plan), case.contact_id or ""], known, case_id=case_id)
    addresses = known if app.desks[org].settings.subject_count else ()
    if left := still_found(app, org, plan, by_id=False, addresses=addresses):
        return _again(app, org, case_id, left)
    _end(app, org, case_id, Event.ALL_READ_BACK, reason="", addresses=addresses)
    return None


def _again(app: App, org: str, case_id: str, left: tuple[str, ...]) -> datetime | None:
    """The index may lag: look again later, and ask a person when it does not end."""
    tries = 0

    def make() -> Change | None:
        nonlocal tries
        item = app.store.get(org, "read_back", case_id)
        tries = item.body["tries"] + 1 if item else 1
        change = Change(app.store, org, app.clock.now())
        change.put("read_back", case_id, {"tries": tries, "found": len(left)}, was=item)
        change.log("zoho_privacy", "read_back", why="R-ERASE-4", result=f"{len(left)} still found", case_id=case_id)
        return change

    transact(make)
    if tries > READ_BACKS:
        _end(app, org, case_id, Event.PERSON_NEEDED, reason="erased records are still found: see the ledger")
        return None
    return app.clock.now() + app.desks[org].settings.behaviour.read_back_after


def _end(app: App, org: str, case_id: str, event: Event, *, reason: str, addresses: Sequence[str] = ()) -> None:
    def make() -> Change | None:
        case = casebook.case(app.store, org, case_id)
        if case is None or not allowed(case.state, event):
            return None
        change = Change(app.store, org, app.clock.now())
        done = event is Event.ALL_READ_BACK
        if addresses:
            _keep_for_later(app, change, case, addresses)
        outcome = _outcome(app, case) if done else case.outcome
        change.case(replace(case, state=advance(case.state, event), reason=reason, outcome=outcome))
        change.log("zoho_privacy", event, why="R-ERASE-4", result=reason, case_id=case_id, ticket_id=case.ticket_id)
        change.job(f"sync:{case.ticket_id}", "sync", ticket_id=case.ticket_id)
        if event is Event.PLAN_CHANGED:
            change.job(f"fulfil:{case_id}", "fulfil", case=case_id)
        elif event is Event.PERSON_NEEDED:
            change.effect(f"note:{case_id}:{case.plan_hash}:{event}", "note", case.ticket_id, text=reason)
        else:
            change.effect(
                f"reply:{case_id}:erasure_done:{case.plan_hash}",
                "reply",
                case.ticket_id,
                letter="erasure_done",
                language=case.language,
                cases=[case_id],
                answers=[case_id],
                contact_id=case.contact_id,
            )
            if refused := _archived(app, case):
                text = f"Archived, and Desk refused to change it: delete by hand: {', '.join(refused)}"
                change.effect(f"note:{case_id}:{case.plan_hash}:{ARCHIVED}", "note", case.ticket_id, text=text)
        return change

    transact(make)


def _keep_for_later(app: App, change: Change, case: Case, addresses: Sequence[str]) -> None:
    """Seal the addresses for the looks after the windows: by then the desk has none, and the count asks for one."""
    sealed = app.sealer.seal(json.dumps(addresses).encode(), context=f"look:{case.org}:{case.plan_hash}")
    change.put_once("look", case.plan_hash, {"sealed": b64encode(sealed).decode()}, parent=case.id)


def _kept_for_later(app: App, org: str, plan: Plan) -> tuple[str, ...]:
    item = app.store.get(org, "look", plan.hash)
    if item is None:
        return ()
    sealed = b64decode(item.body["sealed"])
    return tuple(json.loads(app.sealer.open(sealed, context=f"look:{org}:{plan.hash}")))


def _outcome(app: App, case: Case) -> str:
    """Return what may be said of an executed case: where the rule only masks, nothing was erased (R-ERASE-1)."""
    plan = casebook.plan(app.store, case.org, case.plan_hash)
    only_masked = plan is not None and any(kept.code == MASKED for kept in plan.kept)
    return MASKED if only_masked else ERASED


def _archived(app: App, case: Case) -> tuple[str, ...]:
    """Return the archived tickets that Desk would not let go of."""
    steps = casebook.every(app.store, case.org, "step", parent=case.plan_hash)
    return tuple(item.body["target"] for item in steps if item.body.get("code") == ARCHIVED)


def after_letter(app: App, org: str, case_id: str, stage: int, plan_hash: str = "") -> datetime | None:
    """Run stage 1 or 2 of the plan that the closing letter was about; schedule what follows.

    Returns when to come again, None where this stage is through. The case may have a later plan by now, which nobody
    approved: without `plan_hash` it is the case's plan, and nothing is done without an approval (R-PLAN-1).
    """
    case = casebook.case(app.store, org, case_id)
    plan = casebook.plan(app.store, org, plan_hash or case.plan_hash) if case else None
    if case is None or plan is None or app.store.get(org, "approval", plan.hash) is None:
        return None
    if stage == 2 and _unfinished(app, case):
        return app.clock.now() + timedelta(days=1)
    report = execute_plan(app, org, plan, approved_hash=plan.hash, stages=frozenset({stage}))
    if report.codes.get(WAITS):
        return app.clock.now() + ACCESS_FIRST

    def make() -> Change | None:
        change = Change(app.store, org, app.clock.now())
        if not change.put_once("stage", f"{plan.hash[:24]}:{stage}", {"at": change.now.isoformat()}, parent=case_id):
            return None
        change.log(
            "zoho_privacy",
            f"stage_{stage}",
            why="R-ERASE-8",
            result=f"planned {report.planned} = done {report.done} + skipped {report.skipped} + failed {report.failed}",
            case_id=case_id,
        )
        if stage == 1:
            due = change.now + timedelta(days=app.policy.request_days)
            job = f"stage2:{case_id}:{plan.hash[:12]}"
            change.job(job, "after_letter", due=due, case=case_id, stage=2, plan=plan.hash)
            numbers = app.rules.numbers
            for days in (numbers.trash_days + 1, numbers.trash_days + numbers.backup_days + 1):
                due = change.now + timedelta(days=days)
                job = f"look_again:{case_id}:{days}:{plan.hash[:12]}"
                change.job(job, "look_again", due=due, case=case_id, days=days, plan=plan.hash)
        if report.failed:
            _call_for_help(
                app, change, case_id, "a step after the closing letter failed: see the plan", f"stage{stage}"
            )
        return change

    transact(make)
    return None


def _call_for_help(app: App, change: Change, case_id: str, reason: str, mark: str) -> None:
    """Something after the closing letter went wrong: the case comes back to a person, who reads why in the plan."""
    case = casebook.case(change.store, change.org, case_id)
    event = next((e for e in (Event.REOPENED, Event.PERSON_NEEDED) if case and allowed(case.state, e)), None)
    if case is None or event is None:
        return
    change.case(replace(case, state=advance(case.state, event), reason=reason, closed=None))
    if app.store.get(change.org, "tombstone", app.keyring.pseudonym("tombstone", case.ticket_id)) is None:
        change.effect(f"note:{case_id}:{mark}", "note", case.ticket_id, text=f"Erasure: {reason}.")
        change.job(f"sync:{case.ticket_id}", "sync", ticket_id=case.ticket_id)
    log.error("alarm: case %s of portal %s: %s", case_id, change.org, reason)
    change.log("zoho_privacy", "person_needed", why="R-ERASE-4", result=reason, case_id=case_id)


def erase_again(app: App, org: str, ticket_id: str) -> bool:
    """Erase a ticket that came back from a restore or an import; return whether it did and is gone again (R-ERASE-7).

    The approved plan still stands, so the same gate decides: a hold placed meanwhile, or a changed record, keeps it,
    and the ledger says so.

    Raises:
        Retryable: Desk or store failed; the next look at the ticket tries again.
    """
    mark = app.store.get(org, "tombstone", app.keyring.pseudonym("tombstone", ticket_id))
    if mark is None or "plan" not in mark.body:
        return False
    plan = casebook.plan(app.store, org, mark.body["plan"])
    action = next((a for a in plan.actions if a.key == mark.body["action"]), None) if plan else None
    if plan is None or action is None:
        outcome = Outcome("skipped", "no-plan", "the plan is no longer kept")
    else:
        outcome = app.desks[org].write.destroy(plan, action, approved_hash=plan.hash, resumed=False)
    case_id = plan.case_id if plan else ""

    def make() -> Change:
        change = Change(app.store, org, app.clock.now())
        result = f"{outcome.result} {outcome.code}".strip()
        change.log("zoho_privacy", "returned", why="R-ERASE-7", result=result, case_id=case_id, ticket_id=ticket_id)
        return change

    transact(make)
    return outcome.result == "done"


def _unfinished(app: App, case: Case) -> bool:
    """Tell whether another case of the person still needs its conversation; one that lapsed needs none."""
    cases = casebook.cases_of_contact(app.store, case.org, case.contact_id or "")
    return any(each.state in OPEN - {State.DORMANT} and not each.answered for each in cases if each.id != case.id)


def look_again(app: App, org: str, case_id: str, days: int, plan_hash: str = "") -> None:
    """Read back after the trash and backup windows (R-ERASE-4) and write the result into the ledger.

    What is found brings the case back to a person. The last look forgets the addresses that it needed.
    """
    case = casebook.case(app.store, org, case_id)
    plan = casebook.plan(app.store, org, plan_hash or case.plan_hash) if case else None
    if case is None or plan is None:
        return
    left = still_found(app, org, plan, addresses=_kept_for_later(app, org, plan))
    last = days > app.rules.numbers.trash_days + app.rules.numbers.backup_days

    def make() -> Change:
        change = Change(app.store, org, app.clock.now())
        result = f"{len(left)} found after {days} days"
        change.log("zoho_privacy", "read_back", why="R-ERASE-4", result=result, case_id=case_id)
        kept = app.store.get(org, "look", plan.hash)
        if last and kept is not None:
            change.delete(kept)
        if left:
            _call_for_help(app, change, case_id, f"what was erased is found again after {days} days", f"look{days}")
        return change

    transact(make)


# ------------------------------------------------------------------------------------------------------- what is told


@dataclass(frozen=True, slots=True)
class Told:
    """What the closing letter may claim: counted from read-back results, never from intentions.

    `conversation_until` is None while another case of the person keeps the conversation open.
    """

    gone: Mapping[str, int]
    kept: tuple[Kept, ...]
    record_overwritten: bool
    conversation_until: datetime | None
    backups_until: datetime
    left: tuple[str, ...]


def _done_by_all_plans(app: App, case: Case) -> set[tuple[str, str]]:
    """Return (type, record) of everything done for a case, also by plans that a changed record replaced."""
    return {
        (step.body["type"], step.body["target"])
        for plan in casebook.every(app.store, case.org, "plan", parent=case.id)
        for step in casebook.every(app.store, case.org, "step", parent=plan.id)
        if step.body["result"] == "done"
    }


def _kind(action: str) -> str:
    """Return what a step was about, in the words of `Kept`."""
    if action in TICKET_ACTIONS:
        return "ticket"
    if action == ActionType.ERASE_SOURCE_RECORD:
        return "source"
    return "contact" if action in WHOLE_CONTACT else "record"


def told(app: App, case: Case) -> Told:
    """Collect the facts of the closing letter of an executed case."""
    plan = casebook.plan(app.store, case.org, case.plan_hash)
    steps = [item.body for item in casebook.every(app.store, case.org, "step", parent=case.plan_hash)]
    done = Counter(kind for kind, _ in _done_by_all_plans(app, case))
    skipped = [body for body in steps if body["result"] == "skipped" or body.get("code") == ARCHIVED]
    now = app.clock.now()
    until = now + timedelta(days=app.policy.request_days)
    kept = (*plan.kept, *(Kept(b["target"], _kind(b["type"]), b["code"], b["reason"]) for b in skipped)) if plan else ()
    overwrites = bool(plan) and any(a.type is ActionType.MASK_CONTACT for a in (plan.actions if plan else ()))
    if overwrites and any(body["code"] == "held" for body in skipped):
        overwrites = False
        kept = (*kept, Kept(case.contact_id or "", "contact", "held", "a ticket of the person is held"))
    kept += tuple(
        Kept(each, "ticket", "held", "a sealed copy, kept under a legal duty or dispute (GDPR 17(3))")
        for each in undo.held_against(app, case.org, case.id)
    )
    in_bin = app.rules.numbers.trash_days if any(each.code == BINNED for each in kept) else 0
    left = tuple(sorted({part for body in steps for part in body.get("left", ())}))
    return Told(
        gone=dict(done),
        kept=tuple(kept),
        record_overwritten=overwrites,
        conversation_until=None if _unfinished(app, case) else until,
        backups_until=until + timedelta(days=app.rules.numbers.backup_days + in_bin),
        left=left,
    )
