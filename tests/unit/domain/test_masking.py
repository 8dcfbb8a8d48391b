"""What a mask overwrites, and that it is done once."""

from dataclasses import replace

import pytest

from tests.builders import a_ticket
from zoho_privacy.domain.masking import STAYS, masked_body, masked_patch
from zoho_privacy.domain.records import TicketPatch

ADA = {"firstName": "Ada", "lastName": "Moss", "email": "ada.moss@example.net"}


@pytest.mark.req("R-RETAIN-2", "R-ERASE-1")
def test_a_mask_overwrites_every_field_that_names_the_person() -> None:
    ticket = a_ticket(
        subject="Ada Moss cannot print",
        description="<div>I am Ada, see <a href='mailto:ada.moss@example.net'>me</a></div>",
        email="ada.moss@example.net",
        phone="+1 555 0142",
        resolution="told Ada to restart",
        custom={"cf_room": "12", "cf_who": "Ada Moss", "cf_note": None, "cf_badge": "B-77"},
    )
    patch = masked_patch(ticket, ADA, clear={"cf_badge"})
    assert patch == TicketPatch(
        subject="[name removed] cannot print",
        description="<div>I am [name removed], see <a href='mailto:[email-removed]'>me</a></div>",
        email="",
        phone="",
        resolution="told [name removed] to restart",
        custom={"cf_who": "[name removed]", "cf_badge": ""},
    )


def test_a_ticket_without_personal_data_is_left_alone() -> None:
    assert masked_patch(a_ticket(description="The queue hangs.", custom={"cf_room": "12"}), ADA) == TicketPatch()


def test_a_second_mask_changes_nothing() -> None:
    ticket = a_ticket(subject="Ada Moss", description="Regards,\nAda Moss", email="ada.moss@example.net")
    first = masked_patch(ticket, ADA)
    after = replace(ticket, subject=first.subject or "", description=first.description, email=first.email)
    assert masked_patch(after, ADA) == TicketPatch()


def test_a_plain_text_with_angle_brackets_is_text() -> None:
    assert masked_body("if a < b then mail ada.moss@example.net", ADA) == "if a < b then mail [email removed]"
    assert masked_body(None, ADA) == ""


def test_what_stays_is_said() -> None:
    assert any("history" in line for line in STAYS)
    assert any("messages" in line for line in STAYS)


@pytest.mark.req("R-ERASE-2")
def test_on_other_peoples_tickets_only_the_persons_own_data_goes() -> None:
    """Ben's ticket names Ada: her name and address go, his stay."""
    ticket = a_ticket(
        subject="Screen, says Ada Moss",
        description="Ben Carter, ben.carter@example.org, +1 555 0117: ada.moss@example.net has seen it too.",
        email="ben.carter@example.org",
        phone="+1 555 0117",
    )
    patch = masked_patch(ticket, ADA, only_contact=True)
    assert patch.description is not None
    assert "Ben Carter, ben.carter@example.org, +1 555 0117" in patch.description
    assert "ada.moss" not in patch.description
    assert patch.subject == "Screen, says [name removed]"
    assert (patch.email, patch.phone) == (None, None)
