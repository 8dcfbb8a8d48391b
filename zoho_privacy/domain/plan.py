"""From an inventory of what is held to a plan: ordered actions, each with its reason and key, and what stays. Pure.

Children come before parents, the contact last (R-ERASE-8); a ticket with another person in it is masked, not erased,
and says so; held and open tickets stay, each with its reason (R-ERASE-3, R-ERASE-6). The plan's hash covers every
word of it, so what is approved is what runs (R-PLAN-1).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from zoho_privacy.domain import duplicates, gate, tags
from zoho_privacy.domain.keyed import Keyring
from zoho_privacy.domain.model import Action, ActionType, Hold, Kept, Plan
from zoho_privacy.domain.records import Contact, Ticket
from zoho_privacy.domain.redact_files import Opaque
from zoho_privacy.domain.sources import Found

CREDITS: Final[Mapping[ActionType, float]] = {
    ActionType.ERASE_TICKET: 1.0 + 1 + 6 + 3 + 6 + 1,  # read, tags, trash, find in the bin, bin delete, read back
    ActionType.MASK_TICKET: 1.0 + 1 + 1 + 1,
    ActionType.REBUILD_TICKET: 18.0
    + 3
    + 3
    + 1
    + 1
    + 1
    + 1
    + 3
    + 1,  # as erasing; lists, twin, read back; messages extra
    ActionType.NATIVE_ERASE_TICKET: 1.0 + 1 + 50 + 2 + 1 + 3,
    ActionType.ERASE_ACTIVITY: 6.0 + 6,
    ActionType.REDACT_ATTACHMENT: 2.0 + 3 * (3 + 1) + 1 + 1 + 6 + 3,  # read, list and download thrice, write, delete
    ActionType.DELETE_ATTACHMENT: 2.0 + 3 + 1 + 1 + 6 + 3,
    ActionType.DELETE_CONTACT_COMMENT: 1.0 + 3,
    ActionType.DELETE_CONTACT_ATTACHMENT: 1.0 + 6 + 3,
    ActionType.DELETE_CONTACT_PHOTO: 1.0 + 1,
    ActionType.ANONYMISE_USER: 1.0 + 1,
    ActionType.MASK_CONTACT: 1.0 + 1 + 1,
    ActionType.ERASE_CONTACT: 1.0 + 6 + 3 + 6 + 1 + 3,
    ActionType.ERASE_SOURCE_RECORD: 1.0,  # the person's record; what the other system counts is its own affair
}
"""Expected cost of each action by the price list; calls without a published price count as 1, bin deletes as 6.

Decimal numbers throughout: a plan read back from JSON must have the hash it was sealed with."""


CRM: Final = "crm-counterpart"
CRM_SOURCE: Final = "crm"
STAYS: Final = "source-stays"
"""Why a record in another system stays: its source says so."""
BY_ITS_OWNER: Final = "the copy in Zoho CRM: the suite has no access there, its owner deletes it"
WAYS: Final[Mapping[str, ActionType]] = {
    "erase": ActionType.ERASE_TICKET,
    "rebuild": ActionType.REBUILD_TICKET,
    "native": ActionType.NATIVE_ERASE_TICKET,
    "mask": ActionType.MASK_TICKET,
}
"""The four ways to let a ticket go, by the word that rules use."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How an erasure lets tickets go: those of the person alone (any way), and those shared with others.

    A shared ticket is masked, or rebuilt without the person (R-ERASE-2); it is never erased.
    """

    alone: str = "erase"
    shared: str = "mask"
    files: Opaque = "hold"
    """What becomes of a file on a masked ticket that cannot be redacted in part."""


@dataclass(frozen=True, slots=True)
class FileView:
    """A file on a ticket that stays. `fate`: redact, delete, keep, hold, or stays where Desk cannot replace it.

    `before` and `after` are fingerprints of name and content, now and redacted; a file without the person has no view.
    """

    id: str
    fate: str
    reason: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class TicketView:
    """One ticket of the inventory. `others` is true where another customer takes part in it."""

    ticket: Ticket
    tags: frozenset[str]
    others: bool
    activities: tuple[tuple[str, str], ...] = ()
    files: tuple[FileView, ...] = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """Where one person's data lies in one portal. `unread` names the places that could not be looked into.

    `lookalikes` are records that may be the person's under another address, each with what they share.
    """

    contacts: tuple[Contact, ...]
    tickets: tuple[TicketView, ...]
    contact_comments: tuple[tuple[str, str], ...] = ()
    contact_attachments: tuple[tuple[str, str], ...] = ()
    portal_users: tuple[tuple[str, str], ...] = ()
    lookalikes: tuple[tuple[str, str], ...] = ()
    unread: tuple[str, ...] = ()
    sources: tuple[tuple[str, Found], ...] = ()
    """Records in other systems, each after the person's record here by whose address it was found."""
    asked: frozenset[str] = frozenset()
    """The other systems that were asked, by name."""


