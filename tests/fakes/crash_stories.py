"""Whole lives of requests, told to a world that may die at any call; the end is compared with an undisturbed one."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Final

from tests.builders import ORG
from tests.fakes.crashing import World
from zoho_privacy.domain import records as r
from zoho_privacy.domain.plan import Ways
from zoho_privacy.workflows import casebook

ADA: Final = "ada.moss@example.net"
BOB: Final = "bob.stone@example.org"
FOR_EVER: Final = timedelta(days=400)
REFERENCE: Final = re.compile(r"copy [0-9a-f]{10}")
Story = Callable[[World], None]


def people(world: World) -> tuple[r.Contact, r.Ticket]:
    """Put Ada on file, with everything that can hang on a person and one closed ticket of hers."""
    ada = world.desk.add_contact(
        first_name="Ada", last_name="Moss", email=ADA, phone="+49 30 5550142", country="Germany", has_photo=True
    )
    world.desk.add_portal_user(ada.id)
    world.desk.contacts[ada.id].comments.append({"id": "41", "content": "prefers the morning"})
    world.desk.add_contact_attachment(ada.id, "contract.pdf", b"%PDF")
    old = world.desk.add_ticket(contact_id=ada.id, subject="Printer of Ada", status="Closed", status_type="closed")
    world.desk.add_thread(old.id, content="<div>Ada Moss: it does not print</div>", files={"log.txt": b"Ada"})
    world.desk.tickets[old.id].activities.append(r.Activity("4711", "tasks"))
    return ada, old


def shared_ticket(world: World, ada: r.Contact) -> r.Ticket:
    """Add a ticket that Ada shares with Bob: it is masked and stays."""
    bob = world.desk.add_contact(first_name="Bob", last_name="Stone", email=BOB)
    shared = world.desk.add_ticket(
        contact_id=ada.id,
        subject="VPN of Ada Moss",
        description=f"from {ADA}",
        status="Closed",
        status_type="closed",
        secondary_contact_ids=(bob.id,),
    )
    world.desk.add_thread(shared.id, author_email=BOB, content="<div>mine too</div>")
    world.desk.add_comment(shared.id, f"wrote to {ADA}")
    world.desk.tickets[shared.id].tags.update({"vip", "ada-moss"})
    return shared


def asks(world: World, ada: r.Contact, text: str) -> str:
    """Let Ada write a new ticket and return its id."""
    world.begin()
    ticket = world.desk.add_ticket(contact_id=ada.id, subject="My data")
    world.mail(ticket.id, text)
    return ticket.id


def proves(world: World, ticket_id: str) -> None:
    """Let her answer with the code she got."""
    world.mail(ticket_id, f"The code is {world.code}")


def erasure(world: World) -> None:
    """Everything goes, the person's record last."""
    ada, _ = people(world)
    ticket = asks(world, ada, "Please delete all personal data you hold about me. Ada Moss")
    proves(world, ticket)
    world.macro(ticket, "Approve plan")
    world.confirm_elsewhere()
    world.rest(FOR_EVER)


def shared_erasure(world: World) -> None:
    """What is shared with somebody else is masked and stays, and so does the overwritten record."""
    ada, _ = people(world)
    shared_ticket(world, ada)
    ticket = asks(world, ada, "Please delete all personal data you hold about me. Ada Moss")
    proves(world, ticket)
    world.macro(ticket, "Approve plan")
    world.confirm_elsewhere()
    world.rest(FOR_EVER)


def rebuilt(world: World) -> None:
    """Old tickets are written anew without their people; what she shares with Bob keeps him."""
    world.ways = Ways(alone="rebuild", shared="rebuild")
    shared_erasure(world)


def native(world: World) -> None:
    """Zoho is asked to erase, and looked at afterwards."""
    world.ways = Ways(alone="native")
    erasure(world)


def masked(world: World) -> None:
    """The rule masks, so messages and history stay, and the record with them."""
    world.ways = Ways(alone="mask")
    erasure(world)


def access(world: World) -> None:
    """She gets a copy of everything."""
    ada, _ = people(world)
    ticket = asks(world, ada, "Please send me a copy of all personal data you hold about me. Ada Moss")
    proves(world, ticket)
    world.rest(FOR_EVER)


def held(world: World) -> None:
    """A hold is placed on the conversation before the plan; lifted, and its grace over, what it kept goes too."""
    ada, _ = people(world)
    ticket = asks(world, ada, "Please delete all personal data you hold about me. Ada Moss")
    world.macro(ticket, "Place hold")
    proves(world, ticket)
    world.macro(ticket, "Approve plan")
    world.confirm_elsewhere()
    world.macro(ticket, "Lift hold")
    world.rest(timedelta(days=8))
    world.macro(ticket, "Approve plan")
    world.rest(FOR_EVER)


