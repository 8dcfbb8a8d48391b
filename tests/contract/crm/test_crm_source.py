"""Zoho CRM keeps the rules that every other system has to keep, and leaves nothing readable of whoever was erased."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.contract.crm.conftest import ADA, BEN, CrmOffice
from zoho_privacy.adapters import zoho_crm
from zoho_privacy.adapters.crm_source import CrmSource
from zoho_privacy.domain.errors import CrmRejected, NotFound
from zoho_privacy.domain.sources import Sought
from zoho_privacy.ports import AmendsRecords, CountsRecords
from zoho_privacy.testing import Trial, check_source

EVERYTHING = (
    ("Contacts", {"First_Name": "Ada", "Last_Name": "Moss", "Email": ADA, "Description": "Ada likes mornings"}),
    ("Notes", {"Note_Title": "Ada", "Note_Content": "Moss called"}, 0),
    ("Cases", {"Subject": "Ada's hinge", "Description": "Moss wrote", "Email": ADA, "Reported_By": "Ada Moss"}, 0),
    ("Leads", {"Last_Name": "Moss", "Company": "Moss Ltd", "Secondary_Email": ADA}),
    ("Notes", {"Note_Content": "a lead of Ada"}, 3),
    ("Contacts", {"First_Name": "Ben", "Last_Name": "Orlov", "Email": BEN}),
)


@pytest.mark.req("R-ACCESS-1", "R-ERASE-2")
def test_it_keeps_the_rules_of_a_source(office: CrmOffice) -> None:
    office.add(*EVERYTHING, ("Deals", {"Deal_Name": "Laptops"}, 0))

    @contextmanager
    def down() -> Iterator[None]:
        fault = office.fault("error500", "/crm/v2/", times=9999)
        yield
        office.zoho.bench("DELETE", f"/faults/{fault}")

    check_source(Trial(CrmSource(office.crm), ADA, BEN, down, secrets_of_other=["Orlov"]))


@pytest.mark.req("R-ACCESS-2")
def test_records_are_counted_by_another_way_than_they_are_found(office: CrmOffice) -> None:
    """What a related list does not show, but the record's own look-up says, is missed by collecting and counted."""
    contact, *_ = office.add(*EVERYTHING, ("Deals", {"Deal_Name": "Ben's"}, 5))
    source, ada = CrmSource(office.crm), Sought(frozenset({ADA.upper()}))
    assert isinstance(source, CountsRecords)
    assert source.count(ada) == {"Contacts": 1, "Leads": 1, "Notes": 2, "Cases": 1, "Deals": 0}
    office.add(("Deals", {"Deal_Name": "Laptops", "Contact_Name": {"id": contact}}))
    assert source.count(ada)["Deals"] == 1
    assert "Deals" not in {each.kind for each in source.collect(ada)}


@pytest.mark.req("R-ACCESS-2")
def test_a_module_too_long_to_be_listed_is_not_counted(office: CrmOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    office.add(*EVERYTHING, ("Contacts", {"Last_Name": "Lane"}))
    for name, value in (("MOST_PAGES", 1), ("PER_PAGE", 2)):
        monkeypatch.setattr(zoho_crm, name, value)
    with pytest.raises(CrmRejected):
        CrmSource(office.crm).count(Sought(frozenset({ADA})))


@pytest.mark.req("R-ERASE-2", "R-ERASE-4")
def test_after_an_erasure_not_even_the_crms_bin_says_who_it_was(office: CrmOffice) -> None:
    office.add(*EVERYTHING)
    source = CrmSource(office.crm)
    for each in source.collect(Sought(frozenset({ADA}))):
        source.erase(each.kind, each.id)
    assert office.stored("Ada", "Moss") == []
    assert len(office.stored("Orlov")) > 0


@pytest.mark.req("R-ERASE-6")
def test_a_deal_stays_and_says_why_and_leads_to_nobody(office: CrmOffice) -> None:
    *_, deal = office.add(EVERYTHING[0], ("Deals", {"Deal_Name": "Laptops"}, 0))
    source = CrmSource(office.crm)
    found = source.collect(Sought(frozenset({ADA})))
    assert [(each.kind, bool(each.stays)) for each in found] == [("Deals", True), ("Contacts", False)]
    source.erase("Contacts", found[-1].id)
    kept = office.zoho.bench("GET", f"/crm/records/{deal}")["record"]
    assert (kept["Deal_Name"], kept["Contact_Name"], kept["_deleted"]) == ("Laptops", None, False)


@pytest.mark.req("R-CORRECT-1", "R-OPTOUT-1")
def test_own_records_are_shown_corrected_and_opted_out_by_our_names_of_the_fields(office: CrmOffice) -> None:
    contact, _, _, lead, *_ = office.add(*EVERYTHING)
    source = CrmSource(office.crm)
    assert isinstance(source, AmendsRecords)
    mine = {each.id: each for each in source.people(Sought(frozenset({ADA})))}
    assert (mine[contact].kind, mine[contact].details["first_name"], mine[contact].details["street"]) == (
        "Contacts", "Ada", "",
    )  # fmt: skip
    assert (mine[lead].details["last_name"], mine[lead].opted_out) == ("Moss", False)
    source.amend("Contacts", contact, {"street": "Gladeway 4", "phone": "+49 30 5550142"}, opted_out=False)
    source.amend("Leads", lead, {"zip": "10115"}, opted_out=True)
    source.amend("Leads", lead, {}, opted_out=False)
    kept = office.zoho.bench("GET", f"/crm/records/{contact}")["record"]
    assert (kept["Mailing_Street"], kept["Phone"], kept.get("Email_Opt_Out")) == ("Gladeway 4", "+49 30 5550142", None)
    assert (source.person("Leads", lead).details["zip"], source.person("Leads", lead).opted_out) == ("10115", True)
    with pytest.raises(NotFound):
        source.person("Leads", "4150868000009999999")
