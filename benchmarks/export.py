"""Measures exports against the truth: `python3 -m benchmarks.export [--people 200] [--tickets 800] [--seed 7]`.

A desk is generated whose truth the emulator knows. For every person, in their language and in each kind in turn
(access, portability, know-specific, and beside it know-categories or the recipient list), an export is built, approved,
fetched and opened as its person would; then two questions are put to the truth:

  missing  messages, notes, files, tasks and times of the person's own tickets, and their own words in others' tickets,
           that are neither inside nor listed as left out. Ids are read from the portal's store, not from its API
  foreign  values of other people (address, phone, mobile, customer number, postal address, name) found in any file

`--workers` share the people out, each with an emulator of its own; `--minutes` stops in time and says how far it came.
`--large` builds one for somebody with 500 tickets, 3,000 messages and 2 GB of files in a process of its own, which is
killed twice on the way, and prints its peak memory. Exit status 1 where anything is missing or foreign, where memory
passes 150 MB, or a resumed export differs. Credits against the least possible:
`python3 -m benchmarks.credits --flow export`.
"""

import argparse
import hashlib
import json
import math
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pyzipper import zipfile_aes

from tests.builders import a_case
from tests.emulator_process import Emulator
from tests.fakes import handing
from tests.fakes.desk import FakeDesk
from tests.fakes.suite import a_suite
from zoho_privacy import bootstrap
from zoho_privacy.adapters.blobs import FolderBlobs
from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.domain import records as r
from zoho_privacy.domain.model import Kind, Law
from zoho_privacy.local.trial import settings_from_emulator
from zoho_privacy.workflows import exports
from zoho_privacy.workflows.context import App

KINDS: Final = (Kind.ACCESS, Kind.PORTABILITY, Kind.KNOW_SPECIFIC)
ALONE: Final = (Kind.KNOW_CATEGORIES, Kind.RECIPIENT_LIST)
ITEMS: Final = frozenset({"categories", "recipients", "transfers", "periods", "rights", "complaint"})
MOST_MB: Final = 150
INDEXED_S: Final = 700
FEWEST: Final = 20
"""A desk is generated with at least so many people; fewer are measured where fewer are asked for."""
ADA: Final = "ada.moss@example.net"
RECORDS: Final = {"thread": "messages", "comment": "comments", "attachment": "attachments"}


@dataclass
class Found:
    """What the measurement found; `missing` and `foreign` count by sort, `examples` hold ids, never values."""

    exports: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    expected: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    foreign: Counter[str] = field(default_factory=Counter)
    second: Counter[str] = field(default_factory=Counter)
    gaps: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    people: int = 0
    credits: float = 0.0
    seconds: float = 0.0
    megabytes: float = 0.0

    @property
    def good(self) -> bool:
        """Whether nothing is missing and nothing foreign inside."""
        return not (self.missing or self.foreign)

    def add(self, other: "Found") -> None:
        """Take in what another worker found at the same time."""
        for name, value in vars(other).items():
            mine = getattr(self, name)
            setattr(self, name, max(mine, value) if name == "seconds" else mine + value)

    def lines(self) -> list[str]:
        """Return the figures for people."""
        return [
            f"{self.exports} exports for {self.people} people in {self.seconds:.0f} s, {self.megabytes:.1f} MB",
            f"{self.credits / max(1, self.exports):.0f} credits each",
            f"languages {_told(self.languages)}; kinds {_told(self.kinds)}",
            f"of {sum(self.expected.values())} records ({_told(self.expected)}) missing: {_told(self.missing)}",
            f"tickets of a second record of the same person: {_told(self.second)}",
            f"values of other people inside: {_told(self.foreign)}",
            f"listed for a reviewer: {_told(self.gaps)}",
            *self.examples[:20],
        ]