def both(world: World) -> None:
    """She wants a copy and then be forgotten: the copy comes first, one letter asks for one proof."""
    ada, _ = people(world)
    text = "Please send me a copy of all personal data you hold about me. Then please delete all my personal data."
    ticket = asks(world, ada, text)
    proves(world, ticket)
    world.rest(timedelta(hours=8))
    world.macro(ticket, "Approve plan")
    world.confirm_elsewhere()
    world.rest(FOR_EVER)


def no_proof(world: World) -> None:
    """What nobody has to prove is answered or done at once: the recipients, then the end of marketing."""
    ada, _ = people(world)
    ticket = asks(world, ada, "Which third parties have you shared my personal data with?")
    world.mail(ticket, "I object to the use of my personal data for direct marketing.")
    world.rest(FOR_EVER)


STORIES: Final[Mapping[str, Story]] = {
    "erasure": erasure,
    "shared erasure": shared_erasure,
    "rebuilt": rebuilt,
    "native": native,
    "masked": masked,
    "access": access,
    "held": held,
    "both": both,
    "no proof": no_proof,
}


@dataclass(frozen=True)
class End:
    """How a story ended, as far as anybody can tell who does not know what happened on the way."""

    cases: Counter[tuple[str, ...]]
    letters: Counter[str]
    mails: Counter[tuple[str, str]]
    notes: Counter[str]
    journal: Counter[tuple[str, ...]]
    ledger: Counter[tuple[str, str]]
    held_by_desk: Mapping[str, Any]
    files: tuple[str, ...]
    waiting: tuple[str, ...]
    buried: tuple[str, ...]
    too_early: tuple[str, ...]
    faults: tuple[Any, ...]


def end(world: World) -> End:
    """Look at what is left."""
    return End(
        cases=Counter((case.kind, case.state, case.outcome) for case in world.cases),
        letters=world.letters(),
        mails=Counter((ticket_id, to) for ticket_id, to, _ in world.writer.sent),
        notes=world.notes(),
        journal=world.journal(),
        ledger=world.steps(),
        held_by_desk=_held(world),
        files=tuple(name for name in world.blobs.names("") if not name.startswith("plans/")),
        waiting=tuple(item.id for item in world.waiting()),
        buried=tuple(item.id for item in casebook.every(world.store, ORG, "dead_letter")),
        too_early=tuple(world.too_early),
        faults=tuple(world.faults_of_the_ledger()),
    )


def _held(world: World) -> Mapping[str, Any]:
    """Return what the desk still holds, save times and the ids of what we wrote ourselves."""
    made = world.store.get(ORG, "placeholder", "contact")
    twins = made.body["id"] if made else ""
    tickets = {
        _lasting(held.ticket, twins): (
            REFERENCE.sub("copy #", held.ticket.subject),
            held.ticket.description,
            dict(held.ticket.custom),
            held.ticket.trashed,
            sorted(held.tags),
            Counter(thread.direction for thread in held.threads),
            sorted(each.content for each in held.comments) if held.ticket.contact_id == twins else len(held.comments),
            sorted(each.id for each in held.activities),
        )
        for held in world.desk.tickets.values()
    }
    contacts = {
        "placeholder" if held.contact.id == twins else held.contact.id: (
            held.contact.email,
            held.contact.last_name,
            held.contact.trashed,
            held.contact.has_photo,
            len(held.comments),
            len(held.attachments),
        )
        for held in world.desk.contacts.values()
    }
    return {"tickets": tickets, "contacts": contacts, "users": dict(world.desk.users), "bin": list(world.desk.bin)}


def _lasting(ticket: r.Ticket, twins: str) -> str:
    """Return what names a ticket in every telling: a twin's id depends on what was made before it."""
    return REFERENCE.sub("copy #", ticket.subject) if ticket.contact_id == twins else ticket.id


@cache
def calm(name: str, *, reads: bool = False) -> tuple[End, Mapping[int, str]]:
    """Return the end of a story that nothing disturbs, and the points where it could have died."""
    world = World(reads=reads)
    STORIES[name](world)
    return end(world), dict(world.fuse.reached)


def disturbed(name: str, *points: int, reads: bool = False) -> World:
    """Tell a story to a world that dies at these points."""
    world = World(*points, reads=reads)
    STORIES[name](world)
    return world
