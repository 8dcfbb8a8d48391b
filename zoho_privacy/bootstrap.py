"""Puts the suite together: the one place that chooses adapters. `build` runs once per process, on first use.

Below the state folder lie `state.sqlite3` (everything but files), `files/` (plans, sealed exports and deliveries) and
`anchors.jsonl` (ledger heads; better on another machine's share). Nothing is sent before the first call.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from zoho_privacy.adapters import plugins, profile_file
from zoho_privacy.adapters.anchor import FileAnchor
from zoho_privacy.adapters.blobs import FolderBlobs
from zoho_privacy.adapters.clock import HttpClock, SystemClock
from zoho_privacy.adapters.crm_source import CrmSource
from zoho_privacy.adapters.delivery.letters import JinjaLetters
from zoho_privacy.adapters.desk.client import DeskClient, connect
from zoho_privacy.adapters.desk.hosts import DeskConfig
from zoho_privacy.adapters.desk.setup import DeskAdmin
from zoho_privacy.adapters.desk.tokens import SharedTokens
from zoho_privacy.adapters.desk.transport import Wire, renewal_over
from zoho_privacy.adapters.desk.webhook_guard import JwksGuard
from zoho_privacy.adapters.retention_file import load_schedule
from zoho_privacy.adapters.rulesets import lexicon
from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.adapters.sealer import AesSealer
from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.config import PolicyConfig, PortalConfig, Settings
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.keyed import Keyring
from zoho_privacy.domain.model import Client
from zoho_privacy.domain.profile import Profile
from zoho_privacy.domain.retention import Schedule
from zoho_privacy.ports import Anchor, Blobs, Clock, Sealer, Source, Store
from zoho_privacy.workflows.context import App, Desk, Policy, PortalSettings
from zoho_privacy.workflows.writes import Writes

DATABASE: Final = "state.sqlite3"
LOCK_WAIT_S: Final = 4.0  # a webhook's sender waits five seconds for its answer
FILES: Final = "files"
ANCHORS: Final = "anchors.jsonl"


@dataclass(frozen=True, slots=True)
class Places:
    """Where an installation keeps its state, its files and its ledger heads."""

    store: Store
    blobs: Blobs
    anchor: Anchor


def on_this_machine(settings: Settings) -> Places:
    """Return the places below the state folder, which is made where missing; raises BadInput where it cannot be."""
    make_state_dir(settings)
    return Places(
        store=SqliteStore(settings.state_dir / DATABASE, timeout_s=LOCK_WAIT_S),
        blobs=FolderBlobs(settings.state_dir / FILES),
        anchor=anchor(settings),
    )


def on_stage(clock: Clock) -> Places:
    """Return the places that the stage's template made, named in this process's environment.

    Raises:
        NeedsHuman: The environment lacks a name.
    """
    from zoho_privacy.adapters import aws  # noqa: PLC0415  one machine has no such library
    from zoho_privacy.adapters.s3 import S3Anchor, S3Blobs  # noqa: PLC0415
    from zoho_privacy.adapters.stores.dynamodb import DynamoStore  # noqa: PLC0415
    from zoho_privacy.hosting import stage  # noqa: PLC0415

    return Places(
        store=DynamoStore(aws.dynamodb(), stage.need(stage.TABLE), clock=clock),
        blobs=S3Blobs(aws.s3(), stage.need(stage.FILES)),
        anchor=S3Anchor(aws.s3(), stage.need(stage.ANCHORS), clock=clock),
    )


def build(settings: Settings, places: Places | None = None) -> App:
    """Return the suite for these settings, its state in these places or else on this machine.

    Raises:
        BadInput: The state folder cannot be used, or a packaged rule or the retention schedule is wrong.
    """
    clock: Clock = HttpClock(settings.clock_url) if settings.clock_url else SystemClock()
    keyring = Keyring(settings.key())
    sealer = AesSealer(settings.key())
    places = places or on_this_machine(settings)
    store = places.store
    configs = {portal.org: desk_config(portal) for portal in settings.portals}
    schedule = load_schedule(settings.retention_file)
    profiles = portal_profiles(settings)
    chosen = {portal.org: _portal_settings(portal, schedule, profiles.get(portal.org)) for portal in settings.portals}
    clients = {
        org: connect(each, store=store, sealer=sealer, clock=clock, behaviour=chosen[org].behaviour)
        for org, each in configs.items()
    }
    beside = {
        portal.org: tuple(_sources(portal, configs[portal.org], store=store, sealer=sealer, clock=clock))
        for portal in settings.portals
    }
    return App(
        store=store,
        blobs=places.blobs,
        sealer=sealer,
        anchor=places.anchor,
        clock=clock,
        keyring=keyring,
        letters=JinjaLetters(controller=settings.policy.controller, privacy_contact=settings.policy.privacy_contact),
        lexicon=lexicon(),
        rules=load_rules(),
        guard=JwksGuard(
            {org: each.jwks_url for org, each in configs.items()},
            units={org: unit for org, each in chosen.items() if (unit := each.behaviour.jwt_unit)},
        ),
        desks={
            org: _desk(chosen[org], client, store=store, keyring=keyring, schedule=schedule, sources=beside[org])
            for org, client in clients.items()
        },
        policy=policy(settings.policy),
        public_url=settings.public_url,
        hook_secret=settings.hook_secret.get_secret_value(),
        schedule=schedule,
    )


def make_state_dir(settings: Settings) -> None:
    """Make the state folder where missing, open to its owner only.

    Raises:
        BadInput: It cannot be made.
    """
    try:
        settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as problem:
        raise BadInput(f"ZOHO_PRIVACY_STATE_DIR: the folder cannot be made: {problem.strerror}") from None


def anchor(settings: Settings) -> FileAnchor:
    """Return the place where ledger heads are left, readable for `ledger verify`."""
    return FileAnchor(settings.state_dir / ANCHORS)


def admin(app: App, org: str) -> DeskAdmin:
    """Return what set-up needs of a portal: its event subscriptions. Writes nobody's data.

    Raises:
        BadInput: The suite was not built for a real portal or the emulator.
    """
    reader = app.desks[org].read
    if not isinstance(reader, DeskClient):
        raise BadInput("this desk has no event subscriptions")
    return DeskAdmin(reader.transport)


def desk_config(portal: PortalConfig) -> DeskConfig:
    """Return how to reach a portal."""
    return DeskConfig(
        org=portal.org,
        client_id=portal.client_id,
        client_secret=portal.client_secret.get_secret_value(),
        refresh_token=portal.refresh_token.get_secret_value(),
        data_centre=portal.data_centre,
        desk_url=portal.desk_url,
        accounts_url=portal.accounts_url,
    )


def policy(chosen: PolicyConfig) -> Policy:
    """Return the operator's numbers as workflows know them: hours and days become durations."""
    values: dict[str, Any] = chosen.model_dump()
    values["code_life"] = timedelta(hours=values.pop("code_life_hours"))
    values["export_life"] = timedelta(days=values.pop("export_life_days"))
    return Policy(**values)


