"""Questions about records of our own that need no deleting: fields, history, comments, threads, files, search."""

import json
from dataclasses import dataclass
from typing import Any, Final

from zoho_privacy.adapters.desk import calls, replies
from zoho_privacy.adapters.desk import probe_calls as p
from zoho_privacy.adapters.desk.hosts import DeskConfig
from zoho_privacy.domain.profile import Evidence
from zoho_privacy.local.probe.guard import Seen
from zoho_privacy.local.probe.journal import Made
from zoho_privacy.local.probe.lab import Lab
from zoho_privacy.local.probe.reading import last_taken

LONG: Final = 60_000
MASSES: Final = (100, 50, 10)
EMOJI: Final = "\N{GRINNING FACE}"
PHONE: Final = "+44 1632 960142"


@dataclass(frozen=True, slots=True)
class Basis:
    """What the first experiments leave to the later ones: a contact `a` with a ticket."""

    contact: str
    ticket: str


def look(lab: Lab, config: DeskConfig) -> Basis:
    """Make a contact and some tickets, and answer what they show."""
    contact = lab.contact("a")
    ticket = lab.ticket(contact, name="a", description=f"<div>First words {lab.run}</div>")
    _search_lag(lab, ticket)
    _duplicate(lab)
    _lists(lab, contact, ticket)
    _texts(lab, ticket)
    _mass_limit(lab, ticket)
    _clearing(lab, ticket)
    _description(lab, ticket)
    _comments(lab, ticket)
    _threads(lab, contact, ticket)
    _status(lab, contact)
    _secondary(lab, contact)
    _files(lab, ticket, config)
    return Basis(contact, ticket)


def _search_lag(lab: Lab, ticket: str) -> None:
    call = p.search({"email": lab.address("a")})
    seen = lab.watch(
        lambda: lab.finds(ticket, call.query), limit_s=lab.patience_s, what="search has not seen the new ticket yet"
    )
    told = Evidence("GET /tickets/search", "200", f"our new ticket: {seen.says()}")
    if seen.got is None:
        lab.notes.more_than(
            "search_lag_seconds", seen.seconds, Evidence("GET /tickets/search", "204", "our new ticket")
        )
    else:
        lab.notes.note("search_lag_seconds", str(seen.seconds), told)


def _duplicate(lab: Lab) -> None:
    mark = lab.mark("contact")
    seen = lab.guard.make(p.create_contact({"lastName": mark, "email": lab.address("a")}), "contact", mark)
    lab.notes.note(
        "duplicate_contact_email",
        "allowed" if seen.ok else str(seen.status),
        seen.told("a second contact, same address"),
    )


def _lists(lab: Lab, contact: str, ticket: str) -> None:
    seen = lab.ask(calls.contact_tickets(contact, None).page(0, 50))
    answer = "optional" if seen.ok else ("required" if seen.status == 422 else str(seen.status))
    lab.notes.note("contact_tickets_department", answer, seen.told("without departmentId"))
    others = [str(row.get("id")) for row in lab.ask(calls.departments().page(0, 200)).rows()]
    other = next((each for each in others if each != lab.department), None)
    if other is None:
        lab.notes.unclear("singular_department", "there is one department only")
        return
    seen = lab.ask(p.tickets_of_one(other).page(0, 100))
    listed = any(str(row.get("id")) == ticket for row in seen.rows())
    answer = ("ignored" if listed else "works") if seen.ok else str(seen.status)
    lab.notes.note("singular_department", answer, seen.told("our new ticket, asked for with another department"))


def _texts(lab: Lab, ticket: str) -> None:
    seen = lab.guard.make(
        calls.add_comment(ticket, f"{EMOJI} {lab.run}"), "comment", lab.mark("comment"), parent=ticket
    )
    lab.notes.note("four_byte_text", "accepted" if seen.ok else str(seen.status), seen.told("a note with an emoji"))


