"""What the headers of a mail say: who vouched for its sender, whether a machine wrote it. Pure, never raises.

Both are signals (R-VERIFY-5): the sender address proves nothing, and ticket forms set the headers of automatic mail on
real requests, so a sign of automation is evidence for an answer's manner and never a reason to drop a mail. Only the
topmost result line of our own receiving server is believed; anybody can write the others.
Sources: RFC 8601 (results), RFC 3834 (automatic mail), RFC 3464 (bounces).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

MAX_HEADERS: Final = 65_536
_METHODS: Final = frozenset({"spf", "dkim", "dmarc", "arc"})
_RESULT: Final = re.compile(r"\s*([a-z]+)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)(?![\w-])", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[^\s<>,;:\"()@]{1,64}@[^\s<>,;:\"()@]{1,255}")
_SENDERS: Final = re.compile(
    r"(mailer[-_.]?daemon|postmaster|bounces?|(no|do[-_.]?not)[-_.]?reply|auto[-_.]?(reply|responder))(?=[-_.+=@]|$)"
)


def headers(raw: str) -> Iterator[tuple[str, str]]:
    """Yield the header fields from the top, names in lower case, folded lines joined; stops at the first blank line."""
    name, value = "", ""
    for line in raw[:MAX_HEADERS].replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line[:1] in {" ", "\t"} and line.strip():
            value += " " + line.strip()
            continue
        if name:
            yield name, value
        head, colon, rest = line.partition(":")
        if not line.strip():
            return
        name, value = (head.strip().lower(), rest.strip()) if colon else ("", "")
    if name:
        yield name, value


def auth_results(raw_headers: str, trusted: str | None) -> Mapping[str, str]:
    """Return spf, dkim, dmarc and arc results, lower case, as our own receiving server `trusted` wrote them.

    Empty where no such line exists or `trusted` is not set. Several DKIM signatures count as passed if one passed.
    """
    if not trusted:
        return {}
    for name, value in headers(raw_headers):
        if name == "authentication-results":
            server, _, rest = _without_comments(value).partition(";")
            if server.split()[:1] and server.split()[0].strip('"').lower() == trusted.lower():
                return _results(rest)
    return {}


def _results(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in re.sub(r'"[^"]*"', '""', text).split(";"):
        match = _RESULT.match(part)
        if match is None:
            continue
        method, result = match[1].lower(), match[2].lower()
        if method in _METHODS and (method not in found or (method == "dkim" and result == "pass")):
            found[method] = result
    return found


def _without_comments(text: str) -> str:
    """Drop comments in parentheses, also nested ones; text inside quotation marks is left alone."""
    kept: list[str] = []
    depth, quoted = 0, False
    for character in text:
        if character == '"' and depth == 0:
            quoted = not quoted
        elif character == "(" and not quoted:
            depth += 1
        elif character == ")" and not quoted and depth:
            depth -= 1
            continue
        if depth == 0:
            kept.append(character)
    return "".join(kept)


def reply_to(raw_headers: str) -> str | None:
    """Return the address answers are wanted at, lower case, None where the mail does not say."""
    value = next((value for name, value in headers(raw_headers) if name == "reply-to"), "")
    found = _ADDRESS.search(value.lower().rpartition("<")[2])
    return found[0] if found else None


def is_automatic(raw_headers: str, sender: str | None) -> str | None:
    """Return the sign that a machine wrote the mail, None where there is none.

    The words are `auto_submitted`, `auto_reply`, `bulk`, `list`, `bounce` and `machine_sender`.
    """
    found = next((sign for name, value in headers(raw_headers) if (sign := _sign(name, value.strip().lower()))), None)
    if found:
        return found
    local = (sender or "").strip().lower().rpartition("<")[2].partition("@")[0]
    return "machine_sender" if _SENDERS.match(local) else None


def _sign(name: str, value: str) -> str | None:
    judge = _SIGNS.get(name)
    return judge(value) if judge else None


def _auto_submitted(value: str) -> str | None:
    return None if value.partition(";")[0].split()[:1] in ([], ["no"]) else "auto_submitted"


def _suppress(value: str) -> str | None:
    """Ordinary mail suppresses receipts (DR, RN, NRN); machines suppress answers."""
    return "auto_reply" if {"all", "oof", "autoreply"} & {*re.split(r"[,\s]+", value)} else None


def _auto_reply(value: str) -> str | None:
    return None if value == "no" else "auto_reply"


def _precedence(value: str) -> str | None:
    return {"bulk": "bulk", "junk": "bulk", "list": "list", "auto_reply": "auto_reply"}.get(value)


def _return_path(value: str) -> str | None:
    return "bounce" if value in {"", "<>"} else None


def _content_type(value: str) -> str | None:
    return "bounce" if value.startswith("multipart/report") else None


_SIGNS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "auto-submitted": _auto_submitted,
    "x-auto-response-suppress": _suppress,
    "x-autoreply": _auto_reply,
    "x-autorespond": _auto_reply,
    "x-autoresponder": _auto_reply,
    "x-auto-reply-from": _auto_reply,
    "x-mail-autoreply": _auto_reply,
    "x-autogenerated": _auto_reply,
    "x-vacation": _auto_reply,
    "x-loop": _auto_reply,
    "x-ms-exchange-generated-message-source": _auto_reply,
    "precedence": _precedence,
    "list-id": lambda _: "list",
    "return-path": _return_path,
    "x-failed-recipients": lambda _: "bounce",
    "content-type": _content_type,
}
