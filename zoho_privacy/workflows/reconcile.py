"""One look at a ticket: read it from Desk and act on whatever is new. Every event and the sweep end here.

Nothing that an event said is believed; doing it twice changes nothing. Three things can be new: messages of customers,
a value in the action field, edits of our tags. What was seen is remembered per message and per ticket.
Tables: message (id: thread id; parent: ticket), ticket (id: ticket id), install (id "start").
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from zoho_privacy.domain import classify, mailheaders, mailtext, rules, tags, verify
from zoho_privacy.domain.errors import NotFound
from zoho_privacy.domain.intake import (
    CHILD,
    POSSIBLE,
    Intake,
    MessageFacts,
    confirmed,
    decide,
    done_at_once,
    says_yes,
)
from zoho_privacy.domain.keyed import codes_in, guesses
from zoho_privacy.domain.machine import Event, advance, allowed
from zoho_privacy.domain.model import Case, Law, Level, Role, State, Understanding
from zoho_privacy.domain.records import Contact, OriginalMail, Thread, Ticket
from zoho_privacy.ports import Item
from zoho_privacy.workflows import (
    asking,
    casebook,
    clients,
    commands,
    erasure,
    mandates,
    merges,
    rights,
    unasked,
    verification,
)
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App, Desk

log = logging.getLogger(__name__)
CREATED_TOGETHER: Final = timedelta(seconds=2)
CLOCKS_DIFFER: Final = timedelta(minutes=5)
ANSWERS_KEPT: Final = 20
ADDRESS: Final = re.compile(r"[\w.%+-]{1,64}@[\w-]{1,60}(?:\.[\w-]{1,60}){1,4}")
MANY: Final = 20
"""For how many people one message may speak; of more, a person of ours sees the first."""
NEW_TICKET: Final[Mapping[str, Any]] = {"tags": [], "flags": [], "threads": 0, "mark": ""}


def installed_at(app: App, org: str) -> datetime:
    """Return when this installation first looked at the portal; older messages are never answered."""

    def make() -> Change | None:
        change = Change(app.store, org, app.clock.now())
        return change if change.put_once("install", "start", {"at": change.now.isoformat()}) else None

    item = app.store.get(org, "install", "start")
    if item is None:
        transact(make)
        item = app.store.get(org, "install", "start")
    return datetime.fromisoformat(item.body["at"]) if item else app.clock.now()


@dataclass(frozen=True, slots=True)
class Seen:
    """A ticket that concerns us, with its tags, as a look left them, and when they were read."""

    ticket: Ticket
    tags: frozenset[str]
    at: datetime


def erased_by_us(app: App, org: str, ticket_id: str) -> bool:
    """Tell whether we erased a ticket and read back that it is gone: news of its deletion is no news."""
    return app.store.get(org, "tombstone", app.keyring.pseudonym("tombstone", ticket_id)) is not None


def reconcile_ticket(app: App, org: str, ticket_id: str) -> Seen | None:
    """Bring our knowledge of one ticket up to date and act on what is new.

    Returns what was read of a ticket with a case, None of any other and where others keep changing its tags.

    Raises:
        Retryable: Desk or store could not be reached; call again later.
    """
    desk = app.desks[org]
    try:
        ticket = desk.read.ticket(ticket_id)
    except NotFound:
        _gone(app, org, ticket_id)
        return None
    if ticket.id != ticket_id:  # Desk answers with the one that it was merged into
        merges.take_over(app, desk, ticket_id, ticket)
        return reconcile_ticket(app, org, ticket.id)
    if ticket.trashed:
        _gone(app, org, ticket_id)
        return None
    if erasure.erase_again(app, org, ticket_id) or _is_ours(app, org, ticket):
        return None
    known = app.store.get(org, "ticket", ticket_id)
    answers: list[str] | None = None
    if known is None or known.body.get("threads") != ticket.thread_count:
        threads = _messages(desk, ticket, known)
        merges.found_in(app, desk, ticket, threads)
        for thread in threads:
            _look_at(app, desk, ticket, thread)
        answers = [thread.id for thread in threads if thread.direction == "out"]
    action = ticket.custom.get(tags.ACTION_FIELD)
    if action:
        commands.from_field(app, desk, ticket, action)
    known = app.store.get(org, "ticket", ticket_id)
    found: frozenset[str] | None = None
    at = app.clock.now()
    cases = casebook.cases_of_ticket(app.store, org, ticket_id)
    for case in cases:
        merges.follow(app, case, ticket.contact_id)
    if known is not None or cases:
        found = commands.from_tags(app, desk, ticket)
    if answers is not None:
        _remember(app, org, ticket, answers, concerned=bool(cases))
    return None if found is None else Seen(ticket, found, at)


def _messages(desk: Desk, ticket: Ticket, known: Item | None) -> tuple[Thread, ...]:
    """Return the messages, oldest first; the only one of a new ticket comes with its content, in a call of its own.

    On an older ticket the list alone tells what is new: a counter can hide a message where another one vanished.
    """
    if known is None and ticket.thread_count == 1:
        only = desk.read.latest_message(ticket.id)
        return (only,) if only else ()
    return tuple(desk.read.threads(ticket.id))


def _is_ours(app: App, org: str, ticket: Ticket) -> bool:
    """Tell whether we wrote the ticket, for a deleted one or as a canary: nobody asks for anything in it."""
    twins, canary = app.store.get(org, "placeholder", "contact"), app.store.get(org, "canary", "last")
    ours = {twins.body.get("id") if twins else None, canary.body.get("contact") if canary else None} - {None}
    return ticket.contact_id in ours


def _remember(app: App, org: str, ticket: Ticket, answers: Sequence[str], *, concerned: bool) -> None:
    """Keep how many messages were there when they were listed, so that the next look is cheap, and which went out.

    Of a ticket with a case also whose it is: somebody else's later on may tell of a merge.
    `answers` tells the outbox whether a letter it has just sent is in that number already. The number was read before
    the list, so a message that came between them only costs another look.
    """
    seen: dict[str, Any] = {"threads": ticket.thread_count, "answers": list(answers[-ANSWERS_KEPT:])}
    if concerned:
        seen["customer"] = ticket.contact_id

    def make() -> Change | None:
        item = app.store.get(org, "ticket", ticket.id)
        body = item.body if item else NEW_TICKET
        if item and all(body.get(name) == value for name, value in seen.items()):
            return None
        change = Change(app.store, org, app.clock.now())
        change.put("ticket", ticket.id, {**body, **seen}, was=item)
        return change

    transact(make)


def _gone(app: App, org: str, ticket_id: str) -> None:
    """A ticket of open cases was deleted: a person must know, unless we erased it ourselves or it was merged."""
    if erased_by_us(app, org, ticket_id):
        return
    cases = casebook.cases_of_ticket(app.store, org, ticket_id)
    news = [case for case in cases if casebook.is_open(case) and case.reason != merges.GONE]
    stays = merges.where(app, app.desks[org], ticket_id, news) if news else None
    if stays is not None:
        merges.take_over(app, app.desks[org], ticket_id, stays)
        return

    def make() -> Change | None:
        change = Change(app.store, org, app.clock.now())
        for case in casebook.cases_of_ticket(app.store, org, ticket_id):
            if case.answered is not None:
                continue  # it waits for others' receipts, and its conversation may be gone by now
            if case.state not in {State.EXECUTING, State.WITH_PERSON} and allowed(case.state, Event.PERSON_NEEDED):
                state = advance(case.state, Event.PERSON_NEEDED)
                change.case(replace(case, state=state, reason=merges.GONE))
                change.log("desk", "ticket_gone", why="R-INTAKE-3", case_id=case.id, ticket_id=ticket_id)
        return change

    transact(make)


# ------------------------------------------------------------------------------------------------------------ messages


@dataclass(frozen=True, slots=True)
class _Sender:
    """Who wrote: the record of that address, and whether it was there before the message."""

    contact: Contact | None
    on_file: bool


def _look_at(app: App, desk: Desk, ticket: Ticket, thread: Thread) -> None:
    org = desk.settings.org
    if thread.direction != "in" or thread.author_type not in {"END_USER", ""}:
        return
    if thread.created < installed_at(app, org) - CLOCKS_DIFFER or app.store.get(org, "message", thread.id):
        return
    full = desk.read.thread(ticket.id, thread.id) if thread.content is None else thread
    if app.store.find(org, "pause", parent=ticket.id, limit=1) and not _automatic(desk, ticket, full):
        asking.heard(app, org, full)
    body = full.content or full.summary
    subject = ticket.subject if thread.is_description or ticket.thread_count <= 1 else ""
    own = mailtext.split(body, subject=subject, words=app.lexicon.mail).own
    codes = codes_in(own)
    asked = codes and app.store.find(org, "challenge_ticket", parent=ticket.id, limit=1)
    if asked and not _automatic(desk, ticket, full):
        outcome = verification.submit_codes(app, org, ticket.id, codes, guessed=guesses(own))
        if outcome is not None:
            _mark(app, org, ticket, thread, f"code {outcome}")
            return
    if _from_client(app, desk, ticket, full):
        return
    if any(case.by_agent for case in casebook.cases_of_ticket(app.store, org, ticket.id)):
        writer = _sender(desk, ticket, full).contact
        if writer and not _automatic(desk, ticket, full):
            mandates.objected(app, org, ticket.id, writer.id, full.id)
    unasked.warn(app, org, full, own)
    understanding = classify.understand(subject, body, lexicon=app.lexicon)
    if not (understanding.labels or understanding.doubtful or understanding.reminder):
        _resume(app, desk, ticket, full)
        return
    _take_in(app, desk, ticket, full, understanding, own)


def _from_client(app: App, desk: Desk, ticket: Ticket, thread: Thread) -> bool:
    """Take a message of the client that decides about the ticket's data as its word, unless a machine wrote it."""
    if not any(case.processor_for for case in casebook.cases_of_ticket(app.store, desk.settings.org, ticket.id)):
        return False
    mail = desk.read.original_mail(ticket.id, thread.id)
    if _machine(mail, thread):
        return False
    signals = mailheaders.auth_results(mail.source, app.policy.mail_server) if mail else {}
    return clients.hear(app, desk, ticket, thread, signals)


