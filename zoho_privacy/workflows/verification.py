"""Proof of identity: issuing a challenge, judging what comes back, letting it lapse (R-VERIFY-5 to -13).

The code goes only to the address on file; where there is none, the same letter carries a code that proves no more than
that somebody reads that mailbox, and its confirmation leads to a person. Answers never tell which of the two it was.
Tables: challenge (parent: contact), challenge_ticket (parent: ticket), challenge_token (id: fingerprint of the link).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from zoho_privacy.domain import verify
from zoho_privacy.domain.machine import Event, advance, allowed
from zoho_privacy.domain.model import Case, Kind, Law, Level
from zoho_privacy.domain.records import Contact
from zoho_privacy.ports import Item
from zoho_privacy.workflows import casebook
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App


class Outcome(StrEnum):
    """What an answer to a challenge led to."""

    ACCEPTED = "accepted"
    MORE = "more"
    WRONG = "wrong"
    EXPIRED = "expired"
    USED_UP = "used_up"


OUTCOMES: Final = {
    verify.Outcome.ACCEPTED: Outcome.ACCEPTED,
    verify.Outcome.WRONG: Outcome.WRONG,
    verify.Outcome.EXHAUSTED: Outcome.USED_UP,
    verify.Outcome.LAPSED: Outcome.EXPIRED,
    verify.Outcome.USED: Outcome.ACCEPTED,
}


PIECES: Final = frozenset({Kind.ACCESS, Kind.PORTABILITY, Kind.KNOW_SPECIFIC})


@dataclass(frozen=True, slots=True)
class ChallengeView:
    """What the identity page shows; nothing in it depends on who the person is."""

    language: str
    needs_facts: tuple[str, ...]
    needs_declaration: bool
    expired: bool
    done: bool


def limits(app: App) -> verify.Limits:
    """Return the operator's limits for codes."""
    policy = app.policy
    return verify.Limits(policy.code_life, policy.code_attempts, policy.code_issues_per_day)


def link(app: App, challenge_id: str) -> str:
    """Return the address of the identity page of a challenge."""
    return f"{app.public_url}/verify/{app.keyring.token('challenge', challenge_id)}"


def issue(
    app: App,
    change: Change,
    cases: Sequence[Case],
    *,
    contact: Contact | None,
    proves: bool,
    reason: str = "",
    told_on: str = "",
) -> str | None:
    """Put a challenge for these cases into the change and return its id, or None where the daily limit is reached.

    `proves` is false where the address was not on file: confirming then leads to a person, with `reason`. `told_on` is
    the ticket whose reader gets the letter, where it is not the cases': the code may come back there.
    """
    first = cases[0]
    owner = contact.id if contact else f"ticket:{first.ticket_id}"
    issued = [
        datetime.fromisoformat(item.body["issued"])
        for item in casebook.every(app.store, change.org, "challenge", parent=owner)
    ]
    if not verify.may_issue(issued, change.now, limits(app)):
        return None
    number = sum(1 for _ in casebook.every(app.store, change.org, "challenge_ticket", parent=first.ticket_id))
    challenge_id = f"{first.ticket_id}-{number + 1}"
    level = max(case.level for case in cases)
    law = next((case.law for case in cases if case.level is level), first.law)
    asked = verify.points_needed(level, law)
    facts = verify.further_facts(level, law, held_facts(app, change.org, contact, first.ticket_id) if asked else {})
    token = app.keyring.fingerprint(app.keyring.token("challenge", challenge_id))
    expires = change.now + app.policy.code_life
    change.put(
        "challenge",
        challenge_id,
        {
            "ticket_id": first.ticket_id,
            "contact_id": contact.id if contact else None,
            "cases": [case.id for case in cases],
            "code": app.keyring.fingerprint(app.keyring.code(challenge_id)),
            "issued": change.now.isoformat(),
            "expires": expires.isoformat(),
            "attempts": 0,
            "used": None,
            "state": "open",
            "proves": proves,
            "reason": reason,
            "level": int(level),
            "law": law,
            "facts": list(facts),
            "language": first.language,
        },
        parent=owner,
    )
    change.put("challenge_ticket", challenge_id, {}, parent=first.ticket_id)
    if told_on not in {"", first.ticket_id}:
        change.put("challenge_ticket", f"{challenge_id}@{told_on}", {"challenge": challenge_id}, parent=told_on)
    change.put("challenge_token", token, {"challenge": challenge_id})
    change.job(f"lapse:{challenge_id}", "lapse", due=expires, challenge=challenge_id)
    return challenge_id


def held_facts(app: App, org: str, contact: Contact | None, ticket_id: str) -> Mapping[str, str]:
    """Return the data points on file that a person can be asked for, by name; they are matched, never shown."""
    if contact is None:
        return {}
    earlier = [ticket.number for ticket in app.desks[org].read.contact_tickets(contact.id) if ticket.id != ticket_id]
    held = {
        "name": " ".join(part for part in (contact.first_name, contact.last_name) if part),
        "phone": "\n".join(number for number in (contact.phone, contact.mobile) if number),
        "company": contact.account_name or "",
        "ticket_number": "\n".join(earlier),
    }
    return {name: value for name, value in held.items() if value}


