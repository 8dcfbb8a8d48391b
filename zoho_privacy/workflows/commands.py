"""What agents ask for: by a macro that sets the action field, by one of our tags, or on the command line.

A command that the table in `machine.py` does not allow is put back, with a private note that says why (R-TAG-2).
Every command is carried out once: a field value counts together with the history event that set it, a tag once we
have seen it. Who may approve: an agent, known by name, who neither proposed the plan nor vouched for the person
(R-TAG-3). What a command says to the person stands in a private note that the agent wrote before (`domain/sheet.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final

from zoho_privacy.domain import rules, sheet, tags
from zoho_privacy.domain.deadline import business_days_after, contracted, due_dates, extension, local_day
from zoho_privacy.domain.errors import NotAllowed, NotFound
from zoho_privacy.domain.intake import CHILD, WHOSE, Intake
from zoho_privacy.domain.machine import OPEN, Event, advance, allowed
from zoho_privacy.domain.model import Case, Hold, Kind, Law, Level, State
from zoho_privacy.domain.records import Contact, HistoryEvent, Ticket
from zoho_privacy.domain.tags import Command
from zoho_privacy.domain.verify import level_needed
from zoho_privacy.workflows import asking, casebook, clients, holds, mandates, receipts, rights, verification
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App, Desk
from zoho_privacy.workflows.writes import tags_of

HISTORY_DEPTH: Final = 50
LOOKS: Final = 3
OPENS: Final = {Command.EXPORT: Kind.ACCESS, Command.PROPOSE_ERASURE: Kind.DELETION}
ASKS: Final[Mapping[Command, Event]] = {
    Command.SEND_VERIFICATION: Event.PROOF_REQUESTED,
    Command.MARK_VERIFIED: Event.VOUCHED,
    Command.APPROVE_PLAN: Event.APPROVED,
    Command.PROPOSE_CORRECTION: Event.PLAN_PROPOSED,
    Command.REFUSE: Event.REFUSED_BY_PERSON,
    Command.SEND_ANSWER: Event.ANSWERED,
    Command.CLOSE_CASE: Event.ANSWERED,
    Command.ROUTE_TO_CLIENT: Event.PROCESSOR_ROUTED,
    Command.NOT_A_REQUEST: Event.NOT_A_REQUEST,
}
"""What a command asks of a case, where the table of states alone decides whether it fits."""


@dataclass(frozen=True, slots=True)
class Order:
    """One command: what, by which agent (None: Desk does not tell), set when, a mark that names it, by which tag."""

    command: Command
    agent: str | None
    at: datetime | None
    mark: str
    tag: str = ""

    @property
    def who(self) -> str:
        """Who gave it, for the ledger."""
        return f"agent:{self.agent or 'unknown'}"


@dataclass(frozen=True, slots=True)
class Note:
    """The private note that belongs to a command: its id and what it says, by name."""

    id: str
    words: Mapping[str, str]

    def need(self, *names: str) -> None:
        """Raises NotAllowed where the note says nothing under one of these names."""
        missing = [f"'{name.capitalize()}: ...'" for name in names if name not in self.words]
        if missing:
            raise NotAllowed(f"write a private note with {' and '.join(missing)} first")


NO_NOTE: Final = Note("", {})
WORDED: Final = frozenset(
    {Command.REFUSE, Command.SEND_ANSWER, Command.EXTEND, Command.PROPOSE_CORRECTION, Command.LIFT_RESTRICTION}
    | {Command.ACCEPT_MANDATE, Command.ASK_BACK, Command.CONFIRM_CHILD}
)


SCOPED: Final = frozenset(
    {Command.REFUSE, Command.SEND_ANSWER, Command.EXTEND, Command.ASK_BACK, Command.LIFT_RESTRICTION}
)
"""Commands whose note may say which of a ticket's requests they are about."""
NARROWED: Final = frozenset({Command.CLOSE_CASE, Command.NOT_A_REQUEST})
"""Commands that need no note, and end all of a ticket's requests but for one that says which."""


