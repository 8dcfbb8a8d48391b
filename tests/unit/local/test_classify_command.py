import json
from pathlib import Path

import pytest

from zoho_privacy.local.cli import main
from zoho_privacy.local.commands.classify import read_mail
from zoho_privacy.local.console import Exit

REQUEST = b"From: ida.holm@example.org\nSubject: my data\n\nPlease delete all personal data you hold about me.\n"


def saved(tmp_path: Path, raw: bytes) -> str:
    file = tmp_path / "mail.eml"
    file.write_bytes(raw)
    return str(file)


@pytest.mark.req("R-CLASS-3")
def test_a_request_is_told_with_its_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["classify", saved(tmp_path, REQUEST), "--json"]) == Exit.OK
    (label,) = json.loads(capsys.readouterr().out)["certain"]
    assert (label["kind"], label["sentence"]) == ("deletion", "Please delete all personal data you hold about me.")


def test_an_ordinary_mail_ends_with_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["classify", saved(tmp_path, b"Subject: printer\n\nThe printer is out of toner.\n")]) == Exit.FOUND
    assert "no privacy request" in capsys.readouterr().out


def test_what_cannot_be_read_ends_with_status_2(tmp_path: Path) -> None:
    assert main(["classify", str(tmp_path / "missing.eml")]) == Exit.USAGE
    assert main(["classify", saved(tmp_path, b"")]) == Exit.USAGE


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: x\nContent-Type: text/plain; charset=x-nobody-knows\n\nDelete my data.",
        b"Subject: =?utf-8?B?RGVs*?=\n\nDelete my data.",
        b"Subject: x\nContent-Transfer-Encoding: base64\n\nRGVsZXRlIG15IGRhdGEu=*",
        b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\nContent-Type: message/rfc822\n\n",
        b"Subject: x\nContent-Type: multipart/mixed\n\nDelete my data.",
        b"\xff\xfe\x00Subject",
    ],
    ids=["charset", "subject", "base64", "empty-part", "no-boundary", "bytes"],
)
def test_broken_mail_is_read_as_far_as_it_goes(raw: bytes) -> None:
    subject, body = read_mail(raw)
    assert isinstance(subject, str)
    assert isinstance(body, str)


def test_an_attached_mail_is_read_and_an_attached_file_is_not() -> None:
    raw = (
        b"Subject: Fwd\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nsee below\n"
        b"--b\nContent-Type: message/rfc822\n\nFrom: ida.holm@example.org\nSubject: y\n\nDelete my data.\n"
        b"--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=log.txt\n\nsecret log\n--b--\n"
    )
    _, body = read_mail(raw)
    assert "Delete my data." in body
    assert "secret log" not in body