def find(app: App, token: str) -> tuple[str, Item] | None:
    """Return the portal and the challenge of a link, or None."""
    fingerprint = app.keyring.fingerprint(token)
    for org in app.desks:
        if pointer := app.store.get(org, "challenge_token", fingerprint):
            item = app.store.get(org, "challenge", pointer.body["challenge"])
            return (org, item) if item else None
    return None


def view(app: App, token: str) -> ChallengeView | None:
    """Return what to show for a link, or None where there is no such challenge. Looking changes nothing."""
    found = find(app, token)
    if found is None:
        return None
    body = found[1].body
    return ChallengeView(
        language=body["language"],
        needs_facts=tuple(body["facts"]),
        needs_declaration=verify.declaration_needed(Level(body["level"]), Law(body["law"])),
        expired=body["state"] == "open" and verify.lapsed(_challenge(found[1]), app.clock.now(), limits(app)),
        done=body["state"] in {"accepted", "with_person"},
    )


def submit(app: App, token: str, *, code: str | None, facts: Mapping[str, str], declared: bool) -> Outcome:
    """Judge what the identity page sent. Holding the link is as good as typing the code: both came in one mail."""
    found = find(app, token)
    if found is None:
        return Outcome.WRONG
    org, item = found
    return _judge(app, org, item.id, code=code, by_link=True, facts=facts, declared=declared)


def submit_codes(app: App, org: str, ticket_id: str, codes: Sequence[str], *, guessed: bool = True) -> Outcome | None:
    """Judge codes that stand in a reply on a ticket; None where the ticket has no challenge to answer.

    None too where none is right and nothing was `guessed`: what somebody writes in words is no failed attempt.
    """
    waiting = [item for item in _asked_on(app, org, ticket_id) if item.body["state"] == "open"]
    if not waiting:
        return None
    for item in waiting:
        for code in codes:
            if app.keyring.matches(code, item.body["code"]):
                return _judge(app, org, item.id, code=code, by_link=False, facts={}, declared=False)
    if not guessed:
        return None
    return _judge(app, org, waiting[-1].id, code=codes[0], by_link=False, facts={}, declared=False)


def concerned(app: App, org: str, ticket_id: str) -> tuple[Case, ...]:
    """Return the cases of a ticket, and those of other tickets whose proof was asked for on this one."""
    here = {case.id: case for case in casebook.cases_of_ticket(app.store, org, ticket_id)}
    for item in _asked_on(app, org, ticket_id):
        here |= {case.id: case for case in _cases(app, org, item.body)}
    return tuple(here.values())


def _asked_on(app: App, org: str, ticket_id: str) -> list[Item]:
    pointers = casebook.every(app.store, org, "challenge_ticket", parent=ticket_id)
    found = (app.store.get(org, "challenge", pointer.body.get("challenge", pointer.id)) for pointer in pointers)
    return [item for item in found if item is not None]


def _judge(
    app: App, org: str, challenge_id: str, *, code: str | None, by_link: bool, facts: Mapping[str, str], declared: bool
) -> Outcome:
    outcome = Outcome.WRONG

    def make() -> Change | None:
        nonlocal outcome
        item = app.store.get(org, "challenge", challenge_id)
        now = app.clock.now()
        if item is None:
            return None
        body = dict(item.body)
        if body["state"] != "open":
            outcome = Outcome.ACCEPTED if body["state"] in {"accepted", "with_person"} else Outcome.USED_UP
            return None
        right = app.keyring.matches(code, body["code"]) if code else by_link
        if right and body["facts"]:
            given = _facts_given(body, facts, declared=declared)
            if not given:
                outcome = Outcome.MORE
                return None
            right = not body["proves"] or _facts_match(app, org, body, given)
        challenge, result = verify.offer(_challenge(item), matched=right, now=now, limits=limits(app))
        outcome = OUTCOMES[result]
        if result is verify.Outcome.LAPSED:
            return None
        body["attempts"] = challenge.attempts
        change = Change(app.store, org, now)
        if result is verify.Outcome.ACCEPTED:
            body["used"] = now.isoformat()
            _accept(app, change, body)
        else:
            _count_attempt(app, change, body, last=result is verify.Outcome.EXHAUSTED)
        change.put(
            "challenge",
            challenge_id,
            body,
            was=item,
            parent=item.parent,
        )
        change.job(f"sync:{body['ticket_id']}", "sync", ticket_id=body["ticket_id"])
        return change

    transact(make)
    return outcome


def _challenge(item: Item) -> verify.Challenge:
    body = item.body
    return verify.Challenge(
        id=item.id,
        issued=datetime.fromisoformat(body["issued"]),
        attempts=body["attempts"],
        used=datetime.fromisoformat(body["used"]) if body["used"] else None,
        reachability=not body["proves"],
    )