def _automatic(desk: Desk, ticket: Ticket, thread: Thread) -> str | None:
    return _machine(desk.read.original_mail(ticket.id, thread.id), thread)


def _machine(mail: OriginalMail | None, thread: Thread) -> str | None:
    """Return the sign that a machine wrote a message; without its source the sender alone can tell."""
    return mailheaders.is_automatic(mail.source if mail else "", thread.author_email or "")


def _mark(app: App, org: str, ticket: Ticket, thread: Thread, result: str) -> None:
    def make() -> Change | None:
        change = Change(app.store, org, app.clock.now())
        return change if change.put_once("message", thread.id, {"result": result}, parent=ticket.id) else None

    transact(make)


def _resume(app: App, desk: Desk, ticket: Ticket, thread: Thread) -> None:
    """Any reply wakes a sleeping case and brings a new code (R-VERIFY-13); to others it means nothing."""
    org = desk.settings.org
    if not verification.concerned(app, org, ticket.id):
        _mark(app, org, ticket, thread, "ordinary")
        return
    automatic = _automatic(desk, ticket, thread)
    sender = _sender(desk, ticket, thread)
    agreed = says_yes(mailtext.split(thread.content or thread.summary, subject="", words=app.lexicon.mail).own)

    def make() -> Change | None:
        change = Change(app.store, org, app.clock.now())
        if not change.put_once("message", thread.id, {"result": "reply"}, parent=ticket.id):
            return None
        asleep = [case for case in verification.concerned(app, org, ticket.id) if case.state is State.DORMANT]
        if asleep and not automatic:
            awake = [replace(case, state=advance(case.state, Event.REQUESTER_REPLIED)) for case in asleep]
            for case in awake:
                change.case(case)
            facts = verify.Facts(sender_on_file=sender.on_file)
            _send(app, change, ticket, thread, Intake(opened=tuple(awake), letter="identity"), sender, facts)
        elif agreed and not automatic:
            _said_yes(app, change, ticket, thread, sender)
        if not automatic:
            _of_represented(app, change, ticket, thread)
        return change

    transact(make)