def from_field(app: App, desk: Desk, ticket: Ticket, value: str) -> None:
    """Carry out the value that stands in the action field, once, and clear the field."""
    org = desk.settings.org
    event, mark = who_set(desk, ticket, value)
    if _consumed(app, org, ticket.id, mark):
        return
    clear = f"clear:{ticket.id}:{mark}"
    try:
        command = Command(value)
    except ValueError:
        _refuse(app, desk, ticket, mark, clear, f"'{value}' is not an action of this field")
        return
    order = Order(command, event.agent_id if event else None, event.at if event else None, mark)
    try:
        carry_out(app, desk, ticket, order, clear_field=clear)
    except NotAllowed as refusal:
        _refuse(app, desk, ticket, mark, clear, f"'{value}' was not carried out: {refusal}")


def from_tags(app: App, desk: Desk, ticket: Ticket) -> frozenset[str] | None:
    """Carry out what agents said by adding or removing our tags, and put back what they may not.

    Returns the tags as they stand on the ticket, None where somebody else keeps working on them.
    """
    org = desk.settings.org
    seen = _tags_at_rest(app, desk, ticket)
    if seen is None:
        return None
    found, left, standing = seen
    cases = casebook.cases_of_ticket(app.store, org, ticket.id)
    if {tag for tag in found if tag.startswith(tags.PREFIX)} == left:
        return standing
    edit = tags.agent_edit(found, left)
    for command in edit.commands:
        tag = next((name for name, meant in tags.COMMAND_TAGS.items() if meant is command), tags.HOLD)
        event = _who_tagged(desk, ticket, tag)
        at = event.at.isoformat() if event else ""
        order = Order(command, event.agent_id if event else None, event.at if event else None, f"{tag}@{at}", tag)
        try:
            carry_out(app, desk, ticket, order, clear_field=None)
        except NotAllowed as refusal:
            _refuse(app, desk, ticket, order.mark, None, f"The tag '{tag}' was taken back: {refusal}")
    if edit.refused:
        names = ", ".join(sorted(edit.remove | edit.restore))
        mark = f"tags:{','.join(sorted(found))}"
        _refuse(app, desk, ticket, mark, None, f"These tags are kept by the suite and were put back: {names}.")
    _acknowledge(app, org, ticket, found, concerned=bool(cases))
    return standing


def _tags_at_rest(app: App, desk: Desk, ticket: Ticket) -> tuple[frozenset[str], frozenset[str], frozenset[str]] | None:
    """Return the tags on the ticket, those we left there, and again the former without any allowance for our own.

    None while somebody else keeps working on it. Both must be of one moment: tags from before a sync, compared with
    its result, look like an agent's edit. A look given up here is made up for by the sweep. Desk is not asked where it
    counts no tags and we left none.
    """
    org = desk.settings.org
    before = app.store.get(org, "ticket", ticket.id)
    for _ in range(LOOKS):
        body = before.body if before else {}
        left, doubt = frozenset(body.get("tags", [])), frozenset(body.get("doubt", []))
        found = desk.read.tags(ticket.id) if left | doubt else tags_of(desk.read, ticket)
        after = app.store.get(org, "ticket", ticket.id)
        if after == before:
            return tags.as_left(found, left, doubt), left, found
        before = after
    return None


def _acknowledge(app: App, org: str, ticket: Ticket, found: frozenset[str], *, concerned: bool) -> None:
    """Remember the tags as seen, so that the next sync takes away those that only were commands."""

    def make() -> Change | None:
        item = app.store.get(org, "ticket", ticket.id)
        change = Change(app.store, org, app.clock.now())
        body: dict[str, Any] = dict(item.body) if item else new_ticket(ticket)
        seen = sorted({*body.get("tags", []), *(tag for tag in found if tag.startswith(tags.PREFIX))})
        if body.get("tags") == seen and not concerned:
            return None
        change.put("ticket", ticket.id, {**body, "tags": seen}, was=item)
        change.job(f"sync:{ticket.id}", "sync", ticket_id=ticket.id)
        return change

    transact(make)


def who_set(desk: Desk, ticket: Ticket, value: str) -> tuple[HistoryEvent | None, str]:
    """Return the newest history event that put this value into the action field, and the mark that names the order."""
    event = _event_of(desk, ticket, value)
    at = event.at if event else ticket.modified
    return event, f"{value}@{at.isoformat() if at else ''}"


def _consumed(app: App, org: str, ticket_id: str, mark: str) -> bool:
    """Tell whether the order of this mark was carried out or refused by whichever look was faster."""
    item = app.store.get(org, "ticket", ticket_id)
    return item is not None and item.body.get("mark") == mark


