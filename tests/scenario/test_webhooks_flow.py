"""Deliveries as they really come: repeated, out of order, forged, broken, too large, or about what is gone."""

import json
from typing import Any

import pytest
import requests

from tests.scenario.world import ADA, COPY_ALL, DELETE_ALL, HOUR, PRIVACY, World, everything
from zoho_privacy.domain.model import State
from zoho_privacy.local import cli

FORGED = (
    "alg_none", "hs256", "wrong_org", "wrong_webhook", "expired", "not_yet", "unknown_kid", "wrong_key", "no_jwt",
    "garbage_jwt", "wrong_org_body",
)  # fmt: skip
HARMLESS = ("valid_jwt_other_body", "gone_ticket", "empty_body", "valid")
NULLS: list[Any] = [
    {"eventType": "Ticket_Add", "eventTime": None, "payload": {"id": None, "subject": None, "contactId": None}},
    {"eventType": "Ticket_Update", "payload": None},
    {"eventType": None, "payload": {"id": "1"}},
    {"eventType": "Ticket_Thread_Add", "payload": {"id": "12", "ticketId": None}},
    None,
]


@pytest.mark.req("R-INTAKE-4", "R-VERIFY-12")
@pytest.mark.parametrize(
    ("stress", "workers"),
    [
        ({"duplicate": 4}, 4),
        ({"duplicate": 4, "reorder": True}, 1),
        ({"reorder": True, "batch": 5}, 2),
        ({"duplicate": 2, "delayMs": 50, "batch": 3}, 4),
    ],
    ids=["five times at once", "five times, last first", "batches, last first", "late batches at once"],
)
def test_however_often_and_in_whatever_order_it_is_one_case_and_one_reply(
    world: World, stress: dict[str, Any], workers: int
) -> None:
    world.ada()
    world.workers = workers
    world.zoho.bench("POST", "/webhooks/stress", stress)
    ticket_id = world.mail(DELETE_ALL, subject="Delete my data")["ticketId"]
    world.mail(COPY_ALL, sender="ben.orlov@example.org", name="Ben Orlov")
    world.settle()
    assert world.states() == {"deletion": "awaiting_proof", "access": "awaiting_proof"}
    assert (len(world.letters()), len(world.letters("ben.orlov@example.org"))) == (1, 1)
    assert world.tags(ticket_id) == {"privacy-awaiting-proof", "privacy-kind-deletion"}
    world.confirm()
    world.settle(within=HOUR)
    assert len([note for note in world.notes(ticket_id) if "Erasure plan" in note]) == 1
    assert world.dead() == []
    assert len([entry for entry in world.entries() if entry.what == "case_opened"]) == 2


@pytest.mark.req("R-SEC-4")
@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_delivery_is_refused_and_nothing_happens(world: World, kind: str) -> None:
    world.ada()
    seen, before = world.last_call(), len(world.entries())
    answer = world.zoho.bench("POST", "/webhooks/forge", {"webhookId": world.hook, "kind": kind})
    assert answer["status"] == 401
    world.settle()
    assert world.calls(seen) == []
    assert (len(world.entries()), world.dead()) == (before, [])


@pytest.mark.req("R-SEC-4")
@pytest.mark.parametrize("kind", HARMLESS)
def test_a_signed_delivery_about_nothing_changes_nothing(world: World, kind: str) -> None:
    """The signature never covers the body: an id is looked up, and nothing else of it is believed."""
    ticket_id = world.mail("Our printer is out of toner.")["ticketId"]
    seen, dump = world.last_call(), world.stored(ticket_id)
    body = [
        {
            "eventType": "Ticket_Add",
            "eventTime": "1767603600000",
            "orgId": world.org,
            "payload": {"id": ticket_id, "subject": DELETE_ALL, "description": DELETE_ALL, "email": ADA},
        }
    ]
    order = {"webhookId": world.hook, "kind": kind, **({"body": body} if kind == "valid_jwt_other_body" else {})}
    assert world.zoho.bench("POST", "/webhooks/forge", order)["status"] == 200
    world.settle()
    assert world.stored(ticket_id) == dump
    assert world.writes(seen) == []
    assert (world.cases, world.zoho.outbox()) == ((), [])


@pytest.mark.req("R-SEC-4")
def test_a_wrong_address_is_no_address(world: World) -> None:
    base = world.settings.public_url
    for path in ("/hooks/wrong/desk", "/hooks/desk", f"/hooks/wrong/desk/{world.org}"):
        assert requests.post(base + path, data=b"[]", timeout=10).status_code == 404


