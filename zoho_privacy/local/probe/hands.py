"""Questions that need a person in Zoho's screens: a macro, a customer's mail, the archive; and another agent's token.

The person is told what to do with which of our tickets; the probe then watches that ticket until it has happened.
"""

from typing import Final

from zoho_privacy.adapters.desk import calls, replies
from zoho_privacy.adapters.desk import probe_calls as p
from zoho_privacy.domain.profile import Evidence
from zoho_privacy.domain.tags import ACTION_FIELD
from zoho_privacy.local.probe.binning import lag, shown
from zoho_privacy.local.probe.guard import Guard, Seen
from zoho_privacy.local.probe.hooks import Hooks
from zoho_privacy.local.probe.lab import Lab
from zoho_privacy.local.probe.records import Basis

HISTORY: Final = "GET /tickets/{id}/History"


def macro(lab: Lab, hooks: Hooks | None, basis: Basis) -> None:
    """Have an agent run a macro on a ticket of ours: what history says of it, which events it causes."""
    ticket = lab.ticket(basis.contact, name="a")
    if hooks is None:
        _macro(lab, ticket)
        return
    wanted = {name: hooks.everything[name] for name in ("Ticket_Update", "Ticket_Comment_Add")}
    with hooks.subscribed("with", wanted) as one, hooks.subscribed("without", wanted, automation=False) as other:
        if not (_macro(lab, ticket) and one.ok and other.ok):
            return
        fenced = hooks.fence("without", ticket) and hooks.fence("with", ticket)
        heard = [hooks.receiver.has(each, "Ticket_Update", ticket) for each in ("without", "with")]
        told = Evidence("POST receiver", "200", "Ticket_Update of a macro, without and with includeEventsFrom")
        if heard[0]:
            lab.notes.note("macro_events", "sent", told)
        elif heard[1] and fenced:
            lab.notes.note("macro_events", "only_with_include", told)
        else:
            lab.notes.unclear("macro_events", "the macro was not announced at all", told)


def _macro(lab: Lab, ticket: str) -> bool:
    number = lab.ask(calls.ticket(ticket)).text("ticketNumber")
    lab.hand("macro", {"ticket": ticket, "number": number, "field": ACTION_FIELD})

    def ran() -> object | None:
        rows = lab.ask(calls.history(ticket).page(0, 50)).rows()
        return next((row for row in rows if _actor(row) == "macro"), None)

    found = lab.watch(ran, limit_s=lab.hand_patience_s, what="the macro has not been run").got
    if not isinstance(found, dict):
        lab.notes.unclear("macro_history_names_agent", f"no macro ran within {lab.hand_patience_s:.0f} s")
        return False
    info = found.get("actorInfo")
    rows = [row for row in info if isinstance(row, dict)] if isinstance(info, list) else []
    told = Evidence(HISTORY, "200", "actorInfo of an event whose actor is a macro")
    lab.notes.note("macro_history_names_agent", "yes" if rows else "no", told)
    if rows:
        wrapped = any("propertyValue" in row for row in rows)
        lab.notes.note("macro_actor_info", "property" if wrapped else "plain", told)
    else:
        lab.notes.unclear("macro_actor_info", "nobody is named", told)
    return True


def _actor(row: object) -> str:
    actor = row.get("actor") if isinstance(row, dict) else None
    return str(actor.get("type", "")).casefold() if isinstance(actor, dict) else ""


