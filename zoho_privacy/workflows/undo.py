"""The undo window of retention: a sealed copy of what was deleted, under a key of its own that is destroyed at its end.

A rule may allow it (`undo_days`, R-RETAIN-13). Before such a ticket goes, what can be read of it is sealed under a
random key; the copy lies with the files, the key apart from it in the store. Until the window is over an operator
brings the ticket back; then a job destroys key and copy and looks whether both are gone. While a copy lives, nobody
may say that its ticket was erased. There is none for whoever asked to be erased, and none for a child; a person's own
erasure ends those there are. A hold keeps a copy beyond its window.

Each move is written down first: sealing, sealed, undoing, ending, then ended or undone. A run that was killed goes on
where it was: a copy is complete before anything is deleted, and a key never outlives the mark that it must go.

Tables: undo (id: ticket; how far its copy is), undo_key (id: ticket), undo_person (parent: contact or keyed address),
brought_back (id: ticket; until when retention leaves it alone). Files: undo/ORG/TICKET/.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from zoho_privacy.domain import gate
from zoho_privacy.domain.errors import DeskForbidden, DeskRejected, NotAllowed, NotFound, Retryable
from zoho_privacy.domain.evidence import COPY_DESTROYED, COPY_HELD
from zoho_privacy.domain.model import Action, Hold, Kind, Plan, State
from zoho_privacy.domain.records import Comment, Thread, Ticket
from zoho_privacy.domain.twin import Original
from zoho_privacy.ports import Delete, Item, Put, Store
from zoho_privacy.workflows import casebook, skeletons
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.twins import PERSON
from zoho_privacy.workflows.vault import Vault
from zoho_privacy.workflows.writes import Outcome, identifiers

TABLE: Final = "undo"
KEY_TABLE: Final = "undo_key"
PERSON_TABLE: Final = "undo_person"
SPARED_TABLE: Final = "brought_back"
SEALING: Final = "sealing"
SEALED: Final = "sealed"
UNDOING: Final = "undoing"
ENDING: Final = "ending"
ENDED: Final = "ended"
UNDONE: Final = "undone"
LIVE: Final = frozenset({SEALING, SEALED, UNDOING, ENDING})

COPY: Final = "sealed-copy"
NO_COPY: Final = Outcome("failed", "no-copy", "it cannot be read in full, so no sealed copy could bring it back")
BINNED: Final = "binned"
FORBIDS: Final = frozenset({Kind.DELETION, Kind.CHILD_REPORT})
OVER: Final = frozenset({State.REFUSED, State.DISMISSED, State.ROUTED})
LARGEST: Final = 20_000_000
"""What Desk takes as one file."""
LOOK_AGAIN: Final = timedelta(days=1)
AT_ONCE: Final = 60  # a commit takes 90 writes
TEXTS: Final = "ticket"


@dataclass(frozen=True, slots=True)
class Copy:
    """A sealed copy that lives. `phase` is SEALED, or how far its making, its end or the undoing is."""

    org: str
    ticket_id: str
    number: str
    until: datetime
    rule: str
    phase: str


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """Where a ticket is again. `spared_until` is when retention may look at it again; `left` counts files left out.

    `beside` is the number of the redacted copy that stays beside it, since a hold or later words keep that one.
    """

    ticket_id: str
    number: str
    how: str
    spared_until: datetime
    left: int = 0
    beside: str = ""


# ------------------------------------------------------------------------------------------------- before a ticket goes


def keep(app: App, org: str, plan: Plan, action: Action) -> Outcome | None:
    """Seal a copy of the ticket an action is about to delete, where its rule allows an undo; once for each plan.

    Nothing happens where none is allowed, where the ticket is gone or in the bin, or where its people forbid it. An
    outcome says that the ticket must stay, since it cannot be read in full.

    Raises:
        Retryable: Call again.
    """
    if not action.undo_days or plan.purpose != "retention":
        return None
    item = _row(app, org, action.target)
    if item is not None and item.body["phase"] == SEALED and item.body["plan"] == plan.hash:
        return None
    if item is not None and item.body["phase"] in {SEALED, UNDOING, ENDING}:
        item = _destroy(app, org, item, why="another plan follows")
    try:
        ticket = app.desks[org].read.ticket(action.target)
    except NotFound:
        ticket = None
    if ticket is None or ticket.trashed or _forbidden(app, org, ticket):
        if item is not None and item.body["phase"] == SEALING:
            _destroy(app, org, item, why="there is nothing to copy")
        return None
    if item is None or item.body["phase"] != SEALING:
        item = _begin(app, org, plan, action, ticket, item)
    try:
        marks = _seal(app, item, ticket)
    except (NotFound, DeskForbidden, DeskRejected):
        return NO_COPY
    _move(app, item, SEALED, marks=marks)
    return None


def settle(app: App, org: str, plan: Plan, action: Action, outcome: Outcome) -> Outcome:
    """Return how a deletion is to be told while its copy lives; where the ticket stays, so does no copy."""
    item = _row(app, org, action.target) if action.undo_days else None
    if item is None or item.body["plan"] != plan.hash or item.body["phase"] not in {SEALING, SEALED, ENDING}:
        return outcome
    if item.body["phase"] == SEALED and (outcome.result == "done" or outcome.code == BINNED):
        told = f"a sealed copy can bring it back until {item.body['until'][:10]}"
        code = {"": COPY, "gone": COPY, "anonymised": "rebuilt"}.get(outcome.code, outcome.code)
        return replace(outcome, code=code, reason="; ".join(filter(None, (outcome.reason, told))))
    _destroy(app, org, item, why="the ticket was not deleted")
    return outcome


def _begin(app: App, org: str, plan: Plan, action: Action, ticket: Ticket, was: Item | None) -> Item:
    """Write down that a copy will be made, its key and its end, before anything is sealed."""
    change = Change(app.store, org, app.clock.now())
    until = change.now + timedelta(days=action.undo_days)
    body = {
        "phase": SEALING, "plan": plan.hash, "rule": action.rule, "number": ticket.number, "days": action.undo_days,
        "until": until.isoformat(),
    }  # fmt: skip
    change.put(TABLE, ticket.id, body, was=was)
    sealed = app.sealer.seal(app.sealer.new_key(), context=_context(org, ticket.id))
    old = app.store.get(org, KEY_TABLE, ticket.id)
    change.put(KEY_TABLE, ticket.id, {"sealed": b64encode(sealed).decode(), "until": until.isoformat()}, was=old)
    change.job(f"end_copy:{ticket.id}", "end_copy", due=until, ticket_id=ticket.id)
    change.commit()
    return _need(app, org, ticket.id)


def _seal(app: App, item: Item, ticket: Ticket) -> list[str]:
    """Seal everything that can be read of a ticket; return whose it is, as records and keyed addresses."""
    read, vault = app.desks[item.org].read, _vault(app, item)
    threads = tuple(read.thread(ticket.id, each.id) for each in read.threads(ticket.id))
    comments = tuple(read.comments(ticket.id))
    if ticket.resolution is None:
        ticket = replace(ticket, resolution=read.resolution(ticket.id))
    people = [identifiers(contact) for contact in _contacts(app, item.org, ticket)]
    writers = {each.author_email or "" for each in threads if each.direction == "in" and each.author_type == "END_USER"}
    files = {file.id: file for file in read.attachments(ticket.id)}
    files |= {file.id: file for each in threads for file in each.attachments}
    files |= {file.id: file for each in comments for file in each.attachments}
    listed = []
    for number, file in enumerate(files.values(), 1):
        if file.size <= LARGEST:
            blob = f"file-{number}"
            stored = vault.put(blob, read.download(file))
            listed.append({"name": file.name, "size": stored.size, "blob": blob})
        else:
            listed.append({"name": file.name, "size": file.size, "blob": ""})
    tags = read.tags(ticket.id) if ticket.tag_count != 0 else frozenset()
    texts = {
        "ticket": casebook.to_body(ticket),
        "threads": [casebook.to_body(each) for each in threads],
        "comments": [casebook.to_body(each) for each in comments],
        "tags": sorted(tags), "people": people, "files": listed,
    }  # fmt: skip
    vault.put(TEXTS, [json.dumps(texts).encode()])
    addresses = {each.get(name, "") for each in people for name in ("email", "secondaryEmail")}
    records = {ticket.contact_id or "", *ticket.secondary_contact_ids} - {""}
    return sorted(records | keyed(app, {ticket.email or "", *addresses, *writers}))


def _contacts(app: App, org: str, ticket: Ticket) -> Iterator[Any]:
    for each in dict.fromkeys(filter(None, (ticket.contact_id, *ticket.secondary_contact_ids))):
        try:
            yield app.desks[org].read.contact(each)
        except NotFound:
            continue


def keyed(app: App, addresses: Iterable[str]) -> frozenset[str]:
    """Return addresses as copies know them."""
    return frozenset(app.keyring.pseudonym(PERSON, each.strip().casefold()) for each in addresses if each.strip())


# --------------------------------------------------------------------------------------------------------- the way back


def bring_back(app: App, org: str, ticket_id: str, *, who: str) -> BroughtBack:
    """Bring a deleted ticket back: out of Desk's bin where it still is, else written anew from its sealed copy.

    Retention leaves it alone for as many days again. Safe to repeat: a call that was cut short goes on.

    Raises:
        NotFound: There is no copy of it, or not any more.
        NotAllowed: One of its people asked to be erased meanwhile.
        Retryable: Desk or store failed; call again.
    """
    item = _row(app, org, ticket_id)
    if item is not None and item.body["phase"] == ENDING and item.body.get("to"):
        item = _destroy(app, org, item, why="brought back")
    if item is not None and item.body["phase"] == UNDONE:
        return _told(item)
    within = item is not None and app.clock.now() < datetime.fromisoformat(item.body["until"])
    if item is None or item.body["phase"] not in {SEALED, UNDOING} or not within:
        raise NotFound(f"there is no sealed copy of ticket {ticket_id}")
    original = _opened(app, item)[0]
    if _forbidden(app, org, original.ticket, item):
        raise NotAllowed("somebody whose ticket it was asked to be erased: it stays deleted")
    if item.body["phase"] == SEALED:
        item = _move(app, item, UNDOING, log="undo_begun", who=who)
    return _finish(app, item)


def _finish(app: App, item: Item) -> BroughtBack:
    """Write the ticket, note what it is now, destroy the copy."""
    org = item.org
    original, files = _opened(app, item)
    marks = frozenset(item.body["marks"])
    kept = [(name, size, load) for name, size, load in files if load is not None]
    made = app.desks[org].write.bring_back(_reference(app, item), original, kept, people=marks)
    if not made.done:
        raise Retryable(f"it could not be written: {made.reason}")
    change = Change(app.store, org, app.clock.now())
    until = change.now + timedelta(days=item.body["days"])
    was = app.store.get(org, SPARED_TABLE, made.twin_id)
    change.put(SPARED_TABLE, made.twin_id, {"until": until.isoformat(), "of": item.id}, was=was)
    if key := app.store.get(org, KEY_TABLE, item.id):
        change.delete(key)
    skeletons.forget(change, app, item.id)
    back = {
        "to": made.twin_id,
        "to_number": made.number,
        "how": made.code,
        "spared": until.isoformat(),
        "beside": made.beside,
    }
    body = {**item.body, **back, "left": len(files) - len(kept), "phase": ENDING}
    change.put(TABLE, item.id, body, was=item)
    who = str(item.body["who"])
    change.log(who, "brought_back", why="R-RETAIN-13", result=made.code, ticket_id=item.id, to=made.twin_id)
    change.commit()
    return _told(_destroy(app, org, _need(app, org, item.id), why="brought back"))


def returned(app: App, org: str, ticket_id: str) -> BroughtBack | None:
    """Return where a ticket is again that was brought back, None where it was not."""
    item = _row(app, org, ticket_id)
    return _told(item) if item is not None and item.body["phase"] == UNDONE else None


def _told(item: Item) -> BroughtBack:
    body = item.body
    spared = datetime.fromisoformat(body["spared"])
    return BroughtBack(body["to"], body["to_number"], body["how"], spared, body["left"], body.get("beside", ""))


def is_spared(store: Store, org: str, ticket_id: str, now: datetime) -> bool:
    """Tell whether a ticket was brought back a short while ago."""
    item = store.get(org, SPARED_TABLE, ticket_id)
    return item is not None and now < datetime.fromisoformat(item.body["until"])


def _forbidden(app: App, org: str, ticket: Ticket, item: Item | None = None) -> bool:
    """Tell whether somebody whose ticket it is asked to be erased or was, or is a child; or who forbids its return.

    `item` is its copy: the ticket's own tombstone must then be that of the plan that made it.
    """
    people = {ticket.contact_id or "", *ticket.secondary_contact_ids} - {""}
    cases = [case for each in people for case in casebook.cases_of_contact(app.store, org, each)]
    cases += casebook.cases_of_ticket(app.store, org, ticket.id)
    if any(case.kind in FORBIDS and case.state not in OVER for case in cases):
        return True
    if any(_tombstone(app, org, each) for each in people):
        return True
    own = _tombstone(app, org, ticket.id)
    return own is not None and (item is None or own.body.get("plan") != item.body["plan"])


def _tombstone(app: App, org: str, record_id: str) -> Item | None:
    return app.store.get(org, "tombstone", app.keyring.pseudonym("tombstone", record_id))


# -------------------------------------------------------------------------------------------------------------- the end


def end(app: App, org: str, ticket_id: str) -> datetime | None:
    """End a copy whose window is over; return when to look again, None where it is gone.

    An undo that was cut short is finished, unless its people forbid it by now.

    Raises:
        Retryable: Key or copy is still there, or Desk failed.
    """
    item = _row(app, org, ticket_id)
    if item is None or item.body["phase"] not in LIVE:
        return None
    if item.body["phase"] == ENDING:
        _destroy(app, org, item, why="brought back")
        return None
    until = datetime.fromisoformat(item.body["until"])
    if app.clock.now() < until:
        return until
    if item.body["phase"] == UNDOING:
        if not _forbidden(app, org, _opened(app, item)[0].ticket, item):
            _finish(app, item)
            return None
        app.desks[org].write.leave_gone(_reference(app, item))
    elif item.body["phase"] == SEALED and _held(app, item):
        return app.clock.now() + LOOK_AGAIN
    _destroy(app, org, item, why="the window is over")
    return None


def forget(app: App, org: str, contacts: Iterable[str], addresses: Iterable[str], *, case_id: str) -> tuple[str, ...]:
    """End every copy in which a person takes part, since they are erased; return the tickets whose copy a hold keeps.

    Such a copy remembers the case, whose letter tells of it.

    Raises:
        Retryable: Key or copy is still there.
    """
    held = []
    for item in of_person(app, org, contacts, addresses):
        if item.body["phase"] == SEALED and _held(app, item):
            held.append(item.id)
            if item.body.get("case") != case_id:
                change = Change(app.store, org, app.clock.now())
                change.put(TABLE, item.id, {**item.body, "case": case_id}, was=item)
                change.log("zoho_privacy", COPY_HELD, why="R-HOLD-1", case_id=case_id, ticket_id=item.id)
                change.commit()
            continue
        if item.body["phase"] == UNDOING:
            app.desks[org].write.leave_gone(_reference(app, item))
        _destroy(app, org, item, why="the person is erased", case_id=case_id)
    return tuple(held)


def of_person(app: App, org: str, contacts: Iterable[str], addresses: Iterable[str]) -> tuple[Item, ...]:
    """Return the copies that live and in which one of these records or addresses takes part."""
    marks = sorted({*contacts, *keyed(app, addresses)})
    tickets = {
        str(row.body["ticket"]) for mark in marks for row in casebook.every(app.store, org, PERSON_TABLE, parent=mark)
    }
    found = (_row(app, org, each) for each in sorted(tickets))
    return tuple(item for item in found if item is not None and item.body["phase"] in LIVE)


def not_shown(app: App, org: str, contacts: Iterable[str], addresses: Iterable[str]) -> tuple[str, ...]:
    """Return the numbers of a person's tickets that Desk shows nowhere as theirs: sealed, or written anew as notes."""
    marks = sorted({*contacts, *keyed(app, addresses)})
    found = [str(item.body["number"]) for item in of_person(app, org, contacts, addresses)]
    twins = {
        str(row.body["twin"]) for mark in marks for row in casebook.every(app.store, org, "twin_person", parent=mark)
    }
    for each in sorted(twins):
        known = app.store.get(org, "twin_ticket", each)
        made = app.store.get(org, "twin", known.body["reference"]) if known and known.body.get("whole") else None
        found += [str(made.body["number"])] if made else []
    return tuple(found)


