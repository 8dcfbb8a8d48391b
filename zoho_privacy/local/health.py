"""Looks at everything a portal and this installation need, for `zoho-privacy doctor` and the daily health task.

Reads only, a few dozen credits a portal; of secrets it remembers when each was first seen. Decisions are
`domain/health.py`'s; what set-up looks for is asked of `portals.py`. A question that fails is a finding of its own and
keeps no other from being asked; where the portal itself cannot be entered, nothing more is asked of it.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from zoho_privacy import bootstrap
from zoho_privacy.adapters.anchor import FileAnchor
from zoho_privacy.adapters.clock import HttpClock
from zoho_privacy.adapters.desk.client import DeskClient
from zoho_privacy.adapters.desk.hosts import DATA_CENTRES, DeskConfig
from zoho_privacy.adapters.desk.setup import Webhook
from zoho_privacy.adapters.desk.tokens import scopes_of
from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.domain import health
from zoho_privacy.domain.deadline import local_day
from zoho_privacy.domain.errors import ZohoPrivacyError
from zoho_privacy.domain.health import Check, Colour, Health
from zoho_privacy.domain.model import State
from zoho_privacy.local import portals
from zoho_privacy.local.console import Exit
from zoho_privacy.ports import TicketQuery
from zoho_privacy.workflows import agenda, breaches, canary, casebook, keys, queue, receipts, schedules, widget_keys
from zoho_privacy.workflows.context import App, Desk

WHOLE_INSTALLATION: Final = ""
FLOW: Final = "health"
GLIMPSE: Final = timedelta(minutes=1)


class Admin(Protocol):
    """What is asked of a portal's set-up; `DeskAdmin` is the real one."""

    def webhooks(self) -> Sequence[Webhook]:
        """Return all subscriptions."""

    def webhook(self, webhook_id: str) -> Webhook | None:
        """Return one, None where it is gone."""

    def time(self) -> datetime | None:
        """Return Desk's time."""

    def home(self, org: str) -> str:
        """Return the portal's own address."""

    def my_departments(self) -> frozenset[str] | None:
        """Return the departments of our agent."""


def examine(app: App) -> tuple[Health, ...]:
    """Return how the installation and each portal stand."""
    found = [portal(app, org, bootstrap.admin(app, org)) for org in sorted(app.desks)]
    return (installation(app), *found)


def verdict(found: Sequence[Health]) -> Exit:
    """Return the exit status: 3 where Desk did not answer, 1 where something is red."""
    if any(each.unreachable for each in found):
        return Exit.TRY_AGAIN
    return Exit.FOUND if any(each.red for each in found) else Exit.OK


def installation(app: App) -> Health:
    """Look at this machine: folder, database, anchors, tasks."""
    return Health(WHOLE_INSTALLATION, tuple(_installation(app)))


def portal(app: App, org: str, admin: Admin) -> Health:
    """Look at one portal, and at its work in our store."""
    desk = app.desks[org]
    with desk.credits.flow(FLOW):
        entry = _tried("access", lambda: _access(desk))
        asked = tuple(_asked(app, org, desk, admin)) if entry.colour is Colour.GREEN else ()
    return Health(org, (entry, *asked, *_work(app, org)))


