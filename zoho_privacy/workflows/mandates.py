"""Somebody writes for another person: the authority is asked for, read by a person, and kept as what it was.

The other person is the case's; whoever writes is its correspondent (R-AGENT-1). An agent of ours reads what was shown
and accepts it by command, with a note that says what it is, for whom and for which rights. Where the table lets the
person confirm, a challenge goes to the address on file, by a message that the correspondent does not see (R-AGENT-2);
elsewhere the authority suffices, and on doubt the answer goes to the person (R-AGENT-3). A code never goes to whoever
writes for somebody (R-VERIFY-5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from zoho_privacy.domain import rules, sheet
from zoho_privacy.domain.errors import NotAllowed, NotFound
from zoho_privacy.domain.intake import AT_ONCE, CHILD
from zoho_privacy.domain.machine import Event, advance
from zoho_privacy.domain.model import Case, Kind, Law, Level, State
from zoho_privacy.domain.records import Contact
from zoho_privacy.domain.rules import Shown
from zoho_privacy.domain.verify import confirmation
from zoho_privacy.workflows import casebook, clients, verification
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App, Desk

HOW: Final = (
    "To accept an authority that you have read: a private note with 'Mandate:' (signed permission, written authority, "
    "power of attorney or parental responsibility), where needed 'Person:' (their address on file), 'Scope:' (some of "
    "the rights) and 'Answer to:' (person or agent), then 'Accept mandate'. Otherwise 'Refuse'."
)
WRITTEN: Final = "the person has written: read it"
STOPPED: Final = frozenset({State.AWAITING_PROOF, State.DORMANT, State.VERIFIED})
TO: Final = {"person": True, "agent": False}


def accept(
    app: App, desk: Desk, change: Change, cases: Sequence[Case], words: Mapping[str, str], *, agent: str, mark: str
) -> None:
    """Put into the change what follows from an authority that an agent has read.

    Raises:
        NotAllowed: The note does not say what was shown, nobody on file is meant, or no case waits for it.
    """
    shown, scope, direct = _shown(words), sheet.scope(words), _answer_to(words)
    waiting = [case for case in cases if awaits([case])]
    waiting += of_parents(cases) if shown is Shown.PARENT else []
    mine = [case for case in _linked(desk, waiting, words) if not scope or case.kind in scope]
    if not mine:
        raise NotAllowed("no case of this ticket waits for an authority of that scope")
    accepted: list[Case] = []
    for case, person in ((each, desk.read.contact(each.contact_id or "")) for each in mine):
        ready = _accepted(app, desk, case, person, shown)
        ready = replace(ready, direct=case.direct if direct is None else direct, stewards=(*case.stewards, agent))
        change.case(ready)
        if case.version:
            known = app.store.get(change.org, "person_case", case.id)
            change.put("person_case", case.id, {}, was=known, parent=person.id)
        if ready.state is State.VERIFIED:
            change.job(f"fulfil:{case.id}", "fulfil", case=case.id)
        change.log(
            f"agent:{agent}",
            "mandate_accepted",
            why="R-AGENT-1",
            result=shown.value,
            case_id=case.id,
            ticket_id=case.ticket_id,
            confirmed_by="person" if ready.state is State.AWAITING_PROOF else "",
            answer_to="person" if ready.direct else "agent",
        )
        accepted.append(ready)
    clients.send_on(app, change, desk, accepted, mark)
    ask_persons(app, desk, change, [case for case in accepted if case.state is State.AWAITING_PROOF], mark)


def ask_persons(app: App, desk: Desk, change: Change, cases: Sequence[Case], mark: str) -> None:
    """Send the persons of these cases their challenge, each to the address on file; within the daily limit.

    Whose record is gone cannot be asked.
    """
    by_person: dict[str, list[Case]] = {}
    for case in cases:
        by_person.setdefault(case.contact_id or "", []).append(case)
    for contact_id, theirs in by_person.items():
        try:
            person = desk.read.contact(contact_id)
        except NotFound:
            continue
        challenge = verification.issue(app, change, theirs, contact=person, proves=True)
        if challenge is None:
            continue
        change.effect(
            f"reply:{theirs[0].ticket_id}:{mark}:{contact_id}",
            "reply",
            theirs[0].ticket_id,
            letter="authorised" if theirs[0].by_agent else "identity",
            language=theirs[0].language,
            cases=[case.id for case in theirs],
            challenge=challenge,
            contact_id=contact_id,
            to_person=True,
        )


def objected(app: App, org: str, ticket_id: str, writer: str, mark: str) -> None:
    """Stop what was asked for a person who writes something else than the code: somebody has to read it."""

    def make() -> Change:
        change = Change(app.store, org, app.clock.now())
        for case in casebook.cases_of_ticket(app.store, org, ticket_id):
            if not case.by_agent or case.contact_id != writer or case.state not in STOPPED:
                continue
            change.case(replace(case, state=advance(case.state, Event.PERSON_NEEDED), reason=WRITTEN))
            text = f"{case.kind}: {WRITTEN}. Nothing is done for whoever wrote in their name until you decide."
            change.effect(f"note:{mark}:{case.id}", "note", ticket_id, text=text)
            change.job(f"sync:{ticket_id}", "sync", ticket_id=ticket_id)
            change.log(
                "requester", "person_wrote", why="R-AGENT-3", result=WRITTEN, case_id=case.id, ticket_id=ticket_id
            )
        return change

    transact(make)


def awaits(cases: Sequence[Case]) -> bool:
    """Tell whether any of these cases waits for an authority to be shown and accepted."""
    return any(case.by_agent and not case.mandate and case.state is State.WITH_PERSON for case in cases)


def _accepted(app: App, desk: Desk, case: Case, person: Contact, shown: Shown) -> Case:
    """Return a case after its authority was accepted: the person's law counts now, dates stay as they were told."""
    law = rules.law_for(
        app.rules,
        named=() if case.law is Law.NONE else (case.law,),
        country=person.country,
        state=person.state,
        default_country=desk.settings.default_country,
    )
    level = confirmation(app.rules, case.kind, law, shown, sensitive=case.sensitive)
    level = Level.V0 if case.level is Level.V0 else level
    ready = replace(case, contact_id=person.id, law=law, level=level, mandate=shown.value, reason="")
    client = clients.client_of(desk, person)
    if client is not None and case.kind not in AT_ONCE:
        return replace(ready, state=advance(case.state, Event.PROCESSOR_ROUTED), processor_for=client.name)
    return replace(ready, state=advance(case.state, Event.PROOF_REQUESTED if level else Event.VOUCHED))


