"""What the closing letter says of a copy in another system: where it lies and who deletes it, and no legal ground."""

from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tests.builders import NOW, a_case
from zoho_privacy.domain.model import Kept
from zoho_privacy.workflows import letters
from zoho_privacy.workflows.erasure import Told


def rows(*kept: Kept) -> list[Any]:
    """Return what the letter lists as remaining in Desk and beside it."""

    def day(moment: datetime) -> date:
        return moment.date()

    occasion: Any = SimpleNamespace(day=day, cases=(a_case(),))
    told = Told({}, kept, record_overwritten=True, conversation_until=None, backups_until=NOW, left=())
    return letters._kept(told, occasion)


@pytest.mark.req("R-ERASE-5", "R-MACRO-2")
def test_a_record_in_the_crm_is_said_to_be_there() -> None:
    found = rows(Kept("554", "crm", "crm-counterpart", "its owner deletes it"))
    assert {"what": "contact", "where": "Zoho CRM", "reason": "by_hand", "until": None} in found
    assert "legal_duty" not in {row["reason"] for row in found}
    assert not [row for row in rows() if row["where"] == "Zoho CRM"]
