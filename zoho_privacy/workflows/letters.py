"""Puts a letter's values together from cases, plans and rule tables, at the moment it is sent.

A letter claims what the store can prove and nothing else; `rules/letters/README.md` says which values each takes. It
knows neither name nor address of the person, so it cannot tell whether somebody is known (R-VERIFY-12).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from zoho_privacy.domain import duplicates, package, rules, sheet
from zoho_privacy.domain.deadline import add, business_days_after, local_day
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.ledger import shown
from zoho_privacy.domain.model import Case, Level
from zoho_privacy.domain.plan import STAYS
from zoho_privacy.domain.records import Contact, Ticket
from zoho_privacy.domain.rules import Span
from zoho_privacy.domain.sources import split
from zoho_privacy.workflows import beside, casebook, clients, erasure, exports, handout, ledger, rights, verification
from zoho_privacy.workflows.context import App, Desk

REASONS: Final = {
    "held": "legal_duty",
    "shared": "other_person",
    "open": "open",
    "masked": "messages_stay",
    "native-record": "native_record",
    "access-pending": "this_request",
    "binned": "expires",
    "unread": "by_hand",
    "archived": "by_hand",
    duplicates.CODE: "lookalike",
    "file-hold": "mentions",
    "file-keep": "mentions",
    "file-stays": "messages_stay",
    STAYS: "source_stays",
}
WHAT: Final = {"ticket": "tickets"}
OF_CRM: Final = {"Contacts": "contact", "Leads": "contact", "Notes": "communications", "Cases": "tickets",
                 "Deals": "deals"}  # fmt: skip
"""What the CRM's records are called in a letter; those of other systems are called by their kind."""
KEY: Final = "export_key"
DESK: Final = "Zoho Desk"
CRM: Final = "Zoho CRM"


@dataclass(frozen=True, slots=True)
class _Occasion:
    """What a letter is about."""

    app: App
    desk: Desk
    org: str
    body: Mapping[str, Any]
    cases: tuple[Case, ...]
    contact: Contact | None
    ticket: Ticket

    @property
    def today(self) -> date:
        return self.day(self.app.clock.now())

    @property
    def kinds(self) -> list[str]:
        return list(dict.fromkeys(case.kind.value for case in self.cases))

    @property
    def answer_by(self) -> date:
        return min((case.due.due for case in self.cases), default=self.today)

    @property
    def remedies(self) -> rules.Remedies:
        country = self.contact.country if self.contact else None
        state = self.contact.state if self.contact else None
        return rules.remedies(self.app.rules, self.cases[0].law, country=country, state=state)

    def day(self, moment: datetime) -> date:
        return local_day(moment, self.app.policy.time_zone)

    def months(self, count: int) -> date:
        return add(self.app.rules, self.today, Span(months=count), "us")

    def business_days(self, count: int) -> date:
        return business_days_after(self.app.rules, self.today, count)


def compose(
    app: App,
    desk: Desk,
    org: str,
    body: Mapping[str, Any],
    *,
    contact: Contact | None,
    ticket: Ticket,
    reference: str,
) -> str:
    """Return the letter of a reply effect as HTML.

    Raises:
        BadInput: There is no such letter, or the store no longer holds what it is about.
    """
    found = (casebook.case(app.store, org, case_id) for case_id in body.get("cases") or ())
    occasion = _Occasion(app, desk, org, body, tuple(case for case in found if case), contact, ticket)
    filler = VALUES.get(body["letter"])
    if filler is None:
        raise BadInput(f"there is no letter {body['letter']!r}")
    try:
        values = filler(occasion)
    except KeyError as missing:
        raise BadInput(f"the letter {body['letter']!r} lacks {missing}") from None
    values = {**values, "reference": reference, "of_another": _of_another(occasion)}
    return app.letters.render(body["letter"], body["language"], values)


def _of_another(about: _Occasion) -> bool:
    """Tell whether a letter's reader is not the person whose data it is about: a client, or who writes for them."""
    return bool(about.body.get("client")) or to_correspondent(next(iter(about.cases), None), about.body)


def to_correspondent(case: Case | None, body: Mapping[str, Any]) -> bool:
    """Tell whether a letter goes to who writes for the case's person; an answer may be for the person (R-AGENT-3)."""
    if case is None or not case.by_agent or body.get("to_person"):
        return False
    return not (case.direct and (body.get("answers") or body["letter"] == KEY))


def _words(about: _Occasion) -> Mapping[str, str]:
    """Return what the agent's note says, as it stands in Desk now: the store keeps no word of it."""
    content = rights.note(about.desk, about.ticket.id, about.body["note"])
    if content is None:
        raise BadInput("the note with the words of this letter is gone")
    return sheet.read(content)


def _extension(about: _Occasion) -> Mapping[str, Any]:
    old, new = (date.fromisoformat(about.body[name]) for name in ("old_due", "new_due"))
    reason = _words(about)["reason"]
    return {"kinds": about.kinds, "reason": reason, "old_due": old, "new_due": new, "remedies": about.remedies}


