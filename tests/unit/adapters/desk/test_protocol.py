import json
from datetime import UTC, datetime

import pytest

from zoho_privacy.adapters.desk.protocol import (
    LONGEST_PAUSE_S,
    Answer,
    Call,
    Kind,
    chunks,
    error_fields,
    ident,
    mass_result,
    plain_plane,
    problem,
    record,
    retry_after,
    rows,
)
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


def answer(status: int, body: object = None, **headers: str) -> Answer:
    raw = b"" if body is None else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def failed(status: int, code: str, **headers: str) -> Answer:
    return answer(status, {"errorCode": code, "message": "Planted Person <planted@example.com>"}, **headers)


TABLE: list[tuple[int, str, type[ZohoPrivacyError]]] = [
    (400, "BAD_REQUEST", DeskRejected),
    (401, "INVALID_OAUTH", DeskUnauthorised),
    (401, "UNAUTHORIZED", DeskForbidden),
    (403, "SCOPE_MISMATCH", DeskForbidden),
    (403, "OAUTH_ORG_MISMATCH", DeskForbidden),
    (403, "FORBIDDEN", DeskForbidden),
    (403, "LICENSE_ACCESS_LIMITED", DeskForbidden),
    (404, "URL_NOT_FOUND", NotFound),
    (405, "METHOD_NOT_ALLOWED", DeskRejected),
    (413, "RESOURCE_SIZE_EXCEEDED", DeskRejected),
    (415, "UNSUPPORTED_MEDIA_TYPE", DeskRejected),
    (422, "INVALID_DATA", DeskRejected),
    (422, "UNPROCESSABLE_ENTITY", DeskRejected),
    (422, "EMPTY_PAYLOAD", DeskRejected),
    (422, "MAX_COUNT_EXCEEDED", DeskRejected),
    (429, "TOO_MANY_REQUESTS", DeskBusy),
    (429, "THRESHOLD_EXCEEDED", DeskBusy),
    (500, "INTERNAL_SERVER_ERROR", DeskUnavailable),
]


@pytest.mark.parametrize(("status", "code", "error"), TABLE)
def test_a_documented_error_becomes_its_branch(status: int, code: str, error: type[ZohoPrivacyError]) -> None:
    found = problem(Call("GET", "/tickets/1"), failed(status, code))
    assert type(found) is error


@pytest.mark.req("R-SEC-8")
@pytest.mark.parametrize(("status", "code", "error"), TABLE)
def test_no_error_repeats_what_desk_wrote(status: int, code: str, error: type[ZohoPrivacyError]) -> None:
    """Desk's message may hold what a customer wrote."""
    found = problem(Call("PATCH", "/tickets/1", json={"email": "planted@example.com"}), failed(status, code))
    assert isinstance(found, error)
    assert "lanted" not in str(found) + repr(found) + repr(found.__dict__)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(200, "FORBIDDEN", DeskForbidden), (403, "URL_NOT_FOUND", NotFound), (500, "INVALID_DATA", DeskRejected)],
)
def test_the_code_decides_before_the_status(status: int, code: str, error: type[ZohoPrivacyError]) -> None:
    """The guide lists codes and statuses in two tables; only the code is dependable."""
    assert type(problem(Call("GET", "/x"), failed(status, code))) is error


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, DeskUnauthorised),
        (403, DeskForbidden),
        (404, NotFound),
        (418, DeskRejected),
        (302, DeskRejected),
        (429, DeskBusy),
        (502, DeskUnavailable),
        (503, DeskUnavailable),
    ],
)
def test_without_a_code_the_status_decides(status: int, error: type[ZohoPrivacyError]) -> None:
    page = Answer(status, {}, b"<html>sign in</html>")
    assert type(problem(Call("GET", "/x"), page)) is error
    assert type(problem(Call("GET", "/x"), failed(status, "Not a code: planted@example.com"))) is error


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_success_is_no_problem(status: int) -> None:
    assert problem(Call("GET", "/x"), answer(status)) is None


@pytest.mark.parametrize(
    ("kind", "error"), [("read", DeskUnavailable), ("absolute", DeskUnavailable), ("once", Ambiguous)]
)
def test_a_server_error_on_a_write_that_counts_once_is_ambiguous(kind: Kind, error: type[ZohoPrivacyError]) -> None:
    assert type(problem(Call("POST", "/x", kind=kind), failed(500, "INTERNAL_SERVER_ERROR"))) is error


def test_the_pause_that_desk_asks_for_is_kept() -> None:
    asked = problem(Call("GET", "/x"), failed(429, "THRESHOLD_EXCEEDED", retry_after="7200"))
    silent = problem(Call("GET", "/x"), failed(429, "THRESHOLD_EXCEEDED"))
    burst = problem(Call("GET", "/x"), failed(429, "TOO_MANY_REQUESTS"))
    pauses = [error.retry_after_s for error in (asked, silent, burst) if isinstance(error, DeskBusy)]
    assert pauses == [7200, 900, None]