def _of_represented(app: App, change: Change, ticket: Ticket, thread: Thread) -> None:
    """Let somebody read what may be the authority of whoever writes for another."""
    if mandates.awaits(casebook.cases_of_ticket(app.store, change.org, ticket.id)):
        change.effect(f"note:{thread.id}:mandate", "note", ticket.id, text=mandates.HOW)


def _said_yes(app: App, change: Change, ticket: Ticket, thread: Thread, sender: _Sender) -> None:
    """Make a request of what only may have been one, now that the person has answered our question with yes."""
    cases = casebook.cases_of_ticket(app.store, change.org, ticket.id)
    meant = [confirmed(case) for case in cases if case.reason == POSSIBLE]
    for case in meant:
        change.case(case)
        if case.state is State.VERIFIED:
            change.job(f"fulfil:{case.id}", "fulfil", case=case.id)
        change.log(
            "requester", "request_confirmed", why="R-CLASS-3", result=case.state, case_id=case.id, ticket_id=ticket.id
        )
    waiting = tuple(case for case in meant if case.state is State.AWAITING_PROOF)
    if waiting:
        facts = verify.Facts(sender_on_file=sender.on_file)
        _send(app, change, ticket, thread, Intake(opened=waiting, letter="identity"), sender, facts)
    if meant:
        change.job(f"sync:{ticket.id}", "sync", ticket_id=ticket.id)