def measure(
    zoho: Emulator,
    folder: Path,
    *,
    people: int,
    tickets: int,
    seed: int,
    most: int | None = None,
    share: tuple[int, int] = (0, 1),
    until: float = math.inf,
) -> Found:
    """Build and check exports for everybody on a generated desk, `most` of them at most, and none begun after `until`.

    `share` says which part of the people, of how many.
    """
    inhabitants = max(people, FEWEST)
    zoho.bench("POST", "/generate", {"tickets": tickets, "people": inhabitants, "seed": seed, "years": 3})
    zoho.advance(INDEXED_S)
    everybody = _everybody(zoho, inhabitants)
    app = bootstrap.build(settings_from_emulator(zoho.url, state_dir=folder, port=0, export_life_days=90))
    (org,) = app.desks
    found, began = Found(), time.monotonic()
    for number, person in enumerate(everybody[: people if most is None else most]):
        if not person["contactIds"] or number % share[1] != share[0] or time.monotonic() > until:
            continue
        found.people += 1
        turn = number // share[1]
        _one(zoho, app, org, person, everybody, KINDS[turn % len(KINDS)], found)
        _one(zoho, app, org, person, everybody, ALONE[turn % len(ALONE)], found)
    found.seconds, found.credits = time.monotonic() - began, app.desks[org].credits.spent()
    return found


def _everybody(zoho: Emulator, people: int) -> list[Mapping[str, Any]]:
    pages = (zoho.bench("GET", "/truth/people", start=str(at), limit="500")["people"] for at in range(0, people, 500))
    return [person for page in pages for person in page]


def _one(
    zoho: Emulator,
    app: App,
    org: str,
    person: Mapping[str, Any],
    everybody: Sequence[Mapping[str, Any]],
    kind: Kind,
    found: Found,
) -> None:
    contact_id = str(person["contactIds"][0])
    law = Law.CCPA if kind in {Kind.KNOW_SPECIFIC, *ALONE} else Law.GDPR
    case = a_case(
        id=f"{contact_id}-{kind}", org=org, contact_id=contact_id, kind=kind, law=law, language=str(person["language"])
    )
    export = exports.build(app, app.desks[org], case)
    found.exports, found.megabytes = found.exports + 1, found.megabytes + export.size / 1e6
    found.languages[case.language] += 1
    found.kinds[kind.value] += 1
    found.gaps.update(export.gaps)
    with handing.fetched(app, handing.let_out(app, export)) as package:
        files = {name: package.read(name) for name in package.namelist()}
    who = f"person {person['person']} ({kind})"
    if kind in ALONE:
        _expect(
            "answer item", ITEMS, {each["item"] for each in json.loads(files["data/answer.json"])["answer"]}, who, found
        )
    else:
        (truth,) = zoho.bench("POST", "/truth", {"people": [contact_id]})["people"]
        _check_missing(zoho, truth, files, kind, who, found)
    _check_foreign(person, everybody, files, who, found)


# -------------------------------------------------------------------------------------------------------------- missing


def _check_missing(
    zoho: Emulator, truth: Mapping[str, Any], files: Mapping[str, bytes], kind: Kind, who: str, found: Found
) -> None:
    data = {sort: _ids(files, sort) for sort in ("tickets", *RECORDS.values())}
    left_out = Counter(each["what"] for each in json.loads(files["omissions.json"])["omissions"])
    listed = {each["id"] for each in json.loads(files["omissions.json"])["omissions"]}
    second: set[str] = set()
    for ticket_id in truth["tickets"]["primary"]:
        stored = zoho.bench("GET", f"/stored/ticket/{ticket_id}")
        if stored["ticket"]["contactId"] != truth["person"]["contactIds"][0]:
            second.add(ticket_id)  # with another address: whether both are one person is for a person to say
            found.second["noticed" if "contact" in left_out else "not noticed"] += 1
            continue
        _expect("ticket", {ticket_id}, data["tickets"], who, found)
        for table, sort in RECORDS.items():
            ids = {str(each["id"]) for each in stored[table]}
            if kind is Kind.PORTABILITY:
                continue  # what the team wrote is left out on purpose, and listed as such
            _expect(table, ids, data[sort] | listed, f"{who} ticket {ticket_id}", found)
    own = {row["recordId"] for row in truth["places"] if _wrote(row) and row["ticketId"] not in second}
    _expect("own message", own, data["messages"], who, found)
    if kind is Kind.PORTABILITY:
        found.expected["listed as left out"] += sum(left_out.values())