def _mass_limit(lab: Lab, ticket: str) -> None:
    """Ask the bin to delete a ticket that is not in it, named many times: only the length of the list can matter."""
    asked: dict[int, Seen] = {}

    def taken(count: int) -> bool:
        asked[count] = lab.ask(p.purge_list([ticket] * count))
        return asked[count].ok

    last = next((most for most in MASSES if not taken(most + 1) and taken(most)), None)
    if last is None and max(asked) not in [count for count, seen in asked.items() if seen.ok]:
        good = max((count for count, seen in asked.items() if seen.ok), default=0)
        last = last_taken(taken, good, min(count for count, seen in asked.items() if not seen.ok))
    told = asked[max(asked)].told(f"{max(asked)} ids")
    if last:
        lab.notes.note("mass_limit", str(last), told)
    else:
        lab.notes.unclear("mass_limit", f"{max(asked)} ids were taken, or not one", told)


def _clearing(lab: Lab, ticket: str) -> None:
    cleared = {}
    last = None
    for name, empty in (("empty_string", ""), ("null", None)):
        lab.ask(p.patch_ticket(ticket, {"phone": PHONE}))
        last = lab.ask(p.patch_ticket(ticket, {"phone": empty}))
        cleared[name] = not lab.ask(calls.ticket(ticket)).text("phone")
    works = [name for name, done in cleared.items() if done]
    told = last.told('phone, read back after "" and after null') if last else None
    answer = "both" if len(works) == 2 else "".join(works) or "neither"
    lab.notes.note("clear_with", answer, *([told] if told else []))


def _description(lab: Lab, ticket: str) -> None:
    old, new = f"First words {lab.run}", f"Other words {lab.run}"
    opening = lab.opening(ticket)
    patched = lab.ask(p.patch_ticket(ticket, {"description": f"<div>{new}</div>"}))
    if not patched.ok:
        lab.notes.unclear("patch_description_changes_thread", "the description could not be changed", patched.told())
        return
    if opening is None:
        lab.notes.unclear("patch_description_changes_thread", "a ticket made by call has no thread", patched.told())
    else:
        seen = lab.ask(calls.thread(ticket, opening))
        content = seen.text("content")
        answer = "yes" if new in content else ("no" if old in content else "neither text is in the thread")
        lab.notes.note(
            "patch_description_changes_thread", answer, patched.told(), seen.told("content before and after")
        )
    rows = list(lab.pages(calls.history(ticket), 50))
    later = json.dumps([row for row in rows if row.get("eventName") != "TicketCreated"])
    first = "too" if old in json.dumps([row for row in rows if row.get("eventName") == "TicketCreated"]) else "not"
    told = Evidence(
        "GET /tickets/{id}/History", "200", f"the first description in the change; TicketCreated has it {first}"
    )
    lab.notes.note("history_keeps_description", "yes" if old in later else "no", told)
    told = Evidence(told.call, "200", "propertyName of our own changes")
    spelled = _naming(rows)
    if spelled:
        lab.notes.note("history_property_names", spelled, told)
    else:
        lab.notes.unclear("history_property_names", "no event of our changes was shown", told)


def _property_names(row: Any) -> list[str]:
    info = row.get("eventInfo")
    return [str(each.get("propertyName")) for each in info if isinstance(each, dict)] if isinstance(info, list) else []


def _naming(rows: list[Any]) -> str:
    """Return how an update of ours is named; creation always uses labels."""
    changed = {name for row in rows if row.get("eventName") == "TicketUpdated" for name in _property_names(row)}
    if changed & {"phone", "description"}:
        return "api_name"
    return "label" if changed & {"Phone", "Description"} else ""


def _comments(lab: Lab, ticket: str) -> None:
    comment = lab.comment(ticket, f"First note {lab.run}")
    lab.ask(p.edit_comment(ticket, comment, f"Second note {lab.run}"))
    before = lab.ask(calls.comment_history(ticket, comment).page(0, 50))
    deleted = lab.ask(calls.delete_comment(ticket, comment))
    after = lab.ask(calls.comment_history(ticket, comment).page(0, 50))
    if not deleted.ok or not before.rows():
        lab.notes.unclear("comment_history_after_delete", "no history to begin with", before.told(), deleted.told())
        return
    kept = f"First note {lab.run}" in json.dumps(after.rows())
    lab.notes.note("comment_history_after_delete", "kept" if kept else "gone", deleted.told(), after.told())


