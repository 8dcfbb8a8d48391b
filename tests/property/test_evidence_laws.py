"""Laws of an evidence bundle: whatever is done to a real one is found, also by somebody who writes its sums anew."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import ORG
from tests.fakes.crash_stories import ADA, BOB, STORIES, asks, disturbed, people, proves, shared_ticket
from tests.fakes.crashing import Fuse, World
from zoho_privacy.domain import evidence, ledger
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.evidence import MANIFEST
from zoho_privacy.domain.evidence_check import Anchored, Verdict, check, unpack
from zoho_privacy.domain.ledger import Head
from zoho_privacy.domain.model import Case
from zoho_privacy.workflows import evidence as collecting
from zoho_privacy.workflows import ledger as ledgers

Members = dict[str, bytes]


@cache
def story() -> World:
    """Ada is erased to the end while Bob asks for his data, so that the chain holds somebody else's entries too."""
    world = World()
    ada, _ = people(world)
    shared_ticket(world, ada)
    bob = next(id_ for id_, held in world.desk.contacts.items() if held.contact.email == BOB)
    ticket = asks(world, ada, "Please delete all personal data you hold about me. Ada Moss")
    proves(world, ticket)
    world.macro(ticket, "Approve plan")
    other = world.desk.add_ticket(contact_id=bob, subject="My data")
    world.mail(other.id, "Please send me a copy of all personal data you hold about me. Bob Stone")
    world.confirm_elsewhere()
    world.rest(timedelta(days=60))
    return world


@cache
def real() -> tuple[bytes, Head]:
    """Return a real bundle and the head of its chain."""
    world = story()
    case = next(each for each in world.cases if each.kind == "deletion")
    head = ledgers.head(world.store, ORG)
    assert head is not None
    return collecting.bundle(world.app(), case), head


def redone(members: Members) -> Verdict:
    """Check what a forger hands in who knows how the file is put together and writes the sums anew."""
    return check(evidence.pack(members), [Anchored(real()[1])])


def opened() -> Members:
    content, faults = unpack(real()[0])
    assert faults == []
    return {name: data for name, data in content.items() if name != MANIFEST}


def lines(members: Members) -> list[Any]:
    return [json.loads(line) for line in members["ledger.jsonl"].splitlines()]


def with_lines(members: Members, bodies: list[Any]) -> Members:
    return {**members, "ledger.jsonl": b"".join(evidence.line(body) for body in bodies)}


def changed(name: str, change: Callable[[Any], object]) -> Members:
    members = opened()
    value = json.loads(members[name])
    change(value)
    return {**members, name: evidence.render(value)}


@pytest.mark.req("R-EVID-4", "R-EVID-2")
def test_a_real_bundle_holds_and_says_what_it_proved() -> None:
    data, head = real()
    verdict = check(data, [Anchored(head)])
    assert verdict.faults == ()
    assert any("read back before the closing letter" in each for each in verdict.proved)
    assert any("true when it was written" in each for each in verdict.unproven)
    assert any("stub" in each and not each.endswith(" 0 stubs") for each in verdict.proved)


@pytest.mark.req("R-EVID-4")
def test_the_same_facts_give_the_same_bytes() -> None:
    world = story()
    case = next(each for each in world.cases if each.kind == "deletion")
    facts = collecting.facts(world.app(), case)
    assert evidence.bundle(facts) == evidence.bundle(facts) == real()[0]


@pytest.mark.req("R-EVID-5")
def test_a_bundle_names_nobody() -> None:
    """Neither this person nor the one whose case lies in the same chain; of that case there are digests alone."""
    text = b"".join(opened().values()).decode().casefold()
    for word in (ADA, BOB, "ada moss", "bob stone", "printer", "5550142"):
        assert word not in text
    others = [each for each in story().cases if each.kind != "deletion"]
    assert others
    assert all(each.id not in text and each.ticket_id not in text for each in others)


@pytest.mark.req("R-EVID-4", "R-EVID-2")
@settings(max_examples=100)
@given(st.data())
def test_any_flipped_byte_is_found(data: Any) -> None:
    whole = bytearray(real()[0])
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    try:
        assert not check(bytes(whole)).holds
    except BadInput:
        return


