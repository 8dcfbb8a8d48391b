"""Checks an evidence bundle without store, network or secret, and says what it cannot show (R-EVID-4). Pure.

First the bytes: the zip and its manifest are put together anew from the members and must come out the same. Then the
sense, which a forger who writes sums anew has to keep too: the chain and the heads left elsewhere, each plan's hash,
its approval by somebody else, the journal against plan and ledger, the read-back before the closing letter, letters
and coverage against what they are derived from. A bundle is hostile input: sizes and shapes are checked first.
"""

import io
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, Final

from zoho_privacy.domain import evidence, ledger
from zoho_privacy.domain.coverage import RECIPIENT, Place, Step
from zoho_privacy.domain.errors import BadInput, Tampered
from zoho_privacy.domain.evidence import MANIFEST, MEMBERS, Approval, PlanRecord
from zoho_privacy.domain.gate import TICKET_ACTIONS
from zoho_privacy.domain.ledger import Head, Link
from zoho_privacy.domain.machine import Event
from zoho_privacy.domain.model import Action, ActionType, Kept, LedgerEntry, Plan, Receipt, State
from zoho_privacy.domain.plan import sealed

MOST_BYTES: Final = 512 * 1024 * 1024
ENDS: Final = frozenset({"done", "skipped", "failed"})
CLOSING: Final = "erasure_done"
OPENED: Final = "case_opened"
CLOSED_BY: Final[Mapping[State, frozenset[str]]] = {
    State.CLOSED: frozenset({"case_closed", Event.ANSWERED.value}),
    State.REFUSED: frozenset({Event.REFUSED_BY_PERSON.value}),
}
BROKEN: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    IndexError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
WRONG: Final = (AttributeError, KeyError, OverflowError, RecursionError, Tampered, TypeError, ValueError)
ALWAYS_OPEN: Final = (
    "that an entry was true when it was written: the chain shows only that nothing was changed afterwards",
    "that no entry about this case stands among the stubs",
    "that the copies kept by Zoho, in backups, and by the owners of external systems are gone",
    "that an agent's id stands for the human it was given to",
    "what the letters said: names, times and threads are shown, no text",
    "law, due dates and policy version, beyond the kind and law the ledger named at opening",
)


