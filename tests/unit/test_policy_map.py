"""The policy's clauses against the policy's text, the requirements and the tests: what nobody keeps fails the build."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from zoho_privacy.adapters.retention_file import load_schedule
from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.domain import policy
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.rules import Clause
from zoho_privacy.local import cli, proofs
from zoho_privacy.local.console import Exit

TESTS: Final = Path(__file__).resolve().parents[1]
OWN: Final = "unit/test_policy_map.py"
GIVEN_OUT: Final = """
P0-use P1-paths P1-client-agreements P2-provided P2-automatic P2-third-parties P3-purposes P4-bases
P5-cookies P6-no-sale P6-providers P6-staff P6-client-representatives P6-legal-demands
P6-business-transfer P6-consent P7-providers P7-current-list P8-tickets P8-portal P8-logs P8-inquiries
P8-holds P8-end P9-security P9-caution P10-remote-sessions P11-processor P12-children P13-rights
P13-access P13-correction P13-deletion P13-restriction P13-objection P13-portability P13-withdrawal
P13-verification P13-thirty-days P13-exemptions P13-complaint P14-categories P14-rights
P14-non-discrimination P14-verification P15-transfers P16-breach P17-changes P18-contact
"""
TEXT: Final = """A Policy
We keep it. It is short, and kind.
1. Scope
It is about you:
- when you write,
- when you call. We may listen.
3. of these is no heading
2. Time
We keep it for 30 days.
"""


def mapped() -> dict[str, Clause]:
    """Return a map that fits TEXT."""
    clauses: dict[str, Clause] = {}
    for each in policy.sentences(TEXT):
        key = f"P{each.section}-all"
        known = clauses.get(key, Clause(each.section, "all of it", ("R-SCOPE-1",), ()))
        clauses[key] = replace(known, sentences=(*known.sentences, each.mark))
    return clauses


@pytest.mark.req("R-POLICY-3")
def test_every_clause_rests_on_something_that_a_test_proves() -> None:
    assert list(policy.unproven(load_rules(), proofs.proofs(TESTS))) == []


@pytest.mark.req("R-POLICY-2")
def test_an_id_once_given_out_stays() -> None:
    """Plans, schedules and ledger entries name clauses for years; a new clause is a new id, added here."""
    assert set(GIVEN_OUT.split()) <= load_rules().clauses.keys()
    assert {rule.clause for rule in load_schedule().rules} <= set(GIVEN_OUT.split())


@pytest.mark.shared
@pytest.mark.req("R-POLICY-2", "R-POLICY-3")
def test_every_sentence_of_the_policy_has_a_clause(request: pytest.FixtureRequest) -> None:
    """The policy itself lies beside the project; a sentence it gains is looked at before the next release."""
    text = request.config.rootpath.parent / "shared" / "privacy-policy.txt"
    if not text.is_file():
        pytest.skip("the policy's text is not here")
    said = list(policy.sentences(text.read_text(encoding="utf-8")))
    assert {each.section for each in said} == set(range(19))
    found = policy.gaps(text.read_text(encoding="utf-8"), load_rules().clauses)
    assert [f"section {each.section}: {each.mark}" for each in found.unmapped] == []
    assert found.stale == {}
    sections = {name: clause.section for clause in load_rules().clauses.values() for name in clause.sentences}
    assert [each.mark for each in said if sections[each.mark] != each.section] == []


def test_a_text_is_read_by_section_bullet_and_sentence() -> None:
    said = [(each.section, each.text) for each in policy.sentences(TEXT)]
    assert said == [
        (0, "A Policy"),
        (0, "We keep it."),
        (0, "It is short, and kind."),
        (1, "It is about you:"),
        (1, "when you write,"),
        (1, "when you call."),
        (1, "We may listen."),
        (1, "3. of these is no heading"),
        (2, "We keep it for 30 days."),
    ]
    assert not policy.gaps(TEXT, mapped())


@pytest.mark.req("R-POLICY-3")
@pytest.mark.parametrize(
    ("old", "new", "unmapped", "stale"),
    [
        ("30 days", "31 days", [2], ["P2-all"]),
        ("We may listen.", "We may listen. We may sell.", [1], []),
        ("We may listen.", "", [], ["P1-all"]),
        ("2. Time\nWe", "We", [1], ["P2-all"]),
        ("- when you write,\n", "-   WHEN you  write,\n", [], []),
    ],
)
def test_what_changes_in_the_text_shows_at_its_clause(
    old: str, new: str, unmapped: list[int], stale: list[str]
) -> None:
    assert old in TEXT
    found = policy.gaps(TEXT.replace(old, new), mapped())
    assert [each.section for each in found.unmapped] == unmapped
    assert list(found.stale) == stale
    assert bool(found) is bool(unmapped or stale)


@pytest.mark.req("R-POLICY-3")
@pytest.mark.parametrize(
    ("requirements", "said"),
    [
        (("R-SCOPE-1",), []),
        (("R-OUT-1",), []),
        (("R-SCOPE-1", "R-PROC-4"), []),
        (("R-PROC-4",), ["clauses.P1-all: nothing that is proved keeps it"]),
        (("R-SCOPE-2",), ["clauses.P1-all: nothing that is proved keeps it"]),
        ((), ["clauses.P1-all: nothing that is proved keeps it"]),
    ],
)
def test_a_clause_that_nothing_keeps_is_found(requirements: tuple[str, ...], said: list[str]) -> None:
    rules = replace(
        load_rules(),
        clauses={"P1-all": Clause(1, "all of it", requirements, ("a",))},
        behaviours={"R-SCOPE-1": "", "R-SCOPE-2": ""},
        by_hand={"R-PROC-4": ""},
    )
    found = list(policy.unproven(rules, {"R-SCOPE-1", "R-PROC-4"}))
    assert found == ["behaviours.R-SCOPE-2: no test proves it", *said]
    assert list(policy.outgrown(rules, {"R-SCOPE-1", "R-PROC-4"})) == ["R-PROC-4"]


def test_a_proof_is_a_marked_test_by_name_or_file(tmp_path: Path) -> None:
    mark = '@pytest.mark.req("R-SCOPE-1", "R-SCOPE-2")\n'
    (tmp_path / "test_one.py").write_text(f"{mark}def test_it():\n    pass\n\ndef test_no():\n    pass\n")
    (tmp_path / "test_two.py").write_text('pytestmark = pytest.mark.req("R-SCOPE-2")\ndef test_too():\n    pass\n')
    (tmp_path / "other.py").write_text(f"{mark}def test_not():\n    pass\n")
    assert proofs.proofs(tmp_path) == {
        "R-SCOPE-1": ("test_one.py::test_it",),
        "R-SCOPE-2": ("test_one.py::test_it", "test_two.py"),
    }
    (tmp_path / "test_three.py").write_text("@pytest.mark.req(\ndef (")
    with pytest.raises(BadInput):
        proofs.proofs(tmp_path)


@pytest.mark.req("R-POLICY-3", "R-POLICY-2")
def test_the_command_shows_the_map_and_what_a_text_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["policy"]) == Exit.OK
    assert "P16-breach" in capsys.readouterr().out
    assert cli.main(["policy", "--json"]) == Exit.OK
    known = json.loads(capsys.readouterr().out)["clauses"]["P17-changes"]["requirements"]["R-POLICY-3"]
    assert known["kept_by"] == "suite"
    assert f"{OWN}::test_every_clause_rests_on_something_that_a_test_proves" in known["tests"]
    assert cli.main(["policy", "--tests", str(tmp_path)]) == Exit.FOUND
    assert "behaviours.R-SCOPE-1: no test proves it" in capsys.readouterr().out
    text = tmp_path / "policy.txt"
    text.write_text("We sell everything.\n")
    assert cli.main(["policy", str(text), "--json"]) == Exit.FOUND
    told = json.loads(capsys.readouterr().out)
    assert [each["text"] for each in told["unmapped"]] == ["We sell everything."]
    assert "P5-cookies" in told["stale"]
    assert cli.main(["policy", str(tmp_path / "nowhere.txt")]) == Exit.USAGE