def named(app: App, org: str, name: str) -> str | None:
    """Return the deleted ticket of this id or number, whose copy lives or which is back already."""
    rows = [item for item in casebook.every(app.store, org, TABLE) if name in {item.id, item.body["number"]}]
    known = sorted(rows, key=lambda item: (item.id == name, item.body["until"]))
    return known[-1].id if known else None


def held_against(app: App, org: str, case_id: str) -> tuple[str, ...]:
    """Return the tickets whose copies a hold kept when the person of a case was erased, as far as they live."""
    rows = casebook.every(app.store, org, TABLE)
    return tuple(item.id for item in rows if item.body.get("case") == case_id and item.body["phase"] in LIVE)


def living(app: App, org: str) -> Iterator[Copy]:
    """Yield the copies that live, whatever the ticket."""
    for item in casebook.every(app.store, org, TABLE):
        if item.body["phase"] in LIVE:
            yield _copy(item)


def copy_of(app: App, org: str, ticket_id: str) -> Copy | None:
    """Return the copy of a ticket while it lives."""
    item = _row(app, org, ticket_id)
    return _copy(item) if item is not None and item.body["phase"] in LIVE else None


def _copy(item: Item) -> Copy:
    body = item.body
    until = datetime.fromisoformat(body["until"])
    return Copy(item.org, item.id, body["number"], until, body["rule"], body["phase"])


