"""What to do about a message: which cases to open, join or reopen, and the one reply. Pure.

The clock starts at receipt whatever happens afterwards (R-INTAKE-2); a message that only may be a request gets a case
and one friendly question back, and a person looks (R-CLASS-3); mail from machines gets no reply and proves nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from zoho_privacy.domain import tags
from zoho_privacy.domain.deadline import contracted, due_dates
from zoho_privacy.domain.machine import OPEN, Event, advance, allowed
from zoho_privacy.domain.model import Case, Kind, Label, Law, Level, State, Understanding
from zoho_privacy.domain.receipts import SUPPRESSED
from zoho_privacy.domain.rules import Mandate, Rules
from zoho_privacy.domain.verify import level_needed, mandate_needed

AT_ONCE: Final = frozenset({Kind.OPT_OUT_SALE, Kind.LIMIT_SENSITIVE, Kind.WITHDRAW_CONSENT, Kind.OBJECTION})
"""Done and confirmed in the answer itself, where the table asks for no proof (an objection: to marketing only)."""
FROM_REGISTER: Final = frozenset({Kind.RECIPIENT_LIST})
POSSIBLE: Final = "possible request"
CHILD: Final = "child"
WHOSE: Final = (
    "Where the message names no address, look for the child's record in Desk, or 'Ask back' for the address that the "
    "child wrote from and for nothing else."
)
LOOK_AT_CHILD: Final = (
    "A child's data may be concerned: what it may be is only stored for now. If it is so: a private note with "
    f"'Person:' and the address on file whose data goes, then 'Confirm child'. {WHOSE} A parent who asks for something "
    "else: 'Accept mandate' with 'Mandate: parental responsibility' and 'Person:'. A mistake: 'Not a request'."
)
MANDATE_ASKED: Final = "somebody writes for the person: their authority was asked for"
YES: Final = frozenset(
    "yes ja oui sí si sì sim ano ναι da tak kyllä igen да evet はい 是 是的 네 예 نعم".split()  # noqa: SIM905  one line
)
"""What people answer to our question, in the languages they may write in, whatever the question's."""
OTHERWISE: Final = frozenset({"da", "si", "ano"})
"""Words that are a yes in one language and begin a sentence in another: "since", "if", "year"."""
_NO: Final = (
    "no non not don't nein nicht kein keine nee niet nej inte ikke nei ei não nao nu ne není neću όχι δεν nie nem "
    "не нет hayır いいえ 不 不是 لا 아니요"
)
NO: Final = frozenset(_NO.split())
GREETING: Final = 3
SHORT: Final = 3
_WORD: Final = re.compile(r"[\w']+")
_CLAUSE: Final = re.compile(r"[,.;:!?、。，！]")
FOR_A_PERSON: Final = frozenset({Kind.INQUIRY, Kind.COMPLAINT, Kind.APPEAL, Kind.LEGAL_DEMAND, Kind.CHILD_REPORT})


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What is known about a message besides its text. `known` are the person's and the ticket's cases so far.

    `on_file` is true where the sender's address was stored before this message came, `customer` where the ticket is
    the sender's own: whose record was erased has another one when they come back. `automatic` says why the mail
    looks written by a machine. `client` is the client organisation whose data the sender's account belongs to, `shared`
    that the firm decides about some of it itself, `client_days` what the contract gives us to assist.

    Of who writes for others: `subjects` are the records of those others, in the order of `Understanding.about`, None
    where nobody has that address; `doubted` tells that the sender raises doubt. Nothing that is answered may depend on
    the former (R-VERIFY-12).
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
    shared: bool = False
    client_days: int | None = None
    customer: bool = False
    subjects: tuple[str | None, ...] = ()
    doubted: bool = False
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
        _placed(case, understanding, facts, rules)
        for label, index in fresh
        for case in _parts(_new_case(label, index, understanding, facts, rules), facts, rules)
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
        note=_note(facts, child=child and bool(opened)),
    )


def done_at_once(case: Case) -> bool:
    """Tell whether the case was carried out by taking it in, so that the acknowledgement is its answer."""
    return case.kind in AT_ONCE and case.level is Level.V0 and case.state is State.FULFILLED


def concerns(case: Case, facts: MessageFacts) -> bool:
    """Tell whether a case is the sender's own or one they opened for somebody; nobody hears of others' (R-PROC-5)."""
    people = {case.contact_id, case.correspondent} - {None}
    theirs = facts.customer and case.ticket_id == facts.ticket_id and not case.by_agent
    return theirs or not people or facts.contact_id in people


