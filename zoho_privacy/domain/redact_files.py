"""Attachments: what can be redacted in place is, what cannot is kept, deleted or held for a person as the policy says.

Texts, tables, mail, contacts, calendars, JSON and XML stay valid: only values are replaced, and the result is read again
to see that rows, members, parts and lines are as many as before. A picture, an office document or a PDF file cannot be
redacted by rules for text, and nothing here pretends so. Pure: bytes in, bytes out.
"""

import contextlib
import csv
import io
import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Final, Literal

from zoho_privacy.domain.redact import Redactor, leaks, redact_text
from zoho_privacy.domain.redact_known import Contact

Opaque = Literal["delete", "keep", "hold"]
MAX_BYTES: Final = 5_000_000
_ENOUGH: Final = 50_000
_MARKS: Final = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_CODE_PAGES: Final = (
    "cp1252", "cp1250", "iso8859-2", "cp1251", "koi8-r", "iso8859-5", "cp866", "cp1253", "cp1254", "cp1255", "cp1256",
    "cp1257", "cp850", "cp852", "cp932", "euc-jp", "gb18030", "big5", "cp949",
)  # fmt: skip

_TEXT: Final = frozenset(
    {"txt", "log", "md", "text", "ini", "conf", "cfg", "yaml", "yml", "env", "sql", "ps1", "sh", "bat"}
)
_MAGIC: Final = (
    b"%PDF",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"MZ",
    b"\x1f\x8b",
    b"Rar!",
    b"7z\xbc",
)


@dataclass(frozen=True)
class FileOutcome:
    """What becomes of a file. `content` is None unless the outcome is redacted or unchanged; `name` is redacted too."""

    outcome: Literal["redacted", "unchanged", "delete", "keep", "hold"]
    reason: str
    name: str
    content: bytes | None = None


class _NotValid(ValueError):  # noqa: N818  its name is what a report says
    """The file is not what its name says, or would not be afterwards."""


class _Attached(_NotValid):
    """A mail holds files of its own, which would go with the redaction."""


def redact_file(
    name: str, content: bytes, contact: Contact | None, policy: Opaque = "hold", *, only_contact: bool = False
) -> FileOutcome:
    """Redact one attachment by the kind that its name tells; `policy` decides about kinds that cannot be redacted.

    `only_contact` takes out what identifies the contact and leaves everybody else's data alone.

    A result in which the second reader still finds something, or whose structure changed, is held for a person.
    """
    after_name = redact_name(name, contact, only_contact=only_contact)
    kind = name.rpartition(".")[2].lower() if "." in name else ""
    work = _KINDS.get("txt" if kind in _TEXT else kind)
    if work is None or content.startswith(_MAGIC):
        return FileOutcome(
            policy, f"{'.' + kind if kind else 'a file without a kind'} cannot be redacted in part", after_name
        )
    if len(content) > MAX_BYTES:
        return FileOutcome("hold", "too large to be read as one", after_name)
    try:
        source, encoding = decoded(content, contact)
        after = work(source, Redactor(contact, source, only_contact=only_contact))
        result = content if after == source else after.encode(encoding)
    except _Attached:
        return FileOutcome("hold", "a mail with files of its own", after_name)
    except (_NotValid, UnicodeError, ValueError, csv.Error) as problem:
        return FileOutcome("hold", f"not a sound .{kind} file: {type(problem).__name__.strip('_')}", after_name)
    left = leaks(after, contact, only_contact=only_contact)
    if left:
        return FileOutcome("hold", "the second reader still finds " + ", ".join(left), after_name)
    return FileOutcome("unchanged" if result == content else "redacted", "read as ." + kind, after_name, result)


def redact_name(name: str, contact: Contact | None, *, only_contact: bool = False) -> str:
    """Return a file name without personal data; its ending stays."""
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 8:
        stem, dot, ending = name, "", ""
    after = redact_text(stem, contact, only_contact=only_contact)
    if only_contact and leaks(re.sub(r"[-_.:/+]+", " ", after), contact, only_contact=True):
        after = "[name removed]"
    return after + dot + ending