def _event_of(desk: Desk, ticket: Ticket, value: str) -> HistoryEvent | None:
    names = {tags.ACTION_FIELD, "privacy action"}
    for event in islice(desk.read.history(ticket.id), HISTORY_DEPTH):
        for change in event.changes:
            if (
                change.name.casefold().replace("_", " ") in {n.replace("_", " ") for n in names}
                and change.after == value
            ):
                return event
    return None


def _who_tagged(desk: Desk, ticket: Ticket, tag: str) -> HistoryEvent | None:
    for event in islice(desk.read.history(ticket.id), HISTORY_DEPTH):
        if event.name.startswith("Tags") and any(
            tag in (change.after or "") or tag in (change.before or "") for change in event.changes
        ):
            return event
    return None


def _refuse(app: App, desk: Desk, ticket: Ticket, mark: str, clear: str | None, why: str) -> None:
    org = desk.settings.org

    def make() -> Change | None:
        if clear and _consumed(app, org, ticket.id, mark):
            return None
        change = Change(app.store, org, app.clock.now())
        _consume(app, change, ticket, mark if clear else None)
        change.effect(f"note:{ticket.id}:{mark}", "note", ticket.id, text=why)
        if clear:
            change.effect(clear, "fields", ticket.id, fields={tags.ACTION_FIELD: ""})
        change.log("zoho_privacy", "command_refused", why="R-TAG-2", ticket_id=ticket.id)
        return change

    transact(make)


def _consume(
    app: App,
    change: Change,
    ticket: Ticket,
    mark: str | None,
    *,
    flags: list[str] | None = None,
    seen: frozenset[str] = frozenset(),
) -> None:
    """Remember in the same commit that the command was seen, so that it is carried out once."""
    item = app.store.get(change.org, "ticket", ticket.id)
    body: dict[str, Any] = dict(item.body) if item else new_ticket(ticket)
    if mark is not None:
        body["mark"] = mark
    if flags is not None:
        body["flags"] = flags
    change.put("ticket", ticket.id, {**body, "tags": sorted({*body["tags"], *seen})}, was=item)
    change.job(f"sync:{ticket.id}", "sync", ticket_id=ticket.id)


def new_ticket(ticket: Ticket) -> dict[str, Any]:
    """Return the memory of a ticket that is seen for the first time."""
    return {"tags": [], "flags": [], "threads": ticket.thread_count, "mark": ""}


def carry_out(app: App, desk: Desk, ticket: Ticket, order: Order, *, clear_field: str | None) -> None:
    """Carry out one command on a ticket's cases.

    Raises:
        NotAllowed: No case on the ticket is in a state for it, or this agent may not; the text says which.
    """
    org = desk.settings.org
    note = _note(app, desk, ticket, order) if order.command in WORDED | NARROWED else NO_NOTE
    own = "person" if order.command is Command.CONFIRM_CHILD else "scope" if order.command in NARROWED else ""
    if own and own not in note.words:
        note = NO_NOTE  # what else the agent wrote is another command's

    def make() -> Change | None:
        if clear_field and _consumed(app, org, ticket.id, order.mark):
            return None
        change = Change(app.store, org, app.clock.now())
        cases = casebook.cases_of_ticket(app.store, org, ticket.id)
        flags = _flags_of(app, org, ticket.id)
        match order.command:
            case Command.PLACE_HOLD | Command.LIFT_HOLD:
                flags = _hold(app, change, ticket, order, flags)
            case Command.APPROVE_PLAN:
                for case in _fit(cases, Event.APPROVED, order):
                    approve(app, change, case, plan_hash=None, agent=order.agent, at=order.at)
            case Command.SEND_VERIFICATION:
                _send_verification(app, desk, change, mandates.check(_fit(cases, Event.PROOF_REQUESTED, order)), order)
            case Command.PROPOSE_ERASURE | Command.EXPORT:
                _fulfil(app, desk, change, ticket, cases, order)
            case command if command in WORDED:
                _with_words(app, desk, change, cases, order, note)
            case command:
                meant = _meant(desk, cases, note) if command in NARROWED else cases
                fitting = _fit(meant, ASKS[command], order)
                _not_awaited(app, fitting, order)
                _move(app, desk, change, fitting, order)
        if note.id:
            change.put_once("sheet", note.id, {"command": order.command}, parent=ticket.id)
        change.log(order.who, order.command.name.lower(), why="R-TAG-2", ticket_id=ticket.id)
        seen = frozenset({order.tag}) if order.tag else frozenset()
        _consume(app, change, ticket, order.mark if clear_field else None, flags=sorted(flags), seen=seen)
        if clear_field:
            change.effect(clear_field, "fields", ticket.id, fields={tags.ACTION_FIELD: ""})
        return change

    transact(make)


