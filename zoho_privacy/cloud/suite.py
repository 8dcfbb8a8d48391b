"""The whole suite inside a function: built on first use, kept while the process lives, built anew for new secrets.

Settings come from the function's environment and the installation's secret, whose members win; a portal of
`PRIVACY_PORTALS` takes its credentials from there (`ZOHO_PRIVACY_PORTAL_<ORG>_...`). Every five minutes the secret is
looked at again, so that a rotation reaches warm functions; whoever works at that moment finishes with the old suite.
Keeping what arrives needs little of it (`kept`): the rest is loaded when there is work, half a second later.
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from zoho_privacy.adapters import aws, aws_secrets
from zoho_privacy.adapters.clock import HttpClock, SystemClock
from zoho_privacy.adapters.stores.dynamodb import DynamoStore
from zoho_privacy.domain.errors import NeedsHuman, StoreUnavailable
from zoho_privacy.hosting import stage
from zoho_privacy.ports import Clock, Store

if TYPE_CHECKING:
    from zoho_privacy.workflows.context import App

log = logging.getLogger(__name__)

LOOK_AGAIN: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Kept:
    """What keeping a message needs: the table, the time and which portals are this installation's."""

    store: Store
    clock: Clock
    orgs: frozenset[str]


@dataclass(slots=True)
class _Built:
    """What was built with one version of the secret, and when that was last looked at; the suite on first use."""

    kept: Kept
    version: str
    looked: datetime
    app: "App | None" = None


_lock: Final = Lock()
_clock: Final = SystemClock()
_held: dict[str, _Built] = {}


def kept() -> Kept:
    """Return what keeping a message needs.

    Raises:
        StoreUnavailable: The secret cannot be read just now and nothing is known yet.
        NeedsHuman: The environment, the secret or a permission is not as the template makes it.
    """
    with _lock:
        return _current().kept


def current() -> "App":
    """Return this process's suite.

    Raises:
        StoreUnavailable, NeedsHuman: As `kept`.
        BadInput: The settings are wrong; the text lists every mistake.
    """
    with _lock:
        held = _current()
        if held.app is None:
            held.app = _build()
        return held.app


def forget() -> None:
    """Let the next call build anew."""
    with _lock:
        _held.clear()


def _current() -> _Built:
    name = stage.need(stage.SECRET)
    held, now = _held.get(name), _clock.now()
    if held and now - held.looked < LOOK_AGAIN:
        return held
    try:
        secrets = aws_secrets.fetch(aws.secrets(), name)
    except StoreUnavailable:
        if held is None:
            raise
        return held
    if held is None or held.version != secrets.version:
        held = _Built(_keeping(secrets.values), secrets.version, now)
        log.info("suite built", extra={"secret_version": secrets.version[:8]})
    held.looked = now
    _held[name] = held
    return held


def _keeping(secrets: Mapping[str, str]) -> Kept:
    stage.with_secrets(secrets)
    try:
        orgs = frozenset(str(each["org"]) for each in json.loads(os.environ[stage.ALL_PORTALS]))
    except (ValueError, TypeError, KeyError):
        raise NeedsHuman(f"{stage.ALL_PORTALS} is not a list of portals with an org each") from None
    clock_url = os.environ.get(stage.CLOCK)
    return Kept(
        store=DynamoStore(aws.dynamodb(), stage.need(stage.TABLE), clock=_clock),
        clock=HttpClock(clock_url) if clock_url else SystemClock(),
        orgs=orgs,
    )


def _build() -> "App":
    from zoho_privacy import bootstrap, config  # noqa: PLC0415  the suite and its rules; keeping needs none of it

    return bootstrap.build(config.load(), bootstrap.on_stage(_clock))
