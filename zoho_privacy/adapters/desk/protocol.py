"""The shape of a conversation with Zoho Desk: what a call is, what an answer means, where a list goes on. No I/O.

Decides which errorCode or status becomes which branch of `domain/errors.py`. An error keeps errorCode, status, path
and field pointers; never Desk's message, which may repeat what a customer wrote. Calls are built in `calls.py`,
records read in `replies.py`, bytes sent by `transport.py`. Sources: Zoho Desk API guide (errors, rate limits), its
OpenAPI files (mass actions).
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal

from zoho_privacy.domain.errors import (
    Ambiguous,
    BadInput,
    DeskBusy,
    DeskForbidden,
    DeskRejected,
    DeskUnauthorised,
    DeskUnavailable,
    NotFound,
    ZohoPrivacyError,
)

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Kind = Literal["read", "absolute", "once"]

LONGEST_PAUSE_S: Final = 2 * 86_400.0  # credits are new every day: a longer pause is a mistake
DAILY_LIMIT_PAUSE_S: Final = 900.0  # THRESHOLD_EXCEEDED without Retry-After: look again in a quarter of an hour
MASS_IDS: Final = 50  # how many ids one mass call takes is not documented

Branch = Literal["token", "busy", "forbidden", "gone", "lost", "refused"]
_BY_CODE: Final[Mapping[str, Branch]] = {
    "INVALID_OAUTH": "token",
    "TOO_MANY_REQUESTS": "busy",
    "THRESHOLD_EXCEEDED": "busy",
    "UNAUTHORIZED": "forbidden",
    "SCOPE_MISMATCH": "forbidden",
    "OAUTH_ORG_MISMATCH": "forbidden",
    "FORBIDDEN": "forbidden",
    "LICENSE_ACCESS_LIMITED": "forbidden",
    "ONLY_LIVECHAT_USER": "forbidden",
    "INTEGRATION_ADMIN_ERROR": "forbidden",
    "URL_NOT_FOUND": "gone",
    "INTERNAL_SERVER_ERROR": "lost",
    "BAD_REQUEST": "refused",
    "METHOD_NOT_ALLOWED": "refused",
    "RESOURCE_SIZE_EXCEEDED": "refused",
    "UNSUPPORTED_MEDIA_TYPE": "refused",
    "INVALID_DATA": "refused",
    "UNPROCESSABLE_ENTITY": "refused",
    "EMPTY_PAYLOAD": "refused",
    "DUPLICATE_CONTRACT": "refused",
    "MAX_COUNT_EXCEEDED": "refused",
}
_BY_STATUS: Final[Mapping[int, Branch]] = {401: "token", 403: "forbidden", 404: "gone", 429: "busy"}
_CODE: Final = re.compile(r"[A-Z0-9_]{1,60}\Z")
_POINTER: Final = re.compile(r"[A-Za-z0-9_/.\[\]-]{1,80}\Z")
_ID: Final = re.compile(r"[0-9]{1,20}\Z")


@dataclass(frozen=True, slots=True)
class Call:
    """One call, ready to send. `path` is below the API root and holds ids only; query and body may be personal data.

    `kind` says what a lost answer means: a *read* and an *absolute* write may be sent again, a write that counts
    *once* may not. `credits` is what the call is expected to cost. `file` is a name and its bytes, sent as the form
    field `file`; `headers` are added to ours and hold no personal data.
    """

    method: Method
    path: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Mapping[str, Any] | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    file: tuple[str, bytes] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: Kind = "read"
    credits: float = 1.0

    def page(self, start: int, limit: int) -> "Call":
        """Return this call for the rows from `start` on; `from` is always sent, for its default differs."""
        return replace(self, query={**self.query, "from": str(start), "limit": str(limit)})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    def json(self) -> Any:
        """Return the decoded body, None where there is none or it is not JSON."""
        try:
            return json.loads(self.body) if self.body.strip() else None
        except ValueError:
            return None


def ident(value: str) -> str:
    """Return an id that is safe in a path.

    Raises:
        BadInput: It is not a string of digits. Ids reach us from webhook bodies: `search` must never pass for one.
    """
    if not _ID.match(value):
        raise BadInput("a Desk id is a string of up to 20 digits")
    return value


# ------------------------------------------------------------------------------------------------------------- errors


def error_code(answer: Answer) -> str:
    """Return the errorCode of an answer, `""` where there is none that looks like one."""
    if b"errorCode" not in answer.body:  # asked of each answer several times, and most are long and fine
        return ""
    body = answer.json()
    code = body.get("errorCode") if isinstance(body, Mapping) else None
    return code if isinstance(code, str) and _CODE.match(code) else ""


def error_fields(answer: Answer) -> tuple[str, ...]:
    """Return the pointers of the refused fields with the kind of refusal: `/contactId:invalid`."""
    body = answer.json()
    errors = body.get("errors") if isinstance(body, Mapping) else None
    named = [
        [str(error.get(key, "")) for key in ("fieldName", "errorType")]
        for error in (errors if isinstance(errors, list) else ())
        if isinstance(error, Mapping)
    ]
    return tuple(":".join(part for part in pair if _POINTER.match(part)) for pair in named if _POINTER.match(pair[0]))


def branch(answer: Answer) -> Branch | None:
    """Return what an answer means, None where it is fine. A known errorCode decides first, the status second."""
    code, status = error_code(answer), answer.status
    if code in _BY_CODE:
        return _BY_CODE[code]
    if 200 <= status < 300:
        return "refused" if code else None
    return _BY_STATUS.get(status) or ("lost" if status >= 500 else "refused")


def token_refused(answer: Answer) -> bool:
    """Return whether the access token is the trouble: the one case in which a new token and a resend help."""
    return branch(answer) == "token"


def crowded(answer: Answer) -> bool:
    """Return whether more calls were under way than the portal takes at once: nothing was done."""
    return error_code(answer) == "TOO_MANY_REQUESTS" or (answer.status == 429 and not error_code(answer))


def problem(call: Call, answer: Answer, *, now: Callable[[], datetime] | None = None) -> ZohoPrivacyError | None:
    """Return what is wrong with an answer as the error to raise, None where nothing is.

    `now` is asked for only where a Retry-After date comes without the server's own time.
    """
    code, found = error_code(answer), branch(answer)
    if found is None:
        return None
    where = f"{call.method} {call.path}: {code or answer.status}"
    pause = retry_after(answer, now)
    if code == "THRESHOLD_EXCEEDED":
        pause = pause or DAILY_LIMIT_PAUSE_S
    errors: Mapping[Branch, Callable[[], ZohoPrivacyError]] = {
        "token": lambda: DeskUnauthorised(where),
        "busy": lambda: DeskBusy(where, retry_after_s=pause),
        "forbidden": lambda: DeskForbidden(where, code=code or "FORBIDDEN"),
        "gone": lambda: NotFound(where),
        "lost": lambda: lost(call, code or str(answer.status), pause=pause),
        "refused": lambda: DeskRejected(
            code or f"HTTP_{answer.status}", status=answer.status, fields=error_fields(answer)
        ),
    }
    return errors[found]()


def lost(call: Call, why: str, *, sent: bool = True, pause: float | None = None) -> DeskUnavailable | Ambiguous:
    """Return what an unanswered call means: a write that counts once may have landed unless it was never sent."""
    where = f"{call.method} {call.path}: {why}"
    if call.kind == "once" and sent:
        return Ambiguous(where, retry_after_s=pause)
    return DeskUnavailable(where, retry_after_s=pause)


def retry_after(answer: Answer, now: Callable[[], datetime] | None = None) -> float | None:
    """Return the seconds that the Retry-After header asks for, at most two days; None where it is absent or unreadable.

    A date counts from the answer's own Date, so that a wrong clock of ours does no harm, else from `now`.
    """
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_PAUSE_S)
    until = _http_date(value)
    since = _http_date(answer.headers.get("date", "")) or (now() if now else None)
    if until is None or since is None:
        return None
    return min(max((until - since).total_seconds(), 0.0), LONGEST_PAUSE_S)


def _http_date(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


# -------------------------------------------------------------------------------------------------------------- lists


def rows(answer: Answer, key: str = "data") -> list[Mapping[str, Any]]:
    """Return the records of a list answer; 204 and an empty list are the same.

    Raises:
        DeskUnavailable: The body is not a list answer (a login page, a cut-off reply): nothing may be concluded.
    """
    if answer.status == 204 or not answer.body.strip():
        return []
    body = answer.json()
    found = body.get(key, ()) or [] if isinstance(body, Mapping) and key in body else None
    if not isinstance(found, list):
        raise DeskUnavailable(f"a list was expected, and the {answer.status} answer has no {key}")
    return [row for row in found if isinstance(row, Mapping)]


def record(answer: Answer) -> Mapping[str, Any]:
    """Return the single record of an answer.

    Raises:
        DeskUnavailable: The body is not one JSON object.
    """
    body = answer.json()
    if not isinstance(body, Mapping):
        raise DeskUnavailable(f"a record was expected, and the {answer.status} answer is none")
    return body


def created(call: Call, answer: Answer) -> str:
    """Return the id of what a write made, as text also where Desk writes a number.

    Raises:
        Ambiguous: The answer has none, so nobody knows what happened.
    """
    body = answer.json()
    made = body.get("id") if isinstance(body, Mapping) else None
    if isinstance(made, bool) or not isinstance(made, str | int) or not _ID.match(str(made)):
        raise Ambiguous(f"{call.method} {call.path}: {answer.status} without an id")
    return str(made)


def mass_result(answer: Answer, ids: Sequence[str]) -> Mapping[str, bool]:
    """Return per id whether a mass call did it; an id without its own success is False (200 proves nothing).

    Raises:
        DeskForbidden: Every row was refused for want of permission: trying again row by row is of no use.
    """
    results = rows(answer, "results")
    errors = [row.get("errors") for row in results]
    codes = {str(error.get("errorCode")) if isinstance(error, Mapping) else "" for error in errors}
    if results and codes <= {"UNAUTHORIZED", "FORBIDDEN"}:
        raise DeskForbidden(f"mass call: {min(codes)} for all {len(ids)}", code=min(codes))
    done = {str(row.get("id")) for row in results if row.get("success") is True}
    failed = {str(row.get("id")) for row in results if row.get("success") is not True}
    return {each: each in done - failed for each in ids}


def chunks(ids: Sequence[str]) -> list[list[str]]:
    """Return the ids, checked and without repetition, in portions that one mass call takes."""
    unique = list(dict.fromkeys(ident(each) for each in ids))
    return [unique[at : at + MASS_IDS] for at in range(0, len(unique), MASS_IDS)]


# --------------------------------------------------------------------------------------------------------------- text


def plain_plane(value: Any) -> Any:
    """Return JSON with emoji and other 4-byte characters removed from its strings (Desk may refuse them)."""
    if isinstance(value, str):
        return "".join(letter for letter in value if ord(letter) <= 0xFFFF)
    if isinstance(value, Mapping):
        return {key: plain_plane(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [plain_plane(member) for member in value]
    return value
