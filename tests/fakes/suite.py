"""The whole suite in memory around one fake desk, with the shipped rules, letters and words."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from tests.builders import NOW, ORG
from tests.fakes.desk import FakeDesk, FakeWriter
from zoho_privacy.adapters.anchor import MemoryAnchor
from zoho_privacy.adapters.blobs import MemoryBlobs
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.adapters.delivery.letters import JinjaLetters
from zoho_privacy.adapters.rulesets import lexicon
from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.adapters.sealer import AesSealer
from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.domain.errors import BadSignature
from zoho_privacy.domain.keyed import Keyring
from zoho_privacy.ports import Source, Spending, Store
from zoho_privacy.workflows.context import App, Desk, Policy, PortalSettings
from zoho_privacy.workflows.writes import Writes

SECRET = bytes(range(32))


class NoGuard:
    """Accepts no delivery at all."""

    def check(self, token: str, **_: Any) -> str:
        raise BadSignature(f"a token of {len(token)} characters is not accepted here")


class NoMeter:
    """Knows of no credits, only of the flows it was told about."""

    def __init__(self) -> None:
        self.flows: list[str] = []

    def flow(self, label: str) -> AbstractContextManager[None]:
        self.flows.append(label)
        return nullcontext()

    def run(self) -> AbstractContextManager[Spending]:
        return nullcontext(Spending())

    def reserve(self, floor: float) -> AbstractContextManager[None]:
        assert floor >= 0
        return nullcontext()

    def by_flow(self) -> Mapping[str, float]:
        return dict.fromkeys(self.flows, 0.0)

    def save(self, store: Store, org: str, now: datetime) -> Mapping[str, float]:
        assert now.tzinfo is not None
        assert store.get(org, "credits", "nothing is kept") is None
        return self.by_flow()

    def remaining(self) -> int | None:
        return None

    def spent(self) -> float:
        return 0.0


def a_suite(desk: FakeDesk | None = None, **members: Any) -> App:
    """Return the suite; `members` replace ports or settings of the App, `sources` are systems beside the desk."""
    desk = desk or FakeDesk(ORG)
    sources: tuple[Source, ...] = members.pop("sources", ())
    store = members.pop("store", None) or MemoryStore()
    keyring = Keyring(SECRET)
    writes = Writes(
        desk.org, desk, FakeWriter(desk), store, keyring, sources={each.describe().name: each for each in sources}
    )
    settings = PortalSettings(desk.org, from_address=desk.from_list[0].address)
    parts: dict[str, Any] = {
        "store": store,
        "blobs": MemoryBlobs(),
        "sealer": AesSealer(SECRET),
        "anchor": MemoryAnchor(),
        "clock": FixedClock(NOW),
        "keyring": keyring,
        "letters": JinjaLetters(controller="OpenTech Support", privacy_contact="privacy@example.com"),
        "lexicon": lexicon(),
        "rules": load_rules(),
        "guard": NoGuard(),
        "desks": {desk.org: Desk(desk, writes, settings, NoMeter(), sources)},
        "policy": Policy(),
        "public_url": "https://privacy.example.com",
        "hook_secret": "a-hook-secret",
    }
    return App(**{**parts, **members})