def _flags_of(app: App, org: str, ticket_id: str) -> set[str]:
    item = app.store.get(org, "ticket", ticket_id)
    return set(item.body.get("flags", [])) if item else set()


def _fit(cases: Iterable[Case], event: Event, order: Order) -> list[Case]:
    fitting = [case for case in cases if allowed(case.state, event)]
    if not fitting:
        states = ", ".join(sorted({f"{case.kind} is {case.state}" for case in cases})) or "the ticket has no case"
        raise NotAllowed(f"'{order.command}' does not fit ({states})")
    return fitting


def _not_awaited(app: App, cases: Iterable[Case], order: Order) -> None:
    """A case that waits for recipients ends with their receipts, not with a click (R-PLAN-6)."""
    waits = {key for case in cases if case.answered for key in receipts.outstanding(app, case)}
    if order.command in {Command.CLOSE_CASE, Command.SEND_ANSWER} and waits:
        raise NotAllowed(f"'{order.command}' does not fit (receipts outstanding: {', '.join(sorted(waits))})")


def _move(app: App, desk: Desk, change: Change, cases: list[Case], order: Order) -> None:
    event = ASKS[order.command]
    for case in mandates.check(cases) if event is Event.VOUCHED else cases:
        _moved(change, case, event, order)
    if event is Event.NOT_A_REQUEST:
        _no_child(app, change, cases)
    if event is Event.PROCESSOR_ROUTED:
        moved = [replace(case, state=advance(case.state, event)) for case in cases]
        clients.send_on(app, change, desk, moved, order.mark)


def _no_child(app: App, change: Change, ended: list[Case]) -> None:
    """Let data that a child's matter kept out of use be used again once all of it was a mistake (R-CHILD-2)."""
    mistaken = {case.id for case in ended if case.reason == CHILD}
    here = (case for ticket_id in {case.ticket_id for case in ended}
            for case in casebook.cases_of_ticket(app.store, change.org, ticket_id))  # fmt: skip
    left = [case for case in here if case.reason == CHILD and case.state in OPEN and case.id not in mistaken]
    if mistaken and not left:
        rights.lifted(app, change, sorted(mistaken))


def _moved(change: Change, case: Case, event: Event, order: Order) -> None:
    state = advance(case.state, event)
    stewards = case.stewards
    if event is Event.VOUCHED:
        if case.contact_id is None:
            raise NotAllowed("nobody on file is linked to this case: link the contact first")
        stewards = (*stewards, order.agent) if order.agent else stewards
        change.job(f"fulfil:{case.id}", "fulfil", case=case.id)
    ended = None if state in OPEN else change.now
    change.case(replace(case, state=state, stewards=stewards, closed=ended, outcome=event.value))
    change.log(
        order.who,
        event,
        why="R-REFUSE-1" if event is Event.REFUSED_BY_PERSON else "R-TAG-2",
        result=state,
        case_id=case.id,
        ticket_id=case.ticket_id,
    )


# ----------------------------------------------------------------------------------------------- what people are told


def _note(app: App, desk: Desk, ticket: Ticket, order: Order) -> Note:
    """Return the agent's newest private note that says something and that no command has used, or an empty one."""
    newest = NO_NOTE
    for comment in desk.read.comments(ticket.id):
        other = order.agent and comment.commenter_id and comment.commenter_id != order.agent
        if comment.public or other or sheet.ours(comment.content):
            continue
        words = sheet.read(comment.content)
        if words and app.store.get(desk.settings.org, "sheet", comment.id) is None:
            newest = Note(comment.id, words)
    return newest