def _without_certain_request(understanding: Understanding, facts: MessageFacts, rules: Rules) -> Intake:
    known = tuple(case for case in facts.known if concerns(case, facts))
    open_cases = tuple(case for case in known if case.state in OPEN)
    if understanding.reminder and open_cases:
        if facts.automatic:
            return Intake()
        joined = tuple(_nudged(case, Event.REQUESTER_REPLIED) for case in open_cases)
        return Intake(joined=joined, letter="still_open", flags=frozenset({tags.URGENT}))
    closed = tuple(case for case in known if allowed(case.state, Event.REOPENED))
    if understanding.reminder and closed:
        return Intake(joined=tuple(_nudged(case, Event.REOPENED) for case in closed), flags=frozenset({tags.URGENT}))
    doubtful = understanding.doubtful[:1]
    if not doubtful or facts.automatic or any(case.kind is doubtful[0].kind for case in known):
        return Intake()  # who is away asks for nothing
    case = _new_case(doubtful[0], 0, understanding, facts, rules)
    placed = replace(case, state=advance(case.state, Event.PERSON_NEEDED), reason=POSSIBLE)
    note = "This may be a privacy request. The clock is running; set the action field or a tag to decide."
    asks = not (facts.client or understanding.by_agent or case.kind in FOR_A_PERSON)
    return Intake(opened=(placed,), letter="possible" if asks else None, flags=frozenset({tags.POSSIBLE}), note=note)


def says_yes(text: str) -> bool:
    """Tell whether a reply is a plain yes, in any language we ask in: it begins with one, perhaps after a greeting.

    Whatever also holds a no, or may mean something else, is read by a person: a yes makes a request of a question.
    """
    lines = [line for line in text.casefold().splitlines() if _WORD.search(line)]
    if NO.intersection(_WORD.findall(text.casefold())):
        return False
    if len(lines) > 1 and len(words := _WORD.findall(lines[0])) <= GREETING and not YES.intersection(words):
        lines = lines[1:]
    clauses = (_WORD.findall(clause) for clause in _CLAUSE.split(lines[0] if lines else ""))
    first = next((words for words in clauses if words), [""])
    return first[0] in YES and (first[0] not in OTHERWISE or len(first) <= SHORT)


def confirmed(case: Case) -> Case:
    """Return a case that only might have been a request, after the person said that it is one."""
    event = Event.NO_PROOF_NEEDED if case.level is Level.V0 else Event.PROOF_REQUESTED
    return replace(case, state=advance(case.state, event), reason="", confidence=1.0)


def _split(understanding: Understanding, facts: MessageFacts) -> tuple[tuple[Case, ...], tuple[tuple[Label, int], ...]]:
    """Separate what joins a case that is there from what opens a new one, for the how-manieth person (R-CLASS-5)."""
    best = {label.kind: label for label in reversed(understanding.labels)}
    mine = [case for case in facts.known if concerns(case, facts) and case.state in OPEN]
    joined: list[Case] = []
    fresh: list[tuple[Label, int]] = []
    for kind, index in ((kind, index) for kind in understanding.kinds for index in range(_persons(understanding))):
        same = [case for case in facts.known if case.kind is kind and _same_person(case, index, understanding, facts)]
        running = [case for case in same if case.state in OPEN]
        ended = [case for case in same if case.ticket_id == facts.ticket_id]
        if running and facts.automatic:
            continue  # nobody reminds us, and nobody is there to whom a code could go
        if running and running[0].reason == POSSIBLE and running[0].ticket_id == facts.ticket_id:
            joined.append(replace(confirmed(running[0]), urgency=running[0].urgency + 1))
        elif running:
            joined.extend(_nudged(case, Event.REQUESTER_REPLIED) for case in running)
        elif ended:
            joined.extend(_nudged(case, Event.REOPENED) for case in ended)
        elif kind is Kind.COMPLAINT and understanding.reminder and mine:
            joined.extend(_nudged(case, Event.REQUESTER_REPLIED) for case in mine)
        else:
            fresh.append((best[kind], index))
    return tuple({case.id: case for case in joined}.values()), tuple(fresh)


def _same_person(case: Case, index: int, understanding: Understanding, facts: MessageFacts) -> bool:
    """Tell whether a case is about the person that the message speaks of, the `index`-th of several."""
    if not understanding.by_agent:
        return concerns(case, facts)
    person = _subject(facts, index)
    if person is not None and case.contact_id is not None:
        return case.contact_id == person
    ours = _case_id(case.kind, index, facts)
    return case.by_agent and case.id in {ours, f"{ours}-{facts.contact_id}"}


def _subject(facts: MessageFacts, index: int) -> str | None:
    return facts.subjects[index] if index < len(facts.subjects) else None


def _case_id(kind: Kind, index: int, facts: MessageFacts) -> str:
    return f"{facts.ticket_id}-{kind}{f'-{index + 1}' if index else ''}"


def _nudged(case: Case, event: Event) -> Case:
    state = advance(case.state, event) if allowed(case.state, event) else case.state
    if event is Event.REOPENED and state is State.RECEIVED:
        state = advance(state, Event.PERSON_NEEDED)
    reason = "the person came back" if event is Event.REOPENED else case.reason
    return replace(case, state=state, urgency=case.urgency + 1, reason=reason, closed=None)


