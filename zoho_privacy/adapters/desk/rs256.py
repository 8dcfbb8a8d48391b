"""Reads a signed token (JWS, compact form) and checks its RS256 signature. Knows no claim, no clock and no network.

The one algorithm and the one form that a portal signs with, from the standard library alone: whoever sent a delivery
waits for the function behind the webhook, and a library for all of cryptography would be a quarter of its cold start
and a tenth of its memory. Only public numbers are handled, so that nothing here has to be kept secret or take the same
time. The signature is compared as a whole with the only encoding that fits the message: no padding is ever parsed,
which is where checks of RSA signatures have gone wrong. Tests hold it against a library in both directions.
Sources: RFC 7515 (JWS), RFC 7518 section 3.3 and 6.3.1, RFC 8017 sections 8.2.2 and 9.2.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

LEAST_BITS: Final = 2048
MOST_BITS: Final = 8192
"""A longer key would let whoever serves the key set choose how long one check takes."""

MOST_EXPONENT: Final = 2**32
_LEAST_EXPONENT: Final = 3
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")
_SHA256_INFO: Final = bytes.fromhex("3031300d060960864801650304020105000420")
"""The DER of a SHA-256 digest up to the digest itself (RFC 8017, 9.2, note 1)."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An RSA key to check with: modulus and exponent."""

    modulus: int
    exponent: int

    def fits(self, signature: bytes, message: bytes) -> bool:
        """Tell whether this is the key's signature of the message."""
        length = (self.modulus.bit_length() + 7) // 8
        number = int.from_bytes(signature, "big")
        if len(signature) != length or number >= self.modulus:
            return False
        told = _SHA256_INFO + hashlib.sha256(message).digest()
        wanted = b"\x00\x01" + b"\xff" * (length - len(told) - 3) + b"\x00" + told
        return hmac.compare_digest(pow(number, self.exponent, self.modulus).to_bytes(length, "big"), wanted)


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it was sent: nothing of it is believed before `key.fits(signature, signed)`."""

    header: Mapping[str, Any]
    payload: bytes
    signed: bytes
    signature: bytes


def read(token: str) -> Token:
    """Take a token apart.

    Raises:
        ValueError: It has another form, or demands something that is not known here (`crit`).
    """
    head, payload, signature = token.split(".")
    header = json.loads(_bytes(head))
    if not isinstance(header, dict) or "crit" in header:
        raise ValueError("no header that is understood")
    return Token(header, _bytes(payload), f"{head}.{payload}".encode("ascii"), _bytes(signature))


def public_key(told: Mapping[str, Any]) -> PublicKey | None:
    """Return the RSA key of a JWK, or None where it is none that signatures may be checked with."""
    try:
        modulus, exponent = (int.from_bytes(_bytes(told[name]), "big") for name in ("n", "e"))
    except (KeyError, TypeError, ValueError):
        return None
    sound = LEAST_BITS <= modulus.bit_length() <= MOST_BITS and _LEAST_EXPONENT <= exponent < MOST_EXPONENT
    return PublicKey(modulus, exponent) if sound and modulus % 2 and exponent % 2 else None


def _bytes(text: str) -> bytes:
    """Decode base64url without padding; raises ValueError where a sign is foreign to it."""
    if not _BASE64URL.fullmatch(text):
        raise ValueError("not base64url")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise ValueError("not base64url") from None
