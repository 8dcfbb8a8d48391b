"""What can be read of a document is read, and what cannot is not guessed."""

import io
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoho_privacy.domain import doctext


def office(members: dict[str, str]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return sink.getvalue()


def pdf(content: bytes) -> bytes:
    return b"%PDF-1.4\n1 0 obj << >> stream\n" + content + b"\nendstream endobj\n%%EOF\n"


@pytest.mark.req("R-ACCESS-4")
@pytest.mark.parametrize(
    ("data", "text"),
    [
        (office({"word/document.xml": "<w:p><w:t>Bob &amp; </w:t><w:t>Ann</w:t></w:p>"}), "Bob & Ann"),
        (office({"xl/sharedStrings.xml": "<si><t>Bob Stone</t></si><si><t>7</t></si>"}), "Bob Stone\n7"),
        (office({"content.xml": "<text:p>Bob</text:p>", "Thumbnails/thumbnail.png": "x"}), "Bob"),
        (pdf(b"BT (Bob \\(the\\) Stone) Tj ET BT [(Gr) -20 (\\374n)] TJ ET"), "Bob (the) Stone\nGrün"),
        (pdf(zlib.compress(b"BT (Bob Stone) Tj ET")), "Bob Stone"),
        (pdf("BT (Stanisława) Tj ET".encode()), "Stanisława"),
    ],
)
def test_text_is_read(data: bytes, text: str) -> None:
    assert (doctext.text_of(data) or "").strip() == text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG....",
        b"PK\x03\x04 cut off",
        office({"readme.txt": "Bob"}),
        pdf(b"q 1 0 0 1 0 0 cm /Im1 Do Q"),
        pdf(b"BT <00410042> Tj (Bob) Tj ET"),
        b"%PDF" + b" " * doctext.LARGEST,
        office({"word/document.xml": " " * (doctext.LARGEST + 1)}),
    ],
)
def test_what_cannot_be_read_is_not_guessed(data: bytes) -> None:
    assert doctext.text_of(data) is None


@settings(max_examples=50)
@given(st.binary(max_size=300), st.sampled_from([b"%PDF-1.4 stream\n", b"PK\x03\x04", office({"content.xml": "x"})]))
def test_any_bytes_are_read_or_refused(data: bytes, start: bytes) -> None:
    found = doctext.text_of(start + data)
    assert found is None or isinstance(found, str)