def canonical(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no blanks, times as ISO text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str, ensure_ascii=False)


def sealed(plan: Plan) -> Plan:
    """Return the plan with its hash."""
    body: dict[str, Any] = asdict(replace(plan, hash=""))
    for action in body["actions"]:
        for member in ("after", "undo_days"):
            if not action[member]:
                del action[member]  # plans sealed before there was such a member keep their hash
    return replace(plan, hash=hashlib.sha256(canonical(body).encode()).hexdigest())


def make_plan(
    *,
    org: str,
    plan_id: str,
    case_id: str,
    purpose: str,
    created: datetime,
    proposer: str,
    actions: Iterable[Action],
    kept: Iterable[Kept] = (),
) -> Plan:
    """Put a plan together and seal it with its hash."""
    plan = Plan(org, plan_id, case_id, purpose, created, proposer, tuple(actions), tuple(kept))
    return sealed(plan)


def ticket_action(
    ticket: Ticket, kind: ActionType, keyring: Keyring, *, rule: str, clause: str, reason: str, request: bool = False
) -> Action:
    """Return the action that erases or masks one ticket, bound to the ticket as it is now.

    `request` marks the ticket of the request itself, which goes last and grows by our own letters meanwhile; where it
    is masked, that comes right after the closing letter, while the person's record still says what to look for.
    """
    marks = gate.ticket_marks(ticket, request=request or kind is ActionType.MASK_TICKET)  # a mask changes the rest
    return Action(
        key=f"{kind}:{ticket.id}",
        type=kind,
        target=ticket.id,
        parent=None,
        before=keyring.digest("ticket", *marks).hex(),
        rule=rule,
        clause=clause,
        reason=numbered(ticket.number, reason),
        credits=_cost(kind, ticket),
        stage=0 if not request else 1 if kind is ActionType.MASK_TICKET else 2,
    )


COPY_LISTS: Final = 13.0  # the ticket, and the lists of messages, notes, files and what hangs on them
USUAL_PARTS: Final = 3.0


def expected(act: str, undo_days: int) -> float:
    """Return the credits that letting go of a usual ticket by a rule's way costs, its sealed copy included."""
    return CREDITS[WAYS[act]] + (COPY_LISTS + USUAL_PARTS if undo_days else 0.0)


def undoable(action: Action, ticket: Ticket, days: int) -> Action:
    """Return the action that leaves a sealed copy for so many days: each message and each file is read once more."""
    more = COPY_LISTS + ticket.thread_count + ticket.attachment_count
    return replace(action, undo_days=days, credits=action.credits + more)


def numbered(number: str, reason: str) -> str:
    """Return a reason after the number by which people know a ticket, also when Desk knows it no more."""
    return f"#{number}: {reason}" if number else reason


def _cost(kind: ActionType, ticket: Ticket) -> float:
    """Return the expected credits; a rebuild reads each message and writes each message and note anew."""
    if kind is not ActionType.REBUILD_TICKET:
        return CREDITS[kind]
    return CREDITS[kind] + 2.0 * ticket.thread_count + ticket.comment_count


def erasure(
    inventory: Inventory,
    *,
    keyring: Keyring,
    org: str,
    case_id: str,
    request_tickets: frozenset[str],
    holds: Sequence[Hold],
    created: datetime,
    proposer: str,
    clause: str,
    ways: Ways = Ways(),
    natively: bool = False,
) -> Plan:
    """Plan the erasure of one person; `natively` says that Zoho's own erasure was used for them before."""
    actions: list[Action] = []
    kept = [Kept(place, "place", "unread", "could not be looked into: a person checks") for place in inventory.unread]
    for view in sorted(inventory.tickets, key=lambda each: (each.ticket.id in request_tickets, each.ticket.id)):
        person = whose(view.ticket, inventory.contacts)
        _plan_ticket(view, person, keyring, request_tickets, holds, clause, ways, actions, kept)
    _plan_people(inventory, keyring, holds, clause, actions, kept)
    _plan_sources(inventory, clause, actions, kept)
    if CRM_SOURCE not in inventory.asked:
        kept += [Kept(each.crm_id, "crm", CRM, BY_ITS_OWNER) for each in inventory.contacts if each.crm_id]
    for contact_id, shares in inventory.lookalikes:
        why = f"same {shares} under another address: not touched until a person says whether it is the same person"
        kept.append(Kept(contact_id, "contact", duplicates.CODE, why))
    if natively or any(action.type is ActionType.NATIVE_ERASE_TICKET for action in actions):
        kept.append(
            Kept("subject requests", "record", "native-record", "Zoho's list of its own erasures keeps the address")
        )
    order = sorted(enumerate(actions), key=lambda pair: (pair[1].stage, pair[0]))
    return make_plan(
        org=org,
        plan_id=f"erasure-{case_id}",
        case_id=case_id,
        purpose="erasure",
        created=created,
        proposer=proposer,
        actions=[action for _, action in order],
        kept=kept,
    )


