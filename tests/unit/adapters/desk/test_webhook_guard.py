"""Every way to forge a delivery's token, with keys made here."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import requests
import responses
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from zoho_privacy.adapters.desk.webhook_guard import COPIES, KEYS_LIFE, KEYS_PAUSE, JwksGuard, fetch_keys
from zoho_privacy.domain.errors import BadSignature
from zoho_privacy.ports import WebhookGuard

ORG = "600123456"
HOOK = "417000000555001"
NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
URL = "https://desk.zoho.eu/.well-known/jwks.json"
OURS = frozenset({HOOK})
ANY: frozenset[str] = frozenset()

pytestmark = pytest.mark.req("R-SEC-4")


_made: dict[str, RSAPrivateKey] = {}


def key(name: str, bits: int = 2048) -> RSAPrivateKey:
    """Return the key of that name, made on first use."""
    if name not in _made:
        _made[name] = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return _made[name]


def public(name: str, bits: int = 2048, **changes: object) -> dict[str, Any]:
    found: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(key(name, bits).public_key(), as_dict=True)
    return found | {"kid": name, "alg": "RS256", "use": "sig"} | changes


def claims(**changes: object) -> dict[str, Any]:
    at = int(NOW.timestamp())
    return {"iss": f"orgId:{ORG}", "aud": f"webhookId:{HOOK}", "iat": at, "exp": at + 300} | changes


def token(signer: str = "k1", *, kid: object = "k1", alg: str = "RS256", **changes: object) -> str:
    """Sign any claims at all; `jwt.encode` would refuse the odd ones."""
    return jwt.PyJWS().encode(json.dumps(claims(**changes)).encode(), key(signer), algorithm=alg, headers={"kid": kid})


def assembled(header: Mapping[str, object], body: Mapping[str, object], signature: bytes = b"") -> str:
    """Put a token together by hand, as no honest library would."""
    parts = [json.dumps(header).encode(), json.dumps(body).encode(), signature]
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts).decode()


class KeyServer:
    """The portal's key set, which may change, be slow to change, or be down."""

    def __init__(self, *names: str) -> None:
        self.keys = [public(name) for name in names]
        self.fetched = 0
        self.down = False

    def __call__(self, url: str) -> Mapping[str, Any]:
        assert url == URL
        self.fetched += 1
        if self.down:
            raise requests.ConnectionError("down")
        return {"keys": self.keys}


@pytest.fixture
def server() -> KeyServer:
    return KeyServer("k1")


@pytest.fixture
def guard(server: KeyServer) -> WebhookGuard:
    return JwksGuard({ORG: URL}, fetch=server)


def check(guard: WebhookGuard, offered: str, *, ids: frozenset[str] = OURS, at: datetime = NOW, org: str = ORG) -> str:
    return guard.check(offered, org=org, webhook_ids=ids, body=b"[]", now=at)


@pytest.mark.parametrize("ids", [OURS, OURS | {"1"}, ANY])
def test_a_genuine_delivery_names_its_webhook(guard: WebhookGuard, ids: frozenset[str]) -> None:
    assert check(guard, token(), ids=ids) == HOOK


@pytest.mark.parametrize("scale", [1, 1000])
@pytest.mark.parametrize("form", [int, str, float])
def test_times_may_be_seconds_or_milliseconds(guard: WebhookGuard, scale: int, form: type) -> None:
    """Zoho's text says milliseconds, its example shows seconds."""
    at = int(NOW.timestamp())
    assert check(guard, token(iat=form(at * scale), exp=form((at + 300) * scale))) == HOOK


@pytest.mark.parametrize(("unit", "scale"), [("seconds", 1), ("milliseconds", 1000)])
def test_a_known_unit_is_the_only_one(server: KeyServer, unit: str, scale: int) -> None:
    """Where a probe has found out what the portal signs with, anything else is not the portal's."""
    at = int(NOW.timestamp())
    offered = token(iat=at * scale, exp=(at + 300) * scale)
    for known in ("seconds", "milliseconds"):
        guard = JwksGuard({ORG: URL}, fetch=server, units={ORG: known})
        if known == unit:
            assert check(guard, offered) == HOOK
        else:
            with pytest.raises(BadSignature, match="unit"):
                check(guard, offered)


def hs256_with_the_public_key() -> str:
    """The classic confusion: the public key taken as an HMAC secret."""
    pem = (
        key("k1").public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    unsigned = assembled({"alg": "HS256", "kid": "k1"}, claims()).rsplit(".", 1)[0]
    mac = hmac.new(pem, unsigned.encode(), hashlib.sha256).digest()
    return f"{unsigned}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def tampered() -> str:
    head, _, signature = token().split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims(iss="orgId:1")).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


def embedded_key() -> str:
    """A token that brings its own key along."""
    headers = {
        "kid": "k1",
        "jwk": public("evil"),
        "jku": "https://evil.example/jwks.json",
        "x5u": "https://evil.example",
    }
    return jwt.encode(claims(), key("evil"), algorithm="RS256", headers=headers)


