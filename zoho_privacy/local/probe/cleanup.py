"""Removes everything a run has made, also one that was killed: webhooks, tags, tasks, tickets, contacts, bin entries.

What the journal announced but could not note is looked for by its mark, which nobody else has given anything. Each
record is read back; what stays is told with the reason. Repeating it is safe.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from zoho_privacy.adapters.desk import calls
from zoho_privacy.adapters.desk import probe_calls as p
from zoho_privacy.adapters.desk.protocol import Call
from zoho_privacy.domain.errors import ZohoPrivacyError
from zoho_privacy.local.probe.binning import gone
from zoho_privacy.local.probe.guard import Seen
from zoho_privacy.local.probe.journal import Made
from zoho_privacy.local.probe.lab import Lab

LOOK_BACK: Final = 10
IN_BIN: Final = 120.0
AT_ONCE: Final = 10  # how many ids one mass call takes is not documented
STAYS: Final = "it could not be deleted for good; Desk empties its bin after 60 days"


@dataclass(frozen=True, slots=True)
class Left:
    """A record of ours that could not be removed, and why."""

    kind: str
    id: str
    why: str

    def line(self) -> str:
        """Return it for people."""
        return f"{self.kind} {self.id}: {self.why}"


def clean(lab: Lab) -> list[Left]:
    """Remove what is ours and return what is left; the journal ends where nothing is."""
    left: list[Left] = []
    steps: tuple[Callable[[Lab], Iterator[Left]], ...] = (
        _recovered,
        _webhooks,
        _tags,
        _tasks,
        _tickets,
        _contacts,
        _files,
    )
    for step in steps:
        try:
            left += step(lab)
        except ZohoPrivacyError as problem:
            left.append(Left(step.__name__.strip("_"), "", str(problem)))
    left = [each for each in left if not _taken_along(lab, each)]
    if not left:
        lab.guard.journal.end()
    return left


def _taken_along(lab: Lab, left: Left) -> bool:
    """Tell whether a ticket that could not be deleted by itself went with its contact."""
    return (
        left.kind == "ticket"
        and bool(left.id)
        and not _there(lab.ask(calls.ticket(left.id)), left.id)
        and not lab.bin_entry(left.id)
    )


def _recovered(lab: Lab) -> Iterator[Left]:
    """Find what was announced and perhaps made, and never noted."""
    journal = lab.guard.journal
    noted = {made.mark for made in journal.made.values()}
    missing = {kind for mark, kind in journal.marks.items() if mark not in noted}
    places: Mapping[str, tuple[Callable[[], Iterator[Mapping[str, Any]]], str]] = {
        "webhook": (lambda: iter(lab.ask(calls.webhooks()).rows()), "name"),
        "contact": (lambda: _newest(lab, p.newest_contacts), "lastName"),
        "ticket": (lambda: _newest(lab, lambda start: p.newest_tickets(lab.department, start)), "subject"),
    }
    for kind, (rows, name) in places.items():
        if kind in missing:
            for row in rows():
                lab.guard.adopt(kind, row, name)
    if missing & {"ticket", "contact", "task"}:
        for row in lab.pages(p.newest_binned(), 100):
            lab.guard.adopt("bin", row, "displayName")
    if "task" in missing:
        for ticket in journal.of("ticket"):
            for row in lab.ask(calls.activities(ticket.id, "tasks").page(0, 50)).rows():
                lab.guard.adopt("task", row, "subject", parent=ticket.id)
    yield from ()


def _newest(lab: Lab, listed: Callable[[int], Call]) -> Iterator[Mapping[str, Any]]:
    for page in range(LOOK_BACK):
        rows = lab.ask(listed(page * 100)).rows()
        yield from rows
        if len(rows) < 100:
            return


def _webhooks(lab: Lab) -> Iterator[Left]:
    for made in lab.guard.journal.of("webhook"):
        seen = lab.ask(calls.delete_webhook(made.id))
        if seen.ok or seen.status == 404:
            lab.guard.journal.note_gone(made.id)
        else:
            yield Left("webhook", made.id, f"{seen.told()}")


def _tags(lab: Lab) -> Iterator[Left]:
    names = [mark for mark, kind in lab.guard.journal.marks.items() if kind == "tag"]
    for ticket in lab.guard.journal.of("ticket") if names else ():
        shown = [str(row.get("name")) for row in lab.ask(calls.tags(ticket.id)).rows("tags")]
        if ours := [name for name in names if name in shown]:
            lab.ask(calls.dissociate_tags(ticket.id, ours))
    yield from ()


def _tasks(lab: Lab) -> Iterator[Left]:
    """Delete tasks; one cannot be read by a call of ours, so the bin alone tells."""
    ours = [made.id for made in lab.guard.journal.of("task")]
    for task in ours:
        lab.ask(calls.trash_activities("tasks", [task])[0])
    entries = _await_bin(lab, ours)
    done = _purged(lab, entries)
    for task in ours:
        if task in done or task not in entries:
            lab.guard.journal.note_gone(task)
        else:
            yield Left("task", task, STAYS)


def _tickets(lab: Lab) -> Iterator[Left]:
    ours = [made.id for made in lab.guard.journal.of("ticket")]
    yield from _records(lab, "ticket", ours, calls.ticket, calls.trash_tickets)


def _contacts(lab: Lab) -> Iterator[Left]:
    ours = []
    for made in lab.guard.journal.of("contact"):
        if foreign := _foreign(lab, made.id):
            yield Left("contact", made.id, f"{foreign} of its tickets were not made by the probe; it is left alone")
        else:
            ours.append(made.id)
    yield from _records(lab, "contact", ours, calls.contact, calls.trash_contacts)


def _foreign(lab: Lab, contact: str) -> int:
    """Count tickets of our contact that are not ours: a bounce or an answer may have made one."""
    rows = [
        *lab.pages(calls.contact_tickets(contact, None), 50),
        *lab.pages(calls.contact_tickets(contact, lab.department), 50),
    ]
    return len({str(row.get("id")) for row in rows} - set(lab.guard.journal.made))


def _records(
    lab: Lab, kind: str, ids: list[str], read: Callable[[str], Call], trash: Callable[[list[str]], list[Call]]
) -> Iterator[Left]:
    """Trash records and delete them from the bin; gone is what is neither readable nor in the bin."""
    pending = []
    archived = _archived(lab) if kind == "ticket" and ids else frozenset()
    for record in ids:
        before = lab.ask(read(record))
        live = _there(before, record) and before.record.get("isTrashed") is not True
        if live:
            _named_again(lab, kind, before, lab.guard.journal.made[record])
        if live or record in archived:
            seen = lab.ask(trash([record])[0])
            if not seen.ok and (seen.status != 404 or record in archived):
                yield Left(kind, record, f"{seen.told()}: delete it by hand")
                continue
        pending.append(record)
    entries = _await_bin(lab, pending)
    _purged(lab, entries)
    for record in pending:
        after = lab.ask(read(record))
        if not _there(after, record) and record not in (archived and _archived(lab)) and lab.bin_entry(record) is None:
            lab.guard.journal.note_gone(record)
        else:
            yield Left(kind, record, STAYS)


def _named_again(lab: Lab, kind: str, seen: Seen, made: Made) -> None:
    """Give a record its mark back where something has blanked it: in the bin it may have another id."""
    if kind == "ticket" and seen.text("subject") != made.mark:
        lab.ask(p.patch_ticket(made.id, {"subject": made.mark}))
    elif kind == "contact" and seen.text("lastName") != made.mark:
        lab.ask(p.rename_contact(made.id, made.mark))


def _archived(lab: Lab) -> frozenset[str]:
    """Return the ids of the department's archived tickets, which Desk may not show by id."""
    return frozenset(str(row.get("id")) for row in lab.pages(calls.archived_tickets(lab.department), 50))


