"""Seals what must rest for a while and holds personal data: AES-256-GCM, a key of its own per context.

    sealed = version byte (1) | 12 random bytes | ciphertext and tag
    key    = HKDF-SHA256(secret, info = "zoho_privacy seal 1" NUL context); the version byte is authenticated too

A context names the one place a seal belongs to ("export:<id>"), so that a sealed file moved elsewhere does not open.
Everything is held in memory: for files of some hundred megabytes at most.
Sources: cryptography.io, hazmat AEAD and HKDF; NIST SP 800-38D (random nonces: at most 2^32 seals per context).
"""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zoho_privacy.domain.errors import BadInput, Tampered

VERSION: Final = b"\x01"
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
SECRET_BYTES: Final = 32


class AesSealer:
    """A Sealer under one secret of at least 32 random bytes. Raises BadInput where it is shorter."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SECRET_BYTES:
            raise BadInput(f"the sealing secret needs at least {SECRET_BYTES} bytes")
        self._secret = secret

    def seal(self, data: bytes, *, context: str) -> bytes:
        """See the port; 29 bytes longer than the data, and never twice the same."""
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._cipher(context).encrypt(nonce, data, VERSION)

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """See the port."""
        if len(sealed) < len(VERSION) + NONCE_BYTES + TAG_BYTES:
            raise Tampered("a sealed file is cut short")
        if sealed[:1] != VERSION:
            raise Tampered(f"a sealed file has the unknown version {sealed[0]}")
        nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self._cipher(context).decrypt(nonce, rest, VERSION)
        except InvalidTag as error:
            raise Tampered("a seal does not fit: changed, moved, or sealed under another secret") from error

    def new_key(self) -> bytes:
        """See the port: 32 random bytes."""
        return os.urandom(SECRET_BYTES)

    def under(self, key: bytes) -> "AesSealer":
        """See the port."""
        return AesSealer(key)

    def _cipher(self, context: str) -> AESGCM:
        info = b"zoho_privacy seal 1\0" + context.encode()
        return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self._secret))
