"""The command asks before it does anything, and says at once what is wrong with what it was told."""

import io
import json
from pathlib import Path

import pytest

from zoho_privacy.local import cli
from zoho_privacy.local.commands import probe
from zoho_privacy.local.console import Exit
from zoho_privacy.local.probe.run import STEPS


def test_the_steps_are_listed_with_their_questions(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["probe", "--list", "--json"]) == Exit.OK
    shown = json.loads(capsys.readouterr().out)
    assert [each["step"] for each in shown] == [step.name for step in STEPS]
    assert all(each["questions"] for each in shown)


def test_an_unknown_step_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["probe", "--department", "1", "--yes", "everything"]) == Exit.USAGE
    assert "everything" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["consent = 1", "consent = [1]", "consent", "steps = ['bin']"])
def test_a_consent_file_that_says_nothing_consents_to_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text, "utf-8")
    assert cli.main(["probe", "--department", "1", "--consent", str(path)]) == Exit.USAGE


class Terminal(io.StringIO):
    """Somebody sits there and types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdin", terminal)
    return terminal


ANSWERS = [("y\n", True), ("Yes\n", True), ("\n", False), ("n\n", False), ("", False)]


@pytest.mark.parametrize(("answer", "yes"), ANSWERS)
def test_a_person_is_asked_and_only_yes_is_yes(
    typed: Terminal, capsys: pytest.CaptureFixture[str], answer: str, *, yes: bool
) -> None:
    typed.write(answer)
    typed.seek(0)
    assert probe._consent(frozenset())(STEPS[0]) is yes
    assert STEPS[0].explains in capsys.readouterr().err


def test_a_script_without_consent_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert probe._consent(frozenset())(STEPS[0]) is False
    assert probe._consent(frozenset({"records"}))(STEPS[0]) is True
    assert probe._consent(frozenset({"bin"}))(STEPS[0]) is False
    assert probe._consent(frozenset({"all"}))(STEPS[-1]) is True
