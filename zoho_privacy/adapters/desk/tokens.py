"""Access tokens for one portal: kept sealed in the store, renewed by one process at a time for all.

Talks to Zoho's accounts server through a `Renewal` and to the Store and Sealer ports. Zoho gives at most 10 tokens in
10 minutes per refresh token and lets the eleventh live one kill the oldest, so a lease in the store (a conditional
write) admits one renewer, and nobody renews more than 8 times in 10 minutes. Tokens are renewed 5 minutes early.
Source: Zoho accounts OAuth guide (token limits).
"""

import base64
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from zoho_privacy.adapters.desk.protocol import Answer
from zoho_privacy.domain.errors import (
    Conflict,
    DeskBusy,
    DeskForbidden,
    DeskUnavailable,
    StoreUnavailable,
    ZohoPrivacyError,
)
from zoho_privacy.ports import Clock, Delete, Item, Put, Sealer, Store

TABLE: Final = "desk_tokens"
EARLY: Final = timedelta(minutes=5)
LEASE: Final = timedelta(seconds=45)
WINDOW: Final = timedelta(minutes=10)
MOST_IN_WINDOW: Final = 8
_ITEM: Final = "access"
_PAUSE_S: Final = 0.2
_PATIENCE: Final = 300  # pauses: a minute, longer than a lease
_OAUTH_CODE_LENGTH: Final = 40

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and when it ends."""

    text: str = field(repr=False)
    expires: datetime
    scopes: tuple[str, ...] = ()


class Renewal(Protocol):
    """Asks the accounts server for a new access token."""

    def __call__(self) -> Answer:
        """Return the server's answer; raises DeskUnavailable where there was none."""


class Tokens(Protocol):
    """Where the transport gets its tokens."""

    def current(self) -> str:
        """Return a token that is good for some minutes."""

    def renew(self, refused: str) -> str:
        """Return another token than the one that Desk just refused."""


class SharedTokens:
    """The token cache of one portal, shared by all threads here and all processes on the same store.

    `sleep` takes seconds; it is called only while another process renews.
    """

    def __init__(
        self,
        org: str,
        *,
        store: Store,
        sealer: Sealer,
        clock: Clock,
        renewal: Renewal,
        sleep: Callable[[float], None],
    ) -> None:
        self._org, self._store, self._sealer, self._clock = org, store, sealer, clock
        self._renewal, self._sleep = renewal, sleep
        self._lock = threading.Lock()
        self._held: Token | None = None
        self._opened: tuple[str, str] | None = None

    def current(self) -> str:
        """Return a token good for at least five minutes, or a shorter one while somebody else renews it.

        Raises:
            DeskBusy: Renewing is not allowed for now (our own bound, or Zoho's), or another process takes too long.
            DeskForbidden: Zoho refuses our client or refresh token: a person must mend the access.
            DeskUnavailable: The accounts server did not answer.
        """
        return self._token(refused=None)

    def renew(self, refused: str) -> str:
        """Return another token than `refused`: one that somebody else has renewed, or a new one. Raises as current."""
        return self._token(refused=refused)

    def _token(self, refused: str | None) -> str:
        with self._lock:
            if self._held and self._held.text != refused and self._held.expires - EARLY > self._clock.now():
                return self._held.text
            for _ in range(_PATIENCE):
                token = self._from_store_or_renewed(refused)
                if token is not None:
                    self._held = token
                    return token.text
                self._sleep(_PAUSE_S)
        raise DeskBusy("another process has been renewing the Desk token for too long", retry_after_s=LEASE.seconds)

    def _from_store_or_renewed(self, refused: str | None) -> Token | None:
        """Look once: a token, or None where another process is at it and waiting is the thing to do."""
        now = self._clock.now()
        item = self._store.get(self._org, TABLE, _ITEM) or Item(self._org, TABLE, _ITEM, {})
        stored = self._open(item)
        usable = stored if stored and stored.text != refused and stored.expires > now else None
        if usable and usable.expires - EARLY > now:
            return usable
        if _time(item.body.get("lease")) > now:
            return usable
        recent = [at for at in map(_time, item.body.get("renewed", ())) if at > now - WINDOW]
        if len(recent) >= MOST_IN_WINDOW:
            if usable:
                return usable
            wait = (min(recent) + WINDOW - now).total_seconds()
            raise DeskBusy(f"{len(recent)} Desk tokens were asked for in ten minutes", retry_after_s=wait)
        leased = replace(
            item,
            body={
                **item.body,
                "lease": (now + LEASE).isoformat(),
                "renewed": [at.isoformat() for at in (*recent, now)],
            },
        )
        try:
            self._store.commit([Put(leased)])
        except Conflict:
            return usable
        return self._renewed(replace(leased, version=leased.version + 1))

    def _renewed(self, leased: Item) -> Token:
        """Ask for a token as the holder of the lease, store it, and let the lease go in any case."""
        body = {key: value for key, value in leased.body.items() if key != "lease"}
        try:
            token = read_token(self._renewal(), self._clock.now())
        except ZohoPrivacyError:
            self._try_to_store(replace(leased, body=body))
            raise
        sealed = self._sealer.seal(token.text.encode(), context=self._context)
        body |= {"sealed": base64.b64encode(sealed).decode(), "expires": token.expires.isoformat()}
        body["scopes"] = list(token.scopes)
        self._try_to_store(replace(leased, body=body))
        log.info("desk token renewed for org %s", self._org)
        return token

    def _try_to_store(self, item: Item) -> None:
        """Store what came of renewing; where that fails, the token in hand still serves and the lease runs out."""
        try:
            self._store.commit([Put(item)])
        except (Conflict, StoreUnavailable) as error:
            log.warning("desk token of org %s could not be stored: %s", self._org, type(error).__name__)

    def _open(self, item: Item) -> Token | None:
        sealed = item.body.get("sealed")
        if not isinstance(sealed, str):
            return None
        if self._opened is None or self._opened[0] != sealed:  # near its end a token is looked up for every call
            opened = self._sealer.open(base64.b64decode(sealed), context=self._context)
            self._opened = sealed, opened.decode()
        return Token(self._opened[1], _time(item.body.get("expires")))

    def forget(self) -> None:
        """Drop the stored token, for example after new credentials were set. Raises Conflict where others write."""
        with self._lock:
            self._held = None
            item = self._store.get(self._org, TABLE, _ITEM)
            if item is not None:
                self._store.commit([Delete(item)])

    @property
    def _context(self) -> str:
        return f"desk-token:{self._org}"