def _there(seen: Seen, record: str) -> bool:
    """Tell whether an answer shows this very record, and not a tombstone or what it was merged into."""
    return seen.ok and not gone(seen) and seen.text("id") == record


def _await_bin(lab: Lab, records: list[str]) -> dict[str, str]:
    """Return record -> bin id, waiting until the bin shows all of them or its delay has passed."""
    if not records:
        return {}
    known = lab.notes.number("bin_delay_seconds")
    patience = IN_BIN if known is None else known + 5.0
    found: dict[str, str] = {}

    def whole() -> bool | None:
        found.update(lab.bin_entries(records))
        return len(found) == len(records) or None

    lab.watch(whole, limit_s=patience, what="the bin does not show all of our records yet")
    return found


def _purged(lab: Lab, entries: Mapping[str, str]) -> frozenset[str]:
    """Delete from the bin, some at a time, and return the records that Desk says are gone."""
    done: frozenset[str] = frozenset()
    rows = list(entries.items())
    for start in range(0, len(rows), AT_ONCE):
        done |= lab.delete_for_good(dict(rows[start : start + AT_ONCE]))[1]
    return done


def _files(lab: Lab) -> Iterator[Left]:
    """Delete what is left in the bin under our marks: files, and records found there only."""
    ours = [lab.guard.adopt("bin", row, "displayName") for row in list(lab.pages(p.newest_binned(), 100))]
    entries = {each: each for each in ours if each}
    done = _purged(lab, entries)
    yield from (Left("bin", each, STAYS) for each in entries if each not in done)