def of_parents(cases: Sequence[Case]) -> list[Case]:
    """Return what somebody asks about their child without a word of authority, as the child's (R-CHILD-4)."""
    return [
        replace(case, contact_id=None, by_agent=True, correspondent=case.contact_id)
        for case in cases
        if case.reason == CHILD and case.state is State.WITH_PERSON and not case.by_agent
        if case.kind is not Kind.CHILD_REPORT
    ]


def _linked(desk: Desk, waiting: Sequence[Case], words: Mapping[str, str]) -> list[Case]:
    """Return the cases of the person that the note names, else of all whose record is known."""
    address = words.get("person", "")
    if not address:
        found = [case for case in waiting if case.contact_id]
        if waiting and not found:
            raise NotAllowed(
                "nobody on file is linked to this case: name them with 'Person: ' and their address on file"
            )
        return found
    person = next(iter(desk.read.contacts_by_email(address.split()[0])), None)
    if person is None:
        raise NotAllowed("nobody on file has that address")
    theirs = [case for case in waiting if case.contact_id == person.id]
    free: dict[Kind, Case] = {}
    for case in waiting:
        if case.contact_id is None:
            free.setdefault(case.kind, case)
    return theirs or [replace(case, contact_id=person.id) for case in free.values()]


def _shown(words: Mapping[str, str]) -> Shown:
    try:
        return Shown(words.get("mandate", "").casefold())
    except ValueError:
        raise NotAllowed(f"the note does not say what was shown. {HOW}") from None


def _answer_to(words: Mapping[str, str]) -> bool | None:
    said = words.get("answer to", "").casefold()
    if said and said not in TO:
        raise NotAllowed("'Answer to:' is person or agent")
    return TO.get(said)


def check(cases: Sequence[Case]) -> list[Case]:
    """Return the cases that wait for no authority.

    Raises:
        NotAllowed: All of them do.
    """
    ready = [case for case in cases if not (case.by_agent and not case.mandate)]
    if cases and not ready:
        raise NotAllowed(f"somebody writes for the person. {HOW}")
    return ready
