"""The words of the project as frozen values. Pure; serialisation to JSON lives in `workflows/casebook.py`.

Every identifier is a string, every time a timezone-aware UTC datetime, every date the controller's calendar day.
The glossary in docs/glossary.md uses the same words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum


class Kind(StrEnum):
    """What a person asks for (R-CLASS-1). The value is used in tags, files and rule tables."""

    ACCESS = "access"
    PORTABILITY = "portability"
    CORRECTION = "correction"
    DELETION = "deletion"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    WITHDRAW_CONSENT = "withdraw_consent"
    OPT_OUT_SALE = "opt_out_sale"
    LIMIT_SENSITIVE = "limit_sensitive"
    KNOW_CATEGORIES = "know_categories"
    KNOW_SPECIFIC = "know_specific"
    RECIPIENT_LIST = "recipient_list"
    INQUIRY = "inquiry"
    COMPLAINT = "complaint"
    APPEAL = "appeal"
    CHILD_REPORT = "child_report"
    LEGAL_DEMAND = "legal_demand"


class Law(StrEnum):
    """Which rule table applies (tables 15.1 and 15.2)."""

    GDPR = "gdpr"
    UK_GDPR = "uk_gdpr"
    CCPA = "ccpa"
    LGPD = "lgpd"
    PIPEDA = "pipeda"
    US_STATE = "us_state"
    NONE = "none"


class Level(IntEnum):
    """How much proof of identity suffices (R-VERIFY-2): nothing, a code, a code and one further fact, a person."""

    V0 = 0
    V1 = 1
    V2 = 2
    V3 = 3


class State(StrEnum):
    """Where a case stands; the moves between states are the table in `machine.py`."""

    RECEIVED = "received"
    AWAITING_PROOF = "awaiting_proof"
    DORMANT = "dormant"
    WITH_PERSON = "with_person"
    VERIFIED = "verified"
    PLANNED = "planned"
    EXECUTING = "executing"
    FULFILLED = "fulfilled"
    CLOSED = "closed"
    REFUSED = "refused"
    DISMISSED = "dismissed"
    ROUTED = "routed"


@dataclass(frozen=True, slots=True)
class Label:
    """One kind found in a message: the sentence that caused it and a confidence from 0 to 1 (R-CLASS-3)."""

    kind: Kind
    confidence: float
    sentence: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a message asks for.

    `labels` are at or above the certain threshold, `doubtful` between the two thresholds. `by_agent` is true where
    somebody writes for another person, `about` holds that person's addresses or names as written. `spam`, `child`
    and `client_data` are signals, not verdicts. `marketing` tells that an objection is to direct marketing. `language`
    is ISO 639-1, `laws` are those the writer names.
    """

    language: str
    labels: tuple[Label, ...] = ()
    doubtful: tuple[Label, ...] = ()
    by_agent: bool = False
    about: tuple[str, ...] = ()
    laws: tuple[Law, ...] = ()
    child: bool = False
    client_data: bool = False
    sensitive: bool = False
    marketing: bool = False
    reminder: bool = False
    spam: bool = False

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The certain kinds, most confident first, without repetition."""
        return tuple(dict.fromkeys(label.kind for label in self.labels))


@dataclass(frozen=True, slots=True)
class DueDates:
    """When a case must be answered; `why` explains each date in one line (R-CLOCK-1, R-CLOCK-10).

    `extended_to` is set once the person has been told of a lawful extension (R-CLOCK-3); `promise_due` never moves.
    """

    received: datetime
    acknowledge_due: date
    promise_due: date
    legal_due: date
    why: tuple[str, ...] = ()
    extended_to: date | None = None

    @property
    def due(self) -> date:
        """The earlier of what the law allows and what the policy promises, or the later day the person was told."""
        return self.extended_to or min(self.promise_due, self.legal_due)


@dataclass(frozen=True, slots=True)
class Case:
    """One right, exercised by one person, with one clock. Holds ids and facts, never names or addresses.

    `id` is derived from ticket, kind and person, so that a repeated event finds the same case. `version` counts
    stored writes and is 0 for a case not yet stored. `stewards` are the agents who vouched or proposed and may
    therefore not approve. `answered` is when the person was, `closed` when nobody else had to do anything any more.
    `sentence_hash` is a keyed hash of the sentence that caused the case.

    Where somebody writes for the person (`by_agent`), `correspondent` is the writer's record, `mandate` what was shown
    ("" until a person has accepted it), and `direct` says that the answer itself goes to the person (R-AGENT-1 to -3).
    `processor_for` names the client that decides about the data; `mixed` marks the firm's own part of a request that
    also concerns a client's data (R-PROC-6).
    """

    org: str
    id: str
    ticket_id: str
    ticket_number: str
    kind: Kind
    contact_id: str | None
    state: State
    law: Law
    level: Level
    language: str
    due: DueDates
    confidence: float
    sentence_hash: str = ""
    policy_version: str = ""
    by_agent: bool = False
    correspondent: str | None = None
    mandate: str = ""
    direct: bool = False
    sensitive: bool = False
    processor_for: str | None = None
    mixed: bool = False
    urgency: int = 0
    reason: str = ""
    stewards: tuple[str, ...] = ()
    plan_hash: str = ""
    export_id: str = ""
    outcome: str = ""
    opened: datetime | None = None
    answered: datetime | None = None
    closed: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class HoldQuery:
    """Which records a hold covers without naming them: all that is set must be true of a record (R-HOLD-3).

    It is put to each record as it was just read, so new matches join by themselves. Days are those of the creation in
    UTC, both inclusive; `words` stand in the subject, compared without case.
    """

    account_ids: frozenset[str] = frozenset()
    department_ids: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    created_from: date | None = None
    created_until: date | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold: it beats every schedule and erasure until lifted (R-HOLD-3). Ids match exactly.

    Once lifted, it is in force until the day `ends`, the end of its grace (R-HOLD-6).
    """

    id: str
    matter: str
    owner: str
    reason: str
    start: date
    review: date
    ticket_ids: frozenset[str] = frozenset()
    contact_ids: frozenset[str] = frozenset()
    tag: str | None = None
    query: HoldQuery | None = None
    ends: date | None = None


