"""What the agents' side panel shows of a ticket, and how it asks for a command. Hosts: `webhooks/widget.py`.

The panel's key proves an installation, no agent. So an order is only a hint to look: the panel first writes the action
field as the agent, and what stands in Desk, field and history, is what counts. Without an agent in the history nothing
is carried out. An order is answered once per idempotency key; a command is carried out once per setting of the field.
Shown are ids, kinds, states, dates and rules, of cases whose ticket Desk still has; no name, no address, no words.
Table: widget_answer (id: keyed hash of key and idempotency key; due: when it may be forgotten).
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from zoho_privacy.domain import tags
from zoho_privacy.domain.errors import Conflict, NotAllowed, NotFound
from zoho_privacy.domain.gate import described, hold_on
from zoho_privacy.domain.machine import OPEN, allowed
from zoho_privacy.domain.model import Case, Kind, State
from zoho_privacy.domain.records import Ticket
from zoho_privacy.domain.tags import Command
from zoho_privacy.ports import Delete, Item, Put
from zoho_privacy.workflows import casebook, commands, explain, holds, mandates, receipts, rights
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.reconcile import reconcile_ticket

ANSWER_TABLE: Final = "widget_answer"
KEPT: Final = timedelta(days=1)
RECENT: Final = timedelta(minutes=10)
"""An order that was carried out before the panel's word arrived is that order if it is no older than this."""

MOST_CASES: Final = 8
MOST_STEPS: Final = 6
FORGET: Final = 20
COPIES: Final = frozenset({Kind.ACCESS, Kind.PORTABILITY, Kind.KNOW_SPECIFIC})
READY: Final = frozenset({State.VERIFIED, State.PLANNED})
ASKED: Final[Mapping[State, str]] = {
    State.AWAITING_PROOF: "person",
    State.DORMANT: "person",
    State.WITH_PERSON: "agent",
    State.PLANNED: "colleague",
    State.ROUTED: "client",
}
"""Who a case waits for; where the state is not named it is the suite, or nobody once the case has ended."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an order: carried out by `agent`, or refused because `why`."""

    agent: str
    why: str = ""


# ---------------------------------------------------------------------------------------------------------------- look


def view(app: App, org: str, ticket_id: str) -> dict[str, Any]:
    """Return what the panel shows of a ticket.

    Raises:
        NotFound: Nobody has a case on it, or Desk has no such ticket.
        Retryable, NeedsHuman: Desk or store could not be asked.
    """
    cases = casebook.cases_of_ticket(app.store, org, ticket_id)
    if not cases:
        raise NotFound("the ticket has no case")
    ticket = _ticket(app, org, ticket_id)
    cases = tuple(sorted(cases, key=lambda case: (case.state not in OPEN, case.due.due, case.id)))
    offered = {command for case in cases for command in Command if fits(app, case, command)}
    offered |= _of_the_ticket(app, org, ticket, {case.kind for case in cases})
    return {
        "ticket": ticket.id,
        "at": app.clock.now().isoformat(),
        "cases": [_shown(app, case, ticket) for case in cases[:MOST_CASES]],
        "more": max(0, len(cases) - MOST_CASES),
        "holds": _holds(app, org, ticket, cases),
        "commands": [
            {"command": command.value, "note": command in commands.WORDED} for command in Command if command in offered
        ],
    }


def fits(app: App, case: Case, command: Command) -> bool:
    """Tell whether a case is in a state for a command; note, scope and four eyes are looked at when it is given."""
    match command:
        case Command.PLACE_HOLD | Command.LIFT_HOLD:
            return False  # of the ticket, not of a case
        case Command.EXPORT:
            return case.kind in COPIES and case.state in READY
        case Command.PROPOSE_ERASURE:
            return case.kind is Kind.DELETION and case.state in READY
        case Command.EXTEND | Command.ASK_BACK:
            return case.state in OPEN and case.answered is None
        case Command.LIFT_RESTRICTION:
            return bool(rights.restricted_by(app, case.org, [case.id]))
        case Command.CONFIRM_CHILD:
            return case.reason == "child" and case.state is State.WITH_PERSON
        case Command.ACCEPT_MANDATE:
            return mandates.awaits([case]) or bool(mandates.of_parents([case]))
    if command is Command.PROPOSE_CORRECTION and case.kind is not Kind.CORRECTION:
        return False
    if command in {Command.MARK_VERIFIED, Command.SEND_VERIFICATION} and _unproven(case):
        return False
    if command in {Command.CLOSE_CASE, Command.SEND_ANSWER} and case.answered and receipts.outstanding(app, case):
        return False
    return allowed(case.state, commands.ASKS[command])


def _unproven(case: Case) -> bool:
    return case.by_agent and not case.mandate


def _of_the_ticket(app: App, org: str, ticket: Ticket, kinds: AbstractSet[Kind]) -> set[Command]:
    """Return what a ticket takes whatever its cases: a hold or its end, and a request told by telephone."""
    item = app.store.get(org, "hold", f"{holds.ON_A_TICKET}{ticket.id}")
    known = app.store.get(org, "ticket", ticket.id)
    held = (item is not None and not item.body.get("ends")) or (known and tags.HOLD in known.body.get("flags", []))
    found = {Command.LIFT_HOLD if held else Command.PLACE_HOLD}
    if ticket.contact_id and not COPIES & kinds:
        found.add(Command.EXPORT)
    if ticket.contact_id and Kind.DELETION not in kinds:
        found.add(Command.PROPOSE_ERASURE)
    return found


