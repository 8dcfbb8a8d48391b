"""A message as a mail file (.eml) and a person as a contact card (.vcf), for programs that know nothing of us.

Pure and deterministic. A mail keeps the headers of the mail it was, where Desk still had its source, and its body as
handed out: text, and HTML where there is any. Who is masked is written to at an address that cannot exist. Files are
not inside: each is named in a header with its place in the package. Sources: RFC 5322, RFC 2047, RFC 2426 (vCard 3.0,
which every address book reads), RFC 2606 (.invalid).
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from email import message_from_string, policy
from email.errors import MessageError
from email.header import Header, decode_header, make_header
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, getaddresses
from typing import Final

from zoho_privacy.domain.collected import Conversation, Message, Person

WITHHELD: Final = ("another person", "withheld@masked.invalid")
PLACEHOLDER: Final = "[another person]"
ADDRESSES: Final = frozenset({"from", "to", "cc", "reply-to", "sender"})
MOST_HEADERS: Final = 200
LONGEST_HEADER: Final = 4000
EMAIL: Final = "EMAIL"
_OURS: Final = frozenset({"from", "to", "cc", "subject", "date", "message-id"})
IDS: Final = frozenset({"message-id"})
"""Headers that look like addresses and are none."""
_KEPT: Final = frozenset(
    ("from", "to", "cc", "reply-to", "sender", "subject", "date", "message-id", "received", "x-originating-ip")
) | {"user-agent", "x-mailer", "organization", "accept-language", "content-language", "importance", "x-priority"}
"""What tells something about the writer; signatures, routing marks and other messages' ids do not."""
_BLANK: Final = re.compile(r"\s+")


def headers(source: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of a mail's source that tell about its writer, as people read them, in order; never Bcc."""
    message = message_from_string(source, policy=policy.compat32)
    found: list[tuple[str, str]] = []
    for name, value in message.items()[:MOST_HEADERS]:
        if name.casefold() in _KEPT:
            found.append((name, _plain(str(value))))
    return tuple(found)


def _plain(value: str) -> str:
    with suppress(LookupError, ValueError, MessageError):  # a charset nobody knows, or bytes that are none of it
        value = str(make_header(decode_header(value)))
    return _BLANK.sub(" ", value).strip()[:LONGEST_HEADER]


def mail(talk: Conversation, message: Message, files: Mapping[str, str]) -> bytes:
    """Return the message as .eml; `files` are the paths of its files by id."""
    body = EmailMessage(policy=policy.SMTP)
    body.set_content(_sound(message.text), cte="base64")
    if "html" in message.content_type.casefold():
        body.add_alternative(_sound(message.content), subtype="html", cte="base64")
        body.set_boundary(f"={hashlib.sha256(message.id.encode()).hexdigest()[:32]}")
    rows = [*_head(talk, message), *(("X-Attachment", files[each]) for each in message.file_ids if each in files)]
    lines = [f"{name}: {_encoded(name, value)}\r\n" for name, value in rows if value]
    return "".join(lines).encode("ascii", "replace") + body.as_bytes()


def _sound(text: str) -> str:
    """Return a text without what is no character."""
    return text.encode("utf-8", "replace").decode()


def _head(talk: Conversation, message: Message) -> Iterable[tuple[str, str]]:
    kept = {name.casefold(): value for name, value in message.headers}
    yield "From", message.sender
    yield "To", message.to
    yield "Cc", message.cc
    yield "Subject", kept.get("subject") or talk.subject
    yield "Date", kept.get("date") or format_datetime(message.at)
    yield "Message-ID", kept.get("message-id") or f"<{message.id}@desk.invalid>"
    yield from ((name, value) for name, value in message.headers if name.casefold() not in _OURS)


def _encoded(name: str, value: str) -> str:
    value = _sound(_BLANK.sub(" ", value).strip())
    if name.casefold() in ADDRESSES:
        return ",\r\n ".join(formataddr(pair) for pair in _addresses(value))
    if value.isascii() and len(value) < 900:
        return value
    return Header(value, "utf-8", header_name=name).encode(linesep="\r\n")


def _addresses(value: str) -> Sequence[tuple[str, str]]:
    known = getaddresses([value.replace(PLACEHOLDER, formataddr(WITHHELD))])
    return [(name, address) for name, address in known if address.isascii() and "@" in address]


# ----------------------------------------------------------------------------------------------------------------- card


def card(person: Person) -> bytes:
    """Return the contact as vCard 3.0."""
    name = " ".join(part for part in (person.first_name, person.last_name) if part) or (person.email or person.id)
    rows = [
        ("BEGIN", "VCARD"),
        ("VERSION", "3.0"),
        ("UID", _said(person.id)),
        ("N", f"{_said(person.last_name)};{_said(person.first_name)};;;"),
        ("FN", _said(name)),
        ("ORG", _said(person.account)),
        ("EMAIL;TYPE=INTERNET,PREF", _said(person.email)),
        ("EMAIL;TYPE=INTERNET", _said(person.secondary_email)),
        ("TEL;TYPE=WORK,VOICE", _said(person.phone)),
        ("TEL;TYPE=CELL", _said(person.mobile)),
        ("ADR", f";;;;{_said(person.state)};;{_said(person.country)}" if person.state or person.country else ""),
        ("REV", person.modified.strftime("%Y-%m-%dT%H:%M:%SZ") if person.modified else ""),
        ("END", "VCARD"),
    ]
    return "".join(_folded(f"{key}:{value}") for key, value in rows if value).encode("utf-8", "replace")


def _said(value: str | None) -> str:
    text = (value or "").replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return re.sub(r"\r\n?|\n", r"\\n", text)


def _folded(line: str) -> str:
    """Fold a line at 72 characters, as the format asks; a fold never cuts a character."""
    pieces = [line[start : start + 72] for start in range(0, len(line), 72)]
    return "\r\n ".join(pieces) + "\r\n"