def decoded(content: bytes, contact: Contact | None = None) -> tuple[str, str]:
    """Return the text and the encoding that writes it back as it was.

    What is no UTF-8 is read as the old code page in which the contact's name stands there, or which a detector takes for
    likely.

    Raises:
        ValueError: It is no text.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _text_of(content, encoding), encoding
    with contextlib.suppress(UnicodeDecodeError):
        return _text_of(content, "utf-8"), "utf-8"
    for encoding in _likely(content, contact):
        with contextlib.suppress(UnicodeError):
            text = _text_of(content, encoding)
            if text.encode(encoding) == content:
                return text, encoding
    return _text_of(content, "latin-1"), "latin-1"


def _text_of(content: bytes, encoding: str) -> str:
    text = content.decode(encoding)
    if "\0" in text:
        raise _NotValid
    return text


def _likely(content: bytes, contact: Contact | None) -> Iterator[str]:
    names = [part for value in (contact or {}).values() for part in (value or "").split() if not part.isascii()]
    for encoding, name in itertools.product(_CODE_PAGES, names):
        with contextlib.suppress(UnicodeError):
            if name.encode(encoding) in content:
                yield encoding
    from charset_normalizer import from_bytes  # noqa: PLC0415  hardly a file needs it

    best = from_bytes(content[:_ENOUGH]).best()
    if best is not None:
        yield best.encoding


def _label(name: str) -> str:
    """`firstName`, `first_name` and `FIRST-NAME` are read as "first name"."""
    return re.sub(r"[\s_.-]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)).strip()[:60]


# ---------------------------------------------------------------------------------------------------- texts and tables


def _text(source: str, redactor: Redactor) -> str:
    return redactor.again(source, page=False)


def _page(source: str, redactor: Redactor) -> str:
    return redactor.again(source, page=True)


def _csv(source: str, redactor: Redactor) -> str:
    """Redact cell by cell, a column's heading read before each; quotes and line ends stay as they are."""
    mark = max(",;\t|", key=source.split("\n", 1)[0].count)
    before = list(csv.reader(io.StringIO(source), delimiter=mark))
    head = [cell.lstrip("\ufeff") for cell in before[0]] if before else []
    titled = bool(head) and not any(any(char.isdigit() or char == "@" for char in cell) for cell in head)
    parts: list[str] = []
    for cell, column, row in _cells(source, mark):
        quoted = cell.startswith('"') and cell.endswith('"') and len(cell) > 1
        value = cell[1:-1].replace('""', '"') if quoted else cell
        after = (
            value
            if titled and row == 0
            else redactor.text(value, _label(head[column]) if titled and column < len(head) else "")
        )
        written = '"' + after.replace('"', '""') + '"' if quoted or mark in after else after
        parts.append(cell if after == value else written)
    result = "".join(parts)
    if [len(row) for row in csv.reader(io.StringIO(result), delimiter=mark)] != [len(row) for row in before]:
        raise _NotValid
    return result


def _cells(source: str, mark: str) -> Iterator[tuple[str, int, int]]:
    """Yield cells with their column and row, and in between, at column -1, what separates them."""
    pattern = re.compile(rf'("(?:[^"]|"")*"|[^{re.escape(mark)}\r\n]*)({re.escape(mark)}|\r?\n|\r|$)')
    position, column, row = 0, 0, 0
    while position < len(source):
        found = pattern.match(source, position)
        if found is None or found.end() == position:
            raise _NotValid
        yield found.group(1), column, row
        yield found.group(2), 10_000, row
        column, row = (column + 1, row) if found.group(2) == mark else (0, row + 1)
        position = found.end()


_JSON_TOKEN: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)')


