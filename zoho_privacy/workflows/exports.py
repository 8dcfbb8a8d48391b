"""The life of an export: building, ready or with a person, then expired or revoked; and the link that hands it out.

An export belongs to one case and has an id derived from it, so a repeated call finds the same one and a killed build
goes on where it was. The file is sealed at rest, reached only through a link whose token is derived from the id and
stored as a fingerprint, never attached to a ticket, and deleted with a proof when it ends (R-ACCESS-5, R-BREACH-1).
An incomplete export waits for a person (R-ACCESS-2). Every step is a ledger entry in the commit of its change.

Tables: `export` (parent: the case; due: when it ends) and `export_token` (id: the fingerprint). Blobs: everything
below `exports/<id>/`: `package` is the sealed zip, `parts/` and `files/` exist only while it is being built.
"""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files as resources
from tomllib import loads
from typing import Final

from zoho_privacy.domain import package
from zoho_privacy.domain.answer import answer
from zoho_privacy.domain.errors import BadInput, NotAllowed, NotFound
from zoho_privacy.domain.export_page import LANGUAGES, Look, render
from zoho_privacy.domain.model import Case
from zoho_privacy.ports import Item
from zoho_privacy.workflows import casebook
from zoho_privacy.workflows.casebook import Change, from_body, to_body, transact
from zoho_privacy.workflows.collect import Progress, collect
from zoho_privacy.workflows.context import App, Desk
from zoho_privacy.workflows.vault import Stored, Vault

TABLE: Final = "export"
TOKENS: Final = "export_token"
PACKAGE: Final = "package"
MAX_DOWNLOADS: Final = 10
TOKEN_LENGTH: Final = 43
WHO: Final = "zoho_privacy"
_OLD: Final = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can say


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

    `gaps` are the reasons for NEEDS_PERSON, as "what:code". `until` is when link and file end.
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


@dataclass(frozen=True, slots=True)
class ExportView:
    """What the page behind a link may say."""

    filename: str
    size: int
    until: datetime
    language: str
    downloads: int


# ------------------------------------------------------------------------------------------------------------- building


def export_id(app: App, case: Case, round_: int = 1) -> str:
    """Return the id of a case's export; a later round follows one that has ended."""
    return app.keyring.digest("export-id", case.org, case.id, str(round_)).hex()[:24]


def of_case(app: App, org: str, case_id: str) -> tuple[Export, ...]:
    """Return the exports of a case, oldest first."""
    found = (from_body(Export, item.body) for item in casebook.every(app.store, org, TABLE, parent=case_id))
    return tuple(sorted(found, key=lambda each: each.round))


def build(app: App, desk: Desk, case: Case, *, again: bool = False, progress: Progress | None = None) -> Export:
    """Return the case's export, built now unless it is ready; one that needs a person is collected afresh.

    An expired export is followed by a new one. A revoked one only with `again`: somebody decided to end it.

    Raises:
        BadInput: The case's kind is not answered with an export, or nobody on file is linked to it.
        NotFound: The contact is gone.
        Retryable: Desk or store failed; the same call goes on where this one stopped.
    """
    if case.kind not in package.KINDS or case.contact_id is None:
        raise BadInput(f"case {case.id} cannot be answered with an export")
    export = _begin(app, case, again=again)
    vault = _vault(app, export.id)
    if export.state is ExportState.BUILDING:
        found = collect(
            app, desk, contact_id=case.contact_id, case=case, vault=vault, at=export.started, progress=progress
        )
        found = package.scope(found)
        told = answer(found, app.rules)
        page = render(found, told, look(), controller=app.policy.controller, contact=app.policy.privacy_contact)
        made = package.files(found, page, schema(), told.data())
        stored = vault.put(PACKAGE, _zip(made, vault))
        gaps = tuple(sorted({f"{gap.what}:{gap.code}" for gap in found.gaps}))
        export = _finish(app, export, stored, package.summary(found), gaps)
    if export.state in LIVE:
        vault.clear("files/")
        vault.clear("parts/")
    else:
        vault.clear()
    return export


def accept(app: App, org: str, export_id_: str, who: str, reason: str) -> Export:
    """Let an incomplete export out: a person has looked at what is missing and answers for it (R-ACCESS-4).

    Raises:
        NotFound: There is no such export.
        NotAllowed: It does not wait for a person.
    """

    def change(export: Export) -> Export:
        if export.state is not ExportState.NEEDS_PERSON:
            raise NotAllowed(f"export {export.id} is {export.state} and waits for nobody")
        return replace(export, state=ExportState.READY, until=app.clock.now() + app.policy.export_life)

    return _change(app, org, export_id_, change, who=who, what="export_accepted", result=reason)


def _begin(app: App, case: Case, *, again: bool) -> Export:
    """Return the case's export, BUILDING where there is something to build."""
    chosen: list[Export] = []

    def make() -> Change | None:
        chosen.clear()
        now = app.clock.now()
        earlier = of_case(app, case.org, case.id)
        last = earlier[-1] if earlier else None
        kept = last is not None and (
            last.state in {ExportState.READY, ExportState.BUILDING} or (last.state is ExportState.REVOKED and not again)
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
        )
        chosen.append(export)
        change = Change(app.store, case.org, now)
        was = app.store.get(case.org, TABLE, export.id)
        _put(change, export, was)
        _log(change, export, "export_started", result=f"round {round_}")
        return change

    transact(make)
    return chosen[0]