def _sender(desk: Desk, ticket: Ticket, thread: Thread) -> _Sender:
    """Find the record of the address that wrote. The address itself proves nothing (R-VERIFY-5)."""
    address = (thread.author_email or ticket.email or "").casefold()
    contact: Contact | None = None
    if ticket.contact_id:
        found = desk.read.contact(ticket.contact_id)
        if not address or address in {(found.email or "").casefold(), (found.secondary_email or "").casefold()}:
            contact = found
    if contact is None and address:
        contact = next(iter(desk.read.contacts_by_email(address)), None)
    if contact is None:
        return _Sender(None, on_file=False)
    created = contact.created
    return _Sender(contact, on_file=created is not None and created < thread.created - CREATED_TOGETHER)


def _take_in(app: App, desk: Desk, ticket: Ticket, thread: Thread, understanding: Understanding, own: str) -> None:
    org = desk.settings.org
    sender = _sender(desk, ticket, thread)
    understanding, subjects = _represented(desk, thread, understanding)
    named = _named(desk, thread, sender.contact, own) if understanding.child else ()
    mail = desk.read.original_mail(ticket.id, thread.id)
    automatic = _machine(mail, thread)
    if ticket.spam:
        automatic = "desk marked it as spam"
    if sender.contact and sender.on_file:
        _remember_address(app, org, sender.contact)
    law, laws = _laws(app, desk, understanding, None if understanding.by_agent else sender.contact)
    client = clients.client_of(desk, sender.contact)
    signals = mailheaders.auth_results(mail.source, app.policy.mail_server) if mail else {}
    doubtful = verify.Facts(
        sender_on_file=sender.on_file,
        address_changed_days=_changed_days(app, org, sender.contact),
        reply_to_differs=_differs(mailheaders.reply_to(mail.source) if mail else None, thread),
        delivery_elsewhere=_elsewhere(app, desk, thread, understanding, sender.contact, own),
        subjects_from_sender=max(1, len(subjects)),
        spf=signals.get("spf"),
        dkim=signals.get("dkim"),
        dmarc=signals.get("dmarc"),
    )
    hashes = {
        label.sentence: app.keyring.pseudonym("sentence", label.sentence)
        for label in (*understanding.labels, *understanding.doubtful)
    }

    def make() -> Change | None:
        change = Change(app.store, org, app.clock.now())
        if not change.put_once("message", thread.id, {"result": "request"}, parent=ticket.id):
            return None
        known = {case.id: case for case in casebook.cases_of_ticket(app.store, org, ticket.id)}
        writer = (sender.contact.id,) if sender.contact else ()
        for person in filter(None, subjects if understanding.by_agent else writer):
            known |= {case.id: case for case in casebook.cases_of_contact(app.store, org, person)}
        facts = MessageFacts(
            org=org,
            ticket_id=ticket.id,
            ticket_number=ticket.number,
            received=thread.created,
            contact_id=sender.contact.id if sender.contact else None,
            on_file=sender.on_file,
            law=law,
            laws=laws,
            time_zone=app.policy.time_zone,
            policy_version=app.policy.policy_version,
            automatic=automatic,
            client=client.name if client else None,
            shared=client is not None and client.role is Role.BOTH,
            client_days=client.days if client else None,
            customer=ticket.contact_id is None or sender.contact is None or ticket.contact_id == sender.contact.id,
            subjects=subjects,
            doubted=bool(verify.doubts(doubtful, address_change_days=app.policy.address_change_days)),
            known=tuple(known.values()),
            sentence_hashes=hashes,
        )
        intake = decide(understanding, facts, app.rules)
        if intake.idle:
            return change
        _record(change, ticket, intake, signals)
        if tags.SPAM in intake.flags:
            change.put_once("spam", ticket.id, {"number": ticket.number, "since": change.now.isoformat()})
        if intake.restrict:
            rights.restrict(change, intake.opened, CHILD, others=named)
        clients.send_on(app, change, desk, intake.opened, thread.id)
        _send(app, change, ticket, thread, intake, sender, doubtful)
        unspoken = intake.letter is not None and understanding.language not in app.letters.languages()
        _flags(app, change, ticket, intake.flags | ({tags.ENGLISH} if unspoken else set()))
        return change

    transact(make)


