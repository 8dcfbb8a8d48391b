"""When two records are alike enough to ask a person, and when they are not."""

from typing import Any

import pytest

from tests.builders import a_contact
from zoho_privacy.domain.duplicates import likeness

MOSS = a_contact(phone="+49 30 5550142", mobile="0170 5550199")


@pytest.mark.req("R-ERASE-2", "R-CORRECT-3")
@pytest.mark.parametrize(
    ("other", "shares"),
    [
        ({"phone": "+49 30 5550142"}, ("last name", "telephone number")),
        ({"phone": "030 555 01 42"}, ("last name", "telephone number")),
        ({"phone": "", "mobile": "+49 30 5550142"}, ("last name", "telephone number")),
        ({"phone": "0170 5550199", "last_name": "MOSS"}, ("last name", "telephone number")),
        ({"phone": "+49 30 5550142", "last_name": "Stone"}, ()),
        ({"phone": "+49 30 5550143"}, ()),
        ({"phone": "142"}, ()),
        ({"phone": None}, ()),
        ({"phone": "+49 30 5550142", "last_name": None}, ()),
        ({"phone": None, "last_name": "Stone", "details": {"cf_number": "K-100200"}}, ("customer number",)),
        ({"phone": None, "details": {"cf_number": "K-100201"}}, ()),
    ],
)
def test_a_name_and_a_number_or_one_customer_number(other: dict[str, Any], shares: tuple[str, ...]) -> None:
    """One alone is shared by a family, an office, or everybody called so."""
    one = a_contact(phone=MOSS.phone, mobile=MOSS.mobile, details={"cf_number": "K-100200"})
    second = a_contact(**{"id": "9002", "email": "ada@example.org", "mobile": None, **other})
    assert likeness(one, second) == likeness(second, one) == shares


def test_nobody_is_a_duplicate_of_themselves() -> None:
    assert likeness(MOSS, MOSS) == ()


@pytest.mark.parametrize("short", ["142", "555014"])
def test_an_extension_says_nothing(short: str) -> None:
    assert likeness(a_contact(phone=short), a_contact(id="9002", phone=short)) == ()
