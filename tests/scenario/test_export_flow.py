"""Ada's data leaves the emulated desk whole and alone: the suite, its real client and stores, over HTTP."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.builders import a_case
from tests.emulator_process import Emulator
from tests.fakes.handing import fetched, let_out
from zoho_privacy import bootstrap
from zoho_privacy.domain.errors import Retryable
from zoho_privacy.domain.model import Case, Kind, State
from zoho_privacy.local import cli
from zoho_privacy.local.console import Exit
from zoho_privacy.local.trial import settings_from_emulator
from zoho_privacy.workflows import casebook, exports
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.exports import ExportState

ADA, BOB = "ada.moss@example.net", "bob.stone@example.org"
TEXT = base64.b64encode(f"router of {BOB}: up\n".encode()).decode()
PICTURE = base64.b64encode(b"\x89PNG\r\n" * 5000).decode()


@pytest.fixture(scope="module")
def portal() -> Iterator[Emulator]:
    with Emulator.start() as zoho:
        yield zoho


@pytest.fixture
def zoho(portal: Emulator) -> Emulator:
    portal.reset()
    return portal


@pytest.fixture
def app(zoho: Emulator, tmp_path: Path) -> App:
    return bootstrap.build(settings_from_emulator(zoho.url, state_dir=tmp_path / "state", port=0))


def seed(zoho: Emulator) -> dict[str, Any]:
    ada = {"firstName": "Ada", "lastName": "Moss", "email": ADA, "phone": "+49 30 5550142", "portalUser": True}
    bob = {"firstName": "Bob", "lastName": "Stone", "email": BOB, "phone": "+44 20 7946 0958"}
    tickets = [
        {
            "contact": ADA,
            "subject": "Printer offline",
            "createdTime": "2025-03-01T08:00:00.000Z",
            "threads": [
                {
                    "direction": "in", "from": ADA, "cc": BOB, "createdTime": "2025-03-01T08:00:00.000Z",
                    "content": f"<div>Offline again. Ask <a href='mailto:{BOB}'>Bob</a>, +44 20 7946 0958</div>",
                    "attachments": [
                        {"name": "router.log", "contentBase64": TEXT}, {"name": "photo.png", "contentBase64": PICTURE},
                    ],
                },
                {"direction": "out", "to": ADA, "content": "<p>Restart it.</p>",
                 "createdTime": "2025-03-01T09:00:00.000Z"},
            ],
            "comments": [{"content": "a patient customer", "isPublic": False}],
            "tags": ["printer"],
            "timeEntries": [{"description": "ten minutes on the phone"}],
            "resolution": "restarted",
        },
        {"contact": ADA, "subject": "Old invoice", "status": "Resolved", "archived": True,
         "createdTime": "2023-05-01T08:00:00.000Z", "closedTime": "2023-05-02T08:00:00.000Z",
         "threads": [{"direction": "in", "from": ADA, "content": "<p>Send the invoice again</p>",
                      "createdTime": "2023-05-01T08:00:00.000Z"}]},
        {"contact": BOB, "subject": "VPN of Bob", "createdTime": "2025-06-01T08:00:00.000Z",
         "description": f"ask {ADA}",
         "threads": [{"direction": "in", "from": BOB, "content": "<p>My VPN is down</p>",
                      "createdTime": "2025-06-01T08:00:00.000Z"},
                     {"direction": "in", "from": ADA, "content": "<p>I can confirm that</p>",
                      "createdTime": "2025-06-01T09:00:00.000Z"}]},
    ]  # fmt: skip
    made: dict[str, Any] = zoho.bench("POST", "/seed", {"contacts": [ada, bob], "tickets": tickets})
    return made


def case_for(app: App, made: dict[str, Any], kind: Kind = Kind.ACCESS) -> Case:
    (org,) = app.desks
    return a_case(org=org, kind=kind, contact_id=made["contacts"][0]["id"], id=f"{org}-{kind}")


@pytest.mark.req("R-ACCESS-1", "R-ACCESS-2", "R-ACCESS-4")
def test_everything_of_ada_and_nothing_of_bob(zoho: Emulator, app: App) -> None:
    case = case_for(app, seed(zoho))
    zoho.advance(120)
    export = exports.build(app, app.desks[case.org], case)
    assert (export.state, export.gaps) == (ExportState.NEEDS_PERSON, (exports.MASKED,))
    with fetched(app, let_out(app, export)) as package:
        whole = b"".join(package.read(name) for name in package.namelist())
        messages = json.loads(package.read("data/messages.json"))["messages"]
        omitted = json.loads(package.read("omissions.json"))["omissions"]
        names = package.namelist()
    for own in ("Offline again", "Restart it", "Send the invoice again", "I can confirm that", "+49 30 5550142"):
        assert own.encode() in whole
    for other in (BOB, "7946", "My VPN is down", "VPN of Bob"):
        assert other.encode() not in whole
    assert len(messages) == 4
    assert "others_ticket" in {each["reason"] for each in omitted}
    assert [name.partition(".")[2] for name in names if name.startswith("files/")] == ["log", "png"]
    assert len([name for name in names if name.endswith(".eml")]) == len(messages)
    assert zoho.bench("GET", "/verdict")["failed"] is False


@pytest.mark.req("R-PLAN-3")
def test_a_desk_that_falters_half_way_is_resumed(zoho: Emulator, app: App) -> None:
    case = case_for(app, seed(zoho))
    zoho.advance(120)
    desk = app.desks[case.org]
    match = {"method": "GET", "pathRegex": "/content$"}
    zoho.bench("POST", "/faults", {"match": match, "times": 50, "kind": "credits_gone", "retryAfter": 3600})
    with pytest.raises(Retryable):
        exports.build(app, desk, case)
    zoho.bench("DELETE", "/faults")
    export = exports.build(app, desk, case)
    assert export.gaps == (exports.MASKED,)
    assert len(exports.of_case(app, case.org, case.id)) == 1
    with fetched(app, let_out(app, export)) as package:
        assert package.testzip() is None


@pytest.mark.req("R-PORT-1")
def test_portability_leaves_the_teams_words_out(zoho: Emulator, app: App) -> None:
    case = case_for(app, seed(zoho), Kind.PORTABILITY)
    zoho.advance(120)
    export = exports.build(app, app.desks[case.org], case)
    with fetched(app, let_out(app, export)) as package:
        whole = b"".join(package.read(name) for name in package.namelist() if name.startswith("data/"))
    assert b"Offline again" in whole
    assert b"Restart it" not in whole
    assert b"a patient customer" not in whole


@pytest.mark.req("R-ACCESS-5")
def test_a_revoked_export_leaves_no_file(zoho: Emulator, app: App) -> None:
    case = case_for(app, seed(zoho))
    export = exports.build(app, app.desks[case.org], case)
    exports.revoke(app, case.org, export.id, "agent:700", "test")
    assert app.blobs.names("exports/") == []
    assert replace(export, state=ExportState.REVOKED, erased=True) == exports.get(app, case.org, export.id)


def test_the_command_builds_lists_and_revokes(
    zoho: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trial = ["--json", "--trial", zoho.url, "--state", str(tmp_path / "state")]
    app = bootstrap.build(settings_from_emulator(zoho.url, state_dir=tmp_path / "state"))
    unproven = replace(case_for(app, seed(zoho)), state=State.AWAITING_PROOF)

    def store(case: Case) -> None:
        change = casebook.Change(app.store, case.org, app.clock.now())
        change.case(case)
        change.commit()

    def run(*words: str) -> tuple[int, Any]:
        status = cli.main(["export", *words, *trial])
        printed = capsys.readouterr().out
        return status, json.loads(printed) if printed else None

    store(unproven)
    assert run("build", "5127")[0] == Exit.USAGE  # nobody's data before identity is established
    store(replace(unproven, state=State.VERIFIED, version=1))
    status, built = run("build", "5127")
    assert (status, built["state"], built["gaps"]) == (Exit.PERSON_NEEDED, "needs_person", [exports.MASKED])
    assert [each["id"] for each in run("list")[1]] == [built["id"]]
    seen = run("review", built["id"])[1]
    assert {BOB, "+44 20 7946 0958"} <= {each["value"] for each in seen["masks"]}
    assert any("Offline again. Ask" in each["before"] for each in seen["masks"])
    by = ("--as", "700")
    assert run("accept", built["id"], *by, "--reason", "looked at", "--hash", "0" * 12)[0] == Exit.USAGE
    status, changed = run("change", built["id"], *by, "--show", "+44 20 7946 0958", "--hide", "Restart it")
    assert (status, changed["sha256"] == built["sha256"]) == (Exit.PERSON_NEEDED, False)
    stale = ("--reason", "looked at", "--hash", built["sha256"][:12])
    assert run("accept", built["id"], *by, *stale)[0] == Exit.USAGE  # not what was looked at
    fresh = ("--reason", "looked at", "--hash", changed["sha256"][:12])
    assert run("accept", built["id"], *by, *fresh)[1]["state"] == "ready"
    export = exports.get(app, unproven.org, built["id"])
    assert export is not None
    with fetched(app, export) as package:
        messages = package.read("data/messages.json").decode()
    assert "+44 20 7946 0958" in messages
    assert "Restart it" not in messages
    assert BOB not in messages
    status, ended = run("revoke", built["id"], *by, "--reason", "a test")
    assert (status, ended["state"], ended["erased"]) == (Exit.OK, "revoked", True)
    about = ended["concerned"]
    assert (about["contact_id"], about["codes_sent"], len(about["fetched"])) == (unproven.contact_id, 1, 1)
    assert about["counts"]["tickets"] == 3
    assert run("concerned", built["id"])[1]["concerned"] == about
    assert run("build", "5127")[1]["round"] == 2