def _letter(change: Change, cases: list[Case], order: Order, note: Note, letter: str, **more: Any) -> None:
    """Put a letter that takes its words from a note into the outbox."""
    first = cases[0]
    change.effect(
        f"reply:{first.ticket_id}:{order.mark}:{first.id}",
        "reply",
        first.ticket_id,
        letter=letter,
        language=first.language,
        cases=[case.id for case in cases],
        contact_id=first.contact_id,
        note=note.id,
        **more,
    )


def _with_words(app: App, desk: Desk, change: Change, cases: tuple[Case, ...], order: Order, note: Note) -> None:
    """Carry out a command about which the person is written to, in the agent's words or after them."""
    if order.command in SCOPED:
        cases = _meant(desk, cases, note)
    match order.command:
        case Command.REFUSE:
            _refuse_request(app, change, _fit(cases, Event.REFUSED_BY_PERSON, order), order, note)
        case Command.SEND_ANSWER:
            _send_answer(app, change, _one_matter(_fit(cases, Event.ANSWERED, order), note), order, note)
        case Command.EXTEND:
            _extend(app, desk, change, cases, order, note)
        case Command.PROPOSE_CORRECTION:
            (case,) = _only(cases, Kind.CORRECTION, Event.PLAN_PROPOSED, order)
            rights.propose_correction(app, desk, change, case, note.id, note.words, agent=order.agent)
        case Command.LIFT_RESTRICTION:
            note.need("reason")
            rights.lift(app, change, cases, note.id, agent=order.agent)
        case Command.CONFIRM_CHILD:
            _confirm_child(app, desk, change, cases, order, note)
        case Command.ACCEPT_MANDATE:
            mandates.accept(app, desk, change, cases, note.words, agent=order.agent or "unknown", mark=order.mark)
        case Command.ASK_BACK:
            note.need("question")
            mark, who = order.mark, order.who
            asking.ask(app, change, cases, lambda case: _laws(app, desk, case), note_id=note.id, who=who, mark=mark)


def _meant(desk: Desk, cases: tuple[Case, ...], note: Note) -> tuple[Case, ...]:
    """Return the cases that a note is about: all of the ticket's, or those of the rights and the person it names.

    Raises:
        NotAllowed: It names a right or somebody that the ticket has no case of.
    """
    kinds, address = sheet.scope(note.words), note.words.get("person", "")
    person = next(iter(desk.read.contacts_by_email(address.split()[0])), None) if address else None
    meant = tuple(
        case
        for case in cases
        if (not kinds or case.kind in kinds) and (not address or (person and case.contact_id == person.id))
    )
    if cases and not meant:
        raise NotAllowed("the ticket has no such case: look at 'Scope:' and 'Person:' of the note")
    return meant


def _one_matter(cases: list[Case], note: Note) -> list[Case]:
    """Return the cases unless several rights would end by words about one of them (R-REFUSE-1).

    Raises:
        NotAllowed: The note does not say which right it is about.
    """
    kinds = sorted({case.kind.value for case in cases})
    if len(kinds) > 1 and "scope" not in note.words:
        raise NotAllowed(f"the ticket has several requests: say which with 'Scope: {', '.join(kinds)}'")
    return cases


def _refuse_request(app: App, change: Change, cases: list[Case], order: Order, note: Note) -> None:
    """Refuse, in whole or in part, with the letter that names reason, ground and remedies (R-REFUSE-1, R-REFUSE-2)."""
    note.need("reason", "ground")
    partial = sheet.agreed(note.words, "partial")
    cases = cases if partial else _one_matter(cases, note)
    lifts = [
        case.id for case in cases if case.kind is Kind.OBJECTION and rights.restricted_by(app, case.org, [case.id])
    ]
    if partial:
        for case in cases:
            change.log(order.who, "refused_in_part", why="R-REFUSE-1", case_id=case.id, ticket_id=case.ticket_id)
    else:
        for case in cases:
            _moved(change, case, Event.REFUSED_BY_PERSON, order)
        if any(case.kind is Kind.CORRECTION for case in cases):
            text = (
                "The person disputes this record. What they wrote in this ticket belongs to it: show it to whoever "
                "uses the record, and keep it as long as the record."
            )
            change.effect(f"note:{cases[0].ticket_id}:{order.mark}:statement", "note", cases[0].ticket_id, text=text)
    _letter(change, cases, order, note, "refusal", partial=partial, lifts=[] if partial else lifts)


