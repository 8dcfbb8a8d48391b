"""What a CRM holds about a person, in our words. Pure values; names of fields are the CRM's own API names.

A record's values are plain JSON: moments as ISO 8601 in UTC, look-ups as `{"id", "name"}`. Decides what of a record is
blanked when it is anonymised and what stands there then. Zoho CRM's API v2 names; custom fields are the portal's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

PEOPLE: Final = ("Contacts", "Leads")
"""Modules whose records are persons."""
RELATED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"Contacts": ("Notes", "Deals", "Cases"), "Leads": ("Notes",)}
)
"""What may hang on a person's record, by module."""
LOOK_UP: Final[Mapping[str, str]] = MappingProxyType(
    {"Deals": "Contact_Name", "Cases": "Related_To", "Notes": "Parent_Id"}
)
"""The field by which such a record names the person it hangs on."""
ADDRESSES: Final = ("Email", "Secondary_Email")
OPT_OUT: Final = "Email_Opt_Out"
_SAME: Final = {
    "first_name": "First_Name", "last_name": "Last_Name", "email": "Email", "secondary_email": "Secondary_Email",
    "phone": "Phone", "mobile": "Mobile", "title": "Title",
}  # fmt: skip
_PLACE: Final = {"street": "Street", "city": "City", "state": "State", "country": "Country"}
FIELDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "Contacts": {**_SAME, **{ours: f"Mailing_{name}" for ours, name in _PLACE.items()}, "zip": "Mailing_Zip"},
        "Leads": {**_SAME, **_PLACE, "zip": "Zip_Code"},
    }
)
"""What a person can have corrected, by module: our name of the field, the CRM's. A record may lack one."""
NAME: Final = "Redacted"
KEPT: Final = frozenset(
    {"id", "Owner", "Created_By", "Modified_By", "Created_Time", "Modified_Time", "Account_Name", "Layout", OPT_OUT}
)
"""Fields that say nothing about the person, or that a suppression needs."""


@dataclass(frozen=True, slots=True)
class CrmRecord:
    """A record of the CRM as just read. `parent` is the person it hangs on, None for the person's own record.

    `fixed` names the fields that are no text there (choices, look-ups, dates, numbers): they cannot be emptied alike.
    """

    id: str
    module: str
    values: Mapping[str, Any] = field(repr=False)
    parent: str | None = None
    fixed: frozenset[str] = frozenset()

    @property
    def emails(self) -> frozenset[str]:
        """The person's addresses, case folded."""
        found = (self.values.get(name) for name in ADDRESSES)
        return frozenset(each.casefold() for each in found if isinstance(each, str) and each)

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text of the record that a person could read."""
        return tuple(_texts(self.values))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in _texts(each)]
    return [text for each in value for text in _texts(each)] if isinstance(value, list | tuple) else []


_ABOUT_A_PERSON: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "Notes": {"Note_Title": "", "Note_Content": NAME},
        "Cases": {
            "Subject": NAME, "Description": "", "Solution": "", "Internal_Comments": "", "Email": "", "Phone": "",
            "Reported_By": "",
        },
    }
)  # fmt: skip


def blanks(record: CrmRecord, address: str) -> Mapping[str, str]:
    """Return what overwrites a record: of a person every text, a name and an address that are nobody's in their place.

    Of a note or a case the texts that are about somebody. What is fixed goes with the record.
    """
    if record.module in _ABOUT_A_PERSON:
        return {name: text for name, text in _ABOUT_A_PERSON[record.module].items() if record.values.get(name)}
    known = {"First_Name": "", "Last_Name": NAME, "Email": address}
    if record.module == "Leads":
        known["Company"] = NAME
    emptied = {
        name: ""
        for name, value in record.values.items()
        if name not in KEPT | record.fixed | known.keys() | {"Full_Name"} and isinstance(value, str) and value
    }
    return {**emptied, **known}
