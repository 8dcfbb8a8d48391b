"""What an export holds of the CRM fills another one: equal in everything that can be carried, the rest named by row."""

from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.crm.conftest import CrmOffice, opened
from zoho_privacy.adapters.crm_source import CrmSource
from zoho_privacy.domain.sources import Sought, SourceRecord
from zoho_privacy.local import takeover

WORDS = st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1, max_size=20).map(str.strip).filter(bool)
PERSON = count(1)
NAMES = st.sampled_from(["Moss", "Ωρίων", "O'Neil-Stone", "岡田", "السيد", "Žižka"])
NUMBERS = st.from_regex(r"\\+49 30 555[0-9]{4}", fullmatch=True)


@st.composite
def people(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return the bench's order for one person: contacts and leads, each with what may hang on it."""
    email = f"p{next(PERSON)}@example.net"  # each one new to both organisations
    made: list[dict[str, Any]] = []
    for module in draw(st.lists(st.sampled_from(["Contacts", "Leads"]), min_size=1, max_size=2)):
        values: dict[str, Any] = {"Last_Name": draw(NAMES), draw(st.sampled_from(["Email", "Secondary_Email"])): email}
        values |= draw(st.fixed_dictionaries({}, optional={"First_Name": NAMES, "Phone": NUMBERS, "Title": WORDS}))
        values |= {"Email_Opt_Out": draw(st.booleans())} | ({"Company": draw(WORDS)} if module == "Leads" else {})
        made.append({"module": module, "values": values})
        parent = len(made) - 1
        notes = {"Note_Title": WORDS, "Note_Content": WORDS}
        made += [{"module": "Notes", "values": each, "parent": parent} for each in
                 draw(st.lists(st.fixed_dictionaries(notes), max_size=2))]  # fmt: skip
        if module == "Contacts":
            deals = st.fixed_dictionaries({"Deal_Name": WORDS, "Amount": st.integers(0, 10**6), "Stage": WORDS})
            made += [
                {"module": "Deals", "values": each, "parent": parent} for each in draw(st.lists(deals, max_size=2))
            ]
            cases = st.fixed_dictionaries({"Subject": WORDS, "Email": st.just(email)})
            made += [
                {"module": "Cases", "values": each, "parent": parent} for each in draw(st.lists(cases, max_size=1))
            ]
    return made


def packed(found: list[SourceRecord], *more: dict[str, Any]) -> takeover.Package:
    """Return a package with these records of the CRM, as an export writes them."""
    rows = [{"source": "crm", "kind": each.kind, "id": each.id, "record": dict(each.values)} for each in found]
    return takeover.Package({"sources": {"sources": [*rows, *more]}}, {})


def essence(found: list[SourceRecord]) -> list[Any]:
    """Return records without what every CRM sets itself; what hangs on somebody by that person's name."""
    parents = {each.id: each.values.get("Full_Name") for each in found}
    rows = []
    for each in found:
        kept = {name: value for name, value in each.values.items() if name not in takeover.SET_THERE}
        rows.append([each.kind, {n: parents[v["id"]] if isinstance(v, dict) else v for n, v in kept.items()}])
    return sorted(rows, key=repr)


@pytest.mark.req("R-PORT-2", "R-PORT-3")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=people())
def test_whoever_is_made_up_comes_out_equal(office: CrmOffice, order: list[dict[str, Any]]) -> None:
    office.zoho.bench("POST", "/crm/records", {"org": office.org, "records": order})
    first = order[0]["values"]
    sought = Sought(frozenset({first.get("Email") or first["Secondary_Email"]}))
    before = list(CrmSource(office.crm).collect(sought))
    assert len(before) == len(order)
    wanted = takeover.beside(packed(before))
    assert wanted.left == ()
    takeover.plant_beside(office.zoho.url, wanted)
    second = CrmSource(opened(office.zoho, office.zoho.info()["orgId"]).crm)
    assert essence(list(second.collect(sought))) == essence(before)


@pytest.mark.req("R-PORT-3")
def test_each_row_that_cannot_be_taken_over_is_named() -> None:
    contact = {"id": "1", "Last_Name": "Moss", "Account_Name": {"id": "9", "name": "Moss Ltd"}, "Owner": {"id": "3"}}
    rows = [
        ("crm", "Contacts", "1", contact),
        ("crm", "Deals", "2", {"Deal_Name": "Laptops", "Contact_Name": {"id": "77"}}),
        ("crm", "Invoices", "3", {"Subject": "July"}),
        ("shop", "order", "4", {"item": "a dock"}),
    ]
    more = [{"source": s, "kind": k, "id": i, "record": r} for s, k, i, r in rows]
    wanted = takeover.beside(packed([], *more))
    assert wanted.records == ({"module": "Contacts", "values": {"Last_Name": "Moss"}, "parent": None},)
    assert {each["id"]: each["why"] for each in wanted.left} == {
        "1": takeover.LOOKS_UP + "Account_Name", "2": takeover.NO_PARENT, "3": takeover.NO_MODULE,
        "4": takeover.NO_CRM,
    }  # fmt: skip
    assert takeover.beside(takeover.Package({}, {})) == takeover.Beside()
