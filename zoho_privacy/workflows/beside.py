"""Corrections and opt-outs in systems beside the desk: proposed, written through the gate, read back, journalled.

A correction goes to each record of the person's own that has the field and says something else; what is there already
is not written again, so that each change happens once, also after a kill. An opt-out sets the flag that such a record
has and never takes one away. A system that offers neither, or refuses, is its owner's to change and is declared so
(R-PROP-4). Decides nothing about who asked and who approved: that is `rights.py`'s.

Table: amended (id: case, system, act and record; parent: case), the last word on each record; every word is in the
ledger, from which an evidence bundle derives the same rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from zoho_privacy.domain import sheet
from zoho_privacy.domain.coverage import AMENDED, CORRECTED, OPTED_OUT
from zoho_privacy.domain.errors import NeedsHuman, NotAllowed, NotFound, Rejected
from zoho_privacy.domain.model import Case, Kind
from zoho_privacy.domain.records import Contact
from zoho_privacy.domain.sources import About, Amended, PersonRecord, Sought
from zoho_privacy.ports import SourceReader, Store
from zoho_privacy.workflows import casebook
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App, Desk
from zoho_privacy.workflows.writes import contact_addresses

TABLE: Final = "amended"
CRM: Final = "crm"
NO_MARKETING: Final = frozenset({Kind.OBJECTION, Kind.OPT_OUT_SALE, Kind.WITHDRAW_CONSENT})
"""What was asked for of those suppressions that end marketing; a restriction ends it too, while it lasts."""
BY_HAND: Final = "by-hand"
REFUSED: Final = "refused"
NOT_CONNECTED: Final = "not-connected"
NO_FLAG: Final = "no-flag"
SAID: Final[Mapping[str, str]] = {
    BY_HAND: "holds records of the person, and its owner corrects them",
    REFUSED: "refused to be read: its owner corrects what it holds",
    NOT_CONNECTED: "The record is linked to the CRM: see that the CRM does not bring the old value back.",
}


def mark(app: App, name: str, value: str) -> str:
    """Return the keyed hash that stands for a field's value."""
    return app.keyring.pseudonym("value", f"{name}={value}")


# ---------------------------------------------------------------------------------------------------------- correction


