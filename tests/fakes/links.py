"""Links that were really issued: a challenge to confirm, an export to fetch, about invented people."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from tests.builders import NOW, ORG, a_case
from tests.fakes.desk import FakeDesk
from tests.fakes.handing import let_out
from tests.fakes.receiving import make
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.domain.model import Case, Kind, Law, Level, State
from zoho_privacy.domain.package import Part
from zoho_privacy.domain.records import Contact, Ticket
from zoho_privacy.workflows import casebook, exports, verification
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.context import App

PHONE = "+1 555 0100 771"
COMPANY = "Moss Gardens"
EARLIER = "4711"


@dataclass
class Scene:
    """A person with a case, the app that knows them, and its clock."""

    app: App
    clock: FixedClock
    desk: FakeDesk
    contact: Contact
    ticket: Ticket

    def case(self, **members: Any) -> Case:
        """Return the stored case after adding it, by default a deletion that waits for proof."""
        values: dict[str, Any] = {
            "id": f"{self.ticket.id}-deletion",
            "ticket_id": self.ticket.id,
            "ticket_number": self.ticket.number,
            "contact_id": self.contact.id,
            **members,
        }
        change = Change(self.app.store, ORG, self.clock.now())
        change.case(a_case(**values))
        change.commit()
        found = casebook.case(self.app.store, ORG, str(values["id"]))
        assert found is not None
        return found

    def challenge(self, *, proves: bool = True, **members: Any) -> str:
        """Issue a challenge for a new case and return the link's token."""
        case = self.case(**members)
        change = Change(self.app.store, ORG, self.clock.now())
        issued = verification.issue(self.app, change, [case], contact=self.contact if proves else None, proves=proves)
        change.commit()
        assert issued is not None
        return self.app.keyring.token("challenge", issued)

    def careful_challenge(self, language: str = "en") -> str:
        """Issue a challenge that asks for further facts and a declaration."""
        return self.challenge(law=Law.CCPA, level=Level.V2, language=language)

    def export(self, language: str = "en") -> tuple[str, str]:
        """Build an export and return its id and the link's token."""
        case = self.case(id=f"{self.ticket.id}-access", kind=Kind.ACCESS, state=State.VERIFIED, language=language)
        built = exports.build(self.app, self.app.desks[ORG], case)
        built = let_out(self.app, built)
        return built.id, self.app.keyring.token("export", built.id)

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(**time))


def a_scene() -> Scene:
    """Return a person on file with an earlier ticket and a new request."""
    clock = FixedClock(NOW)
    suite = make(ORG, clock=clock)
    desk = suite.desks[ORG]
    contact = desk.add_contact(
        first_name="Ada",
        last_name="Moss",
        email="ada.moss@example.net",
        phone=PHONE,
        account_name=COMPANY,
    )
    desk.add_ticket(contact_id=contact.id, number=EARLIER, subject="Printer", status="Closed", status_type="closed")
    ticket = desk.add_ticket(contact_id=contact.id, subject="Delete my data")
    return Scene(suite.app, clock, desk, contact, ticket)


def in_parts(scene: Scene, export_id: str) -> tuple[int, bytes]:
    """Make an export one of two equal parts; return size and bytes of each."""
    export = exports.get(scene.app, ORG, export_id)
    assert export is not None
    parts = tuple(Part(f"data-{number}.zip", export.size, export.sha256) for number in (1, 2))
    exports.change_of(scene.app, ORG, export_id, lambda one: replace(one, parts=parts), who="test", what="parts")
    vault = exports.vault_of(scene.app, export_id)
    vault.put(exports.blob_of(2), vault.read(exports.PACKAGE))
    return export.size, b"".join(vault.read(exports.PACKAGE))
