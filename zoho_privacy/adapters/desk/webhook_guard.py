"""Authenticates webhook deliveries by the JWT in their `X-ZDesk-JWT` header, and fails closed.

Satisfies the WebhookGuard port. The signature proves which portal and subscription sent something; it never covers
the body, which stays a hint. RS256 only, with a key of the portal's own data centre; times may be seconds or
milliseconds. Keys are fetched within 1.5 seconds or not at all, since Desk waits 5 for our answer; the last good set
is kept. Sources: Zoho Desk webhook guide; RFC 8725 (JWT best practices).
"""

import hashlib
import json
import logging
import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from zoho_privacy.adapters.desk import rs256
from zoho_privacy.adapters.desk.rs256 import PublicKey
from zoho_privacy.domain.errors import BadSignature

LEEWAY: Final = timedelta(seconds=60)
MAX_AGE: Final = timedelta(minutes=15)
KEYS_LIFE: Final = timedelta(minutes=10)
KEYS_PAUSE: Final = timedelta(seconds=60)
FETCH_TIMEOUT_S: Final = 1.5
COPIES: Final = 8  # Desk may repeat a delivery that we answered with 503; more of the same is somebody's replay
_REMEMBERED: Final = 4096
_MILLISECONDS: Final = 1e11
_TOKEN_LENGTH: Final = 8192

log = logging.getLogger(__name__)

FetchKeys = Callable[[str], Mapping[str, Any]]


@dataclass(slots=True)
class _Keys:
    """The key set of one portal: when it was last fetched well, and when it was last tried."""

    by_kid: Mapping[str, PublicKey] = field(default_factory=dict)
    fetched: datetime | None = None
    tried: datetime | None = None


class JwksGuard:
    """Checks deliveries of the portals in `jwks_urls` (organisation id to URL of its key set).

    `units` is what is known of the times in a portal's signatures, `seconds` or `milliseconds`; without it both pass.
    """

    def __init__(
        self,
        jwks_urls: Mapping[str, str],
        *,
        fetch: FetchKeys | None = None,
        units: Mapping[str, str] | None = None,
    ) -> None:
        self._urls = dict(jwks_urls)
        self._units = dict(units or {})
        self._fetch = fetch or fetch_keys
        self._keys = {org: _Keys() for org in self._urls}
        self._lock = threading.Lock()
        self._seen: OrderedDict[bytes, tuple[int, datetime]] = OrderedDict()

    def check(self, token: str, *, org: str, webhook_ids: frozenset[str], body: bytes, now: datetime) -> str:
        """Return the webhook id that sent the delivery; an empty `webhook_ids` accepts any of the organisation's.

        Raises:
            BadSignature: Any check failed; the text names it.
        """
        told = _read(token)
        if told.header.get("alg") != "RS256":
            raise BadSignature("algorithm")
        kid = told.header.get("kid")
        if not isinstance(kid, str) or not kid:
            raise BadSignature("key id missing")
        if org not in self._urls:
            raise BadSignature("organisation unknown")
        claims = _claims(told, self._key(org, kid, now))
        if claims.get("iss") != f"orgId:{org}":
            raise BadSignature("issuer")
        webhook_id = _audience(claims.get("aud"), webhook_ids)
        _of_unit(claims, self._units.get(org))
        _in_time(claims, now)
        self._not_replayed(token, body, now)
        return webhook_id

    def _key(self, org: str, kid: str, now: datetime) -> PublicKey:
        """Return the key, fetched anew where the set is old or does not know it, at most every 60 seconds."""
        with self._lock:
            keys = self._keys[org]
            fresh = keys.fetched is not None and now - keys.fetched < KEYS_LIFE
            rested = keys.tried is None or now - keys.tried >= KEYS_PAUSE
            if rested and not (fresh and kid in keys.by_kid):
                keys.tried = now
                self._refresh(org, keys, now)
            if kid in keys.by_kid:
                return keys.by_kid[kid]
            raise BadSignature("key unknown" if keys.by_kid else "keys unavailable")

    def _refresh(self, org: str, keys: _Keys, now: datetime) -> None:
        try:
            found = _rsa_keys(self._fetch(self._urls[org]))
        except (OSError, ValueError) as error:
            log.warning("webhook keys of org %s: %s", org, type(error).__name__)
            return
        if found:
            keys.by_kid, keys.fetched = found, now

    def _not_replayed(self, token: str, body: bytes, now: datetime) -> None:
        """Count identical deliveries of the last minutes in this process. What was stored is deduplicated there."""
        name = hashlib.sha256(token.encode() + b"\0" + hashlib.sha256(body).digest()).digest()
        with self._lock:
            while self._seen and (len(self._seen) >= _REMEMBERED or _oldest(self._seen) < now - MAX_AGE - LEEWAY):
                self._seen.popitem(last=False)
            count, first = self._seen.get(name, (0, now))
            if count >= COPIES:
                raise BadSignature("replayed")
            self._seen[name] = (count + 1, first)


