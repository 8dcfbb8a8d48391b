"""Flags the third disclosure to one person in twelve months under California's law: told, never refused (R-CCPA-3)."""

from typing import Final

from zoho_privacy.domain.model import Case, Kind, Law, State
from zoho_privacy.workflows import casebook
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App

KINDS: Final = frozenset({Kind.ACCESS, Kind.KNOW_CATEGORIES, Kind.KNOW_SPECIFIC, Kind.PORTABILITY})
FREE: Final = 2
MONTHS: Final = 12
TEXT: Final = (
    "The person was answered {count} times in the last twelve months; two are owed free of charge. This one is "
    "answered free of charge all the same: nothing is refused, and no fee is asked for."
)


def earlier(app: App, case: Case) -> int:
    """Return how many disclosures the person had in the twelve months before a case; 0 where nobody knows."""
    if case.contact_id is None or case.kind not in KINDS:
        return 0
    came = case.due.received
    since = came.replace(year=came.year - 1, day=min(came.day, 28))
    others = (
        casebook.case(app.store, case.org, item.id)
        for item in casebook.every(app.store, case.org, "person_case", parent=case.contact_id)
    )
    return sum(
        other is not None
        and other.id != case.id
        and other.kind in KINDS
        and other.state in {State.CLOSED, State.FULFILLED}
        and since <= other.due.received <= came
        for other in others
    )


def flag(app: App, case: Case) -> bool:
    """Flag a case that is the third or a later one, once; return whether this was the first time."""
    count = earlier(app, case) if case.law is Law.CCPA else 0
    if count < FREE:
        return False

    def make() -> Change | None:
        change = Change(app.store, case.org, app.clock.now())
        if not change.put_once("warning", f"{case.id}:disclosures", {"at": change.now.isoformat()}, parent=case.id):
            return None
        change.log(
            "zoho_privacy",
            "disclosures_flagged",
            why="R-CCPA-3",
            result=f"{count} in {MONTHS} months",
            case_id=case.id,
            ticket_id=case.ticket_id,
        )
        change.effect(f"note:{case.id}:disclosures", "note", case.ticket_id, text=TEXT.format(count=count))
        return change

    return transact(make)
