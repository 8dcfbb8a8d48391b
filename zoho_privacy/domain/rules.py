"""The rule tables as one frozen value, and the questions asked of them. Pure.

The files are read by `adapters/ruletables.py` and checked by `rulecheck.py`. A new law is a new row there, never an
`if` here. What cannot be looked up is answered with the strictest row (R-CLOCK-6). Nothing here is legal advice; where
a row's source is marked GK, it is general knowledge, to be checked before anyone relies on it.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from zoho_privacy.domain.model import Kind, Law, Level


class ClockGroup(StrEnum):
    """Which clock a kind runs on: a right's, the 15 business days, the policy's own 30 days, or an appeal's."""

    RIGHT = "right"
    OPT_OUT = "opt_out"
    POLICY = "policy"
    APPEAL = "appeal"


class Pause(StrEnum):
    """What the firm may be waiting for (R-CLOCK-4)."""

    IDENTITY = "identity"
    CLARIFICATION = "clarification"
    FEE = "fee"


class PauseEffect(StrEnum):
    """What waiting does to the clock: its days do not count, or the period starts when the wait ends."""

    SUSPEND = "suspend"
    RESTART = "restart"


class Region(StrEnum):
    """The columns of table 15.2."""

    EUROPE = "europe"
    CALIFORNIA = "california"
    OTHERS = "others"


class Mandate(StrEnum):
    """What an agent has to show (R-AGENT-2, R-AGENT-3); a power of attorney is never demanded."""

    NONE = "none"
    SIGNED_PERMISSION = "signed_permission"
    WRITTEN_AUTHORITY = "written_authority"


class Shown(StrEnum):
    """What somebody who writes for another person may show; the value is what an agent writes down for it."""

    SIGNED_PERMISSION = "signed permission"
    WRITTEN_AUTHORITY = "written authority"
    POWER_OF_ATTORNEY = "power of attorney"
    PARENT = "parental responsibility"


class Basis(StrEnum):
    """The five legal bases of policy section 4."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGITIMATE_INTERESTS = "legitimate_interests"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"


class Purpose(StrEnum):
    """The five groups of purposes of policy section 3."""

    SERVICE = "service"
    OPERATIONS = "operations"
    SECURITY = "security"
    IMPROVEMENT = "improvement"
    LEGAL = "legal"


class CategoryGroup(StrEnum):
    """Where a category of data comes from (policy sections 2 and 10); the sources of a California report."""

    PROVIDED = "provided"
    AUTOMATIC = "automatic"
    THIRD_PARTY = "third_party"
    REMOTE_SESSION = "remote_session"


class Heading(StrEnum):
    """The California headings of policy section 14 (R-CCPA-1)."""

    IDENTIFIERS = "identifiers"
    COMMERCIAL = "commercial"
    NETWORK = "network"
    GEOLOCATION = "geolocation"
    PROFESSIONAL = "professional"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in exactly one unit; all zero means at once, the day of receipt itself."""

    days: int = 0
    months: int = 0
    business_days: int = 0

    def __str__(self) -> str:
        for amount, unit in ((self.months, "month"), (self.business_days, "business day"), (self.days, "calendar day")):
            if amount:
                return f"{amount} {unit}{'' if amount == 1 else 's'}"
        return "at once"


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One row of table 15.1. `extended` counts from receipt and is the whole time, not the addition.

    Every law that allows an extension wants its notice inside the unextended period. `states` overrides `answer`.
    `appeal` is the time for an answer to an appeal, None where the law knows none; `court` says that the law gives the
    person a way to court.
    """

    article: str
    answer: Span
    calendar: str
    acknowledge: Span | None = None
    extended: Span | None = None
    pauses: Mapping[Pause, PauseEffect] = field(default_factory=dict)
    appeal: Span | None = None
    court: bool = False
    states: Mapping[str, Span] = field(default_factory=dict)
    note: str = ""


class Ceiling(NamedTuple):
    """The most that may be asked, for ordinary and for sensitive data (table 15.2)."""

    ordinary: Level
    sensitive: Level


@dataclass(frozen=True, slots=True)
class KindRule:
    """How a kind is timed and verified. `agent` is what an agent shows outside California, `agent_california` there."""

    clock: ClockGroup
    levels: Mapping[Region, Ceiling]
    agent: Mandate
    agent_california: Mandate


@dataclass(frozen=True, slots=True)
class Supervisor:
    """A supervisory authority by its own name."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Country:
    """A country by ISO 3166 alpha-2 code. `names` are how people write it, folded by `fold`; `child_age` GK."""

    law: Law
    names: tuple[str, ...]
    child_age: int | None = None
    authority: Supervisor | None = None