def _tried(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except ZohoPrivacyError as problem:
        return health.failed(name, problem)


def _access(desk: Desk) -> Check:
    desk.read.portal()
    return health.green("access", "the token opens this organisation")


def _asked(app: App, org: str, desk: Desk, admin: Admin) -> Iterator[Check]:
    questions: dict[str, Callable[[], Check]] = {
        "edition": lambda: health.edition(desk.read.portal().edition),
        "webhook": lambda: _webhook(app, org, desk, admin),
        "fields": lambda: health.missing(
            "fields", portals.missing_fields(desk), fine="both are there, with every value", code="field_missing"
        ),
        "closed statuses": lambda: health.closed_statuses(_statuses(desk)),
        "departments": lambda: _departments(desk),
        "from address": lambda: health.missing(
            "from address", portals.missing_addresses(desk), fine="verified and active", code="no_from_address"
        ),
        "data centre": lambda: _data_centre(app, org, admin),
        "scopes": lambda: health.scopes(scopes_of(app.store, org)),
        "agent": lambda: _agent(desk),
        "agent departments": lambda: health.agent_departments(
            [each.id for each in desk.read.departments() if each.enabled], admin.my_departments()
        ),
        "recycle bin": lambda: _readable("recycle bin", desk.read.bin_items()),
        "search": lambda: _readable("search", desk.read.search_tickets(_glimpse(app))),
        "clock": lambda: _clock(app, admin),
        "profile": lambda: health.portal_profile(
            desk.settings.profile, org=org, data_centre=_data_centre_of(desk), now=app.clock.now()
        ),
        "credits": lambda: health.credits_left(
            desk.credits.remaining(), reserve=app.policy.credit_reserve * app.policy.daily_credits
        ),
    }
    for name, look in questions.items():
        yield _tried(name, look)


def _webhook(app: App, org: str, desk: Desk, admin: Admin) -> Check:
    url, known = portals.hook_url(app, org), desk.settings.webhook_ids
    believed = [each for webhook_id in sorted(known) if (each := admin.webhook(webhook_id))]
    listed = {each.id: each for each in (*admin.webhooks(), *believed)}
    found = [health.Subscription(each.id, each.enabled, each.url == url) for each in listed.values()]
    return health.webhook(known, found)


def _statuses(desk: Desk) -> tuple[tuple[str, str], ...]:
    return next((field.values for field in desk.read.fields("tickets") if field.api_name == "status"), ())


def _departments(desk: Desk) -> Check:
    count = len(desk.read.departments())
    if not count:
        return health.red("departments", "none is readable", health.OTHERWISE, "no_department")
    fine = f"{count} readable"
    return health.missing("departments", portals.missing_department(desk), fine=fine, code="department_missing")


def _config(desk: Desk) -> DeskConfig | None:
    return desk.read.config if isinstance(desk.read, DeskClient) else None


def _data_centre_of(desk: Desk) -> str:
    config = _config(desk)
    return config.data_centre if config else ""


def _data_centre(app: App, org: str, admin: Admin) -> Check:
    config = _config(app.desks[org])
    if config is None or config.desk_url:
        return health.green("data centre", "another address is set, not compared")
    return health.data_centre(config.data_centre, DATA_CENTRES[config.data_centre].desk, admin.home(org))


def _agent(desk: Desk) -> Check:
    me = desk.read.me()
    if not me.active:
        return health.red("agent", f"{me.id} is not active", "activate the suite's agent in Desk", "agent_inactive")
    return health.green("agent", f"{me.id} is active")


def _readable(name: str, rows: Iterator[object]) -> Check:
    next(rows, None)
    return health.green(name, "readable")


def _glimpse(app: App) -> TicketQuery:
    now = app.clock.now()
    return TicketQuery(created=(now - GLIMPSE, now))


def _clock(app: App, admin: Admin) -> Check:
    if isinstance(app.clock, HttpClock):
        return health.green("clock", "a trial's, not compared")
    return health.skew(app.clock.now(), admin.time())


def _work(app: App, org: str) -> Iterator[Check]:
    yield _tried("dead letters", lambda: health.dead_letters(sum(1 for _ in queue.dead_letters(app.store, org))))
    yield _tried("overdue", lambda: health.overdue(_overdue(app, org)))
    yield _tried("holds", lambda: health.holds(_unreviewed(app, org)))
    yield _tried(
        "retention",
        lambda: health.retention(schedules.waits_for(app, org, app.schedule), canary.failure(app, org)),
    )
    yield _tried("receipts", lambda: health.receipts(_unconfirmed(app, org)))
    yield _tried("breaches", lambda: health.breaches(_breaches(app, org)))


def _breaches(app: App, org: str) -> dict[str, str]:
    now = app.clock.now()
    return {each.id: breaches.told(app.rules, each, now) for each in breaches.every(app, org) if each.closed is None}


def _overdue(app: App, org: str) -> Iterator[str]:
    today = local_day(app.clock.now(), app.policy.time_zone)
    for case in casebook.all_cases(app.store, org):
        if casebook.is_open(case) and case.answered is None and case.due.due < today:
            yield case.id


def _unreviewed(app: App, org: str) -> Iterator[str]:
    today = app.clock.now().date()
    for hold in casebook.holds(app.store, org):
        if hold.review <= today and hold.ends is None:
            yield hold.id


def _unconfirmed(app: App, org: str) -> Iterator[str]:
    since = app.clock.now() - timedelta(days=health.RECEIPT_DAYS)
    for case in casebook.all_cases(app.store, org):
        waits = case.state is State.FULFILLED and case.answered is not None and case.answered < since
        if waits and receipts.outstanding(app, case):
            yield case.id


def _installation(app: App) -> Iterator[Check]:
    if isinstance(app.store, SqliteStore):
        yield _writable(app.store.path.parent)
        store = app.store
        yield _tried("database", lambda: health.integrity(store.integrity()))
        if isinstance(app.anchor, FileAnchor):
            folder = app.store.path.parent.resolve()
            yield health.anchor_place(inside=app.anchor.path.resolve().is_relative_to(folder))
    yield _tried("tasks", lambda: health.late_tasks(_late(app)))
    yield _tried("keys", lambda: health.key_ages(_ages(app), app.policy.key_days))
    yield health.store_location(app.policy.store_location)


def _ages(app: App) -> dict[str, int]:
    return {**keys.ages(app, _secrets(app)), **widget_keys.ages(app)}


def _secrets(app: App) -> dict[str, str]:
    """Return the secrets in use by name, to be compared with what was seen before; they leave as keyed marks only."""
    found = {"installation_secret": "", "hook_secret": app.hook_secret}
    for org, desk in sorted(app.desks.items()):
        if config := _config(desk):
            found |= {f"client_secret of {org}": config.client_secret, f"refresh_token of {org}": config.refresh_token}
    return found


def _late(app: App) -> Iterator[str]:
    now = app.clock.now()
    for task in agenda.late(app.store, WHOLE_INSTALLATION, now):
        if not _in_hand(task, now):
            yield task.name


def _in_hand(task: agenda.Task, now: datetime) -> bool:
    return "holder" in task.item.body and task.item.due is not None and task.item.due > now


def _writable(folder: Path) -> Check:
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"0")
            probe.flush()
    except OSError as problem:
        mend = "free some space, or give the folder to the service's user"
        return health.red("state folder", f"not writable: {problem.strerror}", mend, "not_writable")
    return health.green("state folder", "writable")
