"""When a ticket's time is up: the schedule, and what it says of one ticket. Pure: `now` is an argument.

A rule has a period, a start, a basis and a clause of the policy, or the schedule is refused (R-RETAIN-1). The narrowest
rule that fits a ticket counts; between equally narrow ones the longer period. A hold, an open case, a restriction or a
ticket that is being worked on beats every rule (R-RETAIN-9). The close date is the one seen first, since our own edits
move Desk's (R-RETAIN-8). A new rule starts in dry-run (R-RETAIN-7): `mode` is "dry-run" unless it says "live".

Laws kept by tests/property/test_retention_laws.py: a longer period never erases more, a held ticket is never due.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final, Literal, get_args

from zoho_privacy.domain import gate, tags
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.model import Hold
from zoho_privacy.domain.plan import WAYS, Ways
from zoho_privacy.domain.records import StatusType

Start = Literal["closed", "created"]
Act = Literal["mask", "rebuild", "erase", "native", "keep"]
Mode = Literal["live", "dry-run"]

BASES: Final = frozenset(
    {"consent", "contract", "legitimate interests", "legal obligation", "vital interests", "public interest"}
)
SELECTORS: Final = ("categories", "departments", "tags", "organisations")
LONGEST_DAYS: Final = 36_500


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the schedule. Empty selectors fit every ticket; `departments` and `organisations` hold ids.

    `period_days` counts from the start to the first moment at which the rule may act; a keep rule needs none.
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
    mode: Mode = "dry-run"
    reason: str = ""

    @property
    def narrowness(self) -> int:
        """How many selectors it uses."""
        return sum(bool(getattr(self, name)) for name in SELECTORS)

    @property
    def fingerprint(self) -> str:
        """Name what the rule does, whatever its mode: a changed rule is a new one."""
        members = {name: sorted(v) if isinstance(v, frozenset) else v for name, v in asdict(self).items()}
        del members["mode"]
        return hashlib.sha256(json.dumps(members, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Schedule:
    """All rules. `version` names the file they came from.

    `ways` says how a person's erasure lets tickets go, `carried` which custom fields a rebuilt ticket keeps.
    """

    rules: tuple[Rule, ...]
    version: str = ""
    ways: Ways = field(default_factory=Ways)
    carried: frozenset[str] = frozenset()

    @property
    def shortest(self) -> timedelta | None:
        """The shortest period of a rule that acts; None where none does."""
        periods = [rule.period_days for rule in self.rules if rule.action != "keep"]
        return timedelta(days=min(periods)) if periods else None


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What is known of one ticket. `tags` is None until they were read; `pinned_closed` is the close date seen first.

    `masked` tells that we masked it before, `twin` that it is the redacted copy of a deleted one, `refused` that Desk
    refused to change it because it is archived.
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
    trashed: bool = False
    spam: bool = False
    archived: bool = False
    open_case: bool = False
    restricted: bool = False
    masked: bool = False
    twin: bool = False
    refused: bool = False


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
    "no-rule": "no rule fits",
    "not-due": "its period is not over",
    "already-masked": "masked before, nothing more is due",
    "redacted-copy": "a redacted copy, nothing more is due before its deletion",
    "dry-run-rule": "the rule is being tried out",
    "no-date": "Desk gave no close date",
}


def decide(facts: TicketFacts, schedule: Schedule, holds: Sequence[Hold], now: datetime) -> Decision:
    """Say what is to happen to one ticket. Tags that were not read count as absent.

    A ticket that is kept, held, open or restricted is never `Due`.
    """
    code = _obstacle(facts, holds)
    if code:
        return _skip(code)
    fitting = [rule for rule in schedule.rules if fits(rule, facts)]
    if not fitting:
        return _skip("no-rule")
    keeper = _narrowest(rule for rule in fitting if rule.action == "keep")
    codes = []
    for action in STRONGEST_FIRST:
        rule = _narrowest(each for each in fitting if each.action == action)
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


def may_be_due(facts: TicketFacts, schedule: Schedule, now: datetime) -> bool:
    """Tell whether it is worth reading the ticket: some rule's period is over, whatever its tags turn out to be."""
    return any(
        rule.action != "keep" and fits(rule, facts, tags_known=False) and _is_over(rule, facts, now)
        for rule in schedule.rules
    )


def _obstacle(facts: TicketFacts, holds: Sequence[Hold]) -> str:
    found = facts.tags or frozenset()
    held = tags.HOLD in found or gate.hold_on(
        holds, tickets=frozenset({facts.id}), contacts=facts.contact_ids, tags_found=found
    )
    if facts.status_type != "closed":
        return "reopened" if facts.pinned_closed else "open"
    obstacles = (
        ("trashed", facts.trashed),
        ("held", held),
        ("open-case", facts.open_case),
        ("restricted", facts.restricted),
        ("spam", facts.spam),
        ("archived-refused", facts.refused),
    )
    return next((code for code, stands in obstacles if stands), "")


def fits(rule: Rule, facts: TicketFacts, *, tags_known: bool = True) -> bool:
    """Tell whether a rule speaks of this ticket; names are compared without case."""
    category = (facts.category or "").casefold()
    return (
        (not rule.categories or category in {each.casefold() for each in rule.categories})
        and (not rule.departments or facts.department_id in rule.departments)
        and (not rule.organisations or facts.account_id in rule.organisations)
        and (not rule.tags or not tags_known or bool(rule.tags & (facts.tags or frozenset())))
    )


