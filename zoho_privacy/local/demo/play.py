"""Plays the story on the stage: seeds the desk, sends the mails, lets customers and agents act, lets a year pass."""

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from zoho_privacy.domain.errors import Retryable
from zoho_privacy.local.demo.stage import CODE, Stage
from zoho_privacy.local.demo.story import Mail, Person, Story

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
STRIDES: Final = (150, 165, 180, 196, 215, 240, 280, 320, 365)
APPROVED: Final = "Approve plan"
Say = Callable[[str], None]


@dataclass
class Played:
    """What the emulator knows of the story: the ticket of each mail, and people's ids."""

    tickets: dict[int, str] = field(default_factory=dict)
    numbers: dict[int, str] = field(default_factory=dict)
    contacts: dict[str, str] = field(default_factory=dict)
    earlier: dict[str, list[str]] = field(default_factory=dict)


def stamp(moment: datetime) -> str:
    """Return a time as the desk writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def seed(stage: Stage, story: Story) -> Played:
    """Put everybody on file, with their old tickets."""
    played = Played()
    before = stage.start - timedelta(days=900)
    contacts = [_contact(person, before) for person in story.people.values()]
    made = stage.bench("POST", "seed", {"contacts": contacts, "tickets": []})
    for person, contact in zip(story.people.values(), made["contacts"], strict=True):
        played.contacts[person.key] = contact["id"]
    tickets = [
        _ticket(stage, story, played, person, index)
        for person in story.people.values()
        for index in range(len(person.tickets))
    ]
    answer = stage.bench("POST", "seed", {"contacts": [], "tickets": tickets})
    for ticket in answer["tickets"]:
        key = next(key for key, contact_id in played.contacts.items() if contact_id == ticket["contactId"])
        played.earlier.setdefault(key, []).append(ticket["ticketNumber"])
    return played


def _contact(person: Person, created: datetime) -> Mapping[str, Any]:
    known: dict[str, Any] = {
        "firstName": person.first,
        "lastName": person.last,
        "email": person.email,
        "country": person.country,
        "state": person.state,
        "phone": person.phone,
        "createdTime": stamp(created),
        "comments": [{"content": f"{person.name} prefers to be called in the morning."}],
        "portalUser": True,
    }
    if person.client:
        known["accountId"] = client_id(person)
    return {name: value for name, value in known.items() if value}


def client_id(person: Person) -> str:
    """Return the account id of a client organisation's employee."""
    return "417000000" + str(sum(person.client.encode()) % 1_000_000_000).zfill(9)


def _ticket(stage: Stage, story: Story, played: Played, person: Person, index: int) -> Mapping[str, Any]:
    old = person.tickets[index]
    created = stage.start - timedelta(days=old.days)
    threads = [{"direction": "in", "from": person.email, "content": old.text, "createdTime": stamp(created)}]
    support = next(each["id"] for each in stage.info["departments"] if each["name"] == "Support")
    ticket: dict[str, Any] = {
        "contact": played.contacts[person.key],
        "departmentId": support,
        "subject": old.subject,
        "description": old.text,
        "email": person.email,
        "createdTime": stamp(created),
        "closedTime": stamp(created + 3 * DAY),
        "status": next(each["name"] for each in stage.info["statuses"] if each["type"] == "Closed"),
        "threads": threads,
    }
    if old.with_:
        other = story.people[old.with_]
        ticket["secondaryContacts"] = [played.contacts[other.key]]
        later = stamp(created + HOUR)
        threads.append({"direction": "in", "from": other.email, "content": old.with_text, "createdTime": later})
    if old.comment:
        ticket["comments"] = [{"content": old.comment, "createdTime": stamp(created + DAY)}]
    if old.file:
        data = base64.b64encode(f"{old.subject}\n{person.name} <{person.email}>\n".encode()).decode()
        ticket["attachments"] = [{"name": old.file, "contentBase64": data, "contentType": "text/plain"}]
    if old.hold:
        ticket["tags"] = ["privacy-hold"]
    return ticket