def _refusal(about: _Occasion) -> Mapping[str, Any]:
    words = _words(about)
    return {
        "kinds": about.kinds,
        "partial": about.body["partial"],
        "reason": words["reason"],
        "ground": words["ground"],
        "remedies": about.remedies,
    }


def _written(about: _Occasion) -> Mapping[str, Any]:
    return {"body": _words(about)["answer"], "kinds": about.kinds}


def _question(about: _Occasion) -> Mapping[str, Any]:
    return {"kinds": about.kinds, "question": _words(about)["question"], "answer_by": about.answer_by}


def _answer_by(about: _Occasion) -> Mapping[str, Any]:
    return {"answer_by": about.answer_by}


def _correction_done(about: _Occasion) -> Mapping[str, Any]:
    """To who writes for the person, old and new stay unsaid even in part: they are told that it is done (R-AGENT-1)."""
    changes = about.body["changes"]
    if _of_another(about):
        changes = [{name: each[name] for name in ("field", "where") if name in each} for each in changes]
    return {"changes": changes, "done_on": about.today}


def _restriction_ends(about: _Occasion) -> Mapping[str, Any]:
    return {"reason": _words(about)["reason"], "ends_on": about.today, "remedies": about.remedies}


def _identity(about: _Occasion) -> Mapping[str, Any]:
    app, challenge_id = about.app, about.body["challenge"]
    item = app.store.get(about.org, "challenge", challenge_id)
    if item is None:
        raise BadInput("the challenge of this letter is gone")
    proven = set(item.body["cases"])
    return {
        "kinds": [case.kind.value for case in about.cases if case.id in proven],
        "no_proof": [case.kind.value for case in about.cases if case.id not in proven and not _clients(case)],
        "code": app.keyring.code(challenge_id),
        "link": verification.link(app, challenge_id),
        "further": bool(item.body["facts"]),
        "expires_hours": int(app.policy.code_life.total_seconds() // 3600),
        "answer_by": about.answer_by,
        **_client_part(about),
    }


def _kinds_and_date(about: _Occasion) -> Mapping[str, Any]:
    return {"kinds": about.kinds, "answer_by": about.answer_by}


def _done(about: _Occasion) -> Mapping[str, Any]:
    kinds = [case.kind.value for case in about.cases if case.level is Level.V0]
    return {"kinds": kinds, "done_on": about.today, "remedies": about.remedies}


def _export_ready(about: _Occasion) -> Mapping[str, Any]:
    export_id = about.body["export_id"]
    return {
        "link": exports.link(about.app, export_id),
        "expires_on": about.day(about.app.clock.now() + about.app.policy.export_life),
        "copied": any(case.kind not in package.ANSWER_ALONE for case in about.cases),
        "key_follows": True,
        "remedies": about.remedies,
    }


def _export_key(about: _Occasion) -> Mapping[str, Any]:
    return handout.letter_values(about.app, about.body)


def _erasure_done(about: _Occasion) -> Mapping[str, Any]:
    app, case = about.app, about.cases[0]
    told = erasure.told(app, case)
    head = ledger.head(app.store, about.org)
    return {
        "masked": case.outcome == erasure.MASKED,
        "gone": told.gone,
        "live_gone_on": about.today,
        "remains": [*_kept(told, about), *_elsewhere(app)],
        "backups_by": about.day(told.backups_until),
        "record_until": about.months(app.rules.numbers.ledger_months),
        "ledger_head": shown(head) if head else "",
        "remedies": about.remedies,
    }


def _kept(told: erasure.Told, about: _Occasion) -> list[Mapping[str, Any]]:
    """Return what stays in Desk: this conversation, the overwritten record, each kept record by its reason.

    A conversation with whoever wrote for the person is the writer's: it is among other people's requests.
    """
    until = about.day(told.conversation_until) if told.conversation_until else None
    rows: list[Mapping[str, Any]] = []
    if not about.cases[0].by_agent:
        rows.append({"what": "this_request", "where": DESK, "reason": "this_request", "until": until})
    if told.record_overwritten:
        rows.append({"what": "contact", "where": DESK, "reason": "overwritten_next", "until": None})
    stays = dict.fromkeys((kept.type, REASONS.get(kept.code, kept.reason)) for kept in told.kept)
    rows.extend(
        {"what": WHAT.get(kind, "desk_records"), "where": DESK, "reason": reason, "until": None}
        for kind, reason in stays
        if kind not in {"contact", "crm", "source"}
    )
    rows += _beside(told, about)
    if any(kept.type == "crm" for kept in told.kept):
        rows.append({"what": "contact", "where": CRM, "reason": "by_hand", "until": None})
    rows.append({"what": "tickets", "where": DESK, "reason": "mentions", "until": None})
    people = dict.fromkeys(REASONS.get(kept.code, "legal_duty") for kept in told.kept if kept.type == "contact")
    rows += [{"what": "contact", "where": DESK, "reason": reason, "until": None} for reason in people]
    return rows


def _beside(told: erasure.Told, about: _Occasion) -> list[Mapping[str, Any]]:
    """Return which records stay in systems beside the desk and why, each system, kind and reason once (R-ERASE-5).

    The CRM's are called by our words; those of a plug-in by its own, with the reason that it gives.
    """
    found: dict[tuple[str, str, str, str], int] = {}
    for kept in told.kept:
        if kept.type == "source":
            name, kind, _ = split(kept.target)
            stays = kept.code == STAYS and name != beside.CRM
            said = kept.reason.partition(f"{kind}: ")[2] if stays else ""
            reason = REASONS.get(kept.code, "by_hand")
            reason = "deal_stays" if reason == "source_stays" and name == beside.CRM else reason
            key = (name, kind, reason, said)
            found[key] = found.get(key, 0) + 1
    titles = {each.describe().name: each.describe().title for each in about.desk.sources} if found else {}
    rows: list[Mapping[str, Any]] = []
    for (name, kind, reason, said), count in found.items():
        what = OF_CRM.get(kind, "source_records") if name == beside.CRM else "source_records"
        more = {"kind": kind} if what == "source_records" else {}
        row = {"what": what, "where": titles.get(name, name), "reason": reason, "until": None, "count": count}
        rows.append({**row, **more, **({"said": said} if said else {})})
    return rows


def _elsewhere(app: App) -> list[Mapping[str, Any]]:
    """Return the categories that lie in systems the suite cannot reach, each with who acts (R-PROP-5)."""
    outside = app.rules.external_systems
    return [
        {
            "what": key,
            "where": ", ".join(
                dict.fromkeys(app.rules.recipients[r].name for s in places for r in outside[s].recipients)
            ),
            "reason": "by_hand",
            "until": None,
        }
        for key, category in app.rules.categories.items()
        if (places := [system for system in category.systems if system in outside])
        and any(app.rules.recipients[r].personal_data for s in places for r in outside[s].recipients)
    ]


def _know_categories(about: _Occasion) -> Mapping[str, Any]:
    return {
        "rows": rules.know_report(about.app.rules),
        "since": about.months(-12),
        "more_available": True,
        "remedies": about.remedies,
    }


def _recipient_list(about: _Occasion) -> Mapping[str, Any]:
    return {"recipients": list(about.app.rules.recipients.values()), "as_of": about.today}


def _clients(case: Case) -> bool:
    """Tell whether a client decides about a case; what nobody has to prove is done whoever's data it is."""
    return case.processor_for is not None and case.level > Level.V0


def _client_part(about: _Occasion) -> Mapping[str, Any]:
    client = next((case.processor_for for case in about.cases if _clients(case)), "")
    days = about.app.rules.numbers.forward_business_days
    return {"client": client, "forward_by": about.business_days(days)}


def _processor(about: _Occasion) -> Mapping[str, Any]:
    done = [case.kind.value for case in about.cases if not _clients(case)]
    return {**_client_part(about), "no_proof": list(dict.fromkeys(done))}


def _client_request(about: _Occasion) -> Mapping[str, Any]:
    client = clients.named(about.desk, about.body["client"])
    if client is None or about.contact is None:
        raise BadInput("the client or the person of this letter is no longer there")
    received = min(case.due.received for case in about.cases)
    return {
        "contract": client.contract,
        "person": about.contact.email or "",
        "kinds": about.kinds,
        "received_on": about.day(received),
        "answer_by": about.answer_by,
    }


def _authorised(about: _Occasion) -> Mapping[str, Any]:
    values = _identity(about)
    return {name: values[name] for name in ("kinds", "code", "link", "further", "expires_hours")}


def _child(about: _Occasion) -> Mapping[str, Any]:
    return {"look_by": about.business_days(about.app.policy.child_look_days)}


def _nothing(_: _Occasion) -> Mapping[str, Any]:
    return {}


VALUES: Final[Mapping[str, Callable[[_Occasion], Mapping[str, Any]]]] = {
    "identity": _identity,
    "acknowledge": _kinds_and_date,
    "opt_out_done": _done,
    "restriction_done": _done,
    "export_ready": _export_ready,
    KEY: _export_key,
    "erasure_done": _erasure_done,
    "still_open": _kinds_and_date,
    "possible": _kinds_and_date,
    "extension": _extension,
    "refusal": _refusal,
    "answered": _written,
    "correction_ack": _answer_by,
    "correction_done": _correction_done,
    "restriction_ends": _restriction_ends,
    "code_failed": _nothing,
    "processor": _processor,
    "client_request": _client_request,
    "question": _question,
    "mandate": _kinds_and_date,
    "authorised": _authorised,
    "child": _child,
    "know_categories": _know_categories,
    "recipient_list": _recipient_list,
}
