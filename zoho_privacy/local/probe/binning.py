"""Questions that deleting our own records answers: spam, merge, the recycle bin, contacts, help-centre users."""

from typing import Final

from zoho_privacy.adapters.desk import calls
from zoho_privacy.adapters.desk import probe_calls as p
from zoho_privacy.domain.profile import Evidence
from zoho_privacy.local.probe.guard import Seen
from zoho_privacy.local.probe.lab import Lab
from zoho_privacy.local.probe.records import Basis

BIN: Final = "GET /recycleBin"


def shown(seen: Seen) -> str:
    """Return for people how a record is answered for: its status, and the flags that say what became of it."""
    flags = [name for name in ("isTrashed", "isDeleted", "isSpam", "isArchived") if seen.record.get(name) is True]
    return " ".join([str(seen.status), *flags])


def gone(seen: Seen) -> bool:
    """Tell whether a record is no longer there: not found, or a tombstone."""
    return seen.status == 404 or seen.record.get("isDeleted") is True


def spam(lab: Lab, basis: Basis) -> None:
    """Mark a ticket as spam, look, and take the mark off again."""
    ticket = lab.ticket(basis.contact, name="a")
    query = {"email": lab.address("a")}
    indexed = lab.watch(
        lambda: lab.finds(ticket, query), limit_s=lab.patience_s, what="search has not seen the ticket yet"
    )
    marked = lab.ask(p.mark_spam(ticket, spam=True))
    if not marked.ok:
        lab.notes.unclear("get_spam_ticket", "a ticket could not be marked", marked.told())
        return
    seen = lab.ask(calls.ticket(ticket))
    lab.notes.note("get_spam_ticket", str(seen.status), seen.told(f"own ticket, marked as spam: {shown(seen)}"))
    if indexed.got is not None:
        lab.wait(lag(lab))
        hit = lab.finds(ticket, query)
        lab.notes.note(
            "search_spam", "present" if hit else "absent", Evidence("GET /tickets/search", "200", "after the lag")
        )
    lab.ask(p.mark_spam(ticket, spam=False))


def merge(lab: Lab, basis: Basis) -> None:
    """Merge one of our tickets into another."""
    target, source = lab.ticket(basis.contact, name="a"), lab.ticket(basis.contact, name="a")
    merged = lab.ask(p.merge(target, source))
    if not merged.ok:
        lab.notes.unclear("get_merged_ticket", "our tickets could not be merged", merged.told())
        return
    seen = lab.ask(calls.ticket(source))
    lab.guard.journal.note_gone(source)
    answer = "target" if seen.text("id") == target else str(seen.status)
    lab.notes.note("get_merged_ticket", answer, merged.told(), seen.told("id of the answer for the ticket merged away"))


def trash(lab: Lab, basis: Basis) -> None:
    """Trash a ticket, watch the bin and the search, delete it for good and look what is left."""
    ticket = lab.ticket(basis.contact, name="a")
    task = _task(lab, ticket)
    opening = lab.opening(ticket)
    name = f"probe-{lab.run}-trash.txt"
    file = lab.guard.make(p.attach(ticket, name, b"A file."), "file", name, parent=ticket).text("id")
    query = {"email": lab.address("a")}
    indexed = lab.watch(
        lambda: lab.finds(ticket, query), limit_s=lab.patience_s, what="search has not seen the ticket yet"
    )
    trashed = lab.ask(calls.trash_tickets([ticket])[0])
    if not trashed.ok:
        lab.notes.unclear("get_trashed_ticket", "our ticket could not be trashed", trashed.told())
        return
    found = lab.watch(
        lambda: lab.bin_entry(ticket), limit_s=lab.patience_s, what="the bin does not show the ticket yet"
    )
    seen = lab.ask(calls.ticket(ticket))
    lab.notes.note(
        "get_trashed_ticket", str(seen.status), trashed.told(), seen.told(f"own trashed ticket: {shown(seen)}")
    )
    if found.got is None:
        lab.notes.more_than("bin_delay_seconds", found.seconds, Evidence(BIN, "200", "our ticket, by id and by mark"))
    else:
        lab.notes.note("bin_delay_seconds", str(found.seconds), Evidence(BIN, "200", found.says()))
        same = found.got == ticket
        lab.notes.note(
            "bin_id", "same" if same else "different", Evidence(BIN, "200", "id beside displayName, our mark")
        )
        if task:
            entry = lab.bin_entry(task)
            lab.notes.note(
                "activities_trashed_with_ticket", "yes" if entry else "no", Evidence(BIN, "200", "a task of the ticket")
            )
    if indexed.got is None:
        lab.notes.unclear("search_trashed", "search had not seen the ticket before")
    else:
        _searched(lab, ticket, query)
    if found.got is not None:
        _purge(lab, ticket, found.got, opening, file)


