"""Who may see the operators' pages: this machine in a trial, the token's holder in earnest, nobody else."""

import base64

import pytest

from tests.builders import a_case
from tests.fakes.receiving import make
from zoho_privacy.hosting.http import Request, Response, text
from zoho_privacy.local import overview
from zoho_privacy.local.operators import Door
from zoho_privacy.workflows import casebook
from zoho_privacy.workflows.context import App

TOKEN = "t" * 40
HERE = {"host": "127.0.0.1:8020"}


def page(_request: Request, _app: App) -> Response:
    return text("cases")


def ask(door: Door, headers: dict[str, str], client: str = "127.0.0.1") -> int:
    request = Request("GET", "/cases", headers, client=client)
    return door.guard(page)(request, make().app).status


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"operator:{password}".encode()).decode()


@pytest.mark.parametrize("host", ["127.0.0.1:8020", "localhost:8020", "[::1]:8020", "127.0.0.1"])
def test_a_trial_opens_to_this_machine(host: str) -> None:
    assert ask(Door(None, trial=True), {"host": host}) == 200


@pytest.mark.req("R-SEC-2")
@pytest.mark.parametrize(
    ("headers", "client"),
    [
        (HERE, "192.0.2.7"),
        ({"host": "privacy.example.com"}, "127.0.0.1"),
        ({"host": "evil.example.com:8020"}, "127.0.0.1"),
        ({**HERE, "x-forwarded-for": "192.0.2.7"}, "127.0.0.1"),
        ({**HERE, "via": "1.1 proxy"}, "127.0.0.1"),
        ({"host": "["}, "127.0.0.1"),
        ({}, "127.0.0.1"),
        (HERE, "nonsense"),
    ],
)
def test_a_trial_opens_to_nobody_else(headers: dict[str, str], client: str) -> None:
    """A proxy on this machine, or a web site that points its name here, must not make the world local."""
    assert ask(Door(None, trial=True), headers, client) == 404


@pytest.mark.req("R-SEC-2")
def test_in_earnest_being_on_this_machine_proves_nothing() -> None:
    assert ask(Door(None, trial=False), HERE) == 404
    assert ask(Door(TOKEN, trial=False), HERE) == 401


@pytest.mark.parametrize("authorization", [f"Bearer {TOKEN}", f"bearer {TOKEN}", basic(TOKEN)])
def test_the_token_opens_from_anywhere(authorization: str) -> None:
    assert ask(Door(TOKEN, trial=False), {"authorization": authorization}, "192.0.2.7") == 200


@pytest.mark.req("R-SEC-2")
@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer " + "t" * 39, TOKEN, basic("wrong"), "Basic !!!", "Basic é", f"Digest {TOKEN}"],
)
def test_anything_else_does_not(authorization: str) -> None:
    assert ask(Door(TOKEN, trial=False), {"authorization": authorization}, "192.0.2.7") == 401


def test_no_token_means_that_no_token_opens() -> None:
    assert ask(Door(None, trial=False), {"authorization": "Bearer "}) == 404
    assert ask(Door(None, trial=False), {"authorization": "Bearer None"}) == 404


def test_the_pages_show_cases_in_ids_and_dates() -> None:
    """An operator's screen may be seen by others: no name, no address, no words of the person."""
    app = make().app
    change = casebook.Change(app.store, "60001", app.clock.now())
    change.case(a_case())
    change.log("requester", "case_opened", why="R-INTAKE-2", case_id="7001-deletion", ticket_id="7001")
    change.commit()
    listed = overview.list_page(Request("GET", "/cases"), app).body.decode()
    shown = overview.case_page(Request("GET", "/cases/60001/7001-deletion"), app).body.decode()
    assert "#5127" in listed
    assert "the person confirms the code" in listed
    assert 'http-equiv="refresh"' in listed
    assert "<script" not in listed + shown
    assert "case_opened" in shown
    assert overview.case_page(Request("GET", "/cases/60001/unknown"), app).status == 404