def _held(app: App, item: Item) -> Hold | None:
    """Return a hold on what was deleted: its ticket, its people, its tags, or what a query asks of it."""
    holds = casebook.holds(app.store, item.org)
    if not holds:
        return None
    original = _opened(app, item)[0]
    return gate.hold_on(
        holds,
        tickets=frozenset({item.id}),
        contacts=frozenset(item.body["marks"]),
        tags_found=original.tags,
        record=gate.described(original.ticket),
    )


def _destroy(app: App, org: str, item: Item, *, why: str, case_id: str = "") -> Item:
    """Destroy the key, then the copy; note it once both were looked for and not found.

    Raises:
        Retryable: One of them is still there.
    """
    if item.body["phase"] != ENDING:
        item = _move(app, item, ENDING, why=why)
    vault = _files(app, org, item.id)
    if vault.clear() or app.store.get(org, KEY_TABLE, item.id) is not None:
        raise Retryable("a sealed copy is still there", retry_after_s=60)
    _forget_marks(app, item)
    change = Change(app.store, org, app.clock.now())
    back = item.body.get("to")
    body = {name: value for name, value in item.body.items() if name not in {"marks", "who", "why"}}
    change.put(TABLE, item.id, {**body, "phase": UNDONE if back else ENDED, "at": change.now.isoformat()}, was=item)
    result = f"{item.body.get('why', why)}: key and copy are gone"
    case_id = case_id or item.body.get("case", "")
    change.log("zoho_privacy", COPY_DESTROYED, why="R-RETAIN-13", result=result, case_id=case_id, ticket_id=item.id)
    change.commit()
    return _need(app, org, item.id)