@dataclass(frozen=True, slots=True)
class UsState:
    """A state of the US by postal code; `appeal` says whether its law has an appeal to the firm."""

    name: str
    law: Law
    appeal: bool = False
    authority: Supervisor | None = None


@dataclass(frozen=True, slots=True)
class CollectionPath:
    """One way in which data reaches the firm (R-SCOPE-1); `systems` are ids of `System`."""

    title: str
    systems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class System:
    """A place where data lies. `automated` says that the suite reads and erases there; else `owner` acts by hand."""

    title: str
    owner: str
    automated: bool
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Category:
    """A category of personal data (R-SCOPE-2) with its purposes and bases (R-SCOPE-3)."""

    title: str
    group: CategoryGroup
    purposes: tuple[Purpose, ...]
    bases: tuple[Basis, ...]
    systems: tuple[str, ...]
    heading: Heading | None = None
    never_disclosed: bool = False


@dataclass(frozen=True, slots=True)
class Recipient:
    """One entry of the register (R-PROP-1). `service` names what they do in the words of the letters.

    `expires_days` above 0 says that what they hold ends by itself in that time, so that nobody is asked for a receipt.
    """

    name: str
    role: str
    service: str
    contract: str
    personal_data: bool
    categories: tuple[str, ...]
    country: str
    erased_how: str
    acts: str
    receipt: str
    safeguard: str = ""
    expires_days: int = 0


@dataclass(frozen=True, slots=True)
class Clause:
    """A promise of the policy under an id that outlives versions (R-POLICY-2), and what keeps it (R-POLICY-3).

    `requirements` are rows of `Rules.behaviours`, `by_hand` or `out_of_scope`. `sentences` are marks
    (`domain/policy.py`), `kinds` the requests that rest on the clause, `codes` the reasons why a record stays or went,
    `days` the shortest and longest period that it lets the firm choose.
    """

    section: int
    text: str
    requirements: tuple[str, ...]
    sentences: tuple[str, ...]
    kinds: tuple[Kind, ...] = ()
    codes: tuple[str, ...] = ()
    articles: Mapping[Law, str] = field(default_factory=dict)
    days: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class BreachTimer:
    """What a law says of the time after a breach is known; for information (R-BREACH-3)."""

    hours: int
    article: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days off of one jurisdiction, Saturdays and Sundays apart; years outside the data count weekends only."""

    title: str
    holidays: frozenset[date]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Defaults that are choices of the firm, not law."""

    escalation_days: tuple[int, ...]
    forward_business_days: int
    child_delete_business_days: int
    audience_age: int
    ledger_months: int
    trash_days: int
    backup_days: int
    hold_reminder_days: int = 14
    hold_grace_days: int = 7


