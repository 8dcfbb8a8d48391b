"""What is known of a portal: read strictly, obeyed where certain, met with caution where not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoho_privacy.adapters import profile_file
from zoho_privacy.domain import profile as p
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.profile import Behaviour, Evidence, Finding, State

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
OBEYED = sorted(name for name, question in p.QUESTIONS.items() if question.obeyed)


def document(**changes: Any) -> dict[str, Any]:
    head = {"org": "600123", "data_centre": "eu", "suite": "0.1.0", "run": "0a1b", "probed": NOW}
    return {"schema": 1, "portal": head, "behaviour": {"bin_id": "same"}, "findings": {}, **changes}


def test_all_mistakes_are_told_at_once_and_no_value_is() -> None:
    wrong = document(
        schema=2,
        behaviour={"bin_id": "sometimes", "mood": "good", "search_lag_seconds": "long"},
        findings={"tag_event": {"state": "sure"}, "weather": {}},
        extra={},
    )
    wrong["portal"] = {"org": "acme", "data_centre": "eu", "suite": "1", "run": "r", "probed": "yesterday"}
    with pytest.raises(BadInput) as told:
        p.read(wrong)
    text = str(told.value)
    for name in ("schema", "extra", "behaviour.bin_id", "behaviour.mood", "behaviour.search_lag_seconds",
                 "findings.tag_event.state", "findings.weather", "portal.org", "portal.probed"):  # fmt: skip
        assert f"- {name}" in text
    assert "sometimes" not in text
    assert "acme" not in text


def test_behaviour_that_its_own_finding_denies_is_a_mistake() -> None:
    """Somebody edited one place and not the other."""
    found = {"bin_id": {"state": "found", "value": "different"}}
    with pytest.raises(BadInput, match=r"behaviour\.bin_id"):
        p.read(document(findings=found))


def test_only_what_is_certain_becomes_behaviour() -> None:
    findings = [
        Finding("bin_id", State.FOUND, "same"),
        Finding("search_lag_seconds", State.MORE_THAN, "300"),
        Finding("clear_with", State.UNCLEAR, says="neither"),
        Finding("permissions", State.FOUND, "none"),
    ]
    found = p.profile(findings, org="1", data_centre="eu", suite="1", probed=NOW, run="r")
    assert found.behaviour == {"bin_id": "same"}
    assert [each.shown() for each in findings] == ["same", "more than 300", "unclear", "none"]


TEXTS = st.text(max_size=40)


@given(
    value=st.integers(0, 10**6),
    says=TEXTS,
    compared=TEXTS,
    state=st.sampled_from([State.FOUND, State.MORE_THAN]),
)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, value: int, says: str, compared: str, state: State
) -> None:
    """Whatever an experiment compared, the file stays readable."""
    evidence = (Evidence("GET /tickets/{id}", "404 URL_NOT_FOUND", compared),)
    finding = Finding("search_lag_seconds", state, str(value), says, evidence, NOW)
    found = p.profile([finding], org="1", data_centre="eu", suite="1", probed=NOW, run="r")
    path = tmp_path_factory.mktemp("p") / "portal-profile.toml"
    profile_file.save(found, path)
    assert profile_file.load(path) == found


def test_a_file_that_is_no_profile_says_so(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    with pytest.raises(BadInput, match="cannot be read"):
        profile_file.load(path)
    path.write_text("schema = ", "utf-8")
    with pytest.raises(BadInput, match="TOML"):
        profile_file.load(path)


def test_nothing_known_is_met_with_caution() -> None:
    cautious = Behaviour()
    assert (cautious.clear_with, cautious.search_ceiling, cautious.jwt_unit) == ("both", 900, None)
    assert cautious.sweep_overlap == timedelta(minutes=30)
    assert cautious.bin_patience == timedelta(hours=1)
    assert cautious.contact_takes_tickets
    assert cautious.older_fields
    assert not cautious.archived_refuses


@given(last=st.integers(0, 100_000))
def test_a_search_stays_below_the_last_place(last: int) -> None:
    ceiling = Behaviour({"search_from_ceiling": str(last)}).search_ceiling
    assert ceiling % 100 == 0
    assert ceiling >= 100
    assert ceiling <= max(100, last)


@given(lag=st.integers(0, 100_000))
def test_a_longer_lag_never_looks_back_less(lag: int) -> None:
    """What the index shows late is still inside the next sweep's window."""
    shorter, longer = (Behaviour({"search_lag_seconds": str(each)}) for each in (lag, lag + 1))
    assert longer.sweep_overlap >= shorter.sweep_overlap > timedelta(seconds=lag)
    assert longer.read_back_after >= shorter.read_back_after > timedelta(seconds=lag)


def test_what_is_known_is_obeyed() -> None:
    known = Behaviour(
        {"clear_with": "null", "search_from_ceiling": "4999", "bin_id": "different", "archived_writes": "422"}
    )
    assert (known.clear_with, known.search_ceiling) == ("null", 4900)
    assert known.bin_patience == timedelta(0)
    assert known.archived_refuses


def test_a_profile_ages() -> None:
    found = p.profile([], org="1", data_centre="eu", suite="1", probed=NOW, run="r")
    assert not found.old(NOW + timedelta(days=180))
    assert found.old(NOW + timedelta(days=181))