def _laws(app: App, desk: Desk, understanding: Understanding, contact: Contact | None) -> tuple[Law, tuple[Law, ...]]:
    """Return the law the case is filed under and all laws whose dates are kept."""
    country = contact.country if contact else None
    state = contact.state if contact else None
    default = desk.settings.default_country
    named = understanding.laws
    law = rules.law_for(app.rules, named=named, country=country, state=state, default_country=default)
    return law, rules.applicable(app.rules, named=named, country=country, state=state, default_country=default)


def _represented(
    desk: Desk, thread: Thread, understanding: Understanding
) -> tuple[Understanding, tuple[str | None, ...]]:
    """Return whom a message speaks for besides its writer, and their records as far as they were there before it."""
    if not understanding.by_agent:
        return understanding, ()
    own = {(thread.author_email or "").casefold(), (desk.settings.from_address or "").casefold()}
    others = tuple(dict.fromkeys(each.casefold() for each in understanding.about if each.casefold() not in own))
    found = (next(iter(desk.read.contacts_by_email(each)), None) for each in others[:MANY])
    known = (
        each if each and each.created and each.created < thread.created - CREATED_TOGETHER else None for each in found
    )
    return replace(understanding, about=others[:MANY]), tuple(each.id if each else None for each in known)


def _elsewhere(
    app: App, desk: Desk, thread: Thread, understanding: Understanding, contact: Contact | None, own: str
) -> bool:
    """Tell whether somebody who asks for data names an address that is neither theirs nor ours (R-VERIFY-11)."""
    if understanding.by_agent or not verification.PIECES.intersection(understanding.kinds):
        return False
    theirs = {thread.author_email, *((contact.email, contact.secondary_email) if contact else ())}
    known = {(each or "").casefold() for each in theirs}
    ours = {
        each.rpartition("@")[2].casefold() for each in (app.policy.privacy_contact, desk.settings.from_address or "")
    }
    named = (each.casefold() for each in ADDRESS.findall(own))
    return any(each not in known and each.rpartition("@")[2] not in ours for each in named)


def _named(desk: Desk, thread: Thread, writer: Contact | None, own: str) -> tuple[str, ...]:
    """Return the records that a message about a child may concern: those it names and the writer's (R-CHILD-2)."""
    ours = (desk.settings.from_address or "").rpartition("@")[2].casefold()
    addresses = dict.fromkeys(each.casefold() for each in ADDRESS.findall(own))
    found = [writer] if writer else []
    for each in list(addresses)[:MANY]:
        if each.rpartition("@")[2] != ours:
            found.extend(desk.read.contacts_by_email(each)[:1])
    older = thread.created - CREATED_TOGETHER
    return tuple(dict.fromkeys(each.id for each in found if each is writer or (each.created and each.created < older)))


def _differs(reply_to: str | None, thread: Thread) -> bool:
    return bool(reply_to) and (reply_to or "").casefold() != (thread.author_email or "").casefold()


def _changed_days(app: App, org: str, contact: Contact | None) -> int | None:
    """Return how long ago the address on file was changed, as far as contact events told us (R-VERIFY-11)."""
    item = app.store.get(org, "address", contact.id) if contact else None
    if item is None or not item.body.get("changed"):
        return None
    return (app.clock.now() - datetime.fromisoformat(item.body["changed"])).days