@pytest.mark.req("R-SEC-4", "R-SEC-8", "R-EVID-5")
def test_what_cannot_be_read_rests_sealed_until_somebody_looks(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """A repetition would be no better, so Zoho hears 200; a person sees it in the list and may try again."""
    garbage = {"webhookId": world.hook, "kind": "garbage_body"}
    assert world.zoho.bench("POST", "/webhooks/forge", garbage)["status"] == 200
    assert world.zoho.bench("POST", "/webhooks/forge", garbage)["status"] == 200
    (letter,) = world.dead()
    assert letter["reason"] == "the body is not JSON"
    common = ["--json", "--trial", world.zoho.url, "--state", str(world.folder / "state")]
    assert cli.main(["dead-letters", "list", *common]) == 1
    (listed,) = json.loads(capsys.readouterr().out)
    assert listed["id"] == letter["id"]
    assert cli.main(["dead-letters", "replay", listed["id"], *common]) == 1
    assert len(world.dead()) == 1
    drop = ["dead-letters", "drop", listed["id"], "--reason", "a test", "--as", world.agent(0)]
    assert cli.main([*drop, *common]) == 0
    assert world.dead() == []
    assert world.app.blobs.names("dead-letters/") == []


@pytest.mark.req("R-SEC-4", "R-INTAKE-4")
def test_nulls_and_nonsense_do_not_stop_what_is_sound(world: World) -> None:
    """One delivery with five broken events and one good one: the good one is looked at, the others rest."""
    world.ada()
    made = world.zoho.mail(subject="Delete my data", text=DELETE_ALL, deliverWebhook=False)
    good = {"eventType": "Ticket_Add", "eventTime": "1", "orgId": world.org, "payload": {"id": made["ticketId"]}}
    broken = [{**each, "orgId": world.org} if isinstance(each, dict) else each for each in NULLS]
    order: dict[str, Any] = {"webhookId": world.hook, "kind": "valid"}
    order["body"] = [*broken, good, "text", 7, []]
    assert world.zoho.bench("POST", "/webhooks/forge", order)["status"] == 200
    world.settle()
    assert world.case().state is State.AWAITING_PROOF
    assert len(world.letters()) == 1
    assert {letter["table"] for letter in world.dead()} == {"delivery"}


@pytest.mark.req("R-SEC-4")
def test_a_new_signing_key_is_learned(world: World) -> None:
    world.ada()
    world.zoho.bench("POST", "/webhooks/rotate-key", {"withdraw": True})
    world.advance(HOUR)
    world.mail(DELETE_ALL)
    assert world.case().state is State.AWAITING_PROOF


@pytest.mark.req("R-CLASS-4", "R-SEC-4")
def test_a_mail_of_five_megabytes_is_read_in_good_time(world: World) -> None:
    """A newsletter's worth of markup below one plain sentence; nothing of it comes back in the letter."""
    world.ada()
    filler = "<table><tr><td style='color:#123456'>lorem ipsum dolor</td></tr></table>\n" * 70_000
    html = f"<div>{DELETE_ALL}</div>{filler}"
    assert len(html) > 5_000_000
    started = world.now()
    made = world.zoho.mail(subject="Delete my data", text=DELETE_ALL, html=html)
    world.settle()
    assert (world.now() - started).total_seconds() < 120
    assert world.case().ticket_id == made["ticketId"]
    assert world.dead() == []
    assert "lorem" not in everything(world.zoho.outbox())


@pytest.mark.req("R-INTAKE-1", "R-SEC-4")
def test_a_ticket_that_is_gone_when_we_look_is_no_trouble(world: World) -> None:
    made = world.zoho.mail(subject="Delete my data", text=DELETE_ALL, to=PRIVACY)
    world.zoho.bench("POST", "/agent/trash", {"ticketId": made["ticketId"]})
    other = world.zoho.mail(subject="Delete my data", text=DELETE_ALL, sender="ben.orlov@example.org", name="Ben Orlov")
    world.zoho.settle()
    world.zoho.api("POST", "/tickets/moveToTrash", {"ticketIds": [other["ticketId"]]})
    world.zoho.api("POST", "/recycleBin/delete", {"ids": [made["ticketId"], other["ticketId"]]})
    world.settle()
    assert (world.cases, world.dead(), world.letters()) == ((), [], [])
