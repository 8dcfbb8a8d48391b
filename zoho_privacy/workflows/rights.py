"""Carries out in Desk what is no copy and no erasure: corrections, restrictions, objections, opt-outs.

A correction is proposed from an agent's note with before and after, approved, written through the gate, in Desk and in
the systems beside it (`beside.py`), read back, told to the person, and kept: whatever brings an old value back later is
corrected again (R-CORRECT-1, R-CORRECT-2). The values themselves stay in the note; the store holds keyed hashes.
Restrictions and suppressions show in one field of the person's record, where the portal has it; they end by an agent's
command, after the person was told (R-RESTRICT-1).
Tables: correction (id: case, parent: contact), restriction (id: contact), suppression (parent: contact), sheet (id:
note that a command has used).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from zoho_privacy.domain import sheet, tags
from zoho_privacy.domain.errors import BadInput, CrmForbidden, CrmRejected, NotAllowed, NotFound
from zoho_privacy.domain.gate import hold_on
from zoho_privacy.domain.machine import Event, advance, allowed
from zoho_privacy.domain.model import Case, Kind, State
from zoho_privacy.domain.receipts import CORRECTED
from zoho_privacy.domain.records import Contact
from zoho_privacy.ports import Item
from zoho_privacy.workflows import beside, casebook
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App, Desk

KEPT_AFTER: Final = (1, 7, 30, 90)
"""Days after which a corrected record is looked at again, besides every event about it."""
FLAGS_AFTER: Final = timedelta(hours=1)
ENOUGH: Final = 3
"""How often an old value is overwritten anew before a person has to stop whatever brings it back."""
SHOWN_AS: Final[Mapping[str, str]] = {
    Kind.OPT_OUT_SALE: "no sale or sharing",
    Kind.LIMIT_SENSITIVE: "limit sensitive data",
    Kind.WITHDRAW_CONSENT: "consent withdrawn",
    Kind.OBJECTION: "no direct marketing",
}
RESTRICTED: Final = "stored only"
SAYS_SO: Final = "the record says so already"
HOW: Final = (
    "Correction: write a private note with one line for each field, for example 'Phone: +1 555 0142', and 'Evidence:' "
    "with what shows that it is right, then set the action field to 'Propose correction'."
)


def value_of(contact: Contact, name: str) -> str:
    """Return a field of a record by its name in Desk's adapter, "" where it is empty."""
    own = getattr(contact, name) if hasattr(contact, name) else contact.details.get(name)
    return str(own or "").strip()


# ---------------------------------------------------------------------------------------------------------- correction


def propose_correction(
    app: App, desk: Desk, change: Change, case: Case, note_id: str, words: Mapping[str, str], *, agent: str | None
) -> None:
    """Put a proposal, shown on the ticket as before and after, into the change; nothing in Desk changes yet.

    Raises:
        NotAllowed: The note names no field or no evidence, nothing differs, or the record is gone.
    """
    values = sheet.corrections(words)
    if not values or not words.get("evidence"):
        raise NotAllowed(f"the note names no field or no evidence. {HOW}")
    contact = _contact(desk, case.contact_id)
    if contact is None:
        raise NotAllowed("nobody on file is linked to this case: link the contact first")
    elsewhere = beside.proposed(app, desk, contact, values)
    differs = {name for entry in elsewhere for name in entry["fields"]}
    values = {name: value for name, value in values.items() if name in differs or value != value_of(contact, name)}
    if not values:
        _says_so(change, case, note_id)
        return
    before = {name: value_of(contact, name) for name in values}
    marks = {
        name: {"before": beside.mark(app, name, before[name]), "after": beside.mark(app, name, values[name])}
        for name in values
    }
    everywhere = [marks, *({each["source"] + each["record"] + each["code"]: each["fields"]} for each in elsewhere)]
    proposal = app.keyring.digest("proposal", case.id, *(json.dumps(each, sort_keys=True) for each in everywhere))
    was = app.store.get(case.org, "correction", case.id)
    body = {
        "note": note_id,
        "ticket": case.ticket_id,
        "fields": marks,
        "shown": {name: sheet.shaded(value) for name, value in before.items()},
        "elsewhere": elsewhere,
        "hash": proposal.hex(),
        "by": agent or "",
        "state": "proposed",
        "again": 0,
    }
    change.put("correction", case.id, body, was=was, parent=contact.id)
    change.case(replace(case, state=advance(case.state, Event.PLAN_PROPOSED), reason=""))
    change.effect(f"note:{case.id}:correction:{proposal.hex()}", "note", case.ticket_id, correction=case.id)
    change.log(
        f"agent:{agent or 'unknown'}",
        "correction_proposed",
        why="R-CORRECT-1",
        result=", ".join(values),
        case_id=case.id,
        ticket_id=case.ticket_id,
    )