@dataclass
class Play:
    """The running story."""

    stage: Stage
    story: Story
    played: Played
    say: Say

    def run(self) -> None:
        """Send every mail on its day, then let the rest of the year pass."""
        for mail in self.story.mails:
            self.stage.go_to(self.stage.start + mail.day * DAY)
            self._send(mail)
            for step in mail.then:
                self.say(f"day {mail.day:3}  {mail.name}: {step.replace('_', ' ')}")
                getattr(self, f"_{step}")(mail)
                self._settle()
        for day in STRIDES:
            self.say(f"day {day:3}  time passes: deadlines, retention, read-backs")
            self.stage.go_to(self.stage.start + day * DAY)
            self.stage.wait_for_task("deadlines", self.stage.start + (day - 1) * DAY)
            if confirmed := self.stage.confirm_elsewhere():
                self.say(f"day {day:3}  {confirmed} receipts come in from recipients outside the desk")
            self._settle()
        since = self.stage.now()
        self.stage.pass_time(DAY + HOUR)
        self.stage.wait_for_task("retention", since + DAY)
        self._settle()

    def _settle(self) -> None:
        """Let the search index catch up where a step waits for it, then wait for rest; exports are reviewed at once."""
        self.stage.settle()
        if reviewed := self.stage.review_exports():
            self.say(f"         ... a colleague looks at the masks of {reviewed} export and lets it out")
            self.stage.settle()

    def _send(self, mail: Mail) -> None:
        self.say(f"day {mail.day:3}  mail {mail.number:2} from {mail.name}: {mail.subject}")
        if mail.repeat > 1:
            self.stage.bench("POST", "webhooks/stress", {"duplicate": mail.repeat})
        order: dict[str, Any] = {
            "from": mail.email,
            "fromName": mail.name,
            "to": mail.to,
            "subject": mail.subject,
            "text": mail.text,
            "headers": dict(mail.headers),
            "deliverWebhook": mail.webhook,
        }
        if mail.reply_to_mail:
            answered = next(m.number for m in self.story.mails if m.subject == mail.reply_to_mail)
            order["inReplyToTicketId"] = self.played.tickets[answered]
        made = self.stage.bench("POST", "mail", order)
        self.played.tickets[mail.number] = made["ticketId"]
        self.played.numbers[mail.number] = made["ticketNumber"]
        self._settle()
        if mail.repeat > 1:
            self.stage.bench("POST", "webhooks/stress", {})
        if mail.expect == ("ordinary",) and not mail.reply_to_mail:
            self.stage.bench("POST", "agent/close", {"ticketId": made["ticketId"], "agentId": self.stage.agent(0)})
            self._settle()

    # ------------------------------------------------------------------------------------------- what customers do

    def _confirm(self, mail: Mail) -> None:
        self.stage.pass_time(2 * HOUR)
        self.stage.confirm(mail.email, self._answers(mail))

    def _answers(self, mail: Mail) -> Mapping[str, str]:
        """What the person knows about themselves, for pages that ask."""
        person = next((p for p in self.story.people.values() if p.email == mail.email), None)
        if person is None:
            return {}
        numbers = self.played.earlier.get(person.key, [])
        return {"name": person.name, "phone": person.phone, "ticket_number": next(iter(numbers), "")}

    def _code(self, mail: Mail) -> None:
        code = self.stage.newest(mail.email, CODE) or "none"
        self._reply(mail, f"{code}\n\n{mail.name}")

    def _wrong_code(self, mail: Mail) -> None:
        self._reply(mail, f"00000-00000\n\n{mail.name}")

    def _reply(self, mail: Mail, text: str) -> None:
        self.stage.pass_time(HOUR)
        newest = self.stage.letters(mail.email)[-1]
        order = {
            "from": mail.email,
            "fromName": mail.name,
            "to": mail.to,
            "subject": f"Re: {mail.subject}",
            "text": text,
            "inReplyToTicketId": newest["ticketId"],
        }
        self.stage.bench("POST", "mail", order)

    # ------------------------------------------------------------------------------------------------ what agents do

    def _approve(self, mail: Mail) -> None:
        self.stage.pass_time(3 * HOUR)
        self._settle()
        self.stage.macro(self.played.tickets[mail.number], APPROVED, agent=1)
        self._settle()
        self.stage.pass_time(HOUR)

    def _approve_alone(self, mail: Mail) -> None:
        self.stage.pass_time(HOUR)
        self.stage.macro(self.played.tickets[mail.number], APPROVED, agent=0)

    def _vouch(self, mail: Mail) -> None:
        self.stage.pass_time(HOUR)
        self.stage.tag(self.played.tickets[mail.number], "privacy-verified", agent=0)

    def _not_a_request(self, mail: Mail) -> None:
        self.stage.pass_time(HOUR)
        self.stage.tag(self.played.tickets[mail.number], "privacy-not-a-request", agent=0)

    def _close(self, mail: Mail) -> None:
        """A colleague has answered by hand."""
        self.stage.pass_time(5 * HOUR)
        self.stage.macro(self.played.tickets[mail.number], "Close case", agent=0)

    def _sweep(self, mail: Mail) -> None:
        """Nobody announced the mail: wait for the next sweep."""
        since = self.stage.start + mail.day * DAY + HOUR
        self.stage.go_to(since + 2 * HOUR)
        self.stage.wait_for_task("sweep", since)

    def _approve_and_crash(self, mail: Mail) -> None:
        """Approve, kill the suite right after Desk has deleted but before it could answer, and start it again."""
        self.stage.pass_time(3 * HOUR)
        match = {"method": "POST", "pathRegex": "/recycleBin/delete$"}
        order = {"match": match, "times": 1, "kind": "stall_after_write"}
        fault = self.stage.bench("POST", "faults", order)["faultId"]
        self.stage.macro(self.played.tickets[mail.number], APPROVED, agent=1)
        until = time.monotonic() + 20
        while not self._hit(fault):
            if time.monotonic() > until:
                raise Retryable("the erasure did not reach the recycle bin")
            time.sleep(0.03)
        self.say("         ... the suite is killed in the middle of the erasure and started again")
        self.stage.crash()
        self.stage.bench("DELETE", f"faults/{fault}")
        self.stage.open_suite()
        self.stage.pass_time(HOUR)

    def _hit(self, fault_id: str) -> bool:
        found = self.stage.bench("GET", "faults")
        faults = found if isinstance(found, list) else found["faults"]
        return any(fault["faultId"] == fault_id and fault["hits"] >= 1 for fault in faults)
