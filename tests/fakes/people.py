"""Ada Moss and what a desk may hold about her; Bob Stone is everybody else. Invented, at example domains."""

from dataclasses import dataclass

from tests.builders import ORG
from tests.fakes.desk import FakeDesk
from zoho_privacy.domain import records as r

ADA = "ada.moss@example.net"
BOB = "bob.stone@example.org"
TEAM = "support@desk.example.com"


@dataclass
class Life:
    """A desk with Ada in it, and the records tests come back to."""

    desk: FakeDesk
    ada: r.Contact
    bob: r.Contact
    own: r.Ticket
    old: r.Ticket
    bobs: r.Ticket


def adas_life() -> Life:
    """Return a desk that holds two tickets of Ada, one of them with Bob in copy, and a ticket of Bob with her in it."""
    desk = FakeDesk(ORG)
    ada = desk.add_contact(
        first_name="Ada",
        last_name="Moss",
        email=ADA,
        phone="+49 30 5550142",
        country="Germany",
        account_name="Moss Ltd",
    )
    desk.add_portal_user(ada.id, email=[{"emailAddress": ADA}])
    bob = desk.add_contact(first_name="Bob", last_name="Stone", email=BOB, phone="+44 20 7946 0958")
    own = desk.add_ticket(contact_id=ada.id, subject="Printer offline", custom={"cf_device": "LaserJet"})
    desk.add_thread(
        own.id,
        content=f"<div>My printer is offline. Ring +49 30 5550142 or <a href='mailto:{BOB}'>bob.st<wbr>one@example.org"
        "</a>.</div>",
        to=TEAM,
        cc=f'"Bob Stone" <{BOB}>',
        files={"router.log": f"user {BOB} password=Tr0ub4dor&3x\n".encode(), "photo.png": b"\x89PNG" * 300},
    )
    desk.add_thread(own.id, direction="out", from_address=TEAM, to=ADA, content="<p>Dear Ada,<br>restart it.</p>")
    desk.add_thread(
        own.id,
        author_email=BOB,
        author_name="Bob Stone",
        content="<p>Bob Stone here, ring +44 20 7946 0958</p>",
        files={"bob.pdf": b"%PDF bob"},
    )
    desk.add_comment(own.id, "Customer called twice", files={"notes.docx": b"internal"})
    desk.add_comment(own.id, "We fixed it on site", public=True)
    desk.tickets[own.id].tags.add("printer")
    desk.tickets[own.id].history.append(
        r.HistoryEvent("TicketCreated", desk.time, "Contact", ada.id, None, (r.Change("Email", None, ADA),))
    )
    desk.tickets[own.id].time_entries.append({"id": "88", "description": f"spoke with {BOB}"})
    old = desk.add_ticket(
        contact_id=ada.id, subject="Alte Rechnung", status="Resolved", status_type="closed", archived=True
    )
    desk.add_thread(old.id, content="<p>Please send the invoice again.</p>")
    bobs = desk.add_ticket(
        contact_id=bob.id, subject="VPN of Bob", description=f"ask {ADA}", secondary_contact_ids=(ada.id,)
    )
    desk.add_thread(bobs.id, content="<p>The VPN is down; Ada saw it too.</p>", cc=ADA)
    desk.add_thread(bobs.id, author_email=ADA, content="<p>I can confirm the VPN is down.</p>")
    return Life(desk, ada, bob, own, old, bobs)
