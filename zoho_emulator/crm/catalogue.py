"""What the CRM says of itself: modules, their fields and related lists. Data, no behaviour.

A module's look-ups make the SDK ask for the fields of the modules they point to, so each of those is here too.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from zoho_emulator.store import Json

SCOPES: Final = ("ZohoCRM.modules.ALL", "ZohoCRM.settings.ALL")
_PERSON: Final = (
    ("First_Name", "text"), ("Last_Name", "text"), ("Full_Name", "text"), ("Email", "email"),
    ("Secondary_Email", "email"), ("Phone", "phone"), ("Mobile", "phone"), ("Fax", "phone"), ("Title", "text"),
    ("Lead_Source", "picklist"), ("Email_Opt_Out", "boolean"), ("Twitter", "text"), ("Skype_ID", "text"),
    ("Description", "textarea"), ("Owner", "ownerlookup"),
    ("Created_Time", "datetime"), ("Modified_Time", "datetime"),
)  # fmt: skip
FIELDS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = MappingProxyType(
    {
        "Contacts": (
            *_PERSON, ("Date_of_Birth", "date"), ("Home_Phone", "phone"), ("Department", "text"),
            ("Account_Name", "lookup:Accounts"), ("Mailing_Street", "text"), ("Mailing_City", "text"),
            ("Mailing_State", "text"), ("Mailing_Zip", "text"), ("Mailing_Country", "text"),
        ),
        "Leads": (
            *_PERSON, ("Company", "text"), ("Lead_Status", "picklist"), ("Street", "text"), ("City", "text"),
            ("State", "text"), ("Zip_Code", "text"), ("Country", "text"), ("Annual_Revenue", "currency"),
        ),
        "Accounts": (("Account_Name", "text"), ("Phone", "phone"), ("Owner", "ownerlookup")),
        "Deals": (
            ("Deal_Name", "text"), ("Stage", "picklist"), ("Amount", "currency"), ("Closing_Date", "date"),
            ("Contact_Name", "lookup:Contacts"), ("Account_Name", "lookup:Accounts"), ("Description", "textarea"),
            ("Owner", "ownerlookup"), ("Created_Time", "datetime"), ("Modified_Time", "datetime"),
        ),
        "Cases": (
            ("Subject", "text"), ("Status", "picklist"), ("Case_Number", "autonumber"), ("Description", "textarea"),
            ("Email", "email"), ("Phone", "phone"), ("Reported_By", "text"), ("Solution", "textarea"),
            ("Related_To", "lookup:Contacts"), ("Deal_Name", "lookup:Deals"), ("Owner", "ownerlookup"),
            ("Created_Time", "datetime"), ("Modified_Time", "datetime"),
        ),
        "Notes": (
            ("Note_Title", "text"), ("Note_Content", "textarea"), ("Parent_Id", "lookup:se_module"),
            ("Owner", "ownerlookup"), ("Created_Time", "datetime"), ("Modified_Time", "datetime"),
        ),
    }
)  # fmt: skip
PEOPLE: Final = ("Contacts", "Leads")
PARENT: Final[Mapping[str, str]] = MappingProxyType(
    {"Deals": "Contact_Name", "Cases": "Related_To", "Notes": "Parent_Id"}
)
"""The look-up by which a record hangs on a person."""
RELATED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"Contacts": ("Notes", "Deals", "Cases"), "Leads": ("Notes",), "Deals": ("Notes",), "Cases": ("Notes",)}
)
MANDATORY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"Contacts": ("Last_Name",), "Leads": ("Last_Name", "Company"), "Deals": ("Deal_Name",), "Cases": ("Subject",)}
)


def fields(module: str) -> list[Json]:
    """Return a module's fields as `settings/fields` shows them."""
    return [_field(module, place, name, kind) for place, (name, kind) in enumerate(FIELDS[module])]


def _field(module: str, place: int, name: str, kind: str) -> Json:
    data_type, _, target = kind.partition(":")
    return {
        "id": str(10_000_000_000 + sorted(FIELDS).index(module) * 1000 + place),
        "api_name": name,
        "field_label": name.replace("_", " "),
        "display_label": name.replace("_", " "),
        "data_type": data_type,
        "json_type": "jsonobject" if target or data_type == "ownerlookup" else "string",
        "system_mandatory": name in MANDATORY.get(module, ()),
        "custom_field": False,
        "read_only": False,
        "visible": True,
        "length": 255,
        "lookup": {"api_name": f"{module}_{name}", "module": target, "display_label": name} if target else {},
        "pick_list_values": [],
    }


def related_lists(module: str) -> list[Json]:
    """Return a module's related lists as `settings/related_lists` shows them."""
    return [
        {
            "id": str(20_000_000_000 + sorted(FIELDS).index(module) * 1000 + place),
            "sequence_number": str(place + 1),
            "display_label": name,
            "api_name": name,
            "module": name,
            "name": name,
            "href": f"{module}/{{ENTITYID}}/{name}",
            "type": "default",
        }
        for place, name in enumerate(RELATED.get(module, ()))
    ]
