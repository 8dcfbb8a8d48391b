"""What the CRM adapter makes of an API that is well and of one that is not: each row of the SDK's odd answers."""

import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.contract.crm.conftest import ADA, BEN, CrmOffice, opened
from tests.emulator_process import Emulator
from zoho_privacy.adapters import zoho_crm
from zoho_privacy.domain.crm import OPT_OUT, blanks
from zoho_privacy.domain.errors import BadInput, CrmForbidden, CrmRejected, CrmUnavailable, NotFound

ROOT = Path(__file__).resolve().parents[3]
ADA_IN_CRM = (
    "Contacts",
    {"First_Name": "Ada", "Last_Name": "Moss", "Email": ADA, "Mobile": "+44 7700 900123", "Lead_Source": "Web",
     "Date_of_Birth": "1988-03-04", OPT_OUT: False},
)  # fmt: skip
DEAL = (
    "Deals",
    {"Deal_Name": "Laptops for Ada Moss", "Stage": "Won", "Amount": 1200.5, "Closing_Date": "2025-11-30"},
    0,
)
NOTE = ("Notes", {"Note_Title": "Call", "Note_Content": "Ada prefers mornings"}, 0)
CASE = ("Cases", {"Subject": "Broken hinge", "Status": "Closed", "Description": "Ada wrote"}, 0)


# ---------------------------------------------------------------------------------------------------- what is well


@pytest.mark.req("R-ACCESS-1")
def test_a_person_is_found_with_all_that_hangs_on_them(office: CrmOffice) -> None:
    lead = ("Leads", {"Last_Name": "Moss", "Company": "Moss Ltd", "Secondary_Email": "ADA.MOSS@example.net"})
    contact, deal, note, case, lead_id = office.add(ADA_IN_CRM, DEAL, NOTE, CASE, lead)
    found = office.crm.people("Ada.Moss@Example.net")
    assert [(each.module, each.id) for each in found] == [("Contacts", contact), ("Leads", lead_id)]
    person = found[0]
    assert person.values["Mobile"] == "+44 7700 900123"
    assert person.values["Lead_Source"] == "Web"
    assert person.values["Date_of_Birth"] == "1988-03-04"
    assert person.values["Created_Time"] == "2026-01-05T09:00:00+00:00"
    assert person.values["Owner"]["name"] == "Robin Vale"
    assert person.values[OPT_OUT] is False
    hanging = {module: office.crm.related(person, module) for module in ("Deals", "Notes", "Cases")}
    assert {module: [each.id for each in rows] for module, rows in hanging.items()} == {
        "Deals": [deal], "Notes": [note], "Cases": [case],
    }  # fmt: skip
    assert hanging["Deals"][0].values["Amount"] == 1200.5
    assert hanging["Deals"][0].values["Contact_Name"] == {"id": contact, "name": "Ada Moss"}
    assert hanging["Deals"][0].parent == contact


def test_who_is_not_in_the_crm_is_nobody(office: CrmOffice) -> None:
    """Nothing found is 204 without a body, and no failure."""
    (contact,) = office.add(ADA_IN_CRM)
    assert office.crm.people(BEN) == []
    assert office.crm.related(office.crm.person("Contacts", contact), "Deals") == []
    assert office.slept == []


def test_many_records_come_page_by_page(office: CrmOffice) -> None:
    contact, *notes = office.add(ADA_IN_CRM, *[("Notes", {"Note_Content": f"No. {each}"}, 0) for each in range(201)])
    found = office.crm.related(office.crm.person("Contacts", contact), "Notes")
    assert [each.id for each in found] == notes


@pytest.mark.req("R-CORRECT-1")
def test_fields_are_changed_and_emptied(office: CrmOffice) -> None:
    (contact,) = office.add(ADA_IN_CRM)
    office.crm.update("Contacts", contact, {"Last_Name": "Moss-Lane", "Mobile": "", OPT_OUT: True, "cf_unknown": "x"})
    after = office.crm.person("Contacts", contact).values
    assert (after["Last_Name"], after["Mobile"], after[OPT_OUT]) == ("Moss-Lane", None, True)
    assert after["cf_unknown"] == "x"  # a field that the catalogue does not know goes as it is


@pytest.mark.req("R-ERASE-1")
def test_an_anonymised_record_says_nothing_of_the_person(office: CrmOffice) -> None:
    """The CRM's own bin cannot be emptied: what lies there after a delete should be nobody's."""
    (contact,) = office.add(ADA_IN_CRM)
    before = office.crm.person("Contacts", contact)
    office.crm.update("Contacts", contact, blanks(before, "redacted@redacted.invalid"))
    office.crm.delete("Contacts", contact)
    assert office.stored("ada", "moss", "7700 900123") == []
    assert [each["where"] for each in office.stored("redacted@redacted.invalid")] == ["bin"]
    with pytest.raises(NotFound):
        office.crm.person("Contacts", contact)


