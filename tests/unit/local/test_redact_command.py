"""`zoho-privacy redact` on files: result, diff, JSON, exit status."""

import json
from pathlib import Path

import pytest

from zoho_privacy.local import cli


def test_it_prints_the_text_without_personal_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mail.txt").write_text("Hi Bob,\nask Fern Example at fern@example.org\n", encoding="utf-8")
    (tmp_path / "contact.json").write_text('{"firstName": "Fern", "lastName": "Example"}', encoding="utf-8")
    status = cli.main(["redact", str(tmp_path / "mail.txt"), "--contact", str(tmp_path / "contact.json")])
    assert (status, capsys.readouterr().out) == (0, "Hi [name removed],\nask [name 2 removed] at [email removed]\n")


def test_it_shows_a_diff_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    page.write_text("<p>mail a@b.example.com</p>", encoding="utf-8")
    assert cli.main(["redact", str(page), "--diff"]) == 0
    assert "<p>mail a@b.example.com</p> " in (shown := capsys.readouterr().out)
    assert "| <p>mail [email removed]</p>" in shown
    assert cli.main(["redact", str(page), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["html"], told["left"], told["text"]) == (True, [], "<p>mail [email removed]</p>")


def test_a_file_is_redacted_by_its_kind_or_left_to_the_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, scan = tmp_path / "people.csv", tmp_path / "scan.pdf"
    table.write_text("Name,Phone\nViktor Hanusz,0171 1234567\n", encoding="utf-8")
    scan.write_bytes(b"%PDF-1.7 ...")
    assert cli.main(["redact", str(table), "--diff", "--width", "100"]) == 0
    assert "    2 Viktor Hanusz,0171 1234567" in (shown := capsys.readouterr().out)
    assert "| [name removed],[phone removed]" in shown
    assert cli.main(["redact", str(scan)]) == 1
    assert capsys.readouterr().out.startswith("hold: .pdf cannot be redacted in part")
    assert cli.main(["redact", str(scan), "--policy", "keep"]) == 0


@pytest.mark.parametrize("contact", ["[]", "{", '{"shoeSize": "44"}', '{"email": 3}'])
def test_a_contact_it_cannot_read_is_refused(contact: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mail.txt").write_text("x", encoding="utf-8")
    (tmp_path / "contact.json").write_text(contact, encoding="utf-8")
    assert cli.main(["redact", str(tmp_path / "mail.txt"), "--contact", str(tmp_path / "contact.json")]) == 2
    assert "contact" in capsys.readouterr().err


def test_a_missing_file_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["redact", "/nonexistent/mail.txt"]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_text_in_another_encoding_is_shown_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mail.txt").write_text("Hi Bob,\nask Ferenc Halász\n", encoding="utf-16")
    assert cli.main(["redact", str(tmp_path / "mail.txt")]) == 0
    assert capsys.readouterr().out.lstrip("\ufeff") == "Hi [name removed],\nask [name 2 removed]\n"
    (tmp_path / "core.txt").write_bytes(b"Fern\0Example")
    assert cli.main(["redact", str(tmp_path / "core.txt")]) == 2
    assert "no text" in capsys.readouterr().err


def test_retention_check_tells_every_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schedule = tmp_path / "retention.toml"
    schedule.write_text('[[rules]]\nid = "a"\naction = "erase"\nperiod_days = "as needed"\n', encoding="utf-8")
    assert cli.main(["retention", "check", str(schedule)]) == 2
    told = capsys.readouterr().err
    assert "no start" in told
    assert "no basis" in told
    assert "'as needed'" in told
    assert cli.main(["retention", "check"]) == 0
    assert "The schedule is sound: 4 rules" in capsys.readouterr().out
