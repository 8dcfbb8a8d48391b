"""When a ticket's time is up: the schedule, and what it says of one ticket. Pure: `now` is an argument.

A rule has a period, a start, a basis and a clause of the policy, or the schedule is refused (R-RETAIN-1). The narrowest
rule that fits a ticket counts; between equally narrow ones the longer period. A hold, an open case, a restriction or a
ticket that is being worked on beats every rule (R-RETAIN-9). The close date is the one seen first, since our own edits
move Desk's (R-RETAIN-8). A new rule starts in dry-run (R-RETAIN-7): `mode` is "dry-run" unless it says "live". What a
file may say is read and checked by `schedule_file.py`.

Laws kept by tests/property/test_retention_laws.py: a longer period never erases more, a held ticket is never due.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Literal

from zoho_privacy.domain import gate, tags
from zoho_privacy.domain.model import Hold
from zoho_privacy.domain.plan import Ways
from zoho_privacy.domain.records import StatusType

Start = Literal["closed", "created", "last-message", "relationship-end", "contract-end"]
Act = Literal["mask", "rebuild", "erase", "native", "keep"]
Mode = Literal["live", "dry-run"]

SELECTORS: Final = ("categories", "departments", "tags", "organisations", "laws")
NOTHING_ACTS: Final = ""
"""The `effect` of a schedule without a live rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the schedule. Empty selectors fit every ticket; `departments` and `organisations` hold ids.

    `laws` are those of the place where one of its people lives, every configured one where that is not known.
    `period_days` counts from the start to the first moment at which the rule may act: the age it selects by; a keep
    rule needs none. `skeleton` leaves dates, department and channel of what is deleted, for counts (R-RETAIN-10).
    `undo_days` is how long a sealed copy can bring back what was deleted, 0 for not at all (R-RETAIN-13).
    """

    id: str
    clause: str
    basis: str
    action: Act
    start: Start = "closed"
    period_days: int = 0
    categories: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()
    laws: frozenset[str] = frozenset()
    skeleton: bool = False
    undo_days: int = 0
    mode: Mode = "dry-run"
    reason: str = ""

    @property
    def narrowness(self) -> int:
        """How many selectors it uses."""
        return sum(bool(getattr(self, name)) for name in SELECTORS)

    @property
    def fingerprint(self) -> str:
        """Name what the rule does, whatever its mode: a changed rule is a new one."""
        members = self.as_dict()
        del members["mode"]
        return _hash(members)[:16]

    def as_dict(self) -> dict[str, object]:
        """Return the rule as JSON members; one without an undo window has none there, as before there were any."""
        members = {name: sorted(v) if isinstance(v, frozenset) else v for name, v in asdict(self).items()}
        if not self.undo_days:
            del members["undo_days"]
        return members


@dataclass(frozen=True, slots=True)
class DataPeriod:
    """How long one category of personal data (rules/inventory.toml) stays, wherever it lies (R-RETAIN-1).

    What lies in Desk goes with its tickets by the rules; the rest is deleted by the owner of its system (R-PROP-5).
    """

    clause: str
    basis: str
    start: str
    period_days: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """All rules. `version` names the file they came from.

    `ways` says how a person's erasure lets tickets go, `carried` which custom fields a rebuilt ticket keeps, and
    `carries_files` whether it keeps redacted copies of the files that can be redacted.
    `contracts` are the last days of contracts by account id, `data` the periods of all categories of data. `people` is
    the rule by which a record goes whose tickets are all gone (R-RETAIN-3), None where such records stay.
    """

    rules: tuple[Rule, ...]
    version: str = ""
    ways: Ways = field(default_factory=Ways)
    carried: frozenset[str] = frozenset()
    contracts: Mapping[str, date] = field(default_factory=dict)
    data: Mapping[str, DataPeriod] = field(default_factory=dict)
    people: Rule | None = None
    carries_files: bool = False

    @property
    def everything(self) -> tuple[Rule, ...]:
        """The rules for tickets, and the one for records of people where there is one."""
        return (*self.rules, *((self.people,) if self.people else ()))

    @property
    def effect(self) -> str:
        """Name what the schedule does by itself: live rules, what they spare, contracts; "" if nothing.

        Two files of one effect delete the same tickets, whatever their comments and their rules on trial.
        """
        if not any(rule.mode == "live" and rule.action != "keep" for rule in self.everything):
            return NOTHING_ACTS
        acting = sorted(rule.fingerprint for rule in self.everything if rule.mode == "live" or rule.action == "keep")
        ends = {account: day.isoformat() for account, day in self.contracts.items()}
        return _hash({"rules": acting, "contracts": ends})

    @property
    def digest(self) -> str:
        """Name every rule and contract, modes included: what was found under one schedule is no use to another."""
        ends = {account: day.isoformat() for account, day in self.contracts.items()}
        return _hash({"rules": [rule.as_dict() for rule in self.everything], "contracts": ends})

    def uses(self, start: Start) -> bool:
        """Tell whether a rule counts from this."""
        return any(rule.start == start and rule.action != "keep" for rule in self.rules)

    @property
    def speaks_of_laws(self) -> bool:
        """Tell whether a rule needs to know where people live."""
        return any(rule.laws for rule in self.rules)

    @property
    def shortest(self) -> timedelta | None:
        """The shortest period of a rule that acts; None where none does."""
        periods = [rule.period_days for rule in self.rules if rule.action != "keep"]
        return timedelta(days=min(periods)) if periods else None


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What is known of one ticket. `pinned_closed` is the close date seen first; `tags` and `laws` are None until read.

    `relationship_end` is when the last ticket of its people was closed, None while one is open.
    `masked` tells that we masked it before, `twin` that it is the redacted copy of a deleted one, `refused` that Desk
    refused to change it because it is archived, `brought_back` that a person did not want it deleted and has time now.
    """

    id: str
    status_type: StatusType
    created: datetime
    closed: datetime | None = None
    pinned_closed: datetime | None = None
    category: str | None = None
    department_id: str = ""
    account_id: str | None = None
    contact_ids: frozenset[str] = frozenset()
    tags: frozenset[str] | None = None
    laws: frozenset[str] | None = None
    last_message: datetime | None = None
    relationship_end: datetime | None = None
    contract_end: datetime | None = None
    trashed: bool = False
    spam: bool = False
    archived: bool = False
    open_case: bool = False
    restricted: bool = False
    masked: bool = False
    twin: bool = False
    refused: bool = False
    brought_back: bool = False


