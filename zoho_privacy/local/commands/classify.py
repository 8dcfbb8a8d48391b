"""`zoho-privacy classify`: says what a mail asks for; works without settings or network, and stores nothing."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zoho_privacy.local.console import Exit, command, show

if TYPE_CHECKING:  # --help answers at once
    from zoho_privacy.domain.model import Label, Understanding

MAX_BYTES: Final = 20_000_000
TEXT: Final = """Reads one mail as a mail program saves it (.eml), or plain text, and says which privacy requests it
makes, how surely, and because of which sentence.

  zoho-privacy classify mail.eml
  some-tool | zoho-privacy classify - --json

Exit status: 0 a request was found, or one that a person should look at; 1 none; 2 the file cannot be read."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = command(subparsers, "classify", run, summary="say what a mail asks for", text=TEXT, settings=False)
    parser.add_argument("file", help="a mail file, or - for standard input")


def run(args: argparse.Namespace) -> int:
    """Print what the mail asks for; exit status 1 where it asks for nothing.

    Raises:
        BadInput: The file cannot be read, or is empty.
    """
    from zoho_privacy.adapters.rulesets import lexicon  # noqa: PLC0415  --help answers at once
    from zoho_privacy.domain.classify import understand  # noqa: PLC0415

    subject, body = read_mail(_read(args.file))
    found = understand(subject, body, lexicon=lexicon())
    show(args, _as_json(found), _as_lines(found))
    return Exit.OK if found.labels or found.doubtful or found.reminder else Exit.FOUND


def read_mail(raw: bytes) -> tuple[str, str]:
    """Return subject and body (text before HTML) of a mail; what has no mail header is taken as plain text.

    Never raises: an unknown charset, a broken encoding or a missing part is read as far as it goes.
    """
    message = message_from_bytes(raw)
    if not any(name in message for name in ("from", "subject", "to", "date", "content-type", "received")):
        return "", _decoded(raw, "utf-8")
    return _subject(message), _body(message)


def _subject(message: Message) -> str:
    try:
        pieces = decode_header(str(message.get("subject", "")))
    except (ValueError, LookupError):  # base64 that is none
        return str(message.get("subject", ""))
    return "".join(p if isinstance(p, str) else _decoded(p, charset or "utf-8") for p, charset in pieces)


def _body(message: Message) -> str:
    texts: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    for part in _parts(message):
        payload = part.get_payload(decode=True)
        kind = part.get_content_type()
        if isinstance(payload, bytes) and kind in texts:
            texts[kind].append(_decoded(payload, str(part.get_content_charset("utf-8"))))
    plain = "\n\n".join(texts["text/plain"])
    return plain if plain.strip() else "\n".join(texts["text/html"])


def _parts(message: Message) -> Iterator[Message]:
    """The parts that are read, a mail attached as a mail included; files are not opened."""
    for part in message.walk():
        if not part.is_multipart() and part.get_content_disposition() != "attachment":
            yield part


def _decoded(payload: bytes, charset: str) -> str:
    for name in (charset, "utf-8"):
        try:
            return payload.decode(name)
        except (LookupError, ValueError):
            continue
    return payload.decode("latin-1")


def _read(name: str) -> bytes:
    from zoho_privacy.domain.errors import BadInput  # noqa: PLC0415

    try:
        raw = sys.stdin.buffer.read(MAX_BYTES) if name == "-" else Path(name).read_bytes()[:MAX_BYTES]
    except OSError as problem:
        raise BadInput(f"the file cannot be read: {problem.strerror}") from None
    if not raw.strip():
        raise BadInput("the file is empty")
    return raw


def _as_json(found: "Understanding") -> dict[str, Any]:
    return {
        "language": found.language,
        "certain": [_label(label) for label in found.labels],
        "doubtful": [_label(label) for label in found.doubtful],
        "by_agent": found.by_agent,
        "about": list(found.about),
        "laws": [law.value for law in found.laws],
        "child": found.child,
        "client_data": found.client_data,
        "sensitive": found.sensitive,
        "marketing": found.marketing,
        "reminder": found.reminder,
        "spam": found.spam,
    }


def _label(label: "Label") -> dict[str, Any]:
    return {
        "kind": label.kind.value,
        "confidence": label.confidence,
        "sentence": label.sentence,
        "forwarded": label.quoted,
    }


def _as_lines(found: "Understanding") -> Iterable[str]:
    if not (found.labels or found.doubtful or found.reminder):
        yield f"no privacy request (language {found.language})"
        return
    for word, labels in (("request", found.labels), ("perhaps", found.doubtful)):
        for label in labels:
            yield f"{word}: {label.kind.value} ({label.confidence:.2f}){' in a forwarded part' if label.quoted else ''}"
            yield f"  {label.sentence}"
    flags = [name for name in ("reminder", "by_agent", "child", "client_data", "sensitive") if getattr(found, name)]
    yield ", ".join([f"language {found.language}", *(law.value for law in found.laws), *flags])