def _finish(app: App, export: Export, stored: Stored, counts: Mapping[str, int], gaps: tuple[str, ...]) -> Export:
    """Publish what was built. An export that was revoked or ran out meanwhile stays so."""

    def change(fresh: Export) -> Export:
        if fresh.state is not ExportState.BUILDING:
            return fresh
        return replace(
            fresh,
            state=ExportState.NEEDS_PERSON if gaps else ExportState.READY,
            until=app.clock.now() + app.policy.export_life,
            size=stored.size,
            sha256=stored.sha256,
            counts=dict(counts),
            gaps=gaps,
        )

    details = {name: str(count) for name, count in counts.items()}
    return _change(
        app, export.org, export.id, change, who=WHO, what="export_built", result=stored.sha256, details=details
    )


def _zip(made: Iterable[package.PackageFile], vault: Vault) -> Iterator[bytes]:
    """Yield a zip whose bytes depend on its files alone; attachments pass through piece by piece."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in sorted(made, key=lambda one: one.path):
            info = zipfile.ZipInfo(each.path, _OLD)
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 3
            info.file_size = each.size
            with archive.open(info, "w") as entry:
                for chunk in vault.read(each.blob) if each.blob else (each.data,):
                    entry.write(chunk)
                    yield from sink.drain()
    yield from sink.drain()


class _Sink(io.RawIOBase):
    """Takes what the zip writer writes and gives it out; it cannot seek, so the writer never goes back."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        """Tell the writer that it may."""
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        """Hold the data until it is drained."""
        self._held += data
        return len(data)

    def drain(self) -> Iterator[bytes]:
        """Yield what was written since the last call."""
        if self._held:
            yield bytes(self._held)
            self._held.clear()


# ---------------------------------------------------------------------------------------------------------- handing out


def link(app: App, export_id_: str) -> str:
    """Return the address of an export, for the letter that announces it."""
    return f"{app.public_url}/export/{app.keyring.token('export', export_id_)}"


def view(app: App, token: str) -> ExportView | None:
    """Return what a link leads to, None where it leads nowhere (unknown, ended, used up): nobody learns which."""
    export = _by_token(app, token)
    if export is None:
        return None
    return ExportView(export.filename, export.size, export.until, export.language, export.downloads)


def open_export(app: App, token: str, client: str) -> tuple[str, int, Iterator[bytes]]:
    """Return file name, size and bytes; the download is counted and in the ledger before the first byte.

    `client` is the peer's address; the ledger gets its pseudonym.

    Raises:
        NotFound: The link leads nowhere.
        Tampered: The stored file is not what was sealed (raised while reading).
    """
    found = _by_token(app, token)
    if found is None:
        raise NotFound("there is no such export")

    def change(fresh: Export) -> Export:
        if not _can_be_fetched(app, fresh):
            raise NotFound("there is no such export")
        return replace(fresh, downloads=fresh.downloads + 1)

    details = {"client": app.keyring.pseudonym("client", client)}
    export = _change(app, found.org, found.id, change, who="link holder", what="export_downloaded", details=details)
    return export.filename, export.size, _vault(app, export.id).read(PACKAGE)


def _by_token(app: App, token: str) -> Export | None:
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    fingerprint = app.keyring.fingerprint(token)
    for org in app.desks:
        pointer = app.store.get(org, TOKENS, fingerprint)
        export = get(app, org, str(pointer.body["export"])) if pointer else None
        if export is not None and _can_be_fetched(app, export):
            return export
    return None


def _can_be_fetched(app: App, export: Export) -> bool:
    in_time = app.clock.now() < export.until
    return export.state is ExportState.READY and in_time and export.downloads < MAX_DOWNLOADS


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

    export = _change(app, org, export_id_, close, who=who, what=f"export_{state}", result=reason)
    left = _vault(app, export_id_).clear()

    def proven(fresh: Export) -> Export:
        return replace(fresh, erased=True) if left == 0 else fresh

    if export.erased:
        return export
    return _change(app, org, export_id_, proven, who=WHO, what="export_erased", result=f"{left} files listed")


# ------------------------------------------------------------------------------------------------------------ the store


def get(app: App, org: str, export_id_: str) -> Export | None:
    """Return an export by id."""
    item = app.store.get(org, TABLE, export_id_)
    return from_body(Export, item.body) if item else None


def every(app: App, org: str) -> Iterator[Export]:
    """Yield all exports of a portal, by id."""
    for item in casebook.every(app.store, org, TABLE):
        yield from_body(Export, item.body)


def _change(
    app: App,
    org: str,
    export_id_: str,
    change: Callable[[Export], Export],
    *,
    who: str,
    what: str,
    result: str = "",
    details: Mapping[str, str] | None = None,
) -> Export:
    """Apply a change to the stored export together with its ledger entry; a change that changes nothing writes nothing.

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
        _log(writing, after, what, who=who, result=result, **(details or {}))
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


def _vault(app: App, export_id_: str) -> Vault:
    return Vault(app.blobs, app.sealer, f"exports/{export_id_}")


@lru_cache(maxsize=1)
def look() -> Look:
    """Return template and words of the page."""
    folder = resources("zoho_privacy.rules") / "export"
    words = {name: loads((folder / f"{name}.toml").read_text(encoding="utf-8")) for name in LANGUAGES}
    return Look((folder / "index.html").read_text(encoding="utf-8"), words)


@lru_cache(maxsize=1)
def schema() -> bytes:
    """Return the published schema."""
    return (resources("zoho_privacy.rules") / "schemas" / "export-1.json").read_bytes()
