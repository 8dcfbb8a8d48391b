"""A reviewer sees each mask in its context, changes it, and approves what the page shows and nothing else."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest

from tests.builders import a_case
from tests.fakes.handing import fetched
from tests.fakes.people import BOB, adas_life
from tests.fakes.suite import a_suite
from zoho_privacy.domain.model import Kind, State
from zoho_privacy.hosting.http import Request, Response
from zoho_privacy.local import review_page
from zoho_privacy.workflows import casebook, exports, ledger
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.exports import Export

PHONE = "+44 20 7946 0958"


class Desk:
    """An export that waits, and a reviewer's hands."""

    def __init__(self) -> None:
        life = adas_life()
        self.app: App = a_suite(life.desk)
        case = a_case(kind=Kind.ACCESS, contact_id=life.ada.id, state=State.WITH_PERSON)
        change = Change(self.app.store, case.org, self.app.clock.now())
        change.case(case)
        change.commit()
        self.org, self.case_id = case.org, case.id
        self.export: Export = exports.build(self.app, self.app.desks[case.org], case)

    def request(self, **form: str) -> Request:
        path = f"/exports/{self.org}/{self.export.id}"
        return Request("POST" if form else "GET", path, body=urlencode(form).encode(), client="127.0.0.1")

    def page(self) -> str:
        return review_page.export_page(self.request(), self.app).body.decode()

    def send(self, page: str, **form: str) -> Response:
        seal = re.search(r'name="seal" value="([^"]+)"', page)
        assert seal
        return review_page.decided(self.request(seal=unescape(seal[1]), agent="700", **form), self.app)

    def box(self, page: str, value: str) -> str:
        """Return the name of the box that shows a value."""
        found = re.search(rf'name="(show-\d+)" value="yes"\s+aria-label="show {re.escape(value)}"', page)
        assert found
        return found[1]

    def now(self) -> Export:
        found = exports.get(self.app, self.org, self.export.id)
        assert found is not None
        return found


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.req("R-ACCESS-4")
def test_masks_are_shown_in_context_and_each_look_is_in_the_ledger(desk: Desk) -> None:
    page = desk.page()
    assert f"<mark>{BOB}</mark>" in page
    assert desk.export.sha256 in page
    steps = [entry for entry in ledger.entries(desk.app.store, desk.org) if entry.what == "export_looked_at"]
    assert len(steps) == 1
    assert BOB not in repr(steps)
    assert "no-store" in review_page.export_page(desk.request(), desk.app).headers["cache-control"]


@pytest.mark.req("R-ACCESS-4")
def test_what_is_approved_is_what_was_seen(desk: Desk) -> None:
    """Two reviewers: one changes a mask, the other's page is out of date and approves nothing."""
    old = desk.page()
    changed = desk.send(old, action="change", **{desk.box(old, PHONE): "yes"}, hide="Restart it")
    assert (changed.status, desk.now().sha256 == desk.export.sha256) == (200, False)
    assert desk.send(old, action="accept").status == 409
    assert desk.now().waits
    assert desk.send(desk.page(), action="accept").status == 200
    with fetched(desk.app, desk.now()) as package:
        data = package.read("data/messages.json").decode()
    assert PHONE in data
    assert "restart it" not in data.casefold()
    assert BOB not in data
    assert desk.app.blobs.names("") == [
        f"exports/{desk.export.id}/{name}" for name in ("decisions", "package", "review")
    ]


@pytest.mark.req("R-ACCESS-4")
def test_an_accepted_export_sends_the_case_on_and_forgets_what_was_masked(desk: Desk) -> None:
    desk.send(desk.page(), action="accept")
    case = casebook.case(desk.app.store, desk.org, desk.case_id)
    assert case is not None
    assert case.state is State.VERIFIED
    assert desk.app.store.get(desk.org, "job", f"fulfil:{case.id}")
    exports.build(desk.app, desk.app.desks[desk.org], case)
    assert desk.app.blobs.names("") == [f"exports/{desk.export.id}/package"]
    assert BOB not in desk.page()


@pytest.mark.req("R-SEC-2")
@pytest.mark.parametrize(
    "form", [{"action": "accept", "agent": "700"}, {"action": "accept", "seal": "x" * 43, "agent": "700"}]
)
def test_another_web_site_decides_nothing(desk: Desk, form: dict[str, str]) -> None:
    assert review_page.decided(desk.request(**form), desk.app).status == 409
    assert desk.now().waits


@pytest.mark.parametrize("form", [{"action": "change"}, {"action": "revoke"}, {"action": "burn"}])
def test_a_half_filled_form_is_refused_with_a_word(desk: Desk, form: dict[str, str]) -> None:
    answer = desk.send(desk.page(), **form)
    assert (answer.status, b'role="alert"' in answer.body) == (422, True)
    assert desk.now().waits


@pytest.mark.req("R-BREACH-1")
def test_a_reviewer_can_revoke(desk: Desk) -> None:
    desk.send(desk.page(), action="revoke", reason="not the right person")
    assert (desk.now().state, desk.now().erased) == (exports.ExportState.REVOKED, True)
    assert desk.export.id in review_page.list_page(desk.request(), desk.app).body.decode()


@pytest.mark.req("R-ACCESS-6")
def test_secrets_are_not_up_for_decision(desk: Desk) -> None:
    """Whoever decides to show a password all the same changes nothing."""
    assert "Tr0ub4dor" not in desk.page()
    exports.decide(desk.app, desk.org, desk.export.id, "agent:700", show=["Tr0ub4dor&3"])
    assert "Tr0ub4dor" not in desk.page()
    exports.accept(desk.app, desk.org, desk.export.id, "agent:700", "x", sha256=desk.now().sha256)
    with fetched(desk.app, desk.now()) as package:
        assert b"Tr0ub4dor" not in b"".join(package.read(name) for name in package.namelist())
