"""Why a case is what it is and what comes next, from the case, the rule tables and the ledger; no personal data."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from zoho_privacy.domain import deadline
from zoho_privacy.domain.model import Case, Law, LedgerEntry, State
from zoho_privacy.domain.rules import Rules
from zoho_privacy.workflows import ledger, receipts
from zoho_privacy.workflows.context import App

CALIFORNIA: Final = "P14-rights"
TIME: Final = "P13-thirty-days"
REQUIREMENT: Final = re.compile(r"R-[A-Z]+-\d+")

NEXT: Final[Mapping[State, str]] = {
    State.RECEIVED: "the suite reads the request",
    State.AWAITING_PROOF: "the person confirms the code",
    State.DORMANT: "the person writes again",
    State.WITH_PERSON: "an agent decides",
    State.VERIFIED: "the suite prepares the answer or the plan",
    State.PLANNED: "a second person approves the plan",
    State.EXECUTING: "the suite erases and reads back",
    State.FULFILLED: "the answer goes out, then the receipts of recipients come in",
    State.CLOSED: "nothing",
    State.REFUSED: "nothing",
    State.DISMISSED: "nothing",
    State.ROUTED: "the client decides",
}


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


def cited(rules: Rules, keys: tuple[str, ...], law: Law | None = None) -> list[str]:
    """Return the articles behind clauses: those of a law, or of all where the person's is not known."""
    found = [rules.clauses[key].articles for key in keys]
    return list(dict.fromkeys(text for each in found for name, text in each.items() if law in {None, name}))


def next_step(app: App, case: Case) -> str:
    """Return what a case waits for; recipients by their ids once the person is answered."""
    waits = receipts.outstanding(app, case) if case.state is State.FULFILLED and case.answered else ()
    return f"receipts of {', '.join(waits)}" if waits else NEXT[case.state]


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