def _send_answer(app: App, change: Change, cases: list[Case], order: Order, note: Note) -> None:
    """Send the agent's words as the answer; the cases close when it is out."""
    note.need("answer")
    _not_awaited(app, cases, order)
    _letter(change, cases, order, note, "answered", answers=[case.id for case in cases])


def _extend(app: App, desk: Desk, change: Change, cases: Iterable[Case], order: Order, note: Note) -> None:
    """Move the date of every case that a law lets us move, and tell the person in the same step (R-CLOCK-3)."""
    note.need("reason")
    refused = ["the ticket has no open case"]
    moved: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        if case.state not in OPEN or case.answered is not None:
            continue
        try:
            dates = extension(
                app.rules,
                case.due,
                kind=case.kind,
                laws=_laws(app, desk, case),
                today=local_day(change.now, app.policy.time_zone),
                reason=note.words["reason"],
                timezone=app.policy.time_zone,
            )
        except NotAllowed as refusal:
            refused.append(str(refusal))
            continue
        dates = contracted(app.rules, dates, clients.days_of(desk, case), timezone=app.policy.time_zone)
        if dates.legal_due <= case.due.legal_due:
            refused.append(f"the client's contract gives us until {dates.legal_due} to assist (R-CLOCK-11)")
            continue
        change.case(replace(case, due=dates))
        moved.setdefault((case.due.due.isoformat(), dates.due.isoformat()), []).append(case)
        change.log(
            order.who,
            "extended",
            why="R-CLOCK-3",
            result=dates.due.isoformat(),
            case_id=case.id,
            ticket_id=case.ticket_id,
        )
    if not moved:
        raise NotAllowed(refused[-1])
    for (old, new), together in moved.items():
        _letter(change, together, order, note, "extension", old_due=old, new_due=new)


def _laws(app: App, desk: Desk, case: Case) -> tuple[Law, ...]:
    """Return every law whose dates a case keeps: an extension needs all of them (R-CLOCK-6)."""
    contact = _contact(desk, case.contact_id)
    return rules.applicable(
        app.rules,
        named=(case.law,),
        country=contact.country if contact else None,
        state=contact.state if contact else None,
        default_country=desk.settings.default_country,
    )


def _only(cases: Iterable[Case], kind: Kind, event: Event, order: Order) -> list[Case]:
    """Return the one case of a kind that a command is for."""
    return _fit([case for case in cases if case.kind is kind], event, order)[:1]


def _confirm_child(app: App, desk: Desk, change: Change, cases: Iterable[Case], order: Order, note: Note) -> None:
    """Delete a child's data promptly: the plan is proposed at once, due within a few business days (R-CHILD-3).

    Nothing more about the child is asked for (R-CHILD-4); the data stays restricted until it is gone (R-CHILD-6). Whose
    data it is stands in the note where the message concerns more than one record: nobody else's goes.
    """
    waiting = [case for case in cases if case.reason == CHILD and case.state is State.WITH_PERSON]
    if not waiting:
        raise NotAllowed("no case of this ticket waits for a look at a child's data")
    case = next((each for each in waiting if each.kind is Kind.DELETION), waiting[0])
    case = _childs(app, desk, case, note)
    days = app.rules.numbers.child_delete_business_days
    last = business_days_after(app.rules, local_day(change.now, app.policy.time_zone), days)
    why = f"promise_due {last}: a child's data goes within {days} business days of the confirmation (R-CHILD-3)"
    dates = replace(case.due, promise_due=min(last, case.due.promise_due), why=(*case.due.why, why))
    state = advance(State.WITH_PERSON, Event.VOUCHED)
    stewards = (order.agent,) if order.agent else ()
    ours = replace(case, state=state, due=dates, stewards=stewards, reason="")
    if case.kind is not Kind.DELETION:
        _moved(change, case, Event.ANSWERED, order)
        ours = replace(ours, id=f"{case.ticket_id}-{Kind.DELETION}", kind=Kind.DELETION, version=0)
    change.case(ours)
    if ours.version:
        known = app.store.get(change.org, "person_case", ours.id)
        change.put("person_case", ours.id, {}, was=known, parent=ours.contact_id)
    if ours.contact_id not in rights.restricted_by(app, change.org, [each.id for each in waiting]):
        rights.restrict(change, [ours], CHILD)  # named only now (R-CHILD-6)
    rights.lifted(app, change, [each.id for each in waiting], kept=ours.contact_id)
    change.job(f"fulfil:{ours.id}", "fulfil", case=ours.id, proposer=order.agent or "")
    if case.processor_for:
        text = f"A child's data in the care of {case.processor_for}: tell the organisation what was found and deleted."
        change.effect(f"note:{case.ticket_id}:{order.mark}:client", "note", case.ticket_id, text=text)
    change.log(
        order.who,
        "child_confirmed",
        why="R-CHILD-3",
        result=last.isoformat(),
        case_id=ours.id,
        ticket_id=case.ticket_id,
    )


