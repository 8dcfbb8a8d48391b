"""The doctor's questions: each is asked, none keeps another from being asked, and no answer names anybody."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.builders import NOW, ORG, a_case
from tests.fakes.desk import FakeDesk
from tests.fakes.suite import NoMeter, a_suite
from zoho_privacy.adapters.anchor import FileAnchor
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.adapters.desk.setup import Webhook
from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.domain import records as r
from zoho_privacy.domain.errors import DeskForbidden, DeskUnavailable
from zoho_privacy.domain.health import SCOPES, Colour, Health
from zoho_privacy.domain.keyed import Keyring
from zoho_privacy.domain.model import State
from zoho_privacy.domain.profile import Profile
from zoho_privacy.domain.retention import Rule, Schedule
from zoho_privacy.domain.tags import Command
from zoho_privacy.local import health, portals
from zoho_privacy.local.console import Exit
from zoho_privacy.ports import Item, Put
from zoho_privacy.workflows import agenda, arrivals, casebook, schedules
from zoho_privacy.workflows.context import App, Policy

HOOK = "417000000000001"
EVERYWHERE = frozenset(str(number) for number in range(100, 1000))
PROBED = Profile(ORG, "us", "0.1.0", NOW, "0a1b")
ACTIONS = tuple((command.value, "") for command in Command)


class Meter(NoMeter):
    """A desk that says how many credits are left."""

    def __init__(self, left: int | None) -> None:
        super().__init__()
        self.left = left

    def remaining(self) -> int | None:
        return self.left


@dataclass
class Subscriptions:
    """A portal's webhooks and its time."""

    there: list[Webhook] = field(default_factory=list)
    at: datetime | None = NOW
    members: frozenset[str] | None = EVERYWHERE

    def home(self, org: str) -> str:
        return f"https://desk.zoho.example/support/{org}"

    def my_departments(self) -> frozenset[str] | None:
        return self.members

    def webhooks(self) -> Sequence[Webhook]:
        return tuple(self.there)

    def webhook(self, webhook_id: str) -> Webhook | None:
        return next((each for each in self.there if each.id == webhook_id), None)

    def time(self) -> datetime | None:
        return self.at


def fields(actions: Sequence[tuple[str, str]] = ACTIONS) -> list[r.FieldInfo]:
    return [
        r.FieldInfo("status", "Status", "Picklist", custom=False, values=(("Open", "open"), ("Closed", "closed"))),
        r.FieldInfo("cf_privacy_action", "Privacy Action", "Picklist", custom=True, values=tuple(actions)),
        r.FieldInfo("cf_privacy_state", "Privacy State", "Text", custom=True),
    ]


def a_desk() -> FakeDesk:
    desk = FakeDesk(ORG)
    desk.field_list["tickets"] = fields()
    return desk


def suite(desk: FakeDesk, left: int | None = 70_000, **settings: object) -> App:
    app = a_suite(desk)
    portal = app.desks[ORG]
    app.store.commit([Put(Item(ORG, "desk_tokens", "access", {"scopes": sorted(SCOPES)}))])
    chosen = replace(portal.settings, **{"profile": PROBED, **settings})  # type: ignore[arg-type]  # the test names the fields
    return replace(app, desks={ORG: replace(portal, credits=Meter(left), settings=chosen)})


def hook(app: App, *, enabled: bool = True, url: str | None = None) -> Webhook:
    return Webhook(HOOK, url or portals.hook_url(app, ORG), enabled, {})


def look(app: App, admin: Subscriptions | None = None) -> Health:
    return health.portal(app, ORG, admin or Subscriptions([hook(app)]))


def codes(found: Health) -> dict[str, str]:
    return {check.name: check.code for check in found.checks if check.code}


def test_a_portal_as_it_should_be_is_green() -> None:
    found = look(suite(a_desk()))
    assert codes(found) == {}
    assert len({check.name for check in found.checks}) == len(found.checks) >= 20
    assert health.verdict([found]) is Exit.OK


@pytest.mark.req("R-TAG-2")
def test_a_field_without_all_its_values_is_named() -> None:
    desk = a_desk()
    desk.field_list["tickets"] = fields(ACTIONS[1:])
    (check,) = look(suite(desk)).red
    assert (check.name, check.code) == ("fields", "field_missing")
    assert ACTIONS[0][0] in check.mend
    assert ACTIONS[1][0] not in check.mend


