"""What the closing letter says of a copy in another system: where it lies and who deletes it, and no legal ground."""

from datetime import date, datetime
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest

from tests.builders import NOW, a_case
from tests.fakes.source import FakeSource
from tests.unit.adapters.test_letters import LANGUAGES, LETTERS, values, words
from zoho_privacy.domain.model import Kept
from zoho_privacy.domain.sources import About
from zoho_privacy.workflows import letters
from zoho_privacy.workflows.erasure import Told


def rows(*kept: Kept, sources: tuple[FakeSource, ...] = ()) -> list[Any]:
    """Return what the letter lists as remaining in Desk and beside it."""

    def day(moment: datetime) -> date:
        return moment.date()

    occasion: Any = SimpleNamespace(day=day, cases=(a_case(),), desk=SimpleNamespace(sources=sources))
    told = Told({}, kept, record_overwritten=True, conversation_until=None, backups_until=NOW, left=())
    return letters._kept(told, occasion)


@pytest.mark.req("R-ERASE-5", "R-MACRO-2")
def test_a_record_in_the_crm_is_said_to_be_there() -> None:
    found = rows(Kept("554", "crm", "crm-counterpart", "its owner deletes it"))
    assert {"what": "contact", "where": "Zoho CRM", "reason": "by_hand", "until": None} in found
    assert "legal_duty" not in {row["reason"] for row in found}
    assert not [row for row in rows() if row["where"] == "Zoho CRM"]


@pytest.mark.req("R-ERASE-5", "R-ERASE-6", "R-MACRO-2")
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stays_in_other_systems_is_named_with_its_reason_in_every_language(language: str) -> None:
    """Two deals of the CRM are one line, in the letter's words; a plug-in's record comes with the plug-in's reason."""
    crm, shop = About("crm", "Zoho CRM", "privacy team"), About("shop", "Web shop", "shop team")
    found = rows(
        Kept("crm/Deals/1", "source", "source-stays", "Zoho CRM, Deals: a business record"),
        Kept("crm/Deals/2", "source", "source-stays", "Zoho CRM, Deals: a business record"),
        Kept("shop/order/7", "source", "source-stays", "Web shop, order: an invoice, kept for ten years"),
        Kept("crm/Contacts/3", "source", "held", "kept under a legal duty"),
        sources=(FakeSource(about=crm), FakeSource(about=shop)),
    )
    mine = [(r["what"], r["where"], r["reason"], r["count"]) for r in found if r["where"] in {"Zoho CRM", "Web shop"}]
    assert mine == [
        ("deals", "Zoho CRM", "deal_stays", 2),
        ("source_records", "Web shop", "source_stays", 1),
        ("contact", "Zoho CRM", "legal_duty", 1),
    ]
    html = unescape(LETTERS.render("erasure_done", language, values(remains=found)))
    spoken = words(language)
    assert f"{spoken['things']['deals']} (Zoho CRM, 2): {spoken['reasons']['deal_stays']}" in html
    assert f"{spoken['things']['source_records']} “order” (Web shop, 1): {spoken['reasons']['source_stays']}" in html
    assert "“an invoice, kept for ten years”" in html