def _says_so(change: Change, case: Case, note_id: str) -> None:
    """Let somebody tell the person that the record is right by now, as where an agent has written it by hand.

    Raises:
        NotAllowed: Another proposal stands.
    """
    if not allowed(case.state, Event.PERSON_NEEDED):
        raise NotAllowed("the record says so already")
    change.case(replace(case, state=advance(case.state, Event.PERSON_NEEDED), reason=SAYS_SO))
    text = (
        f"{case.kind}: {SAYS_SO}. Tell the person: a note with 'Answer:', then 'Send answer'. To propose other words: "
        "'Mark verified' first."
    )
    change.effect(f"note:{case.id}:{note_id}:same", "note", case.ticket_id, text=text)
    change.job(f"sync:{case.ticket_id}", "sync", ticket_id=case.ticket_id)


def proposal_text(app: App, desk: Desk, org: str, case_id: str) -> str:
    """Return what agents read of a proposal, put together when it is written: the store holds no value.

    Raises:
        BadInput: The proposal, its note or the record is gone or altered.
    """
    item = app.store.get(org, "correction", case_id)
    contact = _contact(desk, item.parent) if item else None
    values = _agreed_values(app, desk, item) if item else None
    if item is None or contact is None or values is None:
        raise BadInput("the proposed correction is no longer what it was")
    words = sheet.read(note(desk, item.body["ticket"], item.body["note"]) or "")
    lines = [
        f"- {name}: {value_of(contact, name) or '(empty)'} -> {value}"
        for name, value in values.items()
        if value != value_of(contact, name)
    ]
    lines += beside.lines(desk, item.body["elsewhere"], values)
    shown = ["Proposed correction:", *lines, f"Evidence: {words.get('evidence', '')}"]
    return "\n".join([*shown, "To carry it out: 'Approve plan'."])


def approve_correction(app: App, change: Change, case: Case, *, plan_hash: str | None, agent: str | None) -> None:
    """Approve what was shown; a colleague is not needed, since it can be corrected back.

    Raises:
        NotAllowed: There is no proposal, or it is another one than the hash names.
    """
    item = app.store.get(case.org, "correction", case.id)
    if item is None or item.body["state"] != "proposed":
        raise NotAllowed("nothing is proposed yet")
    if plan_hash is not None and plan_hash != item.body["hash"]:
        raise NotAllowed("the proposal has changed since: look at the newest one")
    change.case(replace(case, state=advance(case.state, Event.APPROVED)))
    change.job(f"execute:{case.id}", "execute", case=case.id)
    change.log(
        f"agent:{agent or 'unknown'}",
        "correction_approved",
        why="R-TAG-3",
        result=str(item.body["hash"]),
        case_id=case.id,
        ticket_id=case.ticket_id,
    )


def correct(app: App, org: str, case_id: str) -> None:
    """Carry out an approved correction, in Desk and beside it: write, read back, tell the person, look again later.

    Raises:
        Retryable: Desk or another system failed, or does not show the new value yet.
    """
    case = casebook.case(app.store, org, case_id)
    item = app.store.get(org, "correction", case_id)
    if case is None or item is None or case.state is not State.EXECUTING or case.contact_id is None:
        return
    desk = app.desks[org]
    values = _agreed_values(app, desk, item)
    contact = _contact(desk, case.contact_id)
    if values is None or contact is None:
        _end(app, case, Event.PERSON_NEEDED, "the note or the record of the correction is no longer what was approved")
        return
    fields, elsewhere = item.body["fields"], item.body["elsewhere"]
    now = {name: beside.mark(app, name, value_of(contact, name)) for name in values}
    written = {
        name
        for name, value in values.items()
        if now[name] != fields[name]["before"] and sheet.same(name, value_of(contact, name), value)
    }
    moved = any(now[name] not in fields[name].values() for name in values if name not in written)
    if moved or beside.changed(app, desk, elsewhere):
        _end(app, case, Event.PLAN_CHANGED, "the record has changed since the correction was shown: propose it anew")
        return
    shown: list[Mapping[str, str]] = [
        {"field": name, "before": item.body["shown"][name], "after": sheet.shaded(value)}
        for name, value in values.items()
        if fields[name]["before"] != fields[name]["after"]
    ]
    try:
        if left := {name: value for name, value in values.items() if name not in written}:
            desk.write.correct_contact(case.contact_id, left)
        shown += beside.correct(app, desk, case, elsewhere, values)
    except NotAllowed as refusal:
        _end(app, case, Event.PERSON_NEEDED, str(refusal))
        return
    _corrected(app, case, shown)


