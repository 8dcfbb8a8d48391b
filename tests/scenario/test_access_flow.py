"""A copy of somebody's data: built once identity is proven, handed out by a link, and by nothing else."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import jsonschema
import pytest

from tests.scenario.world import ADA, COPY_ALL, DAY, EXPORT, HOUR, World, get, old_ticket, post
from zoho_privacy.domain.model import Kind, State
from zoho_privacy.workflows import exports

BEN = "ben.orlov@example.org"
PORTABILITY = "I exercise my right to data portability under Article 20 GDPR."
BOTH = "Please send me a copy of all my personal data. After that, please delete all personal data about me."


def a_past(world: World) -> None:
    """Give Ada two tickets and Ben one, in which Ada is named too."""
    people = [
        {"firstName": "Ada", "lastName": "Moss", "email": ADA, "phone": "+44 1632 960142", "country": "Germany"},
        {"firstName": "Ben", "lastName": "Orlov", "email": BEN, "country": "Germany"},
    ]
    note = {"content": "Called her back.", "createdTime": "2025-03-02T08:00:00.000Z"}
    tickets = [
        old_ticket(ADA, "Laptop will not wake up", "It sleeps for ever. Ada Moss", comments=[note]),
        old_ticket(ADA, "Old invoice", "Please send the invoice again"),
        old_ticket(BEN, "Scanner of Ben", "My scanner is broken, ask Ben Orlov"),
    ]
    world.seed(people, tickets)


def proven(world: World, text: str = COPY_ALL) -> str:
    """Bring a request for a copy to its end; return the ticket."""
    a_past(world)
    ticket_id = world.mail(text)["ticketId"]
    assert world.confirm().status_code == 200
    world.settle(within=HOUR)
    return ticket_id


def document(package: Any, name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(package.read(name))
    return found


@pytest.mark.req("R-ACCESS-1", "R-ACCESS-5", "R-ACCESS-7", "R-PORT-1")
def test_the_person_fetches_a_whole_and_checkable_package(world: World) -> None:
    ticket_id = proven(world)
    assert (world.case().state, world.sent()) == (State.CLOSED, {"identity": 1, "export_ready": 1})
    link = world.found(EXPORT)
    page = get(link)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Moss" not in page.text
    with world.fetch(link) as package:
        assert package.testzip() is None
        names = set(package.namelist())
        listed = document(package, "manifest.json")["files"]
        assert {each["path"] for each in listed} == names - {"manifest.json"}
        for each in listed:
            data = package.read(each["path"])
            assert (len(data), hashlib.sha256(data).hexdigest()) == (each["size"], each["sha256"])
        (schema_name,) = [name for name in names if name.endswith(".schema.json") or "schema" in name]
        schema = document(package, schema_name)
        for name in sorted(names):
            if name.startswith("data/") and name.endswith(".json"):
                jsonschema.validate(document(package, name), schema)
            if name.endswith(".csv"):
                assert list(csv.reader(io.StringIO(package.read(name).decode("utf-8-sig"))))
        whole = b"".join(package.read(name) for name in names)
        subjects = {ticket["subject"] for ticket in document(package, "data/tickets.json")["tickets"]}
    assert subjects == {"Laptop will not wake up", "Old invoice", "A question"}
    assert b"Orlov" not in whole
    assert BEN.encode() not in whole
    assert world.stored(ticket_id)["attachment"] == []
    assert not any(mail["attachments"] for mail in world.zoho.outbox())
    assert [entry.what for entry in world.entries() if entry.what.startswith("export_d")] == ["export_downloaded"]


@pytest.mark.req("R-ACCESS-5")
def test_looking_at_the_page_downloads_nothing(world: World) -> None:
    proven(world)
    link = world.found(EXPORT)
    assert {get(link).status_code for _ in range(3)} == {200}
    assert not [entry for entry in world.entries() if entry.what == "export_downloaded"]


@pytest.mark.req("R-ACCESS-5", "R-VERIFY-12")
def test_links_that_ended_look_like_links_that_never_were(world: World) -> None:
    """Expired, revoked, unknown: one page, so that nobody learns which link once led somewhere."""
    proven(world)
    link = world.found(EXPORT)
    never = link[:-6] + "AAAAAA"
    world.advance(timedelta(days=7))
    assert [get(each).status_code for each in (link, never)] == [404, 404]
    assert get(link).text == get(never).text == post(link).text
    exports.expire_due(world.app, world.now())
    assert world.app.blobs.names("exports/") == []
    assert get(link).text == get(never).text


@pytest.mark.req("R-ACCESS-5", "R-BREACH-1")
def test_a_revoked_link_is_dead_at_once(world: World) -> None:
    proven(world)
    link = world.found(EXPORT)
    (export,) = exports.of_case(world.app, world.org, world.case().id)
    exports.revoke(world.app, world.org, export.id, "agent:1", "sent by mistake")
    assert post(link).text == post(link[:-6] + "AAAAAA").text
    assert post(link).status_code == 404
    assert world.app.blobs.names("exports/") == []


@pytest.mark.req("R-PORT-1")
def test_portability_gives_what_the_person_provided(world: World) -> None:
    proven(world, PORTABILITY)
    assert (world.case().kind, world.case().state) == (Kind.PORTABILITY, State.CLOSED)
    with world.fetch(world.found(EXPORT)) as package:
        data = b"".join(package.read(name) for name in package.namelist() if name.startswith("data/"))
    assert b"It sleeps for ever" in data
    assert b"Called her back" not in data


@pytest.mark.req("R-ERASE-8", "R-HOLD-5")
def test_who_wants_a_copy_and_deletion_gets_the_copy_first(world: World) -> None:
    ticket_id = proven(world, BOTH)
    assert world.states() == {"access": "closed", "deletion": "planned"}
    assert world.sent() == {"identity": 1, "export_key": 1, "export_ready": 1}
    assert world.fetch(world.found(EXPORT)).testzip() is None
    world.approve(ticket_id)
    assert world.states() == {"access": "closed", "deletion": "closed"}
    assert world.zoho.stored("It sleeps for ever") == []


@pytest.mark.req("R-HOLD-5")
def test_an_open_request_for_a_copy_keeps_the_data(world: World) -> None:
    """Deletion was approved; then the same person asks for a copy: nothing goes before it is answered."""
    ticket_id = world.asks_for_deletion()
    world.mail(COPY_ALL)
    assert world.states() == {"deletion": "planned", "access": "awaiting_proof"}
    world.approve(ticket_id)
    assert world.case(Kind.DELETION).state is State.EXECUTING
    assert world.zoho.stored("It sleeps for ever") != []
    world.confirm()
    world.pass_time(3 * HOUR, within=HOUR)
    assert world.states() == {"deletion": "closed", "access": "closed"}
    with world.fetch(world.found(EXPORT)) as package:
        assert b"It sleeps for ever" in b"".join(package.read(name) for name in package.namelist())
    assert world.zoho.stored("It sleeps for ever") == []


@pytest.mark.req("R-ACCESS-5", "R-VERIFY-10")
def test_the_package_is_sealed_at_rest(world: World) -> None:
    proven(world)
    (name,) = world.app.blobs.names("exports/")
    sealed = b"".join(world.app.blobs.get(name))
    assert b"PK\x03\x04" not in sealed
    assert b"Moss" not in sealed
    world.pass_time(8 * DAY)
    exports.expire_due(world.app, world.now())
    assert world.app.blobs.names("exports/") == []


@pytest.mark.req("R-CCPA-1", "R-ACCESS-3", "R-ACCESS-5")
def test_who_asks_for_categories_fetches_californias_headings_and_no_copy(world: World) -> None:
    """From the mail to the opened package: sources, purposes and recipients for each heading, nothing of a ticket."""
    person = {"firstName": "Ada", "lastName": "Moss", "email": ADA, "country": "United States", "state": "California"}
    made = world.seed([person], [old_ticket(ADA, "Old invoice", "Please send the invoice again")])
    number = str(world.stored(made["tickets"][0]["id"])["ticket"]["ticketNumber"])
    world.mail("Under the CCPA, please tell me the categories of personal information you collect about me. Ada Moss")
    assert world.confirm(ticket_number=number).status_code == 200
    world.settle(within=HOUR)
    assert (world.case().kind, world.case().state) == (Kind.KNOW_CATEGORIES, State.CLOSED)
    with world.fetch(world.found(EXPORT)) as package:
        assert set(package.namelist()) == {"index.html", "data/answer.json", "schema/export-1.json", "manifest.json"}
        answer = document(package, "data/answer.json")
        page = package.read("index.html").decode()
    jsonschema.validate(answer, json.loads(exports.schema()))
    headings = {each["item"]: each for each in answer["answer"]}["california_categories"]["headings"]
    assert {"identifiers", "commercial", "network"} <= {each["heading"] for each in headings}
    assert all(each["sources"] and each["purposes"] and each["disclosed_to"] for each in headings)
    assert not any(each["sold_or_shared"] for each in headings)
    assert "Identifiers" in page
    assert "invoice" not in page
