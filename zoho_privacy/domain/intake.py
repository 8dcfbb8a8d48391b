"""What to do about a message: which cases to open, join or reopen, and the one reply. Pure.

The clock starts at receipt whatever happens afterwards (R-INTAKE-2); a message that only may be a request gets a case
and one friendly question back, and a person looks (R-CLASS-3); mail from machines gets no reply and proves nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from zoho_privacy.domain import tags
from zoho_privacy.domain.deadline import due_dates
from zoho_privacy.domain.machine import OPEN, Event, advance, allowed
from zoho_privacy.domain.model import Case, Kind, Label, Law, Level, State, Understanding
from zoho_privacy.domain.rules import Rules
from zoho_privacy.domain.verify import level_needed

AT_ONCE: Final = frozenset({Kind.OPT_OUT_SALE, Kind.LIMIT_SENSITIVE, Kind.WITHDRAW_CONSENT, Kind.OBJECTION})
"""Done and confirmed in the answer itself, where the table asks for no proof (an objection: to marketing only)."""
FROM_REGISTER: Final = frozenset({Kind.RECIPIENT_LIST})
POSSIBLE: Final = "possible request"
YES: Final = frozenset(
    {
        "yes",
        "ja",
        "oui",
        "sí",
        "si",
        "sì",
        "sim",
        "ano",
        "ναι",
        "da",
        "tak",
        "kyllä",
        "igen",
        "да",
        "evet",
        "はい",
        "是",
    }
)
"""What people answer to our question, in the languages they may write in, whatever the question's."""
FOR_A_PERSON: Final = frozenset({Kind.INQUIRY, Kind.COMPLAINT, Kind.APPEAL, Kind.LEGAL_DEMAND, Kind.CHILD_REPORT})


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What is known about a message besides its text. `known` are the person's and the ticket's cases so far.

    `on_file` is true where the sender's address was stored before this message came. `automatic` says why the mail
    looks written by a machine. `client` is the client organisation whose data the sender's account belongs to.
    """

    org: str
    ticket_id: str
    ticket_number: str
    received: datetime
    contact_id: str | None
    on_file: bool
    law: Law
    laws: tuple[Law, ...]
    time_zone: str
    policy_version: str
    automatic: str | None = None
    client: str | None = None
    known: tuple[Case, ...] = ()
    sentence_hashes: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """The decision: cases to write, the letter to send (None: no reply), flags for the ticket, a note for agents."""

    opened: tuple[Case, ...] = ()
    joined: tuple[Case, ...] = ()
    letter: str | None = None
    level: Level = Level.V0
    flags: frozenset[str] = frozenset()
    restrict: bool = False
    note: str = ""

    @property
    def idle(self) -> bool:
        """Tell whether the message needs nothing from us."""
        return not (self.opened or self.joined or self.letter or self.flags)


def decide(understanding: Understanding, facts: MessageFacts, rules: Rules) -> Intake:
    """Decide about one message that a customer wrote."""
    if understanding.spam and (understanding.labels or understanding.doubtful):
        return Intake(flags=frozenset({tags.SPAM}), note="Looks like spam that mentions privacy rights. Please check.")
    if not understanding.labels:
        return _without_certain_request(understanding, facts, rules)
    joined, fresh = _split(understanding, facts)
    opened = tuple(
        _placed(_new_case(label, index, understanding, facts, rules), understanding, facts)
        for label in fresh
        for index in range(_persons(understanding))
    )
    level = max((case.level for case in opened if case.state is State.AWAITING_PROOF), default=Level.V0)
    child = understanding.child or any(case.kind is Kind.CHILD_REPORT for case in opened)
    return Intake(
        opened=opened,
        joined=joined,
        letter=None if facts.automatic else _letter(opened, joined),
        level=level,
        flags=frozenset({tags.URGENT} if child or joined else ()),
        restrict=child and bool(opened),
        note=_note(facts),
    )


def done_at_once(case: Case) -> bool:
    """Tell whether the case was carried out by taking it in, so that the acknowledgement is its answer."""
    return case.kind in AT_ONCE and case.level is Level.V0 and case.state is State.FULFILLED


def _without_certain_request(understanding: Understanding, facts: MessageFacts, rules: Rules) -> Intake:
    open_cases = tuple(case for case in facts.known if case.state in OPEN)
    if understanding.reminder and open_cases:
        joined = tuple(_nudged(case, Event.REQUESTER_REPLIED) for case in open_cases)
        letter = None if facts.automatic else "still_open"
        return Intake(joined=joined, letter=letter, flags=frozenset({tags.URGENT}))
    closed = tuple(case for case in facts.known if allowed(case.state, Event.REOPENED))
    if understanding.reminder and closed:
        return Intake(joined=tuple(_nudged(case, Event.REOPENED) for case in closed), flags=frozenset({tags.URGENT}))
    doubtful = understanding.doubtful[:1]
    if not doubtful or any(case.kind is doubtful[0].kind for case in facts.known):
        return Intake()
    case = _new_case(doubtful[0], 0, understanding, facts, rules)
    placed = replace(case, state=advance(case.state, Event.PERSON_NEEDED), reason=POSSIBLE)
    note = "This may be a privacy request. The clock is running; set the action field or a tag to decide."
    asks = not (facts.automatic or facts.client or understanding.by_agent or case.kind in FOR_A_PERSON)
    return Intake(opened=(placed,), letter="possible" if asks else None, flags=frozenset({tags.POSSIBLE}), note=note)


def says_yes(text: str) -> bool:
    """Tell whether a reply is a plain yes: its first word, in any language we ask in."""
    words = text.split()
    return bool(words) and words[0].strip(".,;:!?\"'“”«»()").casefold() in YES


def confirmed(case: Case) -> Case:
    """Return a case that only might have been a request, after the person said that it is one."""
    event = Event.NO_PROOF_NEEDED if case.level is Level.V0 else Event.PROOF_REQUESTED
    return replace(case, state=advance(case.state, event), reason="", confidence=1.0)


def _split(understanding: Understanding, facts: MessageFacts) -> tuple[tuple[Case, ...], tuple[Label, ...]]:
    """Separate what joins a case that is there from what opens a new one (R-CLASS-5)."""
    best = {label.kind: label for label in reversed(understanding.labels)}
    joined: list[Case] = []
    fresh: list[Label] = []
    for kind in understanding.kinds:
        same = [case for case in facts.known if case.kind is kind]
        running = next((case for case in same if case.state in OPEN), None)
        ended = next((case for case in same if case.ticket_id == facts.ticket_id), None)
        if running and running.reason == POSSIBLE and running.ticket_id == facts.ticket_id and not facts.automatic:
            joined.append(replace(confirmed(running), urgency=running.urgency + 1))
        elif running:
            joined.append(_nudged(running, Event.REQUESTER_REPLIED))
        elif ended:
            joined.append(_nudged(ended, Event.REOPENED))
        elif kind is Kind.COMPLAINT and understanding.reminder and any(c.state in OPEN for c in facts.known):
            joined.extend(_nudged(c, Event.REQUESTER_REPLIED) for c in facts.known if c.state in OPEN)
        else:
            fresh.append(best[kind])
    return tuple({case.id: case for case in joined}.values()), tuple(fresh)


def _nudged(case: Case, event: Event) -> Case:
    state = advance(case.state, event) if allowed(case.state, event) else case.state
    if event is Event.REOPENED and state is State.RECEIVED:
        state = advance(state, Event.PERSON_NEEDED)
    reason = "the person came back" if event is Event.REOPENED else case.reason
    return replace(case, state=state, urgency=case.urgency + 1, reason=reason, closed=None)


def _persons(understanding: Understanding) -> int:
    return max(1, len(understanding.about)) if understanding.by_agent else 1


def _new_case(label: Label, index: int, understanding: Understanding, facts: MessageFacts, rules: Rules) -> Case:
    suffix = f"-{index + 1}" if index else ""
    level = level_needed(
        rules,
        label.kind,
        facts.law,
        sensitive=understanding.sensitive,
        by_agent=understanding.by_agent,
        marketing=understanding.marketing,
    )
    return Case(
        org=facts.org,
        id=f"{facts.ticket_id}-{label.kind}{suffix}",
        ticket_id=facts.ticket_id,
        ticket_number=facts.ticket_number,
        kind=label.kind,
        contact_id=None if understanding.by_agent else facts.contact_id,
        state=State.RECEIVED,
        law=facts.law,
        level=level,
        language=understanding.language,
        due=due_dates(rules, received=facts.received, kind=label.kind, laws=facts.laws, timezone=facts.time_zone),
        confidence=round(label.confidence, 3),
        sentence_hash=(facts.sentence_hashes or {}).get(label.sentence, ""),
        policy_version=facts.policy_version,
        by_agent=understanding.by_agent,
        processor_for=facts.client,
        opened=facts.received,
    )


def _placed(case: Case, understanding: Understanding, facts: MessageFacts) -> Case:
    """Return the case with its first step taken."""
    event, reason = _first_step(case, understanding, facts)
    state = advance(case.state, event)
    if state is State.VERIFIED and case.kind in AT_ONCE:
        state = advance(state, Event.FULFILLED)
    return replace(case, state=state, reason=reason)


def _first_step(case: Case, understanding: Understanding, facts: MessageFacts) -> tuple[Event, str]:
    if understanding.child or case.kind is Kind.CHILD_REPORT:
        return Event.PERSON_NEEDED, "child"
    if facts.automatic:
        return Event.PERSON_NEEDED, f"written by a machine: {facts.automatic}"
    if case.kind in FOR_A_PERSON:
        return Event.PERSON_NEEDED, case.kind.value
    if case.by_agent:
        return Event.PERSON_NEEDED, "somebody writes for the person: check the authority"
    if case.level is Level.V0:
        return Event.NO_PROOF_NEEDED, ""
    if facts.client:
        return Event.PROCESSOR_ROUTED, "client organisation decides"
    if understanding.client_data:
        return Event.PERSON_NEEDED, "may be a client organisation's data"
    return Event.PROOF_REQUESTED, "" if facts.on_file else "sender's address was not on file"


def _letter(opened: tuple[Case, ...], joined: tuple[Case, ...]) -> str | None:
    """Choose the one letter of the joint answer."""
    states = {case.state for case in opened}
    kinds = {case.kind for case in opened}
    if any(case.reason == "child" for case in opened):
        return "child"
    if State.AWAITING_PROOF in states:
        return "identity"
    if State.ROUTED in states:
        return "processor"
    if opened and all(done_at_once(case) for case in opened):
        return "opt_out_done"
    if opened and all(case.kind in FROM_REGISTER and case.state is State.VERIFIED for case in opened):
        return None  # the answer itself follows at once, out of the register
    if kinds:
        return "acknowledge"
    if any(case.state is State.DORMANT or case.state is State.AWAITING_PROOF for case in joined):
        return "identity"
    return "still_open" if joined else None


def _note(facts: MessageFacts) -> str:
    return f"Nobody was answered: {facts.automatic}." if facts.automatic else ""
