"""Takes an export over into an empty desk: what another provider's importer would do, shown on the emulator (R-PORT-2).

A package is opened (with its key where it is locked), every file is checked against the manifest, and the documents
become the emulator's orders for old data; files are read when their ticket's turn comes, never all at once. Contact,
tickets, messages, comments, files, tags, tasks, times, resolution and custom fields are created; ids and ticket numbers
are the new desk's own, history and figures cannot be created anywhere. Who was masked is one placeholder contact.
Records of the CRM become records of the emulated CRM, each on the person it hung on; whatever of `data/sources.json`
cannot be re-created is named with the reason. A desk in earnest is never written to: the address must be an emulator's
on this machine.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import requests

from zoho_privacy.config import is_loopback
from zoho_privacy.domain.errors import BadInput, Tampered

MASKED: Final = "[another person]"
WITHHELD: Final = "withheld@masked.invalid"
NOBODY: Final[Mapping[str, Any]] = {"lastName": "Withheld", "email": WITHHELD}
ACTIVITIES: Final = frozenset({"tasks", "calls", "events"})
CHUNK: Final = 50
CHUNK_BYTES: Final = 32 << 20
"""How many tickets go in one order, and about how many bytes of files: an order is held in memory."""
READ: Final = 1 << 20
CRM: Final = "crm"
PARENTS: Final[Mapping[str, str]] = {"Notes": "Parent_Id", "Deals": "Contact_Name", "Cases": "Related_To"}
"""The CRM's modules that hang on a person, with the look-up that says on whom."""
SET_THERE: Final = frozenset({"id", "Full_Name", "Created_Time", "Modified_Time", "Created_By", "Modified_By", "Owner"})
"""What every CRM sets itself."""
NO_CRM: Final = "there is no importer for this system"
NO_MODULE: Final = "the CRM's importer does not know this kind of record"
NO_PARENT: Final = "the record it hangs on is not in the package"
LOOKS_UP: Final = "values that point to other records are not carried over: "
TIMEOUT_S: Final = 120.0

