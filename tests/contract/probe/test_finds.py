"""The probe finds exactly what was set on the portal, says "not tried" where it was not allowed to, and tidies up."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.probe_bench import EVERY, Bench, ids_of
from tests.probe_expect import hidden, same
from zoho_emulator.desk.switches import SWITCHES
from zoho_privacy.adapters import profile_file
from zoho_privacy.domain.profile import QUESTIONS, State, profile

DEFAULTS: Final[Mapping[str, str]] = {name: switch.default for name, switch in SWITCHES.items()}
ASKED: Final = sorted(name for name in QUESTIONS if name in SWITCHES)
ROUNDS: Final = 5
SEEING: Final = {"edition": "ENTERPRISE", "sar_edition": "allowed", "status_change": "allowed", "mass_limit": "100"}


def rotated(round_: int) -> dict[str, str]:
    """Return switches in which each has its next value per round, so that every value comes up once in `ROUNDS`."""
    values = {name: SWITCHES[name].values[(round_ + 1) % len(SWITCHES[name].values)] for name in ASKED}
    values["macro_history_names_agent"] = "yes"
    values["thread_files_in_ticket_attachments"] = "yes" if round_ else "no"
    values["webhook_ignore_source_id"] = "works" if round_ else "422"
    if round_ < ROUNDS - 1:
        values |= SEEING
        values["edition"] = ("ENTERPRISE", "PROFESSIONAL")[round_ % 2]
    return {**DEFAULTS, **values}


def test_the_profile_asks_in_the_emulators_words() -> None:
    """A profile that the emulator refuses to load would settle nothing."""
    for name in ASKED:
        assert QUESTIONS[name].numeric or set(QUESTIONS[name].values) == set(SWITCHES[name].values), name


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_what_is_set_is_found(bench: Bench, round_: int) -> None:
    chosen = rotated(round_)
    bench.open(chosen, busy=True)
    foreign, since = bench.foreign(), bench.last_call()
    assert len(foreign) > 50
    result = bench.probe(EVERY)
    found = {each.name: each.shown() for each in result.findings}
    wanted = {name: same(name, chosen[name], chosen) for name in set(ASKED) - hidden(chosen)}
    assert {name: found[name] for name in wanted} == wanted
    assert set(found) == set(QUESTIONS)
    assert not [call for call in bench.written(since) if ids_of(call) & foreign]
    stays = {"not_files": {"attachment"}, "not_history": {"history"}}.get(chosen["purge_takes_children"], set())
    kept = {each.id for each in result.left}
    assert {p["recordType"] for p in bench.left() if p["recordId"] not in kept} - stays <= (
        {"thread", "comment", "history", "attachment", "contact"} if kept else set()
    )


def test_without_consent_nothing_is_written(bench: Bench) -> None:
    bench.open({})
    since = bench.last_call()
    result = bench.probe([])
    assert bench.written(since) == []
    states = {each.name: each.state for each in result.findings}
    assert {states[name] for name, question in QUESTIONS.items() if question.step != "read"} == {State.NOT_TRIED}
    assert states["edition"] is State.FOUND
    assert not bench.journal.exists()


def test_a_step_without_the_first_is_not_tried(bench: Bench) -> None:
    """Everything but reading needs records of the probe's own."""
    bench.open({})
    since = bench.last_call()
    result = bench.probe(["bin", "mail"])
    assert bench.written(since) == []
    says = {each.says for each in result.findings if QUESTIONS[each.name].step == "bin"}
    assert says == {"it needs the step records"}


def test_without_a_receiver_webhooks_are_not_tried(bench: Bench) -> None:
    bench.open({})
    result = bench.probe(["records", "webhooks"], receiving=False)
    finding = next(each for each in result.findings if each.name == "tag_event")
    assert (finding.state, finding.says) == (
        State.NOT_TRIED,
        "there is no receiver that Desk can reach: see --receiver",
    )


@pytest.mark.parametrize("lag", ["0", "7", "45", "600"])
def test_a_lag_is_measured_to_the_second_or_told_as_longer(bench: Bench, lag: str) -> None:
    """What a run cannot wait for is told as longer than its limit, not guessed."""
    bench.open({"search_lag_seconds": lag})
    bench.patience_s = 60
    result = bench.probe(["records"])
    finding = next(each for each in result.findings if each.name == "search_lag_seconds")
    wanted = (State.MORE_THAN, "60") if lag == "600" else (State.FOUND, lag)
    assert (finding.state, finding.value) == wanted


def test_the_file_says_what_was_found_and_of_nobody(bench: Bench, tmp_path: Path) -> None:
    bench.open({}, busy=True)
    result = bench.probe(["records", "bin"])
    found = profile(
        result.findings, org="600123", data_centre="eu", suite="0.1.0", probed=bench.now(), run="0a1b2c3d4e5f6071"
    )
    path = tmp_path / "portal-profile.toml"
    profile_file.save(found, path)
    text = path.read_text("utf-8")
    assert "@" not in text
    assert profile_file.load(path).behaviour == found.behaviour
    assert found.behaviour["bin_id"] == "same"
    assert "tag_event" not in found.behaviour
    evidence = found.findings["get_trashed_ticket"].evidence
    assert [each.call for each in evidence] == ["POST /tickets/moveToTrash", "GET /tickets/{id}"]