class Role(StrEnum):
    """What the firm is for an organisation's data: its processor, or for some of it the controller too (R-PROC-1)."""

    PROCESSOR = "processor"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Client:
    """An organisation whose data we process for it (R-PROC-1).

    `contract` is a reference, `contact` the registered address that requests go to and instructions come from ("":
    agents send them on), `days` how many calendar days the contract gives us to assist, None where it says nothing.
    """

    name: str
    role: Role = Role.PROCESSOR
    contract: str = ""
    contact: str = ""
    days: int | None = None


class ActionType(StrEnum):
    """What a plan may do to a record. Values appear in plan files."""

    ERASE_TICKET = "erase_ticket"
    MASK_TICKET = "mask_ticket"
    REBUILD_TICKET = "rebuild_ticket"
    NATIVE_ERASE_TICKET = "native_erase_ticket"
    ERASE_ACTIVITY = "erase_activity"
    REDACT_ATTACHMENT = "redact_attachment"
    DELETE_ATTACHMENT = "delete_attachment"
    DELETE_CONTACT_COMMENT = "delete_contact_comment"
    DELETE_CONTACT_ATTACHMENT = "delete_contact_attachment"
    DELETE_CONTACT_PHOTO = "delete_contact_photo"
    ANONYMISE_USER = "anonymise_user"
    MASK_CONTACT = "mask_contact"
    ERASE_CONTACT = "erase_contact"
    ERASE_SOURCE_RECORD = "erase_source_record"


@dataclass(frozen=True, slots=True)
class Action:
    """One intended write. `before` is the fingerprint of the record when planned; `key` names the effect for ever.

    `after` is the fingerprint of what is written in its place, "" where that is not one whole. `undo_days` is for how
    long a sealed copy of what is deleted can bring it back, 0 for not at all (R-RETAIN-13).

    `stage` 0 runs at once, 1 right after the closing letter has gone out (what the letter needs), 2 when the
    conversation about the request itself has served its time.
    """

    key: str
    type: ActionType
    target: str
    parent: str | None
    before: str
    rule: str
    clause: str
    reason: str
    credits: float
    stage: int = 0
    after: str = ""
    undo_days: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A record the plan leaves alone, and why (R-ERASE-6, R-RETAIN-9)."""

    target: str
    type: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Intended writes in the order they will run, and what stays. `hash` is over the canonical JSON (R-PLAN-1)."""

    org: str
    id: str
    case_id: str
    purpose: str
    created: datetime
    proposer: str
    actions: tuple[Action, ...]
    kept: tuple[Kept, ...] = ()
    hash: str = ""

    @property
    def credits(self) -> float:
        """What the whole plan will cost in API credits, read-backs included."""
        return sum(action.credits for action in self.actions)


class Form(StrEnum):
    """How a recipient's part in an erasure ended (R-PROP-4). The last two erased nothing, and say why not."""

    RECEIPT = "receipt"
    NOTHING_HELD = "nothing-held"
    EXPIRES = "expires"
    DISPROPORTIONATE = "disproportionate"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was recorded of a recipient: which role answered, how, when; `reference` finds the proof."""

    recipient: str
    form: Form
    by: str
    at: datetime
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """Who did what, when, why, with what result (R-EVID-1). Ids and keyed hashes only (R-EVID-5).

    `sequence` starts at 1 per organisation; `hash` covers the entry and `previous` (R-EVID-2).
    """

    org: str
    sequence: int
    at: datetime
    who: str
    what: str
    case_id: str
    ticket_id: str
    why: str
    result: str
    details: Mapping[str, str] = field(default_factory=dict)
    previous: str = ""
    hash: str = ""