def fetch_keys(url: str) -> Mapping[str, Any]:
    """Fetch a key set; raises OSError or ValueError where there is none to be had in time."""
    import requests  # noqa: PLC0415  a host that must start fast brings a fetch of its own

    reply = requests.get(url, timeout=FETCH_TIMEOUT_S, allow_redirects=False, headers={"Accept": "application/json"})
    reply.raise_for_status()
    found = reply.json() if reply.status_code == 200 else None
    if not isinstance(found, dict):
        raise ValueError("not a key set")  # noqa: TRY004  the caller treats every unusable answer alike
    return found


def _rsa_keys(key_set: Mapping[str, Any]) -> Mapping[str, PublicKey]:
    found: dict[str, PublicKey] = {}
    listed = key_set.get("keys")
    for raw in listed if isinstance(listed, list) else ():
        if not isinstance(raw, dict) or raw.get("kty") != "RSA" or raw.get("use", "sig") != "sig":
            continue
        if raw.get("alg", "RS256") != "RS256" or not isinstance(raw.get("kid"), str):
            continue
        key = rs256.public_key(raw)
        if key is not None:
            found[raw["kid"]] = key
    return found


def _read(token: str) -> rs256.Token:
    if not token:
        raise BadSignature("token missing")
    if len(token) > _TOKEN_LENGTH:
        raise BadSignature("token too long")
    try:
        return rs256.read(token)
    except (ValueError, RecursionError):
        raise BadSignature("token malformed") from None


def _claims(token: rs256.Token, key: PublicKey) -> Mapping[str, Any]:
    """Return the claims of a token whose signature fits; what they mean is checked by the caller."""
    if not key.fits(token.signature, token.signed):
        raise BadSignature("signature")
    try:
        claims = json.loads(token.payload)
    except (ValueError, RecursionError):
        claims = None
    if not isinstance(claims, dict):
        raise BadSignature("claims")
    return claims


def _audience(value: Any, webhook_ids: frozenset[str]) -> str:
    found = value.removeprefix("webhookId:") if isinstance(value, str) and value.startswith("webhookId:") else ""
    if not (found.isascii() and found.isdigit()) or (webhook_ids and found not in webhook_ids):
        raise BadSignature("audience")
    return found


def _of_unit(claims: Mapping[str, Any], unit: str | None) -> None:
    if unit is not None and (_raw(claims.get("iat"), "issue time") > _MILLISECONDS) != (unit == "milliseconds"):
        raise BadSignature("unit of the times")


def _in_time(claims: Mapping[str, Any], now: datetime) -> None:
    issued, expires = _seconds(claims.get("iat"), "issue time"), _seconds(claims.get("exp"), "expiry time")
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    if expires <= at - leeway:
        raise BadSignature("expired")
    if issued > at + leeway or ("nbf" in claims and _seconds(claims["nbf"], "start time") > at + leeway):
        raise BadSignature("not yet valid")
    if at - issued > MAX_AGE.total_seconds() + leeway:
        raise BadSignature("too old")


def _seconds(value: Any, name: str) -> float:
    """Return a claim's time in epoch seconds; a value above 10^11 is milliseconds."""
    found = _raw(value, name)
    return found / 1000 if found > _MILLISECONDS else found


def _raw(value: Any, name: str) -> float:
    try:
        found = math.nan if isinstance(value, bool) or value is None else float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found) or found <= 0:
        raise BadSignature(f"{name} missing")
    return found


def _oldest(seen: "OrderedDict[bytes, tuple[int, datetime]]") -> datetime:
    return next(iter(seen.values()))[1]