def _corrected(app: App, case: Case, shown: Sequence[Mapping[str, str]]) -> None:
    def make() -> Change | None:
        fresh = casebook.case(app.store, case.org, case.id)
        item = app.store.get(case.org, "correction", case.id)
        if fresh is None or item is None or fresh.state is not State.EXECUTING:
            return None
        change = Change(app.store, case.org, app.clock.now())
        elsewhere = [{**each, "shown": {}} for each in item.body["elsewhere"]]
        body = {**item.body, "state": "done", "shown": {}, "elsewhere": elsewhere}
        change.put("correction", case.id, body, was=item, parent=item.parent)
        change.case(replace(fresh, state=advance(fresh.state, Event.ALL_READ_BACK), outcome=CORRECTED, reason=""))
        tell(change, fresh, f"correction_done:{item.body['hash']}", "correction_done", answers=True, changes=shown)
        due = change.now + timedelta(days=KEPT_AFTER[0])
        change.job(f"keep:{case.id}", "keep_corrected", due=due, case=case.id, contact_id=case.contact_id, step=0)
        change.log(
            "zoho_privacy",
            "corrected",
            why="R-CORRECT-1",
            result="read back",
            case_id=case.id,
            ticket_id=case.ticket_id,
        )
        return change

    transact(make)


def keep_corrected(app: App, org: str, contact_id: str) -> None:
    """Correct a record again where an old value has come back, in Desk or beside it (R-CORRECT-2)."""
    done = [
        item for item in casebook.every(app.store, org, "correction", parent=contact_id) if item.body["state"] == "done"
    ]
    contact = _contact(app.desks[org], contact_id) if done else None
    for item in done if contact else ():
        fields = item.body["fields"]
        back = {
            name
            for name, mark in fields.items()
            if beside.mark(app, name, value_of(contact, name)) == mark["before"] != mark["after"]
        } if contact else set()  # fmt: skip
        elsewhere = beside.came_back(app, app.desks[org], item.body.get("elsewhere", ()))
        if back or elsewhere:
            _again(app, app.desks[org], item, back, elsewhere)


def look_later(app: App, org: str, body: Mapping[str, Any]) -> None:
    """Look at a corrected record though nothing was heard of it, and arrange the next look."""
    keep_corrected(app, org, body["contact_id"])
    step = body["step"] + 1
    if step == len(KEPT_AFTER):
        return

    def make() -> Change:
        change = Change(app.store, org, app.clock.now())
        due = change.now + timedelta(days=KEPT_AFTER[step] - KEPT_AFTER[step - 1])
        key = f"keep:{body['case']}:{step}"
        change.job(key, "keep_corrected", due=due, case=body["case"], contact_id=body["contact_id"], step=step)
        return change

    transact(make)


def _again(
    app: App, desk: Desk, item: Item, back: set[str], elsewhere: Sequence[tuple[str, str, tuple[str, ...]]]
) -> None:
    values = _agreed_values(app, desk, item)
    text = "An old value of a corrected record has come back: "
    if values is not None and item.body["again"] < ENOUGH:
        try:
            if back:
                desk.write.correct_contact(item.parent or "", {name: values[name] for name in back})
            for name, record, fields in elsewhere:
                desk.write.amend_elsewhere(item.parent or "", name, record, {each: values[each] for each in fields})
            text += "it was corrected again. Please find what brings it back, such as a sync or an import."
        except (NotAllowed, NotFound, CrmForbidden, CrmRejected) as refusal:
            text += f"it stays, since {refusal}."
    else:
        text += "it was not overwritten again; a person has to look."

    def make() -> Change | None:
        fresh = app.store.get(item.org, "correction", item.id)
        if fresh is None:
            return None
        change = Change(app.store, item.org, app.clock.now())
        count = fresh.body["again"] + 1
        change.put("correction", item.id, {**fresh.body, "again": count}, was=fresh, parent=fresh.parent)
        change.effect(f"note:{item.id}:again:{count}", "note", item.body["ticket"], text=text)
        change.log(
            "zoho_privacy",
            "corrected_again",
            why="R-CORRECT-2",
            result=f"time {count}",
            case_id=item.id,
            ticket_id=item.body["ticket"],
        )
        return change

    if item.body["again"] <= ENOUGH:
        transact(make)


