"""The life of an export: building, ready or with a person, then expired or revoked.

An export belongs to one case and has an id derived from it, so a repeated call finds the same one and a killed build
goes on where it was. The file is encrypted under its own key and sealed at rest, reached only through a link whose
token is derived from the id and stored as a fingerprint, never attached to a ticket, and deleted with a proof when it
ends (R-ACCESS-5, R-BREACH-1). An incomplete export, and one in which others' data was masked, waits for a person who
sees the masks in context, changes them and lets the package out by its hash (R-ACCESS-2, R-ACCESS-4). Every step is
a ledger entry in the commit of its change. How it is handed out is `workflows/handout.py`'s.

Tables: `export` (parent: the case; due: when it ends) and `export_token` (id: the fingerprint). Blobs: everything
below `exports/<id>/`: `package` is the sealed zip, `package-002` and so on the further ones of a large export, `parts/`
and `files/` exist only while it is being built, `review` and `decisions` while a person looks.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files as resources
from tomllib import loads
from typing import Final

from pydantic import TypeAdapter

from zoho_privacy.domain import package
from zoho_privacy.domain.answer import answer
from zoho_privacy.domain.collected import NO_DECISIONS, Collected, Decisions, Spot
from zoho_privacy.domain.errors import BadInput, NotAllowed, NotFound
from zoho_privacy.domain.export_page import LANGUAGES, pages
from zoho_privacy.domain.export_page import Look as PageLook
from zoho_privacy.domain.machine import Event, advance, allowed
from zoho_privacy.domain.model import Case, State
from zoho_privacy.domain.package import PackageFile, Part
from zoho_privacy.ports import Item
from zoho_privacy.workflows import casebook, packing
from zoho_privacy.workflows.casebook import Change, from_body, to_body, transact
from zoho_privacy.workflows.collect import Progress, collect, who_asked
from zoho_privacy.workflows.context import App, Desk
from zoho_privacy.workflows.vault import Vault

TABLE: Final = "export"
TOKENS: Final = "export_token"
PACKAGE: Final = "package"
REVIEW: Final = "review"
DECISIONS: Final = "decisions"
WHO: Final = "zoho_privacy"
MASKED: Final = "masks:review"
_SPOTS: Final[TypeAdapter[tuple[Spot, ...]]] = TypeAdapter(tuple[Spot, ...])


class ExportState(StrEnum):
    """Where an export stands; only READY can be downloaded."""

    BUILDING = "building"
    NEEDS_PERSON = "needs_person"
    READY = "ready"
    EXPIRED = "expired"
    REVOKED = "revoked"


LIVE: Final = frozenset({ExportState.BUILDING, ExportState.NEEDS_PERSON, ExportState.READY})


@dataclass(frozen=True, slots=True)
class Export:
    """What is known of an export: ids, numbers and codes, no personal data. `sha256` is of the zip itself.

    A large export comes as several zips: `parts` lists them all, and `size` and `sha256` are of the first, whose
    manifest has the sums of all the others. `passed` is when a code let somebody at them, `taken` how often each was
    asked for since, by its number.

    `gaps` are the reasons for NEEDS_PERSON, as "what:code". `until` is when link and file end. `codes` are the times at
    which codes for the download went out, `tries` the wrong ones since the last; `code_used` tells that it was used,
    `code_lasts` that it lives as long as the link.
    """

    org: str
    id: str
    case_id: str
    ticket_id: str
    round: int
    kind: str
    language: str
    state: ExportState
    started: datetime
    until: datetime
    filename: str
    size: int = 0
    sha256: str = ""
    downloads: int = 0
    counts: Mapping[str, int] | None = None
    gaps: tuple[str, ...] = ()
    erased: bool = False
    contact_id: str = ""
    codes: tuple[datetime, ...] = ()
    tries: int = 0
    code_used: bool = False
    code_lasts: bool = False
    parts: tuple[Part, ...] = ()
    passed: datetime | None = None
    taken: Mapping[str, int] | None = None

    @property
    def zips(self) -> tuple[Part, ...]:
        """What is to be fetched, in order."""
        return self.parts or (Part(self.filename, self.size, self.sha256),)

    @property
    def waits(self) -> bool:
        """Whether it waits for a person."""
        return self.state is ExportState.NEEDS_PERSON


# ------------------------------------------------------------------------------------------------------------- building


def export_id(app: App, case: Case, round_: int = 1) -> str:
    """Return the id of a case's export; a later round follows one that has ended."""
    return app.keyring.digest("export-id", case.org, case.id, str(round_)).hex()[:24]


