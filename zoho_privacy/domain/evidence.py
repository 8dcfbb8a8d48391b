"""What a regulator is handed about one case: a zip in which everything can be recomputed from its ledger. Pure.

Members, always all of them: case.json, ledger.jsonl (the whole chain; what is not about this case is a stub),
plans.json (each plan with approval and journal), letters.json, register.json, coverage.json, anchors.json, README.txt,
and manifest.json with the SHA-256 of each. The same facts at the same moment give the same bytes: members are stored
uncompressed, in this order, with one fixed date. No personal data: ids, kinds, dates, counts and keyed hashes.
The check is `evidence_check.py`; what changes here changes there, and the number in FORMAT.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from zoho_privacy.domain import ledger
from zoho_privacy.domain.coverage import AMENDED, Place, Row, Step, statement
from zoho_privacy.domain.ledger import Head, Link
from zoho_privacy.domain.model import Case, Form, LedgerEntry, Plan, Receipt, State
from zoho_privacy.domain.sources import Amended

FORMAT: Final = "zoho_privacy evidence 1"
MANIFEST: Final = "manifest.json"
MEMBERS: Final = (
    "case.json",
    "ledger.jsonl",
    "plans.json",
    "letters.json",
    "register.json",
    "coverage.json",
    "anchors.json",
    "README.txt",
    MANIFEST,
)
SENT: Final = "reply_sent"
RECORDED: Final = "receipt_recorded"
COPY_HELD: Final = "copy_held"
COPY_DESTROYED: Final = "copy_destroyed"
README: Final = """Evidence about one privacy case.

  zoho-privacy evidence verify FILE.zip [--head NUMBER:HASH] [--anchors anchors.jsonl]

checks it offline: the sums in manifest.json, the chain of hashes in ledger.jsonl, each plan against the hash by which
it was approved, the journal against plan and ledger, and letters and coverage against both. Lines of ledger.jsonl with
a digest and no content belong to other cases. A head of the chain stands in the closing letter to the person: give it
as --head.
"""
_OLD: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved a plan, and when, as ISO text."""

    by: str
    at: str


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """One plan of the case with what became of it."""

    plan: Plan
    approval: Approval | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a bundle is made from. `chain` is the organisation's whole ledger up to one moment, `made`."""

    case: Case
    chain: tuple[Link, ...]
    plans: tuple[PlanRecord, ...]
    register: tuple[Place, ...]
    anchors: tuple[Head, ...]
    made: datetime


def bundle(facts: Facts) -> bytes:
    """Return the zip."""
    return pack(members(facts))


def members(facts: Facts) -> dict[str, bytes]:
    """Return the content of each member but the manifest."""
    case = facts.case
    mine = [link for link in facts.chain if about(link, case.id, case.ticket_id)]
    shown = {link.sequence for link in mine}
    links = (link if link.sequence in shown else ledger.stub(link) for link in facts.chain)
    told = letters(mine, case.id)
    body = case_body(case, facts.made)
    rows = covered(body, facts.plans, facts.register, mine)
    return {
        "case.json": render(body),
        "ledger.jsonl": b"".join(line(ledger.to_body(link)) for link in links),
        "plans.json": render([record_body(record) for record in facts.plans]),
        "letters.json": render(told),
        "register.json": render([asdict(place) for place in facts.register]),
        "coverage.json": render([asdict(row) for row in rows]),
        "anchors.json": render([asdict(head) for head in sorted(facts.anchors, key=lambda each: each.sequence)]),
        "README.txt": README.encode(),
    }


def about(link: Link, case_id: str, ticket_id: str) -> bool:
    """Tell whether an entry is shown in full: this case's, its ticket's own, a letter's to it, or a purge's."""
    if not isinstance(link, LedgerEntry):
        return False
    if link.case_id == case_id or case_id in link.details.get("cases", "").split(","):
        return True
    return not link.case_id and (link.ticket_id == ticket_id or link.what == ledger.PURGED)


def letters(entries: Iterable[Link], case_id: str) -> list[dict[str, Any]]:
    """Return the letters about a case that the ledger says were sent: name, time, thread and entry."""
    return [
        {
            "letter": entry.result,
            "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "thread": entry.details.get("thread", ""),
            "entry": entry.sequence,
        }
        for entry in entries
        if isinstance(entry, LedgerEntry) and entry.what == SENT
        if case_id in {entry.case_id, *entry.details.get("cases", "").split(",")}
    ]