def _childs(app: App, desk: Desk, case: Case, note: Note) -> Case:
    """Return the case of a child's data as the child's own.

    Raises:
        NotAllowed: The note does not say whose data goes, or nobody on file is meant: who writes may be the parent.
    """
    address = note.words.get("person", "")
    if not address:
        concerned = "several records" if len(rights.restricted_by(app, case.org, [case.id])) > 1 else "a child's record"
        raise NotAllowed(
            f"the message concerns {concerned}: say whose data goes with 'Person: ' and their address. {WHOSE}"
        )
    person = next(iter(desk.read.contacts_by_email(address.split()[0])), None)
    if person is None:
        raise NotAllowed("nobody on file has that address")
    if person.id == case.contact_id:
        return case
    writer = case.correspondent if case.by_agent else case.contact_id
    client = clients.client_of(desk, person)
    decides = client.name if client else None
    return replace(case, contact_id=person.id, by_agent=True, correspondent=writer, processor_for=decides)


def _hold(app: App, change: Change, ticket: Ticket, order: Order, flags: set[str]) -> set[str]:
    hold_id = f"{holds.ON_A_TICKET}{ticket.id}"
    item = app.store.get(change.org, "hold", hold_id)
    if order.command is Command.LIFT_HOLD and item is None and tags.HOLD not in flags:
        raise NotAllowed("the ticket has no hold")
    today = change.now.date()
    hold = Hold(
        id=hold_id,
        matter="placed on the ticket",
        owner=f"agent:{order.agent or 'unknown'}",
        reason="tag or macro",
        start=today,
        review=today + holds.REVIEW_AFTER,
        ticket_ids=frozenset({ticket.id}),
    )
    if order.command is Command.LIFT_HOLD:
        stood = casebook.from_body(Hold, item.body) if item else hold
        holds.release(app, change, item, stood, who=f"agent:{order.agent or 'unknown'}")
        return flags - {tags.HOLD}
    if item is None or item.body.get("ends"):
        change.put("hold", hold_id, holds.body(hold), was=item)
    return flags | {tags.HOLD}


def _send_verification(app: App, desk: Desk, change: Change, cases: list[Case], order: Order) -> None:
    first = cases[0]
    contact = _contact(desk, first.contact_id)
    waiting = [replace(case, state=advance(case.state, Event.PROOF_REQUESTED)) for case in cases]
    if first.by_agent:
        for case in waiting:
            change.case(case)
        mandates.ask_persons(app, desk, change, waiting, order.mark)
        return
    challenge = verification.issue(app, change, waiting, contact=contact, proves=contact is not None)
    if challenge is None:
        raise NotAllowed("the daily limit of codes for this person is reached")
    for case in waiting:
        change.case(case)
    intake = Intake(opened=tuple(waiting), letter="identity", level=max(case.level for case in waiting))
    change.effect(
        f"reply:{first.ticket_id}:{order.mark}",
        "reply",
        first.ticket_id,
        letter=intake.letter,
        language=first.language,
        cases=[case.id for case in waiting],
        challenge=challenge,
        contact_id=contact.id if contact else None,
    )


def _contact(desk: Desk, contact_id: str | None) -> Contact | None:
    if contact_id is None:
        return None
    try:
        return desk.read.contact(contact_id)
    except NotFound:
        return None


