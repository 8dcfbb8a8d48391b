"""The whole suite inside a function: built on first use, kept while the process lives, built anew for new secrets.

Settings come from the function's environment and the installation's secret, whose members win; a portal of
`PRIVACY_PORTALS` takes its credentials from there (`ZOHO_PRIVACY_PORTAL_<ORG>_...`). Every five minutes the secret is
looked at again, so that a rotation reaches warm functions; whoever works at that moment finishes with the old suite.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from zoho_privacy import bootstrap, config
from zoho_privacy.adapters import aws, aws_secrets
from zoho_privacy.adapters.clock import SystemClock
from zoho_privacy.domain.errors import StoreUnavailable
from zoho_privacy.hosting import stage
from zoho_privacy.workflows.context import App

log = logging.getLogger(__name__)

LOOK_AGAIN: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Built:
    """A suite, the version of the secret it was built with, and when that was last looked at."""

    app: App
    version: str
    looked: datetime


_lock: Final = Lock()
_clock: Final = SystemClock()
_held: dict[str, _Built] = {}


def current() -> App:
    """Return this process's suite.

    Raises:
        StoreUnavailable: The secret cannot be read just now and there is no suite yet.
        NeedsHuman: The environment, the secret or a permission is not as the template makes it.
        BadInput: The settings are wrong; the text lists every mistake.
    """
    name = stage.need(stage.SECRET)
    with _lock:
        held, now = _held.get(name), _clock.now()
        if held and now - held.looked < LOOK_AGAIN:
            return held.app
        try:
            secrets = aws_secrets.fetch(aws.secrets(), name)
        except StoreUnavailable:
            if held is None:
                raise
            return held.app
        if held is None or held.version != secrets.version:
            log.info("suite built", extra={"secret_version": secrets.version[:8]})
            held = _Built(_build(secrets.values), secrets.version, now)
        _held[name] = _Built(held.app, held.version, now)
        return held.app


def forget() -> None:
    """Let the next call build anew."""
    with _lock:
        _held.clear()


def _build(secrets: Mapping[str, str]) -> App:
    stage.with_secrets(secrets)
    return bootstrap.build(config.load(), bootstrap.on_stage(_clock))