def _forget_marks(app: App, item: Item) -> None:
    """Delete whose it was, also what a making that was cut short had noted."""
    start = _whose(item, "")
    while rows := [each for each in app.store.find(item.org, PERSON_TABLE, after=start, limit=AT_ONCE)
                   if each.id.startswith(start)]:  # fmt: skip
        app.store.commit([Delete(each) for each in rows])


# --------------------------------------------------------------------------------------------------------------- pieces


def _move(app: App, item: Item, phase: str, *, log: str = "", who: str = "", why: str = "", marks: Iterable[str] = ()
          ) -> Item:  # fmt: skip
    """Write down the next phase; with the phase that ends it the key goes, with the sealed one people find it."""
    change = Change(app.store, item.org, app.clock.now())
    body = {**item.body, "phase": phase}
    body |= {name: value for name, value in (("who", who), ("why", why), ("marks", list(marks))) if value}
    change.put(TABLE, item.id, body, was=item)
    rows = [Item(item.org, PERSON_TABLE, _whose(item, mark), {"ticket": item.id}, parent=mark) for mark in marks]
    fresh = [row for row in rows if app.store.get(item.org, PERSON_TABLE, row.id) is None]
    for first in range(0, len(fresh), AT_ONCE):  # before the phase that promises them
        app.store.commit([Put(row) for row in fresh[first : first + AT_ONCE]])
    if phase == ENDING and (key := app.store.get(item.org, KEY_TABLE, item.id)):
        change.delete(key)
    if log:
        change.log(who, log, why="R-RETAIN-13", ticket_id=item.id)
    change.commit()
    return _need(app, item.org, item.id)


