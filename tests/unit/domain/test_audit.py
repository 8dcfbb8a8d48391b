"""Register and evidence of a whole installation: all of it is there, nobody is named, and what is touched is found."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import ORG
from tests.fakes import crash_stories as stories
from tests.fakes.crashing import World
from zoho_privacy.domain import audit, ledger
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.evidence import MANIFEST, line, manifest, zipped
from zoho_privacy.domain.evidence_check import Anchored, Verdict
from zoho_privacy.domain.ledger import Head
from zoho_privacy.workflows import evidence as collecting
from zoho_privacy.workflows import ledger as ledgers

LEDGER: Final = f"ledger-{ORG}.jsonl"
CASES: Final = f"cases-{ORG}.jsonl"


@cache
def real() -> tuple[bytes, Head]:
    """Return the archive of a world in which somebody was erased and somebody only asked, and the ledger's head."""
    world = World()
    stories.erasure(world)
    ada = world.desk.add_contact(first_name="Ada", last_name="Moss", email=stories.ADA)
    stories.asks(world, ada, "Please send me a copy of all personal data you hold about me. Ada Moss")
    head = ledgers.head(world.store, ORG)
    assert head
    return collecting.audit(world.app(), lambda _org: [Head(ORG, 3, list(world.entries())[2].hash)]), head


def members() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(real()[0])) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def forged(change: Callable[[dict[str, bytes]], None]) -> bytes:
    """Return the archive after a change by somebody who writes the sums anew."""
    content = members()
    change(content)
    told = {name: data for name, data in content.items() if name != MANIFEST}
    return zipped({**told, MANIFEST: manifest(told, audit.FORMAT)})


def found(data: bytes, *anchors: Head) -> Verdict:
    return audit.check(data, [Anchored(each) for each in anchors])


@pytest.mark.req("R-EVID-8")
def test_the_archive_holds_register_cases_figures_and_ledger() -> None:
    content = members()
    register = json.loads(content["register.json"])
    assert {len(register[name]) > 5 for name in ("paths", "categories", "systems", "recipients")} == {True}
    rows = list(csv.DictReader(io.StringIO(content["recipients.csv"].decode())))
    assert {row["id"] for row in rows} == register["recipients"].keys()
    assert {row["personal_data"] for row in rows} == {"True", "False"}
    assert "R-OUT-3" in json.loads(content["policy.json"])["out_of_scope"]
    cases = [json.loads(each) for each in content[CASES].splitlines()]
    assert {(case["kind"], case["state"]) for case in cases} == {("deletion", "closed"), ("access", "awaiting_proof")}
    assert all(case["coverage"] for case in cases)
    assert ",deletion,1,1,0,0,0" in content["figures.csv"].decode()
    assert len(content[LEDGER].splitlines()) == real()[1].sequence


@pytest.mark.req("R-EVID-8", "R-EVID-5")
def test_nobody_is_named_in_it() -> None:
    told = b"".join(members().values()).decode().casefold()
    for word in ("moss", "ada.", "bob stone", "bob.stone", "printer", "example.net", "5550142"):
        assert word not in told


@pytest.mark.req("R-EVID-8", "R-EVID-3")
def test_it_holds_against_the_heads_and_says_what_it_cannot_prove() -> None:
    data, head = real()
    verdict = found(data, head)
    assert verdict.faults == ()
    assert any(f"from entry 1 to {head.sequence}" in each for each in verdict.proved)
    assert not any("no head was given" in each for each in verdict.unproven)
    assert any("no head was given" in each for each in found(data).unproven)


@pytest.mark.req("R-EVID-8", "R-EVID-2")
@settings(max_examples=60)
@given(st.data())
def test_any_flipped_byte_of_it_is_found(drawn: Any) -> None:
    data = bytearray(real()[0])
    data[drawn.draw(st.integers(0, len(data) - 1))] ^= drawn.draw(st.integers(1, 255))
    try:
        assert not found(bytes(data)).holds
    except BadInput:
        return


def lines(content: dict[str, bytes], name: str) -> list[bytes]:
    return content[name].splitlines(keepends=True)


def stubbed(content: dict[str, bytes]) -> None:
    whole = lines(content, LEDGER)
    whole[4] = line(ledger.to_body(ledger.stub(ledger.from_body(json.loads(whole[4])))))
    content[LEDGER] = b"".join(whole)


def without(name: str, place: int) -> Callable[[dict[str, bytes]], None]:
    def change(content: dict[str, bytes]) -> None:
        kept = lines(content, name)
        del kept[place]
        content[name] = b"".join(kept)

    return change


def swapped(content: dict[str, bytes]) -> None:
    whole = lines(content, LEDGER)
    whole[3], whole[4] = whole[4], whole[3]
    content[LEDGER] = b"".join(whole)


def changed(content: dict[str, bytes]) -> None:
    content[LEDGER] = content[LEDGER].replace(b'"R-INTAKE-2"', b'"R-INTAKE-3"', 1)


def doubled(content: dict[str, bytes]) -> None:
    content[CASES] += lines(content, CASES)[0]


def another(content: dict[str, bytes]) -> None:
    content[CASES] += line({**json.loads(lines(content, CASES)[0]), "id": "7-deletion"})


def silent(content: dict[str, bytes]) -> None:
    content[CASES] = b"{}\n"


@pytest.mark.req("R-EVID-8", "R-EVID-2", "R-EVID-6")
@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (without(LEDGER, 7), "missing, repeated or out of order"),
        (swapped, "missing, repeated or out of order"),
        (changed, "the entry was changed"),
        (stubbed, "taken out and no entry says so"),
        (without(LEDGER, -1), "ends before a head"),
        (without(CASES, 0), "a case is missing"),
        (doubled, "stands there twice"),
        (another, "not those that the ledger says"),
        (silent, "cannot be read"),
    ],
)
def test_who_writes_the_sums_anew_is_found(change: Callable[[dict[str, bytes]], None], fault: str) -> None:
    assert any(fault in each for each in found(forged(change), real()[1]).faults)


@pytest.mark.req("R-EVID-8")
@pytest.mark.parametrize("change", [lambda c: c.pop("register.json"), lambda c: c.update({"more.txt": b"x"})])
def test_what_is_no_archive_is_refused(change: Callable[[dict[str, bytes]], None]) -> None:
    with pytest.raises(BadInput):
        audit.check(forged(change))
    assert not audit.is_audit(b"no zip")
