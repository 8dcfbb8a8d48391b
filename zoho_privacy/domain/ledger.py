"""The ledger's arithmetic: how entries are hashed, chained and checked (R-EVID-2). Pure.

    digest = SHA-256("zoho_privacy ledger entry 1" LF canonical JSON of the entry without `previous` and `hash`)
    hash   = SHA-256("zoho_privacy ledger link 1" LF previous LF digest)

`previous` is the hash of the entry before, empty for the first. Because the link covers only the digest, an entry's
content can be left out (another person's case in a bundle, a purged entry) and the chain still be followed: a `Stub`
stands in its place. The chain shows that nothing inside it was changed, dropped or moved; that its end was not cut,
and that it was not written anew as a whole, only heads left elsewhere can show (R-EVID-3).
What must change with the members of `LedgerEntry`: the number in the two prefixes.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from zoho_privacy.domain.errors import BadInput, Tampered
from zoho_privacy.domain.model import LedgerEntry

ENTRY_PREFIX: Final = b"zoho_privacy ledger entry 1\n"
LINK_PREFIX: Final = b"zoho_privacy ledger link 1\n"
TEXTS: Final = ("org", "who", "what", "case_id", "ticket_id", "why", "result", "previous", "hash")
MEMBERS: Final = frozenset({*TEXTS, "sequence", "at", "details"})
PURGED: Final = "ledger.purged"
SHORT_DIGITS: Final = 32
SHOWN: Final = re.compile(rf"(\d{{1,12}}):([0-9a-f]{{{SHORT_DIGITS}}}(?:[0-9a-f]{{{SHORT_DIGITS}}})?)")
STUB_MEMBERS: Final = frozenset({"org", "sequence", "digest", "previous", "hash"})


@dataclass(frozen=True, slots=True)
class Head:
    """The end of an organisation's chain at some moment: small enough for a mail or a line in a file.

    A hash of SHORT_DIGITS hex digits is the beginning of one, as letters print it: 128 bits, which nobody can aim at.
    """

    org: str
    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class Stub:
    """What stands for an entry whose content is left out."""

    org: str
    sequence: int
    digest: str
    previous: str
    hash: str


Link = LedgerEntry | Stub


class Fault(StrEnum):
    """What can be wrong with a chain."""

    CHANGED = "the entry was changed"
    ORDER = "an entry is missing, repeated or out of order here"
    BROKEN = "the entry does not follow the one before"
    FOREIGN = "the entry belongs to another organisation"
    CUT = "the ledger ends before a head that was left elsewhere"
    REWRITTEN = "the ledger differs from a head that was left elsewhere"
    HIDDEN = "the entry's content was taken out and no entry says so"
    UNREADABLE = "the entry cannot be read"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault and the sequence number at which it shows."""

    sequence: int
    fault: Fault

    def __str__(self) -> str:
        return f"entry {self.sequence}: {self.fault.value}"


def canonical(entry: LedgerEntry) -> bytes:
    """Return the content that the digest covers: sorted members, no blanks, ASCII, UTC times with microseconds."""
    body = to_body(entry)
    del body["previous"], body["hash"]
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def digest(link: Link) -> str:
    """Return the digest of an entry's content, that of a stub being the one it carries."""
    if isinstance(link, Stub):
        return link.digest
    return hashlib.sha256(ENTRY_PREFIX + canonical(link)).hexdigest()


def link_hash(previous: str, content_digest: str) -> str:
    """Return the hash that chains a digest to the hash before it."""
    message = f"{previous}\n{content_digest}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(LINK_PREFIX + message).hexdigest()


def chain(previous: Link | Head | None, entry: LedgerEntry) -> LedgerEntry:
    """Return the entry as the next one after `previous`, with sequence, previous hash and hash filled in.

    Raises:
        BadInput: The entry's time has no zone, a detail is not text, or it is another organisation's.
    """
    if entry.at.tzinfo is None:
        raise BadInput("a ledger entry needs a time with a zone")
    if not all(isinstance(text, str) for pair in entry.details.items() for text in pair):
        raise BadInput("the details of a ledger entry are texts")
    if previous is not None and previous.org != entry.org:
        raise BadInput("a ledger entry cannot follow another organisation's")
    before = "" if previous is None else previous.hash
    placed = replace(entry, sequence=1 if previous is None else previous.sequence + 1, previous=before, hash="")
    return replace(placed, hash=link_hash(before, digest(placed)))


def stub(link: Link) -> Stub:
    """Return what keeps the chain whole when the content goes."""
    return Stub(link.org, link.sequence, digest(link), link.previous, link.hash)


def shown(head: Head) -> str:
    """Return a head as a letter prints it."""
    return f"{head.sequence}:{head.hash[:SHORT_DIGITS]}"


