"""Turns what a person sends from a form into an order of the bench, which does it. Nothing is done here."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from werkzeug.datastructures import FileStorage, ImmutableMultiDict

from zoho_emulator.bench import Bench
from zoho_emulator.store import Json

Form = ImmutableMultiDict[str, str]
Files = ImmutableMultiDict[str, FileStorage]


@dataclass(frozen=True)
class Order:
    """What a form can ask for. `place` says where to look at what came of it: a path below the console."""

    run: Callable[[Bench, Form, Files], Json]
    said: str
    place: Callable[[Form, Json], str]


def _ticket(form: Form, answer: Json) -> str:
    return f"tickets/{answer.get('ticketId') or form['ticketId']}"


def _at(place: str) -> Callable[[Form, Json], str]:
    return lambda *_: place


def _mail(bench: Bench, form: Form, files: Files) -> Json:
    order: Json = {name: form.get(name, "").strip() for name in ("from", "fromName", "to", "cc", "subject")}
    order["html" if form.get("format") == "html" else "text"] = form.get("body", "")
    if form.get("inReplyToTicketId"):
        order["inReplyToTicketId"] = form["inReplyToTicketId"]
    if form.get("inReplyTo"):
        order["headers"] = {"In-Reply-To": form["inReplyTo"]}
    order["attachments"] = [
        {
            "name": each.filename,
            "contentBase64": base64.b64encode(each.read()).decode("ascii"),
            "contentType": each.mimetype,
        }
        for each in files.getlist("file")
        if each.filename
    ]
    return bench.mail(order)


def _macro(bench: Bench, form: Form, _: Files) -> Json:
    value, tag = form.get("privacyAction", ""), form.get("tag", "").strip()
    if not value and not tag:
        raise ValueError("choose a privacy action or name a tag")
    return bench.macro(
        {
            "ticketIds": [form["ticketId"]],
            "agentId": form.get("agentId"),
            "name": form.get("name", "").strip() or (f"Privacy: {value}" if value else f"Tag: {tag}"),
            "fields": {"cf": {"cf_privacy_action": value}} if value else {},
            "addTags": [tag] if tag else [],
        }
    )


def _status(bench: Bench, form: Form, _: Files) -> Json:
    return bench.edit(_by(form) | {"fields": {"status": form["status"]}})


def _comment(bench: Bench, form: Form, _: Files) -> Json:
    return bench.comment(_by(form) | {"content": form["content"], "isPublic": form.get("public") == "yes"})


def _reply(bench: Bench, form: Form, _: Files) -> Json:
    return bench.reply(_by(form) | {"content": form["content"]})


def _clock(bench: Bench, form: Form, _: Files) -> Json:
    if form.get("to"):
        return bench.move_clock({"now": form["to"]})
    amount = float(form["amount"])
    return bench.move_clock({"advanceSeconds": amount * {"hours": 3600, "days": 86400}[form["unit"]]})


def _switches(bench: Bench, form: Form, _: Files) -> Json:
    now = bench.switches({})
    return dict(bench.set_switches({name: value for name, value in form.items() if now.get(name) != value}))


def _fault(bench: Bench, form: Form, _: Files) -> Json:
    match = {"method": form.get("method") or None, "pathRegex": form.get("pathRegex", "")}
    numbers = {"times": int, "skip": int, "seconds": float, "retryAfter": int}
    order = {name: kind(form[name]) for name, kind in numbers.items() if form.get(name)}
    return bench.add_fault({"kind": form["kind"], "match": match, **order})


def _by(form: Form) -> Json:
    return {"ticketId": form["ticketId"], "agentId": form.get("agentId")}


ORDERS: Final[Mapping[str, Order]] = {
    "mail": Order(_mail, "The mail has arrived.", _ticket),
    "macro": Order(_macro, "The macro has run.", _ticket),
    "status": Order(_status, "The status is changed.", _ticket),
    "close": Order(lambda bench, form, _: bench.close(_by(form)), "The ticket is closed.", _ticket),
    "comment": Order(_comment, "The comment is added.", _ticket),
    "reply": Order(_reply, "The reply has left.", _ticket),
    "trash": Order(lambda bench, form, _: bench.trash(_by(form)), "The ticket lies in the recycle bin.", _ticket),
    "restore": Order(
        lambda bench, form, _: bench.restore({"binId": form["binId"], "agentId": form.get("agentId")}),
        "The record is restored.",
        _at("bin"),
    ),
    "clock": Order(_clock, "The clock is forward.", _at("")),
    "switches": Order(_switches, "The switches are set.", _at("switches")),
    "fault": Order(_fault, "The fault is set.", _at("faults")),
    "clear-faults": Order(
        lambda bench, form, _: bench.clear_faults({}, form.get("faultId")), "The fault is cleared.", _at("faults")
    ),
    "rotate-key": Order(
        lambda bench, form, _: bench.rotate_key({"withdraw": form.get("withdraw") == "yes"}),
        "Deliveries are signed with a new key.",
        _at("webhooks"),
    ),
}