@dataclass(frozen=True, slots=True)
class Anchored:
    """A head that was left elsewhere; `at` None where nobody knows when."""

    head: Head
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was shown, what does not hold, and what cannot be shown, each as sentences without personal data."""

    case_id: str
    proved: tuple[str, ...]
    faults: tuple[str, ...]
    unproven: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Tell whether nothing was found."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class _Read:
    """The members of a bundle as values."""

    case: Mapping[str, Any]
    made: datetime
    chain: tuple[Link, ...]
    plans: tuple[PlanRecord, ...]
    register: tuple[Place, ...]
    anchors: tuple[Head, ...]
    letters: Any
    coverage: Any

    @property
    def entries(self) -> list[LedgerEntry]:
        return [link for link in self.chain if isinstance(link, LedgerEntry)]

    @property
    def purged_through(self) -> int:
        return ledger.purged_through(self.chain)

    @property
    def purged(self) -> bool:
        """Tell whether entries of this case may be gone: a purge takes the oldest first, its opening before all."""
        return bool(self.purged_through) and not self.opening

    @property
    def receipts(self) -> Mapping[str, Receipt]:
        """What recipients answered, by recipient."""
        return evidence.receipts(self.entries, self.case["id"])

    @property
    def opening(self) -> list[LedgerEntry]:
        return [entry for entry in self.entries if entry.what == OPENED and entry.case_id == self.case["id"]]


def check(data: bytes, anchors: Iterable[Anchored] = (), heads: Sequence[Head] = ()) -> Verdict:
    """Check a bundle. `anchors` are heads left elsewhere, of any organisation; `heads` those of letters, of this one.

    Raises:
        BadInput: The bytes are no evidence bundle at all.
    """
    content, faults = unpack(data)
    if faults:
        return Verdict("", (), tuple(faults), ALWAYS_OPEN)
    faults = _sums(data, content)
    try:
        read = _read(content)
    except WRONG:
        return Verdict("", (), (*faults, "a member of the bundle cannot be read"), ALWAYS_OPEN)
    name = str(read.case.get("id", ""))
    try:
        left = [each for each in anchors if each.head.org == read.case["org"]]
        left += [Anchored(replace(each, org=read.case["org"])) for each in heads]
        faults += [*_chain(read, left), *_plans(read), *_journals(read), *_closing(read), *_derived(read)]
        unproven = tuple(_unproven(read, left))
    except WRONG:
        faults.append("a member of the bundle holds values that cannot be compared")
        return Verdict(name, (), tuple(dict.fromkeys(faults)), ALWAYS_OPEN)
    proved = () if faults else (*_proved(read, left), *(f"the head {ledger.shown(each)} fits it" for each in heads))
    return Verdict(name, proved, tuple(dict.fromkeys(faults)), unproven)


def unpack(data: bytes) -> tuple[dict[str, bytes], list[str]]:
    """Return the members and what is wrong with their storage.

    Raises:
        BadInput: It is no zip, too large, or holds other members than a bundle does.
    """
    if len(data) > MOST_BYTES:
        raise BadInput("the file is too large for an evidence bundle")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except BROKEN:
        raise BadInput("the file is no zip") from None
    infos = archive.infolist()
    plain = all(info.compress_type == zipfile.ZIP_STORED and info.file_size <= len(data) for info in infos)
    if tuple(info.filename for info in infos) != MEMBERS or not plain:
        raise BadInput("the file is no evidence bundle: it holds other members, or holds them otherwise")
    try:
        return {info.filename: archive.read(info) for info in infos}, []
    except BROKEN:
        return {}, ["the file was damaged or changed: a member does not have its checksum"]


def _sums(data: bytes, content: Mapping[str, bytes]) -> list[str]:
    told = {name: member for name, member in content.items() if name != MANIFEST}
    if evidence.manifest(told) != content[MANIFEST]:
        return ["the sums in the manifest are not those of the members"]
    return [] if evidence.pack(told) == data else ["the zip holds something beside its members"]


# ------------------------------------------------------------------------------------------------------------- reading


def _read(content: Mapping[str, bytes]) -> _Read:
    case = _json(content["case.json"])
    made = _moment(case["made"])
    lines = content["ledger.jsonl"].splitlines(keepends=True)
    bodies = [json.loads(each) for each in lines]
    if any(evidence.line(body) != each for body, each in zip(bodies, lines, strict=True)):
        raise ValueError("not canonical")
    return _Read(
        case,
        made,
        tuple(ledger.from_body(body) for body in bodies),
        tuple(_record(body) for body in _json(content["plans.json"])),
        tuple(_exactly(Place, body) for body in _json(content["register.json"])),
        tuple(_exactly(Head, body) for body in _json(content["anchors.json"])),
        _json(content["letters.json"]),
        _json(content["coverage.json"]),
    )


def _json(data: bytes) -> Any:
    value = json.loads(data)
    if evidence.render(value) != data:
        raise ValueError("not canonical")
    return value


def _record(body: Mapping[str, Any]) -> PlanRecord:
    if body.keys() != {"plan", "approval", "steps"}:
        raise KeyError("members")
    approval = None if body["approval"] is None else _exactly(Approval, body["approval"])
    return PlanRecord(plan_from_body(body["plan"]), approval, tuple(_exactly(Step, each) for each in body["steps"]))


def plan_from_body(body: Mapping[str, Any]) -> Plan:
    """Return a plan as it was written into a bundle.

    Raises:
        KeyError, TypeError, ValueError: It was not written by us.
    """
    actions = tuple(_exactly(Action, {**each, "type": ActionType(each["type"])}) for each in body["actions"])
    kept = tuple(_exactly(Kept, each) for each in body["kept"])
    plan: Plan = _exactly(Plan, {**body, "created": _moment(body["created"]), "actions": actions, "kept": kept})
    return plan


KINDS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "str": str,
    "str | None": (str, type(None)),
    "int": int,
    "float": float,
    "bool": bool,
}


def _exactly(cls: Any, body: Mapping[str, Any]) -> Any:
    """Return a frozen value from exactly its members, each text, number or flag of the type it is declared with."""
    if body.keys() != {field.name for field in fields(cls)}:
        raise KeyError("members")
    for field in fields(cls):
        declared = field.type if isinstance(field.type, str) else getattr(field.type, "__name__", str(field.type))
        kind = KINDS.get(declared) or KINDS.get(str(field.type))
        value = body[field.name]
        if kind is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise TypeError(field.name)
    return cls(**body)


def _moment(text: object) -> datetime:
    if not isinstance(text, str):
        raise TypeError("not a time")
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("no time zone")
    return found


# ------------------------------------------------------------------------------------------------------------ checking


def _chain(read: _Read, left: Sequence[Anchored]) -> Iterator[str]:
    if not read.chain:
        yield "the ledger is empty"
    last = read.chain[-1].sequence if read.chain else 0
    heads = [*read.anchors, *(each.head for each in left if not _younger(each, read, last))]
    yield from (str(problem) for problem in ledger.verify(read.chain, anchors=heads))
    if any(link.org != read.case["org"] for link in read.chain):
        yield "the ledger is another organisation's"
    if any(entry.at > read.made for entry in read.entries):
        yield "an entry is younger than the bundle"
    for entry in read.entries:
        if not evidence.about(entry, read.case["id"], read.case["ticket"]):
            yield f"entry {entry.sequence}: the entry is not about this case"


def _younger(anchored: Anchored, read: _Read, last: int) -> bool:
    """Tell whether a head was left after the bundle was made, so that the bundle cannot contain it."""
    return anchored.head.sequence > last and anchored.at is not None and anchored.at > read.made


def _plans(read: _Read) -> Iterator[str]:
    case, known = read.case, {record.plan.hash for record in read.plans}
    told = [entry.result for entry in read.entries if entry.what in {"plan_proposed", Event.APPROVED.value}]
    if any(each not in known for each in told):
        yield "the ledger speaks of a plan that is not in the bundle"
    if len(known) != len(read.plans) or (case["plan"] and case["plan"] not in known):
        yield "the plan of the case is not in the bundle, or is there twice"
    for record in read.plans:
        plan, name = record.plan, f"plan {record.plan.hash[:12]}"
        if sealed(plan).hash != plan.hash:
            yield f"{name}: its content does not have its hash"
        if (plan.case_id, plan.org) != (case["id"], case["org"]):
            yield f"{name}: it is another case's"
        if not _found(read, "plan_proposed", plan.hash) and not read.purged:
            yield f"{name}: no entry says that it was proposed"
        yield from (f"{name}: {fault}" for fault in _approval(read, record))


def _approval(read: _Read, record: PlanRecord) -> Iterator[str]:
    approval, plan = record.approval, record.plan
    told = _found(read, Event.APPROVED, plan.hash)
    if approval is None:
        if told or record.steps:
            yield "it was approved or begun, and its approval is not in the bundle"
        return
    at = _moment(approval.at)
    agreed = any(entry.who == f"agent:{approval.by}" and entry.at == at for entry in told)
    if not agreed and (told or not read.purged):
        yield "no entry says that it was approved by this agent at this time"
    vouched = {entry.who for entry in read.entries if entry.what == Event.VOUCHED and entry.case_id == plan.case_id}
    if approval.by in {plan.proposer, *read.case["stewards"]} or f"agent:{approval.by}" in vouched:
        yield "whoever approved it also proposed it or vouched for the person"
    if at < plan.created:
        yield "it was approved before it was made"


def _found(read: _Read, what: str, result: str) -> list[LedgerEntry]:
    mine = (entry for entry in read.entries if entry.case_id == read.case["id"])
    return [entry for entry in mine if entry.what == what and entry.result == result]


def _journals(read: _Read) -> Iterator[str]:
    types = {kind.value for kind in ActionType}
    acts = [entry for entry in read.entries if entry.what in types]
    prefixes = {record.plan.hash[:16] for record in read.plans}
    if any(entry.details.get("plan") not in prefixes for entry in acts):
        yield "the ledger speaks of a write that belongs to no plan of the bundle"
    for record in read.plans:
        name = f"plan {record.plan.hash[:12]}"
        told = [entry for entry in acts if entry.details.get("plan") == record.plan.hash[:16]]
        yield from (f"{name}: {fault}" for fault in _journal(read, record, told))


def _journal(read: _Read, record: PlanRecord, told: Sequence[LedgerEntry]) -> Iterator[str]:
    planned = {action.key: action for action in record.plan.actions}
    keys = [step.key for step in record.steps]
    if not set(keys) <= planned.keys() or len(set(keys)) != len(keys) or len(planned) != len(record.plan.actions):
        yield "a write was carried out that is not in the plan"
        return
    ended = [step for step in record.steps if step.result in ENDS]
    if any(step.result not in ENDS | {"started"} for step in record.steps):
        yield "a step ended in a way that does not exist"
    want = Counter(_act(planned[step.key], step) for step in ended)
    have = Counter((entry.what, entry.ticket_id, entry.result, _stamp(entry.at)) for entry in told)
    if have - want or (want - have and not read.purged):
        yield "journal and ledger do not tell the same writes"
    approved = _found(read, Event.APPROVED, record.plan.hash)
    if told and approved and min(entry.sequence for entry in told) < approved[0].sequence:
        yield "a write came before the approval"


def _act(action: Action, step: Step) -> tuple[str, str, str, str]:
    ticket = action.target if action.type in TICKET_ACTIONS else ""
    return action.type.value, ticket, f"{step.result} {step.code}".strip(), _stamp(_moment(step.at))


def _stamp(at: datetime) -> str:
    return str(at.timestamp())


def _closing(read: _Read) -> Iterator[str]:
    """Between an approval and the letter that says it is done lies a read-back that found nothing (R-ERASE-4)."""
    read_back = approved = 0
    mine = [entry for entry in read.entries if entry.case_id == read.case["id"] or entry.what == evidence.SENT]
    for entry in mine:
        if entry.what == Event.APPROVED:
            approved = entry.sequence
        elif entry.what == Event.ALL_READ_BACK:
            read_back = entry.sequence
        early = not read_back or read_back < approved
        if entry.what == evidence.SENT and entry.result == CLOSING and early and not read.purged:
            yield f"entry {entry.sequence}: the closing letter went out before everything was read back"
    state = State(read.case["state"])
    ends = CLOSED_BY.get(state, frozenset())
    if ends and not ends & {entry.what for entry in mine} and not read.purged:
        yield f"the case is {state}, and no entry says how it ended"
    if not read.opening and not read.purged:
        yield "no entry says that the case was opened"
    told = [(name, entry.details[name]) for entry in read.opening for name in ("kind", "law") if name in entry.details]
    if any(read.case[name] != value for name, value in told):
        yield "kind or law of the case are not those with which it was opened"


def _derived(read: _Read) -> Iterator[str]:
    if read.letters != evidence.letters(read.chain, read.case["id"]):
        yield "the letters are not those of the ledger"
    rows = [asdict(row) for row in evidence.covered(read.case, read.plans, read.register, read.entries)]
    if read.coverage != json.loads(evidence.render(rows)):
        yield "the coverage statement does not follow from register, plan and journal"


# ------------------------------------------------------------------------------------------------------------- telling


def _proved(read: _Read, left: Sequence[Anchored]) -> Iterator[str]:
    last = read.chain[-1].sequence
    yield f"nothing in the file was changed since its manifest was written ({len(MEMBERS) - 1} members)"
    shown = len(read.entries)
    yield f"the chain holds from entry 1 to {last}: {shown} entries shown, {last - shown} stubs"
    inside = {each.head.sequence for each in left if each.head.sequence <= last}
    if inside:
        yield f"{len(inside)} heads left elsewhere agree with it, the last at entry {max(inside)}"
    for record in read.plans:
        name = f"plan {record.plan.hash[:12]}"
        ends = Counter(step.result for step in record.steps)
        yield f"{name} has the hash by which it was proposed ({len(record.plan.actions)} writes)"
        if record.approval:
            yield f"{name} was approved by agent {record.approval.by}, who neither proposed it nor vouched"
        if record.steps:
            told = ", ".join(f"{count} {result}" for result, count in sorted(ends.items()))
            yield f"{name}: journal and ledger agree, each write is in the plan ({told})"
    if any(each["letter"] == CLOSING for each in read.letters):
        yield "everything was read back before the closing letter went out"
    for receipt in read.receipts.values():
        where = f" ({receipt.reference})" if receipt.reference else ""
        yield f"{receipt.recipient}: {receipt.form} by {receipt.by}, recorded {receipt.at:%Y-%m-%d}{where}"
    yield f"letters ({len(read.letters)}) and coverage ({len(read.coverage)} systems) follow from ledger and plan"


def _unproven(read: _Read, left: Sequence[Anchored]) -> Iterator[str]:
    yield from ALWAYS_OPEN
    last = read.chain[-1].sequence if read.chain else 0
    inside = max((each.head.sequence for each in left if each.head.sequence <= last), default=0)
    if not inside:
        yield "that the ledger was not written anew as a whole: no head left elsewhere was given (--head, --anchors)"
    elif inside < last:
        yield f"that nothing after entry {inside}, the last head given, was cut or written anew"
    younger = sum(_younger(each, read, last) for each in left)
    if younger:
        yield f"what came after the bundle was made: {younger} heads given are younger"
    if read.purged_through:
        yield f"what entries up to {read.purged_through} said: their content was purged, which the ledger says"
    if read.receipts:
        yield f"that what {', '.join(read.receipts)} confirmed is so: the proof lies with whoever acts there"
    silent = [
        str(row.get("system")).removeprefix(RECIPIENT)
        for row in read.coverage
        if isinstance(row, Mapping) and row.get("state") == "open" and str(row.get("system")).startswith(RECIPIENT)
    ]
    if silent:
        yield f"that {', '.join(silent)} have erased: they have not answered"
    external = sum(row.get("state") == "external" for row in read.coverage if isinstance(row, Mapping))
    if external:
        yield f"that the owners of {external} external systems have acted"