def read_head(text: str, org: str = "") -> Head:
    """Return the head that a letter prints, or one with the whole hash.

    Raises:
        BadInput: It is neither.
    """
    found = SHOWN.fullmatch(text.strip().casefold())
    if found is None:
        raise BadInput(f"a head is NUMBER:HASH with {SHORT_DIGITS} or {2 * SHORT_DIGITS} hex digits")
    return Head(org, int(found[1]), found[2])


def verify(
    entries: Iterable[Link], *, head: Head | None = None, anchors: Iterable[Head] = (), base: Head | None = None
) -> list[Problem]:
    """Return everything that is wrong with a chain, in order; nothing where it holds.

    `entries` are one organisation's, oldest first, from number 1 on, or from the one after `base`. `head` and
    `anchors` were left elsewhere at any time: the chain must contain each of them, save those from before `base`.
    """
    problems: list[Problem] = []
    before = base
    heads = [*anchors, *([head] if head else [])]
    anchored = [left for left in heads if base is None or left.sequence >= base.sequence]
    seen: dict[int, str] = {base.sequence: base.hash} if base else {}
    wanted = {left.sequence for left in anchored}
    for entry in entries:
        problems.extend(Problem(entry.sequence, fault) for fault in _faults(before, entry))
        before = Head(entry.org if before is None else before.org, entry.sequence, entry.hash)
        if entry.sequence in wanted:
            seen[entry.sequence] = entry.hash
    last = before.sequence if before else 0
    return problems + [problem for left in anchored if (problem := _against(left, seen, last, before))]


def _faults(before: Head | None, entry: Link) -> Iterable[Fault]:
    if before is not None and entry.org != before.org:
        yield Fault.FOREIGN
    if entry.sequence != (before.sequence if before else 0) + 1:
        yield Fault.ORDER
    if entry.previous != (before.hash if before else ""):
        yield Fault.BROKEN
    if entry.hash != link_hash(entry.previous, digest(entry)):
        yield Fault.CHANGED


def _against(left: Head, seen: Mapping[int, str], last: int, end: Head | None) -> Problem | None:
    if end is not None and left.org != end.org:
        return Problem(left.sequence, Fault.FOREIGN)
    if left.sequence > last:
        return Problem(last, Fault.CUT)
    return None if _is(seen.get(left.sequence, ""), left.hash) else Problem(left.sequence, Fault.REWRITTEN)


def _is(whole: str, left: str) -> bool:
    return whole[:SHORT_DIGITS] == left if len(left) == SHORT_DIGITS else whole == left


def hidden(chain: Iterable[Link]) -> Iterable[Problem]:
    """Yield the stubs that no purge accounts for (R-EVID-6)."""
    links = list(chain)
    through = purged_through(links)
    for link in links:
        if isinstance(link, Stub) and link.sequence > through:
            yield Problem(link.sequence, Fault.HIDDEN)


def purged_through(chain: Iterable[Link]) -> int:
    """Return the number up to which entries say that contents were purged, 0 where none does."""
    said = (link.details.get("through", "") for link in chain if isinstance(link, LedgerEntry) and link.what == PURGED)
    return max((int(text) for text in said if text.isascii() and text.isdecimal()), default=0)


def to_body(link: Link) -> dict[str, Any]:
    """Return an entry or stub as JSON members."""
    if isinstance(link, Stub):
        return {name: getattr(link, name) for name in sorted(STUB_MEMBERS)}
    body: dict[str, Any] = {name: getattr(link, name) for name in TEXTS}
    at = link.at.astimezone(UTC).isoformat(timespec="microseconds")
    return {**body, "sequence": link.sequence, "at": at, "details": dict(link.details)}


def from_body(body: Mapping[str, Any]) -> Link:
    """Return the entry or stub that `to_body` wrote.

    Raises:
        Tampered: A member is missing, unknown, or of another type; such a body was not written by us.
    """
    try:
        return _stub(body) if body.keys() == STUB_MEMBERS else _entry(body)
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        raise Tampered("a ledger entry cannot be read") from error


def _stub(body: Mapping[str, Any]) -> Stub:
    texts = {name: _text(body[name]) for name in STUB_MEMBERS - {"sequence"}}
    return Stub(sequence=_number(body["sequence"]), **texts)


def _entry(body: Mapping[str, Any]) -> LedgerEntry:
    if body.keys() != MEMBERS:
        raise KeyError("members")
    if not isinstance(body["details"], Mapping):
        raise TypeError("not a mapping")
    at = datetime.fromisoformat(_text(body["at"]))
    details = {_text(name): _text(value) for name, value in body["details"].items()}
    texts = {name: _text(body[name]) for name in TEXTS}
    entry = LedgerEntry(sequence=_number(body["sequence"]), at=at, details=details, **texts)
    if to_body(entry)["at"] != body["at"]:
        raise ValueError("the time is not in canonical form")
    return entry


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a number")
    return value
