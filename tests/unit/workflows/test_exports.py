"""An export is built once, handed out through its link alone, and ends with a proof."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.builders import NOW, a_case
from tests.fakes.handing import CLIENT, code, download, fetched, let_out, letter, token, unlock, unlocked
from tests.fakes.people import ADA, BOB, Life, adas_life
from tests.fakes.suite import a_suite
from zoho_privacy.adapters.clock import FixedClock
from zoho_privacy.adapters.stores.memory import MemoryStore
from zoho_privacy.domain.errors import BadInput, DeskForbidden, NotAllowed, NotFound, StoreUnavailable, Tampered
from zoho_privacy.domain.model import Case, Kind
from zoho_privacy.local import takeover
from zoho_privacy.ports import Write
from zoho_privacy.workflows import exports, handout, ledger
from zoho_privacy.workflows.context import App, Policy
from zoho_privacy.workflows.exports import Export, ExportState


@pytest.fixture
def life() -> Life:
    return adas_life()


@pytest.fixture
def app(life: Life) -> App:
    return a_suite(life.desk)


@pytest.fixture
def case(life: Life) -> Case:
    return a_case(kind=Kind.ACCESS, contact_id=life.ada.id)


def built(app: App, case: Case, *, again: bool = False) -> Export:
    return exports.build(app, app.desks[case.org], case, again=again)


def build(app: App, case: Case, *, again: bool = False) -> Export:
    """Build an export and let it out where masks alone hold it back."""
    export = built(app, case, again=again)
    if export.gaps != (exports.MASKED,):
        return export
    let_out(app, export)
    return built(app, case)


def get(app: App, export: Export) -> Export:
    """Return an export as it is stored now."""
    found = exports.get(app, export.org, export.id)
    assert found is not None
    return found


def said(app: App, org: str) -> list[str]:
    return [entry.what for entry in ledger.entries(app.store, org)]


def advance(app: App, by: timedelta) -> None:
    assert isinstance(app.clock, FixedClock)
    app.clock.advance(by)


@pytest.mark.req("R-ACCESS-1", "R-ACCESS-5", "R-ACCESS-7")
def test_a_built_export_is_a_zip_whose_sums_hold(app: App, case: Case) -> None:
    export = build(app, case)
    assert export.state is ExportState.READY
    data = download(app, export)
    assert hashlib.sha256(data).hexdigest() == export.sha256
    with unlocked(data, letter(app, get(app, export))["key"]) as package:
        assert package.testzip() is None
        for each in json.loads(package.read("manifest.json"))["files"]:
            assert hashlib.sha256(package.read(each["path"])).hexdigest() == each["sha256"]
        assert b"photo.png" in package.read("index.html")
        assert package.namelist() == sorted(package.namelist())


@pytest.mark.req("R-ACCESS-5", "R-ACCESS-7")
def test_a_large_export_is_an_overview_and_then_its_files_for_one_code(life: Life, case: Case, tmp_path: Path) -> None:
    app = a_suite(life.desk, policy=Policy(export_part_mb=0))
    export = build(app, case)
    passed, offered = unlock(app, export), token(app, export.id)
    key = letter(app, get(app, export))["key"]
    held: dict[str, int] = {}
    manifest: dict[str, Any] = {}
    for number, part in enumerate(export.zips, 1):
        told, chunks = handout.open_part(app, offered, passed, number, CLIENT)
        data = b"".join(chunks)
        assert (told, len(data), hashlib.sha256(data).hexdigest()) == (part, part.size, part.sha256)
        rest = b"".join(handout.open_part(app, offered, passed, number, CLIENT, 100)[1])
        assert rest == data[100:]
        with unlocked(data, key) as package:
            held |= dict.fromkeys(package.namelist(), number)
            manifest = manifest or json.loads(package.read("manifest.json"))
        (tmp_path / part.filename).write_bytes(data)
    assert len(export.zips) == 1 + len({path for path in held if path.startswith("files/")}) > 2
    assert {each["path"]: each["part"] for each in manifest["files"]} | {"manifest.json": 1} == held
    assert [(each["name"], each["size"], each["sha256"]) for each in manifest["parts"]] == [
        (part.filename, part.size, part.sha256) for part in export.zips[1:]
    ]
    jsonschema.validate(manifest, json.loads(exports.schema()))
    assert all((number == 1) == (not path.startswith("files/")) for path, number in held.items())
    assert takeover.opened(tmp_path, key=key).files.keys() == held.keys()
    with pytest.raises(Tampered):
        takeover.opened(*sorted(tmp_path.glob("*.zip"))[1:], key=key)
    for missing in (0, len(export.zips) + 1):
        with pytest.raises(NotFound):
            handout.open_part(app, offered, passed, missing, CLIENT)
    fetches = [row[2] for row in handout.concerned(app, case.org, export.id).fetched]
    assert fetches == [str(number) for number in range(1, len(export.zips) + 1) for _ in range(2)]
    assert built(a_suite(adas_life().desk, policy=Policy(export_part_mb=0)), case).zips == export.zips
    exports.revoke(app, case.org, export.id, "agent:700", "sent to the wrong person")
    assert app.blobs.names("") == []
    with pytest.raises(NotFound):
        handout.open_part(app, offered, passed, 1, CLIENT)


@pytest.mark.req("R-ACCESS-5", "R-SEC-3", "R-VERIFY-14")
def test_a_pass_is_one_persons_for_some_hours_and_so_many_requests(life: Life, case: Case) -> None:
    app = a_suite(life.desk, policy=Policy(export_part_mb=0))
    export = build(app, case)
    offered = token(app, export.id)
    for forged in ("", "x" * 43, token(app, "another")):
        with pytest.raises(NotAllowed):
            handout.open_part(app, offered, forged, 1, CLIENT)
    with pytest.raises(NotAllowed):
        handout.open_export(app, offered, code(app, case.org, export.id), CLIENT)
    first = unlock(app, export)
    for _ in range(handout.MOST_OF_A_PART):
        handout.open_part(app, offered, first, 2, CLIENT)
    with pytest.raises(NotAllowed):
        handout.open_part(app, offered, first, 2, CLIENT)
    handout.open_part(app, offered, first, 1, CLIENT)
    second = unlock(app, export)
    with pytest.raises(NotAllowed):
        handout.open_part(app, offered, first, 1, CLIENT)
    handout.open_part(app, offered, second, 2, CLIENT)
    advance(app, handout.PASS_LIFE)
    with pytest.raises(NotAllowed):
        handout.open_part(app, offered, second, 1, CLIENT)


@pytest.mark.req("R-ACCESS-5")
def test_the_last_pass_still_opens_the_parts(life: Life, case: Case) -> None:
    app = a_suite(life.desk, policy=Policy(export_part_mb=0))
    export = build(app, case)
    for _ in range(handout.MAX_DOWNLOADS):
        advance(app, timedelta(hours=9))
        passed = unlock(app, export)
    assert not handout.ask_code(app, token(app, export.id))
    assert handout.open_part(app, token(app, export.id), passed, 1, CLIENT)[0] == export.zips[0]
    advance(app, handout.PASS_LIFE)
    assert handout.view(app, token(app, export.id)) is None


@pytest.mark.parametrize("call", range(1, 8))
def test_a_kill_between_two_parts_packs_none_twice(life: Life, case: Case, call: int) -> None:
    """Each write to the vault may be the last; what lay there whole is not made again, and no old part stays."""
    app = a_suite(life.desk, policy=Policy(export_part_mb=0))
    done: list[str] = []
    real = app.blobs.put

    def dying(name: str, chunks: Iterable[bytes]) -> int:
        if "/package" in name and "/parts/" not in name:
            if len(done) + 1 == call:
                done.append("killed")
                raise KeyboardInterrupt
            done.append(name)
        return real(name, chunks)

    app.blobs.put = dying  # type: ignore[method-assign]
    with suppress(KeyboardInterrupt):
        built(app, case)
    real(f"exports/{exports.export_id(app, case)}/package-099", iter((b"left by an earlier build",)))
    export = built(app, case)
    assert len(done) == len(set(done)) or call > len(export.zips)
    assert export.zips == built(a_suite(adas_life().desk, policy=Policy(export_part_mb=0)), case).zips
    held = {name for name in app.blobs.names("") if "/package" in name}
    assert call > len(export.zips) or len(held) == len(export.zips)


@pytest.mark.req("R-ACCESS-5")
def test_nothing_readable_rests_anywhere(app: App, case: Case) -> None:
    """Neither store nor files show a name, an address or the token."""
    export = build(app, case)
    rest = b"".join(b"".join(app.blobs.get(name)) for name in app.blobs.names(""))
    rows = repr([app.store.find(case.org, table) for table in ("export", "export_token", "ledger")])
    for marker in (ADA, "Moss", token(app, export.id), "203.0.113.9"):
        assert marker.encode() not in rest
        assert marker not in rows
    assert app.blobs.names("") == [f"exports/{export.id}/package"]


def test_building_twice_is_building_once(app: App, case: Case, life: Life) -> None:
    first = build(app, case)
    reads = dict(life.desk.calls)
    assert built(app, case) == first
    assert dict(life.desk.calls) == reads
    assert said(app, case.org) == ["export_started", "export_built", "export_accepted"]


def test_the_same_data_gives_the_same_zip(case: Case) -> None:
    sums = {build(a_suite(adas_life().desk), case).sha256 for _ in range(2)}
    assert len(sums) == 1


@pytest.mark.req("R-ACCESS-2")
def test_an_incomplete_export_waits_for_a_person(app: App, case: Case, life: Life) -> None:
    life.desk.counts[life.own.id] = {"thread_count": 9}
    export = build(app, case)
    assert (export.state, export.gaps) == (ExportState.NEEDS_PERSON, ("message:count_differs", exports.MASKED))
    assert handout.view(app, token(app, export.id)) is None
    with pytest.raises(NotFound):
        handout.ask_code(app, token(app, export.id))


@pytest.mark.req("R-ACCESS-4")
def test_a_person_may_let_an_incomplete_export_out(app: App, case: Case, life: Life) -> None:
    life.desk.counts[life.own.id] = {"thread_count": 9}
    export = build(app, case)
    reason = "Zoho counts a merged thread twice"
    accepted = exports.accept(app, case.org, export.id, "agent:700", reason, sha256=export.sha256[:12])
    assert accepted.state is ExportState.READY
    assert download(app, export)
    assert build(app, case).state is ExportState.READY
    with pytest.raises(NotAllowed):
        exports.accept(app, case.org, export.id, "agent:700", "again", sha256=export.sha256)
    assert "export_accepted" in said(app, case.org)


def test_an_incomplete_export_is_collected_afresh(app: App, case: Case, life: Life) -> None:
    life.desk.fail["archived_tickets"] = [DeskForbidden("not yet")]
    first = built(app, case)
    second = build(app, case)
    assert (first.state, second.state) == (ExportState.NEEDS_PERSON, ExportState.READY)
    assert first.id == second.id


@pytest.mark.req("R-SEC-3", "R-ACCESS-5")
@pytest.mark.parametrize("offered", ["", "x", "x" * 43, "../" * 14 + "x", "\u00e9" * 43])
def test_a_wrong_token_leads_nowhere(app: App, case: Case, offered: str) -> None:
    export = build(app, case)
    fresh = code(app, case.org, export.id)
    assert handout.view(app, offered) is None
    with pytest.raises(NotFound):
        handout.ask_code(app, offered)
    with pytest.raises(NotFound):
        handout.open_export(app, offered, fresh, CLIENT)


@pytest.mark.req("R-ACCESS-5", "R-SEC-2", "R-EVID-5")
def test_a_download_is_counted_and_in_the_ledger_before_the_first_byte(app: App, case: Case) -> None:
    export = build(app, case)
    handout.open_export(app, token(app, export.id), code(app, case.org, export.id), CLIENT)
    view = handout.view(app, token(app, export.id))
    assert view is not None
    assert (view.downloads, view.language, view.until) == (1, "en", NOW + timedelta(days=7))
    entry = list(ledger.entries(app.store, case.org))[-1]
    assert entry.what == "export_downloaded"
    assert entry.details["client"] == app.keyring.pseudonym("client", CLIENT)


@pytest.mark.req("R-SEC-3")
def test_a_link_is_used_up(app: App, case: Case) -> None:
    export = build(app, case)
    for _ in range(handout.MAX_DOWNLOADS):
        download(app, export)
        advance(app, timedelta(hours=9))
    assert handout.view(app, token(app, export.id)) is None


@pytest.mark.req("R-ACCESS-5", "R-BREACH-1")
def test_revoking_ends_the_link_and_deletes_the_file(app: App, case: Case) -> None:
    export = build(app, case)
    ended = exports.revoke(app, case.org, export.id, "agent:700", "sent to the wrong person")
    assert (ended.state, ended.erased) == (ExportState.REVOKED, True)
    assert handout.view(app, token(app, export.id)) is None
    assert app.blobs.names("") == []
    assert said(app, case.org)[-2:] == ["export_revoked", "export_erased"]
    assert exports.revoke(app, case.org, export.id, "agent:700", "again") == ended
    assert app.store.due("export", now=NOW + timedelta(days=999)) == []


def test_a_revoked_export_is_built_again_only_when_somebody_says_so(app: App, case: Case) -> None:
    export = build(app, case)
    exports.revoke(app, case.org, export.id, "agent:700", "mistake")
    assert built(app, case).state is ExportState.REVOKED
    renewed = build(app, case, again=True)
    assert (renewed.state, renewed.round) == (ExportState.READY, 2)
    assert token(app, renewed.id) != token(app, export.id)


@pytest.mark.req("R-ACCESS-5")
def test_an_export_expires_with_a_proof(app: App, case: Case) -> None:
    export = build(app, case)
    assert exports.expire_due(app, NOW + timedelta(days=6)) == 0
    advance(app, timedelta(days=7))
    assert handout.view(app, token(app, export.id)) is None
    assert exports.expire_due(app, app.clock.now()) == 1
    assert exports.expire_due(app, app.clock.now()) == 0
    assert app.blobs.names("") == []
    assert said(app, case.org)[-2:] == ["export_expired", "export_erased"]
    assert list(ledger.entries(app.store, case.org))[-1].result == "0 files listed"
    assert build(app, case).round == 2


def test_a_build_that_nobody_finished_is_cleared_away(app: App, case: Case, life: Life) -> None:
    life.desk.fail["download"] = [StoreUnavailable("disk full")]
    with pytest.raises(StoreUnavailable):
        build(app, case)
    advance(app, timedelta(days=8))
    assert exports.expire_due(app, app.clock.now()) == 1
    assert app.blobs.names("") == []


def test_a_file_that_was_tampered_with_is_not_handed_out_whole(app: App, case: Case) -> None:
    export = build(app, case)
    name = f"exports/{export.id}/package"
    whole = b"".join(app.blobs.get(name))
    app.blobs.put(name, iter((whole[:-1] + bytes([whole[-1] ^ 1]),)))
    with pytest.raises(Tampered):
        download(app, export)


@pytest.mark.parametrize("members", [{"kind": Kind.DELETION}, {"contact_id": None}])
def test_other_cases_are_not_answered_with_an_export(app: App, case: Case, members: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        build(app, replace(case, **members))  # type: ignore[arg-type]
    assert said(app, case.org) == []


class Mortal(MemoryStore):
    """A store whose process dies at one of its commits: just before it lands, or just after."""

    def __init__(self, dies_at: int, *, after: bool) -> None:
        super().__init__()
        self.left, self.after = dies_at, after

    def commit(self, writes: Sequence[Write]) -> None:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise KeyboardInterrupt
        super().commit(writes)
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.req("R-PLAN-3")
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("dies_at", range(1, 8))
def test_a_kill_at_any_commit_leaves_one_export(case: Case, life: Life, dies_at: int, *, after: bool) -> None:
    """Built, fetched and revoked: whichever commit is the last, doing it again ends in the same place."""
    app = a_suite(life.desk, store=Mortal(dies_at, after=after))

    def story() -> None:
        export = build(app, case)
        if not export.downloads and export.state is ExportState.READY:
            download(app, export)
        exports.revoke(app, case.org, export.id, "agent:700", "done")

    with pytest.raises(KeyboardInterrupt):
        story()
    story()
    (export,) = exports.of_case(app, case.org, case.id)
    assert (export.state, export.erased, export.downloads) == (ExportState.REVOKED, True, 1)
    assert app.blobs.names("") == []
    assert said(app, case.org).count("export_built") == 1
    assert ledger.verify_all(app.store, case.org) == []


@pytest.mark.parametrize("call", range(1, 52, 10))
def test_a_kill_at_any_read_resumes_to_the_same_zip(case: Case, call: int) -> None:
    """The desk dies at the n-th call; the next run finishes, and the result is that of an unbroken run."""
    life = adas_life()
    app = a_suite(life.desk)
    total = 0

    def dying(name: str) -> None:
        nonlocal total
        life.desk.calls[name] += 1
        total += 1
        if total == call:
            raise KeyboardInterrupt

    life.desk._called = dying  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        build(app, case)
    resumed = build(app, case)
    assert resumed.sha256 == built(a_suite(adas_life().desk), case).sha256
    assert app.blobs.names("") == [f"exports/{resumed.id}/package"]


def test_bob_is_nowhere_in_the_package(app: App, case: Case) -> None:
    with fetched(app, build(app, case)) as package:
        whole = b"".join(package.read(name) for name in package.namelist())
    for trace in (BOB.encode(), b"Bob Stone", b"7946 0958", b"Tr0ub4dor", b"VPN of Bob"):
        assert trace not in whole
    for own in (ADA.encode(), b"+49 30 5550142", b"I can confirm the VPN is down", b"Please send the invoice again"):
        assert own in whole
