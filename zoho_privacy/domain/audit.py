"""Register and evidence of a whole installation as one zip, for an audit or for whoever takes the firm over. Pure.

Members: audit.json (when, which portals), register.json and recipients.csv (what is collected, why, where it lies, who
receives it), policy.json (each clause and what keeps it), figures.csv, for each portal cases, coverage, anchors and the
ledger with all that it still says, README.txt, and manifest.json with the SHA-256 of each (R-EVID-8, R-PROP-6). Ids,
dates and keyed hashes: no personal data. One case in depth, with plans and journal, is `evidence.py`.
The same facts at the same moment give the same bytes. What changes here changes the number in FORMAT.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from zoho_privacy.domain import evidence, ledger
from zoho_privacy.domain.coverage import Row
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.evidence import MANIFEST, case_body, line, render, zipped
from zoho_privacy.domain.evidence_check import BROKEN, MOST_BYTES, WRONG, Anchored, Verdict
from zoho_privacy.domain.ledger import Head, Link
from zoho_privacy.domain.model import Case, LedgerEntry
from zoho_privacy.domain.rules import Rules

FORMAT: Final = "zoho_privacy audit 1"
ABOUT: Final = "audit.json"
EACH: Final = ("ledger", "cases", "anchors")
NAME: Final = re.compile(r"(ledger|cases|anchors)-([0-9]{1,20})\.jsonl")
ALONE: Final = frozenset({ABOUT, "README.txt", "figures.csv", "policy.json", "recipients.csv", "register.json"})
README: Final = """Register and evidence of a privacy desk.

  zoho-privacy evidence verify FILE.zip [--anchors anchors.jsonl]

checks it offline: the sums in manifest.json, the chain of each ledger, that no content was taken out of it that no
purge accounts for, and that each case was opened and ended as its ledger says. One case in depth, with its plans and
journal, is what `zoho-privacy evidence bundle CASE` gives.
"""
OPEN: Final = (
    "that an entry was true when it was written: the chain shows only that nothing was changed afterwards",
    "that the register names every system and recipient there is",
    "that the owners of systems outside the suite have acted, beyond the receipts that the ledger names",
)


@dataclass(frozen=True, slots=True)
class Portal:
    """What is handed over of one portal."""

    org: str
    chain: tuple[Link, ...]
    cases: tuple[tuple[Case, tuple[Row, ...]], ...]
    anchors: tuple[Head, ...]


def archive(rules: Rules, figures: str, portals: Sequence[Portal], made: datetime, location: str = "") -> bytes:
    """Return the zip; `location` is where the suite's own store lies, as the operator declared it (R-XFER-2)."""
    content = members(rules, figures, portals, made, location)
    return zipped({**content, MANIFEST: _manifest(content)})


def members(
    rules: Rules, figures: str, portals: Sequence[Portal], made: datetime, location: str = ""
) -> dict[str, bytes]:
    """Return the content of each member but the manifest, by name."""
    about = {
        "format": FORMAT,
        "made": made.astimezone(UTC).isoformat(),
        "portals": [each.org for each in portals],
        "store_location": location or "not declared",
    }
    found = {
        ABOUT: render(about),
        "README.txt": README.encode(),
        "figures.csv": figures.encode(),
        "policy.json": render(policy(rules)),
        "recipients.csv": recipients(rules).encode(),
        "register.json": render(register(rules)),
    }
    for portal in portals:
        rows = ({**case_body(case, made), "coverage": [asdict(row) for row in told]} for case, told in portal.cases)
        found[f"cases-{portal.org}.jsonl"] = b"".join(map(line, rows))
        found[f"ledger-{portal.org}.jsonl"] = b"".join(line(ledger.to_body(link)) for link in portal.chain)
        found[f"anchors-{portal.org}.jsonl"] = b"".join(line(asdict(head)) for head in portal.anchors)
    return dict(sorted(found.items()))


def register(rules: Rules) -> dict[str, Any]:
    """Return what is collected, why, where it lies and who receives it (R-SCOPE-1 to 3, R-PROP-1)."""
    names = ("paths", "categories", "systems", "recipients")
    return {name: {key: asdict(each) for key, each in getattr(rules, name).items()} for name in names}


