"""Systems beside the desk: found by name, held to their rules, exported, erased through the gate, declared."""

import json
import re
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.builders import NOW, ORG, a_case
from tests.fakes.desk import FakeDesk
from tests.fakes.people import ADA, Life, adas_life
from tests.fakes.source import SHOP, CountingSource, FakeSource
from tests.fakes.suite import a_suite
from zoho_privacy.adapters import plugins
from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.domain import package
from zoho_privacy.domain.answer import answer
from zoho_privacy.domain.collected import Code, Collected, portable
from zoho_privacy.domain.coverage import Cover, Row, Step, coverage
from zoho_privacy.domain.errors import BadInput, CrmUnavailable
from zoho_privacy.domain.export_page import render
from zoho_privacy.domain.model import Action, ActionType, Kind, Plan
from zoho_privacy.domain.plan import erasure
from zoho_privacy.domain.sources import About, Sought, SourceRecord
from zoho_privacy.ports import Source
from zoho_privacy.testing import Trial, check_source
from zoho_privacy.workflows import holds
from zoho_privacy.workflows.collect import collect
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.erasure import take_inventory
from zoho_privacy.workflows.exports import look, schema, vault_of
from zoho_privacy.workflows.holds import Order

ROOT = Path(__file__).resolve().parents[2]
BEN = "ben.orlov@example.org"
RULES = load_rules()


def a_shop() -> FakeSource:
    shop = FakeSource()
    shop.add(ADA, "order", "71", stays="an invoice, kept for ten years", item="Docking station")
    shop.add(ADA, "account", "7", nickname="Adalein")
    shop.add(BEN, "account", "8", nickname="Benji")
    return shop


# ------------------------------------------------------------------------------------------------------- the rules


def a_trial(source: Source, down: Callable[[], Any]) -> Trial:
    return Trial(source, ADA, BEN, down, secrets_of_other=["Benji"])


def test_a_source_that_keeps_the_rules_passes() -> None:
    for shop in (a_shop(), CountingSource(rows=a_shop().rows)):
        check_source(a_trial(shop, shop.down))
    with pytest.raises(AssertionError, match="count"):
        check_source(a_trial(wrong := CountingSource(rows=a_shop().rows, hidden=1), wrong.down))
    assert shop.erased == ["account/7"]


class Broken(FakeSource):
    """Breaks one rule: `how` says which."""

    how = ""

    def collect(self, person: Sought) -> list[SourceRecord]:
        if self.is_down and self.how == "empty while down":
            return []
        found = list(super().collect(person))
        if self.how == "everybody's":
            found = [each for rows in self.rows.values() for each in rows]
        if self.how == "twice":
            found += found
        if self.how == "tells of another":
            found = [replace(each, values={**each.values, "friend": "Benji"}) for each in found]
        if self.how == "case matters" and not any(each.islower() for each in person.addresses):
            return []
        return found

    def erase(self, kind: str, record_id: str) -> None:
        if self.is_down and self.how == "silent while down":
            return
        if self.how == "takes another along":
            self.rows[BEN] = []
        if self.how == "not twice" and f"{kind}/{record_id}" in self.erased:
            raise AssertionError("erased twice")
        super().erase(kind, record_id)


@pytest.mark.parametrize(
    "how",
    ["empty while down", "silent while down", "everybody's", "twice", "tells of another", "case matters",
     "takes another along", "not twice", "erases nothing"],
)  # fmt: skip
def test_a_source_that_breaks_one_is_told(how: str) -> None:
    shop = Broken(rows=a_shop().rows, lies=how == "erases nothing")
    shop.how = how
    with pytest.raises(AssertionError):
        check_source(a_trial(shop, shop.down))


def test_the_example_of_the_documents_runs() -> None:
    text = (ROOT / "docs/plugins.md").read_text("utf-8")
    scope: dict[str, Any] = {}
    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(code, "docs/plugins.md", "exec"), scope)
    scope["test_my_source"]()


@pytest.mark.parametrize(("name", "title"), [("", "Shop"), ("A shop", "Shop"), ("a/b", "Shop"), ("shop", " ")])
def test_a_name_that_no_plan_could_hold_is_refused(name: str, title: str) -> None:
    with pytest.raises(BadInput):
        About(name, title, "owner")