def proposed(app: App, desk: Desk, contact: Contact, values: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what a correction would change beside the desk: a member for each record, or for a system with a code.

    Raises:
        Retryable: A system does not answer.
    """
    found: list[dict[str, Any]] = []
    for source in desk.sources:
        records, code = _records(desk, source, contact)
        if code:
            found.append({"source": source.describe().name, "record": "", "fields": {}, "shown": {}, "code": code})
        for record in records:
            differs = {name for name in values if record.details.get(name, values[name]) != values[name]}
            if differs:
                found.append(_entry(app, source.describe(), record, {name: values[name] for name in sorted(differs)}))
    if _crm_missing(desk, contact):
        found.append({"source": CRM, "record": "", "fields": {}, "shown": {}, "code": NOT_CONNECTED})
    return found


def _entry(app: App, about: About, record: PersonRecord, values: Mapping[str, str]) -> dict[str, Any]:
    return {
        "source": about.name,
        "record": f"{record.kind}/{record.id}",
        "fields": {
            name: {"before": mark(app, name, record.details[name]), "after": mark(app, name, value)}
            for name, value in values.items()
        },
        "shown": {name: sheet.shaded(record.details[name]) for name in values},
        "code": "",
    }


def lines(desk: Desk, entries: Iterable[Mapping[str, Any]], values: Mapping[str, str]) -> list[str]:
    """Return what agents read of a proposal beside the desk, each record as it stands now."""
    told = []
    for entry in entries:
        title = _title(desk, entry["source"])
        if entry["code"]:
            told.append(SAID[entry["code"]] if entry["code"] == NOT_CONNECTED else f"{title} {SAID[entry['code']]}.")
            continue
        if (record := _now(desk, entry)) is not None:
            now = record.details
            told += [
                f"- {title}, {entry['record']}: {name}: {now.get(name) or '(empty)'} -> {values[name]}"
                for name in entry["fields"]
            ]
    return told


def changed(app: App, desk: Desk, entries: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether a record says something else than what was shown; one that is gone does not."""
    for entry in entries:
        record = _now(desk, entry)
        if record is not None and any(
            mark(app, name, record.details.get(name, "")) not in marks.values()
            for name, marks in entry["fields"].items()
        ):
            return True
    return False


def correct(
    app: App, desk: Desk, case: Case, entries: Sequence[Mapping[str, Any]], values: Mapping[str, str]
) -> list[Mapping[str, str]]:
    """Carry out an approved correction beside the desk; return what was changed as the letter shows it.

    Raises:
        NotAllowed: A hold keeps the records as they are.
        Retryable: A system does not answer or does not show the new value yet; the same call goes on.
    """
    shown: list[Mapping[str, str]] = []
    for entry in entries:
        ended = _correct_one(app, desk, case, entry, values)
        if ended.result == "done" and not ended.code:
            shown += [
                {
                    "field": name,
                    "before": entry["shown"][name],
                    "after": sheet.shaded(values[name]),
                    "where": _title(desk, entry["source"]),
                }
                for name in entry["fields"]
            ]
    return shown


def _correct_one(app: App, desk: Desk, case: Case, entry: Mapping[str, Any], values: Mapping[str, str]) -> Amended:
    source, record = entry["source"], entry["record"]
    if entry["code"]:
        return _journal(app, case, Amended(source, CORRECTED, record, "external", entry["code"]))
    _journal(app, case, Amended(source, CORRECTED, record, "started"))
    try:
        wanted = {name: values[name] for name in entry["fields"]}
        desk.write.amend_elsewhere(case.contact_id or "", source, record, wanted)
    except NotAllowed:
        raise
    except NotFound:
        return _journal(app, case, Amended(source, CORRECTED, record, "done", "gone"))
    except (NeedsHuman, Rejected):
        return _journal(app, case, Amended(source, CORRECTED, record, "external", REFUSED))
    return _journal(app, case, Amended(source, CORRECTED, record, "done"))


def came_back(app: App, desk: Desk, entries: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return system, record and fields of each record in which an old value stands again (R-CORRECT-2)."""
    found = []
    for entry in entries:
        record = _now(desk, entry)
        names = tuple(
            name
            for name, marks in entry["fields"].items()
            if record is not None and mark(app, name, record.details.get(name, "")) == marks["before"]
        )
        if names:
            found.append((entry["source"], entry["record"], names))
    return found


def _now(desk: Desk, entry: Mapping[str, Any]) -> PersonRecord | None:
    """Return a record as it stands; None where it is gone, not to be read, or only its owner's."""
    if entry["code"]:
        return None
    try:
        return desk.write.person_elsewhere(entry["source"], entry["record"])
    except (NeedsHuman, Rejected):
        return None


# ------------------------------------------------------------------------------------------------------------- opt-out


def opt_out(app: App, org: str, contact_id: str) -> None:
    """Set the flag of every own record of a person who wants no marketing, or whose data is only stored (R-OPTOUT-1).

    Raises:
        Retryable: A system does not answer or does not show the flag yet.
    """
    cases = _asked_for(app.store, org, contact_id)
    desk = app.desks[org]
    if cases is None or not (desk.sources or cases):
        return
    try:
        contact = desk.read.contact(contact_id)
    except NotFound:
        return
    known = [case for each in cases if (case := casebook.case(app.store, org, each)) is not None]
    for source in desk.sources:
        name = source.describe().name
        _tell(app, known, Amended(name, OPTED_OUT, "", "started"))
        code = _set_flags(app, desk, source, contact, known)
        _tell(app, known, Amended(name, OPTED_OUT, "", "external" if code else "done", code))
    if _crm_missing(desk, contact):
        _tell(app, known, Amended(CRM, OPTED_OUT, "", "external", NOT_CONNECTED))


def _set_flags(app: App, desk: Desk, source: SourceReader, contact: Contact, cases: Sequence[Case]) -> str:
    """Set the flag of each record; return why somebody else has to, "" where all is done."""
    name = source.describe().name
    records, code = _records(desk, source, contact)
    for record in records:
        if record.opted_out is None:
            code = NO_FLAG
            continue
        target = f"{record.kind}/{record.id}"
        try:
            desk.write.amend_elsewhere(contact.id, name, target, {}, opted_out=True)
        except NotFound:
            continue
        except (NeedsHuman, Rejected):
            code = REFUSED
            continue
        _tell(app, cases, Amended(name, OPTED_OUT, target, "done"))
    return code


def _asked_for(store: Store, org: str, contact_id: str) -> frozenset[str] | None:
    """Return the cases by which a person is to be left alone, also none; None where nobody asked for it."""
    found = [
        str(item.body.get("case", ""))
        for item in casebook.every(store, org, "suppression", parent=contact_id)
        if item.id.partition(":")[2] in NO_MARKETING
    ]
    if (item := store.get(org, "restriction", contact_id)) is not None:
        found.extend(casebook.grounds(item))
    return frozenset(found) - {""} if found else None


# ---------------------------------------------------------------------------------------------------------- the journal


def journal(app: App, case: Case) -> tuple[Amended, ...]:
    """Return what a case did beside the desk."""
    return tuple(Amended(**item.body) for item in casebook.every(app.store, case.org, TABLE, parent=case.id))


def _tell(app: App, cases: Iterable[Case], amended: Amended) -> None:
    for case in cases:
        _journal(app, case, amended)


def _journal(app: App, case: Case, amended: Amended) -> Amended:
    """Write the newest word on a record, once; what is done or external is never begun again."""
    key = f"{case.id}:{amended.source}:{amended.act}:{amended.record}"

    def make() -> Change | None:
        was = app.store.get(case.org, TABLE, key)
        if was is not None and (amended.result == "started" or was.body == asdict(amended)):
            return None
        change = Change(app.store, case.org, app.clock.now())
        change.put(TABLE, key, asdict(amended), was=was, parent=case.id)
        change.log(
            "zoho_privacy",
            AMENDED,
            why="R-CORRECT-1" if amended.act == CORRECTED else "R-OPTOUT-1",
            result=amended.result,
            case_id=case.id,
            ticket_id=case.ticket_id,
            source=amended.source,
            act=amended.act,
            record=amended.record,
            code=amended.code,
        )
        return change

    transact(make)
    return amended


def _records(desk: Desk, source: SourceReader, contact: Contact) -> tuple[Sequence[PersonRecord], str]:
    """Return a person's own records, or why only the owner of the system can change what it holds."""
    addresses = contact_addresses(contact)
    if not addresses:
        return (), ""
    try:
        records = desk.write.people_elsewhere(source.describe().name, addresses)
        if records is None:
            return (), BY_HAND if source.collect(Sought(addresses)) else ""
    except (NeedsHuman, Rejected):
        return (), REFUSED
    return records, ""


def _crm_missing(desk: Desk, contact: Contact) -> bool:
    return contact.crm_id is not None and not any(each.describe().name == CRM for each in desk.sources)


def _title(desk: Desk, name: str) -> str:
    return next((each.describe().title for each in desk.sources if each.describe().name == name), name)