def _wrote(row: Mapping[str, Any]) -> bool:
    """Whether the row says that the person wrote a message from the address on file."""
    return (row["recordType"], row["field"], row["kind"]) == ("thread", "author.email", "email")


def _ids(files: Mapping[str, bytes], sort: str) -> set[str]:
    return {str(each["id"]) for each in json.loads(files[f"data/{sort}.json"])[sort]}


def _expect(sort: str, wanted: AbstractSet[str], there: set[str], who: str, found: Found) -> None:
    found.expected[sort] += len(wanted)
    for gone in sorted(wanted - there):
        found.missing[sort] += 1
        found.examples.append(f"  missing: {sort} {gone} of {who}")


# -------------------------------------------------------------------------------------------------------------- foreign


def _check_foreign(
    person: Mapping[str, Any],
    everybody: Sequence[Mapping[str, Any]],
    files: Mapping[str, bytes],
    who: str,
    found: Found,
) -> None:
    own = {each["value"].casefold() for each in (*person["values"], *person["shared"])}
    texts = {
        name: data.decode("utf-8", "ignore").casefold()
        for name, data in files.items()
        if name != "schema/export-1.json"
    }
    whole = "\n".join(texts.values())
    for other in everybody:
        if other["person"] == person["person"]:
            continue
        for each in other["values"]:
            value = each["value"].casefold()
            if value not in whole or any(value in mine for mine in own):
                continue
            places = [name for name, text in texts.items() if value in text]
            if places:
                found.foreign[each["kind"]] += 1
                found.examples.append(f"  foreign: a {each['kind']} of person {other['person']}, {who}, {places[0]}")


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"


# ---------------------------------------------------------------------------------------------------------------- large

TICKETS, THREADS, FILES, FILE_MB = 500, 6, 100, 20


class LargeDesk(FakeDesk):
    """A person with much; files are made while they are read, so that the desk itself needs no memory for them."""

    def download(self, attachment: r.Attachment) -> Iterator[bytes]:
        """Yield bytes that depend on the file alone and do not compress."""
        self._called("download")
        left, block = attachment.size, attachment.id.encode()
        while left > 0:
            block = hashlib.shake_256(block).digest(min(left, 1 << 18))
            left -= len(block)
            yield block


def large_desk(tickets: int, files: int, file_bytes: int) -> tuple[LargeDesk, str]:
    """Return the desk and the person's contact id."""
    desk = LargeDesk()
    ada = desk.add_contact(first_name="Ada", last_name="Moss", email=ADA)
    for number in range(tickets):
        ticket = desk.add_ticket(contact_id=ada.id, subject=f"Printer {number}")
        for each in range(THREADS):
            text = f"<p>Message {each} about printer {number}. " + "It prints nothing but lines. " * 20 + "</p>"
            out = bool(each % 2)
            more = {"direction": "out", "from_address": "support@desk.example.com", "to": ADA} if out else {}
            desk.add_thread(ticket.id, content=text, **more)
        if number < files:
            name = r.Attachment(desk.new_id(), f"disk-{number}.img", file_bytes, f"/tickets/{ticket.id}/files/{number}")
            thread = desk.tickets[ticket.id].threads[0]
            desk.tickets[ticket.id].threads[0] = r.Thread(
                **{**{slot: getattr(thread, slot) for slot in thread.__slots__}, "attachments": (name,)}
            )
    return desk, ada.id


def build_large(folder: Path, tickets: int, files: int, file_bytes: int) -> Mapping[str, Any]:
    """Build the large export in this process; resumes what an earlier one began in the folder."""
    desk, contact_id = large_desk(tickets, files, file_bytes)
    app = a_suite(desk, store=SqliteStore(folder / "state.db"), blobs=FolderBlobs(folder / "files"))
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    case = a_case(kind=Kind.ACCESS, contact_id=contact_id)
    export = exports.build(app, app.desks[desk.org], case)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    reads = sum(desk.calls.values())
    zips = [f"{part.size} {part.sha256}" for part in export.zips]
    size = sum(part.size for part in export.zips)
    return {"zips": zips, "bytes": size, "desk_mb": base, "peak_mb": peak, "reads": reads,
            "counts": dict(export.counts or {}), "state": export.state}  # fmt: skip


