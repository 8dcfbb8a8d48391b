"""`letters preview`: one page that holds every letter and needs nothing else."""

import json
import re
from pathlib import Path

import pytest

from zoho_privacy.adapters.delivery import letters
from zoho_privacy.local import cli, preview
from zoho_privacy.local.console import Exit

LANGUAGES = ("cs", "de", "el", "en", "es", "fr", "hr", "it", "nl", "pt", "ro", "sv")


@pytest.mark.req("R-LANG-1", "R-MACRO-1")
def test_every_letter_stands_on_the_page_in_every_language(tmp_path: Path) -> None:
    file = tmp_path / "letters.html"
    assert cli.main(["letters", "preview", "--out", str(file)]) == Exit.OK
    page = file.read_text("utf-8")
    for language in LANGUAGES:
        assert {f"{language}-{name}" for name in letters.names()} <= set(re.findall(r' id="([^"]+)"', page))
    assert len(letters.names()) == 24
    assert page.count("5127-1a2b3c4d") >= len(LANGUAGES) * len(letters.names())


def test_the_page_is_whole_in_itself() -> None:
    """It may be mailed around: no script, nothing loaded, every link of the index leads to a letter."""
    page = preview.page(preview.render())
    assert not re.search(r"<script|<link|<img|<iframe|@import|url\(|\bsrc=|\bon\w+=", page)
    targets = set(re.findall(r'href="#([^"]+)"', page))
    marks = re.findall(r' id="([^"]+)"', page)
    assert targets == set(marks)
    assert len(marks) == len(set(marks))
    assert "@media print" in page


def test_a_letter_with_two_forms_shows_both() -> None:
    shown = {each.title: each.html for each in preview.render("en")}
    forms = (("identity", "further"), ("refusal", "partial"), ("export_ready", "keyless"))
    for name, form in (*forms, ("erasure_done", "to an agent"), ("correction_done", "to an agent")):
        assert shown[name] != shown[f"{name}, {form}"]


def test_one_language_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["letters", "preview", "--language", "nl", "--json"]) == Exit.OK
    found = json.loads(capsys.readouterr().out)
    assert {each["language"] for each in found} == {"nl"}
    assert {each["letter"] for each in found} == set(letters.names())
    assert cli.main(["letters", "preview", "--language", "nl"]) == Exit.OK
    assert 'id="de"' not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--language", "xx"], "choose from cs, de, el, en, es, fr, hr, it, nl, pt, ro, sv"),
        (["--out", "nowhere/at/all.html"], "written"),
    ],
)
def test_wrong_input_is_a_sentence(argv: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["letters", "preview", *argv]) == Exit.USAGE
    assert said in capsys.readouterr().err
