"""The records of one generated ticket, as the emulator stores them: ticket, threads, comments, history, files and more.

A ticket is a function of the spec and its place; nothing here looks at what is stored. Every leaf that says something
about a person is marked, so that `truth` reads from the same records which `load` writes.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from zoho_emulator.clock import DAY_MS, MINUTE_MS, day_of
from zoho_emulator.desk.shapes import plain
from zoho_emulator.generator import files
from zoho_emulator.generator.conversation import PLAIN_SHARE, Message, Pen
from zoho_emulator.generator.people import Person, Population
from zoho_emulator.generator.said import join, rewritten
from zoho_emulator.generator.spec import Spec
from zoho_emulator.store import LIKE, Json

HOUR_MS: Final = 60 * MINUTE_MS
BASE: Final = 10**17
"""Generated ids lie below all others, which begin at 4e17."""
STRIDE: Final = 3_001
FIRST_NUMBER: Final = 100_001
MERGE_EVERY: Final = 50
MERGE_AT: Final = 17
THREADS: Final = (1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 8, 12)
"""How many threads a ticket has, each as likely as the others: 5.08 on average."""
HOMES: Final = ("Service Desk", "Billing", "Projects", "Field Service", "Onboarding", "Cloud")
AGENTS: Final = (
    ("Akira", "Vantongeren"), ("Bibiana", "Okonkwo"), ("Chidi", "Wolanski"), ("Dagny", "Ferreiroz"),
    ("Emeka", "Haraldsen"), ("Farida", "Lindqvistberg"), ("Gorm", "Achterveld"), ("Hyacinth", "Obradovic"),
    ("Ishaan", "Quellmalz"), ("Jadzia", "Ravndahl"), ("Kofi", "Stavanger"), ("Linnea", "Umarova"),
)  # fmt: skip
TAGS: Final = ("hardware", "invoice", "vip", "onboarding", "vendor", "remote", "contract-2024", "legal-hold", "audit")
HOLD_TAG: Final = "legal-hold"
CATEGORIES: Final = ("Hardware", "Software", "Billing", "Access", "Network", "Telephony")
PRIORITIES: Final = (None, "Low", "Medium", "High")
CHANNELS: Final = ("Email", "Email", "Email", "Email", "Web", "Phone")
THREAD_CHANNELS: Final = {"Email": "EMAIL", "Web": "WEB", "Phone": "PHONE"}
TICKET_TEMPLATE: Final[Json] = {
    "channelCode": None,
    "source": {"type": "SYSTEM", "appName": None, "extId": None, "permalink": None, "appPhotoURL": None},
    **dict.fromkeys(("teamId", "productId", "slaId", "contractId", "classification", "subCategory", "sentiment")),
    **dict.fromkeys(("responseDueDate", "onholdTime", "resolution")),
    **dict.fromkeys(("isDeleted", "isEscalated", "isOverDue", "isResponseOverdue", "isFollowing"), False),
    "isRead": True,
    "secondaryContacts": [],
    "sharedDepartments": [],
    "entitySkills": [],
}
THREAD_TEMPLATE: Final[Json] = {
    "cc": "",
    "bcc": "",
    "replyTo": None,
    "isForward": False,
    "canReply": True,
    "readReceipts": [],
    "respondedIn": None,
    "responderId": None,
    "impersonatedUser": None,
    "source": {"type": "SYSTEM", "appName": None, "extId": None, "permalink": None, "appPhotoURL": None},
    "lastRatingIconURL": None,
}
Record = tuple[str, Json]


@dataclass(frozen=True, slots=True)
class Home:
    """A department."""

    id: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Agent:
    id: str
    first: str
    last: str
    email: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    def author(self) -> Json:
        return {
            "id": self.id, "name": self.name, "firstName": self.first, "lastName": self.last, "email": self.email,
            "type": "AGENT", "photoURL": None,
        }  # fmt: skip

    def short(self) -> Json:
        return {"id": self.id, "name": self.name, "type": "Agent"}


@dataclass(frozen=True, slots=True)
class Like:
    """Numbers of the store's templates: 0 where the records are only looked at."""

    ticket: int = 0
    thread: int = 0