def whose(ticket: Ticket, contacts: Sequence[Contact]) -> str | None:
    """Return which of the person's records a ticket belongs to; the first where it only mentions them."""
    people = {ticket.contact_id, *ticket.secondary_contact_ids}
    mine = (contact.id for contact in contacts if contact.id in people)
    return next(mine, contacts[0].id if contacts else None)


def _plan_ticket(
    view: TicketView,
    person: str | None,
    keyring: Keyring,
    request_tickets: frozenset[str],
    holds: Sequence[Hold],
    clause: str,
    ways: Ways,
    actions: list[Action],
    kept: list[Kept],
) -> None:
    ticket = view.ticket
    request = ticket.id in request_tickets
    contacts = frozenset({ticket.contact_id or "", *ticket.secondary_contact_ids}) - {""}
    held = tags.HOLD in view.tags or gate.hold_on(
        holds,
        tickets=frozenset({ticket.id}),
        contacts=contacts,
        tags_found=view.tags,
        record=gate.described(ticket),
    )
    if held:
        kept.append(Kept(ticket.id, "ticket", "held", "kept under a legal duty or dispute (GDPR 17(3))"))
        return
    if view.others and ticket.trashed:
        kept.append(Kept(ticket.id, "ticket", "binned", "in the recycle bin with other people's data: ends by itself"))
        return
    if view.others:
        action = _shared(ticket, person, keyring, clause, ways, request=request)
        if action.type is ActionType.MASK_TICKET:
            others = "other people take part: messages, files and the history stay"
            kept.append(Kept(ticket.id, "ticket", "shared", others))
            _add_files(view, person, clause, actions, kept)
        else:
            actions += _children(view, clause, action.stage)
        actions.append(action)
        return
    if ticket.status_type != "closed" and not request and not ticket.trashed:
        kept.append(Kept(ticket.id, "ticket", "open", "still being worked on; its retention starts when it is closed"))
        return
    way = ActionType.ERASE_TICKET if request or ticket.trashed else WAYS[ways.alone]  # the bin holds nothing to keep
    if way is ActionType.MASK_TICKET:
        reason = "redacted where Desk allows it, by the rule that is set; messages and history stay"
        _add_files(view, None, clause, actions, kept)
        actions.append(ticket_action(ticket, way, keyring, rule="erasure", clause=clause, reason=reason))
        kept.append(Kept(ticket.id, "ticket", "masked", "the rule masks: messages, files and history stay as they are"))
        return
    stage = 2 if request else 0
    actions += _children(view, clause, stage)
    actions.append(
        ticket_action(
            ticket,
            way,
            keyring,
            rule="erasure",
            clause=clause,
            reason="the conversation about this request" if request else "only this person takes part",
            request=request,
        )
    )


def _children(view: TicketView, clause: str, stage: int) -> list[Action]:
    """Return the actions that delete what hangs on a ticket; children go before their parent (R-ERASE-8)."""
    return [
        Action(
            key=f"erase_activity:{activity_id}",
            type=ActionType.ERASE_ACTIVITY,
            target=f"{kind}/{activity_id}",
            parent=view.ticket.id,
            before="",
            rule="erasure",
            clause=clause,
            reason=f"linked to ticket {view.ticket.number}, goes before it",
            credits=CREDITS[ActionType.ERASE_ACTIVITY],
            stage=stage,
        )
        for kind, activity_id in view.activities
    ]


FILES: Final[Mapping[str, ActionType]] = {
    "redact": ActionType.REDACT_ATTACHMENT,
    "delete": ActionType.DELETE_ATTACHMENT,
}


def _add_files(view: TicketView, person: str | None, clause: str, actions: list[Action], kept: list[Kept]) -> None:
    acts, stays = plan_files(view.ticket, view.files, person=person, rule="erasure", clause=clause)
    actions += acts
    kept += stays


