"""The zip that a person gets: encrypted with AES-256 under its own key, the same bytes for the same data.

WinZip's AE-2 with 256 bits, which 7-Zip, WinZip, Keka, The Unarchiver and bsdtar open. The library draws random salts;
here the salt of an entry comes from key, name and contents, so that a build that was killed and resumed ends in the
same bytes, and no salt serves two different contents under one key. Names inside say nothing about what is in a file.
Files pass through piece by piece. The library is loaded when the first package is made: most functions never need it.
Sources: winzip.com, AE-1/AE-2 specification (checked 2026-11-23); pyzipper's documentation.
"""

import hashlib
import hmac
import io
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

from zoho_privacy.domain.keyed import ALPHABET, Keyring
from zoho_privacy.domain.package import PackageFile
from zoho_privacy.workflows.vault import Vault

GROUPS: Final = 4
GROUP: Final = 5
_OLD: Final = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can say
_KEY_BYTES: Final = 32
_SALT_BYTES: Final = 16
_ROUNDS: Final = 1000  # what the format prescribes: the key itself has 100 bits


def key_of(keyring: Keyring, export_id: str) -> str:
    """Return the key of an export as people type it: four groups of five, 100 bits, derived and never stored."""
    number = int.from_bytes(keyring.digest("export-key", export_id)[:13], "big")
    letters = "".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(GROUPS * GROUP))
    return "-".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))


def encrypted(made: Iterable[PackageFile], vault: Vault, key: str) -> Iterator[bytes]:
    """Yield the zip in pieces."""
    sink, secret = _Sink(), key.encode()
    archive = _archive_class()(sink, "w")
    archive.setpassword(secret)
    for each in sorted(made, key=lambda one: one.path):
        archive.salt = hmac.digest(secret, f"{each.path}\0{each.sha256}".encode(), hashlib.sha256)[:_SALT_BYTES]
        info = archive.zipinfo_cls(each.path, _OLD)
        info.compress_type, info.external_attr, info.create_system = 8, 0o600 << 16, 3  # deflated, owner's, Unix
        info.file_size = each.size
        with archive.open(info, "w") as entry:
            for chunk in vault.read(each.blob) if each.blob else (each.data,):
                entry.write(chunk)
                yield from sink.drain()
    archive.close()
    yield from sink.drain()


@lru_cache(maxsize=1)
def _archive_class() -> Any:
    """Return the library's archive with our salts."""
    import pyzipper  # noqa: PLC0415  see the module's docstring
    from Cryptodome.Cipher import AES  # noqa: PLC0415
    from Cryptodome.Hash import HMAC, SHA1  # noqa: PLC0415
    from Cryptodome.Util import Counter  # noqa: PLC0415

    class Encrypter(pyzipper.zipfile_aes.AESZipEncrypter):  # type: ignore[misc]  # the library has no types
        """The library's cipher, keyed anew from a given salt; whatever else it knows is *first*'s."""

        def __init__(self, first: Any, pwd: bytes, salt: bytes) -> None:
            self.__dict__.update(
                first.__dict__
            )  # its own beginning derives a key as well, which takes thirty times as long
            self.salt = salt
            keys = hashlib.pbkdf2_hmac("sha1", pwd, salt, _ROUNDS, 2 * _KEY_BYTES + 2)
            counter = Counter.new(nbits=128, little_endian=True)
            self.encrypter = AES.new(keys[:_KEY_BYTES], AES.MODE_CTR, counter=counter)
            self.hmac = HMAC.new(keys[_KEY_BYTES : 2 * _KEY_BYTES], digestmod=SHA1)
            self.encpwdverify = keys[2 * _KEY_BYTES :]

    class Archive(pyzipper.AESZipFile):  # type: ignore[misc]  # the library has no types
        """An archive whose next entry is encrypted with the salt set before."""

        salt: bytes = b""
        first: Any = None

        def get_encrypter(self) -> Encrypter:
            self.first = self.first or pyzipper.zipfile_aes.AESZipEncrypter(pwd=self.pwd, nbits=256)
            return Encrypter(self.first, self.pwd, self.salt)

    return Archive


class _Sink(io.RawIOBase):
    """Takes what the zip writer writes and gives it out; it cannot seek, so the writer never goes back."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        """Tell the writer that it may."""
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        """Hold the data until it is drained."""
        self._held += data
        return len(data)

    def drain(self) -> Iterator[bytes]:
        """Yield what was written since the last call."""
        if self._held:
            yield bytes(self._held)
            self._held.clear()
