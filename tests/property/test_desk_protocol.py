"""Laws of the Desk protocol: no answer breaks it, no window loses a moment, no text gets past what it must not."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.adapters.desk.conftest import config
from zoho_privacy.adapters.desk import replies
from zoho_privacy.adapters.desk.calls import halves
from zoho_privacy.adapters.desk.hosts import API_ROOT, DATA_CENTRES, url_trusted
from zoho_privacy.adapters.desk.protocol import Answer, Call, mass_result, plain_plane, problem, rows
from zoho_privacy.adapters.desk.tokens import read_token
from zoho_privacy.adapters.desk.webhook_guard import JwksGuard
from zoho_privacy.domain.errors import BadSignature, ZohoPrivacyError

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
times = st.datetimes(min_value=datetime(2005, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis adds the zone
quick = settings(max_examples=100, deadline=None)


def answers(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Answer]:
    bodies = values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40)
    return st.builds(Answer, st.integers(100, 599), st.just({}), bodies)


errors = st.fixed_dictionaries({"errorCode": scalars, "message": scalars, "errors": json_values})


@quick
@given(answers(json_values | errors))
def test_any_answer_is_fine_or_becomes_a_branch(answer: Answer) -> None:
    found = problem(Call("GET", "/x"), answer)
    assert found is None or isinstance(found, ZohoPrivacyError)
    if found is None:
        assert 200 <= answer.status < 300


@quick
@given(answers(json_values | st.fixed_dictionaries({"data": json_values, "results": json_values})))
def test_any_answer_is_a_list_or_refused(answer: Answer) -> None:
    for read in (lambda: rows(answer), lambda: mass_result(answer, ["1"])):
        try:
            found: Any = read()
        except ZohoPrivacyError:
            continue
        assert isinstance(found, list | dict)


@quick
@given(answers(json_values | st.fixed_dictionaries({"access_token": scalars, "expires_in": scalars, "error": scalars})))
def test_any_token_answer_is_a_token_or_refused(answer: Answer) -> None:
    try:
        token = read_token(answer, NOW)
    except ZohoPrivacyError:
        return
    assert token.text


@quick
@given(json_values)
def test_any_value_is_a_moment_in_utc_or_none(value: Any) -> None:
    found = replies.moment(value)
    assert found is None or found.utcoffset() == timedelta(0)


@quick
@given(times)
def test_a_moment_survives_the_way_desk_writes_it(at: datetime) -> None:
    whole = at.replace(microsecond=at.microsecond // 1000 * 1000)
    milliseconds = round(whole.timestamp() * 1000)
    assert replies.moment(whole.isoformat()) == whole
    assert replies.moment(str(milliseconds)) == whole or milliseconds < 10**11


@quick
@given(st.dictionaries(st.sampled_from(["id", "createdTime", "cf", "secondaryContacts", "isTrashed"]), json_values))
def test_any_ticket_is_read_or_refused(raw: dict[str, Any]) -> None:
    try:
        ticket = replies.ticket(raw)
    except ZohoPrivacyError:
        return
    assert ticket.id
    assert ticket.status_type == "open"


@quick
@given(times, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=9000)), st.floats(0, 1))
def test_halves_lose_no_millisecond(start: datetime, length: timedelta, where: float) -> None:
    window = (start, start + length)
    parts = halves(window)
    if parts is None:
        assert length < timedelta(milliseconds=1)
        return
    (first, middle), (after, last) = parts
    assert (first, last) == window
    assert after - middle == timedelta(milliseconds=1)
    at = start + timedelta(milliseconds=int(length / timedelta(milliseconds=1) * where))
    assert first <= at <= middle or after <= at <= last


@quick
@given(st.text())
def test_removing_emoji_twice_is_removing_them_once(text: str) -> None:
    once = plain_plane(text)
    assert plain_plane(once) == once
    assert all(ord(letter) <= 0xFFFF for letter in once)
    assert [letter for letter in text if ord(letter) <= 0xFFFF] == list(once)


hosts = [name for row in DATA_CENTRES.values() for name in (row.desk, row.accounts)]


@quick
@given(st.sampled_from(hosts), st.text(alphabet="abcz09-.@:/\\?#", min_size=1, max_size=12))
def test_nothing_put_behind_a_host_name_is_trusted(host: str, more: str) -> None:
    """`desk.zoho.eu` at the front of a name says nothing about who answers."""
    if more[0] not in "/?#:":
        assert not url_trusted(f"https://{host}{more}x.example/")


@quick
@given(st.text(max_size=60))
def test_a_file_path_stays_below_the_api(href: str) -> None:
    found = config().file_path(href)
    assert found is None or (found.startswith(API_ROOT + "/") and ".." not in found and "//" not in found)


@quick
@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_no_text_passes_for_a_signature(token: str) -> None:
    guard = JwksGuard({"600": "https://desk.zoho.eu/.well-known/jwks.json"}, fetch=lambda _: {"keys": []})
    try:
        guard.check(token, org="600", webhook_ids=frozenset(), body=b"", now=NOW)
    except BadSignature:
        return
    raise AssertionError("accepted")
