"""Another provider can take an export over: what is re-created from it in an empty desk exports to the same data."""

import json
import re
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.builders import a_case
from tests.emulator_process import Emulator
from tests.fakes.handing import download, fetched, let_out, letter
from tests.scenario.test_export_flow import case_for, seed
from zoho_privacy import bootstrap
from zoho_privacy.domain.errors import BadInput, Tampered
from zoho_privacy.domain.model import Kind
from zoho_privacy.local import cli, takeover
from zoho_privacy.local.console import Exit
from zoho_privacy.local.trial import settings_from_emulator
from zoho_privacy.workflows import exports
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.exports import Export

TEAM = re.compile(r"[\w.-]+@desk\.example\.com|\[email removed\]|\[another person\]")
"""The first desk's own addresses, which are strangers' to the second, and how it masks them."""

CONTACT = ("first_name", "last_name", "email", "secondary_email", "phone", "mobile", "created")
TICKET = (
    "subject", "description", "status", "custom_fields", "tags", "resolution", "archived", "created", "closed",
    "email", "phone",
)  # fmt: skip
MESSAGE = ("author", "direction", "from", "to", "cc", "content", "text", "created")


@pytest.fixture(scope="module")
def source() -> Iterator[Emulator]:
    with Emulator.start() as zoho:
        yield zoho


@pytest.fixture(scope="module")
def empty_desk() -> Iterator[Emulator]:
    with Emulator.start() as zoho:
        yield zoho


def suite(zoho: Emulator, folder: Path) -> App:
    """Return a suite on the emulated desk, and on its CRM where the extra for it is installed."""
    settings = settings_from_emulator(zoho.url, state_dir=folder, port=0)
    (portal,) = settings.portals
    crm = {"crm_url": zoho.url} if find_spec("zcrmsdk") else {}
    return bootstrap.build(settings.model_copy(update={"portals": (portal.model_copy(update=crm),)}))


def essence(package: Any) -> dict[str, Any]:
    """Return everything of an export that another desk can hold: all but its ids and numbers."""
    everything = json.loads(package.read("data/tickets.json"))["tickets"]
    tickets = {each["id"]: each for each in everything if each["relation"] == "own"}

    def rows(name: str, fields: tuple[str, ...]) -> list[list[Any]]:
        found = json.loads(package.read(f"data/{name}.json"))[name]
        return sorted(
            ([tickets[each["ticket_id"]]["created"], *(each[field] for field in fields)] for each in found
             if each["ticket_id"] in tickets), key=repr,
        )  # fmt: skip

    contact = json.loads(package.read("data/contact.json"))["contact"]
    beside = json.loads(package.read("data/sources.json"))["sources"] if find_spec("zcrmsdk") else []
    activities = rows("activities", ("kind", "record"))
    return {
        "contact": [contact[key] for key in CONTACT],
        "tickets": sorted(([filled(each[key]) for key in TICKET] for each in tickets.values()), key=repr),
        "messages": [[known(each) for each in row] for row in rows("messages", MESSAGE)],
        "beside": sorted(([each["kind"], carried(each["record"])] for each in beside), key=repr),
        "comments": rows("comments", ("public", "content", "created")),
        "attachments": rows("attachments", ("name", "size", "sha256")),
        "activities": sorted(
            [at, kind, record.get("subject") or "", record.get("description") or ""] for at, kind, record in activities
        ),
    }


def carried(record: dict[str, Any]) -> dict[str, Any]:
    """Return what of a CRM record another CRM can hold: no ids, no times and nothing that points elsewhere."""
    own = takeover.SET_THERE | {"Account_Name"}
    kept = {name: value for name, value in record.items() if name not in own and value is not None}
    return {name: value["name"] if isinstance(value, dict) else value for name, value in kept.items()}


def filled(value: Any) -> Any:
    """Return custom fields without the empty ones: each desk has its own."""
    return {name: each for name, each in value.items() if each} if isinstance(value, dict) else known(value)


def known(value: Any) -> Any:
    """Return a text as both desks see it."""
    return TEAM.sub("...", value) if isinstance(value, str) else value