@dataclass(frozen=True, slots=True)
class Keep:
    """A rule says that the ticket stays."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing happens to the ticket now, and why."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Due:
    """The ticket's time is up."""

    rule: Rule
    action: Act


Decision = Keep | Skip | Due
STRONGEST_FIRST: Final[tuple[Act, ...]] = ("erase", "native", "rebuild", "mask")

_SKIPS: Final = {
    "trashed": "in the recycle bin already",
    "spam": "spam has its own way out",
    "open": "still being worked on",
    "reopened": "open again since it was first seen closed",
    "open-case": "a privacy case on the ticket is open",
    "held": "kept by a legal hold",
    "restricted": "the person's data is restricted: it is stored and nothing else",
    "archived-refused": "archived, and Desk refused to change it",
    "brought-back": "brought back by a person: left alone for as long as it could be, time for a hold or another rule",
    "no-rule": "no rule fits",
    "not-due": "its period is not over",
    "already-masked": "masked before, nothing more is due",
    "redacted-copy": "a redacted copy, nothing more is due before its deletion",
    "dry-run-rule": "the rule is being tried out",
    "no-date": "Desk gave no close date",
    "relationship-goes-on": "its people have an open ticket",
    "contract-runs": "no end of the contract is known",
}


def decide(facts: TicketFacts, schedule: Schedule, holds: Sequence[Hold], now: datetime) -> Decision:
    """Say what is to happen to one ticket. Tags and laws that were not read count as absent.

    A ticket that is kept, held, open or restricted is never `Due`.
    """
    code = _obstacle(facts, holds)
    if code:
        return _skip(code)
    fitting = [rule for rule in schedule.rules if fits(rule, facts)]
    if not fitting:
        return _skip("no-rule")
    keeper = _narrowest([rule for rule in fitting if rule.action == "keep"])
    codes = []
    for action in STRONGEST_FIRST:
        rule = _narrowest([each for each in fitting if each.action == action])
        if rule is None:
            continue
        if keeper is not None and keeper.narrowness >= rule.narrowness:
            return Keep(keeper)
        code = _not_now(rule, facts, now)
        if not code:
            return Due(rule, rule.action)
        codes.append(code)
    if keeper is not None:
        return Keep(keeper)
    return _skip("dry-run-rule" if "dry-run-rule" in codes else codes[-1])


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is known of a person's record. `relationship_end` is when the last of their deleted tickets was closed.

    `modified` is None until it was read; `sealed_copy` tells that a deleted ticket of theirs can still come back.
    """

    created: datetime | None
    modified: datetime | None = None
    relationship_end: datetime | None = None
    trashed: bool = False
    in_crm: bool = False
    open_case: bool = False
    restricted: bool = False
    held: bool = False
    sealed_copy: bool = False


PEOPLE: Final = "people"
"""The id of the rule for records of people."""
PERSON_STAYS: Final = {
    "trashed": "in the recycle bin already",
    "held": "kept by a legal hold",
    "open-case": "a privacy case of the person is open",
    "restricted": "the person's data is restricted: it is stored and nothing else",
    "crm-counterpart": "a record in Zoho CRM belongs to it, and its owner decides: it would be synchronised back",
    "sealed-copy": "a deleted ticket of theirs can still be brought back",
    "no-date": "Desk gave no date on which it was made",
    "not-due": "its period is not over",
    "tickets-left": "a ticket of the person is left",
    "dry-run-rule": "the rule is being tried out",
}


def person_stays(facts: PersonFacts, rule: Rule, now: datetime) -> str:
    """Return why a person's record stays, by code, "" where its time is up as far as these facts go (R-RETAIN-3).

    The period starts with the end of the relationship, at the earliest with the day the record was made or changed.
    """
    obstacles = (
        ("trashed", facts.trashed),
        ("held", facts.held),
        ("open-case", facts.open_case),
        ("restricted", facts.restricted),
        ("crm-counterpart", facts.in_crm),
        ("sealed-copy", facts.sealed_copy),
        ("no-date", facts.created is None),
    )
    if code := next((code for code, stands in obstacles if stands), ""):
        return code
    began = max(each for each in (facts.created, facts.modified, facts.relationship_end) if each)
    return "not-due" if began + timedelta(days=rule.period_days) > now else ""


def overdue_since(facts: TicketFacts, schedule: Schedule, now: datetime) -> datetime | None:
    """Return since when a rule that may fit is over, whatever the ticket's tags turn out to be: the order of urgency.

    None where there is none, so that reading the ticket is of no use.
    """
    first = None
    for rule in schedule.rules:
        if rule.action != "keep" and fits(rule, facts, tags_known=False):
            moment = ended(rule, facts)
            if moment is not None and moment <= now and (first is None or moment < first):
                first = moment
    return first


def _obstacle(facts: TicketFacts, holds: Sequence[Hold]) -> str:
    found = facts.tags or frozenset()
    if facts.status_type != "closed":
        return "reopened" if facts.pinned_closed else "open"
    held = tags.HOLD in found or (
        bool(holds)
        and gate.hold_on(
            holds,
            tickets=frozenset({facts.id}),
            contacts=facts.contact_ids,
            tags_found=found,
            record=gate.Described(facts.account_id, facts.department_id, facts.category, facts.created),
        )
    )
    obstacles = (
        ("trashed", facts.trashed),
        ("held", held),
        ("open-case", facts.open_case),
        ("restricted", facts.restricted),
        ("spam", facts.spam),
        ("archived-refused", facts.refused),
        ("brought-back", facts.brought_back),
    )
    return next((code for code, stands in obstacles if stands), "")


def fits(rule: Rule, facts: TicketFacts, *, tags_known: bool = True) -> bool:
    """Tell whether a rule speaks of this ticket; names are compared without case.

    With `tags_known` false, what was not read yet (tags, laws) fits.
    """
    return (
        (not rule.categories or (facts.category is not None and _is_among(facts.category, rule.categories)))
        and (not rule.departments or facts.department_id in rule.departments)
        and (not rule.organisations or facts.account_id in rule.organisations)
        and (not rule.tags or not tags_known or bool(rule.tags & (facts.tags or frozenset())))
        and (not rule.laws or (facts.laws is None and not tags_known) or bool(rule.laws & (facts.laws or frozenset())))
    )


def _is_among(name: str, names: Iterable[str]) -> bool:
    return name.casefold() in {each.casefold() for each in names}


def _narrowest(rules: Sequence[Rule]) -> Rule | None:
    if len(rules) < 2:  # as almost always; a million tickets ask
        return rules[0] if rules else None
    return max(rules, key=lambda rule: (rule.narrowness, rule.period_days, rule.id))


def _not_now(rule: Rule, facts: TicketFacts, now: datetime) -> str:
    if _began(rule, facts) is None:
        return _NO_START.get(rule.start, "no-date")
    if not _is_over(rule, facts, now):
        return "not-due"
    if rule.action == "mask" and facts.masked:
        return "already-masked"
    if rule.action in {"mask", "rebuild"} and facts.twin:
        return "redacted-copy"
    return "dry-run-rule" if rule.mode == "dry-run" else ""


_NO_START: Final = {"relationship-end": "relationship-goes-on", "contract-end": "contract-runs"}


def _began(rule: Rule, facts: TicketFacts) -> datetime | None:
    match rule.start:
        case "created":
            return facts.created
        case "last-message":
            return facts.last_message or facts.created
        case "relationship-end":
            return facts.relationship_end
        case "contract-end":
            return max(facts.contract_end, facts.closed or facts.created) if facts.contract_end else None
        case "closed":
            return facts.pinned_closed or facts.closed


def ended(rule: Rule, facts: TicketFacts) -> datetime | None:
    """Return the first moment at which the rule may act on the ticket, None without a start."""
    began = _began(rule, facts)
    return None if began is None else began + timedelta(days=rule.period_days)


def _is_over(rule: Rule, facts: TicketFacts, now: datetime) -> bool:
    moment = ended(rule, facts)
    return moment is not None and moment <= now


def _skip(code: str) -> Skip:
    return Skip(code, _SKIPS[code])


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