def _ticket(app: App, org: str, ticket_id: str) -> Ticket:
    ticket = app.desks[org].read.ticket(ticket_id)
    if ticket.trashed:
        raise NotFound("the ticket is in the recycle bin")
    return ticket


def _holds(app: App, org: str, ticket: Ticket, cases: Iterable[Case]) -> list[dict[str, Any]]:
    people = frozenset({ticket.contact_id, *(case.contact_id for case in cases)} - {None, ""})
    found = []
    for hold in casebook.holds(app.store, org):
        one = {"tickets": frozenset({ticket.id}), "contacts": frozenset(each for each in people if each)}
        if hold_on([hold], **one, tags_found=frozenset(), record=described(ticket)):
            ends = hold.ends.isoformat() if hold.ends else None
            found.append({"hold": hold.id, "review": hold.review.isoformat(), "ends": ends})
    return found[:MOST_CASES]


def _shown(app: App, case: Case, ticket: Ticket) -> dict[str, Any]:
    told = explain.explain(app, case)
    plan = casebook.plan(app.store, case.org, case.plan_hash) if case.plan_hash else None
    acts = [action.type.value for action in plan.actions] if plan else []
    dates = case.due
    who = "nobody" if case.contact_id is None else "ticket" if case.contact_id == ticket.contact_id else "another"
    ended = "nobody" if case.state not in OPEN else "suite"
    return {
        "case": case.id,
        "kind": case.kind.value,
        "state": case.state.value,
        "law": case.law.value,
        "person": who,
        "due": {
            "date": dates.due.isoformat(),
            "legal": dates.legal_due.isoformat(),
            "promised": dates.promise_due.isoformat(),
            "extended_to": dates.extended_to.isoformat() if dates.extended_to else None,
            "why": told["due_why"],
        },
        "next": {"by": ASKED.get(case.state, ended), "text": told["next"]},
        "commands": [command.value for command in Command if fits(app, case, command)],
        "proof": {"level": case.level.name, "waits": case.state in {State.AWAITING_PROOF, State.DORMANT}},
        "plan": None
        if plan is None
        else {
            "hash": plan.hash[:12],
            "created": plan.created.isoformat(),
            "actions": {name: acts.count(name) for name in sorted(set(acts))},
            "kept": len(plan.kept),
        },
        "why": {
            "reason": case.reason,
            "rule": told["rule"],
            "clauses": told["clauses"],
            "articles": told["articles"],
            "steps": [_step(step) for step in told["steps"][-MOST_STEPS:]],
        },
    }


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return a step without ids: an agent is `agent`."""
    return {"at": step["at"], "by": str(step["who"]).partition(":")[0], "what": step["what"], "why": step["why"]}


# --------------------------------------------------------------------------------------------------------------- order


def order(app: App, org: str, ticket_id: str, command: Command, *, key: str, once: str) -> Answer:
    """Look at the ticket because the panel says that an agent has set this command, and return what came of it.

    `key` is the id of the panel's key, `once` its idempotency key: with the same order it gets the same answer.

    Raises:
        NotFound: Desk has no such ticket.
        NotAllowed: The field does not say so, nobody knows who set it, or `once` stood for another order.
        Retryable, NeedsHuman: Desk or store could not be asked; the same call is safe to repeat.
    """
    _forget(app)
    name = app.keyring.digest("widget answer", key, once).hex()[:32]
    if (item := app.store.get(org, ANSWER_TABLE, name)) is not None:
        if (item.body["ticket"], item.body["command"]) != (ticket_id, command.value):
            raise NotAllowed("this idempotency key stood for another order")
        return Answer(str(item.body["agent"]), str(item.body["why"]))
    answer = _carried_out(app, org, ticket_id, command)
    body = {"ticket": ticket_id, "command": command.value, "agent": answer.agent, "why": answer.why}
    try:
        app.store.commit([Put(Item(org, ANSWER_TABLE, name, body, due=app.clock.now() + KEPT))])
    except Conflict:  # the same call, twice at once: what the first one wrote is the answer
        return order(app, org, ticket_id, command, key=key, once=once)
    return answer


def _carried_out(app: App, org: str, ticket_id: str, command: Command) -> Answer:
    desk = app.desks[org]
    ticket = _ticket(app, org, ticket_id)
    event, mark = commands.who_set(desk, ticket, command.value)
    standing = ticket.custom.get(tags.ACTION_FIELD) == command.value
    done = app.store.get(org, "effect_key", f"clear:{ticket_id}:{mark}") is not None
    fresh = event is not None and event.at >= app.clock.now() - RECENT
    if event is None or not (standing or (done and fresh)):
        raise NotAllowed(f"the action field of the ticket does not say '{command.value}'")
    if event.agent_id is None:
        raise NotAllowed("Desk does not tell which agent set the action field")
    if not done:
        reconcile_ticket(app, org, ticket_id)
        if app.store.get(org, "effect_key", f"clear:{ticket_id}:{mark}") is None:
            raise NotAllowed("the suite does not act on this ticket")
    return Answer(event.agent_id, _refusal(app, org, f"note:{ticket_id}:{mark}"))


def _refusal(app: App, org: str, key: str) -> str:
    """Return why an order was refused, "" where it was not."""
    if app.store.get(org, "effect_key", key) is None:
        return ""
    waiting = app.store.get(org, "effect", key)
    return str(waiting.body["text"]) if waiting else "The order was refused; a private note on the ticket says why."


def _forget(app: App) -> None:
    """Remove answers whose day is over."""
    for item in app.store.due(ANSWER_TABLE, now=app.clock.now(), limit=FORGET):
        try:
            app.store.commit([Delete(item)])
        except Conflict:
            continue
