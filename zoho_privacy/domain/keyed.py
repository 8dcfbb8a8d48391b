"""Everything derived from the installation's secret: pseudonyms, codes, link tokens. Pure: the secret is an argument.

A code or token is derived from its challenge, so it can be written into a reply by any retry without ever being
stored; what the store keeps is a second keyed hash (R-VERIFY-6). Codes have 50 bits: ten letters and digits without
look-alikes, shown as two groups of five.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Final

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o, u
CODE_LENGTH: Final = 10
_SPOKEN: Final = str.maketrans({"i": "1", "l": "1", "o": "0", "-": None, " ": None})
_CODE: Final = re.compile(r"(?<![0-9A-Za-z])([0-9A-Za-z]{5})[ \u00a0-]([0-9A-Za-z]{5})(?![0-9A-Za-z])")


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keyed hashes of one installation. `secret` must be at least 32 bytes from a secret store."""

    secret: bytes = field(repr=False)

    def digest(self, purpose: str, *parts: str) -> bytes:
        """Return 32 bytes bound to purpose and parts; parts are length-prefixed, so they cannot run together."""
        message = b"".join(len(raw).to_bytes(4, "big") + raw for raw in (p.encode() for p in (purpose, *parts)))
        return hmac.new(self.secret, message, hashlib.sha256).digest()

    def pseudonym(self, purpose: str, value: str) -> str:
        """Return 24 hex digits that stand for a value (an address, say), case and outer blanks folded."""
        return self.digest("pseudonym:" + purpose, value.strip().casefold()).hex()[:24]

    def code(self, challenge_id: str) -> str:
        """Return the code of a challenge as people read it: `k7m2q-9xw4d`."""
        number = int.from_bytes(self.digest("code", challenge_id)[:8], "big")
        letters = "".join(ALPHABET[(number >> (5 * i)) & 31] for i in range(CODE_LENGTH))
        return f"{letters[:5]}-{letters[5:]}"

    def token(self, purpose: str, subject_id: str) -> str:
        """Return the URL-safe token of a link: 256 bits."""
        return base64.urlsafe_b64encode(self.digest("token:" + purpose, subject_id)).decode().rstrip("=")

    def fingerprint(self, secret_text: str) -> str:
        """Return what the store keeps of a code or token."""
        return self.digest("stored", normal_code(secret_text)).hex()

    def matches(self, offered: str, stored: str) -> bool:
        """Compare an offered code or token with the stored fingerprint in constant time."""
        return hmac.compare_digest(self.fingerprint(offered), stored)


def normal_code(text: str) -> str:
    """Fold what people do to a code when they copy it: case of look-alikes, blanks and the hyphen.

    Tokens (43 characters) come back as they are.
    """
    if len(text) > 2 * CODE_LENGTH:
        return text
    return text.strip().casefold().translate(_SPOKEN)


def guesses(text: str) -> bool:
    """Tell whether anything of a code's shape has a digit; two words of five letters ("never asked") have none."""
    return any(not set(pair[0] + pair[1]).isdisjoint("0123456789") for pair in _CODE.findall(text))


def codes_in(text: str) -> tuple[str, ...]:
    """Return everything in a reply that has the shape of a code, first come first, at most 20, normalised."""
    found = (normal_code(a + b) for a, b in _CODE.findall(text))
    return tuple(dict.fromkeys(code for code in found if set(code) <= set(ALPHABET)))[:20]