def portal_profiles(settings: Settings) -> dict[str, Profile]:
    """Return what is known of each portal that has a profile.

    Raises:
        BadInput: A profile is wrong; every mistake of every profile is told at once.
    """
    found, mistakes = {}, []
    for portal in settings.portals:
        if portal.profile_file is not None:
            try:
                found[portal.org] = profile_file.load(portal.profile_file)
            except BadInput as problem:
                mistakes.append(f"portal {portal.org}, profile_file: {problem}")
    if mistakes:
        raise BadInput("\n".join(mistakes))
    return found


def _portal_settings(portal: PortalConfig, schedule: Schedule, known: Profile | None) -> PortalSettings:
    return PortalSettings(
        org=portal.org,
        privacy_department_id=portal.privacy_department_id,
        from_address=portal.from_address,
        webhook_ids=portal.webhook_ids,
        default_country=portal.default_country,
        erase_wait=timedelta(hours=portal.erase_wait_hours),
        processor_accounts={key: Client(**each.model_dump()) for key, each in portal.processor_accounts.items()},
        ways=schedule.ways,
        subject_count=portal.subject_count,
        profile=known,
    )


def _desk(
    settings: PortalSettings,
    client: DeskClient,
    *,
    store: Store,
    keyring: Keyring,
    schedule: Schedule,
    sources: tuple[Source, ...],
) -> Desk:
    gate = Writes(
        org=settings.org,
        reader=client,
        writer=client,
        store=store,
        keyring=keyring,
        carried=schedule.carried,
        carries_files=schedule.carries_files,
        archived_refuses=settings.behaviour.archived_refuses,
        sources={each.describe().name: each for each in sources},
    )
    return Desk(read=client, write=gate, settings=settings, credits=client.credits, sources=sources)


def _sources(
    portal: PortalConfig, config: DeskConfig, *, store: Store, sealer: Sealer, clock: Clock
) -> Sequence[Source]:
    """Return the systems beside a portal's desk that its settings name.

    Raises:
        BadInput: One is not installed or cannot be loaded.
    """
    named = plugins.load(portal.org, portal.sources)
    if portal.crm_url is None:
        return named
    from zoho_privacy.adapters.zoho_crm import ZohoCrm  # noqa: PLC0415  an extra that most do without

    renewal = renewal_over(Wire(config), config)
    tokens = SharedTokens(config.org, store=store, sealer=sealer, clock=clock, renewal=renewal, sleep=time.sleep)
    return (CrmSource(ZohoCrm(portal.org, url=portal.crm_url, tokens=tokens)), *named)