@dataclass(frozen=True, slots=True)
class Rules:
    """All tables. Mapping keys are the ids used everywhere else; treat mappings as read-only."""

    version: str
    policy_version: str
    promise: ClockRow
    opt_out: ClockRow
    clocks: Mapping[Law, ClockRow]
    regions: Mapping[Law, Region]
    kinds: Mapping[Kind, KindRule]
    marketing_objection: Level
    countries: Mapping[str, Country]
    states: Mapping[str, UsState]
    unknown_residence: tuple[Law, ...]
    recipients: Mapping[str, Recipient]
    paths: Mapping[str, CollectionPath]
    categories: Mapping[str, Category]
    systems: Mapping[str, System]
    clauses: Mapping[str, Clause]
    behaviours: Mapping[str, str]
    by_hand: Mapping[str, str]
    out_of_scope: Mapping[str, str]
    breach_timers: Mapping[Law, BreachTimer]
    calendars: Mapping[str, Calendar]
    numbers: Numbers
    person_confirms: frozenset[Region] = frozenset()
    """Where the person may be asked to confirm what an agent with a signed permission wrote (R-AGENT-2)."""

    @property
    def external_systems(self) -> Mapping[str, System]:
        """The systems the suite cannot reach, each with an owner (R-PROP-5)."""
        return {key: system for key, system in self.systems.items() if not system.automated}


@dataclass(frozen=True, slots=True)
class Residence:
    """Where somebody lives, as far as the tables can tell: an ISO country code and, in the US, a postal state code."""

    country: str
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Remedies:
    """What a person may do who disagrees (R-REFUSE-2). None and False mean: the letter must not name it."""

    authority: Supervisor | None
    court: bool
    appeal_days: int | None


# --------------------------------------------------------------------------------------------------------- residence


def fold(text: str) -> str:
    """Fold how people write a place: case, accents, dots and blanks."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().replace(".", "").replace("-", " ").split())


def country_code(rules: Rules, text: str | None) -> str | None:
    """Return the ISO code of a country as written in a contact record, None where the tables do not know it."""
    wanted = fold(text or "")
    if wanted.upper() in rules.countries:
        return wanted.upper()
    return next((code for code, country in rules.countries.items() if wanted and wanted in country.names), None)


def state_code(rules: Rules, text: str | None, *, codes: bool = True) -> str | None:
    """Return the postal code of a US state; with `codes` false only full names count, since CA may be Canada."""
    wanted = fold(text or "").removeprefix("us ")
    if codes and wanted.upper() in rules.states:
        return wanted.upper()
    return next((code for code, state in rules.states.items() if wanted and wanted == fold(state.name)), None)


def residence(rules: Rules, country: str | None, state: str | None) -> Residence | None:
    """Return what the contact record says about where the person lives, None where it says nothing we can read."""
    code = country_code(rules, country)
    if code is None and not (country or "").strip() and state_code(rules, state, codes=False):
        code = "US"
    if code is None:
        return None
    return Residence(code, state_code(rules, state) if code == "US" else None)


def laws_of(rules: Rules, home: Residence) -> tuple[Law, ...]:
    """Return the laws of a residence; somewhere in the US means California or another state."""
    if home.country != "US":
        return (rules.countries[home.country].law,)
    if home.state is None:
        return (Law.CCPA, Law.US_STATE)
    return (rules.states[home.state].law,)


def applicable(
    rules: Rules,
    *,
    named: tuple[Law, ...] = (),
    country: str | None = None,
    state: str | None = None,
    default_country: str | None = None,
) -> tuple[Law, ...]:
    """Return every law to be kept, the strictest of them in each dimension (R-CLOCK-6). Never empty.

    Residence on file comes first; a law the writer names narrows it where it fits and is added where it does not.
    Without a residence the named laws stand, then the operator's default country, then all configured laws.
    """
    named = tuple(law for law in dict.fromkeys(named) if law is not Law.NONE)
    home = residence(rules, country, state)
    if home is None:
        fallback = residence(rules, default_country, None)
        return named or (laws_of(rules, fallback) if fallback else rules.unknown_residence)
    own = laws_of(rules, home)
    fitting = tuple(law for law in own if law in named)
    if fitting:
        return fitting
    return tuple(law for law in own if law is not Law.NONE) + named or own


def law_for(
    rules: Rules,
    *,
    named: tuple[Law, ...] = (),
    country: str | None = None,
    state: str | None = None,
    default_country: str | None = None,
) -> Law:
    """Return the law a case is filed under: the only applicable one, else that of the residence, else NONE.

    NONE stands for "not known" too: its verification column asks the least and its letters name no authority. Dates
    come from `applicable`, never from this alone.
    """
    laws = applicable(rules, named=named, country=country, state=state, default_country=default_country)
    if len(laws) == 1:
        return laws[0]
    home = residence(rules, country, state)
    own = laws_of(rules, home) if home else ()
    return own[0] if len(own) == 1 else Law.NONE


def remedies(rules: Rules, law: Law, *, country: str | None = None, state: str | None = None) -> Remedies:
    """Return authority, court and appeal for a law and, where known, a residence.

    An unread US state is offered the appeal, the stricter reading. An authority is named only where country or state
    is known and belongs to that law.
    """
    row, home = rules.clocks[law], residence(rules, country, state)
    appeal = row.appeal
    authority = None
    if home is not None and home.country == "US":
        us = rules.states.get(home.state or "")
        authority = us.authority if us and us.law is law else None
        appeal = None if us and not us.appeal else appeal
    elif home is not None and rules.countries[home.country].law is law:
        authority = rules.countries[home.country].authority
    if authority is None:
        authority = _only_authority(rules, law)
    return Remedies(authority, row.court, appeal.days if appeal else None)


def _only_authority(rules: Rules, law: Law) -> Supervisor | None:
    """Return the authority of a law that has a single one."""
    found = {c.authority for c in rules.countries.values() if c.law is law and c.authority}
    found |= {s.authority for s in rules.states.values() if s.law is law and s.authority}
    return found.pop() if len(found) == 1 and law is not Law.NONE else None


def child_age(rules: Rules, country: str | None) -> int:
    """Return the age below which a person counts as a child there; the highest of the table where unknown."""
    code = country_code(rules, country)
    age = rules.countries[code].child_age if code else None
    if age is not None:
        return age
    return max(c.child_age for c in rules.countries.values() if c.child_age is not None)


# ----------------------------------------------------------------------------------------------------------- register


def recipients_of(rules: Rules, categories: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of the recipients that get any of these categories (R-PROP-3)."""
    wanted = frozenset(categories)
    return tuple(key for key, entry in rules.recipients.items() if entry.personal_data and wanted & {*entry.categories})