def test_each_missing_field_is_named() -> None:
    desk = a_desk()
    desk.field_list["tickets"] = []
    found = look(suite(desk))
    assert codes(found) == {"fields": "field_missing", "closed statuses": "no_closed_status"}
    assert all(name in found.red[0].mend for name in ("cf_privacy_action", "cf_privacy_state"))


def test_the_webhook_is_looked_up_by_its_id_and_by_its_address() -> None:
    app = suite(a_desk())
    assert codes(look(app, Subscriptions())) == {"webhook": "webhook_missing"}
    assert codes(look(app, Subscriptions([hook(app, enabled=False)]))) == {"webhook": "webhook_off"}
    assert codes(look(app, Subscriptions([hook(app, url="https://other.example.com/")]))) == {
        "webhook": "webhook_missing"
    }
    pinned = suite(a_desk(), webhook_ids=frozenset({HOOK}))
    assert codes(look(pinned, Subscriptions())) == {"webhook": "webhook_gone"}
    assert codes(look(pinned, Subscriptions([hook(pinned)]))) == {}


def test_addresses_departments_and_credits_have_their_own_colour() -> None:
    desk = a_desk()
    desk.from_list = [replace(desk.from_list[0], verified=False)]
    assert codes(look(suite(desk))) == {"from address": "no_from_address"}
    assert codes(look(suite(a_desk(), privacy_department_id="999"))) == {"departments": "department_missing"}
    assert codes(look(suite(a_desk(), privacy_department_id="101", from_address=None))) == {
        "from address": "no_from_address"
    }
    assert codes(look(suite(a_desk(), left=100))) == {"credits": "reserve_reached"}
    assert codes(look(suite(a_desk(), left=None))) == {"credits": "unknown"}


def test_an_agent_who_may_not_see_the_bin_is_found_out() -> None:
    desk = a_desk()
    desk.fail["bin_items"] = [DeskForbidden("GET /recycleBin", code="FORBIDDEN")]
    found = look(suite(desk))
    assert codes(found) == {"recycle bin": "FORBIDDEN"}
    assert len(found.checks) == len(look(suite(a_desk())).checks), "no other question is left out"


def test_an_agent_who_left_is_found_out() -> None:
    desk = a_desk()
    desk.agent_list = [replace(desk.agent_list[0], active=False)]
    assert codes(look(suite(desk))) == {"agent": "agent_inactive"}


def test_clocks_apart_are_a_warning() -> None:
    app = suite(a_desk())
    found = look(app, Subscriptions([hook(app)], at=NOW + timedelta(seconds=61)))
    assert codes(found) == {"clock": "clock_skew"}
    assert health.verdict([found]) is Exit.OK


def test_clocks_far_apart_are_red() -> None:
    """From there on every delivery is refused, and due dates are wrong."""
    app = suite(a_desk())
    (check,) = look(app, Subscriptions([hook(app)], at=NOW - timedelta(seconds=301))).red
    assert (check.name, check.code) == ("clock", "clock_skew")


def test_missing_scopes_are_named() -> None:
    app = suite(a_desk())
    item = app.store.get(ORG, "desk_tokens", "access")
    assert item is not None
    app.store.commit([Put(replace(item, body={"scopes": sorted(SCOPES - {"Desk.search.READ"})}))])
    (check,) = look(app).red
    assert (check.name, check.code, "Desk.search.READ" in check.mend) == ("scopes", "SCOPE_MISMATCH", True)


def test_an_agent_outside_a_department_is_found_out() -> None:
    app = suite(a_desk())
    (check,) = look(app, Subscriptions([hook(app)], members=frozenset())).red
    assert check.code == "agent_departments"
    assert codes(look(app, Subscriptions([hook(app)], members=None))) == {"agent departments": "unknown"}


@pytest.mark.parametrize(
    ("known", "code"),
    [
        (None, "no_profile"),
        (replace(PROBED, org="7"), "profile_of_another"),
        (replace(PROBED, probed=NOW - timedelta(days=181)), "profile_old"),
    ],
)
def test_a_profile_of_another_portal_or_time_is_a_warning(known: Profile | None, code: str) -> None:
    found = look(suite(a_desk(), profile=known))
    assert codes(found) == {"profile": code}
    assert health.verdict([found]) is Exit.OK