def _json(source: str, redactor: Redactor) -> str:
    """Redact the texts, and numbers whose member's name says that they are personal; the rest stays byte for byte."""
    before = json.loads(source.removeprefix("\ufeff"))
    key = ""

    def replaced(found: re.Match[str]) -> str:
        nonlocal key
        if found.group(2):
            key = _label(json.loads(f'"{found.group(1)}"'))
            return found.group()
        number = found.group(3)
        value = number or json.loads(f'"{found.group(1)}"')
        after = redactor.text(value, key)
        if after == value:
            return found.group()
        return json.dumps(after, ensure_ascii=source.isascii())

    result = _JSON_TOKEN.sub(replaced, source)
    if _shape(json.loads(result.removeprefix("\ufeff"))) != _shape(before):
        raise _NotValid
    return result


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(each) for key, each in value.items()}
    return [_shape(each) for each in value] if isinstance(value, list) else None


_ELEMENT: Final = re.compile(r"(<([\w:.-]{1,60})(?:\s[^<>]{0,400})?>)([^<>]{1,4000})(?=</)")
_TAGS: Final = re.compile(r"</?[\w:.-]+|<[!?]")


def _xml(source: str, redactor: Redactor) -> str:
    """Redact text, attributes and comments; an element's name is read before its text."""

    def replaced(found: re.Match[str]) -> str:
        label = _label(found.group(2).rpartition(":")[2])
        return found.group(1) + redactor.text(found.group(3), label)

    result = redactor.again(_ELEMENT.sub(replaced, source), page=True)
    if _TAGS.findall(result) != _TAGS.findall(source):
        raise _NotValid
    return result


# --------------------------------------------------------------------------------------------------- cards, calendars

_PROPERTY: Final = re.compile(
    r"^((?:[\w-]{1,30}\.)?([A-Za-z-]{1,40})((?:;(?:[^:\"\r\n]|\"[^\"\r\n]*\")*)?):)(.*)$", re.DOTALL
)
_PERSONAL: Final = {
    "FN": "PERSON", "N": "PERSON", "NICKNAME": "PERSON", "EMAIL": "EMAIL", "TEL": "PHONE", "ADR": "ADDRESS", "LABEL": "ADDRESS",
    "BDAY": "DATE", "URL": "URL", "IMPP": "USERNAME", "GEO": "ADDRESS", "KEY": "SECRET", "PHOTO": "URL", "SOUND": "URL",
    "X-SKYPE": "USERNAME", "X-ABRELATEDNAMES": "PERSON", "RELATED": "PERSON", "ANNIVERSARY": "DATE", "X-SPOUSE": "PERSON",
    "ATTENDEE": "EMAIL", "ORGANIZER": "EMAIL", "CONTACT": "PERSON", "X-MS-OLK-SENDER": "EMAIL",
}  # fmt: skip
_COMMON_NAME: Final = re.compile(r"(;(?:CN|SENT-BY|DIR|EMAIL|X-CN)=)(\"[^\"]*\"|[^;:]*)", re.IGNORECASE)


def _lines(source: str, redactor: Redactor) -> str:
    """Redact a contact card or a calendar line by line; folded lines are joined first where they change."""
    ending = "\r\n" if "\r\n" in source else "\n"
    lines = re.split(r"\r?\n(?![ \t])", source)
    result = ending.join(_line(line, redactor) for line in lines)
    if len(re.split(r"\r?\n(?![ \t])", result)) != len(lines):
        raise _NotValid
    return result


def _line(line: str, redactor: Redactor) -> str:
    joined = re.sub(r"\r?\n[ \t]", "", line)
    found = _PROPERTY.match(joined)
    if found is None:
        return line if redactor.text(joined) == joined else redactor.text(joined)
    lead, name, parameters, value = found.groups()
    lead = lead.replace(
        parameters, _COMMON_NAME.sub(lambda hit: hit.group(1) + _common_name(hit.group(2), redactor), parameters)
    )
    label = "" if redactor.only_contact else _PERSONAL.get(name.upper(), "")
    if label and value.strip(" ;") and not value.strip(" ;").endswith("removed]"):
        after = redactor.all(value, label).replace(";", "")
    else:
        after = value if label else redactor.text(value)
    result = lead + after
    return line if result == joined else result