@dataclass
class Made:
    """Everything of one ticket."""

    ticket: Json
    customer: Person
    contact_id: str
    records: list[Record] = field(default_factory=list)
    blobs: list[tuple[str, files.File]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    writers: list[int] = field(default_factory=list)
    secondary: list[int] = field(default_factory=list)
    involved: set[int] = field(default_factory=set)
    trashed_ms: int | None = None


class Desk:
    """What all tickets of a generated desk have in common."""

    def __init__(self, spec: Spec, *, portal_name: str = "acme", like: Like | None = None, marked: bool = True) -> None:
        """*spec* has its `until_ms` set; for *marked* see Population."""
        self.spec = spec
        self.like = like or Like()
        self.web = f"https://desk.zoho.example/support/{portal_name}/ShowHomePage.do"
        # One seed's ids have nothing in common with another's, and none is ever small.
        base = BASE + random.Random(f"ids {spec.seed}").randrange(10**6) * 10**11
        self.base_id = base + 10**10
        self.homes = [Home(str(base + 11 * n), name, _address(name)) for n, name in enumerate(HOMES, 1)]
        self.agents = [
            Agent(str(base + 10_007 * n), first, last, f"{first}.{last}@desk.example.com".lower())
            for n, (first, last) in enumerate(AGENTS, 1)
        ]
        self.tag_ids = {name: str(base + 20_011 * n) for n, name in enumerate(TAGS, 1)}
        self.population = Population(spec, base + 10**9, marked=marked)
        self.start_ms = spec.until_ms - spec.years * 365 * DAY_MS
        self.span_ms = spec.until_ms - DAY_MS - self.start_ms
        self.authors = [each.author() for each in self.agents]
        self.actors = [each.short() for each in self.agents]

    def ticket(self, place: int) -> Made:
        """Return the ticket at a place from 0 to `spec.tickets` - 1: always the same one."""
        return _Ticket(self, place).made

    def moment(self, share: float) -> int:
        return self.start_ms + int(share * self.span_ms)


def _address(name: str) -> str:
    return f"{name.lower().replace(' ', '-')}@desk.example.com"


def number_of(place: int) -> int:
    """Return a ticket's number; each merge used up one more."""
    return FIRST_NUMBER + place + (place + MERGE_EVERY - MERGE_AT - 1) // MERGE_EVERY


_MINUTES: Final = tuple(f"T{minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440))
_days: dict[int, str] = {}


@lru_cache(256)
def moment(at_ms: int) -> str:
    """Return Zoho's form of a moment; far quicker than `clock.iso`, which knows every calendar."""
    day, rest = divmod(at_ms, DAY_MS)
    text = _days.get(day) or _days.setdefault(day, day_of(at_ms))
    minute, rest = divmod(rest, MINUTE_MS)
    return f"{text}{_MINUTES[minute]}{rest // 1000:02d}.{rest % 1000:03d}Z"


def _text(name: str, value: Any) -> Json:
    return {"propertyName": name, "propertyType": "Text", "propertyValue": value, "systemProperty": False}


def _entity(name: str, record_id: str, label: str) -> Json:
    value = {"id": record_id, "name": label}
    return {"propertyName": name, "propertyType": "Entity", "propertyValue": value, "systemProperty": True}


def _change(name: str, before: Any, after: Any) -> Json:
    value = {"previousValue": before, "updatedValue": after}
    return {"propertyName": name, "propertyType": "ValueTransition", "propertyValue": value, "systemProperty": False}


class _Ticket:
    """Writes one ticket. Each part decides by the ticket's own chance; the order of the parts is part of the result."""

    def __init__(self, desk: Desk, place: int) -> None:
        self.desk = desk
        self.place = place
        self.chance = random.Random(desk.spec.seed * 4_000_037 + place)
        self.roll = self.chance.random
        self._last_id = desk.base_id + (place + 1) * STRIDE
        self.people = desk.population
        customer = self._customer()
        self.made = Made(ticket={}, customer=customer, contact_id="")
        self.made.involved.add(customer.number)
        self.pen = Pen(self.chance, customer.language)
        self.agent = int(self.roll() * len(desk.agents))
        self.home = self.pen.pick(desk.homes)
        self.writers = [customer, *self._colleagues(customer)]
        self.about = self._somebody() if self.roll() < 0.3 else None
        self._write()

    # who

    def _id(self) -> str:
        self._last_id += 7
        return str(self._last_id)

    def _customer(self) -> Person:
        """Return a customer: a few write often, most seldom."""
        customers = self.people.customers
        return customers[int(len(customers) * self.roll() ** 1.6)]

    def _colleagues(self, customer: Person) -> list[Person]:
        known = self.people.by_firm.get(customer.firm.domain, []) if customer.firm else []
        others = [each for each in known if each.contact_ids and each is not customer]
        if not others or self.roll() > 0.25:
            return []
        found = self.pen.pick(others)
        self.made.involved.add(found.number)
        return [found]

    def _somebody(self) -> Person:
        """Return who is talked about: mostly a colleague, otherwise anybody."""
        firm = self.made.customer.firm
        known = self.people.by_firm[firm.domain] if firm and self.roll() < 0.7 else self.people.people
        found = self.pen.pick(known)
        self.made.involved.add(found.number)
        return found

    def _contact(self, person: Person) -> tuple[str, str]:
        """Return which of a person's contact records writes, and from which address."""
        if person.second_email and len(person.contact_ids) > 1 and self.roll() < 0.3:
            return person.contact_ids[1], person.second_email
        return person.contact_ids[0], person.email

    # the ticket

    def _write(self) -> None:
        desk, made, roll = self.desk, self.made, self.roll
        self.created = desk.moment((self.place + roll()) / desk.spec.tickets)
        made.contact_id, self.email = self._contact(made.customer)
        about = self.about
        subject = self.pen.text("subjects")
        if about and roll() < 0.2:
            subject = self.pen.text("subjects_about", about)
        self.id = self._id()
        self.subject = subject
        self.channel = self.pen.pick(CHANNELS)
        made.ticket = self._fields()
        opening = self._threads()
        made.ticket["description"] = opening
        self._history_of_start(opening)
        self._late_threads()
        self._comments()
        self._side_records()
        self._end()
        made.records.insert(0, ("ticket", made.ticket))

    def _fields(self) -> Json:
        made, roll, desk = self.made, self.roll, self.desk
        customer = made.customer
        site = self._site_contact()
        ticket: Json = {
            LIKE: desk.like.ticket,
            "id": self.id,
            "ticketNumber": str(number_of(self.place)),
            "subject": self.subject,
            "description": None,
            "status": "Open",
            "statusType": "Open",
            "channel": self.channel,
            "contactId": made.contact_id,
            "email": self.email,
            "phone": customer.phone if roll() < 0.8 else None,
            "departmentId": self.home.id,
            "accountId": customer.firm.account_id if customer.firm else None,
            "assigneeId": desk.agents[self.agent].id if roll() < 0.9 else None,
            "priority": self.pen.pick(PRIORITIES),
            "category": self.pen.pick(CATEGORIES),
            "language": customer.language.code,
            "cf": {
                "cf_privacy_action": None, "cf_privacy_state": None,
                "cf_asset": f"AS-{int(roll() * 90_000) + 10_000}", "cf_site_contact": site,
            },
            "createdTime": moment(self.created),
            "modifiedTime": moment(self.created),
            "closedTime": None,
            "dueDate": moment(self.created + 3 * DAY_MS),
            "customerResponseTime": moment(self.created),
            "isSpam": False,
            "isTrashed": False,
            "isArchived": False,
            "webUrl": f"{desk.web}#Cases/dv/{self.id}",
            "createdBy": made.contact_id,
            "modifiedBy": None,
        }  # fmt: skip
        if roll() < 0.08 and len(self.writers) > 1:
            ticket["secondaryContacts"] = [each.contact_ids[0] for each in self.writers[1:]]
            made.secondary = [each.number for each in self.writers[1:]]
            for contact_id in ticket["secondaryContacts"]:
                link = {"id": f"{self.id}/{contact_id}", "ticketId": self.id, "contactId": contact_id}
                made.records.append(("secondary_contact", link))
        return ticket

    def _site_contact(self) -> str | None:
        if self.about is None or self.roll() > 0.15:
            return None
        return join((self.about.name, ", ", self.about.phone))

    # history

    def _note(self, name: str, at_ms: int, actor: Json, info: list[Json], fields: Sequence[str] = ()) -> None:
        agent_id = actor["id"] if actor["type"] == "Agent" else None
        event = {
            "eventName": name, "eventTime": f"{moment(at_ms)[:-5]}Z", "actor": actor, "actorInfo": [],
            "source": "Email" if agent_id is None else None, "eventInfo": info,
        }  # fmt: skip
        entry = {
            "id": self._id(), "ticketId": self.id, "contactId": self.made.contact_id, "_fields": list(fields),
            "_agentId": agent_id, "event": event,
        }  # fmt: skip
        self.made.records.append(("history", entry))

    def _person_actor(self, person: Person, contact_id: str) -> Json:
        return {"id": contact_id, "name": person.name, "type": "Contact"}

    def _history_of_start(self, opening: str) -> None:
        made, ticket = self.made, self.made.ticket
        actor = self._person_actor(made.customer, made.contact_id)
        labels = {"cf_asset": "Asset", "cf_site_contact": "Site Contact"}
        info = [
            _entity("Contact Name", made.contact_id, made.customer.name), _text("Email", self.email),
            _text("Phone", ticket["phone"]), _text("Subject", self.subject), _text("Description", opening),
            _text("Status", "Open"), _text("Channel", self.channel),
            *(_text(label, ticket["cf"][name]) for name, label in labels.items() if ticket["cf"][name]),
        ]  # fmt: skip
        self._note("TicketCreated", self.created, actor, info, tuple(ticket["cf"]))
        if ticket["assigneeId"]:
            name = self.desk.agents[self.agent].name
            self.now = self.created + MINUTE_MS
            self._note("TicketUpdated", self.now, self.desk.actors[self.agent],
                       [_change("Ticket Owner", None, name)], ("assigneeId",))  # fmt: skip

    # threads

    def _threads(self) -> str:
        """Write the opening message; the others follow once history has begun."""
        self.plain = self.roll() < PLAIN_SHARE
        self.sent: list[Message] = []
        self.now = self.created
        self.count = self.pen.pick(THREADS)
        self.talks_about = int(self.roll() * self.count) if self.about else -1
        return self._incoming(self.made.customer, opening=True)

    def _late_threads(self) -> None:
        for number in range(1, self.count):
            self.now = min(self.now + int((0.2 + self.roll() * 40) * HOUR_MS), self.desk.spec.until_ms - HOUR_MS)
            if self.roll() < 0.5:
                self._outgoing(number)
            else:
                writer = self.writers[-1] if len(self.writers) > 1 and self.roll() < 0.4 else self.made.customer
                self._incoming(writer, number)

    def _earlier(self) -> list[Message]:
        if not self.sent or self.roll() > 0.6:
            return []
        return self.sent[: -3 if self.roll() < 0.2 else -2 : -1]

    def _incoming(self, writer: Person, number: int = 0, *, opening: bool = False) -> str:
        contact_id, email = (
            (self.made.contact_id, self.email) if writer is self.made.customer else self._contact(writer)
        )
        if writer.number not in self.made.writers:
            self.made.writers.append(writer.number)
        about = self.about if number == self.talks_about else None
        lines = self.pen.customer_lines(writer, about)
        message = Message(writer.name, email, moment(self.now), self.home.address, self.subject, lines, self.plain)
        author = {
            "id": contact_id, "name": writer.name, "firstName": writer.first, "lastName": writer.last, "email": email,
            "type": "END_USER", "photoURL": None,
        }  # fmt: skip
        sender = writer.sender if email is writer.email else email
        content = self.pen.content(message, self._earlier())
        self._thread(message, author, content, sender=sender, to=self.home.address, opening=opening)
        if not opening:
            actor = self._person_actor(writer, contact_id)
            self._note("ThreadAdded", self.now, actor, [_entity("Thread", self.thread_id, self.thread_channel),
                                                        _text("Direction", "in")])  # fmt: skip
            self.made.ticket["customerResponseTime"] = message.date
        if self.roll() < 0.09:
            self._attach(self.thread_id, f"/tickets/{self.id}/threads/{self.thread_id}", writer)
        return content

    def _outgoing(self, number: int) -> None:
        agent = self.desk.agents[self.agent]
        about = self.about if number == self.talks_about else None
        lines = self.pen.agent_lines(agent.name, self.made.customer, about)
        message = Message(agent.name, self.home.address, moment(self.now), self.email, self.subject, lines, self.plain)
        content = self.pen.content(message, self._earlier())
        self._thread(message, self.desk.authors[self.agent], content, sender=self.home.address, to=self.email)
        self._note("ThreadAdded", self.now, self.desk.actors[self.agent], [
            _entity("Thread", self.thread_id, self.thread_channel), _text("Direction", "out")])  # fmt: skip

    def _thread(
        self, message: Message, author: Json, content: str, *, sender: str, to: str, opening: bool = False
    ) -> None:
        incoming = author["type"] == "END_USER"
        self.thread_id = self._id()
        self.thread_channel = THREAD_CHANNELS[self.channel] if opening else "EMAIL"
        thread: Json = {
            LIKE: self.desk.like.thread,
            "id": self.thread_id,
            "ticketId": self.id,
            "createdTime": message.date,
            "channel": self.thread_channel,
            "direction": "in" if incoming else "out",
            "status": "SUCCESS",
            "visibility": "public",
            "isDescriptionThread": opening,
            "author": author,
            "contentType": "text/plain" if message.plain else "text/html",
            "content": content,
            "to": to,
            "fromEmailAddress": sender,
            "_messageId": f"<{self.thread_id}@mail.{'example.net' if incoming else 'desk.example.com'}>",
        }
        others = [each.email for each in self.writers[1:] if each.email is not message.email]
        if others and self.roll() < 0.5:
            thread["cc"] = join(others, ", ")
        if not incoming:
            thread["responderId"] = author["id"]
        if self.thread_channel == "EMAIL":
            thread["_subject"] = message.subject if opening else join(("Re: ", message.subject))
        self.sent.append(message)
        self.made.records.append(("thread", thread))

    # files

    def _attach(self, owner_id: str, path: str, writer: Person | None) -> None:
        people = [writer] if writer else [self.made.customer]
        if self.about:
            people.append(self.about)
        made = files.make(self.chance, people, self.place)
        file_id = self._id()
        document: Json = {
            "id": file_id, "name": made.name, "size": str(len(made.data)), "isPublic": writer is not None,
            "createdTime": moment(self.now), "creatorId": None if writer else self.desk.agents[self.agent].id,
            "_contentType": made.kind, "_owner": owner_id, "_ticketId": self.id, "_trashed": False,
            "_path": f"{path}/attachments/{file_id}/content",
        }  # fmt: skip
        self.made.records.append(("attachment", document))
        self.made.blobs.append((file_id, made))
        if owner_id == self.id:
            self._note("AttachmentAdded", self.now, self.desk.actors[self.agent], [_text("File Name", made.name)])

    # what agents note down

    def _comments(self) -> None:
        if self.roll() > 0.3:
            return
        about = self.about if self.roll() < 0.6 else None
        content = self.pen.text("comments_about", about) if about else self.pen.text("comments")
        self.now += 5 * MINUTE_MS
        when, comment_id = moment(self.now), self._id()
        author = self.desk.authors[self.agent]
        comment: Json = {
            "id": comment_id, "ticketId": self.id, "content": content, "contentType": "plainText", "isPublic": False,
            "commentedTime": when, "modifiedTime": when, "commenterId": author["id"],
            "commenter": author | {"roleName": "Agent"}, "impersonatedUser": None,
        }  # fmt: skip
        self._note("CommentAdded", self.now, self.desk.actors[self.agent], [_text("Comment", content)])
        if self.roll() < 0.15:
            self._edit_comment(comment)
        self.made.records.append(("comment", comment))

    def _edit_comment(self, comment: Json) -> None:
        """Replace a comment; what it said before stays in its history and in the ticket's."""
        old = comment["content"]
        shown = {name: value for name, value in comment.items() if name != "ticketId"}
        version = {
            "id": self._id(), "commentId": comment["id"], "ticketId": self.id,
            "version": shown | {"attachments": [], "plainText": rewritten(old, plain(old))},
        }  # fmt: skip
        self.made.records.append(("comment_version", version))
        self.now += 5 * MINUTE_MS
        new = self.pen.text("comments")
        comment |= {"content": new, "modifiedTime": moment(self.now)}
        self._note("CommentEdited", self.now, self.desk.actors[self.agent], [_change("Comment", old, new)])

    def _side_records(self) -> None:
        made, roll = self.made, self.roll
        if roll() < 0.05:
            self._attach(self.id, f"/tickets/{self.id}", None)
        if roll() < 0.35:
            chosen = dict.fromkeys(self.pen.pick(TAGS[:-2]) for _ in range(2))
            made.tags = [each for each in chosen if each != HOLD_TAG]
        if roll() < 0.02:
            made.tags.append(HOLD_TAG)
        for name in made.tags:
            tag_id = self.desk.tag_ids[name]
            made.records.append(("ticket_tag", {"id": f"{self.id}/{tag_id}", "ticketId": self.id, "tagId": tag_id}))
        if made.tags:
            info = {"propertyName": "Tags", "propertyType": "TextList", "propertyValue": made.tags,
                    "systemProperty": False}  # fmt: skip
            self._note("TagsAdded", self.now, self.desk.actors[self.agent], [info])
        if roll() < 0.08:
            self._activity()
        if roll() < 0.10:
            self._time_entry()
        if roll() < 0.05:
            self._rename()
        if self.place % MERGE_EVERY == MERGE_AT:
            self._merge()

    def _about_or_customer(self) -> Person:
        return self.about or self.made.customer

    def _activity(self) -> None:
        kind = "calls" if self.roll() < 0.5 else "tasks"
        person, when = self._about_or_customer(), moment(self.now)
        activity: Json = {
            "id": self._id(), "ticketId": self.id, "contactId": self.made.contact_id, "departmentId": self.home.id,
            "subject": join(("Call ", person.name)) if kind == "calls" else "Follow up", "status": "Completed",
            "description": join((person.phone, " ", self.pen.text("comments"))), "priority": None, "category": kind,
            "createdTime": when, "modifiedTime": when, "dueDate": None, "isTrashed": False, "_kind": kind,
        }  # fmt: skip
        self.made.records.append(("activity", activity))
        if self.roll() < 0.3:
            note = {"id": self._id(), "entityId": activity["id"], "content": self.pen.text("comments_about", person),
                    "commentedTime": when, "modifiedTime": when}  # fmt: skip
            self.made.records.append(("activity_comment", note))

    def _time_entry(self) -> None:
        when = moment(self.now)
        entry = {
            "id": self._id(), "requestId": self.id, "departmentId": self.home.id, "hoursSpent": "0",
            "description": self.pen.text("agent_about", self._about_or_customer()), "secondsSpent": "0",
            "minutesSpent": str(5 + int(self.roll() * 50)), "createdTime": when, "executedTime": when,
            "isTrashed": False, "isBillable": True,
        }  # fmt: skip
        self.made.records.append(("time_entry", entry))

    def _rename(self) -> None:
        """Change the subject: the old one stays in history, in the bin's name never."""
        ticket = self.made.ticket
        old, new = ticket["subject"], self.pen.text("subjects")
        ticket["subject"] = new
        self.now += MINUTE_MS
        self._note(
            "TicketUpdated", self.now, self.desk.actors[self.agent], [_change("Subject", old, new)], ("subject",)
        )

    def _merge(self) -> None:
        """Take over another ticket, of the same customer or a colleague: its id is gone, what it held is here."""
        source = self.writers[-1]
        contact_id, email = self._contact(source)
        vanished, number = self._id(), str(number_of(self.place) + 1)
        subject, ticket = self.pen.text("subjects"), self.made.ticket
        before, self.subject = self.subject, subject
        opening = self._incoming(source)
        self.subject = before
        info = [
            _entity("Contact Name", contact_id, source.name), _text("Email", email), _text("Subject", subject),
            _text("Description", opening), _text("Status", "Open"), _text("Channel", "Email"),
        ]  # fmt: skip
        self._note("TicketCreated", self.now, self._person_actor(source, contact_id), info)
        self.now += MINUTE_MS
        self._note("TicketMergedMaster", self.now, self.desk.actors[self.agent],
                   [_entity("Ticket", vanished, number)])  # fmt: skip
        if contact_id != ticket["contactId"] and contact_id not in ticket.get("secondaryContacts", ()):
            ticket["secondaryContacts"] = sorted({*ticket.get("secondaryContacts", ()), contact_id})
            if source.number != self.made.customer.number and source.number not in self.made.secondary:
                self.made.secondary.append(source.number)
            link = {"id": f"{self.id}/{contact_id}", "ticketId": self.id, "contactId": contact_id}
            self.made.records.append(("secondary_contact", link))

    # how it ended

    def _end(self) -> None:
        made, roll, until = self.made, self.roll, self.desk.spec.until_ms
        ticket = made.ticket
        age = until - self.now
        if roll() < (0.97 if age > 90 * DAY_MS else 0.5):
            self._close()
        elif roll() < 0.2:
            ticket |= {"status": "On Hold", "statusType": "On Hold", "onholdTime": moment(self.now)}
            self._note("TicketUpdated", self.now, self.desk.actors[self.agent], [_change("Status", "Open", "On Hold")],
                       ("status",))  # fmt: skip
        fate = roll()
        if fate < 0.015:
            made.trashed_ms = max(self.now, until - int(1 + roll() * 50) * DAY_MS)
            ticket["isTrashed"] = True
        elif fate < 0.035:
            ticket["isSpam"] = True
        elif ticket["closedTime"] and age > 500 * DAY_MS and fate < 0.5:
            ticket["isArchived"] = True
        ticket["modifiedTime"] = moment(self.now)
        ticket["modifiedBy"] = self.desk.agents[self.agent].id
        if made.trashed_ms is not None:
            self._note("TicketDeleted", made.trashed_ms, self.desk.actors[self.agent], [])

    def _close(self) -> None:
        made, roll, ticket = self.made, self.roll, self.made.ticket
        self.now = min(self.now + int(roll() * 4 * DAY_MS), self.desk.spec.until_ms - MINUTE_MS)
        if roll() < 0.3:
            about = self._about_or_customer() if roll() < 0.4 else None
            content = self.pen.text("resolution_about", about) if about else self.pen.text("resolution")
            ticket["resolution"] = content
            version = {"id": self._id(), "ticketId": self.id, "content": content, "modifiedTime": moment(self.now),
                       "author": self.desk.authors[self.agent]}  # fmt: skip
            made.records.append(("resolution_version", version))
            self._note("TicketUpdated", self.now, self.desk.actors[self.agent], [_change("Resolution", None, content)],
                       ("resolution",))  # fmt: skip
        ticket |= {"status": "Resolved", "statusType": "Closed", "closedTime": moment(self.now)}
        self._note("TicketUpdated", self.now, self.desk.actors[self.agent], [_change("Status", "Open", "Resolved")],
                   ("status",))  # fmt: skip
