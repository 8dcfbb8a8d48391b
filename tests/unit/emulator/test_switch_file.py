"""Switches from files: what is wrong is told all at once, with its lines."""

from pathlib import Path

import pytest

from zoho_emulator.desk.switches import SWITCHES, Switches
from zoho_emulator.switch_file import read_profile, read_switches


def written(folder: Path, text: str) -> Path:
    path = folder / "switches.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("heading", ["", "[switches]\n"])
def test_switches_stand_at_the_top_or_in_their_table(tmp_path: Path, heading: str) -> None:
    path = written(tmp_path, f'{heading}bin_id = "different"  # as seen\nsearch_lag_seconds = 600\n')
    assert read_switches(path) == {"bin_id": "different", "search_lag_seconds": "600"}


def test_every_default_may_be_written_out(tmp_path: Path) -> None:
    lines = [f'{switch.name} = "{switch.default}"' for switch in SWITCHES.values()]
    assert Switches(read_switches(written(tmp_path, "\n".join(lines)))).all() == Switches().all()


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    """A file of forty lines is mended in one go, not in ten."""
    path = written(
        tmp_path,
        'bin_id = "elsewhere"\n\nserach_lag_seconds = 5\nsearch_lag_seconds = "soon"\nscope_check = true\n'
        '[switches]\nedition = "BEST"\n[webhooks]\nloss = 1\n',
    )
    with pytest.raises(ValueError, match="bin_id") as caught:
        read_switches(path)
    assert str(caught.value).splitlines() == [
        f"{path}:",
        "  line 1: switch bin_id takes same or different",
        "  line 3: no switch is called serach_lag_seconds; did you mean search_lag_seconds?",
        "  line 4: switch search_lag_seconds takes a whole number",
        '  line 5: scope_check takes a text, "..." in quotes',
        "  line 7: switch edition takes ENTERPRISE or PROFESSIONAL or STANDARD or EXPRESS or FREE",
        "  line 8: there is no table webhooks, only [switches]",
    ]


def test_a_profile_is_read_for_its_behaviour_alone(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'schema = 1\n[portal]\norg = "600123"\n[behaviour]\nbin_id = "different"\n'
        '[findings.bin_id]\nstate = "found"\nbin_id = "nonsense"\n',
    )
    assert read_profile(path) == {"bin_id": "different"}


def test_a_wrong_profile_names_the_line_in_its_own_table(tmp_path: Path) -> None:
    path = written(tmp_path, '[findings]\nbin_id = "x"\n[behaviour]\nbin_id = "x"\n')
    with pytest.raises(ValueError, match=r"line 4: switch bin_id takes same or different"):
        read_profile(path)


@pytest.mark.parametrize(
    ("text", "told"), [("a = ", "is no TOML"), ('[switches]\nbin_id = "same"\n', r"there is no table \[behaviour\]")]
)
def test_what_is_no_profile_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_profile(written(tmp_path, text))


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        read_switches(tmp_path / "none.toml")