def plan_files(
    ticket: Ticket, files: Sequence[FileView], *, person: str | None, rule: str, clause: str
) -> tuple[list[Action], list[Kept]]:
    """Plan what becomes of the files of a ticket that stays; they go before its mask, at once, request or not.

    `person` is the record whose data goes, None where the ticket is all theirs.
    """
    actions: list[Action] = []
    kept: list[Kept] = []
    for file in files:
        target = f"{ticket.id}/{file.id}"
        kind = FILES.get(file.fate)
        if kind is None:
            kept.append(Kept(target, "file", f"file-{file.fate}", file.reason))
            continue
        reason = numbered(ticket.number, file.reason)
        actions.append(
            Action(
                key=f"{kind}:{file.id}",
                type=kind,
                target=target,
                parent=person,
                before=file.before,
                rule=rule,
                clause=clause,
                reason=reason,
                credits=CREDITS[kind],
                after=file.after,
            )
        )
    return actions, kept


def _shared(ticket: Ticket, person: str | None, keyring: Keyring, clause: str, ways: Ways, *, request: bool) -> Action:
    """Return what happens to a ticket in which others take part; `parent` says whose data goes."""
    rebuilds = ways.shared == "rebuild" and ticket.status_type == "closed" and not request
    kind = ActionType.REBUILD_TICKET if rebuilds else ActionType.MASK_TICKET
    reason = "shared with other people: what can be changed in place is redacted, the rest is declared"
    if rebuilds:
        reason = "shared with other people: written anew without this person, the original is deleted"
    action = ticket_action(ticket, kind, keyring, rule="erasure", clause=clause, reason=reason, request=request)
    return replace(action, parent=person)


def _plan_sources(inventory: Inventory, clause: str, actions: list[Action], kept: list[Kept]) -> None:
    """Plan what goes in other systems; a person whose record is held here keeps theirs there as well (R-HOLD-4)."""
    held = {each.target for each in kept if each.type == "contact" and each.code == "held"}
    for owner, found in inventory.sources:
        record, title = found.record, found.about.title
        if owner in held:
            kept.append(Kept(found.target, "source", "held", "kept under a legal duty or dispute (GDPR 17(3))"))
        elif record.stays:
            kept.append(Kept(found.target, "source", STAYS, f"{title}, {record.kind}: {record.stays}"))
        else:
            kind = ActionType.ERASE_SOURCE_RECORD
            why = f"{title}: {record.kind}"
            key = f"{kind}:{found.target}"
            actions.append(Action(key, kind, found.target, owner, "", "erasure", clause, why, CREDITS[kind]))


def _plan_people(
    inventory: Inventory,
    keyring: Keyring,
    holds: Sequence[Hold],
    clause: str,
    actions: list[Action],
    kept: list[Kept],
) -> None:
    keeps_tickets = bool(kept) or any(action.type is ActionType.MASK_TICKET for action in actions)
    held = any(entry.code == "held" for entry in kept)
    for contact in inventory.contacts:
        if held or gate.hold_on(
            holds,
            tickets=frozenset(),
            contacts=frozenset({contact.id}),
            tags_found=frozenset(),
            record=gate.described(contact),
        ):
            kept.append(Kept(contact.id, "contact", "held", "kept under a legal duty or dispute (GDPR 17(3))"))
            continue

        def add(kind: ActionType, target: str, why: str, stage: int, before: str = "", owner: str = contact.id) -> None:
            actions.append(
                Action(f"{kind}:{target}", kind, target, owner, before, "erasure", clause, why, CREDITS[kind], stage)
            )

        before = keyring.digest("contact", *gate.contact_marks(contact)).hex()
        if contact.trashed:
            mine = {view.ticket.id for view in inventory.tickets if view.ticket.contact_id == contact.id}
            if mine <= {each.target for each in actions if each.type in gate.REMOVES_TICKET and not each.stage}:
                first = contact is inventory.contacts[0]  # the letter still needs the record the case is about
                add(ActionType.ERASE_CONTACT, contact.id, "a record in the recycle bin", int(first), before)
            else:
                kept.append(Kept(contact.id, "contact", "binned", "in the recycle bin, with tickets that stay"))
            continue
        for comment_id, owner in inventory.contact_comments:
            if owner == contact.id:
                add(ActionType.DELETE_CONTACT_COMMENT, comment_id, "note on the person's record", 1)
        for attachment_id, owner in inventory.contact_attachments:
            if owner == contact.id:
                add(ActionType.DELETE_CONTACT_ATTACHMENT, attachment_id, "file on the person's record", 1)
        if contact.has_photo:
            add(ActionType.DELETE_CONTACT_PHOTO, contact.id, "photo on the person's record", 1)
        for user_id, owner in inventory.portal_users:
            if owner == contact.id:
                add(ActionType.ANONYMISE_USER, user_id, "help-centre account", 1)
        add(ActionType.MASK_CONTACT, contact.id, "overwritten once the closing letter is out", 1, before)
        if not keeps_tickets:
            add(ActionType.ERASE_CONTACT, contact.id, "goes last, when no ticket is left", 2)