@cache
def regions() -> dict[str, range]:
    """Return where in the real bundle each member lies, its zip header apart, and where the directory does."""
    data = real()[0]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
        end = archive.start_dir
    found: dict[str, range] = {"directory": range(end, len(data))}
    for info in infos:
        content = info.header_offset + 30 + len(info.filename)
        found[f"header of {info.filename}"] = range(info.header_offset, content)
        found[info.filename] = range(content, content + info.file_size)
    assert sum(map(len, found.values())) == len(data), "no byte lies outside the regions"
    return found


@pytest.mark.req("R-EVID-4", "R-EVID-2")
@settings(max_examples=4)
@given(st.data())
def test_a_byte_is_missed_in_no_region(data: Any) -> None:
    """First, last and some other byte of every member, every header and the directory."""
    whole = real()[0]
    for region in regions().values():
        some = data.draw(st.integers(region.start, region.stop - 1))
        for place in {region.start, region.stop - 1, some}:
            flipped = bytearray(whole)
            flipped[place] ^= data.draw(st.integers(1, 255))
            try:
                assert not check(bytes(flipped)).holds, place
            except BadInput:
                continue


@pytest.mark.req("R-EVID-3", "R-EVID-4")
def test_the_head_of_a_letter_is_found_in_the_chain_or_not() -> None:
    data, head = real()
    letter = ledger.shown(head)
    assert len(letter.partition(":")[2]) == 32
    told = ledger.read_head(f" {letter.upper()} ")
    verdict = check(data, heads=[told])
    assert verdict.faults == ()
    assert f"the head {letter} fits it" in verdict.proved
    assert not any("written anew as a whole" in each for each in verdict.unproven)
    other = replace(told, hash=told.hash[:-1] + ("0" if told.hash[-1] != "0" else "1"))
    assert check(data, heads=[other]).faults == (
        f"entry {head.sequence}: the ledger differs from a head that was left elsewhere",
    )
    elsewhere = replace(told, sequence=told.sequence - 1)
    assert not check(data, heads=[told, elsewhere]).holds
    assert any("ends before a head" in each for each in check(data, heads=[replace(told, sequence=10_000)]).faults)


@pytest.mark.req("R-EVID-3")
@pytest.mark.parametrize(
    "text", ["", "41", "41:", f"41:{'a' * 31}", f"41:{'a' * 33}", f"41:{'g' * 32}", f"-1:{'a' * 32}"]
)
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        ledger.read_head(text)


@pytest.mark.req("R-EVID-3", "R-EVID-4")
@settings(max_examples=20)
@given(st.integers(1, 12))
def test_a_cut_tail_is_found_by_the_head_of_a_letter(count: int) -> None:
    members = opened()
    told = ledger.read_head(ledger.shown(real()[1]))
    cut = evidence.pack(with_lines(members, lines(members)[:-count]))
    assert any("ends before a head" in each for each in check(cut, heads=[told]).faults)


@pytest.mark.req("R-EVID-4")
@settings(max_examples=60)
@given(st.binary(max_size=200) | st.integers(0, 40_000).map(lambda size: real()[0][:size]))
def test_any_bytes_are_a_verdict_or_bad_input(data: bytes) -> None:
    try:
        verdict = check(data)
    except BadInput:
        return
    assert not verdict.holds or data == real()[0]


@pytest.mark.req("R-EVID-2", "R-EVID-4")
@settings(max_examples=60)
@given(st.data())
def test_a_dropped_moved_or_repeated_entry_is_found(data: Any) -> None:
    members = opened()
    bodies = lines(members)
    place = data.draw(st.integers(0, len(bodies) - 1))
    taken = bodies.pop(place)
    back = data.draw(st.none() | st.integers(0, len(bodies)).filter(lambda at: at != place))
    if back is not None:
        bodies.insert(back, taken)
    if data.draw(st.booleans()) and back is not None:
        bodies.insert(place, taken)
    assert not redone(with_lines(members, bodies)).holds


@pytest.mark.req("R-EVID-2", "R-EVID-4")
@settings(max_examples=60)
@given(st.data())
def test_a_changed_member_of_any_entry_is_found(data: Any) -> None:
    members = opened()
    bodies = lines(members)
    body = data.draw(st.sampled_from(bodies))
    name = data.draw(st.sampled_from(sorted(body.keys() - {"details"})))
    body[name] = body[name] + 1 if isinstance(body[name], int) else f"{body[name]}0"
    assert not redone(with_lines(members, bodies)).holds