def customer(lab: Lab, basis: Basis) -> None:
    """Have somebody answer as our contact on a closed ticket of ours."""
    ticket = lab.ticket(basis.contact, name="a")
    fields = [replies.field_info(row) for row in lab.ask(calls.fields("tickets")).rows()]
    closed = [value for each in fields if each.api_name == "status" for value, kind in each.values if kind == "closed"]
    done = lab.ask(p.patch_ticket(ticket, {"status": closed[0]})) if closed else None
    if done is None or not done.ok:
        lab.notes.unclear("customer_reply_reopens", "our ticket could not be closed", *([done.told()] if done else []))
        return
    number = done.text("ticketNumber") or lab.ask(calls.ticket(ticket)).text("ticketNumber")
    before = len(lab.threads(ticket))
    lab.hand("customer", {"ticket": ticket, "number": number, "from": lab.address("a")})

    def answered() -> bool | None:
        return len(lab.threads(ticket)) > before or None

    if lab.watch(answered, limit_s=lab.hand_patience_s, what="no answer has come").got is None:
        lab.notes.unclear("customer_reply_reopens", f"no answer came within {lab.hand_patience_s:.0f} s")
        return
    lab.wait(2.0)
    seen = lab.ask(calls.ticket(ticket))
    open_again = "".join(seen.text("statusType").lower().split()) != "closed"
    lab.notes.note("customer_reply_reopens", "yes" if open_again else "no", seen.told("statusType after the answer"))


def archive(lab: Lab, basis: Basis) -> None:
    """Have an agent archive a ticket of ours, and try to change it."""
    ticket = lab.ticket(basis.contact, name="a")
    query = {"email": lab.address("a")}
    indexed = lab.watch(lambda: lab.finds(ticket, query), limit_s=lab.patience_s).got
    number = lab.ask(calls.ticket(ticket)).text("ticketNumber")
    lab.hand("archive", {"ticket": ticket, "number": number})

    def archived() -> Seen | None:
        seen = lab.ask(calls.ticket(ticket))
        if seen.record.get("isArchived") is True:
            return seen
        rows = lab.pages(calls.archived_tickets(lab.department), 50)
        return seen if any(str(row.get("id")) == ticket for row in rows) else None

    seen = lab.watch(archived, limit_s=lab.hand_patience_s, what="the ticket has not been archived").got
    if seen is None:
        lab.notes.unclear("archived_writes", f"nobody archived the ticket within {lab.hand_patience_s:.0f} s")
        return
    lab.notes.note("get_archived_ticket", str(seen.status), seen.told(f"own archived ticket: {shown(seen)}"))
    patched = lab.ask(p.patch_ticket(ticket, {"phone": "+44 1632 960145"}))
    lab.notes.note(
        "archived_writes", "allowed" if patched.ok else str(patched.status), patched.told("on our archived ticket")
    )
    listed = lab.ask(calls.contact_tickets(basis.contact, lab.department).page(0, 50))
    found = any(str(row.get("id")) == ticket for row in listed.rows())
    lab.notes.note("contact_tickets_archived", "yes" if found else "no", listed.told("our archived ticket"))
    if indexed is not None:
        lab.wait(lag(lab))
        hit = lab.finds(ticket, query)
        told = Evidence("GET /tickets/search", "200", "our archived ticket, after the lag")
        lab.notes.note("search_archived", "present" if hit else "absent", told)


def second_agent(lab: Lab, other: Guard, basis: Basis) -> None:
    """Try what a token of another agent, with tickets.READ and tickets.UPDATE only, may do on records of ours."""
    seen = other.ask(p.search({"email": lab.address("a")}).page(lab.firsts.get("GET /tickets/search", 0), 1))
    told = seen.told("with Desk.tickets.READ, without Desk.search.READ")
    if seen.ok:
        lab.notes.note("scope_check", "any", told)
    elif seen.code == "SCOPE_MISMATCH":
        lab.notes.note("scope_check", "all", told)
    else:
        lab.notes.unclear("scope_check", "the other token was refused for another reason", told)
    ticket = lab.ticket(basis.contact, name="a")
    made = other.make(
        calls.add_comment(ticket, f"Another's note {lab.run}"), "comment", lab.mark("comment"), parent=ticket
    )
    if not made.ok:
        lab.notes.unclear("foreign_comment_edit", "the other agent could not write a note", made.told())
        return
    edited = lab.ask(p.edit_comment(ticket, made.text("id"), f"Edited {lab.run}"))
    answer = "allowed" if edited.ok else str(edited.status)
    lab.notes.note("foreign_comment_edit", answer, edited.told("the note of another agent, made in this run"))
