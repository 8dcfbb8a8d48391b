"""The end of the demo: what was understood, what was done, and whether the emulator agrees with what was claimed.

The claims come from the suite's store, the truth from the emulator's oracle, which looks at everything that is stored:
records, threads, history, comments and their history, files, recycle bin.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from zoho_privacy.domain.model import Case, LedgerEntry, Plan
from zoho_privacy.local.demo.play import Played
from zoho_privacy.local.demo.stage import Stage
from zoho_privacy.local.demo.story import Mail, Person, Story
from zoho_privacy.ports import Store
from zoho_privacy.workflows import casebook, ledger

ERASED: Final = "erased"


@dataclass(frozen=True, slots=True)
class Row:
    """One mail: what it should have been understood as, what it was, what came of it, by when it was due."""

    mail: Mail
    ticket_number: str
    understood: tuple[str, ...]
    done: str
    due: str

    @property
    def right(self) -> bool:
        """Tell whether it was understood as the story means it."""
        return sorted(self.understood) == sorted(self.mail.expect)


@dataclass(frozen=True, slots=True)
class Trace:
    """What is still stored about somebody whose erasure was claimed: declared places, and any other."""

    person: Person
    claimed: str
    declared: Mapping[str, int]
    undeclared: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything the demo ends with."""

    rows: tuple[Row, ...]
    traces: tuple[Trace, ...]
    problems: tuple[str, ...]
    emulator: tuple[str, ...]
    credits: Mapping[str, float]

    @property
    def agrees(self) -> bool:
        """Tell whether the emulator found nothing that the suite did not declare, and every mail was understood."""
        undeclared = any(trace.undeclared for trace in self.traces)
        return not (undeclared or self.problems or self.emulator or any(not row.right for row in self.rows))


def judge(stage: Stage, story: Story, played: Played, store: Store, org: str) -> Verdict:
    """Compare what the suite claims with what is stored."""
    cases = list(casebook.all_cases(store, org))
    entries = list(ledger.entries(store, org))
    rows = tuple(_row(mail, played, cases, entries, store, org) for mail in story.mails)
    traces = tuple(_trace(stage, case, story, played, store) for case in cases if case.outcome == ERASED)
    chain = ledger.verify_all(store, org)
    problems = [f"ledger: {problem}" for problem in chain]
    found = stage.bench("GET", "verdict")
    return Verdict(rows, traces, tuple(problems), tuple(found["reasons"]), _credits(store, org))


def _row(
    mail: Mail, played: Played, cases: Iterable[Case], entries: Iterable[LedgerEntry], store: Store, org: str
) -> Row:
    ticket_id = played.tickets[mail.number]
    mine = [case for case in cases if case.ticket_id == ticket_id] if not mail.reply_to_mail else []
    joined = [e for e in entries if e.ticket_id == ticket_id and e.what == "case_joined"] if not mine else []
    understood = tuple(dict.fromkeys(case.kind.value for case in mine if case.confidence >= 0.5))
    if not understood and mine:
        understood = ("doubtful",)
    if not understood and joined:
        understood = ("reminder",)
    done = "; ".join(_story_of(case, store, org) for case in mine) or (
        "joined the open case" if joined else "left alone"
    )
    due = ", ".join(dict.fromkeys(case.due.due.isoformat() for case in mine))
    return Row(mail, played.numbers[mail.number], understood or ("ordinary",), done, due)


def _story_of(case: Case, store: Store, org: str) -> str:
    """Say in a few words what became of a case."""
    journal = casebook.every(store, org, "step", parent=case.plan_hash) if case.plan_hash else ()
    steps = Counter(item.body.get("type", "") for item in journal if item.body["result"] == "done")
    parts = [f"{case.kind}: {case.state}"]
    if case.outcome == ERASED:
        counts = [f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(steps.items())]
        parts.append("erased (" + ", ".join(counts) + ")")
    elif case.export_id:
        parts.append("export delivered by link")
    elif case.processor_for:
        parts.append(f"sent on to {case.processor_for}")
    elif case.reason:
        parts.append(case.reason)
    return ", ".join(parts)


def _trace(stage: Stage, case: Case, story: Story, played: Played, store: Store) -> Trace:
    key = next((key for key, contact in played.contacts.items() if contact == case.contact_id), "")
    person = story.people[key]
    plan = casebook.plan(store, case.org, case.plan_hash)
    found = stage.bench("GET", f"stored?needle={quote(person.email)}&needle={quote(person.name)}")
    asked = next(m.day for m in story.mails if played.tickets[m.number] == case.ticket_id)
    later = {played.tickets[m.number] for m in story.mails if m.email == person.email and m.day > asked}
    declared = [entry.target for entry in plan.kept if entry.type == "ticket"] if plan else []
    contacts = [entry.target for entry in plan.kept if entry.type == "contact"] if plan else []
    return split(person, plan, found["places"], later, _parts(stage, [*declared, *later], contacts))


def _parts(stage: Stage, ticket_ids: Iterable[str], contact_ids: Iterable[str]) -> set[str]:
    """Return the ids of everything that hangs on these tickets and contacts."""
    found: set[str] = set()
    for contact_id in contact_ids:
        stored = stage.bench("GET", f"stored/contact/{contact_id}")
        groups = (stored["comments"], stored["attachments"], stored["portalUsers"])
        found |= {str(each["id"]) for group in groups for each in group}
    for ticket_id in ticket_ids:
        stored = stage.bench("GET", f"stored/ticket/{ticket_id}")
        contact = (stored["ticket"] or {}).get("contactId")
        found |= {str(each["id"]) for group in stored.values() if isinstance(group, list) for each in group}
        found |= {str(contact)} if contact else set()
    return found


def split(
    person: Person, plan: Plan | None, places: Iterable[Mapping[str, Any]], later: Iterable[str], parts: Iterable[str]
) -> Trace:
    """Separate the places that the plan declared, or that came to be later, from those nobody spoke of.

    `parts` are the ids of what belongs to declared tickets: their messages, notes, files, history.
    """
    kept = {entry.target for entry in plan.kept} if plan else set()
    allowed = kept | set(later) | set(parts)
    declared: Counter[str] = Counter()
    undeclared: Counter[str] = Counter()
    for place in places:
        which = declared if str(place["recordId"]) in allowed else undeclared
        which[f"{place['where']} {place['recordType']} {place['recordId']}"] += 1
    claimed = "all gone" if not kept else f"all gone but {len(kept)} declared"
    return Trace(person, claimed, dict(declared), dict(undeclared))


def _credits(store: Store, org: str) -> Mapping[str, float]:
    """Return what each flow cost over the year, as the suite saved it day by day."""
    total: Counter[str] = Counter()
    for item in casebook.every(store, org, "credits"):
        total.update({flow: float(cost) for flow, cost in item.body.items()})
    return dict(total)
