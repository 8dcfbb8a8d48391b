"""A breach as far as a desk can help: an alert with the moment of awareness, what runs since, and its end (R-BREACH-2).

Whom to tell, and whether, is a person's decision (R-BREACH-3, R-OUT-3): nothing here writes to anybody outside.
Where the breach is a mis-sent export, its link ends at once, and whom it concerned is told by the ledger (R-BREACH-1).

Table breach (id: keyed name of what happened). Ids, roles and times; reasons as typed, which must name nobody.
"""

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from zoho_privacy.domain.errors import BadInput, NotFound
from zoho_privacy.domain.rules import Rules
from zoho_privacy.ports import Item
from zoho_privacy.workflows import casebook, exports
from zoho_privacy.workflows.casebook import Change, from_body, to_body, transact
from zoho_privacy.workflows.context import App

TABLE: Final = "breach"
HOUR: Final = timedelta(hours=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Breach:
    """One breach. `aware` is when somebody of the firm knew, `raised` when the suite was told."""

    org: str
    id: str
    what: str
    aware: datetime
    raised: datetime
    by: str
    reason: str
    closed: datetime | None = None


def raise_alert(app: App, org: str, what: str, *, aware: datetime, who: str, reason: str) -> Breach:
    """Raise an alert and return it; an export of this id is revoked first. The same again changes nothing.

    Raises:
        BadInput: A word is missing, or awareness lies in the future.
    """
    now = app.clock.now()
    if not (what.strip() and reason.strip()):
        raise BadInput("a breach needs what it is about and a reason, naming nobody")
    if aware > now:
        raise BadInput("nobody can be aware of a breach in the future")
    export = exports.get(app, org, what)
    if export:
        exports.revoke(app, org, export.id, who, reason)
    found = Breach(org, app.keyring.pseudonym("breach", what), what, aware.astimezone(UTC), now, who, reason)

    def make() -> Change | None:
        change = Change(app.store, org, now)
        if not change.put_once(TABLE, found.id, dict(to_body(found))):
            return None
        case = casebook.case(app.store, org, export.case_id) if export else None
        change.log(
            who,
            "breach_raised",
            why="R-BREACH-2",
            result=reason,
            case_id=case.id if case else "",
            ticket_id=case.ticket_id if case else "",
            breach=found.id,
            aware=found.aware.isoformat(),
            export=export.id if export else "",
        )
        if case:
            change.effect(f"note:breach:{found.id}", "note", case.ticket_id, text=note(app.rules, found))
        return change

    if transact(make):
        log.error("alarm: portal %s: breach %s is open", org, found.id)
    return get(app, org, found.id)


def close(app: App, org: str, breach_id: str, *, who: str, reason: str) -> Breach:
    """Note that people have decided and done what was to be done.

    Raises:
        NotFound: There is no such breach.
        BadInput: The reason is missing.
    """
    if not reason.strip():
        raise BadInput("say what was decided, naming nobody")

    def make() -> Change | None:
        item = _item(app, org, breach_id)
        breach = from_body(Breach, item.body)
        if breach.closed:
            return None
        change = Change(app.store, org, app.clock.now())
        change.put(TABLE, breach_id, dict(to_body(replace(breach, closed=change.now))), was=item)
        change.log(who, "breach_closed", why="R-BREACH-3", result=reason, breach=breach_id)
        return change

    transact(make)
    return get(app, org, breach_id)


def get(app: App, org: str, breach_id: str) -> Breach:
    """Return a breach.

    Raises:
        NotFound: There is none of this id.
    """
    return from_body(Breach, _item(app, org, breach_id).body)


def every(app: App, org: str) -> list[Breach]:
    """Return the breaches of a portal, the oldest awareness first."""
    found = (from_body(Breach, item.body) for item in casebook.every(app.store, org, TABLE))
    return sorted(found, key=lambda breach: (breach.aware, breach.id))


def told(rules: Rules, breach: Breach, now: datetime) -> str:
    """Return since when a breach is known and what runs since, for information."""
    gone = (breach.closed or now) - breach.aware
    timers = {f"{timer.article}: {_left(breach, timer.hours, now)}" for timer in rules.breach_timers.values()}
    state = f"closed after {gone // HOUR} h" if breach.closed else f"known for {gone // HOUR} h"
    return "; ".join([state, *([] if breach.closed else sorted(timers))])


def note(rules: Rules, breach: Breach) -> str:
    """Return what agents read on the ticket of a mis-sent export."""
    articles = ", ".join(f"{timer.hours} h by {timer.article}" for timer in rules.breach_timers.values())
    return "\n".join(
        [
            f"A breach was reported: {breach.id}, known since {breach.aware:%Y-%m-%d %H:%M} UTC. The link has ended.",
            f"Whom it concerns: zoho-privacy export concerned {breach.what}",
            f"For information: {articles}. Whom to tell, and whether, a person decides; nothing is sent by itself.",
        ]
    )


def _left(breach: Breach, hours: int, now: datetime) -> str:
    left = breach.aware + hours * HOUR - now
    return f"{left // HOUR} of {hours} h left" if left >= timedelta(0) else f"{hours} h are over"


def _item(app: App, org: str, breach_id: str) -> Item:
    item = app.store.get(org, TABLE, breach_id)
    if item is None:
        raise NotFound(f"there is no breach {breach_id}")
    return item
