"""What every workflow is given: ports, rule data and settings, put together once by `bootstrap.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from zoho_privacy.domain.keyed import Keyring
from zoho_privacy.domain.lexicon import Lexicon
from zoho_privacy.domain.model import Client
from zoho_privacy.domain.plan import Ways
from zoho_privacy.domain.profile import Behaviour, Profile
from zoho_privacy.domain.retention import Schedule
from zoho_privacy.domain.rules import Rules
from zoho_privacy.ports import (
    Anchor,
    Blobs,
    Clock,
    CreditMeter,
    DeskReader,
    Letters,
    Sealer,
    SourceReader,
    Store,
    WebhookGuard,
)
from zoho_privacy.workflows import arrivals
from zoho_privacy.workflows.writes import Writes

NO_SCHEDULE: Final = Schedule(())


@dataclass(frozen=True, slots=True)
class PortalSettings:
    """What the operator chose for one portal. Addresses are the support addresses whose mail is always read."""

    org: str
    privacy_department_id: str | None = None
    from_address: str | None = None
    webhook_ids: frozenset[str] = frozenset()
    default_country: str | None = None
    erase_wait: timedelta = timedelta(0)
    processor_accounts: Mapping[str, Client] | None = None
    profile: Profile | None = None
    ways: Ways = field(default_factory=Ways)
    subject_count: bool = True

    @property
    def behaviour(self) -> Behaviour:
        """What is assumed of the portal; a profile of another organisation is not believed."""
        known = self.profile.behaviour if self.profile and self.profile.org == self.org else {}
        return Behaviour(known)


@dataclass(frozen=True, slots=True)
class Policy:
    """Numbers the operator may change; the defaults are those of the requirements."""

    controller: str = "OpenTech Support"
    privacy_contact: str = "privacy@example.com"
    policy_version: str = "1"
    code_life: timedelta = timedelta(hours=72)
    code_attempts: int = 5
    code_issues_per_day: int = 3
    replies_per_day: int = 3
    export_life: timedelta = timedelta(days=7)
    export_review: bool = True
    export_part_mb: int = 250
    request_days: int = 30
    time_zone: str = "UTC"
    mail_server: str | None = None
    four_eyes: bool = True
    credit_reserve: float = 0.2
    daily_credits: int = 75000
    child_look_days: int = 1
    address_change_days: int = 30
    store_location: str = ""
    key_days: int = 365


@dataclass(frozen=True, slots=True)
class Desk:
    """One portal: the reader, the only gate to writing, its settings and its credit meter; systems beside it."""

    read: DeskReader
    write: Writes
    settings: PortalSettings
    credits: CreditMeter
    sources: tuple[SourceReader, ...] = ()


@dataclass(frozen=True, slots=True)
class App:
    """The whole suite as handlers, tasks and pages see it. `public_url` has no trailing slash."""

    store: Store
    blobs: Blobs
    sealer: Sealer
    anchor: Anchor
    clock: Clock
    keyring: Keyring
    letters: Letters
    lexicon: Lexicon
    rules: Rules
    guard: WebhookGuard
    desks: Mapping[str, Desk]
    policy: Policy
    public_url: str
    hook_secret: str
    schedule: Schedule = NO_SCHEDULE

    def receive(self, org: str, hints: Sequence[arrivals.Hint], unreadable: Sequence[arrivals.Unreadable] = ()) -> int:
        """Keep what a webhook delivery announced; return how much of it was new. Raises as `arrivals.keep`."""
        return arrivals.keep(self, org, hints, unreadable)
