"""Why a case is what it is and what comes next, from the case, the rule tables and the ledger; no personal data."""

import re
from collections.abc import Iterable
from typing import Any, Final

from zoho_privacy.domain import deadline
from zoho_privacy.domain.model import Case, Law, LedgerEntry
from zoho_privacy.domain.rules import Rules
from zoho_privacy.local.fate import cited
from zoho_privacy.local.overview import every_case, next_step
from zoho_privacy.workflows import ledger
from zoho_privacy.workflows.context import App

CALIFORNIA: Final = "P14-rights"
TIME: Final = "P13-thirty-days"
REQUIREMENT: Final = re.compile(r"R-[A-Z]+-\d+")


def cases_of(app: App, name: str) -> list[Case]:
    """Return the cases of a ticket by its number or id, or the one case of this id; there may be none."""
    number = name.removeprefix("#")
    found = [case for case in every_case(app) if name == case.id or number in {case.ticket_number, case.ticket_id}]
    return sorted(found, key=lambda case: (case.org, case.id))


def clauses(rules: Rules, why: str) -> tuple[str, ...]:
    """Return the clauses of the policy behind a ledger entry's reason: named there, or kept by its requirement."""
    words = why.split()
    named = [word for word in words if word in rules.clauses]
    named += [key for word in words if word.startswith("13.") for key in rests_on(rules, word.removeprefix("13."))]
    wanted = set(REQUIREMENT.findall(why))
    kept = [key for key, clause in rules.clauses.items() if wanted & set(clause.requirements)]
    return tuple(dict.fromkeys([*named, *kept]))


def rests_on(rules: Rules, kind: str) -> tuple[str, ...]:
    """Return the clauses that give the right to a request of this kind."""
    return tuple(key for key, clause in rules.clauses.items() if kind in clause.kinds)


def explain(app: App, case: Case) -> dict[str, Any]:
    """Return a case with its reasons as JSON members."""
    rows = deadline.rows_for(app.rules, case.kind, (case.law,))
    rule = app.rules.kinds[case.kind]
    behind = _behind(app.rules, case)
    return {
        "case": case.id,
        "ticket": case.ticket_number,
        "kind": case.kind.value,
        "law": case.law.value,
        "clauses": behind,
        "articles": list(dict.fromkeys([*cited(app.rules, tuple(behind), case.law), *(row.article for row in rows)])),
        "rule": f"kind {case.kind.value}: clock {rule.clock.value}, proof {case.level.name}",
        "confidence": case.confidence,
        "policy_version": case.policy_version,
        "due": case.due.due.isoformat(),
        "due_why": list(case.due.why),
        "state": case.state.value,
        "reason": case.reason,
        "steps": list(_steps(app.rules, ledger.entries(app.store, case.org, case_id=case.id), case.law)),
        "next": next_step(app, case),
    }


def _behind(rules: Rules, case: Case) -> list[str]:
    california = [CALIFORNIA] if case.law is Law.CCPA else []
    return list(dict.fromkeys([*rests_on(rules, case.kind), *california, TIME]))


def _steps(rules: Rules, entries: Iterable[LedgerEntry], law: Law) -> Iterable[dict[str, Any]]:
    for entry in entries:
        keys = clauses(rules, entry.why)
        yield {
            "at": f"{entry.at:%Y-%m-%d %H:%M}",
            "who": entry.who,
            "what": entry.what,
            "result": entry.result,
            "why": entry.why,
            "clauses": list(keys),
            "articles": cited(rules, keys, law),
        }
