"""Sets up a portal's event subscription, and reads whether it still works. Used by set-up and health checks only.

Decides which events we ask for: without previous states (they would carry personal data we never read), without a
filter on fields (whether Desk takes custom ones there is not documented), messages of customers only. It writes
nothing else to the portal. Source: Zoho Desk webhook guide and OpenAPI file (Webhook).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from zoho_privacy.adapters.desk import calls, replies
from zoho_privacy.adapters.desk.protocol import record, rows
from zoho_privacy.adapters.desk.transport import Transport
from zoho_privacy.domain import records as r
from zoho_privacy.domain.errors import Ambiguous, DeskForbidden, NotFound

NAME: Final = "zoho-privacy"
SUBSCRIPTIONS: Final[Mapping[str, Mapping[str, Any] | None]] = {
    "Ticket_Add": None,
    "Ticket_Update": {"includePrevState": False},
    "Ticket_Thread_Add": {"direction": "in"},
    "Ticket_Comment_Add": None,
    "Ticket_Delete": None,
    "Contact_Update": {"includePrevState": False},
    "Contact_Delete": None,
}


@dataclass(frozen=True, slots=True)
class Webhook:
    """An event subscription as Desk has it."""

    id: str
    url: str
    enabled: bool
    subscriptions: Mapping[str, Any]


class DeskAdmin:
    """Manages the event subscriptions of one portal. The agent's profile needs the Webhook permission."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def webhooks(self) -> Sequence[Webhook]:
        """Return all subscriptions of the portal, other systems' included."""
        return [_webhook(raw) for raw in rows(self._transport.send(calls.webhooks()))]

    def webhook(self, webhook_id: str) -> Webhook | None:
        """Return a subscription, None where it is gone."""
        try:
            return _webhook(record(self._transport.send(calls.webhook(webhook_id))))
        except NotFound:
            return None

    def time(self) -> datetime | None:
        """Return Desk's time by the Date header of a small answer, None where there is no readable one."""
        try:
            at = parsedate_to_datetime(self._transport.send(calls.my_info()).headers.get("date", ""))
        except ValueError:
            return None
        return at.astimezone(UTC)

    def home(self, org: str) -> str:
        """Return a portal's own address, "" where Desk does not tell it."""
        for raw in rows(self._transport.send(calls.organizations())):
            if str(raw.get("id")) == org:
                return replies.text(raw.get("portalURL")) or ""
        return ""

    def my_departments(self) -> frozenset[str] | None:
        """Return the ids of the departments our agent belongs to, None where Desk does not tell."""
        found = record(self._transport.send(calls.my_info())).get("associatedDepartmentIds")
        return frozenset(str(each) for each in found) if isinstance(found, list) else None

    def create_webhook(self, url: str) -> str:
        """Subscribe `url` (at most 100 characters) to what we need and return the id; Desk calls it at once.

        Raises:
            DeskRejected: The URL did not answer 200, or the portal has all the subscriptions it may have.
            DeskForbidden: The edition has no webhooks, or the profile lacks the permission.
            Ambiguous: It may exist or not; `ensure_webhook` finds out.
        """
        made = record(self._transport.send(calls.create_webhook(NAME, url, SUBSCRIPTIONS)))
        return _webhook(made).id

    def update_webhook(self, webhook_id: str) -> None:
        """Give a subscription the events we need and switch it on; raises NotFound."""
        self._transport.send(calls.update_webhook(webhook_id, SUBSCRIPTIONS))

    def delete_webhook(self, webhook_id: str) -> None:
        """End a subscription; one that is gone counts as ended."""
        try:
            self._transport.send(calls.delete_webhook(webhook_id))
        except NotFound:
            return

    def ensure_webhook(self, url: str) -> str:
        """Return the id of a working subscription of `url` to what we need; make or mend it. Safe to repeat."""
        found = self._with(url)
        if found is None:
            try:
                return self.create_webhook(url)
            except Ambiguous:
                found = self._with(url)
                if found is None:
                    raise
        if not (found.enabled and _covers(found.subscriptions)):
            self.update_webhook(found.id)
        return found.id

    def state(self, url: str) -> str:
        """Return how the subscription of a URL stands: `absent`, `off`, `other` (other events than ours) or `fine`."""
        found = self._with(url)
        if found is None:
            return "absent"
        if not found.enabled:
            return "off"
        return "fine" if _covers(found.subscriptions) else "other"

    def _with(self, url: str) -> Webhook | None:
        """Return the oldest subscription of exactly this URL, one that is switched on first."""
        same = [webhook for webhook in self.webhooks() if webhook.url == url]
        return min(same, key=lambda webhook: (not webhook.enabled, len(webhook.id), webhook.id), default=None)


def _webhook(raw: r.Raw) -> Webhook:
    found = replies.known(raw.get("id"))
    if found is None:
        raise DeskForbidden("a webhook came without its id")
    events = raw.get("subscriptions")
    return Webhook(
        id=found,
        url=replies.text(raw.get("url")) or "",
        enabled=replies.flag(raw.get("isEnabled")),
        subscriptions=events if isinstance(events, Mapping) else {},
    )


def _covers(events: Mapping[str, Any]) -> bool:
    """Return whether a subscription has exactly our events with our filters; empty filters are the same as none."""
    return {name: _filters(value) for name, value in events.items()} == {
        name: _filters(value) for name, value in SUBSCRIPTIONS.items()
    }


def _filters(value: Any) -> Mapping[str, Any]:
    return {name: member for name, member in value.items() if member} if isinstance(value, Mapping) else {}
