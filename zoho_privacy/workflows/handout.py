"""Hands an export to one person: a link, a fresh code from a second message, one download of each part per code.

Whoever opens the link learns size and date and may ask for a code. It goes, together with the key that opens the
package, to the address on the person's record and nowhere else, so that right before each download somebody proves
again to be able to read there (R-ACCESS-5, R-VERIFY-14). Codes live an hour, serve once and are tried a few times;
only so many leave in a day (R-SEC-3, R-VERIFY-6). Code and key are derived, never stored. Downloads and wrong codes are
in the ledger; the life of the export itself is `workflows/exports.py`'s.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from zoho_privacy.domain.errors import NotAllowed, NotFound
from zoho_privacy.domain.keyed import normal_code
from zoho_privacy.workflows import exports, ledger, packing
from zoho_privacy.workflows.casebook import Change
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.exports import TOKENS, Export, ExportState, Part, blob_of, change_of, vault_of

MAX_DOWNLOADS: Final = 10
TOKEN_LENGTH: Final = 43
CODE_LIFE: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
LETTER: Final = "export_key"
PROGRAM: Final = "7-Zip"
HOLDER: Final = "link holder"


@dataclass(frozen=True, slots=True)
class ExportView:
    """What the page behind a link may say; `code_sent` tells that a code is under way that still counts.

    `parts` are the zips to fetch, in order; `served` those of them, from 1, that this code has fetched.
    """

    parts: tuple[Part, ...]
    served: frozenset[int]
    until: datetime
    language: str
    downloads: int
    code_sent: bool


def view(app: App, token: str) -> ExportView | None:
    """Return what a link leads to, None where it leads nowhere (unknown, ended, used up): nobody learns which."""
    export = _by_token(app, token)
    if export is None:
        return None
    sent = _code_counts(app, export)
    served = frozenset(export.served if sent else ())
    return ExportView(export.zips, served, export.until, export.language, export.downloads, sent)


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
    codes = (*export.codes, app.clock.now())
    return replace(export, codes=codes, tries=0, code_used=False, code_lasts=False, served=())


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


def open_export(app: App, token: str, code: str, client: str, part: int = 1) -> tuple[Part, Iterator[bytes]]:
    """Return one zip of the export and its bytes; the download is counted and in the ledger before the first byte.

    The bytes are the encrypted package. `client` is the peer's address; the ledger gets its pseudonym.

    Raises:
        NotFound: The link leads nowhere, or there is no such part.
        NotAllowed: The code is not the newest one, was used for this part, is too old or was tried too often.
        Tampered: The stored file is not what was sealed (raised while reading).
    """
    found = _found(app, token)
    if not 1 <= part <= len(found.zips):
        raise NotFound("there is no such part")
    details = {"client": app.keyring.pseudonym("client", client)} | ({"part": str(part)} if found.parts else {})
    right: list[bool] = []

    def change(fresh: Export) -> Export:
        if not _can_be_fetched(app, fresh):
            raise NotFound("there is no such export")
        right[:] = [_code_counts(app, fresh) and part not in fresh.served and _matches(app, fresh, code)]
        if right[0]:
            served = (*fresh.served, part)
            used = len(served) == len(fresh.zips)
            return replace(fresh, downloads=fresh.downloads + 1, code_used=used, served=served)
        return replace(fresh, tries=fresh.tries + 1) if fresh.codes and code else fresh

    def name() -> str:
        return "export_downloaded" if right[0] else "export_code_wrong"

    export = change_of(app, found.org, found.id, change, who=HOLDER, what=name, details=details)
    if not right[0]:
        raise NotAllowed("the code does not count")
    return export.zips[part - 1], vault_of(app, export.id).read(blob_of(part))


# -------------------------------------------------------------------------------------------------------- mis-sent ones


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom an export concerned: what somebody who investigates a mis-sent one must know (R-BREACH-1).

    `fetched` are the downloads as (when, pseudonym of the client); `counts` is how much was inside; `masked` says how
    many values of others had been masked. `known_at` is when the export was revoked. Everything but `contact_id` comes
    from the ledger and outlives the export; the id is "" once the export is forgotten, `subject` its pseudonym.
    """

    org: str
    export_id: str
    case_id: str
    contact_id: str
    subject: str
    counts: Mapping[str, int]
    fetched: tuple[tuple[datetime, str], ...]
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
        fetched=tuple((e.at, e.details.get("client", "")) for e in steps if e.what == "export_downloaded"),
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
        if export is not None and _can_be_fetched(app, export):
            return export
    return None


def _can_be_fetched(app: App, export: Export) -> bool:
    in_time = app.clock.now() < export.until
    return export.state is ExportState.READY and in_time and export.downloads < MAX_DOWNLOADS * len(export.zips)


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
