"""Zoho CRM as a source: the first user of the interface that plug-ins have.

Contacts and leads by address, with their notes, cases and deals. Each is blanked before it
is deleted, since a deleted record lies in the CRM's own bin, which its API cannot empty. Deals are the firm's own
business records: they stay and are declared; the CRM takes the person's record out of them. A record is asked about by
its module and id. Zoho's names end here and in `zoho_crm.py`.

What is collected comes from the search by address and from the person's related lists. It is counted by another way:
the modules' own lists, which no search index stands between, read for addresses and look-ups alone.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from zoho_privacy.domain.crm import ADDRESSES, FIELDS, LOOK_UP, OPT_OUT, PEOPLE, RELATED, CrmRecord, blanks
from zoho_privacy.domain.errors import NotFound
from zoho_privacy.domain.sources import About, PersonRecord, Sought, SourceRecord
from zoho_privacy.ports import CrmReader, CrmWriter

NAME: Final = "crm"
DEAL: Final = "a business record that the law wants kept; it no longer leads to the person's record"
FREE_TEXT: Final = frozenset({"Description"})
LONGEST: Final = 255
"""Longer texts on a person's record are free text, in which others may be named."""
TEAM: Final = ("Owner", "Created_By", "Modified_By")
"""Fields with somebody of the firm: exports treat them as they treat agents."""
ADDRESS: Final = "redacted@redacted.invalid"
ABOUT: Final = About(
    NAME,
    "Zoho CRM",
    "privacy team",
    left="an overwritten record in the CRM's own recycle bin, until the CRM empties it",
)


class Crm(CrmReader, CrmWriter, Protocol):
    """Both sides of the CRM."""


class CrmSource:
    """The CRM of one portal's organisation; satisfies Source, CountsRecords and AmendsRecords."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    def describe(self) -> About:
        """Return what this source is."""
        return ABOUT

    def collect(self, person: Sought) -> Sequence[SourceRecord]:
        """Return notes, cases and deals of each record of the person, each before the record that it hangs on."""
        return [_shown(each) for mine in self._people(person) for each in (*self._hanging(mine), mine)]

    def count(self, person: Sought) -> Mapping[str, int]:
        """Return by module how many records the modules' own lists show with one of the addresses or hung on those.

        Raises:
            CrmRejected: A module has more records than are listed for one person: nothing is counted then.
        """
        wanted = {each.casefold() for each in person.addresses}
        counts: Counter[str] = Counter()
        owners: dict[str, set[str]] = {}
        for module in PEOPLE:
            mine = {each.id for each in self._crm.listed(module, ADDRESSES) if each.emails & wanted}
            counts[module] = len(mine)
            for hanging in RELATED[module] if mine else ():
                owners.setdefault(hanging, set()).update(mine)
        for module, ids in owners.items():
            name = LOOK_UP[module]
            counts[module] = sum(_names(each.values.get(name)) in ids for each in self._crm.listed(module, (name,)))
        return counts

    def _people(self, person: Sought) -> Sequence[CrmRecord]:
        found = (each for address in sorted(person.addresses) for each in self._crm.people(address))
        return list({(each.module, each.id): each for each in found}.values())

    def _hanging(self, person: CrmRecord) -> Iterator[CrmRecord]:
        for module in RELATED[person.module]:
            yield from self._crm.related(person, module)

    def erase(self, kind: str, record_id: str) -> None:
        """Overwrite the texts of a record, then delete it."""
        try:
            record = self._crm.person(kind, record_id)
        except NotFound:
            return
        if overwritten := blanks(record, ADDRESS):
            self._crm.update(kind, record_id, overwritten)
        self._crm.delete(kind, record_id)

    def people(self, person: Sought) -> Sequence[PersonRecord]:
        """Return contacts and leads with one of the addresses."""
        return [_own(each) for each in self._people(person)]

    def person(self, kind: str, record_id: str) -> PersonRecord:
        """Return a contact or lead; raises NotFound."""
        return _own(self._crm.person(kind, record_id))

    def amend(self, kind: str, record_id: str, values: Mapping[str, str], *, opted_out: bool) -> None:
        """Overwrite fields of a contact or lead, and with `opted_out` set the CRM's own e-mail opt-out."""
        named: dict[str, str | bool] = {FIELDS[kind][name]: value for name, value in values.items()}
        self._crm.update(kind, record_id, named | ({OPT_OUT: True} if opted_out else {}))


def _names(look_up: object) -> str:
    """Return the id of the record that a look-up names, "" where it names none."""
    return str(look_up["id"]) if isinstance(look_up, Mapping) else ""


def _own(record: CrmRecord) -> PersonRecord:
    """Return what of a record can be changed: nothing that it does not show, and no field that is no text."""
    names = {ours: name for ours, name in FIELDS[record.module].items() if name in record.values}
    details = {ours: str(record.values[name] or "").strip() for ours, name in names.items() if name not in record.fixed}
    flag = record.values.get(OPT_OUT)
    known = OPT_OUT in record.values
    return PersonRecord(record.module, record.id, details, opted_out=bool(flag) if known else None)


def _shown(record: CrmRecord) -> SourceRecord:
    team = {name: {**value, "type": "AGENT"} for name in TEAM if isinstance(value := record.values.get(name), Mapping)}
    values = {**record.values, **team}
    own = {name for name, value in values.items() if isinstance(value, str) and len(value) <= LONGEST}
    mine = frozenset(own - FREE_TEXT) if record.module in PEOPLE else frozenset()
    return SourceRecord(record.module, record.id, values, own=mine, stays=DEAL if record.module == "Deals" else "")