def of_case(app: App, org: str, case_id: str) -> tuple[Export, ...]:
    """Return the exports of a case, oldest first."""
    found = (from_body(Export, item.body) for item in casebook.every(app.store, org, TABLE, parent=case_id))
    return tuple(sorted(found, key=lambda each: each.round))


def build(app: App, desk: Desk, case: Case, *, again: bool = False, progress: Progress | None = None) -> Export:
    """Return the case's export, built now unless it is ready; one that is not complete is collected afresh.

    An expired export is followed by a new one. A revoked one only with `again`: somebody decided to end it; so with one
    whose masks nobody has looked at yet.

    Raises:
        BadInput: The case's kind is not answered with an export, or nobody on file is linked to it.
        NotFound: The contact is gone.
        Retryable: Desk or store failed; the same call goes on where this one stopped.
    """
    if case.kind not in package.KINDS or case.contact_id is None:
        raise BadInput(f"case {case.id} cannot be answered with an export")
    export = _begin(app, case, again=again)
    vault = vault_of(app, export.id)
    if export.state is ExportState.BUILDING:
        found = _collected(app, desk, case, export, vault, progress)
        found = package.scope(found)
        told = answer(found, app.rules)
        placed = package.parts(found, app.policy.export_part_mb * 1_000_000)
        count = max(placed.values(), default=1)
        policy = app.policy
        shown = pages(found, told, look(), controller=policy.controller, contact=policy.privacy_contact, parts=count)
        key = packing.key_of(app.keyring, export.id)
        copies = package.copies(found, placed)
        further = [
            _further(vault, key, export, number, [each for each in copies if each.part == number])
            for number in range(2, count + 1)
        ]
        made = package.files(found, shown, schema(), told.data(), placed, further)
        spots = tuple(spot for spot in found.spots if spot.reason == "others")
        vault.put(REVIEW, iter((_SPOTS.dump_json(spots),)))
        stored = vault.put(PACKAGE, packing.encrypted((each for each in made if each.part == 1), vault, key))
        for left in vault.names(PACKAGE) - {blob_of(number) for number in range(1, count + 1)}:
            vault.clear(left)
        gaps = sorted({f"{gap.what}:{gap.code}" for gap in found.gaps})
        if spots and app.policy.export_review:
            gaps.append(MASKED)
        first = Part(export.filename, stored.size, stored.sha256)
        export = _finish(app, export, (first, *further), package.summary(found), tuple(gaps))
    if export.state not in LIVE:
        vault.clear()
        return export
    vault.clear("files/")
    vault.clear("parts/")
    if export.state is ExportState.READY:
        vault.clear(REVIEW)
        vault.clear(DECISIONS)
    return export


def _further(vault: Vault, key: str, export: Export, number: int, files: Sequence[PackageFile]) -> Part:
    """Pack one further zip, or find it packed by a build that was cut short later."""
    name, slip = blob_of(number), f"parts/{blob_of(number)}"
    of = hashlib.sha256("".join(f"{each.path}\0{each.sha256}\0" for each in files).encode()).hexdigest()
    held = json.loads(vault.load(slip) or b"{}")
    if held.get("of") != of or name not in vault.names(name):
        stored = vault.put(name, packing.encrypted(files, vault, key))
        held = {"of": of, "size": stored.size, "sha256": stored.sha256}
        vault.put(slip, iter((json.dumps(held).encode(),)))
    return Part(export.filename.replace(".zip", f"-part-{number}.zip"), held["size"], held["sha256"])


def _collected(app: App, desk: Desk, case: Case, export: Export, vault: Vault, progress: Progress | None) -> Collected:
    who = case.contact_id or ""
    if case.kind in package.ANSWER_ALONE:
        return who_asked(desk, contact_id=who, case=case, at=export.started)
    return collect(
        app,
        desk,
        contact_id=who,
        case=case,
        vault=vault,
        at=export.started,
        decisions=_decisions(vault),
        progress=progress,
    )