@pytest.mark.req("R-EVID-2", "R-EVID-3", "R-EVID-4")
@settings(max_examples=30)
@given(st.integers(1, 12))
def test_a_cut_tail_is_found_by_a_head_left_elsewhere(count: int) -> None:
    members = opened()
    cut = with_lines(members, lines(members)[:-count])
    assert any("ends before a head" in each for each in redone(cut).faults)


def rechained(members: Members, bodies: list[Any]) -> Members:
    """Write the whole chain anew around changed entries, as somebody could who has the store and this code."""
    chain: list[ledger.Link] = []
    for number, body in enumerate(bodies, 1):
        link = ledger.from_body(body)
        if isinstance(link, ledger.Stub):
            previous = chain[-1].hash if chain else ""
            new = ledger.link_hash(previous, link.digest)
            chain.append(ledger.Stub(link.org, number, link.digest, previous, new))
        else:
            chain.append(ledger.chain(chain[-1] if chain else None, link))
    return with_lines(members, [ledger.to_body(link) for link in chain])


@pytest.mark.req("R-EVID-3", "R-EVID-4")
def test_a_history_written_anew_holds_alone_and_not_against_a_head() -> None:
    """Without anchors nobody can tell, and the check says so."""
    members = opened()
    bodies = [{**body, "digest": "0" * 64} if "digest" in body else body for body in lines(members)]
    forged = rechained(members, bodies)
    alone = check(evidence.pack(forged))
    assert alone.holds
    assert any("written anew as a whole" in each for each in alone.unproven)
    assert any("differs from a head" in each for each in redone(forged).faults)


@pytest.mark.req("R-EVID-4", "R-ERASE-4")
def test_a_letter_without_a_read_back_is_found_in_a_chain_that_holds() -> None:
    members = opened()
    bodies = [body for body in lines(members) if body.get("what") != "all_read_back"]
    verdict = check(evidence.pack(rechained(members, bodies)))
    assert any("before everything was read back" in each for each in verdict.faults)


@pytest.mark.req("R-EVID-4", "R-TAG-3")
def test_a_proposer_who_approves_is_found_in_a_chain_that_holds() -> None:
    members = changed("plans.json", lambda records: records[0]["approval"].update(by="zoho_privacy"))
    bodies = lines(members)
    next(body for body in bodies if body.get("what") == "approved")["who"] = "agent:zoho_privacy"
    verdict = check(evidence.pack(rechained(members, bodies)))
    assert [each.partition(": ")[2] for each in verdict.faults] == [
        "whoever approved it also proposed it or vouched for the person"
    ]


@pytest.mark.req("R-EVID-4", "R-PLAN-1")
def test_a_write_before_the_approval_is_found_in_a_chain_that_holds() -> None:
    members = opened()
    bodies = lines(members)
    approval = next(body for body in bodies if body.get("what") == "approved")
    bodies.remove(approval)
    act = next(place for place, body in enumerate(bodies) if body.get("what", "").startswith("erase_"))
    bodies.insert(act + 1, approval)
    verdict = check(evidence.pack(rechained(members, bodies)))
    assert any("before the approval" in each for each in verdict.faults)


@pytest.mark.req("R-EVID-4")
def test_a_head_from_after_the_bundle_is_no_cut() -> None:
    data, head = real()
    later = Head(head.org, head.sequence + 5, "f" * 64)
    at = story().clock.now()
    assert check(data, [Anchored(head), Anchored(later, at + timedelta(hours=1))]).holds
    assert not check(data, [Anchored(later, at)]).holds
    assert not check(data, [Anchored(later)]).holds


def _drop(key: str) -> Callable[[Any], object]:
    return lambda records: records[0][key].pop()


