"""Attachments: values go, structure stays valid, and what cannot be redacted is never said to be."""

import csv
import email
import io
import json
from email.policy import default
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from zoho_privacy.domain.redact_files import MAX_BYTES, redact_file, redact_name

ADA: Final = {"firstName": "Ada", "lastName": "Moss", "email": "ada.moss@example.net", "phone": "+44 20 7946 0958"}
CSV: Final = (
    'Name,Phone,Note,Amount\r\n"Moss, Ada",+44 20 7946 0958,"says ""hi"", twice",12.50\r\n'
    "Viktor Hanusz,0171 1234567,mail v.h@example.org,7\r\n"
)
JSON: Final = (
    '{"user": {"firstName": "Zdenko", "n": [1, 2.5, "ok"]}, "mail": "a\\u0040b.example.com", "password": "x9!kk"}'
)
XML: Final = '<?xml version="1.0"?>\n<r><name>Ivo Parnak</name><email>i@example.org</email><v a="1.2.3.4">ok</v></r>'
VCF: Final = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Moss;Ada;;;\r\nFN:Ada Moss\r\nEMAIL:ada.moss@exam\r\n ple.net\r\n"
    "ADR;TYPE=HOME:;;12 Main St;Town;;12345;UK\r\nREV:20240101T000000Z\r\nEND:VCARD\r\n"
)
ICS: Final = (
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20240101T000000Z\n"
    'ORGANIZER;CN="Ada Moss":mailto:ada.moss@example.net\nSUMMARY:Printer\nEND:VEVENT\nEND:VCALENDAR\n'
)
EML: Final = (
    "From: Ada Moss <ada.moss@example.net>\r\nTo: help@example.org\r\nSubject: Printer of Ada\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\nHi, ada.moss=40example.net here\r\n--b\r\n"
    'Content-Type: image/png; name="ada.png"\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--b--\r\n'
)
FILES: Final = {"a.csv": CSV, "a.json": JSON, "a.xml": XML, "a.vcf": VCF, "a.ics": ICS, "a.eml": EML}


def redacted(name: str) -> str:
    done = redact_file(name, FILES[name].encode(), ADA)
    assert done.outcome == "redacted"
    assert done.content is not None
    return done.content.decode()


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.req("R-ERASE-2")
def test_nothing_of_the_person_stays_and_a_second_run_changes_nothing(name: str) -> None:
    after = redacted(name)
    for value in ("Ada", "Moss", "ada.moss", "7946", "QUJD"):
        assert value not in after
    assert redact_file(name, after.encode(), ADA).outcome == "unchanged"


def test_a_table_keeps_rows_columns_and_quotes() -> None:
    rows = list(csv.reader(io.StringIO(redacted("a.csv"))))
    assert [len(row) for row in rows] == [4, 4, 4]
    assert (rows[0], rows[1][2:]) == (["Name", "Phone", "Note", "Amount"], ['says "hi", twice', "12.50"])
    assert rows[2] == ["[name 2 removed]", "[phone 2 removed]", "mail [email removed]", "7"]


def test_json_keeps_members_numbers_and_types() -> None:
    after = json.loads(redacted("a.json"))
    assert after["user"] == {"firstName": "[name removed]", "n": [1, 2.5, "ok"]}
    assert (after["mail"], after["password"]) == ("[email removed]", "[secret removed]")


def test_xml_keeps_its_elements() -> None:
    tree = ET.fromstring(redacted("a.xml"))
    assert [(each.tag, each.text) for each in tree] == [
        ("name", "[name removed]"),
        ("email", "[email removed]"),
        ("v", "ok"),
    ]


def test_cards_and_calendars_keep_their_lines() -> None:
    card, calendar = redacted("a.vcf").split("\r\n"), redacted("a.ics").split("\n")
    assert (card[0], card[-3:]) == ("BEGIN:VCARD", ["REV:20240101T000000Z", "END:VCARD", ""])
    assert "EMAIL:[email removed]" in card
    assert calendar[4] == 'ORGANIZER;CN="[name removed]":[email removed]'
    assert calendar[5] == "SUMMARY:Printer"


def test_a_mail_keeps_its_parts_and_loses_its_files() -> None:
    before = email.message_from_string(EML, policy=default)
    after = email.message_from_string(redacted("a.eml"), policy=default)
    assert [part.get_content_type() for part in after.walk()] == [part.get_content_type() for part in before.walk()]
    assert after["Subject"] == "Printer of [name removed]"


@pytest.mark.parametrize(("name", "content"), [("a.pdf", b"%PDF"), ("a.docx", b"PK\x03\x04"), ("a.png", b"x"), ("a", b"x"),  # noqa: E501
                                               ("a.txt", b"%PDF-1.7")])  # fmt: skip
@pytest.mark.parametrize("policy", ["delete", "keep", "hold"])
def test_what_cannot_be_redacted_is_left_to_the_policy(name: str, content: bytes, policy: str) -> None:
    done = redact_file(name, content, ADA, policy)  # type: ignore[arg-type]  # one of the three, from a list
    assert (done.outcome, done.content) == (policy, None)
    assert "cannot be redacted" in done.reason


@pytest.mark.parametrize(("name", "content"), [("a.json", b'{"a": '), ("a.txt", b"a\0b"), ("a.eml", b"no headers"),
                                               ("a.txt", b" " * (MAX_BYTES + 1))])  # fmt: skip
def test_a_file_that_is_not_what_it_says_is_held_for_a_person(name: str, content: bytes) -> None:
    assert redact_file(name, content, ADA, "delete").outcome == "hold"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16", "utf-8-sig", "utf-32"])
def test_a_text_keeps_its_encoding(encoding: str) -> None:
    done = redact_file("a.log", "Grüße, a@b.example.com\r\n".encode(encoding), {})
    assert done.content is not None
    assert done.content.decode(encoding) == "Grüße, [email removed]\r\n"


OLD_PAGES = (
    ("cp1251", "Пётр", "Иванов", "ФИО;Телефон\nИванов Пётр;8 912 345 67 89\n"),
    ("koi8-r", "Пётр", "Иванов", "ФИО;Телефон\nИванов Пётр;8 912 345 67 89\n"),
    ("iso8859-2", "Žofia", "Kováčová", "meno;mobil\nŽofia Kováčová;0901 123 456\n"),
    ("cp1250", "Žofia", "Kováčová", "meno;mobil\nŽofia Kováčová;0901 123 456\n"),
    ("cp1253", "Νικόλαος", "Τζαβάρας", "όνομα;κινητό\nΤζαβάρας Νικόλαος;694 123 4567\n"),
    ("cp932", "太郎", "山田", "氏名,電話\n山田 太郎,03-1234-5678\n"),
    ("utf-16-be", "Žofia", "Kováčová", "\ufeffmeno;mobil\nŽofia Kováčová;0901 123 456\n"),
)


@pytest.mark.req("R-ERASE-1")
@pytest.mark.parametrize(("encoding", "given", "family", "table"), OLD_PAGES)
def test_a_known_name_goes_from_files_in_old_code_pages(encoding: str, given: str, family: str, table: str) -> None:
    done = redact_file("a.csv", table.encode(encoding), {"firstName": given, "lastName": family})
    assert done.content is not None
    after = done.content.decode(encoding)
    assert after.splitlines()[0] == table.splitlines()[0]
    assert given not in after
    assert family not in after


def test_a_file_name_loses_the_person_and_keeps_its_ending() -> None:
    assert redact_name("Moss_Ada-CV.pdf", ADA) == "[name removed]-CV.pdf"