@pytest.mark.parametrize("value", ["", "soon", "-5", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_an_unreadable_pause_is_none(value: str) -> None:
    assert retry_after(answer(429, retry_after=value)) is None


def test_refused_fields_are_named_by_pointer() -> None:
    body = {
        "errorCode": "INVALID_DATA",
        "errors": [
            {"fieldName": "/contactId", "errorType": "invalid", "errorMessage": "planted"},
            {"fieldName": "/cf/cf_x"},
            {"fieldName": "planted@example.com is taken", "errorType": "duplicate"},
            "nonsense",
        ],
    }
    assert error_fields(answer(422, body)) == ("/contactId:invalid", "/cf/cf_x")


def test_an_empty_list_has_two_forms() -> None:
    assert rows(answer(204)) == rows(answer(200, {"data": []})) == rows(answer(200, {"data": None})) == []


@pytest.mark.parametrize("body", [b"<html>", b'{"data": 7}', b"[]", b'{"other": []}', b'{"data": [{}'])
def test_what_is_no_list_proves_no_emptiness(body: bytes) -> None:
    """A login page taken for an empty list would make a person's data look erased."""
    with pytest.raises(DeskUnavailable):
        rows(Answer(200, {}, body))


def test_what_is_no_record_is_refused() -> None:
    for body in (b"", b"[]", b"<html>"):
        with pytest.raises(DeskUnavailable):
            record(Answer(200, {}, body))


@pytest.mark.req("R-ERASE-4")
def test_a_mass_answer_is_read_row_by_row() -> None:
    """HTTP 200 proves nothing until every success is read; an id left out has not been done."""
    body = {
        "results": [
            {"id": "1", "success": True, "errors": None},
            {"id": "2", "success": False, "errors": {"errorCode": "UNPROCESSABLE_ENTITY", "httpCode": "422"}},
            {"id": "3", "success": False, "errors": {"errorCode": "SCHEDULED", "httpCode": "202"}},
            {"id": 4, "success": True, "errors": None},
            {"id": "5", "success": "true"},
        ]
    }
    found = mass_result(answer(200, body), ["1", "2", "3", "4", "5", "6"])
    assert found == {"1": True, "2": False, "3": False, "4": True, "5": False, "6": False}


def test_a_mass_call_refused_throughout_needs_a_person() -> None:
    body = {"results": [{"id": str(n), "success": False, "errors": {"errorCode": "UNAUTHORIZED"}} for n in (1, 2)]}
    with pytest.raises(DeskForbidden):
        mass_result(answer(200, body), ["1", "2"])


@pytest.mark.parametrize("value", ["", "search", "1/../2", "1?x=y", "12a", "1" * 21, "\uff11\uff12", "1\n"])
def test_what_is_no_id_never_enters_a_path(value: str) -> None:
    """Ids come from webhook bodies: `emptySpam` must not pass for a ticket."""
    with pytest.raises(BadInput):
        ident(value)


def test_ids_go_in_portions_without_repetition() -> None:
    ids = [str(n) for n in range(120)] + ["7"]
    assert [len(some) for some in chunks(ids)] == [50, 50, 20]
    assert chunks([]) == []


def test_emoji_are_removed_and_the_rest_stays() -> None:
    assert plain_plane({"a": ["Grüße 日本 🙂", 3, None], "b": {"c": "👍"}}) == {
        "a": ["Grüße 日本 ", 3, None],
        "b": {"c": ""},
    }


@pytest.mark.parametrize(
    ("value", "date", "pause"),
    [
        ("Mon, 02 Mar 2026 12:00:00 GMT", "Mon, 02 Mar 2026 09:00:00 GMT", 10_800.0),
        ("Mon, 02 Mar 2026 12:00:00 GMT", "", 3_600.0),
        ("Mon, 02 Mar 2026 08:00:00 GMT", "Mon, 02 Mar 2026 09:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", "", LONGEST_PAUSE_S),
        ("99999999999", "", LONGEST_PAUSE_S),
    ],
)
def test_a_pause_may_be_a_date(value: str, date: str, pause: float) -> None:
    """It counts from the server's own time, from ours where it does not tell, and never for more than two days."""
    found = answer(503, retry_after=value, date=date)
    assert retry_after(found, lambda: datetime(2026, 3, 2, 11, tzinfo=UTC)) == pause


def test_a_date_without_any_clock_is_no_pause() -> None:
    assert retry_after(answer(429, retry_after="Mon, 02 Mar 2026 12:00:00 GMT")) is None


def test_a_pause_that_comes_with_a_503_is_kept() -> None:
    found = problem(Call("GET", "/x"), answer(503, retry_after="7200"))
    assert isinstance(found, DeskUnavailable)
    assert found.retry_after_s == 7200
