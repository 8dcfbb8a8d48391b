"""Every answer that the emulator can give, held against Zoho's own description; and the scopes that it asks for."""

import re

import pytest

from tests.conformance.desk import opened
from tests.conformance.deviations import idle, rows, unlisted
from tests.conformance.drive import FORBIDDEN, PARAMETER, filled, served, unvisited
from tests.conformance.exchange import Exchange
from tests.conformance.generated import drill
from tests.conformance.judge import Finding
from tests.conformance.official import Operation, all_operations, operation_of
from tests.conformance.planted import count
from zoho_emulator.desk.routes import all_routes
from zoho_emulator.desk.routing import Route

pytestmark = pytest.mark.shared


def test_every_route_is_visited(visits: list[Exchange]) -> None:
    """A route without a visit in `drive.py` would never be judged."""
    assert unvisited(visits) == []


def test_every_error_is_among_the_answers(visits: list[Exchange]) -> None:
    """What the guide names an error for was provoked, on many routes each."""
    statuses = [each.status for each in visits]
    assert [each for each in (400, 401, 403, 404, 422, 429, 500) if statuses.count(each) < 20] == []


@pytest.mark.req("R-API-3")
def test_every_answer_conforms_or_is_listed(departures: set[Finding]) -> None:
    assert unlisted(departures) == []


@pytest.mark.req("R-API-3")
def test_every_listed_answer_still_deviates(departures: set[Finding]) -> None:
    """A table that nobody prunes explains nothing."""
    assert idle(departures, "answer") == []


@pytest.mark.req("R-API-3")
def test_every_row_says_why_and_whence() -> None:
    assert [
        str(row) for row in rows() if len(row.reason) < 20 or not re.match(r"(reference|files)\b", row.source)
    ] == []


def test_the_judges_tell_good_from_bad(visits: list[Exchange]) -> None:
    """A judge that refuses everything catches every fault as well, so both numbers count."""
    whole = [each for each in visits if each.name == "GET /tickets/{ticketId}" and each.status == 200][-1]
    found = count(whole)
    assert found.wrong == []
    assert found.good == 12
    assert found.planted >= 30
    assert found.alone >= 25


def test_generated_calls_meet_no_failure_and_nothing_undocumented() -> None:
    """schemathesis knows the files and nothing of our habits: what it sends is what anybody might."""
    found = drill(1)
    assert unlisted(found.faults) == []
    assert found.operations == len(served()) - len(FORBIDDEN)
    assert len(found.met) > found.operations * 0.9
    assert set(found.statuses) <= {"2xx", "4xx"}


# --------------------------------------------------------------------------------------------------------------- scopes


def _published() -> list[tuple[Route, Operation]]:
    found = [(route, operation_of(route.method, PARAMETER.sub("1", route.path))) for route in all_routes()]
    return [(route, operation) for route, operation in found if operation is not None]


def test_every_route_asks_for_the_scopes_of_its_operation() -> None:
    wrong = {
        operation.name: (set(route.scopes), set(operation.scopes))
        for route, operation in _published()
        if operation.scopes and set(route.scopes) != operation.scopes  # one operation of the files names none
    }
    assert wrong == {}


def test_a_token_without_one_of_them_is_refused_and_one_with_all_is_not() -> None:
    """Zoho does not say whether all listed scopes are needed; the emulator's default is the strict reading."""
    with opened() as desk:
        tokens: dict[tuple[str, ...], str] = {}
        for route, operation in _published():
            if not operation.scopes:
                continue
            rule = filled(route, desk.ids)
            held = sorted(operation.scopes)
            for scopes in (held, *([each for each in held if each != one] for one in held)):
                if (key := tuple(scopes)) not in tokens:
                    tokens[key] = desk.sign_in(scopes)
                answer = desk.ask(rule, headers={"Authorization": f"Zoho-oauthtoken {tokens[key]}"})
                refused = answer.status == 403 and answer.returned["errorCode"] == "SCOPE_MISMATCH"
                assert refused is (len(scopes) < len(held)), f"{operation.name} with {scopes}"


def test_the_files_are_what_the_reference_counts() -> None:
    """A file that is not read would make every number here too good. The files may grow."""
    assert len(all_operations()) >= 349