def _facts_given(body: Mapping[str, Any], facts: Mapping[str, str], *, declared: bool) -> Mapping[str, str]:
    """Return the answers to what was asked; empty while some are missing, which is no attempt: the page asks."""
    given = {name: value for name, value in facts.items() if name in body["facts"] and value.strip()}
    declaration = verify.declaration_needed(Level(body["level"]), Law(body["law"]))
    return given if len(given) == len(body["facts"]) and (declared or not declaration) else {}


def _facts_match(app: App, org: str, body: Mapping[str, Any], given: Mapping[str, str]) -> bool:
    contact = app.desks[org].read.contact(body["contact_id"]) if body["contact_id"] else None
    held = held_facts(app, org, contact, body["ticket_id"])
    return verify.judge_facts(given, held) >= len(body["facts"])


def _accept(app: App, change: Change, body: dict[str, Any]) -> None:
    body["state"] = "accepted" if body["proves"] else "with_person"
    for case in _cases(app, change.org, body):
        if body["proves"] and allowed(case.state, Event.PROOF_ACCEPTED):
            change.case(replace(case, state=advance(case.state, Event.PROOF_ACCEPTED), reason=""))
            change.job(f"fulfil:{case.id}", "fulfil", case=case.id)
            result = "verified"
        elif not body["proves"] and allowed(case.state, Event.PERSON_NEEDED):
            reason = body["reason"] or "the address was not on file"
            change.case(replace(case, state=advance(case.state, Event.PERSON_NEEDED), reason=reason))
            result = "mailbox read, identity open"
        else:
            continue
        change.log(
            "requester",
            "proof_accepted",
            why="R-VERIFY-2",
            result=result,
            case_id=case.id,
            ticket_id=case.ticket_id,
            method="code to the address on file" if body["proves"] else "code to an address not on file",
        )


def _count_attempt(app: App, change: Change, body: dict[str, Any], *, last: bool) -> None:
    result = f"attempt {body['attempts']}"
    change.log("requester", "proof_failed", why="R-VERIFY-6", result=result, ticket_id=body["ticket_id"])
    if not last:
        return
    body["state"] = "used_up"
    for case in _cases(app, change.org, body):
        if allowed(case.state, Event.PROOF_FAILED):
            reason = "too many wrong codes"
            change.case(replace(case, state=advance(case.state, Event.PROOF_FAILED), reason=reason))
    change.effect(
        f"reply:{body['ticket_id']}:code_failed:{body['issued']}",
        "reply",
        body["ticket_id"],
        letter="code_failed",
        language=body["language"],
        cases=body["cases"],
        contact_id=body["contact_id"],
        to_person=True,
    )
    _fall_back(app, change, body)


def _fall_back(app: App, change: Change, body: Mapping[str, Any]) -> None:
    """Answer a failed check for specific pieces with the categories, which hold nothing of the person (R-VERIFY-4)."""
    pieces = [case for case in _cases(app, change.org, body) if case.law is Law.CCPA and case.kind in PIECES]
    for case in pieces[:1]:
        change.effect(
            f"reply:{case.id}:instead:{body['issued']}",
            "reply",
            case.ticket_id,
            letter="know_categories",
            language=case.language,
            cases=[case.id],
            contact_id=body["contact_id"],
            to_person=True,
        )


def _cases(app: App, org: str, body: Mapping[str, Any]) -> list[Case]:
    found = (casebook.case(app.store, org, case_id) for case_id in body["cases"])
    return [case for case in found if case is not None]


def lapse(app: App, org: str, challenge_id: str) -> None:
    """Let a challenge end unanswered: its cases sleep until the person writes again (R-VERIFY-13)."""

    def make() -> Change | None:
        item = app.store.get(org, "challenge", challenge_id)
        if item is None or item.body["state"] != "open":
            return None
        change = Change(app.store, org, app.clock.now())
        change.put("challenge", challenge_id, {**item.body, "state": "lapsed"}, was=item, parent=item.parent)
        newer = {
            case_id
            for pointer in casebook.every(app.store, org, "challenge_ticket", parent=item.body["ticket_id"])
            if (other := app.store.get(org, "challenge", pointer.id)) and other.id != item.id
            for case_id in (other.body["cases"] if other.body["state"] == "open" else ())
        }
        for case in _cases(app, org, item.body):
            if case.id not in newer and allowed(case.state, Event.PROOF_LAPSED):
                change.case(replace(case, state=advance(case.state, Event.PROOF_LAPSED)))
                change.log("zoho_privacy", "proof_lapsed", why="R-VERIFY-13", case_id=case.id, ticket_id=case.ticket_id)
        change.job(f"sync:{item.body['ticket_id']}", "sync", ticket_id=item.body["ticket_id"])
        return change

    transact(make)
