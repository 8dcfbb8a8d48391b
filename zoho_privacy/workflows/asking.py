"""Asking the person back, and what the wait does to the clock: as much as the law grants, and never more (R-CLOCK-4).

The question stands in an agent's note. Where every law of a case lets the days of a clarification not count, the wait
is remembered and ends with the next message on the ticket; elsewhere the clock runs on and a note says why.
The policy's own promise never moves. Table pause (id: case, parent: ticket).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from zoho_privacy.domain.deadline import local_day, pause
from zoho_privacy.domain.errors import NotAllowed
from zoho_privacy.domain.machine import OPEN
from zoho_privacy.domain.model import Case, Law
from zoho_privacy.domain.records import Thread
from zoho_privacy.domain.rules import Pause
from zoho_privacy.workflows import casebook, clients
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App

LETTER: Final = "question"
WHY: Final = Pause.CLARIFICATION


def ask(
    app: App,
    change: Change,
    cases: Sequence[Case],
    laws_of: Callable[[Case], tuple[Law, ...]],
    *,
    note_id: str,
    who: str,
    mark: str,
) -> None:
    """Put the question to the person into the change, and the wait that the law grants for its answer.

    Raises:
        NotAllowed: No case is open.
    """
    asked = [case for case in cases if case.state in OPEN and case.answered is None]
    if not asked:
        raise NotAllowed("the ticket has no open case")
    today = local_day(change.now, app.policy.time_zone)
    for case in asked:
        laws = laws_of(case)
        refused = _refused(app, case, laws, today)
        if not refused:
            body = {"since": today.isoformat(), "laws": list(laws)}
            change.put_once("pause", case.id, body, parent=case.ticket_id)
        change.log(
            who,
            "asked_back",
            why="R-CLOCK-4",
            result=refused or "the days until the answer do not count",
            case_id=case.id,
            ticket_id=case.ticket_id,
        )
        if refused:
            text = f"{case.kind}: the clock runs on while the person is asked: {refused}."
            change.effect(f"note:{case.id}:{mark}:clock", "note", case.ticket_id, text=text)
    first = asked[0]
    change.effect(
        f"reply:{first.ticket_id}:{mark}:{LETTER}",
        "reply",
        first.ticket_id,
        letter=LETTER,
        language=first.language,
        cases=[case.id for case in asked],
        contact_id=first.contact_id,
        note=note_id,
    )


def _refused(app: App, case: Case, laws: tuple[Law, ...], today: date) -> str:
    """Return why the law grants no wait, "" where it does."""
    try:
        pause(app.rules, case.due, kind=case.kind, laws=laws, reason=WHY, start=today, end=today)
    except NotAllowed as refusal:
        return str(refusal)
    days = clients.days_of(app.desks[case.org], case)
    return f"the client's contract gives us {days} days to assist, with no pause (R-CLOCK-11)" if days else ""


def heard(app: App, org: str, thread: Thread) -> None:
    """End the waits of a ticket with the answer that has come in, and move the legal dates by the days between."""
    end = local_day(thread.created, app.policy.time_zone)

    def make() -> Change | None:
        change = Change(app.store, org, app.clock.now())
        for item in casebook.every(app.store, org, "pause", parent=thread.ticket_id):
            change.delete(item)
            case = casebook.case(app.store, org, item.id)
            start = date.fromisoformat(item.body["since"])
            if case is None or case.state not in OPEN or end < start:
                continue
            laws = tuple(Law(law) for law in item.body["laws"])
            dates = pause(app.rules, case.due, kind=case.kind, laws=laws, reason=WHY, start=start, end=end)
            change.case(replace(case, due=dates))
            change.log(
                "requester",
                "answer_came",
                why="R-CLOCK-4",
                result=dates.legal_due.isoformat(),
                case_id=case.id,
                ticket_id=case.ticket_id,
            )
        return change

    transact(make)
