"""The form of entries and what a chain shows. The laws are in tests/property/test_ledger_laws.py."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from zoho_privacy.domain import ledger
from zoho_privacy.domain.errors import BadInput, Tampered
from zoho_privacy.domain.ledger import Fault, Head, Problem, Stub
from zoho_privacy.domain.model import LedgerEntry

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def entry(what: str = "case.opened", **also: Any) -> LedgerEntry:
    return replace(LedgerEntry("org-1", 0, AT, "suite", what, "case-1", "77", "R-CLASS-1", "ok", {"n": "1"}), **also)


def three() -> list[LedgerEntry]:
    first = ledger.chain(None, entry("a"))
    second = ledger.chain(first, entry("b"))
    return [first, second, ledger.chain(second, entry("c"))]


def head(link: LedgerEntry) -> Head:
    return Head(link.org, link.sequence, link.hash)


@pytest.mark.req("R-EVID-2")
def test_the_canonical_form_never_changes() -> None:
    """Written out by hand, as an auditor's own script would: if this fails, no old ledger verifies any more."""
    text = (
        '{"at":"2026-03-01T12:00:00.000000+00:00","case_id":"case-1","details":{"n":"1"},"org":"org-1",'
        '"result":"\\u00e9","sequence":1,"ticket_id":"77","what":"case.opened","who":"suite","why":"R-CLASS-1"}'
    )
    first = ledger.chain(None, entry(result="é"))
    assert ledger.canonical(first) == text.encode()
    assert first.hash == "323c8bb70660410c20547bebdfa69759ddb2ef962c8924ebb719fac1dab7e2f5"


def test_every_member_of_an_entry_is_in_the_canonical_form_or_is_the_link() -> None:
    """A member added to the model and forgotten here could be changed unseen."""
    assert {field.name for field in fields(LedgerEntry)} == ledger.MEMBERS
    assert {field.name for field in fields(Stub)} == ledger.STUB_MEMBERS


def test_entries_are_numbered_from_one_and_name_the_hash_before() -> None:
    first, second, third = three()
    assert [each.sequence for each in (first, second, third)] == [1, 2, 3]
    assert (first.previous, second.previous, third.previous) == ("", first.hash, second.hash)


def test_a_chain_goes_on_from_its_head_alone() -> None:
    first, second, _ = three()
    assert ledger.chain(head(first), entry("b")) == second
    assert ledger.chain(Head("org-1", 0, ""), entry("a")) == first


def test_the_same_moment_in_another_zone_has_the_same_hash() -> None:
    here = AT.astimezone(timezone(timedelta(hours=5)))
    assert ledger.chain(None, entry(at=here)).hash == ledger.chain(None, entry()).hash


def test_what_cannot_be_an_entry_is_refused() -> None:
    wrong_details: Any = {"n": 1}
    for bad in (entry(at=AT.replace(tzinfo=None)), entry(details=wrong_details), entry(org="org-2")):
        with pytest.raises(BadInput):
            ledger.chain(three()[-1], bad)


def test_a_whole_chain_has_no_problems_and_an_empty_one_neither() -> None:
    chain = three()
    assert ledger.verify(chain, head=head(chain[-1]), anchors=[head(each) for each in chain]) == []
    assert ledger.verify([]) == []


@pytest.mark.req("R-EVID-2", "R-EVID-3")
def test_each_kind_of_damage_is_named_where_it_shows() -> None:
    one, two, three_ = three()
    top = head(three_)
    assert ledger.verify([one, replace(two, result="better"), three_]) == [Problem(2, Fault.CHANGED)]
    assert ledger.verify([one, three_]) == [Problem(3, Fault.ORDER), Problem(3, Fault.BROKEN)]
    assert ledger.verify([two, three_]) == [Problem(2, Fault.ORDER), Problem(2, Fault.BROKEN)]
    assert ledger.verify([one, two], head=top) == [Problem(2, Fault.CUT)]
    assert ledger.verify([], head=top) == [Problem(0, Fault.CUT)]
    assert ledger.verify([one, two, three_], head=replace(top, org="org-2")) == [Problem(3, Fault.FOREIGN)]


@pytest.mark.req("R-EVID-3")
def test_a_ledger_written_anew_holds_together_but_not_against_its_anchor() -> None:
    """Whoever owns the store can recompute every hash; only what lies elsewhere can tell."""
    old = three()
    new: list[LedgerEntry] = []
    for each in old:
        new.append(ledger.chain(new[-1] if new else None, replace(each, result="better")))
    assert ledger.verify(new) == []
    assert ledger.verify(new, head=head(old[1])) == [Problem(2, Fault.REWRITTEN)]


def test_an_anchor_of_an_earlier_moment_is_met_on_the_way() -> None:
    chain = three()
    assert ledger.verify(chain, head=head(chain[0])) == []


def test_a_later_part_is_verified_from_the_head_before_it() -> None:
    one, two, three_ = three()
    assert ledger.verify([two, three_], base=head(one), anchors=[head(one), head(three_)]) == []
    assert ledger.verify([three_], base=head(two), anchors=[head(one)]) == []
    assert ledger.verify([three_], base=head(one))[0] == Problem(3, Fault.ORDER)


@pytest.mark.req("R-EVID-4", "R-EVID-6")
def test_an_entry_left_out_by_a_stub_leaves_the_chain_whole() -> None:
    """A bundle about one case carries other people's entries as digests; so does a purged ledger."""
    one, two, three_ = three()
    assert ledger.verify([one, ledger.stub(two), three_], head=head(three_)) == []
    assert ledger.stub(ledger.stub(two)) == ledger.stub(two)
    forged = replace(ledger.stub(two), digest=ledger.digest(one))
    assert ledger.verify([one, forged, three_]) == [Problem(2, Fault.CHANGED)]


def test_a_body_is_read_back_as_the_entry_or_stub_it_was() -> None:
    for link in (three()[1], ledger.stub(three()[1])):
        assert ledger.from_body(ledger.to_body(link)) == link


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": "2"}, {"sequence": True}, {"sequence": 2.0}, {"at": None}, {"at": "noon"}, {"details": []},
        {"at": "2026-03-01T12:00:00"}, {"at": "2026-03-01T13:00:00.000000+01:00"}, {"details": {"n": 1}},
        {"who": None}, {"surprise": "x"}, {"digest": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_a_body_that_we_did_not_write_is_tampered_with(change: dict[str, Any]) -> None:
    """Whatever the hash does not cover must not be read: an extra member could carry a lie past the check."""
    with pytest.raises(Tampered):
        ledger.from_body({**ledger.to_body(three()[1]), **change})


def test_a_body_with_a_member_less_is_tampered_with() -> None:
    for link in (three()[1], ledger.stub(three()[1])):
        body = ledger.to_body(link)
        for name in body:
            with pytest.raises(Tampered):
                ledger.from_body({key: value for key, value in body.items() if key != name})


def test_a_problem_says_where_and_what() -> None:
    assert str(Problem(7, Fault.CUT)) == "entry 7: the ledger ends before a head that was left elsewhere"
