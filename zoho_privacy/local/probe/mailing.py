"""Questions about replies: when they leave, what is added, whether they move times, where their files are listed."""

from email.utils import getaddresses
from typing import Final

from zoho_privacy.adapters.desk import calls, replies
from zoho_privacy.adapters.desk import probe_calls as p
from zoho_privacy.domain.profile import Evidence
from zoho_privacy.local.probe.guard import Seen
from zoho_privacy.local.probe.journal import Made
from zoho_privacy.local.probe.lab import Lab
from zoho_privacy.local.probe.records import Basis

APART_S: Final = 2.0
QUOTED: Final = "Earlier words"


def look(lab: Lab, basis: Basis, sender: str | None) -> None:
    """Send two mails to our own contact and watch them leave."""
    address = sender or _sender(lab)
    if address is None:
        lab.notes.unclear(
            "reply_outcome", "the department has no verified from address", Evidence("GET /mailReplyAddress", "200")
        )
        return
    ticket = lab.ticket(basis.contact, name="a", description=f"<div>{QUOTED} {lab.run}</div>")
    _moves(lab, ticket, address)
    _pending(lab, ticket, address)


def _sender(lab: Lab) -> str | None:
    listed = [replies.from_address(row) for row in lab.ask(calls.reply_addresses(lab.department).page(0, 50)).rows()]
    return next((each.address for each in listed if each.active and each.verified), None)


def _send(lab: Lab, ticket: str, sender: str, html: str, *, immediately: bool, files: tuple[str, ...] = ()) -> Seen:
    call = p.reply(ticket, sender=sender, to=lab.address("a"), html=html, immediately=immediately, files=files)
    return lab.guard.make(call, "thread", lab.mark("reply"), parent=ticket)


def _moves(lab: Lab, ticket: str, sender: str) -> None:
    lab.wait(APART_S)
    before = lab.ask(calls.ticket(ticket)).text("modifiedTime")
    html = f"<p>A test of zoho-privacy probe {lab.run}.</p>"
    seen = _send(lab, ticket, sender, html, immediately=True)
    if not seen.ok:
        lab.notes.unclear("reply_immediately", "a reply was refused", seen.told())
        return
    if seen.weight is not None:
        lab.notes.note("reply_credits", f"{seen.weight:g}", seen.told("X-Rate-Limit-Request-Weight-v3"))
    read = lab.ask(calls.thread(ticket, seen.text("id")))
    lab.notes.note("reply_immediately", seen.text("status") or "unknown", seen.told("sendImmediately=true, status"))
    _added(lab, read, html)
    _from(lab, read)
    after = lab.ask(calls.ticket(ticket))
    moved = after.text("modifiedTime") != before
    lab.notes.note("reply_moves_modified_time", "yes" if moved else "no", after.told("modifiedTime before and after"))


def _added(lab: Lab, read: Seen, html: str) -> None:
    """Compare what the thread holds with what was sent: a signature names the agent, a quote the ticket's words."""
    content = read.text("content")
    told = read.told("content beside what was sent")
    before, found, after = content.partition(html)
    added = (before + after).strip()
    if not found:
        lab.notes.unclear("reply_signature", "the text was rewritten", told)
        lab.notes.unclear("reply_quote", "the text was rewritten", told)
        return
    me = lab.ask(calls.my_info())
    names = [me.text(name) for name in ("name", "lastName", "firstName") if me.text(name)]
    quoted = f"{QUOTED} {lab.run}" in added
    signed = any(name in added for name in names) or bool(added and not quoted)
    lab.notes.note("reply_signature", "yes" if signed else "no", told)
    lab.notes.note("reply_quote", "yes" if quoted else "no", told)


def _from(lab: Lab, read: Seen) -> None:
    """Say whose name stands beside the from address."""
    shown = next((name for name, _ in getaddresses([read.text("fromEmailAddress")])), "")
    me = lab.ask(calls.my_info())
    agent = " ".join(part for part in (me.text("firstName"), me.text("lastName")) if part)
    answer = "address" if not shown else ("agent" if shown in {agent, me.text("name")} else "portal")
    lab.notes.note("reply_sender", answer, read.told("display name of fromEmailAddress"))


def _pending(lab: Lab, ticket: str, sender: str) -> None:
    name = f"probe-{lab.run}-reply.txt"
    uploaded = lab.guard.make(p.upload(name, b"A file of zoho-privacy probe."), "upload", name)
    files = (uploaded.text("id"),) if uploaded.ok and uploaded.text("id") else ()
    sent = _send(lab, ticket, sender, "<p>Another test.</p>", immediately=False, files=files)
    if not sent.ok:
        lab.notes.unclear("reply_pending_seconds", "a reply was refused", sent.told())
        return

    def left() -> Seen | None:
        seen = lab.ask(calls.thread(ticket, sent.text("id")))
        return seen if seen.text("status") != "PENDING" else None

    seen = lab.watch(left, limit_s=lab.patience_s, what="the reply is PENDING")
    if seen.got is None:
        lab.notes.more_than("reply_pending_seconds", seen.seconds, sent.told("PENDING"))
    else:
        lab.notes.note("reply_pending_seconds", str(seen.seconds), sent.told(), seen.got.told(f"left {seen.says()}"))
        status = seen.got.text("status")
        answer = {"SUCCESS": "sent", "FAILED": "failed"}.get(status, status)
        lab.notes.note("reply_outcome", answer, seen.got.told("status in the end"))
    if files:
        _listed(lab, ticket, sent.text("id"), name)


def _listed(lab: Lab, ticket: str, thread: str, name: str) -> None:
    shown = lab.ask(calls.thread(ticket, thread))
    if not [row for row in shown.rows("attachments") if row.get("name") == name]:
        lab.notes.unclear("thread_files_in_ticket_attachments", "the reply took no file", shown.told())
        return
    rows = list(lab.pages(calls.attachments(ticket), 100))
    found = next((str(row["id"]) for row in rows if row.get("name") == name and row.get("id")), "")
    told = Evidence("GET /tickets/{id}/attachments", "200" if rows else "204", "a file sent with a reply, by its name")
    lab.notes.note("thread_files_in_ticket_attachments", "yes" if found else "no", told)
    if not found:
        lab.notes.skip("thread_files_deletable", "files of threads are not listed with the ticket's")
    else:
        lab.guard.journal.note(Made("file", found, name, ticket))
        seen = lab.ask(calls.delete_attachment(ticket, found))
        lab.notes.note("thread_files_deletable", "yes" if seen.ok else "no", seen.told())
