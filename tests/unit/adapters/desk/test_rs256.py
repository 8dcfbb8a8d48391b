"""The check of RS256 signatures, held against two libraries: what they sign holds, what they refuse is refused."""

import base64
import hashlib
import json
from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from zoho_privacy.adapters.desk import rs256

pytestmark = pytest.mark.req("R-SEC-4")

MESSAGE = b"e30.e30"
SHA256_OF_MESSAGE = hashlib.sha256(MESSAGE).digest()
INFO = bytes.fromhex("3031300d060960864801650304020105000420") + SHA256_OF_MESSAGE
SHORT_INFO = bytes.fromhex("302f300b06096086480165030402010420") + SHA256_OF_MESSAGE


@cache
def key(bits: int = 2048, exponent: int = 65537) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=exponent, key_size=bits)


def jwk(private: rsa.RSAPrivateKey) -> dict[str, Any]:
    found: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return found


def public(private: rsa.RSAPrivateKey) -> rs256.PublicKey:
    found = rs256.public_key(jwk(private))
    assert found is not None
    return found


def raw_signature(block: bytes) -> bytes:
    """Apply the private key to any block at all, as a forger who had it would."""
    numbers = key().private_numbers()
    return pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n).to_bytes(256, "big")


@settings(max_examples=40, deadline=None)
@given(message=st.binary(max_size=200), bit=st.integers(0, 2047), other=st.binary(max_size=20))
def test_it_agrees_with_a_library_about_what_was_signed_and_what_was_changed(
    message: bytes, bit: int, other: bytes
) -> None:
    signature = key().sign(message, padding.PKCS1v15(), SHA256())
    changed = (int.from_bytes(signature, "big") ^ (1 << bit)).to_bytes(256, "big")
    assert public(key()).fits(signature, message)
    for candidate, text in ((changed, message), (signature, message + b"x"), (signature, other)):
        try:
            key().public_key().verify(candidate, text, padding.PKCS1v15(), SHA256())
            held = True
        except InvalidSignature:
            held = False
        assert public(key()).fits(candidate, text) is held


@pytest.mark.parametrize(("bits", "exponent"), [(2048, 3), (2049, 65537), (3072, 65537)])
def test_keys_of_other_lengths_and_exponents_are_checked_alike(bits: int, exponent: int) -> None:
    private = key(bits, exponent)
    signature = private.sign(MESSAGE, padding.PKCS1v15(), SHA256())
    assert public(private).fits(signature, MESSAGE)
    assert not public(private).fits(signature, MESSAGE + b"x")
    assert not public(key()).fits(signature, MESSAGE)


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(b"\x00\x01" + b"\xff" * 8 + b"\x00" + INFO + b"\x00" * 194, id="short padding"),
        pytest.param(b"\x00\x01" + b"\xff" * 201 + b"\x00" + INFO + b"\x00", id="something behind"),
        pytest.param(b"\x00\x02" + b"\xff" * 202 + b"\x00" + INFO, id="another block type"),
        pytest.param(b"\x00\x01" + b"\xff" * 201 + b"\xfe\x00" + INFO, id="padding not all ones"),
        pytest.param(b"\x00\x01" + b"\xff" * 221 + b"\x00" + SHA256_OF_MESSAGE, id="no algorithm named"),
        pytest.param(b"\x00\x01" + b"\xff" * 204 + b"\x00" + SHORT_INFO, id="parameters left out"),
    ],
)
def test_only_the_one_encoding_of_the_message_holds(block: bytes) -> None:
    assert len(block) == 256
    assert not public(key()).fits(raw_signature(block), MESSAGE)


def test_another_hash_and_another_padding_do_not_hold() -> None:
    sha1 = key().sign(b"0" * 20, padding.PKCS1v15(), Prehashed(SHA1()))
    pss = key().sign(MESSAGE, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
    assert not public(key()).fits(sha1, MESSAGE)
    assert not public(key()).fits(pss, MESSAGE)


def test_a_signature_has_the_keys_own_length_and_is_smaller_than_the_modulus() -> None:
    signature = key().sign(MESSAGE, padding.PKCS1v15(), SHA256())
    larger = int.from_bytes(signature, "big") + public(key()).modulus
    forms = [b"", signature[:-1], b"\x00" + signature, signature + b"\x00", larger.to_bytes(257, "big")]
    if larger.bit_length() <= 2048:
        forms.append(larger.to_bytes(256, "big"))
    assert [each for each in forms if public(key()).fits(each, MESSAGE)] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"n": None},
        {"n": 5},
        {"n": "!!"},
        {"n": "AQAB"},
        {"n": base64.urlsafe_b64encode(b"\xff" * 2048).decode().rstrip("=")},
        {"n": base64.urlsafe_b64encode(b"\xff" * 255 + b"\xfe").decode().rstrip("=")},
        {"e": "AQ"},
        {"e": "Ag"},
        {"e": ""},
        {"e": base64.urlsafe_b64encode(b"\xff" * 5).decode().rstrip("=")},
    ],
)
def test_a_key_that_no_signature_should_be_checked_with_is_none(changes: dict[str, Any]) -> None:
    assert rs256.public_key(jwk(key()) | changes) is None


def test_a_key_of_1024_bits_is_none() -> None:
    numbers = {"n": base64.urlsafe_b64encode(b"\xff" * 128).decode().rstrip("="), "e": "AQAB"}
    assert rs256.public_key(numbers) is None


def test_a_librarys_token_is_read_as_it_was_made() -> None:
    text = jwt.encode({"iss": "orgId:1"}, key(), "RS256", headers={"kid": "k1"})
    token = rs256.read(text)
    assert token.header["kid"] == "k1"
    assert json.loads(token.payload) == {"iss": "orgId:1"}
    assert public(key()).fits(token.signature, token.signed)


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c.d",
        "..",
        f"{_part([])}.e30.AA",
        f"{_part({'alg': 'RS256', 'crit': ['exp']})}.e30.AA",
        f"{_part({'alg': 'RS256'})}.e30.A",
        f"{_part({'alg': 'RS256'})}.e30.AA==",
        f"{_part({'alg': 'RS256'})}.e3\n0.AA",
        f"{_part({'alg': 'RS256'})}.é30.AA",
        "////.e30.AA",
    ],
)
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        rs256.read(text)