def test_a_desk_that_does_not_answer_is_told_apart_from_one_that_refuses() -> None:
    """A script tries again after the first and wakes somebody after the second."""
    silent, closed = a_desk(), a_desk()
    silent.fail["portal"] = [DeskUnavailable("GET /organizations: 503")]
    closed.fail["portal"] = [DeskForbidden("accounts", code="invalid_client")]
    found = [look(suite(silent)), look(suite(closed))]
    assert [codes(each) for each in found] == [{"access": "unreachable"}, {"access": "invalid_client"}]
    assert [health.verdict([each]) for each in found] == [Exit.TRY_AGAIN, Exit.FOUND]
    assert silent.calls["departments"] == 0


@pytest.mark.req("R-SEC-6")
def test_waiting_work_and_passed_dates_are_red() -> None:
    app = suite(a_desk())
    overdue = a_case(due=replace(a_case().due, promise_due=(NOW - timedelta(days=1)).date()))
    change = casebook.Change(app.store, ORG, NOW)
    change.case(overdue)
    change.case(a_case(id="7001-access", due=replace(a_case().due, promise_due=NOW.date())))
    change.commit()
    arrivals.keep(app, ORG, [], [arrivals.Unreadable("why", b"x")])
    found = look(app)
    assert codes(found) == {"dead letters": "dead_letters", "overdue": "overdue"}
    assert found.red[1].says == "7001-deletion"
    assert health.verdict([found]) is Exit.FOUND


@pytest.mark.req("R-PROP-4")
@pytest.mark.parametrize(("days", "colour"), [(14, "green"), (15, "yellow")])
def test_recipients_who_stay_silent_are_a_warning_and_no_missed_date(days: int, colour: str) -> None:
    """The person has the answer: nobody has to be answered today, but somebody has to be asked."""
    app = suite(a_desk())
    answered = NOW - timedelta(days=days)
    due = replace(a_case().due, promise_due=(NOW - timedelta(days=1)).date())
    case = a_case(state=State.FULFILLED, plan_hash="f" * 64, answered=answered, due=due)
    change = casebook.Change(app.store, ORG, NOW)
    change.case(case)
    change.commit()
    checks = {check.name: check for check in look(app).checks}
    assert (checks["receipts"].colour, checks["overdue"].colour) == (colour, "green")
    assert (case.id in checks["receipts"].says) is (colour == "yellow")


@pytest.mark.req("R-RETAIN-12")
def test_a_failed_canary_is_red_until_one_gets_through() -> None:
    app = suite(a_desk())
    change = casebook.Change(app.store, ORG, NOW)
    change.put("canary", "last", {"mark": "privacy-canary-1", "phase": "begun", "failed": "still found by the search"})
    change.commit()
    check = {each.name: each for each in look(app).checks}["retention"]
    assert (check.colour, check.code) == ("red", "canary_failed")
    assert "still found by the search" in check.says


@pytest.mark.req("R-PLAN-4")
def test_changed_rules_that_wait_for_approval_are_a_warning() -> None:
    first = Schedule((Rule("one", "P8-tickets", "contract", "erase", period_days=365, mode="live", reason="over"),))
    app = replace(suite(a_desk()), schedule=first)
    schedules.settle(app, ORG, first)
    assert {each.name: each.colour for each in look(app).checks}["retention"] == "green"
    changed = replace(first, rules=(replace(first.rules[0], period_days=30),))
    check = {each.name: each for each in look(replace(app, schedule=changed)).checks}["retention"]
    assert (check.colour, check.code) == ("yellow", "schedule_waits")
    assert "simulate" in check.mend


def installed(folder: Path, anchors: Path) -> App:
    store = SqliteStore(folder / "state.sqlite3")
    return a_suite(a_desk(), store=store, anchor=FileAnchor(anchors), policy=Policy(store_location="US, Ohio"))


@pytest.mark.req("R-EVID-3")
def test_anchors_beside_what_they_guard_are_a_warning(tmp_path: Path) -> None:
    """A link to elsewhere counts as elsewhere."""
    state, share = tmp_path / "state", tmp_path / "share"
    share.mkdir()
    found = health.installation(installed(state, state / "anchors.jsonl"))
    assert codes(found) == {"anchors": "anchor_inside"}
    (state / "anchors.jsonl").symlink_to(share / "anchors.jsonl")
    assert codes(health.installation(installed(state, state / "anchors.jsonl"))) == {}


