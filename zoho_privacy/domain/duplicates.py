"""May two records be the same person under two addresses? Pure: it says why, and never that they are.

A name alone is shared by many, a number by a household or an office. Both together, or one customer number, are a
reason to ask a person; nothing is merged or erased by their likeness (R-CORRECT-3, R-ERASE-2).
"""

from typing import Final

from zoho_privacy.domain.collected import digits
from zoho_privacy.domain.records import Contact

CODE: Final = "possible-duplicate"
SHORTEST: Final = 7
"""Fewer digits than these are an extension, which many have."""


def likeness(one: Contact, other: Contact) -> tuple[str, ...]:
    """Return what the records share, in words, where it is enough to ask; empty where it is not."""
    if one.id == other.id:
        return ()
    if set(one.own_numbers) & set(other.own_numbers):
        return ("customer number",)
    last = (one.last_name or "").strip().casefold()
    if last and last == (other.last_name or "").strip().casefold() and _numbers(one) & _numbers(other):
        return ("last name", "telephone number")
    return ()


def _numbers(contact: Contact) -> frozenset[str]:
    """Return the last digits of each telephone number: written with or without a country's code they are the same."""
    found = (digits(each) for each in (contact.phone, contact.mobile) if each)
    return frozenset(each[-8:] for each in found if len(each) >= SHORTEST)
