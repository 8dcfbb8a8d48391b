"""Mails and cards of an export open in programs that know nothing of us, and hold what was handed out."""

import json
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.test_package import a_message, a_talk, found
from zoho_privacy.domain import mailfile, package

ADA = "ada.moss@example.net"


def read(data: bytes) -> EmailMessage:
    message: Any = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@pytest.mark.req("R-ACCESS-1")
def test_a_mail_keeps_its_headers_and_both_bodies() -> None:
    kept = (
        ("Received", "from laptop (192.0.2.7) by mx"),
        ("Date", "Mon, 2 Mar 2026 09:15:00 +0100"),
        ("Subject", "Grüße"),
    )
    html = "<p>Guten Tag, مرحبا</p>"
    message = a_message(sender=f'"Ada Möss" <{ADA}>', to="a@example.com, [another person]", content=html,
                        text="Guten Tag, مرحبا", content_type="text/html", headers=kept, file_ids=("9",))  # fmt: skip
    mail = read(mailfile.mail(a_talk(), message, {"9": "files/101/001.png"}))
    assert (mail["Subject"], mail["Received"], mail["X-Attachment"]) == ("Grüße", kept[0][1], "files/101/001.png")
    assert mail["Date"].datetime == datetime.fromisoformat("2026-03-02T09:15:00+01:00")
    assert [each.addr_spec for each in mail["To"].addresses] == ["a@example.com", "withheld@masked.invalid"]
    assert (mail["From"].addresses[0].display_name, mail["From"].addresses[0].addr_spec) == ("Ada Möss", ADA)
    assert (text(mail, "plain").strip(), text(mail, "html").strip()) == ("Guten Tag, مرحبا", html)


def test_a_message_without_source_is_still_a_whole_mail() -> None:
    message = a_message(sender=ADA, headers=(), content_type="text/plain", text="x")
    mail = read(mailfile.mail(a_talk(subject="Printer"), message, {}))
    assert (mail["Subject"], mail["Date"].datetime) == ("Printer", message.at)
    assert mail["Message-ID"] == f"<{message.id}@desk.invalid>"
    assert mail.defects == []


@given(st.text(), st.text(), st.text())
def test_whatever_was_written_is_a_mail_that_reads_back(subject: str, body: str, value: str) -> None:
    """No text breaks out of its header, and the body comes back but for how lines end."""
    message = a_message(text=body, content_type="text/plain", headers=(("X-Mailer", value), ("Subject", subject)))
    mail = read(mailfile.mail(a_talk(), message, {}))
    assert set(mail.keys()) <= {"From", "To", "Cc", "Subject", "Date", "Message-ID", "X-Mailer", "Content-Type",
                                "Content-Transfer-Encoding", "MIME-Version"}  # fmt: skip
    assert text(mail, "plain").split() == body.encode("utf-8", "replace").decode().split()


@given(st.text(max_size=400))
def test_any_source_gives_headers_or_none(source: str) -> None:
    assert all(name and "\n" not in value for name, value in mailfile.headers(source))


def test_headers_of_parts_and_blind_copies_stay_out() -> None:
    subject = "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?="
    source = f"From: {ADA}\nBcc: hidden@example.org\nContent-Type: text/plain\n{subject}\n\nBody: no"
    assert mailfile.headers(source) == (("From", ADA), ("Subject", "Grüße"))


@pytest.mark.req("R-PORT-1")
def test_a_card_is_a_vcard_that_no_name_breaks() -> None:
    person = replace(found().person, last_name="Moss; the\nsecond, or\\", first_name="Ada", email=ADA, phone="+49 30 1")
    lines = mailfile.card(person).decode().split("\r\n")
    assert (lines[:2], lines[-2:]) == (["BEGIN:VCARD", "VERSION:3.0"], ["END:VCARD", ""])
    assert "N:Moss\\; the\\nsecond\\, or\\\\;Ada;;;" in lines
    assert f"EMAIL;TYPE=INTERNET,PREF:{ADA}" in lines
    assert max(map(len, lines)) <= 75


@pytest.mark.req("R-PORT-1")
def test_mails_and_card_stand_in_the_package_and_are_named_there() -> None:
    message = a_message(channel="EMAIL", headers=(("Subject", "s"),))
    data = found(conversations=(a_talk(messages=(message, a_message(id="12", channel="PHONE"))),))
    files = {each.path: each for each in package.files(data, {}, b"{}")}
    assert {"contact.vcf", "mails/101/001.eml"} <= files.keys()
    (first, second) = json.loads(files["data/messages.json"].data)["messages"]
    assert (first["mail"], second["mail"]) == ("mails/101/001.eml", None)