@pytest.mark.parametrize("answer", ["204", "400"])
def test_a_missing_record_is_not_found_however_that_is_said(office: CrmOffice, answer: str) -> None:
    office.zoho.switch(crm_missing_record=answer)
    with pytest.raises(NotFound):
        office.crm.person("Contacts", "417000000000001")


# ------------------------------------------------------------------------------------------------ what is not well


def test_a_refused_token_is_renewed_once(office: CrmOffice) -> None:
    office.add(ADA_IN_CRM)
    office.crm.people(ADA)  # the field lists are there
    office.fault("unauthorised", "/search", times=1)
    assert len(office.crm.people(ADA)) == 1
    assert office.tokens.renewed == 1
    assert office.slept == []


def test_a_token_refused_for_the_field_lists_is_renewed_as_well(emulator: Emulator) -> None:
    """The SDK asks for them by itself before its first call, and raises what it was told."""
    emulator.reset()
    fresh = opened(emulator, "7002")
    fresh.add(ADA_IN_CRM)
    fresh.fault("unauthorised", "/settings/fields", times=1)
    assert len(fresh.crm.people(ADA)) == 1
    assert fresh.tokens.renewed == 1


@pytest.mark.parametrize("kind", ["busy", "broken_json", "error500", "html502", "drop_before", "unauthorised"])
def test_trouble_that_passes_is_waited_out(office: CrmOffice, kind: str) -> None:
    """Among these are the ones that the SDK hides behind status 200 and no object."""
    office.add(ADA_IN_CRM)
    office.crm.people(ADA)
    office.fault(kind, "/Contacts/search", times=2)
    assert len(office.crm.people(ADA)) == 1
    assert len(office.slept) == (1 if kind == "unauthorised" else 2)


@pytest.mark.parametrize("kind", ["busy", "broken_json", "error500", "html502", "drop_before", "unauthorised"])
def test_trouble_that_stays_is_never_taken_for_an_empty_answer(office: CrmOffice, kind: str) -> None:
    """An export or an erasure that saw "nobody" here would be wrong; the text holds nothing of what was asked."""
    (contact,) = office.add(ADA_IN_CRM, NOTE)[:1]
    person = office.crm.person("Contacts", contact)
    office.crm.related(person, "Notes")
    office.fault(kind, "/crm/v2/", times=99)
    asked: list[Callable[[], object]] = [
        lambda: office.crm.people(ADA),
        lambda: office.crm.person("Contacts", contact),
        lambda: office.crm.related(person, "Notes"),
        lambda: office.crm.update("Contacts", contact, {"Last_Name": "X"}),
        lambda: office.crm.delete("Contacts", contact),
    ]
    for each in asked:
        with pytest.raises(CrmUnavailable) as told:
            each()
        assert "ada" not in str(told.value).lower()
    office.zoho.bench("DELETE", "/faults")
    assert office.crm.person("Contacts", contact).values["Last_Name"] == "Moss"


def test_a_server_that_does_not_answer_is_given_up(emulator: Emulator) -> None:
    """The SDK itself would wait for ever."""
    emulator.reset()
    hasty = opened(emulator, "7003", read_timeout_s=0.5)
    (contact,) = hasty.add(ADA_IN_CRM)
    hasty.crm.people(ADA)
    stalled = hasty.fault("stall_before", "/crm/v2/", times=99)
    for each in (lambda: hasty.crm.people(ADA), lambda: hasty.crm.update("Contacts", contact, {"Title": "Dr"})):
        with pytest.raises(CrmUnavailable, match="ReadTimeout"):
            each()
    hasty.zoho.bench("DELETE", f"/faults/{stalled}")


@pytest.mark.parametrize("kind", ["error500_after_write", "drop_after_write"])
def test_a_lost_answer_to_a_delete_is_looked_for(office: CrmOffice, kind: str) -> None:
    """It is sent once: the second attempt reads first."""
    (contact,) = office.add(ADA_IN_CRM)
    office.crm.people(ADA)
    office.fault(kind, f"/Contacts/{contact}$", method="DELETE")
    office.crm.delete("Contacts", contact)
    sent = [each for each in office.zoho.bench("GET", "/calls") if each["path"].endswith(f"/Contacts/{contact}")]
    assert [each["method"] for each in sent] == ["DELETE", "GET"]


def test_a_lost_answer_to_a_change_is_asked_again(office: CrmOffice) -> None:
    (contact,) = office.add(ADA_IN_CRM)
    office.fault("drop_after_write", f"/Contacts/{contact}$", method="PUT")
    office.crm.update("Contacts", contact, {"Title": "Dr"})
    assert office.crm.person("Contacts", contact).values["Title"] == "Dr"


def test_what_is_gone_already_counts_as_deleted_but_cannot_be_changed(office: CrmOffice) -> None:
    """The SDK answers both with an action whose first row is an error."""
    office.crm.delete("Contacts", "417000000000001")
    with pytest.raises(NotFound):
        office.crm.update("Contacts", "417000000000001", {"Title": "Dr"})


