"""How much proof of identity is asked, what counts as proof, and what makes a person look. Pure.

Least first: what the table allows is a ceiling (R-VERIFY-1), doubts are recorded by name and lead to a person, never to
a refusal (R-VERIFY-11), and nothing here says whether somebody is known (R-VERIFY-12). Facts offered or held are
compared and forgotten; no function returns them. Codes themselves are made and compared by `keyed.Keyring`.
Sources: table 15.2 in `rules/verification.toml`, docs/decisions/0006-proof.md.
"""

import hmac
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from zoho_privacy.domain.model import Kind, Law, Level
from zoho_privacy.domain.rules import Mandate, Region, Rules, Shown

# ------------------------------------------------------------------------------------------------------------- levels


def level_needed(
    rules: Rules, kind: Kind, law: Law, *, sensitive: bool = False, by_agent: bool = False, marketing: bool = False
) -> Level:
    """Return the level to ask for: the table's, and no more.

    `marketing` marks an objection to direct marketing, which nobody has to prove (R-VERIFY-7). An agent's request for a
    kind that needs proof goes to a person (V3), who reads the written authority; nothing else is asked for.
    """
    if marketing and kind is Kind.OBJECTION:
        return rules.marketing_objection
    ceiling = rules.kinds[kind].levels[rules.regions[law]]
    level = ceiling.sensitive if sensitive else ceiling.ordinary
    return Level.V3 if by_agent and level > Level.V0 else level


def mandate_needed(rules: Rules, kind: Kind, law: Law, *, marketing: bool = False) -> Mandate:
    """Return what an agent has to show; never a power of attorney (R-AGENT-2, R-AGENT-3)."""
    rule = rules.kinds[kind]
    if marketing and kind is Kind.OBJECTION and rules.marketing_objection is Level.V0:
        return Mandate.NONE
    return rule.agent_california if rules.regions[law] is Region.CALIFORNIA else rule.agent


def confirmation(rules: Rules, kind: Kind, law: Law, shown: Shown, *, sensitive: bool = False) -> Level:
    """Return what the person may be asked beside what an agent has shown: V0 is nothing (R-AGENT-2, R-AGENT-3).

    Only where the table lets the person confirm, never for a kind that nobody has to prove, and never where a power of
    attorney was shown or a parent speaks for a child (R-CHILD-4).
    """
    if rules.regions[law] not in rules.person_confirms or shown in {Shown.POWER_OF_ATTORNEY, Shown.PARENT}:
        return Level.V0
    return level_needed(rules, kind, law, sensitive=sensitive)


# ------------------------------------------------------------------------------------------------------------- doubts


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about how a message came in. None means that nobody could tell.

    `sender_on_file` is true where the address was stored before the message came, by a contact that is older than it.
    `address_changed_days` is how long ago that address was last changed. `subjects_from_sender` counts the different
    people this sender has written for. `spf`, `dkim` and `dmarc` are results that our own receiving server wrote.
    """

    sender_on_file: bool
    contact_older: bool = True
    address_changed_days: int | None = None
    reply_to_differs: bool = False
    delivery_elsewhere: bool = False
    subjects_from_sender: int = 1
    automatic: str | None = None
    spf: str | None = None
    dkim: str | None = None
    dmarc: str | None = None


MANY_SUBJECTS: Final = 3
_FAILED: Final = frozenset({"fail", "softfail", "permerror"})


def doubts(facts: Facts, *, address_change_days: int = 30) -> tuple[str, ...]:
    """Return the recorded doubts that lead to a person (V3), in a closed vocabulary; empty where there is none.

    A failed SPF or DKIM alone is no doubt, since forwarding breaks both; a failed DMARC is (R-VERIFY-5).
    """
    changed = facts.address_changed_days
    found = {
        "unknown_sender": not facts.sender_on_file,
        "contact_not_older": facts.sender_on_file and not facts.contact_older,
        "address_changed": changed is not None and changed < address_change_days,
        "reply_to_differs": facts.reply_to_differs,
        "delivery_elsewhere": facts.delivery_elsewhere,
        "many_subjects": facts.subjects_from_sender >= MANY_SUBJECTS,
        "automatic": facts.automatic is not None,
        "dmarc_failed": facts.dmarc == "fail",
        "sender_unauthenticated": facts.dmarc is None and facts.spf in _FAILED and facts.dkim in _FAILED,
    }
    return tuple(name for name, holds in found.items() if holds)


# ------------------------------------------------------------------------------------------------------ further facts

FACT_NAMES: Final = ("ticket_number", "company", "phone", "name")


def points_needed(level: Level, law: Law) -> int:
    """Return how many facts are asked beside the code, which is itself one matching data point.

    Elsewhere V2 is the code and one fact; California counts two points at V1 and three at V2 (R-VERIFY-2, 7062).
    """
    if law is Law.CCPA:
        return {Level.V1: 1, Level.V2: 2}.get(level, 0)
    return 1 if level is Level.V2 else 0


def declaration_needed(level: Level, law: Law) -> bool:
    """Tell whether a declaration under penalty of perjury belongs to it: California's reasonably high degree."""
    return law is Law.CCPA and level is Level.V2


