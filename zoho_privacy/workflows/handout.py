"""Hands an export to one person: a link, a fresh code from a second message, one download per code.

Whoever opens the link learns size and date and may ask for a code. It goes, together with the key that opens the
package, to the address on the person's record and nowhere else, so that right before each download somebody proves
again to be able to read there (R-ACCESS-5, R-VERIFY-14). Codes live an hour, serve once and are tried a few times;
only so many leave in a day (R-SEC-3, R-VERIFY-6). Where an export comes in parts, a code gives a pass instead: for some
hours the parts can be fetched with it, from any byte on, so that a download that broke off goes on where it was. Code,
key and pass are derived, never stored. Downloads and wrong codes are
in the ledger; the life of the export itself is `workflows/exports.py`'s.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from zoho_privacy.domain.errors import NotAllowed, NotFound
from zoho_privacy.domain.keyed import normal_code
from zoho_privacy.domain.package import Part
from zoho_privacy.workflows import exports, ledger, packing
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.exports import PACKAGE, TOKENS, Export, ExportState, blob_of, change_of, vault_of

MAX_DOWNLOADS: Final = 10
TOKEN_LENGTH: Final = 43
CODE_LIFE: Final = timedelta(hours=1)
PASS_LIFE: Final = timedelta(hours=3)
MOST_OF_A_PART: Final = 20
"""How often a part may be asked for with one pass: a connection that breaks off is no reason for another code."""
DAY: Final = timedelta(days=1)
LETTER: Final = "export_key"
PROGRAM: Final = "7-Zip"
HOLDER: Final = "link holder"


@dataclass(frozen=True, slots=True)
class ExportView:
    """What the page behind a link may say; `code_sent` tells that a code is under way that still counts.

    `parts` are the zips to fetch, in order; `passed_until` tells how long the given pass opens them, None where it
    does not.
    """

    parts: tuple[Part, ...]
    passed_until: datetime | None
    until: datetime
    language: str
    downloads: int
    code_sent: bool


def view(app: App, token: str, passed: str = "") -> ExportView | None:
    """Return what a link leads to, None where it leads nowhere (unknown, ended, used up): nobody learns which."""
    export = _by_token(app, token)
    if export is None:
        return None
    until = _passed_until(export) if _passes(app, export, passed) else None
    sent = _code_counts(app, export)
    return ExportView(export.zips, until, export.until, export.language, export.downloads, sent)


def ask_code(app: App, token: str) -> bool:
    """Let a code and the key be sent to the address on file; False where enough were sent in the last 24 hours.

    Raises:
        NotFound: The link leads nowhere.
    """
    asked: list[bool] = []

    def change(export: Export) -> Export:
        recent = [at for at in export.codes if at > app.clock.now() - DAY]
        asked[:] = [_can_be_fetched(app, export) and len(recent) < app.policy.code_issues_per_day]
        return _with_code(app, export) if asked[0] else export

    _issue(app, _found(app, token), change, HOLDER)
    return asked[0]


def send_ahead(app: App, org: str, export_id: str) -> None:
    """Send a code that lasts as long as the link, once: for whoever will have no address on file when they fetch.

    A copy and deletion asked for together are answered in that order; the record is gone soon after the link is out.
    """

    def change(export: Export) -> Export:
        if export.codes or not _can_be_fetched(app, export):
            return export
        return replace(_with_code(app, export), code_lasts=True)

    export = exports.get(app, org, export_id)
    if export is not None:
        _issue(app, export, change, exports.WHO)


def _with_code(app: App, export: Export) -> Export:
    return replace(export, codes=(*export.codes, app.clock.now()), tries=0, code_used=False, code_lasts=False)


def _issue(app: App, found: Export, change: Callable[[Export], Export], who: str) -> None:
    """Write down that a code was issued, together with the letter that carries it."""

    def send(writing: Change, export: Export) -> None:
        number = len(export.codes)
        writing.effect(
            f"reply:{export.case_id}:{LETTER}:{export.id}:{number}",
            "reply",
            export.ticket_id,
            letter=LETTER,
            language=export.language,
            cases=[export.case_id],
            contact_id=export.contact_id,
            export_id=export.id,
            issue=number,
            lasts=export.code_lasts,
        )

    change_of(app, found.org, found.id, change, who=who, what="export_code_sent", also=send)


def letter_values(app: App, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the letter with code and key says, from its effect."""
    export_id, issue = str(body["export_id"]), int(body["issue"])
    return {
        "code": _code(app, export_id, issue),
        "key": packing.key_of(app.keyring, export_id),
        "program": PROGRAM,
        "minutes": 0 if body.get("lasts") else int(CODE_LIFE.total_seconds() // 60),
    }


def open_export(app: App, token: str, code: str, client: str) -> tuple[Part, Iterator[bytes]]:
    """Return an export of one zip and its bytes; the download is counted and in the ledger before the first byte.

    The bytes are the encrypted package. `client` is the peer's address; the ledger gets its pseudonym.

    Raises:
        NotFound: The link leads nowhere.
        NotAllowed: The code is not the newest one, was used, is too old or was tried too often; or there are parts.
        Tampered: The stored file is not what was sealed (raised while reading).
    """
    found = _found(app, token)
    if found.parts:
        raise NotAllowed("the parts are fetched with a pass")
    export = _with_right_code(app, found, code, client, "export_downloaded")
    return export.zips[0], vault_of(app, export.id).read(PACKAGE)


def unlock(app: App, token: str, code: str, client: str) -> str:
    """Return the pass that a code gives for the parts of a large export; raises as `open_export`."""
    return _pass(app, _with_right_code(app, _found(app, token), code, client, "export_unlocked"))


def open_part(
    app: App, token: str, passed: str, number: int, client: str, start: int = 0
) -> tuple[Part, Iterator[bytes]]:
    """Return one part of a large export and its bytes from `start` on; each request is in the ledger before them.

    Raises:
        NotFound: The link leads nowhere, or there is no such part.
        NotAllowed: The pass has ended or is none, or the part was asked for too often with it.
        Tampered: As `open_export`.
    """
    found = _found(app, token)
    if not 1 <= number <= len(found.zips):
        raise NotFound("there is no such part")

    def change(fresh: Export) -> Export:
        times = dict(fresh.taken or {})
        times[str(number)] = times.get(str(number), 0) + 1
        if not _passes(app, fresh, passed) or times[str(number)] > MOST_OF_A_PART:
            raise NotAllowed("the pass does not count")
        return replace(fresh, taken=times)

    details = {"client": app.keyring.pseudonym("client", client), "part": str(number), "start": str(start)}
    export = change_of(app, found.org, found.id, change, who=HOLDER, what="export_downloaded", details=details)
    return export.zips[number - 1], vault_of(app, export.id).read(blob_of(number), start)


def _with_right_code(app: App, found: Export, code: str, client: str, what: str) -> Export:
    """Use up a code, in the ledger as `what`, or write down that it was wrong and raise."""
    details = {"client": app.keyring.pseudonym("client", client)}
    right: list[bool] = []

    def change(fresh: Export) -> Export:
        if not _can_be_fetched(app, fresh):
            raise NotFound("there is no such export")
        right[:] = [_code_counts(app, fresh) and _matches(app, fresh, code)]
        if right[0]:
            passed = app.clock.now() if fresh.parts else None
            return replace(fresh, downloads=fresh.downloads + 1, code_used=True, passed=passed, taken=None)
        return replace(fresh, tries=fresh.tries + 1) if fresh.codes and code else fresh

    export = change_of(
        app,
        found.org,
        found.id,
        change,
        who=HOLDER,
        what=lambda: what if right[0] else "export_code_wrong",
        details=details,
    )
    if not right[0]:
        raise NotAllowed("the code does not count")
    return export


# -------------------------------------------------------------------------------------------------------- mis-sent ones


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom an export concerned: what somebody who investigates a mis-sent one must know (R-BREACH-1).

    `fetched` are the downloads as (when, pseudonym of the client, number of the part or ""); `counts` is how much was
    inside; `masked` says how many values of others had been masked. `known_at` is when the export was revoked.
    Everything but `contact_id` comes from the ledger and outlives the export; the id is "" once the export is
    forgotten, `subject` its pseudonym.
    """

    org: str
    export_id: str
    case_id: str
    contact_id: str
    subject: str
    counts: Mapping[str, int]
    fetched: tuple[tuple[datetime, str, str], ...]
    codes_sent: int
    known_at: datetime | None


def concerned(app: App, org: str, export_id: str) -> Concerned:
    """Return whom an export concerned, from the ledger.

    Raises:
        NotFound: The ledger knows of no such export.
    """
    export = exports.get(app, org, export_id)
    case_id = export.case_id if export else ""
    steps = [e for e in ledger.entries(app.store, org, case_id=case_id) if e.details.get("export") == export_id]
    if not steps:
        raise NotFound(f"there is no export {export_id}")
    built = next((e.details for e in reversed(steps) if e.what == "export_built"), {})
    revoked = [e.at for e in steps if e.what == "export_revoked"]
    return Concerned(
        org=org,
        export_id=export_id,
        case_id=steps[0].case_id,
        contact_id=export.contact_id if export else "",
        subject=built.get("subject", ""),
        counts={name: int(value) for name, value in built.items() if value.isdecimal() and name != "export"},
        fetched=tuple(
            (e.at, e.details.get("client", ""), e.details.get("part", ""))
            for e in steps
            if e.what == "export_downloaded"
        ),
        codes_sent=sum(e.what == "export_code_sent" for e in steps),
        known_at=revoked[0] if revoked else None,
    )


# --------------------------------------------------------------------------------------------------------------- pieces


def _found(app: App, token: str) -> Export:
    found = _by_token(app, token)
    if found is None:
        raise NotFound("there is no such export")
    return found


def _by_token(app: App, token: str) -> Export | None:
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    fingerprint = app.keyring.fingerprint(token)
    for org in app.desks:
        pointer = app.store.get(org, TOKENS, fingerprint)
        export = exports.get(app, org, str(pointer.body["export"])) if pointer else None
        if export is not None and (_can_be_fetched(app, export) or _passed(app, export)):
            return export
    return None


def _can_be_fetched(app: App, export: Export) -> bool:
    """Whether a code may still be asked for and used."""
    return _is_open(app, export) and export.downloads < MAX_DOWNLOADS


def _is_open(app: App, export: Export) -> bool:
    return export.state is ExportState.READY and app.clock.now() < export.until


def _passed_until(export: Export) -> datetime | None:
    """Return how long the newest pass counts; for whom no code can be sent any more, as long as the link."""
    if export.passed is None:
        return None
    return export.until if export.code_lasts else min(export.passed + PASS_LIFE, export.until)


def _passed(app: App, export: Export) -> bool:
    until = _passed_until(export)
    return until is not None and _is_open(app, export) and app.clock.now() < until


def _passes(app: App, export: Export, passed: str) -> bool:
    return _passed(app, export) and hmac.compare_digest(passed.encode(), _pass(app, export).encode())


def _pass(app: App, export: Export) -> str:
    return app.keyring.token("export-pass", f"{export.id}|{export.downloads}")


def _code_counts(app: App, export: Export) -> bool:
    """Whether a code was sent that can still be used."""
    if not export.codes or export.code_used or export.tries >= app.policy.code_attempts:
        return False
    return export.code_lasts or app.clock.now() < export.codes[-1] + CODE_LIFE


def _code(app: App, export_id: str, issue: int) -> str:
    return app.keyring.code(f"export|{export_id}|{issue}")


def _matches(app: App, export: Export, code: str) -> bool:
    wanted = normal_code(_code(app, export.id, len(export.codes)))
    return hmac.compare_digest(normal_code(code[:40]).encode(), wanted.encode())