def note_address(app: App, org: str, contact_id: str) -> None:
    """Remember a keyed hash of a contact's address, and when it changed; called for each contact event."""
    try:
        contact = app.desks[org].read.contact(contact_id)
    except NotFound:
        return
    _remember_address(app, org, contact)


def _remember_address(app: App, org: str, contact: Contact) -> None:
    mark = app.keyring.pseudonym("address", contact.email or "")

    def make() -> Change | None:
        item = app.store.get(org, "address", contact.id)
        if item and item.body["mark"] == mark:
            return None
        change = Change(app.store, org, app.clock.now())
        changed = change.now.isoformat() if item else None
        change.put("address", contact.id, {"mark": mark, "changed": changed}, was=item)
        return change

    transact(make)


def _record(change: Change, ticket: Ticket, intake: Intake, signals: Mapping[str, str]) -> None:
    details = {f"mail_{name}": value for name, value in signals.items()}
    for case in intake.opened:
        change.case(case)
        change.log(
            "requester",
            "case_opened",
            why="R-INTAKE-2",
            result=case.state,
            case_id=case.id,
            ticket_id=ticket.id,
            kind=case.kind,
            law=case.law,
            level=f"V{int(case.level)}",
            due=case.due.due.isoformat(),
            sentence=case.sentence_hash,
            policy=case.policy_version,
            **details,
        )
        if case.state is State.VERIFIED:
            change.job(f"fulfil:{case.id}", "fulfil", case=case.id)
        if done_at_once(case):
            rights.suppress(change, case)
    for case in intake.joined:
        change.case(case)
        if case.state is State.VERIFIED and case.level is Level.V0:
            change.job(f"fulfil:{case.id}", "fulfil", case=case.id)
        change.log("requester", "case_joined", why="R-CLASS-5", result=case.state, case_id=case.id, ticket_id=ticket.id)


def _send(
    app: App,
    change: Change,
    ticket: Ticket,
    thread: Thread,
    intake: Intake,
    sender: _Sender,
    facts: verify.Facts,
) -> None:
    """Put the one reply, the challenge it carries and the note for agents into the change."""
    if intake.note:
        change.effect(f"note:{thread.id}:intake", "note", ticket.id, text=intake.note)
    cases = [*intake.opened, *intake.joined]
    if intake.letter is None or not cases:
        return
    waiting = [case for case in cases if case.state is State.AWAITING_PROOF]
    others = [case for case in waiting if _of_another(case, sender)]
    mandates.ask_persons(app, app.desks[change.org], change, others, thread.id)
    waiting = [case for case in waiting if case not in others]
    cases = [case for case in cases if case not in others or case.by_agent]
    if not cases:
        return
    letter, challenge = intake.letter, None
    if letter == "identity" and waiting:
        doubts = verify.doubts(facts, address_change_days=app.policy.address_change_days)
        challenge = verification.issue(
            app,
            change,
            waiting,
            contact=sender.contact,
            proves=not doubts,
            reason=", ".join(doubts),
            told_on=ticket.id,
        )
    if letter == "identity" and challenge is None:
        letter = "still_open"
    answers = [case.id for case in cases if done_at_once(case)]
    change.effect(
        f"reply:{ticket.id}:{thread.id}",
        "reply",
        ticket.id,
        letter=letter,
        language=cases[0].language,
        cases=[case.id for case in cases],
        answers=answers,
        challenge=challenge,
        contact_id=sender.contact.id if sender.contact else None,
        thread_id=thread.id,
    )


def _of_another(case: Case, sender: _Sender) -> bool:
    """Tell whether the proof of a case is somebody else's to give than the sender's: no code for it goes to them."""
    return case.by_agent or case.contact_id not in {None, sender.contact.id if sender.contact else None}


def _flags(app: App, change: Change, ticket: Ticket, flags: frozenset[str]) -> None:
    item = app.store.get(change.org, "ticket", ticket.id)
    ticket_item(change, ticket.id, item, flags=flags)
    change.job(f"sync:{ticket.id}", "sync", ticket_id=ticket.id)


def ticket_item(change: Change, ticket_id: str, item: Item | None, *, flags: frozenset[str] = frozenset()) -> None:
    """Write the memory of a ticket that concerns us, with more flags."""
    body = item.body if item else NEW_TICKET
    merged = sorted({*body.get("flags", []), *flags})
    change.put("ticket", ticket_id, {**body, "flags": merged}, was=item)