def _common_name(value: str, redactor: Redactor) -> str:
    bare = value.strip('"')
    if redactor.only_contact:
        return value if redactor.text(bare) == bare else f'"{redactor.text(bare)}"'
    if bare.lower().startswith("mailto:") or "@" in bare:
        return f'"{redactor.all(bare, "EMAIL")}"'
    return f'"{redactor.all(bare, "PERSON")}"' if bare and not bare.endswith("removed]") else value


# --------------------------------------------------------------------------------------------------------------- mail

_NAMED_HEADERS: Final = frozenset({"from", "to", "cc", "bcc", "sender", "reply-to", "return-path", "delivered-to", "x-original-to",
    "resent-from", "resent-to", "disposition-notification-to", "errors-to", "x-sender", "x-envelope-from", "x-envelope-to"})  # fmt: skip
_ROUTES: Final = frozenset({"received", "message-id", "in-reply-to", "references", "dkim-signature", "arc-seal", "x-originating-ip",
    "authentication-results", "received-spf", "list-unsubscribe", "thread-index"})  # fmt: skip


def _mail(source: str, redactor: Redactor) -> str:
    """Redact headers and text parts of a mail; an attached file is replaced by a note, as it was by its own policy."""
    message = message_from_bytes(source.encode("utf-8", "surrogateescape"), policy=default.clone(max_line_length=990))
    if not isinstance(message, EmailMessage) or not message.keys():
        raise _NotValid
    parts = [part.get_content_type() for part in message.walk()]
    before = message.as_string()
    for part in message.walk():
        _headers(part, redactor)
        if not part.is_multipart():
            _body(part, redactor)
    after = message.as_string()
    if after == before:
        return source
    if len(list(message_from_bytes(after.encode("utf-8", "replace"), policy=default).walk())) != len(parts):
        raise _NotValid
    return after


def _headers(part: Any, redactor: Redactor) -> None:
    for name, value in list(part.items()):
        low = name.lower()
        written = str(value)
        if low in _NAMED_HEADERS and redactor.only_contact:
            after = redactor.text(written)
        elif low in _NAMED_HEADERS:
            people = ", ".join(redactor.all(each, "EMAIL") for each in written.split(",") if each.strip())
            after = written if "removed]" in written else people
        elif low in _ROUTES:
            after = redactor.text(written)
        elif low in {"content-type", "content-disposition"}:
            file = part.get_filename()
            if file and redactor.text(file.rpartition(".")[0]) != file.rpartition(".")[0]:
                part.set_param(
                    "filename" if low == "content-disposition" else "name",
                    "attachment." + file.rpartition(".")[2],
                    header=name,
                )
            continue
        else:
            after = redactor.text(written, _label(name)) if low != "subject" else redactor.text(written)
        if after != written:
            del part[name]
            part.add_header("X-Was-" + name if low in _NAMED_HEADERS | _ROUTES else name, after)


def _body(part: Any, redactor: Redactor) -> None:
    kind = part.get_content_type()
    if not kind.startswith("text/"):
        if redactor.only_contact and not part.is_multipart():
            raise _Attached
        if not str(part.get_payload()).startswith("[file removed]"):
            part.set_payload("[file removed]\n")
            del part["Content-Transfer-Encoding"]
        return
    text = part.get_content()
    work: Callable[[str, Redactor], str] = {
        "text/html": _page,
        "text/calendar": _lines,
        "text/vcard": _lines,
        "text/csv": _csv,
    }.get(kind, _text)
    after = work(text, redactor)
    if after != text:
        part.set_content(after, subtype=kind.partition("/")[2])


_KINDS: Final[dict[str, Callable[[str, Redactor], str]]] = {
    "txt": _text,
    "csv": _csv,
    "tsv": _csv,
    "eml": _mail,
    "vcf": _lines,
    "ics": _lines,
    "json": _json,
    "xml": _xml,
    "html": _page,
    "htm": _page,
}
