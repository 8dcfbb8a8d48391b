"""The least a flow can cost: the calls that any correct execution needs, by Zoho's price list, each with its reason.

Computed from what was planted and from the requirements, never from what the suite did. Prices: a record by id, a
write, a tag 1; a list or search 3 a page; trash and permanent deletion 6 a record; Zoho's own count 50. A list is one
page where it fits into one. Ways round a call that only hold by chance are not used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from benchmarks.credit_stage import Shape

READ: Final = 1
WRITE: Final = 1
LIST: Final = 3
BIN: Final = 6
COUNT: Final = 50
MOST_IDS: Final = 50
DEPARTMENTS: Final = 2


@dataclass(frozen=True, slots=True)
class Line:
    """Some calls of one sort: how many, the price of each, what they are and why nobody can do without."""

    times: int
    price: int
    what: str
    why: str

    @property
    def credits(self) -> int:
        """Return what they cost together."""
        return self.times * self.price


def total(lines: Sequence[Line]) -> int:
    """Return the least possible."""
    return sum(line.credits for line in lines)


def intake() -> list[Line]:
    """A new mail that asks for something, up to the letter that asks for proof."""
    return [
        Line(1, READ, "ticket", "nothing an event says is believed (R-SEC-4)"),
        Line(1, READ, "newest message", "its content decides; a new ticket has one message only"),
        Line(1, READ, "source of the mail", "automatic mail is not answered; SPF, DKIM, Reply-To (R-VERIFY-5)"),
        Line(1, READ, "contact", "the address on file, the country that chooses the law"),
        *_letter(),
        *_shown(untag=0, read=False),
    ]


def verification() -> list[Line]:
    """A reply with a code, on a matter that a person carries out then."""
    return [
        Line(1, READ, "ticket", "nothing an event says is believed (R-SEC-4)"),
        Line(1, LIST, "messages", "which of them are new: a counter hides one where another one vanished"),
        Line(1, READ, "message", "the code stands in its content"),
        Line(1, READ, "source of the mail", "an automatic reply that quotes the code is no proof"),
        Line(1, LIST, "tags", "agents' orders by tag, and what to change: no event tells of a tag (R-TAG-2)"),
        Line(1, WRITE, "note", "tells the agents that it is theirs now"),
        *_letter(),
        *_shown(untag=1, read=False),
    ]


def export(tickets: Sequence[Shape], history_pages: int) -> list[Line]:
    """Everything held about a person, from the verified request to the letter with the link."""
    request = Shape(threads=2, tags=1)
    whole = [*tickets, request]
    count = len(whole)
    public = sum(each.public_comments for each in tickets)
    files = sum(each.files + each.thread_files for each in tickets)
    return [
        *_found(count, history_pages),
        Line(1, COUNT, "Zoho's own count", "second opinion on the number of tickets (R-API-2, R-ACCESS-2)"),
        Line(DEPARTMENTS, LIST, "from addresses of a department", "the team's addresses are nobody's personal data"),
        Line(count, READ, "ticket", "fields, description, counters"),
        Line(count, LIST, "messages and comments of a ticket", "one list for both"),
        Line(sum(each.threads for each in whole), READ, "message", "only this call has the content"),
        Line(1 + sum(ceil(each.threads / 2) for each in tickets), READ, "source of a received mail", "its headers"),
        Line(count, LIST, "history of a ticket", "part of the export (R-ACCESS-1)"),
        Line(count, LIST, "activities of a ticket", "tasks, calls, events (R-ACCESS-1); no counter tells of all three"),
        Line(count, READ, "metrics of a ticket", "part of the export (R-ACCESS-1)"),
        Line(_having(whole, "tags"), LIST, "tags", "of the tickets that count any"),
        Line(_having(whole, "time_entries"), LIST, "time entries", "of the tickets that count any"),
        Line(_having(whole, "files"), LIST, "files", "of the tickets that count any"),
        Line(_having(whole, "resolution"), LIST, "earlier resolutions", "of the tickets that have one"),
        Line(public, LIST, "earlier texts of a public comment", "part of the export (R-ACCESS-1)"),
        Line(files, READ, "file", "part of the export (R-ACCESS-1)"),
        Line(1, LIST, "comments on the contact", "part of the export"),
        Line(1, LIST, "files of the contact", "part of the export"),
        Line(1, READ, "statistics of the contact", "part of the export"),
        Line(1, LIST, "help-centre accounts", "part of the export"),
        Line(1, READ, "help-centre account", "part of the export"),
        Line(2, LIST, "field metadata", "fields hidden from our access (R-ACCESS-2)"),
        *_letter(),
        *_shown(untag=1),
    ]


def erasure(tickets: Sequence[Shape], history_pages: int) -> list[Line]:
    """A person and all their closed tickets, from the verified request to the look after the backup window."""
    count, tagged = len(tickets), _having(tickets, "tags")
    whole = count + 1
    return [
        *_found(whole, history_pages),
        Line(whole, READ, "ticket", "what the plan binds itself to (R-PLAN-1)"),
        Line(whole, LIST, "messages of a ticket", "whether others write in it decides how it goes (R-ERASE-3)"),
        Line(whole, LIST, "activities of a ticket", "go before it (R-ERASE-8)"),
        Line(tagged + 1, LIST, "tags", "holds, where a ticket counts tags (R-HOLD-4)"),
        Line(1, LIST, "comments on the contact", "go before it"),
        Line(1, LIST, "files of the contact", "go before it"),
        Line(1, LIST, "help-centre accounts", "are wiped"),
        Line(1, WRITE, "note with the plan", "what a person approves (R-PLAN-1)"),
        *_shown(untag=1),
        Line(2, LIST, "search for name and number", "a second record of the person is not missed (R-ERASE-2)"),
        Line(1, READ, "ticket, for the approval", "nothing an event says is believed"),
        Line(1, LIST, "history of the ticket", "who approved (R-TAG-3)"),
        Line(1, LIST, "tags of the ticket", "other orders of agents"),
        Line(1, WRITE, "clear the order", "it counts once"),
        *_erased(tickets),
        Line(1, LIST, "contact's tickets", "read back over every path (R-ERASE-4)"),
        Line(1, LIST, "search", "read back over every path (R-ERASE-4)"),
        Line(1, READ, "contact", "its addresses, for the count"),
        Line(3, LIST, "search by address", "at once, after the trash window, after the backup window (R-ERASE-4)"),
        Line(3, COUNT, "Zoho's own count", "the same"),
        *_letter(),
        *_shown(untag=1),
        Line(3, READ, "contact", "gate, before each of the three writes on it (R-PLAN-2)"),
        Line(3, WRITE, "comment, account, record", "deleted, wiped, overwritten"),
        Line(1, READ, "contact", "read back"),
        *_erased([Shape(threads=3, tags=1)]),
        Line(1, READ, "contact", "gate"),
        Line(1, LIST, "contact's tickets", "erasing a contact takes its tickets along: none may be left"),
        Line(2, BIN, "contact: trash, permanent deletion", "the only way a record goes"),
        Line(1, READ, "contact", "read back"),
        Line(1, LIST, "recycle bin", "read back"),
        Line(2 * whole, READ, "ticket", "read back again after the trash and backup windows (R-ERASE-4)"),
        Line(2, READ, "contact's tickets, not found", "the same"),
        Line(2, LIST, "recycle bin", "the same"),
    ]


def retention(tickets: Sequence[Shape]) -> list[Line]:
    """One run of the schedule over closed tickets that are all due."""
    count = len(tickets)
    return [
        Line(
            ceil(count / 100), LIST, "search, 100 tickets a page", "closed tickets by creation: there is no closed time"
        ),
        Line(1, LIST, "departments", "archives are listed by department"),
        Line(DEPARTMENTS, LIST, "archived tickets of a department", "nothing else shows them"),
        Line(count, READ, "ticket", "what the plan binds itself to; the search has no count of files (R-PLAN-1)"),
        Line(count, LIST, "activities of a ticket", "go before it (R-ERASE-8); no counter tells of all three"),
        *_canary(),
        *_erased(tickets),
    ]


# -------------------------------------------------------------------------------------------------------------- pieces


def _having(tickets: Sequence[Shape], member: str) -> int:
    return sum(bool(getattr(each, member)) for each in tickets)


def _found(tickets: int, history_pages: int) -> list[Line]:
    """Every ticket that may concern a person, over every path there is (R-ACCESS-2, R-ERASE-4)."""
    return [
        Line(1, READ, "contact", "whose data it is"),
        Line(1, LIST, "search for contacts by address", "a second record of the same person (R-VERIFY-11)"),
        Line(1, LIST, "departments", "archives are listed by department"),
        Line(ceil(tickets / 50), LIST, "contact's tickets", "first path"),
        Line(1, LIST, "search by contact", "second path"),
        Line(1, LIST, "search by address", "tickets under another contact"),
        Line(1, LIST, "search by text", "tickets that name the address"),
        Line(DEPARTMENTS, LIST, "archived tickets of a department", "nothing else shows them"),
        Line(1, LIST, "recycle bin", "what agents have thrown away"),
        Line(history_pages, LIST, "contact's history", "others' tickets in which the person took part"),
    ]


def _letter() -> list[Line]:
    return [
        Line(1, READ, "ticket", "gate: a ticket in the bin gets no letter (R-PLAN-2)"),
        Line(1, READ, "contact", "the address, which is kept nowhere else"),
        Line(1, WRITE, "letter", "the answer"),
    ]


def _shown(*, untag: int, read: bool = True) -> list[Line]:
    """A case's state on its ticket, and the look after the event that the write causes."""
    before = [
        Line(1, READ, "ticket", "gate, before tags and field"),
        Line(1, LIST, "tags", "what to add and what to take off"),
    ]
    return [
        *(before if read else []),
        Line(1 + untag, WRITE, "tags", "the state, for the agents (R-TAG-1)"),
        Line(1, WRITE, "field", "the state, for the agents (R-TAG-1)"),
        Line(1, READ, "ticket", "our write is announced like anybody's: only a look tells whether an agent wrote too"),
        Line(1, LIST, "tags", "the same, and reads back what was written"),
    ]


