"""The answer to an access request beside the copy itself: every item of table 15.4, from register and inventory.

Pure. It is tailored to the person: only categories in which something may be held, only recipients of those, and what
was found is counted. The result is keys and names; the words come from rules/export in the person's language, so that
a rule changed in one place changes every language (R-ACCESS-3, R-CCPA-1, R-CCPA-2, R-PROP-5, R-PROP-6, R-XFER-1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zoho_privacy.domain.collected import Collected
from zoho_privacy.domain.model import Kind, Law
from zoho_privacy.domain.package import summary
from zoho_privacy.domain.rules import KnowRow, Remedies, Rules, know_report, remedies, rights_of

RIGHTS: Final[Mapping[Law, tuple[str, ...]]] = {
    Law.CCPA: ("correction", "deletion", "opt_out_sale", "limit_sensitive", "no_discrimination"),
    Law.US_STATE: ("correction", "deletion", "portability", "opt_out_sale"),
}
DEFAULT_RIGHTS: Final = ("correction", "deletion", "restriction", "objection", "portability", "withdraw_consent")
KNOW_LAWS: Final = frozenset({Law.CCPA, Law.NONE})


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """One category of data: where it comes from, why, on which basis; `here` says that this package holds it.

    `owners` are the systems outside the desk that hold it too: id, title, who answers for it.
    """

    key: str
    title: str
    group: str
    purposes: tuple[str, ...]
    bases: tuple[str, ...]
    rights: tuple[str, ...]
    here: bool
    owners: tuple[tuple[str, str, str], ...]
    never_disclosed: bool


@dataclass(frozen=True, slots=True)
class RecipientLine:
    """One named recipient (R-PROP-6) with country and safeguard (R-XFER-1)."""

    name: str
    role: str
    country: str
    safeguard: str
    categories: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer as keys. `know` is empty where California's law cannot apply.

    `periods` are the policy's: clause, shortest and longest number of days; other data is kept by criteria in words.
    """

    counts: Mapping[str, int]
    categories: tuple[CategoryLine, ...]
    recipients: tuple[RecipientLine, ...]
    rights: tuple[str, ...]
    remedies: Remedies
    know: tuple[KnowRow, ...]
    withheld: tuple[str, ...]
    periods: tuple[tuple[str, int, int], ...] = ()

    def data(self) -> Sequence[Mapping[str, Any]]:
        """Return the answer for data/answer.json."""
        return (
            {"item": "confirmation", "held": True, "counts": dict(self.counts)},
            {"item": "categories", "categories": [_category(line) for line in self.categories]},
            {"item": "recipients", "recipients": [_recipient(line) for line in self.recipients]},
            {"item": "transfers", "transfers": [_transfer(line) for line in self.recipients]},
            {"item": "periods", "periods": [{"clause": c, "days": [low, high]} for c, low, high in self.periods]},
            {"item": "rights", "rights": list(self.rights)},
            {
                "item": "complaint",
                "authority": self.remedies.authority.name if self.remedies.authority else None,
                "url": self.remedies.authority.url if self.remedies.authority else None,
                "court": self.remedies.court,
                "appeal_days": self.remedies.appeal_days,
            },
            {"item": "automated_decisions", "exist": False},
            {"item": "sold_or_shared", "sold": False, "shared": False},
            {"item": "held_but_not_disclosed", "classes": list(self.withheld)},
            *(
                [{"item": "california_categories", "headings": [_heading(row) for row in self.know]}]
                if self.know
                else []
            ),
        )


def answer(found: Collected, rules: Rules) -> Answer:
    """Return the answer for one person."""
    lines = tuple(_line(key, rules) for key in rules.categories)
    if found.kind is Kind.PORTABILITY:
        lines = tuple(
            line for line in lines if "portability" in line.rights and line.group in {"provided", "automatic"}
        )
    titles = {line.key: line.title for line in lines}
    recipients = (
        entry for entry in rules.recipients.values() if entry.personal_data and titles.keys() & {*entry.categories}
    )
    return Answer(
        counts=summary(found),
        categories=lines,
        recipients=tuple(
            RecipientLine(
                r.name, r.role, r.country, r.safeguard, tuple((c, titles[c]) for c in r.categories if c in titles)
            )
            for r in recipients
        ),
        rights=RIGHTS.get(found.law, DEFAULT_RIGHTS),
        remedies=remedies(rules, found.law, country=found.person.country, state=found.person.state),
        know=know_report(rules) if found.law in KNOW_LAWS else (),
        withheld=tuple(sorted({m.label for m in found.masks if m.reason in {"secret", "law"}})),
        periods=tuple((clause_id, *each.days) for clause_id, each in sorted(rules.clauses.items()) if each.days),
    )


def _line(key: str, rules: Rules) -> CategoryLine:
    category = rules.categories[key]
    outside = [(name, rules.systems[name]) for name in category.systems if not rules.systems[name].automated]
    return CategoryLine(
        key=key,
        title=category.title,
        group=str(category.group),
        purposes=tuple(map(str, category.purposes)),
        bases=tuple(map(str, category.bases)),
        rights=tuple(sorted(map(str, rights_of(category)))),
        here=any(name == "desk" for name in category.systems) and not category.never_disclosed,
        owners=tuple((name, system.title, system.owner) for name, system in outside),
        never_disclosed=category.never_disclosed,
    )


def _category(line: CategoryLine) -> Mapping[str, Any]:
    return {
        "category": line.key,
        "title": line.title,
        "source": line.group,
        "purposes": list(line.purposes),
        "bases": list(line.bases),
        "in_this_package": line.here,
        "held_elsewhere": [{"system": system, "owner": owner} for _, system, owner in line.owners],
        "never_disclosed": line.never_disclosed,
    }


def _recipient(line: RecipientLine) -> Mapping[str, Any]:
    return {
        "name": line.name,
        "role": line.role,
        "country": line.country,
        "safeguard": line.safeguard,
        "categories": [key for key, _ in line.categories],
    }


def _transfer(line: RecipientLine) -> Mapping[str, Any]:
    return {"recipient": line.name, "country": line.country, "safeguard": line.safeguard}


def _heading(row: KnowRow) -> Mapping[str, Any]:
    return {
        "heading": str(row.heading),
        "sources": [str(each) for each in row.sources],
        "purposes": [str(each) for each in row.purposes],
        "disclosed_to": list(row.recipients),
        "sold_or_shared": False,
    }
