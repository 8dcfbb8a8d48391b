"""Warns agents of secrets, card numbers and identity papers that somebody sent unasked (R-SEC-5, R-VERIFY-8).

A note on the ticket says how many of which kind; the ledger says so too; neither repeats a value. Copies of the message
that leave this suite have them masked (exports, rewritten tickets). In Desk a message cannot be edited, and the note
says what can be done about it. Table unasked (id: message, parent: ticket).
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from zoho_privacy.domain.records import Thread
from zoho_privacy.domain.redact import find_personal_data
from zoho_privacy.workflows.casebook import Change, transact
from zoho_privacy.workflows.context import App

TABLE: Final = "unasked"
PAPERS: Final = "identity paper, by its file name"
KINDS: Final[Mapping[str, str]] = {
    "SECRET": "password, key or token",
    "CARD": "card number",
    "SSN": "social security number",
    "GOVID": "number of an identity paper",
}
FILE: Final = re.compile(
    r"passport|reisepass|passeport|pasaporte|passaporto|paspoort|passaporte|ausweis|identity[ _-]?card"
    r"|(?:^|[ _.-])id[ _-]?(?:card|copy|scan|front|back)|driv\w{0,4}[ _-]?licen[cs]e|f[uü]hrerschein|permis[ _-]de"
    r"|carte[ _-]d.?identit|carta[ _-]d.?identit|\bdni\b|rijbewijs",
    re.IGNORECASE,
)


def counted(text: str, names: tuple[str, ...] = ()) -> dict[str, int]:
    """Return how many of each kind a text and file names hold."""
    found = Counter(KINDS[kind] for _, _, kind in find_personal_data(text) if kind in KINDS)
    found[PAPERS] += sum(FILE.search(name) is not None for name in names)
    return {kind: count for kind, count in sorted(found.items()) if count}


def warn(app: App, org: str, thread: Thread, text: str) -> None:
    """Warn of what a message holds, once for ever; `text` is what its writer added to the conversation."""
    found = counted(text, tuple(each.name for each in thread.attachments))
    if not found:
        return
    said = ", ".join(f"{count} x {kind}" for kind, count in found.items())

    def make() -> Change | None:
        change = Change(app.store, org, app.clock.now())
        if not change.put_once(TABLE, thread.id, {"found": said}, parent=thread.ticket_id):
            return None
        change.log("zoho_privacy", "unasked_found", why="R-SEC-5", result=said, ticket_id=thread.ticket_id)
        change.effect(f"note:unasked:{thread.id}", "note", thread.ticket_id, text=note(thread, said))
        return change

    transact(make)


def note(thread: Thread, said: str) -> str:
    """Return what agents read."""
    return "\n".join(
        [
            f"The message of {thread.created:%Y-%m-%d %H:%M} UTC seems to hold: {said}. Nobody asked for it.",
            "Use none of it, tell the person that it should be changed or blocked, and ask for no such thing by mail.",
            "Exports and rewritten tickets mask it. In Desk a message cannot be edited: delete the file, or let the",
            "ticket be erased once it has served its time.",
        ]
    )