# ------------------------------------------------------------------------------------------------------------ reviewing


@dataclass(frozen=True, slots=True)
class Look:
    """What a reviewer sees of a waiting export: it, each mask of others' data in context, what was changed so far."""

    export: Export
    spots: tuple[Spot, ...]
    decisions: Decisions


def look_at(app: App, org: str, export_id_: str, who: str) -> Look:
    """Return what a reviewer sees; the look is in the ledger, since it shows others' data (R-SEC-2).

    Nothing is shown once the export has left review.

    Raises:
        NotFound: There is no such export.
    """
    export = get(app, org, export_id_)
    if export is None:
        raise NotFound(f"there is no export {export_id_}")
    vault = vault_of(app, export.id)
    held = vault.load(REVIEW) if export.waits else None
    spots = _SPOTS.validate_json(held) if held else ()

    def make() -> Change:
        writing = Change(app.store, org, app.clock.now())
        _log(writing, export, "export_looked_at", who=who, result=f"{len(spots)} masks")
        return writing

    if spots:
        transact(make)
    return Look(export, spots, _decisions(vault))


def decide(
    app: App, org: str, export_id_: str, who: str, *, show: Iterable[str] = (), hide: Iterable[str] = ()
) -> Export:
    """Change the masks of a waiting export and build it anew: its hash changes, so nobody approves it unseen.

    `show` are masked values that are the person's own or nobody's, `hide` words that were overlooked. What was hidden
    may be shown again and the other way round: the last word counts. Words are kept sealed until the export leaves
    review; the ledger gets their number.

    Raises:
        NotFound: There is no such export, or its case is gone.
        NotAllowed: It does not wait for a person.
        Retryable: Desk or store failed; the change is kept, and `build` carries it out.
    """
    export = get(app, org, export_id_)
    case = casebook.case(app.store, org, export.case_id) if export else None
    if export is None or case is None:
        raise NotFound(f"there is no export {export_id_}")
    if export.state is not ExportState.BUILDING:  # a change that was cut short is repeated
        _must_wait(export)
    vault = vault_of(app, export.id)
    was, shown, hidden = _decisions(vault), _folded(show), _folded(hide)
    after = Decisions((was.show | shown) - hidden, (was.hide | hidden) - shown)
    body = json.dumps({"show": sorted(after.show), "hide": sorted(after.hide)}).encode()
    vault.put(DECISIONS, iter((body,)))
    details = {"show": str(len(after.show)), "hide": str(len(after.hide))}
    change_of(app, org, export.id, _rebuilt, who=who, what="export_masks_changed", details=details)
    return build(app, app.desks[org], case)


def accept(app: App, org: str, export_id_: str, who: str, reason: str, *, sha256: str) -> Export:
    """Let out an export that waited: a person has looked at it and answers for it (R-ACCESS-4).

    `sha256` is the hash of what was looked at, or at least its first twelve digits: what was built anew meanwhile is
    not approved unseen. The case goes on by itself: its letter is sent.

    Raises:
        NotFound: There is no such export.
        NotAllowed: It does not wait for a person, or it is not the one that was looked at.
    """

    def change(export: Export) -> Export:
        _must_wait(export)
        if len(sha256) < 12 or not export.sha256.startswith(sha256.casefold()):
            raise NotAllowed(f"export {export.id} is not the one with that hash: look at it again")
        return replace(export, state=ExportState.READY, until=app.clock.now() + app.policy.export_life)

    def go_on(writing: Change, export: Export) -> None:
        case = casebook.case(app.store, org, export.case_id)
        if case is not None and case.state is State.WITH_PERSON and allowed(case.state, Event.VOUCHED):
            writing.case(replace(case, state=advance(case.state, Event.VOUCHED), reason=""))
        if case is not None:
            writing.job(f"fulfil:{case.id}", "fulfil", case=case.id)

    return change_of(app, org, export_id_, change, who=who, what="export_accepted", result=reason, also=go_on)


def _in_review(export: Export) -> bool:
    """Whether nothing is missing, and a person has yet to look at the masks."""
    return export.waits and export.gaps == (MASKED,)