@pytest.mark.parametrize(("kind", "record_id"), [("", "1"), ("a/b", "1"), ("order", ""), ("order", "ada@example.net")])
def test_a_record_that_no_plan_could_name_is_refused(kind: str, record_id: str) -> None:
    with pytest.raises(BadInput):
        SourceRecord(kind, record_id, {})


# ---------------------------------------------------------------------------------------------------- finding them


def test_an_installed_package_is_found_by_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real distribution in a folder of its own, as an installer would leave it."""
    info = tmp_path / "acme_shop-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-shop\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[zoho_privacy.sources]\nshop = acme_shop:source\n")
    (tmp_path / "acme_shop.py").write_text(
        "from tests.fakes.source import FakeSource\ndef source(org):\n    return FakeSource(erased=[org])\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        assert "shop" in plugins.installed()
        (made,) = plugins.load("7001", {"shop"})
        assert (made.describe().name, plugins.load("7001", ())) == ("shop", ())
    finally:
        sys.modules.pop("acme_shop", None)


@pytest.mark.parametrize("value", ["tests.fakes.source:Missing", "tests.fakes.nowhere:source", "builtins:int"])
def test_a_plug_in_that_cannot_be_loaded_stops_the_start(value: str) -> None:
    """Without it an erasure would be called complete and would not be."""
    offered = {"shop": EntryPoint("shop", value, plugins.GROUP)}
    with pytest.raises(BadInput, match="shop cannot be loaded"):
        plugins.load("not a number", {"shop"}, offered)


def test_a_plug_in_that_is_not_there_or_calls_itself_otherwise_stops_the_start() -> None:
    with pytest.raises(BadInput, match="wiki is not installed; there are: shop"):
        plugins.load("1", {"wiki"}, {"shop": EntryPoint("shop", "x:y", plugins.GROUP)})
    with pytest.raises(BadInput, match="wiki calls itself shop"):
        plugins.load("1", {"wiki"}, {"wiki": EntryPoint("wiki", "tests.unit.test_sources:a_shop_for", plugins.GROUP)})


def a_shop_for(org: str) -> FakeSource:
    return FakeSource(erased=[org])


# --------------------------------------------------------------------------------------------------------- exports


@pytest.fixture
def life() -> Life:
    return adas_life()


def collected(life: Life, shop: FakeSource, kind: Kind = Kind.ACCESS) -> Collected:
    app = a_suite(life.desk, sources=(shop,))
    case = a_case(kind=kind, contact_id=life.ada.id)
    return collect(app, app.desks[ORG], contact_id=life.ada.id, case=case, vault=vault_of(app, "1"), at=NOW)


@pytest.mark.req("R-ACCESS-1")
def test_an_export_holds_what_the_other_system_holds_of_the_person_alone(life: Life) -> None:
    shop = a_shop()
    shop.add(ADA, "gift", "72", to=f"For {BEN}")
    own = SourceRecord("card", "73", {"home": "+49 30 5550199", "other": "+49 30 5550188"}, own=frozenset({"home"}))
    shop.rows[ADA].append(own)
    found = collected(life, shop)
    document = package._sources(found)
    assert document["asked"] == [{"name": "shop", "title": "Web shop", "collected": 4, "counted": None}]
    assert [(each["source"], each["kind"], each["id"]) for each in document["sources"]] == [
        ("shop", "order", "71"), ("shop", "account", "7"), ("shop", "gift", "72"),
        ("shop", "card", "73"),
    ]  # fmt: skip
    jsonschema.validate(json.loads(json.dumps(document)), json.loads(schema()))
    assert "data/sources.json" in {each.path for each in package.files(found, {}, schema())}
    told = str(document)
    assert "Adalein" in told
    assert ADA in told
    assert "Benji" not in told
    assert BEN not in told
    assert "+49 30 5550199" in told
    assert "+49 30 5550188" not in told
    page = render(found, answer(found, RULES), look(), controller="Us", contact="us@example.com")
    assert "Web shop" in page
    assert "Docking station" in page
    assert not [gap for gap in found.gaps if gap.what == "source"]


@pytest.mark.req("R-ACCESS-2")
def test_a_system_that_refuses_is_a_gap_and_one_that_is_down_stops_the_export(life: Life) -> None:
    shop = a_shop()
    shop.refuses = True
    gaps = [gap for gap in collected(life, shop).gaps if gap.what == "source"]
    assert [(gap.code, gap.id) for gap in gaps] == [(Code.UNREADABLE, "shop")]
    shop.refuses = False
    with shop.down(), pytest.raises(CrmUnavailable):
        collected(life, shop)


@pytest.mark.req("R-ACCESS-2")
def test_what_a_system_holds_is_held_against_what_it_says_it_holds(life: Life) -> None:
    """Fewer than announced stops the export; who cannot say is not called complete, and the page tells."""
    shop = CountingSource(rows=a_shop().rows)
    found = collected(life, shop)
    assert (found.complete, found.gaps) == (True, ())
    assert [(t.path, t.expected, t.obtained) for t in found.tallies if t.what.startswith("source")] == [
        ("shop", 2, 2), ("shop: account", 1, 1), ("shop: order", 1, 1),
    ]  # fmt: skip
    assert package._sources(found)["asked"] == [{"name": "shop", "title": "Web shop", "collected": 2, "counted": 2}]
    shop.hidden = 3
    gaps = [gap for gap in collected(life, shop).gaps if gap.what == "source"]
    assert [(gap.code, gap.id, gap.count) for gap in gaps] == [(Code.COUNT_DIFFERS, "shop", 3)]
    shop.cannot = True
    found = collected(life, shop)
    assert (found.complete, found.gaps) == (False, ())
    jsonschema.validate(json.loads(json.dumps(package.omissions(found))), json.loads(schema()))
    assert [(o.code, o.id, o.count) for o in found.omissions if o.what == "source"] == [(Code.NOT_COUNTED, "shop", 2)]
    page = render(found, answer(found, RULES), look(), controller="Us", contact="us@example.com")
    assert "cannot say how many records it holds of you" in page
    assert portable(found).complete, "what is not in the package need not be counted"


@pytest.mark.req("R-ACCESS-2")
@pytest.mark.parametrize(("crm_id", "missing"), [("554", 1), ("7", 0), (None, 0)])
def test_the_record_that_desk_links_is_looked_for_among_what_the_crm_returned(
    life: Life, crm_id: str | None, missing: int
) -> None:
    crm = FakeSource(about=replace(SHOP, name="crm", title="Zoho CRM"))
    crm.add(ADA, "Contacts", "7")
    held = life.desk.contacts[life.ada.id]
    held.contact = replace(held.contact, crm_id=crm_id)
    gaps = [gap for gap in collected(life, crm).gaps if gap.what == "source"]
    assert [(gap.code, gap.count) for gap in gaps] == [(Code.COUNT_DIFFERS, 1)] * missing


@pytest.mark.req("R-PORT-1")
def test_portability_says_that_the_other_systems_records_are_left_out(life: Life) -> None:
    found = portable(collected(life, a_shop(), Kind.PORTABILITY))
    assert found.sources == ()
    assert [(o.code, o.count) for o in found.omissions if o.what == "source"] == [(Code.NOT_PROVIDED, 2)]


def test_without_other_systems_a_package_is_what_it_was(life: Life) -> None:
    app = a_suite(life.desk)
    case = a_case(kind=Kind.ACCESS, contact_id=life.ada.id)
    found = collect(app, app.desks[ORG], contact_id=life.ada.id, case=case, vault=vault_of(app, "1"), at=NOW)
    assert "data/sources.json" not in {each.path for each in package.files(found, {}, b"{}")}


# --------------------------------------------------------------------------------------------------------- erasure


def planned(app: App, contact: Any, holds_: Any = ()) -> Plan:
    return erasure(
        take_inventory(app, ORG, contact),
        keyring=app.keyring,
        org=ORG,
        case_id="7001-deletion",
        request_tickets=frozenset(),
        holds=holds_,
        created=NOW,
        proposer="zoho_privacy",
        clause="P13-deletion",
    )


def office(shop: FakeSource) -> tuple[App, Any, Plan, Action]:
    desk = FakeDesk(ORG, now=NOW)
    ada = desk.add_contact(first_name="Ada", last_name="Moss", email=ADA)
    app = a_suite(desk, sources=(shop,))
    plan = planned(app, ada)
    (action,) = [each for each in plan.actions if each.type is ActionType.ERASE_SOURCE_RECORD]
    return app, ada, plan, action


def act(app: App, plan: Plan, action: Action) -> Any:
    return app.desks[ORG].write.destroy(plan, action, approved_hash=plan.hash, resumed=False)


def rows(plan: Plan, *steps: Step) -> dict[str, Row]:
    return {row.system: row for row in coverage(RULES, plan, {each.key: each for each in steps})}


@pytest.mark.req("R-ERASE-2", "R-ERASE-4", "R-PLAN-6", "R-PROP-4")
def test_a_record_there_is_planned_erased_read_back_and_covered() -> None:
    shop = a_shop()
    app, _, plan, action = office(shop)
    assert (action.target, action.stage) == ("shop/account/7", 0)
    kept = [each for each in plan.kept if each.type == "source"]
    assert [(each.target, each.code) for each in kept] == [("shop/order/71", "source-stays")]
    assert rows(plan)["source:shop"].state is Cover.OPEN
    outcome = act(app, plan, action)
    assert (outcome.result, outcome.left) == ("done", (SHOP.left,))
    assert shop.erased == ["account/7"]
    assert act(app, plan, action).result == "done"  # after a crash it comes again
    row = rows(plan, Step(action.key, "done"))["source:shop"]
    assert (row.state, row.reason) == (Cover.EXEMPT, "1 of 1 writes done; stays: source-stays 1")


@pytest.mark.req("R-PLAN-6")
def test_the_desks_own_row_does_not_count_other_systems() -> None:
    app, _, plan, action = office(a_shop())
    desk_rows = [rows(plan, Step(action.key, "failed", "refused"))["desk"].reason, rows(plan)["desk"].reason]
    assert desk_rows[0] == desk_rows[1]
    assert app.desks[ORG].sources


@pytest.mark.req("R-ERASE-4")
def test_what_is_still_found_there_is_no_success() -> None:
    shop = a_shop()
    app, _, plan, action = office(shop)
    shop.lies = True
    assert (act(app, plan, action).result, act(app, plan, action).code) == ("failed", "still-there")


def test_a_system_that_refuses_fails_the_step_and_one_that_is_down_is_tried_again() -> None:
    shop = a_shop()
    app, _, plan, action = office(shop)
    with shop.down(), pytest.raises(CrmUnavailable):
        act(app, plan, action)
    shop.refuses = True
    assert (act(app, plan, action).result, act(app, plan, action).code) == ("failed", "refused")
    assert shop.erased == []


def test_a_system_that_settings_no_longer_name_is_no_success() -> None:
    app, _, plan, action = office(a_shop())
    gate = replace(app.desks[ORG].write, sources={})
    outcome = gate.destroy(plan, action, approved_hash=plan.hash, resumed=False)
    assert (outcome.result, outcome.code) == ("failed", "no-source")


@pytest.mark.req("R-PLAN-1", "R-HOLD-4")
def test_neither_an_unapproved_plan_nor_a_held_person_loses_a_record_there() -> None:
    shop = a_shop()
    app, ada, plan, action = office(shop)
    gate = app.desks[ORG].write
    assert gate.destroy(plan, action, approved_hash="other", resumed=False).code == "not-approved"
    holds.place(app, ORG, Order("2026-014", "counsel", "claim", contact_ids=frozenset({ada.id})))
    assert act(app, plan, action).code == "held"
    assert shop.erased == []


@pytest.mark.req("R-ERASE-6")
def test_a_system_that_refuses_to_tell_is_said_to_be_unread() -> None:
    shop = a_shop()
    app, ada, _, _ = office(shop)
    shop.refuses = True
    plan = planned(app, ada)
    assert [(each.target, each.code) for each in plan.kept if each.type == "place"] == [("Web shop", "unread")]


def test_a_plan_waits_for_a_system_that_is_down() -> None:
    shop = a_shop()
    app, ada, _, _ = office(shop)
    with shop.down(), pytest.raises(CrmUnavailable):
        planned(app, ada)
    with nullcontext():
        assert planned(app, ada).actions


@pytest.mark.req("R-ERASE-6", "R-PLAN-6")
def test_a_crm_that_is_not_connected_is_its_owners() -> None:
    desk = FakeDesk(ORG, now=NOW)
    ada = desk.add_contact(first_name="Ada", last_name="Moss", email=ADA, crm_id="554")
    app = a_suite(desk)
    assert rows(planned(app, ada))["source:crm"].state is Cover.EXTERNAL
    crm = FakeSource(about=replace(SHOP, name="crm", title="Zoho CRM"))
    connected = planned(a_suite(desk, sources=(crm,)), ada)
    assert not [each for each in connected.kept if each.type == "crm"]