def further_facts(
    level: Level, law: Law, held: Mapping[str, str], *, disputed: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """Return the names of the facts to ask for beside the code, the least telling first; each answer must match.

    `held` maps names of `FACT_NAMES` to what was on file before the request, several values on lines of their own
    (for `ticket_number`: earlier tickets, never the request's own). A disputed item is never asked (R-VERIFY-9). Where
    too little is held the number of names stays the same, so that the page of an unknown person looks like any other
    (R-VERIFY-12); nothing can match then.
    """
    usable = [name for name in FACT_NAMES if name not in disputed]
    usable.sort(key=lambda name: not held.get(name, "").strip())
    return tuple(usable[: points_needed(level, law)])


def judge_facts(offered: Mapping[str, str], held: Mapping[str, str]) -> int:
    """Return how many facts match what is on file; which ones is not said, so that nobody can probe them one by one."""
    return sum(_matches(name, value, held.get(name, "")) for name, value in offered.items() if name in FACT_NAMES)


def _matches(name: str, offered: str, held: str) -> bool:
    values = held.split() if name == "ticket_number" else held.splitlines()
    given = _normal(name, offered)
    same = _same_phone if name == "phone" else _same
    return any([same(given, _normal(name, value)) for value in values])  # noqa: C419  all are compared, whichever fits


_PHONE_DIGITS: Final = 7
_LEGAL_FORMS: Final = frozenset(
    {"ag", "bv", "co", "corp", "corporation", "gmbh", "inc", "kg", "limited", "llc", "ltd", "nv", "oy", "plc"}
    | {"sa", "sarl", "sas", "sl", "spa", "srl", "ug"}
)


def _normal(name: str, value: str) -> str:
    """Fold what people write differently: case, encodings, blanks, punctuation, prefixes, legal forms, word order."""
    text = unicodedata.normalize("NFKC", value).casefold()
    if name in {"phone", "ticket_number"}:
        return re.sub(r"\D", "", text.replace("(0)", "")).lstrip("0")
    words = re.sub(r"[^\w\s]", "", re.sub(r"[&/-]", " ", text)).split()
    if name == "company":
        words = [word for word in words if word not in _LEGAL_FORMS] or words
    return " ".join(sorted(words) if name == "name" else words)


def _same(one: str, other: str) -> bool:
    return bool(one) and hmac.compare_digest(one.encode(), other.encode())


def _same_phone(one: str, other: str) -> bool:
    """Compare from the end, since a country code may be missing on either side."""
    length = min(len(one), len(other))
    return length >= _PHONE_DIGITS and _same(one[-length:], other[-length:])


# ---------------------------------------------------------------------------------------------------------- challenge


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a code lives, how often it may be tried, how many a contact gets in 24 hours (R-VERIFY-6)."""

    life: timedelta = timedelta(hours=72)
    attempts: int = 5
    issues_per_day: int = 3


class Outcome(StrEnum):
    """What became of an offered code."""

    ACCEPTED = "accepted"
    WRONG = "wrong"
    EXHAUSTED = "exhausted"
    LAPSED = "lapsed"
    USED = "used"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A code that was issued.

    `reachability` marks one sent to an address that is not on file: it proves that somebody reads there, and leads to
    a person, never to data.
    """

    id: str
    issued: datetime
    attempts: int = 0
    used: datetime | None = None
    reachability: bool = False


def lapsed(challenge: Challenge, now: datetime, limits: Limits) -> bool:
    """Tell whether the code's life is over; the case it belongs to goes on (R-VERIFY-13)."""
    return now - challenge.issued >= limits.life


def offer(challenge: Challenge, *, matched: bool, now: datetime, limits: Limits) -> tuple[Challenge, Outcome]:
    """Return the challenge after one more attempt, and what came of it; `matched` is `Keyring.matches`' word.

    A used, lapsed or exhausted code is refused whether or not it matched, and refusing costs no attempt. The attempt
    that spends the last try says EXHAUSTED, so that a person is told.
    """
    if challenge.used is not None:
        return challenge, Outcome.USED
    if lapsed(challenge, now, limits):
        return challenge, Outcome.LAPSED
    if challenge.attempts >= limits.attempts:
        return challenge, Outcome.EXHAUSTED
    tried = replace(challenge, attempts=challenge.attempts + 1)
    if matched:
        return replace(tried, used=now), Outcome.ACCEPTED
    return tried, Outcome.EXHAUSTED if tried.attempts >= limits.attempts else Outcome.WRONG


def may_issue(issued: Sequence[datetime], now: datetime, limits: Limits) -> bool:
    """Tell whether one more code may go to a contact that got codes at these times."""
    recent = [moment for moment in issued if now - moment < timedelta(hours=24)]
    return len(recent) < limits.issues_per_day
