"""The further calls of one portal, sent: reads as Desk's own records, writes with what Desk says of each row.

Makes every write it is told to, as `client.py` does, and is held by nobody who has not passed a gate of their own: the
suite's own flows go through `workflows/writes.py` and never here. Sources: Zoho Desk OpenAPI files.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from zoho_privacy.adapters.desk import further_calls as calls
from zoho_privacy.adapters.desk import replies
from zoho_privacy.adapters.desk.protocol import Call, created, mass_result, record, rows
from zoho_privacy.adapters.desk.transport import Transport
from zoho_privacy.domain import records as r
from zoho_privacy.domain.errors import NotFound

PAGE: Final = 50


class Further:
    """What DeskClient does not offer, of the same portal over the same transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def rows(self, call: Call) -> Sequence[r.Raw]:
        """Return a list that comes whole."""
        return rows(self._transport.send(call))

    def pages(self, call: Call, limit: int = PAGE) -> Iterator[r.Raw]:
        """Yield a list page by page; a short page is the last."""
        start = 0
        while True:
            page = rows(self._transport.send(call.page(start, limit)))
            yield from page
            if len(page) < limit:
                return
            start += limit

    def optional(self, call: Call) -> r.Raw | None:
        """Return one record, None where there is none."""
        try:
            answer = self._transport.send(call)
        except NotFound:
            return None
        return None if answer.status == 204 or not answer.body.strip() else record(answer)

    def contact_part(self, contact_id: str, part: calls.ContactPart) -> Sequence[r.Raw]:
        """Return what hangs on a person's record: products, profiles, followers or time entries."""
        call = calls.contact_part(contact_id, part)
        return list(self.pages(call)) if part in calls.PAGED else self.rows(call)

    def contacts(self, ids: Sequence[str]) -> Mapping[str, r.Contact]:
        """Return contacts by id, 20 a call; one that Desk does not return is absent."""
        found = (replies.contact(raw) for call in calls.contacts_by_ids(ids) for raw in self.rows(call))
        return {contact.id: contact for contact in found}

    def create(self, call: Call) -> str:
        """Make something and return its id; raises Ambiguous where its landing is unknown."""
        return created(call, self._transport.send(call))

    def write(self, several: Sequence[Call]) -> None:
        """Send absolute writes whose answer is empty."""
        for call in several:
            self._transport.send(call)

    def remove(self, call: Call) -> None:
        """Send a delete; what is gone counts as deleted."""
        try:
            self._transport.send(call)
        except NotFound:
            return

    def mass(self, several: Sequence[Call]) -> Mapping[str, bool]:
        """Send mass calls and return per id whether Desk says so; an id without a row of its own is False."""
        done: dict[str, bool] = {}
        for call in several:
            body = call.json or {}
            ids = next(value for name, value in body.items() if name in {"ids", "ticketIds", "contactIds"})
            done |= mass_result(self._transport.send(call), ids)
        return done
