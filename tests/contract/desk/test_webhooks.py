"""Subscribing on the emulated portal, and telling its deliveries from forged ones."""

import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.contract.desk.conftest import Office
from zoho_privacy.adapters.desk.setup import SUBSCRIPTIONS, DeskAdmin
from zoho_privacy.adapters.desk.webhook_guard import JwksGuard
from zoho_privacy.domain.errors import BadSignature, DeskForbidden, DeskRejected

FORGED = ["alg_none", "hs256", "wrong_org", "wrong_webhook", "expired", "not_yet", "unknown_kid", "wrong_key"]


class Receiver:
    """Keeps every POST that reaches it, and answers 200."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                receiver.got.append((self.headers.get("X-ZDesk-JWT") or "", body))
                self.answer()

            def answer(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the library's word
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/zd/3f9a"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def check(office: Office, token: str, webhook_id: str, *, guard: JwksGuard | None = None) -> str:
    guard = guard or JwksGuard({office.desk.org: office.desk.config.jwks_url})
    now = datetime.fromisoformat(office.zoho.now())
    return guard.check(token, org=office.desk.org, webhook_ids=frozenset({webhook_id}), body=b"", now=now)


def test_a_subscription_is_made_once_and_mended(office: Office, receiver: Receiver) -> None:
    admin = DeskAdmin(office.desk.transport)
    webhook_id = admin.ensure_webhook(receiver.url)
    assert admin.ensure_webhook(receiver.url) == webhook_id
    assert len(office.sent("POST", "/webhooks")) == 1
    assert office.sent("PATCH", f"/webhooks/{webhook_id}") == []
    found = admin.webhook(webhook_id)
    assert found is not None
    assert (found.url, found.enabled, set(found.subscriptions)) == (receiver.url, True, set(SUBSCRIPTIONS))
    switched_off = office.zoho.patch(
        f"/webhooks/{webhook_id}", {"isEnabled": False, "subscriptions": {"Ticket_Add": None}}
    )
    assert switched_off.status_code == 200
    assert admin.ensure_webhook(receiver.url) == webhook_id
    mended = admin.webhook(webhook_id)
    assert mended is not None
    assert (mended.enabled, set(mended.subscriptions)) == (True, set(SUBSCRIPTIONS))
    admin.delete_webhook(webhook_id)
    admin.delete_webhook(webhook_id)
    assert admin.webhooks() == []
    assert admin.webhook(webhook_id) is None


def test_a_lost_answer_does_not_make_two(office: Office, receiver: Receiver) -> None:
    admin = DeskAdmin(office.desk.transport)
    office.fault("drop_after_write", "/webhooks", method="POST")
    webhook_id = admin.ensure_webhook(receiver.url)
    assert [each.id for each in admin.webhooks()] == [webhook_id]


def test_an_edition_without_webhooks_needs_a_person(office: Office, receiver: Receiver) -> None:
    office.switch(edition="STANDARD")
    with pytest.raises(DeskForbidden):
        DeskAdmin(office.desk.transport).ensure_webhook(receiver.url)


def test_a_url_that_does_not_answer_is_refused(office: Office) -> None:
    with pytest.raises(DeskRejected):
        DeskAdmin(office.desk.transport).ensure_webhook("http://127.0.0.1:9/zd")


@pytest.mark.req("R-SEC-4")
@pytest.mark.parametrize("unit", ["seconds", "milliseconds"])
def test_a_delivery_passes_the_guard(office: Office, receiver: Receiver, unit: str) -> None:
    office.switch(jwt_time_unit=unit)
    webhook_id = DeskAdmin(office.desk.transport).ensure_webhook(receiver.url)
    receiver.got.clear()
    office.zoho.mail()
    office.zoho.settle()
    assert b"Ticket_Add" in b"".join(body for _, body in receiver.got)
    guard = JwksGuard({office.desk.org: office.desk.config.jwks_url})
    for token, _ in receiver.got:
        assert check(office, token, webhook_id, guard=guard) == webhook_id


@pytest.mark.req("R-SEC-4")
@pytest.mark.parametrize("kind", [*FORGED, "no_jwt", "garbage_jwt"])
def test_a_forged_delivery_does_not(office: Office, receiver: Receiver, kind: str) -> None:
    webhook_id = DeskAdmin(office.desk.transport).ensure_webhook(receiver.url)
    receiver.got.clear()
    office.zoho.bench("POST", "/webhooks/forge", {"webhookId": webhook_id, "kind": kind})
    ((token, _),) = receiver.got
    with pytest.raises(BadSignature):
        check(office, token, webhook_id)


@pytest.mark.req("R-SEC-4")
def test_a_key_rotated_mid_run_is_fetched(office: Office, receiver: Receiver) -> None:
    webhook_id = DeskAdmin(office.desk.transport).ensure_webhook(receiver.url)
    guard = JwksGuard({office.desk.org: office.desk.config.jwks_url})

    def deliver() -> str:
        receiver.got.clear()
        office.zoho.bench("POST", "/webhooks/forge", {"webhookId": webhook_id, "kind": "valid"})
        return receiver.got[-1][0]

    assert check(office, deliver(), webhook_id, guard=guard) == webhook_id
    office.zoho.bench("POST", "/webhooks/rotate-key", {})
    office.zoho.advance(61)
    assert check(office, deliver(), webhook_id, guard=guard) == webhook_id
    office.zoho.bench("POST", "/webhooks/jwks", {"down": True})
    office.zoho.advance(3600)
    assert check(office, deliver(), webhook_id, guard=guard) == webhook_id
    with pytest.raises(BadSignature):
        check(office, deliver(), webhook_id)
    office.zoho.bench("POST", "/webhooks/jwks", {})