def read_token(answer: Answer, now: datetime) -> Token:
    """Read the accounts server's answer; failures come with HTTP 200 too, so the body decides first.

    Raises:
        DeskBusy: Too many tokens were asked for; wait ten minutes.
        DeskForbidden: The client or its refresh token is not accepted.
        DeskUnavailable: The server had trouble, or sent something else.
    """
    body = answer.json()
    body = body if isinstance(body, dict) else {}
    error = body.get("error")
    if error == "Access Denied" or answer.status == 429:
        raise DeskBusy("accounts: too many token requests", retry_after_s=WINDOW.total_seconds())
    if answer.status >= 500 or error == "general_error":
        raise DeskUnavailable(f"accounts: {answer.status}")
    if error is not None or answer.status >= 400:
        raise DeskForbidden(
            f"accounts refused to renew: {_oauth_code(error)} ({answer.status})", code=_oauth_code(error)
        )
    token, life = body.get("access_token"), body.get("expires_in", 3600)
    if not isinstance(token, str) or not token or not isinstance(life, int) or isinstance(life, bool):
        raise DeskUnavailable("accounts: the answer holds no token")
    named = body.get("scope")
    scopes = tuple(re.split(r"[ ,]+", named.strip())) if isinstance(named, str) and named.strip() else ()
    return Token(token, now + timedelta(seconds=life), scopes)


def scopes_of(store: Store, org: str) -> frozenset[str]:
    """Return the scopes that the accounts server named with the stored token; none where it named none."""
    item = store.get(org, TABLE, _ITEM)
    found = item.body.get("scopes") if item else None
    return frozenset(str(each) for each in found) if isinstance(found, list) else frozenset()


def _oauth_code(error: Any) -> str:
    """Return an OAuth error code fit for a log, never what else a server may have put there."""
    known = isinstance(error, str) and len(error) <= _OAUTH_CODE_LENGTH and error.replace("_", "").isalpha()
    return str(error) if known else "unknown"


def _time(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else _LONG_AGO


_LONG_AGO: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