def test_a_damaged_database_is_red(tmp_path: Path) -> None:
    app = installed(tmp_path / "state", tmp_path / "anchors.jsonl")
    assert isinstance(app.store, SqliteStore)
    for number in range(200):
        agenda.plan(app.store, "", f"task-{number:03}", interval=timedelta(days=9), now=NOW)
    app.store.close()
    path = app.store.path
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096)
    found = codes(health.installation(app))
    assert found["database"] in {"database_damaged", "NeedsHuman"}
    assert found["tasks"] == "NeedsHuman"


@pytest.mark.req("R-SEC-6")
def test_a_late_task_is_red_unless_it_is_running(tmp_path: Path) -> None:
    clock = FixedClock(NOW)
    app = replace(installed(tmp_path / "state", tmp_path / "anchors.jsonl"), clock=clock)
    task = agenda.plan(app.store, "", "sweep", interval=timedelta(minutes=10), now=NOW)
    assert codes(health.installation(app)) == {}
    clock.advance(timedelta(minutes=21))
    found = health.installation(app)
    assert (codes(found), found.red[0].says) == ({"tasks": "tasks_late"}, "late: sweep")
    agenda.start(app.store, task, now=clock.now(), lease=timedelta(minutes=30), holder="pid-1")
    assert codes(health.installation(app)) == {}


@pytest.mark.req("R-XFER-2")
def test_where_the_store_lies_is_declared_or_asked_for(tmp_path: Path) -> None:
    app = installed(tmp_path / "state", tmp_path / "anchors.jsonl")
    assert any("lie in US, Ohio" in check.says for check in health.installation(app).checks)
    assert codes(health.installation(replace(app, policy=Policy()))) == {"location": "no_location"}


@pytest.mark.req("R-SEC-7")
def test_an_old_secret_is_a_reminder_until_it_is_made_anew(tmp_path: Path) -> None:
    """What is kept is a keyed mark: the secret itself stands in no row."""
    clock = FixedClock(NOW)
    app = replace(installed(tmp_path / "state", tmp_path / "anchors.jsonl"), clock=clock)
    assert codes(health.installation(app)) == {}
    clock.advance(timedelta(days=365))
    assert codes(health.installation(app)) == {}
    clock.advance(timedelta(days=1))
    found = {check.name: check for check in health.installation(app).checks}["keys"]
    assert (found.colour, found.code) == (Colour.YELLOW, "keys_old")
    assert "hook_secret (366 days)" in found.says
    assert "installation_secret (366 days)" in found.says
    renewed = replace(app, hook_secret="another-hook-secret")
    assert "hook_secret" not in {c.name: c for c in health.installation(renewed).checks}["keys"].says
    elsewhere = replace(app, keyring=Keyring(bytes(32)))
    assert codes(health.installation(elsewhere)) == {}
    rows = [item.body for item in app.store.find("", "key")]
    assert {row["mark"] for row in rows}
    assert not any(app.hook_secret in str(row) for row in rows)


@pytest.mark.req("R-SEC-7")
def test_a_scope_that_no_call_needs_is_reported() -> None:
    app = suite(a_desk())
    item = app.store.get(ORG, "desk_tokens", "access")
    assert item
    app.store.commit([Put(replace(item, body={"scopes": [*sorted(SCOPES), "Desk.community.READ"]}))])
    (check,) = [each for each in look(app).checks if each.name == "scopes"]
    assert (check.colour, check.code) == (Colour.YELLOW, "scopes_beyond")
    assert check.mend.endswith("Desk.community.READ")


def test_a_folder_that_is_gone_is_not_writable(tmp_path: Path) -> None:
    assert health._writable(tmp_path).code == ""
    assert health._writable(tmp_path / "nowhere").code == "not_writable"


@pytest.mark.req("R-SEC-8")
def test_nothing_in_the_answer_names_anybody(caplog: pytest.LogCaptureFixture) -> None:
    """The output goes to terminals, tickets and mails."""
    desk = a_desk()
    desk.from_list = [replace(desk.from_list[0], active=False)]
    desk.agent_list = [replace(desk.agent_list[0], active=False)]
    with caplog.at_level(logging.DEBUG):
        told = json.dumps(look(suite(desk)).as_dict()) + caplog.text
    for personal in ("Sam", "sam.agent", "support@", "@", "Example Desk", "a-hook-secret"):
        assert personal not in told


def test_an_answer_without_a_date_is_a_warning() -> None:
    app = suite(a_desk())
    assert codes(look(app, Subscriptions([hook(app)], at=None))) == {"clock": "unknown"}
