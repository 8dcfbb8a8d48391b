"""Laws of the ledger: whatever is done to a chain is found, whatever is not done is not."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zoho_privacy.domain import ledger
from zoho_privacy.domain.errors import Tampered
from zoho_privacy.domain.ledger import Head, Link
from zoho_privacy.domain.model import LedgerEntry

TEXT = st.text(max_size=8)
ENTRIES = st.builds(
    LedgerEntry,
    org=st.just("org-1"),
    sequence=st.integers(0, 9),
    at=st.datetimes(timezones=st.just(UTC)),
    who=TEXT,
    what=TEXT,
    case_id=TEXT,
    ticket_id=TEXT,
    why=TEXT,
    result=TEXT,
    details=st.dictionaries(TEXT, TEXT, max_size=3),
    previous=TEXT,
    hash=TEXT,
)


def chained(entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    chain: list[LedgerEntry] = []
    for entry in entries:
        chain.append(ledger.chain(chain[-1] if chain else None, entry))
    return chain


CHAINS = st.lists(ENTRIES, min_size=1, max_size=8).map(chained)


def top(chain: Sequence[Link]) -> Head:
    return Head(chain[-1].org, chain[-1].sequence, chain[-1].hash)


@pytest.mark.req("R-EVID-2")
@settings(max_examples=60)
@given(CHAINS, st.data())
def test_an_untouched_chain_holds_also_through_storage_and_with_stubs(chain: list[LedgerEntry], data: Any) -> None:
    bodies = [json.loads(json.dumps(ledger.to_body(link))) for link in chain]
    stored = [ledger.from_body(body) for body in bodies]
    assert stored == chain
    left_out = data.draw(st.sets(st.integers(1, len(chain))))
    links = [ledger.stub(link) if link.sequence in left_out else link for link in stored]
    anchors = [top(chain[:length]) for length in data.draw(st.sets(st.integers(1, len(chain))))]
    assert ledger.verify(links, head=top(chain), anchors=anchors) == []


@pytest.mark.req("R-EVID-2")
@settings(max_examples=100)
@given(CHAINS, st.data())
def test_any_flipped_byte_of_any_stored_entry_is_found(chain: list[LedgerEntry], data: Any) -> None:
    """The bytes as they lie on the disk: the change is unreadable, or the chain does not hold, or it says the same."""
    place = data.draw(st.integers(0, len(chain) - 1))
    raw = bytearray(json.dumps(ledger.to_body(chain[place])).encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        body = json.loads(raw)
        changed = ledger.from_body(body if isinstance(body, dict) else {})
    except (ValueError, Tampered):
        return
    assume(changed != chain[place])
    assert ledger.verify([*chain[:place], changed, *chain[place + 1 :]], head=top(chain)) != []


@pytest.mark.req("R-EVID-2")
@settings(max_examples=100)
@given(CHAINS, ENTRIES, st.data())
def test_any_changed_member_is_found(chain: list[LedgerEntry], other: LedgerEntry, data: Any) -> None:
    place = data.draw(st.integers(0, len(chain) - 1))
    name = data.draw(st.sampled_from(sorted(ledger.MEMBERS - {"org"})))
    changed = replace(chain[place], **{name: getattr(other, name)})
    assume(changed != chain[place])
    assert ledger.verify([*chain[:place], changed, *chain[place + 1 :]], head=top(chain)) != []


@pytest.mark.req("R-EVID-2")
@settings(max_examples=100)
@given(CHAINS, st.data())
def test_any_dropped_repeated_or_moved_entry_is_found(chain: list[LedgerEntry], data: Any) -> None:
    order = data.draw(st.lists(st.integers(0, len(chain) - 1), max_size=len(chain) + 2))
    assume(order != list(range(len(chain))))
    links = [chain[place] for place in order]
    assert ledger.verify(links, head=top(chain)) != []


@pytest.mark.req("R-EVID-2", "R-EVID-3")
@settings(max_examples=60)
@given(CHAINS, st.data())
def test_a_cut_tail_is_found_against_any_head_beyond_the_cut_and_against_no_other(
    chain: list[LedgerEntry], data: Any
) -> None:
    length = data.draw(st.integers(0, len(chain)))
    left_at = data.draw(st.integers(1, len(chain)))
    problems = ledger.verify(chain[:length], head=top(chain[:left_at]))
    assert bool(problems) == (left_at > length)


@pytest.mark.req("R-EVID-3")
@settings(max_examples=60)
@given(CHAINS, ENTRIES, st.data())
def test_a_chain_written_anew_from_any_entry_on_is_found_by_any_head_after_it(
    chain: list[LedgerEntry], other: LedgerEntry, data: Any
) -> None:
    place = data.draw(st.integers(0, len(chain) - 1))
    assume(replace(other, sequence=0, previous="", hash="") != replace(chain[place], sequence=0, previous="", hash=""))
    forged = chained([*chain[:place], other, *chain[place + 1 :]])
    left_at = data.draw(st.integers(1, len(chain)))
    assert ledger.verify(forged) == []
    assert bool(ledger.verify(forged, head=top(chain[:left_at]))) == (left_at > place)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(sorted(ledger.MEMBERS | ledger.STUB_MEMBERS)), st.none() | TEXT | st.integers()))
def test_any_body_is_read_or_refused(body: dict[str, Any]) -> None:
    try:
        link = ledger.from_body(body)
    except Tampered:
        return
    assert ledger.to_body(link) == body


@settings(max_examples=60)
@given(ENTRIES, ENTRIES)
def test_two_entries_have_one_digest_only_if_they_say_the_same(one: LedgerEntry, two: LedgerEntry) -> None:
    same = replace(one, previous="", hash="") == replace(two, previous="", hash="")
    assert (ledger.digest(one) == ledger.digest(two)) == same


def test_the_bounds_of_time_are_told_apart() -> None:
    """A microsecond is the grain of `at`; two moments apart by one have different digests."""
    base = LedgerEntry("org-1", 1, datetime(2026, 1, 1, tzinfo=UTC), "", "", "", "", "", "")
    assert ledger.digest(base) != ledger.digest(replace(base, at=base.at.replace(microsecond=1)))