def _canary() -> list[Line]:
    """The record of its own on which each run proves itself before it touches anybody's (R-RETAIN-12)."""
    return [
        Line(3, WRITE, "contact, ticket, its closing", "the canary is made"),
        Line(2, READ, "ticket", "is judged, and read by the gate"),
        Line(2, READ, "contact, its tickets", "gate"),
        Line(4, BIN, "ticket and contact: trash, permanent deletion", "the only way a record goes"),
        Line(2, READ, "ticket, contact, not found", "read back"),
        Line(2, LIST, "recycle bin, newest contacts", "read back"),
    ]


def _erased(tickets: Sequence[Shape]) -> list[Line]:
    """Tickets that are gone for good, and shown to be."""
    count, tasks = len(tickets), sum(each.tasks for each in tickets)
    tagged_tasks = sum(each.tasks for each in tickets if each.tags)
    return [
        Line(tasks, READ, "ticket of an activity", "gate, right before the write (R-PLAN-2, R-HOLD-4)"),
        Line(tagged_tasks, LIST, "tags", "gate: holds, where the ticket counts tags"),
        Line(tasks, LIST, "activities of the ticket", "the activity as it is now (R-PLAN-2)"),
        Line(2 * tasks, BIN, "activity: trash, permanent deletion", "the only way a record goes"),
        Line(tasks, LIST, "activities of the ticket", "read back, while there is a ticket to ask for"),
        Line(count, READ, "ticket", "gate, right before the write (R-PLAN-2, R-HOLD-4)"),
        Line(_having(tickets, "tags"), LIST, "tags", "gate: holds, where the ticket counts tags"),
        Line(2 * count, BIN, "ticket: trash, permanent deletion", "the only way a record goes"),
        Line(count, READ, "ticket, not found", "read back (R-ERASE-4, R-RETAIN-11)"),
        Line(ceil(count / MOST_IDS), LIST, "recycle bin", "read back: some portals hide what lies in it"),
    ]
