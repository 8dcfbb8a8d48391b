"""Legal holds as people place and lift them on the command line. Each leaves a ledger entry; the gate obeys them.

What a hold covers, and that it beats everything else, is decided in `domain/gate.py` (R-HOLD-3, R-HOLD-4).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from zoho_privacy.domain.errors import BadInput, NotFound
from zoho_privacy.domain.model import Hold
from zoho_privacy.workflows import casebook
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App

REVIEW_AFTER: Final = timedelta(days=180)
TABLE: Final = "hold"


@dataclass(frozen=True, slots=True)
class Order:
    """A hold to place. Matter, owner and reason name a file, a role and a ground, never a person (R-EVID-5)."""

    matter: str
    owner: str
    reason: str
    ticket_ids: frozenset[str] = frozenset()
    contact_ids: frozenset[str] = frozenset()
    tag: str | None = None
    review: date | None = None


def place(app: App, org: str, order: Order) -> Hold:
    """Place a hold from today on and return it; placing the same matter twice is refused.

    Raises:
        BadInput: It covers nothing, lacks a word, or the matter is held already.
    """
    if not (order.ticket_ids or order.contact_ids or order.tag):
        raise BadInput("a hold needs tickets, contacts or a tag to cover")
    if not (order.matter.strip() and order.owner.strip() and order.reason.strip()):
        raise BadInput("a hold needs a matter, an owner and a reason")
    today = app.clock.now().date()
    hold = Hold(
        id=app.keyring.pseudonym("hold", order.matter),
        matter=order.matter,
        owner=order.owner,
        reason=order.reason,
        start=today,
        review=order.review or today + REVIEW_AFTER,
        ticket_ids=order.ticket_ids,
        contact_ids=order.contact_ids,
        tag=order.tag,
    )

    def make() -> Change | None:
        if app.store.get(org, TABLE, hold.id):
            raise BadInput(f"this matter is held already, as {hold.id}")
        change = Change(app.store, org, app.clock.now())
        body = dict(casebook.to_body(hold))
        body |= {"ticket_ids": sorted(hold.ticket_ids), "contact_ids": sorted(hold.contact_ids)}
        change.put(TABLE, hold.id, body)
        covers = f"{len(hold.ticket_ids)} tickets, {len(hold.contact_ids)} contacts, {'a' if hold.tag else 'no'} tag"
        change.log(f"owner:{order.owner}", "hold_placed", why="R-HOLD-3", result=covers, hold=hold.id)
        return change

    transact(make)
    return hold


def lift(app: App, org: str, hold_id: str, *, who: str) -> None:
    """Lift a hold; what waited for it is planned anew, nothing is erased by lifting alone.

    Raises:
        NotFound: There is no such hold.
    """

    def make() -> Change | None:
        item = app.store.get(org, TABLE, hold_id)
        if item is None:
            raise NotFound(f"there is no hold {hold_id}")
        change = Change(app.store, org, app.clock.now())
        change.delete(item)
        change.log(f"agent:{who}", "hold_lifted", why="R-HOLD-6", hold=hold_id)
        return change

    transact(make)