def large(tickets: int, files: int, file_bytes: int, kills: int) -> Mapping[str, Any]:
    """Build it in a child, killed so many times while it reads, and once more without a kill to compare."""
    sizes = [str(tickets), str(files), str(file_bytes)]
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        began = time.monotonic()
        for number in range(kills):
            _kill_when(_child(one, sizes), Path(one) / "files", parts=(number + 1) * max(1, tickets // (kills + 2)))
        resumed = _finished(_child(one, sizes))
        took = time.monotonic() - began
        straight = _finished(_child(other, sizes))
    return {**resumed, "seconds": took, "kills": kills, "same_bytes": resumed["zips"] == straight["zips"],
            "peak_mb": max(resumed["peak_mb"], straight["peak_mb"]), "reads_straight": straight["reads"]}  # fmt: skip


def _child(folder: str, sizes: Sequence[str]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.export", "--child", folder, *sizes]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  this very program


def _kill_when(child: "subprocess.Popen[str]", folder: Path, *, parts: int) -> None:
    """Kill the child once so many tickets are read."""
    while child.poll() is None and sum(1 for _ in folder.rglob("parts/*")) < parts:
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.communicate()


def _finished(child: "subprocess.Popen[str]") -> dict[str, Any]:
    out, _ = child.communicate()
    result: dict[str, Any] = json.loads(out)
    return result


# ----------------------------------------------------------------------------------------------------------------- main


@contextmanager
def _desk() -> Iterator[tuple[Emulator, Path]]:
    with tempfile.TemporaryDirectory() as folder, Emulator.start() as zoho:
        yield zoho, Path(folder)


def _by_openssl(password: bytes, salt: bytes, count: int, **length: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha1", password, salt, count, length["dkLen"])


def _share(people: int, tickets: int, seed: int, share: tuple[int, int], minutes: float) -> Found:
    """Measure a part of the people in a process of its own."""
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    zipfile_aes.PBKDF2 = _by_openssl  # the library opens packages with keys derived in Python, thirty times slower
    until = time.monotonic() + 60 * minutes
    with _desk() as (zoho, folder):
        return measure(zoho, folder, people=people, tickets=tickets, seed=seed, share=share, until=until)


def shared(people: int, tickets: int, seed: int, *, workers: int, minutes: float) -> Found:
    """Measure everybody, with so many processes at once."""
    found = Found()
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        parts = [pool.submit(_share, people, tickets, seed, (each, workers), minutes) for each in range(workers)]
        for part in parts:
            found.add(part.result())
    return found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--tickets", type=int, default=800)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--large", action="store_true", help="one very large export instead, killed twice")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", nargs=4, metavar=("FOLDER", "TICKETS", "FILES", "BYTES"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        folder, *sizes = args.child
        sys.stdout.write(json.dumps(build_large(Path(folder), *map(int, sizes))))
        return 0
    if args.large:
        result = large(TICKETS, FILES, FILE_MB << 20, kills=2)
        sys.stdout.write(json.dumps(result) + "\n" if args.json else _large_lines(result))
        return int(result["peak_mb"] > MOST_MB or not result["same_bytes"])
    found = shared(args.people, args.tickets, args.seed, workers=args.workers, minutes=args.minutes)
    sys.stdout.write(json.dumps(vars(found)) + "\n" if args.json else "\n".join(found.lines()) + "\n")
    return int(not found.good)


def _large_lines(result: Mapping[str, Any]) -> str:
    return (
        f"{result['counts']['tickets']} tickets, {result['counts']['messages']} messages, "
        f"{result['bytes'] / 1e9:.2f} GB, {len(result['zips'])} parts, in {result['seconds']:.0f} s, "
        f"killed {result['kills']} times\n"
        f"peak memory {result['peak_mb']:.0f} MB, of which {result['desk_mb']:.0f} MB before it began\n"
        f"resumed and unbroken give {'the same bytes' if result['same_bytes'] else 'DIFFERENT BYTES'}\n"
    )


if __name__ == "__main__":
    raise SystemExit(main())