def _agreed_values(app: App, desk: Desk, item: Item) -> Mapping[str, str] | None:
    """Return the values of a correction out of its note, None where the note is not the one that was shown."""
    content = note(desk, item.body["ticket"], item.body["note"])
    values = sheet.corrections(sheet.read(content)) if content else {}
    fields = item.body["fields"]
    same = all(
        name in values and beside.mark(app, name, values[name]) == mark["after"] for name, mark in fields.items()
    )
    return {name: values[name] for name in fields} if same else None


def note(desk: Desk, ticket_id: str, note_id: str) -> str | None:
    """Return the text of a private note as it stands now, None where it is gone."""
    try:
        return next((each.content for each in desk.read.comments(ticket_id) if each.id == note_id), None)
    except NotFound:
        return None


def _contact(desk: Desk, contact_id: str | None) -> Contact | None:
    if contact_id is None:
        return None
    try:
        return desk.read.contact(contact_id)
    except NotFound:
        return None


def _end(app: App, case: Case, event: Event, reason: str) -> None:
    """Take a case that could not be carried out to where somebody looks at it."""

    def make() -> Change | None:
        fresh = casebook.case(app.store, case.org, case.id)
        if fresh is None or not allowed(fresh.state, event):
            return None
        change = Change(app.store, case.org, app.clock.now())
        change.case(replace(fresh, state=advance(fresh.state, event), reason=reason))
        at = change.now.isoformat()
        change.effect(f"note:{case.id}:{at}", "note", case.ticket_id, text=f"{case.kind}: {reason}.")
        change.job(f"sync:{case.ticket_id}", "sync", ticket_id=case.ticket_id)
        change.log("zoho_privacy", event, why="R-PLAN-2", result=reason, case_id=case.id, ticket_id=case.ticket_id)
        return change

    transact(make)


def tell(change: Change, case: Case, key: str, letter: str, *, answers: bool = False, **more: Any) -> None:
    """Put a letter about one case into the outbox, once for ever by its key; with `answers` it ends the case."""
    change.effect(
        f"reply:{case.id}:{key}",
        "reply",
        case.ticket_id,
        letter=letter,
        language=case.language,
        cases=[case.id],
        answers=[case.id] if answers else [],
        contact_id=case.contact_id,
        **more,
    )
    change.job(f"sync:{case.ticket_id}", "sync", ticket_id=case.ticket_id)


# -------------------------------------------------------------------------------------------- restriction, suppression


def restrict(change: Change, cases: Sequence[Case], reason: str, *, others: Sequence[str] = ()) -> None:
    """Let people's data only be stored from now on, on the ground of these cases, and show it (R-RESTRICT-1).

    `others` are records that the first case may concern besides its own person's. A restriction lasts as long as any
    ground of it: the end of one request does not end what was promised to another.
    """
    by_person: dict[str, dict[str, str]] = {}
    for contact_id, case in [*((case.contact_id, case) for case in cases), *((each, cases[0]) for each in others)]:
        if contact_id:
            by_person.setdefault(contact_id, {})[case.id] = reason
    for contact_id, grounds in by_person.items():
        was = change.store.get(change.org, "restriction", contact_id)
        since = was.body["since"] if was else change.now.isoformat()
        everything = {**(casebook.grounds(was) if was else {}), **grounds}
        change.put("restriction", contact_id, {"since": since, "grounds": everything}, was=was)
        show(change, contact_id)


def restricted_by(app: App, org: str, case_ids: Sequence[str]) -> Mapping[str, Item]:
    """Return the restrictions that have one of these cases for a ground, by person."""
    every = casebook.every(app.store, org, "restriction")
    return {item.id: item for item in every if casebook.grounds(item).keys() & set(case_ids)}


def suppress(change: Change, case: Case) -> None:
    """Remember for good what must not be done with a person's data, and show it (R-OPTOUT-1)."""
    if case.contact_id is None:
        return
    body = {"since": change.now.isoformat(), "case": case.id}
    change.put_once("suppression", f"{case.contact_id}:{case.kind}", body, parent=case.contact_id)
    show(change, case.contact_id)


def show(change: Change, contact_id: str) -> None:
    """Let the person's record say what was asked for."""
    change.job(f"flags:{contact_id}", "flags", contact_id=contact_id)


def shown_flags(app: App, org: str, contact_id: str) -> str:
    """Return what the field on a person's record should say, "" where there is nothing to say."""
    found = [SHOWN_AS.get(item.id.partition(":")[2], "") for item in
             casebook.every(app.store, org, "suppression", parent=contact_id)]  # fmt: skip
    if app.store.get(org, "restriction", contact_id):
        found.append(RESTRICTED)
    return "; ".join(sorted({each for each in found if each}))


