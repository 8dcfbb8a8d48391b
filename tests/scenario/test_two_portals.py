"""One deployment, two portals: every key carries the organisation, so nothing of one is seen in the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator_process import Emulator
from tests.scenario.world import ADA, DELETE_ALL, MONDAY, PRIVACY
from zoho_privacy import bootstrap
from zoho_privacy.domain.model import Case
from zoho_privacy.hosting import dispatch
from zoho_privacy.local import portals
from zoho_privacy.local.server import Server, Site
from zoho_privacy.local.trial import settings_from_emulator
from zoho_privacy.workflows import casebook, inbox, ledger, outbox
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.reconcile import installed_at


@pytest.fixture(scope="module")
def two() -> Iterator[tuple[Emulator, Emulator]]:
    with Emulator.start(now=MONDAY, random_seed=1) as one, Emulator.start(now=MONDAY, random_seed=2) as other:
        yield one, other


@pytest.fixture
def app(two: tuple[Emulator, Emulator], tmp_path: Path) -> Iterator[App]:
    """Return one suite that serves both portals."""
    first, second = (settings_from_emulator(zoho.url, state_dir=tmp_path, port=0) for zoho in two)
    settings = first.model_copy(update={"portals": (*first.portals, *second.portals)})
    suite = bootstrap.build(settings)
    server = Server(Site(suite, dispatch.discover()), host="127.0.0.1", port=settings.port, behind_proxy=False)
    server.start()
    for org in suite.desks:
        installed_at(suite, org)
        assert portals.set_up(suite, org, change=True).webhook_id
    yield suite
    server.stop()


def settle(app: App, two: tuple[Emulator, Emulator]) -> None:
    for zoho in two:
        zoho.settle()
    while inbox.drain(app) + outbox.drain(app):
        for zoho in two:
            zoho.settle()


def cases(app: App, org: str) -> list[Case]:
    return list(casebook.all_cases(app.store, org))


def test_the_same_person_in_two_portals_has_a_case_and_a_letter_in_each(
    app: App, two: tuple[Emulator, Emulator]
) -> None:
    one, other = (zoho.bench("GET", "/info")["orgId"] for zoho in two)
    for zoho in two:
        zoho.mail(sender=ADA, to=PRIVACY, subject="My data", text=DELETE_ALL)
    settle(app, two)
    assert [case.org for case in cases(app, one)] == [one]
    assert [case.org for case in cases(app, other)] == [other]
    for zoho in two:
        (letter,) = (mail for mail in zoho.outbox(to=ADA) if mail["kind"] == "reply")
        assert "/verify/" in letter["content"]
    for org in (one, other):
        assert not ledger.verify_all(app.store, org)
        assert {entry.org for entry in ledger.entries(app.store, org)} == {org}


@pytest.mark.req("R-SEC-4")
def test_one_portals_signature_announces_nothing_in_the_other(app: App, two: tuple[Emulator, Emulator]) -> None:
    one, other = two
    hook = one.get("/webhooks").json()["data"][-1]
    body = [{"eventType": "Ticket_Add", "eventTime": "1", "orgId": other.bench("GET", "/info")["orgId"],
             "payload": {"id": "417000000123001"}}]  # fmt: skip
    order = {"webhookId": hook["id"], "kind": "valid_jwt_other_body", "body": body}
    assert one.bench("POST", "/webhooks/forge", order)["status"] == 401
    assert not list(app.store.find(other.bench("GET", "/info")["orgId"], "event"))
