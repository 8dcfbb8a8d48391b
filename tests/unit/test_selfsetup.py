"""The first step on a bare machine: every way it can fail is one sentence that says what to do."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from zoho_privacy import selfsetup

ROOT = Path(selfsetup.ROOT)
SPEAKS_TO_OLD = ("zoho_privacy/__init__.py", "zoho_privacy/__main__.py", "zoho_privacy/selfsetup.py")
ALSO_STARTED = ("tests/__main__.py", "tasks/__main__.py", "webhooks/__main__.py")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder of its own, as far as `selfsetup` looks at one."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    monkeypatch.setattr(selfsetup, "ROOT", str(tmp_path))
    monkeypatch.setattr(selfsetup, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(selfsetup, "STAMP", str(tmp_path / ".venv" / "zoho-privacy.stamp"))
    return tmp_path


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The files a bare machine needs for the first step, somewhere else."""
    for name in (*SPEAKS_TO_OLD, "pyproject.toml", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def start(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start the suite there as people do."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "VIRTUAL"))}
    return subprocess.run(
        [sys.executable, "-m", "zoho_privacy", "demo"],
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )


def make_ready(place: Path, *extras: str) -> None:
    digest, wanted = selfsetup._wanted(extras)
    python = place / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    Path(selfsetup.STAMP).write_text(" ".join([digest, *wanted]))


@pytest.mark.parametrize("version", [(3, 6, 9), (3, 9, 2), (3, 10, 13)])
def test_an_old_python_is_told_so_in_a_sentence(monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...]) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(SystemExit) as caught:
        selfsetup.continue_inside_venv("zoho_privacy", selfsetup.RUN_EXTRAS, [])
    assert "needs Python 3.11 or newer; this is Python " + ".".join(map(str, version)) in str(caught.value)


@pytest.mark.parametrize("name", SPEAKS_TO_OLD + ALSO_STARTED)
def test_an_old_python_can_read_what_it_starts(name: str) -> None:
    """A syntax error would hide the sentence."""
    tree = ast.parse((ROOT / name).read_text("utf-8"), feature_version=(3, 7))
    allowed = {"__future__", "hashlib", "os", "subprocess", "sys", "zoho_privacy", "importlib", "typing"}
    top = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in top if isinstance(node, ast.ImportFrom)}
    assert {each.partition(".")[0] for each in names} <= allowed


@pytest.mark.parametrize("name", [*ALSO_STARTED, "zoho_privacy/__main__.py"])
def test_everything_people_start_sets_itself_up_first(name: str) -> None:
    source = (ROOT / name).read_text("utf-8")
    assert "selfsetup.continue_inside_venv(" in source
    assert source.index("continue_inside_venv") < source.rindex("main(")


def test_a_python_without_venv_names_the_package_to_install(copied: Path) -> None:
    """A minimal Debian has Python but no ensurepip."""
    blocked = copied / "blocked"
    blocked.mkdir()
    (blocked / "ensurepip.py").write_text("raise ImportError('not here')\n")
    done = start(copied, PYTHONPATH=str(blocked))
    assert done.returncode == 1
    assert "Run: apt-get install -y python3-venv" in done.stderr
    assert "Traceback" not in done.stderr


def test_packages_that_cannot_be_had_are_a_sentence(copied: Path) -> None:
    done = start(copied, PIP_NO_INDEX="1")
    assert done.returncode == 1
    assert "The packages could not be installed." in done.stderr
    assert "Traceback" not in done.stderr
    assert not (copied / ".venv" / "zoho-privacy.stamp").exists()


def test_a_ready_environment_is_recognised(place: Path) -> None:
    make_ready(place, "local", "emulator", "test")
    assert selfsetup._is_ready(("local", "emulator"))
    assert selfsetup._is_ready(("local", "emulator", "test"))


def test_missing_extras_are_added(place: Path) -> None:
    make_ready(place, "local")
    assert not selfsetup._is_ready(("local", "test"))


def test_changed_dependencies_are_noticed(place: Path) -> None:
    make_ready(place, "local")
    (place / "pyproject.toml").write_text("[project]\nversion = '2'\n")
    assert not selfsetup._is_ready(("local",))


@pytest.mark.parametrize("content", ["", " ", "0000 local", "garbage"])
def test_a_stamp_that_says_nothing_counts_for_nothing(place: Path, content: str) -> None:
    make_ready(place, "local")
    Path(selfsetup.STAMP).write_text(content)
    assert not selfsetup._is_ready(("local",))


def test_an_environment_that_was_removed_is_built_again(place: Path) -> None:
    make_ready(place, "local")
    (place / ".venv" / "bin" / "python").unlink()
    assert not selfsetup._is_ready(("local",))
    shutil.rmtree(place / ".venv")
    assert not selfsetup._is_ready(("local",))


def test_an_installed_package_is_left_alone(place: Path) -> None:
    """Whoever installed the wheel has dealt with dependencies already."""
    (place / "pyproject.toml").unlink()
    selfsetup.continue_inside_venv("zoho_privacy", selfsetup.RUN_EXTRAS, [])
    assert not (place / ".venv").exists()