FORGERIES: dict[str, tuple[str, Callable[[Any], object], str]] = {
    "a reason in the plan": (
        "plans.json",
        lambda r: r[0]["plan"]["actions"][0].update(reason="other"),
        "does not have its hash",
    ),
    "an action dropped": ("plans.json", lambda r: r[0]["plan"]["actions"].pop(), "does not have its hash"),
    "the plan dropped": ("plans.json", lambda r: r.clear(), "a plan that is not in the bundle"),
    "another approver": ("plans.json", lambda r: r[0]["approval"].update(by="702"), "approved by this agent"),
    "no approval": ("plans.json", lambda r: r[0].update(approval=None), "approval is not in the bundle"),
    "a step dropped": ("plans.json", _drop("steps"), "the same writes"),
    "a step more": (
        "plans.json",
        lambda r: r[0]["steps"].append({"key": "erase_ticket:1", "result": "done", "code": "", "at": ""}),
        "not in the plan",
    ),
    "a better result": ("plans.json", lambda r: r[0]["steps"][0].update(result="skipped"), "the same writes"),
    "an unknown member": ("plans.json", lambda r: r[0].update(more=1), "cannot be read"),
    "a letter more": ("letters.json", lambda r: r.append(dict(r[0])), "the letters are not"),
    "a letter dropped": ("letters.json", lambda r: r.pop(), "the letters are not"),
    "nicer coverage": ("coverage.json", lambda r: r[0].update(state="done"), "coverage statement"),
    "a kind": ("case.json", lambda r: r.update(kind="access"), "kind or law"),
    "a case of another": ("case.json", lambda r: r.update(id="x"), "not about this case"),
    "an organisation": ("case.json", lambda r: r.update(org="x"), "another organisation"),
    "a state": ("case.json", lambda r: r.update(state="refused"), "no entry says how it ended"),
    "the approver as steward": ("case.json", lambda r: r["stewards"].append("701"), "also proposed it or vouched"),
    "an earlier moment": ("case.json", lambda r: r.update(made="2026-03-02T00:00:00+00:00"), "younger than the bundle"),
}


@pytest.mark.req("R-EVID-4")
@pytest.mark.parametrize("name", FORGERIES)
def test_a_forger_who_writes_the_sums_anew_is_found(name: str) -> None:
    member, change, fault = FORGERIES[name]
    verdict = redone(changed(member, change))
    assert any(fault in each for each in verdict.faults), verdict.faults
    assert verdict.proved == ()


@pytest.mark.req("R-EVID-4")
@pytest.mark.parametrize("gone", ["id", "org", "state", "plan", "ticket"])
def test_a_case_without_a_member_is_a_verdict(gone: str) -> None:
    assert not redone(changed("case.json", lambda case: case.pop(gone))).holds


@pytest.mark.req("R-EVID-4", "R-PROP-4")
@pytest.mark.parametrize("form", ["", "never heard of"])
def test_a_receipt_of_an_unknown_form_is_a_verdict(form: str) -> None:
    members = opened()
    bodies = lines(members)
    said = next(body for body in bodies if body.get("what") == evidence.RECORDED)
    said["result"] = f"openai {form}"
    assert not check(evidence.pack(rechained(members, bodies))).holds


@pytest.mark.req("R-EVID-4")
def test_what_is_put_beside_the_members_is_found() -> None:
    data = real()[0]
    assert not check(data[:-2] + b"\x04\x00more").holds
    sink = io.BytesIO(data)
    with zipfile.ZipFile(sink, "a") as archive:
        archive.writestr("more.txt", "x")
    with pytest.raises(BadInput):
        check(sink.getvalue())


@pytest.mark.req("R-EVID-4")
@pytest.mark.parametrize("name", STORIES)
def test_the_bundle_of_any_case_holds(name: str) -> None:
    """Whatever kind it is and however it ended: a check that cries wolf is soon left out."""
    world = World()
    STORIES[name](world)
    assert world.cases
    assert {each.id: all_faults(world, each) for each in world.cases if all_faults(world, each)} == {}


@pytest.mark.req("R-EVID-4", "R-PLAN-3")
@settings(max_examples=10)
@given(st.integers(0, 200))
def test_a_bundle_holds_wherever_the_process_was_killed(point: int) -> None:
    world = disturbed("erasure", point)
    assert [all_faults(world, each) for each in world.cases] == [()]


@pytest.mark.req("R-EVID-4", "R-PLAN-2")
def test_a_case_that_was_planned_twice_shows_both_plans() -> None:
    world = World()
    ada, old = people(world)
    ticket = asks(world, ada, "Please delete all personal data you hold about me. Ada Moss")
    proves(world, ticket)
    world.desk.add_thread(old.id, content="<div>it prints again</div>")
    world.macro(ticket, "Approve plan")
    assert world.cases[0].state == "planned"
    world.macro(ticket, "Approve plan")
    world.rest(timedelta(days=60))
    facts = collecting.facts(world.app(), world.cases[0])
    assert [record.approval is not None for record in facts.plans] == [True, True]
    assert check(evidence.bundle(facts)).faults == ()


def all_faults(world: World, case: Case) -> tuple[str, ...]:
    return check(collecting.bundle(world.app(Fuse()), case)).faults
