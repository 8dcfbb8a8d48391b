"""How a probe reaches the portal: the usual transport, tokens of another agent, the accounts server, the key set."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from zoho_privacy.adapters.desk import calls
from zoho_privacy.adapters.desk.credits import Credits
from zoho_privacy.adapters.desk.hosts import DeskConfig
from zoho_privacy.adapters.desk.protocol import Answer, Call
from zoho_privacy.adapters.desk.tokens import Tokens, read_token
from zoho_privacy.adapters.desk.transport import Transport, Wire, renewal_over
from zoho_privacy.domain.errors import DeskUnauthorised, ZohoPrivacyError


class HeldTokens:
    """Tokens of one refresh token in this process only; a refused one is asked for anew."""

    def __init__(self, config: DeskConfig) -> None:
        self._renewal = renewal_over(Wire(config), config)
        self._held = ""

    def current(self) -> str:
        """See the port."""
        return self._held or self.renew("")

    def renew(self, refused: str) -> str:
        """See the port."""
        if self._held in {"", refused}:
            self._held = read_token(self._renewal(), datetime.now(UTC)).text  # noqa: TID251  only the text is used
        return self._held


class _Fixed:
    """One access token that is never renewed."""

    def __init__(self, token: str) -> None:
        self._token = token

    def current(self) -> str:
        return self._token

    def renew(self, refused: str) -> str:
        del refused
        return self._token


def one_token(config: DeskConfig, refresh_token: str) -> Tokens:
    """Return the tokens of another agent's refresh token, which no other process shares."""
    return HeldTokens(replace(config, refresh_token=refresh_token))


def transport(config: DeskConfig, *, token: Tokens | None = None) -> Transport:
    """Return a transport of its own, one call at a time."""
    tokens = token or HeldTokens(config)
    return Transport(config, wire=Wire(config), tokens=tokens, credits_=Credits(), sleep=time.sleep)


def access(config: DeskConfig) -> tuple[Callable[[], Answer], Callable[[str], bool]]:
    """Return how to ask for one more access token, and how to find out whether one still opens the portal."""

    def alive(token: str) -> bool:
        try:
            transport(config, token=_Fixed(token)).send(calls.my_info())
        except DeskUnauthorised:
            return False
        return True

    return renewal_over(Wire(config), config), alive


def key_set(config: DeskConfig) -> Callable[[], tuple[int, float]]:
    """Return how to look at the keys of the signatures: status and seconds, 0 where there was no answer."""
    wire = Wire(config)

    def look() -> tuple[int, float]:
        began = time.monotonic()
        try:
            status = wire.exchange(Call("GET", "/.well-known/jwks.json"), config.jwks_url, headers={}).status
        except ZohoPrivacyError:
            status = 0
        return status, time.monotonic() - began

    return look
