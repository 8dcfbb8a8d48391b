"""The records of one generated person: contact, its duplicate, notes, files, picture and help-centre account."""

import random
from typing import Final

from zoho_emulator.clock import DAY_MS
from zoho_emulator.desk.people import LIMITS
from zoho_emulator.generator import files
from zoho_emulator.generator.conversation import Pen
from zoho_emulator.generator.desk import Desk, Record, moment
from zoho_emulator.generator.people import Person
from zoho_emulator.store import LIKE, Json

EXPLICIT: Final = frozenset({"firstName", "lastName", "email", "secondaryEmail", "phone", "mobile"})
TEMPLATE: Final[Json] = {
    **{name: None for name in LIMITS if name not in EXPLICIT},
    **dict.fromkeys(("isAnonymous", "isEndUser", "isSpam", "isDeleted", "isFollowing"), False),
    "accountCount": "0",
    "photoURL": None,
    "zohoCRMContact": None,
    "customerHappiness": {"badPercentage": "0", "okPercentage": "0", "goodPercentage": "0"},
    "createdBy": None,
}


class Card:
    """Everything stored about one person as a person. Always the same for the same desk."""

    def __init__(self, desk: Desk, person: Person, *, like: int = 0) -> None:
        self.person = person.number
        self.records: list[Record] = []
        self.blobs: list[tuple[str, files.File]] = []
        self.pictures: list[tuple[str, bytes]] = []
        self.involved: set[int] = {person.number}
        self.trashed: tuple[str, int] | None = None
        self._desk, self._person, self._like = desk, person, like
        self._chance = random.Random(desk.spec.seed * 7_000_003 + person.number)
        self._next_id = desk.base_id - 5 * 10**9 + person.number * 1_009
        self._pen = Pen(self._chance, person.language)
        for place, contact_id in enumerate(person.contact_ids):
            self._contact(contact_id, duplicate=place > 0)
        if person.user_id:
            self._user(person.user_id)

    def _id(self) -> str:
        self._next_id += 17
        return str(self._next_id)

    def _contact(self, contact_id: str, *, duplicate: bool) -> None:
        person, roll = self._person, self._chance.random
        created = self._desk.start_ms - int(roll() * 300) * DAY_MS
        email, second = (person.second_email, None) if duplicate else (person.email, person.second_email)
        has_picture = not duplicate and roll() < 0.03
        contact: Json = {
            LIKE: self._like,
            "id": contact_id,
            "firstName": person.first,
            "lastName": person.last,
            "email": email,
            "secondaryEmail": None if len(person.contact_ids) > 1 else second,
            "phone": person.phone,
            "mobile": person.mobile if roll() < 0.5 else None,
            "street": person.street,
            "zip": person.zip,
            "city": person.city,
            "type": "paidUser" if person.firm else None,
            "accountId": person.firm.account_id if person.firm else None,
            "cf": {"cf_customer_number": person.customer_number},
            "isEndUser": bool(person.user_id) and not duplicate,
            "isTrashed": False,
            "photoURL": f"/contacts/{contact_id}/photo" if has_picture else None,
            "webUrl": f"{self._desk.web}#Contacts/dv/{contact_id}",
            "createdTime": moment(created),
            "modifiedTime": moment(created),
        }
        if has_picture:
            self.pictures.append((f"photo/{contact_id}", files.PIXEL + person.number.to_bytes(8, "big")))
        if duplicate and roll() < 0.1:
            contact["isTrashed"] = True
            self.trashed = (contact_id, self._desk.spec.until_ms - int(1 + roll() * 50) * DAY_MS)
        self.records.append(("contact", contact))
        if not duplicate:
            self._notes(contact_id, created)

    def _notes(self, contact_id: str, created: int) -> None:
        roll, agent = self._chance.random, self._pen.pick(self._desk.agents)
        when = moment(created + DAY_MS)
        if roll() < 0.10:
            about = self._somebody()
            note = {
                "id": self._id(), "contactId": contact_id, "content": self._pen.text("comments_about", about),
                "contentType": "plainText", "commentedTime": when, "modifiedTime": when, "commenterId": agent.id,
                "commenter": agent.author() | {"roleName": "Agent"},
            }  # fmt: skip
            self.records.append(("contact_comment", note))
        if roll() < 0.05:
            made, file_id = files.make(self._chance, [self._person], self._person.number), self._id()
            document = {
                "id": file_id, "name": made.name, "size": str(len(made.data)), "isPublic": False, "createdTime": when,
                "creatorId": agent.id, "_contentType": made.kind, "_owner": contact_id, "_ticketId": None,
                "_trashed": False, "_path": f"/contacts/{contact_id}/attachments/{file_id}/content",
            }  # fmt: skip
            self.records.append(("attachment", document))
            self.blobs.append((file_id, made))

    def _somebody(self) -> Person:
        firm = self._person.firm
        found = self._pen.pick(self._desk.population.by_firm[firm.domain]) if firm else self._person
        self.involved.add(found.number)
        return found

    def _user(self, user_id: str) -> None:
        person = self._person
        user: Json = {
            "id": user_id, "contactId": person.contact_ids[0], "name": person.name, "photoUrl": None,
            "lastAccessedTime": moment(self._desk.spec.until_ms - DAY_MS), "userType": "ENDUSER", "label": None,
            "email": [{"emailAddress": person.email, "isVerified": True, "isPrimary": True}], "status": "ACTIVE",
            "_anonymized": False,
        }  # fmt: skip
        self.records.append(("portal_user", user))