def receipts(entries: Iterable[Link], case_id: str) -> Mapping[str, Receipt]:
    """Return what the ledger says that recipients answered, the last answer of each."""
    found: dict[str, Receipt] = {}
    for entry in entries:
        if isinstance(entry, LedgerEntry) and entry.what == RECORDED and entry.case_id == case_id:
            recipient, _, form = entry.result.partition(" ")
            by, told = entry.who.removeprefix("role:"), entry.details
            found[recipient] = Receipt(
                recipient, Form(form), by, entry.at, told.get("reference", ""), told.get("reason", "")
            )
    return found


def amended(entries: Iterable[Link], case_id: str) -> tuple[Amended, ...]:
    """Return what the ledger says that was done to records beside the desk, the last word on each."""
    found: dict[tuple[str, ...], Amended] = {}
    for entry in entries:
        if isinstance(entry, LedgerEntry) and entry.what == AMENDED and entry.case_id == case_id:
            source, act, record, code = (entry.details.get(name, "") for name in ("source", "act", "record", "code"))
            found[source, act, record] = Amended(source, act, record, entry.result, code)
    return tuple(found.values())


def held_copies(entries: Iterable[Link], case_id: str) -> int:
    """Return how many sealed copies the ledger says a hold kept at the end of a case, and that were not destroyed."""
    found: set[str] = set()
    for entry in entries:
        if isinstance(entry, LedgerEntry) and entry.case_id == case_id:
            if entry.what == COPY_HELD:
                found.add(entry.ticket_id)
            elif entry.what == COPY_DESTROYED:
                found.discard(entry.ticket_id)
    return len(found)


def covered(
    case: Mapping[str, Any],
    plans: Sequence[PlanRecord],
    register: Sequence[Place],
    entries: Sequence[Link],
) -> tuple[Row, ...]:
    """Return the coverage statement of a case as its file and the entries of its ledger tell it."""
    record = next((each for each in plans if each.plan.hash == case["plan"]), None)
    steps = {step.key: step for step in record.steps} if record else {}
    return statement(
        register,
        record.plan if record else None,
        steps,
        answered=case["state"] == State.CLOSED,
        receipts=receipts(entries, case["id"]),
        amended=amended(entries, case["id"]),
        copies=held_copies(entries, case["id"]),
    )


def case_body(case: Case, made: datetime) -> dict[str, Any]:
    """Return what is told of the case: ids, kinds, dates; no names, no words of the person."""
    due = case.due
    return {
        "made": _moment(made),
        "org": case.org,
        "id": case.id,
        "ticket": case.ticket_id,
        "ticket_number": case.ticket_number,
        "kind": case.kind.value,
        "state": case.state.value,
        "law": case.law.value,
        "level": case.level.name,
        "language": case.language,
        "by_agent": case.by_agent,
        "policy_version": case.policy_version,
        "plan": case.plan_hash,
        "export": case.export_id,
        "outcome": case.outcome,
        "stewards": list(case.stewards),
        "received": _moment(due.received),
        "closed": _moment(case.closed) if case.closed else None,
        "acknowledge_due": due.acknowledge_due.isoformat(),
        "promise_due": due.promise_due.isoformat(),
        "legal_due": due.legal_due.isoformat(),
        "extended_to": due.extended_to.isoformat() if due.extended_to else None,
        "due": due.due.isoformat(),
        "due_why": list(due.why),
    }


def record_body(record: PlanRecord) -> dict[str, Any]:
    """Return a plan with approval and journal as JSON members."""
    plan = asdict(record.plan)
    return {
        "plan": {**plan, "created": record.plan.created.isoformat()},
        "approval": asdict(record.approval) if record.approval else None,
        "steps": [asdict(step) for step in record.steps],
    }


def pack(content: Mapping[str, bytes]) -> bytes:
    """Return the zip of these members and their manifest, the same bytes for the same content."""
    whole = {**content, MANIFEST: manifest(content)}
    return zipped({name: whole[name] for name in MEMBERS})


def zipped(content: Mapping[str, bytes]) -> bytes:
    """Return a zip of these members in this order, the same bytes for the same members."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, data in content.items():
            info = zipfile.ZipInfo(name, _OLD)
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_STORED, 0o600 << 16, 3
            archive.writestr(info, data)
    return sink.getvalue()


def manifest(content: Mapping[str, bytes], kind: str = FORMAT) -> bytes:
    """Return the manifest of these members; nothing in it that they do not determine."""
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in content.items() if name != MANIFEST}
    return render({"format": kind, "files": sums})


def render(value: object) -> bytes:
    """Return a value as the one JSON text it has in a bundle."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True).encode() + b"\n"


def line(value: object) -> bytes:
    """Return a value as one line of JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