def es256() -> str:
    return jwt.encode(claims(), ec.generate_private_key(ec.SECP256R1()), algorithm="ES256", headers={"kid": "k1"})


at = int(NOW.timestamp())
FORGED: dict[str, tuple[str, str]] = {
    "missing": ("", "token missing"),
    "no token": ("hello", "token malformed"),
    "two parts": ("a.b", "token malformed"),
    "binary": ("\0.\0.\0", "token malformed"),
    "huge": ("x" * 9000, "token too long"),
    "header is a list": (base64.urlsafe_b64encode(b"[]").decode() + ".e30.", "token malformed"),
    "alg none": (assembled({"alg": "none", "kid": "k1"}, claims()), "algorithm"),
    "alg None": (assembled({"alg": "None", "kid": "k1"}, claims()), "algorithm"),
    "alg missing": (assembled({"kid": "k1"}, claims()), "algorithm"),
    "alg a list": (assembled({"alg": ["RS256"], "kid": "k1"}, claims()), "algorithm"),
    "HS256": (hs256_with_the_public_key(), "algorithm"),
    "RS512": (token(alg="RS512"), "algorithm"),
    "PS256": (token(alg="PS256"), "algorithm"),
    "ES256": (es256(), "algorithm"),
    "no signature": (assembled({"alg": "RS256", "kid": "k1"}, claims()), "signature"),
    "other key": (token("evil"), "signature"),
    "own key": (embedded_key(), "signature"),
    "claims changed": (tampered(), "signature"),
    "claims are a list": (assembled({"alg": "RS256", "kid": "k1"}, {}), "signature"),
    "unknown kid": (token("evil", kid="evil"), "key unknown"),
    "empty kid": (token(kid=""), "key id missing"),
    "kid missing": (assembled({"alg": "RS256"}, claims()), "key id missing"),
    "other organisation": (token(iss="orgId:600999999"), "issuer"),
    "issuer looks alike": (token(iss=f"orgId:{ORG} "), "issuer"),
    "issuer missing": (token(iss=None), "issuer"),
    "other webhook": (token(aud="webhookId:1"), "audience"),
    "audience without prefix": (token(aud=HOOK), "audience"),
    "audience a list": (token(aud=[f"webhookId:{HOOK}"]), "audience"),
    "audience empty": (token(aud="webhookId:"), "audience"),
    "expired": (token(iat=at - 400, exp=at - 61), "expired"),
    "expired in ms": (token(iat=(at - 400) * 1000, exp=(at - 61) * 1000), "expired"),
    "not yet issued": (token(iat=at + 61, exp=at + 300), "not yet valid"),
    "not before": (token(nbf=at + 61), "not yet valid"),
    "too old": (token(iat=at - 961, exp=at + 999), "too old"),
    "no issue time": (token(iat=None), "issue time missing"),
    "no expiry": (token(exp=None), "expiry time missing"),
    "expiry a word": (token(exp="never"), "expiry time missing"),
    "expiry infinite": (token(exp="inf"), "expiry time missing"),
    "expiry true": (token(exp=True), "expiry time missing"),
    "expiry a list": (token(exp=[at + 300]), "expiry time missing"),
    "issue time nan": (token(iat="nan"), "issue time missing"),
    "issue time negative": (token(iat=-5), "issue time missing"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_is_refused_with_its_reason(guard: WebhookGuard, name: str) -> None:
    offered, reason = FORGED[name]
    with pytest.raises(BadSignature) as refused:
        check(guard, offered)
    assert str(refused.value) == reason


def test_the_limits_of_time_are_inclusive_of_the_leeway(guard: WebhookGuard) -> None:
    for offered in (token(exp=at - 59), token(iat=at + 60), token(iat=at - 960)):
        assert check(guard, offered) == HOOK


def test_any_webhook_of_the_organisation_needs_a_number(guard: WebhookGuard) -> None:
    with pytest.raises(BadSignature):
        check(guard, token(aud="webhookId:../x"), ids=ANY)


def test_an_organisation_that_is_not_ours_is_refused(guard: WebhookGuard) -> None:
    with pytest.raises(BadSignature, match="organisation unknown"):
        check(guard, token(iss="orgId:7"), org="7")


def test_keys_are_fetched_once_in_ten_minutes(guard: WebhookGuard, server: KeyServer) -> None:
    """Desk waits five seconds for our answer: no delivery pays for a fetch that is not needed."""
    for minutes in range(10):
        later = NOW + timedelta(minutes=minutes)
        assert check(guard, token(iat=int(later.timestamp()), exp=int(later.timestamp()) + 60), at=later) == HOOK
    assert server.fetched == 1
    later = NOW + KEYS_LIFE
    check(guard, token(iat=int(later.timestamp()), exp=int(later.timestamp()) + 60), at=later)
    assert server.fetched == 2


def test_a_new_key_is_fetched_but_not_on_demand_of_a_flood(guard: WebhookGuard, server: KeyServer) -> None:
    check(guard, token())
    server.keys.append(public("k2"))
    with pytest.raises(BadSignature):
        check(guard, token("k2", kid="k2"), at=NOW + timedelta(seconds=30))
    assert server.fetched == 1
    assert check(guard, token("k2", kid="k2"), at=NOW + KEYS_PAUSE) == HOOK
    for second in range(1, 50):
        with pytest.raises(BadSignature):
            check(guard, token("evil", kid=f"flood{second}"), at=NOW + KEYS_PAUSE + timedelta(seconds=second))
    assert server.fetched == 2


def test_the_last_good_keys_outlive_an_outage(guard: WebhookGuard, server: KeyServer) -> None:
    check(guard, token())
    server.down = True
    later = NOW + timedelta(hours=5)
    stamp = int(later.timestamp())
    assert check(guard, token(iat=stamp, exp=stamp + 60), at=later) == HOOK
    server.down, server.keys = False, []
    later += timedelta(minutes=2)
    assert check(guard, token(iat=stamp + 120, exp=stamp + 180), at=later) == HOOK


def test_without_any_keys_nothing_passes(guard: WebhookGuard, server: KeyServer) -> None:
    server.down = True
    with pytest.raises(BadSignature, match="keys unavailable"):
        check(guard, token())
    server.down = False
    with pytest.raises(BadSignature, match="keys unavailable"):
        check(guard, token(), at=NOW + timedelta(seconds=59))
    assert check(guard, token(), at=NOW + KEYS_PAUSE) == HOOK


def test_a_withdrawn_key_stops_working(guard: WebhookGuard, server: KeyServer) -> None:
    check(guard, token())
    server.keys = [public("k2")]
    later = NOW + KEYS_LIFE
    stamp = int(later.timestamp())
    with pytest.raises(BadSignature, match="key unknown"):
        check(guard, token(iat=stamp, exp=stamp + 60), at=later)


@pytest.mark.parametrize(
    "odd",
    [
        {"kty": "oct", "kid": "k1", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "k1"},
        {"kty": "RSA", "kid": "k1", "n": "AQAB", "e": "!"},
        public("k1", use="enc"),
        public("k1", alg="RS512"),
        public("k1", kid=7),
        "k1",
        None,
    ],
)
def test_keys_that_are_none_are_left_out(guard: WebhookGuard, server: KeyServer, odd: Any) -> None:
    server.keys = [odd, public("other")]
    with pytest.raises(BadSignature, match="key unknown"):
        check(guard, token())


def test_a_short_key_is_no_key() -> None:
    server = KeyServer("other")
    server.keys.append(public("weak", 1024))
    guard = JwksGuard({ORG: URL}, fetch=server)
    unsigned = assembled({"alg": "RS256", "kid": "weak"}, claims())
    with pytest.raises(BadSignature, match="key unknown"):
        check(guard, unsigned)


def test_the_same_delivery_over_and_over_is_a_replay(guard: WebhookGuard) -> None:
    """Desk may repeat what we answered with 503, so a few copies pass; the store tells them apart from news."""
    same = token()
    for _ in range(COPIES):
        assert check(guard, same) == HOOK
    with pytest.raises(BadSignature, match="replayed"):
        check(guard, same)
    assert guard.check(same, org=ORG, webhook_ids=OURS, body=b"[{}]", now=NOW) == HOOK


def test_deliveries_at_once_fetch_keys_once(guard: WebhookGuard, server: KeyServer) -> None:
    start = threading.Barrier(16)

    def deliver(number: int) -> str:
        start.wait()
        return guard.check(token(), org=ORG, webhook_ids=OURS, body=str(number).encode(), now=NOW)

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(deliver, range(16))) == {HOOK}
    assert server.fetched == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500},
        {"status": 302, "headers": {"Location": "https://evil.example/jwks.json"}},
        {"status": 204},
        {"body": "<html>"},
        {"json": [1]},
        {"body": requests.ReadTimeout("slow")},
    ],
)
def test_a_key_server_in_trouble_fails_closed(answer: dict[str, Any]) -> None:
    guard = JwksGuard({ORG: URL})
    with responses.RequestsMock() as http:
        http.get(URL, **answer)
        with pytest.raises(BadSignature, match="keys unavailable"):
            check(guard, token())
        assert len(http.calls) == 1


def test_the_fetch_has_a_tight_timeout() -> None:
    """Desk gives up on us after five seconds."""
    timeouts: list[float] = []

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        timeouts.append(request.req_kwargs["timeout"])
        return 200, {}, '{"keys": []}'

    with responses.RequestsMock() as http:
        http.add_callback(responses.GET, URL, callback=answer)
        assert fetch_keys(URL) == {"keys": []}
    assert timeouts == [1.5]