def _whose(item: Item, mark: str) -> str:
    return f"{item.id}:{mark}"


def _row(app: App, org: str, ticket_id: str) -> Item | None:
    return app.store.get(org, TABLE, ticket_id)


def _need(app: App, org: str, ticket_id: str) -> Item:
    item = _row(app, org, ticket_id)
    if item is None:
        raise NotFound("the store lost a sealed copy's journal")
    return item


def _reference(app: App, item: Item) -> str:
    mark = app.keyring.pseudonym("twin", f"undo:{item.body['plan']}:{item.id}")
    return f"copy {mark[:10]}"


def _context(org: str, ticket_id: str) -> str:
    return f"undo-key:{org}:{ticket_id}"


def _files(app: App, org: str, ticket_id: str) -> Vault:
    return Vault(app.blobs, app.sealer, f"undo/{org}/{ticket_id}")


def _vault(app: App, item: Item) -> Vault:
    """Return the files of a copy, to be read or written under its own key."""
    kept = app.store.get(item.org, KEY_TABLE, item.id)
    if kept is None:
        raise NotFound("the key of a sealed copy is gone")
    key = app.sealer.open(b64decode(kept.body["sealed"]), context=_context(item.org, item.id))
    return replace(_files(app, item.org, item.id), sealer=app.sealer.under(key))


def _opened(app: App, item: Item) -> tuple[Original, list[tuple[str, int, Callable[[], bytes] | None]]]:
    """Return what a copy holds, and its files: name, size, and what reads it, None where it was too large."""
    vault = _vault(app, item)
    texts = json.loads(b"".join(vault.read(TEXTS)))
    original = Original(
        casebook.from_body(Ticket, texts["ticket"]),
        tuple(casebook.from_body(Thread, each) for each in texts["threads"]),
        tuple(casebook.from_body(Comment, each) for each in texts["comments"]),
        frozenset(texts["tags"]),
        tuple(texts["people"]),
    )
    files: list[tuple[str, int, Callable[[], bytes] | None]] = [
        (each["name"], each["size"], partial(_load, vault, each["blob"]) if each["blob"] else None)
        for each in texts["files"]
    ]
    return original, files


def _load(vault: Vault, name: str) -> bytes:
    return b"".join(vault.read(name))