def recipients(rules: Rules) -> str:
    """Return the current list of recipients as CSV; the register's own words, so no cell can start a formula."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\r\n")
    rows = {key: asdict(entry) for key, entry in rules.recipients.items()}
    heads = list(next(iter(rows.values()), {}))
    writer.writerow(["id", *heads])
    writer.writerows([key, *(" ".join(cell) if isinstance(cell, tuple) else cell for cell in row.values())]
                     for key, row in rows.items())  # fmt: skip
    return sink.getvalue()


def policy(rules: Rules) -> dict[str, Any]:
    """Return the clauses of the policy and what keeps each."""
    told = {"does": rules.behaviours, "by_hand": rules.by_hand, "out_of_scope": rules.out_of_scope}
    clauses = {key: asdict(clause) for key, clause in rules.clauses.items()}
    return {"version": rules.policy_version, "clauses": clauses, **{name: dict(each) for name, each in told.items()}}


# ------------------------------------------------------------------------------------------------------------ checking


def is_audit(data: bytes) -> bool:
    """Tell whether these bytes claim to be such an archive."""
    try:
        return ABOUT in zipfile.ZipFile(io.BytesIO(data)).namelist()
    except BROKEN:
        return False


def check(data: bytes, anchors: Iterable[Anchored] = ()) -> Verdict:
    """Check an archive. `anchors` are heads left elsewhere, of any organisation.

    Raises:
        BadInput: The bytes are no such archive.
    """
    content = _unpacked(data)
    told = {name: member for name, member in content.items() if name != MANIFEST}
    if _manifest(told) != content[MANIFEST]:
        return Verdict("", (), ("the sums in the manifest are not those of the members",), OPEN)
    if zipped(content) != data:
        return Verdict("", (), ("the zip holds something beside its members",), OPEN)
    left = list(anchors)
    faults: list[str] = []
    proved = [f"nothing in the file was changed since its manifest was written ({len(told)} members)"]
    unproven = list(OPEN)
    try:
        made = datetime.fromisoformat(json.loads(told[ABOUT])["made"])
        for org in json.loads(told[ABOUT])["portals"]:
            mine = [each for each in left if each.head.org == org]
            faults += [f"{org}: {fault}" for fault in _portal(told, org, made, mine)]
            chain = _chain(told, org)
            proved.append(f"{org}: the chain holds from entry 1 to {chain[-1].sequence if chain else 0}")
            last = max((each.head.sequence for each in mine), default=0)
            if not last:
                unproven.append(
                    f"{org}: that the ledger was not written anew as a whole: no head was given (--anchors)"
                )
            if purged := ledger.purged_through(chain):
                unproven.append(f"{org}: what entries up to {purged} said: their content was purged")
    except WRONG:
        faults.append("a member of the archive cannot be read")
    return Verdict("", () if faults else tuple(proved), tuple(faults), tuple(unproven))


def _unpacked(data: bytes) -> dict[str, bytes]:
    if len(data) > MOST_BYTES:
        raise BadInput("the file is too large for an archive of evidence")
    try:
        opened = zipfile.ZipFile(io.BytesIO(data))
        infos = opened.infolist()
        names = {info.filename for info in infos}
        orgs = {found[2] for name in names if (found := NAME.fullmatch(name))}
        wanted = ALONE | {MANIFEST} | {f"{kind}-{org}.jsonl" for kind in EACH for org in orgs}
        plain = all(info.compress_type == zipfile.ZIP_STORED and info.file_size <= len(data) for info in infos)
        if names != wanted or len(infos) != len(names) or not plain:
            raise BadInput("the file is no archive of evidence: it holds other members, or holds them otherwise")
        return {info.filename: opened.read(info) for info in infos}
    except BROKEN:
        raise BadInput("the file was damaged or changed: it cannot be unpacked") from None


def _manifest(content: Mapping[str, bytes]) -> bytes:
    return evidence.manifest(content, FORMAT)


def _chain(told: Mapping[str, bytes], org: str) -> list[Link]:
    return [ledger.from_body(json.loads(each)) for each in told[f"ledger-{org}.jsonl"].splitlines()]


def _portal(told: Mapping[str, bytes], org: str, made: datetime, left: Sequence[Anchored]) -> Iterator[str]:
    chain = _chain(told, org)
    last = chain[-1].sequence if chain else 0
    own = [Head(**json.loads(each)) for each in told[f"anchors-{org}.jsonl"].splitlines()]
    known = [each.head for each in left if each.head.sequence <= last or each.at is None or each.at <= made]
    yield from map(str, ledger.verify(chain, anchors=[*own, *known]))
    yield from map(str, ledger.hidden(chain))
    if any(link.org != org for link in chain):
        yield "the ledger is another organisation's"
    purged = ledger.purged_through(chain)
    opened = {link.case_id for link in chain if isinstance(link, LedgerEntry) and link.what == "case_opened"}
    cases = [json.loads(each)["id"] for each in told[f"cases-{org}.jsonl"].splitlines()]
    if len(set(cases)) != len(cases):
        yield "a case stands there twice"
    if not purged and set(cases) != opened:
        yield "the cases are not those that the ledger says were opened"
    if opened - set(cases):
        yield "a case is missing that the ledger says was opened"
