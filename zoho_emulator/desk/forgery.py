"""Deliveries that Zoho would never send: what a receiver must refuse (API reference, section 5.5)."""

import base64
import hashlib
import hmac
import json
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from zoho_emulator.desk.state import World
from zoho_emulator.desk.webhooks import Keys, claims, patience, post, token
from zoho_emulator.store import Json

KINDS: Final = (
    "alg_none", "hs256", "wrong_org", "wrong_webhook", "expired", "not_yet", "unknown_kid", "wrong_key", "no_jwt",
    "garbage_jwt", "valid_jwt_other_body", "replayed_jwt", "garbage_body", "empty_body", "wrong_org_body",
    "gone_ticket", "valid",
)  # fmt: skip


def send(world: World, keys: Keys, order: Json) -> Json:
    """Send one forged delivery and return the receiver's status. Raises ValueError on an unknown kind or webhook."""
    kind = order.get("kind")
    if kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}")
    with world.transaction():
        webhook = world.store.get("webhook", str(order.get("webhookId")))
        if webhook is None:
            raise ValueError("webhookId names no subscription")
        body = _body(world, kind, order.get("body"))
        signature = _token(world, keys, webhook["id"], kind)
    headers = {} if signature is None else {world.switches["webhook_header"]: signature}
    return {"status": post(webhook["url"], body, headers, patience_s=patience(world)), "url": webhook["url"]}


def _body(world: World, kind: str, given: Any) -> Any:
    if kind == "garbage_body":
        return b'[{"eventType": "Ticket_Add", "payload": '
    if kind == "empty_body":
        return b""
    if given is not None:
        return given
    event = {
        "eventType": "Ticket_Update",
        "eventTime": str(world.clock.now_ms()),
        "orgId": "1" if kind == "wrong_org_body" else world.org_id(),
        "payload": {"id": world.new_id(), "subject": "Forged"},
    }
    return [event]


def _token(world: World, keys: Keys, webhook_id: str, kind: str) -> str | None:
    if kind == "no_jwt":
        return None
    if kind == "garbage_jwt":
        return "not.a.token"
    if kind == "replayed_jwt":
        if webhook_id not in keys.used:
            raise ValueError("nothing was delivered yet whose JWT could be sent again")
        return keys.used[webhook_id]
    told = claims(world, webhook_id)
    kid, key = keys.current()
    if kind == "wrong_org":
        told["iss"] = "orgId:1"
    elif kind == "wrong_webhook":
        told["aud"] = "webhookId:1"
    elif kind == "expired":
        told = claims(world, webhook_id, lifetime_s=-7200) | {"iat": told["iat"] - (told["exp"] - told["iat"]) * 48}
    elif kind == "not_yet":
        ahead = (told["exp"] - told["iat"]) * 24
        told |= {"iat": told["iat"] + ahead, "exp": told["exp"] + ahead}
    elif kind == "unknown_kid":
        kid = "desk-key-unknown"
    if kind == "alg_none":
        return f"{_part({'alg': 'none', 'typ': 'JWT', 'kid': kid})}.{_part(told)}."
    if kind == "hs256":
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return _hs256(told, kid, public)
    if kind == "wrong_key":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if kind in ("valid", "valid_jwt_other_body", "garbage_body", "empty_body", "wrong_org_body", "gone_ticket"):
        return token(world, keys, webhook_id)
    return jwt.encode(told, key, algorithm="RS256", headers={"kid": kid})


def _part(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _hs256(told: Json, kid: str, secret: bytes) -> str:
    """Sign with the public key as if it were a shared secret, which PyJWT itself refuses to do."""
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': kid})}.{_part(told)}"
    seal = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(seal).rstrip(b'=').decode()}"
