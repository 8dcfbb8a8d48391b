"""Tags of a ticket that stays: those that name the person go, all others are left alone (R-ERASE-2)."""

import pytest

from tests.builders import NOW, ORG
from tests.fakes.desk import FakeDesk
from tests.fakes.suite import a_suite
from zoho_privacy.domain import plan as planning
from zoho_privacy.domain import tags
from zoho_privacy.domain.model import ActionType
from zoho_privacy.workflows.writes import Outcome


def masked(found: set[str], file: str = "") -> tuple[Outcome, set[str]]:
    """Mask a ticket of Ada and Bob with these tags; return how it ended and the tags that stay."""
    desk = FakeDesk(ORG)
    ada = desk.add_contact(first_name="Ada", last_name="Moss", email="ada.moss@example.net")
    bob = desk.add_contact(first_name="Bob", last_name="Stone", email="bob.stone@example.org")
    ticket = desk.add_ticket(
        contact_id=ada.id, status="Closed", status_type="closed", secondary_contact_ids=(bob.id,), subject="VPN"
    )
    desk.tickets[ticket.id].tags.update(found)
    if file:
        desk.add_attachment(ticket.id, file, b"%PDF")
    app = a_suite(desk)
    action = planning._shared(
        desk.ticket(ticket.id), ada.id, app.keyring, "P13-deletion", planning.Ways(), request=False
    )
    assert action.type is ActionType.MASK_TICKET
    plan = planning.make_plan(
        org=ORG, plan_id="p", case_id="c", purpose="erasure", created=NOW, proposer="zoho_privacy", actions=[action]
    )
    ended = app.desks[ORG].write.destroy(plan, action, approved_hash=plan.hash, resumed=False)
    return ended, desk.tickets[ticket.id].tags


@pytest.mark.req("R-ERASE-2")
@pytest.mark.parametrize("tag", ["ada-moss", "Ada_Moss", "ada.moss@example.net", "vip:ada-moss"])
def test_a_tag_that_names_the_person_goes_and_its_name_in_the_list_is_declared(tag: str) -> None:
    ended, stay = masked({tag, "vip", "bob-stone", tags.REDACTED})
    assert stay == {"vip", "bob-stone", tags.REDACTED}
    assert (ended.result, ended.code) == ("done", "masked")
    assert "tag list" in ended.left


def test_tags_that_name_nobody_cost_no_write() -> None:
    ended, stay = masked({"vip", "vpn-gateway", "bob-stone"})
    assert stay == {"vip", "vpn-gateway", "bob-stone"}
    assert "tag list" not in ended.left


@pytest.mark.req("R-ERASE-2", "R-ERASE-3")
def test_files_that_stay_on_a_masked_ticket_are_declared() -> None:
    """Desk has no way to change a file: what is not redacted is said to be there."""
    assert "files" not in masked(set())[0].left
    assert "files" in masked(set(), file="invoice.pdf")[0].left
