"""A suite for one or several portals that receives webhooks: tokens are accepted by a list instead of a signature."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tests.builders import NOW
from tests.fakes.desk import FakeDesk, FakeWriter
from tests.fakes.suite import SECRET, NoMeter, a_suite
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.domain.errors import BadSignature
from zoho_privacy.domain.keyed import Keyring
from zoho_privacy.ports import Clock, Store
from zoho_privacy.workflows.context import App, Desk, PortalSettings
from zoho_privacy.workflows.writes import Writes

HOOK_SECRET = "hook-secret-of-the-tests-1"


@dataclass
class FakeGuard:
    """Accepts the tokens it knows: token -> (organisation, webhook). Remembers the bodies it let through."""

    known: dict[str, tuple[str, str]] = field(default_factory=dict)
    passed: list[bytes] = field(default_factory=list)

    def check(self, token: str, *, org: str, webhook_ids: frozenset[str], body: bytes, now: datetime) -> str:
        """See the port."""
        assert now.tzinfo is not None
        signer, webhook = self.known.get(token, ("", ""))
        if signer != org:
            raise BadSignature("issuer")
        if webhook_ids and webhook not in webhook_ids:
            raise BadSignature("audience")
        self.passed.append(body)
        return webhook


@dataclass
class Suite:
    """An app and the fakes inside it."""

    app: App
    guard: FakeGuard
    desks: Mapping[str, FakeDesk]


def make(
    *orgs: str, store: Store | None = None, webhook_ids: frozenset[str] = frozenset(), clock: Clock | None = None
) -> Suite:
    """Return a suite for these portals, 60001 where none is named; token `jwt-<org>` signs for a portal."""
    desks = {org: FakeDesk(org) for org in orgs or ("60001",)}
    kept, keyring = store or MemoryStore(), Keyring(SECRET)
    guard = FakeGuard({f"jwt-{org}": (org, "800") for org in desks})
    app = a_suite(
        next(iter(desks.values())),
        store=kept,
        clock=clock or FixedClock(NOW),
        keyring=keyring,
        guard=guard,
        desks={
            org: Desk(
                read=desk,
                write=Writes(org, desk, FakeWriter(desk), kept, keyring),
                settings=PortalSettings(
                    org=org, webhook_ids=webhook_ids, from_address=next(iter(desk.from_list)).address
                ),
                credits=NoMeter(),
            )
            for org, desk in desks.items()
        },
        public_url="http://127.0.0.1:8020",
        hook_secret=HOOK_SECRET,
    )
    return Suite(app, guard, desks)