def rights_of(category: Category) -> frozenset[Kind]:
    """Return the kinds that depend on the basis of a category (R-SCOPE-3); the others apply whatever the basis."""
    found = set()
    if {Basis.CONSENT, Basis.CONTRACT} & {*category.bases}:
        found.add(Kind.PORTABILITY)
    if Basis.LEGITIMATE_INTERESTS in category.bases:
        found.add(Kind.OBJECTION)
    if Basis.CONSENT in category.bases:
        found.add(Kind.WITHDRAW_CONSENT)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class KnowRow:
    """One heading of a California know report; words are looked up by the letter in its language."""

    heading: Heading
    sources: tuple[CategoryGroup, ...]
    purposes: tuple[Purpose, ...]
    recipients: tuple[str, ...]


def know_report(rules: Rules) -> tuple[KnowRow, ...]:
    """Return the category report of R-CCPA-1, one row per heading; `recipients` are names from the register."""
    return tuple(_know_row(rules, heading) for heading in Heading)


def _know_row(rules: Rules, heading: Heading) -> KnowRow:
    mine = {key: category for key, category in rules.categories.items() if category.heading is heading}
    return KnowRow(
        heading,
        tuple(dict.fromkeys(c.group for c in mine.values())),
        tuple(dict.fromkeys(p for c in mine.values() for p in c.purposes)),
        tuple(rules.recipients[key].name for key in recipients_of(rules, mine)),
    )