def _fulfil(app: App, desk: Desk, change: Change, ticket: Ticket, cases: tuple[Case, ...], order: Order) -> None:
    """Start or repeat an export or a plan; on a ticket without such a case the command opens one (phone notes)."""
    wanted = {Kind.ACCESS, Kind.PORTABILITY, Kind.KNOW_SPECIFIC} if order.command is Command.EXPORT else {Kind.DELETION}
    mine = [case for case in cases if case.kind in wanted]
    ready = [case for case in mine if case.state in {State.VERIFIED, State.PLANNED}]
    if not mine:
        _open_by_agent(app, desk, change, ticket, order)
        return
    if not ready:
        raise NotAllowed(f"identity is not established yet ({', '.join(sorted(case.state for case in mine))})")
    for case in ready:
        if order.agent and order.command is Command.PROPOSE_ERASURE:
            change.case(replace(case, stewards=(*case.stewards, order.agent)))
        change.job(f"fulfil:{case.id}", "fulfil", case=case.id, proposer=order.agent or "", again=True)


def _open_by_agent(app: App, desk: Desk, change: Change, ticket: Ticket, order: Order) -> None:
    contact = _contact(desk, ticket.contact_id)
    if contact is None:
        raise NotAllowed("the ticket has no contact whose case this could be")
    default = desk.settings.default_country
    laws = rules.applicable(app.rules, country=contact.country, state=contact.state, default_country=default)
    law = rules.law_for(app.rules, country=contact.country, state=contact.state, default_country=default)
    kind = OPENS[order.command]
    level = max(level_needed(app.rules, kind, law), Level.V1)
    case = Case(
        org=change.org,
        id=f"{ticket.id}-{kind}",
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        kind=kind,
        contact_id=contact.id,
        state=advance(State.RECEIVED, Event.PROOF_REQUESTED),
        law=law,
        level=level,
        language="en",
        due=due_dates(app.rules, received=ticket.created, kind=kind, laws=laws, timezone=app.policy.time_zone),
        confidence=1.0,
        policy_version=app.policy.policy_version,
        opened=ticket.created,
    )
    challenge = verification.issue(app, change, [case], contact=contact, proves=True)
    change.case(case)
    change.log(
        f"agent:{order.agent or 'unknown'}",
        "case_opened",
        why="R-INTAKE-1",
        result=case.state,
        case_id=case.id,
        ticket_id=ticket.id,
        due=case.due.due.isoformat(),
    )
    if challenge:
        change.effect(
            f"reply:{ticket.id}:{order.mark}",
            "reply",
            ticket.id,
            letter="identity",
            language=case.language,
            cases=[case.id],
            challenge=challenge,
            contact_id=contact.id,
        )


def approve(
    app: App, change: Change, case: Case, *, plan_hash: str | None, agent: str | None, at: datetime | None
) -> None:
    """Approve the plan of a case, by hash or as last shown on the ticket.

    Raises:
        NotAllowed: Nobody knows who approves; the approver proposed or vouched; the plan changed since it was shown.
    """
    if case.kind is Kind.CORRECTION:
        rights.approve_correction(app, change, case, plan_hash=plan_hash, agent=agent)
        return
    if agent is None:
        raise NotAllowed("Desk does not tell who ran the macro: approve with `zoho-privacy approve` instead")
    item = app.store.get(change.org, "plan", case.plan_hash)
    if item is None or not case.plan_hash:
        raise NotAllowed("the case has no plan yet")
    plan = casebook.plan(app.store, change.org, case.plan_hash)
    if plan_hash is not None and plan_hash != case.plan_hash:
        raise NotAllowed("the plan has changed since: look at the newest one")
    if plan_hash is None and at is not None and plan is not None and at < plan.created.replace(microsecond=0):
        raise NotAllowed("the plan has changed since the macro ran: look at the newest one")
    if app.policy.four_eyes and (agent in case.stewards or (plan is not None and agent == plan.proposer)):
        raise NotAllowed("whoever proposed the plan or vouched for the person may not approve it (four eyes)")
    change.case(replace(case, state=advance(case.state, Event.APPROVED)))
    change.put_once("approval", case.plan_hash, {"by": agent, "at": change.now.isoformat(), "case": case.id})
    change.job(f"execute:{case.id}", "execute", case=case.id)
    change.log(
        f"agent:{agent}",
        "approved",
        why="R-TAG-3",
        result=case.plan_hash,
        case_id=case.id,
        ticket_id=case.ticket_id,
    )