def _must_wait(export: Export) -> None:
    if not export.waits:
        raise NotAllowed(f"export {export.id} is {export.state} and waits for nobody")


def _rebuilt(export: Export) -> Export:
    return replace(export, state=ExportState.BUILDING) if export.state is ExportState.NEEDS_PERSON else export


def _decisions(vault: Vault) -> Decisions:
    held = vault.load(DECISIONS)
    if held is None:
        return NO_DECISIONS
    read = json.loads(held)
    return Decisions(frozenset(read["show"]), frozenset(read["hide"]))


def _folded(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(folded for text in texts if (folded := text.strip().casefold()))


# ---------------------------------------------------------------------------------------------------------- the records


def _begin(app: App, case: Case, *, again: bool) -> Export:
    """Return the case's export, BUILDING where there is something to build."""
    chosen: list[Export] = []

    def make() -> Change | None:
        chosen.clear()
        now = app.clock.now()
        earlier = of_case(app, case.org, case.id)
        last = earlier[-1] if earlier else None
        kept = last is not None and (
            last.state in {ExportState.READY, ExportState.BUILDING}
            or (not again and (last.state is ExportState.REVOKED or _in_review(last)))
        )
        if last is not None and kept:
            chosen.append(last)
            return None
        same = last is not None and last.state is ExportState.NEEDS_PERSON
        round_ = 1 if last is None else last.round if same else last.round + 1
        export = Export(
            org=case.org,
            id=export_id(app, case, round_),
            case_id=case.id,
            ticket_id=case.ticket_id,
            round=round_,
            kind=str(case.kind),
            language=case.language,
            state=ExportState.BUILDING,
            started=now.replace(microsecond=0),
            until=now + app.policy.export_life,
            filename=f"personal-data-{case.ticket_number or case.ticket_id}.zip",
            contact_id=case.contact_id or "",
        )
        chosen.append(export)
        change = Change(app.store, case.org, now)
        was = app.store.get(case.org, TABLE, export.id)
        _put(change, export, was)
        _log(change, export, "export_started", result=f"round {round_}")
        return change

    transact(make)
    return chosen[0]


def _finish(
    app: App, export: Export, parts: tuple[Part, ...], counts: Mapping[str, int], gaps: tuple[str, ...]
) -> Export:
    """Publish what was built. An export that was revoked or ran out meanwhile stays so."""
    first, *further = parts

    def change(fresh: Export) -> Export:
        if fresh.state is not ExportState.BUILDING:
            return fresh
        return replace(
            fresh,
            state=ExportState.NEEDS_PERSON if gaps else ExportState.READY,
            until=app.clock.now() + app.policy.export_life,
            size=first.size,
            sha256=first.sha256,
            parts=parts if further else (),
            counts=dict(counts),
            gaps=gaps,
        )

    who = app.keyring.pseudonym("contact", export.contact_id)
    details = {**{name: str(count) for name, count in counts.items()}, "subject": who}
    details |= {f"part_{number}": each.sha256 for number, each in enumerate(further, 2)}
    return change_of(
        app, export.org, export.id, change, who=WHO, what="export_built", result=first.sha256, details=details
    )


# ------------------------------------------------------------------------------------------------------------- the link


def link(app: App, export_id_: str) -> str:
    """Return the address of an export, for the letter that announces it; `workflows/handout.py` opens it."""
    return f"{app.public_url}/export/{app.keyring.token('export', export_id_)}"


# --------------------------------------------------------------------------------------------------------------- ending


def revoke(app: App, org: str, export_id_: str, who: str, reason: str) -> Export:
    """End an export at once and delete its file; ending it twice is ending it once.

    Raises:
        NotFound: There is no such export.
    """
    return _end(app, org, export_id_, ExportState.REVOKED, who=who, reason=reason)


def expire_due(app: App, now: datetime) -> int:
    """End every export whose time is over, finish deletions that were cut short; return how many are gone."""
    gone = 0
    for item in app.store.due(TABLE, now=now, limit=1000):
        export = from_body(Export, item.body)
        ended = _end(app, item.org, export.id, ExportState.EXPIRED, who=WHO, reason="time is over")
        gone += ended.erased
    return gone


def _end(app: App, org: str, export_id_: str, state: ExportState, *, who: str, reason: str) -> Export:
    """Close the link first, then delete, then write down what a listing shows."""

    def close(export: Export) -> Export:
        return replace(export, state=state) if export.state in LIVE else export

    export = change_of(app, org, export_id_, close, who=who, what=f"export_{state}", result=reason)
    left = vault_of(app, export_id_).clear()

    def proven(fresh: Export) -> Export:
        return replace(fresh, erased=True) if left == 0 else fresh

    if export.erased:
        return export
    return change_of(app, org, export_id_, proven, who=WHO, what="export_erased", result=f"{left} files listed")


# ------------------------------------------------------------------------------------------------------------ the store


def get(app: App, org: str, export_id_: str) -> Export | None:
    """Return an export by id."""
    item = app.store.get(org, TABLE, export_id_)
    return from_body(Export, item.body) if item else None


def every(app: App, org: str) -> Iterator[Export]:
    """Yield all exports of a portal, by id."""
    for item in casebook.every(app.store, org, TABLE):
        yield from_body(Export, item.body)


def change_of(
    app: App,
    org: str,
    export_id_: str,
    change: Callable[[Export], Export],
    *,
    who: str,
    what: str | Callable[[], str],
    result: str = "",
    details: Mapping[str, str] | None = None,
    also: Callable[[Change, Export], None] | None = None,
) -> Export:
    """Apply a change to the stored export together with its ledger entry; a change that changes nothing writes nothing.

    `what` may be told by `change`, so a function gives it; `also` adds writes to the same transaction.

    Raises:
        NotFound: There is no such export.
    """
    outcome: list[Export] = []

    def make() -> Change | None:
        outcome.clear()
        item = app.store.get(org, TABLE, export_id_)
        if item is None:
            raise NotFound(f"there is no export {export_id_}")
        before = from_body(Export, item.body)
        after = change(before)
        outcome.append(after)
        if after == before:
            return None
        writing = Change(app.store, org, app.clock.now())
        _put(writing, after, item)
        _tokens(app, writing, before, after)
        _log(writing, after, what if isinstance(what, str) else what(), who=who, result=result, **(details or {}))
        if also:
            also(writing, after)
        return writing

    transact(make)
    return outcome[0]


def _put(change: Change, export: Export, was: Item | None) -> None:
    """Store an export; it stays on the agenda until its files are gone."""
    due = export.until if export.state in LIVE else None if export.erased else change.now
    change.put(TABLE, export.id, to_body(export), was=was, parent=export.case_id, due=due)


def _tokens(app: App, change: Change, before: Export, after: Export) -> None:
    """The link works exactly while the export is READY."""
    fingerprint = app.keyring.fingerprint(app.keyring.token("export", after.id))
    held = app.store.get(after.org, TOKENS, fingerprint)
    if after.state is ExportState.READY and held is None:
        change.put(TOKENS, fingerprint, {"export": after.id}, parent=after.id)
    elif before.state is ExportState.READY and after.state is not ExportState.READY and held is not None:
        change.delete(held)


def _log(change: Change, export: Export, what: str, *, who: str = WHO, result: str = "", **details: str) -> None:
    change.log(
        who,
        what,
        why=f"13.{export.kind}",
        result=result,
        case_id=export.case_id,
        ticket_id=export.ticket_id,
        export=export.id,
        **details,
    )


def blob_of(part: int) -> str:
    """Return under which name a part is sealed, the first being 1."""
    return PACKAGE if part == 1 else f"{PACKAGE}-{part:03}"


def vault_of(app: App, export_id_: str) -> Vault:
    """Return where an export's files lie."""
    return Vault(app.blobs, app.sealer, f"exports/{export_id_}")


@lru_cache(maxsize=1)
def look() -> PageLook:
    """Return template and words of the page."""
    folder = resources("zoho_privacy.rules") / "export"
    words = {name: loads((folder / f"{name}.toml").read_text(encoding="utf-8")) for name in LANGUAGES}
    return PageLook((folder / "index.html").read_text(encoding="utf-8"), words)


@lru_cache(maxsize=1)
def schema() -> bytes:
    """Return the published schema."""
    return (resources("zoho_privacy.rules") / "schemas" / "export-1.json").read_bytes()
