"""What an office document or a PDF file says, as plain text: enough to see whether it tells of other people.

Pure: bytes in, text out. Office files are zipped XML and are read whole within bounds. Of a PDF file only strings that
stand in it as text are read; scanned pages and fonts with codes of their own yield nothing, and None says that nobody
has looked. Sources: ECMA-376; OASIS OpenDocument 1.2; ISO 32000-1, 7.3.4 and 9.4.3.
"""

import io
import re
import zlib
from html import unescape
from typing import Final
from zipfile import BadZipFile, ZipFile

LARGEST: Final = 8 * 1024 * 1024
"""The largest file that is read, and the most text that is taken from one, in bytes."""
_OFFICE: Final = re.compile(r"(?:word|xl|ppt|docProps)/.*\.xml|content\.xml|styles\.xml|meta\.xml", re.IGNORECASE)
_BREAKS: Final = re.compile(r"<(?:/w:p|/a:p|/text:p|/text:h|/row|/si|w:br|w:tab|/table:table-cell|/c)\b[^<>]{0,200}>")
_TAG: Final = re.compile(r"<[^<>]{0,4000}>")
_STREAM: Final = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_SHOWN: Final = re.compile(
    rb"\(((?:[^()\\]|\\.){0,4000})\)\s*(?:Tj|'|\")|\[((?:[^\[\]\\]|\\.){0,8000})\]\s*TJ", re.DOTALL
)
_CODED: Final = re.compile(rb"<[0-9A-Fa-f\s]{4,}>\s*-?[\d.]*\s*(?:\]\s*TJ|Tj)")
_PIECE: Final = re.compile(rb"\(((?:[^()\\]|\\.){0,4000})\)")
_ESCAPE: Final = re.compile(rb"\\(?:([nrtbf])|([0-7]{1,3})|(\r?\n)|(.))", re.DOTALL)
_LETTERS: Final = {b"n": b"\n", b"r": b"\n", b"t": b" ", b"b": b"", b"f": b"\n"}


def text_of(data: bytes) -> str | None:
    """Return the text of a document, None where its kind is unknown or none of it can be read."""
    if len(data) > LARGEST:
        return None
    if data.startswith(b"%PDF"):
        return _pdf(data)
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    return None


def _office(data: bytes) -> str | None:
    pieces: list[str] = []
    left = LARGEST
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                if not _OFFICE.fullmatch(info.filename):
                    continue
                with archive.open(info) as member:
                    read = member.read(left + 1)
                if len(read) > left:
                    return None
                left -= len(read)
                pieces.append(_markup(read.decode("utf-8", "replace")))
    except (BadZipFile, OSError, NotImplementedError, RuntimeError, zlib.error, EOFError):
        return None
    return "\n".join(pieces) if pieces else None


def _markup(source: str) -> str:
    return unescape(_TAG.sub("", _BREAKS.sub("\n", source)))


def _pdf(data: bytes) -> str | None:
    lines: list[str] = []
    left = LARGEST
    for found in _STREAM.finditer(data):
        body = _inflated(found[1], left)
        left -= len(body)
        if _CODED.search(body):
            return None  # codes of a font of its own: what it says is not known
        lines += [
            _string(each[1] if each[1] is not None else b"".join(_PIECE.findall(each[2])))
            for each in _SHOWN.finditer(body)
        ]
    return "\n".join(lines) or None


def _inflated(body: bytes, most: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(body, max(1, most))
    except zlib.error:
        return body[: max(0, most)]


def _string(raw: bytes) -> str:
    def plain(found: re.Match[bytes]) -> bytes:
        if found[1]:
            return _LETTERS[found[1]]
        if found[2]:
            return bytes([int(found[2], 8) & 255])
        return found[4] or b""

    data = _ESCAPE.sub(plain, raw)
    if data.startswith(b"\xfe\xff"):
        return data[2:].decode("utf-16-be", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