def look_at_flags(app: App, org: str, contact_id: str) -> None:
    """Arrange a look at the field after news of a record: an hour later, so that no rule in Desk can fight with us."""
    if not shown_flags(app, org, contact_id):
        return

    def make() -> Change:
        change = Change(app.store, org, app.clock.now())
        due = change.now + FLAGS_AFTER
        change.job(f"keep_flags:{contact_id}", "keep_flags", due=due, contact_id=contact_id)
        return change

    transact(make)


def keep_flags(app: App, org: str, contact_id: str) -> None:
    """Write the field anew where somebody has emptied or altered it; where nothing is to be said, it stays as it is.

    Raises:
        Retryable: Desk failed, or does not show the new value yet.
    """
    if shown_flags(app, org, contact_id):
        show_flags(app, org, contact_id)


def show_flags(app: App, org: str, contact_id: str) -> None:
    """Write the field on a person's record and read it back, where the portal has such a field (R-OPTOUT-1).

    Raises:
        Retryable: Desk failed, or does not show the new value yet.
    """
    desk = app.desks[org]
    contact = _contact(desk, contact_id)
    wanted = shown_flags(app, org, contact_id)
    if contact is None or value_of(contact, tags.FLAGS_FIELD) == wanted:
        return
    there = any(field.api_name == tags.FLAGS_FIELD for field in desk.read.fields("contacts"))
    if there:
        desk.write.flag_contact(contact_id, wanted)

    def make() -> Change | None:
        change = Change(app.store, org, app.clock.now())
        seen = {"at": change.now.isoformat()}
        if not there and not change.put_once("warning", f"flags:{contact_id}:{wanted}", seen, parent=contact_id):
            return None  # said before: nothing on the record would show that
        result = "read back" if there else "the portal has no field for it"
        change.log("zoho_privacy", "record_flagged", why="R-OPTOUT-1", result=result)
        return change

    transact(make)


def lift(
    app: App,
    change: Change,
    cases: Sequence[Case],
    note_id: str,
    *,
    agent: str | None,
    letter: str = "restriction_ends",
) -> None:
    """Announce the end of the restrictions of these cases; they end when the letter is out (R-RESTRICT-1).

    Where another request keeps somebody's data restricted, nothing ends and nobody is told that it does: only this
    ground goes, and agents read why.

    Raises:
        NotAllowed: None of them is in force, or a hold keeps the data restricted (R-CHILD-6).
    """
    ids = [case.id for case in cases]
    found = restricted_by(app, change.org, ids)
    if not found:
        raise NotAllowed("nothing is restricted by a case of this ticket")
    tickets = frozenset({case.ticket_id for case in cases})
    if hold_on(
        casebook.holds(app.store, change.org), tickets=tickets, contacts=frozenset(found), tags_found=frozenset()
    ):
        raise NotAllowed("a hold keeps the data restricted")
    ending = {case_id for item in found.values() for case_id in casebook.grounds(item)} & set(ids)
    first = next(case for case in cases if case.id in ending)
    if all(casebook.grounds(item).keys() - set(ids) for item in found.values()):
        lifted(app, change, sorted(ending))
        text = f"{first.kind}: another request of the person keeps the data restricted, so nothing ends yet."
        change.effect(f"note:{first.id}:{note_id}:stays", "note", first.ticket_id, text=text)
        return
    tell(change, first, f"{letter}:{note_id}", letter, note=note_id, lifts=sorted(ending))
    change.log(
        f"agent:{agent or 'unknown'}",
        "lifting_announced",
        why="R-RESTRICT-1",
        case_id=first.id,
        ticket_id=first.ticket_id,
    )


def lifted(app: App, change: Change, case_ids: Sequence[str], *, kept: str | None = None) -> None:
    """End what these cases restricted, now that the person was told; what another request restricts stays so.

    `kept` is a person whose data stays restricted all the same.
    """
    for contact_id, item in restricted_by(app, change.org, case_ids).items():
        if contact_id == kept:
            continue
        left = {case_id: why for case_id, why in casebook.grounds(item).items() if case_id not in case_ids}
        if left:
            change.put("restriction", contact_id, {"since": item.body["since"], "grounds": left}, was=item)
        else:
            change.delete(item)
        show(change, contact_id)
        result = "another request keeps the data restricted" if left else ""
        for case_id in sorted(casebook.grounds(item).keys() - left.keys()):
            change.log("zoho_privacy", "restriction_lifted", why="R-RESTRICT-1", result=result, case_id=case_id)
