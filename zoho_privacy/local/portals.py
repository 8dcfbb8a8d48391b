"""Looks whether a portal is fit for the suite, and subscribes to its events. Used by `zoho-privacy setup` and `doctor`.

Each finding says what to do about it. Nothing but the event subscription is changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from zoho_privacy import bootstrap
from zoho_privacy.domain import health
from zoho_privacy.domain.errors import DeskForbidden, DeskRejected
from zoho_privacy.domain.tags import ACTION_FIELD, FLAGS_FIELD, STATE_FIELD, Command
from zoho_privacy.workflows.context import App, Desk


@dataclass(frozen=True, slots=True)
class Finding:
    """How one portal stands. `missing` is what somebody must still do."""

    org: str
    webhook_id: str
    missing: tuple[str, ...]
    webhook: str = ""
    by_hand: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Tell whether nothing is missing."""
        return not self.missing

    def as_dict(self) -> dict[str, Any]:
        """Return the finding for machines."""
        return {
            "org": self.org,
            "webhook": self.webhook_id,
            "webhook_state": self.webhook,
            "missing": list(self.missing),
            "by_hand": list(self.by_hand),
            "ready": self.ready,
        }

    def lines(self) -> list[str]:
        """Return the finding for people."""
        head = f"Portal {self.org}: {'ready' if self.ready else 'something is missing'}"
        return [
            head,
            f"  webhook: {self.webhook_id or 'none'}, {self.webhook}",
            "  tags: each is made by Desk when the suite first sets it; nothing to do",
            *(f"  - {line}" for line in self.missing),
            "  What only a person can do, in Zoho Desk:",
            *(f"    {number}. {line}" for number, line in enumerate(self.by_hand, 1)),
        ]


def hook_url(app: App, org: str) -> str:
    """Return the address that Desk sends a portal's events to; it holds the secret and is not for logs."""
    return f"{app.public_url}/hooks/{app.hook_secret}/desk/{org}"


def set_up(app: App, org: str, *, change: bool) -> Finding:
    """Look at a portal and, with `change`, make sure that its events reach us.

    Raises:
        Retryable, NeedsHuman: The portal cannot be reached, or does not let us in.
    """
    desk = app.desks[org]
    desk.read.portal()
    missing = [*missing_fields(desk), *missing_addresses(desk), *missing_department(desk)]
    webhook_id, state = "", ""
    try:
        before = bootstrap.admin(app, org).state(hook_url(app, org))
        state = WEBHOOK_STATES[before, change]
        webhook_id = _subscribe(app, org) if change else _subscribed(app, org)
    except (DeskRejected, DeskForbidden) as problem:
        missing.append(
            f"Desk did not accept the webhook ({problem.code}): is the service running and reachable at its public "
            "address, and does the edition have webhooks to spare?"
        )
        state = f"not accepted: {problem.code}"
    if not webhook_id and change is False:
        missing.append("no webhook sends this portal's events here: run `zoho-privacy setup`")
    known = desk.settings.webhook_ids
    if webhook_id and known and webhook_id not in known:
        missing.append(f"add {webhook_id} to the portal's webhook_ids, or its deliveries are refused")
    return Finding(org, webhook_id, tuple(missing), state, tuple(by_hand(desk)))


WEBHOOK_STATES: Final[Mapping[tuple[str, bool], str]] = {
    ("absent", True): "made",
    ("absent", False): "would be made",
    ("off", True): "switched on again",
    ("off", False): "would be switched on",
    ("other", True): "given our events",
    ("other", False): "would be given our events",
    ("fine", True): "was there already",
    ("fine", False): "is there",
}


def by_hand(desk: Desk) -> Iterator[str]:
    """Yield what no call can do, with the clicks and values; what is there already is left out where Desk shows it."""
    there = {field.api_name: field for field in desk.read.fields("tickets")}
    place = "Setup > Customization > Layouts and Fields > Tickets"
    if ACTION_FIELD not in there:
        values = ", ".join(command.value for command in Command)
        yield (
            f"{place} > the layout of each department > drag in a Pick List, label Privacy Action (API name "
            f"{ACTION_FIELD}), values: {values}; no default value; Save"
        )
    elif lacks := sorted({command.value for command in Command} - {name for name, _ in there[ACTION_FIELD].values}):
        yield f"{place} > Privacy Action > add the values: {', '.join(lacks)}; Save"
    if STATE_FIELD not in there:
        yield (
            f"{place} > the layout of each department > drag in a Single Line, label Privacy State (API name "
            f"{STATE_FIELD}); Save"
        )
    if not any(field.api_name == FLAGS_FIELD for field in desk.read.fields("contacts")):
        yield (
            "If agents shall see on a person's record what must not be done with the data: Setup > Customization > "
            f"Layouts and Fields > Contacts > drag in a Single Line, label Privacy Flags (API name {FLAGS_FIELD}); Save"
        )
    macros = "; ".join(f'"Privacy: {command.value}" sets Privacy Action to "{command.value}"' for command in Command)
    yield (
        "Setup > Automation > Macros > New Macro, module Tickets, one per command you want agents to have, each with "
        f"one action, Update Field: {macros}"
    )
    yield (
        "Setup > Automation > Notification Rules > Contacts > switch off `Receiving a new ticket` for the privacy "
        "department, or people get two acknowledgements"
    )
    yield (
        "Setup > Automation > Notification Rules > Contacts > switch off `Ticket closed` for the privacy department "
        "if people should get the suite's letters alone"
    )


def _subscribe(app: App, org: str) -> str:
    return bootstrap.admin(app, org).ensure_webhook(hook_url(app, org))


def _subscribed(app: App, org: str) -> str:
    url = hook_url(app, org)
    return next((each.id for each in bootstrap.admin(app, org).webhooks() if each.url == url and each.enabled), "")


def missing_fields(desk: Desk) -> Iterator[str]:
    """Yield what to do so that both of our ticket fields are there, the action field with every command."""
    there = {field.api_name: field for field in desk.read.fields("tickets")}
    for name in (ACTION_FIELD, STATE_FIELD):
        if name not in there:
            yield f"create the ticket field {name} (Setup > Layouts and Fields), see docs/runbook.md"
    if ACTION_FIELD in there:
        absent = health.missing_actions(value for value, _ in there[ACTION_FIELD].values)
        if absent:
            yield health.actions_mend(absent)


def missing_addresses(desk: Desk) -> Iterator[str]:
    """Yield what to do so that letters have an address to come from; no address is told."""
    listed = [each for department in desk.read.departments() for each in desk.read.from_addresses(department.id)]
    usable = [each for each in listed if each.active and each.verified]
    chosen, home = desk.settings.from_address, desk.settings.privacy_department_id
    if not usable:
        yield "verify an address that replies may come from (Setup > Channels > Email)"
    elif chosen and chosen.casefold() not in {each.address.casefold() for each in usable}:
        yield "the portal's from_address is not one of Desk's verified addresses"
    elif home and not chosen and home not in {each.department_id for each in usable}:
        yield "verify an address of the privacy department, or set from_address"


def missing_department(desk: Desk) -> Iterator[str]:
    """Yield what to do so that the privacy department is one that exists and is enabled."""
    wanted = desk.settings.privacy_department_id
    if wanted and wanted not in {each.id for each in desk.read.departments() if each.enabled}:
        yield "the portal's privacy_department_id names no enabled department"
