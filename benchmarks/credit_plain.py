"""A straightforward client: the same jobs, read and written one thing at a time, as one would write it first.

It looks at each event on its own, lists everything a ticket can have whether or not there is any, reads a record when
it finds it and again when it needs it, and takes each record to the bin and out of it by itself. What it leaves behind
is what the suite leaves behind, with the same proof: the record re-read before each write that destroys, and read back
afterwards over the same paths. It decides nothing: who is who and what is due is told to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from benchmarks.credit_stage import NOW, Progress, sure
from tests.scenario.world import ADA, PRIVACY, World

PAGE: Final = 50
PARTS: Final = ("threads", "comments", "attachments", "tags", "History", "tasks", "calls", "events", "timeEntry",
                "resolutionHistory")  # fmt: skip
STATE: Final = "cf_privacy_state"
Record = Mapping[str, Any]


@dataclass
class Plain:
    """The client, on the world's portal, in place of the suite."""

    world: World
    handled: set[str] = field(default_factory=set)

    # ------------------------------------------------------------------------------------------------------ the flows

    def intake(self, ticket_id: str) -> None:
        """Answer a request with a letter that asks for proof, and show its state."""
        self.news()
        self.messages(ticket_id)
        self.send(ticket_id, "Please confirm")
        self.show(ticket_id, add="privacy-awaiting-proof")
        self.news()

    def verification(self, ticket_id: str) -> None:
        """Read the code in the newest message, write to the person, hand the case to an agent, and show its state."""
        self.news()
        self.messages(ticket_id)
        self.post(f"/tickets/{ticket_id}/comments", {"content": "a person carries this out", "isPublic": False})
        self.send(ticket_id, "We can begin")
        self.show(ticket_id, add="privacy-verified", remove="privacy-awaiting-proof")
        self.news()

    def export(self, contact_id: str, ticket_id: str) -> int:
        """Read everything held about a person and send the link; return how many messages there were."""
        found = self.find(contact_id)
        self.post("/subjectAccessRequests/count", {"contactEmailId": ADA, "module": "tickets"})
        for department in self.pages("/departments"):
            self.pages("/mailReplyAddress", departmentId=department["id"])
        read = 0
        for each in found:
            read += self.whole(each)
        for part in ("comments", "attachments", "history", "helpCenters"):
            for row in self.pages(f"/contacts/{contact_id}/{part}"):
                if part == "helpCenters":
                    self.get(f"/users/{row['userId']}")
        self.get(f"/contacts/{contact_id}/statistics")
        for module in ("tickets", "contacts"):
            self.get("/organizationFields", module=module)
        self.send(ticket_id, "Your data")
        self.show(ticket_id, add="privacy-done", remove="privacy-awaiting-proof")
        self.news()
        return read

    def erasure(self, contact_id: str, ticket_id: str) -> None:
        """Erase a person: tickets, letter, record, the request itself, with the looks back."""
        found = self.find(contact_id)
        for words in ("Ada Moss", "+44 1632 960142"):
            self.pages("/contacts/search", _all=words)  # a second record of hers
        plan = {each: self.parts(each) for each in found}
        for part in ("comments", "attachments", "helpCenters"):
            self.pages(f"/contacts/{contact_id}/{part}")
        self.post(f"/tickets/{ticket_id}/comments", {"content": "the plan", "isPublic": False})
        self.show(ticket_id, add="privacy-planned", remove="privacy-awaiting-proof")
        self.news()
        self.world.zoho.bench("POST", "/macro", self._approval(ticket_id))
        self.news()
        self.pages(f"/tickets/{ticket_id}/History")
        self.patch(f"/tickets/{ticket_id}", {"cf": {"cf_privacy_action": ""}})
        past = [each for each in found if each != ticket_id]
        for each in past:
            self.erase_ticket(each, plan[each]["activities"])
        self.look_back(past, contact_id)
        self.send(ticket_id, "It is done")
        self.show(ticket_id, add="privacy-done", remove="privacy-planned")
        self.news()
        self.empty_contact(contact_id)
        self.world.advance(timedelta(days=31))
        self.erase_ticket(ticket_id, self.activities(ticket_id))
        self.get(f"/contacts/{contact_id}")
        self.pages(f"/contacts/{contact_id}/tickets")
        self.erase_record("/contacts", "contactIds", contact_id)
        for days in (30, 90):
            self.world.advance(timedelta(days=days))
            self.look_back(found, contact_id)

    def retention(self, progress: Progress | None = None) -> int:
        """Erase every closed ticket of the portal; return how many there were."""
        until = f"{NOW:%Y-%m-%dT%H:%M:%S.000Z}"
        query = {
            "status": "${CLOSED}",
            "createdTimeRange": f"1970-01-01T00:00:00.000Z,{until}",
            "sortBy": "createdTime",
        }
        for department in self.pages("/departments"):
            self.pages("/tickets/archivedTickets", departmentId=department["id"])
        done = 0
        while listed := self.rows(self.get("/tickets/search", **query, **{"from": 0, "limit": PAGE})):
            for each in listed:
                self.erase_ticket(each["id"], self.parts(each["id"])["activities"])
                done += 1
                if progress:
                    progress(done, done)
        return done

    # --------------------------------------------------------------------------------------------------------- pieces

    def news(self) -> None:
        """Look at what each event is about, event by event."""
        self.world.zoho.settle()
        for item in self.world.app.store.due("event", now=self.world.now() + timedelta(days=1), limit=500):
            if item.id not in self.handled and item.body["ticket_id"]:
                self.look(item.body["ticket_id"])
            self.handled.add(item.id)

    def look(self, ticket_id: str) -> None:
        """Read a ticket with its messages and tags."""
        if self.get(f"/tickets/{ticket_id}"):
            self.pages(f"/tickets/{ticket_id}/threads")
            self.pages(f"/tickets/{ticket_id}/tags")

    def messages(self, ticket_id: str) -> None:
        """Read every message of a ticket with its source, and the record of whoever wrote."""
        for thread in self.pages(f"/tickets/{ticket_id}/threads"):
            self.get(f"/tickets/{ticket_id}/threads/{thread['id']}")
            if thread["direction"] == "in":
                self.get(f"/tickets/{ticket_id}/threads/{thread['id']}/originalContent")
        ticket = self.get(f"/tickets/{ticket_id}")
        self.get(f"/contacts/{ticket['contactId']}")
        self.pages("/contacts/search", email=ADA)

    def send(self, ticket_id: str, text: str) -> None:
        """Send a letter and look whether it is there."""
        ticket = self.get(f"/tickets/{ticket_id}")
        contact = self.get(f"/contacts/{ticket['contactId']}")
        self.pages("/mailReplyAddress", departmentId=ticket["departmentId"])
        letter = {"channel": "EMAIL", "fromEmailAddress": PRIVACY, "to": contact["email"], "content": text}
        self.post(f"/tickets/{ticket_id}/sendReply", letter, sendImmediately="true")
        self.pages(f"/tickets/{ticket_id}/threads")

    def show(self, ticket_id: str, *, add: str, remove: str = "") -> None:
        """Change tag and field, and read them back."""
        self.get(f"/tickets/{ticket_id}")
        self.pages(f"/tickets/{ticket_id}/tags")
        if remove:
            self.post(f"/tickets/{ticket_id}/dissociateTag", {"tags": [remove]})
        self.post(f"/tickets/{ticket_id}/associateTag", {"tags": [add]})
        self.patch(f"/tickets/{ticket_id}", {"cf": {STATE: add.removeprefix("privacy-")}})
        self.get(f"/tickets/{ticket_id}")
        self.pages(f"/tickets/{ticket_id}/tags")

    def find(self, contact_id: str) -> list[str]:
        """Return the ids of a person's tickets over every path, each ticket read where a path names it."""
        self.get(f"/contacts/{contact_id}")
        self.pages("/contacts/search", email=ADA)
        self.pages("/contacts/search", _all=ADA)
        found = [row["id"] for row in self.pages(f"/contacts/{contact_id}/tickets")]
        for query in ({"contactId": contact_id}, {"email": ADA}, {"_all": ADA}):
            found += [row["id"] for row in self.pages("/tickets/search", **query)]
        for department in self.pages("/departments"):
            found += [row["id"] for row in self.pages("/tickets/archivedTickets", departmentId=department["id"])]
        self.pages("/recycleBin")
        named = dict.fromkeys(str(row["ticketId"]) for row in self.pages(f"/contacts/{contact_id}/history"))
        return [each for each in dict.fromkeys([*found, *named]) if self.get(f"/tickets/{each}")]

    def parts(self, ticket_id: str) -> dict[str, Any]:
        """Read a ticket with what its plan needs."""
        return {
            "ticket": self.get(f"/tickets/{ticket_id}"),
            "threads": self.pages(f"/tickets/{ticket_id}/threads"),
            "tags": self.pages(f"/tickets/{ticket_id}/tags"),
            "activities": self.activities(ticket_id),
        }

    def activities(self, ticket_id: str) -> list[tuple[str, str]]:
        """Return (kind, id) of a ticket's activities."""
        kinds = ("tasks", "calls", "events")
        return [(kind, row["id"]) for kind in kinds for row in self.pages(f"/tickets/{ticket_id}/{kind}")]

    def whole(self, ticket_id: str) -> int:
        """Read a ticket with everything on it and its files; return how many messages it has."""
        self.get(f"/tickets/{ticket_id}")
        rows = {part: self.pages(f"/tickets/{ticket_id}/{part}") for part in PARTS}
        files = list(rows["attachments"])
        for thread in rows["threads"]:
            files += self.get(f"/tickets/{ticket_id}/threads/{thread['id']}").get("attachments") or []
        for comment in rows["comments"]:
            self.pages(f"/tickets/{ticket_id}/comments/{comment['id']}/history")
            files += comment["attachments"]
        for part in ("resolution", "metrics"):
            self.get(f"/tickets/{ticket_id}/{part}")
        for file in files:
            self.get(file["href"].partition("/api/v1")[2])
        return len(rows["threads"])

    def erase_ticket(self, ticket_id: str, activities: Sequence[tuple[str, str]]) -> None:
        """Erase a ticket and what hangs on it, one record after the other."""
        for kind, activity_id in activities:
            self.gate(ticket_id)
            self.get(f"/{kind}/{activity_id}")
            self.erase_record(f"/{kind}", "entityIds", activity_id)
        self.gate(ticket_id)
        self.erase_record("/tickets", "ticketIds", ticket_id)

    def gate(self, ticket_id: str) -> None:
        """Read a ticket and its tags right before a write."""
        self.get(f"/tickets/{ticket_id}")
        self.pages(f"/tickets/{ticket_id}/tags")

    def erase_record(self, module: str, key: str, record_id: str) -> None:
        """Take a record to the bin, find it there, delete it for good, and read back that it is gone."""
        self.post(f"{module}/moveToTrash", {key: [record_id]})
        sure(any(row["id"] == record_id for row in self.pages("/recycleBin")), "not in the bin")
        (result,) = self.post("/recycleBin/delete", {"ids": [record_id]})["results"]
        sure(result["success"], result)
        sure(not self.get(f"{module}/{record_id}"), "still there")
        sure(not any(row["id"] == record_id for row in self.pages("/recycleBin")), "still in the bin")

    def empty_contact(self, contact_id: str) -> None:
        """Delete a contact's comments, wipe its accounts and overwrite the record, reading it before each write."""
        for comment in self.pages(f"/contacts/{contact_id}/comments"):
            self.get(f"/contacts/{contact_id}")
            self.world.zoho.api("DELETE", f"/contacts/{contact_id}/comments/{comment['id']}")
        for row in self.pages(f"/contacts/{contact_id}/helpCenters"):
            self.get(f"/contacts/{contact_id}")
            self.post(f"/users/{row['userId']}/anonymize", {"anonymizedName": "Redacted"})
        self.get(f"/contacts/{contact_id}")
        blank = {
            "firstName": "",
            "phone": "",
            "country": "",
            "lastName": "Redacted",
            "email": "redacted@redacted.invalid",
        }
        self.patch(f"/contacts/{contact_id}", blank)
        sure(self.get(f"/contacts/{contact_id}")["lastName"] == "Redacted", "not overwritten")

    def look_back(self, ticket_ids: Sequence[str], contact_id: str) -> None:
        """Read back over every path."""
        sure(not any(self.get(f"/tickets/{each}") for each in ticket_ids), "still there")
        left = {row["id"] for row in self.pages(f"/contacts/{contact_id}/tickets")}
        left |= {row["id"] for row in self.pages("/tickets/search", contactId=contact_id)}
        left |= {row["id"] for row in self.pages("/recycleBin")}
        left |= {row["id"] for row in self.pages("/tickets/search", email=ADA)}
        self.post("/subjectAccessRequests/count", {"contactEmailId": ADA, "module": "tickets"})
        sure(not left & set(ticket_ids), "still listed")

    def _approval(self, ticket_id: str) -> dict[str, Any]:
        fields = {"cf": {"cf_privacy_action": "Approve plan"}}
        return {"ticketIds": [ticket_id], "agentId": self.world.agent(1), "name": "Approve", "fields": fields}

    # ------------------------------------------------------------------------------------------------------- the wire

    def get(self, path: str, **query: Any) -> Any:
        """Return a record, or {} where there is none."""
        answer = self.world.zoho.get(path, **query)
        if answer.status_code in {204, 404} or not answer.headers.get("Content-Type", "").startswith(
            "application/json"
        ):
            return {}
        sure(answer.status_code == 200, answer.status_code)
        return answer.json()

    def post(self, path: str, body: Mapping[str, Any], **query: Any) -> Any:
        """Write; return what came back."""
        answer = self.world.zoho.post(path, dict(body), **query)
        sure(answer.status_code in {200, 204}, answer.status_code)
        return answer.json() if answer.content else {}

    def patch(self, path: str, body: Mapping[str, Any]) -> None:
        """Overwrite fields."""
        sure(self.world.zoho.patch(path, dict(body)).status_code == 200, "a refused change")

    def pages(self, path: str, **query: Any) -> list[Record]:
        """Return all rows of a list, 50 a page."""
        return list(self._pages(path, query))

    def _pages(self, path: str, query: Mapping[str, Any]) -> Iterator[Record]:
        start = 0
        while True:
            whole = path.endswith(("/tags", "/resolutionHistory", "/helpCenters"))
            page = self.rows(self.get(path, **query, **({} if whole else {"from": start, "limit": PAGE})))
            yield from page
            if whole or len(page) < PAGE:
                return
            start += PAGE

    @staticmethod
    def rows(body: Any) -> list[Record]:
        """Return the rows of an answer."""
        return list(body.get("data") or body.get("tags") or []) if isinstance(body, Mapping) else []


def history_pages(world: World, contact_id: str) -> int:
    """Return how many pages of a hundred a contact's history has; read before anything is counted."""
    pages = 0
    while True:
        answer = world.zoho.get(f"/contacts/{contact_id}/history", **{"from": pages * 100, "limit": 100})
        pages += 1
        if answer.status_code == 204 or len(answer.json()["data"]) < 100:
            return pages