def _persons(understanding: Understanding) -> int:
    return max(1, len(understanding.about)) if understanding.by_agent else 1


def _new_case(label: Label, index: int, understanding: Understanding, facts: MessageFacts, rules: Rules) -> Case:
    case_id, represented = _case_id(label.kind, index, facts), understanding.by_agent
    if any(case.id == case_id for case in facts.known):  # another person's, on the same ticket
        case_id = f"{case_id}-{facts.contact_id}"
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
        id=case_id,
        ticket_id=facts.ticket_id,
        ticket_number=facts.ticket_number,
        kind=label.kind,
        contact_id=_subject(facts, index) if represented else facts.contact_id,
        state=State.RECEIVED,
        law=facts.law,
        level=level,
        language=understanding.language,
        due=due_dates(rules, received=facts.received, kind=label.kind, laws=facts.laws, timezone=facts.time_zone),
        confidence=round(label.confidence, 3),
        sentence_hash=(facts.sentence_hashes or {}).get(label.sentence, ""),
        policy_version=facts.policy_version,
        by_agent=represented,
        correspondent=facts.contact_id if represented else None,
        direct=represented and facts.doubted,
        sensitive=understanding.sensitive,
        processor_for=None if represented else facts.client,
        opened=facts.received,
    )


def _parts(case: Case, facts: MessageFacts, rules: Rules) -> tuple[Case, ...]:
    """Return the client's part of a request and, where some of the data is ours, that part too (R-PROC-6).

    Each has its own clock: the client's the contract's, where that is earlier (R-CLOCK-11).
    """
    if case.processor_for is None or case.level is Level.V0:
        return (case,)
    theirs = replace(case, due=contracted(rules, case.due, facts.client_days, timezone=facts.time_zone))
    ours = replace(case, id=f"{case.id}-own", processor_for=None, mixed=True)
    return (theirs, ours) if facts.shared else (theirs,)


def _placed(case: Case, understanding: Understanding, facts: MessageFacts, rules: Rules) -> Case:
    """Return the case with its first step taken."""
    event, reason = _first_step(case, understanding, facts, rules)
    state = advance(case.state, event)
    if state is not State.VERIFIED or case.kind not in AT_ONCE:
        return replace(case, state=state, reason=reason)
    known = case.contact_id is not None and (facts.on_file or case.by_agent)
    return replace(
        case, state=advance(state, Event.FULFILLED), reason=reason, outcome=SUPPRESSED if known else "answered"
    )


def _first_step(case: Case, understanding: Understanding, facts: MessageFacts, rules: Rules) -> tuple[Event, str]:
    if understanding.child or case.kind is Kind.CHILD_REPORT:
        return Event.PERSON_NEEDED, CHILD
    if facts.automatic:
        return Event.PERSON_NEEDED, f"written by a machine: {facts.automatic}"
    if case.kind in FOR_A_PERSON:
        return Event.PERSON_NEEDED, case.kind.value
    if case.by_agent and _authority_asked(case, understanding, rules):
        return Event.PERSON_NEEDED, MANDATE_ASKED
    if case.level is Level.V0:
        return Event.NO_PROOF_NEEDED, ""
    if case.processor_for:
        return Event.PROCESSOR_ROUTED, "client organisation decides"
    if understanding.client_data:
        return Event.PERSON_NEEDED, "may be a client organisation's data"
    return Event.PROOF_REQUESTED, "" if facts.on_file else "sender's address was not on file"


def _authority_asked(case: Case, understanding: Understanding, rules: Rules) -> bool:
    """Tell whether who writes for the person is asked for a mandate, or for whom it is at least.

    It depends on the message alone: what is on file of the person is nobody else's to learn (R-VERIFY-12).
    """
    if mandate_needed(rules, case.kind, case.law, marketing=understanding.marketing) is not Mandate.NONE:
        return True
    return case.kind not in FROM_REGISTER and not understanding.about


def _letter(opened: tuple[Case, ...], joined: tuple[Case, ...]) -> str | None:
    """Choose the one letter of the joint answer."""
    states = {case.state for case in opened}
    kinds = {case.kind for case in opened}
    if any(case.reason == CHILD for case in opened):
        return "child"
    if any(case.reason == MANDATE_ASKED for case in opened):
        return "mandate"
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
    if joined and all(done_at_once(case) and case.answered for case in joined):
        return "opt_out_done"  # said once more: only others' receipts are awaited
    return "still_open" if joined else None


def _note(facts: MessageFacts, *, child: bool) -> str:
    said = [f"Nobody was answered: {facts.automatic}."] if facts.automatic else []
    return " ".join([*said, *([LOOK_AT_CHILD] if child else [])])