def taken_over(app: App, export: Export, empty_desk: Emulator, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Import through the command into the emptied desk, export again; return both essences."""
    folder.mkdir()
    locked = folder / "export.zip"
    locked.write_bytes(download(app, export))
    stored = exports.get(app, export.org, export.id)
    assert stored is not None
    key = letter(app, stored)["key"]
    with fetched(app, export) as package:
        before = essence(package)
    empty_desk.reset()
    assert cli.main(["import", str(locked), "--into", empty_desk.url, "--key", key]) == Exit.OK
    empty_desk.advance(700)
    second = suite(empty_desk, folder / "second")
    (org,) = second.desks
    email = before["contact"][2]
    (contact,) = second.desks[org].read.contacts_by_email(email)
    case = a_case(org=org, kind=Kind.ACCESS, contact_id=contact.id)
    with fetched(second, let_out(second, exports.build(second, second.desks[org], case))) as package:
        return before, essence(package)


def in_the_crm(zoho: Emulator) -> None:
    """Put a contact of Ada's with a note, a deal and a case, and a lead, into the CRM."""
    ada = {"First_Name": "Ada", "Last_Name": "Moss", "Email": "ada.moss@example.net", "Email_Opt_Out": True}
    records = [
        {"module": "Contacts", "values": {**ada, "Account_Name": {"id": "99", "name": "Moss Ltd"}, "Title": "Baker"}},
        {"module": "Notes", "values": {"Note_Title": "Call", "Note_Content": "likes mornings"}, "parent": 0},
        {"module": "Deals", "values": {"Deal_Name": "Ten laptops", "Amount": 1200, "Stage": "Won"}, "parent": 0},
        {"module": "Cases", "values": {"Subject": "A hinge", "Status": "New"}, "parent": 0},
        {"module": "Leads", "values": {"Last_Name": "Moss", "Company": "Moss Ltd", "Email": ada["Email"]}},
    ]
    zoho.bench("POST", "/crm/records", {"records": records})


@pytest.mark.req("R-PORT-2")
def test_an_export_fills_an_empty_desk_and_comes_out_equal(
    source: Emulator, empty_desk: Emulator, tmp_path: Path
) -> None:
    source.reset()
    in_the_crm(source)
    app = suite(source, tmp_path / "first")
    case = case_for(app, seed(source))
    export = let_out(app, exports.build(app, app.desks[case.org], case))
    before, after = taken_over(app, export, empty_desk, tmp_path / "one")
    assert len(before["messages"]) == 3  # words in Bob's ticket are not a ticket of Ada's
    assert len(before["beside"]) == (5 if find_spec("zcrmsdk") else 0)
    assert after == before


@pytest.mark.req("R-PORT-2", "R-PORT-3")
def test_generated_people_come_out_equal(source: Emulator, empty_desk: Emulator, tmp_path: Path) -> None:
    """Whoever a generator makes up: every alphabet, archived tickets, tasks, files, several participants."""
    source.reset()
    source.bench("POST", "/generate", {"tickets": 45, "people": 20, "seed": 11, "years": 2})
    source.advance(700)
    app = suite(source, tmp_path / "first")
    (org,) = app.desks
    people = source.bench("GET", "/truth/people", start="0", limit="20")["people"]
    chosen = [person for person in people if len(person["contactIds"]) == 1][:2]
    for number, person in enumerate(chosen):
        case = a_case(org=org, kind=Kind.ACCESS, contact_id=person["contactIds"][0], id=f"{org}-{number}")
        export = let_out(app, exports.build(app, app.desks[org], case))
        before, after = taken_over(app, export, empty_desk, tmp_path / str(number))
        assert before["tickets"]
        for part, wanted in before.items():
            assert after[part] == wanted, f"{part} of person {person['person']}"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A package without a lock, small and whole."""
    path = tmp_path / "plain.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("manifest.json", json.dumps({"files": []}))
    return path


@pytest.mark.req("R-ACCESS-7")
def test_a_package_that_is_not_what_its_manifest_says_is_refused(plain: Path) -> None:
    assert takeover.opened(plain).files.keys() == {"manifest.json"}
    with zipfile.ZipFile(plain, "a") as package:
        package.writestr("data/contact.json", "{}")
    with pytest.raises(Tampered):
        takeover.opened(plain)


def test_what_is_no_package_and_who_is_no_emulator_are_refused(plain: Path, tmp_path: Path) -> None:
    noise = tmp_path / "noise.zip"
    noise.write_bytes(b"PK\x03\x04 nothing")
    for path in (noise, tmp_path / "absent.zip"):
        with pytest.raises(BadInput):
            takeover.opened(path)
    for url in ("https://desk.zoho.eu", "http://192.0.2.1:8010", "http://127.0.0.1:9"):
        with pytest.raises(BadInput):
            takeover.plant(url, {"contacts": [], "tickets": []})
    assert cli.main(["import", str(plain)]) == Exit.USAGE