Document = Mapping[str, Any]
File = Callable[[], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Package:
    """An opened export: its JSON documents by name, and the bytes of its files by path."""

    documents: Mapping[str, Document]
    files: Mapping[str, bytes]

    def rows(self, name: str) -> Sequence[Document]:
        """Return the records of a document: `tickets`, `messages`, ..."""
        found: Sequence[Document] = self.documents[name][name]
        return found


def opened(*paths: Path, key: str = "") -> Package:
    """Open a package and check every file against its manifest; of one in parts all zips, or the folder with them.

    Raises:
        BadInput: It is no package, or is locked and the key does not open it.
        Tampered: A file is not the one that the manifest names, or one is missing or surplus.
    """
    try:
        zips = [zip_ for each in paths for zip_ in (sorted(each.glob("*.zip")) if each.is_dir() else [each])]
        files = _Unpacked(zips, key)
        listed = {each["path"]: each["sha256"] for each in json.loads(files["manifest.json"])["files"]}
        sums = {name: files.sum(name) for name in files if name != "manifest.json"}
    except (OSError, KeyError, ValueError, NotImplementedError, zlib.error):
        raise BadInput("this is no export that can be read") from None
    if listed.keys() - sums.keys():
        raise Tampered("files are missing that the manifest names: give all parts of the package")
    if sums != listed:
        raise Tampered("the package is not what its manifest says")
    names = [name for name in files if name.startswith("data/") and name.endswith(".json")]
    documents = {name.removeprefix("data/").removesuffix(".json"): json.loads(files[name]) for name in names}
    return Package(documents, files)


class _Unpacked(Mapping[str, bytes]):
    """The files of some zips by path, read when they are asked for."""

    def __init__(self, paths: Iterable[Path], key: str) -> None:
        import pyzipper  # noqa: PLC0415  --help answers at once

        self._bad = pyzipper.BadZipFile
        self._in: dict[str, Any] = {}
        for path in paths:
            with self._told():
                package = pyzipper.AESZipFile(path)
            package.setpassword(key.encode() or None)
            self._in |= dict.fromkeys(package.namelist(), package)

    def __getitem__(self, name: str) -> bytes:
        return b"".join(self._pieces(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._in)

    def __len__(self) -> int:
        return len(self._in)

    def sum(self, name: str) -> str:
        """Return a file's SHA-256 without holding it."""
        digest = hashlib.sha256()
        for piece in self._pieces(name):
            digest.update(piece)
        return digest.hexdigest()

    def _pieces(self, name: str) -> Iterator[bytes]:
        with self._told(), self._in[name].open(name) as file:
            yield from iter(partial(file.read, READ), b"")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in our words what the library found."""
        try:
            yield
        except self._bad:
            raise BadInput("this is no export that can be read") from None
        except RuntimeError:
            raise BadInput("the package is locked: give its key, with the hyphens") from None


def order(package: Package) -> dict[str, Any]:
    """Return the emulator's order for contact and own tickets; words in others' tickets need their tickets.

    `files` stand in it as calls that return them: `plant` makes them when their turn comes.
    """
    person = package.documents["contact"]["contact"]
    names = {"firstName": "first_name", "lastName": "last_name", "email": "email", "phone": "phone",
             "secondaryEmail": "secondary_email", "mobile": "mobile"}  # fmt: skip
    contact = {there: person[here] for there, here in names.items() if person[here]}
    contact |= {there: person["record"].get(there) for there in ("street", "city", "description") if there in
                person["record"]}  # fmt: skip
    contact |= {"lastName": person["last_name"] or person["email"], "cf": person["record"].get("cf") or {}}
    contact |= {"comments": [{"content": each["content"]} for each in person["comments"] if each.get("content")]}
    if person["created"]:
        contact["createdTime"] = _moment(person["created"])
    if person["portal_users"]:
        contact["portalUser"] = True
    files = _files(package)
    contact["attachments"] = [files[each] for each in person["attachment_ids"] if each in files]
    own = [ticket for ticket in package.rows("tickets") if ticket["relation"] == "own"]
    return {"contacts": [contact, dict(NOBODY)], "tickets": [_ticket(package, each, person, files) for each in own]}


@dataclass(frozen=True, slots=True)
class Beside:
    """What of the systems beside the desk can be re-created: the emulated CRM's order, and what is left, by record."""

    records: tuple[Mapping[str, Any], ...] = ()
    left: tuple[Mapping[str, str], ...] = ()


def beside(package: Package) -> Beside:
    """Return the order for the CRM's records, people before what hangs on them, and what cannot be taken over."""
    held = package.documents["sources"]["sources"] if "sources" in package.documents else ()
    people = [each for each in held if each["source"] == CRM and each["kind"] in {"Contacts", "Leads"}]
    hanging = [each for each in held if each["source"] == CRM and each["kind"] in PARENTS]
    places = {each["id"]: place for place, each in enumerate(people)}
    records: list[Mapping[str, Any]] = []
    left: list[Mapping[str, str]] = []
    for each in (*people, *hanging, *(each for each in held if each not in people and each not in hanging)):
        parent = places.get(_points_to(each))
        if each not in people and parent is None:
            known = each["kind"] in PARENTS
            left.append(_left(each, NO_CRM if each["source"] != CRM else NO_PARENT if known else NO_MODULE))
            continue
        records.append({"module": each["kind"], "values": _values(each), "parent": parent})
        if dropped := sorted(_look_ups(each)):
            left.append(_left(each, LOOKS_UP + ", ".join(dropped)))
    return Beside(tuple(records), tuple(left))


def _left(record: Document, why: str) -> Mapping[str, str]:
    return {"source": record["source"], "kind": record["kind"], "id": record["id"], "why": why}


def _points_to(record: Document) -> str:
    parent = record["record"].get(PARENTS.get(record["kind"], ""))
    return str(parent.get("id", "")) if isinstance(parent, Mapping) else ""


def _look_ups(record: Document) -> set[str]:
    own = SET_THERE | {PARENTS.get(record["kind"], "")}
    return {name for name, value in record["record"].items() if isinstance(value, Mapping) and name not in own}


def _values(record: Document) -> Mapping[str, Any]:
    """Return what can be set of a record; an empty value is none."""
    dropped = SET_THERE | {PARENTS.get(record["kind"], "")} | _look_ups(record)
    return {name: value for name, value in record["record"].items() if name not in dropped and value is not None}


def _files(package: Package) -> dict[str, File]:
    return {each["id"]: partial(_file, package, each) for each in package.rows("attachments")}


def _file(package: Package, file: Document) -> Mapping[str, str]:
    return {"name": file["name"], "contentBase64": base64.b64encode(package.files[file["path"]]).decode()}


def _ticket(package: Package, ticket: Document, person: Document, files: Mapping[str, Any]) -> dict[str, Any]:
    def mine(name: str) -> list[Document]:
        return [each for each in package.rows(name) if each["ticket_id"] == ticket["id"]]

    made: dict[str, Any] = {
        "contact": person["email"] or {"lastName": person["last_name"]},
        **{name: ticket[name] for name in ("subject", "description", "status", "archived", "tags", "resolution")},
        **{name: ticket[name] for name in ("email", "phone")},
        **{name: ticket[name] for name in ("category", "channel") if ticket[name]},
        "cf": {name: value for name, value in ticket["custom_fields"].items() if value},
        "createdTime": _moment(ticket["created"]),
        "threads": [
            _thread(each, files) for each in sorted(mine("messages"), key=lambda each: not each["opens_ticket"])
        ],
        "comments": [
            {"content": each["content"], "isPublic": each["public"], "createdTime": _moment(each["created"])}
            for each in mine("comments")
        ],
        "attachments": [files[each] for each in ticket["attachment_ids"] if each in files],
        "timeEntries": [each["record"] for each in mine("activities") if each["kind"] == "time_entry"],
    }
    for kind in ACTIVITIES:
        made[kind] = [each["record"] for each in mine("activities") if each["kind"] == kind]
    if ticket["closed"]:
        made["closedTime"] = _moment(ticket["closed"])
    return made


def _opening_first(message: Document) -> bool:
    return not message["opens_ticket"]


def _thread(message: Document, files: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "direction": message["direction"],
        "content": message["content"],
        "createdTime": _moment(message["created"]),
        **{name: message[name].replace(MASKED, WITHHELD) for name in ("from", "to", "cc")},
        "attachments": [files[each] for each in message["attachment_ids"] if each in files],
    }


def _moment(text: str) -> str:
    return text.replace("Z", ".000Z")


def plant(url: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Create what is wanted in the emulator's portal, which must be empty; return the new ids.

    Raises:
        BadInput: The address is not on this machine, no emulator answers there, or it refuses a record.
    """
    base = url.rstrip("/")
    if not is_loopback(base):
        raise BadInput("an export is imported into an emulator on 127.0.0.1 only")
    made: dict[str, Any] = {"contacts": [], "tickets": []}
    with requests.Session() as session:
        session.trust_env = False
        orders = [{"contacts": _made(wanted["contacts"]), "tickets": []}]
        for each in (*orders, *({"contacts": [], "tickets": some} for some in _chunks(wanted["tickets"]))):
            answer = _sent(session, base, each)
            made = {name: [*made[name], *answer[name]] for name in made}
    return made


def _chunks(tickets: Iterable[Mapping[str, Any]]) -> Iterator[list[Any]]:
    """Yield the tickets with their files, so many at once as an order may hold."""
    some: list[Any] = []
    weight = 0
    for ticket in map(_made, tickets):
        held = (*ticket["attachments"], *(file for thread in ticket["threads"] for file in thread["attachments"]))
        weight += sum(len(file["contentBase64"]) for file in held)
        some.append(ticket)
        if len(some) == CHUNK or weight > CHUNK_BYTES:
            yield some
            some, weight = [], 0
    if some:
        yield some


def _made(value: Any) -> Any:
    """Return an order with the files that stand in it as calls."""
    if isinstance(value, Mapping):
        return {name: _made(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_made(each) for each in value]
    return value() if callable(value) else value


def plant_beside(url: str, wanted: Beside) -> list[str]:
    """Create the records in the emulator's CRM; return their new ids. Raises as `plant`."""
    base = url.rstrip("/")
    if not is_loopback(base):
        raise BadInput("an export is imported into an emulator on 127.0.0.1 only")
    if not wanted.records:
        return []
    with requests.Session() as session:
        session.trust_env = False
        made: list[str] = _sent(session, base, {"records": list(wanted.records)}, "crm/records")["ids"]
    return made


def _sent(session: requests.Session, base: str, wanted: Mapping[str, Any], what: str = "seed") -> Mapping[str, Any]:
    try:
        answer = session.post(f"{base}/_bench/{what}", json=wanted, timeout=TIMEOUT_S)
    except requests.RequestException:
        raise BadInput("no emulator answers at that address") from None
    if answer.status_code >= 300:
        raise BadInput(f"the emulator does not take it ({answer.status_code})")
    found: Mapping[str, Any] = answer.json()
    return found