def _narrowest(rules: Iterable[Rule]) -> Rule | None:
    return max(rules, key=lambda rule: (rule.narrowness, rule.period_days, rule.id), default=None)


def _not_now(rule: Rule, facts: TicketFacts, now: datetime) -> str:
    if _began(rule, facts) is None:
        return "no-date"
    if not _is_over(rule, facts, now):
        return "not-due"
    if rule.action == "mask" and facts.masked:
        return "already-masked"
    if rule.action in {"mask", "rebuild"} and facts.twin:
        return "redacted-copy"
    return "dry-run-rule" if rule.mode == "dry-run" else ""


def _began(rule: Rule, facts: TicketFacts) -> datetime | None:
    return facts.created if rule.start == "created" else (facts.pinned_closed or facts.closed)


def ended(rule: Rule, facts: TicketFacts) -> datetime | None:
    """Return the first moment at which the rule may act on the ticket, None without a start."""
    began = _began(rule, facts)
    return None if began is None else began + timedelta(days=rule.period_days)


def _is_over(rule: Rule, facts: TicketFacts, now: datetime) -> bool:
    moment = ended(rule, facts)
    return moment is not None and moment <= now


def _skip(code: str) -> Skip:
    return Skip(code, _SKIPS[code])


# ------------------------------------------------------------------------------------------------------------- reading

_WAYS: Final[Mapping[str, tuple[str, ...]]] = {"alone": tuple(WAYS), "shared": ("mask", "rebuild")}
_KEYS: Final = frozenset(each.name for each in fields(Rule)) - {"id"}
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "action": get_args(Act), "start": get_args(Start), "mode": get_args(Mode),
}  # fmt: skip


def parse(mapping: Mapping[str, Any], *, version: str = "") -> Schedule:
    """Return the schedule that a file describes: `rules` is a list of tables, each with an `id`.

    Raises:
        BadInput: Every mistake of the file, a line each.
    """
    wrong: list[str] = [f"unknown key {key!r}" for key in sorted(set(mapping) - {"rules", "erasure"})]
    wrong += _erasure_mistakes(mapping.get("erasure", {}))
    rows = mapping.get("rules")
    if not isinstance(rows, list) or not rows:
        raise BadInput("\n".join([*wrong, "there is no rule: write at least one [[rules]] table"]))
    seen: set[str] = set()
    parsed = []
    for number, row in enumerate(rows, 1):
        found = _row_mistakes(row, number, seen)
        wrong += found
        if not found:
            parsed.append(_rule(row))
    if wrong:
        raise BadInput("\n".join(wrong))
    chosen = mapping.get("erasure", {})
    ways = Ways(**{name: chosen[name] for name in _WAYS if name in chosen})
    return Schedule(tuple(parsed), version, ways, frozenset(chosen.get("carried", ())))


def _erasure_mistakes(chosen: Any) -> Iterable[str]:
    if not isinstance(chosen, Mapping):
        yield "erasure: not a table"
        return
    yield from (f"erasure: unknown key {key!r}" for key in sorted(set(chosen) - {*_WAYS, "carried"}))
    for name, choices in _WAYS.items():
        if name in chosen and chosen[name] not in choices:
            yield f"erasure: {name} is {chosen[name]!r}: one of {', '.join(choices)}"
    carried = chosen.get("carried", [])
    if not isinstance(carried, list) or not all(isinstance(each, str) and each.startswith("cf_") for each in carried):
        yield "erasure: carried is a list of custom fields by API name (cf_...)"


def _row_mistakes(row: Any, number: int, seen: set[str]) -> list[str]:
    if not isinstance(row, Mapping):
        return [f"rule {number}: not a table"]
    name = row.get("id")
    label = f"rule {name!r}" if isinstance(name, str) and name else f"rule {number}"
    wrong = [f"{label}: unknown key {key!r}" for key in sorted(set(row) - _KEYS - {"id"})]
    if not isinstance(name, str) or not name.strip():
        wrong.append(f"{label}: no id")
    elif name in seen:
        wrong.append(f"{label}: the id is used twice")
    else:
        seen.add(name)
    wrong += [f"{label}: {sentence}" for sentence in (*_word_mistakes(row), *_period_mistakes(row))]
    return wrong


def _word_mistakes(row: Mapping[str, Any]) -> Iterable[str]:
    for key in ("clause", "reason"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            yield f"no {key}"
    if row.get("basis") not in BASES:
        yield f"no basis: one of {', '.join(sorted(BASES))}"
    for key, choices in _CHOICES.items():
        missing = key not in row and (key == "action" or (key == "start" and row.get("action") != "keep"))
        if missing:
            yield f"no {key}: one of {', '.join(choices)}"
        elif key in row and row[key] not in choices:
            yield f"{key} is {row[key]!r}: one of {', '.join(choices)}"
    for key in SELECTORS:
        value = row.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            yield f"{key} is a list of words"


def _period_mistakes(row: Mapping[str, Any]) -> Iterable[str]:
    period = row.get("period_days")
    if row.get("action") == "keep":
        if period is not None:
            yield "a keep rule has no period_days"
    elif period is None:
        yield "no period_days"
    elif isinstance(period, bool) or not isinstance(period, int):
        yield f"period_days is {period!r}: a whole number of days is needed"
    elif not 1 <= period <= LONGEST_DAYS:
        yield f"period_days is {period}: from 1 to {LONGEST_DAYS}"


def _rule(row: Mapping[str, Any]) -> Rule:
    members: dict[str, Any] = {key: frozenset(value) if key in SELECTORS else value for key, value in row.items()}
    return Rule(**members)
