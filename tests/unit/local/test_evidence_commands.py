"""`evidence`, `why` and `report` through the command line, on a configured installation whose desk nobody can reach."""

import base64
import json
import os
from pathlib import Path

import pytest

from tests.builders import NOW, ORG, a_case
from zoho_privacy import bootstrap, config
from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.local import cli
from zoho_privacy.local.console import Exit
from zoho_privacy.workflows import explain
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.ledger import anchor_head


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> App:
    for name in [each for each in os.environ if each.startswith(config.PREFIX)]:
        monkeypatch.delenv(name)
    portal = {
        "org": ORG,
        "client_id": "1000.A",
        "client_secret": "s",
        "refresh_token": "r",
        "desk_url": "http://127.0.0.1:9",
        "accounts_url": "http://127.0.0.1:9",
    }
    values = {
        "portals": json.dumps([portal]),
        "public_url": "http://127.0.0.1:8020",
        "hook_secret": "h" * 24,
        "installation_secret": base64.b64encode(b"k" * 32).decode(),
        "state_dir": str(tmp_path / "state"),
    }
    for name, value in values.items():
        monkeypatch.setenv(config.PREFIX + name.upper(), value)
    built = bootstrap.build(config.load())
    change = Change(built.store, ORG, NOW)
    case = a_case()
    change.case(case)
    change.log(
        "requester",
        "case_opened",
        why="R-INTAKE-2",
        case_id=case.id,
        ticket_id=case.ticket_id,
        kind=case.kind,
        law=case.law,
    )
    change.commit()
    anchor_head(built.store, built.anchor, ORG, NOW)
    return built


@pytest.mark.usefixtures("app")
@pytest.mark.req("R-EVID-4", "R-EVID-3")
def test_a_bundle_is_written_and_checked_against_the_anchor_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "case.zip"
    assert cli.main(["evidence", "bundle", "5127", "--out", str(out), "--json"]) == Exit.OK
    assert json.loads(capsys.readouterr().out)["bytes"] == out.stat().st_size
    anchors = tmp_path / "state" / bootstrap.ANCHORS
    assert cli.main(["evidence", "verify", str(out), "--anchors", str(anchors)]) == Exit.OK
    assert "heads left elsewhere agree" in capsys.readouterr().out
    anchors.write_text(anchors.read_text().replace('"sequence": 1', '"sequence": "x"'))
    assert cli.main(["evidence", "verify", str(out), "--anchors", str(anchors)]) == Exit.USAGE


@pytest.mark.req("R-EVID-4")
def test_verifying_needs_no_settings(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "case.zip"
    assert app.desks
    assert cli.main(["evidence", "bundle", "7001-deletion", "--out", str(out)]) == Exit.OK
    for name in [each for each in os.environ if each.startswith(config.PREFIX)]:
        monkeypatch.delenv(name)
    assert cli.main(["evidence", "verify", str(out)]) == Exit.OK


@pytest.mark.usefixtures("app")
@pytest.mark.req("R-EVID-8", "R-EVID-3")
def test_the_archive_for_an_audit_is_written_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "audit.zip"
    assert cli.main(["evidence", "audit", "--out", str(out)]) == Exit.OK
    assert (
        cli.main(["evidence", "verify", str(out), "--anchors", str(tmp_path / "state" / bootstrap.ANCHORS)]) == Exit.OK
    )
    assert "Audit: holds" in capsys.readouterr().out
    out.write_bytes(out.read_bytes().replace(b"Cloudflare", b"Cloudflaer"))
    assert cli.main(["evidence", "verify", str(out)]) != Exit.OK
    assert cli.main(["evidence", "verify"]) == Exit.USAGE
    assert cli.main(["evidence", "bundle"]) == Exit.USAGE


@pytest.mark.usefixtures("app")
def test_why_finds_a_ticket_by_number_or_id(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("5127", "#5127", "7001", "7001-deletion"):
        assert cli.main(["why", name]) == Exit.OK
        said = capsys.readouterr().out
        assert "case_opened" in said
        assert "R-INTAKE-2" in said
        assert "Next: the person confirms the code." in said
    assert cli.main(["why", "nowhere"]) == Exit.USAGE


@pytest.mark.parametrize(
    ("why", "clauses"),
    [
        ("R-INTAKE-1", ("P13-rights", "P18-contact")),
        ("P13-rights erasure", ("P13-rights",)),
        ("13.access", ("P13-access",)),
        ("R-INTAKE-2", ("P13-thirty-days",)),
        ("R-DEV-1", ()),
    ],
)
def test_a_reason_leads_to_the_clauses_that_name_it_and_to_no_other(why: str, clauses: tuple[str, ...]) -> None:
    assert explain.clauses(load_rules(), why) == clauses


@pytest.mark.usefixtures("app")
@pytest.mark.req("R-METRIC-1", "R-METRIC-2")
def test_the_report_writes_a_page_and_a_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, table = tmp_path / "figures.html", tmp_path / "figures.csv"
    period = ["--from", "2026-03-01", "--to", "2026-03-31"]
    assert cli.main(["report", *period, "--out", str(page), "--csv", str(table), "--json"]) == Exit.OK
    assert json.loads(capsys.readouterr().out)["total"]["open"] == 1
    assert "2026-03,deletion,1,0,0,0,1" in table.read_text()
    assert page.read_text().startswith("<!doctype html>")
    assert cli.main(["report", "--from", "2026-04-01", "--to", "2026-04-30"]) == Exit.OK
    assert "2026-03" not in capsys.readouterr().out
    assert cli.main(["report", "--from", "2026-05-01", "--to", "2026-04-30"]) == Exit.USAGE
    assert cli.main(["report", "--from", "May"]) == Exit.USAGE