def test_refused_data_are_told_by_code(office: CrmOffice) -> None:
    (contact,) = office.add(ADA_IN_CRM)
    with pytest.raises(CrmRejected, match="MANDATORY_NOT_FOUND"):
        office.crm.update("Contacts", contact, {"Last_Name": ""})
    with pytest.raises(CrmRejected, match="INVALID_DATA"):
        office.crm.related(office.crm.person("Contacts", contact), "Emails")
    assert office.slept == []


def test_none_is_refused_by_the_sdk_for_a_text_and_told_so(office: CrmOffice) -> None:
    (contact,) = office.add(ADA_IN_CRM)
    with pytest.raises(CrmRejected, match="REFUSED_BY_SDK"):
        office.crm.update("Contacts", contact, {"Mobile": None})  # type: ignore[dict-item]


def test_an_api_that_is_not_served_any_more_needs_a_person(office: CrmOffice) -> None:
    office.zoho.switch(crm_v2="ended")
    with pytest.raises(CrmForbidden) as told:
        office.crm.people(ADA)
    assert told.value.code == "INVALID_URL_PATTERN"
    assert office.slept == []


def test_an_answer_that_the_sdk_swallowed_is_a_failure() -> None:
    """It returns None where its own parsing failed."""
    with pytest.raises(CrmUnavailable):
        zoho_crm._body(None, (object,))


# ------------------------------------------------------------------------------------------------------- the fence


def test_two_organisations_on_eight_threads_never_mix(emulator: Emulator) -> None:
    """The SDK keeps whose turn it is in places that all threads share; cold field lists make it worse."""
    emulator.reset()
    offices = [opened(emulator, "8001"), opened(emulator, "8002")]
    for number, office in enumerate(offices):
        office.add(("Contacts", {"Last_Name": f"Moss-{number}", "Email": ADA}), NOTE)

    def look(turn: int) -> bool:
        office = offices[turn % 2]
        (person,) = office.crm.people(ADA)
        return person.values["Last_Name"] == f"Moss-{turn % 2}" and len(office.crm.related(person, "Notes")) == 1

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(look, range(80)))
    seen = {each["crmOrg"] for each in emulator.bench("GET", "/calls")}
    assert seen == {"8001", "8002"}
    assert sum(len(each.slept) + each.tokens.renewed for each in offices) == 0


SCRIPT = """
import os, sys
import zoho_privacy.adapters.zoho_crm as adapter
assert not [name for name in sys.modules if name.startswith("zcrmsdk")], "imported too early"
class Held:
    def current(self): return {token!r}
    def renew(self, refused): raise SystemExit("refused")
crm = adapter.ZohoCrm("7001", url={url!r}, tokens=Held())
assert "mysql" not in sys.modules and "mysql.connector" not in sys.modules
print(len(crm.people("ada.moss@example.net")))
crm.update("Contacts", {contact!r}, dict(Title="Dr"))
print(sorted(os.listdir()))
"""


@pytest.mark.req("R-SEC-5")
def test_no_file_appears_where_it_runs_and_nothing_is_loaded_before_it_is_needed(
    office: CrmOffice, tmp_path: Path
) -> None:
    """By itself the SDK writes a log into the working directory, with the addresses that were searched for."""
    (contact,) = office.add(ADA_IN_CRM)
    script = SCRIPT.format(token=office.tokens.current(), url=office.zoho.url, contact=contact)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    place = tmp_path / "place"
    place.mkdir()
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=place,
        env={"PYTHONPATH": str(ROOT), "TMPDIR": str(scratch), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "1\n[]\n", "")
    assert list(scratch.iterdir()) == []  # the field lists went with the process


def test_a_token_goes_to_the_crm_and_nowhere_else(office: CrmOffice) -> None:
    bounded = zoho_crm._bounded()
    bounded.base.account = zoho_crm._Account(office.zoho.url, (1, 1))
    with pytest.raises(BadInput):
        bounded.get(url="http://127.0.0.1:9/crm/v2/Contacts")


def test_the_api_version_stands_in_one_place() -> None:
    """Should it end, one line tells where another adapter has to begin."""
    code = [*(ROOT / "zoho_privacy").rglob("*.py"), *(ROOT / "webhooks").rglob("*.py"), *(ROOT / "tasks").rglob("*.py")]
    found = [path.name for path in code for _ in re.findall(r"/crm/v\d", path.read_text("utf-8"))]
    assert found == ["zoho_crm.py"]


def test_the_sdk_is_imported_in_one_place() -> None:
    code = (ROOT / "zoho_privacy").rglob("*.py")
    found = {
        path.name for path in code if re.search(r"^\s*(from|import) zcrmsdk", path.read_text("utf-8"), re.MULTILINE)
    }
    assert found == {"zoho_crm.py"}