def _task(lab: Lab, ticket: str) -> str:
    mark = lab.mark("task")
    values = {"subject": mark, "departmentId": lab.department, "ticketId": ticket}
    seen = lab.guard.make(p.create_task(values), "task", mark, parent=ticket)
    if not seen.ok:
        lab.notes.unclear("activities_trashed_with_ticket", "no task could be made", seen.told())
    return seen.text("id")


def lag(lab: Lab) -> float:
    """Return the seconds after which search knows of a change, with room."""
    known = lab.notes.number("search_lag_seconds")
    return lab.patience_s if known is None else known + max(5.0, known * 0.2)


def _searched(lab: Lab, ticket: str, query: dict[str, str]) -> None:
    """Wait until search no longer finds the ticket, or shows that it knows it as trashed."""

    def settled() -> str | None:
        hit = lab.finds(ticket, query)
        if hit is None:
            return "absent"
        return "present" if hit.get("isTrashed") is True else None

    seen = lab.watch(settled, limit_s=lag(lab), what="search shows the trashed ticket as it was")
    told = Evidence("GET /tickets/search", "200", f"own trashed ticket, {seen.says()}")
    lab.notes.note("search_trashed", seen.got or "present", told)


def _purge(lab: Lab, ticket: str, bin_id: str, opening: str | None, file: str) -> None:
    seen, done = lab.delete_for_good({ticket: bin_id})
    if not done:
        lab.notes.unclear("get_purged_ticket", "the bin did not delete our ticket", seen.told())
        return
    if seen.weight is not None:
        lab.notes.note(
            "bin_delete_credits", f"{seen.weight:g}", seen.told("X-Rate-Limit-Request-Weight-v3 of one record")
        )
    after = lab.ask(calls.ticket(ticket))
    if gone(after):
        lab.guard.journal.note_gone(ticket)
    answer = "tombstone" if after.record.get("isDeleted") is True else shown(after)
    lab.notes.note("get_purged_ticket", answer, after.told("own permanently deleted ticket"))
    content = p.download(f"/tickets/{ticket}/attachments/{file}/content")
    parts = {
        "threads": lab.ask(calls.thread(ticket, opening)) if opening else None,
        "history": lab.ask(calls.history(ticket).page(0, 50)),
        "files": lab.ask(content) if file else None,
        "comments": lab.ask(calls.comments(ticket).page(0, 100)),
    }
    left = [name for name, part in parts.items() if part is not None and part.ok and part.status != 204]
    answer = f"not_{'_'.join(left)}" if left else "all"
    lab.notes.note("purge_takes_children", answer, *(part.told() for part in parts.values() if part is not None))


def contact(lab: Lab) -> None:
    """Delete a contact of ours for good and look for its ticket."""
    person = lab.contact("c")
    ticket = lab.ticket(person, name="c")
    trashed = lab.ask(calls.trash_contacts([person])[0])
    found = lab.watch(
        lambda: lab.bin_entry(person), limit_s=lab.patience_s, what="the bin does not show the contact yet"
    )
    between = lab.ask(calls.ticket(ticket))
    if found.got is None:
        lab.notes.unclear("contact_delete_takes_tickets", "the contact did not come to the bin", trashed.told())
        return
    purged, done = lab.delete_for_good({person: found.got})
    after = lab.ask(calls.ticket(ticket))
    if not between.ok or not done:
        lab.notes.unclear(
            "contact_delete_takes_tickets", "the experiment did not succeed", between.told(), purged.told()
        )
        return
    taken = gone(after) or after.record.get("isTrashed") is True
    told = after.told("its ticket, readable before the contact was deleted")
    lab.guard.journal.note_gone(person)
    if gone(after):
        lab.guard.journal.note_gone(ticket)
    lab.notes.note("contact_delete_takes_tickets", "yes" if taken else "no", trashed.told(), purged.told(), told)


def help_centre(lab: Lab) -> None:
    """Invite a contact of ours to the help centre and anonymise its account twice."""
    person = lab.contact("e")
    invited = lab.ask(p.invite(person))
    listed = lab.ask(calls.help_centers(person))
    user = next((str(row["userId"]) for row in listed.rows() if row.get("userId")), "")
    if not user:
        lab.notes.unclear("second_anonymize", "no account came of the invitation", invited.told(), listed.told())
        return
    lab.guard.child("user", user, person)
    first = lab.ask(calls.anonymise_user(user, f"Probe {lab.run}"))
    second = lab.ask(calls.anonymise_user(user, f"Probe {lab.run}"))
    if first.ok:
        lab.notes.note("second_anonymize", str(second.status), first.told(), second.told("the second time"))
    else:
        lab.notes.unclear("second_anonymize", "the first time was refused", first.told())