def _threads(lab: Lab, contact: str, ticket: str) -> None:
    opening = lab.opening(ticket)
    if opening is None:
        lab.notes.unclear("thread_plain_text", "a ticket made by call has no thread")
        lab.notes.unclear("truncate_thread_at", "a ticket made by call has no thread")
        return
    seen = lab.ask(p.thread_in_plain_text(ticket, opening))
    lab.notes.note("thread_plain_text", str(seen.status), seen.told("include=plainText"))
    long = lab.ticket(contact, name="a", description="<div>" + "long words " * (LONG // 11) + "</div>")
    opening = lab.opening(long)
    seen = lab.ask(calls.thread(long, opening)) if opening else seen
    if seen.record.get("isContentTruncated") is True:
        told = seen.told("isContentTruncated, length of content")
        lab.notes.note("truncate_thread_at", str(len(seen.text("content"))), told)
    else:
        lab.notes.unclear("truncate_thread_at", f"{len(seen.text('content'))} characters came whole", seen.told())


def _status(lab: Lab, contact: str) -> None:
    fields = [replies.field_info(row) for row in lab.ask(calls.fields("tickets")).rows()]
    names = [value for each in fields if each.api_name == "status" for value, kind in each.values if kind == "closed"]
    if not names:
        lab.notes.unclear(
            "status_change", "no status of the type Closed is known", Evidence("GET /organizationFields", "200")
        )
        return
    ticket = lab.ticket(contact, name="a")
    seen = lab.ask(p.patch_ticket(ticket, {"status": names[0]}))
    lab.notes.note("status_change", _refusal(lab, ticket, seen), seen.told("to a status of the type Closed"))


def _refusal(lab: Lab, ticket: str, seen: Seen) -> str:
    if seen.ok:
        return "allowed"
    if any(each.endswith(":missing") for each in seen.fields):
        return "mandatory_field"
    blueprint = lab.ask(p.blueprint(ticket))
    return "blueprint" if blueprint.ok and blueprint.record else f"refused with {seen.status} {seen.code}"


def _secondary(lab: Lab, contact: str) -> None:
    other = lab.contact("b")
    ticket = lab.ticket(contact, name="a")
    patched = lab.ask(p.patch_ticket(ticket, {"secondaryContacts": [other]}))
    shown = lab.ask(calls.ticket(ticket)).record.get("secondaryContacts")
    if not (isinstance(shown, list) and other in [str(each) for each in shown]):
        lab.notes.unclear("contact_tickets_secondary", "a secondary contact could not be set", patched.told())
        return
    # Whether a list without a department is cut short is not known: the test department is named.
    seen = lab.ask(calls.contact_tickets(other, lab.department).page(0, 50))
    listed = any(str(row.get("id")) == ticket for row in seen.rows())
    lab.notes.note("contact_tickets_secondary", "yes" if listed else "no", seen.told("ticket with a secondary contact"))


def _files(lab: Lab, ticket: str, config: DeskConfig) -> None:
    name = f"probe-{lab.run}-file.txt"
    seen = lab.guard.make(p.attach(ticket, name, b"A file of zoho-privacy probe."), "file", name, parent=ticket)
    href = seen.text("href")
    if not href:
        lab.notes.unclear("attachment_href_host", "the file has no link", seen.told())
        return
    ours = not href.startswith("http") or href.startswith(config.desk_base)
    lab.notes.note("attachment_href_host", "configured" if ours else "zoho", seen.told("host of href"))
    for row in lab.pages(calls.attachments(ticket), 100):
        if row.get("name") == name and str(row.get("id")) != seen.text("id"):
            lab.guard.journal.note(Made("file", str(row["id"]), name, ticket))
